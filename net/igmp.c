/* net/igmp.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * IGMP version 2, host side (RFC 2236), with version 1 (RFC 1112) towards
 * routers that speak no other.
 *
 * Sockets join groups on an interface; the first join of a group makes an
 * entry here and the last leave takes it out.  A router learns from reports
 * which groups somebody on the link wants.  We report a group when it is
 * joined, again a little later in case the first was lost, and when a router
 * asks: after a random delay, and not if another member was faster.  Who
 * reported last tells the routers when it leaves.
 *
 * A router of version 1 (its queries have a zero where the time for an answer
 * goes) understands reports of version 1 only, and no leaves: for 400 seconds
 * after its last query that is what it gets.  Queries of version 3 are
 * answered with reports of version 2, which those routers understand (RFC
 * 3376 7.3.2).
 *
 * Everybody is in 224.0.0.1, and nobody reports it.  Messages of IGMP never
 * cross a router: what has a TTL other than 1 is not believed.
 *
 * Entries are found by a hash of interface and group; igmp_member() is asked
 * for every multicast packet that arrives.
 */

#include <nuttx/config.h>

#include <netinet/in.h>

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <nuttx/kmalloc.h>

#include "ipv4.h"

#define UNSOLICITED_INTERVAL (10 * NET_SEC)   /* RFC 2236 8.10 */
#define UNSOLICITED_REPEATS  1
#define V1_TIMEOUT           (400 * NET_SEC)  /* 8.11 */
#define V1_RESPONSE          (10 * NET_SEC)
#define FIRST_SIZE           16

#define ALL_HOSTS   IP4(224, 0, 0, 1)
#define ALL_ROUTERS IP4(224, 0, 0, 2)

struct igmp_group_s
{
  struct igmp_group_s *next;         /* Of the interface */
  struct igmp_group_s *hash_next;
  struct netif_s *nif;
  uint32_t addr;
  unsigned int refs;
  struct net_timer_s timer;          /* Runs: a report is due */
  uint8_t repeats;                   /* ... and so many more, unasked */
  bool reporter;                     /* We sent the last report seen */
};

/* What is known of a link besides its groups */

struct link_s
{
  struct link_s *next;
  const struct netif_s *nif;
  nettime_t v1_until;                /* A router of version 1 is there */
};

static struct igmp_group_s **g_table;
static unsigned int g_size;          /* 2^n */
static unsigned int g_ngroups;
static struct link_s *g_links;

#define COUNT(counter) g_net.stats.igmp.counter++

/* Tables *******************************************************************/

static unsigned int hash(const struct netif_s *nif, uint32_t addr)
{
  uint32_t key[2];

  key[0] = nif->dev->d_ifindex;
  key[1] = addr;
  return (unsigned int)net_hash(key, sizeof(key)) & (g_size - 1);
}

static struct igmp_group_s *group_find(const struct netif_s *nif,
                                       uint32_t addr)
{
  struct igmp_group_s *group;

  if (g_ngroups == 0)
    {
      return NULL;
    }

  for (group = g_table[hash(nif, addr)];
       group != NULL && (group->addr != addr || group->nif != nif);
       group = group->hash_next)
    {
    }

  return group;
}

/* Twice as large; a failure is harmless unless there is no table yet */

static int table_grow(void)
{
  unsigned int oldsize = g_size;
  unsigned int size = oldsize == 0 ? FIRST_SIZE : 2 * oldsize;
  struct igmp_group_s **table = kmm_calloc(size, sizeof(*table));
  struct igmp_group_s **old = g_table;
  unsigned int i;

  if (table == NULL)
    {
      return oldsize == 0 ? -ENOMEM : 0;
    }

  g_table = table;
  g_size  = size;
  for (i = 0; i < oldsize; i++)
    {
      while (old[i] != NULL)
        {
          struct igmp_group_s *group = old[i];
          unsigned int to = hash(group->nif, group->addr);

          old[i] = group->hash_next;
          group->hash_next = g_table[to];
          g_table[to] = group;
        }
    }

  kmm_free(old);
  return 0;
}

