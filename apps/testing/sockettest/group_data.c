/****************************************************************************
 * apps/testing/sockettest/group_data.c
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

/* Group data: streams of bytes arrive complete, in order and unchanged, in
 * both directions, whatever the sizes of the calls.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sockettest.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define KIB 1024
#define MIB 1048576

/****************************************************************************
 * Private Types
 ****************************************************************************/

struct pump_s
{
  int fd;
  uint32_t stream;
  uint64_t bytes;
  size_t chunk;
  uint32_t crc;
  int err;
};

/****************************************************************************
 * Private Data
 ****************************************************************************/

/* Around the sizes of messages (100), of segments (536, 1460, 8960) and of
 * frames (9000).
 */

static const uint32_t g_sizes[] =
{
  0, 1, 2, 99, 100, 101, 535, 536, 1459, 1460, 1461, 4096, 8959, 8960, 8961,
  9000, 65535
};

#define NSIZES (sizeof(g_sizes) / sizeof(g_sizes[0]))

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: pump
 *
 * Description:
 *   A thread that sends a stream, and then its end.
 *
 ****************************************************************************/

static FAR void *pump(FAR void *arg)
{
  FAR struct pump_s *p = arg;

  p->err = st_send_stream(p->fd, p->stream, p->bytes, p->chunk, &p->crc);
  if (p->err == 0 && ST_CALL(shutdown, p->fd, SHUT_WR) < 0)
    {
      p->err = errno;
    }

  return NULL;
}

/****************************************************************************
 * Name: discard
 *
 * Description:
 *   Send so many bytes to a service that checks them.
 *
 ****************************************************************************/

static void discard(uint64_t bytes, size_t chunk)
{
  struct st_service_s service;
  uint32_t crc;
  int err;
  int fd;

  st_start(&service, "discard stream=%u", st_random(1000));
  fd = st_connect(&service);
  err = st_send_stream(fd, service.stream, bytes, chunk, &crc);
  ST_ASSERT(err == 0, "%ju bytes in chunks of %zu: %s", (uintmax_t)bytes,
            chunk, strerror(err));
  ST_OK(ST_CALL(shutdown, fd, SHUT_WR));
  st_got(&service, bytes, crc);
  st_expect_end(fd);
  st_close(fd);
}

/****************************************************************************
 * Name: source
 *
 * Description:
 *   Receive so many bytes from a service.
 *
 ****************************************************************************/

static void source(uint64_t bytes, size_t chunk, size_t theirs)
{
  struct st_service_s service;
  uint32_t crc;
  int err;
  int fd;

  st_start(&service, "source stream=%u bytes=%ju chunk=%zu", st_random(1000),
           (uintmax_t)bytes, theirs);
  fd = st_connect(&service);
  err = st_recv_stream(fd, service.stream + ST_BACK, bytes, chunk, &crc);
  ST_ASSERT(err == 0, "%ju bytes in chunks of %zu: %s", (uintmax_t)bytes,
            theirs, strerror(err));
  st_expect_end(fd);
  st_close(fd);
  st_got(&service, 0, 0);
  ST_ASSERT(service.sent == bytes && service.sentcrc == crc,
            "the peer sent %ju bytes with CRC %08x, not %ju with %08x",
            (uintmax_t)service.sent, service.sentcrc, (uintmax_t)bytes, crc);
}

/****************************************************************************
 * Name: two_ways
 *
 * Description:
 *   Send and receive at the same time.
 *
 ****************************************************************************/

