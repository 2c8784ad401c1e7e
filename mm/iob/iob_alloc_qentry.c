/****************************************************************************
 * mm/iob/iob_alloc_qentry.c
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

#include <nuttx/arch.h>
#include <nuttx/sched.h>

#include "iob.h"

#if CONFIG_IOB_NCHAINS > 0

/****************************************************************************
 * Private Data
 ****************************************************************************/

static struct iob_qentry_s g_iob_qpool[CONFIG_IOB_NCHAINS];

/****************************************************************************
 * Public Data
 ****************************************************************************/

/* As with the buffers of the fixed pool, a container that is freed while
 * tasks wait is committed to one of them, which then counts as waiting no
 * more; and the semaphore does nothing but wake.
 */

FAR struct iob_qentry_s *g_iob_freeqlist;
FAR struct iob_qentry_s *g_iob_qcommitted;
volatile int16_t g_qentry_count;
sem_t g_qentry_sem;

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_take_qentry
 *
 * Description:
 *   Take a container off one of the lists.  The lock is held.
 *
 ****************************************************************************/

static FAR struct iob_qentry_s *
iob_take_qentry(FAR struct iob_qentry_s *FAR *list)
{
  FAR struct iob_qentry_s *qentry = *list;

  if (qentry != NULL)
    {
      *list            = qentry->qe_flink;
      qentry->qe_flink = NULL;
      qentry->qe_head  = NULL;
    }

  return qentry;
}

/****************************************************************************
 * Name: iob_take_freeqentry
 *
 * Description:
 *   Take a container that is free, if there is one.  The lock is held.
 *
 ****************************************************************************/

static FAR struct iob_qentry_s *iob_take_freeqentry(void)
{
  FAR struct iob_qentry_s *qentry = iob_take_qentry(&g_iob_freeqlist);

  if (qentry != NULL)
    {
      DEBUGASSERT(g_qentry_count > 0);
      g_qentry_count--;
    }

  return qentry;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_initialize_qentries
 *
 * Description:
 *   Set up the containers for chains in queues: all of them are free.
 *
 ****************************************************************************/

void iob_initialize_qentries(void)
{
  unsigned int i;

  g_iob_freeqlist  = NULL;
  g_iob_qcommitted = NULL;
  g_qentry_count   = CONFIG_IOB_NCHAINS;
  nxsem_init(&g_qentry_sem, 0, 0);

  for (i = CONFIG_IOB_NCHAINS; i-- > 0; )
    {
      g_iob_qpool[i].qe_flink = g_iob_freeqlist;
      g_iob_freeqlist         = &g_iob_qpool[i];
    }
}

/****************************************************************************
 * Name: iob_alloc_qentry
 *
 * Description:
 *   Allocate a container for a chain in a queue, waiting as long as it
 *   takes.  From an interrupt it does not wait.
 *
 * Returned Value:
 *   The container, or NULL.
 *
 ****************************************************************************/

FAR struct iob_qentry_s *iob_alloc_qentry(void)
{
  FAR struct iob_qentry_s *qentry;
  irqstate_t flags;
  int ret;

  if (up_interrupt_context() || sched_idletask())
    {
      return iob_tryalloc_qentry();
    }

  flags  = iob_lock();
  qentry = iob_take_freeqentry();

  if (qentry == NULL)
    {
      g_qentry_count--;

      do
        {
          iob_unlock(flags);
          ret    = nxsem_wait_uninterruptible(&g_qentry_sem);
          flags  = iob_lock();
          qentry = iob_take_qentry(&g_iob_qcommitted);
        }
      while (qentry == NULL && ret >= 0);

      if (qentry == NULL)
        {
          g_qentry_count++;
        }
    }

  iob_unlock(flags);
  return qentry;
}

/****************************************************************************
 * Name: iob_tryalloc_qentry
 *
 * Description:
 *   Allocate a container for a chain in a queue without waiting.
 *
 * Returned Value:
 *   The container, or NULL.
 *
 ****************************************************************************/

FAR struct iob_qentry_s *iob_tryalloc_qentry(void)
{
  FAR struct iob_qentry_s *qentry;
  irqstate_t flags;

  flags  = iob_lock();
  qentry = iob_take_freeqentry();
  iob_unlock(flags);

  return qentry;
}

#endif /* CONFIG_IOB_NCHAINS > 0 */
