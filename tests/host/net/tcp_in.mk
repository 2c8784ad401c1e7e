# SPDX-License-Identifier: Apache-2.0
#
# Tests of what TCP does with segments that arrive: see ../kernel/core.mk.

TCP_IN_SRCS := stack.c pkt.c ../kernel/netutil.c

TESTS += test_tcp_option
test_tcp_option_DIR = tests/host/net
test_tcp_option_CONFIGS = sim
test_tcp_option_PARTS = inet net fs posix core
test_tcp_option_SRCS =

TESTS += test_tcp_states
test_tcp_states_DIR = tests/host/net
test_tcp_states_CONFIGS = sim
test_tcp_states_PARTS = inet net fs posix core
test_tcp_states_SRCS = tcp_script.c $(TCP_IN_SRCS)

TESTS += test_tcp_input
test_tcp_input_DIR = tests/host/net
test_tcp_input_CONFIGS = sim
test_tcp_input_PARTS = inet net fs posix core
test_tcp_input_SRCS = tcp_script.c $(TCP_IN_SRCS)

TESTS += test_tcp_timers
test_tcp_timers_DIR = tests/host/net
test_tcp_timers_CONFIGS = sim
test_tcp_timers_PARTS = inet net fs posix core
test_tcp_timers_SRCS = tcp_script.c $(TCP_IN_SRCS)

TESTS += test_tcp_attack
test_tcp_attack_DIR = tests/host/net
test_tcp_attack_CONFIGS = sim
test_tcp_attack_PARTS = inet net fs posix core
test_tcp_attack_SRCS = tcp_script.c $(TCP_IN_SRCS)
