/* tests/host/net/test_netif.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Interfaces and framing.  Goal: addresses come and go with their routes;
 * who waits for a place in the device gets it in turn and none is forgotten;
 * frames that nobody waits for wait in a bounded ring; going down loses no
 * buffer; frames that are not for us are counted and dropped; a device that
 * calls back from inside a call does not enter the core twice.  Method: the
 * wire of the fixture, refusing and holding as told, a device that answers
 * at once, frames by hand.
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
#include "wire.h"

static struct wire_s g_wire;
static struct wire_s g_other;

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

/* A frame of a type that nobody speaks, with a tag in its first byte */

static struct iob_s *frame_of(struct wire_s *wire, unsigned int tag)
{
  struct iob_s *iob = iob_tryalloc_contig(60, 0, IOB_CLASS_TX);
  uint8_t *p = IOB_DATA(iob);

  memset(p, 0, 60);
  p[0]  = 2;
  p[5]  = 9;
  p[6]  = 2;
  p[12] = 0x99;
  p[14] = (uint8_t)tag;
  iob->io_len    = 60;
  iob->io_pktlen = 60;
  (void)wire;
  return iob;
}

static unsigned int tag_next(struct wire_s *wire)
{
  unsigned int len;
  const uint8_t *p = wire_next(wire, &len);

  return p != NULL ? p[14] : 0;
}

/* Addresses ****************************************************************/

static void addresses(void)
{
  static const struct
  {
    uint32_t addr;
    uint8_t len;
  }

  bad[] =
  {
    { 0, 24 }, { 0xffffffff, 24 }, { 0xe0000001, 24 }, { 0xefffffff, 8 },
    { 0x0a000005, 33 }, { 0x0a000005, 255 }
  };

  struct netaddr_s addr = ip4(0x0a000001);
  struct netaddr_s dst = ip4(0x0a000042);
  struct netaddr_s two = ip4(0x0a000002);
  struct net_path_s path;
  unsigned int i;

  wire_create(&g_wire, "eth%d", 1500, 0);
  CHECK(netif_addr_local(NULL, &addr) == g_wire.nif->addrs);
  CHECK(netif_addr_local(g_wire.nif, &addr) != NULL);
  CHECK(netif_addr_local(g_net.lo, &addr) == NULL);
  CHECK(netif_addr_local(NULL, &dst) == NULL);
  CHECK_EQ(netif_addr_add(g_wire.nif, &addr, 24, NULL), -EEXIST);
  CHECK_EQ(netif_addr_add(g_wire.nif, &g_netaddr_none, 24, NULL), -EINVAL);
  for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
      struct netaddr_s b = ip4(bad[i].addr);

      CHECK_EQ(netif_addr_add(g_wire.nif, &b, bad[i].len, NULL), -EINVAL);
    }

  /* The route goes with the last address of its network */

  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
  CHECK(netaddr_equal(&path.src, &addr));
  CHECK_EQ(netif_addr_add(g_wire.nif, &two, 24, NULL), 0);
  CHECK(!net_path_valid(&path));
  CHECK_EQ(netif_addr_del(g_wire.nif, &addr), 0);
  CHECK_EQ(netif_addr_del(g_wire.nif, &addr), -EADDRNOTAVAIL);
  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
  CHECK(netaddr_equal(&path.src, &two));
  CHECK_EQ(netif_addr_del(g_wire.nif, &two), 0);
  CHECK_EQ(net_route(&dst, NULL, 0, &path), -ENETUNREACH);
  CHECK(g_wire.nif->addrs == NULL);
}

