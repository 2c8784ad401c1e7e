/* tests/host/net/test_forward.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Forwarding between two networks.  Goal: every byte passes but the TTL and
 * its checksum; what must not pass does not, and its sender is told; what a
 * device left undone is done before it reaches one that does not do it; a
 * slow side costs bounded memory.  Method: two wires, the test being a host
 * on each; frames that arrive are compared with frames that leave.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <nuttx/net/net.h>
#include <sys/socket.h>

#include "ip_util.h"

#define THERE 0x0a000102             /* 10.0.1.2 */

static struct wire_s g_in;
static struct wire_s g_out;
static struct frame_s g_frame;
static struct pkt_s g_pkt;

static void setup(unsigned int features)
{
  wire_create(&g_in, "eth%d", 1500, NETDEV_SG | NETDEV_RXCSUM | NETDEV_LRO);
  wire_create(&g_out, "eth%d", 1500, features);
  wire_know(&g_in, 2);
  wire_know(&g_out, 2);
  g_net.forwarding = true;
  ip_echo(&g_in, 2, 100, &g_pkt);
  g_pkt.dst = THERE;
}

static void tcp(unsigned int n)
{
  memset(&g_pkt, 0, sizeof(g_pkt));
  pkt_from(&g_in, 2, &g_pkt);
  g_pkt.dst    = THERE;
  g_pkt.proto  = 6;
  g_pkt.df     = true;
  g_pkt.ident  = 0x1234;
  g_pkt.sport  = 1000;
  g_pkt.dport  = 80;
  g_pkt.seq    = 0xfffffff0;
  g_pkt.ack    = 0x55667788;
  g_pkt.flags  = 0x99;               /* CWR ACK PSH FIN */
  g_pkt.wnd    = 1234;
  g_pkt.optlen = 12;
  memcpy(g_pkt.opt, "\x01\x01\x08\x0a\x00\x00\x00\x01\x00\x00\x00\x02", 12);
  g_pkt.data   = ip_bytes(n);
  g_pkt.len    = n;
}

/* What leaves is what came, one hop older; link addresses are the router's */

static void passes(struct pkt_s *pkt)
{
  unsigned int i;
  unsigned int len;
  const uint8_t *out;

  frame_make(&g_frame, &g_pkt);
  frame_rx(&g_in, &g_frame);
  out = wire_next(&g_out, &len);
  CHECK(out != NULL);
  if (out == NULL)
    {
      return;
    }

  CHECK(pkt_read(out, len, pkt) == NULL);
  CHECK_EQ(len, g_frame.len);
  CHECK_EQ(out[5], 2);
  CHECK_EQ(out[4], 1);
  CHECK_EQ(out[11], 2);
  CHECK_EQ(out[10], 0);
  CHECK_EQ(pkt->ttl, (g_pkt.ttl != 0 ? g_pkt.ttl : 64) - 1);
  for (i = IP_AT; i < len; i++)
    {
      if (i != IP_AT + 8 && i != IP_AT + 10 && i != IP_AT + 11 &&
          out[i] != g_frame.data[i])
        {
          net_equal(__FILE__, __LINE__, "byte", out[i], g_frame.data[i]);
        }
    }
}

static void every_byte_passes(void)
{
  struct pkt_s pkt;
  unsigned int n;

  setup(0);
  for (n = 0; n <= 1472; n += n < 40 ? 1 : 179)
    {
      ip_echo(&g_in, 2, n, &g_pkt);
      g_pkt.dst = THERE;
      g_pkt.tos = 0xb8;
      passes(&pkt);
    }

  for (n = 2; n < 256; n++)          /* Each TTL; the sum carries */
    {
      g_pkt.ttl   = (uint8_t)n;
      g_pkt.ident = (uint16_t)(n * 40503);
      passes(&pkt);
    }

  tcp(1000);
  passes(&pkt);
  g_pkt.df   = false;
  g_pkt.mf   = true;                 /* A fragment is nothing special */
  g_pkt.frag = 800;
  g_pkt.optlen = 0;
  passes(&pkt);
  CHECK_EQ(g_out.chains, 0);
  CHECK_EQ(stack_stat("ip.outheaders"), 0);
  CHECK_EQ(g_out.dev.d_reserved, 0);
}

static void not_unless_told(void)
{
  setup(0);
  g_net.forwarding = false;
  CHECK_DROP(&g_out, "ip.inaddrerrors", pkt_rx(&g_in, &g_pkt));
  CHECK_EQ(stack_stat("icmp.outmsgs"), 0);
}

/* The sender is told "type", "code", "info" */

