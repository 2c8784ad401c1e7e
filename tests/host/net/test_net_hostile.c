/* tests/host/net/test_net_hostile.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The stack as a whole.  Goal: what a stranger on the wire sends, and what a
 * user changes while packets are under way, neither harms others nor leaves
 * anything behind; and what a task sends to itself has arrived when the call
 * returns.  Method: one scenario for each, on wires whose other end is the
 * test, under virtual time; stack_run() counts buffers, timers and the heap.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include <nuttx/fs/fs.h>
#include <nuttx/net/net.h>

#include "ip_util.h"
#include "net_link.h"
#include "stack.h"

#define TEST(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

#define UDP_HDR 8

static struct wire_s g_in;
static struct wire_s g_out;
static struct pkt_s g_pkt;
static struct frame_s g_frame;

static struct sockaddr_in address(uint32_t addr, uint16_t port)
{
  struct sockaddr_in sin;

  memset(&sin, 0, sizeof(sin));
  sin.sin_family      = AF_INET;
  sin.sin_addr.s_addr = htonl(addr);
  sin.sin_port        = htons(port);
  return sin;
}

static int bound(int type, uint32_t addr, uint16_t port)
{
  struct sockaddr_in sin = address(addr, port);
  int fd = nx_socket(AF_INET, type | SOCK_NONBLOCK, 0);

  CHECK(fd >= 0);
  CHECK_EQ(nx_bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
  return fd;
}

static int connect_to(int fd, uint32_t addr, uint16_t port)
{
  struct sockaddr_in sin = address(addr, port);

  return nx_connect(fd, (struct sockaddr *)&sin, sizeof(sin));
}

static ssize_t send_to(int fd, uint32_t addr, uint16_t port, size_t n)
{
  struct sockaddr_in sin = address(addr, port);

  return nx_sendto(fd, ip_bytes((unsigned int)n), n, 0,
                   (struct sockaddr *)&sin, sizeof(sin));
}

static uint16_t port_of(int fd)
{
  struct sockaddr_in sin;
  socklen_t len = sizeof(sin);

  CHECK_EQ(nx_getsockname(fd, (struct sockaddr *)&sin, &len), 0);
  return ntohs(sin.sin_port);
}

static void wires(void)
{
  wire_create(&g_in, "eth0", 1500, 0);
  wire_create(&g_out, "eth1", 1500, NETDEV_SG);
}

/* Neighbours ***************************************************************/

static int count_neigh(const struct neigh_s *n, void *arg)
{
  CHECK(n->nif->dev == &g_in.dev);
  ++*(unsigned int *)arg;
  return 0;
}

/* What was set on an interface that is down goes with it */

static void detached_while_down(void)
{
  unsigned int n = 0;

  wires();
  netif_down(g_out.nif);
  wire_know(&g_out, 2);
  wire_know(&g_in, 2);
  netif_detach(g_out.nif);
  arp_foreach(count_neigh, &n);
  CHECK_EQ(n, 1);
}

static void who_has(struct wire_s *wire, uint32_t from, uint32_t to)
{
  pkt_from(wire, 2, &g_pkt);
  g_pkt.src = 0;
  g_pkt.dst = 0;
  g_pkt.ethertype  = 0x0806;
  g_pkt.arp_op     = 1;
  g_pkt.arp_spa    = from;
  g_pkt.arp_tpa    = to;
  g_pkt.arp_sha[0] = 2;
  g_pkt.arp_sha[5] = 0x77;
  pkt_rx(wire, &g_pkt);
}

/* The table is full when a next hop is found not to answer.  Those whose
 * packets waited are told, for which a neighbour has to make room: the very
 * one that has just failed, as the oldest.
 */

