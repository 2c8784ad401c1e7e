/* bench/placement.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Compares placement policies on the same traces: how often does a request
 * for a contiguous jumbo frame fail, by policy, arena and load?  Everything
 * is counted, nothing is timed, so the traces run on all processors, and
 * the same seeds give the same numbers on every machine.
 */

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "placement.h"
#include "results.h"

#define NTHREADS_MAX 16
#define NPOLICIES    32
#define NCELLS       (NARENAS * NLOADS * TRACE_NALL)

static const char g_usage[] =
"usage: placement [options]\n"
"\n"
"Replays synthetic packet traffic against placement policies and counts the\n"
"requests for contiguous memory that fail.\n"
"\n"
"  --quick        3 seeds, two arenas, the main policies only\n"
"  --all          all policies also in the 64 MiB arena (minutes)\n"
"  --policy NAME  this policy only; --list names them\n"
"  --seeds N      instead of 10\n"
"  --dir DIR      also write the numbers to DIR/placement.json\n"
"  --list         print the policies and exit\n";

struct row_s
{
  const struct policy_s *policy;
  struct cell_s cell[NARENAS][NLOADS][TRACE_NALL];
  bool done[NARENAS];
};

struct job_s
{
  struct row_s *row;
  uint32_t arena;
  uint32_t load;
  uint32_t mix;
};

struct grid_s
{
  struct row_s row[NPOLICIES];
  uint32_t nrows;
  struct job_s job[NPOLICIES * NCELLS];
  uint32_t njobs;
  uint32_t nextjob;
  uint32_t nseeds;
  bool failed;
  pthread_mutex_t lock;
};

/* Those that the largest arena and --quick are limited to. */

static bool is_main(const struct policy_s *policy)
{
  static const char *const name[] =
  {
    "firstfit", "bestfit", "twoended-2k", "te-reserve", "goodfit"
  };

  uint32_t i;

  for (i = 0; i < sizeof(name) / sizeof(name[0]); i++)
    {
      if (strcmp(policy->name, name[i]) == 0)
        {
          return true;
        }
    }

  return false;
}

static void *grid_worker(void *arg)
{
  struct grid_s *grid = arg;

  for (; ; )
    {
      struct job_s *job;
      uint32_t i;

      pthread_mutex_lock(&grid->lock);
      i = grid->nextjob++;
      options_progress("placement traces", i, grid->njobs);
      pthread_mutex_unlock(&grid->lock);
      if (i >= grid->njobs)
        {
          return NULL;
        }

      job = &grid->job[i];
      if (!cell_run(&job->row->cell[job->arena][job->load][job->mix],
                    job->row->policy, &g_arenas[job->arena], job->mix,
                    g_loads[job->load], grid->nseeds))
        {
          grid->failed = true;
        }
    }
}

static void grid_add(struct grid_s *grid, struct row_s *row, uint32_t arena)
{
  uint32_t i;

  row->done[arena] = true;
  for (i = 0; i < NLOADS * TRACE_NALL; i++)
    {
      struct job_s *job = &grid->job[grid->njobs++];

      job->row = row;
      job->arena = arena;
      job->load = i / TRACE_NALL;
      job->mix = i % TRACE_NALL;
    }
}

/* The largest arena first, so that the threads end together. */

static void grid_fill(struct grid_s *grid, const char *only, bool quick,
                      bool all)
{
  const struct policy_s *p;
  uint32_t arena;
  uint32_t i;

  for (p = g_policies; p->name != NULL; p++)
    {
      if ((only == NULL || strcmp(only, p->name) == 0) &&
          (!quick || is_main(p) || only != NULL))
        {
          grid->row[grid->nrows++].policy = p;
        }
    }

  for (arena = quick ? NARENAS - 1 : NARENAS; arena-- > 0; )
    {
      for (i = 0; i < grid->nrows; i++)
        {
          if (arena < NARENAS - 1 || all || only != NULL ||
              is_main(grid->row[i].policy))
            {
              grid_add(grid, &grid->row[i], arena);
            }
        }
    }
}

static bool grid_run(struct grid_s *grid)
{
  pthread_t thread[NTHREADS_MAX];
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  long i;

  n = n < 1 ? 1 : n > NTHREADS_MAX ? NTHREADS_MAX : n;
  for (i = 0; i < n - 1; i++)
    {
      if (pthread_create(&thread[i], NULL, grid_worker, grid) != 0)
        {
          break;
        }
    }

  grid_worker(grid);
  while (i-- > 0)
    {
      pthread_join(thread[i], NULL);
    }

  options_progress_end();
  return !grid->failed;
}

/* The worst of the three mixes. */

static double row_worst(const struct row_s *row, uint32_t arena,
                        uint32_t load)
{
  double worst = 0.0;
  uint32_t mix;

  for (mix = 0; mix < TRACE_NMIX; mix++)
    {
      double jumbo = row->cell[arena][load][mix].jumbo;

      worst = jumbo > worst ? jumbo : worst;
    }

  return worst;
}

