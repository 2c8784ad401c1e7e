/****************************************************************************
 * apps/testing/sockettest/calls_libctest.c
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

/* The classical test of a C library's sockets, step by step: a byte by UDP
 * from a sender that has no name, a listener that is closed at exec(), a
 * connection that is made without waiting and accepted at once, and the
 * flags at both ends.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "calls_tests.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: libctest_udp
 *
 * Description:
 *   UDP: the receiver has a port of the system's choice and a time-out of
 *   a microsecond, which is accepted and is no reason not to wait for what
 *   is there.
 *
 ****************************************************************************/

static void libctest_udp(void)
{
  struct timeval tv;
  struct sockaddr_in addr = calls_addr(INADDR_LOOPBACK, 0);
  struct sockaddr_in from;
  socklen_t len = sizeof(addr);
  char got[100];
  int receiver = CALL_OK(socket, AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  int sender;

  CALL_IS(0, bind, receiver, calls_sa(&addr), sizeof(addr));
  CALL_IS(0, getsockname, receiver, calls_sa(&addr), &len);
  tv.tv_sec  = 0;
  tv.tv_usec = 1;
  CALL_IS(0, setsockopt, receiver, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
  CALL_ERR(EAGAIN, recvfrom, receiver, got, sizeof(got), 0, NULL, NULL);

  sender = CALL_OK(socket, AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  CALL_IS(1, sendto, sender, "x", 1, 0, calls_sa(&addr), sizeof(addr));
  len = sizeof(from);
  memset(got, 0, sizeof(got));
  CALL_IS(1, recvfrom, receiver, got, sizeof(got), 0, calls_sa(&from), &len);
  assert_int_equal(got[0], 'x');
  assert_int_equal(len, sizeof(from));
  assert_int_equal(from.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
  assert_int_equal(from.sin_port, calls_name(sender).sin_port);
  calls_close(receiver);
  calls_close(sender);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: calls_libctest_socket
 *
 * Description:
 *   The whole of it.
 *
 ****************************************************************************/

void calls_libctest_socket(FAR void **state)
{
  struct sockaddr_in addr = calls_addr(INADDR_LOOPBACK, 0);
  socklen_t len = sizeof(addr);
  int listener;
  int client;
  int server;

  (void)state;
  libctest_udp();

  listener = CALL_OK(socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC,
                     IPPROTO_TCP);
  assert_int_equal(CALL_OK(fcntl, listener, F_GETFD), FD_CLOEXEC);
  CALL_IS(0, bind, listener, calls_sa(&addr), sizeof(addr));
  CALL_IS(0, getsockname, listener, calls_sa(&addr), &len);
  CALL_IS(0, listen, listener, 1);

  client = CALL_OK(socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK,
                   IPPROTO_TCP);
  assert_int_not_equal(CALL_OK(fcntl, client, F_GETFL) & O_NONBLOCK, 0);
  assert_int_equal(CALL_OK(fcntl, client, F_GETFD), 0);
  if (ST_CALL(connect, client, calls_sa(&addr), sizeof(addr)) != 0)
    {
      assert_int_equal(errno, EINPROGRESS);
    }

  server = CALL_OK(accept4, listener, calls_sa(&addr), &len,
                   SOCK_NONBLOCK | SOCK_CLOEXEC);
  assert_int_equal(addr.sin_port, calls_name(client).sin_port);
  assert_int_equal(CALL_OK(fcntl, server, F_GETFD), FD_CLOEXEC);
  assert_int_not_equal(CALL_OK(fcntl, server, F_GETFL) & O_NONBLOCK, 0);
  calls_move(client, server);
  calls_move(server, client);
  calls_close(client);
  calls_close(server);
  calls_close(listener);
}
