/* tests/host/iob/test_arena.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The arena as its users see it.  Goal: one region serves 100 bytes and 9216
 * contiguous bytes, aligned at both ends, at the cost that is promised.
 * Method: extents are allocated, measured and freed through the public
 * interface; iob_arena_map() shows where they lie.
 */

#include "iob_fixture.h"

#define GRANULES(b) (((b) + IOB_GRANULE - 1) / IOB_GRANULE)

/* Debug builds add guard bytes, and larger views */

#ifdef CONFIG_IOB_DEBUG
#  define GUARD 8
#else
#  define GUARD 0
#endif

static struct iob_info_s info(void)
{
  struct iob_info_s now;

  iob_getinfo(&now);
  return now;
}

/* What is neither standing nor reserved */

static size_t common(void)
{
  struct iob_info_s now = info();
  unsigned int cls;

  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      now.arena -= now.class_reserve[cls];
    }

  return now.arena - now.standing;
}

/* The lowest address of the arena: that of the first small extent, which
 * the front cache then keeps.
 */

static uint8_t *arena_base(void)
{
  struct iob_s *iob = iob_tryalloc_contig(1, 0, IOB_CLASS_TX);
  uint8_t *base = iob->io_data;

  iob_free(iob);
  return base;
}

static void jumbo_and_small_come_from_the_same_aligned_arena(void **state)
{
  static const unsigned int sizes[] =
  {
    100, 9000, 1514, 9216, 1, 64, 65, 128, 4096
  };

  struct iob_s *iob[nitems(sizes)];
  unsigned int used = 0;
  unsigned int i;

  (void)state;
  for (i = 0; i < nitems(sizes); i++)
    {
      iob[i] = iob_tryalloc_contig(sizes[i], 0, IOB_CLASS_TX);
      if (iob[i] == NULL)
        {
          /* The default arena is smaller than all of these together */

          assert_true(info().fail_space + info().fail_class +
                      info().fail_frag > 0);
          continue;
        }

      assert_int_equal((uintptr_t)iob[i]->io_data % CONFIG_IOB_ALIGNMENT, 0);
      assert_int_equal((uintptr_t)iob[i]->io_data % IOB_GRANULE, 0);
      assert_true(IOB_BUFSIZE(iob[i]) >= sizes[i]);
      memset(iob[i]->io_data, 0xff, sizes[i]);
      used += GRANULES(sizes[i] + GUARD) * IOB_GRANULE;
    }

  assert_int_equal(info().used, used);
  assert_int_equal(iob_check(), 0);
  for (i = 0; i < nitems(sizes); i++)
    {
      if (iob[i] != NULL)
        {
          iob_free(iob[i]);
        }
    }
}

static void a_jumbo_frame_fits_beside_small_ones(void **state)
{
  struct iob_s *small = fixture_packet(0, 100);
  struct iob_s *jumbo = iob_tryalloc_contig(9000, 0, IOB_CLASS_TX);

  (void)state;
  if (common() < 10240)
    {
      assert_null(jumbo);
      iob_free(small);
      return;
    }

  assert_non_null(jumbo);
  memset(IOB_DATA(jumbo), 0xaa, 9000);
  fixture_verify(small, 0, 100);
  iob_free(jumbo);
  iob_free(small);
}

static void a_100_byte_packet_costs_what_is_promised(void **state)
{
  struct iob_info_s before = info();
  struct iob_s *iob = iob_tryalloc_contig(100, 0, IOB_CLASS_TX);
  struct iob_info_s after = info();
  size_t cost = after.used - before.used +
                (after.views_used - before.views_used) *
                sizeof(struct iob_s);

  (void)state;
  assert_non_null(iob);
  assert_true(cost > 100);
#ifndef CONFIG_IOB_DEBUG
  if (sizeof(void *) == 4)
    {
      assert_int_equal(sizeof(struct iob_s), 24);
      assert_true(cost <= 152 || IOB_GRANULE > 64);
    }
  else
    {
      assert_true(cost <= 176);
    }
#endif

  assert_int_equal(after.views_used - before.views_used, 1);
  iob_free(iob);
}

