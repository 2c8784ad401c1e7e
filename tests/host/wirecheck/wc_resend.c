/* tests/host/wirecheck/wc_resend.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Why something is sent again.  A sender has a row of pieces, each with what
 * has happened to it: when it was last sent, how often, whether the peer has
 * reported it (SACK).  A resend has a cause if for one of its pieces one of
 * these is true, in the order in which they are tried:
 *
 *   pmtu     an ICMP message said that it was too long
 *   repeat   a SYN that is there again, and so its answer: one for each
 *   sack     three pieces behind it have arrived (RFC 6675)
 *   dupack   three duplicate acknowledgements ask for it (RFC 5681 3.2)
 *   partial  an acknowledgement in a recovery stopped at it (RFC 6582)
 *   rack     something sent later than it has arrived (RFC 8985)
 *   probe    the window has no room for it, or had none
 *   rto      a time-out (RFC 6298) has passed since it was sent, or it was
 *            sent before a time-out, which takes all for lost
 *   tlp      it is the last one, and more than a round trip has passed: a
 *            probe (RFC 8985 7), once
 *
 * A time-out is at least --rto-min, of which a fifth is forgiven because a
 * frame is captured a little after it was sent.  It may be much later, if the
 * place of the capture is a queue whose reader did not run; the sender's
 * timestamps then tell how much time has passed for the sender: a tick of
 * them is a millisecond or more (RFC 7323 5.4).  What is sent again after
 * what may be a time-out, and is the only thing under way, may still have
 * been a probe, whose time-out is the next one; the row of doubled time-outs
 * begins there.
 *
 * That an ACK was seen does not prove that the one it is for has acted on it
 * already.  If it echoes an older timestamp, it has not.
 */

#include <string.h>

#include "wirecheck.h"

#define SYN_RTO      (900 * WC_MSEC)
#define SYN_LINEAR   5               /* Linux begins to double after these */
#define NO_DOUBLING  (30 * WC_SEC)
#define KNOWN        (200 * WC_MSEC)
#define JUST_NOW     (5 * WC_MSEC)
#define STORM        16

/* The row ******************************************************************/

static void make_room(struct wc_end_s *e)
{
  if (e->first > 64 && e->first > e->npieces / 2)
    {
      memmove(e->piece, e->piece + e->first,
              (e->npieces - e->first) * sizeof(e->piece[0]));
      e->npieces -= e->first;
      e->first    = 0;
    }

  if (e->npieces == e->size)
    {
      e->size  = e->size > 0 ? e->size * 2 : 8;
      e->piece = wc_alloc(e->piece, e->size * sizeof(e->piece[0]));
    }
}

/* The first piece that ends behind a number */

static size_t find(const struct wc_end_s *e, int64_t at)
{
  size_t low = e->first;
  size_t high = e->npieces;

  while (low < high)
    {
      size_t mid = (low + high) / 2;

      if (e->piece[mid].right <= at)
        {
          low = mid + 1;
        }
      else
        {
          high = mid;
        }
    }

  return low;
}

static struct wc_piece_s *insert(struct wc_end_s *e, size_t at)
{
  size_t before = e->first;

  make_room(e);
  at -= before - e->first;
  memmove(&e->piece[at + 1], &e->piece[at],
          (e->npieces - at) * sizeof(e->piece[0]));
  e->npieces++;
  return &e->piece[at];
}

static void split(struct wc_end_s *e, int64_t at)
{
  size_t i = find(e, at);
  struct wc_piece_s *piece;

  if (i < e->npieces && e->piece[i].left < at)
    {
      piece          = insert(e, i);
      piece[0]       = piece[1];
      piece[0].right = at;
      piece[1].left  = at;
    }
}

static void add_new(struct wc_end_s *e, size_t at, int64_t left,
                    int64_t right, const struct wc_seg_s *seg)
{
  struct wc_piece_s *piece = insert(e, at);

  memset(piece, 0, sizeof(*piece));
  piece->left    = left;
  piece->right   = right;
  piece->t_last  = seg->pkt->frame->t;
  piece->ts_last = seg->tsval;
  piece->order   = e->order;
  piece->count   = 1;
  piece->probe   = e->edge >= 0 && left >= e->edge && left > 0;
}

/* What arrives at the sender about it **************************************/

static void rtt_sample(struct wc_end_s *e, int64_t rtt)
{
  e->srtt    = e->rtt_n > 0 ? (7 * e->srtt + rtt) / 8 : rtt;
  e->rtt_min = e->rtt_n == 0 || rtt < e->rtt_min ? rtt : e->rtt_min;
  e->rtt_max = rtt > e->rtt_max ? rtt : e->rtt_max;
  e->rtt_sum += (double)rtt;
  e->rtt_n++;
}

