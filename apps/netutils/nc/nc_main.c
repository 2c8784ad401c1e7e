/****************************************************************************
 * apps/netutils/nc/nc_main.c
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

/* nc: connect standard input and output to a socket.
 *
 *   nc HOST PORT         a client
 *   nc -l [HOST] PORT    wait for one connection, with -k for more
 *   nc -u ...            datagrams
 *   nc -z HOST PORT[-PORT]  only try to connect
 *
 * Each direction has a buffer and ends for itself: the end of the input shuts
 * down our half of the connection, and what the peer still sends is printed.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netlib.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define NC_BUFFER 65536

/****************************************************************************
 * Private Types
 ****************************************************************************/

struct nc_s
{
  struct netlib_wait_s wait;
  struct netlib_addr_s addr;           /* HOST, PORT */
  struct netlib_addr_s local;
  FAR const char *host;
  FAR const char *port;
  bool has_local;
  bool listens;
  bool keep;
  bool udp;
  bool scan;
  bool verbose;
  bool noinput;
  bool noshut;
  uint64_t timeout;                    /* 0: none */
  uint64_t linger;                     /* After the end of input */
  char buffer[2][NC_BUFFER];           /* To the socket, from it */
};

/* One direction of a connection */

struct nc_way_s
{
  int from;
  int to;
  FAR char *buffer;
  size_t begin;
  size_t end;
  bool eof;                            /* Nothing more comes */
};

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const char g_help[] =
  "usage: nc [-uvdN] [-w SEC] [-q SEC] [-s ADDR] [-p PORT] HOST PORT\n"
  "       nc -l [-kuvdN] [-w SEC] [-s ADDR] [HOST] PORT\n"
  "       nc -z [-uv] [-w SEC] HOST PORT[-PORT]\n"
  "\n"
  "Copies standard input to a connection, and what comes to standard\n"
  "output.  The end of the input ends our half of the connection.\n"
  "\n"
  "  -l       wait for a connection\n"
  "  -k       and then for the next\n"
  "  -u       datagrams\n"
  "  -z       only see who listens\n"
  "  -d       do not read standard input\n"
  "  -N       shut down after the end of input (the default; no effect)\n"
  "  -q SEC   end so long after the end of input\n"
  "  -w SEC   end after so long without connection or data\n"
  "  -s ADDR  our address\n"
  "  -p PORT  our port\n"
  "  -v       tell about connections\n"
  "  --help   this text\n";

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: say
 *
 * Description:
 *   Tell about a connection, with -v.
 *
 ****************************************************************************/

static void say(FAR const struct nc_s *nc, FAR const char *text,
                FAR const struct sockaddr_storage *addr)
{
  char name[NETLIB_ADDRLEN];

  if (nc->verbose)
    {
      fprintf(stderr, "nc: %s %s\n", text, netlib_addrtext(addr, name));
    }
}

/****************************************************************************
 * Name: give
 *
 * Description:
 *   Write what a direction has.  0, -EAGAIN, or a negated errno.
 *
 ****************************************************************************/

static int give(FAR struct nc_way_s *way, bool sock)
{
  ssize_t done;

  while (way->begin < way->end)
    {
      done = sock ? send(way->to, way->buffer + way->begin,
                         way->end - way->begin, MSG_NOSIGNAL) :
                    write(way->to, way->buffer + way->begin,
                          way->end - way->begin);
      if (done < 0)
        {
          return errno == EINTR ? -EAGAIN : -errno;
        }

      way->begin += (size_t)done;
    }

  return 0;
}

/****************************************************************************
 * Name: take
 *
 * Description:
 *   Read what a direction brings.  0, or a negated errno.
 *
 ****************************************************************************/

