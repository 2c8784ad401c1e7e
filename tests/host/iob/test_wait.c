/* tests/host/iob/test_wait.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Those who wait for memory.  Goal: a wait ends with memory or leaves no
 * trace; those who wait are served in turn; nobody starves, and no class
 * holds up another; the minimum of every holder and the notifier keep their
 * promises.  Method: each task that may block has a stack of its own
 * (ucontext) and runs until it blocks; host_block_hook then returns to the
 * test, which frees, looks, and says how the wait goes on.  So every order
 * of events is the one that the test wrote down, and time is virtual.
 *
 * Tasks only allocate: all comparing is done by the test itself.
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
#include <ucontext.h>

#include <cmocka.h>

#include <nuttx/clock.h>
#include <nuttx/mm/iob.h>

#include "host_port.h"

#ifdef CONFIG_IOB_DEBUG
#  define GUARD 8
#else
#  define GUARD 0
#endif

/* Memory is taken and asked for in pieces of two granules */

#define PIECE      (2 * IOB_GRANULE)
#define LUMP       (8 * IOB_GRANULE)
#define ASK(n)     ((n) * PIECE - GUARD)
#define MAXPIECES  4096
#define MAXTASKS   40
#define STACKSIZE  262144
#define SOON       10
#define LATER      1000000

/* A task that allocates once */

struct task_s
{
  ucontext_t context;
  void *stack;
  const void *holder;            /* Not NULL: iob_alloc_minimum() */
  unsigned int size;
  enum iob_class_e cls;
  unsigned int timeout;
  struct iob_s *iob;             /* What it got */
  bool finished;
  int answer;                    /* What its hook shall return */
  uint32_t ticks;                /* What its hook was told last */
};

struct hoard_s
{
  struct iob_s *iob[MAXPIECES];
  unsigned int n;
};

static struct task_s g_task[MAXTASKS];
static unsigned int g_ntasks;
static struct task_s *g_current;       /* NULL: the test */
static struct task_s *g_expire;        /* See __wrap_nxsem_post() */
static ucontext_t g_main;
static struct hoard_s g_hoard[IOB_NCLASSES];
static struct hoard_s g_more;
static struct iob_info_s g_start;
static int g_throttled;
static uint32_t g_random;
static uint8_t g_holder[64];           /* Addresses of holders */

int __real_nxsem_post(sem_t *sem);
int __wrap_nxsem_post(sem_t *sem);

/* Tasks */

static int block_hook(sem_t *sem, uint32_t ticks)
{
  struct task_s *task = g_current;

  (void)sem;
  if (task == NULL)
    {
      return 0;
    }

  task->ticks = ticks;
  swapcontext(&task->context, &g_main);
  return task->answer;
}

static void task_main(void)
{
  struct task_s *task = g_current;

  task->iob = task->holder != NULL ?
    iob_alloc_minimum(task->holder, task->size, 0, task->cls,
                      task->timeout) :
    iob_timedalloc_contig(task->size, 0, task->cls, task->timeout);
  task->finished = true;
}

static void resume(struct task_s *task, int answer)
{
  task->answer = answer;
  g_current    = task;
  swapcontext(&g_main, &task->context);
  g_current    = NULL;

  if (task->finished)
    {
      free(task->stack);
      task->stack = NULL;
    }
}

static void prepare(struct task_s *task)
{
  getcontext(&task->context);
  task->stack                    = malloc(STACKSIZE);
  task->context.uc_stack.ss_sp   = task->stack;
  task->context.uc_stack.ss_size = STACKSIZE;
  task->context.uc_link          = &g_main;
  assert_non_null(task->stack);
  makecontext(&task->context, task_main, 0);
}

/* Start a task: it runs until it has its memory, or blocks */

static struct task_s *start(const void *holder, unsigned int size,
                            enum iob_class_e cls, unsigned int timeout)
{
  struct task_s *task = NULL;
  unsigned int i;

  for (i = 0; i < g_ntasks && task == NULL; i++)
    {
      if (g_task[i].finished && g_task[i].iob == NULL)
        {
          task = &g_task[i];
        }
    }

  if (task == NULL)
    {
      assert_true(g_ntasks < MAXTASKS);
      task = &g_task[g_ntasks++];
    }

  memset(task, 0, sizeof(*task));
  task->holder  = holder;
  task->size    = size;
  task->cls     = cls;
  task->timeout = timeout;
  prepare(task);
  resume(task, 0);
  return task;
}

/* Let the task run on if it was woken; let its time be over */

static bool done(struct task_s *task)
{
  if (!task->finished)
    {
      resume(task, 1);
    }

  return task->finished;
}

static void expire(struct task_s *task)
{
  assert_false(task->finished);
  assert_int_not_equal(task->timeout, IOB_FOREVER);
  resume(task, 0);
  assert_true(task->finished);
}

/* The time of one task can be over between the moment when it is served and
 * the post that tells it: as if it ran on another CPU.
 */

int __wrap_nxsem_post(sem_t *sem)
{
  struct task_s *task = g_expire;

  if (task != NULL)
    {
      g_expire = NULL;
      resume(task, 0);
    }

  return __real_nxsem_post(sem);
}

/* Counting */

static struct iob_info_s info_now(void)
{
  struct iob_info_s info;

  memset(&info, 0, sizeof(info));
  iob_getinfo(&info);
  return info;
}

static uint32_t failures(const struct iob_info_s *info)
{
  return info->fail_views + info->fail_space + info->fail_frag +
         info->fail_class + info->fail_turn + info->fail_size;
}

/* All counts are the same but those of waits and failures */

static void assert_same_counts(struct iob_info_s a, struct iob_info_s b)
{
  a.nwaits     = b.nwaits;
  a.ntimeout   = b.ntimeout;
  a.fail_views = b.fail_views;
  a.fail_space = b.fail_space;
  a.fail_frag  = b.fail_frag;
  a.fail_class = b.fail_class;
  a.fail_turn  = b.fail_turn;
  a.fail_size  = b.fail_size;
  assert_memory_equal(&a, &b, sizeof(a));
}

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

static unsigned int draw(unsigned int n)
{
  g_random = g_random * 1664525 + 1013904223;
  return (g_random >> 8) % n;
}

/* Taking and freeing */

static int compare(const void *a, const void *b)
{
  const struct iob_s *x = *(struct iob_s * const *)a;
  const struct iob_s *y = *(struct iob_s * const *)b;

  return x->io_data < y->io_data ? -1 : 1;
}

/* A class takes all it can in pieces, sorted by address */

static void take_all(enum iob_class_e cls)
{
  struct hoard_s *hoard = &g_hoard[cls];
  struct iob_s *iob;

  while ((iob = iob_tryalloc_contig(ASK(1), 0, cls)) != NULL)
    {
      assert_true(hoard->n < MAXPIECES);
      hoard->iob[hoard->n++] = iob;
    }

  if (hoard->n > 1)
    {
      qsort(hoard->iob, hoard->n, sizeof(hoard->iob[0]), compare);
    }
}

