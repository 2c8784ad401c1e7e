/* tests/host/net/test_raw.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Raw and ping sockets.  Goal: each gets what its filters let through and
 * nothing else; what they send is what the user wrote, completed as said; no
 * mistake of a user, and no flood, costs more than its own call.  Method: the
 * psock_ calls on the wire of the fixture and on loopback.
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
#include <linux/errqueue.h>
#include <linux/icmp.h>

#include <cmocka.h>

#include <nuttx/kmalloc.h>
#include <nuttx/net/net.h>

#include "ip_util.h"

#define US    0x0a000001
#define PEER  0x0a000002
#define OTHER 0x0a000003
#define SILENT 0x0a000009
#define LO    0x7f000001

static struct wire_s g_wire;
static struct frame_s g_frame;
static struct pkt_s g_pkt;
static uint8_t g_buf[65600];

static void setup(void)
{
  wire_create(&g_wire, "eth%d", 1500, NETDEV_SG);
  wire_know(&g_wire, 2);
  wire_know(&g_wire, 3);
}

static struct socket *open_socket(int type, int protocol)
{
  struct socket *psock = NULL;

  CHECK_EQ(psock_socket(AF_INET, type, protocol, &psock), 0);
  return psock;
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

static int bind_to(struct socket *psock, uint32_t addr, uint16_t port)
{
  struct sockaddr_in sa = addr_of(addr, port);

  return psock_bind(psock, (struct sockaddr *)&sa, sizeof(sa));
}

static int connect_to(struct socket *psock, uint32_t addr)
{
  struct sockaddr_in sa = addr_of(addr, 0);

  return psock_connect(psock, (struct sockaddr *)&sa, sizeof(sa), 0);
}

static ssize_t send_to(struct socket *psock, uint32_t addr, const void *data,
                       size_t len)
{
  struct sockaddr_in sa = addr_of(addr, 0);

  return psock_sendto(psock, data, len, MSG_DONTWAIT,
                      (struct sockaddr *)&sa, sizeof(sa));
}

static ssize_t receive(struct socket *psock, uint32_t *from)
{
  struct sockaddr_in sa;
  socklen_t len = sizeof(sa);
  ssize_t ret;

  memset(&sa, 0, sizeof(sa));
  ret = psock_recvfrom(psock, g_buf, sizeof(g_buf), MSG_DONTWAIT,
                       (struct sockaddr *)&sa, &len);
  if (from != NULL)
    {
      *from = ntohl(sa.sin_addr.s_addr);
    }

  return ret;
}

/* An echo of a user: the kernel fills in identification and checksum */

static const uint8_t *echo(unsigned int n)
{
  static uint8_t bytes[65600];

  memset(bytes, 0, 8);
  bytes[0] = 8;
  bytes[2] = 0xde;                   /* Whatever is there */
  bytes[3] = 0xad;
  bytes[4] = 0xbe;
  bytes[5] = 0xef;
  bytes[7] = 1;
  memcpy(bytes + 8, ip_bytes(n), n);
  return bytes;
}

static uint16_t ident_of(struct socket *psock)
{
  struct sockaddr_in sa;
  socklen_t len = sizeof(sa);

  CHECK_EQ(psock_getsockname(psock, (struct sockaddr *)&sa, &len), 0);
  return ntohs(sa.sin_port);
}

/* A reply of the host to this identification */

static void reply(unsigned int host, uint16_t ident, unsigned int n)
{
  ip_echo(&g_wire, host, n, &g_pkt);
  g_pkt.type = 0;
  g_pkt.info = (uint32_t)ident << 16 | 1;
  pkt_rx(&g_wire, &g_pkt);
}

/* Ping *********************************************************************/

