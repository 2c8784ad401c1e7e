/****************************************************************************
 * apps/testing/sockettest/group_mixed.c
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

/* Group mixed: everything at once.
 *
 * Goal: streams of full segments, a stream of small datagrams and many small
 * conversations share one pool of buffers, and none of them starves.
 * Method: threads, each with sockets of its own, and one that judges.  The
 * bulk streams go on until the conversations are over, or BULK bytes have
 * gone, so these had to get along beside them; and the conversations until
 * each stream has moved something, so it had to get along beside them.  What
 * each has moved is counted.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockettest.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define CONVERSATIONS 50
#define ROUNDS        20             /* Of each conversation, at least */
#define PAUSE         5              /* Milliseconds between further ones */
#define DATAGRAM      100
#define DATAGRAM_STEP 65536          /* Of the payload, for the next one */
#define DATAGRAMS     400
#define CHUNK         8960           /* What a jumbo frame carries */
#define BULK          (32 * 1024 * 1024)
#define LEAST         (10 * CHUNK)   /* Of each stream */
#define LIMIT         120

/****************************************************************************
 * Private Types
 ****************************************************************************/

/* A bulk stream, in the direction of "up" */

struct bulk_s
{
  struct st_worker_s worker;
  FAR volatile bool *over;
  volatile bool enough;              /* LEAST bytes, or no more will come */
  int fd;
  uint32_t stream;
  bool up;
  uint64_t bytes;
  uint32_t crc;
  int err;
};

/* Datagrams that a peer sends back */

