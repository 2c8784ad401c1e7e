/* libs/posix/netdb.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Names of hosts, services and interfaces.
 *
 * Hosts have numbers; the only names are "localhost" and that of this
 * machine, both 127.0.0.1.  Services are those of a small table.  What glibc
 * would look up in files, or ask a server for, is not known (EAI_NONAME).
 *
 * Interfaces are asked for with the ioctl requests that Linux has for them,
 * without a socket in between.
 */

#include "binding.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nuttx/kmalloc.h>
#include <nuttx/nuttx.h>
#include <nuttx/net/net.h>
#include <nuttx/net/netdev.h>

BIND(gethostname);

/* Services *****************************************************************/

#define TCP 1
#define UDP 2

static const struct
{
  const char *name;
  uint16_t port;
  uint16_t protos;
}
g_services[] =
{
  { "echo",          7,    TCP | UDP },
  { "discard",       9,    TCP | UDP },
  { "daytime",       13,   TCP | UDP },
  { "chargen",       19,   TCP | UDP },
  { "ftp-data",      20,   TCP },
  { "ftp",           21,   TCP },
  { "ssh",           22,   TCP },
  { "telnet",        23,   TCP },
  { "smtp",          25,   TCP },
  { "time",          37,   TCP | UDP },
  { "domain",        53,   TCP | UDP },
  { "bootps",        67,   UDP },
  { "bootpc",        68,   UDP },
  { "tftp",          69,   UDP },
  { "finger",        79,   TCP },
  { "http",          80,   TCP },
  { "pop3",          110,  TCP },
  { "nntp",          119,  TCP },
  { "ntp",           123,  UDP },
  { "imap2",         143,  TCP },
  { "snmp",          161,  TCP | UDP },
  { "https",         443,  TCP | UDP },
  { "login",         513,  TCP },
  { "shell",         514,  TCP },
  { "syslog",        514,  UDP },
  { "submission",    587,  TCP },
  { "imaps",         993,  TCP },
  { "pop3s",         995,  TCP },
  { "mqtt",          1883, TCP },
  { "http-alt",      8080, TCP | UDP }
};

static int protos_of(int socktype)
{
  return socktype == SOCK_STREAM ? TCP : socktype == SOCK_DGRAM ? UDP :
         socktype == 0 ? TCP | UDP : 0;
}

/* A decimal port, or -1 */

static int port_number(const char *text)
{
  unsigned long port;
  char *end;

  if (*text < '0' || *text > '9')
    {
      return -1;
    }

  port = strtoul(text, &end, 10);
  return *end != '\0' || port > 65535 ? -1 : (int)port;
}

/* What of "protos" has a service, and at which port; 0: nothing */

static int service_find(const char *name, int protos, uint16_t *port)
{
  size_t i;

  for (i = 0; i < nitems(g_services); i++)
    {
      if ((g_services[i].protos & protos) != 0 &&
          strcmp(g_services[i].name, name) == 0)
        {
          *port = g_services[i].port;
          return g_services[i].protos & protos;
        }
    }

  return 0;
}

static const char *service_name(uint16_t port, int protos)
{
  size_t i;

  for (i = 0; i < nitems(g_services); i++)
    {
      if (g_services[i].port == port &&
          (g_services[i].protos & protos) != 0)
        {
          return g_services[i].name;
        }
    }

  return NULL;
}

/* Hosts ********************************************************************/

/* 0, or EAI_NONAME.  *local: it was one of our names. */

static int host_find(const char *name, bool numeric, struct in_addr *addr)
{
  char own[HOST_NAME_MAX + 1];

  if (inet_aton(name, addr) != 0)
    {
      return 0;
    }

  if (!numeric && (strcasecmp(name, "localhost") == 0 ||
                   (posix_gethostname(own, sizeof(own)) == 0 &&
                    strcasecmp(name, own) == 0)))
    {
      addr->s_addr = htonl(INADDR_LOOPBACK);
      return 0;
    }

  return EAI_NONAME;
}

/* One result in one block: its address and name behind it */

