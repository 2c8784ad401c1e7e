/* tests/host/nsh/port_host.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The shell's port to Linux: a task is a process made by fork(), with a
 * process group of its own where a person is at the terminal.  There is no
 * exec(), so that descriptors which are not to be inherited are closed here.
 */

#ifndef _GNU_SOURCE
#  define _GNU_SOURCE
#endif

#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nsh_port.h"

extern char **environ;

static struct
{
  bool jobcontrol;                     /* Tasks get process groups */
  int terminal;                        /* With jobcontrol */
} g_host;

/* In the child: what exec() would do. */

static void host_close_private(void)
{
  DIR *dir = opendir("/proc/self/fd");
  struct dirent *entry;
  int *fds = NULL;
  size_t n = 0;
  size_t i;

  while (dir != NULL && (entry = readdir(dir)) != NULL)
    {
      int fd = atoi(entry->d_name);
      int flags = fcntl(fd, F_GETFD);

      if (entry->d_name[0] != '.' && fd > 2 && fd != dirfd(dir) &&
          flags >= 0 && (flags & FD_CLOEXEC) != 0)
        {
          fds = realloc(fds, (n + 1) * sizeof(*fds));
          fds[n++] = fd;
        }
    }

  for (i = 0; i < n; i++)
    {
      close(fds[i]);
    }

  free(fds);
  if (dir != NULL)
    {
      closedir(dir);
    }
}

static void host_child(const struct nsh_spawn_s *what, const sigset_t *mask)
{
  static const int signals[] =
  {
    SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTTOU, SIGTTIN, SIGTSTP
  };

  int argc = 0;
  size_t i;

  if (g_host.jobcontrol)
    {
      /* The shell does the same: one of the two is first, and a task must
       * not read the terminal before it is in the foreground.
       */

      setpgid(0, what->job);
      if (!what->background)
        {
          tcsetpgrp(g_host.terminal, getpgrp());
        }

      g_host.jobcontrol = false;
    }

  for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
    {
      signal(signals[i], SIG_DFL);
    }

  sigprocmask(SIG_SETMASK, mask, NULL);
  host_close_private();
  environ = (char **)what->envp;
  while (what->argv[argc] != NULL)
    {
      argc++;
    }

  exit(what->main(argc, (char **)what->argv));
}

/* No signal may come while the child still has the shell's handlers. */

pid_t nsh_port_start(const struct nsh_spawn_s *what)
{
  sigset_t all;
  sigset_t mask;
  int errcode;
  pid_t pid;

  fflush(stdout);
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &mask);
  pid = fork();
  errcode = errno;
  if (pid == 0)
    {
      host_child(what, &mask);
    }

  sigprocmask(SIG_SETMASK, &mask, NULL);
  if (pid < 0)
    {
      return -errcode;
    }

  if (g_host.jobcontrol)
    {
      setpgid(pid, what->job == 0 ? pid : what->job);
    }

  return pid;
}

int nsh_port_priority(pid_t pid)
{
  (void)pid;
  return 100;
}

void nsh_port_interactive(void)
{
  g_host.terminal = fcntl(0, F_DUPFD_CLOEXEC, 3);
  g_host.jobcontrol = g_host.terminal >= 0;
  signal(SIGTTOU, SIG_IGN);
  signal(SIGTTIN, SIG_IGN);
  signal(SIGTSTP, SIG_IGN);
  signal(SIGQUIT, SIG_IGN);
  if (getpgrp() != getpid() && getsid(0) != getpid())
    {
      setpgid(0, 0);
    }

  tcsetpgrp(g_host.terminal, getpgrp());
}

void nsh_port_foreground(pid_t pid)
{
  if (g_host.jobcontrol)
    {
      tcsetpgrp(g_host.terminal, getpgid(pid));
    }
}

void nsh_port_poweroff(int status)
{
  (void)status;
}

/* The processes of this session, from /proc. */

static bool host_task(pid_t pid, struct nsh_task_s *task, char name[256])
{
  char path[64];
  FILE *file;
  char state;
  unsigned long user;
  unsigned long system;
  int session;
  int group;
  int n;

  snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
  file = fopen(path, "re");
  if (file == NULL)
    {
      return false;
    }

  n = fscanf(file, "%*d (%255[^)]) %c %*d %d %d %*d %*d %*u %*u %*u %*u "
             "%*u %lu %lu", name, &state, &group, &session, &user, &system);
  fclose(file);
  if (n != 6 || session != getsid(0))
    {
      return false;
    }

  task->pid = pid;
  task->group = group;
  task->priority = 100;
  task->state = state == 'R' ? "running" : "waiting";
  task->stack = 0;
  task->cpu_us = (user + system) * 1000000 / (unsigned)sysconf(_SC_CLK_TCK);
  task->name = name;
  return true;
}

int nsh_port_tasks(nsh_task_t one, void *arg)
{
  DIR *dir = opendir("/proc");
  struct dirent *entry;

  if (dir == NULL)
    {
      return -errno;
    }

  while ((entry = readdir(dir)) != NULL)
    {
      struct nsh_task_s task;
      char name[256];

      if (atoi(entry->d_name) > 0 &&
          host_task(atoi(entry->d_name), &task, name))
        {
          one(&task, arg);
        }
    }

  closedir(dir);
  return 0;
}

int nsh_port_mount(const char *source, const char *target, const char *type,
                   const char *options)
{
  (void)source;
  (void)target;
  (void)type;
  (void)options;
  return -EPERM;
}
