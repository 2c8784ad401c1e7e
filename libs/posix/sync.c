/* libs/posix/sync.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Mutexes, condition variables, locks, barriers.  They lie in the room of
 * glibc's types and are all zero when fresh, but for the kind of a mutex,
 * which is where glibc's initialisers put it: so PTHREAD_MUTEX_INITIALIZER
 * and its like work.  Nothing has to be freed.
 *
 * What is unlocked with somebody waiting is handed over at once: the first
 * waiter owns it before it runs.
 */

#include "binding.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

/* Mutexes */

struct pmutex_s
{
  struct posix_waitq_s waiters;
  struct posix_thread_s *owner;
#if __WORDSIZE == 64
  int kind;
  unsigned int count;            /* Locks of a recursive one */
#else
  unsigned int count;
  int kind;
#endif
};

static_assert(sizeof(struct pmutex_s) <= sizeof(pthread_mutex_t),
              "a mutex has to fit into glibc's");
static_assert(offsetof(struct pmutex_s, kind) ==
              offsetof(pthread_mutex_t, __data.__kind),
              "glibc's initialisers have to set the kind");

#define MUTEX(m)     ((struct pmutex_s *)(m))
#define KIND(mutex)  ((mutex)->kind & 3)

static int mutex_trylock(struct pmutex_s *mutex)
{
  struct posix_thread_s *self = posix_self();

  if (mutex->owner == self && KIND(mutex) == PTHREAD_MUTEX_RECURSIVE)
    {
      if (mutex->count == UINT32_MAX)
        {
          return -EAGAIN;
        }

      mutex->count++;
      return 0;
    }

  if (mutex->owner != NULL)
    {
      return -EBUSY;
    }

  mutex->owner = self;
  mutex->count = 1;
  return 0;
}

static int mutex_lock(struct pmutex_s *mutex, clockid_t clock,
                      const struct timespec *abstime)
{
  int ret = mutex_trylock(mutex);

  if (ret != -EBUSY)
    {
      return ret;
    }

  if (mutex->owner == posix_self() &&
      KIND(mutex) == PTHREAD_MUTEX_ERRORCHECK)
    {
      return -EDEADLK;
    }

  return posix_wait(&mutex->waiters, clock, abstime, false);
}

static void mutex_release(struct pmutex_s *mutex)
{
  mutex->owner = posix_wake(&mutex->waiters);
  mutex->count = mutex->owner != NULL;
}

static int mutex_unlock(struct pmutex_s *mutex)
{
  /* Those of other kinds may be unlocked by whoever likes to */

  if ((KIND(mutex) == PTHREAD_MUTEX_RECURSIVE ||
       KIND(mutex) == PTHREAD_MUTEX_ERRORCHECK) &&
      mutex->owner != posix_self())
    {
      return -EPERM;
    }

  if (mutex->owner != NULL && --mutex->count == 0)
    {
      mutex_release(mutex);
    }

  return 0;
}

BIND(pthread_mutexattr_init);
int posix_pthread_mutexattr_init(pthread_mutexattr_t *attr)
{
  *(int *)attr = PTHREAD_MUTEX_DEFAULT;
  return 0;
}

BIND(pthread_mutexattr_destroy);
int posix_pthread_mutexattr_destroy(pthread_mutexattr_t *attr)
{
  UNUSED(attr);
  return 0;
}

BIND(pthread_mutexattr_settype);
int posix_pthread_mutexattr_settype(pthread_mutexattr_t *attr, int kind)
{
  if (kind < PTHREAD_MUTEX_NORMAL || kind > PTHREAD_MUTEX_ADAPTIVE_NP)
    {
      return EINVAL;
    }

  *(int *)attr = kind;
  return 0;
}

BIND(pthread_mutexattr_gettype);
int posix_pthread_mutexattr_gettype(const pthread_mutexattr_t *attr,
                                    int *kind)
{
  *kind = *(const int *)attr;
  return 0;
}

BIND(pthread_mutexattr_setprotocol);
int posix_pthread_mutexattr_setprotocol(pthread_mutexattr_t *attr,
                                        int protocol)
{
  UNUSED(attr);
  return protocol == PTHREAD_PRIO_NONE ? 0 : ENOTSUP;
}

BIND(pthread_mutexattr_getprotocol);
int posix_pthread_mutexattr_getprotocol(const pthread_mutexattr_t *attr,
                                        int *protocol)
{
  UNUSED(attr);
  *protocol = PTHREAD_PRIO_NONE;
  return 0;
}

BIND(pthread_mutex_init);
int posix_pthread_mutex_init(pthread_mutex_t *mutex,
                             const pthread_mutexattr_t *attr)
{
  memset(mutex, 0, sizeof(*mutex));
  MUTEX(mutex)->kind = attr != NULL ? *(const int *)attr :
                                      PTHREAD_MUTEX_DEFAULT;
  return 0;
}