/* All of the arena is taken; the first class has what is common */

static void fill_for(enum iob_class_e first)
{
  unsigned int cls;

  take_all(first);
  for (cls = IOB_NCLASSES; cls-- > 0; )
    {
      take_all(cls);
    }

  assert_int_equal(info_now().used, g_start.arena - g_start.standing);
}

static void fill(void)
{
  fill_for(IOB_CLASS_RING);
}

/* Free the last piece of a class, or any, and tell where it was */

static uint8_t *free_piece(enum iob_class_e cls)
{
  struct hoard_s *hoard = &g_hoard[cls];
  uint8_t *data;

  assert_true(hoard->n > 0);
  data = hoard->iob[--hoard->n]->io_data;
  assert_null(iob_free(hoard->iob[hoard->n]));
  return data;
}

/* Take n lumps that lie side by side, for TX, and tell where they begin.
 * Freed, all of them make room for one extent; pieces would not, as the
 * arena keeps the places of extents of up to 256 bytes apart.
 */

static const uint8_t *take_lumps(unsigned int n)
{
  unsigned int i;

  for (i = 0; i < n; i++)
    {
      g_more.iob[i] = iob_tryalloc_contig(LUMP - GUARD, 0, IOB_CLASS_TX);
      assert_non_null(g_more.iob[i]);
      assert_ptr_equal(g_more.iob[i]->io_data,
                       g_more.iob[0]->io_data + i * LUMP);
    }

  g_more.n = n;
  return g_more.iob[0]->io_data;
}

/* Forget the first n of a hoard, which have been freed */

static void drop_first(struct hoard_s *hoard, unsigned int n)
{
  memmove(&hoard->iob[0], &hoard->iob[n],
          (hoard->n - n) * sizeof(hoard->iob[0]));
  hoard->n -= n;
}

static void release(struct hoard_s *hoard)
{
  while (hoard->n > 0)
    {
      assert_null(iob_free(hoard->iob[--hoard->n]));
    }
}

/* Free all that tasks and test have; afterwards nobody may wait */

static void release_all(void)
{
  unsigned int i;
  bool any;

  for (i = 0; i < IOB_NCLASSES; i++)
    {
      release(&g_hoard[i]);
    }

  release(&g_more);

  /* What one gives back is perhaps what the next one waits for */

  do
    {
      any = false;
      for (i = 0; i < g_ntasks; i++)
        {
          if (done(&g_task[i]) && g_task[i].iob != NULL)
            {
              assert_null(iob_free(g_task[i].iob));
              g_task[i].iob = NULL;
              any = true;
            }
        }
    }
  while (any);

  for (i = 0; i < g_ntasks; i++)
    {
      assert_true(done(&g_task[i]));
    }

  g_ntasks = 0;
}

/* The task has finished, with a piece of this class, at this place */

static void assert_got(struct task_s *task, const uint8_t *data)
{
  assert_true(done(task));
  assert_non_null(task->iob);
  assert_ptr_equal(task->iob->io_data, data);
  assert_int_equal(IOB_BUFSIZE(task->iob), task->size);
  assert_int_equal(task->iob->io_len, 0);
}

static int setup(void **state)
{
  (void)state;
  host_port_reset();
  host_log_level  = LOG_CRIT;
  host_block_hook = block_hook;
  iob_initialize();
  memset(g_task, 0, sizeof(g_task));
  memset(g_hoard, 0, sizeof(g_hoard));
  memset(&g_more, 0, sizeof(g_more));
  g_ntasks    = 0;
  g_current   = NULL;
  g_expire    = NULL;
  g_random    = 1;
  g_start     = info_now();
  g_throttled = iob_navail(true);
  return 0;
}

/* The pool is complete: all its buffers can be had */

static void assert_complete(void)
{
  struct iob_info_s info = info_now();
  unsigned int i;

  assert_int_equal(iob_check(), 0);
  assert_int_equal(info.used, 0);
  assert_int_equal(info.views_used, 0);
  assert_int_equal(info.stats.nwait, 0);

  for (i = 0; i < CONFIG_IOB_NBUFFERS; i++)
    {
      g_more.iob[i] = iob_tryalloc(false);
      assert_non_null(g_more.iob[i]);
      g_more.n = i + 1;
    }

  assert_null(iob_tryalloc(false));
  release(&g_more);
  assert_int_equal(iob_navail(false), g_start.stats.nfree);
  assert_int_equal(iob_navail(true), g_throttled);
  assert_int_equal(iob_check(), 0);
}

static int teardown(void **state)
{
  (void)state;
  release_all();
  assert_complete();
  assert_int_equal(host_posts_under_lock(), 0);
  assert_false(host_irq_masked());
  return 0;
}

/* A wait that times out leaves no trace but in the counts of waits.  Every
 * class, several sizes, and a pool from which something is free, but not
 * enough.
 */

static void test_a_timed_out_wait_leaves_all_as_it_was(void **state)
{
  static const unsigned int pieces[] =
  {
    1, 2, 7
  };

  struct iob_info_s before;
  struct iob_info_s after;
  struct task_s *task;
  unsigned int cls;
  unsigned int i;

  (void)state;
  fill();
  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
        {
          before = info_now();
          task   = start(NULL, ASK(pieces[i]), cls, SOON);
          assert_false(task->finished);
          assert_int_equal(task->ticks, MSEC2TICK(SOON));
          assert_int_equal(info_now().stats.nwait, 1);
          assert_int_equal(iob_check(), 0);

          expire(task);
          after = info_now();
          assert_null(task->iob);
          assert_same_counts(before, after);
          assert_int_equal(after.nwaits, before.nwaits + 1);
          assert_int_equal(after.ntimeout, before.ntimeout + 1);
          assert_int_equal(failures(&after), failures(&before) + 1);
          assert_int_equal(iob_check(), 0);
        }
    }
}

static void test_a_wait_for_what_is_not_in_one_piece(void **state)
{
  struct iob_info_s before;
  struct task_s *task;

  (void)state;
  fill();
  free_piece(IOB_CLASS_TX);
  assert_null(iob_tryalloc_contig(ASK(2), 0, IOB_CLASS_TX));
  before = info_now();
  task   = start(NULL, ASK(2), IOB_CLASS_TX, SOON);
  assert_false(done(task));
  expire(task);
  assert_null(task->iob);
  assert_same_counts(before, info_now());

  /* One that fits does not wait */

  before = info_now();
  task   = start(NULL, ASK(1), IOB_CLASS_TX, SOON);
  assert_true(task->finished);
  assert_non_null(task->iob);
  assert_int_equal(info_now().nwaits, before.nwaits);
}

/* NuttX loses one buffer with each wait that times out.  After very many,
 * of all classes and sizes, everything can be allocated.
 */