struct result_s
{
  struct addrinfo info;
  struct sockaddr_in addr;
  char name[];
};

static const struct
{
  int socktype;
  int protocol;
  int protos;
}
g_kinds[] =
{
  { SOCK_STREAM, IPPROTO_TCP, TCP },
  { SOCK_DGRAM,  IPPROTO_UDP, UDP },
  { SOCK_RAW,    0,           0   }
};

static int hints_check(const struct addrinfo *hints, const char *node)
{
  int known = AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_NUMERICSERV |
              AI_ADDRCONFIG | AI_V4MAPPED | AI_ALL | AI_IDN | AI_CANONIDN;

  if ((hints->ai_flags & ~known) != 0 ||
      ((hints->ai_flags & AI_CANONNAME) != 0 && node == NULL))
    {
      return EAI_BADFLAGS;
    }

  return hints->ai_family == AF_UNSPEC || hints->ai_family == AF_INET ? 0 :
         EAI_FAMILY;
}

/* Add one result behind "last"; NULL: no memory */

static struct result_s *result_add(struct addrinfo **last, size_t kind,
                                   const struct addrinfo *hints,
                                   struct in_addr addr, uint16_t port,
                                   const char *name)
{
  size_t len = name != NULL ? strlen(name) + 1 : 0;
  struct result_s *result = calloc(1, sizeof(*result) + len);

  if (result != NULL)
    {
      result->addr.sin_family = AF_INET;
      result->addr.sin_port   = htons(port);
      result->addr.sin_addr   = addr;

      result->info.ai_flags    = hints->ai_flags;
      result->info.ai_family   = AF_INET;
      result->info.ai_socktype = g_kinds[kind].socktype;
      result->info.ai_protocol = g_kinds[kind].protocol != 0 ?
                                 g_kinds[kind].protocol :
                                 hints->ai_protocol;
      result->info.ai_addr     = (struct sockaddr *)&result->addr;
      result->info.ai_addrlen  = sizeof(result->addr);

      if (len > 0)
        {
          result->info.ai_canonname = memcpy(result->name, name, len);
        }

      *last = &result->info;
    }

  return result;
}

/* The port, and in *protos what the service has it for */

static int port_find(const char *service, const struct addrinfo *hints,
                     int *protos, uint16_t *port)
{
  int number;

  *protos = TCP | UDP;
  *port   = 0;

  if (service == NULL)
    {
      return 0;
    }

  number = port_number(service);
  if (number >= 0)
    {
      *port = number;
      return 0;
    }

  if ((hints->ai_flags & AI_NUMERICSERV) != 0)
    {
      return EAI_NONAME;
    }

  *protos = service_find(service, protos_of(hints->ai_socktype), port);
  return *protos != 0 ? 0 : EAI_SERVICE;
}

static bool kind_wanted(size_t kind, const struct addrinfo *hints,
                        int protos, bool named)
{
  if ((hints->ai_socktype != 0 &&
       hints->ai_socktype != g_kinds[kind].socktype) ||
      (hints->ai_protocol != 0 && g_kinds[kind].protocol != 0 &&
       hints->ai_protocol != g_kinds[kind].protocol))
    {
      return false;
    }

  return g_kinds[kind].protos == 0 ? !named :
         (g_kinds[kind].protos & protos) != 0;
}

BIND(freeaddrinfo);
void posix_freeaddrinfo(struct addrinfo *info)
{
  while (info != NULL)
    {
      struct addrinfo *next = info->ai_next;

      free(info);
      info = next;
    }
}

BIND(getaddrinfo);
int posix_getaddrinfo(const char *restrict node,
                      const char *restrict service,
                      const struct addrinfo *restrict hints,
                      struct addrinfo **restrict res)
{
  static const struct addrinfo none;
  struct addrinfo *list = NULL;
  struct addrinfo **last = &list;
  struct in_addr addr;
  uint16_t port;
  size_t kind;
  int protos;
  int ret;

  if (node == NULL && service == NULL)
    {
      return EAI_NONAME;
    }

