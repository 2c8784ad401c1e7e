/* tests/host/kernel/test_tap.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The TAP device.  Goal: frames of every size go to the host and come from
 * it, whole and in order; the MTU is that of both sides; super-frames and
 * open checksums pass with vnet=yes; what the host refuses is told in words.
 * Method: the test runs itself again inside scripts/netlab, where a packet
 * socket on the host's side of the interface is the other end.
 */

#include <nuttx/config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <nuttx/clock.h>
#include <nuttx/sched.h>
#include <nuttx/wdog.h>

#include "netutil.h"

static struct sink_s g_sink;
static int g_peer = -1;
static uint8_t g_data[70000];

/* The host's side **********************************************************/

static void peer_open(const char *name, bool vnet)
{
  struct sockaddr_ll addr;
  int size = 1 << 24;
  int one = 1;

  memset(&addr, 0, sizeof(addr));
  g_peer = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL));
  addr.sll_family   = AF_PACKET;
  addr.sll_protocol = htons(ETH_P_ALL);
  addr.sll_ifindex  = (int)if_nametoindex(name);
  CHECK(g_peer >= 0 && addr.sll_ifindex > 0);
  CHECK_EQ(bind(g_peer, (struct sockaddr *)&addr, sizeof(addr)), 0);
  CHECK_EQ(setsockopt(g_peer, SOL_SOCKET, SO_RCVBUFFORCE, &size,
                      sizeof(size)), 0);
  CHECK_EQ(setsockopt(g_peer, SOL_SOCKET, SO_SNDBUFFORCE, &size,
                      sizeof(size)), 0);
  if (vnet)
    {
      CHECK_EQ(setsockopt(g_peer, SOL_PACKET, PACKET_VNET_HDR, &one,
                          sizeof(one)), 0);
    }
}

static void peer_close(void)
{
  close(g_peer);
}

static void peer_send(struct net_driver_s *dev, unsigned int len,
                      uint32_t tag)
{
  struct iob_s *iob = net_frame(dev, len, tag);

  iob_copyout(g_data, iob, len, 0);
  iob_free_chain(iob);
  CHECK_EQ(send(g_peer, g_data, len, 0), len);
}

/* A frame that the host got; NULL if there is none */

static struct iob_s *peer_receive(struct net_driver_s *dev)
{
  ssize_t n = recv(g_peer, g_data, sizeof(g_data), 0);
  struct iob_s *iob;

  if (n < 0)
    {
      return NULL;
    }

  iob = netdev_txalloc(dev, (unsigned int)n, IOB_CLASS_TX);
  CHECK_EQ(iob_trycopyin(iob, g_data, (unsigned int)n, 0, false), n);
  return iob;
}

static unsigned int host_mtu(const char *name)
{
  struct ifreq ifr;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);

  memset(&ifr, 0, sizeof(ifr));
  snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
  CHECK_EQ(ioctl(fd, SIOCGIFMTU, &ifr), 0);
  close(fd);
  return (unsigned int)ifr.ifr_mtu;
}

static void host_up(const char *name)
{
  struct ifreq ifr;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);

  memset(&ifr, 0, sizeof(ifr));
  snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
  ifr.ifr_flags = IFF_UP;
  CHECK_EQ(ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
  close(fd);
}

/* Our side *****************************************************************/

static struct net_driver_s *create(const char *spec)
{
  struct net_driver_s *dev = netdev_create(spec);

  if (dev == NULL)
    {
      printf("%s: %s\n", spec, netdev_error());
      CHECK(false);
      return NULL;
    }

  sink_attach(&g_sink, dev);
  CHECK_EQ(netdev_ifup(dev), 0);
  return dev;
}

static void await(unsigned int n)
{
  int i;

  for (i = 0; i < 10000 && g_sink.rx < n; i++)
    {
      nxsched_ticksleep(MSEC2TICK(1));
    }

  CHECK_EQ(g_sink.rx, n);
}

