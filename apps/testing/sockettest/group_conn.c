/****************************************************************************
 * apps/testing/sockettest/group_conn.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Licensed to the Apache Software Foundation (ASF) under one or more
 * contributor license agreements.  See the NOTICE file distributed with
 * this work for additional information regarding copyright ownership.  The
 * ASF licenses this file to you under the Apache License, Version 2.0 (the
 * "License"); you may not use this file except in compliance with the
 * License.  You may obtain a copy of the License at
 *
 *   http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
 * WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.  See the
 * License for the specific language governing permissions and limitations
 * under the License.
 *
 ****************************************************************************/

/* Group conn: how connections begin and end. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sockettest.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: start_connect
 *
 * Description:
 *   A socket that does not block, and its connect(); what that returned,
 *   with errno.
 *
 ****************************************************************************/

static int start_connect(FAR int *fd, uint16_t port)
{
  struct sockaddr_in addr = st_peer(port);

  *fd = st_socket(SOCK_STREAM);
  st_nonblock(*fd, true);
  return ST_CALL(connect, *fd, (FAR struct sockaddr *)&addr, sizeof(addr));
}

/****************************************************************************
 * Name: so_error
 *
 * Description:
 *   SO_ERROR of a socket, which reading clears.
 *
 ****************************************************************************/

static int so_error(int fd)
{
  socklen_t len = sizeof(int);
  int err = -1;

  ST_OK(ST_CALL(getsockopt, fd, SOL_SOCKET, SO_ERROR, &err, &len));
  return err;
}

/****************************************************************************
 * Name: set_linger
 *
 * Description:
 *   Closing waits for so many seconds; 0: it aborts.
 *
 ****************************************************************************/

static void set_linger(int fd, int seconds)
{
  struct linger linger =
  {
    .l_onoff = 1,
    .l_linger = seconds
  };

  ST_OK(ST_CALL(setsockopt, fd, SOL_SOCKET, SO_LINGER, &linger,
                sizeof(linger)));
}

/****************************************************************************
 * Name: local_port
 *
 * Description:
 *   The port of a socket.
 *
 ****************************************************************************/

static uint16_t local_port(int fd)
{
  struct sockaddr_in addr;
  socklen_t len = sizeof(addr);

  ST_OK(ST_CALL(getsockname, fd, (FAR struct sockaddr *)&addr, &len));
  return ntohs(addr.sin_port);
}

/****************************************************************************
 * Name: closed_port
 *
 * Description:
 *   A port of the peer at which nobody listens any more.
 *
 ****************************************************************************/

static uint16_t closed_port(void)
{
  struct st_service_s service;

  st_start(&service, "discard noaccept=1");
  st_stop(&service);
  return service.port;
}

/****************************************************************************
 * Name: finish
 *
 * Description:
 *   The usual end of a connection whose service receives.
 *
 ****************************************************************************/

static void finish(FAR struct st_service_s *service, int fd)
{
  st_finish(fd);
  st_got(service, 0, 0);
}

/****************************************************************************
 * Name: test_connect
 *
 * Description:
 *   Goal: both ends know each other.  Method: names of both ends, then the
 *   end.
 *
 ****************************************************************************/

static void test_connect(FAR void **state)
{
  struct st_service_s service;
  struct sockaddr_in addr;
  socklen_t len = sizeof(addr);
  int fd;

  (void)state;
  st_start(&service, "discard");
  fd = st_connect(&service);
  ST_OK(ST_CALL(getpeername, fd, (FAR struct sockaddr *)&addr, &len));
  ST_ASSERT(len == sizeof(addr) && addr.sin_family == AF_INET &&
            addr.sin_port == htons(service.port) &&
            addr.sin_addr.s_addr == st_peer(0).sin_addr.s_addr,
            "the peer's name is %s:%u", inet_ntoa(addr.sin_addr),
            ntohs(addr.sin_port));
  ST_ASSERT(local_port(fd) != 0, "no port");
  addr = st_peer(service.port);
  ST_ERRNO(ST_CALL(connect, fd, (FAR struct sockaddr *)&addr, sizeof(addr)),
           EISCONN);
  finish(&service, fd);
  ST_ASSERT(service.conns == 1, "%u connections", service.conns);
}

