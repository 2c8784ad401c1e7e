/* net/arp.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Neighbours of an Ethernet, found by ARP (RFC 826, RFC 1122 2.3.2), and the
 * defence of our own addresses (RFC 5227).
 *
 *              no answer (3 broadcasts, 1 s apart)
 *   INCOMPLETE ------------------------> FAILED -- 1 s --> forgotten
 *       | answer
 *       v            30 s, unless somebody upstream confirms it
 *   REACHABLE -------------------------> STALE --> forgotten for others, or
 *       ^                                  | used           after 20 minutes
 *       | answer, or confirmed             v
 *       +------------------------------- DELAY -- 5 s --> PROBE
 *                                        (used meanwhile)   | 3 unicasts
 *                                                           v without answer
 *                                                        forgotten
 *
 * This is neighbour unreachability detection as IPv6 has it (RFC 4861 7.3),
 * whose states and times it borrows.  Only states that ask have a timer
 * running; how long a neighbour stays fresh is looked at when it is used, so
 * that an idle stack has nothing to do.
 *
 * Packets that wait for an answer are kept, a bounded number for each
 * neighbour, oldest dropped first, and sent in order when it comes - through
 * the egress queue of the interface, so that a full device loses none.
 *
 * Against floods: the table is bounded, the least lately used neighbour that
 * is not in use making room; requests that are not for us make no entry, nor
 * do senders outside of our networks; at most half of the table may wait for
 * answers, and requests go out at a limited rate.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <nuttx/kmalloc.h>

#include "net_link.h"
#include "wire.h"

#define REACHABLE_TIME   (30 * NET_SEC)
#define DELAY_TIME       (5 * NET_SEC)
#define RETRY_TIME       NET_SEC
#define STALE_TIME       (20 * 60 * NET_SEC)
#define LOCK_TIME        NET_SEC     /* No second change within this */
#define MAX_TRIES        3
#define MAX_WAIT         64          /* Packets for one neighbour */
#define MAX_SCAN         32          /* Looked at to make room for one */
#define RATE             256         /* Requests in a second */
#define BUCKETS_MIN      16

/* RFC 5227, section 1.1 */

#define PROBE_WAIT       NET_SEC
#define PROBE_NUM        3
#define PROBE_MIN        NET_SEC
#define PROBE_MAX        (2 * NET_SEC)
#define ANNOUNCE_WAIT    (2 * NET_SEC)
#define ANNOUNCE_NUM     2
#define ANNOUNCE_TIME    (2 * NET_SEC)
#define DEFEND_INTERVAL  (10 * NET_SEC)

struct neigh_wait_s
{
  struct neigh_wait_s *next;
  struct iob_s *pkt;
  struct netdev_offload_s off;
};

struct arp_s
{
  struct neigh_s **bucket;           /* A power of two of them */
  unsigned int nbuckets;
  unsigned int count;
  unsigned int nincomplete;
  struct neigh_s *oldest;            /* In order of use */
  struct neigh_s *newest;
  unsigned int tokens;               /* Requests that may go out now */
  nettime_t tokens_at;               /* When they were counted */
};

static struct arp_s g_arp;

static const uint8_t g_broadcast[NETDEV_MACLEN] =
{
  0xff, 0xff, 0xff, 0xff, 0xff, 0xff
};

static const uint8_t g_zero[NETDEV_MACLEN];

/* The table ****************************************************************/

static struct neigh_s **bucket_of(const struct netif_s *nif,
                                  const struct netaddr_s *addr)
{
  return &g_arp.bucket[net_mix(addr, NULL, nif->dev->d_ifindex, 0) &
                       (g_arp.nbuckets - 1)];
}

static struct neigh_s *lookup(const struct netif_s *nif,
                              const struct netaddr_s *addr)
{
  struct neigh_s *n;

  for (n = *bucket_of(nif, addr); n != NULL; n = n->hash_next)
    {
      if (n->nif == nif && netaddr_equal(&n->addr, addr))
        {
          break;
        }
    }

  return n;
}

