# SPDX-License-Identifier: Apache-2.0
#
# sockettest under virtual time: see ../kernel/main.mk for tests that are
# scripts.

TESTS += test_virtual
test_virtual_SCRIPT = tests/host/sockettest/test_virtual KERNEL
test_virtual_CONFIGS = sim
test_virtual_VARIANTS = plain gcc-asan
test_virtual_TIMEOUT = 240
