/* tests/host/net/test_frag.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fragments, in and out.  Goal: datagrams arrive whole in whatever order and
 * number their fragments come; nothing that overlaps is ever delivered; what
 * an attacker sends is bounded in memory and time, and does not push out what
 * others send.  What we send is cut right, at every length, and waits for the
 * device as a whole.  Method: an echo in pieces, whose answer, in pieces as
 * well, is put together by the test.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <nuttx/kmalloc.h>

#include "ip_util.h"

#define MAXPAYLOAD 65515

static struct wire_s g_wire;
static struct frame_s g_whole;       /* The datagram before it is cut */
static struct pkt_s g_pkt;

static const uint8_t *payload(void)
{
  return g_whole.data + IP_AT + 20;
}

static unsigned int length(void)
{
  return g_whole.len - IP_AT - 20;
}

/* An echo with so many bytes of IP payload */

static void prepare(unsigned int host, unsigned int n)
{
  ip_echo(&g_wire, host, n - 8, &g_pkt);
  frame_make(&g_whole, &g_pkt);
}

static void setup(unsigned int features)
{
  wire_create(&g_wire, "eth%d", 1500, features);
  wire_know(&g_wire, 2);
  wire_know(&g_wire, 3);
  prepare(2, 4000);
}

/* One fragment of it; "n" bytes from "start" */

static void piece(unsigned int start, unsigned int n, bool more)
{
  struct pkt_s pkt = g_pkt;

  pkt.frag = (uint16_t)start;
  pkt.mf   = more;
  pkt.data = start + n <= MAXPAYLOAD ? payload() + start : payload();
  pkt.len  = n;
  if (start == 0 && !more)
    {
      pkt_rx(&g_wire, &g_pkt);
      return;
    }

  pkt_rx(&g_wire, &pkt);
}

static void all_in_pieces_of(unsigned int n)
{
  unsigned int start;

  for (start = 0; start < length(); start += n)
    {
      unsigned int left = length() - start;

      piece(start, left > n ? n : left, left > n);
    }
}

/* Put the answer together: its payload's length, 0 if there is none */

static uint8_t g_answer[65600];

static unsigned int collect(uint8_t proto)
{
  unsigned int have = 0;
  unsigned int total = 0;
  struct pkt_s pkt;
  uint16_t ident = 0;
  bool first = true;

  while (total == 0 || have < total)
    {
      const uint8_t *frame;
      unsigned int len;
      unsigned int n;

      frame = wire_next(&g_wire, &len);
      if (frame == NULL)
        {
          return 0;
        }

      CHECK(pkt_read(frame, len, &pkt) == NULL);
      if (pkt.proto != proto)
        {
          continue;
        }

      CHECK(first || pkt.ident == ident);
      CHECK_EQ(pkt.df, false);
      CHECK(len <= IP_AT + g_wire.dev.d_mtu);
      n = len - IP_AT - 20;
      CHECK(!pkt.mf || n == ((g_wire.dev.d_mtu - 20) & ~7u));
      CHECK_EQ(pkt.frag, have);      /* They leave in order */
      memcpy(g_answer + pkt.frag, frame + IP_AT + 20, n);
      have += n;
      total = pkt.mf ? 0 : have;
      ident = pkt.ident;
      first = false;
    }

  return total;
}

static void answered(void)
{
  CHECK_EQ(collect(1), length());
  CHECK_EQ(g_answer[0], 0);
  CHECK_EQ(memcmp(g_answer + 4, payload() + 4, length() - 4), 0);
}

static void not_answered(void)
{
  CHECK_EQ(collect(1), 0);
}

static size_t pool_used(void)
{
  struct iob_info_s info;

  iob_getinfo(&info);
  return info.used;
}

/* Putting together *********************************************************/

static void in_order(void)
{
  unsigned int n;

  setup(0);
  for (n = 104; n <= 1480; n += 8 * 43)
    {
      all_in_pieces_of(n);
      answered();
    }

  CHECK_EQ(stack_stat("ip.reasmoks"), 5);
  CHECK_EQ(stack_stat("ip.reasmfails"), 0);
}

/* A fragment that somebody else views, as one that is captured, stays as it
 * came: the header of the whole datagram is not written into it.
 */

