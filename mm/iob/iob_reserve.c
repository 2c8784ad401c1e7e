/****************************************************************************
 * mm/iob/iob_reserve.c
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
 * Name: iob_reserve_one
 *
 * Description:
 *   Set the head-room of one buffer.  If it holds data, the end of the data
 *   stays where it is.
 *
 * Returned Value:
 *   By how much the data has grown; negative if it became less.
 *
 ****************************************************************************/

static int iob_reserve_one(FAR struct iob_s *iob, unsigned int offset)
{
  int n = (int)iob->io_offset - (int)offset;

  if (iob->io_len > 0)
    {
      if (n >= 0)
        {
          iob->io_offset = offset;
          iob->io_len   += n;
          return n;
        }

      /* What is dropped here becomes head-room only if it may */

      n = MAX(n, -(int)iob->io_len);
      iob_drophead(iob, -n);
      if (iob->io_len > 0)
        {
          return n;
        }
    }
  else
    {
      n = 0;
    }

  iob->io_offset = MIN(offset, IOB_BUFSIZE(iob));
  return n;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_reserve
 *
 * Description:
 *   Set the head-room of an empty packet, at the expense of its tail-room.
 *   More than the first buffer holds is spread over those that follow.
 *
 * Input Parameters:
 *   iob      - The chain
 *   reserved - Bytes of head-room; 0 changes nothing
 *
 ****************************************************************************/

void iob_reserve(FAR struct iob_s *iob, unsigned int reserved)
{
  FAR struct iob_s *head = iob;

  while (iob != NULL && reserved > 0)
    {
      unsigned int offset;

      iob_open(iob);
      offset = MIN(reserved, IOB_BUFSIZE(iob));

      head->io_pktlen += iob_reserve_one(iob, offset);
      reserved -= offset;
      iob = iob->io_flink;
    }
}
