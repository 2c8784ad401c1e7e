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

/* TCP: which segments are meant ********************************************/

#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define ACK 0x10

struct segment_s
{
  uint8_t flags;
  uint32_t seq;
  uint32_t ack;
  uint16_t window;
  uint16_t datalen;
  uint16_t port;                     /* Of the sender, less 4000 */
  uint8_t protocol;                  /* 0: TCP */
  uint16_t fragment;                 /* Flags and offset */
  uint16_t iplen;                    /* 0: as it is */
  uint8_t off;                       /* 0: as it is */
};

static void put(uint8_t *p, uint32_t value, int n)
{
  while (n-- > 0)
    {
      p[n] = (uint8_t)value;
      value >>= 8;
    }
}

static struct iob_s *segment(struct net_driver_s *dev,
                             const struct segment_s *s)
{
  static uint8_t frame[14 + 40 + 9000];
  unsigned int len = 14 + 40 + s->datalen;
  uint8_t *ip = frame + 14;
  uint8_t *tcp = ip + 20;
  struct iob_s *iob;

  memset(frame, 0, sizeof(frame));
  put(frame + 12, 0x0800, 2);
  memcpy(frame, "\2\0\0\0\0\2\2\0\0\0\0\1", 12);
  ip[0] = 0x45;
  put(ip + 2, s->iplen > 0 ? s->iplen : len - 14, 2);
  put(ip + 6, s->fragment, 2);
  ip[9] = s->protocol > 0 ? s->protocol : 6;
  put(ip + 12, 0x0a000001, 4);
  put(ip + 16, 0x0a000002, 4);
  put(tcp, 4000u + s->port, 2);
  put(tcp + 2, 80, 2);
  put(tcp + 4, s->seq, 4);
  put(tcp + 8, s->ack, 4);
  tcp[12] = s->off > 0 ? s->off : 0x50;
  tcp[13] = s->flags;
  put(tcp + 14, s->window, 2);

  iob = netdev_txalloc(dev, len, IOB_CLASS_TX);
  CHECK(iob != NULL && iob_trycopyin(iob, frame, len, 0, false) == (int)len);
  return iob;
}

/* Send segments; a text of which were lost: "x", and which not: "." */

static void send_segments(struct net_driver_s *dev,
                          const struct segment_s *s, unsigned int n,
                          const char *expect)
{
  char got[64];
  unsigned int i;

  for (i = 0; i < n; i++)
    {
      unsigned int sent = g_fake.sent;

      CHECK_EQ(netdev_send(dev, segment(dev, &s[i]), NULL), 0);
      got[i] = g_fake.sent == sent ? 'x' : '.';
    }

  got[n] = '\0';
  if (strcmp(got, expect) != 0)
    {
      printf("lost %s, not %s\n", got, expect);
      CHECK(false);
    }
}

#define SEND(dev, table, expect) \
  send_segments(dev, table, sizeof(table) / sizeof((table)[0]), expect)

static void tcp_kinds(void)
{
  static const struct segment_s life[] =
  {
    {.flags = SYN, .seq = 99, .window = 500},
    {.flags = SYN | ACK, .seq = 99, .ack = 7, .window = 500},
    {.flags = ACK, .seq = 100, .ack = 7, .window = 500},
    {.flags = ACK, .seq = 100, .ack = 7, .window = 500, .datalen = 10},
    {.flags = ACK, .seq = 100, .ack = 7, .window = 500, .datalen = 10},
    {.flags = ACK, .seq = 105, .ack = 7, .window = 500, .datalen = 10},
    {.flags = ACK, .seq = 115, .ack = 8, .window = 500},
    {.flags = ACK, .seq = 115, .ack = 8, .window = 500},
    {.flags = ACK, .seq = 115, .ack = 8, .window = 501},
    {.flags = ACK, .seq = 115, .ack = 8, .window = 502, .datalen = 1},
    {.flags = FIN | ACK, .seq = 116, .ack = 8, .window = 502},
    {.flags = RST, .seq = 117},
    {.flags = SYN, .seq = 49, .window = 500},
    {.flags = ACK, .seq = 50, .ack = 7, .window = 500, .datalen = 10}
  };

  static const struct
  {
    const char *kind;
    const char *lost;
  }
  kinds[] =
  {
    {"no", "xxxxxxxxxxxxxx"},
    {"any", "xxxxxxxxxxxxxx"},
    {"syn", "x...........x."},
    {"synack", ".x............"},
    {"ack", "..x...xxx....."},
    {"data", "...xxx...x...x"},
    {"first", "...x.x...x...x"},
    {"resent", "....x........."},
    {"window", "........x....."},
    {"fin", "..........x..."},
    {"rst", "...........x.."}
  };

  struct net_driver_s *dev = setup("fault");
  char words[40];
  size_t i;

  for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
    {
      snprintf(words, sizeof(words), "tcp=%s,nth=1", kinds[i].kind);
      CHECK_EQ(netdev_control(dev, words), 0);
      SEND(dev, life, kinds[i].lost);
    }

  CHECK(netdev_control(dev, "tcp=udp") < 0);
  CHECK(strstr(netdev_error(), "tcp=udp: must be no|any|syn") != NULL);
  CHECK(netdev_control(dev, "times=-1") < 0);
  CHECK(netdev_control(dev, "after=always") < 0);
}

