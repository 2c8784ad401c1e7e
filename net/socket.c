/* net/socket.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Sockets: POSIX' calls on what the protocols supply (struct sock_intf_s).
 *
 * A protocol does at once what can be done and answers -EAGAIN otherwise; it
 * never waits.  Everything that waits is here, and always in the same form:
 *
 *   try; done or not to wait: return what the protocol said
 *   sock_wait_begin()
 *   while it is not enough:  sock_wait(), try again
 *   sock_wait_end()
 *
 * The first try is the short way, without a look at clocks or lists.  What a
 * call has done before a wait is interrupted, or before an error, is its
 * result; the error stays where it is for the next call.  So after a part is
 * done the protocol is not asked again while it has an error pending.
 *
 * A call that is over lets happen what it gave rise to on this machine
 * (net_leave()); one that waits does not: that would be told to nobody
 * between the try and the wait.
 *
 * Time-outs (SO_RCVTIMEO, SO_SNDTIMEO) count from the first wait.  When one
 * is over the result is -EAGAIN, and -EINPROGRESS for connect(), as on Linux.
 *
 * Arguments: POSIX 2008 and, where it is silent, what Linux does.
 */

#include "sock.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>

#include <nuttx/kmalloc.h>
#include <nuttx/sched.h>

/* Linux' number of types, and of protocols: beyond them is -EINVAL, below
 * but unknown says that it is not supported.
 */

#define TYPES         11
#define PROTOCOLS     256
#define LISTEN_MAX    65535

#define CONNECT_ENDED (POLLOUT | POLLERR | POLLHUP)

/* What there is: the first line that fits.  proto 0 is the default */

static const struct
{
  uint8_t domain;
  uint8_t type;
  uint8_t proto;                     /* 0: any but the default */
  const struct sock_intf_s *sockif;
}
g_protocols[] =
{
  { AF_INET, SOCK_STREAM, IPPROTO_TCP,  &g_tcp_sockif },
  { AF_INET, SOCK_DGRAM,  IPPROTO_UDP,  &g_udp_sockif },
  { AF_INET, SOCK_DGRAM,  IPPROTO_ICMP, &g_raw_sockif },
  { AF_INET, SOCK_RAW,    0,            &g_raw_sockif }
};

/* Which line, or a negative errno */

static int find_protocol(int domain, int type, int protocol)
{
  bool known = false;
  bool typed = false;
  size_t i;

  if (type < 0 || type >= TYPES || protocol < 0 || protocol >= PROTOCOLS)
    {
      return -EINVAL;
    }

  for (i = 0; i < nitems(g_protocols); i++)
    {
      if (g_protocols[i].domain != domain)
        {
          continue;
        }

      known = true;
      if (g_protocols[i].type != type)
        {
          continue;
        }

      typed = true;
      if (g_protocols[i].proto == 0 ? protocol != 0 :
          protocol == 0 || protocol == g_protocols[i].proto)
        {
          return i;
        }
    }

  return !known ? -EAFNOSUPPORT : typed ? -EPROTONOSUPPORT :
                                          -ESOCKTNOSUPPORT;
}

/* An error is pending; or nothing more will come, because of one or not */

static bool sock_failed(struct socket *psock)
{
  return (psock->s_sockif->si_poll(psock) & POLLERR) != 0;
}

static bool sock_ended(struct socket *psock)
{
  return (psock->s_sockif->si_poll(psock) &
          (POLLERR | POLLHUP | POLLRDHUP)) != 0;
}

/* Life *********************************************************************/

int psock_socket(int domain, int type, int protocol, struct socket **psock)
{
  int line = find_protocol(domain, type, protocol);
  struct socket *newsock;
  int ret;

  if (line < 0)
    {
      return line;
    }

  newsock = kmm_zalloc(sizeof(*newsock));
  if (newsock == NULL)
    {
      return -ENOMEM;
    }

  newsock->s_sockif   = g_protocols[line].sockif;
  newsock->s_domain   = domain;
  newsock->s_type     = type;
  newsock->s_proto    = protocol != 0 ? protocol : g_protocols[line].proto;
  newsock->s_linger   = -1;
  newsock->s_rcvlowat = 1;

  ret = newsock->s_sockif->si_setup(newsock);
  if (ret < 0)
    {
      kmm_free(newsock);
      return ret;
    }

  newsock->s_conn->owner = nxsched_getpid();
  *psock = newsock;
  return 0;
}

