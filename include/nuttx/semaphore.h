/* include/nuttx/semaphore.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * NuttX's counting semaphores.  The count may go below zero: its absolute
 * value is then the number of waiters, and a post goes to the first of them:
 * to the highest priority, and to the longest wait among equals.  A wait
 * that ends without a post leaves the count as it found it.
 *
 * Every function returns zero or a negated errno and leaves errno alone.
 * Posting works in interrupt context; waiting there is a failed assertion.
 *
 * sem_t is NuttX's in every file that includes this header; the C library's
 * own type is not reachable by name there.  A zeroed sem_t is a valid
 * semaphore with count zero.
 */

#ifndef __INCLUDE_NUTTX_SEMAPHORE_H
#define __INCLUDE_NUTTX_SEMAPHORE_H

#include <nuttx/config.h>

#include <errno.h>
#include <semaphore.h>
#include <stdint.h>

#include <nuttx/compiler.h>
#include <nuttx/clock.h>

#define SEM_PRIO_NONE      0
#define SEM_PRIO_INHERIT   1
#define SEM_PRIO_PROTECT   2

#define NXSEM_INITIALIZER(c, f) { .semcount = (c), .flags = (f) }

#define NXSEM_VALUE_MAX    INT32_MAX

struct tcb_s;

struct sem_s
{
  volatile int32_t semcount;       /* Below zero: minus the waiters */
  uint32_t flags;                  /* Room for the owner; unused here */
  FAR struct tcb_s *waiters;       /* The first; a ring */
};

typedef struct sem_s nxsem_t;

#define sem_t nxsem_t

_Static_assert(sizeof(nxsem_t) <= (sizeof(FAR void *) == 4 ? 16 : 32),
               "a sem_t must fit into the C library's");

/* -EINVAL: the value is larger than NXSEM_VALUE_MAX. */

int nxsem_init(FAR sem_t *sem, int pshared, unsigned int value);

/* -EBUSY: somebody waits. */

int nxsem_destroy(FAR sem_t *sem);

/* Wait for a post.  The first form ends with -EINTR when the task is told to
 * look up (nxsched_interrupt(), nxsched_kill()), also if that happened
 * before; the second does not.
 */

int nxsem_wait(FAR sem_t *sem);
int nxsem_wait_uninterruptible(FAR sem_t *sem);

/* -EAGAIN: it would have to wait. */

int nxsem_trywait(FAR sem_t *sem);

/* Wait for so many ticks at most, or until a clock shows a time, or until a
 * time since boot in ns: then -ETIMEDOUT.  A time that is over does not keep
 * a semaphore that is free from being taken.  -EINVAL: bad clock or time.
 */

int nxsem_tickwait(FAR sem_t *sem, clock_t delay);
int nxsem_tickwait_uninterruptible(FAR sem_t *sem, clock_t delay);
int nxsem_clockwait(FAR sem_t *sem, clockid_t clockid,
                    FAR const struct timespec *abstime);
int nxsem_clockwait_uninterruptible(FAR sem_t *sem, clockid_t clockid,
                                    FAR const struct timespec *abstime);
int nxsem_wait_until(FAR sem_t *sem, uint64_t deadline);

/* -EOVERFLOW: the count would exceed NXSEM_VALUE_MAX. */

int nxsem_post(FAR sem_t *sem);

int nxsem_get_value(FAR sem_t *sem, FAR int *sval);

#endif /* __INCLUDE_NUTTX_SEMAPHORE_H */