static void ping(void)
{
  struct socket *psock;
  uint32_t from;

  setup();
  psock = open_socket(SOCK_DGRAM, IPPROTO_ICMP);
  CHECK_EQ(send_to(psock, PEER, echo(56), 64), 64);
  CHECK(pkt_next(&g_wire, 1, &g_pkt));
  CHECK_EQ(g_pkt.type, 8);
  CHECK_EQ(g_pkt.info, (uint32_t)ident_of(psock) << 16 | 1);
  CHECK_EQ(g_pkt.len, 56);
  CHECK_EQ(memcmp(g_pkt.data, ip_bytes(56), 56), 0);
  CHECK_EQ(g_pkt.dst, PEER);

  reply(2, ident_of(psock), 56);
  CHECK_EQ(receive(psock, &from), 64);
  CHECK_EQ(from, PEER);
  CHECK_EQ(g_buf[0], 0);
  CHECK_EQ(memcmp(g_buf + 8, ip_bytes(56), 56), 0);

  reply(3, ident_of(psock), 0);      /* Whoever answers */
  CHECK_EQ(receive(psock, &from), 8);
  CHECK_EQ(from, OTHER);
  reply(2, ident_of(psock) ^ 1, 56); /* To somebody else */
  CHECK_EQ(receive(psock, NULL), -EAGAIN);
  ip_echo(&g_wire, 2, 56, &g_pkt);
  g_pkt.info = (uint32_t)ident_of(psock) << 16;
  pkt_rx(&g_wire, &g_pkt);           /* An echo is not for it */
  CHECK_EQ(receive(psock, NULL), -EAGAIN);
  psock_close(psock);
}

static void ping_ourselves(void)
{
  static const uint32_t self[] =
  {
    LO, US, 0
  };

  struct socket *psock;
  unsigned int i;

  setup();
  psock = open_socket(SOCK_DGRAM, IPPROTO_ICMP);
  for (i = 0; i < 3; i++)
    {
      CHECK_EQ(send_to(psock, self[i], echo(1000), 1008), 1008);
      stack_sleep(NET_MSEC);
      CHECK_EQ(receive(psock, NULL), 1008);
      CHECK_EQ(memcmp(g_buf + 8, ip_bytes(1000), 1000), 0);
    }

  CHECK_EQ(send_to(psock, LO, echo(65000), 65008), 65008);
  stack_sleep(NET_MSEC);
  CHECK_EQ(receive(psock, NULL), 65008);
  CHECK_EQ(memcmp(g_buf + 8, ip_bytes(65000), 65000), 0);
  psock_close(psock);
}

/* Two of them, with identifications chosen and given */

static void identifications(void)
{
  struct socket *a;
  struct socket *b;
  struct socket *c;

  setup();
  a = open_socket(SOCK_DGRAM, IPPROTO_ICMP);
  b = open_socket(SOCK_DGRAM, IPPROTO_ICMP);
  c = open_socket(SOCK_DGRAM, IPPROTO_ICMP);
  CHECK_EQ(bind_to(a, 0, 77), 0);
  CHECK_EQ(ident_of(a), 77);
  CHECK_EQ(bind_to(b, 0, 77), -EADDRINUSE);
  CHECK_EQ(bind_to(b, OTHER, 78), -EADDRNOTAVAIL);
  CHECK_EQ(bind_to(b, US, 78), 0);
  CHECK_EQ(send_to(c, PEER, echo(0), 8), 8);
  CHECK(ident_of(c) != 77 && ident_of(c) != 78 && ident_of(c) != 0);
  reply(2, 78, 10);
  CHECK_EQ(receive(a, NULL), -EAGAIN);
  CHECK_EQ(receive(b, NULL), 18);
  CHECK_EQ(receive(c, NULL), -EAGAIN);

  CHECK_EQ(connect_to(a, PEER), 0);  /* From now on from him only */
  reply(3, 77, 10);
  CHECK_EQ(receive(a, NULL), -EAGAIN);
  reply(2, 77, 10);
  CHECK_EQ(receive(a, NULL), 18);
  CHECK_EQ(psock_sendto(a, echo(0), 8, 0, NULL, 0), 8);
  psock_close(a);
  psock_close(b);
  psock_close(c);
}

