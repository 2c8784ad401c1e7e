/* tests/host/net/test_nettimer.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Timers and batches of the core.  Goal: a timer runs once, at its time, in
 * order, unless it was stopped or moved; the surroundings are told of an
 * earlier deadline and of nothing else; nothing starves.  Method: a port of
 * the test's own, whose clock it sets, in the place of the kernel's; random
 * operations against an array.
 */

#include <nuttx/config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net_link.h"
#include "stack.h"

#define MANY 1000

static nettime_t g_clock;
static nettime_t g_rearmed;
static unsigned int g_nrearm;
static const struct net_port_s *g_kernel;
static unsigned int g_ran;
static unsigned int g_order[MANY];
static struct net_timer_s g_timer[MANY];

static nettime_t my_now(void)
{
  return g_clock;
}

static uint64_t my_random(void)
{
  return 4;
}

static void my_rearm(nettime_t due)
{
  g_rearmed = due;
  g_nrearm++;
}

static const struct net_port_s g_port =
{
  my_now, my_random, my_rearm, NULL
};

/* All timers of the stack are stopped at that moment */

static void begin(void)
{
  CHECK_EQ(net_timer_count(), 0);
  g_kernel   = g_net.port;
  g_net.port = &g_port;
  g_clock    = 1000;
  g_nrearm   = 0;
  g_ran      = 0;
  memset(g_timer, 0, sizeof(g_timer));
  CHECK(net_timers(g_clock) == NETTIME_NEVER);
}

static void end(void)
{
  CHECK_EQ(net_timer_count(), 0);
  g_net.port = g_kernel;
}

static void note(struct net_timer_s *timer)
{
  CHECK(!net_timer_active(timer));
  CHECK(net_timer_due(timer) == NETTIME_NEVER);
  g_order[g_ran++ % MANY] = (unsigned int)(timer - g_timer);
}

static void in_order_and_once(void)
{
  begin();
  net_timer_start(&g_timer[0], 3000, note);
  net_timer_start(&g_timer[1], 2000, note);
  net_timer_start(&g_timer[2], 3000, note);
  net_timer_start(&g_timer[3], 2000, note);
  CHECK_EQ(net_timer_count(), 4);
  CHECK_EQ(net_timer_due(&g_timer[2]), 3000);
  CHECK_EQ(net_timers(1999), 2000);
  CHECK_EQ(g_ran, 0);
  CHECK_EQ(net_timers(2000), 3000);
  CHECK_EQ(g_ran, 2);
  CHECK(net_timers(UINT64_MAX - 1) == NETTIME_NEVER);
  CHECK_EQ(g_ran, 4);
  CHECK_EQ(g_order[0], 1);
  CHECK_EQ(g_order[1], 3);
  CHECK_EQ(g_order[2], 0);
  CHECK_EQ(g_order[3], 2);
  CHECK(net_timers(UINT64_MAX - 1) == NETTIME_NEVER);
  CHECK_EQ(g_ran, 4);
  end();
}

/* The outside hears of an earlier deadline, once, and of no later one */

static void told_when_earlier(void)
{
  begin();
  net_timer_start(&g_timer[0], 5000, note);
  CHECK_EQ(g_nrearm, 1);
  CHECK_EQ(g_rearmed, 5000);
  net_timer_start(&g_timer[1], 6000, note);
  net_timer_start(&g_timer[2], 5000, note);
  CHECK_EQ(g_nrearm, 1);
  net_timer_start(&g_timer[1], 4000, note);
  CHECK_EQ(g_nrearm, 2);
  CHECK_EQ(g_rearmed, 4000);
  net_timer_stop(&g_timer[1]);
  net_timer_start(&g_timer[1], 4500, note);
  CHECK_EQ(g_nrearm, 2);
  CHECK_EQ(net_timers(4000), 4500);    /* Too early: does no harm */
  CHECK_EQ(g_ran, 0);
  CHECK_EQ(net_timers(5000), NETTIME_NEVER);
  CHECK_EQ(g_ran, 3);
  CHECK_EQ(g_nrearm, 2);
  end();
}

static void stopping(void)
{
  begin();
  net_timer_stop(&g_timer[0]);
  net_timer_start(&g_timer[0], 2000, note);
  net_timer_stop(&g_timer[0]);
  net_timer_stop(&g_timer[0]);
  CHECK(!net_timer_active(&g_timer[0]));
  CHECK(net_timers(9000) == NETTIME_NEVER);
  CHECK_EQ(g_ran, 0);
  end();
}

static void again(struct net_timer_s *timer)
{
  g_ran++;
  net_timer_start(timer, g_clock, again);
}

/* Due at once, from inside: has its turn in the next call, and is told */

static void nothing_starves(void)
{
  begin();
  net_timer_start(&g_timer[0], 1000, again);
  net_timer_start(&g_timer[1], 1000, note);
  CHECK_EQ(net_timers(1000), 1000);
  CHECK_EQ(g_ran, 2);
  CHECK_EQ(net_timers(1000), 1000);
  CHECK_EQ(g_ran, 3);
  CHECK_EQ(g_nrearm, 1);
  net_timer_stop(&g_timer[0]);
  end();
}

static void stop_others(struct net_timer_s *timer)
{
  g_ran++;
  net_timer_stop(timer + 1);
  net_timer_start(timer + 2, 3000, note);
}

