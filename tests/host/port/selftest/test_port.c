/* tests/host/port/selftest/test_port.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Goal: the host port does what its headers promise, above all when
 * something goes wrong, since the tests of mm/iob rely on it to notice.
 * Method: each case provokes one outcome; a panic is caught by a hook that
 * jumps back.  The same file tests both variants; what only one of them can
 * do stands between #ifdef HOST_PTHREAD.  "make -C tests/host/port/selftest"
 * builds and runs it in all variants.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nuttx/config.h>

#include <assert.h>
#include <debug.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <sys/param.h>
#include <sys/types.h>

#include <nuttx/arch.h>
#include <nuttx/atomic.h>
#include <nuttx/clock.h>
#include <nuttx/irq.h>
#include <nuttx/kmalloc.h>
#include <nuttx/nuttx.h>
#include <nuttx/sched.h>
#include <nuttx/semaphore.h>
#include <nuttx/spinlock.h>
#include <nuttx/wqueue.h>

#include <host_port.h>

#if defined(CONFIG_DEBUG_ASSERTIONS) || defined(HOST_PTHREAD)
#  define CHECKS_LOCKS 1
#endif

/* Catching a panic *********************************************************/

static jmp_buf g_panicjmp;
static char g_panictext[256];

static void catch_panic(const char *file, int line, const char *what)
{
  (void)file;
  (void)line;
  snprintf(g_panictext, sizeof(g_panictext), "%s", what);
  longjmp(g_panicjmp, 1);
}

/* Returns the text of the panic in fn(), or NULL if there was none */

static const char *panics(void (*fn)(void))
{
  const char *text = NULL;

  host_panic_hook = catch_panic;
  if (setjmp(g_panicjmp) == 0)
    {
      fn();
    }
  else
    {
      text = g_panictext;
    }

  host_panic_hook = NULL;
  return text;
}

static int setup(void **state)
{
  (void)state;
  host_port_reset();
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  assert_false(host_irq_masked());
  assert_int_equal(g_host_irq.locks, 0);
  assert_int_equal(host_malloc_live(), 0);
  return 0;
}

static int count_of(sem_t *sem)
{
  int value = INT32_MIN;

  assert_int_equal(nxsem_get_value(sem, &value), 0);
  return value;
}

/* Small things *************************************************************/

static void test_bit_search(void **state)
{
  int i;

  (void)state;

  assert_int_equal(fls(0), 0);
  assert_int_equal(flsl(0), 0);
  assert_int_equal(flsll(0), 0);
  assert_int_equal(ffsl(0), 0);

  for (i = 0; i < 32; i++)
    {
      int bit = (int)(1u << i);

      assert_int_equal(fls(bit), i + 1);
      assert_int_equal(fls((int)((1u << i) | 1)), i + 1);
      assert_int_equal(ffs(bit), i + 1);
      assert_int_equal(ffsl((long)(1ul << i)), i + 1);
      assert_int_equal(flsl((long)(1ul << i)), i + 1);
    }

  assert_int_equal(flsll(INT64_MIN), 64);
}

static void test_rounding(void **state)
{
  (void)state;

  assert_int_equal(ROUNDUP(0, 7), 0);
  assert_int_equal(ROUNDUP(1, 7), 7);
  assert_int_equal(ROUNDUP(7, 7), 7);
  assert_int_equal(ALIGN_UP(65, 64), 128);
  assert_int_equal(ALIGN_DOWN(127, 64), 64);
  assert_int_equal(ALIGN_UP(64, 64), 64);
  assert_int_equal(TICK2MSEC(MSEC2TICK(MSEC_PER_TICK)), MSEC_PER_TICK);
  assert_int_equal(MSEC2TICK(0), 0);
  assert_int_equal(MSEC2TICK(MSEC_PER_TICK + 1), 2);
}

static void test_cmpxchg_failure_reports_what_it_found(void **state)
{
  atomic_t value = 5;
  int32_t expected = 4;

  (void)state;

  assert_false(atomic_cmpxchg(&value, &expected, 9));
  assert_int_equal(expected, 5);
  assert_int_equal(atomic_read(&value), 5);
  assert_true(atomic_cmpxchg_release(&value, &expected, 9));
  assert_int_equal(atomic_fetch_sub_release(&value, 2), 9);
  assert_int_equal(atomic_fetch_or(&value, 8), 7);
  assert_int_equal(atomic_xchg(&value, 1), 15);
  assert_int_equal(atomic_read_acquire(&value), 1);
}

static unsigned int g_evaluated;

static int evaluate(int value)
{
  g_evaluated++;
  return value;
}

static void assert_false_one(void)
{
  ASSERT(1 == 2);
}

static void debugassert_false(void)
{
  DEBUGASSERT(evaluate(0));
}

static void verify_negative(void)
{
  VERIFY(evaluate(-EIO));
}

static void verify_zero(void)
{
  VERIFY(evaluate(0));
}

static void test_assertions(void **state)
{
  (void)state;

  assert_string_equal(panics(assert_false_one), "1 == 2");
  assert_non_null(panics(verify_negative));
  assert_null(panics(verify_zero));

  g_evaluated = 0;
#ifdef CONFIG_DEBUG_ASSERTIONS
  assert_non_null(panics(debugassert_false));
  assert_int_equal(g_evaluated, 1);
#else
  assert_null(panics(debugassert_false));
  assert_int_equal(g_evaluated, 0);
#endif
}

