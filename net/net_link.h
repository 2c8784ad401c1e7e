/* net/net_link.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Between net_core.c, net_timer.c, netif.c, eth.c and arp.c.
 */

#ifndef __NET_NET_LINK_H
#define __NET_NET_LINK_H

#include <nuttx/config.h>

#include "net.h"

#define ETH_HDRLEN 14

/* net_timer.c: net_timers() is run, then what it gives rise to, then next */

void net_timer_reset(void);
void net_timer_run(nettime_t now);
nettime_t net_timer_next(void);

/* Inside a call of a device that may call back, the core is not entered
 * again: what comes is done later.
 */

extern unsigned int g_net_busy;

extern const struct netdev_upper_s g_net_upper;

void net_later(void);                /* net_core.c: as soon as possible */
void net_later_drop(struct net_driver_s *dev);

/* netif.c */

void netif_egress(struct netif_s *nif);
void netif_carrier(struct netif_s *nif);
void netif_changed(struct netif_s *nif);
void netif_finalize(void);

/* Neighbours.  One that is reachable has its header ready; the fast path is
 * one comparison.
 */

enum neigh_state_e
{
  NEIGH_INCOMPLETE = 0,              /* Asked for, by broadcast */
  NEIGH_FAILED,                      /* Has not answered; ask later */
  NEIGH_STALE,                       /* Known, but not lately */
  NEIGH_DELAY,                       /* Used while stale: give it time */
  NEIGH_PROBE,                       /* Asked again, by unicast */
  NEIGH_REACHABLE,
  NEIGH_PERMANENT                    /* Set by hand */
};

struct neigh_wait_s;

struct neigh_s
{
  nettime_t fresh_until;             /* Send without a second thought */
  uint8_t header[ETH_HDRLEN];        /* To it, for IPv4 */
  uint8_t state;                     /* enum neigh_state_e */
  uint8_t tries;
  bool cached;                       /* A path may point here */
  struct netif_s *nif;
  struct netaddr_s addr;
  struct neigh_s *hash_next;
  struct neigh_s *older;             /* In order of use */
  struct neigh_s *newer;
  nettime_t changed;                 /* When its link address was learnt */
  nettime_t used;                    /* When it was last needed */
  struct net_timer_s timer;
  struct neigh_wait_s *wait_head;    /* Packets that wait for an answer */
  struct neigh_wait_s **wait_tail;
  unsigned int nwait;
  struct net_egress_s egress;        /* ... and now for the device */
};

/* Find or make the neighbour.  NULL: too many, or no memory (counted) */

struct neigh_s *neigh_get(struct netif_s *nif, const struct netaddr_s *addr);

/* The neighbour is not known to be there: keep the packet and ask, or refuse
 * it (an error, consumed); 1: send it, whose header is ready.
 */

int  neigh_resolve(struct neigh_s *neigh, struct iob_s *pkt,
                   const struct netdev_offload_s *off);

/* Put the header in front, commit: the end of eth_output() */

int  eth_send(struct netif_s *nif, struct iob_s *pkt, const uint8_t *header,
              uint8_t txflags, const struct netdev_offload_s *off);

/* An address of ours came into use, or the interface came up: probe for it
 * if that is wanted, and announce it.
 */

void arp_announce(struct netif_addr_s *ifa, bool probe);

/* For ioctl, /proc and tests.  set: -ENOMEM; -EINVAL; -ENETUNREACH: nobody
 * of that address is directly connected to it.  del: -ENOENT.
 */

int  arp_set(struct netif_s *nif, const struct netaddr_s *addr,
             const uint8_t *mac, bool permanent);
int  arp_del(struct netif_s *nif, const struct netaddr_s *addr);
const struct neigh_s *arp_find(const struct netif_s *nif,
                               const struct netaddr_s *addr);
int  arp_foreach(int (*fn)(const struct neigh_s *neigh, void *arg),
                 void *arg);

/* How many neighbours are remembered at most */

#define ARP_MAX 4096

/* memory.c: those who wait for memory try again, if something was freed */

void net_memory_run(void);
void net_memory_finalize(void);

#endif /* __NET_NET_LINK_H */
