/****************************************************************************
 * mm/iob/iob_trimhead_queue.c
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

#if CONFIG_IOB_NCHAINS > 0

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_trimhead_queue
 *
 * Description:
 *   iob_trimhead() on the chain at the head of a queue.
 *
 * Input Parameters:
 *   qhead   - The queue
 *   trimlen - Bytes to remove
 *
 * Returned Value:
 *   The new head of the first chain, or NULL if the queue is empty.
 *
 ****************************************************************************/

FAR struct iob_s *iob_trimhead_queue(FAR struct iob_queue_s *qhead,
                                     unsigned int trimlen)
{
  FAR struct iob_qentry_s *qentry = qhead->qh_head;

  if (qentry == NULL)
    {
      return NULL;
    }

  qentry->qe_head = iob_trimhead(qentry->qe_head, trimlen);
  return qentry->qe_head;
}

#endif /* CONFIG_IOB_NCHAINS > 0 */