static char g_logged[512];

static void log_hook(int priority, const char *fmt, va_list ap)
{
  size_t len = strlen(g_logged);

  (void)priority;
  vsnprintf(g_logged + len, sizeof(g_logged) - len, fmt, ap);
}

static void test_log_and_dump(void **state)
{
  uint8_t buffer[17];

  (void)state;

  memset(buffer, 'A', sizeof(buffer));
  buffer[1] = 0xff;
  g_logged[0] = '\0';
  host_log_hook = log_hook;
  host_log_level = -1;

  lib_dumpbuffer("frame", buffer, sizeof(buffer));
  assert_non_null(strstr(g_logged, "frame"));
  assert_non_null(strstr(g_logged, "0000  41 ff 41"));
  assert_non_null(strstr(g_logged, "A.AAAAAAAAAAAAAA\n"));
  assert_non_null(strstr(g_logged, "0010  41 "));

  g_logged[0] = '\0';
  lib_dumpbuffer("empty", buffer, 0);
  assert_null(strstr(g_logged, "0000"));

  g_logged[0] = '\0';
  _none("%d\n", evaluate(1));
  assert_string_equal(g_logged, "");
  _err("code %d\n", -5);
  assert_string_equal(g_logged, "code -5\n");
}

/* Heap *********************************************************************/

static void test_nth_allocation_fails_once(void **state)
{
  void *mem[4];

  (void)state;

  host_malloc_fail(3);
  mem[0] = kmm_malloc(1);
  mem[1] = kmm_zalloc(100);
  mem[2] = kmm_memalign(64, 9000);
  mem[3] = kmm_memalign(64, 9000);

  assert_non_null(mem[0]);
  assert_non_null(mem[1]);
  assert_null(mem[2]);
  assert_non_null(mem[3]);
  assert_int_equal((uintptr_t)mem[3] % 64, 0);
  assert_int_equal(((uint8_t *)mem[1])[99], 0);
  assert_int_equal(host_malloc_live(), 3);

  host_malloc_fail(1);
  host_malloc_fail(0);
  kmm_free(mem[0]);
  mem[0] = kmm_malloc(1);
  assert_non_null(mem[0]);

  kmm_free(mem[0]);
  kmm_free(mem[1]);
  kmm_free(mem[3]);
  kmm_free(NULL);
  assert_null(kmm_calloc(SIZE_MAX / 2, 3));
}

/* Locks ********************************************************************/

static spinlock_t g_lock = SP_UNLOCKED;

static void lock_plain(void)
{
  spin_lock(&g_lock);
}

static void unlock_plain(void)
{
  spin_unlock(&g_lock);
}

#ifdef CHECKS_LOCKS
static void lock_irqsave(void)
{
  spin_lock_irqsave(&g_lock);
}

static void test_nested_lock_detected(void **state)
{
  irqstate_t flags;

  (void)state;

  flags = spin_lock_irqsave(&g_lock);
  assert_non_null(panics(lock_irqsave));
  assert_non_null(panics(lock_plain));
  assert_false(spin_trylock(&g_lock));
  assert_true(spin_is_locked(&g_lock));

  /* Neither panic has changed the lock or the mask */

  spin_unlock_irqrestore(&g_lock, flags);
  assert_false(host_irq_masked());
  assert_false(spin_is_locked(&g_lock));
}

static void test_unlock_of_a_free_lock_detected(void **state)
{
  (void)state;
  assert_non_null(panics(unlock_plain));
}
#endif

static void test_lock_taken_again_after_release(void **state)
{
  irqstate_t flags;
  int i;

  (void)state;

  for (i = 0; i < 3; i++)
    {
      flags = spin_lock_irqsave_nopreempt(&g_lock);
      assert_true(host_irq_masked());
      spin_unlock_irqrestore_nopreempt(&g_lock, flags);
      assert_false(host_irq_masked());
    }

  assert_null(panics(lock_plain));
  unlock_plain();
}

#ifdef CONFIG_DEBUG_ASSERTIONS
static irqstate_t g_outer;

static void restore_outer(void)
{
  up_irq_restore(g_outer);
}

static void test_restore_out_of_order_detected(void **state)
{
  irqstate_t inner;

  (void)state;

  g_outer = up_irq_save();
  inner = up_irq_save();
  assert_non_null(panics(restore_outer));
  up_irq_restore(inner);
  up_irq_restore(g_outer);
}
#endif

static void test_critical_section_nests(void **state)
{
  irqstate_t outer;
  irqstate_t inner;

  (void)state;

  outer = enter_critical_section();
  inner = enter_critical_section();
  leave_critical_section(inner);
  assert_true(host_irq_masked());
  leave_critical_section(outer);
  assert_false(host_irq_masked());
}

/* Interrupts ***************************************************************/

/* Both variants below as one: isr() runs, now or at the unmask */

static unsigned int g_nisr;
static bool g_incontext;
static void (*g_isrbody)(void);

static void isr_common(void)
{
  g_nisr++;
  g_incontext = up_interrupt_context();

  if (g_isrbody != NULL)
    {
      g_isrbody();
    }
}

#ifdef HOST_PTHREAD
static void interrupt(void)
{
  assert_int_equal(host_interrupt_raise(pthread_self()), 0);
}
#else
static void isr_arg(void *arg)
{
  assert_ptr_equal(arg, &g_nisr);
  isr_common();
}

