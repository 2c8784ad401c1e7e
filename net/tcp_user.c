/* net/tcp_user.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The user's calls (RFC 9293 3.10.1 to 3.10.6) as struct sock_intf_s.
 *
 *   OPEN     connect, listen, accept        CLOSE   close, shutdown
 *   SEND     sendmsg                        ABORT   close with linger 0, or
 *   RECEIVE  recvmsg                                with data not read
 *   STATUS   poll, ioctl; and tcp_sockopt.c
 *
 * None of them waits: what can not be done now is -EAGAIN, and sock_event()
 * tells when it can.  What each does in which state, and what poll() says,
 * follows Linux, since that is what programs are written for.
 *
 * A socket has one connection from its beginning on.  When the connection is
 * over it stays, CLOSED, for the socket: there may be data to be read, and
 * connect() can open it again.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include <netinet/in.h>
#include <sys/ioctl.h>
#include <linux/sockios.h>

#include "conn.h"
#include "net.h"
#include "tcp.h"
#include "tcp_user.h"

#define LOOPBACK4 0x7f000001u        /* 127.0.0.1 */

static struct tcp_conn_s *conn_of(const struct socket *psock)
{
  return tcp_conn(psock->s_conn);
}

/* Can the user still send, in this state of the connection? */

static bool is_open_state(unsigned int state)
{
  return state == TCPS_ESTABLISHED || state == TCPS_CLOSE_WAIT;
}

static bool is_opening(unsigned int state)
{
  return state == TCPS_SYN_SENT || state == TCPS_SYN_RCVD;
}

/* Nothing more will come: a FIN, shutdown(), or the end of a connection that
 * there was.
 */

static bool is_read_shut(const struct tcp_conn_s *conn)
{
  return (conn->rcv->flags & RCV_FIN) != 0 ||
         (conn->sconn.flags & CONN_SHUT_RD) != 0 ||
         (conn->t_state == TCPS_CLOSED &&
          (conn->rcv->flags & RCV_OPENED) != 0);
}

static int tcp_si_setup(struct socket *psock)
{
  struct tcp_conn_s *conn = tcp_conn_alloc(psock->s_domain);

  if (conn == NULL)
    {
      return -ENOMEM;
    }

  conn->sconn.psock = psock;
  psock->s_conn = &conn->sconn;
  return 0;
}

/* Names ********************************************************************/

static int tcp_si_bind(struct socket *psock, const struct sockaddr *addr,
                       socklen_t len)
{
  struct tcp_conn_s *conn = conn_of(psock);
  struct netaddr_s laddr;
  uint16_t port;
  int ret = conn_sockaddr_get(&conn->sconn, addr, len, &laddr, &port);

  if (ret < 0)
    {
      return ret;
    }

  if (conn->t_state != TCPS_CLOSED)
    {
      return -EINVAL;
    }

  if (netaddr_ismulticast(&laddr))
    {
      return -EADDRNOTAVAIL;
    }

  return conn_bind(&conn->sconn, &laddr, port);
}

static int tcp_si_getsockname(struct socket *psock,
                              struct sockaddr_storage *addr, socklen_t *len)
{
  struct socket_conn_s *sconn = psock->s_conn;

  *len = conn_sockaddr_put(sconn, addr, &sconn->laddr, sconn->lport);
  return 0;
}

static int tcp_si_getpeername(struct socket *psock,
                              struct sockaddr_storage *addr, socklen_t *len)
{
  struct tcp_conn_s *conn = conn_of(psock);

  if (conn->t_state == TCPS_CLOSED || conn->t_state == TCPS_LISTEN ||
      conn->t_state == TCPS_SYN_SENT)
    {
      return -ENOTCONN;
    }

  *len = conn_sockaddr_put(&conn->sconn, addr, &conn->sconn.raddr,
                           conn->sconn.rport);
  return 0;
}

/* OPEN, passive ************************************************************/

static int tcp_si_listen(struct socket *psock, int backlog)
{
  struct tcp_conn_s *conn = conn_of(psock);
  int ret;

  if (conn->t_state != TCPS_CLOSED && conn->t_state != TCPS_LISTEN)
    {
      return -EINVAL;
    }

  if ((conn->sconn.flags & CONN_BOUND) == 0)
    {
      ret = conn_bind(&conn->sconn, &g_netaddr_any4, 0);
      if (ret < 0)
        {
          return ret;
        }
    }

  ret = tcp_listen_start(conn, backlog);
  if (ret == 0)
    {
      conn->rcv->flags |= RCV_OPENED;
    }

  return ret;
}

