/****************************************************************************
 * apps/netutils/httpd/httpd_main.c
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

/* httpd: serves a directory by HTTP/1.1.
 *
 * One task for any number of connections.  Each descriptor is in an epoll
 * set, told of edges: a connection remembers whether there is something to
 * read and room to write, and is asked again only after the kernel said
 * "not now".  A connection is in one of three states:
 *
 *   reading    nothing is owed; bytes of the next request may be pending
 *   replying   an answer is being sent; nothing is read meanwhile, so who
 *              does not read its answers cannot ask for more
 *   ending     all is sent and our side is shut down; what still comes is
 *              thrown away, since to close with unread bytes would be a
 *              reset, which overtakes the answer
 *
 * Connections are in a list by their last progress (a request understood,
 * bytes of an answer taken), so that those that are late are at its head.
 * Between requests a connection has no buffer.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "httpd.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define HTTPD_EVENTS  64               /* Taken from the kernel at once */
#define HTTPD_SPARE   8                /* Answers kept for the next */
#define HTTPD_BACKLOG 512

/****************************************************************************
 * Private Types
 ****************************************************************************/

enum httpd_state_e
{
  HTTPD_READING = 0,
  HTTPD_REPLYING,
  HTTPD_ENDING
};

struct httpd_conn_s
{
  FAR struct httpd_conn_s *prev;       /* By progress, the oldest first */
  FAR struct httpd_conn_s *next;
  FAR struct httpd_reply_s *reply;
  FAR char *pending;                   /* Received, not yet understood */
  size_t npending;
  uint64_t since;                      /* Of the last progress */
  enum httpd_state_e state;
  bool readable;
  bool writable;
  bool gone;                           /* The peer has shut down */
  int fd;
};

struct httpd_server_s
{
  struct httpd_site_s site;
  struct netlib_wait_s wait;
  struct httpd_conn_s list;            /* Its head */
  FAR struct httpd_conn_s *dead;       /* Closed; freed after the batch */
  FAR struct httpd_reply_s *spare;
  size_t nspare;
  uint64_t now;
  uint64_t timeout;
  int listener;
  int epoll;
  bool quiet;
  bool paused;                         /* No more descriptors for now */
  char input[HTTPD_REQUEST_MAX + 1];
};

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const char g_help[] =
  "usage: httpd [-q] [-a ADDRESS] [-p PORT] [-k SECONDS] [DIRECTORY]\n"
  "\n"
  "Serves DIRECTORY (the working directory) by HTTP/1.1, until it is\n"
  "interrupted.  /bytes/N are N bytes made up (N may end in k m g K M G).\n"
  "\n"
  "  -a ADDRESS  listen on this address only\n"
  "  -k SECONDS  close a connection after so long without progress (60)\n"
  "  -p PORT     listen on this port (80); 0: any, which is printed\n"
  "  -q          do not print a line for each request\n"
  "  --help      this text\n";

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: conn_touch
 *
 * Description:
 *   There was progress: put the connection at the end of the list.
 *
 ****************************************************************************/

static void conn_touch(FAR struct httpd_server_s *server,
                       FAR struct httpd_conn_s *conn)
{
  conn->prev->next = conn->next;
  conn->next->prev = conn->prev;
  conn->prev = server->list.prev;
  conn->next = &server->list;
  conn->prev->next = conn;
  server->list.prev = conn;
  conn->since = server->now;
}

/****************************************************************************
 * Name: reply_alloc
 *
 * Description:
 *   Memory for an answer: one that was kept, or new.
 *
 ****************************************************************************/

static FAR struct httpd_reply_s *
reply_alloc(FAR struct httpd_server_s *server)
{
  FAR struct httpd_reply_s *reply = server->spare;

  if (reply == NULL)
    {
      return malloc(sizeof(*reply));
    }

  server->spare = reply->next;
  server->nspare--;
  return reply;
}

/****************************************************************************
 * Name: reply_free
 *
 * Description:
 *   An answer is done with.
 *
 ****************************************************************************/

static void reply_free(FAR struct httpd_server_s *server,
                       FAR struct httpd_reply_s *reply)
{
  if (reply->fd >= 0)
    {
      close(reply->fd);
    }

  free(reply->memory);
  if (server->nspare < HTTPD_SPARE)
    {
      reply->next = server->spare;
      server->spare = reply;
      server->nspare++;
    }
  else
    {
      free(reply);
    }
}

