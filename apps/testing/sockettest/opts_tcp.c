/****************************************************************************
 * apps/testing/sockettest/opts_tcp.c
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

/* Options of level IPPROTO_TCP: get, set, effect, bad values and lengths. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "opts.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define USER_MSS  536
#define TWO_HOURS 7200

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: tcp_flag
 *
 * Description:
 *   A flag: off at first.
 *
 ****************************************************************************/

static void tcp_flag(int option)
{
  struct opt_int_s opt =
  {
    .level = IPPROTO_TCP, .types = OPT_STREAM, .ngood = 3, .good =
    {
      { 1, 1 }, { 0, 0 }, { 77, 1 }
    }
  };

  opt.option = option;
  opts_int(&opt);
}

/****************************************************************************
 * Name: tcp_number
 *
 * Description:
 *   A number from 1 on.
 *
 ****************************************************************************/

static void tcp_number(int option, int initial, int most)
{
  struct opt_int_s opt =
  {
    .level = IPPROTO_TCP, .types = OPT_STREAM, .ngood = 3, .good =
    {
      { 1, 1 }, { 5, 5 }
    },

    .nbad = 3, .bad =
    {
      { 0, EINVAL }, { -1, EINVAL }
    }
  };

  opt.option     = option;
  opt.initial    = initial;
  opt.good[2][0] = most;
  opt.good[2][1] = most;
  opt.bad[2][0]  = most + 1;
  opt.bad[2][1]  = EINVAL;
  opts_int(&opt);
}

/****************************************************************************
 * Name: tcp_state
 *
 * Description:
 *   What TCP_INFO tells of the state, in the words of Linux' header.
 *
 ****************************************************************************/

