/****************************************************************************
 * apps/netutils/iperf/iperf_recv.c
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

/* Streams that receive, and the place where clients come in. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iperf.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define RECV_BURST   16                /* Reads of one stream at a time */
#define RECV_HEADER  (10 * NETLIB_SEC) /* A client's first bytes */
#define RECV_SILENCE (10 * NETLIB_SEC) /* Datagrams that stop coming */
#define RECV_LINGER  (500 * NETLIB_MSEC)

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: connect_back
 *
 * Description:
 *   Send to a client what it asked for.  Each of its streams asks for
 *   itself, whatever number the header has.
 *
 ****************************************************************************/

static void connect_back(FAR struct iperf_s *iperf,
                         FAR struct iperf_stream_s *stream)
{
  FAR struct iperf_header_s *header = &stream->header;
  struct netlib_addr_s peer = stream->peer;

  netlib_setport(&peer.addr, header->port);
  header->back = false;
  iperf_connect(iperf, &peer, &header->plan, 1, false);
}

/****************************************************************************
 * Name: check_plan
 *
 * Description:
 *   Make what a client asks for possible.
 *
 ****************************************************************************/

static void check_plan(FAR struct iperf_plan_s *plan, bool udp)
{
  uint64_t max = udp ? IPERF_MAX_UDP : IPERF_MAX_LEN;

  plan->udp = udp;
  if (plan->len == 0 || plan->len > max ||
      (udp && plan->len < IPERF_MIN_UDP))
    {
      plan->len = udp ? IPERF_UDP_LEN : IPERF_TCP_LEN;
    }

  if (udp && plan->rate == 0)
    {
      plan->rate = IPERF_UDP_RATE;
    }

  if (plan->bytes == 0 && plan->nsec == 0)
    {
      plan->nsec = 10 * NETLIB_SEC;
    }
}

/****************************************************************************
 * Name: turn_round
 *
 * Description:
 *   The client wants to be sent to: the stream changes its group.
 *
 ****************************************************************************/

static void turn_round(FAR struct iperf_s *iperf,
                       FAR struct iperf_stream_s *stream)
{
  FAR struct iperf_plan_s *plan = &stream->header.plan;
  FAR uint8_t *output;
  size_t i;

  stream->group->active--;
  stream->group->members--;
  stream->group = iperf_group(iperf, &stream->peer.addr, true);
  stream->group->active++;
  stream->group->members++;
  stream->plan = *plan;
  output = realloc(iperf->output, (size_t)plan->len + IPERF_UDP_HEADER);
  if (output == NULL)
    {
      exit(netlib_fail("iperf", "out of memory"));
    }

  iperf->output = output;
  for (i = 0; i < plan->len; i++)
    {
      output[i] = (uint8_t)('0' + i % 10);
    }

  if (plan->udp)
    {
      memset(output, 0, plan->len < 20 ? (size_t)plan->len : 20);
    }

  iperf_begin_sending(iperf, stream);
}

/****************************************************************************
 * Name: greeted
 *
 * Description:
 *   The header of a stream is complete.
 *
 ****************************************************************************/

static void greeted(FAR struct iperf_s *iperf,
                    FAR struct iperf_stream_s *stream)
{
  FAR struct iperf_header_s *header = &stream->header;
  uint8_t ack[IPERF_MAX_HEADER];
  size_t len;

  iperf_get_header(stream->head, stream->headlen, header);
  check_plan(&header->plan, stream->plan.udp);
  stream->state = IPERF_RECEIVING;
  stream->due = NETLIB_NEVER;
  if (header->bounce)
    {
      iperf_abort(iperf, stream, "refused a test of", EOPNOTSUPP);
      return;
    }

  if (header->ack && !stream->plan.udp)
    {
      len = iperf_put_ack(ack);
      if (netlib_sendall(&iperf->wait, stream->fd, ack, len,
                         iperf->now + NETLIB_SEC) < 0)
        {
          iperf_abort(iperf, stream, "cannot send to", errno);
          return;
        }
    }

  if (header->reverse)
    {
      turn_round(iperf, stream);
    }

  iperf_show_stream(iperf, stream);
  if (header->back && header->now)
    {
      connect_back(iperf, stream);
    }
}

/****************************************************************************
 * Name: recv_header
 *
 * Description:
 *   Read the header, and not a byte more.
 *
 ****************************************************************************/

