/* sched/wqueue.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Work queues: a timer carries work from the moment it is queued until it is
 * due, then it is in a ring from which the queue's thread takes it.
 *
 *   work_queue() --> [ timer ] --> ring --> worker(arg)
 *
 * Work that is due at once skips the timer.
 */

#include <nuttx/config.h>

#include <string.h>

#include <nuttx/wqueue.h>

#include "core.h"

#define WORK_STACKSIZE 262144

struct wqueue_s
{
  FAR struct work_s *head;       /* What is due; a ring */
  FAR struct work_s *running;    /* Whose worker is called just now */
  FAR struct tcb_s *thread;
  sem_t ready;                   /* Posted for each that becomes due */
  FAR struct tcb_s *flushers;    /* Who wait for "running" to return */
};

static struct wqueue_s g_work[NWORKQUEUES];

static const struct
{
  FAR const char *name;
  int priority;
} g_workinfo[NWORKQUEUES] =
{
  [HPWORK] = { "hpwork", 224 },
  [LPWORK] = { "lpwork", 50 },
};

/* The ring of what is due */

static void due(FAR struct work_s *work)
{
  FAR struct wqueue_s *queue = &g_work[work->qid];
  FAR struct work_s *head = queue->head;

  if (head == NULL)
    {
      work->next  = work;
      work->prev  = work;
      queue->head = work;
    }
  else
    {
      work->next       = head;
      work->prev       = head->prev;
      head->prev->next = work;
      head->prev       = work;
    }

  nxsem_post(&queue->ready);
}

static void unlink_work(FAR struct work_s *work)
{
  FAR struct wqueue_s *queue = &g_work[work->qid];

  work->prev->next = work->next;
  work->next->prev = work->prev;
  if (queue->head == work)
    {
      queue->head = work->next != work ? work->next : NULL;
    }

  work->next = NULL;
  work->prev = NULL;
}

static void work_timeout(wdparm_t arg)
{
  due((FAR struct work_s *)arg);
}

/* Take back work that is queued. */

static void withdraw(FAR struct work_s *work)
{
  if (WDOG_ISACTIVE(&work->timer))
    {
      wd_cancel(&work->timer);
    }
  else
    {
      unlink_work(work);
    }

  work->worker = NULL;
}

/* Carry out the first of a ring, if there is one: it may have been taken
 * back.
 */

static void run_first(FAR struct wqueue_s *queue)
{
  FAR struct work_s *work = queue->head;
  FAR void *arg;
  worker_t worker;

  if (work == NULL)
    {
      return;
    }

  unlink_work(work);
  worker       = work->worker;
  arg          = work->arg;
  work->worker = NULL;

  queue->running = work;
  worker(arg);
  queue->running = NULL;
  nxsched_wake_all(&queue->flushers);
}

static int work_thread(int argc, FAR char *argv[])
{
  FAR struct wqueue_s *queue = &g_work[HPWORK];

  (void)argc;
  (void)argv;

  while (queue->thread != g_sched.running)
    {
      queue++;
    }

  while (nxsem_wait(&queue->ready) >= 0)
    {
      run_first(queue);
    }

  return 0;
}

/* Start the threads. */

int work_initialize(void)
{
  int qid;

  memset(g_work, 0, sizeof(g_work));

  for (qid = 0; qid < NWORKQUEUES; qid++)
    {
      int pid = kthread_create(g_workinfo[qid].name,
                               g_workinfo[qid].priority, WORK_STACKSIZE,
                               work_thread, NULL);

      if (pid < 0)
        {
          return pid;
        }

      g_work[qid].thread = nxsched_get_tcb(pid);
    }

  return 0;
}

int work_queue(int qid, FAR struct work_s *work, worker_t worker,
               FAR void *arg, clock_t delay)
{
  if (qid < 0 || qid >= NWORKQUEUES || worker == NULL || delay < 0)
    {
      return -EINVAL;
    }

  if (!work_available(work))
    {
      withdraw(work);
    }

  work->worker = worker;
  work->arg    = arg;
  work->qid    = (uint8_t)qid;
  work->qtime  = clock_systime_ticks();

  if (delay > 0)
    {
      return wd_start(&work->timer, delay, work_timeout, (wdparm_t)work);
    }

  due(work);
  return 0;
}

int work_cancel(int qid, FAR struct work_s *work)
{
  if (qid < 0 || qid >= NWORKQUEUES)
    {
      return -EINVAL;
    }

  if (work_available(work) || work->qid != qid)
    {
      return -ENOENT;
    }

  withdraw(work);
  return 0;
}

int work_cancel_sync(int qid, FAR struct work_s *work)
{
  int ret = work_cancel(qid, work);

  if (ret == -EINVAL || g_work[qid].running != work)
    {
      return ret;
    }

  if (g_work[qid].thread == g_sched.running)
    {
      return -EDEADLK;
    }

  nxsched_wait(TWAIT_JOIN, g_work[qid].thread, &g_work[qid].flushers,
               CLOCK_NEVER, false, SCHED_SITE);
  return ret;
}
