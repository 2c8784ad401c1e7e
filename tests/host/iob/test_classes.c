/* tests/host/iob/test_classes.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Who may have memory.  Goal: the reserve of each class is always there for
 * it, nothing that is free is hidden from those who may have it, and every
 * refusal is counted under its cause.  Method: "greedy" classes take all
 * they can in pieces of two granules, in which memory runs out before views
 * do, or share one packet until no view is left; then the counts of
 * iob_getinfo() are compared with what can still be had, by having it.
 *
 * The words: the arena less the standing extents and less all reserves is
 * "common"; a class can have what is common and its own reserve.  An extent
 * lies in one of the two.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#include <nuttx/mm/iob.h>

#include "host_port.h"

/* Debug builds have guard bytes behind each buffer */

#ifdef CONFIG_IOB_DEBUG
#  define GUARD 8
#else
#  define GUARD 0
#endif

/* Bytes of arena that a buffer of "n" bytes takes, and the piece in which
 * memory is taken here
 */

#define EXTENT(n)  (((n) + GUARD + IOB_GRANULE - 1) / IOB_GRANULE * \
                    IOB_GRANULE)
#define PIECE      (2 * IOB_GRANULE)
#define POOLBYTES  EXTENT(CONFIG_IOB_BUFSIZE)
#define MAXPIECES  4096

/* Iobs that a test keeps */

struct hoard_s
{
  struct iob_s *iob[MAXPIECES];
  unsigned int n;
};

static struct hoard_s g_hoard[IOB_NCLASSES];
static struct hoard_s g_more;
static struct iob_info_s g_start;
static int g_free;
static int g_freethrottled;
static uint32_t g_random;
static uint8_t g_data[CONFIG_IOB_NBUFFERS * CONFIG_IOB_BUFSIZE + 1];
static uint8_t g_read[CONFIG_IOB_NBUFFERS * CONFIG_IOB_BUFSIZE + 1];

/* Setting up and counting */

static int setup(void **state)
{
  unsigned int i;

  (void)state;
  host_port_reset();
  host_log_level = LOG_CRIT;
  iob_initialize();
  memset(g_hoard, 0, sizeof(g_hoard));
  memset(&g_more, 0, sizeof(g_more));

  for (i = 0; i < sizeof(g_data); i++)
    {
      g_data[i] = (uint8_t)(i * 11 + i / 256);
    }

  g_random        = 1;
  g_free          = iob_navail(false);
  g_freethrottled = iob_navail(true);
  iob_getinfo(&g_start);
  return 0;
}

static unsigned int draw(unsigned int n)
{
  g_random = g_random * 1664525 + 1013904223;
  return (g_random >> 8) % n;
}

static struct iob_info_s info_now(void)
{
  struct iob_info_s info;

  iob_getinfo(&info);
  return info;
}

/* Bytes that no class has a reserve in */

static size_t common_bytes(void)
{
  size_t common = g_start.arena - g_start.standing;
  unsigned int cls;

  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      common -= g_start.class_reserve[cls];
    }

  return common;
}

/* Bytes that a class may still have, if all the others use their reserves
 * before what is common: a bound
 */

static size_t bytes_left(enum iob_class_e cls)
{
  struct iob_info_s info = info_now();
  size_t left = info.arena - info.standing - info.used;
  unsigned int other;

  for (other = 0; other < IOB_NCLASSES; other++)
    {
      if (other != cls && info.class_used[other] < info.class_reserve[other])
        {
          left -= info.class_reserve[other] - info.class_used[other];
        }
    }

  return left;
}

/* Keep, take and free */

static void keep(struct hoard_s *hoard, struct iob_s *iob)
{
  assert_true(hoard->n < MAXPIECES);
  hoard->iob[hoard->n++] = iob;
}

static bool take(enum iob_class_e cls, unsigned int extent)
{
  struct iob_s *iob = iob_tryalloc_contig(extent - GUARD, 0, cls);

  if (iob != NULL)
    {
      keep(&g_hoard[cls], iob);
    }

  return iob != NULL;
}

/* All that a class can have in pieces; returns the bytes */

static size_t take_all(enum iob_class_e cls)
{
  size_t bytes = 0;

  while (take(cls, PIECE))
    {
      bytes += PIECE;
    }

  return bytes;
}

static void release(struct hoard_s *hoard)
{
  while (hoard->n > 0)
    {
      assert_null(iob_free(hoard->iob[--hoard->n]));
    }
}

