# SPDX-License-Identifier: Apache-2.0
#
# Tests of the shell as a Linux program; tests.mk of mm/iob explains the
# variables.  They need nothing of the kernel, but some configuration.  There
# is no 32-bit libedit: without it lines are not edited.

NSH_SRCS := $(addprefix ../../../,$(filter-out %_kernel.c,\
  $(wildcard nshlib/*.c))) ../nsh/port_host.c
NSH_LDLIBS = $(if $(filter i686,$(VARIANT)),,-ledit)

# All commands and the whole language, by the tables of tests/host/nsh, and
# the terminal: the program is the shell that it tests.

TESTS += test_nsh
test_nsh_DIR = tests/host/kernel
test_nsh_CONFIGS = iob
test_nsh_SRCS = $(NSH_SRCS) ../nsh/builtins.c
test_nsh_CFLAGS = -Inshlib
test_nsh_LDLIBS = $(NSH_LDLIBS)
test_nsh_TIMEOUT = 600

TESTS += test_nsh_parse
test_nsh_parse_DIR = tests/host/kernel
test_nsh_parse_CONFIGS = iob
test_nsh_parse_SRCS = $(NSH_SRCS) ../nsh/builtins.c
test_nsh_parse_CFLAGS = -Inshlib
test_nsh_parse_LDLIBS = $(NSH_LDLIBS)

TESTS += test_nsh_random
test_nsh_random_DIR = tests/host/kernel
test_nsh_random_CONFIGS = iob
test_nsh_random_SRCS = $(NSH_SRCS) ../nsh/builtins.c
test_nsh_random_CFLAGS = -Inshlib
test_nsh_random_LDLIBS = $(NSH_LDLIBS)
