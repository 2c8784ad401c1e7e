/* tests/host/iob/test_common.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What both kinds of pool promise, function by function.  Goal: the
 * functions on packets and queues do what include/nuttx/mm/iob.h says, and a
 * failure leaves everything as it was.  Method: packets whose every byte is
 * known are built, changed and compared; host_block_hook plays the task that
 * frees what this one waits for.  Every test counts the pool, the containers
 * and the heap before and after.  At the end a seeded random walk is
 * compared with an array of bytes that does the same.
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

#include <nuttx/kmalloc.h>
#include <nuttx/nuttx.h>
#include <nuttx/mm/iob.h>

#include "host_port.h"

#define SIZE    CONFIG_IOB_BUFSIZE
#define BYTES   (8 * SIZE)
#define HEAD    8

#if defined(CONFIG_IOB_ALLOC) || defined(CONFIG_IOB_SHARED)
#  define HAVE_ALLOC 1
#endif

#define CHAIN(headroom, data, ...) \
  make_chain(headroom, data, (const unsigned int[]){__VA_ARGS__}, \
             sizeof((const unsigned int[]){__VA_ARGS__}) / \
             sizeof(unsigned int))

struct snapshot_s
{
  struct iob_s *iob[64];
  unsigned int len[64];
  unsigned int n;
  unsigned int pktlen;
  uint8_t data[BYTES];
};

static int g_free;               /* What was available before the test */
static int g_freethrottled;
static int g_freeqentries;
static long g_freeheap;

static uint8_t g_data[BYTES];    /* Byte i of every packet, at first */
static uint8_t g_other[BYTES];   /* Bytes that differ from all of them */
static uint8_t g_buffer[BYTES];

static struct iob_s *g_hoard;    /* Buffers that a test keeps from others */
static int g_nreleased;

/* Setting up and counting */

static int setup(void **state)
{
  unsigned int i;

  (void)state;
  host_port_reset();
  host_log_level = LOG_CRIT;
  iob_initialize();

  for (i = 0; i < BYTES; i++)
    {
      g_data[i]  = (uint8_t)(i * 7 + i / 256 + 1);
      g_other[i] = (uint8_t)~g_data[i];
    }

  g_hoard         = NULL;
  g_nreleased     = 0;
  g_free          = iob_navail(false);
  g_freethrottled = iob_navail(true);
  g_freeqentries  = iob_qentry_navail();
  g_freeheap      = host_malloc_live();
  return 0;
}

static void check_pool(void)
{
#ifdef CONFIG_IOB_SHARED
  assert_int_equal(iob_check(), 0);
#endif
}

static int teardown(void **state)
{
  struct iob_stats_s stats;

  (void)state;
  check_pool();
  iob_getstats(&stats);
  assert_int_equal(stats.nwait, 0);
  assert_int_equal(iob_navail(false), g_free);
  assert_int_equal(iob_navail(true), g_freethrottled);
  assert_int_equal(iob_qentry_navail(), g_freeqentries);
  assert_int_equal(host_malloc_live(), g_freeheap);
  assert_int_equal(host_posts_under_lock(), 0);
  assert_false(host_irq_masked());
  return 0;
}

/* A packet whose buffers hold as many bytes as "lens" says */

static struct iob_s *make_chain(unsigned int headroom, const uint8_t *data,
                                const unsigned int *lens, unsigned int n)
{
  struct iob_s *head = NULL;
  struct iob_s *tail = NULL;
  unsigned int i;

  for (i = 0; i < n; i++)
    {
      struct iob_s *iob = iob_tryalloc(false);

      assert_non_null(iob);
      assert_true(IOB_BUFSIZE(iob) >= SIZE);
      assert_true(lens[i] + headroom <= SIZE);

      iob->io_offset = headroom;
      iob->io_len    = lens[i];
      headroom       = 0;

      memcpy(IOB_DATA(iob), data, lens[i]);
      data += lens[i];

      if (tail == NULL)
        {
          head = iob;
        }
      else
        {
          tail->io_flink = iob;
        }

      tail = iob;
      head->io_pktlen += lens[i];
    }

  return head;
}

/* The lengths of a packet add up, and no buffer of a chain is empty */

static void check_lengths(struct iob_s *iob)
{
  unsigned int total = 0;
  struct iob_s *entry;

  for (entry = iob; entry != NULL; entry = entry->io_flink)
    {
      assert_true(entry->io_offset + entry->io_len <= IOB_BUFSIZE(entry));
      assert_true(entry->io_len > 0 ||
                  (entry == iob && iob->io_flink == NULL));
      total += entry->io_len;
    }

  assert_int_equal(total, iob->io_pktlen);
#ifdef CONFIG_IOB_SHARED
  assert_int_equal(iob_check_chain(iob), 0);
#endif
}

static void check_packet(struct iob_s *iob, const uint8_t *data,
                         unsigned int len)
{
  check_lengths(iob);
  assert_int_equal(iob->io_pktlen, len);
  assert_int_equal(iob_copyout(g_buffer, iob, BYTES, 0), len);
  assert_memory_equal(g_buffer, data, len);
  check_pool();
}

static void take_snapshot(struct snapshot_s *snap, struct iob_s *iob)
{
  snap->pktlen = iob->io_pktlen;
  iob_copyout(snap->data, iob, BYTES, 0);

  for (snap->n = 0; iob != NULL; iob = iob->io_flink)
    {
      snap->iob[snap->n] = iob;
      snap->len[snap->n] = iob->io_len;
      snap->n++;
    }
}

static void check_unchanged(struct snapshot_s *snap, struct iob_s *iob)
{
  unsigned int i;

  check_packet(iob, snap->data, snap->pktlen);

  for (i = 0; i < snap->n; i++)
    {
      assert_ptr_equal(iob, snap->iob[i]);
      assert_int_equal(iob->io_len, snap->len[i]);
      iob = iob->io_flink;
    }

  assert_null(iob);
}

/* Hoarding buffers, and letting go of some of them */

static void hoard_all_but(int keep)
{
  while (iob_navail(false) > keep)
    {
      struct iob_s *iob = iob_tryalloc(false);

      assert_non_null(iob);
      iob->io_flink = g_hoard;
      g_hoard       = iob;
    }
}

static bool release_one(void)
{
  struct iob_s *iob = g_hoard;

  if (iob == NULL)
    {
      return false;
    }

  g_hoard       = iob->io_flink;
  iob->io_flink = NULL;
  iob_free(iob);
  g_nreleased++;
  return true;
}

static void release_all(void)
{
  while (release_one())
    {
    }
}

static int hook_release(sem_t *sem, uint32_t ticks)
{
  (void)sem;
  (void)ticks;
  return release_one();
}

static int hook_cancel(sem_t *sem, uint32_t ticks)
{
  (void)sem;
  (void)ticks;
  return -ECANCELED;
}

static void isr_release(void *arg)
{
  (void)arg;
  release_one();
}

static int hook_interrupt(sem_t *sem, uint32_t ticks)
{
  (void)sem;
  (void)ticks;
  host_interrupt(isr_release, NULL);
  return 1;
}

/* Nothing is left, not even for small pieces */

#ifdef CONFIG_IOB_SHARED
static void hoard_everything(void)
{
  unsigned int size;

  for (size = 8192; size > 0; size /= 2)
    {
      struct iob_s *iob;

      while ((iob = iob_tryalloc_contig(size, 0, IOB_CLASS_TX)) != NULL)
        {
          iob->io_flink = g_hoard;
          g_hoard       = iob;
        }
    }
}

static uint32_t copies(void)
{
  static struct iob_info_s info;

  iob_getinfo(&info);
  return info.ncopy;
}
#endif

/* The pool */

static void test_the_whole_pool_can_be_allocated(void **state)
{
  int n = 0;

  (void)state;
  while (n <= g_free)
    {
      struct iob_s *iob = iob_tryalloc(false);

      if (iob == NULL)
        {
          break;
        }

      assert_null(iob->io_flink);
      assert_int_equal(iob->io_len, 0);
      assert_int_equal(iob->io_offset, 0);
      assert_int_equal(iob->io_pktlen, 0);
      assert_int_equal((uintptr_t)iob->io_data % CONFIG_IOB_ALIGNMENT, 0);
      memset(iob->io_data, 0xaa, SIZE);

      iob->io_flink = g_hoard;
      g_hoard       = iob;
      n++;
    }

  assert_int_equal(n, g_free);
  assert_true(n >= CONFIG_IOB_NBUFFERS);
  assert_int_equal(iob_navail(false), 0);
  release_all();
}

static void test_throttled_buffers_leave_some_to_others(void **state)
{
  int n = 0;

  (void)state;
  while (n <= g_free)
    {
      struct iob_s *iob = iob_tryalloc(true);

      if (iob == NULL)
        {
          break;
        }

      iob->io_flink = g_hoard;
      g_hoard       = iob;
      n++;
    }

  assert_int_equal(n, g_freethrottled);
  assert_int_equal(iob_navail(true), 0);
  assert_true(iob_navail(false) >= CONFIG_IOB_THROTTLE);

  hoard_all_but(0);
  release_all();
}

static void test_an_empty_pool_gives_nothing(void **state)
{
  struct iob_stats_s stats;

  (void)state;
  hoard_all_but(0);
  assert_null(iob_tryalloc(false));
  assert_null(iob_timedalloc(false, 0));

  iob_getstats(&stats);
  assert_true(stats.ntotal >= CONFIG_IOB_NBUFFERS);
  assert_int_equal(stats.nfree, 0);
  release_all();
}

static void test_a_wait_in_vain_changes_no_count(void **state)
{
  unsigned int i;

  (void)state;
  hoard_all_but(0);

  for (i = 0; i < 1000; i++)
    {
      assert_null(iob_timedalloc(false, 1 + i % 3));
#if CONFIG_IOB_THROTTLE > 0 && !defined(CONFIG_IOB_SHARED)
      assert_null(iob_timedalloc(true, 1));
#endif
    }

  release_all();
  assert_int_equal(iob_navail(false), g_free);
  test_the_whole_pool_can_be_allocated(state);
}

static void test_a_wait_lasts_as_long_as_it_says(void **state)
{
  clock_t start;

  (void)state;
  hoard_all_but(0);
  start = clock_systime_ticks();
  assert_null(iob_timedalloc(false, 50));
  assert_int_equal(clock_systime_ticks() - start, MSEC2TICK(50));
  release_all();
}

static void test_a_freed_buffer_goes_to_the_one_who_waits(void **state)
{
  struct iob_s *iob;

  (void)state;
  hoard_all_but(0);
  host_block_hook = hook_release;

  iob = iob_alloc(false);
  assert_non_null(iob);
  assert_int_equal(g_nreleased, 1);
  assert_int_equal(iob_navail(false), 0);
  iob_free(iob);

  iob = iob_tryalloc(false);
  assert_non_null(iob);
  iob->io_flink = g_hoard;
  g_hoard       = iob;

  iob = iob_timedalloc(false, 10);
  assert_non_null(iob);
  assert_int_equal(g_nreleased, 2);
  iob_free(iob);
  release_all();
}

static void test_an_interrupt_can_free_for_one_who_waits(void **state)
{
  struct iob_s *iob;

  (void)state;
  hoard_all_but(0);
  host_block_hook = hook_interrupt;

  iob = iob_alloc(false);
  assert_non_null(iob);
  assert_true(g_nreleased > 0);
  iob_free(iob);
  release_all();
}

static void isr_alloc(void *arg)
{
  struct iob_s **iob = arg;

  *iob = iob_alloc(false);
}

static void test_an_interrupt_does_not_wait(void **state)
{
  struct iob_s *iob = (struct iob_s *)state;

  hoard_all_but(0);
  assert_true(host_interrupt(isr_alloc, &iob));
  assert_null(iob);

  release_one();
  assert_true(host_interrupt(isr_alloc, &iob));
  assert_non_null(iob);
  iob_free(iob);
  release_all();
}

