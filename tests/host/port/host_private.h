/* tests/host/port/host_private.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Shared by the sources of the port.  host_port.c serves both variants;
 * host_single.c and host_thread.c are one variant each, and compile to
 * nothing in the other.
 */

#ifndef __HOST_PRIVATE_H
#define __HOST_PRIVATE_H

#include <assert.h>

#include <nuttx/sched.h>

#include <host_port.h>

#ifdef HOST_PTHREAD
#  define HOST_TLS __thread
#else
#  define HOST_TLS
#endif

extern unsigned long g_host_nposts;  /* host_posts_under_lock() */
extern unsigned long g_host_nirqs;   /* host_interrupt_count() */

/* The part of host_port_reset() that is the same in both variants */

void host_common_reset(void);

/* Panics unless the caller may block */

static inline void host_may_block(void)
{
  ASSERT(!up_interrupt_context());
  ASSERT(!sched_idletask());
  ASSERT(g_host_irq.locks == 0);
}

/* Counts a post that wakes a waiter, if the waiter may meet a lock */

static inline void host_note_wakeup(void)
{
  if (g_host_irq.locks > 0 && g_host_irq.schedlock == 0 &&
      g_host_irq.depth == 0)
    {
      __atomic_fetch_add(&g_host_nposts, 1, __ATOMIC_RELAXED);
    }
}

#endif /* __HOST_PRIVATE_H */
