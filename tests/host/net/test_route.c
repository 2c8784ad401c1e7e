/* tests/host/net/test_route.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Routes, source addresses, path MTUs, and the ioctl()s about them and about
 * interfaces.  Goal: the longest prefix wins, then the lowest metric, among
 * usable routes; nothing that is refused leaves a trace; a path is void as
 * soon as anything it came from changes; a path MTU only falls, not below
 * 552, and is forgotten after ten minutes.  Method: two wires, random routes
 * against a list that is searched in full, virtual time.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <cmocka.h>

#include <nuttx/kmalloc.h>
#include <nuttx/net/net.h>

#include "net_link.h"
#include "stack.h"

static struct wire_s g_wire;         /* 10.0.0.1/24 */
static struct wire_s g_other;        /* 10.0.1.1/24 */

static struct netaddr_s ip4(uint32_t host)
{
  return netaddr_from4(htonl(host));
}

static void start(void)
{
  wire_create(&g_wire, "eth%d", 1500, 0);
  wire_create(&g_other, "eth%d", 1400, 0);
}

static int add(uint32_t dst, uint8_t len, uint32_t via, struct netif_s *nif,
               int metric)
{
  struct netaddr_s d = ip4(dst);
  struct netaddr_s g = ip4(via);

  return route_add(&d, len, &g, nif, metric, 0);
}

static int del(uint32_t dst, uint8_t len, uint32_t via, struct netif_s *nif)
{
  struct netaddr_s d = ip4(dst);
  struct netaddr_s g = ip4(via);

  return route_del(&d, len, via != 0 ? &g : NULL, nif);
}

/* The next hop to a destination; an error as it is */

static long long hop(uint32_t dst)
{
  struct netaddr_s d = ip4(dst);
  struct net_path_s path;
  int ret = net_route(&d, NULL, 0, &path);

  return ret < 0 ? ret : (long long)ntohl(netaddr_to4(&path.nexthop));
}

static int count_one(const struct route_s *route, void *arg)
{
  (void)route;
  ++*(unsigned int *)arg;
  return 0;
}

static unsigned int routes(void)
{
  unsigned int n = 0;

  route_foreach(count_one, &n);
  return n;
}

/* Routes *******************************************************************/

static void longest_prefix_then_metric(void)
{
  start();
  CHECK_EQ(hop(0x0a000007), 0x0a000007);
  CHECK_EQ(hop(0xc0000201), -ENETUNREACH);
  CHECK_EQ(add(0, 0, 0x0a000002, NULL, 10), 0);
  CHECK_EQ(hop(0xc0000201), 0x0a000002);
  CHECK_EQ(add(0, 0, 0x0a000102, NULL, 5), 0);
  CHECK_EQ(hop(0xc0000201), 0x0a000102);
  CHECK_EQ(add(0xc0000000, 8, 0x0a000003, NULL, 0), 0);
  CHECK_EQ(add(0xc0000200, 24, 0x0a000004, NULL, 99), 0);
  CHECK_EQ(add(0xc0000201, 32, 0x0a000005, NULL, 0), 0);
  CHECK_EQ(hop(0xc0000201), 0x0a000005);
  CHECK_EQ(hop(0xc0000202), 0x0a000004);
  CHECK_EQ(hop(0xc0010202), 0x0a000003);
  CHECK_EQ(hop(0xc1000202), 0x0a000102);
  CHECK_EQ(del(0xc0000201, 32, 0, NULL), 0);
  CHECK_EQ(hop(0xc0000201), 0x0a000004);
  CHECK_EQ(del(0, 0, 0x0a000102, NULL), 0);
  CHECK_EQ(hop(0xc1000202), 0x0a000002);
}