static int tcp_si_accept(struct socket *psock, struct socket *newsock)
{
  struct tcp_conn_s *listener = conn_of(psock);
  struct tcp_conn_s *conn;

  if (listener->t_state != TCPS_LISTEN)
    {
      return -EINVAL;
    }

  conn = tcp_listen_accept(listener);
  if (conn == NULL)
    {
      return -EAGAIN;
    }

  conn->sconn.psock = newsock;
  newsock->s_conn = &conn->sconn;
  if (conn->t_state == TCPS_ESTABLISHED)
    {
      tcp_timer_idle(conn);
    }

  return 0;
}

/* OPEN, active *************************************************************/

/* A connection that is over begins again: as new, but for what the user has
 * set.
 */

static void renew(struct tcp_conn_s *conn)
{
  const struct tcp_cc_s *cc = tcp_cc_find(tcp_cc_name(conn));
  uint32_t rcvbuf = conn->sconn.rcvbuf;
  uint32_t clamp = conn->rcv->clamp;
  uint16_t quickack = conn->rcv->flags & RCV_QUICKACK;

  tcp_rcv_free(conn);
  tcp_rcv_init(conn);
  conn->sconn.rcvbuf = rcvbuf;
  conn->rcv->clamp    = clamp;
  conn->rcv->flags    = quickack;

  tcp_snd_free(conn);
  tcp_snd_init(conn);
  if (cc != NULL && tcp_cc_set(conn, cc) < 0)
    {
      g_net.stats.tcp.connnomem++;   /* The default one will do */
    }

  conn->t_flags &= TF_NODELAY | TF_CORK;
  conn->t_flags |= TF_SACK | TF_TS | TF_WSCALE;
  conn->t_softerror = 0;
  conn->t_peermss   = TCP_MSS_FIRST;
  conn->snd_wnd     = 0;
  conn->snd_wscale  = 0;
  conn->max_sndwnd  = 0;
  conn->irs         = 0;
  conn->rcv_nxt     = 0;
  conn->rcv_adv     = 0;
  conn->rcv_up      = 0;
  conn->ts_recent   = 0;
  conn->sconn.error = 0;
  conn->sconn.flags &= ~(CONN_SHUT_RD | CONN_SHUT_WR);
}

/* connect() to AF_UNSPEC: whatever there was is over, the socket is as new */

static int disconnect(struct tcp_conn_s *conn)
{
  if (conn->t_state == TCPS_LISTEN)
    {
      tcp_listen_stop(conn);
    }

  tcp_conn_abort(conn, 0);
  renew(conn);
  return 0;
}

/* Where to, and from where: the tables know the connection afterwards */

static int choose_path(struct tcp_conn_s *conn, struct netaddr_s *raddr,
                       uint16_t rport)
{
  struct socket_conn_s *sconn = &conn->sconn;
  int ret;

  if (netaddr_isany(raddr))
    {
      /* As on Linux, the unspecified address is this host */

      *raddr = netaddr_from4(htonl(LOOPBACK4));
    }

  ret = conn_route(sconn, raddr, &sconn->path);
  if (ret < 0)
    {
      return ret;
    }

  if ((sconn->path.flags & (NET_PATH_BROADCAST | NET_PATH_MULTICAST)) != 0)
    {
      sconn->path.ip = NULL;
      return -ENETUNREACH;
    }

  if (netaddr_isany(&sconn->laddr))
    {
      sconn->laddr = sconn->path.src;
    }

  sconn->raddr = *raddr;
  sconn->rport = rport;
  ret = conn_connect(sconn);
  if (ret < 0)
    {
      conn_disconnect(sconn);
    }

  return ret;
}

/* What connect() says when there is no need to try */

static int connect_state(const struct tcp_conn_s *conn)
{
  switch (conn->t_state)
    {
      case TCPS_CLOSED:
        return 0;

      case TCPS_SYN_SENT:
      case TCPS_SYN_RCVD:
        return -EALREADY;

      default:
        return -EISCONN;
    }
}

