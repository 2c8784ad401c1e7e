/* tests/host/net/test_igmp.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Groups.  Goal: what is joined is received and reported, now and when asked,
 * in the words that the router understands; who is not asked stays silent;
 * forged or broken messages change nothing.  Then what loops back to
 * ourselves.  Method: igmp_join() on the wire of the fixture, the test being
 * router and other members; echoes to the group show who is in it.
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

#define GROUP     0xe9010203         /* 233.1.2.3 */
#define ALL       0xe0000001
#define ROUTERS   0xe0000002

#define QUERY     0x11
#define V1REPORT  0x12
#define V2REPORT  0x16
#define LEAVE     0x17

static struct wire_s g_wire;
static struct frame_s g_frame;
static struct pkt_s g_pkt;

static void setup(void)
{
  wire_create(&g_wire, "eth%d", 1500, 0);
  wire_know(&g_wire, 2);
}

static int join(uint32_t group)
{
  struct netaddr_s addr = ip_addr(group);

  return igmp_join(g_wire.nif, &addr);
}

static int leave(uint32_t group)
{
  struct netaddr_s addr = ip_addr(group);

  return igmp_leave(g_wire.nif, &addr);
}

static bool member(uint32_t group)
{
  struct netaddr_s addr = ip_addr(group);

  return igmp_member(g_wire.nif, &addr);
}

/* The next message of IGMP is this one, to that address, as RFC 2236 2 and
 * RFC 1112 6.4 want it
 */

static void said(uint8_t type, uint32_t group, uint32_t dst)
{
  struct pkt_s pkt;

  CHECK(pkt_next(&g_wire, 2, &pkt));
  CHECK_EQ(pkt.type, type);
  CHECK_EQ(pkt.code, 0);
  CHECK_EQ(pkt.info, group);
  CHECK_EQ(pkt.dst, dst);
  CHECK_EQ(pkt.src, 0x0a000001);
  CHECK_EQ(pkt.ttl, 1);
  CHECK_EQ(pkt.len, 0);
  CHECK_EQ(pkt.dmac[0], 1);
  CHECK_EQ(pkt.dmac[1], 0);
  CHECK_EQ(pkt.dmac[2], 0x5e);
  CHECK_EQ(pkt.dmac[3], (dst >> 16) & 0x7f);
  CHECK_EQ(pkt.dmac[4], (dst >> 8) & 0xff);
  CHECK_EQ(pkt.dmac[5], dst & 0xff);
}

static void silent(void)
{
  struct pkt_s pkt;

  CHECK(!pkt_next(&g_wire, 2, &pkt));
}

static void to_group(struct pkt_s *pkt, uint32_t dst)
{
  pkt->dst     = dst;
  pkt->dmac[0] = 1;
  pkt->dmac[1] = 0;
  pkt->dmac[2] = 0x5e;
  pkt->dmac[3] = (uint8_t)(dst >> 16) & 0x7f;
  pkt->dmac[4] = (uint8_t)(dst >> 8);
  pkt->dmac[5] = (uint8_t)dst;
}

/* A message of the neighbour, in g_pkt and on the wire */

static void make(uint8_t type, uint8_t time, uint32_t group, uint32_t dst)
{
  memset(&g_pkt, 0, sizeof(g_pkt));
  pkt_from(&g_wire, 2, &g_pkt);
  to_group(&g_pkt, dst);
  g_pkt.proto = 2;
  g_pkt.ttl   = 1;
  g_pkt.type  = type;
  g_pkt.code  = time;
  g_pkt.info  = group;
}

static void hear(uint8_t type, uint8_t time, uint32_t group, uint32_t dst)
{
  make(type, time, group, dst);
  pkt_rx(&g_wire, &g_pkt);
}

static void settle(void)
{
  stack_sleep(30 * NET_SEC);
  wire_flush(&g_wire);
}

/* Joining ******************************************************************/

