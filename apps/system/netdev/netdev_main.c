/****************************************************************************
 * apps/system/netdev/netdev_main.c
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

/* netdev: look at network devices and change their settings.
 *
 *   netdev                       all of them, as /proc/net/dev
 *   netdev <name>                everything about one, layer by layer
 *   netdev <name> up|down        start and stop it
 *   netdev <name> <kind> <words>
 *                                tell one of its layers something, in words
 *                                of the specification that made it: loss=2%
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nuttx/net/netdev.h>

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const char g_usage[] =
  "usage: netdev [<name> [up | down | <kind> <words>]]\n";

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: print_device
 *
 * Description:
 *   Print everything about one device, or a table of all if it is NULL.
 *
 ****************************************************************************/

static int print_device(FAR struct net_driver_s *dev)
{
  int size = dev != NULL ? netdev_showdev(dev, NULL, 0) :
                           netdev_show(NULL, 0);
  FAR char *text = malloc((size_t)size + 1);

  if (text == NULL)
    {
      fprintf(stderr, "netdev: out of memory\n");
      return EXIT_FAILURE;
    }

  if (dev != NULL)
    {
      netdev_showdev(dev, text, (size_t)size + 1);
    }
  else
    {
      netdev_show(text, (size_t)size + 1);
    }

  fputs(text, stdout);
  free(text);
  return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/****************************************************************************
 * Name: switch_device
 *
 * Description:
 *   Start or stop a device.
 *
 ****************************************************************************/

static int switch_device(FAR struct net_driver_s *dev, FAR const char *word)
{
  int ret = 0;

  if (strcmp(word, "up") == 0)
    {
      ret = netdev_ifup(dev);
    }
  else if (strcmp(word, "down") == 0)
    {
      netdev_ifdown(dev);
    }
  else
    {
      fputs(g_usage, stderr);
      return 2;
    }

  if (ret < 0)
    {
      fprintf(stderr, "netdev: %s: %s\n", word, strerror(-ret));
      return EXIT_FAILURE;
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
 *   Show devices, or tell one something.
 *
 ****************************************************************************/

int main(int argc, FAR char *argv[])
{
  FAR struct net_driver_s *dev;

  if (argc == 1)
    {
      return print_device(NULL);
    }

  if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)
    {
      fputs(g_usage, stdout);
      return EXIT_SUCCESS;
    }

  if (argc > 4)
    {
      fputs(g_usage, stderr);
      return 2;
    }

  dev = netdev_findbyname(argv[1]);
  if (dev == NULL)
    {
      fprintf(stderr, "netdev: no device %s\n", argv[1]);
      return EXIT_FAILURE;
    }

  if (argc == 2)
    {
      return print_device(dev);
    }

  if (argc == 3)
    {
      return switch_device(dev, argv[2]);
    }

  dev = netdev_findlayer(argv[1], argv[2]);
  if (dev == NULL)
    {
      fprintf(stderr, "netdev: %s has no layer %s\n", argv[1], argv[2]);
      return EXIT_FAILURE;
    }

  if (netdev_control(dev, argv[3]) < 0)
    {
      fprintf(stderr, "netdev: %s %s: %s\n", argv[2], argv[3],
              netdev_error());
      return EXIT_FAILURE;
    }

  return EXIT_SUCCESS;
}
