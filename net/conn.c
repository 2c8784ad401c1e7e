/* net/conn.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Endpoints: where they are found, and who may have which port.
 *
 * Three tables (conn_table.h).  A packet looks for its endpoint in the first,
 * then in the second; binding looks into the third.
 *
 *   connected   protocol, both addresses, both ports
 *   waiting     protocol, local address (or any), local port: TCP listeners,
 *               and whatever of the other protocols has no peer
 *   ports       protocol, port -> struct conn_port_s: a list of all who have
 *               that port, connected or not
 *
 * An endpoint is in one of the first two at most, and on the list of its
 * port as long as it is bound.  Several endpoints may have equal keys
 * (SO_REUSEADDR, SO_REUSEPORT, different devices): the table knows the
 * first, the others hang on it by hash_next.
 *
 * A lookup so costs one comparison for a connection.  One that is not there
 * costs none, then one each for the address and for any.  A listener on one
 * address of a port that has a thousand others is as fast to find as alone.
 *
 * Ports that nobody chose are picked at random, and anew for each endpoint
 * (RFC 6056, 3.3.2); when that hits used ones several times in a row, all
 * others are tried in order.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <netinet/in.h>
#include <poll.h>

#include <nuttx/kmalloc.h>

#include "conn.h"
#include "conn_table.h"
#include "dgramq.h"
#include "net.h"

#define CONN_BUFFER 212992           /* SO_SNDBUF, SO_RCVBUF: as Linux */
#define PORT_COUNT  (NET_PORT_LAST - NET_PORT_FIRST + 1)
#define PORT_RANDOM 16               /* Random picks before trying in order */

struct conn_port_s
{
  struct socket_conn_s *head;        /* By port_next */
  uint32_t hash;
  uint16_t port;
  uint8_t proto;
  bool chosen;                       /* Somebody has bound to it: not to be
                                      * shared with those who just connect */
};

/* The key of a packet or an endpoint */

struct conn_key_s
{
  const struct netaddr_s *laddr;
  const struct netaddr_s *raddr;     /* NULL: in the table of waiting ones */
  uint16_t lport;
  uint16_t rport;
  uint8_t proto;
};

/* TCP, UDP, others: what need not be looked for because there is none */

#define NKINDS 3

static struct
{
  struct conn_table_s connected;
  struct conn_table_s waiting;
  struct conn_table_s ports;
  unsigned int count;
  unsigned int nconnected[NKINDS];
  unsigned int nspecific[NKINDS];    /* Wait on one address */
  struct socket_conn_s *last;        /* Found last, the only one of its key */
} g_conn;

static struct netaddr_s any_of(const struct socket_conn_s *conn)
{
  return conn->domain == AF_INET ? g_netaddr_any4 : g_netaddr_none;
}

/* Hashes *******************************************************************/

static uint32_t hash_key(const struct conn_key_s *key)
{
  return net_mix(key->laddr, key->raddr,
                 (uint32_t)key->lport << 16 | key->rport, key->proto);
}

static bool is_connected(const struct socket_conn_s *conn,
                         const struct conn_key_s *key)
{
  return conn->lport == key->lport && conn->rport == key->rport &&
         conn->proto == key->proto &&
         netaddr_equal(&conn->raddr, key->raddr) &&
         netaddr_equal(&conn->laddr, key->laddr);
}

static bool match_connected(const void *entry, const void *arg)
{
  g_net.stats.conn.compares++;
  return is_connected(entry, arg);
}

static bool match_waiting(const void *entry, const void *arg)
{
  const struct socket_conn_s *conn = entry;
  const struct conn_key_s *key = arg;

  g_net.stats.conn.compares++;
  return conn->lport == key->lport && conn->proto == key->proto &&
         netaddr_equal(&conn->laddr, key->laddr);
}

