/* tests/host/kernel/test_wdog.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Timers.  Goal: each expires once, at its time, in order, unless it was
 * cancelled; none is lost or called early, however many there are.  Method:
 * random starts, restarts and cancels beside a model that keeps a plain
 * array and searches it; virtual time.
 */

#include "ktest.h"

#define NTIMERS 300
#define NSTEPS  20000
#define NMANY   100000

/* The model: when, and which start; seq 0: not active */

struct model_s
{
  uint64_t expires;
  uint64_t seq;
};

static struct wdog_s g_wd[NTIMERS];
static struct model_s g_model[NTIMERS];
static uint64_t g_seq;
static unsigned int g_expired;
static struct sim_random_s g_random;

/* The next one of the model, or -1 */

static int model_next(void)
{
  int best = -1;
  int i;

  for (i = 0; i < NTIMERS; i++)
    {
      const struct model_s *m = &g_model[i];

      if (m->seq != 0 &&
          (best < 0 || m->expires < g_model[best].expires ||
           (m->expires == g_model[best].expires &&
            m->seq < g_model[best].seq)))
        {
          best = i;
        }
    }

  return best;
}

static void start(int i, clock_t delay);

static void expired(wdparm_t arg)
{
  int i = (int)arg;

  CHECK(up_interrupt_context());
  CHECK(!WDOG_ISACTIVE(&g_wd[i]));
  EQUAL(model_next(), i);
  EQUAL(clock_systime_ns(), g_model[i].expires);
  g_model[i].seq = 0;
  g_expired++;

  /* Some start again, some stop another one */

  if (sim_random_below(&g_random, 4) == 0)
    {
      start(i, 1 + (clock_t)sim_random_below(&g_random, 50));
    }

  if (sim_random_below(&g_random, 4) == 0)
    {
      int other = (int)sim_random_below(&g_random, NTIMERS);

      EQUAL(wd_cancel(&g_wd[other]), g_model[other].seq != 0 ? 0 : -EINVAL);
      g_model[other].seq = 0;
    }
}

static void start(int i, clock_t delay)
{
  g_model[i].expires = clock_systime_ns() + (uint64_t)delay * 1000;
  g_model[i].seq     = ++g_seq;
  EQUAL(wd_start(&g_wd[i], delay, expired, (wdparm_t)i), 0);
}

static void random_step(void)
{
  int i = (int)sim_random_below(&g_random, NTIMERS);

  switch (sim_random_below(&g_random, 5))
    {
      case 0:
      case 1:
        start(i, 1 + (clock_t)sim_random_below(&g_random, 50));
        break;

      case 2:
        EQUAL(wd_cancel(&g_wd[i]), g_model[i].seq != 0 ? 0 : -EINVAL);
        g_model[i].seq = 0;
        break;

      case 3:
        EQUAL(WDOG_ISACTIVE(&g_wd[i]), g_model[i].seq != 0);
        if (g_model[i].seq != 0)
          {
            EQUAL(wd_gettime(&g_wd[i]),
                  (g_model[i].expires - clock_systime_ns()) / 1000);
          }

        break;

      default:
        nxsig_usleep((unsigned int)sim_random_below(&g_random, 8));
        break;
    }
}

static int random_program(int argc, char *argv[])
{
  int i;

  UNUSED_ARGS(argc, argv);
  memset(g_wd, 0, sizeof(g_wd));
  memset(g_model, 0, sizeof(g_model));
  g_seq     = 0;
  g_expired = 0;
  sim_random_stream(&g_random, "wdog");

  for (i = 0; i < NSTEPS; i++)
    {
      random_step();
    }

  while (model_next() >= 0)
    {
      nxsig_usleep(1000);
    }

  EQUAL(wd_count(), 0);
  CHECK(g_expired > NSTEPS / 20);
  return 0;
}

static void test_random_programs(void **state)
{
  int n = getenv("GATE") != NULL && atoi(getenv("GATE")) ? 200 : 10;
  uint64_t seed;

  (void)state;
  for (seed = 1; seed <= (uint64_t)n; seed++)
    {
      g_ktest.seed = seed;
      ktest(random_program);
    }

  g_ktest.seed = 1;
}

static void count(wdparm_t arg)
{
  (*(unsigned int *)arg)++;
}

/* Bad times and functions are refused, and leave a timer as it was. */

