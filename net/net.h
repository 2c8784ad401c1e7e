/* net/net.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The network core: what every protocol shares.
 *
 * The core is passive.  It never waits, reads no clock and makes no host
 * call.  It is entered in five ways, and runs to completion each time:
 *
 *   net_ingress     a frame arrived; net_ingress_end: no more for now
 *   net_egress      a device that had refused can take frames again
 *   net_txdone      a device let go of a frame
 *   net_timers      a deadline passed
 *   si_* of a socket  a call of a task, that answers -EAGAIN rather than wait
 *
 * Nothing enters it while it runs: on this kernel because tasks switch only
 * where they wait and device and timer callbacks run between tasks; on
 * another one a single lock around these five would do.
 *
 * What it asks of the outside is in struct net_port_s (time, randomness, one
 * deadline), the devices (nuttx/net/netdev.h) and sock_event() (waiters).
 *
 * Who owns a packet.  A packet is an iob chain, and an argument:
 * <proto>_input(nif, pkt, ...) and <proto>_output(pkt, ...) consume it on
 * every path, whatever happens.  Every packet that is not delivered is
 * counted in net_stats.h under a name, before the jump to drop.
 *
 * How a frame is sent.  Three steps, always in this order:
 *
 *   net_route()     where does it go?  -> struct net_path_s, may be kept
 *                   while net_path_valid()
 *   netif_reserve() is there a place in the device?  If not, the caller's
 *                   egress node is queued and run, in turn, when there is
 *   ip_output()     headers, neighbour, netdev_commit()
 *
 * so that nothing is allocated or built for a device that cannot take it.
 * What nobody waits for (ARP, ICMP errors, RST) goes without a reservation:
 * NET_TX_NOWAIT; if the device is full it is kept in a short queue of the
 * interface, or dropped and counted.
 */

#ifndef __NET_NET_H
#define __NET_NET_H

#include <nuttx/config.h>

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nuttx/compiler.h>
#include <nuttx/nuttx.h>
#include <nuttx/pheap.h>
#include <nuttx/mm/iob.h>
#include <nuttx/net/netdev.h>

#include "net_stats.h"

/* The memory of the pool, of which the limits of buffers are shares */

#if CONFIG_IOB_ARENASIZE > 0
#  define NET_ARENA ((uint32_t)CONFIG_IOB_ARENASIZE)
#else
#  define NET_ARENA ((uint32_t)CONFIG_IOB_NBUFFERS * CONFIG_IOB_BUFSIZE)
#endif

/* Time *********************************************************************/

/* Nanoseconds since boot.  NETTIME_NEVER: no deadline. */

typedef uint64_t nettime_t;

#define NETTIME_NEVER UINT64_MAX
#define NET_MSEC      ((nettime_t)1000000)
#define NET_SEC       ((nettime_t)1000000000)

/* What the surroundings supply */

struct net_port_s
{
  /* The time.  Cheap: may be that of the last event */

  nettime_t (*now)(void);

  /* 64 random bits; all randomness of the core comes from here */

  uint64_t (*random)(void);

  /* The earliest deadline is now "due", earlier than what net_timers() said
   * last: arrange for net_timers() to be called then.
   */

  void (*rearm)(nettime_t due);

  /* The time of day in nanoseconds since 1970, for SO_TIMESTAMP; NULL: that
   * of now() does
   */

  uint64_t (*realtime)(void);
};

/* A timer of the core: memory of the caller, zeroed once; starting cannot
 * fail, and starting again moves it.  fn runs inside net_timers(), the timer
 * then being inactive.  Cost O(1) to start, O(log n) to stop and expire.
 */

struct net_timer_s
{
  struct pheap_node_s node;          /* First; its key is the deadline */
  void (*fn)(struct net_timer_s *timer);   /* NULL: not active */
};

void net_timer_start(struct net_timer_s *timer, nettime_t due,
                     void (*fn)(struct net_timer_s *timer));