static void both_ways(struct net_driver_s *dev, const unsigned int *size,
                      unsigned int nsizes, unsigned int n)
{
  struct iob_s *iob;
  uint32_t i;

  for (i = 0; i < n; i++)
    {
      CHECK_EQ(net_send(dev, size[i % nsizes], i), 0);
    }

  CHECK_EQ(g_sink.done, n);
  for (i = 0; i < n; i++)
    {
      iob = peer_receive(dev);
      CHECK(iob != NULL && net_tag(iob) == i && net_intact(iob));
      CHECK(iob != NULL && iob->io_pktlen == size[i % nsizes]);
      iob_free_chain(iob);
    }

  CHECK(peer_receive(dev) == NULL);

  g_sink.keep = true;
  for (i = 0; i < n; i++)
    {
      peer_send(dev, size[i % nsizes], i);
    }

  await(n);
  for (i = 0; i < n; i++)
    {
      iob = g_sink.frame[i];
      CHECK(net_tag(iob) == i && net_intact(iob));
      CHECK_EQ(iob->io_pktlen, size[i % nsizes]);
    }

  CHECK(g_sink.batches < n);
  sink_clear(&g_sink);
  CHECK_EQ(net_counter(dev, "tx_error"), 0);
  CHECK_EQ(net_counter(dev, "rx_error"), 0);
}

static void ordinary(void)
{
  static const unsigned int size[] =
  {
    60, 100, 1000, 1514, 18, 742
  };

  struct net_driver_s *dev = create("tap,name=tap0,mtu=1500");

  CHECK(strcmp(dev->d_ifname, "eth0") == 0);
  CHECK((dev->d_mac[0] & 3) == 2);
  peer_open("tap0", false);
  both_ways(dev, size, 6, 300);
  peer_close();
}

static void large(void)
{
  static const unsigned int jumbo[] =
  {
    9014, 60
  };

  static const unsigned int huge[] =
  {
    65535, 65472, 65473, 60, 40000
  };

  struct net_driver_s *dev = create("tap,name=tap0,mtu=9000");

  CHECK_EQ(host_mtu("tap0"), 9000);
  peer_open("tap0", false);
  both_ways(dev, jumbo, 2, 100);
  netdev_destroy(dev);

  /* The limit of the host; a frame that no single extent can hold */

  dev = create("tap,name=tap0,mtu=65521");
  CHECK_EQ(host_mtu("tap0"), 65521);
  both_ways(dev, huge, 5, 20);

  /* Changed while it runs; frames that are too long now are refused */

  CHECK_EQ(netdev_set_mtu(dev, 1500), 0);
  CHECK_EQ(host_mtu("tap0"), 1500);
  CHECK_EQ(net_send(dev, 1515, 1), 0);
  CHECK_EQ(net_counter(dev, "tx_drop_size"), 1);
  hoard(0);
  CHECK_EQ(netdev_set_mtu(dev, 9000), -ENOMEM);
  unhoard();
  CHECK_EQ(dev->d_mtu, 1500);
  CHECK_EQ(host_mtu("tap0"), 1500);
  peer_send(dev, 1514, 9);
  await(21);
  sink_clear(&g_sink);
  peer_close();
}

/* After many frames that came alone no second one is looked for; a train of
 * them is taken all the same, in batches again after a few
 */

static void lone(void)
{
  struct net_driver_s *dev = create("tap,name=tap0,mtu=1500");
  unsigned int rounds;
  unsigned int before;
  unsigned int n = 0;
  unsigned int i;

  g_sink.keep = false;
  peer_open("tap0", false);
  for (rounds = 0; rounds < 3; rounds++)
    {
      for (i = 0; i < 21; i++)
        {
          before = g_sink.batches;
          peer_send(dev, 60 + i, i);
          await(++n);
          CHECK_EQ(g_sink.batches, before + 1);
        }

      before = g_sink.batches;
      for (i = 0; i < 100; i++)
        {
          peer_send(dev, 1514, i);
        }

      n += 100;
      await(n);
      CHECK(g_sink.batches - before <= 8 + 1);
    }

  CHECK_EQ(net_counter(dev, "rx_error"), 0);
  peer_close();
}

