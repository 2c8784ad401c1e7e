# SPDX-License-Identifier: Apache-2.0
#
# Tests of sockets and epoll: see ../kernel/core.mk.

TESTS += test_sock_wait
test_sock_wait_DIR = tests/host/net
test_sock_wait_CONFIGS = sim
test_sock_wait_PARTS = inet net fs core
test_sock_wait_SRCS = ../kernel/fs_fixture.c

TESTS += test_epoll
test_epoll_DIR = tests/host/net
test_epoll_CONFIGS = sim
test_epoll_PARTS = fs core
test_epoll_SRCS = ../kernel/fs_fixture.c

TESTS += test_socket
test_socket_DIR = tests/host/net
test_socket_CONFIGS = sim
test_socket_PARTS = inet net fs posix core
test_socket_SRCS = stack.c pkt.c ../kernel/netutil.c