static void refused_routes_leave_no_trace(void)
{
  struct netaddr_s d = ip4(0xc0000200);
  unsigned int n;
  unsigned int i;

  start();
  n = routes();
  CHECK_EQ(add(0xc0000200, 24, 0xc6336401, NULL, 0), -ENETUNREACH);
  CHECK_EQ(add(0xc0000200, 24, 0x0a000002, g_other.nif, 0), -ENETUNREACH);
  CHECK_EQ(add(0xc0000200, 33, 0x0a000002, NULL, 0), -EINVAL);
  CHECK_EQ(route_add(&d, 24, NULL, NULL, 0, 0), -EINVAL);
  CHECK_EQ(add(0x0a000000, 24, 0, g_wire.nif, 0), -EEXIST);
  CHECK_EQ(del(0xc0000200, 24, 0, NULL), -ESRCH);
  CHECK_EQ(del(0xc0000200, 77, 0, NULL), -EINVAL);
  CHECK_EQ(del(0x0a000000, 24, 0, g_other.nif), -ESRCH);
  CHECK_EQ(del(0x0a000000, 24, 0x0a000002, NULL), -ESRCH);
  kmm_fail(1);
  CHECK_EQ(add(0xc0000200, 24, 0x0a000002, NULL, 0), -ENOMEM);
  CHECK_EQ(routes(), n);

  /* A gateway behind a gateway is none */

  CHECK_EQ(add(0xc0000200, 24, 0x0a000002, NULL, 0), 0);
  CHECK_EQ(add(0xc0000300, 24, 0xc0000201, NULL, 0), -ENETUNREACH);

  /* More routes than memory for a larger table */

  for (i = 0; i < 100; i++)
    {
      kmm_fail(i % 2 == 0 ? 1 : 0);
      add(0x0b000000 + i * 256, 24, 0x0a000002, NULL, 0);
    }

  kmm_fail(0);
  for (i = 1; i < 100; i += 2)
    {
      CHECK_EQ(hop(0x0b000001 + i * 256), 0x0a000002);
    }
}

static void reject_routes(void)
{
  struct netaddr_s d = ip4(0xc0000000);

  start();
  CHECK_EQ(add(0, 0, 0x0a000002, NULL, 0), 0);
  CHECK_EQ(route_add(&d, 8, NULL, NULL, 0, RTF_REJECT), 0);
  CHECK_EQ(hop(0xc0000201), -EHOSTUNREACH);
  CHECK_EQ(hop(0xc1000201), 0x0a000002);
  CHECK_EQ(add(0xd0000000, 8, 0xc0000001, NULL, 0), -ENETUNREACH);
}

/* Random routes of few bits, so that they nest; a list knows the answer */

#define MODEL 600

static void against_a_model(void)
{
  static struct
  {
    uint32_t dst;
    uint8_t len;
    uint32_t via;
    int metric;
  }

  model[MODEL];

  unsigned int n = 0;
  unsigned int step;
  unsigned int i;

  start();
  srand(11);
  for (step = 0; step < 3000; step++)
    {
      uint8_t len = (uint8_t)(rand() % 25 + 8);
      uint32_t dst = (0xc0000000u | ((uint32_t)rand() & 0x00030303u)) &
                     (UINT32_MAX << (32 - len));
      uint32_t via = 0x0a000002 + (uint32_t)rand() % 200;
      int metric = rand() % 1000000;
      unsigned int best = MODEL;

      if (n < MODEL && rand() % 3 != 0)
        {
          if (add(dst, len, via, NULL, metric) == 0)
            {
              model[n].dst    = dst;
              model[n].len    = len;
              model[n].via    = via;
              model[n].metric = metric;
              n++;
            }
        }
      else if (n > 0)
        {
          /* The exact route: the lowest metric of those alike goes */

          i = (unsigned int)rand() % n;
          best = i;
          for (i = 0; i < n; i++)
            {
              if (model[i].dst == model[best].dst &&
                  model[i].len == model[best].len &&
                  model[i].via == model[best].via &&
                  model[i].metric < model[best].metric)
                {
                  best = i;
                }
            }

          CHECK_EQ(del(model[best].dst, model[best].len, model[best].via,
                       NULL), 0);
          model[best] = model[--n];
          best        = MODEL;
        }

      dst = 0xc0000000u | ((uint32_t)rand() & 0x00030303u);
      for (i = 0; i < n; i++)
        {
          if (((dst ^ model[i].dst) & (UINT32_MAX << (32 - model[i].len))) ==
              0 && (best == MODEL || model[i].len > model[best].len ||
                    (model[i].len == model[best].len &&
                     model[i].metric < model[best].metric)))
            {
              best = i;
            }
        }

      CHECK_EQ(hop(dst), best == MODEL ? -ENETUNREACH :
                         (long long)model[best].via);
    }
}