static void group_free(struct igmp_group_s *group)
{
  struct igmp_group_s **link = &g_table[hash(group->nif, group->addr)];

  while (*link != group)
    {
      link = &(*link)->hash_next;
    }

  *link = group->hash_next;
  for (link = &group->nif->groups; *link != group; link = &(*link)->next)
    {
    }

  *link = group->next;
  net_timer_stop(&group->timer);
  g_ngroups--;
  kmm_free(group);
}

static struct link_s *link_find(const struct netif_s *nif)
{
  struct link_s *link;

  for (link = g_links; link != NULL && link->nif != nif; link = link->next)
    {
    }

  return link;
}

static bool v1_present(const struct netif_s *nif)
{
  const struct link_s *link = link_find(nif);

  return link != NULL && net_now() < link->v1_until;
}

/* Without memory for it, the router is taken for one of version 2: it asks
 * again.
 */

static void v1_heard(const struct netif_s *nif)
{
  struct link_s *link = link_find(nif);

  if (link == NULL)
    {
      link = kmm_zalloc(sizeof(*link));
      if (link == NULL)
        {
          return;
        }

      link->nif  = nif;
      link->next = g_links;
      g_links    = link;
    }

  link->v1_until = net_now() + V1_TIMEOUT;
}

/* Sending ******************************************************************/

/* One message, to "dst"; its source is the interface's address, if it has
 * any.  Needs no route: it does not leave the link.
 */

static void send_message(struct netif_s *nif, uint8_t type, uint32_t group,
                         uint32_t to)
{
  static const uint8_t router_alert[4] =
  {
    IPO_RA, 4, 0, 0
  };

  const struct netif_addr_s *addr = netif_addr_first(nif);
  struct netaddr_s dst = netaddr_from4(to);
  struct net_path_s path;
  struct net_tx_s tx;
  struct iob_s *pkt;
  uint8_t *igmp;

  pkt = iob_tryalloc_contig(IGMP_HDRLEN, nif->headroom + IP_HDRLEN +
                            sizeof(router_alert), IOB_CLASS_CTRL);
  if (pkt == NULL)
    {
      COUNT(outerrors);
      return;
    }

  igmp = IOB_DATA(pkt);
  igmp[IGMP_TYPE] = type;
  igmp[IGMP_TIME] = 0;
  wire_store16(igmp + IGMP_SUM, 0);
  wire_store32(igmp + IGMP_GROUP, group);
  wire_store16(igmp + IGMP_SUM,
              (uint16_t)~net_csum_fold(net_csum(igmp, IGMP_HDRLEN, 0)));
  pkt->io_len    = IGMP_HDRLEN;
  pkt->io_pktlen = IGMP_HDRLEN;

  memset(&path, 0, sizeof(path));
  path.ip         = &g_ipv4_family;
  path.nif        = nif;
  path.nexthop    = dst;
  path.src        = addr != NULL ? addr->addr : g_netaddr_any4;
  path.mtu        = nif->dev->d_mtu;
  path.generation = g_net.generation;
  path.flags      = NET_PATH_MULTICAST;

  memset(&tx, 0, sizeof(tx));
  tx.src   = &path.src;
  tx.dst   = &dst;
  tx.proto = IPPROTO_IGMP;
  tx.ttl   = 1;
  tx.tos   = 0xc0;
  tx.flags = NET_TX_NOWAIT;
  if (ipv4_output_options(pkt, &path, &tx, router_alert,
                          sizeof(router_alert)) < 0)
    {
      COUNT(outerrors);
    }
}

static void report(struct igmp_group_s *group)
{
  COUNT(outreports);
  group->reporter = true;
  send_message(group->nif, v1_present(group->nif) ? IGMPT_V1REPORT :
               IGMPT_V2REPORT, group->addr, group->addr);
}

static void report_due(struct net_timer_s *timer);

/* At random within the next "within" nanoseconds, but not in no time */

