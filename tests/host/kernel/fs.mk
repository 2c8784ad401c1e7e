# SPDX-License-Identifier: Apache-2.0
#
# Tests of files, pipes, /proc and the console: see core.mk.

TESTS += test_vfs
test_vfs_DIR = tests/host/kernel
test_vfs_CONFIGS = sim
test_vfs_PARTS = fs core
test_vfs_SRCS = fs_fixture.c

TESTS += test_pipe
test_pipe_DIR = tests/host/kernel
test_pipe_CONFIGS = sim
test_pipe_PARTS = fs core
test_pipe_SRCS = fs_fixture.c

TESTS += test_poll
test_poll_DIR = tests/host/kernel
test_poll_CONFIGS = sim
test_poll_PARTS = fs core
test_poll_SRCS = fs_fixture.c

TESTS += test_timerfd
test_timerfd_DIR = tests/host/kernel
test_timerfd_CONFIGS = sim
test_timerfd_PARTS = fs core
test_timerfd_SRCS = fs_fixture.c

TESTS += test_hostfs
test_hostfs_DIR = tests/host/kernel
test_hostfs_CONFIGS = sim
test_hostfs_PARTS = fs core
test_hostfs_SRCS = fs_fixture.c

TESTS += test_procfs
test_procfs_DIR = tests/host/kernel
test_procfs_CONFIGS = sim
test_procfs_PARTS = fs core
test_procfs_SRCS = fs_fixture.c

TESTS += test_tty
test_tty_DIR = tests/host/kernel
test_tty_CONFIGS = sim
test_tty_PARTS = fs core
test_tty_SRCS = fs_fixture.c
