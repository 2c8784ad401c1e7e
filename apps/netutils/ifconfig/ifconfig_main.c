/****************************************************************************
 * apps/netutils/ifconfig/ifconfig_main.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Licensed to the Apache Software Foundation (ASF) under one or more
 * contributor license agreements.  See the NOTICE file distributed with
 * this work for additional information regarding copyright ownership.  The
 * ASF licenses this file to you under the Apache License, Version 2.0 (the
 * "License"); you may not use this file except in compliance with the
 * License.  You may obtain a copy of the License at
 *
 *   http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
 * WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.  See the
 * License for the specific language governing permissions and limitations
 * under the License.
 *
 ****************************************************************************/

/* ifconfig: look at interfaces, and change them. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <arpa/inet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netlib.h"

/****************************************************************************
 * Private Types
 ****************************************************************************/

struct flag_s
{
  short flag;
  FAR const char *name;
};

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const char g_help[] =
  "usage: ifconfig [-a]\n"
  "       ifconfig IFACE [ADDR[/LEN]] [netmask MASK] [broadcast ADDR]\n"
  "                [hw ether MAC] [mtu BYTES] [up | down]\n"
  "\n"
  "Shows the interfaces that are up (-a: all), or one, or changes one.  An\n"
  "address also starts the interface.\n";

static const struct flag_s g_flags[] =
{
  { IFF_UP, "UP" },
  { IFF_BROADCAST, "BROADCAST" },
  { IFF_DEBUG, "DEBUG" },
  { IFF_LOOPBACK, "LOOPBACK" },
  { IFF_POINTOPOINT, "POINTOPOINT" },
  { IFF_RUNNING, "RUNNING" },
  { IFF_NOARP, "NOARP" },
  { IFF_PROMISC, "PROMISC" },
  { IFF_ALLMULTI, "ALLMULTI" },
  { IFF_MULTICAST, "MULTICAST" },
  { 0, NULL }
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: show_flags
 *
 * Description:
 *   The first line of an interface.
 *
 ****************************************************************************/

static void show_flags(FAR const char *ifname, unsigned int flags, int mtu)
{
  FAR const struct flag_s *flag;
  FAR const char *comma = "";

  printf("%s: flags=%u<", ifname, flags);
  for (flag = g_flags; flag->name != NULL; flag++)
    {
      if (flags & (unsigned int)flag->flag)
        {
          printf("%s%s", comma, flag->name);
          comma = ",";
        }
    }

  printf(">  mtu %d\n", mtu);
}

/****************************************************************************
 * Name: addr_of
 *
 * Description:
 *   One of the addresses of an interface as text; NULL: it has none.
 *
 ****************************************************************************/

static FAR const char *addr_of(int fd, unsigned long request,
                               FAR const char *ifname, FAR char *text)
{
  struct sockaddr_in in;
  struct ifreq ifr;

  memset(&ifr, 0, sizeof(ifr));
  ifr.ifr_addr.sa_family = AF_INET;
  if (netlib_ifcall(fd, request, ifname, &ifr) < 0)
    {
      return NULL;
    }

  memcpy(&in, &ifr.ifr_addr, sizeof(in));
  return inet_ntop(AF_INET, &in.sin_addr, text, INET_ADDRSTRLEN);
}

/****************************************************************************
 * Name: show_addrs
 *
 * Description:
 *   The lines about addresses.
 *
 ****************************************************************************/

static void show_addrs(int fd, FAR const char *ifname, unsigned int flags)
{
  FAR const uint8_t *mac;
  struct ifreq ifr;
  char text[INET_ADDRSTRLEN];
  int qlen = 0;

  if (addr_of(fd, SIOCGIFADDR, ifname, text) != NULL)
    {
      printf("        inet %s", text);
      if (addr_of(fd, SIOCGIFNETMASK, ifname, text) != NULL)
        {
          printf("  netmask %s", text);
        }

      if ((flags & IFF_BROADCAST) != 0 &&
          addr_of(fd, SIOCGIFBRDADDR, ifname, text) != NULL)
        {
          printf("  broadcast %s", text);
        }

      putchar('\n');
    }

  memset(&ifr, 0, sizeof(ifr));
  if (netlib_ifcall(fd, SIOCGIFTXQLEN, ifname, &ifr) == 0)
    {
      qlen = ifr.ifr_qlen;
    }

  memset(&ifr, 0, sizeof(ifr));
  if (netlib_ifcall(fd, SIOCGIFHWADDR, ifname, &ifr) < 0)
    {
      return;
    }

  mac = (FAR const uint8_t *)ifr.ifr_hwaddr.sa_data;
  if (ifr.ifr_hwaddr.sa_family == ARPHRD_ETHER)
    {
      printf("        ether %02x:%02x:%02x:%02x:%02x:%02x  txqueuelen %d  "
             "(Ethernet)\n", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5],
             qlen);
    }
  else if (ifr.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK)
    {
      printf("        loop  txqueuelen %d  (Local Loopback)\n", qlen);
    }
}

