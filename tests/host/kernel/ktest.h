/* tests/host/kernel/ktest.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of the kernel's core have in common.  A scenario is the
 * first task of a kernel of its own, under virtual time.  Inside it, CHECK
 * and EQUAL count what is wrong and go on, because cmocka's assertions would
 * jump off the task's stack; ktest() then fails.  It also fails if the heap
 * has not as many blocks afterwards as before.
 */

#ifndef KTEST_H
#define KTEST_H

#include <nuttx/config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <nuttx/arch.h>
#include <nuttx/clock.h>
#include <nuttx/kmalloc.h>
#include <nuttx/mutex.h>
#include <nuttx/nuttx.h>
#include <nuttx/sched.h>
#include <nuttx/semaphore.h>
#include <nuttx/sim.h>
#include <nuttx/wdog.h>
#include <nuttx/wqueue.h>

#define CHECK(what) \
  ((what) ? (void)0 : ktest_fail(__FILE__, __LINE__, #what))
#define EQUAL(left, right) \
  ktest_equal(__FILE__, __LINE__, #left, (long long)(left), \
              (long long)(right))

#define PRIO SCHED_PRIORITY_DEFAULT

extern struct sim_config_s g_ktest;      /* Virtual time, seed 1 */

void ktest_fail(const char *file, int line, const char *what);
void ktest_equal(const char *file, int line, const char *what,
                 long long left, long long right);

/* Run a scenario; all that it CHECKs must hold.  Returns its status. */

int ktest_status(main_t scenario);

/* Likewise; it must end with status 0. */

void ktest(main_t scenario);

/* Create a task; it must work.  Its id. */

int ktest_task(const char *name, int priority, main_t entry);

/* Wait for a child; its status as of waitpid(), or a negated errno. */

int ktest_wait(int pid);

/* Run a scenario in a child process under real or virtual time, and collect
 * what it writes to stdout and stderr.  The status of wait(2).
 */

int ktest_fork(main_t scenario, char *text, size_t size);

/* A test of cmocka's that runs one scenario */

#define KTEST(scenario) \
  static void test_##scenario(void **state) \
  { \
    (void)state; \
    ktest(scenario); \
  } \
  struct ktest_semicolon_s

/* The arguments of a scenario, unused */

#define UNUSED_ARGS(argc, argv) ((void)(argc), (void)(argv))

#endif /* KTEST_H */