/* SO_LINGER: wait until the peer has everything, whether the socket is one
 * that waits or not, as on Linux.  When the time is over, or a signal comes,
 * the rest is sent in the background.  A task that ends does not wait.
 */

static void sock_linger(struct socket *psock)
{
  struct sock_wait_s wait;
  int ret = 0;

  if (psock->s_linger <= 0 || psock->s_sockif->si_linger == NULL ||
      nxsched_self()->exiting || !psock->s_sockif->si_linger(psock))
    {
      return;
    }

  sock_wait_begin(&wait, psock, SOCK_BATON_WRITE,
                  (uint64_t)psock->s_linger * 1000000000u);
  while (ret >= 0 && psock->s_sockif->si_linger(psock))
    {
      ret = sock_wait(&wait);
    }

  sock_wait_end(&wait);
}

void sock_finish(struct socket *psock)
{
  /* Who waits holds a reference to the file, and epoll has let go */

  DEBUGASSERT(psock->s_waiters == NULL && psock->s_poll.head == NULL);

  if (psock->s_conn != NULL)
    {
      sock_linger(psock);
    }

  if (psock->s_conn != NULL)
    {
      psock->s_sockif->si_close(psock);
    }
}

int psock_close(struct socket *psock)
{
  sock_finish(psock);
  kmm_free(psock);
  net_leave();
  return 0;
}

/* Names ********************************************************************/

int psock_bind(struct socket *psock, const struct sockaddr *addr,
               socklen_t len)
{
  if (addr == NULL)
    {
      return -EFAULT;
    }

  if (len < sizeof(addr->sa_family) || len > sizeof(struct sockaddr_storage))
    {
      return -EINVAL;
    }

  return psock->s_sockif->si_bind == NULL ? -EOPNOTSUPP :
         psock->s_sockif->si_bind(psock, addr, len);
}

/* Give the user as much of a name as there is room for, and its length */

static void name_out(const struct sockaddr_storage *name, socklen_t namelen,
                     struct sockaddr *addr, socklen_t *len)
{
  memcpy(addr, name, MIN(namelen, *len));
  *len = namelen;
}

static int sock_name(struct socket *psock,
                     int (*get)(struct socket *psock,
                                struct sockaddr_storage *addr,
                                socklen_t *len),
                     struct sockaddr *addr, socklen_t *len)
{
  struct sockaddr_storage name;
  socklen_t namelen = sizeof(name);
  int ret;

  if (get == NULL)
    {
      return -EOPNOTSUPP;
    }

  if (addr == NULL || len == NULL)
    {
      return -EFAULT;
    }

  if ((int)*len < 0)
    {
      return -EINVAL;
    }

  ret = get(psock, &name, &namelen);
  if (ret >= 0)
    {
      name_out(&name, namelen, addr, len);
    }

  return ret < 0 ? ret : 0;
}

int psock_getsockname(struct socket *psock, struct sockaddr *addr,
                      socklen_t *len)
{
  return sock_name(psock, psock->s_sockif->si_getsockname, addr, len);
}

int psock_getpeername(struct socket *psock, struct sockaddr *addr,
                      socklen_t *len)
{
  return sock_name(psock, psock->s_sockif->si_getpeername, addr, len);
}

/* Connections **************************************************************/

int psock_listen(struct socket *psock, int backlog)
{
  int ret;

  if (psock->s_sockif->si_listen == NULL)
    {
      return -EOPNOTSUPP;
    }

  if (backlog < 0 || backlog > LISTEN_MAX)
    {
      backlog = LISTEN_MAX;
    }

  ret = psock->s_sockif->si_listen(psock, backlog);
  if (ret >= 0)
    {
      psock->s_flags |= SOCK_LISTENING;
    }

  return ret < 0 ? ret : 0;
}

/* The connection has been made, or not: what became of it.  If somebody else
 * has taken the error there is still no peer.
 */

