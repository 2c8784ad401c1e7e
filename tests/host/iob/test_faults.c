/* tests/host/iob/test_faults.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Misuse that CONFIG_IOB_DEBUG catches.  Goal: every kind of fault is told
 * to the function of iob_set_report(), with the extent and the call sites
 * that the interface promises, and what is legal is not.  Method: each fault
 * is planted on purpose, at every byte where that is few, and the report is
 * compared.  The allocations and frees that a report must name are made by
 * small functions of their own, called by volatile pointers: a call site is
 * right if it lies in the right one of them.  What a fault has destroyed is
 * repaired, or the pool is initialised again, before the final checks.
 */

#include "iob_fixture.h"

#include <errno.h>
#include <limits.h>

#include "../../../mm/iob/iob.h"

#define MAXREPORTS 64

/* No function with a call site in it is as long as this */

#define MAXCODE    512

typedef struct iob_s *(*alloc_t)(unsigned int size, unsigned int headroom);
typedef struct iob_s *(*share_t)(struct iob_s *iob, unsigned int offset,
                                 unsigned int len);
typedef struct iob_s *(*free_t)(void *iob);

static struct iob_report_s g_report[MAXREPORTS];
static unsigned int g_nreports;
static jmp_buf g_panic;

/* The call sites.  What follows the call keeps it from being a jump. */

#define STAY() __asm__ __volatile__("" ::: "memory")

static struct iob_s *site_alloc(unsigned int size, unsigned int headroom)
{
  struct iob_s *iob = iob_tryalloc_contig(size, headroom, IOB_CLASS_TX);

  STAY();
  return iob;
}

static struct iob_s *site_alloc2(unsigned int size, unsigned int headroom)
{
  struct iob_s *iob = iob_tryalloc_contig(size, headroom, IOB_CLASS_TX);

  STAY();
  return iob;
}

static struct iob_s *site_share(struct iob_s *iob, unsigned int offset,
                                unsigned int len)
{
  struct iob_s *view = iob_share(iob, offset, len);

  STAY();
  return view;
}

static struct iob_s *site_free(void *iob)
{
  struct iob_s *next = iob_free(iob);

  STAY();
  return next;
}

static struct iob_s *site_again(void *iob)
{
  struct iob_s *next = iob_free(iob);

  STAY();
  return next;
}

static volatile alloc_t g_alloc = site_alloc;
static volatile alloc_t g_alloc2 = site_alloc2;
static volatile share_t g_share = site_share;
static volatile free_t g_free = site_free;
static volatile free_t g_again = site_again;

#define assert_site(site, function) \
  assert_true((uintptr_t)(site) - (uintptr_t)(function) < MAXCODE)

/* Receiving and taking reports */

static void record(const struct iob_report_s *report)
{
  if (g_nreports < MAXREPORTS)
    {
      g_report[g_nreports] = *report;
    }

  g_nreports++;
}

/* The first of the reports, all of which must be of this kind */

static struct iob_report_s caught(enum iob_fault_e kind)
{
  unsigned int i;

  assert_true(g_nreports > 0);
  assert_true(g_nreports <= MAXREPORTS);
  for (i = 0; i < g_nreports; i++)
    {
      assert_int_equal(g_report[i].kind, kind);
    }

  g_nreports = 0;
  return g_report[0];
}

/* The only report */

static struct iob_report_s caught_once(enum iob_fault_e kind)
{
  assert_int_equal(g_nreports, 1);
  return caught(kind);
}

/* At least one report is of this kind; it may have followed from others */

static struct iob_report_s caught_among(enum iob_fault_e kind)
{
  unsigned int i;

  assert_true(g_nreports <= MAXREPORTS);
  for (i = 0; i < g_nreports; i++)
    {
      if (g_report[i].kind == kind)
        {
          g_nreports = 0;
          return g_report[i];
        }
    }

  fail_msg("not reported: kind %d", (int)kind);
  return g_report[0];
}

static void caught_nothing(void)
{
  assert_int_equal(g_nreports, 0);
  assert_int_equal(iob_check(), 0);
  assert_int_equal(g_nreports, 0);
}

/* The report names the extent */

static void assert_extent(const struct iob_report_s *report,
                          const uint8_t *base, unsigned int size)
{
  assert_ptr_equal(report->base, base);
  assert_int_equal(report->size, size);
}

static int setup(void **state)
{
  fixture_setup(state);
  iob_set_report(record);
  g_nreports = 0;
  return 0;
}

static int teardown(void **state)
{
  host_panic_hook = NULL;
  iob_set_report(NULL);
  assert_int_equal(g_nreports, 0);
  return fixture_teardown(state);
}

/* A packet of the named call site: byte i is fixture_byte(i) */

static struct iob_s *packet(unsigned int headroom, unsigned int len)
{
  struct iob_s *iob = g_alloc(len, headroom);
  unsigned int i;

  assert_non_null(iob);
  for (i = 0; i < len; i++)
    {
      IOB_DATA(iob)[i] = fixture_byte(i);
    }

  iob->io_len    = len;
  iob->io_pktlen = len;
  return iob;
}

/* Double free */

/* Goal: a second free names itself, the first one and the allocation, and
 * changes nothing.  Method: extents that go to the front cache and that do
 * not, freed twice and a third time.
 */

