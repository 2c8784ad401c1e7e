/****************************************************************************
 * apps/system/hold/hold_main.c
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

/* hold: let a network device keep what it has sent, as a ring of DMA
 * descriptors does.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/compiler.h>

#include "layer.h"

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const char g_help[] =
  "usage: hold IFACE [KEY=VALUE ...]\n"
  "\n"
  "Shows the frames that a device keeps after they are sent, or changes how\n"
  "long: time=10ms each, count=8 until there are more, release=N and\n"
  "release=all let go of some now.  The device has that layer if the kernel\n"
  "was started with it (--wrap hold).\n";

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: main
 *
 * Description:
 *   Show or set what is held.
 *
 ****************************************************************************/

int main(int argc, FAR char *argv[])
{
  return layer_main("hold", g_help, argc, argv);
}
