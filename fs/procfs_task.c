/* fs/procfs_task.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The folder of a task in /proc.  Everything is computed when it is asked
 * for; a task that has ended since its folder was opened is -ENOENT there.
 */

#include "procfs.h"

#include <inttypes.h>
#include <string.h>

#include <nuttx/arch.h>
#include <nuttx/sched.h>

static FAR struct tcb_s *show_tcb(FAR void *arg)
{
  return nxsched_get_tcb((pid_t)(intptr_t)arg);
}

static void show_status(FAR struct proc_out_s *out, FAR void *arg)
{
  FAR struct tcb_s *tcb = show_tcb(arg);
  FAR struct task_group_s *group = tcb->group;
  bool kernel = group == NULL || (group->flags & GROUP_KTHREAD) != 0;

  proc_printf(out, "Name:       %s\n", tcb->name);
  proc_printf(out, "Type:       %s\n", kernel ? "Kthread" :
              group->leader == tcb ? "Task" : "pthread");
  proc_printf(out, "Pid:        %d\n", (int)tcb->pid);
  proc_printf(out, "Group:      %d\n", group != NULL ? (int)group->pid : 0);
  proc_printf(out, "Parent:     %d\n", group != NULL ? (int)group->ppid : 0);
  proc_printf(out, "State:      %s\n", nxsched_statename(tcb));
  proc_printf(out, "WaitsFor:   %s\n", nxsched_waitname(tcb));
  proc_printf(out, "Priority:   %u\n", tcb->sched_priority);
  proc_printf(out, "BasePrio:   %u\n", tcb->base_priority);
  proc_printf(out, "Threads:    %u\n",
              group != NULL ? group->nmembers : 1);
  proc_printf(out, "CpuTime:    %" PRIu64 ".%06u\n",
              tcb->cputime / NSEC_PER_SEC,
              (unsigned int)(tcb->cputime % NSEC_PER_SEC / NSEC_PER_USEC));
}

static void show_cmdline(FAR struct proc_out_s *out, FAR void *arg)
{
  FAR struct tcb_s *tcb = show_tcb(arg);
  FAR struct task_group_s *group = tcb->group;
  int i;

  if (group == NULL || group->leader != tcb || group->argv == NULL)
    {
      proc_printf(out, "%s\n", tcb->name);
      return;
    }

  for (i = 0; i < group->argc; i++)
    {
      proc_printf(out, "%s%s", i > 0 ? " " : "", group->argv[i]);
    }

  proc_printf(out, "\n");
}

static void show_stack(FAR struct proc_out_s *out, FAR void *arg)
{
  FAR struct tcb_s *tcb = show_tcb(arg);

  proc_printf(out, "StackSize:  %zu\n", tcb->stack_size);
  proc_printf(out, "StackUsed:  %zu\n",
              tcb->stack_base != NULL ? up_check_tcbstack(tcb) : 0);
}

static void show_fds(FAR struct proc_out_s *out, FAR void *arg)
{
  FAR struct tcb_s *tcb = show_tcb(arg);
  FAR struct files_s *files = tcb->group != NULL ? tcb->group->files : NULL;
  int fd;

  proc_printf(out, "%-5s %6s %5s %10s %s\n", "FD", "OFLAGS", "REFS", "POS",
              "PATH");

  for (fd = 0; files != NULL && fd < files->size; fd++)
    {
      FAR struct file *filep = files->fd[fd].filep;

      if (filep != NULL)
        {
          proc_printf(out, "%-5d %6o %5u %10jd %s%s\n", fd,
                      (unsigned int)filep->f_oflags, filep->f_refs,
                      (intmax_t)filep->f_pos, filep->f_name,
                      files->fd[fd].cloexec ? " (cloexec)" : "");
        }
    }
}

static const struct
{
  FAR const char *name;
  proc_show_t show;
} g_taskfile[] =
{
  { "cmdline", show_cmdline },
  { "fds",     show_fds     },
  { "stack",   show_stack   },
  { "status",  show_status  }
};

_Static_assert(nitems(g_taskfile) < PROC_TASK_FILES, "inode numbers");

int proc_task_find(FAR const char *name, FAR proc_show_t *show,
                   FAR ino_t *ino)
{
  size_t len = strcspn(name, "/");
  unsigned int i;

  for (i = 0; i < nitems(g_taskfile); i++)
    {
      if (strlen(g_taskfile[i].name) == len &&
          strncmp(g_taskfile[i].name, name, len) == 0)
        {
          *show = g_taskfile[i].show;
          *ino += i + 1;
          return name[len] == '/' ? -ENOTDIR : 0;
        }
    }

  return -ENOENT;
}

int proc_task_list(pid_t pid, FAR struct dirlist_s *list)
{
  unsigned int i;
  int ret = nxsched_get_tcb(pid) == NULL ? -ENOENT : 0;

  for (i = 0; i < nitems(g_taskfile) && ret >= 0; i++)
    {
      ret = dirlist_add(list, g_taskfile[i].name, DT_REG,
                        PROC_TASK_INO(pid) + i + 1);
    }

  return ret;
}
