/* tests/host/kernel/test_clock.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Time.  Goal: virtual time moves only when nothing can run, exactly to the
 * next timer, for months if need be; real time moves and never goes back;
 * the same seed makes the same run.  Method: scenarios; nothing depends on
 * how long anything takes.
 */

#include "ktest.h"

#define MONTH_S (30 * 24 * 3600)

static char g_log[2][65536];
static size_t g_len;
static int g_run;
static sem_t g_sem;

static int stands_still(int argc, char *argv[])
{
  struct timespec ts;
  int i;

  UNUSED_ARGS(argc, argv);
  EQUAL(sim_virtual(), true);
  EQUAL(clock_systime_ns(), 0);
  for (i = 0; i < 1000; i++)
    {
      nxsched_yield();
      task_testcancel();
    }

  EQUAL(clock_refresh(), 0);
  EQUAL(nxsched_ticksleep(0), 0);
  EQUAL(nxsched_ticksleep(-1), 0);
  EQUAL(nxsched_sleep_until(0), 0);
  EQUAL(clock_systime_ns(), 0);
  EQUAL(nxsched_ticksleep(1), 0);
  EQUAL(clock_systime_ns(), 1000);
  EQUAL(nxsched_sleep_until(1001), 0);
  EQUAL(clock_systime_ns(), 1001);
  EQUAL(clock_systime_ticks(), 1);
  clock_systime_timespec(&ts);
  EQUAL(ts.tv_sec, 0);
  EQUAL(ts.tv_nsec, 1001);
  return 0;
}

static int clocks(int argc, char *argv[])
{
  struct timespec ts;
  uint64_t deadline;

  UNUSED_ARGS(argc, argv);
  nxsig_usleep(1500000);
  EQUAL(nxclock_gettime(CLOCK_MONOTONIC, &ts), 0);
  EQUAL(ts.tv_sec, 1);
  EQUAL(ts.tv_nsec, 500000000);
  EQUAL(nxclock_gettime(CLOCK_REALTIME, &ts), 0);
  EQUAL(ts.tv_sec, 1735689601);
  EQUAL(nxclock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts), 0);
  EQUAL(ts.tv_sec, 0);
  EQUAL(nxclock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts), 0);
  EQUAL(nxclock_getres(CLOCK_MONOTONIC, &ts), 0);
  EQUAL(ts.tv_nsec, 1);
  EQUAL(nxclock_gettime(999, &ts), -EINVAL);
  EQUAL(nxclock_getres(999, &ts), -EINVAL);

  ts.tv_sec  = 1000;
  ts.tv_nsec = 0;
  EQUAL(nxclock_settime(CLOCK_MONOTONIC, &ts), -EINVAL);
  EQUAL(nxclock_settime(CLOCK_REALTIME, &ts), 0);
  EQUAL(nxclock_gettime(CLOCK_REALTIME, &ts), 0);
  EQUAL(ts.tv_sec, 1000);
  ts.tv_sec = -1;
  EQUAL(nxclock_settime(CLOCK_REALTIME, &ts), -EINVAL);
  ts.tv_sec  = 0;
  ts.tv_nsec = NSEC_PER_SEC;
  EQUAL(nxclock_settime(CLOCK_REALTIME, &ts), -EINVAL);
  EQUAL(clock_deadline(CLOCK_REALTIME, NULL, &deadline), -EINVAL);

  ts.tv_sec  = 1001;
  ts.tv_nsec = 0;
  EQUAL(clock_deadline(CLOCK_REALTIME, &ts, &deadline), 0);
  EQUAL(deadline, 2500000000);
  ts.tv_sec = 3;
  EQUAL(clock_deadline(CLOCK_REALTIME, &ts, &deadline), 0);
  EQUAL(deadline, 0);
  ts.tv_sec = (time_t)-1;
  EQUAL(clock_deadline(CLOCK_MONOTONIC, &ts, &deadline), 0);
  EQUAL(deadline, 0);
#if __SIZEOF_LONG__ == 8
  ts.tv_sec = INT64_MAX;
  EQUAL(clock_deadline(CLOCK_MONOTONIC, &ts, &deadline), 0);
  CHECK(deadline == CLOCK_NEVER);
  EQUAL(clock_deadline(CLOCK_REALTIME, &ts, &deadline), 0);
  CHECK(deadline == CLOCK_NEVER);
#endif
  CHECK(clock_after(5, CLOCK_MAX) == CLOCK_NEVER);
  EQUAL(clock_after(5, -1), 5);
  EQUAL(clock_after(5, 1), 1005);
  return 0;
}

