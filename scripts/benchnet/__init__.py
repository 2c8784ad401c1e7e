# SPDX-License-Identifier: Apache-2.0
#
# The parts of scripts/bench-net: builds.py makes the programs, runs.py starts
# them, groups.py says what is measured, report.py what is made of it.
