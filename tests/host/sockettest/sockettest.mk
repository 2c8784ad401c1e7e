# SPDX-License-Identifier: Apache-2.0
#
# The program sockettest itself: see ../kernel/main.mk for tests that are
# scripts.

TESTS += test_sockettest
test_sockettest_SCRIPT = tests/host/sockettest/test_sockettest KERNEL NEEDS
test_sockettest_NEEDS = host/sockettest
test_sockettest_CONFIGS = sim
test_sockettest_VARIANTS = gcc-asan
test_sockettest_TIMEOUT = 240

# A kernel with little memory; only in the gate, for which it is compiled

TESTS += $(if $(filter 1,$(GATE)),test_small_pool)
test_small_pool_SCRIPT = tests/host/sockettest/test_small_pool KERNEL
test_small_pool_CONFIGS = sim-small
test_small_pool_VARIANTS = gcc-asan
test_small_pool_TIMEOUT = 240

# A kernel against Linux.  With a sanitizer it runs in the gate only.

TESTS += test_matrix
test_matrix_SCRIPT = tests/host/sockettest/test_matrix KERNEL NEEDS
test_matrix_NEEDS = host/sockettest host/wirecheck
test_matrix_CONFIGS = sim
test_matrix_VARIANTS = gcc-asan plain
test_matrix_TIMEOUT = 2400

# Wrong use of each program

TESTS += test_usage
test_usage_SCRIPT = tests/host/sockettest/test_usage KERNEL NEEDS
test_usage_NEEDS = host/sockettest host/iobdemo host/wirecheck
test_usage_CONFIGS = sim
test_usage_VARIANTS = plain
test_usage_TIMEOUT = 240
