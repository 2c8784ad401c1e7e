/* tests/host/kernel/test_netdev.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Network devices: names, reservations, upcalls, text.  Goal: what the header
 * promises holds for every device; a frame is given back once, on every
 * path; a wrong spec is refused in one clear line.  Method: a device whose
 * wire is the test, under virtual time; the pool is counted at the end of
 * each scenario.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <nuttx/clock.h>
#include <nuttx/kmalloc.h>
#include <nuttx/sched.h>
#include <nuttx/net/skeleton.h>

#include "netutil.h"

static struct fake_s g_fake;
static struct fake_s g_fake2;
static struct sink_s g_sink;

/* Names ********************************************************************/

static int count(struct net_driver_s *dev, void *arg)
{
  (void)dev;
  return ++*(int *)arg == 2 ? -EINTR : 0;
}

static void names(void)
{
  struct net_driver_s *a = fake_create(&g_fake, 4);
  struct net_driver_s *b = fake_create(&g_fake2, 4);
  struct fake_s third;
  struct net_driver_s *lo = netdev_create("loopback");
  int n = 0;

  CHECK(lo != NULL);
  CHECK(strcmp(a->d_ifname, "eth0") == 0);
  CHECK(strcmp(b->d_ifname, "eth1") == 0);
  CHECK(netdev_findbyname("eth1") == b);
  CHECK(netdev_findbyname("lo") == lo);
  CHECK(netdev_findbyname("eth") == NULL);
  CHECK(netdev_findbyindex(b->d_ifindex) == b);
  CHECK(netdev_findbyindex(77) == NULL);
  CHECK_EQ(netdev_foreach(count, &n), -EINTR);
  CHECK_EQ(n, 2);

  netdev_setup(&third.dev, "fake", a->d_ops, &third);
  CHECK_EQ(netdev_register(&third.dev, "eth1"), -EEXIST);
  CHECK_EQ(netdev_register(&third.dev, ""), -EINVAL);
  CHECK_EQ(netdev_register(&third.dev, "a b"), -EINVAL);
  CHECK_EQ(netdev_register(&third.dev, "0123456789abcdef"), -EINVAL);

  /* The number that became free is used again; wrappers keep the name */

  netdev_destroy(a);
  CHECK(netdev_findbyname("eth0") == NULL);
  a = fake_create(&g_fake, 4);
  CHECK(strcmp(a->d_ifname, "eth0") == 0);
  a = netdev_wrap(a, "fault");
  CHECK(a != NULL && netdev_findbyname("eth0") == a);
  CHECK(netdev_findlayer("eth0", "fake") == &g_fake.dev);
  CHECK(netdev_findlayer("eth0", "pcap") == NULL);
  CHECK(netdev_wrap(&g_fake.dev, "hold") == NULL);
  CHECK(strstr(netdev_error(), "in use") != NULL);
}

/* Reservations *************************************************************/

