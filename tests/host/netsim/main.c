/* tests/host/netsim/main.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Runs seeds, one after another.  A seed that fails is made smaller, and what
 * is printed is the command that runs just what is left of it.
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
#include <time.h>
#include <unistd.h>

#include "netsim.h"

#define FAILURES_MAX 10              /* Then enough is known */
#define CPU_SECONDS  60              /* For one seed, whatever happens */

struct command_s
{
  uint64_t seed;
  uint64_t seeds;
  bool plan;
  bool shrink;
  const char *libraries;
  struct cut_s cut;
  struct options_s options;
};

static struct command_s g_command =
{
  .seed    = 1,
  .seeds   = 100,
  .shrink  = true,
  .options =
    {
      .pool_every = 1,
      .limit      = CPU_SECONDS,
    },
};

static const char *g_program;
static double g_since;
static char g_path[2][4096];

static const char g_help[] =
"usage: netsim [--seed=N] [--seeds=N] [option...]\n"
"\n"
"Networks of nodes with this kernel's stack, in virtual time: what happens\n"
"is drawn from a seed.\n"
"\n"
"  --seed=N      the first seed (1), and the only one without --seeds\n"
"  --seeds=N     how many, one after another (100)\n"
"  --drop=LIST   leave out these parts of the plan: 0,3 are elements, n2 is\n"
"                a node with the elements that need it, and the others\n"
"                are jitter, loss, reorder, dup, corrupt, hold, sg, batch\n"
"  --bytes=N     no end of a flow sends more\n"
"  --plan        print what the seed means, do not run it\n"
"  --verbose     print segments and what the programs do\n"
"  --strict      verify every pool after every event: that of 4 MiB, too\n"
"  --pool-every=N  verify a pool of 64 KiB after every N-th event only (1)\n"
"  --no-shrink   do not make a failure smaller\n"
"  --limit=N     seconds of the processor for one seed (60)\n"
"  --libraries=FOLDER  where libnxnet.so and libnxnet-64k.so are\n"
"  --sabotage=NAME  do something wrong, to see that it is found: payload,\n"
"                checksum, window, silence, deaf, leak, crash, hang\n"
"\n"
"Exit status: 0 all is well, 1 a seed failed, 2 the command is wrong, 130\n"
"interrupted: the last line tells what was run until then.\n";

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

static unsigned int small_number(const char *name, const char *text,
                                 unsigned int least)
{
  uint64_t value = number(name, text);

  if (value < least || value > INT32_MAX)
    {
      fprintf(stderr, "netsim: --%s=%s: a number from %u to %d is wanted\n",
              name, text, least, INT32_MAX);
      exit(2);
    }

  return (unsigned int)value;
}

static void drop_list(const char *text)
{
  const char *word = text;

  for (; ; )
    {
      size_t len = strcspn(word, ",");

      if (!cut_word(&g_command.cut, word, len))
        {
          usage("--drop wants numbers of elements, nodes as n2, or "
                "properties, as 0,3,n2,loss: ", text);
        }

      if (word[len] == '\0')
        {
          return;
        }

      word += len + 1;
    }
}

