/* tests/host/net/test_udp.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * UDP.  Goal: a datagram arrives whole, once, at whom it is for, with its
 * sender, or is counted under the name of what was wrong with it; a device
 * that is full, a pool that is empty and a reader that does not read cost
 * nothing but datagrams.  Method: packets read and written field by field on
 * the wire of the fixture, sockets called as the system calls do.
 */

#include <nuttx/config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <netinet/udp.h>
#include <sys/ioctl.h>

#include <nuttx/kmalloc.h>

#include "dgramq.h"
#include "udp_fixture.h"

static struct wire_s g_wire;
static struct wire_s g_wire2;
static uint8_t g_buf[70000];

static void wire(void)
{
  wire_create(&g_wire, "eth%d", 1500, 0);
  wire_know(&g_wire, 2);
}

static uint8_t *pattern(size_t len)
{
  static uint8_t buf[70000];
  size_t i;

  for (i = 0; i < len; i++)
    {
      buf[i] = i * 7 + (i >> 8);
    }

  return buf;
}

/* Sending ******************************************************************/

static void sent(void)
{
  struct socket *s = udp_open();
  struct pkt_s pkt;
  size_t len;

  wire();
  CHECK_EQ(udp_port(s), 0);
  for (len = 0; len <= 1472; len += len < 20 ? 1 : 121)
    {
      CHECK_EQ(udp_send_to(s, pattern(len), len, PEER, 7), len);
      CHECK(pkt_next(&g_wire, IPPROTO_UDP, &pkt));
      CHECK_EQ(pkt.src, US);
      CHECK_EQ(pkt.dst, PEER);
      CHECK_EQ(pkt.sport, udp_port(s));
      CHECK_EQ(pkt.dport, 7);
      CHECK_EQ(pkt.ttl, 64);
      CHECK_EQ(pkt.tos, 0);
      CHECK(pkt.df);
      CHECK_EQ(pkt.len, len);
      CHECK_EQ(memcmp(pkt.data, pattern(len), len), 0);
    }

  CHECK(udp_port(s) >= NET_PORT_FIRST);
  CHECK(udp_port(s) <= NET_PORT_LAST);
  CHECK_EQ(stack_stat("udp.copies_tx"), stack_stat("udp.outdatagrams"));
  psock_close(s);
}

/* The device completes the checksum, but not that of fragments */

static void sent_with_offload(void)
{
  struct socket *s = udp_open();
  struct pkt_s pkt;
  unsigned int len;
  unsigned int n;

  wire_create(&g_wire, "eth%d", 1500, NETDEV_TXCSUM | NETDEV_SG);
  wire_know(&g_wire, 2);
  CHECK_EQ(udp_send_to(s, "hello", 5, PEER, 7), 5);
  CHECK_EQ(g_wire.off[(g_wire.tail - 1) % WIRE_MAX].flags,
           NETDEV_OFF_PARTIAL);
  CHECK_EQ(g_wire.off[(g_wire.tail - 1) % WIRE_MAX].csum_start, 34);
  CHECK(pkt_next(&g_wire, IPPROTO_UDP, &pkt));
  CHECK_EQ(pkt.len, 5);
  CHECK_EQ(udp_send_to(s, pattern(4000), 4000, PEER, 7), 4000);
  for (n = 0; wire_next(&g_wire, &len) != NULL; n++)
    {
      CHECK_EQ(g_wire.off[(g_wire.head - 1) % WIRE_MAX].flags, 0);
    }

  CHECK_EQ(n, 3);
  psock_close(s);
}

/* A checksum that comes out as zero is sent as 0xffff (RFC 768) */

static void checksum_of_zero(void)
{
  const uint8_t *frame;
  struct socket *s;
  unsigned int len;
  uint16_t value;

  wire();
  s = udp_bound(US, 1000);
  memset(g_buf, 0, 2);
  CHECK_EQ(udp_send_to(s, g_buf, 2, PEER, 7), 2);
  frame = wire_next(&g_wire, &len);
  CHECK(frame != NULL);

  /* One's complement: adding the checksum to the data makes it zero */

  memcpy(&value, frame + 14 + 20 + 6, 2);
  memcpy(g_buf, &value, 2);
  CHECK_EQ(udp_send_to(s, g_buf, 2, PEER, 7), 2);
  frame = wire_next(&g_wire, &len);
  CHECK(frame != NULL);
  memcpy(&value, frame + 14 + 20 + 6, 2);
  CHECK_EQ(value, 0xffff);
  psock_close(s);
}

static void refused_sends(void)
{
  static const struct
  {
    uint32_t host;
    uint16_t port;
    size_t len;
    int error;
  } row[] =
  {
    { PEER, 0, 1, -EINVAL },
    { PEER, 7, 65508, -EMSGSIZE },
    { PEER, 7, 70000, -EMSGSIZE },
    { 0xc0a80101, 7, 1, -ENETUNREACH },
    { INADDR_BROADCAST, 7, 1, -EACCES },
    { 0x0a0000ff, 7, 1, -EACCES }
  };
  struct sockaddr_in in = name_of(PEER, 7);
  struct socket *s = udp_open();
  uint64_t frames;
  unsigned int i;

  wire();
  frames = g_wire.total;
  CHECK_EQ(udp_send(s, "x", 1), -EDESTADDRREQ);
  for (i = 0; i < nitems(row); i++)
    {
      CHECK_EQ(udp_send_to(s, g_buf, row[i].len, row[i].host, row[i].port),
               row[i].error);
    }

  CHECK_EQ(psock_sendto(s, "x", 1, MSG_OOB, (struct sockaddr *)&in,
                        sizeof(in)), -EOPNOTSUPP);
  CHECK_EQ(psock_sendto(s, "x", 1, 0, (struct sockaddr *)&in,
                        sizeof(in) - 1), -EINVAL);
  in.sin_family = AF_INET6;
  CHECK_EQ(psock_sendto(s, "x", 1, 0, (struct sockaddr *)&in, sizeof(in)),
           -EAFNOSUPPORT);
  CHECK_EQ(g_wire.total, frames);
  CHECK_EQ(stack_stat("udp.outdatagrams"), 0);
  psock_close(s);
}

static void largest(void)
{
  struct socket *s = udp_open();
  struct socket *r = udp_bound(0x7f000001, 9);
  unsigned int len;

  wire();
  CHECK_EQ(udp_send_to(s, pattern(65507), 65507, PEER, 7), 65507);
  CHECK(wire_next(&g_wire, &len) != NULL);
  wire_flush(&g_wire);
  CHECK_EQ(udp_send_to(s, pattern(65507), 65507, 0x7f000001, 9), 65507);
  stack_sleep(NET_MSEC);
  CHECK_EQ(udp_recv(r, g_buf, sizeof(g_buf), 0), 65507);
  CHECK_EQ(memcmp(g_buf, pattern(65507), 65507), 0);
  psock_close(s);
  psock_close(r);
}

static void path_mtu(void)
{
  struct socket *s = udp_open();
  struct pkt_s pkt;
  int how;

  wire();
  for (how = IP_PMTUDISC_DONT; how <= IP_PMTUDISC_OMIT; how++)
    {
      bool df = how == IP_PMTUDISC_DO || how == IP_PMTUDISC_PROBE;

      CHECK_EQ(udp_set(s, IPPROTO_IP, IP_MTU_DISCOVER, how), 0);
      CHECK_EQ(udp_send_to(s, g_buf, 1472, PEER, 7), 1472);
      CHECK(pkt_next(&g_wire, IPPROTO_UDP, &pkt));
      CHECK_EQ(pkt.df, df || how == IP_PMTUDISC_WANT);
      CHECK_EQ(udp_send_to(s, g_buf, 1473, PEER, 7), df ? -EMSGSIZE : 1473);
      CHECK_EQ(g_wire.tail - g_wire.head, df ? 0 : 2);
      wire_flush(&g_wire);
    }

  psock_close(s);
}

/* In parts of odd lengths, to a flat device and to one that takes chains and
 * completes checksums
 */

static ssize_t send_more(struct socket *s, const void *data, size_t len)
{
  return psock_sendto(s, data, len, MSG_DONTWAIT | MSG_MORE, NULL, 0);
}

