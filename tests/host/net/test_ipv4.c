/* tests/host/net/test_ipv4.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * IPv4, both ways.  Goal: what is sound arrives, everything else is dropped
 * under the name of what is wrong with it, answered only where that is
 * allowed; what is sent is right to the last byte, wherever its header had to
 * be put.  Method: frames with one thing wrong, on the wire of the fixture;
 * an echo that is answered shows that a packet arrived.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "ip_util.h"

static struct wire_s g_wire;
static struct frame_s g_frame;
static struct pkt_s g_pkt;

static void setup(unsigned int features)
{
  wire_create(&g_wire, "eth%d", 1500, features);
  wire_know(&g_wire, 2);
  ip_echo(&g_wire, 2, 56, &g_pkt);
}

static void answered(void)
{
  struct pkt_s reply;

  CHECK(pkt_next(&g_wire, 1, &reply));
  CHECK_EQ(reply.type, 0);
  CHECK_EQ(reply.code, 0);
  CHECK_EQ(reply.info, 0x12345678);
  CHECK_EQ(reply.len, g_pkt.len);
  CHECK(reply.len == 0 || memcmp(reply.data, g_pkt.data, reply.len) == 0);
  CHECK_EQ(reply.src, g_pkt.dst);
  CHECK_EQ(reply.dst, g_pkt.src);
  CHECK_EQ(memcmp(reply.dmac, g_pkt.smac, 6), 0);
}

/* Arriving *****************************************************************/

static void echo_of_every_size(void)
{
  unsigned int n;

  setup(0);
  for (n = 0; n <= 1472; n += n < 70 ? 1 : 61)
    {
      ip_echo(&g_wire, 2, n, &g_pkt);
      pkt_rx(&g_wire, &g_pkt);
      answered();
    }

  CHECK_EQ(g_wire.chains, 0);
  CHECK_EQ(stack_stat("icmp.echocopied"), 0);
  CHECK_EQ(stack_stat("ip.outheaders"), 0);
}

/* What the link added to reach its minimum is not part of the packet */

static void padding_is_cut(void)
{
  setup(0);
  ip_echo(&g_wire, 2, 3, &g_pkt);
  frame_make(&g_frame, &g_pkt);
  memset(g_frame.data + g_frame.len, 0xa5, 60 - g_frame.len);
  g_frame.len = 60;
  frame_rx(&g_wire, &g_frame);
  answered();
}

/* A frame in two or three buffers, cut anywhere: headers are made contiguous,
 * and what somebody else views stays as it is.
 */

static struct iob_s *buffer(const uint8_t *data, unsigned int n)
{
  struct iob_s *iob = iob_tryalloc_contig(n, 0, IOB_CLASS_RX);

  CHECK(iob != NULL);
  memcpy(IOB_DATA(iob), data, n);
  iob->io_len    = (uint16_t)n;
  iob->io_pktlen = n;
  return iob;
}

static void in_several_buffers(void)
{
  unsigned int shared;
  unsigned int cut;

  setup(NETDEV_SG);
  frame_make(&g_frame, &g_pkt);
  for (shared = 0; shared < 2; shared++)
    {
      for (cut = 1; cut < g_frame.len - 1; cut++)
        {
          struct iob_s *iob = buffer(g_frame.data, cut);
          struct iob_s *view = NULL;
          uint8_t copy[200];

          iob_concat(iob, buffer(g_frame.data + cut, 1));
          iob_concat(iob, buffer(g_frame.data + cut + 1,
                                 g_frame.len - cut - 1));
          if (shared)
            {
              view = iob_share(iob, 0, g_frame.len);
              CHECK(view != NULL);
            }

          netdev_rx(&g_wire.dev, iob, NULL);
          netdev_rxend(&g_wire.dev);
          answered();
          if (shared)
            {
              CHECK_EQ(iob_copyout(copy, view, g_frame.len, 0), g_frame.len);
              CHECK_EQ(memcmp(copy, g_frame.data, g_frame.len), 0);
              iob_free_chain(view);
            }
        }
    }
}