static void test_many_timed_out_waits(void **state)
{
  unsigned int i;

  (void)state;
  fill();
  for (i = 0; i < 100000; i++)
    {
      if (i % 5 == 4)
        {
          assert_null(iob_timedalloc(i % 2 != 0, 1));
        }
      else
        {
          assert_null(iob_timedalloc_contig(ASK(1 + i % 3), 0,
                                            i % IOB_NCLASSES, 1));
        }
    }

  assert_int_equal(info_now().ntimeout, g_start.ntimeout + 100000);
  release_all();
  assert_complete();
}

/* First come, first served: each piece that is freed goes to the task that
 * waits longest, at the place of the piece.
 */

static void test_first_come_first_served(void **state)
{
  struct task_s *task[6];
  unsigned int cls;
  unsigned int i;
  unsigned int k;

  (void)state;
  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      fill_for(cls);
      for (i = 0; i < 6; i++)
        {
          task[i] = start(NULL, ASK(1), cls, IOB_FOREVER);
          assert_false(task[i]->finished);
        }

      for (i = 0; i < 6; i++)
        {
          const uint8_t *data = free_piece(cls);

          assert_int_equal(info_now().stats.nwait, 5 - i);
          for (k = 5; k > i; k--)
            {
              assert_false(done(task[k]));
            }

          assert_got(task[i], data);
        }

      assert_int_equal(info_now().npass, g_start.npass);
      release_all();
    }
}

/* A small one may pass a large one.  One of the same size, or a larger one,
 * may not.
 */

static void test_only_smaller_ones_pass(void **state)
{
  struct task_s *large;
  struct task_s *same;
  struct task_s *small;
  const uint8_t *low;
  const uint8_t *data;

  (void)state;
  low   = take_lumps(2);
  fill_for(IOB_CLASS_TX);
  large = start(NULL, 2 * LUMP - GUARD, IOB_CLASS_TX, IOB_FOREVER);
  same  = start(NULL, 2 * LUMP - GUARD, IOB_CLASS_TX, IOB_FOREVER);
  small = start(NULL, ASK(1), IOB_CLASS_TX, IOB_FOREVER);

  data = free_piece(IOB_CLASS_TX);
  assert_got(small, data);
  assert_false(done(large));
  assert_false(done(same));
  assert_int_equal(info_now().npass, g_start.npass + 1);

  iob_free(g_more.iob[0]);
  assert_false(done(large));
  iob_free(g_more.iob[1]);
  drop_first(&g_more, 2);
  assert_false(done(same));
  assert_got(large, low);
  assert_int_equal(info_now().npass, g_start.npass + 1);
}

/* A large waiter is passed CONFIG_IOB_MAXPASS times.  From then on what is
 * freed stays free until it suffices, and the large one is served before
 * any other of its class.
 */

static void test_a_large_waiter_is_passed_so_often(void **state)
{
  struct task_s *small[CONFIG_IOB_MAXPASS + 3];
  struct task_s *large;
  const uint8_t *low;
  unsigned int i;

  (void)state;
  low   = take_lumps(4);
  fill_for(IOB_CLASS_TX);
  large = start(NULL, 4 * LUMP - GUARD, IOB_CLASS_TX, IOB_FOREVER);
  for (i = 0; i < CONFIG_IOB_MAXPASS + 3; i++)
    {
      small[i] = start(NULL, ASK(1), IOB_CLASS_TX, IOB_FOREVER);
    }

  for (i = 0; i < CONFIG_IOB_MAXPASS; i++)
    {
      const uint8_t *data = free_piece(IOB_CLASS_TX);

      assert_got(small[i], data);
      assert_false(done(large));
      assert_int_equal(info_now().npass, g_start.npass + i + 1);
    }

  /* A piece that the large one can not use, then three that are not enough;
   * nobody else gets them, who waits or not
   */

  free_piece(IOB_CLASS_TX);
  assert_false(done(small[CONFIG_IOB_MAXPASS]));
  for (i = 0; i < 3; i++)
    {
      iob_free(g_more.iob[i]);
      assert_false(done(large));
      assert_false(done(small[CONFIG_IOB_MAXPASS]));
      assert_null(iob_tryalloc_contig(1, 0, IOB_CLASS_TX));
      assert_int_equal(iob_navail(false), 0);
    }

  iob_free(g_more.iob[3]);
  drop_first(&g_more, 4);
  assert_got(large, low);
  assert_int_equal(info_now().npass, g_start.npass + CONFIG_IOB_MAXPASS);

  /* Now the one piece is there for the next */

  assert_true(done(small[CONFIG_IOB_MAXPASS]));
  assert_non_null(small[CONFIG_IOB_MAXPASS]->iob);
  assert_false(done(small[CONFIG_IOB_MAXPASS + 1]));
  assert_got(small[CONFIG_IOB_MAXPASS + 1], free_piece(IOB_CLASS_TX));
  assert_got(small[CONFIG_IOB_MAXPASS + 2], free_piece(IOB_CLASS_TX));
}

/* Those who do not wait pass as well, and no more often */

static void test_those_who_do_not_wait_pass_so_often(void **state)
{
  struct iob_info_s before;
  struct task_s *large;
  struct iob_s *iob;
  const uint8_t *low;
  unsigned int i;

  (void)state;
  low   = take_lumps(2);
  fill_for(IOB_CLASS_TX);
  large = start(NULL, 2 * LUMP - GUARD, IOB_CLASS_TX, IOB_FOREVER);
  iob_free(g_more.iob[0]);

  for (i = 0; i < CONFIG_IOB_MAXPASS; i++)
    {
      iob = iob_tryalloc_contig(1, 0, IOB_CLASS_TX);
      assert_non_null(iob);
      iob_free(iob);
    }

  before = info_now();
  assert_int_equal(before.npass, g_start.npass + CONFIG_IOB_MAXPASS);
  assert_null(iob_tryalloc_contig(1, 0, IOB_CLASS_TX));
  assert_null(iob_alloc_dynamic(1));
  assert_int_equal(info_now().fail_turn, before.fail_turn + 2);
  assert_false(done(large));

  iob_free(g_more.iob[1]);
  drop_first(&g_more, 2);
  assert_got(large, low);
}

/* No class holds up another, however long the first of it waits: also when
 * nothing of its own class may pass it any more.
 */

