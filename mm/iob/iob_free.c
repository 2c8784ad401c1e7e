/****************************************************************************
 * mm/iob/iob_free.c
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
 * Name: iob_first_waitlist
 *
 * Description:
 *   Whose turn it is to get the buffer that is being freed: NULL if nobody
 *   waits who may have it.  The lock is held.
 *
 ****************************************************************************/

static FAR struct iob_waitlist_s *iob_first_waitlist(void)
{
  FAR struct iob_waitlist_s *list = &g_iob.waitlist[0];

  if (list->nwaiting > 0)
    {
      return list;
    }

#if CONFIG_IOB_THROTTLE > 0
  list = &g_iob.waitlist[1];
  if (list->nwaiting > 0 && g_iob.nfree >= CONFIG_IOB_THROTTLE)
    {
      return list;
    }
#endif

  return NULL;
}

/****************************************************************************
 * Name: iob_return
 *
 * Description:
 *   Commit a buffer to somebody who waits, or make it free.
 *
 ****************************************************************************/

static void iob_return(FAR struct iob_s *iob)
{
  FAR struct iob_waitlist_s *list;
  irqstate_t flags;
#ifdef CONFIG_IOB_NOTIFIER
  bool notify;
#endif

  flags = iob_lock();
  list  = iob_first_waitlist();

  if (list != NULL)
    {
      iob->io_flink   = list->committed;
      list->committed = iob;
      list->nwaiting--;
    }
  else
    {
      DEBUGASSERT(g_iob.nfree < CONFIG_IOB_NBUFFERS);

      iob->io_flink  = g_iob.freelist;
      g_iob.freelist = iob;
      g_iob.nfree++;
    }

#ifdef CONFIG_IOB_NOTIFIER
  notify = g_iob.notify &&
           g_iob.nfree >= MIN(CONFIG_IOB_NOTIFIER_DIV, CONFIG_IOB_NBUFFERS);
#endif

  iob_unlock(flags);

  /* The one who waits may have given up and taken the buffer since: see
   * iob.h for why this post does no harm then.
   */

  if (list != NULL)
    {
      nxsem_post(&list->sem);
    }

#ifdef CONFIG_IOB_NOTIFIER
  if (notify)
    {
      iob_notifier_signal();
    }
#endif
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_free
 *
 * Description:
 *   Free the I/O buffer at the head of a chain.  May be called from an
 *   interrupt.
 *
 * Input Parameters:
 *   iob - The head of the chain
 *
 * Returned Value:
 *   The rest of the chain, with io_pktlen set, or NULL.
 *
 ****************************************************************************/

FAR struct iob_s *iob_free(FAR struct iob_s *iob)
{
  FAR struct iob_s *next = iob->io_flink;

  iobinfo("iob=%p io_pktlen=%u io_len=%u next=%p\n",
          iob, iob->io_pktlen, iob->io_len, next);

  /* Only the head of a chain knows the length of the packet */

  if (next != NULL)
    {
      next->io_pktlen = iob->io_pktlen > iob->io_len ?
                        iob->io_pktlen - iob->io_len : 0;
    }

#ifdef CONFIG_IOB_ALLOC
  if (iob->io_free != NULL)
    {
      iob->io_free(iob);
      return next;
    }
#endif

  iob_return(iob);
  return next;
}
