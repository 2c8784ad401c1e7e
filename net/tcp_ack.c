/* net/tcp_ack.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * An acknowledgement has arrived (RFC 9293 3.10.7.4, fifth): the order in
 * which the parts of the sending side learn of it.
 *
 *   scoreboard   what SACK says                          tcp_sack.c
 *   row          what is acknowledged is freed           tcp_sndbuf.c
 *   window       SND.WND
 *   round trip                                           tcp_rto.c
 *   losses       by time, or by counting duplicates      tcp_rack.c, here
 *   congestion   the new cwnd                            tcp_cc.c
 *   timers, and the writer
 *
 * Nothing is sent here.
 */

#include <nuttx/config.h>

#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>

#include "tcp.h"

#define DUPTHRESH 3

/* How far the send buffer grows by itself: an eighth of all memory */

#define SNDBUF_MAX (NET_ARENA / 8)

/* RFC 9293 3.10.7.4: only a newer segment than the last one that did may
 * move the window.  What acknowledges more is newer whatever its number: it
 * may be text that was lost and comes again, behind what has come since.  The
 * old window behind the new SND.UNA would end where the peer has offered
 * nothing.
 */

static bool update_window(struct tcp_conn_s *conn,
                          const struct tcp_seg_s *seg, uint32_t acked)
{
  uint32_t wnd = (seg->flags & TCPF_SYN) != 0 ? seg->wnd :
                 seg->wnd << conn->snd_wscale;
  bool changed;

  if (!SEQ_LT(conn->snd_wl1, seg->seq) &&
      !(conn->snd_wl1 == seg->seq && SEQ_LEQ(conn->snd_wl2, seg->ack)) &&
      acked == 0)
    {
      return false;
    }

  changed         = wnd != conn->snd_wnd;
  conn->snd_wnd   = wnd;
  conn->snd_wl1   = seg->seq;
  conn->snd_wl2   = seg->ack;
  if (wnd > conn->max_sndwnd)
    {
      conn->max_sndwnd = wnd;
    }

  return changed;
}

/* A sample of the round trip: from what was sent once, else from the echoed
 * timestamp, which has milliseconds only
 */

static void sample(struct tcp_conn_s *conn, const struct tcp_seg_s *seg,
                   struct tcp_ack_s *info)
{
  uint32_t ms;

  if (info->rtt_us == 0 && info->acked > 0 &&
      (conn->t_flags & TF_TS) != 0 && seg->opts.has_ts &&
      seg->opts.tsecr != 0)
    {
      ms = tcp_ts_now(conn->ts_offset) - seg->opts.tsecr;
      if (ms <= TCP_RTO_MAX_US / 1000)
        {
          info->rtt_us = ms > 0 ? ms * 1000 : 1000;
        }
    }

  if (info->rtt_us > 0 && (info->acked > 0 || info->sacked > 0))
    {
      tcp_rtt_sample(conn, info->rtt_us);
    }
}

/* The first transmission had arrived (RFC 3522): nothing was lost */

static void detect_spurious(struct tcp_conn_s *conn,
                            const struct tcp_seg_s *seg,
                            const struct tcp_ack_s *info)
{
  struct tcp_snd_s *snd = conn->snd;

  if (snd->undo_cwnd != 0 && snd->undo_ts != 0 && info->resent_acked &&
      (conn->t_flags & TF_TS) != 0 && seg->opts.has_ts &&
      SEQ_LT(seg->opts.tsecr, snd->undo_ts))
    {
      tcp_cc_undo(conn);
    }
}

/* Without SACK: RFC 5681 3.2 and RFC 6582.  A duplicate tells that a segment
 * has been delivered; an acknowledgement that moves on has those once more
 * (RFC 6937 3).
 */

static void count_duplicates(struct tcp_conn_s *conn,
                             struct tcp_ack_s *info, bool duplicate)
{
  struct tcp_snd_s *snd = conn->snd;
  uint32_t smss = tcp_smss(conn);
  uint32_t n = MIN(info->acked / smss, snd->dupacks);
  struct tcp_txseg_s *seg;
  bool lost = false;

