/* sched/switch.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Switching, blocking and waking.
 *
 * Tasks switch to each other directly.  The idle task is not in the ready
 * queue: it gets its turn when nothing else is ready, and now and then while
 * tasks are busy (see SCHED_BUDGET), and serves devices and timers before it
 * hands on.  It is the only place where those run, so a task finds the world
 * as it left it unless it blocks, yields or makes a system call.
 *
 * Waiting: the one who waits says for what, in which queue, how long, and
 * whether it may be interrupted.  The one who wakes it takes it out of the
 * queue and says with what result.  If somebody else ends the wait (the end
 * of time, an interrupt), nxsched_unwait() also gives back what the waiter
 * had reserved: a semaphore counts its waiters, a mutex lends its holder
 * their priority.
 */

#include <nuttx/config.h>

#include "core.h"
#include "up.h"

struct sched_s g_sched;
struct irq_s g_irq;

/* Who runs next.  The running task is not in the queue unless it wants to
 * run again.  Before the idle task the clock is read, so that the time until
 * now is not counted as idle.
 */

static FAR struct tcb_s *next_task(void)
{
  if (!nxsched_isready() || --g_sched.budget == 0)
    {
      clock_refresh();
      return &g_sched.idle;
    }

  return nxsched_take_ready();
}

static void switch_to(FAR struct tcb_s *next)
{
  FAR struct tcb_s *prev = g_sched.running;

  next->state = TSTATE_RUNNING;
  if (next == prev)
    {
      return;
    }

  prev->irqmask   = g_irq.mask;
  g_irq.mask      = next->irqmask;
  g_sched.running = next;

  up_switch(prev, next);
  nxsched_bury();
}

/* Leave the running task, whose state the caller has changed. */

void nxsched_switch(void)
{
  DEBUGASSERT(!up_interrupt_context() && g_irq.locks == 0);
  switch_to(next_task());
}

/* The first function on the stack of a new task, which it never leaves. */

void nxsched_start(void)
{
  FAR struct tcb_s *self = g_sched.running;

  nxsched_bury();

  if (self->group->leader == self)
    {
      nxtask_exit(self->entry.main(self->group->argc, self->group->argv));
    }

  nxthread_exit(self->entry.thread(self->arg));
}

/* The idle task hands on, until it has its turn again.  False: nobody is
 * ready.
 */

bool nxsched_dispatch(void)
{
  DEBUGASSERT(sched_idletask());

  g_sched.budget = SCHED_BUDGET;
  g_sched.looked = clock_systime_ns();
  if (!nxsched_isready())
    {
      return false;
    }

  g_sched.idle.state = TSTATE_READY;
  switch_to(nxsched_take_ready());
  return true;
}

/* Let the idle task look after devices and timers, then go on. */

void nxsched_poll(void)
{
  g_sched.budget = 1;
  nxsched_ready_first(g_sched.running);
  nxsched_switch();
}

int nxsched_yield(void)
{
  task_testcancel();
  nxsched_ready(g_sched.running);
  nxsched_switch();
  return 0;
}

/* Free the stack of the task that has just exited, if one has. */

void nxsched_bury(void)
{
  FAR struct tcb_s *dead = g_sched.dead;

  if (dead != NULL)
    {
      g_sched.dead = NULL;
      nxtask_free_stack(dead);
      if (g_sched.deadfree)
        {
          g_sched.deadfree = false;
          nxtask_free(dead);
        }
    }
}

static void wait_timeout(wdparm_t arg)
{
  nxsched_unwait((FAR struct tcb_s *)arg, -ETIMEDOUT);
}

/* Block the running task in a queue (NULL: in none), until a time since boot
 * in ns or for ever.  Returns what nxsched_wake() says, -ETIMEDOUT, or
 * -EINTR.
 */

int nxsched_wait(enum twait_e type, FAR void *obj,
                 FAR struct tcb_s **queue, uint64_t deadline,
                 bool interruptible, FAR const void *site)
{
  FAR struct tcb_s *self = g_sched.running;

  DEBUGASSERT(!up_interrupt_context() && !sched_idletask());
  DEBUGASSERT(self->waittype == TWAIT_NONE);

  self->state         = TSTATE_BLOCKED;
  self->waittype      = type;
  self->waitobj       = obj;
  self->waitqueue     = queue;
  self->waitsite      = site;
  self->interruptible = interruptible;

  if (queue != NULL)
    {
      nxsched_enqueue(queue, self);
    }

  if (type == TWAIT_MUTEX)
    {
      nxsched_reprioritize(((FAR struct mutex_s *)obj)->holder);
    }

  if (deadline != CLOCK_NEVER)
    {
      wd_start_absns(&self->waitdog, deadline, wait_timeout, (wdparm_t)self);
    }

  nxsched_switch();
  return self->waitresult;
}

