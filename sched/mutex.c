/* sched/mutex.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Mutexes with priority inheritance.
 *
 * A task runs at the highest of its own (base) priority and those of all who
 * wait for a mutex that it holds.  Each task has a list of the mutexes it
 * holds; the queue of a mutex has the highest waiter first.  When one of
 * these things changes, nxsched_reprioritize() computes the priority of a
 * task anew, and if it has changed and the task waits for a mutex in turn,
 * goes on with the holder of that: along the chain, as far as it matters.  A
 * ring of tasks that wait for each other ends this, too, because priorities
 * stop changing.
 *
 * An unlocked mutex with waiters does not exist: unlocking hands it over.
 */

#include <nuttx/config.h>

#include "core.h"

static void take(FAR struct mutex_s *mutex, FAR struct tcb_s *tcb)
{
  mutex->holder = tcb;
  mutex->prev   = NULL;
  mutex->next   = tcb->held;
  if (mutex->next != NULL)
    {
      mutex->next->prev = mutex;
    }

  tcb->held = mutex;
  if ((mutex->flags & MUTEX_KERNEL) != 0)
    {
      tcb->nlocks++;
    }
}

static void release(FAR struct mutex_s *mutex, FAR struct tcb_s *tcb)
{
  if (mutex->next != NULL)
    {
      mutex->next->prev = mutex->prev;
    }

  if (mutex->prev != NULL)
    {
      mutex->prev->next = mutex->next;
    }
  else
    {
      DEBUGASSERT(tcb->held == mutex);
      tcb->held = mutex->next;
    }

  mutex->holder = NULL;
  mutex->next   = NULL;
  mutex->prev   = NULL;
  if ((mutex->flags & MUTEX_KERNEL) != 0)
    {
      DEBUGASSERT(tcb->nlocks > 0);
      tcb->nlocks--;
    }
}

static uint8_t effective_priority(FAR struct tcb_s *tcb)
{
  uint8_t priority = tcb->base_priority;
  FAR struct mutex_s *mutex;

  for (mutex = tcb->held; mutex != NULL; mutex = mutex->next)
    {
      if (mutex->waiters != NULL)
        {
          priority = MAX(priority, mutex->waiters->sched_priority);
        }
    }

  return priority;
}

void nxsched_reprioritize(FAR struct tcb_s *tcb)
{
  while (tcb != NULL && tcb != &g_sched.ghost)
    {
      uint8_t priority = effective_priority(tcb);

      if (priority == tcb->sched_priority)
        {
          break;
        }

      nxsched_requeue(tcb, priority);
      tcb = tcb->waittype == TWAIT_MUTEX ?
            ((FAR struct mutex_s *)tcb->waitobj)->holder : NULL;
    }
}

int nxsched_set_priority(FAR struct tcb_s *tcb, int priority)
{
  if (priority < SCHED_PRIORITY_MIN || priority > SCHED_PRIORITY_MAX)
    {
      return -EINVAL;
    }

  tcb->base_priority = (uint8_t)priority;
  nxsched_reprioritize(tcb);
  return 0;
}

/* A task has exited.  What it held of the applications' goes to the ghost,
 * which never unlocks; what it held of the kernel's (only when the kernel
 * was ended under its feet) is unlocked.
 */

void nxmutex_abandon(FAR struct tcb_s *tcb)
{
  while (tcb->held != NULL)
    {
      FAR struct mutex_s *mutex = tcb->held;

      release(mutex, tcb);
      if ((mutex->flags & MUTEX_KERNEL) == 0)
        {
          mutex->holder = &g_sched.ghost;
        }
    }
}

static int lock_common(FAR struct mutex_s *mutex, uint64_t deadline,
                       bool interruptible, FAR const void *site)
{
  FAR struct tcb_s *self = g_sched.running;
  int ret;

  DEBUGASSERT(!up_interrupt_context());

  if (mutex->holder == NULL)
    {
      take(mutex, self);
      return 0;
    }

  if (mutex->holder == self)
    {
      return -EDEADLK;
    }

  if (interruptible)
    {
      ret = nxsched_interrupted(self);
      if (ret < 0)
        {
          return ret;
        }
    }

  if (deadline <= clock_systime_ns())
    {
      return -ETIMEDOUT;
    }

  return nxsched_wait(TWAIT_MUTEX, mutex, &mutex->waiters, deadline,
                      interruptible, site);
}

static int clocklock_common(FAR struct mutex_s *mutex, clockid_t clockid,
                            FAR const struct timespec *abstime,
                            FAR const void *site)
{
  uint64_t deadline;
  int ret;

  /* A bad time is no error if there is nothing to wait for */

  ret = clock_deadline(clockid, abstime, &deadline);
  if (ret < 0 && (mutex->holder == NULL || mutex->holder == g_sched.running))
    {
      deadline = 0;
      ret      = 0;
    }

  return ret < 0 ? ret : lock_common(mutex, deadline, true, site);
}

static uint64_t after_ms(unsigned int timeout)
{
  return clock_after(clock_refresh(), MSEC2TICK(timeout));
}