static void metadata_is_at_most_a_hundredth(void **state)
{
  (void)state;
  assert_true(info().metadata * 100 <= info().arena);
  assert_true(info().metadata > 0);
}

static void nine_tenths_of_the_arena_are_payload(void **state)
{
  static const unsigned int sizes[] =
  {
    576, 1514, 9000
  };

  unsigned int i;

  (void)state;
  for (i = 0; i < nitems(sizes); i++)
    {
      size_t room = info().arena - info().standing -
                    info().class_reserve[IOB_CLASS_RX] -
                    info().class_reserve[IOB_CLASS_CTRL] -
                    info().class_reserve[IOB_CLASS_RING];
      size_t payload = 0;
      struct iob_s *all = NULL;
      struct iob_s *iob;

      while ((iob = iob_tryalloc_contig(sizes[i], 0, IOB_CLASS_TX)) != NULL)
        {
          iob->io_flink = all;
          all           = iob;
          payload      += sizes[i];
        }

      /* Less what is too short for one more */

      assert_true(payload + sizes[i] > room * 9 / 10);
      if (room > 100 * sizes[i])
        {
          assert_true(payload > room * 9 / 10);
        }

      while (all != NULL)
        {
          iob = all->io_flink;
          all->io_flink = NULL;
          iob_free(all);
          all = iob;
        }

      assert_int_equal(info().used, 0);
    }
}

static void sizes_beyond_any_extent_are_refused(void **state)
{
  static const unsigned int bad[][2] =
  {
    {IOB_MAXEXTENT + 1, 0}, {0, IOB_MAXEXTENT + 1}, {IOB_MAXEXTENT, 1},
    {1, IOB_MAXEXTENT}, {UINT32_MAX, 0}, {UINT32_MAX, UINT32_MAX},
    {1, UINT32_MAX}, {UINT32_MAX - 63, 64}, {65535, 0}
  };

  unsigned int i;

  (void)state;
  for (i = 0; i < nitems(bad); i++)
    {
      assert_null(iob_tryalloc_contig(bad[i][0], bad[i][1], IOB_CLASS_TX));
      assert_null(iob_alloc_contig(bad[i][0], bad[i][1], IOB_CLASS_TX));
      assert_int_equal(info().fail_size, 2 * (i + 1));
    }
}

static void the_largest_extent_can_be_had_if_the_arena_has_it(void **state)
{
  struct iob_s *iob = iob_tryalloc_contig(IOB_MAXEXTENT - IOB_GRANULE, 0,
                                          IOB_CLASS_TX);

  (void)state;
  if (info().arena < 2 * IOB_MAXEXTENT)
    {
      assert_null(iob);
      return;
    }

  assert_non_null(iob);
  memset(iob->io_data, 0x77, IOB_MAXEXTENT - IOB_GRANULE);
  iob_free(iob);
}

static void an_empty_size_has_an_extent_all_the_same(void **state)
{
  struct iob_s *iob = iob_tryalloc_contig(0, 0, IOB_CLASS_TX);

  (void)state;
  assert_non_null(iob);
  assert_int_equal(IOB_BUFSIZE(iob), 0);
  assert_int_equal(info().used, IOB_GRANULE);
  iob_free(iob);
}

static void headroom_is_in_front_of_the_data(void **state)
{
  struct iob_s *iob = iob_tryalloc_contig(100, 50, IOB_CLASS_CTRL);

  (void)state;
  assert_int_equal(iob->io_offset, 50);
  assert_int_equal(iob->io_len, 0);
  assert_int_equal(IOB_FREESPACE(iob), 100);
  assert_int_equal(info().class_used[IOB_CLASS_CTRL],
                   GRANULES(150 + GUARD) * IOB_GRANULE);
  iob_free(iob);
}