static void double_free_names_both_sites(void **state)
{
  static const unsigned int size[] =
  {
    1, 100, 196, 248, 249, 1460, 4000
  };

  unsigned int i;

  (void)state;
  for (i = 0; i < nitems(size); i++)
    {
      struct iob_s *iob = g_alloc(size[i], 0);
      uint8_t *base = iob->io_data;
      struct iob_report_s report;
      struct iob_info_s before;
      struct iob_info_s after;
      unsigned int times;

      g_free(iob);
      caught_nothing();
      iob_getinfo(&before);

      for (times = 0; times < 2; times++)
        {
          assert_null(g_again(iob));
          report = caught_once(IOB_FAULT_DOUBLEFREE);
          assert_ptr_equal(report.iob, iob);
          assert_extent(&report, base, size[i]);
          assert_site(report.site, site_again);
          assert_site(report.alloc, site_alloc);
          assert_site(report.release, site_free);
          caught_nothing();
        }

      iob_getinfo(&after);
      assert_int_equal(after.used, before.used);
      assert_int_equal(after.views_used, before.views_used);
      assert_int_equal(after.fault, before.fault + 2);
    }
}

/* Goal: freeing one view twice does not take the other view's count.
 * Method: free the view, or the source, twice; the other is still whole.
 */

static void double_free_of_a_view_leaves_the_other(void **state)
{
  unsigned int which;

  (void)state;
  for (which = 0; which < 2; which++)
    {
      struct iob_s *iob = packet(32, 1000);
      uint8_t *base = iob->io_data;
      struct iob_s *view = g_share(iob, 0, 1000);
      struct iob_s *gone = which == 0 ? iob : view;
      struct iob_s *stays = which == 0 ? view : iob;
      struct iob_report_s report;

      g_free(gone);
      caught_nothing();
      g_again(gone);
      report = caught_once(IOB_FAULT_DOUBLEFREE);
      assert_ptr_equal(report.iob, gone);
      assert_true(report.base >= base && report.base <= base + 32);
      assert_site(report.site, site_again);
      assert_site(report.release, site_free);
      assert_site(report.alloc, which == 0 ? (uintptr_t)site_alloc :
                                             (uintptr_t)site_share);

      caught_nothing();
      fixture_verify(stays, 0, 1000);
      assert_true(iob_writable(stays));
      g_free(stays);
    }

  caught_nothing();
}

/* Goal: a free that is caught does not follow a stale io_flink.  Method: the
 * second free of the head of a chain returns NULL and the rest stays.
 */

static void double_free_of_a_head_leaves_the_rest(void **state)
{
  struct iob_s *iob = packet(0, 100);
  struct iob_s *rest = packet(0, 50);

  (void)state;
  iob_concat(iob, rest);
  assert_ptr_equal(g_free(iob), rest);
  assert_int_equal(rest->io_pktlen, 50);
  assert_null(g_again(iob));
  caught_once(IOB_FAULT_DOUBLEFREE);
  iob_free_chain(iob);
  caught_once(IOB_FAULT_DOUBLEFREE);
  fixture_verify(rest, 0, 50);
  g_free(rest);
}

/* What never was an iob */

/* Goal: memory that is no iob is refused, whatever it holds.  Method: zeros,
 * ones, and flags that claim to be an embedded descriptor.
 */

static void foreign_address_is_refused(void **state)
{
  static struct iob_s fake[4];
  static const int fill[] =
  {
    0x00, 0xff, IOB_F_LIVE, IOB_F_EMBED, IOB_F_LIVE | IOB_F_EMBED,
    IOB_POISON, IOB_CANARY
  };

  struct iob_report_s report;
  unsigned int i;

  (void)state;
  for (i = 0; i < nitems(fill); i++)
    {
      memset(fake, fill[i], sizeof(fake));
      assert_null(g_again(fake));
      report = caught_once(IOB_FAULT_FOREIGN);
      assert_ptr_equal(report.iob, fake);
      assert_site(report.site, site_again);
      assert_null(report.base);
      assert_int_equal(report.size, 0);
      assert_int_equal(((uint8_t *)fake)[0], fill[i]);
      caught_nothing();
    }

  assert_null(g_again(NULL));
  caught_once(IOB_FAULT_FOREIGN);
}

/* Goal: a misaligned pointer is refused without being followed.  Method:
 * every misalignment, in memory that has no iob.
 */

static void misaligned_address_is_refused(void **state)
{
  static struct iob_s fake[2];
  struct iob_report_s report;
  unsigned int i;

  (void)state;
  memset(fake, 0xff, sizeof(fake));
  for (i = 1; i < sizeof(void *); i++)
    {
      uint8_t *at = (uint8_t *)fake + i;

      assert_null(g_again(at));
      report = caught_once(IOB_FAULT_FOREIGN);
      assert_ptr_equal(report.iob, at);
      assert_site(report.site, site_again);
    }

  caught_nothing();
}

/* Goal: the common part of an extent is no view.  Method: free it. */

static void common_part_is_refused(void **state)
{
  struct iob_s *iob = packet(0, 300);
  uint8_t *base = iob->io_data;
  struct iob_s *view = g_share(iob, 0, 300);
  struct iob_report_s report;

  (void)state;
  assert_null(g_again(iob->io_ext));
  report = caught_once(IOB_FAULT_FOREIGN);
  assert_ptr_equal(report.base, base);
  assert_site(report.site, site_again);
  caught_nothing();
  fixture_verify(view, 0, 300);
  iob_free(iob);
  iob_free(view);
}

/* Goal: an address inside a descriptor or inside data is refused.  Method:
 * every byte of a live descriptor, of a free one, and of an extent.
 */

