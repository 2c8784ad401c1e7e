/* bench/policy_buddy.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Binary buddies: every extent is rounded up to a power of two of granules
 * and lies at a multiple of its size.  141 granules take 256.  The load of
 * the traces counts the granules asked for, as for every other policy.
 */

#include <stdlib.h>

#include "policy.h"
#include "runmap.h"

#define NORDERS 24

struct buddy_s
{
  uint32_t n;
  uint8_t *order_at;            /* 1 + order of the free block here, or 0 */
  int32_t *next;
  int32_t *prev;
  int32_t head[NORDERS];
};

static void buddy_insert(struct buddy_s *buddy, uint32_t at, uint32_t order)
{
  int32_t head = buddy->head[order];

  buddy->order_at[at] = (uint8_t)(order + 1);
  buddy->next[at] = head;
  buddy->prev[at] = -1;
  if (head >= 0)
    {
      buddy->prev[head] = (int32_t)at;
    }

  buddy->head[order] = (int32_t)at;
}

static void buddy_remove(struct buddy_s *buddy, uint32_t at, uint32_t order)
{
  int32_t next = buddy->next[at];
  int32_t prev = buddy->prev[at];

  buddy->order_at[at] = 0;
  if (next >= 0)
    {
      buddy->prev[next] = prev;
    }

  if (prev >= 0)
    {
      buddy->next[prev] = next;
    }
  else
    {
      buddy->head[order] = next;
    }
}

void *buddy_create(const struct policy_s *policy, uint32_t ngranules)
{
  struct buddy_s *buddy = calloc(1, sizeof(*buddy));
  uint32_t order;
  uint32_t at = 0;

  (void)policy;
  if (buddy == NULL)
    {
      return NULL;
    }

  buddy->n = ngranules;
  buddy->order_at = calloc(ngranules, sizeof(buddy->order_at[0]));
  buddy->next = calloc(ngranules, sizeof(buddy->next[0]));
  buddy->prev = calloc(ngranules, sizeof(buddy->prev[0]));
  if (buddy->order_at == NULL || buddy->next == NULL || buddy->prev == NULL)
    {
      buddy_destroy(buddy);
      return NULL;
    }

  for (order = 0; order < NORDERS; order++)
    {
      buddy->head[order] = -1;
    }

  for (order = NORDERS; order-- > 0; )
    {
      while (ngranules - at >= 1u << order)
        {
          buddy_insert(buddy, at, order);
          at += 1u << order;
        }
    }

  return buddy;
}

void buddy_destroy(void *state)
{
  struct buddy_s *buddy = state;

  free(buddy->order_at);
  free(buddy->next);
  free(buddy->prev);
  free(buddy);
}

static uint32_t buddy_order(uint32_t n)
{
  return n <= 1 ? 0 : 32 - (uint32_t)__builtin_clz(n - 1);
}

intptr_t buddy_alloc(void *state, uint32_t n)
{
  struct buddy_s *buddy = state;
  uint32_t want = buddy_order(n);
  uint32_t order = want;
  uint32_t at;

  while (order < NORDERS && buddy->head[order] < 0)
    {
      order++;
    }

  if (order == NORDERS)
    {
      return POLICY_NONE;
    }

  at = (uint32_t)buddy->head[order];
  buddy_remove(buddy, at, order);
  while (order > want)
    {
      order--;
      buddy_insert(buddy, at + (1u << order), order);
    }

  return (intptr_t)at;
}

void buddy_free(void *state, intptr_t handle, uint32_t n)
{
  struct buddy_s *buddy = state;
  uint32_t order = buddy_order(n);
  uint32_t at = (uint32_t)handle;

  while (order + 1 < NORDERS)
    {
      uint32_t other = at ^ (1u << order);

      if (other >= buddy->n || buddy->order_at[other] != order + 1)
        {
          break;
        }

      buddy_remove(buddy, other, order);
      at &= ~(1u << order);
      order++;
    }

  buddy_insert(buddy, at, order);
}
