/* net/ipv4_forward.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A router (RFC 1812 5): packets for others, when g_net.forwarding is on.
 *
 * The packet that arrived leaves again, by reference: the TTL goes down by
 * one in place and the header's sum follows by difference (RFC 1624).  Only
 * if a raw socket views the packet too is its header copied.  Packets that
 * are too long are cut, or the sender is told the MTU if they must not be
 * (RFC 1191 3).  Packets that were sent to everybody on a network stay there
 * (RFC 2644), and so do link-local ones (RFC 3927 7).
 *
 * A device may have handed over a super-frame of TCP, which never was on a
 * wire like that, or a packet whose checksum nobody has computed.  They pass
 * as they are to a device that does what is left to be done; for any other it
 * is done here: the super-frame becomes the segments that its sender meant,
 * each a copy of the headers in front of a view of its part of the payload.
 *
 * Paths are kept in a small cache by destination.  Redirects are not sent,
 * and options that want to be filled in (record route) pass as they are.
 */

#include <nuttx/config.h>

#include <netinet/in.h>

#include <errno.h>
#include <string.h>

#include "ipv4.h"
#include "tcp.h"

#define NPATHS 64

struct hop_s
{
  uint32_t dst;
  struct net_path_s path;
};

static struct hop_s g_hop[NPATHS];

#define COUNT(counter) g_net.stats.ip.counter++

/* The TCP header, as far as it matters here */

#define TCP_SEQ     4
#define TCP_OFFSET  12
#define TCP_FLAGS   13
#define TCP_SUM     16
#define TCP_MINHDR  20
#define UDP_SUM     6

static struct net_path_s *find_path(const struct net_rx_s *rx, int *error)
{
  uint32_t dst = rx->dst.w[3];
  uint32_t mix = dst ^ (dst >> 16);
  struct hop_s *hop = &g_hop[(mix ^ (mix >> 8)) % NPATHS];

  if (hop->dst != dst || !net_path_valid(&hop->path))
    {
      hop->dst = dst;
      hop->path.ip = NULL;
      *error = net_route(&rx->dst, NULL, 0, &hop->path);
      if (*error < 0)
        {
          hop->path.ip = NULL;
          return NULL;
        }
    }

  return &hop->path;
}

static bool linklocal(uint32_t addr)
{
  const uint8_t *a = (const uint8_t *)&addr;

  return a[0] == 169 && a[1] == 254;
}

/* A super-frame, or a packet with a checksum that nobody has computed */

static bool unfinished(const struct net_rx_s *rx)
{
  return rx->gso_size != 0 || (rx->flags & NET_RX_PARTIAL) != 0;
}

/* The header is going to be written: is it ours alone?  Else a copy of it;
 * together with the transport's, if that must be written as well.  The
 * packet, or NULL: no memory, pkt is as it was.
 */

static struct iob_s *own_header(struct iob_s *pkt, const struct net_rx_s *rx,
                                const struct netif_s *nif)
{
  unsigned int hdrlen = rx->iphdrlen;
  struct iob_s *hdr;

  if (iob_writable(pkt))
    {
      return pkt;
    }

  if (unfinished(rx))
    {
      return iob_unshare(pkt) < 0 ? NULL : pkt;
    }

  hdr = iob_tryalloc_contig(hdrlen, nif->headroom, IOB_CLASS_TX);
  if (hdr == NULL)
    {
      return NULL;
    }

  memcpy(IOB_DATA(hdr), IOB_DATA(pkt), hdrlen);
  hdr->io_len    = (uint16_t)hdrlen;
  hdr->io_pktlen = hdrlen;
  if (pkt->io_pktlen > hdrlen)
    {
      iob_concat(hdr, iob_trimhead(pkt, hdrlen));
    }
  else
    {
      iob_free_chain(pkt);
    }

  return hdr;
}

static void decrement_ttl(uint8_t *ip)
{
  uint16_t from = wire_load16(ip + IP_TTL_);

  ip[IP_TTL_]--;
  wire_store16(ip + IP_SUM, ip_fixsum(wire_load16(ip + IP_SUM), from,
                                     wire_load16(ip + IP_TTL_)));
}

/* Super-frames *************************************************************/

/* Headers of the segment at "offset" of the payload, n bytes long */

