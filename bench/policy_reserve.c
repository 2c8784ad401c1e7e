/* bench/policy_reserve.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Two-ended first fit with reserved room for small extents.
 *
 * Small extents (up to 4 granules) go to the lowest place in granules that
 * are reserved for them.  When there is none, up to 24 granules (one
 * Ethernet frame) of the lowest free run are reserved.  When a small one is
 * freed and the reserved free run around it has grown to 24 granules, that
 * run returns to general use.  Holes between small extents are thus never
 * cut up by frames, and frames leave holes of the length that reservations
 * need.  There are no slab headers: two bitmaps are the whole state.
 *
 * The "spare" variant looks at the first few runs that fit and prefers one
 * whose use costs no place for a jumbo frame (141 granules).
 */

#include <stdlib.h>

#include "policy.h"
#include "runmap.h"

#define SMALL_MAX  4u
#define RESERVE    24u
#define LARGE      32u
#define JUMBO      141u
#define HORIZON    1024u                /* No run is followed further */

struct reserve_s
{
  struct runmap_s map;          /* Free and not reserved */
  struct runmap_s room;         /* Free and reserved for small extents */
  uint32_t tries;               /* Runs looked at; 1 is first fit */
};

void *reserve_create(const struct policy_s *policy, uint32_t ngranules)
{
  struct reserve_s *res = calloc(1, sizeof(*res));

  if (res == NULL)
    {
      return NULL;
    }

  res->tries = policy->arg;
  if (!runmap_init(&res->map, ngranules) ||
      !runmap_init(&res->room, ngranules))
    {
      reserve_destroy(res);
      return NULL;
    }

  runmap_take(&res->room, 0, ngranules);
  return res;
}

void reserve_destroy(void *state)
{
  struct reserve_s *res = state;

  runmap_fini(&res->map);
  runmap_fini(&res->room);
  free(res);
}

/* The lowest general place for n, or the lowest of the first few that costs
 * no jumbo place.
 */

static int64_t reserve_lowest(const struct reserve_s *res, uint32_t n)
{
  int64_t first = runmap_lowest(&res->map, n);
  int64_t at = first;
  uint32_t i;

  for (i = 1; i < res->tries && at >= 0; i++)
    {
      uint32_t len = runmap_after(&res->map, (uint32_t)at, HORIZON);

      if (len / JUMBO == (len - n) / JUMBO)
        {
          return at;
        }

      at = runmap_lowest_from(&res->map, (uint32_t)at + len, n);
    }

  return first;
}

static intptr_t reserve_small(struct reserve_s *res, uint32_t n)
{
  int64_t at = runmap_lowest(&res->room, n);

  if (at < 0)
    {
      uint32_t len;

      at = reserve_lowest(res, n);
      if (at < 0)
        {
          return POLICY_NONE;
        }

      len = runmap_after(&res->map, (uint32_t)at, RESERVE);
      len = len > RESERVE ? RESERVE : len;
      runmap_take(&res->map, (uint32_t)at, len);
      runmap_give(&res->room, (uint32_t)at, len);
    }

  runmap_take(&res->room, (uint32_t)at, n);
  return (intptr_t)at;
}

intptr_t reserve_alloc(void *state, uint32_t n)
{
  struct reserve_s *res = state;
  int64_t at;

  if (n <= SMALL_MAX)
    {
      return reserve_small(res, n);
    }

  at = n >= LARGE ? runmap_highest(&res->map, n) : reserve_lowest(res, n);
  if (at < 0)
    {
      return POLICY_NONE;
    }

  runmap_take(&res->map, (uint32_t)at, n);
  return (intptr_t)at;
}

void reserve_free(void *state, intptr_t handle, uint32_t n)
{
  struct reserve_s *res = state;
  uint32_t start = (uint32_t)handle;
  uint32_t before;
  uint32_t len;

  if (n > SMALL_MAX)
    {
      runmap_give(&res->map, start, n);
      return;
    }

  runmap_give(&res->room, start, n);
  before = runmap_before(&res->room, start, HORIZON);
  len = before + runmap_after(&res->room, start, HORIZON);
  if (len >= RESERVE)
    {
      runmap_take(&res->room, start - before, len);
      runmap_give(&res->map, start - before, len);
    }
}
