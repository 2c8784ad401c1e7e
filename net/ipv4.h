/* net/ipv4.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the files of IPv4 share among themselves.
 *
 *   ipv4_input     checks, then up: ipv4_reass, ipv4_deliver, ipv4_forward
 *   ipv4_output    a header in front, then down: ipv4_transmit
 *   ipv4_transmit  a packet with its header: as it is, or in fragments
 *   ipv4_queue     packets that nobody else keeps, until a device has place
 */

#ifndef __NET_IPV4_H
#define __NET_IPV4_H

#include <nuttx/config.h>

#include "net.h"
#include "wire_ip.h"

/* ipv4_output.c */

/* The same as g_ipv4_family.output(), with options (a multiple of 4 bytes,
 * at most 40) behind the header.
 */

int ipv4_output_options(struct iob_s *pkt, struct net_path_s *path,
                        const struct net_tx_s *tx, const uint8_t *opt,
                        unsigned int optlen);

/* Send a packet that has its IP header, checksum included.  Consumes pkt;
 * flags: NET_TX_*; off counts from the IP header.  Fragments it if need be;
 * -EMSGSIZE if it must not be.
 */

int ipv4_transmit(struct iob_s *pkt, struct net_path_s *path,
                  unsigned int flags, const struct netdev_offload_s *off);

/* Put n bytes in front, in place or by a buffer of their own; the packet,
 * or NULL: no memory, "pkt" being the caller's still.
 */

struct iob_s *ipv4_push(struct iob_s *pkt, const struct netif_s *nif,
                        unsigned int n);

/* Add up what a device would have: pkt begins where off->csum_start counts
 * from.  The packet, 0 or -ENOMEM (it is as it was).
 */

int ipv4_complete_csum(struct iob_s *pkt, const struct netdev_offload_s *off);

/* An identification for a packet that may be cut (RFC 6864) */

uint16_t ipv4_ident(uint32_t src, uint32_t dst, uint8_t proto);

/* Give the reservation back that NET_TX_RESERVED stands for */

void ipv4_unreserve(struct net_path_s *path, unsigned int flags);

/* A copy by reference of what leaves goes up again.  Consumes pkt. */

void ipv4_loop(struct iob_s *pkt, struct netif_s *nif, unsigned int rxflags);
void ipv4_loop_now(void);
void ipv4_loop_flush(struct netif_s *nif);

/* ipv4_queue.c: consumes pkt, which has its IP header.  0, or -ENOBUFS,
 * -EHOSTUNREACH ...: dropped and counted.
 */

int ipv4_queue_send(struct iob_s *pkt, struct net_path_s *path,
                    const struct netdev_offload_s *off);
void ipv4_queue_flush(struct netif_s *nif);

/* How many packets ipv4_queue_send() would take at least */

unsigned int ipv4_queue_space(const struct netif_s *nif);

/* ipv4_input.c: a complete packet for us; pkt begins with its IP header,
 * rx is filled in.  Consumes pkt.
 */

void ipv4_deliver(struct iob_s *pkt, struct net_rx_s *rx);

/* Forget what was remembered of an earlier run, whose generations count from
 * the same beginning
 */

void ipv4_input_reset(void);
void ipv4_forward_reset(void);

/* ipv4_frag.c */

/* Cut a packet of more than path->mtu bytes, header included.  Consumes it.
 * The header is at least 20 bytes, and valid.
 */

int ipv4_fragment(struct iob_s *pkt, struct net_path_s *path,
                  unsigned int flags);

/* A fragment, which begins with its IP header; consumed.  Returns the whole
 * packet when this completes it, else NULL.
 */

struct iob_s *ipv4_reass(struct iob_s *pkt, struct net_rx_s *rx);
void ipv4_reass_initialize(void);
void ipv4_reass_flush(struct netif_s *nif);   /* NULL: all */

/* ipv4_forward.c: a packet for somebody else; begins with its IP header */

void ipv4_forward(struct iob_s *pkt, struct net_rx_s *rx);

/* icmp.c: about a packet that begins with its IP header */

void icmp_error_at(const struct iob_s *pkt, const struct net_rx_s *rx,
                   uint8_t type, uint8_t code, uint32_t info);

/* raw.c */

extern unsigned int g_raw_count;     /* Sockets: is raw_deliver() needed? */

/* Has a raw socket sent what an ICMP error quotes? */

bool raw_sent(const struct icmp_error_s *err);

/* An echo reply, from its ICMP header on, to the ping socket that waits for
 * it.  Consumes pkt.
 */

void ping_input(struct iob_s *pkt, const struct net_rx_s *rx);

#endif /* __NET_IPV4_H */
