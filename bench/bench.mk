# SPDX-License-Identifier: Apache-2.0
#
# The benchmark programs, in the order in which they run.  The variables are
# those of tests/host/iob/tests.mk.  Each program writes its numbers to a
# file of its own in build/bench; bench_report, the last, joins them.

POLICY_SRCS := runmap.c freeruns.c policy_best.c policy_buddy.c \
               policy_cache.c policy_fit.c policy_reserve.c policy_seg.c \
               policy_slab.c policy_super.c policy_table.c

BENCHES += placement
placement_CONFIGS = bench-4m
placement_SRCS = grid.c trace.c options.c results.c $(POLICY_SRCS)
placement_CFLAGS = -pthread
placement_LDLIBS = -lcjson -pthread
placement_ARGS = --dir build/bench

BENCHES += iob_bench
iob_bench_CONFIGS = bench-256k bench-4m bench-64m
iob_bench_SRCS = grid.c trace.c options.c results.c timing.c replay.c \
                 iob_policy.c ops_base.c ops_iob.c ops_lwip.c ops_freelist.c \
                 freelist.c $(POLICY_SRCS)
iob_bench_CFLAGS = -isystem /usr/include/lwip
iob_bench_LDLIBS = -lcjson -llwip
iob_bench_ARGS = --dir build/bench

BENCHES += iob_size
iob_size_CONFIGS = iob
iob_size_VARIANTS = i686
iob_size_SRCS = iob_policy.c options.c
iob_size_ARGS = --dir build/bench

BENCHES += bench_report
bench_report_CONFIGS = bench-4m
bench_report_SRCS = grid.c trace.c options.c results.c $(POLICY_SRCS)
bench_report_LDLIBS = -lcjson
bench_report_ARGS = --dir build/bench

# What make demo shows before the benchmarks: a tour of the arena

DEMOS += iob_tour
iob_tour_DIR = tests/host/iob
iob_tour_SRCS = ../../../apps/netutils/iobdemo/iobdemo_tour.c \
                ../../../apps/netutils/iobdemo/iobdemo_draw.c
iob_tour_CONFIGS = iob

# The kernel: make bench-kernel

KERNEL_BENCHES += kernel_core
kernel_core_CONFIGS = sim
kernel_core_PARTS = core
kernel_core_SRCS = kernel_pthread.c options.c results.c timing.c
kernel_core_CFLAGS = -pthread
kernel_core_LDLIBS = -lcjson -pthread
kernel_core_ARGS = --dir build/bench

KERNEL_BENCHES += kernel_tap
kernel_tap_CONFIGS = sim
kernel_tap_PARTS = net core
kernel_tap_ARGS = --dir build/bench
