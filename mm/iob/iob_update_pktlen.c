/****************************************************************************
 * mm/iob/iob_update_pktlen.c
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
 * Name: iob_cut
 *
 * Description:
 *   Keep the first bytes of a packet.  The head stays, even if empty.
 *
 ****************************************************************************/

static void iob_cut(FAR struct iob_s *iob, unsigned int keep)
{
  iob->io_pktlen = keep;

  while (keep > iob->io_len)
    {
      keep -= iob->io_len;
      iob   = iob->io_flink;
    }

  iob_droptail(iob, iob->io_len - keep);
  iob_free_chain(iob->io_flink);
  iob->io_flink = NULL;
}

/****************************************************************************
 * Name: iob_append
 *
 * Description:
 *   Extend a packet by "len" bytes, or as many as can be had.
 *
 ****************************************************************************/

static void iob_append(FAR struct iob_s *head, unsigned int len,
                       bool throttled)
{
  FAR struct iob_s *iob = head;

  while (iob->io_flink != NULL)
    {
      iob = iob->io_flink;
    }

  /* One that is empty gets memory of its own, so that data starts there */

  iob_open(iob);
  if (iob->io_len == 0 && iob_unshare(iob) < 0)
    {
      return;
    }

  for (; ; )
    {
      unsigned int n = MIN(len, (unsigned int)IOB_FREESPACE(iob));

      iob->io_len     += n;
      head->io_pktlen += n;
      len             -= n;

      if (len == 0)
        {
          break;
        }

      iob->io_flink = iob_tryalloc(throttled);
      iob = iob->io_flink;
      if (iob == NULL)
        {
          break;
        }
    }
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_update_pktlen
 *
 * Description:
 *   Set the length of a packet: cut its tail, or extend it by bytes of no
 *   particular value, without waiting.  The lengths of buffers before the
 *   last one never change, and nothing happens if the length is right
 *   already.
 *
 * Input Parameters:
 *   iob       - The chain
 *   pktlen    - The new length
 *   throttled - True: leave the last CONFIG_IOB_THROTTLE buffers to others
 *
 * Returned Value:
 *   The length the packet has now (less than asked if buffers lack), or
 *   -EINVAL if iob is NULL.
 *
 ****************************************************************************/

int iob_update_pktlen(FAR struct iob_s *iob, unsigned int pktlen,
                      bool throttled)
{
  if (iob == NULL)
    {
      return -EINVAL;
    }

  if (pktlen < iob->io_pktlen)
    {
      iob_cut(iob, pktlen);
    }
  else if (pktlen > iob->io_pktlen)
    {
      iob_append(iob, pktlen - iob->io_pktlen, throttled);
    }

  return iob->io_pktlen;
}
