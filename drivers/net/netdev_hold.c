/* drivers/net/netdev_hold.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A wrapper that keeps transmitted frames as the descriptor ring of a DMA
 * engine does.  The frame goes to the device below at once, but the layer
 * above is not told that it is done until
 *
 *   time=T       it has been held for that long, or
 *   count=N      N newer frames have come, or
 *   release=N    it is told to let go of the oldest N,
 *
 * so that all this while its data is in use by "hardware" that may read it
 * again.  With send=last it is also then that the frame goes out: what the
 * wire shows is what was in memory at the end.
 *
 * With reclaim=yes it is a driver that looks at its ring late: who asks
 * (netdev_reclaim()) gets at once what the device below is done with.
 * Otherwise nobody gets a frame before its time, as from an engine at work.
 *
 * A sum of the data is taken when the frame comes and when it goes.  If they
 * differ, somebody wrote into a frame that was not his any more: "modified"
 * counts it.  This is the device on which sharing is proved.
 *
 * A place is taken until the frame is let go: a sender can run into a full
 * ring (depth=), and must wait for tx_ready.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <nuttx/clock.h>
#include <nuttx/kmalloc.h>
#include <nuttx/wdog.h>
#include <nuttx/net/netdev.h>

#include "drivers.h"

enum
{
  SEND_FIRST,
  SEND_LAST
};

struct hold_cfg_s
{
  uint64_t time_ns;
  uint64_t count;
  uint64_t depth;
  uint64_t send;
  uint64_t reclaim;
  uint64_t release;                  /* A command, not a setting */
};

struct hold_counts_s
{
  uint64_t held;                     /* Frames that were kept */
  uint64_t modified;                 /* ... and changed meanwhile */
  uint64_t most;                     /* Held at once */
};

static const struct netdev_counter_s g_hold_counters[] =
{
  {"held", offsetof(struct hold_counts_s, held)},
  {"modified", offsetof(struct hold_counts_s, modified)},
  {"most", offsetof(struct hold_counts_s, most)},
  {NULL, 0}
};

/* A place in the ring.  The order is that of commit. */

struct hold_frame_s
{
  struct iob_s *iob;
  uint64_t since_ns;
  uint32_t sum;
  bool below;                        /* The device below has not let go */
  bool waiting;                      /* send=last: not yet sent */
  bool ripe;                         /* To be let go as soon as possible */
  struct netdev_offload_s off;
};

struct hold_s
{
  struct net_driver_s dev;
  struct hold_cfg_s cfg;
  struct hold_counts_s counts;
  struct wdog_s timer;
  struct hold_frame_s *frame;        /* cfg.depth of them */
  unsigned int head;                 /* The oldest */
  unsigned int n;
  bool busy;                         /* settle() is at work */
  bool again;                        /* ... and shall look once more */
};

/* FNV-1a: any change of one byte shows */

static uint32_t sum_of(const struct iob_s *iob)
{
  uint32_t sum = 2166136261u;
  unsigned int i;

  for (; iob != NULL; iob = iob->io_flink)
    {
      const uint8_t *data = IOB_DATA(iob);

      for (i = 0; i < iob->io_len; i++)
        {
          sum = (sum ^ data[i]) * 16777619u;
        }
    }

  return sum;
}

static struct hold_frame_s *nth(struct hold_s *hold, unsigned int i)
{
  return &hold->frame[(hold->head + i) % hold->cfg.depth];
}

static void expire(wdparm_t arg);

/* Let go of the oldest frame */

static void let_go(struct hold_s *hold)
{
  struct hold_frame_s frame = *nth(hold, 0);

  hold->head = (hold->head + 1) % (unsigned int)hold->cfg.depth;
  hold->n--;
  if (sum_of(frame.iob) != frame.sum)
    {
      hold->counts.modified++;
    }

  netdev_txdone(&hold->dev, frame.iob);
}

/* Mark what has been held for long enough */

static void ripen(struct hold_s *hold)
{
  uint64_t now = clock_systime_ns();
  unsigned int i;

  for (i = 0; i < hold->n; i++)
    {
      struct hold_frame_s *frame = nth(hold, i);

      if ((hold->cfg.time_ns > 0 &&
           now - frame->since_ns >= hold->cfg.time_ns) ||
          (hold->cfg.count > 0 && hold->n - i > hold->cfg.count))
        {
          frame->ripe = true;
        }
    }
}

/* Hand a frame to the device below; false if it has no place */

static bool send_below(struct hold_s *hold, struct hold_frame_s *frame)
{
  if (netdev_reserve(hold->dev.d_lower) < 0)
    {
      return false;
    }

  frame->waiting = false;
  frame->below   = true;
  netdev_commit(hold->dev.d_lower, frame->iob, &frame->off);
  return true;
}