void wc_piece_acked(struct wc_end_s *e, int64_t ack,
                    const struct wc_seg_s *seg)
{
  int64_t now = seg->pkt->frame->t;
  int64_t sample = -1;

  split(e, ack);
  while (e->first < e->npieces && e->piece[e->first].right <= ack)
    {
      const struct wc_piece_s *piece = &e->piece[e->first++];

      e->delivered = piece->order > e->delivered ? piece->order :
                     e->delivered;
      sample = piece->count > 1 ? -1 : piece->sacked ? sample :
               now - piece->t_last;
    }

  if (sample >= 0)
    {
      rtt_sample(e, sample);
    }

  e->acks[e->nacks % WC_NACKS].ack = ack;
  e->acks[e->nacks % WC_NACKS].t   = now;
  e->acks[e->nacks % WC_NACKS].ts  = seg->tsval;
  e->nacks++;
  e->una      = ack;
  e->t_una    = now;
  e->dupacks  = 0;
  e->timeouts = 0;
  wc_store_trim(&e->store, ack - WC_KEEP);
}

void wc_piece_sacked(struct wc_end_s *e, int64_t left, int64_t right,
                     const struct wc_seg_s *seg)
{
  size_t i;

  left = left > e->una ? left : e->una;
  if (left >= right)
    {
      return;
    }

  split(e, left);
  split(e, right);
  for (i = find(e, left); i < e->npieces && e->piece[i].right <= right; i++)
    {
      struct wc_piece_s *piece = &e->piece[i];

      if (!piece->sacked)
        {
          piece->sacked    = true;
          piece->t_sacked  = seg->pkt->frame->t;
          piece->ts_sacked = seg->tsval;
          e->t_sack        = piece->t_sacked;
          e->delivered     = piece->order > e->delivered ? piece->order :
                             e->delivered;
        }
    }
}

/* Causes *******************************************************************/

struct resend_s
{
  struct wc_s *w;
  struct wc_flow_s *flow;
  struct wc_end_s *e;
  const struct wc_seg_s *seg;
  const struct wc_frame_s *frame;
  int64_t now;
};

/* How long ago it was sent, at most and at least, as the sender counts */

static int64_t longest(const struct resend_s *r,
                       const struct wc_piece_s *piece)
{
  int64_t t = r->now - piece->t_last;
  int64_t ticks = (int32_t)(r->seg->tsval - piece->ts_last);

  return r->seg->has_ts && (ticks - 1) * WC_MSEC > t ?
         (ticks - 1) * WC_MSEC : t;
}

static int64_t shortest(const struct resend_s *r,
                        const struct wc_piece_s *piece)
{
  int64_t t = r->now - piece->t_last;
  int64_t ticks = (int32_t)(r->seg->tsval - piece->ts_last);

  return r->seg->has_ts && ticks >= 0 && (ticks + 1) * WC_MSEC < t ?
         (ticks + 1) * WC_MSEC : t;
}

/* Can the sender have acted on an acknowledgement that came at this time? */

static bool knew(const struct resend_s *r, int64_t t, uint32_t ts)
{
  return r->now - t > JUST_NOW &&
         (!r->seg->has_ts || (int32_t)(r->seg->tsecr - ts) >= 0);
}

static unsigned int sacked_behind(const struct wc_end_s *e,
                                  const struct wc_piece_s *piece)
{
  const struct wc_piece_s *end = e->piece + e->npieces;
  unsigned int n = 0;

  for (; piece < end && n < 3; piece++)
    {
      n += piece->sacked;
    }

  return n;
}

/* When the timer of the head was started, as late as it may have been: the
 * probe may have been new data
 */

static int64_t timer_start(const struct wc_end_s *e,
                           const struct wc_piece_s *head)
{
  int64_t t = e->piece[e->npieces - 1].t_last;

  t = head->t_last > t ? head->t_last : t;
  t = e->t_una > t ? e->t_una : t;
  t = e->t_tlp > t ? e->t_tlp : t;
  return e->t_sack > t ? e->t_sack : t;
}

/* The last piece that the peer has not reported? */

static bool is_tail(const struct wc_end_s *e, const struct wc_piece_s *piece)
{
  const struct wc_piece_s *end = e->piece + e->npieces;

  for (piece++; piece < end; piece++)
    {
      if (!piece->sacked)
        {
          return false;
        }
    }

  return true;
}

/* A probe of the tail, of which there is one until there is progress.  With
 * timestamps a resend, too, tells its sender the time of a round trip.
 */