/* Looked for instead of announced: a frame waits for the next look, however
 * slow the machine is
 */

static void polled(void)
{
  static const unsigned int size[] =
  {
    60, 1514
  };

  struct net_driver_s *dev;
  unsigned int timers = wd_count();
  uint64_t start = clock_systime_ns();
  unsigned int i;

  CHECK(netdev_create("tap,name=tap0,poll=1ns") == NULL);
  CHECK(netdev_create("tap,name=tap0,poll=0") == NULL);
  CHECK(strstr(netdev_error(), "poll") != NULL);

  dev = create("tap,name=tap0,mtu=1500,poll=500ms");
  CHECK_EQ(wd_count(), timers + 1);
  peer_open("tap0", false);
  for (i = 0; i < 20; i++)
    {
      peer_send(dev, 100, i);
    }

  await(20);
  CHECK(clock_systime_ns() - start >= 500000000);

  /* A device that is down does not look */

  netdev_ifdown(dev);
  CHECK_EQ(wd_count(), timers);
  peer_send(dev, 100, 20);
  nxsched_ticksleep(MSEC2TICK(600));
  CHECK_EQ(g_sink.rx, 20);           /* As before */
  netdev_destroy(dev);
  peer_close();
  sink_clear(&g_sink);

  dev = create("tap,name=tap0,mtu=1500,poll=100us");
  peer_open("tap0", false);
  both_ways(dev, size, 2, 300);
  peer_close();
}

/* More pieces than one call of the host takes */

static void pieces(void)
{
  struct net_driver_s *dev = create("tap,name=tap0,mtu=9000");
  struct iob_s *iob = net_frame(dev, 9000, 1);
  struct iob_s *cut = iob_share(iob, 0, 7);
  unsigned int i;

  peer_open("tap0", false);
  for (i = 1; i < 1200; i++)
    {
      iob_concat(cut, iob_share(iob, i * 7, 7));
    }

  iob_concat(cut, iob_share(iob, 8400, 600));
  iob_free_chain(iob);
  CHECK_EQ(iob_count(cut), 1201);
  CHECK_EQ(netdev_send(dev, cut, NULL), 0);
  iob = peer_receive(dev);
  CHECK(iob != NULL && iob->io_pktlen == 9000 && net_intact(iob));
  iob_free_chain(iob);
  peer_close();
}

static void no_memory(void)
{
  struct net_driver_s *dev = create("tap,name=tap0");
  int i;

  peer_open("tap0", false);
  for (i = 0; i < 5; i++)
    {
      peer_send(dev, 1000, (uint32_t)i);
    }

  hoard(0);
  for (i = 0; i < 10000 && net_counter(dev, "rx_drop_memory") < 5; i++)
    {
      nxsched_ticksleep(MSEC2TICK(1));
    }

  unhoard();
  CHECK_EQ(net_counter(dev, "rx_drop_memory"), 5);
  peer_send(dev, 1000, 7);
  await(1);
  netdev_ifdown(dev);
  hoard(0);
  CHECK_EQ(netdev_ifup(dev), -ENOMEM);
  unhoard();
  CHECK_EQ(netdev_ifup(dev), 0);
  peer_send(dev, 1000, 8);
  await(2);
  peer_close();
}

/* A fresh one, which is down on the host's side; then errors of the host */

static void refused(void)
{
  struct net_driver_s *dev = create("tap,name=fresh");

  CHECK_EQ(net_send(dev, 100, 1), 0);
  CHECK_EQ(net_counter(dev, "tx_error"), 1);
  CHECK_EQ(g_sink.done, 1);
  CHECK(netdev_create("tap,name=fresh") == NULL);
  CHECK(strstr(netdev_error(), "fresh: can not attach to the interface: "
               "Device or resource busy; another process has it") != NULL);
  netdev_destroy(dev);
  CHECK_EQ(if_nametoindex("fresh"), 0);

  CHECK(netdev_create("tap,name=lo") == NULL);
  CHECK(strstr(netdev_error(), "is no TAP") != NULL);
  CHECK(netdev_create("tap,name=a%d,if=tap/9") == NULL);
  CHECK(strstr(netdev_error(), "can not be the name") != NULL);
  CHECK(netdev_create("tap,name=fresh,flat=yes,vnet=yes") == NULL);
  CHECK(strstr(netdev_error(), "choose one") != NULL);
  dev = create("tap,name=fresh,flat=yes");
  CHECK_EQ(dev->d_features & NETDEV_SG, 0);
}