static void joined_is_reported_twice(void)
{
  setup();
  CHECK_EQ(join(GROUP), 0);
  said(V2REPORT, GROUP, GROUP);
  silent();
  stack_sleep(10 * NET_SEC + 10 * NET_MSEC);
  said(V2REPORT, GROUP, GROUP);
  stack_sleep(100 * NET_SEC);
  silent();
  CHECK_EQ(leave(GROUP), 0);
  said(LEAVE, GROUP, ROUTERS);
  stack_sleep(100 * NET_SEC);
  silent();
}

static void counted(void)
{
  setup();
  CHECK_EQ(member(GROUP), false);
  CHECK_EQ(join(GROUP), 0);
  CHECK_EQ(join(GROUP), 0);
  CHECK_EQ(join(GROUP), 0);
  said(V2REPORT, GROUP, GROUP);
  silent();
  CHECK_EQ(leave(GROUP), 0);
  CHECK_EQ(leave(GROUP), 0);
  silent();
  CHECK_EQ(member(GROUP), true);
  CHECK_EQ(leave(GROUP), 0);
  CHECK_EQ(member(GROUP), false);
  CHECK_EQ(leave(GROUP), -EADDRNOTAVAIL);
  CHECK_EQ(join(0x0a000001), -EINVAL);
  CHECK_EQ(join(0xffffffff), -EINVAL);
  CHECK_EQ(stack_stat("igmp.joins"), 1);
  CHECK_EQ(stack_stat("igmp.leaves"), 1);
}

/* Only members get the packets of a group */

static void who_is_in_it(void)
{
  setup();
  ip_echo(&g_wire, 2, 10, &g_pkt);
  to_group(&g_pkt, GROUP);
  CHECK_DROP(&g_wire, "ip.inmcast", pkt_rx(&g_wire, &g_pkt));
  CHECK_EQ(join(GROUP), 0);
  CHECK_DROP(&g_wire, "icmp.inbcast", pkt_rx(&g_wire, &g_pkt));
  to_group(&g_pkt, GROUP + 1);
  CHECK_DROP(&g_wire, "ip.inmcast", pkt_rx(&g_wire, &g_pkt));
  CHECK_EQ(leave(GROUP), 0);
  to_group(&g_pkt, GROUP);
  CHECK_DROP(&g_wire, "ip.inmcast", pkt_rx(&g_wire, &g_pkt));
}

static void all_hosts(void)
{
  setup();
  CHECK_EQ(member(ALL), true);
  CHECK_EQ(join(ALL), 0);
  hear(QUERY, 10, 0, ALL);
  stack_sleep(20 * NET_SEC);
  silent();
  CHECK_EQ(leave(ALL), 0);
  silent();
  CHECK_EQ(member(ALL), true);
}

static void two_thousand_groups(void)
{
  unsigned int i;

  setup();
  for (i = 0; i < 2000; i++)
    {
      CHECK_EQ(join(GROUP + i * 3), 0);
    }

  settle();
  hear(QUERY, 100, 0, ALL);
  stack_sleep(11 * NET_SEC);
  CHECK_EQ(stack_stat("igmp.outreports"), 6000);
  for (i = 0; i < 6000; i++)
    {
      CHECK_EQ(member(GROUP + i), i % 3 == 0);
    }

  for (i = 0; i < 1000; i++)
    {
      CHECK_EQ(leave(GROUP + i * 3), 0);
    }
}                                    /* The rest goes with the stack */

/* Answering ****************************************************************/

static void general_query(void)
{
  struct pkt_s pkt;
  unsigned int i;
  unsigned int seen = 0;

  setup();
  for (i = 0; i < 5; i++)
    {
      CHECK_EQ(join(GROUP + i), 0);
    }

  settle();
  hear(QUERY, 20, 0, ALL);
  silent();                          /* Not at once ... */
  stack_sleep(2 * NET_SEC + 10 * NET_MSEC);
  while (pkt_next(&g_wire, 2, &pkt)) /* ... each within two seconds, once */
    {
      CHECK_EQ(pkt.type, V2REPORT);
      seen |= 1u << (pkt.info - GROUP);
    }

  CHECK_EQ(seen, 31);
  CHECK_EQ(stack_stat("igmp.outreports"), 15);
}

