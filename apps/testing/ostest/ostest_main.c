/****************************************************************************
 * apps/testing/ostest/ostest_main.c
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

/* Tests of what POSIX promises to an application: threads and what they wait
 * for, time, pipes, streams, signals, the environment.  One source for Linux,
 * for the simulated kernel and for NuttX; what is true on the first has to be
 * true on the others.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#if __has_include(<nuttx/config.h>)
#  include <nuttx/config.h>
#endif

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ostest.h"

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const struct ostest_s *const g_lists[] =
{
  g_thread_tests,
  g_sync_tests,
  g_time_tests,
  g_file_tests,
  g_stdio_tests,
  g_signal_tests,
  g_misc_tests,
  g_udp_tests,
  g_tcp_tests
};

#define NLISTS (sizeof(g_lists) / sizeof(g_lists[0]))

/* What the running test has found wrong first */

static char g_why[160];
static unsigned int g_npassed;
static unsigned int g_nfailed;

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: ostest_usage
 *
 * Description:
 *   Tell how it is called.
 *
 ****************************************************************************/

static int ostest_usage(const char *name)
{
  fprintf(stderr,
          "usage: %s [-l] [NAME ...]\n"
          "\n"
          "Runs all tests, or those named.  A NAME may be the beginning of\n"
          "one, as in \"mutex\".\n"
          "\n"
          "  -l  list the names\n"
          "\n"
          "Exit status: 0 all passed, 1 some failed, 2 no such test.\n",
          name);
  return 2;
}

/****************************************************************************
 * Name: ostest_run
 *
 * Description:
 *   Run one test and tell what came of it.
 *
 ****************************************************************************/

static void ostest_run(const struct ostest_s *test)
{
  g_why[0] = '\0';
  test->func();

  if (g_why[0] == '\0')
    {
      g_npassed++;
      printf("ok %s\n", test->name);
    }
  else
    {
      g_nfailed++;
      printf("FAIL %s: %s\n", test->name, g_why);
    }

  fflush(stdout);
}

/****************************************************************************
 * Name: ostest_select
 *
 * Description:
 *   Run, or list, the tests whose names begin so.  Returns how   many
 *   there are.
 *
 ****************************************************************************/

static int ostest_select(const char *prefix, bool list)
{
  const struct ostest_s *test;
  size_t len = strlen(prefix);
  int n = 0;
  size_t i;

  for (i = 0; i < NLISTS; i++)
    {
      for (test = g_lists[i]; test->name != NULL; test++)
        {
          if (strncmp(test->name, prefix, len) == 0)
            {
              n++;
              if (list)
                {
                  printf("%s\n", test->name);
                }
              else
                {
                  ostest_run(test);
                }
            }
        }
    }

  return n;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: ostest_check
 *
 * Description:
 *   Remember what is wrong, if this is the first.
 *
 ****************************************************************************/

bool ostest_check(bool ok, const char *what, const char *file, int line)
{
  const char *slash = strrchr(file, '/');

  if (!ok && g_why[0] == '\0')
    {
      snprintf(g_why, sizeof(g_why), "%s:%d: %s",
               slash != NULL ? slash + 1 : file, line, what);
    }

  return ok;
}

/****************************************************************************
 * Name: ostest_now
 *
 * Description:
 *   Milliseconds on the monotonic clock.
 *
 ****************************************************************************/

int64_t ostest_now(void)
{
  struct timespec ts;

  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/****************************************************************************
 * Name: main
 *
 * Description:
 *   Run what the arguments say.
 *
 ****************************************************************************/

int main(int argc, char *argv[])
{
  bool list = false;
  int option;
  int i;

  g_npassed = 0;
  g_nfailed = 0;
  while ((option = getopt(argc, argv, "l")) != -1)
    {
      if (option != 'l')
        {
          return ostest_usage(argv[0]);
        }

      list = true;
    }

  if (optind == argc)
    {
      ostest_select("", list);
    }

  for (i = optind; i < argc; i++)
    {
      if (ostest_select(argv[i], list) == 0)
        {
          fprintf(stderr, "%s: no such test: %s\n", argv[0], argv[i]);
          return 2;
        }
    }

  if (!list)
    {
      printf("%u passed, %u failed\n", g_npassed, g_nfailed);
    }

  return g_nfailed > 0;
}
