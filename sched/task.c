/* sched/task.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Making tasks, and their table.
 *
 * Every task is in a hash by its id from the moment it is made until its tcb
 * is freed, and in a list in order of the ids until it has exited.  Ids grow
 * and start over at their largest value.  Id 1 is kept for the first task
 * that is not the kernel's.
 *
 * The leader of a group, its first task, keeps its tcb as long as the group
 * lives, so the id of the group stays taken.
 */

#include <nuttx/config.h>

#include <limits.h>
#include <string.h>

#include <nuttx/kmalloc.h>

#include "core.h"
#include "up.h"

#define HASH_MIN 64

static FAR struct tcb_s **hash_slot(pid_t pid)
{
  return &g_sched.hash[(unsigned int)pid & (g_sched.nhash - 1)];
}

static void hash_insert(FAR struct tcb_s *tcb)
{
  FAR struct tcb_s **slot = hash_slot(tcb->pid);

  tcb->hashnext = *slot;
  *slot = tcb;
}

/* Double the hash when it is full.  Without memory it only gets slower. */

static void hash_grow(void)
{
  FAR struct tcb_s **old = g_sched.hash;
  unsigned int nold = g_sched.nhash;
  FAR struct tcb_s **hash;
  unsigned int i;

  if (g_sched.ntasks < nold)
    {
      return;
    }

  hash = kmm_calloc(2 * nold, sizeof(FAR struct tcb_s *));
  if (hash == NULL)
    {
      return;
    }

  g_sched.hash  = hash;
  g_sched.nhash = 2 * nold;

  for (i = 0; i < nold; i++)
    {
      FAR struct tcb_s *tcb = old[i];

      while (tcb != NULL)
        {
          FAR struct tcb_s *next = tcb->hashnext;

          hash_insert(tcb);
          tcb = next;
        }
    }

  kmm_free(old);
}

/* The task with an id, even one that has exited; NULL if there is none. */

FAR struct tcb_s *nxsched_lookup(pid_t pid)
{
  FAR struct tcb_s *tcb = *hash_slot(pid);

  while (tcb != NULL && tcb->pid != pid)
    {
      tcb = tcb->hashnext;
    }

  return tcb;
}

/* Enter a task into the hash and the list, with a new id. */

static void task_enlist(FAR struct tcb_s *tcb)
{
  FAR struct tcb_s *prev = g_sched.last;

  do
    {
      g_sched.lastpid = g_sched.lastpid == INT_MAX ? 1 : g_sched.lastpid + 1;
    }
  while (nxsched_lookup(g_sched.lastpid) != NULL);

  tcb->pid = g_sched.lastpid;
  g_sched.ntasks++;
  hash_grow();
  hash_insert(tcb);

  while (prev->pid > tcb->pid)
    {
      prev = prev->allprev;
    }

  tcb->allprev = prev;
  tcb->allnext = prev->allnext;
  prev->allnext = tcb;
  if (tcb->allnext != NULL)
    {
      tcb->allnext->allprev = tcb;
    }
  else
    {
      g_sched.last = tcb;
    }
}

/* Take a task out of the list, as it has exited. */

void nxtask_unlist(FAR struct tcb_s *tcb)
{
  tcb->allprev->allnext = tcb->allnext;
  if (tcb->allnext != NULL)
    {
      tcb->allnext->allprev = tcb->allprev;
    }
  else
    {
      g_sched.last = tcb->allprev;
    }
}

void nxtask_free_stack(FAR struct tcb_s *tcb)
{
  if (tcb->stack_base != NULL)
    {
      up_stack_free(tcb);
    }
}

/* Free a tcb that is in no list, group or queue any more.  That of the
 * running task is freed by the next one.
 */

void nxtask_free(FAR struct tcb_s *tcb)
{
  FAR struct tcb_s **slot;

  if (tcb == g_sched.running)
    {
      g_sched.deadfree = true;
      return;
    }

  for (slot = hash_slot(tcb->pid); *slot != tcb; slot = &(*slot)->hashnext)
    {
    }

  *slot = tcb->hashnext;
  g_sched.ntasks--;

  nxtask_free_stack(tcb);
  kmm_free(tcb);
}

