/****************************************************************************
 * apps/netutils/route/route_main.c
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

/* route: look at the routing table, and change it. */

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
#include <unistd.h>

#include "netlib.h"

/****************************************************************************
 * Private Types
 ****************************************************************************/

struct change_s
{
  struct rtentry entry;
  char device[IFNAMSIZ];
  int prefix;                          /* -1: not told */
};

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const char g_help[] =
  "usage: route [-n]\n"
  "       route add|del [-net|-host] TARGET[/LEN] [netmask MASK]\n"
  "             [gw ADDR] [metric N] [reject] [[dev] IFACE]\n"
  "\n"
  "Shows the routing table, or changes it.  TARGET is an address, or\n"
  "\"default\".  A target without LEN and mask is a host, unless all of it\n"
  "is zero.\n";

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: put_addr
 *
 * Description:
 *   Store an address as the ioctl wants it.
 *
 ****************************************************************************/

static void put_addr(FAR struct sockaddr *to, uint32_t addr)
{
  struct sockaddr_in in;

  memset(&in, 0, sizeof(in));
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = addr;
  memcpy(to, &in, sizeof(in));
}

/****************************************************************************
 * Name: get_prefix
 *
 * Description:
 *   The length of a mask; -1: it has holes.
 *
 ****************************************************************************/

static int get_prefix(struct in_addr mask)
{
  int prefix;

  for (prefix = 0; prefix <= 32; prefix++)
    {
      if (netlib_mask4(prefix) == mask.s_addr)
        {
          return prefix;
        }
    }

  return -1;
}

/****************************************************************************
 * Name: parse_word
 *
 * Description:
 *   One word, or two, behind the target.  How many; 0: not understood.
 *
 ****************************************************************************/

static int parse_word(FAR struct change_s *what, FAR char *argv[])
{
  FAR const char *word = argv[0];
  FAR const char *value = argv[1];
  struct in_addr addr;
  int64_t number;

  if (strcmp(word, "reject") == 0)
    {
      what->entry.rt_flags |= RTF_REJECT;
      return 1;
    }

  if (value != NULL && (strcmp(word, "gw") == 0 ||
                        strcmp(word, "netmask") == 0))
    {
      if (!netlib_addr4(value, &addr, NULL))
        {
          return 0;
        }

      if (*word == 'g')
        {
          put_addr(&what->entry.rt_gateway, addr.s_addr);
          what->entry.rt_flags |= RTF_GATEWAY;
          return 2;
        }

      what->prefix = get_prefix(addr);
      return what->prefix >= 0 ? 2 : 0;
    }

  if (value != NULL && strcmp(word, "metric") == 0)
    {
      if (!netlib_number(value, 0, 32766, &number))
        {
          return 0;
        }

      /* One more: that is how the call counts */

      what->entry.rt_metric = (short)(number + 1);
      return 2;
    }

  if (strcmp(word, "dev") == 0)
    {
      word = value;
    }

  if (word == NULL || strlen(word) >= sizeof(what->device) ||
      what->device[0] != '\0')
    {
      return 0;
    }

  strcpy(what->device, word);
  what->entry.rt_dev = what->device;
  return word == value ? 2 : 1;
}

/****************************************************************************
 * Name: parse
 *
 * Description:
 *   Understand what is to be changed.  NULL, or the word that is not
 *   understood.
 *
 ****************************************************************************/

static FAR const char *parse(FAR struct change_s *what, FAR char *argv[])
{
  struct in_addr target;
  bool host = false;
  int used;

  memset(what, 0, sizeof(*what));
  what->entry.rt_flags = RTF_UP;
  what->prefix = -1;
  if (*argv != NULL && (strcmp(*argv, "-net") == 0 ||
                        strcmp(*argv, "-host") == 0))
    {
      host = strcmp(*argv, "-host") == 0;
      argv++;
    }

  if (*argv == NULL)
    {
      return "which target?";
    }

  if (strcmp(*argv, "default") == 0)
    {
      target.s_addr = 0;
      what->prefix = 0;
    }
  else if (!netlib_addr4(*argv, &target, &what->prefix))
    {
      return *argv;
    }

  put_addr(&what->entry.rt_gateway, 0);
  for (argv++; *argv != NULL; argv += used)
    {
      used = parse_word(what, argv);
      if (used == 0)
        {
          return *argv;
        }
    }

  if (what->prefix < 0)
    {
      what->prefix = target.s_addr == 0 && !host ? 0 : 32;
    }

  if (what->prefix == 32)
    {
      what->entry.rt_flags |= RTF_HOST;
    }

  put_addr(&what->entry.rt_dst, target.s_addr);
  put_addr(&what->entry.rt_genmask, netlib_mask4(what->prefix));
  return NULL;
}

/****************************************************************************
 * Name: change
 *
 * Description:
 *   Add or delete a route.
 *
 ****************************************************************************/

static int change(FAR char *argv[])
{
  struct change_s what;
  FAR const char *wrong;
  int status = EXIT_SUCCESS;
  int fd;

  wrong = parse(&what, argv + 1);
  if (wrong != NULL)
    {
      return netlib_misuse("route", "%s: not understood", wrong);
    }

  fd = netlib_ifsocket("route");
  if (fd < 0)
    {
      return EXIT_FAILURE;
    }

  if (ioctl(fd, strcmp(argv[0], "add") == 0 ? SIOCADDRT : SIOCDELRT,
            &what.entry) < 0)
    {
      status = netlib_fail("route", "%s: %s", argv[0], strerror(errno));
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
 *   Show or change the routing table.
 *
 ****************************************************************************/

int main(int argc, FAR char *argv[])
{
  int status;

  if (netlib_help(argc, argv, g_help))
    {
      return EXIT_SUCCESS;
    }

  if (argc > 1 && strcmp(argv[1], "-n") != 0)
    {
      if (strcmp(argv[1], "add") == 0 || strcmp(argv[1], "del") == 0)
        {
          return change(argv + 1);
        }

      return netlib_misuse("route", "%s: not understood", argv[1]);
    }

  if (argc > 2)
    {
      return netlib_misuse("route", "%s: not understood", argv[2]);
    }

  status = netlib_showroutes("route", true);
  return netlib_finish("route", status);
}