static void not_an_echo(void)
{
  static const uint8_t unreachable[8] =
  {
    3, 1
  };

  static const uint8_t code[8] =
  {
    8, 1
  };

  struct socket *psock;
  unsigned int n;

  setup();
  wire_flush(&g_wire);
  psock = open_socket(SOCK_DGRAM, IPPROTO_ICMP);
  CHECK_EQ(send_to(psock, PEER, unreachable, 8), -EINVAL);
  CHECK_EQ(send_to(psock, PEER, code, 8), -EINVAL);
  for (n = 0; n < 8; n++)
    {
      CHECK_EQ(send_to(psock, PEER, echo(0), n), -EINVAL);
    }

  CHECK_EQ(psock_sendto(psock, echo(0), 8, 0, NULL, 0), -EDESTADDRREQ);
  CHECK_EQ(send_to(psock, 0x0a0000ff, echo(0), 8), -EACCES);
  CHECK_EQ(send_to(psock, 0x08080808, echo(0), 8), -ENETUNREACH);
  CHECK_EQ(send_to(psock, PEER, echo(65508), 65516), -EMSGSIZE);
  CHECK_EQ(psock_sendto(psock, echo(0), 8, MSG_OOB, NULL, 0), -EOPNOTSUPP);
  CHECK(!pkt_next(&g_wire, PKT_ANY, &g_pkt));
  CHECK_EQ(g_wire.dev.d_reserved, 0);
  psock_close(psock);
}

static void long_pings(void)
{
  struct socket *psock;
  int value = IP_PMTUDISC_DO;

  setup();
  psock = open_socket(SOCK_DGRAM, IPPROTO_ICMP);
  CHECK_EQ(send_to(psock, PEER, echo(5000), 5008), 5008);
  CHECK_EQ(stack_stat("ip.fragcreates"), 4);
  wire_flush(&g_wire);
  CHECK_EQ(psock_setsockopt(psock, IPPROTO_IP, IP_MTU_DISCOVER, &value,
                            sizeof(value)), 0);
  CHECK_EQ(send_to(psock, PEER, echo(5000), 5008), -EMSGSIZE);
  CHECK_EQ(send_to(psock, PEER, echo(1472), 1480), 1480);
  CHECK(pkt_next(&g_wire, 1, &g_pkt));
  CHECK_EQ(g_pkt.df, true);
  psock_close(psock);
}

/* Raw **********************************************************************/

static void test_packet(unsigned int host, uint8_t proto, unsigned int n)
{
  memset(&g_pkt, 0, sizeof(g_pkt));
  pkt_from(&g_wire, host, &g_pkt);
  g_pkt.proto = proto;
  g_pkt.data  = ip_bytes(n);
  g_pkt.len   = n;
  frame_make(&g_frame, &g_pkt);
  frame_rx(&g_wire, &g_frame);
}

static void received_with_its_header(void)
{
  struct socket *a;
  struct socket *b;
  uint32_t from;

  setup();
  a = open_socket(SOCK_RAW, IP_TESTPROTO);
  b = open_socket(SOCK_RAW, IP_TESTPROTO);
  test_packet(2, IP_TESTPROTO, 300);
  CHECK_EQ(receive(a, &from), 320);  /* A view for each */
  CHECK_EQ(from, PEER);
  CHECK_EQ(memcmp(g_buf, g_frame.data + IP_AT, 320), 0);
  CHECK_EQ(receive(b, NULL), 320);
  CHECK_EQ(memcmp(g_buf, g_frame.data + IP_AT, 320), 0);
  CHECK_EQ(stack_stat("icmp.outmsgs"), 0);
  test_packet(2, IP_TESTPROTO + 1, 300);
  CHECK_EQ(receive(a, NULL), -EAGAIN);
  CHECK_EQ(stack_stat("icmp.outdestunreachs"), 1);

  /* A datagram in fragments arrives whole */

  g_pkt.proto = IP_TESTPROTO;
  g_pkt.mf    = true;
  g_pkt.len   = 296;
  pkt_rx(&g_wire, &g_pkt);
  CHECK_EQ(receive(a, NULL), -EAGAIN);
  g_pkt.mf    = false;
  g_pkt.frag  = 296;
  g_pkt.data += 296;
  g_pkt.len   = 104;
  pkt_rx(&g_wire, &g_pkt);
  CHECK_EQ(receive(a, NULL), 420);
  CHECK_EQ(g_buf[3] + g_buf[2] * 256, 420);
  CHECK_EQ(memcmp(g_buf + 20, ip_bytes(400), 400), 0);
  CHECK_EQ(receive(b, NULL), 420);
  psock_close(a);
  test_packet(2, IP_TESTPROTO, 300);
  CHECK_EQ(receive(b, NULL), 320);
  test_packet(2, IP_TESTPROTO, 300); /* Not read before the close */
  psock_close(b);
}

