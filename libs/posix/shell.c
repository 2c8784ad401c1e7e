/* libs/posix/shell.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * system(): a shell as a task, of which the kernel has told us where it
 * begins (posix_set_shell()).  There is no fork(), and none is needed: the
 * shell gets copies of the caller's descriptors and of its environment as
 * every new task does.
 *
 * Meanwhile the caller ignores SIGINT and SIGQUIT, and has SIGCHLD wait.
 * That is a matter of all its threads, so the first to call system() sets
 * it, and the last to return undoes it.  The shell must not inherit it: it
 * is made before and runs after.
 */

#include "binding.h"

#include <stdlib.h>
#include <sys/wait.h>

#include <nuttx/fs/tty.h>

BIND(sigaction);

#define SIGCHLD_BIT     (1ull << (SIGCHLD - 1))
#define SHELL_STACKSIZE 1048576        /* It is recursive */
#define SHELL_MISSING   (127 << 8)     /* As if it had said exit(127) */

void posix_set_shell(main_t shell)
{
  g_posix.shell = shell;
}

static void ignore_signals(struct posix_group_s *group)
{
  struct sigaction ignore =
  {
    .sa_handler = SIG_IGN
  };

  if (group->nsystem++ == 0)
    {
      posix_sigaction(SIGINT, &ignore, &group->sysint);
      posix_sigaction(SIGQUIT, &ignore, &group->sysquit);
    }
}

static void restore_signals(struct posix_group_s *group)
{
  if (--group->nsystem == 0)
    {
      posix_sigaction(SIGINT, &group->sysint, NULL);
      posix_sigaction(SIGQUIT, &group->sysquit, NULL);
    }
}

/* Signals do not end the wait.  A cancellation ends the shell, and only then
 * the wait: nobody else could wait for it.
 */

static int wait_for(pid_t pid, int *status)
{
  struct posix_thread_s *self = posix_self();
  int ret;

  self->calling = CALL_CANCEL;
  do
    {
      ret = nxsched_waitpid(pid, status, 0);
      if (ret == -EINTR)
        {
          task_testcancel();
          if (self->cancelled && !self->nocancel)
            {
              nxsched_kill(pid, SIGKILL);
              self->calling = CALL_PLAIN;
            }

          posix_resume();
          posix_signals();
        }
    }
  while (ret == -EINTR);

  return ret;
}

/* The shell has the caller's terminal: Ctrl-C is for it */

static int run(const char *command, int *status)
{
  struct posix_group_s *group = posix_group();
  struct posix_thread_s *self = posix_self();
  uint64_t blocked = self->blocked;
  pid_t mine = group->group->pid;
  struct tcb_s *tcb;
  bool terminal;
  pid_t pid;
  int ret;

  char *argv[] =
  {
    (char *)"-c", (char *)command, NULL
  };

  ret = posix_hold_task("sh", 0, SHELL_STACKSIZE, g_posix.shell, argv, NULL,
                        &tcb);
  if (ret < 0)
    {
      return ret;
    }

  ignore_signals(group);
  self->blocked |= SIGCHLD_BIT;
  pid      = tcb->pid;
  terminal = tty_get_foreground() == mine;
  if (terminal)
    {
      tty_set_foreground(pid);
    }

  nxtask_activate(tcb);
  ret = wait_for(pid, status);

  if (terminal)
    {
      tty_set_foreground(mine);
    }

  self->blocked = blocked;
  restore_signals(group);
  return ret < 0 ? ret : 0;
}

BIND(system);
int posix_system(const char *command)
{
  int status = SHELL_MISSING;

  if (command == NULL)
    {
      return g_posix.shell != NULL;
    }

  posix_pthread_testcancel();
  if (g_posix.shell != NULL && posix_call(CALL_PLAIN,
                                          run(command, &status)) < 0)
    {
      status = -1;
    }

  posix_pthread_testcancel();
  return status;
}