static void report_later(struct igmp_group_s *group, nettime_t within)
{
  net_timer_start(&group->timer,
                  net_now() + NET_MSEC + net_random() % within, report_due);
}

static void report_due(struct net_timer_s *timer)
{
  struct igmp_group_s *group = container_of(timer, struct igmp_group_s,
                                            timer);

  report(group);
  if (group->repeats > 0)
    {
      group->repeats--;
      report_later(group, UNSOLICITED_INTERVAL);
    }
}

static bool reported(const struct igmp_group_s *group)
{
  return group->addr != ALL_HOSTS && !group->nif->loopback &&
         netif_running(group->nif);
}

/* Tell the routers without being asked, now and once again */

static void announce(struct igmp_group_s *group)
{
  if (reported(group))
    {
      report(group);
      group->repeats = UNSOLICITED_REPEATS - 1;
      report_later(group, UNSOLICITED_INTERVAL);
    }
}

/* Membership ***************************************************************/

int igmp_join(struct netif_s *nif, const struct netaddr_s *addr)
{
  struct igmp_group_s *group = group_find(nif, addr->w[3]);
  unsigned int at;

  if (!netaddr_is4(addr) || !ip4_ismulticast(addr->w[3]))
    {
      return -EINVAL;
    }

  if (group != NULL)
    {
      group->refs++;
      return 0;
    }

  group = kmm_zalloc(sizeof(*group));
  if (group == NULL || (g_ngroups >= g_size && table_grow() < 0))
    {
      kmm_free(group);
      return -ENOMEM;
    }

  group->nif  = nif;
  group->addr = addr->w[3];
  group->refs = 1;
  group->next = nif->groups;
  nif->groups = group;
  at = hash(nif, group->addr);
  group->hash_next = g_table[at];
  g_table[at] = group;
  g_ngroups++;
  COUNT(joins);
  announce(group);
  return 0;
}

int igmp_leave(struct netif_s *nif, const struct netaddr_s *addr)
{
  struct igmp_group_s *group = group_find(nif, addr->w[3]);

  if (group == NULL || !netaddr_is4(addr))
    {
      return -EADDRNOTAVAIL;
    }

  if (--group->refs > 0)
    {
      return 0;
    }

  COUNT(leaves);
  if (reported(group) && group->reporter && !v1_present(nif))
    {
      COUNT(outleaves);
      send_message(nif, IGMPT_LEAVE, group->addr, ALL_ROUTERS);
    }

  group_free(group);
  return 0;
}

bool igmp_member(const struct netif_s *nif, const struct netaddr_s *addr)
{
  return addr->w[3] == ALL_HOSTS || group_find(nif, addr->w[3]) != NULL;
}

/* Receiving ****************************************************************/

/* RFC 2236 10: a report from elsewhere must not silence us */

static bool on_link(const struct netif_s *nif, uint32_t addr)
{
  const struct netif_addr_s *entry;

  for (entry = nif->addrs; entry != NULL; entry = entry->next)
    {
      uint32_t differ = entry->addr.w[3] ^ addr;
      uint8_t byte[4];

      memcpy(byte, &differ, sizeof(byte));
      if (netaddr_is4(&entry->addr) &&
          (entry->prefixlen == 0 ||
           wire_get32(byte) >> (32 - entry->prefixlen) == 0))
        {
          return true;
        }
    }

  return false;
}

static void asked(struct igmp_group_s *group, nettime_t within)
{
  if (reported(group) && net_timer_due(&group->timer) > net_now() + within)
    {
      report_later(group, within);
    }
}

