/* tests/host/wirecheck/wc_send.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a sender may do (RFC 9293 3.4, 3.8, 3.10): numbers in order, bytes
 * that stay the same, within the window and the MSS, nothing behind its FIN
 * or its RST; timestamps that do not go back (RFC 7323).
 *
 * A sender that is not near may have been overtaken by itself on the way
 * here.  A segment is "late" if all that it says has been said before; it is
 * then not held against its sender that it comes after newer ones.
 */

#include <stdlib.h>
#include <string.h>

#include "wirecheck.h"

#define MISSING     (7 * WC_SEC)

struct send_s
{
  struct wc_s *w;
  struct wc_flow_s *flow;
  struct wc_end_s *e;
  struct wc_end_s *p;
  const struct wc_seg_s *seg;
  int64_t left;                      /* Of the payload; SYN is before it */
  int64_t right;
  int64_t end;                       /* With FIN */
  bool late;
};

#define FOUND(s, rule, ...) \
  wc_found((s)->w, (s)->seg->pkt->frame, (s)->flow, rule, __VA_ARGS__)

/* The whole packet once more: doubled by the network, if its sender gives
 * each packet a number, or has no time to send it twice
 */

static bool doubled(struct send_s *s)
{
  const struct wc_pkt_s *pkt = s->seg->pkt;
  struct wc_end_s *e = s->e;
  uint64_t key = wc_hash(pkt->ident, pkt->l4, pkt->l4cap);
  unsigned int i;

  for (i = 0; i < 64 && !e->host->exact; i++)
    {
      if (e->recent[i] == key &&
          (pkt->ident != 0 || (s->seg->has_ts && s->seg->len > 0)))
        {
          e->netdups++;
          return true;
        }
    }

  e->recent[e->nrecent++ % 64] = key;
  return false;
}

static bool is_late(const struct send_s *s)
{
  const struct wc_seg_s *seg = s->seg;
  const struct wc_end_s *e = s->e;
  int64_t ack;

  if (e->host->exact || (seg->flags & WC_SYN) != 0 ||
      s->end > (e->seen > e->snd_max ? e->seen : e->snd_max))
    {
      return false;
    }

  ack = s->p->known ? wc_unwrap(s->p, e->acked, seg->ack) : 0;
  return ((seg->flags & WC_ACK) == 0 || ack <= e->acked) &&
         (!seg->has_ts || !e->ts_seen ||
          (int32_t)(seg->tsval - e->tsval) <= 0);
}

/* RST **********************************************************************/

static void reset(struct send_s *s)
{
  struct wc_end_s *e = s->e;
  int64_t at = wc_unwrap(e, e->snd_max, s->seg->seq);

  e->t_rst = e->t_rst < 0 ? s->seg->pkt->frame->t : e->t_rst;
  if (e->known && (at < 0 || at > e->snd_max) && at != e->ack_rcvd &&
      (e->host->exact || at < 0 || at > e->edge + 1))
    {
      FOUND(s, WC_RST_SEQ, "number %lld, sent were 0 to %lld",
            (long long)at, (long long)e->snd_max);
    }
}

static void check_after_reset(struct send_s *s)
{
  const struct wc_seg_s *seg = s->seg;
  struct wc_end_s *e = s->e;
  int64_t ack = s->p->known ? wc_unwrap(s->p, e->acked, seg->ack) : 0;

  if (e->t_rst >= 0 && (seg->flags & WC_SYN) == 0 &&
      (e->host->exact || s->end > e->snd_max ||
       (s->p->known && ack > e->acked)))
    {
      FOUND(s, WC_AFTER_RST, "flags 0x%02x, %u bytes, %.6f s after the RST",
            seg->flags & 0xff, seg->len,
            (double)(seg->pkt->frame->t - e->t_rst) / 1e9);
    }
}

/* Options ******************************************************************/

static void check_agreed(struct send_s *s)
{
  const struct wc_seg_s *seg = s->seg;
  struct wc_end_s *e = s->e;
  struct wc_end_s *p = s->p;
  const char *what = NULL;

  if ((seg->flags & WC_SYN) != 0)
    {
      if ((seg->flags & WC_ACK) != 0 && p->syn)
        {
          what = seg->has_ts && !p->has_ts ? "timestamps" :
                 seg->has_wscale && !p->has_wscale ? "window scaling" :
                 seg->sack_ok && !p->sack_ok ? "SACK permitted" : NULL;
        }
    }
  else if (e->syn && p->syn)
    {
      bool ts = e->has_ts && p->has_ts;

      what = seg->has_ts && !ts ? "timestamps" :
             seg->nsack > 0 && !p->sack_ok ? "SACK" : NULL;
      if (ts && !seg->has_ts)
        {
          FOUND(s, WC_TCP_NEGOTIATE,
                "no timestamp, which both ends had agreed on");
        }
    }

  if (what != NULL)
    {
      FOUND(s, WC_TCP_NEGOTIATE, "%s, which the other end did not offer",
            what);
    }
}

