/****************************************************************************
 * apps/testing/sockettest/st_serve_tcp.c
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

/* The services discard, source, both and echo: one loop for any number of
 * connections, none of which blocks.  The parameters are in st_ctrl.c.
 *
 * A connection is worked on in turns of one chunk.  What it waits for tells
 * wants(): room to send, bytes to receive, or a time.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "st_server.h"

/****************************************************************************
 * Private Types
 ****************************************************************************/

enum end_e
{
  END_CLOSE,
  END_HALF,
  END_RST,
  END_KEEP
};

struct conn_s
{
  int fd;                              /* -1: it is over */
  bool connecting;
  bool txend;                          /* All is sent */
  bool rxend;                          /* The end has come */
  uint32_t stream;
  uint64_t got;
  uint64_t sent;
  uint32_t crc;
  uint32_t sentcrc;
  uint64_t next;                       /* Not before this time */
  size_t have;                         /* In buf, to be sent */
  size_t done;                         /* ... of which were */
  FAR uint8_t *buf;
};

struct serve_s
{
  FAR struct st_serving_s *serving;
  FAR struct conn_s *conns;
  FAR struct pollfd *fds;
  size_t nconns;                       /* That came */
  size_t nover;                        /* ... and went */
  size_t wanted;                       /* 0: any number */
  uint64_t bytes;
  uint64_t limit;
  uint64_t delay;
  uint64_t patience;                   /* Milliseconds */
  uint64_t progress;                   /* When something last happened */
  uint64_t accepts;                    /* Nobody before this time */
  uint64_t urgent;                     /* The number of a byte; 0: none */
  int64_t mark;                        /* In front of the peer's; -1: none */
  uint32_t stream;
  uint16_t connect;
  size_t chunk;
  bool perconn;
  bool noaccept;
  bool oobinline;
  bool sends;
  bool receives;
  bool echo;
  enum end_e end;
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: configure
 *
 * Description:
 *   What the client asks for; st_params_check() has seen that it makes
 *   sense.
 *
 ****************************************************************************/

static void configure(FAR struct serve_s *s)
{
  FAR const char *params = s->serving->params;
  FAR const char *kind = s->serving->kind->name;
  char end[16] = "";

  s->echo     = strcmp(kind, "echo") == 0;
  s->sends    = strcmp(kind, "source") == 0 || strcmp(kind, "both") == 0;
  s->receives = strcmp(kind, "source") != 0;
  s->wanted   = st_number(params, "conns", 1);
  s->bytes    = st_number(params, "bytes", 0);
  s->limit    = st_number(params, "read", UINT64_MAX);
  s->delay    = st_number(params, "delay_ms", 0);
  s->patience = st_number(params, "timeout", 60) * 1000;
  s->stream   = st_number(params, "stream", 0);
  s->connect  = st_number(params, "connect", 0);
  s->chunk    = st_number(params, "chunk", 65536);
  s->perconn  = st_number(params, "perconn", 0) != 0;
  s->noaccept = st_number(params, "noaccept", 0) != 0;
  s->accepts  = st_now() + st_number(params, "accept_ms", 0);
  s->urgent   = st_number(params, "urgent", 0);
  s->mark     = -1;
  s->oobinline = st_number(params, "inline", 0) != 0;
  s->end      = s->sends ? END_HALF : END_CLOSE;
  if (st_word(params, "end", end, sizeof(end)) != NULL)
    {
      s->end = strcmp(end, "half") == 0 ? END_HALF :
               strcmp(end, "rst") == 0 ? END_RST :
               strcmp(end, "keep") == 0 ? END_KEEP : END_CLOSE;
    }
}

/****************************************************************************
 * Name: conn_over
 *
 * Description:
 *   A connection is over: count it, and forget it.
 *
 ****************************************************************************/

static void conn_over(FAR struct serve_s *s, FAR struct conn_s *c, bool reset)
{
  struct linger linger =
  {
    .l_onoff = 1
  };

  if (reset)
    {
      setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    }

  close(c->fd);
  free(c->buf);
  c->buf = NULL;
  c->fd  = -1;
  s->serving->crc     ^= c->crc;
  s->serving->sentcrc ^= c->sentcrc;
  s->nover++;
}

/****************************************************************************
 * Name: conn_failed
 *
 * Description:
 *   It is over because of an error.
 *
 ****************************************************************************/

static void conn_failed(FAR struct serve_s *s, FAR struct conn_s *c, int err)
{
  st_serving_error(s->serving, err);
  conn_over(s, c, false);
}

/****************************************************************************
 * Name: conn_new
 *
 * Description:
 *   One more connection.  0, or an errno.
 *
 ****************************************************************************/

static int conn_new(FAR struct serve_s *s, int fd, uint16_t port)
{
  FAR struct conn_s *conns;
  FAR struct pollfd *fds;
  FAR struct conn_s *c;

  conns = realloc(s->conns, (s->nconns + 1) * sizeof(*conns));
  s->conns = conns != NULL ? conns : s->conns;
  fds = realloc(s->fds, (s->nconns + 3) * sizeof(*fds));
  s->fds = fds != NULL ? fds : s->fds;
  if (conns == NULL || fds == NULL ||
      fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
    {
      return conns == NULL || fds == NULL ? ENOMEM : errno;
    }

  c = &s->conns[s->nconns];
  memset(c, 0, sizeof(*c));
  c->buf = malloc(s->chunk);
  if (c->buf == NULL)
    {
      return ENOMEM;
    }

  c->fd     = fd;
  c->stream = s->stream + (s->perconn ? port : 0);
  c->rxend  = !s->receives && s->end != END_HALF && s->end != END_KEEP;
  c->next   = st_now() + s->delay;
  s->nconns++;
  s->serving->conns++;
  return 0;
}

/****************************************************************************
 * Name: conn_finish
 *
 * Description:
 *   Whether it is done, and the end of it.
 *
 ****************************************************************************/

static void conn_finish(FAR struct serve_s *s, FAR struct conn_s *c)
{
  bool sent = c->have == 0 && (!s->sends || c->sent == s->bytes) &&
              (!s->echo || c->rxend);

  if (sent && !c->txend && s->end == END_HALF)
    {
      c->txend = true;
      shutdown(c->fd, SHUT_WR);
    }

  if (sent && c->rxend)
    {
      conn_over(s, c, s->end == END_RST);
    }
}

/****************************************************************************
 * Name: conn_accept
 *
 * Description:
 *   Take one from the listener.
 *
 ****************************************************************************/

static void conn_accept(FAR struct serve_s *s)
{
  struct sockaddr_in addr;
  socklen_t len = sizeof(addr);
  int fd = accept(s->serving->fd, (FAR struct sockaddr *)&addr, &len);
  int err;

  if (fd < 0)
    {
      if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        {
          st_serving_error(s->serving, errno);
          s->wanted = s->nover > 0 ? s->nover : 1;
        }

      return;
    }

  err = conn_new(s, fd, ntohs(addr.sin_port));
  if (err != 0)
    {
      st_serving_error(s->serving, err);
      close(fd);
      return;
    }

  /* If it has nothing to send, no event will come for that */

  conn_finish(s, &s->conns[s->nconns - 1]);
}

/****************************************************************************
 * Name: conn_connect
 *
 * Description:
 *   Connect to the client, so often as it asked for.
 *
 ****************************************************************************/

static void conn_connect(FAR struct serve_s *s)
{
  struct sockaddr_in addr = s->serving->client;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  int err;

  addr.sin_port = htons(s->connect);
  err = fd < 0 ? errno : conn_new(s, fd, s->connect);
  if (err != 0)
    {
      st_serving_error(s->serving, err);
      if (fd >= 0)
        {
          close(fd);
        }

      s->wanted = s->nconns;
      return;
    }

  if (connect(fd, (FAR struct sockaddr *)&addr, sizeof(addr)) < 0)
    {
      s->conns[s->nconns - 1].connecting = errno == EINPROGRESS;
      if (errno != EINPROGRESS)
        {
          conn_failed(s, &s->conns[s->nconns - 1], errno);
        }
    }
}

/****************************************************************************
 * Name: room
 *
 * Description:
 *   What is to be sent next is put into the buffer, if that is empty.
 *
 ****************************************************************************/

static void room(FAR struct serve_s *s, FAR struct conn_s *c)
{
  uint64_t left = s->bytes - c->sent;

  if (s->sends && c->have == 0 && left > 0)
    {
      c->have = left < s->chunk ? left : s->chunk;
      c->done = 0;
      if (c->sent < s->urgent)
        {
          left = s->urgent - 1 - c->sent;      /* In front of it */
          left = left > 0 ? left : 1;
          c->have = left < c->have ? left : c->have;
        }

      st_pattern_fill(s->serving->seed, c->buf, c->have,
                      c->stream + ST_BACK, c->sent);
    }
}

/****************************************************************************
 * Name: conn_send
 *
 * Description:
 *   Send what there is.  0, or an errno.
 *
 ****************************************************************************/

static int conn_send(FAR struct serve_s *s, FAR struct conn_s *c)
{
  ssize_t n;

  room(s, c);
  if (c->have == 0)
    {
      return 0;
    }

  n = send(c->fd, c->buf + c->done, c->have - c->done,
           c->sent + 1 == s->urgent ? MSG_OOB | MSG_NOSIGNAL : MSG_NOSIGNAL);
  if (n < 0)
    {
      return errno == EAGAIN || errno == EINTR ? 0 : errno;
    }

  c->sentcrc = st_crc32c(c->sentcrc, c->buf + c->done, n);
  c->done += n;
  c->sent += n;
  c->have = c->done == c->have ? 0 : c->have;
  c->next = st_now() + s->delay;
  s->serving->sent += n;
  return 0;
}

/****************************************************************************
 * Name: conn_recv
 *
 * Description:
 *   Receive what there is.  0, or an errno.
 *
 ****************************************************************************/

static int conn_recv(FAR struct serve_s *s, FAR struct conn_s *c)
{
  FAR uint8_t *buf = c->buf;
  uint8_t spare[4096];
  size_t len = s->chunk;
  ssize_t n;

  if (!s->echo && c->have > 0)
    {
      buf = spare;
      len = len < sizeof(spare) ? len : sizeof(spare);
    }

  if (len > s->limit - c->got)
    {
      len = s->limit - c->got;
    }

  if (s->oobinline && sockatmark(c->fd) == 1)
    {
      s->mark = c->got;
    }

  n = recv(c->fd, buf, len, 0);
  if (n < 0)
    {
      return errno == EAGAIN || errno == EINTR ? 0 : errno;
    }

  c->rxend = n == 0;
  st_serving_got(s->serving, buf, n, c->stream, c->got);
  c->crc  = st_crc32c(c->crc, buf, n);
  c->got += n;
  c->next = st_now() + s->delay;
  c->rxend |= c->got == s->limit;
  if (s->echo)
    {
      c->have = n;
      c->done = 0;
    }

  return 0;
}

/****************************************************************************
 * Name: wants
 *
 * Description:
 *   What a connection waits for.
 *
 ****************************************************************************/

static short wants(FAR struct serve_s *s, FAR struct conn_s *c)
{
  short events = 0;

  if (c->connecting)
    {
      return POLLOUT;
    }

  if (c->have > 0 || (s->sends && c->sent < s->bytes))
    {
      events |= POLLOUT;
    }

  if (!c->rxend && !(s->echo && c->have > 0))
    {
      events |= POLLIN;
    }

  return events;
}

/****************************************************************************
 * Name: conn_turn
 *
 * Description:
 *   Do what a connection can.
 *
 ****************************************************************************/

static void conn_turn(FAR struct serve_s *s, FAR struct conn_s *c, short now)
{
  socklen_t len = sizeof(int);
  int err = 0;

  s->progress = st_now();
  if (c->connecting)
    {
      c->connecting = false;
      if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
        {
          err = errno;
        }
    }
  else
    {
      if ((wants(s, c) & POLLOUT) != 0 && (now & (POLLOUT | POLLERR)) != 0)
        {
          err = conn_send(s, c);
        }

      if (err == 0 && (wants(s, c) & POLLIN) != 0 &&
          (now & (POLLIN | POLLHUP | POLLERR)) != 0)
        {
          err = conn_recv(s, c);
        }
    }

  if (err != 0)
    {
      conn_failed(s, c, err);
    }
  else
    {
      conn_finish(s, c);
    }
}

/****************************************************************************
 * Name: prepare
 *
 * Description:
 *   What to wait for, in s->fds; for how long, in milliseconds.
 *
 ****************************************************************************/

static int prepare(FAR struct serve_s *s)
{
  uint64_t now = st_now();
  uint64_t until = s->progress + s->patience;
  FAR struct conn_s *c;
  size_t i;

  s->fds[0].fd = s->serving->stop[0];
  s->fds[0].events = POLLIN;
  s->fds[1].fd = s->noaccept || s->connect != 0 || s->accepts > now ||
                 (s->wanted != 0 && s->nconns >= s->wanted) ?
                 -1 : s->serving->fd;
  s->fds[1].events = POLLIN;
  if (s->accepts > now)
    {
      until = s->accepts < until ? s->accepts : until;
    }

  for (i = 0; i < s->nconns; i++)
    {
      c = &s->conns[i];
      s->fds[i + 2].fd = c->fd;
      s->fds[i + 2].events = c->fd >= 0 ? wants(s, c) : 0;
      if (c->fd >= 0 && c->next > now)
        {
          s->fds[i + 2].fd = -1;
          until = c->next < until ? c->next : until;
        }
    }

  return until > now ? (int)(until - now) : 0;
}

/****************************************************************************
 * Name: loop
 *
 * Description:
 *   Until all is done, or it is to stop.
 *
 ****************************************************************************/

static void loop(FAR struct serve_s *s)
{
  size_t n;
  size_t i;
  int ret;

  while (s->wanted == 0 || s->nover < s->wanted)
    {
      while (s->connect != 0 && s->nconns < s->wanted)
        {
          conn_connect(s);
        }

      ret = prepare(s);
      n = s->nconns;
      ret = poll(s->fds, n + 2, ret);
      if (ret < 0 ? errno != EINTR : s->fds[0].revents != 0)
        {
          break;
        }

      if (ret == 0 && st_now() >= s->progress + s->patience)
        {
          st_serving_error(s->serving, ETIMEDOUT);
          break;
        }

      for (i = 0; ret > 0 && i < n; i++)
        {
          if (s->fds[i + 2].fd >= 0 && s->fds[i + 2].revents != 0)
            {
              conn_turn(s, &s->conns[i], s->fds[i + 2].revents);
            }
        }

      if (ret > 0 && s->fds[1].fd >= 0 && s->fds[1].revents != 0)
        {
          s->progress = st_now();
          conn_accept(s);
        }
    }
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: st_serve_tcp
 *
 * Description:
 *   A service of TCP.
 *
 ****************************************************************************/

void st_serve_tcp(FAR struct st_serving_s *serving)
{
  struct serve_s s;
  size_t i;

  memset(&s, 0, sizeof(s));
  s.serving  = serving;
  s.progress = st_now();
  s.fds = calloc(3, sizeof(*s.fds));
  if (s.fds == NULL)
    {
      st_serving_error(serving, ENOMEM);
    }
  else
    {
      configure(&s);
      loop(&s);
    }

  if (s.oobinline)
    {
      snprintf(serving->extra, sizeof(serving->extra), "mark=%jd",
               (intmax_t)s.mark);
    }

  for (i = 0; i < s.nconns; i++)
    {
      if (s.conns[i].fd >= 0)
        {
          conn_over(&s, &s.conns[i], false);
        }
    }

  free(s.conns);
  free(s.fds);
}
