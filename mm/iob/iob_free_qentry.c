/****************************************************************************
 * mm/iob/iob_free_qentry.c
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
 * Name: iob_free_qentry
 *
 * Description:
 *   Free the container of a chain, not the chain.  May be called from an
 *   interrupt.
 *
 * Input Parameters:
 *   iobq - The container
 *
 * Returned Value:
 *   The container that followed it, or NULL.
 *
 ****************************************************************************/

FAR struct iob_qentry_s *iob_free_qentry(FAR struct iob_qentry_s *iobq)
{
  FAR struct iob_qentry_s *next = iobq->qe_flink;
  irqstate_t flags;
  bool wake;

  flags = iob_lock();
  wake  = g_qentry_count++ < 0;

  if (wake)
    {
      iobq->qe_flink   = g_iob_qcommitted;
      g_iob_qcommitted = iobq;
    }
  else
    {
      DEBUGASSERT(g_qentry_count <= CONFIG_IOB_NCHAINS);

      iobq->qe_flink  = g_iob_freeqlist;
      g_iob_freeqlist = iobq;
    }

  iob_unlock(flags);

  if (wake)
    {
      nxsem_post(&g_qentry_sem);
    }

  return next;
}

#endif /* CONFIG_IOB_NCHAINS > 0 */
