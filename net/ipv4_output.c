/* net/ipv4_output.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * IPv4, downwards (RFC 791, RFC 1122 3.2 and 3.3).
 *
 * A transport hands over a packet that begins with its own header, and the
 * path to go.  The 20 bytes of the IP header are pushed in front, in place:
 * whoever made the packet left head-room for that.  If there is none (a
 * resend whose front bytes a driver still holds) the header gets a small
 * buffer of its own.  Then the packet goes to the link, or, if it is longer
 * than the path MTU and may be cut, to ipv4_fragment().
 *
 * Nothing here looks anything up: the path says it all, and the cost of a
 * packet is the header, five words, and its sum.
 *
 * The identification matters only for packets that can be cut (RFC 6864).
 * Others, which have DF, carry 0.  For the rest there are counters, chosen by
 * a keyed hash of the addresses and started at random: a stranger cannot
 * tell from his packets how many we send to others.
 *
 * A packet to a group that we are in, or a broadcast, also goes to ourselves.
 * That copy is a second view of the same bytes.  It goes up from a timer that
 * is due at once, so that sending never calls receiving.
 */

#include <nuttx/config.h>

#include <sys/socket.h>
#include <netinet/in.h>

#include <errno.h>
#include <string.h>

#include <nuttx/kmalloc.h>

#include "ipv4.h"

/* Counters of identifications; 2 KB.  Collisions do no harm. */

#define NIDENTS 1024

/* Copies to ourselves that may wait at one time */

#define LOOP_MAX 256

struct loop_s
{
  struct loop_s *next;
  struct iob_s *pkt;
  struct netif_s *nif;
  unsigned int rxflags;
};

static uint16_t g_ident[NIDENTS];

static struct loop_s *g_loop;
static struct loop_s **g_looptail = &g_loop;
static unsigned int g_nloop;
static struct net_timer_s g_looptimer;

uint16_t ipv4_ident(uint32_t src, uint32_t dst, uint8_t proto)
{
  uint32_t key[3];
  uint64_t hash;

  key[0] = src;
  key[1] = dst;
  key[2] = proto;
  hash   = net_hash(key, sizeof(key));
  return (uint16_t)((hash >> 32) + g_ident[hash % NIDENTS]++);
}

void ipv4_unreserve(struct net_path_s *path, unsigned int flags)
{
  if (flags & NET_TX_RESERVED)
    {
      g_net.stats.ip.outreservelost++;
      netif_cancel(path->nif);
    }
}

struct iob_s *ipv4_push(struct iob_s *pkt, const struct netif_s *nif,
                        unsigned int n)
{
  struct iob_s *hdr;

  if (iob_push(pkt, n) == 0)
    {
      return pkt;
    }

  hdr = iob_tryalloc_contig(n, nif->headroom, IOB_CLASS_TX);
  if (hdr == NULL)
    {
      return NULL;
    }

  g_net.stats.ip.outheaders++;
  hdr->io_len    = (uint16_t)n;
  hdr->io_pktlen = n;
  iob_concat(hdr, pkt);
  return hdr;
}

int ipv4_complete_csum(struct iob_s *pkt, const struct netdev_offload_s *off)
{
  unsigned int where = off->csum_start + off->csum_offset;
  unsigned int at = where;
  struct iob_s *iob = pkt;
  uint16_t sum;

  if (where + 2 > pkt->io_pktlen)
    {
      return -EINVAL;
    }

  /* The field holds the pseudo-header's sum, and is part of what is added */

  sum = (uint16_t)~net_csum_fold(net_csum_iob(pkt, off->csum_start,
                                              pkt->io_pktlen -
                                              off->csum_start, 0));
  if (sum == 0)
    {
      sum = 0xffff;                  /* UDP: zero would mean none */
    }

  while (at >= iob->io_len)
    {
      at -= iob->io_len;
      iob = iob->io_flink;
    }

  if (at + 2 > iob->io_len)
    {
      return iob_trycopyin(pkt, (const uint8_t *)&sum, 2, (int)where,
                           false) < 0 ? -ENOMEM : 0;
    }

  /* The transport's header is at our disposal as the IP header's place is:
   * no view but this one covers it.
   */

  wire_store16(IOB_DATA(iob) + at, sum);
  g_net.stats.ip.outcsums++;
  return 0;
}

/* Copies to ourselves ******************************************************/

static void loop_run(struct net_timer_s *timer)
{
  struct loop_s *list = g_loop;

  (void)timer;

  /* Answers that go up again wait for the next turn */

  g_loop     = NULL;
  g_looptail = &g_loop;
  g_nloop    = 0;

  while (list != NULL)
    {
      struct loop_s *entry = list;
      struct net_rx_s rx;

      list = entry->next;
      memset(&rx, 0, sizeof(rx));
      rx.nif   = entry->nif;
      rx.flags = (uint8_t)entry->rxflags;
      ipv4_input(entry->nif, entry->pkt, &rx);
      kmm_free(entry);
    }
}

