# SPDX-License-Identifier: Apache-2.0
#
# Tests of the kernel as a whole: see core.mk.  test_<name>_SCRIPT is a
# command in which the word KERNEL stands for the program to test: "kernel", or
# what test_<name>_KERNEL says.  Not for 32 bits, where AddressSanitizer prints
# a warning about contexts in each run.

TESTS += test_kernel
test_kernel_SCRIPT = tests/host/sim/test_kernel KERNEL
test_kernel_CONFIGS = sim
test_kernel_VARIANTS = gcc-asan clang-asan plain

# The tables of nsh, in the kernel

TESTS += test_nsh_kernel
test_nsh_kernel_SCRIPT = tests/host/nsh/run --cmocka --root /host KERNEL --host /
test_nsh_kernel_KERNEL = kernel-nsh
test_nsh_kernel_CONFIGS = sim
test_nsh_kernel_VARIANTS = gcc-asan clang-asan plain

# A person at its terminal

TESTS += test_nsh_terminal
test_nsh_terminal_SCRIPT = tests/host/nsh/terminal --cmocka --root /host KERNEL --host /
test_nsh_terminal_KERNEL = kernel-nsh
test_nsh_terminal_CONFIGS = sim
test_nsh_terminal_VARIANTS = gcc-asan clang-asan plain
