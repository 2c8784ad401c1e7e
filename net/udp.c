/* net/udp.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * UDP (RFC 768; RFC 1122 4.1).
 *
 * Receiving.  udp_input() checks length and checksum, finds the endpoint, and
 * queues the packet for its reader: the iob that the device filled is the one
 * that the reader copies from.  A multicast or broadcast goes to every
 * endpoint of the port that wants it, each with a view of the same bytes.  A
 * datagram that nobody wants is answered by ICMP, unless it went to many.
 *
 * Sending.  The user's bytes are copied once, into a buffer with room for
 * all headers in front.  If there is no place in the device the datagram
 * waits in a queue of its endpoint, as long as that holds less memory than
 * SO_SNDBUF, and leaves from udp_egress().  Datagrams that still wait when
 * the socket is closed are sent nevertheless: the endpoint stays as an
 * orphan, without port, until they are gone.  A writer for whom there is no
 * memory waits until there is (memory.c).
 *
 * A datagram can be written in parts (MSG_MORE, UDP_CORK): they are chained,
 * and the checksum is computed over all when the last is there.
 *
 * An endpoint that receives only allocates nothing to send.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <sys/ioctl.h>

#include <nuttx/kmalloc.h>

#include "conn.h"
#include "dgramq.h"
#include "net.h"
#include "wire_udp.h"

#define UDP_MAXDATA (UDP_MAXLEN - UDP_HDRLEN)

/* A datagram on its way out: everything that is needed to send it later */

struct udp_out_s
{
  struct udp_out_s *next;
  struct iob_s *pkt;
  struct net_path_s path;
  struct netaddr_s dst;
  unsigned int ifindex;
  uint32_t charge;
  uint16_t dport;
  uint8_t ttl;
  uint8_t tos;
  uint8_t txflags;
  bool partial;                      /* The device completes the checksum */
};

/* A datagram that is still being put together (MSG_MORE, UDP_CORK) */

struct udp_cork_s
{
  struct udp_out_s out;              /* What its first part said */
  struct iob_s *data;                /* NULL: no bytes yet */
  size_t len;
};

struct udp_conn_s
{
  struct socket_conn_s sconn;        /* First: conn_lookup() finds this */
  struct dgramq_s rcvq;
  struct dgramq_s errq;
  struct netaddr_s pathdst;          /* Where sconn.path leads to */
  struct udp_out_s *out_head;        /* Waits for the device */
  struct udp_out_s *out_tail;
  uint32_t out_charged;
  struct udp_cork_s *cork;
  bool corked;                       /* UDP_CORK */
  bool out_full;                     /* The writer was told to wait */
  struct net_memory_s memory;        /* ... and for this */
  bool orphan;
  struct udp_conn_s *orphan_next;
  struct udp_conn_s **orphan_pprev;
};

static struct udp_conn_s *g_orphans;

static struct udp_conn_s *udp_conn(struct socket_conn_s *sconn)
{
  return (struct udp_conn_s *)sconn;
}

/* Sending ******************************************************************/

static void out_free(struct udp_conn_s *conn)
{
  while (conn->out_head != NULL)
    {
      struct udp_out_s *out = conn->out_head;

      conn->out_head = out->next;
      iob_free_chain(out->pkt);
      kmm_free(out);
      g_net.stats.udp.outflushed++;
    }

  conn->out_charged = 0;
}

static void orphan_free(struct udp_conn_s *conn)
{
  *conn->orphan_pprev = conn->orphan_next;
  if (conn->orphan_next != NULL)
    {
      conn->orphan_next->orphan_pprev = conn->orphan_pprev;
    }

  net_egress_del(&conn->sconn.egress);
  out_free(conn);
  kmm_free(conn);
}

static bool writable(const struct udp_conn_s *conn)
{
  return conn->out_charged < conn->sconn.sndbuf && !conn->memory.queued;
}

/* Those who were told to wait, as soon as they need not any more */

static void tell_writers(struct udp_conn_s *conn)
{
  if (conn->out_full && writable(conn))
    {
      conn->out_full = false;
      sock_event(conn->sconn.psock, POLLOUT);
    }
}

/* The device has a place, which is used here.  Consumes out->pkt */

static int udp_output(struct udp_out_s *out)
{
  struct netdev_offload_s off =
    {
      .flags = NETDEV_OFF_PARTIAL,
      .csum_offset = UDP_CSUM_OFFSET
    };
  struct net_tx_s tx =
    {
      .src = &out->path.src,
      .dst = &out->dst,
      .proto = IPPROTO_UDP,
      .ttl = out->ttl,
      .tos = out->tos,
      .flags = out->txflags | NET_TX_RESERVED,
      .off = out->partial ? &off : NULL
    };
  int ret = ip_output(out->pkt, &out->path, &tx);

  if (ret < 0)
    {
      g_net.stats.udp.sndbuferrors++;
    }
  else
    {
      g_net.stats.udp.outdatagrams++;
    }

  return ret;
}