int nxmutex_init(FAR mutex_t *mutex)
{
  *mutex = (struct mutex_s)NXMUTEX_INITIALIZER;
  return 0;
}

int nxmutex_init_user(FAR mutex_t *mutex)
{
  *mutex = (struct mutex_s){ .flags = 0 };
  return 0;
}

int nxmutex_destroy(FAR mutex_t *mutex)
{
  return mutex->holder != NULL ? -EBUSY : 0;
}

int nxmutex_lock(FAR mutex_t *mutex)
{
  return lock_common(mutex, CLOCK_NEVER, false, SCHED_SITE);
}

int nxmutex_lock_interruptible(FAR mutex_t *mutex)
{
  return lock_common(mutex, CLOCK_NEVER, true, SCHED_SITE);
}

int nxmutex_timedlock(FAR mutex_t *mutex, unsigned int timeout)
{
  return lock_common(mutex, after_ms(timeout), false, SCHED_SITE);
}

int nxmutex_clocklock(FAR mutex_t *mutex, clockid_t clockid,
                      FAR const struct timespec *abstime)
{
  return clocklock_common(mutex, clockid, abstime, SCHED_SITE);
}

int nxmutex_trylock(FAR mutex_t *mutex)
{
  DEBUGASSERT(!up_interrupt_context());

  if (mutex->holder != NULL)
    {
      return -EAGAIN;
    }

  take(mutex, g_sched.running);
  return 0;
}

int nxmutex_unlock(FAR mutex_t *mutex)
{
  FAR struct tcb_s *self = g_sched.running;
  FAR struct tcb_s *heir = mutex->waiters;

  DEBUGASSERT(!up_interrupt_context());

  if (mutex->holder != self)
    {
      return -EPERM;
    }

  release(mutex, self);
  if (heir != NULL)
    {
      nxsched_wake(heir, 0);
      take(mutex, heir);
    }

  nxsched_reprioritize(self);
  return 0;
}

bool nxmutex_is_locked(FAR mutex_t *mutex)
{
  return mutex->holder != NULL;
}

bool nxmutex_is_hold(FAR mutex_t *mutex)
{
  return mutex->holder == g_sched.running;
}

pid_t nxmutex_get_holder(FAR mutex_t *mutex)
{
  return mutex->holder != NULL ? mutex->holder->pid : -1;
}

/* Recursive mutexes: "count" is how many locks there are beyond the first */

static int relock(FAR rmutex_t *rmutex)
{
  if (rmutex->mutex.count == UINT32_MAX)
    {
      return -EOVERFLOW;
    }

  rmutex->mutex.count++;
  return 0;
}

int nxrmutex_init(FAR rmutex_t *rmutex)
{
  return nxmutex_init(&rmutex->mutex);
}

int nxrmutex_init_user(FAR rmutex_t *rmutex)
{
  return nxmutex_init_user(&rmutex->mutex);
}

int nxrmutex_destroy(FAR rmutex_t *rmutex)
{
  return nxmutex_destroy(&rmutex->mutex);
}

int nxrmutex_lock(FAR rmutex_t *rmutex)
{
  int ret = lock_common(&rmutex->mutex, CLOCK_NEVER, false, SCHED_SITE);

  return ret == -EDEADLK ? relock(rmutex) : ret;
}

int nxrmutex_lock_interruptible(FAR rmutex_t *rmutex)
{
  int ret = lock_common(&rmutex->mutex, CLOCK_NEVER, true, SCHED_SITE);

  return ret == -EDEADLK ? relock(rmutex) : ret;
}

int nxrmutex_timedlock(FAR rmutex_t *rmutex, unsigned int timeout)
{
  int ret = lock_common(&rmutex->mutex, after_ms(timeout), false,
                        SCHED_SITE);

  return ret == -EDEADLK ? relock(rmutex) : ret;
}

int nxrmutex_clocklock(FAR rmutex_t *rmutex, clockid_t clockid,
                       FAR const struct timespec *abstime)
{
  int ret = clocklock_common(&rmutex->mutex, clockid, abstime, SCHED_SITE);

  return ret == -EDEADLK ? relock(rmutex) : ret;
}

int nxrmutex_trylock(FAR rmutex_t *rmutex)
{
  return nxmutex_is_hold(&rmutex->mutex) ? relock(rmutex) :
                                           nxmutex_trylock(&rmutex->mutex);
}

int nxrmutex_unlock(FAR rmutex_t *rmutex)
{
  if (nxmutex_is_hold(&rmutex->mutex) && rmutex->mutex.count > 0)
    {
      rmutex->mutex.count--;
      return 0;
    }

  return nxmutex_unlock(&rmutex->mutex);
}

bool nxrmutex_is_locked(FAR rmutex_t *rmutex)
{
  return nxmutex_is_locked(&rmutex->mutex);
}

bool nxrmutex_is_hold(FAR rmutex_t *rmutex)
{
  return nxmutex_is_hold(&rmutex->mutex);
}

pid_t nxrmutex_get_holder(FAR rmutex_t *rmutex)
{
  return nxmutex_get_holder(&rmutex->mutex);
}