static void reservations(void)
{
  struct net_driver_s *dev = fake_create(&g_fake, 3);
  int i;

  g_fake.hold = true;
  sink_attach(&g_sink, dev);
  CHECK_EQ(netdev_attach(dev, dev->d_upper, NULL), -EBUSY);
  CHECK_EQ(netdev_reserve(dev), -ENETDOWN);
  CHECK(!netdev_can_send(dev) && !netdev_can_receive(dev));
  CHECK_EQ(netdev_ifup(dev), 0);
  CHECK_EQ(netdev_ifup(dev), 0);
  CHECK(netdev_can_send(dev) && netdev_can_receive(dev));

  /* Three places, however they are taken */

  CHECK_EQ(netdev_reserve(dev), 0);
  CHECK_EQ(net_send(dev, 100, 1), 0);
  CHECK_EQ(net_send(dev, 100, 2), 0);
  CHECK_EQ(netdev_reserve(dev), -EAGAIN);
  CHECK(!netdev_can_send(dev));
  CHECK_EQ(g_sink.ready, 0);

  /* The reservation that was not used goes back, and is told of once */

  netdev_cancel(dev);
  CHECK_EQ(g_sink.ready, 1);
  CHECK_EQ(dev->d_txused, 2);
  CHECK_EQ(netdev_reserve(dev), 0);
  netdev_cancel(dev);
  CHECK_EQ(g_sink.ready, 1);

  /* Only done releases a frame */

  CHECK_EQ(net_send(dev, 100, 3), 0);
  CHECK_EQ(g_sink.done, 0);
  CHECK_EQ(netdev_reserve(dev), -EAGAIN);
  CHECK_EQ(netdev_reserve(dev), -EAGAIN);
  fake_done(&g_fake, 2);
  CHECK_EQ(g_sink.done, 2);
  CHECK_EQ(g_sink.ready, 2);

  /* Down with a reservation: its frame comes back, unsent */

  CHECK_EQ(netdev_reserve(dev), 0);
  netdev_ifdown(dev);
  CHECK_EQ(g_sink.done, 3);
  CHECK_EQ(dev->d_txused, 1);
  netdev_commit(dev, net_frame(dev, 100, 4), NULL);
  CHECK_EQ(g_sink.done, 4);
  CHECK_EQ(dev->d_txused, 0);
  CHECK_EQ(net_counter(dev, "tx_drop_down"), 1);
  CHECK_EQ(g_fake.sent, 3);

  /* Detached with frames under way: they are freed */

  CHECK_EQ(netdev_ifup(dev), 0);
  for (i = 0; i < 3; i++)
    {
      CHECK_EQ(net_send(dev, 100, 5), 0);
    }

  netdev_detach(dev);
  fake_done(&g_fake, 3);
  fake_rx(&g_fake, 100, 6);
  CHECK_EQ(net_counter(dev, "rx_drop_upper"), 1);
  CHECK_EQ(g_sink.done, 4);
  CHECK_EQ(net_counter(dev, "tx_frames"), net_counter(dev, "tx_done"));
}

/* Sizes, address, MTU ******************************************************/

static void sizes(void)
{
  static const uint8_t multicast[6] =
  {
    1, 2, 3, 4, 5, 6
  };

  static const uint8_t good[6] =
  {
    2, 2, 3, 4, 5, 6
  };

  static const uint8_t zero[6];
  struct net_driver_s *dev = fake_create(&g_fake, 64);
  struct iob_s *iob;

  sink_attach(&g_sink, dev);
  netdev_ifup(dev);
  CHECK_EQ(net_send(dev, 1514, 1), 0);
  CHECK_EQ(net_send(dev, 1515, 2), 0);
  CHECK_EQ(net_counter(dev, "tx_drop_size"), 1);
  CHECK_EQ(g_sink.done, 2);
  CHECK_EQ(g_fake.sent, 1);

  CHECK_EQ(netdev_set_mtu(dev, 9000), 0);
  CHECK_EQ(net_send(dev, 9014, 3), 0);
  CHECK_EQ(g_fake.sent, 2);
  CHECK_EQ(netdev_set_mtu(dev, 9001), -ERANGE);
  CHECK_EQ(netdev_set_mtu(dev, 575), -ERANGE);
  CHECK_EQ(netdev_set_mtu(dev, 576), 0);
  CHECK_EQ(net_send(dev, 591, 4), 0);
  CHECK_EQ(net_counter(dev, "tx_drop_size"), 2);

  CHECK_EQ(netdev_set_mac(dev, multicast), -EINVAL);
  CHECK_EQ(netdev_set_mac(dev, zero), -EINVAL);
  CHECK_EQ(netdev_set_mac(dev, good), 0);
  CHECK(memcmp(dev->d_mac, good, 6) == 0);

  /* A header without a packet is no frame */

  iob = net_frame(dev, 20, 5);
  iob = iob_trimtail(iob, 6);
  CHECK_EQ(netdev_send(dev, iob, NULL), 0);
  CHECK_EQ(net_counter(dev, "tx_drop_size"), 3);

  /* In the device's own terms */

  dev->d_headroom = 10;
  dev->d_align    = 16;
  iob = netdev_txalloc(dev, 1000, IOB_CLASS_TX);
  CHECK(iob->io_offset >= 10 && (uintptr_t)IOB_DATA(iob) % 16 == 0);
  CHECK_EQ(iob->io_len, 0);
  CHECK(IOB_FREESPACE(iob) >= 1000);
  iob_free_chain(iob);
  iob = netdev_txalloc(dev, 70000, IOB_CLASS_TX);
  CHECK_EQ(iob_count(iob), 2);
  iob_free_chain(iob);
}