/* A month, with something every second, minute and hour */

static unsigned int g_ticks[3];

static int ticker(int argc, char *argv[])
{
  int which = argv[1][0] - '0';
  uint64_t period = which == 0 ? 1 : which == 1 ? 60 : 3600;
  uint64_t next;

  (void)argc;
  for (next = period; next <= MONTH_S; next += period)
    {
      EQUAL(nxsched_sleep_until(next * NSEC_PER_SEC), 0);
      g_ticks[which]++;
    }

  return 0;
}

static int month(int argc, char *argv[])
{
  int i;

  UNUSED_ARGS(argc, argv);
  memset(g_ticks, 0, sizeof(g_ticks));
  for (i = 0; i < 3; i++)
    {
      char text[2] =
      {
        (char)('0' + i), '\0'
      };

      char *args[] =
      {
        text, NULL
      };

      nxtask_create("tick", PRIO, 0, ticker, args);
    }

  while (nxsched_waitpid(-1, NULL, 0) > 0)
    {
    }

  EQUAL(clock_systime_ns(), UINT64_C(1000000000) * MONTH_S);
  EQUAL(clock_systime_ticks(), INT64_C(1000000) * MONTH_S);
  EQUAL(g_ticks[0], MONTH_S);
  EQUAL(g_ticks[1], MONTH_S / 60);
  EQUAL(g_ticks[2], MONTH_S / 3600);
  return 0;
}

/* The same seed, the same run: tasks that act at random write a log. */

static void logline(const char *name, int value)
{
  g_len += (size_t)snprintf(&g_log[g_run][g_len],
                            sizeof(g_log[0]) - g_len, "%s %d %lld\n", name,
                            value, (long long)clock_systime_ns());
}

static int dice(int argc, char *argv[])
{
  int i;

  (void)argc;
  for (i = 0; i < 50; i++)
    {
      switch (sim_random() % 4)
        {
          case 0:
            nxsig_usleep((unsigned int)(sim_random() % 1000));
            break;

          case 1:
            nxsem_post(&g_sem);
            break;

          case 2:
            nxsem_tickwait(&g_sem, (clock_t)(sim_random() % 100));
            break;

          default:
            nxsched_yield();
            break;
        }

      logline(argv[0], i);
    }

  return 0;
}

static int gamble(int argc, char *argv[])
{
  char name[16];
  int i;

  UNUSED_ARGS(argc, argv);
  nxsem_init(&g_sem, 0, 0);
  for (i = 0; i < 20; i++)
    {
      snprintf(name, sizeof(name), "d%d", i);
      ktest_task(name, 1 + (int)(sim_random() % 200), dice);
    }

  while (nxsched_waitpid(-1, NULL, 0) > 0)
    {
    }

  return 0;
}

static void play(int run, uint64_t seed)
{
  g_run = run;
  g_len = 0;
  g_ktest.seed = seed;
  ktest(gamble);
  g_ktest.seed = 1;
}

static void test_same_seed(void **state)
{
  uint64_t seed;

  (void)state;
  for (seed = 0; seed < 20; seed++)
    {
      play(0, seed);
      play(1, seed);
      assert_true(g_len > 1000);
      assert_string_equal(g_log[0], g_log[1]);
      play(1, seed + 1);
      assert_string_not_equal(g_log[0], g_log[1]);
    }
}

/* Streams: they depend on the seed and the name only. */

static int streams(int argc, char *argv[])
{
  struct sim_random_s a;
  struct sim_random_s b;
  struct sim_random_s c;
  unsigned int count[10];
  uint64_t first;
  int i;

  UNUSED_ARGS(argc, argv);
  sim_random_stream(&a, "one");
  sim_random();
  sim_random_stream(&b, "one");
  sim_random_stream(&c, "two");
  first = sim_random_next(&a);
  CHECK(first == sim_random_next(&b));
  CHECK(first != sim_random_next(&c));
  EQUAL(sim_seed(), 1);

  memset(count, 0, sizeof(count));
  for (i = 0; i < 100000; i++)
    {
      uint64_t n = sim_random_below(&a, 10);

      CHECK(n < 10);
      count[n]++;
    }

  for (i = 0; i < 10; i++)
    {
      CHECK(count[i] > 9500 && count[i] < 10500);
    }

  EQUAL(sim_random_below(&a, 1), 0);
  CHECK(sim_random_below(&a, UINT64_MAX) != sim_random_below(&a, UINT64_MAX));
  return 0;
}

