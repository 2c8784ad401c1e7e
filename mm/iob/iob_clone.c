/****************************************************************************
 * mm/iob/iob_clone.c
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
 * Name: iob_substitute
 *
 * Description:
 *   Allocate what is to take the place of a buffer that may not be written.
 *   The head-room stays, and so does what is in it and in the "gap" bytes
 *   behind it, as it would in a buffer that may be written.
 *
 * Returned Value:
 *   An empty buffer, or NULL.
 *
 ****************************************************************************/

#ifdef CONFIG_IOB_SHARED
static FAR struct iob_s *iob_substitute(FAR const struct iob_s *iob,
                                        unsigned int gap)
{
  FAR struct iob_s *with;
  unsigned int keep = MIN(gap, iob->io_len);

  with = iob_tryalloc_contig(MAX(keep, CONFIG_IOB_BUFSIZE), iob->io_offset,
                             iob->io_flags & IOB_F_CLASS);
  if (with != NULL)
    {
      memcpy(with->io_data, iob->io_data, iob->io_offset + keep);
    }

  return with;
}
#else
#  define iob_substitute(iob, gap) NULL
#  define iob_replace(iob, with, site)
#endif

/****************************************************************************
 * Name: iob_transfer
 *
 * Description:
 *   Copy bytes from one packet over those that another one has.  Offsets
 *   may be negative by up to the head-room.
 *
 ****************************************************************************/

static void iob_transfer(FAR struct iob_s *src, int offset1,
                         FAR struct iob_s *dest, int offset2,
                         unsigned int len)
{
  while (len > 0)
    {
      unsigned int n1 = (int)src->io_len - offset1;
      unsigned int n2 = (int)dest->io_len - offset2;
      unsigned int n;

      if (offset1 >= (int)src->io_len)
        {
          offset1 -= src->io_len;
          src      = src->io_flink;
          continue;
        }

      if (offset2 >= (int)dest->io_len)
        {
          offset2 -= dest->io_len;
          dest     = dest->io_flink;
          continue;
        }

      n = MIN(n1, n2);
      n = MIN(n, len);

      memcpy(IOB_DATA(dest) + offset2, IOB_DATA(src) + offset1, n);
      offset1 += n;
      offset2 += n;
      len     -= n;
    }
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_clone_partial
 *
 * Description:
 *   Copy part of one packet into another, from "offset2" on; the second
 *   ends behind the copied bytes.  What the destination viewed or chained
 *   before is left alone: only memory that nobody else views is written.
 *   Before "offset2", what its first buffer held stays, and bytes of further
 *   buffers have no particular value.
 *
 * Input Parameters:
 *   iob1      - The source
 *   len       - Bytes to copy
 *   offset1   - Where they start in the source; may be negative by up to
 *               the head-room
 *   iob2      - The destination; its head-room stays
 *   offset2   - Where they go; may be negative by up to the head-room
 *   throttled - True: leave the last CONFIG_IOB_THROTTLE buffers to others
 *   block     - True: wait for buffers
 *
 * Returned Value:
 *   Zero, or a negated errno: -ENOMEM if buffers lack, -EINVAL if one of
 *   the packets does not have these bytes.  On failure the destination is
 *   as it was.
 *
 ****************************************************************************/

int iob_clone_partial(FAR struct iob_s *iob1, unsigned int len,
                      int offset1, FAR struct iob_s *iob2, int offset2,
                      bool throttled, bool block)
{
  FAR struct iob_s *chain = NULL;
  FAR struct iob_s *first = iob2;
  FAR struct iob_s *rest;
  unsigned int before1 = offset1 < 0 ? 0 - (unsigned int)offset1 : 0;
  unsigned int before2 = offset2 < 0 ? 0 - (unsigned int)offset2 : 0;
  unsigned int inside;
  unsigned int pktlen;
  unsigned int room;

  DEBUGASSERT(iob1 != NULL && iob2 != NULL && iob1 != iob2);

  iob_open(iob1);
  iob_open(iob2);

  /* "inside" is how many bytes do not come from the source's head-room */

  inside = len - MIN(len, before1);
  if (before1 > iob1->io_offset || before2 > iob2->io_offset ||
      (offset1 > 0 && (unsigned int)offset1 > iob1->io_pktlen) ||
      inside > iob1->io_pktlen - MAX(offset1, 0))
    {
      return -EINVAL;
    }

  pktlen = MAX(offset2, 0) + len - MIN(len, before2);

  /* Obtain the memory: the head, if somebody else views it, and what does
   * not fit there.
   */

  if (!iob_writable(iob2))
    {
      first = iob_substitute(iob2, MAX(offset2, 0));
      if (first == NULL)
        {
          return -ENOMEM;
        }
    }

  room = IOB_BUFSIZE(first) - first->io_offset;
  room = MIN(room, pktlen);

  if (pktlen > room)
    {
      chain = iob_alloc_chain(pktlen - room, throttled, block);
      if (chain == NULL)
        {
          if (first != iob2)
            {
              iob_free(first);
            }

          return -ENOMEM;
        }
    }

  /* Nothing can fail any more */

  if (first != iob2)
    {
      iob_replace(iob2, first, IOB_SITE);
    }

  rest            = iob2->io_flink;
  iob2->io_flink  = chain;
  iob2->io_len    = room;
  iob2->io_pktlen = pktlen;

  iob_free_chain(rest);
  iob_transfer(iob1, offset1, iob2, offset2, len);
  return OK;
}

/****************************************************************************
 * Name: iob_clone
 *
 * Description:
 *   Copy (and pack) the data of one packet into another, which must be
 *   empty.
 *
 * Input Parameters:
 *   iob1      - The source
 *   iob2      - The destination
 *   throttled - True: leave the last CONFIG_IOB_THROTTLE buffers to others
 *   block     - True: wait for buffers
 *
 * Returned Value:
 *   Zero, or a negated errno.
 *
 ****************************************************************************/

int iob_clone(FAR struct iob_s *iob1, FAR struct iob_s *iob2,
              bool throttled, bool block)
{
  DEBUGASSERT(iob2->io_len == 0 && iob2->io_pktlen == 0 &&
              iob2->io_flink == NULL);

  return iob_clone_partial(iob1, iob1->io_pktlen, 0, iob2, 0,
                           throttled, block);
}
