/* tests/host/wirecheck/wc_flow.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Connections: which one a segment belongs to, its start and its end.
 *
 * Ports are used again.  A SYN with another number makes a new connection,
 * unless both ends have the old one open, which is a finding.  Segments of
 * the old one that are still on their way are told by their numbers only if
 * these are far off, so a finding may then name the new one.
 */

#include <stdlib.h>
#include <string.h>

#include "wirecheck.h"

#define NUMBERS_APART (1ll << 30)

/* The number of a byte, near to one that is known */

int64_t wc_unwrap(const struct wc_end_s *owner, int64_t near, uint32_t seq)
{
  return near + (int32_t)(seq - (owner->isn + (uint32_t)near));
}

static uint64_t half_key(const struct wc_addr_s *a, uint16_t port)
{
  return wc_hash(port, a, sizeof(*a));
}

static struct wc_flow_s **flow_slot(struct wc_s *w,
                                    const struct wc_addr_s *a, uint16_t ap,
                                    const struct wc_addr_s *b, uint16_t bp)
{
  return &w->flows[(half_key(a, ap) + half_key(b, bp)) % WC_HASH];
}

static bool is_end(const struct wc_end_s *e, const struct wc_addr_s *a,
                   uint16_t port)
{
  return e->port == port && memcmp(&e->host->addr, a, sizeof(*a)) == 0;
}

/* The newest connection of two endpoints; which side the first of them is */

struct wc_flow_s *wc_flow_find(struct wc_s *w, const struct wc_addr_s *a,
                               uint16_t ap, const struct wc_addr_s *b,
                               uint16_t bp, unsigned int *side)
{
  struct wc_flow_s *flow = *flow_slot(w, a, ap, b, bp);

  for (; flow != NULL; flow = flow->next)
    {
      for (*side = 0; *side < 2; ++*side)
        {
          if (is_end(&flow->end[*side], a, ap) &&
              is_end(&flow->end[1 - *side], b, bp))
            {
              return flow;
            }
        }
    }

  return NULL;
}

static void init_end(struct wc_end_s *e, struct wc_host_s *host,
                     uint16_t port)
{
  e->host     = host;
  e->port     = port;
  e->fin      = -1;
  e->t_rst    = -1;
  e->last_ack = -1;
  e->acked    = -1;
  e->adv      = -1;
  e->edge     = -1;
  e->rto_una  = -1;
  e->tlp_high = -1;
}

static struct wc_flow_s *new_flow(struct wc_s *w, const struct wc_seg_s *seg)
{
  struct wc_pkt_s *pkt = seg->pkt;
  struct wc_flow_s **slot = flow_slot(w, &pkt->src, seg->sport, &pkt->dst,
                                      seg->dport);
  struct wc_flow_s *flow = wc_alloc(NULL, sizeof(*flow));
  bool start = (seg->flags & (WC_SYN | WC_ACK)) == WC_SYN;

  memset(flow, 0, sizeof(*flow));
  init_end(&flow->end[0], pkt->from, seg->sport);
  init_end(&flow->end[1], wc_host(w, &pkt->dst), seg->dport);
  flow->id       = w->nflows++;
  flow->complete = start;
  flow->t_first  = pkt->frame->t;
  flow->next     = *slot;
  flow->older    = w->newest;
  *slot          = flow;
  w->newest      = flow;
  w->missing_start += !start;
  return flow;
}

static bool over(const struct wc_flow_s *flow)
{
  const struct wc_end_s *a = &flow->end[0];
  const struct wc_end_s *b = &flow->end[1];

  return a->t_rst >= 0 || b->t_rst >= 0 || (a->fin >= 0 && b->fin >= 0);
}

/* Does this SYN begin another connection? */

static bool anew(const struct wc_flow_s *flow, unsigned int side,
                 const struct wc_seg_s *seg)
{
  const struct wc_end_s *e = &flow->end[side];
  const struct wc_end_s *p = &flow->end[1 - side];

  if ((seg->flags & (WC_SYN | WC_ACK)) != WC_SYN ||
      (e->syn && e->isn == seg->seq))
    {
      return false;
    }

  /* A SYN from the other side may open the connection from both */

  if (!e->syn && p->syn && p->snd_max <= 1 && !over(flow))
    {
      return false;
    }

  return true;
}

/* Though both ends have the old one open? */

static bool intrudes(struct wc_s *w, const struct wc_flow_s *flow,
                     unsigned int side, const struct wc_seg_s *seg)
{
  const struct wc_end_s *e = &flow->end[side];
  const struct wc_end_s *p = &flow->end[1 - side];

  if (!e->syn || !p->syn || e->una < 1 || p->una < 1 || over(flow) ||
      e->got_rst)
    {
      return false;
    }

  if (seg->pkt->sender_here)
    {
      wc_found(w, seg->pkt->frame, flow, WC_SYN_AGAIN,
               "a SYN of number %u, that of the connection was %u", seg->seq,
               e->isn);
    }

  return true;
}

