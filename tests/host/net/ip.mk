# SPDX-License-Identifier: Apache-2.0
#
# Tests of IPv4, ICMP, IGMP and raw sockets: see ../kernel/core.mk.

IP_SRCS := ip_util.c stack.c pkt.c ../kernel/netutil.c

TESTS += test_ipv4
test_ipv4_DIR = tests/host/net
test_ipv4_CONFIGS = sim
test_ipv4_PARTS = inet net fs posix core
test_ipv4_SRCS = $(IP_SRCS)

TESTS += test_frag
test_frag_DIR = tests/host/net
test_frag_CONFIGS = sim
test_frag_PARTS = inet net fs posix core
test_frag_SRCS = $(IP_SRCS)

TESTS += test_icmp
test_icmp_DIR = tests/host/net
test_icmp_CONFIGS = sim
test_icmp_PARTS = inet net fs posix core
test_icmp_SRCS = $(IP_SRCS)

TESTS += test_igmp
test_igmp_DIR = tests/host/net
test_igmp_CONFIGS = sim
test_igmp_PARTS = inet net fs posix core
test_igmp_SRCS = $(IP_SRCS)

TESTS += test_forward
test_forward_DIR = tests/host/net
test_forward_CONFIGS = sim
test_forward_PARTS = inet net fs posix core
test_forward_SRCS = $(IP_SRCS)

TESTS += test_raw
test_raw_DIR = tests/host/net
test_raw_CONFIGS = sim
test_raw_PARTS = inet net fs posix core
test_raw_SRCS = $(IP_SRCS)