BIND(pthread_mutex_destroy);
int posix_pthread_mutex_destroy(pthread_mutex_t *mutex)
{
  return MUTEX(mutex)->owner != NULL ? EBUSY : 0;
}

BIND(pthread_mutex_lock);
int posix_pthread_mutex_lock(pthread_mutex_t *mutex)
{
  return posix_pcall(CALL_PLAIN,
                     mutex_lock(MUTEX(mutex), CLOCK_MONOTONIC, NULL));
}

BIND(pthread_mutex_trylock);
int posix_pthread_mutex_trylock(pthread_mutex_t *mutex)
{
  return -mutex_trylock(MUTEX(mutex));
}

BIND(pthread_mutex_clocklock);
int posix_pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock,
                                  const struct timespec *abstime)
{
  return posix_pcall(CALL_PLAIN, mutex_lock(MUTEX(mutex), clock, abstime));
}

BIND(pthread_mutex_timedlock);
int posix_pthread_mutex_timedlock(pthread_mutex_t *mutex,
                                  const struct timespec *abstime)
{
  return posix_pthread_mutex_clocklock(mutex, CLOCK_REALTIME, abstime);
}

BIND(pthread_mutex_unlock);
int posix_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
  return posix_pcall(CALL_PLAIN, mutex_unlock(MUTEX(mutex)));
}

/* Condition variables */

struct pcond_s
{
  struct posix_waitq_s waiters;
  clockid_t clock;               /* CLOCK_REALTIME is 0 */
};

static_assert(sizeof(struct pcond_s) <= sizeof(pthread_cond_t),
              "a condition variable has to fit into glibc's");
static_assert(CLOCK_REALTIME == 0, "a fresh one has this clock");

#define COND(c) ((struct pcond_s *)(c))

/* A signal ends the wait as if by chance, which POSIX allows, so that its
 * handler runs.  So does a cancellation, which is looked at with the mutex
 * locked, unless there was something to wake up for.
 */

static int cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock,
                     clockid_t clock, const struct timespec *abstime)
{
  struct pmutex_s *mutex = MUTEX(lock);
  unsigned int count = mutex->count;
  int relocked;
  int ret;

  if (mutex->owner != posix_self())
    {
      return -EPERM;
    }

  mutex_release(mutex);
  ret = posix_wait(&COND(cond)->waiters, clock, abstime, true);
  relocked = mutex_lock(mutex, CLOCK_MONOTONIC, NULL);
  if (relocked < 0)
    {
      return relocked;           /* Killed */
    }

  mutex->count = count;
  if (ret < 0)
    {
      posix_pthread_testcancel();
    }

  return ret == -EINTR ? 0 : ret;
}

BIND(pthread_condattr_init);
int posix_pthread_condattr_init(pthread_condattr_t *attr)
{
  *(int *)attr = CLOCK_REALTIME;
  return 0;
}

BIND(pthread_condattr_destroy);
int posix_pthread_condattr_destroy(pthread_condattr_t *attr)
{
  UNUSED(attr);
  return 0;
}

BIND(pthread_condattr_setclock);
int posix_pthread_condattr_setclock(pthread_condattr_t *attr,
                                    clockid_t clock)
{
  if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
    {
      return EINVAL;
    }

  *(int *)attr = clock;
  return 0;
}

BIND(pthread_condattr_getclock);
int posix_pthread_condattr_getclock(const pthread_condattr_t *attr,
                                    clockid_t *clock)
{
  *clock = *(const int *)attr;
  return 0;
}

BIND(pthread_cond_init);
int posix_pthread_cond_init(pthread_cond_t *cond,
                            const pthread_condattr_t *attr)
{
  memset(cond, 0, sizeof(*cond));
  COND(cond)->clock = attr != NULL ? *(const int *)attr : CLOCK_REALTIME;
  return 0;
}

BIND(pthread_cond_destroy);
int posix_pthread_cond_destroy(pthread_cond_t *cond)
{
  return COND(cond)->waiters.head != NULL ? EBUSY : 0;
}

BIND(pthread_cond_wait);
int posix_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
  return posix_pcall(CALL_CANCEL,
                     cond_wait(cond, mutex, CLOCK_MONOTONIC, NULL));
}

BIND(pthread_cond_clockwait);
int posix_pthread_cond_clockwait(pthread_cond_t *cond,
                                 pthread_mutex_t *mutex, clockid_t clock,
                                 const struct timespec *abstime)
{
  return posix_pcall(CALL_CANCEL, cond_wait(cond, mutex, clock, abstime));
}

BIND(pthread_cond_timedwait);
int posix_pthread_cond_timedwait(pthread_cond_t *cond,
                                 pthread_mutex_t *mutex,
                                 const struct timespec *abstime)
{
  return posix_pthread_cond_clockwait(cond, mutex, COND(cond)->clock,
                                      abstime);
}

