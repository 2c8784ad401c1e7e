/* drivers/net/fault_tcp.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the fault wrapper has to know of IPv4 and TCP: which frames its tcp=
 * means, and how a router answers to a packet that is too long for mtu=.
 */

#ifndef __DRIVERS_NET_FAULT_TCP_H
#define __DRIVERS_NET_FAULT_TCP_H

#include <nuttx/config.h>

#include <stdbool.h>
#include <stdint.h>

#include <nuttx/net/netdev.h>

/* In the order of FAULT_TCP_KINDS */

enum fault_tcp_e
{
  FAULT_TCP_NO,                      /* All frames, of whatever protocol */
  FAULT_TCP_ANY,
  FAULT_TCP_SYN,                     /* Without ACK */
  FAULT_TCP_SYNACK,
  FAULT_TCP_FIN,
  FAULT_TCP_RST,
  FAULT_TCP_ACK,                     /* Nothing else, and no data */
  FAULT_TCP_DATA,
  FAULT_TCP_FIRST,                   /* Data of which some is new */
  FAULT_TCP_RESENT,                  /* Data, none of it new */
  FAULT_TCP_WINDOW                   /* An ACK that changes but the window */
};

#define FAULT_TCP_KINDS "no|any|syn|synack|fin|rst|ack|data|first|resent|" \
                        "window"

/* One direction of a connection, as far as it was seen */

struct fault_flow_s
{
  struct fault_flow_s *next;
  uint8_t id[12];                    /* Addresses and ports */
  uint32_t seq_max;                  /* Behind the last byte that was sent */
  uint32_t ack;
  uint16_t window;
  uint64_t last;                     /* When it was last seen */
  bool seen;                         /* seq_max holds */
  bool acked;                        /* ack and window hold */
  bool ended;                        /* By FIN or RST */
};

/* In the lists the last one seen is first */

struct fault_flows_s
{
  struct fault_flow_s *open;
  struct fault_flow_s *ended;
};

/* Whether a frame is of a kind.  Frames have to be shown in the order in
 * which they are sent.
 */

bool fault_tcp_is(struct fault_flows_s *flows, enum fault_tcp_e kind,
                  const struct net_driver_s *dev, const struct iob_s *iob);

/* Forget all flows */

void fault_tcp_forget(struct fault_flows_s *flows);

/* Whether a frame, or one of those that it will be cut to, has an IPv4
 * packet longer than this.
 */

bool fault_too_long(const struct net_driver_s *dev, const struct iob_s *iob,
                    const struct netdev_offload_s *off, unsigned int mtu);

/* The ICMP error that a router sends back for it; NULL if the packet might
 * have been fragmented instead, or if there is no memory.
 */

struct iob_s *fault_frag_needed(struct net_driver_s *dev,
                                const struct iob_s *iob, unsigned int mtu);

#endif /* __DRIVERS_NET_FAULT_TCP_H */