static void release_all(void)
{
  unsigned int cls;

  release(&g_more);
  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      release(&g_hoard[cls]);
    }
}

/* Free one that is chosen at random */

static void release_one(struct hoard_s *hoard)
{
  unsigned int i = draw(hoard->n);

  assert_null(iob_free(hoard->iob[i]));
  hoard->iob[i] = hoard->iob[--hoard->n];
}

/* Views of one packet of a class, until there are no more */

static unsigned int take_all_views(enum iob_class_e cls)
{
  struct iob_s *iob = iob_tryalloc_contig(IOB_GRANULE - GUARD, 0, cls);
  struct iob_s *view;
  unsigned int n = 0;

  assert_non_null(iob);
  iob->io_len    = 1;
  iob->io_pktlen = 1;
  *IOB_DATA(iob) = 1;
  keep(&g_more, iob);

  while ((view = iob_share(iob, 0, 1)) != NULL)
    {
      keep(&g_more, view);
      n++;
    }

  return n;
}

/* The sum of all failures, and a check that one cause rose by n and no
 * other did
 */

static uint32_t failures(const struct iob_info_s *info)
{
  return info->fail_views + info->fail_space + info->fail_frag +
         info->fail_class + info->fail_turn + info->fail_size;
}

#define ASSERT_FAILED(before, after, cause, n) \
  do \
    { \
      assert_int_equal((after).cause, (before).cause + (n)); \
      assert_int_equal(failures(&(after)), failures(&(before)) + (n)); \
      assert_int_equal((after).used, (before).used); \
      assert_int_equal((after).views_used, (before).views_used); \
      assert_int_equal((after).nalloc, (before).nalloc); \
    } \
  while (0)

/* All the buffers of iob_alloc() that there are */

static unsigned int take_buffers(bool throttled)
{
  struct iob_s *iob;
  unsigned int n = 0;

  while ((iob = iob_tryalloc(throttled)) != NULL)
    {
      keep(&g_more, iob);
      n++;
    }

  return n;
}

static int teardown(void **state)
{
  struct iob_info_s info;

  (void)state;
  assert_int_equal(iob_check(), 0);
  iob_getinfo(&info);
  assert_int_equal(info.used, 0);
  assert_int_equal(info.views_used, 0);
  assert_int_equal(info.stats.nwait, 0);

  /* The pool is complete: it can be had */

  assert_int_equal(take_buffers(false), g_free);
  release(&g_more);
  assert_int_equal(iob_navail(false), g_free);
  assert_int_equal(iob_navail(true), g_freethrottled);
  assert_int_equal(iob_check(), 0);
  return 0;
}

/* Each class gets its reserve, whatever the other three do.  They take all
 * they can, in turn, before it asks for the first time.
 */

static void test_each_class_always_gets_its_reserve(void **state)
{
  unsigned int cls;
  unsigned int other;

  (void)state;
  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      bool any;

      do
        {
          any = false;
          for (other = 0; other < IOB_NCLASSES; other++)
            {
              any = (other != cls && take(other, PIECE)) || any;
            }
        }
      while (any);

      assert_int_equal(info_now().class_used[cls], 0);
      assert_int_equal(take_all(cls), g_start.class_reserve[cls]);
      assert_int_equal(info_now().class_used[cls],
                       g_start.class_reserve[cls]);
      assert_int_equal(info_now().used, g_start.arena - g_start.standing);
      assert_int_equal(iob_check(), 0);
      release_all();
    }
}

/* One class alone gets what is common and its own reserve, and not one
 * granule of the reserve of another, in any size.
 */

static void test_no_class_takes_the_reserve_of_another(void **state)
{
  size_t common = common_bytes();
  unsigned int cls;
  unsigned int other;

  (void)state;
  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      assert_int_equal(take_all(cls),
                       common + g_start.class_reserve[cls]);
      assert_false(take(cls, IOB_GRANULE));
      assert_false(take(cls, 16 * IOB_GRANULE));
      assert_int_equal(info_now().class_used[cls],
                       common + g_start.class_reserve[cls]);

      for (other = 0; other < IOB_NCLASSES; other++)
        {
          if (other != cls)
            {
              assert_int_equal(take_all(other),
                               g_start.class_reserve[other]);
            }
        }

      release_all();
    }
}

