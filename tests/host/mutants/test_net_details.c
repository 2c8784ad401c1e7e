/* tests/host/mutants/test_net_details.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the other tests of the stack did not notice when it was changed:
 * details that mutants (scripts/mutate) survived in.  Goal: each is as it
 * should be, for the reason given here.  Method: that of tests/host/net;
 * what is sent is read from the wire, and what is counted by its name.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <poll.h>
#include <sys/stat.h>
#include <linux/tcp.h>

#include <cmocka.h>

#include <nuttx/fs/fs.h>

#include "ip_util.h"
#include "net_link.h"
#include "tcp_remote.h"
#include "udp_fixture.h"

static struct wire_s g_wire;
static struct remote_s g_remote[2];

/* A connection that the remote has opened; *listener is left open */

static struct socket *accepted(struct socket **listener, unsigned int offers)
{
  struct remote_s *r = &g_remote[0];
  struct socket *sock;

  wire_create(&g_wire, "eth0", 1500, 0);
  *listener = sock_listen(80, 4);
  remote_init(r, &g_wire, 80);
  r->offers = offers;
  remote_connect(r);
  stack_sleep(NET_MSEC);
  sock = sock_accept_now(*listener);
  CHECK(sock != NULL);
  wire_flush(&g_wire);
  return sock;
}

static void finish(struct socket *sock, struct socket *listener)
{
  sock_set_int(sock, IPPROTO_TCP, TCP_NODELAY, 1);
  remote_send(&g_remote[0], R_RST | R_ACK, g_remote[0].ack, 0);
  psock_close(sock);
  psock_close(listener);
  stack_sleep(300 * NET_SEC);
  wire_flush(&g_wire);
}

/* Names ********************************************************************/

/* The keyed hash is SipHash-2-4: the values of its authors, for the key 00 01
 * ... 0f and the first n bytes of 00 01 ...
 */

static void hash_is_siphash(void)
{
  static const struct
  {
    unsigned int len;
    uint64_t value;
  } vector[] =
  {
    { 0,  0x726fdb47dd0e0e31 },
    { 1,  0x74f839c593dc67fd },
    { 7,  0xab0200f58b01d137 },
    { 8,  0x93f5f5799a932462 },
    { 9,  0x9e0082df0ba9e4b0 },
    { 15, 0xa129ca6149be45e5 },
    { 16, 0x3f2acc7f57c29bdb },
    { 63, 0x958a324ceb064572 },
  };

  uint64_t secret[2];
  uint8_t data[64];
  unsigned int i;

  for (i = 0; i < sizeof(data); i++)
    {
      data[i] = i;
    }

  memcpy(secret, g_net.secret, sizeof(secret));
  g_net.secret[0] = 0x0706050403020100;
  g_net.secret[1] = 0x0f0e0d0c0b0a0908;
  for (i = 0; i < sizeof(vector) / sizeof(vector[0]); i++)
    {
      CHECK(net_hash(data, vector[i].len) == vector[i].value);
    }

  memcpy(g_net.secret, secret, sizeof(secret));
}

/* Neighbours ***************************************************************/

/* All that there is room for, of which those that were used longest ago wait
 * for answers: one more is refused, and not let in beyond.
 */

static void neighbours_are_no_more_than_there_is_room_for(void)
{
  struct netaddr_s net = ip_addr(0xac100001);
  struct pkt_s pkt;
  unsigned int i;

  wire_create(&g_wire, "eth0", 1500, 0);
  CHECK_EQ(netif_addr_add(g_wire.nif, &net, 12, NULL), 0);
  for (i = 0; i < 64; i++)
    {
      CHECK_EQ(ip_send(0xac110000 + i, 20, 0, 0), 0);
    }

  CHECK_EQ(stack_stat("arp.tablefull"), 0);
  for (i = 64; i < ARP_MAX; i++)
    {
      memset(&pkt, 0, sizeof(pkt));
      pkt_from(&g_wire, 2, &pkt);
      pkt.arp_op  = 1;
      pkt.arp_spa = 0xac120000 + i;
      pkt.arp_tpa = 0xac100001;
      memcpy(pkt.arp_sha, pkt.smac, 6);
      pkt_rx(&g_wire, &pkt);
      wire_flush(&g_wire);
    }

  CHECK_EQ(stack_stat("arp.tablefull"), 0);
  CHECK_EQ(stack_stat("arp.evicted"), 0);
  pkt.arp_spa = 0xac130000;
  CHECK_COUNT("arp.tablefull", 1, pkt_rx(&g_wire, &pkt));
  net = ip_addr(0xac130000);
  CHECK(arp_find(g_wire.nif, &net) == NULL);
  wire_flush(&g_wire);
  stack_sleep(60 * NET_SEC);
}

/* ARP from a group, and about one: no host has such an address */

static void groups_in_arp(void)
{
  static const uint32_t group[] =
  {
    0xe0000001, 0xe9010203, 0xefffffff, 0xf0000001
  };

  struct netaddr_s addr;
  struct pkt_s pkt;
  unsigned int i;

  wire_create(&g_wire, "eth0", 1500, 0);
  for (i = 0; i < 2 * sizeof(group) / sizeof(group[0]); i++)
    {
      memset(&pkt, 0, sizeof(pkt));
      pkt_from(&g_wire, 2, &pkt);
      pkt.arp_op  = 1;
      pkt.arp_spa = (i & 1) == 0 ? group[i / 2] : PEER;
      pkt.arp_tpa = (i & 1) == 0 ? US : group[i / 2];
      memcpy(pkt.arp_sha, pkt.smac, 6);
      CHECK_DROP(&g_wire, "arp.inmartian", pkt_rx(&g_wire, &pkt));
      addr = ip_addr(pkt.arp_spa);
      CHECK(arp_find(g_wire.nif, &addr) == NULL);
    }
}

/* A datagram in fragments waits for a neighbour that never answers.  Its
 * sender is told, once; nobody else is, though the later fragments have what
 * would be the ports of another socket where a header would be.
 */

static void fragments_for_nobody(void)
{
  static uint8_t data[4000];
  struct socket *sender;
  struct socket *other;
  unsigned int i;

  wire_create(&g_wire, "eth0", 1500, 0);
  sender = udp_bound(US, 1000);
  other  = udp_bound(US, 2000);
  CHECK_EQ(udp_connect_to(sender, PEER, 9), 0);
  CHECK_EQ(udp_connect_to(other, PEER, 9), 0);
  CHECK_EQ(udp_set(sender, IPPROTO_IP, IP_RECVERR, 1), 0);
  CHECK_EQ(udp_set(other, IPPROTO_IP, IP_RECVERR, 1), 0);
  for (i = 0; i < sizeof(data); i += 4)
    {
      memcpy(data + i, "\x07\xd0\x00\x09", 4);
    }

  CHECK_EQ(udp_send(sender, data, sizeof(data)), (int)sizeof(data));
  stack_sleep(10 * NET_SEC);
  CHECK_EQ(sock_get_int(sender, SOL_SOCKET, SO_ERROR), EHOSTUNREACH);
  CHECK_EQ(sock_get_int(other, SOL_SOCKET, SO_ERROR), 0);
  psock_close(sender);
  psock_close(other);
  stack_sleep(60 * NET_SEC);
  wire_flush(&g_wire);
}

/* As a router: the sender is told of the first fragment, and never of another
 * (RFC 1122 3.2.2).
 */