/* A device that can not gather gets contiguous frames, or none */

static void no_gather(void)
{
  struct net_driver_s *dev = fake_create(&g_fake, 4);
  struct iob_s *iob;

  g_fake.hold = true;
  sink_attach(&g_sink, dev);
  netdev_ifup(dev);
  dev->d_features = 0;

  iob = net_frame(dev, 600, 1);
  iob_concat(iob, iob_share(iob, 100, 100));
  CHECK_EQ(iob_count(iob), 2);
  CHECK_EQ(netdev_send(dev, iob, NULL), 0);
  CHECK_EQ(iob_count(g_fake.frame[0]), 1);
  CHECK_EQ(g_fake.frame[0]->io_pktlen, 700);

  iob = net_frame(dev, 600, 2);
  iob_concat(iob, iob_share(iob, 100, 100));
  hoard(0);
  CHECK_EQ(netdev_send(dev, iob, NULL), 0);
  unhoard();
  CHECK_EQ(net_counter(dev, "tx_drop_memory"), 1);
  CHECK_EQ(g_sink.done, 1);
  CHECK_EQ(dev->d_txused, 1);
}

/* The loopback *************************************************************/

static void loopback(void)
{
  struct net_driver_s *dev = netdev_create("loopback,if=lo7,mtu=9000");
  unsigned int i;

  sink_attach(&g_sink, dev);
  CHECK(strcmp(dev->d_ifname, "lo7") == 0);
  CHECK_EQ(dev->d_medium, NETDEV_IP);
  CHECK_EQ(dev->d_mtu, 9000);
  netdev_ifup(dev);
  g_sink.keep = true;
  for (i = 0; i < 10; i++)
    {
      CHECK_EQ(net_send(dev, 100 + i * 890, i), 0);
    }

  CHECK_EQ(g_sink.rx, 0);            /* Not from inside commit */
  nxsched_ticksleep(1);
  CHECK_EQ(g_sink.rx, 10);
  CHECK_EQ(g_sink.done, 10);
  CHECK_EQ(g_sink.batches, 1);
  for (i = 0; i < 10; i++)
    {
      CHECK_EQ(g_sink.tag[i], i);
      CHECK(net_intact(g_sink.frame[i]));
    }

  sink_clear(&g_sink);

  /* Full: refused, then told of room */

  for (i = 0; net_send(dev, 100, i) == 0; i++)
    {
    }

  CHECK_EQ(i, dev->d_txdepth);
  nxsched_ticksleep(1);
  CHECK_EQ(g_sink.ready, 1);
  sink_clear(&g_sink);

  /* Without views for the receiver: lost and counted, the sender is told */

  g_sink.keep = false;
  CHECK_EQ(net_send(dev, 100, 99), 0);
  hoard(0);
  nxsched_ticksleep(1);
  unhoard();
  CHECK_EQ(net_counter(dev, "rx_drop_memory"), 1);
  CHECK_EQ(g_sink.done, 11 + i);

  /* Down with frames in it */

  CHECK_EQ(net_send(dev, 100, 100), 0);
  netdev_ifdown(dev);
  CHECK_EQ(g_sink.done, 12 + i);
}