void net_timer_stop(struct net_timer_s *timer);

static inline bool net_timer_active(const struct net_timer_s *timer)
{
  return timer->fn != NULL;
}

static inline nettime_t net_timer_due(const struct net_timer_s *timer)
{
  return timer->fn != NULL ? timer->node.key : NETTIME_NEVER;
}

unsigned int net_timer_count(void);  /* Active ones; for tests and /proc */

/* Addresses ****************************************************************/

/* An address of either family, in network byte order: IPv6, or IPv4 in the
 * mapped form ::ffff:a.b.c.d.  So one type serves every table and hash.
 * All zero: none (":: "); ::ffff:0.0.0.0 is IPv4's any.
 */

struct netaddr_s
{
  uint32_t w[4];
};

extern const struct netaddr_s g_netaddr_any4;      /* 0.0.0.0 */
extern const struct netaddr_s g_netaddr_none;      /* :: */

static inline bool netaddr_equal(const struct netaddr_s *a,
                                 const struct netaddr_s *b)
{
  return a->w[3] == b->w[3] && a->w[2] == b->w[2] && a->w[1] == b->w[1] &&
         a->w[0] == b->w[0];
}

/* The third word of an IPv4 address, as IPv6 maps it */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#  define NETADDR_MAPPED 0xffff0000u
#else
#  define NETADDR_MAPPED 0x0000ffffu
#endif

static inline bool netaddr_is4(const struct netaddr_s *a)
{
  return a->w[2] == NETADDR_MAPPED && a->w[1] == 0 && a->w[0] == 0;
}

bool netaddr_isany(const struct netaddr_s *a);       /* 0.0.0.0 or :: */
bool netaddr_ismulticast(const struct netaddr_s *a);
bool netaddr_isloopback(const struct netaddr_s *a);

/* addr4: network byte order, as in struct in_addr */

static inline struct netaddr_s netaddr_from4(uint32_t addr4)
{
  struct netaddr_s a;

  a.w[0] = 0;
  a.w[1] = 0;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  a.w[2] = 0xffff0000u;
#else
  a.w[2] = 0x0000ffffu;
#endif
  a.w[3] = addr4;
  return a;
}

static inline uint32_t netaddr_to4(const struct netaddr_s *a)
{
  return a->w[3];
}

/* Text as inet_ntop() writes it (IPv4 without ::ffff:); returns buf, which
 * holds NETADDR_STRLEN bytes.
 */

#define NETADDR_STRLEN 46

const char *netaddr_text(const struct netaddr_s *a, char *buf);

/* Interfaces ***************************************************************/

struct netif_s;

/* Somebody who wants to send and found no place.  Embedded in its owner.
 * run() is called from net_egress() when there is a place again: it must
 * reserve for itself, and may thereby be queued again, at the end.
 */

struct net_egress_s
{
  struct net_egress_s *next;
  struct net_egress_s *prev;
  struct netif_s *nif;               /* NULL: not queued */
  void (*run)(struct net_egress_s *egress);
};

/* Somebody who wants to send and found no memory: memory.c.  Embedded in its
 * owner, zero but for run() and turns.  run() is called when something was
 * freed: it tries, and may thereby wait again, at the end of the line.
 */

struct net_memory_s
{
  struct net_memory_s *next;
  struct net_memory_s *prev;
  void (*run)(struct net_memory_s *memory);
  uint32_t need;
  uint32_t since;                    /* Of those with turns: when it began */
  uint8_t cls;                       /* enum iob_class_e */
  bool turns;                        /* Takes turns with others (datagrams) */
  bool waits;                        /* "since" holds */
  bool queued;
};

/* Wait for so many bytes of a class.  NET_MEMORY_UNKNOWN: says nothing about
 * what others would find.
 */

#define NET_MEMORY_UNKNOWN UINT32_MAX

void net_memory_wait(struct net_memory_s *memory, enum iob_class_e cls,
                     uint32_t need);

