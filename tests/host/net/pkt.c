/* tests/host/net/pkt.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Packets, read and written without a line of net/: see stack.h.
 */

#include <nuttx/config.h>

#include <string.h>

#include "stack.h"

#define ETH  14
#define IPV4 20

static unsigned int get16(const uint8_t *p)
{
  return (unsigned int)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
  return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, unsigned int value)
{
  p[0] = (uint8_t)(value >> 8);
  p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value)
{
  put16(p, value >> 16);
  put16(p + 2, value & 0xffff);
}

/* RFC 1071, the plain way: two bytes at a time, the carry back at once */

static unsigned int add_up(unsigned int sum, const uint8_t *p,
                           unsigned int len)
{
  unsigned int i;

  for (i = 0; i < len; i++)
    {
      sum += i % 2 == 0 ? (unsigned int)p[i] << 8 : p[i];
      sum  = (sum & 0xffff) + (sum >> 16);
    }

  return sum;
}

/* Of what follows the IP header "ip", with the pseudo-header if there is one
 * for the protocol.
 */

static unsigned int transport_sum(const uint8_t *ip, unsigned int hlen,
                                  unsigned int len)
{
  uint8_t pseudo[12];
  unsigned int sum = 0;

  if (ip[9] == 6 || ip[9] == 17)
    {
      memcpy(pseudo, ip + 12, 8);
      pseudo[8] = 0;
      pseudo[9] = ip[9];
      put16(pseudo + 10, len);
      sum = add_up(0, pseudo, 12);
    }

  return add_up(sum, ip + hlen, len);
}

/* Reading ******************************************************************/

static const char *read_arp(const uint8_t *p, unsigned int len,
                            struct pkt_s *pkt)
{
  if (len < 28)
    {
      return "ARP: too short";
    }

  if (get16(p) != 1 || get16(p + 2) != 0x0800 || p[4] != 6 || p[5] != 4)
    {
      return "ARP: not IPv4 on Ethernet";
    }

  pkt->arp_op = (uint16_t)get16(p + 6);
  memcpy(pkt->arp_sha, p + 8, 6);
  pkt->arp_spa = get32(p + 14);
  memcpy(pkt->arp_tha, p + 18, 6);
  pkt->arp_tpa = get32(p + 24);
  return NULL;
}

static const char *read_tcp(const uint8_t *ip, unsigned int hlen,
                            unsigned int len, struct pkt_s *pkt)
{
  const uint8_t *p = ip + hlen;
  unsigned int off;

  if (len < 20)
    {
      return "TCP: too short";
    }

  off = (p[12] >> 4) * 4u;
  if (off < 20 || off > len)
    {
      return "TCP: data offset";
    }

  if (transport_sum(ip, hlen, len) != 0xffff)
    {
      return "TCP: checksum";
    }

  if ((p[12] & 0x0f) != 0)
    {
      return "TCP: reserved bits are set";
    }

  pkt->sport  = (uint16_t)get16(p);
  pkt->dport  = (uint16_t)get16(p + 2);
  pkt->seq    = get32(p + 4);
  pkt->ack    = get32(p + 8);
  pkt->flags  = p[13];
  pkt->wnd    = (uint16_t)get16(p + 14);
  pkt->urg    = (uint16_t)get16(p + 18);
  pkt->optlen = (uint8_t)(off - 20);
  memcpy(pkt->opt, p + 20, off - 20);
  pkt->data   = p + off;
  pkt->len    = len - off;
  return NULL;
}

static const char *read_udp(const uint8_t *ip, unsigned int hlen,
                            unsigned int len, struct pkt_s *pkt)
{
  const uint8_t *p = ip + hlen;

  if (len < 8 || get16(p + 4) != len)
    {
      return "UDP: length";
    }

  if (get16(p + 6) != 0 && transport_sum(ip, hlen, len) != 0xffff)
    {
      return "UDP: checksum";
    }

  pkt->sport = (uint16_t)get16(p);
  pkt->dport = (uint16_t)get16(p + 2);
  pkt->data  = p + 8;
  pkt->len   = len - 8;
  return NULL;
}

static const char *read_icmp(const uint8_t *ip, unsigned int hlen,
                             unsigned int len, struct pkt_s *pkt)
{
  const uint8_t *p = ip + hlen;

  if (len < 8)
    {
      return "ICMP or IGMP: too short";
    }

  if (transport_sum(ip, hlen, len) != 0xffff)
    {
      return "ICMP or IGMP: checksum";
    }

  pkt->type = p[0];
  pkt->code = p[1];
  pkt->info = get32(p + 4);
  pkt->data = p + 8;
  pkt->len  = len - 8;
  return NULL;
}

