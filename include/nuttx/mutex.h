/* include/nuttx/mutex.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Mutexes with priority inheritance: a task that holds one runs at least at
 * the priority of the first who waits for it, and passes that on to whoever
 * it waits for in turn.  On unlock the mutex goes to the first waiter at
 * once (the highest priority, the longest wait among equals).
 *
 * There are two kinds.  One that nxmutex_init() or NXMUTEX_INITIALIZER has
 * made is the kernel's: a task that is killed goes on until it holds none of
 * these, and exiting with one is a failed assertion.  A zeroed one, or one
 * made by nxmutex_init_user(), is an application's (a pthread_mutex_t): its
 * holder can be killed, and the mutex then stays locked for ever.
 *
 * Every function returns zero or a negated errno.  All of them are for tasks
 * only, never for interrupt context.
 */

#ifndef __INCLUDE_NUTTX_MUTEX_H
#define __INCLUDE_NUTTX_MUTEX_H

#include <nuttx/config.h>

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <nuttx/compiler.h>
#include <nuttx/clock.h>

#define MUTEX_KERNEL 1           /* The kernel's: see above */

struct tcb_s;

struct mutex_s
{
  FAR struct tcb_s *holder;      /* NULL: unlocked */
  FAR struct tcb_s *waiters;     /* The first; a ring */
  FAR struct mutex_s *next;      /* In the list of what the holder holds */
  FAR struct mutex_s *prev;
  uint32_t count;                /* Of a recursive mutex: locks */
  uint32_t flags;                /* MUTEX_* */
};

typedef struct mutex_s mutex_t;

typedef struct rmutex_s
{
  struct mutex_s mutex;
} rmutex_t;

_Static_assert(sizeof(rmutex_t) <= (sizeof(FAR void *) == 4 ? 24 : 40),
               "a mutex must fit into the C library's");

#define NXMUTEX_INITIALIZER  { .flags = MUTEX_KERNEL }
#define NXRMUTEX_INITIALIZER { { .flags = MUTEX_KERNEL } }

int nxmutex_init(FAR mutex_t *mutex);
int nxmutex_init_user(FAR mutex_t *mutex);

/* -EBUSY: it is locked. */

int nxmutex_destroy(FAR mutex_t *mutex);

/* Lock, waiting if need be; nothing but the unlock ends the wait.  -EDEADLK:
 * the caller holds it already.
 */

int nxmutex_lock(FAR mutex_t *mutex);

/* Likewise, but -EINTR when the task is told to look up, as nxsem_wait() */

int nxmutex_lock_interruptible(FAR mutex_t *mutex);

/* -EAGAIN: it is locked (also if by the caller). */

int nxmutex_trylock(FAR mutex_t *mutex);

/* Wait so many milliseconds at most, or until a clock shows a time: then
 * -ETIMEDOUT.  The second can end with -EINTR and with -EINVAL.
 */

int nxmutex_timedlock(FAR mutex_t *mutex, unsigned int timeout);
int nxmutex_clocklock(FAR mutex_t *mutex, clockid_t clockid,
                      FAR const struct timespec *abstime);

/* -EPERM: the caller does not hold it. */

int nxmutex_unlock(FAR mutex_t *mutex);

bool nxmutex_is_locked(FAR mutex_t *mutex);
bool nxmutex_is_hold(FAR mutex_t *mutex);

/* The task id of the holder, or -1 */

pid_t nxmutex_get_holder(FAR mutex_t *mutex);

/* Recursive mutexes: whoever holds one may lock it again, and unlocks it as
 * often.  -EOVERFLOW: locked too often.
 */

int nxrmutex_init(FAR rmutex_t *rmutex);
int nxrmutex_init_user(FAR rmutex_t *rmutex);
int nxrmutex_destroy(FAR rmutex_t *rmutex);
int nxrmutex_lock(FAR rmutex_t *rmutex);
int nxrmutex_lock_interruptible(FAR rmutex_t *rmutex);
int nxrmutex_trylock(FAR rmutex_t *rmutex);
int nxrmutex_timedlock(FAR rmutex_t *rmutex, unsigned int timeout);
int nxrmutex_clocklock(FAR rmutex_t *rmutex, clockid_t clockid,
                       FAR const struct timespec *abstime);
int nxrmutex_unlock(FAR rmutex_t *rmutex);
bool nxrmutex_is_locked(FAR rmutex_t *rmutex);
bool nxrmutex_is_hold(FAR rmutex_t *rmutex);
pid_t nxrmutex_get_holder(FAR rmutex_t *rmutex);

#endif /* __INCLUDE_NUTTX_MUTEX_H */