/* The skeleton *************************************************************/

static void skeleton(void)
{
  static struct skel_hw_s hw;
  struct net_driver_s *dev = skeleton_create(&hw, "eth%d");
  struct iob_s *iob;
  struct iob_s *kept;
  struct iob_info_s info;
  uint8_t data[1514];
  uint32_t drops;
  int i;

  CHECK(dev != NULL);
  CHECK(skeleton_create(&hw, "eth0") == NULL);
  CHECK(strcmp(netdev_error(),
               "skeleton: there is an interface 'eth0' already") == 0);
  sink_attach(&g_sink, dev);
  hoard(3);
  CHECK_EQ(netdev_ifup(dev), -ENOMEM);
  unhoard();
  CHECK_EQ(netdev_ifup(dev), 0);

  /* A frame that TCP keeps a view of: it stays whole until it is sent */

  iob  = net_frame(dev, 1514, 1);
  kept = iob_share(iob, 0, 1514);
  CHECK_EQ(netdev_send(dev, iob, NULL), 0);
  for (i = 1; i < SKEL_RING; i++)
    {
      CHECK_EQ(net_send(dev, 100, 1), 0);
    }

  CHECK_EQ(net_send(dev, 100, 1), -EAGAIN);
  skeleton_interrupt(dev);
  CHECK_EQ(g_sink.done, 0);
  hw.tx[0].flags = 0;
  hw.tx[1].flags = 0;
  skeleton_interrupt(dev);
  CHECK_EQ(g_sink.done, 2);
  CHECK_EQ(g_sink.ready, 1);
  CHECK(net_intact(kept));
  iob_free_chain(kept);

  /* Long ones are kept in place, short ones copied; the ring stays full */

  iob_getinfo(&info);
  drops = info.nringdrop;
  g_sink.keep = true;
  for (i = 0; i < 20; i++)
    {
      struct skel_desc_s *desc = &hw.rx[i % SKEL_RING];
      unsigned int len = i & 1 ? 60 : 1514;

      CHECK(desc->flags & SKEL_OWN);
      iob = net_frame(dev, len, (uint32_t)i);
      CHECK_EQ(iob_copyout(data, iob, len, 0), len);
      iob_free_chain(iob);
      memcpy(desc->addr, data, len);
      desc->len   = len;
      desc->flags = 0;
      skeleton_interrupt(dev);
      CHECK_EQ(g_sink.rx, i + 1);
      CHECK(net_intact(g_sink.frame[i]));
    }

  sink_clear(&g_sink);

  /* No memory: the frame is lost, the buffer is not */

  hoard(0);
  hw.rx[20 % SKEL_RING].len   = 60;
  hw.rx[20 % SKEL_RING].flags = 0;
  skeleton_interrupt(dev);
  CHECK_EQ(net_counter(dev, "rx_drop_memory"), 1);
  CHECK(hw.rx[20 % SKEL_RING].flags & SKEL_OWN);
  iob_getinfo(&info);
  CHECK_EQ(info.nringdrop, drops + 1);
  unhoard();
  netdev_ifdown(dev);
  CHECK_EQ(g_sink.done, SKEL_RING);
}

/* Layers *******************************************************************/

