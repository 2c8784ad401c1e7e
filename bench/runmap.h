/* bench/runmap.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A bitmap of busy granules with a tree of run lengths above it.  Each node
 * knows, for its part of the arena, the free run at its left edge, the one
 * at its right edge and the longest one, so that the lowest or the highest
 * run of n free granules is found in as many steps as the tree has levels.
 * It is exact: the answers are those of a plain scan of the bitmap.  The
 * simulator uses it so that a 64 MiB arena is replayed in seconds.
 */

#ifndef BENCH_RUNMAP_H
#define BENCH_RUNMAP_H

#include <stdbool.h>
#include <stdint.h>

struct run_node_s
{
  uint32_t left;                /* Free run at the lower edge */
  uint32_t right;               /* Free run at the upper edge */
  uint32_t longest;             /* Longest free run inside */
  uint32_t inword;              /* Longest that crosses no word boundary */
};

struct runmap_s
{
  uint32_t nbits;               /* Granules of the arena */
  uint32_t nwords;              /* Leaves, a power of two */
  uint64_t *free;               /* One bit per granule, set when free */
  struct run_node_s *node;      /* Root at 1, children of i at 2i, 2i+1 */
};

/* Everything free.  False when out of memory. */

bool runmap_init(struct runmap_s *map, uint32_t nbits);
void runmap_fini(struct runmap_s *map);

/* Mark n granules busy or free; asserts that they were the opposite. */

void runmap_take(struct runmap_s *map, uint32_t start, uint32_t n);
void runmap_give(struct runmap_s *map, uint32_t start, uint32_t n);

/* Start of the lowest (highest) place for n granules, or -1. */

int64_t runmap_lowest(const struct runmap_s *map, uint32_t n);
int64_t runmap_highest(const struct runmap_s *map, uint32_t n);

/* The lowest place that starts at or above `from`, or -1. */

int64_t runmap_lowest_from(const struct runmap_s *map, uint32_t from,
                           uint32_t n);

/* The lowest place that lies inside one 64-granule word, or -1. */

int64_t runmap_lowest_inword(const struct runmap_s *map, uint32_t n);

/* Length of the free run that starts at (that ends just below) `at`; more
 * than `limit` is not looked for, but may be returned.
 */

uint32_t runmap_after(const struct runmap_s *map, uint32_t at,
                      uint32_t limit);
uint32_t runmap_before(const struct runmap_s *map, uint32_t at,
                       uint32_t limit);

#endif /* BENCH_RUNMAP_H */