static void segment_headers(uint8_t *ip, unsigned int hdrlen,
                            const struct iob_s *seg, unsigned int offset,
                            unsigned int index, bool last)
{
  unsigned int tcplen = seg->io_pktlen - hdrlen;
  struct netaddr_s src = netaddr_from4(wire_load32(ip + IP_SRC));
  struct netaddr_s dst = netaddr_from4(wire_load32(ip + IP_DST));
  uint8_t *tcp = ip + hdrlen;
  uint32_t sum;

  wire_put16(ip + IP_LEN, seg->io_pktlen);
  wire_put16(ip + IP_ID, (uint16_t)(wire_get16(ip + IP_ID) + index));
  ip_setsum(ip, hdrlen);

  wire_put32(tcp + TCP_SEQ, wire_get32(tcp + TCP_SEQ) + offset);
  if (!last)
    {
      tcp[TCP_FLAGS] &= (uint8_t)~(TCPF_FIN | TCPF_PSH);
    }

  if (index > 0)
    {
      tcp[TCP_FLAGS] &= (uint8_t)~TCPF_CWR;
    }

  wire_store16(tcp + TCP_SUM, 0);
  sum = g_ipv4_family.pseudo(&src, &dst, IPPROTO_TCP, tcplen);
  sum = net_csum_iob(seg, hdrlen, tcplen, sum);
  wire_store16(tcp + TCP_SUM, (uint16_t)~net_csum_fold(sum));
}

/* Cut a super-frame into its segments and send them.  Consumes pkt */

static int forward_segments(struct iob_s *pkt, const struct net_rx_s *rx,
                            struct net_path_s *path, unsigned int headers)
{
  uint8_t hdr[2 * IP_MAXHDRLEN];
  unsigned int index = 0;
  unsigned int offset = 0;

  memcpy(hdr, IOB_DATA(pkt), headers);
  pkt = iob_trimhead(pkt, headers);
  for (; ; )
    {
      bool last = pkt->io_pktlen <= rx->gso_size;
      struct iob_s *part = last ? pkt : iob_share(pkt, 0, rx->gso_size);
      struct iob_s *seg = NULL;

      if (part != NULL)
        {
          seg = ipv4_push(part, path->nif, headers);
        }

      if (seg == NULL)
        {
          if (part != NULL && !last)
            {
              iob_free_chain(part);
            }

          iob_free_chain(pkt);
          return -ENOBUFS;
        }

      if (!last)
        {
          pkt = iob_trimhead(pkt, rx->gso_size);
        }

      memcpy(IOB_DATA(seg), hdr, headers);
      segment_headers(IOB_DATA(seg), rx->iphdrlen, seg, offset, index, last);
      ipv4_queue_send(seg, path, NULL);
      if (last)
        {
          return 0;
        }

      offset += rx->gso_size;
      index++;
    }
}

/* Work that the device that received it left undone.  Consumes pkt. */

static int forward_unfinished(struct iob_s *pkt, const struct net_rx_s *rx,
                              struct net_path_s *path)
{
  unsigned int features = path->nif->dev->d_features;
  const uint8_t *up = IOB_DATA(pkt) + rx->iphdrlen;
  bool tcp = rx->proto == IPPROTO_TCP;
  struct netdev_offload_s off;

  memset(&off, 0, sizeof(off));
  off.flags       = NETDEV_OFF_PARTIAL;
  off.csum_start  = rx->iphdrlen;
  off.csum_offset = tcp ? TCP_SUM : UDP_SUM;

  if (rx->gso_size != 0)
    {
      unsigned int headers = rx->iphdrlen + (up[TCP_OFFSET] >> 4) * 4u;

      off.gso_size = rx->gso_size;
      off.hdrlen   = (uint16_t)headers;
      off.flags   |= NETDEV_OFF_TCPV4;
      if ((features & NETDEV_TSO) == 0 || (rx->flags & NET_RX_PARTIAL) == 0)
        {
          return forward_segments(pkt, rx, path, headers);
        }
    }

  if ((features & NETDEV_TXCSUM) == 0 || pkt->io_pktlen > path->mtu)
    {
      if (off.gso_size == 0)
        {
          if (ipv4_complete_csum(pkt, &off) < 0)
            {
              iob_free_chain(pkt);
              return -ENOBUFS;
            }

          return pkt->io_pktlen > path->mtu ? ipv4_fragment(pkt, path, 0) :
                 ipv4_queue_send(pkt, path, NULL);
        }
    }

  return ipv4_queue_send(pkt, path, &off);
}

