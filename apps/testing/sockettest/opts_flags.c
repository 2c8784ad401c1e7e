/****************************************************************************
 * apps/testing/sockettest/opts_flags.c
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

/* The flags MSG_*, and IPv6's options. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "opts.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: socket6
 *
 * Description:
 *   A socket of IPv6, if there is one to be had: or the test is skipped.
 *
 ****************************************************************************/

static int socket6(int type)
{
  int fd = ST_CALL(socket, AF_INET6, type, 0);

  if (fd < 0)
    {
      assert_int_equal(errno, EAFNOSUPPORT);
      st_skip("there is no IPv6 here");
    }

  return fd;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: opts_msg_peek
 *
 * Description:
 *   What has been looked at is still there.
 *
 ****************************************************************************/

void opts_msg_peek(FAR void **state)
{
  char got[8];
  int fd[2];
  int i;

  (void)state;
  for (i = 0; i < 2; i++)
    {
      (i == 0 ? calls_pair : calls_udp_pair)(fd);
      CALL_ERR(EAGAIN, recv, fd[1], got, 1, MSG_PEEK | MSG_DONTWAIT);
      CALL_IS(4, send, fd[0], "abcd", 4, 0);
      calls_wait(fd[1], POLLIN);
      CALL_IS(2, recv, fd[1], got, 2, MSG_PEEK);
      CALL_IS(4, recv, fd[1], got, 8, MSG_PEEK);
      CALL_IS(4, recv, fd[1], got, 8, 0);
      assert_memory_equal(got, "abcd", 4);
      CALL_ERR(EAGAIN, recv, fd[1], got, 1, MSG_PEEK | MSG_DONTWAIT);
      calls_close_both(fd);
    }
}

/****************************************************************************
 * Name: opts_msg_waitall
 *
 * Description:
 *   All of it, unless the stream ends before, or there are datagrams.
 *
 ****************************************************************************/

void opts_msg_waitall(FAR void **state)
{
  char got[8];
  int fd[2];

  (void)state;
  calls_pair(fd);
  CALL_IS(2, send, fd[0], "ab", 2, 0);
  CALL_IS(2, send, fd[0], "cd", 2, 0);
  CALL_IS(4, recv, fd[1], got, 4, MSG_WAITALL);
  assert_memory_equal(got, "abcd", 4);
  CALL_IS(2, send, fd[0], "ef", 2, 0);
  calls_wait(fd[1], POLLIN);
  CALL_IS(2, recv, fd[1], got, 4, MSG_WAITALL | MSG_DONTWAIT);
  CALL_IS(3, send, fd[0], "ghi", 3, 0);
  CALL_IS(0, shutdown, fd[0], SHUT_WR);
  CALL_IS(3, recv, fd[1], got, 8, MSG_WAITALL);
  CALL_IS(0, recv, fd[1], got, 8, MSG_WAITALL);
  calls_close_both(fd);

  calls_udp_pair(fd);
  CALL_IS(2, send, fd[0], "ab", 2, 0);
  CALL_IS(2, send, fd[0], "cd", 2, 0);
  CALL_IS(2, recv, fd[1], got, 4, MSG_WAITALL);
  CALL_IS(2, recv, fd[1], got, 4, 0);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: opts_msg_dontwait
 *
 * Description:
 *   Not even a socket that waits, waits.
 *
 ****************************************************************************/

void opts_msg_dontwait(FAR void **state)
{
  char got;
  int fd[2];

  (void)state;
  calls_pair(fd);
  CALL_ERR(EAGAIN, recv, fd[0], &got, 1, MSG_DONTWAIT);
  CALL_IS(1, send, fd[0], "x", 1, MSG_DONTWAIT);
  calls_wait(fd[1], POLLIN);
  CALL_IS(1, recv, fd[1], &got, 1, MSG_DONTWAIT);
  CALL_ERR(EAGAIN, recv, fd[1], &got, 1, MSG_DONTWAIT);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: opts_msg_trunc
 *
 * Description:
 *   A datagram's real length; of a stream, the bytes are thrown away.
 *
 ****************************************************************************/

void opts_msg_trunc(FAR void **state)
{
  char got[8];
  int fd[2];

  (void)state;
  calls_udp_pair(fd);
  CALL_IS(6, send, fd[0], "abcdef", 6, 0);
  calls_wait(fd[1], POLLIN);
  CALL_IS(6, recv, fd[1], got, 2, MSG_TRUNC | MSG_PEEK);
  CALL_IS(6, recv, fd[1], got, 2, MSG_TRUNC);
  CALL_ERR(EAGAIN, recv, fd[1], got, 2, MSG_TRUNC | MSG_DONTWAIT);
  calls_close_both(fd);

  calls_pair(fd);
  CALL_IS(6, send, fd[0], "abcdef", 6, 0);
  calls_wait(fd[1], POLLIN);
  memset(got, '-', sizeof(got));
  CALL_IS(4, recv, fd[1], got, 4, MSG_TRUNC);
  assert_memory_equal(got, "----", 4);
  CALL_IS(2, recv, fd[1], got, 4, 0);
  assert_memory_equal(got, "ef--", 4);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: opts_msg_more
 *
 * Description:
 *   Pieces become one datagram.
 *
 ****************************************************************************/

void opts_msg_more(FAR void **state)
{
  char got[8];
  int fd[2];

  (void)state;
  calls_udp_pair(fd);
  CALL_IS(2, send, fd[0], "ab", 2, MSG_MORE);
  CALL_IS(2, send, fd[0], "cd", 2, MSG_MORE);
  CALL_ERR(EAGAIN, recv, fd[1], got, 8, MSG_DONTWAIT);
  CALL_IS(2, send, fd[0], "ef", 2, 0);
  calls_wait(fd[1], POLLIN);
  CALL_IS(6, recv, fd[1], got, 8, 0);
  assert_memory_equal(got, "abcdef", 6);
  CALL_ERR(EAGAIN, recv, fd[1], got, 8, MSG_DONTWAIT);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: opts_msg_oob
 *
 * Description:
 *   The last urgent byte is kept beside the stream, and read once.
 *
 ****************************************************************************/

void opts_msg_oob(FAR void **state)
{
  char got[8];
  int fd[2];

  (void)state;
  calls_pair(fd);
  CALL_ERR(EINVAL, recv, fd[1], got, 1, MSG_OOB);
  CALL_IS(2, send, fd[0], "a!", 2, MSG_OOB);
  calls_wait(fd[1], POLLPRI);
  CALL_IS(1, recv, fd[1], got, 8, MSG_OOB | MSG_PEEK);
  CALL_IS(1, recv, fd[1], got, 8, MSG_OOB);
  assert_int_equal(got[0], '!');
  CALL_ERR(EINVAL, recv, fd[1], got, 8, MSG_OOB);
  CALL_IS(1, recv, fd[1], got, 8, 0);
  assert_int_equal(got[0], 'a');
  calls_close_both(fd);
}

/****************************************************************************
 * Name: opts_msg_nosignal
 *
 * Description:
 *   No signal with the error: a signal would end the program.
 *
 ****************************************************************************/

void opts_msg_nosignal(FAR void **state)
{
  int fd[2];

  (void)state;
  calls_pair(fd);
  CALL_IS(0, shutdown, fd[0], SHUT_WR);
  CALL_ERR(EPIPE, send, fd[0], "x", 1, MSG_NOSIGNAL);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: opts_ipv6_v6only
 *
 * Description:
 *   Whether IPv4 comes in as well; only before it has a name.
 *
 ****************************************************************************/

void opts_ipv6_v6only(FAR void **state)
{
  struct sockaddr_in6 addr;
  int value = 1;
  int fd = socket6(SOCK_DGRAM);

  (void)state;
  calls_setint(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  assert_int_equal(calls_getint(fd, IPPROTO_IPV6, IPV6_V6ONLY), 1);
  CALL_ERR(EINVAL, setsockopt, fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, 3);
  memset(&addr, 0, sizeof(addr));
  addr.sin6_family = AF_INET6;
  CALL_IS(0, bind, fd, (FAR struct sockaddr *)&addr, sizeof(addr));
  CALL_ERR(EINVAL, setsockopt, fd, IPPROTO_IPV6, IPV6_V6ONLY, &value,
           sizeof(value));
  calls_close(fd);
}

/****************************************************************************
 * Name: opts_ipv6_hops
 *
 * Description:
 *   Hops, and what comes with a datagram.
 *
 ****************************************************************************/

void opts_ipv6_hops(FAR void **state)
{
  static const int options[] =
  {
    IPV6_UNICAST_HOPS, IPV6_MULTICAST_HOPS
  };

  int value;
  int fd = socket6(SOCK_DGRAM);
  int i;

  (void)state;
  for (i = 0; i < 2; i++)
    {
      calls_setint(fd, IPPROTO_IPV6, options[i], 17);
      assert_int_equal(calls_getint(fd, IPPROTO_IPV6, options[i]), 17);
      value = 256;
      CALL_ERR(EINVAL, setsockopt, fd, IPPROTO_IPV6, options[i], &value,
               sizeof(value));
      value = -2;
      CALL_ERR(EINVAL, setsockopt, fd, IPPROTO_IPV6, options[i], &value,
               sizeof(value));
      CALL_ERR(EINVAL, setsockopt, fd, IPPROTO_IPV6, options[i], &value, 3);
      assert_int_equal(calls_getint(fd, IPPROTO_IPV6, options[i]), 17);
    }

  calls_setint(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  assert_int_equal(calls_getint(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO), 1);
  CALL_ERR(ENOPROTOOPT, setsockopt, fd, IPPROTO_IPV6, 9999, &value,
           sizeof(value));
  calls_close(fd);
}

/****************************************************************************
 * Name: opts_ipv6_group
 *
 * Description:
 *   Groups of IPv6.
 *
 ****************************************************************************/

void opts_ipv6_group(FAR void **state)
{
  struct ipv6_mreq req;
  int value = 2;
  int fd = socket6(SOCK_DGRAM);

  (void)state;
  calls_setint(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
  assert_int_equal(calls_getint(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP), 0);
  CALL_ERR(EINVAL, setsockopt, fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, &value,
           sizeof(value));
  memset(&req, 0, sizeof(req));
  CALL_ERR(EINVAL, setsockopt, fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &req,
           sizeof(req));
  req.ipv6mr_multiaddr.s6_addr[0] = 0xff;
  req.ipv6mr_interface = 0x7ffffff0;
  CALL_ERR(ENODEV, setsockopt, fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &req,
           sizeof(req));
  CALL_ERR(EINVAL, setsockopt, fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &req,
           sizeof(req) - 1);
  calls_close(fd);
}
