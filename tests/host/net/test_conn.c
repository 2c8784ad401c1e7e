/* tests/host/net/test_conn.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The tables of endpoints.  Goal: whoever a packet is for is found at the
 * same cost among ten or a hundred thousand; ports are given as Linux gives
 * them; nothing is lost when memory is short.  Method: endpoints without a
 * protocol, entries compared as conn.c counts them, a table of binding
 * rules, and 30,000 random operations against a list that is searched from
 * end to end.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <netinet/in.h>

#include <nuttx/kmalloc.h>

#include "conn.h"
#include "stack.h"

#define MANY 100000

static struct netaddr_s ip(uint32_t host)
{
  return netaddr_from4(htonl(host));
}

static struct socket_conn_s *make(int proto)
{
  struct socket_conn_s *conn = malloc(sizeof(*conn));

  conn_setup(conn, AF_INET, proto);
  return conn;
}

static void drop(struct socket_conn_s *conn)
{
  conn_teardown(conn);
  free(conn);
}

static int bind_to(struct socket_conn_s *conn, uint32_t host, uint16_t port)
{
  struct netaddr_s addr = ip(host);

  return conn_bind(conn, &addr, port);
}

static int connect_to(struct socket_conn_s *conn, uint32_t local,
                      uint32_t host, uint16_t port)
{
  conn->laddr = ip(local);
  conn->raddr = ip(host);
  conn->rport = port;
  return conn_connect(conn);
}

static struct socket_conn_s *listener(uint32_t host, uint16_t port)
{
  struct socket_conn_s *conn = make(IPPROTO_TCP);

  CHECK_EQ(bind_to(conn, host, port), 0);
  CHECK_EQ(conn_listen(conn), 0);
  return conn;
}

/* Who gets a packet */

static struct socket_conn_s *find(int proto, uint32_t dst, uint16_t dport,
                                  uint32_t src, uint16_t sport,
                                  unsigned int ifindex)
{
  struct netaddr_s l = ip(dst);
  struct netaddr_s r = ip(src);
  struct socket_conn_s *conn = conn_lookup(proto, &l, dport, &r, sport,
                                           ifindex);

  return conn != NULL ? conn :
         conn_lookup_bound(proto, &l, dport, &r, sport, ifindex);
}

static size_t heap(void)
{
  struct kmm_info_s info;

  kmm_getinfo(&info);
  return info.nbytes;
}

/* The cost of searching ****************************************************/

struct cost_s
{
  double compares;                   /* A lookup */
  double probes;
  double bytes;                      /* An entry */
};

static uint64_t g_lookups;
static uint64_t g_compares;
static uint64_t g_probes;

static void cost_start(void)
{
  g_lookups  = stack_stat("conn.lookups");
  g_compares = stack_stat("conn.compares");
  g_probes   = stack_stat("conn.probes");
}

static void cost_end(struct cost_s *cost)
{
  double n = stack_stat("conn.lookups") - g_lookups;

  cost->compares += (stack_stat("conn.compares") - g_compares) / n;
  cost->probes   += (stack_stat("conn.probes") - g_probes) / n;
}

/* n connections of one listener, each looked up once; they differ in what
 * "by" says
 */

enum by_e
{
  BY_PEER,
  BY_PEERS_PORT,
  BY_OUR_ADDRESS
};

static struct cost_s measure(unsigned int n, unsigned int rounds,
                             enum by_e by)
{
  struct cost_s cost = { 0, 0, 0 };
  struct socket_conn_s **conn = malloc(n * sizeof(*conn));
  unsigned int r;
  unsigned int i;

  for (r = 0; r < rounds; r++)
    {
      struct socket_conn_s *parent = listener(INADDR_ANY, 80);
      size_t before = heap();

      for (i = 0; i < n; i++)
        {
          conn[i] = make(IPPROTO_TCP);
          conn[i]->laddr = ip(0x7f000001 + (by == BY_OUR_ADDRESS ? i : 0));
          conn[i]->raddr = ip(0x0a000000 + (r << 18) +
                              (by == BY_PEER ? i : 0));
          conn[i]->rport = 1024 + (by == BY_PEERS_PORT ? i : 0);
          CHECK_EQ(conn_inherit(conn[i], parent), 0);
        }

      cost.bytes += (double)(heap() - before) / n;
      cost_start();
      for (i = 0; i < n; i++)
        {
          CHECK(conn_lookup(IPPROTO_TCP, &conn[i]->laddr, 80,
                            &conn[i]->raddr, conn[i]->rport, 1) == conn[i]);
        }

      cost_end(&cost);
      for (i = 0; i < n; i++)
        {
          drop(conn[i]);
        }

      drop(parent);
    }

  free(conn);
  cost.compares /= rounds;
  cost.probes /= rounds;
  cost.bytes /= rounds;
  return cost;
}