static void full_table_of_neighbours(void)
{
  struct netaddr_s big = ip_addr(0x0a400001);
  struct pkt_s pkt;
  unsigned int i;

  wires();
  g_net.forwarding = true;
  CHECK_EQ(netif_addr_add(g_out.nif, &big, 10, NULL), 0);
  stack_sleep(10 * NET_SEC);

  for (i = 0; i < 3; i++)
    {
      ip_echo(&g_in, 99, 8, &g_pkt);
      g_pkt.dst = 0x0a400002;
      pkt_rx(&g_in, &g_pkt);
    }

  for (i = 0; i < ARP_MAX - 1; i++)
    {
      who_has(&g_out, 0x0a500000 + i, 0x0a400001);
    }

  wire_flush(&g_in);
  stack_sleep(5 * NET_SEC);
  CHECK_EQ(stack_stat("arp.unreachable"), 3);
  CHECK(pkt_next(&g_in, PKT_ARP, &pkt));
  CHECK_EQ(pkt.arp_tpa, 0x0a000063);
}

TEST(detached_while_down)
TEST(full_table_of_neighbours)

/* Lies *********************************************************************/

/* An echo request "from" everybody of our other network: the answer would go
 * to all of them.
 */

static void broadcast_of_another_network(void)
{
  wires();
  ip_echo(&g_in, 2, 8, &g_pkt);
  g_pkt.src = 0x0a0001ff;
  CHECK_DROP(&g_out, "ip.inmartiansrc", pkt_rx(&g_in, &g_pkt));
  g_pkt.src = 0x0a0000ff;
  CHECK_DROP(&g_in, "ip.inmartiansrc", pkt_rx(&g_in, &g_pkt));
}

/* Somebody outside says that the way from us to us is narrow */

static void narrow_loopback(void)
{
  static const uint8_t quote[] =
  {
    0x45, 0, 0x20, 0, 0, 0, 0x40, 0, 64, 17, 0, 0,
    10, 0, 0, 1, 127, 0, 0, 1, 0x10, 0, 0x20, 0, 0, 8, 0, 0
  };

  struct netaddr_s lo = ip_addr(INADDR_LOOPBACK);
  int fd;

  wires();
  fd = bound(SOCK_DGRAM, INADDR_ANY, 0x1000);
  pkt_from(&g_in, 2, &g_pkt);
  g_pkt.proto = IPPROTO_ICMP;
  g_pkt.type  = 3;
  g_pkt.code  = 4;
  g_pkt.info  = 552;
  g_pkt.data  = quote;
  g_pkt.len   = sizeof(quote);
  CHECK_DROP(&g_in, "icmp.inquoteforeign", pkt_rx(&g_in, &g_pkt));
  CHECK_EQ(route_mtu(&lo, g_net.lo), g_net.lo->dev->d_mtu);
  nx_close(fd);
}

/* A fragment from beyond the end of any datagram is not cut into more */

static void fragment_beyond_the_end(void)
{
  wires();
  wire_know(&g_out, 2);
  g_net.forwarding = true;
  CHECK_EQ(netdev_set_mtu(&g_out.dev, 600), 0);
  ip_echo(&g_in, 2, 1000, &g_pkt);
  g_pkt.dst  = 0x0a000102;
  g_pkt.frag = 65528;
  g_pkt.mf   = true;
  g_pkt.data = ip_bytes(1000);
  g_pkt.len  = 1000;
  frame_make(&g_frame, &g_pkt);
  CHECK_DROP(&g_out, "ip.fragfails", frame_rx(&g_in, &g_frame));
}

TEST(broadcast_of_another_network)
TEST(narrow_loopback)
TEST(fragment_beyond_the_end)

/* The user *****************************************************************/

