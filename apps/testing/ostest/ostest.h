/****************************************************************************
 * apps/testing/ostest/ostest.h
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

#ifndef __APPS_TESTING_OSTEST_OSTEST_H
#define __APPS_TESTING_OSTEST_OSTEST_H

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <stdbool.h>
#include <stdint.h>

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

/* What a test finds wrong is told once, and the test goes on.  Threads of a
 * test return what they found; only the test itself checks.
 */

#define CHECK(what) ostest_check(what, #what, __FILE__, __LINE__)

/****************************************************************************
 * Public Types
 ****************************************************************************/

struct ostest_s
{
  const char *name;
  void (*func)(void);
};

/****************************************************************************
 * Public Data
 ****************************************************************************/

/* Each file has a list of its tests, which ends with an empty one */

extern const struct ostest_s g_thread_tests[];
extern const struct ostest_s g_sync_tests[];
extern const struct ostest_s g_time_tests[];
extern const struct ostest_s g_file_tests[];
extern const struct ostest_s g_stdio_tests[];
extern const struct ostest_s g_signal_tests[];
extern const struct ostest_s g_misc_tests[];
extern const struct ostest_s g_udp_tests[];
extern const struct ostest_s g_tcp_tests[];

/****************************************************************************
 * Public Function Prototypes
 ****************************************************************************/

bool ostest_check(bool ok, const char *what, const char *file, int line);

/* Milliseconds on the monotonic clock */

int64_t ostest_now(void);

#endif /* __APPS_TESTING_OSTEST_OSTEST_H */
