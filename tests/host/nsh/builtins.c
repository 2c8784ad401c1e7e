/* tests/host/nsh/builtins.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Builtin applications with which the shell is tested.
 */

#include <sys/types.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nshlib/builtin.h>

/* Shows its arguments, one a line. */

static int args_main(int argc, char **argv)
{
  int i;

  for (i = 0; i < argc; i++)
    {
      printf("%d:%s\n", i, argv[i]);
    }

  return 0;
}

/* Ends with the status that its argument names. */

static int status_main(int argc, char **argv)
{
  return argc > 1 ? atoi(argv[1]) : 0;
}

/* Shows variables of its environment. */

static int getenv_main(int argc, char **argv)
{
  int i;

  for (i = 1; i < argc; i++)
    {
      const char *value = getenv(argv[i]);

      printf("%s=%s\n", argv[i], value == NULL ? "(none)" : value);
    }

  return 0;
}

/* Copies stdin to stdout in capitals. */

static int upper_main(int argc, char **argv)
{
  int c;

  (void)argc;
  (void)argv;
  while ((c = getchar()) != EOF)
    {
      putchar(c >= 'a' && c <= 'z' ? c - 32 : c);
    }

  return 0;
}

/* Says so, then waits for ever. */

static int forever_main(int argc, char **argv)
{
  (void)argc;
  (void)argv;
  puts("forever");
  fflush(stdout);
  while (pause() < 0)
    {
    }

  return 0;
}

/* Writes for ever, or until it cannot. */

static int yes_main(int argc, char **argv)
{
  while (puts(argc > 1 ? argv[1] : "y") >= 0)
    {
    }

  return 1;
}

/* Says something on both outputs. */

static int both_main(int argc, char **argv)
{
  (void)argc;
  (void)argv;
  puts("out");
  fflush(stdout);
  fputs("err\n", stderr);
  return 0;
}

/* The descriptors above 2 that it was born with. */

static int fds_main(int argc, char **argv)
{
  int fd;
  int n = 0;

  (void)argc;
  (void)argv;
  for (fd = 3; fd < 256; fd++)
    {
      char path[32];
      char target[8];

      snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
      n += readlink(path, target, sizeof(target)) >= 0;
    }

  printf("%d\n", n);
  return 0;
}

const struct builtin_s g_builtins[] =
{
  {"args", 0, 0, args_main},
  {"both", 0, 0, both_main},
  {"fds", 0, 0, fds_main},
  {"forever", 0, 0, forever_main},
  {"getenv", 0, 0, getenv_main},
  {"status", 0, 0, status_main},
  {"upper", 0, 0, upper_main},
  {"yes", 0, 0, yes_main}
};

const int g_builtin_count = sizeof(g_builtins) / sizeof(g_builtins[0]);