/* A route over an interface that is down is passed over, not lost */

static void down_interfaces_are_passed_over(void)
{
  start();
  CHECK_EQ(add(0, 0, 0x0a000002, NULL, 1), 0);
  CHECK_EQ(add(0, 0, 0x0a000102, NULL, 2), 0);
  CHECK_EQ(hop(0xc0000201), 0x0a000002);
  netif_down(g_wire.nif);
  CHECK_EQ(hop(0xc0000201), 0x0a000102);
  netif_down(g_other.nif);
  CHECK_EQ(hop(0xc0000201), -ENETUNREACH);
  CHECK_EQ(netif_up(g_wire.nif), 0);
  CHECK_EQ(hop(0xc0000201), 0x0a000002);
  netif_detach(g_wire.nif);
  CHECK_EQ(hop(0xc0000201), -ENETUNREACH);
}

/* Paths ********************************************************************/

static void sources(void)
{
  struct netaddr_s two = ip4(0x0a000501);
  struct netaddr_s dst;
  struct netaddr_s src;
  struct net_path_s path;

  start();
  CHECK_EQ(netif_addr_add(g_wire.nif, &two, 24, NULL), 0);
  CHECK_EQ(add(0, 0, 0x0a000102, NULL, 1), 0);
  CHECK_EQ(add(0xc0000200, 24, 0x0a000502, NULL, 1), 0);

  /* In the network of the next hop */

  dst = ip4(0xc0000201);
  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
  CHECK(netaddr_equal(&path.src, &two));
  CHECK_EQ(path.flags, NET_PATH_GATEWAY);
  CHECK_EQ(path.mtu, 1500);
  dst = ip4(0x08080808);
  src = ip4(0x0a000101);
  CHECK_EQ(net_route(&dst, &g_netaddr_any4, 0, &path), 0);
  CHECK(netaddr_equal(&path.src, &src));
  CHECK_EQ(path.mtu, 1400);

  /* Ours, or none; ours of another interface will do */

  CHECK_EQ(net_route(&dst, &two, 0, &path), 0);
  CHECK(netaddr_equal(&path.src, &two));
  src = ip4(0x0a000109);
  CHECK_EQ(net_route(&dst, &src, 0, &path), -EADDRNOTAVAIL);

  /* Bound to an interface */

  CHECK_EQ(net_route(&dst, NULL, g_wire.dev.d_ifindex, &path), -ENETUNREACH);
  CHECK_EQ(net_route(&dst, NULL, 99, &path), -ENETUNREACH);
  CHECK_EQ(net_route(&g_netaddr_none, NULL, 0, &path), -ENETUNREACH);
}

static void groups_and_broadcasts(void)
{
  struct netaddr_s dst = ip4(0xe0000009);
  struct netaddr_s src = ip4(0x0a000101);
  struct net_path_s path;

  start();
  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
  CHECK(path.nif == g_wire.nif);
  CHECK_EQ(path.flags, NET_PATH_MULTICAST);
  CHECK_EQ(net_route(&dst, &src, 0, &path), 0);
  CHECK(path.nif == g_other.nif);
  CHECK_EQ(net_route(&dst, NULL, g_other.dev.d_ifindex, &path), 0);
  CHECK(path.nif == g_other.nif);
  CHECK_EQ(net_route(&dst, NULL, 99, &path), -ENETUNREACH);
  CHECK_EQ(add(0, 0, 0x0a000102, NULL, 1), 0);
  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
  CHECK(path.nif == g_other.nif);
  dst = ip4(0xffffffff);
  CHECK_EQ(net_route(&dst, NULL, g_wire.dev.d_ifindex, &path), 0);
  CHECK_EQ(path.flags, NET_PATH_BROADCAST);
  dst = ip4(0x0a0000ff);
  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
  CHECK_EQ(path.flags, NET_PATH_BROADCAST);
  dst = ip4(0x0a0000fe);
  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
  CHECK_EQ(path.flags, 0);
  netif_down(g_other.nif);
  dst = ip4(0xe0000009);
  CHECK_EQ(net_route(&dst, NULL, g_other.dev.d_ifindex, &path), -ENETDOWN);
}