static void filters(void)
{
  struct icmp_filter filter;
  struct socket *bound;
  struct socket *peer;
  struct socket *icmp;
  socklen_t len = sizeof(filter);

  setup();
  bound = open_socket(SOCK_RAW, IP_TESTPROTO);
  peer  = open_socket(SOCK_RAW, IP_TESTPROTO);
  icmp  = open_socket(SOCK_RAW, IPPROTO_ICMP);
  CHECK_EQ(bind_to(bound, OTHER, 0), -EADDRNOTAVAIL);
  CHECK_EQ(bind_to(bound, LO, 0), 0);
  CHECK_EQ(connect_to(peer, OTHER), 0);
  test_packet(2, IP_TESTPROTO, 10);
  CHECK_EQ(receive(bound, NULL), -EAGAIN);
  CHECK_EQ(receive(peer, NULL), -EAGAIN);
  CHECK_EQ(stack_stat("icmp.outdestunreachs"), 1);
  test_packet(3, IP_TESTPROTO, 10);
  CHECK_EQ(receive(peer, NULL), 30);
  CHECK_EQ(receive(bound, NULL), -EAGAIN);

  filter.data = ~(1u << 0);          /* Replies only */
  CHECK_EQ(psock_setsockopt(icmp, SOL_RAW, ICMP_FILTER, &filter,
                            sizeof(filter)), 0);
  filter.data = 0;
  CHECK_EQ(psock_getsockopt(icmp, SOL_RAW, ICMP_FILTER, &filter, &len), 0);
  CHECK_EQ(filter.data, ~(1u << 0));
  ip_echo(&g_wire, 2, 10, &g_pkt);
  pkt_rx(&g_wire, &g_pkt);
  CHECK_EQ(receive(icmp, NULL), -EAGAIN);
  reply(2, 5, 10);
  CHECK_EQ(receive(icmp, NULL), 38);
  CHECK_EQ(psock_setsockopt(peer, SOL_RAW, ICMP_FILTER, &filter,
                            sizeof(filter)), -EOPNOTSUPP);
  CHECK_EQ(psock_setsockopt(icmp, SOL_RAW, ICMP_FILTER, &filter, 3),
           -EINVAL);
  CHECK_EQ(psock_setsockopt(icmp, SOL_RAW, 99, &filter, sizeof(filter)),
           -ENOPROTOOPT);
  psock_close(bound);
  psock_close(peer);
  psock_close(icmp);
}

static void sent_with_a_header(void)
{
  struct socket *psock;
  int ttl = 9;

  setup();
  psock = open_socket(SOCK_RAW, IP_TESTPROTO);
  CHECK_EQ(psock_setsockopt(psock, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl)),
           0);
  CHECK_EQ(send_to(psock, PEER, ip_bytes(500), 500), 500);
  CHECK(pkt_next(&g_wire, IP_TESTPROTO, &g_pkt));
  CHECK_EQ(g_pkt.ttl, 9);
  CHECK_EQ(g_pkt.src, US);
  CHECK_EQ(g_pkt.len, 500);
  CHECK_EQ(memcmp(g_pkt.data, ip_bytes(500), 500), 0);
  CHECK_EQ(send_to(psock, PEER, ip_bytes(0), 0), 0);
  CHECK(pkt_next(&g_wire, IP_TESTPROTO, &g_pkt));
  CHECK_EQ(g_pkt.len, 0);
  CHECK_EQ(psock_shutdown(psock, SHUT_WR), -ENOTCONN);
  CHECK_EQ(send_to(psock, PEER, ip_bytes(500), 500), -EPIPE);
  psock_close(psock);
}

/* IP_HDRINCL ***************************************************************/