static void interrupt(void)
{
  host_interrupt(isr_arg, &g_nisr);
}
#endif

static int setup_isr(void **state)
{
  setup(state);
  g_nisr = 0;
  g_isrbody = NULL;
#ifdef HOST_PTHREAD
  assert_int_equal(host_interrupt_install(isr_common), 0);
#endif
  return 0;
}

static void test_interrupt_runs_at_once(void **state)
{
  (void)state;

  interrupt();
  assert_int_equal(g_nisr, 1);
  assert_true(g_incontext);
  assert_false(up_interrupt_context());
  assert_int_equal(host_interrupt_count(), 1);
}

static void test_interrupt_waits_for_the_outermost_unmask(void **state)
{
  irqstate_t outer;
  irqstate_t inner;

  (void)state;

  outer = spin_lock_irqsave(&g_lock);
  inner = up_irq_save();
  interrupt();
  assert_int_equal(g_nisr, 0);
  up_irq_restore(inner);
  assert_int_equal(g_nisr, 0);
  spin_unlock_irqrestore(&g_lock, outer);
  assert_int_equal(g_nisr, 1);
  assert_true(g_incontext);

  /* Exactly once: later unmasks do not run it again */

  outer = enter_critical_section();
  leave_critical_section(outer);
  assert_int_equal(g_nisr, 1);
}

static void test_each_held_interrupt_runs_once(void **state)
{
  irqstate_t flags;
  int i;

  (void)state;

  flags = up_irq_save();
  for (i = 0; i < 10; i++)
    {
      interrupt();
    }

  up_irq_restore(flags);
  assert_int_equal(g_nisr, 10);
}

static unsigned int g_depth;
static unsigned int g_maxdepth;

static void body_raises_once(void)
{
  irqstate_t flags;

  g_depth++;
  g_maxdepth = MAX(g_depth, g_maxdepth);
  if (g_nisr == 1)
    {
      flags = spin_lock_irqsave(&g_lock);
      interrupt();
      spin_unlock_irqrestore(&g_lock, flags);
    }

  g_depth--;
}

static void test_interrupt_within_a_handler_waits_for_its_end(void **state)
{
  (void)state;

  g_depth = 0;
  g_maxdepth = 0;
  g_isrbody = body_raises_once;
  interrupt();
  assert_int_equal(g_nisr, 2);
  assert_int_equal(g_maxdepth, 1);
}

static sem_t g_sem = SEM_INITIALIZER(1);

static void body_waits(void)
{
  nxsem_wait(&g_sem);
}

static void body_tickwaits(void)
{
  nxsem_tickwait(&g_sem, 1);
}

static void *g_mem;

static void body_allocates(void)
{
  g_mem = kmm_malloc(1);
}

static void body_frees(void)
{
  kmm_free(g_mem);
}

static void test_handler_must_neither_wait_nor_allocate(void **state)
{
  static void (*const bodies[])(void) =
  {
    body_waits, body_tickwaits, body_allocates
  };

  unsigned int i;

  (void)state;

#ifdef HOST_PTHREAD
  /* No longjmp out of a signal handler: act as one */

  for (i = 0; i < nitems(bodies); i++)
    {
      g_host_irq.depth = 1;
      assert_non_null(panics(bodies[i]));
      g_host_irq.depth = 0;
    }
#else
  for (i = 0; i < nitems(bodies); i++)
    {
      g_isrbody = bodies[i];
      assert_non_null(panics(interrupt));
      host_port_reset();
    }
#endif

  assert_int_equal(count_of(&g_sem), 1);
}

static void test_free_in_a_handler_is_deferred(void **state)
{
  (void)state;

  g_mem = kmm_malloc(1);
  g_isrbody = body_frees;
  interrupt();
  assert_int_equal(host_malloc_live(), 0);

  g_mem = kmm_malloc(1);           /* Frees the deferred one */
  assert_int_equal(host_malloc_live(), 1);
  kmm_free(g_mem);
}

/* Semaphores ***************************************************************/

static void test_timeout_leaves_the_count(void **state)
{
#ifdef HOST_PTHREAD
  const int rounds = 20;
#else
  const int rounds = 100000;
#endif

  sem_t sem;
  int i;

  (void)state;

  assert_int_equal(nxsem_init(&sem, 0, 0), 0);
  errno = 99;
  for (i = 0; i < rounds; i++)
    {
      clock_t before = clock_systime_ticks();
      int ret = i & 1 ? nxsem_tickwait(&sem, 3) :
                        nxsem_tickwait_uninterruptible(&sem, 3);

      assert_int_equal(ret, -ETIMEDOUT);
      assert_int_equal(count_of(&sem), 0);
      assert_true(clock_systime_ticks() - before >= 3);
    }

  assert_int_equal(errno, 99);

  /* A post is still worth one wait, and only one */

  assert_int_equal(nxsem_post(&sem), 0);
  assert_int_equal(count_of(&sem), 1);
  assert_int_equal(nxsem_tickwait(&sem, 1), 0);
  assert_int_equal(nxsem_trywait(&sem), -EAGAIN);
  assert_int_equal(count_of(&sem), 0);
  assert_int_equal(nxsem_destroy(&sem), 0);
}