/* Each change voids a path; what changes nothing does not */

static void paths_become_void(void)
{
  struct netaddr_s dst = ip4(0x0a000002);
  struct netaddr_s addr = ip4(0x0a000701);
  struct net_path_s path;

  start();
  memset(&path, 0, sizeof(path));
  CHECK(!net_path_valid(&path));
  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
  CHECK(net_path_valid(&path));
  CHECK_EQ(add(0xc0000000, 8, 0x0a000002, NULL, 0), 0);
  CHECK(!net_path_valid(&path));
  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
  CHECK_EQ(del(0xc0000000, 8, 0, NULL), 0);
  CHECK(!net_path_valid(&path));
  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
  CHECK_EQ(netif_addr_add(g_other.nif, &addr, 24, NULL), 0);
  CHECK(!net_path_valid(&path));
  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
  CHECK_EQ(route_mtu_update(&dst, 1000, 1500), 1000);
  CHECK(!net_path_valid(&path));
  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
  CHECK_EQ(route_mtu_update(&dst, 1400, 1500), 1000);
  CHECK_EQ(del(0xc0000000, 8, 0, NULL), -ESRCH);
  CHECK(net_path_valid(&path));
}

/* Path MTU *****************************************************************/

static void path_mtu_only_falls(void)
{
  struct netaddr_s dst = ip4(0x0a000002);
  struct netaddr_s far = ip4(0xc0000201);
  struct net_path_s path;

  start();
  CHECK_EQ(route_mtu(&dst, g_wire.nif), 1500);
  CHECK_EQ(route_mtu_update(&dst, 9000, 1500), 1500);
  CHECK_EQ(route_mtu_update(&dst, 1500, 1500), 1500);
  CHECK_EQ(route_mtu_update(&dst, 1280, 1500), 1280);
  CHECK_EQ(route_mtu(&dst, g_wire.nif), 1280);
  CHECK_EQ(route_mtu_update(&dst, 1300, 1500), 1280);
  CHECK_EQ(route_mtu_update(&dst, 68, 1500), 552);
  CHECK_EQ(route_mtu_update(&dst, 1, 1500), 552);
  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
  CHECK_EQ(path.mtu, 552);

  /* An old router does not tell: plateaus */

  CHECK_EQ(route_mtu_update(&far, 0, 1500), 1492);
  CHECK_EQ(route_mtu_update(&far, 0, 1492), 1006);
  CHECK_EQ(route_mtu_update(&far, 0, 1006), 552);
  CHECK_EQ(route_mtu_update(&far, 0, 552), 552);
  CHECK_EQ(route_mtu_update(&far, 0, 0), 552);
}

static void path_mtu_is_forgotten(void)
{
  struct netaddr_s a = ip4(0x0a000002);
  struct netaddr_s b = ip4(0x0a000003);
  struct net_path_s path;

  start();
  CHECK_EQ(route_mtu_update(&a, 1000, 1500), 1000);
  stack_sleep(300 * NET_SEC);
  CHECK_EQ(route_mtu_update(&b, 1100, 1500), 1100);
  CHECK_EQ(net_route(&a, NULL, 0, &path), 0);
  stack_sleep(301 * NET_SEC);
  CHECK(!net_path_valid(&path));
  CHECK_EQ(route_mtu(&a, g_wire.nif), 1500);
  CHECK_EQ(route_mtu(&b, g_wire.nif), 1100);
  stack_sleep(300 * NET_SEC);
  CHECK_EQ(route_mtu(&b, g_wire.nif), 1500);
}

/* The table is bounded: the oldest goes; without memory nothing is learnt */

static void many_path_mtus(void)
{
  struct netaddr_s dst;
  unsigned int i;
  unsigned int known = 0;

  start();
  for (i = 0; i < 5000; i++)
    {
      dst = ip4(0xc0000000 + i);
      CHECK_EQ(route_mtu_update(&dst, 1000, 1500), 1000);
    }

  for (i = 0; i < 5000; i++)
    {
      dst    = ip4(0xc0000000 + i);
      known += route_mtu(&dst, g_wire.nif) == 1000;
    }

  CHECK_EQ(known, 1024);
  CHECK_EQ(route_mtu(&dst, g_wire.nif), 1000);
  dst = ip4(0x0a000002);
  kmm_fail(1);
  CHECK_EQ(route_mtu_update(&dst, 1000, 1500), 1500);
  kmm_fail(0);
  CHECK_EQ(route_mtu(&dst, g_wire.nif), 1500);
}

