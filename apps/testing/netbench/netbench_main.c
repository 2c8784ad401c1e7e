/****************************************************************************
 * apps/testing/netbench/netbench_main.c
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

/* Measures sockets.  A server and a client, on two machines or two stacks;
 * one source for Linux, the simulated kernel and NuttX.
 *
 *   discard   reads until the end of a connection, then closes it
 *   source    sends a number of bytes on each connection, then closes it
 *   echo      sends back what it reads
 *   http      answers requests (netbench_http.c)
 *
 * A measurement ends when the other side has seen everything: "send" waits
 * for the close of "discard", so bytes in buffers are not counted.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <sys/socket.h>
#include <sys/types.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "netbench.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define BLOCK 65536            /* Of one call in a bulk transfer */

/****************************************************************************
 * Private Types
 ****************************************************************************/

struct command_s
{
  FAR const char *name;
  FAR const char *arguments;
  FAR const char *help;
  int min;                     /* Of arguments */
  int max;
  int (*fn)(int argc, FAR char *argv[]);
};

/****************************************************************************
 * Private Function Prototypes
 ****************************************************************************/

static int netbench_discard(int argc, FAR char *argv[]);
static int netbench_source(int argc, FAR char *argv[]);
static int netbench_echo(int argc, FAR char *argv[]);
static int netbench_uecho(int argc, FAR char *argv[]);
static int netbench_usink(int argc, FAR char *argv[]);
static int netbench_send(int argc, FAR char *argv[]);
static int netbench_recv(int argc, FAR char *argv[]);
static int netbench_rr(int argc, FAR char *argv[]);
static int netbench_urr(int argc, FAR char *argv[]);
static int netbench_conn(int argc, FAR char *argv[]);
static int netbench_usend(int argc, FAR char *argv[]);
static int netbench_calls(int argc, FAR char *argv[]);

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const struct command_s g_commands[] =
{
  {
    "discard", "PORT [CONNECTIONS]", "read and throw away",
    1, 2, netbench_discard
  },

  {
    "source", "PORT BYTES [CONNECTIONS]", "send so much to who connects",
    2, 3, netbench_source
  },

  {
    "echo", "PORT [CONNECTIONS]", "send back",
    1, 2, netbench_echo
  },

  {
    "uecho", "PORT", "send datagrams back",
    1, 1, netbench_uecho
  },

  {
    "usink", "PORT SECONDS", "count datagrams",
    2, 2, netbench_usink
  },

  {
    "send", "HOST PORT BYTES [CONTROL]", "to a discard",
    3, 4, netbench_send
  },

  {
    "recv", "HOST PORT", "from a source",
    2, 2, netbench_recv
  },

  {
    "rr", "HOST PORT COUNT [SIZE]", "round trips to an echo",
    3, 4, netbench_rr
  },

  {
    "urr", "HOST PORT COUNT [SIZE]", "with datagrams",
    3, 4, netbench_urr
  },

  {
    "conn", "HOST PORT COUNT", "connect to a discard",
    3, 3, netbench_conn
  },

  {
    "usend", "HOST PORT COUNT [SIZE]", "datagrams, at full speed",
    3, 4, netbench_usend
  },

  {
    "http", "PORT SIZE", "a page for every request",
    2, 2, netbench_http
  },

  {
    "calls", "COUNT", "ns of single calls",
    1, 1, netbench_calls
  }
};

#define NCOMMANDS (sizeof(g_commands) / sizeof(g_commands[0]))

static char g_block[BLOCK];

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: netbench_failed
 *
 * Description:
 *   Say what went wrong; the exit status.
 *
 ****************************************************************************/

int netbench_failed(FAR const char *what)
{
  fprintf(stderr, "netbench: %s: %s\n", what, strerror(errno));
  return EXIT_FAILURE;
}

/****************************************************************************
 * Name: netbench_number
 *
 * Description:
 *   Read a number of at least "min"; -1, and a line about it, if it is none.
 *
 ****************************************************************************/

int64_t netbench_number(FAR const char *text, int64_t min, int64_t max)
{
  FAR char *end;
  long long value;

  errno = 0;
  value = strtoll(text, &end, 10);
  if (end == text || *end != '\0' || errno != 0 || value < min ||
      value > max)
    {
      fprintf(stderr, "netbench: %s: not a number from %lld to %lld\n", text,
              (long long)min, (long long)max);
      return -1;
    }

  return value;
}

