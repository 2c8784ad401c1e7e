/* tests/host/iob/test_arena_model.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The arena alone (mm/iob/iob_arena.c) against two arrays of bytes.  Goal:
 * every extent lies exactly where the rules say, in arenas of any size.
 * Method: the file is compiled here once for each size, under other names,
 * and the arena of the configuration is tested as it is in the library.
 * Random allocations, partial and whole frees and claims go to the arena and
 * to the arrays; each answer is compared.
 *
 * The rules, in granules that are free:
 *
 * - 2 KB or more: the highest run that is in no block;
 * - up to 256 B: the lowest run in a block; if there is none, a block of
 *   1536 bytes (less if that is not free) is set up where the lowest run in
 *   no block begins;
 * - in between: the lowest run in no block;
 * - a block that is free again, and a free run in blocks that is as long as
 *   one, are in no block any more; what is claimed is in a block if the
 *   extent in front of it is.
 *
 *   IOB_RANDOM_SEED   is printed; the same seed gives the same run
 *   IOB_ARENA_STEPS   steps for each arena (large ones take fewer)
 */

#ifdef ARENA_N

/* One arena of ARENA_N granules.  All names of iob_arena.c that have file
 * scope are given another one; a new function there has to be added here.
 */

#define ARENA_PASTE(a, b)   a##_##b
#define ARENA_JOIN(a, b)    ARENA_PASTE(a, b)
#define ARENA_NAME(a)       ARENA_JOIN(a, ARENA_N)

#undef IOB_NUNITS
#define IOB_NUNITS          ARENA_N

#define iob_runs_s          ARENA_NAME(runs_s)
#define iob_places_s        ARENA_NAME(places_s)
#define iob_arena_s         ARENA_NAME(arena_s)
#define g_arena             ARENA_NAME(arena)
#define g_start             ARENA_NAME(start)
#define iob_word_runs       ARENA_NAME(word_runs)
#define iob_common          ARENA_NAME(common)
#define iob_inblock         ARENA_NAME(inblock)
#define iob_runs            ARENA_NAME(runs_of)
#define iob_places          ARENA_NAME(places_of)
#define iob_join_runs       ARENA_NAME(join_runs)
#define iob_join_places     ARENA_NAME(join_places)
#define iob_update_runs     ARENA_NAME(update_runs)
#define iob_update_places   ARENA_NAME(update_places)
#define iob_set             ARENA_NAME(set)
#define iob_changed         ARENA_NAME(changed)
#define iob_bit             ARENA_NAME(bit)
#define iob_word_starts     ARENA_NAME(word_starts)
#define iob_lowest          ARENA_NAME(lowest)
#define iob_highest         ARENA_NAME(highest)
#define iob_lowest_place    ARENA_NAME(lowest_place)
#define iob_alloc_small     ARENA_NAME(alloc_small)
#define iob_free_block      ARENA_NAME(free_block)
#define iob_arena_initialize ARENA_NAME(initialize)
#define iob_arena_alloc     ARENA_NAME(alloc)
#define iob_arena_claim     ARENA_NAME(claim)
#define iob_arena_free      ARENA_NAME(free)
#define iob_arena_isfree    ARENA_NAME(isfree)
#define iob_arena_largest   ARENA_NAME(largest)
#define iob_arena_runs      ARENA_NAME(runs)
#define iob_arena_check     ARENA_NAME(check)
#define iob_arena_metadata  ARENA_NAME(metadata)

void iob_arena_initialize(void);
int  iob_arena_alloc(unsigned int n);
bool iob_arena_claim(unsigned int start, unsigned int n);
void iob_arena_free(unsigned int start, unsigned int n);
bool iob_arena_isfree(unsigned int unit);
unsigned int iob_arena_largest(void);
unsigned int iob_arena_runs(unsigned int n, unsigned int limit);
unsigned int iob_arena_check(void);
size_t iob_arena_metadata(void);

#include "iob_arena.c"

static const struct arena_ops_s ARENA_NAME(g_ops) = ARENA_OPS(ARENA_N);

#undef iob_runs_s
#undef iob_places_s
#undef iob_arena_s
#undef g_arena
#undef g_start
#undef iob_word_runs
#undef iob_common
#undef iob_inblock
#undef iob_runs
#undef iob_places
#undef iob_join_runs
#undef iob_join_places
#undef iob_update_runs
#undef iob_update_places
#undef iob_set
#undef iob_changed
#undef iob_bit
#undef iob_word_starts
#undef iob_lowest
#undef iob_highest
#undef iob_lowest_place
#undef iob_alloc_small
#undef iob_free_block
#undef iob_arena_initialize
#undef iob_arena_alloc
#undef iob_arena_claim
#undef iob_arena_free
#undef iob_arena_isfree
#undef iob_arena_largest
#undef iob_arena_runs
#undef iob_arena_check
#undef iob_arena_metadata
#undef ARENA_N