static void order_del(struct neigh_s *n)
{
  *(n->older != NULL ? &n->older->newer : &g_arp.oldest) = n->newer;
  *(n->newer != NULL ? &n->newer->older : &g_arp.newest) = n->older;
}

static void order_add(struct neigh_s *n)
{
  n->older = g_arp.newest;
  n->newer = NULL;
  *(n->older != NULL ? &n->older->newer : &g_arp.oldest) = n;
  g_arp.newest = n;
}

static void touch(struct neigh_s *n, nettime_t now)
{
  n->used = now;
  order_del(n);
  order_add(n);
}

static void set_state(struct neigh_s *n, enum neigh_state_e state,
                      nettime_t fresh_until)
{
  g_arp.nincomplete += (state == NEIGH_INCOMPLETE) -
                       (n->state == NEIGH_INCOMPLETE);
  n->state       = (uint8_t)state;
  n->fresh_until = fresh_until;
  n->tries       = 0;
}

/* Packets that wait ********************************************************/

static struct neigh_wait_s *wait_take(struct neigh_s *n)
{
  struct neigh_wait_s *wait = n->wait_head;

  n->wait_head = wait->next;
  n->nwait--;
  if (n->wait_head == NULL)
    {
      n->wait_tail = &n->wait_head;
    }

  return wait;
}

static void wait_drop(struct neigh_s *n, uint64_t *counter)
{
  while (n->wait_head != NULL)
    {
      struct neigh_wait_s *wait = wait_take(n);

      (*counter)++;
      n->nif->stats.tx_dropped++;
      iob_free_chain(wait->pkt);
      kmm_free(wait);
    }
}

/* Keep a packet; with too many the oldest goes (RFC 1122 2.3.2.2) */

static int wait_add(struct neigh_s *n, struct iob_s *pkt,
                    const struct netdev_offload_s *off)
{
  struct neigh_wait_s *wait = kmm_zalloc(sizeof(*wait));

  if (wait == NULL)
    {
      g_net.stats.arp.nomem++;
      n->nif->stats.tx_dropped++;
      iob_free_chain(pkt);
      return -ENOBUFS;
    }

  if (n->nwait == MAX_WAIT)
    {
      struct neigh_wait_s *oldest = wait_take(n);

      g_net.stats.arp.queuefull++;
      n->nif->stats.tx_dropped++;
      iob_free_chain(oldest->pkt);
      kmm_free(oldest);
    }

  wait->pkt = pkt;
  if (off != NULL)
    {
      wait->off = *off;
    }

  g_net.stats.arp.queued++;
  *n->wait_tail = wait;
  n->wait_tail  = &wait->next;
  n->nwait++;
  return 0;
}

/* The neighbour has answered: send while the device has places, and come
 * back when it has more.
 */

static void wait_send(struct net_egress_s *egress)
{
  struct neigh_s *n = container_of(egress, struct neigh_s, egress);

  while (n->wait_head != NULL)
    {
      struct neigh_wait_s *wait;
      int ret = netif_reserve(n->nif, &n->egress);

      if (ret == -EAGAIN)
        {
          return;
        }

      if (ret < 0)
        {
          wait_drop(n, &g_net.stats.arp.flushed);
          return;
        }

      wait = wait_take(n);
      eth_send(n->nif, wait->pkt, n->header, NET_TX_RESERVED, &wait->off);
      kmm_free(wait);
    }
}

/* Making and forgetting neighbours *****************************************/

static void neigh_free(struct neigh_s *n)
{
  struct neigh_s **link;

  set_state(n, NEIGH_STALE, 0);
  net_timer_stop(&n->timer);
  net_egress_del(&n->egress);
  wait_drop(n, &g_net.stats.arp.flushed);
  order_del(n);
  for (link = bucket_of(n->nif, &n->addr); *link != n;
       link = &(*link)->hash_next)
    {
    }

  *link = n->hash_next;
  g_arp.count--;
  if (n->cached)
    {
      net_path_flush();
    }

  kmm_free(n);
}

/* Forget those that nobody has used for long; a few at a time is enough to
 * keep up with those that are made.
 */