static void fragments_of_others_for_nobody(void)
{
  static struct wire_s out;
  struct pkt_s pkt;
  unsigned int i;

  wire_create(&g_wire, "eth0", 1500, 0);
  wire_create(&out, "eth1", 1500, 0);
  wire_know(&g_wire, 2);
  g_net.forwarding = true;
  for (i = 0; i < 2; i++)
    {
      memset(&pkt, 0, sizeof(pkt));
      pkt_from(&g_wire, 2, &pkt);
      pkt.dst   = 0x0a000109 + i;
      pkt.proto = IPPROTO_UDP;
      pkt.frag  = i == 0 ? 80 : 0;
      pkt.mf    = true;
      pkt.data  = ip_bytes(80);
      pkt.len   = 80;
      pkt_rx(&g_wire, &pkt);
      stack_sleep(10 * NET_SEC);
      CHECK_EQ(stack_stat("arp.unreachable"), i + 1);
      CHECK_EQ(pkt_next(&g_wire, IPPROTO_ICMP, &pkt), i == 1);
      wire_flush(&out);
    }
}

/* What is sent to a neighbour that did not answer waits again, in order, and
 * goes out when it answers after all.
 */

static void a_neighbour_is_asked_for_again(void)
{
  struct pkt_s pkt;
  unsigned int i;

  wire_create(&g_wire, "eth0", 1500, 0);
  for (i = 0; i < 3; i++)
    {
      CHECK_EQ(ip_send(PEER, 20 + i, 0, 0), 0);
    }

  stack_sleep(10 * NET_SEC);
  CHECK_EQ(stack_stat("arp.unreachable"), 3);
  wire_flush(&g_wire);
  for (i = 0; i < 3; i++)
    {
      CHECK_EQ(ip_send(PEER, 30 + i, 0, 0), 0);
    }

  memset(&pkt, 0, sizeof(pkt));
  pkt_from(&g_wire, 2, &pkt);
  pkt.arp_op  = 2;
  pkt.arp_spa = PEER;
  pkt.arp_tpa = US;
  memcpy(pkt.arp_sha, pkt.smac, 6);
  memcpy(pkt.arp_tha, g_wire.dev.d_mac, 6);
  pkt_rx(&g_wire, &pkt);
  for (i = 0; i < 3; i++)
    {
      CHECK(pkt_next(&g_wire, IP_TESTPROTO, &pkt));
      CHECK_EQ(pkt.len, 30 + i);
    }

  stack_sleep(300 * NET_SEC);
  wire_flush(&g_wire);
}

/* Packets ******************************************************************/

/* The frame arrives in buffers of these lengths, the rest in one more */

static void rx_in_pieces(const struct frame_s *frame,
                         const unsigned int *length, unsigned int n)
{
  struct iob_s *head = NULL;
  struct iob_s **link = &head;
  unsigned int done = 0;
  unsigned int len;
  unsigned int i;

  for (i = 0; i <= n; i++)
    {
      len   = i < n ? length[i] : frame->len - done;
      *link = iob_tryalloc_contig(len, 0, IOB_CLASS_RX);
      CHECK(*link != NULL);
      memcpy(IOB_DATA(*link), frame->data + done, len);
      (*link)->io_len = len;
      link  = &(*link)->io_flink;
      done += len;
    }

  head->io_pktlen = frame->len;
  netdev_rx(&g_wire.dev, head, NULL);
  netdev_rxend(&g_wire.dev);
}

/* The header of TCP in one buffer and its options in the next, or in three:
 * all of them are read.  Without memory to join them, the packet is dropped,
 * and counted.
 */

static void options_in_another_buffer(void)
{
  static const unsigned int pieces[3][3] =
  {
    { 54 }, { 54, 3, 9 }, { 34, 5, 20 }
  };

  static struct frame_s frame;
  struct remote_s *r = &g_remote[0];
  struct socket *listener;
  struct iob_s *view;
  struct pkt_s pkt;
  unsigned int i;

  wire_create(&g_wire, "eth0", 1500, 0);
  listener = sock_listen(80, 4);
  for (i = 0; i < 4; i++)
    {
      remote_init(r, &g_wire, 80);
      memset(&pkt, 0, sizeof(pkt));
      pkt_from(&g_wire, 2, &pkt);
      pkt.proto  = IPPROTO_TCP;
      pkt.sport  = r->sport;
      pkt.dport  = 80;
      pkt.seq    = r->isn;
      pkt.flags  = R_SYN;
      pkt.wnd    = 1000;
      pkt.optlen = 12;
      memcpy(pkt.opt, "\x02\x04\x03\xe8\x01\x01\x04\x02\x01\x03\x03\x05", 12);
      frame_make(&frame, &pkt);
      if (i == 3)
        {
          struct iob_s *head = iob_tryalloc_contig(54, 0, IOB_CLASS_RX);

          head->io_flink = iob_tryalloc_contig(12, 0, IOB_CLASS_RX);
          memcpy(IOB_DATA(head), frame.data, 54);
          memcpy(IOB_DATA(head->io_flink), frame.data + 54, 12);
          head->io_len           = 54;
          head->io_flink->io_len = 12;
          head->io_pktlen        = 66;
          view = iob_share(head, 0, 54);   /* So that it must be copied */
          CHECK(view != NULL);
          hoard(0);
          CHECK_DROP(&g_wire, "ip.indiscards",
                     netdev_rx(&g_wire.dev, head, NULL);
                     netdev_rxend(&g_wire.dev));
          unhoard();
          iob_free_chain(view);
          continue;
        }

      rx_in_pieces(&frame, pieces[i], i == 0 ? 1 : 3);
      CHECK(remote_synack(r));
      CHECK(r->opts.sack_ok && r->opts.has_wscale && !r->opts.has_ts);
      remote_send(r, R_RST, 1, 0);
    }

  psock_close(listener);
}

/* A router does not forward to the link's own addresses (RFC 3927 2.7), even
 * if a route says where.
 */

static void not_forwarded_to_a_link(void)
{
  static struct wire_s out;
  struct netaddr_s link = ip_addr(0xa9fe0000);
  struct pkt_s pkt;

  wire_create(&g_wire, "eth0", 1500, 0);
  wire_create(&out, "eth1", 1500, 0);
  CHECK_EQ(route_add(&link, 16, NULL, out.nif, 0, 0), 0);
  g_net.forwarding = true;
  ip_echo(&g_wire, 2, 50, &pkt);
  pkt.dst = 0xa9fe0001;
  CHECK_DROP(&out, "ip.inaddrerrors", pkt_rx(&g_wire, &pkt));
}

/* A packet of no bytes, from a device without a link header, is of no
 * protocol, whatever is in its buffer.
 */

static void a_packet_of_nothing(void)
{
  struct iob_s *iob = iob_tryalloc_contig(64, 0, IOB_CLASS_RX);

  CHECK(iob != NULL);
  memset(IOB_DATA(iob), 0x45, 64);
  CHECK_COUNT("link.inunknowntype", 1,
              netdev_rx(g_net.lo->dev, iob, NULL);
              netdev_rxend(g_net.lo->dev));
}

/* There is no way to 0.0.0.0, though the way to all others is known */

static void no_way_to_nowhere(void)
{
  struct netaddr_s gateway = ip_addr(PEER);
  struct netaddr_s dst = ip_addr(0x08080808);
  struct net_path_s path;

  wire_create(&g_wire, "eth0", 1500, 0);
  CHECK_EQ(route_add(&g_netaddr_any4, 0, &gateway, NULL, 0, 0), 0);
  CHECK_EQ(net_route(&dst, NULL, 0, &path), 0);
  CHECK_EQ(net_route(&g_netaddr_any4, NULL, 0, &path), -ENETUNREACH);
}

