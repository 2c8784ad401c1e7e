/* net/tcp_timer.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The deadlines of a connection.  There are many (enum tcp_timer_e) and they
 * move with nearly every segment, so they share one timer of the core, which
 * is moved lazily: a deadline that is put off or stopped only changes a
 * number in the connection; the timer then fires too early once, finds
 * nothing due, and is set for the earliest deadline that is left.  A
 * connection at rest has none, and no timer (tcp_rest.c).
 *
 * Two kinds of patience (RFC 9293 3.8.3).  R1: after three expiries the path
 * is looked for anew, the route or the neighbour may have failed.  R2 is a
 * time, not a number, because a long RTO must not mean more patience: that of
 * fifteen expiries of an RTO that starts at 200 ms, about 15 minutes (SHLD-11
 * asks for 100 seconds); without a user that of eight.  Then the connection
 * ends.  TCP_USER_TIMEOUT replaces R2 (RFC 5482).  A SYN is given 180 seconds
 * (MUST-23), whatever the number of its repetitions.
 *
 * Keep-alive (3.8.4) is off by default, after two hours when on, and counts
 * any acceptable segment as a sign of life; nine probes without an answer end
 * the connection.  The probe is an old sequence number without data, which
 * every TCP answers by an ACK.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>

#include <nuttx/nuttx.h>

#include "tcp.h"

#define DELACK_TIME       (40 * NET_MSEC)
#define IDLE_TIME         NET_SEC
#define KEEP_IDLE_MS      (7200 * 1000u)
#define KEEP_INTVL_MS     (75 * 1000u)
#define KEEP_CNT          9
#define R1                3
#define R2_TIME           (924600 * NET_MSEC)
#define R2_ORPHAN_TIME    (102200 * NET_MSEC)

/* The deadlines ************************************************************/

static void conn_expired(struct net_timer_s *timer);

static void arm_earliest(struct tcp_conn_s *conn)
{
  nettime_t earliest = NETTIME_NEVER;
  unsigned int i;

  for (i = 0; i < TCP_NTIMERS; i++)
    {
      earliest = MIN(earliest, conn->due[i]);
    }

  if (earliest != NETTIME_NEVER)
    {
      net_timer_start(&conn->timer, earliest, conn_expired);
    }
  else
    {
      tcp_conn_rest(conn);
    }
}

/* The timer may be active for a deadline far off that was stopped long ago:
 * that of the handshake
 */

void tcp_timer_idle(struct tcp_conn_s *conn)
{
  nettime_t due = net_now() + IDLE_TIME;

  if (net_timer_due(&conn->timer) > due + IDLE_TIME &&
      !tcp_timer_running(conn, TCPT_KEEP))
    {
      net_timer_start(&conn->timer, due, conn_expired);
    }
}

void tcp_timer_set(struct tcp_conn_s *conn, enum tcp_timer_e which,
                   nettime_t due)
{
  DEBUGASSERT((conn->t_flags & TF_FREED) == 0);

  conn->due[which] = due;
  if (due < net_timer_due(&conn->timer))
    {
      net_timer_start(&conn->timer, due, conn_expired);
    }
}

void tcp_timer_stop(struct tcp_conn_s *conn, enum tcp_timer_e which)
{
  conn->due[which] = NETTIME_NEVER;
}

bool tcp_timer_running(const struct tcp_conn_s *conn, enum tcp_timer_e which)
{
  return !tcp_conn_resting(conn) && conn->due[which] != NETTIME_NEVER;
}

void tcp_timer_stop_all(struct tcp_conn_s *conn)
{
  unsigned int i;

  for (i = 0; i < TCP_NTIMERS && !tcp_conn_resting(conn); i++)
    {
      conn->due[i] = NETTIME_NEVER;
    }

  net_timer_stop(&conn->timer);
}

/* The connection is lost: what ICMP said about it explains it better than
 * "timed out".
 */

static void time_out(struct tcp_conn_s *conn)
{
  tcp_conn_drop(conn, conn->t_softerror != 0 ? conn->t_softerror : ETIMEDOUT);
}

/* Delayed acknowledgements *************************************************/

static void delack_expired(struct tcp_conn_s *conn)
{
  if ((conn->t_flags & TF_DELACK) != 0)
    {
      g_net.stats.tcp.delayedacks++;
      conn->t_flags |= TF_ACKNOW;
      tcp_output(conn);
    }
}

void tcp_timer_delack(struct tcp_conn_s *conn)
{
  if (!tcp_timer_running(conn, TCPT_DELACK))
    {
      tcp_timer_set(conn, TCPT_DELACK, net_now() + DELACK_TIME);
    }
}

/* Keep-alive ***************************************************************/

static nettime_t keep_idle(const struct tcp_conn_s *conn)
{
  return NET_MSEC * (conn->keep_idle_ms != 0 ? conn->keep_idle_ms :
                     KEEP_IDLE_MS);
}

static bool keep_exhausted(const struct tcp_conn_s *conn, nettime_t silent)
{
  unsigned int max = conn->keep_cnt != 0 ? conn->keep_cnt : KEEP_CNT;

  if (conn->user_timeout_ms != 0)
    {
      return conn->keep_probes > 0 &&
             silent >= conn->user_timeout_ms * NET_MSEC;
    }

  return conn->keep_probes >= max;
}

/* Only while nothing is under way (MUST-26): what is, has its own timers */

