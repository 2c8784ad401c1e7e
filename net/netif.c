/* net/netif.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Interfaces: the stack's side of a device.  Addresses, and who may send
 * next.
 *
 * Egress.  Who has something to send asks for a place (netif_reserve()).  As
 * long as the device has one, that is all.  When it has none, the asker's
 * node joins a queue, and from then on everybody queues, so that nobody is
 * passed; tx_ready of the device runs the queue from its head.  One whose
 * turn it is may take a few places and then joins the end of the queue while
 * others wait: one connection with much data does not starve the rest.
 * Those with nothing to send are in no queue and cost nothing.
 *
 * Frames that nobody waits for (ARP, ICMP, RST) are complete when they come
 * here.  If the device is full they wait in a ring, which goes first.
 *
 * Addresses of all interfaces are in one hash table, which grows: each
 * received packet is looked up there.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <nuttx/kmalloc.h>

#include "net_link.h"

#define EGRESS_TURN 8                /* Places in one turn */
#define CTRL_MAX    64               /* Frames that wait without a node */

struct ctrl_frame_s
{
  struct iob_s *frame;
  struct netdev_offload_s off;
};

struct ctrl_s
{
  struct ctrl_frame_s ring[CTRL_MAX];
  unsigned int head;
  unsigned int n;
};

/* Addresses */

struct addrs_s
{
  struct netif_addr_s **bucket;      /* A power of two of them */
  unsigned int nbuckets;
  unsigned int count;
};

#define ADDRS_MIN 16

static struct addrs_s g_addrs;

/* The device ***************************************************************/

/* Calls that may call back */

static void commit(struct netif_s *nif, struct iob_s *frame,
                   const struct netdev_offload_s *off)
{
  nif->stats.tx_frames++;
  nif->stats.tx_bytes += frame->io_pktlen;
  g_net_pending |= nif->loopback;
  g_net_busy++;
  netdev_commit(nif->dev, frame, off);
  g_net_busy--;
}

static int reserve(struct netif_s *nif)
{
  int ret = netdev_reserve(nif->dev);

  if (predict_false(ret == -EAGAIN))
    {
      nif->refused = true;
      g_net.stats.link.outrefused++;
    }

  return ret;
}

void netif_cancel(struct netif_s *nif)
{
  g_net_busy++;
  netdev_cancel(nif->dev);
  g_net_busy--;
}

void netif_reclaim(struct netif_s *nif)
{
  g_net_busy++;
  netdev_reclaim(nif->dev);
  g_net_busy--;
}

/* Egress *******************************************************************/

static void egress_add(struct netif_s *nif, struct net_egress_s *egress,
                       bool first)
{
  if (egress->nif == nif)
    {
      return;
    }

  net_egress_del(egress);
  egress->nif  = nif;
  egress->prev = first ? NULL : nif->egress_tail;
  egress->next = first ? nif->egress_head : NULL;
  if (egress->prev != NULL)
    {
      egress->prev->next = egress;
    }
  else
    {
      nif->egress_head = egress;
    }

  if (egress->next != NULL)
    {
      egress->next->prev = egress;
    }
  else
    {
      nif->egress_tail = egress;
    }
}

void net_egress_del(struct net_egress_s *egress)
{
  struct netif_s *nif = egress->nif;

  if (nif == NULL)
    {
      return;
    }

  if (egress->prev != NULL)
    {
      egress->prev->next = egress->next;
    }
  else
    {
      nif->egress_head = egress->next;
    }

  if (egress->next != NULL)
    {
      egress->next->prev = egress->prev;
    }
  else
    {
      nif->egress_tail = egress->prev;
    }

  egress->nif = NULL;
}

int netif_reserve(struct netif_s *nif, struct net_egress_s *egress)
{
  bool first = false;
  int ret = -EAGAIN;

  if (predict_true(nif->egress_head == NULL))
    {
      ret = reserve(nif);
    }
  else if (nif->egress_turn > 0)
    {
      /* Whose turn begins with a refusal stays the next */

      first = nif->egress_turn-- == EGRESS_TURN;
      ret   = reserve(nif);
    }

  if (ret == -EAGAIN && egress != NULL)
    {
      egress_add(nif, egress, first);
    }

  return ret;
}

/* Send frames of the ring while there are places */

