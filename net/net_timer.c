/* net/net_timer.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The timers of the stack: one heap of deadlines, of which the surroundings
 * know the first.
 *
 * net_timers() says when it wants to be called next.  A timer that is
 * started for an earlier moment tells (port->rearm); one that is stopped
 * does not: the call that comes too early finds nothing to do.
 */

#include <nuttx/config.h>

#include <assert.h>

#include "net_link.h"

static struct pheap_s g_timers;
static nettime_t g_told;             /* What the surroundings know */
static bool g_running;               /* Inside net_timer_run() */

void net_timer_start(struct net_timer_s *timer, nettime_t due,
                     void (*fn)(struct net_timer_s *timer))
{
  DEBUGASSERT(fn != NULL && g_net.port != NULL);
  if (timer->fn != NULL)
    {
      pheap_del(&g_timers, &timer->node);
    }

  timer->fn       = fn;
  timer->node.key = due;
  pheap_add(&g_timers, &timer->node);

  if (due < g_told && !g_running)
    {
      g_told = due;
      g_net.port->rearm(due);
    }
}

void net_timer_stop(struct net_timer_s *timer)
{
  if (timer->fn != NULL)
    {
      pheap_del(&g_timers, &timer->node);
      timer->fn = NULL;
    }
}

unsigned int net_timer_count(void)
{
  return g_timers.count;
}

void net_timer_reset(void)
{
  DEBUGASSERT(g_timers.count == 0);
  g_timers.seq = 0;
  g_told       = NETTIME_NEVER;
  g_running    = false;
}

/* Run what is due, but not what is started meanwhile, even if it is due at
 * once: that waits for the next call, or nothing else would ever run.
 */

void net_timer_run(nettime_t now)
{
  uint64_t limit = g_timers.seq;

  g_running = true;
  while (g_timers.root != NULL && g_timers.root->key <= now &&
         g_timers.root->seq < limit)
    {
      struct net_timer_s *timer = (struct net_timer_s *)g_timers.root;
      void (*fn)(struct net_timer_s *t) = timer->fn;

      pheap_del(&g_timers, &timer->node);
      timer->fn = NULL;
      fn(timer);
    }
}

nettime_t net_timer_next(void)
{
  g_running = false;
  g_told    = g_timers.root != NULL ? g_timers.root->key : NETTIME_NEVER;
  return g_told;
}
