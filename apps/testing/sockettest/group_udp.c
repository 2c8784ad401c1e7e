/****************************************************************************
 * apps/testing/sockettest/group_udp.c
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

/* Group udp: datagrams over the wire and back.  Every size by steps, so that
 * both ends fragment and reassemble; connected, to all and to groups; to
 * ports where nobody is; without a checksum.
 *
 * The peer's service udp-echo (st_ctrl.c) checks what it gets and sends it
 * back; udp-to (st_serve_to.c) answers to all or to a group.  On a link that
 * loses nothing no datagram may be missing, so none is sent twice, but for
 * the first one to a group: its receiver may not have joined yet.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define UDP_MOST     65507             /* 65535 less two headers */
#define UDP_STEP     1021              /* A prime */
#define UDP_INDEX    4                 /* See st_ctrl.c */
#define UDP_STREAM   7
#define UDP_BURST    32
#define UDP_TRIES    20                /* Until a group has been joined */
#define UDP_AGAIN    250               /* ms */
#define UDP_GROUP    "239.255.1.3"
#define MTU_LEAST    68

/* A line of the table */

#define UDP_TEST(name, needs, after, about) \
  { #name, udp_##name, about, needs, after }

/****************************************************************************
 * Private Function Prototypes
 ****************************************************************************/

static void udp_sizes(FAR void **state);
static void udp_edges(FAR void **state);
static void udp_source(FAR void **state);
static void udp_discard(FAR void **state);
static void udp_too_long(FAR void **state);
static void udp_dont_fragment(FAR void **state);
static void udp_connected(FAR void **state);
static void udp_refused(FAR void **state);
static void udp_refused_unconnected(FAR void **state);
static void udp_broadcast(FAR void **state);
static void udp_multicast(FAR void **state);
static void udp_checksum_off(FAR void **state);

/****************************************************************************
 * Private Data
 ****************************************************************************/

static uint8_t g_out[UDP_MOST + 1];
static uint8_t g_in[UDP_MOST + 1];

/****************************************************************************
 * Public Data
 ****************************************************************************/

const struct st_test_s g_st_udp[] =
{
  UDP_TEST(edges, ST_NEEDS_PEER, NULL, "Sizes at which something changes"),
  UDP_TEST(sizes, ST_NEEDS_PEER, "edges",
           "Every size from 0 to 65507 by steps, there and back"),
  UDP_TEST(source, ST_NEEDS_PEER, "edges",
           "Several at a time from the peer, in order"),
  UDP_TEST(discard, ST_NEEDS_PEER, "edges", "Several at a time to the peer"),
  UDP_TEST(too_long, ST_NEEDS_PEER, "edges", "65508 bytes are refused"),
  UDP_TEST(dont_fragment, ST_NEEDS_PEER, "edges",
           "With DF: what fits, and what does not"),
  UDP_TEST(connected, 0, NULL, "One peer only; others are refused"),
  UDP_TEST(refused, ST_NEEDS_PEER, "edges",
           "Port unreachable: who is connected is told"),
  UDP_TEST(refused_unconnected, ST_NEEDS_PEER, "edges",
           "Port unreachable: who is not is not disturbed"),
  UDP_TEST(broadcast, ST_NEEDS_PEER, "edges", "To all, and an answer to all"),
  UDP_TEST(multicast, ST_NEEDS_PEER, "edges",
           "To a group, and an answer to the group"),
  UDP_TEST(checksum_off, ST_NEEDS_PEER, "edges", "Without checksums"),
  ST_TESTS_END
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: fill
 *
 * Description:
 *   The datagram with this number: see st_ctrl.c.
 *
 ****************************************************************************/

static void fill(size_t size, uint32_t index, uint32_t stream)
{
  uint32_t number = htonl(index);

  memcpy(g_out, &number, sizeof(number));
  if (size > UDP_INDEX)
    {
      st_fill(g_out + UDP_INDEX, size - UDP_INDEX, stream,
              (uint64_t)index * 65536);
    }
}

/****************************************************************************
 * Name: open_to
 *
 * Description:
 *   A socket that is connected with a service.
 *
 ****************************************************************************/

static int open_to(FAR const struct st_service_s *service)
{
  struct sockaddr_in addr = st_peer(service->port);
  int fd = st_socket(SOCK_DGRAM);

  CALL_IS(0, connect, fd, calls_sa(&addr), sizeof(addr));
  return fd;
}

/****************************************************************************
 * Name: exchange
 *
 * Description:
 *   There and back, unchanged.
 *
 ****************************************************************************/

static void exchange(int fd, size_t size, uint32_t index)
{
  ssize_t n;

  fill(size, index, UDP_STREAM);
  n = ST_CALL(send, fd, g_out, size, 0);
  ST_ASSERT(n == (ssize_t)size, "send() of %zu bytes: %zd, %s", size, n,
            n < 0 ? strerror(errno) : "which is not all");
  memset(g_in, 0, size);
  n = ST_CALL(recv, fd, g_in, sizeof(g_in), 0);
  ST_ASSERT(n == (ssize_t)size, "%zu bytes came back as %zd, %s", size, n,
            n < 0 ? strerror(errno) : "a different number");
  ST_ASSERT(memcmp(g_in, g_out, size) == 0, "of %zu bytes some are wrong",
            size);
}

/****************************************************************************
 * Name: udp_sizes
 *
 * Description:
 *   Every size by steps: both ends fragment what is longer than the MTU.
 *
 ****************************************************************************/

static void udp_sizes(FAR void **state)
{
  struct st_service_s service;
  uint64_t bytes = 0;
  uint32_t index = 0;
  size_t size;
  int fd;

  (void)state;
  st_start(&service, "udp-echo stream=%d", UDP_STREAM);
  fd = open_to(&service);
  for (size = 0; size <= UDP_MOST; size += UDP_STEP)
    {
      exchange(fd, size, index++);
      bytes += size;
    }

  st_close(fd);
  st_stop(&service);
  ST_ASSERT(service.errors == 0, "the peer found %u errors: %s",
            service.errors, service.text);
  ST_ASSERT(service.bytes == bytes, "the peer has %ju bytes of %ju",
            (uintmax_t)service.bytes, (uintmax_t)bytes);
}

/****************************************************************************
 * Name: udp_edges
 *
 * Description:
 *   The sizes at which something changes: headers, MTUs, fragments.
 *
 ****************************************************************************/

static void udp_edges(FAR void **state)
{
  static const int edge[] =
  {
    1, 2, 3, 4, 5, 99, 100, 101, 508, 548, 549, 1471, 1472, 1473, 2951,
    2952, 2953, 8972, 8973, 9000, 32767, 32768, 65506, 65507
  };

  struct st_service_s service;
  size_t i;
  int fd;

  (void)state;
  st_start(&service, "udp-echo stream=%d", UDP_STREAM);
  fd = open_to(&service);
  for (i = 0; i < sizeof(edge) / sizeof(edge[0]); i++)
    {
      exchange(fd, edge[i], i);
    }

  st_close(fd);
  st_stop(&service);
  ST_ASSERT(service.errors == 0, "the peer found %u errors: %s",
            service.errors, service.text);
}

/****************************************************************************
 * Name: udp_source
 *
 * Description:
 *   Several at a time from the peer, in order, whole.
 *
 ****************************************************************************/

static void udp_source(FAR void **state)
{
  static const int sizes[] =
  {
    100, 1472, 5000
  };

  struct st_service_s service;
  uint32_t number;
  size_t size;
  ssize_t n;
  size_t i;
  int k;
  int fd;

  (void)state;
  for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
    {
      size = sizes[i];
      st_start(&service, "udp-source stream=%d count=%d size=%zu",
               UDP_STREAM, UDP_BURST / 4, size);
      fd = open_to(&service);
      CALL_IS(1, send, fd, "x", 1, 0);
      for (k = 0; k < UDP_BURST / 4; k++)
        {
          fill(size, k, UDP_STREAM + ST_BACK);
          n = ST_CALL(recv, fd, g_in, sizeof(g_in), 0);
          ST_ASSERT(n == (ssize_t)size, "%zd bytes came, not %zu: %s", n,
                    size, n < 0 ? strerror(errno) : "wrong length");
          memcpy(&number, g_in, sizeof(number));
          ST_ASSERT(ntohl(number) == (uint32_t)k, "number %u came, not %d",
                    (unsigned int)ntohl(number), k);
          ST_ASSERT(memcmp(g_in, g_out, size) == 0, "wrong bytes");
        }

      st_close(fd);
      st_result(&service);
    }
}

/****************************************************************************
 * Name: udp_discard
 *
 * Description:
 *   Several at a time to the peer.
 *
 ****************************************************************************/

static void udp_discard(FAR void **state)
{
  struct st_service_s service;
  uint32_t crc = 0;
  size_t size = 1200;
  int fd;
  int k;

  (void)state;
  st_start(&service, "udp-discard stream=%d count=%d", UDP_STREAM,
           UDP_BURST);
  fd = open_to(&service);
  for (k = 0; k < UDP_BURST; k++)
    {
      fill(size, k, UDP_STREAM);
      CALL_IS(size, send, fd, g_out, size, 0);
      crc = st_crc32c(crc, g_out, size);
    }

  st_result(&service);
  st_close(fd);
  ST_ASSERT(service.errors == 0 && service.crc == crc,
            "the peer found %u errors: %s", service.errors, service.text);
}

/****************************************************************************
 * Name: udp_too_long
 *
 * Description:
 *   What cannot be a datagram is refused, and nothing of it is sent.
 *
 ****************************************************************************/

static void udp_too_long(FAR void **state)
{
  struct st_service_s service;
  struct iovec iov[2];
  int fd;

  (void)state;
  st_start(&service, "udp-echo stream=%d", UDP_STREAM);
  fd = open_to(&service);
  CALL_ERR(EMSGSIZE, send, fd, g_out, UDP_MOST + 1, 0);
  iov[0].iov_base = g_out;
  iov[0].iov_len  = UDP_MOST;
  iov[1].iov_base = g_out;
  iov[1].iov_len  = 1;
  CALL_ERR(EMSGSIZE, writev, fd, iov, 2);
  exchange(fd, 100, 0);
  st_close(fd);
  st_stop(&service);
  ST_ASSERT(service.bytes == 100, "the peer got %ju bytes",
            (uintmax_t)service.bytes);
}

/****************************************************************************
 * Name: udp_dont_fragment
 *
 * Description:
 *   Whoever does not want fragments learns what fits, and that does.
 *
 ****************************************************************************/

static void udp_dont_fragment(FAR void **state)
{
  struct st_service_s service;
  int mtu;
  int fd;

  (void)state;
  st_start(&service, "udp-echo stream=%d", UDP_STREAM);
  fd  = open_to(&service);
  mtu = calls_getint(fd, IPPROTO_IP, IP_MTU);
  assert_true(mtu >= MTU_LEAST);
  if (mtu - 28 >= UDP_MOST)
    {
      st_close(fd);
      st_stop(&service);
      st_skip("all datagrams fit into the MTU of %d", mtu);
    }

  calls_setint(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
  CALL_ERR(EMSGSIZE, send, fd, g_out, mtu - 27, 0);
  CALL_ERR(EMSGSIZE, send, fd, g_out, UDP_MOST, 0);
  exchange(fd, mtu - 28, 0);
  calls_setint(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT);
  exchange(fd, mtu - 27, 1);
  st_close(fd);
  st_stop(&service);
}

/****************************************************************************
 * Name: udp_connected
 *
 * Description:
 *   Who is connected hears one peer only: another one's datagram is
 *   refused, and what the peer sends after it comes first.
 *
 ****************************************************************************/

static void udp_connected(FAR void **state)
{
  struct sockaddr_in addr;
  struct sockaddr_in from;
  socklen_t len = sizeof(from);
  char got;
  int fd[2];
  int other;

  (void)state;
  calls_udp_pair(fd);
  other = calls_bound(SOCK_DGRAM, &addr);
  addr  = calls_name(fd[0]);
  CALL_IS(0, connect, other, calls_sa(&addr), sizeof(addr));
  CALL_IS(1, send, other, "o", 1, 0);
  CALL_IS(1, send, fd[1], "p", 1, 0);
  calls_wait(fd[0], POLLIN);
  CALL_IS(1, recvfrom, fd[0], &got, 1, 0, calls_sa(&from), &len);
  assert_int_equal(got, 'p');
  assert_int_equal(from.sin_port, calls_name(fd[1]).sin_port);
  calls_wait(other, POLLERR);
  CALL_ERR(ECONNREFUSED, recv, other, &got, 1, 0);
  calls_close(other);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: until_refused
 *
 * Description:
 *   Sends until it is known that nobody listens.  Hosts limit how many
 *   errors they tell in a second, so the first may not be answered.
 *
 ****************************************************************************/

static void until_refused(int fd)
{
  int revents = 0;
  int i;

  for (i = 0; i < UDP_TRIES && revents == 0; i++)
    {
      CALL_IS(1, send, fd, "x", 1, 0);
      revents = st_poll(fd, 0, 4 * UDP_AGAIN);
    }

  ST_ASSERT((revents & POLLERR) != 0, "%d datagrams, and no error came", i);
}

/****************************************************************************
 * Name: udp_refused
 *
 * Description:
 *   A port that was closed: the peer says so, and whoever is connected is
 *   told by the next call.
 *
 ****************************************************************************/

static void udp_refused(FAR void **state)
{
  struct st_service_s service;
  char got;
  int fd;

  (void)state;
  st_start(&service, "udp-echo stream=%d", UDP_STREAM);
  fd = open_to(&service);
  exchange(fd, 100, 0);
  st_stop(&service);
  until_refused(fd);
  CALL_ERR(ECONNREFUSED, recv, fd, &got, 1, 0);
  until_refused(fd);
  CALL_ERR(ECONNREFUSED, send, fd, "x", 1, 0);
  st_close(fd);
}

/****************************************************************************
 * Name: udp_refused_unconnected
 *
 * Description:
 *   Whoever is not connected is not told, and not disturbed: an answer of
 *   another service comes after it.
 *
 ****************************************************************************/

static void udp_refused_unconnected(FAR void **state)
{
  struct st_service_s closed;
  struct st_service_s service;
  struct sockaddr_in addr;
  char got;
  int fd = st_socket(SOCK_DGRAM);

  (void)state;
  st_start(&closed, "udp-echo stream=%d", UDP_STREAM);
  st_start(&service, "udp-echo stream=%d", UDP_STREAM);
  st_stop(&closed);
  addr = st_peer(closed.port);
  CALL_IS(1, sendto, fd, "a", 1, 0, calls_sa(&addr), sizeof(addr));
  addr = st_peer(service.port);
  CALL_IS(1, sendto, fd, "b", 1, 0, calls_sa(&addr), sizeof(addr));
  CALL_IS(1, recv, fd, &got, 1, 0);
  assert_int_equal(got, 'b');
  assert_int_equal(calls_getint(fd, SOL_SOCKET, SO_ERROR), 0);
  st_close(fd);
  st_stop(&service);
}

/****************************************************************************
 * Name: own_address
 *
 * Description:
 *   This machine's address on the way to the peer.
 *
 ****************************************************************************/

static struct in_addr own_address(void)
{
  struct sockaddr_in addr = st_peer(9);
  int fd = st_socket(SOCK_DGRAM);

  CALL_IS(0, connect, fd, calls_sa(&addr), sizeof(addr));
  addr = calls_name(fd);
  st_close(fd);
  return addr.sin_addr;
}

/****************************************************************************
 * Name: broadcast_address
 *
 * Description:
 *   The address of all on the link to the peer; 0: there is none.
 *
 ****************************************************************************/

static struct in_addr broadcast_address(struct in_addr own)
{
  FAR struct ifaddrs *list;
  FAR struct ifaddrs *p;
  FAR struct sockaddr_in *addr;
  FAR struct sockaddr_in *mask;
  struct in_addr to;

  to.s_addr = 0;
  CALL_IS(0, getifaddrs, &list);
  for (p = list; p != NULL; p = p->ifa_next)
    {
      addr = (FAR struct sockaddr_in *)p->ifa_addr;
      mask = (FAR struct sockaddr_in *)p->ifa_netmask;
      if (addr != NULL && mask != NULL && addr->sin_family == AF_INET &&
          addr->sin_addr.s_addr == own.s_addr &&
          mask->sin_addr.s_addr != INADDR_NONE)
        {
          to.s_addr = own.s_addr | ~mask->sin_addr.s_addr;
        }
    }

  ST_CALL(freeifaddrs, list);
  return to;
}

/****************************************************************************
 * Name: ask_all
 *
 * Description:
 *   Asks udp-to at an address, and again until it answers; the address to
 *   which the answer came.
 *
 ****************************************************************************/

static struct in_addr ask_all(int fd, struct in_addr to, uint16_t port)
{
  struct sockaddr_in addr = calls_addr(ntohl(to.s_addr), htons(port));
  struct in_pktinfo info;
  union
  {
    struct cmsghdr hdr;
    char room[256];
  } control;

  FAR struct cmsghdr *cmsg;
  struct msghdr msg;
  struct iovec iov;
  char got;
  int i;

  calls_setint(fd, IPPROTO_IP, IP_PKTINFO, 1);
  for (i = 0; i < UDP_TRIES; i++)
    {
      CALL_IS(1, sendto, fd, "m", 1, 0, calls_sa(&addr), sizeof(addr));
      if (st_poll(fd, POLLIN, UDP_AGAIN) != 0)
        {
          break;
        }
    }

  ST_ASSERT(i < UDP_TRIES, "no answer to %d datagrams", UDP_TRIES);
  memset(&msg, 0, sizeof(msg));
  iov.iov_base       = &got;
  iov.iov_len        = 1;
  msg.msg_iov        = &iov;
  msg.msg_iovlen     = 1;
  msg.msg_control    = &control;
  msg.msg_controllen = sizeof(control);
  CALL_IS(1, recvmsg, fd, &msg, 0);
  assert_int_equal(got, 'm');
  cmsg = CMSG_FIRSTHDR(&msg);
  assert_non_null(cmsg);
  assert_int_equal(cmsg->cmsg_type, IP_PKTINFO);
  memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
  return info.ipi_addr;
}

/****************************************************************************
 * Name: udp_broadcast
 *
 * Description:
 *   To all, and an answer to all.
 *
 ****************************************************************************/

static void udp_broadcast(FAR void **state)
{
  struct st_service_s service;
  struct sockaddr_in addr = calls_addr(INADDR_ANY, 0);
  struct in_addr to = broadcast_address(own_address());
  char text[INET_ADDRSTRLEN];
  int fd;

  (void)state;
  if (to.s_addr == 0)
    {
      st_skip("the link to the peer has no address of all");
    }

  ST_CALL(inet_ntop, AF_INET, &to, text, sizeof(text));
  st_start(&service, "udp-to to=%s", text);
  fd = st_socket(SOCK_DGRAM);
  CALL_IS(0, bind, fd, calls_sa(&addr), sizeof(addr));
  addr = calls_addr(ntohl(to.s_addr), htons(service.port));
  CALL_ERR(EACCES, sendto, fd, "m", 1, 0, calls_sa(&addr), sizeof(addr));
  calls_setint(fd, SOL_SOCKET, SO_BROADCAST, 1);
  assert_int_equal(ask_all(fd, to, service.port).s_addr, to.s_addr);
  st_close(fd);
  st_stop(&service);
  ST_ASSERT(service.errors == 0, "the peer: %s", service.text);
}

/****************************************************************************
 * Name: udp_multicast
 *
 * Description:
 *   To a group of which the peer is a member, and back to the group.
 *
 ****************************************************************************/

static void udp_multicast(FAR void **state)
{
  struct st_service_s service;
  struct sockaddr_in addr = calls_addr(INADDR_ANY, 0);
  struct ip_mreq req;
  int fd;

  (void)state;
  st_start(&service, "udp-to to=" UDP_GROUP);
  fd = st_socket(SOCK_DGRAM);
  CALL_IS(0, bind, fd, calls_sa(&addr), sizeof(addr));
  req.imr_interface = own_address();
  assert_int_equal(ST_CALL(inet_pton, AF_INET, UDP_GROUP,
                           &req.imr_multiaddr), 1);
  CALL_IS(0, setsockopt, fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &req,
          sizeof(req));
  CALL_IS(0, setsockopt, fd, IPPROTO_IP, IP_MULTICAST_IF,
          &req.imr_interface, sizeof(req.imr_interface));
  assert_int_equal(ask_all(fd, req.imr_multiaddr, service.port).s_addr,
                   req.imr_multiaddr.s_addr);
  CALL_IS(0, setsockopt, fd, IPPROTO_IP, IP_DROP_MEMBERSHIP, &req,
          sizeof(req));
  st_close(fd);
  st_stop(&service);
  ST_ASSERT(service.errors == 0 && st_value(&service, "joined") == 1,
            "the peer: %s", service.text);
}

/****************************************************************************
 * Name: udp_checksum_off
 *
 * Description:
 *   A datagram need not have a checksum.
 *
 ****************************************************************************/

static void udp_checksum_off(FAR void **state)
{
  struct st_service_s service;
  char text[INET_ADDRSTRLEN];
  struct in_addr own = own_address();
  size_t size;
  int fd;
#ifdef SO_NO_CHECK
  int on = 1;
#endif

  (void)state;
  ST_CALL(inet_ntop, AF_INET, &own, text, sizeof(text));
  st_start(&service, "udp-to to=%s nocheck=1", text);
  fd = open_to(&service);
#ifdef SO_NO_CHECK
  if (ST_CALL(setsockopt, fd, SOL_SOCKET, SO_NO_CHECK, &on, sizeof(on)) < 0)
    {
      assert_int_equal(errno, ENOPROTOOPT);
    }
#endif

  for (size = 1; size <= 5000; size *= 4)
    {
      exchange(fd, size, 0);
    }

  st_close(fd);
  st_stop(&service);
  ST_ASSERT(service.errors == 0, "the peer: %s", service.text);
  if (st_value(&service, "nocheck") == 0)
    {
      st_skip("the peer cannot send without checksums");
    }
}