static void layers(void)
{
  static char text[8192];
  struct net_driver_s *dev = fake_create(&g_fake, 4);

  g_fake.hold = true;
  dev = netdev_wrap(dev, "hold,time=1ms");
  dev = netdev_wrap(dev, "pcap");
  dev = netdev_wrap(dev, "fault,dup=100%,dir=rx");
  CHECK(dev != NULL);
  sink_attach(&g_sink, dev);
  CHECK_EQ(netdev_ifup(dev), 0);
  CHECK(g_fake.dev.d_flags & NETDEV_UP);

  fake_rx(&g_fake, 200, 7);
  CHECK_EQ(g_sink.rx, 2);
  CHECK_EQ(net_send(dev, 200, 8), 0);
  CHECK_EQ(g_fake.sent, 1);
  fake_done(&g_fake, 1);
  CHECK_EQ(g_sink.done, 0);          /* Held for its time */
  nxsched_ticksleep(MSEC2TICK(2));
  CHECK_EQ(g_sink.done, 1);

  /* The full device at the bottom pushes back through all of them */

  CHECK_EQ(net_send(dev, 200, 9), 0);
  CHECK_EQ(net_send(dev, 200, 10), 0);
  CHECK_EQ(net_send(dev, 200, 11), 0);
  CHECK_EQ(net_send(dev, 200, 12), 0);
  CHECK_EQ(net_send(dev, 200, 13), -EAGAIN);
  CHECK_EQ(g_sink.ready, 0);
  fake_done(&g_fake, 1);
  CHECK_EQ(g_sink.ready, 1);

  /* And so do a change of the MTU, and the carrier the other way */

  CHECK_EQ(netdev_set_mtu(dev, 4000), 0);
  CHECK_EQ(g_fake.dev.d_mtu, 4000);
  CHECK_EQ(netdev_set_mtu(dev, 9500), -ERANGE);
  netdev_carrier(&g_fake.dev, false);
  netdev_carrier(&g_fake.dev, false);
  CHECK_EQ(g_sink.carrier, 1);
  CHECK((dev->d_flags & NETDEV_CARRIER) == 0);
  CHECK(!netdev_can_receive(dev));

  CHECK_EQ(netdev_showdev(dev, NULL, 0),
           netdev_showdev(dev, text, sizeof(text)));
  CHECK(strstr(text, "eth0 fault up no-carrier mtu 4000") == text);
  CHECK(strstr(text, "rx_duplicated      1\n") != NULL);
  CHECK(strstr(text, "eth0 hold up") != NULL);
  CHECK(netdev_show(text, sizeof(text)) < (int)sizeof(text));
  CHECK(strstr(text, "  eth0:     400       2") != NULL);
  netdev_ifdown(dev);
  CHECK_EQ(g_sink.done, 5);
}

/* The order of wrappers: a capture outside of the faults sees what is sent,
 * one inside what is left; and the other way round for what is received.
 */

static void stacking(void)
{
  struct net_driver_s *dev = fake_create(&g_fake, 4);
  struct net_driver_s *inner;
  struct net_driver_s *outer;
  uint32_t i;

  inner = netdev_wrap(dev, "pcap,file=/dev/null");
  outer = netdev_wrap(netdev_wrap(inner, "fault,nth=4"),
                      "pcap,file=/dev/null");
  CHECK(outer != NULL);
  sink_attach(&g_sink, outer);
  CHECK_EQ(netdev_ifup(outer), 0);
  for (i = 0; i < 100; i++)
    {
      CHECK_EQ(net_send(outer, 100, i), 0);
    }

  CHECK_EQ(net_counter(outer, "captured"), 100);
  CHECK_EQ(net_counter(inner, "captured"), 75);
  for (i = 0; i < 100; i++)
    {
      fake_rx(&g_fake, 100, i);
    }

  CHECK_EQ(net_counter(outer, "captured"), 175);
  CHECK_EQ(net_counter(inner, "captured"), 175);
  CHECK_EQ(g_sink.rx, 75);
}

/* Ever less memory, under every wrapper at once.  What was committed is done,
 * what was received is handed up or counted, and nothing is damaged.
 */