static void test_wait_of_no_ticks_does_not_block(void **state)
{
  sem_t sem = NXSEM_INITIALIZER(1, SEM_PRIO_NONE);

  (void)state;

  assert_int_equal(nxsem_tickwait(&sem, 0), 0);
  assert_int_equal(nxsem_tickwait(&sem, 0), -ETIMEDOUT);
  assert_int_equal(nxsem_tickwait_uninterruptible(&sem, 0), -ETIMEDOUT);
  assert_int_equal(count_of(&sem), 0);
}

static void test_count_has_a_limit(void **state)
{
  sem_t sem;

  (void)state;

  assert_int_equal(nxsem_init(&sem, 0, NXSEM_VALUE_MAX + 1u), -EINVAL);
  assert_int_equal(nxsem_init(&sem, 0, NXSEM_VALUE_MAX), 0);
  assert_int_equal(nxsem_post(&sem), -EOVERFLOW);
  assert_int_equal(count_of(&sem), NXSEM_VALUE_MAX);
  assert_int_equal(nxsem_trywait(&sem), 0);
  assert_int_equal(nxsem_post(&sem), 0);
}

static void test_idle_task_must_not_wait(void **state)
{
  (void)state;

  host_set_idletask(true);
  assert_true(sched_idletask());
  assert_non_null(panics(body_waits));
  host_set_idletask(false);
  assert_int_equal(count_of(&g_sem), 1);
}

#ifdef CHECKS_LOCKS
static void test_wait_with_a_spinlock_held_detected(void **state)
{
  irqstate_t flags;

  (void)state;

  flags = spin_lock_irqsave(&g_lock);
  assert_non_null(panics(body_waits));
  assert_int_equal(nxsem_trywait(&g_sem), 0);
  assert_int_equal(nxsem_post(&g_sem), 0);
  spin_unlock_irqrestore(&g_lock, flags);
  assert_int_equal(count_of(&g_sem), 1);
}
#endif

/* Notifier *****************************************************************/

static unsigned int g_nwork;
static char g_order[16];

static void worker(void *arg)
{
  const char *name = arg;

  if (g_nwork < sizeof(g_order))
    {
      g_order[g_nwork] = *name;
    }

  g_nwork++;
}

static struct work_notifier_s info_of(const char *name, void *qualifier)
{
  struct work_notifier_s info;

  memset(&info, 0, sizeof(info));
  info.evtype = WORK_IOB_AVAIL;
  info.qid = HPWORK;
  info.qualifier = qualifier;
  info.arg = (void *)(uintptr_t)name;
  info.worker = worker;
  return info;
}

static void test_teardown_of_an_unknown_key(void **state)
{
  struct work_notifier_s info = info_of("a", NULL);
  int key;

  (void)state;

  assert_int_equal(work_notifier_teardown(0), -ENOENT);
  assert_int_equal(work_notifier_teardown(-1), -ENOENT);

  key = work_notifier_setup(&info);
  assert_true(key > 0);
  assert_int_equal(work_notifier_teardown(key + 1), -ENOENT);
  assert_int_equal(work_notifier_teardown(key), 0);
  assert_int_equal(work_notifier_teardown(key), -ENOENT);

  /* Once signalled it is too late */

  key = work_notifier_setup(&info);
  work_notifier_signal(WORK_IOB_AVAIL, NULL);
  assert_int_equal(work_notifier_teardown(key), -ENOENT);
  assert_int_equal(host_work_run(), 1);
  assert_int_equal(work_notifier_teardown(key), -ENOENT);
}

static void test_signal_runs_what_matches_once_in_order(void **state)
{
  struct work_notifier_s a = info_of("a", NULL);
  struct work_notifier_s b = info_of("b", &g_sem);
  struct work_notifier_s c = info_of("c", NULL);
  struct work_notifier_s d = info_of("d", NULL);

  (void)state;

  d.evtype = WORK_NET_DOWN;
  g_nwork = 0;
  assert_true(work_notifier_setup(&a) > 0);
  assert_true(work_notifier_setup(&b) > 0);
  assert_true(work_notifier_setup(&c) > 0);
  assert_true(work_notifier_setup(&d) > 0);

  assert_int_equal(host_work_run(), 0);
  work_notifier_signal(WORK_IOB_AVAIL, NULL);
  work_notifier_signal(WORK_IOB_AVAIL, NULL);
  assert_int_equal(g_nwork, 0);
  assert_int_equal(host_work_run(), 2);
  assert_int_equal(host_work_run(), 0);
  assert_int_equal(g_nwork, 2);
  assert_memory_equal(g_order, "ac", 2);

  work_notifier_signal(WORK_NET_DOWN, NULL);
  work_notifier_signal(WORK_IOB_AVAIL, &g_sem);
  assert_int_equal(host_work_run(), 2);
  assert_memory_equal(g_order, "acdb", 4);
}

static void worker_again(void *arg)
{
  struct work_notifier_s info = info_of("x", NULL);

  (void)arg;

  info.worker = worker_again;
  assert_true(work_notifier_setup(&info) > 0);
  work_notifier_signal(WORK_IOB_AVAIL, NULL);
}

static void test_worker_that_makes_itself_ready_runs_next_time(void **state)
{
  (void)state;

  worker_again(NULL);
  assert_int_equal(host_work_run(), 1);
  assert_int_equal(host_work_run(), 1);
}

