/****************************************************************************
 * mm/iob/iob_watch.c
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

/* To be told that something was freed.
 *
 * A task that lacks memory waits in an allocation.  The network stack, which
 * must not wait, leaves a request instead, does something else, and tries
 * again when it is called.  The request says nothing about sizes: whether
 * what was freed is enough is found out by trying.
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
 * Name: iob_watch
 *
 * Description:
 *   Ask to be called once, when the next view or extent is freed.
 *
 * Input Parameters:
 *   watch - The request, with wt_freed set
 *
 * Returned Value:
 *   Zero, also if it was in place already; -EINVAL.
 *
 ****************************************************************************/

int iob_watch(FAR struct iob_watch_s *watch)
{
  irqstate_t flags;

  if (watch->wt_freed == NULL)
    {
      return -EINVAL;
    }

  flags = iob_lock();
  if (!watch->wt_armed)
    {
      watch->wt_armed = true;
      watch->wt_flink = g_iob.watchers;
      g_iob.watchers  = watch;
    }

  iob_unlock(flags);
  return OK;
}

/****************************************************************************
 * Name: iob_unwatch
 *
 * Description:
 *   Take back a request of iob_watch().
 *
 * Input Parameters:
 *   watch - The request
 *
 * Returned Value:
 *   Zero if it was taken back: wt_freed will not run.  -ENOENT if there was
 *   nothing to take back: wt_freed was never due, runs, or has returned.
 *
 ****************************************************************************/

int iob_unwatch(FAR struct iob_watch_s *watch)
{
  FAR struct iob_watch_s **link = &g_iob.watchers;
  irqstate_t flags = iob_lock();
  int ret = -ENOENT;

  while (*link != NULL && *link != watch)
    {
      link = &(*link)->wt_flink;
    }

  if (*link == watch)
    {
      *link = watch->wt_flink;
      watch->wt_armed = false;
      ret = OK;
    }

  iob_unlock(flags);
  return ret;
}

/****************************************************************************
 * Name: iob_watch_tell
 *
 * Description:
 *   Something was freed: call those who asked, each once.  One that asks
 *   again from its callback is told next time.  Called without the lock.
 *
 ****************************************************************************/

void iob_watch_tell(void)
{
  FAR struct iob_watch_s *list;
  FAR struct iob_watch_s *watch;
  irqstate_t flags = iob_lock();

  list = g_iob.watchers;
  g_iob.watchers = NULL;
  iob_unlock(flags);

  /* One that is asked for again before its turn is told all the same, and
   * its link is not touched while it is in this list.
   */

  while ((watch = list) != NULL)
    {
      list  = watch->wt_flink;
      flags = iob_lock();
      watch->wt_armed = false;
      iob_unlock(flags);
      watch->wt_freed(watch);
    }
}