/****************************************************************************
 * Name: test_accept
 *
 * Description:
 *   Goal: the peer can connect here.  Method: three connections of the
 *   peer, accepted in turn, with payload.
 *
 ****************************************************************************/

static void test_accept(FAR void **state)
{
  struct st_service_s service;
  struct sockaddr_in addr;
  socklen_t len;
  uint16_t port;
  uint32_t crc;
  int listener;
  int fd;
  int i;

  (void)state;
  listener = st_listen(5, &port);
  st_start(&service, "source connect=%u conns=3 bytes=5000 stream=3", port);
  for (i = 0; i < 3; i++)
    {
      len = sizeof(addr);
      fd = ST_OK(ST_CALL(accept, listener, (FAR struct sockaddr *)&addr,
                         &len));
      st_limit(fd, ST_TIMEOUT);
      ST_ASSERT(addr.sin_addr.s_addr == st_peer(0).sin_addr.s_addr,
                "somebody else connected: %s", inet_ntoa(addr.sin_addr));
      ST_ASSERT(local_port(fd) == port, "not the listener's port");
      ST_ASSERT(st_recv_stream(fd, 3 + ST_BACK, 5000, 0, &crc) == 0,
                "the payload is wrong");
      st_expect_end(fd);
      st_close(fd);
    }

  st_got(&service, 0, 0);
  st_close(listener);
}

/****************************************************************************
 * Name: test_refused
 *
 * Description:
 *   Goal: nobody listens.  Method: blocking and not, at a port that has
 *   just been closed.
 *
 ****************************************************************************/

static void test_refused(FAR void **state)
{
  struct sockaddr_in addr = st_peer(closed_port());
  int fd;

  (void)state;
  fd = st_socket(SOCK_STREAM);
  ST_ERRNO(ST_CALL(connect, fd, (FAR struct sockaddr *)&addr, sizeof(addr)),
           ECONNREFUSED);
  ST_ERRNO(ST_CALL(send, fd, "x", 1, MSG_NOSIGNAL), EPIPE);
  st_close(fd);

  if (start_connect(&fd, ntohs(addr.sin_port)) < 0)
    {
      ST_ASSERT(errno == EINPROGRESS || errno == ECONNREFUSED, "%s",
                strerror(errno));
      if (errno == EINPROGRESS)
        {
          ST_ASSERT((st_poll(fd, POLLOUT, 20000) & POLLERR) != 0, "no error");
          ST_ASSERT(so_error(fd) == ECONNREFUSED, "another error");
          ST_ASSERT(so_error(fd) == 0, "the error is there twice");
        }
    }
  else
    {
      ST_ASSERT(false, "connected to a closed port");
    }

  st_close(fd);
}

/****************************************************************************
 * Name: test_unreachable
 *
 * Description:
 *   Goal: what no route leads to is refused at once.  Method: a group and
 *   the broadcast address, which no connection can have; an address far
 *   away (TEST-NET-1, RFC 5737), if connect() of a datagram socket, which
 *   sends nothing, says that there is no route to it.
 *
 ****************************************************************************/

static void test_unreachable(FAR void **state)
{
  static const uint32_t addrs[] =
  {
    0xe0000001, 0xffffffff, 0xc0000201
  };

  struct sockaddr_in addr = st_peer(9);
  size_t i;
  int ret;
  int fd;

  (void)state;
  for (i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++)
    {
      addr.sin_addr.s_addr = htonl(addrs[i]);
      if (i == 2)
        {
          fd  = st_socket(SOCK_DGRAM);
          ret = ST_CALL(connect, fd, (FAR struct sockaddr *)&addr,
                        sizeof(addr));
          ST_ASSERT(ret == 0 || errno == ENETUNREACH, "%s", strerror(errno));
          st_close(fd);
          if (ret == 0)
            {
              st_note("TEST-NET-1 is routed here: not tried");
              break;
            }
        }

      fd = st_socket(SOCK_STREAM);
      ST_ERRNO(ST_CALL(connect, fd, (FAR struct sockaddr *)&addr,
                       sizeof(addr)), ENETUNREACH);
      ST_ASSERT(so_error(fd) == 0, "the error is there twice");
      ST_ERRNO(ST_CALL(send, fd, "x", 1, MSG_NOSIGNAL), EPIPE);
      st_close(fd);
    }
}