/* The numbers of a connection whose start is missing begin where they are
 * first seen
 */

static void learn(struct wc_flow_s *flow, unsigned int side,
                  const struct wc_seg_s *seg)
{
  struct wc_end_s *e = &flow->end[side];
  struct wc_end_s *p = &flow->end[1 - side];

  if (!e->known && ((seg->flags & WC_SYN) != 0 || !flow->complete))
    {
      e->known = true;
      e->isn   = seg->seq - ((seg->flags & WC_SYN) != 0 ? 0 : 1);
      if ((seg->flags & WC_SYN) == 0)
        {
          e->snd_max = 1;
          e->rcv_max = 1;
        }
    }

  if (!p->known && !flow->complete && (seg->flags & WC_ACK) != 0 &&
      (seg->flags & WC_RST) == 0)
    {
      p->known   = true;
      p->isn     = seg->ack - 1;
      p->snd_max = 1;
      wc_set_add(&e->rx, 0, 1);
    }
}

static void learn_syn(struct wc_end_s *e, const struct wc_seg_s *seg)
{
  if ((seg->flags & WC_SYN) != 0 && !e->syn)
    {
      e->syn        = true;
      e->has_wscale = seg->has_wscale;
      e->sack_ok    = seg->sack_ok;
      e->has_ts     = seg->has_ts;
      e->wscale     = seg->wscale;
      e->mss        = seg->has_mss ? seg->mss : 536;
    }
}

/* Numbers that can not be of this connection: left over from another */

static bool stray(const struct wc_flow_s *flow, unsigned int side,
                  const struct wc_seg_s *seg)
{
  const struct wc_end_s *e = &flow->end[side];
  const struct wc_flow_s *old;
  int64_t at;

  if (!e->known || (seg->flags & (WC_SYN | WC_RST)) != 0)
    {
      return false;
    }

  at = wc_unwrap(e, e->snd_max, seg->seq);
  if (at > -NUMBERS_APART && at - e->snd_max < NUMBERS_APART && at >= 0)
    {
      return false;
    }

  for (old = flow->next; old != NULL; old = old->next)
    {
      if (is_end(&old->end[0], &e->host->addr, e->port) ||
          is_end(&old->end[1], &e->host->addr, e->port))
        {
          return true;
        }
    }

  return false;
}

void wc_flow(struct wc_s *w, struct wc_seg_s *seg)
{
  struct wc_pkt_s *pkt = seg->pkt;
  unsigned int side = 0;
  struct wc_flow_s *flow = wc_flow_find(w, &pkt->src, seg->sport, &pkt->dst,
                                        seg->dport, &side);

  if (flow == NULL || anew(flow, side, seg))
    {
      if (flow != NULL && intrudes(w, flow, side, seg))
        {
          return;
        }

      flow = new_flow(w, seg);
      side = 0;
    }

  learn(flow, side, seg);
  flow->t_last = pkt->frame->t;
  if (stray(flow, side, seg))
    {
      return;
    }

  learn_syn(&flow->end[side], seg);
  if (pkt->sender_here)
    {
      wc_sent(w, flow, side, seg);
    }

  if (pkt->receiver_here)
    {
      wc_received(flow, 1 - side, seg);
    }
}

const char *wc_flow_state(const struct wc_flow_s *flow)
{
  const struct wc_end_s *a = &flow->end[0];
  const struct wc_end_s *b = &flow->end[1];
  bool fin_a = a->fin >= 0 && a->una > a->fin;
  bool fin_b = b->fin >= 0 && b->una > b->fin;

  if (a->t_rst >= 0 || b->t_rst >= 0)
    {
      return a->syn && b->syn ? "reset" : "refused";
    }

  return fin_a && fin_b ? "closed" :
         a->fin >= 0 || b->fin >= 0 ? "closing" :
         a->una > 0 && b->una > 0 ? "open" : "opening";
}

void wc_flow_end(struct wc_s *w)
{
  struct wc_flow_s *flow;
  unsigned int i;

  for (flow = w->newest; flow != NULL; flow = flow->older)
    {
      for (i = 0; i < 2; i++)
        {
          wc_resend_missing(w, flow, &flow->end[i], NULL,
                            flow->end[i].host->last);
        }
    }
}

void wc_flow_free(struct wc_s *w)
{
  unsigned int i;

  while (w->newest != NULL)
    {
      struct wc_flow_s *flow = w->newest;

      for (i = 0; i < 2; i++)
        {
          free(flow->end[i].piece);
          free(flow->end[i].rx.r);
          free(flow->end[i].dup.r);
          wc_store_free(&flow->end[i].store);
        }

      w->newest = flow->older;
      free(flow->segments.p);
      free(flow->acks.p);
      free(flow);
    }
}
