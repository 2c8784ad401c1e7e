/* net/raw.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Raw sockets and ping sockets.
 *
 * A raw socket (SOCK_RAW) gets every packet of its protocol, IP header
 * included, that is for us and passes its filters: local address, peer,
 * device and, for ICMP, types (ICMP_FILTER).  It gets a view of the packet;
 * the protocol itself sees the same bytes.  What it sends gets an IP header,
 * or brings its own (IP_HDRINCL, always with IPPROTO_RAW): then only length,
 * checksum and what was left zero are filled in.
 *
 * A ping socket (SOCK_DGRAM, IPPROTO_ICMP) sends echoes and gets the replies
 * to them, nothing else, so that ping needs no privilege.  The identification
 * of its echoes is its port: chosen or bound, and looked up like one.
 *
 * A writer for whom the device has no place waits (-EAGAIN, then POLLOUT from
 * the interface's turn): nothing is queued here.  So does one for whom there
 * is no memory (memory.c).
 */

#include <nuttx/config.h>

#include <errno.h>
#include <poll.h>
#include <string.h>

#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/icmp.h>

#include <nuttx/kmalloc.h>
#include <nuttx/net/net.h>

#include "conn.h"
#include "dgramq.h"
#include "ipv4.h"

struct raw_conn_s
{
  struct socket_conn_s sconn;        /* First: conn_lookup() finds this */
  struct raw_conn_s *next;           /* Raw: others of the protocol */
  struct raw_conn_s **pprev;
  struct dgramq_s rcvq;
  struct dgramq_s errq;
  struct netaddr_s pathdst;          /* Where sconn.path leads to */
  uint32_t filter;                   /* ICMP types not wanted */
  bool ping;
  bool connected;
  bool waiting;                      /* The writer was told to wait */
  struct net_memory_s memory;        /* ... for this */
};

/* Where a packet goes, and how */

struct raw_out_s
{
  struct netaddr_s dst;
  struct dgram_ctl_s ctl;
  struct net_path_s path;
  struct net_tx_s tx;
};

unsigned int g_raw_count;

static struct raw_conn_s *g_raw[256];    /* By protocol */

#define COUNT(counter) g_net.stats.raw.counter++

static struct raw_conn_s *raw_conn(struct socket_conn_s *sconn)
{
  return (struct raw_conn_s *)sconn;
}

/* Receiving ****************************************************************/

/* Hand a packet to a reader.  Consumes it */

static void queue(struct raw_conn_s *conn, struct iob_s *pkt,
                  const struct net_rx_s *rx)
{
  if ((conn->sconn.flags & CONN_SHUT_RD) != 0)
    {
      COUNT(inshut);
      iob_free_chain(pkt);
      return;
    }

  if (dgramq_put(&conn->rcvq, &conn->sconn, pkt, rx, 0) < 0)
    {
      COUNT(rcvbuferrors);
      return;
    }

  COUNT(indatagrams);
  sock_event(conn->sconn.psock, POLLIN);
}

static bool filtered(const struct raw_conn_s *conn, const struct iob_s *pkt,
                     const struct net_rx_s *rx)
{
  uint8_t type;

  return rx->proto == IPPROTO_ICMP && conn->filter != 0 &&
         iob_copyout(&type, pkt, 1, rx->iphdrlen) == 1 && type < 32 &&
         (conn->filter & (UINT32_C(1) << type)) != 0;
}

static bool wants(const struct raw_conn_s *conn, const struct iob_s *pkt,
                  const struct net_rx_s *rx)
{
  const struct socket_conn_s *c = &conn->sconn;

  return (netaddr_isany(&c->laddr) || netaddr_equal(&c->laddr, &rx->dst)) &&
         (!conn->connected || netaddr_equal(&c->raddr, &rx->src)) &&
         (c->ifindex == 0 || c->ifindex == rx->nif->dev->d_ifindex) &&
         !filtered(conn, pkt, rx);
}