static void parts(struct wire_s *w, uint32_t peer)
{
  struct socket *s = udp_open();
  struct pkt_s pkt;

  CHECK_EQ(udp_connect_to(s, peer, 7), 0);
  CHECK_EQ(send_more(s, pattern(1000), 3), 3);
  CHECK_EQ(send_more(s, pattern(1000) + 3, 0), 0);
  CHECK_EQ(send_more(s, pattern(1000) + 3, 500), 500);
  CHECK(!pkt_next(w, IPPROTO_UDP, &pkt));
  CHECK_EQ(udp_send(s, pattern(1000) + 503, 497), 497);
  CHECK(pkt_next(w, IPPROTO_UDP, &pkt));
  CHECK_EQ(pkt.len, 1000);
  CHECK_EQ(memcmp(pkt.data, pattern(1000), 1000), 0);
  CHECK_EQ(send_more(s, "", 0), 0);
  CHECK_EQ(udp_send(s, "", 0), 0);
  CHECK(pkt_next(w, IPPROTO_UDP, &pkt));
  CHECK_EQ(pkt.len, 0);

  CHECK_EQ(udp_set(s, IPPROTO_UDP, UDP_CORK, 1), 0);
  CHECK_EQ(udp_send(s, "one", 3), 3);
  CHECK_EQ(udp_send(s, "two", 3), 3);
  CHECK(!pkt_next(w, IPPROTO_UDP, &pkt));
  w->full = true;
  CHECK_EQ(udp_set(s, IPPROTO_UDP, UDP_CORK, 0), 0);
  CHECK(!pkt_next(w, IPPROTO_UDP, &pkt));
  wire_ready(w);
  stack_sleep(NET_MSEC);
  CHECK(pkt_next(w, IPPROTO_UDP, &pkt));
  CHECK_EQ(pkt.len, 6);
  CHECK_EQ(memcmp(pkt.data, "onetwo", 6), 0);
  psock_close(s);
}

static void written_in_parts(void)
{
  wire();
  parts(&g_wire, PEER);
  wire_create(&g_wire2, "eth%d", 1500, NETDEV_SG | NETDEV_TXCSUM);
  wire_know(&g_wire2, 2);
  parts(&g_wire2, 0x0a000102);
}

/* A part that fails takes the datagram with it; so does the end of the
 * socket
 */

static void parts_fail(void)
{
  struct socket *s = udp_open();
  struct pkt_s pkt;

  wire();
  CHECK_EQ(send_more(s, "x", 1), -EDESTADDRREQ);
  CHECK_EQ(udp_connect_to(s, PEER, 7), 0);
  CHECK_EQ(send_more(s, pattern(40000), 40000), 40000);
  CHECK_EQ(send_more(s, pattern(40000), 25508), -EMSGSIZE);
  CHECK_EQ(udp_send(s, "alone", 5), 5);
  CHECK(pkt_next(&g_wire, IPPROTO_UDP, &pkt));
  CHECK_EQ(pkt.len, 5);
  CHECK_EQ(send_more(s, "x", 1), 1);
  hoard(0);
  CHECK_EQ(send_more(s, pattern(1000), 1000), -EAGAIN);
  unhoard();
  CHECK_EQ(udp_send(s, "y", 1), 1);      /* The first part waited for it */
  CHECK(pkt_next(&g_wire, IPPROTO_UDP, &pkt));
  CHECK_EQ(pkt.len, 2);
  CHECK(memcmp(pkt.data, "xy", 2) == 0);
  kmm_fail(1);
  CHECK_EQ(send_more(s, "x", 1), -ENOBUFS);
  kmm_fail(0);
  CHECK_EQ(udp_set(s, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO), 0);
  CHECK_EQ(send_more(s, g_buf, 1472), 1472);
  CHECK_EQ(udp_send(s, "x", 1), -EMSGSIZE);
  CHECK_EQ(send_more(s, g_buf, 1472), 1472);
  netif_down(g_wire.nif);
  CHECK(udp_send(s, "", 0) < 0);
  CHECK(!pkt_next(&g_wire, IPPROTO_UDP, &pkt));
  psock_close(s);
  s = udp_open();
  CHECK_EQ(udp_connect_to(s, 0x7f000001, 7), 0);
  CHECK_EQ(send_more(s, "x", 1), 1);
  psock_close(s);
}

/* Receiving ****************************************************************/

static void received(void)
{
  struct socket *s = udp_bound(INADDR_ANY, 1000);
  struct sockaddr_in from;
  socklen_t fromlen;
  int value;
  size_t len;

  wire();
  CHECK_EQ(udp_recv(s, g_buf, 10, 0), -EAGAIN);
  CHECK_EQ(udp_events(s), POLLOUT);
  for (len = 0; len <= 1472; len += len < 20 ? 1 : 121)
    {
      udp_arrives(&g_wire, 3, 99, 1000, pattern(len), len);
      CHECK_EQ(udp_events(s), POLLIN | POLLOUT);
      CHECK_EQ(psock_ioctl(s, FIONREAD, (unsigned long)(uintptr_t)&value),
               0);
      CHECK_EQ(value, len);
      memset(&from, 0xff, sizeof(from));
      fromlen = sizeof(from);
      CHECK_EQ(psock_recvfrom(s, g_buf, sizeof(g_buf), MSG_DONTWAIT,
                              (struct sockaddr *)&from, &fromlen), len);
      CHECK_EQ(memcmp(g_buf, pattern(len), len), 0);
      CHECK_EQ(fromlen, sizeof(from));
      CHECK_EQ(from.sin_family, AF_INET);
      CHECK_EQ(ntohl(from.sin_addr.s_addr), 0x0a000003);
      CHECK_EQ(ntohs(from.sin_port), 99);
    }

  CHECK_EQ(udp_events(s), POLLOUT);
  CHECK_EQ(stack_stat("udp.copies_rx"), stack_stat("udp.indatagrams"));
  psock_close(s);
}

/* Too small a buffer, MSG_PEEK, MSG_TRUNC, several in order */

static void cut_and_peeked(void)
{
  struct socket *s = udp_bound(INADDR_ANY, 1000);
  struct iovec iov = { g_buf, 4 };
  struct msghdr msg;

  wire();
  udp_arrives(&g_wire, 2, 99, 1000, "first one", 9);
  udp_arrives(&g_wire, 2, 99, 1000, "2nd", 3);
  CHECK_EQ(udp_recv(s, g_buf, 100, MSG_PEEK), 9);
  CHECK_EQ(udp_recv(s, g_buf, 0, MSG_PEEK | MSG_TRUNC), 9);
  memset(&msg, 0, sizeof(msg));
  msg.msg_iov = &iov;
  msg.msg_iovlen = 1;
  CHECK_EQ(psock_recvmsg(s, &msg, MSG_PEEK | MSG_DONTWAIT), 4);
  CHECK_EQ(msg.msg_flags, MSG_TRUNC);
  CHECK_EQ(psock_recvmsg(s, &msg, MSG_TRUNC | MSG_DONTWAIT), 9);
  CHECK_EQ(msg.msg_flags, MSG_TRUNC);
  CHECK_EQ(memcmp(g_buf, "firs", 4), 0);
  CHECK_EQ(psock_recvmsg(s, &msg, MSG_DONTWAIT), 3);
  CHECK_EQ(msg.msg_flags, 0);
  CHECK_EQ(udp_recv(s, g_buf, 100, 0), -EAGAIN);
  psock_close(s);
}

/* Frames with one thing wrong in them */

static void malformed(void)
{
  static const struct
  {
    const char *counter;             /* NULL: it is delivered */
    int length;                      /* Of the header; -1: right */
    int csum;                        /* -1: right; -2: wrong */
    int result;                      /* What is read */
  } row[] =
  {
    { NULL, -1, -1, 10 },
    { NULL, -1, 0, 10 },             /* No checksum */
    { "udp.incsumerrors", -1, -2, -EAGAIN },
    { "udp.intruncated", 0, 0, -EAGAIN },
    { "udp.intruncated", 7, 0, -EAGAIN },
    { "udp.intruncated", 19, 0, -EAGAIN },
    { "udp.intruncated", 65535, 0, -EAGAIN },
    { NULL, 17, 0, 9 },              /* Bytes behind it: padding */
    { NULL, 8, 0, 0 }
  };
  struct socket *s = udp_bound(INADDR_ANY, 1000);
  uint8_t frame[100];
  struct pkt_s pkt;
  unsigned int i;
  unsigned int len;

  wire();
  for (i = 0; i < nitems(row); i++)
    {
      uint64_t before = row[i].counter ? stack_stat(row[i].counter) : 0;
      uint64_t errors = stack_stat("udp.inerrors");

      memset(&pkt, 0, sizeof(pkt));
      pkt_from(&g_wire, 2, &pkt);
      pkt.proto = IPPROTO_UDP;
      pkt.sport = 99;
      pkt.dport = 1000;
      pkt.data  = pattern(10);
      pkt.len   = 10;
      len = pkt_write(&pkt, frame);
      if (row[i].length >= 0)
        {
          frame[38] = row[i].length >> 8;
          frame[39] = row[i].length;
        }

      if (row[i].csum == 0)
        {
          frame[40] = 0;
          frame[41] = 0;
        }
      else if (row[i].csum == -2)
        {
          frame[41] ^= 1;
        }

      wire_rx(&g_wire, frame, len);
      CHECK_EQ(udp_recv(s, g_buf, 100, 0), row[i].result);
      if (row[i].counter != NULL)
        {
          CHECK_EQ(stack_stat(row[i].counter), before + 1);
          CHECK_EQ(stack_stat("udp.inerrors"), errors + 1);
        }
    }

  /* An IP packet that ends inside the UDP header */

  pkt.len = 0;
  len = pkt_write(&pkt, frame);
  frame[17] = 27;
  frame[25] ^= 0;
  wire_rx(&g_wire, frame, len);
  CHECK_EQ(udp_recv(s, g_buf, 100, 0), -EAGAIN);
  CHECK(!pkt_next(&g_wire, IPPROTO_ICMP, &pkt));
  psock_close(s);
}

