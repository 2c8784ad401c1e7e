/* tests/host/iob/test_frames.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The cache of frames: free extents of one length that are handed out again
 * as they are, in an arena of at least 1 MB.  Goal: it saves work and is
 * never in the way: what is cached is free for everybody, whatever length
 * and class it has, and the checks of a debug build see into it.  Method:
 * extents of the length of a frame, one by one; iob_check() after each step.
 */

#include "iob_fixture.h"
#include "../../../mm/iob/iob.h"

#define FRAME 1600
#define OTHER 2400

#ifdef CONFIG_IOB_DEBUG
static struct iob_report_s g_report;
static unsigned int g_nreports;

static void note(const struct iob_report_s *report)
{
  g_report = *report;
  g_nreports++;
}
#endif

static struct iob_info_s look(void)
{
  struct iob_info_s info;

  assert_int_equal(iob_check(), 0);
  iob_getinfo(&info);
  return info;
}

/* Bytes in the cache: iob_getinfo() would empty it */

static size_t cached(void)
{
  assert_int_equal(iob_check(), 0);
  return (size_t)g_iob.framed * IOB_GRANULE;
}

static struct iob_s *frame(unsigned int size, enum iob_class_e cls)
{
  struct iob_s *iob = iob_tryalloc_contig(size, 0, cls);

  assert_non_null(iob);
  return iob;
}

/* The same class and length: the same extent; nothing counts as used */

static void frame_is_handed_out_again(void **state)
{
  struct iob_s *iob = frame(FRAME, IOB_CLASS_TX);
  uint8_t *base = iob->io_data;

  (void)state;
  assert_int_equal(cached(), 0);
  iob_free(iob);
  assert_true(cached() >= FRAME);
  assert_int_equal(look().used, 0);
  iob = frame(FRAME, IOB_CLASS_TX);
  assert_ptr_equal(iob->io_data, base);
  assert_int_equal(iob->io_len, 0);
  assert_int_equal(cached(), 0);
  iob_free(iob);
}

/* A sender frees views by the dozen, and receives acknowledgements: there is
 * room for small extents in the cache, however many views it holds.
 */

static void views_leave_room_for_small_extents(void **state)
{
  struct iob_s *view[IOB_CACHEMAX + 1];
  struct iob_s *iob = frame(FRAME, IOB_CLASS_TX);
  struct iob_s *small = frame(100, IOB_CLASS_RX);
  uint8_t *base = small->io_data;
  unsigned int i;

  (void)state;
  iob->io_len = 1;
  for (i = 0; i < nitems(view); i++)
    {
      view[i] = iob_share(iob, 0, 1);
      assert_non_null(view[i]);
    }

  for (i = 0; i < nitems(view); i++)
    {
      iob_free(view[i]);
    }

  assert_int_equal(iob_check(), 0);
  assert_int_equal(g_iob.cached[0], IOB_CACHEMAX);
  iob_free(small);
  assert_int_equal(iob_check(), 0);
  assert_int_equal(g_iob.cached[1], IOB_UNITS(100));
  small = frame(100, IOB_CLASS_RX);
  assert_ptr_equal(small->io_data, base);
  iob_free(small);
  iob_free(iob);
}

/* A device has another MTU now: its frames replace the old ones */

static void one_length_at_a_time(void **state)
{
  struct iob_s *iob[20];
  unsigned int i;

  (void)state;
  for (i = 0; i < nitems(iob); i++)
    {
      iob[i] = frame(i < 10 ? FRAME : OTHER, i % IOB_NCLASSES);
    }

  for (i = 0; i < 10; i++)
    {
      iob_free(iob[i]);
    }

  assert_true(cached() >= 10 * FRAME);
  for (; i < nitems(iob); i++)
    {
      iob_free(iob[i]);
      cached();
    }

  /* The old ones go a few at a time */

  assert_true(cached() >= 5 * OTHER);
  assert_int_equal(look().used, 0);
}

/* All of the memory can be had by one class, for another length, though an
 * eighth of it is cached for others.
 */