static void constant_time(void)
{
  struct cost_s few = measure(10, 200, BY_PEER);
  struct cost_s many = measure(MANY, 1, BY_PEER);

  printf("  at 10: %.3f compares, %.3f probes a lookup; at %d: %.3f, %.3f, "
         "%.1f bytes of table an entry\n", few.compares, few.probes, MANY,
         many.compares, many.probes, many.bytes);
  CHECK(few.compares >= 1);
  CHECK(many.compares <= few.compares * 1.1);
  CHECK(many.probes <= few.probes * 1.25);
  CHECK(many.bytes <= 64);

  /* Whatever it is that tells them apart */

  CHECK(measure(50000, 1, BY_PEERS_PORT).compares <= 1.1);
  CHECK(measure(50000, 1, BY_OUR_ADDRESS).compares <= 1.1);
}

/* Somebody else's packets must not be dear either */

static void absent(void)
{
  struct socket_conn_s *parent = listener(INADDR_ANY, 80);
  struct socket_conn_s **conn = malloc(MANY * sizeof(*conn));
  struct cost_s cost = { 0, 0, 0 };
  unsigned int i;

  for (i = 0; i < MANY; i++)
    {
      conn[i] = make(IPPROTO_TCP);
      conn[i]->laddr = ip(0x7f000001);
      conn[i]->raddr = ip(0x0a000000 + i);
      conn[i]->rport = 5000;
      CHECK_EQ(conn_inherit(conn[i], parent), 0);
    }

  cost_start();
  for (i = 0; i < MANY; i++)
    {
      CHECK(find(IPPROTO_TCP, 0x7f000001, 81, 0x0a000000 + i, 5000, 1) ==
            NULL);
      CHECK(find(IPPROTO_TCP, 0x7f000001, 80, 0x0b000000 + i, 5000, 1) ==
            parent);
    }

  cost_end(&cost);
  CHECK(cost.compares <= 0.26);      /* One of the four: the listener */
  for (i = 0; i < MANY; i++)
    {
      drop(conn[i]);
    }

  drop(parent);
  free(conn);
}

/* n listeners, half of them on one address, half on any */

static double listeners(unsigned int n)
{
  struct socket_conn_s **conn = malloc(n * sizeof(*conn));
  struct cost_s cost = { 0, 0, 0 };
  unsigned int i;

  for (i = 0; i < n; i++)
    {
      conn[i] = listener(i % 2 ? 0x7f000001 : INADDR_ANY, 1 + i);
    }

  cost_start();
  for (i = 0; i < n; i++)
    {
      CHECK(find(IPPROTO_TCP, 0x7f000001, 1 + i, 0x0a000002, 99, 1) ==
            conn[i]);
    }

  cost_end(&cost);
  for (i = 0; i < n; i++)
    {
      drop(conn[i]);
    }

  free(conn);
  return cost.compares;
}

static void ten_thousand_listeners(void)
{
  double few = listeners(10);
  double many = listeners(10000);

  printf("  at 10: %.3f compares, at 10000: %.3f\n", few, many);
  CHECK(few > 0);
  CHECK(many <= few * 1.1);
}

static void many_addresses(void)
{
  struct socket_conn_s *conn[1000];
  struct cost_s cost = { 0, 0, 0 };
  struct socket_conn_s *any;
  unsigned int i;

  for (i = 0; i < 1000; i++)
    {
      conn[i] = make(IPPROTO_UDP);
      conn[i]->options |= CONN_REUSEADDR;
      CHECK_EQ(bind_to(conn[i], 0x7f000001 + i, 53), 0);
    }

  CHECK(find(IPPROTO_UDP, 0x7f010000, 53, 0x0a000002, 99, 1) == NULL);
  any = make(IPPROTO_UDP);
  any->options |= CONN_REUSEADDR;
  CHECK_EQ(bind_to(any, INADDR_ANY, 53), 0);
  cost_start();
  for (i = 0; i < 1000; i++)
    {
      CHECK(find(IPPROTO_UDP, 0x7f000001 + i, 53, 0x0a000002, 99, 1) ==
            conn[i]);
    }

  cost_end(&cost);
  CHECK(cost.compares <= 1.01);
  CHECK(find(IPPROTO_UDP, 0x7f010000, 53, 0x0a000002, 99, 1) == any);
  for (i = 0; i < 1000; i++)
    {
      drop(conn[i]);
    }

  drop(any);
}

/* Binding ******************************************************************/

#define ANY 0
#define A   0x7f000001
#define B   0x7f000002
#define RA  CONN_REUSEADDR
#define RP  CONN_REUSEPORT
#define TCP IPPROTO_TCP
#define UDP IPPROTO_UDP

