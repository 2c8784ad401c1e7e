/****************************************************************************
 * mm/iob/iob_wait.c
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

/* Those who wait for an allocation.
 *
 * Each class has a list of waiters in the order in which they came.  Memory
 * that is freed is handed to them by the one who frees it, so that a waiter
 * never competes with those who come later.  The first of each list is
 * served first; if what it wants is not there yet, others of its class may
 * be served before it, but not more than CONFIG_IOB_MAXPASS times.  Then
 * nothing of the class is handed out until it has been served, or has given
 * up.  Other classes are never held up.
 *
 * A waiter lives on the stack of its task.  Once "served" is set, a post of
 * its semaphore is under way and it must take it before it returns.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include <nuttx/arch.h>
#include <nuttx/clock.h>
#include <nuttx/sched.h>

#include "iob.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_waitlist
 *
 * Description:
 *   The list that a waiter belongs in.
 *
 ****************************************************************************/

static FAR struct iob_waitlist_s *
iob_waitlist(FAR const struct iob_waiter_s *waiter)
{
  return waiter->holder != NULL ? &g_iob.minwaiting[waiter->cls] :
                                  &g_iob.waiting[waiter->cls];
}

/****************************************************************************
 * Name: iob_enlist and iob_delist
 *
 * Description:
 *   Put a waiter at the end of its list, or take it out.
 *
 ****************************************************************************/

static void iob_enlist(FAR struct iob_waiter_s *waiter)
{
  FAR struct iob_waitlist_s *list = iob_waitlist(waiter);

  waiter->flink = NULL;
  if (list->tail != NULL)
    {
      list->tail->flink = waiter;
    }
  else
    {
      list->head = waiter;
    }

  list->tail = waiter;
  g_iob.nwaiting++;
}

static void iob_delist(FAR struct iob_waiter_s *waiter)
{
  FAR struct iob_waitlist_s *list = iob_waitlist(waiter);
  FAR struct iob_waiter_s *prev = NULL;
  FAR struct iob_waiter_s *curr;

  for (curr = list->head; curr != waiter; curr = curr->flink)
    {
      prev = curr;
    }

  if (prev != NULL)
    {
      prev->flink = waiter->flink;
    }
  else
    {
      list->head = waiter->flink;
    }

  if (list->tail == waiter)
    {
      list->tail = prev;
    }

  g_iob.nwaiting--;
}

/****************************************************************************
 * Name: iob_try_waiter
 *
 * Description:
 *   Try to get what a waiter waits for.
 *
 ****************************************************************************/

static FAR struct iob_s *iob_try_waiter(FAR struct iob_waiter_s *waiter,
                                        FAR uint32_t **cause)
{
  FAR struct iob_s *iob = NULL;

  *cause = &g_iob.count.fail_turn;

#if CONFIG_IOB_NMINIMUM > 0
  if (waiter->holder != NULL)
    {
      iob = iob_standing_get(waiter->holder, waiter->cls);
    }
#endif

  /* A holder that waits for its minimum does not pass those who wait for
   * ordinary memory.
   */

  if (iob == NULL &&
      (waiter->holder == NULL || g_iob.waiting[waiter->cls].head == NULL))
    {
      iob = iob_find(waiter->size, waiter->cls, cause);
    }

  return iob;
}

/****************************************************************************
 * Name: iob_serve_list
 *
 * Description:
 *   Serve one waiter of a list, if it can be done: the first, or one behind
 *   it that may pass.  At most CONFIG_IOB_MAXPASS + 1 are looked at.
 *
 * Returned Value:
 *   The waiter, no longer in the list; NULL if none can be served.
 *
 ****************************************************************************/

static FAR struct iob_waiter_s *
iob_serve_list(FAR struct iob_waitlist_s *list)
{
  FAR struct iob_waiter_s *head = list->head;
  FAR struct iob_waiter_s *waiter;
  FAR uint32_t *cause;
  unsigned int looked = 0;

  for (waiter = head; waiter != NULL; waiter = waiter->flink)
    {
      /* A size that the first did not get is not there for this one.  What
       * stands ready is another matter: that depends on the holder.
       */

      if (waiter == head || waiter->holder != NULL ||
          waiter->size < head->size)
        {
          waiter->iob = iob_try_waiter(waiter, &cause);
        }

      if (waiter->iob != NULL)
        {
          if (waiter != head)
            {
              head->passed++;
              g_iob.count.npass++;
            }

          iob_delist(waiter);
          waiter->served = true;
          return waiter;
        }

      if (head->passed >= CONFIG_IOB_MAXPASS ||
          ++looked > CONFIG_IOB_MAXPASS)
        {
          break;
        }
    }

  return NULL;
}

/****************************************************************************
 * Name: iob_serve_one
 *
 * Description:
 *   Serve one waiter of any class, each class being asked first in turn.
 *
 ****************************************************************************/

