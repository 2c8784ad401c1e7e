# SPDX-License-Identifier: Apache-2.0
#
# Tests of the stack as a whole: under attack, and at random.  See
# ../kernel/core.mk.

REVIEW_NET_SRCS := ip_util.c stack.c pkt.c ../kernel/netutil.c

TESTS += test_net_hostile
test_net_hostile_DIR = tests/host/net
test_net_hostile_CONFIGS = sim
test_net_hostile_PARTS = inet net fs posix core
test_net_hostile_SRCS = $(REVIEW_NET_SRCS)

TESTS += test_net_random
test_net_random_DIR = tests/host/net
test_net_random_CONFIGS = sim
test_net_random_PARTS = inet net fs posix core
test_net_random_SRCS = $(REVIEW_NET_SRCS)

TESTS += test_sock_random
test_sock_random_DIR = tests/host/net
test_sock_random_CONFIGS = sim
test_sock_random_PARTS = inet net fs posix core
test_sock_random_SRCS = $(REVIEW_NET_SRCS)
