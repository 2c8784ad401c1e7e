/* sched/core.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the scheduler share.
 *
 *   ready.c      queues of tasks; the ready queue
 *   switch.c     switching, blocking, waking, interrupting
 *   clock.c      the time;  wdog.c  the timers
 *   semaphore.c, mutex.c, sleep.c     what tasks wait for
 *   task.c       making tasks, their table;  group.c  groups and children
 *   exit.c       how tasks end;  thread.c  threads
 *   wqueue.c, notifier.c              work queues
 *
 * Rules of use:
 *
 * - A task is in one queue at most: a ready queue, or that of waiters of
 *   what it waits for.  Its state says which.
 * - A wait begins in nxsched_wait() and ends in nxsched_wake(), which is
 *   called by who grants it, or by nxsched_unwait(), which takes it back.
 * - Only nxsched_switch() leaves the running task.  It returns to it later.
 * - A task that exits leaves its stack to the next one, which buries it.
 */

#ifndef __SCHED_CORE_H
#define __SCHED_CORE_H

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nuttx/arch.h>
#include <nuttx/clock.h>
#include <nuttx/irq.h>
#include <nuttx/mutex.h>
#include <nuttx/nuttx.h>
#include <nuttx/sched.h>
#include <nuttx/semaphore.h>
#include <nuttx/wdog.h>

/* Switches, or system calls, after which devices and timers are looked at
 * even though tasks could run.
 */

#define SCHED_BUDGET 64

/* What is moved by a call is work as well: so many bytes count as one more.
 * Else who writes 64 KB a call has written 4 MB before the first of their
 * acknowledgements is looked at.
 */

#define SCHED_CALL_BYTES 1024

/* ... but not more often than this, for then a flood of frames would come in
 * faster than the task that reads them can, and most of them be dropped.
 * (Under virtual time, which stands still meanwhile, always.)
 */

#define SCHED_SLICE_NS 250000

/* A turn (SCHED_TURN_NS) under virtual time, which has to be the same in each
 * run: so many times SCHED_BUDGET calls
 */

#define SCHED_TURN_CALLS 16

/* Waits that a task may begin after it was killed, all of which are refused,
 * before that is taken for an endless loop.
 */

#define SCHED_PATIENCE 100000

/* The caller of a function that waits, for reports */

#define SCHED_SITE __builtin_return_address(0)

struct sched_s
{
  FAR struct tcb_s *running;
  struct tcb_s idle;
  struct task_group_s kernel;            /* The group of the idle task */
  struct tcb_s ghost;                    /* Holds the mutexes of the dead */

  /* The ready queue: a ring for each priority; which are not empty, and
   * which words of that map are not zero.
   */

  FAR struct tcb_s *ready[SCHED_PRIORITY_MAX + 1];
  uint32_t map[8];
  uint32_t mapmap;

  unsigned int budget;                   /* Switches left */
  unsigned int calls;                    /* System calls left */
  uint64_t looked;                       /* When devices had their turn */

  /* The task that has exited and left its stack; its tcb may be gone */

  FAR struct tcb_s *dead;
  bool deadfree;

  /* All tasks that have not exited, and all, by id */

  FAR struct tcb_s *first;
  FAR struct tcb_s *last;
  FAR struct tcb_s **hash;
  unsigned int nhash;                    /* A power of two */
  unsigned int ntasks;                   /* In the hash */
  pid_t lastpid;

  FAR struct group_hook_s *hooks;        /* The last one registered first */
  unsigned int nhooks;
  FAR const struct nxsig_hooks_s *sighooks;

  int initstatus;                        /* Of the first task */
  bool initgone;
};

extern struct sched_s g_sched;

/* ready.c: queues of tasks are rings in order of priority, and of arrival
 * within a priority; the head is what a pointer points at.
 */

void nxsched_enqueue(FAR struct tcb_s **queue, FAR struct tcb_s *tcb);
void nxsched_dequeue(FAR struct tcb_s **queue, FAR struct tcb_s *tcb);

/* Make a task ready: behind the others of its priority, or before them. */

void nxsched_ready(FAR struct tcb_s *tcb);
void nxsched_ready_first(FAR struct tcb_s *tcb);
void nxsched_unready(FAR struct tcb_s *tcb);
FAR struct tcb_s *nxsched_take_ready(void);
bool nxsched_isready(void);

/* Put a task at its place again, with another priority. */

void nxsched_requeue(FAR struct tcb_s *tcb, uint8_t priority);

/* switch.c */

void nxsched_switch(void);
void nxsched_start(void);
bool nxsched_dispatch(void);
void nxsched_poll(void);

int nxsched_wait(enum twait_e type, FAR void *obj,
                 FAR struct tcb_s **queue, uint64_t deadline,
                 bool interruptible, FAR const void *site);
void nxsched_wake(FAR struct tcb_s *tcb, int result);
void nxsched_wake_all(FAR struct tcb_s **queue);
void nxsched_unwait(FAR struct tcb_s *tcb, int result);
void nxsched_attend(FAR struct tcb_s *tcb, uint8_t attention);
int nxsched_interrupted(FAR struct tcb_s *tcb);
void nxsched_bury(void);

/* mutex.c */

void nxsched_reprioritize(FAR struct tcb_s *tcb);
void nxmutex_abandon(FAR struct tcb_s *tcb);

/* wdog.c */

void wd_initialize(void);
void wd_deinitialize(void);
uint64_t wd_next(void);
void wd_expire(uint64_t now);

/* clock.c */

void clock_initialize(bool virtual_time, uint64_t wall_ns);
void clock_jump(uint64_t ns);

/* task.c */

int nxsched_initialize(void);
void nxsched_deinitialize(void);
FAR struct tcb_s *nxsched_lookup(pid_t pid);
int nxtask_alloc(FAR const char *name, int priority, size_t stack_size,
                 FAR struct tcb_s **result);
void nxtask_unlist(FAR struct tcb_s *tcb);
void nxtask_free(FAR struct tcb_s *tcb);
void nxtask_free_stack(FAR struct tcb_s *tcb);
int nxtask_create_init(FAR const char *name, int priority, size_t stack_size,
                       main_t entry, FAR char *const argv[]);

/* group.c */

int group_alloc(FAR struct tcb_s *leader, FAR struct task_group_s *parent,
                uint8_t flags, FAR char *const argv[]);
void group_join(FAR struct task_group_s *group, FAR struct tcb_s *tcb);
void group_leave(FAR struct tcb_s *tcb);
int group_setup(FAR struct task_group_s *group);
void group_teardown(FAR struct task_group_s *group);
void group_finish(FAR struct task_group_s *group);
void group_free(FAR struct task_group_s *group);

/* exit.c */

void nxtask_die(void) noreturn_function;
void nxsched_killall(bool kthreads);
bool nxsched_anyleft(bool kthreads);
void nxsched_destroyall(void);

/* wqueue.c */

int work_initialize(void);

/* notifier.c */

void work_notifier_initialize(void);
void work_notifier_deinitialize(void);

#endif /* __SCHED_CORE_H */
