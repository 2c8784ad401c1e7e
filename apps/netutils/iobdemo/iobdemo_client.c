/****************************************************************************
 * apps/netutils/iobdemo/iobdemo_client.c
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

/* The client of the exchange.  For each size it sends messages and has as
 * many sent, in bursts that the receiver leaves unread until it has looked
 * at its memory, and prints what both ends saw beside what a pool of fixed
 * buffers would have taken:
 *
 *   Memory: each frame that was unread, its headers included, in as many
 *   buffers as it needs, each with a descriptor.
 *   Copies: two on the way out (into the queue, and for the driver), one for
 *   each resend, one on the way in.
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

#define CLIENT_NAME    "iobdemo client"
#define CLIENT_COUNT   100
#define CLIENT_HEADERS 54              /* Ethernet, IPv4 and TCP */
#define CLIENT_CELL    24

/****************************************************************************
 * Private Types
 ****************************************************************************/

/* One end: the fullest moment, and the counts of the size */

struct client_end_s
{
  struct iobdemo_head_s full;
  struct iobdemo_head_s start;
  struct iobdemo_head_s stop;
};

struct client_s
{
  struct iobdemo_peer_s peer;
  FAR const char *host;
  FAR const char *port;
  uint32_t count;
  uint64_t first;                      /* Number of the next message */
  struct client_end_s here;
  struct client_end_s there;
};

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const char g_help[] =
  "usage: iobdemo client ADDR [-p PORT] [-n COUNT] [-S SEED] [SIZE ...]\n"
  "\n"
  "Exchanges messages with \"iobdemo server\" at ADDR, verifies them, and\n"
  "prints for each size the memory that they held before they were read,\n"
  "how often a byte was copied, what was sent again, and what buffers of\n"
  "1518 and of 9018 bytes would have cost.  \"-\": that end cannot tell.\n"
  "\n"
  "  SIZE      bytes of a message, 1 to 49152 (100 8960)\n"
  "  -n COUNT  messages of each size, in each direction (100)\n"
  "  -p PORT   instead of " IOBDEMO_PORT "\n"
  "  -S SEED   of the contents (1)\n"
  "  --help    this text\n"
  "\n"
  "Exit status: 0, 1 if it went wrong, 2 for wrong arguments or without a\n"
  "server that speaks this version, 130 after Ctrl-C.\n";

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: client_lost
 *
 * Description:
 *   The exchange cannot go on.
 *
 ****************************************************************************/

static int client_lost(FAR struct client_s *client, int err)
{
  if (client->peer.wait->interrupted)
    {
      return IOBDEMO_INTERRUPTED;
    }

  return netlib_fail(CLIENT_NAME, "%s: %s", client->host,
                     err == -EPIPE ? "the server ended the connection" :
                     err == -EPROTO ? "the server breaks the protocol" :
                     err == -ETIMEDOUT ? "the server says nothing any more" :
                     strerror(-err));
}

/****************************************************************************
 * Name: client_hello
 *
 * Description:
 *   The first lines. 0 or the exit status.
 *
 ****************************************************************************/

static int client_hello(FAR struct client_s *client)
{
  FAR struct iobdemo_peer_s *peer = &client->peer;
  char line[IOBDEMO_LINE];
  FAR const char *version = line + 8;
  FAR const char *answer;
  char ours[16];
  int len = 0;
  int ret;

  ret = iobdemo_sendline(peer, "iobdemo %u %" PRIu32 "\n", IOBDEMO_VERSION,
                         peer->seed);
  if (ret == 0)
    {
      ret = iobdemo_recvline(peer, line);
    }

  if (peer->wait->interrupted)
    {
      return IOBDEMO_INTERRUPTED;
    }

  if (ret < 0 && ret != -EPROTO && ret != -EPIPE)
    {
      netlib_fail(CLIENT_NAME, "%s port %s: no answer: %s", client->host,
                  client->port, strerror(-ret));
      return NETLIB_USAGE;
    }

  if (ret < 0 || strncmp(line, "iobdemo ", 8) != 0 ||
      (len = (int)strspn(version, "0123456789")) == 0 || version[len] != ' ')
    {
      netlib_fail(CLIENT_NAME, "%s port %s: this is no iobdemo server",
                  client->host, client->port);
      return NETLIB_USAGE;
    }

  /* As text: a version may have more digits than a number */

  answer = &version[len + 1];
  snprintf(ours, sizeof(ours), "%u", IOBDEMO_VERSION);
  if (strlen(ours) != (size_t)len || strncmp(version, ours, len) != 0)
    {
      netlib_fail(CLIENT_NAME, "%s port %s: speaks version %.*s of the "
                  "protocol, not %s: %s", client->host, client->port, len,
                  version, ours, answer);
      return NETLIB_USAGE;
    }

  if (strcmp(answer, "ok") != 0)
    {
      netlib_fail(CLIENT_NAME, "%s port %s: the server does not agree: %s",
                  client->host, client->port, answer);
      return NETLIB_USAGE;
    }

  return EXIT_SUCCESS;
}

