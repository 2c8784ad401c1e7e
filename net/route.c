/* net/route.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Where packets go: the routing table (RFC 1812 5.2.4, longest prefix, then
 * lowest metric), the choice of a source address (RFC 1122 3.3.4.3), and the
 * path MTUs that were learnt (RFC 1191).
 *
 * The table is one hash of (prefix, length).  A lookup tries the lengths
 * that are in use, longest first: at most 33 for IPv4, however many routes
 * there are.  Nobody looks up for each packet: a connection keeps what
 * net_route() found (struct net_path_s) as long as the generation is that of
 * then, and everything that could change an answer raises the generation.
 *
 * Prefixes are counted over all 128 bits: an IPv4 /24 is kept as /120.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <net/route.h>
#include <string.h>

#include <nuttx/kmalloc.h>

#include "net_link.h"
#include "wire.h"

#define BUCKETS_MIN  16
#define LENGTHS      129
#define BITS4        96              /* In front of an IPv4 address */

#define PMTU_MAX     1024            /* Destinations remembered */
#define PMTU_TIME    (600 * NET_SEC) /* RFC 1191 6.3 */
#define PMTU_LEAST   552

/* A route in the table */

struct entry_s
{
  struct route_s route;              /* First; its next: the hash chain */
  unsigned int bits;                 /* Prefix of 0..128 */
};

struct routes_s
{
  struct entry_s **bucket;           /* A power of two of them */
  unsigned int nbuckets;
  unsigned int count;
  unsigned int used[LENGTHS];        /* Routes of each length */
};

struct pmtu_s
{
  struct pmtu_s *next;               /* Hash chain */
  struct pmtu_s *newer;              /* In order of expiry */
  struct netaddr_s dst;
  nettime_t due;
  unsigned int mtu;
};

struct pmtus_s
{
  struct pmtu_s **bucket;
  unsigned int nbuckets;
  unsigned int count;
  struct pmtu_s *oldest;
  struct pmtu_s **newest;
  struct net_timer_s timer;
};

static struct routes_s g_routes;
static struct pmtus_s g_pmtus;

void net_path_flush(void)
{
  g_net.generation++;
}

/* Prefixes *****************************************************************/

static struct netaddr_s masked(const struct netaddr_s *addr,
                               unsigned int bits)
{
  struct netaddr_s a = *addr;
  uint8_t *b = (uint8_t *)a.w;
  unsigned int i = bits / 8;

  if (bits % 8 != 0)
    {
      b[i] &= (uint8_t)(0xff00 >> bits % 8);
      i++;
    }

  memset(b + i, 0, 16 - i);
  return a;
}

static unsigned int bits_of(const struct netaddr_s *addr,
                            unsigned int prefixlen)
{
  return prefixlen + (netaddr_is4(addr) ? BITS4 : 0);
}

static struct entry_s **bucket_of(const struct netaddr_s *prefix,
                                  unsigned int bits)
{
  uint32_t h = (prefix->w[0] ^ prefix->w[1] ^ prefix->w[2] ^ prefix->w[3] ^
                bits) * 2654435761u;

  return &g_routes.bucket[(h ^ h >> 15) & (g_routes.nbuckets - 1)];
}

static struct entry_s **next_of(struct entry_s *e)
{
  return (struct entry_s **)&e->route.next;
}

/* The table ****************************************************************/

static int routes_grow(void)
{
  struct entry_s **old = g_routes.bucket;
  unsigned int nold = g_routes.nbuckets;
  unsigned int n = nold > 0 ? 2 * nold : BUCKETS_MIN;
  struct entry_s **bucket;
  struct entry_s *e;
  struct entry_s **link;
  unsigned int i;

  if (g_routes.count < nold)
    {
      return 0;
    }

  bucket = kmm_calloc(n, sizeof(*bucket));
  if (bucket == NULL)
    {
      return nold > 0 ? 0 : -ENOMEM;
    }

  g_routes.bucket   = bucket;
  g_routes.nbuckets = n;
  for (i = 0; i < nold; i++)
    {
      while ((e = old[i]) != NULL)
        {
          /* At the end: routes of one prefix stay in order of metric */

          old[i] = *next_of(e);
          for (link = bucket_of(&e->route.dst, e->bits); *link != NULL;
               link = next_of(*link))
            {
            }

          e->route.next = NULL;
          *link         = e;
        }
    }

  kmm_free(old);
  return 0;
}

static bool same_prefix(const struct entry_s *e,
                        const struct netaddr_s *prefix, unsigned int bits)
{
  return e->bits == bits && netaddr_equal(&e->route.dst, prefix);
}

