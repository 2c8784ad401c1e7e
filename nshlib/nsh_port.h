/* nshlib/nsh_port.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the shell needs from the system it runs on, beyond POSIX.  Two
 * implementations: nsh_port_kernel.c, and tests/host/nsh/port_host.c, with
 * which the shell is an ordinary Linux program.
 *
 * A "task" has a process id here, is waited for with waitpid(), and shares
 * nothing with the shell as far as the shell can see: it is given strings,
 * and a copy of descriptors 0, 1 and 2 as they are at that moment.
 */

#ifndef __NSHLIB_NSH_PORT_H
#define __NSHLIB_NSH_PORT_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nsh_spawn_s
{
  const char *name;                    /* For ps */
  int (*main)(int argc, char **argv);
  int priority;                        /* 0: that of the caller */
  int stacksize;                       /* 0: the usual size */
  char *const *argv;                   /* Copied, like envp */
  char *const *envp;
  pid_t job;                           /* The first task of its pipeline; 0:
                                        * it is the first itself */
  bool background;
};

/* One line of "ps" */

struct nsh_task_s
{
  pid_t pid;
  pid_t group;
  int priority;
  const char *state;
  size_t stack;                        /* Bytes; 0: not known */
  uint64_t cpu_us;
  const char *name;
};

typedef void (*nsh_task_t)(const struct nsh_task_s *task, void *arg);

/* The task's id, or a negated errno */

pid_t nsh_port_start(const struct nsh_spawn_s *what);

/* The priority that a task has, or a negated errno */

int nsh_port_priority(pid_t pid);

/* The caller is a shell that talks to a person: what a port that has
 * terminals and process groups prepares for.
 */

void nsh_port_interactive(void);

/* Make a task the one that Ctrl-C ends.  A caller that is not in the
 * foreground itself, being in the background, changes nothing.  The id of
 * the caller takes it back.
 */

void nsh_port_foreground(pid_t pid);

/* End everything, with this status.  Returns only if it cannot. */

void nsh_port_poweroff(int status);

/* All tasks, in the order of their ids; 0 or a negated errno */

int nsh_port_tasks(nsh_task_t one, void *arg);

/* Mount, or with a NULL type unmount; 0 or a negated errno */

int nsh_port_mount(const char *source, const char *target, const char *type,
                   const char *options);

#endif /* __NSHLIB_NSH_PORT_H */
