/****************************************************************************
 * mm/iob/iob_navail_shared.c
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
 * Name: iob_navail_class
 *
 * Description:
 *   Count what a class could have now, cache included.  The lock is held.
 *
 * Returned Value:
 *   The number of buffers; *limit is what the budget allows.
 *
 ****************************************************************************/

static uint32_t iob_navail_class(enum iob_class_e cls,
                                 FAR uint32_t *limit)
{
  struct iob_budget_s units = g_iob.units;
  struct iob_budget_s views = g_iob.views;
  uint32_t navail;

  navail  = iob_if_flushed(&units, &views, IOB_POOLUNITS);
  navail += iob_reserved_runs(IOB_POOLUNITS, cls);
  *limit  = MIN(units.nfree / IOB_POOLUNITS +
                iob_reserved_runs(IOB_POOLUNITS, cls),
                iob_budget_avail(&views, cls));

  if (navail < *limit)
    {
      navail += iob_arena_runs(IOB_POOLUNITS, *limit - navail);
    }

  return MIN(navail, *limit);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_navail
 *
 * Description:
 *   Return how many buffers iob_tryalloc() could return now: a lower bound,
 *   and exact as long as only those are used.  Takes time in
 *   proportion to the words of the arena's map, up to the first as many
 *   buffers as the class may have.
 *
 * Input Parameters:
 *   throttled - True: leave the reserve of IOB_CLASS_TX to others
 *
 * Returned Value:
 *   The number of buffers, 0 or more.
 *
 ****************************************************************************/

int iob_navail(bool throttled)
{
  enum iob_class_e cls = throttled ? IOB_CLASS_RX : IOB_CLASS_TX;
  FAR struct iob_waiter_s *head;
  irqstate_t flags;
  uint32_t navail;
  uint32_t limit;

  flags  = iob_lock();
  navail = iob_navail_class(cls, &limit);

  /* What is cached may lie in the way of a longer run */

  if (navail < limit && iob_flush())
    {
      navail = iob_navail_class(cls, &limit);
    }

  head = g_iob.waiting[cls].head;
  if (head != NULL && head->passed >= CONFIG_IOB_MAXPASS)
    {
      navail = 0;
    }

  iob_unlock(flags);
  return navail;
}

/****************************************************************************
 * Name: iob_qentry_navail
 *
 * Description:
 *   Return the number of available queue containers.
 *
 ****************************************************************************/

int iob_qentry_navail(void)
{
#if CONFIG_IOB_NCHAINS > 0
  return MAX(g_qentry_count, 0);
#else
  return 0;
#endif
}
