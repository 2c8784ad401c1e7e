/* net/ipv4_input.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * IPv4, upwards (RFC 791, RFC 1122 3.2, RFC 1812 5.3).
 *
 * A packet goes through these gates, in this order:
 *
 *   check      a whole header of version 4 whose sum is right, and as many
 *              bytes as it says; what the link padded is cut off
 *   addresses  neither end is one that cannot be (a martian), and the source
 *              is not ourselves (a land packet)
 *   whose      ours, a broadcast, a group that we are in: up.  Anybody
 *              else's: to ipv4_forward(), or dropped
 *   options    well formed, and no source route (RFC 7126 4.3, 4.4); what
 *              else they say concerns routers
 *   fragment   ipv4_reass() keeps it until the datagram is complete
 *   deliver    to raw sockets by reference, then to the transport
 *
 * Bulk traffic pays for the address gates once: the last few pairs of
 * addresses that passed them are remembered, as long as no address, route or
 * interface changes (g_net.generation).
 */

#include <nuttx/config.h>

#include <netinet/in.h>

#include <errno.h>
#include <string.h>

#include "ipv4.h"

/* Pairs known to be good: unicast, from somebody else, to us */

#define NFLOWS 64

struct flow_s
{
  uint32_t src;
  uint32_t dst;
  const struct netif_s *nif;
  uint32_t generation;
};

static struct flow_s g_flow[NFLOWS];

enum whose_e
{
  OURS = 0,
  OTHERS,
  NOBODYS                            /* Counted already */
};

#define DROP(counter) \
  do \
    { \
      g_net.stats.ip.counter++; \
      goto drop; \
    } \
  while (0)

/* Addresses ****************************************************************/

/* No host on a wire has this address (RFC 1122 3.2.1.3, RFC 6890) */

static bool martian(uint32_t addr, bool loopback)
{
  unsigned int first = ip4_first(addr);

  return first == 0 || first >= 224 || (first == 127 && !loopback);
}

static bool subnet_broadcast(const struct netif_s *nif, uint32_t addr)
{
  const struct netif_addr_s *entry;

  for (entry = nif->addrs; entry != NULL; entry = entry->next)
    {
      if (entry->prefixlen < 31 && netaddr_is4(&entry->broadcast) &&
          entry->broadcast.w[3] == addr && addr != 0)
        {
          return true;
        }
    }

  return false;
}

/* Of any network that we are in */

static bool any_broadcast(uint32_t addr)
{
  const struct netif_s *nif;

  for (nif = g_net.netifs; nif != NULL; nif = nif->next)
    {
      if (subnet_broadcast(nif, addr))
        {
          return true;
        }
    }

  return false;
}

/* Can a packet come from there?  0.0.0.0 is a host that does not know its
 * address yet: it talks to everybody only.  An answer to "everybody", also of
 * another network of ours, would have us shout for whoever asks.
 */

static bool source_ok(const struct net_rx_s *rx, bool inside, bool toall)
{
  uint32_t src = rx->src.w[3];

  if ((src == 0 && !toall) || (src != 0 && martian(src, inside)) ||
      any_broadcast(src))
    {
      g_net.stats.ip.inmartiansrc++;
      return false;
    }

  if (!inside && netif_addr_local(NULL, &rx->src) != NULL)
    {
      g_net.stats.ip.inland++;
      return false;
    }

  return true;
}

/* Everything about the two addresses; sets NET_RX_BROADCAST and _MULTICAST
 * by the destination.
 */

static enum whose_e whose(struct net_rx_s *rx)
{
  bool inside = rx->nif->loopback || (rx->flags & NET_RX_LOOPED) != 0;
  bool linkall = (rx->flags & (NET_RX_BROADCAST | NET_RX_MULTICAST)) != 0;
  uint32_t dst = rx->dst.w[3];

  if (ip4_ismulticast(dst))
    {
      if (!source_ok(rx, inside, true))
        {
          return NOBODYS;
        }

      rx->flags |= NET_RX_MULTICAST;
      if (!igmp_member(rx->nif, &rx->dst))
        {
          g_net.stats.ip.inmcast++;
          return NOBODYS;
        }

      return OURS;
    }

  if (dst == IP4(255, 255, 255, 255) || subnet_broadcast(rx->nif, dst))
    {
      rx->flags |= NET_RX_BROADCAST;
      return source_ok(rx, inside, true) ? OURS : NOBODYS;
    }

  if (martian(dst, inside))
    {
      g_net.stats.ip.inmartiandst++;
      return NOBODYS;
    }

  if (!source_ok(rx, inside, false))
    {
      return NOBODYS;
    }