static void test_no_class_holds_up_another(void **state)
{
  static const enum iob_class_e classes[] =
  {
    IOB_CLASS_RX, IOB_CLASS_TX, IOB_CLASS_RING
  };

  struct task_s *large;
  struct task_s *small[3];
  struct task_s *behind;
  unsigned int i;

  (void)state;
  g_hoard[IOB_CLASS_RING].iob[0] =
    iob_tryalloc_contig(ASK(1), 0, IOB_CLASS_RING);
  assert_non_null(g_hoard[IOB_CLASS_RING].iob[0]);
  g_hoard[IOB_CLASS_RING].n = 1;
  take_all(IOB_CLASS_RX);
  take_all(IOB_CLASS_TX);
  take_all(IOB_CLASS_CTRL);

  large = start(NULL, common_bytes() - GUARD, IOB_CLASS_CTRL, LATER);
  iob_free(g_hoard[IOB_CLASS_CTRL].iob[--g_hoard[IOB_CLASS_CTRL].n]);
  for (i = 0; i < CONFIG_IOB_MAXPASS; i++)
    {
      struct iob_s *iob = iob_tryalloc_contig(1, 0, IOB_CLASS_CTRL);

      assert_non_null(iob);
      iob_free(iob);
    }

  behind = start(NULL, ASK(1), IOB_CLASS_CTRL, LATER);
  assert_false(behind->finished);

  for (i = 0; i < 3; i++)
    {
      small[i] = start(NULL, ASK(1), classes[i], LATER);
      assert_false(small[i]->finished);
      assert_got(small[i], free_piece(classes[i]));
      assert_false(done(behind));
      assert_false(done(large));
    }

  /* When the large one gives up, the one behind it has its turn at once */

  expire(large);
  assert_null(large->iob);
  assert_true(done(behind));
  assert_non_null(behind->iob);
}

/* What one class waits for it does not get from the reserve of another */

static void test_a_waiter_gets_no_reserve_of_another(void **state)
{
  struct task_s *task;

  (void)state;
  take_all(IOB_CLASS_RX);
  take_all(IOB_CLASS_CTRL);
  task = start(NULL, ASK(1), IOB_CLASS_RX, SOON);
  release(&g_hoard[IOB_CLASS_CTRL]);
  assert_int_equal(info_now().class_used[IOB_CLASS_CTRL], 0);
  assert_false(done(task));
  expire(task);
  assert_null(task->iob);
}

/* Giving up in the middle of the queue changes nothing for the others */

static void test_one_in_the_middle_gives_up(void **state)
{
  struct task_s *task[3];
  unsigned int i;

  (void)state;
  fill_for(IOB_CLASS_TX);
  for (i = 0; i < 3; i++)
    {
      task[i] = start(NULL, ASK(1), IOB_CLASS_TX, i == 1 ? SOON : LATER);
    }

  expire(task[1]);
  assert_null(task[1]->iob);
  assert_int_equal(info_now().stats.nwait, 2);
  assert_got(task[0], free_piece(IOB_CLASS_TX));
  assert_got(task[2], free_piece(IOB_CLASS_TX));

  /* The last one gives up, and one more comes: the queue has its end */

  task[0] = start(NULL, ASK(1), IOB_CLASS_TX, LATER);
  task[1] = start(NULL, ASK(1), IOB_CLASS_TX, SOON);
  expire(task[1]);
  task[2] = start(NULL, ASK(1), IOB_CLASS_TX, LATER);
  assert_got(task[0], free_piece(IOB_CLASS_TX));
  assert_got(task[2], free_piece(IOB_CLASS_TX));
}

/* An extent is common memory or lies in a reserve, which is smaller here.
 * What can never be had is refused at once, however long the caller would
 * wait, in an empty pool and in a full one.  One granule less is waited for.
 */

static void test_impossible_sizes_are_not_waited_for(void **state)
{
  unsigned int full;
  unsigned int cls;

  (void)state;
  for (full = 0; full < 2; full++)
    {
      if (full)
        {
          fill();
        }

      for (cls = 0; cls < IOB_NCLASSES; cls++)
        {
          unsigned int most = common_bytes() - GUARD;
          struct iob_info_s before = info_now();
          struct task_s *task;

          assert_true(start(NULL, most + 1, cls, IOB_FOREVER)->finished);
          assert_true(start(NULL, IOB_MAXEXTENT, cls,
                            IOB_FOREVER)->finished);
          assert_true(start(NULL, IOB_MAXEXTENT + 1, cls,
                            IOB_FOREVER)->finished);
          assert_true(start(NULL, UINT_MAX, cls, IOB_FOREVER)->finished);
          assert_null(iob_alloc_contig(UINT_MAX, UINT_MAX, cls));
          assert_null(iob_alloc_contig(most, 1, cls));
          assert_same_counts(before, info_now());
          assert_int_equal(info_now().nwaits, before.nwaits);

          task = start(NULL, most, cls, SOON);
          assert_int_equal(task->finished, !full);
          if (full)
            {
              expire(task);
              assert_null(task->iob);
            }
          else
            {
              iob_free(task->iob);
              task->iob = NULL;
            }
        }
    }
}

/* In an interrupt, and in the idle task, nothing waits */

static unsigned int g_nisr;

static void alloc_isr(void *arg)
{
  (void)arg;
  g_nisr += iob_alloc(false) == NULL;
  g_nisr += iob_alloc(true) == NULL;
  g_nisr += iob_timedalloc(false, LATER) == NULL;
  g_nisr += iob_alloc_contig(1, 0, IOB_CLASS_CTRL) == NULL;
  g_nisr += iob_timedalloc_contig(1, 0, IOB_CLASS_RX, LATER) == NULL;
  g_nisr += iob_timedalloc_contig(1, 0, IOB_CLASS_RX, IOB_FOREVER) == NULL;
}

static void test_an_interrupt_does_not_wait(void **state)
{
  struct iob_info_s before;

  (void)state;
  fill();
  before = info_now();
  g_nisr = 0;
  assert_true(host_interrupt(alloc_isr, NULL));
  assert_int_equal(g_nisr, 6);
  assert_same_counts(before, info_now());
  assert_int_equal(info_now().nwaits, before.nwaits);

  host_set_idletask(true);
  alloc_isr(NULL);
  host_set_idletask(false);
  assert_int_equal(g_nisr, 12);
  assert_same_counts(before, info_now());
  assert_int_equal(info_now().nwaits, before.nwaits);
}

static void free_isr(void *arg)
{
  iob_free(arg);
}

static void test_memory_freed_in_an_interrupt_wakes(void **state)
{
  struct hoard_s *hoard = &g_hoard[IOB_CLASS_TX];
  struct task_s *first;
  struct task_s *second;
  const uint8_t *data;

  (void)state;
  fill_for(IOB_CLASS_TX);
  first  = start(NULL, ASK(1), IOB_CLASS_TX, IOB_FOREVER);
  second = start(NULL, ASK(1), IOB_CLASS_TX, SOON);
  data   = hoard->iob[--hoard->n]->io_data;
  assert_true(host_interrupt(free_isr, hoard->iob[hoard->n]));
  assert_false(done(second));
  assert_got(first, data);
  expire(second);
  assert_null(second->iob);
}

/* What is freed by the last view of shared data wakes; what others still
 * view does not.
 */

