# SPDX-License-Identifier: Apache-2.0
#
# Tests of TCP's receiving side, of listeners, and of the user's calls: see
# ../kernel/core.mk.

TCPUSER_TESTS := test_tcp_user test_tcp_rcvbuf test_tcp_window \
                 test_tcp_listen
TESTS += $(TCPUSER_TESTS)
$(foreach t,$(TCPUSER_TESTS),\
  $(eval $(t)_DIR := tests/host/net)\
  $(eval $(t)_CONFIGS := sim)\
  $(eval $(t)_PARTS := inet net fs posix core)\
  $(eval $(t)_SRCS := tcp_remote.c stack.c pkt.c ../kernel/netutil.c))