static void exhaustion(void)
{
  struct net_driver_s *dev = fake_create(&g_fake, 8);
  unsigned int sent = 0;
  unsigned int left;
  uint32_t i;

  dev = netdev_wrap(dev, "hold,count=3,depth=8");
  dev = netdev_wrap(dev, "pcap,file=/dev/null");
  dev = netdev_wrap(dev, "fault,dup=30%,reorder=20%,corrupt=10%,"
                    "delay=100us,jitter=90us,seed=3");
  CHECK(dev != NULL);
  sink_attach(&g_sink, dev);
  CHECK_EQ(netdev_ifup(dev), 0);
  for (left = 40; left < 41; left--)
    {
      hoard(left);
      for (i = 0; i < 30; i++)
        {
          int ret = net_send(dev, 60 + i * 40, i);

          CHECK(ret == 0 || ret == -EAGAIN || ret == -ENOMEM);
          sent += ret == 0;
          fake_rx(&g_fake, 60 + i * 40, i);
          nxsched_ticksleep(i % 3 * 50);
        }

      unhoard();
      CHECK_EQ(iob_check(), 0);
    }

  CHECK(sent > 300 && net_counter(&g_fake.dev, "rx_drop_memory") > 0);
  CHECK(net_counter(dev, "tx_lost_memory") + net_counter(dev, "tx_dup_failed")
        + net_counter(dev, "rx_lost_memory") > 0);
  netdev_ifdown(dev);
  CHECK_EQ(g_sink.done, sent);
  CHECK_EQ(net_counter(dev, "tx_frames"), sent);
  CHECK_EQ(net_counter(&g_fake.dev, "tx_frames"),
           net_counter(&g_fake.dev, "tx_done"));
}

/* Specs ********************************************************************/

struct bad_s
{
  const char *spec;
  const char *says;                  /* Part of the error */
};

static const struct bad_s g_baddev[] =
{
  {"", "no device '' (there are: tap loopback link lockstep)"},
  {"tpa", "no device 'tpa'"},
  {"tap0", "no device 'tap0'"},
  {"fault", "'fault' is a wrapper"},
  {"loopback,", "unknown key ''"},
  {"loopback,,if=lo", "unknown key ''"},
  {"loopback,mtu", "mtu needs a value: 576 to 65535"},
  {"loopback,mtu=", "mtu=: must be 576 to 65535"},
  {"loopback,mtu=abc", "mtu=abc: must be"},
  {"loopback,mtu=575", "must be 576 to 65535"},
  {"loopback,mtu=65536", "must be 576 to 65535"},
  {"loopback,mtu=1500x", "must be 576 to 65535"},
  {"loopback,mtu=-1", "must be 576 to 65535"},
  {"loopback,mtu=1500.5", "must be 576 to 65535"},
  {"loopback,mtu=99999999999999999999999", "must be 576 to 65535"},
  {"loopback,mtu=1500,mtu=1500", "mtu is given twice"},
  {"loopback,if=", "a name of 1 to 15"},
  {"loopback,if=0123456789abcdef", "a name of 1 to 15"},
  {"loopback,if=a b", "can not be the name"},
  {"loopback,name=x", "unknown key 'name' (there are: if mtu)"},
  {"tap,name=tap0", "tap: not under virtual time"},
  {"tap,mtu=65522", "must be 576 to 65521"},
  {"tap,mac=02:00:00:00:00", "an address such as"},
  {"tap,mac=02:00:00:00:00:0g", "an address such as"},
  {"tap,mac=03:00:00:00:00:01", "an address such as"},
  {"tap,vnet=maybe", "yes or no"},
  {"tap,burst=0", "must be 1 to"},
  {"link", "needs path= and peer=, or port= and peerport="},
  {"link,path=/tmp/a", "needs path= and peer="},
  {"link,path=/tmp/a,peerport=5", "needs path= and peer="},
  {"link,path=/a,peer=/b,port=5", "needs path= and peer="},
  {"link,port=0,peerport=5", "must be 1 to 65535"},
  {"link,port=5,peerport=65536", "must be 1 to 65535"},
  {"link,port=5,peerport=6,mtu=65535", "must be 576 to 65493"},
  {"link,path=/tmp/a,peer=/tmp/b", "link: not under virtual time"},
  {"lockstep,meet=x", "side= is missing: a|b"},
  {"lockstep,side=c,meet=x", "must be a|b"},
  {"lockstep,side=a", "needs meet= or fd="},
  {"lockstep,side=a,meet=x,fd=3", "needs meet= or fd="},
  {"lockstep,side=a,fd=99", "fd=99: "},
  {"lockstep,side=a,fd=1", "fd=1: must be 3 to"},
  {"lockstep,side=a,meet=x,delay=0", "at least 1us"},
  {"lockstep,side=a,meet=nobody,wait=5ms", "nobody came to meet=nobody"},
};

