/* tests/host/iob/test_fixed.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The fixed pool: who gets a buffer that is freed.  Goal: waiting, giving
 * up, throttling and freeing in any order lose no buffer and no count, and a
 * buffer that was given to one who waits is out of reach for others.
 * Method: host_block_hook plays the other tasks, which may wait in turn; it
 * looks into g_iob, and does by hand what no test could hit by chance: a
 * wait that times out between the commitment of a buffer and the post.  With
 * HOST_PTHREAD real tasks race, and interrupts besides.
 */

#include <nuttx/config.h>

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#include "iob.h"
#include "host_port.h"

#ifdef CONFIG_IOB_SHARED
#  error this test is about the fixed pool
#endif

#define NBUFFERS CONFIG_IOB_NBUFFERS
#define THROTTLE CONFIG_IOB_THROTTLE

static struct iob_s *g_hoard;    /* Buffers that a test keeps from others */

static void check_idle(void)
{
  struct iob_stats_s stats;
  struct iob_s *iob;
  unsigned int i;
  int n = 0;

  iob_getstats(&stats);
  assert_int_equal(stats.ntotal, NBUFFERS);
  assert_int_equal(stats.nfree, NBUFFERS);
  assert_int_equal(stats.nwait, 0);
  assert_int_equal(stats.nthrottle, 0);

  for (iob = g_iob.freelist; iob != NULL; iob = iob->io_flink)
    {
      n++;
    }

  assert_int_equal(n, NBUFFERS);
  assert_int_equal(iob_navail(false), NBUFFERS);
  assert_int_equal(iob_navail(true), NBUFFERS - THROTTLE);
  assert_int_equal(iob_qentry_navail(), CONFIG_IOB_NCHAINS);

  for (i = 0; i < IOB_NWAITLISTS; i++)
    {
      assert_null(g_iob.waitlist[i].committed);
      assert_int_equal(g_iob.waitlist[i].nwaiting, 0);
    }

#if CONFIG_IOB_NCHAINS > 0
  assert_null(g_iob_qcommitted);
#endif
}

static int setup(void **state)
{
  (void)state;
  host_port_reset();
  host_log_level = LOG_CRIT;
  iob_initialize();
  g_hoard = NULL;
  check_idle();
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  check_idle();
  assert_int_equal(host_posts_under_lock(), 0);
  assert_int_equal(host_malloc_live(), 0);
  return 0;
}

static void hoard(struct iob_s *iob)
{
  assert_non_null(iob);
  iob->io_flink = g_hoard;
  g_hoard       = iob;
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
  return true;
}

static void hoard_all_but(int keep)
{
  while (iob_navail(false) > keep)
    {
      hoard(iob_tryalloc(false));
    }
}

static void release_all(void)
{
  while (release_one())
    {
    }
}

static void check_waiting(int nwait, int nthrottle)
{
  struct iob_stats_s stats;

  iob_getstats(&stats);
  assert_int_equal(stats.nwait, nwait);
  assert_int_equal(stats.nthrottle, nthrottle);
}

#ifndef HOST_PTHREAD

static unsigned int g_nrounds;
static unsigned int g_nserved;
static struct iob_s *g_inner;

/* The pool at rest */

static void test_pool_data_is_aligned_and_apart(void **state)
{
  uint8_t *seen[NBUFFERS];
  int i;
  int j;

  (void)state;
  for (i = 0; i < NBUFFERS; i++)
    {
      struct iob_s *iob = iob_tryalloc(false);

      hoard(iob);
      seen[i] = iob->io_data;
      assert_int_equal((uintptr_t)seen[i] % CONFIG_IOB_ALIGNMENT, 0);
      memset(seen[i], i, CONFIG_IOB_BUFSIZE);
    }

  for (i = 0; i < NBUFFERS; i++)
    {
      for (j = 0; j < CONFIG_IOB_BUFSIZE; j++)
        {
          assert_int_equal(seen[i][j], (uint8_t)i);
        }
    }

  assert_null(iob_tryalloc(false));
  release_all();
}

