/* tests/host/kernel/fs_fixture.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * For the tests of fs/.  SCENARIO(name) { ... } defines a body that runs as
 * the first task of a kernel under virtual time; scenario(name) is its entry
 * in cmocka's table.  CHECK() and EQ() note a failure and go on: the kernel
 * then ends in order, and the test fails afterwards.  Files, descriptors,
 * inodes and pipes are counted before and after the body; blocks of the
 * kernel heap and descriptors of the host before and after the kernel.
 */

#ifndef __TESTS_FS_FIXTURE_H
#define __TESTS_FS_FIXTURE_H

#include <nuttx/config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <nuttx/clock.h>
#include <nuttx/fs/fs.h>
#include <nuttx/kmalloc.h>
#include <nuttx/nuttx.h>
#include <nuttx/sched.h>
#include <nuttx/sim.h>
#include <syslog.h>

#define SCENARIO(name)                         \
  static void body_##name(void);               \
  static void test_##name(void **state)        \
  {                                            \
    (void)state;                               \
    run_scenario(body_##name, true);           \
  }                                            \
  static void body_##name(void)

#define scenario(name) cmocka_unit_test(test_##name)

#define CHECK(c)  check_true((c), #c, __FILE__, __LINE__)
#define EQ(a, b)  check_eq((intmax_t)(a), (intmax_t)(b), #a, __FILE__, \
                           __LINE__)
#define TEXT(a, b) check_text((a), (b), #a, __FILE__, __LINE__)

void run_scenario(void (*body)(void), bool virtual_time);

/* The same without comparing; the status of sim_run(), and the failures of
 * the last run.
 */

int run_kernel(void (*body)(void), bool virtual_time);
int check_failures(void);

void check_true(bool ok, const char *what, const char *file, int line);
void check_eq(intmax_t is, intmax_t wanted, const char *what,
              const char *file, int line);
void check_text(const char *is, const char *wanted, const char *what,
                const char *file, int line);

/* Start a task of the same priority that runs fn(arg) and exits with what
 * that returns; reap() waits for it and returns its exit status, or minus
 * the signal that ended it.
 */

pid_t start(int (*fn)(void *arg), void *arg);
int reap(pid_t pid);

/* Descriptors that the host has open */

int count_host_fds(void);

/* Milliseconds of the kernel's time */

long now_ms(void);
void sleep_ms(long ms);

/* Read all of a file into a static buffer, as a string; NULL if that cannot
 * be done.
 */

const char *slurp(const char *path);

/* Whether a folder has a name; its type, or -1 */

int listed(const char *folder, const char *name);

#endif /* __TESTS_FS_FIXTURE_H */
