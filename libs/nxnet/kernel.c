/* libs/nxnet/kernel.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What net/, mm/iob and drivers/net see in place of a kernel.
 *
 * There is one task, which is the caller, and it never waits: the allocators
 * of mm/iob take the caller for the idle task, so that they answer at once,
 * and close() takes it for a task that is exiting.  Were something to wait
 * all the same, it would wait for ever; so that is an error of ours, and a
 * panic.
 */

#include "node.h"

#include <assert.h>
#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <nuttx/clock.h>
#include <nuttx/fs/fs.h>
#include <nuttx/irq.h>
#include <nuttx/kmalloc.h>
#include <nuttx/sched.h>
#include <nuttx/semaphore.h>
#include <nuttx/sim.h>
#include <nuttx/wdog.h>
#include <nuttx/wqueue.h>

#include "drivers.h"

#define EXITS_MAX 8

struct exit_s
{
  void (*fn)(void *arg);
  void *arg;
};

struct irq_s g_irq;

static struct tcb_s g_task;
static struct exit_s g_exits[EXITS_MAX];
static unsigned int g_nexits;

int kernel_begin(void)
{
  memset(&g_irq, 0, sizeof(g_irq));
  memset(&g_task, 0, sizeof(g_task));
  g_task.exiting        = true;
  g_task.sched_priority = SCHED_PRIORITY_DEFAULT;
  g_nexits              = 0;
  return 0;
}

void kernel_end(void)
{
  while (g_nexits > 0)
    {
      struct exit_s *last = &g_exits[--g_nexits];

      last->fn(last->arg);
    }
}

int sim_atexit(void (*fn)(void *arg), void *arg)
{
  if (g_nexits == EXITS_MAX)
    {
      return -ENOMEM;
    }

  g_exits[g_nexits].fn    = fn;
  g_exits[g_nexits++].arg = arg;
  return 0;
}

/* Errors *******************************************************************/

void _assert(const char *file, int line, const char *what)
{
  const char *slash = strrchr(file, '/');
  char text[256];

  snprintf(text, sizeof(text), "%s:%d: %s",
           slash != NULL ? slash + 1 : file, line, what);
  if (g_node.config.panic != NULL)
    {
      g_node.config.panic(g_node.config.arg, text);
    }

  fprintf(stderr, "nxnet: assertion failed: %s\n", text);
  abort();
}

void nx_syslog(int priority, const char *fmt, ...)
{
  char text[256];
  va_list ap;

  UNUSED(priority);
  if (g_node.config.log != NULL)
    {
      va_start(ap, fmt);
      vsnprintf(text, sizeof(text), fmt, ap);
      va_end(ap);
      g_node.config.log(g_node.config.arg, text);
    }
}

/* Memory *******************************************************************/

static bool shall_fail(void)
{
  if (g_node.fail_nth > 0 && --g_node.fail_nth == 0)
    {
      return true;
    }

  return g_node.fail_ppm > 0 &&
         node_scramble(&g_node.chance) % 1000000 < g_node.fail_ppm;
}

static void *taken(void *mem)
{
  if (mem == NULL)
    {
      g_node.nfailed++;
      return NULL;
    }

  g_node.nblocks++;
  g_node.nbytes += malloc_usable_size(mem);
  return mem;
}

void *kmm_malloc(size_t size)
{
  return taken(shall_fail() ? NULL : malloc(size > 0 ? size : 1));
}

void *kmm_zalloc(size_t size)
{
  void *mem = kmm_malloc(size);

  return mem != NULL ? memset(mem, 0, size) : NULL;
}

void *kmm_calloc(size_t n, size_t size)
{
  size_t total;

  return __builtin_mul_overflow(n, size, &total) ? NULL : kmm_zalloc(total);
}

void kmm_free(void *mem)
{
  if (mem != NULL)
    {
      g_node.nblocks--;
      g_node.nbytes -= malloc_usable_size(mem);
      free(mem);
    }
}

/* Time *********************************************************************/

uint64_t clock_systime_ns(void)
{
  return g_node.now;
}

uint64_t clock_refresh(void)
{
  return g_node.now;
}

int wd_start_absns(struct wdog_s *wd, uint64_t ns, wdentry_t fn,
                   wdparm_t arg)
{
  wd_cancel(wd);
  wd->func     = fn;
  wd->arg      = arg;
  wd->node.key = ns;
  pheap_add(&g_node.wdogs, &wd->node);
  return 0;
}

