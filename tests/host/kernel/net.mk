# SPDX-License-Identifier: Apache-2.0
#
# Tests of network devices: see core.mk.

TESTS += test_netdev
test_netdev_DIR = tests/host/kernel
test_netdev_CONFIGS = sim
test_netdev_PARTS = net core
test_netdev_SRCS = netutil.c

TESTS += test_rxring
test_rxring_DIR = tests/host/kernel
test_rxring_CONFIGS = sim
test_rxring_PARTS = net core
test_rxring_SRCS = netutil.c
test_rxring_CFLAGS = -Idrivers/net

TESTS += test_fault
test_fault_DIR = tests/host/kernel
test_fault_CONFIGS = sim
test_fault_PARTS = net core
test_fault_SRCS = netutil.c

TESTS += test_hold
test_hold_DIR = tests/host/kernel
test_hold_CONFIGS = sim
test_hold_PARTS = net core
test_hold_SRCS = netutil.c

TESTS += test_pcap
test_pcap_DIR = tests/host/kernel
test_pcap_CONFIGS = sim
test_pcap_VARIANTS = gcc-asan clang-asan plain
test_pcap_PARTS = net core
test_pcap_SRCS = netutil.c
test_pcap_LDLIBS = -lpcap

TESTS += test_lockstep
test_lockstep_DIR = tests/host/kernel
test_lockstep_CONFIGS = sim
test_lockstep_PARTS = net core
test_lockstep_SRCS = netutil.c

TESTS += test_link
test_link_DIR = tests/host/kernel
test_link_CONFIGS = sim
test_link_PARTS = net core
test_link_SRCS = netutil.c

TESTS += test_netlab
test_netlab_DIR = tests/host/netlab
test_netlab_CONFIGS = sim
test_netlab_VARIANTS = plain
test_netlab_PARTS = core

TESTS += test_tap
test_tap_DIR = tests/host/kernel
test_tap_CONFIGS = sim
test_tap_PARTS = net core
test_tap_SRCS = netutil.c
