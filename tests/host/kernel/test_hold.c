/* tests/host/kernel/test_hold.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The hold wrapper.  Goal: a frame is held until its time, count or command,
 * and who writes into it meanwhile is caught; a sender that holds a share of
 * it never is.  Method: numbered frames, a device whose wire is the test,
 * virtual time.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <nuttx/clock.h>
#include <nuttx/sched.h>

#include "netutil.h"

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

static void by_time(void)
{
  struct net_driver_s *dev = setup("hold,time=5ms");

  CHECK_EQ(net_send(dev, 100, 1), 0);
  CHECK_EQ(g_fake.sent, 1);          /* On the wire at once */
  nxsched_ticksleep(MSEC2TICK(2));
  CHECK_EQ(net_send(dev, 100, 2), 0);
  CHECK_EQ(g_sink.done, 0);
  nxsched_ticksleep(MSEC2TICK(3) + 1);
  CHECK_EQ(g_sink.done, 1);
  nxsched_ticksleep(MSEC2TICK(2));
  CHECK_EQ(g_sink.done, 2);

  /* Time alone does not do: the device below has to be done as well */

  g_fake.hold = true;
  CHECK_EQ(net_send(dev, 100, 3), 0);
  nxsched_ticksleep(MSEC2TICK(10));
  CHECK_EQ(g_sink.done, 2);
  fake_done(&g_fake, 1);
  CHECK_EQ(g_sink.done, 3);
}

static void by_count(void)
{
  struct net_driver_s *dev = setup("hold,count=3,depth=4");
  uint32_t i;

  for (i = 0; i < 10; i++)
    {
      CHECK_EQ(net_send(dev, 100, i), 0);
      CHECK_EQ(g_sink.done, i < 3 ? 0 : i - 2);
    }

  CHECK_EQ(net_counter(dev, "most"), 4);
  CHECK_EQ(net_counter(dev, "held"), 10);
  netdev_ifdown(dev);
  CHECK_EQ(g_sink.done, 10);
}

/* Whoever needs memory asks.  A ring that tells late gives what the device
 * below is done with, and not more; one that is busy gives what is due.
 */

static void by_asking(void)
{
  struct net_driver_s *dev = setup("hold,count=6,depth=8,reclaim=yes");
  uint32_t i;

  for (i = 0; i < 3; i++)
    {
      CHECK_EQ(net_send(dev, 100, i), 0);
    }

  g_fake.hold = true;
  CHECK_EQ(net_send(dev, 100, 3), 0);
  CHECK_EQ(g_sink.done, 0);
  netdev_reclaim(dev);
  CHECK_EQ(g_sink.done, 3);          /* Not the one that is on its way */
  netdev_reclaim(dev);
  CHECK_EQ(g_sink.done, 3);
  fake_done(&g_fake, 1);
  CHECK_EQ(g_sink.done, 3);          /* Nobody has asked for this one */
  netdev_reclaim(dev);
  CHECK_EQ(g_sink.done, 4);
  g_fake.hold = false;

  CHECK_EQ(netdev_control(dev, "reclaim=no"), 0);
  CHECK_EQ(net_send(dev, 100, 4), 0);
  netdev_reclaim(dev);
  CHECK_EQ(g_sink.done, 4);
}

static void by_asking_last(void)
{
  struct net_driver_s *dev = setup("hold,count=6,depth=8,reclaim=yes,"
                                   "send=last");

  CHECK_EQ(net_send(dev, 100, 1), 0);
  netdev_reclaim(dev);
  CHECK_EQ(g_fake.sent, 0);          /* It is still needed */
  CHECK_EQ(g_sink.done, 0);
  CHECK_EQ(netdev_control(dev, "release=1"), 0);
  CHECK_EQ(g_sink.done, 1);
}