static bool same_gateway(const struct netaddr_s *a,
                         const struct netaddr_s *b)
{
  return netaddr_equal(a, b) || (netaddr_isany(a) && netaddr_isany(b));
}

int route_add(const struct netaddr_s *dst, uint8_t prefixlen,
              const struct netaddr_s *gateway, struct netif_s *nif,
              int metric, uint16_t flags)
{
  unsigned int bits = bits_of(dst, prefixlen);
  const struct netaddr_s *via = gateway != NULL ? gateway : &g_netaddr_any4;
  bool reject = (flags & RTF_REJECT) != 0;
  const struct route_s *direct;
  struct netaddr_s prefix;
  struct entry_s **link;
  struct entry_s *e;
  int ret;

  if (bits > 128 || (nif == NULL && netaddr_isany(via) && !reject))
    {
      return -EINVAL;
    }

  if (!netaddr_isany(via))
    {
      /* The gateway must be a neighbour itself, on that interface if one was
       * named.
       */

      direct = route_lookup(via, nif != NULL ? nif->dev->d_ifindex : 0);
      if (direct == NULL || !netaddr_isany(&direct->gateway) ||
          (direct->flags & RTF_REJECT) != 0)
        {
          return -ENETUNREACH;
        }

      nif = direct->nif;
    }

  prefix = masked(dst, bits);
  ret    = routes_grow();
  if (ret < 0)
    {
      return ret;
    }

  link = bucket_of(&prefix, bits);
  for (e = *link; e != NULL; e = *next_of(e))
    {
      if (same_prefix(e, &prefix, bits) && e->route.nif == nif &&
          e->route.metric == metric && same_gateway(&e->route.gateway, via))
        {
          return -EEXIST;
        }
    }

  e = kmm_zalloc(sizeof(*e));
  if (e == NULL)
    {
      return -ENOMEM;
    }

  e->bits            = bits;
  e->route.dst       = prefix;
  e->route.gateway   = *via;
  e->route.nif       = nif;
  e->route.prefixlen = prefixlen;
  e->route.metric    = metric;
  e->route.connected = netaddr_isany(via) && !reject;
  e->route.flags     = (uint16_t)(flags | RTF_UP);
  e->route.flags    |= netaddr_isany(via) ? 0 : RTF_GATEWAY;
  e->route.flags    |= bits == 128 ? RTF_HOST : 0;

  while (*link != NULL && (*link)->route.metric <= metric)
    {
      link = next_of(*link);
    }

  e->route.next = (struct route_s *)*link;
  *link         = e;
  g_routes.count++;
  g_routes.used[bits]++;
  net_path_flush();
  return 0;
}

static void entry_free(struct entry_s **link)
{
  struct entry_s *e = *link;

  *link = *next_of(e);
  g_routes.count--;
  g_routes.used[e->bits]--;
  kmm_free(e);
  net_path_flush();
}

int route_del(const struct netaddr_s *dst, uint8_t prefixlen,
              const struct netaddr_s *gateway, struct netif_s *nif)
{
  unsigned int bits = bits_of(dst, prefixlen);
  struct netaddr_s prefix;
  struct entry_s **link;

  if (bits > 128)
    {
      return -EINVAL;
    }

  prefix = masked(dst, bits);
  for (link = bucket_of(&prefix, bits); *link != NULL;
       link = next_of(*link))
    {
      const struct route_s *route = &(*link)->route;

      if (same_prefix(*link, &prefix, bits) &&
          (nif == NULL || nif == route->nif) &&
          (gateway == NULL || same_gateway(gateway, &route->gateway)))
        {
          entry_free(link);
          return 0;
        }
    }

  return -ESRCH;
}

/* The best route of one length */

static const struct route_s *lookup(const struct netaddr_s *dst,
                                    unsigned int bits, unsigned int ifindex)
{
  struct netaddr_s prefix = masked(dst, bits);
  struct entry_s *e;

  for (e = *bucket_of(&prefix, bits); e != NULL; e = *next_of(e))
    {
      const struct route_s *route = &e->route;

      if (same_prefix(e, &prefix, bits) &&
          (route->nif == NULL ||
           (netif_running(route->nif) &&
            (ifindex == 0 || ifindex == route->nif->dev->d_ifindex))))
        {
          return route;
        }
    }

  return NULL;
}

const struct route_s *route_lookup(const struct netaddr_s *dst,
                                   unsigned int ifindex)
{
  unsigned int least = netaddr_is4(dst) ? BITS4 : 0;
  const struct route_s *route = NULL;
  unsigned int bits;

  for (bits = LENGTHS; bits > least && route == NULL; bits--)
    {
      if (g_routes.used[bits - 1] > 0)
        {
          route = lookup(dst, bits - 1, ifindex);
        }
    }

  return route;
}

