/****************************************************************************
 * apps/testing/sockettest/group_exhaust.c
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

/* Group exhaust: no memory.
 *
 * Goal: what cannot be had is refused with a clear errno, or waited for;
 * nothing hangs, nothing is lost, and afterwards everything is as before.
 * Method: receivers that do not read, so that senders fill what there is (a
 * kernel with a pool of 36 buffers, configs/sim-small, is full soon); and
 * allocations of the kernel that fail on demand, each one in turn
 * (/proc/fail-nth; skipped where there is no such file).
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockettest.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define FAIL_NTH   "/proc/fail-nth"
#define CONNS      8
#define MOST       (4 * 1024 * 1024) /* A connection holds less than that */
#define LIMIT      120

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: fill_up
 *
 * Description:
 *   Send until there is no more room; how much went.
 *
 ****************************************************************************/

static uint64_t fill_up(int fd, uint32_t stream, FAR uint32_t *crc)
{
  uint8_t buf[4096];
  uint64_t sent = 0;
  unsigned int idle = 0;

  st_nonblock(fd, true);
  while (sent < MOST && idle < 3)
    {
      ssize_t n;

      st_fill(buf, sizeof(buf), stream, sent);
      n = ST_CALL(send, fd, buf, sizeof(buf), MSG_NOSIGNAL);
      if (n > 0)
        {
          *crc  = st_crc32c(*crc, buf, (size_t)n);
          sent += (uint64_t)n;
          idle  = 0;
        }
      else
        {
          ST_ASSERT(errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM,
                    "sending to a full connection: %s", strerror(errno));
          idle += st_poll(fd, POLLOUT, 100) == 0;
        }
    }

  st_nonblock(fd, false);
  return sent;
}

/****************************************************************************
 * Name: exhaust_unread
 *
 * Description:
 *   Nobody reads from many connections: their senders come to a stop, and one
 *   more connection still works beside them.  Then all is read.
 *
 ****************************************************************************/

static void exhaust_unread(FAR void **state)
{
  struct st_service_s source[CONNS];
  struct st_service_s echo;
  uint8_t buf[1000];
  uint64_t start;
  uint32_t crc;
  unsigned int i;
  int fd[CONNS];
  int one;
  int err;

  UNUSED(state);
  for (i = 0; i < CONNS; i++)
    {
      st_start(&source[i], "source bytes=%u stream=%u", 256 * 1024, i);
      fd[i] = st_connect(&source[i]);
      st_limit(fd[i], LIMIT);
    }

  usleep(300000);                    /* They fill what there is */
  st_start(&echo, "echo stream=100");
  one = st_connect(&echo);
  st_limit(one, LIMIT);
  st_fill(buf, sizeof(buf), 100, 0);
  ST_ASSERT(st_send_all(one, buf, sizeof(buf)) == sizeof(buf),
            "sending beside full connections: %s", strerror(errno));
  memset(buf, 0, sizeof(buf));
  ST_ASSERT(st_recv_all(one, buf, sizeof(buf)) == sizeof(buf),
            "receiving beside full connections: %s", strerror(errno));
  ST_ASSERT(st_check(buf, sizeof(buf), 100, 0) == -1, "wrong bytes");
  ST_OK(ST_CALL(shutdown, one, SHUT_WR));
  st_expect_end(one);
  st_close(one);
  st_result(&echo);

  for (i = 0; i < CONNS; i++)
    {
      crc = 0;
      start = st_now();
      err = st_recv_stream(fd[i], i + ST_BACK, 256 * 1024, 0, &crc);
      st_note("connection %u: read in %llu ms", i,
              (unsigned long long)(st_now() - start));
      ST_ASSERT(err == 0, "reading at last: %s", strerror(err));
      st_expect_end(fd[i]);
      st_close(fd[i]);
      st_result(&source[i]);
      ST_ASSERT(source[i].sentcrc == crc && source[i].errors == 0,
                "the peer says: %s", source[i].text);
    }
}

/****************************************************************************
 * Name: exhaust_senders
 *
 * Description:
 *   We send to peers that never read: all senders come to a stop.  Then to
 *   some that read slowly: these come to an end, beside the others.
 *
 ****************************************************************************/

