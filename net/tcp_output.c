/* net/tcp_output.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Segments that leave.
 *
 * tcp_output() is the only way: whoever changes something that may let a
 * segment go (a write, an acknowledgement, a window, a timer) calls it, and
 * it sends all that may be sent: first what was lost, then what is new.  It
 * stops when nothing is left, when a window is full, or when the device is,
 * and then the egress queue of the interface calls it again.
 *
 * How a segment becomes a frame without a copy.  The view in the row is
 * shared; the new view owns the head-room, and the headers are pushed into
 * it.  When the segment has to be sent again, one of these is true:
 *
 *   nobody else views     share and push again: in place
 *   the extent
 *
 *   somebody does (the    it is asked for what it is done with.  Then, on a
 *   device still has the  device that takes pieces (NETDEV_SG): a new
 *   frame of last time)   header buffer in front of the shared payload.
 *                         On a flat one the resend is deferred: iob_defer()
 *                         has the freeing of any other view call kick().
 *                         After one RTO, or if no frame at all is under way
 *                         in the device so that the holder is somebody
 *                         else, or if it is our own row (two segments on one
 *                         extent, after a cut): a copy.
 *
 * A deferred resend has not been sent.  Its RTO runs from when it is, so
 * TCPT_REXMT rests while TCPT_DEFER runs, which is at most one RTO.
 *
 * What may be sent: RFC 9293 3.7.4 (Nagle, as Minshall amended it) and
 * 3.8.6.2.1 (silly windows), cwnd of tcp_cc.c.  Zero windows are probed as
 * 3.8.6.1 wants, but with an old sequence number and no data: the peer has
 * to answer that as well, and nothing needs to be cut.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "tcp.h"
#include "wire_tcp.h"

#define TSOPTLEN    (TCPOLEN_TS + 2)

/* The most payload of a super-segment: IP's length field has 16 bits */

#define SUPER_MAX   (65535 - 60 - 60)

/* What is written but corked or too small waits this long, nothing else
 * being under way (as on Linux)
 */

#define CORK_LIMIT  (200 * NET_MSEC)

#define PERSIST_MAX (60 * NET_SEC)

/* One run of tcp_output() */

struct tcp_out_s
{
  struct tcp_conn_s *conn;
  struct net_path_s *path;
  nettime_t now;
  uint32_t smss;
  bool sg;
  bool tso;
  bool blocked;                      /* A resend was deferred */
  bool offered;                      /* wnd is known */
  uint16_t wnd;                      /* What all of the run offers */
};

/* What is to be sent: segments of the row, and FIN behind them */

struct tcp_run_s
{
  uint32_t first;
  uint32_t n;                        /* 0: FIN alone */
  uint32_t len;                      /* Payload */
  bool fin;
};

uint32_t tcp_smss(const struct tcp_conn_s *conn)
{
  uint32_t mss = conn->t_mss > 0 ? conn->t_mss : 536;

  return (conn->t_flags & TF_TS) != 0 && mss > 2 * TSOPTLEN ?
         mss - TSOPTLEN : mss;
}

/* The way ******************************************************************/

static bool find_path(struct tcp_conn_s *conn)
{
  struct socket_conn_s *sconn = &conn->sconn;
  unsigned int mtu = sconn->path.ip != NULL ? sconn->path.mtu : 0;
  int ret;

  if (net_path_valid(&sconn->path))
    {
      return true;
    }

  ret = net_route(&sconn->raddr, &sconn->laddr, sconn->ifindex,
                  &sconn->path);
  if (ret < 0)
    {
      g_net.stats.tcp.outnoroute++;
      conn->t_softerror = -ret;
      return false;
    }

  if (sconn->path.mtu != mtu && conn->t_mss > 0)
    {
      tcp_update_mss(conn);
    }

  return true;
}

/* Headers ******************************************************************/

/* The window field, and the right edge that the peer learns by it */

static uint16_t window(struct tcp_conn_s *conn, uint8_t flags)
{
  unsigned int shift = (flags & TCPF_SYN) != 0 ? 0 : conn->rcv_wscale;
  uint32_t wnd = tcp_rcv_window(conn);
  uint32_t edge;

  if (wnd > (uint32_t)UINT16_MAX << shift)
    {
      wnd = (uint32_t)UINT16_MAX << shift;
    }

  wnd >>= shift;
  edge  = conn->rcv_nxt + (wnd << shift);
  if (SEQ_GT(edge, conn->rcv_adv))
    {
      conn->rcv_adv = edge;
    }

  return wnd;
}

/* An acknowledgement is on its way */

static void acked(struct tcp_conn_s *conn)
{
  conn->last_ack_sent = conn->rcv_nxt;
  if (conn->t_flags & (TF_ACKNOW | TF_DELACK))
    {
      conn->t_flags &= ~(TF_ACKNOW | TF_DELACK);
      tcp_timer_stop(conn, TCPT_DELACK);
    }
}

/* Write a header without options; csum is 0 */