/* Out of the line, if it is in it: before its memory goes */

void net_memory_del(struct net_memory_s *memory);

/* Of those with turns.  May this one allocate, or is it the turn of another,
 * for which it has to wait in the line?  It got what it wanted.  It wants
 * nothing any more, or its memory goes: also out of the line.
 */

bool net_memory_turn(const struct net_memory_s *memory);
void net_memory_got(struct net_memory_s *memory);
void net_memory_leave(struct net_memory_s *memory);

/* Give back what was allocated in vain: that nobody has to be told */

void net_memory_undo(struct iob_s *iob);

#define NETIF_ADDR_TENTATIVE (1 << 0)  /* Being probed (RFC 5227, DAD) */
#define NETIF_ADDR_CONFLICT  (1 << 1)  /* Somebody else has it */

struct netif_addr_s
{
  struct netif_addr_s *next;
  struct netif_addr_s *hash_next;    /* netif.c */
  struct netif_s *nif;
  struct netaddr_s addr;
  struct netaddr_s broadcast;        /* IPv4 only */
  uint8_t prefixlen;                 /* 0..32 for IPv4 */
  uint8_t flags;                     /* NETIF_ADDR_* */
  struct net_timer_s timer;          /* Probes and announcements */
  nettime_t defended;                /* When it was last announced against
                                      * somebody who uses it */
  uint8_t count;
};

struct igmp_group_s;

/* One for each device that the stack is attached to; d_upperarg of it */

struct netif_s
{
  struct netif_s *next;              /* g_net.netifs, by index */
  struct net_driver_s *dev;
  struct netif_addr_s *addrs;
  bool loopback;
  bool up;                           /* As ifconfig up: running when the
                                      * device also has a carrier */
  unsigned int headroom;             /* In front of the IP header: link
                                      * header and what the device wants */

  struct net_egress_s *egress_head;  /* Those who wait for a place */
  struct net_egress_s *egress_tail;
  void *ctrl;                        /* netif.c: frames that nobody waits
                                      * for, ready but for a place */
  unsigned int egress_turn;          /* Places that the one whose turn it is
                                      * may still take before the others */
  bool refused;                      /* The device has no place */
  bool kicked;                       /* ... it has again; net_core.c */
  bool probe;                        /* New addresses are probed for first
                                      * (RFC 5227); off unless set */
  uint8_t mac[NETDEV_MACLEN];        /* That neighbours know */

  struct igmp_group_s *groups;       /* igmp.c */
  struct netif_stats_s stats;
};

/* Attach to a device and to those that are registered already.  The address
 * list starts empty; a loopback device gets 127.0.0.1/8 and comes up.
 */

int  netif_attach(struct net_driver_s *dev, struct netif_s **nif);
void netif_detach(struct netif_s *nif);
struct netif_s *netif_find(unsigned int ifindex);
struct netif_s *netif_findbyname(const char *name);

/* up and down; down flushes its ARP entries, routes stay but are unusable;
 * frames held by the device come back by txdone.
 */

int  netif_up(struct netif_s *nif);
void netif_down(struct netif_s *nif);
bool netif_running(const struct netif_s *nif);

/* 0; -EEXIST; -EINVAL; -ENOMEM.  Adds the connected route. */

int  netif_addr_add(struct netif_s *nif, const struct netaddr_s *addr,
                    uint8_t prefixlen, const struct netaddr_s *broadcast);
int  netif_addr_del(struct netif_s *nif, const struct netaddr_s *addr);

/* The entry if addr is one of ours (of nif, or of any if nif is NULL) and
 * not tentative; else NULL.  Constant time on average.
 */

struct netif_addr_s *netif_addr_local(const struct netif_s *nif,
                                      const struct netaddr_s *addr);

/* The first usable IPv4 address of an interface, or NULL */

struct netif_addr_s *netif_addr_first(const struct netif_s *nif);

/* The first usable address of an interface whose network has addr, or NULL */

