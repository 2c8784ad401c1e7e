/* tests/host/wirecheck/wc_between.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Hosts, and the network between two captures.
 *
 * With two files all frames are read twice.  The first time each gets an
 * identity, a hash of its packet, and it is counted how often that is in
 * which file.  A host is next to the file that has its frames earlier, or, if
 * the times are the same (virtual time), that has more of them, because
 * frames are lost on the way.  The second time each frame is judged where its
 * sender is; at the other place it is known whether it was sent like this.
 * What was not, and has a wrong checksum, the network has changed.
 *
 * With one file a host is "exact" only if the user says so (--near).
 */

#include <stdlib.h>
#include <string.h>

#include "wirecheck.h"

struct entry_s
{
  uint64_t key;                      /* 0: free */
  uint32_t n[WC_MAXFILES];
  int64_t t;                         /* The first, in the first file */
  uint64_t index;                    /* In the order of sending */
  struct wc_host_s *host;
};

struct wc_between_s
{
  struct entry_s *entry;
  size_t n;
  size_t size;
  uint64_t common;
  uint64_t index;
};

uint64_t wc_hash(uint64_t hash, const void *data, size_t len)
{
  const uint8_t *p = data;
  uint64_t word;

  hash ^= len * 0x9e3779b97f4a7c15u;
  for (; len >= 8; len -= 8, p += 8)
    {
      memcpy(&word, p, 8);
      hash  = (hash ^ word) * 0xff51afd7ed558ccdu;
      hash ^= hash >> 32;
    }

  for (; len > 0; len--, p++)
    {
      hash  = (hash ^ *p) * 0x100000001b3u;
      hash ^= hash >> 29;
    }

  return hash;
}

/* Hosts ********************************************************************/

static struct wc_host_s **host_slot(struct wc_s *w,
                                    const struct wc_addr_s *addr)
{
  return &w->hosts[wc_hash(1, addr, sizeof(*addr)) % WC_HASH];
}

struct wc_host_s *wc_host_find(struct wc_s *w, const struct wc_addr_s *addr)
{
  struct wc_host_s *h = *host_slot(w, addr);

  while (h != NULL && memcmp(&h->addr, addr, sizeof(*addr)) != 0)
    {
      h = h->next;
    }

  return h;
}

static bool listed(const struct wc_addr_s *list, unsigned int n,
                   const struct wc_addr_s *addr)
{
  unsigned int i;

  for (i = 0; i < n; i++)
    {
      if (memcmp(&list[i], addr, sizeof(*addr)) == 0)
        {
          return true;
        }
    }

  return false;
}

struct wc_host_s *wc_host(struct wc_s *w, const struct wc_addr_s *addr)
{
  struct wc_host_s *h = wc_host_find(w, addr);
  struct wc_host_s **slot;

  if (h == NULL)
    {
      h = wc_alloc(NULL, sizeof(*h));
      memset(h, 0, sizeof(*h));
      h->addr    = *addr;
      h->exact   = w->ncaptures > 1 ||
                   listed(w->opt.near, w->opt.nnear, addr);
      h->offload = w->opt.offload_all ||
                   listed(w->opt.offload, w->opt.noffload, addr);
      slot       = host_slot(w, addr);
      h->next    = *slot;
      *slot      = h;
    }

  return h;
}

/* Identities ***************************************************************/

static struct entry_s *lookup(struct wc_between_s *b, uint64_t key)
{
  size_t i = key & (b->size - 1);

  while (b->entry[i].key != 0 && b->entry[i].key != key)
    {
      i = (i + 1) & (b->size - 1);
    }

  return &b->entry[i];
}

static void grow(struct wc_between_s *b)
{
  struct entry_s *old = b->entry;
  size_t size = b->size;
  size_t i;

  b->size  = size > 0 ? size * 2 : 1024;
  b->entry = wc_alloc(NULL, b->size * sizeof(b->entry[0]));
  memset(b->entry, 0, b->size * sizeof(b->entry[0]));
  for (i = 0; i < size; i++)
    {
      if (old[i].key != 0)
        {
          *lookup(b, old[i].key) = old[i];
        }
    }

  free(old);
}

/* The packet without what is only padding; its source, if that is to be
 * believed
 */

static uint64_t identity(const struct wc_frame_s *frame,
                         struct wc_addr_s *src, bool *known)
{
  uint16_t type;
  const uint8_t *l3 = wc_l3(frame, &type);
  size_t len = l3 != NULL ? frame->caplen - (size_t)(l3 - frame->data) : 0;
  size_t total;
  uint64_t key;

  *known = false;
  if (type == WC_ETH_IPV4 && len >= 20)
    {
      total = wc_16(l3 + 2);
      len   = total >= 20 && total < len ? total : len;
      if ((l3[0] & 15) * 4u <= len &&
          wc_fold(wc_sum(l3, (l3[0] & 15) * 4u, 0)) == 0xffff)
        {
          wc_addr4(src, l3 + 12);
          *known = true;
        }
    }
  else if (type == WC_ETH_ARP && len >= 28)
    {
      len = 28;
      wc_addr4(src, l3 + 14);
      *known = wc_32(l3 + 14) != 0;
    }

