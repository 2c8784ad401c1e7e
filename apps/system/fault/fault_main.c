/****************************************************************************
 * apps/system/fault/fault_main.c
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

/* fault: look at the fault injection of a network device, and set it. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/compiler.h>

#include "layer.h"

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const char g_help[] =
  "usage: fault IFACE [KEY=VALUE ...]\n"
  "\n"
  "Shows what a device loses, doubles, changes and delays on purpose, or\n"
  "sets it, as in \"fault eth0 loss=1% delay=20ms\".  The keys are those of\n"
  "the layer (--wrap fault): loss nth match dup corrupt reorder delay\n"
  "jitter rate ...; dir=tx or dir=rx means one direction.  The device has\n"
  "that layer if the kernel was started with it.\n";

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: main
 *
 * Description:
 *   Show or set faults.
 *
 ****************************************************************************/

int main(int argc, FAR char *argv[])
{
  return layer_main("fault", g_help, argc, argv);
}