static int connect_result(struct socket *psock)
{
  struct sockaddr_storage name;
  socklen_t len = sizeof(name);
  int ret = conn_take_error(psock->s_conn);

  if (ret == 0 && psock->s_sockif->si_getpeername(psock, &name, &len) < 0)
    {
      ret = -ECONNABORTED;
    }

  return ret;
}

static int connect_wait(struct socket *psock)
{
  struct sock_wait_s wait;
  int ret = 0;

  sock_wait_begin(&wait, psock, SOCK_BATON_WRITE, psock->s_sndtimeo);

  while (ret >= 0 &&
         (psock->s_sockif->si_poll(psock) & CONNECT_ENDED) == 0)
    {
      ret = sock_wait(&wait);
    }

  sock_wait_end(&wait);
  return ret == -EAGAIN ? -EINPROGRESS : ret < 0 ? ret :
                          connect_result(psock);
}

int psock_connect(struct socket *psock, const struct sockaddr *addr,
                  socklen_t len, int flags)
{
  int ret;

  if (addr == NULL)
    {
      return -EFAULT;
    }

  if (len < sizeof(addr->sa_family) || len > sizeof(struct sockaddr_storage))
    {
      return -EINVAL;
    }

  if (psock->s_sockif->si_connect == NULL)
    {
      return -EOPNOTSUPP;
    }

  /* -EALREADY: begun earlier, without waiting or interrupted; one who waits
   * may do so for that one, too.  Who asks again after it has come about is
   * told so once.
   */

  ret = psock->s_sockif->si_connect(psock, addr, len);
  if ((ret == -EINPROGRESS || ret == -EALREADY) &&
      (flags & MSG_DONTWAIT) == 0)
    {
      ret = connect_wait(psock);
    }

  if (ret == -EISCONN && (psock->s_flags & SOCK_CONNECTING) != 0)
    {
      ret = 0;
    }

  if (ret == -EINPROGRESS || ret == -EINTR)
    {
      psock->s_flags |= SOCK_CONNECTING;
    }
  else if (ret != -EALREADY)
    {
      psock->s_flags &= ~SOCK_CONNECTING;
    }

  net_leave();
  return ret < 0 ? ret : 0;
}

static int accept_ready(struct socket *psock)
{
  unsigned int events;

  if (psock->s_sockif->si_accept == NULL)
    {
      return -EOPNOTSUPP;
    }

  if ((psock->s_flags & SOCK_LISTENING) == 0)
    {
      return -EINVAL;
    }

  events = psock->s_sockif->si_poll(psock);
  if ((events & POLLIN) != 0)
    {
      return 0;
    }

  /* shutdown() of a listener ends it */

  return (events & POLLHUP) != 0 ? -EINVAL : -EAGAIN;
}


/* Take one, into a socket that is made when there is one to be taken, before
 * it is: if there is no memory or no descriptor it stays for another time.
 */

static int accept_try(struct socket *psock, struct sock_accept_s *accept)
{
  struct socket *newsock = accept->newsock;
  int ret = accept_ready(psock);

  if (ret < 0)
    {
      return ret;
    }

  if (newsock == NULL)
    {
      ret = accept->make(accept);
      if (ret < 0)
        {
          return ret;
        }

      newsock = accept->newsock;
      newsock->s_sockif   = psock->s_sockif;
      newsock->s_domain   = psock->s_domain;
      newsock->s_type     = psock->s_type;
      newsock->s_proto    = psock->s_proto;
      newsock->s_rcvlowat = psock->s_rcvlowat;
      newsock->s_linger   = psock->s_linger;
      newsock->s_rcvtimeo = psock->s_rcvtimeo;
      newsock->s_sndtimeo = psock->s_sndtimeo;
    }

  ret = psock->s_sockif->si_accept(psock, newsock);
  if (ret >= 0)
    {
      newsock->s_conn->owner = nxsched_getpid();
    }

  return ret < 0 ? ret : 0;
}

int sock_accept(struct socket *psock, int flags,
                struct sock_accept_s *accept)
{
  struct sock_wait_s wait;
  int ret;

  accept->newsock = NULL;

  ret = accept_try(psock, accept);
  if (ret != -EAGAIN || (flags & MSG_DONTWAIT) != 0)
    {
      return ret;
    }

  sock_wait_begin(&wait, psock, SOCK_BATON_READ, psock->s_rcvtimeo);

