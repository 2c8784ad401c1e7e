/****************************************************************************
 * apps/netutils/iobdemo/iobdemo_top.c
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

/* The live view.  On a terminal a page: counts, a bar for each class, and the
 * arena, scaled so that it fits; a character stands for some granules, and
 * shows the kind that has most of them, '.' only if all are free.  Elsewhere
 * a line each time.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include <sys/ioctl.h>

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iobdemo.h"
#include "netlib.h"

#ifdef CONFIG_IOB_SHARED

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define TOP_NAME    "iobdemo top"
#define TOP_ROWS    16                 /* The smallest terminal */
#define TOP_COLUMNS 60
#define TOP_ABOVE   12                 /* Lines that are no map */
#define TOP_PAGE    20                 /* Lines below a heading */
#define TOP_BAR     24

/****************************************************************************
 * Private Types
 ****************************************************************************/

struct top_s
{
  struct netlib_wait_s wait;
  bool terminal;
  bool colour;
  int rows;
  int columns;
  uint64_t interval;
  uint64_t when;                       /* Of info */
  struct iob_info_s info;
  struct iob_info_s before;
  double seconds;                      /* Between the two */
  FAR char *map;
  size_t granules;
  int64_t line;
};

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const char g_help[] =
  "usage: iobdemo top [-d SEC] [-n COUNT]\n"
  "\n"
  "Shows the arena of the I/O buffers, who has how much of it, the most\n"
  "that was ever used, the largest free run, and what is done each second.\n"
  "On a terminal as a page, otherwise as a line each time.  Ctrl-C ends it.\n"
  "\n"
  "  -d SEC    so often (1)\n"
  "  -n COUNT  end after so many\n"
  "  --help    this text\n";

static FAR const char *const g_class[IOB_NCLASSES] =
{
  "received", "to send", "control", "ring"
};

static const char g_letter[IOB_NCLASSES] =
{
  'r', 't', 'c', 'g'
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: top_size
 *
 * Description:
 *   The size of the terminal. False: there is none that is large enough.
 *
 ****************************************************************************/

static bool top_size(FAR struct top_s *top)
{
#ifdef TIOCGWINSZ
  struct winsize size;

  memset(&size, 0, sizeof(size));
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 &&
      size.ws_col > 0)
    {
      top->rows    = size.ws_row;
      top->columns = size.ws_col;
    }
#endif

  return top->rows >= TOP_ROWS && top->columns >= TOP_COLUMNS;
}

/****************************************************************************
 * Name: top_rate
 *
 * Description:
 *   So many a second.
 *
 ****************************************************************************/

static double top_rate(FAR const struct top_s *top, uint32_t now,
                       uint32_t before)
{
  return top->seconds > 0 ? (double)(uint32_t)(now - before) /
                            top->seconds : 0;
}

/****************************************************************************
 * Name: top_failed
 *
 * Description:
 *   Allocations that failed.
 *
 ****************************************************************************/

static uint32_t top_failed(FAR const struct iob_info_s *info)
{
  return info->fail_views + info->fail_space + info->fail_frag +
         info->fail_class + info->fail_turn + info->fail_size;
}

/****************************************************************************
 * Name: top_cell
 *
 * Description:
 *   The character for some granules: of the kind that most of them have;
 *   the free ones count only if there is nothing else.
 *
 ****************************************************************************/

static char top_cell(FAR const char *map, size_t n)
{
  static const char kinds[] = "rtcgsm-";
  unsigned int count[sizeof(kinds)];
  unsigned int best = 0;
  FAR const char *kind;
  size_t i;

  memset(count, 0, sizeof(count));
  for (i = 0; i < n; i++)
    {
      kind = map[i] == '\0' ? NULL : strchr(kinds, map[i] | 0x20);
      if (kind != NULL)
        {
          count[kind - kinds]++;
        }
    }

  /* What is free, but cached, counts last of all */

  for (i = 1; i < sizeof(kinds) - 2; i++)
    {
      best = count[i] > count[best] ? i : best;
    }

  if (count[best] > 0)
    {
      return n == 1 ? map[0] : kinds[best];
    }

  return count[sizeof(kinds) - 2] > 0 ? '-' : '.';
}

