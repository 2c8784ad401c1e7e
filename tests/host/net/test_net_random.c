/* tests/host/net/test_net_random.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Frames at random.  Goal: whatever comes in by a wire, in whatever order,
 * and whatever the user and the devices do meanwhile, nothing breaks, nothing
 * is lost and everything that we send is well formed.  Method: packets of all
 * kinds, valid at first - answers to what we sent among them - and then
 * spoilt in a place or two, on two wires between which we may forward; in
 * between addresses, links, memory and sockets come and go.  At the end all
 * is closed and time passes: no buffer, timer, endpoint or block of memory
 * may be left (stack_run()).
 *
 * SEED=n runs one sequence again, SEEDS=n more of them, FIRST=n from there.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include <nuttx/fs/fs.h>
#include <nuttx/net/net.h>

#include "ip_util.h"
#include "net_link.h"
#include "stack.h"

#define STEPS  3000
#define WIRES  2
#define SOCKS  12
#define KEPT   32
#define MAXLEN 1514

/* A frame that we sent: what a peer answers, and quotes */

struct kept_s
{
  uint8_t data[MAXLEN];
  unsigned int len;
};

static struct wire_s g_wire[WIRES];
static struct kept_s g_kept[KEPT];
static unsigned int g_nkept;
static int g_sock[SOCKS];
static bool g_mute[SOCKS];           /* It would send what is no ICMP */
static bool g_hoarded;
static bool g_router;                /* May forward: then not all that leaves
                                      * is of our making */
static uint64_t g_seed;
static uint64_t g_state;
static uint8_t g_buf[65600];

/* splitmix64 */