static void interior_address_is_refused(void **state)
{
  struct iob_s *iob = packet(16, 100);
  struct iob_report_s report;
  unsigned int i;

  (void)state;
  for (i = 1; i < sizeof(struct iob_s); i++)
    {
      assert_null(g_again((uint8_t *)iob + i));
      report = caught_once(IOB_FAULT_INTERIOR);
      assert_ptr_equal(report.iob, (uint8_t *)iob + i);
      assert_site(report.site, site_again);

      assert_null(g_again((uint8_t *)&g_iob_views[IOB_NVIEWS - 1] + i));
      caught_once(IOB_FAULT_INTERIOR);
    }

  for (i = 0; i < 3u * IOB_GRANULE; i++)
    {
      assert_null(g_again(iob->io_data + i));
      report = caught_once(IOB_FAULT_INTERIOR);
      assert_ptr_equal(report.iob, iob->io_data + i);
      assert_ptr_equal(report.base + report.offset, iob->io_data + i);
      assert_site(report.site, site_again);
    }

  caught_nothing();
  fixture_verify(iob, 0, 100);
  g_free(iob);
}

/* Beyond the buffer */

/* Goal: one byte behind the buffer is caught, by a check and by the free,
 * and the last byte of the buffer is not.  Method: sizes below, at and above
 * a granule; each guard byte.
 */

static void overrun_by_one_byte_is_caught(void **state)
{
  static const unsigned int size[] =
  {
    1, 56, 57, 64, 100, 128, 196, 1460
  };

  unsigned int i;
  unsigned int n;

  (void)state;
  for (i = 0; i < nitems(size); i++)
    {
      struct iob_s *iob = g_alloc(size[i], 0);
      unsigned int slack = iob->io_slack;

      assert_int_equal(IOB_BUFSIZE(iob), size[i]);
      assert_true(slack >= IOB_REDZONE);
      iob->io_data[size[i] - 1] ^= 0xff;
      caught_nothing();
      g_free(iob);

      for (n = 0; n < slack; n++)
        {
          struct iob_report_s report;
          uint8_t *base;

          iob  = g_alloc(size[i], 0);
          base = iob->io_data;
          base[size[i] + n] ^= 0x01;

          assert_int_equal(iob_check(), 1);
          report = caught_once(IOB_FAULT_OVERRUN);
          assert_ptr_equal(report.iob, iob);
          assert_extent(&report, base, size[i]);
          assert_int_equal(report.offset, size[i] + n);
          assert_site(report.alloc, site_alloc);

          g_free(iob);
          report = caught_once(IOB_FAULT_OVERRUN);
          assert_extent(&report, base, size[i]);
          assert_int_equal(report.offset, size[i] + n);
          assert_site(report.site, site_free);
          assert_site(report.alloc, site_alloc);
          caught_nothing();
        }
    }
}

/* Goal: the guard is looked at when the extent is shared, too.  Method: the
 * view, which does not reach the end, is freed first.
 */

static void overrun_of_a_shared_extent_is_caught(void **state)
{
  struct iob_s *iob = packet(0, 100);
  uint8_t *base = iob->io_data;
  struct iob_s *view = g_share(iob, 10, 20);
  struct iob_report_s report;

  (void)state;
  base[100] = 0;
  g_free(view);
  report = caught_once(IOB_FAULT_OVERRUN);
  assert_ptr_equal(report.iob, view);
  assert_extent(&report, base, 100);
  assert_int_equal(report.offset, 100);
  assert_site(report.site, site_free);
  assert_site(report.alloc, site_share);

  base[100] = IOB_CANARY;
  caught_nothing();
  g_free(iob);
}

/* Goal: a copy that is made because the data is shared has the extent's
 * guard checked as well.  Method: iob_unshare() after the overrun.
 */

static void overrun_is_caught_by_the_copy(void **state)
{
  struct iob_s *iob = packet(0, 128);
  uint8_t *base = iob->io_data;
  struct iob_s *view = g_share(iob, 0, 128);
  struct iob_report_s report;

  (void)state;
  base[128] ^= 0x80;
  assert_int_equal(iob_unshare(view), OK);
  report = caught_once(IOB_FAULT_OVERRUN);
  assert_extent(&report, base, 128);
  base[128] ^= 0x80;
  caught_nothing();
  fixture_verify(view, 0, 128);
  fixture_verify(iob, 0, 128);
  g_free(iob);
  g_free(view);
}

/* Goal: lengths that leave the buffer are caught by the check of the pool,
 * by that of the packet and by the free.  Method: one more than fits, the
 * most a field can say, and a head-room that was passed.
 */

static void length_outside_the_buffer_is_caught(void **state)
{
  static const uint16_t bad[][2] =
  {
    {0, 101}, {100, 1}, {101, 0}, {0, UINT16_MAX}, {UINT16_MAX, 0},
    {UINT16_MAX, UINT16_MAX}, {(uint16_t)-54, 54}
  };

  unsigned int i;

  (void)state;
  for (i = 0; i < nitems(bad); i++)
    {
      struct iob_s *iob = g_alloc(100, 0);
      uint8_t *base = iob->io_data;
      struct iob_report_s report;

      iob->io_offset = bad[i][0];
      iob->io_len    = bad[i][1];
      iob->io_pktlen = bad[i][1];

      assert_true(iob_check() > 0);
      report = caught(IOB_FAULT_UNDERRUN);
      assert_ptr_equal(report.iob, iob);
      assert_extent(&report, base, 100);

      assert_int_equal(iob_check_chain(iob), 1);
      report = caught_once(IOB_FAULT_UNDERRUN);
      assert_extent(&report, base, 100);
      assert_site(report.alloc, site_alloc);

      g_free(iob);
      report = caught_once(IOB_FAULT_UNDERRUN);
      assert_extent(&report, base, 100);
      assert_site(report.site, site_free);
      assert_site(report.alloc, site_alloc);
      caught_nothing();
    }
}

