/****************************************************************************
 * mm/iob/iob_pack.c
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
 * Name: iob_pull_in
 *
 * Description:
 *   Move as much as fits from the beginning of the next buffer to the end
 *   of this one.
 *
 ****************************************************************************/

static void iob_pull_in(FAR struct iob_s *iob, FAR struct iob_s *next)
{
  unsigned int n = MIN((unsigned int)IOB_FREESPACE(iob), next->io_len);

  memcpy(IOB_DATA(iob) + iob->io_len, IOB_DATA(next), n);
  iob->io_len += n;
  iob_drophead(next, n);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_pack
 *
 * Description:
 *   Move the data of a packet to the front of its buffers, so that all but
 *   the last are full, and free those that become empty.  Buffers that
 *   others view are left as they are, and so is what they hold.
 *
 * Input Parameters:
 *   iob - The chain
 *
 * Returned Value:
 *   The head of the chain.
 *
 ****************************************************************************/

FAR struct iob_s *iob_pack(FAR struct iob_s *iob)
{
  FAR struct iob_s *head;
  FAR struct iob_s *next;

  while (iob->io_len == 0 && iob->io_flink != NULL)
    {
      iob = iob_free(iob);
    }

  for (head = iob; iob != NULL; iob = iob->io_flink)
    {
      bool writable = iob_writable(iob);

      if (writable)
        {
          iob_open(iob);
          memmove(iob->io_data, IOB_DATA(iob), iob->io_len);
          iob->io_offset = 0;
        }

      while ((next = iob->io_flink) != NULL)
        {
          if (writable && iob_writable(next))
            {
              iob_pull_in(iob, next);
            }

          if (next->io_len > 0)
            {
              break;
            }

          iob->io_flink = iob_free(next);
        }
    }

  return head;
}