struct netif_addr_s *netif_addr_for(const struct netif_s *nif,
                                    const struct netaddr_s *addr);

/* One place in the device: 0; -EAGAIN, and egress (may be NULL) is queued;
 * -ENETDOWN.  Give back with netif_cancel().
 */

int  netif_reserve(struct netif_s *nif, struct net_egress_s *egress);
void netif_cancel(struct netif_s *nif);

/* Ask the device for the frames that it is done with; who waits for a place
 * in it goes on later
 */

void netif_reclaim(struct netif_s *nif);

/* The same of all devices */

void net_reclaim(void);

/* Take a node out of its queue, if it is in one: before its memory goes */

void net_egress_del(struct net_egress_s *egress);

/* Routes and paths *********************************************************/

#define NET_PATH_LOCAL     (1 << 0)  /* To ourselves, through loopback */
#define NET_PATH_BROADCAST (1 << 1)
#define NET_PATH_MULTICAST (1 << 2)
#define NET_PATH_GATEWAY   (1 << 3)

struct neigh_s;                      /* arp.c */
struct ip_family_s;

/* Where packets to one destination go.  A cache: no reference to anything is
 * counted, and all of it is void when the generation has changed (a route,
 * an address, an interface, a neighbour or a path MTU went or came).
 */

struct net_path_s
{
  const struct ip_family_s *ip;      /* NULL: empty */
  struct netif_s *nif;
  struct neigh_s *neigh;             /* May be NULL: to be looked up */
  struct netaddr_s nexthop;
  struct netaddr_s src;              /* The source address to use */
  unsigned int mtu;                  /* Path MTU: IP header and behind */
  uint32_t generation;
  uint8_t flags;                     /* NET_PATH_* */
};

/* Find the path.  src may be NULL or any: chosen then (RFC 1122 3.3.4.3);
 * given, it must be ours (-EADDRNOTAVAIL).  ifindex other than 0 binds to
 * that interface.  0; -ENETUNREACH; -EHOSTUNREACH (a reject route);
 * -ENETDOWN; -EADDRNOTAVAIL.
 */

int net_route(const struct netaddr_s *dst, const struct netaddr_s *src,
              unsigned int ifindex, struct net_path_s *path);

/* Everything that a path was computed from is gone: bump the generation */

void net_path_flush(void);

struct route_s
{
  struct route_s *next;
  struct netaddr_s dst;
  struct netaddr_s gateway;          /* any: directly connected */
  struct netif_s *nif;
  uint8_t prefixlen;                 /* Of the family: 0..32 for IPv4 */
  uint16_t flags;                    /* RTF_UP, RTF_GATEWAY ... as Linux */
  bool connected;                    /* Came with an address */
  int metric;
};

int  route_add(const struct netaddr_s *dst, uint8_t prefixlen,
               const struct netaddr_s *gateway, struct netif_s *nif,
               int metric, uint16_t flags);
int  route_del(const struct netaddr_s *dst, uint8_t prefixlen,
               const struct netaddr_s *gateway, struct netif_s *nif);
const struct route_s *route_lookup(const struct netaddr_s *dst,
                                   unsigned int ifindex);
int  route_foreach(int (*fn)(const struct route_s *route, void *arg),
                   void *arg);

/* Path MTU (RFC 1191): what ICMP said about a destination, for ten minutes.
 * route_mtu_update() only ever lowers, not below 552 (or the interface's MTU
 * if that is less); "told" 0 is an old router: the next plateau below "len".
 */

unsigned int route_mtu(const struct netaddr_s *dst,
                       const struct netif_s *nif);
unsigned int route_mtu_update(const struct netaddr_s *dst,
                              unsigned int told, unsigned int len);

/* Sending IP ***************************************************************/

