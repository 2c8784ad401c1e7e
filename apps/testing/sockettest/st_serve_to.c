/****************************************************************************
 * apps/testing/sockettest/st_serve_to.c
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

/* The service udp-to: like udp-echo, but the answers go to an address of the
 * client's choice, at the port from which the datagram came.
 *
 *   to=ADDR      the address; if it is a group, the service joins it on the
 *                interface that leads to the client, and sends it from there
 *   nocheck=1    without a checksum, where that can be asked for
 *   count=N      ends after so many
 *
 * joined=1 and nocheck=1 in its result say what could be done.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "st_server.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define UDP_ROOM 65536

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: own_address
 *
 * Description:
 *   The address of this machine on the way to the client.
 *
 ****************************************************************************/

static struct in_addr own_address(FAR struct st_serving_s *serving)
{
  struct sockaddr_in addr = serving->client;
  socklen_t len = sizeof(addr);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);

  if (fd < 0 ||
      connect(fd, (FAR struct sockaddr *)&addr, sizeof(addr)) < 0 ||
      getsockname(fd, (FAR struct sockaddr *)&addr, &len) < 0)
    {
      st_serving_error(serving, errno);
      addr.sin_addr.s_addr = htonl(INADDR_ANY);
    }

  if (fd >= 0)
    {
      close(fd);
    }

  return addr.sin_addr;
}

/****************************************************************************
 * Name: prepare
 *
 * Description:
 *   What the parameters want of the socket.
 *
 ****************************************************************************/

static void prepare(FAR struct st_serving_s *serving, struct in_addr to)
{
  struct ip_mreq req;
  bool joined = false;
  bool nocheck = false;
  int on = 1;

  if (setsockopt(serving->fd, SOL_SOCKET, SO_BROADCAST, &on,
                 sizeof(on)) < 0)
    {
      st_serving_error(serving, errno);
    }

  if (IN_MULTICAST(ntohl(to.s_addr)))
    {
      req.imr_multiaddr = to;
      req.imr_interface = own_address(serving);
      joined = setsockopt(serving->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &req,
                          sizeof(req)) == 0 &&
               setsockopt(serving->fd, IPPROTO_IP, IP_MULTICAST_IF,
                          &req.imr_interface,
                          sizeof(req.imr_interface)) == 0;
      if (!joined)
        {
          st_serving_error(serving, errno);
        }
    }

#ifdef SO_NO_CHECK
  if (st_number(serving->params, "nocheck", 0) != 0)
    {
      nocheck = setsockopt(serving->fd, SOL_SOCKET, SO_NO_CHECK, &on,
                           sizeof(on)) == 0;
    }
#endif

  snprintf(serving->extra, sizeof(serving->extra), "joined=%d nocheck=%d",
           joined, nocheck);
}

/****************************************************************************
 * Name: wait_one
 *
 * Description:
 *   A datagram is there.  False: it is to end.
 *
 ****************************************************************************/

static bool wait_one(FAR struct st_serving_s *serving)
{
  struct pollfd fds[2];
  int ret;

  fds[0].fd     = serving->stop[0];
  fds[0].events = POLLIN;
  fds[1].fd     = serving->fd;
  fds[1].events = POLLIN;

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
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: st_serve_to
 *
 * Description:
 *   The service.
 *
 ****************************************************************************/

void st_serve_to(FAR struct st_serving_s *serving)
{
  uint64_t count = st_number(serving->params, "count", UINT64_MAX);
  FAR char *buf = malloc(UDP_ROOM);
  struct sockaddr_in from;
  struct in_addr to;
  char text[32];
  socklen_t len;
  ssize_t n;

  if (buf == NULL ||
      st_word(serving->params, "to", text, sizeof(text)) == NULL ||
      inet_pton(AF_INET, text, &to) != 1)
    {
      st_serving_error(serving, buf == NULL ? ENOMEM : EINVAL);
      free(buf);
      return;
    }

  prepare(serving, to);
  while (count > 0 && wait_one(serving))
    {
      len = sizeof(from);
      n = recvfrom(serving->fd, buf, UDP_ROOM, MSG_DONTWAIT,
                   (FAR struct sockaddr *)&from, &len);
      if (n < 0)
        {
          if (errno != EAGAIN && errno != EINTR)
            {
              st_serving_error(serving, errno);
            }

          continue;
        }

      count--;
      serving->conns++;
      serving->bytes += n;
      serving->crc = st_crc32c(serving->crc, buf, n);
      from.sin_addr = to;
      n = sendto(serving->fd, buf, n, 0, (FAR struct sockaddr *)&from, len);
      if (n < 0)
        {
          st_serving_error(serving, errno);
        }
      else
        {
          serving->sent += n;
          serving->sentcrc = st_crc32c(serving->sentcrc, buf, n);
        }
    }

  free(buf);
}
