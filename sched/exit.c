/* sched/exit.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * How tasks end.
 *
 * The first task of a group that exits for all of it (exit(), a kill) sets
 * the status, kills the others, and waits until they have gone.  Then it
 * tears down what the group owns, tells the parent, and goes itself.  A
 * thread that ends alone just goes; if it is the last one, it does the same
 * for the group.
 *
 * A task that is exiting is not interrupted any more.
 */

#include <nuttx/config.h>

#include <signal.h>

#include "core.h"

/* Leave for good.  The next task frees the stack, and the tcb too if
 * nothing refers to it (see nxtask_free()).
 */

static void task_vanish(void) noreturn_function;

static void task_vanish(void)
{
  g_sched.dead = g_sched.running;
  nxsched_switch();
  PANIC();
}

/* The running task ends.  If it is the last of its group, so does that. */

static void member_exit(void) noreturn_function;

static void member_exit(void)
{
  FAR struct tcb_s *self = g_sched.running;
  FAR struct task_group_s *group = self->group;
  bool last = group->nmembers == 1;

  self->exiting = true;
  if (last)
    {
      group_teardown(group);
    }

  ASSERT(self->nlocks == 0);
  nxmutex_abandon(self);

  /* From here on it does not block */

  clock_refresh();
  group->nmembers--;
  group->cputime += self->cputime;
  self->state = TSTATE_EXITED;
  nxtask_unlist(self);
  nxsched_wake_all(&self->joiners);

  if (group->nmembers <= 1)
    {
      nxsched_wake_all(&group->exitwait);
    }

  if (last)
    {
      group_finish(group);
    }
  else if (self->detached && self != group->leader)
    {
      group_leave(self);
      nxtask_free(self);
    }

  task_vanish();
}

/* End the group of the running task, with a status as for waitpid(). */

static void group_exit(int status) noreturn_function;

static void group_exit(int status)
{
  FAR struct tcb_s *self = g_sched.running;
  FAR struct task_group_s *group = self->group;
  FAR struct tcb_s *tcb;

  self->exiting = true;
  if ((group->flags & GROUP_EXITING) != 0)
    {
      member_exit();
    }

  group->flags |= GROUP_EXITING;
  group->status = status;

  for (tcb = group->members; tcb != NULL; tcb = tcb->member)
    {
      if (tcb != self && tcb->state != TSTATE_EXITED)
        {
          nxsched_attend(tcb, ATTN_KILL);
        }
    }

  while (group->nmembers > 1)
    {
      nxsched_wait(TWAIT_THREADS, group, &group->exitwait, CLOCK_NEVER,
                   false, SCHED_SITE);
    }

  member_exit();
}

/* The running task was killed. */

void nxtask_die(void)
{
  group_exit(g_sched.running->group->sigint & 0x7f);
}

/* Exiting is a kernel call, too: who was killed before it dies of that. */

static void die_if_killed(void)
{
  FAR struct tcb_s *self = g_sched.running;

  DEBUGASSERT(!up_interrupt_context() && !sched_idletask());
  if ((self->attention & ATTN_KILL) != 0 && !self->exiting)
    {
      nxtask_die();
    }
}

void nxtask_exit(int status)
{
  die_if_killed();
  group_exit((status & 0xff) << 8);
}

void nxthread_exit(FAR void *result)
{
  die_if_killed();
  g_sched.running->result = result;
  member_exit();
}

/* Killing */

static void kill_group(FAR struct task_group_s *group, int sig)
{
  FAR struct tcb_s *tcb;

  if (group->sigint == 0)
    {
      group->sigint = sig;
    }

  for (tcb = group->members; tcb != NULL; tcb = tcb->member)
    {
      if (tcb->state != TSTATE_EXITED)
        {
          nxsched_attend(tcb, ATTN_KILL);
        }
    }
}

static bool ignored_by_default(int sig)
{
  return sig == SIGCHLD || sig == SIGCONT || sig == SIGURG ||
         sig == SIGWINCH;
}

int nxsched_kill(pid_t pid, int sig)
{
  FAR const struct nxsig_hooks_s *hooks = g_sched.sighooks;
  FAR struct task_group_s *group;
  FAR struct tcb_s *tcb;

  if (sig < 0 || sig > SIGRTMAX || sig == SIGSTOP || sig == SIGTSTP ||
      sig == SIGTTIN || sig == SIGTTOU)
    {
      return -EINVAL;
    }

  if (pid == 0)
    {
      return -EPERM;
    }

  tcb = pid > 0 ? nxsched_lookup(pid) : NULL;
  if (tcb == NULL || tcb->group->leader != tcb)
    {
      return -ESRCH;
    }

  group = tcb->group;
  if ((group->flags & GROUP_KTHREAD) != 0)
    {
      return -EPERM;
    }

  if (sig == 0 || (group->flags & GROUP_EXITING) != 0)
    {
      return 0;
    }

  if (sig != SIGKILL)
    {
      if ((hooks != NULL && hooks->post != NULL && hooks->post(group, sig)) ||
          ignored_by_default(sig))
        {
          return 0;
        }
    }

  kill_group(group, sig);
  return 0;
}

/* Shutdown */

/* Kill all tasks of users, or all of the kernel's. */

void nxsched_killall(bool kthreads)
{
  FAR struct tcb_s *tcb;

  for (tcb = g_sched.idle.allnext; tcb != NULL; tcb = tcb->allnext)
    {
      FAR struct task_group_s *group = tcb->group;

      if (((group->flags & GROUP_KTHREAD) != 0) == kthreads)
        {
          group->sigint = group->sigint != 0 ? group->sigint : SIGTERM;
          nxsched_attend(tcb, ATTN_KILL);
        }
    }
}

/* Whether any of them is left */

bool nxsched_anyleft(bool kthreads)
{
  FAR struct tcb_s *tcb;

  for (tcb = g_sched.idle.allnext; tcb != NULL; tcb = tcb->allnext)
    {
      if (((tcb->group->flags & GROUP_KTHREAD) != 0) == kthreads)
        {
          return true;
        }
    }

  return false;
}

/* Take a task out of everything, whatever it was doing. */

static void destroy_task(FAR struct tcb_s *tcb)
{
  if (tcb->state == TSTATE_BLOCKED)
    {
      nxsched_unwait(tcb, -ECANCELED);
    }

  if (tcb->state == TSTATE_READY)
    {
      nxsched_unready(tcb);
    }
  else if (tcb->state == TSTATE_HELD)
    {
      tcb->group->nmembers++;
    }

  nxmutex_abandon(tcb);
  nxtask_unlist(tcb);
  tcb->state = TSTATE_EXITED;
}

/* Destroy the tasks that are left, from the idle task, group by group.
 * First all tasks, so that nobody waits for anything; then what their groups
 * own; a group whose parent is left, too, becomes a zombie and goes with it.
 */

void nxsched_destroyall(void)
{
  FAR struct tcb_s *list = NULL;
  FAR struct tcb_s *tcb;

  while ((tcb = g_sched.idle.allnext) != NULL)
    {
      destroy_task(tcb);

      if (--tcb->group->nmembers == 0)
        {
          tcb->flink = list;
          list = tcb;
        }
    }

  while ((tcb = list) != NULL)
    {
      list = tcb->flink;
      tcb->flink = NULL;
      group_teardown(tcb->group);
      group_finish(tcb->group);
    }
}
