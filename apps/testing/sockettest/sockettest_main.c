/****************************************************************************
 * apps/testing/sockettest/sockettest_main.c
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

/* The command line: see sockettest.h. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "sockettest.h"

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const char g_help[] =
  "usage: sockettest -s [-1] [-p PORT]\n"
  "       sockettest -c ADDR [-p PORT] [-g GROUP]... [-t NAME]... [-S SEED]\n"
  "                  [-j FILE] [-o FORMAT] [-6v]\n"
  "       sockettest -l [-g GROUP]... [-t NAME]...\n"
  "\n"
  "Tests the sockets of this host against those of another one, on which\n"
  "\"sockettest -s\" runs.\n"
  "\n"
  "  -s, --server       serve clients, until interrupted\n"
  "  -1, --once         ... one client\n"
  "  -c, --client ADDR  run the tests against the server at ADDR\n"
  "  -p, --port PORT    of the server (5471)\n"
  "  -l, --list         list the tests\n"
  "  -g, --group GROUP  only of this group: a pattern; may be repeated\n"
  "  -t, --test NAME    only this test: NAME or GROUP.NAME, a pattern; may\n"
  "                     be repeated\n"
  "  -S, --seed SEED    of the payload and all choices (default: a new one)\n"
  "  -j, --json FILE    write the result as JSON\n"
  "  -o, --output FORMAT standard, tap, subunit or xml, of cmocka\n"
  "  -6, --ipv6         use IPv6\n"
  "  -v, --verbose      show more\n"
  "  -h, --help         this text\n"
  "\n"
  "Exit status: 0 all tests passed or were skipped, 1 some failed, 2 wrong\n"
  "arguments, no peer, a peer of another version, or the port is taken.\n";

static const struct option g_options[] =
{
  { "server", no_argument, NULL, 's' },
  { "once", no_argument, NULL, '1' },
  { "client", required_argument, NULL, 'c' },
  { "port", required_argument, NULL, 'p' },
  { "list", no_argument, NULL, 'l' },
  { "group", required_argument, NULL, 'g' },
  { "test", required_argument, NULL, 't' },
  { "seed", required_argument, NULL, 'S' },
  { "json", required_argument, NULL, 'j' },
  { "output", required_argument, NULL, 'o' },
  { "ipv6", no_argument, NULL, '6' },
  { "verbose", no_argument, NULL, 'v' },
  { "help", no_argument, NULL, 'h' },
  { NULL, 0, NULL, 0 }
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: misuse
 *
 * Description:
 *   One line about what is wrong with the arguments.
 *
 ****************************************************************************/

static int misuse(FAR const char *what, FAR const char *which)
{
  fprintf(stderr, "sockettest: %s%s (try --help)\n", what, which);
  return ST_USAGE;
}

/****************************************************************************
 * Name: number
 *
 * Description:
 *   A number of an option.  False: it is none, or too large.
 *
 ****************************************************************************/

static bool number(FAR const char *text, uint64_t max, FAR uint64_t *value)
{
  FAR char *end;

  errno  = 0;
  *value = strtoull(text, &end, 0);
  return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 &&
         *value <= max;
}

/****************************************************************************
 * Name: append
 *
 * Description:
 *   One more pattern of a list.
 *
 ****************************************************************************/

static void append(FAR char **list, FAR char *text)
{
  while (*list != NULL)
    {
      list++;
    }

  *list = text;
}

/****************************************************************************
 * Name: option
 *
 * Description:
 *   One option.  0, or the exit status after a line about it.
 *
 ****************************************************************************/