static void ctrl_send(struct netif_s *nif)
{
  struct ctrl_s *ctrl = nif->ctrl;

  while (ctrl->n > 0)
    {
      struct ctrl_frame_s *next = &ctrl->ring[ctrl->head];
      int ret = reserve(nif);

      if (ret == -EAGAIN)
        {
          return;
        }

      ctrl->head = (ctrl->head + 1) % CTRL_MAX;
      ctrl->n--;
      if (ret == 0)
        {
          commit(nif, next->frame, &next->off);
        }
      else
        {
          g_net.stats.link.outdown++;
          nif->stats.tx_dropped++;
          iob_free_chain(next->frame);
        }
    }
}

void netif_egress(struct netif_s *nif)
{
  struct net_egress_s *egress;

  nif->refused = false;
  ctrl_send(nif);

  while (!nif->refused && (egress = nif->egress_head) != NULL)
    {
      nif->egress_head = egress->next;
      if (nif->egress_head != NULL)
        {
          nif->egress_head->prev = NULL;
        }
      else
        {
          nif->egress_tail = NULL;
        }

      egress->nif      = NULL;
      nif->egress_turn = EGRESS_TURN;
      g_net.stats.link.outturns++;
      egress->run(egress);
    }

  nif->egress_turn = 0;
}

int netif_output(struct netif_s *nif, struct iob_s *frame, uint8_t txflags,
                 const struct netdev_offload_s *off)
{
  struct ctrl_s *ctrl = nif->ctrl;
  struct ctrl_frame_s *place;
  uint64_t *drop;
  int ret = 0;

  if ((txflags & NET_TX_RESERVED) == 0)
    {
      ret = ctrl->n > 0 ? -EAGAIN : reserve(nif);
    }

  if (predict_true(ret == 0))
    {
      commit(nif, frame, off);
      return 0;
    }

  if (ret != -EAGAIN)
    {
      drop = &g_net.stats.link.outdown;
      goto drop;
    }

  if (ctrl->n == CTRL_MAX)
    {
      ret  = -ENOBUFS;
      drop = &g_net.stats.link.outctrlfull;
      goto drop;
    }

  g_net.stats.link.outwaited++;
  place = &ctrl->ring[(ctrl->head + ctrl->n++) % CTRL_MAX];
  place->frame = frame;
  memset(&place->off, 0, sizeof(place->off));
  if (off != NULL)
    {
      place->off = *off;
    }

  return 0;

drop:
  (*drop)++;
  nif->stats.tx_dropped++;
  iob_free_chain(frame);
  return ret;
}

/* Those who wait learn that there is no device: asking again fails */

static void egress_flush(struct netif_s *nif)
{
  struct ctrl_s *ctrl = nif->ctrl;

  for (; ctrl->n > 0; ctrl->n--)
    {
      iob_free_chain(ctrl->ring[ctrl->head].frame);
      ctrl->head = (ctrl->head + 1) % CTRL_MAX;
      g_net.stats.link.outdown++;
      nif->stats.tx_dropped++;
    }

  netif_egress(nif);
}

/* Attaching ****************************************************************/

struct netif_s *netif_find(unsigned int ifindex)
{
  struct netif_s *nif;

  for (nif = g_net.netifs; nif != NULL; nif = nif->next)
    {
      if (nif->dev->d_ifindex == ifindex)
        {
          break;
        }
    }

  return nif;
}

struct netif_s *netif_findbyname(const char *name)
{
  struct netif_s *nif;

  for (nif = g_net.netifs; nif != NULL; nif = nif->next)
    {
      if (strcmp(nif->dev->d_ifname, name) == 0)
        {
          break;
        }
    }

  return nif;
}

/* A loopback device, whatever is wrapped around it */

static bool is_loopback(const struct net_driver_s *dev)
{
  while (dev->d_lower != NULL)
    {
      dev = dev->d_lower;
    }

  return strcmp(dev->d_kind, "loopback") == 0;
}

static int loopback_setup(struct netif_s *nif)
{
  static const uint8_t localhost[4] =
  {
    127, 0, 0, 1
  };

  struct netaddr_s addr;
  uint32_t addr4;
  int ret;

  memcpy(&addr4, localhost, sizeof(addr4));
  addr = netaddr_from4(addr4);
  ret  = netif_up(nif);
  return ret < 0 ? ret : netif_addr_add(nif, &addr, 8, NULL);
}

