/* tests/host/wirecheck/wc_frame.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Ethernet, ARP (RFC 826, 5227) and IPv4 (RFC 791, 1122).
 *
 * What is wrong with a packet is its sender's fault, so it is looked for only
 * where the sender is.  A packet that its receiver has to drop, because of a
 * checksum for example, is not looked at any further: it has had no effect.
 *
 * A host that leaves the checksum to its device (offload) writes the sum of
 * the pseudo header there, and may hand over packets longer than the MTU.
 */

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "wirecheck.h"

#define ETHER_HDR  14
#define ETHER_MIN  60
#define VLAN       0x8100
#define FLAG_RES   0x8000
#define FLAG_MF    0x2000
#define OFFSET     0x1fff

/* Addresses and sums *******************************************************/

void wc_addr4(struct wc_addr_s *addr, const uint8_t *b)
{
  memset(addr, 0, 10);
  memset(addr->b + 10, 0xff, 2);
  memcpy(addr->b + 12, b, 4);
}

const char *wc_addr_text(const struct wc_addr_s *addr, char *buf,
                         size_t size)
{
  inet_ntop(AF_INET, addr->b + 12, buf, (socklen_t)size);
  return buf;
}

uint32_t wc_sum(const void *data, size_t len, uint32_t sum)
{
  const uint8_t *p = data;
  uint64_t total = sum;

  for (; len > 1; len -= 2, p += 2)
    {
      total += (uint32_t)(p[0] << 8 | p[1]);
    }

  if (len > 0)
    {
      total += (uint32_t)p[0] << 8;
    }

  while (total >> 32 != 0)
    {
      total = (total & 0xffffffff) + (total >> 32);
    }

  return (uint32_t)total;
}

uint16_t wc_fold(uint32_t sum)
{
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)sum;
}

static uint32_t pseudo(const uint8_t *src, const uint8_t *dst, uint8_t proto,
                       uint32_t len)
{
  uint32_t sum = wc_sum(dst, 4, wc_sum(src, 4, 0));

  return sum + proto + (len >> 16) + (len & 0xffff);
}

uint32_t wc_pseudo(const struct wc_pkt_s *pkt)
{
  return pseudo(pkt->src.b + 12, pkt->dst.b + 12, pkt->proto, pkt->l4len);
}

/* Is the checksum of a segment or datagram right, or left to the device? */

bool wc_csum_ok(const struct wc_pkt_s *pkt, uint16_t field)
{
  uint32_t sum = wc_pseudo(pkt);

  if (!pkt->whole || pkt->l4cap < pkt->l4len)
    {
      return true;
    }

  return wc_fold(wc_sum(pkt->l4, pkt->l4len, sum)) == 0xffff ||
         (pkt->from->offload && field == wc_fold(sum));
}

/* All sums of an IPv4 packet that has some to prove that it is as it was
 * sent: those of fragments can not be seen
 */

bool wc_sums_good(const uint8_t *ip, size_t len)
{
  size_t hlen = (ip[0] & 15) * 4u;
  size_t total = wc_16(ip + 2);
  uint32_t sum;

  if (hlen < 20 || total < hlen + 8 || total > len ||
      wc_fold(wc_sum(ip, hlen, 0)) != 0xffff ||
      (wc_16(ip + 6) & (FLAG_MF | OFFSET)) != 0)
    {
      return false;
    }

  sum = ip[9] == IPPROTO_ICMP ? 0 :
        pseudo(ip + 12, ip + 16, ip[9], (uint32_t)(total - hlen));
  if ((ip[9] == IPPROTO_UDP && wc_16(ip + hlen + 6) == 0) ||
      (ip[9] != IPPROTO_UDP && ip[9] != IPPROTO_TCP &&
       ip[9] != IPPROTO_ICMP))
    {
      return false;
    }

  return wc_fold(wc_sum(ip + hlen, total - hlen, sum)) == 0xffff;
}

/* Link headers *************************************************************/

