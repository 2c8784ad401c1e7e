/* net/tcp_rack.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * RACK-TLP (RFC 8985), for connections with SACK.
 *
 * RACK: a segment is lost when one that was sent a round trip and a little
 * later has been delivered.  "A little" (the reordering window) is nothing
 * until reordering has been seen and then a quarter of the shortest round
 * trip, more if the peer reports duplicates.  What is not that old yet gets a
 * timer.  Segments that were sent again are judged by their last
 * transmission, so a lost resend is found as well.
 *
 * TLP: the last segments of a burst have nobody behind them to tell that
 * they were lost.  Two round trips after the last transmission one more
 * segment is sent, new or the last one again, to have the peer say what it
 * has, instead of waiting for the RTO.
 */

#include <nuttx/config.h>

#include <assert.h>

#include "tcp.h"

#define DUPTHRESH     3
#define REO_PERSIST   16             /* Recoveries a wider window lasts */

/* The peer may delay an ACK; and our timers are not exact */

#define MAX_ACK_DELAY (200 * NET_MSEC)
#define PTO_SLACK     (4 * NET_MSEC)

static bool sent_after(nettime_t t1, uint32_t seq1, nettime_t t2,
                       uint32_t seq2)
{
  return t1 > t2 || (t1 == t2 && SEQ_GT(seq1, seq2));
}

/* An acknowledgement of something sent again may be of the first time: if it
 * came too soon, or echoes an older timestamp
 */

static bool is_of_first(const struct tcp_conn_s *conn,
                        const struct tcp_txseg_s *seg,
                        const struct tcp_ack_s *info)
{
  if ((seg->flags & SEG_RESENT) == 0)
    {
      return false;
    }

  return (info->now - seg->sent) / 1000 < conn->snd->minrtt_us ||
         (info->tsecr != 0 &&
          SEQ_LT(info->tsecr, (uint32_t)(seg->sent / NET_MSEC) +
                 conn->ts_offset));
}

void tcp_rack_delivered(struct tcp_conn_s *conn,
                        const struct tcp_txseg_s *seg,
                        struct tcp_ack_s *info)
{
  struct tcp_snd_s *snd = conn->snd;
  uint32_t end = seg->seq + tcp_seg_space(seg);

  if (sent_after(seg->sent, end, info->newest, info->newest_end) &&
      !is_of_first(conn, seg, info))
    {
      info->newest     = seg->sent;
      info->newest_end = end;
    }

  if ((seg->flags & SEG_RESENT) == 0)
    {
      uint64_t us = (info->now - seg->sent) / 1000;

      info->rtt_us = us > 0 ? (uint32_t)us : 1;

      /* Only what an earlier acknowledgement told of can have overtaken it:
       * the order of what this one tells of is not known
       */

      if ((snd->flags & SND_REORDER) == 0 && SEQ_LT(end, info->fack))
        {
          snd->flags |= SND_REORDER;
          g_net.stats.tcp.rackreorder++;
        }
    }

  if ((snd->flags & SND_FACK) == 0 || SEQ_GT(end, snd->rack_fack))
    {
      snd->rack_fack = end;
      snd->flags    |= SND_FACK;
    }
}

/* RFC 8985 6.2, steps 1, 2 and the D-SACK part of 4 */

void tcp_rack_update(struct tcp_conn_s *conn, const struct tcp_seg_s *seg,
                     struct tcp_ack_s *info)
{
  struct tcp_snd_s *snd = conn->snd;

  if (info->dsack && SEQ_GEQ(seg->ack, snd->rack_round))
    {
      snd->rack_round   = conn->snd_nxt;
      snd->rack_persist = REO_PERSIST;
      snd->rack_mult   += snd->rack_mult < UINT8_MAX;
    }

  if (info->newest != 0)
    {
      snd->rack_rtt_us = (uint32_t)((info->now - info->newest) / 1000);
      if (sent_after(info->newest, info->newest_end, snd->rack_xmit,
                     snd->rack_end))
        {
          snd->rack_xmit = info->newest;
          snd->rack_end  = info->newest_end;
        }
    }
}

/* Nanoseconds */

static nettime_t reordering_window(const struct tcp_conn_s *conn)
{
  const struct tcp_snd_s *snd = conn->snd;
  uint64_t us;

  if ((snd->flags & SND_REORDER) == 0 &&
      (snd->cc_state >= TCP_CA_RECOVERY ||
       snd->sacked > (DUPTHRESH - 1) * tcp_smss(conn)))
    {
      return 0;
    }

  us = (uint64_t)snd->rack_mult * snd->minrtt_us / 4;
  return (us < snd->srtt_us ? us : snd->srtt_us) * (NET_MSEC / 1000);
}

/* Mark what is overdue.  Returns how long until the next is; 0: none */

static nettime_t mark_lost(struct tcp_conn_s *conn, nettime_t now,
                           bool *lost)
{
  struct tcp_snd_s *snd = conn->snd;
  nettime_t wait = (nettime_t)snd->rack_rtt_us * (NET_MSEC / 1000) +
                   reordering_window(conn);
  nettime_t next = 0;
  uint32_t i;

  for (i = 0; i < snd->nsent; i++)
    {
      struct tcp_txseg_s *seg = tcp_seg(snd, i);

      if ((seg->flags & (SEG_SACKED | SEG_LOST)) != 0 ||
          !sent_after(snd->rack_xmit, snd->rack_end, seg->sent,
                      seg->seq + tcp_seg_space(seg)))
        {
          continue;
        }

      if (seg->sent + wait <= now)
        {
          tcp_seg_lost(conn, seg);
          g_net.stats.tcp.racklost++;
          *lost = true;
        }
      else if (seg->sent + wait - now > next)
        {
          next = seg->sent + wait - now;
        }
    }

  return next;
}

