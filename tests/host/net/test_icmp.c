/* tests/host/net/test_icmp.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * ICMP errors, both ways.  Goal: errors reach the socket whose packet they
 * quote and nobody else; a path MTU is believed only about a connection that
 * is there; what is forged, cut short or about somebody else changes nothing;
 * errors that we send are right, never answer what must not be answered, and
 * are bounded whatever arrives.  Method: UDP sockets of the stack, messages
 * built by the test.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cmocka.h>

#include <nuttx/net/net.h>

#include "ip_util.h"

#define US   0x0a000001
#define PEER 0x0a000002
#define OTHER 0x0a00000a              /* Another host of the network */

static struct wire_s g_wire;
static struct frame_s g_frame;

static void setup(void)
{
  wire_create(&g_wire, "eth%d", 1500, NETDEV_SG);
  wire_know(&g_wire, 2);
  wire_know(&g_wire, 3);
  wire_know(&g_wire, 10);
}

static struct sockaddr_in addr_of(uint32_t addr, uint16_t port)
{
  struct sockaddr_in sa;

  memset(&sa, 0, sizeof(sa));
  sa.sin_family      = AF_INET;
  sa.sin_addr.s_addr = htonl(addr);
  sa.sin_port        = htons(port);
  return sa;
}

/* A UDP socket on port 5000, connected to port 7 of the peer */

static struct socket *connected(uint32_t peer)
{
  struct sockaddr_in sa = addr_of(US, 5000);
  struct socket *psock;

  CHECK_EQ(psock_socket(AF_INET, SOCK_DGRAM, 0, &psock), 0);
  CHECK_EQ(psock_bind(psock, (struct sockaddr *)&sa, sizeof(sa)), 0);
  sa = addr_of(peer, 7);
  CHECK_EQ(psock_connect(psock, (struct sockaddr *)&sa, sizeof(sa), 0), 0);
  return psock;
}

static int error_of(struct socket *psock)
{
  socklen_t len = sizeof(int);
  int error = -1;

  CHECK_EQ(psock_getsockopt(psock, SOL_SOCKET, SO_ERROR, &error, &len), 0);
  return error;
}

/* An ICMP message about a UDP datagram of "n" bytes, from us to "peer" */

struct quote_s
{
  uint8_t bytes[65600];
  unsigned int len;
};

static struct quote_s g_quote;

static void quote(uint32_t src, uint32_t dst, uint8_t proto, unsigned int n)
{
  struct pkt_s pkt;

  memset(&pkt, 0, sizeof(pkt));
  pkt.src   = src;
  pkt.dst   = dst;
  pkt.proto = proto;
  pkt.sport = 5000;
  pkt.dport = 7;
  pkt.data  = ip_bytes(n);
  pkt.len   = n;
  g_quote.len = pkt_write(&pkt, g_quote.bytes) - IP_AT;
  memmove(g_quote.bytes, g_quote.bytes + IP_AT, g_quote.len);
}

static void message(uint32_t from, uint8_t type, uint8_t code, uint32_t info,
                    unsigned int len)
{
  struct pkt_s pkt;

  memset(&pkt, 0, sizeof(pkt));
  pkt_from(&g_wire, 2, &pkt);
  pkt.src   = from;
  pkt.proto = 1;
  pkt.type  = type;
  pkt.code  = code;
  pkt.info  = info;
  pkt.data  = g_quote.bytes;
  pkt.len   = len;
  pkt_rx(&g_wire, &pkt);
}

static unsigned int path_mtu(uint32_t dst)
{
  struct netaddr_s to = ip_addr(dst);
  struct net_path_s path;

  CHECK_EQ(net_route(&to, NULL, 0, &path), 0);
  return path.mtu;
}

/* Errors that arrive *******************************************************/

