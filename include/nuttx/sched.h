/* include/nuttx/sched.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Tasks, threads and groups.
 *
 * A task is a flow of control with its own stack and priority (1 lowest, 255
 * highest).  A group is what POSIX calls a process: one task that began it,
 * the threads which that created, and what they share: descriptors, streams,
 * environment, parent and children.  The id of a group is that of its first
 * task.  Kernel threads have groups of their own, with nothing in them.
 *
 * A switch happens only when the running task blocks, yields, exits or makes
 * a system call: with one that does not wait it hands on to others of its
 * priority, when it has run for a while and they could.  The scheduler itself
 * runs on the host's stack as the idle task, id 0; timers and devices are
 * served there, in interrupt context.
 *
 * How a task is ended by others
 *
 * nxsched_kill() marks every task of a group.  A wait that is interruptible
 * ends with -EINTR, at once or when it is next begun; the kernel code that
 * waits puts its things in order and returns.  The task ends when it next
 * calls task_testcancel(), which every system call does on entry (read(),
 * usleep(), sched_yield()...), unless it holds a kernel mutex, or is exiting
 * already.  In the core nxsched_yield(), nxsched_ticksleep(), nxsig_usleep(),
 * nxsched_waitpid() and nxthread_join() are such calls.  nxsem_wait() and
 * nxmutex_lock_interruptible() are not, so that they can be used inside
 * system calls: who loops over them must call task_testcancel() himself (a
 * task that never does is a failed assertion in the end).  Waits that are
 * uninterruptible last until what they wait for has come.
 */

#ifndef __INCLUDE_NUTTX_SCHED_H
#define __INCLUDE_NUTTX_SCHED_H

#include <nuttx/config.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/wait.h>

#include <nuttx/compiler.h>
#include <nuttx/clock.h>
#include <nuttx/wdog.h>

#define SCHED_PRIORITY_IDLE     0
#define SCHED_PRIORITY_MIN      1
#define SCHED_PRIORITY_DEFAULT  100
#define SCHED_PRIORITY_MAX      255

/* A stack size of zero means this one; a smaller one than the second is made
 * as large, because of what the host's printf() alone needs.
 */

#define SCHED_STACK_DEFAULT     262144
#define SCHED_STACK_MIN         65536

#define TASK_NAME_SIZE          31

typedef CODE int (*main_t)(int argc, FAR char *argv[]);
typedef CODE FAR void *(*nxthread_entry_t)(FAR void *arg);

enum tstate_e
{
  TSTATE_HELD = 0,               /* Created, not yet activated */
  TSTATE_READY,                  /* In the ready queue */
  TSTATE_RUNNING,
  TSTATE_BLOCKED,
  TSTATE_EXITED                  /* Nothing is left but its result */
};

/* What a blocked task waits for */

enum twait_e
{
  TWAIT_NONE = 0,
  TWAIT_SEM,                     /* waitobj: FAR sem_t */
  TWAIT_MUTEX,                   /* waitobj: FAR mutex_t */
  TWAIT_SLEEP,
  TWAIT_CHILD,                   /* waitobj: its own group */
  TWAIT_JOIN,                    /* waitobj: FAR struct tcb_s */
  TWAIT_THREADS                  /* Exiting: for the others of its group */
};

struct mutex_s;
struct task_group_s;

struct tcb_s
{
  /* Ready queue, or queue of waiters: a ring in order of priority */

  FAR struct tcb_s *flink;
  FAR struct tcb_s *blink;

  /* Identity */

  pid_t pid;
  char name[TASK_NAME_SIZE + 1];
  FAR struct task_group_s *group;
  FAR struct tcb_s *member;      /* Next in the group, and what points here */
  FAR struct tcb_s **memberback;
  FAR struct tcb_s *allnext;     /* All tasks, in order of their ids */
  FAR struct tcb_s *allprev;
  FAR struct tcb_s *hashnext;

  /* Scheduling */

  uint8_t sched_priority;        /* As it is now */
  uint8_t base_priority;         /* Without inheritance */
  uint8_t state;                 /* enum tstate_e */
  uint8_t waittype;              /* enum twait_e */
  bool interruptible;            /* The wait is */
  bool detached;                 /* Nobody will join */
  bool exiting;                  /* Cannot be killed any more */
  uint8_t attention;             /* ATTN_*, see task_testcancel() */
  unsigned int lockcount;        /* sched_lock() */
  unsigned int irqmask;          /* While others run: g_irq.mask */
  unsigned int nlocks;           /* Kernel mutexes held */
  unsigned int nrefused;         /* Waits refused since it was killed */
  unsigned int turn;             /* Times 64 calls since it became ready */
  uint64_t turnsince;            /* When turn became 1 */
  uint64_t cputime;              /* In ns, by sampling */

