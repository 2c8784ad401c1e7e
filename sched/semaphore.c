/* sched/semaphore.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Counting semaphores.  A post while somebody waits is handed over: the
 * count stays below zero by those who still wait, and nobody who comes in
 * between can take it.
 */

#include <nuttx/config.h>

#include "core.h"

/* Decrement, waiting until a time since boot in ns if need be. */

static int sem_wait_common(FAR sem_t *sem, uint64_t deadline,
                           bool interruptible, FAR const void *site)
{
  int ret;

  DEBUGASSERT(!up_interrupt_context() && !sched_idletask());

  if (interruptible)
    {
      ret = nxsched_interrupted(g_sched.running);
      if (ret < 0)
        {
          return ret;
        }
    }

  if (sem->semcount > 0)
    {
      sem->semcount--;
      return 0;
    }

  if (deadline <= clock_systime_ns())
    {
      return -ETIMEDOUT;
    }

  sem->semcount--;
  return nxsched_wait(TWAIT_SEM, sem, &sem->waiters, deadline, interruptible,
                      site);
}

static int sem_tickwait_common(FAR sem_t *sem, clock_t delay,
                               bool interruptible, FAR const void *site)
{
  return sem_wait_common(sem, clock_after(clock_refresh(), delay),
                         interruptible, site);
}

static int sem_clockwait_common(FAR sem_t *sem, clockid_t clockid,
                                FAR const struct timespec *abstime,
                                bool interruptible, FAR const void *site)
{
  uint64_t deadline;
  int ret;

  /* A bad time is no error if there is nothing to wait for */

  ret = clock_deadline(clockid, abstime, &deadline);
  if (ret < 0)
    {
      return sem->semcount > 0 ? nxsem_trywait(sem) : ret;
    }

  return sem_wait_common(sem, deadline, interruptible, site);
}

int nxsem_init(FAR sem_t *sem, int pshared, unsigned int value)
{
  (void)pshared;

  if (value > NXSEM_VALUE_MAX)
    {
      return -EINVAL;
    }

  sem->semcount = (int32_t)value;
  sem->flags    = 0;
  sem->waiters  = NULL;
  return 0;
}

int nxsem_destroy(FAR sem_t *sem)
{
  return sem->waiters != NULL ? -EBUSY : 0;
}

int nxsem_wait(FAR sem_t *sem)
{
  return sem_wait_common(sem, CLOCK_NEVER, true, SCHED_SITE);
}

int nxsem_wait_uninterruptible(FAR sem_t *sem)
{
  return sem_wait_common(sem, CLOCK_NEVER, false, SCHED_SITE);
}

int nxsem_wait_until(FAR sem_t *sem, uint64_t deadline)
{
  clock_refresh();
  return sem_wait_common(sem, deadline, true, SCHED_SITE);
}

int nxsem_tickwait(FAR sem_t *sem, clock_t delay)
{
  return sem_tickwait_common(sem, delay, true, SCHED_SITE);
}

int nxsem_tickwait_uninterruptible(FAR sem_t *sem, clock_t delay)
{
  return sem_tickwait_common(sem, delay, false, SCHED_SITE);
}

int nxsem_clockwait(FAR sem_t *sem, clockid_t clockid,
                    FAR const struct timespec *abstime)
{
  return sem_clockwait_common(sem, clockid, abstime, true, SCHED_SITE);
}

int nxsem_clockwait_uninterruptible(FAR sem_t *sem, clockid_t clockid,
                                    FAR const struct timespec *abstime)
{
  return sem_clockwait_common(sem, clockid, abstime, false, SCHED_SITE);
}

int nxsem_trywait(FAR sem_t *sem)
{
  if (sem->semcount <= 0)
    {
      return -EAGAIN;
    }

  sem->semcount--;
  return 0;
}

int nxsem_post(FAR sem_t *sem)
{
  if (sem->semcount >= NXSEM_VALUE_MAX)
    {
      return -EOVERFLOW;
    }

  sem->semcount++;
  if (sem->waiters != NULL)
    {
      nxsched_wake(sem->waiters, 0);
    }

  return 0;
}

int nxsem_get_value(FAR sem_t *sem, FAR int *sval)
{
  *sval = sem->semcount;
  return 0;
}
