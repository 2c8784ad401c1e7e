# SPDX-License-Identifier: Apache-2.0
#
# The fuzz targets of the stack and of the shell, for scripts/fuzz.  Their
# first inputs are in corpus/<target>.  With a small arena there is less to
# verify after each input, and memory runs short now and then.

FUZZ_NET := fuzz_frame fuzz_ip fuzz_arp fuzz_icmp fuzz_calls
FUZZERS += $(FUZZ_NET) fuzz_tcpopt fuzz_nsh
$(foreach f,$(FUZZ_NET) fuzz_tcpopt,\
  $(eval $(f)_DIR := tests/host/fuzz)\
  $(eval $(f)_CONFIGS := sim-small)\
  $(eval $(f)_PARTS := inet net fs posix core)\
  $(eval $(f)_CFLAGS := -Inet -Itests/host/net)\
  $(eval $(f)_ARGS := tests/host/fuzz/corpus/$(f)))
$(foreach f,$(FUZZ_NET),\
  $(eval $(f)_SRCS := fuzz.c ../net/tcp_script.c ../net/stack.c \
    ../net/pkt.c ../kernel/netutil.c))

fuzz_nsh_DIR = tests/host/fuzz
fuzz_nsh_CONFIGS = iob
fuzz_nsh_SRCS = $(addprefix ../../../,$(filter-out %_kernel.c,\
  $(wildcard nshlib/*.c))) ../nsh/port_host.c ../nsh/builtins.c
fuzz_nsh_CFLAGS = -Inshlib
fuzz_nsh_LDLIBS = -ledit
fuzz_nsh_ARGS = tests/host/fuzz/corpus/fuzz_nsh