static void many_addresses(void)
{
  struct netaddr_s addr;
  unsigned int i;

  wire_create(&g_wire, "eth%d", 1500, 0);
  for (i = 0; i < 2000; i++)
    {
      addr = ip4(0x0a100000 + i);
      CHECK_EQ(netif_addr_add(g_wire.nif, &addr, 32, NULL), 0);
    }

  for (i = 0; i < 2000; i += 2)
    {
      addr = ip4(0x0a100000 + i);
      CHECK_EQ(netif_addr_del(g_wire.nif, &addr), 0);
    }

  for (i = 0; i < 2000; i++)
    {
      addr = ip4(0x0a100000 + i);
      CHECK_EQ(netif_addr_local(NULL, &addr) != NULL, i % 2);
    }
}

static void without_memory(void)
{
  struct netaddr_s addr = ip4(0x0a010001);
  struct netaddr_s dst = ip4(0x0a010002);
  struct net_path_s path;
  unsigned int i;

  wire_create(&g_wire, "eth%d", 1500, 0);
  for (i = 1; i <= 2; i++)
    {
      kmm_fail(i);
      CHECK_EQ(netif_addr_add(g_wire.nif, &addr, 24, NULL), -ENOMEM);
      kmm_fail(0);
      CHECK(netif_addr_local(NULL, &addr) == NULL);
      CHECK_EQ(net_route(&dst, NULL, 0, &path), -ENETUNREACH);
    }

  CHECK_EQ(netif_addr_add(g_wire.nif, &addr, 24, NULL), 0);
}

static void loopback_has_all_of_127(void)
{
  struct netaddr_s addr = ip4(0x7f00002a);
  struct netaddr_s self = ip4(0x0a000001);
  struct net_path_s path;

  wire_create(&g_wire, "eth%d", 1500, 0);
  CHECK(netif_addr_local(NULL, &addr) != NULL);
  CHECK(netif_addr_local(g_wire.nif, &addr) == NULL);
  CHECK_EQ(net_route(&addr, &addr, 0, &path), 0);
  CHECK_EQ(path.flags, NET_PATH_LOCAL);
  CHECK(path.nif == g_net.lo);
  CHECK_EQ(net_route(&self, NULL, 0, &path), 0);
  CHECK_EQ(path.flags, NET_PATH_LOCAL);
  CHECK(path.nif == g_net.lo);
  CHECK(netaddr_equal(&path.src, &self));
}

/* Egress *******************************************************************/

/* One who sends a number of frames; what it sent is in the order of all */

struct sender_s
{
  struct net_egress_s egress;
  unsigned int id;
  unsigned int left;
  unsigned int runs;
  int error;
};

static struct sender_s g_sender[4];

static void sender_run(struct net_egress_s *egress)
{
  struct sender_s *s = (struct sender_s *)egress;

  s->runs++;
  while (s->left > 0)
    {
      int ret = netif_reserve(g_wire.nif, &s->egress);

      if (ret < 0)
        {
          s->error = ret;
          return;
        }

      s->left--;
      netif_output(g_wire.nif, frame_of(&g_wire, s->id), NET_TX_RESERVED,
                   NULL);
    }
}

static void senders(unsigned int left)
{
  unsigned int i;

  memset(g_sender, 0, sizeof(g_sender));
  for (i = 0; i < 4; i++)
    {
      g_sender[i].egress.run = sender_run;
      g_sender[i].id         = i + 1;
      g_sender[i].left       = left;
    }
}

/* Three with much data share a device that was full: in turns of eight */

static void waiters_take_turns(void)
{
  unsigned int run = 0;
  unsigned int last = 0;
  unsigned int n = 0;
  unsigned int tag;
  unsigned int i;

  wire_create(&g_wire, "eth%d", 1500, 0);
  senders(40);
  g_wire.full = true;
  for (i = 0; i < 3; i++)
    {
      sender_run(&g_sender[i].egress);
      sender_run(&g_sender[i].egress);   /* Still queued once */
    }

  CHECK(tag_next(&g_wire) == 0);
  wire_ready(&g_wire);
  while ((tag = tag_next(&g_wire)) != 0)
    {
      run  = tag == last ? run + 1 : 1;
      last = tag;
      n++;
      CHECK(run <= 8 || n > 96);
    }

  CHECK_EQ(n, 120);
  CHECK(g_wire.nif->egress_head == NULL);
  CHECK(g_wire.nif->egress_tail == NULL);
}

