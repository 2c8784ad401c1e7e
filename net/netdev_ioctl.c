/* net/netdev_ioctl.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * ioctl() on a socket of any kind, about interfaces, routes and neighbours:
 * the requests, structures and errors of Linux (netdevice(7), arp(7), and
 * SIOCADDRT), which ifconfig, route and arp use.
 *
 * These requests know one IPv4 address of an interface: the first.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>

#include <nuttx/net/net.h>

#include "net_link.h"

/* Addresses in a struct sockaddr *******************************************/

static void put_addr(struct sockaddr *sa, uint32_t addr4)
{
  struct sockaddr_in in;

  memset(&in, 0, sizeof(in));
  in.sin_family      = AF_INET;
  in.sin_addr.s_addr = addr4;
  memcpy(sa, &in, sizeof(in));
}

static int get_addr(const struct sockaddr *sa, struct netaddr_s *addr)
{
  struct sockaddr_in in;

  memcpy(&in, sa, sizeof(in));
  *addr = netaddr_from4(in.sin_addr.s_addr);
  return in.sin_family == AF_INET ? 0 : -EINVAL;
}

static uint32_t mask_of(unsigned int prefixlen)
{
  return prefixlen == 0 ? 0 : htonl(UINT32_MAX << (32 - prefixlen));
}

/* The length of the prefix that a mask describes; -EINVAL: it has holes */

static int prefix_of(uint32_t mask)
{
  uint32_t bits = ~ntohl(mask);

  return (bits & (bits + 1)) != 0 ? -EINVAL :
         bits == 0 ? 32 : __builtin_clz(bits);
}

/* What a mask was before there were masks: classes A, B and C */

static uint8_t class_prefix(const struct netaddr_s *addr)
{
  uint8_t first = *(const uint8_t *)&addr->w[3];

  return first < 128 ? 8 : first < 192 ? 16 : 24;
}

/* Interfaces: asking *******************************************************/

/* As many as fit; with no buffer, the size that it should have */

static int get_conf(struct ifconf *conf)
{
  struct ifreq *req = conf->ifc_req;
  int room = conf->ifc_len;
  struct netif_addr_s *ifa;
  struct netif_s *nif;
  int used = 0;

  if (req != NULL && room < 0)
    {
      return -EINVAL;
    }

  for (nif = g_net.netifs; nif != NULL; nif = nif->next)
    {
      for (ifa = nif->addrs; ifa != NULL; ifa = ifa->next)
        {
          if (req != NULL)
            {
              if (room - used < (int)sizeof(*req))
                {
                  break;
                }

              memset(req, 0, sizeof(*req));
              strcpy(req->ifr_name, nif->dev->d_ifname);
              put_addr(&req->ifr_addr, netaddr_to4(&ifa->addr));
              req++;
            }

          used += (int)sizeof(*req);
        }
    }

  conf->ifc_len = used;
  return 0;
}

static short flags_of(const struct netif_s *nif)
{
  unsigned int flags = nif->loopback ? IFF_LOOPBACK :
                       IFF_BROADCAST | IFF_MULTICAST;

  flags |= nif->up ? IFF_UP : 0;
  flags |= netif_running(nif) ? IFF_RUNNING : 0;
  return (short)flags;
}

static int get_hwaddr(const struct netif_s *nif, struct ifreq *req)
{
  memset(&req->ifr_hwaddr, 0, sizeof(req->ifr_hwaddr));
  if (nif->dev->d_medium == NETDEV_ETHERNET)
    {
      req->ifr_hwaddr.sa_family = ARPHRD_ETHER;
      memcpy(req->ifr_hwaddr.sa_data, nif->dev->d_mac, NETDEV_MACLEN);
    }
  else
    {
      req->ifr_hwaddr.sa_family = nif->loopback ? ARPHRD_LOOPBACK :
                                                  ARPHRD_NONE;
    }

  return 0;
}