/* A reserve is a place: it is there in one piece when the others have all
 * they can, in the smallest pieces.
 */

static void test_a_reserve_is_contiguous(void **state)
{
  unsigned int cls;
  unsigned int other;

  (void)state;
  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      for (other = 0; other < IOB_NCLASSES; other++)
        {
          if (other != cls)
            {
              take_all(other);
            }
        }

      if (g_start.class_reserve[cls] > 0)
        {
          assert_false(take(cls, g_start.class_reserve[cls] + IOB_GRANULE));
          assert_true(take(cls, g_start.class_reserve[cls]));
          assert_int_equal(info_now().class_used[cls],
                           g_start.class_reserve[cls]);
        }

      assert_false(take(cls, IOB_GRANULE));
      release_all();
    }
}

/* What one class gives back of the common memory another one gets, be it
 * ever so much in its reserve; and no more than that.
 */

static void test_common_memory_goes_from_class_to_class(void **state)
{
  size_t common = common_bytes();

  (void)state;
  take_all(IOB_CLASS_RX);
  release(&g_hoard[IOB_CLASS_RX]);
  assert_int_equal(take_all(IOB_CLASS_CTRL),
                   common + g_start.class_reserve[IOB_CLASS_CTRL]);
  assert_int_equal(take_all(IOB_CLASS_RX),
                   g_start.class_reserve[IOB_CLASS_RX]);

  /* RX frees its reserve: CTRL gets nothing of it */

  release(&g_hoard[IOB_CLASS_RX]);
  assert_false(take(IOB_CLASS_CTRL, IOB_GRANULE));
  assert_false(take(IOB_CLASS_RING, IOB_GRANULE));
  assert_int_equal(take_all(IOB_CLASS_RX),
                   g_start.class_reserve[IOB_CLASS_RX]);

  /* CTRL frees all: RX gets what is common, and not the reserve of CTRL */

  release(&g_hoard[IOB_CLASS_CTRL]);
  assert_int_equal(take_all(IOB_CLASS_RX), common);
  assert_int_equal(take_all(IOB_CLASS_CTRL),
                   g_start.class_reserve[IOB_CLASS_CTRL]);
  release_all();
}

/* Random allocations of all classes.  After each step a class that uses
 * less than its reserve can have one granule; and no class can have any
 * when only the reserves of others are left.
 */

static void check_every_class(void)
{
  unsigned int cls;

  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      size_t used = info_now().class_used[cls];
      size_t left = bytes_left(cls);
      bool had = take(cls, IOB_GRANULE);

      if (had)
        {
          iob_free(g_hoard[cls].iob[--g_hoard[cls].n]);
        }

      if ((!had && used < g_start.class_reserve[cls]) || (had && left == 0))
        {
          fail_msg("class %u uses %zu, %zu bytes left", cls, used, left);
        }
    }
}

static void test_reserves_hold_at_random(void **state)
{
  unsigned int seed;
  unsigned int i;

  (void)state;
  for (seed = 1; seed <= 4; seed++)
    {
      g_random = seed;
      for (i = 0; i < 1000; i++)
        {
          enum iob_class_e cls = draw(IOB_NCLASSES);

          if (g_hoard[cls].n > 0 && draw(5) < 2)
            {
              release_one(&g_hoard[cls]);
            }
          else
            {
              take(cls, IOB_GRANULE * (2 + draw(8)));
            }

          check_every_class();
        }

      assert_int_equal(iob_check(), 0);
      release_all();
    }
}

/* NuttX's throttle is the reserve of data to be sent: "throttled" is
 * received data, the rest is data to be sent.
 */

static void test_the_throttle_is_the_reserve_of_tx(void **state)
{
  struct iob_s *rx;
  struct iob_s *tx;

  (void)state;
  assert_int_equal(g_start.class_reserve[IOB_CLASS_TX],
                   CONFIG_IOB_THROTTLE * POOLBYTES);

  rx = iob_tryalloc(true);
  tx = iob_tryalloc(false);
  assert_non_null(rx);
  assert_non_null(tx);
  assert_int_equal(info_now().class_used[IOB_CLASS_RX], POOLBYTES);
  assert_int_equal(info_now().class_used[IOB_CLASS_TX], POOLBYTES);
  assert_int_equal(info_now().class_views[IOB_CLASS_RX], 1);
  assert_int_equal(info_now().class_views[IOB_CLASS_TX], 1);
  iob_free(rx);
  assert_int_equal(info_now().class_used[IOB_CLASS_RX], 0);
  iob_free(tx);
  assert_int_equal(info_now().class_used[IOB_CLASS_TX], 0);
}