  do
    {
      ret = sock_wait(&wait);
      if (ret < 0)
        {
          break;
        }

      ret = accept_try(psock, accept);
    }
  while (ret == -EAGAIN);

  sock_wait_end(&wait);
  return ret;
}

int sock_accept_name(struct socket *newsock, struct sockaddr *addr,
                     socklen_t *len)
{
  struct sockaddr_storage name;
  socklen_t namelen = sizeof(name);
  int ret;

  if (addr == NULL)
    {
      return 0;
    }

  if (len == NULL)
    {
      return -EFAULT;
    }

  /* It may have been reset since: then it has no peer any more */

  ret = newsock->s_sockif->si_getpeername(newsock, &name, &namelen);
  if (ret < 0)
    {
      return -ECONNABORTED;
    }

  name_out(&name, namelen, addr, len);
  return 0;
}

static int accept_make(struct sock_accept_s *accept)
{
  accept->newsock = kmm_zalloc(sizeof(*accept->newsock));
  return accept->newsock == NULL ? -ENOMEM : 0;
}

int psock_accept(struct socket *psock, struct sockaddr *addr,
                 socklen_t *len, struct socket **newsock, int flags)
{
  struct sock_accept_s accept;
  int ret;

  accept.make = accept_make;
  ret = sock_accept(psock, flags, &accept);
  ret = ret < 0 ? ret : sock_accept_name(accept.newsock, addr, len);

  if (ret >= 0)
    {
      *newsock = accept.newsock;
    }
  else if (accept.newsock != NULL)
    {
      psock_close(accept.newsock);
    }

  return ret;
}

int psock_shutdown(struct socket *psock, int how)
{
  int ret;

  if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR)
    {
      return -EINVAL;
    }

  if (psock->s_sockif->si_shutdown == NULL)
    {
      return -EOPNOTSUPP;
    }

  ret = psock->s_sockif->si_shutdown(psock, how);
  if (ret >= 0)
    {
      /* Those who wait here learn what the end of a direction means */

      sock_event(psock, psock->s_sockif->si_poll(psock));
    }

  net_leave();
  return ret < 0 ? ret : 0;
}

/* Sending ******************************************************************/

/* More, after "done" bytes of a stream, or after -EAGAIN ("ret") */

static ssize_t send_more(struct socket *psock, struct sock_msg_s *msg,
                         int flags, ssize_t ret)
{
  ssize_t done = MAX(ret, 0);
  struct sock_wait_s wait;

  sock_wait_begin(&wait, psock, SOCK_BATON_WRITE, psock->s_sndtimeo);

  while (ret == -EAGAIN || (ret > 0 && msg->uio.resid > 0))
    {
      int waited = ret == -EAGAIN ? sock_wait(&wait) : 0;

      if (waited < 0)
        {
          ret = waited;
          break;
        }

      if (done > 0 && sock_failed(psock))
        {
          break;
        }

      ret   = psock->s_sockif->si_sendmsg(psock, msg, flags);
      done += MAX(ret, 0);
    }

  sock_wait_end(&wait);
  return done > 0 ? done : ret;
}

ssize_t sock_send(struct socket *psock, struct sock_msg_s *msg, int flags)
{
  ssize_t ret;

  if (psock->s_sockif->si_sendmsg == NULL)
    {
      return -EOPNOTSUPP;
    }

  ret = psock->s_sockif->si_sendmsg(psock, msg, flags);

  if ((ret >= 0 ? psock->s_type == SOCK_STREAM && msg->uio.resid > 0 :
                  ret == -EAGAIN) && (flags & MSG_DONTWAIT) == 0)
    {
      ret = send_more(psock, msg, flags, ret);
    }

  net_leave();
  return ret;
}