static void put_header(uint8_t *at, const struct tcp_conn_s *conn,
                       uint32_t seq, uint32_t ack, uint8_t flags,
                       uint16_t wnd, unsigned int hlen)
{
  struct tcp_hdr_s *hdr = (struct tcp_hdr_s *)at;

  tcp_put16(hdr->sport, conn->sconn.lport);
  tcp_put16(hdr->dport, conn->sconn.rport);
  tcp_put32(hdr->seq, seq);
  tcp_put32(hdr->ack, ack);
  hdr->off   = hlen << 2;
  hdr->flags = flags;
  tcp_put16(hdr->wnd, wnd);
  memset(hdr->csum, 0, 2);
  memset(hdr->urg, 0, 2);
}

static void put_timestamp(uint8_t *opt, const struct tcp_conn_s *conn,
                          nettime_t now)
{
  opt[0] = TCPOPT_NOP;
  opt[1] = TCPOPT_NOP;
  opt[2] = TCPOPT_TS;
  opt[3] = TCPOLEN_TS;
  tcp_put32(opt + 4, (uint32_t)(now / NET_MSEC) + conn->ts_offset);
  tcp_put32(opt + 8, conn->ts_recent);
}

/* SND.UP (RFC 9293 3.8.5): as long as it is ahead of what is sent */

static void put_urgent(uint8_t *at, const struct tcp_conn_s *conn,
                       uint32_t seq)
{
  struct tcp_hdr_s *hdr = (struct tcp_hdr_s *)at;
  uint32_t ahead = conn->snd_up - seq;

  if (SEQ_GT(conn->snd_up, seq))
    {
      hdr->flags |= TCPF_URG;
      tcp_put16(hdr->urg, ahead < UINT16_MAX ? ahead : UINT16_MAX);
    }
}

static void put_checksum(uint8_t *at, const struct tcp_conn_s *conn,
                         const struct ip_family_s *ip, unsigned int hlen,
                         unsigned int len, uint16_t payload)
{
  uint32_t sum = ip->pseudo(&conn->sconn.laddr, &conn->sconn.raddr,
                            IPPROTO_TCP, hlen + len);
  uint16_t csum;

  sum  = net_csum_add(net_csum(at, hlen, sum), payload, 0);
  csum = ~net_csum_fold(sum);
  memcpy(at + TCP_CSUM_OFFSET, &csum, 2);
}

static int give_to_ip(struct tcp_conn_s *conn, struct iob_s *pkt,
                      uint8_t flags, const struct netdev_offload_s *off)
{
  struct net_tx_s tx =
    {
      .src   = &conn->sconn.laddr,
      .dst   = &conn->sconn.raddr,
      .proto = IPPROTO_TCP,
      .ttl   = conn->sconn.ttl,
      .tos   = conn->sconn.tos,
      .flags = flags,
      .off   = off,
    };

  if (conn->sconn.pmtudisc != 0)
    {
      tx.flags |= NET_TX_DF;
    }

  return ip_output(pkt, &conn->sconn.path, &tx);
}

/* Segments without data ****************************************************/

/* opts may be NULL.  Consumes the reservation, if there is one. */

static int send_empty(struct tcp_conn_s *conn, uint32_t seq, uint32_t ack,
                      uint8_t flags, const struct tcp_opts_s *opts,
                      uint8_t txflags)
{
  struct net_path_s *path = &conn->sconn.path;
  uint8_t opt[TCP_MAXOPTLEN];
  unsigned int hlen = TCP_HDRLEN;
  struct iob_s *pkt;
  uint8_t *at;

  if (opts != NULL)
    {
      hlen += tcp_options_write(opt, opts);
    }

  pkt = iob_tryalloc_contig(hlen, path->nif->headroom + path->ip->hdrlen,
                            IOB_CLASS_CTRL);
  if (pkt == NULL)
    {
      g_net.stats.tcp.outnomem++;
      if (txflags & NET_TX_RESERVED)
        {
          netif_cancel(path->nif);
        }

      return -ENOMEM;
    }

  at             = IOB_DATA(pkt);
  pkt->io_len    = hlen;
  pkt->io_pktlen = hlen;
  put_header(at, conn, seq, ack, flags,
             (flags & TCPF_RST) != 0 ? 0 : window(conn, flags), hlen);
  memcpy(at + TCP_HDRLEN, opt, hlen - TCP_HDRLEN);
  put_checksum(at, conn, path->ip, hlen, 0, 0);
  g_net.stats.tcp.outsegs++;
  return give_to_ip(conn, pkt, txflags, NULL);
}

static void ack_options(struct tcp_conn_s *conn, struct tcp_opts_s *opts)
{
  memset(opts, 0, sizeof(*opts));
  if (conn->t_flags & TF_TS)
    {
      opts->has_ts = true;
      opts->tsval  = tcp_ts_now(conn->ts_offset);
      opts->tsecr  = conn->ts_recent;
    }
}

static bool sack_pending(const struct tcp_conn_s *conn)
{
  return (conn->t_flags & TF_SACK) != 0 &&
         (conn->rcv->ooo != NULL || (conn->rcv->flags & RCV_DSACK) != 0);
}

/* A place in the device, or a turn in its queue; true if there is one */

static bool reserve(struct tcp_conn_s *conn)
{
  int ret = netif_reserve(conn->sconn.path.nif, &conn->sconn.egress);

  if (ret == -ENETDOWN)
    {
      g_net.stats.tcp.outnoroute++;
      conn->t_softerror = ENETDOWN;
    }

  return ret == 0;
}

static void send_ack(struct tcp_conn_s *conn)
{
  struct tcp_opts_s opts;

  if (!reserve(conn))
    {
      return;
    }

  ack_options(conn, &opts);
  if (sack_pending(conn))
    {
      opts.nsack = tcp_rcv_sack(conn, &opts, opts.has_ts ? 3 : 4);
    }

  if (send_empty(conn, conn->snd_nxt, conn->rcv_nxt, TCPF_ACK, &opts,
                 NET_TX_RESERVED) == -ENOMEM)
    {
      tcp_starved(conn, IOB_CLASS_CTRL, NET_MEMORY_UNKNOWN);
      return;
    }

  g_net.stats.tcp.outacks++;
  acked(conn);
}

void tcp_send_control(struct tcp_conn_s *conn, uint32_t seq, uint32_t ack,
                      uint8_t flags)
{
  struct tcp_opts_s opts;

  if (!find_path(conn))
    {
      return;
    }

  ack_options(conn, &opts);
  if (flags & TCPF_RST)
    {
      g_net.stats.tcp.outrsts++;
    }

  send_empty(conn, seq, ack, flags, &opts, NET_TX_NOWAIT);
}

void tcp_send_reply(const struct net_rx_s *rx, uint16_t lport,
                    uint16_t rport, uint32_t seq, uint32_t ack,
                    uint8_t flags, uint16_t wnd,
                    const struct tcp_opts_s *opts)
{
  struct net_path_s path;
  struct net_tx_s tx =
    {
      .src   = &rx->dst,
      .dst   = &rx->src,
      .proto = IPPROTO_TCP,
      .flags = NET_TX_NOWAIT | NET_TX_DF,
    };

  uint8_t opt[TCP_MAXOPTLEN];
  unsigned int hlen = TCP_HDRLEN;
  struct tcp_hdr_s *hdr;
  struct iob_s *pkt;
  uint16_t csum;

  memset(&path, 0, sizeof(path));
  if (net_route(&rx->src, &rx->dst, 0, &path) < 0)
    {
      g_net.stats.tcp.outnoroute++;
      return;
    }

  hlen += opts != NULL ? tcp_options_write(opt, opts) : 0;
  pkt   = iob_tryalloc_contig(hlen, path.nif->headroom + path.ip->hdrlen,
                              IOB_CLASS_CTRL);
  if (pkt == NULL)
    {
      g_net.stats.tcp.outnomem++;
      return;
    }

  hdr = (struct tcp_hdr_s *)IOB_DATA(pkt);
  memset(hdr, 0, sizeof(*hdr));
  tcp_put16(hdr->sport, lport);
  tcp_put16(hdr->dport, rport);
  tcp_put32(hdr->seq, seq);
  tcp_put32(hdr->ack, ack);
  hdr->off   = hlen << 2;
  hdr->flags = flags;
  tcp_put16(hdr->wnd, wnd);
  memcpy(hdr + 1, opt, hlen - TCP_HDRLEN);
  csum = ~net_csum_fold(net_csum(hdr, hlen, path.ip->pseudo(&rx->dst,
                                 &rx->src, IPPROTO_TCP, hlen)));
  memcpy(hdr->csum, &csum, 2);
  pkt->io_len    = hlen;
  pkt->io_pktlen = hlen;

  g_net.stats.tcp.outsegs++;
  if (flags & TCPF_RST)
    {
      g_net.stats.tcp.outrsts++;
    }

  ip_output(pkt, &path, &tx);
}

/* SYN and SYN-ACK **********************************************************/

static void send_syn(struct tcp_conn_s *conn, nettime_t now)
{
  uint8_t flags = TCPF_SYN;
  struct tcp_opts_s opts;
  bool again = SEQ_GT(conn->snd_max, conn->iss);

  if (!reserve(conn))
    {
      return;
    }

  ack_options(conn, &opts);
  opts.mss        = tcp_announced_mss(conn);
  opts.sack_ok    = (conn->t_flags & TF_SACK) != 0;
  opts.has_wscale = (conn->t_flags & TF_WSCALE) != 0;
  opts.wscale     = conn->rcv_wscale;
  if (conn->t_state == TCPS_SYN_RCVD)
    {
      flags |= TCPF_ACK;
    }
  else
    {
      opts.tsecr = 0;
    }

  if (send_empty(conn, conn->iss, conn->t_state == TCPS_SYN_RCVD ?
                 conn->rcv_nxt : 0, flags, &opts, NET_TX_RESERVED) ==
      -ENOMEM)
    {
      tcp_starved(conn, IOB_CLASS_CTRL, NET_MEMORY_UNKNOWN);
      return;
    }

  if (flags & TCPF_ACK)
    {
      acked(conn);
    }

  conn->t_syntime = again ? 0 : now;
  g_net.stats.tcp.retranssegs += again;
  if (!again)
    {
      conn->snd->stuck = now;
    }

  conn->snd_nxt = conn->iss + 1;
  conn->snd_max = conn->snd_nxt;
  tcp_timer_set(conn, TCPT_REXMT, now + tcp_rto_ns(conn));
}