/* Every single flipped bit of a datagram is noticed, or is not UDP's */

static void flipped_bits(void)
{
  struct socket *s = udp_bound(INADDR_ANY, 1000);
  uint8_t frame[100];
  struct pkt_s pkt;
  unsigned int len;
  unsigned int bit;

  wire();
  memset(&pkt, 0, sizeof(pkt));
  pkt_from(&g_wire, 2, &pkt);
  pkt.proto = IPPROTO_UDP;
  pkt.sport = 99;
  pkt.dport = 1000;
  pkt.data  = pattern(21);
  pkt.len   = 21;
  len = pkt_write(&pkt, frame);
  for (bit = 34 * 8; bit < len * 8; bit++)
    {
      frame[bit / 8] ^= 1 << bit % 8;
      wire_rx(&g_wire, frame, len);
      CHECK_EQ(udp_recv(s, g_buf, 100, 0), -EAGAIN);
      frame[bit / 8] ^= 1 << bit % 8;
    }

  CHECK_EQ(stack_stat("udp.inerrors"), (len - 34) * 8);
  CHECK_EQ(stack_stat("udp.noports"), 0);
  wire_rx(&g_wire, frame, len);
  CHECK_EQ(udp_recv(s, g_buf, 100, 0), 21);
  psock_close(s);
}

/* Nobody is there: the sender is told, but not if it went to many */

static void no_port(void)
{
  struct socket *other = udp_bound(0x7f000001, 1000);
  struct pkt_s pkt;

  wire();
  udp_arrives(&g_wire, 2, 99, 1000, "hello", 5);
  CHECK(pkt_next(&g_wire, IPPROTO_ICMP, &pkt));
  CHECK_EQ(pkt.type, 3);
  CHECK_EQ(pkt.code, 3);
  CHECK_EQ(pkt.dst, PEER);
  CHECK_EQ(pkt.len, 20 + 8 + 5);
  CHECK_EQ(memcmp(pkt.data + 28, "hello", 5), 0);
  CHECK_EQ(stack_stat("udp.noports"), 1);
  udp_arrives_at(&g_wire, 0x0a0000ff, 1000, "hello", 5);
  udp_arrives_at(&g_wire, INADDR_BROADCAST, 1000, "hello", 5);
  udp_arrives_at(&g_wire, 0xe0000001, 1000, "hello", 5);
  CHECK(!pkt_next(&g_wire, IPPROTO_ICMP, &pkt));
  CHECK_EQ(stack_stat("udp.ignoredmulti"), 3);
  psock_close(other);
}

/* Peers ********************************************************************/

static void connected(void)
{
  struct socket *s = udp_bound(INADDR_ANY, 1000);
  struct sockaddr unspec = { .sa_family = AF_UNSPEC };
  struct sockaddr_in in;
  socklen_t len = sizeof(in);
  struct pkt_s pkt;

  wire();
  CHECK_EQ(psock_getpeername(s, (struct sockaddr *)&in, &len), -ENOTCONN);
  CHECK_EQ(udp_connect_to(s, PEER, 99), 0);
  CHECK_EQ(psock_getsockname(s, (struct sockaddr *)&in, &len), 0);
  CHECK_EQ(ntohl(in.sin_addr.s_addr), US);
  CHECK_EQ(psock_getpeername(s, (struct sockaddr *)&in, &len), 0);
  CHECK_EQ(ntohl(in.sin_addr.s_addr), PEER);
  CHECK_EQ(ntohs(in.sin_port), 99);
  CHECK_EQ(udp_send(s, "x", 1), 1);
  CHECK(pkt_next(&g_wire, IPPROTO_UDP, &pkt));
  CHECK_EQ(pkt.dport, 99);

  /* Others have nobody to talk to; the peer has */

  udp_arrives(&g_wire, 2, 98, 1000, "no", 2);
  udp_arrives(&g_wire, 3, 99, 1000, "no", 2);
  CHECK_EQ(stack_stat("udp.noports"), 2);
  udp_arrives(&g_wire, 2, 99, 1000, "yes", 3);
  CHECK_EQ(udp_recv(s, g_buf, 100, 0), 3);

  /* Another peer, then none: port 1000 was chosen and stays */

  CHECK_EQ(udp_connect_to(s, PEER, 98), 0);
  udp_arrives(&g_wire, 2, 99, 1000, "no", 2);
  udp_arrives(&g_wire, 2, 98, 1000, "again", 5);
  CHECK_EQ(udp_recv(s, g_buf, 100, 0), 5);
  CHECK_EQ(psock_connect(s, &unspec, sizeof(unspec), 0), 0);
  CHECK_EQ(udp_send(s, "x", 1), -EDESTADDRREQ);
  CHECK_EQ(psock_getsockname(s, (struct sockaddr *)&in, &len), 0);
  CHECK_EQ(in.sin_addr.s_addr, 0);
  CHECK_EQ(ntohs(in.sin_port), 1000);
  udp_arrives(&g_wire, 3, 9, 1000, "from all", 8);
  CHECK_EQ(udp_recv(s, g_buf, 100, 0), 8);
  psock_close(s);
}

static void connects_refused(void)
{
  struct socket *s = udp_open();
  struct sockaddr_in in = name_of(PEER, 7);

  wire();
  CHECK_EQ(udp_connect_to(s, 0xc0a80101, 7), -ENETUNREACH);
  CHECK_EQ(udp_connect_to(s, 0x0a0000ff, 7), -EACCES);
  CHECK_EQ(psock_connect(s, (struct sockaddr *)&in, 8, 0), -EINVAL);
  in.sin_family = AF_INET6;
  CHECK_EQ(psock_connect(s, (struct sockaddr *)&in, sizeof(in), 0),
           -EAFNOSUPPORT);
  CHECK_EQ(udp_send(s, "x", 1), -EDESTADDRREQ);

  /* A failed one leaves the earlier peer as it was */

  CHECK_EQ(udp_connect_to(s, PEER, 7), 0);
  CHECK_EQ(udp_connect_to(s, 0xc0a80101, 7), -ENETUNREACH);
  CHECK_EQ(udp_send(s, "x", 1), 1);
  udp_arrives(&g_wire, 2, 7, udp_port(s), "yes", 3);
  CHECK_EQ(udp_recv(s, g_buf, 100, 0), 3);
  CHECK_EQ(psock_listen(s, 1), -EOPNOTSUPP);
  psock_close(s);
}

/* ICMP about our datagrams *************************************************/

/* The datagram that the wire saw last comes back in an ICMP message */

static void icmp_about(const struct pkt_s *sent_pkt, uint8_t type,
                       uint8_t code, uint32_t info)
{
  uint8_t frame[200];
  struct pkt_s icmp;
  struct pkt_s quote = *sent_pkt;

  pkt_write(&quote, frame);
  memset(&icmp, 0, sizeof(icmp));
  pkt_from(&g_wire, 2, &icmp);
  icmp.proto = IPPROTO_ICMP;
  icmp.type  = type;
  icmp.code  = code;
  icmp.info  = info;
  icmp.data  = frame + 14;
  icmp.len   = 20 + 8 + sent_pkt->len;
  pkt_rx(&g_wire, &icmp);
}

static void port_unreachable(void)
{
  struct socket *s = udp_open();
  struct pkt_s pkt;

  wire();

  /* Without a peer nobody is told */

  CHECK_EQ(udp_send_to(s, "hello", 5, PEER, 7), 5);
  CHECK(pkt_next(&g_wire, IPPROTO_UDP, &pkt));
  icmp_about(&pkt, 3, 3, 0);
  CHECK_EQ(udp_events(s), POLLOUT);
  CHECK_EQ(udp_recv(s, g_buf, 10, 0), -EAGAIN);

  /* With one: once, by the next call, whichever it is */

  CHECK_EQ(udp_connect_to(s, PEER, 7), 0);
  CHECK_EQ(udp_send(s, "hello", 5), 5);
  CHECK(pkt_next(&g_wire, IPPROTO_UDP, &pkt));
  icmp_about(&pkt, 3, 3, 0);
  CHECK_EQ(udp_events(s), POLLOUT | POLLERR);
  CHECK_EQ(udp_recv(s, g_buf, 10, 0), -ECONNREFUSED);
  CHECK_EQ(udp_recv(s, g_buf, 10, 0), -EAGAIN);
  icmp_about(&pkt, 3, 3, 0);
  CHECK_EQ(udp_send(s, "hello", 5), -ECONNREFUSED);
  CHECK_EQ(udp_send(s, "hello", 5), 5);

  /* What may pass is not told: net unreachable, TTL exceeded */

  icmp_about(&pkt, 3, 0, 0);
  icmp_about(&pkt, 11, 0, 0);
  CHECK_EQ(udp_events(s), POLLOUT);

  /* Nor what is about somebody else's */

  pkt.sport++;
  icmp_about(&pkt, 3, 3, 0);
  CHECK_EQ(udp_events(s), POLLOUT);
  CHECK_EQ(stack_stat("udp.icmpnoport"), 1);
  psock_close(s);
}

