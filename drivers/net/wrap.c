/* drivers/net/wrap.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What is the same in every wrapper: it is a device above and the upper
 * layer of the device below, and what it has no business with passes
 * through.  A wrapper takes from this file what it does not do itself.
 */

#include <nuttx/config.h>

#include <string.h>

#include <nuttx/net/netdev.h>

#include "drivers.h"

/* From above ***************************************************************/

int wrap_ifup(struct net_driver_s *dev)
{
  return netdev_ifup(dev->d_lower);
}

void wrap_ifdown(struct net_driver_s *dev)
{
  netdev_ifdown(dev->d_lower);
}

int wrap_reserve(struct net_driver_s *dev)
{
  return netdev_reserve(dev->d_lower);
}

void wrap_cancel(struct net_driver_s *dev)
{
  netdev_cancel(dev->d_lower);
}

bool wrap_can_send(struct net_driver_s *dev)
{
  return netdev_can_send(dev->d_lower);
}

bool wrap_can_receive(struct net_driver_s *dev)
{
  return netdev_can_receive(dev->d_lower);
}

void wrap_recycle(struct net_driver_s *dev, struct iob_s *iob)
{
  netdev_recycle(dev->d_lower, iob);
}

int wrap_set_mac(struct net_driver_s *dev)
{
  return netdev_set_mac(dev->d_lower, dev->d_mac);
}

int wrap_set_mtu(struct net_driver_s *dev)
{
  int ret = netdev_set_mtu(dev->d_lower, dev->d_mtu);

  dev->d_rxdepth = dev->d_lower->d_rxdepth;
  return ret;
}

/* From below ***************************************************************/

void wrap_rx(struct net_driver_s *lower, struct iob_s *iob,
             const struct netdev_offload_s *off)
{
  netdev_rx(lower->d_upperarg, iob, off);
}

void wrap_rx_end(struct net_driver_s *lower)
{
  netdev_rxend(lower->d_upperarg);
}

void wrap_txdone(struct net_driver_s *lower, struct iob_s *iob)
{
  netdev_txdone(lower->d_upperarg, iob);
}

void wrap_tx_ready(struct net_driver_s *lower)
{
  netdev_txready(lower->d_upperarg);
}

void wrap_carrier(struct net_driver_s *lower)
{
  netdev_carrier(lower->d_upperarg, lower->d_flags & NETDEV_CARRIER);
}

/* Making *******************************************************************/

void netdev_inherit(struct net_driver_s *dev)
{
  const struct net_driver_s *lower = dev->d_lower;

  dev->d_medium   = lower->d_medium;
  dev->d_features = lower->d_features;
  dev->d_mtu      = lower->d_mtu;
  dev->d_minmtu   = lower->d_minmtu;
  dev->d_maxmtu   = lower->d_maxmtu;
  dev->d_burst    = lower->d_burst;
  dev->d_rxdepth  = lower->d_rxdepth;
  dev->d_headroom = lower->d_headroom;
  dev->d_align    = lower->d_align;
  dev->d_flags    = (dev->d_flags & ~NETDEV_CARRIER) |
                    (lower->d_flags & NETDEV_CARRIER);
  memcpy(dev->d_mac, lower->d_mac, sizeof(dev->d_mac));
}

int wrap_stack(struct net_driver_s *dev, struct net_driver_s *lower,
               const struct netdev_upper_s *upcalls)
{
  int ret = netdev_stack(dev, lower, upcalls);

  if (ret < 0)
    {
      netdev_fail("%s: %s is in use: wrap a device before something is "
                  "attached to it", dev->d_kind, lower->d_ifname);
    }

  return ret;
}
