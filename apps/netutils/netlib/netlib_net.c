/****************************************************************************
 * apps/netutils/netlib/netlib_net.c
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

/* What the commands that look at interfaces and routes have in common. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <arpa/inet.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netlib.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: flags_text
 *
 * Description:
 *   The letters of route(8) for the flags of a route.
 *
 ****************************************************************************/

static FAR const char *flags_text(unsigned long flags, FAR char *text)
{
  static const struct
  {
    unsigned long flag;
    char letter;
  }

  letters[] =
  {
    { RTF_GATEWAY, 'G' }, { RTF_HOST, 'H' }, { RTF_REINSTATE, 'R' },
    { RTF_DYNAMIC, 'D' }, { RTF_MODIFIED, 'M' }
  };

  size_t len = 0;
  size_t i;

  text[len++] = (flags & RTF_REJECT) != 0 ? '!' : 'U';
  for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
    {
      if (flags & letters[i].flag)
        {
          text[len++] = letters[i].letter;
        }
    }

  text[len] = '\0';
  return text;
}

/****************************************************************************
 * Name: hex_addr
 *
 * Description:
 *   An address in the form of /proc/net/route: a word of memory.
 *
 ****************************************************************************/

static FAR const char *hex_addr(FAR const char *hex, FAR char *text)
{
  struct in_addr addr;

  addr.s_addr = (in_addr_t)strtoul(hex, NULL, 16);
  inet_ntop(AF_INET, &addr, text, INET_ADDRSTRLEN);
  return text;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: netlib_ifsocket
 *
 * Description:
 *   A socket to make the calls on, or -1 after a message.
 *
 ****************************************************************************/

int netlib_ifsocket(FAR const char *name)
{
  int fd = socket(AF_INET, SOCK_DGRAM, 0);

  if (fd < 0)
    {
      netlib_fail(name, "socket: %s", strerror(errno));
    }

  return fd;
}

/****************************************************************************
 * Name: netlib_ifcall
 *
 * Description:
 *   Make one call about an interface.
 *
 ****************************************************************************/

int netlib_ifcall(int fd, unsigned long request, FAR const char *ifname,
                  FAR struct ifreq *ifr)
{
  if (strlen(ifname) >= sizeof(ifr->ifr_name))
    {
      return -ENODEV;
    }

  strcpy(ifr->ifr_name, ifname);
  return ioctl(fd, request, ifr) < 0 ? -errno : 0;
}

/****************************************************************************
 * Name: netlib_readdev
 *
 * Description:
 *   Read /proc/net/dev.
 *
 ****************************************************************************/

int netlib_readdev(FAR struct netlib_table_s *table)
{
  FAR struct netlib_row_s *row;
  FAR char *colon;
  size_t i;
  int ret;

  ret = netlib_readtable("/proc/net/dev", table);
  if (ret < 0)
    {
      return ret;
    }

  /* Two lines of headings; the rest has 17 words */

  for (i = 2; i < table->count; i++)
    {
      row = &table->rows[i];
      colon = strchr(row->words[0], ':');
      if (colon != NULL && colon[1] == '\0' && row->count >= 17)
        {
          *colon = '\0';
        }
      else
        {
          row->count = 0;
        }
    }

  return 0;
}

/****************************************************************************
 * Name: netlib_addr4
 *
 * Description:
 *   Read an IPv4 address, with a prefix if that may be.
 *
 ****************************************************************************/

bool netlib_addr4(FAR const char *text, FAR struct in_addr *addr,
                  FAR int *prefix)
{
  FAR const char *slash = strchr(text, '/');
  char copy[INET_ADDRSTRLEN];
  int64_t bits = -1;
  size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);

  if (len >= sizeof(copy) || (slash != NULL &&
      (prefix == NULL || !netlib_number(slash + 1, 0, 32, &bits))))
    {
      return false;
    }

  memcpy(copy, text, len);
  copy[len] = '\0';
  if (inet_pton(AF_INET, copy, addr) != 1)
    {
      return false;
    }

  if (prefix != NULL)
    {
      *prefix = (int)bits;
    }

  return true;
}

/****************************************************************************
 * Name: netlib_mask4
 *
 * Description:
 *   The mask of a prefix.
 *
 ****************************************************************************/

uint32_t netlib_mask4(int prefix)
{
  return prefix == 0 ? 0 : htonl(~UINT32_C(0) << (32 - prefix));
}

/****************************************************************************
 * Name: netlib_mac
 *
 * Description:
 *   Read the address of a station.
 *
 ****************************************************************************/

bool netlib_mac(FAR const char *text, FAR uint8_t *mac)
{
  FAR char *end;
  unsigned long byte;
  int i;

  for (i = 0; i < 6; i++)
    {
      if (strspn(text, "0123456789abcdefABCDEF") == 0 ||
          strspn(text, "0123456789abcdefABCDEF") > 2)
        {
          return false;
        }

      byte = strtoul(text, &end, 16);
      if (*end != (i < 5 ? ':' : '\0'))
        {
          return false;
        }

      mac[i] = (uint8_t)byte;
      text = end + 1;
    }

  return true;
}

/****************************************************************************
 * Name: netlib_showroutes
 *
 * Description:
 *   Print the routing table.
 *
 ****************************************************************************/

int netlib_showroutes(FAR const char *name, bool metric)
{
  FAR struct netlib_row_s *row;
  struct netlib_table_s table;
  char to[INET_ADDRSTRLEN];
  char by[INET_ADDRSTRLEN];
  char mask[INET_ADDRSTRLEN];
  char flags[16];
  size_t i;
  int ret;

  ret = netlib_readtable("/proc/net/route", &table);
  if (ret < 0)
    {
      return netlib_fail(name, "/proc/net/route: %s", strerror(-ret));
    }

  printf("Kernel IP routing table\n%s\n", metric ?
         "Destination     Gateway         Genmask         Flags Metric Ref  "
         "  Use Iface" :
         "Destination     Gateway         Genmask         Flags   MSS Window"
         "  irtt Iface");
  for (i = 1; i < table.count; i++)
    {
      row = &table.rows[i];
      if (row->count < 11)
        {
          continue;
        }

      printf("%-15s %-15s %-15s %-5s", hex_addr(row->words[1], to),
             hex_addr(row->words[2], by), hex_addr(row->words[7], mask),
             flags_text(strtoul(row->words[3], NULL, 16), flags));
      if (metric)
        {
          printf(" %-6s %-2s %7s %s\n", row->words[6], row->words[4],
                 row->words[5], row->words[0]);
        }
      else
        {
          printf(" %5s %-5s %6s %s\n", row->words[8], row->words[9],
                 row->words[10], row->words[0]);
        }
    }

  netlib_freetable(&table);
  return EXIT_SUCCESS;
}