bool raw_deliver(const struct iob_s *pkt, const struct net_rx_s *rx)
{
  struct raw_conn_s *conn;
  bool taken = false;

  for (conn = g_raw[rx->proto]; conn != NULL; conn = conn->next)
    {
      struct iob_s *view;

      if (!wants(conn, pkt, rx))
        {
          continue;
        }

      taken = true;
      view  = iob_share((struct iob_s *)(uintptr_t)pkt, 0, pkt->io_pktlen);
      if (view == NULL)
        {
          COUNT(memoryerrors);
          continue;
        }

      queue(conn, view, rx);
    }

  return taken;
}

static struct raw_conn_s *ping_find(const struct netaddr_s *laddr,
                                    uint16_t ident,
                                    const struct netaddr_s *raddr,
                                    unsigned int ifindex)
{
  struct socket_conn_s *c = conn_lookup(IPPROTO_ICMP, laddr, ident, raddr, 0,
                                        ifindex);

  if (c == NULL)
    {
      c = conn_lookup_bound(IPPROTO_ICMP, laddr, ident, raddr, 0, ifindex);
    }

  return raw_conn(c);
}

/* An echo reply whose checksum is right; begins with the ICMP header */

void ping_input(struct iob_s *pkt, const struct net_rx_s *rx)
{
  uint16_t ident = wire_get16(IOB_DATA(pkt) + ICMP_IDENT);
  struct raw_conn_s *conn = ping_find(&rx->dst, ident, &rx->src,
                                      rx->nif->dev->d_ifindex);

  if (conn == NULL)
    {
      iob_free_chain(pkt);           /* A raw socket's, most likely */
      return;
    }

  queue(conn, pkt, rx);
}

/* Errors *******************************************************************/

static void tell_error(struct raw_conn_s *conn,
                       const struct icmp_error_s *err)
{
  struct socket_conn_s *c = &conn->sconn;
  bool hard = err->error == EMSGSIZE ? c->pmtudisc != IP_PMTUDISC_DONT :
              err->hard;

  if ((c->options & CONN_RECVERR) != 0)
    {
      dgramq_put_error(&conn->errq, c, err);
      conn_error(c, err->error);
    }
  else if (hard && conn->connected)
    {
      conn_error(c, err->error);
    }
}

static bool sender(const struct raw_conn_s *conn,
                   const struct icmp_error_s *err)
{
  const struct socket_conn_s *c = &conn->sconn;

  return (!conn->connected || netaddr_equal(&c->raddr, &err->dst)) &&
         (netaddr_isany(&c->laddr) || netaddr_equal(&c->laddr, &err->src));
}

static bool quotes_echo(const struct icmp_error_s *err)
{
  uint8_t type;

  return err->proto == IPPROTO_ICMP && err->quote != NULL &&
         iob_copyout(&type, err->quote, 1, (int)err->quote_offset) == 1 &&
         type == ICMPT_ECHO;
}

void raw_icmp_error(const struct icmp_error_s *err)
{
  struct raw_conn_s *conn;

  for (conn = g_raw[err->proto]; conn != NULL; conn = conn->next)
    {
      if (sender(conn, err))
        {
          tell_error(conn, err);
        }
    }

  if (quotes_echo(err))
    {
      conn = ping_find(&err->src, err->sport, &err->dst, err->ifindex);
      if (conn != NULL)
        {
          tell_error(conn, err);
        }
    }
}

bool raw_sent(const struct icmp_error_s *err)
{
  struct raw_conn_s *conn;

  for (conn = g_raw[err->proto]; conn != NULL; conn = conn->next)
    {
      if (sender(conn, err))
        {
          return true;
        }
    }

  return g_raw[IPPROTO_RAW] != NULL ||
         (quotes_echo(err) &&
          ping_find(&err->src, err->sport, &err->dst,
                    err->ifindex) != NULL);
}

/* Sending ******************************************************************/

static void raw_egress(struct net_egress_s *egress)
{
  struct raw_conn_s *conn = container_of(egress, struct raw_conn_s,
                                         sconn.egress);

  conn->waiting = false;
  sock_event(conn->sconn.psock, POLLOUT);
}