/* Each kind of ICMP message is counted as what it is */

static void kinds_of_icmp(void)
{
  static const struct
  {
    uint8_t type;
    const char *counter;
  } kind[] =
  {
    { 0, "icmp.inechoreps" },
    { 3, "icmp.indestunreachs" },
    { 4, "icmp.insrcquenchs" },
    { 5, "icmp.inredirects" },
    { 8, "icmp.inechos" },
    { 11, "icmp.intimeexcds" },
    { 12, "icmp.inparmprobs" },
    { 13, "icmp.intimestamps" },
    { 14, "icmp.intimestampreps" },
    { 17, "icmp.inaddrmasks" },
    { 18, "icmp.inaddrmaskreps" },
    { 42, "icmp.inunknown" },
  };

  struct pkt_s pkt;
  unsigned int i;
  unsigned int k;

  wire_create(&g_wire, "eth0", 1500, 0);
  wire_know(&g_wire, 2);
  for (i = 0; i < sizeof(kind) / sizeof(kind[0]); i++)
    {
      memset(&pkt, 0, sizeof(pkt));
      pkt_from(&g_wire, 2, &pkt);
      pkt.proto = IPPROTO_ICMP;
      pkt.type  = kind[i].type;
      pkt.data  = ip_bytes(28);
      pkt.len   = 28;
      CHECK_COUNT(kind[i].counter, 1, pkt_rx(&g_wire, &pkt));
      for (k = 0; k < sizeof(kind) / sizeof(kind[0]); k++)
        {
          CHECK_EQ(stack_stat(kind[k].counter), k <= i);
        }

      wire_flush(&g_wire);
    }
}

/* A neighbour says that what was sent can not be delivered */

static void unreachable(const struct pkt_s *sent, unsigned int neighbour,
                        uint8_t code)
{
  static struct frame_s quote;
  struct pkt_s pkt;

  frame_make(&quote, sent);
  memset(&pkt, 0, sizeof(pkt));
  pkt_from(&g_wire, neighbour, &pkt);
  pkt.proto = IPPROTO_ICMP;
  pkt.type  = 3;
  pkt.code  = code;
  pkt.data  = quote.data + IP_AT;
  pkt.len   = quote.len - IP_AT;
  pkt_rx(&g_wire, &pkt);
}

/* An error about an answer that we sent is not for the socket that asks with
 * the same number.
 */

static void errors_about_answers(void)
{
  struct socket *ping = NULL;
  struct sockaddr_in to = name_of(PEER, 0);
  uint8_t echo[16] =
  {
    8
  };

  struct pkt_s sent;
  unsigned int i;

  wire_create(&g_wire, "eth0", 1500, 0);
  wire_know(&g_wire, 2);
  wire_know(&g_wire, 3);
  CHECK_EQ(psock_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP, &ping), 0);
  CHECK_EQ(udp_set(ping, IPPROTO_IP, IP_RECVERR, 1), 0);
  CHECK_EQ(psock_sendto(ping, echo, sizeof(echo), 0, (struct sockaddr *)&to,
                        sizeof(to)), (int)sizeof(echo));
  CHECK(pkt_next(&g_wire, IPPROTO_ICMP, &sent));
  for (i = 0; i < 2; i++)
    {
      sent.type = i == 0 ? 0 : 8;
      unreachable(&sent, 3, 1);
      CHECK_EQ(sock_get_int(ping, SOL_SOCKET, SO_ERROR),
               i == 0 ? 0 : EHOSTUNREACH);
    }

  psock_close(ping);
}

/* The last address of a network of four is its broadcast address; one of two
 * has none (RFC 3021).
 */

static void small_networks(void)
{
  struct netaddr_s four = ip_addr(0xc0000201);
  struct netaddr_s two = ip_addr(0xc0000210);
  struct socket *sock;
  char text[4];

  wire_create(&g_wire, "eth0", 1500, 0);
  CHECK_EQ(netif_addr_add(g_wire.nif, &four, 30, NULL), 0);
  CHECK_EQ(netif_addr_add(g_wire.nif, &two, 31, NULL), 0);
  sock = udp_bound(INADDR_ANY, 1000);
  udp_arrives_at(&g_wire, 0xc0000203, 1000, "four", 4);
  CHECK_EQ(udp_recv(sock, text, sizeof(text), 0), 4);
  udp_arrives_at(&g_wire, 0xc0000202, 1000, "four", 4);
  CHECK_EQ(udp_recv(sock, text, sizeof(text), 0), -EAGAIN);
  udp_arrives_at(&g_wire, 0xc0000211, 1000, "two", 3);
  CHECK_EQ(udp_recv(sock, text, sizeof(text), 0), -EAGAIN);
  psock_close(sock);
  stack_sleep(20 * NET_SEC);
  wire_flush(&g_wire);
}

/* An error about what was sent is for the socket that sent it, though that
 * is bound to a device.
 */

