/* sched/wdog.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Timers, in a pairing heap.
 *
 * A heap is a tree in which no timer is due before its parent.  Each timer
 * has a list of children; the links are in the timers themselves, so the
 * heap needs no memory and has no limit.  Two heaps are joined by making the
 * later root a child of the earlier: that is how a timer is started.  When
 * one is taken out, its children are joined in pairs, from first to last,
 * and the pairs to one, from last to first; this is what keeps the cost at
 * O(log n) per operation, averaged over any sequence of them.
 *
 *                 [ 3 ]                 prev of the first child is the
 *                   | child             parent, of the others the sister
 *                 [ 7 ]--next--[ 5 ]--next--[ 9 ]
 *                                | child
 *                              [ 6 ]
 *
 * Timers that are due at the same nanosecond expire in the order in which
 * they were started: the number of the start is part of the key.
 */

#include <nuttx/config.h>

#include <string.h>

#include "core.h"

struct wdogs_s
{
  FAR struct wdog_s *root;       /* The next one that is due */
  uint64_t seq;                  /* Of the next start */
  unsigned int count;
};

static struct wdogs_s g_wdog;

static bool earlier(FAR const struct wdog_s *a, FAR const struct wdog_s *b)
{
  return a->expires != b->expires ? a->expires < b->expires :
                                    a->seq < b->seq;
}

/* Join two heaps. */

static FAR struct wdog_s *join(FAR struct wdog_s *a, FAR struct wdog_s *b)
{
  if (earlier(b, a))
    {
      FAR struct wdog_s *swap = a;

      a = b;
      b = swap;
    }

  b->prev = a;
  b->next = a->child;
  if (b->next != NULL)
    {
      b->next->prev = b;
    }

  a->child = b;
  a->next  = NULL;
  return a;
}

/* Join the heaps of a list in pairs; the list of these is the other way
 * round.
 */

static FAR struct wdog_s *join_pairs(FAR struct wdog_s *list)
{
  FAR struct wdog_s *pairs = NULL;

  while (list != NULL)
    {
      FAR struct wdog_s *a = list;
      FAR struct wdog_s *b = a->next;

      list = b != NULL ? b->next : NULL;
      if (b != NULL)
        {
          a = join(a, b);
        }

      a->next = pairs;
      pairs   = a;
    }

  return pairs;
}

/* Join all heaps of a list; NULL for an empty one. */

static FAR struct wdog_s *join_all(FAR struct wdog_s *list)
{
  FAR struct wdog_s *heap = NULL;
  FAR struct wdog_s *next;

  for (list = join_pairs(list); list != NULL; list = next)
    {
      next = list->next;
      heap = heap != NULL ? join(heap, list) : list;
      heap->next = NULL;
    }

  if (heap != NULL)
    {
      heap->prev = NULL;
    }

  return heap;
}

static void insert(FAR struct wdog_s *wd)
{
  wd->child   = NULL;
  wd->next    = NULL;
  wd->prev    = NULL;
  g_wdog.root = g_wdog.root != NULL ? join(g_wdog.root, wd) : wd;
  g_wdog.count++;
}

static void take_out(FAR struct wdog_s *wd)
{
  FAR struct wdog_s *heap = join_all(wd->child);

  if (wd == g_wdog.root)
    {
      g_wdog.root = heap;
    }
  else
    {
      if (wd->prev->child == wd)
        {
          wd->prev->child = wd->next;
        }
      else
        {
          wd->prev->next = wd->next;
        }

      if (wd->next != NULL)
        {
          wd->next->prev = wd->prev;
        }

      if (heap != NULL)
        {
          g_wdog.root = join(g_wdog.root, heap);
        }
    }

  g_wdog.count--;
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
      wd_cancel(g_wdog.root);
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
      take_out(wd);
    }

  wd->func    = fn;
  wd->arg     = arg;
  wd->expires = ns;
  wd->seq     = g_wdog.seq++;
  insert(wd);
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

  take_out(wd);
  wd->func = NULL;
  return 0;
}

sclock_t wd_gettime(FAR struct wdog_s *wd)
{
  uint64_t now = clock_systime_ns();

  if (!WDOG_ISACTIVE(wd) || wd->expires <= now)
    {
      return 0;
    }

  now = wd->expires - now;
  return (sclock_t)(now / NSEC_PER_TICK + (now % NSEC_PER_TICK != 0));
}

unsigned int wd_count(void)
{
  return g_wdog.count;
}

/* When the next timer is due; CLOCK_NEVER if there is none. */

uint64_t wd_next(void)
{
  return g_wdog.root != NULL ? g_wdog.root->expires : CLOCK_NEVER;
}

/* Call the functions of all timers that are due, but not of those that are
 * started meanwhile: they would let nothing else happen.
 */

void wd_expire(uint64_t now)
{
  uint64_t limit = g_wdog.seq;

  while (g_wdog.root != NULL && g_wdog.root->expires <= now &&
         g_wdog.root->seq < limit)
    {
      FAR struct wdog_s *wd = g_wdog.root;
      wdentry_t fn = wd->func;

      take_out(wd);
      wd->func = NULL;

      g_irq.depth++;
      fn(wd->arg);
      g_irq.depth--;
    }
}
