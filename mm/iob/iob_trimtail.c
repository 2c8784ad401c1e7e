/****************************************************************************
 * mm/iob/iob_trimtail.c
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
 * Name: iob_trimtail
 *
 * Description:
 *   Remove bytes from the end of a packet.  Emptied buffers are freed.
 *
 * Input Parameters:
 *   iob     - The chain
 *   trimlen - Bytes to remove
 *
 * Returned Value:
 *   The chain, or NULL if all of it was freed.
 *
 ****************************************************************************/

FAR struct iob_s *iob_trimtail(FAR struct iob_s *iob, unsigned int trimlen)
{
  FAR struct iob_s *last;
  unsigned int keep;

  iobinfo("iob=%p trimlen=%u\n", iob, trimlen);

  if (iob == NULL || trimlen == 0)
    {
      return iob;
    }

  if (trimlen >= iob->io_pktlen)
    {
      iob_free_chain(iob);
      return NULL;
    }

  keep = iob->io_pktlen - trimlen;
  iob->io_pktlen = keep;

  /* Find the buffer that holds the last byte to keep */

  for (last = iob; keep > last->io_len; last = last->io_flink)
    {
      keep -= last->io_len;
    }

  iob_droptail(last, last->io_len - keep);
  iob_free_chain(last->io_flink);
  last->io_flink = NULL;
  return iob;
}