/* Data *********************************************************************/

/* The deferred frame came back, or some view of it: perhaps inside of a
 * device's commit, so nothing is done here.
 */

static void kick(struct iob_defer_s *defer)
{
  struct tcp_conn_s *conn = container_of(defer, struct tcp_snd_s,
                                         defer)->conn;

  conn->snd->flags |= SND_KICKED;
  g_net.stats.tcp.kicks++;
  tcp_timer_set(conn, TCPT_DEFER, net_now());
}

/* Is the extent viewed by a segment next to this one, too?  Then waiting for
 * the device would not help.
 */

static bool is_sibling(struct tcp_snd_s *snd, uint32_t i)
{
  struct iob_s *iob = tcp_seg(snd, i)->iob;
  struct iob_s *next = i + 1 < snd->count ? tcp_seg(snd, i + 1)->iob : NULL;

  return iob->io_ext != NULL &&
         ((i > 0 && tcp_seg(snd, i - 1)->iob->io_ext == iob->io_ext) ||
          (next != NULL && next->io_ext == iob->io_ext));
}

/* The head-room of segment i is not ours, and the device is flat.  0: it is
 * now; -EBUSY: deferred; -ENOMEM.
 */

static int uncover(struct tcp_out_s *out, uint32_t i)
{
  struct tcp_conn_s *conn = out->conn;
  struct tcp_snd_s *snd = conn->snd;
  struct tcp_txseg_s *seg = tcp_seg(snd, i);
  struct net_driver_s *dev = out->path->nif->dev;
  int ret;

  if ((snd->flags & SND_BOUNCE) == 0 && !iob_writable(seg->iob) &&
      !is_sibling(snd, i) && dev->d_txused > dev->d_reserved)
    {
      if (snd->defer.df_ext != NULL)
        {
          return -EBUSY;
        }

      snd->defer.df_kick = kick;
      if (iob_defer(&snd->defer, seg->iob) == 0)
        {
          g_net.stats.tcp.deferrals++;
          tcp_timer_stop(conn, TCPT_REXMT);
          tcp_timer_set(conn, TCPT_DEFER, out->now + tcp_rto_ns(conn));
          return -EBUSY;
        }
    }

  iob_undefer(&snd->defer);
  ret = tcp_seg_bounce(conn, seg);
  if (ret == 0)
    {
      snd->flags &= ~(SND_BOUNCE | SND_KICKED);
      g_net.stats.tcp.copies_resend += seg->sent != 0 ? seg->len : 0;
    }

  return ret;
}

/* Views on a run of segments, one chain.  NULL: no memory */

static struct iob_s *share_run(struct tcp_snd_s *snd,
                               const struct tcp_run_s *run, uint32_t *sum)
{
  struct iob_s *head = NULL;
  struct iob_s **link = &head;
  uint32_t done = 0;
  uint32_t k;

  *sum = 0;
  for (k = 0; k < run->n; k++)
    {
      struct tcp_txseg_s *seg = tcp_seg(snd, run->first + k);

      *link = iob_share(seg->iob, 0, seg->len);
      if (*link == NULL)
        {
          net_memory_undo(head);
          return NULL;
        }

      *sum  = net_csum_add(*sum, seg->sum, done);
      done += seg->len;
      link  = &(*link)->io_flink;
    }

  head->io_pktlen = done;
  return head;
}

/* A header buffer in front of a chain, with its first hlen bytes open, or on
 * its own.  Consumes pkt on success; NULL: no memory
 */

static struct iob_s *prepend(struct tcp_out_s *out, struct iob_s *pkt,
                             unsigned int hlen)
{
  struct net_path_s *path = out->path;
  struct iob_s *hdr;

  hdr = iob_tryalloc_contig(hlen, path->nif->headroom + path->ip->hdrlen,
                            IOB_CLASS_TX);
  if (hdr != NULL)
    {
      hdr->io_len    = hlen;
      hdr->io_pktlen = hlen + (pkt != NULL ? pkt->io_pktlen : 0);
      hdr->io_flink  = pkt;
    }

  return hdr;
}

/* Can so many bytes be pushed in front of a share of it? */

static bool has_headroom(struct tcp_txseg_s *seg, unsigned int need)
{
  if (seg->iob->io_offset >= need)
    {
      return true;
    }

  /* What was shared before, and is not any more, gets its window back */

  return seg->iob->io_ext != NULL && iob_writable(seg->iob) &&
         (iob_tailroom(seg->iob), seg->iob->io_offset >= need);
}

/* The packet of a run, with hlen bytes in front of the payload to be filled
 * in.  0; -EBUSY; -ENOMEM
 */