/****************************************************************************
 * Name: free_address
 *
 * Description:
 *   An address of the network in which the peer is that nobody should have:
 *   the last one below the broadcast address, or the one below that.  Skips
 *   the test if there is no such network, or no room in it.
 *
 ****************************************************************************/

static uint32_t free_address(void)
{
  uint32_t peer = ntohl(st_peer(0).sin_addr.s_addr);
  FAR struct ifaddrs *list;
  FAR struct ifaddrs *at;
  uint32_t found = 0;
  uint32_t mask;
  uint32_t own;

  ST_OK(ST_CALL(getifaddrs, &list));
  for (at = list; at != NULL; at = at->ifa_next)
    {
      if (at->ifa_addr == NULL || at->ifa_netmask == NULL ||
          at->ifa_addr->sa_family != AF_INET ||
          (at->ifa_flags & IFF_LOOPBACK) != 0)
        {
          continue;
        }

      own  = ntohl(((FAR struct sockaddr_in *)at->ifa_addr)->
                   sin_addr.s_addr);
      mask = ntohl(((FAR struct sockaddr_in *)at->ifa_netmask)->
                   sin_addr.s_addr);
      if (((own ^ peer) & mask) == 0 && ~mask > 7)
        {
          found = (own | ~mask) - 1;
          while (found == own || found == peer)
            {
              found--;
            }
        }
    }

  ST_CALL(freeifaddrs, list);
  if (found == 0)
    {
      st_skip("no network with a free address leads to the peer");
    }

  return found;
}

/****************************************************************************
 * Name: test_no_host
 *
 * Description:
 *   Goal: a host that is not there is EHOSTUNREACH, after its address was
 *   asked for in vain (RFC 1122, 3.3.1.2; ARP).  Method: blocking and not,
 *   at the same time.
 *
 ****************************************************************************/

static void test_no_host(FAR void **state)
{
  struct sockaddr_in addr = st_peer(9);
  int fds[2];
  int ret;

  (void)state;
  addr.sin_addr.s_addr = htonl(free_address());
  fds[0] = st_socket(SOCK_STREAM);
  fds[1] = st_socket(SOCK_STREAM);
  st_nonblock(fds[1], true);
  ST_ERRNO(ST_CALL(connect, fds[1], (FAR struct sockaddr *)&addr,
                   sizeof(addr)), EINPROGRESS);
  ret = ST_CALL(connect, fds[0], (FAR struct sockaddr *)&addr, sizeof(addr));
  if (ret == 0 || errno == ECONNREFUSED)
    {
      st_close(fds[0]);
      st_close(fds[1]);
      st_skip("somebody has the address %s", inet_ntoa(addr.sin_addr));
    }

  ST_ASSERT(errno == EHOSTUNREACH, "%s", strerror(errno));
  ST_ASSERT((st_poll(fds[1], POLLOUT, 20000) & POLLERR) != 0, "no error");
  ST_ASSERT(so_error(fds[1]) == EHOSTUNREACH, "another error");
  st_close(fds[0]);
  st_close(fds[1]);
}

/****************************************************************************
 * Name: test_nonblocking
 *
 * Description:
 *   Goal: connect() without waiting.  Method: EINPROGRESS, POLLOUT,
 *   SO_ERROR; accept() and recv() without waiting.
 *
 ****************************************************************************/

static void test_nonblocking(FAR void **state)
{
  struct st_service_s service;
  struct sockaddr_in addr;
  uint16_t port;
  int listener;
  char byte;
  int ret;
  int fd;

  (void)state;
  st_start(&service, "discard");
  ret = start_connect(&fd, service.port);
  ST_ASSERT(ret == 0 || errno == EINPROGRESS, "%s", strerror(errno));
  ST_ASSERT(st_poll(fd, POLLOUT, 20000) == POLLOUT, "not connected");
  ST_ASSERT(so_error(fd) == 0, "an error");
  addr = st_peer(service.port);
  ret = ST_CALL(connect, fd, (FAR struct sockaddr *)&addr, sizeof(addr));
  ST_ASSERT(ret == 0 || errno == EISCONN, "%s", strerror(errno));
  ST_ERRNO(ST_CALL(recv, fd, &byte, 1, 0), EAGAIN);
  st_nonblock(fd, false);
  finish(&service, fd);

  listener = st_listen(1, &port);
  st_nonblock(listener, true);
  ST_ERRNO(ST_CALL(accept, listener, NULL, NULL), EAGAIN);
  ST_ASSERT(st_poll(listener, POLLIN, 0) == 0, "ready for nothing");
  st_close(listener);
}

