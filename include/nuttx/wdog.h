/* include/nuttx/wdog.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Watchdog timers: call a function, in interrupt context, when a time has
 * come.  The memory is the caller's, zeroed before the first use; nothing is
 * allocated, so starting a timer cannot fail.  All timers are in one heap:
 * starting is O(1), cancelling and expiring O(log n).  Timers of the same
 * moment expire in the order in which they were started.
 *
 * An active timer must not move in memory or vanish.  When its function is
 * called the timer is inactive, and the function may start it again.
 */

#ifndef __INCLUDE_NUTTX_WDOG_H
#define __INCLUDE_NUTTX_WDOG_H

#include <nuttx/config.h>

#include <stdbool.h>
#include <stdint.h>

#include <nuttx/compiler.h>
#include <nuttx/clock.h>
#include <nuttx/pheap.h>

typedef uintptr_t wdparm_t;
typedef CODE void (*wdentry_t)(wdparm_t arg);

struct wdog_s
{
  struct pheap_node_s node;      /* First; its key: ns since boot */
  wdentry_t func;                /* NULL: not active */
  wdparm_t arg;
};

#define WDOG_ISACTIVE(wd) ((wd)->func != NULL)

/* Start, or start anew: call fn(arg) in that many ticks from now, or when
 * clock_systime_ticks() will have reached a tick, or in terms of
 * clock_systime_ns().  "Now" is the time of the last event: after a long
 * computation a task calls clock_refresh() first.  Zero; -EINVAL for a
 * negative time or no function.
 */

int wd_start(FAR struct wdog_s *wd, clock_t delay, wdentry_t fn,
             wdparm_t arg);
int wd_start_abstick(FAR struct wdog_s *wd, clock_t tick, wdentry_t fn,
                     wdparm_t arg);
int wd_start_absns(FAR struct wdog_s *wd, uint64_t ns, wdentry_t fn,
                   wdparm_t arg);

/* Zero, or -EINVAL if it was not active. */

int wd_cancel(FAR struct wdog_s *wd);

/* Ticks that are left, rounded up; zero if it is not active or overdue. */

sclock_t wd_gettime(FAR struct wdog_s *wd);

/* Active timers, for /proc and for tests */

unsigned int wd_count(void);

#endif /* __INCLUDE_NUTTX_WDOG_H */