const uint8_t *wc_l3(const struct wc_frame_s *frame, uint16_t *type)
{
  const uint8_t *p = frame->data;
  uint32_t at = frame->link == 113 ? 16 : frame->link == 0 ? 4 :
                frame->link == 1 ? ETHER_HDR : 0;

  *type = 0;
  if (frame->caplen <= at)
    {
      return NULL;
    }

  if (frame->link == 1 || frame->link == 113)
    {
      *type = wc_16(p + at - 2);
      while (*type == VLAN && frame->caplen > at + 4)
        {
          *type = wc_16(p + at + 2);
          at   += 4;
        }
    }
  else
    {
      *type = p[at] >> 4 == 4 ? WC_ETH_IPV4 :
              p[at] >> 4 == 6 ? WC_ETH_IPV6 : 0;
    }

  return p + at;
}

/* ARP **********************************************************************/

static void arp_claim(struct wc_s *w, const struct wc_frame_s *frame,
                      struct wc_host_s *host, const uint8_t *mac)
{
  if (host->has_mac && memcmp(host->mac, mac, 6) != 0)
    {
      wc_found(w, frame, NULL, WC_ARP_CONFLICT, "%u.%u.%u.%u is claimed by "
               "%02x:%02x:%02x:%02x:%02x:%02x and "
               "%02x:%02x:%02x:%02x:%02x:%02x", host->addr.b[12],
               host->addr.b[13], host->addr.b[14], host->addr.b[15],
               host->mac[0], host->mac[1], host->mac[2], host->mac[3],
               host->mac[4], host->mac[5], mac[0], mac[1], mac[2], mac[3],
               mac[4], mac[5]);
      return;
    }

  host->has_mac = true;
  memcpy(host->mac, mac, 6);
}

static void arp(struct wc_s *w, const struct wc_frame_s *frame,
                const uint8_t *p, size_t len)
{
  struct wc_pkt_s pkt;

  if (len < 28)
    {
      if (frame->caplen == frame->len)
        {
          wc_found(w, frame, NULL, WC_FRAME_SHORT,
                   "an ARP packet of %zu bytes", len);
        }

      return;
    }

  memset(&pkt, 0, sizeof(pkt));
  pkt.frame = frame;
  wc_addr4(&pkt.src, p + 14);
  pkt.from = wc_host_find(w, &pkt.src);
  if (pkt.from == NULL && wc_32(p + 14) != 0 && w->between == NULL)
    {
      pkt.from = wc_host(w, &pkt.src);
    }

  if (!wc_between_judge(w, &pkt) || !pkt.sender_here)
    {
      return;
    }

  if (wc_16(p) != 1 || wc_16(p + 2) != WC_ETH_IPV4 || p[4] != 6 ||
      p[5] != 4 || wc_16(p + 6) < 1 || wc_16(p + 6) > 2)
    {
      wc_found(w, frame, NULL, WC_ARP_FORM, "hardware %u, protocol 0x%04x, "
               "lengths %u and %u, operation %u", wc_16(p), wc_16(p + 2),
               p[4], p[5], wc_16(p + 6));
    }
  else if (frame->link == 1 && memcmp(p + 8, frame->data + 6, 6) != 0)
    {
      wc_found(w, frame, NULL, WC_ARP_FORM,
               "the sender's address is not that of the frame");
    }
  else if (pkt.from != NULL)
    {
      pkt.from->last = frame->t;
      arp_claim(w, frame, pkt.from, p + 8);
    }
}

/* IPv4 *********************************************************************/

void wc_transport(struct wc_s *w, struct wc_pkt_s *pkt)
{
  switch (pkt->proto)
    {
      case IPPROTO_TCP:
        w->protocols.tcp++;
        wc_tcp(w, pkt);
        break;

      case IPPROTO_UDP:
        w->protocols.udp++;
        wc_udp(w, pkt);
        break;

      case IPPROTO_ICMP:
        w->protocols.icmp++;
        wc_icmp(w, pkt);
        break;

      case IPPROTO_IGMP:
        w->protocols.igmp++;
        wc_igmp(w, pkt);
        break;

      default:
        w->protocols.other++;
        break;
    }
}

