/****************************************************************************
 * apps/netutils/iperf/iperf_engine.c
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

/* The loop, and the lists of streams and groups. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iperf.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: is_over
 *
 * Description:
 *   Whether nothing is left to do for a client.
 *
 ****************************************************************************/

static bool is_over(FAR const struct iperf_s *iperf)
{
  return iperf->streams == NULL && iperf->expected == 0;
}

/****************************************************************************
 * Name: sweep
 *
 * Description:
 *   Free streams that are done, and groups without streams.
 *
 ****************************************************************************/

static void sweep(FAR struct iperf_s *iperf)
{
  FAR struct iperf_stream_s **link = &iperf->streams;
  FAR struct iperf_group_s **glink = &iperf->groups;
  FAR struct iperf_stream_s *stream;
  FAR struct iperf_group_s *group;

  while ((stream = *link) != NULL)
    {
      if (stream->state == IPERF_DONE)
        {
          *link = stream->next;
          if (!stream->shared)
            {
              close(stream->fd);
            }

          stream->group->members--;
          free(stream);
        }
      else
        {
          link = &stream->next;
        }
    }

  while ((group = *glink) != NULL)
    {
      if (group->members == 0)
        {
          *glink = group->next;
          free(group);
        }
      else
        {
          glink = &group->next;
        }
    }
}

/****************************************************************************
 * Name: do_intervals
 *
 * Description:
 *   Print what is due.  Returns when the next is.
 *
 ****************************************************************************/

static uint64_t do_intervals(FAR struct iperf_s *iperf)
{
  FAR struct iperf_group_s *group;
  uint64_t next = NETLIB_NEVER;
  uint64_t due;

  if (iperf->config.interval == 0)
    {
      return next;
    }

  for (group = iperf->groups; group != NULL; group = group->next)
    {
      if (group->active == 0 || group->start == 0)
        {
          continue;
        }

      due = group->last + iperf->config.interval;
      while (due <= iperf->now)
        {
          iperf_show_interval(iperf, group, due);
          group->last = due;
          due += iperf->config.interval;
        }

      if (due < next)
        {
          next = due;
        }
    }

  return next;
}

/****************************************************************************
 * Name: do_due
 *
 * Description:
 *   Do what time demands of each stream.  Returns when the next is due.
 *
 ****************************************************************************/

static uint64_t do_due(FAR struct iperf_s *iperf)
{
  FAR struct iperf_stream_s *stream;
  uint64_t next = NETLIB_NEVER;
  uint64_t due;

  for (stream = iperf->streams; stream != NULL; stream = stream->next)
    {
      if (stream->state == IPERF_SENDING)
        {
          due = stream->plan.nsec > 0 && stream->plan.bytes == 0 ?
                stream->start + stream->plan.nsec : NETLIB_NEVER;
          if (due <= iperf->now)
            {
              iperf_send_due(iperf, stream);
            }
          else if (stream->due > iperf->now && stream->due < due)
            {
              due = stream->due;
            }
        }
      else
        {
          due = stream->due;
          if (due <= iperf->now)
            {
              iperf_recv_due(iperf, stream);
            }
        }

      due = due <= iperf->now ? stream->due : due;
      if (due < next && stream->state != IPERF_DONE)
        {
          next = due;
        }
    }

  return next;
}

/****************************************************************************
 * Name: wanted
 *
 * Description:
 *   What a stream waits for.
 *
 ****************************************************************************/

static short wanted(FAR const struct iperf_s *iperf,
                    FAR const struct iperf_stream_s *stream)
{
  if (stream->state == IPERF_SENDING)
    {
      return stream->due <= iperf->now ? POLLOUT : 0;
    }

  return stream->shared || stream->state == IPERF_DONE ? 0 : POLLIN;
}

/****************************************************************************
 * Name: collect
 *
 * Description:
 *   List what to wait for: the listener first, then the streams.
 *
 ****************************************************************************/

static size_t collect(FAR struct iperf_s *iperf)
{
  FAR struct iperf_stream_s *stream;
  FAR struct pollfd *more;
  size_t count = 1;

  for (stream = iperf->streams; stream != NULL; stream = stream->next)
    {
      count++;
    }

  if (count > iperf->maxfds)
    {
      more = realloc(iperf->fds, 2 * count * sizeof(*more));
      if (more == NULL)
        {
          exit(netlib_fail("iperf", "out of memory"));
        }

      iperf->fds = more;
      iperf->maxfds = 2 * count;
    }

  iperf->fds[0].fd = iperf->listener;
  iperf->fds[0].events = POLLIN;
  count = 1;
  for (stream = iperf->streams; stream != NULL; stream = stream->next)
    {
      iperf->fds[count].events = wanted(iperf, stream);
      iperf->fds[count].fd = iperf->fds[count].events != 0 ? stream->fd : -1;
      iperf->fds[count++].revents = 0;
    }

  return count;
}

/****************************************************************************
 * Name: dispatch
 *
 * Description:
 *   Let those do something who can.  Streams that come meanwhile are behind
 *   those that were waited for.
 *
 ****************************************************************************/

