/* tests/host/wirecheck/wc_set.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Sets of sequence numbers, the bytes of a direction, and points of a graph.
 *
 * A set is a sorted array of ranges [left, right) that do not touch.  That of
 * a connection in order is one range; loss makes a few more.
 */

#include <stdlib.h>
#include <string.h>

#include "wirecheck.h"

/* No window is wider */

#define STORE_MAX (1ll << 30)

/* The first range that ends at or behind a number */

static size_t find(const struct wc_set_s *set, int64_t at)
{
  size_t low = 0;
  size_t high = set->n;

  while (low < high)
    {
      size_t mid = (low + high) / 2;

      if (set->r[mid].right < at)
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

void wc_set_add(struct wc_set_s *set, int64_t left, int64_t right)
{
  size_t i = find(set, left);
  size_t j = i;

  if (left >= right)
    {
      return;
    }

  /* Those from i to j touch the new one and become one with it */

  while (j < set->n && set->r[j].left <= right)
    {
      left  = set->r[j].left < left ? set->r[j].left : left;
      right = set->r[j].right > right ? set->r[j].right : right;
      j++;
    }

  if (i == j)
    {
      if (set->n == set->size)
        {
          set->size = set->size > 0 ? set->size * 2 : 4;
          set->r    = wc_alloc(set->r, set->size * sizeof(set->r[0]));
        }

      memmove(&set->r[i + 1], &set->r[i], (set->n - i) * sizeof(set->r[0]));
      set->n++;
    }
  else
    {
      memmove(&set->r[i + 1], &set->r[j], (set->n - j) * sizeof(set->r[0]));
      set->n -= j - i - 1;
    }

  set->r[i].left  = left;
  set->r[i].right = right;
}

/* Are all of these in it? */

bool wc_set_has(const struct wc_set_s *set, int64_t left, int64_t right)
{
  size_t i = find(set, left);

  if (i < set->n && set->r[i].right == left)
    {
      i++;
    }

  return left >= right || (i < set->n && set->r[i].left <= left &&
                           set->r[i].right >= right);
}

/* Is one of them? */

bool wc_set_any(const struct wc_set_s *set, int64_t left, int64_t right)
{
  size_t i = find(set, left + 1);

  return i < set->n && left < right && set->r[i].left < right;
}

/* The end of the range that has this number, or the number */

int64_t wc_set_run(const struct wc_set_s *set, int64_t from)
{
  size_t i = find(set, from);

  return i < set->n && set->r[i].left <= from ? set->r[i].right : from;
}

void wc_set_trim(struct wc_set_s *set, int64_t below)
{
  size_t i = find(set, below);

  if (i > 0)
    {
      memmove(set->r, set->r + i, (set->n - i) * sizeof(set->r[0]));
      set->n -= i;
    }
}

/* Add what is in one set and between two numbers to another */

void wc_set_common(const struct wc_set_s *set, int64_t left, int64_t right,
                   struct wc_set_s *to)
{
  size_t i;

  for (i = find(set, left); i < set->n && set->r[i].left < right; i++)
    {
      wc_set_add(to, set->r[i].left > left ? set->r[i].left : left,
                 set->r[i].right < right ? set->r[i].right : right);
    }
}

/* The bytes of a direction *************************************************/

static uint8_t *byte_at(struct wc_store_s *store, int64_t at)
{
  int64_t page = at / WC_PAGE;
  size_t n;

  n = (size_t)(page - store->first);
  if (n >= store->npages)
    {
      store->page = wc_alloc(store->page, (n + 1) * sizeof(store->page[0]));
      memset(store->page + store->npages, 0,
             (n + 1 - store->npages) * sizeof(store->page[0]));
      store->npages = n + 1;
    }

  if (store->page[n] == NULL)
    {
      store->page[n] = wc_alloc(NULL, WC_PAGE);
    }

  return store->page[n] + at % WC_PAGE;
}

/* Keep bytes that are new, compare those that are not.  Returns the place of
 * the first difference, or -1.  Pages are aligned, so a page that is compared
 * is there.
 */

int64_t wc_store(struct wc_store_s *store, int64_t at, const uint8_t *data,
                 size_t len, uint64_t *unverified)
{
  int64_t differs = -1;
  size_t i;
  size_t n;

  for (i = 0; i < len; i += n)
    {
      int64_t pos = at + (int64_t)i;

      n = WC_PAGE - (size_t)(pos % WC_PAGE);
      n = n < len - i ? n : len - i;
      if (pos < store->first * WC_PAGE ||
          pos >= store->first * WC_PAGE + STORE_MAX)
        {
          *unverified += n;
        }
      else if (wc_set_any(&store->have, pos, pos + (int64_t)n))
        {
          const uint8_t *old = byte_at(store, pos);

          if (!wc_set_has(&store->have, pos, pos + (int64_t)n))
            {
              n   = 1;
              old = byte_at(store, pos);
              if (!wc_set_has(&store->have, pos, pos + 1))
                {
                  *byte_at(store, pos) = data[i];
                }
            }

          if (differs < 0 && memcmp(old, data + i, n) != 0)
            {
              for (differs = pos; *old == data[differs - at]; old++)
                {
                  differs++;
                }
            }
        }
      else
        {
          memcpy(byte_at(store, pos), data + i, n);
        }
    }

  wc_set_add(&store->have, at, at + (int64_t)len);
  return differs;
}

void wc_store_trim(struct wc_store_s *store, int64_t below)
{
  size_t n = 0;

  while (n < store->npages &&
         (store->first + (int64_t)n + 1) * WC_PAGE <= below)
    {
      free(store->page[n++]);
    }

  if (n > 0)
    {
      memmove(store->page, store->page + n,
              (store->npages - n) * sizeof(store->page[0]));
      store->npages -= n;
      store->first  += (int64_t)n;
      wc_set_trim(&store->have, store->first * WC_PAGE);
    }
}

void wc_store_free(struct wc_store_s *store)
{
  size_t i;

  for (i = 0; i < store->npages; i++)
    {
      free(store->page[i]);
    }

  free(store->page);
  free(store->have.r);
}

/* Points *******************************************************************/

/* Above the limit, every other point goes, and of the new ones only every
 * n-th stays.  Resends and SACKs stay.
 */

static bool special(const struct wc_point_s *point)
{
  return point->cause != WC_FIRST || point->nsack > 0;
}

void wc_point(struct wc_points_s *points, const struct wc_point_s *point)
{
  size_t kept = 0;
  size_t i;

  points->stride = points->stride > 0 ? points->stride : 1;
  if (points->total++ % points->stride != 0 && !special(point))
    {
      return;
    }

  if (points->n >= WC_MAXPOINTS && points->stride < 1u << 20)
    {
      for (i = 0; i < points->n; i++)
        {
          if (i % 2 == 0 || special(&points->p[i]))
            {
              points->p[kept++] = points->p[i];
            }
        }

      points->n       = kept;
      points->stride *= 2;
    }

  if (points->n >= 4 * WC_MAXPOINTS)
    {
      return;
    }

  if (points->n == points->size)
    {
      points->size = points->size > 0 ? points->size * 2 : 16;
      points->p    = wc_alloc(points->p,
                              points->size * sizeof(points->p[0]));
    }

  points->p[points->n++] = *point;
}