ssize_t psock_sendmsg(struct socket *psock, const struct msghdr *msg,
                      int flags)
{
  struct sockaddr_storage name;
  struct sock_msg_s m;
  int ret;

  if (msg == NULL)
    {
      return -EFAULT;
    }

  if (msg->msg_controllen > INT_MAX)
    {
      return -ENOBUFS;
    }

  ret = net_uio_init(&m.uio, msg->msg_iov, MIN(msg->msg_iovlen, INT_MAX));
  if (ret < 0)
    {
      return ret;
    }

  m.name    = NULL;
  m.namelen = 0;
  if (msg->msg_name != NULL && msg->msg_namelen > 0)
    {
      if ((int)msg->msg_namelen < 0)
        {
          return -EINVAL;
        }

      m.name    = &name;
      m.namelen = MIN(msg->msg_namelen, sizeof(name));
      memcpy(&name, msg->msg_name, m.namelen);
    }

  m.control    = msg->msg_controllen > 0 ? msg->msg_control : NULL;
  m.controllen = m.control != NULL ? msg->msg_controllen : 0;
  m.flags      = 0;
  return sock_send(psock, &m, flags);
}

ssize_t psock_sendto(struct socket *psock, const void *buf, size_t len,
                     int flags, const struct sockaddr *to, socklen_t tolen)
{
  struct sockaddr_storage name;
  struct sock_msg_s m;
  struct iovec iov;
  int ret;

  iov.iov_base = (void *)(uintptr_t)buf;
  iov.iov_len  = MIN(len, (size_t)SSIZE_MAX);

  ret = net_uio_init(&m.uio, &iov, 1);
  if (ret < 0)
    {
      return ret;
    }

  m.name       = NULL;
  m.namelen    = 0;
  m.control    = NULL;
  m.controllen = 0;
  m.flags      = 0;

  if (to != NULL)
    {
      if (tolen > sizeof(name))
        {
          return -EINVAL;
        }

      m.name    = &name;
      m.namelen = tolen;
      memcpy(&name, to, tolen);
    }

  return sock_send(psock, &m, flags);
}

/* Receiving ****************************************************************/

/* How much a call wants before it returns: anything, but of a stream with
 * MSG_WAITALL all, and with SO_RCVLOWAT that much.
 */

static size_t recv_wanted(const struct socket *psock, size_t resid,
                          int flags)
{
  if (psock->s_type != SOCK_STREAM || (flags & MSG_OOB) != 0)
    {
      return 1;
    }

  if ((flags & MSG_WAITALL) != 0)
    {
      return resid;
    }

  return MIN(resid, (size_t)psock->s_rcvlowat);
}

/* Until "wanted" bytes are there in all.  What MSG_PEEK has shown it shows
 * again: it begins anew at "start" of the user's memory each time, and has
 * to be told by the state of the socket that there will be no more.
 */

static ssize_t recv_more(struct socket *psock, struct sock_msg_s *msg,
                         int flags, size_t wanted, ssize_t ret,
                         const struct net_uio_s *start)
{
  bool peek = (flags & MSG_PEEK) != 0;
  size_t controllen = msg->controllen;
  ssize_t done = MAX(ret, 0);
  struct sock_wait_s wait;

  sock_wait_begin(&wait, psock, SOCK_BATON_READ, psock->s_rcvtimeo);

  while (ret == -EAGAIN || (ret > 0 && (size_t)done < wanted))
    {
      if (done > 0 && (peek ? sock_ended(psock) : sock_failed(psock)))
        {
          break;
        }

      if (peek || ret == -EAGAIN)
        {
          int waited = sock_wait(&wait);

          if (waited < 0)
            {
              ret = waited;
              break;
            }
        }

      if (peek)
        {
          msg->uio = *start;
        }

      if (done == 0)
        {
          msg->controllen = controllen;
        }

      ret  = psock->s_sockif->si_recvmsg(psock, msg, flags);
      done = peek ? MAX(ret, done) : done + MAX(ret, 0);
    }

  sock_wait_end(&wait);
  return done > 0 ? done : ret;
}

ssize_t sock_recv(struct socket *psock, struct sock_msg_s *msg, int flags)
{
  struct net_uio_s start = msg->uio;
  size_t wanted;
  ssize_t ret;

  if (psock->s_sockif->si_recvmsg == NULL)
    {
      return -EOPNOTSUPP;
    }

  /* Neither the queue of errors nor urgent data is waited for */

  wanted = recv_wanted(psock, start.resid, flags);
  ret    = psock->s_sockif->si_recvmsg(psock, msg, flags);

  if ((ret > 0 ? (size_t)ret < wanted : ret == -EAGAIN) &&
      (flags & (MSG_DONTWAIT | MSG_ERRQUEUE | MSG_OOB)) == 0)
    {
      ret = recv_more(psock, msg, flags, wanted, ret, &start);
    }

  net_leave();
  return ret;
}