static void told(uint8_t type, uint8_t code, uint32_t info)
{
  struct pkt_s pkt;

  CHECK(pkt_next(&g_in, 1, &pkt));
  CHECK_EQ(pkt.type, type);
  CHECK_EQ(pkt.code, code);
  CHECK_EQ(pkt.info, info);
  CHECK_EQ(pkt.src, 0x0a000001);
  CHECK_EQ(pkt.dst, 0x0a000002);
  CHECK(pkt.len >= 28);
  CHECK_EQ(memcmp(pkt.data, g_frame.data + IP_AT, pkt.len), 0);
}

static void time_exceeded(void)
{
  setup(0);
  g_pkt.ttl = 1;
  frame_make(&g_frame, &g_pkt);
  CHECK_DROP(&g_out, "ip.forwttl", frame_rx(&g_in, &g_frame));
  told(11, 0, 0);
  g_frame.data[IP_AT + 8] = 0;
  frame_fixsum(&g_frame);
  CHECK_DROP(&g_out, "ip.forwttl", frame_rx(&g_in, &g_frame));
  told(11, 0, 0);
}

static void no_route(void)
{
  setup(0);
  g_pkt.dst = 0x08080808;
  frame_make(&g_frame, &g_pkt);
  CHECK_DROP(&g_out, "ip.forwnoroute", frame_rx(&g_in, &g_frame));
  told(3, 0, 0);
}

static void stays_on_its_network(uint32_t src, uint32_t dst,
                                 const char *counter)
{
  g_pkt.src = src;
  g_pkt.dst = dst;
  CHECK_DROP(&g_out, counter, pkt_rx(&g_in, &g_pkt));
}

static void what_does_not_pass(void)
{
  uint32_t from = 0x0a000002;

  setup(0);
  stays_on_its_network(from, 0x0a0001ff, "ip.forwbcast");
  stays_on_its_network(from, 0xffffffff, "icmp.inbcast");
  stays_on_its_network(from, 0xe9010203, "ip.inmcast");
  stays_on_its_network(0xa9fe0001, THERE, "ip.inaddrerrors");
  stays_on_its_network(from, 0xa9fe0001, "ip.forwnoroute");
  stays_on_its_network(0x7f000001, THERE, "ip.inmartiansrc");
  stays_on_its_network(0x00000000, THERE, "ip.inmartiansrc");
  stays_on_its_network(0xe0000001, THERE, "ip.inmartiansrc");
  stays_on_its_network(0x0a000101, THERE, "ip.inland");
  stays_on_its_network(from, 0x7f000001, "ip.inmartiandst");
  memset(g_pkt.dmac, 0xff, 6);
  stays_on_its_network(from, THERE, "ip.inlinkbcast");

  /* A source route, and options that are broken, go no further */

  ip_echo(&g_in, 2, 100, &g_pkt);
  g_pkt.dst = THERE;
  frame_make(&g_frame, &g_pkt);
  frame_options(&g_frame, "\x83\x07\x04\x0a\x00\x00\x02\x00", 8);
  CHECK_DROP(&g_out, "ip.insrcroute", frame_rx(&g_in, &g_frame));
  frame_make(&g_frame, &g_pkt);
  frame_options(&g_frame, "\x94\x00\x00\x00", 4);
  CHECK_DROP(&g_out, "ip.inoptions", frame_rx(&g_in, &g_frame));
}

/* To our own address on the other side: ours, not forwarded */

static void the_other_address(void)
{
  struct pkt_s pkt;

  setup(0);
  g_pkt.dst = 0x0a000101;
  pkt_rx(&g_in, &g_pkt);
  CHECK(pkt_next(&g_in, 1, &pkt));
  CHECK_EQ(pkt.src, 0x0a000101);
  CHECK_EQ(stack_stat("ip.forwdatagrams"), 0);
}

/* MTU **********************************************************************/

static void narrow(unsigned int mtu)
{
  CHECK_EQ(netdev_set_mtu(&g_out.dev, mtu), 0);
}

static void too_long_to_be_cut(void)
{
  setup(0);
  narrow(600);
  tcp(1000);
  frame_make(&g_frame, &g_pkt);
  CHECK_DROP(&g_out, "ip.forwtoobig", frame_rx(&g_in, &g_frame));
  told(3, 4, 600);
}

/* Bytes of fragments that leave, starting at *where */

