/* arch/sim/sim_idle.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The idle loop: what the kernel does when no task can run, and now and then
 * while tasks are busy.
 *
 *   busy, look       poll devices, expire timers, run tasks
 *   nothing to run   real time:     sleep until a device or a timer, then
 *                                   serve it: one system call
 *                    virtual time:  ask the peer in lock-step, if any; let
 *                                   the clock jump to the next timer
 *
 * Here time passes; nowhere else.
 */

#include <nuttx/config.h>

#include <errno.h>

#include "core.h"
#include "up.h"

struct sim_s g_sim;

/* Look after what is ready or due, without waiting. */

static void look(void)
{
  if (sim_event_any(false))
    {
      sim_event_serve(0);
    }

  wd_expire(clock_refresh());
}

/* Real time: sleep until something happens.  False: nothing can. */

static bool sleep_real(void)
{
  uint64_t now = clock_refresh();
  uint64_t next = wd_next();

  if (next == CLOCK_NEVER && !sim_event_any(true))
    {
      return false;
    }

  if (next <= now)
    {
      look();
      return true;
    }

  sim_event_serve(next == CLOCK_NEVER ? CLOCK_NEVER : next - now);
  wd_expire(clock_refresh());
  return true;
}

/* How far virtual time goes: to the next timer, or not so far if the peer
 * has something to do before.
 */

static uint64_t agree(uint64_t next)
{
  FAR const struct sim_lockstep_s *lockstep = g_sim.lockstep;

  if (lockstep != NULL)
    {
      g_irq.depth++;
      next = lockstep->advance(lockstep->arg, next);
      g_irq.depth--;
    }

  return next;
}

/* Virtual time: devices first, then the clock jumps.  Without timers, the
 * devices are all there is to wait for.
 */

static bool sleep_virtual(void)
{
  bool strong = sim_event_any(true);
  uint64_t next;

  if (sim_event_any(false))
    {
      bool wait = strong && wd_next() == CLOCK_NEVER &&
                  g_sim.lockstep == NULL;

      sim_event_serve(wait ? CLOCK_NEVER : 0);
      if (nxsched_isready())
        {
          return true;
        }
    }

  next = agree(wd_next());
  if (next != CLOCK_NEVER)
    {
      clock_jump(next);
      wd_expire(clock_systime_ns());
      return true;
    }

  if (nxsched_isready() || wd_next() != CLOCK_NEVER)
    {
      return true;
    }

  /* The peer has nothing to do either */

  if (strong && g_sim.lockstep != NULL)
    {
      sim_event_serve(CLOCK_NEVER);
    }

  return strong;
}

/* Run tasks, and serve devices and timers, until something is the case.
 * False: nothing will ever happen any more.
 */

bool sim_idle_until(CODE bool (*done)(void))
{
  while (!done())
    {
      if (!nxsched_isready())
        {
          bool more = g_sim.isvirtual ? sleep_virtual() : sleep_real();

          if (!more)
            {
              return false;
            }
        }
      else if (g_sched.budget == 0)
        {
          look();
        }

      nxsched_dispatch();
    }

  return true;
}

bool sim_virtual(void)
{
  return g_sim.isvirtual;
}

int sim_lockstep_set(FAR const struct sim_lockstep_s *lockstep)
{
  if (!g_sim.isvirtual)
    {
      return -EINVAL;
    }

  g_sim.lockstep = lockstep;
  return 0;
}
