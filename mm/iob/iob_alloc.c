/****************************************************************************
 * mm/iob/iob_alloc.c
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

#include <limits.h>

#include <nuttx/arch.h>
#include <nuttx/clock.h>
#include <nuttx/sched.h>

#include "iob.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_reset
 *
 * Description:
 *   Put a buffer in the state in which it is handed out.
 *
 ****************************************************************************/

static FAR struct iob_s *iob_reset(FAR struct iob_s *iob)
{
  if (iob != NULL)
    {
      iob->io_flink  = NULL;
      iob->io_len    = 0;
      iob->io_offset = 0;
      iob->io_pktlen = 0;
    }

  return iob;
}

/****************************************************************************
 * Name: iob_take_free
 *
 * Description:
 *   Take a buffer off the free list, if the caller may have one.  The lock
 *   is held.
 *
 ****************************************************************************/

static FAR struct iob_s *iob_take_free(bool throttled)
{
  FAR struct iob_s *iob = NULL;

  if (g_iob.nfree > (throttled ? CONFIG_IOB_THROTTLE : 0))
    {
      iob = g_iob.freelist;
      DEBUGASSERT(iob != NULL);

      g_iob.freelist = iob->io_flink;
      g_iob.nfree--;
    }

  return iob;
}

/****************************************************************************
 * Name: iob_sleep
 *
 * Description:
 *   Wait for a post until "timeout" milliseconds after "start".
 *
 * Returned Value:
 *   Zero, or a negated errno if the wait is over.
 *
 ****************************************************************************/

static int iob_sleep(FAR sem_t *sem, clock_t start, unsigned int timeout)
{
  clock_t elapsed;
  clock_t limit;

  if (timeout == UINT_MAX)
    {
      return nxsem_wait_uninterruptible(sem);
    }

  limit   = MSEC2TICK(timeout);
  elapsed = clock_systime_ticks() - start;

  return nxsem_tickwait_uninterruptible(sem, elapsed < limit ?
                                             limit - elapsed : 0);
}

/****************************************************************************
 * Name: iob_allocwait
 *
 * Description:
 *   Allocate an I/O buffer, waiting for one if there is none.
 *
 ****************************************************************************/

static FAR struct iob_s *iob_allocwait(bool throttled, unsigned int timeout)
{
  FAR struct iob_waitlist_s *list;
  FAR struct iob_s *iob;
  irqstate_t flags;
  clock_t start;
  int ret;

  list  = &g_iob.waitlist[throttled && CONFIG_IOB_THROTTLE > 0];
  start = clock_systime_ticks();
  flags = iob_lock();

  iob = iob_take_free(throttled);
  if (iob == NULL)
    {
      list->nwaiting++;

      do
        {
          iob_unlock(flags);
          ret   = iob_sleep(&list->sem, start, timeout);
          flags = iob_lock();
          iob   = list->committed;
        }
      while (iob == NULL && ret >= 0);

      if (iob != NULL)
        {
          list->committed = iob->io_flink;
        }
      else
        {
          list->nwaiting--;
        }
    }

  iob_unlock(flags);
  return iob_reset(iob);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_timedalloc
 *
 * Description:
 *   Allocate an I/O buffer, waiting for one to become free if there is
 *   none.  From an interrupt, or with a timeout of zero, it does not wait.
 *
 * Input Parameters:
 *   throttled - True: leave the last CONFIG_IOB_THROTTLE buffers to others
 *   timeout   - The longest wait in milliseconds; UINT_MAX waits for ever
 *
 * Returned Value:
 *   An empty I/O buffer, or NULL.
 *
 ****************************************************************************/

FAR struct iob_s *iob_timedalloc(bool throttled, unsigned int timeout)
{
  if (timeout == 0 || up_interrupt_context() || sched_idletask())
    {
      return iob_tryalloc(throttled);
    }

  return iob_allocwait(throttled, timeout);
}

/****************************************************************************
 * Name: iob_alloc
 *
 * Description:
 *   Allocate an I/O buffer, waiting as long as it takes.
 *
 * Input Parameters:
 *   throttled - True: leave the last CONFIG_IOB_THROTTLE buffers to others
 *
 * Returned Value:
 *   An empty I/O buffer, or NULL from a context that can not wait.
 *
 ****************************************************************************/

FAR struct iob_s *iob_alloc(bool throttled)
{
  return iob_timedalloc(throttled, UINT_MAX);
}

/****************************************************************************
 * Name: iob_tryalloc
 *
 * Description:
 *   Allocate an I/O buffer without waiting for one to become free.
 *
 * Input Parameters:
 *   throttled - True: leave the last CONFIG_IOB_THROTTLE buffers to others
 *
 * Returned Value:
 *   An empty I/O buffer, or NULL.
 *
 ****************************************************************************/

FAR struct iob_s *iob_tryalloc(bool throttled)
{
  FAR struct iob_s *iob;
  irqstate_t flags;

  flags = iob_lock();
  iob   = iob_take_free(throttled);
  iob_unlock(flags);

  return iob_reset(iob);
}
