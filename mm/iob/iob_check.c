/****************************************************************************
 * mm/iob/iob_check.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Licensed to the Apache Software Foundation (ASF) under one or more
 * contributor license agreements.  See the NOTICE file distributed with
 * this work for additional information regarding copyright ownership.  The
 * ASF licenses this file to you under the Apache License, Version 2.0 (the
 * "License"); you may not use this file except in compliance with the
 * License.  You may obtain a copy of the License at
 *
 *   http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
 * WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.  See the
 * License for the specific language governing permissions and limitations
 * under the License.
 *
 ****************************************************************************/

/* Verification of every invariant, for tests.
 *
 * One pass over the descriptors counts what each says it has; the sums must
 * agree with the budgets, with the counts of shared extents and with the
 * map of the arena.  What is found is kept and reported after the lock was
 * released.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include "iob.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define IOB_MAXREPORTS 16

/****************************************************************************
 * Private Types
 ****************************************************************************/

struct iob_check_s
{
  unsigned int nfaults;
  struct iob_report_s report[IOB_MAXREPORTS];

  /* What the descriptors add up to */

  unsigned int nfree;
  unsigned int ncached;
  unsigned int nspare;
  unsigned int cached;
  uint32_t units[IOB_NCLASSES];
  uint32_t views[IOB_NCLASSES];
  unsigned int granules;             /* In use or cached */
  unsigned int reserved;             /* Of these, in reserves */
};

/****************************************************************************
 * Private Data
 ****************************************************************************/

/* A bit for each granule that some extent covers, and for each descriptor
 * the views that name it as their common part.
 */

static uint32_t g_iob_covered[(IOB_NUNITS + 31) / 32];
static uint32_t g_iob_nrefs[IOB_NVIEWS];
static struct iob_check_s g_iob_check;

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_found
 *
 * Description:
 *   Keep a contradiction for later.
 *
 ****************************************************************************/

static void iob_found(enum iob_fault_e kind, FAR const void *iob,
                      FAR const uint8_t *base, unsigned int size)
{
  if (g_iob_check.nfaults < IOB_MAXREPORTS)
    {
      FAR struct iob_report_s *report;

      report = &g_iob_check.report[g_iob_check.nfaults];
      memset(report, 0, sizeof(*report));
      report->kind = kind;
      report->iob  = iob;
      report->base = base;
      report->size = size;
    }

  g_iob_check.nfaults++;
}

/****************************************************************************
 * Name: iob_cover
 *
 * Description:
 *   Note that an extent lies at "base": whole granules of the arena that are
 *   taken, and that no other extent has.
 *
 ****************************************************************************/

static void iob_cover(FAR const void *iob, FAR const uint8_t *base,
                      unsigned int size)
{
  uintptr_t offset = (uintptr_t)base - (uintptr_t)g_iob_arena;
  unsigned int unit = offset / IOB_GRANULE;
  unsigned int n = size / IOB_GRANULE;

  if (offset % IOB_GRANULE != 0 || size % IOB_GRANULE != 0 || n == 0 ||
      unit >= IOB_NUNITS || n > IOB_NUNITS - unit)
    {
      iob_found(IOB_FAULT_ARENA, iob, base, size);
      return;
    }

  g_iob_check.granules += n;
  for (; n > 0; n--, unit++)
    {
      uint32_t bit = (uint32_t)1 << (unit % 32);

      if (iob_arena_isfree(unit) || (g_iob_covered[unit / 32] & bit) != 0)
        {
          iob_found(IOB_FAULT_ARENA, iob, base, size);
          return;
        }

      g_iob_covered[unit / 32] |= bit;
    }
}

/****************************************************************************
 * Name: iob_check_units
 *
 * Description:
 *   Count the granules of an extent where they are booked.
 *
 ****************************************************************************/

static void iob_check_units(FAR const uint8_t *base, unsigned int n,
                            uint8_t flags)
{
  if ((flags & IOB_F_STANDING) != 0)
    {
      return;
    }

  if (iob_is_reserved(base))
    {
      g_iob_check.reserved += n;
    }
  else
    {
      g_iob_check.units[flags & IOB_F_CLASS] += n;
    }
}

/****************************************************************************
 * Name: iob_check_view
 *
 * Description:
 *   Check a view by itself, and count it.
 *
 ****************************************************************************/

