/* include/nuttx/clock.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Time.  A tick is a microsecond; inside, the kernel counts nanoseconds
 * since boot.
 *
 * The time is read from the host once per event and kept: code that runs
 * because of one event sees one time.  It is read again when a task goes to
 * sleep or asks through nxclock_gettime(), so that a long computation does
 * not shorten a wait.  Under virtual time it stands still while anything
 * runs, and jumps to the next timer when nothing does.
 *
 * clock_t has 64 bits in every file that includes this header: the 32 bits
 * of some C libraries would overflow after half an hour.
 */

#ifndef __INCLUDE_NUTTX_CLOCK_H
#define __INCLUDE_NUTTX_CLOCK_H

#include <nuttx/config.h>

#include <limits.h>
#include <stdint.h>
#include <sys/times.h>
#include <sys/types.h>
#include <time.h>

#include <nuttx/compiler.h>

typedef int64_t sclock_t;

#if __SIZEOF_LONG__ < 8
#  define clock_t sclock_t
#endif

#define NSEC_PER_SEC   1000000000L
#define USEC_PER_SEC   1000000L
#define MSEC_PER_SEC   1000L
#define NSEC_PER_MSEC  1000000L
#define USEC_PER_MSEC  1000L
#define NSEC_PER_USEC  1000L

#define USEC_PER_TICK  1L
#define NSEC_PER_TICK  (USEC_PER_TICK * NSEC_PER_USEC)
#define TICK_PER_MSEC  (USEC_PER_MSEC / USEC_PER_TICK)
#define TICK_PER_SEC   (USEC_PER_SEC / USEC_PER_TICK)

#define NSEC2TICK(nsec) \
  (((clock_t)(nsec) + (NSEC_PER_TICK - 1)) / NSEC_PER_TICK)
#define USEC2TICK(usec) ((clock_t)(usec) / USEC_PER_TICK)
#define MSEC2TICK(msec) ((clock_t)(msec) * TICK_PER_MSEC)
#define SEC2TICK(sec)   ((clock_t)(sec) * TICK_PER_SEC)

#define TICK2NSEC(tick) ((clock_t)(tick) * NSEC_PER_TICK)
#define TICK2USEC(tick) ((clock_t)(tick) * USEC_PER_TICK)
#define TICK2MSEC(tick) ((clock_t)(tick) / TICK_PER_MSEC)
#define TICK2SEC(tick)  ((clock_t)(tick) / TICK_PER_SEC)

#define CLOCK_MAX      ((clock_t)INT64_MAX)

/* The end of a wait that has none, in nanoseconds since boot */

#define CLOCK_NEVER    UINT64_MAX

/* Time since boot: as of the last event */

clock_t clock_systime_ticks(void);
uint64_t clock_systime_ns(void);
int clock_systime_timespec(FAR struct timespec *ts);

/* Read the host's clock (nothing under virtual time), then the time since
 * boot.  No system call.
 */

uint64_t clock_refresh(void);

/* CLOCK_REALTIME, CLOCK_MONOTONIC (and its host variants), the processor
 * time of all tasks (CLOCK_PROCESS_CPUTIME_ID: of the caller's group) or of
 * the caller (CLOCK_THREAD_CPUTIME_ID).  Zero, or -EINVAL.
 */

int nxclock_gettime(clockid_t clockid, FAR struct timespec *ts);
int nxclock_getres(clockid_t clockid, FAR struct timespec *ts);

/* Set the wall clock (CLOCK_REALTIME only) of this kernel, not the host's.
 * Zero, or -EINVAL.
 */

int nxclock_settime(clockid_t clockid, FAR const struct timespec *ts);

/* The moment, in nanoseconds since boot, at which a clock will show a time.
 * Zero, or -EINVAL for an unknown clock or a time that is not well formed.
 */

int clock_deadline(clockid_t clockid, FAR const struct timespec *abstime,
                   FAR uint64_t *deadline);

/* The sum of a time and a delay in ticks; CLOCK_NEVER if it is too large.  A
 * negative delay counts as none.
 */

uint64_t clock_after(uint64_t ns, clock_t delay);

void clock_ns2timespec(uint64_t ns, FAR struct timespec *ts);

#endif /* __INCLUDE_NUTTX_CLOCK_H */