void nxsched_wake(FAR struct tcb_s *tcb, int result)
{
  DEBUGASSERT(tcb->state == TSTATE_BLOCKED);

  if (WDOG_ISACTIVE(&tcb->waitdog))
    {
      wd_cancel(&tcb->waitdog);
    }

  if (tcb->waitqueue != NULL)
    {
      nxsched_dequeue(tcb->waitqueue, tcb);
      tcb->waitqueue = NULL;
    }

  tcb->waittype   = TWAIT_NONE;
  tcb->waitobj    = NULL;
  tcb->waitresult = result;
  nxsched_ready(tcb);
}

void nxsched_wake_all(FAR struct tcb_s **queue)
{
  while (*queue != NULL)
    {
      nxsched_wake(*queue, 0);
    }
}

/* End a wait that was not granted. */

void nxsched_unwait(FAR struct tcb_s *tcb, int result)
{
  enum twait_e type = tcb->waittype;
  FAR void *obj = tcb->waitobj;

  nxsched_wake(tcb, result);

  if (type == TWAIT_SEM)
    {
      ((FAR sem_t *)obj)->semcount++;
    }
  else if (type == TWAIT_MUTEX)
    {
      nxsched_reprioritize(((FAR struct mutex_s *)obj)->holder);
    }
}

/* Have a task look up: end its interruptible wait, or its next one. */

void nxsched_attend(FAR struct tcb_s *tcb, uint8_t attention)
{
  tcb->attention |= attention;

  if (tcb->state == TSTATE_BLOCKED && tcb->interruptible && !tcb->exiting)
    {
      nxsched_unwait(tcb, -EINTR);
    }
}

void nxsched_interrupt(FAR struct tcb_s *tcb)
{
  nxsched_attend(tcb, ATTN_SIGNAL);
}

/* -EINTR if a task must not begin an interruptible wait.  One that was
 * killed shall return from the kernel then, and end; if it tries to wait
 * again and again instead, nothing else would ever run.
 */

int nxsched_interrupted(FAR struct tcb_s *tcb)
{
  if (tcb->attention == 0 || tcb->exiting)
    {
      return 0;
    }

  if ((tcb->attention & ATTN_KILL) != 0 && ++tcb->nrefused > SCHED_PATIENCE)
    {
      _assert(__FILE__, __LINE__, "a task that was killed waits again");
    }

  return -EINTR;
}

/* Whether the task has been busy for so long that devices should be looked
 * at
 */

static bool slice_over(void)
{
  FAR struct tcb_s *self = g_sched.running;

  return up_needs_poll() && g_irq.mask == 0 && self->lockcount == 0 &&
         (sim_virtual() ||
          clock_refresh() - g_sched.looked >= SCHED_SLICE_NS);
}

/* Whether it is the turn of others.  They are not seen by the scheduler
 * otherwise: each call of the task that runs has found what it wanted.
 */

static bool turn_over(void)
{
  FAR struct tcb_s *self = g_sched.running;

  if (g_irq.mask != 0 || self->lockcount > 0 ||
      g_sched.ready[self->sched_priority] == NULL)
    {
      return false;
    }

  if (self->turn++ == 0)
    {
      self->turnsince = clock_refresh();
    }

  return sim_virtual() ? self->turn >= SCHED_TURN_CALLS :
         clock_refresh() - self->turnsince >= SCHED_TURN_NS;
}

void nxsched_charge(size_t bytes)
{
  size_t calls = bytes / SCHED_CALL_BYTES;

  g_sched.calls -= MIN(calls, g_sched.calls - 1);
}

void task_testcancel(void)
{
  FAR struct tcb_s *self = g_sched.running;

  if (up_interrupt_context() || sched_idletask())
    {
      return;
    }

  if (--g_sched.calls == 0)
    {
      g_sched.calls = SCHED_BUDGET;
      if (slice_over())
        {
          nxsched_poll();
        }

      if (turn_over())
        {
          nxsched_ready(self);
          nxsched_switch();
        }
    }

  if (predict_true(self->attention == 0) || self->exiting)
    {
      return;
    }

  if ((self->attention & ATTN_SIGNAL) != 0)
    {
      self->attention &= ~ATTN_SIGNAL;
      if (g_sched.sighooks != NULL && g_sched.sighooks->deliver != NULL)
        {
          g_sched.sighooks->deliver(self);
        }
    }

  if ((self->attention & ATTN_KILL) != 0 && self->nlocks == 0)
    {
      nxtask_die();
    }
}

void nxsig_sethooks(FAR const struct nxsig_hooks_s *hooks)
{
  g_sched.sighooks = hooks;
}

FAR struct tcb_s *nxsched_self(void)
{
  return g_sched.running;
}

bool sched_idletask(void)
{
  return g_sched.running == &g_sched.idle;
}

void sched_lock(void)
{
  g_sched.running->lockcount++;
}

void sched_unlock(void)
{
  DEBUGASSERT(g_sched.running->lockcount > 0);
  g_sched.running->lockcount--;
}