static const struct bad_s g_badwrap[] =
{
  {"", "no wrapper ''"},
  {"loss", "no wrapper 'loss' (there are: fault hold pcap)"},
  {"tap", "'tap' is a device"},
  {"fault,loss=1", "a share such as 1% or 0.01"},
  {"fault,loss=101%", "a share such as"},
  {"fault,loss=-1%", "a share such as"},
  {"fault,loss=%", "a share such as"},
  {"fault,loss=1%%", "a share such as"},
  {"fault,loss=0.00000000001%", "a share such as"},
  {"fault,loss=", "a share such as"},
  {"fault,loss", "loss needs a value"},
  {"fault,lose=1%", "unknown key 'lose'"},
  {"fault,delay=10", "a time such as 10ms"},
  {"fault,delay=10m", "a time such as 10ms"},
  {"fault,delay=ms", "a time such as 10ms"},
  {"fault,delay=99999999999999s", "a time such as 10ms"},
  {"fault,rate=10", "a rate such as 10mbit"},
  {"fault,rate=10MB", "a rate such as 10mbit"},
  {"fault,limit=0", "limit=0: must be 1 to"},
  {"fault,gap=0", "gap=0: must be 1 to"},
  {"fault,dir=up", "both|tx|rx"},
  {"fault,dir=bot", "both|tx|rx"},
  {"fault,match=0806", "offset:hex"},
  {"fault,match=12:", "offset:hex"},
  {"fault,match=12:080", "offset:hex"},
  {"fault,match=12:0x08", "offset:hex"},
  {"fault,match=99999:08", "offset:hex"},
  {"fault,match=12:00112233445566778899aabbccddeeff00", "offset:hex"},
  {"fault,seed=0x7", "seed=0x7: must be"},
  {"hold,time=1", "a time such as"},
  {"hold,depth=0", "must be 1 to 65536"},
  {"hold,count=256", "must be less than depth=256"},
  {"hold,send=never", "first|last"},
  {"hold,release=all", "release is a command for a device that runs"},
  {"pcap,file=", "file=: must be a path"},
  {"pcap,file=/nonexistent/x", "can not write /nonexistent/x: No such file"},
  {"pcap,file=/", "can not write /: Is a directory"},
  {"pcap,snaplen=15", "must be 16 to"},
  {"pcap,flush", "flush is a command"},
};

static const struct bad_s g_badcontrol[] =
{
  {"loss=2", "a share such as"},
  {"nonsense", "unknown key 'nonsense'"},
  {"loss=2%,delay=x", "a time such as"},
};

static void check_bad(const struct bad_s *bad)
{
  if (strstr(netdev_error(), bad->says) == NULL ||
      strchr(netdev_error(), '\n') != NULL)
    {
      printf("\"%s\" says \"%s\", not \"%s\"\n", bad->spec, netdev_error(),
             bad->says);
      CHECK(false);
    }
}

