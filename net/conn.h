/* net/conn.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What TCP, UDP and raw endpoints share: addresses, ports, options, the
 * queue of received packets, and the tables in which they are found.
 *
 * Tables.  Connected endpoints are found by (protocol, both addresses, both
 * ports) in one hash table; those that wait for anybody by (protocol, local
 * address, port), most specific address and device first; ports by
 * (protocol, port).  The tables grow with what is in them; a keyed hash
 * (g_net.secret) keeps a stranger from choosing who collides.  See conn.c.
 */

#ifndef __NET_CONN_H
#define __NET_CONN_H

#include <nuttx/config.h>

#include <nuttx/net/net.h>

#include "net.h"

/* sconn_options: SO_ and IP_ options that are a bit */

#define CONN_REUSEADDR    (1 << 0)
#define CONN_REUSEPORT    (1 << 1)
#define CONN_KEEPALIVE    (1 << 2)
#define CONN_BROADCAST    (1 << 3)
#define CONN_OOBINLINE    (1 << 4)
#define CONN_DONTROUTE    (1 << 5)
#define CONN_TIMESTAMP    (1 << 6)
#define CONN_PKTINFO      (1 << 7)
#define CONN_RECVTTL      (1 << 8)
#define CONN_RECVTOS      (1 << 9)
#define CONN_RECVERR      (1 << 10)
#define CONN_HDRINCL      (1 << 11)
#define CONN_MCAST_LOOP   (1 << 12)
#define CONN_TIMESTAMPNS  (1 << 13)
#define CONN_MCAST_ALL    (1 << 14)  /* Groups that others have joined, too */
#define CONN_FREEBIND     (1 << 15)  /* Bind to an address not (yet) ours */

/* sconn_flags */

#define CONN_BOUND        (1 << 0)   /* Has a local port, in the table */
#define CONN_CONNECTED    (1 << 1)   /* In the table of connected ones */
#define CONN_SHUT_RD      (1 << 2)
#define CONN_SHUT_WR      (1 << 3)
#define CONN_BOUND_ADDR   (1 << 4)   /* The user chose the address */
#define CONN_BOUND_PORT   (1 << 5)   /* ... the port */
#define CONN_LISTENING    (1 << 6)   /* TCP: in the table of those that wait
                                      * for anybody; see conn_listen() */
#define CONN_TABLED       (1 << 7)   /* conn.c: in one of the two tables */

/* sconn_buflock: SO_SNDBUF, SO_RCVBUF was set: do not tune it */

#define CONN_LOCK_SNDBUF  (1 << 0)
#define CONN_LOCK_RCVBUF  (1 << 1)

struct conn_port_s;                  /* conn.c: one port of one protocol */
struct mcast_member_s;               /* A group that a socket joined */

struct socket_conn_s
{
  struct socket_conn_s *hash_next;   /* Others with the same key */
  struct socket_conn_s *hash_prev;   /* NULL: the table points here */
  struct socket_conn_s *port_next;   /* Others on the same port */
  struct socket_conn_s **port_pprev;
  struct conn_port_s *port;          /* While CONN_BOUND */

  struct socket *psock;              /* NULL: no user (any more) */
  uint32_t hash;                     /* Of the key in its table */
  struct netaddr_s laddr;            /* any: not bound to one */
  struct netaddr_s raddr;
  uint16_t lport;                    /* Host byte order; 0: none */
  uint16_t rport;
  uint16_t ifindex;                  /* SO_BINDTODEVICE; 0: none */
  uint16_t options;                  /* CONN_* */
  uint8_t domain;                    /* AF_INET */
  uint8_t proto;                     /* IPPROTO_* */
  uint8_t flags;                     /* CONN_* */
  uint8_t ttl;                       /* 0: default */
  uint8_t tos;
  uint8_t mcast_ttl;                 /* 1 unless set */
  uint8_t pmtudisc;                  /* IP_PMTUDISC_* */
  uint8_t priority;
  uint8_t buflock;                   /* CONN_LOCK_*: the user has set it */
  int error;                         /* SO_ERROR: positive, conn_error() */
  uint32_t sndbuf;                   /* Limits in bytes of memory */
  uint32_t rcvbuf;
  uint16_t mcast_ifindex;            /* IP_MULTICAST_IF */
  uint16_t owner;                    /* pid of the task that made it, for
                                      * netstat; 0: unknown */
  struct mcast_member_s *groups;
  struct net_path_s path;
  struct net_egress_s egress;
};

