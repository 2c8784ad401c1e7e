/****************************************************************************
 * apps/testing/sockettest/st_server.c
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

/* The server: sessions, one for each control connection, and their services.
 * The protocol is described in st_ctrl.c.
 *
 * Each session and each service has a thread.  A service is told to end by a
 * byte in its pipe, and tells its end by closing another one; so a session
 * that waits for it can wait for its client at the same time, and a client
 * that is gone leaves nothing here.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "st_server.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define SERVER_BACKLOG 64
#define SERVICE_BACKLOG 128

/****************************************************************************
 * Private Types
 ****************************************************************************/

struct session_s
{
  FAR struct session_s *next;          /* Of the server's list */
  pthread_t thread;
  bool over;                           /* Its thread ends */
  int fd;
  struct sockaddr_in client;
  uint64_t seed;
  int lastid;
  FAR struct st_serving_s *services;
  char buf[ST_LINE];
  size_t len;
};

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const struct st_kind_s g_st_kinds[] =
{
  { "discard", ST_KIND_DISCARD, SOCK_STREAM, st_serve_tcp },
  { "source", ST_KIND_SOURCE, SOCK_STREAM, st_serve_tcp },
  { "both", ST_KIND_BOTH, SOCK_STREAM, st_serve_tcp },
  { "echo", ST_KIND_ECHO, SOCK_STREAM, st_serve_tcp },
  { "udp-echo", ST_KIND_UDP_ECHO, SOCK_DGRAM, st_serve_udp },
  { "udp-discard", ST_KIND_UDP_DISCARD, SOCK_DGRAM, st_serve_udp },
  { "udp-source", ST_KIND_UDP_SOURCE, SOCK_DGRAM, st_serve_udp },
  { "udp-to", ST_KIND_UDP_TO, SOCK_DGRAM, st_serve_to },
  { NULL, 0, 0, NULL }
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: service_thread
 *
 * Description:
 *   A service, from its start to its end.
 *
 ****************************************************************************/

static FAR void *service_thread(FAR void *arg)
{
  FAR struct st_serving_s *serving = arg;

  serving->kind->run(serving);
  if (write(serving->done[1], "", 1) != 1)
    {
      abort();                         /* A byte into an empty pipe */
    }

  return NULL;
}

/****************************************************************************
 * Name: free_service
 *
 * Description:
 *   Close what a service has.
 *
 ****************************************************************************/

static void free_service(FAR struct st_serving_s *serving)
{
  int fds[5] =
  {
    serving->fd, serving->stop[0], serving->stop[1], serving->done[0],
    serving->done[1]
  };

  int i;

  for (i = 0; i < 5; i++)
    {
      if (fds[i] >= 0)
        {
          close(fds[i]);
        }
    }

  free(serving);
}

/****************************************************************************
 * Name: set_option
 *
 * Description:
 *   An option of a socket, if the client asks for it.  Connections have it
 *   from their listener, before their first byte comes.
 *
 ****************************************************************************/

static int set_option(FAR struct st_serving_s *serving, FAR const char *key,
                      int option)
{
  int value = st_number(serving->params, key, 0);

  return value == 0 ? 0 :
         setsockopt(serving->fd, SOL_SOCKET, option, &value, sizeof(value));
}

/****************************************************************************
 * Name: open_socket
 *
 * Description:
 *   The socket of a service, at a port that the kernel chooses.  0, or -1
 *   and errno.
 *
 ****************************************************************************/

static int open_socket(FAR struct st_serving_s *serving)
{
  struct sockaddr_in addr;
  socklen_t len = sizeof(addr);

  memset(&addr, 0, sizeof(addr));
  addr.sin_family = AF_INET;
  serving->fd = socket(AF_INET, serving->kind->type, 0);
  if (serving->fd < 0 || set_option(serving, "rcvbuf", SO_RCVBUF) < 0 ||
      set_option(serving, "sndbuf", SO_SNDBUF) < 0 ||
      set_option(serving, "inline", SO_OOBINLINE) < 0 ||
      bind(serving->fd, (FAR struct sockaddr *)&addr, sizeof(addr)) < 0 ||
      getsockname(serving->fd, (FAR struct sockaddr *)&addr, &len) < 0 ||
      fcntl(serving->fd, F_SETFL, O_NONBLOCK) < 0)
    {
      return -1;
    }

  serving->port = ntohs(addr.sin_port);
  return serving->kind->type == SOCK_DGRAM ? 0 :
         listen(serving->fd, st_number(serving->params, "backlog",
                                       SERVICE_BACKLOG));
}

/****************************************************************************
 * Name: start_service
 *
 * Description:
 *   Make a service and its thread.  NULL and errno if that fails.
 *
 ****************************************************************************/

static FAR struct st_serving_s *start_service(FAR struct session_s *s,
                                              FAR const struct st_kind_s *k,
                                              FAR const char *params)
{
  FAR struct st_serving_s *serving = calloc(1, sizeof(*serving));
  int err;

  if (serving == NULL)
    {
      return NULL;
    }

  serving->kind    = k;
  serving->client  = s->client;
  serving->seed    = s->seed;
  serving->id      = s->lastid + 1;
  serving->wrong   = -1;
  serving->fd      = -1;
  serving->stop[0] = serving->stop[1] = -1;
  serving->done[0] = serving->done[1] = -1;
  snprintf(serving->params, sizeof(serving->params), "%s", params);
  err = pipe(serving->stop) < 0 || pipe(serving->done) < 0 ||
        (st_number(params, "connect", 0) == 0 && open_socket(serving) < 0) ?
        errno : pthread_create(&serving->thread, NULL, service_thread,
                               serving);
  if (err != 0)
    {
      free_service(serving);
      errno = err;
      return NULL;
    }

  s->lastid++;
  serving->next = s->services;
  s->services   = serving;
  return serving;
}

/****************************************************************************
 * Name: end_service
 *
 * Description:
 *   Wait for the end of a service, which was told to end or does so by
 *   itself.  False: the client has gone meanwhile.
 *
 ****************************************************************************/

static bool end_service(FAR struct session_s *s,
                        FAR struct st_serving_s *serving, bool stop)
{
  struct pollfd fds[2] =
  {
    { .fd = serving->done[0], .events = POLLIN },
    { .fd = stop ? -1 : s->fd, .events = POLLIN }
  };

  FAR struct st_serving_s **link = &s->services;
  bool here = true;

  while (!stop && fds[0].revents == 0)
    {
      if (poll(fds, 2, -1) > 0 && fds[0].revents == 0)
        {
          here = false;
          stop = true;
        }
    }

  if (stop && write(serving->stop[1], "", 1) != 1)
    {
      abort();
    }

  pthread_join(serving->thread, NULL);
  while (*link != serving)
    {
      link = &(*link)->next;
    }

  *link = serving->next;

  /* Before the client is told: then its port is free, and refuses */

  if (serving->fd >= 0)
    {
      close(serving->fd);
      serving->fd = -1;
    }

  return here;
}

/****************************************************************************
 * Name: do_start
 *
 * Description:
 *   "start KIND key=value ..."
 *
 ****************************************************************************/

static int do_start(FAR struct session_s *s, FAR const char *rest)
{
  size_t len = strcspn(rest, " ");
  FAR const struct st_kind_s *kind = g_st_kinds;
  FAR struct st_serving_s *serving;
  char why[128];

  while (kind->name != NULL && (strlen(kind->name) != len ||
                                strncmp(kind->name, rest, len) != 0))
    {
      kind++;
    }

  if (kind->name == NULL)
    {
      return st_printline(s->fd, "error no such kind: %.*s",
                          (int)(len < 64 ? len : 64), rest);
    }

  if (!st_params_check(kind, rest + len, why, sizeof(why)))
    {
      return st_printline(s->fd, "error %s", why);
    }

  serving = start_service(s, kind, rest + len);
  if (serving == NULL)
    {
      return st_printline(s->fd, "error %s", strerror(errno));
    }

  return st_printline(s->fd, "ok %d %u", serving->id, serving->port);
}

/****************************************************************************
 * Name: do_end
 *
 * Description:
 *   "result ID" and "stop ID"
 *
 ****************************************************************************/

static int do_end(FAR struct session_s *s, FAR const char *rest, bool stop)
{
  FAR struct st_serving_s *serving = s->services;
  uint64_t id = 0;
  int ret = -1;

  while (serving != NULL && (!st_decimal(rest, &id) ||
                             (uint64_t)serving->id != id))
    {
      serving = serving->next;
    }

  if (serving == NULL)
    {
      return st_printline(s->fd, "error no such service: %.32s", rest);
    }

  if (end_service(s, serving, stop))
    {
      ret = st_printline(s->fd, "ok bytes=%ju crc=%lu sent=%ju sentcrc=%lu "
                         "conns=%u errors=%u err=%d wrong=%jd%s%s",
                         (uintmax_t)serving->bytes,
                         (unsigned long)serving->crc,
                         (uintmax_t)serving->sent,
                         (unsigned long)serving->sentcrc,
                         serving->conns, serving->errors, serving->err,
                         (intmax_t)serving->wrong,
                         serving->extra[0] != '\0' ? " " : "",
                         serving->extra);
    }

  free_service(serving);
  return ret;
}

/****************************************************************************
 * Name: greet
 *
 * Description:
 *   The first line of a client.  True: go on.
 *
 ****************************************************************************/

static bool greet(FAR struct session_s *s)
{
  char line[ST_LINE];
  char word[ST_LINE];
  FAR const char *rest = line + 11;
  uint64_t version = 0;
  int len;
  int ret = st_readline(s->fd, s->buf, &s->len, line);

  if (ret < 0 && errno == EMSGSIZE)
    {
      st_printline(s->fd, "sockettest %d refused not a sockettest client",
                   ST_VERSION);
    }

  if (ret != 1)
    {
      return false;
    }

  if (strncmp(line, "sockettest ", 11) != 0 || *rest < '0' || *rest > '9')
    {
      st_printline(s->fd, "sockettest %d refused not a sockettest client",
                   ST_VERSION);
      return false;
    }

  /* A version of more digits than a number can have is another one, too */

  len = strcspn(rest, " ");
  snprintf(word, sizeof(word), "%.*s", len, rest);
  if (!st_decimal(word, &version) || version != ST_VERSION)
    {
      st_printline(s->fd, "sockettest %d refused version %.40s is not %d",
                   ST_VERSION, word, ST_VERSION);
      return false;
    }

  rest += len;
  if (strncmp(rest, " seed=", 6) != 0 || !st_decimal(rest + 6, &s->seed))
    {
      st_printline(s->fd, "sockettest %d refused seed=N must follow, N from "
                   "0 to %ju", ST_VERSION, (uintmax_t)UINT64_MAX);
      return false;
    }

  return st_printline(s->fd, "sockettest %d ok", ST_VERSION) == 0;
}

/****************************************************************************
 * Name: session
 *
 * Description:
 *   All of a session.
 *
 ****************************************************************************/

static void session(FAR struct session_s *s)
{
  char line[ST_LINE];
  int ret = greet(s) ? 0 : -1;

  while (ret == 0 && st_readline(s->fd, s->buf, &s->len, line) == 1)
    {
      if (strncmp(line, "start ", 6) == 0)
        {
          ret = do_start(s, line + 6);
        }
      else if (strncmp(line, "result ", 7) == 0)
        {
          ret = do_end(s, line + 7, false);
        }
      else if (strncmp(line, "stop ", 5) == 0)
        {
          ret = do_end(s, line + 5, true);
        }
      else if (strcmp(line, "quit") == 0)
        {
          st_printline(s->fd, "ok");
          ret = -1;
        }
      else
        {
          ret = st_printline(s->fd, "error what is this: %.64s", line);
        }
    }

  while (s->services != NULL)
    {
      FAR struct st_serving_s *serving = s->services;

      end_service(s, serving, true);
      free_service(serving);
    }

  shutdown(s->fd, SHUT_RDWR);
  __atomic_store_n(&s->over, true, __ATOMIC_RELEASE);
}

/****************************************************************************
 * Name: session_thread
 *
 * Description:
 *   The thread of a session.
 *
 ****************************************************************************/

static FAR void *session_thread(FAR void *arg)
{
  session(arg);
  return NULL;
}

/****************************************************************************
 * Name: server_socket
 *
 * Description:
 *   The listener for control connections, or -1 after a line about why
 *   not.
 *
 ****************************************************************************/

static int server_socket(unsigned int port)
{
  struct sockaddr_in addr;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  int one = 1;

  memset(&addr, 0, sizeof(addr));
  addr.sin_family = AF_INET;
  addr.sin_port = htons(port);
  if (fd < 0 ||
      setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
      bind(fd, (FAR struct sockaddr *)&addr, sizeof(addr)) < 0 ||
      listen(fd, SERVER_BACKLOG) < 0)
    {
      fprintf(stderr, "sockettest: port %u: %s%s\n", port, strerror(errno),
              errno == EADDRINUSE ? " (choose another with -p)" : "");
      if (fd >= 0)
        {
          close(fd);
        }

      return -1;
    }

  return fd;
}

/****************************************************************************
 * Name: reap
 *
 * Description:
 *   Forget the sessions that are over; with all, end the others first.
 *
 ****************************************************************************/

static void reap(FAR struct session_s **list, bool all)
{
  FAR struct session_s *s;

  while ((s = *list) != NULL)
    {
      if (all)
        {
          shutdown(s->fd, SHUT_RDWR);
        }

      if (!all && !__atomic_load_n(&s->over, __ATOMIC_ACQUIRE))
        {
          list = &s->next;
          continue;
        }

      *list = s->next;
      pthread_join(s->thread, NULL);
      close(s->fd);
      free(s);
    }
}

/****************************************************************************
 * Name: on_signal
 *
 * Description:
 *   Does nothing: it only ends ppoll().
 *
 ****************************************************************************/

static void on_signal(int sig)
{
  (void)sig;
}

/****************************************************************************
 * Name: catch_signals
 *
 * Description:
 *   From now on SIGINT and SIGTERM come only while ppoll() waits with the
 *   mask that is returned.
 *
 ****************************************************************************/

static sigset_t catch_signals(void)
{
  struct sigaction action;
  sigset_t old;
  sigset_t set;

  memset(&action, 0, sizeof(action));
  action.sa_handler = on_signal;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, &old);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  sigdelset(&old, SIGINT);
  sigdelset(&old, SIGTERM);
  return old;
}

