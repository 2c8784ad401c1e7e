/****************************************************************************
 * mm/iob/iob_arena.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Licensed to the Apache Software Foundation (ASF) under one or more
 * contributor license agreements.  See the NOTICE file distributed with
 * this work for additional information regarding copyright ownership.  The
 * ASF licenses this file to you under the Apache License, Version 2.0 (the
 * "License"); you may not use this file except in compliance with the
 * License.  You may obtain a copy of the License at
 *
 *   http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
 * WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.  See the
 * License for the specific language governing permissions and limitations
 * under the License.
 *
 ****************************************************************************/

/* Which granules of the arena are free, and where extents are placed.
 *
 * A bit per granule says whether it is free, 32 of them in a word.  Above
 * the words stands a tree.  A node of level 1 covers two words, one of level
 * 2 four, and so on; it knows three things about its granules: the length
 * of the free run at their start, at their end, and of the longest one
 * anywhere.  With these the first or the last run of n granules is found by
 * one walk from the root, and a change is passed up until nothing differs
 * any more.  So both take time in proportion to the logarithm of the size
 * of the arena, whatever its state.
 *
 * Placement keeps extents of like sizes together, so that the holes which
 * they leave fit the next ones:
 *
 *   long   (2 KB or more)   the highest run that fits
 *   medium                  the lowest run that fits
 *   small  (256 B or less)  the lowest place in a block
 *
 * A block is a run of 1536 bytes that is put aside for small extents, in
 * the place where a medium extent would go, when the blocks there are have
 * no place.  Once it is empty it is common memory again.  A second bit per
 * granule says that it lies in a block, and a second tree, with a byte for
 * a node, finds places in blocks.
 *
 *   [ssss|mmmmmm|s.ss|mmmmmm|......    free    .....|LLLLLLLL|LLLLLLLL]
 *
 * The measurements behind this are in the design notes.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include <strings.h>

#include "iob.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

/* What is small, and what is long; the length of a block */

#define IOB_LONGUNITS   (2048 / IOB_GRANULE)
#define IOB_BLOCKUNITS  (1536 / IOB_GRANULE)

/* Granules to a word, and words in the arena */

#define IOB_WORDBITS    32
#define IOB_NWORDS      ((IOB_NUNITS + IOB_WORDBITS - 1) / IOB_WORDBITS)

/* The tree: its nodes by level, its levels, and where a level starts */

#define IOB_NODES(l)    ((IOB_NWORDS + (1u << (l)) - 1) >> (l))
#define IOB_LEVEL(l)    (IOB_NWORDS > (1 << (l)))
#define IOB_NLEVELS     (IOB_LEVEL(0) + IOB_LEVEL(1) + IOB_LEVEL(2) + \
                         IOB_LEVEL(3) + IOB_LEVEL(4) + IOB_LEVEL(5) + \
                         IOB_LEVEL(6) + IOB_LEVEL(7) + IOB_LEVEL(8) + \
                         IOB_LEVEL(9) + IOB_LEVEL(10) + IOB_LEVEL(11) + \
                         IOB_LEVEL(12) + IOB_LEVEL(13) + IOB_LEVEL(14))
#define IOB_MAXLEVELS   15

#define IOB_START1      0
#define IOB_START2      (IOB_START1 + IOB_NODES(1))
#define IOB_START3      (IOB_START2 + IOB_NODES(2))
#define IOB_START4      (IOB_START3 + IOB_NODES(3))
#define IOB_START5      (IOB_START4 + IOB_NODES(4))
#define IOB_START6      (IOB_START5 + IOB_NODES(5))
#define IOB_START7      (IOB_START6 + IOB_NODES(6))
#define IOB_START8      (IOB_START7 + IOB_NODES(7))
#define IOB_START9      (IOB_START8 + IOB_NODES(8))
#define IOB_START10     (IOB_START9 + IOB_NODES(9))
#define IOB_START11     (IOB_START10 + IOB_NODES(10))
#define IOB_START12     (IOB_START11 + IOB_NODES(11))
#define IOB_START13     (IOB_START12 + IOB_NODES(12))
#define IOB_START14     (IOB_START13 + IOB_NODES(13))
#define IOB_START15     (IOB_START14 + IOB_NODES(14))
#define IOB_START16     (IOB_START15 + IOB_NODES(15))