  hints = hints != NULL ? hints : &none;
  ret   = hints_check(hints, node);
  ret   = ret != 0 ? ret : port_find(service, hints, &protos, &port);
  if (ret != 0)
    {
      return ret;
    }

  addr.s_addr = htonl((hints->ai_flags & AI_PASSIVE) != 0 ? INADDR_ANY :
                      INADDR_LOOPBACK);
  if (node != NULL)
    {
      ret = host_find(node, (hints->ai_flags & AI_NUMERICHOST) != 0, &addr);
      if (ret != 0)
        {
          return ret;
        }
    }

  for (kind = 0; kind < nitems(g_kinds); kind++)
    {
      if (kind_wanted(kind, hints, protos,
                      service != NULL && port_number(service) < 0))
        {
          const char *name = list == NULL &&
                             (hints->ai_flags & AI_CANONNAME) != 0 ? node :
                             NULL;

          if (result_add(last, kind, hints, addr, port, name) == NULL)
            {
              posix_freeaddrinfo(list);
              return EAI_MEMORY;
            }

          last = &(*last)->ai_next;
        }
    }

  *res = list;
  return list != NULL ? 0 : EAI_SOCKTYPE;
}

/* Copy text to where the caller wants it; EAI_OVERFLOW */

static int name_out(char *to, socklen_t size, const char *text)
{
  if (to == NULL || size == 0)
    {
      return 0;
    }

  if (strlen(text) >= size)
    {
      return EAI_OVERFLOW;
    }

  strcpy(to, text);
  return 0;
}

BIND(getnameinfo);
int posix_getnameinfo(const struct sockaddr *restrict sa, socklen_t salen,
                      char *restrict host, socklen_t hostlen,
                      char *restrict serv, socklen_t servlen, int flags)
{
  struct sockaddr_in addr;
  const char *name = NULL;
  char text[INET_ADDRSTRLEN];
  char port[8];
  int ret;

  if (sa == NULL || salen < sizeof(addr) || sa->sa_family != AF_INET)
    {
      return EAI_FAMILY;
    }

  if ((host == NULL || hostlen == 0) && (serv == NULL || servlen == 0))
    {
      return EAI_NONAME;
    }

  memcpy(&addr, sa, sizeof(addr));

  if ((flags & NI_NUMERICHOST) == 0 &&
      addr.sin_addr.s_addr == htonl(INADDR_LOOPBACK))
    {
      name = "localhost";
    }
  else if ((flags & NI_NAMEREQD) != 0)
    {
      return EAI_NONAME;
    }
  else
    {
      name = inet_ntop(AF_INET, &addr.sin_addr, text, sizeof(text));
    }

  ret  = name_out(host, hostlen, name);
  name = (flags & NI_NUMERICSERV) != 0 ? NULL :
         service_name(ntohs(addr.sin_port),
                      (flags & NI_DGRAM) != 0 ? UDP : TCP);
  if (name == NULL)
    {
      snprintf(port, sizeof(port), "%u", ntohs(addr.sin_port));
      name = port;
    }

  return ret != 0 ? ret : name_out(serv, servlen, name);
}

/* The older way: one result for each group of tasks */

struct posix_hostent_s
{
  struct hostent ent;
  struct in_addr addr;
  char *addrs[2];
  char *aliases[1];
  char name[NI_MAXHOST];
};

BIND(gethostbyname);
struct hostent *posix_gethostbyname(const char *name)
{
  struct posix_group_s *group = posix_group();
  struct posix_hostent_s *host = group->hostent;

  if (host == NULL)
    {
      host = kmm_zalloc(sizeof(*host));
      if (host == NULL)
        {
          h_errno = TRY_AGAIN;
          return NULL;
        }

      group->hostent = host;
    }

  if (strlen(name) >= sizeof(host->name) ||
      host_find(name, false, &host->addr) != 0)
    {
      h_errno = HOST_NOT_FOUND;
      return NULL;
    }

