# SPDX-License-Identifier: Apache-2.0
#
# Builds one configuration in one variant; the root Makefile and
# scripts/check call it with CONFIG and VARIANT.  Targets: lib, tests,
# benches, print-sources, and each file below.
#
#   build/<config>/.config, include/nuttx/config.h   the configuration
#   build/<config>/<variant>/libiob.a                mm/iob
#   build/<config>/<variant>/libport.a               the host port, or
#   build/<config>/<variant>/lib<part>.a             the parts of the kernel,
#                                                    with CONFIG_ARCH_SIM
#   build/<config>/<variant>/libapps.a               applications (apps.mk)
#   build/<config>/<variant>/bin/                    programs

.SUFFIXES:
.DELETE_ON_ERROR:
.PHONY: lib kernel tests benches print-sources FORCE

lib:

include scripts/variants.mk

ifeq ($(filter $(VARIANT),$(HOST_VARIANTS) $(TARGET_VARIANTS)),)
$(error no such variant: '$(VARIANT)' (there are: $(HOST_VARIANTS) \
  $(TARGET_VARIANTS)))
endif

ifeq ($(filter $(CONFIG),$(ALL_CONFIGS)),)
$(error no such configuration: '$(CONFIG)' (there are: $(ALL_CONFIGS)))
endif

# Outputs, and the configuration, which some targets have to themselves

O := build/$(CONFIG)/$(VARIANT)
C := $(if $(SYMBOLS_$(VARIANT)),$(O),build/$(CONFIG))

# The configuration, generated when missing or older than what it comes from

include $(C)/.config
-include $(C)/config.d

$(C)/.config: configs/$(CONFIG)/defconfig scripts/kconfig
	@scripts/kconfig gen $(CONFIG) $(C) $(SYMBOLS_$(VARIANT))

# The files to submit, as NuttX's own mm/Makefile takes them

CSRCS :=
TOPDIR := .
DELIM := /
INCDIR_PREFIX := -I
include mm/iob/Make.defs
IOB_SRCS := $(addprefix mm/iob/,$(CSRCS))

# What mm/iob stands on: the host port, or the kernel, whose parts are
# archives.  A test can name the parts it needs.

