/****************************************************************************
 * mm/iob/iob_initialize_shared.c
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
 * Name: iob_budget_initialize
 *
 * Description:
 *   Start a budget, all zero, in which n are free and some are reserved.
 *
 ****************************************************************************/

static void iob_budget_initialize(FAR struct iob_budget_s *budget,
                                  uint32_t n,
                                  FAR const uint32_t *reserve)
{
  unsigned int cls;

  budget->nfree  = n;
  budget->lowest = n;
  budget->common = n;

  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      budget->reserve[cls] = reserve[cls];
      budget->left[cls]    = reserve[cls];
      budget->common      -= reserve[cls];
    }
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_initialize
 *
 * Description:
 *   Set up the I/O buffers for normal operations.  May be called again when
 *   nobody uses any of them: everything then starts from nothing.
 *
 ****************************************************************************/

void iob_initialize(void)
{
  static const uint32_t units[IOB_NCLASSES];
  static const uint32_t views[IOB_NCLASSES] =
    {
      IOB_VIEWS(IOB_RESERVE_RX), IOB_VIEWS(IOB_RESERVE_TX),
      IOB_VIEWS(IOB_RESERVE_CTRL), IOB_VIEWS(IOB_RESERVE_RING)
    };

  iob_report_t report = g_iob.report;
  unsigned int i;

  memset(&g_iob, 0, sizeof(g_iob));
  spin_lock_init(&g_iob.lock);
  g_iob.report = report;

  memset(g_iob_views, 0, sizeof(struct iob_s) * IOB_NVIEWS);
  for (i = IOB_NVIEWS; i-- > 0; )
    {
      g_iob_views[i].io_flink = g_iob.freeviews;
      g_iob.freeviews         = &g_iob_views[i];
    }

  iob_budget_initialize(&g_iob.units, IOB_COMMONUNITS, units);
  iob_budget_initialize(&g_iob.views, IOB_NVIEWS - 2 * CONFIG_IOB_NMINIMUM,
                        views);
  iob_arena_initialize();
  iob_poison(g_iob_arena, IOB_NUNITS);
  iob_reserved_initialize();

#if CONFIG_IOB_NMINIMUM > 0
  iob_standing_initialize();
#endif

#if CONFIG_IOB_NCHAINS > 0
  iob_initialize_qentries();
#endif
}