static void test_the_idle_task_does_not_wait(void **state)
{
  (void)state;
  hoard_all_but(0);
  host_set_idletask(true);
  assert_null(iob_alloc(false));
  assert_null(iob_timedalloc(false, 100));
  host_set_idletask(false);
  release_all();
}

static void test_a_cancelled_wait_changes_no_count(void **state)
{
  (void)state;
  hoard_all_but(0);
  host_block_hook = hook_cancel;
  assert_null(iob_alloc(false));
  assert_null(iob_timedalloc(false, 10));
  release_all();
}

static void test_free_returns_the_rest_of_the_packet(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, 10, 20, 30);
  struct iob_s *next = iob->io_flink;

  (void)state;
  assert_ptr_equal(iob_free(iob), next);
  check_packet(next, g_data + 10, 50);

  iob = next;
  next = iob->io_flink;
  assert_ptr_equal(iob_free(iob), next);
  check_packet(next, g_data + 30, 30);
  assert_null(iob_free(next));
}

static void isr_free_chain(void *arg)
{
  iob_free_chain(arg);
}

static void test_a_chain_can_be_freed_in_an_interrupt(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, 10, 20, 30);

  (void)state;
  assert_true(host_interrupt(isr_free_chain, iob));
  iob_free_chain(NULL);
}

/* iob_copyin() and iob_trycopyin() */

static void test_copyin_fills_an_empty_packet(void **state)
{
  struct iob_s *iob = iob_alloc(false);

  (void)state;
  assert_int_equal(iob_copyin(iob, g_data, 10, 0, false), 10);
  check_packet(iob, g_data, 10);
  assert_int_equal(iob_count(iob), 1);

  assert_int_equal(iob_copyin(iob, g_data + 10, 3 * SIZE, 10, false),
                   3 * SIZE);
  check_packet(iob, g_data, 3 * SIZE + 10);
  assert_int_equal(iob_count(iob), 4);
  iob_free_chain(iob);
}

static void test_copyin_fills_each_buffer_before_the_next(void **state)
{
  struct iob_s *iob = iob_alloc(false);
  struct iob_s *entry;

  (void)state;
  iob_reserve(iob, HEAD);
  assert_int_equal(iob_trycopyin(iob, g_data, 4 * SIZE - HEAD, 0, false),
                   4 * SIZE - HEAD);
  check_packet(iob, g_data, 4 * SIZE - HEAD);
  assert_int_equal(iob_count(iob), 4);

  for (entry = iob; entry != NULL; entry = entry->io_flink)
    {
      assert_int_equal(entry->io_len, SIZE - entry->io_offset);
    }

  assert_int_equal(iob->io_offset, HEAD);
  iob_free_chain(iob);
}

static void test_the_whole_pool_can_be_one_packet(void **state)
{
  struct iob_s *iob = iob_alloc(false);
  uint8_t *data = malloc((size_t)g_free * SIZE);
  int len = g_free * SIZE;
  int i;

  (void)state;
  for (i = 0; i < len; i++)
    {
      data[i] = (uint8_t)(i * 31 + i / 255);
    }

  assert_int_equal(iob_trycopyin(iob, data, len, 0, false), len);
  assert_int_equal(iob_navail(false), 0);
  assert_int_equal(iob_count(iob), g_free);
  check_lengths(iob);

  for (i = 0; i < len; i += BYTES)
    {
      unsigned int n = MIN(BYTES, len - i);

      assert_int_equal(iob_copyout(g_buffer, iob, BYTES, i), n);
      assert_memory_equal(g_buffer, data + i, n);
    }

  assert_int_equal(iob_trycopyin(iob, data, 1, len, false), -ENOMEM);
  assert_int_equal(iob->io_pktlen, len);
  iob_free_chain(iob);
  free(data);
}

static void test_copyin_overwrites_across_buffers(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, 10, 20, 30);
  uint8_t expected[60];

  (void)state;
  memcpy(expected, g_data, 60);
  memcpy(expected + 5, g_other, 40);
  assert_int_equal(iob_copyin(iob, g_other, 40, 5, false), 40);
  check_packet(iob, expected, 60);
  assert_int_equal(iob_count(iob), 3);
  iob_free_chain(iob);
}

static void test_copyin_at_a_boundary_overwrites_the_next(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, 10, 20);
  uint8_t expected[30];

  (void)state;
  memcpy(expected, g_data, 30);
  memcpy(expected + 10, g_other, 5);
  assert_int_equal(iob_copyin(iob, g_other, 5, 10, false), 5);
  check_packet(iob, expected, 30);
  assert_int_equal(iob->io_len, 10);
  iob_free_chain(iob);
}

static void test_copyin_extends_behind_the_last_byte_only(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, 10, 20);

  (void)state;
  assert_int_equal(iob_copyin(iob, g_data + 25, 2 * SIZE, 25, false),
                   2 * SIZE);
  check_packet(iob, g_data, 25 + 2 * SIZE);
  assert_int_equal(iob->io_len, 10);
  assert_int_equal(iob->io_flink->io_len, SIZE);
  iob_free_chain(iob);
}

static void test_copyin_of_nothing_does_nothing(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20);

  (void)state;
  assert_int_equal(iob_copyin(iob, g_other, 0, 0, false), 0);
  assert_int_equal(iob_copyin(iob, g_other, 0, 30, false), 0);
  assert_int_equal(iob_copyin(iob, g_other, 0, -HEAD, false), 0);
  assert_int_equal(iob_copyin(iob, NULL, 0, 30, false), 0);
  check_packet(iob, g_data, 30);
  iob_free_chain(iob);
}

static void test_copyin_behind_the_packet_fails(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, 10, 20);
  struct snapshot_s snap;

  (void)state;
  take_snapshot(&snap, iob);
  assert_int_equal(iob_copyin(iob, g_other, 1, 31, false), -ESPIPE);
  assert_int_equal(iob_trycopyin(iob, g_other, 1, 31, false), -ESPIPE);
  assert_int_equal(iob_copyin(iob, g_other, 1, INT_MAX, false), -ESPIPE);
  check_unchanged(&snap, iob);
  iob_free_chain(iob);
}

static void test_copyin_before_the_head_room_fails(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20);
  struct snapshot_s snap;

  (void)state;
  take_snapshot(&snap, iob);
  assert_int_equal(iob_copyin(iob, g_other, 1, -HEAD - 1, false), -ESPIPE);
  assert_int_equal(iob_trycopyin(iob, g_other, 20, -HEAD - 1, false),
                   -ESPIPE);
  assert_int_equal(iob_copyin(iob, g_other, 1, INT_MIN, false), -ESPIPE);
  check_unchanged(&snap, iob);
  iob_free_chain(iob);
}

static void test_a_link_header_goes_in_front_of_the_packet(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20);

  (void)state;
  assert_int_equal(iob_copyin(iob, g_other, HEAD, -HEAD, false), HEAD);
  check_packet(iob, g_data, 30);
  assert_int_equal(iob->io_offset, HEAD);
  assert_int_equal(iob_copyout(g_buffer, iob, HEAD, -HEAD), HEAD);
  assert_memory_equal(g_buffer, g_other, HEAD);
  iob_free_chain(iob);
}

static void test_copyin_of_a_frame_with_its_link_header(void **state)
{
  struct iob_s *iob = iob_alloc(false);

  (void)state;
  iob_reserve(iob, HEAD);
  assert_int_equal(iob_trycopyin(iob, g_data, 2 * SIZE, -HEAD, false),
                   2 * SIZE);
  assert_int_equal(iob->io_offset, HEAD);
  check_packet(iob, g_data + HEAD, 2 * SIZE - HEAD);
  assert_int_equal(iob_count(iob), 2);
  assert_int_equal(iob_copyout(g_buffer, iob, BYTES, -HEAD), 2 * SIZE);
  assert_memory_equal(g_buffer, g_data, 2 * SIZE);
  iob_free_chain(iob);
}

static void test_trycopyin_without_buffers_changes_nothing(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20);
  struct snapshot_s snap;

  (void)state;
  take_snapshot(&snap, iob);
  hoard_all_but(2);
  assert_int_equal(iob_trycopyin(iob, g_other, 4 * SIZE, -HEAD, false),
                   -ENOMEM);
  assert_int_equal(iob_navail(false), 2);
  assert_int_equal(iob_trycopyin(iob, g_other, 4 * SIZE, 5, false), -ENOMEM);
  assert_int_equal(iob_trycopyin(iob, g_other, 4 * SIZE, 30, false),
                   -ENOMEM);
  assert_int_equal(iob_navail(false), 2);
  check_unchanged(&snap, iob);
  release_all();
  iob_free_chain(iob);
}

static void test_copyin_that_can_not_wait_changes_nothing(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20);
  struct snapshot_s snap;

  (void)state;
  take_snapshot(&snap, iob);
  hoard_all_but(1);
  host_set_idletask(true);
  assert_int_equal(iob_copyin(iob, g_other, 4 * SIZE, 0, false), -ENOMEM);
  host_set_idletask(false);
  host_block_hook = hook_cancel;
  assert_int_equal(iob_copyin(iob, g_other, 4 * SIZE, 0, false), -ENOMEM);
  assert_int_equal(iob_navail(false), 1);
  check_unchanged(&snap, iob);
  release_all();
  iob_free_chain(iob);
}

static void test_copyin_waits_for_buffers(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, 10);

  (void)state;
  hoard_all_but(1);
  host_block_hook = hook_release;
  assert_int_equal(iob_copyin(iob, g_data + 10, 4 * SIZE - 10, 10, false),
                   4 * SIZE - 10);
  assert_int_equal(g_nreleased, 2);
  check_packet(iob, g_data, 4 * SIZE);
  release_all();
  iob_free_chain(iob);
}

static void test_throttled_copyin_leaves_the_reserve(void **state)
{
  struct iob_s *iob = iob_alloc(false);
  struct snapshot_s snap;
  int n = iob_navail(true);

  (void)state;
  while (n > 1)
    {
      struct iob_s *other = iob_tryalloc(true);

      other->io_flink = g_hoard;
      g_hoard         = other;
      n               = iob_navail(true);
    }

  take_snapshot(&snap, iob);
  assert_int_equal(iob_trycopyin(iob, g_data, 3 * SIZE, 0, true), -ENOMEM);
  check_unchanged(&snap, iob);
  assert_int_equal(iob_navail(true), 1);
  assert_int_equal(iob_trycopyin(iob, g_data, 2 * SIZE, 0, true), 2 * SIZE);
  assert_int_equal(iob_navail(true), 0);
  release_all();
  iob_free_chain(iob);
}

/* iob_copyout() */

static void test_copyout_gives_what_there_is(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20, 30);

  (void)state;
  assert_int_equal(iob_copyout(g_buffer, iob, 25, 7), 25);
  assert_memory_equal(g_buffer, g_data + 7, 25);
  assert_int_equal(iob_copyout(g_buffer, iob, BYTES, 59), 1);
  assert_memory_equal(g_buffer, g_data + 59, 1);
  iob_free_chain(iob);
}

static void test_copyout_behind_the_end_gives_nothing(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20, 30);

  (void)state;
  memset(g_buffer, 0x55, 4);
  assert_int_equal(iob_copyout(g_buffer, iob, BYTES, 60), 0);
  assert_int_equal(iob_copyout(g_buffer, iob, BYTES, 61), 0);
  assert_int_equal(iob_copyout(g_buffer, iob, BYTES, INT_MAX), 0);
  assert_int_equal(iob_copyout(g_buffer, iob, 0, 0), 0);
  assert_int_equal(g_buffer[0], 0x55);
  iob_free_chain(iob);

  iob = iob_alloc(false);
  assert_int_equal(iob_copyout(g_buffer, iob, BYTES, 0), 0);
  iob_free(iob);
}