static void age(unsigned int most, nettime_t now)
{
  struct neigh_s *n;
  struct neigh_s *next;

  for (n = g_arp.oldest; n != NULL && most > 0; n = next, most--)
    {
      next = n->newer;
      if (n->used + STALE_TIME > now)
        {
          break;
        }

      if (n->state == NEIGH_STALE || n->state == NEIGH_REACHABLE)
        {
          g_net.stats.arp.aged++;
          neigh_free(n);
        }
    }
}

/* Make room for one more.  Those that are set by hand, and those that are
 * being asked for, stay; they go to the end of the order.
 */

static bool evict(nettime_t now)
{
  unsigned int i;

  for (i = 0; i < MAX_SCAN && g_arp.oldest != NULL; i++)
    {
      struct neigh_s *n = g_arp.oldest;

      if (n->state == NEIGH_STALE || n->state == NEIGH_FAILED ||
          n->state == NEIGH_REACHABLE)
        {
          g_net.stats.arp.evicted++;
          neigh_free(n);
          return true;
        }

      touch(n, now);
    }

  return false;
}

static int table_grow(void)
{
  struct neigh_s **old = g_arp.bucket;
  unsigned int nold = g_arp.nbuckets;
  struct neigh_s **bucket;
  unsigned int i;

  if (g_arp.count < nold)
    {
      return 0;
    }

  bucket = kmm_calloc(nold > 0 ? 2 * nold : BUCKETS_MIN, sizeof(*bucket));
  if (bucket == NULL)
    {
      return nold > 0 ? 0 : -ENOMEM;   /* Longer chains will do */
    }

  g_arp.bucket   = bucket;
  g_arp.nbuckets = nold > 0 ? 2 * nold : BUCKETS_MIN;
  for (i = 0; i < nold; i++)
    {
      while (old[i] != NULL)
        {
          struct neigh_s *n = old[i];
          struct neigh_s **link = bucket_of(n->nif, &n->addr);

          old[i]       = n->hash_next;
          n->hash_next = *link;
          *link        = n;
        }
    }

  kmm_free(old);
  return 0;
}

static void set_header(struct neigh_s *n, const uint8_t *mac)
{
  memcpy(n->header + ETH_DST, mac, NETDEV_MACLEN);
  memcpy(n->header + ETH_SRC, n->nif->dev->d_mac, NETDEV_MACLEN);
  wire_put16(n->header + ETH_TYPE, ETHTYPE_IPV4);
}

static struct neigh_s *neigh_make(struct netif_s *nif,
                                  const struct netaddr_s *addr)
{
  nettime_t now = net_now();
  struct neigh_s **link;
  struct neigh_s *n;

  age(2, now);
  if (g_arp.count >= ARP_MAX && !evict(now))
    {
      g_net.stats.arp.tablefull++;
      return NULL;
    }

  n = table_grow() < 0 ? NULL : kmm_zalloc(sizeof(*n));
  if (n == NULL)
    {
      g_net.stats.arp.nomem++;
      return NULL;
    }

  n->nif        = nif;
  n->addr       = *addr;
  n->state      = NEIGH_STALE;
  n->used       = now;
  n->wait_tail  = &n->wait_head;
  n->egress.run = wait_send;
  link          = bucket_of(nif, addr);
  n->hash_next  = *link;
  *link         = n;
  order_add(n);
  g_arp.count++;
  return n;
}

/* Packets of ours **********************************************************/

/* Build and send.  Nobody waits for it. */

