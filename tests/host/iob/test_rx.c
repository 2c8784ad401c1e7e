/* tests/host/iob/test_rx.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Reception with iob_rxtake().  Goal: a short frame costs its own size and
 * not that of the ring extent it came in, and a flood never shrinks the
 * ring.  Method: a "device" writes known bytes in a few posted extents; the
 * test takes the frames out, keeps them unread, and compares the counts of
 * iob_getinfo(), the addresses and every byte.
 */

#include <nuttx/config.h>

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

#ifdef CONFIG_IOB_DEBUG
#  define GUARD 8
#else
#  define GUARD 0
#endif

/* 9216-byte extents as for jumbo frames, or less if the arena is small */

#if CONFIG_IOB_ARENASIZE >= 4194304
#  define NSLOTS    16
#  define RINGSIZE  9216
#elif CONFIG_IOB_NBUFFERS * CONFIG_IOB_BUFSIZE >= 4 * 9216
#  define NSLOTS    2
#  define RINGSIZE  9216
#else
#  define NSLOTS    2
#  define RINGSIZE  1536
#endif

/* Room in front for what a forwarded frame needs */

#define HEAD        16
#define SPACE       (RINGSIZE - HEAD)
#define SHORT       100
#define MAXFRAMES   65536

/* What one unread short packet may cost, in memory and views */

#define SHORTCOST   176

struct frame_s
{
  struct iob_s *iob;
  unsigned int len;
  unsigned int seed;
};

static struct iob_s *g_ring[NSLOTS];
static struct frame_s g_frame[MAXFRAMES];
static unsigned int g_nframes;
static struct iob_info_s g_start;      /* With nothing posted */
static struct iob_info_s g_posted;     /* With the ring posted */
static uint32_t g_random;

static struct iob_info_s info_now(void)
{
  struct iob_info_s info;

  iob_getinfo(&info);
  return info;
}

static unsigned int draw(unsigned int n)
{
  g_random = g_random * 1664525 + 1013904223;
  return (g_random >> 8) % n;
}

/* Byte i of a frame */

static uint8_t byte_of(unsigned int seed, unsigned int i)
{
  return (uint8_t)(seed * 37 + i * 5 + i / 256);
}

/* The ring */

static void assert_ring(void)
{
  struct iob_info_s info = info_now();
  unsigned int i;

  assert_int_equal(info.class_used[IOB_CLASS_RING],
                   g_posted.class_used[IOB_CLASS_RING]);
  assert_int_equal(info.class_views[IOB_CLASS_RING], NSLOTS);

  for (i = 0; i < NSLOTS; i++)
    {
      assert_non_null(g_ring[i]);
      assert_null(g_ring[i]->io_flink);
      assert_int_equal(g_ring[i]->io_len, 0);
      assert_int_equal(g_ring[i]->io_pktlen, 0);
      assert_int_equal(g_ring[i]->io_offset, HEAD);
      assert_int_equal(IOB_BUFSIZE(g_ring[i]), RINGSIZE);
      assert_true(iob_writable(g_ring[i]));
    }
}

/* The device writes a frame in a slot, and it is taken out */

static struct iob_s *take(unsigned int slot, unsigned int len,
                          unsigned int seed)
{
  unsigned int i;

  for (i = 0; i < len && i < SPACE; i++)
    {
      IOB_DATA(g_ring[slot])[i] = byte_of(seed, i);
    }

  return iob_rxtake(&g_ring[slot], len);
}

static void assert_frame(const struct iob_s *iob, unsigned int len,
                         unsigned int seed)
{
  unsigned int i;

  assert_non_null(iob);
  assert_null(iob->io_flink);
  assert_int_equal(iob->io_len, len);
  assert_int_equal(iob->io_pktlen, len);
  assert_int_equal(iob->io_offset, HEAD);
  assert_true(iob_writable(iob));
  assert_int_equal(iob_check_chain(iob), 0);
  for (i = 0; i < len; i++)
    {
      if (IOB_DATA(iob)[i] != byte_of(seed, i))
        {
          fail_msg("byte %u of %u", i, len);
        }
    }
}

