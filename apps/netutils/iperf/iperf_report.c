/****************************************************************************
 * apps/netutils/iperf/iperf_report.c
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

/* What is printed, in the form of iperf 2. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "iperf.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: format
 *
 * Description:
 *   A number of bytes or bits with a unit, in four or five columns. Which
 *   unit: what fits, or what the letter asks for.
 *
 ****************************************************************************/

static FAR const char *format(FAR char *text, size_t size, double value,
                              double base, char letter,
                              FAR const char *unit)
{
  static const char letters[] = " KMGT";

  FAR const char *which = strchr("kmgKMG", letter);
  int power = 0;

  if (letter != '\0' && which != NULL)
    {
      for (power = (int)(which - strchr("kmgKMG", 'k')) % 3 + 1; power > 0;
           power--)
        {
          value /= base;
        }

      power = (letter == 'k' || letter == 'K') ? 1 :
              (letter == 'm' || letter == 'M') ? 2 : 3;
    }
  else
    {
      while (value >= base && power < 4)
        {
          value /= base;
          power++;
        }
    }

  snprintf(text, size, value < 9.995 ? "%4.2f %.1s%s" :
           value < 99.95 ? "%4.1f %.1s%s" : "%4.0f %.1s%s", value,
           letters + power + (power == 0 ? 5 : 0), unit);
  return text;
}

/****************************************************************************
 * Name: print_rate
 *
 * Description:
 *   The part of a line that all have: who, when, how much, how fast.
 *
 ****************************************************************************/

static void print_rate(FAR const struct iperf_s *iperf, FAR const char *id,
                       uint64_t from, uint64_t to, uint64_t bytes)
{
  char letter = iperf->config.format;
  double seconds = (double)(to - from) / 1e9;
  double rate = to > from ? (double)bytes / seconds : 0.0;
  char amount[32];
  char speed[32];

  format(amount, sizeof(amount), (double)bytes, 1024.0, '\0', "Bytes");
  if (letter >= 'A' && letter <= 'Z')
    {
      format(speed, sizeof(speed), rate, 1024.0, letter, "Bytes/sec");
    }
  else
    {
      format(speed, sizeof(speed), rate * 8, 1000.0, letter, "bits/sec");
    }

  printf("[%s] %6.4f-%6.4f sec %12s  %14s", id, (double)from / 1e9,
         (double)to / 1e9, amount, speed);
}

/****************************************************************************
 * Name: print_loss
 *
 * Description:
 *   The rest of a line about received datagrams.
 *
 ****************************************************************************/

static void print_loss(FAR const struct iperf_result_s *result)
{
  printf("  %6.3f ms %llu/%llu (%.2g%%)\n", (double)result->jitter / 1e6,
         (unsigned long long)result->lost,
         (unsigned long long)result->datagrams,
         result->datagrams > 0 ? 100.0 * (double)result->lost /
                                 (double)result->datagrams : 0.0);
}

/****************************************************************************
 * Name: print_title
 *
 * Description:
 *   The heading above the lines of a group, once.
 *
 ****************************************************************************/

static void print_title(FAR struct iperf_group_s *group, bool loss)
{
  if (!group->titled)
    {
      group->titled = true;
      printf("[ ID] Interval       Transfer     Bandwidth%s\n",
             loss ? "        Jitter   Lost/Total Datagrams" : "");
    }
}

/****************************************************************************
 * Name: print_line
 *
 * Description:
 *   A whole line of a stream.
 *
 ****************************************************************************/

static void print_line(FAR struct iperf_s *iperf,
                       FAR const struct iperf_stream_s *stream,
                       uint64_t from, uint64_t to,
                       FAR const struct iperf_result_s *result)
{
  bool loss = stream->plan.udp && !stream->group->sends;
  char id[16];

  snprintf(id, sizeof(id), "%3d", stream->id);
  print_title(stream->group, loss);
  print_rate(iperf, id, from - stream->group->start,
             to - stream->group->start, result->bytes);
  if (loss)
    {
      print_loss(result);
    }
  else
    {
      putchar('\n');
    }
}

/****************************************************************************
 * Name: local_addr
 *
 * Description:
 *   Our address on the way to a peer.  The socket that all senders of
 *   datagrams share has none, so another one is asked.
 *
 ****************************************************************************/

