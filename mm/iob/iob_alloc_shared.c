/****************************************************************************
 * mm/iob/iob_alloc_shared.c
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
 * Name: iob_legacy_class
 *
 * Description:
 *   The class that NuttX's "throttled" stands for.
 *
 ****************************************************************************/

static inline enum iob_class_e iob_legacy_class(bool throttled)
{
  return throttled ? IOB_CLASS_RX : IOB_CLASS_TX;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_timedalloc
 *
 * Description:
 *   Allocate an I/O buffer, waiting for one to become free if there is none.
 *
 * Input Parameters:
 *   throttled - True: leave the reserve of IOB_CLASS_TX to others
 *   timeout   - The longest wait in milliseconds; UINT_MAX waits for ever
 *
 * Returned Value:
 *   An empty I/O buffer of CONFIG_IOB_BUFSIZE bytes, or NULL.
 *
 ****************************************************************************/

FAR struct iob_s *iob_timedalloc(bool throttled, unsigned int timeout)
{
  FAR struct iob_s *iob = iob_wait(CONFIG_IOB_BUFSIZE,
                                   iob_legacy_class(throttled), NULL,
                                   timeout);

  IOB_MARK(iob);
  return iob;
}

/****************************************************************************
 * Name: iob_alloc
 *
 * Description:
 *   Allocate an I/O buffer, waiting as long as it takes.
 *
 * Input Parameters:
 *   throttled - True: leave the reserve of IOB_CLASS_TX to others
 *
 * Returned Value:
 *   As iob_timedalloc().
 *
 ****************************************************************************/

FAR struct iob_s *iob_alloc(bool throttled)
{
  FAR struct iob_s *iob = iob_wait(CONFIG_IOB_BUFSIZE,
                                   iob_legacy_class(throttled), NULL,
                                   IOB_FOREVER);

  IOB_MARK(iob);
  return iob;
}

/****************************************************************************
 * Name: iob_tryalloc
 *
 * Description:
 *   Allocate an I/O buffer without waiting for one to become free.
 *
 * Input Parameters:
 *   throttled - True: leave the reserve of IOB_CLASS_TX to others
 *
 * Returned Value:
 *   An empty I/O buffer of CONFIG_IOB_BUFSIZE bytes, or NULL.
 *
 ****************************************************************************/

FAR struct iob_s *iob_tryalloc(bool throttled)
{
  FAR struct iob_s *iob = iob_trytake(CONFIG_IOB_BUFSIZE,
                                      iob_legacy_class(throttled));

  IOB_MARK(iob);
  return iob;
}

/****************************************************************************
 * Name: iob_alloc_dynamic
 *
 * Description:
 *   Allocate one I/O buffer with "size" contiguous bytes from the arena,
 *   without waiting.
 *
 * Input Parameters:
 *   size - Bytes of data the buffer must hold
 *
 * Returned Value:
 *   An empty I/O buffer, or NULL.
 *
 ****************************************************************************/

FAR struct iob_s *iob_alloc_dynamic(uint16_t size)
{
  FAR struct iob_s *iob = iob_trytake(size, IOB_CLASS_TX);

  IOB_MARK(iob);
  return iob;
}
