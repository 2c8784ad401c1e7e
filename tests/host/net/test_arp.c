/* tests/host/net/test_arp.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Neighbours.  Goal: packets wait for an answer, in order, a bounded number,
 * and none is lost when it comes; a neighbour that is used is asked again by
 * unicast, one that is silent is told to the sender; the table is bounded
 * under floods and what is in use stays; malformed packets, martians and
 * forged answers change nothing; an address of ours is probed for, announced
 * and defended (RFC 826, 1122 2.3.2, 5227).  Method: packets by hand on the
 * wire of the fixture, virtual time, the counters.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <nuttx/kmalloc.h>

#include "net_link.h"
#include "stack.h"

#define OURS 0x0a000001u

static struct wire_s g_wire;
static uint8_t g_buf[65600];

static struct netaddr_s ip4(uint32_t host)
{
  uint8_t b[4] =
  {
    (uint8_t)(host >> 24), (uint8_t)(host >> 16), (uint8_t)(host >> 8),
    (uint8_t)host
  };

  uint32_t addr4;

  memcpy(&addr4, b, 4);
  return netaddr_from4(addr4);
}

static void start(void)
{
  wire_create(&g_wire, "eth%d", 1500, 0);
}

/* An ARP packet of the peer: of sender spa, about tpa */

static struct pkt_s arp_of(unsigned int op, uint32_t spa, uint32_t tpa)
{
  struct pkt_s pkt;

  memset(&pkt, 0, sizeof(pkt));
  pkt_from(&g_wire, spa & 0xff, &pkt);
  pkt.arp_op  = (uint16_t)op;
  pkt.arp_spa = spa;
  pkt.arp_tpa = tpa;
  memcpy(pkt.arp_sha, pkt.smac, 6);
  return pkt;
}

static void arp_rx(unsigned int op, uint32_t spa, uint32_t tpa)
{
  struct pkt_s pkt = arp_of(op, spa, tpa);

  pkt_rx(&g_wire, &pkt);
}

/* Send a datagram from us to a host, tagged with its source port */

static int send_txflags(uint32_t to, unsigned int tag, uint8_t txflags)
{
  struct net_path_s path;
  struct netaddr_s dst = ip4(to);
  struct pkt_s pkt;
  struct iob_s *iob;
  unsigned int len;
  int ret;

  memset(&pkt, 0, sizeof(pkt));
  pkt.src   = OURS;
  pkt.dst   = to;
  pkt.proto = 17;
  pkt.sport = (uint16_t)tag;
  pkt.dport = 9;
  len = pkt_write(&pkt, g_buf) - 14;
  ret = net_route(&dst, NULL, 0, &path);
  if (ret < 0)
    {
      return ret;
    }

  iob = iob_tryalloc_contig(len, path.nif->headroom, IOB_CLASS_TX);
  if (iob == NULL)
    {
      return -ENOMEM;
    }

  CHECK_EQ(iob_trycopyin(iob, g_buf + 14, len, 0, false), (int)len);
  if (txflags & NET_TX_RESERVED)
    {
      CHECK_EQ(netif_reserve(path.nif, NULL), 0);
    }

  return eth_output(iob, &path, txflags, NULL);
}

static int send_to(uint32_t to, unsigned int tag)
{
  return send_txflags(to, tag, NET_TX_NOWAIT);
}

static unsigned int requests(void)
{
  struct pkt_s pkt;
  unsigned int n = 0;

  while (pkt_next(&g_wire, PKT_ARP, &pkt))
    {
      n += pkt.arp_op == 1;
    }

  return n;
}

static enum neigh_state_e state_of(uint32_t host)
{
  struct netaddr_s addr = ip4(host);
  const struct neigh_s *n = arp_find(g_wire.nif, &addr);

  return n != NULL ? n->state : (enum neigh_state_e)99;
}

static int count_one(const struct neigh_s *neigh, void *arg)
{
  (void)neigh;
  ++*(unsigned int *)arg;
  return 0;
}

static unsigned int entries(void)
{
  unsigned int n = 0;

  arp_foreach(count_one, &n);
  return n;
}

/* Scenarios ****************************************************************/

