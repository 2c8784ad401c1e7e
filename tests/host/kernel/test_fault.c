/* tests/host/kernel/test_fault.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The fault wrapper.  Goal: each fault happens as often as asked, to the
 * frames it should, and is counted; every frame is accounted for; the same
 * seed gives the same faults.  Method: numbered frames through a device whose
 * wire is the test, under virtual time, where delays are exact.
 *
 * Bounds of shares are four standard deviations of a binomial distribution.
 * With a fixed seed the outcome is one number, and the test can not fail by
 * chance.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <nuttx/clock.h>
#include <nuttx/kmalloc.h>
#include <nuttx/sched.h>
#include <nuttx/net/netdev_fault.h>

#include "netutil.h"

#define N 100000

static struct fake_s g_fake;
static struct sink_s g_sink;

static struct net_driver_s *setup(const char *spec)
{
  struct net_driver_s *dev = netdev_wrap(fake_create(&g_fake, 64), spec);

  CHECK(dev != NULL);
  sink_attach(&g_sink, dev);
  CHECK_EQ(netdev_ifup(dev), 0);
  return dev;
}

static void send_many(struct net_driver_s *dev, unsigned int n)
{
  uint32_t i;

  for (i = 0; i < n; i++)
    {
      CHECK_EQ(net_send(dev, 60, i), 0);
    }
}

/* Every frame that came in either passed or was lost, under some name */

static void add_lost(const char *name, uint64_t value, void *arg)
{
  if (strncmp(name, "tx_lost", 7) == 0 || strcmp(name, "tx_passed") == 0)
    {
      *(uint64_t *)arg += value;
    }
}

static void check_conserved(struct net_driver_s *dev)
{
  uint64_t out = 0;

  netdev_counters(dev, add_lost, &out);
  CHECK_EQ(out, net_counter(dev, "tx_frames") +
           net_counter(dev, "tx_duplicated"));
  CHECK_EQ(net_counter(dev, "tx_frames"), net_counter(dev, "tx_done"));
  CHECK_EQ(g_fake.sent, net_counter(dev, "tx_passed"));
}

/* Four standard deviations of N draws, without a square root */

static void check_share(uint64_t n, unsigned int permille)
{
  int64_t mean = (int64_t)N * permille / 1000;
  int64_t off = (int64_t)n - mean;

  if (off * off > 16 * mean * (1000 - (int64_t)permille) / 1000)
    {
      printf("%llu of %d, not %u in 1000\n", (unsigned long long)n, N,
             permille);
      CHECK(false);
    }
}

/* Shares *******************************************************************/

static void shares(void)
{
  struct net_driver_s *dev = setup("fault,loss=1%,seed=7");

  send_many(dev, N);
  check_share(net_counter(dev, "tx_lost_random"), 10);
  check_conserved(dev);
  CHECK_EQ(g_fake.damaged, 0);
  netdev_destroy(dev);

  dev = setup("fault,loss=30%,seed=8");
  send_many(dev, N);
  check_share(net_counter(dev, "tx_lost_random"), 300);
  check_conserved(dev);
  netdev_destroy(dev);

  dev = setup("fault,dup=5%,seed=9");
  send_many(dev, N);
  check_share(net_counter(dev, "tx_duplicated"), 50);
  check_conserved(dev);
  CHECK_EQ(g_fake.damaged, 0);
  netdev_destroy(dev);

  dev = setup("fault,corrupt=2%,seed=10");
  send_many(dev, N);
  check_share(net_counter(dev, "tx_corrupted"), 20);
  CHECK_EQ(g_fake.damaged, net_counter(dev, "tx_corrupted"));
  check_conserved(dev);
  netdev_destroy(dev);

  dev = setup("fault,loss=0.001%,seed=11");
  send_many(dev, N);
  CHECK(net_counter(dev, "tx_lost_random") <= 5);
  netdev_destroy(dev);
}

/* Bursts: the share of lost frames is start / (start + end), and a burst
 * lasts 1 / end frames on average.
 */