static void ancillary_data_without_end(void)
{
  struct sockaddr_in sin = address(INADDR_LOOPBACK, 9);
  struct cmsghdr cmsg;
  struct iovec iov;
  struct msghdr msg;
  int fd = nx_socket(AF_INET, SOCK_DGRAM, 0);

  memset(&cmsg, 0, sizeof(cmsg));
  memset(&msg, 0, sizeof(msg));
  cmsg.cmsg_len      = SIZE_MAX;
  cmsg.cmsg_level    = SOL_SOCKET;
  iov.iov_base       = &sin;
  iov.iov_len        = 1;
  msg.msg_name       = &sin;
  msg.msg_namelen    = sizeof(sin);
  msg.msg_iov        = &iov;
  msg.msg_iovlen     = 1;
  msg.msg_control    = &cmsg;
  msg.msg_controllen = SIZE_MAX;
  CHECK_EQ(nx_sendmsg(fd, &msg, 0), -ENOBUFS);
  msg.msg_controllen = sizeof(cmsg);
  CHECK_EQ(nx_sendmsg(fd, &msg, 0), -EINVAL);
  nx_close(fd);
}

static void sources(void)
{
  struct netaddr_s gateway = ip_addr(0x0a000002);
  struct sockaddr none;
  struct sockaddr_in sin;
  socklen_t len = sizeof(sin);
  int on = 1;
  int fd;

  wires();
  wire_know(&g_in, 2);
  CHECK_EQ(route_add(&g_netaddr_any4, 0, &gateway, NULL, 0, 0), 0);

  /* 127.0.0.1 does not leave; nor does what shall not be routed */

  fd = bound(SOCK_DGRAM, INADDR_LOOPBACK, 0);
  CHECK_EQ(send_to(fd, 0x0a000002, 7, 8), -EINVAL);
  CHECK_EQ(g_in.total + g_out.total, stack_stat("arp.outannounce"));
  nx_close(fd);

  fd = bound(SOCK_DGRAM, INADDR_ANY, 0);
  CHECK_EQ(send_to(fd, 0x08080808, 7, 8), 8);
  CHECK_EQ(nx_setsockopt(fd, SOL_SOCKET, SO_DONTROUTE, &on, sizeof(on)), 0);
  CHECK_EQ(send_to(fd, 0x08080808, 7, 8), -ENETUNREACH);
  nx_close(fd);

  /* A raw socket that has a peer no more has no address of its own */

  fd = nx_socket(AF_INET, SOCK_RAW, 253);
  memset(&none, 0, sizeof(none));
  CHECK_EQ(connect_to(fd, 0x0a000002, 0), 0);
  CHECK_EQ(connect_to(fd, 0x0a000102, 0), 0);
  CHECK_EQ(nx_getsockname(fd, (struct sockaddr *)&sin, &len), 0);
  CHECK_EQ(ntohl(sin.sin_addr.s_addr), 0x0a000101);
  CHECK_EQ(nx_connect(fd, &none, sizeof(none)), 0);
  CHECK_EQ(nx_getsockname(fd, (struct sockaddr *)&sin, &len), 0);
  CHECK_EQ(sin.sin_addr.s_addr, 0);
  nx_close(fd);
}

TEST(ancillary_data_without_end)
TEST(sources)

/* Settings *****************************************************************/

#define FORWARD "/proc/sys/net/ipv4/ip_forward"
#define PROBE   "/proc/sys/net/ipv4/conf/all/arp_probe"

static ssize_t write_file(const char *path, const char *text)
{
  int fd = nx_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
  ssize_t ret = fd < 0 ? fd : nx_write(fd, text, strlen(text));

  if (fd >= 0)
    {
      nx_close(fd);
    }

  return ret;
}

static int value_of(const char *path)
{
  char text[8] = "";
  int fd = nx_open(path, O_RDONLY, 0);

  CHECK_EQ(nx_read(fd, text, sizeof(text) - 1), 2);
  CHECK_EQ(nx_close(fd), 0);
  CHECK_EQ(text[1], '\n');
  return text[0] - '0';
}

