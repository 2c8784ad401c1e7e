/****************************************************************************
 * mm/iob/iob_copyin.c
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
 * Name: iob_unshare_range
 *
 * Description:
 *   Make every buffer writable that holds some of the "len" bytes from
 *   "offset" on, which the packet has.
 *
 ****************************************************************************/

static int iob_unshare_range(FAR struct iob_s *iob, unsigned int offset,
                             unsigned int len)
{
  int ret;

  for (; len > 0; iob = iob->io_flink)
    {
      unsigned int n;

      DEBUGASSERT(iob != NULL);

      if (offset >= iob->io_len)
        {
          offset -= iob->io_len;
          continue;
        }

      ret = iob_unshare(iob);
      if (ret < 0)
        {
          return ret;
        }

      n      = iob->io_len - offset;
      len   -= MIN(len, n);
      offset = 0;
    }

  return OK;
}

/****************************************************************************
 * Name: iob_last
 *
 * Description:
 *   The last buffer of a chain, its tail-room being all that it may use.
 *   One that is empty gets memory of its own, so that data starts there.
 *
 * Returned Value:
 *   The buffer, or NULL if there is no memory.
 *
 ****************************************************************************/

static FAR struct iob_s *iob_last(FAR struct iob_s *iob)
{
  while (iob->io_flink != NULL)
    {
      iob = iob->io_flink;
    }

  iob_open(iob);
  if (iob->io_len == 0 && iob_unshare(iob) < 0)
    {
      return NULL;
    }

  return iob;
}

/****************************************************************************
 * Name: iob_write
 *
 * Description:
 *   Copy bytes over what the packet holds from "offset" on.
 *
 ****************************************************************************/

static void iob_write(FAR struct iob_s *iob, FAR const uint8_t *src,
                      unsigned int len, unsigned int offset)
{
  for (; len > 0; iob = iob->io_flink)
    {
      unsigned int n;

      DEBUGASSERT(iob != NULL);

      if (offset >= iob->io_len)
        {
          offset -= iob->io_len;
          continue;
        }

      n = iob->io_len - offset;
      n = MIN(len, n);

      memcpy(IOB_DATA(iob) + offset, src, n);
      src   += n;
      len   -= n;
      offset = 0;
    }
}

/****************************************************************************
 * Name: iob_copyin_internal
 *
 * Description:
 *   Copy bytes into a packet, over what is there, and extend it as needed.
 *   Everything that can fail is done first, so that nothing is written if
 *   it does.
 *
 ****************************************************************************/

static int iob_copyin_internal(FAR struct iob_s *iob,
                               FAR const uint8_t *src, unsigned int len,
                               int offset, bool throttled, bool block)
{
  FAR struct iob_s *chain = NULL;
  FAR struct iob_s *last = NULL;
  unsigned int before = 0;
  unsigned int over;
  unsigned int room = 0;
  unsigned int grow;
  int ret;

  iobinfo("iob=%p len=%u offset=%d\n", iob, len, offset);
  DEBUGASSERT(iob != NULL && (src != NULL || len == 0));

  /* Of the "len" bytes, "before" go in front of the packet, "over" over
   * what it holds, and it grows by the rest.
   */

  if (offset < 0)
    {
      before = 0 - (unsigned int)offset;
      offset = 0;

      iob_open(iob);
      if (before > iob->io_offset)
        {
          ioberr("ERROR: %u bytes before the packet, of %u\n",
                 before, iob->io_offset);
          return iob_writable(iob) ? -ESPIPE : -ENOSPC;
        }
    }
  else if ((unsigned int)offset > iob->io_pktlen)
    {
      ioberr("ERROR: offset %d, packet of %u\n", offset, iob->io_pktlen);
      return -ESPIPE;
    }

  grow = len - MIN(len, before);
  over = iob->io_pktlen - offset;
  over = MIN(over, grow);
  grow -= over;

  ret = iob_unshare_range(iob, offset, over);
  if (ret < 0)
    {
      return ret;
    }

  if (grow > 0)
    {
      last = iob_last(iob);
      if (last == NULL)
        {
          return -ENOMEM;
        }

      room = MIN(grow, (unsigned int)IOB_FREESPACE(last));
      if (grow > room)
        {
          chain = iob_alloc_chain(grow - room, throttled, block);
          if (chain == NULL)
            {
              ioberr("ERROR: no buffers for %u bytes\n", grow - room);
              return -ENOMEM;
            }
        }
    }

  /* Nothing can fail any more */

  if (grow > 0)
    {
      last->io_len   += room;
      last->io_flink  = chain;
      iob->io_pktlen += grow;
    }

  if (before > 0)
    {
      unsigned int n = MIN(len, before);

      DEBUGASSERT(before <= iob->io_offset);
      memcpy(IOB_DATA(iob) - before, src, n);
      src += n;
    }

  iob_write(iob, src, over + grow, offset);
  return len;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_alloc_chain
 *
 * Description:
 *   Allocate buffers for "len" bytes, with io_len set in each.
 *
 * Returned Value:
 *   The chain; NULL if there are not enough buffers.
 *
 ****************************************************************************/

FAR struct iob_s *iob_alloc_chain(unsigned int len, bool throttled,
                                  bool block)
{
  FAR struct iob_s *head = NULL;
  FAR struct iob_s *tail = NULL;

  while (len > 0)
    {
      FAR struct iob_s *iob;

      iob = block ? iob_alloc(throttled) : iob_tryalloc(throttled);
      if (iob == NULL)
        {
          iob_free_chain(head);
          return NULL;
        }

      iob->io_len = MIN(len, IOB_BUFSIZE(iob));
      len        -= iob->io_len;

      if (tail != NULL)
        {
          tail->io_flink = iob;
        }
      else
        {
          head = iob;
        }

      tail = iob;
    }

  return head;
}

/****************************************************************************
 * Name: iob_copyin
 *
 * Description:
 *   Copy bytes into a packet at an offset, over what is there, and extend
 *   the chain as needed.  Waits for buffers.
 *
 * Input Parameters:
 *   iob       - The chain
 *   src       - The bytes to copy
 *   len       - How many
 *   offset    - Where in the packet they go.  At most io_pktlen; it may be
 *               negative by up to the head-room.
 *   throttled - True: leave the last CONFIG_IOB_THROTTLE buffers to others
 *
 * Returned Value:
 *   "len" on success.  A negated errno on failure; the packet then has the
 *   bytes and lengths that it had: -ESPIPE if the offset is not in the
 *   packet, -ENOMEM if buffers lack, -ENOSPC if bytes before the packet are
 *   not the caller's to write.
 *
 ****************************************************************************/

int iob_copyin(FAR struct iob_s *iob, FAR const uint8_t *src,
               unsigned int len, int offset, bool throttled)
{
  return iob_copyin_internal(iob, src, len, offset, throttled, true);
}

/****************************************************************************
 * Name: iob_trycopyin
 *
 * Description:
 *   The same as iob_copyin(), but never waits.
 *
 * Input Parameters:
 *   iob       - The chain
 *   src       - The bytes to copy
 *   len       - How many
 *   offset    - Where in the packet they go.  At most io_pktlen; it may be
 *               negative by up to the head-room.
 *   throttled - True: leave the last CONFIG_IOB_THROTTLE buffers to others
 *
 * Returned Value:
 *   As iob_copyin().
 *
 ****************************************************************************/

int iob_trycopyin(FAR struct iob_s *iob, FAR const uint8_t *src,
                  unsigned int len, int offset, bool throttled)
{
  return iob_copyin_internal(iob, src, len, offset, throttled, false);
}
