/* net/wire_tcp.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The TCP header (RFC 9293 3.1) and its options, as they lie in a packet.
 * Fields are in network byte order and may lie at any address.
 */

#ifndef __NET_WIRE_TCP_H
#define __NET_WIRE_TCP_H

#include <assert.h>
#include <stdint.h>

#define TCP_HDRLEN    20             /* Without options */
#define TCP_MAXOPTLEN 40             /* Data offset is at most 15 words */

struct tcp_hdr_s
{
  uint8_t sport[2];
  uint8_t dport[2];
  uint8_t seq[4];
  uint8_t ack[4];
  uint8_t off;                       /* Header length in words, << 4 */
  uint8_t flags;                     /* TCPF_* */
  uint8_t wnd[2];
  uint8_t csum[2];
  uint8_t urg[2];
};

static_assert(sizeof(struct tcp_hdr_s) == TCP_HDRLEN, "TCP header");

#define TCP_CSUM_OFFSET 16           /* Of csum in the header */

/* Kinds and lengths of options */

#define TCPOPT_EOL        0
#define TCPOPT_NOP        1
#define TCPOPT_MSS        2          /* RFC 9293 3.2 */
#define TCPOPT_WSCALE     3          /* RFC 7323 */
#define TCPOPT_SACKOK     4          /* RFC 2018 */
#define TCPOPT_SACK       5
#define TCPOPT_TS         8          /* RFC 7323 */

#define TCPOLEN_MSS       4
#define TCPOLEN_WSCALE    3
#define TCPOLEN_SACKOK    2
#define TCPOLEN_TS        10
#define TCPOLEN_SACKBLOCK 8          /* Each; and 2 for kind and length */

#define TCP_MAXWSCALE     14         /* RFC 7323 2.3 */

static inline uint16_t tcp_get16(const uint8_t *p)
{
  return (uint16_t)((p[0] << 8) | p[1]);
}

static inline uint32_t tcp_get32(const uint8_t *p)
{
  return ((uint32_t)p[0] << 24) | ((uint32_t)p[1] << 16) |
         ((uint32_t)p[2] << 8) | p[3];
}

static inline void tcp_put16(uint8_t *p, uint16_t value)
{
  p[0] = (uint8_t)(value >> 8);
  p[1] = (uint8_t)value;
}

static inline void tcp_put32(uint8_t *p, uint32_t value)
{
  p[0] = (uint8_t)(value >> 24);
  p[1] = (uint8_t)(value >> 16);
  p[2] = (uint8_t)(value >> 8);
  p[3] = (uint8_t)value;
}

/* Length of the header with its options, as the header says */

static inline unsigned int tcp_hdrlen(const struct tcp_hdr_s *hdr)
{
  return (hdr->off >> 4) * 4u;
}

#endif /* __NET_WIRE_TCP_H */