/****************************************************************************
 * Name: show_bytes
 *
 * Description:
 *   The line about one direction.
 *
 ****************************************************************************/

static void show_bytes(FAR const char *title, FAR const char *packets,
                       FAR const char *bytes)
{
  static const char units[] = "BKMGTPE";

  double value = strtod(bytes, NULL);
  int power = 0;

  while (value >= 1024 && power < 6)
    {
      value /= 1024;
      power++;
    }

  printf("        %s packets %s  bytes %s (%.1f %.1s%s)\n", title, packets,
         bytes, value, units + power, power > 0 ? "iB" : "");
}

/****************************************************************************
 * Name: show_one
 *
 * Description:
 *   All about one interface, whose counters are in a row.
 *
 ****************************************************************************/

static int show_one(int fd, FAR const struct netlib_row_s *row, bool all)
{
  FAR char **words = row->words;
  unsigned int flags;
  struct ifreq ifr;
  int mtu = 0;
  int ret;

  memset(&ifr, 0, sizeof(ifr));
  ret = netlib_ifcall(fd, SIOCGIFFLAGS, words[0], &ifr);
  if (ret < 0)
    {
      return netlib_fail("ifconfig", "%s: %s", words[0], strerror(-ret));
    }

  flags = (unsigned short)ifr.ifr_flags;
  if ((flags & IFF_UP) == 0 && !all)
    {
      return EXIT_SUCCESS;
    }

  memset(&ifr, 0, sizeof(ifr));
  if (netlib_ifcall(fd, SIOCGIFMTU, words[0], &ifr) == 0)
    {
      mtu = ifr.ifr_mtu;
    }

  show_flags(words[0], flags, mtu);
  show_addrs(fd, words[0], flags);
  show_bytes("RX", words[2], words[1]);
  printf("        RX errors %s  dropped %s  overruns %s  frame %s\n",
         words[3], words[4], words[5], words[6]);
  show_bytes("TX", words[10], words[9]);
  printf("        TX errors %s  dropped %s overruns %s  carrier %s  "
         "collisions %s\n\n", words[11], words[12], words[13], words[15],
         words[14]);
  return EXIT_SUCCESS;
}

/****************************************************************************
 * Name: show
 *
 * Description:
 *   Show one interface, or those that are up, or all.
 *
 ****************************************************************************/

static int show(int fd, FAR const char *ifname, bool all)
{
  struct netlib_table_s table;
  int status = EXIT_SUCCESS;
  bool found = false;
  size_t i;
  int ret;

  ret = netlib_readdev(&table);
  if (ret < 0)
    {
      return netlib_fail("ifconfig", "/proc/net/dev: %s", strerror(-ret));
    }

  for (i = 2; i < table.count; i++)
    {
      if (table.rows[i].count > 0 &&
          (ifname == NULL || strcmp(ifname, table.rows[i].words[0]) == 0))
        {
          found = true;
          ret = show_one(fd, &table.rows[i], all || ifname != NULL);
          status = ret != EXIT_SUCCESS ? ret : status;
        }
    }

  netlib_freetable(&table);
  if (ifname != NULL && !found)
    {
      return netlib_fail("ifconfig", "%s: %s", ifname, strerror(ENODEV));
    }

  return status;
}

/****************************************************************************
 * Name: set_addr
 *
 * Description:
 *   Change one of the addresses.
 *
 ****************************************************************************/

static int set_addr(int fd, FAR const char *ifname, unsigned long request,
                    uint32_t addr)
{
  struct sockaddr_in in;
  struct ifreq ifr;

  memset(&ifr, 0, sizeof(ifr));
  memset(&in, 0, sizeof(in));
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = addr;
  memcpy(&ifr.ifr_addr, &in, sizeof(in));
  return netlib_ifcall(fd, request, ifname, &ifr);
}

/****************************************************************************
 * Name: set_flags
 *
 * Description:
 *   Switch flags on and off.
 *
 ****************************************************************************/

static int set_flags(int fd, FAR const char *ifname, int on, int off)
{
  struct ifreq ifr;
  int ret;

  memset(&ifr, 0, sizeof(ifr));
  ret = netlib_ifcall(fd, SIOCGIFFLAGS, ifname, &ifr);
  if (ret == 0)
    {
      ifr.ifr_flags = (short)((ifr.ifr_flags | on) & ~off);
      ret = netlib_ifcall(fd, SIOCSIFFLAGS, ifname, &ifr);
    }

  return ret;
}

/****************************************************************************
 * Name: set_mac
 *
 * Description:
 *   Change the address of the station.
 *
 ****************************************************************************/