  strcpy(host->name, name);
  host->addrs[0]        = (char *)&host->addr;
  host->ent.h_name      = host->name;
  host->ent.h_aliases   = host->aliases;
  host->ent.h_addrtype  = AF_INET;
  host->ent.h_length    = sizeof(host->addr);
  host->ent.h_addr_list = host->addrs;
  return &host->ent;
}

/* Interfaces ***************************************************************/

static int if_ioctl(unsigned long cmd, struct ifreq *ifr)
{
  return posix_call(CALL_PLAIN, netdev_ioctl(cmd, (unsigned long)ifr));
}

BIND(if_nametoindex);
unsigned int posix_if_nametoindex(const char *name)
{
  struct ifreq ifr;

  if (strlen(name) >= sizeof(ifr.ifr_name))
    {
      posix_fail(ENODEV);
      return 0;
    }

  memset(&ifr, 0, sizeof(ifr));
  strcpy(ifr.ifr_name, name);
  return if_ioctl(SIOCGIFINDEX, &ifr) < 0 ? 0 : (unsigned)ifr.ifr_ifindex;
}

BIND(if_indextoname);
char *posix_if_indextoname(unsigned int index, char *name)
{
  struct ifreq ifr;

  memset(&ifr, 0, sizeof(ifr));
  ifr.ifr_ifindex = index;
  if (if_ioctl(SIOCGIFNAME, &ifr) < 0)
    {
      if (errno == ENODEV)
        {
          posix_fail(ENXIO);
        }

      return NULL;
    }

  return memcpy(name, ifr.ifr_name, IF_NAMESIZE);
}

/* The interfaces, by index */

struct iflist_s
{
  struct if_nameindex *entry;
  size_t count;
};

static int iflist_add(struct net_driver_s *dev, void *arg)
{
  struct iflist_s *list = arg;
  struct if_nameindex *more =
    realloc(list->entry, (list->count + 2) * sizeof(*more));

  if (more == NULL)
    {
      return -ENOMEM;
    }

  list->entry = more;
  more += list->count;
  memset(more, 0, 2 * sizeof(*more));
  more->if_index = dev->d_ifindex;
  more->if_name  = strdup(dev->d_ifname);
  list->count++;
  return more->if_name != NULL ? 0 : -ENOMEM;
}

BIND(if_freenameindex);
void posix_if_freenameindex(struct if_nameindex *entry)
{
  size_t i;

  for (i = 0; entry != NULL && entry[i].if_name != NULL; i++)
    {
      free(entry[i].if_name);
    }

  free(entry);
}

BIND(if_nameindex);
struct if_nameindex *posix_if_nameindex(void)
{
  struct iflist_s list =
  {
    calloc(1, sizeof(struct if_nameindex)), 0
  };

  if (list.entry == NULL || netdev_foreach(iflist_add, &list) < 0)
    {
      posix_if_freenameindex(list.entry);
      posix_fail(ENOBUFS);
      return NULL;
    }

  return list.entry;
}

/* An entry of getifaddrs() in one block with what it points to */

struct ifentry_s
{
  struct ifaddrs ifa;
  struct sockaddr_in addr;
  struct sockaddr_in netmask;
  struct sockaddr_in broadcast;
  struct sockaddr_ll link;
  char name[IF_NAMESIZE];
};

static struct ifentry_s *ifentry_add(struct ifaddrs ***last,
                                     const char *name)
{
  struct ifentry_s *entry = calloc(1, sizeof(*entry));
  struct ifreq ifr;

  if (entry != NULL)
    {
      memset(&ifr, 0, sizeof(ifr));
      memcpy(ifr.ifr_name, name, strnlen(name, IF_NAMESIZE - 1));
      memcpy(entry->name, ifr.ifr_name, IF_NAMESIZE);
      entry->ifa.ifa_name = entry->name;
      if (netdev_ioctl(SIOCGIFFLAGS, (unsigned long)&ifr) >= 0)
        {
          entry->ifa.ifa_flags = (unsigned short)ifr.ifr_flags;
        }

      **last = &entry->ifa;
      *last  = &entry->ifa.ifa_next;
    }

  return entry;
}