/* A newcomer does not pass those who wait, although the device has room */

static void nobody_is_passed(void)
{
  wire_create(&g_wire, "eth%d", 1500, 0);
  senders(2);
  g_wire.full = true;
  sender_run(&g_sender[0].egress);
  g_wire.full = false;
  sender_run(&g_sender[1].egress);
  CHECK_EQ(g_sender[1].left, 2);
  netdev_txready(&g_wire.dev);
  CHECK_EQ(tag_next(&g_wire), 1);
  CHECK_EQ(tag_next(&g_wire), 1);
  CHECK_EQ(tag_next(&g_wire), 2);
  CHECK_EQ(tag_next(&g_wire), 2);
  CHECK_EQ(g_wire.dev.d_reserved, 0);
}

/* Places that come one by one go to the waiters in turn */

static void one_place_at_a_time(void)
{
  unsigned int i;

  wire_create(&g_wire, "eth%d", 1500, 0);
  g_wire.dev.d_txdepth = 2;
  g_wire.hold          = true;
  g_wire.total         = 0;
  senders(4);
  for (i = 0; i < 3; i++)
    {
      sender_run(&g_sender[i].egress);
    }

  CHECK_EQ(g_wire.total, 2);
  for (i = 3; i <= 12; i++)
    {
      wire_done(&g_wire, 1);
      CHECK_EQ(g_wire.total, i);
    }

  wire_done(&g_wire, 2);
  for (i = 0; i < 3; i++)
    {
      CHECK_EQ(g_sender[i].left, 0);
    }

  CHECK_EQ(tag_next(&g_wire), 1);
  CHECK_EQ(tag_next(&g_wire), 1);
  CHECK_EQ(tag_next(&g_wire), 1);
  CHECK_EQ(tag_next(&g_wire), 2);
  CHECK_EQ(tag_next(&g_wire), 3);
  CHECK_EQ(tag_next(&g_wire), 1);
  CHECK_EQ(tag_next(&g_wire), 2);
}

static void leaving_the_queue(void)
{
  unsigned int i;

  wire_create(&g_wire, "eth%d", 1500, 0);
  senders(1);
  net_egress_del(&g_sender[0].egress);
  g_wire.full = true;
  for (i = 0; i < 4; i++)
    {
      sender_run(&g_sender[i].egress);
    }

  net_egress_del(&g_sender[3].egress);
  net_egress_del(&g_sender[1].egress);
  net_egress_del(&g_sender[0].egress);
  net_egress_del(&g_sender[0].egress);
  sender_run(&g_sender[0].egress);
  wire_ready(&g_wire);
  CHECK_EQ(tag_next(&g_wire), 3);
  CHECK_EQ(tag_next(&g_wire), 1);
  CHECK_EQ(tag_next(&g_wire), 0);
}

/* Who waits hears that the interface is gone, and so do frames in the ring */

static void waiters_learn_that_it_is_down(void)
{
  unsigned int i;

  wire_create(&g_wire, "eth%d", 1500, 0);
  senders(1);
  g_wire.full = true;
  for (i = 0; i < 4; i++)
    {
      sender_run(&g_sender[i].egress);
      CHECK_EQ(g_sender[i].error, -EAGAIN);
      CHECK_EQ(netif_output(g_wire.nif, frame_of(&g_wire, 9), NET_TX_NOWAIT,
                            NULL), 0);
    }

  netif_down(g_wire.nif);
  for (i = 0; i < 4; i++)
    {
      CHECK_EQ(g_sender[i].error, -ENETDOWN);
      CHECK(g_sender[i].egress.nif == NULL);
    }

  CHECK_EQ(stack_stat("link.outdown"), 4);
  CHECK_EQ(netif_output(g_wire.nif, frame_of(&g_wire, 9), NET_TX_NOWAIT,
                        NULL), -ENETDOWN);
  CHECK_EQ(stack_stat("link.outdown"), 5);
  g_wire.full = false;
  CHECK_EQ(netif_up(g_wire.nif), 0);
  sender_run(&g_sender[0].egress);
  CHECK_EQ(g_sender[0].left, 0);
}