static bool local_addr(FAR const struct iperf_stream_s *stream,
                       FAR struct sockaddr_storage *local)
{
  socklen_t len = sizeof(*local);
  uint16_t port;
  bool ok;
  int fd;

  if (getsockname(stream->fd, (FAR struct sockaddr *)local, &len) < 0)
    {
      return false;
    }

  if (!stream->shared)
    {
      return true;
    }

  port = netlib_port(local);
  fd = socket(stream->peer.addr.ss_family, SOCK_DGRAM, 0);
  if (fd < 0)
    {
      return false;
    }

  len = sizeof(*local);
  ok = connect(fd, (FAR const struct sockaddr *)&stream->peer.addr,
               stream->peer.len) == 0 &&
       getsockname(fd, (FAR struct sockaddr *)local, &len) == 0;
  netlib_setport(local, port);
  close(fd);
  return ok;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iperf_show_line
 *
 * Description:
 *   A line between parts.
 *
 ****************************************************************************/

void iperf_show_line(void)
{
  puts("------------------------------------------------------------");
}

/****************************************************************************
 * Name: iperf_show_window
 *
 * Description:
 *   The size of the buffer of a socket, the larger way.
 *
 ****************************************************************************/

void iperf_show_window(FAR const struct iperf_s *iperf, int fd)
{
  socklen_t len = sizeof(int);
  char text[32];
  int size = 0;

  getsockopt(fd, SOL_SOCKET, iperf->config.host != NULL &&
             !iperf->config.reverse ? SO_SNDBUF : SO_RCVBUF, &size, &len);
  format(text, sizeof(text), (double)size, 1024.0, '\0', "Byte");
  printf("%s: %s%s\n", iperf->config.plan.udp ? "UDP buffer size" :
         "TCP window size", text,
         iperf->config.window > 0 ? "" : " (default)");
}

/****************************************************************************
 * Name: iperf_show_stream
 *
 * Description:
 *   A stream begins.
 *
 ****************************************************************************/

void iperf_show_stream(FAR struct iperf_s *iperf,
                       FAR struct iperf_stream_s *stream)
{
  struct sockaddr_storage local;
  char here[NETLIB_ADDRLEN];
  char there[NETLIB_ADDRLEN];
  bool back;

  if (!local_addr(stream, &local))
    {
      return;
    }

  back = stream->group->sends == (iperf->config.host == NULL);
  printf("[%3d] local %s port %u connected with %s port %u%s\n",
         stream->id, netlib_hosttext(&local, here), netlib_port(&local),
         netlib_hosttext(&stream->peer.addr, there),
         netlib_port(&stream->peer.addr), back ? " (reverse)" : "");
}

/****************************************************************************
 * Name: iperf_stream_result
 *
 * Description:
 *   What a stream has received so far.
 *
 ****************************************************************************/

void iperf_stream_result(FAR const struct iperf_stream_s *stream,
                         FAR struct iperf_result_s *result)
{
  result->bytes = stream->bytes;
  result->nsec = stream->end > stream->start ?
                 stream->end - stream->start : 0;
  result->jitter = (uint64_t)stream->jitter;
  result->lost = stream->lost;
  result->disorder = stream->disorder;
  result->datagrams = stream->highest;
}

/****************************************************************************
 * Name: iperf_show_interval
 *
 * Description:
 *   What the streams of a group did since the last time.
 *
 ****************************************************************************/

void iperf_show_interval(FAR struct iperf_s *iperf,
                         FAR struct iperf_group_s *group, uint64_t now)
{
  FAR struct iperf_stream_s *stream;
  struct iperf_result_s result;
  struct iperf_result_s sum;
  unsigned int count = 0;

  memset(&sum, 0, sizeof(sum));
  for (stream = iperf->streams; stream != NULL; stream = stream->next)
    {
      if (stream->group != group || stream->state >= IPERF_ENDING)
        {
          continue;
        }

      count++;
      iperf_stream_result(stream, &result);
      result.bytes -= stream->seen_bytes;
      result.lost -= stream->lost < stream->seen_lost ? stream->lost :
                     stream->seen_lost;
      result.datagrams -= stream->seen_highest;
      stream->seen_bytes = stream->bytes;
      stream->seen_lost = stream->lost;
      stream->seen_highest = stream->highest;
      sum.bytes += result.bytes;
      print_line(iperf, stream, group->last, now, &result);
    }

  if (count > 1)
    {
      print_rate(iperf, "SUM", group->last - group->start,
                 now - group->start, sum.bytes);
      putchar('\n');
    }

  fflush(stdout);
}

/****************************************************************************
 * Name: iperf_show_end
 *
 * Description:
 *   All that a stream did.
 *
 ****************************************************************************/

void iperf_show_end(FAR struct iperf_s *iperf,
                    FAR struct iperf_stream_s *stream)
{
  struct iperf_result_s result;
  char text[NETLIB_ADDRLEN];

  iperf_stream_result(stream, &result);
  print_line(iperf, stream, stream->start, stream->end, &result);
  if (stream->plan.udp && stream->group->sends)
    {
      printf("[%3d] Sent %llu datagrams\n", stream->id,
             (unsigned long long)stream->packets);
    }

  if (stream->disorder > 0 && !stream->group->sends)
    {
      printf("[%3d] %llu datagrams from %s were out of order\n", stream->id,
             (unsigned long long)stream->disorder,
             netlib_hosttext(&stream->peer.addr, text));
    }

  fflush(stdout);
}

/****************************************************************************
 * Name: iperf_show_sum
 *
 * Description:
 *   All that a group of several streams did.
 *
 ****************************************************************************/

void iperf_show_sum(FAR struct iperf_s *iperf,
                    FAR struct iperf_group_s *group)
{
  print_rate(iperf, "SUM", 0, group->end - group->start,
             group->bytes);
  putchar('\n');
  fflush(stdout);
}

/****************************************************************************
 * Name: iperf_show_report
 *
 * Description:
 *   What the server says about our datagrams.
 *
 ****************************************************************************/

void iperf_show_report(FAR struct iperf_s *iperf,
                       FAR struct iperf_stream_s *stream,
                       FAR const struct iperf_result_s *result)
{
  char id[16];

  snprintf(id, sizeof(id), "%3d", stream->id);
  printf("[%s] Server Report:\n", id);
  print_rate(iperf, id, 0, result->nsec, result->bytes);
  print_loss(result);
  if (result->disorder > 0)
    {
      printf("[%s] %llu datagrams received out-of-order\n", id,
             (unsigned long long)result->disorder);
    }

  fflush(stdout);
}