static void raw_memory(struct net_memory_s *memory)
{
  struct raw_conn_s *conn = container_of(memory, struct raw_conn_s, memory);

  if (dgram_again(memory))
    {
      sock_event(conn->sconn.psock, POLLOUT);
    }
}

static int destination(struct raw_conn_s *conn, struct sock_msg_s *msg,
                       struct raw_out_s *out)
{
  uint16_t port;
  int ret;

  if (msg->name == NULL)
    {
      out->dst = conn->sconn.raddr;
      return conn->connected ? 0 : -EDESTADDRREQ;
    }

  ret = conn_sockaddr_get(&conn->sconn, (struct sockaddr *)msg->name,
                          msg->namelen, &out->dst, &port);
  if (ret == 0 && netaddr_isany(&out->dst))
    {
      out->dst = netaddr_from4(IP4(127, 0, 0, 1));
    }

  return ret;
}

static int find_path(struct raw_conn_s *conn, struct raw_out_s *out)
{
  struct socket_conn_s *c = &conn->sconn;
  int ret;

  if (out->ctl.has_pktinfo)
    {
      return net_route(&out->dst,
                       netaddr_isany(&out->ctl.src) ? NULL : &out->ctl.src,
                       out->ctl.ifindex != 0 ? out->ctl.ifindex : c->ifindex,
                       &out->path);
    }

  if (!net_path_valid(&c->path) || !netaddr_equal(&conn->pathdst, &out->dst))
    {
      ret = conn_route(c, &out->dst, &c->path);
      if (ret < 0)
        {
          c->path.ip = NULL;
          return ret;
        }

      conn->pathdst = out->dst;
    }

  out->path = c->path;
  return 0;
}

/* RFC 1191 and IP_MTU_DISCOVER */

static int set_df(struct raw_conn_s *conn, struct raw_out_s *out, size_t len)
{
  uint8_t how = conn->sconn.pmtudisc;
  bool must = how == IP_PMTUDISC_DO || how == IP_PMTUDISC_PROBE;

  if (how >= IP_PMTUDISC_PROBE)
    {
      out->path.mtu = out->path.nif->dev->d_mtu;
    }

  if (len + IP_HDRLEN > out->path.mtu)
    {
      return must ? -EMSGSIZE : 0;
    }

  out->tx.flags |= must || how == IP_PMTUDISC_WANT ? NET_TX_DF : 0;
  return 0;
}

/* Everything about a packet but its bytes */

static int prepare(struct raw_conn_s *conn, struct raw_out_s *out,
                   struct sock_msg_s *msg)
{
  struct socket_conn_s *c = &conn->sconn;
  int ret;

  memset(out, 0, sizeof(*out));
  ret = destination(conn, msg, out);
  ret = ret < 0 ? ret : dgram_ctl_get(msg, &out->ctl);
  ret = ret < 0 ? ret : find_path(conn, out);
  if (ret < 0)
    {
      return ret;
    }

  if ((out->path.flags & NET_PATH_BROADCAST) != 0 &&
      (c->options & CONN_BROADCAST) == 0)
    {
      return -EACCES;
    }

  out->tx.src   = &out->path.src;
  out->tx.dst   = &out->dst;
  out->tx.proto = c->proto;
  out->tx.tos   = out->ctl.has_tos ? out->ctl.tos : c->tos;
  out->tx.ttl   = out->ctl.has_ttl ? out->ctl.ttl : c->ttl;
  out->tx.flags = NET_TX_RESERVED;
  if ((out->path.flags & NET_PATH_MULTICAST) != 0)
    {
      out->tx.ttl    = out->ctl.has_ttl ? out->ctl.ttl : c->mcast_ttl;
      out->tx.flags |= (out->tx.ttl == 0 ? NET_TX_TTL0 : 0) |
                       ((c->options & CONN_MCAST_LOOP) != 0 ?
                        NET_TX_MCLOOP : 0);
    }

  return (c->options & CONN_HDRINCL) != 0 ? 0 :
         set_df(conn, out, msg->uio.resid);
}

