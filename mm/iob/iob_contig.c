/****************************************************************************
 * mm/iob/iob_contig.c
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
 * Name: iob_slide
 *
 * Description:
 *   Move the data of a buffer towards its front, as far as it takes to have
 *   room for "len" bytes from its beginning.  The head-room that is left
 *   keeps what was just in front of the data: a link header may lie there.
 *
 ****************************************************************************/

static void iob_slide(FAR struct iob_s *iob, unsigned int len)
{
  unsigned int offset = IOB_BUFSIZE(iob) - len;

  DEBUGASSERT(offset <= iob->io_offset);
  memmove(iob->io_data, IOB_DATA(iob) - offset, offset + iob->io_len);
  iob->io_offset = offset;
}

/****************************************************************************
 * Name: iob_enlarge
 *
 * Description:
 *   Let a buffer have memory of its own with room for "len" bytes from the
 *   beginning of its data, and what it holds in it.  The head-room stays,
 *   as far as it fits, and so does what is in it.
 *
 * Returned Value:
 *   Zero, or a negated errno.
 *
 ****************************************************************************/

#ifdef CONFIG_IOB_SHARED
static int iob_enlarge(FAR struct iob_s *iob, unsigned int len,
                       FAR const void *site)
{
  FAR struct iob_s *with;
  unsigned int headroom;

  if (len > IOB_MAXEXTENT)
    {
      return -ENOSPC;
    }

  headroom = MIN(iob->io_offset, IOB_MAXEXTENT - len);
  with     = iob_tryalloc_contig(len, headroom,
                                 iob->io_flags & IOB_F_CLASS);
  if (with == NULL)
    {
      return -ENOMEM;
    }

  memcpy(IOB_DATA(with) - headroom, IOB_DATA(iob) - headroom,
         headroom + iob->io_len);
  with->io_len = iob->io_len;
  iob_replace(iob, with, site);
  return OK;
}
#else
#  define iob_enlarge(iob, len, site) (-ENOSPC)
#endif

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_contig
 *
 * Description:
 *   Make the first bytes of a packet contiguous in its first buffer.
 *
 * Input Parameters:
 *   iob - The chain
 *   len - How many bytes
 *
 * Returned Value:
 *   Zero; -EINVAL if the packet is shorter; -ENOSPC if no buffer can hold
 *   them; -ENOMEM if there is none.  On failure the packet is as it was.
 *
 ****************************************************************************/

int iob_contig(FAR struct iob_s *iob, unsigned int len)
{
  unsigned int n;

  if (len <= iob->io_len)
    {
      return OK;
    }

  if (len > iob->io_pktlen)
    {
      ioberr("ERROR: %u bytes of a packet of %u\n", len, iob->io_pktlen);
      return -EINVAL;
    }

  /* Tail-room can always be used; the data is moved only if it may be */

  iob_open(iob);
  if (len - iob->io_len > (unsigned int)IOB_FREESPACE(iob))
    {
      if (iob_writable(iob) && len <= IOB_BUFSIZE(iob))
        {
          iob_slide(iob, len);
        }
      else
        {
          int ret = iob_enlarge(iob, len, IOB_SITE);

          if (ret < 0)
            {
              return ret;
            }
        }
    }

  while (iob->io_len < len)
    {
      FAR struct iob_s *next = iob->io_flink;

      n = MIN(len - iob->io_len, next->io_len);
      memcpy(IOB_DATA(iob) + iob->io_len, IOB_DATA(next), n);
      iob->io_len += n;
      iob_drophead(next, n);

      if (next->io_len == 0)
        {
          iob->io_flink = iob_free(next);
        }
    }

  return OK;
}
