/* tests/host/packet/test_wire_formats.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Headers on the wire.  Goal: what is built parses back to the same values,
 * and what parses builds back to the same bytes, for every header that the
 * stack sends or receives.  Method: extreme and random values, from a seed,
 * through the accessors of net/wire*.h; then through the stack itself, which
 * builds frames that an independent reader (pkt.c) takes apart and puts
 * together again, and takes apart frames that the independent writer built.
 *
 * SEED=n chooses the values, and is printed if something fails.  GATE=1 tries
 * twenty times as many.
 */

#include <nuttx/config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "ipv4.h"
#include "stack.h"
#include "tcp.h"
#include "wire_udp.h"

static struct wire_s g_wire;
static uint64_t g_seed;
static uint64_t g_state;

/* splitmix64; one value of four is an extreme one */

static uint64_t rnd(void)
{
  uint64_t z = g_state += 0x9e3779b97f4a7c15u;

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static uint32_t any32(void)
{
  static const uint32_t some[] =
  {
    0, 1, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000,
    0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff
  };

  return rnd() % 4 == 0 ? some[rnd() % (sizeof(some) / sizeof(some[0]))] :
                          (uint32_t)rnd();
}

static uint16_t any16(void)
{
  return (uint16_t)any32();
}

static uint8_t any8(void)
{
  return (uint8_t)any32();
}

static void fill(void *p, unsigned int n)
{
  unsigned int i;

  for (i = 0; i < n; i++)
    {
      ((uint8_t *)p)[i] = any8();
    }
}

static unsigned int rounds(void)
{
  return getenv("GATE") != NULL ? 20000 : 1000;
}

/* Accessors ****************************************************************/

static void test_numbers(void **state)
{
  uint8_t wire[5];
  uint8_t copy[5];
  unsigned int i;

  (void)state;
  for (i = 0; i < rounds(); i++)
    {
      uint32_t value = any32();
      unsigned int at = i % 2;       /* An odd address as well */

      fill(wire, sizeof(wire));
      memcpy(copy, wire, sizeof(copy));
      wire_put32(wire + at, wire_get32(wire + at));
      wire_put16(wire + at, wire_get16(wire + at));
      wire_store32(wire + at, wire_load32(wire + at));
      wire_store16(wire + at, wire_load16(wire + at));
      tcp_put32(wire + at, tcp_get32(wire + at));
      tcp_put16(wire + at, tcp_get16(wire + at));
      assert_memory_equal(wire, copy, sizeof(wire));

      wire_put32(wire + at, value);
      assert_int_equal(wire_get32(wire + at), value);
      assert_int_equal(tcp_get32(wire + at), value);
      assert_int_equal(wire[at], value >> 24);
      assert_int_equal(ntohl(wire_load32(wire + at)), value);
      wire_put16(wire + at, (uint16_t)value);
      assert_int_equal(wire_get16(wire + at), (uint16_t)value);
      assert_int_equal(ntohs(wire_load16(wire + at)), (uint16_t)value);
    }
}

static void test_udp_header(void **state)
{
  uint8_t wire[UDP_HDRLEN];
  uint8_t again[UDP_HDRLEN];
  unsigned int i;

  (void)state;
  for (i = 0; i < rounds(); i++)
    {
      struct udp_hdr_s hdr =
      {
        any16(), any16(), any16(), any16()
      };

      struct udp_hdr_s read;

      udp_put_hdr(wire, &hdr);
      read = udp_get_hdr(wire);
      assert_memory_equal(&read, &hdr, sizeof(hdr));
      assert_int_equal(wire[0] << 8 | wire[1], hdr.sport);
      assert_int_equal(wire[4] << 8 | wire[5], hdr.len);

      fill(wire, sizeof(wire));
      hdr = udp_get_hdr(wire);
      udp_put_hdr(again, &hdr);
      assert_memory_equal(again, wire, sizeof(wire));
    }
}

/* RFC 1071 and RFC 1624: a field changes, the sum follows */

static void test_ip_sums(void **state)
{
  uint8_t ip[IP_MAXHDRLEN];
  unsigned int i;

  (void)state;
  for (i = 0; i < rounds(); i++)
    {
      unsigned int hlen = IP_HDRLEN + (unsigned int)(rnd() % 11) * 4;
      unsigned int field = (unsigned int)(rnd() % (hlen / 2)) * 2;
      uint16_t from;
      uint16_t to = any16();

      fill(ip, hlen);
      ip[0] = (uint8_t)(0x40 | hlen / 4);
      assert_int_equal(ip_hdrlen(ip), hlen);
      ip_setsum(ip, hlen);
      assert_int_equal(ip_hdrsum(ip, hlen), 0xffff);
      if (field == IP_SUM || field == IP_VHL)
        {
          continue;
        }

      from = wire_load16(ip + field);
      wire_store16(ip + field, to);
      wire_store16(ip + IP_SUM, ip_fixsum(wire_load16(ip + IP_SUM), from,
                                          to));
      assert_int_equal(ip_hdrsum(ip, hlen), 0xffff);
    }
}

/* The options of TCP: all that the stack can say, and the bytes of it */

static void any_options(struct tcp_opts_s *opts)
{
  unsigned int i;

  memset(opts, 0, sizeof(*opts));
  opts->mss        = rnd() % 2 ? any16() : 0;
  opts->has_wscale = rnd() % 2;
  opts->wscale     = opts->has_wscale ? (uint8_t)(rnd() % 15) : 0;
  opts->sack_ok    = rnd() % 2;
  opts->has_ts     = rnd() % 2;
  opts->tsval      = opts->has_ts ? any32() : 0;
  opts->tsecr      = opts->has_ts ? any32() : 0;

  /* Blocks do not go with a SYN; 3 of them beside a timestamp */

  if (opts->mss == 0 && !opts->has_wscale && !opts->sack_ok)
    {
      opts->nsack = (uint8_t)(rnd() % (opts->has_ts ? 4 : 5));
    }

  for (i = 0; i < opts->nsack; i++)
    {
      opts->sack[i].start = any32();
      opts->sack[i].end   = any32();
    }
}

static void test_tcp_options(void **state)
{
  uint8_t wire[TCP_MAXOPTLEN];
  uint8_t again[TCP_MAXOPTLEN];
  unsigned int i;

  (void)state;
  for (i = 0; i < rounds() * 4; i++)
    {
      struct tcp_opts_s opts;
      struct tcp_opts_s read;
      unsigned int len;

      any_options(&opts);
      len = tcp_options_write(wire, &opts);
      assert_true(len <= sizeof(wire) && len % 4 == 0);
      memset(&read, 0, sizeof(read));
      assert_true(tcp_options_read(wire, len, &read));
      assert_memory_equal(&read, &opts, sizeof(opts));
      assert_int_equal(tcp_options_write(again, &read), len);
      assert_memory_equal(again, wire, len);
    }
}

/* Through the stack ********************************************************/

/* The next frame of a kind, as the independent reader has it.  What it reads
 * builds back to the same bytes.
 */

static bool next_frame(uint8_t proto, struct pkt_s *pkt)
{
  static uint8_t again[65600];
  unsigned int i;
  unsigned int n;

  if (!pkt_next(&g_wire, proto, pkt))
    {
      net_failed(__FILE__, __LINE__, "nothing was sent");
      return false;
    }

  i = (g_wire.head - 1) % WIRE_MAX;
  n = pkt_write(pkt, again);
  CHECK_EQ(n, g_wire.len[i]);
  CHECK_EQ(memcmp(again, g_wire.frame[i], n), 0);
  return true;
}

static void wire_up(void)
{
  wire_create(&g_wire, "eth0", 1500, 0);
  wire_know(&g_wire, 2);
}

static struct net_rx_s arrival(void)
{
  struct net_rx_s rx;

  memset(&rx, 0, sizeof(rx));
  rx.nif = g_wire.nif;
  rx.src = netaddr_from4(htonl(0x0a000002));
  rx.dst = netaddr_from4(htonl(0x0a000001));
  return rx;
}

static void tcp_segments(void)
{
  struct net_rx_s rx;
  unsigned int i;

  wire_up();
  rx = arrival();
  for (i = 0; i < rounds() / 4; i++)
    {
      uint16_t lport = any16();
      uint16_t rport = any16();
      uint32_t seq = any32();
      uint32_t ack = any32();
      uint16_t wnd = any16();
      uint8_t flags = any8() & 0x3f;
      struct tcp_opts_s opts;
      struct tcp_opts_s read;
      struct pkt_s pkt;

      any_options(&opts);
      tcp_send_reply(&rx, lport, rport, seq, ack, flags, wnd, &opts);
      if (!next_frame(IPPROTO_TCP, &pkt))
        {
          return;
        }

      CHECK_EQ(pkt.sport, lport);
      CHECK_EQ(pkt.dport, rport);
      CHECK_EQ(pkt.seq, seq);
      CHECK_EQ(pkt.ack, ack);
      CHECK_EQ(pkt.flags, flags);
      CHECK_EQ(pkt.wnd, wnd);
      memset(&read, 0, sizeof(read));
      CHECK(tcp_options_read(pkt.opt, pkt.optlen, &read));
      CHECK_EQ(memcmp(&read, &opts, sizeof(opts)), 0);
    }
}

static struct socket *sock(int type, int proto)
{
  struct socket *psock = NULL;

  CHECK_EQ(psock_socket(AF_INET, type, proto, &psock), 0);
  return psock;
}

static void set_byte(struct socket *psock, int option, int value)
{
  CHECK_EQ(psock_setsockopt(psock, IPPROTO_IP, option, &value,
                            sizeof(value)), 0);
}

static void name_it(struct sockaddr_in *sin, uint32_t addr, uint16_t port)
{
  memset(sin, 0, sizeof(*sin));
  sin->sin_family      = AF_INET;
  sin->sin_addr.s_addr = htonl(addr);
  sin->sin_port        = htons(port);
}

/* UDP and IPv4, TOS and TTL of any value, sent; and the same received */

static void datagrams(void)
{
  struct sockaddr_in sin;
  uint8_t data[1472];
  uint8_t got[1472];
  unsigned int i;

  wire_up();
  for (i = 0; i < rounds() / 4; i++)
    {
      struct socket *psock = sock(SOCK_DGRAM, 0);
      unsigned int len = (unsigned int)(rnd() % (sizeof(data) + 1));
      uint16_t sport = any16() | 1024;
      uint16_t dport = any16() | 1;
      uint8_t tos = any8() & 0xfc;
      uint8_t ttl = any8() | 1;
      struct pkt_s pkt;
      socklen_t namelen = sizeof(sin);

      fill(data, len);
      set_byte(psock, IP_TOS, tos);
      set_byte(psock, IP_TTL, ttl);
      name_it(&sin, 0x0a000001, sport);
      CHECK_EQ(psock_bind(psock, (struct sockaddr *)&sin, sizeof(sin)), 0);
      name_it(&sin, 0x0a000002, dport);
      CHECK_EQ(psock_sendto(psock, data, len, 0, (struct sockaddr *)&sin,
                            sizeof(sin)), len);
      if (!next_frame(IPPROTO_UDP, &pkt))
        {
          psock_close(psock);
          return;
        }

      CHECK_EQ(pkt.sport, sport);
      CHECK_EQ(pkt.dport, dport);
      CHECK_EQ(pkt.tos, tos);
      CHECK_EQ(pkt.ttl, ttl);
      CHECK_EQ(pkt.len, len);
      CHECK(len == 0 || memcmp(pkt.data, data, len) == 0);

      /* Back the way it came, from the independent writer */

      pkt_from(&g_wire, 2, &pkt);
      pkt.sport = dport;
      pkt.dport = sport;
      pkt.data  = data;
      pkt.ident = any16();
      pkt_rx(&g_wire, &pkt);
      CHECK_EQ(psock_recvfrom(psock, got, sizeof(got), MSG_DONTWAIT,
                              (struct sockaddr *)&sin, &namelen), len);
      CHECK_EQ(ntohs(sin.sin_port), dport);
      CHECK_EQ(ntohl(sin.sin_addr.s_addr), 0x0a000002);
      CHECK(len == 0 || memcmp(got, data, len) == 0);
      CHECK_EQ(psock_close(psock), 0);
    }
}

/* IPv4 with options and any protocol: a raw socket shows the header as it was
 * understood
 */

static void ipv4_headers(void)
{
  static uint8_t frame[1600];
  struct socket *psock;
  uint8_t got[256];
  unsigned int i;

  wire_up();
  psock = sock(SOCK_RAW, 253);
  for (i = 0; i < rounds() / 4; i++)
    {
      unsigned int optlen = (unsigned int)(rnd() % 11) * 4;
      unsigned int len = (unsigned int)(rnd() % 100);
      uint8_t data[100];
      struct pkt_s pkt;
      unsigned int n;

      memset(&pkt, 0, sizeof(pkt));
      fill(data, len);
      pkt_from(&g_wire, 2, &pkt);
      pkt.proto = 253;
      pkt.tos   = any8();
      pkt.ttl   = any8() | 1;
      pkt.ident = any16();
      pkt.df    = rnd() % 2;
      pkt.data  = data;
      pkt.len   = len;
      n = pkt_write(&pkt, frame);

      /* Options without effect: no operation, and one that nobody knows */

      memmove(frame + 34 + optlen, frame + 34, n - 34);
      memset(frame + 34, IPO_NOP, optlen);
      if (optlen >= 4)
        {
          frame[34] = 0x1e;
          frame[35] = 4;
        }

      frame[14] = (uint8_t)(0x45 + optlen / 4);
      wire_put16(frame + 14 + IP_LEN, (uint16_t)(n - 14 + optlen));
      ip_setsum(frame + 14, IP_HDRLEN + optlen);
      wire_rx(&g_wire, frame, n + optlen);
      CHECK_EQ(psock_recvfrom(psock, got, sizeof(got), MSG_DONTWAIT, NULL,
                              NULL), n - 14 + optlen);
      CHECK_EQ(memcmp(got, frame + 14, n - 14 + optlen), 0);
    }

  CHECK_EQ(psock_close(psock), 0);
}

/* Echo: all but the type comes back as it was */

static void echoes(void)
{
  uint8_t data[1400];
  unsigned int i;

  wire_up();
  for (i = 0; i < rounds() / 4; i++)
    {
      unsigned int len = (unsigned int)(rnd() % (sizeof(data) + 1));
      uint32_t info = any32();
      struct pkt_s pkt;

      memset(&pkt, 0, sizeof(pkt));
      fill(data, len);
      pkt_from(&g_wire, 2, &pkt);
      pkt.proto = IPPROTO_ICMP;
      pkt.type  = ICMPT_ECHO;
      pkt.info  = info;
      pkt.data  = data;
      pkt.len   = len;
      pkt_rx(&g_wire, &pkt);
      if (!next_frame(IPPROTO_ICMP, &pkt))
        {
          return;
        }

      CHECK_EQ(pkt.type, ICMPT_ECHOREPLY);
      CHECK_EQ(pkt.code, 0);
      CHECK_EQ(pkt.info, info);
      CHECK_EQ(pkt.len, len);
      CHECK(len == 0 || memcmp(pkt.data, data, len) == 0);
    }
}

/* Errors of ICMP: the packet that they are about is quoted as it was */

static void errors(void)
{
  static uint8_t frame[1600];
  uint8_t data[1400];
  unsigned int i;

  wire_up();
  for (i = 0; i < rounds() / 10; i++)
    {
      unsigned int len = (unsigned int)(rnd() % sizeof(data));
      struct pkt_s pkt;
      unsigned int n;

      memset(&pkt, 0, sizeof(pkt));
      fill(data, len);
      pkt_from(&g_wire, 2, &pkt);
      pkt.proto = i % 2 ? IPPROTO_UDP : 253;
      pkt.sport = any16() | 1;
      pkt.dport = any16() | 1;
      pkt.ident = any16();
      pkt.tos   = any8();
      pkt.ttl   = any8() | 1;
      pkt.data  = data;
      pkt.len   = len;
      n = pkt_write(&pkt, frame) - 14;
      wire_rx(&g_wire, frame, n + 14);
      if (!next_frame(IPPROTO_ICMP, &pkt))
        {
          return;
        }

      CHECK_EQ(pkt.type, ICMPT_UNREACH);
      CHECK_EQ(pkt.code, i % 2 ? ICMPC_PORT : ICMPC_PROTOCOL);
      CHECK_EQ(pkt.info, 0);
      CHECK(pkt.len >= 28 && pkt.len <= n && pkt.len <= 548);
      CHECK_EQ(memcmp(pkt.data, frame + 14, pkt.len), 0);
      stack_sleep(10 * NET_SEC);     /* They are limited */
    }
}

/* ARP: a request from anybody is answered, with all of it the other way */

static void arp_packets(void)
{
  unsigned int i;

  wire_up();
  for (i = 0; i < rounds() / 4; i++)
    {
      struct pkt_s ask;
      struct pkt_s pkt;

      memset(&ask, 0, sizeof(ask));
      pkt_from(&g_wire, 3, &ask);
      fill(ask.arp_sha, 6);
      ask.arp_sha[0] &= 0xfe;        /* No group */
      ask.arp_sha[1] |= 1;           /* Not 0 */
      memcpy(ask.smac, ask.arp_sha, 6);
      ask.arp_op  = 1;
      ask.arp_spa = 0x0a000002 + (uint32_t)(rnd() % 250);
      ask.arp_tpa = 0x0a000001;
      fill(ask.arp_tha, 6);
      pkt_rx(&g_wire, &ask);
      if (!next_frame(PKT_ARP, &pkt))
        {
          return;
        }

      CHECK_EQ(pkt.arp_op, 2);
      CHECK_EQ(pkt.arp_tpa, ask.arp_spa);
      CHECK_EQ(pkt.arp_spa, ask.arp_tpa);
      CHECK_EQ(memcmp(pkt.arp_tha, ask.arp_sha, 6), 0);
      CHECK_EQ(memcmp(pkt.arp_sha, g_wire.dev.d_mac, 6), 0);
      CHECK_EQ(memcmp(pkt.dmac, ask.arp_sha, 6), 0);
      CHECK_EQ(memcmp(pkt.smac, g_wire.dev.d_mac, 6), 0);
    }
}

/* IGMP and the Ethernet addresses of groups (RFC 1112 6.4) */

static void groups(void)
{
  struct socket *psock;
  unsigned int i;

  wire_up();
  psock = sock(SOCK_DGRAM, 0);
  for (i = 0; i < rounds() / 20; i++)
    {
      uint32_t addr = 0xe0000100 + (any32() & 0x0ffffeff) % 0x0ffff000;
      struct ip_mreq mreq;
      struct pkt_s pkt;

      memset(&mreq, 0, sizeof(mreq));
      mreq.imr_multiaddr.s_addr = htonl(addr);
      mreq.imr_interface.s_addr = htonl(0x0a000001);
      CHECK_EQ(psock_setsockopt(psock, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq,
                                sizeof(mreq)), 0);
      CHECK(pkt_next(&g_wire, IPPROTO_IGMP, &pkt));
      CHECK_EQ(pkt.type, IGMPT_V2REPORT);
      CHECK_EQ(pkt.info, addr);
      CHECK_EQ(pkt.dst, addr);
      CHECK_EQ(pkt.ttl, 1);
      CHECK_EQ(pkt.dmac[0], 1);
      CHECK_EQ(pkt.dmac[1], 0);
      CHECK_EQ(pkt.dmac[2], 0x5e);
      CHECK_EQ((uint32_t)pkt.dmac[3] << 16 | pkt.dmac[4] << 8 | pkt.dmac[5],
               addr & 0x7fffff);
      CHECK_EQ(psock_setsockopt(psock, IPPROTO_IP, IP_DROP_MEMBERSHIP, &mreq,
                                sizeof(mreq)), 0);
      wire_flush(&g_wire);
    }

  CHECK_EQ(psock_close(psock), 0);
}

static int run(void (*scenario)(void))
{
  int failed;

  g_state = g_seed;
  failed  = stack_run(scenario, 1);
  if (failed != 0)
    {
      printf("again: SEED=%llu\n", (unsigned long long)g_seed);
    }

  return failed;
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(run(name), 0); \
  }

SCENARIO(tcp_segments)
SCENARIO(datagrams)
SCENARIO(ipv4_headers)
SCENARIO(echoes)
SCENARIO(errors)
SCENARIO(arp_packets)
SCENARIO(groups)

int main(void)
{
  const char *seed = getenv("SEED");
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_numbers),
    cmocka_unit_test(test_udp_header),
    cmocka_unit_test(test_ip_sums),
    cmocka_unit_test(test_tcp_options),
    cmocka_unit_test(test_tcp_segments),
    cmocka_unit_test(test_datagrams),
    cmocka_unit_test(test_ipv4_headers),
    cmocka_unit_test(test_echoes),
    cmocka_unit_test(test_errors),
    cmocka_unit_test(test_arp_packets),
    cmocka_unit_test(test_groups),
  };

  g_seed  = seed != NULL ? strtoull(seed, NULL, 0) : 1;
  g_state = g_seed;
  return cmocka_run_group_tests(tests, NULL, NULL);
}
