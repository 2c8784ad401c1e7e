/****************************************************************************
 * mm/iob/iob_core.c
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

/* Extents and views against the budgets of the classes.
 *
 * All but iob_trytake() want g_iob.lock.  iob_find() is the one way to get
 * an extent with a view on it, iob_put() the one way to give both back.  The
 * front cache sits between them: a small extent that is freed, or one of the
 * length of a frame, keeps its view and its place in the budget, and is
 * handed out again as it is when the same class asks for the same size.  For
 * everybody who asks, what is cached is free: the cache is emptied as soon
 * as anything would have to be refused, and nothing is put in it while
 * somebody waits.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include "iob.h"

/****************************************************************************
 * Public Data
 ****************************************************************************/

struct iob_pool_s g_iob;

struct iob_s g_iob_views[IOB_NVIEWS];

uint8_t g_iob_arena[IOB_NUNITS * IOB_GRANULE]
  aligned_data(IOB_GRANULE) IOB_LOCATE;

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_take_units
 *
 * Description:
 *   Find n contiguous granules for a class: common ones, or else of its
 *   reserve.
 *
 * Returned Value:
 *   The first one; -ENOMEM.
 *
 ****************************************************************************/

static int iob_take_units(unsigned int n, enum iob_class_e cls)
{
  int start = -ENOMEM;

  if (g_iob.units.nfree >= n)
    {
      start = iob_arena_alloc(n);
      if (start >= 0)
        {
          iob_budget_charge(&g_iob.units, cls, n);
        }
    }

  if (start < 0)
    {
      start = iob_reserved_alloc(n, cls);
    }

  return start;
}

/****************************************************************************
 * Name: iob_cached
 *
 * Description:
 *   Take an extent of n granules, at least one, from the front cache.
 *
 ****************************************************************************/

static inline FAR struct iob_s *iob_cached(unsigned int n,
                                           enum iob_class_e cls)
{
  return n <= IOB_SMALLUNITS ? iob_cache_get(n, cls) :
                               iob_frame_get(n, cls);
}

/****************************************************************************
 * Name: iob_cause
 *
 * Description:
 *   Why n granules could not be had.
 *
 ****************************************************************************/

