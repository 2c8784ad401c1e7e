/* net/tcp_cc.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Congestion control: the states that all algorithms share (RFC 5681), the
 * table of algorithms, and NewReno.
 *
 * An algorithm says how cwnd grows and how much is left after a loss.  When
 * it is asked, and what happens in between, is here: in recovery, cwnd
 * follows what is delivered (proportional rate reduction, RFC 6937), so that
 * it has come down to ssthresh when recovery ends, without a pause and
 * without a burst.  After an RTO it is slow start from one segment.  cwnd
 * grows only while it is what holds the sender back.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "tcp.h"

static const struct tcp_cc_s *const g_algorithms[] =
{
  &g_tcp_cubic, &g_tcp_newreno
};

const struct tcp_cc_s *tcp_cc_find(const char *name)
{
  size_t i;

  if (name == NULL)
    {
      return g_algorithms[0];
    }

  for (i = 0; i < nitems(g_algorithms); i++)
    {
      if (strcmp(g_algorithms[i]->name, name) == 0)
        {
          return g_algorithms[i];
        }
    }

  return strcmp(name, "reno") == 0 ? &g_tcp_newreno : NULL;
}

int tcp_cc_set(struct tcp_conn_s *conn, const struct tcp_cc_s *cc)
{
  if (cc == NULL)
    {
      return -ENOENT;
    }

  if (conn->snd->cc != cc)
    {
      conn->snd->cc = cc;
      if (conn->snd->cwnd > 0)
        {
          cc->init(conn);
        }
    }

  return 0;
}

const char *tcp_cc_name(const struct tcp_conn_s *conn)
{
  return conn->snd->cc->name;
}

uint32_t tcp_pipe(const struct tcp_conn_s *conn)
{
  const struct tcp_snd_s *snd = conn->snd;
  uint32_t pipe = conn->snd_nxt - conn->snd_una - snd->sacked - snd->lost;

  /* Without SACK, each duplicate acknowledgement is a segment that left the
   * network (RFC 3042, RFC 5681 3.2)
   */

  if (snd->dupacks > 0 && (conn->t_flags & TF_SACK) == 0 &&
      snd->cc_state != TCP_CA_LOSS)
    {
      uint32_t gone = snd->dupacks * tcp_smss(conn);

      pipe = pipe > gone ? pipe - gone : 0;
    }

  return pipe;
}

/* States *******************************************************************/

static void save(struct tcp_snd_s *snd)
{
  snd->undo_cwnd     = snd->cwnd;
  snd->undo_ssthresh = snd->ssthresh;
  snd->undo_ts       = 0;
}

void tcp_cc_recovery(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;

  if (snd->cc_state >= TCP_CA_RECOVERY)
    {
      return;
    }

  /* A tail loss probe has done what it could */

  snd->flags &= ~SND_TLP;
  save(snd);
  snd->ssthresh      = snd->cc->reduce(conn);
  snd->recover       = conn->snd_nxt;
  snd->acked_rest    = 0;
  snd->prr_delivered = 0;
  snd->prr_out       = 0;

  /* What can be delivered in recovery: not what SACK has told of already */

  snd->prr_flight    = conn->snd_nxt - conn->snd_una - snd->sacked;
  snd->prr_flight    = snd->prr_flight > 0 ? snd->prr_flight : 1;
  snd->cc_state      = TCP_CA_RECOVERY;
  snd->cwnd          = tcp_pipe(conn) + tcp_smss(conn);
  g_net.stats.tcp.fastrecovery++;
}

/* Proportional rate reduction, RFC 6937 3.1 */

static void reduce_slowly(struct tcp_conn_s *conn,
                          const struct tcp_ack_s *info)
{
  struct tcp_snd_s *snd = conn->snd;
  uint32_t smss = tcp_smss(conn);
  uint32_t pipe = tcp_pipe(conn);
  uint64_t send;

  snd->prr_delivered += info->delivered;
  if (pipe > snd->ssthresh)
    {
      send = ((uint64_t)snd->prr_delivered * snd->ssthresh +
              snd->prr_flight - 1) / snd->prr_flight;
      send = send > snd->prr_out ? send - snd->prr_out : 0;
    }
  else
    {
      send = snd->prr_delivered > snd->prr_out ?
             snd->prr_delivered - snd->prr_out : 0;
      send = send > info->delivered ? send : info->delivered;
      send = info->acked > 0 && !info->lost ? send + smss : send;
      send = send < snd->ssthresh - pipe ? send : snd->ssthresh - pipe;
    }

  /* The fast retransmit itself goes in any case; and without SACK the hole
   * that a partial acknowledgement tells of (RFC 6582 3.2, step 3)
   */

  if (send < smss && (snd->prr_out == 0 || (info->lost && info->acked > 0 &&
                                            (conn->t_flags & TF_SACK) == 0)))
    {
      send = smss;
    }

  snd->cwnd = pipe + (uint32_t)send;
}

static void leave(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;

  if (snd->cc_state == TCP_CA_RECOVERY)
    {
      snd->cwnd = snd->ssthresh;
    }

  snd->cc_state  = TCP_CA_OPEN;
  snd->undo_cwnd = 0;
  snd->dupacks   = 0;
  if (snd->rack_persist > 0 && --snd->rack_persist == 0)
    {
      snd->rack_mult = 1;
    }
}

