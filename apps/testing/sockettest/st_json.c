/****************************************************************************
 * apps/testing/sockettest/st_json.c
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

/* The result as JSON, for reports.
 *
 *   { "program": "sockettest", "version": 1, "seed": "S", "peer": "ADDR",
 *     "tests": [ { "group", "name", "result", "reason", "ms" } ],
 *     "calls": { "socket": N }, "passed": N, "failed": N, "skipped": N }
 *
 * The seed is text because a number of JSON has 53 bits.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "sockettest.h"

/****************************************************************************
 * Private Data
 ****************************************************************************/

static FAR const char *const g_results[] =
{
  "skipped", "failed", "passed", "failed", "skipped"
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: add_tests
 *
 * Description:
 *   One object for each test.  False: out of memory.
 *
 ****************************************************************************/

static bool add_tests(FAR cJSON *root, FAR const struct st_s *st)
{
  FAR cJSON *list = cJSON_AddArrayToObject(root, "tests");
  FAR const struct st_case_s *c;
  FAR cJSON *item;
  size_t i;

  for (i = 0; list != NULL && i < st->ncases; i++)
    {
      c = &st->cases[i];
      item = cJSON_CreateObject();
      if (item == NULL)
        {
          return false;
        }

      cJSON_AddItemToArray(list, item);
      if (!cJSON_AddStringToObject(item, "group", c->group->name) ||
          !cJSON_AddStringToObject(item, "name", c->test->name) ||
          !cJSON_AddStringToObject(item, "result", g_results[c->result]) ||
          !cJSON_AddStringToObject(item, "reason", c->reason) ||
          !cJSON_AddNumberToObject(item, "ms", c->ms))
        {
          return false;
        }
    }

  return list != NULL;
}

/****************************************************************************
 * Name: add_calls
 *
 * Description:
 *   How often each call was made.
 *
 ****************************************************************************/

static bool add_calls(FAR cJSON *root, FAR const struct st_s *st)
{
  FAR cJSON *calls = cJSON_AddObjectToObject(root, "calls");
  int i;

  for (i = 0; calls != NULL && i < ST_NCALLS; i++)
    {
      if (!cJSON_AddNumberToObject(calls, g_st_callnames[i], st->calls[i]))
        {
          return false;
        }
    }

  return calls != NULL;
}

/****************************************************************************
 * Name: add_sums
 *
 * Description:
 *   How many tests passed, failed and were skipped.
 *
 ****************************************************************************/

static bool add_sums(FAR cJSON *root, FAR const struct st_s *st)
{
  int sums[3] =
  {
    0, 0, 0
  };

  size_t i;

  for (i = 0; i < st->ncases; i++)
    {
      switch (st->cases[i].result)
        {
          case ST_TEST_PASSED:
            sums[0]++;
            break;

          case ST_TEST_SKIPPED:
          case ST_NOTRUN:
            sums[2]++;
            break;

          default:
            sums[1]++;
            break;
        }
    }

  return cJSON_AddNumberToObject(root, "passed", sums[0]) &&
         cJSON_AddNumberToObject(root, "failed", sums[1]) &&
         cJSON_AddNumberToObject(root, "skipped", sums[2]);
}

/****************************************************************************
 * Name: write_file
 *
 * Description:
 *   Write the text.  0, or an errno.
 *
 ****************************************************************************/

static int write_file(FAR const char *path, FAR const char *text)
{
  FAR FILE *file = fopen(path, "w");
  int err = 0;

  if (file == NULL)
    {
      return errno;
    }

  if (fputs(text, file) == EOF || fputc('\n', file) == EOF)
    {
      err = errno;
    }

  return fclose(file) == EOF && err == 0 ? errno : err;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: st_json
 *
 * Description:
 *   Write the file.  0, or -1 after a line about why not.
 *
 ****************************************************************************/

int st_json(FAR const struct st_s *st, FAR const char *path)
{
  cJSON_Hooks hooks =
  {
    .malloc_fn = malloc,
    .free_fn = free
  };

  FAR char *text = NULL;
  FAR cJSON *root;
  char seed[24];
  int err = ENOMEM;

  cJSON_InitHooks(&hooks);
  root = cJSON_CreateObject();
  snprintf(seed, sizeof(seed), "%ju", (uintmax_t)st->seed);
  if (root != NULL &&
      cJSON_AddStringToObject(root, "program", "sockettest") &&
      cJSON_AddNumberToObject(root, "version", ST_VERSION) &&
      cJSON_AddStringToObject(root, "seed", seed) &&
      cJSON_AddStringToObject(root, "peer", st->config->peer) &&
      add_tests(root, st) && add_calls(root, st) && add_sums(root, st))
    {
      text = cJSON_Print(root);
    }

  if (text != NULL)
    {
      err = write_file(path, text);
    }

  cJSON_free(text);
  cJSON_Delete(root);
  if (err != 0)
    {
      fprintf(stderr, "sockettest: %s: %s\n", path, strerror(err));
    }

  return err != 0 ? -1 : 0;
}
