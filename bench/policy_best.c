/* bench/policy_best.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Best fit, alone and for the short extents of a two-ended arena.  Lengths
 * up to 1022 granules have a list each, so the best fit is exact; longer
 * runs share one list, which is searched.
 */

#include <stdlib.h>

#include "freeruns.h"
#include "policy.h"
#include "runmap.h"

struct best_s
{
  struct freeruns_s runs;
  struct runmap_s map;          /* Only for the two-ended variant */
  uint32_t large;
};

static uint32_t best_class(uint32_t len)
{
  return len < FREERUNS_NCLASSES ? len : FREERUNS_NCLASSES - 1;
}

void *best_create(const struct policy_s *policy, uint32_t ngranules)
{
  struct best_s *best = calloc(1, sizeof(*best));

  if (best == NULL)
    {
      return NULL;
    }

  best->large = policy->arg;
  if (!freeruns_init(&best->runs, ngranules, best_class))
    {
      free(best);
      return NULL;
    }

  if (best->large > 0 && !runmap_init(&best->map, ngranules))
    {
      freeruns_fini(&best->runs);
      free(best);
      return NULL;
    }

  return best;
}

void best_destroy(void *state)
{
  struct best_s *best = state;

  freeruns_fini(&best->runs);
  if (best->large > 0)
    {
      runmap_fini(&best->map);
    }

  free(best);
}

void best_free(void *state, intptr_t handle, uint32_t n)
{
  struct best_s *best = state;

  freeruns_give(&best->runs, (uint32_t)handle, n);
  if (best->large > 0)
    {
      runmap_give(&best->map, (uint32_t)handle, n);
    }
}

/* The smallest run that holds n, or -1. */

static int64_t best_find(const struct freeruns_s *runs, uint32_t n)
{
  uint32_t class = freeruns_class(runs, best_class(n));
  int32_t found = -1;
  int32_t i;

  if (class == FREERUNS_NCLASSES)
    {
      return -1;
    }

  if (class < FREERUNS_NCLASSES - 1)
    {
      return runs->head[class];
    }

  for (i = runs->head[class]; i >= 0; i = runs->next[i])
    {
      if (runs->len_at[i] >= n &&
          (found < 0 || runs->len_at[i] < runs->len_at[found]))
        {
          found = i;
        }
    }

  return found;
}

intptr_t best_alloc(void *state, uint32_t n)
{
  struct best_s *best = state;
  int64_t start = best_find(&best->runs, n);

  if (start < 0)
    {
      return POLICY_NONE;
    }

  freeruns_carve(&best->runs, (uint32_t)start, (uint32_t)start, n);
  return (intptr_t)start;
}

intptr_t best_alloc_twoended(void *state, uint32_t n)
{
  struct best_s *best = state;
  int64_t start;
  int64_t run;

  if (n >= best->large)
    {
      start = runmap_highest(&best->map, n);
      if (start < 0)
        {
          return POLICY_NONE;
        }

      /* The highest place ends where its free run ends. */

      run = start + n - best->runs.len_to[start + n];
    }
  else
    {
      run = start = best_find(&best->runs, n);
      if (start < 0)
        {
          return POLICY_NONE;
        }
    }

  freeruns_carve(&best->runs, (uint32_t)run, (uint32_t)start, n);
  runmap_take(&best->map, (uint32_t)start, n);
  return (intptr_t)start;
}
