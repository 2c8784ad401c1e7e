# SPDX-License-Identifier: Apache-2.0
#
# A variant is a compiler with flags.  Test and benchmark programs exist in
# the host variants; the target variants build the library only.  This file
# also reads the lists of programs, which are made of the names of variants
# and configurations.

ALL_CONFIGS := $(sort $(notdir $(patsubst %/defconfig,%,\
  $(wildcard configs/*/defconfig))))

KNOWN_VARIANTS := gcc-asan clang-asan tsan i686 plain pthread fuzz \
                  coverage
TARGET_VARIANTS := armv6m armv7m rv32imc

# The variants a test is built for when it names none.

DEFAULT_VARIANTS := gcc-asan clang-asan i686 plain

# What make check leaves out, to save time; with GATE=1 nothing is.  A
# configuration that differs from another in one thing is checked by one
# compiler; and clang compiles and runs the kernel, but only those of its
# tests that name it.

LESSER_CONFIGS := bench-256k bench-4m iob-alloc iob-bare iob-debug-4m \
  iob-fixed iob-g128 iob-small sim-small
LESSER_WITHOUT := clang-asan plain i686
SIM_WITHOUT := clang-asan

# 32-bit programs run on x86-64 only.

NO_VARIANTS := $(if $(filter x86_64,$(shell uname -m)),,i686)
HOST_VARIANTS := $(filter-out $(NO_VARIANTS),$(KNOWN_VARIANTS))

WARNINGS := -std=gnu11 -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
            -Wmissing-prototypes

# How much the debugger is told by programs with sanitizers: with -g1, which
# compiles faster, they still say the line of what they find.

DEBUG_INFO ?= -g
ASAN := -O1 $(DEBUG_INFO) -fno-omit-frame-pointer -fsanitize=address,undefined \
        -fno-sanitize-recover=all

# CC_<variant>, CFLAGS_<variant>, LDFLAGS_<variant>, PREFIX_<variant> of the
# binutils, and SYMBOLS_<variant>: what the configuration has to know of the
# target.  HOST_PTHREAD and HOST_BARE choose the port (tests/host/port): tasks
# are POSIX threads, or there is no system at all, to compile only.

CC_gcc-asan := gcc
CFLAGS_gcc-asan := $(ASAN)
LDFLAGS_gcc-asan := $(ASAN)

CC_clang-asan := clang
CFLAGS_clang-asan := $(ASAN)
LDFLAGS_clang-asan := $(ASAN)

CC_fuzz := clang
CFLAGS_fuzz := $(ASAN) -fsanitize=fuzzer-no-link
LDFLAGS_fuzz := $(ASAN) -fsanitize=fuzzer

CC_tsan := gcc
CFLAGS_tsan := -O1 -g -fsanitize=thread -DHOST_PTHREAD -pthread
LDFLAGS_tsan := -fsanitize=thread -pthread

CC_i686 := i686-linux-gnu-gcc
CFLAGS_i686 := $(ASAN) -DNSH_NO_EDITOR  # There is no 32-bit libedit
LDFLAGS_i686 := $(ASAN) -static-libasan -static-libubsan \
                -L/usr/lib/i386-linux-gnu
PREFIX_i686 := i686-linux-gnu-

CC_plain := gcc
CFLAGS_plain := -O2 -g
LDFLAGS_plain := -g

CC_pthread := gcc
CFLAGS_pthread := -O2 -g -DHOST_PTHREAD -pthread
LDFLAGS_pthread := -g -pthread

# Not optimised: each branch of the source is one of the program

CC_coverage := gcc
CFLAGS_coverage := -O0 -g --coverage
LDFLAGS_coverage := -g --coverage

CC_armv6m := arm-none-eabi-gcc
CFLAGS_armv6m := -mcpu=cortex-m0plus -mthumb -Os -g -fno-common -DHOST_BARE
PREFIX_armv6m := arm-none-eabi-

CC_armv7m := arm-none-eabi-gcc
CFLAGS_armv7m := -mcpu=cortex-m4 -mthumb -Os -g -fno-common -DHOST_BARE
PREFIX_armv7m := arm-none-eabi-

CC_rv32imc := riscv64-unknown-elf-gcc
CFLAGS_rv32imc := -march=rv32imc -mabi=ilp32 -Os -g -fno-common \
                  -DHOST_BARE --specs=picolibc.specs
PREFIX_rv32imc := riscv64-unknown-elf-

# The programs: tests.mk explains the variables

TESTS :=
FUZZERS :=
BENCHES :=
KERNEL_BENCHES :=
DEMOS :=
TEST_LISTS := $(sort $(wildcard tests/host/iob/*.mk tests/host/kernel/*.mk \
  tests/host/packet/*.mk tests/host/fuzz/*.mk tests/host/mutants/*.mk \
  tests/host/net/*.mk tests/host/apps/*.mk tests/host/interop/*.mk \
  tests/host/demo/*.mk tests/host/wirecheck/*.mk \
  tests/host/sockettest/*.mk tests/host/nxnet/*.mk))
include $(TEST_LISTS)
-include bench/bench.mk

# What scripts/coverage runs: the programs of these folders that the variant
# plain has, too

COVERAGE_DIRS := tests/host/iob tests/host/net tests/host/packet
COVERAGE_TESTS := $(foreach t,$(TESTS),$(if $($(t)_SCRIPT),,\
  $(if $(filter $(COVERAGE_DIRS),$(or $($(t)_DIR),tests/host/iob)),\
    $(if $(filter plain,$(or $($(t)_VARIANTS),plain)),$(t)))))
