/* net/sock_file.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Sockets as files, and the calls on descriptors that are for sockets only.
 *
 * f_priv of the file is the socket; the last close of the file closes it.  A
 * call holds a reference to the file, so a socket cannot go while somebody is
 * inside it.  O_NONBLOCK of the file is MSG_DONTWAIT of the call.  Here, too,
 * SIGPIPE is sent, which is the business of descriptors and not of sockets.
 */

#define _GNU_SOURCE                  /* struct mmsghdr */

#include "sock.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/stat.h>

#include <nuttx/clock.h>
#include <nuttx/kmalloc.h>
#include <nuttx/sched.h>
#include <nuttx/fs/fs.h>

#define TYPE_FLAGS (SOCK_NONBLOCK | SOCK_CLOEXEC)

/* Messages of one sendmmsg() or recvmmsg(): Linux' limit */

#define BATCH_MAX  1024u

static int file_flags(const struct file *filep, int flags)
{
  return (filep->f_oflags & O_NONBLOCK) != 0 ? flags | MSG_DONTWAIT : flags;
}

/* The end of a call that sends.  A stream that cannot send any more: the
 * writer is to notice.
 */

static ssize_t sent(ssize_t ret, const struct socket *psock, int flags)
{
  if (ret > 0)
    {
      nxsched_charge((size_t)ret);
    }

  if (ret == -EPIPE && psock->s_type == SOCK_STREAM &&
      (flags & MSG_NOSIGNAL) == 0)
    {
      fs_sigpipe();
    }

  return ret;
}

/* As a file ****************************************************************/

static int sock_close(struct file *filep)
{
  return psock_close(filep->f_priv);
}

static ssize_t sock_read(struct file *filep, char *buffer, size_t buflen)
{
  /* read() of nothing is nothing, where recv() of nothing takes a datagram */

  return buflen == 0 ? 0 :
         psock_recvfrom(filep->f_priv, buffer, buflen, file_flags(filep, 0),
                        NULL, NULL);
}

static ssize_t sock_write(struct file *filep, const char *buffer,
                          size_t buflen)
{
  return sent(psock_sendto(filep->f_priv, buffer, buflen,
                           file_flags(filep, 0), NULL, 0),
              filep->f_priv, 0);
}

static ssize_t sock_readv(struct file *filep, const struct iovec *iov,
                          int iovcnt)
{
  struct msghdr msg;

  memset(&msg, 0, sizeof(msg));
  msg.msg_iov    = (struct iovec *)(uintptr_t)iov;
  msg.msg_iovlen = iovcnt;
  return psock_recvmsg(filep->f_priv, &msg, file_flags(filep, 0));
}

static ssize_t sock_writev(struct file *filep, const struct iovec *iov,
                           int iovcnt)
{
  struct msghdr msg;

  memset(&msg, 0, sizeof(msg));
  msg.msg_iov    = (struct iovec *)(uintptr_t)iov;
  msg.msg_iovlen = iovcnt;
  return sent(psock_sendmsg(filep->f_priv, &msg, file_flags(filep, 0)),
              filep->f_priv, 0);
}

static int sock_ioctl(struct file *filep, unsigned long cmd,
                      unsigned long arg)
{
  return psock_ioctl(filep->f_priv, cmd, arg);
}

static int sock_poll(struct file *filep, struct pollwait_s *pw, bool setup)
{
  struct socket *psock = filep->f_priv;

  if (setup)
    {
      pollwait_add(&psock->s_poll, pw);
      poll_notify_one(pw, sock_events(psock));
    }
  else
    {
      pollwait_del(pw);
    }

  return 0;
}

static int sock_fstat(struct file *filep, struct stat *buf)
{
  memset(buf, 0, sizeof(*buf));
  buf->st_mode    = S_IFSOCK | 0777;
  buf->st_nlink   = 1;
  buf->st_ino     = (uintptr_t)filep->f_priv >> 4;
  buf->st_blksize = 4096;
  return 0;
}

static const struct file_operations g_sock_ops =
{
  .close  = sock_close,
  .read   = sock_read,
  .write  = sock_write,
  .readv  = sock_readv,
  .writev = sock_writev,
  .ioctl  = sock_ioctl,
  .poll   = sock_poll,
  .fstat  = sock_fstat
};

/* Descriptors **************************************************************/

/* The file of a descriptor, with a reference: file_put() when done */

static int sock_get(int fd, struct file **filep)
{
  int ret = file_get(fd, filep);

  if (ret >= 0 && (*filep)->f_ops != &g_sock_ops)
    {
      file_put(*filep);
      return -ENOTSOCK;
    }

  return ret < 0 ? ret : 0;
}

/* A file for a socket, and a descriptor for it: that, or a negative errno,
 * and then the socket is still the caller's.
 */

