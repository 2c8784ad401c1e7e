/* bench/timing.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * See timing.h.
 */

#include <stdlib.h>
#include <time.h>

#include "timing.h"

#define NWARMUP 1000

uint64_t timing_now(void)
{
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void samples_add(struct samples_s *samples, double ns)
{
  if (samples->count < NSAMPLES)
    {
      samples->ns[samples->count++] = ns;
    }
}

static int compare(const void *a, const void *b)
{
  double x = *(const double *)a;
  double y = *(const double *)b;

  return (x > y) - (x < y);
}

double samples_quantile(struct samples_s *samples, double part)
{
  if (samples->count == 0)
    {
      return 0.0;
    }

  qsort(samples->ns, samples->count, sizeof(samples->ns[0]), compare);
  return samples->ns[(uint32_t)(part * (samples->count - 1) + 0.5)];
}

bool timing_op(const struct op_s *op, uint32_t nsamples,
               struct timing_s *timing)
{
  static struct samples_s samples;
  uint32_t i;

  if (op->setup != NULL && !op->setup())
    {
      return false;
    }

  op->run(NWARMUP);
  samples.count = 0;
  for (i = 0; i < nsamples / 10; i++)
    {
      uint64_t start = timing_now();

      op->run(BATCH);
      samples_add(&samples, (double)(timing_now() - start) / BATCH);
    }

  timing->median = samples_quantile(&samples, 0.5);
  samples.count = 0;
  for (i = 0; i < nsamples; i++)
    {
      uint64_t start = timing_now();

      op->run(1);
      samples_add(&samples, (double)(timing_now() - start));
    }

  timing->p99 = samples_quantile(&samples, 0.99);
  timing->worst = samples_quantile(&samples, 1.0);
  if (op->teardown != NULL)
    {
      op->teardown();
    }

  return true;
}