static int option(FAR struct st_config_s *config, int opt)
{
  uint64_t value;

  switch (opt)
    {
      case 's':
        config->serve = true;
        return 0;

      case '1':
        config->once = true;
        return 0;

      case 'c':
        config->peer = optarg;
        return 0;

      case 'p':
        if (!number(optarg, 65535, &value) || value == 0)
          {
            return misuse("a port is from 1 to 65535, not ", optarg);
          }

        config->port = value;
        return 0;

      case 'l':
        config->list = true;
        return 0;

      case 'g':
        append(config->groups, optarg);
        return 0;

      case 't':
        append(config->tests, optarg);
        return 0;

      case 'S':
        config->seeded = true;
        return number(optarg, UINT64_MAX, &config->seed) ? 0 :
               misuse("a seed is a number, not ", optarg);

      case 'j':
        config->json = optarg;
        return 0;

      case 'o':
        config->format = optarg;
        return strcmp(optarg, "standard") == 0 ||
               strcmp(optarg, "tap") == 0 || strcmp(optarg, "xml") == 0 ||
               strcmp(optarg, "subunit") == 0 ? 0 :
               misuse("no such format: ", optarg);

      case '6':
        config->ipv6 = true;
        return 0;

      case 'v':
        config->verbose = true;
        return 0;

      default:
        return misuse(opt == ':' ? "a value is missing" : "no such option",
                      "");
    }
}

/****************************************************************************
 * Name: check
 *
 * Description:
 *   Whether the options go together.  0, or the exit status.
 *
 ****************************************************************************/

static int check(FAR const struct st_config_s *config)
{
  int modes = config->serve + config->list + (config->peer != NULL);

  if (modes != 1)
    {
      return misuse(modes == 0 ? "say -s, -c ADDR or -l" :
                    "only one of -s, -c and -l", "");
    }

  if (config->once && !config->serve)
    {
      return misuse("-1 goes with -s", "");
    }

  if (config->serve &&
      (config->tests[0] != NULL || config->groups[0] != NULL ||
       config->json != NULL || config->seeded || config->ipv6 ||
       config->format != NULL))
    {
      return misuse("a server takes only -1 and -p: the client chooses", "");
    }

  if (config->list && (config->json != NULL || config->seeded))
    {
      return misuse("-l runs nothing: no -j, no -S", "");
    }

  return 0;
}

/****************************************************************************
 * Name: parse
 *
 * Description:
 *   All options.  0, or the exit status; -1: the help was printed.
 *
 ****************************************************************************/

static int parse(FAR struct st_config_s *config, int argc, FAR char *argv[])
{
  int opt;
  int ret = 0;

  opterr = 0;
  while (ret == 0 && (opt = getopt_long(argc, argv, ":s1c:p:lg:t:S:j:o:6vh",
                                        g_options, NULL)) != -1)
    {
      if (opt == 'h')
        {
          fputs(g_help, stdout);
          return -1;
        }

      if (opt == '?' && optopt != 0)
        {
          char name[3] =
          {
            '-', optopt, '\0'
          };

          return misuse("no such option: ", name);
        }

      if (opt == '?' || opt == ':')
        {
          return misuse(opt == ':' ? "a value is missing after " :
                        "no such option: ", argv[optind - 1]);
        }

      ret = option(config, opt);
    }

  if (ret == 0 && optind < argc)
    {
      ret = misuse("what is this: ", argv[optind]);
    }

  return ret != 0 ? ret : check(config);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: sockettest_main
 *
 * Description:
 *   The program.
 *
 ****************************************************************************/

int main(int argc, FAR char *argv[])
{
  struct st_config_s config;
  int ret;

  memset(&config, 0, sizeof(config));
  config.port   = ST_PORT;
  config.tests  = calloc(argc + 1, sizeof(FAR char *));
  config.groups = calloc(argc + 1, sizeof(FAR char *));
  if (config.tests == NULL || config.groups == NULL)
    {
      fprintf(stderr, "sockettest: out of memory\n");
      ret = ST_FAILED;
    }
  else
    {
      ret = parse(&config, argc, argv);
    }

  if (ret == 0)
    {
      st_pattern_init();
      if (!config.seeded &&
          getrandom(&config.seed, sizeof(config.seed), 0) < 0)
        {
          config.seed = st_now();
        }

      config.seed = config.seeded ? config.seed : config.seed % 1000000000;
      ret = config.list ? st_list(&config) :
            config.serve ? st_serve(&config) : st_run(&config);
    }

  free(config.tests);
  free(config.groups);
  return ret < 0 ? 0 : ret;
}