static const struct rule_s
{
  const char *what;
  uint32_t addr[2];
  uint16_t options[2];
  uint8_t proto[2];
  uint8_t ifindex[2];
  bool listen;                       /* The first */
  int bind;                          /* What the second gets */
  int then;                          /* ... and from listen() */
} g_rules[] =
{
  { "same", { A, A }, { 0, 0 }, { TCP, TCP }, { 0, 0 }, false,
    -EADDRINUSE, 0 },
  { "two addresses", { A, B }, { 0, 0 }, { TCP, TCP }, { 0, 0 }, true,
    0, 0 },
  { "any after one", { A, ANY }, { 0, 0 }, { TCP, TCP }, { 0, 0 }, false,
    -EADDRINUSE, 0 },
  { "one after any", { ANY, A }, { 0, 0 }, { TCP, TCP }, { 0, 0 }, false,
    -EADDRINUSE, 0 },
  { "reuse, one side", { A, A }, { RA, 0 }, { TCP, TCP }, { 0, 0 }, false,
    -EADDRINUSE, 0 },
  { "reuse, other side", { A, A }, { 0, RA }, { TCP, TCP }, { 0, 0 }, false,
    -EADDRINUSE, 0 },
  { "reuse", { A, A }, { RA, RA }, { TCP, TCP }, { 0, 0 }, false, 0, 0 },
  { "reuse, listens", { A, A }, { RA, RA }, { TCP, TCP }, { 0, 0 }, true,
    -EADDRINUSE, 0 },
  { "reuse, any listens", { ANY, A }, { RA, RA }, { TCP, TCP }, { 0, 0 },
    true, -EADDRINUSE, 0 },
  { "reuseport", { A, A }, { RP, RP }, { TCP, TCP }, { 0, 0 }, true, 0, 0 },
  { "reuseport, one side", { A, A }, { RP, 0 }, { TCP, TCP }, { 0, 0 }, true,
    -EADDRINUSE, 0 },
  { "unlike reuse", { A, A }, { RP, RA }, { TCP, TCP }, { 0, 0 }, false,
    -EADDRINUSE, 0 },
  { "udp", { A, A }, { 0, 0 }, { UDP, UDP }, { 0, 0 }, false,
    -EADDRINUSE, 0 },
  { "udp reuse", { A, A }, { RA, RA }, { UDP, UDP }, { 0, 0 }, false, 0, 0 },
  { "udp reuseport", { ANY, A }, { RP, RP }, { UDP, UDP }, { 0, 0 }, false,
    0, 0 },
  { "udp beside tcp", { A, A }, { 0, 0 }, { TCP, UDP }, { 0, 0 }, true,
    0, 0 },
  { "two devices", { ANY, ANY }, { 0, 0 }, { UDP, UDP }, { 1, 2 }, false,
    0, 0 },
  { "one device", { ANY, ANY }, { 0, 0 }, { UDP, UDP }, { 1, 1 }, false,
    -EADDRINUSE, 0 },
  { "device beside all", { ANY, ANY }, { 0, 0 }, { UDP, UDP }, { 1, 0 },
    false, -EADDRINUSE, 0 }
};

static void binding_rules(void)
{
  unsigned int i;

  for (i = 0; i < nitems(g_rules); i++)
    {
      const struct rule_s *r = &g_rules[i];
      struct socket_conn_s *a = make(r->proto[0]);
      struct socket_conn_s *b = make(r->proto[1]);
      int ret;

      a->options |= r->options[0];
      b->options |= r->options[1];
      a->ifindex = r->ifindex[0];
      b->ifindex = r->ifindex[1];
      CHECK_EQ(bind_to(a, r->addr[0], 1000), 0);
      CHECK(!r->listen || conn_listen(a) == 0);
      ret = bind_to(b, r->addr[1], 1000);
      if (ret != r->bind)
        {
          printf("  rule \"%s\": %d\n", r->what, ret);
        }

      CHECK_EQ(ret, r->bind);
      CHECK_EQ((b->flags & CONN_BOUND) != 0, ret == 0);
      if (ret == 0 && r->proto[1] == TCP)
        {
          CHECK_EQ(conn_listen(b), r->then);
        }

      drop(a);
      CHECK(ret == 0 || bind_to(b, r->addr[1], 1000) == 0);
      drop(b);
    }
}

/* Both bound with SO_REUSEADDR, then both want to listen: only one may */

static void second_listener(void)
{
  struct socket_conn_s *a = make(TCP);
  struct socket_conn_s *b = make(TCP);

  a->options |= RA;
  b->options |= RA;
  CHECK_EQ(conn_listen(a), -EINVAL);     /* Not bound */
  CHECK_EQ(bind_to(a, A, 80), 0);
  CHECK_EQ(bind_to(a, A, 81), -EINVAL);  /* Bound already */
  CHECK_EQ(bind_to(b, A, 80), 0);
  CHECK(find(TCP, A, 80, B, 9, 1) == NULL);
  CHECK_EQ(conn_listen(a), 0);
  CHECK_EQ(conn_listen(a), 0);
  CHECK_EQ(conn_listen(b), -EADDRINUSE);
  CHECK(find(TCP, A, 80, B, 9, 1) == a);
  conn_unlisten(a);
  CHECK(find(TCP, A, 80, B, 9, 1) == NULL);
  CHECK_EQ(conn_listen(b), 0);
  CHECK(find(TCP, A, 80, B, 9, 1) == b);
  drop(a);
  drop(b);
}