#else /* ARENA_N */

#include <nuttx/config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "iob.h"

#include <host_port.h>

#define STEPS     4000
#define GATE      20
#define WORK      20000000   /* Steps times granules, at the most */
#define NEXTENTS  4096

/* The functions of one arena */

struct arena_ops_s
{
  unsigned int n;
  void (*initialize)(void);
  int  (*alloc)(unsigned int n);
  bool (*claim)(unsigned int start, unsigned int n);
  void (*free)(unsigned int start, unsigned int n);
  bool (*isfree)(unsigned int unit);
  unsigned int (*largest)(void);
  unsigned int (*runs)(unsigned int n, unsigned int limit);
  unsigned int (*check)(void);
  size_t (*metadata)(void);
};

#define ARENA_OPS(n) \
  { n, iob_arena_initialize, iob_arena_alloc, iob_arena_claim, \
    iob_arena_free, iob_arena_isfree, iob_arena_largest, iob_arena_runs, \
    iob_arena_check, iob_arena_metadata }

/* The arena of the configuration */

enum
{
  CONFIGURED = IOB_NUNITS
};

static const struct arena_ops_s g_ops = ARENA_OPS(CONFIGURED);

/* Sizes around words and pairs of words, and some with many levels.  Where
 * there is no level, the compiler sees loops that never run.
 */

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtype-limits"
#pragma GCC diagnostic ignored "-Warray-bounds"

#define ARENA_N 1
#include "test_arena_model.c"
#define ARENA_N 2
#include "test_arena_model.c"
#define ARENA_N 5
#include "test_arena_model.c"
#define ARENA_N 31
#include "test_arena_model.c"
#define ARENA_N 32
#include "test_arena_model.c"
#define ARENA_N 33
#include "test_arena_model.c"
#define ARENA_N 64
#include "test_arena_model.c"
#define ARENA_N 65
#include "test_arena_model.c"
#define ARENA_N 97
#include "test_arena_model.c"
#define ARENA_N 300
#include "test_arena_model.c"
#define ARENA_N 1025
#include "test_arena_model.c"
#define ARENA_N 4095
#include "test_arena_model.c"
#define ARENA_N 70001
#include "test_arena_model.c"

#pragma GCC diagnostic pop

static const struct arena_ops_s * const g_arenas[] =
{
  &g_ops_1, &g_ops_2, &g_ops_5, &g_ops_31, &g_ops_32, &g_ops_33, &g_ops_64,
  &g_ops_65, &g_ops_97, &g_ops_300, &g_ops_1025, &g_ops_4095, &g_ops_70001,
  &g_ops
};

#define NARENAS (sizeof(g_arenas) / sizeof(g_arenas[0]))

/* What a granule is, and the lengths that the rules name */

#define TAKEN     0
#define COMMON    1                      /* Free */
#define INBLOCK   2                      /* Free */
#define TAKENBLOCK 3                     /* Taken, in a block */

#define SMALL     (256 / IOB_GRANULE)
#define LONG      (2048 / IOB_GRANULE)
#define BLOCK     (1536 / IOB_GRANULE)
#define MOST      65535

struct extent_s
{
  unsigned int start;
  unsigned int n;
};

static const struct arena_ops_s *g_a;
static uint8_t *g_map;
static struct extent_s g_extent[NEXTENTS];
static unsigned int g_nextents;
static uint64_t g_random;
static uint64_t g_seed;
static unsigned long g_step;

#define EQUAL(a, b) equal(#a " == " #b, (long long)(a), (long long)(b))

static void equal(const char *what, long long a, long long b)
{
  if (a != b)
    {
      fail_msg("%u granules, step %lu: %s: %lld, %lld", g_a->n, g_step, what,
               a, b);
    }
}

static unsigned int pick(unsigned int n)
{
  g_random ^= g_random << 13;
  g_random ^= g_random >> 7;
  g_random ^= g_random << 17;
  return (unsigned int)(g_random >> 20) % n;
}

static bool is_free(unsigned int i)
{
  return i < g_a->n && (g_map[i] == COMMON || g_map[i] == INBLOCK);
}

static bool in_block(unsigned int i)
{
  return i < g_a->n && (g_map[i] == INBLOCK || g_map[i] == TAKENBLOCK);
}

/* The lowest or the highest run of n granules of one kind; -1: none */

static int naive_run(unsigned int n, uint8_t kind, bool highest)
{
  unsigned int run = 0;
  unsigned int i;

  for (i = 0; i < g_a->n; i++)
    {
      unsigned int at = highest ? g_a->n - 1 - i : i;

      run = g_map[at] == kind ? run + 1 : 0;
      if (run == n)
        {
          return (int)(highest ? at : at + 1 - n);
        }
    }

  return -1;
}

