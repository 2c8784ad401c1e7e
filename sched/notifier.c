/* sched/notifier.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The work notifier: work that waits for an event.  A notification is in the
 * list of those that wait until its event is signalled, then it is work of
 * its queue; it is freed just before its worker is called.
 */

#include <nuttx/config.h>

#include <limits.h>
#include <string.h>

#include <nuttx/kmalloc.h>
#include <nuttx/wqueue.h>

#include "core.h"

struct notification_s
{
  struct work_s work;
  struct work_notifier_s info;
  FAR struct notification_s *next;
  FAR struct notification_s *prev;
  bool signalled;
  int key;
};

struct notifier_s
{
  struct notification_s list;    /* All, in order of set-up; a ring */
  int key;                       /* The last one given out */
};

static struct notifier_s g_notifier;

void work_notifier_initialize(void)
{
  memset(&g_notifier, 0, sizeof(g_notifier));
  g_notifier.list.next = &g_notifier.list;
  g_notifier.list.prev = &g_notifier.list;
}

static void drop(FAR struct notification_s *entry)
{
  entry->prev->next = entry->next;
  entry->next->prev = entry->prev;
  kmm_free(entry);
}

/* Forget all, when nobody can be called any more. */

void work_notifier_deinitialize(void)
{
  while (g_notifier.list.next != &g_notifier.list)
    {
      drop(g_notifier.list.next);
    }
}

static FAR struct notification_s *find(int key)
{
  FAR struct notification_s *entry = g_notifier.list.next;

  while (entry != &g_notifier.list && entry->key != key)
    {
      entry = entry->next;
    }

  return entry != &g_notifier.list ? entry : NULL;
}

int work_notifier_setup(FAR struct work_notifier_s *info)
{
  FAR struct notification_s *entry;

  if (info->worker == NULL || info->qid >= NWORKQUEUES)
    {
      return -EINVAL;
    }

  entry = kmm_zalloc(sizeof(*entry));
  if (entry == NULL)
    {
      return -ENOMEM;
    }

  do
    {
      g_notifier.key = g_notifier.key == INT_MAX ? 1 : g_notifier.key + 1;
    }
  while (find(g_notifier.key) != NULL);

  entry->info = *info;
  entry->key  = g_notifier.key;
  entry->next = &g_notifier.list;
  entry->prev = g_notifier.list.prev;
  entry->prev->next = entry;
  entry->next->prev = entry;
  return entry->key;
}

int work_notifier_teardown(int key)
{
  FAR struct notification_s *entry = find(key);

  if (entry == NULL || entry->signalled)
    {
      return -ENOENT;
    }

  drop(entry);
  return 0;
}

/* The work of a notification that was signalled */

static void notify(FAR void *arg)
{
  FAR struct notification_s *entry = arg;
  struct work_notifier_s info = entry->info;

  drop(entry);
  info.worker(info.arg);
}

void work_notifier_signal(enum work_evtype_e evtype, FAR void *qualifier)
{
  FAR struct notification_s *entry;

  for (entry = g_notifier.list.next; entry != &g_notifier.list;
       entry = entry->next)
    {
      if (!entry->signalled && entry->info.evtype == evtype &&
          entry->info.qualifier == qualifier)
        {
          entry->signalled = true;
          work_queue(entry->info.qid, &entry->work, notify, entry, 0);
        }
    }
}
