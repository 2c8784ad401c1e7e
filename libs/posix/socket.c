/* libs/posix/socket.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Sockets, epoll and sendfile().  The kernel's calls have POSIX's arguments
 * already; what is left is errno, cancellation and signals.
 *
 * A call that waits is resumed after a handler with SA_RESTART, connect()
 * included: the kernel waits for the end of the connection that was begun.
 */

#include "binding.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nuttx/fs/fs.h>
#include <nuttx/net/net.h>

#define BLOCKING (CALL_CANCEL | CALL_RESTART)

BIND(socket);
int posix_socket(int domain, int type, int protocol)
{
  return posix_call(CALL_PLAIN, nx_socket(domain, type, protocol));
}

BIND(socketpair);
int posix_socketpair(int domain, int type, int protocol, int fd[2])
{
  return posix_call(CALL_PLAIN, nx_socketpair(domain, type, protocol, fd));
}

BIND(bind);
int posix_bind(int fd, __CONST_SOCKADDR_ARG addr, socklen_t len)
{
  return posix_call(CALL_PLAIN, nx_bind(fd, addr.__sockaddr__, len));
}

BIND(listen);
int posix_listen(int fd, int backlog)
{
  return posix_call(CALL_PLAIN, nx_listen(fd, backlog));
}

BIND(connect);
int posix_connect(int fd, __CONST_SOCKADDR_ARG addr, socklen_t len)
{
  return posix_call(BLOCKING, nx_connect(fd, addr.__sockaddr__, len));
}

BIND(accept4);
int posix_accept4(int fd, __SOCKADDR_ARG addr, socklen_t *len, int flags)
{
  return posix_call(BLOCKING, nx_accept4(fd, addr.__sockaddr__, len, flags));
}

BIND(accept);
int posix_accept(int fd, __SOCKADDR_ARG addr, socklen_t *len)
{
  return posix_call(BLOCKING, nx_accept4(fd, addr.__sockaddr__, len, 0));
}

BIND(shutdown);
int posix_shutdown(int fd, int how)
{
  return posix_call(CALL_PLAIN, nx_shutdown(fd, how));
}

/* Sending */

BIND(send);
ssize_t posix_send(int fd, const void *buf, size_t len, int flags)
{
  return posix_call(BLOCKING, nx_sendto(fd, buf, len, flags, NULL, 0));
}

BIND(sendto);
ssize_t posix_sendto(int fd, const void *buf, size_t len, int flags,
                     __CONST_SOCKADDR_ARG to, socklen_t tolen)
{
  return posix_call(BLOCKING, nx_sendto(fd, buf, len, flags,
                                        to.__sockaddr__, tolen));
}

BIND(sendmsg);
ssize_t posix_sendmsg(int fd, const struct msghdr *msg, int flags)
{
  return posix_call(BLOCKING, nx_sendmsg(fd, msg, flags));
}

BIND(sendmmsg);
int posix_sendmmsg(int fd, struct mmsghdr *msgs, unsigned int n, int flags)
{
  return posix_call(BLOCKING, nx_sendmmsg(fd, msgs, n, flags));
}

BIND(sendfile);
ssize_t posix_sendfile(int out, int in, off_t *offset, size_t count)
{
  return posix_call(BLOCKING, nx_sendfile(out, in, offset, count));
}

BIND(sendfile64);
ssize_t posix_sendfile64(int out, int in, off64_t *offset, size_t count)
{
  off_t pos = offset != NULL ? *offset : 0;
  ssize_t ret;

  if (offset != NULL && pos != *offset)
    {
      return posix_fail(EOVERFLOW);
    }

  ret = posix_sendfile(out, in, offset != NULL ? &pos : NULL, count);
  if (offset != NULL)
    {
      *offset = pos;
    }

  return ret;
}

/* Receiving */

BIND(recv);
ssize_t posix_recv(int fd, void *buf, size_t len, int flags)
{
  return posix_call(BLOCKING, nx_recvfrom(fd, buf, len, flags, NULL, NULL));
}

BIND(recvfrom);
ssize_t posix_recvfrom(int fd, void *buf, size_t len, int flags,
                       __SOCKADDR_ARG from, socklen_t *fromlen)
{
  return posix_call(BLOCKING, nx_recvfrom(fd, buf, len, flags,
                                          from.__sockaddr__, fromlen));
}

BIND(recvmsg);
ssize_t posix_recvmsg(int fd, struct msghdr *msg, int flags)
{
  return posix_call(BLOCKING, nx_recvmsg(fd, msg, flags));
}