static void packets_wait_and_are_sent_in_order(void)
{
  struct pkt_s pkt;
  unsigned int i;

  start();
  for (i = 1; i <= 10; i++)
    {
      CHECK_EQ(send_to(0x0a000002, i), 0);
    }

  CHECK(pkt_next(&g_wire, PKT_ANY, &pkt));
  CHECK_EQ(pkt.ethertype, 0x0806);
  CHECK_EQ(pkt.arp_op, 1);
  CHECK_EQ(pkt.arp_spa, OURS);
  CHECK_EQ(pkt.arp_tpa, 0x0a000002);
  CHECK_EQ(pkt.dmac[0], 0xff);
  CHECK_EQ(pkt.arp_tha[5], 0);
  CHECK(!pkt_next(&g_wire, PKT_ANY, &pkt));

  arp_rx(2, 0x0a000002, OURS);
  for (i = 1; i <= 10; i++)
    {
      CHECK(pkt_next(&g_wire, PKT_ANY, &pkt));
      CHECK_EQ(pkt.sport, i);
      CHECK_EQ(pkt.dmac[4], 1);
      CHECK_EQ(pkt.dmac[5], 2);
      CHECK_EQ(pkt.smac[5], 1);
    }

  CHECK(!pkt_next(&g_wire, PKT_ANY, &pkt));
  CHECK_EQ(state_of(0x0a000002), NEIGH_REACHABLE);
  CHECK_EQ(send_to(0x0a000002, 11), 0);
  CHECK(pkt_next(&g_wire, PKT_ANY, &pkt));
  CHECK_EQ(pkt.sport, 11);
  CHECK_EQ(stack_stat("arp.outrequests"), 1);
}

/* The table of more packets than may wait: the oldest go */

static void too_many_wait(void)
{
  struct pkt_s pkt;
  unsigned int i;

  start();
  for (i = 1; i <= 100; i++)
    {
      CHECK_EQ(send_to(0x0a000002, i), 0);
    }

  CHECK_EQ(stack_stat("arp.queuefull"), 36);
  arp_rx(2, 0x0a000002, OURS);
  for (i = 37; i <= 100; i++)
    {
      CHECK(pkt_next(&g_wire, 17, &pkt));
      CHECK_EQ(pkt.sport, i);
    }

  CHECK(!pkt_next(&g_wire, 17, &pkt));
}

static void a_full_device_loses_none(void)
{
  struct pkt_s pkt;
  unsigned int i;

  start();
  for (i = 1; i <= 50; i++)
    {
      CHECK_EQ(send_to(0x0a000002, i), 0);
    }

  wire_flush(&g_wire);
  g_wire.full = true;
  arp_rx(2, 0x0a000002, OURS);
  CHECK(!pkt_next(&g_wire, PKT_ANY, &pkt));
  wire_ready(&g_wire);
  for (i = 1; i <= 50; i++)
    {
      CHECK(pkt_next(&g_wire, 17, &pkt));
      CHECK_EQ(pkt.sport, i);
    }

  CHECK_EQ(stack_stat("link.outctrlfull"), 0);
}

static void nobody_answers(void)
{
  struct pkt_s pkt;

  start();
  CHECK_EQ(send_to(0x0a000002, 1), 0);
  CHECK_EQ(send_to(0x0a000002, 2), 0);
  stack_sleep(900 * NET_MSEC);
  CHECK_EQ(requests(), 1);
  stack_sleep(NET_SEC);
  CHECK_EQ(requests(), 1);
  stack_sleep(NET_SEC);
  CHECK_EQ(requests(), 1);
  CHECK_EQ(stack_stat("arp.unreachable"), 0);
  stack_sleep(200 * NET_MSEC);
  CHECK_EQ(stack_stat("arp.unreachable"), 2);
  CHECK_EQ(stack_stat("arp.unresolved"), 1);

  /* For a second it is not even asked; then it is again */

  CHECK_EQ(send_to(0x0a000002, 3), -EHOSTUNREACH);
  CHECK_EQ(requests(), 0);
  stack_sleep(NET_SEC);
  CHECK_EQ(entries(), 0);
  CHECK_EQ(send_to(0x0a000002, 4), 0);
  CHECK_EQ(requests(), 1);
  arp_rx(2, 0x0a000002, OURS);
  CHECK(pkt_next(&g_wire, 17, &pkt));
  CHECK_EQ(pkt.sport, 4);
}

