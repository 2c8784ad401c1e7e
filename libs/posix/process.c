/* libs/posix/process.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a task group looks like as a process: ids, children, the end.
 */

#include "binding.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nuttx/kmalloc.h>
#include <nuttx/posix.h>

BIND(getpid);
pid_t posix_getpid(void)
{
  return nxsched_getpid();
}

BIND(getppid);
pid_t posix_getppid(void)
{
  return nxsched_getppid();
}

BIND(gettid);
pid_t posix_gettid(void)
{
  return nxsched_gettid();
}

BIND(getpgrp);
pid_t posix_getpgrp(void)
{
  return nxsched_getpid();
}

BIND(getuid);
uid_t posix_getuid(void)
{
  return 0;
}

/* Children */

BIND(waitpid);
pid_t posix_waitpid(pid_t pid, int *status, int options)
{
  return posix_call(CALL_CANCEL | CALL_RESTART,
                    nxsched_waitpid(pid, status, options));
}

pid_t posix_wait_child(int *status);
pid_t posix_wait_child(int *status)
{
  return posix_waitpid(-1, status, 0);
}

/* Before the first instruction of a task its variables have to be there */

static int task_main(int argc, char *argv[])
{
  struct posix_group_s *group = posix_group();

  posix_resume();
  errno = 0;
  return group->entry(argc, argv);
}

int posix_hold_task(const char *name, int priority, size_t stack_size,
                    main_t entry, char *const argv[], char *const envp[],
                    struct tcb_s **tcb)
{
  struct posix_group_s *group;
  int ret;

  if (name == NULL || entry == NULL)
    {
      return -EINVAL;
    }

  ret = nxtask_create_ext(name, priority != 0 ? priority :
                          nxsched_self()->base_priority, stack_size,
                          task_main, argv, tcb);
  if (ret < 0)
    {
      return ret;
    }

  group        = (*tcb)->group->streams;
  group->entry = entry;
  if (envp != NULL)
    {
      ret = posix_env_set(group, envp);
      if (ret < 0)
        {
          nxtask_abandon(*tcb);
        }
    }

  return ret;
}

static int start(const char *name, int priority, size_t stack_size,
                 main_t entry, char *const argv[])
{
  struct tcb_s *tcb;
  int ret;

  ret = posix_hold_task(name, priority, stack_size, entry, argv, NULL, &tcb);
  if (ret < 0)
    {
      return ret;
    }

  ret = tcb->pid;
  nxtask_activate(tcb);
  return ret;
}

int posix_task_create(const char *name, int priority, int stack_size,
                      main_t entry, char *const argv[]);
int posix_task_create(const char *name, int priority, int stack_size,
                      main_t entry, char *const argv[])
{
  return posix_call(CALL_PLAIN,
                    start(name, priority, stack_size, entry, argv));
}

int posix_task_spawn(const char *name, main_t entry, int priority,
                     size_t stack_size, char *const argv[]);
int posix_task_spawn(const char *name, main_t entry, int priority,
                     size_t stack_size, char *const argv[])
{
  return posix_task_create(name, priority, stack_size, entry, argv);
}

int posix_task_delete(pid_t pid);
int posix_task_delete(pid_t pid)
{
  return posix_call(CALL_PLAIN, nxsched_kill(pid, SIGKILL));
}

/* The end: group.c has what happens then */

BIND(exit);
void posix_exit(int status)
{
  nxtask_exit(status);
}

BIND(_exit);
void posix__exit(int status)
{
  posix_group()->quick = true;
  nxtask_exit(status);
}

BIND(quick_exit);
void posix_quick_exit(int status)
{
  posix__exit(status);
}

BIND(atexit);
int posix_atexit(void (*func)(void))
{
  struct posix_group_s *group = posix_group();
  struct posix_atexit_s *entry = kmm_malloc(sizeof(*entry));

  if (entry == NULL)
    {
      return -1;
    }

  entry->func    = func;
  entry->flink   = group->atexits;
  group->atexits = entry;
  return 0;
}

/* A handler of SIGABRT runs first, and may leave by longjmp() */

void posix_abort(void)
{
  struct posix_thread_s *self = posix_self();
  struct sigaction *action = &self->group->actions[SIGABRT];

  self->blocked &= ~(1ull << (SIGABRT - 1));
  if (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN)
    {
      posix_signal_task(self, SIGABRT);
      posix_signals();
    }

  action->sa_handler = SIG_DFL;
  nxsched_kill(self->group->group->pid, SIGABRT);
  task_testcancel();
  nxtask_exit(128 + SIGABRT);    /* It was exiting already */
}

/* An assertion of an application ends its task only */

static void fails(const char *file, unsigned int line, const char *function,
                  const char *what) noreturn_function;
static void fails(const char *file, unsigned int line, const char *function,
                  const char *what)
{
  char text[512];
  int len;

  len = snprintf(text, sizeof(text), "%s: %s:%u: %s%s%s\n",
                 nxsched_self()->group->name, file, line,
                 function != NULL ? function : "",
                 function != NULL ? ": " : "", what);
  posix_report(text, len < (int)sizeof(text) ? len : (int)sizeof(text) - 1);
  posix_abort();
}

#undef __assert_fail
BIND(__assert_fail);
void posix___assert_fail(const char *what, const char *file,
                         unsigned int line, const char *function)
{
  char text[320];

  snprintf(text, sizeof(text), "Assertion `%s' failed.", what);
  fails(file, line, function, text);
}

BIND(__assert);
void posix___assert(const char *what, const char *file, int line)
{
  posix___assert_fail(what, file, line, NULL);
}

BIND(__assert_perror_fail);
void posix___assert_perror_fail(int err, const char *file, unsigned int line,
                                const char *function)
{
  fails(file, line, function, strerror(err));
}