static int naive_alloc(unsigned int n)
{
  int start;
  unsigned int i;

  if (n <= SMALL)
    {
      start = naive_run(n, INBLOCK, false);
      if (start < 0)
        {
          start = naive_run(n, COMMON, false);
          for (i = start; start >= 0 && i < (unsigned int)start + BLOCK &&
               i < g_a->n && g_map[i] == COMMON; i++)
            {
              g_map[i] = INBLOCK;
            }
        }

      if (start >= 0)
        {
          memset(&g_map[start], TAKENBLOCK, n);
        }
    }
  else
    {
      start = naive_run(n, COMMON, n >= LONG);
      if (start >= 0)
        {
          memset(&g_map[start], TAKEN, n);
        }
    }

  return start;
}

/* Granule i of a block is free: is all of the block? */

static void naive_free_block(unsigned int i)
{
  unsigned int first = i;
  unsigned int end = i;

  while (first > 0 && g_map[first - 1] == INBLOCK)
    {
      first--;
    }

  while (end < g_a->n && g_map[end] == INBLOCK)
    {
      end++;
    }

  if (end - first >= BLOCK ||
      ((first == 0 || !in_block(first - 1)) && !in_block(end)))
    {
      memset(&g_map[first], COMMON, end - first);
    }
}

static void naive_free(unsigned int start, unsigned int n)
{
  unsigned int i;

  for (i = start; i < start + n; i++)
    {
      g_map[i] = in_block(i) ? INBLOCK : COMMON;
    }

  if (in_block(start))
    {
      naive_free_block(start);
    }
}

/* What is claimed lies in a block if the granule in front of it does, and is
 * taken: it is then part of the same extent.
 */

static bool naive_claim(unsigned int start, unsigned int n)
{
  unsigned int i;

  for (i = 0; i < n; i++)
    {
      if (start > g_a->n || !is_free(start + i))
        {
          return false;
        }
    }

  if (n > 0)
    {
      memset(&g_map[start], start > 0 && g_map[start - 1] == TAKENBLOCK ?
                            TAKENBLOCK : TAKEN, n);
    }

  return start <= g_a->n;
}

static unsigned int naive_largest(void)
{
  unsigned int most = 0;
  unsigned int run = 0;
  unsigned int i;

  for (i = 0; i < g_a->n; i++)
    {
      run = !is_free(i) ? 0 : i > 0 && g_map[i] == g_map[i - 1] ? run + 1 : 1;
      if (g_map[i] == INBLOCK && run > SMALL)
        {
          run = SMALL;               /* More is of no use there */
        }

      most = run > most ? run : most;
    }

  return most < MOST ? most : MOST;
}

static unsigned int naive_runs(unsigned int n, unsigned int limit)
{
  unsigned int count = 0;
  unsigned int run = 0;
  unsigned int i;

  for (i = 0; i < g_a->n && count < limit; i++)
    {
      if (!is_free(i) || (g_map[i] == INBLOCK && n > SMALL))
        {
          run = 0;
          continue;
        }

      run = i > 0 && g_map[i] != g_map[i - 1] ? 1 : run + 1;
      if (run == n)
        {
          count++;
          run = 0;
        }
    }

  return count;
}

/* Steps */

static unsigned int pick_length(void)
{
  unsigned int kind = pick(16);

  if (kind < 7)
    {
      return 1 + pick(SMALL);
    }
  else if (kind < 11)
    {
      return 1 + pick(LONG + 2);
    }
  else if (kind < 15)
    {
      return LONG + pick(9216 / IOB_GRANULE);
    }
  else
    {
      return 1 + pick(g_a->n + 2 < MOST ? g_a->n + 2 : MOST - 1);
    }
}

static void step_alloc(void)
{
  unsigned int n = pick_length();
  int want;
  int start;

  if (g_nextents == NEXTENTS || n >= MOST)
    {
      return;
    }

  want  = naive_alloc(n);
  start = g_a->alloc(n);
  EQUAL(start, want >= 0 ? want : -ENOMEM);
  if (start >= 0)
    {
      g_extent[g_nextents].start = start;
      g_extent[g_nextents].n     = n;
      g_nextents++;
    }
}

static void step_free(bool some)
{
  struct extent_s *ext;
  unsigned int n;

  if (g_nextents == 0)
    {
      return;
    }

  ext = &g_extent[pick(g_nextents)];
  n   = some ? 1 + pick(ext->n) : ext->n;
  naive_free(ext->start + ext->n - n, n);
  g_a->free(ext->start + ext->n - n, n);

  ext->n -= n;
  if (ext->n == 0)
    {
      *ext = g_extent[--g_nextents];
    }
}