static void check_timestamp(struct send_s *s)
{
  const struct wc_seg_s *seg = s->seg;
  struct wc_end_s *e = s->e;

  if (!seg->has_ts)
    {
      return;
    }

  if (e->ts_seen && !s->late && (int32_t)(seg->tsval - e->tsval) < 0)
    {
      FOUND(s, WC_TS_BACK, "%u after %u", seg->tsval, e->tsval);
    }

  if (!e->ts_seen || (int32_t)(seg->tsval - e->tsval) > 0)
    {
      e->tsval   = seg->tsval;
      e->ts_seen = true;
    }

  if ((seg->flags & WC_ACK) != 0 && e->ts_any && seg->tsecr != 0 &&
      ((int32_t)(seg->tsecr - e->ts_rcvd) > 0 ||
       (int32_t)(seg->tsecr - e->ts_first) < 0))
    {
      FOUND(s, WC_TS_ECHO, "%u, received were %u to %u", seg->tsecr,
            e->ts_first, e->ts_rcvd);
    }
}

/* Data *********************************************************************/

static void check_place(struct send_s *s)
{
  const struct wc_seg_s *seg = s->seg;
  struct wc_end_s *e = s->e;

  if (seg->len > 0 && (seg->flags & WC_SYN) == 0 && e->una < 1)
    {
      FOUND(s, WC_STATE_DATA,
            "%u bytes before the SYN was acknowledged", seg->len);
    }

  if (seg->len + seg->optlen > s->p->mss && s->p->syn && seg->len > 0 &&
      !e->host->offload)
    {
      FOUND(s, WC_TCP_MSS, "%u bytes with %u of options, MSS %u", seg->len,
            seg->optlen, s->p->mss);
    }

  if (e->edge >= 0 && s->right > e->edge && seg->len > 0 && s->p->syn)
    {
      if (seg->len == 1 && s->left == e->edge)
        {
          e->probes++;
        }
      else
        {
          FOUND(s, WC_WINDOW, "bytes %lld to %lld, the window ends at %lld",
                (long long)s->left, (long long)s->right,
                (long long)e->edge);
        }
    }

  if (e->fin >= 0 && s->right > e->fin)
    {
      FOUND(s, WC_FIN_BEYOND, "bytes up to %lld, FIN is at %lld",
            (long long)s->right, (long long)e->fin);
    }
  else if ((seg->flags & WC_FIN) != 0 && e->fin >= 0 && s->right != e->fin)
    {
      FOUND(s, WC_FIN_MOVED, "FIN at %lld, before it was at %lld",
            (long long)s->right, (long long)e->fin);
    }
}

/* True if there is nothing in it that takes part in the order of numbers */

static bool is_probe(struct send_s *s)
{
  struct wc_end_s *e = s->e;
  bool idle = e->una == e->snd_max && s->left == e->snd_max - 1;

  if ((s->seg->flags & (WC_SYN | WC_FIN)) != 0 || s->seg->len > 1)
    {
      return false;
    }

  if (idle && (s->seg->len == 0 || e->una > 1))
    {
      if (e->edge_now <= e->una)
        {
          e->probes++;
        }
      else
        {
          e->keepalives++;
        }

      return true;
    }

  if (s->seg->len == 0 && s->left == e->una - 1)
    {
      e->probes++;
    }

  return s->seg->len == 0;
}

static void check_order(struct send_s *s)
{
  struct wc_end_s *e = s->e;
  bool syn = (s->seg->flags & WC_SYN) != 0;
  bool empty = s->end == s->left && !syn;

  if (s->left - syn > e->snd_max && e->host->exact)
    {
      FOUND(s, WC_SEQ_GAP, "number %lld follows %lld", (long long)s->left,
            (long long)e->snd_max);
    }
  else if (empty && s->left < e->snd_max - 1 && s->left != e->una - 1 &&
           s->left != e->edge_now && !s->late &&
           (e->host->exact || s->seg->has_ts))
    {
      FOUND(s, WC_SEQ_BACK, "number %lld, sent were up to %lld",
            (long long)s->left, (long long)e->snd_max);
    }
}