static void bad_headers(void)
{
  uint8_t *ip = g_frame.data + IP_AT;
  unsigned int i;

  setup(0);
  for (i = 0; i < 20; i++)
    {
      frame_make(&g_frame, &g_pkt);
      g_frame.len = IP_AT + i;
      CHECK_DROP(&g_wire, "ip.inshort", frame_rx(&g_wire, &g_frame));
    }

  for (i = 0; i < 16; i++)
    {
      if (i != 4)
        {
          frame_make(&g_frame, &g_pkt);
          ip[0] = (uint8_t)(i << 4 | 5);
          frame_fixsum(&g_frame);
          CHECK_DROP(&g_wire, "ip.inversion", frame_rx(&g_wire, &g_frame));
        }
    }

  for (i = 0; i < 5; i++)
    {
      frame_make(&g_frame, &g_pkt);
      ip[0] = (uint8_t)(0x40 | i);
      CHECK_DROP(&g_wire, "ip.inversion", frame_rx(&g_wire, &g_frame));
    }

  /* A header that is longer than the packet */

  g_pkt.len = 0;
  frame_make(&g_frame, &g_pkt);
  ip[0] = 0x4f;
  CHECK_DROP(&g_wire, "ip.inshort", frame_rx(&g_wire, &g_frame));

  CHECK_EQ(stack_stat("ip.inhdrerrors"), 20 + 15 + 5 + 1);
}

static void bad_lengths(void)
{
  uint8_t *ip = g_frame.data + IP_AT;

  setup(0);
  frame_make(&g_frame, &g_pkt);
  ip[3]++;                           /* One byte more than there is */
  frame_fixsum(&g_frame);
  CHECK_DROP(&g_wire, "ip.intruncated", frame_rx(&g_wire, &g_frame));

  frame_make(&g_frame, &g_pkt);
  ip[2] = 0xff;
  frame_fixsum(&g_frame);
  CHECK_DROP(&g_wire, "ip.intruncated", frame_rx(&g_wire, &g_frame));

  frame_make(&g_frame, &g_pkt);
  ip[2] = 0;
  ip[3] = 19;                        /* Less than its header */
  frame_fixsum(&g_frame);
  CHECK_DROP(&g_wire, "ip.intruncated", frame_rx(&g_wire, &g_frame));

  ip[3] = 0;
  frame_fixsum(&g_frame);
  CHECK_DROP(&g_wire, "ip.intruncated", frame_rx(&g_wire, &g_frame));
}

static void every_bit_of_the_header(void)
{
  unsigned int bit;

  setup(0);
  for (bit = 0; bit < 160; bit++)
    {
      uint64_t before;

      frame_make(&g_frame, &g_pkt);
      before = g_wire.total;
      g_frame.data[IP_AT + bit / 8] ^= (uint8_t)(1 << bit % 8);
      frame_rx(&g_wire, &g_frame);
      CHECK_EQ(g_wire.total, before);
    }

  CHECK_EQ(stack_stat("ip.inhdrerrors"), 160);
  CHECK_EQ(stack_stat("ip.indelivers"), 0);
  pkt_rx(&g_wire, &g_pkt);
  answered();
}

/* Addresses ****************************************************************/

static void from(uint32_t src)
{
  struct pkt_s pkt = g_pkt;

  pkt.src = src;
  pkt_rx(&g_wire, &pkt);
}

static void to(uint32_t dst)
{
  struct pkt_s pkt = g_pkt;

  pkt.dst = dst;
  pkt_rx(&g_wire, &pkt);
}

static void martian_sources(void)
{
  static const uint32_t bad[] =
  {
    0x00000000, 0x00000001, 0x7f000001, 0x7fffffff, 0xe0000001, 0xefffffff,
    0xf0000001, 0xffffffff, 0x0a0000ff
  };

  unsigned int i;

  setup(0);
  for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
      CHECK_DROP(&g_wire, "ip.inmartiansrc", from(bad[i]));
    }

  /* A packet that seems to come from ourselves */

  CHECK_DROP(&g_wire, "ip.inland", from(0x0a000001));

  /* ... also after the pair of addresses has been remembered as good */

  pkt_rx(&g_wire, &g_pkt);
  answered();
  CHECK_DROP(&g_wire, "ip.inland", from(0x0a000001));
}

static void martian_destinations(void)
{
  static const uint32_t bad[] =
  {
    0x00000000, 0x00000001, 0x7f000001, 0x7f000002, 0xf0000001, 0xfffffffe
  };

  unsigned int i;

  setup(0);
  for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
      CHECK_DROP(&g_wire, "ip.inmartiandst", to(bad[i]));
    }

  CHECK_DROP(&g_wire, "ip.inmcast", to(0xe0000002));
  CHECK_DROP(&g_wire, "ip.inaddrerrors", to(0x0a000003));
  CHECK_DROP(&g_wire, "ip.inaddrerrors", to(0x08080808));

  /* To us, but in a frame for all (RFC 1122 3.3.6) */

  memset(g_pkt.dmac, 0xff, 6);
  CHECK_DROP(&g_wire, "ip.inlinkbcast", to(0x0a000001));
  g_pkt.dmac[0] = 0x01;
  CHECK_DROP(&g_wire, "ip.inlinkbcast", to(0x0a000001));
}