static FAR uint32_t *iob_cause(unsigned int n)
{
  if (g_iob.units.nfree >= n)
    {
      return &g_iob.count.fail_frag;
    }

  if (g_iob.units.nfree + IOB_RESERVEUNITS - iob_reserved_used() >= n)
    {
      return &g_iob.count.fail_class;
    }

  return &g_iob.count.fail_space;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_fill
 *
 * Description:
 *   Make a view and the n granules at its io_data an empty iob.
 *
 ****************************************************************************/

void iob_fill(FAR struct iob_s *iob, unsigned int size, unsigned int n,
              enum iob_class_e cls)
{
  g_iob.count.nalloc++;

  iob->io_flink   = NULL;
  iob->io_len     = 0;
  iob->io_offset  = 0;
  iob->io_bufsize = size;
  iob->io_flags   = IOB_F_LIVE | cls;
  iob->io_slack   = n * IOB_GRANULE - size;
  iob->io_pktlen  = 0;
  iob_fresh(iob);
}

/****************************************************************************
 * Name: iob_note_used
 *
 * Description:
 *   Something was taken: note it if more is in use than ever before.  While
 *   no reserve is in use, the budget of the common memory knows.
 *
 ****************************************************************************/

void iob_note_used(void)
{
  uint32_t used = iob_reserved_used();

  if (used > 0)
    {
      used += IOB_COMMONUNITS - g_iob.units.nfree;
      g_iob.mostused = MAX(g_iob.mostused, used);
    }
}

/****************************************************************************
 * Name: iob_find
 *
 * Description:
 *   Take an extent of at least "size" bytes with a view on all of it.
 *
 * Input Parameters:
 *   size  - In bytes
 *   cls   - The class that is charged
 *   cause - Where to say which count tells why there is none
 *
 * Returned Value:
 *   An empty iob; NULL if there is none.
 *
 ****************************************************************************/

FAR struct iob_s *iob_find(unsigned int size, enum iob_class_e cls,
                           FAR uint32_t **cause)
{
  FAR struct iob_s *iob;
  unsigned int n = size > 0 ? IOB_UNITS(size) : 1;
  int start;

  if (size > IOB_MAXEXTENT || n > IOB_MAXUNITS)
    {
      *cause = &g_iob.count.fail_size;
      return NULL;
    }

  iob = iob_cached(n, cls);
  if (iob != NULL)
    {
      iob_fill(iob, size, n, cls);
      return iob;
    }

  if (iob_budget_avail(&g_iob.views, cls) < 1)
    {
      iob_flush();
      if (iob_budget_avail(&g_iob.views, cls) < 1)
        {
          *cause = &g_iob.count.fail_views;
          return NULL;
        }
    }

  start = iob_take_units(n, cls);
  if (start < 0 && iob_flush())
    {
      start = iob_take_units(n, cls);
    }

  if (start < 0)
    {
      *cause = iob_cause(n);
      return NULL;
    }

  iob_note_used();

  iob_budget_charge(&g_iob.views, cls, 1);

  iob = g_iob.freeviews;
  DEBUGASSERT(iob != NULL);
  g_iob.freeviews = iob->io_flink;
  iob->io_data    = &g_iob_arena[start * IOB_GRANULE];
  iob->io_ext     = NULL;
  iob_fill(iob, size, n, cls);
  return iob;
}

/****************************************************************************
 * Name: iob_take
 *
 * Description:
 *   iob_find(), with the cause of a failure counted.
 *
 ****************************************************************************/

FAR struct iob_s *iob_take(unsigned int size, enum iob_class_e cls)
{
  FAR uint32_t *cause;
  FAR struct iob_s *iob = iob_find(size, cls, &cause);

  if (iob == NULL)
    {
      (*cause)++;
    }

  return iob;
}

/****************************************************************************
 * Name: iob_trytake
 *
 * Description:
 *   Allocate without waiting.  That passes those who wait in the class, and
 *   is refused when they may not be passed again.
 *
 * Returned Value:
 *   An empty iob; NULL if there is none, the cause being counted.
 *
 ****************************************************************************/

FAR struct iob_s *iob_trytake(unsigned int size, enum iob_class_e cls)
{
  unsigned int n = IOB_UNITS(size);
  FAR struct iob_waiter_s *head;
  FAR struct iob_s *iob = NULL;
  irqstate_t flags = iob_lock();

  /* The commonest case by far: the cache has it, and so nobody waits */

  if (size > 0 && (iob = iob_cached(n, cls)) != NULL)
    {
      iob_fill(iob, size, n, cls);
      iob_unlock(flags);
      return iob;
    }

  head = g_iob.waiting[cls].head;
  if (head == NULL)
    {
      iob = iob_take(size, cls);
    }
  else if (head->passed >= CONFIG_IOB_MAXPASS)
    {
      g_iob.count.fail_turn++;
    }
  else
    {
      iob = iob_take(size, cls);
      if (iob != NULL)
        {
          head->passed++;
          g_iob.count.npass++;
        }
    }

  iob_unlock(flags);
  return iob;
}

/****************************************************************************
 * Name: iob_take_view
 *
 * Description:
 *   Take a descriptor alone, for a view on an extent that exists or for the
 *   common part of one.
 *
 * Returned Value:
 *   The descriptor, only its io_flags being set; NULL if there is none, the
 *   cause being counted.
 *
 ****************************************************************************/

FAR struct iob_s *iob_take_view(enum iob_class_e cls)
{
  FAR struct iob_s *view;

  view = iob_cache_get(0, cls);
  if (view != NULL)
    {
      view->io_flags = IOB_F_LIVE | cls;
      return view;
    }

  if (iob_budget_avail(&g_iob.views, cls) < 1)
    {
      iob_flush();
      if (iob_budget_avail(&g_iob.views, cls) < 1)
        {
          g_iob.count.fail_views++;
          return NULL;
        }
    }

  iob_budget_charge(&g_iob.views, cls, 1);

  view = g_iob.freeviews;
  DEBUGASSERT(view != NULL);
  g_iob.freeviews = view->io_flink;
  view->io_flags  = IOB_F_LIVE | cls;
  return view;
}

/****************************************************************************
 * Name: iob_put_view
 *
 * Description:
 *   Give a descriptor back that has no extent of its own any more.  Nothing
 *   happens to one that does not lie in the pool.
 *
 ****************************************************************************/

void iob_put_view(FAR struct iob_s *view)
{
  uint8_t flags = view->io_flags;

  view->io_flags = 0;
  if ((flags & IOB_F_EMBED) != 0)
    {
      return;
    }

#if CONFIG_IOB_NMINIMUM > 0
  if ((flags & IOB_F_SPARE) != 0 && (flags & IOB_F_EXT) == 0)
    {
      view->io_flink   = g_iob.spareviews;
      g_iob.spareviews = view;
      return;
    }
#endif

  if (!iob_cache_put(view, 0, flags & IOB_F_CLASS))
    {
      iob_budget_credit(&g_iob.views, flags & IOB_F_CLASS, 1);
      view->io_flink  = g_iob.freeviews;
      g_iob.freeviews = view;
    }
}

/****************************************************************************
 * Name: iob_put_extent
 *
 * Description:
 *   Give an extent of n granules back.  The flags of its view, or of its
 *   common part, tell the class and whether it is a standing one.
 *
 ****************************************************************************/

void iob_put_extent(FAR uint8_t *base, unsigned int n, uint8_t flags)
{
  iob_poison(base, n);

#if CONFIG_IOB_NMINIMUM > 0
  if ((flags & IOB_F_STANDING) != 0)
    {
      iob_standing_put(base);
      return;
    }
#endif

  if (iob_is_reserved(base))
    {
      iob_reserved_free(base, n);
      return;
    }

  iob_budget_credit(&g_iob.units, flags & IOB_F_CLASS, n);
  iob_arena_free((base - g_iob_arena) / IOB_GRANULE, n);
}

/****************************************************************************
 * Name: iob_put
 *
 * Description:
 *   Give an extent back with its only view, which covers all of it.
 *
 ****************************************************************************/

void iob_put(FAR struct iob_s *iob)
{
  unsigned int n = iob_units_of(iob);
  uint8_t flags = iob->io_flags;

  if ((flags & ~IOB_F_CLASS) == IOB_F_LIVE &&
      !iob_is_reserved(iob->io_data))
    {
      iob_poison(iob->io_data, n);
      if (n <= IOB_SMALLUNITS ?
          iob_cache_put(iob, n, flags & IOB_F_CLASS) :
          iob_frame_put(iob, n, flags & IOB_F_CLASS))
        {
          return;
        }
    }

  iob_put_extent(iob->io_data, n, flags);
  iob_put_view(iob);
}

/****************************************************************************
 * Name: iob_uncache
 *
 * Description:
 *   Give an extent of n granules back that was in the front cache, with its
 *   view, or a view alone if n is 0.
 *
 ****************************************************************************/

static void iob_uncache(FAR struct iob_s *iob, unsigned int n,
                        enum iob_class_e cls)
{
  if (n > 0)
    {
      iob_verify_poison(iob);
      iob_put_extent(iob->io_data, n, cls);
    }

  iob_budget_credit(&g_iob.views, cls, 1);
  iob->io_flags   = 0;
  iob->io_flink   = g_iob.freeviews;
  g_iob.freeviews = iob;
}

/****************************************************************************
 * Name: iob_frame_put
 *
 * Description:
 *   Put an extent of n granules, and its only view, in the front cache.
 *
 * Returned Value:
 *   False if it can not be had there.
 *
 ****************************************************************************/

bool iob_frame_put(FAR struct iob_s *iob, unsigned int n,
                   enum iob_class_e cls)
{
  unsigned int i;

  if (n <= IOB_SMALLUNITS || g_iob.framed + n > IOB_FRAMEMAX ||
      g_iob.units.nfree < IOB_COMMONUNITS / 2 || g_iob.nwaiting > 0)
    {
      return false;
    }

  if (n != g_iob.frameunits)
    {
      for (i = 0; i < IOB_NCLASSES && g_iob.framed > 0; i++)
        {
          FAR struct iob_s *other = iob_frame_get(g_iob.frameunits, i);

          if (other != NULL)
            {
              iob_uncache(other, g_iob.frameunits, i);
            }
        }

      if (g_iob.framed > 0)
        {
          return false;
        }

      g_iob.frameunits = n;
    }

  iob->io_flags     = IOB_F_CACHED | cls;
  iob->io_flink     = g_iob.frames[cls];
  g_iob.frames[cls] = iob;
  g_iob.framed     += n;
  return true;
}

/****************************************************************************
 * Name: iob_flush
 *
 * Description:
 *   Empty the front cache: at most IOB_CACHEMAX views and small extents, and
 *   an eighth of the memory in frames.
 *
 * Returned Value:
 *   False if it was empty.
 *
 ****************************************************************************/

bool iob_flush(void)
{
  FAR struct iob_s *iob;
  unsigned int cls;
  unsigned int n;

  if (g_iob.cached[0] + g_iob.cached[1] + g_iob.framed == 0)
    {
      return false;
    }

  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      for (n = 0; n <= IOB_SMALLUNITS; n++)
        {
          while ((iob = iob_cache_get(n, cls)) != NULL)
            {
              iob_uncache(iob, n, cls);
            }
        }

      while ((iob = iob_frame_get(g_iob.frameunits, cls)) != NULL)
        {
          iob_uncache(iob, g_iob.frameunits, cls);
        }
    }

  return true;
}

/****************************************************************************
 * Name: iob_if_flushed
 *
 * Description:
 *   Book in copies of the budgets what flushing would.
 *
 * Returned Value:
 *   How many extents of poolunits granules are in the cache.
 *
 ****************************************************************************/

unsigned int iob_if_flushed(FAR struct iob_budget_s *units,
                            FAR struct iob_budget_s *views,
                            unsigned int poolunits)
{
  FAR struct iob_s *iob;
  unsigned int count = 0;
  unsigned int cls;
  unsigned int n;

  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      for (iob = g_iob.frames[cls]; iob != NULL; iob = iob->io_flink)
        {
          iob_budget_credit(units, cls, g_iob.frameunits);
          iob_budget_credit(views, cls, 1);
          count += g_iob.frameunits / poolunits;
        }

      for (n = 0; n <= IOB_SMALLUNITS; n++)
        {
          for (iob = g_iob.cache[cls][n]; iob != NULL; iob = iob->io_flink)
            {
              iob_budget_credit(units, cls, n);
              iob_budget_credit(views, cls, 1);
              count += n / poolunits;
            }
        }
    }

  return count;
}