  info->duplicates = -(int64_t)(n * smss);
  if (duplicate)
    {
      info->duplicates = snd->dupacks < UINT8_MAX ? smss : 0;
      snd->dupacks    += snd->dupacks < UINT8_MAX;

      /* RFC 6582 3.2: not again for what was sent before the last one */

      lost = snd->dupacks == DUPTHRESH && snd->cc_state < TCP_CA_RECOVERY &&
             SEQ_GEQ(conn->snd_una, snd->recover);
    }
  else if (info->acked > 0 && snd->cc_state == TCP_CA_RECOVERY &&
           SEQ_LT(conn->snd_una, snd->recover))
    {
      /* A partial acknowledgement: the next one is missing, too */

      snd->dupacks -= n;
      lost = true;
    }
  else if (info->acked > 0)
    {
      snd->dupacks = 0;
    }

  if (lost && snd->nsent > 0)
    {
      seg = tcp_seg(snd, 0);
      if ((seg->flags & (SEG_LOST | SEG_SACKED | SEG_RESENT)) == 0 ||
          (duplicate && (seg->flags & SEG_LOST) == 0))
        {
          tcp_seg_lost(conn, seg);
          g_net.stats.tcp.renolost++;
          info->lost = true;
        }
    }
}

static void timers(struct tcp_conn_s *conn, const struct tcp_ack_s *info,
                   bool opened)
{
  struct tcp_snd_s *snd = conn->snd;

  /* The time-out stays what the losses made of it until there is a sample
   * again: without timestamps, until something is acknowledged that was sent
   * once (Karn; RFC 6298 5, RFC 9293 MUST-18)
   */

  if (info->acked > 0)
    {
      snd->backoff   = info->rtt_us > 0 ? 0 : snd->backoff;
      snd->blackhole = 0;
      snd->stuck     = info->now;
      tcp_rexmt_rearm(conn, info->now);
    }

  if (snd->probes > 0)
    {
      snd->probes = 0;
      snd->stuck  = info->now;
    }

  if (opened && conn->snd_wnd > 0)
    {
      snd->backoff = 0;
      if (tcp_timer_running(conn, TCPT_PERSIST))
        {
          tcp_timer_stop(conn, TCPT_PERSIST);
        }
    }

  /* What waited for its frame has arrived after all */

  if (snd->lost == 0 && tcp_timer_running(conn, TCPT_DEFER))
    {
      iob_undefer(&snd->defer);
      snd->flags &= ~(SND_KICKED | SND_BOUNCE);
      tcp_timer_stop(conn, TCPT_DEFER);
      tcp_rexmt_rearm(conn, info->now);
    }

  if (info->acked > 0 || info->sacked > 0)
    {
      tcp_tlp_schedule(conn, info->now);
    }
}

/* Twice what may be under way, with its headers, so that the writer has a
 * round trip of time to come back (SO_SNDBUF stops this)
 */

static void tune_buffer(struct tcp_conn_s *conn)
{
  uint64_t want = (uint64_t)conn->snd->cwnd * 9 / 4;

  if (want > conn->sconn.sndbuf && conn->sconn.sndbuf < SNDBUF_MAX &&
      (conn->snd->flags & SND_LOCKED) == 0 &&
      (conn->sconn.buflock & CONN_LOCK_SNDBUF) == 0)
    {
      conn->sconn.sndbuf = want < SNDBUF_MAX ? (uint32_t)want : SNDBUF_MAX;
    }
}

/* "could" says whether there was room before the ACK, which takes from the
 * charge and may make the buffer larger.
 */

static void tell_writer(struct tcp_conn_s *conn, bool could)
{
  bool refused = (conn->snd->flags & SND_FULL) != 0;

  if (tcp_sndbuf_writable(conn))
    {
      if (!could || refused)
        {
          tcp_sndbuf_tell(conn);
        }
    }
  else if (refused)
    {
      tcp_sndbuf_refused(conn);      /* Maybe for the share of all, by now */
    }
}

