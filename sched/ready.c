/* sched/ready.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Queues of tasks.
 *
 * A queue is a ring, linked both ways, and a pointer to its first task; the
 * task before the first is the last.  Tasks are in order of priority, the
 * highest first, and equals in order of arrival.  So a new task is looked a
 * place for from the end, which among equals takes no time.
 *
 * The ready queue is one such queue for each of the 256 priorities, with a
 * map of bits that says which are not empty, and a map of the words of that
 * map.  Everything is O(1).
 */

#include <nuttx/config.h>

#include <strings.h>

#include "core.h"

/* Put a task into a queue before a given one. */

static void insert_before(FAR struct tcb_s *where, FAR struct tcb_s *tcb)
{
  tcb->flink          = where;
  tcb->blink          = where->blink;
  tcb->blink->flink   = tcb;
  where->blink        = tcb;
}

void nxsched_enqueue(FAR struct tcb_s **queue, FAR struct tcb_s *tcb)
{
  FAR struct tcb_s *head = *queue;
  FAR struct tcb_s *prev;

  if (head == NULL)
    {
      tcb->flink = tcb;
      tcb->blink = tcb;
      *queue     = tcb;
      return;
    }

  if (head->sched_priority < tcb->sched_priority)
    {
      insert_before(head, tcb);
      *queue = tcb;
      return;
    }

  /* It is not the first, so the search ends at the head at the latest */

  prev = head->blink;
  while (prev->sched_priority < tcb->sched_priority)
    {
      prev = prev->blink;
    }

  insert_before(prev->flink, tcb);
}

void nxsched_dequeue(FAR struct tcb_s **queue, FAR struct tcb_s *tcb)
{
  if (tcb->flink == tcb)
    {
      DEBUGASSERT(*queue == tcb);
      *queue = NULL;
    }
  else
    {
      tcb->flink->blink = tcb->blink;
      tcb->blink->flink = tcb->flink;

      if (*queue == tcb)
        {
          *queue = tcb->flink;
        }
    }

  tcb->flink = NULL;
  tcb->blink = NULL;
}

void nxsched_ready(FAR struct tcb_s *tcb)
{
  unsigned int priority = tcb->sched_priority;

  tcb->state = TSTATE_READY;
  tcb->turn  = 0;
  nxsched_enqueue(&g_sched.ready[priority], tcb);
  g_sched.map[priority / 32] |= UINT32_C(1) << (priority % 32);
  g_sched.mapmap |= UINT32_C(1) << (priority / 32);
}

/* Its turn goes on */

void nxsched_ready_first(FAR struct tcb_s *tcb)
{
  unsigned int turn = tcb->turn;

  nxsched_ready(tcb);
  tcb->turn = turn;
  g_sched.ready[tcb->sched_priority] = tcb;
}

/* Take a task out of the ready queue. */

void nxsched_unready(FAR struct tcb_s *tcb)
{
  unsigned int priority = tcb->sched_priority;

  nxsched_dequeue(&g_sched.ready[priority], tcb);
  if (g_sched.ready[priority] != NULL)
    {
      return;
    }

  g_sched.map[priority / 32] &= ~(UINT32_C(1) << (priority % 32));
  if (g_sched.map[priority / 32] == 0)
    {
      g_sched.mapmap &= ~(UINT32_C(1) << (priority / 32));
    }
}

bool nxsched_isready(void)
{
  return g_sched.mapmap != 0;
}

/* Take the task that shall run next; there must be one. */

FAR struct tcb_s *nxsched_take_ready(void)
{
  unsigned int word = 31 - __builtin_clz(g_sched.mapmap);
  unsigned int bit = 31 - __builtin_clz(g_sched.map[word]);
  FAR struct tcb_s *tcb = g_sched.ready[word * 32 + bit];

  nxsched_unready(tcb);
  return tcb;
}

void nxsched_requeue(FAR struct tcb_s *tcb, uint8_t priority)
{
  if (tcb->state == TSTATE_READY)
    {
      nxsched_unready(tcb);
      tcb->sched_priority = priority;
      nxsched_ready(tcb);
    }
  else if (tcb->state == TSTATE_BLOCKED && tcb->waitqueue != NULL)
    {
      nxsched_dequeue(tcb->waitqueue, tcb);
      tcb->sched_priority = priority;
      nxsched_enqueue(tcb->waitqueue, tcb);
    }
  else
    {
      tcb->sched_priority = priority;
    }
}
