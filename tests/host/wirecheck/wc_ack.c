/* tests/host/wirecheck/wc_ack.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a receiver may say: acknowledge what has arrived in order, not take
 * back what it has acknowledged or the window it has given (RFC 9293 3.8.6),
 * report blocks that have arrived (RFC 2018) or arrived twice (RFC 2883).
 * And what arrives: bytes for the receiver, news for the sender.
 */

#include <stdlib.h>
#include <string.h>

#include "wirecheck.h"

#define DUP_KEEP (1 << 20)

/* The window field counts in units that the SYNs have agreed on */

static unsigned int shift(const struct wc_end_s *e, const struct wc_end_s *p,
                          const struct wc_seg_s *seg)
{
  return (seg->flags & WC_SYN) == 0 && e->has_wscale && p->has_wscale ?
         e->wscale : 0;
}

/* SACK *********************************************************************/

/* Linux, when it has closed before (FIN-WAIT-2), acknowledges a FIN that came
 * out of order while the block of it is still in its list
 */

static bool is_last_block(const struct wc_end_s *e, const struct wc_end_s *p,
                          int64_t right)
{
  return e->fin >= 0 && e->una > e->fin && p->fin >= 0 &&
         right == p->fin + 1;
}

static void check_dsack(struct wc_s *w, const struct wc_flow_s *flow,
                        struct wc_end_s *e, const struct wc_end_s *p,
                        const struct wc_seg_s *seg, int64_t left,
                        int64_t right)
{
  bool exact = e->host->exact && !is_last_block(e, p, right);

  e->dsacks++;
  if (left >= e->acked - DUP_KEEP &&
      !wc_set_has(exact ? &e->dup : &e->rx, left, right))
    {
      wc_found(w, seg->pkt->frame, flow, WC_DSACK_FALSE,
               "bytes %lld to %lld", (long long)left, (long long)right);
    }
}

static void check_sack(struct wc_s *w, const struct wc_flow_s *flow,
                       struct wc_end_s *e, const struct wc_end_s *p,
                       const struct wc_seg_s *seg, int64_t ack)
{
  struct wc_range_s b[WC_MAXSACK];
  unsigned int i;

  for (i = 0; i < seg->nsack; i++)
    {
      b[i].left  = wc_unwrap(p, e->rcv_max, seg->sack[i].left);
      b[i].right = wc_unwrap(p, e->rcv_max, seg->sack[i].right);
    }

  for (i = 0; i < seg->nsack; i++)
    {
      bool inside = i == 0 && seg->nsack > 1 && b[0].left >= b[1].left &&
                    b[0].right <= b[1].right;

      e->sack_blocks++;
      if (b[i].left >= b[i].right)
        {
          wc_found(w, seg->pkt->frame, flow, WC_SACK_FORM,
                   "bytes %lld to %lld", (long long)b[i].left,
                   (long long)b[i].right);
        }
      else if (i == 0 && (b[0].right <= ack || inside))
        {
          check_dsack(w, flow, e, p, seg, b[0].left, b[0].right);
        }
      else if (b[i].left <= ack)
        {
          wc_found(w, seg->pkt->frame, flow, WC_SACK_FORM,
                   "bytes %lld to %lld with the acknowledgement %lld",
                   (long long)b[i].left, (long long)b[i].right,
                   (long long)ack);
        }
      else if (!wc_set_has(&e->rx, b[i].left, b[i].right))
        {
          wc_found(w, seg->pkt->frame, flow, WC_SACK_FALSE,
                   "bytes %lld to %lld", (long long)b[i].left,
                   (long long)b[i].right);
        }
    }
}

/* Acknowledgements and windows *********************************************/

/* False if the number means nothing */