static int ifaddrs_link(struct ifaddrs ***last, const char *name,
                        unsigned int index)
{
  struct ifentry_s *entry = ifentry_add(last, name);
  struct ifreq ifr;

  if (entry == NULL)
    {
      return -ENOMEM;
    }

  memset(&ifr, 0, sizeof(ifr));
  memcpy(ifr.ifr_name, entry->name, IF_NAMESIZE);
  entry->link.sll_family  = AF_PACKET;
  entry->link.sll_ifindex = index;
  if (netdev_ioctl(SIOCGIFHWADDR, (unsigned long)&ifr) >= 0)
    {
      entry->link.sll_hatype = ifr.ifr_hwaddr.sa_family;
      entry->link.sll_halen  = 6;
      memcpy(entry->link.sll_addr, ifr.ifr_hwaddr.sa_data, 6);
    }

  entry->ifa.ifa_addr = (struct sockaddr *)&entry->link;
  return 0;
}

/* An address: mask and broadcast are those of the interface's first one,
 * which is what the requests can tell.
 */

static int ifaddrs_inet(struct ifaddrs ***last, struct ifreq *ifr)
{
  struct ifentry_s *entry = ifentry_add(last, ifr->ifr_name);

  if (entry == NULL)
    {
      return -ENOMEM;
    }

  memcpy(&entry->addr, &ifr->ifr_addr, sizeof(entry->addr));
  entry->ifa.ifa_addr = (struct sockaddr *)&entry->addr;

  if (netdev_ioctl(SIOCGIFNETMASK, (unsigned long)ifr) >= 0)
    {
      memcpy(&entry->netmask, &ifr->ifr_netmask, sizeof(entry->netmask));
      entry->ifa.ifa_netmask = (struct sockaddr *)&entry->netmask;
    }

  if ((entry->ifa.ifa_flags & IFF_BROADCAST) != 0 &&
      netdev_ioctl(SIOCGIFBRDADDR, (unsigned long)ifr) >= 0)
    {
      memcpy(&entry->broadcast, &ifr->ifr_broadaddr,
             sizeof(entry->broadcast));
      entry->ifa.ifa_broadaddr = (struct sockaddr *)&entry->broadcast;
    }

  return 0;
}

/* All addresses, as SIOCGIFCONF has them; to be freed */

static int ifconf_get(struct ifconf *conf)
{
  int ret;

  conf->ifc_len = 0;
  conf->ifc_buf = NULL;

  ret = netdev_ioctl(SIOCGIFCONF, (unsigned long)conf);
  if (ret < 0 || conf->ifc_len == 0)
    {
      return ret;
    }

  conf->ifc_buf = malloc(conf->ifc_len);
  return conf->ifc_buf == NULL ? -ENOMEM :
         netdev_ioctl(SIOCGIFCONF, (unsigned long)conf);
}

BIND(freeifaddrs);
void posix_freeifaddrs(struct ifaddrs *list)
{
  while (list != NULL)
    {
      struct ifaddrs *next = list->ifa_next;

      free(list);
      list = next;
    }
}

BIND(getifaddrs);
int posix_getifaddrs(struct ifaddrs **list)
{
  struct if_nameindex *names = posix_if_nameindex();
  struct ifaddrs *first = NULL;
  struct ifaddrs **last = &first;
  struct ifconf conf;
  int ret;
  int i;

  if (names == NULL)
    {
      return -1;
    }

  ret = ifconf_get(&conf);
  for (i = 0; ret >= 0 && names[i].if_name != NULL; i++)
    {
      ret = ifaddrs_link(&last, names[i].if_name, names[i].if_index);
    }

  for (i = 0; ret >= 0 && i < conf.ifc_len / (int)sizeof(struct ifreq); i++)
    {
      ret = ifaddrs_inet(&last, &conf.ifc_req[i]);
    }

  free(conf.ifc_buf);
  posix_if_freenameindex(names);
  if (ret < 0)
    {
      posix_freeifaddrs(first);
      return posix_fail(-ret);
    }

  *list = first;
  return 0;
}
