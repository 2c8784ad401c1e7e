/* tests/host/net/stack.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of the stack share: a kernel with the stack, under virtual
 * time, for each scenario; a device whose wire is the test itself; packets
 * made and read field by field, independently of net/; and the count of
 * buffers, timers and endpoints before and after.
 *
 * A scenario runs as the first task of the kernel and says CHECK() and
 * CHECK_EQ() (netutil.h).  Time stands still but in stack_sleep().
 */

#ifndef __TESTS_HOST_NET_STACK_H
#define __TESTS_HOST_NET_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/netutil.h"
#include "net.h"

/* Boot, run the scenario, end; the checks that failed, among them that the
 * pool is complete, that no timer of the core runs and no endpoint is left.
 */

int  stack_run(void (*scenario)(void), uint64_t seed);

/* Let virtual time pass: timers, devices and other tasks run meanwhile */

void stack_sleep(nettime_t ns);

/* Start a task of the scenario; its number of failed checks is added */

int  stack_task(const char *name, void (*fn)(void *arg), void *arg);
void stack_join(int pid);

/* The wire *****************************************************************/

#define WIRE_MAX 4096

struct wire_s
{
  struct net_driver_s dev;
  struct netif_s *nif;
  bool hold;                         /* Keep frames until wire_done() */
  bool lazy;                         /* ... or until it is asked for them */
  bool full;                         /* Refuse reservations */
  unsigned int asked;                /* How often it was (netdev_reclaim()) */
  struct iob_s *held[WIRE_MAX];
  uint32_t heldsum[WIRE_MAX];        /* Of every byte, when committed */
  unsigned int nheld;
  uint32_t damaged;                  /* Held frames that were changed */
  uint64_t total;                    /* Frames committed */
  uint32_t chains;                   /* ... that were more than one iob */

  /* Committed frames, copied, in order: read with wire_next() */

  uint8_t *frame[WIRE_MAX];
  unsigned int len[WIRE_MAX];
  struct netdev_offload_s off[WIRE_MAX];
  nettime_t when[WIRE_MAX];
  unsigned int head;
  unsigned int tail;
};

/* features: NETDEV_SG ...; 0 is a flat device.  The interface is attached,
 * has 10.0.0.1/24 and MAC 02:00:00:00:00:01, and is up; its announcements
 * and probes are over and read.  The second wire of a scenario has
 * 10.0.1.1/24 and MAC ...:02, and so on.
 */

void wire_create(struct wire_s *wire, const char *name, unsigned int mtu,
                 unsigned int features);

/* Let go of held frames: the oldest n, or one by its place */

void wire_done(struct wire_s *wire, unsigned int n);
void wire_done_at(struct wire_s *wire, unsigned int index);

/* Accept reservations again, and say so */

void wire_ready(struct wire_s *wire);

/* A frame arrives; wire_rx() is one batch of one frame */

void wire_rx(struct wire_s *wire, const void *frame, unsigned int len);
void wire_rx_more(struct wire_s *wire, const void *frame, unsigned int len);
void wire_rx_end(struct wire_s *wire);

/* As wire_rx_more(), with what a device with NETDEV_RXCSUM or LRO says */

void wire_rx_off(struct wire_s *wire, const void *frame, unsigned int len,
                 const struct netdev_offload_s *off);

/* The next frame sent, NULL if there is none; valid until the next call */

const uint8_t *wire_next(struct wire_s *wire, unsigned int *len);
void wire_flush(struct wire_s *wire);

/* The peer 10.0.0.2 (.3, ...) with MAC 02:00:00:00:01:02 (:03) is in the ARP
 * cache: no requests will be seen for it.
 */

void wire_know(struct wire_s *wire, unsigned int host);

/* Packets ******************************************************************/

/* What a packet says; the reader checks every checksum and length.  Fields
 * of layers that are not there are 0.
 */

struct pkt_s
{
  uint8_t  dmac[6];
  uint8_t  smac[6];
  uint16_t ethertype;
  uint32_t src;                      /* Host byte order: 0x0a000001 */
  uint32_t dst;
  uint8_t  proto;
  uint8_t  ttl;
  uint8_t  tos;
  uint16_t ident;
  uint16_t frag;                     /* Offset in bytes */
  bool     df;
  bool     mf;
  uint16_t sport;
  uint16_t dport;

  /* TCP */

  uint32_t seq;
  uint32_t ack;
  uint8_t  flags;                    /* FIN 1 SYN 2 RST 4 PSH 8 ACK 16 */
  uint16_t wnd;
  uint16_t urg;
  uint8_t  opt[40];                  /* As on the wire */
  uint8_t  optlen;

  /* ICMP and IGMP */

  uint8_t  type;
  uint8_t  code;
  uint32_t info;                     /* The four bytes behind the checksum */

  /* ARP */

  uint16_t arp_op;
  uint8_t  arp_sha[6];
  uint8_t  arp_tha[6];
  uint32_t arp_spa;
  uint32_t arp_tpa;

  const uint8_t *data;               /* Payload of the innermost layer */
  unsigned int len;
};

/* Returns NULL, or what is wrong with the packet */

const char *pkt_read(const uint8_t *frame, unsigned int len,
                     struct pkt_s *pkt);

/* A fragment (mf, or frag other than 0) is read and written without looking
 * into it: data is the payload of IP.
 */

/* Builds the frame into buf (65600 bytes), with right checksums; its length.
 * Zero fields: ttl 64, ethertype by what is set.
 */

unsigned int pkt_write(const struct pkt_s *pkt, uint8_t *buf);

/* From the peer to us, addresses and MACs of wire and host filled in */

void pkt_from(const struct wire_s *wire, unsigned int host,
              struct pkt_s *pkt);

/* Write and receive in one; read the next of a kind (others are dropped, and
 * returned false if there is none).  A frame that pkt_read() objects to is a
 * failed check.  Checksums left to the device are completed first.  pkt->data
 * is valid until the next call.
 */

#define PKT_ARP 0                    /* In place of a protocol */
#define PKT_ANY 255

void pkt_rx(struct wire_s *wire, const struct pkt_s *pkt);
bool pkt_next(struct wire_s *wire, uint8_t proto, struct pkt_s *pkt);

uint64_t stack_stat(const char *name);   /* "tcp.retranssegs" */

#endif /* __TESTS_HOST_NET_STACK_H */
