/****************************************************************************
 * apps/testing/sockettest/opts_socket.c
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

/* Options of level SOL_SOCKET: get, set, effect, bad values and lengths. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "opts.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define SMALL_BUFFER 4096
#define LEAST_MOST   10000               /* Of the most that one may have */
#define DATAGRAMS    200
#define DATAGRAM     1000

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: opt_flag
 *
 * Description:
 *   A flag: off at first, and on whatever the number is.
 *
 ****************************************************************************/

static void opt_flag(int option, int types)
{
  struct opt_int_s opt =
  {
    .level = SOL_SOCKET, .types = OPT_BOTH, .ngood = 4, .good =
    {
      { 1, 1 }, { 0, 0 }, { 77, 1 }, { -1, 1 }
    }
  };

  opt.option = option;
  opt.types  = types;
  opts_int(&opt);
}

/****************************************************************************
 * Name: with
 *
 * Description:
 *   A socket with an option that is 1.
 *
 ****************************************************************************/

static int with(int type, int option)
{
  int fd = CALL_OK(socket, AF_INET, type, 0);

  calls_setint(fd, SOL_SOCKET, option, 1);
  return fd;
}

/****************************************************************************
 * Name: opt_timeout
 *
 * Description:
 *   One of the two time limits: what can be set.
 *
 ****************************************************************************/

static void opt_timeout(int option)
{
  struct sockaddr_in addr;
  struct timeval tv;
  socklen_t len = sizeof(tv);
  int fd = calls_bound(SOCK_DGRAM, &addr);

  CALL_IS(0, getsockopt, fd, SOL_SOCKET, option, &tv, &len);
  assert_int_equal(len, sizeof(tv));
  assert_true(tv.tv_sec == 0 && tv.tv_usec == 0);

  tv.tv_sec  = 3;
  tv.tv_usec = 500000;
  CALL_IS(0, setsockopt, fd, SOL_SOCKET, option, &tv, sizeof(tv));
  memset(&tv, 0, sizeof(tv));
  CALL_IS(0, getsockopt, fd, SOL_SOCKET, option, &tv, &len);
  assert_int_equal(tv.tv_sec, 3);
  assert_int_equal(tv.tv_usec, 500000);

  CALL_ERR(EINVAL, setsockopt, fd, SOL_SOCKET, option, &tv, sizeof(tv) - 1);
  CALL_ERR(EINVAL, setsockopt, fd, SOL_SOCKET, option, &tv, 0);
  tv.tv_usec = 1000000;
  CALL_ERR(EDOM, setsockopt, fd, SOL_SOCKET, option, &tv, sizeof(tv));
  tv.tv_usec = -1;
  CALL_ERR(EDOM, setsockopt, fd, SOL_SOCKET, option, &tv, sizeof(tv));
  CALL_IS(0, getsockopt, fd, SOL_SOCKET, option, &tv, &len);
  assert_int_equal(tv.tv_sec, 3);
  calls_close(fd);
}

/****************************************************************************
 * Name: opt_buffer
 *
 * Description:
 *   One of the two sizes of buffers: twice what one asks for, and never
 *   less than will do.
 *
 ****************************************************************************/

static void opt_buffer(int option)
{
  static const int type[] =
  {
    SOCK_STREAM, SOCK_DGRAM
  };

  int most;
  int fd;
  int i;

  for (i = 0; i < 2; i++)
    {
      struct opt_int_s opt =
      {
        .level = SOL_SOCKET, .option = option, .initial = OPT_ANY,
        .ngood = 2,
        .good =
        {
          { 16384, 32768 }, { 50000, 100000 }
        }
      };

      fd = CALL_OK(socket, AF_INET, type[i], 0);
      calls_setint(fd, SOL_SOCKET, option, INT32_MAX);
      most = calls_getint(fd, SOL_SOCKET, option);
      assert_true(most >= LEAST_MOST);
      calls_setint(fd, SOL_SOCKET, option, 0);
      assert_in_range(calls_getint(fd, SOL_SOCKET, option), 2000, 8192);
      calls_close(fd);

      opt.types      = i == 0 ? OPT_STREAM : OPT_DGRAM;
      opt.good[0][1] = most < 32768 ? most : 32768;
      opt.good[1][1] = most < 100000 ? most : 100000;
      opts_int(&opt);
    }
}