static void test_notifications_run_out(void **state)
{
  struct work_notifier_s info = info_of("a", NULL);
  int last = 0;
  int key;
  unsigned int n = 0;

  (void)state;

  for (key = work_notifier_setup(&info); key > 0;
       key = work_notifier_setup(&info))
    {
      last = key;
      n++;
    }

  assert_int_equal(key, -ENOMEM);
  assert_int_equal(work_notifier_teardown(last), 0);
  assert_true(work_notifier_setup(&info) > last);
  work_notifier_signal(WORK_IOB_AVAIL, NULL);
  assert_int_equal(host_work_run(), n);
}

#ifndef HOST_PTHREAD

/* Single-threaded: the hook ************************************************/

static unsigned int g_nhook;
static uint32_t g_hookticks;

static int hook_posts(sem_t *sem, uint32_t ticks)
{
  g_nhook++;
  g_hookticks = ticks;
  assert_int_equal(count_of(sem), -1);
  nxsem_post(sem);
  return 1;
}

static int hook_idles(sem_t *sem, uint32_t ticks)
{
  (void)sem;
  (void)ticks;
  g_nhook++;
  return 0;
}

static int hook_says_busy(sem_t *sem, uint32_t ticks)
{
  (void)sem;
  (void)ticks;
  return 1;
}

static int hook_passes_time(sem_t *sem, uint32_t ticks)
{
  (void)sem;
  g_nhook++;
  g_hookticks = ticks;
  host_clock_advance(4);
  return 1;
}

static int hook_interrupts_wait(sem_t *sem, uint32_t ticks)
{
  (void)ticks;

  if (++g_nhook < 3)
    {
      return -EINTR;
    }

  nxsem_post(sem);
  return 1;
}

static int hook_cancels(sem_t *sem, uint32_t ticks)
{
  (void)sem;
  (void)ticks;
  return -ECANCELED;
}

static sem_t g_nobody = SEM_INITIALIZER(0);

static void wait_for_nobody(void)
{
  nxsem_wait(&g_nobody);
}

static void test_endless_wait_is_a_deadlock(void **state)
{
  (void)state;

  assert_non_null(strstr(panics(wait_for_nobody), "deadlock: "));
  assert_int_equal(count_of(&g_nobody), 0);

  g_nhook = 0;
  host_block_hook = hook_idles;
  assert_non_null(strstr(panics(wait_for_nobody), "deadlock: "));
  assert_int_equal(g_nhook, 1);

  host_block_hook = hook_says_busy;
  assert_non_null(strstr(panics(wait_for_nobody), "deadlock: "));
  assert_int_equal(count_of(&g_nobody), 0);
}

static void test_hook_posts(void **state)
{
  (void)state;

  g_nhook = 0;
  host_block_hook = hook_posts;
  assert_int_equal(nxsem_wait(&g_nobody), 0);
  assert_int_equal(g_hookticks, HOST_FOREVER);
  assert_int_equal(nxsem_tickwait(&g_nobody, 7), 0);
  assert_int_equal(g_hookticks, 7);
  assert_int_equal(g_nhook, 2);
  assert_int_equal(clock_systime_ticks(), 0);
  assert_int_equal(count_of(&g_nobody), 0);
}

static void test_hook_lets_time_pass(void **state)
{
  (void)state;

  g_nhook = 0;
  host_block_hook = hook_passes_time;
  assert_int_equal(nxsem_tickwait(&g_nobody, 10), -ETIMEDOUT);
  assert_int_equal(g_nhook, 3);
  assert_int_equal(g_hookticks, 2);
  assert_int_equal(clock_systime_ticks(), 12);
  assert_int_equal(count_of(&g_nobody), 0);
}

static void test_hook_interrupts_the_wait(void **state)
{
  (void)state;

  g_nhook = 0;
  host_block_hook = hook_interrupts_wait;
  assert_int_equal(nxsem_wait(&g_nobody), -EINTR);
  assert_int_equal(count_of(&g_nobody), 0);
  assert_int_equal(nxsem_wait_uninterruptible(&g_nobody), 0);
  assert_int_equal(count_of(&g_nobody), 0);

  host_block_hook = hook_cancels;
  assert_int_equal(nxsem_wait_uninterruptible(&g_nobody), -ECANCELED);
  assert_int_equal(nxsem_tickwait(&g_nobody, 5), -ECANCELED);
  assert_int_equal(count_of(&g_nobody), 0);
}

/* The outer wait was first, so the only post ends it, not the inner one */

static int g_inner;

static int hook_waits_too(sem_t *sem, uint32_t ticks)
{
  (void)ticks;

  if (g_nhook++ > 0)
    {
      if (g_nhook == 2)
        {
          assert_int_equal(count_of(sem), -2);
          nxsem_post(sem);
          return 1;
        }

      return 0;
    }

  g_inner = nxsem_tickwait(sem, 5);
  return 1;
}

static void test_first_come_first_served(void **state)
{
  (void)state;

  g_nhook = 0;
  host_block_hook = hook_waits_too;
  assert_int_equal(nxsem_wait(&g_nobody), 0);
  assert_int_equal(g_inner, -ETIMEDOUT);
  assert_int_equal(count_of(&g_nobody), 0);
}

static void body_posts_nobody(void)
{
  nxsem_post(&g_nobody);
}

static void test_blocking_lets_held_interrupts_in(void **state)
{
  irqstate_t flags;

  (void)state;

  g_isrbody = body_posts_nobody;
  flags = enter_critical_section();
  interrupt();
  assert_int_equal(g_nisr, 0);
  assert_int_equal(nxsem_wait(&g_nobody), 0);
  assert_int_equal(g_nisr, 1);
  assert_true(host_irq_masked());
  leave_critical_section(flags);
  assert_int_equal(g_nisr, 1);
}

