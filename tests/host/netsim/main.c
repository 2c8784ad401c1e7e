/* tests/host/netsim/main.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Runs seeds, one after another.  A seed that fails is made smaller: elements
 * of its plan are left out, one at a time, as long as it still fails.  This
 * is done in processes of their own, as a failure may be a crash.  What is
 * printed then is the command that runs just what is left.
 *
 * The digest is of everything that happened: two runs of the same seeds by
 * the same program print the same one.
 */

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "netsim.h"

#define FAILURES_MAX 10              /* Then enough is known */
#define CPU_SECONDS  60              /* For one seed, whatever happens */

struct options_s
{
  uint64_t seed;
  uint64_t seeds;
  bool one;                          /* --seed was given, --seeds was not */
  bool dropped[MAX_ELEMENTS];
  bool verbose;
  bool plan;
  bool shrink;
  bool strict;
};

static struct options_s g_options =
{
  .seed   = 1,
  .seeds  = 100,
  .shrink = true,
};

static const char *g_program;
static uint64_t g_current;           /* The seed that is being run */
static char g_path[2][4096];

static const char g_help[] =
"usage: netsim [--seed=N] [--seeds=N] [option...]\n"
"\n"
"Networks of nodes with this kernel's stack, in virtual time: what happens\n"
"is drawn from a seed.\n"
"\n"
"  --seed=N      the first seed (1), and the only one without --seeds\n"
"  --seeds=N     how many, one after another (100)\n"
"  --drop=LIST   leave out these elements of the plan: 0,3,5\n"
"  --plan        print what the seed means, do not run it\n"
"  --verbose     print segments and what the programs do\n"
"  --strict      verify every pool after every event: that of 4 MiB, too\n"
"  --no-shrink   do not make a failure smaller\n"
"  --libraries=FOLDER  where libnxnet.so and libnxnet-64k.so are\n"
"\n"
"Exit status: 0 all is well, 1 a seed failed, 2 the command is wrong.\n";

static void usage(const char *why, const char *what)
{
  fprintf(stderr, "netsim: %s%s (see netsim --help)\n", why, what);
  exit(2);
}

static uint64_t number(const char *name, const char *text)
{
  char *end;
  unsigned long long value;

  errno = 0;
  value = strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != '\0' || errno != 0)
    {
      fprintf(stderr, "netsim: --%s=%s: a number is wanted\n", name, text);
      exit(2);
    }

  return value;
}

static void drop_list(const char *text)
{
  char *end;

  while (*text != '\0')
    {
      unsigned long n = strtoul(text, &end, 10);

      if (end == text || n >= MAX_ELEMENTS || (*end != ',' && *end != '\0'))
        {
          usage("--drop wants numbers of elements, as 0,3,5 (see --plan): ",
                text);
        }

      g_options.dropped[n] = true;
      text = *end == ',' ? end + 1 : end;
    }
}

static void libraries(const char *folder)
{
  static const char *const names[] =
  {
    "libnxnet.so", "libnxnet-64k.so"
  };

  unsigned int i;

  for (i = 0; i < 2; i++)
    {
      snprintf(g_path[i], sizeof(g_path[i]), "%s/%s", folder, names[i]);
      g_library[i] = g_path[i];
      if (access(g_path[i], R_OK) < 0)
        {
          fprintf(stderr, "netsim: %s: %s (--libraries=FOLDER tells where it "
                  "is)\n", g_path[i], strerror(errno));
          exit(2);
        }
    }
}

/* The folder above that of the program */

static void find_libraries(void)
{
  char path[3000];
  ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
  char *slash;
  int i;

  path[len < 0 ? 0 : len] = '\0';
  for (i = 0; i < 2; i++)
    {
      slash = strrchr(path, '/');
      if (slash != NULL)
        {
          *slash = '\0';
        }
    }

  libraries(path);
}