static void iob_check_view(FAR struct iob_s *iob)
{
  FAR struct iob_ext_s *ext = iob->io_ext;
  enum iob_class_e cls = iob->io_flags & IOB_F_CLASS;

  if ((iob->io_flags & IOB_F_SPARE) != 0)
    {
      g_iob_check.nspare++;
    }
  else
    {
      g_iob_check.views[cls]++;
    }

  if ((unsigned int)iob->io_offset + iob->io_len > iob->io_bufsize)
    {
      iob_found(IOB_FAULT_UNDERRUN, iob, iob->io_data, iob->io_bufsize);
    }

  if (ext == NULL)
    {
      iob_cover(iob, iob->io_data, iob->io_bufsize + iob->io_slack);
      iob_check_units(iob->io_data, iob_units_of(iob), iob->io_flags);

      return;
    }

  if ((ext->ex_flags & IOB_F_EXT) == 0)
    {
      iob_found(IOB_FAULT_COUNT, iob, iob->io_data, iob->io_bufsize);
    }
  else if (iob->io_data < ext->ex_base || iob->io_data + iob->io_bufsize >
           ext->ex_base + ext->ex_size)
    {
      iob_found(IOB_FAULT_UNDERRUN, iob, ext->ex_base, ext->ex_size);
    }

  if ((ext->ex_flags & IOB_F_EMBED) == 0)
    {
      g_iob_nrefs[(FAR struct iob_s *)ext - g_iob_views]++;
    }
}

/****************************************************************************
 * Name: iob_check_ext
 *
 * Description:
 *   Check the common part of an extent, and count it.
 *
 ****************************************************************************/

static void iob_check_ext(FAR struct iob_ext_s *ext)
{
  enum iob_class_e cls = ext->ex_flags & IOB_F_CLASS;

  g_iob_check.views[cls]++;

  if ((ext->ex_flags & IOB_F_OUTSIDE) == 0)
    {
      unsigned int size = (unsigned int)ext->ex_size + ext->ex_slack;

      iob_cover(ext, ext->ex_base, size);
      iob_check_units(ext->ex_base, size / IOB_GRANULE, ext->ex_flags);
    }

  if (ext->ex_defer != NULL && ext->ex_defer->df_ext != ext)
    {
      iob_found(IOB_FAULT_COUNT, ext, ext->ex_base, ext->ex_size);
    }
}

/****************************************************************************
 * Name: iob_check_cached
 *
 * Description:
 *   Count what is in the front cache.
 *
 ****************************************************************************/

static void iob_check_cached(FAR struct iob_s *iob)
{
  enum iob_class_e cls = iob->io_flags & IOB_F_CLASS;
  unsigned int n = iob_cached_units(iob);

  g_iob_check.ncached++;
  g_iob_check.cached += n > 0 ? n : 1;
  g_iob_check.units[cls] += n;
  g_iob_check.views[cls]++;

  if (n > 0)
    {
      iob_cover(iob, iob->io_data, n * IOB_GRANULE);
    }
}

/****************************************************************************
 * Name: iob_check_descriptors
 *
 * Description:
 *   One pass over all descriptors, and one over the counts it has found.
 *
 ****************************************************************************/

static void iob_check_descriptors(void)
{
  unsigned int i;

  for (i = 0; i < IOB_NVIEWS; i++)
    {
      FAR struct iob_s *iob = &g_iob_views[i];

      if ((iob->io_flags & IOB_F_EXT) != 0)
        {
          iob_check_ext((FAR struct iob_ext_s *)iob);
        }
      else if ((iob->io_flags & IOB_F_LIVE) != 0)
        {
          iob_check_view(iob);
        }
      else if ((iob->io_flags & IOB_F_CACHED) != 0)
        {
          iob_check_cached(iob);
        }
    }

  for (i = 0; i < IOB_NVIEWS; i++)
    {
      FAR struct iob_ext_s *ext = (FAR struct iob_ext_s *)&g_iob_views[i];
      int32_t want = g_iob_nrefs[i];
      int32_t ref;

      if ((ext->ex_flags & IOB_F_EXT) != 0)
        {
          ref   = atomic_read(&ext->ex_ref);
          want += ext->ex_embed;
          if (ref != want && ref < IOB_REF_SATURATED)
            {
              iob_found(IOB_FAULT_COUNT, ext, ext->ex_base, ext->ex_size);
            }
        }
      else if (want != 0)
        {
          iob_found(IOB_FAULT_COUNT, ext, NULL, 0);
        }
    }
}

