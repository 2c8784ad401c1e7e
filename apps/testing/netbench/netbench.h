/****************************************************************************
 * apps/testing/netbench/netbench.h
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

#ifndef __APPS_TESTING_NETBENCH_NETBENCH_H
#define __APPS_TESTING_NETBENCH_NETBENCH_H

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <stdint.h>

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#ifndef FAR
#  define FAR
#endif

/****************************************************************************
 * Public Function Prototypes
 ****************************************************************************/

/* What netbench_main.c has for all commands */

int netbench_failed(FAR const char *what);
int64_t netbench_number(FAR const char *text, int64_t min, int64_t max);
int netbench_socket(int type, FAR const char *host, FAR const char *port);

/* The responder */

int netbench_http(int argc, FAR char *argv[]);

#endif /* __APPS_TESTING_NETBENCH_NETBENCH_H */