static int take(FAR const struct nc_s *nc, FAR struct nc_way_s *way)
{
  ssize_t got;

  way->begin = 0;
  way->end = 0;
  got = read(way->from, way->buffer, NC_BUFFER);
  if (got < 0)
    {
      return errno == EAGAIN || errno == EINTR ? 0 : -errno;
    }

  way->end = (size_t)got;
  way->eof = got == 0 && (!nc->udp || way->from == STDIN_FILENO);
  return 0;
}

/****************************************************************************
 * Name: poll_for
 *
 * Description:
 *   What to wait for in a direction: to write what there is, or to read.
 *
 ****************************************************************************/

static void poll_for(FAR const struct nc_way_s *way, FAR struct pollfd *in,
                     FAR struct pollfd *out)
{
  in->fd = -1;
  out->fd = -1;
  in->revents = 0;
  out->revents = 0;
  in->events = POLLIN;
  out->events = POLLOUT;
  if (way->begin < way->end)
    {
      out->fd = way->to;
    }
  else if (!way->eof)
    {
      in->fd = way->from;
    }
}

/****************************************************************************
 * Name: move
 *
 * Description:
 *   Do what can be done in one direction.  0, or a negated errno.
 *
 ****************************************************************************/

static int move(FAR const struct nc_s *nc, FAR struct nc_way_s *way,
                short in, short out, bool sock)
{
  int ret = 0;

  if (in != 0)
    {
      ret = take(nc, way);
    }

  if (ret == 0 && (in != 0 || out != 0))
    {
      ret = give(way, sock);
      ret = ret == -EAGAIN ? 0 : ret;
    }

  return ret;
}

/****************************************************************************
 * Name: is_over
 *
 * Description:
 *   Whether both ways have ended.  A person at a terminal is not waited for
 *   when the peer has.
 *
 ****************************************************************************/

static bool is_over(FAR const struct nc_way_s *in,
                    FAR const struct nc_way_s *out)
{
  return in->eof && in->begin == in->end && out->begin == out->end &&
         (out->eof || isatty(out->from));
}

/****************************************************************************
 * Name: copy
 *
 * Description:
 *   Copy both ways until both have ended, or nothing comes for too long.
 *
 ****************************************************************************/

static int copy(FAR struct nc_s *nc, int fd)
{
  struct nc_way_s out = { STDIN_FILENO, fd, nc->buffer[0], 0, 0, false };
  struct nc_way_s in = { fd, STDOUT_FILENO, nc->buffer[1], 0, 0, false };
  struct pollfd fds[4];
  uint64_t deadline;
  bool shut = false;
  int ret = 0;

  out.eof = nc->noinput;
  while (ret == 0 && !nc->wait.interrupted && !is_over(&in, &out))
    {
      if (out.eof && out.begin == out.end && !shut && !nc->noinput)
        {
          shut = true;
          if (!nc->udp)
            {
              shutdown(fd, SHUT_WR);
            }
        }

      deadline = nc->timeout > 0 ? netlib_now() + nc->timeout :
                 NETLIB_NEVER;
      if (shut && nc->linger != NETLIB_NEVER)
        {
          deadline = netlib_now() + nc->linger;
        }

      poll_for(&out, &fds[0], &fds[1]);
      poll_for(&in, &fds[2], &fds[3]);
      ret = netlib_poll(&nc->wait, fds, 4, deadline);
      if (ret <= 0)
        {
          break;
        }

      ret = move(nc, &in, fds[2].revents, fds[3].revents, false);
      if (ret == 0)
        {
          ret = move(nc, &out, fds[0].revents, fds[1].revents, true);
        }
    }

  if (ret < 0)
    {
      return netlib_fail("nc", "%s", strerror(-ret));
    }

  return nc->wait.interrupted ? EXIT_FAILURE : EXIT_SUCCESS;
}

/****************************************************************************
 * Name: open_udp
 *
 * Description:
 *   A socket for datagrams, bound or connected.
 *
 ****************************************************************************/