/* The oldest of the queue: true if it is gone, one way or the other.  Its
 * path may have changed while it waited; the source address, which is in the
 * checksum, must not.
 */

static bool send_oldest(struct udp_conn_s *conn)
{
  struct udp_out_s *out = conn->out_head;
  int ret = 0;

  if (!net_path_valid(&out->path))
    {
      struct netaddr_s src = out->path.src;

      ret = net_route(&out->dst, &src, out->ifindex, &out->path);
    }

  if (ret == 0)
    {
      ret = netif_reserve(out->path.nif, &conn->sconn.egress);
      if (ret == -EAGAIN)
        {
          return false;
        }
    }

  conn->out_head = out->next;
  conn->out_charged -= out->charge;
  if (ret == 0)
    {
      udp_output(out);
    }
  else
    {
      g_net.stats.udp.sndbuferrors++;
      iob_free_chain(out->pkt);
    }

  kmm_free(out);
  return true;
}

static void udp_egress(struct net_egress_s *egress)
{
  struct udp_conn_s *conn = container_of(egress, struct udp_conn_s,
                                         sconn.egress);

  while (conn->out_head != NULL && send_oldest(conn))
    {
    }

  if (conn->orphan)
    {
      if (conn->out_head == NULL)
        {
          orphan_free(conn);
        }
    }
  else
    {
      tell_writers(conn);
    }
}

static void udp_memory(struct net_memory_s *memory)
{
  struct udp_conn_s *conn = container_of(memory, struct udp_conn_s, memory);

  if (dgram_again(memory))
    {
      tell_writers(conn);
    }
}

/* The user's bytes found no memory: -EAGAIN, and POLLOUT when they would */

static int no_memory(struct udp_conn_s *conn, size_t len, unsigned int head)
{
  if (!dgram_wait(&conn->memory, len, head))
    {
      g_net.stats.udp.sndbuferrors++;
      return -ENOBUFS;
    }

  g_net.stats.udp.outwaited++;
  conn->out_full = true;
  return -EAGAIN;
}

static int out_queue(struct udp_conn_s *conn, const struct udp_out_s *out)
{
  struct udp_out_s *copy = kmm_malloc(sizeof(*copy));

  if (copy == NULL)
    {
      iob_free_chain(out->pkt);
      g_net.stats.udp.sndbuferrors++;
      return -ENOBUFS;
    }

  *copy = *out;
  copy->next   = NULL;
  copy->charge = net_charge(out->pkt) + sizeof(*copy);
  if (conn->out_head == NULL)
    {
      conn->out_head = copy;
    }
  else
    {
      conn->out_tail->next = copy;
    }

  conn->out_tail = copy;
  conn->out_charged += copy->charge;
  g_net.stats.udp.outqueued++;
  return 0;
}

/* Will the device complete the checksum?  It cannot for fragments. */

static bool offloaded(const struct udp_out_s *out, size_t len)
{
  return (out->path.nif->dev->d_features & NETDEV_TXCSUM) != 0 &&
         UDP_HDRLEN + len + out->path.ip->hdrlen <= out->path.mtu;
}

static unsigned int headroom(const struct udp_out_s *out)
{
  return out->path.nif->headroom + out->path.ip->hdrlen + UDP_HDRLEN;
}

/* The header in front of out->pkt, whose bytes add up to sum (not used if the
 * device completes the checksum).  Without memory the packet is gone.
 */

static int put_header(struct udp_conn_s *conn, struct udp_out_s *out,
                      uint32_t sum)
{
  const struct ip_family_s *ip = out->path.ip;
  size_t len = UDP_HDRLEN + out->pkt->io_pktlen;
  struct udp_hdr_s hdr;
  uint32_t pseudo;

  if (iob_push(out->pkt, UDP_HDRLEN) < 0)
    {
      iob_free_chain(out->pkt);
      g_net.stats.udp.sndbuferrors++;
      return -ENOBUFS;
    }

  hdr.sport = conn->sconn.lport;
  hdr.dport = out->dport;
  hdr.len   = len;
  hdr.csum  = 0;
  udp_put_hdr(IOB_DATA(out->pkt), &hdr);
  pseudo = ip->pseudo(&out->path.src, &out->dst, IPPROTO_UDP, len);
  if (out->partial)
    {
      hdr.csum = net_csum_fold(pseudo);
    }
  else
    {
      sum = net_csum_add(pseudo, sum, 0);
      sum = net_csum(IOB_DATA(out->pkt), UDP_HDRLEN, sum);
      hdr.csum = ~net_csum_fold(sum);
      if (hdr.csum == 0)
        {
          hdr.csum = 0xffff;         /* 0 says that there is none */
        }
    }

  memcpy(IOB_DATA(out->pkt) + UDP_CSUM_OFFSET, &hdr.csum, sizeof(hdr.csum));
  return 0;
}

