/* net/tcp_conn.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Connections: how they are made, what state they are in, and how they end.
 *
 * A connection belongs to its socket (sconn.psock), to its listener until it
 * is accepted (parent), or to nobody (TF_ORPHAN: the user has closed, what is
 * left is sent).  It ends in two steps:
 *
 *   tcp_conn_drop   the connection is over: CLOSED, out of the table, no
 *                   timers, nothing to send.  The user is told, and can
 *                   still read what had arrived, and the error.
 *   tcp_conn_free   the memory goes: at once if there is no user, else when
 *                   he closes.
 *
 * Both may happen deep inside a function that works on the connection, so
 * whoever does that holds it (tcp_conn_hold()), looks at t_state after each
 * step, and lets go at the end: the memory goes then.
 *
 * Initial sequence numbers (RFC 9293 3.4.1, RFC 6528) are a clock of 4 us
 * plus a keyed hash of addresses and ports: they rise from one connection to
 * the next between the same ports, and tell nothing about those of others.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include <netinet/in.h>

#include <nuttx/kmalloc.h>
#include <nuttx/net/net.h>

#include "tcp.h"

#define DEFAULT_MSS      536         /* MUST-15, for IPv4 */
#define MIN_MSS          48          /* 8 bytes beside all options: who asks
                                      * for less makes us work for nothing */
#define FINWAIT2_TIME    (60 * NET_SEC)
#define MAX_ORPHANS      65536
#define MAX_TIMEWAIT     262144

struct tcp_s g_tcp;

/* Making *******************************************************************/

/* What is owed to the peers of this batch of frames */

static void batch_run(struct net_batch_s *batch)
{
  struct tcp_conn_s *conn = container_of(batch, struct tcp_conn_s, batch);

  conn->t_flags &= ~TF_NEEDOUT;
  tcp_output(conn);
}

struct tcp_conn_s *tcp_conn_alloc(int domain)
{
  struct tcp_conn_s *conn = kmm_zalloc(sizeof(*conn));

  if (conn == NULL || !tcp_work_alloc(conn))
    {
      g_net.stats.tcp.connnomem++;
      kmm_free(conn);
      return NULL;
    }

  conn_setup(&conn->sconn, domain, IPPROTO_TCP);
  conn->t_state   = TCPS_CLOSED;
  conn->t_flags   = TF_SACK | TF_TS | TF_WSCALE;
  conn->t_peermss = DEFAULT_MSS;
  conn->t_mss     = DEFAULT_MSS;
  conn->batch.run = batch_run;
  tcp_snd_init(conn);
  tcp_rcv_init(conn);
  return conn;
}

uint32_t tcp_new_iss(const struct socket_conn_s *sconn)
{
  struct
  {
    struct netaddr_s laddr;
    struct netaddr_s raddr;
    uint16_t lport;
    uint16_t rport;
  } key;

  key.laddr = sconn->laddr;
  key.raddr = sconn->raddr;
  key.lport = sconn->lport;
  key.rport = sconn->rport;
  return (uint32_t)(net_now() / 4000) +
         (uint32_t)net_hash(&key, sizeof(key));
}

/* One word more than any key of tcp_new_iss(), so that one does not tell
 * about the other.
 */

uint32_t tcp_ts_offset(const struct netaddr_s *laddr,
                       const struct netaddr_s *raddr)
{
  struct netaddr_s key[3];

  key[0] = *laddr;
  key[1] = *raddr;
  memset(&key[2], 0x7a, sizeof(key[2]));
  return (uint32_t)net_hash(key, sizeof(key));
}

void tcp_conn_start(struct tcp_conn_s *conn, uint32_t iss)
{
  conn->iss       = iss != 0 ? iss : tcp_new_iss(&conn->sconn);
  conn->snd_una   = conn->iss;
  conn->snd_nxt   = conn->iss;
  conn->snd_max   = conn->iss;
  conn->snd_up    = conn->iss;
  conn->ts_offset = tcp_ts_offset(&conn->sconn.laddr, &conn->sconn.raddr);
  conn->t_rcvtime = net_now();
  tcp_update_mss(conn);
}

