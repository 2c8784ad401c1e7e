# SPDX-License-Identifier: Apache-2.0
#
# Tests of many connections, and of little memory: see ../kernel/core.mk.

SCALE_TESTS := test_scale test_net_progress
TESTS += $(SCALE_TESTS)
$(foreach t,$(SCALE_TESTS),\
  $(eval $(t)_DIR := tests/host/net)\
  $(eval $(t)_PARTS := inet net fs posix core)\
  $(eval $(t)_SRCS := tcp_remote.c stack.c pkt.c ../kernel/netutil.c))

test_scale_CONFIGS := sim
test_net_progress_CONFIGS := sim-small

# The stack under real time

TESTS += test_net_kernel
test_net_kernel_DIR = tests/host/net
test_net_kernel_CONFIGS = sim
test_net_kernel_PARTS = inet net fs posix core
test_net_kernel_SRCS = ../kernel/ktest.c

# Tests of sharing, linked with an iob_share() that copies, which they must
# find out

COPIED_TESTS := test_net_copied test_net_copied_hold
TESTS += $(COPIED_TESTS)
$(foreach t,$(COPIED_TESTS),\
  $(eval $(t)_DIR := tests/host/net)\
  $(eval $(t)_CONFIGS := sim)\
  $(eval $(t)_PARTS := inet net fs posix core)\
  $(eval $(t)_SRCS := ../iob/iob_share_copy.c tcp_peer.c stack.c \
    pkt.c ../kernel/netutil.c))