static int sock_install(struct socket *psock, int flags)
{
  struct file *filep;
  int ret = file_alloc(&g_sock_ops, S_IFSOCK,
                       O_RDWR | ((flags & SOCK_NONBLOCK) != 0 ?
                                 O_NONBLOCK : 0), "socket:", psock, &filep);

  if (ret < 0)
    {
      return ret;
    }

  ret = file_install(filep, 0, (flags & SOCK_CLOEXEC) != 0);
  if (ret < 0)
    {
      /* Without its close, so that the socket stays */

      static const struct file_operations nothing;

      filep->f_ops = &nothing;
      file_put(filep);
    }

  return ret;
}

int nx_socket(int domain, int type, int protocol)
{
  struct socket *psock;
  int ret = psock_socket(domain, type & ~TYPE_FLAGS, protocol, &psock);

  if (ret < 0)
    {
      return ret;
    }

  ret = sock_install(psock, type);
  if (ret < 0)
    {
      psock_close(psock);
    }

  return ret;
}

/* There is no local domain yet; of the others none has pairs */

int nx_socketpair(int domain, int type, int protocol, int fd[2])
{
  struct socket *psock;
  int ret;

  if (fd == NULL)
    {
      return -EFAULT;
    }

  ret = psock_socket(domain, type & ~TYPE_FLAGS, protocol, &psock);
  if (ret >= 0)
    {
      psock_close(psock);
      ret = -EOPNOTSUPP;
    }

  return ret;
}

/* accept(): the descriptor comes first, then the connection, which so stays
 * in the queue if there is none.
 */

struct accept_fd_s
{
  struct sock_accept_s accept;
  int flags;
  int fd;                            /* -1: not yet */
};

static int accept_install(struct sock_accept_s *accept)
{
  struct accept_fd_s *a = container_of(accept, struct accept_fd_s, accept);
  struct socket *psock = kmm_zalloc(sizeof(*psock));
  int ret;

  if (psock == NULL)
    {
      return -ENOMEM;
    }

  ret = sock_install(psock, a->flags);
  if (ret < 0)
    {
      kmm_free(psock);
      return ret;
    }

  a->fd = ret;
  accept->newsock = psock;
  return 0;
}

int nx_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
  struct accept_fd_s a;
  struct file *filep;
  int ret;

  task_testcancel();

  if ((flags & ~TYPE_FLAGS) != 0)
    {
      return -EINVAL;
    }

  ret = sock_get(fd, &filep);
  if (ret < 0)
    {
      return ret;
    }

  a.accept.make = accept_install;
  a.flags = flags;
  a.fd    = -1;

  ret = sock_accept(filep->f_priv, file_flags(filep, 0), &a.accept);
  ret = ret < 0 ? ret : sock_accept_name(a.accept.newsock, addr, len);
  file_put(filep);

  if (ret < 0 && a.fd >= 0)
    {
      nx_close(a.fd);
    }

  return ret < 0 ? ret : a.fd;
}

int nx_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
  struct file *filep;
  int ret = sock_get(fd, &filep);

  if (ret >= 0)
    {
      ret = psock_bind(filep->f_priv, addr, len);
      file_put(filep);
    }

  return ret;
}

int nx_listen(int fd, int backlog)
{
  struct file *filep;
  int ret = sock_get(fd, &filep);

  if (ret >= 0)
    {
      ret = psock_listen(filep->f_priv, backlog);
      file_put(filep);
    }

  return ret;
}

int nx_connect(int fd, const struct sockaddr *addr, socklen_t len)
{
  struct file *filep;
  int ret;

  task_testcancel();

  ret = sock_get(fd, &filep);
  if (ret >= 0)
    {
      ret = psock_connect(filep->f_priv, addr, len, file_flags(filep, 0));
      file_put(filep);
    }

  return ret;
}

int nx_shutdown(int fd, int how)
{
  struct file *filep;
  int ret = sock_get(fd, &filep);

  if (ret >= 0)
    {
      ret = psock_shutdown(filep->f_priv, how);
      file_put(filep);
    }

  return ret;
}

ssize_t nx_sendmsg(int fd, const struct msghdr *msg, int flags)
{
  struct file *filep;
  ssize_t ret;

  task_testcancel();

  ret = sock_get(fd, &filep);
  if (ret >= 0)
    {
      ret = psock_sendmsg(filep->f_priv, msg, file_flags(filep, flags));
      ret = sent(ret, filep->f_priv, flags);
      file_put(filep);
    }

  return ret;
}

ssize_t nx_recvmsg(int fd, struct msghdr *msg, int flags)
{
  struct file *filep;
  ssize_t ret;

  task_testcancel();

  ret = sock_get(fd, &filep);
  if (ret >= 0)
    {
      ret = psock_recvmsg(filep->f_priv, msg, file_flags(filep, flags));
      file_put(filep);
    }

  return ret;
}