/****************************************************************************
 * Name: listener_pause
 *
 * Description:
 *   Stop, or go on, to look for new connections.
 *
 ****************************************************************************/

static void listener_pause(FAR struct httpd_server_s *server, bool pause)
{
  struct epoll_event event;

  if (server->paused != pause)
    {
      memset(&event, 0, sizeof(event));
      event.events = pause ? 0 : EPOLLIN;
      event.data.ptr = NULL;
      if (epoll_ctl(server->epoll, EPOLL_CTL_MOD, server->listener,
                    &event) == 0)
        {
          server->paused = pause;
        }
    }
}

/****************************************************************************
 * Name: conn_close
 *
 * Description:
 *   Close a connection.  Events about it may be in the batch still, so its
 *   memory stays until that is done.
 *
 ****************************************************************************/

static void conn_close(FAR struct httpd_server_s *server,
                       FAR struct httpd_conn_s *conn)
{
  close(conn->fd);
  conn->fd = -1;
  conn->prev->next = conn->next;
  conn->next->prev = conn->prev;
  conn->next = server->dead;
  server->dead = conn;
  free(conn->pending);
  if (conn->reply != NULL)
    {
      reply_free(server, conn->reply);
    }

  listener_pause(server, false);
}

/****************************************************************************
 * Name: conn_open
 *
 * Description:
 *   A connection came.
 *
 ****************************************************************************/

