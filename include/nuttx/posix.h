/* include/nuttx/posix.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the POSIX binding (libs/posix) offers besides POSIX.  This header
 * needs nothing but the host's, so applications can include it, too.
 */

#ifndef __INCLUDE_NUTTX_POSIX_H
#define __INCLUDE_NUTTX_POSIX_H

#include <sys/types.h>

/* For applications, under these names after scripts/bind: start a task in a
 * group of its own, which inherits descriptors, environment and ignored
 * signals.  argv is without the name, and may be NULL.  A priority or stack
 * size of 0 is the default.  The pid, or -1 and errno.  A task started in
 * another way than by these two has to make a call of POSIX before it uses
 * a variable like stdout or environ; the first task of a kernel need not.
 */

int task_create(const char *name, int priority, int stack_size,
                int (*entry)(int argc, char *argv[]), char *const argv[]);
int task_spawn(const char *name, int (*entry)(int argc, char *argv[]),
               int priority, size_t stack_size, char *const argv[]);

/* End a task that runs, as SIGKILL does.  0, or -1 and errno. */

int task_delete(pid_t pid);

/* For the kernel, to start an application with an environment of its own
 * (NULL: the caller's), held as nxtask_create_ext() holds it.  Zero or a
 * negated errno; argv as above.
 */

struct tcb_s;

int posix_hold_task(const char *name, int priority, size_t stack_size,
                    int (*entry)(int argc, char *argv[]),
                    char *const argv[], char *const envp[],
                    struct tcb_s **tcb);

/* Make stdout, environ and their like those of the calling task.  For the end
 * of a function of the kernel that applications call past the binding, if
 * tasks may have been switched in it.
 */

void posix_resume(void);

/* For the kernel: call this in sim_config_s.bringup, after fs_initialize().
 * Zero or a negated errno.
 */

int posix_initialize(void);

/* For the kernel, after that: main() of a shell that understands "-c", for
 * system().
 */

void posix_set_shell(int (*shell)(int argc, char *argv[]));

#endif /* __INCLUDE_NUTTX_POSIX_H */
