/****************************************************************************
 * mm/iob/iob_statistics.c
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
 * Name: iob_getstats
 *
 * Description:
 *   Return the four columns of /proc/iobinfo: buffers in all, those that
 *   are free, tasks that wait, and throttled tasks that wait.
 *
 * Input Parameters:
 *   stats - Where they go
 *
 ****************************************************************************/

void iob_getstats(FAR struct iob_stats_s *stats)
{
  irqstate_t flags;

  flags = iob_lock();
  stats->ntotal    = CONFIG_IOB_NBUFFERS;
  stats->nfree     = g_iob.nfree;
  stats->nwait     = g_iob.waitlist[0].nwaiting;
#if CONFIG_IOB_THROTTLE > 0
  stats->nthrottle = g_iob.waitlist[1].nwaiting;
#else
  stats->nthrottle = 0;
#endif
  iob_unlock(flags);
}