static bool may_probe(const struct resend_s *r,
                      const struct wc_piece_s *piece)
{
  const struct wc_end_s *e = r->e;

  return (e->rtt_n > 0 || r->seg->has_ts) && piece->left > 0 &&
         is_tail(e, piece) &&
         (e->tlp_high != e->snd_max || e->tlp_una != e->una) &&
         longest(r, piece) >= (e->rtt_n > 0 ? e->srtt * 5 / 4 : WC_MSEC);
}

static void probed(struct resend_s *r)
{
  struct wc_end_s *e = r->e;

  e->tlp_high = e->snd_max;
  e->tlp_una  = e->una;
  e->t_tlp    = r->now;
}

/* A time-out of the head, or what looks like one */

static void check_backoff(struct resend_s *r, const struct wc_piece_s *head)
{
  struct wc_end_s *e = r->e;
  int64_t interval = shortest(r, head);
  bool syn = head->left == 0;

  if (e->timeouts == 0 || e->rto_una != e->una)
    {
      e->interval = r->now - timer_start(e, head);
      e->interval = interval < e->interval ? interval : e->interval;
      e->rto_una  = e->una;
      e->timeouts = may_probe(r, head) ? 0 : 1;
      if (e->timeouts == 0)
        {
          probed(r);
        }

      return;
    }

  e->timeouts++;
  if (longest(r, head) * 10 < e->interval * 14 &&
      e->interval < NO_DOUBLING && !e->icmp &&
      (e->edge_now > e->una || syn) && (!syn || e->timeouts > SYN_LINEAR))
    {
      wc_found(r->w, r->frame, r->flow, WC_RESEND_BACKOFF,
               "byte %lld again after %.6f s, before it was %.6f s",
               (long long)head->left, (double)longest(r, head) / 1e9,
               (double)e->interval / 1e9);
    }

  e->interval = interval;
}

static bool timed_out(struct resend_s *r, const struct wc_piece_s *piece)
{
  struct wc_end_s *e = r->e;
  int64_t least = piece->left == 0 ? SYN_RTO :
                  (int64_t)r->w->opt.rto_min_ms * WC_MSEC * 4 / 5;

  if (longest(r, piece) >= least)
    {
      if (piece->left <= e->una)
        {
          check_backoff(r, piece);
          e->t_rto    = r->now;
          e->rto_high = e->snd_max;
        }

      return true;
    }

  return piece->t_last < e->t_rto && piece->left < e->rto_high &&
         piece->left > 0;
}

static bool tail_probe(struct resend_s *r, const struct wc_piece_s *piece)
{
  if (!may_probe(r, piece))
    {
      return false;
    }

  probed(r);
  return true;
}

static bool fast(const struct wc_end_s *e, const struct wc_piece_s *piece)
{
  return e->dupacks >= 3 && piece->left <= e->una &&
         piece->t_last < e->t_dupack;
}

static enum wc_cause_e cause_of(struct resend_s *r,
                                const struct wc_piece_s *piece)
{
  struct wc_end_s *e = r->e;
  bool later = e->delivered > piece->order;

  if (piece->order <= e->pmtu)
    {
      return WC_PMTU;
    }

  if (piece->left == 0 && e->answers < e->nsynrcvd)
    {
      e->answers++;
      return WC_REPEAT;
    }

  if (later && sacked_behind(e, piece) >= 3 && piece->count == 1)
    {
      return WC_BY_SACK;
    }

  if (fast(e, piece))
    {
      e->recover   = e->snd_max;
      e->t_recover = r->now;
      return WC_DUPACK;
    }

  if (!e->sack_ok && e->una < e->recover && piece->left <= e->una &&
      e->t_una > e->t_recover && piece->t_last < e->t_una)
    {
      return WC_PARTIAL;
    }

  if (later)
    {
      return WC_RACK;
    }

  if (piece->probe && e->edge_now > piece->left)
    {
      return WC_PROBE;
    }

  if (timed_out(r, piece))
    {
      return e->edge_now <= piece->left && piece->left > 0 ? WC_PROBE :
             WC_RTO;
    }

  return tail_probe(r, piece) ? WC_TLP : WC_UNKNOWN;
}

/* All of it was acknowledged: since when? */