/* The user's bytes, added up while they are copied, and the header */

static int build(struct udp_conn_s *conn, struct udp_out_s *out,
                 struct net_uio_s *uio)
{
  size_t len = uio->resid;
  uint32_t sum = 0;

  out->partial = offloaded(out, len);
  out->pkt = dgram_build(&conn->memory, uio, headroom(out),
                         out->partial ? NULL : &sum);
  if (out->pkt == NULL)
    {
      return no_memory(conn, len, headroom(out));
    }

  g_net.stats.udp.copies_tx++;
  return put_header(conn, out, sum);
}

/* RFC 1191 and IP_MTU_DISCOVER: whether to forbid fragmenting, and the MTU
 * that counts.
 */

static int set_df(struct udp_conn_s *conn, struct udp_out_s *out, size_t len)
{
  uint8_t how = conn->sconn.pmtudisc;

  if (how >= IP_PMTUDISC_PROBE)
    {
      out->path.mtu = out->path.nif->dev->d_mtu;
    }

  if (len + UDP_HDRLEN + out->path.ip->hdrlen <= out->path.mtu)
    {
      out->txflags |= how == IP_PMTUDISC_WANT || how == IP_PMTUDISC_DO ||
                      how == IP_PMTUDISC_PROBE ? NET_TX_DF : 0;
      return 0;
    }

  if (how != IP_PMTUDISC_DO && how != IP_PMTUDISC_PROBE)
    {
      return 0;
    }

  if ((conn->sconn.options & CONN_RECVERR) != 0)
    {
      struct icmp_error_s err;

      memset(&err, 0, sizeof(err));
      err.src   = out->path.src;
      err.dst   = out->dst;
      err.dport = out->dport;
      err.proto = IPPROTO_UDP;
      err.error = EMSGSIZE;
      err.mtu   = out->path.mtu;
      dgramq_put_error(&conn->errq, &conn->sconn, &err);
    }

  return -EMSGSIZE;
}

/* Where to: the path of the last datagram if it went to the same place and
 * nothing special is asked for.
 */

static int find_path(struct udp_conn_s *conn, struct udp_out_s *out,
                     const struct dgram_ctl_s *ctl, int flags)
{
  struct socket_conn_s *sconn = &conn->sconn;
  int ret;

  out->ifindex = sconn->ifindex;
  if (out->ifindex == 0 && netaddr_ismulticast(&out->dst))
    {
      out->ifindex = sconn->mcast_ifindex;
    }

  if (ctl->has_pktinfo)
    {
      if (ctl->ifindex != 0)
        {
          out->ifindex = ctl->ifindex;
        }

      return net_route(&out->dst,
                       netaddr_isany(&ctl->src) ? NULL : &ctl->src,
                       out->ifindex, &out->path);
    }

  if (!net_path_valid(&sconn->path) ||
      !netaddr_equal(&conn->pathdst, &out->dst))
    {
      sconn->path.ip = NULL;
      ret = conn_route(sconn, &out->dst, &sconn->path);
      if (ret < 0)
        {
          sconn->path.ip = NULL;
          g_net.stats.ip.outnoroutes += ret == -ENETUNREACH;
          return ret;
        }

      conn->pathdst = out->dst;
    }

  out->path = sconn->path;
  return (flags & MSG_DONTROUTE) != 0 &&
         (out->path.flags & NET_PATH_GATEWAY) != 0 ? -ENETUNREACH : 0;
}

/* Name, ancillary data and options: everything about it but the bytes */

static int prepare(struct udp_conn_s *conn, struct udp_out_s *out,
                   struct sock_msg_s *msg, int flags)
{
  struct socket_conn_s *sconn = &conn->sconn;
  struct dgram_ctl_s ctl;
  int ret = 0;

