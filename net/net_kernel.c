/* net/net_kernel.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The stack as part of this kernel: what struct net_port_s asks for, the
 * devices, and the files of /proc/net that tell of interfaces, neighbours,
 * routes and counters.
 *
 * One watchdog stands for all timers of the stack.  It runs, like the
 * upcalls of devices, while no task does; so the stack needs no lock.
 *
 * A process can be late: then frames wait in devices, more than are read at
 * once, and timers are due for which the answer is among those frames.  They
 * are read first; but timers do not wait for ever for one who floods us.
 *
 *   /proc/net/dev      as Linux: the devices and their counters
 *   /proc/net/arp      as Linux: neighbours
 *   /proc/net/route    as Linux: the IPv4 routing table
 *   /proc/net/snmp     as Linux: the counters of RFC 4293, 4113, 4022
 *   /proc/net/netstat  the other counters, in the same form
 *   /proc/net/stats    all of them, one a line: name, value, meaning
 *
 * and the settings of /proc/sys/net/ipv4, 0 or 1, which can be written:
 *
 *   ip_forward          packets for others are sent on
 *   conf/all/arp_probe  new addresses of all interfaces are probed for before
 *                       they are used (RFC 5227); not known to Linux
 */

#include <nuttx/config.h>

#include <ctype.h>
#include <errno.h>
#include <net/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nuttx/clock.h>
#include <nuttx/fs/procfs.h>
#include <nuttx/kmalloc.h>
#include <nuttx/sim.h>
#include <nuttx/wdog.h>
#include <nuttx/net/net.h>

#include "conn.h"
#include "net_link.h"

#define INPUT_FIRST 256              /* Looks at devices, at most */

static struct wdog_s g_wdog;
static unsigned int g_looks;         /* For which timers have waited */

/* The port *****************************************************************/

static void kernel_rearm(nettime_t due);

static bool is_input_first(void)
{
  if (sim_event_more() && g_looks < INPUT_FIRST)
    {
      g_looks++;
      return true;
    }

  g_looks = 0;
  return false;
}

static void kernel_timers(wdparm_t arg)
{
  nettime_t now = clock_systime_ns();
  nettime_t next;

  UNUSED(arg);
  if (is_input_first())
    {
      kernel_rearm(now);             /* After the next look at devices */
      return;
    }

  next = net_timers(now);
  if (next != NETTIME_NEVER)
    {
      kernel_rearm(next);
    }
}

static void kernel_rearm(nettime_t due)
{
  wd_start_absns(&g_wdog, due, kernel_timers, 0);
}

static nettime_t kernel_now(void)
{
  return clock_systime_ns();
}

static uint64_t kernel_realtime(void)
{
  struct timespec ts;

  return nxclock_gettime(CLOCK_REALTIME, &ts) < 0 ? 0 :
         (uint64_t)ts.tv_sec * NET_SEC + (uint64_t)ts.tv_nsec;
}

static const struct net_port_s g_kernel_port =
{
  .now      = kernel_now,
  .random   = sim_random,
  .rearm    = kernel_rearm,
  .realtime = kernel_realtime,
};

/* /proc/net/dev, arp, route ************************************************/

static void show_dev(struct proc_out_s *out, void *arg)
{
  int size = netdev_show(NULL, 0);
  char *text = kmm_malloc((size_t)size + 1);

  UNUSED(arg);
  if (text == NULL)
    {
      out->error = -ENOMEM;
      return;
    }

  netdev_show(text, (size_t)size + 1);
  proc_write(out, text, (size_t)size);
  kmm_free(text);
}

/* ATF_COM, ATF_PERM */

static int show_neigh(const struct neigh_s *n, void *arg)
{
  bool known = n->state >= NEIGH_STALE;
  unsigned int flags = n->state == NEIGH_PERMANENT ? 6 : known ? 2 : 0;
  char ip[NETADDR_STRLEN];
  const uint8_t *m = n->header;

  proc_printf(arg, "%-16s 0x%-10x0x%-10x%02x:%02x:%02x:%02x:%02x:%02x     "
              "*        %s\n", netaddr_text(&n->addr, ip), 1, flags, m[0],
              m[1], m[2], m[3], m[4], m[5], n->nif->dev->d_ifname);
  return 0;
}

static void show_arp(struct proc_out_s *out, void *arg)
{
  UNUSED(arg);
  proc_printf(out, "IP address       HW type     Flags       HW address"
              "            Mask     Device\n");
  arp_foreach(show_neigh, out);
}