/****************************************************************************
 * Name: test_backlog
 *
 * Description:
 *   Goal: connections wait to be accepted, and their payload with them.
 *   Method: the peer has connected, sent and closed four before the first
 *   accept().
 *
 ****************************************************************************/

static void test_backlog(FAR void **state)
{
  struct st_service_s service;
  uint16_t port;
  uint32_t crc;
  int listener;
  int fd;
  int i;

  (void)state;
  listener = st_listen(8, &port);
  st_start(&service, "source connect=%u conns=4 bytes=100 end=close", port);
  st_got(&service, 0, 0);
  ST_ASSERT(service.conns == 4, "%u connections", service.conns);
  ST_ASSERT(st_poll(listener, POLLIN, 20000) == POLLIN, "nobody comes");
  for (i = 0; i < 4; i++)
    {
      fd = st_accept(listener);
      ST_ASSERT(st_recv_stream(fd, ST_BACK, 100, 0, &crc) == 0, "payload");
      st_expect_end(fd);
      st_close(fd);
    }

  st_close(listener);
}

/****************************************************************************
 * Name: test_overflow
 *
 * Description:
 *   Goal: connections for which the backlog has no room do not come about,
 *   and are not refused either: who connects tries again.  Method: one after
 *   another, to a peer that accepts nobody and lets one wait, until a
 *   connect() with SO_SNDTIMEO gives up.  How many there are before is not
 *   the same everywhere: Linux takes one more than the backlog, and more if
 *   an ACK is lost, by SYN cookies.
 *
 ****************************************************************************/

static void test_overflow(FAR void **state)
{
  struct timeval tv =
  {
    .tv_usec = 300000
  };

  struct st_service_s service;
  struct sockaddr_in addr;
  int fds[8];
  int n = 0;
  int ret;

  (void)state;
  st_start(&service, "discard noaccept=1 backlog=1");
  addr = st_peer(service.port);
  fds[n++] = st_connect(&service);
  do
    {
      ST_ASSERT(n < 8, "%d connections wait in a backlog of 1", n);
      fds[n] = st_socket(SOCK_STREAM);
      ST_OK(ST_CALL(setsockopt, fds[n], SOL_SOCKET, SO_SNDTIMEO, &tv,
                    sizeof(tv)));
      ret = ST_CALL(connect, fds[n++], (FAR struct sockaddr *)&addr,
                    sizeof(addr));
    }
  while (ret == 0);

  ST_ASSERT(errno == EINPROGRESS, "%s", strerror(errno));
  ST_ASSERT(so_error(fds[n - 1]) == 0, "it is over");
  ST_ASSERT(st_poll(fds[n - 1], POLLOUT, 0) == 0, "it is ready");
  while (n > 0)
    {
      st_close(fds[--n]);
    }

  st_stop(&service);
  ST_ASSERT(service.conns == 0, "%u were accepted", service.conns);
}

/****************************************************************************
 * Name: test_overflow_late
 *
 * Description:
 *   Goal: what the backlog had no room for comes about when it has.
 *   Method: three connections to a peer that lets one wait and accepts
 *   nobody for a while; each sends, and is complete in the end.  One after
 *   another: many at a time may get SYN cookies of Linux, which resets those
 *   whose turn has not come in time.
 *
 ****************************************************************************/

