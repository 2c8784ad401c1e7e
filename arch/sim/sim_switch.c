/* arch/sim/sim_switch.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Switching stacks, and telling AddressSanitizer of it: before, which stack
 * comes next; after, that it has come.  In between the sanitizer keeps the
 * "fake stack" of the task that was left, where it puts variables to find
 * their use after return; a task that exits does not want it back.
 *
 * The idle task's stack is the host's.  Its bounds are learnt from the
 * sanitizer, at the first switch away from it.  While tasks run, the search
 * for leaks would not look there by itself.
 */

#include <nuttx/config.h>

#include "core.h"
#include "up.h"

#ifdef SIM_ASAN
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>

static void before_switch(FAR struct tcb_s *prev, FAR struct tcb_s *next)
{
  bool gone = g_sched.dead == prev;

  __sanitizer_start_switch_fiber(gone ? NULL : &prev->fakestack,
                                 next->stack_base, next->stack_size);
}

static void after_switch(FAR struct tcb_s *self)
{
  FAR const void *base;
  size_t size;

  __sanitizer_finish_switch_fiber(self->fakestack, &base, &size);

  if (g_sched.idle.stack_base == NULL)
    {
      g_sched.idle.stack_base = (FAR void *)base;
      g_sched.idle.stack_size = size;
      __lsan_register_root_region(base, size);
    }
}

void up_forget_idle(void)
{
  if (g_sched.idle.stack_base != NULL)
    {
      __lsan_unregister_root_region(g_sched.idle.stack_base,
                                    g_sched.idle.stack_size);
      g_sched.idle.stack_base = NULL;
    }
}
#else
static inline void before_switch(FAR struct tcb_s *prev,
                                 FAR struct tcb_s *next)
{
  (void)prev;
  (void)next;
}

static inline void after_switch(FAR struct tcb_s *self)
{
  (void)self;
}

void up_forget_idle(void)
{
}
#endif

void up_switch(FAR struct tcb_s *prev, FAR struct tcb_s *next)
{
  before_switch(prev, next);
  sim_context_switch(&prev->sp, next->sp);
  after_switch(prev);
}

void up_initial_state(FAR struct tcb_s *tcb)
{
  tcb->sp = sim_context_new(tcb->stack_base, tcb->stack_size);
}

/* The first code of a task, on its own stack */

void up_begin(void)
{
  after_switch(g_sched.running);
  nxsched_start();
}