static void short_ones_lie_low_and_long_ones_high(void **state)
{
  uint8_t *base = arena_base();
  struct iob_s *small = iob_tryalloc_contig(100, 0, IOB_CLASS_TX);
  struct iob_s *big = iob_tryalloc_contig(2100, 0, IOB_CLASS_TX);
  struct iob_s *big2 = iob_tryalloc_contig(2100, 0, IOB_CLASS_TX);
  struct iob_s *medium = iob_tryalloc_contig(1000, 0, IOB_CLASS_TX);

  (void)state;
  assert_true(small->io_data >= base);
  assert_true(small->io_data < base + 1536);
  assert_ptr_equal(medium->io_data, base + GRANULES(1536) * IOB_GRANULE);
  assert_true(big2->io_data < big->io_data);
  assert_ptr_equal(big->io_data - GRANULES(2100 + GUARD) * IOB_GRANULE,
                   big2->io_data);
  iob_free(small);
  iob_free(big);
  iob_free(big2);
  iob_free(medium);
}

static void a_shrunk_extent_gives_its_tail_back(void **state)
{
  struct iob_s *iob = fixture_packet(10, 3000);
  size_t used = info().used;
  int given;

  (void)state;
  assert_int_equal(iob_shrink(iob), 0);
  iob = iob_trimtail(iob, 2900);
  given = iob_shrink(iob);
  assert_true(given > 0);
  assert_int_equal(info().used, used - given);
  assert_int_equal(info().used, GRANULES(110 + GUARD) * IOB_GRANULE);
  fixture_verify(iob, 0, 100);
  assert_int_equal(iob_check(), 0);
  assert_int_equal(iob_shrink(iob), 0);
  iob_free(iob);
}

static void an_extent_grows_in_place_or_not_at_all(void **state)
{
  struct iob_s *iob = fixture_packet(0, 1000);
  struct iob_s *next;
  uint8_t *data = iob->io_data;
  size_t used;

  (void)state;
  assert_int_equal(iob_grow(iob, 500), OK);
  assert_ptr_equal(iob->io_data, data);
  assert_true(IOB_FREESPACE(iob) >= 500);
  used = info().used;
  assert_int_equal(iob_grow(iob, 400), OK);
  assert_int_equal(info().used, used);

  next = iob_tryalloc_contig(1000, 0, IOB_CLASS_TX);
  assert_true(next->io_data > data);
  assert_int_equal(iob_grow(iob, 1400), -ENOMEM);
  assert_int_equal(iob_grow(iob, 65000), -EINVAL);
  assert_int_equal(iob_grow(iob, UINT32_MAX), -EINVAL);
  assert_int_equal(info().used, used + GRANULES(1000 + GUARD) * IOB_GRANULE);
  fixture_verify(iob, 0, 1000);
  iob_free(next);
  assert_int_equal(iob_grow(iob, 1400), OK);
  fixture_verify(iob, 0, 1000);
  iob_free(iob);
}

static void what_grows_takes_nothing_that_is_reserved(void **state)
{
  struct iob_s *iob = fixture_packet(0, 2000);
  struct iob_info_s now;
  struct iob_s *hoard = NULL;
  struct iob_s *more;

  (void)state;
  while ((more = iob_tryalloc(false)) != NULL)
    {
      more->io_flink = hoard;
      hoard          = more;
    }

  now = info();
  assert_int_equal(iob_grow(iob, 4000), -ENOMEM);
  assert_int_equal(info().used, now.used);
  iob_free_chain(hoard);
  iob_free(iob);
}

/* Goal: frames that are freed are kept, to be handed out as they are, while
 * most of the memory is free; and what is kept is in nobody's way.  Method:
 * free some, look, take them again; then ask for more than is free beside
 * what is kept.
 */