static void viewed_by_others(void)
{
  static struct frame_s frame;
  static uint8_t now[sizeof(frame.data)];
  struct pkt_s pkt;
  struct iob_s *iob;
  struct iob_s *view;

  setup(0);
  pkt     = g_pkt;
  pkt.mf  = true;
  pkt.data = payload();
  pkt.len = 1000;
  frame_make(&frame, &pkt);
  iob = netdev_txalloc(&g_wire.dev, frame.len, IOB_CLASS_RX);
  CHECK(iob != NULL);
  CHECK_EQ(iob_trycopyin(iob, frame.data, frame.len, 0, true), frame.len);
  view = iob_share(iob, 0, frame.len);
  CHECK(view != NULL);

  netdev_rx(&g_wire.dev, iob, NULL);
  wire_rx_end(&g_wire);
  piece(1000, 1000, true);
  piece(2000, 2000, false);
  CHECK_EQ(stack_stat("ip.reasmoks"), 1);
  CHECK_EQ(iob_copyout(now, view, frame.len, 0), frame.len);
  CHECK_EQ(memcmp(now, frame.data, frame.len), 0);
  iob_free_chain(view);
}

/* Every order of four, and each with one of them twice */

static void in_every_order(void)
{
  static const unsigned int at[5] =
  {
    0, 1000, 1480, 2000, 4000
  };

  unsigned int code;
  unsigned int again;

  setup(0);
  for (code = 0; code < 256; code++)
    {
      unsigned int order[4];
      unsigned int i;

      for (i = 0; i < 4; i++)
        {
          order[i] = (code >> 2 * i) & 3;
        }

      if (((1u << order[0]) | (1u << order[1]) | (1u << order[2]) |
           (1u << order[3])) != 15)
        {
          continue;
        }

      for (again = 0; again < 4; again++)
        {
          for (i = 0; i < 4; i++)
            {
              unsigned int p = order[i];
              unsigned int n = at[p + 1] - at[p];

              piece(at[p], n, p != 3);
              if (i == again && i < 3)
                {
                  piece(at[p], n, p != 3);
                }
            }

          answered();
        }
    }

  CHECK_EQ(stack_stat("ip.reasmoks"), 96);
  CHECK_EQ(stack_stat("ip.reasmdups"), 72);
  CHECK_EQ(stack_stat("ip.reasmoverlaps"), 0);
}

static void the_longest(void)
{
  setup(NETDEV_SG);
  prepare(2, MAXPAYLOAD);
  all_in_pieces_of(1480);
  answered();
  CHECK_EQ(stack_stat("ip.reasmoks"), 1);
  CHECK_EQ(stack_stat("ip.fragoks"), 1);
}

/* The first fragment has options, the others have none */

static void options_in_the_first(void)
{
  static struct frame_s frame;
  struct pkt_s pkt;

  setup(0);
  pkt      = g_pkt;
  pkt.mf   = true;
  pkt.data = payload();
  pkt.len  = 1000;
  frame_make(&frame, &pkt);
  frame_options(&frame, "\x07\x07\x04\x00\x00\x00\x00\x00", 8);
  piece(2000, 2000, false);
  piece(1000, 1000, true);
  frame_rx(&g_wire, &frame);
  answered();
}

static void two_at_a_time(void)
{
  struct pkt_s first;

  setup(0);
  piece(0, 1000, true);
  first = g_pkt;
  g_pkt.ident++;
  piece(0, 2000, true);
  g_pkt = first;
  g_pkt.src++;
  piece(0, 3000, true);              /* Another sender, the same number */
  g_pkt = first;
  g_pkt.proto = 17;
  piece(2000, 1000, true);
  g_pkt = first;
  piece(1000, 3000, false);
  answered();
  CHECK_EQ(stack_stat("ip.reasmoks"), 1);
  g_pkt.ident++;
  piece(2000, 2000, false);
  answered();
  stack_sleep(40 * NET_SEC);
  CHECK_EQ(stack_stat("ip.reasmtimeout"), 2);
}

/* Random cuts, random order, duplicates, eight datagrams mixed */