static bool check_ack(struct wc_s *w, const struct wc_flow_s *flow,
                      struct wc_end_s *e, const struct wc_end_s *p,
                      const struct wc_seg_s *seg, int64_t ack, bool late)
{
  const struct wc_frame_s *frame = seg->pkt->frame;
  int64_t run = wc_set_run(&e->rx, 0);

  if ((seg->flags & WC_SYN) != 0 && ack != 1)
    {
      wc_found(w, frame, flow, WC_SYN_ACK,
               "acknowledges %lld instead of the SYN", (long long)ack);
      return false;
    }

  if (ack > e->rcv_max && ack > p->snd_max)
    {
      wc_found(w, frame, flow, WC_ACK_UNSENT, "acknowledges %lld, the peer "
               "has sent up to %lld", (long long)ack,
               (long long)p->snd_max);
      return false;
    }

  if (ack > run)
    {
      wc_found(w, frame, flow, WC_ACK_HOLE, "acknowledges %lld, byte %lld "
               "has not arrived", (long long)ack, (long long)run);
      return false;
    }

  if (ack < e->acked && !late)
    {
      wc_found(w, frame, flow, WC_ACK_BACK, "acknowledges %lld after %lld",
               (long long)ack, (long long)e->acked);
    }

  return true;
}

/* Who has no memory for what was sent into the window may close it (Linux:
 * ICSK_ACK_NOMEM), and open it as far as there is some later.
 */

static bool is_taken_back(struct wc_end_s *e, const struct wc_end_s *p,
                          const struct wc_seg_s *seg, int64_t ack,
                          int64_t edge)
{
  e->taken_back = edge < e->adv &&
                  (e->taken_back || (seg->wnd == 0 && ack < p->snd_max));
  return e->taken_back;
}

static void check_window(struct wc_s *w, const struct wc_flow_s *flow,
                         struct wc_end_s *e, const struct wc_end_s *p,
                         const struct wc_seg_s *seg, int64_t ack, bool late)
{
  unsigned int bits = shift(e, p, seg);
  int64_t edge = ack + ((int64_t)seg->wnd << bits);

  if (!late && edge + ((int64_t)1 << bits) < e->adv && ack >= e->acked &&
      (seg->flags & WC_SYN) == 0 && (p->fin < 0 || ack <= p->fin) &&
      !is_taken_back(e, p, seg, ack, edge))
    {
      wc_found(w, seg->pkt->frame, flow, WC_WINDOW_SHRINK,
               "it ends at %lld, before it was %lld", (long long)edge,
               (long long)e->adv);
    }

  e->adv = edge > e->adv ? edge : e->adv;
  e->zero_windows += seg->wnd == 0 &&
                     (seg->flags & (WC_SYN | WC_FIN | WC_RST)) == 0;
}

static void count_acks(struct wc_end_s *e, const struct wc_seg_s *seg,
                       int64_t ack)
{
  bool pure = seg->len == 0 &&
              (seg->flags & (WC_SYN | WC_FIN | WC_RST)) == 0;

  e->pure_acks    += pure;
  e->dupacks_sent += pure && ack == e->last_ack && seg->wnd == e->last_wnd &&
                     wc_unwrap(e, e->snd_max, seg->seq) == e->snd_max;
  e->last_ack = ack;
  e->last_wnd = seg->wnd;
}

static void ack_point(struct wc_flow_s *flow, unsigned int side,
                      const struct wc_seg_s *seg, int64_t ack)
{
  const struct wc_end_s *e = &flow->end[side];
  const struct wc_end_s *p = &flow->end[1 - side];
  struct wc_point_s at;
  unsigned int i;

  memset(&at, 0, sizeof(at));
  at.t   = seg->pkt->frame->t;
  at.a   = ack;
  at.b   = ack + ((int64_t)seg->wnd << shift(e, p, seg));
  at.dir = (uint8_t)side;
  for (i = 0; i < seg->nsack && i < 3; i++)
    {
      at.sack[i].left  = wc_unwrap(p, e->rcv_max, seg->sack[i].left);
      at.sack[i].right = wc_unwrap(p, e->rcv_max, seg->sack[i].right);
      at.nsack++;
    }

  wc_point(&flow->acks, &at);
}

