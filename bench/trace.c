/* bench/trace.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * See trace.h.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"

#define LONG_LIFE   50u                 /* Lifetimes of the others */
#define LONG_THIRD  3u                  /* One small packet in three */
#define RING_PER    2048u               /* Granules of arena per ring slot */

struct item_s
{
  intptr_t handle;
  uint32_t n;
};

struct itemset_s
{
  struct item_s *item;
  uint32_t count;
};

struct sim_s
{
  const struct trace_s *trace;
  const struct policy_s *policy;
  struct trace_result_s *result;        /* NULL while warming up */
  void *state;
  uint64_t random;
  uint32_t busy;
  uint32_t limit;
  struct itemset_s brief;
  struct itemset_s lasting;
  struct item_s *ring;
  uint32_t nring;
  uint32_t ringhead;
};

const uint32_t g_trace_granules[TRACE_NSIZE] =
{
  2, 10, 24, 141, 144
};

/* Percent of the requests by size: 60/25/15, 90/5/5, 30/60/10, and the
 * frames received.
 */

static const uint8_t g_share[TRACE_NALL][TRACE_NSIZE] =
{
  { 60, 0, 25, 15, 0 },
  { 90, 0, 5, 5, 0 },
  { 30, 0, 60, 10, 0 },
  { 50, 20, 20, 10, 0 }
};

uint32_t trace_random(uint64_t *state, uint32_t below)
{
  uint64_t x = *state;

  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  *state = x;
  return (uint32_t)(((x * 0x2545f4914f6cdd1dull >> 32) * below) >> 32);
}

double trace_percent(const struct trace_result_s *result,
                     enum trace_size_e size)
{
  if (result->asked[size] == 0)
    {
      return 0.0;
    }

  return 100.0 * (double)result->failed[size] / (double)result->asked[size];
}

static void sim_count(struct sim_s *sim, enum trace_size_e size,
                      intptr_t handle)
{
  if (sim->result != NULL)
    {
      sim->result->asked[size]++;
      sim->result->failed[size] += handle == POLICY_NONE;
    }
}

static intptr_t sim_alloc(struct sim_s *sim, enum trace_size_e size)
{
  uint32_t n = g_trace_granules[size];
  intptr_t handle = sim->policy->alloc(sim->state, n);

  sim_count(sim, size, handle);
  if (handle != POLICY_NONE)
    {
      sim->busy += n;
    }

  return handle;
}

static void sim_keep(struct itemset_s *set, intptr_t handle, uint32_t n)
{
  set->item[set->count].handle = handle;
  set->item[set->count].n = n;
  set->count++;
}

/* Free one random packet; a long-lived one is picked 50 times less readily
 * than another.
 */

static void sim_free_one(struct sim_s *sim)
{
  uint32_t weight = sim->brief.count * LONG_LIFE + sim->lasting.count;
  struct itemset_s *set = &sim->lasting;
  struct item_s *item;

  if (trace_random(&sim->random, weight) >= sim->lasting.count)
    {
      set = &sim->brief;
    }

  item = &set->item[trace_random(&sim->random, set->count)];
  sim->policy->free(sim->state, item->handle, item->n);
  sim->busy -= item->n;
  *item = set->item[--set->count];
}

static enum trace_size_e sim_pick(struct sim_s *sim)
{
  uint32_t dice = trace_random(&sim->random, 100);
  uint32_t size = 0;

  while (dice >= g_share[sim->trace->mix][size])
    {
      dice -= g_share[sim->trace->mix][size];
      size++;
    }

  return (enum trace_size_e)size;
}

/* A frame fills the ring extent at the head.  Long: keep that extent once a
 * replacement is there, else drop the frame (no copy of its length would fit
 * either, but it is tried, as the rules of the ring say).
 */

static intptr_t sim_receive_long(struct sim_s *sim, uint32_t *n)
{
  struct item_s *slot = &sim->ring[sim->ringhead];
  intptr_t handle = sim_alloc(sim, SIZE_RING);

  *n = g_trace_granules[SIZE_RING];
  if (handle != POLICY_NONE)
    {
      intptr_t kept = slot->handle;

      slot->handle = handle;
      return kept;
    }

  *n = g_trace_granules[SIZE_9014];
  return sim_alloc(sim, SIZE_9014);
}

static void sim_request(struct sim_s *sim)
{
  enum trace_size_e size = sim_pick(sim);
  uint32_t n = g_trace_granules[size];
  struct itemset_s *set = &sim->brief;
  intptr_t handle;

  if (size == SIZE_100 && trace_random(&sim->random, LONG_THIRD) == 0)
    {
      set = &sim->lasting;
    }

  if (sim->nring > 0 && size == SIZE_9014)
    {
      handle = sim_receive_long(sim, &n);
    }
  else
    {
      handle = sim_alloc(sim, size);
    }

  if (sim->nring > 0)
    {
      sim->ringhead = (sim->ringhead + 1) % sim->nring;
    }

  if (handle != POLICY_NONE)
    {
      sim_keep(set, handle, n);
    }
}