static void test_throttled_leaves_buffers_for_sending(void **state)
{
  unsigned int nrx = (common_bytes() + g_start.class_reserve[IOB_CLASS_RX]) /
                     POOLBYTES;

  (void)state;
  assert_int_equal(take_buffers(true), nrx);
  assert_int_equal(iob_navail(true), 0);
  assert_true(iob_navail(false) >= CONFIG_IOB_THROTTLE);
  assert_true(take_buffers(false) >= CONFIG_IOB_THROTTLE);
  assert_null(iob_tryalloc(true));
  assert_null(iob_tryalloc(false));
  release_all();
}

static void test_sending_leaves_buffers_for_receiving(void **state)
{
  (void)state;
  assert_int_equal(take_buffers(false), CONFIG_IOB_NBUFFERS);
  assert_int_equal(iob_navail(false), 0);
  assert_null(iob_tryalloc(false));
  assert_true(take_all(IOB_CLASS_RX) >=
              g_start.class_reserve[IOB_CLASS_RX]);
  release_all();
}

/* Views have reserves, too: one class shares until none is left for it,
 * and the others still get as many extents as their reserve of memory has
 * pieces.
 */

static void test_views_have_reserves(void **state)
{
  unsigned int cls;
  unsigned int other;

  (void)state;
  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      struct iob_info_s before;
      struct iob_info_s after;

      before = info_now();
      assert_true(take_all_views(cls) > 0);
      after = info_now();
      assert_int_equal(after.fail_views, before.fail_views + 1);
      assert_int_equal(failures(&after), failures(&before) + 1);
      assert_int_equal(after.class_views[cls], after.views_used);
      assert_true(after.views_used <= after.nviews);

      for (other = 0; other < IOB_NCLASSES; other++)
        {
          size_t bytes = 0;

          while (other != cls && bytes < g_start.class_reserve[other])
            {
              assert_true(take(other, PIECE));
              bytes += PIECE;
            }

          if (other != cls)
            {
              assert_int_equal(info_now().class_views[other],
                               bytes / PIECE);
            }
        }

      assert_int_equal(iob_check(), 0);
      release_all();
    }
}

/* A class without a view gets neither an extent nor a share, and what it
 * asked for is as it was.  Freeing one view allows exactly one.
 */

static void test_without_a_view_nothing_is_to_be_had(void **state)
{
  struct iob_info_s before;
  struct iob_info_s after;
  struct iob_s *iob;

  (void)state;
  take_all_views(IOB_CLASS_TX);
  before = info_now();

  assert_null(iob_tryalloc(false));
  assert_null(iob_tryalloc_contig(1, 0, IOB_CLASS_TX));
  assert_null(iob_alloc_dynamic(1));
  assert_null(iob_share(g_more.iob[0], 0, 1));
  after = info_now();
  ASSERT_FAILED(before, after, fail_views, 4);
  assert_int_equal(after.nshare, before.nshare);
  assert_int_equal(iob_navail(false), 0);
  assert_true(iob_navail(true) <= g_freethrottled);

  /* One more than none */

  assert_null(iob_free(g_more.iob[--g_more.n]));
  iob = iob_tryalloc_contig(1, 0, IOB_CLASS_TX);
  assert_non_null(iob);
  assert_null(iob_share(g_more.iob[0], 0, 1));
  assert_null(iob_tryalloc(false));
  keep(&g_more, iob);
  release_all();
}

/* A packet that can not be shared whole is not shared at all: the views of
 * its first buffers return.
 */