/* All of the nodes.  Above the root, the sums count one node a level. */

#define IOB_NNODES      (IOB_START16 - (IOB_MAXLEVELS - IOB_NLEVELS))

/* Lengths of runs are kept up to this; no extent is as long */

#define IOB_RUNMAX      65535

static_assert(IOB_NWORDS <= (1 << IOB_MAXLEVELS),
              "the arena can not have more than 2^20 granules");
static_assert(IOB_SMALLUNITS <= 4, "a byte holds a node of the second tree");

/****************************************************************************
 * Private Types
 ****************************************************************************/

/* What a node of the tree knows: free runs in its granules */

struct iob_runs_s
{
  uint16_t head;   /* Length of the one at the start */
  uint16_t tail;   /* Length of the one at the end */
  uint16_t max;    /* Length of the longest */
};

/* The same for places in blocks, where lengths above 4 are of no interest */

struct iob_places_s
{
  uint8_t head : 2;
  uint8_t tail : 2;
  uint8_t max : 3;
};

struct iob_arena_s
{
  uint32_t free[IOB_NWORDS];                /* 1: free */
  uint32_t block[IOB_NWORDS];               /* 1: in a block */
  struct iob_runs_s runs[MAX(IOB_NNODES, 1)];      /* In no block */
  struct iob_places_s places[MAX(IOB_NNODES, 1)];  /* In a block */
};

/****************************************************************************
 * Private Data
 ****************************************************************************/

static struct iob_arena_s g_arena;

/* Where each level of the tree starts; level 0 are the words themselves.
 * The last one is the end.
 */

