/* net/tcp_snd.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * TCP's sending side: its part of a connection.
 *
 * What the user wrote and the peer has not acknowledged is a row of segments
 * in sequence order, each on memory of its own: one extent of one MSS, with
 * room for every header in front, to which small writes append until it is
 * sent.  The first snd.nsent of them have been sent.  FIN is a segment
 * without memory at the end.
 *
 *        snd_una                     snd_nxt == snd_max
 *           |                           |
 *           [ seg ][ seg ][ seg ][ seg ][ seg ][ seg ][FIN]
 *            0                  nsent-1  nsent      count-1
 *
 * Of a segment that was sent, exactly one is true: it is under way (no
 * flag), the peer says it has it (SACKED), or we think it is lost (LOST) and
 * it waits to be sent again, by which it is under way once more.  So
 *
 *   pipe = (snd_nxt - snd_una) - snd.sacked - snd.lost
 *
 * (RFC 6675), the three counted in bytes of sequence space.
 *
 *   tcp_sndbuf.c   the row: appending, acknowledging, cutting in two
 *   tcp_output.c   what may be sent now, and sending it
 *   tcp_ack.c      an acknowledgement arrived
 *   tcp_sack.c     which are SACKED
 *   tcp_rack.c     which are LOST, when time tells
 *   tcp_rto.c      which are LOST, when nothing else does
 *   tcp_cc.c       how much may be under way
 */

#ifndef __NET_TCP_SND_H
#define __NET_TCP_SND_H

#include <stdbool.h>
#include <stdint.h>

#include <nuttx/mm/iob.h>

#include "net.h"

struct tcp_conn_s;
struct tcp_seg_s;
struct tcp_cc_s;

/* Flags of a segment */

#define SEG_SACKED    (1 << 0)
#define SEG_LOST      (1 << 1)
#define SEG_FIN       (1 << 2)       /* iob is NULL, len 0, one of sequence */
#define SEG_RESENT    (1 << 3)       /* Sent more than once: Karn */

struct tcp_txseg_s
{
  struct iob_s *iob;                 /* A view on the payload */
  nettime_t sent;                    /* When last; 0: never */
  uint32_t seq;
  uint16_t len;                      /* == iob->io_len */
  uint16_t sum;                      /* Of the payload, folded */
  uint16_t charge;                   /* Granules, counted in snd.charged */
  uint8_t  flags;                    /* SEG_* */
};

/* Flags of the sending side */

#define SND_RUNNING   (1 << 0)       /* tcp_output() is at work ... */
#define SND_AGAIN     (1 << 1)       /* ... and was asked to go on */
#define SND_FULL      (1 << 2)       /* The writer was refused: tell it */
#define SND_CWNDLTD   (1 << 3)       /* cwnd is what limits */
#define SND_KICKED    (1 << 4)       /* The deferred frame came back */
#define SND_BOUNCE    (1 << 5)       /* It did not: send a copy */
#define SND_BLOCKED   (1 << 6)       /* Nothing of it could be sent, since
                                      * "stuck" */
#define SND_REORDER   (1 << 7)       /* Reordering was seen: tcp_rack.c */
#define SND_TLP       (1 << 8)       /* A tail loss probe is under way */
#define SND_TLP_NEW   (1 << 9)       /* ... and it was of new data */
#define SND_REOTIMER  (1 << 10)      /* TCPT_LOSS is RACK's, not TLP's */
#define SND_FACK      (1 << 11)      /* rack_fack is set */
#define SND_LOCKED    (1 << 12)      /* SO_SNDBUF was set: no autotuning */

/* Congestion state (RFC 5681, 6675) */

enum tcp_castate_e
{
  TCP_CA_OPEN = 0,
  TCP_CA_DISORDER,                   /* Duplicates, SACK: limited transmit */
  TCP_CA_RECOVERY,                   /* Fast recovery, until snd.recover */
  TCP_CA_LOSS                        /* After an RTO, until snd.recover */
};

struct tcp_cubic_s
{
  nettime_t epoch;                   /* Start of this curve; 0: none */
  uint32_t wmax;                     /* W_max, bytes */
  uint32_t cprior;                   /* cwnd when the epoch began */
  uint32_t west;                     /* W_est, bytes */
  uint32_t k_ms;
  uint32_t rest;                     /* Of the last division */
};

#define TCP_NSMALL 2                 /* Segments without an allocation */

struct tcp_snd_s
{
  /* The row: a ring whose size is a power of two */

  struct tcp_txseg_s *seg;
  uint32_t head;
  uint32_t mask;
  uint32_t count;
  uint32_t nsent;
  struct tcp_txseg_s small[TCP_NSMALL];