/* IP_HDRINCL: the user's header, with what is ours to say.  Consumes pkt,
 * and the reservation.
 */

static int send_included(struct iob_s *pkt, struct raw_out_s *out)
{
  uint8_t *ip;
  unsigned int hdrlen;
  int ret = -EINVAL;

  if (pkt->io_pktlen < IP_HDRLEN || iob_contig(pkt, IP_HDRLEN) < 0)
    {
      goto drop;
    }

  hdrlen = ip_hdrlen(IOB_DATA(pkt));
  if (IOB_DATA(pkt)[IP_VHL] >> 4 != 4 || hdrlen < IP_HDRLEN ||
      hdrlen > pkt->io_pktlen)
    {
      goto drop;
    }

  if (pkt->io_pktlen > out->path.mtu)
    {
      ret = -EMSGSIZE;
      goto drop;
    }

  if (iob_contig(pkt, hdrlen) < 0)
    {
      ret = -ENOBUFS;
      goto drop;
    }

  ip = IOB_DATA(pkt);
  wire_put16(ip + IP_LEN, (uint16_t)pkt->io_pktlen);
  if (wire_load32(ip + IP_SRC) == 0)
    {
      wire_store32(ip + IP_SRC, out->path.src.w[3]);
    }

  if (wire_load16(ip + IP_ID) == 0)
    {
      wire_put16(ip + IP_ID, ipv4_ident(wire_load32(ip + IP_SRC),
                                          wire_load32(ip + IP_DST),
                                          ip[IP_PROTO]));
    }

  ip_setsum(ip, hdrlen);
  g_net.stats.ip.outrequests++;
  return ipv4_transmit(pkt, &out->path, out->tx.flags, NULL);

drop:
  netif_cancel(out->path.nif);
  iob_free_chain(pkt);
  return ret;
}

/* A ping socket sends echoes, under its own identification.  The checksum is
 * computed here.  0 or -EINVAL.
 */

static int make_echo(const struct raw_conn_s *conn, struct iob_s *pkt,
                     uint32_t sum)
{
  uint8_t *icmp = IOB_DATA(pkt);
  uint16_t ident = htons(conn->sconn.lport);

  if (pkt->io_len < ICMP_HDRLEN || icmp[ICMP_TYPE] != ICMPT_ECHO ||
      icmp[ICMP_CODE] != 0)
    {
      return -EINVAL;
    }

  /* Out of the sum what the user had there, and in with ours */

  sum = net_csum_add(sum, (uint16_t)~wire_load16(icmp + ICMP_SUM), 0);
  sum = net_csum_add(sum, (uint16_t)~wire_load16(icmp + ICMP_IDENT), 0);
  sum = net_csum_add(sum, ident, 0);
  wire_store16(icmp + ICMP_IDENT, ident);
  wire_store16(icmp + ICMP_SUM, (uint16_t)~net_csum_fold(sum));
  return 0;
}

/* This call will not wait for memory.  Another task may */

static void gives_up(struct raw_conn_s *conn)
{
  if (!conn->memory.queued)
    {
      net_memory_leave(&conn->memory);
    }
}

/* Copy the user's bytes and send them.  Uses the reservation. */

static int build_and_send(struct raw_conn_s *conn, struct raw_out_s *out,
                          struct sock_msg_s *msg)
{
  unsigned int headroom = out->path.nif->headroom + IP_HDRLEN;
  size_t len = msg->uio.resid;
  uint32_t sum = 0;
  struct iob_s *pkt = dgram_build(&conn->memory, &msg->uio, headroom,
                                  conn->ping ? &sum : NULL);

  if (pkt == NULL)
    {
      netif_cancel(out->path.nif);
      if (dgram_wait(&conn->memory, len, headroom))
        {
          COUNT(outwaited);
          return -EAGAIN;
        }

      gives_up(conn);
      COUNT(sndbuferrors);
      return -ENOMEM;                /* More than there will ever be */
    }

  if ((conn->sconn.options & CONN_HDRINCL) != 0)
    {
      return send_included(pkt, out);
    }