static int tcp_state(int fd)
{
  struct tcp_info info;
  socklen_t len = sizeof(info);

  memset(&info, 0xff, sizeof(info));
  CALL_IS(0, getsockopt, fd, IPPROTO_TCP, TCP_INFO, &info, &len);
  assert_true(len >= 104);
  return info.tcpi_state;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: opts_tcp_nodelay
 *
 * Description:
 *   The flag, and that small pieces come through with it.
 *
 ****************************************************************************/

void opts_tcp_nodelay(FAR void **state)
{
  int fd[2];
  int i;

  (void)state;
  tcp_flag(TCP_NODELAY);
  calls_pair(fd);
  calls_setint(fd[0], IPPROTO_TCP, TCP_NODELAY, 1);
  for (i = 0; i < 100; i++)
    {
      calls_move(fd[0], fd[1]);
    }

  calls_close_both(fd);
}

/****************************************************************************
 * Name: opts_tcp_cork
 *
 * Description:
 *   What is held back comes when the cork is drawn, or with what comes
 *   after MSG_MORE.
 *
 ****************************************************************************/

void opts_tcp_cork(FAR void **state)
{
  char got[8];
  int fd[2];

  (void)state;
  tcp_flag(TCP_CORK);
  calls_pair(fd);
  calls_setint(fd[0], IPPROTO_TCP, TCP_CORK, 1);
  CALL_IS(2, send, fd[0], "ab", 2, 0);
  CALL_IS(2, send, fd[0], "cd", 2, 0);
  calls_setint(fd[0], IPPROTO_TCP, TCP_CORK, 0);
  calls_wait(fd[1], POLLIN);
  CALL_IS(4, recv, fd[1], got, sizeof(got), 0);
  assert_memory_equal(got, "abcd", 4);

  CALL_IS(2, send, fd[0], "ef", 2, MSG_MORE);
  CALL_IS(2, send, fd[0], "gh", 2, 0);
  CALL_IS(4, recv, fd[1], got, 4, MSG_WAITALL);
  assert_memory_equal(got, "efgh", 4);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: opts_tcp_maxseg
 *
 * Description:
 *   No segment is larger than that, less the options in it.
 *
 ****************************************************************************/

void opts_tcp_maxseg(FAR void **state)
{
  struct sockaddr_in addr;
  int listener = calls_listener(&addr);
  int mss;
  int fd = CALL_OK(socket, AF_INET, SOCK_STREAM, 0);

  (void)state;
  calls_setint(fd, IPPROTO_TCP, TCP_MAXSEG, USER_MSS);
  assert_int_equal(calls_getint(fd, IPPROTO_TCP, TCP_MAXSEG), USER_MSS);
  mss = 1;
  CALL_ERR(EINVAL, setsockopt, fd, IPPROTO_TCP, TCP_MAXSEG, &mss,
           sizeof(mss));
  mss = -1;
  CALL_ERR(EINVAL, setsockopt, fd, IPPROTO_TCP, TCP_MAXSEG, &mss,
           sizeof(mss));
  mss = 65536;
  CALL_ERR(EINVAL, setsockopt, fd, IPPROTO_TCP, TCP_MAXSEG, &mss,
           sizeof(mss));
  CALL_ERR(EINVAL, setsockopt, fd, IPPROTO_TCP, TCP_MAXSEG, &mss, 3);

  CALL_IS(0, connect, fd, calls_sa(&addr), sizeof(addr));
  assert_in_range(calls_getint(fd, IPPROTO_TCP, TCP_MAXSEG), USER_MSS - 40,
                  USER_MSS);
  calls_close(fd);
  calls_close(listener);
}

/****************************************************************************
 * Name: opts_tcp_keep
 *
 * Description:
 *   When to ask a silent peer, how often, and after how long to give up.
 *
 ****************************************************************************/

void opts_tcp_keep(FAR void **state)
{
  struct opt_int_s timeout =
  {
    .level = IPPROTO_TCP, .option = TCP_USER_TIMEOUT, .types = OPT_STREAM,
    .ngood = 2, .good =
    {
      { 5000, 5000 }, { 0, 0 }
    },

    .nbad = 1, .bad =
    {
      { -1, EINVAL }
    }
  };

  (void)state;
  tcp_number(TCP_KEEPIDLE, OPT_ANY, 32767);
  tcp_number(TCP_KEEPINTVL, OPT_ANY, 32767);
  tcp_number(TCP_KEEPCNT, OPT_ANY, 127);
  opts_int(&timeout);
}

/****************************************************************************
 * Name: opts_tcp_info
 *
 * Description:
 *   The states of a connection's life, and what has been measured.
 *
 ****************************************************************************/

void opts_tcp_info(FAR void **state)
{
  struct sockaddr_in addr;
  struct tcp_info info;
  socklen_t len;
  int listener = calls_listener(&addr);
  int tcp = CALL_OK(socket, AF_INET, SOCK_STREAM, 0);
  int fd[2];

  (void)state;
  assert_int_equal(tcp_state(tcp), TCP_CLOSE);
  assert_int_equal(tcp_state(listener), TCP_LISTEN);
  calls_pair(fd);
  calls_move(fd[0], fd[1]);
  calls_move(fd[1], fd[0]);
  assert_int_equal(tcp_state(fd[0]), TCP_ESTABLISHED);
  len = sizeof(info);
  CALL_IS(0, getsockopt, fd[0], IPPROTO_TCP, TCP_INFO, &info, &len);
  assert_true(info.tcpi_snd_mss >= 500);
  assert_true(info.tcpi_snd_cwnd >= 1);
  assert_true(info.tcpi_rto > 0);
  assert_int_equal(info.tcpi_total_retrans, 0);

  len = 1;
  CALL_IS(0, getsockopt, fd[0], IPPROTO_TCP, TCP_INFO, &info, &len);
  assert_int_equal(len, 1);
  len = (socklen_t)-1;
  CALL_ERR(EINVAL, getsockopt, fd[0], IPPROTO_TCP, TCP_INFO, &info, &len);
  CALL_ERR(ENOPROTOOPT, setsockopt, fd[0], IPPROTO_TCP, TCP_INFO, &info,
           sizeof(info));

  CALL_IS(0, shutdown, fd[0], SHUT_WR);
  calls_wait(fd[1], POLLIN);
  assert_int_equal(tcp_state(fd[1]), TCP_CLOSE_WAIT);
  calls_close_both(fd);
  calls_close(listener);
  calls_close(tcp);
}

/****************************************************************************
 * Name: opts_tcp_congestion
 *
 * Description:
 *   By name; one that there is not is refused.
 *
 ****************************************************************************/

void opts_tcp_congestion(FAR void **state)
{
  char name[16];
  char was[16];
  socklen_t len = sizeof(was);
  int fd = CALL_OK(socket, AF_INET, SOCK_STREAM, 0);

  (void)state;
  memset(was, 0, sizeof(was));
  CALL_IS(0, getsockopt, fd, IPPROTO_TCP, TCP_CONGESTION, was, &len);
  assert_true(was[0] != '\0');
  CALL_ERR(ENOENT, setsockopt, fd, IPPROTO_TCP, TCP_CONGESTION, "nosuch",
           6);
  CALL_ERR(EINVAL, setsockopt, fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 0);
  CALL_IS(0, setsockopt, fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4);
  CALL_IS(0, setsockopt, fd, IPPROTO_TCP, TCP_CONGESTION, was, strlen(was));
  len = sizeof(name);
  CALL_IS(0, getsockopt, fd, IPPROTO_TCP, TCP_CONGESTION, name, &len);
  assert_string_equal(name, was);
  calls_close(fd);
}

/****************************************************************************
 * Name: opts_tcp_level
 *
 * Description:
 *   TCP's options are no options of UDP, and there is no end of numbers.
 *
 ****************************************************************************/

void opts_tcp_level(FAR void **state)
{
  int value = 1;
  socklen_t len = sizeof(value);
  int tcp = CALL_OK(socket, AF_INET, SOCK_STREAM, 0);
  int udp = CALL_OK(socket, AF_INET, SOCK_DGRAM, 0);

  (void)state;
  CALL_ERR(ENOPROTOOPT, setsockopt, udp, IPPROTO_TCP, TCP_NODELAY, &value,
           len);
  CALL_ERR(ENOPROTOOPT, setsockopt, tcp, IPPROTO_UDP, 1, &value, len);
  CALL_ERR(ENOPROTOOPT, setsockopt, tcp, IPPROTO_TCP, 9999, &value, len);
  CALL_ERR(ENOPROTOOPT, getsockopt, tcp, IPPROTO_TCP, 9999, &value, &len);
  calls_close(tcp);
  calls_close(udp);
}