static void test_the_last_view_wakes(void **state)
{
  struct iob_s *iob = iob_tryalloc_contig(ASK(1), 0, IOB_CLASS_TX);
  struct iob_s *view;
  struct task_s *task;

  (void)state;
  assert_non_null(iob);
  iob->io_len    = 10;
  iob->io_pktlen = 10;
  memset(IOB_DATA(iob), 1, 10);
  view = iob_share(iob, 0, 10);
  assert_non_null(view);
  take_all(IOB_CLASS_TX);

  task = start(NULL, ASK(1), IOB_CLASS_TX, LATER);
  assert_null(iob_free(iob));
  assert_false(done(task));
  assert_null(iob_free(view));
  assert_true(done(task));
  assert_non_null(task->iob);
}

/* One who waits for a view gets it when a view is freed */

static void test_a_view_can_be_waited_for(void **state)
{
  struct iob_s *iob = iob_tryalloc_contig(ASK(1), 0, IOB_CLASS_TX);
  struct iob_s *view;
  struct task_s *task;

  (void)state;
  assert_non_null(iob);
  iob->io_len    = 1;
  iob->io_pktlen = 1;
  *IOB_DATA(iob) = 1;
  g_more.iob[g_more.n++] = iob;
  while ((view = iob_share(iob, 0, 1)) != NULL)
    {
      g_more.iob[g_more.n++] = view;
    }

  task = start(NULL, ASK(1), IOB_CLASS_TX, SOON);
  assert_false(done(task));
  expire(task);
  assert_null(task->iob);

  task = start(NULL, ASK(1), IOB_CLASS_TX, IOB_FOREVER);
  assert_null(iob_free(g_more.iob[--g_more.n]));
  assert_true(done(task));
  assert_non_null(task->iob);
}

/* Served in the last moment: the time is over after the memory has been
 * handed over, and before the post.  The task has the memory, once.
 */

static void test_served_in_the_last_moment(void **state)
{
  struct iob_info_s before;
  struct task_s *task;
  struct task_s *next;
  const uint8_t *data;

  (void)state;
  fill_for(IOB_CLASS_TX);
  before   = info_now();
  task     = start(NULL, ASK(1), IOB_CLASS_TX, SOON);
  next     = start(NULL, ASK(1), IOB_CLASS_TX, LATER);
  g_expire = task;
  data     = free_piece(IOB_CLASS_TX);
  assert_null(g_expire);

  assert_got(task, data);
  assert_false(done(next));
  assert_int_equal(info_now().ntimeout, before.ntimeout);
  assert_int_equal(info_now().used, before.used);
  assert_int_equal(info_now().stats.nwait, 1);
  assert_got(next, free_piece(IOB_CLASS_TX));
}

/* Served, but its time is over before it runs again: it has the memory */

static void test_served_and_late_to_run(void **state)
{
  struct task_s *task;
  const uint8_t *data;

  (void)state;
  fill_for(IOB_CLASS_TX);
  task = start(NULL, ASK(1), IOB_CLASS_TX, SOON);
  data = free_piece(IOB_CLASS_TX);
  host_clock_advance(10 * MSEC2TICK(SOON));
  assert_got(task, data);
}

/* The calls of NuttX wait in the same queues */

static void test_a_throttled_wait_is_not_served_from_the_throttle(
  void **state)
{
  struct task_s *task;
  struct iob_s *rx[CONFIG_IOB_NBUFFERS + 8];
  unsigned int n = 0;

  (void)state;
  while ((rx[n] = iob_tryalloc(true)) != NULL)
    {
      n++;
    }

  assert_true(iob_navail(false) >= CONFIG_IOB_THROTTLE);
  assert_null(iob_timedalloc(true, SOON));
  task = start(NULL, CONFIG_IOB_BUFSIZE, IOB_CLASS_RX, SOON);
  assert_false(done(task));

  /* Data to be sent comes and goes: it is not for the throttled one */

  iob_free(iob_tryalloc(false));
  assert_false(done(task));
  iob_free(rx[--n]);
  assert_true(done(task));
  assert_non_null(task->iob);

  while (n > 0)
    {
      iob_free(rx[--n]);
    }
}

/* A random walk of tasks that wait, give up and are served.  Whoever is
 * served, no other of its class came earlier and wanted no more; and as
 * soon as all memory is free nobody waits.
 */

static unsigned int g_came[MAXTASKS];  /* When each task came */

static void check_order(unsigned int served)
{
  unsigned int i;

  for (i = 0; i < g_ntasks; i++)
    {
      if (!g_task[i].finished && g_task[i].cls == g_task[served].cls &&
          g_came[i] < g_came[served] &&
          g_task[i].size <= g_task[served].size && !done(&g_task[i]))
        {
          fail_msg("%u came before %u", g_came[i], g_came[served]);
        }
    }
}

static void walk_step(unsigned int step)
{
  unsigned int i = draw(MAXTASKS);
  enum iob_class_e cls = draw(IOB_NCLASSES);
  struct task_s *task = &g_task[i];

  if (draw(3) == 0 && g_hoard[cls].n > 0)
    {
      free_piece(cls);
      for (i = 0; i < g_ntasks; i++)
        {
          if (!g_task[i].finished && done(&g_task[i]) &&
              g_task[i].iob != NULL)
            {
              check_order(i);
            }
        }
    }
  else if (i < g_ntasks && task->finished && task->iob != NULL)
    {
      iob_free(task->iob);
      task->iob = NULL;
    }
  else if (i < g_ntasks && !task->finished && draw(4) == 0 && !done(task))
    {
      resume(task, 0);
      assert_true(task->finished);
    }
  else if (draw(2) == 0)
    {
      struct iob_s *iob = iob_tryalloc_contig(ASK(1), 0, cls);

      if (iob != NULL)
        {
          g_hoard[cls].iob[g_hoard[cls].n++] = iob;
        }
    }
  else if (g_ntasks < MAXTASKS - 1)
    {
      task = start(NULL, ASK(1 + draw(5)), cls, 1 + draw(200));
      g_came[task - g_task] = step;
    }
}

static void test_a_random_walk_of_waiters(void **state)
{
  unsigned int seed;
  unsigned int i;

  (void)state;
  for (seed = 1; seed <= 12; seed++)
    {
      g_random = seed * 1000;
      fill();
      for (i = 0; i < 800; i++)
        {
          walk_step(i);
          if (i % 8 == 0 && iob_check() != 0)
            {
              fail_msg("seed %u, step %u", seed, i);
            }
        }

      assert_true(info_now().nwaits > 0);
      for (i = 0; i < g_ntasks; i++)
        {
          if (g_task[i].finished && g_task[i].iob != NULL)
            {
              iob_free(g_task[i].iob);
              g_task[i].iob = NULL;
            }
        }

      release_all();
      assert_complete();
    }
}

/* The minimum of every holder */

static struct iob_s *minimum(unsigned int holder, enum iob_class_e cls)
{
  return iob_alloc_minimum(&g_holder[holder], IOB_MINSEGMENT, IOB_MINHEAD,
                           cls, 0);
}

/* The holders 0.. have all standing extents of a class */