static void test_initialize_starts_from_nothing(void **state)
{
  (void)state;
  hoard_all_but(3);
  iob_initialize();
  g_hoard = NULL;
  check_idle();
  hoard_all_but(0);
  release_all();
}

static void test_the_last_buffers_are_not_for_the_throttled(void **state)
{
  int n = 0;
  struct iob_s *iob;

  (void)state;
  while ((iob = iob_tryalloc(true)) != NULL)
    {
      hoard(iob);
      n++;
    }

  assert_int_equal(n, NBUFFERS - THROTTLE);
  assert_int_equal(iob_navail(true), 0);
  assert_int_equal(iob_navail(false), THROTTLE);

  for (n = 0; n < THROTTLE; n++)
    {
      hoard(iob_tryalloc(false));
      assert_null(iob_tryalloc(true));
    }

  assert_null(iob_tryalloc(false));
  release_all();
}

/* Waiting and giving up */

static int hook_count(sem_t *sem, uint32_t ticks)
{
  (void)sem;
  (void)ticks;
  g_nrounds++;
  check_waiting(1, 0);
  return 0;
}

static int hook_count_throttled(sem_t *sem, uint32_t ticks)
{
  (void)sem;
  (void)ticks;
  g_nrounds++;
  check_waiting(0, THROTTLE > 0);
  return 0;
}

static void test_waiters_count_only_while_they_wait(void **state)
{
  (void)state;
  hoard_all_but(0);
  g_nrounds = 0;
  host_block_hook = hook_count;
  assert_null(iob_timedalloc(false, 5));
  assert_int_equal(g_nrounds, 1);
  check_waiting(0, 0);

#if THROTTLE > 0
  host_block_hook = hook_count_throttled;
  assert_null(iob_timedalloc(true, 5));
  assert_int_equal(g_nrounds, 2);
  check_waiting(0, 0);
#else
  (void)hook_count_throttled;
#endif
  release_all();
}

static void test_a_hundred_thousand_waits_in_vain(void **state)
{
  unsigned int i;

  (void)state;
  hoard_all_but(0);

  for (i = 0; i < 100000; i++)
    {
      assert_null(iob_timedalloc(i & 1, 1));
    }

  check_waiting(0, 0);
  release_all();
  hoard_all_but(0);
  assert_null(iob_tryalloc(false));
  release_all();
}

static void test_a_throttled_wait_does_not_take_the_reserve(void **state)
{
  (void)state;
  hoard_all_but(THROTTLE);
  assert_null(iob_timedalloc(true, 5));
  assert_int_equal(iob_navail(false), THROTTLE);
  release_all();
}

/* The buffer is committed, but the time is over before the post */

static int hook_commit(sem_t *sem, uint32_t ticks)
{
  struct iob_waitlist_s *list;
  struct iob_s *iob = g_hoard;

  (void)ticks;
  list = container_of(sem, struct iob_waitlist_s, sem);
  assert_true(list->nwaiting > 0);

  g_hoard         = iob->io_flink;
  iob->io_flink   = list->committed;
  list->committed = iob;
  list->nwaiting--;
  host_block_hook = NULL;
  return 0;
}

static void check_late_commitment(bool throttled)
{
  struct iob_waitlist_s *list = &g_iob.waitlist[throttled && THROTTLE > 0];
  struct iob_s *iob;
  clock_t start;

  hoard_all_but(0);
  start = clock_systime_ticks();
  host_block_hook = hook_commit;
  iob = iob_timedalloc(throttled, 5);
  assert_non_null(iob);
  assert_int_equal(clock_systime_ticks() - start, MSEC2TICK(5));
  assert_null(iob->io_flink);
  assert_null(list->committed);
  check_waiting(0, 0);

  /* Now the post; it wakes the next one who waits, for nothing */

  nxsem_post(&list->sem);
  g_nrounds = 0;
  start = clock_systime_ticks();
  host_block_hook = throttled ? hook_count_throttled : hook_count;
  assert_null(iob_timedalloc(throttled, 7));
  assert_int_equal(g_nrounds, 1);
  assert_int_equal(clock_systime_ticks() - start, MSEC2TICK(7));

  host_block_hook = NULL;
  iob_free(iob);
  release_all();
}

