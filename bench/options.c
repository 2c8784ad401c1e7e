/* bench/options.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * See options.h.  On a terminal the progress line overwrites itself; in a
 * log there is one line every ten seconds.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "options.h"

static double g_progress_start;
static double g_progress_last;
static bool g_progress_shown;

double options_seconds(void)
{
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void options_fail(const char *prog, const char *format, ...)
{
  const char *slash = strrchr(prog, '/');
  va_list ap;

  fprintf(stderr, "%s: ", slash != NULL ? slash + 1 : prog);
  va_start(ap, format);
  vfprintf(stderr, format, ap);
  va_end(ap);
  fprintf(stderr, " (try --help)\n");
  exit(2);
}

static void option_set(const char *prog, const struct option_s *option,
                       const char *value)
{
  char *end;
  unsigned long number;

  if (option->text != NULL)
    {
      *option->text = value;
      return;
    }

  number = strtoul(value, &end, 10);
  if (end == value || *end != '\0' || number < 1 || number > option->max)
    {
      options_fail(prog, "%s wants a number from 1 to %u, not '%s'",
                   option->name, option->max, value);
    }

  *option->number = (uint32_t)number;
}

void options_parse(int argc, char **argv, const char *usage,
                   const struct option_s *options)
{
  const struct option_s *option;
  int i;

  for (i = 1; i < argc; i++)
    {
      if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
        {
          fputs(usage, stdout);
          exit(0);
        }

      for (option = options; option->name != NULL; option++)
        {
          if (strcmp(argv[i], option->name) == 0)
            {
              break;
            }
        }

      if (option->name == NULL)
        {
          options_fail(argv[0], "unknown argument '%s'", argv[i]);
        }

      if (option->flag != NULL)
        {
          *option->flag = true;
          continue;
        }

      if (i + 1 == argc)
        {
          options_fail(argv[0], "%s wants a value", argv[i]);
        }

      option_set(argv[0], option, argv[++i]);
    }
}

void options_progress(const char *what, uint32_t done, uint32_t total)
{
  double now = options_seconds();
  double pause = isatty(STDERR_FILENO) ? 1.0 : 10.0;

  if (g_progress_start == 0.0)
    {
      g_progress_start = now;
    }

  if (now - g_progress_start < 2.0 || now - g_progress_last < pause)
    {
      return;
    }

  g_progress_last = now;
  g_progress_shown = true;
  fprintf(stderr, "%s%s: %u of %u%s",
          isatty(STDERR_FILENO) ? "\r" : "", what, done, total,
          isatty(STDERR_FILENO) ? "\033[K" : "\n");
  fflush(stderr);
}

void options_progress_end(void)
{
  if (g_progress_shown && isatty(STDERR_FILENO))
    {
      fprintf(stderr, "\r\033[K");
    }

  g_progress_start = 0.0;
  g_progress_last = 0.0;
  g_progress_shown = false;
}