static void exhaust_senders(FAR void **state)
{
  struct st_service_s stuck[CONNS];
  struct st_service_s slow;
  uint32_t crc = 0;
  unsigned int i;
  int fd[CONNS];
  int one;
  int err;

  UNUSED(state);
  for (i = 0; i < CONNS; i++)
    {
      st_start(&stuck[i], "discard stream=%u noaccept=1", i);
      fd[i] = st_connect(&stuck[i]);
      ST_ASSERT(fill_up(fd[i], i, &crc) > 0, "nothing could be sent");
    }

  crc = 0;
  st_start(&slow, "discard stream=100 delay_ms=5 chunk=4096 rcvbuf=8192");
  one = st_connect(&slow);
  st_limit(one, LIMIT);
  err = st_send_stream(one, 100, 64 * 1024, 0, &crc);
  ST_ASSERT(err == 0, "sending beside full connections: %s", strerror(err));
  ST_OK(ST_CALL(shutdown, one, SHUT_WR));
  st_expect_end(one);
  st_close(one);
  st_got(&slow, 64 * 1024, crc);

  for (i = 0; i < CONNS; i++)
    {
      st_stop(&stuck[i]);
      st_close(fd[i]);
    }
}

/****************************************************************************
 * Name: exhaust_both
 *
 * Description:
 *   Both sides send and nobody reads; then one gives up with a reset.
 *   Nothing of what was in all the queues stays.
 *
 ****************************************************************************/

static void exhaust_both(FAR void **state)
{
  struct st_service_s source[CONNS];
  struct linger linger =
  {
    1, 0
  };

  uint32_t crc = 0;
  unsigned int i;
  int fd[CONNS];

  UNUSED(state);
  for (i = 0; i < CONNS; i++)
    {
      st_start(&source[i], "source bytes=%u stream=%u", 1024 * 1024, i);
      fd[i] = st_connect(&source[i]);
      ST_ASSERT(fill_up(fd[i], i, &crc) > 0, "nothing could be sent");
    }

  for (i = 0; i < CONNS; i++)
    {
      ST_OK(ST_CALL(setsockopt, fd[i], SOL_SOCKET, SO_LINGER, &linger,
                    sizeof(linger)));
      st_close(fd[i]);
      st_stop(&source[i]);
    }
}

/****************************************************************************
 * Name: arm
 *
 * Description:
 *   Have the n-th allocation from now on fail; 0: none.  That one can be of
 *   this call itself, and then no other fails.
 *
 ****************************************************************************/

static void arm(int fd, unsigned int n)
{
  char text[16];
  int len = snprintf(text, sizeof(text), "%u\n", n);
  ssize_t ret = write(fd, text, (size_t)len);

  if (ret < 0 && errno == ENOMEM)
    {
      ret = write(fd, text, (size_t)len);
    }

  ST_ASSERT(ret == len, FAIL_NTH ": %s", strerror(errno));
}

/****************************************************************************
 * Name: left
 *
 * Description:
 *   How far the count is from the failure; 0: it has happened.  To ask can
 *   need an allocation, which then is the one that fails: what was done
 *   before has not met it.
 *
 ****************************************************************************/

static unsigned long left(int fd)
{
  char text[16];
  ssize_t n;

  n = lseek(fd, 0, SEEK_SET) == 0 ? read(fd, text, sizeof(text) - 1) : -1;
  if (n < 0 && errno == ENOMEM)
    {
      return 1;
    }

  ST_ASSERT(n > 0, FAIL_NTH ": %s",
            n < 0 ? strerror(errno) : "nothing to read");
  text[n] = '\0';
  return strtoul(text, NULL, 10);
}

/****************************************************************************
 * Name: clear_errno
 *
 * Description:
 *   Errors that tell of memory, or of what is had for want of it.
 *
 ****************************************************************************/

static bool clear_errno(int err)
{
  return err == ENOMEM || err == ENOBUFS || err == EAGAIN ||
         err == ENFILE || err == EMFILE;
}

/****************************************************************************
 * Name: sockets
 *
 * Description:
 *   What is done with each allocation failing in turn: false and errno, or
 *   true.  Sockets of all kinds, and a listener.
 *
 ****************************************************************************/

static bool sockets(FAR const struct st_service_s *service)
{
  struct sockaddr_in any;
  int udp = ST_CALL(socket, AF_INET, SOCK_DGRAM, 0);
  int tcp = udp < 0 ? -1 : ST_CALL(socket, AF_INET, SOCK_STREAM, 0);
  bool ok = false;
  int err;

  UNUSED(service);
  memset(&any, 0, sizeof(any));
  any.sin_family = AF_INET;
  if (tcp >= 0)
    {
      ok = ST_CALL(bind, udp, (FAR struct sockaddr *)&any,
                   sizeof(any)) == 0 &&
           ST_CALL(bind, tcp, (FAR struct sockaddr *)&any,
                   sizeof(any)) == 0 &&
           ST_CALL(listen, tcp, 4) == 0;
    }

  err = errno;
  if (tcp >= 0)
    {
      ST_CALL(close, tcp);
    }

  if (udp >= 0)
    {
      ST_CALL(close, udp);
    }

  errno = err;
  return ok;
}

