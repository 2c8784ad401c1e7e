/* tests/host/port/host_single.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The single-threaded variant.  Nothing here runs by itself: time stands
 * still until a wait times out or the test moves the clock, an interrupt is
 * a call of host_interrupt(), and the other tasks are host_block_hook, which
 * runs on the stack of the task that blocks.  So a hook that blocks in turn
 * nests; semaphores keep their waiters in a list, and a post goes to the
 * first of them, whichever is on top of the stack.
 */

#include <nuttx/config.h>

#ifndef HOST_PTHREAD

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <nuttx/clock.h>
#include <nuttx/irq.h>
#include <nuttx/semaphore.h>

#include "host_private.h"

/* Interrupts that may be held pending, and calls of the hook, none of which
 * moves the clock, before a wait counts as a deadlock.
 */

#define HOST_NIRQS     256
#define HOST_MAXROUNDS 1000000

struct host_waiter_s
{
  FAR struct host_waiter_s *next;
  bool granted;                    /* A post was for this one */
};

struct host_pending_s
{
  host_isr_t handler;
  FAR void *arg;
};

struct host_irq_s g_host_irq;
host_block_hook_t host_block_hook;

/* A ring; g_host_irq.raised of its entries are in use, from g_firstirq on */

static struct host_pending_s g_pendingirq[HOST_NIRQS];
static unsigned int g_firstirq;

static uint64_t g_now;             /* Ticks */

static void host_irq_run(host_isr_t handler, FAR void *arg)
{
  ASSERT(g_host_irq.mask == 0 && g_host_irq.depth == 0);

  g_host_irq.mask = 1;
  g_host_irq.depth = 1;
  g_host_nirqs++;
  handler(arg);

  ASSERT(g_host_irq.mask == 1);    /* Or the handler forgot a restore */

  g_host_irq.depth = 0;
  g_host_irq.mask = 0;
}

/* The mask has just become zero: run what is pending */

void host_irq_replay(void)
{
  while (g_host_irq.raised > 0)
    {
      struct host_pending_s irq = g_pendingirq[g_firstirq];

      g_firstirq = (g_firstirq + 1) % HOST_NIRQS;
      g_host_irq.raised--;
      host_irq_run(irq.handler, irq.arg);
    }
}

bool host_interrupt(host_isr_t handler, FAR void *arg)
{
  FAR struct host_pending_s *irq;

  if (g_host_irq.mask == 0)
    {
      host_irq_run(handler, arg);
      host_irq_replay();
      return true;
    }

  ASSERT(g_host_irq.raised < HOST_NIRQS);

  irq = &g_pendingirq[(g_firstirq + g_host_irq.raised) % HOST_NIRQS];
  irq->handler = handler;
  irq->arg = arg;
  g_host_irq.raised++;
  return false;
}

clock_t clock_systime_ticks(void)
{
  return (clock_t)g_now;
}

void host_clock_advance(uint32_t ticks)
{
  g_now += ticks;
}

int nxsem_init(FAR sem_t *sem, int pshared, unsigned int value)
{
  (void)pshared;

  if (value > NXSEM_VALUE_MAX)
    {
      return -EINVAL;
    }

  memset(sem, 0, sizeof(*sem));
  sem->semcount = (int32_t)value;
  return 0;
}

int nxsem_destroy(FAR sem_t *sem)
{
  ASSERT(sem->semcount >= 0);      /* Or it has waiters */
  return 0;
}

int nxsem_post(FAR sem_t *sem)
{
  FAR struct host_waiter_s *waiter = sem->head;

  if (sem->semcount >= NXSEM_VALUE_MAX)
    {
      return -EOVERFLOW;
    }

  sem->semcount++;

  if (waiter != NULL)
    {
      host_note_wakeup();
      waiter->granted = true;
      sem->head = waiter->next;
    }

  return 0;
}

int nxsem_trywait(FAR sem_t *sem)
{
  if (sem->semcount <= 0)
    {
      return -EAGAIN;
    }

  sem->semcount--;
  return 0;
}

