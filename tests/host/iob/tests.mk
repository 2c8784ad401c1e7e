# SPDX-License-Identifier: Apache-2.0
#
# The test programs.  TESTS += test_<name> adds tests/host/iob/test_<name>.c,
# a cmocka program, and these variables say the rest:
#
#   test_<name>_CONFIGS   the configurations it is built in; at least one
#   test_<name>_VARIANTS  instead of $(DEFAULT_VARIANTS): see
#                         scripts/variants.mk; tsan and pthread have threads
#   test_<name>_DIR       its folder, instead of tests/host/iob
#   test_<name>_SRCS      further sources, beside it
#   test_<name>_CFLAGS    flags for all these sources
#   test_<name>_LDLIBS    libraries besides cmocka
#   test_<name>_ARGS      arguments of the program
#   test_<name>_TIMEOUT   seconds, instead of 300; 20 times as long in the gate
#
# GATE in the environment is 1 in the gate, where a test may run longer.

TESTS += test_config
test_config_CONFIGS = $(filter-out sim sim-large,$(ALL_CONFIGS))
test_config_VARIANTS = gcc-asan plain i686

TESTS += test_port
test_port_DIR = tests/host/port/selftest
test_port_CONFIGS = iob iob-g128
test_port_VARIANTS = gcc-asan clang-asan tsan i686 plain pthread

TESTS += test_common
test_common_CONFIGS = iob iob-fixed iob-alloc iob-debug iob-g128 iob-small

TESTS += test_fixed
test_fixed_CONFIGS = iob-fixed iob-alloc
test_fixed_VARIANTS = $(DEFAULT_VARIANTS) tsan pthread

TESTS += test_shared
test_shared_CONFIGS = iob iob-bare iob-debug iob-g128

TESTS += test_copied
test_copied_CONFIGS = iob
test_copied_SRCS = iob_share_copy.c

TESTS += test_classes
test_classes_CONFIGS = iob iob-debug iob-g128 iob-small

TESTS += test_arena
test_arena_CONFIGS = iob iob-bare iob-debug iob-g128 iob-small bench-256k bench-4m

TESTS += test_wait
test_wait_CONFIGS = iob iob-debug iob-g128 iob-small
test_wait_LDLIBS = -Wl,--wrap=nxsem_post

TESTS += test_faults
test_faults_CONFIGS = iob-debug

TESTS += test_frames
test_frames_CONFIGS = iob-debug-4m bench-4m

TESTS += test_rx
test_rx_CONFIGS = iob-small iob-debug bench-4m iob-debug-4m

TESTS += test_extern
test_extern_CONFIGS = iob iob-bare iob-debug iob-g128

TESTS += test_progress
test_progress_CONFIGS = iob-small iob

TESTS += test_defer
test_defer_CONFIGS = iob iob-debug

TESTS += test_count
test_count_CONFIGS = iob iob-debug iob-g128

TESTS += test_random
test_random_CONFIGS = iob iob-debug iob-g128 iob-small bench-256k bench-4m \
                      iob-fixed iob-alloc
test_random_SRCS = iob_model.c

TESTS += test_arena_model
test_arena_model_CONFIGS = iob iob-bare iob-g128 iob-small bench-256k bench-4m

TESTS += test_stress
test_stress_CONFIGS = iob iob-small iob-debug
test_stress_VARIANTS = tsan pthread

# The fuzz targets, for scripts/fuzz

FUZZERS += fuzz_iob
fuzz_iob_CONFIGS = iob-debug
fuzz_iob_VARIANTS = fuzz
fuzz_iob_SRCS = iob_model.c
fuzz_iob_ARGS = tests/host/iob/corpus
