/* bench/policy_slab.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Two-ended first fit whose small extents (up to 4 granules) live in slabs
 * of 24 granules, the length of an Ethernet frame, so that the holes left by
 * slabs and by frames serve each other.  A small extent goes to the fullest
 * slab that has room.
 */

#include <assert.h>
#include <stdlib.h>

#include "policy.h"
#include "runmap.h"

#define SLAB      24u
#define SLAB_FULL ((1u << SLAB) - 1)
#define SMALL_MAX 4u

struct slab_s
{
  struct runmap_s map;
  uint32_t large;
  uint32_t *mask;               /* Busy bits of the slab that starts here */
  uint32_t *owner;              /* Start of the slab that owns the granule */
  int32_t *next;
  int32_t *prev;
  int32_t head[SLAB + 1];       /* Slabs by number of busy granules */
};

void *slab_create(const struct policy_s *policy, uint32_t ngranules)
{
  struct slab_s *slab = calloc(1, sizeof(*slab));
  uint32_t i;

  if (slab == NULL)
    {
      return NULL;
    }

  slab->large = policy->arg;
  slab->mask = calloc(ngranules, sizeof(slab->mask[0]));
  slab->owner = calloc(ngranules, sizeof(slab->owner[0]));
  slab->next = calloc(ngranules, sizeof(slab->next[0]));
  slab->prev = calloc(ngranules, sizeof(slab->prev[0]));
  for (i = 0; i <= SLAB; i++)
    {
      slab->head[i] = -1;
    }

  if (!runmap_init(&slab->map, ngranules) || slab->mask == NULL ||
      slab->owner == NULL || slab->next == NULL || slab->prev == NULL)
    {
      slab_destroy(slab);
      return NULL;
    }

  return slab;
}

void slab_destroy(void *state)
{
  struct slab_s *slab = state;

  runmap_fini(&slab->map);
  free(slab->mask);
  free(slab->owner);
  free(slab->next);
  free(slab->prev);
  free(slab);
}

static void slab_link(struct slab_s *slab, uint32_t at)
{
  int32_t *head = &slab->head[__builtin_popcount(slab->mask[at])];

  slab->next[at] = *head;
  slab->prev[at] = -1;
  if (*head >= 0)
    {
      slab->prev[*head] = (int32_t)at;
    }

  *head = (int32_t)at;
}

static void slab_unlink(struct slab_s *slab, uint32_t at)
{
  int32_t next = slab->next[at];
  int32_t prev = slab->prev[at];

  if (next >= 0)
    {
      slab->prev[next] = prev;
    }

  if (prev >= 0)
    {
      slab->next[prev] = next;
    }
  else
    {
      slab->head[__builtin_popcount(slab->mask[at])] = next;
    }
}

/* Position of n free granules in a slab, or SLAB. */

static uint32_t slab_room(uint32_t mask, uint32_t n)
{
  uint32_t room = ~mask & SLAB_FULL;
  uint32_t i;

  for (i = 1; i < n; i++)
    {
      room &= room >> 1;
    }

  return room == 0 ? SLAB : (uint32_t)__builtin_ctz(room);
}

/* The fullest slab with room, else a new one, else -1. */

static int32_t slab_pick(struct slab_s *slab, uint32_t n)
{
  int64_t start;
  uint32_t busy;
  uint32_t i;

  for (busy = SLAB - n + 1; busy-- > 1; )
    {
      int32_t at = slab->head[busy];

      for (; at >= 0; at = slab->next[at])
        {
          if (slab_room(slab->mask[at], n) < SLAB)
            {
              slab_unlink(slab, (uint32_t)at);
              return at;
            }
        }
    }

  start = runmap_lowest(&slab->map, SLAB);
  if (start < 0)
    {
      return -1;
    }

  runmap_take(&slab->map, (uint32_t)start, SLAB);
  slab->mask[start] = 0;
  for (i = 0; i < SLAB; i++)
    {
      slab->owner[start + i] = (uint32_t)start;
    }

  return (int32_t)start;
}

intptr_t slab_alloc(void *state, uint32_t n)
{
  struct slab_s *slab = state;
  int64_t start;
  uint32_t pos;
  int32_t at;

  if (n > SMALL_MAX)
    {
      start = n >= slab->large ? runmap_highest(&slab->map, n) :
              runmap_lowest(&slab->map, n);
      if (start >= 0)
        {
          runmap_take(&slab->map, (uint32_t)start, n);
        }

      return (intptr_t)start;
    }

  at = slab_pick(slab, n);
  if (at < 0)
    {
      return POLICY_NONE;
    }

  pos = slab_room(slab->mask[at], n);
  slab->mask[at] |= ((1u << n) - 1) << pos;
  slab_link(slab, (uint32_t)at);
  return (intptr_t)at + pos;
}

void slab_free(void *state, intptr_t handle, uint32_t n)
{
  struct slab_s *slab = state;
  uint32_t bits;
  uint32_t at;

  if (n > SMALL_MAX)
    {
      runmap_give(&slab->map, (uint32_t)handle, n);
      return;
    }

  at = slab->owner[handle];
  bits = ((1u << n) - 1) << ((uint32_t)handle - at);
  assert((slab->mask[at] & bits) == bits);
  slab_unlink(slab, at);
  slab->mask[at] &= ~bits;
  if (slab->mask[at] == 0)
    {
      runmap_give(&slab->map, at, SLAB);
    }
  else
    {
      slab_link(slab, at);
    }
}
