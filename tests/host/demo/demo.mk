# SPDX-License-Identifier: Apache-2.0
#
# The scripts around the main job: see ../kernel/main.mk for tests that are
# scripts.

TESTS += test_demo
test_demo_SCRIPT = tests/host/demo/test_demo KERNEL
test_demo_NEEDS = host/sockettest host/wirecheck
test_demo_CONFIGS = sim
test_demo_VARIANTS = plain
test_demo_TIMEOUT = 300

# What is installed: for any configuration, so for the one that is there

TESTS += test_setup
test_setup_SCRIPT = tests/host/demo/test_setup KERNEL
test_setup_CONFIGS = sim
test_setup_VARIANTS = plain