int route_foreach(int (*fn)(const struct route_s *route, void *arg),
                  void *arg)
{
  unsigned int bits;
  unsigned int i;
  struct entry_s *e;
  int ret = 0;

  for (bits = LENGTHS; bits-- > 0; )
    {
      for (i = 0; i < g_routes.nbuckets && g_routes.used[bits] > 0; i++)
        {
          for (e = g_routes.bucket[i]; e != NULL; e = *next_of(e))
            {
              if (e->bits == bits && (ret = fn(&e->route, arg)) != 0)
                {
                  return ret;
                }
            }
        }
    }

  return 0;
}

/* Paths ********************************************************************/

/* The address to send from: one in the network of the next hop, else the
 * first of the interface, else the first of another that is no loopback.
 */

static int choose_source(struct net_path_s *path)
{
  const struct netif_addr_s *ifa = netif_addr_for(path->nif, &path->nexthop);
  const struct netif_s *nif;

  if (ifa == NULL)
    {
      ifa = netif_addr_first(path->nif);
    }

  for (nif = g_net.netifs; nif != NULL && ifa == NULL; nif = nif->next)
    {
      ifa = nif->loopback || !nif->up ? NULL : netif_addr_first(nif);
    }

  if (ifa == NULL)
    {
      path->src = g_netaddr_any4;
      return path->flags & (NET_PATH_BROADCAST | NET_PATH_MULTICAST) ? 0 :
             -EADDRNOTAVAIL;
    }

  path->src = ifa->addr;
  return 0;
}

/* Groups, and 255.255.255.255, have no network: the interface is that which
 * was asked for, or of the source address, or of the default route, or the
 * first that could do it.
 */

static struct netif_s *pick_netif(const struct netaddr_s *dst,
                                  const struct netaddr_s *src,
                                  unsigned int ifindex)
{
  const struct netif_addr_s *ifa = src != NULL ?
                                   netif_addr_local(NULL, src) : NULL;
  const struct route_s *route;
  struct netif_s *nif;

  if (ifindex != 0)
    {
      return netif_find(ifindex);
    }

  if (ifa != NULL)
    {
      return ifa->nif;
    }

  route = route_lookup(dst, 0);
  if (route != NULL && route->nif != NULL)
    {
      return route->nif;
    }

  for (nif = g_net.netifs; nif != NULL; nif = nif->next)
    {
      if (!nif->loopback && netif_running(nif))
        {
          break;
        }
    }

  return nif;
}

static bool is_subnet_broadcast(const struct netif_s *nif,
                                const struct netaddr_s *dst)
{
  const struct netif_addr_s *ifa;

  for (ifa = nif->addrs; ifa != NULL; ifa = ifa->next)
    {
      if (netaddr_equal(&ifa->broadcast, dst) && !netaddr_isany(dst))
        {
          return true;
        }
    }

  return false;
}

/* Fill in interface, next hop, flags */

static int find_way(const struct netaddr_s *dst, const struct netaddr_s *src,
                    unsigned int ifindex, struct net_path_s *path)
{
  const struct route_s *route;

  path->nexthop = *dst;
  if (netaddr_isany(dst))
    {
      return -ENETUNREACH;
    }

  if (netif_addr_local(NULL, dst) != NULL)
    {
      path->nif   = g_net.lo;
      path->flags = NET_PATH_LOCAL;
      return path->nif != NULL ? 0 : -ENETUNREACH;
    }

  if (netaddr_ismulticast(dst) || netaddr_to4(dst) == UINT32_MAX)
    {
      path->nif   = pick_netif(dst, src, ifindex);
      path->flags = netaddr_ismulticast(dst) ? NET_PATH_MULTICAST :
                                               NET_PATH_BROADCAST;
      return path->nif != NULL ? 0 : -ENETUNREACH;
    }

  route = route_lookup(dst, ifindex);
  if (route == NULL)
    {
      return -ENETUNREACH;
    }

  if (route->flags & RTF_REJECT)
    {
      return -EHOSTUNREACH;
    }

  path->nif = route->nif;
  if (!netaddr_isany(&route->gateway))
    {
      path->nexthop = route->gateway;
      path->flags   = NET_PATH_GATEWAY;
    }
  else if (is_subnet_broadcast(path->nif, dst))
    {
      path->flags = NET_PATH_BROADCAST;
    }

  return 0;
}