static void test_a_share_of_a_chain_needs_all_its_views(void **state)
{
  struct iob_s *chain = iob_tryalloc(false);
  struct iob_info_s before;
  struct iob_info_s after;
  unsigned int len = 4 * CONFIG_IOB_BUFSIZE;

  (void)state;
  assert_non_null(chain);
  assert_int_equal(iob_trycopyin(chain, g_data, len, 0, false), len);
  take_all_views(IOB_CLASS_TX);

  /* Each of the four wants a view and, once, a common part: five are not
   * enough for three buffers.
   */

  iob_free(g_more.iob[--g_more.n]);
  iob_free(g_more.iob[--g_more.n]);
  iob_free(g_more.iob[--g_more.n]);
  iob_free(g_more.iob[--g_more.n]);
  iob_free(g_more.iob[--g_more.n]);

  before = info_now();
  assert_null(iob_share(chain, 0, len));
  after = info_now();
  assert_int_equal(after.fail_views, before.fail_views + 1);
  assert_int_equal(failures(&after), failures(&before) + 1);
  assert_int_equal(chain->io_pktlen, len);
  assert_int_equal(iob_check_chain(chain), 0);
  assert_int_equal(iob_copyout(g_read, chain, len, 0), len);
  assert_memory_equal(g_read, g_data, len);
  assert_int_equal(iob_check(), 0);

  iob_free_chain(chain);
  release_all();
}

/* Every failure under its cause */

static void test_more_than_is_free_counts_as_space(void **state)
{
  struct iob_info_s before = info_now();
  struct iob_info_s after;
  unsigned int cls;

  (void)state;
  assert_true(g_start.arena <= IOB_MAXEXTENT);
  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      assert_null(iob_tryalloc_contig(g_start.arena - GUARD, 0, cls));
    }

  after = info_now();
  ASSERT_FAILED(before, after, fail_space, IOB_NCLASSES);

  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      take_all(cls);
    }

  before = info_now();
  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      assert_null(iob_tryalloc_contig(0, 0, cls));
    }

  after = info_now();
  ASSERT_FAILED(before, after, fail_space, IOB_NCLASSES);
  release_all();
}

static void test_what_others_reserve_counts_as_class(void **state)
{
  struct iob_info_s before;
  struct iob_info_s after;

  (void)state;
  take_all(IOB_CLASS_RX);
  before = info_now();
  assert_null(iob_tryalloc(true));
  assert_null(iob_tryalloc_contig(1, 0, IOB_CLASS_RX));
  assert_null(iob_tryalloc_contig(1, 0, IOB_CLASS_RING));
  after = info_now();
  ASSERT_FAILED(before, after, fail_class, 3);
  release_all();
}

static void test_holes_count_as_fragmentation(void **state)
{
  struct iob_info_s before;
  struct iob_info_s after;
  unsigned int i;

  (void)state;
  take_all(IOB_CLASS_TX);
  for (i = 0; i < g_hoard[IOB_CLASS_TX].n; i += 2)
    {
      iob_free(g_hoard[IOB_CLASS_TX].iob[i]);
    }

  /* Runs of two granules are left of what is common */

  before = info_now();
  assert_true(common_bytes() / 4 > before.largest);
  assert_null(iob_tryalloc_contig(before.largest + 1, 0, IOB_CLASS_TX));
  assert_null(iob_tryalloc_contig(common_bytes() / 4 - GUARD, 0,
                                  IOB_CLASS_TX));
  after = info_now();
  ASSERT_FAILED(before, after, fail_frag, 2);

  /* The largest run that it tells can be had */

  assert_true(take(IOB_CLASS_TX, before.largest));
  iob_free(g_hoard[IOB_CLASS_TX].iob[--g_hoard[IOB_CLASS_TX].n]);

  for (i = 1; i < g_hoard[IOB_CLASS_TX].n; i += 2)
    {
      iob_free(g_hoard[IOB_CLASS_TX].iob[i]);
    }

  g_hoard[IOB_CLASS_TX].n = 0;
}

static void test_no_extent_is_that_large(void **state)
{
  static const unsigned int sizes[][2] =
  {
    {
      IOB_MAXEXTENT + 1, 0
    },
    {
      IOB_MAXEXTENT, 1
    },
    {
      1, IOB_MAXEXTENT
    },
    {
      0, IOB_MAXEXTENT + 1
    },
    {
      UINT_MAX, 0
    },
    {
      0, UINT_MAX
    },
    {
      UINT_MAX, UINT_MAX
    },
    {
      UINT_MAX, 1
    },
    {
      UINT_MAX - 15, 16
    },
    {
      65536, 0
    }
  };

  const unsigned int n = sizeof(sizes) / sizeof(sizes[0]);
  struct iob_info_s before = info_now();
  struct iob_info_s after;
  unsigned int i;

  (void)state;
  for (i = 0; i < n; i++)
    {
      assert_null(iob_tryalloc_contig(sizes[i][0], sizes[i][1],
                                      i % IOB_NCLASSES));
    }

  after = info_now();
  ASSERT_FAILED(before, after, fail_size, n);
  assert_null(iob_alloc_dynamic(UINT16_MAX));
  after = info_now();
  ASSERT_FAILED(before, after, fail_size, n + 1);
}

