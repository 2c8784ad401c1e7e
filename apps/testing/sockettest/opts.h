/****************************************************************************
 * apps/testing/sockettest/opts.h
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

/* Group opts: what its files share, and its tests. */

#ifndef __APPS_TESTING_SOCKETTEST_OPTS_H
#define __APPS_TESTING_SOCKETTEST_OPTS_H

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include "calls.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define OPT_STREAM  1                  /* For these types of sockets */
#define OPT_DGRAM   2
#define OPT_BOTH    3

#define OPT_ANY     INT32_MIN          /* Whatever it is at first */

#define OPT_VALUES  4

/****************************************************************************
 * Public Types
 ****************************************************************************/

/* An option that is an int: what can be set and what is read then, what is
 * refused and how.  The tables of values are as long as their counts say.
 */

struct opt_int_s
{
  int level;
  int option;
  int types;
  int initial;
  int ngood;
  int good[OPT_VALUES][2];             /* Set, get */
  int nbad;
  int bad[OPT_VALUES][2];              /* Set, errno */
};

/****************************************************************************
 * Public Function Prototypes
 ****************************************************************************/

void opts_int(FAR const struct opt_int_s *opt);
void opts_readonly(int type, int level, int option, int value);
FAR struct cmsghdr *opts_control(int fd, FAR void *control, size_t size,
                                 int level, int type);

void opts_msg_peek(FAR void **state);
void opts_msg_waitall(FAR void **state);
void opts_msg_dontwait(FAR void **state);
void opts_msg_trunc(FAR void **state);
void opts_msg_more(FAR void **state);
void opts_msg_oob(FAR void **state);
void opts_msg_nosignal(FAR void **state);
void opts_ipv6_v6only(FAR void **state);
void opts_ipv6_hops(FAR void **state);
void opts_ipv6_group(FAR void **state);
void opts_ip_ttl(FAR void **state);
void opts_ip_tos(FAR void **state);
void opts_ip_pktinfo(FAR void **state);
void opts_ip_mtu(FAR void **state);
void opts_ip_recverr(FAR void **state);
void opts_ip_membership(FAR void **state);
void opts_ip_multicast(FAR void **state);
void opts_so_reuseaddr(FAR void **state);
void opts_so_reuseport(FAR void **state);
void opts_so_keepalive(FAR void **state);
void opts_so_broadcast(FAR void **state);
void opts_so_linger(FAR void **state);
void opts_so_sndbuf(FAR void **state);
void opts_so_rcvbuf(FAR void **state);
void opts_so_rcvtimeo(FAR void **state);
void opts_so_sndtimeo(FAR void **state);
void opts_so_rcvlowat(FAR void **state);
void opts_so_type(FAR void **state);
void opts_so_error(FAR void **state);
void opts_so_bindtodevice(FAR void **state);
void opts_so_timestamp(FAR void **state);
void opts_so_oobinline(FAR void **state);
void opts_so_dontroute(FAR void **state);
void opts_tcp_nodelay(FAR void **state);
void opts_tcp_cork(FAR void **state);
void opts_tcp_maxseg(FAR void **state);
void opts_tcp_keep(FAR void **state);
void opts_tcp_info(FAR void **state);
void opts_tcp_congestion(FAR void **state);
void opts_tcp_level(FAR void **state);

#endif /* __APPS_TESTING_SOCKETTEST_OPTS_H */