/* An address that goes takes what was remembered about it along */

static void address_goes(void)
{
  struct netaddr_s addr = ip_addr(0x0a000001);
  struct netaddr_s more = ip_addr(0x0a000009);

  setup(0);
  pkt_rx(&g_wire, &g_pkt);
  answered();
  CHECK_EQ(netif_addr_add(g_wire.nif, &more, 24, NULL), 0);
  CHECK_EQ(netif_addr_del(g_wire.nif, &addr), 0);
  stack_sleep(5 * NET_SEC);
  wire_flush(&g_wire);
  CHECK_DROP(&g_wire, "ip.inaddrerrors", pkt_rx(&g_wire, &g_pkt));
}

static void broadcasts(void)
{
  setup(0);
  memset(g_pkt.dmac, 0xff, 6);
  CHECK_DROP(&g_wire, "icmp.inbcast", to(0xffffffff));
  CHECK_DROP(&g_wire, "icmp.inbcast", to(0x0a0000ff));
  CHECK_DROP(&g_wire, "icmp.inbcast", to(0xe0000001));

  /* A host without an address talks to all */

  g_pkt.src = 0;
  CHECK_DROP(&g_wire, "icmp.inbcast", to(0xffffffff));
  CHECK_EQ(stack_stat("ip.indelivers"), 4);

  /* Nobody is told about a broadcast of a protocol unknown here */

  g_pkt.proto = 200;
  CHECK_DROP(&g_wire, "icmp.outsuppressed", to(0xffffffff));
}

/* Options ******************************************************************/

static void options(const void *opt, unsigned int n)
{
  frame_make(&g_frame, &g_pkt);
  frame_options(&g_frame, opt, n);
  frame_rx(&g_wire, &g_frame);
}

static void good_options(void)
{
  uint8_t many[40];

  setup(0);
  options("\x01\x01\x01\x01", 4);
  answered();
  options("\x00\xff\xff\xff", 4);    /* Nothing counts behind the end */
  answered();
  options("\x94\x04\x00\x00", 4);    /* Router alert */
  answered();
  options("\x07\x07\x04\x00\x00\x00\x00\x00", 8);
  answered();
  options("\x44\x08\x05\x00\x00\x00\x00\x00", 8);
  answered();
  options("\x99\x04\x12\x34\x98\x02\x01\x00", 8);   /* Unknown ones */
  answered();
  memset(many, 1, sizeof(many));
  options(many, sizeof(many));
  answered();
}

/* The answer says where the mistake is (RFC 792) */

static void complaint(unsigned int pointer)
{
  struct pkt_s pkt;

  CHECK(pkt_next(&g_wire, 1, &pkt));
  CHECK_EQ(pkt.type, 12);
  CHECK_EQ(pkt.code, 0);
  CHECK_EQ(pkt.info >> 24, pointer);
  CHECK_EQ(memcmp(pkt.data, g_frame.data + IP_AT, pkt.len), 0);
}

static void bad_options(void)
{
  setup(0);
  CHECK_COUNT("ip.inoptions", 1, options("\x94\x00\x00\x00", 4));
  complaint(21);
  CHECK_COUNT("ip.inoptions", 1, options("\x94\x01\x00\x00", 4));
  complaint(21);
  CHECK_COUNT("ip.inoptions", 1, options("\x01\x94\x04\x00", 4));
  complaint(22);
  CHECK_COUNT("ip.inoptions", 1, options("\x01\x01\x01\x94", 4));
  complaint(23);
  CHECK_COUNT("ip.inoptions", 1, options("\x07\x04\x03\x00", 4));
  complaint(22);
  stack_sleep(10 * NET_SEC);         /* The limit of rate is not the goal */
  CHECK_COUNT("ip.inoptions", 1, options("\x07\x02\x01\x01", 4));
  complaint(22);
  CHECK_COUNT("ip.inoptions", 1, options("\x44\x04\x04\x00", 4));
  complaint(22);
  CHECK_COUNT("ip.inoptions", 1, options("\x94\xff\x00\x00", 4));
  complaint(21);
  CHECK_EQ(stack_stat("ip.indelivers"), 0);
}