static void parse(int argc, char *argv[])
{
  static const struct option options[] =
  {
    { "seed", required_argument, NULL, 's' },
    { "seeds", required_argument, NULL, 'n' },
    { "drop", required_argument, NULL, 'd' },
    { "plan", no_argument, NULL, 'p' },
    { "verbose", no_argument, NULL, 'v' },
    { "strict", no_argument, NULL, 't' },
    { "no-shrink", no_argument, NULL, 'k' },
    { "libraries", required_argument, NULL, 'l' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 }
  };

  bool seeds = false;
  int c;

  opterr = 0;
  while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
    {
      switch (c)
        {
          case 's':
            g_options.seed = number("seed", optarg);
            g_options.one  = true;
            break;

          case 'n':
            g_options.seeds = number("seeds", optarg);
            seeds = true;
            break;

          case 'd':
            drop_list(optarg);
            break;

          case 'p':
            g_options.plan = true;
            break;

          case 'v':
            g_options.verbose = true;
            break;

          case 't':
            g_options.strict = true;
            break;

          case 'k':
            g_options.shrink = false;
            break;

          case 'l':
            libraries(optarg);
            break;

          case 'h':
            fputs(g_help, stdout);
            exit(0);

          default:
            usage("no such option, or it lacks its value: ",
                  argv[optind - 1]);
        }
    }

  if (optind < argc)
    {
      usage("nothing is expected here: ", argv[optind]);
    }

  if (seeds && g_options.seeds == 0)
    {
      usage("--seeds=0 would test nothing", "");
    }

  g_options.one &= !seeds;
}

/* One run ******************************************************************/

static void make(struct plan_s *plan, uint64_t seed, const bool *dropped)
{
  unsigned int i;

  plan_make(plan, seed);
  for (i = 0; i < plan->nelements; i++)
    {
      plan->element[i].dropped = dropped[i];
    }
}

/* The time of the processor that may be used from now on; 0: any */

static void limit(unsigned int cpu_seconds)
{
  struct itimerval timer;

  memset(&timer, 0, sizeof(timer));
  timer.it_value.tv_sec = (time_t)cpu_seconds;
  setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

/* In a process of its own: did it fail? */

static bool fails(uint64_t seed, const bool *dropped)
{
  static struct plan_s plan;
  struct result_s result;
  int status = 0;
  pid_t pid;

  fflush(NULL);
  pid = fork();
  if (pid == 0)
    {
      if (freopen("/dev/null", "w", stderr) == NULL)
        {
          _exit(0);
        }

      signal(SIGABRT, SIG_DFL);
      signal(SIGSEGV, SIG_DFL);
      signal(SIGVTALRM, SIG_DFL);
      limit(CPU_SECONDS);
      make(&plan, seed, dropped);
      world_run(&plan, &result, false, g_options.strict);
      _exit(result.failed ? 1 : 0);
    }

  while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR);

  return pid > 0 && status != 0;
}

static void print_command(const struct plan_s *plan, const bool *dropped)
{
  const char *comma = " --drop=";
  unsigned int i;

  printf("  replay: %s --seed=%llu", g_program,
         (unsigned long long)plan->seed);
  for (i = 0; i < plan->nelements; i++)
    {
      if (dropped[i])
        {
          printf("%s%u", comma, i);
          comma = ",";
        }
    }

  printf("\n");
}

static void shrink(const struct plan_s *plan)
{
  bool dropped[MAX_ELEMENTS];
  char buf[512];
  unsigned int i;
  bool again = true;

  memcpy(dropped, g_options.dropped, sizeof(dropped));
  while (again)
    {
      again = false;
      for (i = 0; i < plan->nelements; i++)
        {
          if (!dropped[i])
            {
              dropped[i] = true;
              if (fails(plan->seed, dropped))
                {
                  again = true;
                }
              else
                {
                  dropped[i] = false;
                }
            }
        }
    }

  print_command(plan, dropped);
  for (i = 0; i < plan->nelements; i++)
    {
      if (!dropped[i])
        {
          printf("    %s\n", plan_element(plan, i, buf, sizeof(buf)));
        }
    }
}