/* What is no TCP segment, or has no header of one in it */

static void tcp_or_not(void)
{
  static const struct segment_s other[] =
  {
    {.flags = ACK, .datalen = 9, .protocol = 17},
    {.flags = ACK, .datalen = 9, .fragment = 100},
    {.flags = ACK, .datalen = 9, .iplen = 39},
    {.flags = ACK, .datalen = 9, .iplen = 10},
    {.flags = ACK, .datalen = 9, .off = 0x40},
    {.flags = ACK, .datalen = 9, .off = 0xf0},
    {.flags = ACK, .datalen = 9, .fragment = 0x2000}
  };

  struct net_driver_s *dev = setup("fault,tcp=data,nth=1");

  SEND(dev, other, "......x");
  CHECK_EQ(net_send(dev, 20, 1), 0);
  CHECK_EQ(net_send(dev, 60, 1), 0);
  CHECK_EQ(net_counter(dev, "tx_lost_nth"), 1);
  CHECK_EQ(netdev_control(dev, "tcp=any,nth=0,loss=100%,dup=100%,"
                               "corrupt=100%,reorder=100%"), 0);
  CHECK_EQ(net_send(dev, 60, 1), 0);
  CHECK_EQ(net_counter(dev, "tx_lost_random"), 0);
  CHECK_EQ(net_counter(dev, "tx_duplicated"), 0);
  CHECK_EQ(net_counter(dev, "tx_corrupted"), 0);
  CHECK_EQ(net_counter(dev, "tx_reordered"), 0);
  CHECK_EQ(g_fake.damaged, 7 - 1);
  check_conserved(dev);
}

/* Sequence numbers wrap; connections are told apart, and one that was there
 * before, or that nobody has memory for, is none of our business
 */

static void tcp_first(void)
{
  static const struct segment_s wrap[] =
  {
    {.flags = ACK, .seq = 0xfffffff8, .datalen = 16},
    {.flags = ACK, .seq = 0xfffffff8, .datalen = 16},
    {.flags = ACK, .seq = 8, .datalen = 1},
    {.flags = ACK, .seq = 0xfffffff0, .datalen = 8},
    {.flags = ACK, .seq = 8, .datalen = 1, .port = 1},
    {.flags = ACK, .seq = 8, .datalen = 1, .port = 2},
    {.flags = ACK, .seq = 8, .datalen = 1, .port = 1},
    {.flags = ACK, .seq = 9, .datalen = 1}
  };

  struct net_driver_s *dev = setup("fault,tcp=first,nth=1");

  SEND(dev, wrap, "x.x.xx.x");
  CHECK_EQ(netdev_control(dev, "tcp=resent"), 0);
  SEND(dev, wrap, ".x.x..x.");
  netdev_ifdown(dev);
  CHECK_EQ(netdev_ifup(dev), 0);
  kmm_fail(1);
  CHECK_EQ(netdev_send(dev, segment(dev, &wrap[0]), NULL), 0);
  kmm_fail(0);
  CHECK_EQ(net_counter(dev, "tx_lost_nth"), 6 + 3);
  CHECK_EQ(net_counter(dev, "tx_passed"), 2 + 5 + 1);
}

/* Connections that have ended, or of which nothing is seen any more, are
 * forgotten some day; those that go on are not.
 */

#define FLOWS 1000

static uint32_t blocks(void)
{
  struct kmm_info_s info;

  kmm_getinfo(&info);
  return info.nblocks;
}