static void test_a_buffer_that_comes_too_late_is_not_stranded(void **state)
{
  (void)state;
  check_late_commitment(false);
  check_idle();
}

static void test_nor_is_that_of_a_throttled_one(void **state)
{
  (void)state;
#if THROTTLE == 0
  skip();
#endif
  check_late_commitment(true);
  check_idle();
}

static int hook_commit_cancel(sem_t *sem, uint32_t ticks)
{
  hook_commit(sem, ticks);
  return -ECANCELED;
}

static void test_a_cancelled_wait_takes_what_was_committed(void **state)
{
  struct iob_s *iob;

  (void)state;
  hoard_all_but(0);
  host_block_hook = hook_commit_cancel;
  iob = iob_alloc(false);
  assert_non_null(iob);
  nxsem_post(&g_iob.waitlist[0].sem);
  iob_free(iob);
  release_all();
}

/* A buffer that was committed is nobody else's */

static int hook_free_and_try(sem_t *sem, uint32_t ticks)
{
  (void)sem;
  (void)ticks;
  assert_true(release_one());
  assert_null(iob_tryalloc(false));
  assert_null(iob_tryalloc(true));
  assert_int_equal(iob_navail(false), 0);
  check_waiting(0, 0);
  return 1;
}

static void test_nobody_gets_in_between(void **state)
{
  struct iob_s *iob;

  (void)state;
  hoard_all_but(0);
  host_block_hook = hook_free_and_try;
  iob = iob_alloc(false);
  assert_non_null(iob);
  iob_free(iob);
  release_all();
}

static int hook_release(sem_t *sem, uint32_t ticks)
{
  (void)sem;
  (void)ticks;
  g_nrounds++;
  return release_one();
}

static void test_a_throttled_one_is_served_above_the_reserve(void **state)
{
  struct iob_s *iob;

  (void)state;
  hoard_all_but(0);
  g_nrounds = 0;
  host_block_hook = hook_release;
  iob = iob_alloc(true);
  assert_non_null(iob);
  assert_int_equal(g_nrounds, THROTTLE + 1);
  assert_int_equal(iob_navail(false), THROTTLE);
  assert_int_equal(iob_navail(true), 0);
  iob_free(iob);
  release_all();
}

/* A throttled task waits; then, while it does, one that is not */

static int hook_inner_frees(sem_t *sem, uint32_t ticks)
{
  (void)ticks;
  assert_ptr_equal(sem, &g_iob.waitlist[0].sem);
  check_waiting(1, 1);
  assert_true(release_one());
  check_waiting(0, 1);
  g_nserved++;
  return 1;
}

static int hook_wait_too(sem_t *sem, uint32_t ticks)
{
  (void)ticks;
  assert_ptr_equal(sem, &g_iob.waitlist[IOB_NWAITLISTS - 1].sem);
  check_waiting(0, 1);

  host_block_hook = hook_inner_frees;
  g_inner = iob_alloc(false);
  assert_non_null(g_inner);
  assert_int_equal(g_nserved, 1);
  check_waiting(0, 1);

  host_block_hook = hook_release;
  return 1;
}

static void test_who_is_not_throttled_goes_first(void **state)
{
  struct iob_s *iob;

  (void)state;
#if THROTTLE == 0
  skip();
#endif
  hoard_all_but(0);
  g_nserved = 0;
  host_block_hook = hook_wait_too;
  iob = iob_alloc(true);
  assert_non_null(iob);
  assert_int_equal(iob_navail(false), THROTTLE);
  iob_free(iob);
  iob_free(g_inner);
  release_all();
}

/* Anything may happen while one waits, even more waiting */

#define MAXDEPTH 6

static uint32_t g_seed;
static unsigned int g_depth;

static unsigned int below(unsigned int limit)
{
  g_seed = g_seed * 1664525 + 1013904223;
  return (unsigned int)(((uint64_t)g_seed * limit) >> 32);
}

static void isr_random(void *arg)
{
  (void)arg;
  if (below(2))
    {
      release_one();
    }
  else
    {
      struct iob_s *iob = iob_alloc(below(2));

      if (iob != NULL)
        {
          hoard(iob);
        }
    }
}