/* Are the headers of a super-frame, or of a packet with a checksum to be
 * completed, all there and contiguous?
 */

static bool headers_ok(struct iob_s *pkt, const struct net_rx_s *rx)
{
  unsigned int need = rx->iphdrlen + 8u;

  if (rx->proto == IPPROTO_TCP)
    {
      const uint8_t *tcp;

      need = rx->iphdrlen + TCP_MINHDR;
      if (need > pkt->io_pktlen || iob_contig(pkt, need) < 0)
        {
          return false;
        }

      tcp  = IOB_DATA(pkt) + rx->iphdrlen;
      need = (tcp[TCP_OFFSET] >> 4) * 4u;
      if (need < TCP_MINHDR)
        {
          return false;
        }

      need += rx->iphdrlen;
    }
  else if (rx->proto != IPPROTO_UDP || rx->gso_size != 0)
    {
      return false;
    }

  return need < pkt->io_pktlen + (rx->gso_size == 0) &&
         iob_contig(pkt, need) == 0;
}

/* The way through **********************************************************/

/* The longest packet that this will be on the wire */

static unsigned int wire_length(const struct iob_s *pkt,
                                const struct net_rx_s *rx)
{
  const uint8_t *tcp = IOB_DATA(pkt) + rx->iphdrlen;

  return rx->gso_size == 0 ? pkt->io_pktlen :
         rx->iphdrlen + (tcp[TCP_OFFSET] >> 4) * 4u + rx->gso_size;
}

/* Is there anything against sending it on by this path? */

static bool may_pass(const struct iob_s *pkt, const struct net_rx_s *rx,
                     const struct net_path_s *path)
{
  if ((path->flags & (NET_PATH_BROADCAST | NET_PATH_MULTICAST)) != 0)
    {
      COUNT(forwbcast);
      return false;
    }

  if ((path->flags & NET_PATH_LOCAL) != 0 || path->nif->loopback ||
      linklocal(rx->src.w[3]) || linklocal(rx->dst.w[3]))
    {
      COUNT(inaddrerrors);
      return false;
    }

  if (rx->ttl <= 1)
    {
      COUNT(forwttl);
      icmp_error_at(pkt, rx, ICMPT_TIMXCEED, ICMPC_TTL, 0);
      return false;
    }

  if (wire_length(pkt, rx) > path->mtu &&
      (rx->gso_size != 0 ||
       (wire_get16(IOB_DATA(pkt) + IP_OFF) & IPF_DF) != 0))
    {
      COUNT(forwtoobig);
      COUNT(fragfails);
      icmp_error_at(pkt, rx, ICMPT_UNREACH, ICMPC_FRAGNEEDED, path->mtu);
      return false;
    }

  return true;
}

static int send_on(struct iob_s *pkt, const struct net_rx_s *rx,
                   struct net_path_s *path)
{
  if (predict_false(unfinished(rx)))
    {
      return forward_unfinished(pkt, rx, path);
    }

  if (predict_false(pkt->io_pktlen > path->mtu))
    {
      return ipv4_fragment(pkt, path, 0);
    }

  return ipv4_queue_send(pkt, path, NULL);
}

void ipv4_forward(struct iob_s *pkt, struct net_rx_s *rx)
{
  struct net_path_s *path;
  struct iob_s *whole;
  int error;

  if (unfinished(rx) && !headers_ok(pkt, rx))
    {
      COUNT(inhdrerrors);
      goto drop;
    }

  path = find_path(rx, &error);
  if (path == NULL)
    {
      COUNT(forwnoroute);
      COUNT(outnoroutes);
      icmp_error_at(pkt, rx, ICMPT_UNREACH,
                    error == -EHOSTUNREACH ? ICMPC_HOST : ICMPC_NET, 0);
      goto drop;
    }

  if (!may_pass(pkt, rx, path))
    {
      goto drop;
    }

  whole = own_header(pkt, rx, path->nif);
  if (whole == NULL)
    {
      COUNT(forwdiscards);
      goto drop;
    }

  decrement_ttl(IOB_DATA(whole));
  COUNT(forwdatagrams);
  if (send_on(whole, rx, path) < 0)
    {
      COUNT(forwdiscards);
    }

  return;

drop:
  iob_free_chain(pkt);
}

void ipv4_forward_reset(void)
{
  memset(g_hop, 0, sizeof(g_hop));
}
