/****************************************************************************
 * mm/iob/iob_linearize.c
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
 * Name: iob_linearize
 *
 * Description:
 *   Return the same packet in one contiguous iob, with at least "headroom"
 *   bytes in front that are its own.  If it is not one already, it is
 *   copied, which is counted as a bounce; never waits.
 *
 * Input Parameters:
 *   iob      - The chain; consumed on success
 *   headroom - Bytes wanted in front
 *   cls      - The class of the copy
 *
 * Returned Value:
 *   The packet, or NULL if it can not be had; "iob" is then as it was.
 *
 ****************************************************************************/

FAR struct iob_s *iob_linearize(FAR struct iob_s *iob, unsigned int headroom,
                                enum iob_class_e cls)
{
  FAR struct iob_s *flat;
  irqstate_t flags;

  if (iob->io_len == iob->io_pktlen)
    {
      if (iob->io_offset < headroom)
        {
          iob_open(iob);
        }

      if (iob->io_offset >= headroom)
        {
          /* What follows is empty */

          iob_free_chain(iob->io_flink);
          iob->io_flink = NULL;
          return iob;
        }
    }

  flat = iob_alloc_class(iob->io_pktlen, headroom, cls, 0);
  if (flat == NULL)
    {
      return NULL;
    }

  iob_copyout(IOB_DATA(flat), iob, iob->io_pktlen, 0);
  flat->io_len    = iob->io_pktlen;
  flat->io_pktlen = iob->io_pktlen;
  IOB_MARK(flat);

  flags = iob_lock();
  g_iob.count.nbounce++;
  iob_unlock(flags);

  iob_free_chain(iob);
  return flat;
}
