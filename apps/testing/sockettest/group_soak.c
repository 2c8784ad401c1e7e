/****************************************************************************
 * apps/testing/sockettest/group_soak.c
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

/* Group soak: random choices from all groups, for as long as one likes.
 *
 * Goal: tests disturb each other in no order, and nothing runs out that is
 * used up slowly.  Method: choose a test of any group by the seed of the
 * run, run it, and look for what it has left, again and again.  How long is
 * in the environment:
 *
 *   SOCKETTEST_SOAK=200     so many choices
 *   SOCKETTEST_SOAK=30m     so many minutes
 *
 * Without it, ten choices.  The name of a test is told before it begins.  It
 * chooses the same as if it had run alone, so where it fails, the option -t
 * with its name and the same seed repeat what it did.  That ends the soak.
 * What is skipped is counted.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sockettest.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define DEFAULT_COUNT 10
#define MOST_TESTS    1024

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: how_long
 *
 * Description:
 *   The number of choices, or the minutes, from the environment.
 *
 ****************************************************************************/

static unsigned long how_long(FAR bool *minutes)
{
  FAR const char *text = getenv("SOCKETTEST_SOAK");
  FAR char *end;
  unsigned long n = DEFAULT_COUNT;

  *minutes = false;
  if (text != NULL)
    {
      errno    = 0;
      n        = strtoul(text, &end, 10);
      *minutes = strcmp(end, "m") == 0;
      ST_ASSERT(end != text && errno == 0 && n > 0 && text[0] != '-' &&
                (*end == '\0' || *minutes), "SOCKETTEST_SOAK=%s: must be a "
                "number, or minutes such as 30m", text);
    }

  return n;
}

/****************************************************************************
 * Name: collect
 *
 * Description:
 *   The tests to choose from: those whose needs are met, and that have not
 *   asked to be left out.  Those that follow others are fine alone.
 *
 ****************************************************************************/

static size_t collect(FAR const struct st_test_s *tests[],
                      FAR const struct st_group_s *groups[])
{
  FAR const struct st_group_s *group;
  FAR const struct st_test_s *test;
  size_t n = 0;

  for (group = g_st_groups; group->name != NULL; group++)
    {
      for (test = group->tests; test->name != NULL; test++)
        {
          if (strcmp(group->name, "soak") != 0 && n < MOST_TESTS &&
              (test->needs & ST_ASKED) == 0 &&
              st_net_missing(test->needs) == NULL)
            {
              tests[n]    = test;
              groups[n++] = group;
            }
        }
    }

  return n;
}

static void soak_random(FAR void **state)
{
  static FAR const struct st_test_s *tests[MOST_TESTS];
  static FAR const struct st_group_s *groups[MOST_TESTS];
  uint64_t start = st_now();
  uint64_t choices = g_st.random;
  bool minutes;
  unsigned long much = how_long(&minutes);
  unsigned long skipped = 0;
  unsigned long done;
  size_t n = collect(tests, groups);

  ST_ASSERT(n > 0, "there is no test to choose from");
  for (done = 0; minutes ? st_now() - start < much * 60000 : done < much;
       done++)
    {
      size_t i = st_mix(&choices, (uint32_t)n);
      char name[64];

      snprintf(name, sizeof(name), "%s.%s", groups[i]->name,
               tests[i]->name);
      print_message("[          ] %lu: %s\n", done + 1, name);
      skipped += !st_run_within(tests[i], name, state);
    }

  print_message("[          ] %lu tests, %lu of them skipped, in %llu s\n",
                done, skipped,
                (unsigned long long)((st_now() - start) / 1000));
  ST_ASSERT(skipped < done, "all were skipped");
}

/* A line of the table */

#define SOAK_TEST(name, needs, after, about) \
  { #name, soak_##name, about, needs, after }

/****************************************************************************
 * Public Data
 ****************************************************************************/

const struct st_test_s g_st_soak[] =
{
  SOAK_TEST(random, ST_NEEDS_PEER | ST_ASKED, NULL,
            "random choices of all groups (SOCKETTEST_SOAK)"),
  ST_TESTS_END
};