/****************************************************************************
 * Name: client_full
 *
 * Description:
 *   Keep the moment at which most was unread.
 *
 ****************************************************************************/

static void client_full(FAR struct client_end_s *end,
                        FAR const struct iobdemo_head_s *head)
{
  if (head->unread > end->full.unread)
    {
      end->full = *head;
    }
}

/****************************************************************************
 * Name: client_ask
 *
 * Description:
 *   Send a head, and receive the answer of that kind.
 *
 ****************************************************************************/

static int client_ask(FAR struct client_s *client,
                      FAR struct iobdemo_head_s *head,
                      enum iobdemo_kind_e kind)
{
  int ret = iobdemo_sendhead(&client->peer, head);

  if (ret == 0)
    {
      ret = iobdemo_recvhead(&client->peer, head);
    }

  return ret == 0 && head->kind != (uint32_t)kind ? -EPROTO : ret;
}

/****************************************************************************
 * Name: client_burst
 *
 * Description:
 *   A burst there, and a burst back.
 *
 ****************************************************************************/

static int client_burst(FAR struct client_s *client, uint32_t size,
                        uint32_t count)
{
  FAR struct iobdemo_peer_s *peer = &client->peer;
  struct iobdemo_meter_s before;
  struct iobdemo_head_s head;
  int ret;

  memset(&head, 0, sizeof(head));
  head.kind  = IOBDEMO_REQUEST;
  head.size  = size;
  head.count = count;
  head.first = client->first;
  ret = client_ask(client, &head, IOBDEMO_READY);
  if (ret == 0 && (head.size != size || head.count != count ||
                   head.first != client->first))
    {
      ret = -EPROTO;
    }

  if (ret == 0)
    {
      ret = iobdemo_sendburst(peer, &head, false);
    }

  if (ret == 0)
    {
      ret = iobdemo_recvhead(peer, &head);
    }

  if (ret == 0 && (head.kind != IOBDEMO_REPORT || head.size != size ||
                   head.count != count))
    {
      ret = -EPROTO;
    }

  if (ret < 0 || head.wrong != 0)
    {
      return ret < 0 ? ret : -EILSEQ;
    }

  client_full(&client->there, &head);
  memset(&head, 0, sizeof(head));
  head.kind  = IOBDEMO_WANT;
  head.size  = size;
  head.count = count;
  head.first = client->first;
  iobdemo_measure(&before);
  ret = iobdemo_sendhead(peer, &head);
  if (ret == 0)
    {
      ret = iobdemo_recvburst(peer, &before, &head, true);
    }

  client_full(&client->here, &head);
  client->first += count;
  return ret < 0 ? ret : head.wrong != 0 ? -EILSEQ : 0;
}

/****************************************************************************
 * Name: client_cell
 *
 * Description:
 *   A number of the table, and a mean beside it; "-" if it is not known.
 *
 ****************************************************************************/

static void client_cell(uint64_t value, uint64_t per, FAR const char *unit)
{
  char text[64];

  if (value == IOBDEMO_UNKNOWN)
    {
      snprintf(text, sizeof(text), "-");
    }
  else if (per > 0)
    {
      snprintf(text, sizeof(text), "%" PRIu64 "%s (%" PRIu64 ")", value,
               unit, value / per);
    }
  else
    {
      snprintf(text, sizeof(text), "%" PRIu64 "%s", value, unit);
    }

  printf("%*s", CLIENT_CELL, text);
}

/****************************************************************************
 * Name: client_frames
 *
 * Description:
 *   Frames that were unread: counted, or reckoned.
 *
 ****************************************************************************/

static uint64_t client_frames(FAR const struct client_s *client,
                              FAR const struct iobdemo_head_s *head)
{
  unsigned int mss = iobdemo_mss(client->peer.fd);

  if (head->frames != IOBDEMO_UNKNOWN && head->frames > 0)
    {
      return head->frames;
    }

  return (head->unread + head->size - 1) / head->size *
         ((head->size + mss - 1) / mss);
}