  memset(out, 0, sizeof(*out));
  if (msg->name != NULL)
    {
      ret = conn_sockaddr_get(sconn, (struct sockaddr *)msg->name,
                              msg->namelen, &out->dst, &out->dport);
      if (ret == 0 && out->dport == 0)
        {
          ret = -EINVAL;
        }

      /* 0.0.0.0 is this host (as Linux and BSD have it) */

      if (ret == 0 && netaddr_isany(&out->dst))
        {
          out->dst = netaddr_from4(htonl(INADDR_LOOPBACK));
        }
    }
  else if ((sconn->flags & CONN_CONNECTED) != 0)
    {
      out->dst   = sconn->raddr;
      out->dport = sconn->rport;
    }
  else
    {
      ret = -EDESTADDRREQ;
    }

  ret = ret < 0 ? ret : dgram_ctl_get(msg, &ctl);
  if (ret == 0 && (sconn->flags & CONN_BOUND) == 0)
    {
      ret = conn_bind(sconn, &sconn->laddr, 0);
      ret = ret == -EADDRINUSE ? -EAGAIN : ret;
    }

  ret = ret < 0 ? ret : find_path(conn, out, &ctl, flags);
  if (ret < 0)
    {
      return ret;
    }

  if ((out->path.flags & NET_PATH_BROADCAST) != 0 &&
      (sconn->options & CONN_BROADCAST) == 0)
    {
      return -EACCES;
    }

  out->tos = ctl.has_tos ? ctl.tos : sconn->tos;
  out->ttl = ctl.has_ttl ? ctl.ttl : sconn->ttl;
  if ((out->path.flags & NET_PATH_MULTICAST) != 0)
    {
      out->ttl = ctl.has_ttl ? ctl.ttl : sconn->mcast_ttl;
      out->txflags |= (out->ttl == 0 ? NET_TX_TTL0 : 0) |
                      ((sconn->options & CONN_MCAST_LOOP) != 0 ?
                       NET_TX_MCLOOP : 0);
    }

  return 0;
}

/* Name an error that is one: what was lost behind here was lost on the way,
 * but a sender who wants to know errors wants to know this one.
 */

static int told(const struct udp_conn_s *conn, int ret)
{
  return ret == -ENOBUFS && (conn->sconn.options & CONN_RECVERR) == 0 ?
         0 : ret;
}

/* A place in the device for this datagram: 0; -EAGAIN: it has to wait, not
 * to pass those that wait already.
 */

static int place(struct udp_conn_s *conn, const struct udp_out_s *out)
{
  return conn->out_head != NULL ? -EAGAIN :
         netif_reserve(out->path.nif, &conn->sconn.egress);
}

/* Datagrams in parts (MSG_MORE, UDP_CORK) **********************************/

static void cork_free(struct udp_conn_s *conn)
{
  if (conn->cork != NULL)
    {
      if (conn->cork->data != NULL)
        {
          iob_free_chain(conn->cork->data);
        }

      kmm_free(conn->cork);
      conn->cork = NULL;
    }
}

/* The last part is there: send it.  The destination is that of the first */

static int cork_send(struct udp_conn_s *conn)
{
  struct udp_out_s out = conn->cork->out;
  size_t len = conn->cork->len;
  struct net_uio_s none;
  int ret = 0;

  if (!net_path_valid(&out.path))
    {
      struct netaddr_s src = out.path.src;

      ret = net_route(&out.dst, &src, out.ifindex, &out.path);
    }

  ret = ret < 0 ? ret : set_df(conn, &out, len);
  ret = ret < 0 ? ret : place(conn, &out);
  if (ret < 0 && ret != -EAGAIN)
    {
      cork_free(conn);
      return ret;
    }

  out.partial = offloaded(&out, len);
  out.pkt = conn->cork->data;
  conn->cork->data = NULL;
  cork_free(conn);
  memset(&none, 0, sizeof(none));
  if (out.pkt == NULL ? build(conn, &out, &none) < 0 :
      put_header(conn, &out, out.partial ? 0 :
                 net_csum_iob(out.pkt, 0, len, 0)) < 0)
    {
      if (ret == 0)
        {
          netif_cancel(out.path.nif);
        }

      return -ENOBUFS;
    }

  return told(conn, ret == 0 ? udp_output(&out) : out_queue(conn, &out));
}

/* Another part.  One that fails takes the whole datagram with it; one that
 * finds no memory comes again.
 */