/****************************************************************************
 * Name: iob_check_budget
 *
 * Description:
 *   Compare a budget with what was counted.
 *
 ****************************************************************************/

static void iob_check_budget(FAR const struct iob_budget_s *budget,
                             FAR const uint32_t *counted, uint32_t total)
{
  uint32_t left = 0;
  uint32_t used = 0;
  unsigned int cls;

  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      used += counted[cls];
      left += budget->left[cls];

      /* A class takes from what is common only when its reserve is empty */

      if (iob_budget_used(budget, cls) != counted[cls] ||
          (budget->taken[cls] > 0 && budget->left[cls] > 0))
        {
          iob_found(IOB_FAULT_COUNT, budget, NULL, cls);
        }
    }

  if (budget->nfree != total - used || budget->nfree != budget->common + left)
    {
      iob_found(IOB_FAULT_COUNT, budget, NULL, IOB_NCLASSES);
    }
}

/****************************************************************************
 * Name: iob_check_lists
 *
 * Description:
 *   Check the lists of descriptors, of standing extents and of waiters.
 *
 ****************************************************************************/

static void iob_check_lists(void)
{
  FAR struct iob_waiter_s *waiter;
  FAR struct iob_s *iob;
  unsigned int nwaiting = 0;
  unsigned int nlive = 0;
  unsigned int i;

  for (iob = g_iob.freeviews; iob != NULL &&
       g_iob_check.nfree <= IOB_NVIEWS; iob = iob->io_flink)
    {
      g_iob_check.nfree++;
    }

#if CONFIG_IOB_NMINIMUM > 0
  for (iob = g_iob.spareviews; iob != NULL &&
       g_iob_check.nspare <= IOB_NVIEWS; iob = iob->io_flink)
    {
      g_iob_check.nspare++;
      nlive++;
    }

  for (i = 0; i < 2 * CONFIG_IOB_NMINIMUM; i++)
    {
      FAR struct iob_standing_s *slot = &g_iob.standing[i & 1][i / 2];

      if (slot->holder == NULL)
        {
          iob_cover(slot, slot->base, IOB_MINUNITS * IOB_GRANULE);
        }
    }
#endif

  nlive += g_iob_check.nfree + g_iob_check.ncached;
  for (i = 0; i < IOB_NVIEWS; i++)
    {
      nlive += (g_iob_views[i].io_flags & (IOB_F_LIVE | IOB_F_EXT)) != 0;
    }

  for (i = 0; i < IOB_NCLASSES; i++)
    {
      for (waiter = g_iob.waiting[i].head; waiter != NULL;
           waiter = waiter->flink)
        {
          nwaiting++;
        }
    }

  for (i = 0; i < 2; i++)
    {
      for (waiter = g_iob.minwaiting[i].head; waiter != NULL;
           waiter = waiter->flink)
        {
          nwaiting++;
        }
    }

  if (nlive != IOB_NVIEWS || nwaiting != g_iob.nwaiting ||
      g_iob_check.nspare != 2 * CONFIG_IOB_NMINIMUM ||
      g_iob_check.cached != g_iob.cached[0] + g_iob.cached[1] +
                            g_iob.framed)
    {
      iob_found(IOB_FAULT_COUNT, &g_iob, NULL, 0);
    }
}

/****************************************************************************
 * Name: iob_check_free
 *
 * Description:
 *   Every granule that no extent covers is free, or reserved.  In debug
 *   builds, what is not in use is still poisoned.
 *
 ****************************************************************************/