  /* Waiting */

  FAR void *waitobj;
  FAR struct tcb_s **waitqueue;  /* The queue it is in, if any */
  FAR const void *waitsite;      /* The code that called for the wait */
  int waitresult;
  struct wdog_s waitdog;         /* Ends a timed wait */
  FAR struct mutex_s *held;      /* Mutexes that it holds */

  /* Context */

  FAR void *stack_base;          /* The lowest address; NULL: none */
  size_t stack_size;
  FAR void *sp;                  /* Saved context, on the stack */
  FAR void *fakestack;           /* Of AddressSanitizer */

  /* What it runs */

  union
  {
    main_t main;
    nxthread_entry_t thread;
  } entry;
  FAR void *arg;                 /* Of a thread */
  FAR void *result;              /* Of a thread that has exited */
  FAR struct tcb_s *joiners;     /* Who wait for it: a queue */

  /* For the layers above */

  int errcode;                   /* errno */
  FAR void *tls;                 /* Of the POSIX layer */
};

#define ATTN_KILL    1           /* The group is being ended */
#define ATTN_SIGNAL  2           /* The signal hooks want to run */

#define GROUP_KTHREAD 1          /* A kernel thread */
#define GROUP_EXITING 2          /* It is being ended */
#define GROUP_ZOMBIE  4          /* It has ended; the parent has not asked */

struct task_group_s
{
  pid_t pid;                     /* Of the first task */
  pid_t ppid;                    /* 0: an orphan, or made by the kernel */
  char name[TASK_NAME_SIZE + 1];
  int argc;
  FAR char **argv;               /* A copy; argv[0] is the name */
  int status;                    /* As for waitpid(), once it is exiting */
  uint8_t flags;                 /* GROUP_* */
  uint8_t nhooks;                /* Hooks that were set up */
  int sigint;                    /* The signal that ends it; 0: none */

  FAR struct tcb_s *leader;      /* The first task */
  FAR struct tcb_s *members;     /* All tasks, also exited ones */
  unsigned int nmembers;         /* Without held and exited ones */
  uint64_t cputime;              /* Of those that have exited, in ns */

  FAR struct task_group_s *parent;
  FAR struct task_group_s *children;   /* That run, the youngest first */
  FAR struct task_group_s *zombies;    /* That have ended, first come first */
  FAR struct task_group_s *lastzombie;
  FAR struct task_group_s *sibling;    /* Next in one of these lists, and */
  FAR struct task_group_s **sibback;   /* what points here */
  FAR struct tcb_s *childwait;   /* Who wait for a child: a queue */
  FAR struct tcb_s *exitwait;    /* Who waits for the other members */

  /* Owned by the layers above, which set them up and free them in hooks */

  FAR void *files;               /* VFS */
  FAR void *streams;             /* POSIX */
  FAR void *env;                 /* POSIX */
  FAR void *signals;             /* POSIX */
};

/* Creating *****************************************************************/

/* A task in a group of its own, a child of the caller's.  argv, without the
 * name and ended by NULL, may be NULL; it is copied.  The child's id, or
 * -EINVAL, -ENOMEM, or what a group hook says.
 */

int nxtask_create(FAR const char *name, int priority, size_t stack_size,
                  main_t entry, FAR char *const argv[]);

/* Likewise, but it does not start before nxtask_activate(); meanwhile the
 * caller may change its group (files, environment).  nxtask_abandon() undoes
 * it instead.  Zero or a negated errno.
 */

int nxtask_create_ext(FAR const char *name, int priority, size_t stack_size,
                      main_t entry, FAR char *const argv[],
                      FAR struct tcb_s **tcb);
void nxtask_activate(FAR struct tcb_s *tcb);
void nxtask_abandon(FAR struct tcb_s *tcb);

/* A task of the kernel: no parent, cannot be killed, and does not keep the
 * kernel running.  It must block interruptibly, and return from its entry on
 * -EINTR, which means shutdown.
 */

int kthread_create(FAR const char *name, int priority, size_t stack_size,
                   main_t entry, FAR char *const argv[]);

/* A further member of the caller's group, held as above: its tcb can be
 * prepared (tls) before nxtask_activate().  The name may be NULL.
 */

int nxthread_create(FAR const char *name, int priority, size_t stack_size,
                    nxthread_entry_t entry, FAR void *arg,
                    FAR struct tcb_s **tcb);

/* Ending *******************************************************************/

/* End the caller's group: the others are killed; when they have ended, the
 * group hooks run; then the parent is told.  The status is that of exit().
 */

void nxtask_exit(int status) noreturn_function;

/* End the caller alone; the last member ends the group, with status 0. */

void nxthread_exit(FAR void *result) noreturn_function;