void ipv4_loop(struct iob_s *pkt, struct netif_s *nif, unsigned int rxflags)
{
  struct loop_s *entry = NULL;

  if (g_nloop < LOOP_MAX)
    {
      entry = kmm_malloc(sizeof(*entry));
    }

  if (entry == NULL)
    {
      g_net.stats.ip.outloopdrops++;
      iob_free_chain(pkt);
      return;
    }

  g_net.stats.ip.outloops++;
  entry->next    = NULL;
  entry->pkt     = pkt;
  entry->nif     = nif;
  entry->rxflags = rxflags | NET_RX_LOOPED;
  *g_looptail    = entry;
  g_looptail     = &entry->next;
  g_net_pending  = true;
  if (g_nloop++ == 0)
    {
      net_timer_start(&g_looptimer, net_now(), loop_run);
    }
}

/* ... and not wait for the timer: see net_leave() */

void ipv4_loop_now(void)
{
  if (g_nloop > 0)
    {
      net_timer_stop(&g_looptimer);
      loop_run(&g_looptimer);
    }
}

/* Forget those of one interface, or all if it is NULL */

void ipv4_loop_flush(struct netif_s *nif)
{
  struct loop_s **link = &g_loop;

  while (*link != NULL)
    {
      struct loop_s *entry = *link;

      if (nif != NULL && entry->nif != nif)
        {
          link = &entry->next;
          continue;
        }

      *link = entry->next;
      g_nloop--;
      iob_free_chain(entry->pkt);
      kmm_free(entry);
    }

  g_looptail = link;
  if (g_nloop == 0)
    {
      net_timer_stop(&g_looptimer);
    }
}

/* Split off the copy to ourselves: what is returned leaves, and has the
 * head-room; NULL if nothing does.
 */

static struct iob_s *loop_copy(struct iob_s *pkt, struct net_path_s *path,
                               unsigned int flags)
{
  struct netaddr_s dst = netaddr_from4(wire_load32(IOB_DATA(pkt) + IP_DST));
  bool broadcast = (path->flags & NET_PATH_BROADCAST) != 0;
  struct iob_s *out;

  if (path->nif->loopback ||
      (!broadcast && ((flags & NET_TX_MCLOOP) == 0 ||
                      !igmp_member(path->nif, &dst))))
    {
      return pkt;
    }

  out = iob_share(pkt, 0, pkt->io_pktlen);
  if (out == NULL)
    {
      g_net.stats.ip.outloopdrops++;
      return pkt;
    }

  ipv4_loop(pkt, path->nif, NET_RX_CSUM_OK |
            (broadcast ? NET_RX_BROADCAST : NET_RX_MULTICAST));
  return out;
}

/* Sending ******************************************************************/

/* Not the plain case: too long, to several, or a checksum that this device
 * does not complete.
 */

static int transmit_slow(struct iob_s *pkt, struct net_path_s *path,
                         unsigned int flags,
                         const struct netdev_offload_s *off)
{
  bool gso = off != NULL && off->gso_size != 0;
  int ret = -ENOBUFS;

  if (off != NULL && (off->flags & NETDEV_OFF_PARTIAL) &&
      ((path->nif->dev->d_features & NETDEV_TXCSUM) == 0 ||
       (pkt->io_pktlen > path->mtu && !gso)))
    {
      if (ipv4_complete_csum(pkt, off) < 0)
        {
          g_net.stats.ip.outdiscards++;
          goto drop;
        }

      off = NULL;
    }

  if (path->flags & (NET_PATH_BROADCAST | NET_PATH_MULTICAST))
    {
      pkt = loop_copy(pkt, path, flags);
      if (flags & NET_TX_TTL0)
        {
          g_net.stats.ip.outttl0++;
          ret = 0;
          goto drop;
        }
    }

  if (pkt->io_pktlen > path->mtu && !gso)
    {
      if (wire_get16(IOB_DATA(pkt) + IP_OFF) & IPF_DF)
        {
          g_net.stats.ip.fragfails++;
          ret = -EMSGSIZE;
          goto drop;
        }

      return ipv4_fragment(pkt, path, flags);
    }

  return eth_output(pkt, path, (uint8_t)flags, off);

drop:
  ipv4_unreserve(path, flags);
  iob_free_chain(pkt);
  return ret;
}

