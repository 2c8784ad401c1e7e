/* net/wire.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Packets as they are on the wire: offsets and accessors, without state.
 * Check once that the bytes are there, then read and write them plainly;
 * nothing here looks at a length.  Addresses may be odd.  The formats of IP
 * and its messages are in wire_ip.h, those of TCP in wire_tcp.h.
 */

#ifndef __NET_WIRE_H
#define __NET_WIRE_H

#include <nuttx/config.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Host byte order from network byte order, and back */

static inline uint16_t wire_get16(const void *p)
{
  const uint8_t *b = p;

  return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t wire_get32(const void *p)
{
  const uint8_t *b = p;

  return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 |
         b[3];
}

static inline void wire_put16(void *p, uint16_t value)
{
  uint8_t *b = p;

  b[0] = (uint8_t)(value >> 8);
  b[1] = (uint8_t)value;
}

static inline void wire_put32(void *p, uint32_t value)
{
  uint8_t *b = p;

  b[0] = (uint8_t)(value >> 24);
  b[1] = (uint8_t)(value >> 16);
  b[2] = (uint8_t)(value >> 8);
  b[3] = (uint8_t)value;
}

/* As it is in memory: IPv4 addresses (struct in_addr), checksums */

static inline uint16_t wire_load16(const void *p)
{
  uint16_t value;

  memcpy(&value, p, sizeof(value));
  return value;
}

static inline uint32_t wire_load32(const void *p)
{
  uint32_t value;

  memcpy(&value, p, sizeof(value));
  return value;
}

static inline void wire_store16(void *p, uint16_t value)
{
  memcpy(p, &value, sizeof(value));
}

static inline void wire_store32(void *p, uint32_t value)
{
  memcpy(p, &value, sizeof(value));
}

/* Ethernet (RFC 894) *******************************************************/

#define ETH_DST           0
#define ETH_SRC           6
#define ETH_TYPE          12

#define ETHTYPE_IPV4      0x0800
#define ETHTYPE_ARP       0x0806
#define ETHTYPE_VLAN      0x8100
#define ETHTYPE_IPV6      0x86dd

static inline bool eth_is_multicast(const uint8_t *mac)
{
  return (mac[0] & 1) != 0;
}

static inline bool eth_is_zero(const uint8_t *mac)
{
  return (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]) == 0;
}

static inline bool eth_is_broadcast(const uint8_t *mac)
{
  return (mac[0] & mac[1] & mac[2] & mac[3] & mac[4] & mac[5]) == 0xff;
}

/* ARP for IPv4 on Ethernet (RFC 826) ***************************************/

#define ARP_HTYPE         0
#define ARP_PTYPE         2
#define ARP_HLEN          4
#define ARP_PLEN          5
#define ARP_OP            6
#define ARP_SHA           8          /* Sender, target: link, IP address */
#define ARP_SPA           14
#define ARP_THA           18
#define ARP_TPA           24
#define ARP_LEN           28

#define ARP_HTYPE_ETHER   1
#define ARP_OP_REQUEST    1
#define ARP_OP_REPLY      2

#endif /* __NET_WIRE_H */