static void errors_for_a_bound_device(void)
{
  struct socket *sock = udp_bound(INADDR_ANY, 1000);
  struct pkt_s sent;

  wire_create(&g_wire, "eth0", 1500, 0);
  wire_know(&g_wire, 2);
  CHECK_EQ(psock_setsockopt(sock, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 4),
           0);
  CHECK_EQ(udp_connect_to(sock, PEER, 9), 0);
  CHECK_EQ(udp_send(sock, "x", 1), 1);
  CHECK(pkt_next(&g_wire, IPPROTO_UDP, &sent));
  unreachable(&sent, 2, 3);
  CHECK_EQ(sock_get_int(sock, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
  psock_close(sock);
}

/* An error comes from the address that was meant, not from the first one of
 * the device (RFC 1122 3.2.2).
 */

static void errors_of_a_second_address(void)
{
  struct netaddr_s second = ip_addr(0x0a00004d);
  struct pkt_s pkt;

  wire_create(&g_wire, "eth0", 1500, 0);
  CHECK_EQ(netif_addr_add(g_wire.nif, &second, 24, NULL), 0);
  stack_sleep(20 * NET_SEC);
  wire_know(&g_wire, 2);
  wire_flush(&g_wire);
  memset(&pkt, 0, sizeof(pkt));
  pkt_from(&g_wire, 2, &pkt);
  pkt.dst   = 0x0a00004d;
  pkt.proto = IPPROTO_UDP;
  pkt.sport = 7;
  pkt.dport = 7777;
  pkt.data  = ip_bytes(8);
  pkt.len   = 8;
  pkt_rx(&g_wire, &pkt);
  CHECK(pkt_next(&g_wire, IPPROTO_ICMP, &pkt));
  CHECK_EQ(pkt.type, 3);
  CHECK_EQ(pkt.code, 3);
  CHECK_EQ(pkt.src, 0x0a00004d);
}

/* What a router queued for a full device goes out, though the routes have
 * changed meanwhile, if it is the same device still.
 */

static void forwarded_after_a_change(void)
{
  static struct wire_s out;
  struct netaddr_s net = ip_addr(0xc6336400);
  struct pkt_s pkt;
  unsigned int i;

  wire_create(&g_wire, "eth0", 1500, 0);
  wire_create(&out, "eth1", 1500, 0);
  wire_know(&g_wire, 2);
  wire_know(&out, 2);
  g_net.forwarding = true;
  out.full = true;
  for (i = 0; i < 3; i++)
    {
      ip_echo(&g_wire, 2, 20 + i, &pkt);
      pkt.dst = 0x0a000102;
      pkt_rx(&g_wire, &pkt);
    }

  CHECK_EQ(route_add(&net, 24, NULL, out.nif, 0, 0), 0);
  wire_ready(&out);
  stack_sleep(NET_MSEC);
  for (i = 0; i < 3; i++)
    {
      CHECK(pkt_next(&out, IPPROTO_ICMP, &pkt));
      CHECK_EQ(pkt.len, 20 + i);
    }

  CHECK_EQ(stack_stat("ip.outnoroutes"), 0);
}

/* The header of IP in one buffer and its options in the next */

static void ip_options_in_another_buffer(void)
{
  static const unsigned int pieces[2] =
  {
    34, 3
  };

  static struct frame_s frame;
  struct pkt_s pkt;

  wire_create(&g_wire, "eth0", 1500, 0);
  wire_know(&g_wire, 2);
  ip_echo(&g_wire, 2, 20, &pkt);
  frame_make(&frame, &pkt);
  frame_options(&frame, "\x01\x01\x01\x00", 4);
  CHECK_COUNT("icmp.inechos", 1, rx_in_pieces(&frame, pieces, 1));
  CHECK_COUNT("icmp.inechos", 1, rx_in_pieces(&frame, pieces, 2));
  wire_flush(&g_wire);

  /* A route is recorded from its first place on, which is the fourth byte */

  frame_make(&frame, &pkt);
  frame_options(&frame, "\x07\x07\x03\x00\x00\x00\x00\x00", 8);
  CHECK_COUNT("ip.inoptions", 1, frame_rx(&g_wire, &frame));
  wire_flush(&g_wire);

  /* A timestamp option has four bytes before the first place */

  frame_make(&frame, &pkt);
  frame_options(&frame, "\x44\x03\x05\x00", 4);
  CHECK_COUNT("ip.inoptions", 1, frame_rx(&g_wire, &frame));
  wire_flush(&g_wire);
}

/* Groups *******************************************************************/

/* Reports that neither the device nor its queue takes are counted */

static void reports_that_do_not_go_out(void)
{
  struct netaddr_s group;
  unsigned int n;

  wire_create(&g_wire, "eth0", 1500, 0);
  g_wire.full = true;
  for (n = 0; n < 1000 && stack_stat("link.outctrlfull") < 3; n++)
    {
      group = ip_addr(0xe9010203 + n);
      CHECK_EQ(igmp_join(g_wire.nif, &group), 0);
    }

  CHECK(n > 3 && n < 1000);
  CHECK_EQ(stack_stat("igmp.outerrors"), 3);
  wire_ready(&g_wire);
  stack_sleep(20 * NET_SEC);
  wire_flush(&g_wire);
  while (n-- > 0)
    {
      group = ip_addr(0xe9010203 + n);
      CHECK_EQ(igmp_leave(g_wire.nif, &group), 0);
    }

  CHECK_EQ(stack_stat("igmp.outerrors"), 3);
  stack_sleep(20 * NET_SEC);
  wire_flush(&g_wire);
}

/* Options ******************************************************************/

/* The bits of ECN are the connection's own: who sets the type of service of
 * a stream does not set them, and of a datagram does (RFC 3168 5).
 */

static void type_of_service(void)
{
  struct socket *tcp = sock_new();
  struct socket *udp = udp_open();

  CHECK_EQ(sock_set_int(tcp, IPPROTO_IP, IP_TOS, 0x13), 0);
  CHECK_EQ(sock_get_int(tcp, IPPROTO_IP, IP_TOS), 0x10);
  CHECK_EQ(sock_set_int(udp, IPPROTO_IP, IP_TOS, 0x13), 0);
  CHECK_EQ(sock_get_int(udp, IPPROTO_IP, IP_TOS), 0x13);
  psock_close(tcp);
  psock_close(udp);
}

/* recvmsg() of a stream says nothing of its own in the flags */

static void flags_of_a_message(void)
{
  struct socket *peer;
  struct socket *sock = sock_pair(&peer);
  char text[8];
  struct iovec iov =
  {
    text, sizeof(text)
  };

  struct msghdr msg;

  memset(&msg, 0, sizeof(msg));
  msg.msg_iov    = &iov;
  msg.msg_iovlen = 1;
  msg.msg_flags  = -1;
  CHECK_EQ(sock_write(sock, 0, 5), 5);
  stack_sleep(NET_MSEC);
  CHECK_EQ(psock_recvmsg(peer, &msg, MSG_DONTWAIT), 5);
  CHECK_EQ(msg.msg_flags, 0);
  psock_close(sock);
  psock_close(peer);
  stack_sleep(300 * NET_SEC);
}

/* A read of nothing: nothing, but only if something is there; otherwise it
 * would wait.
 */

static void a_read_of_nothing(void)
{
  struct socket *peer;
  struct socket *sock = sock_pair(&peer);
  char c;

  CHECK_EQ(udp_recv(peer, &c, 0, 0), -EAGAIN);
  CHECK_EQ(sock_write(sock, 0, 5), 5);
  stack_sleep(NET_MSEC);
  CHECK_EQ(udp_recv(peer, &c, 0, 0), 0);
  CHECK_EQ(sock_read(peer, 0, 10), 5);
  CHECK_EQ(udp_recv(peer, &c, 0, 0), -EAGAIN);
  psock_close(sock);
  psock_close(peer);
  stack_sleep(300 * NET_SEC);
}

/* A socket that nobody bound to an address has that of the network to which
 * it is connected last.
 */

static void connected_to_another_network(void)
{
  static struct wire_s other;
  struct socket *sock = udp_open();
  struct sockaddr_in name;
  socklen_t len;
  unsigned int i;

  wire_create(&g_wire, "eth0", 1500, 0);
  wire_create(&other, "eth1", 1500, 0);
  for (i = 0; i < 3; i++)
    {
      CHECK_EQ(udp_connect_to(sock, i == 1 ? 0x0a000102 : PEER, 9), 0);
      len = sizeof(name);
      CHECK_EQ(psock_getsockname(sock, (struct sockaddr *)&name, &len), 0);
      CHECK_EQ(ntohl(name.sin_addr.s_addr), i == 1 ? 0x0a000101 : US);
    }

  psock_close(sock);
}

/* The first part of a datagram waits for the rest; but there is no way any
 * more when that comes.  The next one does not begin with what could not go.
 */

static void a_part_that_could_not_go(void)
{
  struct socket *sock = udp_open();
  struct pkt_s pkt;

  wire_create(&g_wire, "eth0", 1500, 0);
  wire_know(&g_wire, 2);
  CHECK_EQ(udp_connect_to(sock, PEER, 9), 0);
  CHECK_EQ(psock_sendto(sock, "old", 3, MSG_MORE, NULL, 0), 3);
  netif_down(g_wire.nif);
  CHECK(udp_send(sock, "er", 2) < 0);
  CHECK_EQ(netif_up(g_wire.nif), 0);
  stack_sleep(10 * NET_SEC);
  wire_flush(&g_wire);
  wire_know(&g_wire, 2);
  CHECK_EQ(udp_send(sock, "new", 3), 3);
  CHECK(pkt_next(&g_wire, IPPROTO_UDP, &pkt));
  CHECK_EQ(pkt.len, 3);
  CHECK_EQ(memcmp(pkt.data, "new", 3), 0);
  psock_close(sock);
}

/* Three sockets share a port; the second one is for one device only.  What
 * comes by the other device is for the third, and after that for the first.
 */

static void a_port_shared_with_a_device(void)
{
  static struct wire_s other;
  struct socket *sock[3];
  char text[4];
  unsigned int i;

  wire_create(&g_wire, "eth0", 1500, 0);
  wire_create(&other, "eth1", 1500, 0);
  wire_know(&other, 2);
  for (i = 0; i < 3; i++)
    {
      sock[i] = udp_open();
      CHECK_EQ(udp_set(sock[i], SOL_SOCKET, SO_REUSEADDR, 1), 0);
      if (i == 1)
        {
          CHECK_EQ(psock_setsockopt(sock[i], SOL_SOCKET, SO_BINDTODEVICE,
                                    "eth0", 4), 0);
        }

      CHECK_EQ(udp_bind_to(sock[i], INADDR_ANY, 1000), 0);
    }

  udp_arrives(&other, 2, 7, 1000, "new", 3);
  CHECK_EQ(udp_recv(sock[2], text, sizeof(text), 0), 3);
  psock_close(sock[2]);
  udp_arrives(&other, 2, 7, 1000, "old", 3);
  CHECK_EQ(udp_recv(sock[0], text, sizeof(text), 0), 3);
  CHECK_EQ(udp_recv(sock[1], text, sizeof(text), 0), -EAGAIN);
  psock_close(sock[0]);
  psock_close(sock[1]);
}

/* Groups are sent to through the device that the socket is bound to, and
 * through no other.
 */

static void the_device_of_groups(void)
{
  static struct wire_s other;
  struct socket *sock = udp_open();
  struct ip_mreqn req;

  wire_create(&g_wire, "eth0", 1500, 0);
  wire_create(&other, "eth1", 1500, 0);
  memset(&req, 0, sizeof(req));
  CHECK_EQ(psock_setsockopt(sock, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 4),
           0);
  req.imr_ifindex = g_wire.dev.d_ifindex;
  CHECK_EQ(psock_setsockopt(sock, IPPROTO_IP, IP_MULTICAST_IF, &req,
                            sizeof(req)), 0);
  req.imr_ifindex = other.dev.d_ifindex;
  CHECK_EQ(psock_setsockopt(sock, IPPROTO_IP, IP_MULTICAST_IF, &req,
                            sizeof(req)), -EINVAL);
  psock_close(sock);
}

/* Times with 64 bits have options of their own */

static void timeouts_with_64_bits(void)
{
  static const int option[] =
  {
    66, 67                           /* SO_RCVTIMEO_NEW, SO_SNDTIMEO_NEW */
  };

  struct socket *sock = udp_open();
  int64_t tv[2];
  socklen_t len;
  unsigned int i;

  for (i = 0; i < 2; i++)
    {
      tv[0] = 5 + i;
      tv[1] = 250000;
      CHECK_EQ(psock_setsockopt(sock, SOL_SOCKET, option[i], tv,
                                sizeof(tv)), 0);
    }

  CHECK(sock->s_rcvtimeo == 5250 * NET_MSEC);
  CHECK(sock->s_sndtimeo == 6250 * NET_MSEC);
  for (i = 0; i < 2; i++)
    {
      len = sizeof(tv);
      memset(tv, 0, sizeof(tv));
      CHECK_EQ(psock_getsockopt(sock, SOL_SOCKET, option[i], tv, &len), 0);
      CHECK_EQ(len, sizeof(tv));
      CHECK_EQ(tv[0], 5 + i);
      CHECK_EQ(tv[1], 250000);
    }

  psock_close(sock);
}

/* A connection is no listener, and the least size of a segment is one */

static void what_a_connection_refuses(void)
{
  struct socket *peer;
  struct socket *sock = sock_pair(&peer);

  CHECK_EQ(psock_listen(sock, 4), -EINVAL);
  CHECK_EQ(sock_conn(sock)->t_state, TCPS_ESTABLISHED);
  CHECK_EQ(sock_set_int(sock, IPPROTO_TCP, TCP_MAXSEG, 87), -EINVAL);
  CHECK_EQ(sock_set_int(sock, IPPROTO_TCP, TCP_MAXSEG, 88), 0);
  psock_close(sock);
  psock_close(peer);
  stack_sleep(300 * NET_SEC);
}

/* fstat() tells two sockets from each other, and one from no socket */

static void sockets_have_numbers(void)
{
  struct stat one;
  struct stat two;
  int fd[2];

  fd[0] = nx_socket(AF_INET, SOCK_DGRAM, 0);
  fd[1] = nx_socket(AF_INET, SOCK_STREAM, 0);
  CHECK(fd[0] >= 0 && fd[1] >= 0);
  CHECK_EQ(nx_fstat(fd[0], &one), 0);
  CHECK_EQ(nx_fstat(fd[1], &two), 0);
  CHECK(S_ISSOCK(one.st_mode) && S_ISSOCK(two.st_mode));
  CHECK(one.st_ino != 0 && two.st_ino != 0 && one.st_ino != two.st_ino);
  nx_close(fd[0]);
  nx_close(fd[1]);
}

/* A time-out before now is over at once, and does not last for ever */

static void a_timeout_before_now(void)
{
  struct socket *sock = udp_bound(INADDR_ANY, 1000);
  struct timeval tv =
  {
    -1, 0
  };

  nettime_t now = net_now();
  char c;

  CHECK_EQ(psock_setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)),
           0);
  CHECK_EQ(psock_recvfrom(sock, &c, 1, 0, NULL, NULL), -EAGAIN);
  CHECK(net_now() - now < NET_MSEC);
  psock_close(sock);
}

