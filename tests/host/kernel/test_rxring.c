/* tests/host/kernel/test_rxring.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Receive buffers of a device (drivers/net/rxring.c).  Goal: what the upper
 * layer gives back is used again, a few of each size and not one that others
 * view; and all of it, and nothing of the ring, is given back when memory is
 * wanted elsewhere.  Method: frames taken out of a ring and recycled, with
 * the pool counted after each step; exhausted pools; a ring whose frames lie
 * in two extents.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <nuttx/mm/iob.h>

#include "drivers.h"
#include "netutil.h"

#define SLOTS  4
#define FRAME  1536
#define MANY   100

static struct fake_s g_fake;
static struct rxring_s g_ring;

static uint32_t used(void)
{
  struct iob_info_s info;

  iob_getinfo(&info);
  return info.used;
}

/* A ring; what it holds of the pool */

static uint32_t create(unsigned int slots, unsigned int size)
{
  uint32_t before = used();

  CHECK_EQ(rxring_init(&g_ring, fake_create(&g_fake, 4), slots, size), 0);
  return used() - before;
}

/* A frame of so many bytes of this value, as the device would have it */

static struct iob_s *take(unsigned int i, unsigned int len, uint8_t value)
{
  struct iob_iov_s iov[4];
  struct iob_s *frame;
  uint8_t last = 0;
  int n = rxring_iov(&g_ring, i, iov);
  int k;

  CHECK(n > 0);
  for (k = 0; k < n; k++)
    {
      memset(iov[k].iov_base, value, iov[k].iov_len);
    }

  frame = rxring_take(&g_ring, i, len);
  CHECK(frame != NULL);
  if (frame != NULL)
    {
      CHECK_EQ(frame->io_pktlen, len);
      CHECK_EQ(iob_copyout(&last, frame, 1, (int)len - 1), 1);
      CHECK_EQ(last, value);
    }

  return frame;
}

/* Everything that can be had */

static struct iob_s *take_all(void)
{
  struct iob_s *all = NULL;
  unsigned int size;

  for (size = FRAME; size > 0; size /= 2)
    {
      struct iob_s *iob;

      while ((iob = iob_tryalloc_contig(size, 0, IOB_CLASS_RING)) != NULL)
        {
          iob->io_flink = all;
          all = iob;
        }
    }

  return all;
}

/* A long frame goes up in its buffer; that comes back as a spare, is posted
 * in the place of the next one, and is given back when asked for.
 */

static void long_frames(void)
{
  uint32_t ring = create(SLOTS, FRAME);
  uint32_t base = used();
  struct iob_s *frame = take(0, 1500, 1);
  struct iob_s *first = frame;

  CHECK(used() > base);
  rxring_recycle(&g_ring, frame);
  CHECK_EQ(g_ring.large.n, 1);
  CHECK(used() > base);

  frame = take(1, 1500, 2);
  CHECK(frame != first);
  CHECK_EQ(g_ring.large.n, 0);
  CHECK(g_ring.slot[1] == first);
  rxring_recycle(&g_ring, frame);

  rxring_reclaim(&g_ring);
  CHECK_EQ(g_ring.large.n, 0);
  CHECK_EQ(used(), base);
  rxring_reclaim(&g_ring);
  CHECK_EQ(used(), base);

  /* The ring itself is whole, and works */

  CHECK(rxring_ready(&g_ring));
  rxring_recycle(&g_ring, take(1, 1500, 3));
  rxring_free(&g_ring);
  CHECK_EQ(used(), base - ring);
}

/* A short one is copied, and so is the next, into the same buffer */

static void short_frames(void)
{
  uint32_t base;
  struct iob_s *frame;
  struct iob_s *first;

  create(SLOTS, FRAME);
  base  = used();
  first = take(0, 100, 1);
  rxring_recycle(&g_ring, first);
  CHECK_EQ(g_ring.small.n, 1);
  frame = take(0, 90, 2);
  CHECK(frame == first);
  CHECK_EQ(g_ring.small.n, 0);
  rxring_recycle(&g_ring, frame);

  /* Neither for one that is longer than it, nor for one so short that it
   * would be wasted
   */

  frame = take(0, 700, 3);
  CHECK(frame != first);
  CHECK_EQ(g_ring.small.n, 1);
  iob_free_chain(frame);
  rxring_reclaim(&g_ring);
  CHECK_EQ(used(), base);

  rxring_recycle(&g_ring, take(0, 700, 4));
  CHECK_EQ(g_ring.small.n, 1);
  frame = take(0, 60, 5);
  CHECK_EQ(g_ring.small.n, 1);
  rxring_recycle(&g_ring, frame);
  CHECK_EQ(g_ring.small.n, 2);
  rxring_reclaim(&g_ring);
  CHECK_EQ(g_ring.small.n, 0);
  CHECK_EQ(used(), base);
  rxring_free(&g_ring);
}

/* Some are kept, not all that come */