static void test_overflow_late(FAR void **state)
{
  struct st_service_s service;
  uint8_t buf[100];
  int fds[3];
  ssize_t n;
  size_t i;

  (void)state;
  st_start(&service, "echo conns=3 backlog=1 accept_ms=200");
  for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
    {
      fds[i] = st_connect(&service);
    }

  st_fill(buf, sizeof(buf), 0, 0);
  for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
    {
      ST_ASSERT(st_send_all(fds[i], buf, sizeof(buf)) == sizeof(buf),
                "send %zu", i);
      ST_OK(ST_CALL(shutdown, fds[i], SHUT_WR));
    }

  for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
    {
      memset(buf, 0, sizeof(buf));
      n = st_recv_all(fds[i], buf, sizeof(buf));
      ST_ASSERT(n == sizeof(buf) && st_check(buf, sizeof(buf), 0, 0) < 0,
                "echo %zu: %zd bytes, %s", i, n, strerror(errno));
      st_expect_end(fds[i]);
      st_close(fds[i]);
    }

  st_result(&service);
  ST_ASSERT(service.errors == 0 && service.bytes == 300 &&
            service.conns == 3, "the peer: %u connections, %s",
            service.conns, strerror(service.err));
}

/****************************************************************************
 * Name: test_half_close
 *
 * Description:
 *   Goal: a direction ends without the other.  Method: the peer ends first
 *   and still receives.
 *
 ****************************************************************************/

static void test_half_close(FAR void **state)
{
  struct st_service_s service;
  uint32_t crc;
  uint32_t back;
  int fd;

  (void)state;
  st_start(&service, "both bytes=3000 stream=4");
  fd = st_connect(&service);
  ST_ASSERT(st_recv_stream(fd, 4 + ST_BACK, 3000, 0, &back) == 0, "payload");
  st_expect_end(fd);
  ST_ASSERT(st_send_stream(fd, 4, 100000, 1000, &crc) == 0,
            "sending after the peer's end");
  ST_OK(ST_CALL(shutdown, fd, SHUT_WR));
  ST_ERRNO(ST_CALL(send, fd, "x", 1, MSG_NOSIGNAL), EPIPE);
  st_close(fd);
  st_got(&service, 100000, crc);
}

/****************************************************************************
 * Name: test_reset
 *
 * Description:
 *   Goal: an abort of the peer is seen, once.  Method: the peer resets
 *   after a byte.
 *
 ****************************************************************************/

static void test_reset(FAR void **state)
{
  struct st_service_s service;
  char byte = 0;
  int fd;

  (void)state;
  st_start(&service, "discard read=1 end=rst");
  fd = st_connect(&service);
  st_fill(&byte, 1, 0, 0);
  ST_ASSERT(ST_CALL(send, fd, &byte, 1, MSG_NOSIGNAL) == 1, "send");
  ST_ERRNO(ST_CALL(recv, fd, &byte, 1, 0), ECONNRESET);
  ST_ASSERT(ST_CALL(recv, fd, &byte, 1, 0) == 0, "the error is there twice");
  ST_ERRNO(ST_CALL(send, fd, &byte, 1, MSG_NOSIGNAL), EPIPE);
  st_close(fd);
  st_result(&service);
  ST_ASSERT(service.bytes == 1 && service.errors == 0, "the peer");
}

/****************************************************************************
 * Name: test_abort
 *
 * Description:
 *   Goal: SO_LINGER with 0 aborts.  Method: the peer sees ECONNRESET.  It
 *   has sent a byte before, so it has accepted: a connection that is
 *   aborted earlier may never be seen (POSIX, accept()).
 *
 ****************************************************************************/

static void test_abort(FAR void **state)
{
  struct st_service_s service;
  char byte;
  int fd;

  (void)state;
  st_start(&service, "both bytes=1");
  fd = st_connect(&service);
  ST_ASSERT(ST_CALL(recv, fd, &byte, 1, 0) == 1, "recv");
  set_linger(fd, 0);
  st_close(fd);
  st_result(&service);
  ST_ASSERT(service.err == ECONNRESET && service.errors == 1,
            "the peer saw: %s", strerror(service.err));
}

/****************************************************************************
 * Name: test_unread
 *
 * Description:
 *   Goal: closing with unread data is an abort (RFC 2525, 2.17).  Method:
 *   the peer, which has sent more than was read, sees ECONNRESET.
 *
 ****************************************************************************/

static void test_unread(FAR void **state)
{
  struct st_service_s service;
  char byte;
  int fd;

  (void)state;
  st_start(&service, "source bytes=1000 stream=0");
  fd = st_connect(&service);
  ST_ASSERT(ST_CALL(recv, fd, &byte, 1, 0) == 1, "recv");
  ST_ASSERT(st_check(&byte, 1, ST_BACK, 0) < 0, "payload");
  st_close(fd);
  st_result(&service);
  ST_ASSERT(service.err == ECONNRESET, "the peer saw: %s",
            strerror(service.err));
}

