/* tests/host/port/host_thread.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The variant with POSIX threads: each is a task on a processor of its own.
 *
 * Interrupts.  A signal is the interrupt.  Masking must cost no system call,
 * so the signal is always let in, and its handler looks at the thread's
 * mask: if set, the interrupt is only counted, and the unmask runs it.  All
 * races are between a thread and a signal handler on the same thread, which
 * runs to its end at one point of the thread's code:
 *
 * - between reading and writing the mask in up_irq_save(): the handler finds
 *   it zero, runs, and leaves it zero;
 * - before the unmask: raised != served is seen after it, and replayed;
 * - after the unmask: the handler finds the mask zero, and runs what is
 *   counted, its own and older ones; a replay by the thread that comes too
 *   late finds nothing left.
 *
 * Semaphores.  The count is NuttX's (below zero: waiters).  A wait takes one
 * off; if there was none to take, it sleeps on the C library's semaphore,
 * where a post that found a waiter puts one token.  A wait that times out
 * gives its one back as long as the count is below zero; if it no longer is,
 * a post has counted this waiter already, and its token is on the way.
 */

#ifndef _GNU_SOURCE
#  define _GNU_SOURCE 1            /* sem_clockwait() */
#endif

#include <nuttx/config.h>

#ifdef HOST_PTHREAD

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <nuttx/clock.h>
#include <nuttx/irq.h>
#include <nuttx/semaphore.h>
#include <nuttx/spinlock.h>

#include "host_private.h"

#define HOST_SIGNAL (SIGRTMIN + 3)

/* Looks at a busy lock before the processor is given away */

#define HOST_SPINS  100

#if defined(__x86_64__) || defined(__i386__)
#  define host_cpu_relax() __builtin_ia32_pause()
#else
#  define host_cpu_relax() host_irq_fence()
#endif

/* ThreadSanitizer knows sem_timedwait(), and delivers signals in it; it does
 * not know sem_clockwait().
 */

#if defined(__SANITIZE_THREAD__)
#  define HOST_CLOCK CLOCK_REALTIME
#elif defined(__has_feature)
#  if __has_feature(thread_sanitizer)
#    define HOST_CLOCK CLOCK_REALTIME
#  endif
#endif

#ifdef HOST_CLOCK
#  define host_sem_timedwait(s, t) sem_timedwait(s, t)
#else
#  define HOST_CLOCK CLOCK_MONOTONIC
#  define host_sem_timedwait(s, t) sem_clockwait(s, CLOCK_MONOTONIC, t)
#endif

/* What a thread gives up while it is blocked */

struct host_blocked_s
{
  sig_atomic_t mask;
  unsigned int schedlock;
  unsigned int critical;
};

__thread struct host_irq_s g_host_irq;

static host_isr_t g_isr;
static unsigned int g_nraised;     /* Orders a raise before its handler */
static spinlock_t g_critical;
static struct timespec g_start;    /* Tick zero */

/* Run the interrupts that wait, unless the thread is masked.  Called by the
 * thread at the unmask, and by the signal handler.
 */

void host_irq_replay(void)
{
  host_isr_t isr;

  while (host_irq_waiting() && g_host_irq.mask == 0)
    {
      g_host_irq.mask = 1;
      host_irq_fence();

      while (host_irq_waiting())
        {
          g_host_irq.served++;
          (void)__atomic_load_n(&g_nraised, __ATOMIC_ACQUIRE);
          isr = __atomic_load_n(&g_isr, __ATOMIC_ACQUIRE);
          if (isr != NULL)
            {
              g_host_irq.depth = 1;
              host_irq_fence();
              isr();
              host_irq_fence();
              g_host_irq.depth = 0;

              ASSERT(g_host_irq.mask == 1);  /* Or it forgot a restore */
              __atomic_fetch_add(&g_host_nirqs, 1, __ATOMIC_RELEASE);
            }
        }

      host_irq_fence();
      g_host_irq.mask = 0;
      host_irq_fence();
    }
}

static void host_signal(int signo)
{
  int saved = errno;

  (void)signo;

  g_host_irq.raised++;
  host_irq_fence();
  host_irq_replay();
  errno = saved;
}

/* ThreadSanitizer sets up its record of a thread's signals in the first
 * call of the thread that may block, and loses a signal that arrives just
 * then.  So make such a call before any signal can come.
 */

void host_thread_init(void)
{
  usleep(0);
}