/****************************************************************************
 * Name: client_fixed
 *
 * Description:
 *   What the frames would take in buffers of one size.
 *
 ****************************************************************************/

static uint64_t client_fixed(FAR const struct client_s *client,
                             FAR const struct iobdemo_head_s *head,
                             unsigned int bufsize)
{
  uint64_t frames = client_frames(client, head);
  uint64_t len;

  if (frames == 0)
    {
      return 0;
    }

  len = (head->unread + frames - 1) / frames + CLIENT_HEADERS;
  return frames * ((len + bufsize - 1) / bufsize) *
         (bufsize + IOBDEMO_DESCRIPTOR);
}

/****************************************************************************
 * Name: client_held
 *
 * Description:
 *   The memory, descriptors included.
 *
 ****************************************************************************/

static uint64_t client_held(FAR const struct iobdemo_head_s *head)
{
  if (head->held == IOBDEMO_UNKNOWN || head->views == IOBDEMO_UNKNOWN)
    {
      return head->held;
    }

#ifdef CONFIG_IOB_SHARED
  return head->held + head->views * sizeof(struct iob_s);
#else
  return head->held + head->views * (2 * sizeof(FAR void *) + 16);
#endif
}

/****************************************************************************
 * Name: client_copies
 *
 * Description:
 *   Copies of a byte, in hundredths: those that were counted, or those
 *   that fixed buffers make.
 *
 ****************************************************************************/

static uint64_t client_copies(FAR const struct client_s *client,
                              FAR const struct client_end_s *end, bool fixed)
{
  uint64_t copied = iobdemo_since(end->stop.copied, end->start.copied);
  uint64_t resent = iobdemo_since(end->stop.resent, end->start.resent);
  uint64_t sent = iobdemo_since(end->stop.sent, end->start.sent);
  uint64_t received = iobdemo_since(end->stop.received,
                                    end->start.received);
  uint64_t mss = iobdemo_mss(client->peer.fd);

  if (fixed)
    {
      mss    = end->full.size < mss ? end->full.size : mss;
      copied = resent == IOBDEMO_UNKNOWN ? resent :
               2 * sent + received + resent * mss;
    }

  return copied == IOBDEMO_UNKNOWN || sent + received == 0 ?
         IOBDEMO_UNKNOWN : copied * 100 / (sent + received);
}

/****************************************************************************
 * Name: client_ratio
 *
 * Description:
 *   A ratio of the table.
 *
 ****************************************************************************/

static void client_ratio(uint64_t hundredths)
{
  char text[CLIENT_CELL + 1] = "-";

  if (hundredths != IOBDEMO_UNKNOWN)
    {
      snprintf(text, sizeof(text), "%" PRIu64 ".%02u", hundredths / 100,
               (unsigned int)(hundredths % 100));
    }

  printf("%*s", CLIENT_CELL, text);
}

/****************************************************************************
 * Name: client_table
 *
 * Description:
 *   What a size has cost at both ends.
 *
 ****************************************************************************/

static void client_table(FAR const struct client_s *client, uint32_t size)
{
  static const unsigned int bufsize[] =
    {
      1518, 9018
    };

  FAR const struct client_end_s *end[2];
  uint64_t n;
  unsigned int i;
  unsigned int k;

  end[0] = &client->here;
  end[1] = &client->there;
  printf("\n%" PRIu32 " bytes: %" PRIu32 " messages each way, all verified\n"
         "\n    %-24s%*s%*s\n", size, client->count, "", CLIENT_CELL,
         "client", CLIENT_CELL, "server");

  printf("    %-24s", "unread at one moment");
  for (i = 0; i < 2; i++)
    {
      client_cell(end[i]->full.unread, 0, " B");
    }

  printf("\n    %-24s", "... messages");
  for (i = 0; i < 2; i++)
    {
      client_cell(end[i]->full.unread / size, 0, "");
    }

  printf("\n    %-24s", "... frames");
  for (i = 0; i < 2; i++)
    {
      client_cell(client_frames(client, &end[i]->full), 0,
                  end[i]->full.frames == IOBDEMO_UNKNOWN ? " at least" : "");
    }

  printf("\n    %-24s", "memory held (a message)");
  for (i = 0; i < 2; i++)
    {
      n = end[i]->full.unread / size;
      client_cell(client_held(&end[i]->full), n, " B");
    }

  for (k = 0; k < 2; k++)
    {
      printf("\n    in buffers of %-10u", bufsize[k]);
      for (i = 0; i < 2; i++)
        {
          n = end[i]->full.unread / size;
          client_cell(client_fixed(client, &end[i]->full, bufsize[k]), n,
                      " B");
        }
    }

  for (k = 0; k < 2; k++)
    {
      printf("\n    %-24s", k == 0 ? "copies of each byte" :
             "... fixed buffers");
      for (i = 0; i < 2; i++)
        {
          client_ratio(client_copies(client, end[i], k == 1));
        }
    }

  printf("\n    %-24s", "segments sent again");
  for (i = 0; i < 2; i++)
    {
      client_cell(iobdemo_since(end[i]->stop.resent, end[i]->start.resent),
                  0, "");
    }

  printf("\n");
  fflush(stdout);
}

