/* tests/host/port/host_port.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What both variants share: panic, log, heap, scheduler odds and ends, and
 * the work notifier.  Everything a handler may call is safe in a signal
 * handler, because with HOST_PTHREAD that is what a handler is: so no stdio
 * in a panic, and a block freed in an interrupt waits on a list until a
 * task next uses the heap.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <debug.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <nuttx/kmalloc.h>
#include <nuttx/nuttx.h>
#include <nuttx/sched.h>
#include <nuttx/spinlock.h>
#include <nuttx/wqueue.h>

#include "host_private.h"

/* Notifications, and bytes of a buffer to a line of a dump */

#define HOST_NWORK   256
#define HOST_DUMPLEN 16

struct host_work_s
{
  FAR struct host_work_s *next;
  struct work_notifier_s info;
  int key;
};

struct host_worklist_s
{
  FAR struct host_work_s *head;
  FAR struct host_work_s *tail;
};

/* An entry is on exactly one list, or never used yet, or being run */

struct host_works_s
{
  spinlock_t lock;
  struct host_work_s pool[HOST_NWORK];
  struct host_worklist_s idle;     /* Used before, free */
  struct host_worklist_s pending;  /* Waits for its event */
  struct host_worklist_s ready;    /* Waits for host_work_run() */
  unsigned int nused;              /* Entries of the pool ever used */
  unsigned int key;                /* The last key given out */
};

host_panic_hook_t host_panic_hook;
host_log_hook_t host_log_hook;
int host_log_level = LOG_ERR;

unsigned long g_host_nposts;
unsigned long g_host_nirqs;

static struct host_works_s g_work;
static FAR void *g_delayed;        /* Blocks freed in an interrupt */
static unsigned long g_failcount;  /* Allocations until one fails */
static long g_nlive;

static HOST_TLS struct tcb_s g_tcb;
static HOST_TLS bool g_idle;
static pid_t g_lastpid;

void host_panic(FAR const char *file, int line, FAR const char *what)
{
  host_panic_hook_t hook = host_panic_hook;
  char text[512];
  ssize_t done;
  int len;

  if (hook != NULL)
    {
      hook(file, line, what);
    }

  len = snprintf(text, sizeof(text) - 1, "%s:%d: %s", file, line, what);
  len = MIN(len, (int)sizeof(text) - 2);
  text[len++] = '\n';
  done = write(STDERR_FILENO, text, (size_t)len);
  (void)done;
  abort();
}

void host_log(int priority, FAR const char *fmt, ...)
{
  va_list ap;

  if (host_log_hook != NULL)
    {
      va_start(ap, fmt);
      host_log_hook(priority, fmt, ap);
      va_end(ap);
    }

  if (priority <= host_log_level)
    {
      va_start(ap, fmt);
      vfprintf(stderr, fmt, ap);
      va_end(ap);
    }
}

void lib_dumpbuffer(FAR const char *msg, FAR const uint8_t *buffer,
                    unsigned int buflen)
{
  unsigned int i;
  unsigned int j;

  host_log(LOG_INFO, "%s (%p):\n", msg, (FAR const void *)buffer);

  for (i = 0; i < buflen; i += HOST_DUMPLEN)
    {
      char hex[3 * HOST_DUMPLEN + 1];
      char text[HOST_DUMPLEN + 1];
      unsigned int n = MIN(buflen - i, HOST_DUMPLEN);

      for (j = 0; j < n; j++)
        {
          uint8_t ch = buffer[i + j];

          snprintf(&hex[3 * j], 4, "%02x ", ch);
          text[j] = ch >= ' ' && ch <= '~' ? (char)ch : '.';
        }

      text[n] = '\0';
      host_log(LOG_INFO, "%04x  %-48s %s\n", i, hex, text);
    }
}

FAR struct tcb_s *nxsched_self(void)
{
  if (g_tcb.pid == 0)
    {
      g_tcb.pid = __atomic_add_fetch(&g_lastpid, 1, __ATOMIC_RELAXED);
      g_tcb.sched_priority = 100;
    }

  return &g_tcb;
}