static bool match_port(const void *entry, const void *arg)
{
  const struct conn_port_s *port = entry;
  const struct conn_port_s *key = arg;

  return port->port == key->port && port->proto == key->proto;
}

/* In and out of the two tables *********************************************/

static unsigned int kind_of(uint8_t proto)
{
  return proto == IPPROTO_TCP ? 0 : proto == IPPROTO_UDP ? 1 : 2;
}

/* One more, or one less.  One that waits has an address of its own if and
 * only if the user chose it.
 */

static void count_kind(const struct socket_conn_s *conn, int by)
{
  unsigned int kind = kind_of(conn->proto);

  if ((conn->flags & CONN_CONNECTED) != 0)
    {
      g_conn.nconnected[kind] += by;
    }
  else if ((conn->flags & CONN_BOUND_ADDR) != 0)
    {
      g_conn.nspecific[kind] += by;
    }
}

static struct socket_conn_s *find_key(const struct conn_key_s *key,
                                      uint32_t hash)
{
  uint64_t *probes = &g_net.stats.conn.probes;

  return key->raddr != NULL ?
         conn_table_find(&g_conn.connected, hash, match_connected, key,
                         probes) :
         conn_table_find(&g_conn.waiting, hash, match_waiting, key, probes);
}

static struct conn_table_s *table_of(const struct socket_conn_s *conn)
{
  return (conn->flags & CONN_CONNECTED) != 0 ? &g_conn.connected :
         &g_conn.waiting;
}

static struct conn_key_s key_of(const struct socket_conn_s *conn,
                                bool connected)
{
  struct conn_key_s key =
    {
      .laddr = &conn->laddr,
      .raddr = connected ? &conn->raddr : NULL,
      .lport = conn->lport,
      .rport = connected ? conn->rport : 0,
      .proto = conn->proto
    };

  return key;
}

/* It is not, or no longer, the only one with its key */

static void forget_last(const struct socket_conn_s *conn)
{
  if (g_conn.last == conn)
    {
      g_conn.last = NULL;
    }
}

/* The newest comes first, but those that want one device only come before
 * those that take all.
 */

static void chain_insert(struct socket_conn_s *head,
                         struct socket_conn_s *conn)
{
  struct socket_conn_s *after = NULL;

  forget_last(head);
  if (conn->ifindex == 0)
    {
      struct socket_conn_s *c;

      for (c = head; c != NULL && c->ifindex != 0; c = c->hash_next)
        {
          after = c;
        }
    }

  if (after == NULL)
    {
      conn_table_replace(table_of(conn), conn->hash, head, conn);
      conn->hash_next = head;
      conn->hash_prev = NULL;
      head->hash_prev = conn;
      return;
    }

  conn->hash_prev = after;
  conn->hash_next = after->hash_next;
  after->hash_next = conn;
  if (conn->hash_next != NULL)
    {
      conn->hash_next->hash_prev = conn;
    }
}

/* With a peer into the table of connected ones, else into the other */

static int table_insert(struct socket_conn_s *conn, bool connected)
{
  struct conn_key_s key = key_of(conn, connected);
  struct socket_conn_s *head;

  DEBUGASSERT((conn->flags & (CONN_TABLED | CONN_CONNECTED)) == 0);
  conn->hash = hash_key(&key);
  head = find_key(&key, conn->hash);
  if (connected && head != NULL && conn->proto == IPPROTO_TCP)
    {
      return -EADDRNOTAVAIL;
    }

  if (head == NULL &&
      conn_table_reserve(connected ? &g_conn.connected :
                         &g_conn.waiting) < 0)
    {
      return -ENOMEM;
    }

  conn->flags |= CONN_TABLED | (connected ? CONN_CONNECTED : 0);
  if (head != NULL)
    {
      chain_insert(head, conn);
    }
  else
    {
      conn->hash_next = NULL;
      conn->hash_prev = NULL;
      conn_table_add(table_of(conn), conn->hash, conn);
    }

  count_kind(conn, 1);
  return 0;
}

