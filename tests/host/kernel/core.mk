# SPDX-License-Identifier: Apache-2.0
#
# Tests of tasks, semaphores, timers and the simulated machine; tests.mk of
# mm/iob explains the variables, and test_<name>_PARTS are the parts of the
# kernel that it is linked with.

CORE_TESTS := test_switch test_task test_sched test_sem test_mutex test_wdog \
              test_wqueue test_clock test_simrun test_crash test_buffers

TESTS += $(CORE_TESTS)

define core_test
$(1)_DIR = tests/host/kernel
$(1)_CONFIGS = sim
$(1)_PARTS = core
$(1)_SRCS = ktest.c
endef

$(foreach t,$(CORE_TESTS),$(eval $(call core_test,$(t))))

test_sched_SRCS += sched_model.c
test_simrun_LDLIBS = -Wl,--wrap=host_poll_wait
test_switch_LDLIBS = -lm