/* Receive a frame and keep it unread; false if it was dropped */

static bool receive(unsigned int slot, unsigned int len, unsigned int seed)
{
  struct iob_s *iob = take(slot, len, seed);

  if (iob == NULL)
    {
      return false;
    }

  assert_true(g_nframes < MAXFRAMES);
  g_frame[g_nframes].iob  = iob;
  g_frame[g_nframes].len  = len;
  g_frame[g_nframes].seed = seed;
  g_nframes++;
  return true;
}

/* Read a frame: its bytes are what they were, and its memory returns */

static void read_frame(unsigned int i)
{
  assert_true(i < g_nframes);
  assert_frame(g_frame[i].iob, g_frame[i].len, g_frame[i].seed);
  assert_null(iob_free(g_frame[i].iob));
  g_frame[i] = g_frame[--g_nframes];
}

static void read_all(void)
{
  while (g_nframes > 0)
    {
      read_frame(g_nframes - 1);
    }
}

static int setup(void **state)
{
  unsigned int i;

  (void)state;
  host_port_reset();
  host_log_level = LOG_CRIT;
  iob_initialize();
  g_nframes = 0;
  g_random  = 1;
  g_start   = info_now();

  for (i = 0; i < NSLOTS; i++)
    {
      g_ring[i] = iob_tryalloc_contig(SPACE, HEAD, IOB_CLASS_RING);
      assert_non_null(g_ring[i]);
    }

  g_posted = info_now();
  return 0;
}

static int teardown(void **state)
{
  struct iob_s *chain = NULL;
  struct iob_s *iob;
  struct iob_info_s info;
  unsigned int i;

  (void)state;
  read_all();
  assert_ring();
  for (i = 0; i < NSLOTS; i++)
    {
      assert_null(iob_free(g_ring[i]));
    }

  info = info_now();
  assert_int_equal(iob_check(), 0);
  assert_int_equal(info.used, 0);
  assert_int_equal(info.views_used, 0);

  for (i = 0; i < IOB_NCLASSES; i++)
    {
      assert_int_equal(info.class_used[i], 0);
      assert_int_equal(info.class_views[i], 0);
    }

  /* The pool is complete: all of its buffers can be had */

  for (i = 0; (iob = iob_tryalloc(false)) != NULL; i++)
    {
      iob->io_flink = chain;
      chain         = iob;
    }

  assert_int_equal(i, g_start.stats.nfree);
  while (chain != NULL)
    {
      iob   = chain;
      chain = iob->io_flink;
      iob->io_flink = NULL;
      assert_null(iob_free(iob));
    }

  assert_int_equal(iob_navail(false), g_start.stats.nfree);
  return 0;
}

/* A short frame is copied, and the posted extent stays posted: the same iob
 * at the same address, in the same call.
 */

static void test_a_short_frame_leaves_its_extent_posted(void **state)
{
  unsigned int i;

  (void)state;
  for (i = 0; i < 3 * NSLOTS; i++)
    {
      struct iob_s *slot = g_ring[i % NSLOTS];
      const uint8_t *data = slot->io_data;

      assert_true(receive(i % NSLOTS, SHORT, i));
      assert_ptr_equal(g_ring[i % NSLOTS], slot);
      assert_ptr_equal(slot->io_data, data);
      assert_ptr_not_equal(g_frame[i].iob, slot);
      assert_true(IOB_BUFSIZE(g_frame[i].iob) <= SHORT + HEAD + IOB_GRANULE);
      assert_ring();
    }

  assert_int_equal(info_now().ncopybreak, 3 * NSLOTS);
  assert_int_equal(info_now().nringkeep, 0);
  assert_int_equal(info_now().class_views[IOB_CLASS_RX], 3 * NSLOTS);

  /* The device overwrites the slot: the frames have bytes of their own */

  for (i = 0; i < NSLOTS; i++)
    {
      memset(g_ring[i]->io_data, 0xee, RINGSIZE);
    }

  assert_int_equal(iob_check(), 0);
}

/* 1000 short packets, or as many as there is memory for, unread, cost no
 * more than SHORTCOST each: not a ring extent each.
 */

