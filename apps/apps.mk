# SPDX-License-Identifier: Apache-2.0
#
# The applications of the kernel.  APPS += name, and these variables:
#
#   name_SRCS     its sources, from the root of the project
#   name_CFLAGS   flags for them, besides those of the variant
#   name_IMPORTS  patterns of names that it takes from elsewhere than POSIX
#
# They are compiled with the host's headers only.  scripts/bind makes of each
# one object, in which main() is name_main() and all else is local; those are
# in build/<config>/<variant>/libapps.a.  A program that wants them has the
# part "apps" before "posix", and calls or names name_main().

APPS += ostest
ostest_SRCS := $(wildcard apps/testing/ostest/*.c)

# The shell.  Its port and its line editor are the kernel's.

APPS += sh
sh_SRCS := apps/system/nsh/nsh_main.c \
           $(filter-out %_kernel.c %_readline.c,$(wildcard nshlib/*.c))
sh_CFLAGS := -idirafter include -Inshlib
sh_IMPORTS := nsh_port_* nsh_readline* g_builtins g_builtin_count

# Network devices: all of one, or one layer.  They call the kernel, and want
# its headers.

APPS += netdev fault hold pcap
netdev_SRCS := apps/system/netdev/netdev_main.c
netdev_CFLAGS := -idirafter include -idirafter $(C)/include
netdev_IMPORTS := netdev_*

$(foreach a,fault hold pcap,\
  $(eval $(a)_SRCS := apps/system/$(a)/$(a)_main.c \
    apps/system/netdev/layer.c)\
  $(eval $(a)_CFLAGS := $(netdev_CFLAGS) -Iapps/system/netdev)\
  $(eval $(a)_IMPORTS := $(netdev_IMPORTS)))

# The network commands.  They are plain POSIX and share apps/netutils/netlib.

NETUTILS := ping ifconfig route arp netstat iperf nc wget httpd
APPS += $(NETUTILS) iobinfo

$(foreach a,$(NETUTILS),$(eval $(a)_SRCS := \
  $(wildcard apps/netutils/$(a)/*.c apps/netutils/netlib/*.c)))
iobinfo_SRCS := apps/system/iobinfo/iobinfo_main.c \
  $(wildcard apps/netutils/netlib/*.c)

$(foreach a,$(NETUTILS) iobinfo,$(eval $(a)_CFLAGS := -D_GNU_SOURCE \
  -idirafter include -Iapps/netutils/netlib))

# A demonstration of the I/O buffers: plain POSIX, and on a system with shared
# buffers a tour and a view of them, which call them.

APPS += iobdemo
iobdemo_SRCS := $(wildcard apps/netutils/iobdemo/*.c apps/netutils/netlib/*.c)
iobdemo_CFLAGS := -D_GNU_SOURCE -idirafter include -idirafter $(C)/include \
                  -Iapps/netutils/netlib
iobdemo_IMPORTS := iob_*
iobdemo_LINUX := y
iobdemo_LINUX_CFLAGS := -D_GNU_SOURCE -idirafter include \
                        -Iapps/netutils/netlib

# Sockets against those of another host.  The same program for Linux is the
# other host.

APPS += sockettest
sockettest_SRCS := $(wildcard apps/testing/sockettest/*.c)
sockettest_CFLAGS := -D_GNU_SOURCE -idirafter include \
                     -Iapps/testing/sockettest
sockettest_IMPORTS := _cmocka_run_group_tests cmocka_set_message_output \
                      print_message print_error _fail _skip _assert_* \
                      cJSON_*
sockettest_LINUX := y
sockettest_LINUX_LDLIBS := -lcmocka -lcjson

# Of tests/host/kernel/test_posix.c

APPS += posix_app
posix_app_SRCS := tests/host/kernel/posix_app.c
posix_app_CFLAGS := -idirafter include -Wno-unused-result

# Benchmarks of sockets

APPS += netbench
netbench_SRCS := apps/testing/netbench/netbench_main.c \
  apps/testing/netbench/netbench_http.c
