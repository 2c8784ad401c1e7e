/* bench/grid.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * See placement.h.  The larger the arena, the shorter its trace in lifetimes
 * of the long-lived packets; even the shortest turns the whole arena over
 * several times before the counting begins.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "options.h"
#include "placement.h"

#define NCELLS      (NLOADS * TRACE_NALL)
#define NPROCS_MAX  16

const struct arena_s g_arenas[NARENAS] =
{
  { "256k", "256 KiB", 256 * 1024 / GRANULE, 2.0, 2.0 },
  { "4m", "4 MiB", 4096 * 1024 / GRANULE, 0.7, 0.4 },
  { "64m", "64 MiB", 65536 * 1024 / GRANULE, 0.15, 0.04 }
};

const uint32_t g_loads[NLOADS] =
{
  75, 80, 85, 90
};

bool cell_run(struct cell_s *cell, const struct policy_s *policy,
              const struct arena_s *arena, uint32_t mix, uint32_t load,
              uint32_t nseeds)
{
  struct trace_s trace;
  uint32_t seed;

  trace.ngranules = arena->ngranules;
  trace.mix = mix;
  trace.load = load;
  trace.warmup = arena->warmup;
  trace.measure = arena->measure;
  memset(cell, 0, sizeof(*cell));
  for (seed = 1; seed <= nseeds; seed++)
    {
      struct trace_result_s result;
      double brief = 0.0;
      uint32_t size;

      memset(&result, 0, sizeof(result));
      trace.seed = seed;
      if (!trace_run(&trace, policy, &result))
        {
          return false;
        }

      for (size = SIZE_100; size <= SIZE_1514; size++)
        {
          double percent = trace_percent(&result, (enum trace_size_e)size);

          brief = percent > brief ? percent : brief;
        }

      cell->brief += brief / nseeds;
      cell->jumbo += trace_percent(&result, mix == TRACE_RX ? SIZE_RING :
                                   SIZE_9014) / nseeds;
    }

  return true;
}

/* What the processes share. */

struct shared_s
{
  struct cell_s cell[NCELLS];
  uint32_t next;
  uint32_t done;
};

/* One process: take a cell after the other, the busiest arenas first. */

static bool cells_work(struct shared_s *shared,
                       const struct policy_s *policy,
                       const struct arena_s *arena, uint32_t nseeds)
{
  for (; ; )
    {
      uint32_t i = __atomic_fetch_add(&shared->next, 1, __ATOMIC_RELAXED);

      if (i >= NCELLS)
        {
          return true;
        }

      i = NCELLS - 1 - i;
      if (!cell_run(&shared->cell[i], policy, arena, i % TRACE_NALL,
                    g_loads[i / TRACE_NALL], nseeds))
        {
          return false;
        }

      __atomic_fetch_add(&shared->done, 1, __ATOMIC_RELAXED);
    }
}

/* Wait for all processes, showing what they have done. */

static void cells_wait(const struct shared_s *shared)
{
  const struct timespec pause =
  {
    0, 20000000
  };

  for (; ; )
    {
      pid_t pid = waitpid(-1, NULL, WNOHANG);

      if (pid < 0 && errno != EINTR)
        {
          break;
        }

      if (pid == 0)
        {
          options_progress("placement traces",
                           __atomic_load_n(&shared->done, __ATOMIC_RELAXED),
                           NCELLS);
          nanosleep(&pause, NULL);
        }
    }

  options_progress_end();
}

bool cells_run(struct cell_s cell[NLOADS][TRACE_NALL],
               const struct policy_s *policy, const struct arena_s *arena,
               uint32_t nseeds)
{
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  struct shared_s *shared;
  bool ok;

  shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED)
    {
      fprintf(stderr, "bench: no shared memory: %s\n", strerror(errno));
      return false;
    }

  n = n < 1 ? 1 : n > NPROCS_MAX ? NPROCS_MAX : n;
  fflush(stdout);
  fflush(stderr);
  while (n-- > 0)
    {
      pid_t pid = fork();

      if (pid == 0)
        {
          _exit(cells_work(shared, policy, arena, nseeds) ? 0 : 1);
        }

      if (pid < 0)
        {
          fprintf(stderr, "bench: no process: %s\n", strerror(errno));
        }
    }

  cells_wait(shared);
  memcpy(cell, shared->cell, sizeof(shared->cell));
  ok = shared->done == NCELLS;
  munmap(shared, sizeof(*shared));
  if (!ok)
    {
      fprintf(stderr, "bench: placement traces of %s: not all ended\n",
              policy->name);
    }

  return ok;
}