/* Real time.  No wait is too short, and time does not go back. */

static int real(int argc, char *argv[])
{
  uint64_t before = clock_refresh();
  uint64_t after;
  int i;

  UNUSED_ARGS(argc, argv);
  EQUAL(sim_virtual(), false);
  for (i = 0; i < 50; i++)
    {
      EQUAL(nxsig_usleep(20), 0);
      after = clock_systime_ns();
      CHECK(after >= before + 20000);
      before = after;
    }

  nxsem_init(&g_sem, 0, 0);
  EQUAL(nxsem_tickwait(&g_sem, 100), -ETIMEDOUT);
  CHECK(clock_refresh() >= before + 100000);
  EQUAL(sim_lockstep_set(NULL), -EINVAL);
  return 0;
}

/* While a task never blocks, only yields or makes system calls, timers
 * expire nevertheless.
 */

static void set_flag(wdparm_t arg)
{
  *(volatile bool *)arg = true;
}

static int busy(int argc, char *argv[])
{
  struct wdog_s wd =
  {
    .func = NULL
  };

  volatile bool flag = false;

  UNUSED_ARGS(argc, argv);
  wd_start(&wd, 100, set_flag, (wdparm_t)&flag);
  while (!flag)
    {
      nxsched_yield();
    }

  flag = false;
  wd_start(&wd, 100, set_flag, (wdparm_t)&flag);
  while (!flag)
    {
      task_testcancel();
    }

  return 0;
}

static uint64_t host_ns(void)
{
  struct timespec ts;

  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* The time of a computation is the task's, that of a sleep is the idle
 * task's, whoever runs next.
 */

static int computes(int argc, char *argv[])
{
  struct timespec ts;
  uint64_t end;

  /* The host's clock, which the kernel does not notice */

  UNUSED_ARGS(argc, argv);
  clock_refresh();
  end = host_ns() + 2000000;
  while (host_ns() < end)
    {
    }

  nxsig_usleep(1);
  CHECK(nxsched_self()->cputime >= 2000000);
  nxclock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
  CHECK(ts.tv_sec > 0 || ts.tv_nsec >= 2000000);
  nxclock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
  CHECK(ts.tv_sec > 0 || ts.tv_nsec >= 2000000);
  return 0;
}

static int accounting(int argc, char *argv[])
{
  uint64_t idle = nxsched_get_tcb(0)->cputime;
  int pid = ktest_task("computes", PRIO, computes);

  UNUSED_ARGS(argc, argv);
  EQUAL(ktest_wait(pid), 0);
  nxsig_usleep(2000);
  CHECK(nxsched_get_tcb(0)->cputime >= idle + 2000000);
  return 0;
}

static void test_real(void **state)
{
  (void)state;
  g_ktest.virtual_time = false;
  ktest(accounting);
  ktest(real);
  ktest(busy);
  g_ktest.virtual_time = true;
}

/* Lock-step: the peer has something to do every 300 ns. */

static uint64_t g_asked;

static uint64_t advance(void *arg, uint64_t my_next)
{
  uint64_t peer = (clock_systime_ns() / 300 + 1) * 300;

  (void)arg;
  CHECK(up_interrupt_context());
  g_asked++;
  if (peer == 900)
    {
      nxsem_post(&g_sem);
    }

  return peer < my_next ? peer : my_next;
}

static int lockstep(int argc, char *argv[])
{
  static const struct sim_lockstep_s peer =
  {
    .advance = advance
  };

  UNUSED_ARGS(argc, argv);
  nxsem_init(&g_sem, 0, 0);
  g_asked = 0;
  EQUAL(sim_lockstep_set(&peer), 0);
  EQUAL(nxsem_wait_until(&g_sem, 10000), 0);
  EQUAL(clock_systime_ns(), 900);
  EQUAL(g_asked, 3);
  EQUAL(nxsched_sleep_until(1000), 0);
  EQUAL(clock_systime_ns(), 1000);
  EQUAL(sim_lockstep_set(NULL), 0);
  EQUAL(nxsched_sleep_until(2000), 0);
  EQUAL(g_asked, 4);
  return 0;
}

KTEST(stands_still);
KTEST(clocks);
KTEST(month);
KTEST(streams);
KTEST(lockstep);

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_stands_still),
    cmocka_unit_test(test_clocks),
    cmocka_unit_test(test_month),
    cmocka_unit_test(test_same_seed),
    cmocka_unit_test(test_streams),
    cmocka_unit_test(test_real),
    cmocka_unit_test(test_lockstep),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