static void two_ways(FAR const char *kind, uint64_t bytes, size_t chunk)
{
  bool echo = strcmp(kind, "echo") == 0;
  struct st_service_s service;
  struct st_worker_s worker;
  struct pump_s p;
  uint32_t crc;
  int err;

  if (echo)
    {
      st_start(&service, "echo stream=%u", st_random(1000));
    }
  else
    {
      st_start(&service, "%s stream=%u bytes=%ju", kind, st_random(1000),
               (uintmax_t)bytes);
    }

  p.fd     = st_connect(&service);
  p.stream = service.stream;
  p.bytes  = bytes;
  p.chunk  = chunk;
  st_worker(&worker, pump, &p);
  err = st_recv_stream(p.fd, service.stream + (echo ? 0 : ST_BACK), bytes,
                       0, &crc);
  ST_ASSERT(err == 0, "%ju bytes: %s", (uintmax_t)bytes, strerror(err));
  st_expect_end(p.fd);
  st_join(&worker);
  ST_ASSERT(p.err == 0, "sending: %s", strerror(p.err));
  st_close(p.fd);
  st_got(&service, bytes, p.crc);
  ST_ASSERT(service.sent == bytes && service.sentcrc == crc &&
            (!echo || crc == p.crc), "%s: what came is not what was sent",
            kind);
}

/****************************************************************************
 * Name: test_pattern
 *
 * Description:
 *   Goal: a wrong byte is found.  Method: change one byte anywhere, look
 *   from other offsets and in other streams, and know answers of CRC-32C.
 *
 ****************************************************************************/

static void test_pattern(FAR void **state)
{
  uint8_t buf[300];
  uint32_t crc;
  size_t i;

  (void)state;
  ST_ASSERT(st_crc32c(0, "123456789", 9) == UINT32_C(0xe3069283),
            "CRC-32C of a known text");
  st_fill(buf, sizeof(buf), 7, 1000);
  crc = st_crc32c(0, buf, sizeof(buf));
  ST_ASSERT(st_crc32c(st_crc32c(0, buf, 13), buf + 13,
            sizeof(buf) - 13) == crc, "a CRC that is continued");
  for (i = 0; i < sizeof(buf); i++)
    {
      buf[i] ^= 1 << st_random(8);
      ST_ASSERT(st_check(buf, sizeof(buf), 7, 1000) == (ssize_t)i,
                "byte %zu is wrong and that is not seen", i);
      ST_ASSERT(st_crc32c(0, buf, sizeof(buf)) != crc, "the same CRC");
      st_fill(buf + i, 1, 7, 1000 + i);
    }

  ST_ASSERT(st_check(buf, sizeof(buf), 7, 1000) == -1, "all is right");
  ST_ASSERT(st_check(buf, sizeof(buf), 8, 1000) >= 0, "another stream");
  ST_ASSERT(st_check(buf, sizeof(buf), 7, 1008) >= 0, "another offset");
  ST_ASSERT(st_check(buf, sizeof(buf), 7 + ST_BACK, 1000) >= 0,
            "the way back");
}

/****************************************************************************
 * Name: test_discard_sizes
 *
 * Description:
 *   Goal: every size arrives.  Method: a connection for each size, sent by
 *   one call.
 *
 ****************************************************************************/

static void test_discard_sizes(FAR void **state)
{
  size_t i;

  (void)state;
  for (i = 0; i < NSIZES; i++)
    {
      discard(g_sizes[i], g_sizes[i]);
    }
}

/****************************************************************************
 * Name: test_discard_1m
 *
 * Description:
 *   Goal: a stream in calls of every size.  Method: 1 MiB for each.
 *
 ****************************************************************************/

static void test_discard_1m(FAR void **state)
{
  size_t i;

  (void)state;
  for (i = 4; i < NSIZES; i += 3)
    {
      discard(g_sizes[i] < 1000 ? 64 * KIB : MIB, g_sizes[i]);
    }
}

/****************************************************************************
 * Name: test_discard_64m
 *
 * Description:
 *   Goal: nothing is lost in a long stream.  Method: 64 MiB.
 *
 ****************************************************************************/

static void test_discard_64m(FAR void **state)
{
  (void)state;
  discard(64 * MIB, 64 * KIB);
}

