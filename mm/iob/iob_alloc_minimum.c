/****************************************************************************
 * mm/iob/iob_alloc_minimum.c
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

/* The minimum that every holder is entitled to.
 *
 * A few small extents per direction are taken out of the arena at the start
 * and stand ready.  They are in no budget, so that no other allocation can
 * take them, and each has a descriptor of its own, in case all others are
 * in use.  A holder (a connection) that can not get ordinary memory gets one
 * of them, at most one per direction at a time.  As its segment is read or
 * acknowledged, the extent returns and goes to the next who waits.  So
 * everybody makes progress, however many they are.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include "iob.h"

/****************************************************************************
 * Public Functions
 ****************************************************************************/

#if CONFIG_IOB_NMINIMUM > 0

/****************************************************************************
 * Name: iob_standing_initialize
 *
 * Description:
 *   Set the standing extents aside.  They lie at the top of the arena, where
 *   they break up nothing.
 *
 ****************************************************************************/

void iob_standing_initialize(void)
{
  unsigned int start = IOB_NUNITS;
  unsigned int i;

  for (i = 0; i < 2 * CONFIG_IOB_NMINIMUM; i++)
    {
      FAR struct iob_standing_s *slot = &g_iob.standing[i & 1][i / 2];
      FAR struct iob_s *view = g_iob.freeviews;

      start -= IOB_MINUNITS;
      if (!iob_arena_claim(start, IOB_MINUNITS))
        {
          PANIC();
        }

      slot->base       = &g_iob_arena[start * IOB_GRANULE];
      slot->holder     = NULL;

      g_iob.freeviews  = view->io_flink;
      view->io_flink   = g_iob.spareviews;
      g_iob.spareviews = view;
    }
}

/****************************************************************************
 * Name: iob_standing_get
 *
 * Description:
 *   Grant a holder its standing extent.  The lock is held.
 *
 * Returned Value:
 *   An empty iob, or NULL if there is none, or if the holder has one.
 *
 ****************************************************************************/

FAR struct iob_s *iob_standing_get(FAR const void *holder,
                                   enum iob_class_e cls)
{
  FAR struct iob_standing_s *free = NULL;
  FAR struct iob_s *iob = g_iob.spareviews;
  unsigned int i;

  for (i = 0; i < CONFIG_IOB_NMINIMUM; i++)
    {
      FAR struct iob_standing_s *slot = &g_iob.standing[cls][i];

      if (slot->holder == holder)
        {
          return NULL;
        }

      if (slot->holder == NULL)
        {
          free = slot;
        }
    }

  if (free == NULL || iob == NULL)
    {
      return NULL;
    }

  free->holder     = holder;
  g_iob.spareviews = iob->io_flink;
  g_iob.count.nminimum++;

  iob->io_flink   = NULL;
  iob->io_len     = 0;
  iob->io_offset  = 0;
  iob->io_flags   = IOB_F_LIVE | IOB_F_STANDING | IOB_F_SPARE | cls;
  iob->io_pktlen  = 0;
  iob->io_data    = free->base;
  iob->io_ext     = NULL;

  /* All of the extent is the window, but for the guard bytes */

  iob->io_bufsize = IOB_MINUNITS * IOB_GRANULE - IOB_REDZONE;
  iob->io_slack   = IOB_REDZONE;
  iob_fresh(iob);
  return iob;
}

/****************************************************************************
 * Name: iob_standing_put
 *
 * Description:
 *   A standing extent has returned.  The lock is held.
 *
 ****************************************************************************/

void iob_standing_put(FAR uint8_t *base)
{
  unsigned int i;

  for (i = 0; i < 2 * CONFIG_IOB_NMINIMUM; i++)
    {
      FAR struct iob_standing_s *slot = &g_iob.standing[i & 1][i / 2];

      if (slot->base == base)
        {
          slot->holder = NULL;
          return;
        }
    }

  DEBUGPANIC();
}

#endif /* CONFIG_IOB_NMINIMUM > 0 */

/****************************************************************************
 * Name: iob_alloc_minimum
 *
 * Description:
 *   Allocate the one small segment per direction that every holder is
 *   entitled to: ordinary memory if there is any, else a standing extent.
 *
 * Input Parameters:
 *   holder   - Identifies the holder; never dereferenced
 *   size     - At most IOB_MINSEGMENT
 *   headroom - At most IOB_MINHEAD
 *   cls      - IOB_CLASS_RX or IOB_CLASS_TX
 *   timeout  - Milliseconds; 0 does not wait, IOB_FOREVER always
 *
 * Returned Value:
 *   An iob, or NULL: bad arguments, the holder has its segment already, or
 *   the time is over.
 *
 ****************************************************************************/

FAR struct iob_s *iob_alloc_minimum(FAR const void *holder,
                                    unsigned int size,
                                    unsigned int headroom,
                                    enum iob_class_e cls,
                                    unsigned int timeout)
{
  FAR struct iob_s *iob;

  if (holder == NULL || size > IOB_MINSEGMENT || headroom > IOB_MINHEAD ||
      (cls != IOB_CLASS_RX && cls != IOB_CLASS_TX))
    {
      return NULL;
    }

  iob = iob_trytake(size + headroom, cls);

#if CONFIG_IOB_NMINIMUM > 0
  if (iob == NULL)
    {
      irqstate_t flags = iob_lock();
      bool entitled = true;
      unsigned int i;

      for (i = 0; i < CONFIG_IOB_NMINIMUM; i++)
        {
          entitled = entitled && g_iob.standing[cls][i].holder != holder;
        }

      if (entitled && g_iob.minwaiting[cls].head == NULL)
        {
          iob = iob_standing_get(holder, cls);
        }

      iob_unlock(flags);

      if (iob == NULL && entitled)
        {
          iob = iob_wait(size + headroom, cls, holder, timeout);
        }
    }
#else
  if (iob == NULL)
    {
      iob = iob_wait(size + headroom, cls, NULL, timeout);
    }
#endif

  if (iob != NULL)
    {
      iob->io_offset = headroom;
      IOB_MARK(iob);
    }

  return iob;
}