static ssize_t cork_add(struct udp_conn_s *conn, struct sock_msg_s *msg,
                        int flags)
{
  size_t len = msg->uio.resid;
  struct udp_cork_s *cork = conn->cork;
  struct iob_s *part = NULL;
  int ret = 0;

  if (cork == NULL)
    {
      cork = kmm_zalloc(sizeof(*cork));
      if (cork == NULL)
        {
          return -ENOBUFS;
        }

      conn->cork = cork;
      ret = prepare(conn, &cork->out, msg, flags);
    }

  if (ret == 0 && len + cork->len > UDP_MAXDATA - g_ipv4_family.hdrlen)
    {
      ret = -EMSGSIZE;
    }

  if (ret == 0 && len > 0)
    {
      unsigned int head = cork->data != NULL ? 0 : headroom(&cork->out);

      part = dgram_build(&conn->memory, &msg->uio, head, NULL);
      ret  = part != NULL ? 0 : no_memory(conn, len, head);
    }

  if (ret < 0)
    {
      /* What was there before waits for this part */

      if (ret != -EAGAIN || cork->data == NULL)
        {
          cork_free(conn);
        }

      return ret;
    }

  if (part != NULL && cork->data != NULL)
    {
      iob_concat(cork->data, part);
    }
  else if (part != NULL)
    {
      cork->data = part;
    }

  g_net.stats.udp.copies_tx += part != NULL;
  cork->len += len;
  if ((flags & MSG_MORE) == 0 && !conn->corked)
    {
      ret = cork_send(conn);
    }

  return ret < 0 ? ret : (ssize_t)len;
}

/* A datagram, or a part of one, for which there is room by SO_SNDBUF */

static ssize_t send_one(struct udp_conn_s *conn, struct sock_msg_s *msg,
                        int flags)
{
  size_t len = msg->uio.resid;
  struct udp_out_s out;
  int built;
  int ret;

  if (conn->cork != NULL || conn->corked || (flags & MSG_MORE) != 0)
    {
      return cork_add(conn, msg, flags);
    }

  ret = prepare(conn, &out, msg, flags);
  ret = ret < 0 ? ret : set_df(conn, &out, len);
  if (ret < 0)
    {
      return ret;
    }

  ret = place(conn, &out);
  if (ret < 0 && ret != -EAGAIN)
    {
      return ret;
    }

  built = build(conn, &out, &msg->uio);
  if (built < 0)
    {
      if (ret == 0)
        {
          netif_cancel(out.path.nif);
        }

      return built;
    }

  ret = told(conn, ret == 0 ? udp_output(&out) : out_queue(conn, &out));
  return ret < 0 ? ret : (ssize_t)len;
}

static ssize_t udp_sendmsg(struct socket *psock, struct sock_msg_s *msg,
                           int flags)
{
  struct udp_conn_s *conn = udp_conn(psock->s_conn);
  bool asked = conn->memory.queued;
  ssize_t ret;

  if ((flags & MSG_OOB) != 0)
    {
      return -EOPNOTSUPP;
    }

  if (conn->sconn.error != 0)
    {
      return conn_take_error(&conn->sconn);
    }

  if ((conn->sconn.flags & CONN_SHUT_WR) != 0)
    {
      return -EPIPE;
    }

  if (msg->uio.resid > UDP_MAXDATA - g_ipv4_family.hdrlen)
    {
      return -EMSGSIZE;
    }

  /* Memory is asked for again: some may have been freed just now.  Who asked
   * before may have been another task; if this call does not have to wait,
   * that one has to ask for itself.
   */

  net_memory_del(&conn->memory);
  if (!writable(conn))
    {
      net_memory_leave(&conn->memory);
      conn->out_full = true;
      return -EAGAIN;
    }

  ret = send_one(conn, msg, flags);
  if (ret < 0 && ret != -EAGAIN)
    {
      net_memory_leave(&conn->memory);
    }

  if (asked)
    {
      tell_writers(conn);
    }

  return ret;
}

/* Receiving ****************************************************************/

/* Queue one view of the datagram, header in front.  Consumes it */

static void deliver(struct udp_conn_s *conn, struct iob_s *pkt,
                    const struct net_rx_s *rx, uint16_t sport)
{
  int ret;

  if (pkt->io_pktlen == UDP_HDRLEN)
    {
      iob_free_chain(pkt);
      pkt = NULL;
    }
  else
    {
      iob_pull(pkt, UDP_HDRLEN);
      if (pkt->io_len == 0)
        {
          pkt = iob_free(pkt);
        }
    }

  ret = dgramq_put(&conn->rcvq, &conn->sconn, pkt, rx, sport);
  if (ret == 0)
    {
      g_net.stats.udp.indatagrams++;
      sock_event(conn->sconn.psock, POLLIN);
      return;
    }

  g_net.stats.udp.inerrors++;
  if (ret == -ENOBUFS)
    {
      g_net.stats.udp.rcvbuferrors++;
    }
  else
    {
      g_net.stats.udp.memerrors++;
    }
}