static uint8_t *own_packet(unsigned int n)
{
  static uint8_t packet[65600];

  memset(packet, 0, 20);
  packet[0]  = 0x45;
  packet[1]  = 0x20;
  packet[2]  = 0xff;                 /* Wrong: the length is ours to say */
  packet[6]  = 0x40;
  packet[8]  = 3;
  packet[9]  = IP_TESTPROTO;
  packet[10] = 0xff;                 /* ... and the checksum */
  packet[16] = 10;
  packet[19] = 2;
  memcpy(packet + 20, ip_bytes(n), n);
  return packet;
}

static void header_included(void)
{
  struct socket *psock;
  uint8_t *own = own_packet(100);
  int off = 0;

  setup();
  psock = open_socket(SOCK_RAW, IPPROTO_RAW);
  CHECK_EQ(send_to(psock, PEER, own, 120), 120);
  CHECK(pkt_next(&g_wire, IP_TESTPROTO, &g_pkt));
  CHECK_EQ(g_pkt.src, US);           /* Was zero, as was the number */
  CHECK(g_pkt.ident != 0);
  CHECK_EQ(g_pkt.tos, 0x20);
  CHECK_EQ(g_pkt.ttl, 3);
  CHECK_EQ(g_pkt.df, true);
  CHECK_EQ(g_pkt.len, 100);
  CHECK_EQ(memcmp(g_pkt.data, ip_bytes(100), 100), 0);

  own[5]  = 7;                       /* Any source, as tests need it */
  own[12] = 1;
  CHECK_EQ(send_to(psock, PEER, own, 120), 120);
  CHECK(pkt_next(&g_wire, IP_TESTPROTO, &g_pkt));
  CHECK_EQ(g_pkt.src, 0x01000000);
  CHECK_EQ(g_pkt.ident, 7);

  CHECK_EQ(send_to(psock, PEER, own_packet(1480), 1500), 1500);
  CHECK_EQ(send_to(psock, PEER, own_packet(1481), 1501), -EMSGSIZE);
  own[6] = 0;                        /* It is never cut, DF or not */
  CHECK_EQ(send_to(psock, PEER, own, 1501), -EMSGSIZE);
  CHECK_EQ(send_to(psock, PEER, own, 19), -EINVAL);
  CHECK_EQ(send_to(psock, PEER, own, 0), -EINVAL);
  own[0] = 0x44;
  CHECK_EQ(send_to(psock, PEER, own, 120), -EINVAL);
  own[0] = 0x65;
  CHECK_EQ(send_to(psock, PEER, own, 120), -EINVAL);
  own[0] = 0x4f;
  CHECK_EQ(send_to(psock, PEER, own, 59), -EINVAL);
  CHECK_EQ(g_wire.dev.d_reserved, 0);

  CHECK_EQ(psock_setsockopt(psock, IPPROTO_IP, IP_HDRINCL, &off,
                            sizeof(off)), 0);
  CHECK_EQ(send_to(psock, PEER, ip_bytes(10), 10), 10);
  psock_close(psock);
  psock = open_socket(SOCK_DGRAM, IPPROTO_ICMP);
  CHECK_EQ(psock_setsockopt(psock, IPPROTO_IP, IP_HDRINCL, &off,
                            sizeof(off)), -ENOPROTOOPT);
  psock_close(psock);
}

/* Errors *******************************************************************/

/* An ICMP message about the echo that we sent last */

static void error_about(const struct pkt_s *sent, uint8_t type, uint8_t code,
                        uint32_t info)
{
  static struct frame_s quote;
  struct pkt_s pkt;

  frame_make(&quote, sent);
  memset(&pkt, 0, sizeof(pkt));
  pkt_from(&g_wire, 3, &pkt);
  pkt.proto = 1;
  pkt.type  = type;
  pkt.code  = code;
  pkt.info  = info;
  pkt.data  = quote.data + IP_AT;
  pkt.len   = quote.len - IP_AT;
  pkt_rx(&g_wire, &pkt);
}

static int take_error(struct socket *psock)
{
  socklen_t len = sizeof(int);
  int error = -1;

  CHECK_EQ(psock_getsockopt(psock, SOL_SOCKET, SO_ERROR, &error, &len), 0);
  return error;
}

/* The oldest error in the queue, about an echo of so many bytes at least */