  if (conn->ping && make_echo(conn, pkt, sum) < 0)
    {
      netif_cancel(out->path.nif);
      iob_free_chain(pkt);
      return -EINVAL;
    }

  if (conn->ping)
    {
      g_net.stats.icmp.outmsgs++;
      g_net.stats.icmp.outechos++;
    }

  return ip_output(pkt, &out->path, &out->tx);
}

static ssize_t raw_sendmsg(struct socket *psock, struct sock_msg_s *msg,
                           int flags)
{
  struct raw_conn_s *conn = raw_conn(psock->s_conn);
  struct socket_conn_s *c = &conn->sconn;
  size_t len = msg->uio.resid;
  struct raw_out_s out;
  int ret;

  if ((flags & MSG_OOB) != 0)
    {
      return -EOPNOTSUPP;
    }

  if (c->error != 0)
    {
      return conn_take_error(c);
    }

  if ((c->flags & CONN_SHUT_WR) != 0)
    {
      return -EPIPE;
    }

  if (len > IP_MAXLEN - ((c->options & CONN_HDRINCL) != 0 ? 0 : IP_HDRLEN))
    {
      return -EMSGSIZE;
    }

  if (conn->ping && (c->flags & CONN_BOUND) == 0)
    {
      ret = conn_bind(c, &c->laddr, 0);
      if (ret < 0)
        {
          return ret == -EADDRINUSE ? -EAGAIN : ret;
        }
    }

  ret = prepare(conn, &out, msg);
  if (ret < 0)
    {
      gives_up(conn);
      return ret;
    }

  ret = netif_reserve(out.path.nif, &c->egress);
  if (ret < 0)
    {
      conn->waiting = ret == -EAGAIN;
      return ret;
    }

  ret = build_and_send(conn, &out, msg);
  if (ret == -ENOBUFS && (c->options & CONN_RECVERR) == 0)
    {
      ret = 0;                       /* Lost on the way */
    }

  if (ret < 0)
    {
      return ret;
    }

  COUNT(outdatagrams);
  return (ssize_t)len;
}

static ssize_t raw_recvmsg(struct socket *psock, struct sock_msg_s *msg,
                           int flags)
{
  struct raw_conn_s *conn = raw_conn(psock->s_conn);

  return dgram_recvmsg(&conn->sconn, &conn->rcvq, &conn->errq, msg, flags,
                       NULL);
}

/* Calls of the user ********************************************************/

static int raw_setup(struct socket *psock)
{
  struct raw_conn_s *conn = kmm_zalloc(sizeof(*conn));
  struct raw_conn_s **head = &g_raw[psock->s_proto];

  if (conn == NULL)
    {
      return -ENOMEM;
    }

  conn_setup(&conn->sconn, psock->s_domain, psock->s_proto);
  conn->sconn.psock = psock;
  conn->sconn.egress.run = raw_egress;
  conn->memory.run = raw_memory;
  conn->memory.turns = true;
  conn->ping = psock->s_type == SOCK_DGRAM;
  psock->s_conn = &conn->sconn;
  if (conn->ping)
    {
      return 0;
    }

  if (psock->s_proto == IPPROTO_RAW)
    {
      conn->sconn.options |= CONN_HDRINCL;
    }

  conn->next  = *head;
  conn->pprev = head;
  if (conn->next != NULL)
    {
      conn->next->pprev = &conn->next;
    }

  *head = conn;
  g_raw_count++;
  return 0;
}

static void raw_close(struct socket *psock)
{
  struct raw_conn_s *conn = raw_conn(psock->s_conn);

  psock->s_conn = NULL;
  if (!conn->ping)
    {
      *conn->pprev = conn->next;
      if (conn->next != NULL)
        {
          conn->next->pprev = conn->pprev;
        }

      g_raw_count--;
    }

  net_memory_leave(&conn->memory);
  conn_teardown(&conn->sconn);
  dgramq_flush(&conn->rcvq);
  dgramq_flush(&conn->errq);
  kmm_free(conn);
}