/****************************************************************************
 * Name: netbench_now
 *
 * Description:
 *   The time in nanoseconds.
 *
 ****************************************************************************/

static int64_t netbench_now(void)
{
  struct timespec ts;

  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/****************************************************************************
 * Name: netbench_report
 *
 * Description:
 *   One line in a form that scripts read: count, unit, seconds, per second.
 *
 ****************************************************************************/

static int netbench_report(int64_t count, FAR const char *unit,
                           int64_t elapsed)
{
  double seconds = elapsed > 0 ? (double)elapsed / 1e9 : 1e-9;

  printf("%lld %s in %.6f s: %.1f per second\n", (long long)count, unit,
         seconds, (double)count / seconds);
  return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/****************************************************************************
 * Name: netbench_address
 *
 * Description:
 *   Make an address of text; false, and a line about it, if it is none.
 *
 ****************************************************************************/

static int netbench_address(FAR const char *host, FAR const char *port,
                            FAR struct sockaddr_in *addr)
{
  int64_t number = netbench_number(port, 1, 65535);

  memset(addr, 0, sizeof(*addr));
  addr->sin_family = AF_INET;
  addr->sin_port   = htons((uint16_t)number);
  if (number < 0)
    {
      return 0;
    }

  if (inet_pton(AF_INET, host, &addr->sin_addr) != 1)
    {
      fprintf(stderr, "netbench: %s: not an IPv4 address\n", host);
      return 0;
    }

  return 1;
}

/****************************************************************************
 * Name: netbench_socket
 *
 * Description:
 *   A socket that is bound, or connected; -1, and a line about it, if not.
 *
 ****************************************************************************/

int netbench_socket(int type, FAR const char *host, FAR const char *port)
{
  struct sockaddr_in addr;
  int one = 1;
  int fd;

  if (!netbench_address(host != NULL ? host : "0.0.0.0", port, &addr))
    {
      return -1;
    }

  fd = socket(AF_INET, type, 0);
  if (fd < 0)
    {
      netbench_failed("socket");
      return -1;
    }

  if (host != NULL)
    {
      if (connect(fd, (FAR struct sockaddr *)&addr, sizeof(addr)) < 0)
        {
          netbench_failed(host);
          close(fd);
          return -1;
        }
    }
  else if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one,
                      sizeof(one)) < 0 ||
           bind(fd, (FAR struct sockaddr *)&addr, sizeof(addr)) < 0 ||
           (type == SOCK_STREAM && listen(fd, 128) < 0))
    {
      netbench_failed(port);
      close(fd);
      return -1;
    }

  return fd;
}

/****************************************************************************
 * Name: netbench_serve
 *
 * Description:
 *   Accept connections, one after the other, and hand each to a function.
 *
 ****************************************************************************/

static int netbench_serve(FAR const char *port, FAR const char *count,
                          int (*fn)(int fd, int64_t arg), int64_t arg)
{
  int64_t left = count != NULL ? netbench_number(count, 1, INT64_MAX) :
                                 INT64_MAX;
  int listener;
  int ret = EXIT_SUCCESS;

  if (left < 0)
    {
      return 2;
    }

  listener = netbench_socket(SOCK_STREAM, NULL, port);
  if (listener < 0)
    {
      return EXIT_FAILURE;
    }

  while (left-- > 0 && ret == EXIT_SUCCESS)
    {
      int fd = accept(listener, NULL, NULL);

      if (fd < 0)
        {
          ret = netbench_failed("accept");
          break;
        }

      if (fn(fd, arg) < 0 && errno != ECONNRESET && errno != EPIPE)
        {
          ret = netbench_failed(port);
        }

      close(fd);
    }

  close(listener);
  return ret;
}

/****************************************************************************
 * Name: netbench_serve_discard
 *
 * Description:
 *   Read to the end.
 *
 ****************************************************************************/

static int netbench_serve_discard(int fd, int64_t arg)
{
  ssize_t n;

  (void)arg;
  do
    {
      n = recv(fd, g_block, sizeof(g_block), 0);
    }
  while (n > 0);

  return (int)n;
}

/****************************************************************************
 * Name: netbench_write
 *
 * Description:
 *   Send so many bytes; 0, or -1 and errno.
 *
 ****************************************************************************/