static void take_standing(enum iob_class_e cls)
{
  unsigned int i;

  for (i = 0; i < CONFIG_IOB_NMINIMUM; i++)
    {
      g_more.iob[g_more.n] = minimum(i, cls);
      assert_non_null(g_more.iob[g_more.n]);
      g_more.n++;
    }
}

static void test_the_minimum_is_ordinary_memory_first(void **state)
{
  unsigned int i;

  (void)state;
  for (i = 0; i < 4; i++)
    {
      struct iob_s *iob = minimum(0, i % 2);

      assert_non_null(iob);
      assert_int_equal(iob->io_offset, IOB_MINHEAD);
      assert_true(IOB_FREESPACE(iob) >= IOB_MINSEGMENT);
      assert_int_equal(info_now().class_views[i % 2], i / 2 + 1);
      g_more.iob[g_more.n++] = iob;
    }

  assert_int_equal(info_now().nminimum, g_start.nminimum);
}

/* One per holder and direction, and no more of them than there are */

static void test_one_minimum_per_holder_and_direction(void **state)
{
  unsigned int cls;

  (void)state;
  fill();
  for (cls = IOB_CLASS_RX; cls <= IOB_CLASS_TX; cls++)
    {
      struct iob_s *iob = minimum(7, cls);
      struct iob_info_s before;

      assert_non_null(iob);
      assert_int_equal(iob->io_offset, IOB_MINHEAD);
      assert_int_equal(iob->io_len, 0);
      assert_true(IOB_FREESPACE(iob) >= IOB_MINSEGMENT);
      assert_true(iob_writable(iob));

      /* Not a second one, and nothing to wait for */

      before = info_now();
      assert_null(minimum(7, cls));
      assert_true(start(&g_holder[7], 1, cls, IOB_FOREVER)->finished);
      assert_null(iob_alloc_minimum(&g_holder[7], 0, 0, cls, SOON));
      assert_same_counts(before, info_now());
      assert_int_equal(info_now().nwaits, before.nwaits);
      iob_free(iob);

      take_standing(cls);
      assert_int_equal(iob_check(), 0);
      assert_null(minimum(CONFIG_IOB_NMINIMUM, cls));
      assert_null(minimum(0, cls));
    }

  assert_int_equal(info_now().nminimum,
                   g_start.nminimum + 2 + 2 * CONFIG_IOB_NMINIMUM);
}

static void test_bad_arguments_get_no_minimum(void **state)
{
  struct iob_info_s before;
  unsigned int full;

  (void)state;
  for (full = 0; full < 2; full++)
    {
      before = info_now();
      assert_null(iob_alloc_minimum(NULL, 1, 0, IOB_CLASS_RX, SOON));
      assert_null(iob_alloc_minimum(g_holder, IOB_MINSEGMENT + 1, 0,
                                    IOB_CLASS_RX, IOB_FOREVER));
      assert_null(iob_alloc_minimum(g_holder, 1, IOB_MINHEAD + 1,
                                    IOB_CLASS_TX, IOB_FOREVER));
      assert_null(iob_alloc_minimum(g_holder, UINT_MAX, 1, IOB_CLASS_TX, 0));
      assert_null(iob_alloc_minimum(g_holder, 1, UINT_MAX, IOB_CLASS_TX, 0));
      assert_null(iob_alloc_minimum(g_holder, 1, 0, IOB_CLASS_CTRL, SOON));
      assert_null(iob_alloc_minimum(g_holder, 1, 0, IOB_CLASS_RING, 0));
      assert_null(iob_alloc_minimum(g_holder, 1, 0, IOB_NCLASSES, 0));
      assert_same_counts(before, info_now());
      fill();
    }
}

/* The extents are whole: the bytes of one are no bytes of another */

static void test_minimums_do_not_overlap(void **state)
{
  unsigned int i;
  unsigned int k;

  (void)state;
  fill();
  take_standing(IOB_CLASS_RX);
  take_standing(IOB_CLASS_TX);
  for (i = 0; i < g_more.n; i++)
    {
      memset(g_more.iob[i]->io_data, 0x31 + i,
             IOB_MINHEAD + IOB_MINSEGMENT);
    }

  for (i = 0; i < g_more.n; i++)
    {
      for (k = 0; k < IOB_MINHEAD + IOB_MINSEGMENT; k++)
        {
          assert_int_equal(g_more.iob[i]->io_data[k], 0x31 + i);
        }
    }

  assert_int_equal(iob_check(), 0);
}

/* When all have theirs, those who wait are served in turn, each direction
 * for itself.
 */

static void test_minimums_are_served_in_turn(void **state)
{
  struct task_s *task[4];
  struct task_s *other;
  unsigned int i;

  (void)state;
  fill();
  take_standing(IOB_CLASS_TX);
  other = start(&g_holder[20], 100, IOB_CLASS_RX, IOB_FOREVER);
  assert_true(other->finished);
  assert_non_null(other->iob);

  for (i = 0; i < 4; i++)
    {
      task[i] = start(&g_holder[10 + i], 100, IOB_CLASS_TX, IOB_FOREVER);
      assert_false(task[i]->finished);
    }

  /* One who does not wait does not pass them */

  assert_null(minimum(30, IOB_CLASS_TX));
  for (i = 0; i < 4; i++)
    {
      struct iob_s *iob = i < CONFIG_IOB_NMINIMUM ?
                          g_more.iob[--g_more.n] :
                          task[i - CONFIG_IOB_NMINIMUM]->iob;

      if (i >= CONFIG_IOB_NMINIMUM)
        {
          task[i - CONFIG_IOB_NMINIMUM]->iob = NULL;
        }

      if (i < 3)
        {
          assert_false(done(task[i + 1]));
        }

      assert_false(done(task[i]));
      assert_null(iob_free(iob));
      assert_null(minimum(31, IOB_CLASS_TX));
      assert_true(done(task[i]));
      assert_non_null(task[i]->iob);
    }
}

/* A holder that has its segment and waits for another one holds up nobody */

static void test_a_holder_with_two_wishes_holds_up_nobody(void **state)
{
  struct task_s *first;
  struct task_s *second;
  struct task_s *third;

  (void)state;
  fill();
  take_standing(IOB_CLASS_RX);
  first  = start(&g_holder[10], 1, IOB_CLASS_RX, IOB_FOREVER);
  second = start(&g_holder[10], 1, IOB_CLASS_RX, SOON);
  third  = start(&g_holder[11], 1, IOB_CLASS_RX, IOB_FOREVER);

  iob_free(g_more.iob[--g_more.n]);
  assert_true(done(first));
  assert_false(done(second));
  iob_free(g_more.iob[--g_more.n]);
  assert_false(done(second));
  assert_true(done(third));
  assert_non_null(third->iob);
}

