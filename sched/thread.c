/* sched/thread.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Threads: further members of a group, what pthreads are made of.  A thread
 * that has exited keeps its tcb, with the result, until it is joined, or is
 * freed with its group; a detached one does not.
 */

#include <nuttx/config.h>

#include "core.h"

int nxthread_create(FAR const char *name, int priority, size_t stack_size,
                    nxthread_entry_t entry, FAR void *arg,
                    FAR struct tcb_s **result)
{
  FAR struct tcb_s *self = g_sched.running;
  FAR struct tcb_s *tcb;
  int ret;

  if (entry == NULL)
    {
      return -EINVAL;
    }

  ret = nxtask_alloc(name != NULL ? name : self->group->name, priority,
                     stack_size, &tcb);
  if (ret < 0)
    {
      return ret;
    }

  tcb->entry.thread = entry;
  tcb->arg          = arg;
  group_join(self->group, tcb);
  *result = tcb;
  return 0;
}

/* A thread of the caller's group that can be joined; an error if not */

static int find_thread(pid_t tid, FAR struct tcb_s **result)
{
  FAR struct tcb_s *tcb = nxsched_lookup(tid);

  if (tcb == NULL || tcb->group != g_sched.running->group)
    {
      return -ESRCH;
    }

  *result = tcb;
  return tcb->detached || tcb->joiners != NULL ? -EINVAL : 0;
}

/* Nobody will ask for the result any more. */

static void forget(FAR struct tcb_s *tcb)
{
  tcb->detached = true;
  if (tcb->state == TSTATE_EXITED && tcb != tcb->group->leader)
    {
      group_leave(tcb);
      nxtask_free(tcb);
    }
}

int nxthread_join(pid_t tid, FAR void **result)
{
  FAR struct tcb_s *self = g_sched.running;
  FAR struct tcb_s *tcb;
  int ret;

  task_testcancel();

  ret = find_thread(tid, &tcb);
  if (ret < 0)
    {
      return ret;
    }

  if (tcb == self)
    {
      return -EDEADLK;
    }

  while (tcb->state != TSTATE_EXITED)
    {
      ret = nxsched_interrupted(self);
      if (ret >= 0)
        {
          ret = nxsched_wait(TWAIT_JOIN, tcb, &tcb->joiners, CLOCK_NEVER,
                             true, SCHED_SITE);
        }

      if (ret < 0)
        {
          return ret;
        }
    }

  if (result != NULL)
    {
      *result = tcb->result;
    }

  forget(tcb);
  return 0;
}

int nxthread_detach(pid_t tid)
{
  FAR struct tcb_s *tcb;
  int ret;

  ret = find_thread(tid, &tcb);
  if (ret >= 0)
    {
      forget(tcb);
    }

  return ret;
}