  key = wc_hash(type, l3, len);
  return key != 0 ? key : 1;
}

void wc_between_note(struct wc_s *w, const struct wc_frame_s *frame)
{
  struct wc_between_s *b = w->between;
  struct wc_addr_s src;
  struct entry_s *e;
  uint64_t key;
  bool known;

  if (b == NULL)
    {
      b = wc_alloc(NULL, sizeof(*b));
      memset(b, 0, sizeof(*b));
      w->between = b;
    }

  if (b->n * 2 >= b->size)
    {
      grow(b);
    }

  key = identity(frame, &src, &known);
  e   = lookup(b, key);
  if (e->key == 0)
    {
      b->n++;
      e->key  = key;
      e->host = known ? wc_host(w, &src) : NULL;
      e->t    = frame->t;
    }
  else if (frame->file == 1 && e->n[1] == 0)
    {
      b->common++;
      if (e->host != NULL && e->t != frame->t)
        {
          e->host->votes[e->t < frame->t ? 0 : 1]++;
        }
    }

  e->n[frame->file]++;
  if (e->host != NULL)
    {
      e->host->frames[frame->file]++;
    }
}

/* -1 if nothing tells */

static int near_of(const struct wc_s *w, const struct wc_host_s *h)
{
  const uint64_t *n = h->votes[0] != h->votes[1] ? h->votes : h->frames;

  if (listed(w->opt.near, w->opt.nnear, &h->addr))
    {
      return 0;
    }

  return n[0] > n[1] ? 0 : n[1] > n[0] ? 1 : -1;
}

void wc_between_decide(struct wc_s *w)
{
  uint64_t most = 0;
  unsigned int rest = 1;
  struct wc_host_s *h;
  size_t i;
  int near;

  if (w->between == NULL || w->between->common == 0)
    {
      wc_reason(w, "the two captures have no frame in common");
    }

  /* Of whom nothing is known is not where the one with most frames is */

  for (i = 0; i < WC_HASH; i++)
    {
      for (h = w->hosts[i]; h != NULL; h = h->next)
        {
          near = near_of(w, h);
          if (near >= 0 && h->frames[near] > most)
            {
              most = h->frames[near];
              rest = 1 - (unsigned int)near;
            }
        }
    }

  for (i = 0; i < WC_HASH; i++)
    {
      for (h = w->hosts[i]; h != NULL; h = h->next)
        {
          near    = near_of(w, h);
          h->near = near >= 0 ? (unsigned int)near : rest;
          if (near < 0 && most == 0)
            {
              most = 1;
              rest = 1 - rest;
            }
        }
    }
}

/* Of two frames of the same time, that of the sender comes first */

bool wc_between_sender(struct wc_s *w, const struct wc_frame_s *frame)
{
  struct wc_addr_s src;
  struct wc_host_s *h;
  bool known;

  identity(frame, &src, &known);
  h = known ? wc_host_find(w, &src) : NULL;
  return h != NULL && h->near == frame->file;
}

/* Where this packet is seen, and whether it is to be looked at at all */

bool wc_between_judge(struct wc_s *w, struct wc_pkt_s *pkt)
{
  const struct wc_frame_s *frame = pkt->frame;
  struct wc_between_s *b = w->between;
  struct wc_addr_s src;
  struct entry_s *e;
  bool known;

  if (b == NULL)
    {
      pkt->sender_here   = true;
      pkt->receiver_here = true;
      return true;
    }

  pkt->sender_here   = pkt->from != NULL && pkt->from->near == frame->file;
  pkt->receiver_here = pkt->to != NULL && pkt->to->frames[0] +
                       pkt->to->frames[1] > 0 ?
                       pkt->to->near == frame->file : !pkt->sender_here;
  e = lookup(b, identity(frame, &src, &known));
  if (e->key == 0)
    {
      return pkt->sender_here;
    }

  if (pkt->sender_here)
    {
      e->index = e->index > 0 ? e->index : ++b->index;
      return true;
    }

  if (pkt->from == NULL)
    {
      return false;
    }

  if (e->n[pkt->from->near] == 0)
    {
      pkt->from->changed++;
      pkt->changed = true;
      return false;
    }

  if (e->n[pkt->from->near] == 1 && e->index > 0 &&
      e->index < pkt->from->newest)
    {
      pkt->from->reordered++;
    }

  pkt->from->newest = e->index > pkt->from->newest ? e->index :
                      pkt->from->newest;
  return true;
}

void wc_between_end(struct wc_s *w)
{
  struct wc_between_s *b = w->between;
  size_t i;

  for (i = 0; b != NULL && i < b->size; i++)
    {
      const struct entry_s *e = &b->entry[i];
      struct wc_host_s *h = e->host;

      if (e->key != 0 && h != NULL && e->n[h->near] > 0)
        {
          uint32_t there = e->n[1 - h->near];

          h->sent       += e->n[h->near];
          h->lost       += e->n[h->near] > there ? e->n[h->near] - there : 0;
          h->duplicated += there > e->n[h->near] ? there - e->n[h->near] : 0;
        }
    }
}

void wc_between_free(struct wc_s *w)
{
  if (w->between != NULL)
    {
      free(w->between->entry);
      free(w->between);
      w->between = NULL;
    }
}