static bool wants(const struct socket_conn_s *conn, const struct net_rx_s *rx,
                  uint16_t sport)
{
  if (conn->ifindex != 0 && conn->ifindex != rx->nif->dev->d_ifindex)
    {
      return false;
    }

  if (!netaddr_isany(&conn->laddr) && !netaddr_equal(&conn->laddr, &rx->dst))
    {
      return false;
    }

  if ((conn->flags & CONN_CONNECTED) != 0 &&
      (conn->rport != sport || !netaddr_equal(&conn->raddr, &rx->src)))
    {
      return false;
    }

  return !netaddr_ismulticast(&rx->dst) ||
         conn_wants_group(conn, &rx->dst, rx->nif);
}

/* To all who want it (RFC 1122 4.1.3.6 asks for that with multicast, Linux
 * does it with broadcast, too): views of the same bytes, the last one the
 * packet itself.
 */

static void deliver_many(struct iob_s *pkt, const struct net_rx_s *rx,
                         const struct udp_hdr_s *hdr)
{
  struct socket_conn_s *last = NULL;
  struct socket_conn_s *c = NULL;

  while ((c = conn_next_on_port(IPPROTO_UDP, hdr->dport, c)) != NULL)
    {
      if (!wants(c, rx, hdr->sport))
        {
          continue;
        }

      if (last != NULL)
        {
          struct iob_s *view = iob_share(pkt, 0, pkt->io_pktlen);

          if (view != NULL)
            {
              deliver(udp_conn(last), view, rx, hdr->sport);
            }
          else
            {
              g_net.stats.udp.memerrors++;
              g_net.stats.udp.inerrors++;
            }
        }

      last = c;
    }

  if (last == NULL)
    {
      g_net.stats.udp.ignoredmulti++;
      iob_free_chain(pkt);
      return;
    }

  deliver(udp_conn(last), pkt, rx, hdr->sport);
}

/* Header, length and checksum.  The packet is cut to the length that the
 * header says.  False: counted, to be dropped.
 */

static bool udp_check(struct iob_s *pkt, const struct net_rx_s *rx,
                      struct udp_hdr_s *hdr)
{
  const struct ip_family_s *ip = &g_ipv4_family;
  uint32_t sum;

  if (pkt->io_pktlen < UDP_HDRLEN ||
      (pkt->io_len < UDP_HDRLEN && iob_contig(pkt, UDP_HDRLEN) < 0))
    {
      g_net.stats.udp.intruncated++;
      return false;
    }

  *hdr = udp_get_hdr(IOB_DATA(pkt));
  if (hdr->len < UDP_HDRLEN || hdr->len > pkt->io_pktlen)
    {
      g_net.stats.udp.intruncated++;
      return false;
    }

  if (hdr->len < pkt->io_pktlen)
    {
      iob_trimtail(pkt, pkt->io_pktlen - hdr->len);
    }

  if (hdr->csum == 0 || (rx->flags & NET_RX_CSUM_OK) != 0)
    {
      return true;
    }

  sum = ip->pseudo(&rx->src, &rx->dst, IPPROTO_UDP, hdr->len);
  if (net_csum_fold(net_csum_iob(pkt, 0, hdr->len, sum)) != 0xffff)
    {
      g_net.stats.udp.incsumerrors++;
      return false;
    }

  return true;
}

void udp_input(struct iob_s *pkt, struct net_rx_s *rx)
{
  struct socket_conn_s *conn;
  struct udp_hdr_s hdr;
  unsigned int ifindex = rx->nif->dev->d_ifindex;

  if (!udp_check(pkt, rx, &hdr))
    {
      g_net.stats.udp.inerrors++;
      iob_free_chain(pkt);
      return;
    }

  if ((rx->flags & (NET_RX_BROADCAST | NET_RX_MULTICAST)) != 0)
    {
      deliver_many(pkt, rx, &hdr);
      return;
    }

  conn = conn_lookup(IPPROTO_UDP, &rx->dst, hdr.dport, &rx->src, hdr.sport,
                     ifindex);
  if (conn == NULL)
    {
      conn = conn_lookup_bound(IPPROTO_UDP, &rx->dst, hdr.dport, &rx->src,
                               hdr.sport, ifindex);
    }

  if (conn == NULL)
    {
      g_net.stats.udp.noports++;
      icmp_send_error(pkt, rx, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0);
      iob_free_chain(pkt);
      return;
    }

  deliver(udp_conn(conn), pkt, rx, hdr.sport);
}

/* What ICMP says about a datagram of ours (RFC 1122 4.1.3.3).  Without
 * IP_RECVERR only a connected endpoint is told, and only what is final: the
 * others could not say which datagram it was.
 */

