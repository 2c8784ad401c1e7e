/* bench/policy_cache.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A last-in first-out cache of freed extents in front of another policy: the
 * one named after the first "-".  A request takes the youngest cached extent
 * of exactly its length.  When the policy cannot serve a request, everything
 * cached goes back to it and the request is tried again.
 */

#include <stdlib.h>
#include <string.h>

#include "policy.h"

struct cache_entry_s
{
  intptr_t handle;
  uint32_t n;
};

struct cache_s
{
  const struct policy_s *policy;
  void *under;
  uint32_t maxlen;
  uint32_t count;
  struct cache_entry_s entry[CACHE_NENTRIES];
};

void *cache_create(const struct policy_s *policy, uint32_t ngranules)
{
  struct cache_s *cache = calloc(1, sizeof(*cache));

  if (cache == NULL)
    {
      return NULL;
    }

  cache->maxlen = policy->arg;
  cache->policy = policy_find(strchr(policy->name, '-') + 1);
  cache->under = cache->policy->create(cache->policy, ngranules);
  if (cache->under == NULL)
    {
      free(cache);
      return NULL;
    }

  return cache;
}

static void cache_flush(struct cache_s *cache)
{
  while (cache->count > 0)
    {
      struct cache_entry_s *entry = &cache->entry[--cache->count];

      cache->policy->free(cache->under, entry->handle, entry->n);
    }
}

void cache_destroy(void *state)
{
  struct cache_s *cache = state;

  cache_flush(cache);
  cache->policy->destroy(cache->under);
  free(cache);
}

intptr_t cache_alloc(void *state, uint32_t n)
{
  struct cache_s *cache = state;
  intptr_t handle;
  uint32_t i;

  for (i = n <= cache->maxlen ? cache->count : 0; i-- > 0; )
    {
      if (cache->entry[i].n == n)
        {
          handle = cache->entry[i].handle;
          cache->count--;
          memmove(&cache->entry[i], &cache->entry[i + 1],
                  (cache->count - i) * sizeof(cache->entry[0]));
          return handle;
        }
    }

  handle = cache->policy->alloc(cache->under, n);
  if (handle == POLICY_NONE && cache->count > 0)
    {
      cache_flush(cache);
      handle = cache->policy->alloc(cache->under, n);
    }

  return handle;
}

void cache_free(void *state, intptr_t handle, uint32_t n)
{
  struct cache_s *cache = state;

  if (n > cache->maxlen || cache->count == CACHE_NENTRIES)
    {
      cache->policy->free(cache->under, handle, n);
      return;
    }

  cache->entry[cache->count].handle = handle;
  cache->entry[cache->count].n = n;
  cache->count++;
}