/****************************************************************************
 * Name: top_map
 *
 * Description:
 *   The arena in the lines that are left.
 *
 ****************************************************************************/

static void top_map(FAR struct top_s *top)
{
  size_t width = (size_t)top->columns - 2;
  size_t lines = (size_t)(top->rows - TOP_ABOVE);
  char text[512];
  size_t each;
  size_t len;
  size_t at = 0;
  size_t n;

  width = width < sizeof(text) ? width : sizeof(text);
  each  = (top->granules + width * lines - 1) / (width * lines);
  iob_arena_map(top->map, top->granules + 1);
  printf("\033[K\n %c = %zu bytes; r received, t to send, c control, g ring, "
         "s shared\033[K\n", '.', each * IOB_GRANULE);
  while (at < top->granules)
    {
      for (n = 0; n < width && at < top->granules; n++)
        {
          len = top->granules - at < each ? top->granules - at : each;
          text[n] = top_cell(&top->map[at], len);
          at += len;
        }

      putchar(' ');
      iobdemo_put(top->colour, text, n);
      printf("\033[K%s", at < top->granules ? "\n" : "");
    }
}

/****************************************************************************
 * Name: top_page
 *
 * Description:
 *   The page.
 *
 ****************************************************************************/

static void top_page(FAR struct top_s *top)
{
  FAR const struct iob_info_s *i = &top->info;
  FAR const struct iob_info_s *b = &top->before;
  char bar[TOP_BAR];
  size_t cls;
  size_t n;

  printf("\033[H arena %zu, used %zu, cached %zu, most ever %zu\033[K\n",
         i->arena, i->used, i->cached, i->highwater);
  printf(" largest free run %zu, views %u of %u (most %u)\033[K\n",
         i->largest, i->views_used, i->nviews, i->views_highwater);
  printf(" waiting %d, failed %" PRIu32 "\033[K\n\033[K\n", i->stats.nwait,
         top_failed(i));

  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      n = i->arena > 0 ? (i->class_used[cls] * TOP_BAR + i->arena - 1) /
                         i->arena : 0;
      n = n < TOP_BAR ? n : TOP_BAR;
      memset(bar, g_letter[cls], n);
      memset(bar + n, '.', TOP_BAR - n);
      printf(" %-9s", g_class[cls]);
      iobdemo_put(top->colour, bar, TOP_BAR);
      printf(" %9zu, kept %zu\033[K\n", i->class_used[cls],
             i->class_reserve[cls]);
    }

  printf("\033[K\n a second: %.0f allocated, %.0f shared, %.0f copied, "
         "%.0f deferred\033[K\n", top_rate(top, i->nalloc, b->nalloc),
         top_rate(top, i->nshare, b->nshare),
         top_rate(top, i->ncopy + i->nbounce, b->ncopy + b->nbounce),
         top_rate(top, i->ndefer, b->ndefer));
  top_map(top);
  printf("\033[J");
}

/****************************************************************************
 * Name: top_line
 *
 * Description:
 *   The line.
 *
 ****************************************************************************/

static void top_line(FAR struct top_s *top)
{
  FAR const struct iob_info_s *i = &top->info;
  FAR const struct iob_info_s *b = &top->before;

  if (top->line % TOP_PAGE == 0)
    {
      printf("     used      most   largest  received   to send   control"
             "      ring alloc/s share/s  copy/s fail\n");
    }

  printf("%9zu %9zu %9zu %9zu %9zu %9zu %9zu %7.0f %7.0f %7.0f %4" PRIu32
         "\n", i->used, i->highwater, i->largest,
         i->class_used[IOB_CLASS_RX], i->class_used[IOB_CLASS_TX],
         i->class_used[IOB_CLASS_CTRL], i->class_used[IOB_CLASS_RING],
         top_rate(top, i->nalloc, b->nalloc),
         top_rate(top, i->nshare, b->nshare),
         top_rate(top, i->ncopy + i->nbounce, b->ncopy + b->nbounce),
         top_failed(i) - top_failed(b));
}

/****************************************************************************
 * Name: top_sample
 *
 * Description:
 *   Look at the counts.
 *
 ****************************************************************************/