static void test_a_minimum_that_times_out(void **state)
{
  struct iob_info_s before;
  struct task_s *task;

  (void)state;
  fill();
  take_standing(IOB_CLASS_TX);
  before = info_now();
  task   = start(&g_holder[10], 1, IOB_CLASS_TX, SOON);
  assert_false(done(task));
  assert_int_equal(iob_check(), 0);
  expire(task);
  assert_null(task->iob);
  assert_same_counts(before, info_now());
  assert_int_equal(info_now().ntimeout, before.ntimeout + 1);

  /* It has nothing, and is entitled still */

  iob_free(g_more.iob[--g_more.n]);
  g_more.iob[g_more.n] = minimum(10, IOB_CLASS_TX);
  assert_non_null(g_more.iob[g_more.n++]);
}

/* Ordinary memory will do as well, but not past those who wait for it */

static void test_a_minimum_waits_for_ordinary_memory_too(void **state)
{
  struct task_s *task;
  struct task_s *large;

  (void)state;
  fill_for(IOB_CLASS_TX);
  take_standing(IOB_CLASS_TX);
  task = start(&g_holder[10], ASK(1), IOB_CLASS_TX, IOB_FOREVER);
  assert_false(done(task));
  assert_got(task, free_piece(IOB_CLASS_TX));

  large = start(NULL, ASK(3), IOB_CLASS_TX, IOB_FOREVER);
  task  = start(&g_holder[11], ASK(1), IOB_CLASS_TX, IOB_FOREVER);
  free_piece(IOB_CLASS_TX);
  assert_false(done(large));
  assert_false(done(task));
  iob_free(g_more.iob[--g_more.n]);
  assert_true(done(task));
  assert_non_null(task->iob);
}

/* It returns to its place when its last view goes, whichever that is; until
 * then its holder has it.
 */

static void test_a_shared_minimum_returns_with_its_last_view(void **state)
{
  unsigned int last;

  (void)state;
  fill();
  for (last = 0; last < 4; last++)
    {
      struct iob_s *view[2];

      view[0] = minimum(5, IOB_CLASS_TX);
      assert_non_null(view[0]);
      assert_int_equal(iob_trycopyin(view[0], g_holder, 50, 0, false), 50);
      view[1] = iob_share(view[0], 10, 40);
      assert_non_null(view[1]);
      assert_false(iob_writable(view[0]));
      assert_false(iob_writable(view[1]));
      assert_int_equal(iob_check(), 0);

      assert_null(iob_free(view[last % 2]));
      assert_int_equal(iob_check(), 0);
      assert_null(minimum(5, IOB_CLASS_TX));

      if (last >= 2)
        {
          /* The view that is left is shared once more */

          struct iob_s *again = iob_share(view[1 - last % 2], 0, 5);

          assert_non_null(again);
          assert_null(iob_free(view[1 - last % 2]));
          view[1 - last % 2] = again;
          assert_null(minimum(5, IOB_CLASS_TX));
        }

      assert_null(iob_free(view[1 - last % 2]));
      assert_int_equal(info_now().views_used,
                       info_now().used / PIECE);
      assert_int_equal(iob_check(), 0);
    }

  take_standing(IOB_CLASS_TX);
}

/* A copy on write leaves the standing extent to the other view.  Without
 * memory for the copy nothing changes.
 */

static void test_a_shared_minimum_is_copied_on_write(void **state)
{
  struct iob_s *iob;
  struct iob_s *view;
  const uint8_t *data;
  uint8_t bytes[50];

  (void)state;
  fill();
  memset(bytes, 0x77, sizeof(bytes));
  iob = minimum(5, IOB_CLASS_TX);
  assert_non_null(iob);
  assert_int_equal(iob_trycopyin(iob, bytes, 50, 0, false), 50);
  view = iob_share(iob, 0, 50);
  assert_non_null(view);
  data = IOB_DATA(view);

  assert_int_equal(iob_unshare(iob), -ENOMEM);
  assert_ptr_equal(IOB_DATA(iob), data);
  assert_int_equal(iob_check(), 0);

  release(&g_hoard[IOB_CLASS_TX]);
  assert_int_equal(iob_unshare(iob), 0);
  assert_ptr_not_equal(IOB_DATA(iob), data);
  assert_memory_equal(IOB_DATA(iob), bytes, 50);
  assert_memory_equal(data, bytes, 50);
  IOB_DATA(iob)[0] = 1;
  assert_int_equal(data[0], 0x77);
  assert_int_equal(iob_check(), 0);

  /* The view has the standing extent; with it goes the claim */

  assert_null(iob_free(view));
  view = minimum(5, IOB_CLASS_TX);
  assert_non_null(view);
  iob_free(view);
  iob_free(iob);
  assert_int_equal(iob_check(), 0);
}

/* When no view is left, either, the standing ones are still to be had */

static void test_a_minimum_needs_no_view(void **state)
{
  struct iob_s *view;
  unsigned int cls;

  (void)state;
  for (cls = IOB_CLASS_RX; cls <= IOB_CLASS_TX; cls++)
    {
      struct iob_s *iob = iob_tryalloc_contig(1, 0, cls);

      assert_non_null(iob);
      iob->io_len    = 1;
      iob->io_pktlen = 1;
      *IOB_DATA(iob) = 1;
      g_hoard[cls].iob[g_hoard[cls].n++] = iob;
      while ((view = iob_share(iob, 0, 1)) != NULL)
        {
          g_hoard[cls].iob[g_hoard[cls].n++] = view;
        }
    }

  assert_null(iob_tryalloc(false));
  assert_null(iob_tryalloc(true));
  take_standing(IOB_CLASS_RX);
  take_standing(IOB_CLASS_TX);

  /* It can not be shared, and that harms nothing */

  view = g_more.iob[g_more.n - 1];
  assert_int_equal(iob_trycopyin(view, g_holder, 20, 0, false), 20);
  assert_null(iob_share(view, 0, 20));
  assert_true(iob_writable(view));
  assert_int_equal(iob_check(), 0);
}

static void minimum_isr(void *arg)
{
  struct iob_s **iob = arg;

  iob[0] = iob_alloc_minimum(&g_holder[1], 1, 0, IOB_CLASS_TX, IOB_FOREVER);
  iob[1] = iob_alloc_minimum(&g_holder[2], 1, 0, IOB_CLASS_TX, IOB_FOREVER);
  iob[2] = iob_alloc_minimum(&g_holder[3], 1, 0, IOB_CLASS_TX, LATER);
}

static void test_an_interrupt_does_not_wait_for_its_minimum(void **state)
{
  struct iob_s *iob[3];
  uint32_t nwaits;

  (void)state;
  assert_int_equal(CONFIG_IOB_NMINIMUM, 2);
  fill();
  nwaits = info_now().nwaits;
  assert_true(host_interrupt(minimum_isr, iob));
  assert_non_null(iob[0]);
  assert_non_null(iob[1]);
  assert_null(iob[2]);
  assert_int_equal(info_now().nwaits, nwaits);
  assert_true(host_interrupt(free_isr, iob[0]));
  assert_true(host_interrupt(free_isr, iob[1]));
  take_standing(IOB_CLASS_TX);
}

#ifdef CONFIG_IOB_NOTIFIER