static void probe(struct tcp_conn_s *conn)
{
  nettime_t now = net_now();
  nettime_t silent = now - conn->t_rcvtime;
  nettime_t next = NET_MSEC * (conn->keep_intvl_ms != 0 ?
                               conn->keep_intvl_ms : KEEP_INTVL_MS);

  if (conn->snd_una != conn->snd_max || tcp_sndbuf_unsent(conn) > 0)
    {
      next = keep_idle(conn);
    }
  else if (silent < keep_idle(conn))
    {
      next = keep_idle(conn) - silent;
    }
  else if (keep_exhausted(conn, silent))
    {
      g_net.stats.tcp.tcpkeepdrops++;
      tcp_conn_abort(conn, ETIMEDOUT);
      return;
    }
  else
    {
      conn->keep_probes++;
      g_net.stats.tcp.tcpkeepalive++;
      tcp_send_control(conn, conn->snd_una - 1, conn->rcv_nxt, TCPF_ACK);
    }

  tcp_timer_set(conn, TCPT_KEEP, now + next);
}

static void keep_expired(struct tcp_conn_s *conn)
{
  switch (conn->t_state)
    {
      case TCPS_SYN_SENT:
      case TCPS_SYN_RCVD:
        g_net.stats.tcp.tcpsyntimeouts++;
        time_out(conn);
        break;

      case TCPS_ESTABLISHED:
      case TCPS_CLOSE_WAIT:
      case TCPS_FIN_WAIT_1:
      case TCPS_FIN_WAIT_2:
        if ((conn->sconn.options & CONN_KEEPALIVE) != 0)
          {
            probe(conn);
          }
        break;

      default:
        break;
    }
}

/* A connection that is being made keeps its end of patience */

void tcp_timer_keepalive(struct tcp_conn_s *conn)
{
  if (conn->t_state == TCPS_CLOSED || conn->t_state == TCPS_LISTEN ||
      conn->t_state == TCPS_SYN_SENT || conn->t_state == TCPS_SYN_RCVD)
    {
      return;
    }

  if ((conn->sconn.options & CONN_KEEPALIVE) != 0)
    {
      tcp_timer_set(conn, TCPT_KEEP, net_now() + keep_idle(conn));
    }
  else
    {
      tcp_timer_stop(conn, TCPT_KEEP);
    }
}

/* Giving up ****************************************************************/

/* The peer has nothing to say to a connection that nobody has here */

static void finwait2_expired(struct tcp_conn_s *conn)
{
  if (conn->t_state == TCPS_FIN_WAIT_2)
    {
      g_net.stats.tcp.finwait2timeouts++;
      tcp_conn_drop(conn, 0);
    }
}

static void user_expired(struct tcp_conn_s *conn)
{
  if (conn->snd_una == conn->t_stalled_una &&
      (conn->snd_max != conn->snd_una || tcp_sndbuf_unsent(conn) > 0))
    {
      g_net.stats.tcp.tcptimeouts++;
      time_out(conn);
    }
}

static bool r2_reached(const struct tcp_conn_s *conn, unsigned int n,
                       nettime_t elapsed)
{
  if (conn->user_timeout_ms != 0)
    {
      return elapsed >= conn->user_timeout_ms * NET_MSEC;
    }

  if (conn->t_state == TCPS_SYN_SENT || conn->t_state == TCPS_SYN_RCVD)
    {
      return false;                  /* TCPT_KEEP knows */
    }

  return n > R1 && elapsed >= ((conn->t_flags & TF_ORPHAN) != 0 ?
                               R2_ORPHAN_TIME : R2_TIME);
}

bool tcp_timer_giveup(struct tcp_conn_s *conn, unsigned int n,
                      nettime_t since)
{
  if (n == R1)
    {
      conn->sconn.path.ip = NULL;
    }

  if (r2_reached(conn, n, net_now() - since))
    {
      g_net.stats.tcp.tcptimeouts++;
      time_out(conn);
      return true;
    }

  if (conn->user_timeout_ms != 0)
    {
      conn->t_stalled_una = conn->snd_una;
      tcp_timer_set(conn, TCPT_USER,
                    since + conn->user_timeout_ms * NET_MSEC);
    }

  return false;
}

/* All of them **************************************************************/

static void (*const g_expired[TCP_NTIMERS])(struct tcp_conn_s *conn) =
{
  [TCPT_REXMT]   = tcp_rexmt_expired,
  [TCPT_PERSIST] = tcp_persist_expired,
  [TCPT_LOSS]    = tcp_loss_expired,
  [TCPT_DELACK]  = delack_expired,
  [TCPT_KEEP]    = keep_expired,
  [TCPT_2MSL]    = finwait2_expired,
  [TCPT_USER]    = user_expired,
  [TCPT_DEFER]   = tcp_defer_expired,
};

/* Any of them may end the connection, which has no deadline then */

static void conn_expired(struct net_timer_s *timer)
{
  struct tcp_conn_s *conn = container_of(timer, struct tcp_conn_s, timer);
  nettime_t now = net_now();
  unsigned int i;

  tcp_conn_hold(conn);
  for (i = 0; i < TCP_NTIMERS; i++)
    {
      if (conn->due[i] <= now)
        {
          conn->due[i] = NETTIME_NEVER;
          g_expired[i](conn);
        }
    }

  arm_earliest(conn);
  tcp_conn_release(conn);
}
