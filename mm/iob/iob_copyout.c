/****************************************************************************
 * mm/iob/iob_copyout.c
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
 * Name: iob_copyout
 *
 * Description:
 *   Copy bytes of a packet into a linear buffer.
 *
 * Input Parameters:
 *   dest   - Where they go
 *   iob    - The chain
 *   len    - How many at the most
 *   offset - Where in the packet they start; it may be negative by up to
 *            the head-room
 *
 * Returned Value:
 *   The number of bytes copied, or -ESPIPE if they start before the buffer.
 *
 ****************************************************************************/

int iob_copyout(FAR uint8_t *dest, FAR const struct iob_s *iob,
                unsigned int len, int offset)
{
  unsigned int left = len;

  if (offset < -(int)iob->io_offset)
    {
      ioberr("ERROR: offset %d, head-room of %u\n", offset, iob->io_offset);
      return -ESPIPE;
    }

  for (; iob != NULL && left > 0; iob = iob->io_flink)
    {
      unsigned int n;

      if (offset >= (int)iob->io_len)
        {
          offset -= iob->io_len;
          continue;
        }

      n = (int)iob->io_len - offset;
      n = MIN(left, n);

      memcpy(dest, IOB_DATA(iob) + offset, n);
      dest  += n;
      left  -= n;
      offset = 0;
    }

  return len - left;
}