/****************************************************************************
 * Name: test_linger
 *
 * Description:
 *   Goal: SO_LINGER makes close() wait for all of the data.  Method: the
 *   peer, which has room for little, reads 4 KiB each 50 ms: of 64 KiB it
 *   must have read the half at least when close() returns, which is 400 ms
 *   after the connect() at the earliest.
 *
 ****************************************************************************/

static void test_linger(FAR void **state)
{
  struct st_service_s service;
  int size = 65536;
  uint64_t before;
  uint32_t crc;
  int fd;

  (void)state;
  st_start(&service, "discard stream=1 delay_ms=50 chunk=4096 rcvbuf=8192");
  before = st_now();
  fd = st_connect(&service);
  ST_OK(ST_CALL(setsockopt, fd, SOL_SOCKET, SO_SNDBUF, &size,
                sizeof(size)));
  set_linger(fd, 60);
  ST_ASSERT(st_send_stream(fd, 1, size, 0, &crc) == 0, "send");
  st_close(fd);
  ST_ASSERT(st_now() - before >= 350, "close() did not wait");
  st_got(&service, size, crc);
}

/****************************************************************************
 * Name: test_timeout
 *
 * Description:
 *   Goal: SO_RCVTIMEO ends waiting.  Method: a peer that never sends;
 *   accept() of nobody.
 *
 ****************************************************************************/

