/* arch/sim/sim_event.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Host descriptors that wake the kernel.  The host tells of a batch of ready
 * ones; a function called for one of them may remove another of the same
 * batch, which is then crossed out.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <string.h>

#include "core.h"
#include "up.h"

#define BATCH 64

#define WANTED(events) ((events) & (SIM_IN | SIM_OUT))

struct events_s
{
  int poll;                      /* The host's; -1: none */
  unsigned int nactive;
  unsigned int nstrong;          /* Which keep the kernel alive */
  struct host_ready_s batch[BATCH];
  int nbatch;
  bool more;                     /* The last batch had input */
};

static struct events_s g_event =
{
  .poll = -1
};

int sim_event_initialize(void)
{
  memset(&g_event, 0, sizeof(g_event));
  g_event.poll = host_poll_open();
  return g_event.poll < 0 ? g_event.poll : 0;
}

void sim_event_deinitialize(void)
{
  if (g_event.poll >= 0)
    {
      host_poll_close(g_event.poll);
      g_event.poll = -1;
    }
}

static bool is_strong(unsigned int events)
{
  return WANTED(events) != 0 && (events & SIM_WEAK) == 0;
}

/* Tell the host what an event wants now.  If it wants nothing any more, that
 * is so even if the host does not know the descriptor.
 */

static int change(FAR struct sim_event_s *event, unsigned int events)
{
  unsigned int before = event->active ? event->events : 0;
  int ret;

  ret = host_poll_set(g_event.poll, event->fd, WANTED(before),
                      WANTED(events), event);
  if (ret >= 0 || WANTED(events) == 0)
    {
      g_event.nstrong += is_strong(events);
      g_event.nstrong -= is_strong(before);
      event->events = events;
    }

  return ret;
}

int sim_event_add(FAR struct sim_event_s *event, unsigned int events)
{
  int ret;

  if (event->active)
    {
      return -EEXIST;
    }

  ret = change(event, events);
  if (ret >= 0)
    {
      event->active = true;
      g_event.nactive++;
    }

  return ret;
}

int sim_event_mod(FAR struct sim_event_s *event, unsigned int events)
{
  if (!event->active)
    {
      return -ENOENT;
    }

  return change(event, WANTED(events) | (event->events & SIM_WEAK));
}

int sim_event_del(FAR struct sim_event_s *event)
{
  int ret;
  int i;

  if (!event->active)
    {
      return -ENOENT;
    }

  ret = change(event, 0);
  event->active = false;
  g_event.nactive--;

  for (i = 0; i < g_event.nbatch; i++)
    {
      if (g_event.batch[i].arg == event)
        {
          g_event.batch[i].arg = NULL;
        }
    }

  return ret;
}

/* Whether there is an event source, or one that keeps the kernel alive */

bool sim_event_any(bool strong)
{
  return (strong ? g_event.nstrong : g_event.nactive) > 0;
}

bool sim_event_more(void)
{
  return g_event.more && g_event.nactive > 0 && !g_sim.isvirtual;
}

bool up_needs_poll(void)
{
  return g_event.nactive > 0 || (!g_sim.isvirtual && wd_count() > 0);
}

/* Wait for events for so long (CLOCK_NEVER: for ever; 0: not at all), and
 * call their functions.
 */

void sim_event_serve(uint64_t timeout_ns)
{
  int i;

  g_event.nbatch = host_poll_wait(g_event.poll, timeout_ns, g_event.batch,
                                  BATCH);

  /* What happened now is not to be taken for what happened when the wait
   * began: round trips would be too short by all of it
   */

  clock_refresh();
  g_event.more = false;
  for (i = 0; i < g_event.nbatch; i++)
    {
      FAR struct sim_event_s *event = g_event.batch[i].arg;

      if (event != NULL)
        {
          g_event.more = g_event.more ||
                         (g_event.batch[i].events & SIM_IN) != 0;
          g_irq.depth++;
          event->ready(event->arg, g_event.batch[i].events);
          g_irq.depth--;
        }
    }

  g_event.nbatch = 0;
}