pid_t nxsched_gettid(void)
{
  return nxsched_self()->pid;
}

bool sched_idletask(void)
{
  return g_idle;
}

void host_set_idletask(bool idle)
{
  g_idle = idle;
}

void sched_lock(void)
{
  g_host_irq.schedlock++;
}

void sched_unlock(void)
{
  ASSERT(g_host_irq.schedlock > 0);
  g_host_irq.schedlock--;
}

unsigned long host_posts_under_lock(void)
{
  return __atomic_load_n(&g_host_nposts, __ATOMIC_RELAXED);
}

unsigned long host_interrupt_count(void)
{
  return __atomic_load_n(&g_host_nirqs, __ATOMIC_ACQUIRE);
}

/* Really free what interrupts have freed.  A block on the list begins with
 * the address of the next one.
 */

static void host_free_delayed(void)
{
  FAR void *mem = __atomic_exchange_n(&g_delayed, NULL, __ATOMIC_ACQUIRE);

  while (mem != NULL)
    {
      FAR void *next = *(FAR void **)mem;

      free(mem);
      mem = next;
    }
}

/* Whether the allocation that is about to be made must fail */

static bool host_malloc_fails(void)
{
  unsigned long n = __atomic_load_n(&g_failcount, __ATOMIC_RELAXED);

  ASSERT(!up_interrupt_context());

  while (n > 0 &&
         !__atomic_compare_exchange_n(&g_failcount, &n, n - 1, false,
                                      __ATOMIC_RELAXED, __ATOMIC_RELAXED))
    {
    }

  return n == 1;
}

FAR void *kmm_malloc(size_t size)
{
  return kmm_memalign(_Alignof(max_align_t), size);
}

FAR void *kmm_zalloc(size_t size)
{
  FAR void *mem = kmm_malloc(size);

  if (mem != NULL)
    {
      memset(mem, 0, size);
    }

  return mem;
}

FAR void *kmm_calloc(size_t n, size_t size)
{
  size_t total;

  return __builtin_mul_overflow(n, size, &total) ? NULL : kmm_zalloc(total);
}

FAR void *kmm_memalign(size_t alignment, size_t size)
{
  FAR void *mem;

  ASSERT(alignment > 0 && (alignment & (alignment - 1)) == 0);

  if (host_malloc_fails())
    {
      return NULL;
    }

  /* A block must have room for the link of the list of delayed ones */

  host_free_delayed();
  if (posix_memalign(&mem, MAX(alignment, sizeof(FAR void *)),
                     MAX(size, sizeof(FAR void *))) != 0)
    {
      return NULL;
    }

  __atomic_fetch_add(&g_nlive, 1, __ATOMIC_RELAXED);
  return mem;
}