static FAR struct iob_waiter_s *iob_serve_one(void)
{
  FAR struct iob_waiter_s *waiter;
  irqstate_t flags;
  unsigned int i;

  flags  = iob_lock();
  waiter = NULL;

  for (i = 0; i < IOB_NCLASSES && waiter == NULL; i++)
    {
      unsigned int cls = (g_iob.nextclass + i) % IOB_NCLASSES;

      waiter = iob_serve_list(&g_iob.waiting[cls]);
      if (waiter == NULL && cls <= IOB_CLASS_TX)
        {
          waiter = iob_serve_list(&g_iob.minwaiting[cls]);
        }

      if (waiter != NULL)
        {
          g_iob.nextclass = cls + 1;
        }
    }

  iob_unlock(flags);
  return waiter;
}

/****************************************************************************
 * Name: iob_possible
 *
 * Description:
 *   Tell whether a class could ever have an extent of this size: whether
 *   there is something to wait for.
 *
 ****************************************************************************/

static bool iob_possible(unsigned int size, enum iob_class_e cls)
{
  return size <= IOB_MAXEXTENT && IOB_UNITS(size) <= IOB_MAXUNITS &&
         IOB_UNITS(size) <= MAX(IOB_COMMONUNITS, iob_reserved_units(cls));
}

#ifdef CONFIG_IOB_NOTIFIER

/****************************************************************************
 * Name: iob_notify_wanted
 *
 * Description:
 *   Tell whether a notification was asked for.
 *
 ****************************************************************************/

static bool iob_notify_wanted(void)
{
  irqstate_t flags = iob_lock();
  bool wanted = g_iob.notify;

  iob_unlock(flags);
  return wanted;
}
#endif

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_freed
 *
 * Description:
 *   Hand what is free to those who wait.  Called, without the lock, when
 *   something was freed or a waiter has given up.
 *
 ****************************************************************************/

void iob_freed(void)
{
  FAR struct iob_waiter_s *waiter;

  while ((waiter = iob_serve_one()) != NULL)
    {
      nxsem_post(&waiter->sem);
    }

  iob_watch_tell();

#ifdef CONFIG_IOB_NOTIFIER
  if (iob_notify_wanted() &&
      MAX(iob_navail(false), iob_navail(true)) >=
      MIN(CONFIG_IOB_NOTIFIER_DIV, IOB_NTOTAL))
    {
      iob_notifier_signal();
    }
#endif
}

/****************************************************************************
 * Name: iob_wait
 *
 * Description:
 *   Allocate, waiting up to "timeout" milliseconds if need be and if this
 *   is a task that can wait.  With a holder, a standing extent will do as
 *   well.
 *
 * Returned Value:
 *   An empty iob; NULL if the time is over, or if what is asked for can
 *   never be had.
 *
 ****************************************************************************/

FAR struct iob_s *iob_wait(unsigned int size, enum iob_class_e cls,
                           FAR const void *holder, unsigned int timeout)
{
  struct iob_waiter_s waiter;
  FAR uint32_t *cause;
  irqstate_t flags;
  int ret;

  if (timeout == 0 || up_interrupt_context() || sched_idletask())
    {
      return holder == NULL ? iob_trytake(size, cls) : NULL;
    }

  waiter.holder = holder;
  waiter.iob    = NULL;
  waiter.size   = size;
  waiter.cls    = cls;
  waiter.passed = 0;
  waiter.served = false;

  flags = iob_lock();
  cause = &g_iob.count.fail_turn;

  if (iob_waitlist(&waiter)->head == NULL)
    {
      waiter.iob = iob_try_waiter(&waiter, &cause);
    }

  if (waiter.iob == NULL)
    {
      (*cause)++;
    }

  if (waiter.iob != NULL || !iob_possible(size, cls))
    {
      iob_unlock(flags);
      return waiter.iob;
    }

  nxsem_init(&waiter.sem, 0, 0);
  iob_enlist(&waiter);
  g_iob.count.nwaits++;
  iob_unlock(flags);

  /* It may pass those who came first */

  iob_freed();

  if (timeout == IOB_FOREVER)
    {
      ret = nxsem_wait_uninterruptible(&waiter.sem);
    }
  else
    {
      ret = nxsem_tickwait_uninterruptible(&waiter.sem, MSEC2TICK(timeout));
    }

  if (ret < 0)
    {
      bool served;

      flags  = iob_lock();
      served = waiter.served;
      if (!served)
        {
          iob_delist(&waiter);
          g_iob.count.ntimeout++;
        }

      iob_unlock(flags);

      if (served)
        {
          /* Served in the last moment: the post is on its way */

          do
            {
              ret = nxsem_wait_uninterruptible(&waiter.sem);
            }
          while (ret < 0);
        }
      else
        {
          /* This one may have held up others */

          iob_freed();
        }
    }

  nxsem_destroy(&waiter.sem);
  return waiter.iob;
}