static void set_name(FAR char *dest, FAR const char *name)
{
  strncpy(dest, name != NULL ? name : "<noname>", TASK_NAME_SIZE);
  dest[TASK_NAME_SIZE] = '\0';
}

/* Make a task that is held, in no group yet. */

int nxtask_alloc(FAR const char *name, int priority, size_t stack_size,
                 FAR struct tcb_s **result)
{
  FAR struct tcb_s *tcb;
  int ret;

  if (priority < SCHED_PRIORITY_MIN || priority > SCHED_PRIORITY_MAX)
    {
      return -EINVAL;
    }

  tcb = kmm_zalloc(sizeof(*tcb));
  if (tcb == NULL)
    {
      return -ENOMEM;
    }

  if (stack_size == 0)
    {
      stack_size = SCHED_STACK_DEFAULT;
    }

  ret = up_stack_alloc(tcb, MAX(stack_size, SCHED_STACK_MIN));
  if (ret < 0)
    {
      kmm_free(tcb);
      return ret;
    }

  set_name(tcb->name, name);
  tcb->sched_priority = (uint8_t)priority;
  tcb->base_priority  = (uint8_t)priority;
  tcb->state          = TSTATE_HELD;
  up_initial_state(tcb);
  task_enlist(tcb);
  *result = tcb;
  return 0;
}

/* Make a held task with a group. */

static int create_held(FAR const char *name, int priority, size_t stack_size,
                       main_t entry, FAR char *const argv[],
                       FAR struct task_group_s *parent, uint8_t flags,
                       FAR struct tcb_s **result)
{
  FAR struct tcb_s *tcb;
  int ret;

  if (entry == NULL)
    {
      return -EINVAL;
    }

  ret = nxtask_alloc(name, priority, stack_size, &tcb);
  if (ret < 0)
    {
      return ret;
    }

  tcb->entry.main = entry;
  ret = group_alloc(tcb, parent, flags, argv);
  if (ret < 0)
    {
      nxtask_unlist(tcb);
      nxtask_free(tcb);
      return ret;
    }

  *result = tcb;
  return 0;
}

/* The group of the running task, unless it is the kernel's */

static FAR struct task_group_s *parent_group(void)
{
  FAR struct task_group_s *group = g_sched.running->group;

  return (group->flags & GROUP_KTHREAD) != 0 ? NULL : group;
}

static int create_active(FAR const char *name, int priority,
                         size_t stack_size, main_t entry,
                         FAR char *const argv[],
                         FAR struct task_group_s *parent, uint8_t flags)
{
  FAR struct tcb_s *tcb;
  int ret;

  ret = create_held(name, priority, stack_size, entry, argv, parent, flags,
                    &tcb);
  if (ret < 0)
    {
      return ret;
    }

  ret = tcb->pid;
  nxtask_activate(tcb);
  return ret;
}

int nxtask_create(FAR const char *name, int priority, size_t stack_size,
                  main_t entry, FAR char *const argv[])
{
  return create_active(name, priority, stack_size, entry, argv,
                       parent_group(), 0);
}

int kthread_create(FAR const char *name, int priority, size_t stack_size,
                   main_t entry, FAR char *const argv[])
{
  return create_active(name, priority, stack_size, entry, argv, NULL,
                       GROUP_KTHREAD);
}

int nxtask_create_ext(FAR const char *name, int priority, size_t stack_size,
                      main_t entry, FAR char *const argv[],
                      FAR struct tcb_s **tcb)
{
  return create_held(name, priority, stack_size, entry, argv,
                     parent_group(), 0, tcb);
}

/* The first task, which has id 1. */

int nxtask_create_init(FAR const char *name, int priority, size_t stack_size,
                       main_t entry, FAR char *const argv[])
{
  pid_t lastpid = g_sched.lastpid;
  int ret;

  g_sched.lastpid = 0;
  ret = create_active(name, priority, stack_size, entry, argv, NULL, 0);
  g_sched.lastpid = lastpid;
  return ret;
}