static bool group(const uint8_t *addr)
{
  return addr[0] >= 224;
}

/* Fields that make a packet no packet; false to drop it */

static bool header_ok(struct wc_s *w, const struct wc_pkt_s *pkt,
                      size_t wire)
{
  const uint8_t *p = pkt->ip;
  size_t hlen = (p[0] & 15) * 4u;
  size_t total = wc_16(p + 2);

  if (p[0] >> 4 != 4 || hlen < 20 || total < hlen || p[8] == 0 ||
      (wc_16(p + 6) & FLAG_RES) != 0)
    {
      if (pkt->sender_here)
        {
          wc_found(w, pkt->frame, NULL, WC_IP_HEADER, "version %u, header "
                   "%zu, length %zu, TTL %u, flags %u", p[0] >> 4, hlen,
                   total, p[8], p[6] >> 5);
        }

      return false;
    }

  if (total > wire)
    {
      if (pkt->sender_here)
        {
          wc_found(w, pkt->frame, NULL, WC_FRAME_SHORT,
                   "a packet of %zu bytes in %zu", total, wire);
        }

      return false;
    }

  return true;
}

static bool csum_good(const uint8_t *p, size_t len)
{
  size_t hlen = (p[0] & 15) * 4u;

  return hlen < 20 || hlen > len || wc_fold(wc_sum(p, hlen, 0)) == 0xffff;
}

static bool address_ok(struct wc_s *w, const struct wc_pkt_s *pkt)
{
  const uint8_t *src = pkt->src.b + 12;
  const uint8_t *dst = pkt->dst.b + 12;
  bool loop = src[0] == 127 || dst[0] == 127;

  if (group(src) || (pkt->proto == IPPROTO_TCP && group(dst)) ||
      (loop && (src[0] != 127 || dst[0] != 127)) ||
      (src[0] == 0 && pkt->proto == IPPROTO_TCP))
    {
      if (pkt->sender_here)
        {
          wc_found(w, pkt->frame, NULL, WC_IP_ADDRESS,
                   "from %u.%u.%u.%u to %u.%u.%u.%u", src[0], src[1], src[2],
                   src[3], dst[0], dst[1], dst[2], dst[3]);
        }

      return false;
    }

  return true;
}

/* Lengths on the wire, judged where the sender is */

static void lengths(struct wc_s *w, const struct wc_pkt_s *pkt, size_t wire)
{
  const struct wc_frame_s *frame = pkt->frame;
  size_t total = wc_16(pkt->ip + 2);

  if (wire > total && (frame->link != 1 || frame->len > ETHER_MIN))
    {
      wc_found(w, frame, NULL, WC_FRAME_TRAILER,
               "%zu bytes behind a packet of %zu", wire - total, total);
    }

  if (w->opt.mtu > 0 && total > w->opt.mtu && !pkt->from->offload)
    {
      wc_found(w, frame, NULL, WC_FRAME_MTU, "a packet of %zu bytes, MTU %u",
               total, w->opt.mtu);
    }
}

/* Of the network between two captures, and not of its sender, may be an ICMP
 * error: that of a router that speaks with the address of the other end
 */

static bool of_router(struct wc_pkt_s *pkt, size_t cap)
{
  size_t hlen = (pkt->ip[0] & 15) * 4u;

  if (!pkt->changed || pkt->ip[9] != IPPROTO_ICMP ||
      !wc_sums_good(pkt->ip, cap) || !wc_icmp_is_error(pkt->ip[hlen]))
    {
      return false;
    }

  pkt->from->changed--;
  return true;
}

/* From, to and where it is seen; false if it is not to be looked at */