/****************************************************************************
 * Name: conversation
 *
 * Description:
 *   The same: a connection, a question and its answer.
 *
 ****************************************************************************/

static bool conversation(FAR const struct st_service_s *service)
{
  struct sockaddr_in to = st_peer(service->port);
  struct timeval limit =
  {
    ST_TIMEOUT, 0
  };

  uint8_t buf[500];
  bool ok = false;
  int err;
  int fd = ST_CALL(socket, AF_INET, SOCK_STREAM, 0);

  if (fd < 0)
    {
      return false;
    }

  st_fill(buf, sizeof(buf), service->stream, 0);
  if (ST_CALL(setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
              sizeof(limit)) == 0 &&
      ST_CALL(setsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &limit,
              sizeof(limit)) == 0 &&
      ST_CALL(connect, fd, (FAR struct sockaddr *)&to, sizeof(to)) == 0 &&
      st_send_all(fd, buf, sizeof(buf)) == sizeof(buf))
    {
      memset(buf, 0, sizeof(buf));
      ok = st_recv_all(fd, buf, sizeof(buf)) == sizeof(buf) &&
           st_check(buf, sizeof(buf), service->stream, 0) == -1;
    }

  err = errno;
  ST_CALL(close, fd);
  errno = err;
  return ok;
}

/****************************************************************************
 * Name: of_this_host
 *
 * Description:
 *   Whether the server is of the kernel whose allocations fail.
 *
 ****************************************************************************/

static bool of_this_host(void)
{
  struct sockaddr_in to = st_peer(ST_PORT);
  struct sockaddr_in from;
  socklen_t len = sizeof(from);
  int fd = st_socket(SOCK_DGRAM);

  ST_OK(ST_CALL(connect, fd, (FAR struct sockaddr *)&to, sizeof(to)));
  ST_OK(ST_CALL(getsockname, fd, (FAR struct sockaddr *)&from, &len));
  st_close(fd);
  return from.sin_addr.s_addr == to.sin_addr.s_addr;
}

/****************************************************************************
 * Name: each_failing
 *
 * Description:
 *   Do something again and again, with the n-th allocation failing, for each
 *   n until it needs no more.  Where it fails the errno tells of memory; once
 *   it is over it works as before.
 *
 ****************************************************************************/

static void each_failing(CODE bool (*act)(FAR const struct st_service_s *),
                         FAR const struct st_service_s *service,
                         unsigned int least)
{
  unsigned int n;
  bool failed = true;
  bool ok;
  int err;
  int fd = open(FAIL_NTH, O_RDWR);

  if (fd < 0)
    {
      st_skip("there is no %s: allocations do not fail on demand", FAIL_NTH);
    }

  for (n = 1; failed; n++)
    {
      arm(fd, n);
      errno  = 0;
      ok     = act(service);
      err    = errno;
      failed = left(fd) == 0;
      arm(fd, 0);
      ST_ASSERT(ok || (failed && clear_errno(err)),
                "allocation %u: %s", n, strerror(err));
      ST_ASSERT(n < 10000, "it never has enough");
    }

  close(fd);
  ST_ASSERT(n > least, "only %u allocations", n);
  ST_ASSERT(act(service), "it does not work any more: %s", strerror(errno));
}

static void exhaust_failing_sockets(FAR void **state)
{
  UNUSED(state);
  each_failing(sockets, NULL, 3);
}

static void exhaust_failing_connection(FAR void **state)
{
  struct st_service_s echo;

  UNUSED(state);
  if (access(FAIL_NTH, F_OK) == 0 && of_this_host())
    {
      st_skip("the server is of this kernel: its allocations would fail");
    }

  st_start(&echo, "echo stream=7 conns=0 timeout=%u", 3600);
  each_failing(conversation, &echo, 3);
  st_stop(&echo);
}

/* A line of the table */

#define EXHAUST_TEST(name, needs, after, about) \
  { #name, exhaust_##name, about, needs, after }

/****************************************************************************
 * Public Data
 ****************************************************************************/

const struct st_test_s g_st_exhaust[] =
{
  EXHAUST_TEST(unread, ST_NEEDS_PEER, NULL,
               "nobody reads; one more connection works"),
  EXHAUST_TEST(senders, ST_NEEDS_PEER, NULL,
               "senders whose peer is slow stop, and end"),
  EXHAUST_TEST(both, ST_NEEDS_PEER, "unread senders",
               "both sides send, nobody reads, then a reset"),
  EXHAUST_TEST(failing_sockets, 0, NULL,
               "each allocation of opening sockets fails in turn"),
  EXHAUST_TEST(failing_connection, ST_NEEDS_PEER, "failing_sockets",
               "each allocation of a conversation fails in turn"),
  ST_TESTS_END
};
