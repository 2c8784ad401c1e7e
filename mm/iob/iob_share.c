/****************************************************************************
 * mm/iob/iob_share.c
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
 * Name: iob_share_one
 *
 * Description:
 *   Make a view on n bytes of one iob, from "offset" in its data.  From the
 *   start of the data it gets the head-room, too, if that is wanted.
 *
 * Returned Value:
 *   The view, or NULL if descriptors lack.
 *
 ****************************************************************************/

static inline_function
FAR struct iob_s *iob_share_one(FAR struct iob_s *iob, unsigned int offset,
                                unsigned int n, bool headroom)
{
  enum iob_class_e cls = iob->io_flags & IOB_F_CLASS;
  FAR struct iob_ext_s *ext = iob->io_ext;
  FAR struct iob_s *view;
  irqstate_t flags;

  iob_sum_verify(iob, IOB_SITE);
  flags = iob_lock();

  if (ext == NULL)
    {
      ext = iob_make_ext(iob);
    }
  else if (iob->io_bufsize < ext->ex_size && iob_sole(iob))
    {
      /* While nobody else views it, the window may be widened again */

      iob_rewindow(iob);
    }

  view = ext != NULL ? iob_cache_get(0, cls) : NULL;
  if (view == NULL && ext != NULL)
    {
      view = iob_take_view(cls);
    }

  if (view != NULL)
    {
      unsigned int room = headroom && offset == 0 ? iob->io_offset : 0;

      iob_ref(ext);
      g_iob.count.nshare++;

      view->io_flink   = NULL;
      view->io_len     = n;
      view->io_offset  = room;
      view->io_bufsize = room + n;
      view->io_flags   = IOB_F_LIVE | cls;
      view->io_slack   = 0;
      view->io_pktlen  = n;
      view->io_data    = IOB_DATA(iob) + offset - room;
      view->io_ext     = ext;

      if (room > 0)
        {
          iob->io_data    += room;
          iob->io_offset   = 0;
          iob->io_bufsize -= room;
        }

#ifdef CONFIG_IOB_DEBUG
      view->io_site     = NULL;
      view->io_lastsite = NULL;
#endif
      iob_sum_set(view);
      iob_sum_set(iob);
    }

  iob_unlock(flags);

  if (view == NULL)
    {
      iob_open(iob);
    }

  return view;
}

/****************************************************************************
 * Name: iob_share_undo
 *
 * Description:
 *   Free the views that were made before one could not be had, and leave the
 *   packet as it was.
 *
 ****************************************************************************/

static void iob_share_undo(FAR struct iob_s *iob, FAR struct iob_s *views,
                           bool headroom)
{
  if (views != NULL && headroom)
    {
      iob->io_data    -= views->io_offset;
      iob->io_offset   = views->io_offset;
      iob->io_bufsize += views->io_offset;
      views->io_data  += views->io_offset;
      views->io_bufsize -= views->io_offset;
      views->io_offset = 0;
    }

  iob_free_chain(views);

  for (; iob != NULL; iob = iob->io_flink)
    {
      iob_open(iob);
    }
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_share
 *
 * Description:
 *   Make a new chain of views on part of a packet.  No byte is copied.
 *   Tail-room stays with "iob".  Its head-room goes to the new chain if that
 *   begins where the data of "iob" begins.
 *
 * Input Parameters:
 *   iob    - The packet
 *   offset - Where the new packet starts in it
 *   len    - Its length, 1 or more
 *
 * Returned Value:
 *   The new chain; NULL if views lack, or if the packet does not hold these
 *   bytes.
 *
 ****************************************************************************/

FAR struct iob_s *iob_share(FAR struct iob_s *iob, unsigned int offset,
                            unsigned int len)
{
  FAR struct iob_s *head = NULL;
  FAR struct iob_s *tail = NULL;
  FAR struct iob_s *first;
  unsigned int left;
  bool headroom;

  /* Nearly always it is part of a single iob */

  if (offset < iob->io_len && len - 1 < (unsigned int)iob->io_len - offset)
    {
      head = iob_share_one(iob, offset, len, true);
      IOB_MARK(head);
      IOB_HANDOVER(iob);
      return head;
    }

  if (len == 0 || offset >= iob->io_pktlen || len > iob->io_pktlen - offset)
    {
      return NULL;
    }

  while (offset >= iob->io_len)
    {
      offset -= iob->io_len;
      iob     = iob->io_flink;
    }

  first    = iob;
  headroom = offset == 0;

  for (left = len; left > 0; iob = iob->io_flink)
    {
      unsigned int n = MIN(left, (unsigned int)iob->io_len - offset);
      FAR struct iob_s *view;

      if (n == 0)
        {
          continue;
        }

      view = iob_share_one(iob, offset, n, head == NULL);
      if (view == NULL)
        {
          iob_share_undo(first, head, headroom);
          return NULL;
        }

      IOB_MARK(view);
      IOB_HANDOVER(iob);

      if (tail != NULL)
        {
          tail->io_flink = view;
        }
      else
        {
          head = view;
        }

      tail   = view;
      left  -= n;
      offset = 0;
    }

  head->io_pktlen = len;
  return head;
}
