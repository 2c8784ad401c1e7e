/****************************************************************************
 * apps/testing/netbench/netbench_http.c
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

/* The least that answers a web client: every request gets the same page, out
 * of memory.  The end of the headers is a request, and "keep-alive" in it
 * keeps the connection, so that what is measured is the stack.
 *
 * Sockets that are not ready are not touched (epoll), but a send waits until
 * all of it is taken: who does not read stops the others.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netbench.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define MAXPAGE  65536
#define NEVENTS  64

/****************************************************************************
 * Private Types
 ****************************************************************************/

struct request_s
{
  int fd;
  unsigned int matched;        /* Of an empty line: CR LF CR LF */
  size_t len;
  char line[512];              /* The headers, what fits of them */
};

struct http_s
{
  int epoll;
  int listener;
  size_t pagelen;
  FAR char *page;
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: http_forget
 *
 * Description:
 *   The end of a connection.
 *
 ****************************************************************************/

static void http_forget(FAR struct request_s *req)
{
  close(req->fd);
  free(req);
}

/****************************************************************************
 * Name: http_accept
 *
 * Description:
 *   Take one connection.  That it went away meanwhile is no error.
 *
 ****************************************************************************/

static int http_accept(FAR struct http_s *http)
{
  int fd = accept(http->listener, NULL, NULL);
  FAR struct request_s *req;
  struct epoll_event event;
  int one = 1;

  if (fd < 0)
    {
      return errno == EAGAIN || errno == ECONNABORTED ? 0 : -1;
    }

  req = calloc(1, sizeof(*req));
  if (req == NULL)
    {
      close(fd);
      return -1;
    }

  req->fd = fd;
  memset(&event, 0, sizeof(event));
  event.events   = EPOLLIN;
  event.data.ptr = req;
  if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0 ||
      epoll_ctl(http->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
    {
      http_forget(req);
      return -1;
    }

  return 0;
}

/****************************************************************************
 * Name: http_reply
 *
 * Description:
 *   The page; whether the connection stays.  If not, MSG_MORE leaves the
 *   page to close(), which sends it and FIN in one segment.
 *
 ****************************************************************************/

static int http_reply(FAR struct http_s *http, FAR struct request_s *req)
{
  struct msghdr msg;
  struct iovec iov[2];
  char head[160];
  int keep;
  int n;

  req->line[req->len] = '\0';
  keep = strstr(req->line, "eep-") != NULL; /* Of either case */
  n = snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\n"
               "Content-Type: text/plain\r\nContent-Length: %zu\r\n"
               "Connection: %s\r\n\r\n", http->pagelen,
               keep ? "keep-alive" : "close");

  iov[0].iov_base = head;
  iov[0].iov_len  = (size_t)n;
  iov[1].iov_base = http->page;
  iov[1].iov_len  = http->pagelen;
  memset(&msg, 0, sizeof(msg));
  msg.msg_iov     = iov;
  msg.msg_iovlen  = 2;
  req->matched    = 0;
  req->len        = 0;
  return sendmsg(req->fd, &msg, keep ? MSG_NOSIGNAL :
                                       MSG_NOSIGNAL | MSG_MORE) ==
         (ssize_t)(http->pagelen + (size_t)n) && keep;
}

/****************************************************************************
 * Name: http_read
 *
 * Description:
 *   What a client has sent; each empty line is the end of a request.
 *
 ****************************************************************************/

static void http_read(FAR struct http_s *http, FAR struct request_s *req)
{
  static const char empty[] = "\r\n\r\n";
  char buf[2048];
  ssize_t n = recv(req->fd, buf, sizeof(buf), MSG_DONTWAIT);
  ssize_t i;

  if (n <= 0)
    {
      if (n == 0 || errno != EAGAIN)
        {
          http_forget(req);
        }

      return;
    }

  for (i = 0; i < n; i++)
    {
      req->line[req->len] = buf[i];
      req->len += req->len < sizeof(req->line) - 1;
      req->matched = buf[i] == empty[req->matched] ? req->matched + 1 :
                                                     buf[i] == '\r';
      if (req->matched == 4 && !http_reply(http, req))
        {
          http_forget(req);
          return;
        }
    }
}

/****************************************************************************
 * Name: http_serve
 *
 * Description:
 *   For ever, or until an error.
 *
 ****************************************************************************/

static int http_serve(FAR struct http_s *http)
{
  struct epoll_event event[NEVENTS];
  int n;
  int i;

  for (; ; )
    {
      n = epoll_wait(http->epoll, event, NEVENTS, -1);
      if (n < 0 && errno != EINTR)
        {
          return netbench_failed("epoll_wait");
        }

      for (i = 0; i < n; i++)
        {
          if (event[i].data.ptr != NULL)
            {
              http_read(http, event[i].data.ptr);
            }
          else if (http_accept(http) < 0)
            {
              return netbench_failed("accept");
            }
        }
    }
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: netbench_http
 *
 * Description:
 *   Answer requests until an error.
 *
 ****************************************************************************/

int netbench_http(int argc, FAR char *argv[])
{
  int64_t size = netbench_number(argv[1], 1, MAXPAGE);
  struct epoll_event event;
  struct http_s http;
  int ret;

  (void)argc;
  if (size < 0)
    {
      return 2;
    }

  http.listener = netbench_socket(SOCK_STREAM, NULL, argv[0]);
  if (http.listener < 0)
    {
      return EXIT_FAILURE;
    }

  memset(&event, 0, sizeof(event));
  event.events = EPOLLIN;
  http.pagelen = (size_t)size;
  http.page    = malloc(http.pagelen);
  http.epoll   = epoll_create1(0);
  if (http.page == NULL || http.epoll < 0 ||
      epoll_ctl(http.epoll, EPOLL_CTL_ADD, http.listener, &event) < 0)
    {
      ret = netbench_failed(argv[0]);
    }
  else
    {
      memset(http.page, 'x', http.pagelen);
      printf("ready\n");
      fflush(stdout);
      ret = http_serve(&http);
    }

  if (http.epoll >= 0)
    {
      close(http.epoll);
    }

  free(http.page);
  close(http.listener);
  return ret;
}
