# SPDX-License-Identifier: Apache-2.0
#
# The commands; "make help" lists them.  scripts/build.mk has the rules that
# compile one configuration in one variant.

CONFIG ?= iob
VARIANT ?= plain
JOBS ?= $(shell nproc)

.DEFAULT_GOAL := kernel
.PHONY: help kernel setup setup-demo demo tour peer check gate gate-soak \
        bench-iob bench-kernel bench-net sockettest-seeds netsim planted \
        mutate coverage lint style size lib menuconfig check-lists list-tests \
        list-coverage list-fuzzers list-benches list-kernel-benches \
        list-demos clean

BUILD_ONE = $(MAKE) -s --no-print-directory -j$(JOBS) -f scripts/build.mk

include scripts/variants.mk

help:
	@echo 'make demo        install what is missing, build; sockettest from nsh>'
	@echo '                 against the host peer; table, verdict, report'
	@echo 'make check       install what is missing, build, pass all tests'
	@echo
	@echo 'make             the kernel: build/sim/kernel; with SANITIZE=1 under'
	@echo '                 the address and undefined-behaviour sanitizers'
	@echo 'make tour        what the I/O buffers do, step by step'
	@echo 'make peer        the host peer, and nsh> to type at'
	@echo 'make lib         mm/iob alone: build/CONFIG/VARIANT/libiob.a'
	@echo 'make menuconfig  edit configs/CONFIG/defconfig'
	@echo 'make gate        check, with long tests, lint, coverage, benchmarks'
	@echo 'make gate-soak MIN=N  random seeds of everything, for N minutes'
	@echo 'make sockettest-seeds SEEDS=N  sockettest between two kernels, with'
	@echo '                 loss, in virtual time, with N seeds (10) from SEED on'
	@echo 'make netsim SEEDS=N  networks of nodes in virtual time, with N seeds'
	@echo '                 (2000) from SEED on'
	@echo 'make planted     do the tests find known bugs, and which test does?'
	@echo 'make mutate MUTANTS=N  do the tests notice a change of the code? N (100)'
	@echo '                 drawn from SEED'
	@echo 'make bench-iob   the benchmarks of mm/iob'
	@echo 'make bench-kernel  those of the kernel'
	@echo 'make bench-net   those of the network stack: build/bench/net.json'
	@echo 'make size        code size on ARMv6-M, ARMv7-M and RV32IMC'
	@echo 'make coverage    lines and branches of net/ and mm/iob that the tests'
	@echo '                 reach: build/coverage/index.html'
	@echo 'make lint        cppcheck, clang-tidy and gcc -fanalyzer over mm/iob,'
	@echo '                 net/ and drivers/net'
	@echo 'make style       the coding style'
	@echo 'make setup       install what is missing'
	@echo 'make clean       remove build/'
	@echo
	@echo 'CONFIG=$(CONFIG)  one of: $(ALL_CONFIGS)'
	@echo 'VARIANT=$(VARIANT)  one of: $(HOST_VARIANTS) $(TARGET_VARIANTS)'
	@echo 'ONLY=CELL  for demo and gate-soak: only this (scripts/demo --list)'
	@echo 'SEED=N     for demo and gate-soak: the first seed'
	@echo 'KEEP=1     for demo: keep the captures of clean cells, too'
	@echo 'LIMIT=N    for check and gate: they fail after so many seconds'
	@echo 'ONLY=GLOB  for check and gate: only these, as */plain/test_* or size'
	@echo 'ONLY=NAME  for bench-iob: only this benchmark'
	@echo 'ONLY=GROUP for bench-net: only these; QUICK=1: only show that it works'

setup:
	@scripts/setup

setup-demo:
	@scripts/setup --demo

kernel: setup-demo
	@$(BUILD_ONE) CONFIG=sim VARIANT=$(if $(SANITIZE),gcc-asan,plain) kernel
	@ln -sf $(if $(SANITIZE),gcc-asan,plain)/kernel build/sim/kernel
	@echo build/sim/kernel

lib: setup-demo
	@$(BUILD_ONE) CONFIG=$(CONFIG) VARIANT=$(VARIANT) lib
	@echo build/$(CONFIG)/$(VARIANT)/libiob.a

menuconfig: setup-demo
	@scripts/kconfig menu $(CONFIG) build/$(CONFIG)

limit = $(if $(LIMIT),--limit '$(LIMIT)')

check: setup
	@scripts/check -j $(JOBS) $(limit) $(foreach g,$(ONLY),'$(g)')

gate: setup
	@scripts/check -j $(JOBS) --gate $(limit) $(foreach g,$(ONLY),'$(g)')

style:
	@scripts/style

coverage: setup
	@scripts/coverage -j $(JOBS)

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

# What the project is for, and by hand

demo_options = $(foreach c,$(ONLY),--cell '$(c)') $(if $(SEED),--seed '$(SEED)')

demo: setup-demo
	@scripts/demo $(demo_options) $(if $(KEEP),--keep)

gate-soak: setup
	@scripts/soak $(demo_options) $(if $(MIN),'$(MIN)')

sockettest-seeds: kernel
	@scripts/seeds $(if $(SEEDS),-n '$(SEEDS)') $(if $(SEED),-s '$(SEED)') \
	  -k build/sim/kernel

netsim: setup-demo
	@$(BUILD_ONE) CONFIG=sim VARIANT=plain build/sim/plain/host/netsim
	@build/sim/plain/host/netsim --seeds='$(or $(SEEDS),2000)' \
	  --seed='$(or $(SEED),1)'

# Known bugs, in a copy, that the tests must find

planted: setup
	@scripts/planted --jobs $(JOBS) $(foreach g,$(ONLY),'$(g)')

# Changes of the code, in a copy, that the tests must notice

mutate: setup
	@scripts/mutate --jobs $(JOBS) $(if $(MUTANTS),-n '$(MUTANTS)') \
	  $(if $(SEED),--seed '$(SEED)')

peer: kernel
	@$(BUILD_ONE) CONFIG=sim VARIANT=plain build/sim/plain/host/sockettest
	@scripts/peer

# The I/O buffers alone, and a glance at their benchmarks

tour: setup
	@scripts/bench --demo
	@scripts/bench --quick --brief

# For the scripts: "<config> <variant> <program> <timeout> <arguments>", one a
# line.  Variants that this machine cannot run are left out.

list = $(foreach p,$(1),$(foreach c,$($(p)_CONFIGS),$(foreach v,\
  $(filter $(HOST_VARIANTS),$(or $($(p)_VARIANTS),$(2))),\
  $(if $(filter $(v),$(call $(or $(3),without),$(c),$(p))),,\
  $(info $(c) $(v) $(p) $(or $($(p)_TIMEOUT),300) $($(p)_ARGS))))))

without =
lesser = $(if $(filter 1,$(GATE)),,\
  $(if $(filter $(LESSER_CONFIGS),$(1)),$(LESSER_WITHOUT))\
  $(if $(filter sim%,$(1)),$(if $($(2)_VARIANTS),,$(SIM_WITHOUT))))

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
	@:$(call list,$(TESTS),$(DEFAULT_VARIANTS),lesser)

list-coverage:
	@:$(foreach p,$(COVERAGE_TESTS),$(foreach c,$($(p)_CONFIGS),\
	  $(info $(c) coverage $(p) $(or $($(p)_TIMEOUT),300) $($(p)_ARGS))))

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