static void wrong_addresses(void)
{
  struct socket_conn_s *tcp = make(TCP);
  struct socket_conn_s *udp = make(UDP);

  CHECK_EQ(bind_to(tcp, 0xc0a80001, 80), -EADDRNOTAVAIL);
  CHECK_EQ(bind_to(udp, 0xc0a80001, 80), -EADDRNOTAVAIL);
  CHECK_EQ(bind_to(tcp, 0xe0000001, 80), -EADDRNOTAVAIL);
  CHECK_EQ(bind_to(tcp, INADDR_BROADCAST, 80), -EADDRNOTAVAIL);
  CHECK_EQ(tcp->flags, 0);
  CHECK_EQ(bind_to(udp, 0xe0000001, 80), 0);
  conn_teardown(udp);
  conn_setup(udp, AF_INET, UDP);
  CHECK_EQ(bind_to(udp, INADDR_BROADCAST, 80), 0);
  tcp->options |= CONN_FREEBIND;
  CHECK_EQ(bind_to(tcp, 0xc0a80001, 80), 0);
  drop(tcp);
  drop(udp);
}

/* Ports that nobody chose **************************************************/

static void random_ports(void)
{
  static uint8_t seen[65536];
  struct socket_conn_s *conn[1000];
  unsigned int steps = 0;
  unsigned int low = 0;
  unsigned int i;

  memset(seen, 0, sizeof(seen));
  for (i = 0; i < 1000; i++)
    {
      conn[i] = make(i % 2 ? TCP : UDP);
      CHECK_EQ(bind_to(conn[i], ANY, 0), 0);
      CHECK(conn[i]->lport >= NET_PORT_FIRST);
      CHECK(conn[i]->lport <= NET_PORT_LAST);
      CHECK_EQ(conn[i]->flags & CONN_BOUND_PORT, 0);
      CHECK_EQ(seen[conn[i]->lport] & (1 << i % 2), 0);
      seen[conn[i]->lport] |= 1 << i % 2;
      low += conn[i]->lport < (NET_PORT_FIRST + NET_PORT_LAST) / 2;
      steps += i > 1 && abs(conn[i]->lport - conn[i - 2]->lport) < 16;
    }

  /* Not a counter, and not half of the range: 1.1 and 500 are expected */

  CHECK(steps < 20);
  CHECK(low > 400 && low < 600);
  for (i = 0; i < 1000; i++)
    {
      drop(conn[i]);
    }
}

#define NPORTS (NET_PORT_LAST - NET_PORT_FIRST + 1)

static void ports_run_out(void)
{
  struct socket_conn_s **conn = malloc(NPORTS * sizeof(*conn));
  struct socket_conn_s *more = make(UDP);
  uint16_t freed;
  unsigned int i;

  for (i = 0; i < NPORTS; i++)
    {
      conn[i] = make(UDP);
      conn[i]->options |= RA | RP;   /* Of no use: nobody shares by chance */
      CHECK_EQ(bind_to(conn[i], ANY, 0), 0);
    }

  more->options |= RA | RP;
  CHECK_EQ(bind_to(more, ANY, 0), -EADDRINUSE);
  CHECK_EQ(bind_to(more, A, 0), -EADDRINUSE);
  freed = conn[NPORTS / 3]->lport;
  drop(conn[NPORTS / 3]);
  CHECK_EQ(bind_to(more, A, 0), 0);
  CHECK_EQ(more->lport, freed);
  conn[NPORTS / 3] = more;
  for (i = 0; i < NPORTS; i++)
    {
      drop(conn[i]);
    }

  free(conn);
}

/* Connecting shares ports among peers, and takes none that somebody bound */

static void connect_shares(void)
{
  unsigned int n = NPORTS - 1;
  struct socket_conn_s **conn = malloc(2 * n * sizeof(*conn));
  struct socket_conn_s *bound = make(TCP);
  struct socket_conn_s *more = make(TCP);
  unsigned int i;

  CHECK_EQ(bind_to(bound, ANY, NET_PORT_FIRST + 7), 0);
  for (i = 0; i < 2 * n; i++)
    {
      conn[i] = make(TCP);
      CHECK_EQ(connect_to(conn[i], A, i < n ? 0x0a000002 : 0x0a000003, 80),
               0);
      CHECK(conn[i]->lport != bound->lport);
    }

  CHECK_EQ(connect_to(more, A, 0x0a000002, 80), -EADDRNOTAVAIL);
  CHECK_EQ(more->flags, 0);
  CHECK_EQ(connect_to(more, B, 0x0a000002, 80), 0);
  for (i = 0; i < 2 * n; i++)
    {
      CHECK(find(TCP, A, conn[i]->lport, i < n ? 0x0a000002 : 0x0a000003,
                 80, 1) == conn[i]);
      drop(conn[i]);
    }

  drop(bound);
  drop(more);
  free(conn);
}

/* Who gets it **************************************************************/

