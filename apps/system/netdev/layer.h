/****************************************************************************
 * apps/system/netdev/layer.h
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

#ifndef __APPS_SYSTEM_NETDEV_LAYER_H
#define __APPS_SYSTEM_NETDEV_LAYER_H

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/compiler.h>

/****************************************************************************
 * Public Function Prototypes
 ****************************************************************************/

/* Commands that speak with one kind of layer of a device (fault, hold, pcap)
 * share this: NAME IFACE shows the layer, NAME IFACE WORD... tells it the
 * words.  Each returns an exit status.
 */

int layer_show(FAR const char *kind, FAR const char *ifname);
int layer_tell(FAR const char *kind, FAR const char *ifname,
               FAR const char *words);
int layer_main(FAR const char *kind, FAR const char *help, int argc,
               FAR char *argv[]);

#endif /* __APPS_SYSTEM_NETDEV_LAYER_H */
