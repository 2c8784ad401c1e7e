/* net/eth.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Ethernet framing (RFC 894): the 14 bytes in front of each packet.
 *
 * Sending to a neighbour that is known costs one comparison, one copy of a
 * header that lies ready, and the call of the device.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <string.h>

#include "net_link.h"
#include "wire.h"

void eth_input(struct netif_s *nif, struct iob_s *pkt, struct net_rx_s *rx)
{
  const uint8_t *header;
  unsigned int type;
  uint64_t *drop;

  if (predict_false(pkt->io_len < ETH_HDRLEN) &&
      (pkt->io_pktlen < ETH_HDRLEN || iob_contig(pkt, ETH_HDRLEN) < 0))
    {
      drop = &g_net.stats.link.inshort;
      goto drop;
    }

  header = IOB_DATA(pkt);
  type   = wire_get16(header + ETH_TYPE);
  if (predict_false(eth_is_multicast(header + ETH_DST)))
    {
      nif->stats.rx_multicast++;
      rx->flags |= eth_is_broadcast(header + ETH_DST) ? NET_RX_BROADCAST :
                                                        NET_RX_MULTICAST;
    }
  else if (memcmp(header + ETH_DST, nif->dev->d_mac, NETDEV_MACLEN) != 0)
    {
      drop = &g_net.stats.link.inotherhost;
      goto drop;
    }

  if (predict_false(eth_is_multicast(header + ETH_SRC)))
    {
      drop = &g_net.stats.link.inbadsource;
      goto drop;
    }

  iob_pull(pkt, ETH_HDRLEN);
  if (predict_true(type == ETHTYPE_IPV4))
    {
      ipv4_input(nif, pkt, rx);
      return;
    }
  else if (type == ETHTYPE_ARP)
    {
      arp_input(nif, pkt, rx);
      return;
    }

  drop = &g_net.stats.link.inunknowntype;

drop:
  (*drop)++;
  nif->stats.rx_dropped++;
  iob_free_chain(pkt);
}

/* A buffer of its own for the header, where the packet has no room */

static struct iob_s *prepend(struct netif_s *nif, struct iob_s *pkt)
{
  struct iob_s *head = iob_tryalloc_contig(ETH_HDRLEN, nif->dev->d_headroom,
                                           IOB_CLASS_TX);

  if (head != NULL)
    {
      head->io_len    = ETH_HDRLEN;
      head->io_pktlen = pkt->io_pktlen + ETH_HDRLEN;
      head->io_flink  = pkt;
    }

  return head;
}

int eth_send(struct netif_s *nif, struct iob_s *pkt, const uint8_t *header,
             uint8_t txflags, const struct netdev_offload_s *off)
{
  struct netdev_offload_s moved;
  struct iob_s *frame = pkt;

  if (predict_false(iob_push(pkt, ETH_HDRLEN) < 0))
    {
      frame = prepend(nif, pkt);
      if (frame == NULL)
        {
          g_net.stats.link.outnomem++;
          nif->stats.tx_dropped++;
          iob_free_chain(pkt);
          if (txflags & NET_TX_RESERVED)
            {
              netif_cancel(nif);
            }

          return -ENOBUFS;
        }
    }

  memcpy(IOB_DATA(frame), header, ETH_HDRLEN);
  if (off != NULL)
    {
      moved             = *off;
      moved.csum_start += ETH_HDRLEN;
      moved.hdrlen     += ETH_HDRLEN;
      off               = &moved;
    }

  return netif_output(nif, frame, txflags, off);
}

/* To all, or to a group: the address follows from that of the packet (RFC
 * 1112 6.4).
 */

static void group_header(const struct net_path_s *path, uint8_t *header)
{
  static const uint8_t prefix[3] =
  {
    0x01, 0x00, 0x5e
  };

  const uint8_t *addr = (const uint8_t *)&path->nexthop.w[3];

  if (path->flags & NET_PATH_BROADCAST)
    {
      memset(header, 0xff, NETDEV_MACLEN);
    }
  else
    {
      memcpy(header, prefix, 3);
      header[3] = addr[1] & 0x7f;
      header[4] = addr[2];
      header[5] = addr[3];
    }

  memcpy(header + ETH_SRC, path->nif->dev->d_mac, NETDEV_MACLEN);
  wire_put16(header + ETH_TYPE, ETHTYPE_IPV4);
}

int eth_output(struct iob_s *pkt, struct net_path_s *path, uint8_t txflags,
               const struct netdev_offload_s *off)
{
  struct netif_s *nif = path->nif;
  uint8_t header[ETH_HDRLEN];
  struct neigh_s *neigh;
  int ret;

  if (nif->dev->d_medium != NETDEV_ETHERNET)
    {
      return netif_output(nif, pkt, txflags, off);
    }

  if (path->flags & (NET_PATH_BROADCAST | NET_PATH_MULTICAST))
    {
      group_header(path, header);
      return eth_send(nif, pkt, header, txflags, off);
    }

  neigh = path->neigh;
  if (neigh == NULL || path->generation != g_net.generation)
    {
      neigh = neigh_get(nif, &path->nexthop);
      path->neigh = neigh;
    }

  if (neigh != NULL && net_now() < neigh->fresh_until)
    {
      return eth_send(nif, pkt, neigh->header, txflags, off);
    }

  /* The place in the device goes back first: the packet may have to wait */

  if (txflags & NET_TX_RESERVED)
    {
      netif_cancel(nif);
    }

  if (neigh == NULL)
    {
      nif->stats.tx_dropped++;
      iob_free_chain(pkt);
      return -ENOBUFS;
    }

  ret = neigh_resolve(neigh, pkt, off);
  return ret <= 0 ? ret :
         eth_send(nif, pkt, neigh->header, NET_TX_NOWAIT, off);
}
