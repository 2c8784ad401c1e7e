/* drivers/net/loopback.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What is sent comes back, by reference: the receiver gets a share of the
 * frame, and the sender is told that it is done.  This happens from a timer
 * that is due at once, so that sending does not recurse into receiving; or
 * before, when the layer above has done with sending and asks for it
 * (netdev_poll()).
 *
 * Nothing can be damaged on the way: checksums need not be computed, and a
 * super-frame needs no cutting.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <string.h>

#include <nuttx/kmalloc.h>
#include <nuttx/wdog.h>
#include <nuttx/net/netdev.h>

#include "drivers.h"

#define LO_DEPTH 256

struct loopback_cfg_s
{
  char *ifname;
  uint64_t mtu;
};

struct loopback_frame_s
{
  struct iob_s *iob;
  struct netdev_offload_s off;
};

struct loopback_s
{
  struct net_driver_s dev;
  struct loopback_cfg_s cfg;
  struct wdog_s timer;
  struct loopback_frame_s frame[LO_DEPTH];
  unsigned int head;                 /* The oldest */
  unsigned int n;
};

static struct loopback_frame_s take(struct loopback_s *lo)
{
  struct loopback_frame_s frame = lo->frame[lo->head];

  lo->head = (lo->head + 1) % LO_DEPTH;
  lo->n--;
  return frame;
}

/* Deliver what was there when this began; answers wait for the next turn */

static void deliver(wdparm_t arg)
{
  struct loopback_s *lo = (struct loopback_s *)arg;
  struct net_driver_s *dev = &lo->dev;
  unsigned int n;

  for (n = lo->n; n > 0 && lo->n > 0; n--)
    {
      struct loopback_frame_s frame = take(lo);
      struct iob_s *rx = iob_share(frame.iob, 0, frame.iob->io_pktlen);

      if (rx != NULL)
        {
          netdev_rx(dev, rx, &frame.off);
        }
      else
        {
          dev->d_stats.rx_drop_memory++;
        }

      netdev_txdone(dev, frame.iob);
    }

  /* An answer that was sent while others were still here found the timer's
   * work under way and did not start it.
   */

  if (lo->n > 0 && !WDOG_ISACTIVE(&lo->timer))
    {
      wd_start(&lo->timer, 0, deliver, (wdparm_t)lo);
    }

  netdev_rxend(dev);
}

static void lo_commit(struct net_driver_s *dev, struct iob_s *iob,
                      const struct netdev_offload_s *off)
{
  struct loopback_s *lo = dev->d_private;
  struct loopback_frame_s *frame =
    &lo->frame[(lo->head + lo->n) % LO_DEPTH];

  frame->iob = iob;
  memset(&frame->off, 0, sizeof(frame->off));
  if (off != NULL)
    {
      frame->off = *off;
    }

  if (lo->n++ == 0)
    {
      wd_start(&lo->timer, 0, deliver, (wdparm_t)lo);
    }
}

static void lo_poll(struct net_driver_s *dev)
{
  struct loopback_s *lo = dev->d_private;

  if (lo->n > 0)
    {
      wd_cancel(&lo->timer);
      deliver((wdparm_t)lo);
    }
}

static void lo_ifdown(struct net_driver_s *dev)
{
  struct loopback_s *lo = dev->d_private;

  wd_cancel(&lo->timer);
  while (lo->n > 0)
    {
      netdev_txdone(dev, take(lo).iob);
    }
}

static void lo_destroy(struct net_driver_s *dev)
{
  struct loopback_s *lo = dev->d_private;

  netdev_freecfg(&g_netdev_loopback, &lo->cfg);
  kmm_free(lo);
}

static const struct netdev_ops_s g_loopback_ops =
{
  .ifdown  = lo_ifdown,
  .commit  = lo_commit,
  .poll    = lo_poll,
  .destroy = lo_destroy,
};

static struct net_driver_s *lo_create(void *cfg, struct net_driver_s *lower)
{
  struct loopback_s *lo = kmm_zalloc(sizeof(*lo));
  struct net_driver_s *dev;

  (void)lower;
  if (lo == NULL)
    {
      return netdev_fail("loopback: no memory");
    }

  dev = &lo->dev;
  memcpy(&lo->cfg, cfg, sizeof(lo->cfg));
  netdev_setup(dev, "loopback", &g_loopback_ops, lo);
  dev->d_medium   = NETDEV_IP;
  dev->d_features = NETDEV_SG | NETDEV_TXCSUM | NETDEV_RXCSUM | NETDEV_TSO |
                    NETDEV_LRO;
  dev->d_mtu      = (unsigned int)lo->cfg.mtu;
  dev->d_maxmtu   = NETDEV_MAXMTU;
  dev->d_burst    = LO_DEPTH;
  dev->d_txdepth  = LO_DEPTH;
  dev->d_rxdepth  = LO_DEPTH;

  if (netdev_enlist(dev, lo->cfg.ifname != NULL ? lo->cfg.ifname : "lo") < 0)
    {
      kmm_free(lo);
      return NULL;
    }

  return dev;
}

#define OFFSET(field) offsetof(struct loopback_cfg_s, field)

static const struct netdev_key_s g_loopback_keys[] =
{
  {
    "if", KEY_NAME, 0, OFFSET(ifname), 0, 0, NULL,
    "its name here; lo if not given"
  },
  {
    "mtu", KEY_UINT, 0, OFFSET(mtu), NETDEV_MINMTU, NETDEV_MAXMTU, NULL,
    "the longest packet; 65535 if not given"
  },
  {
    NULL, KEY_UINT, 0, 0, 0, 0, NULL, NULL
  }
};

static const struct loopback_cfg_s g_loopback_defaults =
{
  .mtu = NETDEV_MAXMTU,
};

const struct netdev_kind_s g_netdev_loopback =
{
  "loopback", "sends to itself; IP packets without a link header",
  g_loopback_keys, &g_loopback_defaults, sizeof(struct loopback_cfg_s),
  lo_create
};
