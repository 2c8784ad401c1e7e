/****************************************************************************
 * apps/system/netdev/layer.c
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

/* Speak with one layer of a network device. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nuttx/net/netdev.h>

#include "layer.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: fail
 *
 * Description:
 *   One line to stderr.
 *
 ****************************************************************************/

static int fail(FAR const char *kind, FAR const char *what,
                FAR const char *why)
{
  fprintf(stderr, "%s: %s: %s\n", kind, what, why);
  return EXIT_FAILURE;
}

/****************************************************************************
 * Name: find
 *
 * Description:
 *   Find the layer, or tell that it is not there.
 *
 ****************************************************************************/

static FAR struct net_driver_s *find(FAR const char *kind,
                                     FAR const char *ifname)
{
  FAR struct net_driver_s *dev = netdev_findlayer(ifname, kind);
  char why[64];

  if (dev == NULL)
    {
      snprintf(why, sizeof(why), "has no layer %s (--wrap %s makes one)",
               kind, kind);
      fail(kind, ifname, netdev_findbyname(ifname) == NULL ?
           "no such device" : why);
    }

  return dev;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: layer_show
 *
 * Description:
 *   Print the paragraph of the layer: the text about a device has one for
 *   each, which begins with "name kind".
 *
 ****************************************************************************/

int layer_show(FAR const char *kind, FAR const char *ifname)
{
  FAR struct net_driver_s *dev = find(kind, ifname);
  FAR char *text;
  FAR char *line;
  size_t len;
  bool mine = false;
  int size;

  if (dev == NULL)
    {
      return EXIT_FAILURE;
    }

  dev = netdev_findbyname(ifname);
  size = netdev_showdev(dev, NULL, 0);
  text = malloc((size_t)size + 1);
  if (text == NULL)
    {
      return fail(kind, ifname, strerror(ENOMEM));
    }

  netdev_showdev(dev, text, (size_t)size + 1);
  for (line = text; *line != '\0'; line += len)
    {
      len = strcspn(line, "\n");
      len += line[len] == '\n';
      if (*line != ' ')
        {
          size = (int)strcspn(line, " ") + 1;
          mine = strncmp(line + size, kind, strlen(kind)) == 0 &&
                 line[(size_t)size + strlen(kind)] == ' ';
        }

      if (mine)
        {
          fwrite(line, 1, len, stdout);
        }
    }

  free(text);
  return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/****************************************************************************
 * Name: layer_tell
 *
 * Description:
 *   Tell the layer something.  What is wrong with it is told in a line that
 *   begins with the kind of the layer.
 *
 ****************************************************************************/

int layer_tell(FAR const char *kind, FAR const char *ifname,
               FAR const char *words)
{
  FAR struct net_driver_s *dev = find(kind, ifname);

  if (dev == NULL)
    {
      return EXIT_FAILURE;
    }

  if (netdev_control(dev, words) < 0)
    {
      fprintf(stderr, "%s\n", netdev_error());
      return EXIT_FAILURE;
    }

  return EXIT_SUCCESS;
}

/****************************************************************************
 * Name: layer_main
 *
 * Description:
 *   All of a command without words of its own: those of the command line are
 *   told in one go, so that either all or none take effect.
 *
 ****************************************************************************/

int layer_main(FAR const char *kind, FAR const char *help, int argc,
               FAR char *argv[])
{
  FAR char *words;
  size_t size = 1;
  int status;
  int i;

  if (argc == 2 && (strcmp(argv[1], "-h") == 0 ||
                    strcmp(argv[1], "--help") == 0))
    {
      fputs(help, stdout);
      return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }

  if (argc < 2 || argv[1][0] == '-')
    {
      fprintf(stderr, "%s: which device? (try --help)\n", kind);
      return 2;
    }

  if (argc == 2)
    {
      return layer_show(kind, argv[1]);
    }

  for (i = 2; i < argc; i++)
    {
      size += strlen(argv[i]) + 1;
    }

  words = malloc(size);
  if (words == NULL)
    {
      return fail(kind, argv[1], strerror(ENOMEM));
    }

  words[0] = '\0';
  for (i = 2; i < argc; i++)
    {
      strcat(words, i > 2 ? "," : "");
      strcat(words, argv[i]);
    }

  status = layer_tell(kind, argv[1], words);
  free(words);
  return status;
}
