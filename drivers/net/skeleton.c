/* drivers/net/skeleton.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The smallest correct driver.  Copy it to begin your own.
 *
 * A driver has to get five things right:
 *
 *  1. ifup posts receive buffers: one iob of IOB_CLASS_RING for each
 *     descriptor, long enough for the longest frame.
 *
 *  2. commit gives a frame to the hardware and keeps the iob until the
 *     hardware has read it.  It does not write to it, because TCP may keep a
 *     view of the same bytes to send them again, and it does not free it.
 *     It never has to refuse: netdev_reserve() has counted, with d_txdepth,
 *     that there is a descriptor.
 *
 *  3. The interrupt tells of frames that are sent: netdev_txdone(), and
 *     whoever waits for a place hears of it.
 *
 *  4. The interrupt takes received frames out of the ring with iob_rxtake(),
 *     which always leaves a buffer to post: the same one when the frame was
 *     short and has been copied, another one when it was long and goes up as
 *     it is.  When there is no memory it is the frame that is lost, and
 *     counted, never the buffer.
 *
 *  5. ifdown stops the hardware first, then gives back every frame and frees
 *     every buffer.
 *
 * A device that can gather a frame from pieces sets NETDEV_SG, and describes
 * the chain with iob_to_iov() in commit.  This one can not: netdev_commit()
 * hands it contiguous frames.
 *
 * On a machine with caches: clean the data before a descriptor is given to
 * the hardware for sending, and invalidate it before a received frame is
 * read.  Extents begin and end on a granule, so no neighbour suffers.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <string.h>

#include <nuttx/kmalloc.h>
#include <nuttx/net/skeleton.h>

#include "drivers.h"

#define SKEL_BUFSIZE (1500 + NETDEV_ETHHDRLEN)

struct skel_s
{
  struct net_driver_s dev;
  struct skel_hw_s *hw;
  struct iob_s *tx[SKEL_RING];       /* Frames that the hardware reads */
  struct iob_s *rx[SKEL_RING];       /* Buffers that it may write */
  unsigned int txhead;               /* Where the next frame goes */
  unsigned int txtail;               /* The oldest it has not sent */
  unsigned int rxhead;               /* Where the next one comes */
};

/* Give a receive buffer to the hardware */

static void post(struct skel_s *skel, unsigned int i)
{
  struct skel_desc_s *desc = &skel->hw->rx[i];

  desc->addr  = IOB_DATA(skel->rx[i]);
  desc->len   = SKEL_BUFSIZE;
  desc->flags = SKEL_OWN;
}

static void skel_commit(struct net_driver_s *dev, struct iob_s *iob,
                        const struct netdev_offload_s *off)
{
  struct skel_s *skel = dev->d_private;
  struct skel_desc_s *desc = &skel->hw->tx[skel->txhead];

  (void)off;
  skel->tx[skel->txhead] = iob;
  desc->addr  = IOB_DATA(iob);
  desc->len   = iob->io_pktlen;
  desc->flags = SKEL_OWN;
  skel->txhead = (skel->txhead + 1) % SKEL_RING;
}

/* Let go of the oldest frame.  The place in our ring is free before the upper
 * layer hears of it, because it may send the next frame at once.
 */

static void done(struct skel_s *skel)
{
  struct iob_s *iob = skel->tx[skel->txtail];

  skel->tx[skel->txtail] = NULL;
  skel->txtail = (skel->txtail + 1) % SKEL_RING;
  netdev_txdone(&skel->dev, iob);
}

static void receive(struct skel_s *skel)
{
  unsigned int i = skel->rxhead;
  struct iob_s *frame = iob_rxtake(&skel->rx[i], skel->hw->rx[i].len);

  skel->rxhead = (i + 1) % SKEL_RING;
  post(skel, i);
  if (frame != NULL)
    {
      netdev_rx(&skel->dev, frame, NULL);
    }
  else
    {
      skel->dev.d_stats.rx_drop_memory++;
    }
}

/* Runs down when the upper layer stops the device from one of its calls:
 * hence the look at rx[] and tx[], which ifdown empties.
 */

void skeleton_interrupt(struct net_driver_s *dev)
{
  struct skel_s *skel = dev->d_private;
  unsigned int n = 0;

  while (skel->tx[skel->txtail] != NULL &&
         (skel->hw->tx[skel->txtail].flags & SKEL_OWN) == 0)
    {
      done(skel);
    }

  while (skel->rx[skel->rxhead] != NULL &&
         (skel->hw->rx[skel->rxhead].flags & SKEL_OWN) == 0)
    {
      receive(skel);
      n++;
    }

  if (n > 0)
    {
      netdev_rxend(dev);
    }
}

static void skel_ifdown(struct net_driver_s *dev)
{
  struct skel_s *skel = dev->d_private;
  unsigned int i;

  memset(skel->hw, 0, sizeof(*skel->hw));
  while (skel->tx[skel->txtail] != NULL)
    {
      done(skel);
    }

  for (i = 0; i < SKEL_RING; i++)
    {
      iob_free_chain(skel->rx[i]);
      skel->rx[i] = NULL;
    }

  skel->txhead = 0;
  skel->txtail = 0;
  skel->rxhead = 0;
}

static int skel_ifup(struct net_driver_s *dev)
{
  struct skel_s *skel = dev->d_private;
  unsigned int i;

  for (i = 0; i < SKEL_RING; i++)
    {
      skel->rx[i] = iob_tryalloc_contig(SKEL_BUFSIZE, 0, IOB_CLASS_RING);
      if (skel->rx[i] == NULL)
        {
          skel_ifdown(dev);
          return -ENOMEM;
        }

      post(skel, i);
    }

  return 0;
}

static void skel_destroy(struct net_driver_s *dev)
{
  kmm_free(dev->d_private);
}

static const struct netdev_ops_s g_skel_ops =
{
  .ifup    = skel_ifup,
  .ifdown  = skel_ifdown,
  .commit  = skel_commit,
  .destroy = skel_destroy,
};

struct net_driver_s *skeleton_create(struct skel_hw_s *hw, const char *name)
{
  struct skel_s *skel = kmm_zalloc(sizeof(*skel));

  if (skel == NULL)
    {
      return netdev_fail("skeleton: no memory");
    }

  netdev_setup(&skel->dev, "skeleton", &g_skel_ops, skel);
  skel->hw            = hw;
  skel->dev.d_txdepth = SKEL_RING;
  skel->dev.d_rxdepth = SKEL_RING;
  skel->dev.d_mac[0]  = 2;
  if (netdev_enlist(&skel->dev, name) < 0)
    {
      kmm_free(skel);
      return NULL;
    }

  return &skel->dev;
}