static int tcp_si_connect(struct socket *psock, const struct sockaddr *addr,
                          socklen_t len)
{
  struct tcp_conn_s *conn = conn_of(psock);
  struct netaddr_s raddr;
  uint16_t rport;
  int ret;

  if (!tcp_conn_wake(conn))
    {
      return -ENOBUFS;
    }

  if (len >= sizeof(addr->sa_family) && addr->sa_family == AF_UNSPEC)
    {
      return disconnect(conn);
    }

  ret = conn_sockaddr_get(&conn->sconn, addr, len, &raddr, &rport);
  if (ret < 0)
    {
      return ret;
    }

  ret = connect_state(conn);
  if (ret < 0)
    {
      return ret;
    }

  /* One that failed without a wait tells it now */

  ret = conn_take_error(&conn->sconn);
  if (ret < 0)
    {
      renew(conn);
      return ret;
    }

  if (rport == 0)
    {
      return -ECONNREFUSED;
    }

  renew(conn);
  ret = choose_path(conn, &raddr, rport);
  if (ret < 0)
    {
      return ret;
    }

  conn->rcv->flags |= RCV_OPENED;
  tcp_rcv_open(conn);
  tcp_conn_open(conn);

  /* There may have been no way to send it at all */

  ret = conn->t_state == TCPS_CLOSED ? conn_take_error(&conn->sconn) : 0;
  return ret < 0 ? ret : -EINPROGRESS;
}

/* SEND *********************************************************************/

static ssize_t tcp_si_sendmsg(struct socket *psock, struct sock_msg_s *msg,
                              int flags)
{
  struct tcp_conn_s *conn = conn_of(psock);
  ssize_t ret = conn_take_error(&conn->sconn);

  if (ret < 0)
    {
      return ret;
    }

  if (!tcp_conn_wake(conn))
    {
      return -ENOBUFS;
    }

  if (is_opening(conn->t_state) &&
      (conn->sconn.flags & CONN_SHUT_WR) == 0)
    {
      return -EAGAIN;
    }

  if (!is_open_state(conn->t_state) ||
      (conn->sconn.flags & CONN_SHUT_WR) != 0)
    {
      return -EPIPE;
    }

  if (msg->uio.resid == 0)
    {
      return 0;
    }

  ret = tcp_sndbuf_put(conn, &msg->uio, flags);

  /* Both are told by POLLOUT when they are over: a full buffer, and none */

  if (ret == 0 || ret == -ENOMEM)
    {
      return -EAGAIN;
    }

  if (ret < 0)
    {
      return ret;
    }

  if ((flags & MSG_OOB) != 0 && msg->uio.resid == 0)
    {
      conn->snd_up = conn->snd_una + tcp_sndbuf_unacked(conn);
    }

  if ((flags & MSG_MORE) != 0)
    {
      conn->t_flags |= TF_MORE;
    }
  else
    {
      conn->t_flags &= ~TF_MORE;
    }

  tcp_output(conn);
  return ret;
}

/* RECEIVE ******************************************************************/

/* There is nothing to be read: why? */

static ssize_t read_nothing(struct tcp_conn_s *conn)
{
  int ret;

  if ((conn->rcv->flags & RCV_FIN) != 0)
    {
      return 0;
    }

  ret = conn_take_error(&conn->sconn);
  if (ret < 0)
    {
      return ret;
    }

  if (is_read_shut(conn))
    {
      return 0;
    }

  return conn->t_state == TCPS_CLOSED ? -ENOTCONN : -EAGAIN;
}

static ssize_t tcp_si_recvmsg(struct socket *psock, struct sock_msg_s *msg,
                              int flags)
{
  struct tcp_conn_s *conn = conn_of(psock);
  ssize_t ret;

  msg->namelen    = 0;
  msg->controllen = 0;
  msg->flags      = 0;

  if (conn->t_state == TCPS_LISTEN)
    {
      return -ENOTCONN;
    }

  if (!tcp_conn_wake(conn))
    {
      return -ENOBUFS;
    }

  if ((flags & MSG_ERRQUEUE) != 0)
    {
      return -EAGAIN;
    }

  if ((flags & MSG_OOB) != 0)
    {
      ret = tcp_rcv_read_urgent(conn, &msg->uio, flags);
      msg->flags = ret > 0 ? MSG_OOB : 0;
      return ret;
    }

  /* Asked for nothing: nothing, but only when there is something */

  if (msg->uio.resid == 0 && conn->rcv->len > 0)
    {
      return 0;
    }

  ret = tcp_rcv_read(conn, &msg->uio, flags);
  if (ret == 0)
    {
      return read_nothing(conn);
    }

  if ((flags & MSG_PEEK) == 0 && conn->t_state != TCPS_CLOSED &&
      tcp_rcv_update_due(conn))
    {
      conn->t_flags |= TF_ACKNOW;
      tcp_output(conn);
    }

  if (conn->t_state == TCPS_ESTABLISHED && conn->rcv->len == 0)
    {
      tcp_timer_idle(conn);
    }

  return ret;
}

