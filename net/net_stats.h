/* net/net_stats.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The counters.  Every packet that is dropped bumps one of them, under a name
 * that says why.  Names that SNMP has are those of Linux' /proc/net/snmp and
 * /proc/net/netstat, in lower case.  One list for each protocol makes the
 * structure, the text of "netstat -s", and the lookup by name for tests.
 */

#ifndef __NET_NET_STATS_H
#define __NET_NET_STATS_H

#include <stdint.h>

/* Each owner of a protocol adds to its own list; X(name, text) */

#include "stats_link.h"              /* LINK_STATS, ARP_STATS */
#include "stats_ip.h"                /* IP_STATS, ICMP_STATS, IGMP_STATS */
#include "stats_udp.h"               /* UDP_STATS, RAW_STATS, CONN_STATS */
#include "stats_tcp_in.h"            /* TCP_IN_STATS: tcp_input and friends */
#include "stats_tcp_out.h"           /* TCP_OUT_STATS: tcp_output ... */
#include "stats_tcp_user.h"          /* TCP_USER_STATS: receiving, listen */

#define NET_STATS_FIELD(name, text) uint64_t name;

struct netif_stats_s
{
  uint64_t rx_frames;
  uint64_t rx_bytes;
  uint64_t rx_dropped;
  uint64_t rx_multicast;
  uint64_t tx_frames;
  uint64_t tx_bytes;
  uint64_t tx_dropped;
};

struct net_stats_s
{
  struct { LINK_STATS(NET_STATS_FIELD) } link;
  struct { ARP_STATS(NET_STATS_FIELD) } arp;
  struct { IP_STATS(NET_STATS_FIELD) } ip;
  struct { ICMP_STATS(NET_STATS_FIELD) } icmp;
  struct { IGMP_STATS(NET_STATS_FIELD) } igmp;
  struct { CONN_STATS(NET_STATS_FIELD) } conn;
  struct { UDP_STATS(NET_STATS_FIELD) } udp;
  struct { RAW_STATS(NET_STATS_FIELD) } raw;
  struct
  {
    TCP_IN_STATS(NET_STATS_FIELD)
    TCP_OUT_STATS(NET_STATS_FIELD)
    TCP_USER_STATS(NET_STATS_FIELD)
  } tcp;
};

/* The value of "tcp.retranssegs"; 0 and *value, or -ENOENT.  For tests and
 * /proc.
 */

int net_stats_get(const char *name, uint64_t *value);

/* Call fn with each counter: protocol, name, what it counts */

void net_stats_foreach(void (*fn)(const char *proto, const char *name,
                                  const char *text, uint64_t value,
                                  void *arg), void *arg);

#endif /* __NET_NET_STATS_H */