/* Frames without a reservation: kept in order, in front of the others, and
 * not without limit.
 */

static void frames_that_nobody_waits_for(void)
{
  unsigned int i;

  wire_create(&g_wire, "eth%d", 1500, 0);
  senders(1);
  g_wire.full = true;
  sender_run(&g_sender[3].egress);
  for (i = 1; i <= 64; i++)
    {
      CHECK_EQ(netif_output(g_wire.nif, frame_of(&g_wire, 10 + i),
                            NET_TX_NOWAIT, NULL), 0);
    }

  for (i = 0; i < 5; i++)
    {
      CHECK_EQ(netif_output(g_wire.nif, frame_of(&g_wire, 200),
                            NET_TX_NOWAIT, NULL), -ENOBUFS);
    }

  CHECK_EQ(stack_stat("link.outctrlfull"), 5);
  CHECK_EQ(stack_stat("link.outwaited"), 64);
  CHECK_EQ(g_wire.nif->stats.tx_dropped, 5);
  wire_ready(&g_wire);
  for (i = 1; i <= 64; i++)
    {
      CHECK_EQ(tag_next(&g_wire), 10 + i);
    }

  CHECK_EQ(tag_next(&g_wire), 4);

  /* One that comes when there is room again passes nobody either */

  g_wire.full = true;
  netif_output(g_wire.nif, frame_of(&g_wire, 1), NET_TX_NOWAIT, NULL);
  g_wire.full = false;
  netif_output(g_wire.nif, frame_of(&g_wire, 2), NET_TX_NOWAIT, NULL);
  CHECK_EQ(tag_next(&g_wire), 0);
  netdev_txready(&g_wire.dev);
  CHECK_EQ(tag_next(&g_wire), 1);
  CHECK_EQ(tag_next(&g_wire), 2);
  CHECK_EQ(tag_next(&g_wire), 0);
}

/* Held frames come back when the interface goes down, and when it is
 * detached with everything on it.
 */

static void down_with_frames_held(void)
{
  struct netaddr_s dst = ip4(0x0a000002);
  struct net_path_s path;
  unsigned int i;

  wire_create(&g_wire, "eth%d", 1500, 0);
  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
  g_wire.hold = true;
  senders(100);
  sender_run(&g_sender[0].egress);
  CHECK_EQ(g_wire.nheld, 100);
  netif_down(g_wire.nif);
  CHECK_EQ(g_wire.nheld, 0);
  CHECK(!net_path_valid(&path));
  CHECK_EQ(net_route(&dst, NULL, 0, &path), -ENETUNREACH);
  CHECK_EQ(netif_up(g_wire.nif), 0);
  CHECK_EQ(netif_up(g_wire.nif), 0);
  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);

  for (i = 0; i < 4; i++)
    {
      g_sender[i].left = 2000;
      sender_run(&g_sender[i].egress);
    }

  g_wire.full = true;
  sender_run(&g_sender[0].egress);
  netif_output(g_wire.nif, frame_of(&g_wire, 9), NET_TX_NOWAIT, NULL);
  senders(0);
  netif_detach(g_wire.nif);
  CHECK(netif_findbyname("eth0") == NULL);
  CHECK_EQ(net_route(&dst, NULL, 0, &path), -ENETUNREACH);
}

