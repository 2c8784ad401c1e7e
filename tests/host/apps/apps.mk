# SPDX-License-Identifier: Apache-2.0
#
# The network commands as programs of Linux: see tests/host/kernel/main.mk for
# scripts.  The objects that are linked lie beside the kernel.

TESTS += test_apps
test_apps_SCRIPT = tests/host/apps/test_apps KERNEL
test_apps_CONFIGS = sim
test_apps_VARIANTS = gcc-asan $(if $(filter 1,$(GATE)),clang-asan)

# iobdemo, in the kernel and as a program of Linux

TESTS += test_iobdemo
test_iobdemo_SCRIPT = tests/host/apps/test_iobdemo KERNEL
test_iobdemo_CONFIGS = sim
test_iobdemo_VARIANTS = gcc-asan
