/* tests/host/kernel/test_sem.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Semaphores.  Goal: a post goes to the right waiter, once; a wait that ends
 * otherwise leaves the count as it was; nothing is waited for too short.
 * Method: scenarios under virtual time, so every order of events is exact.
 */

#include "ktest.h"

static sem_t g_sem;
static sem_t g_done;
static char g_order[64];         /* Who came through, in order */
static int g_result[2];
static struct wdog_s g_wd;

static void passed(char who)
{
  size_t len = strlen(g_order);

  g_order[len] = who;
  g_order[len + 1] = '\0';
}

static int value(sem_t *sem)
{
  int sval;

  EQUAL(nxsem_get_value(sem, &sval), 0);
  return sval;
}

static void reset(unsigned int count)
{
  EQUAL(nxsem_init(&g_sem, 0, count), 0);
  EQUAL(nxsem_init(&g_done, 0, 0), 0);
  memset(g_order, 0, sizeof(g_order));
  memset(&g_wd, 0, sizeof(g_wd));
}

/* Waits for g_sem and writes its name down */

static int waiter(int argc, char *argv[])
{
  int ret = nxsem_wait(&g_sem);

  (void)argc;
  passed(ret < 0 ? '!' : argv[0][0]);
  nxsem_post(&g_done);
  return -ret;
}

static int counting(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  reset(2);

  EQUAL(nxsem_trywait(&g_sem), 0);
  EQUAL(nxsem_wait(&g_sem), 0);
  EQUAL(nxsem_trywait(&g_sem), -EAGAIN);
  EQUAL(value(&g_sem), 0);
  EQUAL(nxsem_post(&g_sem), 0);
  EQUAL(value(&g_sem), 1);
  EQUAL(nxsem_wait_uninterruptible(&g_sem), 0);
  EQUAL(nxsem_destroy(&g_sem), 0);
  return 0;
}

static int bad_values(int argc, char *argv[])
{
  struct timespec ts;

  UNUSED_ARGS(argc, argv);
  reset(0);

  EQUAL(nxsem_init(&g_sem, 0, (unsigned int)NXSEM_VALUE_MAX + 1), -EINVAL);
  EQUAL(nxsem_init(&g_sem, 0, NXSEM_VALUE_MAX), 0);
  EQUAL(nxsem_post(&g_sem), -EOVERFLOW);
  EQUAL(value(&g_sem), NXSEM_VALUE_MAX);

  reset(0);
  ts.tv_sec  = 0;
  ts.tv_nsec = NSEC_PER_SEC;
  EQUAL(nxsem_clockwait(&g_sem, CLOCK_MONOTONIC, &ts), -EINVAL);
  ts.tv_nsec = -1;
  EQUAL(nxsem_clockwait(&g_sem, CLOCK_REALTIME, &ts), -EINVAL);
  ts.tv_nsec = 0;
  EQUAL(nxsem_clockwait(&g_sem, CLOCK_PROCESS_CPUTIME_ID, &ts), -EINVAL);
  EQUAL(nxsem_clockwait(&g_sem, 12345, &ts), -EINVAL);
  EQUAL(value(&g_sem), 0);

  /* There is nothing to wait for: the time does not matter */

  nxsem_post(&g_sem);
  ts.tv_nsec = -1;
  EQUAL(nxsem_clockwait(&g_sem, CLOCK_MONOTONIC, &ts), 0);
  EQUAL(value(&g_sem), 0);
  return 0;
}

static int order_of_waiters(int argc, char *argv[])
{
  int i;

  UNUSED_ARGS(argc, argv);
  reset(0);

  ktest_task("a", 10, waiter);
  ktest_task("b", 30, waiter);
  ktest_task("c", 20, waiter);
  ktest_task("d", 30, waiter);
  ktest_task("e", 10, waiter);
  nxsig_usleep(1);
  EQUAL(value(&g_sem), -5);
  EQUAL(nxsem_destroy(&g_sem), -EBUSY);

  for (i = 0; i < 5; i++)
    {
      EQUAL(nxsem_post(&g_sem), 0);
      EQUAL(nxsem_wait(&g_done), 0);
    }

  CHECK(strcmp(g_order, "bdcae") == 0);
  EQUAL(value(&g_sem), 0);
  return 0;
}

/* A waiter changes its place when its priority changes. */