/* Granules behind an extent, or anywhere but in a block: nobody takes a piece
 * out of one, and the rest of it would be lost.
 */

static void step_claim(void)
{
  unsigned int n = pick(8) == 0 ? pick_length() : pick(6);
  struct extent_s *ext = NULL;
  unsigned int start;
  unsigned int i;
  bool want;

  if (pick(4) != 0 && g_nextents > 0)
    {
      ext   = &g_extent[pick(g_nextents)];
      start = ext->start + ext->n;
    }
  else
    {
      start = pick(g_a->n + 3);
      if (start < g_a->n && g_nextents == NEXTENTS)
        {
          return;
        }

      for (i = 0; i < n; i++)
        {
          if (in_block(start + i))
            {
              return;
            }
        }
    }

  want = naive_claim(start, n);
  EQUAL(g_a->claim(start, n), want);
  if (want && ext != NULL)
    {
      ext->n += n;
    }
  else if (want && n > 0)
    {
      g_extent[g_nextents].start = start;
      g_extent[g_nextents].n     = n;
      g_nextents++;
    }
}

static void compare(bool all)
{
  unsigned int n = pick_length();
  unsigned int limit = pick(2) == 0 ? pick(9) : UINT32_MAX;
  unsigned int i;

  EQUAL(g_a->largest(), naive_largest());
  EQUAL(g_a->runs(n, limit), naive_runs(n, limit));
  EQUAL(g_a->check(), 0);

  i = pick(g_a->n);
  EQUAL(g_a->isfree(i), is_free(i));
  for (i = 0; i < g_a->n && all; i++)
    {
      EQUAL(g_a->isfree(i), is_free(i));
    }
}

static void run_arena(const struct arena_ops_s *arena, unsigned long steps)
{
  unsigned int every = arena->n > 5000 ? 16 : 1;

  g_a        = arena;
  g_nextents = 0;
  g_random   = g_seed + arena->n;
  g_map      = malloc(arena->n);
  assert_non_null(g_map);
  memset(g_map, COMMON, arena->n);

  g_a->initialize();
  compare(true);
  for (g_step = 0; g_step < steps; g_step++)
    {
      /* It fills and empties by turns */

      unsigned int level = g_step / 300 % 2 == 0 ? 11 : 7;
      unsigned int kind = pick(20);

      if (kind < level)
        {
          step_alloc();
        }
      else if (kind < 15)
        {
          step_free(false);
        }
      else if (kind < 17)
        {
          step_free(true);
        }
      else
        {
          step_claim();
        }

      if (g_step % every == 0)
        {
          compare(g_step % 64 == 0);
        }
    }

  /* All of it is one run again */

  while (g_nextents > 0)
    {
      step_free(false);
    }

  compare(true);
  EQUAL(g_a->largest(), g_a->n < MOST ? g_a->n : MOST);
  if (g_a->n < MOST)
    {
      EQUAL(g_a->alloc(g_a->n), 0);
      EQUAL(g_a->largest(), 0);
      g_a->free(0, g_a->n);
      EQUAL(g_a->check(), 0);
    }

  free(g_map);
}

/* Random operations on arenas of all sizes */

static void test_random(void **state)
{
  const char *text = getenv("IOB_ARENA_STEPS");
  const char *gate = getenv("GATE");
  unsigned long most = STEPS;
  unsigned long steps;
  unsigned int i;

  (void)state;
  if (text != NULL && text[0] != '\0')
    {
      most = strtoul(text, NULL, 0);
    }
  else if (gate != NULL && gate[0] == '1')
    {
      most *= GATE;
    }

  for (i = 0; i < NARENAS; i++)
    {
      steps = WORK / g_arenas[i]->n + 100;
      steps = steps < most ? steps : most;
      run_arena(g_arenas[i], steps);
    }
}

/* The maps and trees take little.  Smaller arenas are rounded up to words. */

static void test_metadata(void **state)
{
  unsigned int i;

  (void)state;
  for (i = 0; i < NARENAS; i++)
    {
      if (g_arenas[i]->n >= 4095)
        {
          assert_true(g_arenas[i]->metadata() * 100 <=
                      (size_t)g_arenas[i]->n * IOB_GRANULE);
        }
    }
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_random),
    cmocka_unit_test(test_metadata),
  };

  const char *text = getenv("IOB_RANDOM_SEED");

  g_seed = text != NULL && text[0] != '\0' ? strtoull(text, NULL, 0) :
                                             88172645463325252u;
  printf("IOB_RANDOM_SEED=%llu\n", (unsigned long long)g_seed);
  fflush(stdout);
  return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif /* ARENA_N */
