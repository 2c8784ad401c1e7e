/* libs/nxnet/socket.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The sockets of a node, by number: psock_...() with MSG_DONTWAIT.
 *
 * Each socket has one that waits for it (struct pollwait_s), in which is
 * noted what the stack tells: nxnet_told().
 */

#include "node.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include <nuttx/kmalloc.h>
#include <nuttx/net/net.h>

#include "sock.h"

#define NSOCKS_MIN 16

struct nsock_s
{
  struct socket *psock;
  struct pollwait_s wait;
};

static struct nsock_s *find(int sock)
{
  return sock < 0 || sock >= g_node.nsocks ? NULL : g_node.socks[sock];
}

/* A free number, with memory for it; or -ENOMEM */

static int reserve(void)
{
  struct nsock_s **socks;
  struct nsock_s *entry = kmm_zalloc(sizeof(*entry));
  int n = 0;

  if (entry == NULL)
    {
      return -ENOMEM;
    }

  while (n < g_node.nsocks && g_node.socks[n] != NULL)
    {
      n++;
    }

  if (n == g_node.nsocks)
    {
      int more = n == 0 ? NSOCKS_MIN : 2 * n;

      socks = kmm_calloc((size_t)more, sizeof(*socks));
      if (socks == NULL)
        {
          kmm_free(entry);
          return -ENOMEM;
        }

      if (n > 0)
        {
          memcpy(socks, g_node.socks, (size_t)n * sizeof(*socks));
        }

      kmm_free(g_node.socks);
      g_node.socks  = socks;
      g_node.nsocks = more;
    }

  g_node.socks[n] = entry;
  return n;
}

static void release(int sock)
{
  kmm_free(g_node.socks[sock]);
  g_node.socks[sock] = NULL;
}

static void install(int sock, struct socket *psock)
{
  struct nsock_s *entry = g_node.socks[sock];

  entry->psock = psock;
  pollwait_add(&psock->s_poll, &entry->wait);
}

int sockets_find(const struct socket *psock)
{
  int i;

  for (i = 0; psock != NULL && i < g_node.nsocks; i++)
    {
      if (g_node.socks[i] != NULL && g_node.socks[i]->psock == psock)
        {
          return i;
        }
    }

  return -1;
}

void sockets_end(void)
{
  int i;

  for (i = 0; i < g_node.nsocks; i++)
    {
      if (g_node.socks[i] != NULL)
        {
          node_close(i);
        }
    }

  kmm_free(g_node.socks);
  g_node.socks  = NULL;
  g_node.nsocks = 0;
}

/* The calls ****************************************************************/

int node_socket(int domain, int type, int protocol)
{
  struct socket *psock;
  int sock = reserve();
  int ret;

  if (sock < 0)
    {
      return sock;
    }

  ret = psock_socket(domain, type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC),
                     protocol, &psock);
  if (ret < 0)
    {
      release(sock);
      return ret;
    }

  install(sock, psock);
  return sock;
}

int node_close(int sock)
{
  struct nsock_s *entry = find(sock);
  int ret;

  if (entry == NULL)
    {
      return -EBADF;
    }

  pollwait_del(&entry->wait);
  ret = psock_close(entry->psock);
  release(sock);
  return ret;
}

int node_accept(int sock, struct sockaddr *addr, socklen_t *len)
{
  struct nsock_s *entry = find(sock);
  struct socket *psock;
  int newsock;
  int ret;

  if (entry == NULL)
    {
      return -EBADF;
    }

  newsock = reserve();
  if (newsock < 0)
    {
      return newsock;
    }

  ret = psock_accept(entry->psock, addr, len, &psock, MSG_DONTWAIT);
  if (ret < 0)
    {
      release(newsock);
      return ret;
    }

  install(newsock, psock);
  return newsock;
}

#define ON(sock, call) \
  struct nsock_s *entry = find(sock); \
  return entry == NULL ? -EBADF : (call)

int node_bind(int sock, const struct sockaddr *addr, socklen_t len)
{
  ON(sock, psock_bind(entry->psock, addr, len));
}

int node_listen(int sock, int backlog)
{
  ON(sock, psock_listen(entry->psock, backlog));
}

int node_connect(int sock, const struct sockaddr *addr, socklen_t len)
{
  ON(sock, psock_connect(entry->psock, addr, len, MSG_DONTWAIT));
}

int node_shutdown(int sock, int how)
{
  ON(sock, psock_shutdown(entry->psock, how));
}

ssize_t node_sendto(int sock, const void *buf, size_t len, int flags,
                    const struct sockaddr *to, socklen_t tolen)
{
  ON(sock, psock_sendto(entry->psock, buf, len, flags | MSG_DONTWAIT, to,
                        tolen));
}

ssize_t node_sendmsg(int sock, const struct msghdr *msg, int flags)
{
  ON(sock, psock_sendmsg(entry->psock, msg, flags | MSG_DONTWAIT));
}

ssize_t node_recvfrom(int sock, void *buf, size_t len, int flags,
                      struct sockaddr *from, socklen_t *fromlen)
{
  ON(sock, psock_recvfrom(entry->psock, buf, len, flags | MSG_DONTWAIT, from,
                          fromlen));
}

ssize_t node_recvmsg(int sock, struct msghdr *msg, int flags)
{
  ON(sock, psock_recvmsg(entry->psock, msg, flags | MSG_DONTWAIT));
}

int node_getsockopt(int sock, int level, int option, void *value,
                    socklen_t *len)
{
  ON(sock, psock_getsockopt(entry->psock, level, option, value, len));
}

int node_setsockopt(int sock, int level, int option, const void *value,
                    socklen_t len)
{
  ON(sock, psock_setsockopt(entry->psock, level, option, value, len));
}

int node_getsockname(int sock, struct sockaddr *addr, socklen_t *len)
{
  ON(sock, psock_getsockname(entry->psock, addr, len));
}

int node_getpeername(int sock, struct sockaddr *addr, socklen_t *len)
{
  ON(sock, psock_getpeername(entry->psock, addr, len));
}

int node_ioctl(int sock, unsigned long cmd, void *arg)
{
  ON(sock, psock_ioctl(entry->psock, cmd, (unsigned long)(uintptr_t)arg));
}

int node_poll(int sock)
{
  ON(sock, (int)sock_events(entry->psock));
}

int node_told(int sock)
{
  struct nsock_s *entry = find(sock);
  int events;

  if (entry == NULL)
    {
      return -EBADF;
    }

  events = (unsigned short)entry->wait.revents;
  entry->wait.revents = 0;
  return events;
}
