# SPDX-License-Identifier: Apache-2.0
#
# Tests of the core of the stack: interfaces, neighbours, routes, checksums,
# timers.  See ../kernel/core.mk.

TESTS += test_netif
test_netif_DIR = tests/host/net
test_netif_CONFIGS = sim
test_netif_PARTS = inet net fs posix core
test_netif_SRCS = stack.c pkt.c ../kernel/netutil.c

TESTS += test_checksum
test_checksum_DIR = tests/host/net
test_checksum_CONFIGS = sim
test_checksum_PARTS = inet net fs posix core
test_checksum_SRCS = stack.c pkt.c ../kernel/netutil.c

TESTS += test_arp
test_arp_DIR = tests/host/net
test_arp_CONFIGS = sim
test_arp_PARTS = inet net fs posix core
test_arp_SRCS = stack.c pkt.c ../kernel/netutil.c

TESTS += test_nettimer
test_nettimer_DIR = tests/host/net
test_nettimer_CONFIGS = sim
test_nettimer_PARTS = inet net fs posix core
test_nettimer_SRCS = stack.c pkt.c ../kernel/netutil.c

TESTS += test_route
test_route_DIR = tests/host/net
test_route_CONFIGS = sim
test_route_PARTS = inet net fs posix core
test_route_SRCS = stack.c pkt.c ../kernel/netutil.c