static int show_one_route(const struct route_s *route, void *arg)
{
  uint32_t mask = 0;
  char line[128];
  unsigned int i;

  /* Linux has what is its own in another table */

  if (route->connected && route->nif->loopback)
    {
      return 0;
    }

  for (i = 0; i < route->prefixlen; i++)
    {
      ((uint8_t *)&mask)[i / 8] |= (uint8_t)(0x80 >> i % 8);
    }

  snprintf(line, sizeof(line),
           "%s\t%08X\t%08X\t%04X\t%d\t%u\t%d\t%08X\t%d\t%u\t%u",
           route->nif != NULL ? route->nif->dev->d_ifname : "*",
           (unsigned int)netaddr_to4(&route->dst),
           (unsigned int)netaddr_to4(&route->gateway),
           (unsigned int)route->flags, 0, 0u, route->metric,
           (unsigned int)mask, 0, 0u, 0u);
  proc_printf(arg, "%-127s\n", line);
  return 0;
}

static void show_route(struct proc_out_s *out, void *arg)
{
  UNUSED(arg);
  proc_printf(out, "%-127s\n", "Iface\tDestination\tGateway \tFlags\tRefCnt"
              "\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT");
  route_foreach(show_one_route, out);
}

/* Counters *****************************************************************/

struct snmp_s
{
  const char *proto;                 /* As Linux writes it */
  const char *names;                 /* Likewise, in its order */
};

static const struct snmp_s g_snmp[] =
{
  {
    "Ip", "Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors "
    "ForwDatagrams InUnknownProtos InDiscards InDelivers OutRequests "
    "OutDiscards OutNoRoutes ReasmTimeout ReasmReqds ReasmOKs ReasmFails "
    "FragOKs FragFails FragCreates"
  },
  {
    "Icmp", "InMsgs InErrors InCsumErrors InDestUnreachs InTimeExcds "
    "InParmProbs InSrcQuenchs InRedirects InEchos InEchoReps InTimestamps "
    "InTimestampReps InAddrMasks InAddrMaskReps OutMsgs OutErrors "
    "OutRateLimitGlobal OutRateLimitHost OutDestUnreachs OutTimeExcds "
    "OutParmProbs OutSrcQuenchs OutRedirects OutEchos OutEchoReps "
    "OutTimestamps OutTimestampReps OutAddrMasks OutAddrMaskReps"
  },
  {
    "Tcp", "RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens "
    "AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs "
    "OutRsts InCsumErrors"
  },
  {
    "Udp", "InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors "
    "SndbufErrors InCsumErrors IgnoredMulti MemErrors"
  }
};

/* The fixed values of RFC 4293 and 4022 */

static const struct
{
  const char *name;
  int64_t value;
}

g_fixed[] =
{
  {
    "ip.defaultttl", 64
  },
  {
    "tcp.rtoalgorithm", 4            /* Van Jacobson's */
  },
  {
    "tcp.rtomin", 200
  },
  {
    "tcp.rtomax", 120000
  },
  {
    "tcp.maxconn", -1
  }
};

static int64_t snmp_value(const char *name)
{
  uint64_t value = 0;
  size_t i;

  if (strcmp(name, "ip.forwarding") == 0)
    {
      return g_net.forwarding ? 1 : 2;
    }

  for (i = 0; i < nitems(g_fixed); i++)
    {
      if (strcmp(name, g_fixed[i].name) == 0)
        {
          return g_fixed[i].value;
        }
    }

  net_stats_get(name, &value);       /* What is not counted never happens */
  return (int64_t)value;
}

/* "Ip", "InReceives" -> "ip.inreceives" */

static void counter_name(char *to, size_t size, const char *proto,
                         const char *name, size_t len)
{
  snprintf(to, size, "%s.%.*s", proto, (int)len, name);
  for (; *to != '\0'; to++)
    {
      *to = (char)tolower((unsigned char)*to);
    }
}

static void show_snmp(struct proc_out_s *out, void *arg)
{
  const char *p;
  char name[64];
  size_t i;

  UNUSED(arg);
  for (i = 0; i < nitems(g_snmp); i++)
    {
      proc_printf(out, "%s: %s\n%s:", g_snmp[i].proto, g_snmp[i].names,
                  g_snmp[i].proto);
      for (p = g_snmp[i].names; *p != '\0'; p += strspn(p, " "))
        {
          size_t len = strcspn(p, " ");

          counter_name(name, sizeof(name), g_snmp[i].proto, p, len);
          proc_printf(out, " %lld", (long long)snmp_value(name));
          p += len;
        }

      proc_printf(out, "\n");
    }
}

/* Is it one of /proc/net/snmp? */

static bool in_snmp(const char *proto, const char *name)
{
  const char *p;
  size_t i;

  for (i = 0; i < nitems(g_snmp); i++)
    {
      if (strcasecmp(proto, g_snmp[i].proto) != 0)
        {
          continue;
        }

      for (p = g_snmp[i].names; *p != '\0'; p += strspn(p, " "))
        {
          size_t len = strcspn(p, " ");

          if (strlen(name) == len && strncasecmp(name, p, len) == 0)
            {
              return true;
            }

          p += len;
        }
    }

  return false;
}