static void dispatch(FAR struct iperf_s *iperf, size_t count)
{
  FAR struct iperf_stream_s *stream = iperf->streams;
  size_t i;

  for (i = 1; i < count; i++)
    {
      if (iperf->fds[i].revents != 0)
        {
          if (stream->state == IPERF_SENDING)
            {
              iperf_send_ready(iperf, stream);
            }
          else if (stream->state != IPERF_DONE)
            {
              iperf_recv_ready(iperf, stream);
            }
        }

      stream = stream->next;
    }

  if (iperf->fds[0].revents != 0)
    {
      iperf_listen_ready(iperf);
    }
}

/****************************************************************************
 * Name: same_host
 *
 * Description:
 *   Whether two addresses differ in the port at most.
 *
 ****************************************************************************/

static bool same_host(FAR const struct sockaddr_storage *a,
                      FAR const struct sockaddr_storage *b)
{
  struct sockaddr_storage copy = *a;

  netlib_setport(&copy, netlib_port(b));
  return netlib_sameaddr(&copy, b);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iperf_group
 *
 * Description:
 *   The group for streams in one direction, with one host: the one that is
 *   at work, or a new one.
 *
 ****************************************************************************/

FAR struct iperf_group_s *iperf_group(FAR struct iperf_s *iperf,
                                      FAR const struct sockaddr_storage *host,
                                      bool sends)
{
  FAR struct iperf_group_s *group;

  for (group = iperf->groups; group != NULL; group = group->next)
    {
      if (group->sends == sends && group->active > 0 &&
          same_host(&group->host, host))
        {
          return group;
        }
    }

  group = calloc(1, sizeof(*group));
  if (group == NULL)
    {
      exit(netlib_fail("iperf", "out of memory"));
    }

  group->host = *host;
  group->sends = sends;
  group->start = iperf->now;
  group->last = iperf->now;
  group->next = iperf->groups;
  iperf->groups = group;
  return group;
}

/****************************************************************************
 * Name: iperf_stream
 *
 * Description:
 *   A new stream in a group, at the end of the list.
 *
 ****************************************************************************/

FAR struct iperf_stream_s *iperf_stream(FAR struct iperf_s *iperf,
                                        FAR struct iperf_group_s *group,
                                        int fd)
{
  FAR struct iperf_stream_s **link = &iperf->streams;
  FAR struct iperf_stream_s *stream = calloc(1, sizeof(*stream));

  if (stream == NULL)
    {
      exit(netlib_fail("iperf", "out of memory"));
    }

  stream->group = group;
  stream->fd = fd;
  stream->id = ++iperf->ids;
  stream->start = iperf->now;
  stream->due = NETLIB_NEVER;
  stream->plan = iperf->config.plan;
  group->active++;
  group->members++;
  while (*link != NULL)
    {
      link = &(*link)->next;
    }

  *link = stream;
  return stream;
}

/****************************************************************************
 * Name: iperf_finish
 *
 * Description:
 *   A stream has come to its end: print what it did, and what the group did
 *   if it was the last.
 *
 ****************************************************************************/

void iperf_finish(FAR struct iperf_s *iperf,
                  FAR struct iperf_stream_s *stream)
{
  FAR struct iperf_group_s *group = stream->group;

  if (stream->end == 0)
    {
      stream->end = iperf->now;
    }

  stream->state = IPERF_DONE;
  iperf_show_end(iperf, stream);
  group->bytes += stream->bytes;
  group->finished++;
  if (stream->end > group->end)
    {
      group->end = stream->end;
    }

  if (--group->active == 0 && group->finished > 1)
    {
      iperf_show_sum(iperf, group);
    }
}

/****************************************************************************
 * Name: iperf_abort
 *
 * Description:
 *   A stream failed.
 *
 ****************************************************************************/

void iperf_abort(FAR struct iperf_s *iperf,
                 FAR struct iperf_stream_s *stream, FAR const char *what,
                 int err)
{
  char text[NETLIB_ADDRLEN];

  netlib_fail("iperf", "[%3d] %s %s: %s", stream->id, what,
              netlib_addrtext(&stream->peer.addr, text), strerror(err));
  iperf->failed = true;
  iperf_finish(iperf, stream);
}

/****************************************************************************
 * Name: iperf_run
 *
 * Description:
 *   Run until a time, or a signal, or, for a client, until all is done.
 *
 ****************************************************************************/

void iperf_run(FAR struct iperf_s *iperf, uint64_t deadline)
{
  FAR struct iperf_stream_s *stream;
  uint64_t next;
  uint64_t due;
  size_t count;

  while (!iperf->wait.interrupted)
    {
      iperf->now = netlib_now();
      sweep(iperf);
      if ((iperf->config.host != NULL && is_over(iperf)) ||
          iperf->now >= deadline)
        {
          break;
        }

      next = do_intervals(iperf);
      due = do_due(iperf);
      next = due < next ? due : next;
      count = collect(iperf);
      if (netlib_poll(&iperf->wait, iperf->fds, count,
                      next < deadline ? next : deadline) > 0)
        {
          iperf->now = netlib_now();
          dispatch(iperf, count);
        }
    }

  /* Stopped: tell what there is */

  iperf->now = netlib_now();
  for (stream = iperf->streams; stream != NULL; stream = stream->next)
    {
      if (stream->state != IPERF_DONE && stream->state != IPERF_LINGER)
        {
          iperf_finish(iperf, stream);
        }

      stream->state = IPERF_DONE;
    }

  sweep(iperf);
}
