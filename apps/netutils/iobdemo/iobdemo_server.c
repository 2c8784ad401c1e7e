/****************************************************************************
 * apps/netutils/iobdemo/iobdemo_server.c
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

/* The server of the exchange: one client after the other, since what is
 * measured is of the whole system.  Clients that come meanwhile wait.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iobdemo.h"
#include "netlib.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define SERVER_NAME    "iobdemo server"
#define SERVER_BACKLOG 8

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const char g_help[] =
  "usage: iobdemo server [-1] [-p PORT]\n"
  "\n"
  "Exchanges messages with \"iobdemo client\", which see.  A line for each\n"
  "client tells how that went.  Ctrl-C ends it.\n"
  "\n"
  "  -1       end after one client, with status 1 if that went wrong\n"
  "  -p PORT  instead of " IOBDEMO_PORT "; 0: one that is free\n"
  "  --help   this text\n"
  "\n"
  "Exit status: 0, 1 if a client of -1 failed, 2 for wrong arguments or a\n"
  "port that is taken.\n";

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: server_number
 *
 * Description:
 *   Digits, and their value; one that is too large for 32 bits is
 *   UINT64_MAX. The end of them, or NULL if there are none.
 *
 ****************************************************************************/

static FAR const char *server_number(FAR const char *text,
                                     FAR uint64_t *value)
{
  FAR const char *p = text;

  for (*value = 0; *p >= '0' && *p <= '9'; p++)
    {
      if (*value <= UINT32_MAX)
        {
          *value = *value * 10 + (uint64_t)(*p - '0');
        }
    }

  if (*value > UINT32_MAX)
    {
      *value = UINT64_MAX;
    }

  return p > text ? p : NULL;
}

/****************************************************************************
 * Name: server_hello
 *
 * Description:
 *   The first lines.
 *
 ****************************************************************************/

static int server_hello(FAR struct iobdemo_peer_s *peer)
{
  char line[IOBDEMO_LINE];
  FAR const char *p = NULL;
  uint64_t version = 0;
  uint64_t seed;
  int ret;

  ret = iobdemo_recvline(peer, line);
  if (ret < 0)
    {
      return ret;
    }

  if (strncmp(line, "iobdemo ", 8) == 0)
    {
      p = server_number(line + 8, &version);
    }

  if (p == NULL || *p != ' ' || (p = server_number(p + 1, &seed)) == NULL ||
      *p != '\0')
    {
      return -EPROTO;
    }

  if (version != IOBDEMO_VERSION)
    {
      ret = iobdemo_sendline(peer, "iobdemo %u refused this server speaks "
                             "version %u\n", IOBDEMO_VERSION,
                             IOBDEMO_VERSION);
      return ret < 0 ? ret : -EPROTONOSUPPORT;
    }

  if (seed > UINT32_MAX)
    {
      ret = iobdemo_sendline(peer, "iobdemo %u refused the seed must be a "
                             "number up to %" PRIu32 "\n", IOBDEMO_VERSION,
                             UINT32_MAX);
      return ret < 0 ? ret : -EPROTO;
    }

  peer->seed = (uint32_t)seed;
  return iobdemo_sendline(peer, "iobdemo %u ok\n", IOBDEMO_VERSION);
}

/****************************************************************************
 * Name: server_request
 *
 * Description:
 *   A burst is to come.
 *
 ****************************************************************************/

static int server_request(FAR struct iobdemo_peer_s *peer,
                          FAR struct iobdemo_head_s *head)
{
  struct iobdemo_meter_s before;
  int ret;

  iobdemo_measure(&before);
  head->kind = IOBDEMO_READY;
  ret = iobdemo_sendhead(peer, head);
  if (ret == 0)
    {
      ret = iobdemo_recvburst(peer, &before, head, false);
    }

  head->kind = IOBDEMO_REPORT;
  return ret < 0 ? ret : iobdemo_sendhead(peer, head);
}

/****************************************************************************
 * Name: server_serve
 *
 * Description:
 *   All that a client wants. 0: it has ended the connection.
 *
 ****************************************************************************/

static int server_serve(FAR struct iobdemo_peer_s *peer,
                        FAR uint64_t *messages)
{
  struct iobdemo_head_s head;
  bool wrong = false;
  int ret;

  ret = server_hello(peer);
  while (ret == 0)
    {
      ret = iobdemo_recvhead(peer, &head);
      if (ret < 0)
        {
          break;
        }

      switch (head.kind)
        {
          case IOBDEMO_STAT:
            memset(&head, 0, sizeof(head));
            iobdemo_stat(peer, &head);
            head.kind = IOBDEMO_REPORT;
            ret = iobdemo_sendhead(peer, &head);
            break;

          case IOBDEMO_REQUEST:
            ret = server_request(peer, &head);
            wrong = wrong || head.wrong != 0;
            *messages += head.count;
            break;

          case IOBDEMO_WANT:
            ret = iobdemo_sendburst(peer, &head, true);
            *messages += head.count;
            break;

          default:
            return -EPROTO;
        }
    }

  if (ret == -EPIPE && peer->received > IOBDEMO_HEAD)
    {
      ret = wrong ? -EILSEQ : 0;
    }

  return ret;
}

/****************************************************************************
 * Name: server_why
 *
 * Description:
 *   What an error means here.
 *
 ****************************************************************************/

