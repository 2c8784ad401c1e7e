/* libs/posix/group.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A task group's part of the binding: made when the group is, ended by its
 * last task.  Whatever way a group ends, its buffered output goes out: after
 * the atexit() functions when it exits, and when a signal ends it as far as
 * that goes without waiting.  Only _exit() discards it, as POSIX says.
 */

#include "binding.h"

#include <string.h>

#include <nuttx/fs/fs.h>
#include <nuttx/kmalloc.h>
#include <nuttx/posix.h>

struct posix_group_s *posix_group(void)
{
  return nxsched_self()->group->streams;
}

/* The main thread's structure is made with its group */

struct posix_thread_s *posix_self(void)
{
  struct tcb_s *tcb = nxsched_self();

  if (tcb->tls == NULL)
    {
      struct posix_group_s *group = tcb->group->streams;

      tcb->tls            = group->threads;
      group->threads->tcb = tcb;
    }

  return tcb->tls;
}

/* The main thread is the first, and stays it */

struct posix_thread_s *posix_thread_new(struct posix_group_s *group)
{
  struct posix_thread_s *thread = kmm_zalloc(sizeof(*thread));
  struct posix_thread_s **link = &group->threads;

  if (thread != NULL)
    {
      if (*link != NULL)
        {
          link = &(*link)->flink;
        }

      thread->group = group;
      thread->back  = link;
      thread->flink = *link;
      if (*link != NULL)
        {
          (*link)->back = &thread->flink;
        }

      *link = thread;
    }

  return thread;
}

void posix_thread_free(struct posix_thread_s *thread)
{
  *thread->back = thread->flink;
  if (thread->flink != NULL)
    {
      thread->flink->back = thread->back;
    }

  kmm_free(thread->values);
  kmm_free(thread);
}

static void group_free(struct posix_group_s *group)
{
  struct posix_atexit_s *next;

  if (g_posix.owner == group)
    {
      g_posix.owner = NULL;
    }

  wd_cancel(&group->alarm);
  posix_streams_end(group, true);
  posix_env_free(group);
  while (group->threads != NULL)
    {
      posix_thread_free(group->threads);
    }

  while (group->atexits != NULL)
    {
      next = group->atexits->flink;
      kmm_free(group->atexits);
      group->atexits = next;
    }

  kmm_free(group->keys);
  kmm_free(group->hostent);
  group->group->streams = NULL;
  kmm_free(group);
}

static int group_init(struct task_group_s *task, struct task_group_s *parent)
{
  struct posix_group_s *group = kmm_zalloc(sizeof(*group));
  struct posix_group_s *from = parent != NULL ? parent->streams : NULL;
  char *slash;

  if (group == NULL)
    {
      return -ENOMEM;
    }

  group->group       = task;
  group->random      = 1;
  group->rand48      = 0x1234abcd330eull;
  group->umask       = from != NULL ? from->umask : 022;
  group->vars.optind = 1;
  group->vars.opterr = 1;
  group->vars.optopt = '?';
  task->streams      = group;

  group->vars.progpath = task->argc > 0 ? task->argv[0] : task->name;
  slash = strrchr(group->vars.progpath, '/');
  group->vars.progname = slash != NULL ? slash + 1 : group->vars.progpath;

  posix_signal_init(group, from);
  if (posix_thread_new(group) == NULL ||
      posix_env_init(group, from) < 0 || posix_streams_init(group) < 0)
    {
      group_free(group);
      return -ENOMEM;
    }

  /* Those after the first task begin in task_main(), but nobody will have
   * called posix_resume() for that one.
   */

  if (parent == NULL && g_posix.owner == NULL)
    {
      g_posix.owner = group;
      posix_vars_load(&group->vars);
    }

  return 0;
}

/* The group that ends may never have run, or be ended by the idle task */

static void group_exit(struct task_group_s *task)
{
  struct posix_group_s *group = task->streams;
  struct posix_atexit_s *last;

  if (nxsched_self()->group == task && !sched_idletask())
    {
      posix_streams_unlock(group);
      posix_resume();
      while (task->sigint == 0 && !group->quick && group->atexits != NULL)
        {
          last           = group->atexits;
          group->atexits = last->flink;
          last->func();
          kmm_free(last);
          posix_resume();
        }

      posix_streams_end(group, group->quick);
    }

  group_free(group);
}

static void sigpipe(void)
{
  nxsched_kill(nxsched_getpid(), SIGPIPE);
}

int posix_initialize(void)
{
  static struct group_hook_s group_hook =
  {
    .init = group_init,
    .exit = group_exit
  };

  static const struct nxsig_hooks_s sig_hooks =
  {
    .post    = posix_signal_post,
    .deliver = posix_signal_deliver
  };

  memset(&g_posix, 0, sizeof(g_posix));
  nxsig_sethooks(&sig_hooks);
  fs_set_sigpipe(sigpipe);
  return group_hook_register(&group_hook);
}