static int build(struct tcp_out_s *out, const struct tcp_run_s *run,
                 unsigned int hlen, struct iob_s **pkt, uint32_t *sum)
{
  struct net_path_s *path = out->path;
  unsigned int need = path->nif->headroom + path->ip->hdrlen + hlen;
  struct tcp_snd_s *snd = out->conn->snd;
  bool again = run->n > 0 && tcp_seg(snd, run->first)->sent != 0;
  struct iob_s *hdr;
  int ret;

  *sum = 0;
  *pkt = NULL;
  if (run->n > 0)
    {
      if (again && !has_headroom(tcp_seg(snd, run->first), need))
        {
          netif_reclaim(path->nif);
        }

      /* Not by sharing and looking: to drop that view would be a kick */

      if (!out->sg && !has_headroom(tcp_seg(snd, run->first), need))
        {
          ret = uncover(out, run->first);
          if (ret < 0)
            {
              return ret;
            }
        }

      *pkt = share_run(snd, run, sum);
      if (*pkt == NULL)
        {
          return -ENOMEM;
        }

      if ((*pkt)->io_offset >= need)
        {
          g_net.stats.tcp.inplace += again;
          iob_push(*pkt, hlen);
          return 0;
        }
    }

  hdr = prepend(out, *pkt, hlen);
  if (hdr == NULL)
    {
      net_memory_undo(*pkt);
      return -ENOMEM;
    }

  g_net.stats.tcp.headers += run->n > 0;
  *pkt = hdr;
  return 0;
}

/* A super-segment: the device cuts it, and adds up */

static const struct netdev_offload_s *
super(struct tcp_out_s *out, uint8_t *at, unsigned int hlen, uint32_t len,
      struct netdev_offload_s *off)
{
  struct tcp_conn_s *conn = out->conn;
  uint16_t pseudo;

  pseudo = net_csum_fold(out->path->ip->pseudo(&conn->sconn.laddr,
                         &conn->sconn.raddr, IPPROTO_TCP, hlen + len));
  memcpy(at + TCP_CSUM_OFFSET, &pseudo, 2);

  memset(off, 0, sizeof(*off));
  off->flags       = NETDEV_OFF_PARTIAL | NETDEV_OFF_TCPV4;
  off->hdrlen      = hlen;
  off->gso_size    = out->smss;
  off->csum_start  = 0;
  off->csum_offset = TCP_CSUM_OFFSET;
  g_net.stats.tcp.outsupers++;
  return off;
}

/* The run has been given to IP: it is under way from now on */

static void sent(struct tcp_out_s *out, const struct tcp_run_s *run)
{
  struct tcp_conn_s *conn = out->conn;
  struct tcp_snd_s *snd = conn->snd;
  bool idle = snd->nsent == 0;
  uint32_t n = run->n + run->fin;
  uint32_t k;

  for (k = 0; k < n; k++)
    {
      struct tcp_txseg_s *seg = tcp_seg(snd, run->first + k);

      if (run->first + k < snd->nsent)
        {
          g_net.stats.tcp.csum_kept += seg->iob != NULL;
          snd->total_resent += tcp_seg_space(seg);
          if (snd->undo_cwnd != 0 && snd->undo_ts == 0)
            {
              snd->undo_ts = (uint32_t)(out->now / NET_MSEC) +
                             conn->ts_offset;
            }

          tcp_seg_unmark(conn, seg);
          seg->flags |= SEG_RESENT;
        }

      seg->sent = out->now;
      snd->prr_out += tcp_seg_space(seg);
    }

  if (run->first >= snd->nsent)
    {
      struct tcp_txseg_s *last = tcp_seg(snd, run->first + n - 1);

      if (idle)
        {
          snd->stuck = out->now;
        }

      snd->nsent    = run->first + n;
      conn->snd_nxt = last->seq + tcp_seg_space(last);
      conn->snd_max = conn->snd_nxt;
      if (run->len % out->smss != 0)
        {
          snd->small_end = conn->snd_nxt;
        }

      if (run->fin)
        {
          conn->t_flags |= TF_FIN_SENT;
        }

      g_net.stats.tcp.outsegs++;
    }
  else
    {
      g_net.stats.tcp.retranssegs++;
    }

  /* Until now the timer may have stood for what could not be sent */

  snd->last_sent = out->now;
  if ((snd->flags & SND_BLOCKED) != 0)
    {
      snd->flags  &= ~SND_BLOCKED;
      snd->backoff = 0;
    }

  if ((idle || !tcp_timer_running(conn, TCPT_REXMT)) &&
      !tcp_timer_running(conn, TCPT_DEFER))
    {
      tcp_timer_set(conn, TCPT_REXMT, out->now + tcp_rto_ns(conn));
    }
}

/* Send a run.  0: it was given to IP.  -EAGAIN: the device is full;
 * -EBUSY: deferred; -ENOMEM; -EMSGSIZE: the path has become narrower.
 */