/****************************************************************************
 * Name: test_source_sizes
 *
 * Description:
 *   Goal: every size can be received.  Method: a connection for each.
 *
 ****************************************************************************/

static void test_source_sizes(FAR void **state)
{
  size_t i;

  (void)state;
  for (i = 0; i < NSIZES; i++)
    {
      source(g_sizes[i], 0, 64 * KIB);
    }
}

/****************************************************************************
 * Name: test_source_1m
 *
 * Description:
 *   Goal: a stream in calls of every size.  Method: as discard_1m, the
 *   other way.
 *
 ****************************************************************************/

static void test_source_1m(FAR void **state)
{
  size_t i;

  (void)state;
  for (i = 4; i < NSIZES; i += 3)
    {
      source(g_sizes[i] < 1000 ? 64 * KIB : MIB, 0, g_sizes[i]);
    }
}

/****************************************************************************
 * Name: test_source_64m
 *
 * Description:
 *   Goal and method: as discard_64m, the other way.
 *
 ****************************************************************************/

static void test_source_64m(FAR void **state)
{
  (void)state;
  source(64 * MIB, 64 * KIB, 64 * KIB);
}

/****************************************************************************
 * Name: test_echo_sizes
 *
 * Description:
 *   Goal: what is echoed is what was sent.  Method: a connection for each
 *   size.
 *
 ****************************************************************************/

static void test_echo_sizes(FAR void **state)
{
  size_t i;

  (void)state;
  for (i = 0; i < NSIZES; i++)
    {
      two_ways("echo", g_sizes[i], 0);
    }
}

/****************************************************************************
 * Name: test_echo_1m
 *
 * Description:
 *   Goal: echoes while more is sent.  Method: 1 MiB in calls of random
 *   size.
 *
 ****************************************************************************/

static void test_echo_1m(FAR void **state)
{
  (void)state;
  two_ways("echo", MIB, 0);
}

/****************************************************************************
 * Name: test_both_ways
 *
 * Description:
 *   Goal: two streams in one connection do not disturb each other. Method:
 *   4 MiB each, at the same time.
 *
 ****************************************************************************/

static void test_both_ways(FAR void **state)
{
  (void)state;
  two_ways("both", 4 * MIB, 0);
}

/****************************************************************************
 * Name: test_mix
 *
 * Description:
 *   Goal: small and large messages on the same connection.  Method: 2000
 *   sends of 100 or 9000 bytes, chosen by the seed.
 *
 ****************************************************************************/

static void test_mix(FAR void **state)
{
  struct st_service_s service;
  uint8_t buf[9000];
  uint64_t offset;
  uint32_t crc;
  size_t len;
  int one;
  int fd;
  int i;

  (void)state;
  for (one = 0; one < 2; one++)
    {
      st_start(&service, "discard stream=5");
      fd = st_connect(&service);
      ST_OK(ST_CALL(setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, &one,
                    sizeof(one)));
      offset = 0;
      crc    = 0;
      for (i = 0; i < 1000; i++)
        {
          len = st_random(2) != 0 ? 9000 : 100;
          st_fill(buf, len, 5, offset);
          crc = st_crc32c(crc, buf, len);
          ST_OK(st_send_all(fd, buf, len));
          offset += len;
        }

      ST_OK(ST_CALL(shutdown, fd, SHUT_WR));
      st_got(&service, offset, crc);
      st_expect_end(fd);
      st_close(fd);
    }
}

/****************************************************************************
 * Name: test_scatter_gather
 *
 * Description:
 *   Goal: sendmsg() and recvmsg() of many pieces keep the order.  Method:
 *   pieces of uneven sizes, empty ones among them, echoed.
 *
 ****************************************************************************/