static void test_short_packets_cost_little(void **state)
{
  struct iob_info_s info;
  size_t cost;

  (void)state;
  while (g_nframes < 1000 &&
         receive(g_nframes % NSLOTS, SHORT, g_nframes))
    {
    }

#if CONFIG_IOB_ARENASIZE >= 4194304
  assert_int_equal(g_nframes, 1000);
#endif
  assert_true(g_nframes > 20);
  info = info_now();
  cost = info.class_used[IOB_CLASS_RX] +
         info.class_views[IOB_CLASS_RX] * sizeof(struct iob_s);
#ifndef CONFIG_IOB_DEBUG
  assert_true(cost <= g_nframes * SHORTCOST);
#endif
  assert_true(cost < g_nframes * (size_t)RINGSIZE / 4);
  assert_int_equal(info.class_views[IOB_CLASS_RX], g_nframes);
  assert_ring();
}

/* A frame of half the extent or more is kept in it.  It is booked as
 * received data, and a new extent of the same size is posted.
 */

static void test_a_long_frame_keeps_its_extent(void **state)
{
  static const unsigned int lens[] =
  {
    SPACE, RINGSIZE / 2, SPACE - 1, RINGSIZE / 2 + 1
  };

  unsigned int i;

  (void)state;
  for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
    {
      struct iob_s *slot = g_ring[0];
      const uint8_t *data = IOB_DATA(slot);
      struct iob_info_s before = info_now();
      struct iob_info_s after;

      assert_true(receive(0, lens[i], i));
      assert_ptr_equal(g_frame[0].iob, slot);
      assert_ptr_equal(IOB_DATA(slot), data);
      assert_ptr_not_equal(g_ring[0], slot);
      assert_ptr_not_equal(IOB_DATA(g_ring[0]), data);
      assert_int_equal(IOB_BUFSIZE(slot), RINGSIZE);
      assert_ring();

      after = info_now();
      assert_int_equal(after.nringkeep, before.nringkeep + 1);
      assert_int_equal(after.ncopybreak, before.ncopybreak);
      assert_int_equal(after.class_used[IOB_CLASS_RX],
                       g_posted.class_used[IOB_CLASS_RING] / NSLOTS);
      assert_int_equal(after.class_views[IOB_CLASS_RX], 1);
      assert_int_equal(iob_check(), 0);

      read_all();
      after = info_now();
      assert_int_equal(after.class_used[IOB_CLASS_RX], 0);
      assert_ring();
    }
}

static void test_one_byte_less_than_half_is_copied(void **state)
{
  struct iob_s *slot = g_ring[1];

  (void)state;
  assert_true(receive(1, RINGSIZE / 2 - 1, 3));
  assert_ptr_equal(g_ring[1], slot);
  assert_ptr_not_equal(g_frame[0].iob, slot);
  assert_int_equal(info_now().ncopybreak, 1);
  assert_int_equal(info_now().nringkeep, 0);
  assert_ring();
}

/* What the device can not have written is dropped and counted; the slot
 * is ready again.
 */

static void test_a_frame_longer_than_its_slot_is_dropped(void **state)
{
  static const unsigned int lens[] =
  {
    SPACE + 1, RINGSIZE, RINGSIZE + 1, 65535, 65536, UINT_MAX / 2,
    UINT_MAX - HEAD, UINT_MAX
  };

  const unsigned int n = sizeof(lens) / sizeof(lens[0]);
  struct iob_s *slot = g_ring[0];
  unsigned int i;

  (void)state;
  for (i = 0; i < n; i++)
    {
      assert_null(iob_rxtake(&g_ring[0], lens[i]));
      assert_ptr_equal(g_ring[0], slot);
      assert_int_equal(info_now().nringdrop, i + 1);
      assert_ring();
    }

  assert_int_equal(info_now().used, g_posted.used);
  assert_int_equal(info_now().nringkeep, 0);
  assert_int_equal(info_now().ncopybreak, 0);
  assert_true(receive(0, SHORT, 1));
}