static void a_late_answer_is_good(void)
{
  struct pkt_s pkt;

  start();
  CHECK_EQ(send_to(0x0a000002, 1), 0);
  stack_sleep(2500 * NET_MSEC);
  arp_rx(2, 0x0a000002, OURS);
  CHECK(pkt_next(&g_wire, 17, &pkt));
  stack_sleep(10 * NET_SEC);
  CHECK_EQ(requests(), 0);
}

/* A place that was reserved goes back while the packet waits */

static void a_reservation_is_given_back(void)
{
  start();
  CHECK_EQ(send_txflags(0x0a000002, 1, NET_TX_RESERVED), 0);
  CHECK_EQ(g_wire.dev.d_reserved, 0);
  CHECK_EQ(g_wire.dev.d_txused, 0);
  stack_sleep(3500 * NET_MSEC);
  CHECK_EQ(send_txflags(0x0a000002, 1, NET_TX_RESERVED), -EHOSTUNREACH);
  CHECK_EQ(g_wire.dev.d_reserved, 0);
  arp_rx(1, 0x0a000003, OURS);
  CHECK_EQ(send_txflags(0x0a000003, 1, NET_TX_RESERVED), 0);
  CHECK_EQ(g_wire.dev.d_reserved, 0);
  CHECK_EQ(g_wire.dev.d_txused, 0);
}

/* Stale: used at once, asked by unicast five seconds later, answered */

static void a_stale_neighbour_is_probed(void)
{
  struct pkt_s pkt;

  start();
  arp_rx(1, 0x0a000002, OURS);
  CHECK_EQ(state_of(0x0a000002), NEIGH_STALE);
  wire_flush(&g_wire);
  CHECK_EQ(send_to(0x0a000002, 1), 0);
  CHECK(pkt_next(&g_wire, PKT_ANY, &pkt));
  CHECK_EQ(pkt.sport, 1);
  stack_sleep(4900 * NET_MSEC);
  CHECK(!pkt_next(&g_wire, PKT_ANY, &pkt));
  stack_sleep(200 * NET_MSEC);
  CHECK(pkt_next(&g_wire, PKT_ARP, &pkt));
  CHECK_EQ(pkt.dmac[0], 2);
  CHECK_EQ(pkt.dmac[5], 2);
  arp_rx(2, 0x0a000002, OURS);
  CHECK_EQ(state_of(0x0a000002), NEIGH_REACHABLE);
  stack_sleep(20 * NET_SEC);
  CHECK_EQ(requests(), 0);
}

static void a_probe_without_an_answer(void)
{
  struct pkt_s pkt;

  start();
  arp_rx(1, 0x0a000002, OURS);
  wire_flush(&g_wire);
  CHECK_EQ(send_to(0x0a000002, 1), 0);
  stack_sleep(7500 * NET_MSEC);
  CHECK_EQ(stack_stat("arp.outprobes"), 3);
  CHECK_EQ(send_to(0x0a000002, 2), 0);
  CHECK(pkt_next(&g_wire, 17, &pkt));
  wire_flush(&g_wire);
  stack_sleep(NET_SEC);
  CHECK_EQ(entries(), 0);
  CHECK_EQ(send_to(0x0a000002, 3), 0);
  CHECK(pkt_next(&g_wire, PKT_ANY, &pkt));
  CHECK_EQ(pkt.dmac[0], 0xff);
}

/* What a transport knows saves the probe (RFC 1122 2.3.2.1) */

static void confirmation_saves_probes(void)
{
  struct net_path_s path;
  struct netaddr_s dst = ip4(0x0a000002);
  unsigned int i;

  start();
  arp_rx(1, 0x0a000002, OURS);
  wire_flush(&g_wire);
  for (i = 0; i < 100; i++)
    {
      CHECK_EQ(send_to(0x0a000002, i + 1), 0);
      CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
      neigh_confirm(&path);            /* Without a neighbour: nothing */
      path.neigh = (struct neigh_s *)arp_find(g_wire.nif, &dst);
      neigh_confirm(&path);
      path.generation--;
      path.neigh = (struct neigh_s *)8;
      neigh_confirm(&path);            /* Void: not looked at */
      stack_sleep(NET_SEC);
    }

  CHECK_EQ(stack_stat("arp.outprobes"), 0);
  CHECK_EQ(stack_stat("arp.outrequests"), 0);
  CHECK_EQ(state_of(0x0a000002), NEIGH_REACHABLE);
}

