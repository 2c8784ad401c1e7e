/* include/nuttx/sim.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The simulated machine: how a kernel is booted inside a Linux process, what
 * wakes it, what time it has, and how it ends.
 *
 * sim_run() is the whole life of a kernel.  It may be called again when it
 * has returned, any number of times; nothing of a former life is left.  All
 * functions below are for use inside it.
 *
 * Time.  Under real time the kernel sleeps in one epoll_wait() until a
 * device is ready or a timer is due.  Under virtual time it never sleeps:
 * when nothing can run, the clock jumps to the next timer.  Devices that
 * exist outside make a run of virtual time depend on when they are ready;
 * without them, runs with the same seed are identical.
 *
 * When the kernel gives up.  A failed assertion, a stack that overflows (or
 * any other fault of memory), and a deadlock (nothing can run, no timer, no
 * device that could wake anyone) print what happened, where, and a list of
 * all tasks to the host's stderr.  Then the process ends:
 *
 *   assertion, panic  abort(), status 134 in a shell
 *   overflow, fault   by the signal, status 139 in a shell
 *   deadlock          exit status SIM_EXIT_DEADLOCK, after the functions of
 *                     sim_atexit() were called
 *
 * Under AddressSanitizer a fault goes on to its own report instead.
 */

#ifndef __INCLUDE_NUTTX_SIM_H
#define __INCLUDE_NUTTX_SIM_H

#include <nuttx/config.h>

#include <stdbool.h>
#include <stdint.h>

#include <nuttx/compiler.h>
#include <nuttx/sched.h>

#define SIM_EXIT_DEADLOCK 120

struct sim_config_s
{
  bool virtual_time;
  uint64_t seed;                 /* Of sim_random() */
  uint64_t start_wall_ns;        /* CLOCK_REALTIME at boot, in ns since 1970;
                                  * 0: the host's, or 2025-01-01 if virtual */
  unsigned int loglevel;         /* LOG_*; 0: LOG_WARNING */
  int priority;                  /* Of the first task; 0: the default */
  size_t stack_size;             /* Likewise */

  /* Sets up the modules above the core (file systems, network, POSIX), in
   * the idle task, before the first task is made.  May be NULL.  A negated
   * errno ends the boot: sim_run() says so and returns 1.  -ECANCELED: the
   * function has told the user itself.
   */

  CODE int (*bringup)(void);

  /* Called, in the idle task, when it is over and before tasks are killed;
   * alone: there is none of a user any more.  May be NULL.
   */

  CODE void (*leaving)(bool alone);
};

/* Boot; run init(argc, argv) as the first task (argv[0] becomes its name);
 * return when it has exited or sim_poweroff() was called, with its exit
 * status (128 + n if signal n ended it) or that of sim_poweroff().  Before,
 * all other tasks are killed and given a second, of the kernel's time, to
 * end.  A NULL configuration is one of zeros.  Not reentrant.
 */

int sim_run(FAR const struct sim_config_s *cfg, main_t init, int argc,
            FAR char *const argv[]);

/* End the kernel.  Returns to the caller, who is killed like everybody else;
 * the first status counts.
 */

void sim_poweroff(int status);

/* Have a function called at the end of sim_run(), in interrupt context, when
 * no task is left.  The last one registered is called first.  Zero, or
 * -ENOMEM.
 */

int sim_atexit(CODE void (*fn)(FAR void *arg), FAR void *arg);

bool sim_virtual(void);

/* Randomness.  sim_random() is the one generator of the kernel; a stream of
 * its own, which depends on the seed and its name alone, is for what must
 * not change when something else draws more or fewer numbers.
 */

struct sim_random_s
{
  uint64_t state;
};

uint64_t sim_seed(void);
uint64_t sim_random(void);
void sim_random_stream(FAR struct sim_random_s *stream, FAR const char *name);
uint64_t sim_random_next(FAR struct sim_random_s *stream);

/* A number below a limit, which must not be zero */

uint64_t sim_random_below(FAR struct sim_random_s *stream, uint64_t limit);

/* Devices.  A host descriptor wakes the kernel when it is ready, level
 * triggered: ready(arg, events) is called in interrupt context again and
 * again until the cause is gone.  It may change or remove any event.  The
 * memory is the caller's, who removes the event before closing the
 * descriptor.  SIM_ERR and SIM_HUP come unasked.
 *
 * With SIM_IN or SIM_OUT wanted an event keeps the kernel from a report of
 * deadlock, unless it was added with SIM_WEAK.
 */

#define SIM_IN   0x0001
#define SIM_OUT  0x0004
#define SIM_ERR  0x0008
#define SIM_HUP  0x0010
#define SIM_WEAK 0x1000          /* Not told to ready() */

struct sim_event_s
{
  int fd;
  CODE void (*ready)(FAR void *arg, unsigned int events);
  FAR void *arg;

  unsigned int events;           /* Private */
  bool active;
};

/* Zero; -EEXIST: active already (or another event has the descriptor);
 * -EPERM: the host does not wait for such a file, which is always ready;
 * -EBADF, -ENOMEM.
 */

int sim_event_add(FAR struct sim_event_s *event, unsigned int events);

/* Zero; -ENOENT: not active.  Weak stays weak. */

int sim_event_mod(FAR struct sim_event_s *event, unsigned int events);
int sim_event_del(FAR struct sim_event_s *event);

/* Real time: there was input when descriptors were last looked at, and there
 * may be more, which arrived before now.
 */

bool sim_event_more(void);

/* Lock-step with another kernel, under virtual time.  When nothing can run,
 * the kernel asks the other one how far the clock may go: it says when its
 * own next timer is due (CLOCK_NEVER: none), and gets the time, not later
 * than this, that both go to; or CLOCK_NEVER if the other has nothing to do
 * either: then they are deadlocked.  Runs in interrupt context; frames may
 * be delivered in it.
 */

struct sim_lockstep_s
{
  CODE uint64_t (*advance)(FAR void *arg, uint64_t my_next_ns);
  FAR void *arg;
};

/* The structure must outlive its use; NULL ends it.  -EINVAL: real time. */

int sim_lockstep_set(FAR const struct sim_lockstep_s *lockstep);

/* For tests: called first by a failed assertion, may longjmp out of it.  It
 * stays across runs.
 */

typedef CODE void (*sim_panic_hook_t)(FAR const char *file, int line,
                                      FAR const char *what);

extern sim_panic_hook_t g_sim_panic_hook;

#endif /* __INCLUDE_NUTTX_SIM_H */