/* In ns since boot; CLOCK_NEVER without a timeout, 1 if it is not a time.  It
 * counts from here on, however often a handler interrupts.
 */

static uint64_t deadline_in(const struct timespec *timeout)
{
  uint64_t ns;

  if (timeout == NULL)
    {
      return CLOCK_NEVER;
    }

  if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 ||
      timeout->tv_nsec >= NSEC_PER_SEC)
    {
      return 1;
    }

  return __builtin_mul_overflow(timeout->tv_sec, (uint64_t)NSEC_PER_SEC,
                                &ns) ||
         __builtin_add_overflow(ns, timeout->tv_nsec, &ns) ||
         __builtin_add_overflow(ns, clock_refresh(), &ns) ?
         CLOCK_NEVER : ns;
}

BIND(recvmmsg);
int posix_recvmmsg(int fd, struct mmsghdr *msgs, unsigned int n, int flags,
                   struct timespec *timeout)
{
  uint64_t deadline = deadline_in(timeout);

  return deadline == 1 ? posix_fail(EINVAL) :
         posix_call(BLOCKING, nx_recvmmsg(fd, msgs, n, flags, deadline));
}

/* Names and options */

BIND(getsockname);
int posix_getsockname(int fd, __SOCKADDR_ARG addr, socklen_t *len)
{
  return posix_call(CALL_PLAIN, nx_getsockname(fd, addr.__sockaddr__, len));
}

BIND(getpeername);
int posix_getpeername(int fd, __SOCKADDR_ARG addr, socklen_t *len)
{
  return posix_call(CALL_PLAIN, nx_getpeername(fd, addr.__sockaddr__, len));
}

BIND(getsockopt);
int posix_getsockopt(int fd, int level, int option, void *value,
                     socklen_t *len)
{
  return posix_call(CALL_PLAIN, nx_getsockopt(fd, level, option, value,
                                              len));
}

BIND(setsockopt);
int posix_setsockopt(int fd, int level, int option, const void *value,
                     socklen_t len)
{
  return posix_call(CALL_PLAIN, nx_setsockopt(fd, level, option, value,
                                              len));
}

BIND(sockatmark);
int posix_sockatmark(int fd)
{
  int mark = 0;

  return posix_call(CALL_PLAIN,
                    nx_ioctl(fd, SIOCATMARK, (unsigned long)&mark)) < 0 ?
         -1 : mark;
}

/* epoll.  No handler runs between the change of the mask and the wait, for
 * nothing else does.
 */

BIND(epoll_create);
int posix_epoll_create(int size)
{
  return size <= 0 ? posix_fail(EINVAL) :
         posix_call(CALL_PLAIN, nx_epoll_create(0));
}

BIND(epoll_create1);
int posix_epoll_create1(int flags)
{
  return posix_call(CALL_PLAIN, nx_epoll_create(flags));
}

BIND(epoll_ctl);
int posix_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
  return posix_call(CALL_PLAIN, nx_epoll_ctl(epfd, op, fd, event));
}

static int epoll_until(int epfd, struct epoll_event *events, int n,
                       uint64_t deadline, const sigset_t *mask)
{
  sigset_t old;
  int err;
  int ret;

  if (mask != NULL && posix_sigmask(mask, &old) < 0)
    {
      posix_sigmask(&old, NULL);
      return posix_fail(EINTR);
    }

  ret = posix_call(CALL_CANCEL, nx_epoll_wait(epfd, events, n, deadline));
  if (mask != NULL)
    {
      err = errno;
      posix_sigmask(&old, NULL);
      errno = err;
    }

  return ret;
}

BIND(epoll_pwait);
int posix_epoll_pwait(int epfd, struct epoll_event *events, int n,
                      int timeout, const sigset_t *mask)
{
  uint64_t deadline = timeout < 0 ? CLOCK_NEVER : timeout == 0 ? 0 :
                      clock_refresh() + timeout * (uint64_t)NSEC_PER_MSEC;

  return epoll_until(epfd, events, n, deadline, mask);
}

BIND(epoll_wait);
int posix_epoll_wait(int epfd, struct epoll_event *events, int n,
                     int timeout)
{
  return posix_epoll_pwait(epfd, events, n, timeout, NULL);
}

BIND(epoll_pwait2);
int posix_epoll_pwait2(int epfd, struct epoll_event *events, int n,
                       const struct timespec *timeout, const sigset_t *mask)
{
  uint64_t deadline = deadline_in(timeout);

  return deadline == 1 ? posix_fail(EINVAL) :
         epoll_until(epfd, events, n, deadline, mask);
}