ifeq ($(CONFIG_ARCH_SIM),y)
PARTS := core fs posix net inet shell
core_SRCS := $(wildcard sched/*.c arch/sim/*.c arch/sim/*.S) \
             arch/sim/host/host_sim.c
fs_SRCS := $(wildcard fs/*.c arch/sim/host/host_fs*.c)
posix_SRCS := $(wildcard libs/posix/*.c)
net_SRCS := $(wildcard drivers/net/*.c arch/sim/host/host_net*.c)
inet_SRCS := $(wildcard net/*.c)
shell_INCLUDES := libs/posix
shell_SRCS := nshlib/nsh_port_kernel.c nshlib/nsh_readline.c \
              arch/sim/main/sim_builtins.c
BASE_INCLUDES := -Iarch/sim/include -Iinclude
else
PARTS := port
port_SRCS := $(wildcard tests/host/port/*.c)
BASE_INCLUDES := -Itests/host/port/include -Iinclude
endif

PART_SRCS := $(foreach p,$(PARTS),$($(p)_SRCS))

# The applications: compiled with the host's headers alone, each then bound to
# the kernel as one object.

include apps/apps.mk

app_objs = $(patsubst %.c,$(O)/app-$(1)/%.o,$($(1)_SRCS))

define app
$(O)/app-$(1)/$(1).o: $(call app_objs,$(1)) scripts/bind \
  libs/posix/symbols.txt
	@scripts/bind --prefix '$(PREFIX_$(VARIANT))' --app $(1) \
	  $(foreach i,$($(1)_IMPORTS),--import '$(i)') -o $$@ $$(filter %.o,$$^)

$(call app_objs,$(1)): INCLUDES =
$(call app_objs,$(1)): EXTRA = $($(1)_CFLAGS)
$(call app_objs,$(1)): apps/apps.mk

$(O)/app-$(1)/%.o: %.c $(O)/flags
	$$(compile)
endef

$(foreach a,$(APPS),$(eval $(call app,$(a))))

$(O)/libapps.a: $(foreach a,$(APPS),$(O)/app-$(a)/$(a).o)
	@rm -f $@
	@$(AR) rcs $@ $^

# An application that says name_LINUX := y is also $(O)/host/name: the same
# sources, for the host.  name_LINUX_CFLAGS are those of name_CFLAGS, unless
# it says others, and name_LINUX_LDLIBS are its libraries.  There is an empty
# configuration.

linux_objs = $(patsubst %.c,$(O)/host-$(1)/%.o,$($(1)_SRCS))

define linux
$(O)/host/$(1): $(call linux_objs,$(1))
	@mkdir -p $$(@D)
	@$(CC_$(VARIANT)) $(LDFLAGS_$(VARIANT)) -o $$@ $$^ \
	  $($(1)_LINUX_LDLIBS) -pthread

$(call linux_objs,$(1)): INCLUDES = -idirafter $(O)/host/include
$(call linux_objs,$(1)): EXTRA = $(or $($(1)_LINUX_CFLAGS),$($(1)_CFLAGS))
$(call linux_objs,$(1)): apps/apps.mk | $(O)/host/include/nuttx/config.h

$(O)/host-$(1)/%.o: %.c $(O)/flags
	$$(compile)

DEPENDS += $(call linux_objs,$(1))
endef

LINUX_APPS := $(foreach a,$(APPS),$(if $(filter y,$($(a)_LINUX)),$(a)))

$(O)/host/include/nuttx/config.h:
	@mkdir -p $(@D)
	@echo '/* The host is not configured */' >$@

# The same with other programs in it, to test the shell with

NSHTEST := $(O)/app-nshtest/tests/host/nsh/builtins.o

$(O)/app-nshtest/nshtest.o: $(NSHTEST) scripts/bind libs/posix/symbols.txt
	@scripts/bind --prefix '$(PREFIX_$(VARIANT))' --import readlink -o $@ \
	  $(NSHTEST)

$(NSHTEST): INCLUDES =
$(NSHTEST): EXTRA = -idirafter include

$(O)/app-nshtest/%.o: %.c $(O)/flags
	$(compile)

$(O)/kernel-nsh: $(O)/app-nshtest/nshtest.o

# The programs of this configuration and variant

here = $(strip $(foreach p,$(1),$(if $(and $(filter $(CONFIG),$($(p)_CONFIGS)),\
  $(filter $(VARIANT),$(or $($(p)_VARIANTS),$(2)))),$(p))))
TESTS_HERE := $(if $(filter coverage,$(VARIANT)),\
  $(foreach t,$(COVERAGE_TESTS),$(if $(filter $(CONFIG),$($(t)_CONFIGS)),$(t))),\
  $(call here,$(TESTS),$(DEFAULT_VARIANTS)))
FUZZERS_HERE := $(call here,$(FUZZERS),fuzz)
BENCHES_HERE := $(call here,$(BENCHES) $(KERNEL_BENCHES) \
  $(DEMOS),plain)

tests: $(addprefix $(O)/bin/,$(TESTS_HERE))
benches: $(addprefix $(O)/bin/,$(BENCHES_HERE))

# Compiling

INCLUDES := -I$(C)/include $(BASE_INCLUDES)
ALL_CFLAGS = $(WARNINGS) $(CFLAGS_$(VARIANT)) $(INCLUDES) $(EXTRA) -MMD -MP
AR := $(PREFIX_$(VARIANT))ar

objs = $(patsubst %.S,$(O)/%.o,$(patsubst %.c,$(O)/%.o,$(1)))

lib: $(O)/libiob.a

$(O)/libiob.a: $(call objs,$(IOB_SRCS)) $(O)/sources
	@rm -f $@
	@$(AR) rcs $@ $(filter %.o,$^)

define part
$(O)/lib$(1).a: $(call objs,$($(1)_SRCS)) $(O)/sources
	@rm -f $$@
	@$(AR) rcs $$@ $$(filter %.o,$$^)

$(call objs,$($(1)_SRCS)): EXTRA = $(addprefix -I,$(sort \
  $(dir $($(1)_SRCS)) $($(1)_INCLUDES)))
endef

$(foreach p,$(PARTS),$(eval $(call part,$(p))))

# The kernel as a program.  32-bit programs have no libedit: lines are not
# edited.

MAIN_SRCS := arch/sim/main/sim_main.c arch/sim/main/sim_main_host.c \
             arch/sim/main/sim_cmocka.c
KERNEL_LIBS := $(O)/libapps.a $(foreach p,$(PARTS),$(O)/lib$(p).a) \
               $(O)/libiob.a

kernel: $(O)/kernel

$(O)/kernel $(O)/kernel-nsh: $(call objs,$(MAIN_SRCS)) $(KERNEL_LIBS)
	@$(CC_$(VARIANT)) $(LDFLAGS_$(VARIANT)) -o $@ $(filter %.o,$^) \
	  -Wl,--start-group $(KERNEL_LIBS) -Wl,--end-group \
	  $(if $(filter i686,$(VARIANT)),,-ledit) -lcmocka -lcjson

# config.h exists by now: .config was included above.

define compile
@mkdir -p $(@D)
@$(CC_$(VARIANT)) $(ALL_CFLAGS) -c -o $@ $<
endef

$(O)/%.o: %.c $(O)/flags
	$(compile)

$(O)/%.o: %.S $(O)/flags
	$(compile)

print-sources:
	@echo $(IOB_SRCS)

# Rebuild when the flags, or the lists of files, are not those of last time.
# What a target adds to them is handed on to what it needs: not to this one.

$(O)/flags: EXTRA =
$(O)/flags: INCLUDES = -I$(C)/include $(BASE_INCLUDES)
$(O)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC_$(VARIANT)) $(ALL_CFLAGS)' | cmp -s - $@ || \
	  echo '$(CC_$(VARIANT)) $(ALL_CFLAGS)' >$@