static void test_scatter_gather(FAR void **state)
{
  static const size_t sizes[] =
  {
    1, 0, 99, 1461, 3, 0, 8960, 476
  };

  struct st_service_s service;
  struct iovec iov[8];
  struct msghdr msg;
  uint8_t out[11000];
  uint8_t in[11000];
  size_t at = 0;
  ssize_t n;
  int fd;
  int i;

  (void)state;
  st_start(&service, "echo stream=6");
  fd = st_connect(&service);
  memset(in, 0, sizeof(in));
  st_fill(out, sizeof(out), 6, 0);
  memset(&msg, 0, sizeof(msg));
  msg.msg_iov    = iov;
  msg.msg_iovlen = 8;
  for (i = 0; i < 8; i++)
    {
      iov[i].iov_base = out + at;
      iov[i].iov_len  = sizes[i];
      at += sizes[i];
    }

  n = ST_OK(ST_CALL(sendmsg, fd, &msg, MSG_NOSIGNAL));
  ST_ASSERT(n == (ssize_t)at, "sendmsg: %zd of %zu bytes", n, at);
  n = ST_OK(ST_CALL(writev, fd, iov, 8));
  ST_ASSERT(n == (ssize_t)at, "writev: %zd of %zu bytes", n, at);
  for (i = 0, at = 0; i < 8; i++)
    {
      iov[i].iov_base = in + at;
      at += sizes[i];
    }

  n = ST_OK(ST_CALL(recvmsg, fd, &msg, MSG_WAITALL));
  ST_ASSERT(n == (ssize_t)at, "recvmsg: %zd of %zu bytes", n, at);
  ST_ASSERT(memcmp(in, out, at) == 0, "not what was sent");
  ST_ASSERT(msg.msg_flags == 0, "msg_flags is %#x", msg.msg_flags);
  memset(in, 0, sizeof(in));
  ST_ASSERT(st_recv_all(fd, in, at) == (ssize_t)at, "the second part");
  ST_ASSERT(memcmp(in, out, at) == 0, "not what was sent by writev");
  st_finish(fd);
  st_result(&service);
  ST_ASSERT(service.bytes == 2 * at && service.sent == 2 * at,
            "the peer got %ju", (uintmax_t)service.bytes);
}

/****************************************************************************
 * Name: test_peek
 *
 * Description:
 *   Goal: MSG_PEEK leaves the data.  Method: look twice, then take a part,
 *   then look again.
 *
 ****************************************************************************/

static void test_peek(FAR void **state)
{
  struct st_service_s service;
  uint8_t buf[5000];
  ssize_t n;
  int fd;

  (void)state;
  st_start(&service, "source stream=7 bytes=5000");
  fd = st_connect(&service);
  n = ST_OK(ST_CALL(recv, fd, buf, sizeof(buf), MSG_PEEK | MSG_WAITALL));
  ST_ASSERT(n > 0 && st_check(buf, n, 7 + ST_BACK, 0) < 0, "the first look");
  n = ST_OK(ST_CALL(recv, fd, buf, 1, MSG_PEEK));
  ST_ASSERT(n == 1 && st_check(buf, 1, 7 + ST_BACK, 0) < 0, "one byte");
  n = st_recv_all(fd, buf, 1500);
  ST_ASSERT(n == 1500 && st_check(buf, n, 7 + ST_BACK, 0) < 0,
            "what was looked at is gone");
  n = ST_OK(ST_CALL(recv, fd, buf, 10, MSG_PEEK));
  ST_ASSERT(n > 0 && st_check(buf, n, 7 + ST_BACK, 1500) < 0, "the rest");
  n = st_recv_all(fd, buf, 3500);
  ST_ASSERT(n == 3500 && st_check(buf, n, 7 + ST_BACK, 1500) < 0,
            "the second part");
  n = ST_OK(ST_CALL(recv, fd, buf, 1, MSG_PEEK));
  ST_ASSERT(n == 0, "something behind the end");
  st_expect_end(fd);
  st_close(fd);
  st_got(&service, 0, 0);
}

/****************************************************************************
 * Name: test_waitall
 *
 * Description:
 *   Goal: MSG_WAITALL waits for all, but not behind the end.  Method: a
 *   sender that pauses between its pieces, and sends less than is asked
 *   for in the end.
 *
 ****************************************************************************/

static void test_waitall(FAR void **state)
{
  struct st_service_s service;
  uint8_t buf[4000];
  ssize_t n;
  int fd;

  (void)state;
  st_start(&service, "source stream=8 bytes=5000 chunk=1000 delay_ms=5");
  fd = st_connect(&service);
  n = ST_OK(ST_CALL(recv, fd, buf, 4000, MSG_WAITALL));
  ST_ASSERT(n == 4000, "%zd bytes instead of 4000", n);
  ST_ASSERT(st_check(buf, n, 8 + ST_BACK, 0) < 0, "wrong bytes");
  n = ST_OK(ST_CALL(recv, fd, buf, 4000, MSG_WAITALL));
  ST_ASSERT(n == 1000, "%zd bytes instead of the last 1000", n);
  ST_ASSERT(st_check(buf, n, 8 + ST_BACK, 4000) < 0, "wrong bytes");
  st_expect_end(fd);
  st_close(fd);
  st_got(&service, 0, 0);
}

/****************************************************************************
 * Name: test_cork
 *
 * Description:
 *   Goal: what is corked arrives when the cork is out.  Method: many small
 *   sends with TCP_CORK, and with MSG_MORE; the peer echoes all.
 *
 ****************************************************************************/

static void test_cork(FAR void **state)
{
  struct st_service_s service;
  uint8_t buf[1000];
  int on;
  int fd;
  int i;

  (void)state;
  st_start(&service, "echo stream=9");
  fd = st_connect(&service);
  for (on = 1; on >= 0; on--)
    {
      ST_OK(ST_CALL(setsockopt, fd, IPPROTO_TCP, TCP_CORK, &on,
                    sizeof(on)));
      for (i = 0; on && i < 10; i++)
        {
          st_fill(buf, 10, 9, i * 10);
          ST_ASSERT(ST_CALL(send, fd, buf, 10, MSG_NOSIGNAL) == 10, "send");
        }
    }

  ST_ASSERT(st_recv_all(fd, buf, 100) == 100 &&
            st_check(buf, 100, 9, 0) < 0, "what was corked");
  for (i = 10; i < 20; i++)
    {
      st_fill(buf, 10, 9, i * 10);
      ST_ASSERT(ST_CALL(send, fd, buf, 10,
                        MSG_NOSIGNAL | (i < 19 ? MSG_MORE : 0)) == 10,
                "send");
    }

  ST_ASSERT(st_recv_all(fd, buf, 100) == 100 &&
            st_check(buf, 100, 9, 100) < 0, "what was sent with MSG_MORE");
  st_finish(fd);
  st_result(&service);
  ST_ASSERT(service.bytes == 200 && service.errors == 0, "the peer");
}

/****************************************************************************
 * Name: test_slow_reader
 *
 * Description:
 *   Goal: a peer that reads slowly stops the sender, and nothing is lost.
 *   Method: small buffers there, pauses between its calls.
 *
 ****************************************************************************/

static void test_slow_reader(FAR void **state)
{
  struct st_service_s service;
  uint32_t crc;
  int err;
  int fd;

  (void)state;
  st_start(&service, "discard stream=10 rcvbuf=4096 chunk=4096 delay_ms=1");
  fd = st_connect(&service);
  err = st_send_stream(fd, 10, 256 * KIB, 9000, &crc);
  ST_ASSERT(err == 0, "%s", strerror(err));
  ST_OK(ST_CALL(shutdown, fd, SHUT_WR));
  st_got(&service, 256 * KIB, crc);
  st_expect_end(fd);
  st_close(fd);
}

/****************************************************************************
 * Name: test_urgent_sent
 *
 * Description:
 *   Goal: an urgent byte is at its place in the stream (RFC 6093).  Method:
 *   one after 9000 bytes, more behind it; the peer, which takes it with the
 *   others, tells where its mark was.
 *
 ****************************************************************************/

static void test_urgent_sent(FAR void **state)
{
  struct st_service_s service;
  uint8_t buf[9001];
  uint32_t crc;
  int fd;

  (void)state;
  st_start(&service, "discard stream=11 inline=1");
  fd = st_connect(&service);
  st_fill(buf, sizeof(buf), 11, 0);
  ST_ASSERT(st_send_all(fd, buf, 9000) == 9000, "send");
  ST_ASSERT(ST_CALL(send, fd, buf + 9000, 1, MSG_OOB | MSG_NOSIGNAL) == 1,
            "the urgent one");
  crc = st_crc32c(0, buf, 9001);
  st_fill(buf, 1000, 11, 9001);
  ST_ASSERT(st_send_all(fd, buf, 1000) == 1000, "send");
  crc = st_crc32c(crc, buf, 1000);
  ST_OK(ST_CALL(shutdown, fd, SHUT_WR));
  st_got(&service, 10001, crc);
  ST_ASSERT(st_value(&service, "mark") == 9000, "the mark was behind %jd",
            (intmax_t)st_value(&service, "mark"));
  st_expect_end(fd);
  st_close(fd);
}

/****************************************************************************
 * Name: test_urgent_apart
 *
 * Description:
 *   Goal: an urgent byte is received apart, and the stream stops at its
 *   place.  Method: the peer sends 5000 bytes, the 3001st of them urgent;
 *   a large recv() in front of it ends there.
 *
 ****************************************************************************/

static void test_urgent_apart(FAR void **state)
{
  struct st_service_s service;
  uint8_t buf[5000];
  size_t got = 0;
  uint8_t byte;
  ssize_t n;
  int fd;

  (void)state;
  st_start(&service, "source stream=12 bytes=5000 urgent=3001");
  fd = st_connect(&service);
  ST_ASSERT((st_poll(fd, POLLPRI, 20000) & POLLPRI) != 0, "nothing urgent");
  ST_ASSERT(ST_CALL(recv, fd, &byte, 1, MSG_OOB) == 1, "no urgent byte: %s",
            strerror(errno));
  ST_ASSERT(st_check(&byte, 1, 12 + ST_BACK, 3000) < 0, "another byte");
  ST_ERRNO(ST_CALL(recv, fd, &byte, 1, MSG_OOB), EINVAL);
  while (got < 3000)
    {
      ST_ASSERT(ST_CALL(sockatmark, fd) == 0, "the mark is at %zu", got);
      n = ST_OK(ST_CALL(recv, fd, buf + got, sizeof(buf) - got, 0));
      ST_ASSERT(n > 0, "the end after %zu", got);
      got += n;
    }

  ST_ASSERT(got == 3000, "%zu bytes: across the mark", got);
  ST_ASSERT(st_check(buf, got, 12 + ST_BACK, 0) < 0, "wrong bytes");
  ST_ASSERT(ST_CALL(sockatmark, fd) == 1, "no mark");
  ST_ASSERT(st_recv_all(fd, buf, 1999) == 1999 &&
            st_check(buf, 1999, 12 + ST_BACK, 3001) < 0,
            "wrong bytes behind the mark");
  st_expect_end(fd);
  st_close(fd);
  st_got(&service, 0, 0);
}

/****************************************************************************
 * Name: test_urgent_inline
 *
 * Description:
 *   Goal: with SO_OOBINLINE an urgent byte comes with the others.  Method:
 *   the peer connects here, so that the option is there before the first
 *   byte, and sends 5000 bytes, the last of them urgent.
 *
 ****************************************************************************/