static void most_specific(void)
{
  struct socket_conn_s *any = make(UDP);
  struct socket_conn_s *one = make(UDP);
  struct socket_conn_s *dev = make(UDP);
  struct socket_conn_s *peer = make(UDP);

  any->options |= RA;
  one->options |= RA;
  dev->options |= RA;
  peer->options |= RA;
  dev->ifindex = 2;
  CHECK_EQ(bind_to(dev, ANY, 53), 0);
  CHECK_EQ(bind_to(any, ANY, 53), 0);
  CHECK_EQ(bind_to(one, A, 53), 0);
  CHECK_EQ(bind_to(peer, A, 53), 0);
  CHECK(find(UDP, A, 53, B, 99, 1) == peer);   /* The newest of equals */
  CHECK_EQ(connect_to(peer, A, B, 99), 0);
  CHECK(find(UDP, A, 53, B, 99, 1) == peer);
  CHECK(find(UDP, A, 53, B, 98, 1) == one);
  CHECK(find(UDP, B, 53, B, 98, 1) == any);
  CHECK(find(UDP, B, 53, B, 98, 2) == dev);
  CHECK(find(UDP, B, 54, B, 98, 2) == NULL);
  CHECK(find(TCP, B, 53, B, 98, 2) == NULL);
  drop(any);
  CHECK(find(UDP, B, 53, B, 98, 1) == NULL);
  CHECK(find(UDP, B, 53, B, 98, 2) == dev);

  /* The user chose address and port: they stay when the peer goes */

  conn_disconnect(peer);
  CHECK_EQ(peer->lport, 53);
  CHECK(find(UDP, A, 53, B, 99, 1) == peer);
  drop(one);
  drop(dev);
  drop(peer);
}

static void disconnecting(void)
{
  struct socket_conn_s *conn = make(UDP);
  uint16_t port;

  CHECK_EQ(bind_to(conn, ANY, 0), 0);
  port = conn->lport;
  CHECK_EQ(connect_to(conn, A, B, 99), 0);
  CHECK_EQ(conn->lport, port);

  /* Another peer: found by the new one only */

  CHECK_EQ(connect_to(conn, A, B, 100), 0);
  CHECK(find(UDP, A, port, B, 99, 1) == NULL);
  CHECK(find(UDP, A, port, B, 100, 1) == conn);
  conn_disconnect(conn);
  CHECK(find(UDP, A, port, B, 100, 1) == NULL);
  CHECK_EQ(conn->lport, 0);
  CHECK(netaddr_isany(&conn->laddr));
  CHECK_EQ(conn->flags, 0);
  drop(conn);
}

/* TCP: a quadruple is taken once; UDP does not care */

static void quadruple_taken(void)
{
  struct socket_conn_s *a = make(TCP);
  struct socket_conn_s *b = make(TCP);
  struct socket_conn_s *u = make(UDP);
  struct socket_conn_s *v = make(UDP);

  a->options |= RA;
  b->options |= RA;
  u->options |= RA;
  v->options |= RA;
  CHECK_EQ(bind_to(a, A, 5000), 0);
  CHECK_EQ(bind_to(b, A, 5000), 0);
  CHECK_EQ(connect_to(a, A, B, 80), 0);
  CHECK_EQ(connect_to(b, A, B, 80), -EADDRNOTAVAIL);
  CHECK_EQ(connect_to(b, A, B, 81), 0);
  CHECK_EQ(bind_to(u, A, 5000), 0);
  CHECK_EQ(bind_to(v, A, 5000), 0);
  CHECK_EQ(connect_to(u, A, B, 80), 0);
  CHECK_EQ(connect_to(v, A, B, 80), 0);
  CHECK(find(UDP, A, 5000, B, 80, 1) == v);
  drop(v);
  CHECK(find(UDP, A, 5000, B, 80, 1) == u);
  drop(a);
  drop(b);
  drop(u);
}

/* The last one that was found is remembered: no longer when it has gone, is
 * another's heir, shares its key, or is bound to another device.
 */

static void remembered(void)
{
  struct socket_conn_s *old = make(UDP);
  struct socket_conn_s *new = make(UDP);
  struct socket_conn_s *tcp = make(TCP);
  struct socket_conn_s *heir = malloc(sizeof(*heir));

  old->options |= RA;
  new->options |= RA;
  CHECK_EQ(bind_to(old, A, 5000), 0);
  CHECK_EQ(bind_to(new, A, 5000), 0);
  CHECK_EQ(bind_to(tcp, A, 5000), 0);
  CHECK_EQ(connect_to(old, A, B, 80), 0);
  CHECK(find(UDP, A, 5000, B, 80, 1) == old);
  CHECK(find(UDP, A, 5000, B, 80, 1) == old);

  CHECK_EQ(connect_to(tcp, A, B, 80), 0);
  CHECK(find(TCP, A, 5000, B, 80, 1) == tcp);
  CHECK(find(UDP, A, 5000, B, 80, 1) == old);

  CHECK_EQ(connect_to(new, A, B, 80), 0);
  CHECK(find(UDP, A, 5000, B, 80, 1) == new);
  drop(new);
  CHECK(find(UDP, A, 5000, B, 80, 1) == old);

  old->ifindex = 2;
  CHECK(find(UDP, A, 5000, B, 80, 1) == NULL);
  CHECK(find(UDP, A, 5000, B, 80, 2) == old);
  old->ifindex = 0;
  CHECK(find(UDP, A, 5000, B, 80, 1) == old);
  drop(old);
  CHECK(find(UDP, A, 5000, B, 80, 1) == NULL);

  CHECK(find(TCP, A, 5000, B, 80, 1) == tcp);
  conn_replace(tcp, heir);
  drop(tcp);
  CHECK(find(TCP, A, 5000, B, 80, 1) == heir);
  drop(heir);
  CHECK(find(TCP, A, 5000, B, 80, 1) == NULL);
}