static void the_link_goes_and_comes(void)
{
  struct netaddr_s dst = ip4(0x0a000002);
  struct net_path_s path;

  wire_create(&g_wire, "eth%d", 1500, 0);
  CHECK(netif_running(g_wire.nif));
  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
  netdev_carrier(&g_wire.dev, false);
  CHECK(!netif_running(g_wire.nif));
  CHECK(!net_path_valid(&path));
  CHECK_EQ(net_route(&dst, NULL, 0, &path), -ENETUNREACH);
  wire_flush(&g_wire);
  netdev_carrier(&g_wire.dev, true);
  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
  CHECK(wire_next(&g_wire, &(unsigned int){ 0 }) != NULL);
}

static void names_and_numbers(void)
{
  wire_create(&g_wire, "eth%d", 1500, 0);
  wire_create(&g_other, "eth%d", 1500, 0);
  CHECK(netif_findbyname("eth1") == g_other.nif);
  CHECK(netif_findbyname("eth2") == NULL);
  CHECK(netif_findbyname("") == NULL);
  CHECK(netif_find(g_wire.dev.d_ifindex) == g_wire.nif);
  CHECK(netif_find(0) == NULL);
  CHECK(netif_find(77) == NULL);
  CHECK_EQ(netif_attach(&g_wire.dev, NULL), -EBUSY);
}

/* Framing ******************************************************************/

static void frames_that_are_not_for_us(void)
{
  static uint8_t frame[60] =
  {
    2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 1, 2, 0x86, 0xdd
  };

  wire_create(&g_wire, "eth%d", 1500, 0);
  wire_rx(&g_wire, frame, 60);
  CHECK_EQ(stack_stat("link.inunknowntype"), 1);
  frame[12] = 0x81;
  frame[13] = 0;
  wire_rx(&g_wire, frame, 60);
  CHECK_EQ(stack_stat("link.inunknowntype"), 2);
  frame[5] = 3;
  wire_rx(&g_wire, frame, 60);
  CHECK_EQ(stack_stat("link.inotherhost"), 1);
  frame[5] = 1;
  frame[6] = 3;
  wire_rx(&g_wire, frame, 60);
  CHECK_EQ(stack_stat("link.inbadsource"), 1);
  wire_rx(&g_wire, frame, 13);
  CHECK_EQ(stack_stat("link.inshort"), 1);
  CHECK_EQ(g_wire.nif->stats.rx_dropped, 5);
  CHECK_EQ(g_wire.nif->stats.rx_frames, 5);

  /* A packet on loopback that is no IP packet at all */

  netdev_rx(g_net.lo->dev, frame_of(NULL, 0), NULL);
  CHECK_EQ(stack_stat("link.inunknowntype"), 3);
}

/* The link header of a frame in many pieces */

static void a_frame_in_pieces(void)
{
  static const uint8_t arp[42] =
  {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 1, 2, 8, 6,
    0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 1, 2, 10, 0, 0, 2,
    0, 0, 0, 0, 0, 0, 10, 0, 0, 1
  };

  struct iob_s *head = NULL;
  struct iob_s **link = &head;
  struct pkt_s pkt;
  unsigned int i;

  wire_create(&g_wire, "eth%d", 1500, 0);
  for (i = 0; i < 42; i += 3)
    {
      *link = iob_tryalloc_contig(3, 0, IOB_CLASS_RX);
      memcpy(IOB_DATA(*link), arp + i, 3);
      (*link)->io_len = 3;
      link = &(*link)->io_flink;
    }

  head->io_pktlen = 42;
  netdev_rx(&g_wire.dev, head, NULL);
  CHECK(pkt_next(&g_wire, PKT_ARP, &pkt));
  CHECK_EQ(pkt.arp_op, 2);
}

/* No room in front: a buffer for the header; on a flat device the device
 * makes it one piece.
 */