static void errors_reach_the_socket(void)
{
  static const struct
  {
    uint8_t type;
    uint8_t code;
    int error;                       /* 0: not fatal, not told */
  } t[] =
  {
    { 3, 0, 0 }, { 3, 1, 0 }, { 3, 2, ENOPROTOOPT }, { 3, 3, ECONNREFUSED },
    { 3, 5, 0 }, { 3, 6, ENETUNREACH }, { 3, 7, EHOSTDOWN },
    { 3, 8, ENONET }, { 3, 9, ENETUNREACH }, { 3, 10, EHOSTUNREACH },
    { 3, 11, 0 }, { 3, 12, 0 }, { 3, 13, EHOSTUNREACH },
    { 3, 14, EHOSTUNREACH }, { 3, 15, EHOSTUNREACH }, { 3, 16, 0 },
    { 3, 255, 0 }, { 11, 0, 0 }, { 11, 1, 0 }, { 11, 2, 0 },
    { 12, 0, EPROTO }, { 4, 0, 0 }, { 5, 0, 0 }, { 5, 1, 0 }
  };

  struct socket *psock;
  unsigned int i;

  setup();
  psock = connected(PEER);
  for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
    {
      quote(US, PEER, 17, 100);
      message(PEER, t[i].type, t[i].code, 0, 28);
      CHECK_EQ(error_of(psock), t[i].error);
      CHECK_EQ(error_of(psock), 0);
    }

  CHECK_EQ(stack_stat("icmp.inredirects"), 2);
  CHECK_EQ(stack_stat("icmp.insrcquenchs"), 1);
  CHECK_EQ(stack_stat("icmp.inmsgs"), sizeof(t) / sizeof(t[0]));
  psock_close(psock);
}

static void errors_of_others(void)
{
  struct socket *psock;

  setup();
  psock = connected(PEER);

  quote(OTHER, PEER, 17, 100);        /* Somebody else sent that */
  CHECK_DROP(&g_wire, "icmp.inquoteforeign", message(PEER, 3, 3, 0, 128));
  quote(US, OTHER, 17, 100);          /* To whom we are not connected */
  CHECK_DROP(&g_wire, "udp.icmpnoport", message(PEER, 3, 3, 0, 128));
  quote(US, PEER, 17, 100);
  g_quote.bytes[23] = 8;             /* Another port there */
  CHECK_DROP(&g_wire, "udp.icmpnoport", message(PEER, 3, 3, 0, 128));
  quote(US, PEER, 17, 100);
  g_quote.bytes[21] ^= 1;            /* ... here */
  CHECK_DROP(&g_wire, "udp.icmpnoport", message(PEER, 3, 3, 0, 128));
  quote(US, PEER, 6, 100);           /* TCP has no such connection */
  message(PEER, 3, 3, 0, 128);
  CHECK_EQ(error_of(psock), 0);

  quote(US, PEER, 17, 100);          /* Whoever says it */
  message(OTHER, 3, 3, 0, 128);
  CHECK_EQ(error_of(psock), ECONNREFUSED);
  psock_close(psock);
}

static void quotes_that_are_rubbish(void)
{
  struct socket *psock;
  unsigned int len;

  setup();
  psock = connected(PEER);
  quote(US, PEER, 17, 100);
  for (len = 0; len < 28; len++)
    {
      CHECK_DROP(&g_wire, "icmp.inquoteshort", message(PEER, 3, 3, 0, len));
    }

  g_quote.bytes[0] = 0x65;
  CHECK_DROP(&g_wire, "icmp.inquoteshort", message(PEER, 3, 3, 0, 128));
  g_quote.bytes[0] = 0x44;
  CHECK_DROP(&g_wire, "icmp.inquoteshort", message(PEER, 3, 3, 0, 128));
  g_quote.bytes[0] = 0x4f;           /* Its options reach beyond its end */
  CHECK_DROP(&g_wire, "icmp.inquoteshort", message(PEER, 3, 3, 0, 67));
  g_quote.bytes[0] = 0x45;
  g_quote.bytes[7] = 1;              /* Not the first fragment */
  CHECK_DROP(&g_wire, "icmp.inquoteshort", message(PEER, 3, 3, 0, 128));
  CHECK_EQ(error_of(psock), 0);
  psock_close(psock);
}