  uint32_t charged;                  /* Bytes of memory */
  uint32_t sacked;                   /* Bytes of sequence space */
  uint32_t lost;
  uint32_t lost_hint;                /* No LOST one is in front of this */
  uint32_t small_end;                /* End of the last small segment sent:
                                      * Nagle as Minshall has it */
  uint32_t flags;                    /* SND_* */
  uint16_t headroom;                 /* In front of the payload */
  uint16_t cc_state;                 /* enum tcp_castate_e */

  /* Round trip, microseconds (RFC 6298) */

  uint32_t srtt_us;                  /* 0: none yet */
  uint32_t rttvar_us;
  uint32_t rto_us;                   /* Without back-off */
  uint32_t minrtt_us;
  uint8_t  backoff;                  /* RTO << backoff */
  uint8_t  probes;                   /* Window probes without an answer */
  uint8_t  dupacks;
  uint8_t  blackhole;                /* RTOs of a full-sized segment */
  nettime_t stuck;                   /* When the oldest unanswered was sent */
  nettime_t last_sent;

  /* Congestion (RFC 5681, 6675, 6937), bytes */

  const struct tcp_cc_s *cc;
  uint32_t cwnd;
  uint32_t ssthresh;
  uint32_t recover;                  /* snd_nxt when recovery began */
  uint32_t prr_delivered;
  uint32_t prr_out;
  uint32_t prr_flight;
  uint32_t acked_rest;               /* Below one MSS of growth */
  uint32_t undo_cwnd;                /* 0: there is nothing to undo */
  uint32_t undo_ssthresh;
  uint32_t undo_ts;                  /* tsval of the first resend */
  struct tcp_cubic_s cubic;

  /* RACK-TLP (RFC 8985) */

  nettime_t rack_xmit;               /* Of the latest delivered segment */
  uint32_t rack_end;
  uint32_t rack_rtt_us;
  uint32_t rack_fack;                /* Highest sequence delivered */
  uint32_t rack_round;               /* D-SACK: one step a round trip */
  uint8_t  rack_mult;                /* Of min_rtt / 4 */
  uint8_t  rack_persist;
  uint32_t tlp_end;

  /* Totals, for TCP_INFO */

  uint32_t total_resent;
  uint64_t total_acked;

  /* A resend that waits for its frame */

  struct iob_defer_s defer;
  struct tcp_conn_s *conn;           /* Whose this is */

  struct net_memory_s memory;        /* Waits for some: tcp_sndbuf.c */
  struct tcp_snd_s *wait_next;       /* Waits for its share: likewise */
  struct tcp_snd_s **wait_pprev;
};

static inline struct tcp_txseg_s *tcp_seg(struct tcp_snd_s *snd, uint32_t i)
{
  return &snd->seg[(snd->head + i) & snd->mask];
}

/* Its length in sequence space */

static inline uint32_t tcp_seg_space(const struct tcp_txseg_s *seg)
{
  return seg->iob != NULL ? seg->len : 1;
}

/* tcp_sndbuf.c *************************************************************/

/* The segment that holds a sequence number, or the first behind it; count if
 * there is none
 */

uint32_t tcp_seg_find(struct tcp_snd_s *snd, uint32_t seq);

/* Cut segment i in two, the first of n bytes: both view the same extent.
 * -ENOMEM.
 */

int tcp_seg_split(struct tcp_conn_s *conn, uint32_t i, unsigned int n);

/* The user was told that he can not write; or he can now, and is told */

void tcp_sndbuf_refused(struct tcp_conn_s *conn);
void tcp_sndbuf_tell(struct tcp_conn_s *conn);

/* Is there room for a third of the buffer?  That is when a writer is told, so
 * that it has something to do (as on Linux).
 */

bool tcp_sndbuf_writable(const struct tcp_conn_s *conn);

/* SO_SNDBUF, but not more than one may have of the pool */

void tcp_snd_limit(struct tcp_conn_s *conn);

/* Copy its payload to an extent with head-room.  -ENOMEM */

int tcp_seg_bounce(struct tcp_conn_s *conn, struct tcp_txseg_s *seg);

/* Put FIN at the end if the user has closed.  -ENOMEM */

int tcp_sndbuf_fin(struct tcp_conn_s *conn);

/* Mark one as lost or take the mark off; the counts follow */

void tcp_seg_lost(struct tcp_conn_s *conn, struct tcp_txseg_s *seg);
void tcp_seg_unmark(struct tcp_conn_s *conn, struct tcp_txseg_s *seg);

/* What an acknowledgement has brought: filled in along the way */