void tcp_conn_open(struct tcp_conn_s *conn)
{
  DEBUGASSERT(conn->t_state == TCPS_CLOSED);

  g_net.stats.tcp.activeopens++;
  tcp_conn_start(conn, 0);
  tcp_set_state(conn, TCPS_SYN_SENT);
  tcp_timer_set(conn, TCPT_KEEP, net_now() + TCP_SYN_PATIENCE);
  tcp_output(conn);
}

/* MSS **********************************************************************/

uint16_t tcp_mss_of_mtu(unsigned int mtu, unsigned int iphdrlen)
{
  unsigned int headers = iphdrlen + TCP_HDRLEN;

  return (uint16_t)(mtu > headers + MIN_MSS ? MIN(mtu - headers, 65535) :
                    MIN_MSS);
}

static bool have_path(struct tcp_conn_s *conn)
{
  return net_path_valid(&conn->sconn.path) ||
         conn_route(&conn->sconn, &conn->sconn.raddr, &conn->sconn.path) == 0;
}

uint16_t tcp_announced_mss(struct tcp_conn_s *conn)
{
  const struct net_path_s *path = &conn->sconn.path;
  uint16_t mss = DEFAULT_MSS;

  if (have_path(conn))
    {
      mss = tcp_mss_of_mtu(path->nif->dev->d_mtu, path->ip->hdrlen);
    }

  return conn->t_usermss != 0 ? MIN(mss, conn->t_usermss) : mss;
}

/* RFC 9293 3.7.1.  Without a path the peer's word is all there is */

void tcp_update_mss(struct tcp_conn_s *conn)
{
  const struct net_path_s *path = &conn->sconn.path;
  unsigned int mss = conn->t_peermss;
  unsigned int old = conn->t_mss;

  if (have_path(conn))
    {
      mss = MIN(mss, tcp_mss_of_mtu(path->mtu, path->ip->hdrlen));
    }

  if (conn->t_usermss != 0)
    {
      mss = MIN(mss, conn->t_usermss);
    }

  conn->t_mss = (uint16_t)MAX(mss, MIN_MSS);
  if (conn->t_mss < old && conn->snd_max != conn->iss)
    {
      tcp_mss_changed(conn);
    }
}

/* States *******************************************************************/

static bool is_estab(unsigned int state)
{
  return state == TCPS_ESTABLISHED || state == TCPS_CLOSE_WAIT;
}

/* The counts are those of RFC 4022: tcpCurrEstab, tcpAttemptFails,
 * tcpEstabResets
 */

void tcp_set_state(struct tcp_conn_s *conn, enum tcp_state_e state)
{
  unsigned int old = conn->t_state;

  if (is_estab(old) != is_estab(state))
    {
      g_tcp.nestab += is_estab(state) ? 1 : -1u;
    }

  if (state == TCPS_CLOSED)
    {
      if (old == TCPS_SYN_SENT || old == TCPS_SYN_RCVD)
        {
          g_net.stats.tcp.attemptfails++;
        }
      else if (is_estab(old))
        {
          g_net.stats.tcp.estabresets++;
        }
    }

  conn->t_state = (uint8_t)state;
  if (state == TCPS_ESTABLISHED)
    {
      tcp_timer_idle(conn);
    }

  if (state == TCPS_FIN_WAIT_2 && (conn->t_flags & TF_ORPHAN) != 0)
    {
      tcp_timer_set(conn, TCPT_2MSL, net_now() + FINWAIT2_TIME);
    }
}

/* Ending *******************************************************************/

static void end(struct tcp_conn_s *conn)
{
  tcp_set_state(conn, TCPS_CLOSED);
  tcp_timer_stop_all(conn);
  net_batch_del(&conn->batch);
  net_egress_del(&conn->sconn.egress);
  if (!tcp_conn_resting(conn))
    {
      tcp_snd_free(conn);
    }

  if ((conn->sconn.flags & CONN_CONNECTED) != 0)
    {
      conn_disconnect(&conn->sconn);
    }
}

void tcp_conn_free(struct tcp_conn_s *conn)
{
  if ((conn->t_flags & TF_FREED) != 0)
    {
      return;
    }

  if (conn->listen != NULL)
    {
      tcp_listen_stop(conn);
    }

  end(conn);
  if (!tcp_conn_resting(conn))
    {
      tcp_rcv_free(conn);
    }

  conn_teardown(&conn->sconn);
  if ((conn->t_flags & TF_ORPHAN) != 0)
    {
      g_tcp.norphans--;
    }

  conn->sconn.psock = NULL;
  conn->t_flags |= TF_FREED;
  if (conn->t_hold == 0)
    {
      tcp_work_free(conn);
      kmm_free(conn);
    }
}