static bool g_preempt;

static int hook_posts_locked(sem_t *sem, uint32_t ticks)
{
  irqstate_t flags;

  (void)ticks;

  if (g_preempt)
    {
      flags = spin_lock_irqsave(&g_lock);
      nxsem_post(sem);
      spin_unlock_irqrestore(&g_lock, flags);
    }
  else
    {
      flags = spin_lock_irqsave_nopreempt(&g_lock);
      nxsem_post(sem);
      spin_unlock_irqrestore_nopreempt(&g_lock, flags);
    }

  return 1;
}

static void test_post_under_a_lock_counted(void **state)
{
  (void)state;

  host_block_hook = hook_posts_locked;
  g_preempt = false;
  assert_int_equal(nxsem_wait(&g_nobody), 0);
  assert_int_equal(host_posts_under_lock(), 0);

  g_preempt = true;
  assert_int_equal(nxsem_wait(&g_nobody), 0);
#ifdef CONFIG_DEBUG_ASSERTIONS
  assert_int_equal(host_posts_under_lock(), 1);
#endif
}

#else

/* Threads ******************************************************************/

#define NTHREADS 4

#if defined(__SANITIZE_THREAD__)
#  define SANITIZE_THREAD 1
#elif defined(__has_feature)
#  if __has_feature(thread_sanitizer)
#    define SANITIZE_THREAD 1
#  endif
#endif

#if defined(__x86_64__) && !defined(SANITIZE_THREAD)
#  define CHECKS_STEPS 1
#endif

static unsigned long g_shared;     /* Guarded by g_lock or critical section */
static unsigned long g_shared2;
static bool g_stop;

/* A thread that has counted itself here will take interrupts until told */

static unsigned int g_nready;

static void run_threads(pthread_t *threads, int n, void *(*fn)(void *))
{
  int i;

  for (i = 0; i < n; i++)
    {
      assert_int_equal(pthread_create(&threads[i], NULL, fn,
                                      (void *)(intptr_t)i), 0);
    }
}

static void join_threads(pthread_t *threads, int n)
{
  void *result;
  int i;

  for (i = 0; i < n; i++)
    {
      assert_int_equal(pthread_join(threads[i], &result), 0);
      assert_null(result);
    }
}

static void *count_locked(void *arg)
{
  int i;

  (void)arg;

  for (i = 0; i < 50000; i++)
    {
      irqstate_t flags = spin_lock_irqsave(&g_lock);

      g_shared++;
      spin_unlock_irqrestore(&g_lock, flags);

      flags = enter_critical_section();
      g_shared2++;
      leave_critical_section(flags);
    }

  return NULL;
}

static void test_locks_exclude(void **state)
{
  pthread_t threads[NTHREADS];

  (void)state;

  g_shared = 0;
  g_shared2 = 0;
  run_threads(threads, NTHREADS, count_locked);
  join_threads(threads, NTHREADS);
  assert_int_equal(g_shared, NTHREADS * 50000);
  assert_int_equal(g_shared2, NTHREADS * 50000);
}

static void count_in_isr(void)
{
  irqstate_t flags = spin_lock_irqsave(&g_lock);

  g_shared++;
  spin_unlock_irqrestore(&g_lock, flags);
}

/* Locks and unlocks while signals arrive.  usleep() lets ThreadSanitizer
 * deliver what it holds back.
 */

static void *count_until_stop(void *arg)
{
  unsigned long *total = &g_shared2;
  int i;

  (void)arg;

  host_thread_init();
  __atomic_fetch_add(&g_nready, 1, __ATOMIC_RELEASE);
  while (!__atomic_load_n(&g_stop, __ATOMIC_ACQUIRE))
    {
      for (i = 0; i < 100; i++)
        {
          irqstate_t flags = spin_lock_irqsave(&g_lock);

          g_shared++;
          spin_unlock_irqrestore(&g_lock, flags);
          __atomic_fetch_add(total, 1, __ATOMIC_RELAXED);
        }

      usleep(1);
    }

  return NULL;
}

static void test_interrupt_storm_loses_nothing(void **state)
{
  pthread_t threads[NTHREADS];
  unsigned long raised = 0;
  int i;
  int ret;

  (void)state;

  g_shared = 0;
  g_shared2 = 0;
  g_nready = 0;
  g_stop = false;
  assert_int_equal(host_interrupt_install(count_in_isr), 0);
  run_threads(threads, NTHREADS, count_until_stop);

  while (__atomic_load_n(&g_nready, __ATOMIC_ACQUIRE) < NTHREADS)
    {
      usleep(100);
    }

  for (i = 0; i < 40000; i++)
    {
      ret = host_interrupt_raise(threads[i % NTHREADS]);
      assert_true(ret == 0 || ret == -EAGAIN);
      raised += ret == 0;
    }

  /* Each thread takes all of its signals before it ends */

  usleep(100000);
  __atomic_store_n(&g_stop, true, __ATOMIC_RELEASE);
  join_threads(threads, NTHREADS);

#ifdef SANITIZE_THREAD
  assert_true(host_interrupt_count() > 0);
  assert_true(host_interrupt_count() <= raised);
#else
  assert_int_equal(host_interrupt_count(), raised);
#endif
  assert_int_equal(g_shared, g_shared2 + host_interrupt_count());
}