/* cwnd grows by what is acknowledged.  But in recovery what arrives lets
 * others go, and counts for that: the acknowledgement that ends it covers
 * all of the window, and is worth only what it is the first to tell of.
 */

void tcp_cc_ack(struct tcp_conn_s *conn, struct tcp_ack_s *info)
{
  struct tcp_snd_s *snd = conn->snd;
  uint32_t grown = snd->cc_state >= TCP_CA_RECOVERY ? info->delivered :
                                                      info->acked;

  if (info->lost && snd->cc_state < TCP_CA_RECOVERY)
    {
      tcp_cc_recovery(conn);
      snd->prr_flight += info->delivered;
    }

  if (snd->cc_state >= TCP_CA_RECOVERY && snd->lost == 0 &&
      SEQ_GEQ(conn->snd_una, snd->recover))
    {
      leave(conn);
    }

  switch (snd->cc_state)
    {
      case TCP_CA_RECOVERY:
        reduce_slowly(conn, info);
        break;

      case TCP_CA_LOSS:
        if (info->acked > 0)
          {
            tcp_slow_start(conn, grown);
          }
        break;

      default:
        snd->cc_state = snd->sacked > 0 || snd->dupacks > 0 ?
                        TCP_CA_DISORDER : TCP_CA_OPEN;
        if (info->acked > 0 && (snd->flags & SND_CWNDLTD) != 0)
          {
            snd->cc->grow(conn, grown, info->now);
          }
        break;
    }
}

void tcp_cc_loss(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;

  /* Once for each window of data, however often the timer expires */

  if (snd->cc_state != TCP_CA_LOSS)
    {
      if (snd->cc_state != TCP_CA_RECOVERY)
        {
          save(snd);
          snd->ssthresh = snd->cc->reduce(conn);
        }

      snd->recover = conn->snd_nxt;
    }

  snd->cwnd       = tcp_smss(conn);
  snd->acked_rest = 0;
  snd->cc_state   = TCP_CA_LOSS;
}

void tcp_cc_undo(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;
  uint32_t i;

  if (snd->cc_state == TCP_CA_LOSS)
    {
      g_net.stats.tcp.spuriousrtos++;
    }
  else
    {
      g_net.stats.tcp.recoveryundo++;
    }

  for (i = 0; i < snd->nsent && snd->lost > 0; i++)
    {
      struct tcp_txseg_s *seg = tcp_seg(snd, i);

      if (seg->flags & SEG_LOST)
        {
          tcp_seg_unmark(conn, seg);
        }
    }

  snd->cwnd      = snd->undo_cwnd > snd->cwnd ? snd->undo_cwnd : snd->cwnd;
  snd->ssthresh  = snd->undo_ssthresh > snd->ssthresh ?
                   snd->undo_ssthresh : snd->ssthresh;
  snd->undo_cwnd = 0;
  snd->cc_state  = TCP_CA_OPEN;
  snd->dupacks   = 0;
}

/* Nothing was sent for an RTO: what cwnd says of the path is old (RFC 5681
 * 4.1)
 */

void tcp_cc_idle(struct tcp_conn_s *conn, nettime_t now)
{
  struct tcp_snd_s *snd = conn->snd;
  uint32_t restart = 10 * tcp_smss(conn);

  if (snd->last_sent != 0 && now - snd->last_sent > tcp_rto_ns(conn) &&
      snd->cwnd > restart && snd->cc_state == TCP_CA_OPEN)
    {
      snd->cwnd        = restart;
      snd->cubic.epoch = 0;
      snd->last_sent   = now;
    }
}

/* NewReno ******************************************************************/

/* RFC 5681 3.1 with appropriate byte counting, RFC 3465: by what was
 * acknowledged, by two segments at most
 */

void tcp_slow_start(struct tcp_conn_s *conn, uint32_t acked)
{
  struct tcp_snd_s *snd = conn->snd;

  snd->cwnd += acked;
  if (snd->cwnd > snd->ssthresh)
    {
      snd->cwnd = snd->ssthresh > tcp_smss(conn) ? snd->ssthresh :
                  tcp_smss(conn);
    }
}

static void newreno_init(struct tcp_conn_s *conn)
{
  conn->snd->acked_rest = 0;
}

static void newreno_grow(struct tcp_conn_s *conn, uint32_t acked,
                         nettime_t now)
{
  struct tcp_snd_s *snd = conn->snd;

  (void)now;
  if (snd->cwnd < snd->ssthresh)
    {
      tcp_slow_start(conn, acked);
      return;
    }

  /* One segment for each window */

  snd->acked_rest += acked;
  if (snd->acked_rest >= snd->cwnd)
    {
      snd->acked_rest -= snd->cwnd;
      snd->cwnd       += tcp_smss(conn);
    }
}

static uint32_t newreno_reduce(struct tcp_conn_s *conn)
{
  uint32_t flight = conn->snd_nxt - conn->snd_una;
  uint32_t least = 2 * tcp_smss(conn);

  flight = flight < conn->snd->cwnd ? flight : conn->snd->cwnd;
  return flight / 2 > least ? flight / 2 : least;
}

const struct tcp_cc_s g_tcp_newreno =
{
  .name   = "newreno",
  .init   = newreno_init,
  .grow   = newreno_grow,
  .reduce = newreno_reduce,
};