static void queued_error(struct socket *psock, int least, uint8_t type,
                         uint8_t code, uint32_t offender)
{
  uint8_t control[200];
  struct sock_extended_err ee;
  struct sockaddr_in from;
  struct cmsghdr *c;
  struct iovec iov;
  struct msghdr msg;

  memset(&msg, 0, sizeof(msg));
  iov.iov_base       = g_buf;
  iov.iov_len        = sizeof(g_buf);
  msg.msg_iov        = &iov;
  msg.msg_iovlen     = 1;
  msg.msg_control    = control;
  msg.msg_controllen = sizeof(control);
  CHECK(psock_recvmsg(psock, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) >= least);
  CHECK_EQ(g_buf[0], 8);
  c = CMSG_FIRSTHDR(&msg);
  CHECK(c != NULL);
  if (c != NULL)
    {
      memcpy(&ee, CMSG_DATA(c), sizeof(ee));
      memcpy(&from, CMSG_DATA(c) + sizeof(ee), sizeof(from));
      CHECK_EQ(ee.ee_errno, EHOSTUNREACH);
      CHECK_EQ(ee.ee_type, type);
      CHECK_EQ(ee.ee_code, code);
      CHECK_EQ(ntohl(from.sin_addr.s_addr), offender);
    }
}

static void errors_of_the_way(void)
{
  struct socket *ping;
  struct socket *raw;
  struct pkt_s sent;
  int on = 1;

  setup();
  ping = open_socket(SOCK_DGRAM, IPPROTO_ICMP);
  raw  = open_socket(SOCK_RAW, IPPROTO_ICMP);
  CHECK_EQ(psock_setsockopt(ping, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)),
           0);
  CHECK_EQ(send_to(ping, PEER, echo(56), 64), 64);
  CHECK(pkt_next(&g_wire, 1, &sent));

  /* The raw socket, without a peer, is not told (but gets the message) */

  error_about(&sent, 11, 0, 0);
  CHECK_EQ(take_error(raw), 0);
  CHECK_EQ(take_error(ping), EHOSTUNREACH);
  queued_error(ping, 8, 11, 0, OTHER);

  /* With a peer it is told what is final, about that peer */

  CHECK_EQ(connect_to(raw, PEER), 0);
  error_about(&sent, 3, 1, 0);
  CHECK_EQ(take_error(raw), 0);
  error_about(&sent, 3, 9, 0);
  CHECK_EQ(take_error(raw), ENETUNREACH);
  sent.dst = OTHER;
  error_about(&sent, 3, 9, 0);
  CHECK_EQ(take_error(raw), 0);

  /* A path MTU, because we did send an echo there */

  sent.dst = PEER;
  error_about(&sent, 3, 4, 1000);
  CHECK_EQ(stack_stat("icmp.inpmtu"), 1);
  CHECK_EQ(take_error(raw), EMSGSIZE);
  psock_close(raw);
  take_error(ping);
  sent.info ^= 0x10000;              /* Another identification: not ours */
  error_about(&sent, 3, 4, 900);
  CHECK_EQ(stack_stat("icmp.inpmturefused"), 1);
  psock_close(ping);
}

/* A neighbour that does not answer: the socket of the echo is told, as if an
 * ICMP message had come from this host
 */

static void silent_neighbour(void)
{
  struct socket *ping;
  struct socket *other;
  int on = 1;

  setup();
  ping  = open_socket(SOCK_DGRAM, IPPROTO_ICMP);
  other = open_socket(SOCK_DGRAM, IPPROTO_ICMP);
  CHECK_EQ(psock_setsockopt(ping, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)),
           0);
  CHECK_EQ(send_to(other, PEER, echo(56), 64), 64);
  CHECK_EQ(send_to(ping, SILENT, echo(56), 64), 64);
  stack_sleep(4 * NET_SEC);
  CHECK_EQ(stack_stat("arp.unreachable"), 1);
  CHECK_EQ(take_error(ping), EHOSTUNREACH);
  CHECK_EQ(take_error(other), 0);
  queued_error(ping, 64, 3, 1, 0x0a000001);
  psock_close(other);
  psock_close(ping);
}

/* Limits *******************************************************************/