/****************************************************************************
 * Name: linger_waits
 *
 * Description:
 *   close() waits for its time when the other end has no room for all; then
 *   that reads, and gets every byte and the end.
 *
 ****************************************************************************/

static void linger_waits(void)
{
  static char data[65536];
  struct linger linger =
  {
    .l_onoff = 1,
    .l_linger = 1
  };

  size_t total = 0;
  uint64_t before;
  ssize_t ret;
  int fd[2];

  calls_pair(fd);
  calls_setint(fd[0], SOL_SOCKET, SO_SNDBUF, SMALL_BUFFER);
  calls_setint(fd[1], SOL_SOCKET, SO_RCVBUF, SMALL_BUFFER);
  CALL_IS(0, setsockopt, fd[0], SOL_SOCKET, SO_LINGER, &linger,
          sizeof(linger));
  do
    {
      ret = ST_CALL(send, fd[0], data, sizeof(data), MSG_DONTWAIT);
      total += ret > 0 ? ret : 0;
      assert_true(total < 64 * sizeof(data));
    }
  while (ret > 0 || st_poll(fd[0], POLLOUT, 300) > 0);

  before = st_now();
  calls_close(fd[0]);
  ST_ASSERT(st_now() - before >= 950, "close() did not wait");
  while ((ret = CALL_OK(recv, fd[1], data, sizeof(data), 0)) > 0)
    {
      ST_ASSERT((size_t)ret <= total, "more than was sent");
      total -= ret;
    }

  assert_int_equal(total, 0);
  calls_close(fd[1]);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: opts_so_reuseaddr
 *
 * Description:
 *   Two may have a port that both want to share, and one may listen.
 *
 ****************************************************************************/

void opts_so_reuseaddr(FAR void **state)
{
  struct sockaddr_in addr = calls_addr(INADDR_LOOPBACK, 0);
  int type;
  int fd[3];

  (void)state;
  opt_flag(SO_REUSEADDR, OPT_BOTH);
  for (type = SOCK_STREAM; type <= SOCK_DGRAM; type++)
    {
      fd[0] = with(type, SO_REUSEADDR);
      fd[1] = with(type, SO_REUSEADDR);
      fd[2] = CALL_OK(socket, AF_INET, type, 0);
      addr.sin_port = 0;
      CALL_IS(0, bind, fd[0], calls_sa(&addr), sizeof(addr));
      addr = calls_name(fd[0]);
      CALL_ERR(EADDRINUSE, bind, fd[2], calls_sa(&addr), sizeof(addr));
      CALL_IS(0, bind, fd[1], calls_sa(&addr), sizeof(addr));
      if (type == SOCK_STREAM)
        {
          CALL_IS(0, listen, fd[0], 1);
          CALL_ERR(EADDRINUSE, listen, fd[1], 1);
        }

      calls_close_both(fd);
      calls_close(fd[2]);
    }
}

/****************************************************************************
 * Name: opts_so_reuseport
 *
 * Description:
 *   Several may listen at a port if all of them want to.
 *
 ****************************************************************************/

void opts_so_reuseport(FAR void **state)
{
  struct sockaddr_in addr = calls_addr(INADDR_LOOPBACK, 0);
  int client;
  int fd[3];
  struct pollfd pfd[2];

  (void)state;
  opt_flag(SO_REUSEPORT, OPT_BOTH);
  fd[0] = with(SOCK_STREAM, SO_REUSEPORT);
  fd[1] = with(SOCK_STREAM, SO_REUSEPORT);
  fd[2] = with(SOCK_STREAM, SO_REUSEADDR);
  CALL_IS(0, bind, fd[0], calls_sa(&addr), sizeof(addr));
  CALL_IS(0, listen, fd[0], 1);
  addr = calls_name(fd[0]);
  CALL_IS(0, bind, fd[1], calls_sa(&addr), sizeof(addr));
  CALL_IS(0, listen, fd[1], 1);
  CALL_ERR(EADDRINUSE, bind, fd[2], calls_sa(&addr), sizeof(addr));

  /* One of the two has the connection */

  client = CALL_OK(socket, AF_INET, SOCK_STREAM, 0);
  CALL_IS(0, connect, client, calls_sa(&addr), sizeof(addr));
  pfd[0].fd     = fd[0];
  pfd[0].events = POLLIN;
  pfd[1].fd     = fd[1];
  pfd[1].events = POLLIN;
  CALL_IS(1, poll, pfd, 2, CALLS_WAIT);
  calls_close(client);
  calls_close_both(fd);
  calls_close(fd[2]);
}

/****************************************************************************
 * Name: opts_so_keepalive
 *
 * Description:
 *   The flag; what it does takes hours, and is of group conn.
 *
 ****************************************************************************/

void opts_so_keepalive(FAR void **state)
{
  (void)state;
  opt_flag(SO_KEEPALIVE, OPT_STREAM);
}

/****************************************************************************
 * Name: opts_so_broadcast
 *
 * Description:
 *   Nobody sends to all without having said so.
 *
 ****************************************************************************/

void opts_so_broadcast(FAR void **state)
{
  struct sockaddr_in addr = calls_addr(INADDR_ANY, 0);
  struct sockaddr_in to;
  int fd[2];
  char byte;

  (void)state;
  opt_flag(SO_BROADCAST, OPT_BOTH);
  fd[0] = CALL_OK(socket, AF_INET, SOCK_DGRAM, 0);
  fd[1] = CALL_OK(socket, AF_INET, SOCK_DGRAM, 0);
  CALL_IS(0, bind, fd[1], calls_sa(&addr), sizeof(addr));
  to = calls_addr(0x7fffffff, calls_name(fd[1]).sin_port);
  CALL_ERR(EACCES, sendto, fd[0], "x", 1, 0, calls_sa(&to), sizeof(to));
  CALL_ERR(EACCES, connect, fd[0], calls_sa(&to), sizeof(to));
  calls_setint(fd[0], SOL_SOCKET, SO_BROADCAST, 1);
  CALL_IS(1, sendto, fd[0], "x", 1, 0, calls_sa(&to), sizeof(to));
  calls_wait(fd[1], POLLIN);
  CALL_IS(1, recv, fd[1], &byte, 1, 0);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: opts_so_linger
 *
 * Description:
 *   close() with a time of 0 resets; with a time it waits for what is on
 *   its way: as long as that if the other end does not read, and what was
 *   sent still arrives.
 *
 ****************************************************************************/

void opts_so_linger(FAR void **state)
{
  struct linger linger;
  socklen_t len = sizeof(linger);
  char byte;
  int fd[2];
  int i;

  (void)state;
  for (i = 0; i < 2; i++)
    {
      calls_pair(fd);
      len = sizeof(linger);
      CALL_IS(0, getsockopt, fd[0], SOL_SOCKET, SO_LINGER, &linger, &len);
      assert_int_equal(len, sizeof(linger));
      assert_int_equal(linger.l_onoff, 0);
      linger.l_onoff  = 1;
      linger.l_linger = 0;
      CALL_ERR(EINVAL, setsockopt, fd[0], SOL_SOCKET, SO_LINGER, &linger,
               sizeof(linger) - 1);
      CALL_ERR(EINVAL, setsockopt, fd[0], SOL_SOCKET, SO_LINGER, &linger, 0);
      linger.l_linger = i == 0 ? 0 : 5;
      CALL_IS(0, setsockopt, fd[0], SOL_SOCKET, SO_LINGER, &linger, len);
      memset(&linger, 0, sizeof(linger));
      CALL_IS(0, getsockopt, fd[0], SOL_SOCKET, SO_LINGER, &linger, &len);
      assert_int_equal(linger.l_onoff, 1);
      assert_int_equal(linger.l_linger, i == 0 ? 0 : 5);

      calls_close(fd[0]);
      calls_wait(fd[1], POLLIN);
      if (i == 0)
        {
          CALL_ERR(ECONNRESET, recv, fd[1], &byte, 1, 0);
        }
      else
        {
          CALL_IS(0, recv, fd[1], &byte, 1, 0);
        }

      calls_close(fd[1]);
    }

  linger_waits();
}

/****************************************************************************
 * Name: opts_so_sndbuf
 *
 * Description:
 *   A sender that may not wait stops when its buffer is full.
 *
 ****************************************************************************/

void opts_so_sndbuf(FAR void **state)
{
  static char data[65536];
  size_t total = 0;
  ssize_t ret;
  int fd[2];

  (void)state;
  opt_buffer(SO_SNDBUF);
  calls_pair(fd);
  calls_setint(fd[0], SOL_SOCKET, SO_SNDBUF, SMALL_BUFFER);
  calls_setint(fd[1], SOL_SOCKET, SO_RCVBUF, SMALL_BUFFER);
  do
    {
      ret = ST_CALL(send, fd[0], data, sizeof(data), MSG_DONTWAIT);
      total += ret > 0 ? ret : 0;
      assert_true(total < 64 * sizeof(data));
    }
  while (ret > 0);

  assert_int_equal(errno, EAGAIN);
  CALLS_EVENTS(fd[0], POLLOUT, 0);
  while (total > 0)
    {
      total -= CALL_OK(recv, fd[1], data, sizeof(data), 0);
    }

  assert_int_equal(calls_wait(fd[0], POLLOUT), POLLOUT);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: opts_so_rcvbuf
 *
 * Description:
 *   Datagrams that find no room are lost, and only those.
 *
 ****************************************************************************/

void opts_so_rcvbuf(FAR void **state)
{
  static char data[DATAGRAM];
  int got = 0;
  int fd[2];
  int i;

  (void)state;
  opt_buffer(SO_RCVBUF);
  calls_udp_pair(fd);
  calls_setint(fd[1], SOL_SOCKET, SO_RCVBUF, SMALL_BUFFER);
  for (i = 0; i < DATAGRAMS; i++)
    {
      data[0] = (char)i;
      CALL_IS(DATAGRAM, send, fd[0], data, DATAGRAM, 0);
    }

  calls_wait(fd[1], POLLIN);
  while (ST_CALL(recv, fd[1], data, DATAGRAM, MSG_DONTWAIT) == DATAGRAM)
    {
      assert_int_equal((unsigned char)data[0], got);
      got++;
    }

  assert_int_equal(errno, EAGAIN);
  assert_in_range(got, 1, DATAGRAMS / 4);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: opts_so_rcvtimeo
 *
 * Description:
 *   A receiver gives up.
 *
 ****************************************************************************/

void opts_so_rcvtimeo(FAR void **state)
{
  struct timeval tv =
  {
    0, 1
  };

  struct sockaddr_in addr;
  char byte;
  int fd[2];
  int listener = calls_listener(&addr);

  (void)state;
  opt_timeout(SO_RCVTIMEO);
  calls_pair(fd);
  CALL_IS(0, setsockopt, fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
  CALL_ERR(EAGAIN, recv, fd[0], &byte, 1, 0);
  CALL_ERR(EAGAIN, read, fd[0], &byte, 1);
  calls_move(fd[1], fd[0]);
  CALL_IS(0, setsockopt, listener, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
  CALL_ERR(EAGAIN, accept, listener, NULL, NULL);
  calls_close(listener);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: opts_so_sndtimeo
 *
 * Description:
 *   A sender gives up, and so does one who connects.
 *
 ****************************************************************************/

void opts_so_sndtimeo(FAR void **state)
{
  static char data[65536];
  struct timeval tv =
  {
    0, 1000
  };

  struct sockaddr_in addr;
  ssize_t ret;
  int listener;
  int i = 0;
  int fd[2];

  (void)state;
  opt_timeout(SO_SNDTIMEO);
  calls_pair(fd);
  calls_setint(fd[0], SOL_SOCKET, SO_SNDBUF, SMALL_BUFFER);
  CALL_IS(0, setsockopt, fd[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
  do
    {
      ret = ST_CALL(send, fd[0], data, sizeof(data), 0);
      assert_true(i++ < 1000);
    }
  while (ret > 0);

  assert_int_equal(ret, -1);
  assert_int_equal(errno, EAGAIN);
  calls_close_both(fd);

  listener = calls_bound(SOCK_STREAM, &addr);
  CALL_IS(0, listen, listener, 0);
  fd[0] = CALL_OK(socket, AF_INET, SOCK_STREAM, 0);
  fd[1] = CALL_OK(socket, AF_INET, SOCK_STREAM, 0);
  CALL_IS(0, connect, fd[0], calls_sa(&addr), sizeof(addr));
  CALL_IS(0, setsockopt, fd[1], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
  CALL_ERR(EINPROGRESS, connect, fd[1], calls_sa(&addr), sizeof(addr));
  calls_close_both(fd);
  calls_close(listener);
}

/****************************************************************************
 * Name: opts_so_rcvlowat
 *
 * Description:
 *   Less than so much is nothing to be read yet.
 *
 ****************************************************************************/

void opts_so_rcvlowat(FAR void **state)
{
  struct opt_int_s opt =
  {
    .level = SOL_SOCKET, .option = SO_RCVLOWAT, .types = OPT_BOTH,
    .initial = 1, .ngood = 2, .good =
    {
      { 10, 10 }, { 0, 1 }
    }
  };

  char got[8];
  int fd[2];

  (void)state;
  opts_int(&opt);
  calls_pair(fd);
  calls_setint(fd[1], SOL_SOCKET, SO_RCVLOWAT, 4);
  CALL_IS(3, send, fd[0], "abc", 3, 0);
  CALLS_EVENTS(fd[1], POLLIN, 0);
  CALL_IS(1, send, fd[0], "d", 1, 0);
  CALLS_EVENTS(fd[1], POLLIN, POLLIN);
  CALL_IS(4, recv, fd[1], got, sizeof(got), 0);
  CALL_IS(1, send, fd[0], "e", 1, 0);
  CALL_IS(0, shutdown, fd[0], SHUT_WR);
  CALLS_EVENTS(fd[1], POLLIN, POLLIN);
  CALL_IS(1, recv, fd[1], got, sizeof(got), 0);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: opts_so_type
 *
 * Description:
 *   What a socket is cannot be set.
 *
 ****************************************************************************/

void opts_so_type(FAR void **state)
{
  struct sockaddr_in addr;
  int fd;

  (void)state;
  opts_readonly(SOCK_STREAM, SOL_SOCKET, SO_TYPE, SOCK_STREAM);
  opts_readonly(SOCK_DGRAM, SOL_SOCKET, SO_TYPE, SOCK_DGRAM);
  opts_readonly(SOCK_STREAM, SOL_SOCKET, SO_DOMAIN, AF_INET);
  opts_readonly(SOCK_DGRAM, SOL_SOCKET, SO_DOMAIN, AF_INET);
  opts_readonly(SOCK_STREAM, SOL_SOCKET, SO_PROTOCOL, IPPROTO_TCP);
  opts_readonly(SOCK_DGRAM, SOL_SOCKET, SO_PROTOCOL, IPPROTO_UDP);
  opts_readonly(SOCK_STREAM, SOL_SOCKET, SO_ACCEPTCONN, 0);
  opts_readonly(SOCK_DGRAM, SOL_SOCKET, SO_ACCEPTCONN, 0);
  fd = calls_listener(&addr);
  assert_int_equal(calls_getint(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
  calls_close(fd);
}

/****************************************************************************
 * Name: opts_so_error
 *
 * Description:
 *   An error is told once, here or by the next call.
 *
 ****************************************************************************/

void opts_so_error(FAR void **state)
{
  struct sockaddr_in addr;
  int holder;
  int fd;

  (void)state;
  opts_readonly(SOCK_STREAM, SOL_SOCKET, SO_ERROR, 0);
  opts_readonly(SOCK_DGRAM, SOL_SOCKET, SO_ERROR, 0);
  addr = calls_closed_udp(&holder);
  fd = CALL_OK(socket, AF_INET, SOCK_DGRAM, 0);
  CALL_IS(0, connect, fd, calls_sa(&addr), sizeof(addr));
  CALL_IS(1, send, fd, "x", 1, 0);
  calls_wait(fd, POLLERR);
  assert_int_equal(calls_getint(fd, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
  assert_int_equal(calls_getint(fd, SOL_SOCKET, SO_ERROR), 0);
  CALL_IS(1, send, fd, "x", 1, 0);
  calls_wait(fd, POLLERR);
  CALL_ERR(ECONNREFUSED, send, fd, "x", 1, 0);
  assert_int_equal(calls_getint(fd, SOL_SOCKET, SO_ERROR), 0);
  calls_close(fd);
  calls_close(holder);
}

/****************************************************************************
 * Name: opts_so_bindtodevice
 *
 * Description:
 *   Only what goes through this interface.
 *
 ****************************************************************************/

void opts_so_bindtodevice(FAR void **state)
{
  struct sockaddr_in addr;
  char name[16];
  socklen_t len = sizeof(name);
  int fd = CALL_OK(socket, AF_INET, SOCK_DGRAM, 0);
  int other = calls_bound(SOCK_DGRAM, &addr);
  char byte;

  (void)state;
  CALL_IS(0, getsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len);
  assert_int_equal(len, 0);
  CALL_ERR(ENODEV, setsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE, "nosuch0",
           8);
  CALL_IS(0, setsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3);
  len = sizeof(name);
  CALL_IS(0, getsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len);
  assert_int_equal(len, 3);
  assert_string_equal(name, "lo");
  len = 2;
  CALL_ERR(EINVAL, getsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len);
  CALL_IS(1, sendto, fd, "x", 1, 0, calls_sa(&addr), sizeof(addr));
  calls_wait(other, POLLIN);
  CALL_IS(1, recv, other, &byte, 1, 0);
  calls_close(fd);
  calls_close(other);
}

/****************************************************************************
 * Name: opts_so_timestamp
 *
 * Description:
 *   When a datagram came.
 *
 ****************************************************************************/

void opts_so_timestamp(FAR void **state)
{
  union
  {
    struct cmsghdr hdr;
    char room[256];
  } control;

  FAR struct cmsghdr *cmsg;
  struct timeval before;
  struct timeval after;
  struct timeval tv;
  int fd[2];

  (void)state;
  opt_flag(SO_TIMESTAMP, OPT_BOTH);
  calls_udp_pair(fd);
  calls_setint(fd[1], SOL_SOCKET, SO_TIMESTAMP, 1);
  assert_int_equal(gettimeofday(&before, NULL), 0);
  CALL_IS(1, send, fd[0], "x", 1, 0);
  cmsg = opts_control(fd[1], &control, sizeof(control), SOL_SOCKET,
                      SCM_TIMESTAMP);
  assert_int_equal(gettimeofday(&after, NULL), 0);
  assert_non_null(cmsg);
  assert_int_equal(cmsg->cmsg_len, CMSG_LEN(sizeof(tv)));
  memcpy(&tv, CMSG_DATA(cmsg), sizeof(tv));
  assert_false(timercmp(&tv, &before, <));
  assert_false(timercmp(&tv, &after, >));

  calls_setint(fd[1], SOL_SOCKET, SO_TIMESTAMP, 0);
  CALL_IS(1, send, fd[0], "x", 1, 0);
  assert_null(opts_control(fd[1], &control, sizeof(control), SOL_SOCKET,
                           SCM_TIMESTAMP));
  calls_close_both(fd);
}

/****************************************************************************
 * Name: opts_so_oobinline
 *
 * Description:
 *   The urgent byte comes with the others.
 *
 ****************************************************************************/

void opts_so_oobinline(FAR void **state)
{
  char got[8];
  int fd[2];

  (void)state;
  opt_flag(SO_OOBINLINE, OPT_BOTH);
  calls_pair(fd);
  calls_setint(fd[1], SOL_SOCKET, SO_OOBINLINE, 1);
  CALL_IS(2, send, fd[0], "ab", 2, 0);
  CALL_IS(1, send, fd[0], "!", 1, MSG_OOB);
  CALL_IS(2, send, fd[0], "cd", 2, 0);
  calls_wait(fd[1], POLLPRI);
  CALL_ERR(EINVAL, recv, fd[1], got, 1, MSG_OOB);
  CALL_IS(2, recv, fd[1], got, 2, MSG_WAITALL);
  CALL_IS(1, sockatmark, fd[1]);
  CALL_IS(3, recv, fd[1], got, 3, MSG_WAITALL);
  assert_memory_equal(got, "!cd", 3);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: opts_so_dontroute
 *
 * Description:
 *   Who is on a link of one's own is reached without a router.
 *
 ****************************************************************************/

void opts_so_dontroute(FAR void **state)
{
  int fd[2];
  char byte;

  (void)state;
  opt_flag(SO_DONTROUTE, OPT_BOTH);
  calls_udp_pair(fd);
  calls_setint(fd[0], SOL_SOCKET, SO_DONTROUTE, 1);
  calls_move(fd[0], fd[1]);
  CALL_IS(1, send, fd[1], "x", 1, MSG_DONTROUTE);
  calls_wait(fd[0], POLLIN);
  CALL_IS(1, recv, fd[0], &byte, 1, 0);
  calls_close_both(fd);
}
