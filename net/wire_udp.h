/* net/wire_udp.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * UDP on the wire (RFC 768): eight bytes, then the data.
 *
 *    0      7 8     15 16    23 24    31
 *   +--------+--------+--------+--------+
 *   |   source port   | destination port|
 *   +--------+--------+--------+--------+
 *   |     length      |    checksum     |   length: header and data
 *   +--------+--------+--------+--------+
 */

#ifndef __NET_WIRE_UDP_H
#define __NET_WIRE_UDP_H

#include <nuttx/config.h>

#include <stdint.h>
#include <string.h>

#include <netinet/in.h>

#define UDP_HDRLEN      8
#define UDP_CSUM_OFFSET 6
#define UDP_MAXLEN      65535        /* What the length field can say */

/* In host byte order, but for the checksum, which is used as it is */

struct udp_hdr_s
{
  uint16_t sport;
  uint16_t dport;
  uint16_t len;
  uint16_t csum;                     /* 0: none */
};

static inline struct udp_hdr_s udp_get_hdr(const uint8_t *wire)
{
  struct udp_hdr_s hdr;

  memcpy(&hdr, wire, sizeof(hdr));
  hdr.sport = ntohs(hdr.sport);
  hdr.dport = ntohs(hdr.dport);
  hdr.len   = ntohs(hdr.len);
  return hdr;
}

static inline void udp_put_hdr(uint8_t *wire, const struct udp_hdr_s *hdr)
{
  struct udp_hdr_s be;

  be.sport = htons(hdr->sport);
  be.dport = htons(hdr->dport);
  be.len   = htons(hdr->len);
  be.csum  = hdr->csum;
  memcpy(wire, &be, sizeof(be));
}

#endif /* __NET_WIRE_UDP_H */