static void recv_header(FAR struct iperf_s *iperf,
                        FAR struct iperf_stream_s *stream)
{
  size_t want = 4;
  ssize_t got;

  if (stream->headlen >= 4)
    {
      want = iperf_header_length(stream->head);
    }

  got = recv(stream->fd, stream->head + stream->headlen,
             want - stream->headlen, 0);
  if (got <= 0)
    {
      if (got == 0)
        {
          iperf_finish(iperf, stream);
        }
      else if (errno != EAGAIN && errno != EINTR)
        {
          iperf_abort(iperf, stream, "cannot receive from", errno);
        }

      return;
    }

  stream->headlen += (size_t)got;
  stream->bytes += (uint64_t)got;
  if (stream->headlen >= 4)
    {
      want = iperf_header_length(stream->head);
      if (want <= stream->headlen)
        {
          greeted(iperf, stream);
        }
    }
}

/****************************************************************************
 * Name: recv_stream
 *
 * Description:
 *   Read what has come, and count it.
 *
 ****************************************************************************/

static void recv_stream(FAR struct iperf_s *iperf,
                        FAR struct iperf_stream_s *stream)
{
  int burst = RECV_BURST;
  ssize_t got;

  do
    {
      got = recv(stream->fd, iperf->input, iperf->inputlen, 0);
      stream->bytes += got > 0 ? (uint64_t)got : 0;
    }
  while (got > 0 && --burst > 0);

  if (got == 0)
    {
      iperf_finish(iperf, stream);
      if (stream->header.back)
        {
          connect_back(iperf, stream);
        }
    }
  else if (got < 0 && errno != EAGAIN && errno != EINTR)
    {
      iperf_abort(iperf, stream, "cannot receive from", errno);
    }
}

/****************************************************************************
 * Name: send_report
 *
 * Description:
 *   Answer the end of a stream of datagrams.  One that is lost is asked for
 *   again.
 *
 ****************************************************************************/

static void send_report(FAR const struct iperf_stream_s *stream)
{
  (void)!sendto(stream->fd, stream->head, IPERF_REPORT_LEN, MSG_NOSIGNAL,
                (FAR const struct sockaddr *)&stream->peer.addr,
                stream->peer.len);
}

/****************************************************************************
 * Name: end_datagrams
 *
 * Description:
 *   The sender says that it was the last: its number tells how many there
 *   were.
 *
 ****************************************************************************/

static void end_datagrams(FAR struct iperf_s *iperf,
                          FAR struct iperf_stream_s *stream,
                          FAR const uint8_t *data, size_t len,
                          uint64_t number)
{
  struct iperf_result_s result;

  if (number - 1 > stream->highest)
    {
      stream->lost += number - 1 - stream->highest;
      stream->highest = number - 1;
    }

  iperf_finish(iperf, stream);
  if (stream->shared)
    {
      memset(stream->head, 0, sizeof(stream->head));
      memcpy(stream->head, data, len < 16 ? len : 16);
      iperf_stream_result(stream, &result);
      iperf_put_report(stream->head, &result);
      stream->headlen = IPERF_REPORT_LEN;
      stream->state = IPERF_LINGER;
      stream->due = iperf->now + RECV_LINGER;
      send_report(stream);
      if (stream->header.back)
        {
          connect_back(iperf, stream);
        }
    }
}

/****************************************************************************
 * Name: datagram
 *
 * Description:
 *   One datagram of a stream.  The jitter is that of RFC 3550, 6.4.1.
 *
 ****************************************************************************/

static void datagram(FAR struct iperf_s *iperf,
                     FAR struct iperf_stream_s *stream,
                     FAR const uint8_t *data, size_t len)
{
  int64_t number;
  int64_t sent;
  int64_t transit;
  double change;

  if (len < 12)
    {
      return;
    }

  number = iperf_get_datagram(data, len, &sent);
  if (number < 0)
    {
      end_datagrams(iperf, stream, data, len, (uint64_t)-number);
      return;
    }

  transit = iperf_wallclock() - sent;
  if (stream->packets++ == 0)
    {
      stream->start = iperf->now;
    }
  else
    {
      change = (double)(transit - stream->transit);
      change = change < 0 ? -change : change;
      stream->jitter += (change - stream->jitter) / 16.0;
    }

  stream->transit = transit;
  stream->bytes += len;
  stream->due = iperf->now + RECV_SILENCE;
  if ((uint64_t)number > stream->highest)
    {
      stream->lost += (uint64_t)number - stream->highest - 1;
      stream->highest = (uint64_t)number;
    }
  else if (number > 0)
    {
      stream->disorder++;
      stream->lost -= stream->lost > 0;
    }
}