/* Privilege: a child gives it up */

static void no_privilege(void)
{
  CHECK(netdev_create("tap,name=mine") == NULL);
  CHECK(strstr(netdev_error(), "scripts/netlab") != NULL);
}

/* Super-frames *************************************************************/

#define HEADERS (14 + 20 + 20)

/* An IPv4 TCP frame whose checksum is open */

static unsigned int make_super(uint8_t *to, unsigned int payload)
{
  static const uint8_t headers[HEADERS] =
  {
    2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0,
    0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
    0, 80, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 1, 0, 0, 0, 0, 0
  };

  unsigned int len = 40 + payload;

  memcpy(to, headers, HEADERS);
  to[16] = (uint8_t)(len >> 8);
  to[17] = (uint8_t)len;
  memset(to + HEADERS, 0x5a, payload);
  return HEADERS + payload;
}

static struct netdev_offload_s g_off;
static unsigned int g_len;

static void super_rx(struct net_driver_s *dev, struct iob_s *iob,
                     const struct netdev_offload_s *off)
{
  if (iob->io_pktlen > 1514)
    {
      g_len = iob->io_pktlen;
      g_off = *off;
    }

  netdev_recycle(dev, iob);
}

static const struct netdev_upper_s g_super =
{
  .rx = super_rx
};

static void super(void)
{
  struct net_driver_s *dev = netdev_create("tap,name=v0,vnet=yes,mtu=1500");
  struct netdev_offload_s off =
  {
    NETDEV_OFF_PARTIAL | NETDEV_OFF_TCPV4, HEADERS, 1000, 34, 16
  };

  struct virtio_net_hdr *vnet = (struct virtio_net_hdr *)g_data;
  unsigned int len;
  struct iob_s *iob;
  int i;

  CHECK(dev != NULL);
  CHECK_EQ(dev->d_features, NETDEV_SG | NETDEV_TXCSUM | NETDEV_RXCSUM |
           NETDEV_TSO | NETDEV_LRO);
  CHECK_EQ(netdev_attach(dev, &g_super, NULL), 0);
  CHECK_EQ(netdev_ifup(dev), 0);
  host_up("v0");
  peer_open("v0", true);

  /* Out: the host sees one packet, and knows how to cut it.  Frames of its
   * own (IPv6) may come before.
   */

  len = make_super(g_data, 60000);
  iob = netdev_txalloc(dev, len, IOB_CLASS_TX);
  CHECK_EQ(iob_trycopyin(iob, g_data, len, 0, false), (int)len);
  CHECK_EQ(netdev_send(dev, iob, &off), 0);
  CHECK_EQ(net_counter(dev, "tx_error"), 0);
  CHECK_EQ(net_counter(dev, "tx_drop_size"), 0);
  for (i = 0; i < 100; i++)
    {
      ssize_t n = recv(g_peer, g_data, sizeof(g_data), 0);

      if (n == (ssize_t)(len + sizeof(*vnet)))
        {
          break;
        }
    }

  CHECK(i < 100);
  CHECK_EQ(vnet->gso_type, VIRTIO_NET_HDR_GSO_TCPV4);
  CHECK_EQ(vnet->gso_size, 1000);
  CHECK_EQ(vnet->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM, 1);

  /* Without the note it is only a frame that is too long */

  iob = netdev_txalloc(dev, 3000, IOB_CLASS_TX);
  CHECK_EQ(iob_trycopyin(iob, g_data, 3000, 0, false), 3000);
  CHECK_EQ(netdev_send(dev, iob, NULL), 0);
  CHECK_EQ(net_counter(dev, "tx_drop_size"), 1);

  /* In */

  memset(vnet, 0, sizeof(*vnet));
  vnet->flags       = VIRTIO_NET_HDR_F_NEEDS_CSUM;
  vnet->gso_type    = VIRTIO_NET_HDR_GSO_TCPV4;
  vnet->gso_size    = 1200;
  vnet->hdr_len     = HEADERS;
  vnet->csum_start  = 34;
  vnet->csum_offset = 16;
  len = make_super(g_data + sizeof(*vnet), 50000);
  CHECK_EQ(send(g_peer, g_data, len + sizeof(*vnet), 0),
           len + sizeof(*vnet));
  for (i = 0; i < 5000 && g_len == 0; i++)
    {
      nxsched_ticksleep(MSEC2TICK(1));
    }

  CHECK_EQ(g_len, len);
  CHECK_EQ(g_off.flags, NETDEV_OFF_PARTIAL | NETDEV_OFF_TCPV4);
  CHECK_EQ(g_off.gso_size, 1200);
  CHECK_EQ(g_off.csum_start, 34);
  CHECK_EQ(g_off.csum_offset, 16);
  peer_close();
}

