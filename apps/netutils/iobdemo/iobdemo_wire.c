/****************************************************************************
 * apps/netutils/iobdemo/iobdemo_wire.c
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

/* The protocol of iobdemo, version 1.
 *
 * One TCP connection, port 5472 if none is told.  First a line of text each:
 *
 *   client   iobdemo VERSION SEED
 *   server   iobdemo VERSION ok                 or
 *            iobdemo VERSION refused REASON     and the end
 *
 * A server that is asked for a version that it does not speak refuses, and
 * tells its own.  A client takes anything else for no server of this kind.
 *
 * Then bursts of messages.  A burst is "count" messages of "size" bytes with
 * nothing between them, at most IOBDEMO_BURST bytes, and goes when the other
 * end is ready to measure: it leaves the burst unread until all of it has
 * come (or nothing comes any more), looks at the memory, and reads.
 *
 *   client                          server
 *   STAT                            REPORT: counts since the start
 *   REQUEST size count first        READY
 *   the burst                       REPORT: how it came; wrong messages
 *   WANT size count first           the burst
 *
 * A head has 88 bytes, numbers in network order: kind, size, count, wrong (32
 * bits each), first, unread, held, views, frames, copied, resent, sent,
 * received (64 bits each, all ones: not known).  What a kind does not need
 * is zero.  The client ends the connection.
 *
 * Byte i of message m is a function of the seed, the direction, m, and i.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include <arpa/inet.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "iobdemo.h"
#include "netlib.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: wire_deadline
 *
 * Description:
 *   Until when something has to come or go.
 *
 ****************************************************************************/

static uint64_t wire_deadline(unsigned int seconds)
{
  return netlib_now() + seconds * NETLIB_SEC;
}

/****************************************************************************
 * Name: wire_put32
 *
 * Description:
 *   Store a number, and go on behind it.
 *
 ****************************************************************************/

static void wire_put32(FAR uint8_t **at, uint32_t value)
{
  value = htonl(value);
  memcpy(*at, &value, sizeof(value));
  *at += sizeof(value);
}

/****************************************************************************
 * Name: wire_get32
 *
 * Description:
 *   Load one.
 *
 ****************************************************************************/

static uint32_t wire_get32(FAR const uint8_t **at)
{
  uint32_t value;

  memcpy(&value, *at, sizeof(value));
  *at += sizeof(value);
  return ntohl(value);
}

/****************************************************************************
 * Name: wire_put64
 *
 * Description:
 *   Store a long one.
 *
 ****************************************************************************/

static void wire_put64(FAR uint8_t **at, uint64_t value)
{
  wire_put32(at, (uint32_t)(value >> 32));
  wire_put32(at, (uint32_t)value);
}

/****************************************************************************
 * Name: wire_get64
 *
 * Description:
 *   Load a long one.
 *
 ****************************************************************************/

static uint64_t wire_get64(FAR const uint8_t **at)
{
  uint64_t high = wire_get32(at);

  return high << 32 | wire_get32(at);
}

/****************************************************************************
 * Name: wire_send
 *
 * Description:
 *   Send and count.
 *
 ****************************************************************************/

static int wire_send(FAR struct iobdemo_peer_s *peer, FAR const void *data,
                     size_t len)
{
  int ret = netlib_sendall(peer->wait, peer->fd, data, len,
                           wire_deadline(IOBDEMO_PATIENCE));

  if (ret == 0)
    {
      peer->sent += len;
    }

  return ret;
}

/****************************************************************************
 * Name: wire_recv
 *
 * Description:
 *   Receive and count.
 *
 ****************************************************************************/

static int wire_recv(FAR struct iobdemo_peer_s *peer, FAR void *data,
                     size_t len)
{
  int ret = netlib_recvall(peer->wait, peer->fd, data, len,
                           wire_deadline(IOBDEMO_PATIENCE));

  if (ret == 0)
    {
      peer->received += len;
    }

  return ret;
}

/****************************************************************************
 * Name: wire_fill
 *
 * Description:
 *   The bytes of a message: a counter, mixed.
 *
 ****************************************************************************/