static void fragments(unsigned int where, unsigned int n, bool more)
{
  unsigned int end = where + n;
  struct pkt_s pkt;

  while (where < end)
    {
      const uint8_t *frame;
      unsigned int len;

      frame = wire_next(&g_out, &len);
      CHECK(frame != NULL);
      if (frame == NULL)
        {
          return;
        }

      CHECK(pkt_read(frame, len, &pkt) == NULL);
      CHECK(len <= IP_AT + g_out.dev.d_mtu);
      CHECK_EQ(pkt.ident, g_pkt.ident);
      CHECK_EQ(pkt.ttl, 63);
      CHECK_EQ(pkt.frag, where);
      n = len - IP_AT - (frame[IP_AT] & 15) * 4u;
      where += n;
      CHECK_EQ(pkt.mf, more || where < end);
    }

  CHECK_EQ(where, end);
}

static void cut_on_the_way(void)
{
  unsigned int len;
  const uint8_t *frame;

  setup(NETDEV_SG);
  narrow(300);
  ip_echo(&g_in, 2, 1392, &g_pkt);
  g_pkt.dst = THERE;
  pkt_rx(&g_in, &g_pkt);
  fragments(0, 1400, false);

  g_pkt.mf   = true;                 /* A fragment, in the middle, again */
  g_pkt.frag = 1480;
  g_pkt.len  = 1400;
  pkt_rx(&g_in, &g_pkt);
  fragments(1480, 1400, true);

  /* Options with the copied flag are in all, the others in the first */

  g_pkt.mf   = false;
  g_pkt.frag = 0;
  frame_make(&g_frame, &g_pkt);
  frame_options(&g_frame, "\x94\x04\x00\x00\x07\x07\x04\x00\x00\x00\x00\x00",
                12);
  frame_rx(&g_in, &g_frame);
  frame = wire_next(&g_out, &len);
  CHECK(frame != NULL && frame[IP_AT] == 0x48);
  frame = wire_next(&g_out, &len);
  CHECK(frame != NULL && frame[IP_AT] == 0x46 && frame[IP_AT + 20] == 0x94);
  CHECK_EQ(stack_stat("ip.fragoks"), 3);
}

/* What a device left undone ************************************************/

/* Put the sum of the pseudo-header where the checksum goes, and say so */

static void unfinished(struct netdev_offload_s *off, unsigned int at)
{
  uint8_t *ip = g_frame.data + IP_AT;
  unsigned int len = g_frame.len - IP_AT - 20;
  uint32_t sum = ip[9] + len;
  unsigned int i;

  for (i = 12; i < 20; i += 2)
    {
      sum += (uint32_t)ip[i] << 8 | ip[i + 1];
    }

  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  ip[20 + at] = (uint8_t)(sum >> 8);
  ip[21 + at] = (uint8_t)sum;
  memset(off, 0, sizeof(*off));
  off->flags       = NETDEV_OFF_PARTIAL;
  off->csum_start  = IP_AT + 20;
  off->csum_offset = (uint16_t)at;
}

static void arrive(const struct netdev_offload_s *off)
{
  wire_rx_off(&g_in, g_frame.data, g_frame.len, off);
  wire_rx_end(&g_in);
}

/* A checksum that nobody has computed: computed here, or left to a device
 * that can.
 */

static void partial_checksum(void)
{
  struct netdev_offload_s off;
  unsigned int with;

  for (with = 0; with < 2; with++)
    {
      struct pkt_s pkt;
      unsigned int n;

      if (with == 0)
        {
          setup(0);
        }
      else
        {
          g_out.dev.d_features |= NETDEV_TXCSUM;
        }

      for (n = 0; n < 1000; n += 111)
        {
          tcp(n);
          frame_make(&g_frame, &g_pkt);
          unfinished(&off, 16);
          arrive(&off);
          CHECK(pkt_next(&g_out, 6, &pkt));
          CHECK_EQ(pkt.len, n);
          CHECK(n == 0 || memcmp(pkt.data, ip_bytes(n), n) == 0);

          g_pkt.proto = 17;
          frame_make(&g_frame, &g_pkt);
          unfinished(&off, 6);
          arrive(&off);
          CHECK(pkt_next(&g_out, 17, &pkt));
          CHECK_EQ(pkt.len, n);
        }

      CHECK_EQ(stack_stat("ip.outcsums"), 20);
    }
}

/* The segments of a super-frame, all of them right */

