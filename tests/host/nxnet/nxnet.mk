# SPDX-License-Identifier: Apache-2.0
#
# libnxnet and netsim.  build.mk makes the programs, which are of the host and
# use the library as anybody would; what is listed here runs them.

TESTS += test_nxnet
test_nxnet_SCRIPT = $(O)/host/test_nxnet
test_nxnet_KERNEL = libnxnet.so
test_nxnet_CONFIGS = sim
test_nxnet_VARIANTS = gcc-asan $(if $(filter 1,$(GATE)),i686)

TESTS += test_nxnet_static
test_nxnet_static_SCRIPT = $(O)/host/test_nxnet_static
test_nxnet_static_KERNEL = libnxnet.a
test_nxnet_static_CONFIGS = sim
test_nxnet_static_VARIANTS = plain $(if $(filter 1,$(GATE)),i686)

TESTS += test_netsim_link
test_netsim_link_SCRIPT = $(O)/host/test_netsim_link
test_netsim_link_KERNEL = libnxnet.so
test_netsim_link_CONFIGS = sim
test_netsim_link_VARIANTS = gcc-asan

TESTS += test_netsim
test_netsim_SCRIPT = tests/host/nxnet/test_netsim NEEDS
test_netsim_NEEDS = host/netsim host/nxnet-echo host/nxnet-ping
test_netsim_KERNEL = libnxnet.so
test_netsim_CONFIGS = sim
test_netsim_VARIANTS = plain
test_netsim_TIMEOUT = 600