/****************************************************************************
 * Name: client_stats
 *
 * Description:
 *   The counts of both ends.
 *
 ****************************************************************************/

static int client_stats(FAR struct client_s *client,
                        FAR struct iobdemo_head_s *here,
                        FAR struct iobdemo_head_s *there)
{
  memset(here, 0, sizeof(*here));
  iobdemo_stat(&client->peer, here);
  memset(there, 0, sizeof(*there));
  there->kind = IOBDEMO_STAT;
  return client_ask(client, there, IOBDEMO_REPORT);
}

/****************************************************************************
 * Name: client_size
 *
 * Description:
 *   All messages of a size. 0 or the exit status.
 *
 ****************************************************************************/

static int client_size(FAR struct client_s *client, uint32_t size)
{
  uint32_t burst = IOBDEMO_BURST / size;
  uint32_t left = client->count;
  uint32_t n;
  int ret;

  memset(&client->here, 0, sizeof(client->here));
  memset(&client->there, 0, sizeof(client->there));
  client->here.full.size  = size;
  client->there.full.size = size;
  ret = client_stats(client, &client->here.start, &client->there.start);
  while (ret == 0 && left > 0)
    {
      n = left < burst ? left : burst;
      left -= n;
      ret = client_burst(client, size, n);
    }

  if (ret == 0)
    {
      ret = client_stats(client, &client->here.stop, &client->there.stop);
    }

  if (ret == -EILSEQ)
    {
      return netlib_fail(CLIENT_NAME, "%" PRIu32 " bytes: a message near "
                         "number %" PRIu64 " arrived changed", size,
                         client->first);
    }

  if (ret < 0)
    {
      return client_lost(client, ret);
    }

  client_table(client, size);
  return EXIT_SUCCESS;
}

/****************************************************************************
 * Name: client_connect
 *
 * Description:
 *   Connect. 0 or the exit status.
 *
 ****************************************************************************/

static int client_connect(FAR struct client_s *client)
{
  FAR struct iobdemo_peer_s *peer = &client->peer;
  struct netlib_addr_s addr;
  FAR const char *why;
  int one = 1;

  why = netlib_resolve(client->host, client->port, SOCK_STREAM, &addr);
  if (why != NULL)
    {
      return netlib_misuse(CLIENT_NAME, "%s port %s: %s", client->host,
                           client->port, why);
    }

  peer->fd = netlib_connect(peer->wait, NULL, &addr, 0,
                            netlib_now() + IOBDEMO_HELLO * NETLIB_SEC);
  if (peer->wait->interrupted)
    {
      return IOBDEMO_INTERRUPTED;
    }

  if (peer->fd < 0 || setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one,
                                 sizeof(one)) < 0)
    {
      netlib_fail(CLIENT_NAME, "%s port %s: %s: is there an iobdemo server?",
                  client->host, client->port,
                  strerror(peer->fd < 0 ? -peer->fd : errno));
      return NETLIB_USAGE;
    }

  return client_hello(client);
}

/****************************************************************************
 * Name: client_run
 *
 * Description:
 *   Connect, and go through the sizes.
 *
 ****************************************************************************/