/* Wait for a thread of the caller's group to exit, and take its result; this
 * can be done once.  -ESRCH: no such thread; -EINVAL: it is detached or has
 * been joined by another; -EDEADLK: itself; -EINTR.
 */

int nxthread_join(pid_t tid, FAR void **result);

/* Nobody will join that thread.  -ESRCH, -EINVAL as above. */

int nxthread_detach(pid_t tid);

/* Wait for a child (pid > 0) or any child (-1 or 0) to end and forget it.
 * options: WNOHANG: 0 if none has ended.  The child's id; -ECHILD: there is
 * no such child; -EINTR; -EINVAL: unknown options.
 */

pid_t nxsched_waitpid(pid_t pid, FAR int *status, int options);

/* End a group with a signal.  SIGKILL always does; others if the signal
 * hooks do not take them, except those that POSIX ignores by default.  0
 * only asks.  Takes effect as described above, also for the caller.
 * -ESRCH: no such group; -EPERM: it is the kernel's; -EINVAL: no such
 * signal, or one that stops.
 */

int nxsched_kill(pid_t pid, int sig);

/* On entry of each system call: runs the signal hooks if they asked for it,
 * and does not return if the caller was killed.  Lets devices and timers in
 * now and then, so others may run.
 */

void task_testcancel(void);

/* End the interruptible wait of a task with -EINTR, now or when it begins
 * next, and have the deliver hook called in its next task_testcancel().
 */

void nxsched_interrupt(FAR struct tcb_s *tcb);

/* Signals: the POSIX layer's part */

struct nxsig_hooks_s
{
  /* A signal for a group: true if taken care of.  Any context.  Called for
   * SIGCHLD, too, which the kernel sends when a child has ended.
   */

  CODE bool (*post)(FAR struct task_group_s *group, int sig);

  /* The running task was interrupted: run handlers, end a thread... */

  CODE void (*deliver)(FAR struct tcb_s *tcb);
};

/* The hooks must outlive the kernel; NULL removes them. */

void nxsig_sethooks(FAR const struct nxsig_hooks_s *hooks);

/* Asking *******************************************************************/

FAR struct tcb_s *nxsched_self(void);
pid_t nxsched_gettid(void);
pid_t nxsched_getpid(void);
pid_t nxsched_getppid(void);

/* NULL: no such task, or it has exited. */

FAR struct tcb_s *nxsched_get_tcb(pid_t tid);

/* Call a function with each task that has not exited, in order of the ids,
 * the idle task first.  It must not block, create or end tasks.
 */

typedef CODE void (*nxsched_foreach_t)(FAR struct tcb_s *tcb, FAR void *arg);

void nxsched_foreach(nxsched_foreach_t handler, FAR void *arg);

/* The state of a task in a word, and what it waits for ("" if nothing) */

FAR const char *nxsched_statename(FAR const struct tcb_s *tcb);
FAR const char *nxsched_waitname(FAR const struct tcb_s *tcb);

/* Whether this is the idle task, which cannot block */

bool sched_idletask(void);

/* Scheduling ***************************************************************/

/* The base priority.  -EINVAL: not 1 to 255. */

int nxsched_set_priority(FAR struct tcb_s *tcb, int priority);

/* So long a task runs whose system calls never wait, before it is the turn of
 * others of its priority (SCHED_RR)
 */

#define SCHED_TURN_NS 2000000

/* The system call of the running task has moved so much to a device: the
 * devices may be looked at earlier than for a call that does nothing.
 */

void nxsched_charge(size_t bytes);

/* Let others of the same priority, or a higher one, run. */

int nxsched_yield(void);

/* There is no preemption; these count. */

void sched_lock(void);
void sched_unlock(void);

/* Sleep.  Zero, or -EINTR. */

int nxsched_ticksleep(clock_t ticks);
int nxsig_usleep(unsigned int usec);

/* Sleep until a time since boot in ns. */

int nxsched_sleep_until(uint64_t deadline);

/* Hooks for what a group owns **********************************************/

struct group_hook_s
{
  /* A group is made by "parent", NULL for those that the kernel makes.  Zero
   * or a negated errno, which then is that of the creation.
   */

  CODE int (*init)(FAR struct task_group_s *group,
                   FAR struct task_group_s *parent);

  /* It ends: called by its last task, which may block (nothing interrupts it
   * any more), in the reverse order of registration.  For a group that never
   * ran, or is left over at shutdown, by another task or by the idle task;
   * the latter cannot block.
   */

  CODE void (*exit)(FAR struct task_group_s *group);

  FAR struct group_hook_s *next; /* Private */
};

/* At boot, before any group exists (sim_config_s.bringup).  The hook must
 * outlive the kernel.  -EBUSY: it is too late.
 */

int group_hook_register(FAR struct group_hook_s *hook);

#endif /* __INCLUDE_NUTTX_SCHED_H */
