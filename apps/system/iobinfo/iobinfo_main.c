/****************************************************************************
 * apps/system/iobinfo/iobinfo_main.c
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

/* iobinfo: the I/O buffers: how they are, and how that changes. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netlib.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define IOBINFO_PATH "/proc/iobinfo"
#define IOBINFO_PAGE 20                /* Lines below a heading */

/****************************************************************************
 * Private Types
 ****************************************************************************/

/* A column of the live view: a line of /proc/iobinfo, which word of it, and
 * whether it counts up
 */

struct column_s
{
  FAR const char *title;
  FAR const char *line;
  bool rate;
  int width;
};

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const char g_help[] =
  "usage: iobinfo [-w SEC [-c COUNT]]\n"
  "\n"
  "Shows the I/O buffers (/proc/iobinfo), or, with -w, every SEC seconds a\n"
  "line of what is used, and of what was done each second.\n"
  "\n"
  "  -c COUNT  end after so many lines\n"
  "  -w SEC    so often\n"
  "  --help    this text\n";

static const struct column_s g_columns[] =
{
  { "used", "used", false, 9 },
  { "rx", "class_rx", false, 9 },
  { "tx", "class_tx", false, 9 },
  { "ctrl", "class_ctrl", false, 7 },
  { "ring", "class_ring", false, 9 },
  { "views", "views_used", false, 6 },
  { "alloc/s", "alloc", true, 9 },
  { "share/s", "share", true, 9 },
  { "copy/s", "copy", true, 7 },
  { "bounce/s", "bounce", true, 8 },
  { "fail", "fail_", false, 6 }
};

#define NCOLUMNS (sizeof(g_columns) / sizeof(g_columns[0]))

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: value_of
 *
 * Description:
 *   The value of a column: the first number behind the name, "used" for a
 *   class, all of them together for a name that ends in '_'.
 *
 ****************************************************************************/

static double value_of(FAR const struct netlib_table_s *table,
                       FAR const char *name)
{
  FAR const struct netlib_row_s *row;
  size_t len = strlen(name);
  double sum = 0;
  size_t i;

  for (i = 0; i < table->count; i++)
    {
      row = &table->rows[i];
      if (row->count > 1 && strncmp(row->words[0], name, len) == 0 &&
          (row->words[0][len] == '\0' || name[len - 1] == '_'))
        {
          sum += strtod(row->words[row->count > 2 ? 2 : 1], NULL);
        }
    }

  return sum;
}

/****************************************************************************
 * Name: heading
 *
 * Description:
 *   The names of the columns.
 *
 ****************************************************************************/

static void heading(void)
{
  size_t i;

  for (i = 0; i < NCOLUMNS; i++)
    {
      printf("%s%*s", i > 0 ? " " : "", g_columns[i].width,
             g_columns[i].title);
    }

  putchar('\n');
}

/****************************************************************************
 * Name: watch
 *
 * Description:
 *   Print a line each time.
 *
 ****************************************************************************/

static int watch(uint64_t interval, int64_t count)
{
  struct netlib_table_s table;
  struct netlib_wait_s wait;
  double before[NCOLUMNS];
  double value;
  uint64_t due;
  int64_t line;
  size_t i;
  int ret;

  memset(before, 0, sizeof(before));
  netlib_signals(&wait);
  due = netlib_now();
  for (line = -1; line < count && !wait.interrupted; line++)
    {
      ret = netlib_readtable(IOBINFO_PATH, &table);
      if (ret < 0)
        {
          return netlib_fail("iobinfo", IOBINFO_PATH ": %s",
                             strerror(-ret));
        }

      if (line >= 0 && line % IOBINFO_PAGE == 0)
        {
          heading();
        }

      for (i = 0; i < NCOLUMNS; i++)
        {
          value = value_of(&table, g_columns[i].line);
          if (line >= 0)
            {
              printf("%s%*.0f", i > 0 ? " " : "", g_columns[i].width,
                     !g_columns[i].rate ? value :
                     (value - before[i]) * 1e9 / (double)interval);
            }

          before[i] = value;
        }

      if (line >= 0)
        {
          putchar('\n');
        }

      netlib_freetable(&table);
      fflush(stdout);
      due += interval;
      if (line + 1 < count)
        {
          netlib_poll(&wait, NULL, 0, due);
        }
    }

  return EXIT_SUCCESS;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: main
 *
 * Description:
 *   Show the I/O buffers.
 *
 ****************************************************************************/

int main(int argc, FAR char *argv[])
{
  uint64_t interval = 0;
  int64_t count = INT64_MAX;
  int status;
  int opt;

  if (netlib_help(argc, argv, g_help))
    {
      return EXIT_SUCCESS;
    }

  while ((opt = getopt(argc, argv, "c:w:")) != -1)
    {
      switch (opt)
        {
        case 'c':
          count = netlib_optnumber("iobinfo", optarg, 1, INT64_MAX);
          break;

        case 'w':
          interval = netlib_optseconds("iobinfo", optarg);
          if (interval == 0)
            {
              return netlib_misuse("iobinfo", "-w: must be more than 0");
            }

          break;

        default:
          return NETLIB_USAGE;
        }
    }

  if (optind < argc || (interval == 0 && count != INT64_MAX))
    {
      return netlib_misuse("iobinfo", optind < argc ?
                           "too many arguments" : "-c wants -w");
    }

  status = interval > 0 ? watch(interval, count) :
           netlib_copyfile("iobinfo", IOBINFO_PATH);
  return status == EXIT_SUCCESS ? netlib_finish("iobinfo", status) : status;
}