/* Who had the interface before could take super-frames, who has it now not:
 * the host must know.
 */

static unsigned int host_tso(const char *name)
{
  struct ethtool_value value =
  {
    .cmd = ETHTOOL_GTSO
  };

  struct ifreq ifr;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);

  memset(&ifr, 0, sizeof(ifr));
  snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
  ifr.ifr_data = (char *)&value;
  CHECK_EQ(ioctl(fd, SIOCETHTOOL, &ifr), 0);
  close(fd);
  return value.data;
}

static void plain_again(void)
{
  struct net_driver_s *dev = create("tap,name=tap0,vnet=yes");

  CHECK_EQ(host_tso("tap0"), 1);
  netdev_destroy(dev);
  dev = create("tap,name=tap0");
  CHECK_EQ(dev->d_features, NETDEV_SG);
  CHECK_EQ(host_tso("tap0"), 0);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(net_run(name, false, 1), 0); \
  }

SCENARIO(ordinary)
SCENARIO(lone)
SCENARIO(large)
SCENARIO(polled)
SCENARIO(pieces)
SCENARIO(no_memory)
SCENARIO(refused)
SCENARIO(super)
SCENARIO(plain_again)

static void test_no_privilege(void **state)
{
  int status;
  pid_t pid;

  (void)state;
  fflush(NULL);
  pid = fork();
  if (pid == 0)
    {
      if (setuid(65534) < 0)
        {
          _exit(99);
        }

      _exit(net_run(no_privilege, false, 1) != 0);
    }

  assert_int_equal(waitpid(pid, &status, 0), pid);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 99)
    {
      skip();                        /* A user namespace has no other user */
    }

  assert_int_equal(status, 0);
}

static void test_no_netlab(void **state)
{
  (void)state;
  skip();
}

int main(int argc, char *argv[])
{
  const struct CMUnitTest none[] =
  {
    cmocka_unit_test(test_no_netlab),
  };

  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_ordinary),
    cmocka_unit_test(test_lone),
    cmocka_unit_test(test_large),
    cmocka_unit_test(test_polled),
    cmocka_unit_test(test_pieces),
    cmocka_unit_test(test_no_memory),
    cmocka_unit_test(test_refused),
    cmocka_unit_test(test_no_privilege),
    cmocka_unit_test(test_super),
    cmocka_unit_test(test_plain_again),
  };

  (void)argc;
  if (getenv("NETLAB") == NULL)
    {
      if (system("scripts/netlab --probe") != 0)
        {
          return cmocka_run_group_tests(none, NULL, NULL);
        }

      execl("scripts/netlab", "netlab", "--no-ipv6", "--txqueue", "1000",
            "--", argv[0], NULL);
      perror("scripts/netlab");
      return 1;
    }

  return cmocka_run_group_tests(tests, NULL, NULL);
}