/* While a waiter may not be passed again, its class is refused for that
 * reason only, and the other classes are not.  The hook is what other tasks
 * do while this one waits.
 */

static int pass_hook(sem_t *sem, uint32_t ticks)
{
  struct iob_info_s before;
  struct iob_info_s after;
  unsigned int i;

  (void)sem;
  (void)ticks;

  for (i = 0; i < CONFIG_IOB_MAXPASS; i++)
    {
      assert_true(take(IOB_CLASS_CTRL, IOB_GRANULE));
      iob_free(g_hoard[IOB_CLASS_CTRL].iob[0]);
      g_hoard[IOB_CLASS_CTRL].n = 0;
    }

  before = info_now();
  assert_null(iob_tryalloc_contig(1, 0, IOB_CLASS_CTRL));
  assert_null(iob_tryalloc_contig(1, 0, IOB_CLASS_CTRL));
  after = info_now();
  ASSERT_FAILED(before, after, fail_turn, 2);
  assert_int_equal(after.npass, g_start.npass + CONFIG_IOB_MAXPASS);

  assert_true(take(IOB_CLASS_RING, IOB_GRANULE));
  after = info_now();
  assert_int_equal(failures(&after), failures(&before) + 2);
  release(&g_hoard[IOB_CLASS_RING]);
  return 0;
}

static void test_a_turn_that_is_not_ones_own(void **state)
{
  unsigned int want;

  (void)state;

  /* CTRL waits for the largest extent there is, of which TX has a piece */

  want = common_bytes() - GUARD;
  while (info_now().class_used[IOB_CLASS_TX] <=
         g_start.class_reserve[IOB_CLASS_TX])
    {
      assert_true(take(IOB_CLASS_TX, PIECE));
    }

  host_block_hook = pass_hook;
  assert_null(iob_timedalloc_contig(want, 0, IOB_CLASS_CTRL, 10));
  host_block_hook = NULL;
  release_all();

  assert_true(take(IOB_CLASS_CTRL, want + GUARD));
  release_all();
}

/* iob_navail() is a lower bound whatever is out; the number that can be had
 * is found by having them.
 */

static void check_navail(bool throttled, bool exact)
{
  unsigned int said = iob_navail(throttled);
  unsigned int had = take_buffers(throttled);

  if (exact ? had != said : had < said)
    {
      fail_msg("seed %u: %u available, %u had", (unsigned int)g_random,
               said, had);
    }

  assert_int_equal(iob_navail(throttled), 0);
  release(&g_more);
}

static void test_navail_is_a_lower_bound(void **state)
{
  unsigned int seed;
  unsigned int i;

  (void)state;
  for (seed = 1; seed <= 8; seed++)
    {
      g_random = seed * 77;
      for (i = 0; i < 250; i++)
        {
          enum iob_class_e cls = draw(IOB_NCLASSES);

          if (g_hoard[cls].n > 0 && draw(5) < 2)
            {
              release_one(&g_hoard[cls]);
            }
          else
            {
              take(cls, IOB_GRANULE * (1 + draw(12)));
            }

          check_navail(draw(2) != 0, false);
        }

      release_all();
      assert_int_equal(iob_navail(false), g_free);
    }
}

static void test_navail_is_exact_for_buffers(void **state)
{
  unsigned int seed;
  unsigned int i;

  (void)state;
  assert_int_equal(iob_navail(false), CONFIG_IOB_NBUFFERS);
  for (seed = 1; seed <= 8; seed++)
    {
      g_random = seed * 99;
      for (i = 0; i < 250; i++)
        {
          bool throttled = draw(2) != 0;

          if (g_hoard[0].n > 0 && draw(5) < 2)
            {
              release_one(&g_hoard[0]);
            }
          else
            {
              struct iob_s *iob = iob_tryalloc(throttled);

              if (iob != NULL)
                {
                  keep(&g_hoard[0], iob);
                }
            }

          check_navail(draw(2) != 0, true);
        }

      release_all();
      assert_int_equal(iob_navail(false), g_free);
    }
}

/* A packet of all the buffers there are can be built, as in NuttX */