static void bounded(void)
{
  struct iob_s *frame[MANY];
  unsigned int len;
  unsigned int i;
  uint32_t base;

  create(SLOTS, FRAME);
  base = used();
  for (len = 1500; len > 0; len = len == 1500 ? 100 : 0)
    {
      for (i = 0; i < MANY; i++)
        {
          frame[i] = take(i % SLOTS, len, (uint8_t)i);
        }

      for (i = 0; i < MANY; i++)
        {
          rxring_recycle(&g_ring, frame[i]);
        }
    }

  CHECK(g_ring.large.n > 0 && g_ring.large.n * FRAME <= 65536);
  CHECK(g_ring.small.n > 0 && g_ring.small.n <= 8);
  CHECK(used() - base <= 65536 + 8 * 256);
  rxring_reclaim(&g_ring);
  CHECK_EQ(used(), base);
  rxring_free(&g_ring);
}

/* What somebody else views is not written to again */

static void viewed_by_others(void)
{
  struct iob_s *frame;
  struct iob_s *view;
  uint8_t byte[1500];

  create(SLOTS, FRAME);
  frame = take(0, 1500, 7);
  view  = iob_share(frame, 0, 1500);
  CHECK(view != NULL);
  rxring_recycle(&g_ring, frame);
  CHECK_EQ(g_ring.large.n, 0);
  iob_free_chain(take(0, 1500, 8));
  CHECK_EQ(iob_copyout(byte, view, 1500, 0), 1500);
  CHECK(byte[0] == 7 && byte[1499] == 7);
  iob_free_chain(view);
  rxring_free(&g_ring);
}

/* Memory that spares keep from others is theirs after all */

static void wanted_elsewhere(void)
{
  struct iob_s *frame[3];
  struct iob_s *iob;
  struct iob_s *all;
  unsigned int i;

  create(SLOTS, FRAME);
  for (i = 0; i < 3; i++)
    {
      frame[i] = take(i, 1500, 1);
    }

  for (i = 0; i < 3; i++)
    {
      rxring_recycle(&g_ring, frame[i]);
    }

  all = take_all();
  CHECK(iob_tryalloc_contig(FRAME, 0, IOB_CLASS_RING) == NULL);
  rxring_reclaim(&g_ring);
  iob = iob_tryalloc_contig(FRAME, 0, IOB_CLASS_RING);
  CHECK(iob != NULL);
  iob_free_chain(iob);
  iob_free_chain(all);
  rxring_free(&g_ring);
}

/* A pool that has not enough for all slots: the first buffer that comes back
 * is posted, before any is kept.
 */

static void empty_slots(void)
{
  struct iob_s *frame;
  struct iob_s *some = iob_tryalloc_contig(FRAME, 0, IOB_CLASS_RING);
  struct iob_s *all = take_all();

  fake_create(&g_fake, 4);
  CHECK_EQ(rxring_init(&g_ring, &g_fake.dev, SLOTS, FRAME), -ENOMEM);
  iob_free_chain(some);
  CHECK_EQ(rxring_init(&g_ring, &g_fake.dev, SLOTS, FRAME), 0);
  CHECK_EQ(g_ring.nempty, SLOTS - 1);
  CHECK(rxring_ready(&g_ring));

  /* Nothing comes in the place of this frame: it is not taken */

  CHECK(rxring_take(&g_ring, 0, 1500) == NULL);
  CHECK(rxring_ready(&g_ring));

  iob_free_chain(all);
  frame = take(0, 1500, 1);
  rxring_recycle(&g_ring, frame);
  CHECK_EQ(g_ring.nempty, SLOTS - 2);
  CHECK_EQ(g_ring.large.n, 0);
  rxring_recycle(&g_ring, take(1, 1500, 1));
  rxring_free(&g_ring);
}

/* Frames in two extents */

static void two_extents(void)
{
  const unsigned int size = IOB_MAXEXTENT + 5000;
  uint32_t base;

  create(2, size);
  CHECK_EQ(g_ring.per, 2);
  base = used();
  rxring_recycle(&g_ring, take(0, size, 1));
  CHECK_EQ(g_ring.large.n, 1);
  CHECK_EQ(g_ring.small.n, 1);
  rxring_recycle(&g_ring, take(1, IOB_MAXEXTENT + 1, 2));
  rxring_recycle(&g_ring, take(0, IOB_MAXEXTENT, 3));
  rxring_recycle(&g_ring, take(0, 10, 4));
  rxring_reclaim(&g_ring);
  CHECK_EQ(used(), base);
  rxring_free(&g_ring);
}

/* Without a ring there is nothing to keep it in */

static void after_its_end(void)
{
  struct iob_s *frame;
  uint32_t base = used();

  create(SLOTS, FRAME);
  frame = take(0, 1500, 1);
  rxring_free(&g_ring);
  rxring_recycle(&g_ring, frame);
  rxring_reclaim(&g_ring);
  CHECK_EQ(used(), base);
}

/* Each scenario in a kernel of its own *************************************/

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(net_run(name, true, 1), 0); \
  }

SCENARIO(long_frames)
SCENARIO(short_frames)
SCENARIO(bounded)
SCENARIO(viewed_by_others)
SCENARIO(wanted_elsewhere)
SCENARIO(empty_slots)
SCENARIO(two_extents)
SCENARIO(after_its_end)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_long_frames),
    cmocka_unit_test(test_short_frames),
    cmocka_unit_test(test_bounded),
    cmocka_unit_test(test_viewed_by_others),
    cmocka_unit_test(test_wanted_elsewhere),
    cmocka_unit_test(test_empty_slots),
    cmocka_unit_test(test_two_extents),
    cmocka_unit_test(test_after_its_end),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