static void table_remove(struct socket_conn_s *conn)
{
  if ((conn->flags & CONN_TABLED) == 0)
    {
      return;
    }

  count_kind(conn, -1);
  forget_last(conn);
  if (conn->hash_next != NULL)
    {
      conn->hash_next->hash_prev = conn->hash_prev;
    }

  if (conn->hash_prev != NULL)
    {
      conn->hash_prev->hash_next = conn->hash_next;
    }
  else if (conn->hash_next != NULL)
    {
      conn_table_replace(table_of(conn), conn->hash, conn,
                         conn->hash_next);
    }
  else
    {
      conn_table_del(table_of(conn), conn->hash, conn);
    }

  conn->hash_next = NULL;
  conn->hash_prev = NULL;
  conn->flags &= ~(CONN_TABLED | CONN_CONNECTED);
}

/* Ports ********************************************************************/

static uint32_t hash_port(uint8_t proto, uint16_t port)
{
  return net_mix(&g_netaddr_none, NULL, port, proto);
}

static struct conn_port_s *port_find(uint8_t proto, uint16_t number)
{
  struct conn_port_s key =
    {
      .port = number,
      .proto = proto
    };
  uint64_t probes = 0;

  return conn_table_find(&g_conn.ports, hash_port(proto, number),
                         match_port, &key, &probes);
}

static struct conn_port_s *port_make(uint8_t proto, uint16_t number)
{
  struct conn_port_s *port;

  if (conn_table_reserve(&g_conn.ports) < 0)
    {
      return NULL;
    }

  port = kmm_zalloc(sizeof(*port));
  if (port != NULL)
    {
      port->hash  = hash_port(proto, number);
      port->port  = number;
      port->proto = proto;
      conn_table_add(&g_conn.ports, port->hash, port);
    }
  else
    {
      g_net.stats.conn.portmemory++;
    }

  return port;
}

static void port_attach(struct socket_conn_s *conn, struct conn_port_s *port)
{
  conn->port       = port;
  conn->lport      = port->port;
  conn->flags     |= CONN_BOUND;
  conn->port_next  = port->head;
  conn->port_pprev = &port->head;
  if (port->head != NULL)
    {
      port->head->port_pprev = &conn->port_next;
    }

  port->head = conn;
}

static void port_detach(struct socket_conn_s *conn)
{
  struct conn_port_s *port = conn->port;

  if (port == NULL)
    {
      return;
    }

  *conn->port_pprev = conn->port_next;
  if (conn->port_next != NULL)
    {
      conn->port_next->port_pprev = conn->port_pprev;
    }

  conn->port       = NULL;
  conn->port_next  = NULL;
  conn->port_pprev = NULL;
  conn->lport      = 0;
  conn->flags     &= ~(CONN_BOUND | CONN_BOUND_PORT);
  if (port->head == NULL)
    {
      conn_table_del(&g_conn.ports, port->hash, port);
      kmm_free(port);
    }
}

/* May both have the port?  strict: whatever their options say.  Two that are
 * told apart by address or device always may.
 */

static bool conflict(const struct socket_conn_s *a,
                     const struct netaddr_s *addr,
                     const struct socket_conn_s *b, bool strict)
{
  uint16_t both = a->options & b->options;

  if (a->ifindex != 0 && b->ifindex != 0 && a->ifindex != b->ifindex)
    {
      return false;
    }

  if (!netaddr_isany(addr) && !netaddr_isany(&b->laddr) &&
      !netaddr_equal(addr, &b->laddr))
    {
      return false;
    }

  if (strict)
    {
      return true;
    }

  return (both & CONN_REUSEPORT) == 0 &&
         ((both & CONN_REUSEADDR) == 0 ||
          ((a->flags | b->flags) & CONN_LISTENING) != 0);
}

static bool port_usable(const struct conn_port_s *port,
                        const struct socket_conn_s *conn,
                        const struct netaddr_s *addr, bool strict)
{
  const struct socket_conn_s *c;

  for (c = port != NULL ? port->head : NULL; c != NULL; c = c->port_next)
    {
      if (c != conn && conflict(conn, addr, c, strict))
        {
          return false;
        }
    }

  return true;
}

/* The n-th candidate for a port that nobody chose: PORT_RANDOM ones at
 * random, then all from a random start.
 */

static uint16_t port_candidate(unsigned int n, uint32_t start)
{
  uint32_t i = n < PORT_RANDOM ? (uint32_t)net_random() :
               start % PORT_COUNT + n;

  return NET_PORT_FIRST + i % PORT_COUNT;
}

/* The local address of an endpoint: one of ours, any, and for datagrams a
 * group or a broadcast address.
 */

static bool is_broadcast(const struct netaddr_s *addr)
{
  const struct netif_s *nif;
  const struct netif_addr_s *a;

  if (!netaddr_is4(addr))
    {
      return false;
    }

  if (netaddr_to4(addr) == INADDR_BROADCAST)
    {
      return true;
    }

  for (nif = g_net.netifs; nif != NULL; nif = nif->next)
    {
      for (a = nif->addrs; a != NULL; a = a->next)
        {
          if (!netaddr_isany(&a->broadcast) &&
              netaddr_equal(&a->broadcast, addr))
            {
              return true;
            }
        }
    }

  return false;
}

static bool bindable(const struct socket_conn_s *conn,
                     const struct netaddr_s *addr)
{
  return netaddr_isany(addr) || netif_addr_local(NULL, addr) != NULL ||
         netaddr_isloopback(addr) || (conn->options & CONN_FREEBIND) != 0 ||
         (conn->proto != IPPROTO_TCP &&
          (netaddr_ismulticast(addr) || is_broadcast(addr)));
}

/* The port for conn_bind().  Number 0: one that nobody has under this
 * address, whatever the options.  NULL and *error.
 */

static struct conn_port_s *port_choose(const struct socket_conn_s *conn,
                                       const struct netaddr_s *addr,
                                       uint16_t number, int *error)
{
  uint32_t start = (uint32_t)net_random();
  struct conn_port_s *port = NULL;
  unsigned int n;
  bool found = false;

  if (number != 0)
    {
      port = port_find(conn->proto, number);
      found = port_usable(port, conn, addr, false);
    }
  else
    {
      for (n = 0; n < PORT_RANDOM + PORT_COUNT && !found; n++)
        {
          number = port_candidate(n, start);
          port = port_find(conn->proto, number);
          found = port_usable(port, conn, addr, true);
        }
    }

  if (!found)
    {
      *error = -EADDRINUSE;
      return NULL;
    }

  *error = -ENOMEM;
  return port != NULL ? port : port_make(conn->proto, number);
}

int conn_bind(struct socket_conn_s *conn, const struct netaddr_s *addr,
              uint16_t port)
{
  struct netaddr_s before = conn->laddr;
  struct conn_port_s *p;
  int ret;

  if ((conn->flags & CONN_BOUND) != 0)
    {
      return -EINVAL;
    }

  if (!bindable(conn, addr))
    {
      return -EADDRNOTAVAIL;
    }

  p = port_choose(conn, addr, port, &ret);
  if (p == NULL)
    {
      return ret;
    }

  p->chosen = true;
  port_attach(conn, p);
  conn->laddr = *addr;
  conn->flags |= (netaddr_isany(addr) ? 0 : CONN_BOUND_ADDR) |
                 (port != 0 ? CONN_BOUND_PORT : 0);
  ret = conn->proto == IPPROTO_TCP ? 0 : table_insert(conn, false);
  if (ret < 0)
    {
      port_detach(conn);
      conn->laddr = before;
      conn->flags &= ~CONN_BOUND_ADDR;
    }

  return ret;
}

int conn_listen(struct socket_conn_s *conn)
{
  int ret;

  if ((conn->flags & CONN_BOUND) == 0 || (conn->flags & CONN_CONNECTED) != 0)
    {
      return -EINVAL;
    }

  if ((conn->flags & CONN_LISTENING) != 0)
    {
      return 0;
    }

  if (!port_usable(conn->port, conn, &conn->laddr, false))
    {
      return -EADDRINUSE;
    }

  ret = table_insert(conn, false);
  if (ret == 0)
    {
      conn->flags |= CONN_LISTENING;
      conn->port->chosen = true;
    }

  return ret;
}

void conn_unlisten(struct socket_conn_s *conn)
{
  if ((conn->flags & CONN_LISTENING) != 0)
    {
      table_remove(conn);
      conn->flags &= ~CONN_LISTENING;
    }
}

/* Peers ********************************************************************/

/* A port for one who has a peer and no port: one that nobody has, or (TCP)
 * one that others only connected from, if the quadruple is free.
 */

static int connect_anywhere(struct socket_conn_s *conn)
{
  uint32_t start = (uint32_t)net_random();
  unsigned int n;

  for (n = 0; n < PORT_RANDOM + PORT_COUNT; n++)
    {
      uint16_t number = port_candidate(n, start);
      struct conn_port_s *port = port_find(conn->proto, number);
      int ret;

      if (port != NULL && (port->chosen || conn->proto != IPPROTO_TCP))
        {
          continue;
        }

      if (port == NULL)
        {
          port = port_make(conn->proto, number);
          if (port == NULL)
            {
              return -ENOMEM;
            }
        }

      port_attach(conn, port);
      ret = table_insert(conn, true);
      if (ret == 0)
        {
          return 0;
        }

      port_detach(conn);
      if (ret != -EADDRNOTAVAIL)
        {
          return ret;
        }
    }

  return -EADDRNOTAVAIL;
}

int conn_connect(struct socket_conn_s *conn)
{
  bool waited = (conn->flags & (CONN_TABLED | CONN_CONNECTED)) ==
                CONN_TABLED;
  int ret;

  DEBUGASSERT((conn->flags & CONN_LISTENING) == 0);
  if ((conn->flags & CONN_BOUND) == 0)
    {
      return connect_anywhere(conn);
    }

  /* Should it fail, it waits again as before, which needs no memory: a slot
   * is free where it has just been.
   */

  table_remove(conn);
  ret = table_insert(conn, true);
  if (ret < 0 && waited)
    {
      if ((conn->flags & CONN_BOUND_ADDR) == 0)
        {
          conn->laddr = any_of(conn);
        }

      if (table_insert(conn, false) < 0)
        {
          g_net.stats.conn.tablememory++;
        }
    }

  return ret;
}

void conn_disconnect(struct socket_conn_s *conn)
{
  table_remove(conn);
  conn->flags &= ~CONN_LISTENING;
  conn->rport = 0;
  conn->raddr = any_of(conn);
  if ((conn->flags & CONN_BOUND_ADDR) == 0)
    {
      conn->laddr = conn->raddr;
    }

  if ((conn->flags & CONN_BOUND_PORT) == 0)
    {
      port_detach(conn);
    }
  else if (conn->proto != IPPROTO_TCP && table_insert(conn, false) < 0)
    {
      /* It keeps its port, but hears nothing until it is connected again */

      g_net.stats.conn.tablememory++;
    }

  conn->path.ip = NULL;
}