static void test_copyout_before_the_head_room_fails(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10);

  (void)state;
  assert_int_equal(iob_copyout(g_buffer, iob, 1, -HEAD - 1), -ESPIPE);
  assert_int_equal(iob_copyout(g_buffer, iob, 1, INT_MIN), -ESPIPE);
  iob_free_chain(iob);
}

/* iob_clone() and iob_clone_partial() */

static void test_clone_copies_and_packs(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, SIZE, 30, 40);
  struct iob_s *copy = iob_alloc(false);

  (void)state;
  assert_int_equal(iob_clone(iob, copy, false, false), 0);
  check_packet(copy, g_data, SIZE + 80);
  assert_int_equal(copy->io_len, SIZE);
  assert_int_equal(copy->io_offset, 0);
  check_packet(iob, g_data, SIZE + 80);
  iob_free_chain(iob);
  iob_free_chain(copy);
}

static void test_clone_of_an_empty_packet_is_empty(void **state)
{
  struct iob_s *iob = iob_alloc(false);
  struct iob_s *copy = iob_alloc(false);

  (void)state;
  assert_int_equal(iob_clone(iob, copy, false, false), 0);
  check_packet(copy, g_data, 0);
  iob_free(iob);
  iob_free(copy);
}

static void test_clone_keeps_the_reserved_head_room(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, SIZE, SIZE);
  struct iob_s *copy = iob_alloc(false);

  (void)state;
  iob_reserve(copy, HEAD);
  assert_int_equal(iob_clone(iob, copy, false, false), 0);
  check_packet(copy, g_data, 2 * SIZE);
  assert_int_equal(copy->io_offset, HEAD);
  assert_int_equal(copy->io_len, SIZE - HEAD);
  iob_free_chain(iob);
  iob_free_chain(copy);
}

static void test_clone_partial_leaves_a_gap(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, 10, 20, 30);
  struct iob_s *copy = iob_alloc(false);

  (void)state;
  assert_int_equal(iob_clone_partial(iob, 40, 15, copy, 20, false, false),
                   0);
  check_lengths(copy);
  assert_int_equal(copy->io_pktlen, 60);
  assert_int_equal(iob_copyout(g_buffer, copy, BYTES, 20), 40);
  assert_memory_equal(g_buffer, g_data + 15, 40);
  iob_free_chain(iob);
  iob_free_chain(copy);
}

static void test_the_gap_may_span_buffers(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, SIZE, SIZE);
  struct iob_s *copy = iob_alloc(false);
  int gap = 2 * SIZE + 3;

  (void)state;
  iob_reserve(copy, HEAD);
  assert_int_equal(iob_clone_partial(iob, SIZE, 5, copy, gap, false, false),
                   0);
  check_lengths(copy);
  assert_int_equal(copy->io_pktlen, gap + SIZE);
  assert_int_equal(iob_count(copy), 4);
  assert_int_equal(iob_copyout(g_buffer, copy, BYTES, gap), SIZE);
  assert_memory_equal(g_buffer, g_data + 5, SIZE);

  assert_int_equal(iob_clone_partial(iob, 0, 0, copy, 7, false, false), 0);
  assert_int_equal(copy->io_pktlen, 7);
  check_lengths(copy);
  iob_free_chain(iob);
  iob_free_chain(copy);
}

static void test_clone_partial_takes_the_link_header_along(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data + HEAD, 20, 30);
  struct iob_s *copy = iob_alloc(false);

  (void)state;
  iob_copyin(iob, g_data, HEAD, -HEAD, false);
  iob_reserve(copy, HEAD);
  assert_int_equal(iob_clone_partial(iob, 50 + HEAD, -HEAD, copy, -HEAD,
                                     false, false), 0);
  assert_int_equal(copy->io_offset, HEAD);
  check_packet(copy, g_data + HEAD, 50);
  assert_int_equal(iob_copyout(g_buffer, copy, BYTES, -HEAD), 50 + HEAD);
  assert_memory_equal(g_buffer, g_data, 50 + HEAD);

  /* From the head-room to the data, and the other way round */

  assert_int_equal(iob_clone_partial(iob, HEAD + 5, -HEAD, copy, 0, false,
                                     false), 0);
  check_packet(copy, g_data, HEAD + 5);
  assert_int_equal(iob_clone_partial(iob, 4, 0, copy, -HEAD, false, false),
                   0);
  check_packet(copy, g_data, 0);
  assert_int_equal(iob_copyout(g_buffer, copy, 4, -HEAD), 4);
  assert_memory_equal(g_buffer, g_data + HEAD, 4);
  iob_free_chain(iob);
  iob_free_chain(copy);
}

static void test_clone_partial_of_bytes_that_are_not_there(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 20, 30);
  struct iob_s *copy = CHAIN(HEAD, g_data, 7, 9);
  struct snapshot_s snap;

  (void)state;
  take_snapshot(&snap, copy);
  assert_int_equal(iob_clone_partial(iob, 51, 0, copy, 0, false, false),
                   -EINVAL);
  assert_int_equal(iob_clone_partial(iob, 1, 50, copy, 0, false, false),
                   -EINVAL);
  assert_int_equal(iob_clone_partial(iob, 0, 51, copy, 0, false, false),
                   -EINVAL);
  assert_int_equal(iob_clone_partial(iob, 1, INT_MAX, copy, 0, false, false),
                   -EINVAL);
  assert_int_equal(iob_clone_partial(iob, UINT_MAX, 1, copy, 0, false,
                                     false), -EINVAL);
  assert_int_equal(iob_clone_partial(iob, 1, -HEAD - 1, copy, 0, false,
                                     false), -EINVAL);
  assert_int_equal(iob_clone_partial(iob, 1, INT_MIN, copy, 0, false, false),
                   -EINVAL);
  assert_int_equal(iob_clone_partial(iob, 51 + HEAD, -HEAD, copy, 0, false,
                                     false), -EINVAL);
  check_unchanged(&snap, copy);
  iob_free_chain(iob);
  iob_free_chain(copy);
}

static void test_clone_partial_before_the_destination(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 20, 30);
  struct iob_s *copy = CHAIN(HEAD, g_data, 7, 9);
  struct snapshot_s snap;

  (void)state;
  take_snapshot(&snap, copy);
  assert_int_equal(iob_clone_partial(iob, 1, 0, copy, -HEAD - 1, false,
                                     false), -EINVAL);
  assert_int_equal(iob_clone_partial(iob, 50, 0, copy, INT_MIN, false,
                                     false), -EINVAL);
  check_unchanged(&snap, copy);
  iob_free_chain(iob);
  iob_free_chain(copy);
}

static void test_clone_without_buffers_changes_nothing(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, SIZE, SIZE, SIZE);
  struct iob_s *copy = CHAIN(HEAD, g_data, 7, 9);
  struct snapshot_s snap;

  (void)state;
  take_snapshot(&snap, copy);
  hoard_all_but(1);
  assert_int_equal(iob_clone_partial(iob, 3 * SIZE, 0, copy, 0, false,
                                     false), -ENOMEM);
  host_block_hook = hook_cancel;
  assert_int_equal(iob_clone_partial(iob, 3 * SIZE, 0, copy, 0, false,
                                     true), -ENOMEM);
  assert_int_equal(iob_navail(false), 1);
  check_unchanged(&snap, copy);
  check_packet(iob, g_data, 3 * SIZE);
  release_all();
  iob_free_chain(iob);
  iob_free_chain(copy);
}

static void test_clone_waits_for_buffers(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, SIZE, SIZE, SIZE);
  struct iob_s *copy = iob_alloc(false);

  (void)state;
  hoard_all_but(0);
  host_block_hook = hook_release;
  assert_int_equal(iob_clone(iob, copy, false, true), 0);
  assert_int_equal(g_nreleased, 2);
  check_packet(copy, g_data, 3 * SIZE);
  release_all();
  iob_free_chain(iob);
  iob_free_chain(copy);
}

/* What hangs on the destination may be somebody else's data */

static void test_clone_does_not_write_what_hangs_there(void **state)
{
  struct iob_s *iob = CHAIN(0, g_other, SIZE, SIZE, SIZE);
  struct iob_s *copy = CHAIN(0, g_data, 10, 20, 30);
#ifdef CONFIG_IOB_SHARED
  struct iob_s *holder = iob_share(copy, 10, 50);
#else
  struct iob_s *first = copy->io_flink;
  struct iob_s *second = first->io_flink;
#endif

  (void)state;
  assert_int_equal(iob_clone_partial(iob, 3 * SIZE, 0, copy, 0, false,
                                     false), 0);
  check_packet(copy, g_other, 3 * SIZE);

#ifdef CONFIG_IOB_SHARED
  check_packet(holder, g_data + 10, 50);
  iob_free_chain(holder);
#else
  assert_memory_equal(first->io_data, g_data + 10, 20);
  assert_memory_equal(second->io_data, g_data + 30, 30);
#endif
  iob_free_chain(iob);
  iob_free_chain(copy);
}

static void test_a_shorter_clone_leaves_no_tail(void **state)
{
  struct iob_s *iob = CHAIN(0, g_other, 5);
  struct iob_s *copy = CHAIN(0, g_data, SIZE, SIZE, SIZE);

  (void)state;
  assert_int_equal(iob_clone_partial(iob, 5, 0, copy, 0, false, false), 0);
  check_packet(copy, g_other, 5);
  assert_int_equal(iob_count(copy), 1);
  iob_free_chain(iob);
  iob_free_chain(copy);
}

/* iob_concat(), iob_count(), iob_tailroom(), iob_reserve() */

static void test_concat_adds_up(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20);
  struct iob_s *more = CHAIN(0, g_data + 30, 5, 6);

  (void)state;
  iob_concat(iob, more);
  check_packet(iob, g_data, 41);
  assert_int_equal(more->io_pktlen, 0);
  assert_int_equal(iob_count(iob), 4);
  iob_free_chain(iob);
}

static void test_count_of_nothing_is_zero(void **state)
{
  struct iob_s *iob = iob_alloc(false);

  (void)state;
  assert_int_equal(iob_count(NULL), 0);
  assert_int_equal(iob_count(iob), 1);
  iob_free(iob);
}

static void test_tailroom_is_that_of_the_last_buffer(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20);

  (void)state;
  assert_int_equal(iob_tailroom(iob), SIZE - 20);
  assert_int_equal(IOB_FREESPACE(iob), SIZE - 10 - HEAD);
  iob = iob_trimtail(iob, 20);
  assert_int_equal(iob_tailroom(iob), SIZE - 10 - HEAD);
  iob_free_chain(iob);
}

static void test_tailroom_can_be_none(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, SIZE - HEAD);

  (void)state;
  assert_int_equal(iob_tailroom(iob), 0);
  iob_free_chain(iob);
}

static void test_reserve_takes_from_the_tail_room(void **state)
{
  struct iob_s *iob = iob_alloc(false);

  (void)state;
  iob_reserve(iob, HEAD);
  assert_int_equal(iob->io_offset, HEAD);
  assert_int_equal(iob_tailroom(iob), SIZE - HEAD);

  iob_reserve(iob, 2 * HEAD);
  assert_int_equal(iob->io_offset, 2 * HEAD);
  check_packet(iob, g_data, 0);

  /* An empty packet stays empty when the head-room becomes less */

  iob_reserve(iob, 1);
  assert_int_equal(iob->io_offset, 1);
  check_packet(iob, g_data, 0);
  iob_reserve(iob, 0);
  assert_int_equal(iob->io_offset, 1);
  check_packet(iob, g_data, 0);

  iob_reserve(iob, SIZE);
  assert_int_equal(iob_tailroom(iob), 0);
  check_packet(iob, g_data, 0);
  iob_free(iob);
}

