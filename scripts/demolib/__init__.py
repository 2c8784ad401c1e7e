# SPDX-License-Identifier: Apache-2.0
#
# What scripts/demo, scripts/peer and scripts/report share.
