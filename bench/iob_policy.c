/* bench/iob_policy.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * See iob_policy.h.
 */

#include <nuttx/config.h>

#include <stddef.h>
#include <string.h>

#include <nuttx/mm/iob.h>

#include "iob_policy.h"

#define NPACKETS  16            /* Enough to see the cost of one */
#define NUNREAD   1000
#define NRING     4
#define RING_SIZE 9216
#define HEADERS   54            /* Ethernet, IPv4, TCP */
#define HEADROOM  IOB_MINHEAD   /* For the largest headers */

static void *iob_create(const struct policy_s *policy, uint32_t ngranules)
{
  static char state;

  (void)policy;
  (void)ngranules;
  iob_initialize();
  return &state;
}

static intptr_t iob_place(void *state, uint32_t n)
{
  struct iob_s *iob = iob_tryalloc_contig(n * IOB_GRANULE, 0, IOB_CLASS_TX);

  (void)state;
  return iob != NULL ? (intptr_t)iob : POLICY_NONE;
}

static void iob_unplace(void *state, intptr_t handle, uint32_t n)
{
  (void)state;
  (void)n;
  iob_free((struct iob_s *)handle);
}

static void iob_destroy(void *state)
{
  (void)state;
}

struct policy_s iob_policy(void)
{
  struct policy_s policy =
  {
    "mm/iob", "the allocator itself", 0, 0, iob_create, iob_place,
    iob_unplace, iob_destroy
  };

  struct iob_info_s info;
  unsigned int cls;

  iob_initialize();
  iob_getinfo(&info);

  /* What is set aside is busy */

  policy.standing = (uint32_t)(info.standing / IOB_GRANULE);
  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      policy.standing += (uint32_t)(info.class_reserve[cls] / IOB_GRANULE);
    }

  return policy;
}

/* Bytes in extents and views. */

static size_t space_used(void)
{
  struct iob_info_s info;

  iob_getinfo(&info);
  return info.used + info.views_used * sizeof(struct iob_s);
}

/* Put on a chain, so that everything can be freed at once. */

static struct iob_s *chain_push(struct iob_s *head, struct iob_s *iob)
{
  iob->io_flink = head;
  return iob;
}

static void chain_free(struct iob_s *iob)
{
  while (iob != NULL)
    {
      struct iob_s *next = iob->io_flink;

      iob->io_flink = NULL;
      iob_free(iob);
      iob = next;
    }
}

/* What one packet costs, in bytes. */

static uint32_t space_packet(unsigned int size, unsigned int headroom)
{
  struct iob_s *head = NULL;
  size_t before = space_used();
  size_t used;
  int i;

  for (i = 0; i < NPACKETS; i++)
    {
      struct iob_s *iob = iob_tryalloc_contig(size, headroom, IOB_CLASS_TX);

      if (iob == NULL)
        {
          break;
        }

      head = chain_push(head, iob);
    }

  used = space_used() - before;
  chain_free(head);
  return i > 0 ? (uint32_t)(used / (size_t)i) : 0;
}

/* The part of the arena that holds payload when all classes have filled it
 * with packets of one size, in percent.
 */

static double space_payload(unsigned int size, size_t arena)
{
  struct iob_s *head = NULL;
  size_t bytes = 0;
  int cls;

  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      struct iob_s *iob;

      while ((iob = iob_tryalloc_contig(size, 0, (enum iob_class_e)cls)) !=
             NULL)
        {
          head = chain_push(head, iob);
          bytes += size;
        }
    }

  chain_free(head);
  return 100.0 * (double)bytes / (double)arena;
}

/* Short frames received by a ring of jumbo extents and not read: the bytes
 * they hold, or 0 if the arena does not hold them.
 */

static uint32_t space_unread(void)
{
  struct iob_s *ring[NRING];
  struct iob_s *head = NULL;
  size_t before;
  size_t used;
  int i;

  for (i = 0; i < NRING; i++)
    {
      ring[i] = iob_tryalloc_contig(RING_SIZE, 0, IOB_CLASS_RING);
      if (ring[i] == NULL)
        {
          break;
        }
    }

  before = space_used();
  used = 0;
  if (i == NRING)
    {
      for (i = 0; i < NUNREAD; i++)
        {
          struct iob_s *iob = iob_rxtake(&ring[i % NRING], 100);

          if (iob == NULL)
            {
              break;
            }

          head = chain_push(head, iob);
        }

      used = i == NUNREAD ? space_used() - before : 0;
      i = NRING;
    }

  chain_free(head);
  while (i-- > 0)
    {
      iob_free(ring[i]);
    }

  return (uint32_t)used;
}

void space_measure(struct space_s *space)
{
  struct iob_info_s info;

  memset(space, 0, sizeof(*space));
  iob_initialize();
  iob_getinfo(&info);
  space->arena = (uint32_t)info.arena;
  space->view = sizeof(struct iob_s);
  space->metadata_pct = 100.0 * (double)info.metadata / (double)info.arena;
  space->views_pct = 100.0 * (double)info.nviews * sizeof(struct iob_s) /
                     (double)info.arena;
  space->rx_100 = space_packet(100, 0);
  space->tx_100 = space_packet(100 - HEADERS, HEADROOM);
  space->udp_100 = space_packet(100, HEADROOM);
  space->unread_1000 = space_unread();
  space->payload_pct_576 = space_payload(576, info.arena);
  space->payload_pct_1514 = space_payload(1514, info.arena);
  space->payload_pct_9000 = space_payload(9000, info.arena);
}