/****************************************************************************
 * Name: new_session
 *
 * Description:
 *   Accept a client and start its session.  0, or an errno.
 *
 ****************************************************************************/

static int new_session(int fd, FAR struct session_s **list)
{
  FAR struct session_s *s = calloc(1, sizeof(*s));
  socklen_t len = sizeof(s->client);
  int err;

  if (s == NULL)
    {
      return ENOMEM;
    }

  s->fd = accept(fd, (FAR struct sockaddr *)&s->client, &len);
  err = s->fd < 0 ? errno : pthread_create(&s->thread, NULL, session_thread,
                                           s);
  if (err != 0)
    {
      if (s->fd >= 0)
        {
          close(s->fd);
        }

      free(s);
      return err == EAGAIN || err == EINTR || err == ECONNABORTED ? 0 : err;
    }

  s->next = *list;
  *list   = s;
  return 0;
}

/****************************************************************************
 * Name: wait_session
 *
 * Description:
 *   Wait for the end of a session, which shuts down its socket, or a
 *   signal.
 *
 ****************************************************************************/

static void wait_session(FAR struct session_s *s, FAR const sigset_t *mask)
{
  struct pollfd fd =
  {
    .fd = s->fd                        /* POLLHUP and POLLERR only */
  };

  ppoll(&fd, 1, NULL, mask);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: st_serving_error
 *
 * Description:
 *   Count an error; the first one is told to the client.
 *
 ****************************************************************************/

void st_serving_error(FAR struct st_serving_s *serving, int err)
{
  serving->errors++;
  if (serving->err == 0)
    {
      serving->err = err;
    }
}

/****************************************************************************
 * Name: st_serving_got
 *
 * Description:
 *   Count and check what was received.
 *
 ****************************************************************************/

void st_serving_got(FAR struct st_serving_s *serving, FAR const void *buf,
                    size_t len, uint32_t stream, uint64_t offset)
{
  ssize_t wrong = st_pattern_check(serving->seed, buf, len, stream, offset);

  serving->bytes += len;
  if (wrong >= 0)
    {
      st_serving_error(serving, EILSEQ);
      if (serving->wrong < 0)
        {
          serving->wrong = offset + wrong;
        }
    }
}

/****************************************************************************
 * Name: st_serve
 *
 * Description:
 *   Serve until interrupted, or for one client.  The exit status.
 *
 ****************************************************************************/

int st_serve(FAR const struct st_config_s *config)
{
  FAR struct session_s *list = NULL;
  struct pollfd fds =
  {
    .fd = server_socket(config->port),
    .events = POLLIN
  };

  sigset_t mask;
  int err = 0;

  if (fds.fd < 0)
    {
      return ST_USAGE;
    }

  mask = catch_signals();
  printf("sockettest: listening on port %u\n", config->port);
  fflush(stdout);
  while (err == 0 && !(config->once && list != NULL) &&
         ppoll(&fds, 1, NULL, &mask) > 0)
    {
      reap(&list, false);
      err = new_session(fds.fd, &list);
      if (err == EMFILE || err == ENFILE || err == ENOMEM)
        {
          fprintf(stderr, "sockettest: a client: %s\n", strerror(err));
          poll(NULL, 0, 100);          /* Until a session is over */
          err = 0;
        }
    }

  if (err != 0)
    {
      fprintf(stderr, "sockettest: a client: %s\n", strerror(err));
    }

  close(fds.fd);
  if (config->once && list != NULL)
    {
      wait_session(list, &mask);
    }

  reap(&list, true);
  return err != 0 ? ST_FAILED : ST_PASSED;
}