/* A path keeps its neighbour; when that is forgotten, the path is void.  One
 * who has not answered is not confirmed by anything.
 */

static void kept_paths(void)
{
  struct netaddr_s dst = ip4(0x0a000002);
  struct net_path_s path;
  struct iob_s *iob;
  unsigned int i;

  start();
  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
  for (i = 0; i < 2; i++)
    {
      iob = iob_tryalloc_contig(40, 14, IOB_CLASS_TX);
      iob->io_len    = 40;
      iob->io_pktlen = 40;
      memset(IOB_DATA(iob), 0, 40);
      CHECK_EQ(eth_output(iob, &path, NET_TX_NOWAIT, NULL), 0);
      CHECK(path.neigh != NULL);
      CHECK_EQ(state_of(0x0a000002), i == 0 ? NEIGH_INCOMPLETE :
                                              NEIGH_REACHABLE);
      neigh_confirm(&path);
      CHECK_EQ(state_of(0x0a000002), i == 0 ? NEIGH_INCOMPLETE :
                                              NEIGH_REACHABLE);
      arp_rx(2, 0x0a000002, OURS);
      CHECK(net_path_valid(&path));
    }

  CHECK_EQ(arp_del(g_wire.nif, &dst), 0);
  CHECK(!net_path_valid(&path));
  neigh_confirm(&path);
}

static void reachable_does_not_last(void)
{
  start();
  CHECK_EQ(send_to(0x0a000002, 1), 0);
  arp_rx(2, 0x0a000002, OURS);
  stack_sleep(29 * NET_SEC);
  CHECK_EQ(send_to(0x0a000002, 1), 0);
  CHECK_EQ(state_of(0x0a000002), NEIGH_REACHABLE);
  stack_sleep(2 * NET_SEC);
  CHECK_EQ(send_to(0x0a000002, 1), 0);
  CHECK_EQ(state_of(0x0a000002), NEIGH_DELAY);
}

static void old_ones_are_forgotten(void)
{
  start();
  arp_rx(1, 0x0a000002, OURS);
  wire_know(&g_wire, 3);
  stack_sleep(19 * 60 * NET_SEC);
  arp_rx(1, 0x0a000004, OURS);
  CHECK_EQ(entries(), 3);
  stack_sleep(2 * 60 * NET_SEC);
  CHECK_EQ(entries(), 2);
  CHECK_EQ(state_of(0x0a000002), 99);
  CHECK_EQ(state_of(0x0a000003), NEIGH_PERMANENT);
  CHECK_EQ(stack_stat("arp.aged"), 1);
}

/* An idle stack has nothing to do: no timer runs for those who are known */

static void known_neighbours_cost_no_timer(void)
{
  unsigned int timers;

  start();
  timers = net_timer_count();
  CHECK_EQ(send_to(0x0a000002, 1), 0);
  CHECK_EQ(net_timer_count(), timers + 1);
  arp_rx(2, 0x0a000002, OURS);
  arp_rx(1, 0x0a000003, OURS);
  CHECK_EQ(net_timer_count(), timers);
}

/* Negative cases ***********************************************************/

static void malformed_packets_change_nothing(void)
{
  static const struct
  {
    uint8_t at;
    uint8_t value;
  }

  broken[] =
  {
    { 0, 1 }, { 1, 6 }, { 2, 0x86 }, { 3, 1 }, { 4, 5 }, { 4, 0 }, { 4, 255 },
    { 5, 3 }, { 5, 16 }, { 6, 1 }, { 7, 0 }, { 7, 3 }, { 7, 9 }
  };

  struct pkt_s pkt;
  unsigned int len;
  unsigned int i;

  start();
  for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
    {
      pkt = arp_of(1, 0x0a000002, OURS);
      len = pkt_write(&pkt, g_buf);
      g_buf[14 + broken[i].at] = broken[i].value;
      wire_rx(&g_wire, g_buf, len);
      CHECK_EQ(stack_stat("arp.inerrors"), i + 1);
    }

  pkt = arp_of(1, 0x0a000002, OURS);
  len = pkt_write(&pkt, g_buf);
  CHECK_EQ(len, 42);
  for (i = 14; i < 42; i++)
    {
      wire_rx(&g_wire, g_buf, i);
    }

  CHECK_EQ(stack_stat("arp.inerrors"), sizeof(broken) / sizeof(broken[0]) +
           28);
  for (i = 1; i < 14; i++)
    {
      wire_rx(&g_wire, g_buf, i);
      CHECK_EQ(stack_stat("link.inshort"), i);
    }

  CHECK_EQ(entries(), 0);
  CHECK(!pkt_next(&g_wire, PKT_ANY, &pkt));
}

