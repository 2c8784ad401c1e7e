/* bench/policy.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What every placement policy of the simulator looks like.  A policy divides
 * an arena of numbered granules (64 bytes each in the real allocator) into
 * extents, which are runs of contiguous granules.  It owns no memory of the
 * arena: it only decides where an extent goes.  The real allocator is driven
 * by the same traces through the same table, so a handle is an integer wide
 * enough for a pointer; for a simulated policy it is the first granule.
 */

#ifndef BENCH_POLICY_H
#define BENCH_POLICY_H

#include <stddef.h>
#include <stdint.h>

#define POLICY_NONE (-1)

struct policy_s
{
  const char *name;                       /* Short, for tables and JSON */
  const char *what;                       /* One line for --help */
  uint32_t arg;                           /* Threshold, in granules, if any */
  uint32_t standing;                      /* Granules in use from the start */

  /* Make an empty arena of n granules; NULL when out of memory. */

  void *(*create)(const struct policy_s *policy, uint32_t ngranules);

  /* Place n granules: a handle, or POLICY_NONE. */

  intptr_t (*alloc)(void *state, uint32_t n);

  /* Take back exactly what alloc() gave. */

  void (*free)(void *state, intptr_t handle, uint32_t n);
  void (*destroy)(void *state);
};

/* The table of all policies, ended by an entry without a name. */

extern const struct policy_s g_policies[];

/* The entry of that name, or NULL. */

const struct policy_s *policy_find(const char *name);

/* The cache of policy_cache.c holds at most this many freed extents, each of
 * at most `arg` granules.
 */

#define CACHE_NENTRIES 32

/* Constructors, one per source file.  See policy_table.c for the variants. */

void *fit_create(const struct policy_s *policy, uint32_t ngranules);
void fit_destroy(void *state);
void fit_free(void *state, intptr_t handle, uint32_t n);
intptr_t fit_alloc_first(void *state, uint32_t n);
intptr_t fit_alloc_twoended(void *state, uint32_t n);
intptr_t fit_alloc_threezone(void *state, uint32_t n);

void *best_create(const struct policy_s *policy, uint32_t ngranules);
void best_destroy(void *state);
void best_free(void *state, intptr_t handle, uint32_t n);
intptr_t best_alloc(void *state, uint32_t n);
intptr_t best_alloc_twoended(void *state, uint32_t n);

void *seg_create(const struct policy_s *policy, uint32_t ngranules);
void seg_destroy(void *state);
void seg_free(void *state, intptr_t handle, uint32_t n);
intptr_t seg_alloc(void *state, uint32_t n);

void *buddy_create(const struct policy_s *policy, uint32_t ngranules);
void buddy_destroy(void *state);
void buddy_free(void *state, intptr_t handle, uint32_t n);
intptr_t buddy_alloc(void *state, uint32_t n);

void *super_create(const struct policy_s *policy, uint32_t ngranules);
void super_destroy(void *state);
void super_free(void *state, intptr_t handle, uint32_t n);
intptr_t super_alloc(void *state, uint32_t n);

void *slab_create(const struct policy_s *policy, uint32_t ngranules);
void slab_destroy(void *state);
void slab_free(void *state, intptr_t handle, uint32_t n);
intptr_t slab_alloc(void *state, uint32_t n);

void *reserve_create(const struct policy_s *policy, uint32_t ngranules);
void reserve_destroy(void *state);
void reserve_free(void *state, intptr_t handle, uint32_t n);
intptr_t reserve_alloc(void *state, uint32_t n);

void *cache_create(const struct policy_s *policy, uint32_t ngranules);
void cache_destroy(void *state);
void cache_free(void *state, intptr_t handle, uint32_t n);
intptr_t cache_alloc(void *state, uint32_t n);

#endif /* BENCH_POLICY_H */