/* Tokens go round between timed waiters and posters, also from a handler.
 * Whatever times out, none is lost and none appears.
 */

static sem_t g_tokens;
static unsigned long g_ntimeouts;

static void *pass_tokens(void *arg)
{
  int i;

  (void)arg;

  for (i = 0; i < 3000; i++)
    {
      int ret = nxsem_tickwait_uninterruptible(&g_tokens, 1);

      if (ret == 0)
        {
          if (i % 64 == 0)
            {
              usleep(1500);
            }

          ret = nxsem_post(&g_tokens);
        }
      else
        {
          __atomic_fetch_add(&g_ntimeouts, 1, __ATOMIC_RELAXED);
          ret = ret == -ETIMEDOUT ? 0 : ret;
        }

      if (ret != 0)
        {
          return &g_tokens;
        }
    }

  return NULL;
}

static void test_timed_waits_race_with_posts(void **state)
{
  pthread_t threads[NTHREADS];

  (void)state;

  g_ntimeouts = 0;
  assert_int_equal(nxsem_init(&g_tokens, 0, 1), 0);
  run_threads(threads, NTHREADS, pass_tokens);
  join_threads(threads, NTHREADS);
  print_message("           %lu waits timed out\n", g_ntimeouts);
  assert_int_equal(count_of(&g_tokens), 1);
  assert_int_equal(nxsem_trywait(&g_tokens), 0);
  assert_int_equal(nxsem_tickwait(&g_tokens, 2), -ETIMEDOUT);
  assert_int_equal(count_of(&g_tokens), 0);
}

/* The post counts the waiter, then the wait times out, then the token comes:
 * the wait has succeeded, and must take the token away.
 */

static int g_late;

static void *wait_for_late_token(void *arg)
{
  (void)arg;

  g_late = nxsem_tickwait(&g_tokens, 20);
  return NULL;
}

static void test_token_that_comes_after_the_timeout(void **state)
{
  pthread_t thread;
  int left = -1;

  (void)state;

  assert_int_equal(nxsem_init(&g_tokens, 0, 0), 0);
  run_threads(&thread, 1, wait_for_late_token);

  while (count_of(&g_tokens) == 0)
    {
      usleep(100);
    }

  /* nxsem_post() in two parts */

  assert_int_equal(atomic_fetch_add(&g_tokens.semcount, 1), -1);
  usleep(3 * 20 * USEC_PER_TICK);
  assert_int_equal(sem_post(&g_tokens.token), 0);
  join_threads(&thread, 1);

  assert_int_equal(g_late, 0);
  assert_int_equal(count_of(&g_tokens), 0);
  assert_int_equal(sem_getvalue(&g_tokens.token, &left), 0);
  assert_int_equal(left, 0);
}

#ifdef CHECKS_STEPS
/* The signal at every instruction of a mask and unmask, one after the other:
 * the processor traps after each instruction (trap flag), and the trap
 * number g_target raises the interrupt.  The kernel clears the flag in
 * handlers, so only the thread's own code is stepped through.
 */

static volatile int g_step;
static volatile int g_target;

static void on_trap(int signo)
{
  (void)signo;

  if (g_step++ == g_target)
    {
      host_interrupt_raise(pthread_self());
    }
}

/* The lea keep clear of the red zone, and leave the flags alone */

#define STEPS_BEGIN() \
  __asm__ __volatile__("lea -128(%%rsp), %%rsp\n\t" \
                       "pushfq\n\t" \
                       "orq $0x100, (%%rsp)\n\t" \
                       "popfq\n\t" \
                       "lea 128(%%rsp), %%rsp" : : : "memory", "cc")
#define STEPS_END() \
  __asm__ __volatile__("lea -128(%%rsp), %%rsp\n\t" \
                       "pushfq\n\t" \
                       "andq $~0x100, (%%rsp)\n\t" \
                       "popfq\n\t" \
                       "lea 128(%%rsp), %%rsp" : : : "memory", "cc")

/* Returns the number of instructions.  With pending set, an interrupt is
 * held already when the unmask begins.
 */

static int step_through(bool pending, int target)
{
  irqstate_t flags;

  g_nisr = 0;
  g_step = 0;
  g_target = target;

  if (pending)
    {
      flags = spin_lock_irqsave(&g_lock);
      interrupt();
      STEPS_BEGIN();
    }
  else
    {
      STEPS_BEGIN();
      flags = spin_lock_irqsave(&g_lock);
    }

  spin_unlock_irqrestore(&g_lock, flags);
  STEPS_END();

  return g_step;
}

static void body_locks(void)
{
  irqstate_t flags = spin_lock_irqsave(&g_lock);

  spin_unlock_irqrestore(&g_lock, flags);
}

static void test_interrupt_at_every_instruction(void **state)
{
  struct sigaction old;
  struct sigaction sa;
  int pending;
  int steps;
  int i;

  (void)state;

  memset(&sa, 0, sizeof(sa));
  sa.sa_handler = on_trap;
  assert_int_equal(sigaction(SIGTRAP, &sa, &old), 0);
  g_isrbody = body_locks;

  for (pending = 0; pending <= 1; pending++)
    {
      steps = step_through(pending, -1);
      assert_true(steps > 10);
      print_message("           %d instructions\n", steps);

      for (i = 0; i < steps; i++)
        {
          step_through(pending, i);
          assert_int_equal(g_nisr, pending + 1);
          assert_int_equal(g_host_irq.raised, g_host_irq.served);
          assert_false(host_irq_masked());
          assert_int_equal(g_host_irq.locks, 0);
        }
    }

  assert_int_equal(sigaction(SIGTRAP, &old, NULL), 0);
}
#endif