static void reuseport_group(void)
{
  struct socket_conn_s *conn[8];
  unsigned int hits[8] = { 0 };
  struct socket_conn_s *c;
  unsigned int i;
  unsigned int j;

  for (i = 0; i < 8; i++)
    {
      conn[i] = make(TCP);
      conn[i]->options |= RP;
      CHECK_EQ(bind_to(conn[i], ANY, 80), 0);
      CHECK_EQ(conn_listen(conn[i]), 0);
    }

  for (i = 0; i < 8000; i++)
    {
      c = find(TCP, A, 80, 0x0a000000 + i, 1024 + i, 1);
      CHECK(c == find(TCP, A, 80, 0x0a000000 + i, 1024 + i, 1));
      for (j = 0; j < 8 && conn[j] != c; j++)
        {
        }

      CHECK(j < 8);
      hits[j % 8]++;
    }

  for (i = 0; i < 8; i++)
    {
      CHECK(hits[i] > 800 && hits[i] < 1200);
      drop(conn[i]);
    }
}

/* Life *********************************************************************/

static int count_and_free(struct socket_conn_s *conn, void *arg)
{
  ++*(unsigned int *)arg;
  drop(conn);
  return 0;
}

static int count_only(struct socket_conn_s *conn, void *arg)
{
  (void)conn;
  return ++*(unsigned int *)arg == 100 ? 100 : 0;
}

static void foreach_frees(void)
{
  unsigned int round;

  for (round = 0; round < 50; round++)
    {
      unsigned int n = 0;
      unsigned int i;

      for (i = 0; i < 300; i++)
        {
          CHECK_EQ(bind_to(make(UDP), 0x7f000001 + i % 3, 1000 + i), 0);
        }

      CHECK_EQ(bind_to(make(TCP), A, 1000), 0);
      CHECK_EQ(conn_foreach(UDP, count_only, &n), 100);
      CHECK_EQ(n, 100);
      n = 0;
      CHECK_EQ(conn_foreach(UDP, count_and_free, &n), 0);
      CHECK_EQ(n, 300);
      n = 0;
      CHECK_EQ(conn_foreach(TCP, count_and_free, &n), 0);
      CHECK_EQ(n, 1);
      CHECK_EQ(conn_count(), 0);
    }
}

/* A TIME-WAIT entry takes the place of a connection, whoever is beside it */

static void replaced(void)
{
  struct socket_conn_s *parent = listener(ANY, 80);
  struct socket_conn_s *conn[3];
  struct socket_conn_s *again = make(TCP);
  unsigned int i;

  for (i = 0; i < 3; i++)
    {
      conn[i] = make(TCP);
      conn[i]->laddr = ip(A);
      conn[i]->raddr = ip(B);
      conn[i]->rport = 100 + i;
      CHECK_EQ(conn_inherit(conn[i], parent), 0);
    }

  for (i = 0; i < 3; i++)
    {
      struct socket_conn_s *heir = malloc(sizeof(*heir));

      memset(heir, 0xa5, sizeof(*heir));
      kmm_fail(1);
      conn_replace(conn[i], heir);
      kmm_fail(0);
      CHECK_EQ(conn[i]->flags, 0);
      drop(conn[i]);
      CHECK(find(TCP, A, 80, B, 100 + i, 1) == heir);
      conn[i] = heir;
    }

  again->laddr = ip(A);
  again->raddr = ip(B);
  again->rport = 101;
  CHECK_EQ(conn_inherit(again, parent), -EADDRINUSE);
  drop(conn[1]);
  CHECK(find(TCP, A, 80, B, 101, 1) == parent);
  CHECK_EQ(conn_inherit(again, parent), 0);
  CHECK(find(TCP, A, 80, B, 101, 1) == again);

  /* The port outlives the listener, and is not free */

  drop(parent);
  parent = make(TCP);
  CHECK_EQ(bind_to(parent, ANY, 80), -EADDRINUSE);
  drop(conn[0]);
  drop(conn[2]);
  drop(again);
  CHECK_EQ(bind_to(parent, ANY, 80), 0);
  drop(parent);
}

/* Also among equal keys, first, in the middle and last */

static void replaced_in_chain(void)
{
  struct socket_conn_s *conn[3];
  unsigned int i;

  for (i = 0; i < 3; i++)
    {
      conn[i] = make(UDP);
      conn[i]->options |= RA;
      CHECK_EQ(bind_to(conn[i], A, 53), 0);
    }

  for (i = 0; i < 3; i++)
    {
      struct socket_conn_s *heir = malloc(sizeof(*heir));

      conn_replace(conn[i], heir);
      drop(conn[i]);
      conn[i] = heir;
    }

  CHECK(find(UDP, A, 53, B, 1, 1) == conn[2]);
  drop(conn[2]);
  CHECK(find(UDP, A, 53, B, 1, 1) == conn[1]);
  drop(conn[1]);
  CHECK(find(UDP, A, 53, B, 1, 1) == conn[0]);
  drop(conn[0]);
  CHECK(find(UDP, A, 53, B, 1, 1) == NULL);
}

