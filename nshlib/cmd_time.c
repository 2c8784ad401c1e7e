/* nshlib/cmd_time.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Commands for the time: date, sleep, usleep, uptime.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "nsh.h"

/* strftime() into a buffer that grows: its answer 0 may mean "does not fit"
 * or "is empty", which a blank in front tells apart.
 */

static void print_time(const char *format, const struct tm *tm)
{
  struct nsh_arena_s arena =
  {
    NULL
  };

  char *marked = nsh_format(&arena, " %s", format);
  size_t size = 256;
  char *text;

  do
    {
      size *= 2;
      text = nsh_alloc(&arena, size);
    }
  while (strftime(text, size, marked, tm) == 0);

  puts(text + 1);
  nsh_arena_free(&arena);
}

static int cmd_date(struct nsh_s *sh, int argc, char **argv)
{
  struct nsh_options_s options =
  {
    1, 0, NULL
  };

  const char *format = "%a, %b %d %H:%M:%S %Y";
  struct timespec now;
  struct tm tm;
  bool utc = false;
  int c;

  (void)sh;
  while ((c = nsh_option(&options, argc, argv, "us")) >= 0)
    {
      if (c == 's')
        {
          return nsh_error("date: the clock is the host's and cannot be "
                           "set");
        }

      if (c == '?')
        {
          return NSH_FAILURE;
        }

      utc = true;
    }

  if (argc - options.index > 1)
    {
      return nsh_toomany("date");
    }

  if (options.index < argc)
    {
      if (argv[options.index][0] != '+')
        {
          return nsh_invalid("date", argv[options.index]);
        }

      format = argv[options.index] + 1;
    }

  if (clock_gettime(CLOCK_REALTIME, &now) < 0)
    {
      return nsh_failed("date", "clock_gettime", NULL, errno);
    }

  if ((utc ? gmtime_r(&now.tv_sec, &tm) :
             localtime_r(&now.tv_sec, &tm)) == NULL)
    {
      return nsh_failed("date", "localtime", NULL, EOVERFLOW);
    }

  print_time(format, &tm);
  return 0;
}

/* A decimal number of units, with a fraction, in microseconds. */

static bool parse_duration(const char *text, uint64_t unit, uint64_t *usec)
{
  uint64_t value = 0;
  uint64_t fraction = unit;
  bool digits = false;

  for (; *text >= '0' && *text <= '9'; text++, digits = true)
    {
      if (__builtin_mul_overflow(value, 10, &value) ||
          __builtin_add_overflow(value, (uint64_t)(*text - '0') * unit,
                                 &value))
        {
          return false;
        }
    }

  if (*text == '.')
    {
      for (text++; *text >= '0' && *text <= '9'; text++, digits = true)
        {
          fraction /= 10;
          value += (uint64_t)(*text - '0') * fraction;
        }
    }

  *usec = value;
  return digits && *text == '\0' && value <= INT64_MAX;
}

static int cmd_sleep(struct nsh_s *sh, int argc, char **argv)
{
  uint64_t usec;

  (void)argc;
  if (!parse_duration(argv[1], argv[0][0] == 'u' ? 1 : 1000000, &usec))
    {
      return nsh_invalid(argv[0], argv[1]);
    }

  return nsh_sleep(sh, usec) ? 0 : NSH_FAILURE;
}

/* uptime */

static void uptime_pretty(long days, long hours, long minutes)
{
  fputs("up ", stdout);
  if (days > 0)
    {
      printf("%ld day%s, ", days, days == 1 ? "" : "s");
    }

  if (hours > 0)
    {
      printf("%ld hour%s, ", hours, hours == 1 ? "" : "s");
    }

  printf("%ld minute%s\n", minutes, minutes == 1 ? "" : "s");
}

static void uptime_plain(time_t now, long days, long hours, long minutes)
{
  struct tm tm;

  if (localtime_r(&now, &tm) != NULL)
    {
      printf("%02d:%02d:%02d ", tm.tm_hour, tm.tm_min, tm.tm_sec);
    }

  fputs("up ", stdout);
  if (days > 0)
    {
      printf("%ld day%s, ", days, days == 1 ? "" : "s");
    }

  printf("%2ld:%02ld\n", hours, minutes);
}

static int cmd_uptime(struct nsh_s *sh, int argc, char **argv)
{
  struct nsh_options_s options =
  {
    1, 0, NULL
  };

  struct timespec up;
  struct timespec now;
  struct tm tm;
  int mode = 0;
  long minutes;
  int c;

  (void)sh;
  while ((c = nsh_option(&options, argc, argv, "ps")) >= 0)
    {
      if (c == '?')
        {
          return NSH_FAILURE;
        }

      mode = c;
    }

  if (options.index < argc)
    {
      return nsh_toomany("uptime");
    }

  if (clock_gettime(CLOCK_MONOTONIC, &up) < 0 ||
      clock_gettime(CLOCK_REALTIME, &now) < 0)
    {
      return nsh_failed("uptime", "clock_gettime", NULL, errno);
    }

  minutes = (long)(up.tv_sec / 60);
  now.tv_sec -= mode == 's' ? up.tv_sec : 0;
  if (mode == 'p')
    {
      uptime_pretty(minutes / 1440, minutes / 60 % 24, minutes % 60);
    }
  else if (mode == 's' && localtime_r(&now.tv_sec, &tm) != NULL)
    {
      print_time("%Y-%m-%d %H:%M:%S", &tm);
    }
  else
    {
      uptime_plain(now.tv_sec, minutes / 1440, minutes / 60 % 24,
                   minutes % 60);
    }

  return 0;
}

const struct nsh_command_s g_nsh_time_commands[] =
{
  {"date", cmd_date, 1, NSH_MAXARGS, "[-u] [+<format>]",
   "Show the date and the time", NULL},
  {"sleep", cmd_sleep, 2, 2, "<seconds>", "Wait; fractions are allowed",
   NULL},
  {"uptime", cmd_uptime, 1, 2, "[-p|-s]", "Show how long the system runs",
   NULL},
  {"usleep", cmd_sleep, 2, 2, "<microseconds>", "Wait", NULL},
  {NULL, NULL, 0, 0, NULL, NULL, NULL}
};