static void damaged_messages(void)
{
  struct socket *psock;
  struct pkt_s pkt;
  unsigned int i;

  setup();
  psock = connected(PEER);
  quote(US, PEER, 17, 100);
  memset(&pkt, 0, sizeof(pkt));
  pkt_from(&g_wire, 2, &pkt);
  pkt.proto = 1;
  pkt.type  = 3;
  pkt.code  = 3;
  pkt.data  = g_quote.bytes;
  pkt.len   = 28;
  for (i = 0; i < 36; i++)
    {
      frame_make(&g_frame, &pkt);
      g_frame.data[IP_AT + 20 + i] ^= 0x10;
      CHECK_DROP(&g_wire, "icmp.incsumerrors", frame_rx(&g_wire, &g_frame));
    }

  for (i = 0; i < 8; i++)
    {
      frame_make(&g_frame, &pkt);
      g_frame.data[IP_AT + 2] = 0;
      g_frame.data[IP_AT + 3] = (uint8_t)(20 + i);
      frame_fixsum(&g_frame);
      CHECK_DROP(&g_wire, "icmp.inshort", frame_rx(&g_wire, &g_frame));
    }

  CHECK_EQ(error_of(psock), 0);
  CHECK_EQ(stack_stat("icmp.inerrors"), 44);
  psock_close(psock);
}

static void queries_that_nobody_answers(void)
{
  unsigned int type;

  setup();
  quote(US, PEER, 17, 100);
  for (type = 1; type < 256; type++)
    {
      if (type != 8)
        {
          uint64_t before = g_wire.total;

          message(PEER, (uint8_t)type, 0, 0, 28);
          CHECK_EQ(g_wire.total, before);
        }
    }
}

/* Path MTU *****************************************************************/

static void path_mtu_is_learnt(void)
{
  struct socket *psock;

  setup();
  psock = connected(PEER);
  quote(US, PEER, 17, 1472);
  message(PEER, 3, 4, 1400, 28);
  CHECK_EQ(path_mtu(PEER), 1400);
  CHECK_EQ(path_mtu(OTHER), 1500);
  CHECK_EQ(error_of(psock), EMSGSIZE);

  message(PEER, 3, 4, 1450, 28);     /* Never up */
  CHECK_EQ(path_mtu(PEER), 1400);
  error_of(psock);
  quote(US, PEER, 17, 1372);
  message(PEER, 3, 4, 0, 28);        /* An old router: the next plateau */
  CHECK_EQ(path_mtu(PEER), 1006);
  error_of(psock);
  message(PEER, 3, 4, 68, 28);       /* Not below 552 */
  CHECK_EQ(path_mtu(PEER), 552);
  error_of(psock);
  stack_sleep(601 * NET_SEC);        /* For ten minutes */
  CHECK_EQ(path_mtu(PEER), 1500);
  CHECK_EQ(stack_stat("icmp.inpmtu"), 4);
  psock_close(psock);
}

static void path_mtu_of_no_connection(void)
{
  static const uint8_t protos[] =
  {
    6, 1, 2, 17, 132, IP_TESTPROTO
  };

  unsigned int i;

  setup();
  for (i = 0; i < sizeof(protos); i++)
    {
      quote(US, PEER, protos[i], 1400);
      CHECK_DROP(&g_wire, "icmp.inpmturefused",
                 message(PEER, 3, 4, 600, 128));
    }

  CHECK_EQ(path_mtu(PEER), 1500);
}

/* TCP: only about a segment that is in flight (RFC 5927 7.2), whose number a
 * stranger does not know
 */

static void quote_tcp(uint32_t seq)
{
  struct pkt_s pkt;

  memset(&pkt, 0, sizeof(pkt));
  pkt.src   = US;
  pkt.dst   = PEER;
  pkt.proto = 6;
  pkt.sport = 5000;
  pkt.dport = 7;
  pkt.seq   = seq;
  pkt.data  = ip_bytes(1000);
  pkt.len   = 1000;
  g_quote.len = pkt_write(&pkt, g_quote.bytes) - IP_AT;
  memmove(g_quote.bytes, g_quote.bytes + IP_AT, g_quote.len);
}