static int send_run(struct tcp_out_s *out, const struct tcp_run_s *run)
{
  struct tcp_conn_s *conn = out->conn;
  struct tcp_snd_s *snd = conn->snd;
  struct tcp_txseg_s *seg = tcp_seg(snd, run->first);
  uint32_t end = run->first + run->n + run->fin;
  const struct netdev_offload_s *off = NULL;
  struct netdev_offload_s offload;
  unsigned int hlen = TCP_HDRLEN;
  uint8_t flags = TCPF_ACK;
  struct iob_s *pkt;
  uint32_t sum;
  uint8_t *at;
  int ret;

  if (!reserve(conn))
    {
      return -EAGAIN;
    }

  hlen += (conn->t_flags & TF_TS) != 0 ? TSOPTLEN : 0;
  ret   = build(out, run, hlen, &pkt, &sum);
  if (ret < 0)
    {
      netif_cancel(out->path->nif);
      return ret;
    }

  flags |= run->fin ? TCPF_FIN : 0;
  flags |= run->len > 0 && (end == snd->count || run->fin) ? TCPF_PSH : 0;
  at     = IOB_DATA(pkt);

  /* Nothing is received meanwhile, so the window is computed once */

  if (!out->offered)
    {
      out->wnd     = window(conn, TCPF_ACK);
      out->offered = true;
    }

  put_header(at, conn, seg->seq, conn->rcv_nxt, flags, out->wnd, hlen);
  if (hlen > TCP_HDRLEN)
    {
      put_timestamp(at + TCP_HDRLEN, conn, out->now);
    }

  if (SEQ_GT(conn->snd_up, seg->seq))
    {
      put_urgent(at, conn, seg->seq);
    }

  if (run->len > out->smss)
    {
      off = super(out, at, hlen, run->len, &offload);
    }
  else
    {
      put_checksum(at, conn, out->path->ip, hlen, run->len,
                   net_csum_fold(sum));
    }

  ret = give_to_ip(conn, pkt, NET_TX_RESERVED, off);
  if (ret < 0)
    {
      g_net.stats.tcp.outdrop++;
      if (ret == -EMSGSIZE)
        {
          return ret;
        }

      conn->t_softerror = -ret;
    }

  acked(conn);
  sent(out, run);
  return 0;
}

/* What was lost ************************************************************/

/* The first lost segment, cut to the MSS; false: none, or it may not go */

static bool next_lost(struct tcp_out_s *out, struct tcp_run_s *run)
{
  struct tcp_conn_s *conn = out->conn;
  struct tcp_snd_s *snd = conn->snd;
  uint32_t pipe = tcp_pipe(conn);
  struct tcp_txseg_s *seg = NULL;
  uint32_t i;

  for (i = tcp_seg_find(snd, snd->lost_hint); i < snd->nsent; i++)
    {
      seg = tcp_seg(snd, i);
      if (seg->flags & SEG_LOST)
        {
          break;
        }
    }

  if (i >= snd->nsent)
    {
      return false;
    }

  snd->lost_hint = seg->seq;
  if (pipe > 0 && pipe + (seg->len < out->smss ? seg->len : out->smss) >
      snd->cwnd)
    {
      return false;
    }

  /* The window may have shrunk: only the first is sent beyond it */

  if (i > 0 && SEQ_GT(seg->seq + tcp_seg_space(seg),
                      conn->snd_una + conn->snd_wnd))
    {
      return false;
    }

  if (seg->len > out->smss && tcp_seg_split(conn, i, out->smss) < 0)
    {
      tcp_starved(conn, IOB_CLASS_TX, NET_MEMORY_UNKNOWN);
      return false;
    }

  seg        = tcp_seg(snd, i);
  run->first = i;
  run->n     = seg->iob != NULL;
  run->len   = seg->len;
  run->fin   = seg->iob == NULL;
  return true;
}

static int resend(struct tcp_out_s *out)
{
  struct tcp_run_s run;
  int ret = 0;

  while (ret == 0 && out->conn->snd->lost > 0 && next_lost(out, &run))
    {
      ret = send_run(out, &run);
    }

  if (ret == -EBUSY)
    {
      out->blocked = true;
      ret = 0;
    }

  return ret;
}

/* What is new **************************************************************/

/* May a segment that is not full go, it being the last of the row? */

static bool small_may_go(struct tcp_out_s *out, uint32_t end)
{
  struct tcp_conn_s *conn = out->conn;
  struct tcp_snd_s *snd = conn->snd;

  if ((conn->t_flags & (TF_FORCE | TF_FIN_QUEUED)) != 0 ||
      end < snd->count)
    {
      return true;
    }

  if ((conn->t_flags & (TF_CORK | TF_MORE)) != 0)
    {
      if (conn->snd_una == conn->snd_nxt &&
          !tcp_timer_running(conn, TCPT_PERSIST))
        {
          tcp_timer_set(conn, TCPT_PERSIST, out->now + CORK_LIMIT);
        }

      return false;
    }

  /* Nagle: one small segment at a time; full ones do not count */

  return (conn->t_flags & TF_NODELAY) != 0 ||
         conn->snd_una == conn->snd_nxt ||
         !SEQ_GT(snd->small_end, conn->snd_una);
}

/* The window ends inside of the next segment.  Sending a part of it is
 * silly, unless it is as much as the peer ever takes (RFC 9293 3.8.6.2.1).
 */

static uint32_t part_of(struct tcp_out_s *out, uint32_t room)
{
  struct tcp_conn_s *conn = out->conn;

  if (room > 0 && (room >= out->smss || room >= conn->max_sndwnd / 2 ||
                   (conn->t_flags & TF_FORCE) != 0))
    {
      return room;
    }

  if (conn->snd_una == conn->snd_nxt)
    {
      if (!tcp_timer_running(conn, TCPT_PERSIST))
        {
          conn->snd->stuck = out->now;
          tcp_timer_set(conn, TCPT_PERSIST, out->now + tcp_rto_ns(conn));
        }
    }

  return 0;
}