static void specific_query(void)
{
  setup();
  CHECK_EQ(join(GROUP), 0);
  CHECK_EQ(join(GROUP + 1), 0);
  settle();
  hear(QUERY, 10, GROUP + 1, GROUP + 1);
  stack_sleep(NET_SEC + 10 * NET_MSEC);
  said(V2REPORT, GROUP + 1, GROUP + 1);
  silent();

  /* A later, more urgent one shortens the time; a less urgent one does not
   * prolong it.
   */

  hear(QUERY, 255, GROUP, GROUP);
  hear(QUERY, 1, GROUP, GROUP);
  hear(QUERY, 255, GROUP, GROUP);
  stack_sleep(110 * NET_MSEC);
  said(V2REPORT, GROUP, GROUP);
  stack_sleep(30 * NET_SEC);
  silent();
}

static void another_was_faster(void)
{
  setup();
  CHECK_EQ(join(GROUP), 0);
  settle();
  hear(QUERY, 100, 0, ALL);
  hear(V2REPORT, 0, GROUP, GROUP);
  stack_sleep(20 * NET_SEC);
  silent();
  CHECK_EQ(stack_stat("igmp.suppressed"), 1);

  /* He reported last, so it is not for us to say that we leave */

  CHECK_EQ(leave(GROUP), 0);
  silent();
}

/* Version 1 has no leaves and other reports; it is believed for 400 s */

static void version_1(void)
{
  setup();
  CHECK_EQ(join(GROUP), 0);
  settle();
  hear(QUERY, 0, 0, ALL);
  stack_sleep(10 * NET_SEC + 10 * NET_MSEC);
  said(V1REPORT, GROUP, GROUP);
  CHECK_EQ(join(GROUP + 1), 0);
  said(V1REPORT, GROUP + 1, GROUP + 1);
  CHECK_EQ(leave(GROUP + 1), 0);
  silent();
  stack_sleep(395 * NET_SEC);
  CHECK_EQ(join(GROUP + 2), 0);
  said(V2REPORT, GROUP + 2, GROUP + 2);
  CHECK_EQ(leave(GROUP + 2), 0);
  said(LEAVE, GROUP + 2, ROUTERS);
  CHECK_EQ(stack_stat("igmp.inqueriesv1"), 1);
}

/* A query of version 3 is longer, and its time a floating-point number */

static void version_3(void)
{
  static const uint8_t more[4] =
  {
    2, 125, 0, 0
  };

  setup();
  CHECK_EQ(join(GROUP), 0);
  settle();
  make(QUERY, 100, 0, ALL);
  g_pkt.data = more;
  g_pkt.len  = 4;
  pkt_rx(&g_wire, &g_pkt);
  stack_sleep(10 * NET_SEC + 10 * NET_MSEC);
  said(V2REPORT, GROUP, GROUP);

  g_pkt.code = 0xff;                 /* 31 << 10 tenths of a second */
  pkt_rx(&g_wire, &g_pkt);
  stack_sleep(3175 * NET_SEC);
  said(V2REPORT, GROUP, GROUP);
  silent();
}

/* What changes nothing *****************************************************/