/* Answers to one peer are asked for one after the other: the last one found
 * is remembered with its question.
 */

static struct
{
  struct netaddr_s dst;
  struct netaddr_s src;              /* "::" if there was none */
  unsigned int ifindex;
  struct net_path_s path;
} g_last;

static bool is_last(const struct netaddr_s *dst, const struct netaddr_s *src,
                    unsigned int ifindex)
{
  return net_path_valid(&g_last.path) && g_last.ifindex == ifindex &&
         netaddr_equal(&g_last.dst, dst) &&
         netaddr_equal(&g_last.src, src != NULL ? src : &g_netaddr_none);
}

static int find_path(const struct netaddr_s *dst, const struct netaddr_s *src,
                     unsigned int ifindex, struct net_path_s *path)
{
  bool chosen = src != NULL && !netaddr_isany(src);
  int ret;

  memset(path, 0, sizeof(*path));
  if (!netaddr_is4(dst))
    {
      return -ENETUNREACH;
    }

  if (chosen && netif_addr_local(NULL, src) == NULL)
    {
      return -EADDRNOTAVAIL;
    }

  ret = find_way(dst, chosen ? src : NULL, ifindex, path);
  if (ret < 0)
    {
      return ret;
    }

  /* 127.0.0.1 is nobody to others (RFC 1122 3.2.1.3) */

  if (chosen && netaddr_isloopback(src) && !path->nif->loopback)
    {
      return -EINVAL;
    }

  if (!netif_running(path->nif))
    {
      return -ENETDOWN;
    }

  if (chosen)
    {
      path->src = *src;
    }
  else if (path->flags & NET_PATH_LOCAL)
    {
      path->src = *dst;
    }
  else
    {
      ret = choose_source(path);
      if (ret < 0)
        {
          return ret;
        }
    }

  path->mtu        = route_mtu(dst, path->nif);
  path->generation = g_net.generation;
  path->ip         = &g_ipv4_family;
  return 0;
}

int net_route(const struct netaddr_s *dst, const struct netaddr_s *src,
              unsigned int ifindex, struct net_path_s *path)
{
  int ret;

  if (is_last(dst, src, ifindex))
    {
      *path = g_last.path;
      return 0;
    }

  ret = find_path(dst, src, ifindex, path);
  if (ret == 0)
    {
      g_last.dst     = *dst;
      g_last.src     = src != NULL ? *src : g_netaddr_none;
      g_last.ifindex = ifindex;
      g_last.path    = *path;
    }

  return ret;
}

/* Path MTU *****************************************************************/

static struct pmtu_s **pmtu_bucket(const struct netaddr_s *dst)
{
  return &g_pmtus.bucket[net_mix(dst, NULL, 0, 0) &
                         (g_pmtus.nbuckets - 1)];
}

static struct pmtu_s *pmtu_find(const struct netaddr_s *dst)
{
  struct pmtu_s *p;

  for (p = *pmtu_bucket(dst); p != NULL; p = p->next)
    {
      if (netaddr_equal(&p->dst, dst))
        {
          break;
        }
    }

  return p;
}

static void pmtu_order_del(struct pmtu_s *p)
{
  struct pmtu_s **link;

  for (link = &g_pmtus.oldest; *link != p; link = &(*link)->newer)
    {
    }

  *link = p->newer;
  if (g_pmtus.newest == &p->newer)
    {
      g_pmtus.newest = link;
    }
}

static void pmtu_order_add(struct pmtu_s *p)
{
  p->newer        = NULL;
  *g_pmtus.newest = p;
  g_pmtus.newest  = &p->newer;
}

static void pmtu_free(struct pmtu_s *p)
{
  struct pmtu_s **link;

  pmtu_order_del(p);
  for (link = pmtu_bucket(&p->dst); *link != p; link = &(*link)->next)
    {
    }

  *link = p->next;
  g_pmtus.count--;
  kmm_free(p);
  net_path_flush();
}

/* What was said ten minutes ago may not be true any more: try again */

static void pmtu_expired(struct net_timer_s *timer)
{
  nettime_t now = net_now();

  while (g_pmtus.oldest != NULL && g_pmtus.oldest->due <= now)
    {
      pmtu_free(g_pmtus.oldest);
    }

  if (g_pmtus.oldest != NULL)
    {
      net_timer_start(timer, g_pmtus.oldest->due, pmtu_expired);
    }
}

