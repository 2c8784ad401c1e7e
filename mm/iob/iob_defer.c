/****************************************************************************
 * mm/iob/iob_defer.c
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

/* Waiting for a view to go.
 *
 * TCP wants to send a segment again while a driver still holds the frame
 * of the first time, so that the headers can not be written.  It asks to be
 * told when any other view of the extent goes.  The request hangs on the
 * common part of the extent: whoever drops a view finds it without looking
 * anything up.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include "iob.h"

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_defer
 *
 * Description:
 *   Ask to be called once when any other view of the extent of "iob" goes.
 *
 * Input Parameters:
 *   defer - The request, with df_kick set
 *   iob   - A view of the extent, the caller's own
 *
 * Returned Value:
 *   Zero; -EAGAIN if nobody else views the extent; -EBUSY if there is a
 *   request already; -EINVAL.
 *
 ****************************************************************************/

int iob_defer(FAR struct iob_defer_s *defer, FAR struct iob_s *iob)
{
  FAR struct iob_ext_s *ext = iob->io_ext;
  irqstate_t flags;
  int ret = OK;

  if (defer->df_kick == NULL)
    {
      return -EINVAL;
    }

  if (ext == NULL)
    {
      return -EAGAIN;
    }

  flags = iob_lock();
  if (ext->ex_defer == defer)
    {
      /* It is in place */
    }
  else if (ext->ex_defer != NULL)
    {
      ret = -EBUSY;
    }
  else if (iob_sole(iob))
    {
      ret = -EAGAIN;
    }
  else
    {
      ext->ex_defer = defer;
      defer->df_ext = ext;
      g_iob.count.ndefer++;
    }

  iob_unlock(flags);
  return ret;
}

/****************************************************************************
 * Name: iob_undefer
 *
 * Description:
 *   Take back a request of iob_defer().
 *
 * Input Parameters:
 *   defer - The request
 *
 * Returned Value:
 *   Zero if it was taken back: df_kick will not run.  -ENOENT if there was
 *   nothing to take back: df_kick was never due, or has returned.
 *   -EINPROGRESS if it has not returned yet.
 *
 ****************************************************************************/

int iob_undefer(FAR struct iob_defer_s *defer)
{
  FAR struct iob_kicking_s *kicking;
  irqstate_t flags = iob_lock();
  int ret = -ENOENT;

  if (defer->df_ext != NULL)
    {
      defer->df_ext->ex_defer = NULL;
      defer->df_ext = NULL;
      ret = OK;
    }

  /* If the kick asked again, that is taken back, but it still runs */

  for (kicking = g_iob.kicking; kicking != NULL; kicking = kicking->flink)
    {
      if (kicking->defer == defer)
        {
          ret = -EINPROGRESS;
        }
    }

  iob_unlock(flags);
  return ret;
}