#define NET_TX_RESERVED  (1 << 0)    /* A place was reserved: use it */
#define NET_TX_NOWAIT    (1 << 1)    /* None was; see the top */
#define NET_TX_DF        (1 << 2)    /* Do not fragment */
#define NET_TX_FORWARDED (1 << 3)    /* Not ours: keep TTL, ident, options */
#define NET_TX_MCLOOP    (1 << 4)    /* A copy to our own group members */
#define NET_TX_TTL0      (1 << 5)    /* ttl 0 is meant (multicast): nothing
                                      * leaves, only the copy of MCLOOP */

struct net_tx_s
{
  const struct netaddr_s *src;
  const struct netaddr_s *dst;
  uint8_t proto;                     /* IPPROTO_* */
  uint8_t ttl;                       /* 0: the default, 64 */
  uint8_t tos;
  uint8_t flags;                     /* NET_TX_* */
  const struct netdev_offload_s *off; /* Offsets count from the first byte of
                                       * the IP payload; or NULL */
};

/* What one IP family does: the table through which TCP and UDP send */

struct ip_family_s
{
  int domain;                        /* AF_INET */
  unsigned int hdrlen;               /* 20; without options */

  /* Consumes pkt, whose first byte is that of the transport header, with
   * nif->headroom + hdrlen bytes of its own head-room if at all possible
   * (else a header buffer is put in front).  0 if it was sent or queued;
   * -EMSGSIZE (DF and too long; nothing sent), -ENOBUFS, -ENETDOWN,
   * -EHOSTUNREACH (the neighbour does not answer): dropped and counted.
   */

  int (*output)(struct iob_s *pkt, struct net_path_s *path,
                const struct net_tx_s *tx);

  /* The sum of the pseudo-header, not folded */

  uint32_t (*pseudo)(const struct netaddr_s *src,
                     const struct netaddr_s *dst, uint8_t proto,
                     unsigned int len);
};

extern const struct ip_family_s g_ipv4_family;

static inline int ip_output(struct iob_s *pkt, struct net_path_s *path,
                            const struct net_tx_s *tx)
{
  return path->ip->output(pkt, path, tx);
}

/* Receiving ****************************************************************/

/* What is known of a packet on its way up: filled in layer by layer */

#define NET_RX_CSUM_OK   (1 << 0)    /* Transport checksum needs no look */
#define NET_RX_BROADCAST (1 << 1)    /* Link or IP broadcast */
#define NET_RX_MULTICAST (1 << 2)
#define NET_RX_PARTIAL   (1 << 3)    /* ... because it is not complete: must
                                      * be completed if sent on */
#define NET_RX_LOOPED    (1 << 4)    /* Our own broadcast or multicast, on
                                      * its way back */

struct net_rx_s
{
  struct netif_s *nif;
  struct netaddr_s src;
  struct netaddr_s dst;
  uint8_t proto;
  uint8_t ttl;
  uint8_t tos;
  uint8_t flags;                     /* NET_RX_* */
  uint16_t iphdrlen;                 /* The IP header still lies in front of
                                      * IOB_DATA(): ICMP errors quote it */
  uint16_t gso_size;                 /* Segments in a received super-frame */
};

/* Checksums (RFC 1071) *****************************************************/

/* Sums are 32-bit, not folded, in the byte order of memory; a part that
 * starts at an odd offset is added with net_csum_shift().
 */

uint32_t net_csum(const void *data, size_t len, uint32_t sum);
uint32_t net_csum_iob(const struct iob_s *iob, unsigned int offset,
                      unsigned int len, uint32_t sum);

/* Copy and add up in one pass; returns the sum of the bytes copied */

uint32_t net_csum_copy(void *dst, const void *src, size_t len);

static inline uint16_t net_csum_fold(uint32_t sum)
{
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)sum;
}

/* sum + part, where part covers bytes that start at "offset" of the whole */

static inline uint32_t net_csum_add(uint32_t sum, uint32_t part,
                                    unsigned int offset)
{
  uint32_t p = net_csum_fold(part);

  if (offset & 1)
    {
      p = ((p & 0xff) << 8) | (p >> 8);
    }

  sum += p;
  return sum + (sum < p);
}