static void frames_are_kept_while_memory_is_plenty(void **state)
{
  struct iob_s *iob[8];
  uint8_t *last;
  unsigned int i;

  (void)state;
  if (common() < 1000000 || CONFIG_IOB_NCACHE == 0)
    {
      return;
    }

  for (i = 0; i < nitems(iob); i++)
    {
      iob[i] = fixture_packet(66, 1448);
    }

  /* One that was shared is kept as well */

  last = iob[7]->io_data;
  iob_free_chain(iob_share(iob[7], 0, 1448));
  for (i = 0; i < nitems(iob); i++)
    {
      iob_free_chain(iob[i]);
    }

  assert_int_equal(info().used, 0);
  assert_true(info().cached >= nitems(iob) * 1514);
  assert_int_equal(iob_check(), 0);

  iob[0] = iob_tryalloc_contig(1514, 0, IOB_CLASS_TX);
  assert_ptr_equal(iob[0]->io_data, last);
  assert_null(iob[0]->io_ext);
  iob_free(iob[0]);

  /* Another length takes the place of the first, one by one */

  for (i = 0; i < 16; i++)
    {
      iob_free(iob_tryalloc_contig(9014, 0, IOB_CLASS_TX));
      assert_int_equal(iob_check(), 0);
    }

  assert_int_equal(info().used, 0);
}

static void kept_frames_are_there_for_everybody(void **state)
{
  struct iob_s *all = NULL;
  struct iob_s *iob;
  unsigned int n = 0;
  unsigned int i;

  (void)state;
  while (n < 300 && (iob = iob_tryalloc_contig(1514, 0, IOB_CLASS_TX)))
    {
      iob->io_flink = all;
      all = iob;
      n++;
    }

  while ((iob = all) != NULL)
    {
      all = iob->io_flink;
      iob->io_flink = NULL;
      iob_free(iob);
    }

  /* A class that has none of them gets all that is common */

  n = common() / 4096;
  for (i = 0; i < n; i++)
    {
      iob = iob_tryalloc_contig(4096, 0, IOB_CLASS_CTRL);
      assert_non_null(iob);
      iob->io_flink = all;
      all = iob;
    }

  assert_int_equal(iob_check(), 0);
  while ((iob = all) != NULL)
    {
      all = iob->io_flink;
      iob->io_flink = NULL;
      iob_free(iob);
    }
}

static void all_buffers_of_the_pool_make_one_packet(void **state)
{
  unsigned int n = g_before.stats.ntotal;
  unsigned int len = n * CONFIG_IOB_BUFSIZE;
  uint8_t *data = malloc(len + 1);
  struct iob_s *iob = iob_tryalloc(false);

  (void)state;
  memset(data, 0x3c, len + 1);
  assert_int_equal(iob_trycopyin(iob, data, len, 0, false), (int)len);
  assert_int_equal(iob_count(iob), (int)n);
  assert_int_equal(iob->io_len, CONFIG_IOB_BUFSIZE - iob->io_offset);
  assert_int_equal(iob_navail(false), 0);
  assert_null(iob_tryalloc(false));
  assert_int_equal(iob_trycopyin(iob, data, 1, len, false), -ENOMEM);
  assert_int_equal(iob->io_pktlen, len);
  iob_free_chain(iob);
  free(data);
}