static void fragmentation_needed(void)
{
  struct socket *s = udp_open();
  struct pkt_s pkt;
  int mtu;
  socklen_t len = sizeof(mtu);

  wire();
  CHECK_EQ(udp_connect_to(s, PEER, 7), 0);
  CHECK_EQ(udp_set(s, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO), 0);
  CHECK_EQ(udp_send(s, g_buf, 100), 100);
  CHECK(pkt_next(&g_wire, IPPROTO_UDP, &pkt));
  icmp_about(&pkt, 3, 4, 600);
  CHECK_EQ(udp_recv(s, g_buf, 10, 0), -EMSGSIZE);
  CHECK_EQ(psock_getsockopt(s, IPPROTO_IP, IP_MTU, &mtu, &len), 0);
  CHECK_EQ(mtu, 600);
  CHECK_EQ(udp_send(s, g_buf, 573), -EMSGSIZE);
  CHECK_EQ(udp_send(s, g_buf, 572), 572);
  psock_close(s);
}

/* Many *********************************************************************/

static void broadcast(void)
{
  struct socket *s[4];
  struct pkt_s pkt;
  unsigned int i;

  wire();
  for (i = 0; i < 4; i++)
    {
      s[i] = udp_open();
      CHECK_EQ(udp_set(s[i], SOL_SOCKET, SO_REUSEADDR, 1), 0);
      CHECK_EQ(udp_bind_to(s[i], i == 3 ? 0x7f000001 : INADDR_ANY, 1000), 0);
    }

  CHECK_EQ(udp_connect_to(s[2], PEER, 8), 0);  /* Another peer: not for it */
  udp_arrives_at(&g_wire, INADDR_BROADCAST, 1000, pattern(600), 600);
  udp_arrives_at(&g_wire, 0x0a0000ff, 1000, NULL, 0);
  for (i = 0; i < 2; i++)
    {
      CHECK_EQ(udp_recv(s[i], g_buf, 1000, 0), 600);
      CHECK_EQ(memcmp(g_buf, pattern(600), 600), 0);
      CHECK_EQ(udp_recv(s[i], g_buf, 1000, 0), 0);
    }

  CHECK_EQ(udp_recv(s[2], g_buf, 1000, 0), -EAGAIN);
  CHECK_EQ(udp_recv(s[3], g_buf, 1000, 0), -EAGAIN);

  CHECK_EQ(udp_send_to(s[0], "x", 1, 0x0a0000ff, 7), -EACCES);
  CHECK_EQ(udp_set(s[0], SOL_SOCKET, SO_BROADCAST, 1), 0);
  CHECK_EQ(udp_send_to(s[0], "x", 1, 0x0a0000ff, 7), 1);
  CHECK(pkt_next(&g_wire, IPPROTO_UDP, &pkt));
  CHECK_EQ(memcmp(pkt.dmac, "\xff\xff\xff\xff\xff\xff", 6), 0);
  CHECK_EQ(pkt.dst, 0x0a0000ff);
  CHECK_EQ(pkt.src, US);
  for (i = 0; i < 4; i++)
    {
      psock_close(s[i]);
    }
}

/* Each reader has its own view: what one has read does not free it */

static void shared_by_many(void)
{
  struct socket *s[100];
  struct iob_info_s before;
  struct iob_info_s after;
  unsigned int i;

  wire();
  for (i = 0; i < 100; i++)
    {
      s[i] = udp_open();
      CHECK_EQ(udp_set(s[i], SOL_SOCKET, SO_REUSEADDR, 1), 0);
      CHECK_EQ(udp_bind_to(s[i], INADDR_ANY, 1000), 0);
    }

  iob_getinfo(&before);
  udp_arrives_at(&g_wire, INADDR_BROADCAST, 1000, pattern(1000), 1000);
  iob_getinfo(&after);
  CHECK_EQ(after.nalloc - before.nalloc, 1);   /* The frame itself */
  CHECK(after.used - before.used < 2048);
  for (i = 0; i < 100; i++)
    {
      if (i % 3 == 0)
        {
          psock_close(s[i]);
          continue;
        }

      CHECK_EQ(udp_recv(s[i], g_buf, 2000, 0), 1000);
      CHECK_EQ(memcmp(g_buf, pattern(1000), 1000), 0);
      psock_close(s[i]);
    }
}

/* One byte each in large buffers: every reader is charged for all of what it
 * keeps, though the others keep it, too.
 */

static void shared_is_charged(void)
{
  struct socket *s[2];
  uint8_t frame[1514];
  struct pkt_s pkt;
  unsigned int n = 0;
  unsigned int i;

  wire();
  for (i = 0; i < 2; i++)
    {
      s[i] = udp_open();
      CHECK_EQ(udp_set(s[i], SOL_SOCKET, SO_REUSEADDR, 1), 0);
      CHECK_EQ(udp_bind_to(s[i], INADDR_ANY, 1000), 0);
      s[i]->s_conn->rcvbuf = 40000;
    }

  memset(&pkt, 0, sizeof(pkt));
  pkt_from(&g_wire, 2, &pkt);
  memset(pkt.dmac, 0xff, 6);
  pkt.dst   = INADDR_BROADCAST;
  pkt.proto = IPPROTO_UDP;
  pkt.sport = 99;
  pkt.dport = 1000;
  pkt.data  = (const uint8_t *)"x";
  pkt.len   = 1;
  memset(frame, 0, sizeof(frame));
  pkt_write(&pkt, frame);
  for (i = 0; i < 200; i++)
    {
      wire_rx(&g_wire, frame, sizeof(frame));
    }

  while (udp_recv(s[0], g_buf, 10, 0) == 1)
    {
      n++;
    }

  CHECK(n >= 20 && n <= 40000 / 1514);
  psock_close(s[0]);
  psock_close(s[1]);
}

/* Limits *******************************************************************/

/* A thousand tiny datagrams are charged for the large buffers they hold */

static void reader_does_not_read(void)
{
  struct socket *s = udp_bound(INADDR_ANY, 1000);
  uint8_t frame[1514];
  struct pkt_s pkt;
  struct iob_info_s before;
  struct iob_info_s after;
  unsigned int n = 0;
  unsigned int i;

  wire();
  CHECK_EQ(udp_set(s, SOL_SOCKET, SO_RCVBUF, 40000), 0);
  memset(&pkt, 0, sizeof(pkt));
  pkt_from(&g_wire, 2, &pkt);
  pkt.proto = IPPROTO_UDP;
  pkt.sport = 99;
  pkt.dport = 1000;
  pkt.data  = (const uint8_t *)"x";
  pkt.len   = 1;
  memset(frame, 0, sizeof(frame));
  pkt_write(&pkt, frame);
  iob_getinfo(&before);
  for (i = 0; i < 1000; i++)
    {
      wire_rx(&g_wire, frame, sizeof(frame));
    }

  iob_getinfo(&after);
  CHECK(after.used - before.used <= s->s_conn->rcvbuf);
  while (udp_recv(s, g_buf, 10, 0) == 1)
    {
      n++;
    }

  CHECK(n >= 20 && n < 1000);
  CHECK_EQ(stack_stat("udp.indatagrams"), n);
  CHECK_EQ(stack_stat("udp.rcvbuferrors"), 1000 - n);
  CHECK_EQ(stack_stat("udp.inerrors"), 1000 - n);

  /* One is always let in */

  s->s_conn->rcvbuf = 1;
  udp_arrives(&g_wire, 2, 99, 1000, pattern(1400), 1400);
  udp_arrives(&g_wire, 2, 99, 1000, "x", 1);
  CHECK_EQ(udp_recv(s, g_buf, 2000, 0), 1400);
  CHECK_EQ(udp_recv(s, g_buf, 2000, 0), -EAGAIN);
  psock_close(s);
}

/* A vector may have empty pieces anywhere */

