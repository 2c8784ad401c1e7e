/* arch/sim/sim_crash.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * When the kernel gives up: reports of failed assertions, of overflowed
 * stacks and other faults of memory, and of deadlocks.  See nuttx/sim.h for
 * how the process ends.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include <nuttx/arch.h>
#include <nuttx/init.h>
#include <nuttx/nuttx.h>

#include "core.h"
#include "up.h"

#define LINE_SIZE 512

sim_panic_hook_t g_sim_panic_hook;

static void print(FAR const char *fmt, ...) printf_like(1, 2);

static void print(FAR const char *fmt, ...)
{
  char line[LINE_SIZE];
  va_list ap;
  int len;

  va_start(ap, fmt);
  len = vsnprintf(line, sizeof(line), fmt, ap);
  va_end(ap);

  if (len > 0)
    {
      host_write_stderr(line, MIN((size_t)len, sizeof(line) - 1));
    }
}

static void print_task(FAR struct tcb_s *tcb, FAR void *arg)
{
  (void)arg;

  print("%6d %6d %3u %-8s %7zu %7zu  %s", tcb->pid, tcb->group->pid,
        tcb->sched_priority, nxsched_statename(tcb), up_check_tcbstack(tcb),
        tcb != &g_sched.idle ? tcb->stack_size : 0, tcb->name);

  if (tcb->waittype == TWAIT_NONE)
    {
      print("\n");
      return;
    }

  print("  <- %s %p at ", nxsched_waitname(tcb), tcb->waitobj);
  host_print_site(tcb->waitsite);
}

/* The rest of each report: where, and all tasks */

static void print_tasks(void)
{
  FAR struct tcb_s *self = g_sched.running;

  if (self == NULL || g_nx_initstate == OSINIT_POWERUP)
    {
      return;
    }

  g_nx_initstate = OSINIT_PANIC;
  print("  in task %d (%s)%s, %llu.%06llu s after boot\n", self->pid,
        self->name, up_interrupt_context() ? ", in interrupt context" : "",
        (unsigned long long)(clock_systime_ns() / NSEC_PER_SEC),
        (unsigned long long)(clock_systime_ns() % NSEC_PER_SEC / 1000));
  print("%6s %6s %3s %-8s %7s %7s  %s\n", "TASK", "GROUP", "PRI", "STATE",
        "USED", "STACK", "NAME  <- WAITS FOR");
  nxsched_foreach(print_task, NULL);
}

void _assert(FAR const char *file, int line, FAR const char *what)
{
  if (g_sim_panic_hook != NULL)
    {
      g_sim_panic_hook(file, line, what);
    }

  print("%s:%d: assertion failed: %s\n", file, line, what);
  if (g_nx_initstate != OSINIT_PANIC)
    {
      print_tasks();
    }

  host_abort();
}

void sim_deadlock(void)
{
  print("deadlock: no task can run, no timer is active, and no device can "
        "wake anyone\n");
  print_tasks();
  sim_call_atexit();
  host_exit(SIM_EXIT_DEADLOCK);
}

/* Whether a fault is due to a full stack: the running task has touched its
 * guard, or a large frame has taken the stack pointer beyond that.
 */

static bool is_overflow(FAR const struct host_fault_s *info)
{
  FAR const struct tcb_s *self = g_sched.running;
  uintptr_t address = (uintptr_t)info->address;
  uintptr_t base = (uintptr_t)self->stack_base;

  if (self == &g_sched.idle)
    {
      return false;
    }

  return (address < base && address >= base - SIM_GUARD_SIZE) ||
         (info->sp != 0 && info->sp < base);
}

/* A fault while a report is printed: there is nothing more to be said. */

static void fault(FAR const struct host_fault_s *info)
{
  FAR const struct tcb_s *self = g_sched.running;

  if (g_nx_initstate == OSINIT_PANIC)
    {
      return;
    }

  if (is_overflow(info))
    {
      print("stack overflow: task %d (%s) has used all of its %zu bytes\n",
            self->pid, self->name, self->stack_size);
    }
  else
    {
      print("memory fault: access to %p\n", info->address);
    }

  print("  at ");
  host_print_site(info->pc);
  print_tasks();
}

int sim_crash_initialize(void)
{
  return host_faults_catch(fault);
}

void sim_crash_deinitialize(void)
{
  host_faults_release();
}