static int netbench_write(int fd, int64_t bytes)
{
  while (bytes > 0)
    {
      size_t part = bytes < BLOCK ? (size_t)bytes : BLOCK;
      ssize_t n = send(fd, g_block, part, MSG_NOSIGNAL);

      if (n < 0)
        {
          return -1;
        }

      bytes -= n;
    }

  return 0;
}

/****************************************************************************
 * Name: netbench_drain
 *
 * Description:
 *   Read to the end; the number of bytes, or -1 and errno.
 *
 ****************************************************************************/

static int64_t netbench_drain(int fd)
{
  int64_t total = 0;
  ssize_t n;

  while ((n = recv(fd, g_block, sizeof(g_block), 0)) > 0)
    {
      total += n;
    }

  return n < 0 ? -1 : total;
}

/****************************************************************************
 * Name: netbench_serve_source
 *
 * Description:
 *   Send so many bytes, then wait for the end of the other side.
 *
 ****************************************************************************/

static int netbench_serve_source(int fd, int64_t bytes)
{
  if (netbench_write(fd, bytes) < 0 || shutdown(fd, SHUT_WR) < 0)
    {
      return -1;
    }

  return netbench_drain(fd) < 0 ? -1 : 0;
}

/****************************************************************************
 * Name: netbench_serve_echo
 *
 * Description:
 *   Send back what comes.
 *
 ****************************************************************************/

static int netbench_serve_echo(int fd, int64_t arg)
{
  int one = 1;
  ssize_t n;

  (void)arg;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
  while ((n = recv(fd, g_block, sizeof(g_block), 0)) > 0)
    {
      ssize_t sent = 0;

      while (sent < n)
        {
          ssize_t ret = send(fd, g_block + sent, (size_t)(n - sent),
                             MSG_NOSIGNAL);

          if (ret < 0)
            {
              return -1;
            }

          sent += ret;
        }
    }

  return (int)n;
}

/****************************************************************************
 * Name: netbench_discard, netbench_source, netbench_echo
 *
 * Description:
 *   The servers.
 *
 ****************************************************************************/

static int netbench_discard(int argc, FAR char *argv[])
{
  return netbench_serve(argv[0], argc > 1 ? argv[1] : NULL,
                        netbench_serve_discard, 0);
}

static int netbench_source(int argc, FAR char *argv[])
{
  int64_t bytes = netbench_number(argv[1], 1, INT64_MAX);

  return bytes < 0 ? 2 :
         netbench_serve(argv[0], argc > 2 ? argv[2] : NULL,
                        netbench_serve_source, bytes);
}

static int netbench_echo(int argc, FAR char *argv[])
{
  return netbench_serve(argv[0], argc > 1 ? argv[1] : NULL,
                        netbench_serve_echo, 0);
}

/****************************************************************************
 * Name: netbench_uecho
 *
 * Description:
 *   Send datagrams back, for ever.
 *
 ****************************************************************************/

static int netbench_uecho(int argc, FAR char *argv[])
{
  int fd = netbench_socket(SOCK_DGRAM, NULL, argv[0]);

  (void)argc;
  if (fd < 0)
    {
      return EXIT_FAILURE;
    }

  for (; ; )
    {
      struct sockaddr_in from;
      socklen_t len = sizeof(from);
      ssize_t n = recvfrom(fd, g_block, sizeof(g_block), 0,
                           (FAR struct sockaddr *)&from, &len);

      if (n < 0 || sendto(fd, g_block, (size_t)n, 0,
                          (FAR struct sockaddr *)&from, len) < 0)
        {
          close(fd);
          return netbench_failed("uecho");
        }
    }
}

/****************************************************************************
 * Name: netbench_usink
 *
 * Description:
 *   Count datagrams for so many seconds after the first one, or until there
 *   were none for a second.
 *
 ****************************************************************************/