static int open_udp(FAR const struct nc_s *nc)
{
  FAR const struct netlib_addr_s *local = nc->listens ? &nc->addr :
                                          &nc->local;
  int one = 1;
  int err;
  int fd;

  fd = socket(nc->addr.addr.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  if (fd < 0)
    {
      return -errno;
    }

  if (((nc->listens || nc->has_local) &&
       (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
        bind(fd, (FAR const struct sockaddr *)&local->addr,
             local->len) < 0)) ||
      (!nc->listens && connect(fd,
                               (FAR const struct sockaddr *)&nc->addr.addr,
                               nc->addr.len) < 0))
    {
      err = -errno;
      close(fd);
      return err;
    }

  return fd;
}

/****************************************************************************
 * Name: await_peer
 *
 * Description:
 *   Wait for the first datagram, and speak with its sender from then on. 0,
 *   or a negated errno.
 *
 ****************************************************************************/

static int await_peer(FAR struct nc_s *nc, int fd)
{
  struct netlib_addr_s peer;
  struct pollfd pfd;
  char byte;

  pfd.fd = fd;
  pfd.events = POLLIN;
  if (netlib_poll(&nc->wait, &pfd, 1, nc->timeout > 0 ?
                  netlib_now() + nc->timeout : NETLIB_NEVER) <= 0)
    {
      return nc->wait.interrupted ? -EINTR : -ETIMEDOUT;
    }

  peer.len = sizeof(peer.addr);
  if (recvfrom(fd, &byte, 1, MSG_PEEK, (FAR struct sockaddr *)&peer.addr,
               &peer.len) < 0 ||
      connect(fd, (FAR const struct sockaddr *)&peer.addr, peer.len) < 0)
    {
      return -errno;
    }

  say(nc, "datagrams from", &peer.addr);
  return 0;
}

/****************************************************************************
 * Name: serve_tcp
 *
 * Description:
 *   Wait for connections.
 *
 ****************************************************************************/

static int serve_tcp(FAR struct nc_s *nc)
{
  struct netlib_addr_s peer;
  struct pollfd pfd;
  char text[NETLIB_ADDRLEN];
  int status = EXIT_SUCCESS;
  int fd;

  pfd.fd = netlib_listen(&nc->addr, 16, 0);
  if (pfd.fd < 0)
    {
      return netlib_fail("nc", "cannot listen on %s: %s",
                         netlib_addrtext(&nc->addr.addr, text),
                         strerror(-pfd.fd));
    }

  getsockname(pfd.fd, (FAR struct sockaddr *)&nc->addr.addr,
              &nc->addr.len);
  say(nc, "listening on", &nc->addr.addr);
  pfd.events = POLLIN;
  do
    {
      if (netlib_poll(&nc->wait, &pfd, 1, nc->timeout > 0 && !nc->keep ?
                      netlib_now() + nc->timeout : NETLIB_NEVER) <= 0)
        {
          status = EXIT_FAILURE;
          break;
        }

      peer.len = sizeof(peer.addr);
      fd = accept4(pfd.fd, (FAR struct sockaddr *)&peer.addr, &peer.len,
                   SOCK_NONBLOCK);
      if (fd >= 0)
        {
          say(nc, "connection from", &peer.addr);
          status = copy(nc, fd);
          close(fd);
        }
      else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
        {
          status = netlib_fail("nc", "cannot accept: %s", strerror(errno));
          break;
        }
      else
        {
          fd = -1;
        }
    }
  while ((nc->keep || fd < 0) && !nc->wait.interrupted);

  close(pfd.fd);
  return status;
}

/****************************************************************************
 * Name: serve_udp
 *
 * Description:
 *   Wait for datagrams.
 *
 ****************************************************************************/

static int serve_udp(FAR struct nc_s *nc)
{
  char text[NETLIB_ADDRLEN];
  int status = EXIT_SUCCESS;
  int ret;
  int fd;

  do
    {
      fd = open_udp(nc);
      if (fd < 0)
        {
          return netlib_fail("nc", "cannot listen on %s: %s",
                             netlib_addrtext(&nc->addr.addr, text),
                             strerror(-fd));
        }

      say(nc, "listening on", &nc->addr.addr);
      ret = await_peer(nc, fd);
      status = ret == 0 ? copy(nc, fd) : EXIT_FAILURE;
      close(fd);
    }
  while (nc->keep && !nc->wait.interrupted);

  return status;
}

/****************************************************************************
 * Name: open_client
 *
 * Description:
 *   Connect.  A descriptor, or a negated errno.
 *
 ****************************************************************************/

static int open_client(FAR struct nc_s *nc)
{
  return nc->udp ? open_udp(nc) :
         netlib_connect(&nc->wait, nc->has_local ? &nc->local : NULL,
                        &nc->addr, 0, nc->timeout > 0 ?
                        netlib_now() + nc->timeout : NETLIB_NEVER);
}

/****************************************************************************
 * Name: client
 *
 * Description:
 *   Connect, and copy.
 *
 ****************************************************************************/

static int client(FAR struct nc_s *nc)
{
  char text[NETLIB_ADDRLEN];
  int status;
  int fd = open_client(nc);

  if (fd < 0)
    {
      return netlib_fail("nc", "cannot connect to %s: %s",
                         netlib_addrtext(&nc->addr.addr, text),
                         strerror(-fd));
    }

  say(nc, "connected to", &nc->addr.addr);
  status = copy(nc, fd);
  close(fd);
  return status;
}

/****************************************************************************
 * Name: probe
 *
 * Description:
 *   Whether somebody listens.  With datagrams nobody says so, but somebody
 *   may say no.
 *
 ****************************************************************************/

static bool probe(FAR struct nc_s *nc)
{
  struct pollfd pfd;
  bool open;
  int err = 0;
  socklen_t len = sizeof(err);

  pfd.fd = open_client(nc);
  open = pfd.fd >= 0;
  if (open && nc->udp)
    {
      pfd.events = POLLIN;
      send(pfd.fd, "", 1, MSG_NOSIGNAL);
      netlib_poll(&nc->wait, &pfd, 1, netlib_now() +
                  (nc->timeout > 0 ? nc->timeout : NETLIB_SEC));
      getsockopt(pfd.fd, SOL_SOCKET, SO_ERROR, &err, &len);
      open = err == 0;
    }

  if (pfd.fd >= 0)
    {
      close(pfd.fd);
    }

  say(nc, open ? "open:" : "closed:", &nc->addr.addr);
  return open;
}

/****************************************************************************
 * Name: scan
 *
 * Description:
 *   Try a range of ports.  EXIT_SUCCESS if one is open.
 *
 ****************************************************************************/

static int scan(FAR struct nc_s *nc, int64_t first, int64_t last)
{
  int status = EXIT_FAILURE;
  int64_t port;

  for (port = first; port <= last && !nc->wait.interrupted; port++)
    {
      netlib_setport(&nc->addr.addr, (uint16_t)port);
      if (probe(nc))
        {
          status = EXIT_SUCCESS;
        }
    }

  return status;
}

/****************************************************************************
 * Name: ports
 *
 * Description:
 *   Read PORT or PORT-PORT.
 *
 ****************************************************************************/

static bool ports(FAR char *text, FAR int64_t *first, FAR int64_t *last)
{
  FAR char *dash = strchr(text, '-');

  if (dash == NULL)
    {
      *first = 0;
      *last = 0;
      return true;
    }

  *dash = '\0';
  return netlib_number(text, 1, 65535, first) &&
         netlib_number(dash + 1, *first, 65535, last);
}

/****************************************************************************
 * Name: arguments
 *
 * Description:
 *   What follows the options.  The status of the program, or -1 if it may go
 *   on.
 *
 ****************************************************************************/

static int arguments(FAR struct nc_s *nc, int argc, FAR char *argv[],
                     FAR const char *source, FAR const char *sport,
                     FAR int64_t *range)
{
  int type = nc->udp ? SOCK_DGRAM : SOCK_STREAM;
  FAR const char *why;

  if (argc < 1 || argc > 2 || (argc == 1 && !nc->listens))
    {
      return netlib_misuse("nc", argc > 2 ? "too many arguments" :
                           "which host, which port?");
    }

  nc->host = argc == 2 ? argv[0] : source != NULL ? source : "0.0.0.0";
  nc->port = argv[argc - 1];
  if (nc->scan && (!ports(argv[argc - 1], &range[0], &range[1]) ||
                   nc->listens))
    {
      return netlib_misuse("nc", "-z wants a host, and a port or a range");
    }

  why = netlib_resolve(nc->host, nc->port, type, &nc->addr);
  if (why != NULL)
    {
      return netlib_fail("nc", "%s port %s: %s", nc->host, nc->port, why);
    }

  if (range[0] == 0)
    {
      range[0] = netlib_port(&nc->addr.addr);
      range[1] = range[0];
    }

  nc->has_local = source != NULL || sport != NULL;
  if (nc->has_local)
    {
      why = netlib_resolve(source != NULL ? source : "0.0.0.0", sport, type,
                           &nc->local);
      if (why != NULL)
        {
          return netlib_fail("nc", "%s: %s", source != NULL ? source : sport,
                             why);
        }
    }

  return -1;
}

/****************************************************************************
 * Name: option
 *
 * Description:
 *   One option.  false: it does not exist.
 *
 ****************************************************************************/

static bool option(FAR struct nc_s *nc, int opt)
{
  switch (opt)
    {
    case 'd':
      nc->noinput = true;
      break;

    case 'k':
      nc->keep = true;
      break;

    case 'l':
      nc->listens = true;
      break;

    case 'N':
      break;

    case 'q':
      nc->linger = netlib_optseconds("nc", optarg);
      break;

    case 'u':
      nc->udp = true;
      break;

    case 'v':
      nc->verbose = true;
      break;

    case 'w':
      nc->timeout = netlib_optseconds("nc", optarg);
      break;

    case 'z':
      nc->scan = true;
      break;

    default:
      return false;
    }

  return true;
}

/****************************************************************************
 * Name: run
 *
 * Description:
 *   Do what the command line says.
 *
 ****************************************************************************/

static int run(FAR struct nc_s *nc, int argc, FAR char *argv[])
{
  FAR const char *source = NULL;
  FAR const char *sport = NULL;
  int64_t range[2];
  int status;
  int opt;

  range[0] = 0;
  range[1] = 0;
  while ((opt = getopt(argc, argv, "dklNp:q:s:uvw:z")) != -1)
    {
      if (opt == 's')
        {
          source = optarg;
        }
      else if (opt == 'p')
        {
          sport = optarg;
        }
      else if (!option(nc, opt))
        {
          return NETLIB_USAGE;
        }
    }

  status = arguments(nc, argc - optind, argv + optind, source, sport,
                     range);
  if (status >= 0)
    {
      return status;
    }

  netlib_signals(&nc->wait);
  return nc->scan ? scan(nc, range[0], range[1]) :
         !nc->listens ? client(nc) :
         nc->udp ? serve_udp(nc) : serve_tcp(nc);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: main
 *
 * Description:
 *   Copy between standard input and output and a socket.
 *
 ****************************************************************************/

int main(int argc, FAR char *argv[])
{
  FAR struct nc_s *nc;
  int status;

  if (netlib_help(argc, argv, g_help))
    {
      return EXIT_SUCCESS;
    }

  nc = calloc(1, sizeof(*nc));
  if (nc == NULL)
    {
      return netlib_fail("nc", "out of memory");
    }

  nc->linger = NETLIB_NEVER;
  status = run(nc, argc, argv);
  free(nc);
  return status;
}