static void failed(const struct plan_s *plan, const struct result_s *result)
{
  printf("seed %llu FAILED %s\n", (unsigned long long)plan->seed,
         result->text);
  if (g_options.shrink)
    {
      shrink(plan);
    }
  else
    {
      print_command(plan, g_options.dropped);
    }

  fflush(stdout);
}

/* A crash, or no end: at least the seed is known */

static void fatal(int sig)
{
  char text[160];
  int n = snprintf(text, sizeof(text), "\nseed %llu FAILED with signal %d\n"
                   "  replay: %s --seed=%llu\n",
                   (unsigned long long)g_current, sig, g_program,
                   (unsigned long long)g_current);

  if (write(STDOUT_FILENO, text, (size_t)n) < 0)
    {
      _exit(3);
    }

  _exit(1);
}

static double seconds(void)
{
  struct timespec ts;

  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

struct totals_s
{
  uint64_t seeds;
  uint64_t failures;
  uint64_t virtual;
  uint64_t events;
  uint64_t frames;
  uint64_t bytes;
  uint64_t digest;
};

static void add(struct totals_s *totals, const struct result_s *result)
{
  totals->seeds++;
  totals->failures += result->failed;
  totals->virtual  += result->virtual / USEC;
  totals->events   += result->events;
  totals->frames   += result->frames;
  totals->bytes    += result->bytes;
  totals->digest    = (totals->digest ^ result->digest) *
                      UINT64_C(0x9e3779b97f4a7c15);
}

static void progress(const struct totals_s *totals, double since)
{
  if (isatty(STDERR_FILENO))
    {
      fprintf(stderr, "\r%llu of %llu seeds, %llu failures, %.0f s ",
              (unsigned long long)totals->seeds,
              (unsigned long long)g_options.seeds,
              (unsigned long long)totals->failures, seconds() - since);
    }
}

static void run(struct totals_s *totals)
{
  static struct plan_s plan;
  struct result_s result;
  double since = seconds();
  double shown = since;
  uint64_t i;

  for (i = 0; i < g_options.seeds && totals->failures < FAILURES_MAX; i++)
    {
      g_current = g_options.seed + i;
      make(&plan, g_current, g_options.dropped);
      limit(CPU_SECONDS);
      world_run(&plan, &result, g_options.verbose, g_options.strict);
      limit(0);
      add(totals, &result);
      if (result.failed)
        {
          failed(&plan, &result);
        }

      if (seconds() > shown + 1)
        {
          shown = seconds();
          progress(totals, since);
        }
    }

  progress(totals, since);
  since = seconds() - since;
  printf("%snetsim: %llu seeds, %llu failures, %llu events, %llu frames, "
         "%.1f MB; %.0f s of virtual time in %.1f s: %.0f times real time; "
         "digest %016llx\n", isatty(STDERR_FILENO) ? "\n" : "",
         (unsigned long long)totals->seeds,
         (unsigned long long)totals->failures,
         (unsigned long long)totals->events,
         (unsigned long long)totals->frames, (double)totals->bytes / 1e6,
         (double)totals->virtual / 1e6, since,
         (double)totals->virtual / 1e6 / since,
         (unsigned long long)totals->digest);
}

int main(int argc, char *argv[])
{
  static struct plan_s plan;
  struct totals_s totals;

  g_program = argv[0];
  parse(argc, argv);
  if (g_library[0] == NULL)
    {
      find_libraries();
    }

  if (g_options.one)
    {
      g_options.seeds = 1;
    }

  if (g_options.plan)
    {
      make(&plan, g_options.seed, g_options.dropped);
      plan_print(&plan);
      return 0;
    }

  signal(SIGABRT, fatal);
  signal(SIGVTALRM, fatal);
#ifndef __SANITIZE_ADDRESS__
  signal(SIGSEGV, fatal);
#endif

  memset(&totals, 0, sizeof(totals));
  run(&totals);
  world_end();
  return totals.failures > 0 ? 1 : 0;
}