static void test_a_frame_of_no_bytes(void **state)
{
  struct iob_s *slot = g_ring[0];
  struct iob_s *iob = take(0, 0, 0);

  (void)state;
  assert_ptr_equal(g_ring[0], slot);
  if (iob != NULL)
    {
      assert_frame(iob, 0, 0);
      iob_free(iob);
    }

  assert_ring();
}

/* A flood that nobody reads: frames are dropped and counted, and the ring
 * is as it was after every single one.
 */

static void flood(unsigned int len)
{
  struct iob_info_s before;
  unsigned int i;

  while (receive(g_nframes % NSLOTS, len, g_nframes))
    {
    }

  assert_true(g_nframes > 0);
  before = info_now();
  for (i = 0; i < 100; i++)
    {
      struct iob_s *slot = g_ring[i % NSLOTS];
      const uint8_t *data = slot->io_data;

      assert_false(receive(i % NSLOTS, len, i));
      assert_ptr_equal(g_ring[i % NSLOTS], slot);
      assert_ptr_equal(slot->io_data, data);
      assert_ring();
    }

  assert_int_equal(info_now().nringdrop, before.nringdrop + 100);
  assert_int_equal(info_now().used, before.used);
  assert_int_equal(info_now().views_used, before.views_used);
  assert_int_equal(iob_check(), 0);
}

static void test_a_flood_does_not_shrink_the_ring(void **state)
{
  static const unsigned int lens[] =
  {
    SPACE, RINGSIZE / 2, RINGSIZE / 4, SHORT, 1
  };

  unsigned int i;

  (void)state;
  for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
    {
      flood(lens[i]);

      /* As soon as one is read, one can be received */

      read_frame(0);
      assert_true(receive(0, lens[i], 5));
      read_all();
      assert_ring();
    }
}

/* When there is no extent to take its place, a long frame is copied to one
 * of its own size, if there is that.
 */

static void test_a_long_frame_is_copied_if_it_can_not_be_kept(void **state)
{
  struct iob_info_s before;
  struct iob_s *slot;
  unsigned int len = RINGSIZE / 2;

  (void)state;
  while (iob_navail(true) > 0 && receive(0, SPACE, g_nframes) &&
         info_now().nringkeep == g_nframes)
    {
    }

  /* Now a whole extent is not to be had.  Is half of one? */

  before = info_now();
  slot   = g_ring[0];
  if (receive(0, len, 9))
    {
      assert_int_equal(info_now().nringkeep, before.nringkeep);
      assert_int_equal(info_now().ncopybreak, before.ncopybreak + 1);
    }
  else
    {
      assert_int_equal(info_now().nringdrop, before.nringdrop + 1);
    }

  assert_ptr_equal(g_ring[0], slot);
  assert_ring();
}

/* Data to be sent has all that is common: reception has its reserve, and
 * then drops; sending has lost nothing.
 */

static void test_reception_has_its_reserve(void **state)
{
  struct iob_info_s before;
  struct iob_s *chain = NULL;
  struct iob_s *iob;
  unsigned int n;

  (void)state;
  while ((iob = iob_tryalloc_contig(IOB_GRANULE - GUARD, 0,
                                    IOB_CLASS_TX)) != NULL ||
         (iob = iob_tryalloc(false)) != NULL)
    {
      iob->io_flink = chain;
      chain         = iob;
    }

  before = info_now();
  for (n = 0; receive(n % NSLOTS, IOB_GRANULE - HEAD - GUARD, n); n++)
    {
    }

  assert_true(n * IOB_GRANULE >= g_start.class_reserve[IOB_CLASS_RX] / 2);
  assert_int_equal(info_now().class_used[IOB_CLASS_TX],
                   before.class_used[IOB_CLASS_TX]);
  assert_null(take(0, SPACE, 1));
  assert_int_equal(info_now().nringdrop, before.nringdrop + 2);
  assert_ring();
  iob_free_chain(chain);
}

/* In the interrupt of the device */

static void rx_isr(void *arg)
{
  struct iob_s **frame = arg;

  frame[0] = iob_rxtake(&g_ring[0], SHORT);
  frame[1] = iob_rxtake(&g_ring[1], SPACE);
  frame[2] = iob_rxtake(&g_ring[1], SPACE + 1);
}

