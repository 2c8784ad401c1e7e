/* include/nuttx/arch.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the scheduler wants of the machine: stacks, the switch, and how deep
 * a stack has been.  up_interrupt_context() comes with nuttx/irq.h.
 */

#ifndef __INCLUDE_NUTTX_ARCH_H
#define __INCLUDE_NUTTX_ARCH_H

#include <nuttx/config.h>

#include <stddef.h>

#include <nuttx/compiler.h>
#include <nuttx/irq.h>

struct tcb_s;

/* The deepest that the stack of a task has been, in bytes */

size_t up_check_tcbstack(FAR struct tcb_s *tcb);

#endif /* __INCLUDE_NUTTX_ARCH_H */
