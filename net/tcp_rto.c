/* net/tcp_rto.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The round trip, the retransmission time-out made from it (RFC 6298), and
 * what happens when that expires.
 *
 * Every acknowledgement of something that was sent only once is a sample
 * (Karn; with timestamps also one of something sent again).  RTO is the
 * smoothed round trip and four deviations, at least 200 ms, and doubles with
 * each expiry until something new is acknowledged.
 *
 * At an expiry everything that the peer has not got is taken for lost, and
 * sent again in slow start from one segment; nothing is cut or copied for
 * that, segments just get a mark.  If an acknowledgement then tells that the
 * first transmission had arrived (RFC 3522: its timestamp is older than the
 * resend), the marks and the congestion window go back to what they were.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <stddef.h>

#include "tcp.h"

/* After so many expiries full-sized segments may be too long for the path,
 * and nobody tells (RFC 1191 left it to ICMP; RFC 8899 4.2)
 */

#define BLACKHOLE_RTOS 3

/* Counted on when the time-out itself has long reached its maximum: R2 */

#define MAX_BACKOFF 30

void tcp_rtt_sample(struct tcp_conn_s *conn, uint32_t rtt_us)
{
  struct tcp_snd_s *snd = conn->snd;
  uint32_t err;
  uint64_t rto;

  rtt_us = rtt_us > 0 ? rtt_us : 1;
  if (snd->srtt_us == 0)
    {
      snd->srtt_us   = rtt_us;
      snd->rttvar_us = rtt_us / 2;
    }
  else
    {
      err = rtt_us > snd->srtt_us ? rtt_us - snd->srtt_us :
            snd->srtt_us - rtt_us;
      snd->rttvar_us = (uint32_t)((3 * (uint64_t)snd->rttvar_us + err) / 4);
      snd->srtt_us   = (uint32_t)((7 * (uint64_t)snd->srtt_us + rtt_us) / 8);
      snd->srtt_us   = snd->srtt_us > 0 ? snd->srtt_us : 1;
    }

  rto = snd->srtt_us + 4 * (uint64_t)snd->rttvar_us;
  rto = rto > TCP_RTO_MIN_US ? rto : TCP_RTO_MIN_US;
  snd->rto_us = rto < TCP_RTO_MAX_US ? (uint32_t)rto : TCP_RTO_MAX_US;
  if (snd->minrtt_us == 0 || rtt_us < snd->minrtt_us)
    {
      snd->minrtt_us = rtt_us;
    }
}

nettime_t tcp_rto_ns(const struct tcp_conn_s *conn)
{
  uint64_t us = (uint64_t)conn->snd->rto_us << conn->snd->backoff;

  return (us < TCP_RTO_MAX_US ? us : TCP_RTO_MAX_US) * (NET_MSEC / 1000);
}

void tcp_rexmt_rearm(struct tcp_conn_s *conn, nettime_t now)
{
  if (conn->snd->nsent > 0 && !tcp_timer_running(conn, TCPT_DEFER))
    {
      tcp_timer_set(conn, TCPT_REXMT, now + tcp_rto_ns(conn));
    }
  else
    {
      tcp_timer_stop(conn, TCPT_REXMT);
    }
}

void tcp_snd_established(struct tcp_conn_s *conn, nettime_t rtt)
{
  struct tcp_snd_s *snd = conn->snd;
  uint32_t smss = tcp_smss(conn);

  tcp_timer_stop(conn, TCPT_REXMT);
  snd->backoff   = 0;
  snd->recover   = conn->snd_una;
  snd->small_end = conn->snd_una;

  if (rtt > 0)
    {
      tcp_rtt_sample(conn, (uint32_t)(rtt / 1000));

      /* Initial window, RFC 6928 */

      snd->cwnd = 10 * smss;
      if (snd->cwnd > 14600)
        {
          snd->cwnd = 2 * smss > 14600 ? 2 * smss : 14600;
        }
    }
  else
    {
      /* The SYN was sent again (RFC 5681 3.1, RFC 6298 5.7) */

      snd->cwnd   = smss;
      snd->rto_us = 3 * TCP_RTO_INIT_US;
    }

  snd->cc->init(conn);
}

/* Nothing of full size comes through: try the next smaller usual size */

static void look_for_blackhole(struct tcp_conn_s *conn)
{
  static const uint16_t mss[] =
    {
      8960, 4312, 1452, 1240, 984, 536
    };

  struct tcp_snd_s *snd = conn->snd;
  unsigned int i;

  if (snd->nsent == 0 || conn->t_mss <= 536 ||
      tcp_seg(snd, 0)->len < tcp_smss(conn) ||
      ++snd->blackhole < BLACKHOLE_RTOS)
    {
      return;
    }

  for (i = 0; mss[i] >= conn->t_mss; i++)
    {
    }

  /* For this connection only: others may have another peer to blame */

  snd->blackhole  = 0;
  conn->t_usermss = mss[i];
  g_net.stats.tcp.blackholes++;
  tcp_update_mss(conn);
}

static void syn_expired(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;

  if (conn->snd_nxt != conn->iss)
    {
      if (tcp_timer_giveup(conn, snd->backoff + 1, snd->stuck))
        {
          return;
        }

      g_net.stats.tcp.timeouts++;
      snd->backoff += snd->backoff < MAX_BACKOFF;
      conn->snd_nxt = conn->iss;
    }

  tcp_output(conn);
}

void tcp_rexmt_expired(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;
  uint32_t i;

  if (conn->t_state == TCPS_SYN_SENT || conn->t_state == TCPS_SYN_RCVD)
    {
      syn_expired(conn);
      return;
    }

  /* It was kept from being sent at all.  If the address or the route does not
   * come back, or the device takes nothing for so long, it ends as if it had
   * not been answered.  Only what is looked for is looked for less and less
   * often: a device tells when it has a place.
   */

  if (snd->nsent == 0)
    {
      bool lost = !net_path_valid(&conn->sconn.path);

      if ((snd->flags & SND_BLOCKED) != 0 &&
          tcp_timer_giveup(conn, lost ? snd->backoff + 1u : UINT8_MAX,
                           snd->stuck))
        {
          return;
        }

      snd->backoff += lost && snd->backoff < MAX_BACKOFF;
      tcp_output(conn);
      return;
    }

  /* A peer that has taken its window back is probed by what it does not
   * take; as long as it answers it is waited for (RFC 9293 3.8.6.1).
   */

  if (conn->snd_wnd == 0 && (conn->t_flags & TF_ORPHAN) == 0)
    {
      snd->stuck = MAX(snd->stuck, conn->t_rcvtime);
    }

  if (tcp_timer_giveup(conn, snd->backoff + 1, snd->stuck))
    {
      return;
    }

  g_net.stats.tcp.timeouts++;
  look_for_blackhole(conn);
  if (tcp_seg(snd, 0)->flags & SEG_SACKED)
    {
      tcp_sack_renege(conn);
    }

  tcp_cc_loss(conn);
  for (i = 0; i < snd->nsent; i++)
    {
      struct tcp_txseg_s *seg = tcp_seg(snd, i);

      if ((seg->flags & (SEG_LOST | SEG_SACKED)) == 0)
        {
          tcp_seg_lost(conn, seg);
        }
    }

  snd->backoff += snd->backoff < MAX_BACKOFF;
  snd->dupacks  = 0;
  snd->tlp_end  = 0;
  snd->flags   &= ~(SND_TLP | SND_REOTIMER);
  tcp_timer_stop(conn, TCPT_LOSS);
  tcp_output(conn);
}