int netif_attach(struct net_driver_s *dev, struct netif_s **result)
{
  struct netif_s *nif = kmm_zalloc(sizeof(*nif));
  struct ctrl_s *ctrl = kmm_zalloc(sizeof(*ctrl));
  struct netif_s **link;
  int ret = -ENOMEM;

  if (nif == NULL || ctrl == NULL)
    {
      goto fail;
    }

  nif->dev      = dev;
  nif->ctrl     = ctrl;
  nif->probe    = g_net.probe;
  memcpy(nif->mac, dev->d_mac, sizeof(nif->mac));
  nif->loopback = is_loopback(dev);
  nif->headroom = dev->d_headroom +
                  (dev->d_medium == NETDEV_ETHERNET ? ETH_HDRLEN : 0);
  ret = netdev_attach(dev, &g_net_upper, nif);
  if (ret < 0)
    {
      goto fail;
    }

  for (link = &g_net.netifs;
       *link != NULL && (*link)->dev->d_ifindex < dev->d_ifindex;
       link = &(*link)->next)
    {
    }

  nif->next = *link;
  *link     = nif;
  if (nif->loopback && g_net.lo == NULL)
    {
      g_net.lo = nif;
      ret      = loopback_setup(nif);
      if (ret < 0)
        {
          netif_detach(nif);
          return ret;
        }
    }

  if (result != NULL)
    {
      *result = nif;
    }

  return 0;

fail:
  kmm_free(nif);
  kmm_free(ctrl);
  return ret;
}

void netif_detach(struct netif_s *nif)
{
  struct netif_s **link;

  netif_down(nif);
  arp_flush(nif);                    /* What was set while it was down */
  ipv4_frag_flush(nif);
  while (nif->addrs != NULL)
    {
      struct netaddr_s addr = nif->addrs->addr;

      netif_addr_del(nif, &addr);
    }

  igmp_flush(nif, true);
  route_flush(nif, true);
  net_later_drop(nif->dev);
  while (nif->egress_head != NULL)
    {
      net_egress_del(nif->egress_head);
    }

  for (link = &g_net.netifs; *link != nif; link = &(*link)->next)
    {
    }

  *link = nif->next;
  if (g_net.lo == nif)
    {
      g_net.lo = NULL;
    }

  netdev_detach(nif->dev);
  net_path_flush();
  kmm_free(nif->ctrl);
  kmm_free(nif);
}

void netif_finalize(void)
{
  while (g_net.netifs != NULL)
    {
      netif_detach(g_net.netifs);
    }

  kmm_free(g_addrs.bucket);
  memset(&g_addrs, 0, sizeof(g_addrs));
}

/* Up and down **************************************************************/

bool netif_running(const struct netif_s *nif)
{
  return nif->up && (nif->dev->d_flags & (NETDEV_UP | NETDEV_CARRIER)) ==
         (NETDEV_UP | NETDEV_CARRIER);
}

static void announce_all(struct netif_s *nif)
{
  struct netif_addr_s *ifa;

  for (ifa = nif->addrs; ifa != NULL && netif_running(nif); ifa = ifa->next)
    {
      arp_announce(ifa, nif->probe);
    }
}

int netif_up(struct netif_s *nif)
{
  int ret;

  if (nif->up)
    {
      return 0;
    }

  nif->up = true;
  g_net_busy++;
  ret = netdev_ifup(nif->dev);
  g_net_busy--;
  if (ret < 0)
    {
      nif->up = false;
      return ret;
    }

  net_path_flush();
  announce_all(nif);
  igmp_up(nif);
  return 0;
}

void netif_down(struct netif_s *nif)
{
  struct netif_addr_s *ifa;

  if (!nif->up)
    {
      return;
    }

  nif->up = false;
  for (ifa = nif->addrs; ifa != NULL; ifa = ifa->next)
    {
      net_timer_stop(&ifa->timer);
    }

  arp_flush(nif);
  igmp_flush(nif, false);
  ipv4_frag_flush(nif);
  route_flush(nif, false);
  net_path_flush();

  g_net_busy++;
  netdev_ifdown(nif->dev);
  g_net_busy--;
  egress_flush(nif);
}

