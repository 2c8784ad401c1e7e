/* drivers/net/netdev_fault.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A wrapper that treats frames as a bad network does.  Each direction has a
 * state and a random generator of its own, so that what happens to sent
 * frames depends on the seed and on them alone.
 *
 * A frame goes through these stages, in this order:
 *
 *   chosen? tcp= and after= say which frames the next four are for
 *   lost?   by predicate, match=, nth=, burst-*= (Gilbert and Elliott: a
 *           channel is good or bad, and changes by chance), loss=; times=
 *           ends that.  mtu= is for all frames, chosen or not: the sender
 *           gets the ICMP error that a router would send
 *   twice?  dup= makes a second one by reference
 *   wrong?  corrupt= inverts one bit, in a copy of that part of the frame.
 *           One that has no checksum yet (or whose checksum the device has
 *           verified for us) is lost: so it ends in hardware that looks
 *   aside?  reorder= keeps it until gap= others have passed, or 20 ms
 *   queue   limit= frames wait for the link at rate=, then travel for
 *           delay= plus or minus jitter=, and arrive in the order in which
 *           they set out.  One too many is lost.
 *
 * A sent frame that waits here keeps its place with us: the layer above
 * hears that it is done when the device below is.  Copies and second ones
 * are our own, and end here ("flying" until the device below is done).
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <nuttx/clock.h>
#include <nuttx/kmalloc.h>
#include <nuttx/sim.h>
#include <nuttx/wdog.h>
#include <nuttx/net/netdev.h>
#include <nuttx/net/netdev_fault.h>

#include "drivers.h"
#include "fault_tcp.h"

#define TX 0
#define RX 1

#define ASIDE_NS     UINT64_C(20000000)
#define ANSWER_NS    UINT64_C(1000)
#define FAULT_DEPTH  (1 << 20)       /* limit= decides, long before */
#define FAULT_SEED   UINT64_MAX      /* None given */
#define FAULT_ALWAYS UINT32_MAX      /* Of times= */

enum
{
  DIR_BOTH,
  DIR_TX,
  DIR_RX
};

struct fault_cfg_s
{
  uint64_t dir;
  uint64_t seed;
  uint64_t loss;
  uint64_t burst_start;
  uint64_t burst_end;
  uint64_t burst_loss;
  uint64_t nth;
  uint64_t dup;
  uint64_t corrupt;
  uint64_t reorder;
  uint64_t gap;
  uint64_t delay_ns;
  uint64_t jitter_ns;
  uint64_t rate;
  uint64_t limit;
  uint64_t tcp;
  uint64_t after;
  uint64_t times;
  uint64_t mtu;
  struct netdev_match_s match;
};

static const struct fault_cfg_s g_fault_defaults =
{
  .seed       = FAULT_SEED,
  .burst_end  = PART_ALL / 4,
  .burst_loss = PART_ALL,
  .gap        = 1,
  .limit      = 1000,
  .times      = FAULT_ALWAYS,
};

struct fault_counts_s
{
  uint64_t passed;                   /* Left us for the other side */
  uint64_t lost_predicate;
  uint64_t lost_match;
  uint64_t lost_nth;
  uint64_t lost_burst;
  uint64_t lost_random;
  uint64_t lost_corrupt;             /* As without a checksum, see treat() */
  uint64_t lost_mtu;
  uint64_t lost_queue;               /* limit= was reached */
  uint64_t lost_memory;
  uint64_t lost_down;                /* Waited here when it went down */
  uint64_t duplicated;
  uint64_t dup_failed;               /* No view for a second one */
  uint64_t corrupted;
  uint64_t reordered;
  uint64_t delayed;
};

