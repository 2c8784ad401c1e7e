/* bench/runmap.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * See runmap.h.  Granules beyond the end of the arena (the tree has a power
 * of two of leaves) are busy for ever.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "runmap.h"

#define WORD_BITS 64u

/* Lowest bit position where n set bits in a row start, or 64. */

static uint32_t word_lowest(uint64_t word, uint32_t n)
{
  uint32_t have = 1;

  while (have < n)
    {
      uint32_t step = n - have < have ? n - have : have;

      word &= word >> step;
      have += step;
    }

  return word == 0 ? WORD_BITS : (uint32_t)__builtin_ctzll(word);
}

/* Highest bit position where n set bits in a row start; there is one. */

static uint32_t word_highest(uint64_t word, uint32_t n)
{
  uint32_t have = 1;

  while (have < n)
    {
      uint32_t step = n - have < have ? n - have : have;

      word &= word >> step;
      have += step;
    }

  return WORD_BITS - 1 - (uint32_t)__builtin_clzll(word);
}

static struct run_node_s word_summary(uint64_t word)
{
  struct run_node_s node;
  uint32_t best = 0;

  if (~word == 0)
    {
      node.left = node.right = node.longest = node.inword = WORD_BITS;
      return node;
    }

  node.left = (uint32_t)__builtin_ctzll(~word);
  node.right = (uint32_t)__builtin_clzll(~word);
  while (word != 0)
    {
      uint32_t run;

      word >>= __builtin_ctzll(word);
      run = (uint32_t)__builtin_ctzll(~word);
      best = run > best ? run : best;
      word >>= run;
    }

  node.longest = best;
  node.inword = best;
  return node;
}

/* Join two neighbours, each of `span` granules. */

static struct run_node_s node_join(const struct run_node_s *a,
                                   const struct run_node_s *b,
                                   uint32_t span)
{
  struct run_node_s node;
  uint32_t across = a->right + b->left;

  node.left = a->left == span ? span + b->left : a->left;
  node.right = b->right == span ? span + a->right : b->right;
  node.longest = a->longest > b->longest ? a->longest : b->longest;
  node.longest = across > node.longest ? across : node.longest;
  node.inword = a->inword > b->inword ? a->inword : b->inword;
  return node;
}

/* Store a node; true if that changed it. */

static bool node_set(struct run_node_s *node, struct run_node_s now)
{
  bool same = node->left == now.left && node->right == now.right &&
              node->longest == now.longest && node->inword == now.inword;

  *node = now;
  return !same;
}

/* Recompute the leaves first..last and what changes above them. */

static void runmap_update(struct runmap_s *map, uint32_t first,
                          uint32_t last)
{
  uint32_t span = WORD_BITS;
  bool changed = false;
  uint32_t i;

  for (i = first; i <= last; i++)
    {
      changed |= node_set(&map->node[map->nwords + i],
                          word_summary(map->free[i]));
    }

  first += map->nwords;
  last += map->nwords;
  while (first > 1 && changed)
    {
      changed = false;
      first /= 2;
      last /= 2;
      for (i = first; i <= last; i++)
        {
          changed |= node_set(&map->node[i],
                              node_join(&map->node[2 * i],
                                        &map->node[2 * i + 1], span));
        }

      span *= 2;
    }
}

bool runmap_init(struct runmap_s *map, uint32_t nbits)
{
  uint32_t i;

  map->nbits = nbits;
  map->nwords = 1;
  while (map->nwords * WORD_BITS < nbits)
    {
      map->nwords *= 2;
    }

  map->free = calloc(map->nwords, sizeof(map->free[0]));
  map->node = calloc(2 * (size_t)map->nwords, sizeof(map->node[0]));
  if (map->free == NULL || map->node == NULL)
    {
      runmap_fini(map);
      return false;
    }

  for (i = 0; i < nbits; i++)
    {
      map->free[i / WORD_BITS] |= 1ull << (i % WORD_BITS);
    }

  runmap_update(map, 0, map->nwords - 1);
  return true;
}

void runmap_fini(struct runmap_s *map)
{
  free(map->free);
  free(map->node);
  memset(map, 0, sizeof(*map));
}

static void runmap_set(struct runmap_s *map, uint32_t start, uint32_t n,
                       bool makefree)
{
  uint32_t first = start / WORD_BITS;
  uint32_t last = (start + n - 1) / WORD_BITS;
  uint32_t i;

  assert(n > 0 && start + n <= map->nbits);
  for (i = first; i <= last; i++)
    {
      uint64_t mask = ~0ull;

      if (i == first)
        {
          mask &= ~0ull << (start % WORD_BITS);
        }

      if (i == last)
        {
          mask &= ~0ull >> (WORD_BITS - 1 - (start + n - 1) % WORD_BITS);
        }

      assert((map->free[i] & mask) == (makefree ? 0 : mask));
      map->free[i] ^= mask;
    }

  runmap_update(map, first, last);
}

void runmap_take(struct runmap_s *map, uint32_t start, uint32_t n)
{
  runmap_set(map, start, n, false);
}