$(O)/sources: FORCE
	@mkdir -p $(@D)
	@echo '$(IOB_SRCS) $(PART_SRCS)' | cmp -s - $@ || \
	  echo '$(IOB_SRCS) $(PART_SRCS)' >$@

# libnxnet: the stack as a library, $(O)/libnxnet.a for one node and
# $(O)/libnxnet.so for many.  All of it is one object, in which the linker
# shows tcp_set_state() to libs/nxnet/inspect.c and every name but nxnet_...
# is hidden.  (Groups of sections that others may have, too, as the helpers of
# position-independent code on i686, become its own before: the linker would
# take ours for all.)  libnxnet-64k.so is the same with a pool of that size.

ifeq ($(CONFIG_ARCH_SIM),y)
NXNET_STACK := $(filter-out net/net_kernel.c net/proc_net.c net/sock_file.c,\
  $(inet_SRCS)) $(IOB_SRCS) drivers/net/netdev.c drivers/net/netdev_stats.c \
  drivers/net/loopback.c sched/pheap.c
NXNET_SRCS := $(NXNET_STACK) $(wildcard libs/nxnet/*.c)

define nxnet
$(O)/nxnet$(1)/%.o: EXTRA = -fPIC -fvisibility=hidden -Inet -Imm/iob \
  -Idrivers/net -Ilibs/nxnet
$(O)/nxnet$(1)/%.o: INCLUDES = $(if $(1),-I$(O)/nxnet$(1)/include) \
  -I$(C)/include $(BASE_INCLUDES)
$(O)/nxnet$(1)/shared.o: EXTRA += -DNXNET_SHARED

$(O)/nxnet$(1)/shared.o: libs/nxnet/nxnet.c $(O)/flags
	$$(compile)

$(O)/nxnet$(1)/%.o: %.c $(O)/flags $(if $(1),$(O)/nxnet$(1)/include/nuttx/config.h)
	$$(compile)

$(O)/nxnet$(1)/core.o: $(filter-out %/nxnet.o,\
  $(NXNET_SRCS:%.c=$(O)/nxnet$(1)/%.o))
	@$(PREFIX_$(VARIANT))ld -r --force-group-allocation \
	  --wrap=tcp_set_state -o $$@ $$^
	@$(PREFIX_$(VARIANT))objcopy --localize-hidden $$@

$(O)/libnxnet$(1).so: $(O)/nxnet$(1)/core.o $(O)/nxnet$(1)/shared.o \
  libs/nxnet/nxnet.map
	@$(CC_$(VARIANT)) $(LDFLAGS_$(VARIANT)) -shared -Wl,-soname,$$(@F) -o $$@ \
	  -Wl,--version-script=libs/nxnet/nxnet.map $$(filter %.o,$$^)

$(O)/libnxnet$(1).a: $(O)/nxnet$(1)/core.o $(O)/nxnet$(1)/libs/nxnet/nxnet.o
	@rm -f $$@
	@$(AR) rcs $$@ $$^

NXNET_DEPENDS += $(NXNET_SRCS:%.c=$(O)/nxnet$(1)/%.o) $(O)/nxnet$(1)/shared.o
endef

$(eval $(call nxnet,))
$(eval $(call nxnet,-64k))

$(O)/nxnet-64k/include/nuttx/config.h: $(C)/.config
	@mkdir -p $(@D)
	@sed 's/^\(#define CONFIG_IOB_ARENASIZE\) .*/\1 65536/' \
	  $(C)/include/nuttx/config.h >$@
endif

# A program: $(1) name, $(2) its folder, $(3) the file that lists it, $(4)
# libraries.  Programs with flags of their own have objects of their own; the
# others share them.  Objects depend on the list because it has the flags.

libs = $(foreach p,$(or $($(1)_PARTS),$(PARTS)),$(O)/lib$(p).a) $(O)/libiob.a

parts = $(patsubst %.c,$(O)/$(if $($(1)_CFLAGS),$(1)/)%.o,\
  $(addprefix $(2)/,$(1).c $($(1)_SRCS)))

define program
$(O)/bin/$(1): $(call parts,$(1),$(2)) $(call libs,$(1))
	@mkdir -p $$(@D)
	@$(CC_$(VARIANT)) $(LDFLAGS_$(VARIANT)) -o $$@ $$(filter %.o,$$^) \
	  -Wl,--start-group $(call libs,$(1)) -Wl,--end-group \
	  $($(1)_LDLIBS) $(4)

$(call parts,$(1),$(2)): EXTRA = -Imm/iob -I$(2) -Itests/host \
  $(if $(filter tests/host/net,$(2)),-Inet) $($(1)_CFLAGS)
$(call parts,$(1),$(2)): $(3)

$(O)/$(1)/%.o: %.c $(O)/flags
	$$(compile)

DEPENDS += $(call parts,$(1),$(2))
endef

# A test that is a script is run with the kernel, or another program.
# <test>_NEEDS are other files of $(O) that it wants, as host/sockettest; in
# <test>_SCRIPT, the word NEEDS stands for them.

define script
$(O)/bin/$(1): $(firstword $($(1)_SCRIPT)) $(O)/$(or $($(1)_KERNEL),kernel) \
  $(addprefix $(O)/,$($(1)_NEEDS))
	@mkdir -p $$(@D)
	@printf '#!/bin/sh\nexec %s "$$$$@"\n' '$(subst \
	  NEEDS,$(addprefix $(O)/,$($(1)_NEEDS)),$(subst \
	  KERNEL,$(O)/$(or $($(1)_KERNEL),kernel),$($(1)_SCRIPT)))' >$$@
	@chmod +x $$@
endef

DEPENDS := $(NXNET_DEPENDS) $(call objs,$(IOB_SRCS) $(PART_SRCS) $(MAIN_SRCS)) \
           $(foreach a,$(APPS),$(call app_objs,$(a)))

$(foreach a,$(LINUX_APPS),$(eval $(call linux,$(a))))

# The checker of captures: a program of the host, with the host's headers

WIRECHECK_SRCS := $(wildcard tests/host/wirecheck/w*.c)
WIRECHECK_OBJS := $(WIRECHECK_SRCS:%.c=$(O)/host-wirecheck/%.o)

$(O)/host/wirecheck: $(WIRECHECK_OBJS)
	@mkdir -p $(@D)
	@$(CC_$(VARIANT)) $(LDFLAGS_$(VARIANT)) -o $@ $^ -lpcap -lcjson

$(WIRECHECK_OBJS): INCLUDES =
$(O)/host-wirecheck/%.o: %.c $(O)/flags
	$(compile)


# Programs of the host that use libnxnet.so: the simulator, the tests of the
# library, and the examples.

NETSIM_SRCS := $(wildcard tests/host/netsim/*.c)

define nxprogram
$(O)/host/$(1): $(2:%.c=$(O)/host-nxnet/%.o) $(O)/libnxnet.so
	@mkdir -p $$(@D)
	@$(CC_$(VARIANT)) $(LDFLAGS_$(VARIANT)) -o $$@ $$(filter %.o,$$^) \
	  $(O)/libnxnet.so -Wl,-rpath,'$$$$ORIGIN/..' $(3)

NXPROGRAM_OBJS += $(2:%.c=$(O)/host-nxnet/%.o)
endef

$(eval $(call nxprogram,netsim,$(NETSIM_SRCS),))
$(O)/host/netsim $(O)/host/test_nxnet: | $(O)/libnxnet-64k.so
$(eval $(call nxprogram,test_netsim_link,\
  tests/host/nxnet/test_netsim_link.c tests/host/netsim/link.c \
  tests/host/netsim/plan.c tests/host/netsim/cut.c,-lcmocka -lm))
$(eval $(call nxprogram,nxnet-echo,examples/nxnet/echo.c,))
$(eval $(call nxprogram,nxnet-ping,examples/nxnet/ping.c,))
$(eval $(call nxprogram,test_nxnet,tests/host/nxnet/test_nxnet.c,-lcmocka))

$(O)/host/test_nxnet_static: $(O)/libnxnet.a \
  $(O)/host-nxnet/tests/host/nxnet/test_nxnet_static.o
	@mkdir -p $(@D)
	@$(CC_$(VARIANT)) $(LDFLAGS_$(VARIANT)) -o $@ $(filter %.o,$^) \
	  $(O)/libnxnet.a -lcmocka

NXPROGRAM_OBJS += $(O)/host-nxnet/tests/host/nxnet/test_nxnet_static.o

NXPROGRAM_OBJS := $(sort $(NXPROGRAM_OBJS))
$(NXPROGRAM_OBJS): INCLUDES =
$(NXPROGRAM_OBJS): EXTRA = -idirafter include -Itests/host/netsim
$(O)/host-nxnet/%.o: %.c $(O)/flags
	$(compile)

DEPENDS += $(NXPROGRAM_OBJS) $(WIRECHECK_OBJS)
$(foreach t,$(TESTS_HERE),$(if $($(t)_SCRIPT),$(eval $(call script,$(t))),\
  $(eval $(call program,$(t),$(or $($(t)_DIR),tests/host/iob),$(TEST_LISTS),\
  -lcmocka))))
$(foreach f,$(FUZZERS_HERE),$(eval $(call \
  program,$(f),$(or $($(f)_DIR),tests/host/iob),$(TEST_LISTS),)))
$(foreach b,$(BENCHES_HERE),$(eval $(call \
  program,$(b),$(or $($(b)_DIR),bench),bench/bench.mk,)))

-include $(DEPENDS:.o=.d)

FORCE:
