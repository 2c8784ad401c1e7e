/* tests/host/port/include/nuttx/clock.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * System ticks of CONFIG_USEC_PER_TICK microseconds (1000 if the
 * configuration does not say).  The clock is virtual, moved by
 * host_clock_advance() and by waits that time out; with HOST_PTHREAD it is
 * the monotonic clock of the host.  It starts at zero.
 */

#ifndef __HOST_PORT_NUTTX_CLOCK_H
#define __HOST_PORT_NUTTX_CLOCK_H

#include <nuttx/config.h>

#include <stdint.h>
#include <time.h>

#include <nuttx/compiler.h>

#ifndef CONFIG_USEC_PER_TICK
#  define CONFIG_USEC_PER_TICK 1000
#endif

#define NSEC_PER_SEC   1000000000L
#define USEC_PER_SEC   1000000L
#define MSEC_PER_SEC   1000L
#define NSEC_PER_MSEC  1000000L
#define USEC_PER_MSEC  1000L
#define NSEC_PER_USEC  1000L

#define USEC_PER_TICK  (CONFIG_USEC_PER_TICK)
#define MSEC_PER_TICK  (USEC_PER_TICK / USEC_PER_MSEC)
#define NSEC_PER_TICK  (USEC_PER_TICK * NSEC_PER_USEC)
#define TICK_PER_SEC   (USEC_PER_SEC / USEC_PER_TICK)

/* To ticks, a part of a tick counts as a whole one: no wait is too short */

#define USEC2TICK(usec) \
  (((clock_t)(usec) + (USEC_PER_TICK - 1)) / USEC_PER_TICK)
#define MSEC2TICK(msec) \
  (((clock_t)(msec) + (MSEC_PER_TICK - 1)) / MSEC_PER_TICK)
#define SEC2TICK(sec)   ((clock_t)(sec) * TICK_PER_SEC)

#define TICK2USEC(tick) ((clock_t)(tick) * USEC_PER_TICK)
#define TICK2MSEC(tick) ((clock_t)(tick) * MSEC_PER_TICK)
#define TICK2SEC(tick)  ((tick) / TICK_PER_SEC)

_Static_assert(USEC_PER_TICK % USEC_PER_MSEC == 0 && MSEC_PER_TICK > 0,
               "a tick must be whole milliseconds");

#if __SIZEOF_LONG__ == 8
typedef int64_t sclock_t;
#else
typedef int32_t sclock_t;
#endif

clock_t clock_systime_ticks(void);

#endif /* __HOST_PORT_NUTTX_CLOCK_H */