static void wire_fill(FAR uint8_t *data, size_t len, uint32_t seed,
                      uint64_t number, bool back)
{
  uint64_t key = ((uint64_t)seed << 32 | 0x9e3779b9u) ^
                 (number * 2 + back) * UINT64_C(0xd1342543de82ef95);
  uint64_t word = 0;
  size_t i;

  for (i = 0; i < len; i++)
    {
      if (i % 8 == 0)
        {
          word = (key + i) * UINT64_C(0xbf58476d1ce4e5b9);
          word = (word ^ word >> 29) * UINT64_C(0x94d049bb133111eb);
          word ^= word >> 32;
        }

      data[i] = (uint8_t)(word >> i % 8 * 8);
    }
}

/****************************************************************************
 * Name: wire_lowat
 *
 * Description:
 *   Have poll() tell only when so many bytes wait. Where that is not known
 *   it tells earlier.
 *
 ****************************************************************************/

static void wire_lowat(FAR struct iobdemo_peer_s *peer, int bytes)
{
#ifdef SO_RCVLOWAT
  setsockopt(peer->fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes));
#else
  (void)peer;
  (void)bytes;
#endif
}

/****************************************************************************
 * Name: wire_await
 *
 * Description:
 *   Wait until so many bytes wait to be read; how many there are, which is
 *   less if nothing more came for a while, or the peer has ended.
 *
 ****************************************************************************/