/****************************************************************************
 * Name: new_datagrams
 *
 * Description:
 *   The first datagram of a sender.
 *
 ****************************************************************************/

static FAR struct iperf_stream_s *
new_datagrams(FAR struct iperf_s *iperf,
              FAR const struct netlib_addr_s *peer,
              FAR const uint8_t *data, size_t len)
{
  FAR struct iperf_stream_s *stream;
  size_t head = 0;

  stream = iperf_stream(iperf, iperf_group(iperf, &peer->addr, false),
                        iperf->listener);
  stream->shared = true;
  stream->peer = *peer;
  if (len >= 16 + 24)
    {
      head = iperf_header_length(data + 16);
      head = head > 16 ? head - 16 : 0;
      head = head > len - 16 ? len - 16 : head;
      head = head > sizeof(stream->head) ? sizeof(stream->head) : head;
      memcpy(stream->head, data + 16, head);
    }

  stream->headlen = head;
  iperf->expected -= iperf->expected > 0;
  if (head > 0)
    {
      greeted(iperf, stream);
    }
  else
    {
      check_plan(&stream->header.plan, true);
      stream->state = IPERF_RECEIVING;
      iperf_show_stream(iperf, stream);
    }

  fflush(stdout);
  return stream;
}

/****************************************************************************
 * Name: sorted_in
 *
 * Description:
 *   Find the stream of a datagram that came to the listener.
 *
 ****************************************************************************/

static FAR struct iperf_stream_s *
sorted_in(FAR struct iperf_s *iperf, FAR const struct netlib_addr_s *peer,
          FAR const uint8_t *data, size_t len)
{
  FAR struct iperf_stream_s *stream;
  int64_t number;
  int64_t sent;

  number = iperf_get_datagram(data, len, &sent);
  for (stream = iperf->streams; stream != NULL; stream = stream->next)
    {
      if (stream->shared && stream->state != IPERF_DONE &&
          netlib_sameaddr(&stream->peer.addr, &peer->addr))
        {
          break;
        }
    }

  if (stream != NULL && stream->state == IPERF_LINGER && number == 1)
    {
      stream->state = IPERF_DONE;
      stream = NULL;
    }

  if (stream == NULL && number >= 0)
    {
      stream = new_datagrams(iperf, peer, data, len);
    }

  return stream;
}

/****************************************************************************
 * Name: recv_datagrams
 *
 * Description:
 *   Datagrams came to the listener.
 *
 ****************************************************************************/

static void recv_datagrams(FAR struct iperf_s *iperf)
{
  FAR struct iperf_stream_s *stream;
  struct netlib_addr_s peer;
  int burst = IPERF_BURST;
  ssize_t got;

  while (burst-- > 0)
    {
      peer.len = sizeof(peer.addr);
      got = recvfrom(iperf->listener, iperf->input, iperf->inputlen, 0,
                     (FAR struct sockaddr *)&peer.addr, &peer.len);
      if (got < 0)
        {
          return;
        }

      if (got < 12)
        {
          continue;
        }

      iperf->now = netlib_now();
      stream = sorted_in(iperf, &peer, iperf->input, (size_t)got);
      if (stream != NULL && stream->state == IPERF_RECEIVING)
        {
          datagram(iperf, stream, iperf->input, (size_t)got);
        }
      else if (stream != NULL && stream->state == IPERF_LINGER)
        {
          send_report(stream);
        }
    }
}

/****************************************************************************
 * Name: accept_streams
 *
 * Description:
 *   Clients connected.
 *
 ****************************************************************************/

static void accept_streams(FAR struct iperf_s *iperf)
{
  FAR struct iperf_stream_s *stream;
  struct netlib_addr_s peer;
  int fd;

  for (; ; )
    {
      peer.len = sizeof(peer.addr);
      fd = accept4(iperf->listener, (FAR struct sockaddr *)&peer.addr,
                   &peer.len, SOCK_NONBLOCK);
      if (fd < 0)
        {
          if (errno == EINTR || errno == ECONNABORTED)
            {
              continue;
            }

          if (errno != EAGAIN)
            {
              netlib_fail("iperf", "cannot accept: %s", strerror(errno));
            }

          return;
        }

      stream = iperf_stream(iperf, iperf_group(iperf, &peer.addr, false),
                            fd);
      stream->peer = peer;
      stream->state = IPERF_HEADER;
      stream->plan.udp = false;
      stream->due = iperf->now + RECV_HEADER;
      iperf->expected -= iperf->expected > 0;
    }
}

