# SPDX-License-Identifier: Apache-2.0
#
# What scripts/mutate is made of.