/* Goal: a view whose window leaves the extent is caught.  Method: the window
 * is widened by one byte to each side.
 */

static void window_outside_the_extent_is_caught(void **state)
{
  struct iob_s *iob = packet(0, 200);
  uint8_t *base = iob->io_data;
  struct iob_s *view = g_share(iob, 0, 200);
  struct iob_report_s report;

  (void)state;
  view->io_data--;
  assert_true(iob_check() > 0);
  report = caught(IOB_FAULT_UNDERRUN);
  assert_extent(&report, base, 200);
  view->io_data++;

  view->io_bufsize++;
  assert_true(iob_check() > 0);
  report = caught(IOB_FAULT_UNDERRUN);
  assert_extent(&report, base, 200);
  view->io_bufsize--;

  caught_nothing();
  g_free(view);
  g_free(iob);
}

/* After the free */

/* Goal: a byte that is written after the free is found when the memory is
 * handed out again.  Method: every byte of a small extent, guard included.
 */

static void write_after_free_is_caught_by_the_next_owner(void **state)
{
  unsigned int i;

  (void)state;
  for (i = 0; i < IOB_UNITS(100) * IOB_GRANULE; i++)
    {
      struct iob_s *iob = packet(0, 100);
      uint8_t *base = iob->io_data;
      struct iob_report_s report;

      g_free(iob);
      base[i] ^= 0x10;
      iob = g_alloc2(100, 0);
      assert_ptr_equal(iob->io_data, base);

      report = caught_once(IOB_FAULT_USEAFTERFREE);
      assert_extent(&report, base, 100);
      assert_int_equal(report.offset, i);
      assert_site(report.alloc, site_alloc);
      caught_nothing();
      g_free(iob);
    }

  caught_nothing();
}

/* Goal: it is found in memory that nobody has, too.  Method: first and last
 * byte of a large extent; the check names the granule.
 */

static void write_after_free_is_caught_by_a_check(void **state)
{
  static const unsigned int at[] =
  {
    0, 1, 63, 64, 2000, 3999
  };

  struct iob_s *iob = packet(0, 4000);
  uint8_t *base = iob->io_data;
  struct iob_report_s report;
  unsigned int i;

  (void)state;
  g_free(iob);
  caught_nothing();

  for (i = 0; i < nitems(at); i++)
    {
      uint8_t was = base[at[i]];

      base[at[i]] = (uint8_t)~was;
      assert_int_equal(iob_check(), 1);
      report = caught_once(IOB_FAULT_USEAFTERFREE);
      assert_extent(&report, base + at[i] / IOB_GRANULE * IOB_GRANULE,
                    IOB_GRANULE);
      base[at[i]] = was;
      caught_nothing();
    }
}

/* Goal: no innocent call site is named.  Method: of two extents of different
 * sites the second is written after its free; the descriptor that finds it
 * may be that of the first.
 */

static void write_after_free_accuses_nobody_else(void **state)
{
  struct iob_s *one;
  struct iob_s *two;
  struct iob_report_s report;
  uint8_t *base;
  unsigned int order;

  (void)state;
  for (order = 0; order < 2; order++)
    {
      one  = g_alloc(2000, 0);
      two  = g_alloc2(2000, 0);
      base = one->io_data;

      g_free(order == 0 ? one : two);
      g_free(order == 0 ? two : one);
      base[5] = 0;

      one    = g_alloc2(2000, 0);
      report = caught_once(IOB_FAULT_USEAFTERFREE);
      assert_ptr_equal(one->io_data, base);
      assert_extent(&report, base, 2000);
      assert_int_equal(report.offset, 5);
      if (report.alloc != NULL)
        {
          assert_site(report.alloc, site_alloc);
        }

      g_free(one);
      caught_nothing();
    }
}

/* Goal: freed through one view, written through it while the other lives.
 * Method: that is a write to shared data at the latest when the second of
 * two others goes.
 */

static void write_by_a_view_that_has_gone_is_caught(void **state)
{
  struct iob_s *iob = packet(0, 300);
  uint8_t *base = iob->io_data;
  struct iob_s *one = g_share(iob, 0, 300);
  struct iob_s *two = g_share(iob, 0, 300);
  struct iob_report_s report;

  (void)state;
  g_free(two);
  base[299] ^= 1;
  g_free(one);
  report = caught_once(IOB_FAULT_SHAREDWRITE);
  assert_ptr_equal(report.iob, one);
  assert_extent(&report, base, 300);
  assert_site(report.site, site_free);
  g_free(iob);
}

/* Shared data */

/* Goal: a byte of shared data that is written is caught, whoever writes it
 * and whoever goes first.  Method: every byte; through the source and
 * through the view; found by a check, and by the free of either.
 */