static enum wc_cause_e resend_acked(struct resend_s *r, int64_t left,
                                    int64_t right, bool *known)
{
  struct wc_end_s *e = r->e;
  int64_t since = r->now;
  uint32_t ts = 0;
  unsigned int i;

  for (i = 0; i < WC_NACKS && i < e->nacks; i++)
    {
      if (e->acks[i].ack >= right && e->acks[i].t < since)
        {
          since = e->acks[i].t;
          ts    = e->acks[i].ts;
        }
    }

  *known = knew(r, since, ts);
  if (left == 0 && e->t_synrcvd > e->t_una)
    {
      return WC_REPEAT;
    }

  if (*known && r->now - since > KNOWN && e->host->exact)
    {
      wc_found(r->w, r->frame, r->flow, WC_RESEND_ACKED,
               "bytes %lld to %lld, acknowledged for %.6f s",
               (long long)left, (long long)right,
               (double)(r->now - since) / 1e9);
    }

  return WC_RTO;
}

/* What fills a place at a far sender was sent, at the latest, before what is
 * behind it
 */

static void overtaken(struct wc_end_s *e, int64_t left)
{
  struct wc_piece_s *piece = e->piece + find(e, left);

  if (piece + 1 < e->piece + e->npieces)
    {
      piece->order  = piece[1].order - 1;
      piece->t_last = piece[1].t_last;
    }

  piece->count = 0;
}

/* Go through the pieces of a resend: their cause, and note that they were
 * sent.  A place where there is none, at a far sender, is filled; nothing
 * is sent again then.  The answer to a SYN does not start the timer anew.
 */

static enum wc_cause_e resend(struct resend_s *r, int64_t left,
                              int64_t right, bool *known)
{
  struct wc_end_s *e = r->e;
  enum wc_cause_e cause = WC_FIRST;
  enum wc_cause_e one;
  int64_t at = left > e->una ? left : e->una;
  size_t i;

  split(e, at);
  split(e, right);
  *known = true;
  while (at < right)
    {
      struct wc_piece_s *piece;

      i     = find(e, at);
      piece = i < e->npieces ? &e->piece[i] : NULL;
      if (piece == NULL || piece->left > at)
        {
          int64_t to = piece == NULL || piece->left > right ? right :
                       piece->left;

          e->out_of_order += cause == WC_FIRST;
          add_new(e, i, at, to, r->seg);
          overtaken(e, at);
          at     = to;
          *known = false;
          continue;
        }

      one = cause == WC_FIRST || cause == WC_UNKNOWN ? cause_of(r, piece) :
            cause;
      cause  = one;
      *known = *known && piece->sacked &&
               knew(r, piece->t_sacked, piece->ts_sacked);
      at     = piece->right;
    }

  for (i = find(e, left > e->una ? left : e->una);
       i < e->npieces && e->piece[i].right <= right; i++)
    {
      if (e->piece[i].count++ > 0 && cause != WC_REPEAT)
        {
          e->piece[i].t_last  = r->now;
          e->piece[i].ts_last = r->seg->tsval;
          e->piece[i].order   = e->order;
        }
    }

  return cause;
}

static void watch_storm(struct resend_s *r, bool known)
{
  struct wc_end_s *e = r->e;

  e->useless = known ? e->useless + 1 : 0;
  if (e->useless == STORM && !e->storm)
    {
      e->storm = true;
      wc_found(r->w, r->frame, r->flow, WC_RESEND_STORM,
               "%u segments in a row", e->useless);
    }
}

/* A segment that occupies [left, right) is sent.  The cause, if anything in
 * it was sent before.
 */

enum wc_cause_e wc_transmit(struct wc_s *w, struct wc_flow_s *flow,
                            struct wc_end_s *e, const struct wc_seg_s *seg,
                            int64_t left, int64_t right)
{
  const struct wc_frame_s *frame = seg->pkt->frame;
  struct resend_s r =
    {
      w, flow, e, seg, frame, frame->t
    };

  int64_t old = right < e->snd_max ? right : e->snd_max;
  enum wc_cause_e cause = WC_FIRST;
  bool known = false;

  if (right <= left)
    {
      return WC_FIRST;
    }

  e->order++;
  if (left < e->snd_max)
    {
      cause = old <= e->una ? resend_acked(&r, left, old, &known) :
              resend(&r, left, old, &known);
      if (cause == WC_UNKNOWN && !known)
        {
          wc_found(w, frame, flow, WC_RESEND_CAUSE, "bytes %lld to %lld",
                   (long long)left, (long long)old);
        }
    }

  watch_storm(&r, known && right <= e->snd_max);
  if (right > e->snd_max)
    {
      e->answers = left == 0 && e->nsynrcvd > 0 ? 1 : e->answers;
      add_new(e, e->npieces, left > e->snd_max ? left : e->snd_max, right,
              seg);
      e->snd_max = right;
    }

  return cause;
}