void tcp_rack_detect(struct tcp_conn_s *conn, struct tcp_ack_s *info)
{
  struct tcp_snd_s *snd = conn->snd;
  nettime_t next;

  /* Without holes and resends there is nothing to judge */

  if (snd->sacked == 0 && snd->cc_state < TCP_CA_RECOVERY)
    {
      if (snd->flags & SND_REOTIMER)
        {
          snd->flags &= ~SND_REOTIMER;
          tcp_timer_stop(conn, TCPT_LOSS);
        }

      return;
    }

  if (snd->rack_xmit == 0)
    {
      return;
    }

  next = mark_lost(conn, info->now, &info->lost);
  if (next > 0)
    {
      snd->flags |= SND_REOTIMER;
      tcp_timer_set(conn, TCPT_LOSS, info->now + next);
    }
  else if (snd->flags & SND_REOTIMER)
    {
      snd->flags &= ~SND_REOTIMER;
      tcp_timer_stop(conn, TCPT_LOSS);
    }
}

/* Tail loss probes *********************************************************/

void tcp_tlp_schedule(struct tcp_conn_s *conn, nettime_t now)
{
  struct tcp_snd_s *snd = conn->snd;
  nettime_t rto = conn->due[TCPT_REXMT];
  nettime_t pto;

  if (snd->flags & SND_REOTIMER)
    {
      return;
    }

  if ((conn->t_flags & TF_SACK) == 0 || snd->cc_state != TCP_CA_OPEN ||
      snd->sacked > 0 || snd->nsent == 0 || snd->srtt_us == 0 ||
      (snd->flags & SND_TLP) != 0)
    {
      if (tcp_timer_running(conn, TCPT_LOSS))
        {
          tcp_timer_stop(conn, TCPT_LOSS);
        }

      return;
    }

  pto  = 2 * (nettime_t)snd->srtt_us * (NET_MSEC / 1000);
  pto += snd->nsent == 1 ? MAX_ACK_DELAY : PTO_SLACK;
  pto += now;

  /* It comes before the RTO, which then runs anew.  The RTO itself does not
   * move: each segment of a burst would put it off a little more.
   */

  if (rto != NETTIME_NEVER && pto + PTO_SLACK > rto)
    {
      pto = MAX(now, rto - PTO_SLACK);
    }

  tcp_timer_set(conn, TCPT_LOSS, pto);
}

/* RFC 8985 7.4: was the probe a repair, that is, was there a loss? */

void tcp_tlp_ack(struct tcp_conn_s *conn, const struct tcp_seg_s *seg,
                 struct tcp_ack_s *info)
{
  struct tcp_snd_s *snd = conn->snd;

  if ((snd->flags & SND_TLP) == 0 || SEQ_LT(seg->ack, snd->tlp_end))
    {
      return;
    }

  if ((snd->flags & SND_TLP_NEW) != 0 || info->dsack)
    {
      snd->flags &= ~SND_TLP;
    }
  else if (SEQ_GT(seg->ack, snd->tlp_end))
    {
      snd->flags &= ~SND_TLP;
      g_net.stats.tcp.lossproberecovery++;
      tcp_cc_recovery(conn);
    }
  else if (info->acked == 0 && seg->opts.nsack == 0 && seg->wirelen == 0)
    {
      snd->flags &= ~SND_TLP;
    }
}

static void send_probe(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;
  struct tcp_txseg_s *last;
  uint32_t cwnd = snd->cwnd;
  uint32_t nxt = conn->snd_nxt;
  uint32_t total = snd->total_resent;
  uint32_t pipe = tcp_pipe(conn);

  snd->flags |= SND_TLP | SND_TLP_NEW;

  /* One more than the window allows; tcp_output() decides whether there is
   * something new that the peer has room for
   */

  snd->cwnd = pipe + tcp_smss(conn);
  tcp_output(conn);

  if (conn->snd_nxt == nxt && snd->nsent > 0 && snd->lost == 0)
    {
      last = tcp_seg(snd, snd->nsent - 1);
      if ((last->flags & SEG_SACKED) == 0)
        {
          snd->flags &= ~SND_TLP_NEW;
          tcp_seg_lost(conn, last);
          snd->cwnd = pipe + tcp_smss(conn);
          tcp_output(conn);
        }
    }

  snd->cwnd = cwnd;
  if (conn->snd_nxt == nxt && snd->total_resent == total)
    {
      snd->flags &= ~SND_TLP;
      return;
    }

  g_net.stats.tcp.lossprobes++;
  snd->tlp_end = conn->snd_nxt;
  if (!tcp_timer_running(conn, TCPT_DEFER))
    {
      tcp_rexmt_rearm(conn, net_now());
    }
}

void tcp_loss_expired(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;
  nettime_t now = net_now();
  nettime_t next;
  bool lost = false;

  if ((snd->flags & SND_REOTIMER) == 0)
    {
      if (snd->nsent > 0 && snd->cc_state == TCP_CA_OPEN &&
          (snd->flags & SND_TLP) == 0)
        {
          send_probe(conn);
        }

      return;
    }

  snd->flags &= ~SND_REOTIMER;
  next = mark_lost(conn, now, &lost);
  if (next > 0)
    {
      snd->flags |= SND_REOTIMER;
      tcp_timer_set(conn, TCPT_LOSS, now + next);
    }

  if (lost)
    {
      tcp_cc_recovery(conn);
      tcp_output(conn);
    }
}