/* Zeroes it and fills in the defaults */

void conn_setup(struct socket_conn_s *conn, int domain, int proto);

/* Out of all tables and queues; groups are left; memory is the caller's */

void conn_teardown(struct socket_conn_s *conn);

/* How many there are between conn_setup() and conn_teardown() */

unsigned int conn_count(void);

/* Bind to a local address (any or ours, or a group for UDP) and port (0: one
 * at random of NET_PORT_FIRST..LAST, RFC 6056).  0; -EADDRINUSE;
 * -EADDRNOTAVAIL; -EINVAL: bound already.  Rules as Linux: two endpoints may
 * have a port if their addresses differ (any conflicts with all), or both
 * have REUSEADDR (TCP: and neither listens), or both have REUSEPORT.
 */

#define NET_PORT_FIRST 32768
#define NET_PORT_LAST  60999

int  conn_bind(struct socket_conn_s *conn, const struct netaddr_s *addr,
               uint16_t port);

/* TCP: a bound endpoint waits for anybody from now on, and is found by
 * conn_lookup_bound(); until then a bound TCP endpoint only occupies its
 * port.  0; -EADDRINUSE: somebody else waits there; -ENOMEM; -EINVAL: not
 * bound.  Other protocols wait from conn_bind() on.  conn_unlisten() leaves
 * the port bound.
 */

int  conn_listen(struct socket_conn_s *conn);
void conn_unlisten(struct socket_conn_s *conn);

/* Put a bound endpoint that has a peer (raddr, rport, laddr set) into the
 * table of connected ones.  -EADDRNOTAVAIL: that quadruple is taken (several
 * UDP endpoints may have the same; the last one gets the packets); -ENOMEM.
 * A conn without a local port gets one first, such that the quadruple is
 * free: the same local port may serve many peers.
 *
 * conn_disconnect() forgets the peer; an address and a port that the user
 * did not choose go with it.
 */

int  conn_connect(struct socket_conn_s *conn);
void conn_disconnect(struct socket_conn_s *conn);

/* For a connection made by a listener: shares its port, takes over the
 * user's options (but not the groups), and is put into the table of connected
 * ones: laddr, raddr and rport are set.  0; -EADDRINUSE: that quadruple is
 * taken; -ENOMEM.
 */

int  conn_inherit(struct socket_conn_s *conn,
                  const struct socket_conn_s *listener);

/* TIME-WAIT: "heir", memory of the caller which need not be set up, takes the
 * place of "conn" in the tables: addresses, ports, options, device.  "conn"
 * is in no table any more.  Nothing is allocated: it cannot fail.  Both end
 * with conn_teardown().
 */

void conn_replace(struct socket_conn_s *conn, struct socket_conn_s *heir);

/* Who gets a packet: the connected endpoint, else NULL */

struct socket_conn_s *conn_lookup(uint8_t proto,
                                  const struct netaddr_s *laddr,
                                  uint16_t lport,
                                  const struct netaddr_s *raddr,
                                  uint16_t rport, unsigned int ifindex);

/* ... else the best of those that are not connected.  With REUSEPORT one of
 * the group is chosen by hash of the four.
 */

struct socket_conn_s *conn_lookup_bound(uint8_t proto,
                                        const struct netaddr_s *laddr,
                                        uint16_t lport,
                                        const struct netaddr_s *raddr,
                                        uint16_t rport,
                                        unsigned int ifindex);