static int client_run(FAR struct client_s *client, FAR const uint32_t *sizes,
                      size_t nsizes)
{
  struct netlib_wait_s wait;
  int status;
  size_t i;

  client->peer.wait = &wait;
  client->peer.fd   = -1;
  client->peer.buf  = malloc(2 * IOBDEMO_BURST);
  if (client->peer.buf == NULL)
    {
      return netlib_fail(CLIENT_NAME, "%s", strerror(ENOMEM));
    }

  netlib_signals(&wait);
  status = client_connect(client);
  if (status == EXIT_SUCCESS)
    {
      printf("%s port %s, seed %" PRIu32 ", frames of %u bytes of data\n",
             client->host, client->port, client->peer.seed,
             iobdemo_mss(client->peer.fd));
    }

  for (i = 0; i < nsizes && status == EXIT_SUCCESS; i++)
    {
      status = client_size(client, sizes[i]);
    }

  if (client->peer.fd >= 0)
    {
      close(client->peer.fd);
    }

  free(client->peer.buf);
  return netlib_finish(CLIENT_NAME, status);
}

/****************************************************************************
 * Name: client_options
 *
 * Description:
 *   The options. 0 or the exit status. Where ADDR stands among them does
 *   not matter, also where getopt() stops at it.
 *
 ****************************************************************************/

static int client_options(FAR struct client_s *client, int argc,
                          FAR char *argv[])
{
  int64_t number;
  int opt;

  while ((opt = getopt(argc, argv, ":n:p:S:")) != -1)
    {
      if (opt == 'p')
        {
          client->port = optarg;
        }

      if (opt == ':')
        {
          return netlib_misuse(CLIENT_NAME, "-%c wants a value", optopt);
        }

      if (opt == '?')
        {
          return netlib_misuse(CLIENT_NAME, "unknown option '-%c'",
                               optopt);
        }

      if (!netlib_number(optarg, opt == 'S' ? 0 : 1, opt == 'n' ?
                         IOBDEMO_MAXCOUNT : opt == 'p' ? 65535 : UINT32_MAX,
                         &number))
        {
          return netlib_misuse(CLIENT_NAME, "-%c: %s: must be a number, %s",
                               opt, optarg, opt == 'n' ? "1 to 1000000" :
                               opt == 'p' ? "1 to 65535" :
                               "0 to 4294967295");
        }

      if (opt == 'n')
        {
          client->count = (uint32_t)number;
        }
      else if (opt == 'S')
        {
          client->peer.seed = (uint32_t)number;
        }
    }

  return EXIT_SUCCESS;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iobdemo_client_main
 *
 * Description:
 *   The command line.
 *
 ****************************************************************************/

int iobdemo_client_main(int argc, FAR char *argv[])
{
  FAR struct client_s *client;
  FAR uint32_t *sizes;
  int64_t number;
  size_t n = 0;
  int status;

  if (netlib_help(argc, argv, g_help))
    {
      return netlib_finish(CLIENT_NAME, EXIT_SUCCESS);
    }

  client = calloc(1, sizeof(*client));
  sizes  = calloc(argc + 2, sizeof(*sizes));
  if (client == NULL || sizes == NULL)
    {
      status = netlib_fail(CLIENT_NAME, "%s", strerror(ENOMEM));
      goto out;
    }

  client->port      = IOBDEMO_PORT;
  client->count     = CLIENT_COUNT;
  client->peer.seed = 1;
  opterr = 0;
  status = EXIT_SUCCESS;
  do
    {
      status = client_options(client, argc, argv);

      /* What is no option, up to the next one: getopt() may have moved all
       * of it to the end, or not.
       */

      while (status == EXIT_SUCCESS && optind < argc &&
             argv[optind][0] != '-')
        {
          if (client->host == NULL)
            {
              client->host = argv[optind];
            }
          else if (netlib_number(argv[optind], 1, IOBDEMO_MAXSIZE, &number))
            {
              sizes[n++] = (uint32_t)number;
            }
          else
            {
              status = netlib_misuse(CLIENT_NAME, "size '%s': must be a "
                                     "number, 1 to %d", argv[optind],
                                     IOBDEMO_MAXSIZE);
            }

          optind++;
        }
    }
  while (status == EXIT_SUCCESS && optind < argc);

  if (status == EXIT_SUCCESS && client->host == NULL)
    {
      status = netlib_misuse(CLIENT_NAME, "the address of a server is "
                             "missing");
    }

  if (status == EXIT_SUCCESS && n == 0)
    {
      sizes[n++] = 100;
      sizes[n++] = 8960;
    }

  if (status == EXIT_SUCCESS)
    {
      status = client_run(client, sizes, n);
    }

out:
  free(sizes);
  free(client);
  return status;
}
