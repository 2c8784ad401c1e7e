/****************************************************************************
 * apps/netutils/iperf/iperf_main.c
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

/* The command line, and the tests one after the other: see iperf.h. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iperf.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define MAIN_BACK_WAIT (10 * NETLIB_SEC) /* For the server's connection */

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const char g_help[] =
  "usage: iperf -s [-u] [-p PORT] [-i SEC] [-w SIZE] [-t SEC] [-B ADDR]\n"
  "       iperf -c HOST [-u] [-b RATE] [-d | -r | -R] [-t SEC | -n SIZE]\n"
  "             [-l SIZE] [-P COUNT] [-p PORT] [-L PORT] [-i SEC]\n"
  "             [-w SIZE] [-B ADDR] [-N] [-f FORMAT]\n"
  "\n"
  "Measures the way between two hosts; the other one runs iperf 2.\n"
  "\n"
  "  -s, --server         wait for clients; ends with -t, or interrupted\n"
  "  -c, --client HOST    send to HOST\n"
  "  -u, --udp            datagrams\n"
  "  -b, --bandwidth RATE bits a second (datagrams: 1M); 0: no limit\n"
  "  -d, --dualtest       both ways at the same time\n"
  "  -r, --tradeoff       both ways, one after the other\n"
  "  -R, --reverse        the server sends\n"
  "  -t, --time SEC       how long (10)\n"
  "  -n, --num SIZE       how much, instead\n"
  "  -l, --len SIZE       of a write (128K) or datagram (1470)\n"
  "  -P, --parallel COUNT so many streams\n"
  "  -p, --port PORT      of the server (5001)\n"
  "  -L, --listenport PORT for the way back with -d and -r\n"
  "  -i, --interval SEC   report each so many seconds\n"
  "  -w, --window SIZE    of the socket's buffers\n"
  "  -B, --bind ADDR      of this side\n"
  "  -N, --nodelay        send at once what is short\n"
  "  -f, --format LETTER  k m g: bits, K M G: bytes\n"
  "  -h, --help           this text\n"
  "\n"
  "SIZE and RATE may end in k, m, g (1000) or K, M, G (1024).\n";