static void path_mtu_of_tcp(void)
{
  struct sockaddr_in sa = addr_of(US, 5000);
  struct socket *psock;
  struct pkt_s syn;

  setup();
  CHECK_EQ(psock_socket(AF_INET, SOCK_STREAM, 0, &psock), 0);
  CHECK_EQ(psock_bind(psock, (struct sockaddr *)&sa, sizeof(sa)), 0);
  sa = addr_of(PEER, 7);
  CHECK_EQ(psock_connect(psock, (struct sockaddr *)&sa, sizeof(sa),
                         MSG_DONTWAIT), -EINPROGRESS);
  CHECK(pkt_next(&g_wire, 6, &syn));
  quote_tcp(syn.seq - 1);
  CHECK_DROP(&g_wire, "icmp.inpmturefused", message(PEER, 3, 4, 600, 28));
  quote_tcp(syn.seq + 1);
  CHECK_DROP(&g_wire, "icmp.inpmturefused", message(PEER, 3, 4, 600, 28));
  quote_tcp(syn.seq + 0x80000000);
  CHECK_DROP(&g_wire, "icmp.inpmturefused", message(PEER, 3, 4, 600, 28));
  CHECK_EQ(path_mtu(PEER), 1500);
  quote_tcp(syn.seq);
  message(PEER, 3, 4, 600, 28);
  CHECK_EQ(path_mtu(PEER), 600);
  psock_close(psock);
}

/* Errors that we send ******************************************************/

static void unreachable(void)
{
  struct pkt_s pkt;
  struct pkt_s reply;

  setup();
  memset(&pkt, 0, sizeof(pkt));
  pkt_from(&g_wire, 2, &pkt);
  pkt.proto = 17;
  pkt.sport = 1000;
  pkt.dport = 2000;
  pkt.data  = ip_bytes(1400);
  pkt.len   = 1400;
  frame_make(&g_frame, &pkt);
  frame_rx(&g_wire, &g_frame);
  CHECK(pkt_next(&g_wire, 1, &reply));
  CHECK_EQ(reply.type, 3);
  CHECK_EQ(reply.code, 3);
  CHECK_EQ(reply.info, 0);
  CHECK_EQ(reply.src, US);
  CHECK_EQ(reply.dst, PEER);
  CHECK_EQ(reply.len, 548);          /* 576 in all */
  CHECK_EQ(memcmp(reply.data, g_frame.data + IP_AT, 548), 0);
  CHECK_EQ(stack_stat("icmp.outdestunreachs"), 1);
  CHECK_EQ(g_wire.dev.d_reserved, 0);
}

static void never_about(uint32_t dst, uint8_t proto, uint8_t type,
                        const char *counter)
{
  struct pkt_s pkt;

  memset(&pkt, 0, sizeof(pkt));
  pkt_from(&g_wire, 2, &pkt);
  pkt.dst   = dst;
  pkt.proto = proto;
  pkt.type  = type;
  pkt.sport = 1000;
  pkt.dport = 2000;
  pkt.data  = ip_bytes(100);
  pkt.len   = 100;
  CHECK_DROP(&g_wire, counter, pkt_rx(&g_wire, &pkt));
}

static void what_is_not_answered(void)
{
  struct pkt_s pkt;
  uint8_t type;

  setup();
  never_about(0xffffffff, IP_TESTPROTO, 0, "icmp.outsuppressed");
  never_about(0x0a0000ff, IP_TESTPROTO, 0, "icmp.outsuppressed");
  never_about(0xe0000001, IP_TESTPROTO, 0, "icmp.outsuppressed");

  /* A time that ran out for an error of ICMP: only the first part is there */

  memset(&pkt, 0, sizeof(pkt));
  pkt_from(&g_wire, 2, &pkt);
  for (type = 3; type < 6; type++)
    {
      uint8_t part[16] =
      {
        type, 0
      };

      pkt.proto = 1;
      pkt.mf    = true;
      pkt.ident = type;
      pkt.data  = part;
      pkt.len   = sizeof(part);
      pkt_rx(&g_wire, &pkt);
    }

  CHECK_COUNT("icmp.outsuppressed", 3, stack_sleep(31 * NET_SEC));
  CHECK_EQ(stack_stat("icmp.outmsgs"), 0);
}

/* Storms *******************************************************************/

static void probe(uint32_t src)
{
  struct pkt_s pkt;

  memset(&pkt, 0, sizeof(pkt));
  pkt_from(&g_wire, 2, &pkt);
  pkt.src   = src;
  pkt.proto = 17;
  pkt.sport = 1000;
  pkt.dport = 2000;
  pkt_rx(&g_wire, &pkt);
}