static void write_after_share_is_caught(void **state)
{
  unsigned int which;
  unsigned int i;

  (void)state;
  for (i = 0; i < 100; i++)
    {
      for (which = 0; which < 4; which++)
        {
          struct iob_s *iob = packet(20, 100);
          uint8_t *base = iob->io_data;
          struct iob_s *view = g_share(iob, 0, 100);
          struct iob_s *writer = (which & 1) != 0 ? view : iob;
          struct iob_s *first = (which & 2) != 0 ? view : iob;
          struct iob_report_s report;

          IOB_DATA(writer)[i] ^= 0x40;

          assert_int_equal(iob_check(), 2);
          report = caught(IOB_FAULT_SHAREDWRITE);
          assert_extent(&report, base, 120);

          g_free(first);
          report = caught_once(IOB_FAULT_SHAREDWRITE);
          assert_ptr_equal(report.iob, first);
          assert_extent(&report, base, 120);
          assert_int_equal(report.offset, 20);
          assert_site(report.site, site_free);
          assert_site(report.alloc, first == iob ? (uintptr_t)site_alloc :
                                                   (uintptr_t)site_share);
          g_free(first == iob ? view : iob);
        }
    }

  caught_nothing();
}

/* Goal: a write is caught before the copy of copy-on-write hides it, and
 * when the data is shared once more.  Method: iob_unshare(), iob_share().
 */

static void write_after_share_is_caught_by_copy_and_share(void **state)
{
  struct iob_s *iob = packet(0, 500);
  uint8_t *base = iob->io_data;
  struct iob_s *view = g_share(iob, 0, 500);
  struct iob_s *more;
  struct iob_report_s report;

  (void)state;
  base[77] ^= 1;
  more = g_share(view, 0, 500);
  report = caught(IOB_FAULT_SHAREDWRITE);
  assert_ptr_equal(report.iob, view);
  assert_extent(&report, base, 500);

  assert_int_equal(iob_unshare(iob), OK);
  report = caught_once(IOB_FAULT_SHAREDWRITE);
  assert_ptr_equal(report.iob, iob);
  assert_extent(&report, base, 500);

  /* Nobody views another byte than he knows of now */

  caught_nothing();
  g_free(view);
  g_free(iob);
  g_free(more);
}

/* Goal: only the views of the written bytes complain.  Method: two views of
 * one half each; a byte of the second half is written.
 */

static void write_is_told_by_those_who_view_it(void **state)
{
  struct iob_s *iob = packet(0, 200);
  struct iob_s *one = g_share(iob, 0, 100);
  struct iob_s *two = g_share(iob, 100, 100);
  struct iob_report_s report;

  (void)state;
  IOB_DATA(two)[50] ^= 1;
  g_free(one);
  assert_int_equal(g_nreports, 0);
  g_free(two);
  report = caught_once(IOB_FAULT_SHAREDWRITE);
  assert_ptr_equal(report.iob, two);
  assert_int_equal(report.offset, 100);
  g_free(iob);
}

/* Goal: headers that are written again below the window of the queue, while
 * the driver's view covers them, are caught.  Method: the header is pushed
 * and the frame shared, or the frame is shared, pushed by its new owner and
 * shared once more; iob_push() is refused; who writes all the same is told.
 */

static void unshared_push_is_caught(void **state)
{
  unsigned int order;
  unsigned int at;

  (void)state;
  for (order = 0; order < 2; order++)
    {
      for (at = 1; at <= 54; at++)
        {
          struct iob_s *iob = packet(54, 1000);
          uint8_t *base = iob->io_data;
          struct iob_s *tap = NULL;
          struct iob_s *frame;
          struct iob_report_s report;

          if (order == 0)
            {
              assert_int_equal(iob_push(iob, 54), OK);
              memset(IOB_DATA(iob), 0x11, 54);
              frame = g_share(iob, 0, 1054);
              assert_int_equal(iob_pull(iob, 54), OK);
            }
          else
            {
              frame = g_share(iob, 0, 1000);
              assert_int_equal(iob_push(frame, 54), OK);
              memset(IOB_DATA(frame), 0x11, 54);
              tap = g_share(frame, 0, 1054);
            }

          assert_int_equal(iob_push(iob, at), -ENOSPC);
          caught_nothing();

          IOB_DATA(iob)[-(int)at] ^= 0xff;
          g_free(frame);
          report = caught_once(IOB_FAULT_SHAREDWRITE);
          assert_ptr_equal(report.iob, frame);
          assert_extent(&report, base, 1054);
          assert_site(report.site, site_free);
          assert_site(report.alloc, site_share);

          if (tap != NULL)
            {
              g_free(tap);
              caught_once(IOB_FAULT_SHAREDWRITE);
            }

          g_free(iob);
        }
    }

  caught_nothing();
}

/* Goal: who pushes by writing io_offset himself, as NuttX code may, is
 * caught where there is no head-room.  Method: io_offset passes zero.
 */

static void push_by_hand_is_caught(void **state)
{
  struct iob_s *iob = packet(54, 1000);
  uint8_t *base = iob->io_data;
  struct iob_s *frame = g_share(iob, 0, 1000);
  struct iob_report_s report;

  (void)state;
  iob->io_offset -= 54;
  iob->io_len    += 54;
  iob->io_pktlen += 54;
  assert_int_equal(iob_check_chain(iob), 1);
  report = caught_once(IOB_FAULT_UNDERRUN);
  assert_extent(&report, base, 1054);

  g_free(iob);
  report = caught_once(IOB_FAULT_UNDERRUN);
  assert_ptr_equal(report.iob, iob);
  assert_extent(&report, base, 1054);
  assert_site(report.site, site_free);
  fixture_verify(frame, 0, 1000);
  g_free(frame);
}

/* Leaks and lost chains */

/* Goal: what is still allocated is listed once for each extent, by call
 * site.  Method: a private extent, one with three views, and a chain.
 */

