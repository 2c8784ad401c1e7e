/* sched/group.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Groups: who belongs to whom.
 *
 * A group lives from the creation of its first task until its last one has
 * exited, and then, as a zombie, until its parent has asked for its status.
 * Without a parent there is no such wait.  A parent that ends leaves its
 * children without one.
 *
 *   children (run)  ->  zombies (ended, first come first)  ->  freed
 *
 * The layers above keep what they own in a group (descriptors, streams...)
 * and register hooks to set it up and tear it down.
 */

#include <nuttx/config.h>

#include <signal.h>
#include <string.h>

#include <nuttx/init.h>
#include <nuttx/kmalloc.h>

#include "core.h"
#include "up.h"

/* Lists of groups: a group comes in where a link points, and goes */

static void list_insert(FAR struct task_group_s **link,
                        FAR struct task_group_s *group)
{
  group->sibling = *link;
  group->sibback = link;
  if (group->sibling != NULL)
    {
      group->sibling->sibback = &group->sibling;
    }

  *link = group;
}

static void list_remove(FAR struct task_group_s *group)
{
  DEBUGASSERT(group->sibback != NULL && *group->sibback == group);

  *group->sibback = group->sibling;
  if (group->sibling != NULL)
    {
      group->sibling->sibback = group->sibback;
    }

  group->sibling = NULL;
  group->sibback = NULL;
}

static void zombie_append(FAR struct task_group_s *parent,
                          FAR struct task_group_s *group)
{
  list_insert(parent->zombies != NULL ? &parent->lastzombie->sibling :
                                        &parent->zombies, group);
  parent->lastzombie = group;
}

static void zombie_remove(FAR struct task_group_s *parent,
                          FAR struct task_group_s *group)
{
  if (parent->lastzombie == group)
    {
      parent->lastzombie = group->sibback == &parent->zombies ? NULL :
        container_of(group->sibback, struct task_group_s, sibling);
    }

  list_remove(group);
}

void group_join(FAR struct task_group_s *group, FAR struct tcb_s *tcb)
{
  tcb->group      = group;
  tcb->member     = group->members;
  tcb->memberback = &group->members;
  if (tcb->member != NULL)
    {
      tcb->member->memberback = &tcb->member;
    }

  group->members = tcb;
}

void group_leave(FAR struct tcb_s *tcb)
{
  *tcb->memberback = tcb->member;
  if (tcb->member != NULL)
    {
      tcb->member->memberback = tcb->memberback;
    }
}

/* Copy the arguments into one block: pointers first, then the texts. */

static int copy_arguments(FAR struct task_group_s *group,
                          FAR char *const argv[])
{
  size_t size = strlen(group->name) + 1;
  FAR char *text;
  int argc = 1;
  int i;

  while (argv != NULL && argv[argc - 1] != NULL)
    {
      size += strlen(argv[argc - 1]) + 1;
      argc++;
    }

  group->argv = kmm_malloc((argc + 1) * sizeof(FAR char *) + size);
  if (group->argv == NULL)
    {
      return -ENOMEM;
    }

  text = (FAR char *)&group->argv[argc + 1];
  for (i = 0; i < argc; i++)
    {
      FAR const char *from = i == 0 ? group->name : argv[i - 1];

      size = strlen(from) + 1;
      memcpy(text, from, size);
      group->argv[i] = text;
      text += size;
    }

  group->argv[argc] = NULL;
  group->argc       = argc;
  return 0;
}

/* Call the first hooks, in the order of registration: the list is the other
 * way round.
 */

static int call_inits(FAR struct group_hook_s *hook,
                      FAR struct task_group_s *group)
{
  int ret = hook != NULL ? call_inits(hook->next, group) : 0;

  if (hook != NULL && ret >= 0)
    {
      ret = hook->init != NULL ? hook->init(group, group->parent) : 0;
      group->nhooks += ret >= 0;
    }

  return ret;
}

int group_setup(FAR struct task_group_s *group)
{
  int ret = call_inits(g_sched.hooks, group);

  if (ret < 0)
    {
      group_teardown(group);
    }

  return ret;
}

/* Call the exit hooks of those that were set up, the last one first. */

void group_teardown(FAR struct task_group_s *group)
{
  FAR struct group_hook_s *hook = g_sched.hooks;
  unsigned int skip = g_sched.nhooks - group->nhooks;

  if ((group->flags & GROUP_KTHREAD) != 0)
    {
      return;
    }

  for (; skip > 0; skip--)
    {
      hook = hook->next;
    }

  while (hook != NULL)
    {
      group->nhooks--;
      if (hook->exit != NULL)
        {
          hook->exit(group);
        }

      hook = hook->next;
    }
}

/* Make the group of a new task. */

