# SPDX-License-Identifier: Apache-2.0
#
# Tests of this part of the kernel: see core.mk.