/* accept() tells who it is; of what is no listener nothing can be accepted,
 * even if there is something to read.
 */

static void who_is_accepted(void)
{
  struct sockaddr_in name;
  socklen_t len = sizeof(name);
  struct socket *listener;
  struct socket *sock;
  struct socket *more = NULL;
  struct remote_s *r = &g_remote[0];

  wire_create(&g_wire, "eth0", 1500, 0);
  listener = sock_listen(80, 4);
  remote_init(r, &g_wire, 80);
  remote_connect(r);
  CHECK_EQ(psock_accept(listener, (struct sockaddr *)&name, &len, &sock,
                        MSG_DONTWAIT), 0);
  CHECK_EQ(len, sizeof(name));
  CHECK_EQ(name.sin_family, AF_INET);
  CHECK_EQ(ntohl(name.sin_addr.s_addr), PEER);
  CHECK_EQ(ntohs(name.sin_port), r->sport);

  remote_send(r, R_ACK | R_PSH, 1, 10);
  CHECK((sock_poll(sock) & POLLIN) != 0);
  CHECK_EQ(psock_accept(sock, NULL, NULL, &more, MSG_DONTWAIT), -EINVAL);
  CHECK(more == NULL);
  CHECK_EQ(sock_read(sock, 0, 100), 10);
  r->ack = 1;
  finish(sock, listener);
}

/* Opening ******************************************************************/

/* Nothing of the last connection of a socket is in its next SYN (RFC 9293
 * 3.1: without ACK the field means nothing; here it is 0).
 */

