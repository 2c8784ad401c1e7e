/* sched/sleep.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Sleeping: a wait for nothing but the end of its time.
 */

#include <nuttx/config.h>

#include "core.h"

static int sleep_common(uint64_t deadline, FAR const void *site)
{
  int ret;

  task_testcancel();

  ret = nxsched_interrupted(g_sched.running);
  if (ret < 0)
    {
      return ret;
    }

  /* A sleep that is over at once still lets others run */

  if (deadline <= clock_systime_ns())
    {
      return nxsched_yield();
    }

  ret = nxsched_wait(TWAIT_SLEEP, NULL, NULL, deadline, true, site);
  return ret == -ETIMEDOUT ? 0 : ret;
}

int nxsched_sleep_until(uint64_t deadline)
{
  clock_refresh();
  return sleep_common(deadline, SCHED_SITE);
}

int nxsched_ticksleep(clock_t ticks)
{
  return sleep_common(clock_after(clock_refresh(), ticks), SCHED_SITE);
}

int nxsig_usleep(unsigned int usec)
{
  return sleep_common(clock_after(clock_refresh(), USEC2TICK(usec)),
                      SCHED_SITE);
}