/* Do what is due, oldest frame first.  Letting go of a frame and sending one
 * can lead back here: that call leaves its work to this one.
 */

static void settle(struct hold_s *hold)
{
  hold->again = true;
  if (hold->busy)
    {
      return;
    }

  hold->busy = true;
  while (hold->again)
    {
      hold->again = false;
      ripen(hold);
      while (hold->n > 0 && nth(hold, 0)->ripe)
        {
          struct hold_frame_s *frame = nth(hold, 0);

          if ((frame->waiting && !send_below(hold, frame)) || frame->below)
            {
              break;
            }

          let_go(hold);
        }
    }

  hold->busy = false;
  if (hold->n > 0 && hold->cfg.time_ns > 0 && !nth(hold, 0)->ripe)
    {
      wd_start_absns(&hold->timer, nth(hold, 0)->since_ns +
                     hold->cfg.time_ns, expire, (wdparm_t)hold);
    }
}

static void expire(wdparm_t arg)
{
  settle((struct hold_s *)arg);
}

/* Device operations ********************************************************/

static int hold_reserve(struct net_driver_s *dev)
{
  struct hold_s *hold = dev->d_private;

  return hold->cfg.send == SEND_FIRST ? netdev_reserve(dev->d_lower) : 0;
}

static void hold_cancel(struct net_driver_s *dev)
{
  struct hold_s *hold = dev->d_private;

  if (hold->cfg.send == SEND_FIRST)
    {
      netdev_cancel(dev->d_lower);
    }
}

static bool hold_can_send(struct net_driver_s *dev)
{
  struct hold_s *hold = dev->d_private;

  return hold->cfg.send == SEND_LAST || netdev_can_send(dev->d_lower);
}

static void hold_commit(struct net_driver_s *dev, struct iob_s *iob,
                        const struct netdev_offload_s *off)
{
  struct hold_s *hold = dev->d_private;
  struct hold_frame_s *frame = nth(hold, hold->n);

  DEBUGASSERT(hold->n < hold->cfg.depth);
  memset(frame, 0, sizeof(*frame));
  frame->iob      = iob;
  frame->since_ns = clock_systime_ns();
  frame->sum      = sum_of(iob);
  frame->waiting  = hold->cfg.send == SEND_LAST;
  frame->below    = !frame->waiting;
  if (off != NULL)
    {
      frame->off = *off;
    }

  hold->n++;
  hold->counts.held++;
  if (hold->n > hold->counts.most)
    {
      hold->counts.most = hold->n;
    }

  if (frame->below)
    {
      netdev_commit(dev->d_lower, iob, &frame->off);
    }

  settle(hold);
}

/* What is in the ring leaves it, as when a DMA engine is reset */

static void hold_ifdown(struct net_driver_s *dev)
{
  struct hold_s *hold = dev->d_private;

  netdev_ifdown(dev->d_lower);
  wd_cancel(&hold->timer);
  while (hold->n > 0)
    {
      DEBUGASSERT(!nth(hold, 0)->below);
      let_go(hold);
    }
}

/* Mark the oldest frames that are not marked yet */

static void release(struct hold_s *hold, uint64_t n)
{
  unsigned int i;

  for (i = 0; i < hold->n && n > 0; i++)
    {
      if (!nth(hold, i)->ripe)
        {
          nth(hold, i)->ripe = true;
          n--;
        }
    }

  settle(hold);
}

/* The ring is in order: behind a frame that is at work nothing is done */

static void hold_reclaim(struct net_driver_s *dev)
{
  struct hold_s *hold = dev->d_private;
  unsigned int n;

  for (n = 0; hold->cfg.reclaim && n < hold->n && !nth(hold, n)->below &&
       !nth(hold, n)->waiting; n++)
    {
      nth(hold, n)->ripe = true;
    }

  settle(hold);
}

static int hold_control(struct net_driver_s *dev, const char *words)
{
  struct hold_s *hold = dev->d_private;
  int ret = netdev_parse(&g_netdev_hold, words, true, &hold->cfg);

  if (ret == 0)
    {
      uint64_t n = hold->cfg.release;

      hold->cfg.release = 0;
      release(hold, n);
    }

  return ret;
}

static int hold_show(struct net_driver_s *dev, char *buf, size_t size)
{
  struct hold_s *hold = dev->d_private;
  size_t pos = 0;

  netdev_print(buf, size, &pos,
               "  time %lluus count %llu depth %llu send %s: %u held now\n",
               (unsigned long long)hold->cfg.time_ns / 1000,
               (unsigned long long)hold->cfg.count,
               (unsigned long long)hold->cfg.depth,
               hold->cfg.send == SEND_FIRST ? "first" : "last", hold->n);
  return (int)pos;
}