int conn_inherit(struct socket_conn_s *conn,
                 const struct socket_conn_s *listener)
{
  int ret;

  conn->options  = listener->options;
  conn->ifindex  = listener->ifindex;
  conn->ttl      = listener->ttl;
  conn->tos      = listener->tos;
  conn->pmtudisc = listener->pmtudisc;
  conn->priority = listener->priority;
  conn->sndbuf   = listener->sndbuf;
  conn->rcvbuf   = listener->rcvbuf;
  conn->owner    = listener->owner;
  conn->buflock  = listener->buflock;
  port_attach(conn, listener->port);
  ret = table_insert(conn, true);
  if (ret < 0)
    {
      port_detach(conn);
    }

  return ret == -EADDRNOTAVAIL ? -EADDRINUSE : ret;
}

void conn_replace(struct socket_conn_s *conn, struct socket_conn_s *heir)
{
  DEBUGASSERT((conn->flags & (CONN_BOUND | CONN_LISTENING)) == CONN_BOUND);
  *heir = *conn;
  forget_last(conn);
  heir->psock  = NULL;
  heir->groups = NULL;
  memset(&heir->egress, 0, sizeof(heir->egress));
  g_conn.count++;

  /* The list of the port, then the table or the chain in it */

  *heir->port_pprev = heir;
  if (heir->port_next != NULL)
    {
      heir->port_next->port_pprev = &heir->port_next;
    }

  if (heir->hash_next != NULL)
    {
      heir->hash_next->hash_prev = heir;
    }

  if (heir->hash_prev != NULL)
    {
      heir->hash_prev->hash_next = heir;
    }
  else if ((heir->flags & CONN_TABLED) != 0)
    {
      conn_table_replace(table_of(heir), heir->hash, conn, heir);
    }

  conn->port       = NULL;
  conn->port_next  = NULL;
  conn->port_pprev = NULL;
  conn->hash_next  = NULL;
  conn->hash_prev  = NULL;
  conn->flags     &= ~(CONN_BOUND | CONN_TABLED | CONN_CONNECTED);
}

/* Finding ******************************************************************/

struct socket_conn_s *conn_lookup(uint8_t proto,
                                  const struct netaddr_s *laddr,
                                  uint16_t lport,
                                  const struct netaddr_s *raddr,
                                  uint16_t rport, unsigned int ifindex)
{
  struct conn_key_s key =
    {
      .laddr = laddr,
      .raddr = raddr,
      .lport = lport,
      .rport = rport,
      .proto = proto
    };
  struct socket_conn_s *conn;

  g_net.stats.conn.lookups++;
  if (g_conn.nconnected[kind_of(proto)] == 0)
    {
      return NULL;
    }

  /* Segments come in trains: most are for the connection of the one before.
   * The others cost one more comparison, with any number of connections,
   * which is not counted as one of the table.
   */

  if (g_conn.last != NULL && g_conn.last->ifindex == 0 &&
      is_connected(g_conn.last, &key))
    {
      DEBUGASSERT((g_conn.last->flags & CONN_CONNECTED) != 0 &&
                  g_conn.last->hash_next == NULL &&
                  g_conn.last->hash_prev == NULL);
      g_net.stats.conn.compares++;
      return g_conn.last;
    }

  conn = find_key(&key, hash_key(&key));
  if (conn != NULL && conn->hash_next == NULL && conn->ifindex == 0)
    {
      g_conn.last = conn;
    }

  while (conn != NULL && conn->ifindex != 0 && conn->ifindex != ifindex)
    {
      g_net.stats.conn.compares++;
      conn = conn->hash_next;
    }

  return conn;
}

/* One of a group with SO_REUSEPORT: the same for every packet of a flow as
 * long as the group does not change.
 */

static struct socket_conn_s *pick_group(struct socket_conn_s *first,
                                        const struct netaddr_s *raddr,
                                        uint16_t rport)
{
  uint32_t word[5];
  struct socket_conn_s *c;
  unsigned int n = 0;

  for (c = first; c != NULL; c = c->hash_next)
    {
      n += c->ifindex == first->ifindex &&
           (c->options & CONN_REUSEPORT) != 0;
    }

  memcpy(word, raddr, sizeof(*raddr));
  word[4] = rport;
  n = n > 1 ? net_hash(word, sizeof(word)) % n : 0;
  for (c = first; n > 0; )
    {
      c = c->hash_next;
      n -= c->ifindex == first->ifindex &&
           (c->options & CONN_REUSEPORT) != 0;
    }

  return c;
}

