/* bench/policy_fit.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Address-ordered policies: plain first fit, two-ended first fit (extents of
 * at least `arg` granules go down from the top, shorter ones up from the
 * bottom), and three zones, where extents between 5 and `arg` granules start
 * at a pivot in the middle.
 */

#include <stdlib.h>

#include "policy.h"
#include "runmap.h"

#define SMALL_MAX 4

struct fit_s
{
  struct runmap_s map;
  uint32_t large;               /* At least this long: from the top */
};

void *fit_create(const struct policy_s *policy, uint32_t ngranules)
{
  struct fit_s *fit = calloc(1, sizeof(*fit));

  if (fit != NULL && !runmap_init(&fit->map, ngranules))
    {
      free(fit);
      fit = NULL;
    }

  if (fit != NULL)
    {
      fit->large = policy->arg;
    }

  return fit;
}

void fit_destroy(void *state)
{
  struct fit_s *fit = state;

  runmap_fini(&fit->map);
  free(fit);
}

void fit_free(void *state, intptr_t handle, uint32_t n)
{
  struct fit_s *fit = state;

  runmap_give(&fit->map, (uint32_t)handle, n);
}

static intptr_t fit_take(struct fit_s *fit, int64_t start, uint32_t n)
{
  if (start < 0)
    {
      return POLICY_NONE;
    }

  runmap_take(&fit->map, (uint32_t)start, n);
  return (intptr_t)start;
}

intptr_t fit_alloc_first(void *state, uint32_t n)
{
  struct fit_s *fit = state;

  return fit_take(fit, runmap_lowest(&fit->map, n), n);
}

intptr_t fit_alloc_twoended(void *state, uint32_t n)
{
  struct fit_s *fit = state;

  return fit_take(fit, n >= fit->large ? runmap_highest(&fit->map, n) :
                       runmap_lowest(&fit->map, n), n);
}

intptr_t fit_alloc_threezone(void *state, uint32_t n)
{
  struct fit_s *fit = state;
  int64_t start = -1;

  if (n > SMALL_MAX && n < fit->large)
    {
      start = runmap_lowest_from(&fit->map, fit->map.nbits / 3, n);
    }

  if (start >= 0)
    {
      return fit_take(fit, start, n);
    }

  return fit_alloc_twoended(state, n);
}
