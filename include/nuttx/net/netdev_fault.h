/* include/nuttx/net/netdev_fault.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the fault wrapper offers to code, beyond what its spec can say.
 */

#ifndef __INCLUDE_NUTTX_NET_NETDEV_FAULT_H
#define __INCLUDE_NUTTX_NET_NETDEV_FAULT_H

#include <stdbool.h>

#include <nuttx/net/netdev.h>

/* True: this frame shall be lost.  It must not be changed, and nothing may
 * be sent from here.
 */

typedef bool (*netdev_fault_t)(const struct iob_s *iob, bool sent, void *arg);

/* Have the outermost fault wrapper of a device ask for each frame; NULL ends
 * it.  0, or -ENODEV if the device has no such wrapper.
 */

int netdev_fault_predicate(struct net_driver_s *dev, netdev_fault_t fn,
                           void *arg);

#endif /* __INCLUDE_NUTTX_NET_NETDEV_FAULT_H */