void nxtask_activate(FAR struct tcb_s *tcb)
{
  DEBUGASSERT(tcb->state == TSTATE_HELD);

  tcb->group->nmembers++;
  if ((tcb->group->flags & GROUP_EXITING) != 0)
    {
      tcb->attention |= ATTN_KILL;
    }

  nxsched_ready(tcb);
}

/* Undo the creation of a task, or of a thread. */

void nxtask_abandon(FAR struct tcb_s *tcb)
{
  FAR struct task_group_s *group = tcb->group;

  DEBUGASSERT(tcb->state == TSTATE_HELD);

  nxtask_unlist(tcb);
  tcb->state = TSTATE_EXITED;
  if (group->leader == tcb)
    {
      group_teardown(group);
      group_free(group);
    }
  else
    {
      group_leave(tcb);
      nxtask_free(tcb);
    }
}

FAR struct tcb_s *nxsched_get_tcb(pid_t tid)
{
  FAR struct tcb_s *tcb = tid == 0 ? &g_sched.idle : nxsched_lookup(tid);

  return tcb != NULL && tcb->state != TSTATE_EXITED ? tcb : NULL;
}

pid_t nxsched_gettid(void)
{
  return g_sched.running->pid;
}

pid_t nxsched_getpid(void)
{
  return g_sched.running->group->pid;
}

pid_t nxsched_getppid(void)
{
  return g_sched.running->group->ppid;
}

void nxsched_foreach(nxsched_foreach_t handler, FAR void *arg)
{
  FAR struct tcb_s *tcb;

  for (tcb = g_sched.first; tcb != NULL; tcb = tcb->allnext)
    {
      handler(tcb, arg);
    }
}

FAR const char *nxsched_statename(FAR const struct tcb_s *tcb)
{
  static FAR const char *const names[] =
  {
    [TSTATE_HELD]    = "held",
    [TSTATE_READY]   = "ready",
    [TSTATE_RUNNING] = "running",
    [TSTATE_BLOCKED] = "waiting",
    [TSTATE_EXITED]  = "exited"
  };

  return names[tcb->state];
}

FAR const char *nxsched_waitname(FAR const struct tcb_s *tcb)
{
  static FAR const char *const names[] =
  {
    [TWAIT_NONE]    = "",
    [TWAIT_SEM]     = "semaphore",
    [TWAIT_MUTEX]   = "mutex",
    [TWAIT_SLEEP]   = "sleep",
    [TWAIT_CHILD]   = "child",
    [TWAIT_JOIN]    = "thread",
    [TWAIT_THREADS] = "its threads"
  };

  return names[tcb->waittype];
}

int nxsched_initialize(void)
{
  memset(&g_sched, 0, sizeof(g_sched));
  memset(&g_irq, 0, sizeof(g_irq));

  g_sched.hash = kmm_calloc(HASH_MIN, sizeof(FAR struct tcb_s *));
  if (g_sched.hash == NULL)
    {
      return -ENOMEM;
    }

  g_sched.nhash        = HASH_MIN;
  g_sched.lastpid      = 1;
  g_sched.budget       = SCHED_BUDGET;
  g_sched.calls        = SCHED_BUDGET;
  g_sched.ghost.pid    = -1;
  g_sched.ghost.state  = TSTATE_EXITED;

  g_sched.idle.state   = TSTATE_RUNNING;
  g_sched.idle.group   = &g_sched.kernel;
  g_sched.running      = &g_sched.idle;
  g_sched.first        = &g_sched.idle;
  g_sched.last         = &g_sched.idle;
  g_sched.kernel.flags = GROUP_KTHREAD;
  g_sched.kernel.leader   = &g_sched.idle;
  g_sched.kernel.members  = &g_sched.idle;
  g_sched.kernel.nmembers = 1;
  set_name(g_sched.idle.name, "idle");
  set_name(g_sched.kernel.name, "kernel");
  return 0;
}

void nxsched_deinitialize(void)
{
  DEBUGASSERT(g_sched.ntasks == 0);
  kmm_free(g_sched.hash);
  g_sched.hash = NULL;
}