static void impossible_senders(void)
{
  static const uint32_t spa[] =
  {
    0xe0000001u, 0xffffffffu, 0xf0000001u, 0x7f000001u
  };

  struct pkt_s pkt;
  unsigned int i;

  start();
  for (i = 0; i < 4; i++)
    {
      arp_rx(1, spa[i], OURS);
      CHECK_EQ(stack_stat("arp.inmartian"), i + 1);
    }

  pkt = arp_of(1, 0x0a000002, OURS);
  memset(pkt.arp_sha, 0xff, 6);
  pkt_rx(&g_wire, &pkt);
  memset(pkt.arp_sha, 0, 6);
  pkt_rx(&g_wire, &pkt);
  pkt.arp_sha[0] = 1;
  pkt_rx(&g_wire, &pkt);
  CHECK_EQ(stack_stat("arp.inmartian"), 7);
  CHECK_EQ(entries(), 0);
  CHECK(!pkt_next(&g_wire, PKT_ANY, &pkt));

  /* From another network: answered, as it asked us, but not remembered */

  arp_rx(1, 0x0b000002, OURS);
  CHECK(pkt_next(&g_wire, PKT_ARP, &pkt));
  CHECK_EQ(entries(), 0);
}

/* Nobody makes us remember what we did not ask for */

static void unasked_answers_make_no_entry(void)
{
  struct pkt_s pkt;

  start();
  arp_rx(2, 0x0a000002, OURS);
  arp_rx(2, 0x0a000003, 0x0a000003);
  arp_rx(1, 0x0a000004, 0x0a000004);
  arp_rx(1, 0x0a000005, 0x0a000006);
  arp_rx(1, 0, OURS + 1);
  CHECK_EQ(entries(), 0);
  CHECK(!pkt_next(&g_wire, PKT_ANY, &pkt));

  /* Asked by a probe, we answer, and learn nothing */

  arp_rx(1, 0, OURS);
  CHECK(pkt_next(&g_wire, PKT_ARP, &pkt));
  CHECK_EQ(pkt.arp_tpa, 0);
  CHECK_EQ(entries(), 0);
  CHECK_EQ(stack_stat("arp.inprobes"), 2);
}

/* A new link address is believed, but not twice within a second, and never
 * against what was set by hand.
 */

static void changes_of_address(void)
{
  struct netaddr_s addr = ip4(0x0a000002);
  struct pkt_s pkt;
  unsigned int i;

  start();
  wire_know(&g_wire, 3);
  arp_rx(1, 0x0a000002, OURS);
  pkt = arp_of(2, 0x0a000002, OURS);
  pkt.arp_sha[4] = 0x66;
  stack_sleep(900 * NET_MSEC);
  pkt_rx(&g_wire, &pkt);
  CHECK_EQ(stack_stat("arp.inignored"), 1);
  CHECK_EQ(arp_find(g_wire.nif, &addr)->header[4], 1);
  stack_sleep(100 * NET_MSEC);
  pkt_rx(&g_wire, &pkt);
  CHECK_EQ(stack_stat("arp.changed"), 1);
  CHECK_EQ(arp_find(g_wire.nif, &addr)->header[4], 0x66);
  for (i = 0; i < 1000; i++)
    {
      pkt.arp_sha[4] = (uint8_t)i;
      pkt_rx(&g_wire, &pkt);
    }

  CHECK_EQ(stack_stat("arp.changed"), 1);

  pkt = arp_of(2, 0x0a000003, OURS);
  pkt.arp_sha[4] = 0x66;
  pkt_rx(&g_wire, &pkt);
  addr = ip4(0x0a000003);
  CHECK_EQ(arp_find(g_wire.nif, &addr)->header[4], 1);
  CHECK_EQ(state_of(0x0a000003), NEIGH_PERMANENT);
}

/* A million neighbours ask: the table stays bounded, and who is in use stays
 * in it.
 */