static void rubbish(void)
{
  unsigned int i;

  setup();
  CHECK_EQ(join(GROUP), 0);
  settle();
  make(QUERY, 10, 0, ALL);
  for (i = 0; i < 8; i++)
    {
      frame_make(&g_frame, &g_pkt);
      g_frame.data[IP_AT + 20 + i] ^= 0x40;
      CHECK_DROP(&g_wire, "igmp.incsumerrors", frame_rx(&g_wire, &g_frame));
    }

  for (i = 0; i < 8; i++)
    {
      frame_make(&g_frame, &g_pkt);
      g_frame.data[IP_AT + 3] = (uint8_t)(20 + i);
      frame_fixsum(&g_frame);
      CHECK_DROP(&g_wire, "igmp.inshort", frame_rx(&g_wire, &g_frame));
    }

  g_pkt.ttl = 2;                     /* From behind a router */
  CHECK_DROP(&g_wire, "igmp.inttl", pkt_rx(&g_wire, &g_pkt));
  make(QUERY, 10, 0x0a000001, ALL);
  CHECK_DROP(&g_wire, "igmp.inqueriesbad", pkt_rx(&g_wire, &g_pkt));
  CHECK_DROP(&g_wire, "igmp.inqueries", hear(QUERY, 10, GROUP + 1, ALL));
  CHECK_DROP(&g_wire, "igmp.inunknown", hear(0x33, 10, GROUP, ALL));
  CHECK_DROP(&g_wire, "igmp.inunknown", hear(0x22, 10, GROUP, ALL));
  CHECK_DROP(&g_wire, "igmp.inleaves", hear(LEAVE, 10, GROUP, ALL));
  CHECK_DROP(&g_wire, "igmp.inreports", hear(V2REPORT, 0, GROUP, GROUP));
  stack_sleep(30 * NET_SEC);
  silent();

  /* A report from elsewhere does not silence us (RFC 2236 10) */

  hear(QUERY, 10, 0, ALL);
  make(V2REPORT, 0, GROUP, GROUP);
  g_pkt.src = 0x0b000002;
  pkt_rx(&g_wire, &g_pkt);
  stack_sleep(2 * NET_SEC);
  said(V2REPORT, GROUP, GROUP);
}

static void no_memory(void)
{
  setup();
  kmm_fail(1);
  CHECK_EQ(join(GROUP), -ENOMEM);
  kmm_fail(2);
  CHECK_EQ(join(GROUP), -ENOMEM);
  CHECK_EQ(member(GROUP), false);
  hoard(0);
  CHECK_EQ(join(GROUP), 0);
  CHECK_EQ(stack_stat("igmp.outerrors"), 1);
  CHECK_EQ(member(GROUP), true);
  unhoard();
  stack_sleep(11 * NET_SEC);         /* The repetition makes up for it */
  said(V2REPORT, GROUP, GROUP);
}

static void down_and_up(void)
{
  setup();
  CHECK_EQ(join(GROUP), 0);
  wire_flush(&g_wire);
  netif_down(g_wire.nif);
  stack_sleep(20 * NET_SEC);
  silent();
  CHECK_EQ(join(GROUP + 1), 0);
  silent();
  CHECK_EQ(netif_up(g_wire.nif), 0);
  stack_sleep(NET_MSEC);
  CHECK_EQ(stack_stat("igmp.outreports"), 3);
  CHECK_EQ(leave(GROUP + 1), 0);
}

/* The cable is pulled out and put in again, perhaps somewhere else: who
 * routes there has to learn of the groups.
 */

static void link_comes_back(void)
{
  setup();
  CHECK_EQ(join(GROUP), 0);
  stack_sleep(20 * NET_SEC);
  wire_flush(&g_wire);
  netdev_carrier(&g_wire.dev, false);
  stack_sleep(20 * NET_SEC);
  silent();
  netdev_carrier(&g_wire.dev, true);
  stack_sleep(NET_MSEC);
  said(V2REPORT, GROUP, GROUP);
  stack_sleep(20 * NET_SEC);
  said(V2REPORT, GROUP, GROUP);
  CHECK_EQ(leave(GROUP), 0);
}

/* To ourselves *************************************************************/