static void stopped_by_another(void)
{
  begin();
  net_timer_start(&g_timer[0], 2000, stop_others);
  net_timer_start(&g_timer[1], 2000, note);
  net_timer_start(&g_timer[2], 2000, note);
  CHECK_EQ(net_timers(2000), 3000);
  CHECK_EQ(g_ran, 1);
  CHECK(net_timers(3000) == NETTIME_NEVER);
  CHECK_EQ(g_ran, 2);
  end();
}

/* Random starts, moves and stops; an array knows what must run */

static void against_a_model(void)
{
  static nettime_t due[MANY];
  unsigned int step;
  unsigned int i;

  begin();
  memset(due, 0xff, sizeof(due));
  srand(7);
  for (step = 0; step < 20000; step++)
    {
      unsigned int expected = 0;
      unsigned int before = g_ran;

      i = (unsigned int)rand() % MANY;
      if (rand() % 4 == 0)
        {
          net_timer_stop(&g_timer[i]);
          due[i] = NETTIME_NEVER;
        }
      else
        {
          due[i] = g_clock + (unsigned int)rand() % 2000;
          net_timer_start(&g_timer[i], due[i], note);
        }

      if (rand() % 8 == 0)
        {
          nettime_t next = NETTIME_NEVER;

          g_clock += (unsigned int)rand() % 300;
          for (i = 0; i < MANY; i++)
            {
              if (due[i] <= g_clock)
                {
                  expected++;
                  due[i] = NETTIME_NEVER;
                }

              next = due[i] < next ? due[i] : next;
            }

          CHECK(net_timers(g_clock) == next);
          CHECK_EQ(g_ran - before, expected);
        }
    }

  for (i = 0; i < MANY; i++)
    {
      net_timer_stop(&g_timer[i]);
    }

  end();
}

/* Batches ******************************************************************/

struct job_s
{
  struct net_batch_s batch;
  unsigned int runs;
  unsigned int again;
};

static struct job_s g_work[4];
static struct wire_s g_wire;

static void work_run(struct net_batch_s *batch)
{
  struct job_s *w = (struct job_s *)batch;

  w->runs++;
  if (w->again > 0)
    {
      w->again--;
      net_batch_add(batch);
    }

  if (w == &g_work[0])
    {
      net_batch_del(&g_work[1].batch);
    }
}

static void work_setup(void)
{
  unsigned int i;

  memset(g_work, 0, sizeof(g_work));
  for (i = 0; i < 4; i++)
    {
      g_work[i].batch.run = work_run;
    }
}

/* Added outside of a batch: as soon as the task lets go, once */

static void a_batch_outside_runs_at_once(void)
{
  nettime_t now;

  work_setup();
  now = net_now();
  net_batch_add(&g_work[2].batch);
  net_batch_add(&g_work[2].batch);
  CHECK_EQ(g_work[2].runs, 0);
  stack_sleep(0);
  CHECK_EQ(g_work[2].runs, 1);
  CHECK(net_now() <= now + 1);
  net_batch_add(&g_work[2].batch);
  net_batch_del(&g_work[2].batch);
  net_batch_del(&g_work[2].batch);
  stack_sleep(NET_SEC);
  CHECK_EQ(g_work[2].runs, 1);
}

/* One that adds itself again does not keep the rest from running, nor do
 * those that are taken out meanwhile run.
 */

static void batches_and_their_turns(void)
{
  work_setup();
  net_batch_add(&g_work[1].batch);
  net_batch_add(&g_work[3].batch);
  net_batch_add(&g_work[0].batch);
  g_work[3].again = 5;
  stack_sleep(0);
  CHECK_EQ(g_work[0].runs, 1);
  CHECK_EQ(g_work[1].runs, 0);
  stack_sleep(NET_SEC);
  CHECK_EQ(g_work[3].runs, 6);
}

/* In the middle of received frames: at the end of them */

static void a_batch_waits_for_the_end(void)
{
  static const uint8_t frame[60] =
  {
    2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 1, 2, 0x12, 0x34
  };

  work_setup();
  wire_create(&g_wire, "eth%d", 1500, 0);
  wire_rx_more(&g_wire, frame, sizeof(frame));
  net_batch_add(&g_work[2].batch);
  wire_rx_more(&g_wire, frame, sizeof(frame));
  CHECK_EQ(net_timer_count(), 0);
  CHECK_EQ(g_work[2].runs, 0);
  wire_rx_end(&g_wire);
  CHECK_EQ(g_work[2].runs, 1);
  wire_rx_end(&g_wire);
  CHECK_EQ(g_work[2].runs, 1);
  CHECK_EQ(stack_stat("link.inunknowntype"), 2);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  } \
  struct semicolon_s

SCENARIO(in_order_and_once);
SCENARIO(told_when_earlier);
SCENARIO(stopping);
SCENARIO(nothing_starves);
SCENARIO(stopped_by_another);
SCENARIO(against_a_model);
SCENARIO(a_batch_outside_runs_at_once);
SCENARIO(batches_and_their_turns);
SCENARIO(a_batch_waits_for_the_end);

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_in_order_and_once),
    cmocka_unit_test(test_told_when_earlier),
    cmocka_unit_test(test_stopping),
    cmocka_unit_test(test_nothing_starves),
    cmocka_unit_test(test_stopped_by_another),
    cmocka_unit_test(test_against_a_model),
    cmocka_unit_test(test_a_batch_outside_runs_at_once),
    cmocka_unit_test(test_batches_and_their_turns),
    cmocka_unit_test(test_a_batch_waits_for_the_end),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