static const char *read_ipv4(const uint8_t *ip, unsigned int len,
                             struct pkt_s *pkt)
{
  unsigned int hlen;
  unsigned int total;

  if (len < IPV4 || ip[0] >> 4 != 4)
    {
      return "IPv4: too short, or another version";
    }

  hlen  = (ip[0] & 0x0fu) * 4;
  total = get16(ip + 2);
  if (hlen < IPV4 || hlen > total || total > len)
    {
      return "IPv4: lengths";
    }

  if (total < len && len + ETH > 60)
    {
      return "IPv4: bytes behind its end";
    }

  if (add_up(0, ip, hlen) != 0xffff)
    {
      return "IPv4: header checksum";
    }

  pkt->tos   = ip[1];
  pkt->ident = (uint16_t)get16(ip + 4);
  pkt->df    = (ip[6] & 0x40) != 0;
  pkt->mf    = (ip[6] & 0x20) != 0;
  pkt->frag  = (uint16_t)((get16(ip + 6) & 0x1fff) * 8);
  pkt->ttl   = ip[8];
  pkt->proto = ip[9];
  pkt->src   = get32(ip + 12);
  pkt->dst   = get32(ip + 16);
  pkt->data  = ip + hlen;
  pkt->len   = total - hlen;
  if ((ip[6] & 0x80) != 0)
    {
      return "IPv4: the reserved flag is set";
    }

  if (pkt->mf || pkt->frag != 0)
    {
      return NULL;
    }

  switch (pkt->proto)
    {
      case 6:
        return read_tcp(ip, hlen, total - hlen, pkt);

      case 17:
        return read_udp(ip, hlen, total - hlen, pkt);

      case 1:
      case 2:
        return read_icmp(ip, hlen, total - hlen, pkt);

      default:
        return NULL;
    }
}

const char *pkt_read(const uint8_t *frame, unsigned int len,
                     struct pkt_s *pkt)
{
  memset(pkt, 0, sizeof(*pkt));
  if (len < ETH)
    {
      return "Ethernet: too short";
    }

  memcpy(pkt->dmac, frame, 6);
  memcpy(pkt->smac, frame + 6, 6);
  pkt->ethertype = (uint16_t)get16(frame + 12);
  switch (pkt->ethertype)
    {
      case 0x0800:
        return read_ipv4(frame + ETH, len - ETH, pkt);

      case 0x0806:
        return read_arp(frame + ETH, len - ETH, pkt);

      default:
        pkt->data = frame + ETH;
        pkt->len  = len - ETH;
        return NULL;
    }
}

/* Writing ******************************************************************/

static unsigned int write_arp(const struct pkt_s *pkt, uint8_t *p)
{
  put16(p, 1);
  put16(p + 2, 0x0800);
  p[4] = 6;
  p[5] = 4;
  put16(p + 6, pkt->arp_op);
  memcpy(p + 8, pkt->arp_sha, 6);
  put32(p + 14, pkt->arp_spa);
  memcpy(p + 18, pkt->arp_tha, 6);
  put32(p + 24, pkt->arp_tpa);
  return 28;
}

/* The header of the transport; its length, and where its checksum goes */

static unsigned int write_transport(const struct pkt_s *pkt, uint8_t *p,
                                    unsigned int *csum)
{
  unsigned int optlen = (pkt->optlen + 3u) & ~3u;

  switch (pkt->proto)
    {
      case 6:
        put16(p, pkt->sport);
        put16(p + 2, pkt->dport);
        put32(p + 4, pkt->seq);
        put32(p + 8, pkt->ack);
        p[12] = (uint8_t)((20 + optlen) / 4 << 4);
        p[13] = pkt->flags;
        put16(p + 14, pkt->wnd);
        put16(p + 16, 0);
        put16(p + 18, pkt->urg);
        memset(p + 20, 0, optlen);
        memcpy(p + 20, pkt->opt, pkt->optlen);
        *csum = 16;
        return 20 + optlen;

      case 17:
        put16(p, pkt->sport);
        put16(p + 2, pkt->dport);
        put16(p + 4, 8 + pkt->len);
        put16(p + 6, 0);
        *csum = 6;
        return 8;

      case 1:
      case 2:
        p[0] = pkt->type;
        p[1] = pkt->code;
        put16(p + 2, 0);
        put32(p + 4, pkt->info);
        *csum = 2;
        return 8;

      default:
        return 0;
    }
}

