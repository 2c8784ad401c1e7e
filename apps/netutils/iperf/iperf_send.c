/****************************************************************************
 * apps/netutils/iperf/iperf_send.c
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

/* Streams that send, and those that ask a server to send. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iperf.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define SEND_BURST_TCP   8             /* Writes of one stream at a time */
#define SEND_ASK_EVERY   (50 * NETLIB_MSEC)
#define SEND_END_EVERY   (250 * NETLIB_MSEC)
#define SEND_WAIT        (10 * NETLIB_SEC)
#define BACK_WAIT        (2 * NETLIB_SEC)
#define BACK_EVERY       50            /* ms */

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: to_peer
 *
 * Description:
 *   Send on the stream's own descriptor or on that of the listener.
 *
 ****************************************************************************/

static ssize_t to_peer(FAR const struct iperf_stream_s *stream,
                       FAR const void *data, size_t len)
{
  if (stream->shared)
    {
      return sendto(stream->fd, data, len, MSG_NOSIGNAL,
                    (FAR const struct sockaddr *)&stream->peer.addr,
                    stream->peer.len);
    }

  return send(stream->fd, data, len, MSG_NOSIGNAL);
}

/****************************************************************************
 * Name: end_sending
 *
 * Description:
 *   All is sent.  A TCP stream waits until the peer has closed, which tells
 *   that it has got everything; with datagrams the end has to be told, until
 *   it is confirmed.
 *
 ****************************************************************************/

static void end_sending(FAR struct iperf_s *iperf,
                        FAR struct iperf_stream_s *stream)
{
  stream->end = iperf->now;
  stream->state = IPERF_ENDING;
  if (stream->plan.udp)
    {
      stream->due = iperf->now;
      iperf_recv_due(iperf, stream);
    }
  else
    {
      stream->due = iperf->now + SEND_WAIT;
      if (shutdown(stream->fd, SHUT_WR) < 0)
        {
          iperf_abort(iperf, stream, "cannot close the way to", errno);
        }
    }
}

/****************************************************************************
 * Name: next_length
 *
 * Description:
 *   How long the next write is; 0: there is none.
 *
 ****************************************************************************/

static size_t next_length(FAR const struct iperf_s *iperf,
                          FAR const struct iperf_stream_s *stream)
{
  FAR const struct iperf_plan_s *plan = &stream->plan;

  if (plan->bytes > 0)
    {
      if (stream->bytes >= plan->bytes)
        {
          return 0;
        }

      if (!plan->udp && plan->bytes - stream->bytes < plan->len)
        {
          return (size_t)(plan->bytes - stream->bytes);
        }
    }
  else if (iperf->now >= stream->start + plan->nsec)
    {
      return 0;
    }

  return (size_t)plan->len;
}

/****************************************************************************
 * Name: write_one
 *
 * Description:
 *   Make one write.  Returns false when there is nothing more to do for now.
 *
 ****************************************************************************/

static bool write_one(FAR struct iperf_s *iperf,
                      FAR struct iperf_stream_s *stream)
{
  size_t len = next_length(iperf, stream);
  ssize_t sent;

  if (len == 0)
    {
      end_sending(iperf, stream);
      return false;
    }

  if (stream->plan.udp)
    {
      iperf_put_datagram(iperf->output, len, (int64_t)stream->packets + 1);
    }

  sent = to_peer(stream, iperf->output, len);
  if (sent < 0)
    {
      if (errno == ECONNREFUSED && iperf->config.host == NULL)
        {
          /* A client that we connect back to, and that is not there yet */

          stream->due = iperf->now + SEND_ASK_EVERY;
        }
      else if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
        {
          iperf_abort(iperf, stream, "cannot send to", errno);
        }

      return false;
    }

  stream->packets++;
  stream->bytes += (uint64_t)sent;
  if (stream->plan.rate > 0)
    {
      stream->due += (uint64_t)((double)sent * 8e9 /
                                (double)stream->plan.rate);
      return stream->due <= iperf->now;
    }

  return true;
}

/****************************************************************************
 * Name: fill_output
 *
 * Description:
 *   What is sent: the header in each datagram, and digits.
 *
 ****************************************************************************/

static void fill_output(FAR struct iperf_s *iperf,
                        FAR const struct iperf_plan_s *plan)
{
  uint8_t header[IPERF_TCP_HEADER];
  size_t i;

  for (i = 0; i < plan->len; i++)
    {
      iperf->output[i] = (uint8_t)('0' + i % 10);
    }

  if (plan->udp)
    {
      memset(iperf->output, 0, plan->len < 20 ? (size_t)plan->len : 20);
      if (plan->len >= IPERF_UDP_HEADER)
        {
          iperf_put_header(header, &iperf->config, plan);
          memcpy(iperf->output + 16, header, sizeof(header));
        }
    }
}

