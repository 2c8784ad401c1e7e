/* tests/host/port/include/nuttx/semaphore.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * NuttX's counting semaphores.  The count may go below zero: its absolute
 * value is then the number of waiters, and a post goes to the first of them.
 * Every function returns zero or a negated errno and leaves errno alone.
 * A wait that times out leaves the count as it found it.
 *
 * sem_t stays NuttX's in every file that includes this header; the C
 * library's own type is not reachable by name there.
 */

#ifndef __HOST_PORT_NUTTX_SEMAPHORE_H
#define __HOST_PORT_NUTTX_SEMAPHORE_H

#include <nuttx/config.h>

#include <errno.h>
#include <stdint.h>

#include <nuttx/compiler.h>
#include <nuttx/clock.h>

#ifndef HOST_BARE
#  include <semaphore.h>
#endif

#define SEM_PRIO_NONE      0
#define SEM_PRIO_INHERIT   1
#define SEM_PRIO_PROTECT   2

#define NXSEM_INITIALIZER(c, f) { .semcount = (c), .flags = (f) }
#define SEM_INITIALIZER(c)      NXSEM_INITIALIZER(c, 0)

/* A larger count is refused, as in NuttX */

#ifndef NXSEM_VALUE_MAX
#  define NXSEM_VALUE_MAX 0x7fff
#endif

struct host_waiter_s;

struct sem_s
{
  volatile int32_t semcount;       /* Below zero: minus the waiters */
  uint8_t flags;
#if defined(HOST_PTHREAD) && !defined(HOST_BARE)
  sem_t token;                     /* The C library's: one per waiter woken */
#else
  FAR struct host_waiter_s *head;  /* Waiters, first come first */
#endif
};

typedef struct sem_s nxsem_t;

#define sem_t nxsem_t

int nxsem_init(FAR sem_t *sem, int pshared, unsigned int value);
int nxsem_destroy(FAR sem_t *sem);
int nxsem_wait(FAR sem_t *sem);
int nxsem_wait_uninterruptible(FAR sem_t *sem);
int nxsem_trywait(FAR sem_t *sem);
int nxsem_tickwait(FAR sem_t *sem, uint32_t delay);
int nxsem_tickwait_uninterruptible(FAR sem_t *sem, uint32_t delay);
int nxsem_post(FAR sem_t *sem);
int nxsem_get_value(FAR sem_t *sem, FAR int *sval);

#endif /* __HOST_PORT_NUTTX_SEMAPHORE_H */