/* The link came or went */

void netif_carrier(struct netif_s *nif)
{
  net_path_flush();
  if (netif_running(nif))
    {
      announce_all(nif);
      igmp_up(nif);
    }
}

/* Paths know the old MTU.  The headers for neighbours have the old link
 * address in them: forget these, and tell everybody the new one.
 */

void netif_changed(struct netif_s *nif)
{
  struct netif_addr_s *ifa;

  net_path_flush();
  if (memcmp(nif->mac, nif->dev->d_mac, sizeof(nif->mac)) == 0)
    {
      return;
    }

  memcpy(nif->mac, nif->dev->d_mac, sizeof(nif->mac));
  arp_flush(nif);
  for (ifa = nif->addrs; ifa != NULL && netif_running(nif); ifa = ifa->next)
    {
      arp_announce(ifa, (ifa->flags & NETIF_ADDR_TENTATIVE) != 0);
    }
}

/* Addresses ****************************************************************/

static struct netif_addr_s **bucket_of(const struct netaddr_s *addr)
{
  uint32_t h = (addr->w[0] ^ addr->w[1] ^ addr->w[2] ^ addr->w[3]) *
               2654435761u;

  return &g_addrs.bucket[(h ^ h >> 15) & (g_addrs.nbuckets - 1)];
}

/* Have room for one more: twice as many buckets, unless memory lacks, when
 * the chains get longer.
 */

static int addrs_grow(void)
{
  struct netif_addr_s **old = g_addrs.bucket;
  unsigned int nold = g_addrs.nbuckets;
  struct netif_addr_s **bucket;
  unsigned int n = nold > 0 ? 2 * nold : ADDRS_MIN;
  unsigned int i;

  if (g_addrs.count < nold)
    {
      return 0;
    }

  bucket = kmm_calloc(n, sizeof(*bucket));
  if (bucket == NULL)
    {
      return nold > 0 ? 0 : -ENOMEM;
    }

  g_addrs.bucket   = bucket;
  g_addrs.nbuckets = n;
  for (i = 0; i < nold; i++)
    {
      while (old[i] != NULL)
        {
          struct netif_addr_s *ifa = old[i];
          struct netif_addr_s **link = bucket_of(&ifa->addr);

          old[i]         = ifa->hash_next;
          ifa->hash_next = *link;
          *link          = ifa;
        }
    }

  kmm_free(old);
  return 0;
}

static struct netif_addr_s *addr_find(const struct netif_s *nif,
                                      const struct netaddr_s *addr)
{
  struct netif_addr_s *ifa = NULL;

  if (g_addrs.nbuckets > 0)
    {
      for (ifa = *bucket_of(addr); ifa != NULL; ifa = ifa->hash_next)
        {
          if (netaddr_equal(&ifa->addr, addr) &&
              (nif == NULL || nif == ifa->nif))
            {
              break;
            }
        }
    }

  return ifa;
}

struct netif_addr_s *netif_addr_local(const struct netif_s *nif,
                                      const struct netaddr_s *addr)
{
  struct netif_addr_s *ifa = addr_find(nif, addr);

  /* All of 127/8 is ours, as soon as a part of it is, but for the address of
   * all
   */

  if (ifa == NULL && g_net.lo != NULL && (nif == NULL || nif == g_net.lo) &&
      netaddr_isloopback(addr))
    {
      ifa = g_net.lo->addrs;
      if (ifa != NULL && netaddr_equal(addr, &ifa->broadcast))
        {
          ifa = NULL;
        }
    }

  return ifa == NULL || (ifa->flags & NETIF_ADDR_TENTATIVE) ? NULL : ifa;
}

struct netif_addr_s *netif_addr_first(const struct netif_s *nif)
{
  struct netif_addr_s *ifa;

  for (ifa = nif->addrs; ifa != NULL; ifa = ifa->next)
    {
      if ((ifa->flags & NETIF_ADDR_TENTATIVE) == 0 &&
          netaddr_is4(&ifa->addr))
        {
          break;
        }
    }

  return ifa;
}

/* The mask of an IPv4 prefix, in network byte order */