void runmap_give(struct runmap_s *map, uint32_t start, uint32_t n)
{
  runmap_set(map, start, n, true);
}

/* The lowest place below node i, which is known to hold one. */

static int64_t subtree_lowest(const struct runmap_s *map, uint32_t i,
                              uint32_t base, uint32_t span, uint32_t n)
{
  while (i < map->nwords)
    {
      const struct run_node_s *a = &map->node[2 * i];
      const struct run_node_s *b = &map->node[2 * i + 1];

      span /= 2;
      i = 2 * i;
      if (a->longest >= n)
        {
          continue;
        }

      if (a->right + b->left >= n)
        {
          return (int64_t)base + span - a->right;
        }

      i++;
      base += span;
    }

  return (int64_t)base + word_lowest(map->free[i - map->nwords], n);
}

int64_t runmap_lowest(const struct runmap_s *map, uint32_t n)
{
  if (map->node[1].longest < n)
    {
      return -1;
    }

  return subtree_lowest(map, 1, 0, map->nwords * WORD_BITS, n);
}

int64_t runmap_highest(const struct runmap_s *map, uint32_t n)
{
  uint32_t span = map->nwords * WORD_BITS;
  uint32_t base = 0;
  uint32_t i = 1;

  if (map->node[1].longest < n)
    {
      return -1;
    }

  while (i < map->nwords)
    {
      const struct run_node_s *a = &map->node[2 * i];
      const struct run_node_s *b = &map->node[2 * i + 1];

      span /= 2;
      i = 2 * i;
      if (b->longest >= n)
        {
          i++;
          base += span;
        }
      else if (a->right + b->left >= n)
        {
          return (int64_t)base + span + b->left - n;
        }
    }

  return (int64_t)base + word_highest(map->free[i - map->nwords], n);
}

/* Visit the nodes of [base, base+span) from low to high; `carry` is the free
 * run that ends at base.
 */

static int64_t visit_from(const struct runmap_s *map, uint32_t i,
                          uint32_t base, uint32_t span, uint32_t from,
                          uint32_t n, uint32_t *carry)
{
  struct run_node_s node = map->node[i];
  int64_t found;

  if (base + span <= from)
    {
      return -1;
    }

  if (base < from && i < map->nwords)
    {
      found = visit_from(map, 2 * i, base, span / 2, from, n, carry);
      if (found < 0)
        {
          found = visit_from(map, 2 * i + 1, base + span / 2, span / 2,
                             from, n, carry);
        }

      return found;
    }

  if (base < from)
    {
      uint64_t word = map->free[i - map->nwords] & (~0ull << (from - base));

      node = word_summary(word);
      if (node.longest >= n)
        {
          return (int64_t)base + word_lowest(word, n);
        }
    }

  if (*carry + node.left >= n)
    {
      return (int64_t)base - *carry;
    }

  if (node.longest >= n)
    {
      return subtree_lowest(map, i, base, span, n);
    }

  *carry = node.left == span ? *carry + span : node.right;
  return -1;
}

int64_t runmap_lowest_from(const struct runmap_s *map, uint32_t from,
                           uint32_t n)
{
  uint32_t carry = 0;

  return visit_from(map, 1, 0, map->nwords * WORD_BITS, from, n, &carry);
}

int64_t runmap_lowest_inword(const struct runmap_s *map, uint32_t n)
{
  uint32_t i = 1;

  if (map->node[1].inword < n)
    {
      return -1;
    }

  while (i < map->nwords)
    {
      i = map->node[2 * i].inword >= n ? 2 * i : 2 * i + 1;
    }

  i -= map->nwords;
  return (int64_t)i * WORD_BITS + word_lowest(map->free[i], n);
}

uint32_t runmap_after(const struct runmap_s *map, uint32_t at,
                      uint32_t limit)
{
  uint32_t len = 0;

  while (at + len < map->nbits && len < limit)
    {
      uint32_t bit = (at + len) % WORD_BITS;
      uint64_t busy = ~(map->free[(at + len) / WORD_BITS] >> bit);
      uint32_t run = busy == 0 ? WORD_BITS :
                     (uint32_t)__builtin_ctzll(busy);

      run = run > WORD_BITS - bit ? WORD_BITS - bit : run;
      len += run;
      if (bit + run < WORD_BITS)
        {
          break;
        }
    }

  return len;
}

uint32_t runmap_before(const struct runmap_s *map, uint32_t at,
                       uint32_t limit)
{
  uint32_t len = 0;

  while (at > len && len < limit)
    {
      uint32_t bits = (at - len - 1) % WORD_BITS + 1;
      uint64_t word = map->free[(at - len - 1) / WORD_BITS];
      uint64_t busy = ~(word << (WORD_BITS - bits));
      uint32_t run = busy == 0 ? WORD_BITS :
                     (uint32_t)__builtin_clzll(busy);

      run = run > bits ? bits : run;
      len += run;
      if (run < bits)
        {
          break;
        }
    }

  return len;
}
