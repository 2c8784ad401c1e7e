/* tests/host/iob/test_count.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The count of views.  Goal: an extent goes with its last view, whatever the
 * order and however many there are; a count that gets to its limit stays
 * there and frees nothing early; one that would fall below zero is told
 * about and frees nothing.  Method: views are made and freed in random
 * orders against a plain number; as nobody can make 2^30 views, the count is
 * set to just below the limit.  A saturated extent is leaked by intent: the
 * pool is initialised again after it.
 */

#include "iob_fixture.h"

#include <errno.h>

#include "../../../mm/iob/iob.h"

#define SEGMENT 500

static struct iob_report_s g_report;
static unsigned int g_nreports;
static unsigned int g_ncalls;

static void record(const struct iob_report_s *report)
{
  g_report = *report;
  g_nreports++;
}

static void told(void *data)
{
  (void)data;
  g_ncalls++;
}

static int setup(void **state)
{
  fixture_setup(state);
  iob_set_report(record);
  g_nreports = 0;
  g_ncalls   = 0;
  return 0;
}

static int teardown(void **state)
{
  iob_set_report(NULL);
  assert_int_equal(g_nreports, 0);
  return fixture_teardown(state);
}

static struct iob_info_s info(void)
{
  struct iob_info_s now;

  iob_getinfo(&now);
  return now;
}

static int32_t count_of(const struct iob_s *iob)
{
  return iob->io_ext == NULL ? 1 : atomic_read(&iob->io_ext->ex_ref);
}

static void free_isr(void *arg)
{
  iob_free(arg);
}

/* Counting */

/* Goal: the count is the number of views, and the extent goes with the last.
 * Method: as many views as there are, made from random ones on random parts,
 * freed in random order by tasks and interrupts; thousands in all.
 */

static void extent_goes_with_its_last_view(void **state)
{
  static struct iob_s *view[IOB_NVIEWS];
  unsigned int seed = 99;
  unsigned int made = 0;
  unsigned int n;

  (void)state;
  while (made < 20000)
    {
      uint8_t *base;
      size_t used;

      view[0] = fixture_packet(40, SEGMENT);
      base    = view[0]->io_data;
      used    = info().used;

      for (n = 1; ; n++)
        {
          struct iob_s *from = view[fixture_random(&seed) % n];
          unsigned int at = fixture_random(&seed) % from->io_len;
          struct iob_s *more = iob_share(from, at, from->io_len - at);

          if (more == NULL)
            {
              break;
            }

          view[n] = more;
          assert_int_equal(count_of(more), n + 1);
        }

      assert_true(n > 20);
      made += n;
      assert_int_equal(info().used, used);
      assert_int_equal(iob_check(), 0);

      for (; n > 0; n--)
        {
          unsigned int i = fixture_random(&seed) % n;

          assert_int_equal(info().used, used);
          assert_int_equal(count_of(view[i]), n);
          fixture_verify(view[i], IOB_DATA(view[i]) - base - 40,
                         view[i]->io_len);
          if (n % 3 == 0)
            {
              assert_true(host_interrupt(free_isr, view[i]));
            }
          else
            {
              assert_null(iob_free(view[i]));
            }

          view[i] = view[n - 1];
        }

      assert_int_equal(info().used, 0);
      assert_int_equal(iob_check(), 0);
    }

  assert_int_equal(info().nsaturated, 0);
}

/* Goal: views come and go at any time, and the count follows.  Method: a
 * random walk over three extents and a plain number for each.
 */