static void sabotage(const char *name)
{
  g_command.options.sabotage = sabotage_find(name);
  if (g_command.options.sabotage == NSABOTAGES)
    {
      usage("there is no such --sabotage: ", name);
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

static void option(int c)
{
  switch (c)
    {
      case 's':
        g_command.seed = number("seed", optarg);
        break;

      case 'n':
        g_command.seeds = number("seeds", optarg);
        break;

      case 'd':
        drop_list(optarg);
        break;

      case 'b':
        g_command.cut.bytes = small_number("bytes", optarg, 1);
        break;

      case 'p':
        g_command.plan = true;
        break;

      case 'v':
        g_command.options.verbose = true;
        break;

      case 't':
        g_command.options.strict = true;
        break;

      case 'e':
        g_command.options.pool_every = small_number("pool-every", optarg, 1);
        break;

      case 'k':
        g_command.shrink = false;
        break;

      case 'm':
        g_command.options.limit = small_number("limit", optarg, 1);
        break;

      case 'l':
        g_command.libraries = optarg;
        libraries(optarg);
        break;

      case 'x':
        sabotage(optarg);
        break;

      case 'h':
        fputs(g_help, stdout);
        exit(0);

      default:
        break;
    }
}

static void parse(int argc, char *argv[])
{
  static const struct option options[] =
  {
    { "seed", required_argument, NULL, 's' },
    { "seeds", required_argument, NULL, 'n' },
    { "drop", required_argument, NULL, 'd' },
    { "bytes", required_argument, NULL, 'b' },
    { "plan", no_argument, NULL, 'p' },
    { "verbose", no_argument, NULL, 'v' },
    { "strict", no_argument, NULL, 't' },
    { "pool-every", required_argument, NULL, 'e' },
    { "no-shrink", no_argument, NULL, 'k' },
    { "limit", required_argument, NULL, 'm' },
    { "libraries", required_argument, NULL, 'l' },
    { "sabotage", required_argument, NULL, 'x' },
    { "help", no_argument, NULL, 'h' },
    { NULL, 0, NULL, 0 }
  };

  bool seed = false;
  bool seeds = false;
  int c;

  opterr = 0;
  while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
    {
      if (c == '?')
        {
          usage("no such option, or it lacks its value, or wants none: ",
                argv[optind - 1]);
        }

      seed  |= c == 's';
      seeds |= c == 'n';
      option(c);
    }

  if (optind < argc)
    {
      usage("nothing is expected here: ", argv[optind]);
    }

  if (seeds && g_command.seeds == 0)
    {
      usage("--seeds=0 would test nothing", "");
    }

  if (seed && !seeds)
    {
      g_command.seeds = 1;
    }

  if (g_command.seeds - 1 > UINT64_MAX - g_command.seed)
    {
      usage("--seed and --seeds: so many are not left", "");
    }
}

/* Failures *****************************************************************/

static void print_command(uint64_t seed, const struct cut_s *cut)
{
  const struct options_s *options = &g_command.options;
  char buf[512];

  cut_print(cut, buf, sizeof(buf));
  printf("  replay: %s --seed=%llu%s", g_program, (unsigned long long)seed,
         buf);
  if (g_command.libraries != NULL)
    {
      printf(" --libraries='%s'", g_command.libraries);
    }

  if (options->sabotage != SABOTAGE_NONE)
    {
      printf(" --sabotage=%s", sabotage_name(options->sabotage));
    }

  if (options->pool_every > 1)
    {
      printf(" --pool-every=%u", options->pool_every);
    }

  if (options->limit != CPU_SECONDS)
    {
      printf(" --limit=%u", options->limit);
    }

  printf("%s\n", options->strict ? " --strict" : "");
}

static void make(struct plan_s *plan, uint64_t seed, const struct cut_s *cut)
{
  plan_make(plan, seed);
  plan_cut(plan, cut);
}

static void failed(uint64_t seed, struct result_s *result)
{
  static struct plan_s plan;
  struct cut_s cut = g_command.cut;
  uint64_t events = result->events;
  unsigned int nelements;
  unsigned int nnodes;
  unsigned int tries;
  unsigned int i;
  char buf[512];

  printf("seed %llu FAILED %s\n", (unsigned long long)seed, result->text);
  if (!g_command.shrink)
    {
      print_command(seed, &cut);
      return;
    }

  fflush(stdout);
  make(&plan, seed, &cut);
  nelements = plan_elements(&plan);
  nnodes    = plan_nodes(&plan);
  tries     = shrink(&plan, &cut, &g_command.options, result);
  make(&plan, seed, &cut);
  print_command(seed, &cut);
  printf("  smaller, in %u tries: %u of %u elements, %u of %u nodes, %llu of "
         "%llu events: %s\n", tries, plan_elements(&plan), nelements,
         plan_nodes(&plan), nnodes, (unsigned long long)result->events,
         (unsigned long long)events, result->text);
  for (i = 0; i < plan.nelements; i++)
    {
      if (!plan.element[i].dropped)
        {
          printf("    %s\n", plan_element(&plan, i, buf, sizeof(buf)));
        }
    }
}

/* All seeds ****************************************************************/

static double seconds(void)
{
  struct timespec ts;

  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void progress(const struct totals_s *totals)
{
  if (isatty(STDERR_FILENO))
    {
      fprintf(stderr, "\r%llu of %llu seeds, %llu failures, %.0f s ",
              (unsigned long long)totals->seeds,
              (unsigned long long)g_command.seeds,
              (unsigned long long)totals->failures, seconds() - g_since);
    }
}

/* What happened in all of it: a model that never did anything shows here */

static void print_tally(const struct totals_s *totals)
{
  static const char *const names[NTALLIES] =
  {
    "lost", "lost in bursts", "dropped by queues", "lost by partitions",
    "late", "doubled", "damaged",
    "partitions", "carriers", "crashes", "memory", "pools", "MTUs",
    "reboots", "forwarded", "fragments"
  };

  unsigned int i;

  for (i = 0; i < NTALLIES; i++)
    {
      printf("%s%llu %s", i == TALLY_LINK ? "netsim: frames: " :
             i == TALLY_FAULT ? "; faults: " : ", ",
             (unsigned long long)totals->tally[i], names[i]);
    }

  printf("\n");
}

static void print_totals(const struct totals_s *totals)
{
  double took = seconds() - g_since;

  progress(totals);
  if (isatty(STDERR_FILENO))
    {
      fprintf(stderr, "\n");
    }

  print_tally(totals);
  printf("netsim: %s%llu seeds, %llu failures, %llu events, %llu frames, "
         "%.1f MB; %.0f s of virtual time in %.1f s: %.0f times real time; "
         "digest %016llx\n", g_stop != 0 ? "interrupted: " : "",
         (unsigned long long)totals->seeds,
         (unsigned long long)totals->failures,
         (unsigned long long)totals->events,
         (unsigned long long)totals->frames, (double)totals->bytes / 1e6,
         (double)totals->virtual / 1e6, took,
         (double)totals->virtual / 1e6 / took,
         (unsigned long long)totals->digest);
}

static void run(struct totals_s *totals)
{
  struct result_s result;

  while (totals->seeds < g_command.seeds &&
         totals->failures < FAILURES_MAX && g_stop == 0)
    {
      if (run_seeds(g_command.seed + totals->seeds,
                    g_command.seeds - totals->seeds, &g_command.cut,
                    &g_command.options, totals, progress, &result))
        {
          failed(g_command.seed + totals->seeds - 1, &result);
        }

      fflush(stdout);
    }
}

static void stop(int sig)
{
  g_stop = sig;
}

static void handle_signals(void)
{
  static const int signals[] =
  {
    SIGINT, SIGTERM, SIGHUP
  };

  struct sigaction action;
  unsigned int i;

  memset(&action, 0, sizeof(action));
  action.sa_handler = stop;
  for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
    {
      sigaction(signals[i], &action, NULL);
    }
}

int main(int argc, char *argv[])
{
  static struct plan_s plan;
  struct totals_s totals;

  g_program = argv[0];
  g_since   = seconds();
  parse(argc, argv);
  if (g_library[0] == NULL)
    {
      find_libraries();
    }

  if (g_command.plan)
    {
      make(&plan, g_command.seed, &g_command.cut);
      plan_print(&plan);
      return 0;
    }

  handle_signals();
  memset(&totals, 0, sizeof(totals));
  run(&totals);
  print_totals(&totals);
  return g_stop != 0 ? 128 + g_stop : totals.failures > 0 ? 1 : 0;
}