static void msg_prepare(struct sock_msg_s *msg,
                        struct sockaddr_storage *name)
{
  msg->name       = name;
  msg->namelen    = 0;
  msg->control    = NULL;
  msg->controllen = 0;
  msg->flags      = 0;
}

ssize_t psock_recvmsg(struct socket *psock, struct msghdr *msg, int flags)
{
  struct sockaddr_storage name;
  struct sock_msg_s m;
  ssize_t ret;

  if (msg == NULL)
    {
      return -EFAULT;
    }

  ret = net_uio_init(&m.uio, msg->msg_iov, MIN(msg->msg_iovlen, INT_MAX));
  if (ret < 0)
    {
      return ret;
    }

  if (msg->msg_name != NULL && (int)msg->msg_namelen < 0)
    {
      return -EINVAL;
    }

  msg_prepare(&m, msg->msg_name != NULL ? &name : NULL);
  if (msg->msg_control != NULL)
    {
      m.control    = msg->msg_control;
      m.controllen = msg->msg_controllen;
    }

  ret = sock_recv(psock, &m, flags);
  if (ret >= 0)
    {
      /* A stream leaves the name alone: no name */

      if (msg->msg_name != NULL)
        {
          name_out(&name, m.namelen, msg->msg_name, &msg->msg_namelen);
        }

      msg->msg_controllen = m.controllen;
      msg->msg_flags      = m.flags;
    }

  return ret;
}

ssize_t psock_recvfrom(struct socket *psock, void *buf, size_t len,
                       int flags, struct sockaddr *from, socklen_t *fromlen)
{
  struct sockaddr_storage name;
  struct sock_msg_s m;
  struct iovec iov;
  ssize_t ret;

  iov.iov_base = buf;
  iov.iov_len  = MIN(len, (size_t)SSIZE_MAX);

  ret = net_uio_init(&m.uio, &iov, 1);
  if (ret < 0)
    {
      return ret;
    }

  if (from != NULL && (fromlen == NULL || (int)*fromlen < 0))
    {
      return fromlen == NULL ? -EFAULT : -EINVAL;
    }

  msg_prepare(&m, from != NULL ? &name : NULL);
  ret = sock_recv(psock, &m, flags);

  if (ret >= 0 && from != NULL)
    {
      name_out(&name, m.namelen, from, fromlen);
    }

  return ret;
}

/* Options and control ******************************************************/

int psock_getsockopt(struct socket *psock, int level, int option,
                     void *value, socklen_t *len)
{
  if (value == NULL || len == NULL)
    {
      return -EFAULT;
    }

  if ((int)*len < 0)
    {
      return -EINVAL;
    }

  if (level == SOL_SOCKET)
    {
      return sock_getsockopt(psock, option, value, len);
    }

  return psock->s_sockif->si_getsockopt == NULL ? -ENOPROTOOPT :
         psock->s_sockif->si_getsockopt(psock, level, option, value, len);
}

int psock_setsockopt(struct socket *psock, int level, int option,
                     const void *value, socklen_t len)
{
  int ret;

  if (value == NULL && len > 0)
    {
      return -EFAULT;
    }

  if ((int)len < 0)
    {
      return -EINVAL;
    }

  if (level == SOL_SOCKET)
    {
      return sock_setsockopt(psock, option, value, len);
    }

  if (psock->s_sockif->si_setsockopt == NULL)
    {
      return -ENOPROTOOPT;
    }

  /* One that holds back may be taken off (TCP_CORK) */

  ret = psock->s_sockif->si_setsockopt(psock, level, option, value, len);
  net_leave();
  return ret;
}

/* What the protocol does not know is about interfaces, routes or neighbours,
 * for which any socket will do.
 */

int psock_ioctl(struct socket *psock, unsigned long cmd, unsigned long arg)
{
  int ret = psock->s_sockif->si_ioctl == NULL ? -ENOTTY :
            psock->s_sockif->si_ioctl(psock, cmd, arg);

  return ret == -ENOTTY ? netdev_ioctl(cmd, arg) : ret;
}