static void random_alloc(void)
{
  struct iob_s *iob;

  g_depth++;
  iob = iob_timedalloc(below(2), below(4));
  g_depth--;

  if (iob != NULL)
    {
      hoard(iob);
    }
}

static void check_rules(void)
{
  struct iob_stats_s stats;

  iob_getstats(&stats);
  assert_true(stats.nwait == 0 || stats.nfree == 0);
  assert_true(stats.nthrottle == 0 || stats.nfree <= THROTTLE);
  assert_true(stats.nwait + stats.nthrottle <= (int)g_depth);
}

static int hook_random(sem_t *sem, uint32_t ticks)
{
  (void)sem;
  (void)ticks;
  check_rules();

  switch (below(6))
    {
      case 0:
        release_one();
        return 1;

      case 1:
        if (g_depth < MAXDEPTH)
          {
            random_alloc();
          }

        return 1;

      case 2:
        host_interrupt(isr_random, NULL);
        return 1;

      case 3:
        host_clock_advance(1);
        return 1;

      case 4:
        return below(4) > 0 ? 1 : -ECANCELED;

      default:
        return 0;
    }
}

static void test_waits_within_waits_lose_nothing(void **state)
{
  unsigned int steps = getenv("GATE") != NULL ? 10000000 : 200000;
  const char *seed = getenv("SEED");
  unsigned int i;

  (void)state;
  g_seed = seed != NULL ? (uint32_t)strtoul(seed, NULL, 0) : 20262;
  print_message("seed %u\n", (unsigned int)g_seed);
  hoard_all_but(2);
  host_block_hook = hook_random;

  for (i = 0; i < steps; i++)
    {
      g_depth = 0;
      random_alloc();
      check_rules();
      check_waiting(0, 0);

      if (below(3) == 0)
        {
          release_one();
        }

      if (below(1000) == 0)
        {
          release_all();
          check_idle();
          hoard_all_but(below(3));
        }
    }

  release_all();
}

/* Containers */

#if CONFIG_IOB_NCHAINS > 1
static struct iob_queue_s g_queue;

static void fill_queue(struct iob_s *iob)
{
  IOB_QINIT(&g_queue);
  while (iob_qentry_navail() > 0)
    {
      assert_int_equal(iob_tryadd_queue(iob, &g_queue), 0);
    }
}

static void empty_queue(void)
{
  while (iob_remove_queue(&g_queue) != NULL)
    {
    }
}

static int hook_remove_and_try(sem_t *sem, uint32_t ticks)
{
  (void)sem;
  (void)ticks;
  assert_non_null(iob_remove_queue(&g_queue));
  assert_null(iob_tryalloc_qentry());
  assert_int_equal(iob_qentry_navail(), 0);
  return 1;
}

static void test_nobody_gets_a_committed_container(void **state)
{
  struct iob_s *iob = iob_alloc(false);

  (void)state;
  fill_queue(iob);
  host_block_hook = hook_remove_and_try;
  assert_int_equal(iob_add_queue(iob, &g_queue), 0);
  empty_queue();
  iob_free(iob);
}

static int hook_commit_qentry(sem_t *sem, uint32_t ticks)
{
  struct iob_qentry_s *qentry = g_queue.qh_head;

  (void)sem;
  (void)ticks;
  g_queue.qh_head  = qentry->qe_flink;
  qentry->qe_flink = g_iob_qcommitted;
  g_iob_qcommitted = qentry;
  g_qentry_count++;
  return -ECANCELED;
}

static void test_a_container_that_comes_too_late(void **state)
{
  struct iob_s *iob = iob_alloc(false);

  (void)state;
  fill_queue(iob);
  host_block_hook = hook_commit_qentry;
  assert_int_equal(iob_add_queue(iob, &g_queue), 0);

  /* The post that is left over wakes nobody for good */

  nxsem_post(&g_qentry_sem);
  host_block_hook = hook_remove_and_try;
  assert_int_equal(iob_add_queue(iob, &g_queue), 0);
  assert_int_equal(iob_get_queue_entry_count(&g_queue), CONFIG_IOB_NCHAINS);
  empty_queue();
  iob_free(iob);
}
#endif

