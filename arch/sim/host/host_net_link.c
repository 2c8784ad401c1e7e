/* arch/sim/host/host_net_link.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Sockets between kernels: datagrams for the link device, which need no
 * privilege, and sequenced packets for lock-step.
 */

#define _GNU_SOURCE

#include <nuttx/config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "host_net.h"

#define LINK_BATCH 64

union address_u
{
  struct sockaddr any;
  struct sockaddr_un un;
  struct sockaddr_in in;
};

static int make_address(union address_u *addr, socklen_t *len,
                        const char *path, unsigned int port)
{
  memset(addr, 0, sizeof(*addr));
  if (path == NULL)
    {
      addr->in.sin_family      = AF_INET;
      addr->in.sin_port        = htons((uint16_t)port);
      addr->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      *len                     = sizeof(addr->in);
      return 0;
    }

  if (strlen(path) >= sizeof(addr->un.sun_path))
    {
      return -ENAMETOOLONG;
    }

  addr->un.sun_family = AF_UNIX;
  memcpy(addr->un.sun_path, path, strlen(path) + 1);
  *len = sizeof(addr->un);
  return 0;
}

/* Datagrams ****************************************************************/

/* Whether there is a socket at a path, but nobody who listens.  (To connect
 * to a plain file is refused as well.)
 */

static bool is_stale(const union address_u *addr, socklen_t len)
{
  struct stat st;
  bool stale;
  int fd;

  if (lstat(addr->un.sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
    {
      return false;
    }

  fd    = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  stale = fd >= 0 && connect(fd, &addr->any, len) < 0 &&
          errno == ECONNREFUSED;
  if (fd >= 0)
    {
      close(fd);
    }

  return stale;
}

int host_link_open(const char *path, unsigned int port)
{
  union address_u addr;
  socklen_t len;
  int ret = make_address(&addr, &len, path, port);
  int fd;

  if (ret < 0)
    {
      return ret;
    }

  fd = socket(path != NULL ? AF_UNIX : AF_INET,
              SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0)
    {
      return -errno;
    }

  ret = bind(fd, &addr.any, len) < 0 ? -errno : 0;
  if (ret == -EADDRINUSE && path != NULL && is_stale(&addr, len))
    {
      unlink(path);
      ret = bind(fd, &addr.any, len) < 0 ? -errno : 0;
    }

  if (ret < 0)
    {
      close(fd);
      return ret;
    }

  return fd;
}

int host_link_connect(int fd, const char *path, unsigned int port)
{
  union address_u addr;
  socklen_t len;
  int ret = make_address(&addr, &len, path, port);

  return ret < 0 ? ret : connect(fd, &addr.any, len) < 0 ? -errno : 0;
}

void host_link_unlink(const char *path)
{
  unlink(path);
}

int host_link_recv(int fd, const struct iob_iov_s *iov, int per,
                   unsigned int *len, int n)
{
  struct mmsghdr msg[LINK_BATCH];
  int ret;
  int i;

  n = n < LINK_BATCH ? n : LINK_BATCH;
  memset(msg, 0, sizeof(msg[0]) * (size_t)n);
  for (i = 0; i < n; i++)
    {
      msg[i].msg_hdr.msg_iov    = (struct iovec *)(iov + i * per);
      msg[i].msg_hdr.msg_iovlen = (size_t)per;
    }

  ret = recvmmsg(fd, msg, (unsigned int)n, MSG_DONTWAIT | MSG_TRUNC, NULL);
  for (i = 0; i < ret; i++)
    {
      len[i] = msg[i].msg_len;
    }

  return ret < 0 ? -errno : ret;
}

/* Lock-step ****************************************************************/

static int64_t now_ms(void)
{
  struct timespec ts;

  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Wait for the other one; closes the listening socket */

static int await_peer(int fd, int64_t left_ms)
{
  struct pollfd pfd =
  {
    fd, POLLIN, 0
  };

  int ret = -ETIMEDOUT;
  int n;

  n = listen(fd, 1) < 0 ? -1 : poll(&pfd, 1, (int)left_ms);
  if (n < 0)
    {
      ret = -errno;
    }
  else if (n > 0)
    {
      ret = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
      ret = ret < 0 ? -errno : ret;
    }

  close(fd);
  return ret;
}

/* The names of Unix sockets that begin with a NUL live and die with their
 * sockets, and one can bind only: the first binds, the second finds it
 * bound, and connects.  Between the first one's bind() and its listen() the
 * second is refused, and so is one that comes when the first has just
 * given up: both look again.
 */

int host_lockstep_meet(const char *name, unsigned int wait_ms)
{
  int64_t deadline = now_ms() + wait_ms;
  struct sockaddr_un addr;
  socklen_t len;
  int ret;
  int fd;

  memset(&addr, 0, sizeof(addr));
  addr.sun_family = AF_UNIX;
  ret = snprintf(addr.sun_path + 1, sizeof(addr.sun_path) - 1,
                 "nuttx-lockstep/%s", name);
  if (ret >= (int)sizeof(addr.sun_path) - 1)
    {
      return -ENAMETOOLONG;
    }

  len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)ret);
  while (now_ms() < deadline)
    {
      fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
      if (fd < 0)
        {
          return -errno;
        }

      if (bind(fd, (struct sockaddr *)&addr, len) == 0)
        {
          return await_peer(fd, deadline - now_ms());
        }

      if (errno == EADDRINUSE &&
          connect(fd, (struct sockaddr *)&addr, len) == 0)
        {
          return fd;
        }

      ret = -errno;
      close(fd);
      if (ret != -ECONNREFUSED)
        {
          return ret;
        }

      sched_yield();
    }

  return -ETIMEDOUT;
}

int host_lockstep_adopt(int fd)
{
  socklen_t len = sizeof(int);
  int type;

  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0)
    {
      return -errno;
    }

  if (type != SOCK_SEQPACKET)
    {
      return -EPROTOTYPE;
    }

  return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0;
}

/* One message, if there is any: 1 it was the last, 0 not, -EAGAIN */

static int receive_one(int fd, const struct host_exchange_s *x)
{
  ssize_t n = recv(fd, x->buf, x->size, MSG_DONTWAIT);

  if (n < 0)
    {
      return errno == ECONNRESET ? -EPIPE : -errno;
    }

  return n == 0 ? -EPIPE : x->done(x->arg, x->buf, (size_t)n) ? 1 : 0;
}

int host_lockstep_exchange(int fd, const struct host_exchange_s *x)
{
  size_t len = 0;
  const void *data = x->next(x->arg, &len);
  bool done = false;

  while (data != NULL || !done)
    {
      struct pollfd pfd =
      {
        fd, (short)((data != NULL ? POLLOUT : 0) | (done ? 0 : POLLIN)), 0
      };

      int ret;

      if (poll(&pfd, 1, -1) < 0 && errno != EINTR)
        {
          return -errno;
        }

      /* Read first: what a peer that has gone said before still counts */

      if (!done && (pfd.revents & (POLLIN | POLLHUP)) != 0)
        {
          ret = receive_one(fd, x);
          if (ret < 0 && ret != -EAGAIN && ret != -EINTR)
            {
              return ret;
            }

          done = ret > 0;
        }

      if (data != NULL && (pfd.revents & (POLLOUT | POLLERR)) != 0)
        {
          if (send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
            {
              data = x->next(x->arg, &len);
            }
          else if (errno == EPIPE || errno == ECONNRESET)
            {
              data = NULL;           /* Reading will tell */
            }
          else if (errno != EAGAIN && errno != EINTR)
            {
              return -errno;
            }
        }
    }

  return 0;
}