static int order_after_change(int argc, char *argv[])
{
  int a;
  int c;

  UNUSED_ARGS(argc, argv);
  reset(0);

  a = ktest_task("a", 10, waiter);
  ktest_task("b", 30, waiter);
  c = ktest_task("c", 40, waiter);
  nxsig_usleep(1);
  EQUAL(nxsched_set_priority(nxsched_get_tcb(a), 35), 0);
  EQUAL(nxsched_set_priority(nxsched_get_tcb(c), 30), 0);

  nxsem_post(&g_sem);
  nxsem_wait(&g_done);
  nxsem_post(&g_sem);
  nxsem_wait(&g_done);
  nxsem_post(&g_sem);
  nxsem_wait(&g_done);
  CHECK(strcmp(g_order, "abc") == 0);
  return 0;
}

/* What was handed to a waiter cannot be taken by who comes first. */

static int handed_over(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  reset(0);

  ktest_task("a", 10, waiter);
  nxsig_usleep(1);
  nxsem_post(&g_sem);
  EQUAL(nxsem_trywait(&g_sem), -EAGAIN);
  EQUAL(nxsem_tickwait(&g_sem, 0), -ETIMEDOUT);
  nxsem_wait(&g_done);
  CHECK(strcmp(g_order, "a") == 0);
  return 0;
}

static int timeouts(int argc, char *argv[])
{
  uint64_t start = clock_systime_ns();
  struct timespec ts;

  UNUSED_ARGS(argc, argv);
  reset(0);

  EQUAL(nxsem_tickwait(&g_sem, 1500), -ETIMEDOUT);
  EQUAL(clock_systime_ns() - start, 1500000);
  EQUAL(nxsem_tickwait(&g_sem, 0), -ETIMEDOUT);
  EQUAL(nxsem_tickwait(&g_sem, -5), -ETIMEDOUT);
  EQUAL(nxsem_tickwait_uninterruptible(&g_sem, 1), -ETIMEDOUT);
  EQUAL(clock_systime_ns() - start, 1501000);

  nxclock_gettime(CLOCK_REALTIME, &ts);
  ts.tv_sec++;
  EQUAL(nxsem_clockwait(&g_sem, CLOCK_REALTIME, &ts), -ETIMEDOUT);
  EQUAL(clock_systime_ns() - start, 1001501000);
  EQUAL(nxsem_clockwait_uninterruptible(&g_sem, CLOCK_REALTIME, &ts),
        -ETIMEDOUT);
  ts.tv_sec = -1;
  EQUAL(nxsem_clockwait(&g_sem, CLOCK_MONOTONIC, &ts), -ETIMEDOUT);
  EQUAL(nxsem_wait_until(&g_sem, clock_systime_ns() + 1), -ETIMEDOUT);
  EQUAL(clock_systime_ns() - start, 1001501001);
  EQUAL(value(&g_sem), 0);
  return 0;
}

/* The first in the queue times out: the next one is first then. */

static int timed_waiter(int argc, char *argv[])
{
  int ret = nxsem_tickwait(&g_sem, 100);

  (void)argc;
  passed(ret == -ETIMEDOUT ? 't' : argv[0][0]);
  nxsem_post(&g_done);
  return 0;
}

static int timeout_of_first(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  reset(0);

  ktest_task("x", 50, timed_waiter);
  ktest_task("a", 10, waiter);
  nxsig_usleep(99);
  EQUAL(value(&g_sem), -2);
  nxsig_usleep(2);
  EQUAL(value(&g_sem), -1);
  nxsem_post(&g_sem);
  nxsem_wait(&g_done);
  nxsem_wait(&g_done);
  CHECK(strcmp(g_order, "ta") == 0);
  return 0;
}

static void post_timer(wdparm_t arg)
{
  nxsem_post((sem_t *)arg);
}

/* Post and timeout at the same nanosecond: the one started first wins, and
 * nothing is lost.
 */