static bool arp_send(struct netif_s *nif, uint16_t op, const uint8_t *to,
                     uint32_t spa, const uint8_t *tha, uint32_t tpa)
{
  struct net_driver_s *dev = nif->dev;
  struct iob_s *pkt = netdev_txalloc(dev, ETH_HDRLEN + ARP_LEN,
                                     IOB_CLASS_CTRL);
  uint8_t *p;

  if (pkt == NULL)
    {
      g_net.stats.arp.outnomem++;
      return false;
    }

  pkt->io_len    = ETH_HDRLEN + ARP_LEN;
  pkt->io_pktlen = ETH_HDRLEN + ARP_LEN;
  p = IOB_DATA(pkt);
  memcpy(p + ETH_DST, to, NETDEV_MACLEN);
  memcpy(p + ETH_SRC, dev->d_mac, NETDEV_MACLEN);
  wire_put16(p + ETH_TYPE, ETHTYPE_ARP);

  p += ETH_HDRLEN;
  wire_put16(p + ARP_HTYPE, ARP_HTYPE_ETHER);
  wire_put16(p + ARP_PTYPE, ETHTYPE_IPV4);
  p[ARP_HLEN] = NETDEV_MACLEN;
  p[ARP_PLEN] = sizeof(uint32_t);
  wire_put16(p + ARP_OP, op);
  memcpy(p + ARP_SHA, dev->d_mac, NETDEV_MACLEN);
  wire_store32(p + ARP_SPA, spa);
  memcpy(p + ARP_THA, tha, NETDEV_MACLEN);
  wire_store32(p + ARP_TPA, tpa);
  return netif_output(nif, pkt, NET_TX_NOWAIT, NULL) == 0;
}

/* One token for each request; they come back at a steady rate */

static bool take_token(void)
{
  nettime_t now = net_now();
  nettime_t fresh = (now - g_arp.tokens_at) / (NET_SEC / RATE);

  if (fresh > 0)
    {
      g_arp.tokens    = g_arp.tokens + fresh < RATE ?
                        g_arp.tokens + (unsigned int)fresh : RATE;
      g_arp.tokens_at = g_arp.tokens < RATE ?
                        g_arp.tokens_at + fresh * (NET_SEC / RATE) : now;
    }

  if (g_arp.tokens == 0)
    {
      g_net.stats.arp.outlimited++;
      return false;
    }

  g_arp.tokens--;
  return true;
}

/* The address that we ask with: the source of the packet that waits, if it
 * is an address of this interface, else one in the neighbour's network.
 */

static uint32_t ask_from(const struct neigh_s *n)
{
  struct netif_addr_s *ifa = NULL;
  struct netaddr_s src;

  if (n->wait_head != NULL && n->wait_head->pkt->io_len >= 20)
    {
      src = netaddr_from4(wire_load32(IOB_DATA(n->wait_head->pkt) + 12));
      ifa = netif_addr_local(n->nif, &src);
    }

  if (ifa == NULL)
    {
      ifa = netif_addr_for(n->nif, &n->addr);
    }

  return ifa != NULL ? netaddr_to4(&ifa->addr) : 0;
}

/* Ask, by broadcast or unicast.  False: put off, no try was used */

static void ask(struct neigh_s *n)
{
  bool unicast = n->state == NEIGH_PROBE;

  if (!unicast && !take_token())
    {
      return;
    }

  n->tries++;
  if (unicast)
    {
      g_net.stats.arp.outprobes++;
    }
  else
    {
      g_net.stats.arp.outrequests++;
    }

  arp_send(n->nif, ARP_OP_REQUEST,
           unicast ? n->header + ETH_DST : g_broadcast, ask_from(n), g_zero,
           netaddr_to4(&n->addr));
}

/* Tell whoever sent a packet that its next hop does not answer: ours, as if
 * an ICMP message had come; or another host, for which we forward.
 */