static void random_orders(void)
{
  unsigned int round;

  setup(NETDEV_SG);
  for (round = 0; round < 60; round++)
    {
      unsigned int cut[9];
      unsigned int left = 0xff;
      unsigned int i;

      cut[0] = 0;
      for (i = 1; i < 8; i++)
        {
          cut[i] = cut[i - 1] + 8 + 8 * (unsigned int)(sim_random() % 60);
        }

      cut[8] = length();
      g_pkt.ident = (uint16_t)round;
      while (left != 0)
        {
          unsigned int p = (unsigned int)(sim_random() % 8);

          if ((left & ~(1u << p)) == 0 || (left >> p & 1))
            {
              p = left & (1u << p) ? p : (unsigned int)__builtin_ctz(left);
            }

          piece(cut[p], cut[p + 1] - cut[p], p != 7);
          left &= ~(1u << p);
        }

      answered();
    }

  CHECK_EQ(stack_stat("ip.reasmoks"), 60);
}

/* Nothing that overlaps ****************************************************/

static void overlaps(void)
{
  static const struct
  {
    unsigned int start[2];
    unsigned int len[2];
  } t[] =
  {
    { { 0, 992 }, { 1000, 1000 } },      /* By eight bytes at its end */
    { { 1000, 0 }, { 1000, 1008 } },     /* ... at its beginning */
    { { 0, 0 }, { 1000, 1008 } },        /* The same start, longer */
    { { 0, 0 }, { 1000, 992 } },         /* ... shorter */
    { { 0, 8 }, { 1000, 992 } },         /* The same end */
    { { 0, 496 }, { 1000, 104 } },       /* Inside (teardrop) */
    { { 496, 0 }, { 104, 1000 } },       /* Around it */
    { { 8, 0 }, { 8, 24 } },
  };

  unsigned int i;

  setup(0);
  for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
    {
      g_pkt.ident = (uint16_t)(100 + i);
      piece(t[i].start[0], t[i].len[0], true);
      CHECK_DROP(&g_wire, "ip.reasmoverlaps",
                 piece(t[i].start[1], t[i].len[1], true));

      /* What follows cannot revive it, not even all of it */

      all_in_pieces_of(1000);
      not_answered();
    }

  CHECK_EQ(stack_stat("ip.reasmoks"), 0);
  CHECK_EQ(stack_stat("ip.reasmlate"), 4 * (sizeof(t) / sizeof(t[0])));

  /* When its time is over the number can be used again */

  stack_sleep(31 * NET_SEC);
  wire_flush(&g_wire);
  all_in_pieces_of(1000);
  answered();
}

/* Three in a row, the middle one bridging two that are there */

static void overlap_of_a_bridge(void)
{
  setup(0);
  piece(0, 800, true);
  piece(1600, 800, true);
  CHECK_DROP(&g_wire, "ip.reasmoverlaps", piece(800, 808, true));
  g_pkt.ident++;
  piece(0, 800, true);
  piece(1600, 800, true);
  CHECK_DROP(&g_wire, "ip.reasmoverlaps", piece(792, 800, true));
  CHECK_EQ(stack_stat("ip.reasmfails"), 2);
}

static void ends_that_disagree(void)
{
  setup(0);
  piece(2000, 1000, false);
  CHECK_DROP(&g_wire, "ip.reasmoverlaps", piece(3000, 500, false));
  g_pkt.ident++;
  piece(2000, 1000, false);
  CHECK_DROP(&g_wire, "ip.reasmoverlaps", piece(3000, 504, true));
  g_pkt.ident++;
  piece(2000, 1000, true);
  CHECK_DROP(&g_wire, "ip.reasmoverlaps", piece(1000, 500, false));
  g_pkt.ident++;
  piece(2000, 1000, false);
  CHECK_DROP(&g_wire, "ip.reasmoverlaps", piece(2000, 1000, true));
}

/* Impossible ones **********************************************************/

static void impossible(void)
{
  unsigned int n;

  setup(0);
  CHECK_DROP(&g_wire, "ip.reasmbad", piece(8, 0, true));
  CHECK_DROP(&g_wire, "ip.reasmbad", piece(8, 0, false));
  for (n = 1; n < 8; n++)
    {
      CHECK_DROP(&g_wire, "ip.reasmbad", piece(0, 800 + n, true));
    }

  /* Longer than a datagram can be ("ping of death") */

  CHECK_DROP(&g_wire, "ip.reasmbad", piece(65512, 8, false));
  CHECK_DROP(&g_wire, "ip.reasmbad", piece(65528, 1000, false));
  CHECK_DROP(&g_wire, "ip.reasmbad", piece(64512, 1008, true));
  CHECK_EQ(pool_used(), 0);

  /* ... with the options of the first fragment, which come later */

  prepare(2, MAXPAYLOAD);
  piece(1000, 64000, true);
  piece(65000, 515, false);
  {
    static struct frame_s frame;
    struct pkt_s pkt = g_pkt;

    pkt.mf   = true;
    pkt.data = payload();
    pkt.len  = 1000;
    frame_make(&frame, &pkt);
    frame_options(&frame, "\x01\x01\x01\x01", 4);
    CHECK_DROP(&g_wire, "ip.reasmbad", frame_rx(&g_wire, &frame));
  }

  CHECK_EQ(pool_used(), 0);
}

