# SPDX-License-Identifier: Apache-2.0
#
# What makes mutants, itself: it needs no kernel, but is run once.

TESTS += test_mutate
test_mutate_SCRIPT = tests/host/mutants/test_mutate scripts/mutate
test_mutate_KERNEL = libiob.a
test_mutate_CONFIGS = iob
test_mutate_VARIANTS = plain

# What no other test noticed

TESTS += test_net_details
test_net_details_DIR = tests/host/mutants
test_net_details_CONFIGS = sim
test_net_details_VARIANTS = gcc-asan i686 plain
test_net_details_PARTS = inet net fs posix core
test_net_details_SRCS = ../net/ip_util.c ../net/tcp_remote.c \
  ../net/stack.c ../net/pkt.c ../kernel/netutil.c
test_net_details_CFLAGS = -Inet -Itests/host/net

TESTS += test_iob_details
test_iob_details_DIR = tests/host/mutants
test_iob_details_CONFIGS = iob iob-debug iob-small
test_iob_details_VARIANTS = gcc-asan i686 plain
