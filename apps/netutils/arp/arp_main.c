/****************************************************************************
 * apps/netutils/arp/arp_main.c
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

/* arp: look at the neighbours that the kernel knows, and change them. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netlib.h"

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const char g_help[] =
  "usage: arp [-an] [-i IFACE] [ADDR]\n"
  "       arp -s ADDR MAC [-i IFACE] [temp]\n"
  "       arp -d ADDR [-i IFACE]\n"
  "\n"
  "Shows the neighbours, or enters one (-s), or forgets one (-d).\n"
  "\n"
  "  -a        in the other form\n"
  "  -i IFACE  of this interface only\n"
  "  -n        numbers (there are no names)\n";

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: show_row
 *
 * Description:
 *   One neighbour.
 *
 ****************************************************************************/

static void show_row(FAR char **words, bool bsd)
{
  unsigned long flags = strtoul(words[2], NULL, 16);
  bool known = (flags & ATF_COM) != 0;

  if (bsd)
    {
      printf("? (%s) at %s%s%s on %s\n", words[0],
             known ? words[3] : "<incomplete>", known ? " [ether]" : "",
             (flags & ATF_PERM) != 0 ? " PERM" : "", words[5]);
    }
  else
    {
      printf("%-23s  %-8s%-20s%-6s%-16s%s\n", words[0],
             known ? "ether" : "", known ? words[3] : "(incomplete)",
             !known ? "" : (flags & ATF_PERM) != 0 ? "CM" : "C", "",
             words[5]);
    }
}

/****************************************************************************
 * Name: show
 *
 * Description:
 *   Show the neighbours that are asked for.
 *
 ****************************************************************************/

static int show(FAR const char *addr, FAR const char *ifname, bool bsd)
{
  FAR char **words;
  struct netlib_table_s table;
  size_t found = 0;
  size_t i;
  int ret;

  ret = netlib_readtable("/proc/net/arp", &table);
  if (ret < 0)
    {
      return netlib_fail("arp", "/proc/net/arp: %s", strerror(-ret));
    }

  for (i = 1; i < table.count; i++)
    {
      words = table.rows[i].words;
      if (table.rows[i].count < 6 ||
          (addr != NULL && strcmp(addr, words[0]) != 0) ||
          (ifname != NULL && strcmp(ifname, words[5]) != 0))
        {
          continue;
        }

      if (found++ == 0 && !bsd)
        {
          puts("Address                  HWtype  HWaddress           Flags "
               "Mask            Iface");
        }

      show_row(words, bsd);
    }

  netlib_freetable(&table);
  if (found == 0 && addr != NULL)
    {
      printf("%s (%s) -- no entry\n", addr, addr);
      return EXIT_FAILURE;
    }

  return EXIT_SUCCESS;
}

/****************************************************************************
 * Name: change
 *
 * Description:
 *   Enter or forget a neighbour.
 *
 ****************************************************************************/

static int change(unsigned long request, FAR char *argv[],
                  FAR const char *ifname)
{
  bool enter = request == SIOCSARP;
  struct sockaddr_in in;
  struct arpreq req;
  uint8_t mac[6];
  int status = EXIT_SUCCESS;
  int words = 0;
  int fd;

  memset(&req, 0, sizeof(req));
  memset(&in, 0, sizeof(in));
  in.sin_family = AF_INET;
  while (argv[words] != NULL)
    {
      words++;
    }

  if (words < 1 + enter || words > (enter ? 3 : 1) ||
      !netlib_addr4(argv[0], &in.sin_addr, NULL) ||
      (enter && !netlib_mac(argv[1], mac)) ||
      (words == 3 && strcmp(argv[2], "temp") != 0))
    {
      return netlib_misuse("arp", enter ? "-s wants ADDR and MAC" :
                           "-d wants ADDR");
    }

  memcpy(&req.arp_pa, &in, sizeof(in));
  req.arp_flags = enter ? ATF_COM | (words == 3 ? 0 : ATF_PERM) : 0;
  req.arp_ha.sa_family = ARPHRD_ETHER;
  if (enter)
    {
      memcpy(req.arp_ha.sa_data, mac, sizeof(mac));
    }

  if (ifname != NULL)
    {
      strcpy(req.arp_dev, ifname);
    }

  fd = netlib_ifsocket("arp");
  if (fd < 0)
    {
      return EXIT_FAILURE;
    }

  if (ioctl(fd, request, &req) < 0)
    {
      status = netlib_fail("arp", "%s: %s", argv[0], strerror(errno));
    }

  close(fd);
  return status;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: main
 *
 * Description:
 *   Show or change neighbours.
 *
 ****************************************************************************/

int main(int argc, FAR char *argv[])
{
  FAR const char *ifname = NULL;
  unsigned long request = 0;
  bool bsd = false;
  int status;
  int opt;

  if (netlib_help(argc, argv, g_help))
    {
      return EXIT_SUCCESS;
    }

  while ((opt = getopt(argc, argv, "adi:ns")) != -1)
    {
      switch (opt)
        {
        case 'a':
          bsd = true;
          break;

        case 'd':
          request = SIOCDARP;
          break;

        case 'i':
          ifname = optarg;
          break;

        case 'n':
          break;

        case 's':
          request = SIOCSARP;
          break;

        default:
          return NETLIB_USAGE;
        }
    }

  if (ifname != NULL && strlen(ifname) >= IFNAMSIZ)
    {
      return netlib_misuse("arp", "%s: no interface", ifname);
    }

  if (request != 0)
    {
      return change(request, argv + optind, ifname);
    }

  if (argc - optind > 1)
    {
      return netlib_misuse("arp", "%s: too many arguments",
                           argv[optind + 1]);
    }

  status = show(argv[optind], ifname, bsd);
  return netlib_finish("arp", status);
}