static int race(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);

  /* The post's timer was started first */

  reset(0);
  wd_start(&g_wd, 100, post_timer, (wdparm_t)&g_sem);
  EQUAL(nxsem_tickwait(&g_sem, 100), 0);
  EQUAL(value(&g_sem), 0);

  /* The post comes a nanosecond before, and one after */

  wd_start_absns(&g_wd, clock_systime_ns() + 99999, post_timer,
                 (wdparm_t)&g_sem);
  EQUAL(nxsem_tickwait(&g_sem, 100), 0);
  EQUAL(value(&g_sem), 0);
  wd_start_absns(&g_wd, clock_systime_ns() + 100001, post_timer,
                 (wdparm_t)&g_sem);
  EQUAL(nxsem_tickwait(&g_sem, 100), -ETIMEDOUT);
  EQUAL(value(&g_sem), 0);
  EQUAL(nxsem_wait(&g_sem), 0);
  return 0;
}

static int late_poster(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  wd_start(&g_wd, 100, post_timer, (wdparm_t)&g_sem);
  return 0;
}

static int race_lost(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);

  /* The timeout was started first: the post is for the next wait */

  reset(0);
  ktest_task("poster", PRIO - 1, late_poster);
  EQUAL(nxsem_tickwait(&g_sem, 100), -ETIMEDOUT);
  EQUAL(value(&g_sem), 1);
  EQUAL(nxsem_trywait(&g_sem), 0);
  return 0;
}

/* An interrupt ends an interruptible wait only, also if it came before. */

static int sleeper(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  g_result[0] = nxsem_wait_uninterruptible(&g_sem);
  passed('u');
  nxsem_post(&g_done);
  g_result[1] = nxsem_tickwait(&g_sem, 1000);
  passed('i');
  nxsem_post(&g_done);
  return 0;
}

static int interrupts(int argc, char *argv[])
{
  int pid;

  UNUSED_ARGS(argc, argv);
  reset(0);

  pid = ktest_task("sleeper", PRIO, sleeper);
  nxsig_usleep(1);
  nxsched_interrupt(nxsched_get_tcb(pid));
  nxsig_usleep(1000);
  CHECK(strcmp(g_order, "") == 0);
  nxsem_post(&g_sem);
  nxsem_wait(&g_done);
  nxsem_wait(&g_done);
  EQUAL(g_result[0], 0);
  EQUAL(g_result[1], -EINTR);
  EQUAL(value(&g_sem), 0);

  pid = ktest_task("waiter", PRIO, waiter);
  nxsig_usleep(1);
  nxsched_interrupt(nxsched_get_tcb(pid));
  EQUAL(value(&g_sem), 0);
  nxsem_post(&g_sem);
  nxsem_wait(&g_done);
  CHECK(strcmp(g_order, "ui!") == 0);
  EQUAL(value(&g_sem), 1);
  return 0;
}

/* A thousand tasks wait; half are killed; posts reach the others. */

static int plain_waiter(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  return nxsem_wait(&g_sem) < 0 ? 1 : 0;
}

static int crowd(int argc, char *argv[])
{
  static int pid[1000];
  int i;

  UNUSED_ARGS(argc, argv);
  reset(0);

  for (i = 0; i < 1000; i++)
    {
      pid[i] = ktest_task("w", 1 + i % 200, plain_waiter);
    }

  nxsig_usleep(10);
  EQUAL(value(&g_sem), -1000);
  for (i = 0; i < 1000; i += 2)
    {
      nxsched_kill(pid[i], 9);
    }

  EQUAL(value(&g_sem), -500);
  for (i = 0; i < 500; i++)
    {
      nxsem_post(&g_sem);
    }

  EQUAL(value(&g_sem), 0);
  for (i = 0; i < 1000; i++)
    {
      EQUAL(ktest_wait(pid[i]), i % 2 == 0 ? 9 : 0);
    }

  EQUAL(clock_systime_ns(), 10000);
  return 0;
}

KTEST(counting);
KTEST(bad_values);
KTEST(order_of_waiters);
KTEST(order_after_change);
KTEST(handed_over);
KTEST(timeouts);
KTEST(timeout_of_first);
KTEST(race);
KTEST(race_lost);
KTEST(interrupts);
KTEST(crowd);

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_counting),
    cmocka_unit_test(test_bad_values),
    cmocka_unit_test(test_order_of_waiters),
    cmocka_unit_test(test_order_after_change),
    cmocka_unit_test(test_handed_over),
    cmocka_unit_test(test_timeouts),
    cmocka_unit_test(test_timeout_of_first),
    cmocka_unit_test(test_race),
    cmocka_unit_test(test_race_lost),
    cmocka_unit_test(test_interrupts),
    cmocka_unit_test(test_crowd),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