static void test_reserve_of_more_than_there_is(void **state)
{
  struct iob_s *iob = iob_alloc(false);

  (void)state;
  iob_reserve(NULL, HEAD);
  iob_reserve(iob, SIZE + 1);
  assert_int_equal(iob->io_offset, SIZE);
  check_packet(iob, g_data, 0);
  iob_reserve(iob, UINT_MAX);
  assert_int_equal(iob->io_offset, SIZE);
  iob_free(iob);

  /* It goes on in the next buffer */

  iob = CHAIN(0, g_data, 10, 20);
  iob_reserve(iob, SIZE + 5);
  assert_int_equal(iob->io_offset, SIZE);
  assert_int_equal(iob->io_len, 0);
  assert_int_equal(iob->io_flink->io_offset, 5);
  assert_int_equal(iob->io_pktlen, 15);
  assert_int_equal(iob_copyout(g_buffer, iob, BYTES, 0), 15);
  assert_memory_equal(g_buffer, g_data + 15, 15);
  iob_free_chain(iob);
}

static void test_reserve_gives_up_data_that_is_in_the_way(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20);

  (void)state;
  iob_reserve(iob, HEAD + 4);
  check_packet(iob, g_data + 4, 26);
  assert_int_equal(iob->io_offset, HEAD + 4);

  /* And the other way round: the end of the data stays where it is */

  iob_reserve(iob, HEAD);
  check_packet(iob, g_data, 30);
  assert_int_equal(iob->io_offset, HEAD);
  iob_free_chain(iob);
}

/* iob_trimhead() */

static void test_trimhead_within_a_buffer(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20);
  struct iob_s *head = iob;

  (void)state;
  iob = iob_trimhead(iob, 4);
  assert_ptr_equal(iob, head);
  assert_int_equal(iob->io_offset, HEAD + 4);
  check_packet(iob, g_data + 4, 26);
  iob_free_chain(iob);
}

static void test_trimhead_frees_what_it_empties(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, 10, 20, 30);

  (void)state;
  iob = iob_trimhead(iob, 10);
  check_packet(iob, g_data + 10, 50);
  assert_int_equal(iob_count(iob), 2);
  iob = iob_trimhead(iob, 25);
  check_packet(iob, g_data + 35, 25);
  assert_int_equal(iob_count(iob), 1);
  iob_free_chain(iob);
}

static void test_trimhead_of_all_keeps_the_last_buffer(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, 10, 20);
  struct iob_s *last = iob->io_flink;

  (void)state;
  last->io_offset = 0;
  iob = iob_trimhead(iob, 30);
  assert_ptr_equal(iob, last);
  check_packet(iob, g_data, 0);
  assert_int_equal(iob->io_offset, 0);
  assert_int_equal(iob_tailroom(iob), SIZE);

  iob = iob_trimhead(iob, 1);
  check_packet(iob, g_data, 0);
  iob_free(iob);
}

static void test_trimhead_of_more_than_all(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20);

  (void)state;
  iob = iob_trimhead(iob, UINT_MAX);
  check_packet(iob, g_data, 0);
  assert_int_equal(iob_count(iob), 1);
  iob_free(iob);
}

static void test_trimhead_of_nothing(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20);

  (void)state;
  assert_null(iob_trimhead(NULL, 1));
  assert_ptr_equal(iob_trimhead(iob, 0), iob);
  assert_int_equal(iob->io_offset, HEAD);
  check_packet(iob, g_data, 30);
  iob_free_chain(iob);
}

/* iob_trimtail() */

static void test_trimtail_within_a_buffer(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, 10, 20);

  (void)state;
  assert_ptr_equal(iob_trimtail(iob, 7), iob);
  check_packet(iob, g_data, 23);
  assert_int_equal(iob_count(iob), 2);
  iob_free_chain(iob);
}

static void test_trimtail_frees_what_it_empties(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, 10, 20, 30);

  (void)state;
  assert_ptr_equal(iob_trimtail(iob, 30), iob);
  check_packet(iob, g_data, 30);
  assert_int_equal(iob_count(iob), 2);
  assert_ptr_equal(iob_trimtail(iob, 25), iob);
  check_packet(iob, g_data, 5);
  assert_int_equal(iob_count(iob), 1);
  iob_free_chain(iob);
}

static void test_trimtail_of_all_frees_the_packet(void **state)
{
  (void)state;
  assert_null(iob_trimtail(CHAIN(0, g_data, 10, 20), 30));
  assert_null(iob_trimtail(CHAIN(0, g_data, 10, 20), 31));
  assert_null(iob_trimtail(CHAIN(0, g_data, 10, 20), UINT_MAX));
  assert_null(iob_trimtail(iob_alloc(false), 1));
}

static void test_trimtail_of_nothing(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, 10, 20);

  (void)state;
  assert_null(iob_trimtail(NULL, 1));
  assert_ptr_equal(iob_trimtail(iob, 0), iob);
  check_packet(iob, g_data, 30);
  iob_free_chain(iob);
}

/* iob_pack() */

static void test_pack_fills_all_but_the_last(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, SIZE, 30, SIZE, 5);
  struct iob_s *entry;

  (void)state;
  iob = iob_pack(iob);
  check_packet(iob, g_data, 2 * SIZE + 45);

  for (entry = iob; entry->io_flink != NULL; entry = entry->io_flink)
    {
      assert_int_equal(entry->io_offset, 0);
      assert_int_equal(entry->io_len, SIZE);
    }

  assert_int_equal(entry->io_offset, 0);
  assert_int_equal(iob_count(iob), 2 + (45 + SIZE - 1) / SIZE);
  iob_free_chain(iob);
}

static void test_pack_moves_overlapping_data(void **state)
{
  struct iob_s *iob = CHAIN(1, g_data, SIZE - 1);

  (void)state;
  iob = iob_pack(iob);
  check_packet(iob, g_data, SIZE - 1);
  assert_int_equal(iob->io_offset, 0);
  iob_free_chain(iob);
}

static void test_pack_drops_empty_buffers(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 0, 0, 10, 0, 20, 0);

  (void)state;
  iob = iob_pack(iob);
  check_packet(iob, g_data, 30);
  assert_int_equal(iob_count(iob), 1);
  iob_free_chain(iob);
}

static void test_pack_of_an_empty_packet_keeps_one_buffer(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 0, 0, 0);

  (void)state;
  iob = iob_pack(iob);
  assert_non_null(iob);
  check_packet(iob, g_data, 0);
  iob_free(iob);
}

/* iob_contig() */

static void test_contig_of_what_is_contiguous(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20);
  struct snapshot_s snap;

  (void)state;
  take_snapshot(&snap, iob);
  assert_int_equal(iob_contig(iob, 10), 0);
  assert_int_equal(iob_contig(iob, 0), 0);
  check_unchanged(&snap, iob);
  assert_int_equal(iob->io_offset, HEAD);
  iob_free_chain(iob);
}

static void test_contig_takes_from_those_that_follow(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 1, 2, 3, 20);
  struct iob_s *head = iob;

  (void)state;
  assert_int_equal(iob_contig(iob, 9), 0);
  assert_ptr_equal(iob, head);
  assert_int_equal(iob->io_len, 9);
  assert_int_equal(iob->io_offset, HEAD);
  assert_int_equal(iob_count(iob), 2);
  check_packet(iob, g_data, 26);

  assert_int_equal(iob_contig(iob, 26), 0);
  assert_int_equal(iob_count(iob), 1);
  check_packet(iob, g_data, 26);
  iob_free_chain(iob);
}

/* Data of more than half a buffer overlaps its new place */

static void test_contig_moves_overlapping_data(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data + HEAD, SIZE - HEAD, SIZE);

  (void)state;
  iob_copyin(iob, g_data, HEAD, -HEAD, false);
  assert_int_equal(iob_contig(iob, SIZE - HEAD + 3), 0);
  check_packet(iob, g_data + HEAD, 2 * SIZE - HEAD);
  assert_true(iob->io_len >= SIZE - HEAD + 3);

  /* The head-room that is left ends with what was there */

  assert_int_equal(iob_copyout(g_buffer, iob, iob->io_offset,
                               -(int)iob->io_offset), iob->io_offset);
  assert_memory_equal(g_buffer, g_data + HEAD - iob->io_offset,
                      iob->io_offset);
  assert_int_equal(iob->io_offset, HEAD - 3);

  assert_int_equal(iob_contig(iob, SIZE), 0);
  assert_int_equal(iob->io_len, SIZE);
  check_packet(iob, g_data + HEAD, 2 * SIZE - HEAD);
  iob_free_chain(iob);
}

static void test_contig_of_more_than_the_packet_fails(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20);
  struct snapshot_s snap;

  (void)state;
  take_snapshot(&snap, iob);
  assert_int_equal(iob_contig(iob, 31), -EINVAL);
  assert_int_equal(iob_contig(iob, UINT_MAX), -EINVAL);
  check_unchanged(&snap, iob);
  iob_free_chain(iob);
}

static void test_contig_of_more_than_a_buffer(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, SIZE, SIZE);

  (void)state;
  iob_copyin(iob, g_other, HEAD, -HEAD, false);
#ifdef CONFIG_IOB_SHARED
  struct iob_s *head = iob;

  assert_int_equal(iob_contig(iob, SIZE + 20), 0);
  assert_ptr_equal(iob, head);
  assert_int_equal(iob->io_len, SIZE + 20);
  assert_int_equal(iob->io_offset, HEAD);
  assert_int_equal(iob_count(iob), 2);
#else
  struct snapshot_s snap;

  take_snapshot(&snap, iob);
  assert_int_equal(iob_contig(iob, SIZE + 20), -ENOSPC);
  assert_int_equal(iob_contig(iob, SIZE + 1), -ENOSPC);
  check_unchanged(&snap, iob);
#endif
  check_packet(iob, g_data, 2 * SIZE + 10);
  assert_int_equal(iob_copyout(g_buffer, iob, HEAD, -HEAD), HEAD);
  assert_memory_equal(g_buffer, g_other, HEAD);
  iob_free_chain(iob);
}

/* iob_update_pktlen() */

static void test_update_of_an_equal_length_does_nothing(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20, 30);
  struct snapshot_s snap;

  (void)state;
  take_snapshot(&snap, iob);
  assert_int_equal(iob_update_pktlen(iob, 60, false), 60);
  check_unchanged(&snap, iob);
  assert_int_equal(iob->io_offset, HEAD);
  iob_free_chain(iob);
}

static void test_update_to_less_cuts_the_tail(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20, 30);

  (void)state;
  assert_int_equal(iob_update_pktlen(iob, 25, false), 25);
  check_packet(iob, g_data, 25);
  assert_int_equal(iob->io_len, 10);
  assert_int_equal(iob_count(iob), 2);
  assert_int_equal(iob_update_pktlen(iob, 10, false), 10);
  check_packet(iob, g_data, 10);
  assert_int_equal(iob_count(iob), 1);
  iob_free_chain(iob);
}

static void test_update_to_nothing_keeps_the_head(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20, 30);

  (void)state;
  assert_int_equal(iob_update_pktlen(iob, 0, false), 0);
  check_packet(iob, g_data, 0);
  assert_int_equal(iob->io_offset, HEAD);
  assert_int_equal(iob_count(iob), 1);
  assert_int_equal(iob_update_pktlen(iob, 0, false), 0);
  iob_free(iob);
}

static void test_update_does_not_repack(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20, 30);

  (void)state;
  assert_int_equal(iob_update_pktlen(iob, 60 + 2 * SIZE, false),
                   60 + 2 * SIZE);
  check_lengths(iob);
  assert_int_equal(iob->io_len, 10);
  assert_int_equal(iob->io_flink->io_len, 20);
  assert_int_equal(iob->io_flink->io_flink->io_len, SIZE);
  assert_int_equal(iob_copyout(g_buffer, iob, 60, 0), 60);
  assert_memory_equal(g_buffer, g_data, 60);

  assert_int_equal(iob_update_pktlen(iob, 59, false), 59);
  assert_int_equal(iob->io_len, 10);
  assert_int_equal(iob->io_flink->io_len, 20);
  check_packet(iob, g_data, 59);
  iob_free_chain(iob);
}