/* ioctl ********************************************************************/

static struct ifreq g_req;

static int req(unsigned long cmd, const char *name)
{
  size_t len = strlen(name) + 1;

  /* Without an end, if it is too long */

  memset(g_req.ifr_name, 'x', sizeof(g_req.ifr_name));
  memcpy(g_req.ifr_name, name, len < sizeof(g_req.ifr_name) ? len :
                               sizeof(g_req.ifr_name));
  return netdev_ioctl(cmd, (unsigned long)(uintptr_t)&g_req);
}

static void set_sa(struct sockaddr *sa, uint32_t addr)
{
  struct sockaddr_in in =
  {
    .sin_family = AF_INET,
  };

  in.sin_addr.s_addr = htonl(addr);
  memcpy(sa, &in, sizeof(in));
}

static uint32_t get_sa(const struct sockaddr *sa)
{
  struct sockaddr_in in;

  memcpy(&in, sa, sizeof(in));
  return in.sin_family == AF_INET ? ntohl(in.sin_addr.s_addr) : 1;
}

static void interfaces_by_ioctl(void)
{
  struct ifreq list[8];
  struct ifconf conf =
  {
    .ifc_len = sizeof(list), .ifc_req = list,
  };

  start();
  CHECK_EQ(netdev_ioctl(SIOCGIFCONF, (unsigned long)(uintptr_t)&conf), 0);
  CHECK_EQ(conf.ifc_len, 3 * (int)sizeof(list[0]));
  CHECK_EQ(strcmp(list[0].ifr_name, "lo"), 0);
  CHECK_EQ(get_sa(&list[0].ifr_addr), 0x7f000001);
  CHECK_EQ(strcmp(list[2].ifr_name, "eth1"), 0);
  conf.ifc_len = 2 * (int)sizeof(list[0]) + 1;
  CHECK_EQ(netdev_ioctl(SIOCGIFCONF, (unsigned long)(uintptr_t)&conf), 0);
  CHECK_EQ(conf.ifc_len, 2 * (int)sizeof(list[0]));
  conf.ifc_req = NULL;
  conf.ifc_len = 0;
  CHECK_EQ(netdev_ioctl(SIOCGIFCONF, (unsigned long)(uintptr_t)&conf), 0);
  CHECK_EQ(conf.ifc_len, 3 * (int)sizeof(list[0]));
  conf.ifc_req = list;
  conf.ifc_len = -1;
  CHECK_EQ(netdev_ioctl(SIOCGIFCONF, (unsigned long)(uintptr_t)&conf),
           -EINVAL);

  CHECK_EQ(req(SIOCGIFADDR, "eth0"), 0);
  CHECK_EQ(get_sa(&g_req.ifr_addr), 0x0a000001);
  CHECK_EQ(req(SIOCGIFNETMASK, "eth0"), 0);
  CHECK_EQ(get_sa(&g_req.ifr_addr), 0xffffff00);
  CHECK_EQ(req(SIOCGIFBRDADDR, "eth0"), 0);
  CHECK_EQ(get_sa(&g_req.ifr_addr), 0x0a0000ff);
  CHECK_EQ(req(SIOCGIFFLAGS, "eth0"), 0);
  CHECK_EQ(g_req.ifr_flags, IFF_UP | IFF_RUNNING | IFF_BROADCAST |
                            IFF_MULTICAST);
  CHECK_EQ(req(SIOCGIFFLAGS, "lo"), 0);
  CHECK_EQ(g_req.ifr_flags, IFF_UP | IFF_RUNNING | IFF_LOOPBACK);
  CHECK_EQ(req(SIOCGIFMTU, "eth1"), 0);
  CHECK_EQ(g_req.ifr_mtu, 1400);
  CHECK_EQ(req(SIOCGIFHWADDR, "eth1"), 0);
  CHECK_EQ(g_req.ifr_hwaddr.sa_family, ARPHRD_ETHER);
  CHECK_EQ(g_req.ifr_hwaddr.sa_data[5], 2);
  CHECK_EQ(req(SIOCGIFHWADDR, "lo"), 0);
  CHECK_EQ(g_req.ifr_hwaddr.sa_family, ARPHRD_LOOPBACK);
  CHECK_EQ(req(SIOCGIFINDEX, "eth1"), 0);
  CHECK_EQ(g_req.ifr_ifindex, g_other.dev.d_ifindex);
  CHECK_EQ(netdev_ioctl(SIOCGIFNAME, (unsigned long)(uintptr_t)&g_req), 0);
  CHECK_EQ(strcmp(g_req.ifr_name, "eth1"), 0);

  g_req.ifr_ifindex = -1;
  CHECK_EQ(req(SIOCGIFNAME, "eth0"), -ENODEV);
  CHECK_EQ(req(SIOCGIFADDR, "eth9"), -ENODEV);
  CHECK_EQ(req(SIOCGIFADDR, ""), -ENODEV);
  CHECK_EQ(req(SIOCGIFADDR, "a-name-without-any-end"), -ENODEV);
  CHECK_EQ(netdev_ioctl(0x8999, (unsigned long)(uintptr_t)&g_req), -ENOTTY);
  CHECK_EQ(netdev_ioctl(SIOCGIFADDR, 0), -EFAULT);
}

