/* fs/fs_wait.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Waiting until something has changed.  A task that cannot go on waits in
 * the queue of the object; whoever changes the object wakes all of them, and
 * each looks again.  A deadline is in nanoseconds of clock_systime_ns().
 */

#include "vfs.h"

#include <errno.h>

static void fs_leave(FAR struct fs_waitq_s *queue,
                     FAR struct fs_waiter_s *waiter)
{
  FAR struct fs_waiter_s **link = &queue->head;

  while (*link != waiter)
    {
      link = &(*link)->flink;
    }

  *link = waiter->flink;
}

int fs_timedwait(FAR struct fs_waitq_s *queue, uint64_t deadline_ns)
{
  FAR struct fs_waiter_s **last = &queue->head;
  struct fs_waiter_s waiter;
  int ret;

  while (*last != NULL)
    {
      last = &(*last)->flink;
    }

  nxsem_init(&waiter.sem, 0, 0);
  waiter.woken = false;
  waiter.flink = NULL;
  *last        = &waiter;

  ret = nxsem_wait_until(&waiter.sem, deadline_ns);

  if (!waiter.woken)
    {
      fs_leave(queue, &waiter);
    }

  nxsem_destroy(&waiter.sem);
  return ret;
}

int fs_wait(FAR struct fs_waitq_s *queue)
{
  return fs_timedwait(queue, CLOCK_NEVER);
}

/* Let all that wait look again.  From any context. */

void fs_wake(FAR struct fs_waitq_s *queue)
{
  FAR struct fs_waiter_s *waiter = queue->head;

  queue->head = NULL;

  while (waiter != NULL)
    {
      FAR struct fs_waiter_s *next = waiter->flink;

      waiter->woken = true;
      nxsem_post(&waiter->sem);
      waiter = next;
    }
}