static void a_socket_is_as_new(void)
{
  struct sockaddr_in to = name_of(PEER, 80);
  struct sockaddr none;
  struct socket *sock = sock_new();
  struct pkt_s syn;
  struct pkt_s pkt;
  unsigned int i;

  wire_create(&g_wire, "eth0", 1500, 0);
  wire_know(&g_wire, 2);
  memset(&none, 0, sizeof(none));
  for (i = 0; i < 2; i++)
    {
      CHECK_EQ(psock_connect(sock, (struct sockaddr *)&to, sizeof(to),
                             MSG_DONTWAIT), -EINPROGRESS);
      CHECK(pkt_next(&g_wire, IPPROTO_TCP, &syn));
      CHECK_EQ(syn.flags, R_SYN);
      CHECK_EQ(syn.ack, 0);
      memset(&pkt, 0, sizeof(pkt));
      pkt_from(&g_wire, 2, &pkt);
      pkt.proto = IPPROTO_TCP;
      pkt.sport = 80;
      pkt.dport = syn.sport;
      pkt.seq   = 0x12345678;
      pkt.ack   = syn.seq + 1;
      pkt.flags = R_SYN | R_ACK;
      pkt.wnd   = 1000;
      pkt_rx(&g_wire, &pkt);
      CHECK_EQ(sock_conn(sock)->t_state, TCPS_ESTABLISHED);
      CHECK_EQ(psock_connect(sock, &none, sizeof(none), 0), 0);
      wire_flush(&g_wire);
    }

  psock_close(sock);
}

/* shutdown() of a socket that is connecting gives it up: nothing is sent any
 * more, and it can be used again.
 */

static void shutdown_while_connecting(void)
{
  struct sockaddr_in to = name_of(PEER, 80);
  struct socket *sock = sock_new();
  struct pkt_s pkt;

  wire_create(&g_wire, "eth0", 1500, 0);
  wire_know(&g_wire, 2);
  CHECK_EQ(psock_connect(sock, (struct sockaddr *)&to, sizeof(to),
                         MSG_DONTWAIT), -EINPROGRESS);
  stack_sleep(NET_MSEC);
  CHECK(pkt_next(&g_wire, IPPROTO_TCP, &pkt));
  CHECK_EQ(psock_shutdown(sock, SHUT_RDWR), 0);
  CHECK_EQ(sock_conn(sock)->t_state, TCPS_CLOSED);
  CHECK((sock_poll(sock) & POLLHUP) != 0);
  stack_sleep(100 * NET_SEC);
  CHECK(!pkt_next(&g_wire, IPPROTO_TCP, &pkt));
  psock_close(sock);
}

/* What asks for nothing is dropped by a listener, and counted */

static void nothing_for_a_listener(void)
{
  struct socket *listener;

  wire_create(&g_wire, "eth0", 1500, 0);
  listener = sock_listen(80, 4);
  remote_init(&g_remote[0], &g_wire, 80);
  CHECK_DROP(&g_wire, "tcp.listen_badack",
             remote_send(&g_remote[0], 0, 0, 0));
  CHECK_DROP(&g_wire, "tcp.listen_badrst",
             remote_send(&g_remote[0], R_RST, 0, 0));
  psock_close(listener);
}

/* Two handshakes wait for their last segment.  The second one's SYN-ACK is
 * sent again after a second, though the first one's, which was sent again
 * already, has longer to wait.
 */

static void the_younger_of_two_handshakes(void)
{
  struct socket *listener;
  unsigned int i;

  wire_create(&g_wire, "eth0", 1500, 0);
  listener = sock_listen(80, 4);
  for (i = 0; i < 2; i++)
    {
      remote_init(&g_remote[i], &g_wire, 80);
    }

  remote_syn(&g_remote[0]);
  CHECK(remote_synack(&g_remote[0]));
  stack_sleep(1500 * NET_MSEC);
  CHECK(remote_synack(&g_remote[0]));
  wire_flush(&g_wire);
  remote_syn(&g_remote[1]);
  CHECK(remote_synack(&g_remote[1]));
  stack_sleep(900 * NET_MSEC);
  CHECK(!remote_next(&g_remote[1]));
  stack_sleep(200 * NET_MSEC);
  CHECK(remote_synack(&g_remote[1]));
  for (i = 0; i < 2; i++)
    {
      remote_send(&g_remote[i], R_RST, 1, 0);
    }

  psock_close(listener);
  wire_flush(&g_wire);
}

/* A cookie is good in the period in which it was made and in the next one,
 * and not in the one after that, however soon that comes.
 */

static void cookie_of_the_last_period(void)
{
  static struct remote_s remotes[24];
  const nettime_t period = 64 * NET_SEC;
  struct socket *listener;
  struct socket *sock;
  unsigned int age;
  unsigned int i;

  wire_create(&g_wire, "eth0", 1500, 0);
  listener = sock_listen(80, 4);
  for (age = 0; age < 3; age++)
    {
      uint64_t good = stack_stat("tcp.syncookiesrecv");

      /* At the end of a period; many, so that the last one gets a cookie */

      stack_sleep(period - net_now() % period - NET_SEC);
      for (i = 0; i < 24; i++)
        {
          remote_init(&remotes[i], &g_wire, 80);
          remote_syn(&remotes[i]);
          CHECK(remote_synack(&remotes[i]));
        }

      if (age > 0)
        {
          stack_sleep((age - 1) * period + 2 * NET_SEC);
        }

      wire_flush(&g_wire);
      remote_send(&remotes[23], R_ACK, 1, 0);
      sock = sock_accept_now(listener);
      CHECK((sock != NULL) == (age < 2));
      CHECK_EQ(stack_stat("tcp.syncookiesrecv"), good + (age < 2));
      if (sock != NULL)
        {
          sock->s_linger = 0;
          psock_close(sock);
        }

      stack_sleep(200 * NET_SEC);
      wire_flush(&g_wire);
    }

  psock_close(listener);
}

/* Segments *****************************************************************/

/* The urgent pointer of a segment that is not urgent is 0, whatever was in
 * that memory before: nothing of others leaves the machine.
 */

static void no_memory_of_others_in_a_header(void)
{
  struct socket *listener;
  struct socket *sock = accepted(&listener, REMOTE_ALL);
  struct remote_s *r = &g_remote[0];
  struct iob_s *dirty = NULL;
  struct iob_s *iob;
  unsigned int size;
  unsigned int round;

  for (round = 0; round < 3; round++)
    {
      for (size = 64; size <= 2048; size *= 2)
        {
          while ((iob = iob_tryalloc_contig(size, 0, IOB_CLASS_TX)) != NULL)
            {
              memset(IOB_DATA(iob), 0xa5, size);
              iob->io_len   = size;
              iob->io_flink = dirty;
              dirty         = iob;
            }

          while (dirty != NULL)
            {
              iob             = dirty;
              dirty           = iob->io_flink;
              iob->io_flink   = NULL;
              iob->io_pktlen  = iob->io_len;
              iob_free(iob);
            }
        }

      CHECK_EQ(sock_write(sock, 3000 * round, 3000), 3000);
      stack_sleep(NET_MSEC);
      CHECK(remote_next(r));
      do
        {
          CHECK_EQ(r->pkt.flags & R_URG, 0);
          CHECK_EQ(r->pkt.urg, 0);
        }
      while (remote_next(r));

      r->ack = 1 + 3000 * (round + 1);
      remote_send(r, R_ACK, 1, 0);
    }

  finish(sock, listener);
}

/* What is missing is told before data goes out, with which it would not be:
 * data has no room for it; and once only.
 */