bool tcp_ack(struct tcp_conn_s *conn, const struct tcp_seg_s *seg)
{
  struct tcp_snd_s *snd = conn->snd;
  struct tcp_ack_s info;
  uint32_t sacked = snd->sacked;
  bool could = tcp_sndbuf_writable(conn);
  bool duplicate;
  bool changed;

  memset(&info, 0, sizeof(info));
  info.now        = net_now();
  info.prior_una  = conn->snd_una;
  info.prior_pipe = tcp_pipe(conn);
  info.fack       = (snd->flags & SND_FACK) != 0 ? snd->rack_fack :
                                                   conn->snd_una;
  info.tsecr      = (conn->t_flags & TF_TS) != 0 && seg->opts.has_ts ?
                    seg->opts.tsecr : 0;
  duplicate = seg->ack == conn->snd_una && seg->wirelen == 0 &&
              snd->nsent > 0 && (seg->flags & (TCPF_SYN | TCPF_FIN)) == 0;

  if ((conn->t_flags & TF_SACK) != 0 && seg->opts.nsack > 0)
    {
      tcp_sack_input(conn, seg, &info);
    }

  if (SEQ_GT(seg->ack, conn->snd_una))
    {
      info.acked        = seg->ack - conn->snd_una;
      conn->snd_una     = seg->ack;
      snd->total_acked += info.acked;
      tcp_sndbuf_ack(conn, seg->ack, &info);
    }

  info.delivered = info.acked + snd->sacked - sacked;
  if (SEQ_LT(conn->snd_up, conn->snd_una))
    {
      conn->snd_up = conn->snd_una;
    }

  changed    = update_window(conn, seg, info.acked);
  duplicate &= !changed;
  g_net.stats.tcp.dupacks += duplicate;

  sample(conn, seg, &info);
  detect_spurious(conn, seg, &info);
  if (conn->t_flags & TF_SACK)
    {
      tcp_rack_update(conn, seg, &info);
      tcp_tlp_ack(conn, seg, &info);
      tcp_rack_detect(conn, &info);
    }
  else
    {
      count_duplicates(conn, &info, duplicate);
      info.delivered += (uint32_t)info.duplicates;
    }

  tcp_cc_ack(conn, &info);
  tune_buffer(conn);
  timers(conn, &info, changed);
  tell_writer(conn, could);

  return (conn->t_flags & TF_FIN_SENT) != 0 && snd->count == 0;
}

void tcp_snd_info(const struct tcp_conn_s *conn, struct tcp_info *info)
{
  const struct tcp_snd_s *snd = conn->snd;
  uint32_t smss = tcp_smss(conn);
  uint32_t i;

  info->tcpi_ca_state    = snd->cc_state == TCP_CA_LOSS ? 4 :
                           snd->cc_state == TCP_CA_RECOVERY ? 3 :
                           snd->cc_state;
  info->tcpi_retransmits = snd->backoff;
  info->tcpi_probes      = snd->probes;
  info->tcpi_backoff     = snd->backoff;
  info->tcpi_snd_wscale  = conn->snd_wscale;
  info->tcpi_rto         = (uint32_t)(tcp_rto_ns(conn) / 1000);
  info->tcpi_snd_mss     = smss;
  info->tcpi_unacked     = snd->nsent;
  info->tcpi_sacked      = (snd->sacked + smss - 1) / smss;
  info->tcpi_lost        = (snd->lost + smss - 1) / smss;
  info->tcpi_rtt         = snd->srtt_us;
  info->tcpi_rttvar      = snd->rttvar_us;
  info->tcpi_snd_cwnd    = (snd->cwnd + smss - 1) / smss;
  info->tcpi_snd_ssthresh = snd->ssthresh / smss;
  info->tcpi_pmtu        = conn->sconn.path.mtu;
  info->tcpi_total_retrans = (snd->total_resent + smss - 1) / smss;
  info->tcpi_last_data_sent =
    snd->last_sent != 0 ?
    (uint32_t)((net_now() - snd->last_sent) / NET_MSEC) : 0;

  info->tcpi_retrans = 0;
  for (i = 0; i < snd->nsent; i++)
    {
      const struct tcp_txseg_s *seg =
        &snd->seg[(snd->head + i) & snd->mask];

      info->tcpi_retrans += (seg->flags & (SEG_RESENT | SEG_LOST |
                                           SEG_SACKED)) == SEG_RESENT;
    }
}
