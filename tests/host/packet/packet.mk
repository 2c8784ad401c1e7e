# SPDX-License-Identifier: Apache-2.0
#
# Packet scripts: see Documentation/testing/packet-scripts.md, and
# ../kernel/core.mk.

PACKET_SRCS := ../net/stack.c ../net/pkt.c ../kernel/netutil.c

TESTS += test_packet
test_packet_DIR = tests/host/packet
test_packet_CONFIGS = sim
test_packet_PARTS = inet net fs posix core
test_packet_SRCS = script_parse.c script_seg.c script_run.c script_call.c \
  $(PACKET_SRCS)
test_packet_CFLAGS = -Inet -Itests/host/net
test_packet_ARGS = tests/host/packet

TESTS += test_wire_formats
test_wire_formats_DIR = tests/host/packet
test_wire_formats_CONFIGS = sim
test_wire_formats_PARTS = inet net fs posix core
test_wire_formats_SRCS = $(PACKET_SRCS)
test_wire_formats_CFLAGS = -Inet -Itests/host/net

# What is wrong with a script, and what makes it fail

TESTS += test_packet_language
test_packet_language_SCRIPT = tests/host/packet/test_language NEEDS
test_packet_language_NEEDS = bin/test_packet
test_packet_language_CONFIGS = sim
test_packet_language_VARIANTS = gcc-asan