static unsigned int write_ipv4(const struct pkt_s *pkt, uint8_t *ip)
{
  bool fragment = pkt->mf || pkt->frag != 0;
  unsigned int csum = 0;
  unsigned int n = fragment ? 0 :
                   write_transport(pkt, ip + IPV4, &csum);
  unsigned int len = n + pkt->len;

  if (pkt->len > 0)
    {
      memcpy(ip + IPV4 + n, pkt->data, pkt->len);
    }

  memset(ip, 0, IPV4);
  ip[0] = 0x45;
  ip[1] = pkt->tos;
  put16(ip + 2, IPV4 + len);
  put16(ip + 4, pkt->ident);
  put16(ip + 6, (pkt->df ? 0x4000u : 0) | (pkt->mf ? 0x2000u : 0) |
        pkt->frag / 8u);
  ip[8] = pkt->ttl != 0 ? pkt->ttl : 64;
  ip[9] = pkt->proto;
  put32(ip + 12, pkt->src);
  put32(ip + 16, pkt->dst);
  put16(ip + 10, ~add_up(0, ip, IPV4) & 0xffff);

  if (n > 0)
    {
      unsigned int sum = ~transport_sum(ip, IPV4, len) & 0xffff;

      put16(ip + IPV4 + csum, pkt->proto == 17 && sum == 0 ? 0xffff : sum);
    }

  return IPV4 + len;
}

unsigned int pkt_write(const struct pkt_s *pkt, uint8_t *buf)
{
  unsigned int type = pkt->ethertype != 0 ? pkt->ethertype :
                      pkt->arp_op != 0 ? 0x0806 : 0x0800;

  memcpy(buf, pkt->dmac, 6);
  memcpy(buf + 6, pkt->smac, 6);
  put16(buf + 12, type);
  switch (type)
    {
      case 0x0800:
        return ETH + write_ipv4(pkt, buf + ETH);

      case 0x0806:
        return ETH + write_arp(pkt, buf + ETH);

      default:
        if (pkt->len > 0)
          {
            memcpy(buf + ETH, pkt->data, pkt->len);
          }

        return ETH + pkt->len;
    }
}

/* On a wire ****************************************************************/

void pkt_from(const struct wire_s *wire, unsigned int host,
              struct pkt_s *pkt)
{
  const uint8_t peer[6] =
  {
    2, 0, 0, 0, 1, (uint8_t)host
  };

  memcpy(pkt->dmac, wire->dev.d_mac, 6);
  memcpy(pkt->smac, peer, 6);
  pkt->dst = 0x0a000001 + ((uint32_t)wire->dev.d_mac[5] - 1) * 256;
  pkt->src = pkt->dst - 1 + host;
}

void pkt_rx(struct wire_s *wire, const struct pkt_s *pkt)
{
  static uint8_t buf[65600];

  wire_rx(wire, buf, pkt_write(pkt, buf));
}

/* What the device would have done: complete a checksum that holds the sum of
 * the pseudo-header (which the reader then verifies with it).
 */

static void complete(uint8_t *frame, unsigned int len,
                     const struct netdev_offload_s *off)
{
  unsigned int sum;

  if ((off->flags & NETDEV_OFF_PARTIAL) == 0)
    {
      return;
    }

  CHECK(off->csum_start + off->csum_offset + 2u <= len);
  sum = ~add_up(0, frame + off->csum_start, len - off->csum_start) & 0xffff;
  put16(frame + off->csum_start + off->csum_offset, sum);
}

bool pkt_next(struct wire_s *wire, uint8_t proto, struct pkt_s *pkt)
{
  const char *wrong;
  const uint8_t *p;
  uint8_t *frame;
  unsigned int len;
  unsigned int i;

  while ((p = wire_next(wire, &len)) != NULL)
    {
      i     = (wire->head - 1) % WIRE_MAX;
      frame = wire->frame[i];
      complete(frame, len, &wire->off[i]);
      wrong = pkt_read(p, len, pkt);
      if (wrong != NULL)
        {
          net_failed(__FILE__, __LINE__, wrong);
        }
      else if (proto == PKT_ANY ||
               (proto == PKT_ARP ? pkt->ethertype == 0x0806 :
                pkt->ethertype == 0x0800 && pkt->proto == proto))
        {
          return true;
        }
    }

  memset(pkt, 0, sizeof(*pkt));
  return false;
}
