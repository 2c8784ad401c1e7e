/* include/nuttx/net/skeleton.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The imaginary Ethernet controller of drivers/net/skeleton.c: two rings of
 * descriptors in memory, as most have.  A descriptor with SKEL_OWN belongs
 * to the hardware, which clears it when it has sent the frame, or stored a
 * received one and its length.  Whoever plays the hardware is a test.
 */

#ifndef __INCLUDE_NUTTX_NET_SKELETON_H
#define __INCLUDE_NUTTX_NET_SKELETON_H

#include <stdint.h>

#include <nuttx/net/netdev.h>

#define SKEL_RING   8
#define SKEL_OWN    (1u << 0)

struct skel_desc_s
{
  uint8_t *addr;
  uint32_t len;                      /* TX: of the frame; RX: of the buffer,
                                      * then of the frame */
  volatile uint32_t flags;
};

struct skel_hw_s
{
  struct skel_desc_s tx[SKEL_RING];
  struct skel_desc_s rx[SKEL_RING];
};

/* Make a device for this hardware; NULL and netdev_error() */

struct net_driver_s *skeleton_create(struct skel_hw_s *hw, const char *name);

/* The hardware's interrupt */

void skeleton_interrupt(struct net_driver_s *dev);

#endif /* __INCLUDE_NUTTX_NET_SKELETON_H */