static void hold_destroy(struct net_driver_s *dev)
{
  struct hold_s *hold = dev->d_private;

  kmm_free(hold->frame);
  kmm_free(hold);
}

static const struct netdev_ops_s g_hold_ops =
{
  .ifup        = wrap_ifup,
  .ifdown      = hold_ifdown,
  .reserve     = hold_reserve,
  .cancel      = hold_cancel,
  .commit      = hold_commit,
  .can_send    = hold_can_send,
  .can_receive = wrap_can_receive,
  .reclaim     = hold_reclaim,
  .recycle     = wrap_recycle,
  .set_mac     = wrap_set_mac,
  .set_mtu     = wrap_set_mtu,
  .control     = hold_control,
  .show        = hold_show,
  .destroy     = hold_destroy,
};

/* The device below is done: most often with the newest frame, or with the
 * oldest that it had.
 */

static void hold_txdone(struct net_driver_s *lower, struct iob_s *iob)
{
  struct net_driver_s *dev = lower->d_upperarg;
  struct hold_s *hold = dev->d_private;
  unsigned int i;

  for (i = hold->n; i > 0 && nth(hold, i - 1)->iob != iob; i--)
    {
    }

  DEBUGASSERT(i > 0 && nth(hold, i - 1)->below);
  nth(hold, i - 1)->below = false;
  settle(hold);
}

static void hold_tx_ready(struct net_driver_s *lower)
{
  struct net_driver_s *dev = lower->d_upperarg;

  settle(dev->d_private);
  netdev_txready(dev);
}

static const struct netdev_upper_s g_hold_upper =
{
  wrap_rx, wrap_rx_end, hold_txdone, hold_tx_ready, wrap_carrier, NULL
};

/* Making *******************************************************************/

static struct net_driver_s *hold_create(void *cfg, struct net_driver_s *lower)
{
  struct hold_s *hold = kmm_zalloc(sizeof(*hold));
  struct net_driver_s *dev;

  if (hold == NULL)
    {
      return netdev_fail("hold: no memory");
    }

  dev = &hold->dev;
  memcpy(&hold->cfg, cfg, sizeof(hold->cfg));
  if (hold->cfg.count >= hold->cfg.depth)
    {
      netdev_fail("hold: count=%llu: must be less than depth=%llu",
                  (unsigned long long)hold->cfg.count,
                  (unsigned long long)hold->cfg.depth);
      kmm_free(hold);
      return NULL;
    }

  hold->frame = kmm_calloc((size_t)hold->cfg.depth, sizeof(*hold->frame));
  if (hold->frame == NULL)
    {
      kmm_free(hold);
      return netdev_fail("hold: no memory");
    }

  netdev_setup(dev, "hold", &g_hold_ops, hold);
  dev->d_txdepth  = (unsigned int)hold->cfg.depth;
  dev->d_counters = g_hold_counters;
  dev->d_counts   = &hold->counts;
  if (wrap_stack(dev, lower, &g_hold_upper) < 0)
    {
      hold_destroy(dev);
      return NULL;
    }

  return dev;
}

#define OFFSET(field) offsetof(struct hold_cfg_s, field)

static const struct netdev_key_s g_hold_keys[] =
{
  {
    "time", KEY_TIME, KEY_LIVE, OFFSET(time_ns), 0, 0, NULL,
    "hold each frame for this long"
  },
  {
    "count", KEY_UINT, KEY_LIVE, OFFSET(count), 0, 65535, NULL,
    "hold this many frames, until newer ones come; 0: no limit"
  },
  {
    "depth", KEY_UINT, 0, OFFSET(depth), 1, 65536, NULL,
    "places in the ring; 256 if not given"
  },
  {
    "send", KEY_ENUM, 0, OFFSET(send), 0, 0, "first|last",
    "when the frame goes out: at once, or when it is let go"
  },
  {
    "reclaim", KEY_FLAG, KEY_LIVE, OFFSET(reclaim), 0, 0, NULL,
    "let go of what is sent when somebody asks for it"
  },
  {
    "release", KEY_UINT, KEY_ACTION, OFFSET(release), 1, UINT32_MAX, "all",
    "let go of this many, the oldest first"
  },
  {
    NULL, KEY_UINT, 0, 0, 0, 0, NULL, NULL
  }
};

static const struct hold_cfg_s g_hold_defaults =
{
  .depth = 256,
};

const struct netdev_kind_s g_netdev_hold =
{
  "hold", "keeps transmitted frames as a DMA ring does",
  g_hold_keys, &g_hold_defaults, sizeof(struct hold_cfg_s), hold_create
};