static void interfaces_are_changed_by_ioctl(void)
{
  struct pkt_s pkt;

  start();
  set_sa(&g_req.ifr_addr, 0xac100001);
  CHECK_EQ(req(SIOCSIFADDR, "eth0"), 0);
  CHECK_EQ(req(SIOCGIFNETMASK, "eth0"), 0);
  CHECK_EQ(get_sa(&g_req.ifr_addr), 0xffff0000);
  CHECK_EQ(hop(0x0a000002), -ENETUNREACH);
  CHECK_EQ(hop(0xac10ff02), 0xac10ff02);
  set_sa(&g_req.ifr_netmask, 0xffffff80);
  CHECK_EQ(req(SIOCSIFNETMASK, "eth0"), 0);
  CHECK_EQ(hop(0xac10ff02), -ENETUNREACH);
  CHECK_EQ(hop(0xac10007e), 0xac10007e);
  CHECK_EQ(req(SIOCGIFBRDADDR, "eth0"), 0);
  CHECK_EQ(get_sa(&g_req.ifr_addr), 0xac10007f);
  set_sa(&g_req.ifr_netmask, 0xff00ff00);
  CHECK_EQ(req(SIOCSIFNETMASK, "eth0"), -EINVAL);
  set_sa(&g_req.ifr_addr, 0xe0000001);
  CHECK_EQ(req(SIOCSIFADDR, "eth0"), -EINVAL);
  CHECK_EQ(req(SIOCGIFADDR, "eth0"), 0);
  CHECK_EQ(get_sa(&g_req.ifr_addr), 0xac100001);
  g_req.ifr_addr.sa_family = AF_INET6;
  CHECK_EQ(req(SIOCSIFADDR, "eth0"), -EINVAL);

  set_sa(&g_req.ifr_addr, 0);
  CHECK_EQ(req(SIOCSIFADDR, "eth0"), 0);
  CHECK_EQ(req(SIOCSIFADDR, "eth0"), 0);
  CHECK_EQ(req(SIOCGIFADDR, "eth0"), -EADDRNOTAVAIL);
  set_sa(&g_req.ifr_netmask, 0xffffff00);
  CHECK_EQ(req(SIOCSIFNETMASK, "eth0"), -EADDRNOTAVAIL);
  CHECK_EQ(req(SIOCSIFBRDADDR, "eth0"), -EADDRNOTAVAIL);

  g_req.ifr_mtu = 9000;
  CHECK_EQ(req(SIOCSIFMTU, "eth1"), 0);
  CHECK_EQ(g_other.dev.d_mtu, 9000);
  g_req.ifr_mtu = 67;
  CHECK_EQ(req(SIOCSIFMTU, "eth1"), -EINVAL);
  g_req.ifr_mtu = -5;
  CHECK_EQ(req(SIOCSIFMTU, "eth1"), -EINVAL);

  g_req.ifr_flags = 0;
  CHECK_EQ(req(SIOCSIFFLAGS, "eth1"), 0);
  CHECK_EQ(req(SIOCGIFFLAGS, "eth1"), 0);
  CHECK_EQ(g_req.ifr_flags, IFF_BROADCAST | IFF_MULTICAST);
  CHECK_EQ(hop(0x0a000102), -ENETUNREACH);
  g_req.ifr_flags = IFF_UP;
  CHECK_EQ(req(SIOCSIFFLAGS, "eth1"), 0);
  CHECK_EQ(hop(0x0a000102), 0x0a000102);

  /* A new link address is told to everybody */

  wire_flush(&g_other);
  CHECK_EQ(req(SIOCGIFHWADDR, "eth1"), 0);
  g_req.ifr_hwaddr.sa_data[5] = 0x42;
  CHECK_EQ(req(SIOCSIFHWADDR, "eth1"), 0);
  CHECK(pkt_next(&g_other, PKT_ARP, &pkt));
  CHECK_EQ(pkt.smac[5], 0x42);
  CHECK_EQ(pkt.arp_sha[5], 0x42);
  g_req.ifr_hwaddr.sa_data[0] = 1;
  CHECK_EQ(req(SIOCSIFHWADDR, "eth1"), -EADDRNOTAVAIL);
  g_req.ifr_hwaddr.sa_family = AF_INET;
  CHECK_EQ(req(SIOCSIFHWADDR, "eth1"), -EINVAL);
}