int nxsem_get_value(FAR sem_t *sem, FAR int *sval)
{
  *sval = sem->semcount;
  return 0;
}

static void host_waiter_add(FAR sem_t *sem, FAR struct host_waiter_s *me)
{
  FAR struct host_waiter_s **link = &sem->head;

  while (*link != NULL)
    {
      link = &(*link)->next;
    }

  me->next = NULL;
  me->granted = false;
  *link = me;
  sem->semcount--;
}

static void host_waiter_remove(FAR sem_t *sem, FAR struct host_waiter_s *me)
{
  FAR struct host_waiter_s **link = &sem->head;

  while (*link != me)
    {
      link = &(*link)->next;
    }

  *link = me->next;
  sem->semcount++;
}

/* Let the hook play the other tasks until a post is for me (returns zero),
 * or the time is over, or the hook ends the wait (a negated errno).  An
 * endless wait that nobody will ever end is -EDEADLK.
 */

static int host_wait_loop(FAR sem_t *sem, FAR struct host_waiter_s *me,
                          bool timed, uint32_t delay, bool restart)
{
  uint64_t end = g_now + delay;
  uint64_t before;
  unsigned long rounds = 0;
  uint32_t left = HOST_FOREVER;
  int ret;

  while (!me->granted)
    {
      if (timed && g_now >= end)
        {
          return -ETIMEDOUT;
        }

      if (timed)
        {
          left = (uint32_t)(end - g_now);
        }

      before = g_now;
      ret = host_block_hook != NULL ? host_block_hook(sem, left) : 0;
      rounds = g_now != before ? 0 : rounds + 1;

      if (me->granted || ret > 0 || (ret == -EINTR && restart))
        {
          if (rounds > HOST_MAXROUNDS)
            {
              return -EDEADLK;
            }
        }
      else if (ret < 0)
        {
          return ret;
        }
      else if (!timed)
        {
          return -EDEADLK;
        }
      else if (g_now < end)
        {
          g_now = end;
        }
    }

  return 0;
}

static int host_wait(FAR sem_t *sem, bool timed, uint32_t delay,
                     bool restart)
{
  struct host_waiter_s me;
  unsigned int schedlock;
  unsigned int mask;
  char text[80];
  int ret;

  host_may_block();

  if (sem->semcount > 0)
    {
      sem->semcount--;
      return 0;
    }

  if (timed && delay == 0)
    {
      return -ETIMEDOUT;
    }

  /* While a task is blocked others run, with interrupts enabled */

  mask = g_host_irq.mask;
  schedlock = g_host_irq.schedlock;
  host_waiter_add(sem, &me);

  g_host_irq.mask = 0;
  g_host_irq.schedlock = 0;
  host_irq_replay();

  ret = host_wait_loop(sem, &me, timed, delay, restart);

  ASSERT(g_host_irq.mask == 0);    /* Or the hook forgot a restore */

  g_host_irq.mask = mask;
  g_host_irq.schedlock = schedlock;

  if (!me.granted)
    {
      host_waiter_remove(sem, &me);
    }

  if (ret == -EDEADLK)
    {
      snprintf(text, sizeof(text),
               "deadlock: nobody will post semaphore %p (count %d)",
               (FAR void *)sem, (int)sem->semcount);
      host_panic(__FILE__, __LINE__, text);
    }

  return ret;
}

int nxsem_wait(FAR sem_t *sem)
{
  return host_wait(sem, false, 0, false);
}

int nxsem_wait_uninterruptible(FAR sem_t *sem)
{
  return host_wait(sem, false, 0, true);
}

int nxsem_tickwait(FAR sem_t *sem, uint32_t delay)
{
  return host_wait(sem, true, delay, false);
}

int nxsem_tickwait_uninterruptible(FAR sem_t *sem, uint32_t delay)
{
  return host_wait(sem, true, delay, true);
}

void host_port_reset(void)
{
  host_common_reset();
  memset(&g_host_irq, 0, sizeof(g_host_irq));
  host_block_hook = NULL;
  g_firstirq = 0;
  g_now = 0;
}

#endif /* !HOST_PTHREAD */
