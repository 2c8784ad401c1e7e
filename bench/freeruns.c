/* bench/freeruns.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * See freeruns.h.  Within a class the run freed last is found first.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "freeruns.h"

static void freeruns_insert(struct freeruns_s *runs, uint32_t start,
                            uint32_t len)
{
  uint32_t class = runs->class_of(len);
  int32_t head = runs->head[class];

  runs->len_at[start] = len;
  runs->len_to[start + len] = len;
  runs->next[start] = head;
  runs->prev[start] = -1;
  if (head >= 0)
    {
      runs->prev[head] = (int32_t)start;
    }

  runs->head[class] = (int32_t)start;
  runs->used[class / 64] |= 1ull << (class % 64);
}

static void freeruns_remove(struct freeruns_s *runs, uint32_t start)
{
  uint32_t len = runs->len_at[start];
  uint32_t class = runs->class_of(len);
  int32_t next = runs->next[start];
  int32_t prev = runs->prev[start];

  assert(len > 0);
  runs->len_at[start] = 0;
  runs->len_to[start + len] = 0;
  if (next >= 0)
    {
      runs->prev[next] = prev;
    }

  if (prev >= 0)
    {
      runs->next[prev] = next;
      return;
    }

  runs->head[class] = next;
  if (next < 0)
    {
      runs->used[class / 64] &= ~(1ull << (class % 64));
    }
}

bool freeruns_init(struct freeruns_s *runs, uint32_t n,
                   uint32_t (*class_of)(uint32_t len))
{
  size_t count = (size_t)n + 1;

  memset(runs, 0, sizeof(*runs));
  memset(runs->head, 0xff, sizeof(runs->head));
  runs->n = n;
  runs->class_of = class_of;
  runs->len_at = calloc(count, sizeof(runs->len_at[0]));
  runs->len_to = calloc(count, sizeof(runs->len_to[0]));
  runs->next = calloc(count, sizeof(runs->next[0]));
  runs->prev = calloc(count, sizeof(runs->prev[0]));
  if (runs->len_at == NULL || runs->len_to == NULL || runs->next == NULL ||
      runs->prev == NULL)
    {
      freeruns_fini(runs);
      return false;
    }

  freeruns_insert(runs, 0, n);
  return true;
}

void freeruns_fini(struct freeruns_s *runs)
{
  free(runs->len_at);
  free(runs->len_to);
  free(runs->next);
  free(runs->prev);
  memset(runs, 0, sizeof(*runs));
}

uint32_t freeruns_class(const struct freeruns_s *runs, uint32_t from)
{
  uint32_t i = from / 64;
  uint64_t word;

  if (from >= FREERUNS_NCLASSES)
    {
      return FREERUNS_NCLASSES;
    }

  word = runs->used[i] & (~0ull << (from % 64));
  while (word == 0 && ++i < FREERUNS_NCLASSES / 64)
    {
      word = runs->used[i];
    }

  return word == 0 ? FREERUNS_NCLASSES :
         i * 64 + (uint32_t)__builtin_ctzll(word);
}

void freeruns_carve(struct freeruns_s *runs, uint32_t run, uint32_t start,
                    uint32_t n)
{
  uint32_t end = run + runs->len_at[run];

  assert(start >= run && start + n <= end);
  freeruns_remove(runs, run);
  if (start > run)
    {
      freeruns_insert(runs, run, start - run);
    }

  if (start + n < end)
    {
      freeruns_insert(runs, start + n, end - start - n);
    }
}

void freeruns_give(struct freeruns_s *runs, uint32_t start, uint32_t n)
{
  uint32_t end = start + n;
  uint32_t before = runs->len_to[start];

  assert(end <= runs->n);
  if (before > 0)
    {
      start -= before;
      freeruns_remove(runs, start);
    }

  if (end < runs->n && runs->len_at[end] > 0)
    {
      uint32_t after = runs->len_at[end];

      freeruns_remove(runs, end);
      end += after;
    }

  freeruns_insert(runs, start, end - start);
}