/* Each allocation fails once: -ENOMEM, and everything as before */

static void no_memory(void)
{
  struct socket_conn_s *conn = make(UDP);
  struct socket_conn_s *tcp = make(TCP);
  struct socket_conn_s *peer[14];
  struct socket_conn_s *fill;
  unsigned int failed = 0;
  unsigned int n;
  unsigned int i;
  int ret = -1;

  for (n = 1; ret != 0; n++)
    {
      size_t before = heap();

      kmm_fail(n);
      ret = bind_to(conn, A, 53);
      kmm_fail(0);
      if (ret != 0)
        {
          CHECK_EQ(ret, -ENOMEM);
          CHECK_EQ(conn->flags, 0);
          CHECK_EQ(conn->lport, 0);
          CHECK(netaddr_isany(&conn->laddr));
          CHECK(find(UDP, A, 53, B, 1, 1) == NULL);
          CHECK(heap() <= before + 600); /* A table at most */
          failed++;
        }
    }

  CHECK(failed >= 2);

  /* Connected, it has its place among the waiting ones to go back to */

  kmm_fail(1);
  CHECK_EQ(connect_to(conn, A, B, 9), -ENOMEM);
  kmm_fail(0);
  CHECK(find(UDP, A, 53, B, 9, 1) == conn);
  CHECK_EQ(connect_to(conn, A, B, 9), 0);
  conn_teardown(conn);
  conn_setup(conn, AF_INET, UDP);
  CHECK_EQ(bind_to(conn, ANY, 53), 0);
  fill = listener(A, 80);
  for (i = 0; i < 14; i++)           /* The table of connected ones: full */
    {
      peer[i] = make(TCP);
      peer[i]->laddr = ip(A);
      peer[i]->raddr = ip(B);
      peer[i]->rport = i;
      kmm_fail(i >= 8 ? 1 : 0);
      CHECK_EQ(conn_inherit(peer[i], fill), 0);
    }

  kmm_fail(1);
  CHECK_EQ(connect_to(conn, A, B, 9), -ENOMEM);
  kmm_fail(0);
  CHECK(find(UDP, B, 53, B, 9, 1) == conn);
  CHECK(find(UDP, A, 53, B, 9, 1) == conn);
  CHECK_EQ(connect_to(conn, A, B, 9), 0);
  CHECK(find(UDP, B, 53, B, 9, 1) == NULL);
  for (i = 0; i < 14; i++)
    {
      drop(peer[i]);
    }

  drop(fill);

  for (n = 1, ret = -1; ret != 0; n++)
    {
      kmm_fail(n);
      ret = connect_to(tcp, A, B, 80);
      kmm_fail(0);
      CHECK(ret == 0 || (ret == -ENOMEM && tcp->flags == 0));
    }

  drop(conn);
  drop(tcp);
}

/* A table that cannot grow is filled further; then it says so */

static void no_larger_table(void)
{
  struct socket_conn_s *parent = listener(ANY, 80);
  struct socket_conn_s *conn[20];
  unsigned int i;
  unsigned int n = 0;

  for (i = 0; i < 20; i++)
    {
      int ret;

      conn[i] = make(TCP);
      conn[i]->laddr = ip(A);
      conn[i]->raddr = ip(B);
      conn[i]->rport = 100 + i;
      kmm_fail(i > 0 ? 1 : 0);
      ret = conn_inherit(conn[i], parent);
      CHECK_EQ(ret, i < 14 ? 0 : -ENOMEM);
      n += ret == 0;
    }

  kmm_fail(0);
  CHECK_EQ(n, 14);
  for (i = 0; i < 20; i++)
    {
      CHECK(find(TCP, A, 80, B, 100 + i, 1) == (i < n ? conn[i] : parent));
      drop(conn[i]);
    }

  drop(parent);
}

/* Against a list ***********************************************************/

#define MODEL 400

struct model_s
{
  struct socket_conn_s *conn;        /* NULL: none */
  uint64_t born;                     /* Of its key: the newest wins */
  bool waits;                        /* In the table of waiting ones */
};

static struct model_s g_model[MODEL];
static uint64_t g_clock;

/* Whom the rules of conn.h choose; nobody has SO_REUSEPORT here */

