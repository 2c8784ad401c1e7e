/* drivers/net/rxring.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Receive buffers of a device that says, after the fact, how long a frame
 * was.  A frame that does not fit in one extent (IOB_MAXEXTENT: 64 KiB less
 * a granule) lies in several, which are taken out one by one and chained.
 *
 * When memory is short a slot may be empty.  It is filled again when it is
 * its turn to be posted, or when the upper layer recycles a buffer.
 *
 * Buffers that the upper layer recycles beyond that are kept as spares, a few
 * of them, last in first out: a long frame then goes up in its extent, and
 * one that is warm in the cache takes its place, without a visit to the
 * arena.  The same for the buffers to which short frames are copied.  An
 * upper layer that frees instead finds no spares, and no memory is held for
 * it.  Who is short of memory gets them back (rxring_reclaim()).
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <nuttx/kmalloc.h>
#include <nuttx/mm/iob.h>

#include "drivers.h"

#define LARGE_BYTES 65536            /* Of spares */
#define MAX_SMALL   8

/* Bytes of extent "k" of a frame */

static unsigned int extent_size(const struct rxring_s *ring, unsigned int k)
{
  unsigned int before = k * IOB_MAXEXTENT;

  return ring->size - before < IOB_MAXEXTENT ? ring->size - before :
                                               IOB_MAXEXTENT;
}

static bool fill(struct rxring_s *ring, unsigned int i)
{
  unsigned int k;

  for (k = 0; k < ring->per; k++)
    {
      struct iob_s **slot = &ring->slot[i * ring->per + k];

      if (*slot == NULL)
        {
          *slot = iob_tryalloc_contig(extent_size(ring, k), 0,
                                      IOB_CLASS_RING);
          if (*slot == NULL)
            {
              return false;
            }

          ring->nempty--;
        }
    }

  return true;
}

/* As many spares as make LARGE_BYTES, but one frame's worth at least */

static unsigned int max_large(const struct rxring_s *ring)
{
  unsigned int n = LARGE_BYTES / extent_size(ring, 0);

  return n > ring->per ? n : ring->per;
}

int rxring_init(struct rxring_s *ring, struct net_driver_s *dev,
                unsigned int nslots, unsigned int size)
{
  unsigned int i;

  DEBUGASSERT(nslots > 0 && size > 0);
  memset(ring, 0, sizeof(*ring));
  ring->copied = &dev->d_stats.rx_copied;
  ring->nslots = nslots;
  ring->size   = size;
  ring->per    = (size + IOB_MAXEXTENT - 1) / IOB_MAXEXTENT;
  ring->slot   = kmm_calloc((size_t)nslots * ring->per,
                            sizeof(ring->slot[0]));
  if (ring->slot == NULL)
    {
      return -ENOMEM;
    }

  ring->nempty = nslots * ring->per;
  for (i = 0; i < nslots && fill(ring, i); i++)
    {
    }

  if (i == 0)
    {
      rxring_free(ring);
      return -ENOMEM;
    }

  return 0;
}

void rxring_free(struct rxring_s *ring)
{
  unsigned int i;

  for (i = 0; i < ring->nslots * ring->per; i++)
    {
      iob_free_chain(ring->slot[i]);
    }

  rxring_reclaim(ring);
  kmm_free(ring->slot);
  memset(ring, 0, sizeof(*ring));
}

int rxring_iov(struct rxring_s *ring, unsigned int i, struct iob_iov_s *iov)
{
  unsigned int k;

  if (ring->nempty > 0 && !fill(ring, i))
    {
      return 0;
    }

  for (k = 0; k < ring->per; k++)
    {
      struct iob_s *iob = ring->slot[i * ring->per + k];

      iov[k].iov_base = iob->io_data;
      iov[k].iov_len  = extent_size(ring, k);
    }

  return (int)ring->per;
}

static struct iob_s *pop(struct spares_s *spares)
{
  struct iob_s *iob = spares->head;

  spares->head  = iob->io_flink;
  iob->io_flink = NULL;
  spares->n--;
  return iob;
}

