/* bench/replay.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Times a placement policy on the traffic of the simulator.  The trace is
 * recorded once, through a policy that only takes notes, and then replayed:
 * neither the random numbers nor the bookkeeping of the simulator are timed.
 * An allocation that fails is skipped, with its free.
 */

#include <stdlib.h>
#include <string.h>

#include "timing.h"
#include "trace.h"

#define NREQUESTS 27000.0       /* Requests of a trace after the filling */
#define REFERENCE 34000.0       /* In a lifetime of a 4 MiB arena at 50 % */

struct replay_op_s
{
  uint32_t slot;
  uint16_t n;
  bool isfree;
};

/* The policy that takes notes: handles are slots, used again last in first
 * out.  There is one recording at a time.
 */

struct recorder_s
{
  struct replay_s *replay;
  uint32_t *stack;
  uint32_t nstack;
};

static struct replay_s *g_recording;

static void *record_create(const struct policy_s *policy, uint32_t ngranules)
{
  struct recorder_s *rec = calloc(1, sizeof(*rec));

  (void)policy;
  if (rec == NULL)
    {
      return NULL;
    }

  rec->replay = g_recording;
  rec->stack = calloc(ngranules, sizeof(rec->stack[0]));
  if (rec->stack == NULL)
    {
      free(rec);
      return NULL;
    }

  return rec;
}

static void record_destroy(void *state)
{
  struct recorder_s *rec = state;

  free(rec->stack);
  free(rec);
}

static void record_op(struct replay_s *replay, uint32_t slot, uint32_t n,
                      bool isfree)
{
  struct replay_op_s *op = replay->op;

  if (replay->nops == replay->capacity)
    {
      replay->capacity = replay->capacity * 2 + 1024;
      op = realloc(op, replay->capacity * sizeof(*op));
      if (op == NULL)
        {
          replay->failed = true;
          replay->nops = 0;
          replay->capacity /= 2;
          return;
        }

      replay->op = op;
    }

  op[replay->nops].slot = slot;
  op[replay->nops].n = (uint16_t)n;
  op[replay->nops].isfree = isfree;
  replay->nops++;
}

static intptr_t record_alloc(void *state, uint32_t n)
{
  struct recorder_s *rec = state;
  uint32_t slot = rec->nstack > 0 ? rec->stack[--rec->nstack] :
                  rec->replay->nslots++;

  record_op(rec->replay, slot, n, false);
  return (intptr_t)slot;
}

static void record_free(void *state, intptr_t handle, uint32_t n)
{
  struct recorder_s *rec = state;

  record_op(rec->replay, (uint32_t)handle, n, true);
  rec->stack[rec->nstack++] = (uint32_t)handle;
}

bool replay_record(struct replay_s *replay, uint32_t ngranules,
                   uint32_t load)
{
  static const struct policy_s recorder =
  {
    "record", NULL, 0, 0, record_create, record_alloc, record_free,
    record_destroy
  };

  struct trace_result_s result;
  struct trace_s trace;
  uint32_t i;

  memset(replay, 0, sizeof(*replay));
  memset(&result, 0, sizeof(result));
  memset(&trace, 0, sizeof(trace));
  trace.ngranules = ngranules;
  trace.load = load;
  trace.seed = 1;
  trace.measure = NREQUESTS / REFERENCE * 65536.0 / ngranules * 50.0 / load;
  g_recording = replay;
  if (!trace_run(&trace, &recorder, &result) || replay->failed)
    {
      return false;
    }

  /* The steady part begins with the first free, and ends before the first of
   * the frees of everything.
   */

  for (i = 0; i < replay->nops && !replay->op[i].isfree; i++)
    {
    }

  replay->first = i;
  for (i = replay->nops; i > 0 && replay->op[i - 1].isfree; i--)
    {
    }

  replay->last = i;
  replay->slot = calloc(replay->nslots, sizeof(replay->slot[0]));
  return replay->slot != NULL;
}

void replay_fini(struct replay_s *replay)
{
  free(replay->op);
  free(replay->slot);
  memset(replay, 0, sizeof(*replay));
}

static void replay_ops(struct replay_s *replay,
                       const struct policy_s *policy, void *state,
                       uint32_t from, uint32_t to)
{
  uint32_t i;

  for (i = from; i < to; i++)
    {
      const struct replay_op_s *op = &replay->op[i];
      intptr_t *slot = &replay->slot[op->slot];

      if (!op->isfree)
        {
          *slot = policy->alloc(state, op->n);
        }
      else if (*slot != POLICY_NONE)
        {
          policy->free(state, *slot, op->n);
        }
    }
}

bool replay_run(struct replay_s *replay, const struct policy_s *policy,
                uint32_t ngranules, struct timing_s *timing)
{
  static struct samples_s samples;
  uint32_t half = replay->first + (replay->last - replay->first) / 2;
  void *state = policy->create(policy, ngranules);
  uint32_t i;

  if (state == NULL)
    {
      return false;
    }

  replay_ops(replay, policy, state, 0, replay->first);
  samples.count = 0;
  for (i = replay->first; i + BATCH <= half; i += BATCH)
    {
      uint64_t start = timing_now();

      replay_ops(replay, policy, state, i, i + BATCH);
      samples_add(&samples, (double)(timing_now() - start) / BATCH);
    }

  timing->median = samples_quantile(&samples, 0.5);
  samples.count = 0;
  for (; i < replay->last; i++)
    {
      uint64_t start = timing_now();

      replay_ops(replay, policy, state, i, i + 1);
      samples_add(&samples, (double)(timing_now() - start));
    }

  timing->p99 = samples_quantile(&samples, 0.99);
  timing->worst = samples_quantile(&samples, 1.0);
  replay_ops(replay, policy, state, replay->last, replay->nops);
  policy->destroy(state);
  return true;
}

static void *malloc_create(const struct policy_s *policy, uint32_t ngranules)
{
  static char state;

  (void)policy;
  (void)ngranules;
  return &state;
}

static intptr_t malloc_alloc(void *state, uint32_t n)
{
  void *p = malloc((size_t)n * GRANULE);

  (void)state;
  return p != NULL ? (intptr_t)p : POLICY_NONE;
}

static void malloc_free(void *state, intptr_t handle, uint32_t n)
{
  (void)state;
  (void)n;
  free((void *)handle);
}

static void malloc_destroy(void *state)
{
  (void)state;
}

const struct policy_s g_policy_malloc =
{
  "malloc", "the C library", 0, 0, malloc_create, malloc_alloc, malloc_free,
  malloc_destroy
};
