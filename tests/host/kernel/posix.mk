# SPDX-License-Identifier: Apache-2.0
#
# Tests of the POSIX binding: see core.mk.  posix_app.c is an application:
# see apps/apps.mk.

TESTS += test_posix
test_posix_DIR = tests/host/kernel
test_posix_CONFIGS = sim
test_posix_PARTS = apps shell posix inet net fs core
test_posix_LDLIBS = -lcjson $(if $(filter i686,$(VARIANT)),,-ledit)

TESTS += test_posix_bind
test_posix_bind_DIR = tests/host/kernel
test_posix_bind_CONFIGS = sim
test_posix_bind_VARIANTS = plain
test_posix_bind_PARTS = core