struct small_s
{
  struct st_worker_s worker;
  int fd;
  uint32_t stream;
  unsigned int back;
  unsigned int wrong;
  int err;
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: bulk
 *
 * Description:
 *   Send, or receive, until it is over, or BULK bytes have gone.
 *
 ****************************************************************************/

static FAR void *bulk(FAR void *arg)
{
  FAR struct bulk_s *b = arg;
  uint8_t buf[CHUNK];

  while (!*b->over && b->bytes < BULK)
    {
      ssize_t n;

      if (b->up)
        {
          st_fill(buf, sizeof(buf), b->stream, b->bytes);
          n = st_send_all(b->fd, buf, sizeof(buf));
        }
      else
        {
          n = ST_CALL(recv, b->fd, buf, sizeof(buf), 0);
          if (n > 0 && st_check(buf, (size_t)n, b->stream + ST_BACK,
                                b->bytes) >= 0)
            {
              b->err = EILSEQ;
              break;
            }

          if (n == 0)
            {
              break;
            }
        }

      if (n < 0)
        {
          b->err = errno;
          break;
        }

      b->crc = st_crc32c(b->crc, buf, (size_t)n);
      b->bytes += (uint64_t)n;
      b->enough = b->bytes >= LEAST;
    }

  b->enough = true;
  return NULL;
}

/****************************************************************************
 * Name: comes
 *
 * Description:
 *   Whether a datagram comes within a moment.
 *
 ****************************************************************************/

static bool comes(int fd)
{
  struct pollfd p =
  {
    .fd = fd,
    .events = POLLIN
  };

  return ST_CALL(poll, &p, 1, 200) == 1;
}

/****************************************************************************
 * Name: small
 *
 * Description:
 *   Datagrams at the pace at which they come back; one that does not come
 *   within a moment is lost, as datagrams may be, or late: each has its
 *   number (see st_ctrl.c), so it is known what must be in it.
 *
 ****************************************************************************/

static FAR void *small(FAR void *arg)
{
  FAR struct small_s *s = arg;
  uint8_t buf[DATAGRAM];
  uint32_t index;
  unsigned int i;

  for (i = 0; i < DATAGRAMS && s->err == 0; i++)
    {
      index = htonl(i);
      memcpy(buf, &index, sizeof(index));
      st_fill(buf + sizeof(index), sizeof(buf) - sizeof(index), s->stream,
              (uint64_t)i * DATAGRAM_STEP);
      if (ST_CALL(send, s->fd, buf, sizeof(buf), 0) != sizeof(buf))
        {
          s->err = errno;
        }
      else if (comes(s->fd))
        {
          ssize_t n;

          memset(buf, 0, sizeof(buf));
          n = ST_CALL(recv, s->fd, buf, sizeof(buf), 0);
          memcpy(&index, buf, sizeof(index));
          s->back++;
          s->wrong += n != sizeof(buf) || ntohl(index) > i ||
                      st_check(buf + sizeof(index),
                               sizeof(buf) - sizeof(index), s->stream,
                               (uint64_t)ntohl(index) * DATAGRAM_STEP) >= 0;
        }
    }

  return NULL;
}

/****************************************************************************
 * Name: converse
 *
 * Description:
 *   A round of all conversations: each asks, then each gets its answer.
 *
 ****************************************************************************/

static void converse(FAR const int *fd, FAR const struct st_service_s *echo,
                     unsigned int round)
{
  uint8_t buf[128];
  unsigned int i;

  for (i = 0; i < CONVERSATIONS; i++)
    {
      st_fill(buf, sizeof(buf), st_stream(echo, fd[i]),
              (uint64_t)round * sizeof(buf));
      ST_ASSERT(st_send_all(fd[i], buf, sizeof(buf)) == sizeof(buf),
                "conversation %u, round %u: asking: %s", i, round,
                strerror(errno));
    }

  for (i = 0; i < CONVERSATIONS; i++)
    {
      memset(buf, 0, sizeof(buf));
      ST_ASSERT(st_recv_all(fd[i], buf, sizeof(buf)) == sizeof(buf),
                "conversation %u, round %u: no answer: %s", i, round,
                strerror(errno));
      ST_ASSERT(st_check(buf, sizeof(buf), st_stream(echo, fd[i]),
                         (uint64_t)round * sizeof(buf)) == -1,
                "conversation %u, round %u: wrong answer", i, round);
    }
}

/****************************************************************************
 * Name: mixed_progress
 *
 * Description:
 *   One stream each way, datagrams, and fifty conversations.
 *
 ****************************************************************************/

static void mixed_progress(FAR void **state)
{
  struct st_service_s discard;
  struct st_service_s source;
  struct st_service_s udp;
  struct st_service_s echo;
  struct sockaddr_in to;
  struct bulk_s up;
  struct bulk_s down;
  struct small_s datagrams;
  volatile bool over = false;
  int fd[CONVERSATIONS];
  uint64_t begin;
  unsigned int i;

  UNUSED(state);
  memset(&up, 0, sizeof(up));
  memset(&down, 0, sizeof(down));
  memset(&datagrams, 0, sizeof(datagrams));

  st_start(&discard, "discard stream=1 timeout=%u", LIMIT);
  st_start(&source, "source stream=2 bytes=%u timeout=%u", BULK, LIMIT);
  st_start(&udp, "udp-echo stream=3 timeout=%u", LIMIT);
  st_start(&echo, "echo stream=4 perconn=1 conns=%u timeout=%u",
           CONVERSATIONS, LIMIT);

  for (i = 0; i < CONVERSATIONS; i++)
    {
      fd[i] = st_connect(&echo);
      st_limit(fd[i], LIMIT);
    }

  up.fd         = st_connect(&discard);
  up.up         = true;
  up.over       = &over;
  up.stream     = 1;
  down.fd       = st_connect(&source);
  down.over     = &over;
  down.stream   = 2;
  datagrams.fd  = st_socket(SOCK_DGRAM);
  datagrams.stream = 3;
  to            = st_peer(udp.port);
  ST_OK(ST_CALL(connect, datagrams.fd, (FAR struct sockaddr *)&to,
                sizeof(to)));
  st_limit(up.fd, LIMIT);
  st_limit(down.fd, LIMIT);

  begin = st_now();
  st_worker(&up.worker, bulk, &up);
  st_worker(&down.worker, bulk, &down);
  st_worker(&datagrams.worker, small, &datagrams);
  for (i = 0; i < ROUNDS || ((!up.enough || !down.enough) &&
                             st_now() - begin < LIMIT * 1000 / 2); i++)
    {
      if (i >= ROUNDS)
        {
          poll(NULL, 0, PAUSE);
        }

      converse(fd, &echo, i);
    }

  st_join(&datagrams.worker);
  over = true;
  st_join(&up.worker);
  st_join(&down.worker);

  for (i = 0; i < CONVERSATIONS; i++)
    {
      ST_OK(ST_CALL(shutdown, fd[i], SHUT_WR));
      st_expect_end(fd[i]);
      st_close(fd[i]);
    }

  ST_OK(ST_CALL(shutdown, up.fd, SHUT_WR));
  st_expect_end(up.fd);
  st_close(up.fd);
  st_close(down.fd);
  st_close(datagrams.fd);

  ST_ASSERT(up.err == 0, "the stream to the peer: %s", strerror(up.err));
  ST_ASSERT(down.err == 0, "the stream from the peer: %s",
            strerror(down.err));
  ST_ASSERT(datagrams.err == 0, "datagrams: %s", strerror(datagrams.err));
  st_got(&discard, up.bytes, up.crc);
  st_stop(&source);
  st_stop(&udp);
  ST_ASSERT(udp.errors == 0, "the peer of the datagrams says: %s", udp.text);
  st_result(&echo);
  ST_ASSERT(echo.errors == 0 && echo.conns == CONVERSATIONS,
            "the peer says: %s", echo.text);
  ST_ASSERT(up.bytes >= LEAST, "the stream to the peer has starved: "
            "%llu bytes", (unsigned long long)up.bytes);
  ST_ASSERT(down.bytes >= LEAST, "the stream from the peer has "
            "starved: %llu bytes", (unsigned long long)down.bytes);
  ST_ASSERT(datagrams.wrong == 0, "%u datagrams came back wrong",
            datagrams.wrong);
  ST_ASSERT(datagrams.back >= DATAGRAMS / 2, "datagrams have starved: %u of "
            "%u came back", datagrams.back, DATAGRAMS);
}

/****************************************************************************
 * Name: mixed_sizes
 *
 * Description:
 *   Messages of 100 and of 9000 bytes, by chance, on one connection.
 *
 ****************************************************************************/

static void mixed_sizes(FAR void **state)
{
  uint8_t buf[9000];
  struct st_service_s echo;
  uint64_t offset = 0;
  unsigned int i;
  int fd;

  UNUSED(state);
  st_start(&echo, "echo stream=5");
  fd = st_connect(&echo);
  st_limit(fd, LIMIT);
  for (i = 0; i < 200; i++)
    {
      size_t len = st_random(2) == 0 ? 100 : sizeof(buf);

      st_fill(buf, len, 5, offset);
      ST_ASSERT(st_send_all(fd, buf, len) == (ssize_t)len, "sending: %s",
                strerror(errno));
      memset(buf, 0, len);
      ST_ASSERT(st_recv_all(fd, buf, len) == (ssize_t)len, "receiving: %s",
                strerror(errno));
      ST_ASSERT(st_check(buf, len, 5, offset) == -1, "message %u is wrong",
                i);
      offset += len;
    }

  st_finish(fd);
  st_result(&echo);
  ST_ASSERT(echo.bytes == offset && echo.errors == 0, "the peer says: %s",
            echo.text);
}

/* A line of the table */

#define MIXED_TEST(name, needs, after, about) \
  { #name, mixed_##name, about, needs, after }

/****************************************************************************
 * Public Data
 ****************************************************************************/

const struct st_test_s g_st_mixed[] =
{
  MIXED_TEST(sizes, ST_NEEDS_PEER, NULL,
             "messages of 100 and 9000 bytes on a connection"),
  MIXED_TEST(progress, ST_NEEDS_PEER, "sizes",
             "streams, datagrams and 50 conversations: none starves"),
  ST_TESTS_END
};
