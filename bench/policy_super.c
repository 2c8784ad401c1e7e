/* bench/policy_super.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Superblocks: the arena is cut into blocks of 64 granules, each with one
 * 64-bit mask.  Extents of up to 32 granules lie inside one block, the
 * lowest that has room; longer ones start at a block boundary in a run of
 * empty blocks, the highest there is, and leave the rest of their last block
 * to short extents.
 */

#include <stdlib.h>

#include "policy.h"
#include "runmap.h"

#define BLOCK 64u
#define INSIDE_MAX 32u

struct super_s
{
  struct runmap_s map;          /* Granules */
  struct runmap_s empty;        /* Blocks: a bit is set while empty */
};

void *super_create(const struct policy_s *policy, uint32_t ngranules)
{
  struct super_s *super = calloc(1, sizeof(*super));

  (void)policy;
  if (super == NULL)
    {
      return NULL;
    }

  if (!runmap_init(&super->map, ngranules) ||
      !runmap_init(&super->empty, ngranules / BLOCK))
    {
      super_destroy(super);
      return NULL;
    }

  return super;
}

void super_destroy(void *state)
{
  struct super_s *super = state;

  runmap_fini(&super->map);
  runmap_fini(&super->empty);
  free(super);
}

/* Bring the map of empty blocks up to date for the blocks of an extent. */

static void super_refresh(struct super_s *super, uint32_t start, uint32_t n)
{
  uint32_t i;

  for (i = start / BLOCK; i <= (start + n - 1) / BLOCK; i++)
    {
      bool was = super->empty.free[i / 64] >> (i % 64) & 1;
      bool is = ~super->map.free[i] == 0;

      if (was && !is)
        {
          runmap_take(&super->empty, i, 1);
        }
      else if (!was && is)
        {
          runmap_give(&super->empty, i, 1);
        }
    }
}

void super_free(void *state, intptr_t handle, uint32_t n)
{
  struct super_s *super = state;

  runmap_give(&super->map, (uint32_t)handle, n);
  super_refresh(super, (uint32_t)handle, n);
}

intptr_t super_alloc(void *state, uint32_t n)
{
  struct super_s *super = state;
  int64_t start;

  if (n <= INSIDE_MAX)
    {
      start = runmap_lowest_inword(&super->map, n);
    }
  else
    {
      start = runmap_highest(&super->empty, (n + BLOCK - 1) / BLOCK);
      start = start < 0 ? start : start * BLOCK;
    }

  if (start < 0)
    {
      return POLICY_NONE;
    }

  runmap_take(&super->map, (uint32_t)start, n);
  super_refresh(super, (uint32_t)start, n);
  return (intptr_t)start;
}