static void source_routes(void)
{
  setup(0);
  CHECK_DROP(&g_wire, "ip.insrcroute",
             options("\x83\x07\x04\x0a\x00\x00\x02\x00", 8));
  CHECK_DROP(&g_wire, "ip.insrcroute",
             options("\x89\x07\x04\x0a\x00\x00\x02\x00", 8));
  CHECK_DROP(&g_wire, "ip.insrcroute",
             options("\x01\x83\x07\x08\x0a\x00\x00\x02", 8));
  CHECK_DROP(&g_wire, "ip.insrcroute", options("\x89\x02\x00\x00", 4));
}

static void unknown_protocol(void)
{
  struct pkt_s pkt;

  setup(0);
  g_pkt.proto = 200;
  frame_make(&g_frame, &g_pkt);
  CHECK_COUNT("ip.inunknownprotos", 1, frame_rx(&g_wire, &g_frame));
  CHECK(pkt_next(&g_wire, 1, &pkt));
  CHECK_EQ(pkt.type, 3);
  CHECK_EQ(pkt.code, 2);
  CHECK_EQ(pkt.len, 20 + 56);
  CHECK_EQ(memcmp(pkt.data, g_frame.data + IP_AT, pkt.len), 0);
  CHECK_EQ(stack_stat("ip.indelivers"), 0);
}

/* Random damage: nothing is lost, nothing crashes, and every packet is in
 * one of the counters.
 */

static uint64_t dropped(void)
{
  static const char *const names[] =
  {
    "ip.inhdrerrors", "ip.inaddrerrors", "ip.indiscards", "ip.indelivers",
    "ip.insrcroute", "ip.inunknownprotos", "ip.inmartiansrc",
    "ip.inmartiandst", "ip.inland", "ip.inlinkbcast", "ip.inmcast",
    "ip.reasmreqds"
  };

  uint64_t sum = 0;
  unsigned int i;

  for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    {
      sum += stack_stat(names[i]);
    }

  return sum;
}

static void random_damage(void)
{
  unsigned int n;

  setup(0);
  for (n = 0; n < 20000; n++)
    {
      uint64_t r = sim_random();
      unsigned int bytes = 1 + (r & 3);
      unsigned int i;

      ip_echo(&g_wire, 2, (r >> 2) & 127, &g_pkt);
      g_pkt.proto = (r >> 9) & 3 ? 1 : (uint8_t)(r >> 11);
      frame_make(&g_frame, &g_pkt);
      if ((r >> 19) & 1)
        {
          frame_options(&g_frame, "\x44\x08\x05\x00\x00\x00\x00\x00", 8);
        }

      for (i = 0; i < bytes; i++)
        {
          uint64_t s = sim_random();

          g_frame.data[IP_AT + s % 40] = (uint8_t)(s >> 32);
        }

      if (g_frame.data[IP_AT] >> 4 == 4 && (g_frame.data[IP_AT] & 15) >= 5 &&
          IP_AT + (g_frame.data[IP_AT] & 15) * 4u <= g_frame.len)
        {
          frame_fixsum(&g_frame);
        }

      frame_rx(&g_wire, &g_frame);
      if (n % 64 == 0)
        {
          wire_flush(&g_wire);
          stack_sleep(10 * NET_MSEC);
        }
    }

  CHECK_EQ(stack_stat("ip.inreceives"), 20000);
  CHECK_EQ(dropped(), 20000);
  stack_sleep(60 * NET_SEC);         /* Fragments are given up */
}

/* Sending ******************************************************************/

static void header_of_what_is_sent(void)
{
  struct pkt_s pkt;
  unsigned int i;
  uint16_t ident = 0;

  setup(0);
  for (i = 0; i < 3; i++)
    {
      CHECK_EQ(ip_send(0x0a000002, 1480, 64, NET_TX_RESERVED), 0);
      CHECK(pkt_next(&g_wire, IP_TESTPROTO, &pkt));
      CHECK_EQ(pkt.len, 1480);
      CHECK_EQ(memcmp(pkt.data, ip_bytes(1480), 1480), 0);
      CHECK_EQ(pkt.src, 0x0a000001);
      CHECK_EQ(pkt.dst, 0x0a000002);
      CHECK_EQ(pkt.ttl, 64);
      CHECK_EQ(pkt.df, false);
      CHECK_EQ(pkt.ident, i == 0 ? pkt.ident : (uint16_t)(ident + 1));
      ident = pkt.ident;
    }

  CHECK_EQ(ip_send(0x0a000002, 1480, 64, NET_TX_RESERVED | NET_TX_DF), 0);
  CHECK(pkt_next(&g_wire, IP_TESTPROTO, &pkt));
  CHECK_EQ(pkt.df, true);
  CHECK_EQ(pkt.ident, 0);
  CHECK_EQ(g_wire.dev.d_reserved, 0);
  CHECK_EQ(stack_stat("ip.outrequests"), 4);
}