static void bursts(void)
{
  struct net_driver_s *dev = setup("fault,burst-start=1%,burst-end=20%,"
                                   "seed=3");
  unsigned int nbursts = 0;
  uint64_t lost;
  uint64_t was = 0;
  uint32_t i;
  bool bad = false;

  for (i = 0; i < N; i++)
    {
      net_send(dev, 60, i);
      lost = net_counter(dev, "tx_lost_burst");
      if (lost != was && !bad)
        {
          nbursts++;
        }

      bad = lost != was;
      was = lost;
    }

  /* 1/21 of the frames; 5 in a burst.  The draws are not independent: 15 %
   * is wide enough.
   */

  CHECK(was > N / 21 * 85 / 100 && was < N / 21 * 115 / 100);
  CHECK(was * 100 / nbursts > 450 && was * 100 / nbursts < 550);
  check_conserved(dev);
}

/* By number, by content, by a function */

static bool odd_tag(const struct iob_s *iob, bool sent, void *arg)
{
  (void)arg;
  return sent && net_tag(iob) % 2 == 1;
}

static void chosen(void)
{
  struct net_driver_s *dev = setup("fault,nth=7");
  uint32_t i;

  send_many(dev, 70);
  CHECK_EQ(net_counter(dev, "tx_lost_nth"), 10);
  for (i = 0; i < g_fake.sent; i++)
    {
      CHECK(g_fake.tag[i] % 7 != 6);
    }

  netdev_destroy(dev);

  /* Bytes 14.. are the tag, in the byte order of the host */

  dev = setup("fault,match=14:0500");
  send_many(dev, 300);
  CHECK_EQ(net_counter(dev, "tx_lost_match"), 1);
  CHECK_EQ(g_fake.tag[5], 6);
  fake_rx(&g_fake, 60, 5);
  CHECK_EQ(net_counter(dev, "rx_lost_match"), 1);
  CHECK_EQ(g_sink.rx, 0);
  netdev_destroy(dev);

  dev = setup("fault");
  CHECK_EQ(netdev_fault_predicate(&g_fake.dev, odd_tag, NULL), -ENODEV);
  CHECK_EQ(netdev_fault_predicate(dev, odd_tag, NULL), 0);
  send_many(dev, 100);
  CHECK_EQ(net_counter(dev, "tx_lost_predicate"), 50);
  netdev_fault_predicate(dev, NULL, NULL);
  send_many(dev, 100);
  CHECK_EQ(net_counter(dev, "tx_lost_predicate"), 50);
  check_conserved(dev);
}

/* One direction is left alone; seeds */

static void direction(void)
{
  static uint32_t tags[SINK_MAX];
  struct net_driver_s *dev = setup("fault,loss=50%,dir=rx,seed=5");
  unsigned int n;
  uint32_t i;

  send_many(dev, 1000);
  CHECK_EQ(g_fake.sent, 1000);
  for (i = 0; i < 1000; i++)
    {
      fake_rx(&g_fake, 60, i);
    }

  n = g_sink.rx;
  CHECK(n > 437 && n < 563);
  CHECK_EQ(net_counter(dev, "rx_lost_random"), 1000 - n);
  memcpy(tags, g_sink.tag, sizeof(tags));
  netdev_destroy(dev);

  /* The same seed, the same frames; sent ones do not change that */

  dev = setup("fault,loss=50%,seed=5");
  for (i = 0; i < 1000; i++)
    {
      fake_rx(&g_fake, 60, i);
      net_send(dev, 60, i);
    }

  CHECK_EQ(g_sink.rx, n);
  CHECK(memcmp(tags, g_sink.tag, n * sizeof(tags[0])) == 0);
  netdev_destroy(dev);

  dev = setup("fault,loss=50%,seed=6");
  for (i = 0; i < 1000; i++)
    {
      fake_rx(&g_fake, 60, i);
    }

  CHECK(memcmp(tags, g_sink.tag, sizeof(tags)) != 0);
}