static struct socket_conn_s *oracle(int proto, uint32_t dst, uint16_t dport,
                                    uint32_t src, uint16_t sport)
{
  struct netaddr_s l = ip(dst);
  struct netaddr_s r = ip(src);
  struct model_s *best = NULL;
  int score = 0;
  unsigned int i;

  for (i = 0; i < MODEL; i++)
    {
      struct model_s *m = &g_model[i];
      struct socket_conn_s *c = m->conn;
      int s;

      if (c == NULL || c->proto != proto || c->lport != dport)
        {
          continue;
        }

      if ((c->flags & CONN_CONNECTED) != 0)
        {
          s = netaddr_equal(&c->laddr, &l) && netaddr_equal(&c->raddr, &r) &&
              c->rport == sport ? 3 : 0;
        }
      else
        {
          s = !m->waits ? 0 : netaddr_equal(&c->laddr, &l) ? 2 :
              netaddr_isany(&c->laddr) ? 1 : 0;
        }

      if (s > score || (s == score && s > 0 && m->born > best->born))
        {
          best  = m;
          score = s;
        }
    }

  return best != NULL ? best->conn : NULL;
}

static uint32_t pick(uint32_t n)
{
  return net_random() % n;
}

static void step(struct model_s *m)
{
  struct socket_conn_s *c = m->conn;

  if (c == NULL)
    {
      m->conn = c = make(pick(2) ? TCP : UDP);
      c->options |= RA;
      m->waits = false;
      return;
    }

  switch (pick(6))
    {
      case 0:
      case 1:
        if (bind_to(c, pick(2) ? ANY : A + pick(3), 1000 + pick(8)) == 0)
          {
            m->born  = ++g_clock;
            m->waits = c->proto == UDP;
          }

        break;

      case 2:
        if ((c->flags & (CONN_LISTENING | CONN_CONNECTED)) == 0 &&
            ((c->flags & CONN_BOUND) == 0 || c->proto == TCP || m->waits) &&
            connect_to(c, A + pick(3), 0x0a000001 + pick(4), pick(8)) == 0)
          {
            m->born  = ++g_clock;
            m->waits = false;
          }

        break;

      case 3:
        if (c->proto == TCP && (c->flags & CONN_CONNECTED) == 0 &&
            (c->flags & CONN_LISTENING) == 0 && conn_listen(c) == 0)
          {
            m->born  = ++g_clock;
            m->waits = true;
          }

        break;

      case 4:
        if ((c->flags & CONN_CONNECTED) != 0)
          {
            conn_disconnect(c);
            m->born  = ++g_clock;
            m->waits = c->proto == UDP && (c->flags & CONN_BOUND) != 0;
          }

        break;

      default:
        drop(c);
        m->conn = NULL;
        break;
    }
}

static void against_a_list(void)
{
  unsigned int found = 0;
  unsigned int i;

  memset(g_model, 0, sizeof(g_model));
  for (i = 0; i < 30000; i++)
    {
      int proto = pick(2) ? TCP : UDP;
      uint32_t dst = A + pick(4);
      uint32_t src = 0x0a000001 + pick(4);
      uint16_t dport = 1000 + pick(8);
      uint16_t sport = pick(8);
      struct socket_conn_s *c;

      step(&g_model[pick(MODEL)]);
      c = find(proto, dst, dport, src, sport, 1);
      CHECK(c == oracle(proto, dst, dport, src, sport));
      found += c != NULL;
    }

  CHECK(found > 5000 && found < 29000);
  for (i = 0; i < MODEL; i++)
    {
      if (g_model[i].conn != NULL)
        {
          drop(g_model[i].conn);
        }
    }
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(constant_time)
SCENARIO(absent)
SCENARIO(ten_thousand_listeners)
SCENARIO(many_addresses)
SCENARIO(binding_rules)
SCENARIO(second_listener)
SCENARIO(wrong_addresses)
SCENARIO(random_ports)
SCENARIO(ports_run_out)
SCENARIO(connect_shares)
SCENARIO(most_specific)
SCENARIO(disconnecting)
SCENARIO(quadruple_taken)
SCENARIO(remembered)
SCENARIO(reuseport_group)
SCENARIO(foreach_frees)
SCENARIO(replaced)
SCENARIO(replaced_in_chain)
SCENARIO(no_memory)
SCENARIO(no_larger_table)

static void test_against_a_list(void **state)
{
  uint64_t seed;

  (void)state;
  for (seed = 1; seed <= 3; seed++)
    {
      printf("  seed %d\n", (int)seed);
      assert_int_equal(stack_run(against_a_list, seed), 0);
    }
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_constant_time),
    cmocka_unit_test(test_absent),
    cmocka_unit_test(test_ten_thousand_listeners),
    cmocka_unit_test(test_many_addresses),
    cmocka_unit_test(test_binding_rules),
    cmocka_unit_test(test_second_listener),
    cmocka_unit_test(test_wrong_addresses),
    cmocka_unit_test(test_random_ports),
    cmocka_unit_test(test_ports_run_out),
    cmocka_unit_test(test_connect_shares),
    cmocka_unit_test(test_most_specific),
    cmocka_unit_test(test_disconnecting),
    cmocka_unit_test(test_quadruple_taken),
    cmocka_unit_test(test_remembered),
    cmocka_unit_test(test_reuseport_group),
    cmocka_unit_test(test_foreach_frees),
    cmocka_unit_test(test_replaced),
    cmocka_unit_test(test_replaced_in_chain),
    cmocka_unit_test(test_no_memory),
    cmocka_unit_test(test_no_larger_table),
    cmocka_unit_test(test_against_a_list)
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