static void push(struct spares_s *spares, struct iob_s *iob)
{
  iob->io_flink = spares->head;
  spares->head  = iob;
  spares->n++;
}

static void set_length(struct iob_s *iob, unsigned int n)
{
  iob->io_len    = (uint16_t)n;
  iob->io_pktlen = n;
}

/* Take one extent out of its slot, with n bytes in it: the extent itself for
 * at least half of it, else a copy, as iob_rxtake() does.
 */

static struct iob_s *take_piece(struct rxring_s *ring, struct iob_s **slot,
                                unsigned int size, unsigned int n)
{
  struct iob_s *piece = *slot;

  if (n >= size / 2 && ring->large.n > 0)
    {
      *slot = pop(&ring->large);
    }
  else if (n < size / 2 && ring->small.n > 0 &&
           IOB_BUFSIZE(ring->small.head) >= n &&
           IOB_BUFSIZE(ring->small.head) <= 2 * n + IOB_GRANULE)
    {
      piece = pop(&ring->small);
      memcpy(piece->io_data, (*slot)->io_data, n);
      (*ring->copied)++;
    }
  else
    {
      return iob_rxtake(slot, n);
    }

  set_length(piece, n);
  return piece;
}

struct iob_s *rxring_take(struct rxring_s *ring, unsigned int i,
                          unsigned int len)
{
  struct iob_s *frame = NULL;
  unsigned int k;

  DEBUGASSERT(len > 0 && len <= ring->size);

  if (ring->per == 1)
    {
      return take_piece(ring, &ring->slot[i], ring->size, len);
    }

  for (k = 0; len > 0; k++)
    {
      unsigned int n = extent_size(ring, k) < len ? extent_size(ring, k) :
                                                    len;
      struct iob_s *piece = take_piece(ring, &ring->slot[i * ring->per + k],
                                       extent_size(ring, k), n);

      if (piece == NULL)
        {
          iob_free_chain(frame);
          return NULL;
        }

      if (frame == NULL)
        {
          frame = piece;
        }
      else
        {
          iob_concat(frame, piece);
        }

      len -= n;
    }

  return frame;
}

/* A buffer is as good as a new one if nobody else views it.  Put it in a slot
 * that is empty, or keep it.  False: there is no use for it.
 */

static bool keep(struct rxring_s *ring, struct iob_s *iob)
{
  bool large = IOB_BUFSIZE(iob) >= extent_size(ring, 0);
  unsigned int n = ring->nslots * ring->per;

  if (ring->nslots == 0 || !iob_writable(iob))
    {
      return false;
    }

  iob->io_flink  = NULL;
  iob->io_offset = 0;
  set_length(iob, 0);
  for (; large && ring->nempty > 0 && n > 0; n--)
    {
      if (ring->slot[n - 1] == NULL)
        {
          ring->slot[n - 1] = iob;
          ring->nempty--;
          return true;
        }
    }

  if (large ? ring->large.n < max_large(ring) : ring->small.n < MAX_SMALL)
    {
      push(large ? &ring->large : &ring->small, iob);
      return true;
    }

  return false;
}

void rxring_recycle(struct rxring_s *ring, struct iob_s *iob)
{
  struct iob_s *next;

  for (; iob != NULL; iob = next)
    {
      next = iob->io_flink;
      if (!keep(ring, iob))
        {
          iob_free(iob);
        }
    }
}

static void free_spares(struct spares_s *spares)
{
  while (spares->n > 0)
    {
      iob_free(pop(spares));
    }
}

void rxring_reclaim(struct rxring_s *ring)
{
  free_spares(&ring->large);
  free_spares(&ring->small);
}

bool rxring_ready(const struct rxring_s *ring)
{
  unsigned int i;
  unsigned int k;

  for (i = 0; i < ring->nslots; i++)
    {
      for (k = 0; k < ring->per && ring->slot[i * ring->per + k] != NULL;
           k++)
        {
        }

      if (k == ring->per)
        {
          return true;
        }
    }

  return false;
}