/* Time *********************************************************************/

static void given_up_in_time(void)
{
  struct pkt_s pkt;

  setup(0);
  piece(0, 1000, true);
  piece(2000, 2000, false);
  g_pkt.ident++;
  piece(1000, 1000, true);           /* This one has no first part */
  stack_sleep(29 * NET_SEC);
  CHECK_EQ(stack_stat("ip.reasmtimeout"), 0);
  CHECK(pool_used() > 0);
  stack_sleep(2 * NET_SEC);
  CHECK_EQ(stack_stat("ip.reasmtimeout"), 2);
  CHECK_EQ(pool_used(), 0);

  CHECK(pkt_next(&g_wire, 1, &pkt));
  CHECK_EQ(pkt.type, 11);
  CHECK_EQ(pkt.code, 1);
  CHECK_EQ(pkt.dst, 0x0a000002);
  CHECK_EQ(pkt.len, 548);
  CHECK_EQ(pkt.data[20], 8);
  CHECK_EQ(memcmp(pkt.data + 20, payload(), 528), 0);
  CHECK(!pkt_next(&g_wire, 1, &pkt));

  g_pkt.ident--;
  piece(1000, 1000, true);           /* The rest comes too late */
  not_answered();
  stack_sleep(40 * NET_SEC);
}

static void interface_goes_down(void)
{
  setup(0);
  piece(0, 1000, true);
  CHECK(pool_used() > 0);
  netif_down(g_wire.nif);
  CHECK_EQ(pool_used(), 0);
  CHECK_EQ(stack_stat("ip.reasmflushed"), 1);
}

/* Floods *******************************************************************/

static size_t limit(void)
{
  struct iob_info_s info;

  iob_getinfo(&info);
  return info.arena / 4;
}

/* One attacker: an honest datagram that takes its time gets through */

static void flood_from_one(void)
{
  struct pkt_s honest;
  struct pkt_s pkt;
  unsigned int i;
  size_t most = 0;

  setup(0);
  honest = g_pkt;
  piece(0, 2000, true);
  for (i = 0; i < 20000; i++)
    {
      pkt = g_pkt;
      pkt.src   = 0x0a000003;
      pkt.ident = (uint16_t)i;
      pkt.frag  = (uint16_t)(i % 3 * 800);
      pkt.mf    = true;
      pkt.data  = payload();
      pkt.len   = 1400;
      pkt_rx(&g_wire, &pkt);
      most = pool_used() > most ? pool_used() : most;
    }

  CHECK(most <= limit() + 4096);
  CHECK(stack_stat("ip.reasmevicted") > 15000);
  g_pkt = honest;
  piece(2000, 2000, false);
  answered();
  stack_sleep(40 * NET_SEC);
  CHECK_EQ(pool_used(), 0);
}

/* Many of them: bounded, and an end */

static void flood_from_many(void)
{
  unsigned int i;
  size_t most = 0;

  setup(0);
  for (i = 0; i < 30000; i++)
    {
      uint64_t r = sim_random();
      struct pkt_s pkt = g_pkt;

      pkt.src   = 0x0b000000 + (uint32_t)(r % 0x1000000);
      pkt.ident = (uint16_t)(r >> 32);
      pkt.frag  = (uint16_t)((r >> 24) % 100 * 8);
      pkt.mf    = true;
      pkt.data  = payload();
      pkt.len   = 8 + 8 * ((r >> 48) % 20);
      pkt_rx(&g_wire, &pkt);
      most = pool_used() > most ? pool_used() : most;
    }

  CHECK(most <= limit() + 4096);
  CHECK_EQ(g_wire.total > 0, true);
  stack_sleep(40 * NET_SEC);
  CHECK_EQ(pool_used(), 0);
  CHECK_EQ(stack_stat("ip.reasmreqds"), 30000);
}

