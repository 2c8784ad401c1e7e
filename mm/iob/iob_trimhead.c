/****************************************************************************
 * mm/iob/iob_trimhead.c
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
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_trimhead
 *
 * Description:
 *   Remove bytes from the beginning of a packet.  Emptied buffers are freed,
 *   except the last.
 *
 * Input Parameters:
 *   iob     - The chain
 *   trimlen - Bytes to remove
 *
 * Returned Value:
 *   The new head of the chain.
 *
 ****************************************************************************/

FAR struct iob_s *iob_trimhead(FAR struct iob_s *iob, unsigned int trimlen)
{
  iobinfo("iob=%p trimlen=%u\n", iob, trimlen);

  if (iob == NULL || trimlen == 0)
    {
      return iob;
    }

  while (iob->io_len <= trimlen && iob->io_flink != NULL)
    {
      trimlen -= iob->io_len;
      iob      = iob_free(iob);
    }

  if (iob->io_len > trimlen)
    {
      if (trimlen > 0)
        {
          iob_drophead(iob, trimlen);
          iob->io_pktlen -= trimlen;
        }
    }
  else
    {
      /* Nothing is left.  If this buffer is nobody else's, all of it can be
       * used again.
       */

      iob_drophead(iob, iob->io_len);
      iob->io_pktlen = 0;

      iob_open(iob);
      if (iob_writable(iob))
        {
          iob->io_offset = 0;
        }
    }

  return iob;
}
