/****************************************************************************
 * apps/testing/sockettest/st_groups.c
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

/* The groups, in the order in which they run.  A line for each. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include "sockettest.h"

/****************************************************************************
 * Public Data
 ****************************************************************************/

extern const struct st_test_s g_st_calls[];
extern const struct st_test_s g_st_conn[];
extern const struct st_test_s g_st_data[];
extern const struct st_test_s g_st_exhaust[];
extern const struct st_test_s g_st_hold[];
extern const struct st_test_s g_st_loss[];
extern const struct st_test_s g_st_mixed[];
extern const struct st_test_s g_st_soak[];
extern const struct st_test_s g_st_opts[];
extern const struct st_test_s g_st_udp[];

const struct st_group_s g_st_groups[] =
{
  { "calls", "each call of sockets, and how it refuses", g_st_calls },
  { "opts", "every option and flag", g_st_opts },
  { "udp", "datagrams", g_st_udp },
  { "conn", "connections begin and end", g_st_conn },
  { "data", "streams of bytes", g_st_data },
  { "loss", "a network that loses, doubles, delays and damages", g_st_loss },
  { "hold", "a device that keeps what it was given to send", g_st_hold },
  { "mixed", "streams, datagrams and conversations at once", g_st_mixed },
  { "exhaust", "no memory", g_st_exhaust },
  { "soak", "random choices of all groups", g_st_soak },
  { NULL, NULL, NULL }
};
