/****************************************************************************
 * apps/netutils/iobdemo/iobdemo_main.c
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

/* iobdemo: a tour of the I/O buffers, an exchange of messages that tells what
 * they cost, and a live view.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include <stdlib.h>
#include <string.h>

#include "iobdemo.h"
#include "netlib.h"

/****************************************************************************
 * Private Types
 ****************************************************************************/

struct command_s
{
  FAR const char *name;
  CODE int (*main)(int argc, FAR char *argv[]);  /* NULL: not here */
};

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const char g_help[] =
  "usage: iobdemo tour|server|client|top [ARGUMENT ...]\n"
  "\n"
  "See the I/O buffers:\n"
  "\n"
  "  iobdemo tour         allocate, share, shrink, free, step by step\n"
  "  iobdemo server       exchange messages with a client\n"
  "  iobdemo client ADDR  exchange messages, tell what they cost in memory\n"
  "                       and copies, and what fixed buffers would have\n"
  "  iobdemo top          a live view of the arena\n"
  "\n"
  "Each has --help.  tour and top need shared I/O buffers in the system;\n"
  "server and client do not.\n";

static const struct command_s g_commands[] =
{
#ifdef CONFIG_IOB_SHARED
  { "tour", iobdemo_tour_main },
  { "top", iobdemo_top_main },
#else
  { "tour", NULL },
  { "top", NULL },
#endif
  { "server", iobdemo_server_main },
  { "client", iobdemo_client_main }
};

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: main
 *
 * Description:
 *   Find the command.
 *
 ****************************************************************************/

int main(int argc, FAR char *argv[])
{
  size_t i;

  if (netlib_help(argc, argv, g_help))
    {
      return netlib_finish("iobdemo", EXIT_SUCCESS);
    }

  if (argc < 2)
    {
      return netlib_misuse("iobdemo", "say what: tour, server, client or "
                           "top");
    }

  for (i = 0; i < sizeof(g_commands) / sizeof(g_commands[0]); i++)
    {
      if (strcmp(argv[1], g_commands[i].name) != 0)
        {
          continue;
        }

      if (g_commands[i].main == NULL)
        {
          netlib_fail("iobdemo", "%s: this system has no shared I/O buffers "
                      "(CONFIG_IOB_SHARED) to show; server and client work",
                      argv[1]);
          return NETLIB_USAGE;
        }

      return g_commands[i].main(argc - 1, argv + 1);
    }

  return netlib_misuse("iobdemo", "unknown command '%s'", argv[1]);
}
