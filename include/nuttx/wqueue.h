/* include/nuttx/wqueue.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Work queues: what is queued is called by a kernel thread, where it may
 * block.  The high priority queue is for what a driver could not do in
 * interrupt context, the low priority queue for the rest.  Each has one
 * thread, which carries out work in the order in which it became due.
 *
 * The notifier queues work when an event occurs: work_notifier_setup() asks
 * for it, once; work_notifier_signal() tells of the event.
 */

#ifndef __INCLUDE_NUTTX_WQUEUE_H
#define __INCLUDE_NUTTX_WQUEUE_H

#include <nuttx/config.h>

#include <stdint.h>
#include <sys/types.h>

#include <nuttx/compiler.h>
#include <nuttx/clock.h>
#include <nuttx/wdog.h>

#define HPWORK  0
#define LPWORK  1
#define USRWORK LPWORK
#define NWORKQUEUES 2

typedef CODE void (*worker_t)(FAR void *arg);

/* The memory is the caller's, zeroed before the first use.  When its worker
 * is called the work is no longer queued: the worker may queue it again, or
 * free it.
 */

struct work_s
{
  FAR struct work_s *next;       /* When it is due */
  FAR struct work_s *prev;
  worker_t worker;               /* NULL: not queued */
  FAR void *arg;
  struct wdog_s timer;           /* Until it is due */
  clock_t qtime;                 /* When it was queued */
  uint8_t qid;
};

#define work_available(work) ((work)->worker == NULL)

/* Have worker(arg) called in that many ticks.  Work that is queued already
 * is queued anew.  Zero, or -EINVAL for a bad queue, delay or worker.
 */

int work_queue(int qid, FAR struct work_s *work, worker_t worker,
               FAR void *arg, clock_t delay);

/* Zero, or -ENOENT if it was not queued (it has run, or is just running). */

int work_cancel(int qid, FAR struct work_s *work);

/* Likewise; and wait until the worker, if it is running, has returned.  Must
 * not be called by the worker itself (-EDEADLK).
 */

int work_cancel_sync(int qid, FAR struct work_s *work);

enum work_evtype_e
{
  WORK_IOB_AVAIL = 1,
  WORK_NET_DOWN,
  WORK_TCP_READAHEAD,
  WORK_TCP_WRITEBUFFER,
  WORK_TCP_DISCONNECT,
  WORK_UDP_READAHEAD,
  WORK_UDP_WRITEBUFFER
};

struct work_notifier_s
{
  uint8_t evtype;        /* enum work_evtype_e */
  uint8_t qid;           /* HPWORK or LPWORK */
  FAR void *qualifier;   /* Must match that of the signal */
  FAR void *arg;         /* Given to the worker */
  worker_t worker;
};

/* A key, which is greater than zero; -ENOMEM, or -EINVAL. */

int work_notifier_setup(FAR struct work_notifier_s *info);

/* Zero, or -ENOENT: never set up, torn down, or signalled already (the
 * worker has run or will).
 */

int work_notifier_teardown(int key);

/* Queue the work of all who wait for this, in the order of their set-up. */

void work_notifier_signal(enum work_evtype_e evtype, FAR void *qualifier);

#endif /* __INCLUDE_NUTTX_WQUEUE_H */