void udp_icmp_error(const struct icmp_error_s *err)
{
  struct socket_conn_s *sconn;
  struct udp_conn_s *conn;
  bool hard = err->hard;

  sconn = conn_lookup(IPPROTO_UDP, &err->src, err->sport, &err->dst,
                      err->dport, err->ifindex);
  if (sconn == NULL)
    {
      sconn = conn_lookup_bound(IPPROTO_UDP, &err->src, err->sport,
                                &err->dst, err->dport, err->ifindex);
    }

  if (sconn == NULL)
    {
      g_net.stats.udp.icmpnoport++;
      return;
    }

  conn = udp_conn(sconn);
  if (err->error == EMSGSIZE)
    {
      hard = sconn->pmtudisc != IP_PMTUDISC_DONT;
    }

  if ((sconn->options & CONN_RECVERR) != 0)
    {
      dgramq_put_error(&conn->errq, sconn, err);
      conn_error(sconn, err->error);
    }
  else if (hard && (sconn->flags & CONN_CONNECTED) != 0)
    {
      conn_error(sconn, err->error);
    }
}

static ssize_t udp_recvmsg(struct socket *psock, struct sock_msg_s *msg,
                           int flags)
{
  struct udp_conn_s *conn = udp_conn(psock->s_conn);

  return dgram_recvmsg(&conn->sconn, &conn->rcvq, &conn->errq, msg, flags,
                       &g_net.stats.udp.copies_rx);
}

/* Calls of the user ********************************************************/

static int udp_setup(struct socket *psock)
{
  struct udp_conn_s *conn = kmm_zalloc(sizeof(*conn));

  if (conn == NULL)
    {
      return -ENOMEM;
    }

  conn_setup(&conn->sconn, psock->s_domain, IPPROTO_UDP);
  conn->sconn.psock = psock;
  conn->sconn.egress.run = udp_egress;
  conn->memory.run = udp_memory;
  conn->memory.turns = true;
  psock->s_conn = &conn->sconn;
  return 0;
}

static void udp_close(struct socket *psock)
{
  struct udp_conn_s *conn = udp_conn(psock->s_conn);

  psock->s_conn = NULL;
  cork_free(conn);
  net_memory_leave(&conn->memory);
  conn_teardown(&conn->sconn);
  dgramq_flush(&conn->rcvq);
  dgramq_flush(&conn->errq);
  if (conn->out_head == NULL)
    {
      kmm_free(conn);
      return;
    }

  conn->orphan = true;
  conn->orphan_next = g_orphans;
  conn->orphan_pprev = &g_orphans;
  if (g_orphans != NULL)
    {
      g_orphans->orphan_pprev = &conn->orphan_next;
    }

  g_orphans = conn;
  udp_egress(&conn->sconn.egress);
}

static int udp_bind(struct socket *psock, const struct sockaddr *sa,
                    socklen_t len)
{
  struct netaddr_s addr;
  uint16_t port;
  int ret = conn_sockaddr_get(psock->s_conn, sa, len, &addr, &port);

  return ret < 0 ? ret : conn_bind(psock->s_conn, &addr, port);
}

/* RFC 1122 4.1.3.5: connecting chooses the source address.  It may be
 * repeated; the port stays.
 */

static int udp_connect(struct socket *psock, const struct sockaddr *sa,
                       socklen_t len)
{
  struct socket_conn_s *conn = psock->s_conn;
  struct socket_conn_s before;
  struct net_path_s path;
  struct netaddr_s addr;
  uint16_t port;
  int ret;

  if (len >= (socklen_t)sizeof(sa->sa_family) && sa->sa_family == AF_UNSPEC)
    {
      conn_disconnect(conn);
      return 0;
    }

  ret = conn_sockaddr_get(conn, sa, len, &addr, &port);
  if (ret == 0 && (conn->flags & CONN_BOUND) == 0)
    {
      ret = conn_bind(conn, &conn->laddr, 0);
      ret = ret == -EADDRINUSE ? -EAGAIN : ret;
    }

  if (ret < 0)
    {
      return ret;
    }

  if (netaddr_isany(&addr))
    {
      addr = netaddr_from4(htonl(INADDR_LOOPBACK));
    }

  before = *conn;
  if ((conn->flags & CONN_BOUND_ADDR) == 0)
    {
      conn->laddr = conn->domain == AF_INET ? g_netaddr_any4 :
                    g_netaddr_none;
    }

  ret = conn_route(conn, &addr, &path);
  if (ret == 0 && (path.flags & NET_PATH_BROADCAST) != 0 &&
      (conn->options & CONN_BROADCAST) == 0)
    {
      ret = -EACCES;
    }

  if (ret == 0)
    {
      conn->laddr = (conn->flags & CONN_BOUND_ADDR) != 0 ? conn->laddr :
                    path.src;
      conn->raddr = addr;
      conn->rport = port;
      ret = conn_connect(conn);
    }

  if (ret < 0)
    {
      conn->laddr = before.laddr;
      conn->raddr = before.raddr;
      conn->rport = before.rport;
      return ret;
    }

  conn->path = path;
  udp_conn(conn)->pathdst = addr;
  conn->error = 0;
  return 0;
}