static void tell_sender(struct netif_s *nif, struct iob_s *pkt)
{
  const uint8_t *ip = IOB_DATA(pkt);
  unsigned int hlen = pkt->io_len > 0 ? (ip[0] & 0xfu) * 4 : 0;
  struct icmp_error_s err;
  struct net_rx_s rx;

  if (hlen < 20 || pkt->io_len < hlen + 8 ||
      (wire_get16(ip + 6) & 0x1fff) != 0)
    {
      return;                        /* Of fragments the first says whose */
    }

  memset(&err, 0, sizeof(err));
  err.src   = netaddr_from4(wire_load32(ip + 12));
  err.dst   = netaddr_from4(wire_load32(ip + 16));
  err.proto = ip[9];
  if (netif_addr_local(NULL, &err.src) == NULL)
    {
      memset(&rx, 0, sizeof(rx));
      rx.nif      = nif;
      rx.src      = err.src;
      rx.dst      = err.dst;
      rx.proto    = err.proto;
      rx.ttl      = ip[8];
      rx.tos      = ip[1];
      rx.iphdrlen = (uint16_t)hlen;
      if (iob_pull(pkt, hlen) == 0)
        {
          icmp_send_error(pkt, &rx, 3, 1, 0);
        }

      return;
    }

  err.offender = err.src;
  err.ifindex  = nif->dev->d_ifindex;
  err.type     = 3;
  err.code     = 1;
  err.error    = EHOSTUNREACH;
  err.quote    = pkt;
  err.quote_offset = hlen;
  err.quote_len    = pkt->io_pktlen - hlen;
  icmp_error_ports(&err, ip + hlen);
  switch (err.proto)
    {
      case IPPROTO_TCP:
        tcp_icmp_error(&err);
        break;

      case IPPROTO_UDP:
        udp_icmp_error(&err);
        break;

      default:
        raw_icmp_error(&err);
        break;
    }
}

/* The neighbour does not answer: so hear those who wait.  Telling them may
 * need a place for another neighbour, for which this one is forgotten: it is
 * not looked at again.
 */

static void unreachable(struct neigh_s *n)
{
  struct neigh_wait_s *list = n->wait_head;
  struct netif_s *nif = n->nif;

  n->wait_head = NULL;
  n->wait_tail = &n->wait_head;
  n->nwait     = 0;
  while (list != NULL)
    {
      struct neigh_wait_s *wait = list;

      list = wait->next;
      g_net.stats.arp.unreachable++;
      nif->stats.tx_dropped++;
      tell_sender(nif, wait->pkt);
      iob_free_chain(wait->pkt);
      kmm_free(wait);
    }
}

static void expired(struct net_timer_s *timer)
{
  struct neigh_s *n = container_of(timer, struct neigh_s, timer);
  nettime_t now = net_now();

  if (n->state == NEIGH_DELAY)
    {
      set_state(n, NEIGH_PROBE, now + (MAX_TRIES + 1) * RETRY_TIME);
    }

  if (n->tries < MAX_TRIES && n->state != NEIGH_FAILED)
    {
      ask(n);
      net_timer_start(timer, now + RETRY_TIME, expired);
    }
  else if (n->state == NEIGH_INCOMPLETE)
    {
      g_net.stats.arp.unresolved++;
      set_state(n, NEIGH_FAILED, 0);
      net_timer_start(timer, now + RETRY_TIME, expired);
      unreachable(n);
    }
  else
    {
      g_net.stats.arp.unresolved += n->state == NEIGH_PROBE;
      neigh_free(n);
    }
}

/* Sending ******************************************************************/

struct neigh_s *neigh_get(struct netif_s *nif, const struct netaddr_s *addr)
{
  struct neigh_s *n = lookup(nif, addr);

  if (n == NULL)
    {
      if (g_arp.nincomplete >= ARP_MAX / 2)
        {
          g_net.stats.arp.tablefull++;
          return NULL;
        }

      n = neigh_make(nif, addr);
      if (n != NULL)
        {
          set_state(n, NEIGH_INCOMPLETE, 0);
        }
    }

  if (n != NULL)
    {
      n->cached = true;
    }

  return n;
}

int neigh_resolve(struct neigh_s *n, struct iob_s *pkt,
                  const struct netdev_offload_s *off)
{
  nettime_t now = net_now();
  int ret;

  touch(n, now);
  switch (n->state)
    {
      case NEIGH_INCOMPLETE:
        ret = wait_add(n, pkt, off);
        if (!net_timer_active(&n->timer))
          {
            ask(n);
            net_timer_start(&n->timer, now + RETRY_TIME, expired);
          }

        return ret;

      case NEIGH_FAILED:
        g_net.stats.arp.unreachable++;
        n->nif->stats.tx_dropped++;
        iob_free_chain(pkt);
        return -EHOSTUNREACH;

      case NEIGH_REACHABLE:
      case NEIGH_STALE:

        /* Use it; if nothing tells within a while that it is there, ask */

        set_state(n, NEIGH_DELAY, now + DELAY_TIME + NET_SEC);
        net_timer_start(&n->timer, now + DELAY_TIME, expired);
        return 1;

      default:
        return 1;
    }
}