  if (linkall)
    {
      g_net.stats.ip.inlinkbcast++;  /* RFC 1122 3.3.6 */
      return NOBODYS;
    }

  if (netif_addr_local(NULL, &rx->dst) != NULL ||
      (inside && ip4_first(dst) == 127))
    {
      return OURS;
    }

  return OTHERS;
}

/* The same from memory, if these two were seen lately */

static enum whose_e whose_cached(struct net_rx_s *rx)
{
  uint32_t src = rx->src.w[3];
  uint32_t dst = rx->dst.w[3];
  uint32_t mix = src ^ (dst >> 7);
  struct flow_s *flow = &g_flow[(mix ^ (mix >> 8) ^ (mix >> 16) ^
                                 (mix >> 24)) % NFLOWS];
  enum whose_e who;

  if (predict_true(flow->src == src && flow->dst == dst &&
                   flow->nif == rx->nif &&
                   flow->generation == g_net.generation &&
                   (rx->flags & (NET_RX_BROADCAST | NET_RX_MULTICAST |
                                 NET_RX_LOOPED)) == 0))
    {
      return OURS;
    }

  who = whose(rx);
  if (who == OURS &&
      (rx->flags & (NET_RX_BROADCAST | NET_RX_MULTICAST)) == 0)
    {
      flow->src = src;
      flow->dst = dst;
      flow->nif = rx->nif;
      flow->generation = g_net.generation;
    }

  return who;
}

/* Options ******************************************************************/

/* Walk them (RFC 791 3.1).  0: nothing against them; -EPERM: a source
 * route; else the offset in the header of what is wrong.
 */

static int check_options(const uint8_t *ip, unsigned int hdrlen)
{
  unsigned int at = IP_HDRLEN;

  while (at < hdrlen)
    {
      uint8_t kind = ip[at];
      unsigned int len;

      if (kind == IPO_EOL)
        {
          break;
        }

      if (kind == IPO_NOP)
        {
          at++;
          continue;
        }

      if (at + 1 >= hdrlen)
        {
          return (int)at;
        }

      len = ip[at + 1];
      if (len < 2 || len > hdrlen - at)
        {
          return (int)at + 1;
        }

      if (kind == IPO_LSRR || kind == IPO_SSRR)
        {
          return -EPERM;
        }

      /* A pointer that lies in front of the first place */

      if ((kind == IPO_RR && (len < 3 || ip[at + 2] < 4)) ||
          (kind == IPO_TS && (len < 4 || ip[at + 2] < 5)))
        {
          return (int)at + 2;
        }

      at += len;
    }

  return 0;
}

/* False: refused, counted and answered */

static bool options_ok(const struct iob_s *pkt, const struct net_rx_s *rx)
{
  int ret = check_options(IOB_DATA(pkt), rx->iphdrlen);

  if (ret == 0)
    {
      return true;
    }

  if (ret < 0)
    {
      g_net.stats.ip.insrcroute++;
    }
  else
    {
      g_net.stats.ip.inoptions++;
      g_net.stats.ip.inhdrerrors++;
      icmp_error_at(pkt, rx, ICMPT_PARAMPROB, 0, (uint32_t)ret << 24);
    }

  return false;
}

/* The way up ***************************************************************/

/* The length of the packet if its header is sound, else 0 */

static unsigned int check_header(struct iob_s *pkt)
{
  const uint8_t *ip = IOB_DATA(pkt);
  unsigned int hdrlen = ip_hdrlen(ip);
  unsigned int total = wire_get16(ip + IP_LEN);

  if (predict_false(ip[IP_VHL] >> 4 != 4 || hdrlen < IP_HDRLEN))
    {
      DROP(inversion);
    }

  if (predict_false(hdrlen > pkt->io_len))
    {
      if (hdrlen > pkt->io_pktlen)
        {
          DROP(inshort);
        }

      if (iob_contig(pkt, hdrlen) < 0)
        {
          g_net.stats.ip.indiscards++;
          return 0;
        }

      ip = IOB_DATA(pkt);
    }

  if (predict_false(ip_hdrsum(ip, hdrlen) != 0xffff))
    {
      DROP(incsum);
    }

  if (predict_false(total < hdrlen || total > pkt->io_pktlen))
    {
      DROP(intruncated);
    }

  return total;

drop:
  g_net.stats.ip.inhdrerrors++;
  return 0;
}