/* Time *********************************************************************/

static void delays(void)
{
  struct net_driver_s *dev = setup("fault,delay=10ms");
  uint64_t start = clock_systime_ns();
  uint64_t last = 0;
  uint32_t i;
  bool differ = false;

  send_many(dev, 10);
  CHECK_EQ(g_fake.sent, 0);
  CHECK_EQ(g_sink.done, 0);          /* It is still in use */
  nxsched_ticksleep(MSEC2TICK(9));
  CHECK_EQ(g_fake.sent, 0);
  nxsched_ticksleep(MSEC2TICK(2));
  CHECK_EQ(g_fake.sent, 10);
  CHECK_EQ(g_fake.when_ns[9], start + 10000000);
  CHECK_EQ(g_sink.done, 10);

  /* What is received is delayed as well, and is one batch */

  fake_rx(&g_fake, 60, 1);
  fake_rx(&g_fake, 60, 2);
  i = g_sink.batches;
  nxsched_ticksleep(MSEC2TICK(11));
  CHECK_EQ(g_sink.rx, 2);
  CHECK_EQ(g_sink.batches, i + 1);
  check_conserved(dev);
  netdev_destroy(dev);

  /* Jitter spreads, within its bounds, and keeps the order */

  dev = setup("fault,delay=10ms,jitter=4ms,seed=4");
  for (i = 0; i < 100; i++)
    {
      start = clock_systime_ns();
      net_send(dev, 60, i);
      nxsched_ticksleep(MSEC2TICK(20));
      CHECK(g_fake.when_ns[i] >= start + 6000000);
      CHECK(g_fake.when_ns[i] <= start + 14000000);
      differ = differ || g_fake.when_ns[i] != start + 10000000;
    }

  CHECK(differ);
  send_many(dev, 100);
  nxsched_ticksleep(MSEC2TICK(20));
  CHECK_EQ(g_fake.sent, 200);
  for (i = 0; i < 100; i++)
    {
      CHECK_EQ(g_fake.tag[100 + i], i);
      CHECK(g_fake.when_ns[100 + i] >= last);
      last = g_fake.when_ns[100 + i];
    }
}

/* 1000 bytes at 8 Mbit/s: one frame each millisecond */

static void rate(void)
{
  struct net_driver_s *dev = setup("fault,rate=8mbit,limit=50");
  uint64_t start = clock_systime_ns();
  uint32_t i;

  for (i = 0; i < 80; i++)
    {
      CHECK_EQ(net_send(dev, 1000, i), 0);
    }

  /* Fifty wait, the others found the queue full, and that is a loss, not a
   * refusal.
   */

  CHECK_EQ(net_counter(dev, "tx_lost_queue"), 30);
  CHECK_EQ(g_sink.done, 30);
  nxsched_ticksleep(MSEC2TICK(51));
  CHECK_EQ(g_fake.sent, 50);
  for (i = 0; i < 50; i++)
    {
      CHECK_EQ(g_fake.tag[i], i);
      CHECK_EQ(g_fake.when_ns[i], start + (i + 1) * UINT64_C(1000000));
    }

  /* Idle time is not saved up */

  nxsched_ticksleep(MSEC2TICK(100));
  start = clock_systime_ns();
  CHECK_EQ(net_send(dev, 1000, 80), 0);
  nxsched_ticksleep(MSEC2TICK(2));
  CHECK_EQ(g_fake.when_ns[50], start + 1000000);
  check_conserved(dev);
}

/* Order ********************************************************************/