BIND(pthread_cond_signal);
int posix_pthread_cond_signal(pthread_cond_t *cond)
{
  posix_wake(&COND(cond)->waiters);
  return 0;
}

BIND(pthread_cond_broadcast);
int posix_pthread_cond_broadcast(pthread_cond_t *cond)
{
  posix_wake_all(&COND(cond)->waiters);
  return 0;
}

/* Read-write locks.  As with glibc, who wants to read does not stand behind
 * those who wait to write, so a thread may lock for reading twice.
 */

struct prwlock_s
{
  struct posix_waitq_s readers;
  struct posix_waitq_s writers;
  struct posix_thread_s *writer;
  unsigned int nreaders;         /* That have it */
};

static_assert(sizeof(struct prwlock_s) <=
              offsetof(pthread_rwlock_t, __data.__flags),
              "a lock has to fit into glibc's");

#define RWLOCK(l) ((struct prwlock_s *)(l))

static int try_read(struct prwlock_s *lock)
{
  if (lock->writer != NULL)
    {
      return -EBUSY;
    }

  lock->nreaders++;
  return 0;
}

static int try_write(struct prwlock_s *lock)
{
  if (lock->writer != NULL || lock->nreaders != 0)
    {
      return -EBUSY;
    }

  lock->writer = posix_self();
  return 0;
}

static int lock_read(struct prwlock_s *lock, const struct timespec *abstime)
{
  return try_read(lock) == 0 ? 0 : lock->writer == posix_self() ? -EDEADLK :
         posix_wait(&lock->readers, CLOCK_REALTIME, abstime, false);
}

static int lock_write(struct prwlock_s *lock, const struct timespec *abstime)
{
  return try_write(lock) == 0 ? 0 : lock->writer == posix_self() ? -EDEADLK :
         posix_wait(&lock->writers, CLOCK_REALTIME, abstime, false);
}

static int unlock(struct prwlock_s *lock)
{
  if (lock->writer != NULL)
    {
      if (lock->writer != posix_self())
        {
          return -EPERM;
        }

      lock->writer = NULL;
      while (posix_wake(&lock->readers) != NULL)
        {
          lock->nreaders++;
        }
    }
  else if (lock->nreaders == 0)
    {
      return -EPERM;
    }
  else
    {
      lock->nreaders--;
    }

  if (lock->nreaders == 0)
    {
      lock->writer = posix_wake(&lock->writers);
    }

  return 0;
}

BIND(pthread_rwlockattr_init);
int posix_pthread_rwlockattr_init(pthread_rwlockattr_t *attr)
{
  memset(attr, 0, sizeof(*attr));
  return 0;
}

BIND(pthread_rwlockattr_destroy);
int posix_pthread_rwlockattr_destroy(pthread_rwlockattr_t *attr)
{
  UNUSED(attr);
  return 0;
}

BIND(pthread_rwlock_init);
int posix_pthread_rwlock_init(pthread_rwlock_t *lock,
                              const pthread_rwlockattr_t *attr)
{
  UNUSED(attr);
  memset(lock, 0, sizeof(*lock));
  return 0;
}

BIND(pthread_rwlock_destroy);
int posix_pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
  return RWLOCK(lock)->writer != NULL || RWLOCK(lock)->nreaders != 0 ?
         EBUSY : 0;
}

BIND(pthread_rwlock_rdlock);
int posix_pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
  return posix_pcall(CALL_PLAIN, lock_read(RWLOCK(lock), NULL));
}

BIND(pthread_rwlock_tryrdlock);
int posix_pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
  return -try_read(RWLOCK(lock));
}

BIND(pthread_rwlock_timedrdlock);
int posix_pthread_rwlock_timedrdlock(pthread_rwlock_t *lock,
                                     const struct timespec *abstime)
{
  return posix_pcall(CALL_PLAIN, lock_read(RWLOCK(lock), abstime));
}

BIND(pthread_rwlock_wrlock);
int posix_pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
  return posix_pcall(CALL_PLAIN, lock_write(RWLOCK(lock), NULL));
}

BIND(pthread_rwlock_trywrlock);
int posix_pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
  return -try_write(RWLOCK(lock));
}

BIND(pthread_rwlock_timedwrlock);
int posix_pthread_rwlock_timedwrlock(pthread_rwlock_t *lock,
                                     const struct timespec *abstime)
{
  return posix_pcall(CALL_PLAIN, lock_write(RWLOCK(lock), abstime));
}

BIND(pthread_rwlock_unlock);
int posix_pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
  return posix_pcall(CALL_PLAIN, unlock(RWLOCK(lock)));
}

/* Barriers */

struct pbarrier_s
{
  struct posix_waitq_s waiters;
  unsigned int total;
  unsigned int arrived;
};

