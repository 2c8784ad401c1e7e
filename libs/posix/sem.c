/* libs/posix/sem.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Semaphores: the kernel's own, in the room of glibc's sem_t.  The kernel's
 * header takes the name over; host_sem_t is glibc's.
 */

#include <semaphore.h>

typedef sem_t host_sem_t;

#define host_decl(name) typedef __typeof__(name) host_##name

host_decl(sem_init);
host_decl(sem_destroy);
host_decl(sem_wait);
host_decl(sem_trywait);
host_decl(sem_timedwait);
host_decl(sem_post);
host_decl(sem_getvalue);

#include "binding.h"

extern host_sem_init posix_sem_init;
extern host_sem_destroy posix_sem_destroy;
extern host_sem_wait posix_sem_wait;
extern host_sem_trywait posix_sem_trywait;
extern host_sem_timedwait posix_sem_timedwait;
extern host_sem_post posix_sem_post;
extern host_sem_getvalue posix_sem_getvalue;

static nxsem_t *kernel(host_sem_t *sem)
{
  return (nxsem_t *)sem;
}

int posix_sem_init(host_sem_t *sem, int pshared, unsigned int value)
{
  return posix_call(CALL_PLAIN, nxsem_init(kernel(sem), pshared, value));
}

int posix_sem_destroy(host_sem_t *sem)
{
  return posix_call(CALL_PLAIN, nxsem_destroy(kernel(sem)));
}

int posix_sem_wait(host_sem_t *sem)
{
  return posix_call(CALL_CANCEL | CALL_RESTART, nxsem_wait(kernel(sem)));
}

int posix_sem_trywait(host_sem_t *sem)
{
  return posix_call(CALL_PLAIN, nxsem_trywait(kernel(sem)));
}

int posix_sem_clockwait(host_sem_t *sem, clockid_t clock,
                        const struct timespec *abstime);
int posix_sem_clockwait(host_sem_t *sem, clockid_t clock,
                        const struct timespec *abstime)
{
  return posix_call(CALL_CANCEL | CALL_RESTART,
                    nxsem_clockwait(kernel(sem), clock, abstime));
}

int posix_sem_timedwait(host_sem_t *sem, const struct timespec *abstime)
{
  return posix_sem_clockwait(sem, CLOCK_REALTIME, abstime);
}

int posix_sem_post(host_sem_t *sem)
{
  return posix_call(CALL_PLAIN, nxsem_post(kernel(sem)));
}

int posix_sem_getvalue(host_sem_t *sem, int *value)
{
  int ret = posix_call(CALL_PLAIN, nxsem_get_value(kernel(sem), value));

  /* Linux does not count those who wait */

  if (ret == 0 && *value < 0)
    {
      *value = 0;
    }

  return ret;
}