struct tcp_ack_s
{
  nettime_t now;
  uint32_t prior_una;
  uint32_t prior_pipe;
  uint32_t acked;                    /* Bytes cumulatively acknowledged */
  uint32_t sacked;                   /* ... newly by SACK */
  uint32_t delivered;                /* Both, but nothing a second time: what
                                      * SACK had told of before is in acked,
                                      * not in here (RFC 6937 2) */
  int64_t duplicates;                /* Without SACK: bytes delivered that a
                                      * duplicate tells of; less than 0: told
                                      * before, and in acked now */
  uint32_t rtt_us;                   /* A sample; 0: none (Karn) */
  bool resent_acked;                 /* Among acked was a resent one */
  bool dsack;                        /* A duplicate was reported */
  bool lost;                         /* A loss was found just now */
  nettime_t newest;                  /* Latest transmission delivered ... */
  uint32_t newest_end;               /* ... where it ends */
  uint32_t fack;                     /* Highest sequence that was delivered
                                      * before */
  uint32_t tsecr;                    /* 0: none */
  uint32_t dsack_start;
  uint32_t dsack_end;
};

/* Free what lies in front of ack */

void tcp_sndbuf_ack(struct tcp_conn_s *conn, uint32_t ack,
                    struct tcp_ack_s *info);

/* One segment was delivered: for RACK and the round trip */

void tcp_rack_delivered(struct tcp_conn_s *conn,
                        const struct tcp_txseg_s *seg,
                        struct tcp_ack_s *info);

/* There was no memory: try again when some is freed.  As net_memory_wait() */

void tcp_starved(struct tcp_conn_s *conn, enum iob_class_e cls,
                 uint32_t need);

/* tcp_sack.c ***************************************************************/

void tcp_sack_input(struct tcp_conn_s *conn, const struct tcp_seg_s *seg,
                    struct tcp_ack_s *info);

/* The peer has dropped what it had reported (RFC 2018 8): believe nothing */

void tcp_sack_renege(struct tcp_conn_s *conn);

/* tcp_rack.c ***************************************************************/

void tcp_rack_update(struct tcp_conn_s *conn, const struct tcp_seg_s *seg,
                     struct tcp_ack_s *info);
void tcp_rack_detect(struct tcp_conn_s *conn, struct tcp_ack_s *info);
void tcp_tlp_schedule(struct tcp_conn_s *conn, nettime_t now);
void tcp_tlp_ack(struct tcp_conn_s *conn, const struct tcp_seg_s *seg,
                 struct tcp_ack_s *info);

/* tcp_rto.c ****************************************************************/

#define TCP_RTO_INIT_US  1000000
#define TCP_RTO_MIN_US   200000
#define TCP_RTO_MAX_US   120000000

void tcp_rtt_sample(struct tcp_conn_s *conn, uint32_t rtt_us);
nettime_t tcp_rto_ns(const struct tcp_conn_s *conn);

/* Start TCPT_REXMT from now if something is under way, else stop it */

void tcp_rexmt_rearm(struct tcp_conn_s *conn, nettime_t now);

/* tcp_cc.c *****************************************************************/

/* A congestion control.  Called with cwnd in bytes */

struct tcp_cc_s
{
  const char *name;

  /* From nothing, the connection being established */

  void (*init)(struct tcp_conn_s *conn);

  /* "acked" bytes were newly acknowledged, cwnd was in use: let it grow */

  void (*grow)(struct tcp_conn_s *conn, uint32_t acked, nettime_t now);

  /* There was a loss: the new ssthresh */

  uint32_t (*reduce)(struct tcp_conn_s *conn);
};

extern const struct tcp_cc_s g_tcp_newreno;
extern const struct tcp_cc_s g_tcp_cubic;

uint32_t tcp_pipe(const struct tcp_conn_s *conn);

/* Payload of a full segment: t_mss without the options of every segment */

uint32_t tcp_smss(const struct tcp_conn_s *conn);

/* A loss was found: enter recovery.  An ACK has come: the new cwnd.  The
 * timer has expired: slow start from one segment.  What was taken for loss
 * was none: as before.
 */

void tcp_cc_recovery(struct tcp_conn_s *conn);
void tcp_cc_ack(struct tcp_conn_s *conn, struct tcp_ack_s *info);
void tcp_cc_loss(struct tcp_conn_s *conn);
void tcp_cc_undo(struct tcp_conn_s *conn);
void tcp_cc_idle(struct tcp_conn_s *conn, nettime_t now);
void tcp_slow_start(struct tcp_conn_s *conn, uint32_t acked);

#endif /* __NET_TCP_SND_H */