void neigh_confirm(struct net_path_s *path)
{
  struct neigh_s *n = path->neigh;

  if (n == NULL || !net_path_valid(path) || n->state < NEIGH_STALE ||
      n->state == NEIGH_PERMANENT)
    {
      return;
    }

  if (n->state != NEIGH_REACHABLE)
    {
      net_timer_stop(&n->timer);
      set_state(n, NEIGH_REACHABLE, 0);
    }

  n->used        = net_now();
  n->fresh_until = n->used + REACHABLE_TIME;
}

/* Receiving ****************************************************************/

/* Learn the link address of a neighbour.  "answer": to a question of ours,
 * so it is known to hear us as well (RFC 4861 7.2.5, solicited).
 */

static void learn(struct neigh_s *n, const uint8_t *mac, bool answer)
{
  bool known = n->state != NEIGH_INCOMPLETE && n->state != NEIGH_FAILED;
  bool same = known && memcmp(n->header, mac, NETDEV_MACLEN) == 0;
  nettime_t now = net_now();

  if (n->state == NEIGH_PERMANENT)
    {
      return;
    }

  if (known && !same && now < n->changed + LOCK_TIME)
    {
      /* Two answer, or somebody plays: the first one counts for a while */

      g_net.stats.arp.inignored++;
      return;
    }

  if (!same)
    {
      g_net.stats.arp.changed += known;
      n->changed = now;
      set_header(n, mac);
    }

  g_net.stats.arp.resolved += n->state == NEIGH_INCOMPLETE;
  if (answer)
    {
      net_timer_stop(&n->timer);
      set_state(n, NEIGH_REACHABLE, now + REACHABLE_TIME);
    }
  else if (!same)
    {
      net_timer_stop(&n->timer);
      set_state(n, NEIGH_STALE, 0);
    }

  wait_send(&n->egress);
}

/* Somebody uses an address of ours (RFC 5227 2.4): say that it is ours, but
 * not more often than every ten seconds, or two stubborn hosts would fight
 * for ever.  One that we were still probing for we do not take.
 */

static void conflict(struct netif_addr_s *ifa)
{
  nettime_t now = net_now();

  g_net.stats.arp.conflicts++;
  ifa->flags |= NETIF_ADDR_CONFLICT;
  if (ifa->flags & NETIF_ADDR_TENTATIVE)
    {
      net_timer_stop(&ifa->timer);
      return;
    }

  if (ifa->defended == 0 || now >= ifa->defended + DEFEND_INTERVAL)
    {
      ifa->defended = now;
      g_net.stats.arp.defended++;
      g_net.stats.arp.outannounce++;
      arp_send(ifa->nif, ARP_OP_REQUEST, g_broadcast,
               netaddr_to4(&ifa->addr), g_zero, netaddr_to4(&ifa->addr));
    }
}

/* An address of this interface, tentative or not */

static struct netif_addr_s *own(const struct netif_s *nif, uint32_t addr4)
{
  struct netif_addr_s *ifa;

  for (ifa = nif->addrs; ifa != NULL; ifa = ifa->next)
    {
      if (netaddr_to4(&ifa->addr) == addr4 && netaddr_is4(&ifa->addr))
        {
          break;
        }
    }

  return ifa;
}

/* Returns the counter to bump, or NULL if the packet makes sense */

static uint64_t *malformed(const struct iob_s *pkt)
{
  const uint8_t *p = IOB_DATA(pkt);
  unsigned int op;

  if (pkt->io_len < ARP_LEN || wire_get16(p + ARP_HTYPE) != ARP_HTYPE_ETHER ||
      wire_get16(p + ARP_PTYPE) != ETHTYPE_IPV4 ||
      p[ARP_HLEN] != NETDEV_MACLEN || p[ARP_PLEN] != sizeof(uint32_t))
    {
      return &g_net.stats.arp.inerrors;
    }

  op = wire_get16(p + ARP_OP);
  if (op != ARP_OP_REQUEST && op != ARP_OP_REPLY)
    {
      return &g_net.stats.arp.inerrors;
    }

  if (eth_is_multicast(p + ARP_SHA) || eth_is_zero(p + ARP_SHA) ||
      (p[ARP_SPA] & 0xf0) >= 0xe0 || p[ARP_SPA] == 127 ||
      (p[ARP_TPA] & 0xf0) >= 0xe0 || p[ARP_TPA] == 127)
    {
      return &g_net.stats.arp.inmartian;
    }

  return NULL;
}

