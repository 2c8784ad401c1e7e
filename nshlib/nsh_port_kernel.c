/* nshlib/nsh_port_kernel.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The shell's port to the kernel.  The shell itself is an application that
 * is bound to the kernel's POSIX; this file is kernel code, and the only
 * place where the two meet.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <nuttx/fs/fs.h>
#include <nuttx/fs/tty.h>
#include <nuttx/posix.h>
#include <nuttx/sched.h>
#include <nuttx/sim.h>

#include "nsh_port.h"

struct nsh_port_s
{
  pid_t leader;                  /* The shell of a person, or 0 */
};

struct nsh_port_list_s
{
  nsh_task_t one;
  FAR void *arg;
};

static struct nsh_port_s g_nsh_port;

/* Tasks */

pid_t nsh_port_start(const struct nsh_spawn_s *what)
{
  FAR struct tcb_s *self = nxsched_self();
  FAR struct tcb_s *tcb;
  pid_t pid;
  int ret;

  ret = posix_hold_task(what->name,
                        what->priority > 0 ? what->priority :
                                             self->base_priority,
                        what->stacksize, what->main, what->argv + 1,
                        what->envp, &tcb);
  if (ret < 0)
    {
      return ret;
    }

  pid = tcb->pid;
  nxtask_activate(tcb);
  return pid;
}

int nsh_port_priority(pid_t pid)
{
  FAR struct tcb_s *tcb = nxsched_get_tcb(pid);

  return tcb == NULL ? -ESRCH : tcb->base_priority;
}

static void port_task(FAR struct tcb_s *tcb, FAR void *arg)
{
  FAR struct nsh_port_list_s *list = arg;
  struct nsh_task_s task;

  memset(&task, 0, sizeof(task));
  task.pid = tcb->pid;
  task.group = tcb->group == NULL ? 0 : tcb->group->pid;
  task.priority = tcb->sched_priority;
  task.state = nxsched_statename(tcb);
  task.stack = tcb->stack_size;
  task.cpu_us = tcb->cputime / 1000;
  task.name = tcb->name;
  list->one(&task, list->arg);
}

/* The scheduler's list may not change meanwhile, so what is called for each
 * task must not block.  Printing may: so the shell's lines are collected by
 * stdio, which it flushes before and after, and more than that is not sure.
 */

int nsh_port_tasks(nsh_task_t one, void *arg)
{
  struct nsh_port_list_s list;

  list.one = one;
  list.arg = arg;
  nxsched_foreach(port_task, &list);
  return 0;
}

/* The terminal */

static void port_forget(FAR void *arg)
{
  (void)arg;
  memset(&g_nsh_port, 0, sizeof(g_nsh_port));
}

void nsh_port_interactive(void)
{
  if (g_nsh_port.leader == 0 && sim_atexit(port_forget, NULL) == 0)
    {
      g_nsh_port.leader = nxsched_getpid();
    }
}

/* The shell of a person may always decide.  Others may pass on what they
 * have, and take back what they have passed on.
 */

void nsh_port_foreground(pid_t pid)
{
  pid_t self = nxsched_getpid();
  pid_t now = tty_get_foreground();
  FAR struct tcb_s *tcb = now > 0 ? nxsched_get_tcb(now) : NULL;

  if (self == g_nsh_port.leader || now == self ||
      (tcb == NULL && g_nsh_port.leader == 0) ||
      (tcb != NULL && tcb->group->ppid == self))
    {
      tty_set_foreground(pid);
    }
}

/* The system */

void nsh_port_poweroff(int status)
{
  sim_poweroff(status);
}

/* Only folders of the host can be mounted. */

int nsh_port_mount(const char *source, const char *target, const char *type,
                   const char *options)
{
  if (type == NULL)
    {
      return nx_umount(target);
    }

  if (strcmp(type, "hostfs") != 0)
    {
      return -ENODEV;
    }

  if (source == NULL && options != NULL && strncmp(options, "fs=", 3) == 0)
    {
      source = options + 3;            /* As NuttX has it */
    }

  return source == NULL ? -EINVAL : hostfs_mount(source, target);
}