ssize_t nx_sendto(int fd, const void *buf, size_t len, int flags,
                  const struct sockaddr *to, socklen_t tolen)
{
  struct file *filep;
  ssize_t ret;

  task_testcancel();

  ret = sock_get(fd, &filep);
  if (ret >= 0)
    {
      ret = psock_sendto(filep->f_priv, buf, len, file_flags(filep, flags),
                         to, tolen);
      ret = sent(ret, filep->f_priv, flags);
      file_put(filep);
    }

  return ret;
}

ssize_t nx_recvfrom(int fd, void *buf, size_t len, int flags,
                    struct sockaddr *from, socklen_t *fromlen)
{
  struct file *filep;
  ssize_t ret;

  task_testcancel();

  ret = sock_get(fd, &filep);
  if (ret >= 0)
    {
      ret = psock_recvfrom(filep->f_priv, buf, len, file_flags(filep, flags),
                           from, fromlen);
      file_put(filep);
    }

  return ret;
}

/* Several messages.  An error after the first is for the next call: it is put
 * back, unless it only says that there is no more now.
 */

static int several(struct socket *psock, unsigned int done, ssize_t ret)
{
  if (done == 0)
    {
      return ret;
    }

  if (ret < 0 && ret != -EAGAIN && ret != -EINTR)
    {
      conn_error(psock->s_conn, -ret);
    }

  return done;
}

int nx_sendmmsg(int fd, struct mmsghdr *msgs, unsigned int n, int flags)
{
  unsigned int done = 0;
  struct file *filep;
  ssize_t ret;

  task_testcancel();

  if (msgs == NULL && n > 0)
    {
      return -EFAULT;
    }

  ret = sock_get(fd, &filep);
  if (ret < 0)
    {
      return ret;
    }

  for (n = MIN(n, BATCH_MAX); done < n; done++)
    {
      ret = psock_sendmsg(filep->f_priv, &msgs[done].msg_hdr,
                          file_flags(filep, flags));
      if (ret < 0)
        {
          break;
        }

      msgs[done].msg_len = ret;
    }

  /* What was wrong with a message itself will be found again */

  ret = done > 0 ? (ssize_t)done : sent(ret, filep->f_priv, flags);
  file_put(filep);
  return ret;
}

int nx_recvmmsg(int fd, struct mmsghdr *msgs, unsigned int n, int flags,
                uint64_t deadline)
{
  unsigned int done = 0;
  struct file *filep;
  ssize_t ret;

  task_testcancel();

  if (msgs == NULL && n > 0)
    {
      return -EFAULT;
    }

  ret = sock_get(fd, &filep);
  if (ret < 0)
    {
      return ret;
    }

  for (n = MIN(n, BATCH_MAX); done < n; )
    {
      ret = psock_recvmsg(filep->f_priv, &msgs[done].msg_hdr,
                          file_flags(filep, flags & ~MSG_WAITFORONE));
      if (ret < 0)
        {
          break;
        }

      msgs[done++].msg_len = ret;
      if ((flags & MSG_WAITFORONE) != 0)
        {
          flags |= MSG_DONTWAIT;
        }

      if (deadline != CLOCK_NEVER && clock_refresh() >= deadline)
        {
          break;
        }
    }

  ret = several(filep->f_priv, done, ret);
  file_put(filep);
  return ret;
}

int nx_getsockopt(int fd, int level, int option, void *value, socklen_t *len)
{
  struct file *filep;
  int ret = sock_get(fd, &filep);

  if (ret >= 0)
    {
      ret = psock_getsockopt(filep->f_priv, level, option, value, len);
      file_put(filep);
    }

  return ret;
}

int nx_setsockopt(int fd, int level, int option, const void *value,
                  socklen_t len)
{
  struct file *filep;
  int ret = sock_get(fd, &filep);

  if (ret >= 0)
    {
      ret = psock_setsockopt(filep->f_priv, level, option, value, len);
      file_put(filep);
    }

  return ret;
}

int nx_getsockname(int fd, struct sockaddr *addr, socklen_t *len)
{
  struct file *filep;
  int ret = sock_get(fd, &filep);

  if (ret >= 0)
    {
      ret = psock_getsockname(filep->f_priv, addr, len);
      file_put(filep);
    }

  return ret;
}

int nx_getpeername(int fd, struct sockaddr *addr, socklen_t *len)
{
  struct file *filep;
  int ret = sock_get(fd, &filep);

  if (ret >= 0)
    {
      ret = psock_getpeername(filep->f_priv, addr, len);
      file_put(filep);
    }

  return ret;
}