/* Misuse */

#ifdef CONFIG_DEBUG_ASSERTIONS
static jmp_buf g_panic;

static void hook_panic(const char *file, int line, const char *what)
{
  (void)file;
  (void)line;
  (void)what;
  longjmp(g_panic, 1);
}

static void test_more_frees_than_buffers_are_noticed(void **state)
{
  struct iob_s *iob = iob_tryalloc(false);

  iob_free(iob);
  host_panic_hook = hook_panic;
  if (setjmp(g_panic) == 0)
    {
      iob_free(iob);
      fail();
    }

  /* Everything is as after a panic: start again */

  setup(state);
}
#endif

/* Buffers that are not the pool's */

#ifdef CONFIG_IOB_ALLOC
static void test_a_callback_may_be_missing(void **state)
{
  static uint8_t memory[512] aligned_data(64);
  struct iob_s *iob;

  (void)state;
  iob = iob_alloc_with_data(memory, 100, NULL);
  assert_non_null(iob);
  iob_free(iob);

  iob = iob_init_with_data(memory, 500, NULL);
  assert_non_null(iob);
  iob_free(iob);
  assert_int_equal(iob_navail(false), NBUFFERS);
}

static void test_no_data_and_no_memory(void **state)
{
  static uint8_t data[64];

  (void)state;
  assert_null(iob_alloc_with_data(NULL, 10, NULL));
  host_malloc_fail(1);
  assert_null(iob_alloc_with_data(data, 10, NULL));
  host_malloc_fail(1);
  assert_null(iob_alloc_dynamic(10));
  host_malloc_fail(0);
}

static void isr_free(void *arg)
{
  iob_free(arg);
}

static void test_a_dynamic_buffer_freed_in_an_interrupt(void **state)
{
  struct iob_s *iob = iob_alloc_dynamic(1000);

  (void)state;
  assert_non_null(iob);
  assert_true(host_interrupt(isr_free, iob));
}
#endif

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    TEST(test_pool_data_is_aligned_and_apart),
    TEST(test_initialize_starts_from_nothing),
    TEST(test_the_last_buffers_are_not_for_the_throttled),
    TEST(test_waiters_count_only_while_they_wait),
    TEST(test_a_hundred_thousand_waits_in_vain),
    TEST(test_a_throttled_wait_does_not_take_the_reserve),
    TEST(test_a_buffer_that_comes_too_late_is_not_stranded),
    TEST(test_nor_is_that_of_a_throttled_one),
    TEST(test_a_cancelled_wait_takes_what_was_committed),
    TEST(test_nobody_gets_in_between),
    TEST(test_a_throttled_one_is_served_above_the_reserve),
    TEST(test_who_is_not_throttled_goes_first),
    TEST(test_waits_within_waits_lose_nothing),
#if CONFIG_IOB_NCHAINS > 1
    TEST(test_nobody_gets_a_committed_container),
    TEST(test_a_container_that_comes_too_late),
#endif
#ifdef CONFIG_DEBUG_ASSERTIONS
    TEST(test_more_frees_than_buffers_are_noticed),
#endif
#ifdef CONFIG_IOB_ALLOC
    TEST(test_a_callback_may_be_missing),
    TEST(test_no_data_and_no_memory),
    TEST(test_a_dynamic_buffer_freed_in_an_interrupt),
#endif
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}

#else /* HOST_PTHREAD */

#define NTHREADS 4
#define NHELD    (NBUFFERS / NTHREADS + 2)

struct racer_s
{
  pthread_t thread;
  uint32_t seed;
  struct iob_s *held[NHELD];
  unsigned int nheld;
  unsigned long ngot;
  unsigned long nvain;
};

static struct racer_s g_racers[NTHREADS];
static unsigned long g_nsteps;
static unsigned int g_nracing;
static bool g_interrupting;

#if CONFIG_IOB_NCHAINS > 1
static struct iob_queue_s g_queue;
#endif

static unsigned int below(struct racer_s *me, unsigned int limit)
{
  me->seed = me->seed * 1664525 + 1013904223;
  return (unsigned int)(((uint64_t)me->seed * limit) >> 32);
}

