/* bench/freelist.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * See freelist.h.  The same lock, semaphore and interrupt mask as in mm/iob
 * are used, so that only the algorithms differ.  A buffer is 196 bytes.
 */

#include <nuttx/config.h>

#include <stddef.h>

#include <nuttx/irq.h>
#include <nuttx/spinlock.h>
#include <nuttx/semaphore.h>

#include "freelist.h"

struct freelist_s
{
  spinlock_t lock;
  struct flbuf_s *head;         /* Free buffers */
  struct flbuf_s *committed;    /* Given to tasks that have not run yet */
  volatile int16_t count;       /* Free buffers, or minus the waiters */
  volatile int16_t throttled;   /* The same for throttled requests */
  sem_t sem;
  sem_t throttlesem;
  struct flbuf_s buffer[FREELIST_NBUFFERS];
};

static struct freelist_s g_freelist;

void freelist_initialize(void)
{
  int i;

  g_freelist.head = NULL;
  g_freelist.committed = NULL;
  for (i = 0; i < FREELIST_NBUFFERS; i++)
    {
      g_freelist.buffer[i].flink = g_freelist.head;
      g_freelist.head = &g_freelist.buffer[i];
    }

  spin_lock_init(&g_freelist.lock);
  nxsem_init(&g_freelist.sem, 0, 0);
  nxsem_init(&g_freelist.throttlesem, 0, 0);
  g_freelist.count = FREELIST_NBUFFERS;
  g_freelist.throttled = FREELIST_NBUFFERS - FREELIST_THROTTLE;
}

struct flbuf_s *freelist_tryalloc(bool throttled)
{
  struct flbuf_s *buf = NULL;
  irqstate_t flags;

  flags = spin_lock_irqsave(&g_freelist.lock);
  if ((throttled ? g_freelist.throttled : g_freelist.count) > 0)
    {
      buf = g_freelist.head;
    }

  if (buf != NULL)
    {
      g_freelist.head = buf->flink;
      g_freelist.count--;
      g_freelist.throttled--;
      spin_unlock_irqrestore(&g_freelist.lock, flags);
      buf->flink = NULL;
      buf->len = 0;
      buf->offset = 0;
      buf->pktlen = 0;
      return buf;
    }

  spin_unlock_irqrestore(&g_freelist.lock, flags);
  return NULL;
}

struct flbuf_s *freelist_free(struct flbuf_s *buf)
{
  struct flbuf_s *next = buf->flink;
  sem_t *sem = NULL;
  irqstate_t flags;

  if (next != NULL)
    {
      next->pktlen = buf->pktlen > buf->len ? buf->pktlen - buf->len : 0;
    }

  flags = spin_lock_irqsave(&g_freelist.lock);
  if (g_freelist.count < 0)
    {
      sem = &g_freelist.sem;
    }
  else if (g_freelist.throttled < 0 &&
           g_freelist.count >= FREELIST_THROTTLE)
    {
      sem = &g_freelist.throttlesem;
    }

  if (sem != NULL)
    {
      buf->flink = g_freelist.committed;
      g_freelist.committed = buf;
    }
  else
    {
      buf->flink = g_freelist.head;
      g_freelist.head = buf;
    }

  g_freelist.count++;
  g_freelist.throttled++;
  spin_unlock_irqrestore(&g_freelist.lock, flags);
  if (sem != NULL)
    {
      nxsem_post(sem);
    }

  return next;
}