static void test_update_uses_the_tail_room_first(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10);

  (void)state;
  hoard_all_but(0);
  assert_int_equal(iob_update_pktlen(iob, SIZE - HEAD, false), SIZE - HEAD);
  check_lengths(iob);
  assert_int_equal(iob_count(iob), 1);
  release_all();
  iob_free_chain(iob);
}

static void test_update_returns_what_could_be_had(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10);

  (void)state;
  hoard_all_but(1);
  assert_int_equal(iob_update_pktlen(iob, 5 * SIZE, false),
                   2 * SIZE - HEAD);
  check_lengths(iob);
  assert_int_equal(iob->io_pktlen, 2 * SIZE - HEAD);
  assert_int_equal(iob_copyout(g_buffer, iob, 10, 0), 10);
  assert_memory_equal(g_buffer, g_data, 10);
  release_all();
  iob_free_chain(iob);
}

static void test_update_of_nothing_fails(void **state)
{
  (void)state;
  assert_int_equal(iob_update_pktlen(NULL, 0, false), -EINVAL);
  assert_int_equal(iob_update_pktlen(NULL, 10, false), -EINVAL);
}

/* iob_dump() */

#ifdef CONFIG_DEBUG_FEATURES
static unsigned int g_nlines;
static char g_lastline[256];

static void hook_log(int priority, const char *fmt, va_list ap)
{
  if (priority == LOG_DEBUG)
    {
      vsnprintf(g_lastline, sizeof(g_lastline), fmt, ap);
      g_nlines++;
    }
}

static void test_dump_prints_the_bytes_asked_for(void **state)
{
  static const uint8_t text[] = "0123456789abcdefghij~\x7f\x80";
  struct iob_s *iob = CHAIN(0, text, 10, 13);

  (void)state;
  g_nlines = 0;
  host_log_hook = hook_log;
  iob_dump("test", iob, 100, 0);
  assert_int_equal(g_nlines, 1 + 2 + 2);
  assert_non_null(strstr(g_lastline, "0010: 67 68 69 6a 7e 7f 80 "));
  assert_non_null(strstr(g_lastline, " ghij~..\n"));

  g_nlines = 0;
  iob_dump("test", iob, 3, 8);
  assert_int_equal(g_nlines, 1 + 2 + 1);
  assert_non_null(strstr(g_lastline, "0008: 38 39 61 "));
  assert_non_null(strstr(g_lastline, " 89a\n"));
  iob_free_chain(iob);
}

static void test_dump_of_nothing_prints_no_bytes(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, 10);

  (void)state;
  host_log_hook = hook_log;
  g_nlines = 0;
  iob_dump("test", iob, 0, 0);
  assert_int_equal(g_nlines, 2);
  iob_dump("test", iob, 10, 10);
  iob_dump("test", iob, UINT_MAX, UINT_MAX);
  assert_int_equal(g_nlines, 6);
  iob_free_chain(iob);
}
#endif

/* Queues */

#if CONFIG_IOB_NCHAINS > 1
static struct iob_queue_s g_queue;

static void hoard_qentries(struct iob_queue_s *queue, struct iob_s *iob)
{
  while (iob_qentry_navail() > 0)
    {
      assert_int_equal(iob_tryadd_queue(iob, queue), 0);
    }
}

static int hook_remove(sem_t *sem, uint32_t ticks)
{
  (void)sem;
  (void)ticks;
  return iob_remove_queue(&g_queue) != NULL;
}

static void isr_remove(void *arg)
{
  iob_remove_queue(arg);
}

static int hook_isr_remove(sem_t *sem, uint32_t ticks)
{
  (void)sem;
  (void)ticks;
  host_interrupt(isr_remove, &g_queue);
  return 1;
}

static void isr_add(void *arg)
{
  void **args = arg;

  args[2] = (void *)(intptr_t)iob_add_queue(args[0], args[1]);
}

static void test_a_queue_keeps_the_order(void **state)
{
  struct iob_s *a = CHAIN(0, g_data, 10);
  struct iob_s *b = CHAIN(0, g_data, 10, 20);
  struct iob_queue_s queue;

  (void)state;
  IOB_QINIT(&queue);
  assert_true(IOB_QEMPTY(&queue));
  assert_int_equal(iob_add_queue(a, &queue), 0);
  assert_int_equal(iob_tryadd_queue(b, &queue), 0);
  assert_false(IOB_QEMPTY(&queue));
  assert_int_equal(iob_get_queue_entry_count(&queue), 2);
  assert_int_equal(iob_get_queue_size(&queue), 40);
  assert_int_equal(iob_qentry_navail(), g_freeqentries - 2);

  assert_ptr_equal(iob_peek_queue(&queue), a);
  assert_ptr_equal(iob_remove_queue(&queue), a);
  assert_ptr_equal(iob_peek_queue(&queue), b);
  assert_ptr_equal(iob_remove_queue(&queue), b);
  assert_true(IOB_QEMPTY(&queue));
  assert_null(queue.qh_tail);
  iob_free_chain(a);
  iob_free_chain(b);
}

static void test_an_empty_queue_gives_nothing(void **state)
{
  struct iob_queue_s queue;

  (void)state;
  IOB_QINIT(&queue);
  assert_null(iob_peek_queue(&queue));
  assert_null(iob_remove_queue(&queue));
  assert_null(iob_trimhead_queue(&queue, 1));
  assert_int_equal(iob_get_queue_size(&queue), 0);
  assert_int_equal(iob_get_queue_entry_count(&queue), 0);
  iob_free_queue(&queue);
  iob_free_queue_qentry(NULL, &queue);
}

static void test_freeing_a_queue_frees_all_its_packets(void **state)
{
  struct iob_queue_s queue;

  (void)state;
  IOB_QINIT(&queue);
  assert_int_equal(iob_add_queue(CHAIN(0, g_data, 10, 20), &queue), 0);
  assert_int_equal(iob_add_queue(CHAIN(0, g_data, 10), &queue), 0);
  iob_free_queue(&queue);
  assert_true(IOB_QEMPTY(&queue));
  assert_null(queue.qh_tail);
  assert_int_equal(iob_navail(false), g_free);
}

static void test_tryadd_without_a_container_fails(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, 10, 20);

  (void)state;
  IOB_QINIT(&g_queue);
  hoard_qentries(&g_queue, iob);
  assert_int_equal(iob_qentry_navail(), 0);
  assert_int_equal(iob_tryadd_queue(iob, &g_queue), -ENOMEM);
  assert_int_equal(iob_get_queue_entry_count(&g_queue), g_freeqentries);
  check_packet(iob, g_data, 30);

  while (iob_remove_queue(&g_queue) != NULL)
    {
    }

  iob_free_chain(iob);
}

static void test_add_waits_for_a_container(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, 10, 20);
  unsigned int i;

  (void)state;
  IOB_QINIT(&g_queue);
  hoard_qentries(&g_queue, iob);

  for (i = 0; i < 3; i++)
    {
      host_block_hook = i == 1 ? hook_isr_remove : hook_remove;
      assert_int_equal(iob_add_queue(iob, &g_queue), 0);
      assert_true(iob_qentry_navail() <= 1);
      hoard_qentries(&g_queue, iob);
    }

  assert_int_equal(iob_get_queue_entry_count(&g_queue), g_freeqentries);

  while (iob_remove_queue(&g_queue) != NULL)
    {
    }

  iob_free_chain(iob);
}

static void test_add_that_can_not_wait_fails(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, 10, 20);
  void *args[3];

  (void)state;
  IOB_QINIT(&g_queue);
  hoard_qentries(&g_queue, iob);

  args[0] = iob;
  args[1] = &g_queue;
  assert_true(host_interrupt(isr_add, args));
  assert_int_equal((intptr_t)args[2], -ENOMEM);

  host_block_hook = hook_cancel;
  assert_int_equal(iob_add_queue(iob, &g_queue), -ENOMEM);
  host_set_idletask(true);
  assert_int_equal(iob_add_queue(iob, &g_queue), -ENOMEM);
  host_set_idletask(false);
  assert_int_equal(iob_get_queue_entry_count(&g_queue), g_freeqentries);

  while (iob_remove_queue(&g_queue) != NULL)
    {
    }

  iob_free_chain(iob);
}

static void test_a_packet_can_leave_the_middle_of_a_queue(void **state)
{
  struct iob_s *iob[4];
  struct iob_queue_s queue;
  static const int order[] =
  {
    2, 3, 0, 1
  };

  unsigned int i;

  (void)state;
  if (g_freeqentries < 4)
    {
      skip();
    }

  IOB_QINIT(&queue);
  for (i = 0; i < 4; i++)
    {
      iob[i] = CHAIN(0, g_data, 10 + i);
      assert_int_equal(iob_add_queue(iob[i], &queue), 0);
    }

  for (i = 0; i < 4; i++)
    {
      iob_free_queue_qentry(iob[order[i]], &queue);
      assert_int_equal(iob_get_queue_entry_count(&queue), 3 - i);
      assert_int_equal(iob_qentry_navail(), g_freeqentries - 3 + i);

      /* A second time it is not there, and nothing happens */

      iob_free_queue_qentry(iob[order[i]], &queue);
      assert_int_equal(iob_get_queue_entry_count(&queue), 3 - i);
    }

  assert_true(IOB_QEMPTY(&queue));
  assert_null(queue.qh_tail);
}

static void test_the_tail_is_right_after_the_last_has_left(void **state)
{
  struct iob_s *a = CHAIN(0, g_data, 10);
  struct iob_s *b = CHAIN(0, g_data, 11);
  struct iob_queue_s queue;

  (void)state;
  IOB_QINIT(&queue);
  assert_int_equal(iob_add_queue(a, &queue), 0);
  assert_int_equal(iob_add_queue(b, &queue), 0);
  iob_free_queue_qentry(b, &queue);
  b = CHAIN(0, g_data, 11);
  assert_int_equal(iob_add_queue(b, &queue), 0);
  assert_int_equal(iob_get_queue_size(&queue), 21);
  iob_free_queue(&queue);
}

static void test_the_first_packet_of_a_queue_can_be_trimmed(void **state)
{
  struct iob_s *iob = CHAIN(0, g_data, 10, 20);
  struct iob_s *next = iob->io_flink;
  struct iob_queue_s queue;

  (void)state;
  IOB_QINIT(&queue);
  assert_int_equal(iob_add_queue(iob, &queue), 0);
  assert_ptr_equal(iob_trimhead_queue(&queue, 15), next);
  assert_ptr_equal(iob_peek_queue(&queue), next);
  check_packet(next, g_data + 15, 15);
  assert_ptr_equal(iob_trimhead_queue(&queue, 100), next);
  assert_int_equal(iob_get_queue_size(&queue), 0);
  assert_int_equal(iob_get_queue_entry_count(&queue), 1);
  iob_free_queue(&queue);
}
#endif

/* Notifications */

#ifdef CONFIG_IOB_NOTIFIER
static unsigned int g_nnotified;

static void worker(void *arg)
{
  assert_ptr_equal(arg, &g_nnotified);
  g_nnotified++;
}

/* Nothing is left, for throttled allocations either */

static void hoard_all(void)
{
  while (iob_navail(true) > 0)
    {
      struct iob_s *iob = iob_tryalloc(true);

      assert_non_null(iob);
      iob->io_flink = g_hoard;
      g_hoard       = iob;
    }

  hoard_all_but(0);
}

static void test_no_notification_while_buffers_are_free(void **state)
{
  (void)state;
  g_nnotified = 0;
  assert_int_equal(iob_notifier_setup(LPWORK, worker, &g_nnotified), 0);
  hoard_all();
  release_all();
  assert_int_equal(host_work_run(), 0);
}