int host_interrupt_install(host_isr_t handler)
{
  struct sigaction sa;

  memset(&sa, 0, sizeof(sa));
  sa.sa_handler = host_signal;
  sa.sa_flags = SA_RESTART;
  sigemptyset(&sa.sa_mask);

  __atomic_store_n(&g_isr, handler, __ATOMIC_RELEASE);
  return sigaction(HOST_SIGNAL, &sa, NULL) < 0 ? -errno : 0;
}

int host_interrupt_raise(pthread_t thread)
{
  __atomic_fetch_add(&g_nraised, 1, __ATOMIC_RELEASE);
  return -pthread_kill(thread, HOST_SIGNAL);
}

void host_spin_wait(FAR volatile spinlock_t *lock)
{
  int i;

  for (i = 0; i < HOST_SPINS && spin_is_locked(lock); i++)
    {
      host_cpu_relax();
    }

  if (spin_is_locked(lock))
    {
      sched_yield();
    }
}

/* The lock of the critical section does not count as a spinlock held: a
 * thread may block in the critical section.
 */

static void host_critical_take(unsigned int nesting)
{
  spin_lock(&g_critical);
  g_host_irq.locks--;
  g_host_irq.critical = nesting;
}

static void host_critical_give(void)
{
  g_host_irq.critical = 0;
  g_host_irq.locks++;
  spin_unlock(&g_critical);
}

irqstate_t enter_critical_section(void)
{
  irqstate_t flags = up_irq_save();

  if (g_host_irq.critical > 0)
    {
      g_host_irq.critical++;
    }
  else
    {
      host_critical_take(1);
    }

  return flags;
}

void leave_critical_section(irqstate_t flags)
{
  ASSERT(g_host_irq.critical > 0);

  if (g_host_irq.critical > 1)
    {
      g_host_irq.critical--;
    }
  else
    {
      host_critical_give();
    }

  up_irq_restore(flags);
}

clock_t clock_systime_ticks(void)
{
  struct timespec now;
  int64_t usec;

  clock_gettime(CLOCK_MONOTONIC, &now);
  usec = ((int64_t)now.tv_sec - g_start.tv_sec) * USEC_PER_SEC +
         (now.tv_nsec - g_start.tv_nsec) / NSEC_PER_USEC;
  return (clock_t)(usec / USEC_PER_TICK);
}

int nxsem_init(FAR sem_t *sem, int pshared, unsigned int value)
{
  if (value > NXSEM_VALUE_MAX)
    {
      return -EINVAL;
    }

  memset(sem, 0, sizeof(*sem));
  sem->semcount = (int32_t)value;
  return sem_init(&sem->token, pshared, 0) < 0 ? -errno : 0;
}

int nxsem_destroy(FAR sem_t *sem)
{
  ASSERT(__atomic_load_n(&sem->semcount, __ATOMIC_ACQUIRE) >= 0);
  return sem_destroy(&sem->token) < 0 ? -errno : 0;
}

int nxsem_post(FAR sem_t *sem)
{
  int32_t count = __atomic_load_n(&sem->semcount, __ATOMIC_RELAXED);

  do
    {
      if (count >= NXSEM_VALUE_MAX)
        {
          return -EOVERFLOW;
        }
    }
  while (!__atomic_compare_exchange_n(&sem->semcount, &count, count + 1,
                                      false, __ATOMIC_ACQ_REL,
                                      __ATOMIC_RELAXED));

  if (count < 0)
    {
      host_note_wakeup();
      VERIFY(sem_post(&sem->token));
    }

  return 0;
}

int nxsem_trywait(FAR sem_t *sem)
{
  int32_t count = __atomic_load_n(&sem->semcount, __ATOMIC_RELAXED);

  do
    {
      if (count <= 0)
        {
          return -EAGAIN;
        }
    }
  while (!__atomic_compare_exchange_n(&sem->semcount, &count, count - 1,
                                      false, __ATOMIC_ACQ_REL,
                                      __ATOMIC_RELAXED));

  return 0;
}

int nxsem_get_value(FAR sem_t *sem, FAR int *sval)
{
  *sval = __atomic_load_n(&sem->semcount, __ATOMIC_ACQUIRE);
  return 0;
}

/* While a task is blocked its processor runs others, with interrupts
 * enabled and outside of the critical section.
 */