static FAR const char *server_why(int err)
{
  switch (err)
    {
      case EPROTO:
        return "does not speak this protocol";

      case EPROTONOSUPPORT:
        return "speaks another version; refused";

      case EILSEQ:
        return "messages arrived changed";

      case EPIPE:
        return "ended the connection early";

      case ETIMEDOUT:
        return "says nothing any more";

      default:
        return strerror(err);
    }
}

/****************************************************************************
 * Name: server_client
 *
 * Description:
 *   One client, and a line about it.
 *
 ****************************************************************************/

static int server_client(FAR struct iobdemo_peer_s *peer,
                         FAR const struct sockaddr_storage *addr)
{
  char text[NETLIB_ADDRLEN];
  uint64_t messages = 0;
  int one = 1;
  int ret;

  peer->sent = 0;
  peer->received = 0;
  ret = netlib_nonblock(peer->fd);
  if (ret == 0 && setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one,
                             sizeof(one)) < 0)
    {
      ret = -errno;
    }

  if (ret == 0)
    {
      ret = server_serve(peer, &messages);
    }

  if (ret < 0 && !peer->wait->interrupted)
    {
      netlib_fail(SERVER_NAME, "%s: %s", netlib_addrtext(addr, text),
                  server_why(-ret));
    }
  else
    {
      printf("%s: %" PRIu64 " messages, %" PRIu64 " bytes received, %"
             PRIu64 " sent%s\n", netlib_addrtext(addr, text), messages,
             peer->received, peer->sent, ret < 0 ? ", interrupted" : "");
    }

  fflush(stdout);
  return ret < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/****************************************************************************
 * Name: server_loop
 *
 * Description:
 *   Take clients until told to end.
 *
 ****************************************************************************/

static int server_loop(FAR struct iobdemo_peer_s *peer, int listener,
                       bool once)
{
  struct sockaddr_storage addr;
  struct pollfd pfd;
  socklen_t len;
  int status;

  pfd.fd     = listener;
  pfd.events = POLLIN;
  while (!peer->wait->interrupted && ferror(stdout) == 0)
    {
      if (netlib_poll(peer->wait, &pfd, 1, NETLIB_NEVER) <= 0)
        {
          continue;
        }

      len = sizeof(addr);
      peer->fd = accept(listener, (FAR struct sockaddr *)&addr, &len);
      if (peer->fd < 0)
        {
          /* Gone again, or nothing to take it with: wait a moment */

          if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
            {
              netlib_fail(SERVER_NAME, "accept: %s", strerror(errno));
              netlib_poll(peer->wait, NULL, 0, netlib_now() + NETLIB_SEC);
            }

          continue;
        }

      status = server_client(peer, &addr);
      close(peer->fd);
      if (once)
        {
          return peer->wait->interrupted ? EXIT_SUCCESS : status;
        }
    }

  return EXIT_SUCCESS;
}

/****************************************************************************
 * Name: server_run
 *
 * Description:
 *   Listen and serve.
 *
 ****************************************************************************/

static int server_run(FAR const char *port, bool once)
{
  FAR const char *why;
  struct netlib_addr_s addr;
  struct netlib_wait_s wait;
  struct iobdemo_peer_s peer;
  int listener;
  int status;

  why = netlib_resolve(NULL, port, SOCK_STREAM, &addr);
  if (why != NULL)
    {
      return netlib_misuse(SERVER_NAME, "port %s: %s", port, why);
    }

  memset(&peer, 0, sizeof(peer));
  peer.wait = &wait;
  peer.buf  = malloc(2 * IOBDEMO_BURST);
  if (peer.buf == NULL)
    {
      return netlib_fail(SERVER_NAME, "%s", strerror(ENOMEM));
    }

  netlib_signals(&wait);
  listener = netlib_listen(&addr, SERVER_BACKLOG, 0);
  if (listener < 0)
    {
      free(peer.buf);
      netlib_fail(SERVER_NAME, "port %s: %s%s", port, strerror(-listener),
                  listener == -EADDRINUSE ? ": choose another one with -p" :
                  "");
      return NETLIB_USAGE;
    }

  addr.len = sizeof(addr.addr);
  getsockname(listener, (FAR struct sockaddr *)&addr.addr, &addr.len);
  printf("listening on port %u\n", netlib_port(&addr.addr));
  fflush(stdout);

  status = server_loop(&peer, listener, once);
  close(listener);
  free(peer.buf);
  return netlib_finish(SERVER_NAME, status);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iobdemo_server_main
 *
 * Description:
 *   The command line.
 *
 ****************************************************************************/

int iobdemo_server_main(int argc, FAR char *argv[])
{
  FAR const char *port = IOBDEMO_PORT;
  int64_t number;
  bool once = false;
  int opt;

  if (netlib_help(argc, argv, g_help))
    {
      return netlib_finish(SERVER_NAME, EXIT_SUCCESS);
    }

  opterr = 0;
  while ((opt = getopt(argc, argv, ":1p:")) != -1)
    {
      switch (opt)
        {
          case '1':
            once = true;
            break;

          case 'p':
            port = optarg;
            if (!netlib_number(port, 0, 65535, &number))
              {
                return netlib_misuse(SERVER_NAME, "-p: %s: must be a port, "
                                     "0 to 65535", port);
              }

            break;

          case ':':
            return netlib_misuse(SERVER_NAME, "-%c wants a value", optopt);

          default:
            return netlib_misuse(SERVER_NAME, "unknown option '-%c'",
                                 optopt);
        }
    }

  if (optind < argc)
    {
      return netlib_misuse(SERVER_NAME, "unknown argument '%s'",
                           argv[optind]);
    }

  return server_run(port, once);
}