static int rt(unsigned long cmd, uint32_t dst, uint32_t mask, uint32_t via,
              const char *dev, unsigned int flags)
{
  struct rtentry entry;

  memset(&entry, 0, sizeof(entry));
  set_sa(&entry.rt_dst, dst);
  set_sa(&entry.rt_genmask, mask);
  set_sa(&entry.rt_gateway, via);
  entry.rt_flags  = (unsigned short)(flags | RTF_UP |
                                     (via != 0 ? RTF_GATEWAY : 0));
  entry.rt_dev    = (char *)dev;
  return netdev_ioctl(cmd, (unsigned long)(uintptr_t)&entry);
}

static void routes_by_ioctl(void)
{
  struct rtentry entry;

  start();
  CHECK_EQ(rt(SIOCADDRT, 0, 0, 0x0a000002, NULL, 0), 0);
  CHECK_EQ(hop(0x08080808), 0x0a000002);
  CHECK_EQ(rt(SIOCADDRT, 0, 0, 0x0a000002, NULL, 0), -EEXIST);
  CHECK_EQ(rt(SIOCADDRT, 0xc0000200, 0xffffff00, 0, "eth1", 0), 0);
  CHECK_EQ(hop(0xc0000207), 0xc0000207);
  CHECK_EQ(rt(SIOCADDRT, 0xc0000207, 0, 0x0a000103, "eth1", RTF_HOST), 0);
  CHECK_EQ(hop(0xc0000207), 0x0a000103);
  CHECK_EQ(rt(SIOCADDRT, 0x0b000000, 0xff000000, 0, NULL, RTF_REJECT), 0);
  CHECK_EQ(hop(0x0b000001), -EHOSTUNREACH);

  CHECK_EQ(rt(SIOCADDRT, 0xc0000201, 0xffffff00, 0, "eth1", 0), -EINVAL);
  CHECK_EQ(rt(SIOCADDRT, 0xc0000200, 0xff00ff00, 0, "eth1", 0), -EINVAL);
  CHECK_EQ(rt(SIOCADDRT, 0xc0000000, 0xff000000, 0, "eth7", 0), -ENODEV);
  CHECK_EQ(rt(SIOCADDRT, 0xc0000000, 0xff000000, 0, NULL, 0), -EINVAL);
  CHECK_EQ(rt(SIOCADDRT, 0xc0000000, 0xff000000, 0, NULL, RTF_GATEWAY),
           -EINVAL);
  CHECK_EQ(rt(SIOCADDRT, 0xc0000000, 0xff000000, 0x7f7f7f7f, "eth0", 0),
           -ENETUNREACH);
  CHECK_EQ(rt(SIOCDELRT, 0xc0000000, 0xff000000, 0, NULL, 0), -ESRCH);
  CHECK_EQ(rt(SIOCDELRT, 0, 0, 0, NULL, 0), 0);
  CHECK_EQ(hop(0x08080808), -ENETUNREACH);

  memset(&entry, 0, sizeof(entry));
  entry.rt_dst.sa_family = AF_INET6;
  CHECK_EQ(netdev_ioctl(SIOCADDRT, (unsigned long)(uintptr_t)&entry),
           -EINVAL);
}