struct netstat_s
{
  struct proc_out_s *out;
  const char *proto;
  bool values;
};

static void netstat_field(const char *proto, const char *name,
                          const char *text, uint64_t value, void *arg)
{
  struct netstat_s *netstat = arg;

  UNUSED(text);
  if (strcmp(proto, netstat->proto) == 0 && !in_snmp(proto, name))
    {
      if (netstat->values)
        {
          proc_printf(netstat->out, " %llu", (unsigned long long)value);
        }
      else
        {
          proc_printf(netstat->out, " %s", name);
        }
    }
}

static void show_netstat(struct proc_out_s *out, void *arg)
{
  static const char *const protos[] =
  {
    "link", "arp", "ip", "icmp", "igmp", "conn", "udp", "raw", "tcp"
  };

  struct netstat_s netstat =
  {
    .out = out,
  };

  size_t i;
  int pass;

  UNUSED(arg);
  for (i = 0; i < nitems(protos); i++)
    {
      for (pass = 0; pass < 2; pass++)
        {
          proc_printf(out, "%c%sExt:", toupper((unsigned char)*protos[i]),
                      protos[i] + 1);
          netstat.proto  = protos[i];
          netstat.values = pass == 1;
          net_stats_foreach(netstat_field, &netstat);
          proc_printf(out, "\n");
        }
    }
}

static void stats_line(const char *proto, const char *name, const char *text,
                       uint64_t value, void *arg)
{
  proc_printf(arg, "%s.%s %llu %s\n", proto, name,
              (unsigned long long)value, text);
}

static void show_stats(struct proc_out_s *out, void *arg)
{
  UNUSED(arg);
  net_stats_foreach(stats_line, out);
}

/* Settings *****************************************************************/

static void show_switch(struct proc_out_s *out, void *arg)
{
  proc_printf(out, "%d\n", *(const bool *)arg);
}

/* A number and nothing else but space: as Linux, what is not 0 is on */

static int store_switch(const char *text, size_t len, void *arg)
{
  struct netif_s *nif;
  char copy[32];
  char *end;
  long value;

  if (len >= sizeof(copy))
    {
      return -EINVAL;
    }

  memcpy(copy, text, len);
  copy[len] = '\0';
  errno     = 0;
  value     = strtol(copy, &end, 10);
  if (end == copy || errno != 0 || end[strspn(end, " \t\n")] != '\0' ||
      end + strlen(end) != copy + len)
    {
      return -EINVAL;
    }

  *(bool *)arg = value != 0;
  for (nif = g_net.netifs; nif != NULL; nif = nif->next)
    {
      nif->probe = arg == &g_net.probe ? g_net.probe : nif->probe;
    }

  return 0;
}

/* The beginning and the end ************************************************/

static const struct
{
  const char *path;
  proc_show_t show;
}

g_files[] =
{
  {
    "net/dev", show_dev
  },
  {
    "net/arp", show_arp
  },
  {
    "net/route", show_route
  },
  {
    "net/snmp", show_snmp
  },
  {
    "net/netstat", show_netstat
  },
  {
    "net/stats", show_stats
  }
};

static void kernel_exit(void *arg)
{
  UNUSED(arg);
  net_finalize();
  wd_cancel(&g_wdog);
}

/* To all devices that have no upper layer yet */

static int attach(struct net_driver_s *dev, void *arg)
{
  UNUSED(arg);
  return dev->d_upper != NULL ? 0 : netif_attach(dev, NULL);
}

int net_kernel_initialize(void)
{
  size_t i;
  int ret;

  memset(&g_wdog, 0, sizeof(g_wdog));
  g_looks = 0;
  ret = net_initialize(&g_kernel_port);
  if (ret < 0)
    {
      return ret;
    }

  ret = sim_atexit(kernel_exit, NULL);
  if (ret < 0)
    {
      net_finalize();
      return ret;
    }

  ret = netdev_foreach(attach, NULL);
  if (ret == 0 && g_net.lo == NULL)
    {
      struct net_driver_s *lo = netdev_create("loopback");

      ret = lo == NULL ? -ENOMEM : netif_attach(lo, NULL);
    }

  for (i = 0; i < nitems(g_files) && ret >= 0; i++)
    {
      ret = proc_register(g_files[i].path, g_files[i].show, NULL);
    }

  if (ret >= 0)
    {
      ret = proc_register_rw("sys/net/ipv4/ip_forward", show_switch,
                             store_switch, &g_net.forwarding);
    }

  if (ret >= 0)
    {
      ret = proc_register_rw("sys/net/ipv4/conf/all/arp_probe", show_switch,
                             store_switch, &g_net.probe);
    }

  proc_iobinfo_ask(net_reclaim);
  return ret < 0 ? ret : proc_net_initialize();
}
