/****************************************************************************
 * mm/iob/iob_notifier.c
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

#ifdef CONFIG_IOB_NOTIFIER

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_notifier_setup
 *
 * Description:
 *   Have a worker run on a work queue when a buffer is free that data which
 *   waits for a notification could have: one that is throttled.
 *
 * Input Parameters:
 *   qid    - HPWORK or LPWORK
 *   worker - The function to run
 *   arg    - Its argument
 *
 * Returned Value:
 *   A key > 0 for iob_notifier_teardown(); 0 if there are free buffers now
 *   and nothing was set up; a negated errno on failure.
 *
 ****************************************************************************/

int iob_notifier_setup(int qid, worker_t worker, FAR void *arg)
{
  struct work_notifier_s info;
  irqstate_t flags;
  int key;

  DEBUGASSERT(worker != NULL);

  if (iob_navail(true) > 0)
    {
      return 0;
    }

  info.evtype    = WORK_IOB_AVAIL;
  info.qid       = qid;
  info.qualifier = NULL;
  info.arg       = arg;
  info.worker    = worker;

  key = work_notifier_setup(&info);
  if (key > 0)
    {
      flags = iob_lock();
      g_iob.notify = true;
      iob_unlock(flags);

      /* A buffer that was freed before the flag was set told nobody */

      if (iob_navail(true) > 0)
        {
          iob_notifier_signal();
        }
    }

  return key;
}

/****************************************************************************
 * Name: iob_notifier_teardown
 *
 * Description:
 *   Cancel what iob_notifier_setup() set up.  Needed only if the worker did
 *   not run.
 *
 * Input Parameters:
 *   key - What iob_notifier_setup() returned
 *
 ****************************************************************************/

void iob_notifier_teardown(int key)
{
  work_notifier_teardown(key);
}

/****************************************************************************
 * Name: iob_notifier_signal
 *
 * Description:
 *   Buffers are free: have all the workers run that were set up for it.
 *   Whoever still finds none must set up a notification again.  Called,
 *   without the lock, by those who free; also from an interrupt.
 *
 ****************************************************************************/

void iob_notifier_signal(void)
{
  irqstate_t flags;

  /* The flag is cleared first: what is set up from here on sets it again */

  flags = iob_lock();
  g_iob.notify = false;
  iob_unlock(flags);

  work_notifier_signal(WORK_IOB_AVAIL, NULL);
}

#endif /* CONFIG_IOB_NOTIFIER */