int group_alloc(FAR struct tcb_s *leader, FAR struct task_group_s *parent,
                uint8_t flags, FAR char *const argv[])
{
  FAR struct task_group_s *group = kmm_zalloc(sizeof(*group));
  int ret;

  if (group == NULL)
    {
      return -ENOMEM;
    }

  group->pid    = leader->pid;
  group->flags  = flags;
  group->leader = leader;
  group->parent = parent;
  group->ppid   = parent != NULL ? parent->pid : 0;
  leader->group = group;
  memcpy(group->name, leader->name, sizeof(group->name));

  ret = copy_arguments(group, argv);
  if (ret >= 0 && (flags & GROUP_KTHREAD) == 0)
    {
      ret = group_setup(group);
    }

  if (ret < 0)
    {
      kmm_free(group->argv);
      kmm_free(group);
      return ret;
    }

  group_join(group, leader);
  if (parent != NULL)
    {
      list_insert(&parent->children, group);
    }

  return 0;
}

/* Free a group with all that is left of its members. */

void group_free(FAR struct task_group_s *group)
{
  if ((group->flags & GROUP_ZOMBIE) != 0)
    {
      zombie_remove(group->parent, group);
    }
  else if (group->sibback != NULL)
    {
      list_remove(group);
    }

  while (group->members != NULL)
    {
      FAR struct tcb_s *tcb = group->members;

      if (tcb->state == TSTATE_HELD)
        {
          nxtask_unlist(tcb);
        }

      group_leave(tcb);
      nxtask_free(tcb);
    }

  kmm_free(group->argv);
  kmm_free(group);
}

static void orphan_children(FAR struct task_group_s *group)
{
  while (group->children != NULL)
    {
      FAR struct task_group_s *child = group->children;

      list_remove(child);
      child->parent = NULL;
      child->ppid   = 0;
    }

  while (group->zombies != NULL)
    {
      group_free(group->zombies);
    }
}

/* The last task of a group is about to exit.  The group may be gone when
 * this returns.
 */

void group_finish(FAR struct task_group_s *group)
{
  FAR struct task_group_s *parent = group->parent;

  orphan_children(group);
  group->flags |= GROUP_EXITING;

  if (group->pid == 1)
    {
      g_sched.initgone   = true;
      g_sched.initstatus = group->status;
    }

  if (parent == NULL)
    {
      group_free(group);
      return;
    }

  group->flags |= GROUP_ZOMBIE;
  list_remove(group);
  zombie_append(parent, group);
  nxsched_wake_all(&parent->childwait);
  if (g_sched.sighooks != NULL && g_sched.sighooks->post != NULL)
    {
      g_sched.sighooks->post(parent, SIGCHLD);
    }
}

int group_hook_register(FAR struct group_hook_s *hook)
{
  if (g_nx_initstate >= OSINIT_IDLELOOP)
    {
      return -EBUSY;
    }

  hook->next    = g_sched.hooks;
  g_sched.hooks = hook;
  g_sched.nhooks++;
  return 0;
}

/* A child that has ended and that the caller asks for; NULL if none. */

static FAR struct task_group_s *find_zombie(FAR struct task_group_s *self,
                                            pid_t pid)
{
  FAR struct tcb_s *tcb;

  if (pid <= 0)
    {
      return self->zombies;
    }

  tcb = nxsched_lookup(pid);
  return tcb != NULL && tcb->group->parent == self &&
         tcb->group->pid == pid &&
         (tcb->group->flags & GROUP_ZOMBIE) != 0 ? tcb->group : NULL;
}

/* Whether a child that the caller asks for still runs */

static bool has_child(FAR struct task_group_s *self, pid_t pid)
{
  FAR struct tcb_s *tcb;

  if (pid <= 0)
    {
      return self->children != NULL;
    }

  tcb = nxsched_lookup(pid);
  return tcb != NULL && tcb->group->parent == self && tcb->group->pid == pid;
}

pid_t nxsched_waitpid(pid_t pid, FAR int *status, int options)
{
  FAR struct task_group_s *self = g_sched.running->group;
  FAR struct task_group_s *zombie;
  int ret;

  task_testcancel();

  if ((options & ~WNOHANG) != 0)
    {
      return -EINVAL;
    }

  if (pid < -1)
    {
      return -ECHILD;
    }

  while ((zombie = find_zombie(self, pid)) == NULL)
    {
      if (!has_child(self, pid))
        {
          return -ECHILD;
        }

      if ((options & WNOHANG) != 0)
        {
          return 0;
        }

      ret = nxsched_interrupted(g_sched.running);
      if (ret >= 0)
        {
          ret = nxsched_wait(TWAIT_CHILD, self, &self->childwait,
                             CLOCK_NEVER, true, SCHED_SITE);
        }

      if (ret < 0)
        {
          return ret;
        }
    }

  pid = zombie->pid;
  if (status != NULL)
    {
      *status = zombie->status;
    }

  group_free(zombie);
  return pid;
}