static int pmtu_grow(void)
{
  unsigned int n = g_pmtus.nbuckets > 0 ? 2 * g_pmtus.nbuckets : BUCKETS_MIN;
  struct pmtu_s **bucket;
  struct pmtu_s *p;

  if (g_pmtus.count < g_pmtus.nbuckets)
    {
      return 0;
    }

  bucket = kmm_calloc(n, sizeof(*bucket));
  if (bucket == NULL)
    {
      return g_pmtus.nbuckets > 0 ? 0 : -ENOMEM;
    }

  kmm_free(g_pmtus.bucket);
  g_pmtus.bucket   = bucket;
  g_pmtus.nbuckets = n;
  for (p = g_pmtus.oldest; p != NULL; p = p->newer)
    {
      struct pmtu_s **link = pmtu_bucket(&p->dst);

      p->next = *link;
      *link   = p;
    }

  return 0;
}

unsigned int route_mtu(const struct netaddr_s *dst,
                       const struct netif_s *nif)
{
  const struct pmtu_s *p = g_pmtus.count > 0 ? pmtu_find(dst) : NULL;
  unsigned int mtu = nif->dev->d_mtu;

  return p != NULL && p->mtu < mtu ? p->mtu : mtu;
}

/* RFC 1191 7.1: an old router does not say its MTU.  The next lower one of
 * those that links have.
 */

static unsigned int plateau_below(unsigned int len)
{
  static const uint16_t plateaus[] =
  {
    32000, 17914, 8166, 4352, 2002, 1492, 1006, PMTU_LEAST
  };

  size_t i;

  for (i = 0; i < nitems(plateaus) - 1 && plateaus[i] >= len; i++)
    {
    }

  return plateaus[i];
}

unsigned int route_mtu_update(const struct netaddr_s *dst,
                              unsigned int told, unsigned int len)
{
  const struct route_s *route = route_lookup(dst, 0);
  unsigned int limit = route != NULL && route->nif != NULL ?
                       route->nif->dev->d_mtu : NETDEV_MAXMTU;
  unsigned int least = limit < PMTU_LEAST ? limit : PMTU_LEAST;
  unsigned int mtu = told != 0 ? told : plateau_below(len);
  struct pmtu_s *p = pmtu_find(dst);
  struct pmtu_s **link;

  mtu = mtu < least ? least : mtu;
  if (p != NULL && p->mtu < limit)
    {
      limit = p->mtu;
    }

  if (mtu >= limit)
    {
      return limit;
    }

  if (p != NULL)
    {
      pmtu_order_del(p);
    }
  else
    {
      if (g_pmtus.count >= PMTU_MAX)
        {
          pmtu_free(g_pmtus.oldest);
        }

      p = pmtu_grow() < 0 ? NULL : kmm_zalloc(sizeof(*p));
      if (p == NULL)
        {
          return limit;
        }

      p->dst  = *dst;
      link    = pmtu_bucket(dst);
      p->next = *link;
      *link   = p;
      g_pmtus.count++;
    }

  p->mtu = mtu;
  p->due = net_now() + PMTU_TIME;
  pmtu_order_add(p);
  if (!net_timer_active(&g_pmtus.timer))
    {
      net_timer_start(&g_pmtus.timer, p->due, pmtu_expired);
    }

  net_path_flush();
  return mtu;
}

/* The beginning and the end ************************************************/

/* Routes of an interface that is down stay, and are not used */

void route_flush(struct netif_s *nif, bool gone)
{
  struct entry_s **link;
  unsigned int i;

  for (i = 0; i < g_routes.nbuckets && gone; i++)
    {
      for (link = &g_routes.bucket[i]; *link != NULL; )
        {
          if ((*link)->route.nif == nif)
            {
              entry_free(link);
            }
          else
            {
              link = next_of(*link);
            }
        }
    }

  net_path_flush();
}

int route_initialize(void)
{
  int ret;

  memset(&g_routes, 0, sizeof(g_routes));
  memset(&g_pmtus, 0, sizeof(g_pmtus));
  memset(&g_last, 0, sizeof(g_last));
  g_pmtus.newest = &g_pmtus.oldest;
  ret = routes_grow();
  if (ret >= 0)
    {
      ret = pmtu_grow();
      if (ret < 0)
        {
          kmm_free(g_routes.bucket);
        }
    }

  return ret;
}

void route_finalize(void)
{
  unsigned int i;

  net_timer_stop(&g_pmtus.timer);
  while (g_pmtus.oldest != NULL)
    {
      pmtu_free(g_pmtus.oldest);
    }

  for (i = 0; i < g_routes.nbuckets; i++)
    {
      while (g_routes.bucket[i] != NULL)
        {
          entry_free(&g_routes.bucket[i]);
        }
    }

  kmm_free(g_routes.bucket);
  kmm_free(g_pmtus.bucket);
}