static void multicast_comes_back(void)
{
  uint64_t before;

  setup();
  CHECK_EQ(ip_send(GROUP, 100, 64, NET_TX_RESERVED | NET_TX_MCLOOP), 0);
  stack_sleep(NET_MSEC);
  CHECK_EQ(stack_stat("ip.outloops"), 0);      /* Not a member */
  CHECK_EQ(join(GROUP), 0);
  wire_flush(&g_wire);

  before = stack_stat("ip.inunknownprotos");
  CHECK_EQ(ip_send(GROUP, 100, 64, NET_TX_RESERVED | NET_TX_MCLOOP), 0);
  CHECK_EQ(stack_stat("ip.inunknownprotos"), before);   /* Not nested */
  stack_sleep(NET_MSEC);
  CHECK_EQ(stack_stat("ip.inunknownprotos"), before + 1);
  CHECK(pkt_next(&g_wire, IP_TESTPROTO, &g_pkt));
  CHECK_EQ(g_pkt.len, 100);
  CHECK_EQ(memcmp(g_pkt.data, ip_bytes(100), 100), 0);

  CHECK_EQ(ip_send(GROUP, 100, 64, NET_TX_RESERVED), 0);
  stack_sleep(NET_MSEC);
  CHECK_EQ(stack_stat("ip.outloops"), 1);
  wire_flush(&g_wire);

  /* TTL 0: to ourselves only */

  CHECK_DROP(&g_wire, "ip.outttl0",
             CHECK_EQ(ip_send(GROUP, 100, 64, NET_TX_RESERVED |
                              NET_TX_MCLOOP | NET_TX_TTL0), 0));
  stack_sleep(NET_MSEC);
  CHECK_EQ(stack_stat("ip.outloops"), 2);
  CHECK_EQ(stack_stat("ip.inunknownprotos"), before + 2);
  CHECK_EQ(g_wire.dev.d_reserved, 0);
  CHECK_EQ(stack_stat("icmp.outmsgs"), 0);
}

static void broadcast_comes_back(void)
{
  unsigned int i;

  setup();
  CHECK_EQ(ip_send(0x0a0000ff, 100, 64, NET_TX_RESERVED), 0);
  stack_sleep(NET_MSEC);
  CHECK_EQ(stack_stat("ip.outloops"), 1);
  CHECK_EQ(stack_stat("ip.inunknownprotos"), 1);

  /* Too long for one frame: cut for the wire, whole for ourselves */

  CHECK_EQ(ip_send(0x0a0000ff, 5000, 64, NET_TX_RESERVED), 0);
  stack_sleep(NET_MSEC);
  CHECK_EQ(stack_stat("ip.inunknownprotos"), 2);
  CHECK_EQ(stack_stat("ip.fragcreates"), 4);

  /* More than may wait */

  for (i = 0; i < 300; i++)
    {
      CHECK_EQ(ip_send(0x0a0000ff, 100, 64, NET_TX_RESERVED), 0);
    }

  CHECK_EQ(stack_stat("ip.outloopdrops"), 300 - 256);
  netif_down(g_wire.nif);            /* Forgets those that wait */
  stack_sleep(NET_MSEC);
  CHECK_EQ(stack_stat("ip.inunknownprotos"), 2);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(joined_is_reported_twice)
SCENARIO(counted)
SCENARIO(who_is_in_it)
SCENARIO(all_hosts)
SCENARIO(two_thousand_groups)
SCENARIO(general_query)
SCENARIO(specific_query)
SCENARIO(another_was_faster)
SCENARIO(version_1)
SCENARIO(version_3)
SCENARIO(rubbish)
SCENARIO(no_memory)
SCENARIO(down_and_up)
SCENARIO(link_comes_back)
SCENARIO(multicast_comes_back)
SCENARIO(broadcast_comes_back)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_joined_is_reported_twice),
    cmocka_unit_test(test_counted),
    cmocka_unit_test(test_who_is_in_it),
    cmocka_unit_test(test_all_hosts),
    cmocka_unit_test(test_two_thousand_groups),
    cmocka_unit_test(test_general_query),
    cmocka_unit_test(test_specific_query),
    cmocka_unit_test(test_another_was_faster),
    cmocka_unit_test(test_version_1),
    cmocka_unit_test(test_version_3),
    cmocka_unit_test(test_rubbish),
    cmocka_unit_test(test_no_memory),
    cmocka_unit_test(test_down_and_up),
    cmocka_unit_test(test_link_comes_back),
    cmocka_unit_test(test_multicast_comes_back),
    cmocka_unit_test(test_broadcast_comes_back),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