static void a_flood_of_requests(void)
{
  struct netaddr_s addr = ip4(0xac100001);
  struct pkt_s pkt;
  unsigned int i;

  start();
  wire_know(&g_wire, 3);
  CHECK_EQ(netif_addr_add(g_wire.nif, &addr, 12, NULL), 0);
  CHECK_EQ(send_to(0x0a000002, 1), 0);
  for (i = 2; i < 20000; i++)
    {
      arp_rx(1, 0xac100001 + i, 0xac100001);
      if (i % 1000 == 0)
        {
          CHECK_EQ(send_to(0x0a000003, i), 0);
        }

      wire_flush(&g_wire);
    }

  CHECK(entries() <= ARP_MAX);
  CHECK_EQ(stack_stat("arp.evicted") + entries(), 20000);
  CHECK_EQ(state_of(0x0a000003), NEIGH_PERMANENT);
  CHECK_EQ(state_of(0x0a000002), NEIGH_INCOMPLETE);
  arp_rx(2, 0x0a000002, OURS);
  CHECK(pkt_next(&g_wire, 17, &pkt));
}

/* A scan of a network where nobody is: half of the table, and requests at a
 * limited rate.
 */

static void a_scan_of_an_empty_network(void)
{
  struct netaddr_s addr = ip4(0xac100001);
  unsigned int sent = 0;
  unsigned int i;

  start();
  CHECK_EQ(netif_addr_add(g_wire.nif, &addr, 12, NULL), 0);
  wire_flush(&g_wire);
  for (i = 2; i < 10000; i++)
    {
      sent += send_to(0xac100001 + i, i) == 0;
      wire_flush(&g_wire);
    }

  CHECK_EQ(sent, ARP_MAX / 2);
  CHECK_EQ(entries(), ARP_MAX / 2);
  CHECK_EQ(stack_stat("arp.tablefull"), 9998 - ARP_MAX / 2);
  CHECK(stack_stat("arp.outrequests") <= 256);
  stack_sleep(10 * NET_SEC);
  CHECK(stack_stat("arp.outrequests") <= 256 * 11);
  CHECK(stack_stat("arp.outlimited") > 0);
  stack_sleep(60 * NET_SEC);
  CHECK_EQ(entries(), 0);
  CHECK_EQ(stack_stat("arp.unreachable"), ARP_MAX / 2);
}

static void down_while_packets_wait(void)
{
  unsigned int i;

  start();
  for (i = 0; i < 20; i++)
    {
      CHECK_EQ(send_to(0x0a000002, i + 1), 0);
    }

  netif_down(g_wire.nif);
  CHECK_EQ(stack_stat("arp.flushed"), 20);
  CHECK_EQ(entries(), 0);
  CHECK(send_to(0x0a000002, 1) < 0);
  CHECK_EQ(netif_up(g_wire.nif), 0);
  CHECK_EQ(send_to(0x0a000002, 1), 0);
  CHECK_EQ(entries(), 1);
}

/* Without memory packets are refused and counted, and nothing else */

static void without_memory(void)
{
  struct pkt_s pkt;
  struct iob_s *iob;
  unsigned int len;

  start();
  kmm_fail(1);
  CHECK_EQ(send_to(0x0a000002, 1), -ENOBUFS);
  kmm_fail(2);
  CHECK_EQ(send_to(0x0a000002, 1), -ENOBUFS);
  CHECK_EQ(stack_stat("arp.nomem"), 2);
  CHECK_EQ(send_to(0x0a000002, 7), 0);
  arp_rx(2, 0x0a000002, OURS);
  CHECK(pkt_next(&g_wire, 17, &pkt));
  CHECK_EQ(pkt.sport, 7);

  kmm_fail(1);
  arp_rx(1, 0x0a000003, OURS);
  kmm_fail(0);
  CHECK_EQ(stack_stat("arp.nomem"), 3);
  CHECK_EQ(state_of(0x0a000003), 99);
  wire_flush(&g_wire);

  /* No buffer for the answer */

  pkt = arp_of(1, 0x0a000003, OURS);
  len = pkt_write(&pkt, g_buf);
  iob = netdev_txalloc(&g_wire.dev, len, IOB_CLASS_RX);
  CHECK(iob != NULL);
  CHECK_EQ(iob_trycopyin(iob, g_buf, len, 0, true), (int)len);
  hoard(0);
  netdev_rx(&g_wire.dev, iob, NULL);
  netdev_rxend(&g_wire.dev);
  unhoard();
  CHECK_EQ(stack_stat("arp.outnomem"), 1);
  CHECK_EQ(state_of(0x0a000003), NEIGH_STALE);
  CHECK(!pkt_next(&g_wire, PKT_ANY, &pkt));
}

