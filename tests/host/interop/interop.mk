# SPDX-License-Identifier: Apache-2.0
#
# The stack and real programs: see ../kernel/main.mk for tests that are
# scripts.

TESTS += test_interop
test_interop_SCRIPT = tests/host/interop/test_interop KERNEL
test_interop_CONFIGS = sim
test_interop_VARIANTS = plain
test_interop_TIMEOUT = 600