static void *wait_once(void *arg)
{
  (void)arg;

  host_thread_init();
  __atomic_fetch_add(&g_nready, 1, __ATOMIC_RELEASE);
  return nxsem_wait(&g_tokens) == 0 && g_shared == 77 ? NULL : &g_tokens;
}

static void body_posts_token(void)
{
  nxsem_post(&g_tokens);
}

static void test_handler_wakes_a_waiter(void **state)
{
  pthread_t thread;

  (void)state;

  g_nready = 0;
  g_isrbody = body_posts_token;
  assert_int_equal(nxsem_init(&g_tokens, 0, 0), 0);
  run_threads(&thread, 1, wait_once);

  while (count_of(&g_tokens) == 0)
    {
      usleep(100);
    }

  assert_int_equal(count_of(&g_tokens), -1);

  /* The signal goes to the blocked thread itself, which takes it while it
   * waits; what was written before the raise is seen after the wait.
   */

  g_shared = 77;
  assert_int_equal(host_interrupt_raise(thread), 0);
  join_threads(&thread, 1);
  assert_int_equal(g_nisr, 1);
  assert_int_equal(count_of(&g_tokens), 0);
}

static void *enter_and_post(void *arg)
{
  irqstate_t flags = enter_critical_section();

  (void)arg;

  g_shared2 = 78;
  nxsem_post(&g_tokens);
  leave_critical_section(flags);
  return NULL;
}

static void test_blocking_leaves_the_critical_section(void **state)
{
  pthread_t thread;
  irqstate_t outer;
  irqstate_t inner;

  (void)state;

  assert_int_equal(nxsem_init(&g_tokens, 0, 0), 0);
  outer = enter_critical_section();
  inner = enter_critical_section();
  g_shared2 = 0;
  run_threads(&thread, 1, enter_and_post);
  assert_int_equal(nxsem_wait(&g_tokens), 0);
  assert_true(host_irq_masked());
  assert_int_equal(g_host_irq.critical, 2);
  assert_int_equal(g_shared2, 78);
  leave_critical_section(inner);
  leave_critical_section(outer);
  join_threads(&thread, 1);
}

static void *gettid_other(void *arg)
{
  (void)arg;
  return nxsched_gettid() == 1 ? &g_tokens : NULL;
}

static void test_tasks_differ(void **state)
{
  pthread_t thread;

  (void)state;

  assert_int_equal(nxsched_gettid(), 1);
  assert_ptr_equal(nxsched_self(), nxsched_self());
  run_threads(&thread, 1, gettid_other);
  join_threads(&thread, 1);
}

#endif

#define TEST(name)     cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_ISR(name) \
  cmocka_unit_test_setup_teardown(name, setup_isr, teardown)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
#ifdef HOST_PTHREAD
    TEST(test_tasks_differ),
#endif
    TEST(test_bit_search),
    TEST(test_rounding),
    TEST(test_cmpxchg_failure_reports_what_it_found),
    TEST(test_assertions),
    TEST(test_log_and_dump),
    TEST(test_nth_allocation_fails_once),
#ifdef CHECKS_LOCKS
    TEST(test_nested_lock_detected),
    TEST(test_unlock_of_a_free_lock_detected),
    TEST(test_wait_with_a_spinlock_held_detected),
#endif
#ifdef CONFIG_DEBUG_ASSERTIONS
    TEST(test_restore_out_of_order_detected),
#endif
    TEST(test_lock_taken_again_after_release),
    TEST(test_critical_section_nests),
    TEST_ISR(test_interrupt_runs_at_once),
    TEST_ISR(test_interrupt_waits_for_the_outermost_unmask),
    TEST_ISR(test_each_held_interrupt_runs_once),
    TEST_ISR(test_interrupt_within_a_handler_waits_for_its_end),
    TEST_ISR(test_handler_must_neither_wait_nor_allocate),
    TEST_ISR(test_free_in_a_handler_is_deferred),
    TEST(test_timeout_leaves_the_count),
    TEST(test_wait_of_no_ticks_does_not_block),
    TEST(test_count_has_a_limit),
    TEST(test_idle_task_must_not_wait),
    TEST(test_teardown_of_an_unknown_key),
    TEST(test_signal_runs_what_matches_once_in_order),
    TEST(test_worker_that_makes_itself_ready_runs_next_time),
    TEST(test_notifications_run_out),
#ifndef HOST_PTHREAD
    TEST(test_endless_wait_is_a_deadlock),
    TEST(test_hook_posts),
    TEST(test_hook_lets_time_pass),
    TEST(test_hook_interrupts_the_wait),
    TEST(test_first_come_first_served),
    TEST_ISR(test_blocking_lets_held_interrupts_in),
    TEST(test_post_under_a_lock_counted),
#else
    TEST(test_locks_exclude),
    TEST(test_interrupt_storm_loses_nothing),
    TEST(test_timed_waits_race_with_posts),
    TEST(test_token_that_comes_after_the_timeout),
    TEST_ISR(test_handler_wakes_a_waiter),
#ifdef CHECKS_STEPS
    TEST_ISR(test_interrupt_at_every_instruction),
#endif
    TEST(test_blocking_leaves_the_critical_section),
#endif
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
