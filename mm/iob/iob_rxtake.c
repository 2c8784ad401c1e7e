/****************************************************************************
 * mm/iob/iob_rxtake.c
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

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include "iob.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_rxreplace
 *
 * Description:
 *   Allocate another ring extent like this one, and book this one as
 *   received data.  Either both or none happens.
 *
 ****************************************************************************/

static FAR struct iob_s *iob_rxreplace(FAR struct iob_s *iob)
{
  enum iob_class_e ring = iob->io_flags & IOB_F_CLASS;
  enum iob_class_e cls = ring;
  unsigned int n = iob_is_reserved(iob->io_data) ? 0 : iob_units_of(iob);
  FAR struct iob_s *fresh = NULL;
  FAR uint32_t *cause = &g_iob.count.fail_class;
  irqstate_t flags = iob_lock();

  /* Commonly the cache has one that was received in and freed: the two
   * change places, and no budget changes.
   */

  if (n > 0 && ring != IOB_CLASS_RX &&
      (fresh = iob_frame_get(n, IOB_CLASS_RX)) != NULL)
    {
      iob_fill(fresh, iob->io_bufsize, n, ring);
      iob->io_flags    = (iob->io_flags & ~IOB_F_CLASS) | IOB_CLASS_RX;
      fresh->io_offset = iob->io_offset;
      g_iob.count.nringkeep++;
      iob_unlock(flags);
      return fresh;
    }

  /* Nothing may hide in the cache from what is asked here.  An extent of a
   * reserve is in no budget and stays the ring's.
   */

  if (iob_budget_avail(&g_iob.units, IOB_CLASS_RX) < n ||
      iob_budget_avail(&g_iob.views, IOB_CLASS_RX) < 2)
    {
      iob_flush();
    }

  iob_budget_credit(&g_iob.units, ring, n);
  iob_budget_credit(&g_iob.views, ring, 1);

  if (iob_budget_avail(&g_iob.units, IOB_CLASS_RX) >= n &&
      iob_budget_avail(&g_iob.views, IOB_CLASS_RX) >= 1)
    {
      cls = IOB_CLASS_RX;
    }

  iob_budget_charge(&g_iob.units, cls, n);
  iob_budget_charge(&g_iob.views, cls, 1);

  if (cls == IOB_CLASS_RX)
    {
      fresh = iob_find(iob->io_bufsize, ring, &cause);
    }

  if (fresh != NULL)
    {
      iob->io_flags    = (iob->io_flags & ~IOB_F_CLASS) | IOB_CLASS_RX;
      fresh->io_offset = iob->io_offset;
      g_iob.count.nringkeep++;
    }
  else
    {
      iob_budget_credit(&g_iob.units, cls, n);
      iob_budget_credit(&g_iob.views, cls, 1);
      iob_budget_charge(&g_iob.units, ring, n);
      iob_budget_charge(&g_iob.views, ring, 1);
      (*cause)++;
    }

  iob_unlock(flags);
  return fresh;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_rxtake
 *
 * Description:
 *   Take a received frame out of a driver's ring.  A frame that fills at
 *   least half of its extent is kept, and a new extent of the same size
 *   takes its place; a shorter one is copied to an extent of its size, and
 *   the ring extent stays.  The ring never shrinks.
 *
 * Input Parameters:
 *   slot - The posted iob; replaced if the frame is kept
 *   len  - Bytes that the device wrote behind io_offset
 *
 * Returned Value:
 *   The frame, with io_len and io_pktlen set; NULL if dropped.  *slot is
 *   ready to be posted again in every case.
 *
 ****************************************************************************/

FAR struct iob_s *iob_rxtake(FAR struct iob_s **slot, unsigned int len)
{
  FAR struct iob_s *iob = *slot;
  FAR struct iob_s *frame = NULL;
  FAR struct iob_s *fresh;
  unsigned int offset = iob->io_offset;
  irqstate_t flags;

  DEBUGASSERT(iob->io_flink == NULL);

  if (len <= IOB_BUFSIZE(iob) - offset)
    {
      if (2 * len >= IOB_BUFSIZE(iob) && iob->io_ext == NULL &&
          (fresh = iob_rxreplace(iob)) != NULL)
        {
          IOB_MARK(fresh);
          *slot          = fresh;
          iob->io_len    = len;
          iob->io_pktlen = len;
          return iob;
        }

      frame = iob_alloc_class(len, offset, IOB_CLASS_RX, 0);
    }

  iob->io_len    = 0;
  iob->io_pktlen = 0;

  if (frame != NULL)
    {
      memcpy(IOB_DATA(frame), IOB_DATA(iob), len);
      frame->io_len    = len;
      frame->io_pktlen = len;
      IOB_MARK(frame);
    }

  flags = iob_lock();
  if (frame != NULL)
    {
      g_iob.count.ncopybreak++;
    }
  else
    {
      g_iob.count.nringdrop++;
    }

  iob_unlock(flags);
  return frame;
}
