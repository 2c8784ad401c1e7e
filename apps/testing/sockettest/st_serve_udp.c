/****************************************************************************
 * apps/testing/sockettest/st_serve_udp.c
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

/* The services udp-echo, udp-discard and udp-source.  The parameters, and the
 * form of a datagram, are in st_ctrl.c.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "st_server.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define UDP_MAX 65536
#define UDP_INDEX 4                    /* Bytes of the number */

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: wait_for
 *
 * Description:
 *   Wait for an event of the socket.  False: it is to stop, or nothing
 *   came for long.
 *
 ****************************************************************************/

static bool wait_for(FAR struct st_serving_s *serving, short events)
{
  struct pollfd fds[2] =
  {
    { .fd = serving->stop[0], .events = POLLIN },
    { .fd = serving->fd, .events = events }
  };

  int ret;

  do
    {
      ret = poll(fds, 2, st_number(serving->params, "timeout", 60) * 1000);
    }
  while (ret < 0 && errno == EINTR);

  if (ret == 0)
    {
      st_serving_error(serving, ETIMEDOUT);
    }

  return ret > 0 && fds[0].revents == 0;
}

/****************************************************************************
 * Name: got
 *
 * Description:
 *   Count and check a datagram.
 *
 ****************************************************************************/

static void got(FAR struct st_serving_s *serving, FAR const uint8_t *buf,
                size_t len)
{
  uint32_t stream = st_number(serving->params, "stream", 0);
  uint32_t index;

  serving->crc = st_crc32c(serving->crc, buf, len);
  if (len <= UDP_INDEX)
    {
      serving->bytes += len;
      return;
    }

  memcpy(&index, buf, sizeof(index));
  serving->bytes += UDP_INDEX;
  st_serving_got(serving, buf + UDP_INDEX, len - UDP_INDEX, stream,
                 (uint64_t)ntohl(index) * UDP_MAX);
}

/****************************************************************************
 * Name: answer
 *
 * Description:
 *   Send a datagram.
 *
 ****************************************************************************/

static void answer(FAR struct st_serving_s *serving, FAR const uint8_t *buf,
                   size_t len, FAR const struct sockaddr_in *to)
{
  ssize_t n = sendto(serving->fd, buf, len, MSG_NOSIGNAL,
                     (FAR const struct sockaddr *)to, sizeof(*to));

  if (n < 0)
    {
      st_serving_error(serving, errno);
      return;
    }

  serving->sent += n;
  serving->sentcrc = st_crc32c(serving->sentcrc, buf, n);
}

/****************************************************************************
 * Name: source
 *
 * Description:
 *   Send what the client asked for.
 *
 ****************************************************************************/

static void source(FAR struct st_serving_s *serving, FAR uint8_t *buf,
                   FAR const struct sockaddr_in *to)
{
  uint32_t count = st_number(serving->params, "count", 1);
  uint32_t stream = st_number(serving->params, "stream", 0) + ST_BACK;
  size_t size = st_number(serving->params, "size", 100);
  uint32_t index;
  uint32_t i;

  size = size < UDP_MAX ? size : UDP_MAX;
  for (i = 0; i < count && wait_for(serving, POLLOUT); i++)
    {
      index = htonl(i);
      memcpy(buf, &index, size < UDP_INDEX ? size : UDP_INDEX);
      if (size > UDP_INDEX)
        {
          st_pattern_fill(serving->seed, buf + UDP_INDEX, size - UDP_INDEX,
                          stream, (uint64_t)i * UDP_MAX);
        }

      answer(serving, buf, size, to);
    }
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: st_serve_udp
 *
 * Description:
 *   A service of UDP.
 *
 ****************************************************************************/

void st_serve_udp(FAR struct st_serving_s *serving)
{
  bool echo = strcmp(serving->kind->name, "udp-echo") == 0;
  bool sends = strcmp(serving->kind->name, "udp-source") == 0;
  uint64_t count = st_number(serving->params, "count",
                             sends ? 1 : UINT64_MAX);
  FAR uint8_t *buf = malloc(UDP_MAX);
  struct sockaddr_in from;
  uint64_t datagrams = 0;
  socklen_t len;
  ssize_t n;

  if (buf == NULL)
    {
      st_serving_error(serving, ENOMEM);
      return;
    }

  while (datagrams < count && wait_for(serving, POLLIN))
    {
      len = sizeof(from);
      n = recvfrom(serving->fd, buf, UDP_MAX, 0,
                   (FAR struct sockaddr *)&from, &len);
      if (n < 0)
        {
          if (errno != EAGAIN && errno != EINTR)
            {
              st_serving_error(serving, errno);
            }

          continue;
        }

      datagrams++;
      got(serving, buf, n);
      if (echo)
        {
          answer(serving, buf, n, &from);
        }
      else if (sends)
        {
          source(serving, buf, &from);
          break;
        }
    }

  snprintf(serving->extra, sizeof(serving->extra), "datagrams=%ju",
           (uintmax_t)datagrams);
  free(buf);
}