/* All on a port, for multicast and broadcast: call with NULL first */

struct socket_conn_s *conn_next_on_port(uint8_t proto, uint16_t lport,
                                        struct socket_conn_s *after);

/* Every endpoint of a protocol that has a port, in no particular order, until
 * fn returns non-zero, which is returned.  fn may free the one it is given,
 * and no other.
 */

int  conn_foreach(uint8_t proto,
                  int (*fn)(struct socket_conn_s *conn, void *arg),
                  void *arg);

/* Set the pending error and tell waiters (POLLERR); take it */

void conn_error(struct socket_conn_s *conn, int error);
int  conn_take_error(struct socket_conn_s *conn);   /* 0 or -errno */

/* The path to the peer, kept in conn->path; 0 or what net_route() says */

int  conn_route(struct socket_conn_s *conn, const struct netaddr_s *dst,
                struct net_path_s *path);

/* Addresses of the user.  -EAFNOSUPPORT, -EINVAL (length) */

int  conn_sockaddr_get(const struct socket_conn_s *conn,
                       const struct sockaddr *sa, socklen_t len,
                       struct netaddr_s *addr, uint16_t *port);
socklen_t conn_sockaddr_put(const struct socket_conn_s *conn,
                            struct sockaddr_storage *sa,
                            const struct netaddr_s *addr, uint16_t port);

/* Options of level IPPROTO_IP, for all protocols */

int  ip_getsockopt(struct socket_conn_s *conn, int option, void *value,
                   socklen_t *len);
int  ip_setsockopt(struct socket_conn_s *conn, int option,
                   const void *value, socklen_t len);

/* What is not of the protocol itself: that level, or -ENOPROTOOPT; Linux says
 * -EOPNOTSUPP of any level but the protocol's own ("own") to who asks
 */

int  sockopt_get_other(struct socket_conn_s *conn, int own, int level,
                       int option, void *value, socklen_t *len);
int  sockopt_set_other(struct socket_conn_s *conn, int level, int option,
                       const void *value, socklen_t len);

/* Helpers for integer options: -EINVAL if too short; cut to *len as Linux */

int  sockopt_get_int(const void *value, socklen_t len, int *result);
int  sockopt_put(void *value, socklen_t *len, const void *result,
                 size_t size);

/* Multicast: does this endpoint want packets for that group from there? */

bool conn_wants_group(const struct socket_conn_s *conn,
                      const struct netaddr_s *group,
                      const struct netif_s *nif);

/* Join and leave: ifindex 0 chooses the interface by address (any: by route).
 * 0; -EADDRINUSE: joined already; -EADDRNOTAVAIL: not joined; -ENODEV;
 * -EINVAL: no group; -ENOBUFS.
 */

int  conn_join(struct socket_conn_s *conn, const struct netaddr_s *group,
               const struct netaddr_s *addr, unsigned int ifindex);
int  conn_leave(struct socket_conn_s *conn, const struct netaddr_s *group,
                const struct netaddr_s *addr, unsigned int ifindex);
void conn_leave_all(struct socket_conn_s *conn);

/* The memory of a chain: whole extents.  A view of a part counts in full */

unsigned int net_charge(const struct iob_s *iob);

/* Every raw socket, as conn_foreach() */

int  raw_foreach(int (*fn)(struct socket_conn_s *conn, void *arg), void *arg);

/* Of a UDP endpoint: memory of what waits to be read and to be sent, and
 * datagrams that its queue did not take
 */

void udp_queues(const struct socket_conn_s *conn, uint32_t *rx, uint32_t *tx,
                uint32_t *drops);

/* /proc/net/tcp, udp, raw, icmp, sockstat, sockets */

int  proc_net_initialize(void);

extern const struct sock_intf_s g_tcp_sockif;
extern const struct sock_intf_s g_udp_sockif;
extern const struct sock_intf_s g_raw_sockif;

#endif /* __NET_CONN_H */
