# SPDX-License-Identifier: Apache-2.0
#
# The commands; "make help" lists them.  scripts/build.mk has the rules that
# compile one configuration in one variant.

CONFIG ?= iob
VARIANT ?= plain
JOBS ?= $(shell nproc)

.DEFAULT_GOAL := kernel
.PHONY: help kernel setup demo check gate bench-iob bench-kernel \
        bench-net lint style \
        size lib menuconfig check-lists list-tests list-fuzzers list-benches \
        list-kernel-benches list-demos clean

BUILD_ONE = $(MAKE) -s --no-print-directory -j$(JOBS) -f scripts/build.mk

include scripts/variants.mk

help:
	@echo 'make demo        install what is missing, build, show what it does'
	@echo 'make check       install what is missing, build, pass all tests'
	@echo
	@echo 'make             the kernel: build/sim/kernel; with SANITIZE=1 under'
	@echo '                 the address and undefined-behaviour sanitizers'
	@echo 'make lib         mm/iob alone: build/CONFIG/VARIANT/libiob.a'
	@echo 'make menuconfig  edit configs/CONFIG/defconfig'
	@echo 'make gate        check, with long tests, lint and benchmarks'
	@echo 'make bench-iob   the benchmarks of mm/iob'
	@echo 'make bench-kernel  those of the kernel'
	@echo 'make bench-net   those of the network stack: build/bench/net.json'
	@echo 'make size        code size on ARMv6-M, ARMv7-M and RV32IMC'
	@echo 'make lint        cppcheck and clang-tidy over mm/iob'
	@echo 'make style       the coding style'
	@echo 'make setup       install what is missing'
	@echo 'make clean       remove build/'
	@echo
	@echo 'CONFIG=$(CONFIG)  one of: $(ALL_CONFIGS)'
	@echo 'VARIANT=$(VARIANT)  one of: $(HOST_VARIANTS) $(TARGET_VARIANTS)'
	@echo 'LIMIT=N    for check and gate: they fail after so many seconds'
	@echo 'ONLY=GLOB  for check and gate: only these, as */plain/test_* or size'
	@echo 'ONLY=NAME  for bench-iob: only this benchmark'
	@echo 'ONLY=GROUP for bench-net: only these; QUICK=1: only show that it works'

setup:
	@scripts/setup

kernel: setup
	@$(BUILD_ONE) CONFIG=sim VARIANT=$(if $(SANITIZE),gcc-asan,plain) kernel
	@ln -sf $(if $(SANITIZE),gcc-asan,plain)/kernel build/sim/kernel
	@echo build/sim/kernel

lib:
	@$(BUILD_ONE) CONFIG=$(CONFIG) VARIANT=$(VARIANT) lib
	@echo build/$(CONFIG)/$(VARIANT)/libiob.a

menuconfig: setup
	@scripts/kconfig menu $(CONFIG) build/$(CONFIG)

limit = $(if $(LIMIT),--limit '$(LIMIT)')

check: setup
	@scripts/check -j $(JOBS) $(limit) $(foreach g,$(ONLY),'$(g)')

gate: setup
	@scripts/check -j $(JOBS) --gate $(limit) $(foreach g,$(ONLY),'$(g)')

style:
	@scripts/style

lint: setup
	@scripts/lint

size: setup
	@scripts/size

# Programs of bench/bench.mk, each in the configurations and variants it names

bench-iob: setup
	@scripts/bench $(ONLY)

bench-kernel: setup
	@scripts/bench --kernel $(ONLY)

# The stack on a TAP, beside lwIP, Linux and no stack at all

bench-net: setup
	@scripts/bench-net $(if $(QUICK),--quick) $(ONLY)

demo: setup
	@scripts/bench --demo
	@scripts/bench --quick --brief

# For the scripts: "<config> <variant> <program> <timeout> <arguments>", one a
# line.  Variants that this machine cannot run are left out.

list = $(foreach p,$(1),$(foreach c,$($(p)_CONFIGS),$(foreach v,\
  $(filter $(HOST_VARIANTS),$(or $($(p)_VARIANTS),$(2))),\
  $(info $(c) $(v) $(p) $(or $($(p)_TIMEOUT),300) $($(p)_ARGS)))))

# A test that is not in the list, or a wrong name, would never run: an error

unlisted = $(filter-out $(addsuffix .c,$(TESTS)) \
  $(foreach t,$(TESTS),$($(t)_SRCS)),\
  $(notdir $(wildcard tests/host/*/test_*.c)))

wrong = $(foreach p,$(TESTS) $(FUZZERS) $(BENCHES) $(KERNEL_BENCHES) $(DEMOS),\
  $(if $($(p)_CONFIGS),,$(p)_CONFIGS: empty;) \
  $(foreach c,$(filter-out $(ALL_CONFIGS),$($(p)_CONFIGS)),\
    $(p)_CONFIGS: no such configuration: $(c);) \
  $(foreach v,$(filter-out $(KNOWN_VARIANTS),$($(p)_VARIANTS)),\
    $(p)_VARIANTS: no such variant: $(v);))

check-lists:
	@:$(if $(strip $(unlisted)),$(error not in tests.mk: $(strip $(unlisted))))
	@:$(if $(strip $(wrong)),$(error $(strip $(wrong))))

list-tests:
	@:$(call list,$(TESTS),$(DEFAULT_VARIANTS))

list-fuzzers:
	@:$(call list,$(FUZZERS),fuzz)

list-benches:
	@:$(call list,$(BENCHES),plain)

list-kernel-benches:
	@:$(call list,$(KERNEL_BENCHES),plain)

list-demos:
	@:$(call list,$(DEMOS),plain)

clean:
	@rm -rf build