static void count_follows_a_random_walk(void **state)
{
  static struct iob_s *view[3][16];
  unsigned int n[3] =
    {
      0, 0, 0
    };

  unsigned int seed = 5;
  unsigned int step;
  unsigned int k;

  (void)state;
  for (step = 0; step < 30000; step++)
    {
      struct iob_s **list;

      k    = fixture_random(&seed) % 3;
      list = view[k];

      if (n[k] == 0)
        {
          list[n[k]++] = fixture_packet(0, 100);
        }
      else if (n[k] < 16 && fixture_random(&seed) % 2 == 0)
        {
          struct iob_s *from = list[fixture_random(&seed) % n[k]];
          struct iob_s *more = iob_share(from, 0, from->io_len);

          if (more != NULL)
            {
              list[n[k]++] = more;
            }
        }
      else
        {
          unsigned int i = fixture_random(&seed) % n[k];

          iob_free(list[i]);
          list[i] = list[--n[k]];
        }

      if (n[k] > 0)
        {
          assert_int_equal(count_of(list[0]), n[k]);
          assert_int_equal(iob_writable(list[0]), n[k] == 1);
          fixture_verify(list[n[k] - 1], 0, 100);
        }

      if (step % 100 == 0)
        {
          assert_int_equal(iob_check(), 0);
        }
    }

  for (k = 0; k < 3; k++)
    {
      while (n[k] > 0)
        {
          iob_free(view[k][--n[k]]);
        }
    }
}

/* Goal: without views a share changes no count.  Method: all are taken. */

static void refused_share_changes_no_count(void **state)
{
  struct iob_s *iob = fixture_packet(0, SEGMENT);
  struct iob_s *hoard = NULL;
  struct iob_s *view;
  unsigned int n = 1;
  unsigned int i;

  (void)state;
  while ((view = iob_share(iob, 0, SEGMENT)) != NULL)
    {
      view->io_flink = hoard;
      hoard          = view;
      n++;
    }

  for (i = 0; i < 3; i++)
    {
      assert_null(iob_share(iob, 0, 1));
      assert_null(iob_share(hoard, 0, 1));
      assert_int_equal(count_of(iob), n);
    }

  assert_int_equal(iob_share(iob, SEGMENT, 1) != NULL, 0);
  assert_int_equal(count_of(iob), n);
  assert_int_equal(info().nshare, n - 1);
  iob_free_chain(hoard);
  assert_int_equal(count_of(iob), 1);
  fixture_verify(iob, 0, SEGMENT);
  iob_free(iob);
}

/* Goal: with a count of one again a view has the private window back: the
 * whole extent, and no common part once it needed the room.  Method: each of
 * four views stays as the last; the window grows to both sides.
 */

static void last_view_gets_the_window_back(void **state)
{
  unsigned int last;

  (void)state;
  for (last = 0; last < 4; last++)
    {
      struct iob_s *iob = fixture_packet(60, SEGMENT);
      uint8_t *base = iob->io_data;
      unsigned int size = IOB_BUFSIZE(iob);
      struct iob_s *view[4];
      unsigned int offset;
      unsigned int i;

      view[0] = iob;
      view[1] = iob_share(iob, 0, SEGMENT);
      view[2] = iob_share(iob, 100, 50);
      view[3] = iob_share(view[2], 10, 5);
      iob     = view[last];
      offset  = IOB_DATA(iob) - base;

      for (i = 0; i < 4; i++)
        {
          if (i != last)
            {
              if (i != 1 && last != 1)
                {
                  assert_int_equal(iob_push(iob, 1), -ENOSPC);
                }

              assert_false(iob_writable(iob));
              iob_free(view[i]);
            }
        }

      assert_true(iob_writable(iob));
      assert_int_equal(iob_push(iob, offset), OK);
      assert_ptr_equal(IOB_DATA(iob), base);
      assert_int_equal(iob_push(iob, 1), -ENOSPC);
      assert_int_equal(iob_unshare(iob), OK);
      assert_ptr_equal(iob->io_data, base);
      assert_int_equal(IOB_BUFSIZE(iob), size);
      assert_int_equal(iob_tailroom(iob), size - iob->io_len);
      assert_null(iob->io_ext);
      assert_int_equal(iob_check(), 0);
      iob_free(iob);
    }
}

/* Saturation */

/* An iob with a view on it whose count is "below" less than the limit */

static struct iob_s *near_the_limit(struct iob_s **view, int below)
{
  struct iob_s *iob = fixture_packet(40, SEGMENT);

  *view = iob_share(iob, 0, SEGMENT);
  assert_non_null(*view);
  atomic_set(&iob->io_ext->ex_ref, IOB_REF_SATURATED - below);
  return iob;
}

/* The extent was leaked by intent: begin again */

static void begin_again(void)
{
  assert_int_equal(iob_check(), 0);
  assert_int_equal(g_nreports, 0);
  iob_initialize();
}