static void sack_before_data(void)
{
  struct socket *listener;
  struct socket *sock = accepted(&listener, REMOTE_SACK);
  struct remote_s *r = &g_remote[0];

  r->wnd = 0;
  remote_send(r, R_ACK, 1, 0);
  CHECK_EQ(sock_write(sock, 0, 500), 500);
  stack_sleep(NET_MSEC);
  wire_flush(&g_wire);

  r->wnd = 60000;
  remote_send(r, R_ACK, 101, 10);    /* Bytes 1..100 are missing */
  CHECK(remote_next(r));
  CHECK_EQ(r->pkt.len, 0);
  CHECK_EQ(r->opts.nsack, 1);
  CHECK_EQ(r->opts.sack[0].start, 101);
  CHECK_EQ(r->opts.sack[0].end, 111);
  CHECK(remote_next(r));
  CHECK_EQ(r->pkt.len, 500);
  CHECK(!remote_next(r));

  /* More data, the hole still there, and nothing new to tell */

  r->ack = 501;
  remote_send(r, R_ACK, 1, 0);
  CHECK_EQ(sock_write(sock, 500, 100), 100);
  stack_sleep(NET_MSEC);
  CHECK(remote_next(r));
  CHECK_EQ(r->pkt.len, 100);
  CHECK(!remote_next(r));
  finish(sock, listener);
}

/* A buffer full of small segments is packed, read, and filled again: packing
 * goes on with what is there, not behind what was read.
 */

static void packed_read_and_filled_again(void)
{
  struct socket *listener;
  struct socket *sock = accepted(&listener, 0);
  struct remote_s *r = &g_remote[0];
  uint32_t read = 0;
  uint32_t sent = 0;
  unsigned int round;

  CHECK_EQ(sock_set_int(sock, SOL_SOCKET, SO_RCVBUF, 8192), 0);
  for (round = 0; round < 4; round++)
    {
      uint64_t packed = stack_stat("tcp.tcprcvcollapsed");
      unsigned int n;

      for (n = 0; n < 2000 &&
           stack_stat("tcp.tcprcvcollapsed") < packed + 40; n++)
        {
          remote_send(r, R_ACK | R_PSH, 1 + sent, 7);
          sent = sock_conn(sock)->rcv_nxt - sock_conn(sock)->irs - 1;
        }

      CHECK(n < 2000);
      CHECK_EQ(sock_read(sock, read, 100000), sent - read);
      read = sent;
      stack_sleep(NET_SEC);
      wire_flush(&g_wire);
    }

  finish(sock, listener);
}

/* Where long segments do not come through, and nobody says so, the next
 * smaller usual size is tried, not almost the same (RFC 1191 7.1).
 */

static void a_black_hole_for_jumbo_frames(void)
{
  struct socket *listener;
  struct remote_s *r = &g_remote[0];
  struct socket *sock;
  unsigned int longest = 0;

  wire_create(&g_wire, "eth0", 9000, 0);
  listener = sock_listen(80, 4);
  remote_init(r, &g_wire, 80);
  r->offers = 0;
  r->mss    = 8960;
  remote_connect(r);
  sock = sock_accept_now(listener);
  CHECK(sock != NULL);
  CHECK_EQ(sock_write(sock, 0, 20000), 20000);
  stack_sleep(NET_MSEC);
  CHECK(remote_next(r));
  CHECK_EQ(r->pkt.len, 8960);
  while (longest != 4312 && stack_stat("tcp.retranssegs") < 9)
    {
      wire_flush(&g_wire);
      stack_sleep(NET_SEC);
      while (remote_next(r))
        {
          CHECK(r->pkt.len == 8960 || r->pkt.len <= 4312);
          longest = r->pkt.len;
        }
    }

  CHECK_EQ(longest, 4312);
  finish(sock, listener);
}

/* Reports ******************************************************************/

/* A file of /proc, from where "line" is in it on; "" if it is not */

static const char *proc_line(const char *path, const char *line)
{
  static char text[65536];
  const char *found;
  ssize_t n = -1;
  int fd = nx_open(path, O_RDONLY);

  CHECK(fd >= 0);
  if (fd >= 0)
    {
      n = nx_read(fd, text, sizeof(text) - 1);
      nx_close(fd);
    }

  CHECK(n > 0);
  text[n > 0 ? n : 0] = '\0';
  found = strstr(text, line);
  CHECK(found != NULL);
  return found != NULL ? found : "";
}

static struct tcp_info info_of(struct socket *sock)
{
  struct tcp_info info;
  socklen_t len = sizeof(info);