static int udp_getsockname(struct socket *psock, struct sockaddr_storage *sa,
                           socklen_t *len)
{
  struct socket_conn_s *conn = psock->s_conn;

  *len = conn_sockaddr_put(conn, sa, &conn->laddr, conn->lport);
  return 0;
}

static int udp_getpeername(struct socket *psock, struct sockaddr_storage *sa,
                           socklen_t *len)
{
  struct socket_conn_s *conn = psock->s_conn;

  if ((conn->flags & CONN_CONNECTED) == 0)
    {
      return -ENOTCONN;
    }

  *len = conn_sockaddr_put(conn, sa, &conn->raddr, conn->rport);
  return 0;
}

static unsigned int udp_poll(struct socket *psock)
{
  struct udp_conn_s *conn = udp_conn(psock->s_conn);
  unsigned int events = dgram_poll(&conn->sconn, &conn->rcvq, &conn->errq);

  if (writable(conn))
    {
      events |= POLLOUT;
    }
  else
    {
      conn->out_full = true;
    }

  return events;
}

static int udp_shutdown(struct socket *psock, int how)
{
  return dgram_shutdown(psock, how,
                        (psock->s_conn->flags & CONN_CONNECTED) != 0);
}

static int udp_ioctl(struct socket *psock, unsigned long cmd,
                     unsigned long arg)
{
  struct udp_conn_s *conn = udp_conn(psock->s_conn);

  return dgram_ioctl(&conn->rcvq, conn->out_charged, cmd, arg);
}

static int udp_getsockopt(struct socket *psock, int level, int option,
                          void *value, socklen_t *len)
{
  int corked = udp_conn(psock->s_conn)->corked;

  if (level == IPPROTO_UDP && option == UDP_CORK)
    {
      return sockopt_put(value, len, &corked, sizeof(corked));
    }

  return sockopt_get_other(psock->s_conn, IPPROTO_UDP, level, option, value,
                           len);
}

static int udp_setsockopt(struct socket *psock, int level, int option,
                          const void *value, socklen_t len)
{
  struct udp_conn_s *conn = udp_conn(psock->s_conn);
  int number;
  int ret;

  if (level == IPPROTO_UDP && option == UDP_CORK)
    {
      ret = sockopt_get_int(value, len, &number);
      if (ret < 0)
        {
          return ret;
        }

      conn->corked = number != 0;
      return !conn->corked && conn->cork != NULL ? cork_send(conn) : 0;
    }

  return sockopt_set_other(psock->s_conn, level, option, value, len);
}

/* SO_SNDBUF may have let somebody go on */

static void udp_buffers(struct socket *psock)
{
  struct udp_conn_s *conn = udp_conn(psock->s_conn);

  if (conn->out_full && writable(conn))
    {
      conn->out_full = false;
      sock_event(psock, POLLOUT);
    }
}

const struct sock_intf_s g_udp_sockif =
{
  .si_setup = udp_setup,
  .si_close = udp_close,
  .si_bind = udp_bind,
  .si_getsockname = udp_getsockname,
  .si_getpeername = udp_getpeername,
  .si_connect = udp_connect,
  .si_sendmsg = udp_sendmsg,
  .si_recvmsg = udp_recvmsg,
  .si_poll = udp_poll,
  .si_shutdown = udp_shutdown,
  .si_ioctl = udp_ioctl,
  .si_getsockopt = udp_getsockopt,
  .si_setsockopt = udp_setsockopt,
  .si_buffers = udp_buffers
};

void udp_queues(const struct socket_conn_s *sconn, uint32_t *rx, uint32_t *tx,
                uint32_t *drops)
{
  const struct udp_conn_s *conn = (const struct udp_conn_s *)sconn;

  *rx    = conn->rcvq.charged;
  *tx    = conn->out_charged;
  *drops = conn->rcvq.drops;
}

int udp_initialize(void)
{
  g_orphans = NULL;
  return 0;
}

void udp_finalize(void)
{
  while (g_orphans != NULL)
    {
      orphan_free(g_orphans);
    }
}