int wd_start(struct wdog_s *wd, clock_t delay, wdentry_t fn, wdparm_t arg)
{
  if (delay < 0)
    {
      return -EINVAL;
    }

  return wd_start_absns(wd, g_node.now + (uint64_t)delay * NSEC_PER_TICK, fn,
                        arg);
}

int wd_cancel(struct wdog_s *wd)
{
  if (wd->func == NULL)
    {
      return -EINVAL;
    }

  pheap_del(&g_node.wdogs, &wd->node);
  wd->func = NULL;
  return 0;
}

/* Run what is due, but not what is started meanwhile */

void kernel_watchdogs(nettime_t now)
{
  uint64_t limit = g_node.wdogs.seq;

  while (g_node.wdogs.root != NULL && g_node.wdogs.root->key <= now &&
         g_node.wdogs.root->seq < limit)
    {
      struct wdog_s *wd = (struct wdog_s *)g_node.wdogs.root;
      wdentry_t fn = wd->func;

      wd_cancel(wd);
      g_irq.depth++;
      fn(wd->arg);
      g_irq.depth--;
    }
}

/* The task *****************************************************************/

struct tcb_s *nxsched_self(void)
{
  return &g_task;
}

pid_t nxsched_getpid(void)
{
  return 0;
}

bool sched_idletask(void)
{
  return true;
}

int nxsem_init(sem_t *sem, int pshared, unsigned int value)
{
  UNUSED(pshared);
  sem->semcount = (int32_t)value;
  sem->flags    = 0;
  sem->waiters  = NULL;
  return 0;
}

int nxsem_destroy(sem_t *sem)
{
  UNUSED(sem);
  return 0;
}

int nxsem_post(sem_t *sem)
{
  sem->semcount++;
  return 0;
}

int nxsem_trywait(sem_t *sem)
{
  if (sem->semcount <= 0)
    {
      return -EAGAIN;
    }

  sem->semcount--;
  return 0;
}

int nxsem_wait(sem_t *sem)
{
  return nxsem_wait_until(sem, CLOCK_NEVER);
}

int nxsem_wait_uninterruptible(sem_t *sem)
{
  return nxsem_wait_until(sem, CLOCK_NEVER);
}

int nxsem_tickwait_uninterruptible(sem_t *sem, clock_t delay)
{
  UNUSED(delay);
  return nxsem_wait_until(sem, CLOCK_NEVER);
}

int nxsem_wait_until(sem_t *sem, uint64_t deadline)
{
  UNUSED(deadline);
  if (nxsem_trywait(sem) < 0)
    {
      PANIC();                       /* See the top: nothing waits */
    }

  return 0;
}

/* Notifications of free buffers run in a work queue, which there is not */

int work_notifier_setup(struct work_notifier_s *info)
{
  UNUSED(info);
  return -ENOSYS;
}

int work_notifier_teardown(int key)
{
  UNUSED(key);
  return -ENOENT;
}

void work_notifier_signal(enum work_evtype_e evtype, void *qualifier)
{
  UNUSED(evtype);
  UNUSED(qualifier);
}

/* Readiness ****************************************************************/

void pollwait_add(struct polllist_s *list, struct pollwait_s *pw)
{
  pw->flink = list->head;
  pw->pprev = &list->head;
  if (pw->flink != NULL)
    {
      pw->flink->pprev = &pw->flink;
    }

  list->head = pw;
}

void pollwait_del(struct pollwait_s *pw)
{
  if (pw->pprev != NULL)
    {
      *pw->pprev = pw->flink;
      if (pw->flink != NULL)
        {
          pw->flink->pprev = pw->pprev;
        }

      pw->pprev = NULL;
    }
}

void poll_notify(struct polllist_s *list, unsigned int events)
{
  struct pollwait_s *pw;

  for (pw = list->head; pw != NULL; pw = pw->flink)
    {
      pw->revents |= (short)events;
    }
}

/* Devices from text, which there are not ***********************************/

void *netdev_fail(const char *fmt, ...)
{
  UNUSED(fmt);
  return NULL;
}

void netdev_freecfg(const struct netdev_kind_s *kind, void *cfg)
{
  UNUSED(kind);
  UNUSED(cfg);
}

int netdev_enlist(struct net_driver_s *dev, const char *name)
{
  return netdev_register(dev, name);
}

void netdev_inherit(struct net_driver_s *dev)
{
  UNUSED(dev);
  PANIC();                           /* There are no wrappers */
}