static int netbench_usink(int argc, FAR char *argv[])
{
  int64_t seconds = netbench_number(argv[1], 1, 86400);
  int64_t start = 0;
  int64_t last = 0;
  int64_t count = 0;
  struct pollfd pfd;

  (void)argc;
  if (seconds < 0)
    {
      return 2;
    }

  pfd.fd     = netbench_socket(SOCK_DGRAM, NULL, argv[0]);
  pfd.events = POLLIN;
  if (pfd.fd < 0)
    {
      return EXIT_FAILURE;
    }

  printf("ready\n");
  fflush(stdout);
  while (count == 0 || last - start < seconds * 1000000000)
    {
      if (recv(pfd.fd, g_block, sizeof(g_block), MSG_DONTWAIT) >= 0)
        {
          /* Reading the clock costs as much as a datagram */

          if ((count++ & 63) == 0)
            {
              last = netbench_now();
              start = count == 1 ? last : start;
            }

          continue;
        }

      if (errno != EAGAIN && errno != EWOULDBLOCK)
        {
          close(pfd.fd);
          return netbench_failed("usink");
        }

      if (count > 0)
        {
          last = netbench_now();
        }

      if (poll(&pfd, 1, count > 0 ? 1000 : -1) == 0)
        {
          break;
        }
    }

  close(pfd.fd);
  return netbench_report(count, "datagrams", last - start);
}

/****************************************************************************
 * Name: netbench_send
 *
 * Description:
 *   Bulk to a discard; the time until it has closed.  With a name, by that
 *   congestion control.
 *
 ****************************************************************************/

static int netbench_send(int argc, FAR char *argv[])
{
  int64_t bytes = netbench_number(argv[2], 1, INT64_MAX);
  int64_t start;
  int fd;

  if (bytes < 0)
    {
      return 2;
    }

  fd = netbench_socket(SOCK_STREAM, argv[0], argv[1]);
  if (fd < 0)
    {
      return EXIT_FAILURE;
    }

  if (argc > 3 && setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, argv[3],
                             strlen(argv[3])) < 0)
    {
      close(fd);
      return netbench_failed(argv[3]);
    }

  start = netbench_now();
  if (netbench_write(fd, bytes) < 0 || shutdown(fd, SHUT_WR) < 0 ||
      netbench_drain(fd) < 0)
    {
      close(fd);
      return netbench_failed("send");
    }

  start = netbench_now() - start;
  close(fd);
  return netbench_report(bytes, "bytes", start);
}

/****************************************************************************
 * Name: netbench_recv
 *
 * Description:
 *   Bulk from a source; the time until its end.
 *
 ****************************************************************************/

static int netbench_recv(int argc, FAR char *argv[])
{
  int fd = netbench_socket(SOCK_STREAM, argv[0], argv[1]);
  int64_t start = netbench_now();
  int64_t bytes;

  (void)argc;
  if (fd < 0)
    {
      return EXIT_FAILURE;
    }

  bytes = netbench_drain(fd);
  start = netbench_now() - start;
  if (bytes < 0)
    {
      close(fd);
      return netbench_failed("recv");
    }

  close(fd);
  return netbench_report(bytes, "bytes", start);
}

/****************************************************************************
 * Name: netbench_trips
 *
 * Description:
 *   Round trips over a stream or datagrams.
 *
 ****************************************************************************/

static int netbench_trips(int type, int argc, FAR char *argv[])
{
  int64_t count = netbench_number(argv[2], 1, INT64_MAX);
  int64_t size = argc > 3 ? netbench_number(argv[3], 1, 1400) : 1;
  int64_t start;
  int64_t i;
  int one = 1;
  int fd;

  if (count < 0 || size < 0)
    {
      return 2;
    }

  fd = netbench_socket(type, argv[0], argv[1]);
  if (fd < 0)
    {
      return EXIT_FAILURE;
    }

  if (type == SOCK_STREAM)
    {
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    }

  start = netbench_now();
  for (i = 0; i < count; i++)
    {
      if (send(fd, g_block, (size_t)size, MSG_NOSIGNAL) != size ||
          recv(fd, g_block, (size_t)size, MSG_WAITALL) != size)
        {
          close(fd);
          return netbench_failed("rr");
        }
    }

  start = netbench_now() - start;
  close(fd);
  return netbench_report(count, "round trips", start);
}

static int netbench_rr(int argc, FAR char *argv[])
{
  return netbench_trips(SOCK_STREAM, argc, argv);
}

static int netbench_urr(int argc, FAR char *argv[])
{
  return netbench_trips(SOCK_DGRAM, argc, argv);
}

/****************************************************************************
 * Name: netbench_conn
 *
 * Description:
 *   Connections that are opened and closed at once, one after the other.
 *
 ****************************************************************************/