static void empty_pieces(void)
{
  struct socket *s = udp_bound(INADDR_ANY, 1000);
  char got[4];
  struct iovec iov[5] =
  {
    { NULL, 0 }, { got, 2 }, { NULL, 0 }, { got + 2, 2 }, { NULL, 0 }
  };

  struct msghdr msg;

  wire();
  udp_arrives(&g_wire, 2, 99, 1000, "abcd", 4);
  memset(&msg, 0, sizeof(msg));
  msg.msg_iov    = iov;
  msg.msg_iovlen = 5;
  CHECK_EQ(psock_recvmsg(s, &msg, MSG_DONTWAIT), 4);
  CHECK_EQ(memcmp(got, "abcd", 4), 0);
  psock_close(s);
}

/* What was read makes room again, also while there is always another one */

static void read_and_refilled(void)
{
  struct socket *s = udp_bound(INADDR_ANY, 1000);
  unsigned int i;

  wire();
  s->s_conn->rcvbuf = 8000;
  udp_arrives(&g_wire, 2, 99, 1000, pattern(1000), 1000);
  for (i = 0; i < 40; i++)
    {
      udp_arrives(&g_wire, 2, 99, 1000, pattern(1000), 1000);
      CHECK_EQ(udp_recv(s, g_buf, 2000, 0), 1000);
    }

  CHECK_EQ(udp_recv(s, g_buf, 2000, 0), 1000);
  CHECK_EQ(stack_stat("udp.rcvbuferrors"), 0);
  psock_close(s);
}

static void device_full(void)
{
  struct socket *s = udp_open();
  struct pkt_s pkt;
  uint32_t value;
  uint32_t n = 0;
  uint32_t i;
  int charged;

  wire();
  CHECK_EQ(udp_connect_to(s, PEER, 7), 0);
  s->s_conn->sndbuf = 20000;
  g_wire.full = true;
  while (udp_send(s, &n, sizeof(n)) == sizeof(n))
    {
      n++;
    }

  CHECK_EQ(udp_send(s, &n, sizeof(n)), -EAGAIN);
  CHECK_EQ(udp_events(s), 0);
  CHECK_EQ(psock_ioctl(s, TIOCOUTQ, (unsigned long)(uintptr_t)&charged), 0);
  CHECK(charged >= 20000 && charged < 20000 + 2048);
  CHECK(n > 20 && n < 300);
  CHECK_EQ(g_wire.tail - g_wire.head, 0);

  /* In order, all of them, and then the next one */

  wire_ready(&g_wire);
  stack_sleep(NET_MSEC);
  CHECK_EQ(udp_events(s), POLLOUT);
  CHECK_EQ(udp_send(s, &n, sizeof(n)), sizeof(n));
  for (i = 0; i <= n; i++)
    {
      CHECK(pkt_next(&g_wire, IPPROTO_UDP, &pkt));
      CHECK_EQ(pkt.len, sizeof(value));
      memcpy(&value, pkt.data, sizeof(value));
      CHECK_EQ(value, i);
    }

  CHECK_EQ(stack_stat("udp.outqueued"), n);
  CHECK_EQ(stack_stat("udp.outdatagrams"), n + 1);
  psock_close(s);
}

/* A task that waits in send() goes on when there is room */

static void blocked_writer(void *arg)
{
  struct socket *s = arg;
  uint32_t i;

  for (i = 0; i < 300; i++)
    {
      CHECK_EQ(psock_sendto(s, g_buf, 1000, 0, NULL, 0), 1000);
    }
}

static void writer_waits(void)
{
  struct socket *s = udp_open();
  int pid;

  wire();
  CHECK_EQ(udp_connect_to(s, PEER, 7), 0);
  s->s_conn->sndbuf = 20000;
  g_wire.full = true;
  pid = stack_task("writer", blocked_writer, s);
  stack_sleep(NET_MSEC);
  CHECK_EQ(g_wire.tail - g_wire.head, 0);
  wire_ready(&g_wire);
  stack_join(pid);
  stack_sleep(NET_MSEC);
  CHECK_EQ(g_wire.tail - g_wire.head, 300);
  psock_close(s);
}

/* Closed while datagrams wait: they are sent all the same */

static void closed_before_sent(void)
{
  struct socket *s = udp_open();
  struct kmm_info_s before;
  struct kmm_info_s after;
  struct socket *again;
  struct pkt_s pkt;
  uint16_t port;
  unsigned int i;

  psock_close(s);
  wire();
  s = udp_open();
  CHECK_EQ(udp_connect_to(s, PEER, 7), 0);
  CHECK_EQ(udp_send(s, "x", 1), 1);
  psock_close(s);
  wire_flush(&g_wire);
  kmm_getinfo(&before);
  s = udp_open();
  g_wire.full = true;
  CHECK_EQ(udp_connect_to(s, PEER, 7), 0);
  port = udp_port(s);
  for (i = 0; i < 10; i++)
    {
      CHECK_EQ(udp_send(s, "x", 1), 1);
    }

  psock_close(s);
  CHECK_EQ(conn_count(), 0);
  again = udp_bound(INADDR_ANY, port);   /* The port is free */
  wire_ready(&g_wire);
  stack_sleep(NET_MSEC);
  for (i = 0; i < 10; i++)
    {
      CHECK(pkt_next(&g_wire, IPPROTO_UDP, &pkt));
      CHECK_EQ(pkt.sport, port);
    }

  psock_close(again);
  kmm_getinfo(&after);
  CHECK_EQ(after.nblocks, before.nblocks);

  /* Or they never can be: nothing is left of them at the end */

  s = udp_open();
  g_wire.full = true;
  CHECK_EQ(udp_send_to(s, "x", 1, PEER, 7), 1);
  psock_close(s);
}

static void interface_goes_down(void)
{
  struct socket *s = udp_open();
  struct socket *closed = udp_open();

  wire();
  g_wire.full = true;
  CHECK_EQ(udp_send_to(s, "x", 1, PEER, 7), 1);
  CHECK_EQ(udp_send_to(s, "y", 1, PEER, 7), 1);
  CHECK_EQ(udp_send_to(closed, "z", 1, PEER, 7), 1);
  psock_close(closed);
  netif_down(g_wire.nif);
  stack_sleep(NET_MSEC);
  CHECK_EQ(stack_stat("udp.sndbuferrors"), 3);
  CHECK_EQ(stack_stat("udp.outdatagrams"), 0);
  CHECK(udp_send_to(s, "x", 1, PEER, 7) < 0);
  CHECK_EQ(udp_events(s), POLLOUT);
  g_wire.full = false;
  CHECK_EQ(netif_up(g_wire.nif), 0);
  stack_sleep(10 * NET_SEC);
  wire_know(&g_wire, 2);
  wire_flush(&g_wire);
  CHECK_EQ(udp_send_to(s, "x", 1, PEER, 7), 1);
  CHECK_EQ(g_wire.tail - g_wire.head, 1);
  psock_close(s);
}

/* The pool is empty.  Who does not wait is told so, and when to come again:
 * not before there is memory, and then at once.
 */

static void no_buffers(void)
{
  struct socket *s = udp_bound(INADDR_ANY, 1000);

  wire();
  CHECK_EQ(udp_connect_to(s, PEER, 7), 0);
  hoard(0);
  CHECK_EQ(udp_send(s, g_buf, 1000), -EAGAIN);
  CHECK_EQ(udp_events(s), 0);
  g_wire.full = true;
  CHECK_EQ(udp_send(s, g_buf, 1000), -EAGAIN);
  g_wire.full = false;
  CHECK_EQ(stack_stat("udp.sndbuferrors"), 0);
  CHECK_EQ(stack_stat("udp.outwaited"), 2);
  stack_sleep(10 * NET_SEC);
  CHECK_EQ(stack_stat("link.memtries"), 0);
  CHECK_EQ(udp_events(s), 0);
  unhoard();
  stack_sleep(1);
  CHECK_EQ(stack_stat("link.memtries"), 1);
  CHECK_EQ(udp_events(s), POLLOUT);
  CHECK_EQ(g_wire.dev.d_reserved, 0);
  CHECK_EQ(udp_send(s, g_buf, 1000), 1000);
  psock_close(s);
}

/* Who waits is woken by the memory, or when his time is over; one that is
 * closed meanwhile leaves nothing behind.
 */

#define WRITERS 8

static struct socket *g_writer[WRITERS];
static ssize_t g_written[WRITERS];
static nettime_t g_written_at[WRITERS];

static void writer(void *arg)
{
  struct socket **s = arg;
  char data[1000] = "";

  g_written[s - g_writer] = psock_sendto(*s, data, sizeof(data), 0, NULL, 0);
  g_written_at[s - g_writer] = clock_systime_ns();
}