/* The notifier */

static unsigned int g_nruns;

static void worker(void *arg)
{
  g_nruns += *(unsigned int *)arg;
}

/* No buffer is free, for data that is throttled or not; some received ones
 * are at the end of the list of RX.
 */

static void take_buffers(void)
{
  struct iob_s *iob;

  g_nruns = 0;
  while ((iob = iob_tryalloc(false)) != NULL)
    {
      g_hoard[IOB_CLASS_TX].iob[g_hoard[IOB_CLASS_TX].n++] = iob;
    }

  while ((iob = iob_tryalloc(true)) != NULL)
    {
      g_hoard[IOB_CLASS_RX].iob[g_hoard[IOB_CLASS_RX].n++] = iob;
    }

  assert_int_equal(iob_navail(false), 0);
  assert_int_equal(iob_navail(true), 0);
}

static void test_nothing_to_be_told_while_buffers_are_free(void **state)
{
  unsigned int one = 1;

  (void)state;
  assert_int_equal(iob_notifier_setup(LPWORK, worker, &one), 0);
  take_buffers();
  release_all();
  assert_int_equal(host_work_run(), 0);
  assert_int_equal(g_nruns, 0);
}

static void test_told_once_when_enough_are_free(void **state)
{
  unsigned int one = 1;
  unsigned int i;

  (void)state;
  take_buffers();
  assert_true(iob_notifier_setup(LPWORK, worker, &one) > 0);
  for (i = 1; i < CONFIG_IOB_NOTIFIER_DIV; i++)
    {
      free_piece(IOB_CLASS_TX);
      assert_int_equal(host_work_run(), 0);
    }

  free_piece(IOB_CLASS_TX);
  assert_int_equal(host_work_run(), 1);
  assert_int_equal(g_nruns, 1);
  free_piece(IOB_CLASS_TX);
  release(&g_hoard[IOB_CLASS_TX]);
  assert_int_equal(host_work_run(), 0);
  assert_int_equal(g_nruns, 1);
}

/* Received data may have its own reserve only: when that is freed, those
 * who wait for "throttled" buffers can go on, and must be told.
 */

static void test_told_when_the_reserve_of_rx_is_free(void **state)
{
  unsigned int one = 1;

  (void)state;
  take_buffers();
  assert_true(g_hoard[IOB_CLASS_RX].n >= CONFIG_IOB_NOTIFIER_DIV);
  assert_true(iob_notifier_setup(LPWORK, worker, &one) > 0);
  release(&g_hoard[IOB_CLASS_RX]);
  assert_true(iob_navail(true) >= CONFIG_IOB_NOTIFIER_DIV);
  assert_int_equal(host_work_run(), 1);
  assert_int_equal(g_nruns, 1);
}

static void test_what_was_cancelled_is_not_told(void **state)
{
  unsigned int one = 1;
  unsigned int ten = 10;
  int key1;
  int key10;

  (void)state;
  take_buffers();
  key1  = iob_notifier_setup(LPWORK, worker, &one);
  key10 = iob_notifier_setup(HPWORK, worker, &ten);
  assert_true(key1 > 0);
  assert_true(key10 > 0);
  assert_int_not_equal(key1, key10);
  iob_notifier_teardown(key1);
  release_all();
  assert_int_equal(host_work_run(), 1);
  assert_int_equal(g_nruns, 10);

  /* All of them: nobody is told */

  take_buffers();
  key1 = iob_notifier_setup(LPWORK, worker, &one);
  assert_true(key1 > 0);
  iob_notifier_teardown(key1);
  release_all();
  assert_int_equal(host_work_run(), 0);
  assert_int_equal(g_nruns, 0);
}

/* In an interrupt, with tasks that wait: these come first, and the worker
 * is told when buffers are left over.
 */

static void test_those_who_wait_come_before_the_notifier(void **state)
{
  unsigned int one = 1;
  struct task_s *task;
  struct hoard_s *hoard = &g_hoard[IOB_CLASS_TX];

  (void)state;
  take_buffers();
  task = start(NULL, CONFIG_IOB_BUFSIZE, IOB_CLASS_TX, IOB_FOREVER);
  assert_true(iob_notifier_setup(LPWORK, worker, &one) > 0);
  hoard->n--;
  assert_true(host_interrupt(free_isr, hoard->iob[hoard->n]));
  assert_true(done(task));
  assert_non_null(task->iob);
  assert_int_equal(host_work_run(), 0);
  while (iob_navail(false) < CONFIG_IOB_NOTIFIER_DIV)
    {
      assert_int_equal(host_work_run(), 0);
      hoard->n--;
      assert_true(host_interrupt(free_isr, hoard->iob[hoard->n]));
    }

  assert_int_equal(host_work_run(), 1);
}
#endif

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    TEST(test_a_timed_out_wait_leaves_all_as_it_was),
    TEST(test_a_wait_for_what_is_not_in_one_piece),
    TEST(test_many_timed_out_waits),
    TEST(test_first_come_first_served),
    TEST(test_only_smaller_ones_pass),
    TEST(test_a_large_waiter_is_passed_so_often),
    TEST(test_those_who_do_not_wait_pass_so_often),
    TEST(test_no_class_holds_up_another),
    TEST(test_a_waiter_gets_no_reserve_of_another),
    TEST(test_one_in_the_middle_gives_up),
    TEST(test_impossible_sizes_are_not_waited_for),
    TEST(test_an_interrupt_does_not_wait),
    TEST(test_memory_freed_in_an_interrupt_wakes),
    TEST(test_the_last_view_wakes),
    TEST(test_a_view_can_be_waited_for),
    TEST(test_served_in_the_last_moment),
    TEST(test_served_and_late_to_run),
    TEST(test_a_throttled_wait_is_not_served_from_the_throttle),
    TEST(test_a_random_walk_of_waiters),
    TEST(test_the_minimum_is_ordinary_memory_first),
    TEST(test_one_minimum_per_holder_and_direction),
    TEST(test_bad_arguments_get_no_minimum),
    TEST(test_minimums_do_not_overlap),
    TEST(test_minimums_are_served_in_turn),
    TEST(test_a_holder_with_two_wishes_holds_up_nobody),
    TEST(test_a_minimum_that_times_out),
    TEST(test_a_minimum_waits_for_ordinary_memory_too),
    TEST(test_a_shared_minimum_returns_with_its_last_view),
    TEST(test_a_shared_minimum_is_copied_on_write),
    TEST(test_a_minimum_needs_no_view),
    TEST(test_an_interrupt_does_not_wait_for_its_minimum),
#ifdef CONFIG_IOB_NOTIFIER
    TEST(test_nothing_to_be_told_while_buffers_are_free),
    TEST(test_told_once_when_enough_are_free),
    TEST(test_told_when_the_reserve_of_rx_is_free),
    TEST(test_what_was_cancelled_is_not_told),
    TEST(test_those_who_wait_come_before_the_notifier),
#endif
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