/* STATUS *******************************************************************/

static unsigned int tcp_si_poll(struct socket *psock)
{
  struct tcp_conn_s *conn = conn_of(psock);
  unsigned int events = 0;
  bool shut_rd;
  bool shut_wr;

  /* At rest: nothing to be read, all room to write; or dropped while so */

  if (tcp_conn_resting(conn))
    {
      return POLLOUT | (conn->sconn.error != 0 ? POLLERR : 0) |
             (conn->t_state == TCPS_CLOSED ? POLLIN | POLLRDHUP | POLLHUP :
                                             0);
    }

  shut_rd = is_read_shut(conn);
  shut_wr = (conn->sconn.flags & CONN_SHUT_WR) != 0 ||
            (conn->t_state == TCPS_CLOSED &&
             (conn->rcv->flags & RCV_OPENED) != 0);

  if (conn->t_state == TCPS_LISTEN)
    {
      return tcp_listen_ready(conn) ? POLLIN : 0;
    }

  if ((shut_rd && shut_wr) || conn->t_state == TCPS_CLOSED)
    {
      events |= POLLHUP;
    }

  if (shut_rd)
    {
      events |= POLLIN | POLLRDHUP;
    }

  if (!is_opening(conn->t_state))
    {
      if (tcp_rcv_readable(conn))
        {
          events |= POLLIN;
        }

      /* Not while it waits for memory: a writer would be refused, and ask
       * again without end; nor for its share, until it is told.
       */

      if (shut_wr ||
          (tcp_sndbuf_writable(conn) && conn->snd->wait_pprev == NULL &&
           (!conn->snd->memory.queued ||
            (conn->snd->flags & SND_FULL) == 0)))
        {
          events |= POLLOUT;
        }
      else
        {
          tcp_sndbuf_refused(conn);
        }

      if (tcp_rcv_urgent_ready(conn))
        {
          events |= POLLPRI;
        }
    }

  if (conn->sconn.error != 0)
    {
      events |= POLLERR;
    }

  return events;
}

static int tcp_si_ioctl(struct socket *psock, unsigned long cmd,
                        unsigned long arg)
{
  struct tcp_conn_s *conn = conn_of(psock);
  int *value = (int *)arg;

  if (!tcp_conn_wake(conn))
    {
      return -ENOBUFS;
    }

  switch (cmd)
    {
      case SIOCINQ:
        if (conn->t_state == TCPS_LISTEN)
          {
            return -EINVAL;
          }

        *value = is_opening(conn->t_state) ? 0 :
                 (int)tcp_rcv_available(conn);
        return 0;

      case SIOCATMARK:
        *value = tcp_rcv_at_mark(conn);
        return 0;

      case SIOCOUTQ:
      case SIOCOUTQNSD:
        if (conn->t_state == TCPS_LISTEN)
          {
            return -EINVAL;
          }

        *value = conn->t_state == TCPS_CLOSED ||
                 conn->t_state == TCPS_SYN_SENT ? 0 :
                 cmd == SIOCOUTQ ? (int)tcp_sndbuf_unacked(conn) :
                                   (int)tcp_sndbuf_unsent(conn);
        return 0;

      default:
        return -ENOTTY;
    }
}

static void tcp_si_buffers(struct socket *psock)
{
  struct tcp_conn_s *conn = conn_of(psock);

  tcp_snd_limit(conn);
  if (!is_opening(conn->t_state) && conn->t_state != TCPS_CLOSED &&
      conn->t_state != TCPS_LISTEN && tcp_conn_wake(conn) &&
      tcp_rcv_update_due(conn))
    {
      conn->t_flags |= TF_ACKNOW;
      tcp_output(conn);
    }

  sock_event(psock, tcp_si_poll(psock) & POLLOUT);
}

/* CLOSE ********************************************************************/

/* The user will send no more: FIN follows the data (RFC 9293 3.10.4) */

static void queue_fin(struct tcp_conn_s *conn)
{
  if ((conn->t_flags & TF_FIN_QUEUED) != 0)
    {
      return;
    }

  conn->t_flags = (conn->t_flags & ~TF_MORE) | TF_FIN_QUEUED;
  if (conn->t_state == TCPS_ESTABLISHED)
    {
      tcp_set_state(conn, TCPS_FIN_WAIT_1);
    }
  else if (conn->t_state == TCPS_CLOSE_WAIT)
    {
      tcp_set_state(conn, TCPS_LAST_ACK);
    }
}