/****************************************************************************
 * Name: open_one
 *
 * Description:
 *   Connect one socket.  A negated errno if that fails.
 *
 ****************************************************************************/

static int open_one(FAR struct iperf_s *iperf,
                    FAR const struct netlib_addr_s *peer, bool udp,
                    bool client)
{
  struct netlib_addr_s local;
  FAR const char *bound = client ? iperf->config.bind : NULL;
  int window = iperf->config.window;
  socklen_t len = sizeof(int);
  int one = 1;
  int err;
  int fd;

  if (bound != NULL && netlib_resolve(bound, NULL, SOCK_STREAM, &local) !=
      NULL)
    {
      return -EADDRNOTAVAIL;
    }

  if (!udp)
    {
      uint64_t late = netlib_now() + BACK_WAIT;

      fd = netlib_connect(&iperf->wait, bound != NULL ? &local : NULL, peer,
                          window, netlib_now() + SEND_WAIT);

      /* A client of iperf 2 asks to be connected to, and then begins to
       * listen
       */

      while (fd == -ECONNREFUSED && !client && netlib_now() < late)
        {
          poll(NULL, 0, BACK_EVERY);
          fd = netlib_connect(&iperf->wait, bound != NULL ? &local : NULL,
                              peer, window, netlib_now() + SEND_WAIT);
        }

      if (fd >= 0 && iperf->config.nodelay)
        {
          setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, len);
        }

      return fd;
    }

  fd = socket(peer->addr.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (fd < 0)
    {
      return -errno;
    }

  if ((window > 0 &&
       (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &window, len) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, len) < 0)) ||
      (bound != NULL && bind(fd, (FAR const struct sockaddr *)&local.addr,
                             local.len) < 0) ||
      connect(fd, (FAR const struct sockaddr *)&peer->addr, peer->len) < 0)
    {
      err = -errno;
      close(fd);
      return err;
    }

  return fd;
}

/****************************************************************************
 * Name: show_client
 *
 * Description:
 *   What is going to be done.
 *
 ****************************************************************************/

static void show_client(FAR struct iperf_s *iperf,
                        FAR const struct netlib_addr_s *peer,
                        FAR const struct iperf_plan_s *plan, int fd)
{
  char text[NETLIB_ADDRLEN];

  iperf_show_line();
  printf("Client connecting to %s, %s port %u\n",
         netlib_hosttext(&peer->addr, text), plan->udp ? "UDP" : "TCP",
         netlib_port(&peer->addr));
  if (plan->udp && plan->rate > 0 && !iperf->config.reverse)
    {
      printf("Sending %llu byte datagrams, IPG target: %.2f us\n",
             (unsigned long long)plan->len,
             (double)plan->len * 8e6 / (double)plan->rate);
    }

  iperf_show_window(iperf, fd);
  iperf_show_line();
}

/****************************************************************************
 * Name: greet
 *
 * Description:
 *   Send the header in front of a TCP stream.
 *
 ****************************************************************************/

static int greet(FAR struct iperf_s *iperf,
                 FAR struct iperf_stream_s *stream,
                 FAR const struct iperf_plan_s *plan)
{
  uint8_t header[IPERF_TCP_HEADER];
  int ret;

  iperf_put_header(header, &iperf->config, plan);
  ret = netlib_sendall(&iperf->wait, stream->fd, header, sizeof(header),
                       netlib_now() + SEND_WAIT);
  stream->bytes += ret == 0 && stream->group->sends ? sizeof(header) : 0;
  return ret;
}

/****************************************************************************
 * Name: begin
 *
 * Description:
 *   All are connected: the clock starts.
 *
 ****************************************************************************/