static unsigned int take_all(unsigned int size, struct iob_s **list)
{
  struct iob_s *iob;
  unsigned int n = 0;

  *list = NULL;
  while ((iob = iob_tryalloc_contig(size, 0, IOB_CLASS_TX)) != NULL)
    {
      iob->io_flink = *list;
      *list = iob;
      n++;
    }

  return n;
}

static void give_back(struct iob_s *list)
{
  while (list != NULL)
    {
      struct iob_s *next = list->io_flink;

      list->io_flink = NULL;
      iob_free(list);
      list = next;
    }
}

static void cache_keeps_nothing_from_others(void **state)
{
  unsigned int lengths[] =
  {
    OTHER, 9000, FRAME, 40
  };

  unsigned int i;

  (void)state;
  for (i = 0; i < nitems(lengths); i++)
    {
      struct iob_s *frames;
      struct iob_s *list;
      unsigned int n;

      iob_initialize();
      n = take_all(lengths[i], &list);
      give_back(list);
      iob_initialize();
      take_all(FRAME, &frames);
      give_back(frames);
      assert_true(cached() > 0);

      /* Long ones may not fit between those that were cached; granules do */

      assert_in_range(take_all(lengths[i], &list),
                      lengths[i] == 40 ? n : n - n / 16, n);
      assert_int_equal(cached(), 0);
      give_back(list);
      look();
    }
}

/* While more than half is in use frames go back to the common memory */

static void nothing_is_cached_when_memory_is_short(void **state)
{
  struct iob_s *list;
  struct iob_s *one;

  (void)state;
  take_all(FRAME, &list);
  one  = list;
  list = one->io_flink;
  one->io_flink = NULL;
  iob_free(one);
  assert_int_equal(cached(), 0);
  give_back(list);
  assert_true(cached() > 0);
}

#ifdef CONFIG_IOB_DEBUG

/* Every byte of a frame in the cache is watched */

static void write_to_a_cached_frame_is_caught(void **state)
{
  static const unsigned int at[] =
  {
    0, 1, 63, 64, FRAME - 1
  };

  unsigned int i;

  (void)state;
  for (i = 0; i < nitems(at); i++)
    {
      struct iob_s *iob = frame(FRAME, IOB_CLASS_RX);
      uint8_t *base = iob->io_data;

      iob_free(iob);
      iob_set_report(note);
      g_nreports = 0;
      base[at[i]] ^= 1;
      iob = iob_tryalloc_contig(FRAME, 0, IOB_CLASS_RX);
      assert_non_null(iob);
      assert_ptr_equal(iob->io_data, base);
      assert_int_equal(g_nreports, 1);
      assert_int_equal(g_report.kind, IOB_FAULT_USEAFTERFREE);
      assert_int_equal(g_report.offset, at[i]);
      iob_set_report(NULL);
      iob_free(iob);
    }
}

static void frame_is_not_freed_twice(void **state)
{
  struct iob_s *iob = frame(FRAME, IOB_CLASS_RX);
  size_t before;

  (void)state;
  iob_free(iob);
  before = cached();
  iob_set_report(note);
  g_nreports = 0;
  iob_free(iob);
  assert_int_equal(g_nreports, 1);
  assert_int_equal(g_report.kind, IOB_FAULT_DOUBLEFREE);
  iob_set_report(NULL);
  assert_int_equal(cached(), before);
}
#endif

int main(void)
{
  static const struct CMUnitTest tests[] =
  {
    FIXTURE_TEST(frame_is_handed_out_again),
    FIXTURE_TEST(views_leave_room_for_small_extents),
    FIXTURE_TEST(one_length_at_a_time),
    FIXTURE_TEST(cache_keeps_nothing_from_others),
    FIXTURE_TEST(nothing_is_cached_when_memory_is_short),
#ifdef CONFIG_IOB_DEBUG
    FIXTURE_TEST(write_to_a_cached_frame_is_caught),
    FIXTURE_TEST(frame_is_not_freed_twice),
#endif
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
