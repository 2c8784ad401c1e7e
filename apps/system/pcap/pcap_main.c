/****************************************************************************
 * apps/system/pcap/pcap_main.c
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

/* pcap: capture what passes a network device to a file of the host. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nuttx/compiler.h>

#include "layer.h"

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const char g_help[] =
  "usage: pcap IFACE [start FILE | stop | flush]\n"
  "\n"
  "Shows the capture of a device, starts it to FILE of the host (pcapng),\n"
  "ends it, or writes out what was collected.  The device has that layer if\n"
  "the kernel was started with it (--wrap pcap).\n";

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: main
 *
 * Description:
 *   Show, start or stop a capture.
 *
 ****************************************************************************/

int main(int argc, FAR char *argv[])
{
  FAR char *words;
  size_t size;
  int status;

  if (argc < 3)
    {
      return layer_main("pcap", g_help, argc, argv);
    }

  if (argc == 3 && (strcmp(argv[2], "stop") == 0 ||
                    strcmp(argv[2], "flush") == 0))
    {
      return layer_tell("pcap", argv[1], argv[2]);
    }

  if (argc != 4 || strcmp(argv[2], "start") != 0)
    {
      fprintf(stderr, "pcap: %s: not understood (try --help)\n", argv[2]);
      return 2;
    }

  if (strchr(argv[3], ',') != NULL || argv[3][0] == '\0')
    {
      fprintf(stderr, "pcap: %s: no name for a file\n", argv[3]);
      return 2;
    }

  size = strlen(argv[3]) + sizeof("file=");
  words = malloc(size);
  if (words == NULL)
    {
      fprintf(stderr, "pcap: out of memory\n");
      return EXIT_FAILURE;
    }

  snprintf(words, size, "file=%s", argv[3]);
  status = layer_tell("pcap", argv[1], words);
  free(words);
  return status;
}