static void writers_wait_for_memory(void)
{
  struct timeval tv = { 2, 0 };
  nettime_t start;
  nettime_t freed;
  int pid[WRITERS];
  unsigned int i;

  wire();
  for (i = 0; i < WRITERS; i++)
    {
      g_writer[i] = udp_open();
      CHECK_EQ(udp_connect_to(g_writer[i], PEER, 7), 0);
    }

  CHECK_EQ(psock_setsockopt(g_writer[0], SOL_SOCKET, SO_SNDTIMEO, &tv,
                            sizeof(tv)), 0);
  hoard(0);
  start = clock_systime_ns();
  for (i = 0; i < WRITERS; i++)
    {
      pid[i] = stack_task("writer", writer, &g_writer[i]);
    }

  stack_sleep(5 * NET_SEC);
  CHECK_EQ(g_written[0], -EAGAIN);
  CHECK_EQ(g_written_at[0] - start, 2 * NET_SEC);
  CHECK_EQ(stack_stat("link.memwaits"), WRITERS);
  CHECK_EQ(stack_stat("link.memtries"), 0);
  freed = clock_systime_ns();
  unhoard();
  stack_sleep(1);
  for (i = 1; i < WRITERS; i++)
    {
      CHECK_EQ(g_written[i], 1000);
      CHECK_EQ(g_written_at[i], freed);
    }

  CHECK_EQ(stack_stat("udp.outdatagrams"), WRITERS - 1);
  for (i = 0; i < WRITERS; i++)
    {
      stack_join(pid[i]);
    }

  hoard(0);
  CHECK_EQ(udp_send(g_writer[1], g_buf, 1000), -EAGAIN);
  psock_close(g_writer[1]);
  unhoard();
  g_writer[1] = g_writer[WRITERS - 1];
  for (i = 0; i < WRITERS - 1; i++)
    {
      psock_close(g_writer[i]);
    }
}

/* One waits for memory on a socket through which another sends: what becomes
 * of that one's datagram, an error, a small one that finds memory, a large
 * one that never will, or one that waits as well, the first is not forgotten.
 */

static ssize_t beside_a_writer(uint32_t to, size_t len, int flags)
{
  struct sockaddr_in sa = name_of(to, 7);
  struct iob_s *little = iob_tryalloc_contig(256, 0, IOB_CLASS_TX);
  nettime_t freed;
  ssize_t ret;
  int pid;

  g_writer[0] = udp_open();
  CHECK_EQ(udp_connect_to(g_writer[0], PEER, 7), 0);
  hoard(0);
  iob_free(little);
  g_written[0] = 1;
  pid = stack_task("writer", writer, &g_writer[0]);
  stack_sleep(NET_SEC);
  CHECK_EQ(g_written[0], 1);
  ret = psock_sendto(g_writer[0], g_buf, len, MSG_DONTWAIT | flags,
                     (struct sockaddr *)&sa, sizeof(sa));
  stack_sleep(NET_SEC);
  CHECK_EQ(g_written[0], 1);
  CHECK_EQ(udp_events(g_writer[0]), 0);
  freed = clock_systime_ns();
  unhoard();
  stack_sleep(1);
  CHECK_EQ(g_written[0], 1000);
  CHECK_EQ(g_written_at[0], freed);
  CHECK_EQ(udp_events(g_writer[0]), POLLOUT);
  stack_join(pid);
  psock_close(g_writer[0]);
  return ret;
}

static void another_sends_beside_a_writer_who_waits(void)
{
  wire();
  CHECK_EQ(beside_a_writer(INADDR_BROADCAST, 10, 0), -EACCES);
  CHECK_EQ(beside_a_writer(INADDR_BROADCAST, 10, MSG_MORE), -EACCES);
  CHECK_EQ(beside_a_writer(PEER, 10, 0), 10);
  CHECK_EQ(beside_a_writer(PEER, 60000, 0), -EAGAIN);
}

/* Little memory, which small datagrams of others take whenever some is given
 * back: a large one gets what it needs, too, after a few of them.
 */

#define SMALL_ONES 4
#define LARGE      12000

static struct socket *g_sender[SMALL_ONES];
static struct socket *g_large;
static unsigned int g_small_sent;
static unsigned int g_passed;
static ssize_t g_large_sent;
static bool g_over;

static void sends_small_ones(void *arg)
{
  struct socket **s = arg;

  while (!g_over && psock_sendto(*s, g_buf, 1000, 0, NULL, 0) == 1000)
    {
      g_small_sent++;
    }
}

static void sends_a_large_one(void *arg)
{
  unsigned int before = g_small_sent;

  g_large_sent = psock_sendto(g_large, g_buf, *(size_t *)arg, 0, NULL, 0);
  g_passed = g_small_sent - before;
}

static struct socket *to_peer(void)
{
  struct socket *s = udp_open();

  CHECK_EQ(udp_connect_to(s, PEER, 7), 0);
  return s;
}

/* Memory for a large datagram, or for as many small ones as there are now */

static void small_ones_begin(int pid[SMALL_ONES])
{
  unsigned int i;

  wire_create(&g_wire, "eth%d", 20000, 0);
  wire_know(&g_wire, 2);
  g_wire.hold  = true;
  g_over       = false;
  g_small_sent = 0;
  g_large_sent = 0;
  g_large      = to_peer();
  hoard(8);
  for (i = 0; i < SMALL_ONES; i++)
    {
      g_sender[i] = to_peer();
      pid[i] = stack_task("small", sends_small_ones, &g_sender[i]);
    }

  stack_sleep(NET_MSEC);
  CHECK(g_wire.nheld >= 8);
}

static void device_sends(unsigned int n)
{
  wire_done(&g_wire, n);
  stack_sleep(NET_MSEC);
}

static void small_ones_end(int pid[SMALL_ONES])
{
  unsigned int i;

  g_over = true;
  g_wire.hold = false;
  wire_done(&g_wire, WIRE_MAX);
  unhoard();
  for (i = 0; i < SMALL_ONES; i++)
    {
      stack_join(pid[i]);
      psock_close(g_sender[i]);
    }
}

static void a_large_one_among_small_ones(void)
{
  int pid[SMALL_ONES];
  size_t len = LARGE;
  unsigned int before;
  unsigned int i;
  int large;

  small_ones_begin(pid);
  large = stack_task("large", sends_a_large_one, &len);
  for (i = 0; i < 200 && g_large_sent == 0; i++)
    {
      device_sends(1);
    }

  CHECK_EQ(g_large_sent, LARGE);
  CHECK(g_passed >= 8 && g_passed < 40);
  CHECK_EQ(stack_stat("link.memturns"), 1);
  CHECK_EQ(stack_stat("link.memturnsover"), 0);

  /* The others go on */

  before = g_small_sent;
  for (i = 0; i < 100; i++)
    {
      device_sends(1);
    }

  CHECK(g_small_sent - before > 50);
  CHECK_EQ(g_wire.damaged, 0);
  small_ones_end(pid);
  stack_join(large);
  psock_close(g_large);
}

/* Nobody waits for one that wants what others than datagrams have.  It gets
 * it when they give it back.
 */

static void a_turn_that_does_not_help(void)
{
  int pid[SMALL_ONES];
  size_t len = 60000;
  unsigned int before;
  unsigned int i;
  int large;

  small_ones_begin(pid);
  large = stack_task("large", sends_a_large_one, &len);
  before = g_small_sent;
  for (i = 0; i < 200; i++)
    {
      device_sends(1);
    }

  CHECK(g_small_sent - before > 150);
  CHECK_EQ(g_large_sent, 0);
  CHECK_EQ(stack_stat("link.memturns"), 0);
  g_over = true;                     /* There would be no end to them now */
  unhoard();
  stack_sleep(NET_MSEC);
  CHECK_EQ(g_large_sent, 60000);
  small_ones_end(pid);
  stack_join(large);
  psock_close(g_large);
}

/* Or for one that could have had it, and now others took it */

static void a_turn_that_helps_no_more(void)
{
  struct iob_s *taken;
  int pid[SMALL_ONES];
  unsigned int sent;
  unsigned int i;

  small_ones_begin(pid);
  CHECK_EQ(udp_send(g_large, g_buf, LARGE), -EAGAIN);
  for (i = 0; i < 200 && stack_stat("link.memturns") == 0; i++)
    {
      device_sends(1);
    }

  device_sends(9);
  sent  = g_small_sent;
  taken = iob_tryalloc_contig(9500, 0, IOB_CLASS_RX);
  CHECK(taken != NULL);
  device_sends(1);
  CHECK(g_small_sent > sent);
  CHECK_EQ(stack_stat("link.memturnsover"), 0);
  iob_free_chain(taken);
  small_ones_end(pid);
  psock_close(g_large);
}

/* Until it is somebody's turn; he does not come when he is told */

static void somebodys_turn(int pid[SMALL_ONES])
{
  unsigned int i;

  small_ones_begin(pid);
  CHECK_EQ(udp_send(g_large, g_buf, LARGE), -EAGAIN);
  for (i = 0; i < 200 && (udp_events(g_large) & POLLOUT) == 0; i++)
    {
      device_sends(1);
    }

  CHECK_EQ(udp_events(g_large), POLLOUT);
  CHECK_EQ(stack_stat("link.memturns"), 1);
}