static void leak_is_listed_by_call_site(void **state)
{
  struct iob_s *private = g_alloc2(777, 0);
  struct iob_s *iob = packet(0, 300);
  struct iob_s *one = g_share(iob, 0, 100);
  struct iob_s *two = g_share(iob, 0, 300);
  unsigned int i;

  (void)state;
  assert_int_equal(iob_leaks(), 2);
  assert_int_equal(g_nreports, 2);
  for (i = 0; i < 2; i++)
    {
      assert_int_equal(g_report[i].kind, IOB_FAULT_LEAK);
      if (g_report[i].base == private->io_data)
        {
          assert_extent(&g_report[i], private->io_data, 777);
          assert_site(g_report[i].alloc, site_alloc2);
        }
      else
        {
          assert_extent(&g_report[i], iob->io_data, 300);
          assert_site(g_report[i].alloc, site_alloc);
        }
    }

  g_nreports = 0;
  iob_free(private);
  iob_free(iob);
  iob_free(one);
  assert_int_equal(iob_leaks(), 1);
  caught_once(IOB_FAULT_LEAK);
  iob_free(two);
  assert_int_equal(iob_leaks(), 0);
  caught_nothing();
}

static void ignore_data(void *data)
{
  (void)data;
}

/* Goal: outside data whose last view never went is a leak as well. */

static void leak_of_outside_data_is_listed(void **state)
{
  static uint8_t data[100];
  struct iob_s *iob = iob_alloc_with_data(data, sizeof(data), ignore_data);
  struct iob_report_s report;

  (void)state;
  assert_int_equal(iob_leaks(), 1);
  report = caught_once(IOB_FAULT_LEAK);
  assert_extent(&report, data, 100);
  assert_non_null(report.alloc);
  g_free(iob);
  assert_int_equal(iob_leaks(), 0);
}

/* Goal: a chain whose rest was lost is caught, and the rest is a leak.
 * Method: the link is cut, at each place.
 */

static void lost_chain_is_caught(void **state)
{
  unsigned int cut;

  (void)state;
  for (cut = 0; cut < 3; cut++)
    {
      struct iob_s *iob = packet(0, 100);
      struct iob_s *last = iob;
      struct iob_s *lost;
      struct iob_report_s report;
      unsigned int i;

      for (i = 0; i < 3; i++)
        {
          iob_concat(iob, packet(0, 10));
        }

      for (i = 0; i < cut; i++)
        {
          last = last->io_flink;
        }

      assert_int_equal(iob_check_chain(iob), 0);
      lost           = last->io_flink;
      last->io_flink = NULL;

      assert_int_equal(iob_check_chain(iob), 1);
      report = caught_once(IOB_FAULT_CHAIN);
      assert_ptr_equal(report.iob, iob);
      assert_extent(&report, iob->io_data, 100);
      assert_site(report.alloc, site_alloc);

      iob_free_chain(iob);
      assert_int_equal(iob_leaks(), 3 - cut);
      caught(IOB_FAULT_LEAK);
      iob_free_chain(lost);
    }

  caught_nothing();
}

/* Goal: lengths that do not add up, and empty buffers inside, are caught.
 * Method: one too few, one too many, none, all; an empty one behind.
 */

static void wrong_lengths_are_caught(void **state)
{
  static const unsigned int wrong[] =
  {
    0, 109, 111, UINT_MAX
  };

  struct iob_s *iob = packet(0, 100);
  struct iob_s *next = packet(0, 10);
  struct iob_s *view;
  struct iob_report_s report;
  unsigned int i;

  (void)state;
  assert_int_equal(iob_check_chain(NULL), 0);
  iob_concat(iob, next);

  for (i = 0; i < nitems(wrong); i++)
    {
      iob->io_pktlen = wrong[i];
      assert_int_equal(iob_check_chain(iob), 1);
      report = caught_once(IOB_FAULT_CHAIN);
      assert_ptr_equal(report.iob, iob);
    }

  iob->io_pktlen = 100;
  next->io_len   = 0;
  assert_int_equal(iob_check_chain(iob), 1);
  report = caught_once(IOB_FAULT_CHAIN);
  assert_ptr_equal(report.iob, next);
  assert_extent(&report, next->io_data, 10);

  /* The extent of a view is named, not its window */

  next->io_len   = 10;
  iob->io_pktlen = 110;
  view           = g_share(iob, 90, 15);
  view->io_pktlen++;
  assert_int_equal(iob_check_chain(view), 1);
  report = caught_once(IOB_FAULT_CHAIN);
  assert_extent(&report, iob->io_data, 100);
  assert_site(report.alloc, site_share);
  iob_free_chain(view);
  iob_free_chain(iob);
}

/* Counts and maps */

/* Goal: a wrong count is found.  Method: one more, one less, none, and far
 * off; the check names the extent, and nothing else is wrong.
 */

static void wrong_count_is_found(void **state)
{
  static const int wrong[] =
  {
    -1000, -1, 0, 1, 3, 1000, IOB_REF_SATURATED - 1
  };

  struct iob_s *iob = packet(0, 600);
  struct iob_s *view = g_share(iob, 0, 600);
  struct iob_report_s report;
  unsigned int i;

  (void)state;
  for (i = 0; i < nitems(wrong); i++)
    {
      atomic_set(&iob->io_ext->ex_ref, wrong[i]);
      assert_int_equal(iob_check(), 1);
      report = caught_once(IOB_FAULT_COUNT);
      assert_ptr_equal(report.iob, iob->io_ext);
      assert_extent(&report, iob->io_data, 600);
    }

  atomic_set(&iob->io_ext->ex_ref, 2);
  caught_nothing();
  g_free(iob);
  g_free(view);
}

