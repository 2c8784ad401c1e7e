/* bench/trace.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Synthetic traffic for placement policies.
 *
 * The mix trace: packets of 100, 1514 and 9014 bytes (2, 24 and 141
 * granules) by a given share of the requests; every third small one lives
 * about 50 times longer than the rest.  Before each request random packets
 * are freed (a long-lived one 50 times less readily) until the granules in
 * use are at most `load` percent of the arena.
 *
 * The receive trace: a ring of posted extents of 9216 bytes (144 granules).
 * A frame below half of that is copied to an extent of its own length and the
 * ring extent is posted again; a longer one is kept and a replacement is
 * allocated first.  Frames wait unread in a queue that is read at random.
 *
 * The arena starts filled in the proportions of the steady state; `warmup`
 * and `measure` count lifetimes of the long-lived packets, each of which is
 * 10 to 30 turnovers of the whole arena.
 */

#ifndef BENCH_TRACE_H
#define BENCH_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "policy.h"

#define GRANULE     64u
#define TRACE_NMIX  3
#define TRACE_RX    TRACE_NMIX          /* "Mix" of the receive trace */
#define TRACE_NALL  (TRACE_NMIX + 1)
#define TRACE_NSIZE 5

enum trace_size_e
{
  SIZE_100,                             /* 100 B */
  SIZE_600,                             /* 600 B, receive trace only */
  SIZE_1514,                            /* 1514 B */
  SIZE_9014,                            /* 9014 B */
  SIZE_RING                             /* 9216 B, a ring replacement */
};

struct trace_s
{
  uint32_t ngranules;
  uint32_t mix;                         /* 0..2, or TRACE_RX */
  uint32_t load;                        /* Percent */
  uint32_t seed;
  double warmup;
  double measure;
};

struct trace_result_s
{
  uint64_t asked[TRACE_NSIZE];
  uint64_t failed[TRACE_NSIZE];
};

extern const uint32_t g_trace_granules[TRACE_NSIZE];

/* Replay one trace and add to *result.  False when out of memory. */

bool trace_run(const struct trace_s *trace, const struct policy_s *policy,
               struct trace_result_s *result);

/* Failures in percent of the requests of that size. */

double trace_percent(const struct trace_result_s *result,
                     enum trace_size_e size);

/* A small, fast, repeatable random number generator. */

uint32_t trace_random(uint64_t *state, uint32_t below);

#endif /* BENCH_TRACE_H */