static int wire_await(FAR struct iobdemo_peer_s *peer, int bytes)
{
  uint64_t deadline = wire_deadline(IOBDEMO_STALL);
  struct pollfd pfd;
  int last = 0;
  int there = 0;

  pfd.fd     = peer->fd;
  pfd.events = POLLIN;
  wire_lowat(peer, bytes);
  while (netlib_poll(peer->wait, &pfd, 1, deadline) > 0)
    {
      if (ioctl(peer->fd, FIONREAD, &there) < 0 || there >= bytes ||
          (pfd.revents & (POLLHUP | POLLERR)) != 0 ||
          netlib_now() >= deadline)
        {
          break;
        }

      if (there > last)
        {
          last = there;
          deadline = wire_deadline(IOBDEMO_STALL);
        }

      /* poll() does not know the mark, or memory is short */

      netlib_poll(peer->wait, NULL, 0, netlib_now() + NETLIB_MSEC);
      if (peer->wait->interrupted)
        {
          break;
        }
    }

  wire_lowat(peer, 1);
  return ioctl(peer->fd, FIONREAD, &there) < 0 ? 0 : there;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iobdemo_sendline
 *
 * Description:
 *   Send a line of text.
 *
 ****************************************************************************/

int iobdemo_sendline(FAR struct iobdemo_peer_s *peer,
                     FAR const char *format, ...)
{
  char line[IOBDEMO_LINE];
  va_list ap;
  int len;

  va_start(ap, format);
  len = vsnprintf(line, sizeof(line), format, ap);
  va_end(ap);
  if (len < 0 || (size_t)len >= sizeof(line))
    {
      return -EMSGSIZE;
    }

  return wire_send(peer, line, (size_t)len);
}

/****************************************************************************
 * Name: iobdemo_recvline
 *
 * Description:
 *   Receive a line into IOBDEMO_LINE bytes, without its end. -EPROTO for
 *   what is no line of text.
 *
 ****************************************************************************/

int iobdemo_recvline(FAR struct iobdemo_peer_s *peer, FAR char *line)
{
  uint64_t deadline = wire_deadline(IOBDEMO_HELLO);
  size_t len;
  int ret;

  for (len = 0; len < IOBDEMO_LINE; len++)
    {
      ret = netlib_recvall(peer->wait, peer->fd, &line[len], 1, deadline);
      if (ret < 0)
        {
          return ret;
        }

      peer->received++;
      if (line[len] == '\n')
        {
          line[len] = '\0';
          return 0;
        }

      if (line[len] < ' ' || line[len] > '~')
        {
          return -EPROTO;
        }
    }

  return -EPROTO;
}

/****************************************************************************
 * Name: iobdemo_sendhead
 *
 * Description:
 *   Send a head.
 *
 ****************************************************************************/

int iobdemo_sendhead(FAR struct iobdemo_peer_s *peer,
                     FAR const struct iobdemo_head_s *head)
{
  uint8_t data[IOBDEMO_HEAD];
  FAR uint8_t *at = data;

  wire_put32(&at, head->kind);
  wire_put32(&at, head->size);
  wire_put32(&at, head->count);
  wire_put32(&at, head->wrong);
  wire_put64(&at, head->first);
  wire_put64(&at, head->unread);
  wire_put64(&at, head->held);
  wire_put64(&at, head->views);
  wire_put64(&at, head->frames);
  wire_put64(&at, head->copied);
  wire_put64(&at, head->resent);
  wire_put64(&at, head->sent);
  wire_put64(&at, head->received);
  return wire_send(peer, data, sizeof(data));
}

/****************************************************************************
 * Name: iobdemo_recvhead
 *
 * Description:
 *   Receive a head. -EPROTO if it is none: of an unknown kind, or of a
 *   burst that is too large, or empty.
 *
 ****************************************************************************/

int iobdemo_recvhead(FAR struct iobdemo_peer_s *peer,
                     FAR struct iobdemo_head_s *head)
{
  uint8_t data[IOBDEMO_HEAD];
  FAR const uint8_t *at = data;
  int ret = wire_recv(peer, data, sizeof(data));

  if (ret < 0)
    {
      return ret;
    }

  head->kind     = wire_get32(&at);
  head->size     = wire_get32(&at);
  head->count    = wire_get32(&at);
  head->wrong    = wire_get32(&at);
  head->first    = wire_get64(&at);
  head->unread   = wire_get64(&at);
  head->held     = wire_get64(&at);
  head->views    = wire_get64(&at);
  head->frames   = wire_get64(&at);
  head->copied   = wire_get64(&at);
  head->resent   = wire_get64(&at);
  head->sent     = wire_get64(&at);
  head->received = wire_get64(&at);

  if (head->kind < IOBDEMO_REQUEST || head->kind > IOBDEMO_REPORT ||
      ((head->kind == IOBDEMO_REQUEST || head->kind == IOBDEMO_WANT) &&
       (head->size == 0 || head->count == 0 ||
        (uint64_t)head->size * head->count > IOBDEMO_BURST)))
    {
      return -EPROTO;
    }

  return 0;
}

/****************************************************************************
 * Name: iobdemo_sendburst
 *
 * Description:
 *   Send messages, each by a call of its own: each can be a packet.
 *
 ****************************************************************************/

int iobdemo_sendburst(FAR struct iobdemo_peer_s *peer,
                      FAR const struct iobdemo_head_s *head, bool back)
{
  uint32_t i;
  int ret = 0;

  for (i = 0; i < head->count && ret == 0; i++)
    {
      wire_fill(peer->buf, head->size, peer->seed, head->first + i, back);
      ret = wire_send(peer, peer->buf, head->size);
    }

  return ret;
}

/****************************************************************************
 * Name: iobdemo_recvburst
 *
 * Description:
 *   Let a burst come, measure, read and verify it. What was seen is
 *   entered in the head.
 *
 ****************************************************************************/

int iobdemo_recvburst(FAR struct iobdemo_peer_s *peer,
                      FAR const struct iobdemo_meter_s *before,
                      FAR struct iobdemo_head_s *head, bool back)
{
  struct iobdemo_meter_s now;
  FAR uint8_t *want = peer->buf;
  FAR uint8_t *got = peer->buf + IOBDEMO_BURST;
  uint32_t i;
  int ret;

  head->unread = (uint64_t)wire_await(peer,
                                      (int)(head->size * head->count));
  iobdemo_measure(&now);
  head->held   = iobdemo_since(now.held, before->held);
  head->views  = iobdemo_since(now.views, before->views);
  head->frames = iobdemo_since(now.frames, before->frames);
  head->wrong  = 0;

  for (i = 0; i < head->count; i++)
    {
      ret = wire_recv(peer, got, head->size);
      if (ret < 0)
        {
          return ret;
        }

      wire_fill(want, head->size, peer->seed, head->first + i, back);
      if (head->wrong == 0 && memcmp(want, got, head->size) != 0)
        {
          head->wrong = 1 + i;
        }
    }

  return 0;
}

/****************************************************************************
 * Name: iobdemo_stat
 *
 * Description:
 *   The counts since the start.
 *
 ****************************************************************************/

void iobdemo_stat(FAR struct iobdemo_peer_s *peer,
                  FAR struct iobdemo_head_s *head)
{
  struct iobdemo_meter_s now;

  iobdemo_measure(&now);
  head->copied   = now.copied;
  head->resent   = iobdemo_resent(peer->fd);
  head->sent     = peer->sent;
  head->received = peer->received;
}