void tcp_conn_release(struct tcp_conn_s *conn)
{
  DEBUGASSERT(conn->t_hold > 0);
  if (--conn->t_hold == 0 && (conn->t_flags & TF_FREED) != 0)
    {
      tcp_work_free(conn);
      kmm_free(conn);
    }
}

void tcp_conn_drop(struct tcp_conn_s *conn, int error)
{
  struct socket *psock = conn->sconn.psock;

  if (conn->t_state == TCPS_CLOSED)
    {
      return;
    }

  end(conn);
  if (psock != NULL)
    {
      if (error != 0)
        {
          conn_error(&conn->sconn, error);
        }

      sock_event(psock, POLLIN | POLLOUT | POLLRDHUP | POLLHUP |
                 (error != 0 ? POLLERR : 0));
      return;
    }

  if (conn->parent != NULL)
    {
      tcp_listen_forget(conn);
    }

  tcp_conn_free(conn);
}

/* RFC 9293 3.10.5.  The state runs ahead of the FIN while there is data in
 * front of it: a peer that has not seen our FIN needs the RST.
 */

static bool wants_reset(const struct tcp_conn_s *conn)
{
  switch (conn->t_state)
    {
      case TCPS_SYN_RCVD:
      case TCPS_ESTABLISHED:
      case TCPS_FIN_WAIT_1:
      case TCPS_FIN_WAIT_2:
      case TCPS_CLOSE_WAIT:
        return true;

      case TCPS_LAST_ACK:
        return (conn->t_flags & TF_FIN_SENT) == 0;

      default:
        return false;
    }
}

void tcp_conn_abort(struct tcp_conn_s *conn, int error)
{
  /* Without memory no RST: the peer gets one when it sends again */

  if (wants_reset(conn) && tcp_conn_wake(conn))
    {
      tcp_send_control(conn, conn->snd_nxt, conn->rcv_nxt,
                       TCPF_RST | TCPF_ACK);
    }

  tcp_conn_drop(conn, error);
}

void tcp_conn_orphan(struct tcp_conn_s *conn)
{
  DEBUGASSERT((conn->t_flags & TF_ORPHAN) == 0);

  conn->sconn.psock = NULL;
  conn->t_flags |= TF_ORPHAN;
  g_tcp.norphans++;
  if (conn->t_state == TCPS_CLOSED)
    {
      tcp_conn_free(conn);
    }
  else if (g_tcp.norphans > g_tcp.max_orphans)
    {
      g_net.stats.tcp.orphanlimit++;
      tcp_conn_abort(conn, 0);
    }
  else if (conn->t_state == TCPS_FIN_WAIT_2)
    {
      tcp_set_state(conn, TCPS_FIN_WAIT_2);
    }
}

/* Beginning and end of the protocol ****************************************/

int tcp_initialize(void)
{
  memset(&g_tcp, 0, sizeof(g_tcp));
  g_tcp.max_orphans  = MAX_ORPHANS;
  g_tcp.max_timewait = MAX_TIMEWAIT;
  return 0;
}

/* Listeners go last: they own connections, and only the one that is given
 * may be freed in a walk.
 */

static int finalize_conn(struct socket_conn_s *sconn, void *arg)
{
  struct tcp_conn_s *conn = tcp_conn(sconn);
  bool listeners = arg != NULL;

  if (conn->t_state == TCPS_TIME_WAIT)
    {
      tcp_timewait_free((struct tcp_tw_s *)conn);
      return 0;
    }

  if ((conn->listen != NULL) != listeners)
    {
      return 0;
    }

  if (conn->parent != NULL)
    {
      tcp_listen_forget(conn);
    }

  if (sconn->psock != NULL)
    {
      sconn->psock->s_conn = NULL;
    }

  tcp_conn_free(conn);
  return 0;
}

void tcp_finalize(void)
{
  bool listeners = true;

  conn_foreach(IPPROTO_TCP, finalize_conn, NULL);
  conn_foreach(IPPROTO_TCP, finalize_conn, &listeners);
}
