# SPDX-License-Identifier: Apache-2.0
#
# Tests of TCP as a whole, by chance: see ../kernel/core.mk.

TESTS += test_tcp_random
test_tcp_random_DIR = tests/host/net
test_tcp_random_CONFIGS = sim
test_tcp_random_PARTS = inet net fs posix core
test_tcp_random_SRCS = tcp_check.c stack.c pkt.c ../kernel/netutil.c

TESTS += test_tcp_review
test_tcp_review_DIR = tests/host/net
test_tcp_review_CONFIGS = sim
test_tcp_review_PARTS = inet net fs posix core
test_tcp_review_SRCS = tcp_check.c tcp_remote.c stack.c pkt.c \
  ../kernel/netutil.c
