/* sched/wdog.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Timers: one heap of deadlines (pheap.c), which needs no memory and has no
 * limit.  Timers that are due at the same nanosecond expire in the order in
 * which they were started.
 */

#include <nuttx/config.h>

#include <string.h>

#include "core.h"

static struct pheap_s g_wdog;

static FAR struct wdog_s *first(void)
{
  return (FAR struct wdog_s *)g_wdog.root;
}

void wd_initialize(void)
{
  memset(&g_wdog, 0, sizeof(g_wdog));
}

/* Stop all timers: some are in memory that outlives the kernel. */

void wd_deinitialize(void)
{
  while (g_wdog.root != NULL)
    {
      wd_cancel(first());
    }
}

int wd_start_absns(FAR struct wdog_s *wd, uint64_t ns, wdentry_t fn,
                   wdparm_t arg)
{
  if (fn == NULL)
    {
      return -EINVAL;
    }

  if (WDOG_ISACTIVE(wd))
    {
      pheap_del(&g_wdog, &wd->node);
    }

  wd->func     = fn;
  wd->arg      = arg;
  wd->node.key = ns;
  pheap_add(&g_wdog, &wd->node);
  return 0;
}

int wd_start(FAR struct wdog_s *wd, clock_t delay, wdentry_t fn,
             wdparm_t arg)
{
  return delay < 0 ? -EINVAL :
         wd_start_absns(wd, clock_after(clock_systime_ns(), delay), fn, arg);
}

int wd_start_abstick(FAR struct wdog_s *wd, clock_t tick, wdentry_t fn,
                     wdparm_t arg)
{
  return tick < 0 ? -EINVAL :
         wd_start_absns(wd, clock_after(0, tick), fn, arg);
}

int wd_cancel(FAR struct wdog_s *wd)
{
  if (!WDOG_ISACTIVE(wd))
    {
      return -EINVAL;
    }

  pheap_del(&g_wdog, &wd->node);
  wd->func = NULL;
  return 0;
}

sclock_t wd_gettime(FAR struct wdog_s *wd)
{
  uint64_t now = clock_systime_ns();

  if (!WDOG_ISACTIVE(wd) || wd->node.key <= now)
    {
      return 0;
    }

  now = wd->node.key - now;
  return (sclock_t)(now / NSEC_PER_TICK + (now % NSEC_PER_TICK != 0));
}

unsigned int wd_count(void)
{
  return g_wdog.count;
}

/* When the next timer is due; CLOCK_NEVER if there is none. */

uint64_t wd_next(void)
{
  return g_wdog.root != NULL ? g_wdog.root->key : CLOCK_NEVER;
}

/* Call the functions of all timers that are due, but not of those that are
 * started meanwhile: they would let nothing else happen.
 */

void wd_expire(uint64_t now)
{
  uint64_t limit = g_wdog.seq;

  while (g_wdog.root != NULL && g_wdog.root->key <= now &&
         g_wdog.root->seq < limit)
    {
      FAR struct wdog_s *wd = first();
      wdentry_t fn = wd->func;

      pheap_del(&g_wdog, &wd->node);
      wd->func = NULL;

      g_irq.depth++;
      fn(wd->arg);
      g_irq.depth--;
    }
}