/* The smallest fragments, in the worst order */

static void tiny_ones(void)
{
  unsigned int i;

  setup(0);
  for (i = 400; i-- > 0; )
    {
      piece(i * 8, 8, true);
    }

  CHECK_EQ(stack_stat("ip.reasmmany"), 1);
  CHECK_EQ(stack_stat("ip.reasmlate"), 400 - 256);
  not_answered();
  stack_sleep(40 * NET_SEC);
}

static void no_memory(void)
{
  setup(0);
  kmm_fail(1);
  CHECK_DROP(&g_wire, "ip.reasmnomem", piece(0, 1000, true));
  kmm_fail(2);
  CHECK_DROP(&g_wire, "ip.reasmnomem", piece(0, 1000, true));
  piece(1000, 1000, true);
  piece(2000, 2000, false);
  kmm_fail(1);
  CHECK_DROP(&g_wire, "ip.reasmnomem", piece(0, 1000, true));
  piece(0, 1000, true);              /* Sent again, it is complete */
  answered();
}

/* Cutting ******************************************************************/

static void sent(unsigned int n)
{
  CHECK_EQ(ip_send(0x0a000002, n, 64, NET_TX_RESERVED), 0);
  CHECK_EQ(collect(IP_TESTPROTO), n);
  CHECK_EQ(memcmp(g_answer, ip_bytes(n), n), 0);
  CHECK_EQ(g_wire.dev.d_reserved, 0);
}

static void cut_at_every_length(void)
{
  unsigned int n;

  setup(NETDEV_SG);
  for (n = 1472; n < 1500; n++)
    {
      sent(n);
    }

  for (n = 2950; n < 2970; n++)
    {
      sent(n);
    }

  for (n = 4000; n < 60000; n += 7777)
    {
      sent(n);
    }
}

static void cut_for_a_flat_device(void)
{
  unsigned int n;

  setup(0);
  for (n = 1472; n < 30000; n += 1001)
    {
      sent(n);
    }

  CHECK_EQ(g_wire.chains, 0);
}

static void cut_for_small_mtus(void)
{
  unsigned int mtu;

  setup(NETDEV_SG);
  for (mtu = 68; mtu < 100; mtu++)
    {
      CHECK_EQ(netdev_set_mtu(&g_wire.dev, mtu), 0);
      sent(1000);
    }
}

/* The device takes four at a time: all of it leaves, in order */

static void device_is_slow(void)
{
  unsigned int i;

  setup(NETDEV_SG);
  g_wire.hold = true;
  g_wire.dev.d_txdepth = 4;
  CHECK_EQ(ip_send(0x0a000002, 60000, 64, NET_TX_RESERVED), 0);
  CHECK_EQ(g_wire.nheld, 4);
  for (i = 0; i < 100 && g_wire.nheld > 0; i++)
    {
      wire_done(&g_wire, 1);
      stack_sleep(NET_MSEC);
    }

  CHECK_EQ(collect(IP_TESTPROTO), 60000);
  CHECK_EQ(memcmp(g_answer, ip_bytes(60000), 60000), 0);
  CHECK_EQ(stack_stat("ip.outqueued"), 41 - 4);
}

/* It takes none: what does not fit into the queue as a whole is refused */

static void device_is_full(void)
{
  unsigned int i;
  unsigned int n;
  int ret = 0;

  setup(NETDEV_SG);
  g_wire.full = true;
  for (i = 0; i < 100 && ret == 0; i++)
    {
      ret = ip_send(0x0a000002, 60000, 64, NET_TX_NOWAIT);
    }

  CHECK_EQ(ret, -ENOBUFS);
  CHECK_EQ(i, 512 / 41 + 1);
  CHECK_EQ(stack_stat("ip.outqfull"), 1);
  CHECK_EQ(wire_next(&g_wire, &n) == NULL, true);
  wire_ready(&g_wire);
  stack_sleep(NET_MSEC);
  for (i = 0; i < 512 / 41; i++)
    {
      CHECK_EQ(collect(IP_TESTPROTO), 60000);
      CHECK_EQ(memcmp(g_answer, ip_bytes(60000), 60000), 0);
    }

  CHECK(wire_next(&g_wire, &n) == NULL);       /* No part of another */
}

/* Nobody knows the neighbour yet: all fragments wait for the answer */