static void pass(unsigned int seconds)
{
  CHECK_EQ(nxsched_sleep_until(clock_systime_ns() +
                               seconds * UINT64_C(1000000000)), 0);
}

static void send_flows(struct net_driver_s *dev, uint8_t flags, uint32_t seq)
{
  struct segment_s s =
  {
    .flags = flags, .seq = seq, .datalen = flags != SYN
  };

  for (s.port = 1; s.port <= FLOWS; s.port++)
    {
      CHECK_EQ(netdev_send(dev, segment(dev, &s), NULL), 0);
    }
}

static void tcp_forgotten(void)
{
  static const struct segment_s idle[] =
  {
    {.flags = ACK, .seq = 5, .datalen = 1},
    {.flags = ACK, .seq = 5, .datalen = 1}
  };

  static const struct segment_s other[] =
  {
    {.flags = ACK, .seq = 5, .datalen = 1, .port = FLOWS + 1}
  };

  struct net_driver_s *dev = setup("fault,tcp=resent,nth=1");
  uint32_t before = blocks();

  SEND(dev, idle, ".x");
  send_flows(dev, SYN, 1);
  send_flows(dev, FIN | ACK, 2);
  CHECK(blocks() >= before + FLOWS + 1);

  /* What has ended is known for a while: its last segment comes again */

  pass(200);
  send_flows(dev, FIN | ACK, 2);
  CHECK_EQ(net_counter(dev, "tx_lost_nth"), 1 + FLOWS);
  CHECK(blocks() >= before + FLOWS + 1);

  pass(241);
  SEND(dev, other, ".");
  CHECK_EQ(blocks(), before + 2);
  pass(6000);
  SEND(dev, idle, "xx");

  /* One that begins again, in the record of the last, is open again */

  send_flows(dev, FIN | ACK, 9);
  send_flows(dev, SYN, 50);
  pass(1000);
  SEND(dev, other, "x");
  CHECK(blocks() >= before + FLOWS);
  send_flows(dev, RST, 51);
  pass(241);
  SEND(dev, idle, "xx");
  send_flows(dev, SYN, 1);
  CHECK_EQ(blocks(), before + 2 + FLOWS);

  /* And at last all of them */

  pass(7441);
  SEND(dev, other, ".");
  CHECK_EQ(blocks(), before + 1);
  netdev_ifdown(dev);
  CHECK_EQ(blocks(), before);
}

/* after= and times= begin anew with each command */

static void tcp_times(void)
{
  static const struct segment_s data[] =
  {
    {.datalen = 1}, {.datalen = 1}, {.flags = SYN}, {.datalen = 1},
    {.datalen = 1}, {.datalen = 1}, {.datalen = 1}, {.datalen = 1}
  };

  struct net_driver_s *dev = setup("fault,tcp=data,nth=1,after=2,times=3");

  SEND(dev, data, "...xxx..");
  SEND(dev, data, "........");
  CHECK_EQ(netdev_control(dev, "times=1"), 0);
  SEND(dev, data, "...x....");
  CHECK_EQ(netdev_control(dev, "times=always,after=1,nth=2"), 0);
  SEND(dev, data, "...x.x.x");
  SEND(dev, data, ".x..x.x.");
  CHECK_EQ(netdev_control(dev, "nth=0,loss=100%,times=2,after=0"), 0);
  SEND(dev, data, "xx......");
  CHECK_EQ(netdev_control(dev, "times=0"), 0);
  SEND(dev, data, "........");
  check_conserved(dev);
}

/* A path whose MTU is less than ours: the error goes where the packet came
 * from, after the call that sent it
 */

static void answered(const struct iob_s *iob, unsigned int mtu)
{
  uint8_t byte[14 + 28 + 40];

  CHECK_EQ(iob->io_pktlen, 14 + 28 + 40 + 44);
  CHECK_EQ(iob_copyout(byte, iob, sizeof(byte), 0), sizeof(byte));
  CHECK_EQ(memcmp(byte, "\2\0\0\0\0\1\2\0\0\0\0\2\x08\0\x45", 15), 0);
  CHECK_EQ(memcmp(byte + 26, "\x0a\0\0\2\x0a\0\0\1\3\4", 10), 0);
  CHECK_EQ(byte[40] << 8 | byte[41], mtu);
  CHECK_EQ(byte[14 + 28], 0x45);
  CHECK_EQ(memcmp(byte + 14 + 28 + 12, "\x0a\0\0\1\x0a\0\0\2", 8), 0);
}