/* With any head-room the bytes are the same; a flat device sees no chain */

static void any_headroom(void)
{
  struct pkt_s pkt;
  unsigned int headroom;

  setup(0);
  for (headroom = 0; headroom <= 40; headroom++)
    {
      CHECK_EQ(ip_send(0x0a000002, 333, headroom, NET_TX_RESERVED), 0);
      CHECK(pkt_next(&g_wire, IP_TESTPROTO, &pkt));
      CHECK_EQ(pkt.len, 333);
      CHECK_EQ(memcmp(pkt.data, ip_bytes(333), 333), 0);
    }

  CHECK_EQ(g_wire.chains, 0);
  CHECK(stack_stat("ip.outheaders") >= 1);
}

/* More than one extent can hold */

static int send_chain(unsigned int n)
{
  struct netaddr_s dst = ip_addr(0x0a000002);
  struct iob_s *pkt = iob_tryalloc_contig(60000, 64, IOB_CLASS_TX);
  struct iob_s *rest = iob_tryalloc_contig(n - 60000, 0, IOB_CLASS_TX);
  struct net_path_s path;
  struct net_tx_s tx;

  memset(&tx, 0, sizeof(tx));
  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
  CHECK_EQ(netif_reserve(path.nif, NULL), 0);
  pkt->io_len     = 60000;
  pkt->io_pktlen  = 60000;
  rest->io_len    = (uint16_t)(n - 60000);
  rest->io_pktlen = n - 60000;
  memcpy(IOB_DATA(pkt), ip_bytes(60000), 60000);
  memcpy(IOB_DATA(rest), ip_bytes(n - 60000), n - 60000);
  iob_concat(pkt, rest);
  tx.src   = &path.src;
  tx.dst   = &dst;
  tx.proto = IP_TESTPROTO;
  tx.flags = NET_TX_RESERVED;
  return ip_output(pkt, &path, &tx);
}

static void too_long(void)
{
  setup(0);
  CHECK_DROP(&g_wire, "ip.fragfails",
             CHECK_EQ(ip_send(0x0a000002, 1481, 64,
                              NET_TX_RESERVED | NET_TX_DF), -EMSGSIZE));
  CHECK_DROP(&g_wire, "ip.outtoobig",
             CHECK_EQ(send_chain(65516), -EMSGSIZE));
  CHECK_EQ(g_wire.dev.d_reserved, 0);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(echo_of_every_size)
SCENARIO(padding_is_cut)
SCENARIO(in_several_buffers)
SCENARIO(bad_headers)
SCENARIO(bad_lengths)
SCENARIO(every_bit_of_the_header)
SCENARIO(martian_sources)
SCENARIO(martian_destinations)
SCENARIO(address_goes)
SCENARIO(broadcasts)
SCENARIO(good_options)
SCENARIO(bad_options)
SCENARIO(source_routes)
SCENARIO(unknown_protocol)
SCENARIO(random_damage)
SCENARIO(header_of_what_is_sent)
SCENARIO(any_headroom)
SCENARIO(too_long)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_echo_of_every_size),
    cmocka_unit_test(test_padding_is_cut),
    cmocka_unit_test(test_in_several_buffers),
    cmocka_unit_test(test_bad_headers),
    cmocka_unit_test(test_bad_lengths),
    cmocka_unit_test(test_every_bit_of_the_header),
    cmocka_unit_test(test_martian_sources),
    cmocka_unit_test(test_martian_destinations),
    cmocka_unit_test(test_address_goes),
    cmocka_unit_test(test_broadcasts),
    cmocka_unit_test(test_good_options),
    cmocka_unit_test(test_bad_options),
    cmocka_unit_test(test_source_routes),
    cmocka_unit_test(test_unknown_protocol),
    cmocka_unit_test(test_random_damage),
    cmocka_unit_test(test_header_of_what_is_sent),
    cmocka_unit_test(test_any_headroom),
    cmocka_unit_test(test_too_long),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
