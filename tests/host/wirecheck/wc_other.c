/* tests/host/wirecheck/wc_other.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * UDP (RFC 768), ICMP (RFC 792, 1122 3.2.2) and IGMP (RFC 2236).
 *
 * Remembered are the endpoints that have sent datagrams, because an ICMP
 * error may quote one of them, and the newest echo requests.
 */

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "wirecheck.h"

#define ECHO_REPLY   0
#define UNREACHABLE  3
#define SOURCE_QUENCH 4
#define REDIRECT     5
#define ECHO         8
#define EXCEEDED     11
#define PARAMETER    12
#define FRAG_NEEDED  4

#define UDP_SLOTS    65536

static uint64_t endpoint(const struct wc_addr_s *src, uint16_t sport,
                         const struct wc_addr_s *dst, uint16_t dport)
{
  uint64_t key = wc_hash(wc_hash((uint64_t)sport << 16 | dport, src,
                                 sizeof(*src)), dst, sizeof(*dst));

  return key != 0 ? key : 1;
}

static uint64_t *udp_slot(struct wc_s *w, uint64_t key)
{
  size_t i = key % UDP_SLOTS;
  size_t n;

  if (w->sent_udp == NULL)
    {
      w->sent_udp = wc_alloc(NULL, UDP_SLOTS * sizeof(w->sent_udp[0]));
      memset(w->sent_udp, 0, UDP_SLOTS * sizeof(w->sent_udp[0]));
    }

  for (n = 0; n < 64 && w->sent_udp[i] != 0 && w->sent_udp[i] != key; n++)
    {
      i = (i + 1) % UDP_SLOTS;
    }

  return &w->sent_udp[i];
}

void wc_udp(struct wc_s *w, struct wc_pkt_s *pkt)
{
  const uint8_t *p = pkt->l4;
  uint64_t key;

  if (pkt->l4len < 8 || (pkt->l4cap >= 8 && wc_16(p + 4) != pkt->l4len))
    {
      if (pkt->sender_here)
        {
          wc_found(w, pkt->frame, NULL, WC_UDP_LENGTH,
                   "the datagram says %u bytes, its packet has %u",
                   pkt->l4cap >= 6 ? wc_16(p + 4) : 0, pkt->l4len);
        }

      return;
    }

  if (pkt->l4cap < 8)
    {
      return;
    }

  if (wc_16(p + 6) != 0 && !wc_csum_ok(pkt, wc_16(p + 6)))
    {
      if (pkt->sender_here)
        {
          wc_found(w, pkt->frame, NULL, WC_UDP_CSUM,
                   "a datagram from port %u to %u, checksum 0x%04x",
                   wc_16(p), wc_16(p + 2), wc_16(p + 6));
        }

      return;
    }

  key = endpoint(&pkt->src, wc_16(p), &pkt->dst, wc_16(p + 2));
  *udp_slot(w, key) = key;
}

/* ICMP *********************************************************************/

bool wc_icmp_is_error(uint8_t type)
{
  return type == UNREACHABLE || type == SOURCE_QUENCH || type == REDIRECT ||
         type == EXCEEDED || type == PARAMETER;
}

static void quote_tcp(struct wc_s *w, const struct wc_pkt_s *pkt,
                      const struct wc_addr_s *src,
                      const struct wc_addr_s *dst, const uint8_t *p)
{
  unsigned int side;
  struct wc_flow_s *flow = wc_flow_find(w, src, wc_16(p), dst, wc_16(p + 2),
                                        &side);
  struct wc_end_s *e;
  int64_t seq;

  if (flow == NULL)
    {
      if (pkt->sender_here)
        {
          wc_found(w, pkt->frame, NULL, WC_ICMP_QUOTE, "an error about a "
                   "segment from port %u to %u, of which there was none",
                   wc_16(p), wc_16(p + 2));
        }

      return;
    }

  e   = &flow->end[side];
  seq = wc_unwrap(e, e->snd_max, wc_32(p + 4));
  if (pkt->sender_here && e->known && (seq < 0 || seq > e->snd_max))
    {
      wc_found(w, pkt->frame, flow, WC_ICMP_QUOTE,
               "an error about sequence number %lld, sent were up to %lld",
               (long long)seq, (long long)e->snd_max);
      return;
    }

  if (pkt->receiver_here)
    {
      e->icmp = true;
      if (pkt->l4[0] == UNREACHABLE && pkt->l4[1] == FRAG_NEEDED)
        {
          e->pmtu = e->order;
        }
    }
}