struct socket_conn_s *conn_lookup_bound(uint8_t proto,
                                        const struct netaddr_s *laddr,
                                        uint16_t lport,
                                        const struct netaddr_s *raddr,
                                        uint16_t rport,
                                        unsigned int ifindex)
{
  const struct netaddr_s *any = netaddr_is4(laddr) ? &g_netaddr_any4 :
                                &g_netaddr_none;
  struct conn_key_s key =
    {
      .laddr = g_conn.nspecific[kind_of(proto)] != 0 ? laddr : any,
      .lport = lport,
      .proto = proto
    };
  struct socket_conn_s *conn = NULL;

  g_net.stats.conn.lookups++;
  while (conn == NULL && key.laddr != NULL)
    {
      conn = find_key(&key, hash_key(&key));
      while (conn != NULL && conn->ifindex != 0 && conn->ifindex != ifindex)
        {
          g_net.stats.conn.compares++;
          conn = conn->hash_next;
        }

      key.laddr = key.laddr != any ? any : NULL;
    }

  return conn != NULL && (conn->options & CONN_REUSEPORT) != 0 &&
         conn->hash_next != NULL ? pick_group(conn, raddr, rport) : conn;
}

struct socket_conn_s *conn_next_on_port(uint8_t proto, uint16_t lport,
                                        struct socket_conn_s *after)
{
  struct conn_port_s *port;

  if (after != NULL)
    {
      return after->port_next;
    }

  port = port_find(proto, lport);
  return port != NULL ? port->head : NULL;
}

struct foreach_s
{
  uint8_t proto;
  int (*fn)(struct socket_conn_s *conn, void *arg);
  void *arg;
};

static int foreach_port(void *entry, void *arg)
{
  struct conn_port_s *port = entry;
  struct foreach_s *each = arg;
  struct socket_conn_s *conn = port->proto == each->proto ? port->head : NULL;
  int ret = 0;

  while (conn != NULL && ret == 0)
    {
      struct socket_conn_s *next = conn->port_next;

      ret = each->fn(conn, each->arg);
      conn = next;
    }

  return ret;
}

int conn_foreach(uint8_t proto,
                 int (*fn)(struct socket_conn_s *conn, void *arg), void *arg)
{
  struct foreach_s each =
    {
      .proto = proto,
      .fn = fn,
      .arg = arg
    };

  return conn_table_foreach(&g_conn.ports, foreach_port, &each);
}

/* Beginning and end ********************************************************/

void conn_setup(struct socket_conn_s *conn, int domain, int proto)
{
  memset(conn, 0, sizeof(*conn));
  conn->domain    = domain;
  conn->proto     = proto;
  conn->laddr     = any_of(conn);
  conn->raddr     = conn->laddr;
  conn->options   = CONN_MCAST_LOOP | CONN_MCAST_ALL;
  conn->mcast_ttl = 1;
  conn->pmtudisc  = IP_PMTUDISC_WANT;
  conn->sndbuf    = CONN_BUFFER;
  conn->rcvbuf    = CONN_BUFFER;
  g_conn.count++;
}

void conn_teardown(struct socket_conn_s *conn)
{
  DEBUGASSERT(g_conn.count > 0);
  table_remove(conn);
  port_detach(conn);
  conn->flags = 0;
  conn->psock = NULL;
  net_egress_del(&conn->egress);
  conn_leave_all(conn);
  g_conn.count--;
}

unsigned int conn_count(void)
{
  return g_conn.count;
}

int conn_initialize(void)
{
  memset(&g_conn, 0, sizeof(g_conn));
  return 0;
}