static void specs(void)
{
  static char text[16384];
  struct net_driver_s *dev = fake_create(&g_fake, 4);
  struct kmm_info_s before;
  struct kmm_info_s after;
  size_t i;

  kmm_getinfo(&before);
  for (i = 0; i < sizeof(g_baddev) / sizeof(g_baddev[0]); i++)
    {
      CHECK(netdev_create(g_baddev[i].spec) == NULL);
      check_bad(&g_baddev[i]);
    }

  for (i = 0; i < sizeof(g_badwrap) / sizeof(g_badwrap[0]); i++)
    {
      CHECK(netdev_wrap(dev, g_badwrap[i].spec) == NULL);
      check_bad(&g_badwrap[i]);
    }

  kmm_getinfo(&after);
  CHECK_EQ(after.nblocks, before.nblocks);
  CHECK(netdev_findbyname("eth0") == dev);

  CHECK_EQ(netdev_control(dev, "loss=2%"), -ENOTSUP);
  dev = netdev_wrap(dev, "fault,loss=0.5%,burst-start=0.001,delay=1.5ms,"
                    "rate=1.5mbit,match=12:0806,seed=7,dir=tx");
  CHECK(dev != NULL);
  CHECK(netdev_error()[0] == '\0');
  for (i = 0; i < sizeof(g_badcontrol) / sizeof(g_badcontrol[0]); i++)
    {
      CHECK_EQ(netdev_control(dev, g_badcontrol[i].spec), -EINVAL);
      check_bad(&g_badcontrol[i]);
    }

  netdev_showdev(dev, text, sizeof(text));
  CHECK(strstr(text, "dir tx loss 0.5000000% burst-start 0.1000000% "
               "delay 1500000ns rate 1500000bit") != NULL);
  CHECK_EQ(netdev_control(dev, "loss=2%,delay=0"), 0);
  netdev_showdev(dev, text, sizeof(text));
  CHECK(strstr(text, "loss 2.0000000% burst-start 0.1000000% rate") != NULL);

  CHECK_EQ(netdev_help(NULL, 0), netdev_help(text, sizeof(text)));
  CHECK(strstr(text, "  tap: ") != NULL && strstr(text, "jitter") != NULL);
}

/* Memory fails at each point of creation in turn: nothing stays behind */

static void no_heap(void)
{
  static const char *const spec[] =
  {
    "fault,seed=7", "hold,time=1ms", "pcap,file=/dev/null", "pcap"
  };

  struct kmm_info_s before;
  struct kmm_info_s after;
  struct net_driver_s *dev;
  unsigned long n;
  size_t i;

  for (i = 0; i < 5; i++)
    {
      struct net_driver_s *fake = i < 4 ? fake_create(&g_fake, 4) : NULL;

      kmm_getinfo(&before);
      for (n = 1; ; n++)
        {
          kmm_fail(n);
          dev = i < 4 ? netdev_wrap(fake, spec[i]) :
                        netdev_create("loopback,if=lo9");
          kmm_fail(0);
          if (dev != NULL)
            {
              break;
            }

          kmm_getinfo(&after);
          CHECK_EQ(after.nblocks, before.nblocks);
          CHECK(netdev_error()[0] != '\0');
        }

      CHECK(n > 2);
      netdev_destroy(dev);
    }
}

/* Each scenario in a kernel of its own *************************************/

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(net_run(name, true, 1), 0); \
  }

SCENARIO(names)
SCENARIO(reservations)
SCENARIO(sizes)
SCENARIO(no_gather)
SCENARIO(loopback)
SCENARIO(skeleton)
SCENARIO(layers)
SCENARIO(stacking)
SCENARIO(exhaustion)
SCENARIO(specs)
SCENARIO(no_heap)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_names),
    cmocka_unit_test(test_reservations),
    cmocka_unit_test(test_sizes),
    cmocka_unit_test(test_no_gather),
    cmocka_unit_test(test_loopback),
    cmocka_unit_test(test_skeleton),
    cmocka_unit_test(test_layers),
    cmocka_unit_test(test_stacking),
    cmocka_unit_test(test_exhaustion),
    cmocka_unit_test(test_specs),
    cmocka_unit_test(test_no_heap),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