static void icmp_error(struct wc_s *w, const struct wc_pkt_s *pkt)
{
  const uint8_t *ip = pkt->l4 + 8;
  struct wc_addr_s src;
  struct wc_addr_s dst;
  bool about_error;
  size_t hlen;
  uint64_t key;

  if (pkt->l4cap < 36)
    {
      if (pkt->sender_here && pkt->whole)
        {
          wc_found(w, pkt->frame, NULL, WC_ICMP_FORM,
                   "an error that quotes %u bytes", pkt->l4len - 8);
        }

      return;
    }

  hlen = (ip[0] & 15) * 4u;
  wc_addr4(&src, ip + 12);
  wc_addr4(&dst, ip + 16);
  if (hlen < 20 || hlen + 16 > pkt->l4cap)
    {
      return;
    }

  about_error = ip[9] == IPPROTO_ICMP && wc_icmp_is_error(ip[hlen]);
  if (pkt->sender_here &&
      (about_error || ip[16] >= 224 || (wc_16(ip + 6) & 0x1fff) != 0))
    {
      wc_found(w, pkt->frame, NULL, WC_ICMP_FORM, "an error about %s",
               about_error ? "an error" :
               ip[16] >= 224 ? "a packet to a group" : "a fragment behind "
               "the first");
      return;
    }

  if (ip[9] == IPPROTO_TCP)
    {
      quote_tcp(w, pkt, &src, &dst, ip + hlen);
    }
  else if (ip[9] == IPPROTO_UDP && pkt->sender_here)
    {
      key = endpoint(&src, wc_16(ip + hlen), &dst, wc_16(ip + hlen + 2));
      if (*udp_slot(w, key) != key && (wc_16(ip + 6) & 0x2000) == 0)
        {
          wc_found(w, pkt->frame, NULL, WC_ICMP_QUOTE, "an error about a "
                   "datagram from port %u to %u, of which there was none",
                   wc_16(ip + hlen), wc_16(ip + hlen + 2));
        }
    }
}

static uint64_t echo_key(const struct wc_pkt_s *pkt,
                         const struct wc_addr_s *who)
{
  return wc_hash(wc_hash(3, who, sizeof(*who)), pkt->l4 + 4,
                 pkt->l4len - 4);
}

static void icmp_echo(struct wc_s *w, const struct wc_pkt_s *pkt)
{
  uint64_t key;
  unsigned int i;

  if (!pkt->whole)
    {
      return;
    }

  if (pkt->l4[0] == ECHO && pkt->sender_here)
    {
      w->echos[w->necho++ % WC_NECHOS] = echo_key(pkt, &pkt->src);
    }

  if (pkt->l4[0] == ECHO || !pkt->sender_here)
    {
      return;
    }

  key = echo_key(pkt, &pkt->dst);
  for (i = 0; i < WC_NECHOS; i++)
    {
      if (w->echos[i] == key)
        {
          return;
        }
    }

  wc_found(w, pkt->frame, NULL, WC_ICMP_ECHO,
           "a reply of identifier %u, number %u to no such request",
           wc_16(pkt->l4 + 4), wc_16(pkt->l4 + 6));
}

void wc_icmp(struct wc_s *w, struct wc_pkt_s *pkt)
{
  if (pkt->l4len < 8)
    {
      if (pkt->sender_here)
        {
          wc_found(w, pkt->frame, NULL, WC_ICMP_FORM,
                   "a message of %u bytes", pkt->l4len);
        }

      return;
    }

  if (pkt->l4cap < 8)
    {
      return;
    }

  if (pkt->whole && wc_fold(wc_sum(pkt->l4, pkt->l4len, 0)) != 0xffff)
    {
      if (pkt->sender_here)
        {
          wc_found(w, pkt->frame, NULL, WC_ICMP_CSUM,
                   "type %u, checksum 0x%04x", pkt->l4[0],
                   wc_16(pkt->l4 + 2));
        }

      return;
    }

  if (wc_icmp_is_error(pkt->l4[0]))
    {
      icmp_error(w, pkt);
    }
  else if (pkt->l4[0] == ECHO || pkt->l4[0] == ECHO_REPLY)
    {
      icmp_echo(w, pkt);
    }
}

void wc_igmp(struct wc_s *w, struct wc_pkt_s *pkt)
{
  if (pkt->sender_here && pkt->whole &&
      (pkt->l4len < 8 ||
       wc_fold(wc_sum(pkt->l4, pkt->l4len, 0)) != 0xffff))
    {
      wc_found(w, pkt->frame, NULL, WC_IGMP_CSUM,
               "a message of %u bytes is too short, or its sum is wrong",
               pkt->l4len);
    }
}
