/* net/wire_ip.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * IPv4, ICMP and IGMP on the wire.  Nothing here keeps state: a length is
 * checked once, then fields are read and written by their offset.  Headers
 * lie at any address, so no access assumes alignment.
 */

#ifndef __NET_WIRE_IP_H
#define __NET_WIRE_IP_H

#include <stdint.h>

#include "wire.h"

/* A constant of 32 bits in network byte order: IP4(127, 0, 0, 1) */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#  define IP4(a, b, c, d) ((uint32_t)(a) | ((uint32_t)(b) << 8) | \
                           ((uint32_t)(c) << 16) | ((uint32_t)(d) << 24))
#else
#  define IP4(a, b, c, d) ((uint32_t)(d) | ((uint32_t)(c) << 8) | \
                           ((uint32_t)(b) << 16) | ((uint32_t)(a) << 24))
#endif

/* The first byte of an address in network byte order */

static inline unsigned int ip4_first(uint32_t addr)
{
  return ((const uint8_t *)&addr)[0];
}

static inline int ip4_ismulticast(uint32_t addr)
{
  return (ip4_first(addr) & 0xf0) == 0xe0;
}

/* IPv4 (RFC 791 3.1): offsets of the fields ********************************/

#define IP_VHL        0              /* Version 4, header length in words */
#define IP_TOS_       1
#define IP_LEN        2
#define IP_ID         4
#define IP_OFF        6              /* Flags, and offset in 8 bytes */
#define IP_TTL_       8
#define IP_PROTO      9
#define IP_SUM        10
#define IP_SRC        12
#define IP_DST        16
#define IP_OPT        20

#define IP_HDRLEN     20             /* Without options */
#define IP_MAXHDRLEN  60
#define IP_MAXLEN     65535
#define IP_DEFTTL     64
#define IP_MINMTU_    68             /* Every link carries this (RFC 791) */

#define IPF_DF        0x4000
#define IPF_MF        0x2000
#define IPF_OFFMASK   0x1fff

/* Options: copied flag, class, number */

#define IPO_EOL       0
#define IPO_NOP       1
#define IPO_RR        7
#define IPO_TS        68
#define IPO_LSRR      131
#define IPO_SSRR      137
#define IPO_RA        148            /* Router alert (RFC 2113) */

static inline unsigned int ip_hdrlen(const uint8_t *ip)
{
  return (ip[IP_VHL] & 0x0f) * 4u;
}

/* The sum over a header of a multiple of four bytes, folded: 0xffff if its
 * checksum is right.
 */

static inline uint16_t ip_hdrsum(const uint8_t *ip, unsigned int hdrlen)
{
  uint64_t sum = (uint64_t)wire_load32(ip) + wire_load32(ip + 4) +
                 wire_load32(ip + 8) + wire_load32(ip + 12) +
                 wire_load32(ip + 16);
  unsigned int i;

  for (i = 20; i < hdrlen; i += 4)
    {
      sum += wire_load32(ip + i);
    }

  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)sum;
}

/* Compute the checksum of a header that is complete but for it */

static inline void ip_setsum(uint8_t *ip, unsigned int hdrlen)
{
  wire_store16(ip + IP_SUM, 0);
  wire_store16(ip + IP_SUM, (uint16_t)~ip_hdrsum(ip, hdrlen));
}

/* A 16-bit field changes from "old" to "new" (both as in memory): the sum
 * that covers it follows (RFC 1624, equation 3).
 */

static inline uint16_t ip_fixsum(uint16_t sum, uint16_t from, uint16_t to)
{
  uint32_t s = (uint16_t)~sum + (uint32_t)(uint16_t)~from + to;

  s = (s & 0xffff) + (s >> 16);
  s = (s & 0xffff) + (s >> 16);
  return (uint16_t)~s;
}

/* ICMP (RFC 792) ***********************************************************/

#define ICMP_TYPE     0
#define ICMP_CODE     1
#define ICMP_SUM      2
#define ICMP_INFO     4              /* Four bytes whose meaning varies */
#define ICMP_IDENT    4
#define ICMP_SEQ      6
#define ICMP_MTU      6              /* RFC 1191 4 */
#define ICMP_HDRLEN   8

#define ICMPT_ECHOREPLY      0
#define ICMPT_UNREACH        3
#define ICMPT_SOURCEQUENCH   4
#define ICMPT_REDIRECT       5
#define ICMPT_ECHO           8
#define ICMPT_ROUTERADVERT   9
#define ICMPT_ROUTERSOLICIT  10
#define ICMPT_TIMXCEED       11
#define ICMPT_PARAMPROB      12
#define ICMPT_TIMESTAMP      13
#define ICMPT_TIMESTAMPREPLY 14
#define ICMPT_INFOREQ        15
#define ICMPT_INFOREPLY      16
#define ICMPT_MASKREQ        17
#define ICMPT_MASKREPLY      18

/* Codes of ICMPT_UNREACH (RFC 792, RFC 1122 3.2.2.1, RFC 1812 5.2.7.1) */

#define ICMPC_NET            0
#define ICMPC_HOST           1
#define ICMPC_PROTOCOL       2
#define ICMPC_PORT           3
#define ICMPC_FRAGNEEDED     4
#define ICMPC_SRCFAIL        5

/* ... of ICMPT_TIMXCEED */

#define ICMPC_TTL            0
#define ICMPC_REASSEMBLY     1

/* IGMP (RFC 2236 2) ********************************************************/

#define IGMP_TYPE     0
#define IGMP_TIME     1              /* In tenths of a second */
#define IGMP_SUM      2
#define IGMP_GROUP    4
#define IGMP_HDRLEN   8

#define IGMPT_QUERY    0x11
#define IGMPT_V1REPORT 0x12
#define IGMPT_V2REPORT 0x16
#define IGMPT_LEAVE    0x17
#define IGMPT_V3REPORT 0x22

#endif /* __NET_WIRE_IP_H */