#define NAMES(dir, name) \
  {#dir "_" #name, offsetof(struct fault_counts_s, name) + \
   (#dir[0] == 't' ? 0 : sizeof(struct fault_counts_s))}
#define ALL_NAMES(dir) \
  NAMES(dir, passed), NAMES(dir, lost_predicate), NAMES(dir, lost_match), \
  NAMES(dir, lost_nth), NAMES(dir, lost_burst), NAMES(dir, lost_random), \
  NAMES(dir, lost_corrupt), NAMES(dir, lost_mtu), NAMES(dir, lost_queue), \
  NAMES(dir, lost_memory), NAMES(dir, lost_down), \
  NAMES(dir, duplicated), NAMES(dir, dup_failed), NAMES(dir, corrupted), \
  NAMES(dir, reordered), NAMES(dir, delayed)

static const struct netdev_counter_s g_fault_counters[] =
{
  ALL_NAMES(tx), ALL_NAMES(rx), {NULL, 0}
};

/* A frame that waits, or one of our own that the device below has */

struct fault_frame_s
{
  struct fault_frame_s *next;
  struct fault_frame_s *prev;
  struct iob_s *iob;
  struct netdev_offload_s off;
  bool own;
  uint64_t due_ns;
  uint64_t after;                    /* Aside: until so many frames came */
};

struct fault_list_s
{
  struct fault_frame_s *head;
  struct fault_frame_s *tail;
  unsigned int n;
};

struct fault_dir_s
{
  struct fault_s *fault;
  bool sent;
  struct sim_random_s random;
  uint64_t nframes;
  uint64_t nchosen;                  /* By tcp=, since the last command */
  struct fault_flows_s flows;
  bool bad;                          /* The channel, see burst-start= */
  uint64_t free_ns;                  /* When the link has sent it all */
  uint64_t last_ns;                  /* When the last frame arrives */
  struct fault_list_s queue;         /* By due_ns */
  struct fault_list_s aside;
  struct wdog_s timer;
  bool busy;
  bool again;
};

struct fault_s
{
  struct net_driver_s dev;
  struct fault_cfg_s cfg;
  struct fault_counts_s counts[2];   /* TX, RX */
  struct fault_dir_s dir[2];
  struct fault_list_s flying;
  netdev_fault_t predicate;
  void *arg;
};

/* Lists ********************************************************************/

static void insert(struct fault_list_s *list, struct fault_frame_s *frame)
{
  struct fault_frame_s *prev = list->tail;

  while (prev != NULL && prev->due_ns > frame->due_ns)
    {
      prev = prev->prev;
    }

  frame->prev = prev;
  frame->next = prev != NULL ? prev->next : list->head;
  *(prev != NULL ? &prev->next : &list->head) = frame;
  *(frame->next != NULL ? &frame->next->prev : &list->tail) = frame;
  list->n++;
}

static void delist(struct fault_list_s *list, struct fault_frame_s *frame)
{
  *(frame->prev != NULL ? &frame->prev->next : &list->head) = frame->next;
  *(frame->next != NULL ? &frame->next->prev : &list->tail) = frame->prev;
  list->n--;
}

/* Where frames go **********************************************************/

static struct fault_counts_s *counts_of(struct fault_dir_s *dir)
{
  return &dir->fault->counts[dir->sent ? TX : RX];
}

static bool applies(const struct fault_dir_s *dir)
{
  return dir->fault->cfg.dir == DIR_BOTH ||
         dir->fault->cfg.dir == (dir->sent ? DIR_TX : DIR_RX);
}

/* The settings of a direction: without dir= for it, those that do nothing */

static const struct fault_cfg_s *cfg_of(const struct fault_dir_s *dir)
{
  return applies(dir) ? &dir->fault->cfg : &g_fault_defaults;
}

static bool chance(struct fault_dir_s *dir, uint64_t part)
{
  return part > 0 && sim_random_below(&dir->random, PART_ALL) < part;
}

/* A frame ends here */

static void dispose(struct fault_dir_s *dir, struct iob_s *iob, bool own)
{
  if (own)
    {
      iob_free_chain(iob);
    }
  else if (dir->sent)
    {
      netdev_txdone(&dir->fault->dev, iob);
    }
  else
    {
      netdev_recycle(dir->fault->dev.d_lower, iob);
    }
}

static void lose(struct fault_dir_s *dir, struct iob_s *iob, bool own,
                 uint64_t *counter)
{
  (*counter)++;
  dispose(dir, iob, own);
}

/* Hand a frame on.  False: the device below has no place, and will say when
 * it has one.  Consumes the frame and its entry.
 */

static bool pass(struct fault_dir_s *dir, struct fault_frame_s *frame)
{
  struct fault_s *fault = dir->fault;
  struct iob_s *iob = frame->iob;
  struct netdev_offload_s off = frame->off;

  if (dir->sent && netdev_reserve(fault->dev.d_lower) < 0)
    {
      return false;
    }

  delist(&dir->queue, frame);
  if (dir->sent && frame->own)
    {
      frame->due_ns = 0;
      insert(&fault->flying, frame);
    }
  else
    {
      kmm_free(frame);
    }

  counts_of(dir)->passed++;
  if (dir->sent)
    {
      netdev_commit(fault->dev.d_lower, iob, &off);
    }
  else
    {
      netdev_rx(&fault->dev, iob, &off);
    }

  return true;
}

static void expire(wdparm_t arg);

/* Wake up when the next frame is due.  The frame that is due already and
 * still here waits for the device below.
 */

static void arm(struct fault_dir_s *dir)
{
  struct fault_frame_s *first = dir->queue.head;
  struct fault_frame_s *aside = dir->aside.head;
  uint64_t next = CLOCK_NEVER;

  if (first != NULL && first->due_ns > clock_systime_ns())
    {
      next = first->due_ns;
    }

  if (aside != NULL && aside->due_ns < next)
    {
      next = aside->due_ns;
    }

  if (next != CLOCK_NEVER)
    {
      wd_start_absns(&dir->timer, next, expire, (wdparm_t)dir);
    }
}

/* Pass what is due, and return how much.  Passing a frame can bring another
 * one: that call leaves its work to this one.
 */

static unsigned int run(struct fault_dir_s *dir)
{
  unsigned int n = 0;

  dir->again = true;
  if (dir->busy)
    {
      return 0;
    }

  dir->busy = true;
  while (dir->again)
    {
      dir->again = false;
      while (dir->queue.head != NULL &&
             dir->queue.head->due_ns <= clock_systime_ns() &&
             pass(dir, dir->queue.head))
        {
          n++;
        }
    }

  dir->busy = false;
  arm(dir);
  return n;
}

/* Into the queue ***********************************************************/

/* When a frame that is ready now comes out at the other end */

static uint64_t due_time(struct fault_dir_s *dir, unsigned int len)
{
  const struct fault_cfg_s *cfg = cfg_of(dir);
  uint64_t now = clock_systime_ns();
  uint64_t due = now;

  if (cfg->rate > 0)
    {
      due = (dir->free_ns > now ? dir->free_ns : now) +
            (uint64_t)len * 8 * NSEC_PER_SEC / cfg->rate;
      dir->free_ns = due;
    }

  due += cfg->delay_ns;
  if (cfg->jitter_ns > 0)
    {
      uint64_t less = cfg->jitter_ns < cfg->delay_ns ? cfg->jitter_ns :
                                                       cfg->delay_ns;

      due = due - less + sim_random_below(&dir->random,
                                          less + cfg->jitter_ns + 1);
    }

  if (due < dir->last_ns)
    {
      due = dir->last_ns;
    }

  dir->last_ns = due;
  counts_of(dir)->delayed += due > now;
  return due;
}

static void enqueue(struct fault_dir_s *dir, struct fault_frame_s *frame)
{
  frame->due_ns = due_time(dir, frame->iob->io_pktlen);
  insert(&dir->queue, frame);
}

/* End the wait of those who were kept aside for long enough */

static void rejoin(struct fault_dir_s *dir)
{
  struct fault_frame_s *frame;
  struct fault_frame_s *next;

  for (frame = dir->aside.head; frame != NULL; frame = next)
    {
      next = frame->next;
      if (frame->after <= dir->nframes ||
          frame->due_ns <= clock_systime_ns())
        {
          delist(&dir->aside, frame);
          enqueue(dir, frame);
        }
    }
}

static void expire(wdparm_t arg)
{
  struct fault_dir_s *dir = (struct fault_dir_s *)arg;

  rejoin(dir);
  if (run(dir) > 0 && !dir->sent)
    {
      netdev_rxend(&dir->fault->dev);
    }
}

/* Put a frame, or a second one of it, on its way.  Consumes it. */

static void admit(struct fault_dir_s *dir, struct iob_s *iob,
                  const struct netdev_offload_s *off, bool own,
                  bool is_chosen)
{
  const struct fault_cfg_s *cfg = cfg_of(dir);
  struct fault_counts_s *counts = counts_of(dir);
  struct fault_frame_s *frame;

  if (dir->queue.n + dir->aside.n >= cfg->limit)
    {
      lose(dir, iob, own, &counts->lost_queue);
      return;
    }

  frame = kmm_zalloc(sizeof(*frame));
  if (frame == NULL)
    {
      lose(dir, iob, own, &counts->lost_memory);
      return;
    }

  frame->iob = iob;
  frame->own = own;
  if (off != NULL)
    {
      frame->off = *off;
    }

  if (is_chosen && chance(dir, cfg->reorder))
    {
      counts->reordered++;
      frame->after  = dir->nframes + cfg->gap;
      frame->due_ns = clock_systime_ns() + ASIDE_NS;
      insert(&dir->aside, frame);
    }
  else
    {
      enqueue(dir, frame);
    }
}

/* What happens to a frame **************************************************/

static bool matches(const struct netdev_match_s *match,
                    const struct iob_s *iob)
{
  uint8_t byte[MATCH_MAX];

  return match->len > 0 &&
         iob->io_pktlen >= (unsigned int)match->offset + match->len &&
         iob_copyout(byte, iob, match->len, match->offset) == match->len &&
         memcmp(byte, match->byte, match->len) == 0;
}

/* A step of the channel, then whether it loses the frame */

static bool burst(struct fault_dir_s *dir)
{
  const struct fault_cfg_s *cfg = cfg_of(dir);

  if (cfg->burst_start > 0 &&
      chance(dir, dir->bad ? cfg->burst_end : cfg->burst_start))
    {
      dir->bad = !dir->bad;
    }

  return cfg->burst_start > 0 && dir->bad && chance(dir, cfg->burst_loss);
}

/* Whether the settings for some frames are for this one */

static bool chosen(struct fault_dir_s *dir, const struct iob_s *iob)
{
  const struct fault_cfg_s *cfg = cfg_of(dir);

  if (!fault_tcp_is(&dir->flows, (enum fault_tcp_e)cfg->tcp,
                    &dir->fault->dev, iob))
    {
      return false;
    }

  dir->nchosen++;
  return dir->nchosen > cfg->after;
}

/* Which counter says why this frame is lost; NULL: it is not */

static uint64_t *loss(struct fault_dir_s *dir, const struct iob_s *iob)
{
  struct fault_s *fault = dir->fault;
  const struct fault_cfg_s *cfg = cfg_of(dir);
  struct fault_counts_s *counts = counts_of(dir);

  if (fault->predicate != NULL && applies(dir) &&
      fault->predicate(iob, dir->sent, fault->arg))
    {
      return &counts->lost_predicate;
    }

  if (cfg->times == 0)
    {
      return NULL;
    }

  if (matches(&cfg->match, iob))
    {
      return &counts->lost_match;
    }

  if (cfg->nth > 0 && (dir->nchosen - cfg->after) % cfg->nth == 0)
    {
      return &counts->lost_nth;
    }

  if (burst(dir))
    {
      return &counts->lost_burst;
    }

  return chance(dir, cfg->loss) ? &counts->lost_random : NULL;
}

/* A router has no way on for this packet: tell who sent it.  What the
 * settings do to frames is not done to the answer, and it does not come
 * within the call that sent the packet.
 */

static void refuse(struct fault_dir_s *dir, const struct iob_s *iob)
{
  struct fault_s *fault = dir->fault;
  struct fault_dir_s *back = &fault->dir[dir->sent ? RX : TX];
  struct iob_s *error = fault_frag_needed(&fault->dev, iob,
                                          (unsigned int)fault->cfg.mtu);
  struct fault_frame_s *frame;

  if (error == NULL)
    {
      return;
    }

  frame = kmm_zalloc(sizeof(*frame));
  if (frame == NULL)
    {
      iob_free_chain(error);
      return;
    }

  frame->iob    = error;
  frame->own    = true;
  frame->due_ns = clock_systime_ns() + ANSWER_NS;
  insert(&back->queue, frame);
  arm(back);
}

/* Invert one bit of a packet, in a copy of what others view of it */

static bool corrupt(struct fault_dir_s *dir, struct iob_s *iob)
{
  uint64_t bit = sim_random_below(&dir->random,
                                  (uint64_t)iob->io_pktlen * 8);

  for (; bit / 8 >= iob->io_len; iob = iob->io_flink)
    {
      bit -= (uint64_t)iob->io_len * 8;
    }

  if (iob_unshare(iob) < 0)
    {
      return false;
    }

  IOB_DATA(iob)[bit / 8] ^= (uint8_t)(1u << bit % 8);
  return true;
}

/* Consumes a frame, and counts it, if it is lost */

static bool lost(struct fault_dir_s *dir, struct iob_s *iob,
                 const struct netdev_offload_s *off, bool is_chosen)
{
  struct fault_s *fault = dir->fault;
  const struct fault_cfg_s *cfg = cfg_of(dir);
  struct fault_counts_s *counts = counts_of(dir);
  uint64_t *counter = is_chosen ? loss(dir, iob) : NULL;

  if (counter != NULL)
    {
      if (counter != &counts->lost_predicate &&
          fault->cfg.times != FAULT_ALWAYS)
        {
          fault->cfg.times--;
        }
    }
  else if (cfg->mtu > 0 && fault_too_long(&fault->dev, iob, off,
                                          (unsigned int)cfg->mtu))
    {
      refuse(dir, iob);
      counter = &counts->lost_mtu;
    }

  if (counter != NULL)
    {
      lose(dir, iob, false, counter);
    }

  return counter != NULL;
}

/* Corrupt a frame, or a copy of it in its place that is then our own.
 * Consumes a frame that has to be lost instead, and returns NULL.
 */

static struct iob_s *spoil(struct fault_dir_s *dir, struct iob_s *iob,
                           const struct netdev_offload_s *off)
{
  struct fault_counts_s *counts = counts_of(dir);
  struct iob_s *wrong = iob;

  if (off != NULL &&
      (off->flags & (NETDEV_OFF_PARTIAL | NETDEV_OFF_VALID)) != 0)
    {
      lose(dir, iob, false, &counts->lost_corrupt);
      return NULL;
    }

  if (dir->sent)
    {
      wrong = iob_share(iob, 0, iob->io_pktlen);
    }

  if (wrong == NULL || !corrupt(dir, wrong))
    {
      iob_free_chain(dir->sent ? wrong : NULL);
      lose(dir, iob, false, &counts->lost_memory);
      return NULL;
    }

  counts->corrupted++;
  return wrong;
}

/* A frame that came to us goes through all stages.  Consumes it. */

static void treat(struct fault_dir_s *dir, struct iob_s *iob,
                  const struct netdev_offload_s *off)
{
  const struct fault_cfg_s *cfg = cfg_of(dir);
  struct fault_counts_s *counts = counts_of(dir);
  struct iob_s *original = NULL;
  struct iob_s *second = NULL;
  bool is_chosen;

  dir->nframes++;
  is_chosen = chosen(dir, iob);
  if (lost(dir, iob, off, is_chosen))
    {
      goto out;
    }

  if (is_chosen && chance(dir, cfg->dup))
    {
      second = iob_share(iob, 0, iob->io_pktlen);
      *(second != NULL ? &counts->duplicated : &counts->dup_failed) += 1;
    }

  if (is_chosen && chance(dir, cfg->corrupt))
    {
      original = iob;
      iob      = spoil(dir, iob, off);
      if (iob == NULL || iob == original)
        {
          original = NULL;
        }
    }

  if (iob != NULL)
    {
      admit(dir, iob, off, original != NULL, is_chosen);
    }

  if (second != NULL)
    {
      admit(dir, second, off, true, is_chosen);
    }

  /* Only now, because telling so can bring the next frame */

  if (original != NULL)
    {
      dispose(dir, original, false);
    }

out:
  rejoin(dir);
  run(dir);
}

/* Device operations ********************************************************/

/* Frames that are due and have not gone: the device below is full */

static bool blocked(struct fault_s *fault)
{
  struct fault_frame_s *first = fault->dir[TX].queue.head;

  return first != NULL && first->due_ns <= clock_systime_ns();
}

static bool fault_can_send(struct net_driver_s *dev)
{
  return !blocked(dev->d_private) && netdev_can_send(dev->d_lower);
}

/* Places below are taken when a frame is due.  But if there is none now,
 * this is the moment to ask to be told of one.
 */

static int fault_reserve(struct net_driver_s *dev)
{
  int ret;

  if (blocked(dev->d_private))
    {
      return -EAGAIN;
    }

  if (!netdev_can_send(dev->d_lower))
    {
      ret = netdev_reserve(dev->d_lower);
      if (ret < 0)
        {
          return ret;
        }

      netdev_cancel(dev->d_lower);
    }

  return 0;
}

static void fault_commit(struct net_driver_s *dev, struct iob_s *iob,
                         const struct netdev_offload_s *off)
{
  struct fault_s *fault = dev->d_private;

  treat(&fault->dir[TX], iob, off);
}

static void fault_rx(struct net_driver_s *lower, struct iob_s *iob,
                     const struct netdev_offload_s *off)
{
  struct net_driver_s *dev = lower->d_upperarg;
  struct fault_s *fault = dev->d_private;

  treat(&fault->dir[RX], iob, off);
}

static void fault_txdone(struct net_driver_s *lower, struct iob_s *iob)
{
  struct net_driver_s *dev = lower->d_upperarg;
  struct fault_s *fault = dev->d_private;
  struct fault_frame_s *frame;

  for (frame = fault->flying.head; frame != NULL && frame->iob != iob;
       frame = frame->next)
    {
    }

  if (frame == NULL)
    {
      netdev_txdone(dev, iob);
      return;
    }

  delist(&fault->flying, frame);
  kmm_free(frame);
  iob_free_chain(iob);
}

static void fault_tx_ready(struct net_driver_s *lower)
{
  struct net_driver_s *dev = lower->d_upperarg;
  struct fault_s *fault = dev->d_private;

  run(&fault->dir[TX]);
  netdev_txready(dev);
}

static void flush(struct fault_dir_s *dir, struct fault_list_s *list)
{
  struct fault_frame_s *frame;

  while ((frame = list->head) != NULL)
    {
      delist(list, frame);
      lose(dir, frame->iob, frame->own, &counts_of(dir)->lost_down);
      kmm_free(frame);
    }
}

static void fault_ifdown(struct net_driver_s *dev)
{
  struct fault_s *fault = dev->d_private;
  unsigned int i;

  netdev_ifdown(dev->d_lower);
  DEBUGASSERT(fault->flying.n == 0);
  for (i = TX; i <= RX; i++)
    {
      struct fault_dir_s *dir = &fault->dir[i];

      wd_cancel(&dir->timer);
      flush(dir, &dir->queue);
      flush(dir, &dir->aside);
      fault_tcp_forget(&dir->flows);
      dir->free_ns = 0;
      dir->last_ns = 0;
    }
}

/* Two generators from one seed */

static void seed(struct fault_s *fault)
{
  struct sim_random_s random;

  if (fault->cfg.seed == FAULT_SEED)
    {
      sim_random_stream(&random, "fault");
    }
  else
    {
      random.state = fault->cfg.seed;
    }

  fault->dir[TX].random.state = sim_random_next(&random);
  fault->dir[RX].random.state = sim_random_next(&random);
}

static int fault_control(struct net_driver_s *dev, const char *words)
{
  struct fault_s *fault = dev->d_private;
  uint64_t old_seed = fault->cfg.seed;
  uint64_t old_tcp = fault->cfg.tcp;
  int ret = netdev_parse(&g_netdev_fault, words, true, &fault->cfg);
  unsigned int i;

  if (ret < 0)
    {
      return ret;
    }

  if (fault->cfg.seed != old_seed)
    {
      seed(fault);
    }

  for (i = TX; i <= RX; i++)
    {
      fault->dir[i].nchosen = 0;
      if (fault->cfg.tcp != old_tcp)
        {
          fault_tcp_forget(&fault->dir[i].flows);
        }
    }

  return 0;
}

static void show_part(const char *name, uint64_t part, char *buf,
                      size_t size, size_t *pos)
{
  if (part > 0)
    {
      netdev_print(buf, size, pos, " %s %llu.%07llu%%", name,
                   (unsigned long long)part / (PART_ALL / 100),
                   (unsigned long long)part % (PART_ALL / 100));
    }
}

static void show_number(const char *name, uint64_t value, const char *unit,
                        char *buf, size_t size, size_t *pos)
{
  if (value > 0)
    {
      netdev_print(buf, size, pos, " %s %llu%s", name,
                   (unsigned long long)value, unit);
    }
}

static int fault_show(struct net_driver_s *dev, char *buf, size_t size)
{
  static const char *const dirs[] =
  {
    "both", "tx", "rx"
  };

  static const char *const kinds[] =
  {
    "no", "any", "syn", "synack", "fin", "rst", "ack", "data", "first",
    "resent", "window"
  };

  struct fault_s *fault = dev->d_private;
  struct fault_cfg_s *cfg = &fault->cfg;
  size_t pos = 0;

  netdev_print(buf, size, &pos, "  dir %s", dirs[cfg->dir]);
  if (cfg->tcp != FAULT_TCP_NO)
    {
      netdev_print(buf, size, &pos, " tcp %s", kinds[cfg->tcp]);
    }

  show_part("loss", cfg->loss, buf, size, &pos);
  show_part("burst-start", cfg->burst_start, buf, size, &pos);
  show_number("nth", cfg->nth, "", buf, size, &pos);
  show_part("dup", cfg->dup, buf, size, &pos);
  show_part("corrupt", cfg->corrupt, buf, size, &pos);
  show_part("reorder", cfg->reorder, buf, size, &pos);
  show_number("delay", cfg->delay_ns, "ns", buf, size, &pos);
  show_number("jitter", cfg->jitter_ns, "ns", buf, size, &pos);
  show_number("rate", cfg->rate, "bit", buf, size, &pos);
  show_number("limit", cfg->limit, "", buf, size, &pos);
  show_number("mtu", cfg->mtu, "", buf, size, &pos);
  show_number("after", cfg->after, "", buf, size, &pos);
  if (cfg->times != FAULT_ALWAYS)
    {
      netdev_print(buf, size, &pos, " times %llu",
                   (unsigned long long)cfg->times);
    }

  netdev_print(buf, size, &pos, ": %u and %u waiting\n",
               fault->dir[TX].queue.n + fault->dir[TX].aside.n,
               fault->dir[RX].queue.n + fault->dir[RX].aside.n);
  return (int)pos;
}

static void fault_destroy(struct net_driver_s *dev)
{
  struct fault_s *fault = dev->d_private;

  fault_tcp_forget(&fault->dir[TX].flows);
  fault_tcp_forget(&fault->dir[RX].flows);
  kmm_free(fault);
}

static const struct netdev_ops_s g_fault_ops =
{
  .ifup        = wrap_ifup,
  .ifdown      = fault_ifdown,
  .reserve     = fault_reserve,
  .commit      = fault_commit,
  .can_send    = fault_can_send,
  .can_receive = wrap_can_receive,
  .recycle     = wrap_recycle,
  .set_mac     = wrap_set_mac,
  .set_mtu     = wrap_set_mtu,
  .control     = fault_control,
  .show        = fault_show,
  .destroy     = fault_destroy,
};

static const struct netdev_upper_s g_fault_upper =
{
  fault_rx, wrap_rx_end, fault_txdone, fault_tx_ready, wrap_carrier, NULL
};

int netdev_fault_predicate(struct net_driver_s *dev, netdev_fault_t fn,
                           void *arg)
{
  struct fault_s *fault;

  while (dev != NULL && dev->d_ops != &g_fault_ops)
    {
      dev = dev->d_lower;
    }

  if (dev == NULL)
    {
      return -ENODEV;
    }

  fault            = dev->d_private;
  fault->predicate = fn;
  fault->arg       = arg;
  return 0;
}

/* Making *******************************************************************/

static struct net_driver_s *fault_create(void *cfg,
                                         struct net_driver_s *lower)
{
  struct fault_s *fault = kmm_zalloc(sizeof(*fault));
  struct net_driver_s *dev;

  if (fault == NULL)
    {
      return netdev_fail("fault: no memory");
    }

  dev = &fault->dev;
  memcpy(&fault->cfg, cfg, sizeof(fault->cfg));
  fault->dir[TX].fault = fault;
  fault->dir[TX].sent  = true;
  fault->dir[RX].fault = fault;
  seed(fault);

  netdev_setup(dev, "fault", &g_fault_ops, fault);
  dev->d_txdepth  = FAULT_DEPTH;
  dev->d_counters = g_fault_counters;
  dev->d_counts   = fault->counts;
  if (wrap_stack(dev, lower, &g_fault_upper) < 0)
    {
      kmm_free(fault);
      return NULL;
    }

  return dev;
}

#define OFFSET(field) offsetof(struct fault_cfg_s, field)
#define PART(name, field, help) \
  {name, KEY_PART, KEY_LIVE, OFFSET(field), 0, 0, NULL, help}
#define TIME(name, field, help) \
  {name, KEY_TIME, KEY_LIVE, OFFSET(field), 0, 0, NULL, help}
#define UINT(name, field, min, max, help) \
  {name, KEY_UINT, KEY_LIVE, OFFSET(field), min, max, NULL, help}

static const struct netdev_key_s g_fault_keys[] =
{
  {
    "dir", KEY_ENUM, KEY_LIVE, OFFSET(dir), 0, 0, "both|tx|rx",
    "which frames; both if not given"
  },
  UINT("seed", seed, 0, UINT64_MAX - 1, "of its random numbers"),
  PART("loss", loss, "share of frames lost, each by chance"),
  PART("burst-start", burst_start, "chance that a burst of loss begins"),
  PART("burst-end", burst_end, "chance that a burst ends; 25% if not given"),
  PART("burst-loss", burst_loss,
       "share of frames lost in a burst; 100% if not given"),
  UINT("nth", nth, 0, UINT32_MAX, "lose every n-th frame"),
  {
    "tcp", KEY_ENUM, KEY_LIVE, OFFSET(tcp), 0, 0, FAULT_TCP_KINDS,
    "lose, double, corrupt, reorder only such segments; no: all frames"
  },
  UINT("after", after, 0, UINT32_MAX,
       "... and only after so many of them, from the last command on"),
  {
    "times", KEY_UINT, KEY_LIVE, OFFSET(times), 0, FAULT_ALWAYS, "always",
    "lose so many, no more; always if not given"
  },
  {
    "match", KEY_MATCH, KEY_LIVE, OFFSET(match), 0, 0, NULL,
    "lose frames with these bytes at an offset"
  },
  PART("dup", dup, "share of frames that arrive twice"),
  PART("corrupt", corrupt, "share of frames with one bit inverted"),
  PART("reorder", reorder, "share of frames that others overtake"),
  UINT("gap", gap, 1, 1000, "... this many of them; 1 if not given"),
  TIME("delay", delay_ns, "how long a frame travels"),
  TIME("jitter", jitter_ns, "plus or minus up to this, in order"),
  {
    "rate", KEY_RATE, KEY_LIVE, OFFSET(rate), 0, 0, NULL,
    "speed of the link"
  },
  UINT("mtu", mtu, 0, UINT16_MAX,
       "longest packet; longer ones are refused as a router does; 0: any"),
  UINT("limit", limit, 1, FAULT_DEPTH / 2,
       "frames under way; more are lost; 1000 if not given"),
  {
    NULL, KEY_UINT, 0, 0, 0, 0, NULL, NULL
  }
};

const struct netdev_kind_s g_netdev_fault =
{
  "fault", "treats frames as a bad network does",
  g_fault_keys, &g_fault_defaults, sizeof(struct fault_cfg_s), fault_create
};