static int netbench_conn(int argc, FAR char *argv[])
{
  int64_t count = netbench_number(argv[2], 1, INT64_MAX);
  int64_t start = netbench_now();
  int64_t i;

  (void)argc;
  if (count < 0)
    {
      return 2;
    }

  for (i = 0; i < count; i++)
    {
      int fd = netbench_socket(SOCK_STREAM, argv[0], argv[1]);

      if (fd < 0)
        {
          return EXIT_FAILURE;
        }

      if (shutdown(fd, SHUT_WR) < 0 || netbench_drain(fd) < 0)
        {
          close(fd);
          return netbench_failed("conn");
        }

      close(fd);
    }

  return netbench_report(count, "connections", netbench_now() - start);
}

/****************************************************************************
 * Name: netbench_usend
 *
 * Description:
 *   Datagrams as fast as they are taken. A refusal because nobody listens
 *   is no error here: the receiver may have had enough.
 *
 ****************************************************************************/

static int netbench_usend(int argc, FAR char *argv[])
{
  int64_t count = netbench_number(argv[2], 1, INT64_MAX);
  int64_t size = argc > 3 ? netbench_number(argv[3], 0, 65507) : 100;
  int64_t start;
  int64_t i;
  int fd;

  if (count < 0 || size < 0)
    {
      return 2;
    }

  fd = netbench_socket(SOCK_DGRAM, argv[0], argv[1]);
  if (fd < 0)
    {
      return EXIT_FAILURE;
    }

  start = netbench_now();
  for (i = 0; i < count; i++)
    {
      if (send(fd, g_block, (size_t)size, 0) < 0 && errno != ECONNREFUSED)
        {
          close(fd);
          return netbench_failed("usend");
        }
    }

  start = netbench_now() - start;
  close(fd);
  return netbench_report(count, "datagrams", start);
}

/****************************************************************************
 * Name: netbench_calls
 *
 * Description:
 *   What single calls cost that move nothing.
 *
 ****************************************************************************/

static int netbench_calls(int argc, FAR char *argv[])
{
  int64_t count = netbench_number(argv[0], 1, INT64_MAX);
  struct pollfd pfd;
  int64_t start;
  int64_t i;

  (void)argc;
  if (count < 0)
    {
      return 2;
    }

  start = netbench_now();
  for (i = 0; i < count; i++)
    {
      pfd.fd = socket(AF_INET, SOCK_DGRAM, 0);
      if (pfd.fd < 0)
        {
          return netbench_failed("socket");
        }

      close(pfd.fd);
    }

  printf("socket+close ");
  netbench_report(count, "calls", netbench_now() - start);

  pfd.fd     = socket(AF_INET, SOCK_DGRAM, 0);
  pfd.events = POLLIN;
  if (pfd.fd < 0)
    {
      return netbench_failed("socket");
    }

  start = netbench_now();
  for (i = 0; i < count; i++)
    {
      if (recv(pfd.fd, g_block, 1, MSG_DONTWAIT) >= 0)
        {
          fprintf(stderr, "netbench: data out of nothing\n");
          break;
        }
    }

  printf("recv-nothing ");
  netbench_report(count, "calls", netbench_now() - start);

  start = netbench_now();
  for (i = 0; i < count; i++)
    {
      poll(&pfd, 1, 0);
    }

  printf("poll ");
  netbench_report(count, "calls", netbench_now() - start);
  close(pfd.fd);
  return EXIT_SUCCESS;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: main
 *
 * Description:
 *   Find the command and call it.
 *
 ****************************************************************************/

int main(int argc, FAR char *argv[])
{
  FAR FILE *out = argc > 1 && strcmp(argv[1], "--help") == 0 ? stdout :
                                                             stderr;
  size_t i;

  for (i = 0; i < NCOMMANDS && argc > 1; i++)
    {
      FAR const struct command_s *command = &g_commands[i];

      if (strcmp(argv[1], command->name) == 0 &&
          argc - 2 >= command->min && argc - 2 <= command->max)
        {
          return command->fn(argc - 2, argv + 2);
        }
    }

  fprintf(out, "usage: netbench COMMAND ...\n\n");
  for (i = 0; i < NCOMMANDS; i++)
    {
      fprintf(out, "  %-8s %-24s %s\n", g_commands[i].name,
              g_commands[i].arguments, g_commands[i].help);
    }

  return out == stdout ? EXIT_SUCCESS : 2;
}