/* How long the next run may be: what one segment, or one super-segment, and
 * the windows allow.  0: nothing
 */

static uint32_t run_limit(struct tcp_out_s *out, uint32_t seq, uint32_t want)
{
  struct tcp_conn_s *conn = out->conn;
  struct tcp_snd_s *snd = conn->snd;
  uint32_t edge = conn->snd_una + conn->snd_wnd;
  uint32_t room = SEQ_GT(edge, seq) ? edge - seq : 0;
  uint32_t pipe = tcp_pipe(conn);
  uint32_t limit = out->smss;
  uint32_t cwnd;

  cwnd = snd->cwnd > pipe ? snd->cwnd - pipe : 0;
  if (out->tso && want > out->smss)
    {
      limit = SUPER_MAX - SUPER_MAX % out->smss;
      if (cwnd < limit)
        {
          limit = cwnd - cwnd % out->smss;
        }

      if (room < limit)
        {
          limit = room - room % out->smss;
        }

      limit = limit > out->smss ? limit : out->smss;
    }

  limit = limit < want ? limit : want;
  if (limit > cwnd && pipe > 0)
    {
      snd->flags |= SND_CWNDLTD;
      return 0;
    }

  return limit > room ? part_of(out, room) : limit;
}

/* Bytes that are written and unsent, up to "max" */

static uint32_t unsent(struct tcp_snd_s *snd, uint32_t max)
{
  uint32_t len = 0;
  uint32_t i;

  for (i = snd->nsent; i < snd->count && len < max; i++)
    {
      len += tcp_seg(snd, i)->len;
    }

  return len;
}

/* The next run of new data; false: nothing may go now */

static bool next_new(struct tcp_out_s *out, struct tcp_run_s *run)
{
  struct tcp_conn_s *conn = out->conn;
  struct tcp_snd_s *snd = conn->snd;
  struct tcp_txseg_s *seg = tcp_seg(snd, snd->nsent);
  uint32_t i = snd->nsent;
  uint32_t limit;

  run->first = i;
  run->n     = 0;
  run->len   = 0;
  run->fin   = false;
  if (seg->iob != NULL)
    {
      uint32_t want = out->tso ? unsent(snd, SUPER_MAX) :
                      out->sg ? unsent(snd, out->smss) : seg->len;

      limit = run_limit(out, seg->seq, want);
      if (limit == 0)
        {
          return false;
        }

      if (seg->len > limit)
        {
          if (tcp_seg_split(conn, i, limit) < 0)
            {
              tcp_starved(conn, IOB_CLASS_TX, NET_MEMORY_UNKNOWN);
              return false;
            }

          seg = tcp_seg(snd, i);
        }

      do
        {
          run->n++;
          run->len += seg->len;
          seg = tcp_seg(snd, ++i);
        }
      while (out->sg && i < snd->count && seg->iob != NULL &&
             run->len + seg->len <= limit);

      if (run->len < out->smss && !small_may_go(out, i))
        {
          return false;
        }
    }

  run->fin = i < snd->count && tcp_seg(snd, i)->iob == NULL &&
             run->len <= out->smss;
  return true;
}

static int send_new(struct tcp_out_s *out)
{
  struct tcp_conn_s *conn = out->conn;
  struct tcp_snd_s *snd = conn->snd;
  struct tcp_run_s run;
  int ret = 0;

  if (snd->nsent < snd->count && conn->snd_una == conn->snd_nxt)
    {
      tcp_cc_idle(conn, out->now);
    }

  while (ret == 0 && snd->nsent < snd->count && next_new(out, &run))
    {
      ret = send_run(out, &run);
      if (ret == 0)
        {
          tcp_tlp_schedule(conn, out->now);
        }
    }

  return ret;
}

/* All of it ****************************************************************/

static bool is_synchronized(const struct tcp_conn_s *conn)
{
  switch (conn->t_state)
    {
      case TCPS_CLOSED:
      case TCPS_LISTEN:
      case TCPS_SYN_SENT:
      case TCPS_SYN_RCVD:
        return false;

      default:
        return true;
    }
}

/* Whatever keeps it from being sent: the timer stays behind it, and knows
 * since when, if nothing else is under way.
 */

static void stay_behind(struct tcp_conn_s *conn, nettime_t now)
{
  struct tcp_snd_s *snd = conn->snd;

  if (snd->nsent == 0 && is_synchronized(conn) &&
      (snd->flags & SND_BLOCKED) == 0)
    {
      snd->flags |= SND_BLOCKED;
      snd->stuck  = now;
    }

  if (!tcp_timer_running(conn, TCPT_REXMT) &&
      !tcp_timer_running(conn, TCPT_DEFER))
    {
      tcp_timer_set(conn, TCPT_REXMT, now + tcp_rto_ns(conn));
    }
}

