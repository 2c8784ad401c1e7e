/* bench/timing.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * How operations are timed.  In one round each operation is timed in batches
 * of BATCH, for the median, and one by one, for the 99th percentile and the
 * worst.  Times of single operations contain one reading of the clock, which
 * the table shows as the time of "nothing"; nothing is subtracted.  Rounds
 * of all operations are interleaved, so that a slow moment of the machine
 * does not hit one of them alone, and the median over the rounds is
 * reported.
 */

#ifndef BENCH_TIMING_H
#define BENCH_TIMING_H

#include <stdbool.h>
#include <stdint.h>

#include "ops.h"
#include "policy.h"

#define BATCH       64
#define NROUNDS_MAX 32
#define NSAMPLES    20000

struct timing_s
{
  double median;                /* ns per operation */
  double p99;
  double worst;
};

/* The samples of one round, in ns. */

struct samples_s
{
  uint32_t count;
  double ns[NSAMPLES];
};

/* A recorded trace, to be replayed against any policy. */

struct replay_s
{
  struct replay_op_s *op;
  uint32_t nops;
  uint32_t capacity;
  uint32_t first;               /* The timed part */
  uint32_t last;
  intptr_t *slot;
  uint32_t nslots;
  bool failed;                  /* Out of memory */
};

uint64_t timing_now(void);
void samples_add(struct samples_s *samples, double ns);

/* Sorts the samples; `part` is 0.5 for the median, 1 for the worst. */

double samples_quantile(struct samples_s *samples, double part);

/* One round of one operation.  False if it could not be set up. */

bool timing_op(const struct op_s *op, uint32_t nsamples,
               struct timing_s *timing);

/* Record the 60/25/15 trace at a load; then replay it, from an empty arena,
 * with the steady part timed.
 */

bool replay_record(struct replay_s *replay, uint32_t ngranules,
                   uint32_t load);
bool replay_run(struct replay_s *replay, const struct policy_s *policy,
                uint32_t ngranules, struct timing_s *timing);
void replay_fini(struct replay_s *replay);

/* malloc as a policy; the "arena" is the heap. */

extern const struct policy_s g_policy_malloc;

#endif /* BENCH_TIMING_H */