/* What concerns our own addresses.  True: nothing else is in it for us */

static bool about_us(struct netif_s *nif, const uint8_t *p)
{
  uint32_t spa = wire_load32(p + ARP_SPA);
  struct netif_addr_s *ifa;

  if (memcmp(p + ARP_SHA, nif->dev->d_mac, NETDEV_MACLEN) == 0)
    {
      g_net.stats.arp.innotours++;     /* Our own, come back */
      return true;
    }

  ifa = own(nif, spa != 0 ? spa : wire_load32(p + ARP_TPA));
  if (ifa != NULL && (spa != 0 || (ifa->flags & NETIF_ADDR_TENTATIVE)))
    {
      conflict(ifa);
      return true;
    }

  return false;
}

void arp_input(struct netif_s *nif, struct iob_s *pkt, struct net_rx_s *rx)
{
  struct netaddr_s sender;
  struct netif_addr_s *ifa;
  struct neigh_s *n = NULL;
  uint64_t *drop;
  const uint8_t *p;
  bool request;
  bool ours;

  UNUSED(rx);
  if (pkt->io_len < ARP_LEN && pkt->io_pktlen >= ARP_LEN &&
      iob_contig(pkt, ARP_LEN) < 0)
    {
      drop = &g_net.stats.link.innomem;
      goto drop;
    }

  drop = malformed(pkt);
  if (drop != NULL)
    {
      goto drop;
    }

  p       = IOB_DATA(pkt);
  request = wire_get16(p + ARP_OP) == ARP_OP_REQUEST;
  g_net.stats.arp.inrequests += request;
  g_net.stats.arp.inreplies  += !request;
  if (about_us(nif, p))
    {
      goto done;
    }

  sender = netaddr_from4(wire_load32(p + ARP_SPA));
  ifa    = own(nif, wire_load32(p + ARP_TPA));
  ours   = ifa != NULL && (ifa->flags & NETIF_ADDR_TENTATIVE) == 0;

  if (netaddr_isany(&sender))
    {
      g_net.stats.arp.inprobes++;
    }
  else
    {
      n = lookup(nif, &sender);
    }

  if (n == NULL && ours && request && !netaddr_isany(&sender) &&
      netif_addr_for(nif, &sender) != NULL)
    {
      n = neigh_make(nif, &sender);
      if (n != NULL)
        {
          set_state(n, NEIGH_FAILED, 0);   /* Until it has learnt */
        }
    }

  if (n != NULL)
    {
      learn(n, p + ARP_SHA, !request && ours);
    }
  else if (!ours)
    {
      g_net.stats.arp.innotours++;
    }

  if (request && ours)
    {
      g_net.stats.arp.outreplies++;
      arp_send(nif, ARP_OP_REPLY, p + ARP_SHA, wire_load32(p + ARP_TPA),
               p + ARP_SHA, wire_load32(p + ARP_SPA));
    }

done:
  netdev_recycle(nif->dev, pkt);
  return;

drop:
  (*drop)++;
  nif->stats.rx_dropped++;
  iob_free_chain(pkt);
}

/* Our own addresses (RFC 5227) *********************************************/

static void announce(struct net_timer_s *timer)
{
  struct netif_addr_s *ifa = container_of(timer, struct netif_addr_s, timer);
  uint32_t addr4 = netaddr_to4(&ifa->addr);

  g_net.stats.arp.outannounce++;
  arp_send(ifa->nif, ARP_OP_REQUEST, g_broadcast, addr4, g_zero, addr4);
  if (++ifa->count < ANNOUNCE_NUM)
    {
      net_timer_start(timer, net_now() + ANNOUNCE_TIME, announce);
    }
}

