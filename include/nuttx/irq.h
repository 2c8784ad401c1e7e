/* include/nuttx/irq.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Interrupts.  There are no asynchronous ones: "interrupt context" is the
 * scheduler calling a timer's or a device's function, between tasks.  So
 * masking costs nothing and protects against nothing; what remains is the
 * discipline, checked with CONFIG_DEBUG_ASSERTIONS, so that the same code is
 * right where interrupts are real:
 *
 * - save and restore nest;
 * - a task may block inside a critical section (it is suspended meanwhile,
 *   as in NuttX), but not with a spinlock held;
 * - nothing blocks in interrupt context.
 */

#ifndef __INCLUDE_NUTTX_IRQ_H
#define __INCLUDE_NUTTX_IRQ_H

#include <nuttx/config.h>

#include <assert.h>
#include <stdbool.h>

#include <nuttx/compiler.h>

typedef unsigned int irqstate_t;

struct irq_s
{
  unsigned int depth;            /* Not zero: in interrupt context */
  unsigned int mask;             /* Nesting of up_irq_save() */
  unsigned int locks;            /* Spinlocks held */
};

extern struct irq_s g_irq;

static inline_function irqstate_t up_irq_save(void)
{
  return g_irq.mask++;
}

static inline_function void up_irq_restore(irqstate_t flags)
{
  DEBUGASSERT(g_irq.mask == flags + 1);
  g_irq.mask = flags;
}

static inline_function bool up_interrupt_context(void)
{
  return g_irq.depth != 0;
}

static inline_function irqstate_t enter_critical_section(void)
{
  return up_irq_save();
}

static inline_function void leave_critical_section(irqstate_t flags)
{
  up_irq_restore(flags);
}

#endif /* __INCLUDE_NUTTX_IRQ_H */