void conn_finalize(void)
{
  DEBUGASSERT(g_conn.ports.count == 0);
  conn_table_free(&g_conn.connected);
  conn_table_free(&g_conn.waiting);
  conn_table_free(&g_conn.ports);
  dgramq_finalize();
}

/* Errors, paths, addresses *************************************************/

void conn_error(struct socket_conn_s *conn, int error)
{
  conn->error = error;
  sock_event(conn->psock, POLLERR);
}

int conn_take_error(struct socket_conn_s *conn)
{
  int error = conn->error;

  conn->error = 0;
  return -error;
}

/* A group or a broadcast address that somebody listens on is no source */

int conn_route(struct socket_conn_s *conn, const struct netaddr_s *dst,
               struct net_path_s *path)
{
  const struct netaddr_s *src = &conn->laddr;
  unsigned int ifindex = conn->ifindex;
  int ret;

  if (netaddr_isany(src) || netaddr_ismulticast(src) ||
      (conn->proto != IPPROTO_TCP && is_broadcast(src)))
    {
      src = NULL;
    }

  if (ifindex == 0 && netaddr_ismulticast(dst))
    {
      ifindex = conn->mcast_ifindex;
    }

  ret = net_route(dst, src, ifindex, path);
  if (ret == 0 && (conn->options & CONN_DONTROUTE) != 0 &&
      (path->flags & NET_PATH_GATEWAY) != 0)
    {
      path->ip = NULL;
      ret = -ENETUNREACH;
    }

  return ret;
}

int conn_sockaddr_get(const struct socket_conn_s *conn,
                      const struct sockaddr *sa, socklen_t len,
                      struct netaddr_s *addr, uint16_t *port)
{
  struct sockaddr_in6 in6;
  struct sockaddr_in in;

  if (len < (socklen_t)sizeof(sa->sa_family))
    {
      return -EINVAL;
    }

  if (conn->domain == AF_INET6)
    {
      if (sa->sa_family != AF_INET6)
        {
          return -EAFNOSUPPORT;
        }

      /* 24 bytes: without the scope, as in RFC 2133 */

      if (len < (socklen_t)offsetof(struct sockaddr_in6, sin6_scope_id))
        {
          return -EINVAL;
        }

      memcpy(&in6, sa, offsetof(struct sockaddr_in6, sin6_scope_id));
      memcpy(addr, &in6.sin6_addr, sizeof(*addr));
      *port = ntohs(in6.sin6_port);
      return 0;
    }

  if (len < (socklen_t)sizeof(in))
    {
      return -EINVAL;
    }

  memcpy(&in, sa, sizeof(in));

  /* Linux takes a zeroed address for 0.0.0.0: old programs do that */

  if (in.sin_family != AF_INET &&
      (in.sin_family != AF_UNSPEC || in.sin_addr.s_addr != 0))
    {
      return -EAFNOSUPPORT;
    }

  *addr = netaddr_from4(in.sin_addr.s_addr);
  *port = ntohs(in.sin_port);
  return 0;
}

socklen_t conn_sockaddr_put(const struct socket_conn_s *conn,
                            struct sockaddr_storage *sa,
                            const struct netaddr_s *addr, uint16_t port)
{
  struct sockaddr_in6 in6;
  struct sockaddr_in in;

  if (conn->domain == AF_INET6)
    {
      memset(&in6, 0, sizeof(in6));
      in6.sin6_family = AF_INET6;
      in6.sin6_port   = htons(port);
      memcpy(&in6.sin6_addr, addr, sizeof(in6.sin6_addr));
      memcpy(sa, &in6, sizeof(in6));
      return sizeof(in6);
    }

  memset(&in, 0, sizeof(in));
  in.sin_family      = AF_INET;
  in.sin_port        = htons(port);
  in.sin_addr.s_addr = netaddr_to4(addr);
  memcpy(sa, &in, sizeof(in));
  return sizeof(in);
}