static const uint32_t g_start[IOB_MAXLEVELS + 2] =
{
  0,           IOB_START1,  IOB_START2,  IOB_START3,
  IOB_START4,  IOB_START5,  IOB_START6,  IOB_START7,
  IOB_START8,  IOB_START9,  IOB_START10, IOB_START11,
  IOB_START12, IOB_START13, IOB_START14, IOB_START15,
  IOB_START16
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_word_runs
 *
 * Description:
 *   What a node would know of one word.
 *
 ****************************************************************************/

static struct iob_runs_s iob_word_runs(uint32_t word)
{
  struct iob_runs_s runs;
  uint32_t atleast[5];
  uint32_t starts = UINT32_MAX;
  int i;

  if (word == 0 || word == UINT32_MAX)
    {
      runs.head = word == 0 ? 0 : IOB_WORDBITS;
      runs.tail = runs.head;
      runs.max  = runs.head;
      return runs;
    }

  runs.head = ffs((int)~word) - 1;
  runs.tail = IOB_WORDBITS - fls((int)~word);

  /* atleast[i]: where runs of at least 2^i begin.  The binary digits of the
   * longest are found from the top.
   */

  atleast[0] = word;
  for (i = 1; i < 5; i++)
    {
      atleast[i] = atleast[i - 1] & (atleast[i - 1] >> (1 << (i - 1)));
    }

  runs.max = 0;
  for (i = 4; i >= 0; i--)
    {
      uint32_t longer = starts & (atleast[i] >> runs.max);

      if (longer != 0)
        {
          starts    = longer;
          runs.max += 1 << i;
        }
    }

  return runs;
}

/****************************************************************************
 * Name: iob_common and iob_inblock
 *
 * Description:
 *   The granules of a word that are free and in no block, or in a block.
 *
 ****************************************************************************/

static inline uint32_t iob_common(unsigned int i)
{
  return g_arena.free[i] & ~g_arena.block[i];
}

static inline uint32_t iob_inblock(unsigned int i)
{
  return g_arena.free[i] & g_arena.block[i];
}

/****************************************************************************
 * Name: iob_runs and iob_places
 *
 * Description:
 *   What is known of a node, or of a word at level 0.  Beyond the end of
 *   the arena nothing is free.
 *
 ****************************************************************************/

static inline struct iob_runs_s iob_runs(unsigned int level,
                                         unsigned int i)
{
  static const struct iob_runs_s none;

  if (i >= IOB_NODES(level))
    {
      return none;
    }

  if (level == 0)
    {
      return iob_word_runs(iob_common(i));
    }

  return g_arena.runs[g_start[level] + i];
}

static struct iob_places_s iob_places(unsigned int level, unsigned int i)
{
  static const struct iob_places_s none;
  struct iob_places_s places;
  struct iob_runs_s runs;

  if (i >= IOB_NODES(level))
    {
      return none;
    }

  if (level == 0)
    {
      runs        = iob_word_runs(iob_inblock(i));
      places.head = MIN(runs.head, 3);
      places.tail = MIN(runs.tail, 3);
      places.max  = MIN(runs.max, 4);
      return places;
    }

  return g_arena.places[g_start[level] + i];
}

/****************************************************************************
 * Name: iob_join_runs and iob_join_places
 *
 * Description:
 *   What is known of two neighbours together, which are of this level.
 *
 ****************************************************************************/

static inline struct iob_runs_s iob_join_runs(struct iob_runs_s left,
                                              struct iob_runs_s right,
                                              unsigned int level)
{
  uint32_t len = (uint32_t)IOB_WORDBITS << level;
  uint32_t across = (uint32_t)left.tail + right.head;
  uint32_t most = MAX(left.max, right.max);

  if (left.head == len)
    {
      left.head = MIN(across, IOB_RUNMAX);
    }

  if (right.tail == len)
    {
      right.tail = MIN(across, IOB_RUNMAX);
    }

  left.tail = right.tail;
  left.max  = MIN(MAX(most, across), IOB_RUNMAX);
  return left;
}

static struct iob_places_s iob_join_places(struct iob_places_s left,
                                           struct iob_places_s right)
{
  struct iob_places_s places;
  unsigned int across = left.tail + right.head;

  places.head = left.head;
  places.tail = right.tail;
  places.max  = MIN(MAX(MAX(left.max, right.max), across), 4);
  return places;
}

/****************************************************************************
 * Name: iob_update_runs and iob_update_places
 *
 * Description:
 *   Pass up what changed in the words first..last.
 *
 ****************************************************************************/

static void iob_update_runs(unsigned int first, unsigned int last)
{
  FAR struct iob_runs_s *nodes = g_arena.runs;
  struct iob_runs_s runs;
  unsigned int level;
  unsigned int i;

  /* While there are several words or nodes, join them pair by pair */

  for (level = 0; first != last; level++)
    {
      first >>= 1;
      last  >>= 1;

      for (i = first; i <= last; i++)
        {
          nodes[g_start[level + 1] + i] =
            iob_join_runs(iob_runs(level, 2 * i),
                          iob_runs(level, 2 * i + 1), level);
        }
    }

  /* From one node there is a single way up */

  runs = iob_runs(level, first);
  for (; level < IOB_NLEVELS; level++)
    {
      struct iob_runs_s other = iob_runs(level, first ^ 1);
      FAR struct iob_runs_s *node;

      runs = (first & 1) != 0 ? iob_join_runs(other, runs, level) :
                                iob_join_runs(runs, other, level);

      first >>= 1;
      node    = &nodes[g_start[level + 1] + first];

      /* Field by field: what was just made of halves is slow to be read as
       * a whole.
       */

      if (node->max == runs.max && node->head == runs.head &&
          node->tail == runs.tail)
        {
          break;
        }

      node->head = runs.head;
      node->tail = runs.tail;
      node->max  = runs.max;
    }
}

static void iob_update_places(unsigned int first, unsigned int last)
{
  FAR struct iob_places_s *nodes = g_arena.places;
  struct iob_places_s places;
  unsigned int level;
  unsigned int i;

  for (level = 0; first != last; level++)
    {
      first >>= 1;
      last  >>= 1;

      for (i = first; i <= last; i++)
        {
          nodes[g_start[level + 1] + i] =
            iob_join_places(iob_places(level, 2 * i),
                            iob_places(level, 2 * i + 1));
        }
    }

  places = iob_places(level, first);
  for (; level < IOB_NLEVELS; level++)
    {
      struct iob_places_s other = iob_places(level, first ^ 1);
      FAR struct iob_places_s *node;

      places = (first & 1) != 0 ? iob_join_places(other, places) :
                                  iob_join_places(places, other);

      first >>= 1;
      node    = &nodes[g_start[level + 1] + first];
      if (node->head == places.head && node->tail == places.tail &&
          node->max == places.max)
        {
          break;
        }

      *node = places;
    }
}

/****************************************************************************
 * Name: iob_set
 *
 * Description:
 *   Set or clear the bits of granules start..start+n-1 in a map.  All of
 *   them change.
 *
 ****************************************************************************/

static void iob_set(FAR uint32_t *map, unsigned int start, unsigned int n,
                    bool set)
{
  unsigned int end = start + n;

  while (start < end)
    {
      unsigned int bit = start % IOB_WORDBITS;
      unsigned int len = MIN(end - start, IOB_WORDBITS - bit);
      uint32_t mask = (UINT32_MAX >> (IOB_WORDBITS - len)) << bit;

      DEBUGASSERT((map[start / IOB_WORDBITS] & mask) == (set ? 0 : mask));
      map[start / IOB_WORDBITS] ^= mask;
      start += len;
    }
}

/****************************************************************************
 * Name: iob_changed
 *
 * Description:
 *   Bring the trees up to date after granules start..start+n-1 changed.
 *
 ****************************************************************************/

static void iob_changed(unsigned int start, unsigned int n, bool runs,
                        bool places)
{
  unsigned int first = start / IOB_WORDBITS;
  unsigned int last = (start + n - 1) / IOB_WORDBITS;

  if (runs)
    {
      iob_update_runs(first, last);
    }

  if (places)
    {
      iob_update_places(first, last);
    }
}

/****************************************************************************
 * Name: iob_bit
 *
 * Description:
 *   The bit of a granule in a map; 0 beyond the arena.
 *
 ****************************************************************************/

static inline bool iob_bit(FAR const uint32_t *map, unsigned int unit)
{
  return unit < IOB_NUNITS &&
         (map[unit / IOB_WORDBITS] >> (unit % IOB_WORDBITS) & 1) != 0;
}

/****************************************************************************
 * Name: iob_word_starts
 *
 * Description:
 *   The granules of a word at which a run of n begins, one bit each.
 *
 ****************************************************************************/

static uint32_t iob_word_starts(uint32_t word, unsigned int n)
{
  unsigned int left = n - 1;
  unsigned int step;

  for (step = 1; left > 0; left -= step, step *= 2)
    {
      step  = MIN(step, left);
      word &= word >> step;
    }

  return word;
}

/****************************************************************************
 * Name: iob_lowest, iob_highest and iob_lowest_place
 *
 * Description:
 *   The lowest or the highest granule at which n are free and in no block;
 *   the lowest at which n are free in a block.  There is such a run.
 *
 ****************************************************************************/

static unsigned int iob_lowest(unsigned int n)
{
  unsigned int level = IOB_NLEVELS;
  unsigned int i = 0;

  while (level > 0)
    {
      struct iob_runs_s left;

      level--;
      i   *= 2;
      left = iob_runs(level, i);

      if (left.max < n)
        {
          i++;
          if (left.tail > 0 &&
              (uint32_t)left.tail + iob_runs(level, i).head >= n)
            {
              return i * ((uint32_t)IOB_WORDBITS << level) - left.tail;
            }
        }
    }

  return i * IOB_WORDBITS + ffs((int)iob_word_starts(iob_common(i), n)) - 1;
}

static unsigned int iob_highest(unsigned int n)
{
  unsigned int level = IOB_NLEVELS;
  unsigned int i = 0;

  while (level > 0)
    {
      struct iob_runs_s right;

      level--;
      i     = 2 * i + 1;
      right = iob_runs(level, i);

      if (right.max < n)
        {
          i--;
          if (right.head > 0 &&
              (uint32_t)right.head + iob_runs(level, i).tail >= n)
            {
              return (i + 1) * ((uint32_t)IOB_WORDBITS << level) +
                     right.head - n;
            }
        }
    }

  return i * IOB_WORDBITS + fls((int)iob_word_starts(iob_common(i), n)) - 1;
}

static unsigned int iob_lowest_place(unsigned int n)
{
  unsigned int level = IOB_NLEVELS;
  unsigned int i = 0;

  while (level > 0)
    {
      struct iob_places_s left;

      level--;
      i   *= 2;
      left = iob_places(level, i);

      if (left.max < n)
        {
          i++;
          if (left.tail > 0 &&
              (unsigned int)left.tail + iob_places(level, i).head >= n)
            {
              return i * ((uint32_t)IOB_WORDBITS << level) - left.tail;
            }
        }
    }

  return i * IOB_WORDBITS + ffs((int)iob_word_starts(iob_inblock(i), n)) - 1;
}

/****************************************************************************
 * Name: iob_alloc_small
 *
 * Description:
 *   Take n contiguous granules in a block, making one if there is no place.
 *
 * Returned Value:
 *   The first one; -ENOMEM if there is no such run.
 *
 ****************************************************************************/

static int iob_alloc_small(unsigned int n)
{
  unsigned int start;
  unsigned int len;

  if (iob_places(IOB_NLEVELS, 0).max >= n)
    {
      start = iob_lowest_place(n);
      iob_set(g_arena.free, start, n, false);
      iob_changed(start, n, false, true);
      return start;
    }

  if (iob_runs(IOB_NLEVELS, 0).max < n)
    {
      return -ENOMEM;
    }

  start = iob_lowest(n);
  for (len = n; len < IOB_BLOCKUNITS; len++)
    {
      if (!iob_bit(g_arena.free, start + len) ||
          iob_bit(g_arena.block, start + len))
        {
          break;
        }
    }

  iob_set(g_arena.block, start, len, true);
  iob_set(g_arena.free, start, n, false);
  iob_changed(start, len, true, true);
  return start;
}

/****************************************************************************
 * Name: iob_free_block
 *
 * Description:
 *   Granule "unit" of a block was freed.  If the free run around it is all
 *   of the block, or as long as a whole one, make it common memory again.
 *
 ****************************************************************************/

static void iob_free_block(unsigned int unit)
{
  unsigned int start = unit;
  unsigned int end = unit + 1;

  while (start > 0 && iob_bit(g_arena.free, start - 1) &&
         iob_bit(g_arena.block, start - 1))
    {
      start--;
    }

  while (iob_bit(g_arena.free, end) && iob_bit(g_arena.block, end))
    {
      end++;
    }

  if (end - start >= IOB_BLOCKUNITS ||
      ((start == 0 || !iob_bit(g_arena.block, start - 1)) &&
       !iob_bit(g_arena.block, end)))
    {
      iob_set(g_arena.block, start, end - start, false);
      iob_changed(start, end - start, true, true);
    }
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_arena_initialize
 *
 * Description:
 *   Make every granule free.
 *
 ****************************************************************************/

void iob_arena_initialize(void)
{
  memset(&g_arena, 0, sizeof(g_arena));
  iob_set(g_arena.free, 0, IOB_NUNITS, true);
  iob_changed(0, IOB_NUNITS, true, false);
}

/****************************************************************************
 * Name: iob_arena_alloc
 *
 * Description:
 *   Take n contiguous granules.
 *
 * Returned Value:
 *   The first one; -ENOMEM if there is no such run.
 *
 ****************************************************************************/

int iob_arena_alloc(unsigned int n)
{
  unsigned int start;

  DEBUGASSERT(n > 0 && n < IOB_RUNMAX);

  if (n <= IOB_SMALLUNITS)
    {
      return iob_alloc_small(n);
    }

  if (iob_runs(IOB_NLEVELS, 0).max < n)
    {
      return -ENOMEM;
    }

  start = n >= IOB_LONGUNITS ? iob_highest(n) : iob_lowest(n);
  iob_set(g_arena.free, start, n, false);
  iob_changed(start, n, true, false);
  return start;
}

/****************************************************************************
 * Name: iob_arena_claim
 *
 * Description:
 *   Take exactly these granules, if all of them are free, to make the
 *   extent in front of them longer or to set them aside for good.  They
 *   belong to a block afterwards if what lies in front of them does: an
 *   extent is in a block as a whole or not at all.
 *
 ****************************************************************************/

bool iob_arena_claim(unsigned int start, unsigned int n)
{
  bool inblock;
  unsigned int i;

  if (n > IOB_NUNITS || start > IOB_NUNITS - n)
    {
      return false;
    }

  for (i = start; i < start + n; i++)
    {
      if (!iob_arena_isfree(i))
        {
          return false;
        }
    }

  if (n > 0)
    {
      inblock = start > 0 && iob_bit(g_arena.block, start - 1) &&
                !iob_bit(g_arena.free, start - 1);

      for (i = start; i < start + n; i++)
        {
          if (iob_bit(g_arena.block, i) != inblock)
            {
              iob_set(g_arena.block, i, 1, inblock);
            }
        }

      iob_set(g_arena.free, start, n, false);
      iob_changed(start, n, true, true);
    }

  return true;
}

/****************************************************************************
 * Name: iob_arena_free
 *
 * Description:
 *   Give granules back.
 *
 ****************************************************************************/

void iob_arena_free(unsigned int start, unsigned int n)
{
  bool inblock = iob_bit(g_arena.block, start);

  DEBUGASSERT(n > 0 && n <= IOB_NUNITS && start <= IOB_NUNITS - n);

  iob_set(g_arena.free, start, n, true);
  iob_changed(start, n, !inblock, inblock);

  if (inblock)
    {
      iob_free_block(start);
    }
}

/****************************************************************************
 * Name: iob_arena_isfree
 *
 * Description:
 *   Tell whether a granule is free.
 *
 ****************************************************************************/

bool iob_arena_isfree(unsigned int unit)
{
  return iob_bit(g_arena.free, unit);
}

/****************************************************************************
 * Name: iob_arena_largest
 *
 * Description:
 *   The length of the longest run that can be had, in granules, at most
 *   IOB_RUNMAX.
 *
 ****************************************************************************/

unsigned int iob_arena_largest(void)
{
  unsigned int place = iob_places(IOB_NLEVELS, 0).max;

  return MAX(iob_runs(IOB_NLEVELS, 0).max, MIN(place, IOB_SMALLUNITS));
}

/****************************************************************************
 * Name: iob_arena_runs
 *
 * Description:
 *   How many extents of n granules could be taken one after the other, at
 *   most "limit".  Takes time in proportion to the words looked at.
 *
 ****************************************************************************/

unsigned int iob_arena_runs(unsigned int n, unsigned int limit)
{
  unsigned int count = 0;
  unsigned int run = 0;
  unsigned int unit;
  bool inblock = false;

  for (unit = 0; unit < IOB_NUNITS && count < limit; unit++)
    {
      unsigned int i = unit / IOB_WORDBITS;

      /* Whole words of one kind are passed at once */

      if (unit % IOB_WORDBITS == 0 && g_arena.free[i] == 0)
        {
          run   = 0;
          unit += IOB_WORDBITS - 1;
          continue;
        }

      if (unit % IOB_WORDBITS == 0 && iob_common(i) == UINT32_MAX)
        {
          run     = (inblock ? 0 : run) + IOB_WORDBITS;
          count  += run / n;
          run    %= n;
          inblock = false;
          unit   += IOB_WORDBITS - 1;
          continue;
        }

      if (!iob_bit(g_arena.free, unit))
        {
          run = 0;
          continue;
        }

      if (iob_bit(g_arena.block, unit) != inblock)
        {
          inblock = !inblock;
          run     = 0;
        }

      if (inblock && n > IOB_SMALLUNITS)
        {
          continue;
        }

      if (++run == n)
        {
          count++;
          run = 0;
        }
    }

  return MIN(count, limit);
}

/****************************************************************************
 * Name: iob_arena_check
 *
 * Description:
 *   Recompute the trees from the words.
 *
 * Returned Value:
 *   The number of nodes that were wrong.
 *
 ****************************************************************************/

unsigned int iob_arena_check(void)
{
  unsigned int wrong = 0;
  unsigned int level;
  unsigned int i;

  for (level = 1; level <= IOB_NLEVELS; level++)
    {
      for (i = 0; i < IOB_NODES(level); i++)
        {
          unsigned int node = g_start[level] + i;
          struct iob_places_s places;
          struct iob_runs_s runs;

          runs   = iob_join_runs(iob_runs(level - 1, 2 * i),
                                 iob_runs(level - 1, 2 * i + 1), level - 1);
          places = iob_join_places(iob_places(level - 1, 2 * i),
                                   iob_places(level - 1, 2 * i + 1));

          wrong += runs.head != g_arena.runs[node].head ||
                   runs.tail != g_arena.runs[node].tail ||
                   runs.max != g_arena.runs[node].max ||
                   places.head != g_arena.places[node].head ||
                   places.tail != g_arena.places[node].tail ||
                   places.max != g_arena.places[node].max;
        }
    }

  return wrong;
}

/****************************************************************************
 * Name: iob_arena_metadata
 *
 * Description:
 *   The bytes of memory that the maps and the trees take.
 *
 ****************************************************************************/

size_t iob_arena_metadata(void)
{
  return sizeof(g_arena);
}