static void flood(void)
{
  struct iob_info_s info;
  struct socket *psock;
  unsigned int i;
  unsigned int n = 0;
  int size = 20000;

  setup();
  psock = open_socket(SOCK_RAW, IP_TESTPROTO);
  CHECK_EQ(psock_setsockopt(psock, SOL_SOCKET, SO_RCVBUF, &size,
                            sizeof(size)), 0);
  for (i = 0; i < 10000; i++)
    {
      test_packet(2, IP_TESTPROTO, i % 20);
    }

  iob_getinfo(&info);
  CHECK(info.used <= 2 * (size_t)size);
  CHECK(stack_stat("raw.rcvbuferrors") > 9000);
  while (receive(psock, NULL) >= 0)
    {
      n++;
    }

  CHECK_EQ(n, stack_stat("raw.indatagrams"));
  CHECK_EQ(n + stack_stat("raw.rcvbuferrors"), 10000);
  psock_close(psock);
}

static void writer(void *arg)
{
  struct socket *psock = arg;
  struct sockaddr_in sa = addr_of(PEER, 0);

  CHECK_EQ(psock_sendto(psock, ip_bytes(100), 100, 0,
                        (struct sockaddr *)&sa, sizeof(sa)), 100);
}

static void device_is_full(void)
{
  struct socket *psock;
  int pid;

  setup();
  psock = open_socket(SOCK_RAW, IP_TESTPROTO);
  g_wire.full = true;
  CHECK_EQ(send_to(psock, PEER, ip_bytes(100), 100), -EAGAIN);
  pid = stack_task("writer", writer, psock);
  stack_sleep(NET_SEC);
  CHECK(!pkt_next(&g_wire, IP_TESTPROTO, &g_pkt));
  wire_ready(&g_wire);
  stack_join(pid);
  CHECK(pkt_next(&g_wire, IP_TESTPROTO, &g_pkt));

  g_wire.full = true;                /* Closed while it waits */
  CHECK_EQ(send_to(psock, PEER, ip_bytes(100), 100), -EAGAIN);
  psock_close(psock);
  wire_ready(&g_wire);
  stack_sleep(NET_MSEC);
  CHECK_EQ(g_wire.dev.d_reserved, 0);
}

static void no_memory(void)
{
  struct socket *psock;

  setup();
  psock = open_socket(SOCK_RAW, IP_TESTPROTO);
  CHECK_EQ(send_to(psock, PEER, ip_bytes(100), 100), 100);
  wire_flush(&g_wire);
  hoard(0);
  send_to(psock, PEER, ip_bytes(100), 100);
  CHECK_EQ(stack_stat("raw.outwaited"), 1);
  unhoard();
  CHECK(!pkt_next(&g_wire, IP_TESTPROTO, &g_pkt));
  CHECK_EQ(g_wire.dev.d_reserved, 0);
  kmm_fail(1);
  test_packet(2, IP_TESTPROTO, 10);
  kmm_fail(0);
  CHECK(stack_stat("raw.rcvbuferrors") + stack_stat("raw.indatagrams") == 1);
  psock_close(psock);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(ping)
SCENARIO(ping_ourselves)
SCENARIO(identifications)
SCENARIO(not_an_echo)
SCENARIO(long_pings)
SCENARIO(received_with_its_header)
SCENARIO(filters)
SCENARIO(sent_with_a_header)
SCENARIO(header_included)
SCENARIO(errors_of_the_way)
SCENARIO(silent_neighbour)
SCENARIO(flood)
SCENARIO(device_is_full)
SCENARIO(no_memory)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_ping),
    cmocka_unit_test(test_ping_ourselves),
    cmocka_unit_test(test_identifications),
    cmocka_unit_test(test_not_an_echo),
    cmocka_unit_test(test_long_pings),
    cmocka_unit_test(test_received_with_its_header),
    cmocka_unit_test(test_filters),
    cmocka_unit_test(test_sent_with_a_header),
    cmocka_unit_test(test_header_included),
    cmocka_unit_test(test_errors_of_the_way),
    cmocka_unit_test(test_silent_neighbour),
    cmocka_unit_test(test_flood),
    cmocka_unit_test(test_device_is_full),
    cmocka_unit_test(test_no_memory),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