static void conn_open(FAR struct httpd_server_s *server, int fd)
{
  FAR struct httpd_conn_s *conn = calloc(1, sizeof(*conn));
  struct epoll_event event;
  int one = 1;

  if (conn == NULL)
    {
      close(fd);
      return;
    }

  conn->fd = fd;
  conn->writable = true;
  conn->prev = conn;
  conn->next = conn;
  memset(&event, 0, sizeof(event));
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = conn;
  if (epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
    {
      close(fd);
      free(conn);
      return;
    }

  /* An answer is sent as a whole: there is nothing to wait for */

  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
  conn_touch(server, conn);
}

/****************************************************************************
 * Name: accept_all
 *
 * Description:
 *   Take the connections that have come.  Without descriptors left the rest
 *   waits until one is closed.
 *
 ****************************************************************************/

static void accept_all(FAR struct httpd_server_s *server)
{
  int fd;

  for (; ; )
    {
      fd = accept4(server->listener, NULL, NULL,
                   SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd >= 0)
        {
          conn_open(server, fd);
        }
      else if (errno != EINTR && errno != ECONNABORTED)
        {
          if (errno != EAGAIN)
            {
              listener_pause(server, true);
            }

          return;
        }
    }
}

/****************************************************************************
 * Name: log_request
 *
 * Description:
 *   Print one line for an answer.
 *
 ****************************************************************************/

static void log_request(FAR const struct httpd_server_s *server,
                        FAR const struct httpd_conn_s *conn,
                        FAR const struct httpd_request_s *request)
{
  FAR const char *path = request->path;
  struct sockaddr_storage peer;
  socklen_t len = sizeof(peer);
  char host[NETLIB_ADDRLEN];

  if (server->quiet)
    {
      return;
    }

  strcpy(host, "-");
  if (getpeername(conn->fd, (FAR struct sockaddr *)&peer, &len) == 0)
    {
      netlib_hosttext(&peer, host);
    }

  printf("%s %d %llu %s ", host, conn->reply->status,
         (unsigned long long)conn->reply->left,
         request->head ? "HEAD" : "GET");
  for (; path != NULL && *path != '\0'; path++)
    {
      putchar(isprint((unsigned char)*path) ? *path : '?');
    }

  putchar('\n');
}

/****************************************************************************
 * Name: conn_answer
 *
 * Description:
 *   Begin to answer the request at the front of buffer.
 *
 ****************************************************************************/

static void conn_answer(FAR struct httpd_server_s *server,
                        FAR struct httpd_conn_s *conn,
                        FAR struct httpd_request_s *request)
{
  conn->reply = reply_alloc(server);
  if (conn->reply == NULL)
    {
      conn_close(server, conn);
      return;
    }

  httpd_reply(&server->site, request, conn->reply);
  conn->state = HTTPD_REPLYING;
  conn_touch(server, conn);
  log_request(server, conn, request);
}

/****************************************************************************
 * Name: conn_refuse
 *
 * Description:
 *   Answer without having understood a request.
 *
 ****************************************************************************/

static void conn_refuse(FAR struct httpd_server_s *server,
                        FAR struct httpd_conn_s *conn, int status)
{
  struct httpd_request_s request;

  memset(&request, 0, sizeof(request));
  request.status = status;
  request.close = true;
  request.header = "";
  conn_answer(server, conn, &request);
}

/****************************************************************************
 * Name: conn_keep
 *
 * Description:
 *   Remember what is left of the input until more has come.
 *
 ****************************************************************************/

static void conn_keep(FAR struct httpd_server_s *server,
                      FAR struct httpd_conn_s *conn, FAR const char *data,
                      size_t len)
{
  FAR char *copy = NULL;

  if (len > 0)
    {
      copy = malloc(len);
      if (copy == NULL)
        {
          conn_close(server, conn);
          return;
        }

      memcpy(copy, data, len);
    }

  free(conn->pending);
  conn->pending = copy;
  conn->npending = len;
}

/****************************************************************************
 * Name: conn_understand
 *
 * Description:
 *   Look for a request in the first len bytes of the input.
 *
 ****************************************************************************/

static void conn_understand(FAR struct httpd_server_s *server,
                            FAR struct httpd_conn_s *conn, size_t len)
{
  struct httpd_request_s request;
  FAR char *input = server->input;
  size_t skip = 0;
  size_t used;

  /* RFC 9112, 2.2: blank lines in front of a request are to be ignored */

  while (skip < len && (input[skip] == '\r' || input[skip] == '\n'))
    {
      skip++;
    }

  used = skip + httpd_request_length(input + skip, len - skip);
  if (used > skip)
    {
      conn_keep(server, conn, input + used, len - used);
      if (conn->fd >= 0)
        {
          httpd_request_parse(input + skip, used - skip, &request);
          conn_answer(server, conn, &request);
        }
    }
  else if (len - skip == HTTPD_REQUEST_MAX)
    {
      conn_keep(server, conn, NULL, 0);
      conn_refuse(server, conn,
                  memchr(input + skip, '\n', len - skip) == NULL ?
                  414 : 431);
    }
  else
    {
      conn_keep(server, conn, input + skip, len - skip);
    }
}

/****************************************************************************
 * Name: conn_read
 *
 * Description:
 *   Receive what is there, and look for a request in it.  Returns false when
 *   there is nothing more to do for now.
 *
 ****************************************************************************/

static bool conn_read(FAR struct httpd_server_s *server,
                      FAR struct httpd_conn_s *conn)
{
  size_t len = conn->npending;
  size_t room;
  ssize_t got = 0;

  if (len > 0)
    {
      memcpy(server->input, conn->pending, len);
    }

  /* After an answer there may be a whole request already */

  if (len == 0 || httpd_request_length(server->input, len) == 0)
    {
      if (!conn->readable)
        {
          return false;
        }

      room = HTTPD_REQUEST_MAX - len;
      got = recv(conn->fd, server->input + len, room, 0);
      if (got < 0)
        {
          conn->readable = false;
          if (errno != EAGAIN)
            {
              conn_close(server, conn);
            }

          return false;
        }

      if (got == 0)
        {
          conn_close(server, conn);
          return false;
        }

      conn->readable = (size_t)got == room || conn->gone;
    }

  conn_understand(server, conn, len + (size_t)got);
  return conn->fd >= 0;
}

/****************************************************************************
 * Name: conn_end
 *
 * Description:
 *   The last answer is out.
 *
 ****************************************************************************/

static void conn_end(FAR struct httpd_server_s *server,
                     FAR struct httpd_conn_s *conn)
{
  conn->state = HTTPD_ENDING;
  conn->readable = true;
  if (shutdown(conn->fd, SHUT_WR) < 0)
    {
      conn_close(server, conn);
    }
}

/****************************************************************************
 * Name: conn_discard
 *
 * Description:
 *   Throw away what comes after the last answer, until the peer has closed
 *   too.
 *
 ****************************************************************************/

static bool conn_discard(FAR struct httpd_server_s *server,
                         FAR struct httpd_conn_s *conn)
{
  ssize_t got = recv(conn->fd, server->input, HTTPD_REQUEST_MAX, 0);

  if (got > 0)
    {
      return true;
    }

  if (got == 0 || errno != EAGAIN)
    {
      conn_close(server, conn);
    }

  return false;
}

/****************************************************************************
 * Name: reply_fill
 *
 * Description:
 *   Read the next piece of the file behind what is in the buffer.
 *
 ****************************************************************************/

static bool reply_fill(FAR struct httpd_reply_s *reply)
{
  size_t room = sizeof(reply->buffer) - reply->end;
  ssize_t got;

  if (room > reply->left)
    {
      room = (size_t)reply->left;
    }

  got = read(reply->fd, reply->buffer + reply->end, room);
  if (got <= 0)
    {
      return false;
    }

  reply->end += (size_t)got;
  reply->offset += (uint64_t)got;
  reply->left -= (uint64_t)got;
  return true;
}

/****************************************************************************
 * Name: reply_body
 *
 * Description:
 *   What follows the buffer, of a body that is in memory.
 *
 ****************************************************************************/

static size_t reply_body(FAR const struct httpd_server_s *server,
                         FAR const struct httpd_reply_s *reply,
                         FAR struct iovec *iov)
{
  size_t begin;
  size_t room;

  if (reply->left == 0 || reply->body == HTTPD_NONE ||
      reply->body == HTTPD_FILE)
    {
      return 0;
    }

  if (reply->body == HTTPD_MEMORY)
    {
      iov->iov_base = reply->memory + reply->offset;
      iov->iov_len = (size_t)reply->left;
      return 1;
    }

  begin = (size_t)(reply->offset % HTTPD_PATTERN_SIZE);
  room = HTTPD_PATTERN_SIZE - begin;
  iov->iov_base = (FAR char *)(uintptr_t)server->site.pattern + begin;
  iov->iov_len = reply->left < room ? (size_t)reply->left : room;
  return 1;
}

/****************************************************************************
 * Name: reply_sent
 *
 * Description:
 *   So many bytes were taken.
 *
 ****************************************************************************/

static void reply_sent(FAR struct httpd_reply_s *reply, size_t sent)
{
  size_t buffered = reply->end - reply->begin;

  if (sent < buffered)
    {
      reply->begin += sent;
      return;
    }

  sent -= buffered;
  reply->begin = 0;
  reply->end = 0;
  reply->offset += sent;
  reply->left -= sent;
}

/****************************************************************************
 * Name: conn_send
 *
 * Description:
 *   Send the next piece of an answer.  Returns false when there is nothing
 *   more to do for now.
 *
 ****************************************************************************/

static bool conn_send(FAR struct httpd_server_s *server,
                      FAR struct httpd_conn_s *conn)
{
  FAR struct httpd_reply_s *reply = conn->reply;
  struct iovec iov[2];
  struct msghdr msg;
  ssize_t sent;

  if (!conn->writable)
    {
      return false;
    }

  if (reply->body == HTTPD_FILE && reply->left > 0 &&
      (reply->end == 0 || !reply->started))
    {
      reply->started = true;
      if (!reply_fill(reply))
        {
          /* The file became shorter: the length that was told is wrong */

          conn_close(server, conn);
          return false;
        }
    }

  memset(&msg, 0, sizeof(msg));
  msg.msg_iov = iov;
  if (reply->end > reply->begin)
    {
      iov[0].iov_base = reply->buffer + reply->begin;
      iov[0].iov_len = reply->end - reply->begin;
      msg.msg_iovlen = 1;
    }

  msg.msg_iovlen += reply_body(server, reply, &iov[msg.msg_iovlen]);
  sent = sendmsg(conn->fd, &msg, MSG_NOSIGNAL);
  if (sent < 0)
    {
      conn->writable = false;
      if (errno != EAGAIN && errno != EINTR)
        {
          conn_close(server, conn);
        }

      return false;
    }

  reply_sent(reply, (size_t)sent);
  conn_touch(server, conn);
  if (reply->end == 0 && reply->left == 0)
    {
      conn->reply = NULL;
      conn->state = HTTPD_READING;
      if (reply->close)
        {
          conn_end(server, conn);
        }

      reply_free(server, reply);
    }

  return conn->fd >= 0;
}

/****************************************************************************
 * Name: conn_run
 *
 * Description:
 *   Do for a connection what can be done now.
 *
 ****************************************************************************/

static void conn_run(FAR struct httpd_server_s *server,
                     FAR struct httpd_conn_s *conn)
{
  bool more = true;

  while (more)
    {
      switch (conn->state)
        {
        case HTTPD_READING:
          more = conn_read(server, conn);
          break;

        case HTTPD_REPLYING:
          more = conn_send(server, conn);
          break;

        default:
          more = conn_discard(server, conn);
          break;
        }
    }
}

/****************************************************************************
 * Name: expire
 *
 * Description:
 *   Close connections without progress.  Returns when the next one may be
 *   due, in milliseconds, -1 if there is none.
 *
 ****************************************************************************/

static int expire(FAR struct httpd_server_s *server)
{
  FAR struct httpd_conn_s *conn;
  uint64_t due;

  for (; ; )
    {
      conn = server->list.next;
      if (conn == &server->list)
        {
          return -1;
        }

      due = conn->since + server->timeout;
      if (due > server->now)
        {
          due = (due - server->now + NETLIB_MSEC - 1) / NETLIB_MSEC;
          return due < INT32_MAX ? (int)due : INT32_MAX;
        }

      conn_close(server, conn);
    }
}

/****************************************************************************
 * Name: bury
 *
 * Description:
 *   Free the connections that were closed.
 *
 ****************************************************************************/

static void bury(FAR struct httpd_server_s *server)
{
  FAR struct httpd_conn_s *conn;

  while ((conn = server->dead) != NULL)
    {
      server->dead = conn->next;
      free(conn);
    }
}

/****************************************************************************
 * Name: serve
 *
 * Description:
 *   Serve until a signal comes.
 *
 ****************************************************************************/

static int serve(FAR struct httpd_server_s *server)
{
  FAR struct httpd_conn_s *conn;
  struct epoll_event events[HTTPD_EVENTS];
  int timeout;
  int count;
  int i;

  while (!server->wait.interrupted)
    {
      server->now = netlib_now();
      timeout = expire(server);
      bury(server);
      count = epoll_pwait(server->epoll, events, HTTPD_EVENTS, timeout,
                          &server->wait.mask);
      if (count < 0)
        {
          if (errno != EINTR)
            {
              return netlib_fail("httpd", "epoll: %s", strerror(errno));
            }

          server->wait.interrupted = true;
        }

      server->now = netlib_now();
      for (i = 0; i < count; i++)
        {
          conn = events[i].data.ptr;
          if (conn == NULL)
            {
              accept_all(server);
            }
          else if (conn->fd >= 0)
            {
              conn->writable |= (events[i].events & EPOLLOUT) != 0;
              conn->gone |= (events[i].events &
                             (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
              conn->readable |= (events[i].events & EPOLLIN) != 0 ||
                                conn->gone;
              conn_run(server, conn);
            }
        }

      if (!server->quiet)
        {
          fflush(stdout);
        }
    }

  return EXIT_SUCCESS;
}

/****************************************************************************
 * Name: make_pattern
 *
 * Description:
 *   The bytes of /bytes/N: numbered lines of 16 bytes, so that a piece that
 *   is missing or moved can be seen.
 *
 ****************************************************************************/

static FAR char *make_pattern(void)
{
  FAR char *pattern = malloc(HTTPD_PATTERN_SIZE + 1);
  unsigned int i;

  for (i = 0; pattern != NULL && i < HTTPD_PATTERN_SIZE; i += 16)
    {
      snprintf(pattern + i, 17, "%08x bytes.\n", i & 0xffffffff);
    }

  return pattern;
}

/****************************************************************************
 * Name: start
 *
 * Description:
 *   Listen.  The status of the program, or -1 if it may go on.
 *
 ****************************************************************************/

static int start(FAR struct httpd_server_s *server,
                 FAR const char *address, FAR const char *port)
{
  struct netlib_addr_s local;
  struct epoll_event event;
  char text[NETLIB_ADDRLEN];
  FAR const char *why;

  why = netlib_resolve(address != NULL ? address : "0.0.0.0", port,
                       SOCK_STREAM, &local);
  if (why != NULL)
    {
      return netlib_fail("httpd", "%s port %s: %s",
                         address != NULL ? address : "any", port, why);
    }

  server->listener = netlib_listen(&local, HTTPD_BACKLOG, 0);
  if (server->listener < 0)
    {
      return netlib_fail("httpd", "cannot listen on %s: %s",
                         netlib_addrtext(&local.addr, text),
                         strerror(-server->listener));
    }

  server->epoll = epoll_create1(EPOLL_CLOEXEC);
  memset(&event, 0, sizeof(event));
  event.events = EPOLLIN;
  if (server->epoll < 0 || epoll_ctl(server->epoll, EPOLL_CTL_ADD,
                                     server->listener, &event) < 0)
    {
      return netlib_fail("httpd", "epoll: %s", strerror(errno));
    }

  getsockname(server->listener, (FAR struct sockaddr *)&local.addr,
              &local.len);
  printf("httpd: serving %s on %s\n", server->site.root,
         netlib_addrtext(&local.addr, text));
  fflush(stdout);
  return -1;
}

/****************************************************************************
 * Name: stop
 *
 * Description:
 *   Close and free everything.
 *
 ****************************************************************************/

static void stop(FAR struct httpd_server_s *server)
{
  FAR struct httpd_reply_s *reply;

  while (server->list.next != &server->list)
    {
      conn_close(server, server->list.next);
    }

  bury(server);
  while ((reply = server->spare) != NULL)
    {
      server->spare = reply->next;
      free(reply);
    }

  if (server->listener >= 0)
    {
      close(server->listener);
    }

  if (server->epoll >= 0)
    {
      close(server->epoll);
    }

  free((FAR void *)(uintptr_t)server->site.pattern);
  free(server);
}

/****************************************************************************
 * Name: options
 *
 * Description:
 *   Read the command line.  The status of the program, or -1 if it may go
 *   on.
 *
 ****************************************************************************/

static int options(FAR struct httpd_server_s *server, int argc,
                   FAR char *argv[], FAR const char **address,
                   FAR const char **port)
{
  struct stat st;
  int64_t number;
  int opt;

  while ((opt = getopt(argc, argv, "+a:k:p:q")) != -1)
    {
      switch (opt)
        {
        case 'a':
          *address = optarg;
          break;

        case 'k':
          if (!netlib_seconds(optarg, &server->timeout) ||
              server->timeout == 0)
            {
              return netlib_misuse("httpd", "-k %s: must be a time", optarg);
            }

          break;

        case 'p':
          if (!netlib_number(optarg, 0, 65535, &number))
            {
              return netlib_misuse("httpd", "-p %s: no port", optarg);
            }

          *port = optarg;
          break;

        case 'q':
          server->quiet = true;
          break;

        default:
          return NETLIB_USAGE;
        }
    }

  if (argc - optind > 1)
    {
      return netlib_misuse("httpd", "%s: too many arguments",
                           argv[optind + 1]);
    }

  server->site.root = argc > optind ? argv[optind] : ".";
  server->site.rootlen = strlen(server->site.root);
  if (stat(server->site.root, &st) < 0)
    {
      return netlib_fail("httpd", "%s: %s", server->site.root,
                         strerror(errno));
    }

  if (!S_ISDIR(st.st_mode))
    {
      return netlib_fail("httpd", "%s: %s", server->site.root,
                         strerror(ENOTDIR));
    }

  return -1;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: main
 *
 * Description:
 *   Serve a directory.
 *
 ****************************************************************************/

int main(int argc, FAR char *argv[])
{
  FAR struct httpd_server_s *server;
  FAR const char *address = NULL;
  FAR const char *port = "80";
  int status;

  if (netlib_help(argc, argv, g_help))
    {
      return EXIT_SUCCESS;
    }

  server = calloc(1, sizeof(*server));
  if (server == NULL)
    {
      return netlib_fail("httpd", "out of memory");
    }

  server->timeout = 60 * NETLIB_SEC;
  server->listener = -1;
  server->epoll = -1;
  server->site.date_at = -1;
  server->list.next = &server->list;
  server->list.prev = &server->list;

  status = options(server, argc, argv, &address, &port);
  if (status < 0)
    {
      server->site.pattern = make_pattern();
      if (server->site.pattern == NULL)
        {
          status = netlib_fail("httpd", "out of memory");
        }
    }

  if (status < 0)
    {
      netlib_signals(&server->wait);
      status = start(server, address, port);
    }

  if (status < 0)
    {
      status = serve(server);
    }

  stop(server);
  return status == NETLIB_USAGE ? status : netlib_finish("httpd", status);
}