static void test_a_chain_of_all_buffers(void **state)
{
  unsigned int len = CONFIG_IOB_NBUFFERS * CONFIG_IOB_BUFSIZE;
  struct iob_s *chain = iob_tryalloc(false);
  struct iob_info_s before;

  (void)state;
  assert_non_null(chain);
  assert_int_equal(iob_copyin(chain, g_data, len, 0, false), len);
  assert_int_equal(chain->io_pktlen, len);
  assert_int_equal(iob_count(chain), CONFIG_IOB_NBUFFERS);
  assert_int_equal(iob_check_chain(chain), 0);
  assert_int_equal(iob_copyout(g_read, chain, len, 0), len);
  assert_memory_equal(g_read, g_data, len);
  assert_int_equal(iob_navail(false), 0);

  /* Nor is there one byte more */

  before = info_now();
  assert_int_equal(iob_trycopyin(chain, g_data, 1, len, false), -ENOMEM);
  assert_int_equal(chain->io_pktlen, len);
  assert_int_equal(info_now().used, before.used);
  iob_free_chain(chain);
}

static void test_a_chain_longer_than_the_pool(void **state)
{
  unsigned int len = CONFIG_IOB_NBUFFERS * CONFIG_IOB_BUFSIZE;
  struct iob_s *chain = iob_tryalloc(false);
  struct iob_info_s before = info_now();

  (void)state;
  assert_non_null(chain);
  assert_int_equal(iob_trycopyin(chain, g_data, len + 1, 0, false),
                   -ENOMEM);
  assert_int_equal(chain->io_pktlen, 0);
  assert_int_equal(info_now().used, before.used);
  assert_int_equal(info_now().views_used, before.views_used);

  /* Throttled, the buffers of the throttle are missing */

  assert_int_equal(iob_trycopyin(chain, g_data, len, 0, true), -ENOMEM);
  assert_int_equal(chain->io_pktlen, 0);
  assert_int_equal(info_now().used, before.used);
  iob_free_chain(chain);
}

/* The rest of the chain comes while it is waited for */

static int free_hook(sem_t *sem, uint32_t ticks)
{
  (void)sem;
  (void)ticks;
  if (g_hoard[IOB_CLASS_TX].n == 0)
    {
      return 0;
    }

  iob_free(g_hoard[IOB_CLASS_TX].iob[--g_hoard[IOB_CLASS_TX].n]);
  return 1;
}

static void test_a_chain_of_all_buffers_waits_for_them(void **state)
{
  unsigned int len = CONFIG_IOB_NBUFFERS * CONFIG_IOB_BUFSIZE;
  struct iob_s *chain = iob_tryalloc(false);

  (void)state;
  assert_non_null(chain);
  while (take(IOB_CLASS_TX, POOLBYTES))
    {
    }

  host_block_hook = free_hook;
  assert_int_equal(iob_copyin(chain, g_data, len, 0, false), len);
  host_block_hook = NULL;
  assert_int_equal(g_hoard[IOB_CLASS_TX].n, 0);
  assert_int_equal(iob_copyout(g_read, chain, len, 0), len);
  assert_memory_equal(g_read, g_data, len);
  iob_free_chain(chain);
}

/* The front cache hides nothing: right after many small extents of one
 * class were freed, in any order, every class gets the largest extent that
 * it may have.  Nothing may be asked for in between: to tell what is free,
 * the cache is emptied.  It does not keep what lies in a reserve, and that
 * is what was allocated last.
 */

static void fill_cache(enum iob_class_e cls, unsigned int order)
{
  struct hoard_s *hoard = &g_hoard[cls];
  unsigned int i;

  for (i = 1; take(cls, IOB_GRANULE * i); i = i % (256 / IOB_GRANULE) + 1)
    {
    }

  assert_true(hoard->n > 10);
  for (i = 0; order == 1 && i < hoard->n / 2; i++)
    {
      struct iob_s *iob = hoard->iob[i];

      hoard->iob[i]                = hoard->iob[hoard->n - 1 - i];
      hoard->iob[hoard->n - 1 - i] = iob;
    }

  while (hoard->n > 0)
    {
      if (order == 2)
        {
          release_one(hoard);
        }
      else
        {
          iob_free(hoard->iob[--hoard->n]);
        }
    }
}