/* Others wait for him so long, and then no more */

static void a_turn_is_not_for_ever(void)
{
  int pid[SMALL_ONES];
  unsigned int sent;

  somebodys_turn(pid);
  sent = g_small_sent;
  device_sends(1);
  stack_sleep(NET_SEC / 2);
  CHECK_EQ(g_small_sent, sent);
  stack_sleep(NET_SEC);
  CHECK(g_small_sent > sent);
  CHECK_EQ(stack_stat("link.memturnsover"), 1);
  small_ones_end(pid);
  psock_close(g_large);
}

/* Nor for one that is gone, that sends less, or that can not send at all */

static void a_turn_ends(int how)
{
  int pid[SMALL_ONES];
  unsigned int sent;

  somebodys_turn(pid);
  sent = g_small_sent;
  if (how == 0)
    {
      psock_close(g_large);
    }
  else if (how == 1)
    {
      CHECK_EQ(udp_send(g_large, g_buf, 10), 10);
    }
  else
    {
      CHECK_EQ(udp_send_to(g_large, g_buf, 10, INADDR_BROADCAST, 7), -EACCES);
    }

  stack_sleep(NET_MSEC);
  CHECK(g_small_sent > sent);
  CHECK_EQ(stack_stat("link.memturnsover"), 0);
  small_ones_end(pid);
  if (how != 0)
    {
      psock_close(g_large);
    }
}

static void a_turn_ends_when_closed(void)
{
  a_turn_ends(0);
}

static void a_turn_ends_with_less(void)
{
  a_turn_ends(1);
}

static void a_turn_ends_with_an_error(void)
{
  a_turn_ends(2);
}

/* The heap is empty */

static void no_descriptors(void)
{
  struct socket *s = udp_bound(INADDR_ANY, 1000);
  struct socket *none = NULL;

  wire();
  kmm_fail(1);
  udp_arrives(&g_wire, 2, 99, 1000, "x", 1);
  kmm_fail(0);
  CHECK_EQ(stack_stat("udp.memerrors"), 1);
  CHECK_EQ(udp_recv(s, g_buf, 10, 0), -EAGAIN);
  g_wire.full = true;
  CHECK_EQ(udp_connect_to(s, PEER, 99), 0);
  kmm_fail(1);
  CHECK_EQ(udp_send(s, "x", 1), 1);      /* Lost on the way, as it were */
  kmm_fail(0);
  CHECK_EQ(stack_stat("udp.sndbuferrors"), 1);
  CHECK_EQ(udp_set(s, IPPROTO_IP, IP_RECVERR, 1), 0);
  kmm_fail(1);
  CHECK_EQ(udp_send(s, "x", 1), -ENOBUFS);
  kmm_fail(2);
  CHECK_EQ(psock_socket(AF_INET, SOCK_DGRAM, 0, &none), -ENOMEM);
  kmm_fail(0);
  psock_close(s);
}

/* One task that receives and sends, with memory for a few datagrams, and a
 * device that keeps what it was given: some are lost, none for ever, and it
 * never stops.
 */

static unsigned int g_echoed;
static unsigned int g_lost;

static void echo(void *arg)
{
  struct socket *s = arg;
  struct sockaddr_in from;
  socklen_t fromlen;
  ssize_t n;

  do
    {
      ssize_t ret;

      fromlen = sizeof(from);
      n = psock_recvfrom(s, g_buf, sizeof(g_buf), 0,
                         (struct sockaddr *)&from, &fromlen);
      ret = psock_sendto(s, g_buf, n, 0, (struct sockaddr *)&from, fromlen);
      CHECK(ret == n || ret == -ENOBUFS);
      g_echoed += ret == n;
      g_lost += ret != n;
    }
  while (n > 0);
}

static void echo_on_a_small_pool(void)
{
  struct socket *s = udp_bound(INADDR_ANY, 7);
  unsigned int i;
  int pid;

  wire();
  g_echoed = 0;
  g_lost = 0;
  pid = stack_task("echo", echo, s);
  stack_sleep(NET_MSEC);
  hoard(4);
  g_wire.hold = true;
  for (i = 0; i < 700; i++)
    {
      udp_arrives(&g_wire, 2, 99, 7, pattern(1400), 1400);
      stack_sleep(NET_MSEC);
      if (i % 7 == 6)
        {
          wire_done(&g_wire, WIRE_MAX);
        }
    }

  CHECK(g_echoed >= 100 && g_echoed < 700);
  CHECK_EQ(g_echoed + g_lost, stack_stat("udp.indatagrams"));
  CHECK_EQ(g_echoed, stack_stat("udp.outdatagrams"));
  CHECK(g_wire.dev.d_stats.rx_drop_memory > 0 || g_lost > 0);
  wire_done(&g_wire, WIRE_MAX);
  g_wire.hold = false;
  for (i = 0; i < 10; i++)
    {
      udp_arrives(&g_wire, 2, 99, 7, pattern(1400), 1400);
      stack_sleep(NET_MSEC);
    }

  CHECK_EQ(g_echoed + g_lost, stack_stat("udp.indatagrams"));
  unhoard();
  udp_arrives(&g_wire, 2, 99, 7, NULL, 0);
  stack_join(pid);
  psock_close(s);
}

/* Who only receives allocates nothing to send */

static void only_receives(void)
{
  struct socket *s = udp_bound(INADDR_ANY, 1000);
  struct iob_info_s before;
  struct iob_info_s after;
  unsigned int i;

  wire();
  iob_getinfo(&before);
  for (i = 0; i < 100; i++)
    {
      udp_arrives(&g_wire, 2, 99, 1000, pattern(500), 500);
      CHECK_EQ(udp_recv(s, g_buf, 1000, 0), 500);
    }

  iob_getinfo(&after);
  CHECK_EQ(after.nalloc - before.nalloc, 100);   /* By the wire, to receive */
  CHECK_EQ(after.used, before.used);
  CHECK_EQ(g_wire.tail - g_wire.head, 0);
  psock_close(s);
}

/* Frames that the device holds are not touched, and no buffer is lost */

static void frames_held(void)
{
  struct socket *s = udp_open();
  unsigned int i;

  wire();
  g_wire.hold = true;
  for (i = 0; i < 200; i++)
    {
      CHECK_EQ(udp_send_to(s, pattern(i), i, PEER, 7), i);
    }

  CHECK_EQ(g_wire.nheld, 200);
  psock_close(s);
  wire_done(&g_wire, 100);
  netif_down(g_wire.nif);
  CHECK_EQ(g_wire.nheld, 0);
  CHECK_EQ(g_wire.damaged, 0);
}

/* A driver that tells only when it is asked that it is done with a frame has
 * all the memory in the end, and nothing else will ever free any.  Who waits
 * makes the stack ask, once; and it is not asked while there is memory.
 */

static void driver_asked_for_memory(void)
{
  struct socket *s = udp_bound(INADDR_ANY, 1000);
  unsigned int turn;
  unsigned int sent;

  wire();
  CHECK_EQ(udp_connect_to(s, PEER, 7), 0);
  g_wire.hold = true;
  g_wire.lazy = true;
  hoard(4);
  for (turn = 1; turn <= 20; turn++)
    {
      for (sent = 0; udp_send(s, pattern(1000), 1000) == 1000; sent++)
        {
          CHECK_EQ(g_wire.asked, turn - 1);
        }

      CHECK(sent > 0);
      CHECK_EQ(g_wire.asked, turn);
      CHECK_EQ(g_wire.nheld, 0);
      CHECK_EQ(udp_events(s), POLLOUT);
    }

  /* One that has nothing to give is not asked again and again */

  g_wire.lazy = false;
  g_wire.asked = 0;
  while (udp_send(s, pattern(1000), 1000) == 1000)
    {
    }

  stack_sleep(10 * NET_SEC);
  CHECK_EQ(g_wire.asked, 1);
  CHECK_EQ(udp_events(s), 0);
  wire_done(&g_wire, WIRE_MAX);
  stack_sleep(NET_MSEC);
  CHECK_EQ(udp_events(s), POLLOUT);
  g_wire.hold = false;
  unhoard();
  psock_close(s);
}

/* Loopback, shutdown, devices **********************************************/