static void output_data(struct tcp_out_s *out)
{
  struct tcp_conn_s *conn = out->conn;
  struct tcp_snd_s *snd = conn->snd;
  int ret;

  if (snd->count == 0 && (conn->t_flags & TF_FIN_QUEUED) == 0)
    {
      return;
    }

  if (tcp_sndbuf_fin(conn) < 0)
    {
      tcp_starved(conn, IOB_CLASS_TX, NET_MEMORY_UNKNOWN);
    }

  out->smss = tcp_smss(conn);
  out->sg   = (out->path->nif->dev->d_features & NETDEV_SG) != 0;
  out->tso  = out->sg &&
              (out->path->nif->dev->d_features & NETDEV_TSO) != 0;

  snd->flags &= ~SND_CWNDLTD;
  ret = snd->lost > 0 ? resend(out) : 0;
  if (ret == 0)
    {
      ret = send_new(out);
    }

  if (ret == -ENOMEM)
    {
      g_net.stats.tcp.outnomem++;
      tcp_starved(conn, IOB_CLASS_TX, NET_MEMORY_UNKNOWN);
    }
  else if (ret == -EMSGSIZE)
    {
      tcp_update_mss(conn);
      if (tcp_smss(conn) < out->smss)
        {
          snd->flags |= SND_AGAIN;
        }
    }

  if (snd->nsent > 0 || ret < 0)
    {
      stay_behind(conn, out->now);
    }
}

static void output_once(struct tcp_conn_s *conn)
{
  struct tcp_out_s out;

  memset(&out, 0, sizeof(out));
  out.conn = conn;
  out.path = &conn->sconn.path;
  out.now  = net_now();

  if (!find_path(conn))
    {
      if ((conn->snd->count > 0 || !is_synchronized(conn) ||
           (conn->t_flags & (TF_FIN_QUEUED | TF_FIN_SENT)) ==
           TF_FIN_QUEUED))
        {
          stay_behind(conn, out.now);
        }

      return;
    }

  if (!is_synchronized(conn))
    {
      if (conn->snd_nxt == conn->iss ||
          (conn->t_state == TCPS_SYN_RCVD &&
           (conn->t_flags & TF_ACKNOW) != 0))
        {
          send_syn(conn, out.now);
          if (!tcp_timer_running(conn, TCPT_REXMT))
            {
              tcp_timer_set(conn, TCPT_REXMT, out.now + tcp_rto_ns(conn));
            }
        }

      return;
    }

  if ((conn->t_flags & TF_ACKNOW) != 0 && sack_pending(conn))
    {
      send_ack(conn);
    }

  output_data(&out);

  if ((conn->t_flags & TF_ACKNOW) != 0 || tcp_rcv_update_due(conn))
    {
      send_ack(conn);
    }
}

void tcp_output(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;
  unsigned int turns = 0;

  if (conn->t_state == TCPS_CLOSED || conn->t_state == TCPS_LISTEN)
    {
      return;
    }

  /* A device may call back from inside of its commit */

  if (snd->flags & SND_RUNNING)
    {
      snd->flags |= SND_AGAIN;
      return;
    }

  snd->flags |= SND_RUNNING;
  do
    {
      snd->flags &= ~SND_AGAIN;
      output_once(conn);
    }
  while ((snd->flags & SND_AGAIN) != 0 && ++turns < 4);

  snd->flags &= ~(SND_RUNNING | SND_AGAIN);
}

/* Timers *******************************************************************/

void tcp_persist_expired(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;
  nettime_t wait;

  if (conn->snd_una != conn->snd_nxt || snd->nsent >= snd->count)
    {
      return;
    }

  if (conn->snd_wnd > 0)
    {
      conn->t_flags |= TF_FORCE;
      tcp_output(conn);
      conn->t_flags &= ~TF_FORCE;
      return;
    }

  snd->probes += snd->probes < UINT8_MAX;
  if (tcp_timer_giveup(conn, snd->probes, snd->stuck))
    {
      return;
    }

  g_net.stats.tcp.outprobes++;
  tcp_send_control(conn, conn->snd_una - 1, conn->rcv_nxt, TCPF_ACK);
  snd->backoff += snd->backoff < 12;
  wait = tcp_rto_ns(conn);
  tcp_timer_set(conn, TCPT_PERSIST, net_now() + (wait < PERSIST_MAX ? wait :
                                                 PERSIST_MAX));
}

void tcp_defer_expired(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;

  /* A kick takes the request away.  One that is still there has waited for
   * too long, even if an earlier one was kicked meanwhile.
   */

  snd->flags &= ~SND_KICKED;
  if (iob_undefer(&snd->defer) == 0 &&
      (snd->lost > 0 || snd->nsent < snd->count))
    {
      snd->flags |= SND_BOUNCE;
      g_net.stats.tcp.defertimeouts++;
    }

  tcp_output(conn);
}

void tcp_mss_changed(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;
  uint32_t smss = tcp_smss(conn);
  uint32_t i;

  /* What was sent in longer pieces did not arrive (RFC 1191 6.5): it is sent
   * again, cut, and that is no sign of congestion.  Super-segments were cut
   * by the device, to what was the MSS: sending too much is harmless.
   */

  for (i = 0; i < snd->nsent; i++)
    {
      struct tcp_txseg_s *seg = tcp_seg(snd, i);

      if (seg->len > smss && (seg->flags & (SEG_LOST | SEG_SACKED)) == 0)
        {
          tcp_seg_lost(conn, seg);
        }
    }
}
