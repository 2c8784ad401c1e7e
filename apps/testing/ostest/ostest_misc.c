/****************************************************************************
 * apps/testing/ostest/ostest_misc.c
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

/****************************************************************************
 * Included Files
 ****************************************************************************/

#if __has_include(<nuttx/config.h>)
#  include <nuttx/config.h>
#endif

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ostest.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: env_set
 *
 * Description:
 *   Variables are set, replaced, kept and removed.
 *
 ****************************************************************************/

static void env_set(void)
{
  static char text[] = "OSTEST_PUT=1";

  CHECK(getenv("OSTEST_NONE") == NULL);
  CHECK(setenv("OSTEST_A", "one", 1) == 0);
  CHECK(strcmp(getenv("OSTEST_A"), "one") == 0);
  CHECK(setenv("OSTEST_A", "two", 0) == 0);
  CHECK(strcmp(getenv("OSTEST_A"), "one") == 0);
  CHECK(setenv("OSTEST_A", "three", 1) == 0);
  CHECK(strcmp(getenv("OSTEST_A"), "three") == 0);
  CHECK(setenv("", "x", 1) < 0 && errno == EINVAL);
  CHECK(setenv("a=b", "x", 1) < 0 && errno == EINVAL);

  CHECK(putenv(text) == 0);
  text[11] = '2';
  CHECK(strcmp(getenv("OSTEST_PUT"), "2") == 0);

  CHECK(unsetenv("OSTEST_PUT") == 0);
  CHECK(unsetenv("OSTEST_A") == 0);
  CHECK(getenv("OSTEST_A") == NULL);
  CHECK(unsetenv("OSTEST_A") == 0);
}

/****************************************************************************
 * Name: env_many
 *
 * Description:
 *   Many variables do not get in each other's way.
 *
 ****************************************************************************/

static void env_many(void)
{
  char name[20];
  int i;

  for (i = 0; i < 100; i++)
    {
      snprintf(name, sizeof(name), "OSTEST_%d", i);
      CHECK(setenv(name, name + 7, 1) == 0);
    }

  for (i = 0; i < 100; i++)
    {
      snprintf(name, sizeof(name), "OSTEST_%d", i);
      CHECK(atoi(getenv(name)) == i);
      CHECK(unsetenv(name) == 0);
      CHECK(getenv(name) == NULL);
    }
}

/****************************************************************************
 * Name: getopt_short
 *
 * Description:
 *   Options with and without arguments, and operands behind.
 *
 ****************************************************************************/

static void getopt_short(void)
{
  char *argv[] =
  {
    "prog", "-ab", "-cvalue", "-c", "other", "--", "-a", NULL
  };

  optind = 1;
  CHECK(getopt(7, argv, "abc:") == 'a');
  CHECK(getopt(7, argv, "abc:") == 'b');
  CHECK(getopt(7, argv, "abc:") == 'c' && strcmp(optarg, "value") == 0);
  CHECK(getopt(7, argv, "abc:") == 'c' && strcmp(optarg, "other") == 0);
  CHECK(getopt(7, argv, "abc:") == -1);
  CHECK(optind == 6);
  optind = 1;
}

/****************************************************************************
 * Name: getopt_errors
 *
 * Description:
 *   What is wrong is told by letters.
 *
 ****************************************************************************/

static void getopt_errors(void)
{
  char *argv[] =
  {
    "prog", "-x", "-c", NULL
  };

  optind = 1;
  CHECK(getopt(3, argv, ":ac:") == '?' && optopt == 'x');
  CHECK(getopt(3, argv, ":ac:") == ':' && optopt == 'c');
  CHECK(getopt(3, argv, ":ac:") == -1);
  optind = 1;
}

/****************************************************************************
 * Name: getopt_words
 *
 * Description:
 *   Long options.
 *
 ****************************************************************************/

static void getopt_words(void)
{
  static const struct option options[] =
  {
    { "file", required_argument, NULL, 'f' },
    { "verbose", no_argument, NULL, 'v' },
    { NULL, 0, NULL, 0 }
  };

  char *argv[] =
  {
    "prog", "--file", "a", "--verbose", "--file=b", "-v", NULL
  };

  int index = -1;

  optind = 1;
  CHECK(getopt_long(6, argv, "vf:", options, &index) == 'f');
  CHECK(strcmp(optarg, "a") == 0 && index == 0);
  CHECK(getopt_long(6, argv, "vf:", options, &index) == 'v' && index == 1);
  CHECK(getopt_long(6, argv, "vf:", options, &index) == 'f');
  CHECK(strcmp(optarg, "b") == 0);
  CHECK(getopt_long(6, argv, "vf:", options, NULL) == 'v');
  CHECK(getopt_long(6, argv, "vf:", options, NULL) == -1);
  CHECK(optind == 6);
  optind = 1;
}

/****************************************************************************
 * Name: misc_numbers
 *
 * Description:
 *   Numbers that are too large are told, and errno is not touched   by
 *   those that are not.
 *
 ****************************************************************************/

static void misc_numbers(void)
{
  errno = 0;
  CHECK(strtol("123", NULL, 10) == 123 && errno == 0);
  CHECK(strtol("99999999999999999999", NULL, 10) == LONG_MAX);
  CHECK(errno == ERANGE);
  errno = 0;
  CHECK(strtoul("0777", NULL, 0) == 0777 && errno == 0);
}

/****************************************************************************
 * Name: misc_random
 *
 * Description:
 *   The same seed gives the same numbers.
 *
 ****************************************************************************/

static void misc_random(void)
{
  int first;
  int second;

  srand(7);
  first  = rand();
  second = rand();
  CHECK(first >= 0 && second >= 0 && first != second);
  srand(7);
  CHECK(rand() == first && rand() == second);
}

/****************************************************************************
 * Name: misc_ids
 *
 * Description:
 *   Who I am does not change.
 *
 ****************************************************************************/

static void misc_ids(void)
{
  char text[PATH_MAX];

  CHECK(getpid() > 0 && getpid() == getpid());
  CHECK(getppid() != getpid());
  CHECK(sysconf(_SC_PAGESIZE) >= 1024);
  CHECK(sysconf(-12345) == -1 && errno == EINVAL);
  CHECK(getcwd(text, sizeof(text)) == text && text[0] == '/');
  CHECK(getcwd(text, 1) == NULL && errno == ERANGE);
}

/****************************************************************************
 * Public Data
 ****************************************************************************/

const struct ostest_s g_misc_tests[] =
{
  { "env_set",       env_set       },
  { "env_many",      env_many      },
  { "getopt_short",  getopt_short  },
  { "getopt_errors", getopt_errors },
  { "getopt_words",  getopt_words  },
  { "misc_numbers",  misc_numbers  },
  { "misc_random",   misc_random   },
  { "misc_ids",      misc_ids      },
  { NULL, NULL }
};