/* Our own addresses ********************************************************/

static void an_address_is_announced(void)
{
  struct netaddr_s addr = ip4(0x0a000009);
  struct pkt_s pkt;
  unsigned int i;

  start();
  CHECK_EQ(netif_addr_add(g_wire.nif, &addr, 24, NULL), 0);
  for (i = 0; i < 2; i++)
    {
      CHECK(pkt_next(&g_wire, PKT_ANY, &pkt));
      CHECK_EQ(pkt.arp_op, 1);
      CHECK_EQ(pkt.arp_spa, 0x0a000009);
      CHECK_EQ(pkt.arp_tpa, 0x0a000009);
      CHECK_EQ(pkt.dmac[0], 0xff);
      CHECK(!pkt_next(&g_wire, PKT_ANY, &pkt));
      stack_sleep(2100 * NET_MSEC);
    }

  stack_sleep(60 * NET_SEC);
  CHECK(!pkt_next(&g_wire, PKT_ANY, &pkt));
}

static void conflicts_are_answered_rarely(void)
{
  struct pkt_s pkt = arp_of(2, OURS, OURS);
  unsigned int i;

  start();
  pkt = arp_of(1, OURS, OURS);
  pkt.arp_sha[4] = 0x77;
  for (i = 0; i < 25; i++)
    {
      pkt_rx(&g_wire, &pkt);
      stack_sleep(NET_SEC);
    }

  CHECK_EQ(stack_stat("arp.conflicts"), 25);
  CHECK_EQ(stack_stat("arp.defended"), 3);
  CHECK_EQ(requests(), 3);
  CHECK_EQ(entries(), 0);
  CHECK(netif_addr_first(g_wire.nif) != NULL);

  /* Our own packet, come back, is no conflict */

  memcpy(pkt.arp_sha, g_wire.dev.d_mac, 6);
  pkt_rx(&g_wire, &pkt);
  CHECK_EQ(stack_stat("arp.conflicts"), 25);
}

static void a_new_address_is_probed_for(void)
{
  struct netaddr_s addr = ip4(0x0a000009);
  struct pkt_s pkt;
  unsigned int probes = 0;

  start();
  g_wire.nif->probe = true;
  CHECK_EQ(netif_addr_add(g_wire.nif, &addr, 24, NULL), 0);
  CHECK(netif_addr_local(NULL, &addr) == NULL);
  arp_rx(1, 0x0a000002, 0x0a000009);
  stack_sleep(2900 * NET_MSEC);
  CHECK(netif_addr_local(NULL, &addr) == NULL);
  stack_sleep(4200 * NET_MSEC);
  CHECK(netif_addr_local(NULL, &addr) != NULL);
  while (pkt_next(&g_wire, PKT_ANY, &pkt) && pkt.arp_spa == 0)
    {
      CHECK_EQ(pkt.arp_op, 1);
      CHECK_EQ(pkt.arp_tpa, 0x0a000009);
      probes++;
    }

  CHECK_EQ(probes, 3);
  CHECK_EQ(pkt.arp_spa, 0x0a000009);
}

/* Somebody has it, or wants it at the same time */

static void a_taken_address_is_not_used(void)
{
  struct netaddr_s addr = ip4(0x0a000009);
  struct pkt_s pkt;
  int simultaneous;

  start();
  g_wire.nif->probe = true;
  for (simultaneous = 0; simultaneous < 2; simultaneous++)
    {
      CHECK_EQ(netif_addr_add(g_wire.nif, &addr, 24, NULL), 0);
      stack_sleep(1500 * NET_MSEC);
      wire_flush(&g_wire);
      if (simultaneous)
        {
          arp_rx(1, 0, 0x0a000009);
        }
      else
        {
          arp_rx(2, 0x0a000009, OURS);
        }

      stack_sleep(20 * NET_SEC);
      CHECK(netif_addr_local(NULL, &addr) == NULL);
      CHECK(!pkt_next(&g_wire, PKT_ANY, &pkt));
      CHECK_EQ(stack_stat("arp.conflicts"), simultaneous + 1);
      CHECK_EQ(netif_addr_del(g_wire.nif, &addr), 0);
    }
}

