/****************************************************************************
 * mm/iob/iob_add_queue.c
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
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_append_qentry
 *
 * Description:
 *   Put a chain in a container, and that at the end of a queue.
 *
 * Returned Value:
 *   Zero, or -ENOMEM if there is no container.
 *
 ****************************************************************************/

static int iob_append_qentry(FAR struct iob_s *iob,
                             FAR struct iob_queue_s *iobq,
                             FAR struct iob_qentry_s *qentry)
{
  irqstate_t flags;

  if (qentry == NULL)
    {
      ioberr("ERROR: no container\n");
      return -ENOMEM;
    }

  qentry->qe_head  = iob;
  qentry->qe_flink = NULL;

  flags = iob_lock();

  if (iobq->qh_head == NULL)
    {
      iobq->qh_head = qentry;
    }
  else
    {
      DEBUGASSERT(iobq->qh_tail != NULL);
      iobq->qh_tail->qe_flink = qentry;
    }

  iobq->qh_tail = qentry;

  iob_unlock(flags);
  return OK;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_add_queue
 *
 * Description:
 *   Add one I/O buffer chain to the end of a queue, waiting for a container
 *   if there is none.
 *
 * Input Parameters:
 *   iob  - The chain; it belongs to the queue on success
 *   iobq - The queue
 *
 * Returned Value:
 *   Zero, or -ENOMEM.
 *
 ****************************************************************************/

int iob_add_queue(FAR struct iob_s *iob, FAR struct iob_queue_s *iobq)
{
  DEBUGASSERT(iob != NULL && iobq != NULL);

  IOB_HANDOVER(iob);
  return iob_append_qentry(iob, iobq, iob_alloc_qentry());
}

/****************************************************************************
 * Name: iob_tryadd_queue
 *
 * Description:
 *   Add one I/O buffer chain to the end of a queue without waiting.
 *
 * Input Parameters:
 *   iob  - The chain; it belongs to the queue on success
 *   iobq - The queue
 *
 * Returned Value:
 *   Zero, or -ENOMEM.
 *
 ****************************************************************************/

int iob_tryadd_queue(FAR struct iob_s *iob, FAR struct iob_queue_s *iobq)
{
  DEBUGASSERT(iob != NULL && iobq != NULL);

  IOB_HANDOVER(iob);
  return iob_append_qentry(iob, iobq, iob_tryalloc_qentry());
}

#endif /* CONFIG_IOB_NCHAINS > 0 */