static_assert(sizeof(struct pbarrier_s) <= sizeof(pthread_barrier_t),
              "a barrier has to fit into glibc's");

/* 1: the caller was the last, who did not wait */

static int barrier_wait(struct pbarrier_s *barrier)
{
  int ret;

  if (++barrier->arrived == barrier->total)
    {
      barrier->arrived = 0;
      posix_wake_all(&barrier->waiters);
      return 1;
    }

  ret = posix_wait(&barrier->waiters, CLOCK_MONOTONIC, NULL, false);
  barrier->arrived -= ret < 0;
  return ret;
}

BIND(pthread_barrierattr_init);
int posix_pthread_barrierattr_init(pthread_barrierattr_t *attr)
{
  memset(attr, 0, sizeof(*attr));
  return 0;
}

BIND(pthread_barrierattr_destroy);
int posix_pthread_barrierattr_destroy(pthread_barrierattr_t *attr)
{
  UNUSED(attr);
  return 0;
}

BIND(pthread_barrier_init);
int posix_pthread_barrier_init(pthread_barrier_t *barrier,
                               const pthread_barrierattr_t *attr,
                               unsigned int count)
{
  UNUSED(attr);
  memset(barrier, 0, sizeof(*barrier));
  ((struct pbarrier_s *)barrier)->total = count;
  return count == 0 ? EINVAL : 0;
}

BIND(pthread_barrier_destroy);
int posix_pthread_barrier_destroy(pthread_barrier_t *barrier)
{
  return ((struct pbarrier_s *)barrier)->arrived != 0 ? EBUSY : 0;
}

BIND(pthread_barrier_wait);
int posix_pthread_barrier_wait(pthread_barrier_t *barrier)
{
  int ret = posix_pcall(CALL_PLAIN,
                        barrier_wait((struct pbarrier_s *)barrier));

  return ret == 1 ? PTHREAD_BARRIER_SERIAL_THREAD : 0;
}

/* Spin locks have room for a bit only, and spinning would be for ever: who
 * finds one locked waits in a queue that all of them share.
 */

static int spin_lock(pthread_spinlock_t *lock)
{
  int ret = 0;

  while (*lock != 0 && ret == 0)
    {
      ret = posix_wait(&g_posix.spinning, CLOCK_MONOTONIC, NULL, false);
    }

  *lock = 1;
  return ret;
}

BIND(pthread_spin_init);
int posix_pthread_spin_init(pthread_spinlock_t *lock, int pshared)
{
  UNUSED(pshared);
  *lock = 0;
  return 0;
}

BIND(pthread_spin_destroy);
int posix_pthread_spin_destroy(pthread_spinlock_t *lock)
{
  UNUSED(lock);
  return 0;
}

BIND(pthread_spin_lock);
int posix_pthread_spin_lock(pthread_spinlock_t *lock)
{
  return posix_pcall(CALL_PLAIN, spin_lock(lock));
}

BIND(pthread_spin_trylock);
int posix_pthread_spin_trylock(pthread_spinlock_t *lock)
{
  if (*lock != 0)
    {
      return EBUSY;
    }

  *lock = 1;
  return 0;
}

BIND(pthread_spin_unlock);
int posix_pthread_spin_unlock(pthread_spinlock_t *lock)
{
  *lock = 0;
  posix_wake_all(&g_posix.spinning);
  return 0;
}

/* Once.  Likewise, there is a queue for those who wait for any of them.  A
 * thread that is cancelled in the midst has not done it.
 */

enum once_e
{
  ONCE_FRESH = PTHREAD_ONCE_INIT,
  ONCE_RUNNING,
  ONCE_DONE
};

static void once_set(pthread_once_t *once, enum once_e state)
{
  *once = state;
  posix_wake_all(&g_posix.oncing);
}

static int once_wait(pthread_once_t *once)
{
  int ret = 0;

  while (*once == ONCE_RUNNING && ret == 0)
    {
      ret = posix_wait(&g_posix.oncing, CLOCK_MONOTONIC, NULL, false);
    }

  return ret;
}

BIND(pthread_once);
int posix_pthread_once(pthread_once_t *once, void (*routine)(void))
{
  __pthread_unwind_buf_t buf;

  posix_pcall(CALL_PLAIN, once_wait(once));
  if (*once == ONCE_DONE)
    {
      return 0;
    }

  if (__sigsetjmp_cancel(buf.__cancel_jmp_buf, 0) != 0)
    {
      once_set(once, ONCE_FRESH);
      posix___pthread_unwind_next(&buf);
    }

  posix___pthread_register_cancel(&buf);
  *once = ONCE_RUNNING;
  routine();
  posix___pthread_unregister_cancel(&buf);
  once_set(once, ONCE_DONE);
  return 0;
}
