# SPDX-License-Identifier: Apache-2.0
#
# Tests of TCP's sending side: see ../kernel/core.mk.

TCPOUT_TESTS := test_tcp_output test_tcp_hold \
  test_tcp_loss test_tcp_cc test_tcp_copies
TESTS += $(TCPOUT_TESTS)
$(foreach t,$(TCPOUT_TESTS),\
  $(eval $(t)_DIR := tests/host/net)\
  $(eval $(t)_CONFIGS := sim)\
  $(eval $(t)_PARTS := inet net fs posix core)\
  $(eval $(t)_SRCS := tcp_peer.c stack.c pkt.c ../kernel/netutil.c))