int ipv4_transmit(struct iob_s *pkt, struct net_path_s *path,
                  unsigned int flags, const struct netdev_offload_s *off)
{
  if (predict_false(pkt->io_pktlen > path->mtu ||
                    (path->flags & (NET_PATH_BROADCAST |
                                    NET_PATH_MULTICAST)) ||
                    (off != NULL && (path->nif->dev->d_features &
                                     NETDEV_TXCSUM) == 0)))
    {
      return transmit_slow(pkt, path, flags, off);
    }

  return eth_output(pkt, path, (uint8_t)flags, off);
}

/* Inlined into both of its callers: without options, the sum over the header
 * is straight code.
 */

static inline_function int output(struct iob_s *pkt, struct net_path_s *path,
                                  const struct net_tx_s *tx,
                                  const uint8_t *opt, unsigned int optlen)
{
  unsigned int hdrlen = IP_HDRLEN + optlen;
  struct netdev_offload_s off;
  struct iob_s *whole;
  uint8_t *ip;
  int ret = -ENOBUFS;

  g_net.stats.ip.outrequests++;

  if (predict_false(pkt->io_pktlen > IP_MAXLEN - hdrlen))
    {
      g_net.stats.ip.outtoobig++;
      ret = -EMSGSIZE;
      goto drop;
    }

  whole = ipv4_push(pkt, path->nif, hdrlen);
  if (predict_false(whole == NULL))
    {
      g_net.stats.ip.outdiscards++;
      goto drop;
    }

  ip = IOB_DATA(whole);
  ip[IP_VHL]  = (uint8_t)(0x40 | (hdrlen >> 2));
  ip[IP_TOS_] = tx->tos;
  wire_put16(ip + IP_LEN, whole->io_pktlen);
  if (tx->flags & NET_TX_DF)
    {
      wire_store16(ip + IP_ID, 0);
      wire_put16(ip + IP_OFF, IPF_DF);
    }
  else
    {
      wire_put16(ip + IP_ID, ipv4_ident(tx->src->w[3], tx->dst->w[3],
                                         tx->proto));
      wire_store16(ip + IP_OFF, 0);
    }

  ip[IP_TTL_]  = tx->ttl != 0 || (tx->flags & NET_TX_TTL0) ?
                 tx->ttl : IP_DEFTTL;
  ip[IP_PROTO] = tx->proto;
  wire_store32(ip + IP_SRC, tx->src->w[3]);
  wire_store32(ip + IP_DST, tx->dst->w[3]);
  if (optlen > 0)
    {
      memcpy(ip + IP_OPT, opt, optlen);
    }

  ip_setsum(ip, hdrlen);

  if (tx->off == NULL)
    {
      return ipv4_transmit(whole, path, tx->flags, NULL);
    }

  off = *tx->off;
  off.csum_start = (uint16_t)(off.csum_start + hdrlen);
  off.hdrlen     = (uint16_t)(off.hdrlen + hdrlen);
  return ipv4_transmit(whole, path, tx->flags, &off);

drop:
  ipv4_unreserve(path, tx->flags);
  iob_free_chain(pkt);
  return ret;
}

int ipv4_output_options(struct iob_s *pkt, struct net_path_s *path,
                        const struct net_tx_s *tx, const uint8_t *opt,
                        unsigned int optlen)
{
  return output(pkt, path, tx, opt, optlen);
}

static int ipv4_output(struct iob_s *pkt, struct net_path_s *path,
                       const struct net_tx_s *tx)
{
  return output(pkt, path, tx, NULL, 0);
}

static uint32_t ipv4_pseudo(const struct netaddr_s *src,
                            const struct netaddr_s *dst, uint8_t proto,
                            unsigned int len)
{
  uint64_t sum = (uint64_t)src->w[3] + dst->w[3];

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  sum += ((uint32_t)proto << 8) + (((len & 0xff) << 8) | (len >> 8));
#else
  sum += (uint32_t)proto + len;
#endif
  sum = (sum & 0xffffffff) + (sum >> 32);
  return (uint32_t)((sum & 0xffffffff) + (sum >> 32));
}

const struct ip_family_s g_ipv4_family =
{
  .domain = AF_INET,
  .hdrlen = IP_HDRLEN,
  .output = ipv4_output,
  .pseudo = ipv4_pseudo,
};

int ipv4_initialize(void)
{
  unsigned int i;

  for (i = 0; i < NIDENTS; i++)
    {
      g_ident[i] = (uint16_t)net_random();
    }

  ipv4_reass_initialize();
  ipv4_input_reset();
  ipv4_forward_reset();

  return 0;
}

void ipv4_finalize(void)
{
  ipv4_loop_flush(NULL);
  ipv4_queue_flush(NULL);
  ipv4_reass_flush(NULL);
}