static int get_addrs(const struct netif_s *nif, unsigned long cmd,
                     struct ifreq *req)
{
  const struct netif_addr_s *ifa = nif->addrs;

  if (ifa == NULL)
    {
      return -EADDRNOTAVAIL;
    }

  put_addr(&req->ifr_addr,
           cmd == SIOCGIFNETMASK ? mask_of(ifa->prefixlen) :
           cmd == SIOCGIFBRDADDR ? netaddr_to4(&ifa->broadcast) :
                                   netaddr_to4(&ifa->addr));
  return 0;
}

/* Interfaces: changing *****************************************************/

/* Replace the first address: what is NULL or negative stays as it is, or is
 * derived if the address is new.
 */

static int set_addrs(struct netif_s *nif, const struct netaddr_s *addr,
                     int prefixlen, const struct netaddr_s *broadcast)
{
  struct netif_addr_s old;
  bool had = nif->addrs != NULL;
  int ret;

  if (had)
    {
      old = *nif->addrs;
      netif_addr_del(nif, &old.addr);
    }

  ret = netif_addr_add(nif, addr, (uint8_t)prefixlen, broadcast);
  if (ret < 0 && had)
    {
      /* Memory that was just freed is there again */

      netif_addr_add(nif, &old.addr, old.prefixlen, &old.broadcast);
    }

  return ret;
}

static int set_addr(struct netif_s *nif, const struct sockaddr *sa)
{
  struct netaddr_s addr;
  struct netaddr_s old;
  int ret = get_addr(sa, &addr);

  if (ret < 0)
    {
      return ret;
    }

  if (!netaddr_isany(&addr))
    {
      return nif->addrs != NULL && netaddr_equal(&nif->addrs->addr, &addr) ?
             0 : set_addrs(nif, &addr, class_prefix(&addr), NULL);
    }

  if (nif->addrs == NULL)
    {
      return 0;
    }

  old = nif->addrs->addr;
  return netif_addr_del(nif, &old);
}

static int set_netmask(struct netif_s *nif, const struct sockaddr *sa)
{
  struct netif_addr_s *ifa = nif->addrs;
  struct netaddr_s mask;
  struct netaddr_s addr;
  int prefixlen;
  int ret = get_addr(sa, &mask);

  if (ret < 0)
    {
      return ret;
    }

  prefixlen = prefix_of(netaddr_to4(&mask));
  if (ifa == NULL)
    {
      return -EADDRNOTAVAIL;
    }

  if (prefixlen < 0 || ifa->prefixlen == prefixlen)
    {
      return prefixlen < 0 ? prefixlen : 0;
    }

  addr = ifa->addr;
  return set_addrs(nif, &addr, prefixlen, NULL);
}

static int set_flags(struct netif_s *nif, short flags)
{
  if (flags & IFF_UP)
    {
      return netif_up(nif);
    }

  netif_down(nif);
  return 0;
}

static int set_mtu(struct netif_s *nif, int mtu)
{
  int ret;

  if (mtu < 0)
    {
      return -EINVAL;
    }

  g_net_busy++;
  ret = netdev_set_mtu(nif->dev, (unsigned int)mtu);
  g_net_busy--;
  return ret == -ERANGE ? -EINVAL : ret;
}

static int set_hwaddr(struct netif_s *nif, const struct sockaddr *sa)
{
  uint8_t mac[NETDEV_MACLEN];
  int ret;

  if (sa->sa_family != ARPHRD_ETHER)
    {
      return -EINVAL;
    }

  memcpy(mac, sa->sa_data, NETDEV_MACLEN);
  g_net_busy++;
  ret = netdev_set_mac(nif->dev, mac);
  g_net_busy--;
  return ret == -EINVAL ? -EADDRNOTAVAIL : ret;
}