static void begin(FAR struct iperf_s *iperf,
                  FAR struct iperf_stream_s *stream)
{
  if (stream->group->sends)
    {
      iperf_begin_sending(iperf, stream);
    }
  else
    {
      stream->start = iperf->now;
      stream->state = stream->plan.udp ? IPERF_ASKING : IPERF_RECEIVING;
      stream->due = iperf->now;
      if (!stream->plan.udp)
        {
          stream->due += stream->plan.bytes > 0 ? NETLIB_NEVER / 2 :
                         stream->plan.nsec + SEND_WAIT;
        }
    }
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iperf_begin_sending
 *
 * Description:
 *   Start the clock of a stream that sends.
 *
 ****************************************************************************/

void iperf_begin_sending(FAR struct iperf_s *iperf,
                         FAR struct iperf_stream_s *stream)
{
  stream->start = iperf->now;
  stream->due = stream->plan.rate > 0 ? iperf->now : 0;
  stream->state = IPERF_SENDING;
}

/****************************************************************************
 * Name: iperf_connect
 *
 * Description:
 *   Connect so many streams, and start them together.
 *
 ****************************************************************************/

bool iperf_connect(FAR struct iperf_s *iperf,
                   FAR const struct netlib_addr_s *peer,
                   FAR const struct iperf_plan_s *plan, unsigned int count,
                   bool client)
{
  FAR struct iperf_stream_s *stream;
  FAR struct iperf_group_s *group = NULL;
  FAR uint8_t *output;
  char text[NETLIB_ADDRLEN];
  unsigned int i;
  int ret;
  int fd;

  output = realloc(iperf->output, (size_t)plan->len + IPERF_UDP_HEADER);
  if (output == NULL)
    {
      exit(netlib_fail("iperf", "out of memory"));
    }

  iperf->output = output;
  for (i = 0; i < count; i++)
    {
      iperf->now = netlib_now();
      fd = open_one(iperf, peer, plan->udp, client);
      if (fd < 0)
        {
          netlib_fail("iperf", "cannot connect to %s: %s",
                      netlib_addrtext(&peer->addr, text), strerror(-fd));
          iperf->failed = true;
          break;
        }

      if (i == 0)
        {
          show_client(iperf, peer, plan, fd);
        }

      /* The group's streams have the new time when they all begin */

      group = iperf_group(iperf, &peer->addr,
                          !(client && iperf->config.reverse));
      stream = iperf_stream(iperf, group, fd);
      stream->plan = *plan;
      stream->peer = *peer;
      stream->fin = plan->udp;
      iperf_show_stream(iperf, stream);
      ret = plan->udp ? 0 : greet(iperf, stream, plan);
      if (ret < 0)
        {
          iperf_abort(iperf, stream, "cannot send to", -ret);
        }
    }

  fill_output(iperf, plan);
  iperf->now = netlib_now();
  for (stream = iperf->streams; stream != NULL; stream = stream->next)
    {
      if (stream->group == group && stream->state == IPERF_HEADER)
        {
          if (group->members == i)
            {
              group->start = iperf->now;
              group->last = iperf->now;
            }

          begin(iperf, stream);
        }
    }

  fflush(stdout);
  return i == count;
}

/****************************************************************************
 * Name: iperf_send_ready
 *
 * Description:
 *   A stream can send.
 *
 ****************************************************************************/

void iperf_send_ready(FAR struct iperf_s *iperf,
                      FAR struct iperf_stream_s *stream)
{
  int burst = stream->plan.udp ? IPERF_BURST : SEND_BURST_TCP;

  while (burst-- > 0 && write_one(iperf, stream))
    {
      /* One more */
    }
}

/****************************************************************************
 * Name: iperf_send_due
 *
 * Description:
 *   The time of a stream is over.
 *
 ****************************************************************************/

void iperf_send_due(FAR struct iperf_s *iperf,
                    FAR struct iperf_stream_s *stream)
{
  end_sending(iperf, stream);
}

/****************************************************************************
 * Name: iperf_recv_due
 *
 * Description:
 *   A stream that does not send has waited long enough.
 *
 ****************************************************************************/

void iperf_recv_due(FAR struct iperf_s *iperf,
                    FAR struct iperf_stream_s *stream)
{
  bool ending = stream->state == IPERF_ENDING;

  if (stream->state == IPERF_LINGER)
    {
      stream->state = IPERF_DONE;
    }
  else if ((ending && stream->plan.udp) || stream->state == IPERF_ASKING)
    {
      if (stream->tries++ >= (ending ? 10 : 100))
        {
          iperf_abort(iperf, stream, ending ? "no report from" :
                      "nothing came from", ETIMEDOUT);
          return;
        }

      iperf_put_datagram(iperf->output, (size_t)stream->plan.len,
                         ending ? -(int64_t)stream->packets - 1 : 1);
      stream->due = iperf->now + (ending ? SEND_END_EVERY : SEND_ASK_EVERY);
      if (to_peer(stream, iperf->output, (size_t)stream->plan.len) < 0 &&
          errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
        {
          iperf_abort(iperf, stream, "cannot send to", errno);
        }
      else if (ending && !stream->fin && stream->tries >= 3)
        {
          iperf_finish(iperf, stream);
        }
    }
  else if (stream->state == IPERF_RECEIVING && stream->plan.udp)
    {
      iperf_finish(iperf, stream);
    }
  else
    {
      iperf_abort(iperf, stream, "no more from", ETIMEDOUT);
    }
}