static void segments(unsigned int n, unsigned int size)
{
  struct pkt_s pkt;
  unsigned int at;
  unsigned int i = 0;

  for (at = 0; at < n; at += size)
    {
      bool last = at + size >= n;

      CHECK(pkt_next(&g_out, 6, &pkt));
      CHECK_EQ(pkt.len, last ? n - at : size);
      CHECK_EQ(memcmp(pkt.data, ip_bytes(n) + at, pkt.len), 0);
      CHECK_EQ(pkt.seq, 0xfffffff0 + at);
      CHECK_EQ(pkt.ack, 0x55667788);
      CHECK_EQ(pkt.ident, 0x1234 + i);
      CHECK_EQ(pkt.ttl, 63);
      CHECK_EQ(pkt.optlen, 12);
      CHECK_EQ(pkt.flags, 0x10 | (i == 0 ? 0x80 : 0) | (last ? 0x09 : 0));
      i++;
    }

  CHECK(!pkt_next(&g_out, 6, &pkt));
}

static void super_frame(struct netdev_offload_s *off, unsigned int n,
                        unsigned int size)
{
  tcp(n);
  frame_make(&g_frame, &g_pkt);
  unfinished(off, 16);
  off->flags   |= NETDEV_OFF_TCPV4;
  off->gso_size = (uint16_t)size;
  off->hdrlen   = IP_AT + 20 + 32;
  arrive(off);
}

static void super_frames(void)
{
  struct netdev_offload_s off;

  setup(0);
  super_frame(&off, 1449, 1448);
  segments(1449, 1448);
  super_frame(&off, 2896, 1448);
  segments(2896, 1448);
  super_frame(&off, 60000, 1448);
  segments(60000, 1448);
  super_frame(&off, 20000, 537);
  segments(20000, 537);
  CHECK_EQ(g_out.chains, 0);

  /* To a device that cuts itself it goes as it is */

  g_out.dev.d_features |= NETDEV_SG | NETDEV_TXCSUM | NETDEV_TSO;
  super_frame(&off, 60000, 1448);
  CHECK_EQ(g_out.tail - g_out.head, 1);
  CHECK_EQ(g_out.len[g_out.head % WIRE_MAX], g_frame.len);
  CHECK_EQ(g_out.off[g_out.head % WIRE_MAX].gso_size, 1448);
  CHECK_EQ(g_out.off[g_out.head % WIRE_MAX].hdrlen, off.hdrlen);
  CHECK_EQ(g_out.off[g_out.head % WIRE_MAX].csum_start, off.csum_start);
  CHECK_EQ(g_out.off[g_out.head % WIRE_MAX].csum_offset, 16);
  wire_flush(&g_out);

  /* Its segments are too long for the way */

  narrow(1400);
  CHECK_COUNT("ip.forwtoobig", 1, super_frame(&off, 60000, 1448));
  told(3, 4, 1400);
}

static void super_frames_that_lie(void)
{
  struct netdev_offload_s off;

  setup(0);
  tcp(3000);
  g_pkt.proto = 17;
  frame_make(&g_frame, &g_pkt);
  unfinished(&off, 6);
  off.gso_size = 1000;
  CHECK_DROP(&g_out, "ip.inhdrerrors", arrive(&off));

  tcp(3000);
  frame_make(&g_frame, &g_pkt);
  g_frame.data[IP_AT + 20 + 12] = 0x40;     /* Too short a TCP header */
  unfinished(&off, 16);
  off.gso_size = 1000;
  CHECK_DROP(&g_out, "ip.inhdrerrors", arrive(&off));

  tcp(0);
  frame_make(&g_frame, &g_pkt);
  g_frame.data[IP_AT + 20 + 12] = 0xf0;     /* Longer than the packet */
  unfinished(&off, 16);
  CHECK_DROP(&g_out, "ip.inhdrerrors", arrive(&off));
  off.gso_size = 1000;
  CHECK_DROP(&g_out, "ip.inhdrerrors", arrive(&off));
}

/* Slow, full, gone *********************************************************/

static void slow_side(void)
{
  struct iob_info_s info;
  unsigned int i;
  struct pkt_s pkt;

  setup(0);
  ip_echo(&g_in, 2, 1400, &g_pkt);
  g_pkt.dst  = THERE;
  g_out.full = true;
  for (i = 0; i < 2000; i++)
    {
      g_pkt.ident = (uint16_t)i;
      pkt_rx(&g_in, &g_pkt);
    }

  CHECK_EQ(stack_stat("ip.outqueued"), 512);
  CHECK_EQ(stack_stat("ip.outqfull"), 2000 - 512);
  CHECK_EQ(stack_stat("ip.forwdiscards"), 2000 - 512);
  iob_getinfo(&info);
  CHECK(info.used < 512 * 1700);
  wire_ready(&g_out);
  stack_sleep(NET_MSEC);
  for (i = 0; i < 512; i++)
    {
      CHECK(pkt_next(&g_out, 1, &pkt));
      CHECK_EQ(pkt.ident, i);
    }

  CHECK(!pkt_next(&g_out, 1, &pkt));
}