static int interface_set(struct netif_s *nif, unsigned long cmd,
                         const struct ifreq *req)
{
  struct netaddr_s addr;
  int ret;

  switch (cmd)
    {
      case SIOCSIFADDR:
        return set_addr(nif, &req->ifr_addr);

      case SIOCSIFNETMASK:
        return set_netmask(nif, &req->ifr_netmask);

      case SIOCSIFBRDADDR:
        ret = get_addr(&req->ifr_broadaddr, &addr);
        if (ret < 0 || nif->addrs == NULL)
          {
            return ret < 0 ? ret : -EADDRNOTAVAIL;
          }

        nif->addrs->broadcast = addr;
        net_path_flush();
        return 0;

      case SIOCSIFFLAGS:
        return set_flags(nif, req->ifr_flags);

      case SIOCSIFMTU:
        return set_mtu(nif, req->ifr_mtu);

      case SIOCSIFHWADDR:
        return set_hwaddr(nif, &req->ifr_hwaddr);

      default:
        return -ENOTTY;
    }
}

static int interface_get(struct netif_s *nif, unsigned long cmd,
                         struct ifreq *req)
{
  switch (cmd)
    {
      case SIOCGIFADDR:
      case SIOCGIFNETMASK:
      case SIOCGIFBRDADDR:
        return get_addrs(nif, cmd, req);

      case SIOCGIFFLAGS:
        req->ifr_flags = flags_of(nif);
        return 0;

      case SIOCGIFMTU:
        req->ifr_mtu = (int)nif->dev->d_mtu;
        return 0;

      case SIOCGIFHWADDR:
        return get_hwaddr(nif, req);

      case SIOCGIFINDEX:
        req->ifr_ifindex = (int)nif->dev->d_ifindex;
        return 0;

      case SIOCGIFMETRIC:
        req->ifr_metric = 0;
        return 0;

      case SIOCGIFTXQLEN:
        req->ifr_qlen = (int)nif->dev->d_txdepth;
        return 0;

      default:
        return interface_set(nif, cmd, req);
    }
}

/* Names end somewhere, and what follows a colon is a label of Linux' */

static struct netif_s *find_netif(const char *name, size_t size)
{
  char copy[IFNAMSIZ];
  size_t len = strnlen(name, size);

  if (len >= sizeof(copy))
    {
      return NULL;
    }

  memcpy(copy, name, len);
  copy[len] = '\0';
  copy[strcspn(copy, ":")] = '\0';
  return netif_findbyname(copy);
}

static int interface(unsigned long cmd, struct ifreq *req)
{
  struct netif_s *nif;

  if (cmd == SIOCGIFNAME)
    {
      nif = req->ifr_ifindex > 0 ?
            netif_find((unsigned int)req->ifr_ifindex) : NULL;
      if (nif != NULL)
        {
          strcpy(req->ifr_name, nif->dev->d_ifname);
        }
    }
  else
    {
      nif = find_netif(req->ifr_name, sizeof(req->ifr_name));
    }

  return nif == NULL ? -ENODEV :
         cmd == SIOCGIFNAME ? 0 : interface_get(nif, cmd, req);
}

/* Routes *******************************************************************/

static int change_route(unsigned long cmd, const struct rtentry *rt)
{
  struct netif_s *nif = NULL;
  struct netaddr_s gateway = g_netaddr_any4;
  struct netaddr_s mask;
  struct netaddr_s dst;
  int prefixlen = 32;
  int metric = rt->rt_metric > 0 ? rt->rt_metric - 1 : 0;
  int ret = get_addr(&rt->rt_dst, &dst);

  if (ret < 0)
    {
      return ret;
    }

  if ((rt->rt_flags & RTF_HOST) == 0)
    {
      /* An empty mask of no family is that of the default route */

      mask = g_netaddr_any4;
      if (rt->rt_genmask.sa_family != 0 || !netaddr_isany(&dst))
        {
          memcpy(&mask.w[3], (const uint8_t *)&rt->rt_genmask +
                 offsetof(struct sockaddr_in, sin_addr), 4);
        }

      prefixlen = prefix_of(netaddr_to4(&mask));
      if (prefixlen < 0 ||
          (netaddr_to4(&dst) & ~netaddr_to4(&mask)) != 0)
        {
          return -EINVAL;
        }
    }

  if (rt->rt_flags & RTF_GATEWAY)
    {
      ret = get_addr(&rt->rt_gateway, &gateway);
      if (ret < 0 || netaddr_isany(&gateway))
        {
          return -EINVAL;
        }
    }

  if (rt->rt_dev != NULL)
    {
      nif = find_netif(rt->rt_dev, IFNAMSIZ);
      if (nif == NULL)
        {
          return -ENODEV;
        }
    }

  return cmd == SIOCDELRT ?
         route_del(&dst, (uint8_t)prefixlen,
                   rt->rt_flags & RTF_GATEWAY ? &gateway : NULL, nif) :
         route_add(&dst, (uint8_t)prefixlen, &gateway, nif, metric,
                   (uint16_t)(rt->rt_flags & RTF_REJECT));
}