static void reorder(void)
{
  struct net_driver_s *dev = setup("fault,reorder=10%,gap=3,seed=2");
  unsigned int back = 0;
  uint32_t i;

  send_many(dev, 1000);
  nxsched_ticksleep(MSEC2TICK(30));
  CHECK_EQ(g_fake.sent, 1000);
  CHECK(net_counter(dev, "tx_reordered") > 60);
  CHECK(net_counter(dev, "tx_reordered") < 140);
  for (i = 1; i < 1000; i++)
    {
      back += g_fake.tag[i] < g_fake.tag[i - 1];
      CHECK(g_fake.tag[i] + 3 >= i);
    }

  CHECK(back > 0);
  check_conserved(dev);
  netdev_destroy(dev);

  /* Nobody comes to overtake: time ends the wait */

  dev = setup("fault,reorder=100%");
  CHECK_EQ(net_send(dev, 60, 1), 0);
  nxsched_ticksleep(MSEC2TICK(19));
  CHECK_EQ(g_fake.sent, 0);
  nxsched_ticksleep(MSEC2TICK(2));
  CHECK_EQ(g_fake.sent, 1);
  check_conserved(dev);
}

/* Full below, down, and no memory ******************************************/

static void full_below(void)
{
  struct net_driver_s *dev = setup("fault,delay=1ms");
  uint32_t i;

  g_fake.hold = true;
  send_many(dev, 100);
  nxsched_ticksleep(MSEC2TICK(2));
  CHECK_EQ(g_fake.sent, 64);
  CHECK(!netdev_can_send(dev));
  CHECK_EQ(net_send(dev, 60, 100), -EAGAIN);
  fake_done(&g_fake, 10);
  CHECK_EQ(g_fake.sent, 74);
  CHECK_EQ(g_sink.ready, 0);
  fake_done(&g_fake, 64);
  CHECK_EQ(g_fake.sent, 100);
  CHECK_EQ(g_sink.ready, 1);
  for (i = 0; i < 100; i++)
    {
      CHECK_EQ(g_fake.tag[i], i);
    }

  /* Down with frames here, below, and aside, some of them our own */

  fake_done(&g_fake, 64);
  netdev_control(dev, "dup=100%,corrupt=50%,reorder=20%");
  send_many(dev, 20);
  nxsched_ticksleep(MSEC2TICK(2));
  send_many(dev, 20);
  fake_rx(&g_fake, 60, 1);
  netdev_ifdown(dev);
  CHECK_EQ(g_sink.done, 140);
  CHECK(net_counter(dev, "tx_lost_down") > 20);
  CHECK_EQ(net_counter(dev, "rx_lost_down"), 2);
  check_conserved(dev);
}

static void no_memory(void)
{
  struct net_driver_s *dev = setup("fault,dup=100%,corrupt=100%");
  struct iob_s *iob[20];
  uint32_t i;

  for (i = 0; i < 20; i++)
    {
      iob[i] = net_frame(dev, 60, i);
    }

  for (i = 0; i < 10; i++)
    {
      hoard(0);
      CHECK_EQ(netdev_send(dev, iob[i], NULL), 0);
    }

  unhoard();
  CHECK_EQ(net_counter(dev, "tx_lost_memory"), 10);
  CHECK_EQ(net_counter(dev, "tx_dup_failed"), 10);
  CHECK_EQ(g_sink.done, 10);

  /* The heap: an entry of the queue can not be had */

  netdev_control(dev, "dup=0,corrupt=0");
  for (i = 10; i < 20; i++)
    {
      kmm_fail(1);
      CHECK_EQ(netdev_send(dev, iob[i], NULL), 0);
      kmm_fail(0);
    }

  CHECK_EQ(net_counter(dev, "tx_lost_memory"), 20);
  check_conserved(dev);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(net_run(name, true, 1), 0); \
  }

SCENARIO(shares)
SCENARIO(bursts)
SCENARIO(chosen)
SCENARIO(direction)
SCENARIO(delays)
SCENARIO(rate)
SCENARIO(reorder)
SCENARIO(full_below)
SCENARIO(no_memory)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_shares),
    cmocka_unit_test(test_bursts),
    cmocka_unit_test(test_chosen),
    cmocka_unit_test(test_direction),
    cmocka_unit_test(test_delays),
    cmocka_unit_test(test_rate),
    cmocka_unit_test(test_reorder),
    cmocka_unit_test(test_full_below),
    cmocka_unit_test(test_no_memory),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