static void neighbours_by_ioctl(void)
{
  struct arpreq arp;

  start();
  memset(&arp, 0, sizeof(arp));
  set_sa(&arp.arp_pa, 0x0a000002);
  CHECK_EQ(netdev_ioctl(SIOCGARP, (unsigned long)(uintptr_t)&arp), -ENXIO);
  CHECK_EQ(netdev_ioctl(SIOCDARP, (unsigned long)(uintptr_t)&arp), -ENXIO);
  CHECK_EQ(netdev_ioctl(SIOCSARP, (unsigned long)(uintptr_t)&arp), -EINVAL);
  arp.arp_ha.sa_family  = ARPHRD_ETHER;
  arp.arp_ha.sa_data[0] = 2;
  arp.arp_ha.sa_data[5] = 0x33;
  arp.arp_flags         = ATF_PERM;
  CHECK_EQ(netdev_ioctl(SIOCSARP, (unsigned long)(uintptr_t)&arp), 0);
  memset(&arp.arp_ha, 0, sizeof(arp.arp_ha));
  CHECK_EQ(netdev_ioctl(SIOCGARP, (unsigned long)(uintptr_t)&arp), 0);
  CHECK_EQ(arp.arp_ha.sa_data[5], 0x33);
  CHECK_EQ(arp.arp_flags, ATF_PERM | ATF_COM);
  CHECK_EQ(strcmp(arp.arp_dev, "eth0"), 0);
  CHECK_EQ(netdev_ioctl(SIOCDARP, (unsigned long)(uintptr_t)&arp), 0);
  CHECK_EQ(netdev_ioctl(SIOCGARP, (unsigned long)(uintptr_t)&arp), -ENXIO);
  strcpy(arp.arp_dev, "eth7");
  CHECK_EQ(netdev_ioctl(SIOCGARP, (unsigned long)(uintptr_t)&arp), -ENODEV);
  arp.arp_dev[0] = '\0';
  set_sa(&arp.arp_pa, 0x08080808);
  CHECK_EQ(netdev_ioctl(SIOCGARP, (unsigned long)(uintptr_t)&arp),
           -ENETUNREACH);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  } \
  struct semicolon_s

SCENARIO(longest_prefix_then_metric);
SCENARIO(refused_routes_leave_no_trace);
SCENARIO(reject_routes);
SCENARIO(against_a_model);
SCENARIO(down_interfaces_are_passed_over);
SCENARIO(sources);
SCENARIO(groups_and_broadcasts);
SCENARIO(paths_become_void);
SCENARIO(path_mtu_only_falls);
SCENARIO(path_mtu_is_forgotten);
SCENARIO(many_path_mtus);
SCENARIO(interfaces_by_ioctl);
SCENARIO(interfaces_are_changed_by_ioctl);
SCENARIO(routes_by_ioctl);
SCENARIO(neighbours_by_ioctl);

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_longest_prefix_then_metric),
    cmocka_unit_test(test_refused_routes_leave_no_trace),
    cmocka_unit_test(test_reject_routes),
    cmocka_unit_test(test_against_a_model),
    cmocka_unit_test(test_down_interfaces_are_passed_over),
    cmocka_unit_test(test_sources),
    cmocka_unit_test(test_groups_and_broadcasts),
    cmocka_unit_test(test_paths_become_void),
    cmocka_unit_test(test_path_mtu_only_falls),
    cmocka_unit_test(test_path_mtu_is_forgotten),
    cmocka_unit_test(test_many_path_mtus),
    cmocka_unit_test(test_interfaces_by_ioctl),
    cmocka_unit_test(test_interfaces_are_changed_by_ioctl),
    cmocka_unit_test(test_routes_by_ioctl),
    cmocka_unit_test(test_neighbours_by_ioctl),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