static void query(struct net_rx_s *rx, const uint8_t *igmp, unsigned int len)
{
  struct netif_s *nif = rx->nif;
  uint32_t addr = wire_load32(igmp + IGMP_GROUP);
  nettime_t within = igmp[IGMP_TIME] * (100 * NET_MSEC);
  struct igmp_group_s *group;

  COUNT(inqueries);
  if (addr != 0 && !ip4_ismulticast(addr))
    {
      COUNT(inqueriesbad);
      return;
    }

  if (len > IGMP_HDRLEN && igmp[IGMP_TIME] >= 128)
    {
      /* RFC 3376 4.1.1: a floating-point number */

      unsigned int code = igmp[IGMP_TIME];

      within = (nettime_t)(((code & 0x0f) | 0x10) << (((code >> 4) & 7) + 3))
               * (100 * NET_MSEC);
    }

  if (igmp[IGMP_TIME] == 0)
    {
      within = len > IGMP_HDRLEN ? 100 * NET_MSEC : V1_RESPONSE;
      if (len == IGMP_HDRLEN)
        {
          COUNT(inqueriesv1);
          v1_heard(nif);
          addr = 0;
        }
    }

  if (addr != 0)
    {
      group = group_find(nif, addr);
      if (group != NULL)
        {
          asked(group, within);
        }

      return;
    }

  for (group = nif->groups; group != NULL; group = group->next)
    {
      asked(group, within);
    }
}

/* Another member was faster */

static void heard_report(const struct net_rx_s *rx, const uint8_t *igmp)
{
  struct igmp_group_s *group = group_find(rx->nif,
                                          wire_load32(igmp + IGMP_GROUP));

  COUNT(inreports);
  if (group != NULL && on_link(rx->nif, rx->src.w[3]) &&
      net_timer_active(&group->timer))
    {
      COUNT(suppressed);
      net_timer_stop(&group->timer);
      group->repeats  = 0;
      group->reporter = false;
    }
}

void igmp_input(struct iob_s *pkt, struct net_rx_s *rx)
{
  const uint8_t *igmp = IOB_DATA(pkt);
  unsigned int len = pkt->io_pktlen;

  COUNT(inmsgs);
  if (len < IGMP_HDRLEN)
    {
      COUNT(inshort);
    }
  else if ((rx->flags & NET_RX_CSUM_OK) == 0 &&
           net_csum_fold(net_csum_iob(pkt, 0, len, 0)) != 0xffff)
    {
      COUNT(incsumerrors);
    }
  else if (rx->ttl != 1)
    {
      COUNT(inttl);
    }
  else if (igmp[IGMP_TYPE] == IGMPT_QUERY)
    {
      query(rx, igmp, len);
    }
  else if (igmp[IGMP_TYPE] == IGMPT_V1REPORT ||
           igmp[IGMP_TYPE] == IGMPT_V2REPORT)
    {
      heard_report(rx, igmp);
    }
  else if (igmp[IGMP_TYPE] == IGMPT_LEAVE)
    {
      COUNT(inleaves);
    }
  else
    {
      COUNT(inunknown);
    }

  iob_free_chain(pkt);
}

/* Interfaces ***************************************************************/

void igmp_up(struct netif_s *nif)
{
  struct igmp_group_s *group;

  for (group = nif->groups; group != NULL; group = group->next)
    {
      announce(group);
    }
}

/* Down: the groups stay, for their sockets; nothing is reported.  Gone: they
 * go, too, and later leaves find nothing.
 */

void igmp_flush(struct netif_s *nif, bool gone)
{
  struct igmp_group_s *group = nif->groups;
  struct link_s **link = &g_links;

  while (group != NULL)
    {
      struct igmp_group_s *next = group->next;

      net_timer_stop(&group->timer);
      group->repeats  = 0;
      group->reporter = false;
      if (gone)
        {
          group_free(group);
        }

      group = next;
    }

  while (*link != NULL && (*link)->nif != nif)
    {
      link = &(*link)->next;
    }

  if (*link != NULL)
    {
      struct link_s *entry = *link;

      *link = entry->next;
      kmm_free(entry);
    }
}

int igmp_initialize(void)
{
  return 0;
}

void igmp_finalize(void)
{
  struct netif_s *nif;

  for (nif = g_net.netifs; nif != NULL; nif = nif->next)
    {
      igmp_flush(nif, true);
    }

  DEBUGASSERT(g_ngroups == 0);
  kmm_free(g_table);
  g_table = NULL;
  g_size  = 0;
}