/* The core *****************************************************************/

#define NET_MIXKEYS 11                /* One, and one for each word */

struct net_s
{
  const struct net_port_s *port;
  struct netif_s *netifs;
  struct netif_s *lo;
  uint32_t generation;               /* Of paths */
  bool forwarding;                   /* net.ipv4.ip_forward */
  bool probe;                        /* Of interfaces attached from now on:
                                      * netif_s.probe */
  uint64_t secret[2];                /* Key of every keyed hash */
  uint64_t mix[NET_MIXKEYS];         /* Those of net_mix(), made from it */
  struct net_stats_s stats;
};

extern struct net_s g_net;

/* The end of a socket call: what it gave rise to on this machine - packets
 * to ourselves, and what was put off meanwhile - happens now, before the
 * caller goes on, and not when a timer runs.  Only where the core is left,
 * and the caller does not wait: it would miss what is told here.
 */

extern bool g_net_pending;

void net_leave_now(void);

static inline void net_leave(void)
{
  if (g_net_pending)
    {
      net_leave_now();
    }
}

/* From nothing; -ENOMEM.  net_finalize() gives everything back, connections
 * included (no RST is sent), and detaches from the devices.
 */

int  net_initialize(const struct net_port_s *port);
void net_finalize(void);

static inline nettime_t net_now(void)
{
  return g_net.port->now();
}

static inline uint64_t net_realtime(void)
{
  return g_net.port->realtime != NULL ? g_net.port->realtime() : net_now();
}

static inline uint64_t net_random(void)
{
  return g_net.port->random();
}

static inline bool net_path_valid(const struct net_path_s *path)
{
  return path->ip != NULL && path->generation == g_net.generation;
}

/* SipHash-2-4 of two words of state and up to len bytes, with g_net.secret */

uint64_t net_hash(const void *data, size_t len);

/* A cheap hash for tables, keyed as well: of two addresses, of which b may be
 * NULL, and two words.  What others get to see must come from net_hash().
 */

uint32_t net_mix(const struct netaddr_s *a, const struct netaddr_s *b,
                 uint32_t x, uint32_t y);
void net_mix_initialize(void);

nettime_t net_timers(nettime_t now);
void net_ingress(struct net_driver_s *dev, struct iob_s *pkt,
                 const struct netdev_offload_s *off);
void net_ingress_end(struct net_driver_s *dev);
void net_egress(struct net_driver_s *dev);
void net_txdone(struct net_driver_s *dev, struct iob_s *pkt);

/* Work that shall be done once at the end of a batch of received frames: an
 * acknowledgement for all of it.  Runs when a device says rx_end, and at the
 * end of net_timers().  Embedded in its owner; del before its memory goes.
 */

struct net_batch_s
{
  struct net_batch_s *next;
  struct net_batch_s **pprev;        /* NULL: not queued */
  void (*run)(struct net_batch_s *batch);
};

void net_batch_add(struct net_batch_s *batch);
void net_batch_del(struct net_batch_s *batch);

/* Protocols, upwards *******************************************************/

void eth_input(struct netif_s *nif, struct iob_s *pkt, struct net_rx_s *rx);
void arp_input(struct netif_s *nif, struct iob_s *pkt, struct net_rx_s *rx);
void ipv4_input(struct netif_s *nif, struct iob_s *pkt, struct net_rx_s *rx);
void icmp_input(struct iob_s *pkt, struct net_rx_s *rx);
void igmp_input(struct iob_s *pkt, struct net_rx_s *rx);
void udp_input(struct iob_s *pkt, struct net_rx_s *rx);
void tcp_input(struct iob_s *pkt, struct net_rx_s *rx);

/* A copy (by reference) to each raw socket that wants it; does not consume.
 * True if somebody took it.
 */

bool raw_deliver(const struct iob_s *pkt, const struct net_rx_s *rx);

