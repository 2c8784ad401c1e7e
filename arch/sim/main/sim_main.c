/* arch/sim/main/sim_main.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The kernel as a program: reads its command line, boots, makes the devices,
 * and hands the rest of the arguments to the shell, the first task.
 *
 * Everything that can be wrong with the command line is found before the
 * shell runs; then the kernel has made nothing that stays.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nuttx/fs/fs.h>
#include <nuttx/fs/tty.h>
#include <nuttx/nuttx.h>
#include <nuttx/net/net.h>
#include <nuttx/net/netdev.h>
#include <nuttx/posix.h>
#include <nuttx/sim.h>

#include "sim_main.h"

/* Of the shell, which is recursive */

#define STACK_SIZE (1024 * 1024)

/* What the command line asks for.  Devices and their wrappers stay words of
 * argv: they are made when the kernel can hold them.
 */

struct options_s
{
  const char *hostdir;           /* At /host; NULL: nothing */
  bool virtual_time;
  uint64_t seed;
  char **argv;                   /* All of the command line */
  int nwords;                    /* Of it, before those of the shell */
  bool refused;                  /* Something was said about an error */
};

static struct options_s g_options;

static const char g_usage[] =
"usage: kernel [OPTION]... [-ex] [-c COMMANDS | SCRIPT [ARGUMENT]...]\n"
"\n"
"Boots the kernel as this process.  Without COMMANDS and SCRIPT it is an\n"
"interactive shell; the status of the last command is that of the program.\n"
"\n"
"  -c COMMANDS       what the shell is to do\n"
"  SCRIPT            a file of commands; the shell starts in /host\n"
"  -e, -x            of the shell: end at a failure, show commands\n"
"  --dev SPEC        make a network device: KIND[,KEY=VALUE]...\n"
"  --wrap SPEC       put a wrapper around the device before it, or around\n"
"                    the wrapper before it\n"
"  --host FOLDER     what is at /host (default: the current folder)\n"
"  --no-host         nothing is\n"
"  --virtual-time    the clock jumps to the next event; a closed world\n"
"  --seed N          of all randomness (default: from the host, or 1 with\n"
"                    virtual time)\n"
"  --devices         print the kinds of devices and wrappers, with keys\n"
"  --help            this text\n"
"\n"
"Of the environment: TERM, and HISTFILE, a file below /host.\n"
"\n"
"Exit status: that of the last command; 2 for wrong arguments, 120 if\n"
"nothing could ever run again, 130 if it was interrupted twice, 134 for a\n"
"failed assertion.\n";

/* One line about what is wrong; the exit status */

static int wrong(const char *what, const char *which)
{
  fprintf(stderr, "kernel: %s%s (try --help)\n", what, which);
  return 2;
}

static int print_devices(void)
{
  int size = netdev_help(NULL, 0);
  char *text = malloc((size_t)size + 1);

  if (text == NULL)
    {
      return wrong("out of memory", "");
    }

  netdev_help(text, (size_t)size + 1);
  fputs(text, stdout);
  free(text);
  return fflush(stdout) == 0 ? 0 : 1;
}

static bool parse_number(const char *text, uint64_t *number)
{
  char *end;

  errno   = 0;
  *number = strtoull(text, &end, 0);
  return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
}

/* What follows an option; NULL, and a line about it, if nothing does */

static const char *value_of(char **argv, int *i)
{
  if (argv[*i + 1] == NULL)
    {
      wrong("a value is missing after ", argv[*i]);
      return NULL;
    }

  return argv[++*i];
}

/* Options of the shell: -c, -e and -x in one word, as in -ec */

static bool is_shells(const char *arg)
{
  return arg[1] != '\0' && arg[1 + strspn(arg + 1, "cex")] == '\0';
}

/* Parse up to the arguments of the shell.  -1 to go on, or an exit status. */

static int parse(int argc, char **argv)
{
  struct options_s *options = &g_options;
  bool device = false;
  const char *value;
  int i;

  options->hostdir = ".";
  options->argv    = argv;

  for (i = 1; i < argc; i++)
    {
      const char *arg = argv[i];

      if (strcmp(arg, "--") == 0)
        {
          i++;
          break;
        }
      else if (arg[0] != '-' || is_shells(arg))
        {
          break;
        }
      else if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)
        {
          fputs(g_usage, stdout);
          return fflush(stdout) == 0 ? 0 : 1;
        }
      else if (strcmp(arg, "--devices") == 0)
        {
          return print_devices();
        }
      else if (strcmp(arg, "--virtual-time") == 0)
        {
          options->virtual_time = true;
        }
      else if (strcmp(arg, "--no-host") == 0)
        {
          options->hostdir = NULL;
        }
      else if (strcmp(arg, "--seed") == 0)
        {
          value = value_of(argv, &i);
          if (value == NULL)
            {
              return 2;
            }

          if (!parse_number(value, &options->seed) || options->seed == 0)
            {
              return wrong("--seed wants a number above 0, not ", value);
            }
        }
      else if (strcmp(arg, "--host") == 0)
        {
          options->hostdir = value_of(argv, &i);
          if (options->hostdir == NULL)
            {
              return 2;
            }
        }
      else if (strcmp(arg, "--dev") == 0 || strcmp(arg, "--wrap") == 0)
        {
          if (strcmp(arg, "--wrap") == 0 && !device)
            {
              return wrong("--wrap has no --dev before it: ",
                           argv[i + 1] != NULL ? argv[i + 1] : "");
            }

          device = true;
          if (value_of(argv, &i) == NULL)
            {
              return 2;
            }
        }
      else
        {
          return wrong("unknown option ", arg);
        }
    }

  options->nwords = i;
  if (i < argc && strcmp(argv[i], "-c") == 0 && argv[i + 1] == NULL)
    {
      return wrong("a value is missing after ", "-c");
    }

  if (i == argc && options->virtual_time && sim_main_terminal())
    {
      return wrong("--virtual-time wants -c, a script, or input that is no "
                   "terminal", "");
    }

  return -1;
}

