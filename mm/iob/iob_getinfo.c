/****************************************************************************
 * mm/iob/iob_getinfo.c
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
 *   Return the four columns of /proc/iobinfo.
 *
 * Input Parameters:
 *   stats - Where they go
 *
 ****************************************************************************/

void iob_getstats(FAR struct iob_stats_s *stats)
{
  FAR struct iob_waiter_s *waiter;
  irqstate_t flags = iob_lock();

  stats->nwait     = g_iob.nwaiting;
  stats->nthrottle = 0;

  for (waiter = g_iob.waiting[IOB_CLASS_RX].head; waiter != NULL;
       waiter = waiter->flink)
    {
      stats->nthrottle++;
    }

  iob_unlock(flags);

  stats->ntotal = IOB_NTOTAL;
  stats->nfree  = iob_navail(false);
}

/****************************************************************************
 * Name: iob_getinfo
 *
 * Description:
 *   Return every count there is.
 *
 * Input Parameters:
 *   info - Where they go
 *
 ****************************************************************************/

void iob_getinfo(FAR struct iob_info_s *info)
{
  struct iob_budget_s units;
  struct iob_budget_s views;
  struct iob_stats_s stats;
  irqstate_t flags;
  unsigned int cls;

  iob_getstats(&stats);

  flags = iob_lock();

  units = g_iob.units;
  views = g_iob.views;
  iob_if_flushed(&units, &views, 1);

  *info                 = g_iob.count;
  info->stats           = stats;
  info->arena           = (size_t)IOB_NUNITS * IOB_GRANULE;
  info->standing        = (size_t)IOB_STANDUNITS * IOB_GRANULE;
  info->used            = (size_t)(IOB_COMMONUNITS - units.nfree +
                                   iob_reserved_used()) * IOB_GRANULE;
  info->cached          = (size_t)(units.nfree - g_iob.units.nfree) *
                          IOB_GRANULE;
  info->highwater       = (size_t)MAX(IOB_COMMONUNITS -
                                      g_iob.units.lowest,
                                      g_iob.mostused) * IOB_GRANULE;
  info->largest         = (size_t)iob_arena_largest() * IOB_GRANULE;
  info->metadata        = iob_arena_metadata();
  info->nviews          = IOB_NVIEWS - 2 * CONFIG_IOB_NMINIMUM;
  info->views_used      = info->nviews - views.nfree;
  info->views_highwater = info->nviews - g_iob.views.lowest;

  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      info->class_used[cls]    = (size_t)(iob_budget_used(&units, cls) +
                                          g_iob.reservedused[cls]) *
                                 IOB_GRANULE;
      info->class_reserve[cls] = (size_t)iob_reserved_units(cls) *
                                 IOB_GRANULE;
      info->class_views[cls]   = iob_budget_used(&views, cls);
    }

  iob_unlock(flags);
}