void kmm_free(FAR void *mem)
{
  FAR void *head;

  if (mem == NULL)
    {
      return;
    }

  __atomic_fetch_sub(&g_nlive, 1, __ATOMIC_RELAXED);

  if (!up_interrupt_context())
    {
      host_free_delayed();
      free(mem);
      return;
    }

  head = __atomic_load_n(&g_delayed, __ATOMIC_RELAXED);
  do
    {
      *(FAR void **)mem = head;
    }
  while (!__atomic_compare_exchange_n(&g_delayed, &head, mem, false,
                                      __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

void host_malloc_fail(unsigned long n)
{
  __atomic_store_n(&g_failcount, n, __ATOMIC_RELAXED);
}

long host_malloc_live(void)
{
  return __atomic_load_n(&g_nlive, __ATOMIC_RELAXED);
}

static void host_work_append(FAR struct host_worklist_s *list,
                             FAR struct host_work_s *work)
{
  work->next = NULL;

  if (list->head == NULL)
    {
      list->head = work;
    }
  else
    {
      list->tail->next = work;
    }

  list->tail = work;
}

/* Takes out work, which follows prev (NULL: work is the head) */

static void host_work_remove(FAR struct host_worklist_s *list,
                             FAR struct host_work_s *prev,
                             FAR struct host_work_s *work)
{
  if (prev == NULL)
    {
      list->head = work->next;
    }
  else
    {
      prev->next = work->next;
    }

  if (list->tail == work)
    {
      list->tail = prev;
    }
}

static FAR struct host_work_s *host_work_new(void)
{
  FAR struct host_work_s *work = g_work.idle.head;

  if (work != NULL)
    {
      host_work_remove(&g_work.idle, NULL, work);
    }
  else if (g_work.nused < HOST_NWORK)
    {
      work = &g_work.pool[g_work.nused++];
    }

  return work;
}

/* Returns the key, or -ENOMEM */

int work_notifier_setup(FAR struct work_notifier_s *info)
{
  FAR struct host_work_s *work;
  irqstate_t flags;
  int key = -ENOMEM;

  ASSERT(info != NULL && info->worker != NULL);
  ASSERT(info->qid == HPWORK || info->qid == LPWORK);

  flags = spin_lock_irqsave(&g_work.lock);

  work = host_work_new();
  if (work != NULL)
    {
      g_work.key = g_work.key % INT_MAX + 1;
      key = (int)g_work.key;

      work->info = *info;
      work->key = key;
      host_work_append(&g_work.pending, work);
    }

  spin_unlock_irqrestore(&g_work.lock, flags);
  return key;
}

/* Returns zero, or -ENOENT: never set up, torn down, or signalled already
 * (the worker has run or will).
 */

int work_notifier_teardown(int key)
{
  FAR struct host_work_s *prev = NULL;
  FAR struct host_work_s *work;
  irqstate_t flags;

  flags = spin_lock_irqsave(&g_work.lock);

  for (work = g_work.pending.head; work != NULL; work = work->next)
    {
      if (work->key == key)
        {
          host_work_remove(&g_work.pending, prev, work);
          host_work_append(&g_work.idle, work);
          break;
        }

      prev = work;
    }

  spin_unlock_irqrestore(&g_work.lock, flags);
  return work != NULL ? 0 : -ENOENT;
}

void work_notifier_signal(enum work_evtype_e evtype, FAR void *qualifier)
{
  FAR struct host_work_s *prev = NULL;
  FAR struct host_work_s *work;
  FAR struct host_work_s *next;
  irqstate_t flags;

  flags = spin_lock_irqsave(&g_work.lock);

  for (work = g_work.pending.head; work != NULL; work = next)
    {
      next = work->next;

      if (work->info.evtype == evtype && work->info.qualifier == qualifier)
        {
          host_work_remove(&g_work.pending, prev, work);
          host_work_append(&g_work.ready, work);
        }
      else
        {
          prev = work;
        }
    }

  spin_unlock_irqrestore(&g_work.lock, flags);
}

unsigned int host_work_run(void)
{
  struct work_notifier_s info;
  FAR struct host_work_s *work;
  FAR struct host_work_s *next;
  unsigned int count = 0;
  irqstate_t flags;

  /* Take the whole list: what becomes ready meanwhile is for the next time */

  flags = spin_lock_irqsave(&g_work.lock);
  work = g_work.ready.head;
  g_work.ready.head = NULL;
  spin_unlock_irqrestore(&g_work.lock, flags);

  while (work != NULL)
    {
      next = work->next;
      info = work->info;

      flags = spin_lock_irqsave(&g_work.lock);
      host_work_append(&g_work.idle, work);
      spin_unlock_irqrestore(&g_work.lock, flags);

      info.worker(info.arg);
      count++;
      work = next;
    }

  return count;
}

void host_common_reset(void)
{
  memset(&g_work, 0, sizeof(g_work));
  host_free_delayed();

  host_panic_hook = NULL;
  host_log_hook = NULL;
  host_log_level = LOG_ERR;

  g_idle = false;
  g_failcount = 0;
  g_host_nposts = 0;
  g_host_nirqs = 0;
}
