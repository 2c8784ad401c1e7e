/* net/memory.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Waiting for memory.
 *
 * Who wants to send and finds no buffer stands in one line here.  The pool
 * tells when something is freed (iob_watch()); then, as soon as nothing of
 * the core runs, those in the line try again in their order.  Nothing is
 * tried while nothing is freed, so a pool that stays empty costs nothing.
 *
 *   freed() --> net_later() --> net_memory_run(): run() of each
 *
 * Who lacks something again goes to the end of the line.  Others of its
 * class who want as much or more are not tried any more in this turn, as
 * they would fail as well; those who want less are, so that a large datagram
 * does not hold up small ones.
 *
 * But those of many others would hold it up for ever, if each takes what the
 * last one has given back.  So datagrams have turns: when one has been passed
 * PASSES times, nobody else may allocate for a datagram (net_memory_turn())
 * until it has what it wanted, or is gone.  Since it may want what it can not
 * get, it has its turn only while there would be enough if all datagrams
 * under way were gone, and only so long; then PASSES others are next.  TCP,
 * whose memory comes back when the peers like it, has its own share
 * (tcp_sndbuf.c) and takes no part.
 *
 * Two more things keep it from running in circles.  Each is tried once a
 * turn.  And what an attempt gives back because it failed is no news: what
 * net_memory_undo() frees, nor anything that is freed inside of run(), if
 * that failed and nobody's share of the pool became smaller by it.
 *
 * The request is made before the turn begins: what is freed meanwhile gives
 * rise to another one.
 *
 * Drivers may keep frames that are sent until they have a reason to look:
 * the next frame, which does not come if all memory is in such frames.  So
 * whenever somebody joins the line, they are asked (netif_reclaim()).  What
 * they give back is freed, and so tells of itself.
 */

#include <nuttx/config.h>

#include <assert.h>

#include "net_link.h"
#include "tcp.h"

/* How many may pass a datagram that waits, and how long its turn is */

#define PASSES 16
#define TURN   NET_SEC

static struct net_memory_s *g_head;
static struct net_memory_s *g_tail;
static unsigned int g_count;
static struct net_memory_s *g_last;  /* Who has joined last */
static struct iob_watch_s g_watch;
static bool g_undoing;
static bool g_trying;                /* run() is at work ... */
static bool g_news;                  /* ... and something was freed in it */
static bool g_freed;                 /* Since the last turn */
static bool g_joined;                /* Likewise: drivers are to be asked */
static struct net_memory_s *g_turn;  /* Whose turn it is */
static struct net_timer_s g_turnover;
static uint32_t g_got;               /* Datagrams that got memory */

/* Turns ********************************************************************/

bool net_memory_turn(const struct net_memory_s *m)
{
  return g_turn == NULL || g_turn == m;
}

/* All those who had to wait try now */

static void turn_end(void)
{
  net_timer_stop(&g_turnover);
  g_turn = NULL;
  if (g_head != NULL)
    {
      g_freed = true;
      net_later();
    }
}

static void turn_over(struct net_timer_s *timer)
{
  UNUSED(timer);
  g_net.stats.link.memturnsover++;
  g_turn->since = g_got;
  turn_end();
}

static void wants_nothing(struct net_memory_s *m)
{
  m->waits = false;
  if (g_turn == m)
    {
      turn_end();
    }
}

void net_memory_got(struct net_memory_s *m)
{
  g_got++;
  wants_nothing(m);
}

void net_memory_leave(struct net_memory_s *m)
{
  net_memory_del(m);
  wants_nothing(m);
}

/* It was tried and lacks something still.  pool: how it is used */

static void consider(struct net_memory_s *m, const struct iob_info_s *pool)
{
  uint32_t others = pool->used - pool->class_used[IOB_CLASS_TX] +
                    tcp_sndbuf_all();
  bool helps = others + m->need <= NET_ARENA;

  if (g_turn == NULL && helps && g_got - m->since >= PASSES)
    {
      g_turn = m;
      g_net.stats.link.memturns++;
      net_timer_start(&g_turnover, net_now() + TURN, turn_over);
    }
  else if (g_turn == m && !helps)
    {
      m->since = g_got;
      turn_end();
    }
}

/* The line *****************************************************************/

/* Called from inside of whatever frees */

static void freed(struct iob_watch_s *watch)
{
  UNUSED(watch);
  if (g_trying)
    {
      g_news = g_news || !g_undoing;
    }
  else if (!g_undoing && g_head != NULL)
    {
      g_freed = true;
      net_later();
    }
}