static void switches(void)
{
  static const char *const bad[] =
  {
    "", "\n", "on", "1 2", "1x", "99999999999999999999999",
    "1                                             "
  };

  struct netaddr_s more = ip_addr(0x0a000009);
  struct pkt_s pkt;
  unsigned int i;

  wires();
  wire_know(&g_out, 2);
  ip_echo(&g_in, 2, 8, &g_pkt);
  g_pkt.dst = 0x0a000102;
  CHECK_EQ(value_of(FORWARD), 0);
  CHECK_DROP(&g_out, "ip.inaddrerrors", pkt_rx(&g_in, &g_pkt));

  CHECK_EQ(write_file(FORWARD, "1\n"), 2);
  CHECK_EQ(value_of(FORWARD), 1);
  pkt_rx(&g_in, &g_pkt);
  CHECK(pkt_next(&g_out, IPPROTO_ICMP, &pkt));
  CHECK_EQ(pkt.ttl, 63);

  for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
      CHECK(write_file(FORWARD, bad[i]) == (bad[i][0] == '\0' ? 0 : -EINVAL));
    }

  CHECK_EQ(value_of(FORWARD), 1);
  CHECK_EQ(write_file(FORWARD, " 0 \n"), 4);
  CHECK_DROP(&g_out, "ip.inaddrerrors", pkt_rx(&g_in, &g_pkt));
  CHECK_EQ(write_file("/proc/net/dev", "1"), -EACCES);

  /* Probes for a new address: nothing of it is used before */

  CHECK_EQ(value_of(PROBE), 0);
  CHECK_EQ(write_file(PROBE, "1"), 1);
  wire_flush(&g_in);
  CHECK_EQ(netif_addr_add(g_in.nif, &more, 24, NULL), 0);
  stack_sleep(NET_SEC);
  CHECK(pkt_next(&g_in, PKT_ARP, &pkt));
  CHECK_EQ(pkt.arp_spa, 0);
  CHECK(netif_addr_local(NULL, &more) == NULL);
  stack_sleep(10 * NET_SEC);
  CHECK(netif_addr_local(NULL, &more) != NULL);
}

/* Whoever changes a device: paths that were found before are not used */

static void device_changes(void)
{
  static const uint8_t mac[NETDEV_MACLEN] =
  {
    2, 0, 0, 0, 0, 0x55
  };

  struct pkt_s pkt;
  int fd;

  wires();
  wire_know(&g_in, 2);
  fd = bound(SOCK_DGRAM, INADDR_ANY, 0);
  CHECK_EQ(connect_to(fd, 0x0a000002, 7), 0);
  CHECK_EQ(nx_write(fd, ip_bytes(1000), 1000), 1000);
  CHECK(pkt_next(&g_in, IPPROTO_UDP, &pkt));
  CHECK_EQ(pkt.len, 1000);
  CHECK_EQ(netdev_set_mtu(&g_in.dev, 600), 0);
  CHECK_EQ(nx_write(fd, ip_bytes(1000), 1000), 1000);
  CHECK(pkt_next(&g_in, IPPROTO_UDP, &pkt));
  CHECK(pkt.mf);
  CHECK_EQ(g_in.dev.d_stats.tx_drop_size, 0);

  wire_flush(&g_in);
  CHECK_EQ(netdev_set_mac(&g_in.dev, mac), 0);
  CHECK(pkt_next(&g_in, PKT_ARP, &pkt));
  CHECK_EQ(pkt.arp_spa, pkt.arp_tpa);
  CHECK_EQ(pkt.arp_sha[5], 0x55);
  wire_know(&g_in, 2);
  CHECK_EQ(nx_write(fd, ip_bytes(8), 8), 8);
  CHECK(pkt_next(&g_in, IPPROTO_UDP, &pkt));
  CHECK_EQ(pkt.smac[5], 0x55);

  /* No change, nothing told; a change that is refused neither */

  wire_flush(&g_in);
  CHECK_EQ(netdev_set_mac(&g_in.dev, mac), 0);
  CHECK_EQ(netdev_set_mtu(&g_in.dev, 67), -ERANGE);
  CHECK(!pkt_next(&g_in, PKT_ANY, &pkt));
  stack_sleep(10 * NET_SEC);
  nx_close(fd);
}

TEST(switches)
TEST(device_changes)

