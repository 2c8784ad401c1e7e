/* tests/host/wirecheck/wc_frag.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fragments (RFC 791, 815, 5722).  A datagram is put together at each place
 * where it is seen.  What is wrong with a fragment by itself, and fragments
 * that overlap with other bytes, is found; a datagram that never becomes
 * complete is no error, since fragments get lost.
 */

#include <stdlib.h>
#include <string.h>

#include "wirecheck.h"

#define FLAG_MF   0x2000
#define OFFSET    0x1fff
#define PATIENCE  (60 * WC_SEC)
#define NDATAGRAMS 256
#define DATAGRAM_MAX 65535

struct wc_frag_s
{
  struct wc_frag_s *next;
  struct wc_addr_s src;
  struct wc_addr_s dst;
  uint16_t ident;
  uint8_t proto;
  unsigned int file;
  int64_t t;
  int64_t end;                       /* Known with the last one; or -1 */
  struct wc_set_s have;
  uint8_t data[DATAGRAM_MAX];
};

static void discard(struct wc_frag_s *f)
{
  free(f->have.r);
  free(f);
}

/* The datagram of a fragment.  Those that are too old or too many go. */

static struct wc_frag_s **find(struct wc_s *w, const struct wc_pkt_s *pkt)
{
  struct wc_frag_s **at = &w->frags;
  unsigned int n = 0;

  while (*at != NULL)
    {
      struct wc_frag_s *f = *at;

      if (pkt->frame->t - f->t > PATIENCE || n == NDATAGRAMS)
        {
          *at = f->next;
          discard(f);
          continue;
        }

      if (f->ident == pkt->ident && f->proto == pkt->proto &&
          f->file == pkt->frame->file &&
          memcmp(&f->src, &pkt->src, sizeof(f->src)) == 0 &&
          memcmp(&f->dst, &pkt->dst, sizeof(f->dst)) == 0)
        {
          return at;
        }

      n++;
      at = &f->next;
    }

  return NULL;
}

static struct wc_frag_s *make(struct wc_s *w, const struct wc_pkt_s *pkt)
{
  struct wc_frag_s *f = wc_alloc(NULL, sizeof(*f));

  memset(f, 0, offsetof(struct wc_frag_s, data));
  f->src   = pkt->src;
  f->dst   = pkt->dst;
  f->ident = pkt->ident;
  f->proto = pkt->proto;
  f->file  = pkt->frame->file;
  f->t     = pkt->frame->t;
  f->end   = -1;
  f->next  = w->frags;
  w->frags = f;
  return f;
}

/* Do other bytes stand where these go, or is there no such place? */

static const char *wrong(const struct wc_frag_s *f,
                         const struct wc_pkt_s *pkt, int64_t left,
                         int64_t right, bool more)
{
  int64_t i;

  if ((f->end >= 0 && (right > f->end || (!more && right != f->end))) ||
      (!more && f->have.n > 0 && f->have.r[f->have.n - 1].right > right))
    {
      return "two ends";
    }

  for (i = left; i < right; i++)
    {
      if (f->data[i] != pkt->l4[i - left] && wc_set_has(&f->have, i, i + 1))
        {
          return "an overlap with other bytes";
        }
    }

  return NULL;
}

/* Take a fragment.  True if it was the last one missing: pkt then has the
 * whole datagram, in memory that the caller frees.
 */

static bool insert(struct wc_s *w, struct wc_pkt_s *pkt, int64_t left,
                   bool more)
{
  int64_t right = left + pkt->l4len;
  struct wc_frag_s **at = find(w, pkt);
  struct wc_frag_s *f = at != NULL ? *at : make(w, pkt);
  const char *why = wrong(f, pkt, left, right, more);
  uint8_t *copy;

  at = at != NULL ? at : &w->frags;
  if (why != NULL)
    {
      if (pkt->sender_here)
        {
          wc_found(w, pkt->frame, NULL, WC_IP_FRAG,
                   "fragments of datagram %u have %s", pkt->ident, why);
        }

      return false;
    }

  memcpy(f->data + left, pkt->l4, pkt->l4len);
  wc_set_add(&f->have, left, right);
  f->end = more ? f->end : right;
  if (f->end < 0 || !wc_set_has(&f->have, 0, f->end))
    {
      return false;
    }

  copy = wc_alloc(NULL, (size_t)f->end);
  memcpy(copy, f->data, (size_t)f->end);
  pkt->l4    = copy;
  pkt->l4len = (uint32_t)f->end;
  pkt->l4cap = pkt->l4len;
  *at = f->next;
  discard(f);
  return true;
}

bool wc_frag(struct wc_s *w, struct wc_pkt_s *pkt, uint16_t field)
{
  int64_t left = (field & OFFSET) * 8;
  bool more = (field & FLAG_MF) != 0;

  if ((more && pkt->l4len % 8 != 0) || pkt->l4len == 0 ||
      left + pkt->l4len > DATAGRAM_MAX - 20)
    {
      if (pkt->sender_here)
        {
          wc_found(w, pkt->frame, NULL, WC_IP_FRAG,
                   "a fragment of %u bytes at %lld%s", pkt->l4len,
                   (long long)left, more ? ", not the last one" : "");
        }

      return false;
    }

  return pkt->whole && insert(w, pkt, left, more);
}

void wc_frag_free(struct wc_s *w)
{
  while (w->frags != NULL)
    {
      struct wc_frag_s *next = w->frags->next;

      discard(w->frags);
      w->frags = next;
    }
}