static void ask(void)
{
  int ret;

  g_watch.wt_freed = freed;
  ret = iob_watch(&g_watch);
  DEBUGASSERT(ret == 0);
  UNUSED(ret);
}

static void join(struct net_memory_s *m)
{
  m->next = NULL;
  m->prev = g_tail;
  if (g_tail != NULL)
    {
      g_tail->next = m;
    }
  else
    {
      g_head = m;
    }

  g_tail    = m;
  m->queued = true;
  g_count++;
}

void net_memory_wait(struct net_memory_s *m, enum iob_class_e cls,
                     uint32_t need)
{
  if (m->queued)
    {
      return;
    }

  if (!m->waits)
    {
      m->waits = true;
      m->since = g_got;
    }

  m->cls  = cls;
  m->need = need;
  join(m);
  g_last   = m;
  g_joined = true;
  g_net.stats.link.memwaits++;
  ask();
  net_later();
}

void net_memory_del(struct net_memory_s *m)
{
  if (!m->queued)
    {
      return;
    }

  if (m->prev != NULL)
    {
      m->prev->next = m->next;
    }
  else
    {
      g_head = m->next;
    }

  if (m->next != NULL)
    {
      m->next->prev = m->prev;
    }
  else
    {
      g_tail = m->prev;
    }

  m->queued = false;
  g_count--;
  if (g_last == m)
    {
      g_last = NULL;
    }

  if (g_head == NULL)
    {
      iob_unwatch(&g_watch);
      g_freed = false;
    }
}

void net_memory_undo(struct iob_s *iob)
{
  g_undoing = true;
  iob_free_chain(iob);
  g_undoing = false;
  if (g_head != NULL)
    {
      ask();
    }
}

/* Does any class have less of the pool than before? */

static bool is_richer(const struct iob_info_s *before,
                      const struct iob_info_s *after)
{
  unsigned int i;

  for (i = 0; i < IOB_NCLASSES; i++)
    {
      if (after->class_used[i] < before->class_used[i] ||
          after->class_views[i] < before->class_views[i])
        {
          return true;
        }
    }

  return after->used < before->used;
}

/* Let one try, who may be gone afterwards.  True: he lacks something still.
 * pool: how it is used now, if "known".
 */

static bool try_one(struct net_memory_s *m, struct iob_info_s *pool,
                    bool *known)
{
  struct iob_info_s after;
  bool lacks;

  if (!*known)
    {
      iob_getinfo(pool);
      *known = true;
    }

  net_memory_del(m);
  g_net.stats.link.memtries++;
  g_last   = NULL;
  g_news   = false;
  g_trying = true;
  ask();
  m->run(m);
  g_trying = false;
  lacks    = g_last == m;

  if (g_news && lacks)
    {
      iob_getinfo(&after);
      g_news = is_richer(pool, &after);
      *pool  = after;
    }

  if (g_news)
    {
      g_freed = true;
      net_later();
    }

  *known = *known && lacks;
  if (lacks && m->turns)
    {
      consider(m, pool);
    }

  return lacks;
}

void net_reclaim(void)
{
  struct netif_s *nif;

  for (nif = g_net.netifs; nif != NULL; nif = nif->next)
    {
      netif_reclaim(nif);
    }
}

static void ask_drivers(void)
{
  if (g_joined && g_head != NULL)
    {
      net_reclaim();
    }

  g_joined = false;
}

/* One turn */

void net_memory_run(void)
{
  uint32_t least[IOB_NCLASSES];
  struct iob_info_s pool;
  unsigned int n = g_count;
  bool known = false;
  unsigned int i;

  ask_drivers();
  if (!g_freed)
    {
      return;
    }

  for (i = 0; i < IOB_NCLASSES; i++)
    {
      least[i] = NET_MEMORY_UNKNOWN;
    }

  g_freed = false;
  while (n-- > 0 && g_head != NULL)
    {
      struct net_memory_s *m = g_head;
      enum iob_class_e cls = m->cls;

      if ((least[cls] != NET_MEMORY_UNKNOWN && m->need >= least[cls]) ||
          (m->turns && !net_memory_turn(m)))
        {
          net_memory_del(m);
          join(m);
        }
      else if (try_one(m, &pool, &known))
        {
          least[m->cls] = MIN(least[m->cls], m->need);
        }
    }

  if (g_head != NULL)
    {
      ask();
    }
  else
    {
      iob_unwatch(&g_watch);
    }
}

void net_memory_finalize(void)
{
  DEBUGASSERT(g_head == NULL && g_turn == NULL);
  iob_unwatch(&g_watch);
  g_got    = 0;
  g_freed  = false;
  g_joined = false;
}