/* Make the devices, in the order of the command line */

static bool make_devices(void)
{
  struct net_driver_s *dev = NULL;
  char **argv = g_options.argv;
  int i;

  for (i = 1; i < g_options.nwords; i++)
    {
      if (strcmp(argv[i], "--dev") == 0)
        {
          dev = netdev_create(argv[++i]);
        }
      else if (strcmp(argv[i], "--wrap") == 0)
        {
          dev = netdev_wrap(dev, argv[++i]);
        }
      else if (strcmp(argv[i], "--seed") == 0 ||
               strcmp(argv[i], "--host") == 0)
        {
          i++;
          continue;
        }
      else
        {
          continue;
        }

      if (dev == NULL)
        {
          fprintf(stderr, "kernel: %s %s: %s\n", argv[i - 1], argv[i],
                  netdev_error());
          return false;
        }
    }

  return true;
}

/* The user has been told what is wrong: end the boot */

static int refuse(void)
{
  g_options.refused = true;
  return -ECANCELED;
}

/* The first task.  Of the host's environment it has what the terminal needs,
 * and nothing with virtual time, where a run must not depend on it.
 */

static int first_main(int argc, char *argv[])
{
  static const char *const names[] =
    {
      "TERM", "HISTFILE"
    };

  size_t i;

  for (i = 0; i < nitems(names) && !sim_virtual(); i++)
    {
      const char *value = getenv(names[i]);

      if (value != NULL && posix_setenv(names[i], value, 1) < 0)
        {
          return EXIT_FAILURE;
        }
    }

  /* Ctrl-C is for the shell, also where it does not talk to anybody */

  tty_set_foreground(nxsched_getpid());
  if (g_options.hostdir != NULL && nx_chdir("/host") < 0)
    {
      return EXIT_FAILURE;
    }

  return sh_main(argc, argv);
}

/* Called by sim_run() before there is a task */

static int bringup(void)
{
  int ret = fs_initialize();

  if (ret >= 0)
    {
      ret = posix_initialize();
      posix_set_shell(sh_main);
    }

  if (ret >= 0)
    {
      ret = netdev_initialize();
    }

  if (ret < 0)
    {
      return ret;
    }

  if (g_options.hostdir != NULL)
    {
      ret = hostfs_mount(g_options.hostdir, "/host");
      if (ret < 0)
        {
          fprintf(stderr, "kernel: --host %s: %s\n", g_options.hostdir,
                  strerror(-ret));
          return refuse();
        }
    }

  if (!make_devices())
    {
      return refuse();
    }

  return net_kernel_initialize();
}

/* Tasks that are killed free nothing, so what those in the background have is
 * no leak while they are there, and could not be told from one afterwards.
 */

static bool g_checked;
static bool g_leaks;

static void check_leaks(void)
{
  if (!g_checked)
    {
      g_checked = true;
      g_leaks   = sim_main_leaks() != 0;
    }
}

static void leaving(bool alone)
{
  if (!alone)
    {
      check_leaks();
    }
}

int main(int argc, char **argv)
{
  struct sim_config_s config;
  char **words;
  int nwords;
  int status;
  int i;

  status = parse(argc, argv);
  if (status >= 0)
    {
      return status;
    }

  memset(&config, 0, sizeof(config));
  config.virtual_time = g_options.virtual_time;
  config.bringup      = bringup;
  config.leaving      = leaving;
  config.seed         = g_options.seed;
  config.stack_size   = STACK_SIZE;
  if (config.seed == 0)
    {
      config.seed = config.virtual_time ? 1 : sim_main_entropy();
    }

  /* The first task is the shell */

  nwords = argc - g_options.nwords + 1;
  words  = calloc((size_t)nwords + 1, sizeof(*words));
  if (words == NULL)
    {
      return wrong("out of memory", "");
    }

  words[0] = "nsh";
  for (i = 1; i < nwords; i++)
    {
      words[i] = argv[g_options.nwords + i - 1];
    }

  status = sim_run(&config, first_main, nwords, words);
  free(words);
  check_leaks();
  return g_leaks ? EXIT_FAILURE : g_options.refused ? 2 : status;
}