static void test_freed_buffers_are_notified_once(void **state)
{
  int enough = MIN(CONFIG_IOB_NOTIFIER_DIV, CONFIG_IOB_NBUFFERS);

  (void)state;
  g_nnotified = 0;
  hoard_all();
  assert_true(iob_notifier_setup(LPWORK, worker, &g_nnotified) > 0);
  assert_true(iob_notifier_setup(HPWORK, worker, &g_nnotified) > 0);
  assert_int_equal(host_work_run(), 0);

  while (iob_navail(false) < enough)
    {
      assert_int_equal(host_work_run(), 0);
      assert_true(release_one());
    }

  assert_int_equal(host_work_run(), 2);
  assert_int_equal(g_nnotified, 2);

  release_all();
  assert_int_equal(host_work_run(), 0);
}

static void test_a_cancelled_notification_does_not_come(void **state)
{
  int key;

  (void)state;
  g_nnotified = 0;
  hoard_all();
  key = iob_notifier_setup(LPWORK, worker, &g_nnotified);
  assert_true(key > 0);
  iob_notifier_teardown(key);
  release_all();
  assert_int_equal(host_work_run(), 0);
}

static void test_too_many_notifications_fail(void **state)
{
  int ret;

  (void)state;
  g_nnotified = 0;
  hoard_all();
  do
    {
      ret = iob_notifier_setup(LPWORK, worker, &g_nnotified);
    }
  while (ret > 0);

  assert_int_equal(ret, -ENOMEM);
  release_all();
  assert_true(host_work_run() > 0);
}
#endif

/* Buffers of other sizes, and data from outside */

#ifdef HAVE_ALLOC
static void *g_freed;
static unsigned int g_nfreed;

static void free_outside(void *data)
{
  g_freed = data;
  g_nfreed++;
}

static void test_dynamic_data_is_aligned(void **state)
{
  unsigned int size;

  (void)state;
  for (size = 1; size < 2 * SIZE; size += 37)
    {
      struct iob_s *iob = iob_alloc_dynamic(size);

      assert_non_null(iob);
      assert_int_equal((uintptr_t)iob->io_data % CONFIG_IOB_ALIGNMENT, 0);
      assert_true(IOB_BUFSIZE(iob) >= size);
      memset(iob->io_data, 0x5a, size);
      iob_free(iob);
    }
}

static void test_free_space_is_that_of_the_buffer(void **state)
{
  struct iob_s *iob = iob_alloc_dynamic(3 * SIZE);

  (void)state;
  assert_non_null(iob);
  iob_reserve(iob, HEAD);
  assert_int_equal(IOB_FREESPACE(iob), IOB_BUFSIZE(iob) - HEAD);
  assert_int_equal(iob_tailroom(iob), IOB_BUFSIZE(iob) - HEAD);
  assert_int_equal(iob_copyin(iob, g_data, 2 * SIZE, 0, false), 2 * SIZE);
  assert_int_equal(iob_count(iob), 1);
  assert_int_equal(IOB_FREESPACE(iob), IOB_BUFSIZE(iob) - HEAD - 2 * SIZE);
  check_packet(iob, g_data, 2 * SIZE);
  iob_free(iob);

  /* One that is smaller than those of the pool ends where it ends */

  iob = iob_alloc_dynamic(10);
  assert_non_null(iob);
  assert_int_equal(iob_copyin(iob, g_data, SIZE, 0, false), SIZE);
  check_packet(iob, g_data, SIZE);
  assert_int_equal(iob->io_len, IOB_BUFSIZE(iob));
  iob_free_chain(iob);
}

static void test_a_large_buffer_makes_all_of_it_contiguous(void **state)
{
  struct iob_s *iob = iob_alloc_dynamic(4 * SIZE);

  (void)state;
  assert_non_null(iob);
  assert_int_equal(iob_copyin(iob, g_data, 10, 0, false), 10);
  iob_concat(iob, CHAIN(0, g_data + 10, SIZE, SIZE));
  assert_int_equal(iob_contig(iob, 2 * SIZE + 10), 0);
  assert_int_equal(iob_count(iob), 1);
  check_packet(iob, g_data, 2 * SIZE + 10);
  iob_free_chain(iob);
}

static void test_no_memory_for_a_dynamic_buffer(void **state)
{
  (void)state;
#ifdef CONFIG_IOB_SHARED
  hoard_everything();
#endif
  host_malloc_fail(1);
  assert_null(iob_alloc_dynamic(SIZE));
  host_malloc_fail(0);
  release_all();
}

static void test_outside_data_is_returned_once(void **state)
{
  static uint8_t data[64];
  struct iob_s *iob = iob_alloc_with_data(data, sizeof(data), free_outside);

  (void)state;
  g_nfreed = 0;
  assert_non_null(iob);
  assert_ptr_equal(iob->io_data, data);
  assert_int_equal(IOB_BUFSIZE(iob), sizeof(data));
  assert_int_equal(iob->io_len, 0);
  assert_int_equal(iob_copyin(iob, g_data, 40, 0, false), 40);
  assert_memory_equal(data, g_data, 40);
  iob = iob_trimhead(iob, 10);
  check_packet(iob, g_data + 10, 30);
  assert_int_equal(g_nfreed, 0);
  assert_null(iob_free(iob));
  assert_int_equal(g_nfreed, 1);
  assert_ptr_equal(g_freed, data);
}

static void test_outside_data_in_a_chain(void **state)
{
  static uint8_t data[64];
  struct iob_s *iob = CHAIN(0, g_data, 10);
  struct iob_s *more = iob_alloc_with_data(data, 64, free_outside);

  (void)state;
  g_nfreed = 0;
  assert_non_null(more);
  assert_int_equal(iob_copyin(more, g_data + 10, 64, 0, false), 64);
  assert_int_equal(iob_count(more), 1);
  iob_concat(iob, more);
  check_packet(iob, g_data, 74);
  assert_ptr_equal(iob_trimtail(iob, 64), iob);
  assert_int_equal(g_nfreed, 1);
  assert_ptr_equal(g_freed, data);
  iob_free_chain(iob);
}

static void test_outside_data_can_be_freed_in_an_interrupt(void **state)
{
  static uint8_t data[64];
  struct iob_s *iob = iob_alloc_with_data(data, 64, free_outside);

  (void)state;
  g_nfreed = 0;
  assert_true(host_interrupt(isr_free_chain, iob));
  assert_int_equal(g_nfreed, 1);
  assert_ptr_equal(g_freed, data);
}

static void test_a_descriptor_inside_its_memory(void **state)
{
  static uint8_t memory[512] aligned_data(64);
  unsigned int skew;

  (void)state;
  for (skew = 0; skew < 64; skew += sizeof(void *))
    {
      void *data = memory + skew;
      struct iob_s *iob = iob_init_with_data(data, 400, free_outside);

      g_nfreed = 0;
      assert_ptr_equal(iob, data);
      assert_int_equal((uintptr_t)iob->io_data % CONFIG_IOB_ALIGNMENT, 0);
      assert_true(iob->io_data >= (uint8_t *)(iob + 1));
      assert_ptr_equal(iob->io_data + IOB_BUFSIZE(iob), memory + skew + 400);
      assert_int_equal(iob_copyin(iob, g_data, 100, 0, false), 100);
      check_packet(iob, g_data, 100);
      iob_free_chain(iob);
      assert_int_equal(g_nfreed, 1);
      assert_ptr_equal(g_freed, data);
    }
}

static void test_a_descriptor_that_does_not_fit(void **state)
{
  static uint8_t memory[512] aligned_data(64);

  (void)state;
  assert_null(iob_init_with_data(memory, 0, free_outside));
  assert_null(iob_init_with_data(memory, sizeof(struct iob_s),
                                 free_outside));
  assert_null(iob_init_with_data(memory + 1, 500, free_outside));
  assert_null(iob_init_with_data(memory + 2, 500, free_outside));
  assert_null(iob_init_with_data(NULL, 500, free_outside));
}

static void test_a_descriptor_inside_its_memory_needs_no_pool(void **state)
{
  static uint8_t memory[512] aligned_data(64);
  struct iob_s *iob;

  (void)state;
  hoard_all_but(0);
  g_nfreed = 0;
  host_malloc_fail(1);
  iob = iob_init_with_data(memory, 512, free_outside);
  host_malloc_fail(0);
  assert_non_null(iob);
  iob_free(iob);
  assert_int_equal(g_nfreed, 1);
  release_all();
}
#endif

/* Data that somebody else views */

#ifdef CONFIG_IOB_SHARED
static void test_copyin_over_shared_data_copies_it(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20, 30);
  struct iob_s *view = iob_share(iob, 0, 60);
  uint8_t expected[60];
  uint32_t n = copies();

  (void)state;
  memcpy(expected, g_data, 60);
  memcpy(expected + 12, g_other, 10);
  assert_int_equal(iob_copyin(iob, g_other, 10, 12, false), 10);
  check_packet(iob, expected, 60);
  check_packet(view, g_data, 60);
  assert_int_equal(copies(), n + 1);
  iob_free_chain(view);
  iob_free_chain(iob);
}

static void test_copyin_across_shared_buffers_copies_each(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20, 30);
  struct iob_s *view = iob_share(iob, 0, 60);
  uint32_t n = copies();

  (void)state;
  assert_int_equal(iob_copyin(iob, g_other, 60, 0, false), 60);
  check_packet(iob, g_other, 60);
  check_packet(view, g_data, 60);
  assert_int_equal(copies(), n + 3);
  iob_free_chain(view);
  iob_free_chain(iob);
}

static void test_a_link_header_needs_no_copy(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20);
  struct iob_s *view = iob_share(iob, 0, 30);
  uint32_t n = copies();

  (void)state;
  assert_int_equal(iob_copyin(view, g_other, HEAD, -HEAD, false), HEAD);
  check_packet(view, g_data, 30);
  check_packet(iob, g_data, 30);
  assert_int_equal(copies(), n);
  iob_free_chain(iob);
  assert_int_equal(iob_copyout(g_buffer, view, HEAD, -HEAD), HEAD);
  assert_memory_equal(g_buffer, g_other, HEAD);
  iob_free_chain(view);
}

static void test_copyin_in_front_of_somebody_elses_header(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20);
  struct iob_s *view = iob_share(iob, 0, 30);
  struct snapshot_s snap;

  (void)state;
  iob_copyin(view, g_other, HEAD, -HEAD, false);
  take_snapshot(&snap, iob);
  assert_int_equal(iob_copyin(iob, g_data, 1, -1, false), -ENOSPC);
  assert_int_equal(iob_trycopyin(iob, g_data, 20, -HEAD, false), -ENOSPC);
  check_unchanged(&snap, iob);
  assert_int_equal(iob_copyout(g_buffer, view, HEAD, -HEAD), HEAD);
  assert_memory_equal(g_buffer, g_other, HEAD);

  /* Once the other view has gone there is room again */

  iob_free_chain(view);
  assert_int_equal(iob_copyin(iob, g_data, HEAD, -HEAD, false), HEAD);
  check_unchanged(&snap, iob);
  iob_free_chain(iob);
}

static void test_appending_to_shared_data_needs_no_copy(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10);
  struct iob_s *view = iob_share(iob, 0, 10);
  uint32_t n = copies();

  (void)state;
  assert_int_equal(iob_copyin(iob, g_data + 10, 20, 10, false), 20);
  check_packet(iob, g_data, 30);
  check_packet(view, g_data, 10);
  assert_int_equal(iob_count(iob), 1);
  assert_int_equal(copies(), n);

  /* The other view has no tail-room */

  assert_int_equal(iob_tailroom(view), 0);
  assert_int_equal(iob_copyin(view, g_other, 20, 10, false), 20);
  check_packet(iob, g_data, 30);
  assert_int_equal(iob_count(view), 2);
  iob_free_chain(view);
  iob_free_chain(iob);
}