static void test_urgent_inline(FAR void **state)
{
  struct st_service_s service;
  uint8_t buf[5000];
  uint16_t port;
  size_t got = 0;
  int marks = 0;
  int one = 1;
  int listener;
  ssize_t n;
  int fd;

  (void)state;
  listener = st_listen(1, &port);
  ST_OK(ST_CALL(setsockopt, listener, SOL_SOCKET, SO_OOBINLINE, &one,
                sizeof(one)));
  st_start(&service, "source stream=13 bytes=5000 urgent=5000 connect=%u",
           port);
  fd = st_accept(listener);
  ST_ASSERT((st_poll(fd, POLLPRI, 20000) & POLLPRI) != 0, "nothing urgent");
  ST_ERRNO(ST_CALL(recv, fd, buf, 1, MSG_OOB), EINVAL);
  while (got < sizeof(buf))
    {
      if (ST_CALL(sockatmark, fd) == 1)
        {
          ST_ASSERT(got == 4999, "the mark is at %zu", got);
          marks++;
        }

      n = ST_OK(ST_CALL(recv, fd, buf + got, sizeof(buf) - got, 0));
      ST_ASSERT(n > 0, "the end after %zu", got);
      got += n;
    }

  ST_ASSERT(marks == 1, "%d marks", marks);
  ST_ASSERT(st_check(buf, got, 13 + ST_BACK, 0) < 0, "wrong bytes");
  st_expect_end(fd);
  st_close(fd);
  st_close(listener);
  st_got(&service, 0, 0);
}

/****************************************************************************
 * Public Data
 ****************************************************************************/

const struct st_test_s g_st_data[] =
{
  ST_TEST(pattern, 0, NULL, "a wrong byte is found"),
  ST_TEST(discard_sizes, ST_NEEDS_PEER, "pattern", "every size is sent"),
  ST_TEST(source_sizes, ST_NEEDS_PEER, "pattern", "every size is received"),
  ST_TEST(echo_sizes, ST_NEEDS_PEER, "pattern", "every size comes back"),
  ST_TEST(discard_1m, ST_NEEDS_PEER, "discard_sizes",
          "1 MiB sent by calls of each size"),
  ST_TEST(source_1m, ST_NEEDS_PEER, "source_sizes",
          "1 MiB received of calls of each size"),
  ST_TEST(echo_1m, ST_NEEDS_PEER, "echo_sizes",
          "1 MiB by calls of random size comes back"),
  ST_TEST(both_ways, ST_NEEDS_PEER, "echo_sizes",
          "4 MiB both ways at the same time"),
  ST_TEST(mix, ST_NEEDS_PEER, "discard_sizes", "100 and 9000 bytes mixed"),
  ST_TEST(scatter_gather, ST_NEEDS_PEER, "echo_sizes",
          "messages of many pieces"),
  ST_TEST(peek, ST_NEEDS_PEER, "source_sizes", "MSG_PEEK leaves the data"),
  ST_TEST(waitall, ST_NEEDS_PEER, "source_sizes",
          "MSG_WAITALL waits for all"),
  ST_TEST(cork, ST_NEEDS_PEER, "echo_sizes",
          "TCP_CORK and MSG_MORE hold back, and let go"),
  ST_TEST(urgent_sent, ST_NEEDS_PEER, "discard_sizes",
          "an urgent byte arrives at its place"),
  ST_TEST(urgent_apart, ST_NEEDS_PEER, "source_sizes",
          "an urgent byte beside the stream"),
  ST_TEST(urgent_inline, ST_NEEDS_PEER, "source_sizes",
          "an urgent byte in the stream"),
  ST_TEST(slow_reader, ST_NEEDS_PEER, "discard_sizes",
          "a slow reader loses nothing"),
  ST_TEST(discard_64m, ST_NEEDS_PEER, "discard_1m", "64 MiB sent"),
  ST_TEST(source_64m, ST_NEEDS_PEER, "source_1m", "64 MiB received"),
  ST_TESTS_END
};