static void limit_for_one_host(void)
{
  unsigned int i;

  setup();
  for (i = 0; i < 1000; i++)
    {
      probe(PEER);
    }

  CHECK_EQ(stack_stat("icmp.outdestunreachs"), 6);
  CHECK_EQ(stack_stat("icmp.outratelimithost"), 994);
  probe(0x0a000003);                 /* Others are still told */
  CHECK_EQ(stack_stat("icmp.outdestunreachs"), 7);
  for (i = 0; i < 1000; i++)
    {
      stack_sleep(10 * NET_MSEC);
      probe(PEER);
    }

  CHECK_EQ(stack_stat("icmp.outdestunreachs"), 17);
}

static void limit_for_all(void)
{
  uint64_t before;
  unsigned int i;

  setup();
  for (i = 0; i < 2000; i++)
    {
      probe(0x0b000000 + i * 7);     /* No way back to these is known ... */
    }

  before = stack_stat("icmp.outdestunreachs");
  CHECK_EQ(before, 0);
  CHECK(stack_stat("icmp.outerrors") <= 50);
  CHECK(stack_stat("icmp.outerrors") >= 48);
  for (i = 0; i < 2000; i++)
    {
      stack_sleep(NET_MSEC / 10);
      probe(0x0a000003 + i % 200);
    }

  CHECK(stack_stat("icmp.outdestunreachs") <= 200 + 50);
  CHECK(stack_stat("icmp.outdestunreachs") >= 100);
}

/* A flood of echoes with a device that takes nothing: no memory is kept */

static void echo_storm(void)
{
  struct iob_info_s info;
  struct pkt_s pkt;
  unsigned int i;

  setup();
  g_wire.full = true;
  for (i = 0; i < 5000; i++)
    {
      ip_echo(&g_wire, 2, 1400, &pkt);
      pkt_rx(&g_wire, &pkt);
    }

  iob_getinfo(&info);
  CHECK(info.used < info.arena / 8);
  wire_ready(&g_wire);
  stack_sleep(NET_MSEC);
  wire_flush(&g_wire);
  ip_echo(&g_wire, 2, 1400, &pkt);
  pkt_rx(&g_wire, &pkt);
  CHECK(pkt_next(&g_wire, 1, &pkt));
  CHECK_EQ(stack_stat("icmp.inechos"), 5001);
}

static void no_memory(void)
{
  setup();
  hoard(0);
  probe(PEER);
  CHECK_EQ(stack_stat("icmp.outdestunreachs"), 0);
  unhoard();
  probe(PEER);
  CHECK_EQ(stack_stat("icmp.outdestunreachs"), 1);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(errors_reach_the_socket)
SCENARIO(errors_of_others)
SCENARIO(quotes_that_are_rubbish)
SCENARIO(damaged_messages)
SCENARIO(queries_that_nobody_answers)
SCENARIO(path_mtu_is_learnt)
SCENARIO(path_mtu_of_no_connection)
SCENARIO(path_mtu_of_tcp)
SCENARIO(unreachable)
SCENARIO(what_is_not_answered)
SCENARIO(limit_for_one_host)
SCENARIO(limit_for_all)
SCENARIO(echo_storm)
SCENARIO(no_memory)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_errors_reach_the_socket),
    cmocka_unit_test(test_errors_of_others),
    cmocka_unit_test(test_quotes_that_are_rubbish),
    cmocka_unit_test(test_damaged_messages),
    cmocka_unit_test(test_queries_that_nobody_answers),
    cmocka_unit_test(test_path_mtu_is_learnt),
    cmocka_unit_test(test_path_mtu_of_no_connection),
    cmocka_unit_test(test_path_mtu_of_tcp),
    cmocka_unit_test(test_unreachable),
    cmocka_unit_test(test_what_is_not_answered),
    cmocka_unit_test(test_limit_for_one_host),
    cmocka_unit_test(test_limit_for_all),
    cmocka_unit_test(test_echo_storm),
    cmocka_unit_test(test_no_memory),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
