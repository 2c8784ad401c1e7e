/* bench/policy_seg.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Segregated good fit in the manner of two-level allocators: classes of a
 * power of two divided into 2^arg steps; a request is rounded up to the next
 * class so that any run found there fits without a search.  With arg 0 this
 * is half fit.  A run too short for the rounded request is never found even
 * when it would do: the price of constant time.
 */

#include <stdlib.h>

#include "freeruns.h"
#include "policy.h"

struct seg_s
{
  struct freeruns_s runs;
  uint32_t shift;
};

static uint32_t class_floor(uint32_t len, uint32_t shift)
{
  uint32_t log2 = 31 - (uint32_t)__builtin_clz(len);

  if (log2 <= shift)
    {
      return len;
    }

  return ((log2 - shift) << shift) + (len >> (log2 - shift));
}

static uint32_t class_half(uint32_t len)
{
  return class_floor(len, 0);
}

static uint32_t class_tlsf(uint32_t len)
{
  return class_floor(len, 4);
}

void *seg_create(const struct policy_s *policy, uint32_t ngranules)
{
  struct seg_s *seg = calloc(1, sizeof(*seg));

  if (seg == NULL)
    {
      return NULL;
    }

  seg->shift = policy->arg;
  if (!freeruns_init(&seg->runs, ngranules,
                     policy->arg == 0 ? class_half : class_tlsf))
    {
      free(seg);
      return NULL;
    }

  return seg;
}

void seg_destroy(void *state)
{
  struct seg_s *seg = state;

  freeruns_fini(&seg->runs);
  free(seg);
}

void seg_free(void *state, intptr_t handle, uint32_t n)
{
  struct seg_s *seg = state;

  freeruns_give(&seg->runs, (uint32_t)handle, n);
}

intptr_t seg_alloc(void *state, uint32_t n)
{
  struct seg_s *seg = state;
  uint32_t class = seg->runs.class_of(n);
  uint32_t start;

  if (n > 1 && seg->runs.class_of(n - 1) == class)
    {
      class++;
    }

  class = freeruns_class(&seg->runs, class);
  if (class == FREERUNS_NCLASSES)
    {
      return POLICY_NONE;
    }

  start = (uint32_t)seg->runs.head[class];
  freeruns_carve(&seg->runs, start, start, n);
  return (intptr_t)start;
}