/* Neighbours ***************************************************************/

static int neighbour(unsigned long cmd, struct arpreq *req)
{
  const struct route_s *route;
  const struct neigh_s *n;
  struct netaddr_s addr;
  struct netif_s *nif;
  int ret = get_addr(&req->arp_pa, &addr);

  if (ret < 0)
    {
      return ret;
    }

  if (req->arp_dev[0] != '\0')
    {
      nif = find_netif(req->arp_dev, sizeof(req->arp_dev));
    }
  else
    {
      route = route_lookup(&addr, 0);
      nif   = route != NULL ? route->nif : NULL;
    }

  if (nif == NULL)
    {
      return req->arp_dev[0] != '\0' ? -ENODEV : -ENETUNREACH;
    }

  switch (cmd)
    {
      case SIOCSARP:
        return req->arp_ha.sa_family != ARPHRD_ETHER ? -EINVAL :
               arp_set(nif, &addr, (const uint8_t *)req->arp_ha.sa_data,
                       (req->arp_flags & ATF_PERM) != 0);

      case SIOCDARP:
        ret = arp_del(nif, &addr);
        return ret == -ENOENT ? -ENXIO : ret;

      default:
        n = arp_find(nif, &addr);
        if (n == NULL)
          {
            return -ENXIO;
          }

        memset(&req->arp_ha, 0, sizeof(req->arp_ha));
        req->arp_ha.sa_family = ARPHRD_ETHER;
        memcpy(req->arp_ha.sa_data, n->header, NETDEV_MACLEN);
        req->arp_flags = n->state == NEIGH_PERMANENT ? ATF_COM | ATF_PERM :
                         n->state >= NEIGH_STALE ? ATF_COM : 0;
        strcpy(req->arp_dev, nif->dev->d_ifname);
        return 0;
    }
}

int netdev_ioctl(unsigned long cmd, unsigned long arg)
{
  void *p = (void *)(uintptr_t)arg;

  if (p == NULL)
    {
      return -EFAULT;
    }

  switch (cmd)
    {
      case SIOCGIFCONF:
        return get_conf(p);

      case SIOCADDRT:
      case SIOCDELRT:
        return change_route(cmd, p);

      case SIOCSARP:
      case SIOCGARP:
      case SIOCDARP:
        return neighbour(cmd, p);

      case SIOCGIFNAME:
      case SIOCGIFADDR:
      case SIOCSIFADDR:
      case SIOCGIFNETMASK:
      case SIOCSIFNETMASK:
      case SIOCGIFBRDADDR:
      case SIOCSIFBRDADDR:
      case SIOCGIFFLAGS:
      case SIOCSIFFLAGS:
      case SIOCGIFMTU:
      case SIOCSIFMTU:
      case SIOCGIFHWADDR:
      case SIOCSIFHWADDR:
      case SIOCGIFINDEX:
      case SIOCGIFMETRIC:
      case SIOCGIFTXQLEN:
        return interface(cmd, p);

      default:
        return -ENOTTY;
    }
}