/* To ourselves, without waiting ********************************************/

static void at_once_udp(void)
{
  int a = bound(SOCK_DGRAM, INADDR_LOOPBACK, 0);
  int b = bound(SOCK_DGRAM, INADDR_LOOPBACK, 0);
  uint16_t port = port_of(a);
  char buf[16];
  int error = 0;
  socklen_t len = sizeof(error);

  CHECK_EQ(nx_read(a, buf, sizeof(buf)), -EAGAIN);
  CHECK_EQ(send_to(b, INADDR_LOOPBACK, port, 16), 16);
  CHECK_EQ(nx_read(a, buf, sizeof(buf)), 16);

  nx_close(a);
  CHECK_EQ(connect_to(b, INADDR_LOOPBACK, port), 0);
  CHECK_EQ(nx_write(b, buf, 1), 1);
  CHECK_EQ(nx_getsockopt(b, SOL_SOCKET, SO_ERROR, &error, &len), 0);
  CHECK_EQ(error, ECONNREFUSED);
  nx_close(b);
}

static void at_once_tcp(void)
{
  static char buf[30000];
  int l = bound(SOCK_STREAM, INADDR_LOOPBACK, 0);
  int c = nx_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  uint16_t port = port_of(l);
  int s;

  CHECK_EQ(nx_listen(l, 4), 0);
  CHECK_EQ(connect_to(c, INADDR_LOOPBACK, port), -EINPROGRESS);
  s = nx_accept4(l, NULL, NULL, SOCK_NONBLOCK);
  CHECK(s >= 0);
  CHECK_EQ(connect_to(c, INADDR_LOOPBACK, port), 0);
  CHECK_EQ(nx_write(c, ip_bytes(100), 100), 100);
  CHECK_EQ(nx_read(s, buf, sizeof(buf)), 100);
  CHECK_EQ(nx_write(s, buf, sizeof(buf)), sizeof(buf));
  CHECK_EQ(nx_read(c, buf, sizeof(buf)), sizeof(buf));
  nx_close(c);
  CHECK_EQ(nx_read(s, buf, sizeof(buf)), 0);
  nx_close(s);

  /* Nobody listens */

  nx_close(l);
  c = nx_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CHECK_EQ(connect_to(c, INADDR_LOOPBACK, port), -EINPROGRESS);
  CHECK_EQ(connect_to(c, INADDR_LOOPBACK, port), -ECONNREFUSED);
  nx_close(c);
  stack_sleep(120 * NET_SEC);
}

static void at_once_multicast(void)
{
  struct ip_mreq req;
  char buf[16];
  int fd;

  wires();
  fd = bound(SOCK_DGRAM, INADDR_ANY, 5000);
  req.imr_multiaddr.s_addr = htonl(0xe0010203);
  req.imr_interface.s_addr = htonl(0x0a000001);
  CHECK_EQ(nx_setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &req,
                         sizeof(req)), 0);
  CHECK_EQ(nx_setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF,
                         &req.imr_interface, sizeof(req.imr_interface)), 0);
  CHECK_EQ(send_to(fd, 0xe0010203, 5000, 16), 16);
  CHECK_EQ(nx_read(fd, buf, sizeof(buf)), 16);
  nx_close(fd);
}

TEST(at_once_udp)
TEST(at_once_tcp)
TEST(at_once_multicast)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_detached_while_down),
    cmocka_unit_test(test_full_table_of_neighbours),
    cmocka_unit_test(test_broadcast_of_another_network),
    cmocka_unit_test(test_narrow_loopback),
    cmocka_unit_test(test_fragment_beyond_the_end),
    cmocka_unit_test(test_ancillary_data_without_end),
    cmocka_unit_test(test_sources),
    cmocka_unit_test(test_switches),
    cmocka_unit_test(test_device_changes),
    cmocka_unit_test(test_at_once_udp),
    cmocka_unit_test(test_at_once_tcp),
    cmocka_unit_test(test_at_once_multicast),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
