/****************************************************************************
 * apps/testing/sockettest/group_opts.c
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

/* Group opts: every option and flag of the sockets: get, set, effect, bad
 * value, wrong length, wrong level.  The tests are in opts_*.c.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <stddef.h>

#include "opts.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

/* A line of the table */

#define OPTS_TEST(name, after, about) \
  { #name, opts_##name, about, 0, after }

/****************************************************************************
 * Public Data
 ****************************************************************************/

const struct st_test_s g_st_opts[] =
{
  OPTS_TEST(so_type, NULL, "SO_TYPE, SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN"),
  OPTS_TEST(so_error, NULL, "An error is told once"),
  OPTS_TEST(so_reuseaddr, NULL, "Two at a port, one listens"),
  OPTS_TEST(so_reuseport, NULL, "Several listen at a port"),
  OPTS_TEST(so_keepalive, NULL, "The flag"),
  OPTS_TEST(so_broadcast, NULL, "Nobody sends to all without having said so"),
  OPTS_TEST(so_linger, NULL, "close() resets, or waits"),
  OPTS_TEST(so_sndbuf, NULL,
            "Twice what is asked for; a full one stops the sender"),
  OPTS_TEST(so_rcvbuf, NULL,
            "Twice what is asked for; what finds no room is lost"),
  OPTS_TEST(so_rcvtimeo, NULL, "A receiver gives up; a time of 1 us"),
  OPTS_TEST(so_sndtimeo, NULL, "A sender gives up, and who connects"),
  OPTS_TEST(so_rcvlowat, NULL, "Less than so much is nothing yet"),
  OPTS_TEST(so_bindtodevice, NULL, "One interface only"),
  OPTS_TEST(so_timestamp, NULL, "When a datagram came"),
  OPTS_TEST(so_oobinline, NULL, "The urgent byte comes with the others"),
  OPTS_TEST(so_dontroute, NULL,
            "SO_DONTROUTE, MSG_DONTROUTE: without a router"),
  OPTS_TEST(tcp_nodelay, NULL, "The flag; small pieces"),
  OPTS_TEST(tcp_cork, NULL, "TCP_CORK, MSG_MORE: together"),
  OPTS_TEST(tcp_maxseg, NULL, "No segment is larger"),
  OPTS_TEST(tcp_keep, NULL,
            "TCP_KEEPIDLE, _KEEPINTVL, _KEEPCNT, _USER_TIMEOUT"),
  OPTS_TEST(tcp_info, NULL, "The states, and what was measured"),
  OPTS_TEST(tcp_congestion, NULL, "By name"),
  OPTS_TEST(tcp_level, NULL, "Levels and numbers that there are not"),
  OPTS_TEST(ip_ttl, NULL, "How far; the receiver sees it"),
  OPTS_TEST(ip_tos, NULL, "How to be treated; the receiver sees it"),
  OPTS_TEST(ip_pktinfo, NULL, "Where it came in, and to which address"),
  OPTS_TEST(ip_mtu, NULL, "IP_MTU, IP_MTU_DISCOVER"),
  OPTS_TEST(ip_recverr, NULL,
            "IP_RECVERR, MSG_ERRQUEUE: which error, about what"),
  OPTS_TEST(ip_membership, NULL, "Join a group, and leave it"),
  OPTS_TEST(ip_multicast, NULL, "IP_MULTICAST_TTL, _IF, _LOOP"),
  OPTS_TEST(msg_peek, NULL, "What was looked at is still there"),
  OPTS_TEST(msg_waitall, NULL, "All of it, or the end"),
  OPTS_TEST(msg_dontwait, NULL, "Not even who waits, waits"),
  OPTS_TEST(msg_trunc, NULL, "The real length; bytes thrown away"),
  OPTS_TEST(msg_more, NULL, "Pieces become one datagram"),
  OPTS_TEST(msg_oob, NULL, "The urgent byte, beside the stream"),
  OPTS_TEST(msg_nosignal, NULL, "The error without its signal"),
  OPTS_TEST(ipv6_v6only, NULL, "Whether IPv4 comes in as well"),
  OPTS_TEST(ipv6_hops, NULL,
            "IPV6_UNICAST_HOPS, _MULTICAST_HOPS, _RECVPKTINFO"),
  OPTS_TEST(ipv6_group, NULL, "IPV6_MULTICAST_LOOP, IPV6_JOIN_GROUP"),
  ST_TESTS_END
};