/* A raw socket has no port; its address is a filter, and the source */

static int raw_bind(struct socket *psock, const struct sockaddr *sa,
                    socklen_t len)
{
  struct raw_conn_s *conn = raw_conn(psock->s_conn);
  struct socket_conn_s *c = &conn->sconn;
  struct netaddr_s addr;
  uint16_t port;
  int ret = conn_sockaddr_get(c, sa, len, &addr, &port);

  if (ret < 0)
    {
      return ret;
    }

  if (conn->ping)
    {
      return conn_bind(c, &addr, port);
    }

  if (!netaddr_isany(&addr) && !netaddr_ismulticast(&addr) &&
      addr.w[3] != IP4(255, 255, 255, 255) &&
      netif_addr_local(NULL, &addr) == NULL)
    {
      return -EADDRNOTAVAIL;
    }

  c->laddr   = addr;
  c->path.ip = NULL;
  c->flags  &= (uint8_t)~CONN_BOUND_ADDR;
  c->flags  |= netaddr_isany(&addr) ? 0 : CONN_BOUND_ADDR;
  return 0;
}

/* What the user did not choose is chosen anew for each peer */

static void forget_source(struct raw_conn_s *conn)
{
  if ((conn->sconn.flags & CONN_BOUND_ADDR) == 0)
    {
      conn->sconn.laddr   = g_netaddr_any4;
      conn->sconn.path.ip = NULL;
    }
}

static int disconnect(struct raw_conn_s *conn)
{
  conn->connected = false;
  if (conn->ping)
    {
      conn_disconnect(&conn->sconn);
    }
  else
    {
      forget_source(conn);
    }

  conn->sconn.raddr = g_netaddr_any4;
  return 0;
}

static int ping_connect(struct socket_conn_s *c, const struct netaddr_s *addr,
                        const struct net_path_s *path)
{
  struct netaddr_s laddr = c->laddr;
  int ret = 0;

  if ((c->flags & CONN_BOUND) == 0)
    {
      ret = conn_bind(c, &c->laddr, 0);
      ret = ret == -EADDRINUSE ? -EAGAIN : ret;
    }

  if (ret < 0)
    {
      return ret;
    }

  c->laddr = (c->flags & CONN_BOUND_ADDR) != 0 ? c->laddr : path->src;
  c->raddr = *addr;
  c->rport = 0;
  ret = conn_connect(c);
  if (ret < 0)
    {
      c->laddr = laddr;
      c->raddr = g_netaddr_any4;
    }

  return ret;
}

static int raw_connect(struct socket *psock, const struct sockaddr *sa,
                       socklen_t len)
{
  struct raw_conn_s *conn = raw_conn(psock->s_conn);
  struct socket_conn_s *c = &conn->sconn;
  struct net_path_s path;
  struct netaddr_s addr;
  uint16_t port;
  int ret;

  if (len >= (socklen_t)sizeof(sa->sa_family) && sa->sa_family == AF_UNSPEC)
    {
      return disconnect(conn);
    }

  ret = conn_sockaddr_get(c, sa, len, &addr, &port);
  if (ret == 0 && netaddr_isany(&addr))
    {
      addr = netaddr_from4(IP4(127, 0, 0, 1));
    }

  if (ret == 0 && !conn->ping)
    {
      forget_source(conn);
    }

  ret = ret < 0 ? ret : conn_route(c, &addr, &path);
  if (ret < 0)
    {
      return ret;
    }

  if ((path.flags & NET_PATH_BROADCAST) != 0 &&
      (c->options & CONN_BROADCAST) == 0)
    {
      return -EACCES;
    }

  if (conn->ping)
    {
      ret = ping_connect(c, &addr, &path);
      if (ret < 0)
        {
          return ret;
        }
    }
  else
    {
      c->laddr = netaddr_isany(&c->laddr) ? path.src : c->laddr;
      c->raddr = addr;
    }

  conn->connected = true;
  conn->pathdst   = addr;
  c->path         = path;
  c->error        = 0;
  return 0;
}