/* Downwards: eth_output() puts the link header in front and commits; the
 * neighbour is looked up or asked for, the packet waiting meanwhile.  With
 * NET_TX_RESERVED in txflags the place is used or given back.
 */

int  eth_output(struct iob_s *pkt, struct net_path_s *path, uint8_t txflags,
                const struct netdev_offload_s *off);

/* A finished frame (link header included) in a place that was reserved
 * (NET_TX_RESERVED) or, without one, through the interface's control queue.
 * Consumes the frame; off counts from its first byte.
 */

int  netif_output(struct netif_s *nif, struct iob_s *frame, uint8_t txflags,
                  const struct netdev_offload_s *off);

/* Somebody upstream confirmed that the neighbour is there (RFC 1122 2.3.2.1:
 * a TCP acknowledgement): no probe is needed.
 */

void neigh_confirm(struct net_path_s *path);

/* Errors of ICMP to the transport.  The quoted packet: addresses and ports
 * as *we* sent it (src is ours), the first 8 bytes of the transport header.
 */

struct icmp_error_s
{
  struct netaddr_s src;              /* Of the quoted packet: ours */
  struct netaddr_s dst;
  struct netaddr_s offender;         /* Who sent the ICMP message */
  uint8_t proto;
  uint8_t type;                      /* ICMP type and code */
  uint8_t code;
  int error;                         /* Positive errno, e.g. ECONNREFUSED */
  bool hard;                         /* RFC 1122: port, protocol */
  unsigned int mtu;                  /* EMSGSIZE: the new path MTU */
  unsigned int ifindex;              /* Of the device by which we know */
  uint16_t sport;                    /* Host byte order */
  uint16_t dport;
  uint32_t seq;                      /* TCP: host byte order */

  /* What the message quotes, from the transport header on; NULL: nothing */

  const struct iob_s *quote;
  unsigned int quote_offset;         /* Into quote */
  unsigned int quote_len;
};

void tcp_icmp_error(const struct icmp_error_s *err);
void udp_icmp_error(const struct icmp_error_s *err);
void raw_icmp_error(const struct icmp_error_s *err);
void icmp_error_ports(struct icmp_error_s *err, const uint8_t *up);

/* Send an ICMP error about a received packet, unless that is forbidden
 * (RFC 1122 3.2.2) or the limit of rate is reached.  Does not consume;
 * IOB_DATA(pkt) is behind the IP header, which lies in front of it.
 */

void icmp_send_error(const struct iob_s *pkt, const struct net_rx_s *rx,
                     uint8_t type, uint8_t code, uint32_t info);

/* Multicast membership of an interface, counted (igmp.c) */

int  igmp_join(struct netif_s *nif, const struct netaddr_s *group);
int  igmp_leave(struct netif_s *nif, const struct netaddr_s *group);
bool igmp_member(const struct netif_s *nif, const struct netaddr_s *group);

/* The interface came up: its groups are reported again */

void igmp_up(struct netif_s *nif);

/* Each module's beginning and end, called by net_initialize() in this order
 * and by net_finalize() in reverse
 */

int  arp_initialize(void);
int  route_initialize(void);
int  ipv4_initialize(void);          /* With fragments */
int  icmp_initialize(void);
int  igmp_initialize(void);
int  conn_initialize(void);
int  udp_initialize(void);
int  raw_initialize(void);
int  tcp_initialize(void);
void arp_finalize(void);
void route_finalize(void);
void ipv4_finalize(void);
void icmp_finalize(void);
void igmp_finalize(void);
void conn_finalize(void);
void udp_finalize(void);
void raw_finalize(void);
void tcp_finalize(void);

/* An interface is going down, or away: forget what hangs on it */

void arp_flush(struct netif_s *nif);
void route_flush(struct netif_s *nif, bool gone);
void igmp_flush(struct netif_s *nif, bool gone);
void ipv4_frag_flush(struct netif_s *nif);

#endif /* __NET_NET_H */