static void host_block_begin(FAR struct host_blocked_s *blocked)
{
  blocked->mask = g_host_irq.mask;
  blocked->schedlock = g_host_irq.schedlock;
  blocked->critical = g_host_irq.critical;

  if (blocked->critical > 0)
    {
      host_critical_give();
    }

  g_host_irq.schedlock = 0;
  host_irq_fence();
  g_host_irq.mask = 0;
  host_irq_fence();
  host_irq_replay();
}

static void host_block_end(FAR const struct host_blocked_s *blocked)
{
  g_host_irq.mask = blocked->mask;
  host_irq_fence();
  g_host_irq.schedlock = blocked->schedlock;

  if (blocked->critical > 0)
    {
      host_critical_take(blocked->critical);
    }
}

/* Take a token, until the time end (NULL: for ever).  Returns zero or
 * ETIMEDOUT.
 */

static int host_token_wait(FAR sem_t *sem, FAR const struct timespec *end)
{
  int ret;

  do
    {
      ret = end != NULL ? host_sem_timedwait(&sem->token, end) :
                          sem_wait(&sem->token);
    }
  while (ret < 0 && errno == EINTR);

  ASSERT(ret == 0 || (end != NULL && errno == ETIMEDOUT));
  return ret == 0 ? 0 : ETIMEDOUT;
}

/* A wait has timed out: stop being a waiter.  Returns false if a post has
 * already been for this waiter.
 */

static bool host_wait_undo(FAR sem_t *sem)
{
  int32_t count = __atomic_load_n(&sem->semcount, __ATOMIC_RELAXED);

  while (count < 0)
    {
      if (__atomic_compare_exchange_n(&sem->semcount, &count, count + 1,
                                      false, __ATOMIC_ACQ_REL,
                                      __ATOMIC_RELAXED))
        {
          return true;
        }
    }

  return false;
}

static int host_wait(FAR sem_t *sem, FAR const struct timespec *end)
{
  struct host_blocked_s blocked;
  int saved = errno;
  int ret = 0;

  host_may_block();

  if (__atomic_fetch_sub(&sem->semcount, 1, __ATOMIC_ACQ_REL) > 0)
    {
      return 0;
    }

  host_block_begin(&blocked);

  if (host_token_wait(sem, end) != 0)
    {
      if (host_wait_undo(sem))
        {
          ret = -ETIMEDOUT;
        }
      else
        {
          host_token_wait(sem, NULL);
        }
    }

  /* See what the post published, whether or not a sanitizer knows that a
   * token orders it.
   */

  (void)__atomic_load_n(&sem->semcount, __ATOMIC_ACQUIRE);

  host_block_end(&blocked);
  errno = saved;
  return ret;
}

int nxsem_wait(FAR sem_t *sem)
{
  return host_wait(sem, NULL);
}

int nxsem_wait_uninterruptible(FAR sem_t *sem)
{
  return host_wait(sem, NULL);
}

int nxsem_tickwait(FAR sem_t *sem, uint32_t delay)
{
  struct timespec end;
  int64_t nsec;

  if (delay == 0)
    {
      host_may_block();
      return nxsem_trywait(sem) == 0 ? 0 : -ETIMEDOUT;
    }

  clock_gettime(HOST_CLOCK, &end);
  nsec = end.tv_nsec + (int64_t)delay * NSEC_PER_TICK;
  end.tv_sec += (time_t)(nsec / NSEC_PER_SEC);
  end.tv_nsec = (long)(nsec % NSEC_PER_SEC);
  return host_wait(sem, &end);
}

int nxsem_tickwait_uninterruptible(FAR sem_t *sem, uint32_t delay)
{
  return nxsem_tickwait(sem, delay);
}

static void __attribute__((constructor)) host_clock_start(void)
{
  clock_gettime(CLOCK_MONOTONIC, &g_start);
}

/* Interrupts counted but not yet served are forgotten */

void host_port_reset(void)
{
  host_common_reset();
  host_thread_init();

  __atomic_store_n(&g_isr, NULL, __ATOMIC_RELEASE);
  spin_lock_init(&g_critical);

  g_host_irq.mask = 1;
  host_irq_fence();
  g_host_irq.served = g_host_irq.raised;
  g_host_irq.depth = 0;
  g_host_irq.locks = 0;
  g_host_irq.schedlock = 0;
  g_host_irq.critical = 0;
  host_irq_fence();
  g_host_irq.mask = 0;
  host_irq_fence();
  host_irq_replay();

  host_clock_start();
}

#endif /* HOST_PTHREAD */
