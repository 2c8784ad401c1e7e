# SPDX-License-Identifier: Apache-2.0
#
# Tests of endpoints, datagrams and the options of IP.  See
# ../kernel/core.mk.

TESTS += test_conn
test_conn_DIR = tests/host/net
test_conn_CONFIGS = sim
test_conn_PARTS = inet net fs posix core
test_conn_SRCS = stack.c pkt.c ../kernel/netutil.c

TESTS += test_udp
test_udp_DIR = tests/host/net
test_udp_CONFIGS = sim
test_udp_PARTS = inet net fs posix core
test_udp_SRCS = stack.c pkt.c ../kernel/netutil.c

TESTS += test_ipopt
test_ipopt_DIR = tests/host/net
test_ipopt_CONFIGS = sim
test_ipopt_PARTS = inet net fs posix core
test_ipopt_SRCS = stack.c pkt.c ../kernel/netutil.c

TESTS += test_procnet
test_procnet_DIR = tests/host/net
test_procnet_CONFIGS = sim
test_procnet_PARTS = inet net fs posix core
test_procnet_SRCS = stack.c pkt.c ../kernel/netutil.c