static void way_changes_while_waiting(void)
{
  struct netaddr_s net = ip_addr(0x0a000100);
  unsigned int i;

  setup(0);
  g_out.full = true;
  for (i = 0; i < 10; i++)
    {
      pkt_rx(&g_in, &g_pkt);
    }

  CHECK_EQ(route_del(&net, 24, NULL, NULL), 0);
  wire_ready(&g_out);
  stack_sleep(NET_MSEC);
  CHECK_EQ(stack_stat("ip.outnoroutes"), 10);
  CHECK_EQ(g_out.dev.d_reserved, 0);

  g_out.full = true;
  CHECK_EQ(route_add(&net, 24, NULL, g_out.nif, 0, 0), 0);
  for (i = 0; i < 10; i++)
    {
      pkt_rx(&g_in, &g_pkt);
    }

  netif_down(g_out.nif);
  CHECK_EQ(stack_stat("ip.outqflushed"), 10);
  g_out.full = false;
  frame_make(&g_frame, &g_pkt);
  frame_rx(&g_in, &g_frame);
  told(3, 0, 0);
}

/* A raw socket looks on: the packet passes, and what it got stays so */

static void watched(void)
{
  struct socket *psock;
  struct pkt_s pkt;
  uint8_t buf[200];

  setup(NETDEV_SG);
  CHECK_EQ(psock_socket(AF_INET, SOCK_RAW, 1, &psock), 0);
  passes(&pkt);
  CHECK_EQ(psock_recvfrom(psock, buf, sizeof(buf), MSG_DONTWAIT, NULL, NULL),
           -EAGAIN);                 /* Not ours: not for its eyes */
  g_pkt.dst = 0x0a000001;
  frame_make(&g_frame, &g_pkt);
  frame_rx(&g_in, &g_frame);
  CHECK(pkt_next(&g_in, 1, &pkt));
  CHECK_EQ(pkt.type, 0);
  CHECK_EQ(psock_recvfrom(psock, buf, sizeof(buf), MSG_DONTWAIT, NULL, NULL),
           128);
  CHECK_EQ(memcmp(buf, g_frame.data + IP_AT, 128), 0);
  CHECK_EQ(stack_stat("icmp.echocopied"), 1);
  psock_close(psock);
}

static void no_memory(void)
{
  struct netdev_offload_s off;
  struct pkt_s pkt;

  setup(NETDEV_SG);
  narrow(300);
  ip_echo(&g_in, 2, 1392, &g_pkt);
  g_pkt.dst = THERE;
  frame_make(&g_frame, &g_pkt);
  hoard(1);
  frame_rx(&g_in, &g_frame);
  unhoard();
  stack_sleep(NET_MSEC);
  wire_flush(&g_out);
  narrow(1500);
  hoard(3);
  super_frame(&off, 5000, 1448);
  unhoard();
  wire_flush(&g_out);
  super_frame(&off, 5000, 1448);
  segments(5000, 1448);
  CHECK_EQ(g_out.dev.d_reserved, 0);
  CHECK(!pkt_next(&g_out, PKT_ANY, &pkt));
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(every_byte_passes)
SCENARIO(not_unless_told)
SCENARIO(time_exceeded)
SCENARIO(no_route)
SCENARIO(what_does_not_pass)
SCENARIO(the_other_address)
SCENARIO(too_long_to_be_cut)
SCENARIO(cut_on_the_way)
SCENARIO(partial_checksum)
SCENARIO(super_frames)
SCENARIO(super_frames_that_lie)
SCENARIO(slow_side)
SCENARIO(way_changes_while_waiting)
SCENARIO(watched)
SCENARIO(no_memory)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_every_byte_passes),
    cmocka_unit_test(test_not_unless_told),
    cmocka_unit_test(test_time_exceeded),
    cmocka_unit_test(test_no_route),
    cmocka_unit_test(test_what_does_not_pass),
    cmocka_unit_test(test_the_other_address),
    cmocka_unit_test(test_too_long_to_be_cut),
    cmocka_unit_test(test_cut_on_the_way),
    cmocka_unit_test(test_partial_checksum),
    cmocka_unit_test(test_super_frames),
    cmocka_unit_test(test_super_frames_that_lie),
    cmocka_unit_test(test_slow_side),
    cmocka_unit_test(test_way_changes_while_waiting),
    cmocka_unit_test(test_watched),
    cmocka_unit_test(test_no_memory),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