static uint32_t mask4(unsigned int prefixlen)
{
  uint8_t b[4];
  uint32_t mask;
  unsigned int i;

  for (i = 0; i < 4; i++, prefixlen -= prefixlen < 8 ? prefixlen : 8)
    {
      b[i] = prefixlen >= 8 ? 0xff : (uint8_t)(0xff00 >> prefixlen);
    }

  memcpy(&mask, b, sizeof(mask));
  return mask;
}

struct netif_addr_s *netif_addr_for(const struct netif_s *nif,
                                    const struct netaddr_s *addr)
{
  struct netif_addr_s *ifa;

  if (!netaddr_is4(addr))
    {
      return NULL;
    }

  for (ifa = nif->addrs; ifa != NULL; ifa = ifa->next)
    {
      if ((ifa->flags & NETIF_ADDR_TENTATIVE) == 0 &&
          ((ifa->addr.w[3] ^ addr->w[3]) & mask4(ifa->prefixlen)) == 0)
        {
          break;
        }
    }

  return ifa;
}

/* Does another address of the interface have the same network? */

static bool shares_net(const struct netif_addr_s *ifa)
{
  uint32_t mask = mask4(ifa->prefixlen);
  const struct netif_addr_s *other;

  for (other = ifa->nif->addrs; other != NULL; other = other->next)
    {
      if (other != ifa && other->prefixlen == ifa->prefixlen &&
          ((other->addr.w[3] ^ ifa->addr.w[3]) & mask) == 0)
        {
          return true;
        }
    }

  return false;
}

static struct netaddr_s net_of(const struct netif_addr_s *ifa)
{
  return netaddr_from4(netaddr_to4(&ifa->addr) & mask4(ifa->prefixlen));
}

int netif_addr_add(struct netif_s *nif, const struct netaddr_s *addr,
                   uint8_t prefixlen, const struct netaddr_s *broadcast)
{
  struct netif_addr_s **link;
  struct netif_addr_s *ifa;
  struct netaddr_s net;
  int ret;

  if (!netaddr_is4(addr) || prefixlen > 32 || netaddr_isany(addr) ||
      netaddr_ismulticast(addr) || netaddr_to4(addr) == UINT32_MAX)
    {
      return -EINVAL;
    }

  if (addr_find(nif, addr) != NULL)
    {
      return -EEXIST;
    }

  ret = addrs_grow();
  ifa = ret < 0 ? NULL : kmm_zalloc(sizeof(*ifa));
  if (ifa == NULL)
    {
      return -ENOMEM;
    }

  ifa->nif       = nif;
  ifa->addr      = *addr;
  ifa->prefixlen = prefixlen;
  ifa->broadcast = broadcast != NULL ? *broadcast :
                   prefixlen >= 31 ? g_netaddr_any4 :
                   netaddr_from4(netaddr_to4(addr) | ~mask4(prefixlen));
  net = net_of(ifa);
  ret = prefixlen == 32 ? 0 :
        route_add(&net, prefixlen, &g_netaddr_any4, nif, 0, 0);
  if (ret < 0 && ret != -EEXIST)
    {
      kmm_free(ifa);
      return ret;
    }

  for (link = &nif->addrs; *link != NULL; link = &(*link)->next)
    {
    }

  *link          = ifa;
  link           = bucket_of(addr);
  ifa->hash_next = *link;
  *link          = ifa;
  g_addrs.count++;
  net_path_flush();
  if (netif_running(nif))
    {
      arp_announce(ifa, nif->probe);
    }

  return 0;
}

int netif_addr_del(struct netif_s *nif, const struct netaddr_s *addr)
{
  struct netif_addr_s *ifa = addr_find(nif, addr);
  struct netif_addr_s **link;
  struct netaddr_s net;

  if (ifa == NULL)
    {
      return -EADDRNOTAVAIL;
    }

  net_timer_stop(&ifa->timer);
  for (link = &nif->addrs; *link != ifa; link = &(*link)->next)
    {
    }

  *link = ifa->next;
  for (link = bucket_of(addr); *link != ifa; link = &(*link)->hash_next)
    {
    }

  *link = ifa->hash_next;
  g_addrs.count--;

  net = net_of(ifa);
  if (ifa->prefixlen < 32 && !shares_net(ifa))
    {
      route_del(&net, ifa->prefixlen, &g_netaddr_any4, nif);
    }

  net_path_flush();
  kmm_free(ifa);
  return 0;
}
