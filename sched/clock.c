/* sched/clock.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The time since boot, in nanoseconds, and the wall clock as a distance from
 * it.  Real time is the host's monotonic clock, read where something has
 * happened (clock_refresh()); virtual time is moved by the idle loop
 * (clock_jump()).  Both only grow.
 *
 * Processor time is sampled here: what has passed since the last reading is
 * the running task's.
 */

#include <nuttx/config.h>

#include <string.h>

#include "core.h"
#include "up.h"

/* The wall clock of virtual time begins with the year 2025. */

#define VIRTUAL_WALL_NS (UINT64_C(1735689600) * NSEC_PER_SEC)

struct clock_s
{
  uint64_t now;                  /* Since boot */
  uint64_t boot;                 /* The host's clock at boot */
  uint64_t wall;                 /* CLOCK_REALTIME at boot */
  bool isvirtual;
};

static struct clock_s g_clock;

void clock_initialize(bool virtual_time, uint64_t wall_ns)
{
  memset(&g_clock, 0, sizeof(g_clock));
  g_clock.isvirtual = virtual_time;

  if (!virtual_time)
    {
      g_clock.boot = host_monotonic_ns();
    }

  if (wall_ns != 0)
    {
      g_clock.wall = wall_ns;
    }
  else
    {
      g_clock.wall = virtual_time ? VIRTUAL_WALL_NS : host_realtime_ns();
    }
}

uint64_t clock_systime_ns(void)
{
  return g_clock.now;
}

clock_t clock_systime_ticks(void)
{
  return (clock_t)(g_clock.now / NSEC_PER_TICK);
}

void clock_ns2timespec(uint64_t ns, FAR struct timespec *ts)
{
  ts->tv_sec  = (time_t)(ns / NSEC_PER_SEC);
  ts->tv_nsec = (long)(ns % NSEC_PER_SEC);
}

int clock_systime_timespec(FAR struct timespec *ts)
{
  clock_ns2timespec(g_clock.now, ts);
  return 0;
}

uint64_t clock_refresh(void)
{
  uint64_t now;

  if (!g_clock.isvirtual)
    {
      now = host_monotonic_ns() - g_clock.boot;
      if (now > g_clock.now)
        {
          g_sched.running->cputime += now - g_clock.now;
          g_clock.now = now;
        }
    }

  return g_clock.now;
}

/* Virtual time: go to a later moment. */

void clock_jump(uint64_t ns)
{
  DEBUGASSERT(g_clock.isvirtual);
  g_clock.now = MAX(g_clock.now, ns);
}

uint64_t clock_after(uint64_t ns, clock_t delay)
{
  if (delay <= 0)
    {
      return ns;
    }

  if ((uint64_t)delay > (CLOCK_NEVER - ns) / NSEC_PER_TICK)
    {
      return CLOCK_NEVER;
    }

  return ns + (uint64_t)delay * NSEC_PER_TICK;
}

/* The processor time of a group, with that of members that have exited */

static uint64_t group_cputime(FAR const struct task_group_s *group)
{
  FAR const struct tcb_s *tcb;
  uint64_t sum = group->cputime;

  for (tcb = group->members; tcb != NULL; tcb = tcb->member)
    {
      sum += tcb->state != TSTATE_EXITED ? tcb->cputime : 0;
    }

  return sum;
}

/* The names of the monotonic clock, which are one here */

static bool is_monotonic(clockid_t clockid)
{
  return clockid == CLOCK_MONOTONIC || clockid == CLOCK_MONOTONIC_RAW ||
         clockid == CLOCK_MONOTONIC_COARSE || clockid == CLOCK_BOOTTIME;
}

static bool is_realtime(clockid_t clockid)
{
  return clockid == CLOCK_REALTIME || clockid == CLOCK_REALTIME_COARSE;
}

int nxclock_gettime(clockid_t clockid, FAR struct timespec *ts)
{
  uint64_t now = clock_refresh();

  if (is_realtime(clockid))
    {
      now += g_clock.wall;
    }
  else if (clockid == CLOCK_PROCESS_CPUTIME_ID)
    {
      now = group_cputime(g_sched.running->group);
    }
  else if (clockid == CLOCK_THREAD_CPUTIME_ID)
    {
      now = g_sched.running->cputime;
    }
  else if (!is_monotonic(clockid))
    {
      return -EINVAL;
    }

  clock_ns2timespec(now, ts);
  return 0;
}

int nxclock_getres(clockid_t clockid, FAR struct timespec *ts)
{
  int ret = nxclock_gettime(clockid, ts);

  if (ret >= 0)
    {
      clock_ns2timespec(1, ts);
    }

  return ret;
}

/* A time in ns; CLOCK_NEVER if it is too late for that.  A time before the
 * beginning is the beginning.  False if it is not well formed.
 */

static bool timespec2ns(FAR const struct timespec *ts, FAR uint64_t *ns)
{
  if (ts == NULL || ts->tv_nsec < 0 || ts->tv_nsec >= NSEC_PER_SEC)
    {
      return false;
    }

  if (ts->tv_sec < 0)
    {
      *ns = 0;
    }
  else if ((uint64_t)ts->tv_sec >= CLOCK_NEVER / NSEC_PER_SEC)
    {
      *ns = CLOCK_NEVER;
    }
  else
    {
      *ns = (uint64_t)ts->tv_sec * NSEC_PER_SEC + (uint64_t)ts->tv_nsec;
    }

  return true;
}

int nxclock_settime(clockid_t clockid, FAR const struct timespec *ts)
{
  uint64_t ns;

  if (clockid != CLOCK_REALTIME || !timespec2ns(ts, &ns) ||
      ts->tv_sec < 0 || ns == CLOCK_NEVER)
    {
      return -EINVAL;
    }

  /* Before the boot: the distance is negative, and wraps as it shall */

  g_clock.wall = ns - clock_refresh();
  return 0;
}

int clock_deadline(clockid_t clockid, FAR const struct timespec *abstime,
                   FAR uint64_t *deadline)
{
  uint64_t now = clock_refresh();
  uint64_t ns;

  if ((!is_realtime(clockid) && !is_monotonic(clockid)) ||
      !timespec2ns(abstime, &ns))
    {
      return -EINVAL;
    }

  if (is_realtime(clockid) && ns != CLOCK_NEVER)
    {
      uint64_t wall = g_clock.wall + now;

      ns = ns > wall ? now + (ns - wall) : 0;
    }

  *deadline = ns;
  return 0;
}
