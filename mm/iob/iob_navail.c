/****************************************************************************
 * mm/iob/iob_navail.c
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
 * Name: iob_navail
 *
 * Description:
 *   Return how many buffers iob_tryalloc() could return now.
 *
 * Input Parameters:
 *   throttled - True: leave the last CONFIG_IOB_THROTTLE buffers to others
 *
 * Returned Value:
 *   The number of buffers, 0 or more.
 *
 ****************************************************************************/

int iob_navail(bool throttled)
{
  irqstate_t flags;
  int navail;

  flags  = iob_lock();
  navail = g_iob.nfree;
  iob_unlock(flags);

  if (throttled)
    {
      navail = MAX(navail - CONFIG_IOB_THROTTLE, 0);
    }

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
  irqstate_t flags;
  int navail;

  flags  = iob_lock();
  navail = g_qentry_count;
  iob_unlock(flags);

  return MAX(navail, 0);
#else
  return 0;
#endif
}