/* The interrupt takes and gives back, whatever it interrupts */

static void isr_race(void)
{
  struct iob_s *iob = iob_alloc(true);

  if (iob != NULL)
    {
      iob_free(iob);
    }
}

static void race_queue(struct racer_s *me)
{
#if CONFIG_IOB_NCHAINS > 1
  struct iob_s *iob;

  if (below(me, 2) && me->nheld > 0)
    {
      if (iob_tryadd_queue(me->held[me->nheld - 1], &g_queue) == 0)
        {
          me->nheld--;
        }
    }
  else if ((iob = iob_remove_queue(&g_queue)) != NULL)
    {
      iob_free_chain(iob);
    }
#else
  (void)me;
#endif
}

static void *race(void *arg)
{
  struct racer_s *me = arg;
  unsigned long i;

  for (i = 0; i < g_nsteps; i++)
    {
      unsigned int what = below(me, 8);
      int navail = iob_navail(below(me, 2));

      assert_true(navail >= 0 && navail <= NBUFFERS);
      if (what < 4 && me->nheld < NHELD)
        {
          struct iob_s *iob = iob_timedalloc(below(me, 2), below(me, 2));

          if (iob != NULL)
            {
              memset(iob->io_data, (int)me->seed, CONFIG_IOB_BUFSIZE);
              me->held[me->nheld++] = iob;
              me->ngot++;
            }
          else
            {
              me->nvain++;
            }
        }
      else if (what < 7 && me->nheld > 0)
        {
          iob_free(me->held[--me->nheld]);
        }
      else
        {
          race_queue(me);
        }
    }

  while (me->nheld > 0)
    {
      iob_free(me->held[--me->nheld]);
    }

  /* Whom an interrupt may hit must be alive */

  __atomic_fetch_sub(&g_nracing, 1, __ATOMIC_RELEASE);
  while (__atomic_load_n(&g_interrupting, __ATOMIC_ACQUIRE))
    {
      sched_yield();
    }

  return NULL;
}

static void *interrupts(void *arg)
{
  (void)arg;
  while (__atomic_load_n(&g_nracing, __ATOMIC_ACQUIRE) > 0)
    {
      unsigned int i;

      for (i = 0; i < NTHREADS; i++)
        {
          host_interrupt_raise(g_racers[i].thread);
        }

      sched_yield();
    }

  __atomic_store_n(&g_interrupting, false, __ATOMIC_RELEASE);
  return NULL;
}

static void test_tasks_that_race_lose_nothing(void **state)
{
  pthread_t thread;
  unsigned int i;

  (void)state;
  g_nsteps = getenv("GATE") != NULL ? 2000000 : 50000;
  g_nracing = NTHREADS;
  g_interrupting = true;
  memset(g_racers, 0, sizeof(g_racers));
#if CONFIG_IOB_NCHAINS > 1
  IOB_QINIT(&g_queue);
#endif

  assert_int_equal(host_interrupt_install(isr_race), 0);

  for (i = 0; i < NTHREADS; i++)
    {
      g_racers[i].seed = 20263 + i;
      assert_int_equal(pthread_create(&g_racers[i].thread, NULL, race,
                                      &g_racers[i]), 0);
    }

  assert_int_equal(pthread_create(&thread, NULL, interrupts, NULL), 0);

  for (i = 0; i < NTHREADS; i++)
    {
      pthread_join(g_racers[i].thread, NULL);
      print_message("%lu buffers, %lu waits in vain\n", g_racers[i].ngot,
                    g_racers[i].nvain);
    }

  pthread_join(thread, NULL);
  print_message("%lu interrupts\n", host_interrupt_count());
  assert_true(host_interrupt_count() > 0);
  assert_int_equal(host_interrupt_install(NULL), 0);
#if CONFIG_IOB_NCHAINS > 1
  iob_free_queue(&g_queue);
#endif
  check_waiting(0, 0);
  check_idle();

  hoard_all_but(0);
  release_all();
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test_setup_teardown(test_tasks_that_race_lose_nothing,
                                    setup, teardown),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif /* HOST_PTHREAD */