static void a_packet_without_headroom(void)
{
  struct netaddr_s dst = ip4(0x0a000002);
  struct net_path_s path;
  struct iob_s *iob;
  unsigned int len;
  const uint8_t *p;
  unsigned int sg;

  for (sg = 0; sg < 2; sg++)
    {
      struct wire_s *wire = sg ? &g_other : &g_wire;

      wire_create(wire, "eth%d", 1500, sg ? NETDEV_SG : 0);
      wire_know(wire, 2);
      dst = ip4(sg ? 0x0a000102 : 0x0a000002);
      CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
      iob = frame_of(wire, 0x55);
      CHECK_EQ(eth_output(iob, &path, NET_TX_NOWAIT, NULL), 0);
      p = wire_next(wire, &len);
      CHECK_EQ(len, 74);
      CHECK_EQ(p[5], 2);
      CHECK_EQ(p[12], 8);
      CHECK_EQ(p[28], 0x55);
      CHECK_EQ(wire->chains, sg);
    }

  iob = frame_of(&g_other, 1);
  CHECK_EQ(netif_reserve(g_other.nif, NULL), 0);
  hoard(0);
  CHECK_EQ(eth_output(iob, &path, NET_TX_RESERVED, NULL), -ENOBUFS);
  unhoard();
  CHECK_EQ(stack_stat("link.outnomem"), 1);
  CHECK_EQ(g_other.dev.d_reserved, 0);
}

/* Offsets of what the device shall do move with the header */

static void offload_offsets(void)
{
  struct netdev_offload_s off =
  {
    NETDEV_OFF_PARTIAL, 28, 0, 20, 6
  };

  struct netaddr_s dst = ip4(0x0a000002);
  struct net_path_s path;

  wire_create(&g_wire, "eth%d", 1500, NETDEV_TXCSUM | NETDEV_SG);
  wire_know(&g_wire, 2);
  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
  CHECK_EQ(eth_output(frame_of(&g_wire, 1), &path, NET_TX_NOWAIT, &off), 0);
  CHECK_EQ(g_wire.off[g_wire.head % WIRE_MAX].csum_start, 34);
  CHECK_EQ(g_wire.off[g_wire.head % WIRE_MAX].csum_offset, 6);
  CHECK_EQ(g_wire.off[g_wire.head % WIRE_MAX].hdrlen, 42);
}

static void group_addresses(void)
{
  static const struct
  {
    uint32_t ip;
    uint8_t mac[6];
  }

  cases[] =
  {
    {
      0xe0000001, { 1, 0, 0x5e, 0, 0, 1 }
    },
    {
      0xefffffff, { 1, 0, 0x5e, 0x7f, 0xff, 0xff }
    },
    {
      0xe0800102, { 1, 0, 0x5e, 0, 1, 2 }
    },
    {
      0xffffffff, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }
    },
    {
      0x0a0000ff, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }
    }
  };

  struct net_path_s path;
  unsigned int len;
  unsigned int i;

  wire_create(&g_wire, "eth%d", 1500, NETDEV_SG);
  for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
      struct netaddr_s dst = ip4(cases[i].ip);
      const uint8_t *p;

      CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
      CHECK_EQ(eth_output(frame_of(&g_wire, 1), &path, NET_TX_NOWAIT, NULL),
               0);
      p = wire_next(&g_wire, &len);
      CHECK(p != NULL && memcmp(p, cases[i].mac, 6) == 0);
    }

  CHECK_EQ(stack_stat("arp.outrequests"), 0);
}

/* A device that answers from inside netdev_commit() ************************/

static struct net_driver_s g_echo;
static struct netif_s *g_echo_nif;
static unsigned int g_inside;
static unsigned int g_deepest;
static unsigned int g_echoes;

static void echo_commit(struct net_driver_s *dev, struct iob_s *iob,
                        const struct netdev_offload_s *off)
{
  (void)off;
  g_inside++;
  g_deepest = g_inside > g_deepest ? g_inside : g_deepest;
  g_echoes++;
  if (g_echoes < 100)
    {
      /* An ARP request for us: its answer is the next commit */

      struct iob_s *back = netdev_txalloc(dev, 42, IOB_CLASS_RX);
      uint8_t *p = IOB_DATA(back);

      static const uint8_t arp[42] =
      {
        2, 0, 0, 0, 0, 7, 2, 0, 0, 0, 1, 2, 8, 6,
        0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 1, 2, 10, 9, 0, 2,
        0, 0, 0, 0, 0, 0, 10, 9, 0, 1
      };

      memcpy(p, arp, 42);
      back->io_len    = 42;
      back->io_pktlen = 42;
      netdev_rx(dev, back, NULL);
      netdev_rxend(dev);
    }

  netdev_txdone(dev, iob);
  dev->d_flags |= NETDEV_TXWANT;
  netdev_txready(dev);
  g_inside--;
}