static void navail_is_never_more_than_can_be_had(void **state)
{
  static struct iob_s *held[256];
  static struct iob_s *more[4096];
  unsigned int seed = 20261121;
  unsigned int round;

  (void)state;
  memset(held, 0, sizeof(held));
  for (round = 0; round < 2000; round++)
    {
      unsigned int i = fixture_random(&seed) % nitems(held);

      if (held[i] != NULL)
        {
          iob_free(held[i]);
          held[i] = NULL;
        }
      else
        {
          held[i] = iob_tryalloc_contig(fixture_random(&seed) % 3000, 0,
                                        fixture_random(&seed) % IOB_NCLASSES);
        }

      if (round % 20 == 0)
        {
          bool throttled = round % 40 == 0;
          int n = iob_navail(throttled);
          int had = 0;

          while (had < (int)nitems(more) &&
                 (more[had] = iob_tryalloc(throttled)) != NULL)
            {
              had++;
            }

          assert_true(n <= had || had == (int)nitems(more));
          while (had > 0)
            {
              iob_free(more[--had]);
            }
        }
    }

  for (round = 0; round < nitems(held); round++)
    {
      if (held[round] != NULL)
        {
          iob_free(held[round]);
        }
    }
}

static void navail_is_exact_when_only_buffers_are_out(void **state)
{
  static struct iob_s *held[256];
  unsigned int seed = 7;
  unsigned int round;
  int out = 0;

  (void)state;
  memset(held, 0, sizeof(held));
  for (round = 0; round < 3000; round++)
    {
      unsigned int i = fixture_random(&seed) % nitems(held);

      if (held[i] != NULL)
        {
          iob_free(held[i]);
          held[i] = NULL;
          out--;
        }
      else if ((held[i] = iob_tryalloc(false)) != NULL)
        {
          out++;
        }

      assert_int_equal(iob_navail(false), g_before.stats.nfree - out);
    }

  for (round = 0; round < nitems(held); round++)
    {
      if (held[round] != NULL)
        {
          iob_free(held[round]);
        }
    }
}

static void the_map_shows_every_granule(void **state)
{
  struct iob_s *iob = fixture_packet(0, 100);
  struct iob_s *view = iob_share(iob, 0, 10);
  char *map = malloc(info().arena / IOB_GRANULE + 1);
  int n = iob_arena_map(map, info().arena / IOB_GRANULE + 1);
  char cut[4];

  (void)state;
  assert_int_equal(n, info().arena / IOB_GRANULE);
  assert_int_equal(strlen(map), n);
  assert_int_equal(map[0], 'S');
  assert_int_equal(strspn(map, "Ss.Mm"), n);
  assert_int_equal(iob_arena_map(cut, sizeof(cut)), n);
  assert_int_equal(strlen(cut), 3);
  assert_int_equal(iob_arena_map(NULL, 0), n);
  iob_free(view);
  iob_free(iob);
  free(map);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    FIXTURE_TEST(jumbo_and_small_come_from_the_same_aligned_arena),
    FIXTURE_TEST(a_jumbo_frame_fits_beside_small_ones),
    FIXTURE_TEST(a_100_byte_packet_costs_what_is_promised),
    FIXTURE_TEST(metadata_is_at_most_a_hundredth),
    FIXTURE_TEST(nine_tenths_of_the_arena_are_payload),
    FIXTURE_TEST(sizes_beyond_any_extent_are_refused),
    FIXTURE_TEST(the_largest_extent_can_be_had_if_the_arena_has_it),
    FIXTURE_TEST(an_empty_size_has_an_extent_all_the_same),
    FIXTURE_TEST(headroom_is_in_front_of_the_data),
    FIXTURE_TEST(short_ones_lie_low_and_long_ones_high),
    FIXTURE_TEST(a_shrunk_extent_gives_its_tail_back),
    FIXTURE_TEST(an_extent_grows_in_place_or_not_at_all),
    FIXTURE_TEST(what_grows_takes_nothing_that_is_reserved),
    FIXTURE_TEST(frames_are_kept_while_memory_is_plenty),
    FIXTURE_TEST(kept_frames_are_there_for_everybody),
    FIXTURE_TEST(all_buffers_of_the_pool_make_one_packet),
    FIXTURE_TEST(navail_is_never_more_than_can_be_had),
    FIXTURE_TEST(navail_is_exact_when_only_buffers_are_out),
    FIXTURE_TEST(the_map_shows_every_granule),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