static int tcp_si_shutdown(struct socket *psock, int how)
{
  struct tcp_conn_s *conn = conn_of(psock);
  bool rd = how == SHUT_RD || how == SHUT_RDWR;
  bool wr = how == SHUT_WR || how == SHUT_RDWR;

  if (!rd && !wr)
    {
      return -EINVAL;
    }

  if (conn->t_state == TCPS_CLOSED)
    {
      return -ENOTCONN;
    }

  if (conn->t_state == TCPS_LISTEN)
    {
      if (rd)
        {
          tcp_listen_stop(conn);
          sock_event(psock, tcp_si_poll(psock));
        }

      return 0;
    }

  if (conn->t_state == TCPS_SYN_SENT)
    {
      tcp_conn_drop(conn, 0);
      return 0;
    }

  if (!tcp_conn_wake(conn))
    {
      return -ENOBUFS;
    }

  conn->sconn.flags |= (rd ? CONN_SHUT_RD : 0) | (wr ? CONN_SHUT_WR : 0);
  if (wr)
    {
      queue_fin(conn);
      tcp_output(conn);
    }

  sock_event(psock, tcp_si_poll(psock));
  return 0;
}

/* SO_LINGER: as shutdown() of both directions, but that text which comes now
 * is for nobody (tcp_input.c).  What is left then is for tcp_si_close().
 */

static bool tcp_si_linger(struct socket *psock)
{
  struct tcp_conn_s *conn = conn_of(psock);

  if ((conn->t_flags & TF_LINGER) == 0)
    {
      if (conn->t_state == TCPS_CLOSED || conn->t_state == TCPS_LISTEN ||
          conn->t_state == TCPS_SYN_SENT || !tcp_conn_wake(conn) ||
          conn->rcv->len > 0)
        {
          return false;
        }

      conn->t_flags     |= TF_LINGER;
      conn->sconn.flags |= CONN_SHUT_RD | CONN_SHUT_WR;
      queue_fin(conn);
      tcp_output(conn);
    }

  switch (conn->t_state)
    {
      case TCPS_SYN_RCVD:
      case TCPS_FIN_WAIT_1:
      case TCPS_CLOSING:
      case TCPS_LAST_ACK:
        return true;

      default:
        return false;
    }
}

/* Must the peer be told by RST?  Data that nobody will read is lost, which
 * the peer has to know (RFC 2525 2.17); and if the user says so.
 */

static bool close_aborts(const struct tcp_conn_s *conn, int linger)
{
  if (is_opening(conn->t_state) && conn->t_state != TCPS_SYN_RCVD)
    {
      return true;
    }

  if (conn->rcv->len > 0)
    {
      g_net.stats.tcp.tcpabortonclose++;
      return true;
    }

  if (linger == 0)
    {
      g_net.stats.tcp.tcpabortonlinger++;
      return true;
    }

  return false;
}

static void tcp_si_close(struct socket *psock)
{
  struct tcp_conn_s *conn = conn_of(psock);

  psock->s_conn = NULL;
  conn->sconn.psock = NULL;

  if (conn->t_state == TCPS_CLOSED || conn->t_state == TCPS_LISTEN)
    {
      tcp_conn_free(conn);
    }
  else if (!tcp_conn_wake(conn) || close_aborts(conn, psock->s_linger))
    {
      tcp_conn_abort(conn, 0);
    }
  else
    {
      /* It sends what is left by itself, and ends */

      tcp_conn_hold(conn);
      queue_fin(conn);
      tcp_conn_orphan(conn);
      tcp_output(conn);
      tcp_conn_release(conn);
    }
}

const struct sock_intf_s g_tcp_sockif =
{
  .si_setup       = tcp_si_setup,
  .si_close       = tcp_si_close,
  .si_bind        = tcp_si_bind,
  .si_getsockname = tcp_si_getsockname,
  .si_getpeername = tcp_si_getpeername,
  .si_listen      = tcp_si_listen,
  .si_connect     = tcp_si_connect,
  .si_accept      = tcp_si_accept,
  .si_sendmsg     = tcp_si_sendmsg,
  .si_recvmsg     = tcp_si_recvmsg,
  .si_poll        = tcp_si_poll,
  .si_shutdown    = tcp_si_shutdown,
  .si_ioctl       = tcp_si_ioctl,
  .si_getsockopt  = tcp_getsockopt,
  .si_setsockopt  = tcp_setsockopt,
  .si_buffers     = tcp_si_buffers,
  .si_linger      = tcp_si_linger
};
