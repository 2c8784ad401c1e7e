# SPDX-License-Identifier: Apache-2.0
#
# Tests of tasks, semaphores, timers and the simulated machine; tests.mk of
# mm/iob explains the variables, and test_<name>_PARTS are the parts of the
# kernel that it is linked with.