/* The address is ours: nobody has objected */

static void claim(struct net_timer_s *timer)
{
  struct netif_addr_s *ifa = container_of(timer, struct netif_addr_s, timer);

  ifa->flags &= (uint8_t)~NETIF_ADDR_TENTATIVE;
  ifa->count  = 0;
  net_path_flush();
  announce(timer);
}

static void probe_own(struct net_timer_s *timer)
{
  struct netif_addr_s *ifa = container_of(timer, struct netif_addr_s, timer);
  nettime_t wait = PROBE_MIN + net_random() % (PROBE_MAX - PROBE_MIN);

  g_net.stats.arp.outacd++;
  arp_send(ifa->nif, ARP_OP_REQUEST, g_broadcast, 0, g_zero,
           netaddr_to4(&ifa->addr));
  if (++ifa->count < PROBE_NUM)
    {
      net_timer_start(timer, net_now() + wait, probe_own);
    }
  else
    {
      net_timer_start(timer, net_now() + ANNOUNCE_WAIT, claim);
    }
}

void arp_announce(struct netif_addr_s *ifa, bool probe)
{
  if (ifa->nif->dev->d_medium != NETDEV_ETHERNET)
    {
      return;
    }

  ifa->count = 0;
  if (probe)
    {
      ifa->flags = NETIF_ADDR_TENTATIVE;
      net_path_flush();
      net_timer_start(&ifa->timer, net_now() + net_random() % PROBE_WAIT,
                      probe_own);
    }
  else
    {
      announce(&ifa->timer);
    }
}

/* By hand ******************************************************************/

int arp_set(struct netif_s *nif, const struct netaddr_s *addr,
            const uint8_t *mac, bool permanent)
{
  struct neigh_s *n;

  if (!netaddr_is4(addr) || netaddr_isany(addr) ||
      netaddr_ismulticast(addr) || eth_is_multicast(mac) ||
      eth_is_zero(mac) || nif->dev->d_medium != NETDEV_ETHERNET)
    {
      return -EINVAL;
    }

  n = lookup(nif, addr);
  if (n == NULL)
    {
      n = neigh_make(nif, addr);
      if (n == NULL)
        {
          return -ENOMEM;
        }
    }

  set_header(n, mac);
  n->changed = net_now();
  net_timer_stop(&n->timer);
  set_state(n, permanent ? NEIGH_PERMANENT : NEIGH_REACHABLE,
            permanent ? NETTIME_NEVER : n->changed + REACHABLE_TIME);
  wait_send(&n->egress);
  return 0;
}

int arp_del(struct netif_s *nif, const struct netaddr_s *addr)
{
  struct neigh_s *n = lookup(nif, addr);

  if (n == NULL)
    {
      return -ENOENT;
    }

  neigh_free(n);
  return 0;
}

const struct neigh_s *arp_find(const struct netif_s *nif,
                               const struct netaddr_s *addr)
{
  return lookup(nif, addr);
}

int arp_foreach(int (*fn)(const struct neigh_s *neigh, void *arg), void *arg)
{
  struct neigh_s *n;
  int ret = 0;

  age(ARP_MAX, net_now());
  for (n = g_arp.oldest; n != NULL && ret == 0; n = n->newer)
    {
      ret = fn(n, arg);
    }

  return ret;
}

/* The beginning and the end ************************************************/

void arp_flush(struct netif_s *nif)
{
  struct neigh_s *n;
  struct neigh_s *next;

  for (n = g_arp.oldest; n != NULL; n = next)
    {
      next = n->newer;
      if (n->nif == nif)
        {
          neigh_free(n);
        }
    }
}

int arp_initialize(void)
{
  memset(&g_arp, 0, sizeof(g_arp));
  g_arp.tokens    = RATE;
  g_arp.tokens_at = net_now();
  return table_grow();
}

void arp_finalize(void)
{
  DEBUGASSERT(g_arp.count == 0);
  kmm_free(g_arp.bucket);
  memset(&g_arp, 0, sizeof(g_arp));
}