void wc_acks(struct wc_s *w, struct wc_flow_s *flow, unsigned int side,
             const struct wc_seg_s *seg, bool late)
{
  struct wc_end_s *e = &flow->end[side];
  struct wc_end_s *p = &flow->end[1 - side];
  int64_t ack;

  if ((seg->flags & WC_ACK) == 0 || !p->known)
    {
      return;
    }

  ack = wc_unwrap(p, e->rcv_max, seg->ack);
  if (!check_ack(w, flow, e, p, seg, ack, late))
    {
      return;
    }

  count_acks(e, seg, ack);
  check_window(w, flow, e, p, seg, ack, late);
  check_sack(w, flow, e, p, seg, ack);
  ack_point(flow, side, seg, ack);
  e->acked = ack > e->acked ? ack : e->acked;
  wc_set_trim(&e->dup, e->acked - DUP_KEEP);
}

/* What arrives *************************************************************/

static void take_data(struct wc_end_s *e, const struct wc_end_s *p,
                      const struct wc_seg_s *seg)
{
  int64_t left = wc_unwrap(p, e->rcv_max, seg->seq);
  int64_t data = left + ((seg->flags & WC_SYN) != 0 ? 1 : 0);
  int64_t end = data + seg->len + ((seg->flags & WC_FIN) != 0 ? 1 : 0);

  wc_set_common(&e->rx, left, end, &e->dup);
  wc_set_add(&e->rx, left, end);
  e->rcv_max = end > e->rcv_max ? end : e->rcv_max;
}

static void take_timestamp(struct wc_end_s *e, const struct wc_seg_s *seg)
{
  if (seg->has_ts)
    {
      if (!e->ts_any || (int32_t)(seg->tsval - e->ts_rcvd) > 0)
        {
          e->ts_rcvd = seg->tsval;
        }

      if (!e->ts_any || (int32_t)(seg->tsval - e->ts_first) < 0)
        {
          e->ts_first = seg->tsval;
        }

      e->ts_any = true;
    }
}

static void take_ack(struct wc_end_s *e, struct wc_end_s *p,
                     const struct wc_seg_s *seg)
{
  int64_t ack = wc_unwrap(e, e->snd_max, seg->ack);
  int64_t edge = ack + ((int64_t)seg->wnd << shift(p, e, seg));
  unsigned int i;

  e->ack_rcvd = ack;
  if (ack < 0 || ack > e->snd_max)
    {
      return;
    }

  if (ack > e->una)
    {
      wc_piece_acked(e, ack, seg);
    }
  else if (ack == e->una && seg->len == 0 && e->una < e->snd_max &&
           (seg->wnd == e->ackwnd || seg->nsack > 0) &&
           (seg->flags & (WC_SYN | WC_FIN)) == 0)
    {
      e->t_dupack = ++e->dupacks == 3 ? seg->pkt->frame->t : e->t_dupack;
    }

  if (ack >= e->una)
    {
      e->ackwnd   = seg->wnd;
      e->edge_now = edge;
    }

  e->edge = edge > e->edge ? edge : e->edge;
  for (i = 0; i < seg->nsack; i++)
    {
      int64_t right = wc_unwrap(e, e->snd_max, seg->sack[i].right);

      if (right <= e->snd_max)
        {
          wc_piece_sacked(e, wc_unwrap(e, e->snd_max, seg->sack[i].left),
                          right, seg);
        }
    }
}

void wc_received(struct wc_flow_s *flow, unsigned int side,
                 const struct wc_seg_s *seg)
{
  struct wc_end_s *e = &flow->end[side];
  struct wc_end_s *p = &flow->end[1 - side];

  if ((seg->flags & WC_RST) != 0)
    {
      e->got_rst = true;
      return;
    }

  if (!p->known)
    {
      return;
    }

  if ((seg->flags & WC_SYN) != 0)
    {
      e->got_syn   = true;
      e->t_synrcvd = seg->pkt->frame->t;
      e->nsynrcvd++;
    }

  take_data(e, p, seg);
  take_timestamp(e, seg);
  if ((seg->flags & WC_ACK) != 0 && e->known)
    {
      take_ack(e, p, seg);
    }
}