static void path_mtu(void)
{
  static const struct segment_s most = {.datalen = 960, .fragment = 0x4000};
  static const struct segment_s more = {.datalen = 961, .fragment = 0x4000};
  static const struct segment_s free = {.datalen = 961};
  static const struct netdev_offload_s cut =
  {
    .flags = NETDEV_OFF_TCPV4 | NETDEV_OFF_PARTIAL, .hdrlen = 54,
    .gso_size = 960
  };

  struct net_driver_s *dev = setup("fault,mtu=1000,dir=tx");

  g_sink.keep = true;
  CHECK_EQ(netdev_send(dev, segment(dev, &most), NULL), 0);
  CHECK_EQ(netdev_send(dev, segment(dev, &more), &cut), 0);
  CHECK_EQ(g_fake.sent, 2);
  CHECK_EQ(netdev_send(dev, segment(dev, &free), NULL), 0);
  CHECK_EQ(netdev_send(dev, segment(dev, &more), NULL), 0);
  CHECK_EQ(net_counter(dev, "tx_lost_mtu"), 2);
  CHECK_EQ(g_sink.rx, 0);
  nxsched_ticksleep(MSEC2TICK(1));
  CHECK_EQ(g_sink.rx, 1);
  answered(g_sink.frame[0], 1000);
  sink_clear(&g_sink);

  /* The other way the error goes out; and the ARP of a router is none */

  CHECK_EQ(netdev_control(dev, "dir=rx,mtu=900"), 0);
  netdev_rx(&g_fake.dev, segment(dev, &most), NULL);
  fake_rx(&g_fake, 1400, 1);
  CHECK_EQ(net_counter(dev, "rx_lost_mtu"), 1);
  g_fake.hold = true;
  nxsched_ticksleep(MSEC2TICK(1));
  CHECK_EQ(g_fake.n, 1);
  answered(g_fake.frame[0], 900);
  sink_clear(&g_sink);

  /* Down while one waits; no memory for one */

  netdev_rx(&g_fake.dev, segment(dev, &most), NULL);
  netdev_ifdown(dev);
  CHECK_EQ(netdev_ifup(dev), 0);
  kmm_fail(1);
  netdev_rx(&g_fake.dev, segment(dev, &most), NULL);
  kmm_fail(0);
  nxsched_ticksleep(MSEC2TICK(1));
  CHECK_EQ(g_fake.n, 0);
  CHECK(netdev_control(dev, "mtu=65536") < 0);
}

/* A frame whose checksum is not in it, or was verified, can not be told from
 * a good one any more
 */

static void corrupt_offload(void)
{
  static const struct segment_s data = {.datalen = 10};
  static const struct netdev_offload_s partial =
  {
    .flags = NETDEV_OFF_PARTIAL, .csum_start = 34, .csum_offset = 16
  };

  static const struct netdev_offload_s valid =
  {
    .flags = NETDEV_OFF_VALID
  };

  struct net_driver_s *dev = setup("fault,corrupt=100%");

  CHECK_EQ(netdev_send(dev, segment(dev, &data), &partial), 0);
  CHECK_EQ(net_counter(dev, "tx_lost_corrupt"), 1);
  CHECK_EQ(g_fake.sent, 0);
  netdev_rx(&g_fake.dev, segment(dev, &data), &valid);
  CHECK_EQ(net_counter(dev, "rx_lost_corrupt"), 1);
  CHECK_EQ(g_sink.rx, 0);
  netdev_rx(&g_fake.dev, segment(dev, &data), NULL);
  CHECK_EQ(g_sink.rx, 1);
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
SCENARIO(tcp_kinds)
SCENARIO(tcp_or_not)
SCENARIO(tcp_first)
SCENARIO(tcp_forgotten)
SCENARIO(tcp_times)
SCENARIO(path_mtu)
SCENARIO(corrupt_offload)

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
    cmocka_unit_test(test_tcp_kinds),
    cmocka_unit_test(test_tcp_or_not),
    cmocka_unit_test(test_tcp_first),
    cmocka_unit_test(test_tcp_forgotten),
    cmocka_unit_test(test_tcp_times),
    cmocka_unit_test(test_path_mtu),
    cmocka_unit_test(test_corrupt_offload),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