static void by_hand(void)
{
  struct netaddr_s addr = ip4(0x0a000002);
  struct netaddr_s group = ip4(0xe0000001);
  uint8_t mac[6] =
  {
    2, 0, 0, 0, 9, 9
  };

  struct pkt_s pkt;

  start();
  CHECK_EQ(send_to(0x0a000002, 5), 0);
  CHECK_EQ(arp_set(g_wire.nif, &addr, mac, true), 0);
  CHECK(pkt_next(&g_wire, 17, &pkt));
  CHECK_EQ(pkt.dmac[5], 9);
  CHECK_EQ(arp_del(g_wire.nif, &addr), 0);
  CHECK_EQ(arp_del(g_wire.nif, &addr), -ENOENT);
  CHECK_EQ(arp_set(g_wire.nif, &group, mac, true), -EINVAL);
  CHECK_EQ(arp_set(g_wire.nif, &g_netaddr_any4, mac, true), -EINVAL);
  CHECK_EQ(arp_set(g_net.lo, &addr, mac, true), -EINVAL);
  mac[0] = 1;
  CHECK_EQ(arp_set(g_wire.nif, &addr, mac, true), -EINVAL);
  memset(mac, 0, 6);
  CHECK_EQ(arp_set(g_wire.nif, &addr, mac, true), -EINVAL);
  CHECK_EQ(entries(), 0);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  } \
  struct semicolon_s

SCENARIO(packets_wait_and_are_sent_in_order);
SCENARIO(too_many_wait);
SCENARIO(a_full_device_loses_none);
SCENARIO(nobody_answers);
SCENARIO(a_late_answer_is_good);
SCENARIO(a_reservation_is_given_back);
SCENARIO(a_stale_neighbour_is_probed);
SCENARIO(a_probe_without_an_answer);
SCENARIO(confirmation_saves_probes);
SCENARIO(kept_paths);
SCENARIO(reachable_does_not_last);
SCENARIO(old_ones_are_forgotten);
SCENARIO(known_neighbours_cost_no_timer);
SCENARIO(malformed_packets_change_nothing);
SCENARIO(impossible_senders);
SCENARIO(unasked_answers_make_no_entry);
SCENARIO(changes_of_address);
SCENARIO(a_flood_of_requests);
SCENARIO(a_scan_of_an_empty_network);
SCENARIO(down_while_packets_wait);
SCENARIO(without_memory);
SCENARIO(an_address_is_announced);
SCENARIO(conflicts_are_answered_rarely);
SCENARIO(a_new_address_is_probed_for);
SCENARIO(a_taken_address_is_not_used);
SCENARIO(by_hand);

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_packets_wait_and_are_sent_in_order),
    cmocka_unit_test(test_too_many_wait),
    cmocka_unit_test(test_a_full_device_loses_none),
    cmocka_unit_test(test_nobody_answers),
    cmocka_unit_test(test_a_late_answer_is_good),
    cmocka_unit_test(test_a_reservation_is_given_back),
    cmocka_unit_test(test_a_stale_neighbour_is_probed),
    cmocka_unit_test(test_a_probe_without_an_answer),
    cmocka_unit_test(test_confirmation_saves_probes),
    cmocka_unit_test(test_kept_paths),
    cmocka_unit_test(test_reachable_does_not_last),
    cmocka_unit_test(test_old_ones_are_forgotten),
    cmocka_unit_test(test_known_neighbours_cost_no_timer),
    cmocka_unit_test(test_malformed_packets_change_nothing),
    cmocka_unit_test(test_impossible_senders),
    cmocka_unit_test(test_unasked_answers_make_no_entry),
    cmocka_unit_test(test_changes_of_address),
    cmocka_unit_test(test_a_flood_of_requests),
    cmocka_unit_test(test_a_scan_of_an_empty_network),
    cmocka_unit_test(test_down_while_packets_wait),
    cmocka_unit_test(test_without_memory),
    cmocka_unit_test(test_an_address_is_announced),
    cmocka_unit_test(test_conflicts_are_answered_rarely),
    cmocka_unit_test(test_a_new_address_is_probed_for),
    cmocka_unit_test(test_a_taken_address_is_not_used),
    cmocka_unit_test(test_by_hand),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