/* Goal: a count that would fall below zero is reported, and nothing is
 * freed.  Method: two views on a count of one; the second free finds none.
 */

static void underflow_is_caught(void **state)
{
  struct iob_s *iob = packet(0, 600);
  uint8_t *base = iob->io_data;
  struct iob_s *view = g_share(iob, 0, 600);
  struct iob_report_s report;

  (void)state;
  atomic_set(&iob->io_ext->ex_ref, 0);
  g_free(view);
  report = caught_once(IOB_FAULT_COUNT);
  assert_extent(&report, base, 600);
  assert_non_null(report.site);
  assert_site(report.alloc, site_alloc);
  assert_int_equal(base[599], fixture_byte(599));
  assert_int_equal(atomic_read(&iob->io_ext->ex_ref), 0);

  atomic_set(&iob->io_ext->ex_ref, 1);
  caught_nothing();
  g_free(iob);
}

/* Goal: a view whose memory is not its own is found.  Method: io_data off by
 * one, at the end of a granule, in another's extent, outside of the arena,
 * and in memory that is free.
 */

static void tampered_data_pointer_is_found(void **state)
{
  static uint8_t outside[4096];
  struct iob_s *iob = packet(0, 100);
  struct iob_s *other = packet(0, 100);
  uint8_t *right = iob->io_data;
  uint8_t *wrong[5];
  unsigned int i;

  (void)state;
  wrong[0] = right + 1;
  wrong[1] = right - 1 + IOB_GRANULE;
  wrong[2] = other->io_data;
  wrong[3] = outside + IOB_GRANULE;
  wrong[4] = right + 20 * IOB_GRANULE;

  for (i = 0; i < nitems(wrong); i++)
    {
      struct iob_report_s report;

      iob->io_data = wrong[i];
      assert_true(iob_check() > 0);
      iob->io_data = right;
      report = caught_among(IOB_FAULT_ARENA);
      assert_true(report.base == wrong[i] || report.base == g_iob_arena);
      caught_nothing();
    }

  g_free(iob);
  g_free(other);
}

/* Goal: an extent that says another size than the map is found. */

static void tampered_size_is_found(void **state)
{
  struct iob_s *iob = packet(0, 100);
  struct iob_s *view;

  (void)state;
  iob->io_slack += IOB_GRANULE;
  assert_true(iob_check() > 0);
  caught_among(IOB_FAULT_ARENA);
  iob->io_slack -= IOB_GRANULE;
  caught_nothing();

  view = g_share(iob, 0, 100);
  iob->io_ext->ex_slack -= IOB_GRANULE;
  assert_true(iob_check() > 0);
  caught_among(IOB_FAULT_ARENA);
  iob->io_ext->ex_slack += IOB_GRANULE;
  caught_nothing();
  g_free(view);
  g_free(iob);
}

/* Goal: budgets and lists that contradict the descriptors are found.
 * Method: each is changed by one, then put right.
 */

static void tampered_budget_is_found(void **state)
{
  uint32_t *const word[] =
  {
    &g_iob.units.nfree, &g_iob.views.nfree, &g_iob.units.common,
    &g_iob.views.common, &g_iob.units.taken[IOB_CLASS_TX],
    &g_iob.units.left[IOB_CLASS_CTRL], &g_iob.views.taken[IOB_CLASS_RX],
    &g_iob.views.left[IOB_CLASS_RING]
  };

  struct iob_s *lost;
  struct iob_s *iob = packet(0, 4000);
  unsigned int i;

  (void)state;
  for (i = 0; i < nitems(word); i++)
    {
      (*word[i])++;
      assert_true(iob_check() > 0);
      caught(IOB_FAULT_COUNT);
      (*word[i])--;
      caught_nothing();
    }

  lost             = g_iob.freeviews;
  g_iob.freeviews  = lost->io_flink;
  assert_true(iob_check() > 0);
  caught(IOB_FAULT_COUNT);
  g_iob.freeviews  = lost;

  g_iob.cached[1]++;
  assert_true(iob_check() > 0);
  caught(IOB_FAULT_COUNT);
  g_iob.cached[1]--;

  caught_nothing();
  g_free(iob);
}

/* What must not be reported */

/* Goal: while the data is shared, its tail-room may be filled by its owner.
 * Method: append by hand and by iob_copyin(), share that again, free in
 * both orders.
 */

static void append_in_tailroom_is_legal(void **state)
{
  unsigned int order;

  (void)state;
  for (order = 0; order < 2; order++)
    {
      struct iob_s *iob = packet(0, 1000);
      struct iob_s *view;
      struct iob_s *more;

      iob_update_pktlen(iob, 400, false);
      view = g_share(iob, 0, 400);

      memset(IOB_DATA(iob) + 400, 0x5a, 100);
      iob->io_len    += 100;
      iob->io_pktlen += 100;
      assert_int_equal(iob_copyin(iob, IOB_DATA(view), 200, 500, false),
                       200);
      assert_null(iob->io_flink);
      caught_nothing();

      more = g_share(iob, 350, 350);
      memset(IOB_DATA(iob) + 700, 0xa5, 300);
      iob->io_len    += 300;
      iob->io_pktlen += 300;
      caught_nothing();

      fixture_verify(view, 0, 400);
      iob_free(order == 0 ? iob : view);
      caught_nothing();
      iob_free(more);
      iob_free(order == 0 ? view : iob);
      caught_nothing();
    }
}