/* Goal: the count does not pass its limit, and that is counted once.
 * Method: shares from three below the limit to well over it.
 */

static void count_stays_at_its_limit(void **state)
{
  struct iob_s *view[12];
  struct iob_s *iob = near_the_limit(&view[0], 3);
  unsigned int i;

  (void)state;
  for (i = 1; i <= 2; i++)
    {
      view[i] = iob_share(iob, 0, SEGMENT);
      assert_int_equal(count_of(iob), IOB_REF_SATURATED - 3 + i);
      assert_int_equal(info().nsaturated, 0);
    }

  for (; i < 12; i++)
    {
      view[i] = iob_share(i % 2 == 0 ? iob : view[i - 1], 0, SEGMENT);
      assert_non_null(view[i]);
      assert_int_equal(count_of(iob), IOB_REF_SATURATED);
      assert_int_equal(info().nsaturated, 1);
      fixture_verify(view[i], 0, SEGMENT);
    }

  begin_again();
}

/* Goal: a saturated extent is never freed, however many views go, and is
 * not told about as a fault.  Method: all views are freed, by tasks and
 * interrupts; the bytes stay, and memory handed out later lies elsewhere.
 */

static void saturated_extent_is_not_freed(void **state)
{
  struct iob_s *view[8];
  struct iob_s *iob = near_the_limit(&view[0], 1);
  uint8_t *data = IOB_DATA(iob);
  struct iob_ext_s *ext = iob->io_ext;
  struct iob_s *hoard = NULL;
  struct iob_s *more;
  size_t used;
  unsigned int i;

  (void)state;
  for (i = 1; i < 8; i++)
    {
      view[i] = iob_share(iob, 0, SEGMENT);
    }

  used = info().used;
  iob_free(iob);
  for (i = 0; i < 8; i++)
    {
      assert_int_equal(atomic_read(&ext->ex_ref), IOB_REF_SATURATED);
      fixture_verify(view[i], 0, SEGMENT);
      if (i % 2 == 0)
        {
          iob_free(view[i]);
        }
      else
        {
          assert_true(host_interrupt(free_isr, view[i]));
        }

      assert_int_equal(info().used, used);
    }

  assert_int_equal(atomic_read(&ext->ex_ref), IOB_REF_SATURATED);
  assert_int_equal(info().nsaturated, 1);
  assert_int_equal(info().views_used, 1);

  while ((more = iob_tryalloc(false)) != NULL)
    {
      assert_true(more->io_data + IOB_BUFSIZE(more) <= data ||
                  more->io_data >= data + SEGMENT);
      memset(more->io_data, 0, IOB_BUFSIZE(more));
      more->io_flink = hoard;
      hoard          = more;
    }

  for (i = 0; i < SEGMENT; i++)
    {
      assert_int_equal(data[i], fixture_byte(i));
    }

  iob_free_chain(hoard);
  begin_again();
}

/* Goal: views of a saturated extent are not writable and do not push, but
 * copying works and lets go.  Method: two views, of which one copies.
 */

static void saturated_extent_is_copied(void **state)
{
  struct iob_s *view;
  struct iob_s *iob = near_the_limit(&view, 0);
  struct iob_ext_s *ext = iob->io_ext;

  (void)state;
  assert_false(iob_writable(iob));
  assert_int_equal(iob_push(iob, 1), -ENOSPC);
  assert_int_equal(iob_shrink(iob), -EBUSY);
  assert_int_equal(iob_grow(iob, 1000), -EBUSY);
  assert_int_equal(iob_unshare(iob), OK);
  assert_true(iob_writable(iob));
  memset(IOB_DATA(iob), 0, SEGMENT);
  fixture_verify(view, 0, SEGMENT);
  assert_int_equal(atomic_read(&ext->ex_ref), IOB_REF_SATURATED);
  iob_free(iob);
  assert_false(iob_writable(view));
  iob_free(view);
  assert_int_equal(atomic_read(&ext->ex_ref), IOB_REF_SATURATED);
  begin_again();
}

/* Goal: one below the limit is an ordinary count.  Method: it goes down to
 * nothing as any other, and the extent is freed.
 */

