/****************************************************************************
 * mm/iob/iob_ext.c
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

/* Extents that are or were shared.
 *
 * The first iob_share() of an extent gives it a common part: its bounds,
 * its class and the count of its views.  A view finds it by io_ext.  Why is
 * the count not kept in the descriptor of the first view?  Because the
 * holder of that view may want to write: its data is then copied to another
 * extent, under the same descriptor, while the count must stay where the
 * other views look for it.
 *
 * The count changes under the lock, with that of the view that comes or
 * goes.  So it needs no atomic read-modify-write instruction, and works on
 * processors that have none.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include "iob.h"

/****************************************************************************
 * Private Types
 ****************************************************************************/

/* What is to be called when the lock has been released */

struct iob_calls_s
{
  iob_free_cb_t free_cb;
  FAR void *data;
  FAR struct iob_defer_s *kick;
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_calls
 *
 * Description:
 *   Release the lock, serve those who wait, and call what is to be called.
 *   iob_undefer() can see that a kick has not returned yet.  The request
 *   may be gone when it has.
 *
 ****************************************************************************/

static void iob_calls(FAR const struct iob_calls_s *calls, irqstate_t flags)
{
  FAR struct iob_kicking_s **link;
  struct iob_kicking_s kicking;

  if (calls->kick != NULL)
    {
      kicking.flink = g_iob.kicking;
      kicking.defer = calls->kick;
      g_iob.kicking = &kicking;
    }

  iob_unlock_freed(flags);

  if (calls->kick != NULL)
    {
      calls->kick->df_kick(calls->kick);

      flags = iob_lock();
      for (link = &g_iob.kicking; *link != &kicking; link = &(*link)->flink)
        {
        }

      *link = kicking.flink;
      iob_unlock(flags);
    }

  if (calls->free_cb != NULL)
    {
      calls->free_cb(calls->data);
    }
}

/****************************************************************************
 * Name: iob_ext_cache
 *
 * Description:
 *   Nobody views an extent any more: put it in the front cache, its common
 *   part becoming the view on it.
 *
 ****************************************************************************/

static bool iob_ext_cache(FAR struct iob_ext_s *ext)
{
  unsigned int n = (ext->ex_size + ext->ex_slack) / IOB_GRANULE;
  FAR struct iob_ext_s old = *ext;
  FAR struct iob_s *iob = (FAR struct iob_s *)ext;

  if ((old.ex_flags & ~IOB_F_CLASS) != IOB_F_EXT ||
      iob_is_reserved(old.ex_base) || n <= IOB_SMALLUNITS)
    {
      return false;
    }

  iob_poison(old.ex_base, n);
  iob->io_data    = old.ex_base;
  iob->io_bufsize = old.ex_size;
  iob->io_slack   = old.ex_slack;
  iob->io_ext     = NULL;
  if (iob_frame_put(iob, n, old.ex_flags & IOB_F_CLASS))
    {
      return true;
    }

  *ext = old;
  return false;
}

/****************************************************************************
 * Name: iob_ext_gone
 *
 * Description:
 *   The last view of an extent has gone: give back what it was.  The lock
 *   is held.
 *
 ****************************************************************************/

static void iob_ext_gone(FAR struct iob_ext_s *ext,
                         FAR struct iob_calls_s *calls)
{
  if ((ext->ex_flags & IOB_F_OUTSIDE) == 0)
    {
      if (iob_ext_cache(ext))
        {
          return;
        }

      iob_put_extent(ext->ex_base,
                     (ext->ex_size + ext->ex_slack) / IOB_GRANULE,
                     ext->ex_flags & (IOB_F_CLASS | IOB_F_STANDING));
    }
  else
    {
      calls->free_cb = ext->ex_free;
      calls->data    = ext->ex_base;
      if ((ext->ex_flags & IOB_F_EMBED) != 0)
        {
          calls->data = (FAR struct iob_s *)ext - 1;
        }
    }

  iob_put_view((FAR struct iob_s *)ext);
}

/****************************************************************************
 * Name: iob_unref
 *
 * Description:
 *   One view of an extent has gone.  The lock is held.
 *
 ****************************************************************************/

static void iob_unref(FAR struct iob_ext_s *ext,
                      FAR struct iob_calls_s *calls)
{
  int32_t ref = atomic_read(&ext->ex_ref);

  if (ref >= IOB_REF_SATURATED)
    {
      return;
    }

  if (ref <= 0)
    {
      iob_fault_iob(IOB_FAULT_COUNT, (FAR struct iob_s *)ext, IOB_SITE);
      return;
    }

  if (ext->ex_defer != NULL)
    {
      calls->kick         = ext->ex_defer;
      calls->kick->df_ext = NULL;
      ext->ex_defer       = NULL;
      g_iob.count.nkick++;
    }

  if (ref > 1)
    {
      atomic_set_release(&ext->ex_ref, ref - 1);
    }
  else
    {
      iob_ext_gone(ext, calls);
    }
}

/****************************************************************************
 * Name: iob_ext_of
 *
 * Description:
 *   Make a descriptor the common part of the extent that a private iob has
 *   all of.  The flags tell the class and whether it is a standing extent.
 *
 ****************************************************************************/

static void iob_ext_of(FAR struct iob_ext_s *ext,
                       FAR const struct iob_s *iob, uint8_t flags)
{
  ext->ex_defer = NULL;
  ext->ex_embed = 0;
  ext->ex_size  = iob->io_bufsize;
  ext->ex_flags = IOB_F_EXT | (flags & (IOB_F_CLASS | IOB_F_STANDING));
  ext->ex_slack = iob->io_slack;
  ext->ex_base  = iob->io_data;
  ext->ex_free  = NULL;
#ifdef CONFIG_IOB_DEBUG
  ext->ex_site  = iob->io_site;
#endif
  atomic_set_release(&ext->ex_ref, 1);
}

/****************************************************************************
 * Name: iob_detach
 *
 * Description:
 *   Let go of what an iob views.  The descriptor stays.  The lock is held.
 *
 ****************************************************************************/

static void iob_detach(FAR struct iob_s *iob, FAR struct iob_calls_s *calls)
{
  FAR struct iob_ext_s *ext = iob->io_ext;

  if (ext == NULL)
    {
      iob_put_extent(iob->io_data, iob_units_of(iob), iob->io_flags);
      return;
    }

  iob->io_ext = NULL;

  /* The memory that a descriptor lies in is held as long as that lives */

  if ((iob->io_flags & IOB_F_EMBED) != 0)
    {
      if (ext == iob_embedded(iob))
        {
          return;
        }

      ext->ex_embed--;
    }

  iob_unref(ext, calls);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_make_ext
 *
 * Description:
 *   Give the extent of a private iob a common part, with a count of 1.  The
 *   lock is held.
 *
 * Returned Value:
 *   The common part; NULL if there is no descriptor for it.
 *
 ****************************************************************************/

FAR struct iob_ext_s *iob_make_ext(FAR struct iob_s *iob)
{
  FAR struct iob_ext_s *ext;

  DEBUGASSERT(iob->io_ext == NULL);

  ext = (FAR struct iob_ext_s *)iob_take_view(iob->io_flags & IOB_F_CLASS);
  if (ext != NULL)
    {
      iob_ext_of(ext, iob, iob->io_flags);
      iob->io_ext    = ext;
      iob->io_flags &= ~IOB_F_STANDING;
    }

  return ext;
}

/****************************************************************************
 * Name: iob_rewindow
 *
 * Description:
 *   Let the window of a sole view be the whole of its extent.  Around
 *   constant data there is no room to be had.
 *
 ****************************************************************************/

void iob_rewindow(FAR struct iob_s *iob)
{
  FAR struct iob_ext_s *ext = iob->io_ext;

  if ((ext->ex_flags & IOB_F_RDONLY) == 0)
    {
      iob->io_offset += iob->io_data - ext->ex_base;
      iob->io_data    = ext->ex_base;
      iob->io_bufsize = ext->ex_size;
    }
}

/****************************************************************************
 * Name: iob_widen
 *
 * Description:
 *   If this is the sole view of its extent, let it have the whole of it, and
 *   do without a common part again.  Data from outside keeps its own.
 *
 ****************************************************************************/

void iob_widen(FAR struct iob_s *iob)
{
  FAR struct iob_ext_s *ext = iob->io_ext;
  irqstate_t flags;

  if (ext == NULL || !iob_sole(iob))
    {
      return;
    }

  iob_rewindow(iob);

  if (((ext->ex_flags & IOB_F_OUTSIDE) | (iob->io_flags & IOB_F_EMBED)) != 0)
    {
      return;
    }

  flags = iob_lock();
  if (ext->ex_defer == NULL &&
      ((iob->io_flags ^ ext->ex_flags) & IOB_F_CLASS) == 0)
    {
      iob->io_slack  = ext->ex_slack;
      iob->io_flags |= ext->ex_flags & IOB_F_STANDING;
      iob->io_ext    = NULL;
      iob_put_view((FAR struct iob_s *)ext);
    }

  iob_unlock_freed(flags);
}

/****************************************************************************
 * Name: iob_replace
 *
 * Description:
 *   Let an iob view another extent, under the same descriptor: that of a
 *   private iob, which is consumed.  The chain and io_pktlen stay.
 *
 ****************************************************************************/

void iob_replace(FAR struct iob_s *iob, FAR struct iob_s *with,
                 FAR const void *site)
{
  struct iob_calls_s calls =
    {
      NULL, NULL, NULL
    };

  irqstate_t flags;

  DEBUGASSERT(with->io_ext == NULL && with != iob);
  UNUSED(site);

  iob_sum_verify(iob, site);
  iob_verify_guard(iob, site);

  flags = iob_lock();
  iob_detach(iob, &calls);

  iob->io_len     = with->io_len;
  iob->io_offset  = with->io_offset;
  iob->io_bufsize = with->io_bufsize;
  iob->io_slack   = with->io_slack;
  iob->io_data    = with->io_data;
#ifdef CONFIG_IOB_DEBUG
  iob->io_site    = with->io_site;
  iob->io_sumlen  = 0;
#endif

  if ((iob->io_flags & IOB_F_EMBED) != 0)
    {
      /* iob_check() can not see this descriptor, but it can see the other:
       * make that the common part.
       */

      FAR struct iob_ext_s *ext = (FAR struct iob_ext_s *)with;

      iob_ext_of(ext, iob, with->io_flags);
      ext->ex_embed = 1;
      iob->io_ext   = ext;
    }
  else
    {
      /* A private extent is of the class of its view: the descriptors
       * change places in the budget, too.
       */

      uint8_t kept = iob->io_flags & ~IOB_F_STANDING;

      iob->io_flags  = with->io_flags;
      with->io_flags = kept;
      iob_put_view(with);
    }

  iob_calls(&calls, flags);
}

/****************************************************************************
 * Name: iob_release_last
 *
 * Description:
 *   Free a view of a shared extent, when it may be the last one, or
 *   somebody is to be told, or the descriptor lies outside.  Called with
 *   the lock held, returns without it.
 *
 ****************************************************************************/

void iob_release_last(FAR struct iob_s *iob, irqstate_t flags)
{
  struct iob_calls_s calls =
    {
      NULL, NULL, NULL
    };

  iob_detach(iob, &calls);

  if ((iob->io_flags & IOB_F_EMBED) != 0)
    {
      FAR struct iob_ext_s *ext = iob_embedded(iob);

      iob->io_flags = 0;
      iob_calls(&calls, flags);

      memset(&calls, 0, sizeof(calls));
      flags = iob_lock();
      iob_unref(ext, &calls);
    }
  else
    {
      iob_put_view(iob);
    }

  iob_calls(&calls, flags);
}
