/* bench/policy_table.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * All placement policies, in the order of the printed tables.  `arg` is the
 * length in granules from which an extent counts as long.
 */

#include <string.h>

#include "policy.h"

#define FIT(alloc)  0, fit_create, alloc, fit_free, fit_destroy
#define BEST(alloc) 0, best_create, alloc, best_free, best_destroy
#define SEG         0, seg_create, seg_alloc, seg_free, seg_destroy
#define BUDDY       0, buddy_create, buddy_alloc, buddy_free, buddy_destroy
#define SUPER       0, super_create, super_alloc, super_free, super_destroy
#define SLABS       0, slab_create, slab_alloc, slab_free, slab_destroy
#define RESERVED    0, reserve_create, reserve_alloc, reserve_free, \
                    reserve_destroy
#define CACHE       0, cache_create, cache_alloc, cache_free, cache_destroy

const struct policy_s g_policies[] =
{
  {
    "firstfit", "lowest address that fits", 0, FIT(fit_alloc_first)
  },
  {
    "bestfit", "smallest run that fits", 0, BEST(best_alloc)
  },
  {
    "twoended-2k", "first fit; 2 KB and more from the top", 32,
    FIT(fit_alloc_twoended)
  },
  {
    "twoended-512", "first fit; 512 B and more from the top", 8,
    FIT(fit_alloc_twoended)
  },
  {
    "threezone", "small from the bottom, mid from 1/3, 2 KB from the top",
    32, FIT(fit_alloc_threezone)
  },
  {
    "te-best-2k", "best fit; 2 KB and more first fit from the top", 32,
    BEST(best_alloc_twoended)
  },
  {
    "te-best-512", "best fit; 512 B and more first fit from the top", 8,
    BEST(best_alloc_twoended)
  },
  {
    "te-slab24", "two-ended; up to 256 B packed in slabs of 1536 B", 32,
    SLABS
  },
  {
    "te-reserve", "two-ended; up to 256 B in room reserved by 1536 B", 1,
    RESERVED
  },
  {
    "te-spare", "the same, sparing jumbo places in the first 8 runs", 8,
    RESERVED
  },
  {
    "te-slab24-512", "the same; 512 B and more from the top", 8, SLABS
  },
  {
    "cached32-te-reserve", "te-reserve behind a cache, up to 2 KB", 32, CACHE
  },
  {
    "cached4-te-reserve", "te-reserve behind a cache, up to 256 B", 4, CACHE
  },
  {
    "cached32-twoended-2k", "twoended-2k behind a cache, up to 2 KB", 32,
    CACHE
  },
  {
    "superblock", "64-granule blocks; long ones from the top", 0, SUPER
  },
  {
    "goodfit", "segregated fit, 16 steps per power of two", 4, SEG
  },
  {
    "halffit", "segregated fit, powers of two", 0, SEG
  },
  {
    "buddy", "binary buddies", 0, BUDDY
  },
  {
    NULL, NULL, 0, 0, NULL, NULL, NULL, NULL
  }
};

const struct policy_s *policy_find(const char *name)
{
  const struct policy_s *p;

  for (p = g_policies; p->name != NULL; p++)
    {
      if (strcmp(p->name, name) == 0)
        {
          return p;
        }
    }

  return NULL;
}