static const struct option g_options[] =
{
  { "server", no_argument, NULL, 's' },
  { "client", required_argument, NULL, 'c' },
  { "udp", no_argument, NULL, 'u' },
  { "bandwidth", required_argument, NULL, 'b' },
  { "dualtest", no_argument, NULL, 'd' },
  { "tradeoff", no_argument, NULL, 'r' },
  { "reverse", no_argument, NULL, 'R' },
  { "time", required_argument, NULL, 't' },
  { "num", required_argument, NULL, 'n' },
  { "len", required_argument, NULL, 'l' },
  { "parallel", required_argument, NULL, 'P' },
  { "port", required_argument, NULL, 'p' },
  { "listenport", required_argument, NULL, 'L' },
  { "interval", required_argument, NULL, 'i' },
  { "window", required_argument, NULL, 'w' },
  { "bind", required_argument, NULL, 'B' },
  { "nodelay", no_argument, NULL, 'N' },
  { "format", required_argument, NULL, 'f' },
  { "help", no_argument, NULL, 'h' },
  { NULL, 0, NULL, 0 }
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: option_number
 *
 * Description:
 *   An option that has a number.  false: it is not one of these.
 *
 ****************************************************************************/

static bool option_number(FAR struct iperf_config_s *config, int opt)
{
  FAR struct iperf_plan_s *plan = &config->plan;

  switch (opt)
    {
    case 'b':
      plan->rate = netlib_optsize("iperf", optarg, 0, INT64_MAX);
      break;

    case 't':
      plan->nsec = netlib_optseconds("iperf", optarg);
      config->servertime = plan->nsec;
      break;

    case 'n':
      plan->bytes = netlib_optsize("iperf", optarg, 1, INT64_MAX);
      break;

    case 'l':
      plan->len = netlib_optsize("iperf", optarg, 1, IPERF_MAX_LEN);
      break;

    case 'P':
      config->parallel = (int)netlib_optnumber("iperf", optarg, 1, 10000);
      break;

    case 'i':
      config->interval = netlib_optseconds("iperf", optarg);
      break;

    case 'w':
      config->window = (int)netlib_optsize("iperf", optarg, 1, INT32_MAX);
      break;

    case 'p':
      netlib_optnumber("iperf", optarg, 1, 65535);
      config->port = optarg;
      break;

    case 'L':
      netlib_optnumber("iperf", optarg, 1, 65535);
      config->listenport = optarg;
      break;

    default:
      return false;
    }

  return true;
}

/****************************************************************************
 * Name: option
 *
 * Description:
 *   One option.  false: it does not exist.
 *
 ****************************************************************************/

static bool option(FAR struct iperf_config_s *config, int opt,
                   FAR bool *server)
{
  switch (opt)
    {
    case 's':
      *server = true;
      break;

    case 'c':
      config->host = optarg;
      break;

    case 'u':
      config->plan.udp = true;
      break;

    case 'd':
      config->dual = true;
      break;

    case 'r':
      config->tradeoff = true;
      break;

    case 'R':
      config->reverse = true;
      break;

    case 'B':
      config->bind = optarg;
      break;

    case 'N':
      config->nodelay = true;
      break;

    case 'f':
      config->format = optarg[0];
      if (optarg[0] == '\0' || optarg[1] != '\0' ||
          strchr("kmgKMG", optarg[0]) == NULL)
        {
          exit(netlib_misuse("iperf", "-f %s: one of k m g K M G", optarg));
        }

      break;

    default:
      return option_number(config, opt);
    }

  return true;
}

/****************************************************************************
 * Name: check
 *
 * Description:
 *   What cannot be, or is not said, of a command line.
 *
 ****************************************************************************/

static void check(FAR struct iperf_config_s *config, bool server)
{
  FAR struct iperf_plan_s *plan = &config->plan;

  if (server == (config->host != NULL))
    {
      exit(netlib_misuse("iperf", "either -s or -c HOST"));
    }

  if (config->dual + config->tradeoff + config->reverse > 1)
    {
      exit(netlib_misuse("iperf", "only one of -d, -r and -R"));
    }

  if (server && (config->dual || config->tradeoff || config->reverse ||
                 plan->bytes > 0))
    {
      exit(netlib_misuse("iperf", "-d, -r, -R and -n are for a client"));
    }

  if (plan->len == 0)
    {
      plan->len = plan->udp ? IPERF_UDP_LEN : IPERF_TCP_LEN;
    }

  if (plan->udp && (plan->len < IPERF_MIN_UDP || plan->len > IPERF_MAX_UDP))
    {
      exit(netlib_misuse("iperf", "-l: a datagram has %d to %d bytes",
                         IPERF_MIN_UDP, IPERF_MAX_UDP));
    }

  if (plan->udp && plan->rate == UINT64_MAX)
    {
      plan->rate = IPERF_UDP_RATE;
    }

  if (plan->rate == UINT64_MAX)
    {
      plan->rate = 0;
    }

  if (plan->nsec == 0 || plan->nsec > 200000 * NETLIB_SEC)
    {
      exit(netlib_misuse("iperf", "-t: from above 0 to 200000 seconds"));
    }
}

/****************************************************************************
 * Name: client
 *
 * Description:
 *   Run the test of a client, and what the server sends back.
 *
 ****************************************************************************/

static bool client(FAR struct iperf_s *iperf)
{
  FAR struct iperf_config_s *config = &iperf->config;
  struct netlib_addr_s peer;
  FAR const char *why;
  uint64_t limit;
  bool back = config->dual || config->tradeoff;

  why = netlib_resolve(config->host, config->port, SOCK_STREAM, &peer);
  if (why != NULL)
    {
      netlib_fail("iperf", "%s: %s", config->host, why);
      return false;
    }

  if (back && !iperf_listen(iperf, config->listenport != NULL ?
                            config->listenport : config->port))
    {
      return false;
    }

  iperf->expected = back ? (unsigned int)config->parallel : 0;
  if (!iperf_connect(iperf, &peer, &config->plan,
                     (unsigned int)config->parallel, true))
    {
      iperf->expected = 0;
      return false;
    }

  /* Who is to connect back may not do so */

  limit = NETLIB_NEVER;
  if (back && config->plan.bytes == 0)
    {
      limit = netlib_now() + 2 * config->plan.nsec + MAIN_BACK_WAIT;
    }

  iperf_run(iperf, limit);
  if (iperf->expected > 0 && !iperf->failed && !iperf->wait.interrupted)
    {
      netlib_fail("iperf", "the server did not connect back");
      return false;
    }

  return !iperf->failed;
}

/****************************************************************************
 * Name: server
 *
 * Description:
 *   Serve until the time is over.
 *
 ****************************************************************************/

static bool server_run(FAR struct iperf_s *iperf)
{
  if (!iperf_listen(iperf, iperf->config.port))
    {
      return false;
    }

  iperf_run(iperf, iperf->config.servertime > 0 ?
            netlib_now() + iperf->config.servertime : NETLIB_NEVER);
  return true;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: main
 *
 * Description:
 *   Read the command line and run the test.
 *
 ****************************************************************************/

int main(int argc, FAR char *argv[])
{
  FAR struct iperf_s *iperf;
  FAR struct iperf_config_s *config;
  bool server = false;
  bool ok;
  int opt;

  iperf = calloc(1, sizeof(*iperf));
  if (iperf == NULL)
    {
      return netlib_fail("iperf", "out of memory");
    }

  config = &iperf->config;
  config->port = IPERF_PORT;
  config->parallel = 1;
  config->plan.rate = UINT64_MAX;
  config->plan.nsec = 10 * NETLIB_SEC;
  iperf->listener = -1;
  while ((opt = getopt_long(argc, argv, "+sc:ub:drRt:n:l:P:p:L:i:w:B:Nf:h",
                            g_options, NULL)) != -1)
    {
      if (opt == 'h')
        {
          fputs(g_help, stdout);
          free(iperf);
          return netlib_finish("iperf", EXIT_SUCCESS);
        }

      if (!option(config, opt, &server))
        {
          free(iperf);
          return NETLIB_USAGE;
        }
    }

  if (optind < argc)
    {
      free(iperf);
      return netlib_misuse("iperf", "%s: too many arguments", argv[optind]);
    }

  check(config, server);
  iperf->inputlen = config->plan.udp ? 65536 : IPERF_TCP_LEN;
  iperf->input = malloc(iperf->inputlen);
  netlib_signals(&iperf->wait);
  ok = iperf->input != NULL && (server ? server_run(iperf) : client(iperf));
  iperf->wait.interrupted = true;
  iperf_run(iperf, 0);
  if (iperf->listener >= 0)
    {
      close(iperf->listener);
    }

  free(iperf->input);
  free(iperf->output);
  free(iperf->fds);
  free(iperf);
  return netlib_finish("iperf", ok ? EXIT_SUCCESS : EXIT_FAILURE);
}
