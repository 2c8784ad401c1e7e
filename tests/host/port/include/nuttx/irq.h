/* tests/host/port/include/nuttx/irq.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Interrupt masking.  The rules on the host:
 *
 * - Masking is a counter, never a system call.  An interrupt that arrives
 *   while the counter is not zero is remembered and runs at the unmask that
 *   brings it to zero, as with lazy interrupt disabling.
 * - up_irq_save() and up_irq_restore() must nest; with
 *   CONFIG_DEBUG_ASSERTIONS a restore out of order panics.
 * - Inside a handler the counter is one, so a handler is never interrupted.
 * - Single-threaded variant: interrupts come from host_interrupt(), and only
 *   there.  Variant HOST_PTHREAD: they come from a signal, the state is per
 *   thread, and the critical section is also a recursive lock over all
 *   threads, as NuttX has it on SMP.
 */

#ifndef __HOST_PORT_NUTTX_IRQ_H
#define __HOST_PORT_NUTTX_IRQ_H

#include <nuttx/config.h>

#include <assert.h>
#include <stdbool.h>

#include <nuttx/compiler.h>

#ifdef HOST_BARE

typedef unsigned long irqstate_t;

#ifdef __arm__
static inline_function irqstate_t up_irq_save(void)
{
  irqstate_t flags;

  __asm__ __volatile__("mrs %0, primask\n\t"
                       "cpsid i"
                       : "=r" (flags) : : "memory");
  return flags;
}

static inline_function void up_irq_restore(irqstate_t flags)
{
  __asm__ __volatile__("msr primask, %0" : : "r" (flags) : "memory");
}
#else
static inline_function irqstate_t up_irq_save(void)
{
  irqstate_t flags;

  __asm__ __volatile__(".option push\n\t"
                       ".option arch, +zicsr\n\t"
                       "csrrci %0, mstatus, 8\n\t"
                       ".option pop"
                       : "=r" (flags) : : "memory");
  return flags;
}

static inline_function void up_irq_restore(irqstate_t flags)
{
  __asm__ __volatile__(".option push\n\t"
                       ".option arch, +zicsr\n\t"
                       "csrw mstatus, %0\n\t"
                       ".option pop"
                       : : "r" (flags) : "memory");
}
#endif

bool up_interrupt_context(void);

static inline_function irqstate_t enter_critical_section(void)
{
  return up_irq_save();
}

static inline_function void leave_critical_section(irqstate_t flags)
{
  up_irq_restore(flags);
}

#else /* HOST_BARE */

typedef unsigned int irqstate_t;

#ifdef HOST_PTHREAD

#include <signal.h>

/* One per thread.  The fields that a signal handler shares with the thread
 * it interrupts are volatile sig_atomic_t.  Only the signal handler writes
 * raised; served is written by whoever runs handlers, always with mask not
 * zero.  So no update can be lost.
 */

struct host_irq_s
{
  volatile sig_atomic_t mask;    /* Not zero: handlers must wait */
  volatile sig_atomic_t raised;  /* Interrupts that arrived */
  volatile sig_atomic_t served;  /* Interrupts whose handler has run */
  volatile sig_atomic_t depth;   /* Not zero: inside a handler */
  unsigned int locks;            /* Spinlocks held */
  unsigned int schedlock;        /* sched_lock() nesting */
  unsigned int critical;         /* enter_critical_section() nesting */
};

extern __thread struct host_irq_s g_host_irq;

/* Between a thread and its own signal handler the compiler must keep the
 * order; the processor does anyway.
 */

#define host_irq_fence() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define host_irq_waiting() (g_host_irq.raised != g_host_irq.served)

#else /* HOST_PTHREAD */

struct host_irq_s
{
  unsigned int mask;             /* Not zero: handlers must wait */
  unsigned int raised;           /* Interrupts held pending */
  unsigned int depth;            /* Not zero: inside a handler */
  unsigned int locks;            /* Spinlocks held (only with assertions) */
  unsigned int schedlock;        /* sched_lock() nesting */
};

extern struct host_irq_s g_host_irq;

#define host_irq_fence() __asm__ __volatile__("" : : : "memory")
#define host_irq_waiting() (g_host_irq.raised != 0)

#endif /* HOST_PTHREAD */

void host_irq_replay(void);

static inline_function irqstate_t up_irq_save(void)
{
  irqstate_t flags = (irqstate_t)g_host_irq.mask;

  g_host_irq.mask = flags + 1;
  host_irq_fence();
  return flags;
}

static inline_function void up_irq_restore(irqstate_t flags)
{
  DEBUGASSERT((irqstate_t)g_host_irq.mask == flags + 1);

  host_irq_fence();
  g_host_irq.mask = flags;
  host_irq_fence();

  /* Whatever arrives from here on runs by itself */

  if (flags == 0 && predict_false(host_irq_waiting()))
    {
      host_irq_replay();
    }
}

static inline_function bool up_interrupt_context(void)
{
  return g_host_irq.depth != 0;
}

#ifdef HOST_PTHREAD
irqstate_t enter_critical_section(void);
void leave_critical_section(irqstate_t flags);
#else
static inline_function irqstate_t enter_critical_section(void)
{
  return up_irq_save();
}

static inline_function void leave_critical_section(irqstate_t flags)
{
  up_irq_restore(flags);
}
#endif

#endif /* HOST_BARE */
#endif /* __HOST_PORT_NUTTX_IRQ_H */