static void loopback(void)
{
  struct socket *a = udp_open();
  struct socket *b = udp_bound(0x7f000001, 1000);
  unsigned int i;

  CHECK_EQ(udp_connect_to(a, 0x7f000001, 1000), 0);
  for (i = 0; i < 100; i++)
    {
      CHECK_EQ(udp_send(a, pattern(i), i), i);
    }

  stack_sleep(NET_MSEC);
  for (i = 0; i < 100; i++)
    {
      CHECK_EQ(udp_recv(b, g_buf, 1000, 0), i);
      CHECK_EQ(memcmp(g_buf, pattern(i), i), 0);
    }

  /* To oneself, and to a port that nobody has */

  CHECK_EQ(udp_send_to(b, "me", 2, 0x7f000001, 1000), 2);
  CHECK_EQ(udp_send_to(b, "me", 2, INADDR_ANY, 1000), 2);
  stack_sleep(NET_MSEC);
  CHECK_EQ(udp_recv(b, g_buf, 1000, 0), 2);
  CHECK_EQ(udp_recv(b, g_buf, 1000, 0), 2);
  psock_close(b);
  CHECK_EQ(udp_send(a, "x", 1), 1);
  stack_sleep(NET_MSEC);
  CHECK_EQ(udp_send(a, "x", 1), -ECONNREFUSED);
  psock_close(a);
}

static void shut_down(void)
{
  struct socket *s = udp_bound(INADDR_ANY, 1000);

  wire();
  CHECK_EQ(psock_shutdown(s, 7), -EINVAL);
  CHECK_EQ(psock_shutdown(s, SHUT_RD), -ENOTCONN);
  psock_close(s);
  s = udp_bound(INADDR_ANY, 1000);
  CHECK_EQ(udp_connect_to(s, PEER, 7), 0);
  udp_arrives(&g_wire, 2, 7, 1000, "last", 4);
  CHECK_EQ(psock_shutdown(s, SHUT_RD), 0);
  CHECK_EQ(udp_events(s), POLLIN | POLLRDHUP | POLLOUT);
  CHECK_EQ(udp_recv(s, g_buf, 10, 0), 4);
  CHECK_EQ(udp_recv(s, g_buf, 10, 0), 0);
  CHECK_EQ(udp_send(s, "x", 1), 1);
  CHECK_EQ(psock_shutdown(s, SHUT_WR), 0);
  CHECK_EQ(udp_send(s, "x", 1), -EPIPE);
  CHECK_EQ(udp_events(s), POLLIN | POLLRDHUP | POLLHUP | POLLOUT);
  psock_close(s);
}

static void two_devices(void)
{
  struct socket *s = udp_bound(INADDR_ANY, 1000);
  struct pkt_s pkt;

  wire();
  wire_create(&g_wire2, "eth%d", 1500, 0);
  wire_know(&g_wire2, 2);
  s->s_conn->ifindex = g_wire2.dev.d_ifindex;
  udp_arrives(&g_wire, 2, 7, 1000, "one", 3);
  CHECK_EQ(udp_recv(s, g_buf, 10, 0), -EAGAIN);
  CHECK(pkt_next(&g_wire, IPPROTO_ICMP, &pkt));
  udp_arrives(&g_wire2, 2, 7, 1000, "second", 6);
  CHECK_EQ(udp_recv(s, g_buf, 10, 0), 6);
  CHECK_EQ(udp_send_to(s, "x", 1, 0x0a000102, 7), 1);
  CHECK(pkt_next(&g_wire2, IPPROTO_UDP, &pkt));
  CHECK_EQ(pkt.src, 0x0a000101);
  CHECK(udp_send_to(s, "x", 1, PEER, 7) < 0 ||
        !pkt_next(&g_wire, IPPROTO_UDP, &pkt));
  psock_close(s);
}

/* A route appears between two sends: the second goes the new way */

static void path_changes(void)
{
  struct socket *s = udp_open();
  struct pkt_s pkt;
  struct netaddr_s dst = netaddr_from4(htonl(0xc0a80100));
  struct netaddr_s gw = netaddr_from4(htonl(PEER));

  wire();
  CHECK_EQ(udp_send_to(s, "x", 1, 0xc0a80101, 7), -ENETUNREACH);
  CHECK_EQ(g_net.stats.ip.outnoroutes, 1);
  CHECK_EQ(route_add(&dst, 24, &gw, g_wire.nif, 0, 0), 0);
  CHECK_EQ(udp_send_to(s, "x", 1, 0xc0a80101, 7), 1);
  CHECK(pkt_next(&g_wire, IPPROTO_UDP, &pkt));
  CHECK_EQ(pkt.dst, 0xc0a80101);
  CHECK_EQ(udp_set(s, SOL_SOCKET, SO_DONTROUTE, 1), 0);
  s->s_conn->path.ip = NULL;
  CHECK_EQ(udp_send_to(s, "x", 1, 0xc0a80101, 7), -ENETUNREACH);
  CHECK_EQ(udp_send_to(s, "x", 1, PEER, 7), 1);
  psock_close(s);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(sent)
SCENARIO(sent_with_offload)
SCENARIO(checksum_of_zero)
SCENARIO(refused_sends)
SCENARIO(largest)
SCENARIO(path_mtu)
SCENARIO(written_in_parts)
SCENARIO(parts_fail)
SCENARIO(received)
SCENARIO(cut_and_peeked)
SCENARIO(malformed)
SCENARIO(flipped_bits)
SCENARIO(no_port)
SCENARIO(connected)
SCENARIO(connects_refused)
SCENARIO(port_unreachable)
SCENARIO(fragmentation_needed)
SCENARIO(broadcast)
SCENARIO(shared_by_many)
SCENARIO(shared_is_charged)
SCENARIO(reader_does_not_read)
SCENARIO(read_and_refilled)
SCENARIO(empty_pieces)
SCENARIO(device_full)
SCENARIO(writer_waits)
SCENARIO(closed_before_sent)
SCENARIO(interface_goes_down)
SCENARIO(no_buffers)
SCENARIO(writers_wait_for_memory)
SCENARIO(another_sends_beside_a_writer_who_waits)
SCENARIO(a_large_one_among_small_ones)
SCENARIO(a_turn_that_does_not_help)
SCENARIO(a_turn_that_helps_no_more)
SCENARIO(a_turn_is_not_for_ever)
SCENARIO(a_turn_ends_when_closed)
SCENARIO(a_turn_ends_with_less)
SCENARIO(a_turn_ends_with_an_error)
SCENARIO(no_descriptors)
SCENARIO(echo_on_a_small_pool)
SCENARIO(only_receives)
SCENARIO(frames_held)
SCENARIO(driver_asked_for_memory)
SCENARIO(loopback)
SCENARIO(shut_down)
SCENARIO(two_devices)
SCENARIO(path_changes)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_sent),
    cmocka_unit_test(test_sent_with_offload),
    cmocka_unit_test(test_checksum_of_zero),
    cmocka_unit_test(test_refused_sends),
    cmocka_unit_test(test_largest),
    cmocka_unit_test(test_path_mtu),
    cmocka_unit_test(test_written_in_parts),
    cmocka_unit_test(test_parts_fail),
    cmocka_unit_test(test_received),
    cmocka_unit_test(test_cut_and_peeked),
    cmocka_unit_test(test_malformed),
    cmocka_unit_test(test_flipped_bits),
    cmocka_unit_test(test_no_port),
    cmocka_unit_test(test_connected),
    cmocka_unit_test(test_connects_refused),
    cmocka_unit_test(test_port_unreachable),
    cmocka_unit_test(test_fragmentation_needed),
    cmocka_unit_test(test_broadcast),
    cmocka_unit_test(test_shared_by_many),
    cmocka_unit_test(test_shared_is_charged),
    cmocka_unit_test(test_reader_does_not_read),
    cmocka_unit_test(test_read_and_refilled),
    cmocka_unit_test(test_empty_pieces),
    cmocka_unit_test(test_device_full),
    cmocka_unit_test(test_writer_waits),
    cmocka_unit_test(test_closed_before_sent),
    cmocka_unit_test(test_interface_goes_down),
    cmocka_unit_test(test_no_buffers),
    cmocka_unit_test(test_writers_wait_for_memory),
    cmocka_unit_test(test_another_sends_beside_a_writer_who_waits),
    cmocka_unit_test(test_a_large_one_among_small_ones),
    cmocka_unit_test(test_a_turn_that_does_not_help),
    cmocka_unit_test(test_a_turn_that_helps_no_more),
    cmocka_unit_test(test_a_turn_is_not_for_ever),
    cmocka_unit_test(test_a_turn_ends_when_closed),
    cmocka_unit_test(test_a_turn_ends_with_less),
    cmocka_unit_test(test_a_turn_ends_with_an_error),
    cmocka_unit_test(test_no_descriptors),
    cmocka_unit_test(test_echo_on_a_small_pool),
    cmocka_unit_test(test_only_receives),
    cmocka_unit_test(test_frames_held),
    cmocka_unit_test(test_driver_asked_for_memory),
    cmocka_unit_test(test_loopback),
    cmocka_unit_test(test_shut_down),
    cmocka_unit_test(test_two_devices),
    cmocka_unit_test(test_path_changes)
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
