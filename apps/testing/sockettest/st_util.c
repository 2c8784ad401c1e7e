/****************************************************************************
 * apps/testing/sockettest/st_util.c
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

/* Sockets, threads and assertions of tests; lines of the protocol. */

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
#include <sys/ioctl.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "sockettest.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define STREAM_CHUNK 65536
#define EXCHANGE_CHUNK 8192
#define CALL_TEXT(name) #name,

/****************************************************************************
 * Public Data
 ****************************************************************************/

FAR const char *const g_st_callnames[ST_NCALLS] =
{
  ST_CALLS(CALL_TEXT)
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: keep_reason
 *
 * Description:
 *   Keep the reason of the test that runs, for the report.
 *
 ****************************************************************************/

static void keep_reason(FAR const char *format, va_list ap)
{
  FAR char *text;
  size_t size;
  int n;

  if (g_st.now != NULL)
    {
      text = g_st.now->reason;
      size = sizeof(g_st.now->reason);
      n = g_st.within == NULL ? 0 :
          snprintf(text, size, "%s: ", g_st.within);
      vsnprintf(text + n, size - (size_t)n, format, ap);
    }
}

/****************************************************************************
 * Name: chunk_of
 *
 * Description:
 *   How much to send or receive next.
 *
 ****************************************************************************/

static size_t chunk_of(FAR uint64_t *state, size_t chunk, uint64_t left)
{
  size_t n = chunk != 0 ? chunk : 1 + st_mix(state, STREAM_CHUNK);

  return n < left ? n : (size_t)left;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: st_fail
 *
 * Description:
 *   An assertion failed: tell it, and leave the test.
 *
 ****************************************************************************/

void st_fail(FAR const char *file, int line, FAR const char *format, ...)
{
  va_list ap;

  va_start(ap, format);
  keep_reason(format, ap);
  va_end(ap);

  print_error("[  ERROR   ] --- %s\n",
              g_st.now != NULL ? g_st.now->reason : format);
  _fail(file, line);
  abort();
}

/****************************************************************************
 * Name: st_skip_at
 *
 * Description:
 *   The test is not for this place: tell it, and leave the test.
 *
 ****************************************************************************/

void st_skip_at(FAR const char *file, int line, FAR const char *format, ...)
{
  va_list ap;

  va_start(ap, format);
  keep_reason(format, ap);
  va_end(ap);

  if (g_st.now != NULL)
    {
      g_st.now->result = ST_TEST_SKIPPED;
    }

  if (g_st.leave != NULL)
    {
      longjmp(*g_st.leave, 1);
    }

  _skip(file, line);
  abort();
}

/****************************************************************************
 * Name: st_ok
 *
 * Description:
 *   A call must not fail; its value.
 *
 ****************************************************************************/

intmax_t st_ok(intmax_t ret, FAR const char *what, FAR const char *file,
               int line)
{
  if (ret < 0)
    {
      st_fail(file, line, "%.120s: %s", what, strerror(errno));
    }

  return ret;
}

/****************************************************************************
 * Name: st_errno
 *
 * Description:
 *   A call must fail, with this errno.
 *
 ****************************************************************************/

void st_errno(intmax_t ret, int err, FAR const char *what,
              FAR const char *file, int line)
{
  if (ret >= 0)
    {
      st_fail(file, line, "%.120s: %jd instead of an error: %s", what, ret,
              strerror(err));
    }

  if (errno != err)
    {
      st_fail(file, line, "%.120s: %s instead of: %s", what,
              strerror(errno), strerror(err));
    }
}

/****************************************************************************
 * Name: st_note
 *
 * Description:
 *   More about the test, with -v.
 *
 ****************************************************************************/

void st_note(FAR const char *format, ...)
{
  char text[200];
  va_list ap;

  if (g_st.config == NULL || !g_st.config->verbose)
    {
      return;
    }

  va_start(ap, format);
  vsnprintf(text, sizeof(text), format, ap);
  va_end(ap);
  print_message("[          ] %s\n", text);
}

/****************************************************************************
 * Name: st_count
 *
 * Description:
 *   A call was made.
 *
 ****************************************************************************/

void st_count(enum st_call_e call)
{
  __atomic_add_fetch(&g_st.calls[call], 1, __ATOMIC_RELAXED);
}

/****************************************************************************
 * Name: st_call_unused
 *
 * Description:
 *   The next call that was never made.
 *
 ****************************************************************************/

FAR const char *st_call_unused(FAR unsigned int *pos)
{
  for (; *pos < ST_NCALLS; (*pos)++)
    {
      if (g_st.calls[*pos] == 0)
        {
          return g_st_callnames[(*pos)++];
        }
    }

  return NULL;
}

/****************************************************************************
 * Name: st_now
 *
 * Description:
 *   Milliseconds of the monotonic clock.
 *
 ****************************************************************************/

uint64_t st_now(void)
{
  struct timespec ts;

  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/****************************************************************************
 * Name: st_peer
 *
 * Description:
 *   The address of the peer, with a port.
 *
 ****************************************************************************/

struct sockaddr_in st_peer(uint16_t port)
{
  struct sockaddr_in addr = g_st.peer;

  addr.sin_port = htons(port);
  return addr;
}

/****************************************************************************
 * Name: st_limit
 *
 * Description:
 *   How long a socket waits, at most.
 *
 ****************************************************************************/

void st_limit(int fd, int seconds)
{
  struct timeval tv =
  {
    .tv_sec = seconds
  };

  ST_OK(ST_CALL(setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
  ST_OK(ST_CALL(setsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
}

/****************************************************************************
 * Name: st_socket
 *
 * Description:
 *   A socket that does not wait for ever.
 *
 ****************************************************************************/

int st_socket(int type)
{
  int fd = ST_OK(ST_CALL(socket, AF_INET, type, 0));

  st_limit(fd, ST_TIMEOUT);
  return fd;
}

/****************************************************************************
 * Name: st_listen
 *
 * Description:
 *   A listener at any port of the address that the peer sees.
 *
 ****************************************************************************/

int st_listen(int backlog, FAR uint16_t *port)
{
  struct sockaddr_in addr;
  socklen_t len = sizeof(addr);
  int fd = st_socket(SOCK_STREAM);

  memset(&addr, 0, sizeof(addr));
  addr.sin_family = AF_INET;
  ST_OK(ST_CALL(bind, fd, (FAR struct sockaddr *)&addr, sizeof(addr)));
  ST_OK(ST_CALL(listen, fd, backlog));
  ST_OK(ST_CALL(getsockname, fd, (FAR struct sockaddr *)&addr, &len));
  *port = ntohs(addr.sin_port);
  return fd;
}

/****************************************************************************
 * Name: st_accept
 *
 * Description:
 *   A connection of a listener, with time limits.
 *
 ****************************************************************************/

int st_accept(int fd)
{
  int conn = ST_OK(ST_CALL(accept, fd, NULL, NULL));

  st_limit(conn, ST_TIMEOUT);
  return conn;
}

/****************************************************************************
 * Name: st_connect
 *
 * Description:
 *   A connection to a service.
 *
 ****************************************************************************/

int st_connect(FAR const struct st_service_s *service)
{
  struct sockaddr_in addr = st_peer(service->port);
  int fd = st_socket(SOCK_STREAM);

  ST_OK(ST_CALL(connect, fd, (FAR struct sockaddr *)&addr, sizeof(addr)));
  return fd;
}

/****************************************************************************
 * Name: st_stream
 *
 * Description:
 *   The stream of a connection.
 *
 ****************************************************************************/

uint32_t st_stream(FAR const struct st_service_s *service, int fd)
{
  struct sockaddr_in addr;
  socklen_t len = sizeof(addr);

  if (!service->perconn)
    {
      return service->stream;
    }

  ST_OK(ST_CALL(getsockname, fd, (FAR struct sockaddr *)&addr, &len));
  return service->stream + ntohs(addr.sin_port);
}

/****************************************************************************
 * Name: st_close
 *
 * Description:
 *   Close a descriptor, which must work.
 *
 ****************************************************************************/

void st_close(int fd)
{
  ST_OK(ST_CALL(close, fd));
}

/****************************************************************************
 * Name: st_nonblock
 *
 * Description:
 *   Let a descriptor wait, or not.
 *
 ****************************************************************************/

void st_nonblock(int fd, bool on)
{
  int flags = ST_OK(ST_CALL(fcntl, fd, F_GETFL));

  flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
  ST_OK(ST_CALL(fcntl, fd, F_SETFL, flags));
}

/****************************************************************************
 * Name: st_poll
 *
 * Description:
 *   Wait for events of one descriptor; those that came.
 *
 ****************************************************************************/

int st_poll(int fd, short events, int timeout_ms)
{
  struct pollfd p =
  {
    .fd = fd,
    .events = events
  };

  ST_OK(ST_CALL(poll, &p, 1, timeout_ms));
  return p.revents;
}

/****************************************************************************
 * Name: st_send_all
 *
 * Description:
 *   Send all of it.
 *
 ****************************************************************************/

ssize_t st_send_all(int fd, FAR const void *buf, size_t len)
{
  size_t done = 0;
  ssize_t n;

  while (done < len)
    {
      n = ST_CALL(send, fd, (FAR const char *)buf + done, len - done,
                  MSG_NOSIGNAL);
      if (n < 0 && errno != EINTR)
        {
          return -1;
        }

      done += n > 0 ? n : 0;
    }

  return done;
}

/****************************************************************************
 * Name: st_recv_all
 *
 * Description:
 *   Receive all of it, or what there is until the end.
 *
 ****************************************************************************/

ssize_t st_recv_all(int fd, FAR void *buf, size_t len)
{
  size_t done = 0;
  ssize_t n;

  while (done < len)
    {
      n = ST_CALL(recv, fd, (FAR char *)buf + done, len - done, 0);
      if (n == 0)
        {
          break;
        }

      if (n < 0 && errno != EINTR)
        {
          return -1;
        }

      done += n > 0 ? n : 0;
    }

  return done;
}

/****************************************************************************
 * Name: st_send_stream
 *
 * Description:
 *   Send so many bytes of a stream.
 *
 ****************************************************************************/

int st_send_stream(int fd, uint32_t stream, uint64_t bytes, size_t chunk,
                   FAR uint32_t *crc)
{
  FAR uint8_t *buf = malloc(chunk != 0 ? chunk : STREAM_CHUNK);
  uint64_t state = g_st.seed ^ stream;
  uint64_t offset = 0;
  int err = buf == NULL ? ENOMEM : 0;
  size_t n;

  *crc = 0;
  while (err == 0 && offset < bytes)
    {
      n = chunk_of(&state, chunk, bytes - offset);
      st_fill(buf, n, stream, offset);
      *crc = st_crc32c(*crc, buf, n);
      err = st_send_all(fd, buf, n) < 0 ? errno : 0;
      offset += n;
    }

  free(buf);
  return err;
}

/****************************************************************************
 * Name: st_recv_stream
 *
 * Description:
 *   Receive and check so many bytes of a stream.
 *
 ****************************************************************************/

int st_recv_stream(int fd, uint32_t stream, uint64_t bytes, size_t chunk,
                   FAR uint32_t *crc)
{
  FAR uint8_t *buf = malloc(chunk != 0 ? chunk : STREAM_CHUNK);
  uint64_t state = g_st.seed ^ stream;
  uint64_t offset = 0;
  int err = buf == NULL ? ENOMEM : 0;
  ssize_t n;

  *crc = 0;
  while (err == 0 && offset < bytes)
    {
      n = ST_CALL(recv, fd, buf, chunk_of(&state, chunk, bytes - offset), 0);
      if (n > 0)
        {
          *crc = st_crc32c(*crc, buf, n);
          err = st_check(buf, n, stream, offset) >= 0 ? EILSEQ : 0;
          offset += n;
        }
      else if (n == 0 || errno != EINTR)
        {
          err = n == 0 ? ENODATA : errno;
        }
    }

  free(buf);
  return err;
}

/****************************************************************************
 * Name: st_expect_end
 *
 * Description:
 *   The end of the stream must be next.
 *
 ****************************************************************************/

void st_expect_end(int fd)
{
  char byte;
  ssize_t n = ST_OK(ST_CALL(recv, fd, &byte, 1, 0));

  ST_ASSERT(n == 0, "a byte where the stream should end");
}

/****************************************************************************
 * Name: st_finish
 *
 * Description:
 *   The peer has seen the end of our stream and has ended its own.
 *
 ****************************************************************************/

void st_finish(int fd)
{
  ST_OK(ST_CALL(shutdown, fd, SHUT_WR));
  st_expect_end(fd);
  st_close(fd);
}

/****************************************************************************
 * Name: st_exchange
 *
 * Description:
 *   To the peer and back at once, in pieces of any size.
 *
 ****************************************************************************/

void st_exchange(uint32_t bytes, uint32_t stream, int limit)
{
  uint8_t out[EXCHANGE_CHUNK];
  uint8_t back[EXCHANGE_CHUNK];
  struct st_service_s service;
  uint32_t done;
  uint32_t n;
  int fd;

  st_start(&service, "echo stream=%u timeout=%d", stream, limit);
  fd = st_connect(&service);
  st_limit(fd, limit);
  for (done = 0; done < bytes; done += n)
    {
      n = 1 + st_random(sizeof(out));
      n = n < bytes - done ? n : bytes - done;
      st_fill(out, n, stream, done);
      memset(back, 0, n);
      ST_ASSERT(st_send_all(fd, out, n) == (ssize_t)n, "sending: %s",
                strerror(errno));
      ST_ASSERT(st_recv_all(fd, back, n) == (ssize_t)n, "receiving: %s",
                strerror(errno));
      ST_ASSERT(st_check(back, n, stream, done) == -1,
                "wrong bytes behind %u", done);
    }

  st_finish(fd);
  st_result(&service);
  ST_ASSERT(service.bytes == bytes && service.errors == 0,
            "the peer says: %s", service.text);
}

/****************************************************************************
 * Name: st_worker
 *
 * Description:
 *   Start a thread of a test.
 *
 ****************************************************************************/

void st_worker(FAR struct st_worker_s *worker,
               CODE void *(*func)(FAR void *arg), FAR void *arg)
{
  int err;

  worker->func = func;
  worker->arg  = arg;
  err = pthread_create(&worker->thread, NULL, func, arg);
  ST_ASSERT(err == 0, "pthread_create: %s", strerror(err));
  worker->next = g_st.workers;
  g_st.workers = worker;
}

/****************************************************************************
 * Name: st_join
 *
 * Description:
 *   Wait for its end; what it returned.
 *
 ****************************************************************************/

FAR void *st_join(FAR struct st_worker_s *worker)
{
  FAR struct st_worker_s **link = &g_st.workers;
  FAR void *ret = NULL;

  while (*link != NULL && *link != worker)
    {
      link = &(*link)->next;
    }

  if (*link == worker)
    {
      *link = worker->next;
      pthread_join(worker->thread, &ret);
    }

  return ret;
}

/****************************************************************************
 * Name: st_readline
 *
 * Description:
 *   The next line from a control connection, without its end.  buf, of
 *   ST_LINE bytes, keeps what came with it.  1: a line; 0: the end; -1:
 *   errno, of which EMSGSIZE says that a line is too long or not text.
 *
 ****************************************************************************/

int st_readline(int fd, FAR char *buf, FAR size_t *len, FAR char *line)
{
  FAR char *end;
  ssize_t n;

  for (; ; )
    {
      end = memchr(buf, '\n', *len);
      if (end != NULL)
        {
          n = end - buf;
          memcpy(line, buf, n);
          line[n - (n > 0 && line[n - 1] == '\r')] = '\0';
          *len -= n + 1;
          memmove(buf, end + 1, *len);
          return 1;
        }

      if (*len == ST_LINE || memchr(buf, '\0', *len) != NULL)
        {
          errno = EMSGSIZE;
          return -1;
        }

      n = recv(fd, buf + *len, ST_LINE - *len, 0);
      if (n == 0 || (n < 0 && errno != EINTR))
        {
          return n;
        }

      *len += n > 0 ? n : 0;
    }
}

/****************************************************************************
 * Name: st_printline
 *
 * Description:
 *   Send one line.  0, or -1 and errno.
 *
 ****************************************************************************/

int st_printline(int fd, FAR const char *format, ...)
{
  char line[ST_LINE];
  size_t done = 0;
  va_list ap;
  ssize_t n;
  int len;

  va_start(ap, format);
  len = vsnprintf(line, sizeof(line) - 1, format, ap);
  va_end(ap);
  if (len < 0 || len >= ST_LINE - 1)
    {
      errno = EMSGSIZE;
      return -1;
    }

  line[len++] = '\n';
  while (done < (size_t)len)
    {
      n = send(fd, line + done, len - done, MSG_NOSIGNAL);
      if (n < 0 && errno != EINTR)
        {
          return -1;
        }

      done += n > 0 ? n : 0;
    }

  return 0;
}

/****************************************************************************
 * Name: st_word
 *
 * Description:
 *   The value of a key in "key=value ...", or NULL.
 *
 ****************************************************************************/

FAR const char *st_word(FAR const char *text, FAR const char *key,
                        FAR char *value, size_t size)
{
  size_t len = strlen(key);
  size_t n;

  while (*text != '\0')
    {
      text += strspn(text, " ");
      n = strcspn(text, " ");
      if (n > len && strncmp(text, key, len) == 0 && text[len] == '=' &&
          n - len - 1 < size)
        {
          memcpy(value, text + len + 1, n - len - 1);
          value[n - len - 1] = '\0';
          return value;
        }

      text += n;
    }

  return NULL;
}

/****************************************************************************
 * Name: st_decimal
 *
 * Description:
 *   A number of decimal digits and nothing else, of 64 bits.
 *
 ****************************************************************************/

bool st_decimal(FAR const char *text, FAR uint64_t *value)
{
  uint64_t number = 0;
  unsigned int digit;

  if (*text == '\0')
    {
      return false;
    }

  for (; *text != '\0'; text++)
    {
      digit = (unsigned int)(*text - '0');
      if (digit > 9 || number > (UINT64_MAX - digit) / 10)
        {
          return false;
        }

      number = number * 10 + digit;
    }

  *value = number;
  return true;
}

/****************************************************************************
 * Name: st_number
 *
 * Description:
 *   The value of a key that is a number.
 *
 ****************************************************************************/

uint64_t st_number(FAR const char *text, FAR const char *key,
                   uint64_t otherwise)
{
  char value[32];

  return st_word(text, key, value, sizeof(value)) != NULL ?
         strtoull(value, NULL, 10) : otherwise;
}