static uint64_t rnd(void)
{
  uint64_t z = g_state += 0x9e3779b97f4a7c15u;

  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static unsigned int upto(unsigned int n)
{
  return (unsigned int)(rnd() % n);
}

static bool chance(unsigned int percent)
{
  return upto(100) < percent;
}

/* What we sent *************************************************************/

/* Read what was sent.  A packet of ours must be right in every byte; one that
 * was only sent on is as its sender made it.
 */

static void read_wire(struct wire_s *wire)
{
  const uint8_t *frame;
  struct pkt_s pkt;
  unsigned int len;

  while ((frame = wire_next(wire, &len)) != NULL)
    {
      const char *wrong = pkt_read(frame, len, &pkt);

      if (wrong != NULL && !g_router)
        {
          net_failed(__FILE__, __LINE__, wrong);
        }

      if (len <= MAXLEN)
        {
          struct kept_s *kept = &g_kept[g_nkept++ % KEPT];

          memcpy(kept->data, frame, len);
          kept->len = len;
        }
    }
}

static const struct kept_s *any_kept(void)
{
  return g_nkept == 0 ? NULL :
         &g_kept[upto(g_nkept < KEPT ? g_nkept : KEPT)];
}

/* Packets ******************************************************************/

static uint32_t any_addr(void)
{
  static const uint32_t some[] =
  {
    0, 0xffffffff, 0x7f000001, 0xe0000001, 0xe0000002, 0xe0010203, 0x0a0000ff,
    0x0a0001ff, 0xa9fe0001, 0xf0000001, 0x08080808
  };

  return chance(15) ? some[upto(sizeof(some) / sizeof(some[0]))] :
         0x0a000001 + upto(2) * 0x100 + upto(4);
}

static uint16_t any_port(void)
{
  static const uint16_t some[] =
  {
    7, 9, 80, 5000, 0
  };

  return chance(95) ? some[upto(4)] : (uint16_t)rnd();
}

static void make_arp(struct pkt_s *pkt)
{
  pkt->ethertype = 0x0806;
  pkt->arp_op    = (uint16_t)(1 + upto(2));
  pkt->arp_spa   = any_addr();
  pkt->arp_tpa   = chance(70) ? 0x0a000001 + upto(2) * 0x100 : any_addr();
  pkt->arp_sha[0] = 2;
  pkt->arp_sha[4] = (uint8_t)upto(2);
  pkt->arp_sha[5] = (uint8_t)(1 + upto(4));
}

static void make_error(struct pkt_s *pkt)
{
  static const uint8_t types[] =
  {
    3, 3, 3, 4, 5, 11, 12
  };

  const struct kept_s *kept = any_kept();

  pkt->proto = IPPROTO_ICMP;
  pkt->type  = types[upto(sizeof(types))];
  pkt->code  = (uint8_t)(chance(50) ? 4 : upto(16));
  pkt->info  = chance(80) ? upto(1600) : (uint32_t)rnd();
  if (kept != NULL && kept->len > IP_AT)
    {
      pkt->data = kept->data + IP_AT;
      pkt->len  = upto(kept->len - IP_AT + 1);
    }
}

static void make_icmp(struct pkt_s *pkt)
{
  pkt->proto = IPPROTO_ICMP;
  pkt->type  = (uint8_t)(chance(70) ? 8 : upto(20));
  pkt->info  = (uint32_t)rnd();
}

static void make_igmp(struct pkt_s *pkt)
{
  static const uint8_t types[] =
  {
    0x11, 0x12, 0x16, 0x17, 0x22
  };

  pkt->proto = IPPROTO_IGMP;
  pkt->type  = types[upto(sizeof(types))];
  pkt->code  = (uint8_t)(chance(30) ? 0 : rnd());
  pkt->info  = chance(50) ? 0 : 0xe0010203;
  pkt->dst   = 0xe0000001;
  pkt->ttl   = 1;
  pkt->len   = chance(70) ? 0 : 4;
}

static void make_udp(struct pkt_s *pkt)
{
  pkt->proto = IPPROTO_UDP;
  pkt->sport = any_port();
  pkt->dport = any_port();
}

static void make_tcp(struct pkt_s *pkt)
{
  pkt->proto  = IPPROTO_TCP;
  pkt->sport  = (uint16_t)(1000 + upto(4));
  pkt->dport  = 80;
  pkt->flags  = (uint8_t)(chance(50) ? 2 : upto(64));
  pkt->seq    = (uint32_t)rnd();
  pkt->ack    = (uint32_t)rnd();
  pkt->wnd    = (uint16_t)rnd();
  pkt->optlen = (uint8_t)(upto(11) * 4);
  memset(pkt->opt, 1, sizeof(pkt->opt));
  if (pkt->optlen >= 12)
    {
      memcpy(pkt->opt, "\x02\x04\x05\xb4\x04\x02\x01\x03\x03\x07\x01\x01",
             12);
    }
}

/* What a peer says to what we sent: so connections are made, and live */

static bool make_answer(struct pkt_s *pkt)
{
  const struct kept_s *kept = any_kept();
  struct pkt_s sent;

  if (kept == NULL || pkt_read(kept->data, kept->len, &sent) != NULL ||
      sent.frag != 0 || sent.mf)
    {
      return false;
    }

  if (sent.ethertype == 0x0806)
    {
      pkt->ethertype  = 0x0806;
      pkt->arp_op     = 2;
      pkt->arp_spa    = sent.arp_tpa;
      pkt->arp_tpa    = sent.arp_spa;
      pkt->arp_sha[0] = 2;
      pkt->arp_sha[4] = 1;
      pkt->arp_sha[5] = (uint8_t)sent.arp_tpa;
      memcpy(pkt->arp_tha, sent.arp_sha, 6);
      return true;
    }

  pkt->src   = sent.dst;
  pkt->dst   = sent.src;
  pkt->proto = sent.proto;
  pkt->sport = sent.dport;
  pkt->dport = sent.sport;
  pkt->info  = sent.info;
  if (sent.proto == IPPROTO_TCP)
    {
      pkt->flags = (uint8_t)(16 | (sent.flags & 2 && !(sent.flags & 16) ?
                                   2 : 0) | (chance(10) ? upto(64) : 0));
      pkt->seq   = sent.ack + (chance(20) ? upto(3000) : 0);
      pkt->ack   = sent.seq + sent.len + (sent.flags & 1) +
                   ((sent.flags >> 1) & 1) - (chance(10) ? upto(100) : 0);
      pkt->wnd   = (uint16_t)(chance(80) ? 30000 : upto(2000));
    }

  return true;
}

/* The packet, without payload of its own yet */

static void make(struct wire_s *wire, struct pkt_s *pkt)
{
  memset(pkt, 0, sizeof(*pkt));
  pkt_from(wire, 2 + upto(3), pkt);
  memcpy(pkt->dmac, wire->dev.d_mac, sizeof(pkt->dmac));
  pkt->tos   = (uint8_t)(chance(20) ? rnd() : 0);
  pkt->ttl   = (uint8_t)(chance(10) ? upto(3) : 64);
  pkt->ident = (uint16_t)upto(8);
  pkt->df    = chance(30);
  if (chance(20))
    {
      pkt->src = any_addr();
    }

  if (chance(30))
    {
      pkt->dst = any_addr();
    }

  pkt->len = chance(80) ? upto(64) : upto(1400);
  if (chance(30) && make_answer(pkt))
    {
      return;
    }

  switch (upto(6))
    {
      case 0:
        pkt->src = 0;
        pkt->dst = 0;
        pkt->len = 0;
        make_arp(pkt);
        break;

      case 1:
        make_error(pkt);
        break;

      case 2:
        make_icmp(pkt);
        break;

      case 3:
        make_igmp(pkt);
        break;

      case 4:
        make_udp(pkt);
        break;

      default:
        make_tcp(pkt);
        break;
    }
}

/* A part of a datagram: offsets are few, so that they meet */

static void cut(struct pkt_s *pkt)
{
  if (pkt->ethertype != 0x0806 && chance(25))
    {
      pkt->frag = (uint16_t)(8 * (chance(95) ? upto(12) : upto(8192)));
      pkt->mf   = chance(70);
      pkt->len  = pkt->mf ? pkt->len & ~7u : pkt->len;
    }
}

/* One place or two; often the header's sum is made right again, so that what
 * is behind it is reached.
 */

static unsigned int spoil(uint8_t *frame, unsigned int len)
{
  struct frame_s whole;
  unsigned int n;

  for (n = 1 + upto(3); n > 0 && len > 0; n--)
    {
      unsigned int at = chance(80) ? upto(len < 64 ? len : 64) : upto(len);

      switch (upto(4))
        {
          case 0:
            frame[at] ^= (uint8_t)(1u << upto(8));
            break;

          case 1:
            frame[at] = (uint8_t)(chance(50) ? 0 : 255);
            break;

          case 2:
            frame[at] = (uint8_t)rnd();
            break;

          default:
            len = chance(50) ? at : len;
            break;
        }
    }

  if (len >= IP_AT + 60 && chance(60))
    {
      memcpy(whole.data, frame, len);
      whole.len = len;
      frame_fixsum(&whole);
      memcpy(frame, whole.data, len);
    }

  return len;
}

static void receive(void)
{
  struct wire_s *wire = &g_wire[upto(WIRES)];
  unsigned int n = 1 + (chance(20) ? upto(8) : 0);
  struct pkt_s pkt;
  unsigned int len;

  for (; n > 0; n--)
    {
      make(wire, &pkt);
      cut(&pkt);
      if (pkt.data == NULL)
        {
          pkt.data = ip_bytes(pkt.len);
        }

      len = pkt_write(&pkt, g_buf);
      if (chance(40))
        {
          len = spoil(g_buf, len);
        }

      if (len > 0)
        {
          wire_rx_more(wire, g_buf, len);
        }
    }

  wire_rx_end(wire);
}

/* The user *****************************************************************/

static void open_socket(int i)
{
  static const int types[][2] =
  {
    {
      SOCK_DGRAM, 0
    },
    {
      SOCK_STREAM, 0
    },
    {
      SOCK_RAW, IPPROTO_ICMP
    },
    {
      SOCK_RAW, 253
    },
    {
      SOCK_DGRAM, IPPROTO_ICMP
    }
  };

  const int *type = types[upto(5)];
  struct sockaddr_in sin;
  struct ip_mreq req;
  int on = 1;

  g_sock[i] = nx_socket(AF_INET, type[0] | SOCK_NONBLOCK, type[1]);
  g_mute[i] = type[0] == SOCK_RAW && type[1] == IPPROTO_ICMP;
  memset(&sin, 0, sizeof(sin));
  sin.sin_family = AF_INET;
  sin.sin_port   = htons(type[0] == SOCK_STREAM ? 80 : any_port());
  nx_setsockopt(g_sock[i], SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  nx_setsockopt(g_sock[i], SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
  if (chance(50))
    {
      nx_setsockopt(g_sock[i], IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
    }

  if (chance(70))
    {
      nx_bind(g_sock[i], (struct sockaddr *)&sin, sizeof(sin));
    }

  if (type[0] == SOCK_STREAM && chance(60))
    {
      nx_listen(g_sock[i], (int)upto(4));
    }
  else if (chance(40))
    {
      sin.sin_addr.s_addr = htonl(any_addr());
      sin.sin_port = htons(any_port());
      nx_connect(g_sock[i], (struct sockaddr *)&sin, sizeof(sin));
    }

  if (type[0] == SOCK_DGRAM && chance(40))
    {
      req.imr_multiaddr.s_addr = htonl(0xe0010203);
      req.imr_interface.s_addr = htonl(0x0a000001 + upto(2) * 0x100);
      nx_setsockopt(g_sock[i], IPPROTO_IP, IP_ADD_MEMBERSHIP, &req,
                    sizeof(req));
    }
}

static void use_socket(void)
{
  int i = (int)upto(SOCKS);
  struct sockaddr_in sin;
  int fd;

  if (g_sock[i] < 0)
    {
      open_socket(i);
      return;
    }

  memset(&sin, 0, sizeof(sin));
  sin.sin_family      = AF_INET;
  sin.sin_addr.s_addr = htonl(any_addr());
  sin.sin_port        = htons(any_port());
  switch (upto(8))
    {
      case 0:
        nx_close(g_sock[i]);
        g_sock[i] = -1;
        break;

      case 1:
        fd = nx_accept4(g_sock[i], NULL, NULL, SOCK_NONBLOCK);
        if (fd >= 0)
          {
            nx_close(g_sock[i]);
            g_sock[i] = fd;
          }

        break;

      case 2:
        if (!g_mute[i])
          {
            nx_sendto(g_sock[i], g_buf,
                      chance(90) ? upto(3000) : upto(65536), MSG_NOSIGNAL,
                      (struct sockaddr *)&sin, sizeof(sin));
          }

        break;

      case 3:
        if (!g_mute[i])
          {
            nx_sendto(g_sock[i], g_buf, upto(3000), MSG_NOSIGNAL, NULL, 0);
          }

        break;

      case 4:
        nx_recvfrom(g_sock[i], g_buf, 1000, MSG_ERRQUEUE, NULL, NULL);
        break;

      case 5:
        nx_shutdown(g_sock[i], (int)upto(3));
        break;

      default:
        nx_recvfrom(g_sock[i], g_buf, upto(70000) % sizeof(g_buf), 0, NULL,
                    NULL);
        break;
    }
}

/* The world ****************************************************************/

static void change_interface(struct wire_s *wire)
{
  uint32_t net = wire == &g_wire[0] ? 0x0a000001 : 0x0a000101;
  struct netaddr_s first = ip_addr(net);
  struct netaddr_s other = ip_addr(net + 1 + upto(2));
  struct netaddr_s gateway = ip_addr(net + 1);
  uint8_t mac[NETDEV_MACLEN];

  switch (upto(9))
    {
      case 0:
        netif_down(wire->nif);
        break;

      case 1:
        netif_addr_del(wire->nif, chance(50) ? &first : &other);
        break;

      case 2:
        netif_addr_add(wire->nif, chance(70) ? &first : &other, 24, NULL);
        break;

      case 3:
        netdev_set_mtu(&wire->dev, 68 + upto(1433));
        break;

      case 4:
        memcpy(mac, wire->dev.d_mac, sizeof(mac));
        mac[3] = (uint8_t)upto(2);
        netdev_set_mac(&wire->dev, mac);
        break;

      case 5:
        netdev_carrier(&wire->dev, chance(70));
        break;

      case 6:
        route_add(&g_netaddr_any4, 0, &gateway, NULL, 0, 0);
        break;

      case 7:
        route_del(&g_netaddr_any4, 0, NULL, NULL);
        break;

      default:
        netif_up(wire->nif);
        netif_addr_add(wire->nif, &first, 24, NULL);
        break;
    }
}

static void change_world(void)
{
  struct wire_s *wire = &g_wire[upto(WIRES)];

  switch (upto(8))
    {
      case 0:
        if (g_hoarded)
          {
            unhoard();
          }
        else
          {
            hoard(upto(3));
          }

        g_hoarded = !g_hoarded;
        break;

      case 1:
        wire->full = true;
        break;

      case 2:
        wire_ready(wire);
        break;

      case 3:
        wire->hold = !wire->hold;
        break;

      case 4:
        if (wire->nheld > 0)
          {
            wire_done_at(wire, upto(wire->nheld));
          }

        break;

      case 5:
        g_net.forwarding = g_router && chance(50);
        wire->nif->probe = chance(20);
        break;

      default:
        change_interface(wire);
        break;
    }
}

/* Everything as it was at first, but for addresses and routes in excess */

static void repair(void)
{
  unsigned int i;

  if (g_hoarded)
    {
      unhoard();
      g_hoarded = false;
    }

  for (i = 0; i < WIRES; i++)
    {
      struct netaddr_s addr = ip_addr(0x0a000001 + i * 0x100);

      g_wire[i].hold = false;
      wire_done(&g_wire[i], WIRE_MAX);
      wire_ready(&g_wire[i]);
      netdev_carrier(&g_wire[i].dev, true);
      netif_up(g_wire[i].nif);
      g_wire[i].nif->probe = false;
      netif_addr_del(g_wire[i].nif, &addr);
      netif_addr_add(g_wire[i].nif, &addr, 24, NULL);
    }
}

static void step(void)
{
  unsigned int what = upto(100);
  unsigned int i;

  if (what < 3)
    {
      repair();
    }
  else if (what < 65)
    {
      receive();
    }
  else if (what < 85)
    {
      use_socket();
    }
  else if (what < 96)
    {
      stack_sleep(chance(80) ? upto(300) * NET_MSEC : upto(40) * NET_SEC);
    }
  else
    {
      change_world();
    }

  for (i = 0; i < WIRES; i++)
    {
      read_wire(&g_wire[i]);
    }
}

static void finish(void)
{
  unsigned int i;

  repair();
  for (i = 0; i < SOCKS; i++)
    {
      if (g_sock[i] >= 0)
        {
          nx_close(g_sock[i]);
        }
    }

  stack_sleep(4000 * NET_SEC);
  CHECK_EQ(net_timer_count(), 0);
  if (chance(50))
    {
      netif_detach(g_wire[0].nif);
    }
}

static void sequence(void)
{
  unsigned int i;

  g_state   = g_seed;
  g_nkept   = 0;
  g_hoarded = false;
  memset(g_sock, -1, sizeof(g_sock));
  wire_create(&g_wire[0], "eth0", 1500, 0);
  wire_create(&g_wire[1], "eth1", 1500, NETDEV_SG);
  g_router = chance(50);
  g_net.forwarding = g_router;
  for (i = 0; i < STEPS; i++)
    {
      step();
    }

  finish();
}

static void test_random(void **state)
{
  const char *seed = getenv("SEED");
  const char *seeds = getenv("SEEDS");
  const char *first = getenv("FIRST");
  uint64_t from = seed != NULL ? strtoull(seed, NULL, 0) :
                  first != NULL ? strtoull(first, NULL, 0) : 1;
  uint64_t n = seed != NULL ? 1 : seeds != NULL ?
               strtoull(seeds, NULL, 0) : 12;
  int failed = 0;

  (void)state;
  for (g_seed = from; g_seed < from + n; g_seed++)
    {
      int ret = stack_run(sequence, g_seed);

      if (ret != 0)
        {
          printf("SEED=%llu fails\n", (unsigned long long)g_seed);
          failed++;
        }
    }

  assert_int_equal(failed, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_random),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
