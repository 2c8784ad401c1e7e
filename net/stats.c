/* net/stats.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The counters by name, from the lists of net_stats.h.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "net.h"

struct counter_s
{
  const char *proto;
  const char *name;
  const char *text;
  size_t offset;                     /* In g_net.stats */
};

/* A list knows the name of a counter, not of its protocol: the macro that is
 * handed to it does.
 */

#define ENTRY(proto, name, text) \
  { \
    #proto, #name, text, offsetof(struct net_stats_s, proto.name) \
  },

#define LINK_ENTRY(name, text) ENTRY(link, name, text)
#define ARP_ENTRY(name, text)  ENTRY(arp, name, text)
#define IP_ENTRY(name, text)   ENTRY(ip, name, text)
#define ICMP_ENTRY(name, text) ENTRY(icmp, name, text)
#define IGMP_ENTRY(name, text) ENTRY(igmp, name, text)
#define CONN_ENTRY(name, text) ENTRY(conn, name, text)
#define UDP_ENTRY(name, text)  ENTRY(udp, name, text)
#define RAW_ENTRY(name, text)  ENTRY(raw, name, text)
#define TCP_ENTRY(name, text)  ENTRY(tcp, name, text)

static const struct counter_s g_counters[] =
{
  LINK_STATS(LINK_ENTRY)
  ARP_STATS(ARP_ENTRY)
  IP_STATS(IP_ENTRY)
  ICMP_STATS(ICMP_ENTRY)
  IGMP_STATS(IGMP_ENTRY)
  CONN_STATS(CONN_ENTRY)
  UDP_STATS(UDP_ENTRY)
  RAW_STATS(RAW_ENTRY)
  TCP_IN_STATS(TCP_ENTRY)
  TCP_OUT_STATS(TCP_ENTRY)
  TCP_USER_STATS(TCP_ENTRY)
};

static uint64_t value_of(const struct counter_s *counter)
{
  return *(const uint64_t *)((const char *)&g_net.stats + counter->offset);
}

int net_stats_get(const char *name, uint64_t *value)
{
  size_t i;

  for (i = 0; i < nitems(g_counters); i++)
    {
      size_t len = strlen(g_counters[i].proto);

      if (strncmp(name, g_counters[i].proto, len) == 0 &&
          name[len] == '.' && strcmp(name + len + 1, g_counters[i].name) == 0)
        {
          *value = value_of(&g_counters[i]);
          return 0;
        }
    }

  return -ENOENT;
}

void net_stats_foreach(void (*fn)(const char *proto, const char *name,
                                  const char *text, uint64_t value,
                                  void *arg), void *arg)
{
  size_t i;

  for (i = 0; i < nitems(g_counters); i++)
    {
      fn(g_counters[i].proto, g_counters[i].name, g_counters[i].text,
         value_of(&g_counters[i]), arg);
    }
}