static void sim_step(struct sim_s *sim)
{
  while (sim->busy > sim->limit)
    {
      sim_free_one(sim);
    }

  sim_request(sim);
}

/* Requests in one lifetime of the long-lived packets at this load. */

static double sim_lifetime(const struct sim_s *sim)
{
  const uint8_t *share = g_share[sim->trace->mix];
  double held = 0.0;
  uint32_t i;

  for (i = 0; i < TRACE_NSIZE; i++)
    {
      double weight = i == SIZE_100 ? (LONG_LIFE + 2.0) / LONG_THIRD : 1.0;

      held += weight * share[i] / 100.0 * g_trace_granules[i];
    }

  return LONG_LIFE * (double)sim->limit / held;
}

/* Fill to the limit in the proportions of the steady state, by adding a
 * long-lived packet as much more often as it lives longer.
 */

static void sim_fill(struct sim_s *sim)
{
  uint32_t lasting = g_share[sim->trace->mix][SIZE_100] * LONG_LIFE;
  uint32_t others = 100 * LONG_THIRD - g_share[sim->trace->mix][SIZE_100];

  while (sim->busy <= sim->limit)
    {
      if (trace_random(&sim->random, lasting + others) >= lasting)
        {
          sim_request(sim);
        }
      else
        {
          intptr_t handle = sim_alloc(sim, SIZE_100);

          if (handle == POLICY_NONE)
            {
              return;
            }

          sim_keep(&sim->lasting, handle, g_trace_granules[SIZE_100]);
        }
    }
}

static bool sim_init(struct sim_s *sim)
{
  uint32_t n = sim->trace->ngranules;
  uint32_t i;

  sim->limit = (uint32_t)((uint64_t)n * sim->trace->load / 100);
  sim->random = 0x9e3779b97f4a7c15ull * (sim->trace->seed + 1);
  sim->busy = sim->policy->standing;
  sim->state = sim->policy->create(sim->policy, n);
  sim->brief.item = malloc((n / 2 + 1) * sizeof(struct item_s));
  sim->lasting.item = malloc((n / 2 + 1) * sizeof(struct item_s));
  sim->nring = sim->trace->mix == TRACE_RX ? n / RING_PER : 0;
  sim->ring = calloc(sim->nring + 1, sizeof(struct item_s));
  if (sim->state == NULL || sim->brief.item == NULL ||
      sim->lasting.item == NULL || sim->ring == NULL)
    {
      return false;
    }

  for (i = 0; i < sim->nring; i++)
    {
      sim->ring[i].n = g_trace_granules[SIZE_RING];
      sim->ring[i].handle = sim_alloc(sim, SIZE_RING);
      assert(sim->ring[i].handle != POLICY_NONE);
    }

  return true;
}

static void sim_fini(struct sim_s *sim)
{
  uint32_t i;

  for (i = 0; i < sim->brief.count; i++)
    {
      sim->policy->free(sim->state, sim->brief.item[i].handle,
                        sim->brief.item[i].n);
    }

  for (i = 0; i < sim->lasting.count; i++)
    {
      sim->policy->free(sim->state, sim->lasting.item[i].handle,
                        sim->lasting.item[i].n);
    }

  for (i = 0; i < sim->nring && sim->ring != NULL; i++)
    {
      sim->policy->free(sim->state, sim->ring[i].handle, sim->ring[i].n);
    }

  if (sim->state != NULL)
    {
      sim->policy->destroy(sim->state);
    }

  free(sim->brief.item);
  free(sim->lasting.item);
  free(sim->ring);
}

bool trace_run(const struct trace_s *trace, const struct policy_s *policy,
               struct trace_result_s *result)
{
  struct sim_s sim;
  uint64_t count;
  bool ok;

  memset(&sim, 0, sizeof(sim));
  sim.trace = trace;
  sim.policy = policy;
  ok = sim_init(&sim);
  if (ok)
    {
      sim_fill(&sim);
      count = (uint64_t)(sim_lifetime(&sim) * trace->warmup);
      while (count-- > 0)
        {
          sim_step(&sim);
        }

      sim.result = result;
      count = (uint64_t)(sim_lifetime(&sim) * trace->measure);
      while (count-- > 0)
        {
          sim_step(&sim);
        }
    }

  sim_fini(&sim);
  return ok;
}