/****************************************************************************
 * Name: recv_report
 *
 * Description:
 *   The server confirms the end of our datagrams, or there is nobody.
 *
 ****************************************************************************/

static void recv_report(FAR struct iperf_s *iperf,
                        FAR struct iperf_stream_s *stream)
{
  struct iperf_result_s result;
  ssize_t got = recv(stream->fd, iperf->input, iperf->inputlen, 0);

  if (got < 0)
    {
      if (errno != EAGAIN && errno != EINTR)
        {
          iperf_abort(iperf, stream, "no report from", errno);
        }
    }
  else if (iperf_get_report(iperf->input, (size_t)got, &result))
    {
      iperf_finish(iperf, stream);
      iperf_show_report(iperf, stream, &result);
    }
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iperf_listen
 *
 * Description:
 *   Open the place where clients come in.
 *
 ****************************************************************************/

bool iperf_listen(FAR struct iperf_s *iperf, FAR const char *port)
{
  int window = iperf->config.window;
  struct netlib_addr_s local;
  char text[NETLIB_ADDRLEN];
  FAR const char *why;
  int one = 1;
  int fd;

  why = netlib_resolve(iperf->config.bind != NULL ? iperf->config.bind :
                       "0.0.0.0", port, SOCK_STREAM, &local);
  if (why != NULL)
    {
      netlib_fail("iperf", "port %s: %s", port, why);
      return false;
    }

  if (!iperf->config.plan.udp)
    {
      fd = netlib_listen(&local, 128, window);
    }
  else
    {
      fd = socket(local.addr.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
      if (fd >= 0 &&
          (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one,
                      sizeof(one)) < 0 ||
           (window > 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window,
                                     sizeof(window)) < 0) ||
           bind(fd, (FAR const struct sockaddr *)&local.addr,
                local.len) < 0))
        {
          close(fd);
          fd = -1;
        }

      fd = fd < 0 ? -errno : fd;
    }

  if (fd < 0)
    {
      netlib_fail("iperf", "cannot listen on %s: %s",
                  netlib_addrtext(&local.addr, text), strerror(-fd));
      return false;
    }

  iperf->listener = fd;
  iperf_show_line();
  printf("Server listening on %s port %s\n",
         iperf->config.plan.udp ? "UDP" : "TCP", port);
  if (iperf->config.host == NULL)
    {
      iperf_show_window(iperf, fd);
    }

  iperf_show_line();
  fflush(stdout);
  return true;
}

/****************************************************************************
 * Name: iperf_listen_ready
 *
 * Description:
 *   Somebody comes.
 *
 ****************************************************************************/

void iperf_listen_ready(FAR struct iperf_s *iperf)
{
  if (iperf->config.plan.udp)
    {
      recv_datagrams(iperf);
    }
  else
    {
      accept_streams(iperf);
    }
}

/****************************************************************************
 * Name: iperf_recv_ready
 *
 * Description:
 *   Something came for a stream.
 *
 ****************************************************************************/

void iperf_recv_ready(FAR struct iperf_s *iperf,
                      FAR struct iperf_stream_s *stream)
{
  int burst = IPERF_BURST;
  ssize_t got;

  if (stream->state == IPERF_HEADER)
    {
      recv_header(iperf, stream);
    }
  else if (stream->state == IPERF_ENDING && stream->plan.udp)
    {
      recv_report(iperf, stream);
    }
  else if (stream->state == IPERF_ENDING)
    {
      /* The peer has nothing to say but that it has closed */

      got = recv(stream->fd, iperf->input, iperf->inputlen, 0);
      if (got == 0)
        {
          iperf_finish(iperf, stream);
        }
      else if (got < 0 && errno != EAGAIN && errno != EINTR)
        {
          iperf_abort(iperf, stream, "cannot close with", errno);
        }
    }
  else if (!stream->plan.udp)
    {
      recv_stream(iperf, stream);
    }
  else
    {
      while (burst-- > 0 && stream->state != IPERF_DONE)
        {
          got = recv(stream->fd, iperf->input, iperf->inputlen, 0);
          if (got < 0)
            {
              if (errno != EAGAIN && errno != EINTR)
                {
                  iperf_abort(iperf, stream, "cannot receive from", errno);
                }

              return;
            }

          stream->state = IPERF_RECEIVING;
          datagram(iperf, stream, iperf->input, (size_t)got);
        }
    }
}