static void test_timeout(FAR void **state)
{
  struct timeval tv =
  {
    .tv_usec = 50000
  };

  struct st_service_s service;
  uint64_t before;
  uint16_t port;
  int listener;
  char byte;
  int fd;

  (void)state;
  st_start(&service, "discard");
  fd = st_connect(&service);
  ST_OK(ST_CALL(setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
  before = st_now();
  ST_ERRNO(ST_CALL(recv, fd, &byte, 1, 0), EAGAIN);
  ST_ASSERT(st_now() - before >= 45, "too early");
  st_limit(fd, ST_TIMEOUT);
  finish(&service, fd);

  listener = st_listen(1, &port);
  ST_OK(ST_CALL(setsockopt, listener, SOL_SOCKET, SO_RCVTIMEO, &tv,
                sizeof(tv)));
  before = st_now();
  ST_ERRNO(ST_CALL(accept, listener, NULL, NULL), EAGAIN);
  ST_ASSERT(st_now() - before >= 45, "too early");
  st_close(listener);
}

/****************************************************************************
 * Name: test_sndtimeo
 *
 * Description:
 *   Goal: SO_SNDTIMEO ends waiting for a peer that does not read.  Method:
 *   send until it is over, then close.
 *
 ****************************************************************************/

static void test_sndtimeo(FAR void **state)
{
  struct timeval tv =
  {
    .tv_usec = 100000
  };

  struct st_service_s service;
  FAR char *buf;
  ssize_t n;
  int fd;
  int i;

  (void)state;
  st_start(&service, "discard noaccept=1 rcvbuf=4096");
  fd = st_connect(&service);
  ST_OK(ST_CALL(setsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
  buf = calloc(1, 65536);
  ST_ASSERT(buf != NULL, "out of memory");
  for (i = 0, n = 1; i < 2000 && n > 0; i++)
    {
      n = ST_CALL(send, fd, buf, 65536, MSG_NOSIGNAL);
    }

  free(buf);
  ST_ASSERT(n < 0 && errno == EAGAIN, "still sending: %s", strerror(errno));
  set_linger(fd, 0);
  st_close(fd);
  st_stop(&service);
}

/****************************************************************************
 * Name: test_both_close
 *
 * Description:
 *   Goal: both ends close at the same time.  Method: connections to a peer
 *   that ends without waiting, ended here without waiting.
 *
 ****************************************************************************/

static void test_both_close(FAR void **state)
{
  struct st_service_s service;
  int fd;
  int i;

  (void)state;
  for (i = 0; i < 20; i++)
    {
      st_start(&service, "source bytes=0 end=half");
      fd = st_connect(&service);
      ST_OK(ST_CALL(shutdown, fd, SHUT_WR));
      st_expect_end(fd);
      st_close(fd);
      st_got(&service, 0, 0);
    }
}

/****************************************************************************
 * Name: test_both_open
 *
 * Description:
 *   Goal: two hosts connect to each other at the same time.  Method: a
 *   socket connects to itself, which is how one host can do it for sure
 *   (RFC 9293, 3.5).
 *
 ****************************************************************************/

static void test_both_open(FAR void **state)
{
  struct sockaddr_in addr;
  socklen_t len = sizeof(addr);
  char byte;
  int fd = st_socket(SOCK_STREAM);

  (void)state;
  memset(&addr, 0, sizeof(addr));
  addr.sin_family = AF_INET;
  addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ST_OK(ST_CALL(bind, fd, (FAR struct sockaddr *)&addr, sizeof(addr)));
  ST_OK(ST_CALL(getsockname, fd, (FAR struct sockaddr *)&addr, &len));
  ST_OK(ST_CALL(connect, fd, (FAR struct sockaddr *)&addr, sizeof(addr)));
  ST_ASSERT(ST_CALL(send, fd, "x", 1, MSG_NOSIGNAL) == 1, "send");
  ST_ASSERT(ST_CALL(recv, fd, &byte, 1, 0) == 1 && byte == 'x', "recv");
  st_finish(fd);
}

/****************************************************************************
 * Name: test_port_reuse
 *
 * Description:
 *   Goal: a port in use is refused, one in TIME-WAIT is not with
 *   SO_REUSEADDR.  Method: a listener twice, and again after a connection
 *   of it was closed here first; without the option it is refused then.
 *
 ****************************************************************************/

static void test_port_reuse(FAR void **state)
{
  struct st_service_s service;
  struct sockaddr_in addr;
  uint16_t port;
  int one = 1;
  int listener;
  int fd;

  (void)state;
  listener = st_listen(5, &port);
  ST_OK(ST_CALL(setsockopt, listener, SOL_SOCKET, SO_REUSEADDR, &one,
                sizeof(one)));
  memset(&addr, 0, sizeof(addr));
  addr.sin_family = AF_INET;
  addr.sin_port = htons(port);
  fd = st_socket(SOCK_STREAM);
  ST_ERRNO(ST_CALL(bind, fd, (FAR struct sockaddr *)&addr, sizeof(addr)),
           EADDRINUSE);
  st_close(fd);

  st_start(&service, "discard connect=%u", port);
  fd = st_accept(listener);
  ST_OK(ST_CALL(shutdown, fd, SHUT_WR));
  st_expect_end(fd);                   /* Now it is in TIME-WAIT */
  st_close(fd);
  st_close(listener);
  st_stop(&service);

  fd = st_socket(SOCK_STREAM);
  ST_ERRNO(ST_CALL(bind, fd, (FAR struct sockaddr *)&addr, sizeof(addr)),
           EADDRINUSE);
  ST_OK(ST_CALL(setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, &one,
                sizeof(one)));
  ST_OK(ST_CALL(bind, fd, (FAR struct sockaddr *)&addr, sizeof(addr)));
  ST_OK(ST_CALL(listen, fd, 1));
  st_close(fd);
}

/****************************************************************************
 * Name: test_turns
 *
 * Description:
 *   Goal: connections leave nothing behind.  Method: 1000 in turn, with a
 *   little payload.
 *
 ****************************************************************************/

static void test_turns(FAR void **state)
{
  struct st_service_s service;
  char buf[10];
  int fd;
  int i;

  (void)state;
  st_start(&service, "echo conns=1000");
  for (i = 0; i < 1000; i++)
    {
      fd = st_connect(&service);
      st_fill(buf, sizeof(buf), 0, 0);
      ST_ASSERT(st_send_all(fd, buf, sizeof(buf)) == sizeof(buf), "send");
      ST_OK(ST_CALL(shutdown, fd, SHUT_WR));
      memset(buf, 0, sizeof(buf));
      ST_ASSERT(st_recv_all(fd, buf, sizeof(buf)) == sizeof(buf) &&
                st_check(buf, sizeof(buf), 0, 0) < 0, "echo %d", i);
      st_expect_end(fd);
      st_close(fd);
    }

  st_result(&service);
  ST_ASSERT(service.errors == 0 && service.bytes == 10000 &&
            service.conns == 1000, "the peer: %u errors: %s", service.errors,
            strerror(service.err));
}

/****************************************************************************
 * Name: test_at_once
 *
 * Description:
 *   Goal: many connections do not get mixed up.  Method: 200 at once, each
 *   with payload of its own, used in another order than they were made.
 *
 ****************************************************************************/

static void test_at_once(FAR void **state)
{
  struct st_service_s service;
  char buf[100];
  int fds[200];
  int at;
  int fd;
  int i;

  (void)state;
  st_start(&service, "echo conns=200 perconn=1 stream=1000000 backlog=256");
  for (i = 0; i < 200; i++)
    {
      fds[i] = st_connect(&service);
    }

  for (i = 199; i > 0; i--)
    {
      at = st_random(i + 1);
      fd = fds[i];
      fds[i] = fds[at];
      fds[at] = fd;
    }

  for (i = 0; i < 200; i++)
    {
      st_fill(buf, sizeof(buf), st_stream(&service, fds[i]), 0);
      ST_ASSERT(st_send_all(fds[i], buf, sizeof(buf)) == sizeof(buf),
                "send %d", i);
      ST_OK(ST_CALL(shutdown, fds[i], SHUT_WR));
    }

  for (i = 199; i >= 0; i--)
    {
      ST_ASSERT(st_recv_all(fds[i], buf, sizeof(buf)) == sizeof(buf) &&
                st_check(buf, sizeof(buf), st_stream(&service, fds[i]), 0)
                < 0, "echo %d", i);
      st_expect_end(fds[i]);
      st_close(fds[i]);
    }

  st_result(&service);
  ST_ASSERT(service.errors == 0 && service.bytes == 20000 &&
            service.conns == 200, "the peer: %u errors: %s", service.errors,
            strerror(service.err));
}

/****************************************************************************
 * Public Data
 ****************************************************************************/

const struct st_test_s g_st_conn[] =
{
  ST_TEST(connect, ST_NEEDS_PEER, NULL, "both ends know each other"),
  ST_TEST(accept, ST_NEEDS_PEER, NULL, "the peer connects"),
  ST_TEST(refused, ST_NEEDS_PEER, "connect", "nobody listens"),
  ST_TEST(unreachable, 0, NULL, "no route"),
  ST_TEST(no_host, ST_NEEDS_PEER, "connect", "nobody has the address"),
  ST_TEST(nonblocking, ST_NEEDS_PEER, "connect", "without waiting"),
  ST_TEST(backlog, ST_NEEDS_PEER, "accept", "connections that wait"),
  ST_TEST(overflow, ST_NEEDS_PEER, "nonblocking", "a backlog that is full"),
  ST_TEST(overflow_late, ST_NEEDS_PEER, "overflow",
          "... and gets room again"),
  ST_TEST(half_close, ST_NEEDS_PEER, "connect", "one direction ends"),
  ST_TEST(reset, ST_NEEDS_PEER, "connect", "the peer aborts"),
  ST_TEST(abort, ST_NEEDS_PEER, "connect", "SO_LINGER 0 aborts"),
  ST_TEST(unread, ST_NEEDS_PEER, "connect", "unread data aborts"),
  ST_TEST(linger, ST_NEEDS_PEER, "connect", "close() waits for the data"),
  ST_TEST(timeout, ST_NEEDS_PEER, "connect", "SO_RCVTIMEO ends waiting"),
  ST_TEST(sndtimeo, ST_NEEDS_PEER, "connect", "SO_SNDTIMEO ends waiting"),
  ST_TEST(both_open, 0, NULL, "simultaneous open"),
  ST_TEST(both_close, ST_NEEDS_PEER, "connect", "both ends close"),
  ST_TEST(port_reuse, ST_NEEDS_PEER, "accept", "SO_REUSEADDR, TIME-WAIT"),
  ST_TEST(turns, ST_NEEDS_PEER, "connect", "1000 connections in turn"),
  ST_TEST(at_once, ST_NEEDS_PEER, "connect", "200 connections at once"),
  ST_TESTS_END
};