  memset(&info, 0xa5, sizeof(info));
  CHECK_EQ(psock_getsockopt(sock, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
  return info;
}

/* What waits to be read from a raw socket is in the file of /proc */

static void reports_of_raw_sockets(void)
{
  struct socket *raw = NULL;
  struct pkt_s pkt;
  unsigned int rx = 0;

  wire_create(&g_wire, "eth0", 1500, 0);
  wire_know(&g_wire, 2);
  CHECK_EQ(psock_socket(AF_INET, SOCK_RAW, IP_TESTPROTO, &raw), 0);
  memset(&pkt, 0, sizeof(pkt));
  pkt_from(&g_wire, 2, &pkt);
  pkt.proto = IP_TESTPROTO;
  pkt.data  = ip_bytes(100);
  pkt.len   = 100;
  pkt_rx(&g_wire, &pkt);
  CHECK_EQ(sscanf(proc_line("/proc/net/raw", ": 00000000:00FD "),
                  ": %*8X:%*4X %*8X:%*4X %*2X %*8X:%8X", &rx), 1);
  CHECK(rx >= 120);
  psock_close(raw);
}

/* What was agreed on, and nothing else, is told; and who waits after the
 * close still offers the window that he had.
 */

static void reports_of_options(void)
{
  static const unsigned int offers[] =
  {
    REMOTE_ALL, REMOTE_SACK, REMOTE_TS, REMOTE_WSCALE, 0
  };

  struct remote_s *r = &g_remote[0];
  struct socket *listener;
  struct socket *sock;
  unsigned int i;

  wire_create(&g_wire, "eth0", 1500, 0);
  listener = sock_listen(80, 4);
  for (i = 0; i < sizeof(offers) / sizeof(offers[0]); i++)
    {
      unsigned int state = 0;
      unsigned int timer = 0;
      unsigned int told;

      remote_init(r, &g_wire, 80);
      r->offers = offers[i];
      remote_connect(r);
      sock = sock_accept_now(listener);
      CHECK(sock != NULL);
      told = info_of(sock).tcpi_options;
      CHECK_EQ((told & TCPI_OPT_SACK) != 0,
               (offers[i] & REMOTE_SACK) != 0);
      CHECK_EQ((told & TCPI_OPT_TIMESTAMPS) != 0,
               (offers[i] & REMOTE_TS) != 0);
      CHECK_EQ((told & TCPI_OPT_WSCALE) != 0,
               (offers[i] & REMOTE_WSCALE) != 0);

      psock_close(sock);
      stack_sleep(NET_MSEC);
      r->ack = 2;
      wire_flush(&g_wire);

      /* FIN-WAIT-2 ends by time, which the file calls keep-alive's */

      remote_send(r, R_ACK, 1, 0);
      CHECK_EQ(sscanf(proc_line("/proc/net/tcp", "0100000A:0050 0200000A:"),
                      "%*8X:%*4X %*8X:%*4X %x %*8X:%*8X %x:", &state,
                      &timer), 2);
      CHECK_EQ(state, 5);
      CHECK_EQ(timer, 2);
      remote_send(r, R_FIN | R_ACK, 1, 0);
      CHECK(remote_next(r));
      CHECK(remote_window(r) > 1000);
      stack_sleep(NET_SEC);
      remote_send(r, R_FIN | R_ACK, 1, 0);
      CHECK(remote_next(r));
      CHECK_EQ(r->pkt.flags, R_ACK);
      CHECK(remote_window(r) > 1000);
      stack_sleep(300 * NET_SEC);
    }

  psock_close(listener);
  stack_sleep(300 * NET_SEC);
  wire_flush(&g_wire);
}

/* A window that is closed is asked after; each question is one more, until
 * there is an answer.
 */

static void reports_of_probes(void)
{
  struct socket *listener;
  struct socket *sock = accepted(&listener, REMOTE_ALL);
  struct remote_s *r = &g_remote[0];

  r->wnd = 0;
  remote_send(r, R_ACK, 1, 0);
  CHECK_EQ(sock_write(sock, 0, 100), 100);
  CHECK_EQ(info_of(sock).tcpi_probes, 0);
  stack_sleep(10 * NET_SEC);
  CHECK(info_of(sock).tcpi_probes >= 3 && info_of(sock).tcpi_probes < 20);
  remote_send(r, R_ACK, 1, 0);
  CHECK_EQ(info_of(sock).tcpi_probes, 0);
  wire_flush(&g_wire);
  r->wnd = 1000;
  remote_send(r, R_ACK, 1, 0);
  CHECK(remote_next(r));
  CHECK_EQ(r->pkt.len, 100);
  r->ack = 101;
  finish(sock, listener);
}

/* The last columns of /proc/net/tcp, and TCP_INFO, of a connection whose
 * segments are not answered: each time-out is one more, and twice as long.
 */

static void reports_of_timeouts(void)
{
  struct socket *listener;
  struct socket *sock = accepted(&listener, REMOTE_ALL);
  uint32_t before = info_of(sock).tcpi_rto;
  struct tcp_info info;
  unsigned long rto;
  unsigned long ato;
  unsigned int quick;
  unsigned int cwnd;
  const char *line;
  int ssthresh;

  CHECK_EQ(info_of(sock).tcpi_backoff, 0);
  CHECK_EQ(sock_write(sock, 0, 100), 100);
  stack_sleep(20 * NET_SEC);
  info = info_of(sock);
  CHECK(info.tcpi_backoff >= 3);
  CHECK_EQ(info.tcpi_retransmits, info.tcpi_backoff);
  CHECK_EQ(info.tcpi_rto, before << info.tcpi_backoff);

  line = proc_line("/proc/net/tcp", "0100000A:0050 0200000A:");
  line = strstr(line, " 0000000000000000 ");
  CHECK(line != NULL);
  if (line != NULL)
    {
      CHECK_EQ(sscanf(line, " 0000000000000000 %lu %lu %u %u %d\n", &rto,
                      &ato, &quick, &cwnd, &ssthresh), 5);
      CHECK_EQ(rto, info.tcpi_rto / 10000);
      CHECK_EQ(cwnd, info.tcpi_snd_cwnd);
      CHECK_EQ(ssthresh, (int)info.tcpi_snd_ssthresh);
    }

  finish(sock, listener);
}

/****************************************************************************/

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(hash_is_siphash)
SCENARIO(neighbours_are_no_more_than_there_is_room_for)
SCENARIO(groups_in_arp)
SCENARIO(fragments_for_nobody)
SCENARIO(fragments_of_others_for_nobody)
SCENARIO(a_neighbour_is_asked_for_again)
SCENARIO(options_in_another_buffer)
SCENARIO(not_forwarded_to_a_link)
SCENARIO(a_packet_of_nothing)
SCENARIO(no_way_to_nowhere)
SCENARIO(kinds_of_icmp)
SCENARIO(errors_about_answers)
SCENARIO(small_networks)
SCENARIO(errors_for_a_bound_device)
SCENARIO(ip_options_in_another_buffer)
SCENARIO(errors_of_a_second_address)
SCENARIO(forwarded_after_a_change)
SCENARIO(reports_that_do_not_go_out)
SCENARIO(type_of_service)
SCENARIO(flags_of_a_message)
SCENARIO(a_read_of_nothing)
SCENARIO(connected_to_another_network)
SCENARIO(a_part_that_could_not_go)
SCENARIO(a_port_shared_with_a_device)
SCENARIO(the_device_of_groups)
SCENARIO(timeouts_with_64_bits)
SCENARIO(what_a_connection_refuses)
SCENARIO(sockets_have_numbers)
SCENARIO(a_timeout_before_now)
SCENARIO(who_is_accepted)
SCENARIO(a_socket_is_as_new)
SCENARIO(shutdown_while_connecting)
SCENARIO(nothing_for_a_listener)
SCENARIO(the_younger_of_two_handshakes)
SCENARIO(cookie_of_the_last_period)
SCENARIO(no_memory_of_others_in_a_header)
SCENARIO(sack_before_data)
SCENARIO(packed_read_and_filled_again)
SCENARIO(a_black_hole_for_jumbo_frames)
SCENARIO(reports_of_raw_sockets)
SCENARIO(reports_of_options)
SCENARIO(reports_of_probes)
SCENARIO(reports_of_timeouts)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_hash_is_siphash),
    cmocka_unit_test(test_neighbours_are_no_more_than_there_is_room_for),
    cmocka_unit_test(test_groups_in_arp),
    cmocka_unit_test(test_fragments_for_nobody),
    cmocka_unit_test(test_fragments_of_others_for_nobody),
    cmocka_unit_test(test_a_neighbour_is_asked_for_again),
    cmocka_unit_test(test_options_in_another_buffer),
    cmocka_unit_test(test_not_forwarded_to_a_link),
    cmocka_unit_test(test_a_packet_of_nothing),
    cmocka_unit_test(test_no_way_to_nowhere),
    cmocka_unit_test(test_kinds_of_icmp),
    cmocka_unit_test(test_errors_about_answers),
    cmocka_unit_test(test_small_networks),
    cmocka_unit_test(test_errors_for_a_bound_device),
    cmocka_unit_test(test_ip_options_in_another_buffer),
    cmocka_unit_test(test_errors_of_a_second_address),
    cmocka_unit_test(test_forwarded_after_a_change),
    cmocka_unit_test(test_reports_that_do_not_go_out),
    cmocka_unit_test(test_type_of_service),
    cmocka_unit_test(test_flags_of_a_message),
    cmocka_unit_test(test_a_read_of_nothing),
    cmocka_unit_test(test_connected_to_another_network),
    cmocka_unit_test(test_a_part_that_could_not_go),
    cmocka_unit_test(test_a_port_shared_with_a_device),
    cmocka_unit_test(test_the_device_of_groups),
    cmocka_unit_test(test_timeouts_with_64_bits),
    cmocka_unit_test(test_what_a_connection_refuses),
    cmocka_unit_test(test_sockets_have_numbers),
    cmocka_unit_test(test_a_timeout_before_now),
    cmocka_unit_test(test_who_is_accepted),
    cmocka_unit_test(test_a_socket_is_as_new),
    cmocka_unit_test(test_shutdown_while_connecting),
    cmocka_unit_test(test_nothing_for_a_listener),
    cmocka_unit_test(test_the_younger_of_two_handshakes),
    cmocka_unit_test(test_cookie_of_the_last_period),
    cmocka_unit_test(test_no_memory_of_others_in_a_header),
    cmocka_unit_test(test_sack_before_data),
    cmocka_unit_test(test_packed_read_and_filled_again),
    cmocka_unit_test(test_a_black_hole_for_jumbo_frames),
    cmocka_unit_test(test_reports_of_raw_sockets),
    cmocka_unit_test(test_reports_of_options),
    cmocka_unit_test(test_reports_of_probes),
    cmocka_unit_test(test_reports_of_timeouts),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