/* Goal: who got the head-room may push and write there.  Method: push in
 * steps to the last byte, pull, push again.
 */

static void push_by_the_owner_of_the_headroom_is_legal(void **state)
{
  struct iob_s *iob = packet(100, 1000);
  struct iob_s *view = g_share(iob, 0, 1000);
  unsigned int i;

  (void)state;
  for (i = 0; i < 100; i++)
    {
      assert_int_equal(iob_push(view, 1), OK);
      *IOB_DATA(view) = (uint8_t)i;
      caught_nothing();
    }

  assert_int_equal(iob_push(view, 1), -ENOSPC);
  assert_int_equal(iob_push(iob, 1), -ENOSPC);
  assert_int_equal(iob_pull(view, 100), OK);
  caught_nothing();
  fixture_verify(view, 0, 1000);
  g_free(view);
  caught_nothing();
  fixture_verify(iob, 0, 1000);
  g_free(iob);
  caught_nothing();
}

/* Goal: the only view left may write what was shared.  Method: the source,
 * or the view, stays; written, shared again, freed.
 */

static void write_by_the_sole_view_is_legal(void **state)
{
  unsigned int which;

  (void)state;
  for (which = 0; which < 2; which++)
    {
      struct iob_s *iob = packet(20, 500);
      struct iob_s *view = g_share(iob, 0, 500);
      struct iob_s *stays = which == 0 ? iob : view;
      struct iob_s *again;

      iob_free(which == 0 ? view : iob);
      assert_true(iob_writable(stays));
      memset(IOB_DATA(stays), 0x77, 500);
      caught_nothing();

      again = g_share(stays, 100, 300);
      caught_nothing();
      iob_free(stays);
      caught_nothing();
      IOB_DATA(again)[0] = 0;
      iob_free(again);
      caught_nothing();
    }
}

/* Goal: nothing is said about writers that copy first, nor about cutting a
 * view.  Method: every such function on two views of one packet.
 */

static void copy_on_write_is_legal(void **state)
{
  static const uint8_t bytes[64];
  struct iob_s *iob = packet(20, 500);
  struct iob_s *one = g_share(iob, 0, 500);
  struct iob_s *two = g_share(iob, 0, 500);

  (void)state;
  assert_int_equal(iob_copyin(one, bytes, 64, 100, false), 64);
  caught_nothing();
  two = iob_trimhead(two, 10);
  two = iob_trimtail(two, 10);
  caught_nothing();
  assert_int_equal(iob_unshare(two), OK);
  memset(IOB_DATA(two), 1, 480);
  caught_nothing();
  fixture_verify(iob, 0, 500);
  memset(IOB_DATA(iob), 2, 500);
  iob_free(one);
  iob_free(iob);
  iob_free(two);
  caught_nothing();
}

/* Without a function to tell */

static void panic_hook(const char *file, int line, const char *what)
{
  (void)file;
  (void)line;
  (void)what;
  longjmp(g_panic, 1);
}

/* Goal: a debug build stops at a fault that nobody is told about; with a
 * function to tell, it does not.  Method: the hook of the port leaves the
 * panic.
 */

static void fault_that_nobody_hears_panics(void **state)
{
  struct iob_s *volatile iob = packet(0, 100);

  (void)state;
  g_free(iob);
  host_log_level  = LOG_EMERG - 1;
  host_panic_hook = panic_hook;
  iob_set_report(NULL);

  if (setjmp(g_panic) == 0)
    {
      g_again(iob);
      fail_msg("no panic");
    }

  iob_set_report(record);
  g_again(iob);
  caught_once(IOB_FAULT_DOUBLEFREE);
  caught_nothing();
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
  static const struct CMUnitTest tests[] =
  {
    TEST(double_free_names_both_sites),
    TEST(double_free_of_a_view_leaves_the_other),
    TEST(double_free_of_a_head_leaves_the_rest),
    TEST(foreign_address_is_refused),
    TEST(misaligned_address_is_refused),
    TEST(common_part_is_refused),
    TEST(interior_address_is_refused),
    TEST(overrun_by_one_byte_is_caught),
    TEST(overrun_of_a_shared_extent_is_caught),
    TEST(overrun_is_caught_by_the_copy),
    TEST(length_outside_the_buffer_is_caught),
    TEST(window_outside_the_extent_is_caught),
    TEST(write_after_free_is_caught_by_the_next_owner),
    TEST(write_after_free_is_caught_by_a_check),
    TEST(write_after_free_accuses_nobody_else),
    TEST(write_by_a_view_that_has_gone_is_caught),
    TEST(write_after_share_is_caught),
    TEST(write_after_share_is_caught_by_copy_and_share),
    TEST(write_is_told_by_those_who_view_it),
    TEST(unshared_push_is_caught),
    TEST(push_by_hand_is_caught),
    TEST(leak_is_listed_by_call_site),
    TEST(leak_of_outside_data_is_listed),
    TEST(lost_chain_is_caught),
    TEST(wrong_lengths_are_caught),
    TEST(wrong_count_is_found),
    TEST(underflow_is_caught),
    TEST(tampered_data_pointer_is_found),
    TEST(tampered_size_is_found),
    TEST(tampered_budget_is_found),
    TEST(append_in_tailroom_is_legal),
    TEST(push_by_the_owner_of_the_headroom_is_legal),
    TEST(write_by_the_sole_view_is_legal),
    TEST(copy_on_write_is_legal),
    TEST(fault_that_nobody_hears_panics),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