static void a_device_that_answers_at_once(void)
{
  static const struct netdev_ops_s ops =
  {
    .commit = echo_commit,
  };

  struct netaddr_s addr = ip4(0x0a090001);

  g_inside  = 0;
  g_deepest = 0;
  g_echoes  = 0;
  netdev_setup(&g_echo, "echo", &ops, NULL);
  g_echo.d_mac[0] = 2;
  g_echo.d_mac[5] = 7;
  CHECK_EQ(netdev_register(&g_echo, "echo0"), 0);
  CHECK_EQ(netif_attach(&g_echo, &g_echo_nif), 0);
  CHECK_EQ(netif_up(g_echo_nif), 0);
  CHECK_EQ(netif_addr_add(g_echo_nif, &addr, 24, NULL), 0);
  CHECK_EQ(g_echoes, 1);
  stack_sleep(NET_SEC);
  CHECK_EQ(g_echoes, 100);
  CHECK_EQ(g_deepest, 1);
  CHECK_EQ(stack_stat("link.inlater"), 99);
  CHECK_EQ(stack_stat("arp.outreplies"), 99);

  /* Put aside, then the interface goes */

  g_echoes = 50;
  CHECK_EQ(netif_output(g_echo_nif, frame_of(NULL, 1), NET_TX_NOWAIT, NULL),
           0);
  netif_detach(g_echo_nif);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  } \
  struct semicolon_s

SCENARIO(addresses);
SCENARIO(many_addresses);
SCENARIO(without_memory);
SCENARIO(loopback_has_all_of_127);
SCENARIO(waiters_take_turns);
SCENARIO(nobody_is_passed);
SCENARIO(one_place_at_a_time);
SCENARIO(leaving_the_queue);
SCENARIO(waiters_learn_that_it_is_down);
SCENARIO(frames_that_nobody_waits_for);
SCENARIO(down_with_frames_held);
SCENARIO(the_link_goes_and_comes);
SCENARIO(names_and_numbers);
SCENARIO(frames_that_are_not_for_us);
SCENARIO(a_frame_in_pieces);
SCENARIO(a_packet_without_headroom);
SCENARIO(offload_offsets);
SCENARIO(group_addresses);
SCENARIO(a_device_that_answers_at_once);

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_addresses),
    cmocka_unit_test(test_many_addresses),
    cmocka_unit_test(test_without_memory),
    cmocka_unit_test(test_loopback_has_all_of_127),
    cmocka_unit_test(test_waiters_take_turns),
    cmocka_unit_test(test_nobody_is_passed),
    cmocka_unit_test(test_one_place_at_a_time),
    cmocka_unit_test(test_leaving_the_queue),
    cmocka_unit_test(test_waiters_learn_that_it_is_down),
    cmocka_unit_test(test_frames_that_nobody_waits_for),
    cmocka_unit_test(test_down_with_frames_held),
    cmocka_unit_test(test_the_link_goes_and_comes),
    cmocka_unit_test(test_names_and_numbers),
    cmocka_unit_test(test_frames_that_are_not_for_us),
    cmocka_unit_test(test_a_frame_in_pieces),
    cmocka_unit_test(test_a_packet_without_headroom),
    cmocka_unit_test(test_offload_offsets),
    cmocka_unit_test(test_group_addresses),
    cmocka_unit_test(test_a_device_that_answers_at_once),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