static void neighbour_is_unknown(void)
{
  struct pkt_s arp;

  setup(NETDEV_SG);
  CHECK_EQ(ip_send(0x0a000009, 60000, 64, NET_TX_RESERVED), 0);
  CHECK(pkt_next(&g_wire, PKT_ARP, &arp));
  CHECK_EQ(arp.arp_tpa, 0x0a000009);
  CHECK_EQ(collect(IP_TESTPROTO), 0);
  memset(&arp, 0, sizeof(arp));
  pkt_from(&g_wire, 9, &arp);
  arp.arp_op  = 2;
  arp.arp_spa = arp.src;
  arp.arp_tpa = arp.dst;
  memcpy(arp.arp_sha, arp.smac, 6);
  memcpy(arp.arp_tha, arp.dmac, 6);
  pkt_rx(&g_wire, &arp);
  stack_sleep(NET_MSEC);
  CHECK_EQ(collect(IP_TESTPROTO), 60000);
  CHECK_EQ(memcmp(g_answer, ip_bytes(60000), 60000), 0);
  CHECK_EQ(g_wire.dev.d_reserved, 0);
}

static void device_goes_down(void)
{
  setup(NETDEV_SG);
  g_wire.full = true;
  CHECK_EQ(ip_send(0x0a000002, 60000, 64, NET_TX_NOWAIT), 0);
  CHECK(pool_used() > 60000);
  netif_down(g_wire.nif);
  CHECK_EQ(pool_used(), 0);
  CHECK_EQ(stack_stat("ip.outqflushed"), 41);
}

static void no_memory_to_cut(void)
{
  unsigned int n;

  setup(NETDEV_SG);
  for (n = 1; n < 50; n++)
    {
      int ret;

      g_wire.full = true;
      kmm_fail(n);
      ret = ip_send(0x0a000002, 60000, 64, NET_TX_NOWAIT);
      kmm_fail(0);
      CHECK(ret == 0 || ret == -ENOBUFS);
      wire_ready(&g_wire);
      stack_sleep(NET_MSEC);
      wire_flush(&g_wire);
      CHECK_EQ(pool_used(), 0);
    }
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(in_order)
SCENARIO(viewed_by_others)
SCENARIO(in_every_order)
SCENARIO(the_longest)
SCENARIO(options_in_the_first)
SCENARIO(two_at_a_time)
SCENARIO(random_orders)
SCENARIO(overlaps)
SCENARIO(overlap_of_a_bridge)
SCENARIO(ends_that_disagree)
SCENARIO(impossible)
SCENARIO(given_up_in_time)
SCENARIO(interface_goes_down)
SCENARIO(flood_from_one)
SCENARIO(flood_from_many)
SCENARIO(tiny_ones)
SCENARIO(no_memory)
SCENARIO(cut_at_every_length)
SCENARIO(cut_for_a_flat_device)
SCENARIO(cut_for_small_mtus)
SCENARIO(device_is_slow)
SCENARIO(device_is_full)
SCENARIO(neighbour_is_unknown)
SCENARIO(device_goes_down)
SCENARIO(no_memory_to_cut)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_in_order),
    cmocka_unit_test(test_viewed_by_others),
    cmocka_unit_test(test_in_every_order),
    cmocka_unit_test(test_the_longest),
    cmocka_unit_test(test_options_in_the_first),
    cmocka_unit_test(test_two_at_a_time),
    cmocka_unit_test(test_random_orders),
    cmocka_unit_test(test_overlaps),
    cmocka_unit_test(test_overlap_of_a_bridge),
    cmocka_unit_test(test_ends_that_disagree),
    cmocka_unit_test(test_impossible),
    cmocka_unit_test(test_given_up_in_time),
    cmocka_unit_test(test_interface_goes_down),
    cmocka_unit_test(test_flood_from_one),
    cmocka_unit_test(test_flood_from_many),
    cmocka_unit_test(test_tiny_ones),
    cmocka_unit_test(test_no_memory),
    cmocka_unit_test(test_cut_at_every_length),
    cmocka_unit_test(test_cut_for_a_flat_device),
    cmocka_unit_test(test_cut_for_small_mtus),
    cmocka_unit_test(test_device_is_slow),
    cmocka_unit_test(test_device_is_full),
    cmocka_unit_test(test_neighbour_is_unknown),
    cmocka_unit_test(test_device_goes_down),
    cmocka_unit_test(test_no_memory_to_cut),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