static void test_copyin_without_memory_for_the_copy(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20, 30);
  struct iob_s *view = iob_share(iob, 0, 60);
  struct snapshot_s snap;

  (void)state;
  take_snapshot(&snap, iob);
  hoard_everything();
  assert_int_equal(iob_copyin(iob, g_other, 10, 5, false), -ENOMEM);
  assert_int_equal(iob_trycopyin(iob, g_other, 60, 0, false), -ENOMEM);
  check_unchanged(&snap, iob);
  check_packet(view, g_data, 60);
  release_all();
  iob_free_chain(view);
  iob_free_chain(iob);
}

static void test_constant_data_is_never_written(void **state)
{
  static const uint8_t text[20] = "0123456789abcdefghi";
  struct iob_s *iob = iob_alloc_rodata(text, 20, NULL);
  struct iob_s *view;

  (void)state;
  assert_non_null(iob);
  check_packet(iob, text, 20);

  /* What is trimmed does not become room */

  iob = iob_trimhead(iob, 5);
  iob = iob_trimtail(iob, 5);
  check_packet(iob, text + 5, 10);
  assert_int_equal(iob_tailroom(iob), 0);
  assert_true(iob_copyin(iob, g_data, 5, -5, false) < 0);
  assert_int_equal(iob_contig(iob, 11), -EINVAL);
  iob = iob_pack(iob);
  check_packet(iob, text + 5, 10);

  view = iob_share(iob, 0, 10);
  assert_non_null(view);
  assert_true(iob_copyin(view, g_data, 5, -5, false) < 0);
  iob_free_chain(view);

  assert_int_equal(iob_copyin(iob, g_data, 15, 5, false), 15);
  assert_memory_equal(text, "0123456789abcdefghi", 20);
  assert_int_equal(iob->io_pktlen, 20);
  check_lengths(iob);
  assert_int_equal(iob_copyout(g_buffer, iob, 20, 0), 20);
  assert_memory_equal(g_buffer, text + 5, 5);
  assert_memory_equal(g_buffer + 5, g_data, 15);
  iob_free_chain(iob);
}

static void test_update_does_not_touch_constant_data(void **state)
{
  static const uint8_t text[20] = "0123456789abcdefghi";
  struct iob_s *iob = iob_alloc_rodata(text, 20, NULL);

  (void)state;
  assert_int_equal(iob_update_pktlen(iob, 10, false), 10);
  assert_int_equal(iob_update_pktlen(iob, 30, false), 30);
  assert_int_equal(iob->io_len, 10);
  check_lengths(iob);
  iob = iob_trimhead(iob, 30);
  check_packet(iob, g_data, 0);
  iob_free(iob);
  assert_memory_equal(text, "0123456789abcdefghi", 20);
}

static void test_trimhead_of_all_keeps_a_shared_window(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 20);
  struct iob_s *view = iob_share(iob, 0, 20);

  (void)state;
  assert_ptr_equal(iob_trimhead(iob, 20), iob);
  check_packet(iob, g_data, 0);
  assert_ptr_equal(iob_trimhead(view, 25), view);
  assert_int_equal(view->io_len, 0);
  iob_free(view);

  view = iob_share(CHAIN(HEAD, g_data, 20), 0, 20);
  assert_null(iob_trimtail(view, 20));
  iob_free(iob);
  iob_initialize();
}

static void test_what_the_queue_trims_the_driver_still_has(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 20, 30);
  struct iob_s *view = iob_share(iob, 0, 50);

  (void)state;
  iob = iob_trimhead(iob, 7);
  assert_int_equal(iob_copyin(iob, g_other, 1, -1, false), -ENOSPC);
  iob = iob_trimtail(iob, 7);
  assert_int_equal(iob_copyin(iob, g_other, 7, 36, false), 7);
  check_packet(view, g_data, 50);
  assert_int_equal(iob_update_pktlen(iob, 0, false), 0);
  assert_int_equal(iob_update_pktlen(iob, 40, false), 40);
  assert_int_equal(iob_copyin(iob, g_other, 40, 0, false), 40);
  check_packet(view, g_data, 50);
  check_packet(iob, g_other, 40);
  iob_free_chain(iob);
  check_packet(view, g_data, 50);
  iob_free_chain(view);
}

static void test_pack_leaves_shared_buffers_alone(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20, 30, 40, 50);
  struct iob_s *view = iob_share(iob, 30, 30);
  uint32_t n = copies();

  (void)state;
  iob = iob_pack(iob);
  check_packet(iob, g_data, 150);
  check_packet(view, g_data + 30, 30);
  assert_int_equal(copies(), n);
  assert_int_equal(iob_count(iob), 3);
  assert_int_equal(iob->io_len, 30);
  assert_int_equal(iob->io_flink->io_len, 30);
  iob_free_chain(view);
  iob = iob_pack(iob);
  assert_int_equal(iob_count(iob), (150 + SIZE - 1) / SIZE);
  check_packet(iob, g_data, 150);
  iob_free_chain(iob);
}

static void test_contig_of_a_shared_packet(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20, 30);
  struct iob_s *view = iob_share(iob, 0, 60);
  struct iob_s *head = view;

  (void)state;
  iob_copyin(view, g_other, HEAD, -HEAD, false);
  assert_int_equal(iob_contig(view, 40), 0);
  assert_ptr_equal(view, head);
  assert_int_equal(view->io_len, 40);
  check_packet(view, g_data, 60);
  check_packet(iob, g_data, 60);
  assert_int_equal(iob_copyout(g_buffer, view, HEAD, -HEAD), HEAD);
  assert_memory_equal(g_buffer, g_other, HEAD);

  /* Tail-room is there to be used */

  assert_int_equal(iob_contig(iob, 40), 0);
  check_packet(iob, g_data, 60);
  check_packet(view, g_data, 60);
  iob_free_chain(view);
  iob_free_chain(iob);
}

static void test_contig_without_memory(void **state)
{
  struct iob_s *iob = CHAIN(HEAD, g_data, 10, 20, 30);
  struct iob_s *view = iob_share(iob, 0, 60);
  struct snapshot_s snap;

  (void)state;
  take_snapshot(&snap, view);
  hoard_everything();
  assert_int_equal(iob_contig(view, 40), -ENOMEM);
  check_unchanged(&snap, view);
  release_all();
  iob_free_chain(view);
  iob_free_chain(iob);
}

static void test_contig_of_more_than_any_extent(void **state)
{
  static uint8_t data[60000];
  struct iob_s *iob = iob_alloc_with_data(data, sizeof(data), free_outside);
  struct iob_s *more = iob_alloc_with_data(data, sizeof(data), free_outside);
  struct snapshot_s snap;

  (void)state;
  assert_non_null(iob);
  assert_non_null(more);
  assert_int_equal(iob_update_pktlen(iob, 60000, false), 60000);
  assert_int_equal(iob_update_pktlen(more, 60000, false), 60000);
  iob_concat(iob, more);
  take_snapshot(&snap, iob);
  assert_int_equal(iob_contig(iob, IOB_MAXEXTENT + 1), -ENOSPC);
  assert_int_equal(iob_contig(iob, 120000), -ENOSPC);
  assert_int_equal(iob->io_len, 60000);
  assert_int_equal(iob_count(iob), 2);
  iob_free_chain(iob);
}

static void test_clone_into_a_shared_buffer(void **state)
{
  struct iob_s *iob = CHAIN(0, g_other, 50);
  struct iob_s *copy = CHAIN(HEAD, g_data, 20);
  struct iob_s *view = iob_share(copy, 0, 20);

  (void)state;
  iob_copyin(view, g_other, HEAD, -HEAD, false);
  assert_int_equal(iob_clone_partial(iob, 50, 0, view, 0, false, false), 0);
  check_packet(view, g_other, 50);
  assert_int_equal(view->io_offset, HEAD);
  assert_int_equal(iob_copyout(g_buffer, view, HEAD, -HEAD), HEAD);
  assert_memory_equal(g_buffer, g_other, HEAD);
  check_packet(copy, g_data, 20);
  iob_free_chain(view);

  /* From a packet into its own view */

  view = iob_share(copy, 5, 10);
  assert_int_equal(iob_clone_partial(copy, 20, 0, view, 3, false, false), 0);
  check_packet(copy, g_data, 20);
  assert_int_equal(iob_copyout(g_buffer, view, BYTES, 3), 20);
  assert_memory_equal(g_buffer, g_data, 20);
  iob_free_chain(view);
  iob_free_chain(copy);
  iob_free_chain(iob);
}

/* A destination of many bytes becomes one of few */

static void test_clone_into_a_large_shared_buffer(void **state)
{
  struct iob_s *iob = CHAIN(0, g_other, 50);
  struct iob_s *copy = iob_tryalloc_contig(4 * SIZE, 0, IOB_CLASS_TX);
  struct iob_s *view;
  struct iob_s *entry;
  unsigned int i;

  (void)state;
  assert_non_null(copy);
  assert_int_equal(iob_copyin(copy, g_data, 4 * SIZE, 0, false), 4 * SIZE);
  view = iob_share(copy, 0, 4 * SIZE);
  hoard_all_but(1);

  for (entry = g_hoard; entry != NULL; entry = entry->io_flink)
    {
      memset(entry->io_data, 0xee, SIZE);
    }

  assert_int_equal(iob_clone_partial(iob, 50, 0, view, 20, false, false), 0);
  check_lengths(view);
  assert_int_equal(iob_copyout(g_buffer, view, BYTES, 0), 70);
  assert_memory_equal(g_buffer, g_data, 20);
  assert_memory_equal(g_buffer + 20, g_other, 50);
  check_packet(copy, g_data, 4 * SIZE);

  for (entry = g_hoard; entry != NULL; entry = entry->io_flink)
    {
      for (i = 0; i < SIZE; i++)
        {
          assert_int_equal(entry->io_data[i], 0xee);
        }
    }

  release_all();
  iob_free_chain(view);
  iob_free_chain(copy);
  iob_free_chain(iob);
}

static void test_clone_into_a_shared_buffer_without_memory(void **state)
{
  struct iob_s *iob = CHAIN(0, g_other, 50);
  struct iob_s *copy = CHAIN(HEAD, g_data, 20);
  struct iob_s *view = iob_share(copy, 0, 20);
  struct snapshot_s snap;

  (void)state;
  take_snapshot(&snap, view);
  hoard_everything();
  assert_int_equal(iob_clone_partial(iob, 50, 0, view, 0, false, false),
                   -ENOMEM);
  release_one();
  check_unchanged(&snap, view);
  check_packet(copy, g_data, 20);
  release_all();
  iob_free_chain(view);
  iob_free_chain(copy);
  iob_free_chain(iob);
}
#endif

/* A random walk, compared with an array of bytes */

#define STEPS 20000

struct walk_s
{
  struct iob_s *iob;             /* The packet */
  uint8_t model[BYTES];          /* What it must hold */
  unsigned int len;
#ifdef CONFIG_IOB_SHARED
  struct iob_s *view;            /* Somebody else's view of part of it */
  uint8_t seen[BYTES];           /* What that must hold */
  unsigned int nseen;
#endif
};

static uint32_t g_seed;

static unsigned int below(unsigned int limit)
{
  g_seed = g_seed * 1664525 + 1013904223;
  return (unsigned int)(((uint64_t)g_seed * limit) >> 32);
}

static void walk_copyin(struct walk_s *w)
{
  unsigned int offset = below(w->len + 1);
  unsigned int n = below(BYTES / 2 - offset / 2);
  unsigned int from = below(BYTES - n);
  int ret;

  n   = MIN(n, BYTES - offset);
  ret = iob_trycopyin(w->iob, g_other + from, n, offset, below(2));
  if (ret >= 0)
    {
      assert_int_equal(ret, n);
      memcpy(w->model + offset, g_other + from, n);
      w->len = MAX(w->len, offset + n);
    }
  else
    {
      assert_int_equal(ret, -ENOMEM);
    }
}

