# SPDX-License-Identifier: Apache-2.0
#
# The checker of captures and its tests; build.mk makes the program itself,
# $(O)/host/wirecheck.  There is no 32-bit libpcap.

WIRECHECK_PARTS := $(filter-out wirecheck.c,\
  $(notdir $(wildcard tests/host/wirecheck/w*.c)))
CAPGEN_PARTS := capgen.c gen_clean.c gen_faults.c

TESTS += test_wirecheck
test_wirecheck_DIR = tests/host/wirecheck
test_wirecheck_CONFIGS = sim
test_wirecheck_VARIANTS = gcc-asan clang-asan
test_wirecheck_PARTS = core
test_wirecheck_SRCS = $(WIRECHECK_PARTS) $(CAPGEN_PARTS)
test_wirecheck_LDLIBS = -lpcap -lcjson

TESTS += test_wirecheck_tshark
test_wirecheck_tshark_DIR = tests/host/wirecheck
test_wirecheck_tshark_CONFIGS = sim
test_wirecheck_tshark_VARIANTS = gcc-asan
test_wirecheck_tshark_PARTS = core
test_wirecheck_tshark_SRCS = $(WIRECHECK_PARTS) $(CAPGEN_PARTS)
test_wirecheck_tshark_LDLIBS = -lpcap -lcjson

TESTS += test_wirecheck_live
test_wirecheck_live_DIR = tests/host/wirecheck
test_wirecheck_live_CONFIGS = sim
test_wirecheck_live_VARIANTS = gcc-asan
test_wirecheck_live_PARTS = core
test_wirecheck_live_SRCS = $(WIRECHECK_PARTS)
test_wirecheck_live_LDLIBS = -lpcap -lcjson
test_wirecheck_live_TIMEOUT = 60

FUZZERS += fuzz_wirecheck
fuzz_wirecheck_DIR = tests/host/wirecheck
fuzz_wirecheck_CONFIGS = sim-small
fuzz_wirecheck_PARTS = core
fuzz_wirecheck_CFLAGS = -D_GNU_SOURCE
fuzz_wirecheck_SRCS = $(WIRECHECK_PARTS)
fuzz_wirecheck_LDLIBS = -lpcap -lcjson
fuzz_wirecheck_ARGS = tests/host/wirecheck/seeds