static void test_frames_can_be_taken_in_an_interrupt(void **state)
{
  struct iob_s *frame[3];
  unsigned int i;

  (void)state;
  for (i = 0; i < SPACE; i++)
    {
      IOB_DATA(g_ring[0])[i] = byte_of(4, i);
      IOB_DATA(g_ring[1])[i] = byte_of(5, i);
    }

  assert_true(host_interrupt(rx_isr, frame));
  assert_frame(frame[0], SHORT, 4);
  assert_frame(frame[1], SPACE, 5);
  assert_null(frame[2]);
  assert_ring();
  iob_free(frame[0]);
  iob_free(frame[1]);
}

/* The head-room of a frame is its own: a header put in front of it changes
 * neither the slot nor another frame.
 */

static void test_headroom_is_kept(void **state)
{
  unsigned int i;

  (void)state;
  assert_true(receive(0, SHORT, 1));
  assert_true(receive(0, SPACE, 2));
  assert_true(receive(0, SHORT, 3));
  for (i = 0; i < 3; i++)
    {
      assert_int_equal(iob_push(g_frame[i].iob, HEAD), 0);
      assert_int_equal(g_frame[i].iob->io_offset, 0);
      memset(IOB_DATA(g_frame[i].iob), 0x55, HEAD);
      assert_int_not_equal(iob_push(g_frame[i].iob, 1), 0);
      assert_int_equal(iob_pull(g_frame[i].iob, HEAD), 0);
    }

  assert_int_equal(iob_check(), 0);
  assert_ring();
}

/* A random mix of lengths, valid and not, and of reading.  Every frame is
 * counted once, as kept, copied or dropped, and has its bytes when it is
 * read.
 */

static void test_a_random_mix(void **state)
{
  unsigned int seed;
  unsigned int i;

  (void)state;
  for (seed = 1; seed <= 5; seed++)
    {
      struct iob_info_s before = info_now();
      struct iob_info_s after;
      unsigned int ntaken = 0;
      unsigned int ndropped = 0;

      g_random = seed;
      for (i = 0; i < 600; i++)
        {
          unsigned int len = draw(3) != 0 ? draw(300) :
                             draw(RINGSIZE + 20);

          if (receive(draw(NSLOTS), len, draw(1000)))
            {
              assert_true(len <= SPACE);
              ntaken++;
            }
          else
            {
              ndropped++;
            }

          while (g_nframes > 0 && draw(16) < 7)
            {
              read_frame(draw(g_nframes));
            }

          if (i % 10 == 0)
            {
              assert_ring();
            }

          if (i % 50 == 0 && iob_check() != 0)
            {
              fail_msg("seed %u, step %u", seed, i);
            }
        }

      after = info_now();
      assert_int_equal(after.nringkeep - before.nringkeep +
                       after.ncopybreak - before.ncopybreak, ntaken);
      assert_int_equal(after.nringdrop - before.nringdrop, ndropped);
      assert_true(after.nringkeep > before.nringkeep);
      assert_true(after.ncopybreak > before.ncopybreak);
#if CONFIG_IOB_ARENASIZE == 0
      assert_true(after.nringdrop > before.nringdrop);
#endif
      read_all();
      assert_int_equal(info_now().used, g_posted.used);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    TEST(test_a_short_frame_leaves_its_extent_posted),
    TEST(test_short_packets_cost_little),
    TEST(test_a_long_frame_keeps_its_extent),
    TEST(test_one_byte_less_than_half_is_copied),
    TEST(test_a_frame_longer_than_its_slot_is_dropped),
    TEST(test_a_frame_of_no_bytes),
    TEST(test_a_flood_does_not_shrink_the_ring),
    TEST(test_a_long_frame_is_copied_if_it_can_not_be_kept),
    TEST(test_reception_has_its_reserve),
    TEST(test_frames_can_be_taken_in_an_interrupt),
    TEST(test_headroom_is_kept),
    TEST(test_a_random_mix),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