static void test_the_cache_hides_no_memory(void **state)
{
  unsigned int order;
  unsigned int cls;
  unsigned int other;

  (void)state;
  for (order = 0; order < 3; order++)
    {
      for (cls = 0; cls < IOB_NCLASSES; cls++)
        {
          for (other = 0; other < IOB_NCLASSES; other++)
            {
              size_t most = common_bytes();

              if (most > IOB_MAXEXTENT)
                {
                  most = IOB_MAXEXTENT;
                }

              fill_cache(cls, order);
              assert_true(take(other, most));
              release_all();
            }
        }
    }
}

/* "Exact when only buffers of iob_alloc() are out", so also when nothing is:
 * what the cache holds is free, wherever in the arena it lies.
 */

static void test_the_cache_hides_no_buffers_from_navail(void **state)
{
  unsigned int cls;

  (void)state;
  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      fill_cache(cls, 1);
      assert_int_equal(iob_navail(false), g_free);
      fill_cache(cls, 1);
      assert_int_equal(iob_navail(true), g_freethrottled);
      fill_cache(cls, 1);
      assert_int_equal(info_now().used, 0);
      assert_int_equal(info_now().class_used[cls], 0);
    }
}

/* Nor does it hide the reserve that its memory is charged to, be it used
 * by the same class in another size or by others as common memory.
 */

static void test_the_cache_hides_no_reserve(void **state)
{
  unsigned int cls;
  unsigned int other;

  (void)state;
  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      for (other = 0; other < IOB_NCLASSES; other++)
        {
          size_t bytes;

          fill_cache(cls, 1);
          bytes = take_all(other);

          /* Pieces out of the cache may lie at odd granules */

          while (take(other, IOB_GRANULE))
            {
              bytes += IOB_GRANULE;
            }

          assert_int_equal(bytes, common_bytes() +
                           g_start.class_reserve[other]);
          release_all();
        }
    }
}

/* Nor views: as many shares can be had after the cache was filled with
 * views as when it was empty.
 */

static void test_the_cache_hides_no_views(void **state)
{
  unsigned int cls;
  unsigned int other;

  (void)state;
  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      unsigned int most;

      iob_initialize();
      most = take_all_views(cls);
      release_all();

      for (other = 0; other < IOB_NCLASSES; other++)
        {
          fill_cache(other, 1);
          assert_int_equal(take_all_views(cls), most);
          release_all();

          take_all_views(other);
          release_all();
          assert_int_equal(info_now().views_used, 0);
          assert_int_equal(take_all_views(cls), most);
          release_all();
        }
    }
}

/* The high-water marks tell the most that was in use, and stay */

static void test_highwater_stays(void **state)
{
  struct iob_info_s info;
  size_t bytes;

  (void)state;
  bytes = take_all(IOB_CLASS_TX);
  release_all();
  assert_true(take(IOB_CLASS_RX, PIECE));
  info = info_now();
  assert_int_equal(info.used, PIECE);
  assert_int_equal(info.highwater, bytes);
  assert_int_equal(info.views_highwater, bytes / PIECE);
  release_all();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    TEST(test_each_class_always_gets_its_reserve),
    TEST(test_no_class_takes_the_reserve_of_another),
    TEST(test_a_reserve_is_contiguous),
    TEST(test_common_memory_goes_from_class_to_class),
    TEST(test_reserves_hold_at_random),
    TEST(test_the_throttle_is_the_reserve_of_tx),
    TEST(test_throttled_leaves_buffers_for_sending),
    TEST(test_sending_leaves_buffers_for_receiving),
    TEST(test_views_have_reserves),
    TEST(test_without_a_view_nothing_is_to_be_had),
    TEST(test_a_share_of_a_chain_needs_all_its_views),
    TEST(test_more_than_is_free_counts_as_space),
    TEST(test_what_others_reserve_counts_as_class),
    TEST(test_holes_count_as_fragmentation),
    TEST(test_no_extent_is_that_large),
    TEST(test_a_turn_that_is_not_ones_own),
    TEST(test_navail_is_a_lower_bound),
    TEST(test_navail_is_exact_for_buffers),
    TEST(test_a_chain_of_all_buffers),
    TEST(test_a_chain_longer_than_the_pool),
    TEST(test_a_chain_of_all_buffers_waits_for_them),
    TEST(test_the_cache_hides_no_memory),
    TEST(test_the_cache_hides_no_buffers_from_navail),
    TEST(test_the_cache_hides_no_reserve),
    TEST(test_the_cache_hides_no_views),
    TEST(test_highwater_stays),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