static void top_sample(FAR struct top_s *top)
{
  uint64_t now = netlib_now();

  top->before  = top->info;
  top->seconds = (double)(now - top->when) / (double)NETLIB_SEC;
  top->when    = now;
  iob_getinfo(&top->info);
}

/****************************************************************************
 * Name: top_run
 *
 * Description:
 *   Show it again and again.
 *
 ****************************************************************************/

static void top_run(FAR struct top_s *top, int64_t count)
{
  uint64_t due = netlib_now();

  iob_getinfo(&top->info);
  top->when = due;
  if (top->terminal)
    {
      printf("\033[?25l\033[2J");
    }

  for (top->line = 0; top->line < count && ferror(stdout) == 0; top->line++)
    {
      top_sample(top);
      if (!top->terminal)
        {
          top_line(top);
        }
      else if (top_size(top))
        {
          top_page(top);
        }
      else
        {
          printf("\033[H\033[2Jtoo small");
        }

      fflush(stdout);
      due += top->interval;
      if (top->line + 1 < count)
        {
          netlib_poll(&top->wait, NULL, 0, due);
          if (top->wait.interrupted)
            {
              break;
            }
        }
    }

  if (top->terminal)
    {
      printf("\033[?25h\n");
    }
}

/****************************************************************************
 * Name: top_options
 *
 * Description:
 *   The options. 0 or the exit status.
 *
 ****************************************************************************/

static int top_options(FAR struct top_s *top, FAR int64_t *count, int argc,
                       FAR char *argv[])
{
  int opt;

  opterr = 0;
  while ((opt = getopt(argc, argv, ":d:n:")) != -1)
    {
      switch (opt)
        {
          case 'd':
            if (!netlib_seconds(optarg, &top->interval) ||
                top->interval == 0)
              {
                return netlib_misuse(TOP_NAME, "-d: %s: must be more than 0 "
                                     "seconds", optarg);
              }

            break;

          case 'n':
            if (!netlib_number(optarg, 1, INT64_MAX, count))
              {
                return netlib_misuse(TOP_NAME, "-n: %s: must be a number, 1 "
                                     "or more", optarg);
              }

            break;

          case ':':
            return netlib_misuse(TOP_NAME, "-%c wants a value", optopt);

          default:
            return netlib_misuse(TOP_NAME, "unknown option '-%c'",
                                 optopt);
        }
    }

  return optind < argc ? netlib_misuse(TOP_NAME, "unknown argument '%s'",
                                       argv[optind]) : EXIT_SUCCESS;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iobdemo_top_main
 *
 * Description:
 *   The live view.
 *
 ****************************************************************************/

int iobdemo_top_main(int argc, FAR char *argv[])
{
  int64_t count = INT64_MAX;
  FAR struct top_s *top;
  struct iob_info_s info;
  int status;

  if (netlib_help(argc, argv, g_help))
    {
      return netlib_finish(TOP_NAME, EXIT_SUCCESS);
    }

  top = calloc(1, sizeof(*top));
  if (top == NULL)
    {
      return netlib_fail(TOP_NAME, "%s", strerror(ENOMEM));
    }

  iob_getinfo(&info);
  top->granules = info.arena / IOB_GRANULE;
  top->map      = malloc(top->granules + 1);
  top->interval = NETLIB_SEC;
  top->rows     = 24;
  top->columns  = 80;
  top->terminal = isatty(STDOUT_FILENO);
  top->colour   = iobdemo_colour();
  status = top_options(top, &count, argc, argv);
  if (status == EXIT_SUCCESS && top->map == NULL)
    {
      status = netlib_fail(TOP_NAME, "%s", strerror(ENOMEM));
    }

  if (status == EXIT_SUCCESS && top->terminal && !top_size(top))
    {
      netlib_fail(TOP_NAME, "the terminal has %d columns and %d lines: %d "
                  "and %d are needed, or a pipe behind it", top->columns,
                  top->rows, TOP_COLUMNS, TOP_ROWS);
      status = NETLIB_USAGE;
    }

  if (status == EXIT_SUCCESS)
    {
      netlib_signals(&top->wait);
      top_run(top, count);
      status = netlib_finish(TOP_NAME, status);
    }

  free(top->map);
  free(top);
  return status;
}
#endif /* CONFIG_IOB_SHARED */