static void to_transport(struct iob_s *pkt, struct net_rx_s *rx, bool taken)
{
  g_net.stats.ip.indelivers++;
  switch (rx->proto)
    {
      case IPPROTO_TCP:
        tcp_input(pkt, rx);
        return;

      case IPPROTO_UDP:
        udp_input(pkt, rx);
        return;

      case IPPROTO_ICMP:
        icmp_input(pkt, rx);
        return;

      case IPPROTO_IGMP:
        igmp_input(pkt, rx);
        return;

      default:
        break;
    }

  if (!taken)
    {
      g_net.stats.ip.indelivers--;
      g_net.stats.ip.inunknownprotos++;
      icmp_send_error(pkt, rx, ICMPT_UNREACH, ICMPC_PROTOCOL, 0);
    }

  iob_free_chain(pkt);
}

/* The transport's header, with options, shall be contiguous, but no payload
 * be copied for that.  False: no memory.
 */

static bool contiguous(struct iob_s *pkt, const struct net_rx_s *rx)
{
  unsigned int need = rx->iphdrlen + 8u;

  if (rx->proto == IPPROTO_TCP)
    {
      need = rx->iphdrlen + 20u;
      if (pkt->io_len >= need)
        {
          need = rx->iphdrlen +
                 (IOB_DATA(pkt)[rx->iphdrlen + 12] >> 4) * 4u;
        }
    }
  else if (rx->proto != IPPROTO_UDP)
    {
      need = rx->iphdrlen + 60u;
    }

  if (need > pkt->io_pktlen)
    {
      need = pkt->io_pktlen;
    }

  return need <= pkt->io_len ||
         (iob_contig(pkt, need) == 0 &&
          (rx->proto != IPPROTO_TCP || need < rx->iphdrlen + 20u ||
           contiguous(pkt, rx)));
}

void ipv4_deliver(struct iob_s *pkt, struct net_rx_s *rx)
{
  bool taken = g_raw_count > 0 && raw_deliver(pkt, rx);

  if (predict_false(pkt->io_flink != NULL) && !contiguous(pkt, rx))
    {
      g_net.stats.ip.indiscards++;
      iob_free_chain(pkt);
      return;
    }

  iob_pull(pkt, rx->iphdrlen);
  to_transport(pkt, rx, taken);
}

/* For us: options, fragments */

static void input_ours(struct iob_s *pkt, struct net_rx_s *rx)
{
  const uint8_t *ip = IOB_DATA(pkt);

  if (predict_false(rx->iphdrlen > IP_HDRLEN) && !options_ok(pkt, rx))
    {
      iob_free_chain(pkt);
      return;
    }

  if (predict_false(wire_get16(ip + IP_OFF) & (IPF_MF | IPF_OFFMASK)))
    {
      pkt = ipv4_reass(pkt, rx);
      if (pkt == NULL)
        {
          return;
        }
    }

  ipv4_deliver(pkt, rx);
}

static void input_others(struct iob_s *pkt, struct net_rx_s *rx)
{
  if (!g_net.forwarding || rx->nif->loopback)
    {
      g_net.stats.ip.inaddrerrors++;
      iob_free_chain(pkt);
    }
  else if (rx->iphdrlen > IP_HDRLEN && !options_ok(pkt, rx))
    {
      iob_free_chain(pkt);
    }
  else
    {
      ipv4_forward(pkt, rx);
    }
}

void ipv4_input(struct netif_s *nif, struct iob_s *pkt, struct net_rx_s *rx)
{
  const uint8_t *ip;
  unsigned int total;

  g_net.stats.ip.inreceives++;

  if (predict_false(pkt->io_len < IP_HDRLEN))
    {
      if (pkt->io_pktlen < IP_HDRLEN)
        {
          g_net.stats.ip.inhdrerrors++;
          DROP(inshort);
        }

      if (iob_contig(pkt, IP_HDRLEN) < 0)
        {
          DROP(indiscards);
        }
    }

  total = check_header(pkt);
  if (predict_false(total == 0))
    {
      goto drop;
    }

  if (total < pkt->io_pktlen)
    {
      pkt = iob_trimtail(pkt, pkt->io_pktlen - total);
    }

  ip           = IOB_DATA(pkt);
  rx->nif      = nif;
  rx->src      = netaddr_from4(wire_load32(ip + IP_SRC));
  rx->dst      = netaddr_from4(wire_load32(ip + IP_DST));
  rx->proto    = ip[IP_PROTO];
  rx->ttl      = ip[IP_TTL_];
  rx->tos      = ip[IP_TOS_];
  rx->iphdrlen = (uint16_t)ip_hdrlen(ip);

  switch (whose_cached(rx))
    {
      case OURS:
        input_ours(pkt, rx);
        return;

      case OTHERS:
        input_others(pkt, rx);
        return;

      case NOBODYS:
        break;
    }

drop:
  iob_free_chain(pkt);
}

void ipv4_input_reset(void)
{
  memset(g_flow, 0, sizeof(g_flow));
}