static void walk_trim(struct walk_s *w)
{
  unsigned int n = below(w->len + 1) / (1 + below(8));

  if (below(2))
    {
      w->iob  = iob_trimhead(w->iob, n);
      w->len -= n;
      memmove(w->model, w->model + n, w->len);
    }
  else if (n < w->len)
    {
      assert_ptr_equal(iob_trimtail(w->iob, n), w->iob);
      w->len -= n;
    }
}

static void walk_update(struct walk_s *w)
{
  unsigned int len = below(BYTES);
  unsigned int got = iob_update_pktlen(w->iob, len, below(2));

  if (len <= w->len)
    {
      assert_int_equal(got, len);
    }
  else
    {
      assert_true(got >= w->len && got <= len);
      iob_copyout(w->model + w->len, w->iob, got - w->len, w->len);
    }

  w->len = got;
}

static void walk_concat(struct walk_s *w)
{
  unsigned int n1 = 1 + below(SIZE);
  unsigned int n2 = 1 + below(SIZE);

  if (w->len > 0 && w->len + n1 + n2 <= BYTES && iob_navail(false) >= 2)
    {
      iob_concat(w->iob, CHAIN(0, g_data, n1, n2));
      memcpy(w->model + w->len, g_data, n1 + n2);
      w->len += n1 + n2;
    }
}

static void walk_clone(struct walk_s *w)
{
  unsigned int offset = below(w->len + 1);
  unsigned int n = below(w->len - offset + 1);
  struct iob_s *copy;

  if (iob_navail(false) == 0)
    {
      return;
    }

  copy = CHAIN(below(HEAD), g_data, 1 + below(SIZE - HEAD));
  if (iob_clone_partial(w->iob, n, offset, copy, 0, false, false) == 0)
    {
      iob_free_chain(w->iob);
      w->iob = copy;
      w->len = n;
      memmove(w->model, w->model + offset, n);
    }
  else
    {
      iob_free_chain(copy);
    }
}

static void walk_share(struct walk_s *w)
{
#ifdef CONFIG_IOB_SHARED
  unsigned int offset = below(w->len + 1);
  unsigned int n = below(w->len - offset + 1);

  if (w->view != NULL)
    {
      check_packet(w->view, w->seen, w->nseen);
      if (below(4) == 0)
        {
          struct iob_s *iob = w->view;

          /* The holder of the view goes on with it instead */

          w->view = w->iob;
          w->iob  = iob;
          memcpy(w->seen, w->model, BYTES);
          memcpy(w->model, g_buffer, w->nseen);
          n        = w->len;
          w->len   = w->nseen;
          w->nseen = n;
          return;
        }

      iob_free_chain(w->view);
      w->view = NULL;
    }

  if (n > 0)
    {
      w->view  = iob_share(w->iob, offset, n);
      w->nseen = n;
      memcpy(w->seen, w->model + offset, n);
    }
#else
  (void)w;
#endif
}

static void walk_step(struct walk_s *w)
{
  unsigned int n;

  switch (below(8))
    {
      case 0:
      case 1:
        walk_copyin(w);
        break;

      case 2:
        walk_trim(w);
        break;

      case 3:
        walk_update(w);
        break;

      case 4:
        walk_concat(w);
        break;

      case 5:
        n = below(w->len + 1);
        if (iob_contig(w->iob, n) == 0)
          {
            assert_true(w->iob->io_len >= n);
          }

        break;

      case 6:
        if (below(2))
          {
            w->iob = iob_pack(w->iob);
          }
        else
          {
            walk_clone(w);
          }

        break;

      default:
        walk_share(w);
        break;
    }
}

static void test_a_random_walk(void **state)
{
  static struct walk_s w;
  unsigned int steps = getenv("GATE") != NULL ? 50 * STEPS : STEPS;
  const char *seed = getenv("SEED");
  unsigned int i;

  (void)state;
  g_seed = seed != NULL ? (uint32_t)strtoul(seed, NULL, 0) : 20261;
  print_message("seed %u\n", (unsigned int)g_seed);

  memset(&w, 0, sizeof(w));
  w.iob = iob_alloc(false);

  for (i = 0; i < steps; i++)
    {
      walk_step(&w);
      check_packet(w.iob, w.model, w.len);
#ifdef CONFIG_IOB_SHARED
      if (w.view != NULL)
        {
          check_packet(w.view, w.seen, w.nseen);
        }
#endif

      /* From time to time there is little memory */

      if (i % 512 == 256)
        {
          hoard_all_but(MIN(iob_navail(false), 3));
        }
      else if (i % 512 == 0)
        {
          release_all();
        }
    }

  release_all();
  iob_free_chain(w.iob);
#ifdef CONFIG_IOB_SHARED
  iob_free_chain(w.view);
#endif
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest g_tests[] =
{
  TEST(test_the_whole_pool_can_be_allocated),
  TEST(test_throttled_buffers_leave_some_to_others),
  TEST(test_an_empty_pool_gives_nothing),
  TEST(test_a_wait_in_vain_changes_no_count),
  TEST(test_a_wait_lasts_as_long_as_it_says),
  TEST(test_a_freed_buffer_goes_to_the_one_who_waits),
  TEST(test_an_interrupt_can_free_for_one_who_waits),
  TEST(test_an_interrupt_does_not_wait),
  TEST(test_the_idle_task_does_not_wait),
  TEST(test_a_cancelled_wait_changes_no_count),
  TEST(test_free_returns_the_rest_of_the_packet),
  TEST(test_a_chain_can_be_freed_in_an_interrupt),
  TEST(test_copyin_fills_an_empty_packet),
  TEST(test_copyin_fills_each_buffer_before_the_next),
  TEST(test_the_whole_pool_can_be_one_packet),
  TEST(test_copyin_overwrites_across_buffers),
  TEST(test_copyin_at_a_boundary_overwrites_the_next),
  TEST(test_copyin_extends_behind_the_last_byte_only),
  TEST(test_copyin_of_nothing_does_nothing),
  TEST(test_copyin_behind_the_packet_fails),
  TEST(test_copyin_before_the_head_room_fails),
  TEST(test_a_link_header_goes_in_front_of_the_packet),
  TEST(test_copyin_of_a_frame_with_its_link_header),
  TEST(test_trycopyin_without_buffers_changes_nothing),
  TEST(test_copyin_that_can_not_wait_changes_nothing),
  TEST(test_copyin_waits_for_buffers),
  TEST(test_throttled_copyin_leaves_the_reserve),
  TEST(test_copyout_gives_what_there_is),
  TEST(test_copyout_behind_the_end_gives_nothing),
  TEST(test_copyout_before_the_head_room_fails),
  TEST(test_clone_copies_and_packs),
  TEST(test_clone_of_an_empty_packet_is_empty),
  TEST(test_clone_keeps_the_reserved_head_room),
  TEST(test_clone_partial_leaves_a_gap),
  TEST(test_the_gap_may_span_buffers),
  TEST(test_clone_partial_takes_the_link_header_along),
  TEST(test_clone_partial_of_bytes_that_are_not_there),
  TEST(test_clone_partial_before_the_destination),
  TEST(test_clone_without_buffers_changes_nothing),
  TEST(test_clone_waits_for_buffers),
  TEST(test_clone_does_not_write_what_hangs_there),
  TEST(test_a_shorter_clone_leaves_no_tail),
  TEST(test_concat_adds_up),
  TEST(test_count_of_nothing_is_zero),
  TEST(test_tailroom_is_that_of_the_last_buffer),
  TEST(test_tailroom_can_be_none),
  TEST(test_reserve_takes_from_the_tail_room),
  TEST(test_reserve_of_more_than_there_is),
  TEST(test_reserve_gives_up_data_that_is_in_the_way),
  TEST(test_trimhead_within_a_buffer),
  TEST(test_trimhead_frees_what_it_empties),
  TEST(test_trimhead_of_all_keeps_the_last_buffer),
  TEST(test_trimhead_of_more_than_all),
  TEST(test_trimhead_of_nothing),
  TEST(test_trimtail_within_a_buffer),
  TEST(test_trimtail_frees_what_it_empties),
  TEST(test_trimtail_of_all_frees_the_packet),
  TEST(test_trimtail_of_nothing),
  TEST(test_pack_fills_all_but_the_last),
  TEST(test_pack_moves_overlapping_data),
  TEST(test_pack_drops_empty_buffers),
  TEST(test_pack_of_an_empty_packet_keeps_one_buffer),
  TEST(test_contig_of_what_is_contiguous),
  TEST(test_contig_takes_from_those_that_follow),
  TEST(test_contig_moves_overlapping_data),
  TEST(test_contig_of_more_than_the_packet_fails),
  TEST(test_contig_of_more_than_a_buffer),
  TEST(test_update_of_an_equal_length_does_nothing),
  TEST(test_update_to_less_cuts_the_tail),
  TEST(test_update_to_nothing_keeps_the_head),
  TEST(test_update_does_not_repack),
  TEST(test_update_uses_the_tail_room_first),
  TEST(test_update_returns_what_could_be_had),
  TEST(test_update_of_nothing_fails),
#ifdef CONFIG_DEBUG_FEATURES
  TEST(test_dump_prints_the_bytes_asked_for),
  TEST(test_dump_of_nothing_prints_no_bytes),
#endif
#if CONFIG_IOB_NCHAINS > 1
  TEST(test_a_queue_keeps_the_order),
  TEST(test_an_empty_queue_gives_nothing),
  TEST(test_freeing_a_queue_frees_all_its_packets),
  TEST(test_tryadd_without_a_container_fails),
  TEST(test_add_waits_for_a_container),
  TEST(test_add_that_can_not_wait_fails),
  TEST(test_a_packet_can_leave_the_middle_of_a_queue),
  TEST(test_the_tail_is_right_after_the_last_has_left),
  TEST(test_the_first_packet_of_a_queue_can_be_trimmed),
#endif
#ifdef CONFIG_IOB_NOTIFIER
  TEST(test_no_notification_while_buffers_are_free),
  TEST(test_freed_buffers_are_notified_once),
  TEST(test_a_cancelled_notification_does_not_come),
  TEST(test_too_many_notifications_fail),
#endif
#ifdef HAVE_ALLOC
  TEST(test_dynamic_data_is_aligned),
  TEST(test_free_space_is_that_of_the_buffer),
  TEST(test_a_large_buffer_makes_all_of_it_contiguous),
  TEST(test_no_memory_for_a_dynamic_buffer),
  TEST(test_outside_data_is_returned_once),
  TEST(test_outside_data_in_a_chain),
  TEST(test_outside_data_can_be_freed_in_an_interrupt),
  TEST(test_a_descriptor_inside_its_memory),
  TEST(test_a_descriptor_that_does_not_fit),
  TEST(test_a_descriptor_inside_its_memory_needs_no_pool),
#endif
#ifdef CONFIG_IOB_SHARED
  TEST(test_copyin_over_shared_data_copies_it),
  TEST(test_copyin_across_shared_buffers_copies_each),
  TEST(test_a_link_header_needs_no_copy),
  TEST(test_copyin_in_front_of_somebody_elses_header),
  TEST(test_appending_to_shared_data_needs_no_copy),
  TEST(test_copyin_without_memory_for_the_copy),
  TEST(test_constant_data_is_never_written),
  TEST(test_update_does_not_touch_constant_data),
  TEST(test_trimhead_of_all_keeps_a_shared_window),
  TEST(test_what_the_queue_trims_the_driver_still_has),
  TEST(test_pack_leaves_shared_buffers_alone),
  TEST(test_contig_of_a_shared_packet),
  TEST(test_contig_without_memory),
  TEST(test_contig_of_more_than_any_extent),
  TEST(test_clone_into_a_shared_buffer),
  TEST(test_clone_into_a_large_shared_buffer),
  TEST(test_clone_into_a_shared_buffer_without_memory),
#endif
  TEST(test_a_random_walk),
};

int main(void)
{
  return cmocka_run_group_tests(g_tests, NULL, NULL);
}