static int set_mac(int fd, FAR const char *ifname, FAR const uint8_t *mac)
{
  struct ifreq ifr;

  memset(&ifr, 0, sizeof(ifr));
  ifr.ifr_hwaddr.sa_family = ARPHRD_ETHER;
  memcpy(ifr.ifr_hwaddr.sa_data, mac, 6);
  return netlib_ifcall(fd, SIOCSIFHWADDR, ifname, &ifr);
}

/****************************************************************************
 * Name: set_inet
 *
 * Description:
 *   Set an address and, if there is a prefix, the mask.  The interface
 *   starts.
 *
 ****************************************************************************/

static int set_inet(int fd, FAR const char *ifname, struct in_addr addr,
                    int prefix)
{
  int ret = set_addr(fd, ifname, SIOCSIFADDR, addr.s_addr);

  if (ret == 0 && prefix >= 0)
    {
      ret = set_addr(fd, ifname, SIOCSIFNETMASK, netlib_mask4(prefix));
    }

  return ret == 0 ? set_flags(fd, ifname, IFF_UP, 0) : ret;
}

/****************************************************************************
 * Name: set_pair
 *
 * Description:
 *   One change of two words.  The result, or 1: not understood.
 *
 ****************************************************************************/

static int set_pair(int fd, FAR const char *ifname, FAR const char *word,
                    FAR const char *value)
{
  struct in_addr addr;
  struct ifreq ifr;
  int64_t number;

  if (strcmp(word, "mtu") == 0)
    {
      if (!netlib_number(value, 1, 65535, &number))
        {
          return 1;
        }

      memset(&ifr, 0, sizeof(ifr));
      ifr.ifr_mtu = (int)number;
      return netlib_ifcall(fd, SIOCSIFMTU, ifname, &ifr);
    }

  if ((strcmp(word, "netmask") != 0 && strcmp(word, "broadcast") != 0) ||
      !netlib_addr4(value, &addr, NULL))
    {
      return 1;
    }

  return set_addr(fd, ifname, *word == 'n' ? SIOCSIFNETMASK :
                  SIOCSIFBRDADDR, addr.s_addr);
}

/****************************************************************************
 * Name: change
 *
 * Description:
 *   Make the changes, from left to right.
 *
 ****************************************************************************/

static int change(int fd, FAR const char *ifname, FAR char *argv[])
{
  struct in_addr addr;
  uint8_t mac[6];
  int prefix;
  int used;
  int ret;

  for (; argv[0] != NULL; argv += used)
    {
      used = 1;
      ret = 1;
      if (strcmp(argv[0], "up") == 0)
        {
          ret = set_flags(fd, ifname, IFF_UP, 0);
        }
      else if (strcmp(argv[0], "down") == 0)
        {
          ret = set_flags(fd, ifname, 0, IFF_UP);
        }
      else if (strcmp(argv[0], "hw") == 0)
        {
          if (argv[1] != NULL && strcmp(argv[1], "ether") == 0 &&
              argv[2] != NULL && netlib_mac(argv[2], mac))
            {
              used = 3;
              ret = set_mac(fd, ifname, mac);
            }
        }
      else if (netlib_addr4(argv[0], &addr, &prefix))
        {
          ret = set_inet(fd, ifname, addr, prefix);
        }
      else if (argv[1] != NULL)
        {
          used = 2;
          ret = set_pair(fd, ifname, argv[0], argv[1]);
        }

      if (ret > 0)
        {
          return netlib_misuse("ifconfig", "%s%s%s: not understood",
                               argv[0], argv[1] != NULL ? " " : "",
                               argv[1] != NULL ? argv[1] : "");
        }

      if (ret < 0)
        {
          return netlib_fail("ifconfig", "%s %s: %s", ifname, argv[0],
                             strerror(-ret));
        }
    }

  return EXIT_SUCCESS;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: main
 *
 * Description:
 *   Show or change interfaces.
 *
 ****************************************************************************/

int main(int argc, FAR char *argv[])
{
  int status;
  int fd;

  if (netlib_help(argc, argv, g_help))
    {
      return EXIT_SUCCESS;
    }

  if (argc > 1 && argv[1][0] == '-' &&
      (strcmp(argv[1], "-a") != 0 || argc > 2))
    {
      return netlib_misuse("ifconfig", "%s: not understood", argv[argc - 1]);
    }

  fd = netlib_ifsocket("ifconfig");
  if (fd < 0)
    {
      return EXIT_FAILURE;
    }

  if (argc > 2)
    {
      status = change(fd, argv[1], argv + 2);
    }
  else
    {
      status = show(fd, argc > 1 && argv[1][0] != '-' ? argv[1] : NULL,
                    argc > 1);
    }

  close(fd);
  return status != EXIT_SUCCESS ? status :
         netlib_finish("ifconfig", status);
}