/* The worst of the requests for short extents, over all loads and traces. */

static double row_brief(const struct row_s *row, uint32_t arena)
{
  double worst = 0.0;
  uint32_t i;

  for (i = 0; i < NLOADS * TRACE_NALL; i++)
    {
      double brief = row->cell[arena][i / TRACE_NALL][i % TRACE_NALL].brief;

      worst = brief > worst ? brief : worst;
    }

  return worst;
}

static void grid_print(const struct grid_s *grid, uint32_t arena)
{
  uint32_t load;
  uint32_t i;

  printf("\n%s arena: %% of the requests for 9014 B that fail (worst of "
         "three mixes),\nring replacements of 9216 B, and the worst of all "
         "shorter requests\n\n%-21s", g_arenas[arena].title, "busy");
  for (i = 0; i < 2; i++)
    {
      for (load = 0; load < NLOADS; load++)
        {
          printf(" %5u%%", g_loads[load]);
        }

      printf("%s", i == 0 ? "  ring" : "  short\n");
    }

  for (i = 0; i < grid->nrows; i++)
    {
      const struct row_s *row = &grid->row[i];

      if (!row->done[arena])
        {
          continue;
        }

      printf("%-21s", row->policy->name);
      for (load = 0; load < NLOADS; load++)
        {
          printf(" %6.2f", row_worst(row, arena, load));
        }

      printf("      ");
      for (load = 0; load < NLOADS; load++)
        {
          printf(" %6.2f", row->cell[arena][load][TRACE_RX].jumbo);
        }

      printf(" %6.2f\n", row_brief(row, arena));
    }
}

static bool grid_write(const struct grid_s *grid, const char *dir)
{
  static const char *const mixname[TRACE_NALL] =
  {
    "60_25_15", "90_5_5", "30_60_10", "rx"
  };

  struct results_s results;
  uint32_t i;
  uint32_t j;
  bool ok;

  results_init(&results);
  for (i = 0; i < grid->nrows * NARENAS; i++)
    {
      const struct row_s *row = &grid->row[i / NARENAS];
      const char *arena = g_arenas[i % NARENAS].name;

      for (j = 0; j < NLOADS * TRACE_NALL && row->done[i % NARENAS]; j++)
        {
          uint32_t load = j / TRACE_NALL;
          uint32_t mix = j % TRACE_NALL;

          results_add(&results, row->cell[i % NARENAS][load][mix].jumbo,
                      "fail_pct_%s_%s_%u_%s", row->policy->name, arena,
                      g_loads[load], mixname[mix]);
          results_add(&results, row_worst(row, i % NARENAS, load),
                      "fail_pct_%s_%s_%u", row->policy->name, arena,
                      g_loads[load]);
        }
    }

  ok = results_write(&results, dir, "placement");
  results_fini(&results);
  return ok;
}

static void list_policies(void)
{
  const struct policy_s *p;

  for (p = g_policies; p->name != NULL; p++)
    {
      printf("%-21s %s\n", p->name, p->what);
    }
}

int main(int argc, char **argv)
{
  static struct grid_s grid;
  const char *only = NULL;
  const char *dir = NULL;
  bool quick = false;
  bool list = false;
  bool all = false;
  uint32_t arena;

  const struct option_s options[] =
  {
    { "--quick", &quick, NULL, NULL, 0 },
    { "--all", &all, NULL, NULL, 0 },
    { "--list", &list, NULL, NULL, 0 },
    { "--policy", NULL, &only, NULL, 0 },
    { "--seeds", NULL, NULL, &grid.nseeds, 1000 },
    { "--dir", NULL, &dir, NULL, 0 },
    { NULL, NULL, NULL, NULL, 0 }
  };

  options_parse(argc, argv, g_usage, options);
  if (list)
    {
      list_policies();
      return 0;
    }

  if (only != NULL && policy_find(only) == NULL)
    {
      options_fail(argv[0], "no such policy: '%s'", only);
    }

  if (grid.nseeds == 0)
    {
      grid.nseeds = quick ? 3 : NSEEDS;
    }

  /* The traces allocate the same large tables over and over */

  mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024);
  mallopt(M_TRIM_THRESHOLD, 512 * 1024 * 1024);

  pthread_mutex_init(&grid.lock, NULL);
  grid_fill(&grid, only, quick, all);
  if (!grid_run(&grid))
    {
      fprintf(stderr, "placement: out of memory\n");
      return 1;
    }

  for (arena = 0; arena < (quick ? NARENAS - 1 : NARENAS); arena++)
    {
      grid_print(&grid, arena);
    }

  printf("\nMean of %u seeds. The simulated policies are in "
         "bench/policy_*.c.\n", grid.nseeds);
  return dir == NULL || grid_write(&grid, dir) ? 0 : 1;
}
