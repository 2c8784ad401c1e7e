/* net/tcp_rest.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Connections at rest.
 *
 * Most connections of a busy server wait: established, everything sent has
 * been acknowledged, everything received has been read.  Of the more than
 * 900 bytes that TCP needs to send and to receive well it then needs but a
 * few: what was learned about the path.  So the greater part (tcp_snd_s,
 * tcp_rcv_s and the deadlines, one piece of memory) is given back when
 * nothing has moved for a second, and made again when something does.
 *
 *      tcp_conn_rest()     from the connection's timer, nothing being due
 *   awake <-------------> at rest: snd, rcv and due are NULL
 *      tcp_conn_wake()     from a segment, a call of the user, ICMP
 *
 * A connection with a deadline (keep-alive) or without a user is not put to
 * rest, nor one that is held, or in a queue of the core.  If there is no
 * memory to wake one a segment is dropped, and sent again by the peer, and a
 * call of the user is answered ENOBUFS.
 *
 * What is not kept: losses, of which there are none; the curve of CUBIC,
 * which begins anew after a pause as it does after a loss; the times that
 * measure autotuning, which would be wrong after a pause.  cwnd is kept:
 * tcp_cc_idle() knows what a pause does to it.
 */

#include <nuttx/config.h>

#include <errno.h>

#include <nuttx/kmalloc.h>
#include <nuttx/nuttx.h>

#include "tcp.h"

#define REST_TIME NET_SEC

/* What may be true of a connection at rest, in t_flags and the flags of both
 * sides
 */

#define REST_TF  (TF_NODELAY | TF_CORK | TF_SACK | TF_TS | TF_WSCALE | \
                  TF_ACCEPTED)
#define REST_SND (SND_LOCKED | SND_REORDER | SND_CWNDLTD | SND_FACK | \
                  SND_REOTIMER)
#define REST_RCV (RCV_QUICKACK | RCV_OPENED)

struct tcp_work_s
{
  struct tcp_snd_s snd;              /* First: snd is what is freed */
  struct tcp_rcv_s rcv;
  nettime_t due[TCP_NTIMERS];
};

bool tcp_work_alloc(struct tcp_conn_s *conn)
{
  struct tcp_work_s *work = kmm_zalloc(sizeof(*work));
  unsigned int i;

  if (work == NULL)
    {
      return false;
    }

  for (i = 0; i < TCP_NTIMERS; i++)
    {
      work->due[i] = NETTIME_NEVER;
    }

  conn->snd = &work->snd;
  conn->rcv = &work->rcv;
  conn->due = work->due;
  return true;
}

void tcp_work_free(struct tcp_conn_s *conn)
{
  kmm_free(conn->snd);
  conn->snd = NULL;
  conn->rcv = NULL;
  conn->due = NULL;
}

/* Nothing moves, nothing waits, on either side */

static bool is_still(const struct tcp_conn_s *conn)
{
  const struct tcp_snd_s *snd = conn->snd;
  const struct tcp_rcv_s *rcv = conn->rcv;

  return conn->t_state == TCPS_ESTABLISHED && conn->sconn.psock != NULL &&
         (conn->sconn.flags & (CONN_SHUT_RD | CONN_SHUT_WR)) == 0 &&
         (conn->t_flags & ~REST_TF) == 0 && conn->t_hold <= 1 &&
         conn->batch.pprev == NULL && conn->sconn.egress.nif == NULL &&
         snd->count == 0 && snd->charged == 0 &&
         snd->cc_state == TCP_CA_OPEN && (snd->flags & ~REST_SND) == 0 &&
         !snd->memory.queued && snd->seg == snd->small &&
         rcv->q.head == NULL && rcv->ooo == NULL && rcv->charge == 0 &&
         (rcv->flags & ~REST_RCV) == 0;
}

static void keep(struct tcp_conn_s *conn)
{
  const struct tcp_snd_s *snd = conn->snd;
  const struct tcp_rcv_s *rcv = conn->rcv;

  conn->rest = (struct tcp_rest_s)
    {
      .cc           = snd->cc,
      .last_sent    = snd->last_sent,
      .total_acked  = snd->total_acked,
      .srtt_us      = snd->srtt_us,
      .rttvar_us    = snd->rttvar_us,
      .rto_us       = snd->rto_us,
      .minrtt_us    = snd->minrtt_us,
      .cwnd         = snd->cwnd,
      .ssthresh     = snd->ssthresh,
      .total_resent = snd->total_resent,
      .snd_flags    = snd->flags & (SND_LOCKED | SND_REORDER),
      .bytes        = rcv->bytes,
      .ooo_pkts     = rcv->ooo_pkts,
      .rcv_rtt_us   = rcv->rtt_us,
      .space        = rcv->space,
      .clamp        = rcv->clamp,
      .mss          = rcv->mss,
      .ratio        = rcv->ratio,
      .rcv_flags    = rcv->flags,
    };
}

void tcp_conn_rest(struct tcp_conn_s *conn)
{
  nettime_t last;

  if (conn->t_state != TCPS_ESTABLISHED || tcp_conn_resting(conn) ||
      !is_still(conn))
    {
      return;
    }

  last = MAX(conn->snd->last_sent, conn->t_rcvtime);
  if (net_now() - last < REST_TIME)
    {
      tcp_timer_idle(conn);
      return;
    }

  if (iob_undefer(&conn->snd->defer) != -EINPROGRESS)
    {
      keep(conn);
      tcp_work_free(conn);
      g_net.stats.tcp.rests++;
    }
}

bool tcp_conn_wake(struct tcp_conn_s *conn)
{
  uint32_t rcvbuf = conn->sconn.rcvbuf;
  const struct tcp_rest_s *rest = &conn->rest;

  if (!tcp_conn_resting(conn))
    {
      return true;
    }

  if (!tcp_work_alloc(conn))
    {
      g_net.stats.tcp.wakenomem++;
      return false;
    }

  tcp_snd_init(conn);
  conn->snd->cc           = rest->cc;
  conn->snd->last_sent    = rest->last_sent;
  conn->snd->total_acked  = rest->total_acked;
  conn->snd->srtt_us      = rest->srtt_us;
  conn->snd->rttvar_us    = rest->rttvar_us;
  conn->snd->rto_us       = rest->rto_us;
  conn->snd->minrtt_us    = rest->minrtt_us;
  conn->snd->total_resent = rest->total_resent;
  conn->snd->flags        = rest->snd_flags;
  conn->snd->recover      = conn->snd_una;
  conn->snd->small_end    = conn->snd_una;
  conn->snd->cc->init(conn);
  conn->snd->cwnd         = rest->cwnd;
  conn->snd->ssthresh     = rest->ssthresh;

  tcp_rcv_init(conn);
  conn->sconn.rcvbuf  = rcvbuf;
  conn->rcv->copied   = conn->rcv_nxt;
  conn->rcv->bytes    = rest->bytes;
  conn->rcv->ooo_pkts = rest->ooo_pkts;
  conn->rcv->rtt_us   = rest->rcv_rtt_us;
  conn->rcv->space    = rest->space;
  conn->rcv->clamp    = rest->clamp;
  conn->rcv->mss      = rest->mss;
  conn->rcv->ratio    = rest->ratio;
  conn->rcv->flags    = rest->rcv_flags;

  g_net.stats.tcp.wakes++;
  if (conn->t_state == TCPS_ESTABLISHED)
    {
      tcp_timer_idle(conn);
    }

  return true;
}