static int refused(int argc, char *argv[])
{
  struct wdog_s wd =
  {
    .func = NULL
  };

  unsigned int n = 0;

  UNUSED_ARGS(argc, argv);
  EQUAL(wd_start(&wd, -1, count, (wdparm_t)&n), -EINVAL);
  EQUAL(wd_start_abstick(&wd, -1, count, (wdparm_t)&n), -EINVAL);
  EQUAL(wd_start(&wd, 1, NULL, 0), -EINVAL);
  EQUAL(WDOG_ISACTIVE(&wd), false);
  EQUAL(wd_cancel(&wd), -EINVAL);
  EQUAL(wd_gettime(&wd), 0);

  EQUAL(wd_start(&wd, 10, count, (wdparm_t)&n), 0);
  EQUAL(wd_start(&wd, -1, count, (wdparm_t)&n), -EINVAL);
  EQUAL(wd_start(&wd, 5, NULL, 0), -EINVAL);
  EQUAL(wd_gettime(&wd), 10);
  nxsig_usleep(11);
  EQUAL(n, 1);
  EQUAL(wd_cancel(&wd), -EINVAL);
  return 0;
}

/* The limits of time */

static int limits(int argc, char *argv[])
{
  struct wdog_s wd =
  {
    .func = NULL
  };

  unsigned int n = 0;

  UNUSED_ARGS(argc, argv);
  nxsig_usleep(100);

  EQUAL(wd_start(&wd, CLOCK_MAX, count, (wdparm_t)&n), 0);
  EQUAL(wd_gettime(&wd), (sclock_t)((CLOCK_NEVER - 100000) / 1000) + 1);
  EQUAL(wd_start_absns(&wd, CLOCK_NEVER, count, (wdparm_t)&n), 0);
  nxsig_usleep(1000000);
  EQUAL(n, 0);
  EQUAL(wd_cancel(&wd), 0);

  /* What is over or due now expires before time moves on */

  EQUAL(wd_start_abstick(&wd, 5, count, (wdparm_t)&n), 0);
  EQUAL(wd_gettime(&wd), 0);
  EQUAL(n, 0);
  nxsig_usleep(1);
  EQUAL(n, 1);
  EQUAL(wd_start(&wd, 0, count, (wdparm_t)&n), 0);
  nxsig_usleep(1);
  EQUAL(n, 2);
  return 0;
}

/* A timer that starts itself again at once does not keep the tasks from
 * running, nor time from passing when it has stopped.
 */

static struct wdog_s g_eager;
static bool g_enough;

static void eager(wdparm_t arg)
{
  (*(unsigned int *)arg)++;
  if (!g_enough)
    {
      wd_start(&g_eager, 0, eager, arg);
    }
}

static int stops_it(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxsig_usleep(1);
  g_enough = true;
  return 0;
}

static int eagerness(int argc, char *argv[])
{
  unsigned int n = 0;
  int pid;

  UNUSED_ARGS(argc, argv);
  memset(&g_eager, 0, sizeof(g_eager));
  g_enough = false;
  pid = ktest_task("stop", PRIO, stops_it);
  nxsched_yield();
  wd_start(&g_eager, 1, eager, (wdparm_t)&n);
  EQUAL(ktest_wait(pid), 0);
  CHECK(n > 0);
  EQUAL(clock_systime_ns(), 1000);
  return 0;
}

static unsigned int g_many;
static uint64_t g_last;

static void in_order(wdparm_t arg)
{
  g_many++;
  CHECK(g_last <= (uint64_t)arg);
  g_last = (uint64_t)arg;
}

/* 100,000 timers, a third of them cancelled; and the times of some are the
 * same.
 */

static int many(int argc, char *argv[])
{
  struct wdog_s *wd = kmm_calloc(NMANY, sizeof(*wd));
  unsigned int cancelled = 0;
  int i;

  UNUSED_ARGS(argc, argv);
  CHECK(wd != NULL);
  g_many = 0;
  g_last = 0;
  sim_random_stream(&g_random, "many");

  for (i = 0; i < NMANY; i++)
    {
      clock_t delay = 1 + (clock_t)sim_random_below(&g_random, 50000);

      wd_start(&wd[i], delay, in_order, (wdparm_t)delay);
    }

  EQUAL(wd_count(), NMANY);
  for (i = 0; i < NMANY; i += 3)
    {
      EQUAL(wd_cancel(&wd[i]), 0);
      cancelled++;
    }

  nxsig_usleep(50001);
  EQUAL(g_many, NMANY - cancelled);
  EQUAL(wd_count(), 0);
  kmm_free(wd);
  return 0;
}

/* Timers that are active at the end are inactive in the next life. */

static int leftover(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  EQUAL(WDOG_ISACTIVE(&g_eager), false);
  EQUAL(wd_start(&g_eager, 1000000, eager, (wdparm_t)&g_many), 0);
  return 0;
}

static void test_leftover(void **state)
{
  (void)state;
  memset(&g_eager, 0, sizeof(g_eager));
  ktest(leftover);
  ktest(leftover);
}

KTEST(refused);
KTEST(limits);
KTEST(eagerness);
KTEST(many);

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_random_programs),
    cmocka_unit_test(test_refused),
    cmocka_unit_test(test_limits),
    cmocka_unit_test(test_eagerness),
    cmocka_unit_test(test_many),
    cmocka_unit_test(test_leftover),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