static void iob_check_free(void)
{
  unsigned int nfree = 0;
  unsigned int unit;
  unsigned int i;

  for (i = 0; i < IOB_NUNITS; i++)
    {
#ifdef CONFIG_IOB_DEBUG
      FAR const uint8_t *base = &g_iob_arena[(size_t)i * IOB_GRANULE];
#endif

      if (!iob_arena_isfree(i))
        {
          continue;
        }

      nfree++;
#ifdef CONFIG_IOB_DEBUG
      if (base[0] != IOB_POISON ||
          memcmp(base, base + 1, IOB_GRANULE - 1) != 0)
        {
          iob_found(IOB_FAULT_USEAFTERFREE, NULL, base, IOB_GRANULE);
        }
#endif
    }

  for (unit = IOB_COMMONUNITS; unit < IOB_NUNITS - IOB_STANDUNITS; unit++)
    {
      bool free;
      bool covered = (g_iob_covered[unit / 32] >> (unit % 32) & 1) != 0;

      i      = unit - IOB_COMMONUNITS;
      free   = (g_iob.reserved[i / 32] >> (i % 32) & 1) != 0;
      nfree += free;
      if (free == covered)
        {
          iob_found(IOB_FAULT_ARENA, NULL,
                    &g_iob_arena[(size_t)unit * IOB_GRANULE], IOB_GRANULE);
        }
    }

  if (nfree + g_iob_check.granules != IOB_NUNITS ||
      g_iob_check.reserved != iob_reserved_used())
    {
      iob_found(IOB_FAULT_ARENA, NULL, g_iob_arena, nfree);
    }
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_check
 *
 * Description:
 *   Verify every invariant of the arena, the views, the counts and the
 *   waiters.  For tests: it takes time in proportion to the arena.
 *
 * Returned Value:
 *   The number of contradictions found (0: none), each reported (the first
 *   16 of them).
 *
 ****************************************************************************/

int iob_check(void)
{
  irqstate_t flags;
  unsigned int wrong;
  unsigned int i;

  flags = iob_lock();

  memset(&g_iob_check, 0, sizeof(g_iob_check));
  memset(g_iob_covered, 0, sizeof(g_iob_covered));
  memset(g_iob_nrefs, 0, sizeof(g_iob_nrefs));

  wrong = iob_arena_check();
  if (wrong > 0)
    {
      iob_found(IOB_FAULT_ARENA, NULL, g_iob_arena, wrong);
    }

  iob_check_descriptors();
  iob_check_lists();
  iob_check_budget(&g_iob.units, g_iob_check.units, IOB_COMMONUNITS);
  iob_check_budget(&g_iob.views, g_iob_check.views,
                   IOB_NVIEWS - 2 * CONFIG_IOB_NMINIMUM);
  iob_check_free();

  iob_unlock(flags);

#ifdef CONFIG_IOB_DEBUG
  for (i = 0; i < IOB_NVIEWS; i++)
    {
      FAR struct iob_s *iob = &g_iob_views[i];

      if ((iob->io_flags & (IOB_F_LIVE | IOB_F_EXT)) == IOB_F_LIVE)
        {
          uint32_t before = g_iob.count.fault;

          iob_sum_verify(iob, IOB_SITE);
          iob_verify_guard(iob, IOB_SITE);
          g_iob_check.nfaults += g_iob.count.fault - before;
        }
    }
#endif

  for (i = 0; i < MIN(g_iob_check.nfaults, IOB_MAXREPORTS); i++)
    {
      if (g_iob_check.report[i].iob != NULL ||
          g_iob_check.report[i].base != NULL)
        {
          iob_fault(&g_iob_check.report[i]);
        }
    }

  return g_iob_check.nfaults;
}

/****************************************************************************
 * Name: iob_check_chain
 *
 * Description:
 *   Verify the lengths of one packet.
 *
 * Input Parameters:
 *   iob - The chain
 *
 * Returned Value:
 *   The number of contradictions found (0: none), each reported.
 *
 ****************************************************************************/

int iob_check_chain(FAR const struct iob_s *iob)
{
  FAR const struct iob_s *head = iob;
  unsigned int total = 0;
  int wrong = 0;

  for (; iob != NULL; iob = iob->io_flink)
    {
      total += iob->io_len;
      if ((unsigned int)iob->io_offset + iob->io_len > iob->io_bufsize)
        {
          iob_fault_iob(IOB_FAULT_UNDERRUN, iob, IOB_SITE);
          wrong++;
        }

      if (iob != head && iob->io_len == 0)
        {
          iob_fault_iob(IOB_FAULT_CHAIN, iob, IOB_SITE);
          wrong++;
        }
    }

  if (head != NULL && total != head->io_pktlen)
    {
      iob_fault_iob(IOB_FAULT_CHAIN, head, IOB_SITE);
      wrong++;
    }

  return wrong;
}
