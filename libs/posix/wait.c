/* libs/posix/wait.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The one queue on which threads wait: for mutexes, condition variables,
 * locks and barriers, for each other, and for streams.  A waiter lies on the
 * stack of its task, which leaves the queue before it goes on, woken or not.
 * Nothing else runs between two calls that block, so there are no locks.
 */

#include "binding.h"

struct posix_waiter_s
{
  struct posix_waiter_s *flink;
  struct posix_waiter_s *blink;
  struct posix_thread_s *thread;
  int priority;
  bool woken;
  sem_t sem;
};

/* The waiters are a ring.  A new one comes behind those of its priority, and
 * is looked for from the end: with one priority it belongs there.
 */

static void enqueue(struct posix_waitq_s *queue, struct posix_waiter_s *self)
{
  struct posix_waiter_s *first = queue->head;
  struct posix_waiter_s *prev;

  if (first == NULL)
    {
      self->flink = self;
      self->blink = self;
      queue->head = self;
      return;
    }

  prev = first->blink;
  while (prev->priority < self->priority && prev != first)
    {
      prev = prev->blink;
    }

  if (prev->priority < self->priority)
    {
      prev        = first->blink;
      queue->head = self;
    }

  self->blink        = prev;
  self->flink        = prev->flink;
  prev->flink->blink = self;
  prev->flink        = self;
}

static void dequeue(struct posix_waitq_s *queue, struct posix_waiter_s *self)
{
  if (queue->head == self)
    {
      queue->head = self->flink != self ? self->flink : NULL;
    }

  self->flink->blink = self->blink;
  self->blink->flink = self->flink;
}

/* A task that is killed is told so once; its next wait would be its end,
 * and leave the waiter in the queue.
 */

static bool killed(const struct tcb_s *tcb)
{
  return (tcb->attention & ATTN_KILL) != 0 && !tcb->exiting;
}

int posix_wait(struct posix_waitq_s *queue, clockid_t clock,
               const struct timespec *abstime, bool interruptible)
{
  struct tcb_s *tcb = nxsched_self();
  struct posix_waiter_s waiter =
  {
    .thread   = posix_self(),
    .priority = tcb->sched_priority,
  };

  int ret;

  if (killed(tcb))
    {
      return -EINTR;
    }

  nxsem_init(&waiter.sem, 0, 0);
  enqueue(queue, &waiter);
  do
    {
      ret = abstime != NULL ?
            nxsem_clockwait(&waiter.sem, clock, abstime) :
            nxsem_wait(&waiter.sem);
      if (ret == -EINTR)
        {
          /* Looked up: what is due is done when the call is over */

          tcb->attention &= ~ATTN_SIGNAL;
        }
    }
  while (ret == -EINTR && !waiter.woken && !interruptible && !killed(tcb));

  if (waiter.woken)
    {
      ret = 0;
    }
  else
    {
      dequeue(queue, &waiter);
    }

  nxsem_destroy(&waiter.sem);
  return ret;
}

struct posix_thread_s *posix_wake(struct posix_waitq_s *queue)
{
  struct posix_waiter_s *waiter = queue->head;

  if (waiter == NULL)
    {
      return NULL;
    }

  dequeue(queue, waiter);
  waiter->woken = true;
  nxsem_post(&waiter->sem);
  return waiter->thread;
}

void posix_wake_all(struct posix_waitq_s *queue)
{
  while (posix_wake(queue) != NULL)
    {
    }
}

bool posix_trylock(struct posix_lock_s *lock)
{
  struct posix_thread_s *self = posix_self();

  if (lock->owner != NULL && lock->owner != self)
    {
      return false;
    }

  lock->owner = self;
  lock->count++;
  return true;
}

int posix_lock(struct posix_lock_s *lock)
{
  /* Unlocking has made this thread the owner, with a count of one */

  return posix_trylock(lock) ? 0 :
         posix_wait(&lock->waiters, CLOCK_MONOTONIC, NULL, false);
}

void posix_unlock(struct posix_lock_s *lock)
{
  if (--lock->count == 0)
    {
      lock->owner = posix_wake(&lock->waiters);
      lock->count = lock->owner != NULL;
    }
}