static uint64_t new_bytes(const struct send_s *s)
{
  struct wc_set_s old;
  uint64_t n = (uint64_t)(s->right - s->left);
  size_t i;

  memset(&old, 0, sizeof(old));
  wc_set_common(&s->e->store.have, s->left, s->right, &old);
  for (i = 0; i < old.n; i++)
    {
      n -= (uint64_t)(old.r[i].right - old.r[i].left);
    }

  free(old.r);
  return s->right <= s->e->una ? 0 : n;
}

static void keep_bytes(struct send_s *s)
{
  const struct wc_pkt_s *pkt = s->seg->pkt;
  size_t there = (size_t)(pkt->l4 + pkt->l4cap - s->seg->data);
  int64_t differs;

  s->e->payload += new_bytes(s);
  differs = wc_store(&s->e->store, s->left, s->seg->data,
                     there < s->seg->len ? there : s->seg->len,
                     &s->e->unverified);
  if (differs >= 0)
    {
      FOUND(s, WC_DATA_DIFFER, "byte %lld is another one than at first",
            (long long)differs);
    }
}

static void point(struct send_s *s, enum wc_cause_e cause)
{
  struct wc_point_s at;

  memset(&at, 0, sizeof(at));
  at.t     = s->seg->pkt->frame->t;
  at.a     = s->left - ((s->seg->flags & WC_SYN) != 0 ? 1 : 0);
  at.b     = s->end - at.a;
  at.dir   = s->e == &s->flow->end[1];
  at.cause = (uint8_t)cause;
  wc_point(&s->flow->segments, &at);
}

static void transmit(struct send_s *s)
{
  struct wc_end_s *e = s->e;
  int64_t left = s->left - ((s->seg->flags & WC_SYN) != 0 ? 1 : 0);
  enum wc_cause_e cause;

  wc_resend_missing(s->w, s->flow, e, s->seg->pkt->frame,
                    s->seg->pkt->frame->t);
  if (s->seg->len > 0)
    {
      keep_bytes(s);
    }

  cause = wc_transmit(s->w, s->flow, e, s->seg, left, s->end);
  if (cause != WC_FIRST)
    {
      e->resent++;
      e->resent_bytes += s->seg->len;
      e->causes[cause]++;
    }

  if ((s->seg->flags & WC_FIN) != 0 && e->fin < 0)
    {
      e->fin = s->right;
    }

  point(s, cause);
}

void wc_sent(struct wc_s *w, struct wc_flow_s *flow, unsigned int side,
             const struct wc_seg_s *seg)
{
  struct send_s s;

  memset(&s, 0, sizeof(s));
  s.w    = w;
  s.flow = flow;
  s.e    = &flow->end[side];
  s.p    = &flow->end[1 - side];
  s.seg  = seg;
  if (doubled(&s))
    {
      return;
    }

  s.e->segments++;
  if ((seg->flags & WC_RST) != 0)
    {
      reset(&s);
      return;
    }

  if (!s.e->known)
    {
      if (seg->len > 0)
        {
          FOUND(&s, WC_STATE_DATA, "%u bytes of an end that has sent no SYN",
                seg->len);
        }

      return;
    }

  s.left  = wc_unwrap(s.e, s.e->snd_max, seg->seq) +
            ((seg->flags & WC_SYN) != 0 ? 1 : 0);
  s.right = s.left + seg->len;
  s.end   = s.right + ((seg->flags & WC_FIN) != 0 ? 1 : 0);
  s.late  = is_late(&s);
  s.e->seen = s.end > s.e->seen ? s.end : s.e->seen;
  check_after_reset(&s);
  check_agreed(&s);
  check_timestamp(&s);
  check_order(&s);
  if (!is_probe(&s))
    {
      check_place(&s);
      transmit(&s);
    }

  wc_acks(w, flow, side, seg, s.late);
}

/* Something is under way for a long time, and its sender, though it lives,
 * has done nothing about it
 */

void wc_resend_missing(struct wc_s *w, struct wc_flow_s *flow,
                       struct wc_end_s *e, const struct wc_frame_s *frame,
                       int64_t now)
{
  const struct wc_piece_s *head;
  int64_t since;

  if (e->first == e->npieces || e->una < 1 || e->missing || e->icmp ||
      e->t_rst >= 0 || e->got_rst || e->edge_now <= e->una ||
      !e->host->exact || e->piece[e->first].count > 1)
    {
      return;
    }

  head  = &e->piece[e->first];
  since = head->t_last > e->t_una ? head->t_last : e->t_una;
  if (now - since > MISSING + 8 * e->srtt)
    {
      e->missing = true;
      wc_found(w, frame, flow, WC_RESEND_MISSING,
               "byte %lld waits for %.3f s", (long long)head->left,
               (double)(now - since) / 1e9);
    }
}
