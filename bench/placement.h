/* bench/placement.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The grid of measurements that placement policies and the real allocator
 * are put through: arenas, loads, traces, seeds.
 */

#ifndef BENCH_PLACEMENT_H
#define BENCH_PLACEMENT_H

#include "trace.h"

#define NARENAS 3
#define NLOADS  4
#define NSEEDS  10

struct arena_s
{
  const char *name;             /* In JSON names */
  const char *title;            /* For people */
  uint32_t ngranules;
  double warmup;                /* Lifetimes of the long-lived packets */
  double measure;
};

/* Failures in percent, mean over the seeds. */

struct cell_s
{
  double jumbo;                 /* 9014 B; in the receive trace, the ring */
  double brief;                 /* The worse of 100 and 1514 B (and 600 B) */
};

extern const struct arena_s g_arenas[NARENAS];
extern const uint32_t g_loads[NLOADS];

/* Run one cell.  False when out of memory. */

bool cell_run(struct cell_s *cell, const struct policy_s *policy,
              const struct arena_s *arena, uint32_t mix, uint32_t load,
              uint32_t nseeds);

/* Run all traces at all loads, in as many processes as there are processors:
 * for a policy that has its state in static memory.  False, with one line on
 * stderr, if that failed.
 */

bool cells_run(struct cell_s cell[NLOADS][TRACE_NALL],
               const struct policy_s *policy, const struct arena_s *arena,
               uint32_t nseeds);

#endif /* BENCH_PLACEMENT_H */