static void by_command(void)
{
  struct net_driver_s *dev = setup("hold,depth=8");
  uint32_t i;

  for (i = 0; i < 8; i++)
    {
      CHECK_EQ(net_send(dev, 100, i), 0);
    }

  CHECK_EQ(net_send(dev, 100, i), -EAGAIN);
  CHECK_EQ(netdev_control(dev, "release=0"), -EINVAL);
  CHECK_EQ(netdev_control(dev, "depth=9"), -EINVAL);
  CHECK_EQ(g_sink.done, 0);
  CHECK_EQ(netdev_control(dev, "release=2"), 0);
  CHECK_EQ(g_sink.done, 2);
  CHECK_EQ(g_sink.ready, 1);
  CHECK_EQ(netdev_control(dev, "release=all"), 0);
  CHECK_EQ(g_sink.done, 8);
  CHECK_EQ(netdev_control(dev, "time=1ms"), 0);
  CHECK_EQ(net_send(dev, 100, i), 0);
  nxsched_ticksleep(MSEC2TICK(2));
  CHECK_EQ(g_sink.done, 9);
  CHECK_EQ(net_counter(dev, "modified"), 0);
}

/* The frame goes out when it is let go, as it is then */

static void send_last(void)
{
  struct net_driver_s *dev = setup("hold,send=last,time=1ms");
  uint32_t i;

  g_fake.hold = true;
  for (i = 0; i < 100; i++)
    {
      CHECK_EQ(net_send(dev, 100, i), 0);
    }

  CHECK_EQ(g_fake.sent, 0);
  nxsched_ticksleep(MSEC2TICK(2));
  CHECK_EQ(g_fake.sent, 1);          /* In order, one after the other */
  for (i = 0; i < 100; i++)
    {
      fake_done(&g_fake, 1);
    }

  CHECK_EQ(g_sink.done, 100);
  CHECK_EQ(g_fake.sent, 100);
  CHECK_EQ(g_fake.damaged, 0);
  for (i = 0; i < 100; i++)
    {
      CHECK_EQ(g_fake.tag[i], i);
    }

  CHECK_EQ(net_send(dev, 100, i), 0);
  netdev_ifdown(dev);                /* Never sent, given back */
  CHECK_EQ(g_sink.done, 101);
  CHECK_EQ(g_fake.sent, 100);
}

/* As TCP does: keep a view of what is sent, send it again from that, cut it
 * when it is acknowledged.  Then as a driver must not do: write.
 */

static void sharing(void)
{
  struct net_driver_s *dev = setup("hold,time=3ms");
  struct iob_s *kept;
  struct iob_s *iob;
  uint32_t i;

  for (i = 0; i < 50; i++)
    {
      kept = net_frame(dev, 1400, i);
      CHECK_EQ(netdev_send(dev, iob_share(kept, 0, 1400), NULL), 0);
      nxsched_ticksleep(MSEC2TICK(1));
      CHECK_EQ(netdev_send(dev, iob_share(kept, 0, 1400), NULL), 0);
      kept = iob_trimhead(kept, 700);
      CHECK_EQ(iob_unshare(kept), 0);
      memset(IOB_DATA(kept), 0xee, kept->io_len);
      iob_free_chain(kept);
    }

  nxsched_ticksleep(MSEC2TICK(5));
  CHECK_EQ(g_sink.done, 100);
  CHECK_EQ(g_fake.damaged, 0);
  CHECK_EQ(net_counter(dev, "modified"), 0);

  iob = net_frame(dev, 1400, 1);
  CHECK_EQ(netdev_send(dev, iob, NULL), 0);
  IOB_DATA(iob)[1399] ^= 1;
  nxsched_ticksleep(MSEC2TICK(5));
  CHECK_EQ(net_counter(dev, "modified"), 1);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(net_run(name, true, 1), 0); \
  }

SCENARIO(by_time)
SCENARIO(by_count)
SCENARIO(by_asking)
SCENARIO(by_asking_last)
SCENARIO(by_command)
SCENARIO(send_last)
SCENARIO(sharing)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_by_time),
    cmocka_unit_test(test_by_count),
    cmocka_unit_test(test_by_asking),
    cmocka_unit_test(test_by_asking_last),
    cmocka_unit_test(test_by_command),
    cmocka_unit_test(test_send_last),
    cmocka_unit_test(test_sharing),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