/* The "port" of a raw socket is its protocol, as Linux has it */

static int raw_getsockname(struct socket *psock, struct sockaddr_storage *sa,
                           socklen_t *len)
{
  struct socket_conn_s *c = psock->s_conn;

  *len = conn_sockaddr_put(c, sa, &c->laddr,
                           raw_conn(c)->ping ? c->lport : c->proto);
  return 0;
}

static int raw_getpeername(struct socket *psock, struct sockaddr_storage *sa,
                           socklen_t *len)
{
  struct socket_conn_s *c = psock->s_conn;

  if (!raw_conn(c)->connected)
    {
      return -ENOTCONN;
    }

  *len = conn_sockaddr_put(c, sa, &c->raddr, 0);
  return 0;
}

static unsigned int raw_poll(struct socket *psock)
{
  struct raw_conn_s *conn = raw_conn(psock->s_conn);
  unsigned int events = dgram_poll(&conn->sconn, &conn->rcvq, &conn->errq);

  if (!conn->waiting && !conn->memory.queued)
    {
      events |= POLLOUT;
    }

  return events;
}

static int raw_shutdown(struct socket *psock, int how)
{
  return dgram_shutdown(psock, how, raw_conn(psock->s_conn)->connected);
}

static int raw_ioctl(struct socket *psock, unsigned long cmd,
                     unsigned long arg)
{
  return dgram_ioctl(&raw_conn(psock->s_conn)->rcvq, 0, cmd, arg);
}

static bool is_filter(const struct raw_conn_s *conn, int level, int option)
{
  return level == SOL_RAW && option == ICMP_FILTER && !conn->ping;
}

static int raw_getsockopt(struct socket *psock, int level, int option,
                          void *value, socklen_t *len)
{
  struct raw_conn_s *conn = raw_conn(psock->s_conn);

  if (is_filter(conn, level, option))
    {
      return conn->sconn.proto != IPPROTO_ICMP ? -EOPNOTSUPP :
             sockopt_put(value, len, &conn->filter, sizeof(conn->filter));
    }

  return sockopt_get_other(&conn->sconn, conn->ping ? -1 : SOL_RAW, level,
                           option, value, len);
}

static int raw_setsockopt(struct socket *psock, int level, int option,
                          const void *value, socklen_t len)
{
  struct raw_conn_s *conn = raw_conn(psock->s_conn);

  if (is_filter(conn, level, option))
    {
      int filter;
      int ret = conn->sconn.proto != IPPROTO_ICMP ? -EOPNOTSUPP :
                sockopt_get_int(value, len, &filter);

      if (ret == 0)
        {
          conn->filter = (uint32_t)filter;
        }

      return ret;
    }

  return sockopt_set_other(&conn->sconn, level, option, value, len);
}

const struct sock_intf_s g_raw_sockif =
{
  .si_setup = raw_setup,
  .si_close = raw_close,
  .si_bind = raw_bind,
  .si_getsockname = raw_getsockname,
  .si_getpeername = raw_getpeername,
  .si_connect = raw_connect,
  .si_sendmsg = raw_sendmsg,
  .si_recvmsg = raw_recvmsg,
  .si_poll = raw_poll,
  .si_shutdown = raw_shutdown,
  .si_ioctl = raw_ioctl,
  .si_getsockopt = raw_getsockopt,
  .si_setsockopt = raw_setsockopt
};

int raw_foreach(int (*fn)(struct socket_conn_s *conn, void *arg), void *arg)
{
  unsigned int i;

  for (i = 0; i < nitems(g_raw); i++)
    {
      struct raw_conn_s *conn = g_raw[i];

      while (conn != NULL)
        {
          struct raw_conn_s *next = conn->next;
          int ret = fn(&conn->sconn, arg);

          if (ret != 0)
            {
              return ret;
            }

          conn = next;
        }
    }

  return 0;
}

int raw_initialize(void)
{
  memset(g_raw, 0, sizeof(g_raw));
  g_raw_count = 0;
  return 0;
}

void raw_finalize(void)
{
}
