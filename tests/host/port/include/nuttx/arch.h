/* tests/host/port/include/nuttx/arch.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * up_interrupt_context() comes with the interrupt state in nuttx/irq.h.
 */

#ifndef __HOST_PORT_NUTTX_ARCH_H
#define __HOST_PORT_NUTTX_ARCH_H

#include <nuttx/config.h>
#include <nuttx/compiler.h>
#include <nuttx/irq.h>

#endif /* __HOST_PORT_NUTTX_ARCH_H */
