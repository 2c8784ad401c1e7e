/****************************************************************************
 * mm/iob/iob_alloc_contig.c
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
 * Name: iob_alloc_class
 *
 * Description:
 *   What all functions have in common that allocate with a size.
 *
 ****************************************************************************/

FAR struct iob_s *iob_alloc_class(unsigned int size, unsigned int headroom,
                                  enum iob_class_e cls,
                                  unsigned int timeout)
{
  FAR struct iob_s *iob;

  if ((unsigned int)cls >= IOB_NCLASSES)
    {
      return NULL;
    }

  if (headroom > IOB_MAXEXTENT || size > IOB_MAXEXTENT - headroom)
    {
      irqstate_t flags = iob_lock();

      g_iob.count.fail_size++;
      iob_unlock(flags);
      return NULL;
    }

  iob = timeout == 0 ? iob_trytake(size + headroom, cls) :
                       iob_wait(size + headroom, cls, NULL, timeout);
  if (iob != NULL)
    {
      iob->io_offset = headroom;
    }

  return iob;
}

/****************************************************************************
 * Name: iob_timedalloc_contig
 *
 * Description:
 *   iob_alloc_contig() with a limit in time.
 *
 * Input Parameters:
 *   size     - Bytes behind the head-room
 *   headroom - Bytes in front of it
 *   cls      - What it is for
 *   timeout  - Milliseconds; 0 does not wait, IOB_FOREVER always
 *
 * Returned Value:
 *   As iob_alloc_contig(); NULL also when the time is over, every count
 *   being as before.
 *
 ****************************************************************************/

FAR struct iob_s *iob_timedalloc_contig(unsigned int size,
                                        unsigned int headroom,
                                        enum iob_class_e cls,
                                        unsigned int timeout)
{
  FAR struct iob_s *iob = iob_alloc_class(size, headroom, cls, timeout);

  IOB_MARK(iob);
  return iob;
}

/****************************************************************************
 * Name: iob_alloc_contig
 *
 * Description:
 *   Allocate one iob on a new extent of at least headroom + size contiguous
 *   bytes, waiting as long as it takes.
 *
 * Input Parameters:
 *   size     - Bytes behind the head-room
 *   headroom - Bytes in front of it
 *   cls      - What it is for
 *
 * Returned Value:
 *   An iob that nobody else views; NULL if the size can not be had at all,
 *   or from an interrupt.
 *
 ****************************************************************************/

FAR struct iob_s *iob_alloc_contig(unsigned int size, unsigned int headroom,
                                   enum iob_class_e cls)
{
  FAR struct iob_s *iob = iob_alloc_class(size, headroom, cls, IOB_FOREVER);

  IOB_MARK(iob);
  return iob;
}

/****************************************************************************
 * Name: iob_tryalloc_contig
 *
 * Description:
 *   iob_alloc_contig() that never waits.
 *
 * Input Parameters:
 *   size     - Bytes behind the head-room
 *   headroom - Bytes in front of it
 *   cls      - What it is for
 *
 * Returned Value:
 *   As iob_alloc_contig().
 *
 ****************************************************************************/

FAR struct iob_s *iob_tryalloc_contig(unsigned int size,
                                      unsigned int headroom,
                                      enum iob_class_e cls)
{
  FAR struct iob_s *iob = iob_alloc_class(size, headroom, cls, 0);

  IOB_MARK(iob);
  return iob;
}