static bool place(struct wc_s *w, struct wc_pkt_s *pkt, size_t cap)
{
  const struct wc_frame_s *frame = pkt->frame;
  bool good = csum_good(pkt->ip, cap);

  wc_addr4(&pkt->src, pkt->ip + 12);
  wc_addr4(&pkt->dst, pkt->ip + 16);
  pkt->from = good && w->between == NULL ? wc_host(w, &pkt->src) :
              wc_host_find(w, &pkt->src);
  pkt->to   = good ? wc_host(w, &pkt->dst) : wc_host_find(w, &pkt->dst);
  if (!wc_between_judge(w, pkt) && !of_router(pkt, cap))
    {
      if (pkt->changed && !pkt->from->offload && wc_sums_good(pkt->ip, cap))
        {
          wc_found(w, frame, NULL, WC_NOT_SENT, "a good packet of protocol "
                   "%u that is not in %s", pkt->ip[9],
                   w->capture[1 - frame->file].file);
        }

      return false;
    }

  if (!good)
    {
      if (pkt->sender_here)
        {
          wc_found(w, frame, NULL, WC_IP_CSUM, "the checksum is 0x%04x",
                   wc_16(pkt->ip + 10));
        }

      return false;
    }

  if (pkt->from == NULL)
    {
      return false;
    }

  pkt->from->last = pkt->sender_here ? frame->t : pkt->from->last;
  return true;
}

static void ipv4(struct wc_s *w, const struct wc_frame_s *frame,
                 const uint8_t *p, size_t cap, size_t wire)
{
  struct wc_pkt_s pkt;
  size_t hlen;
  size_t total;

  if (cap < 20)
    {
      if (frame->caplen == frame->len)
        {
          wc_found(w, frame, NULL, WC_FRAME_SHORT,
                   "an IPv4 packet of %zu bytes", cap);
        }

      return;
    }

  memset(&pkt, 0, sizeof(pkt));
  pkt.frame = frame;
  pkt.ip    = p;
  hlen      = (p[0] & 15) * 4u;
  total     = wc_16(p + 2);
  if (!place(w, &pkt, cap) || !header_ok(w, &pkt, wire) ||
      !address_ok(w, &pkt) || hlen > cap)
    {
      return;
    }

  if (pkt.sender_here)
    {
      lengths(w, &pkt, wire);
    }

  pkt.proto = p[9];
  pkt.ident = wc_16(p + 4);
  pkt.l4    = p + hlen;
  pkt.l4len = (uint32_t)(total - hlen);
  pkt.l4cap = (uint32_t)(total < cap ? total - hlen : cap - hlen);
  pkt.whole = total <= cap;
  if ((wc_16(p + 6) & (FLAG_MF | OFFSET)) == 0)
    {
      wc_transport(w, &pkt);
      return;
    }

  w->protocols.fragments++;
  if (wc_frag(w, &pkt, wc_16(p + 6)))
    {
      wc_transport(w, &pkt);
      free((void *)(uintptr_t)pkt.l4);
    }
}

static void ipv6(struct wc_s *w, const uint8_t *p, size_t cap)
{
  w->protocols.ipv6++;
  if (cap >= 40 && (p[6] == IPPROTO_TCP || p[6] == IPPROTO_UDP))
    {
      w->unchecked++;
    }
}

void wc_frame(struct wc_s *w, const struct wc_frame_s *frame)
{
  uint16_t type;
  const uint8_t *p = wc_l3(frame, &type);
  size_t at = p != NULL ? (size_t)(p - frame->data) : 0;

  if (p == NULL)
    {
      if (frame->caplen == frame->len)
        {
          wc_found(w, frame, NULL, WC_FRAME_SHORT, "a frame of %u bytes",
                   frame->len);
        }

      return;
    }

  switch (type)
    {
      case WC_ETH_ARP:
        w->protocols.arp++;
        arp(w, frame, p, frame->caplen - at);
        break;

      case WC_ETH_IPV4:
        w->protocols.ipv4++;
        ipv4(w, frame, p, frame->caplen - at, frame->len - at);
        break;

      case WC_ETH_IPV6:
        ipv6(w, p, frame->caplen - at);
        break;

      default:
        w->protocols.other++;
        break;
    }
}