static void count_below_the_limit_goes_down(void **state)
{
  struct iob_s *view;
  struct iob_s *iob = near_the_limit(&view, 1);

  (void)state;
  iob_free(view);
  assert_int_equal(count_of(iob), IOB_REF_SATURATED - 2);
  assert_int_equal(info().nsaturated, 0);
  atomic_set(&iob->io_ext->ex_ref, 1);
  assert_true(iob_writable(iob));
  iob_free(iob);
  assert_int_equal(info().used, 0);
}

/* Goal: outside data with a saturated count is never given back.  Method:
 * all views go, and the callback does not run.
 */

static void saturated_outside_data_is_kept(void **state)
{
  static uint8_t data[100];
  struct iob_s *iob = iob_alloc_with_data(data, sizeof(data), told);
  struct iob_s *view;

  (void)state;
  iob->io_len    = 100;
  iob->io_pktlen = 100;
  atomic_set(&iob->io_ext->ex_ref, IOB_REF_SATURATED - 1);
  view = iob_share(iob, 0, 100);
  assert_int_equal(info().nsaturated, 1);
  iob_free(view);
  iob_free(iob);
  assert_int_equal(g_ncalls, 0);
  begin_again();
}

/* Underflow */

/* Goal: a count that would fall below zero is reported, and nothing is
 * freed.  Method: counts of 0 and less; the other view still has its bytes;
 * with the right count everything goes as usual.
 */

static void underflow_is_reported(void **state)
{
  static const int wrong[] =
  {
    0, -1, -1000, INT32_MIN
  };

  unsigned int i;

  (void)state;
  for (i = 0; i < nitems(wrong); i++)
    {
      struct iob_s *iob = fixture_packet(40, SEGMENT);
      uint8_t *base = iob->io_data;
      struct iob_s *view = iob_share(iob, 0, SEGMENT);
      struct iob_ext_s *ext = iob->io_ext;
      struct iob_info_s before = info();
      struct iob_info_s after;

      atomic_set(&ext->ex_ref, wrong[i]);
      iob_free(i % 2 == 0 ? view : iob);
      assert_int_equal(g_nreports, 1);
      assert_int_equal(g_report.kind, IOB_FAULT_COUNT);
      assert_ptr_equal(g_report.base, base);
      assert_int_equal(g_report.size, SEGMENT + 40);
      g_nreports = 0;

      after = info();
      assert_int_equal(after.used, before.used);
      assert_int_equal(after.fault, before.fault + 1);
      assert_int_equal(atomic_read(&ext->ex_ref), wrong[i]);

      atomic_set(&ext->ex_ref, 1);
      fixture_verify(i % 2 == 0 ? iob : view, 0, SEGMENT);
      iob_free(i % 2 == 0 ? iob : view);
      assert_int_equal(info().used, 0);
    }
}

/* Goal: outside data whose count is too low is not given back twice.
 * Method: two views on a count of one: the callback runs once.
 */

static void underflow_tells_nobody_twice(void **state)
{
  static uint8_t data[100];
  struct iob_s *iob = iob_alloc_with_data(data, sizeof(data), told);

  (void)state;
  atomic_set(&iob->io_ext->ex_ref, 0);
  iob_free(iob);
  assert_int_equal(g_nreports, 1);
  assert_int_equal(g_report.kind, IOB_FAULT_COUNT);
  assert_ptr_equal(g_report.base, data);
  assert_int_equal(g_report.size, 100);
  assert_int_equal(g_ncalls, 0);
  g_nreports = 0;
  iob_initialize();
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
  static const struct CMUnitTest tests[] =
  {
    TEST(extent_goes_with_its_last_view),
    TEST(count_follows_a_random_walk),
    TEST(refused_share_changes_no_count),
    TEST(last_view_gets_the_window_back),
    TEST(count_stays_at_its_limit),
    TEST(saturated_extent_is_not_freed),
    TEST(saturated_extent_is_copied),
    TEST(count_below_the_limit_goes_down),
    TEST(saturated_outside_data_is_kept),
    TEST(underflow_is_reported),
    TEST(underflow_tells_nobody_twice),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
