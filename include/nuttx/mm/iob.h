/****************************************************************************
 * include/nuttx/mm/iob.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Licensed to the Apache Software Foundation (ASF) under one or more
 * contributor license agreements.  See the NOTICE file distributed with
 * this work for additional information regarding copyright ownership.  The
 * ASF licenses this file to you under the Apache License, Version 2.0 (the
 * "License"); you may not use this file except in compliance with the
 * License.  You may obtain a copy of the License at
 *
 *   http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
 * WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.  See the
 * License for the specific language governing permissions and limitations
 * under the License.
 *
 ****************************************************************************/

#ifndef __INCLUDE_NUTTX_MM_IOB_H
#define __INCLUDE_NUTTX_MM_IOB_H

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include <stdint.h>
#include <stdbool.h>
#include <stddef.h>

#include <nuttx/compiler.h>

#ifdef CONFIG_IOB_NOTIFIER
#  include <nuttx/wqueue.h>
#endif

#ifdef CONFIG_MM_IOB

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

/* Configuration ************************************************************/

/* The throttle keeps read-ahead buffering from taking the last
 * CONFIG_IOB_THROTTLE buffers, so that received data can not stop what has
 * to be sent.  Zero disables it.
 */

#if !defined(CONFIG_IOB_THROTTLE)
#  define CONFIG_IOB_THROTTLE 0
#endif

#if !defined(CONFIG_IOB_NCHAINS)
#  define CONFIG_IOB_NCHAINS 0
#endif

#if !defined(CONFIG_IOB_NBUFFERS)
#  error CONFIG_IOB_NBUFFERS not defined
#endif

#if CONFIG_IOB_NBUFFERS < 1
#  error CONFIG_IOB_NBUFFERS is zero
#endif

#if CONFIG_IOB_NBUFFERS <= CONFIG_IOB_THROTTLE
#  error CONFIG_IOB_NBUFFERS <= CONFIG_IOB_THROTTLE
#endif

#if !defined(CONFIG_IOB_ALIGNMENT)
#  define CONFIG_IOB_ALIGNMENT 1
#endif

/* True if io_data is a pointer and io_bufsize a field: the data of an iob
 * may then lie anywhere and have any size.
 */

#if defined(CONFIG_IOB_ALLOC) || defined(CONFIG_IOB_SHARED)
#  define IOB_HAVE_DATAPTR 1
#endif

/* IOB helpers **************************************************************/

#ifdef IOB_HAVE_DATAPTR
#  define IOB_BUFSIZE(p) ((p)->io_bufsize)
#else
#  define IOB_BUFSIZE(p) CONFIG_IOB_BUFSIZE
#endif

#define IOB_DATA(p)      (&(p)->io_data[(p)->io_offset])
#define IOB_FREESPACE(p) (IOB_BUFSIZE(p) - (p)->io_len - (p)->io_offset)

#if CONFIG_IOB_NCHAINS > 0

/* Queue helpers */

#  define IOB_QINIT(q)   do { (q)->qh_head = 0; (q)->qh_tail = 0; } while (0)
#  define IOB_QEMPTY(q)  ((q)->qh_head == NULL)
#endif

#ifdef CONFIG_IOB_SHARED

/* The arena is handed out in granules of this size, and every extent begins
 * and ends on a granule.
 */

#  define IOB_GRANULE    CONFIG_IOB_GRANULE

/* The largest extent: what a 16-bit io_bufsize can say, in whole granules */

#  define IOB_MAXEXTENT  ((65535 / IOB_GRANULE) * IOB_GRANULE)

/* The largest segment that iob_alloc_minimum() grants, head-room apart, and
 * the head-room it has in front.
 */

#  define IOB_MINSEGMENT 256
#  define IOB_MINHEAD    128

/* A duration that never ends, in milliseconds */

#  define IOB_FOREVER    UINT32_MAX
#endif

/****************************************************************************
 * Public Types
 ****************************************************************************/

/* Called when the last view of data that was given from outside has gone.
 * "data" is the address that was given.  It may be called from an interrupt
 * and must not free, share or allocate I/O buffers of the same data.
 */

typedef CODE void (*iob_free_cb_t)(FAR void *data);

#ifdef CONFIG_IOB_SHARED

/* What an allocation is for.  Each class has a reserve that no other class
 * can take (CONFIG_IOB_RESERVE_*), so that received data, data to be sent
 * and control packets (ARP, ICMP, ACK, RST) can not starve each other.  A
 * reserve is contiguous, and used when the common memory has nothing.
 */

enum iob_class_e
{
  IOB_CLASS_RX = 0,      /* Received data; "throttled" means this class */
  IOB_CLASS_TX,          /* Data to be sent; what is not throttled */
  IOB_CLASS_CTRL,        /* Control packets */
  IOB_CLASS_RING,        /* Buffers that a driver posts for reception */
  IOB_NCLASSES
};

struct iob_ext_s;        /* The common part of a shared extent, private */
#endif

/* Represents one I/O buffer.  A packet is contained by one or more I/O
 * buffers in a chain.  The io_pktlen is only valid for the I/O buffer at
 * the head of the chain.
 *
 * With CONFIG_IOB_SHARED an iob is a view: a window of io_bufsize bytes at
 * io_data on an extent that other iobs may view as well.  The view itself
 * always belongs to one holder.  The bytes of the window in front of and
 * behind the data belong to no other view.  To keep it so, the data of a
 * view that is not the only one must be cut by functions (iob_pull(),
 * iob_trimhead(), iob_trimtail()), not by writing io_offset or io_len.
 */

struct iob_s
{
  /* Singly-link list support */

  FAR struct iob_s *io_flink;

  /* Payload */

#if CONFIG_IOB_BUFSIZE < 256 && !defined(IOB_HAVE_DATAPTR)
  uint8_t  io_len;           /* Length of the data in the entry */
  uint8_t  io_offset;        /* Data begins at this offset */
#else
  uint16_t io_len;           /* Length of the data in the entry */
  uint16_t io_offset;        /* Data begins at this offset */
#endif
#ifdef IOB_HAVE_DATAPTR
  uint16_t io_bufsize;       /* Size of the window (or buffer) at io_data */
#endif
#ifdef CONFIG_IOB_SHARED
  uint8_t  io_flags;         /* Private to mm/iob */
  uint8_t  io_slack;         /* Bytes between io_bufsize and the granule */
#endif
  unsigned int io_pktlen;    /* Total length of the packet */

#if defined(CONFIG_IOB_SHARED)
  FAR uint8_t *io_data;
  FAR struct iob_ext_s *io_ext; /* NULL: nobody else views this extent */
#  ifdef CONFIG_IOB_DEBUG
  FAR const void *io_site;      /* Who allocated it */
  FAR const void *io_lastsite;  /* Who took it over last, or freed it */
  uint32_t io_sum;           /* Checksum of the data while shared */
  uint16_t io_sumoff;        /* The window that io_sum covers ... */
  uint16_t io_sumlen;        /* ... relative to the start of the extent */
#  endif
#elif defined(CONFIG_IOB_ALLOC)
  iob_free_cb_t io_free;     /* Custom free callback */
  FAR uint8_t *io_data;
#else
  uint8_t  io_data[CONFIG_IOB_BUFSIZE];
#endif
};

#if CONFIG_IOB_NCHAINS > 0

/* This container structure supports queuing of I/O buffer chains.  This
 * structure is intended only for internal use by the IOB module.
 */

struct iob_qentry_s
{
  /* Singly-link list support */

  FAR struct iob_qentry_s *qe_flink;

  /* Payload -- Head of the I/O buffer chain */

  FAR struct iob_s *qe_head;
};

/* The I/O buffer queue head structure */

struct iob_queue_s
{
  /* Head of the I/O buffer chain list */

  FAR struct iob_qentry_s *qh_head;
  FAR struct iob_qentry_s *qh_tail;
};
#endif /* CONFIG_IOB_NCHAINS > 0 */

/* The four columns of /proc/iobinfo: buffers of CONFIG_IOB_BUFSIZE in all
 * and free, tasks that wait for one, and those of them that are throttled.
 */

struct iob_stats_s
{
  int ntotal;
  int nfree;
  int nwait;
  int nthrottle;
};

#ifdef CONFIG_IOB_SHARED

/* One piece of a packet, for a driver's scatter-gather list */

struct iob_iov_s
{
  FAR void *iov_base;
  size_t    iov_len;
};

/* A request to be told when an extent loses a view.  The memory belongs to
 * the caller and must stay until the callback has returned, or iob_undefer()
 * says so.
 */

struct iob_defer_s
{
  CODE void (*df_kick)(FAR struct iob_defer_s *defer);
  FAR struct iob_ext_s *df_ext;  /* Private: NULL when not in place */
};

/* A request to be told when something is freed.  The memory belongs to the
 * caller, zero but for wt_freed, and must stay until the callback has
 * returned, or iob_unwatch() has taken the request back.
 */

struct iob_watch_s
{
  CODE void (*wt_freed)(FAR struct iob_watch_s *watch);
  FAR struct iob_watch_s *wt_flink;  /* Private */
  bool wt_armed;                     /* Private: it is in place */
};

/* Everything that can be counted.  Sizes are bytes; the others are events
 * since iob_initialize().
 */

struct iob_info_s
{
  struct iob_stats_s stats;        /* NuttX's four columns */

  /* The arena, in bytes */

  size_t   arena;                  /* Its size */
  size_t   used;                   /* In extents */
  size_t   cached;                 /* Free, but kept in the front cache */
  size_t   highwater;              /* The most that was ever used */
  size_t   largest;                /* Largest free run (at most 65535
                                    * granules are told apart) */
  size_t   standing;               /* In iob_alloc_minimum()'s extents */
  size_t   metadata;               /* Maps and indexes beside the arena */
  size_t   class_used[IOB_NCLASSES];
  size_t   class_reserve[IOB_NCLASSES];

  /* Views */

  unsigned int nviews;             /* Configured */
  unsigned int views_used;
  unsigned int views_highwater;
  unsigned int class_views[IOB_NCLASSES];

  /* Events */

  uint32_t nalloc;                 /* Extents allocated */
  uint32_t nshare;                 /* Views made by iob_share() */
  uint32_t ncopy;                  /* Buffers copied because they were
                                    * shared (copy on write) */
  uint64_t bytes_copied;           /* ... bytes in them */
  uint32_t nbounce;                /* Packets copied by iob_linearize() */
  uint32_t ncopybreak;             /* Short frames copied by iob_rxtake() */
  uint32_t nringkeep;              /* Frames kept in their ring extent */
  uint32_t nringdrop;              /* Frames dropped by iob_rxtake() */
  uint32_t ndefer;                 /* Deferrals set by iob_defer() */
  uint32_t nkick;                  /* ... that were kicked */
  uint32_t nminimum;               /* Standing extents granted */
  uint32_t nwaits;                 /* Allocations that had to wait */
  uint32_t ntimeout;               /* ... in vain */
  uint32_t npass;                  /* Times a waiter was passed */
  uint32_t nsaturated;             /* Counts pinned at their limit */

  /* Failed attempts by cause.  An allocation that waits counts one failed
   * attempt first.
   */

  uint32_t fail_views;             /* No view was free */
  uint32_t fail_space;             /* The arena has too few free granules */
  uint32_t fail_frag;              /* Enough of them, but not in one run */
  uint32_t fail_class;             /* The rest is reserved for others */
  uint32_t fail_turn;              /* A waiter may not be passed again */
  uint32_t fail_size;              /* More than IOB_MAXEXTENT */
  uint32_t fault;                  /* Misuse that was caught */
};

/* Misuse that CONFIG_IOB_DEBUG catches */

enum iob_fault_e
{
  IOB_FAULT_DOUBLEFREE = 0,  /* Freed twice */
  IOB_FAULT_FOREIGN,         /* Freed, but never was an iob */
  IOB_FAULT_INTERIOR,        /* Freed by an address inside an iob */
  IOB_FAULT_OVERRUN,         /* A byte behind the buffer was written */
  IOB_FAULT_UNDERRUN,        /* A length or offset left its buffer */
  IOB_FAULT_USEAFTERFREE,    /* Free memory was written */
  IOB_FAULT_SHAREDWRITE,     /* Shared bytes were written */
  IOB_FAULT_LEAK,            /* Still allocated at the end */
  IOB_FAULT_CHAIN,           /* Lengths of a chain do not add up */
  IOB_FAULT_COUNT,           /* A reference count is wrong */
  IOB_FAULT_ARENA,           /* Maps and extents contradict each other */
  IOB_NFAULTS
};

/* What is told about a fault.  Fields that are not known are 0. */

struct iob_report_s
{
  enum iob_fault_e kind;
  FAR const void *iob;       /* The iob, or the address given */
  FAR const uint8_t *base;   /* Start of its extent */
  unsigned int size;         /* Bytes in its extent */
  unsigned int offset;       /* Where in the extent, if known */
  FAR const void *site;      /* Call site of this operation */
  FAR const void *alloc;     /* Call site of the allocation or hand-over */
  FAR const void *release;   /* Call site of the earlier free */
};

typedef CODE void (*iob_report_t)(FAR const struct iob_report_s *report);
#endif /* CONFIG_IOB_SHARED */

/****************************************************************************
 * Public Function Prototypes
 ****************************************************************************/

#ifdef __cplusplus
extern "C"
{
#endif

/****************************************************************************
 * Name: iob_initialize
 *
 * Description:
 *   Set up the I/O buffers for normal operations. May be called again when
 *   nobody uses any of them: everything then starts from nothing.
 *
 ****************************************************************************/

void iob_initialize(void);

/****************************************************************************
 * Name: iob_timedalloc
 *
 * Description:
 *   Allocate an I/O buffer, waiting for one to become free if there is
 *   none. From an interrupt, or with a timeout of zero, it does not wait.
 *
 * Input Parameters:
 *   throttled - True: leave the last CONFIG_IOB_THROTTLE buffers (the
 *               reserve of IOB_CLASS_TX) to others
 *   timeout   - The longest wait in milliseconds; UINT_MAX waits for ever
 *
 * Returned Value:
 *   An empty I/O buffer of CONFIG_IOB_BUFSIZE bytes, or NULL. A wait that
 *   timed out leaves every count as it was.
 *
 ****************************************************************************/

FAR struct iob_s *iob_timedalloc(bool throttled, unsigned int timeout);

/****************************************************************************
 * Name: iob_alloc
 *
 * Description:
 *   Allocate an I/O buffer, waiting as long as it takes.
 *
 * Input Parameters:
 *   throttled - True: leave the last CONFIG_IOB_THROTTLE buffers (the
 *               reserve of IOB_CLASS_TX) to others
 *
 * Returned Value:
 *   As iob_timedalloc().
 *
 ****************************************************************************/

FAR struct iob_s *iob_alloc(bool throttled);

/****************************************************************************
 * Name: iob_tryalloc
 *
 * Description:
 *   Allocate an I/O buffer without waiting for one to become free.
 *
 * Input Parameters:
 *   throttled - True: leave the last CONFIG_IOB_THROTTLE buffers (the
 *               reserve of IOB_CLASS_TX) to others
 *
 * Returned Value:
 *   An empty I/O buffer of CONFIG_IOB_BUFSIZE bytes, or NULL.
 *
 ****************************************************************************/

FAR struct iob_s *iob_tryalloc(bool throttled);

/****************************************************************************
 * Name: iob_alloc_dynamic
 *
 * Description:
 *   Allocate one I/O buffer with "size" contiguous bytes, aligned to
 *   CONFIG_IOB_ALIGNMENT, without waiting. With CONFIG_IOB_SHARED it comes
 *   from the arena (IOB_CLASS_TX), otherwise from the heap.
 *
 * Input Parameters:
 *   size - Bytes of data the buffer must hold
 *
 * Returned Value:
 *   An empty I/O buffer, or NULL.
 *
 ****************************************************************************/

#if defined(CONFIG_IOB_ALLOC) || defined(CONFIG_IOB_SHARED)
FAR struct iob_s *iob_alloc_dynamic(uint16_t size);
#endif

/****************************************************************************
 * Name: iob_alloc_with_data
 *
 * Description:
 *   Allocate an I/O buffer for data that lies outside: a DMA buffer of a
 *   driver, for example. With CONFIG_IOB_SHARED the data may be shared
 *   like any other; free_cb then runs once, when the last view has gone.
 *
 * Input Parameters:
 *   data    - The memory. It stays with the caller until free_cb runs.
 *   size    - Its size in bytes
 *   free_cb - Told when the memory is no longer used; with "data" as
 *             argument
 *
 * Returned Value:
 *   An empty I/O buffer on the memory, or NULL.
 *
 ****************************************************************************/

#if defined(CONFIG_IOB_ALLOC) || defined(CONFIG_IOB_SHARED)
FAR struct iob_s *iob_alloc_with_data(FAR void *data, uint16_t size,
                                      iob_free_cb_t free_cb);
#endif

/****************************************************************************
 * Name: iob_init_with_data
 *
 * Description:
 *   Make an I/O buffer inside memory that lies outside: its descriptor
 *   takes the first bytes, the rest is for the data. Nothing is allocated,
 *   so that this works when the pool is empty.
 *
 * Input Parameters:
 *   data    - The memory, aligned as a pointer. It stays with the caller
 *             until free_cb runs.
 *   size    - Its size in bytes, descriptor included
 *   free_cb - Told when the memory is no longer used; with "data" as
 *             argument
 *
 * Returned Value:
 *   The I/O buffer, or NULL if "size" is too small or "data" is
 *   misaligned.
 *
 ****************************************************************************/

#if defined(CONFIG_IOB_ALLOC) || defined(CONFIG_IOB_SHARED)
FAR struct iob_s *iob_init_with_data(FAR void *data, uint16_t size,
                                     iob_free_cb_t free_cb);
#endif

/****************************************************************************
 * Name: iob_navail
 *
 * Description:
 *   Return how many buffers iob_tryalloc() could return now. With
 *   CONFIG_IOB_SHARED it is a lower bound, and exact as long as only
 *   buffers of iob_alloc() are used.
 *
 * Input Parameters:
 *   throttled - True: leave the last CONFIG_IOB_THROTTLE buffers (the
 *               reserve of IOB_CLASS_TX) to others
 *
 * Returned Value:
 *   The number of buffers, 0 or more.
 *
 ****************************************************************************/

int iob_navail(bool throttled);

/****************************************************************************
 * Name: iob_qentry_navail
 *
 * Description:
 *   Return the number of available queue containers.
 *
 ****************************************************************************/

int iob_qentry_navail(void);

/****************************************************************************
 * Name: iob_free
 *
 * Description:
 *   Free the I/O buffer at the head of a chain. With CONFIG_IOB_SHARED
 *   this gives up one view; the data returns when the last view has gone.
 *   May be called from an interrupt.
 *
 * Input Parameters:
 *   iob - The head of the chain
 *
 * Returned Value:
 *   The rest of the chain, with io_pktlen set, or NULL.
 *
 ****************************************************************************/

FAR struct iob_s *iob_free(FAR struct iob_s *iob);

/****************************************************************************
 * Name: iob_free_chain
 *
 * Description:
 *   Free an entire buffer chain. May be called from an interrupt.
 *
 * Input Parameters:
 *   iob - The head of the chain
 *
 ****************************************************************************/

void iob_free_chain(FAR struct iob_s *iob);

/****************************************************************************
 * Name: iob_notifier_setup
 *
 * Description:
 *   Have a worker run on a work queue when a buffer is free.
 *
 * Input Parameters:
 *   qid    - HPWORK or LPWORK
 *   worker - The function to run
 *   arg    - Its argument
 *
 * Returned Value:
 *   A key > 0 for iob_notifier_teardown(); 0 if there are free buffers now
 *   and nothing was set up; a negated errno on failure.
 *
 ****************************************************************************/

#if defined(CONFIG_IOB_NOTIFIER)
int iob_notifier_setup(int qid, worker_t worker, FAR void *arg);
#endif

/****************************************************************************
 * Name: iob_notifier_teardown
 *
 * Description:
 *   Cancel what iob_notifier_setup() set up. Needed only if the worker did
 *   not run.
 *
 * Input Parameters:
 *   key - What iob_notifier_setup() returned
 *
 ****************************************************************************/

#if defined(CONFIG_IOB_NOTIFIER)
void iob_notifier_teardown(int key);
#endif

/****************************************************************************
 * Name: iob_add_queue
 *
 * Description:
 *   Add one I/O buffer chain to the end of a queue, waiting for a
 *   container if there is none.
 *
 * Input Parameters:
 *   iob  - The chain; it belongs to the queue on success
 *   iobq - The queue
 *
 * Returned Value:
 *   Zero, or -ENOMEM.
 *
 ****************************************************************************/

#if CONFIG_IOB_NCHAINS > 0
int iob_add_queue(FAR struct iob_s *iob, FAR struct iob_queue_s *iobq);
#endif

/****************************************************************************
 * Name: iob_tryadd_queue
 *
 * Description:
 *   Add one I/O buffer chain to the end of a queue without waiting.
 *
 * Input Parameters:
 *   iob  - The chain; it belongs to the queue on success
 *   iobq - The queue
 *
 * Returned Value:
 *   Zero, or -ENOMEM.
 *
 ****************************************************************************/

#if CONFIG_IOB_NCHAINS > 0
int iob_tryadd_queue(FAR struct iob_s *iob, FAR struct iob_queue_s *iobq);
#endif

/****************************************************************************
 * Name: iob_remove_queue
 *
 * Description:
 *   Take the chain at the head out of a queue.
 *
 * Input Parameters:
 *   iobq - The queue
 *
 * Returned Value:
 *   The chain, or NULL if the queue is empty.
 *
 ****************************************************************************/

#if CONFIG_IOB_NCHAINS > 0
FAR struct iob_s *iob_remove_queue(FAR struct iob_queue_s *iobq);
#endif

/****************************************************************************
 * Name: iob_peek_queue
 *
 * Description:
 *   Return the chain at the head of a queue and leave it there. It may be
 *   modified but not freed.
 *
 * Input Parameters:
 *   iobq - The queue
 *
 * Returned Value:
 *   The chain, or NULL if the queue is empty.
 *
 ****************************************************************************/

#if CONFIG_IOB_NCHAINS > 0
FAR struct iob_s *iob_peek_queue(FAR struct iob_queue_s *iobq);
#endif

/****************************************************************************
 * Name: iob_free_queue
 *
 * Description:
 *   Free all the chains of a queue.
 *
 * Input Parameters:
 *   qhead - The queue; it is empty afterwards
 *
 ****************************************************************************/

#if CONFIG_IOB_NCHAINS > 0
void iob_free_queue(FAR struct iob_queue_s *qhead);
#endif

/****************************************************************************
 * Name: iob_free_queue_qentry
 *
 * Description:
 *   Take one chain out of the middle of a queue and free it. A chain that
 *   is not in the queue is left alone.
 *
 * Input Parameters:
 *   iob  - The head of the chain
 *   iobq - The queue
 *
 ****************************************************************************/

#if CONFIG_IOB_NCHAINS > 0
void iob_free_queue_qentry(FAR struct iob_s *iob,
                           FAR struct iob_queue_s *iobq);
#endif

/****************************************************************************
 * Name: iob_get_queue_size
 *
 * Description:
 *   Return the bytes in a queue.
 *
 * Input Parameters:
 *   queue - The queue
 *
 ****************************************************************************/

#if CONFIG_IOB_NCHAINS > 0
unsigned int iob_get_queue_size(FAR struct iob_queue_s *queue);
#endif

/****************************************************************************
 * Name: iob_get_queue_entry_count
 *
 * Description:
 *   Return the number of chains in a queue.
 *
 * Input Parameters:
 *   queue - The queue
 *
 ****************************************************************************/

#if CONFIG_IOB_NCHAINS > 0
unsigned int iob_get_queue_entry_count(FAR struct iob_queue_s *queue);
#endif

/****************************************************************************
 * Name: iob_copyin
 *
 * Description:
 *   Copy bytes into a packet at an offset, over what is there, and extend
 *   the chain as needed. Waits for buffers. With CONFIG_IOB_SHARED what is
 *   shared is copied before it is written.
 *
 * Input Parameters:
 *   iob       - The chain
 *   src       - The bytes to copy
 *   len       - How many
 *   offset    - Where in the packet they go. At most io_pktlen; it may be
 *               negative by up to the head-room.
 *   throttled - True: leave the last CONFIG_IOB_THROTTLE buffers (the
 *               reserve of IOB_CLASS_TX) to others
 *
 * Returned Value:
 *   "len" on success. A negated errno on failure; the packet then has the
 *   bytes and lengths that it had: -ESPIPE if the offset is not in the
 *   packet, -ENOMEM if buffers lack, -ENOSPC if bytes before the packet
 *   are not the caller's to write.
 *
 ****************************************************************************/

int iob_copyin(FAR struct iob_s *iob, FAR const uint8_t *src,
               unsigned int len, int offset, bool throttled);

/****************************************************************************
 * Name: iob_trycopyin
 *
 * Description:
 *   The same as iob_copyin(), but never waits.
 *
 * Input Parameters:
 *   iob       - The chain
 *   src       - The bytes to copy
 *   len       - How many
 *   offset    - Where in the packet they go. At most io_pktlen; it may be
 *               negative by up to the head-room.
 *   throttled - True: leave the last CONFIG_IOB_THROTTLE buffers (the
 *               reserve of IOB_CLASS_TX) to others
 *
 * Returned Value:
 *   "len" on success. A negated errno on failure; the packet then has the
 *   bytes and lengths that it had: -ESPIPE if the offset is not in the
 *   packet, -ENOMEM if buffers lack, -ENOSPC if bytes before the packet
 *   are not the caller's to write.
 *
 ****************************************************************************/

int iob_trycopyin(FAR struct iob_s *iob, FAR const uint8_t *src,
                  unsigned int len, int offset, bool throttled);

/****************************************************************************
 * Name: iob_copyout
 *
 * Description:
 *   Copy bytes of a packet into a linear buffer.
 *
 * Input Parameters:
 *   dest   - Where they go
 *   iob    - The chain
 *   len    - How many at the most
 *   offset - Where in the packet they start; it may be negative by up to
 *            the head-room
 *
 * Returned Value:
 *   The number of bytes copied, or -ESPIPE if they start before the
 *   buffer.
 *
 ****************************************************************************/

int iob_copyout(FAR uint8_t *dest, FAR const struct iob_s *iob,
                unsigned int len, int offset);

/****************************************************************************
 * Name: iob_tailroom
 *
 * Description:
 *   Return the bytes behind the data of a chain that can be filled without
 *   another allocation.
 *
 * Input Parameters:
 *   iob - The chain
 *
 ****************************************************************************/

unsigned int iob_tailroom(FAR struct iob_s *iob);

/****************************************************************************
 * Name: iob_clone
 *
 * Description:
 *   Copy (and pack) the data of one packet into another, which must be
 *   empty.
 *
 * Input Parameters:
 *   iob1      - The source
 *   iob2      - The destination
 *   throttled - True: leave the last CONFIG_IOB_THROTTLE buffers (the
 *               reserve of IOB_CLASS_TX) to others
 *   block     - True: wait for buffers
 *
 * Returned Value:
 *   Zero, or a negated errno.
 *
 ****************************************************************************/

int iob_clone(FAR struct iob_s *iob1, FAR struct iob_s *iob2,
              bool throttled, bool block);

/****************************************************************************
 * Name: iob_clone_partial
 *
 * Description:
 *   Copy part of one packet into another, from "offset2" on; the second
 *   ends behind the copied bytes. What the destination viewed or chained
 *   before is left alone: only memory that nobody else views is written.
 *   Before "offset2", what its first buffer held stays, and bytes of
 *   further buffers have no particular value.
 *
 * Input Parameters:
 *   iob1      - The source
 *   len       - Bytes to copy
 *   offset1   - Where they start in the source; may be negative by up to
 *               the head-room
 *   iob2      - The destination
 *   offset2   - Where they go; may be negative by up to the head-room
 *   throttled - True: leave the last CONFIG_IOB_THROTTLE buffers (the
 *               reserve of IOB_CLASS_TX) to others
 *   block     - True: wait for buffers
 *
 * Returned Value:
 *   Zero, or a negated errno: -ENOMEM if buffers lack, -EINVAL if the
 *   source does not hold these bytes. On failure the destination is as it
 *   was.
 *
 ****************************************************************************/

int iob_clone_partial(FAR struct iob_s *iob1, unsigned int len,
                      int offset1, FAR struct iob_s *iob2, int offset2,
                      bool throttled, bool block);

/****************************************************************************
 * Name: iob_concat
 *
 * Description:
 *   Append one chain to another.
 *
 * Input Parameters:
 *   iob1 - The chain that grows
 *   iob2 - The chain that is appended
 *
 ****************************************************************************/

void iob_concat(FAR struct iob_s *iob1, FAR struct iob_s *iob2);

/****************************************************************************
 * Name: iob_trimhead
 *
 * Description:
 *   Remove bytes from the beginning of a packet. Emptied buffers are
 *   freed, except the last.
 *
 * Input Parameters:
 *   iob     - The chain
 *   trimlen - Bytes to remove
 *
 * Returned Value:
 *   The new head of the chain.
 *
 ****************************************************************************/

FAR struct iob_s *iob_trimhead(FAR struct iob_s *iob, unsigned int trimlen);

/****************************************************************************
 * Name: iob_trimhead_queue
 *
 * Description:
 *   iob_trimhead() on the chain at the head of a queue.
 *
 * Input Parameters:
 *   qhead   - The queue
 *   trimlen - Bytes to remove
 *
 * Returned Value:
 *   The new head of the first chain, or NULL if the queue is empty.
 *
 ****************************************************************************/

#if CONFIG_IOB_NCHAINS > 0
FAR struct iob_s *iob_trimhead_queue(FAR struct iob_queue_s *qhead,
                                     unsigned int trimlen);
#endif

/****************************************************************************
 * Name: iob_trimtail
 *
 * Description:
 *   Remove bytes from the end of a packet. Emptied buffers are freed.
 *
 * Input Parameters:
 *   iob     - The chain
 *   trimlen - Bytes to remove
 *
 * Returned Value:
 *   The chain, or NULL if all of it was freed.
 *
 ****************************************************************************/

FAR struct iob_s *iob_trimtail(FAR struct iob_s *iob, unsigned int trimlen);

/****************************************************************************
 * Name: iob_pack
 *
 * Description:
 *   Move the data of a packet to the front of its buffers, so that all but
 *   the last are full, and free those that become empty. With
 *   CONFIG_IOB_SHARED buffers that others view are left as they are.
 *
 * Input Parameters:
 *   iob - The chain
 *
 * Returned Value:
 *   The head of the chain.
 *
 ****************************************************************************/

FAR struct iob_s *iob_pack(FAR struct iob_s *iob);

/****************************************************************************
 * Name: iob_contig
 *
 * Description:
 *   Make the first bytes of a packet contiguous in its first buffer.
 *
 * Input Parameters:
 *   iob - The chain
 *   len - How many bytes
 *
 * Returned Value:
 *   Zero; -EINVAL if the packet is shorter; -ENOSPC if no buffer can hold
 *   them; -ENOMEM if there is none. On failure the packet is as it was.
 *
 ****************************************************************************/

int iob_contig(FAR struct iob_s *iob, unsigned int len);

/****************************************************************************
 * Name: iob_count
 *
 * Description:
 *   Return the number of buffers in a chain.
 *
 * Input Parameters:
 *   iob - The chain, or NULL
 *
 ****************************************************************************/

int iob_count(FAR struct iob_s *iob);

/****************************************************************************
 * Name: iob_reserve
 *
 * Description:
 *   Set the head-room of an empty packet, at the expense of its tail-room.
 *
 * Input Parameters:
 *   iob      - The chain
 *   reserved - Bytes of head-room; 0 changes nothing
 *
 ****************************************************************************/

void iob_reserve(FAR struct iob_s *iob, unsigned int reserved);

/****************************************************************************
 * Name: iob_update_pktlen
 *
 * Description:
 *   Set the length of a packet: cut its tail, or extend it by bytes of no
 *   particular value, without waiting. The lengths of buffers before the
 *   last one never change, and nothing happens if the length is right
 *   already.
 *
 * Input Parameters:
 *   iob       - The chain
 *   pktlen    - The new length
 *   throttled - True: leave the last CONFIG_IOB_THROTTLE buffers (the
 *               reserve of IOB_CLASS_TX) to others
 *
 * Returned Value:
 *   The length the packet has now (less than asked if buffers lack), or
 *   -EINVAL if iob is NULL.
 *
 ****************************************************************************/

int iob_update_pktlen(FAR struct iob_s *iob, unsigned int pktlen,
                      bool throttled);

/****************************************************************************
 * Name: iob_dump
 *
 * Description:
 *   Dump part of a packet to the log.
 *
 * Input Parameters:
 *   msg    - A title
 *   iob    - The chain
 *   len    - Bytes to dump
 *   offset - Where they start
 *
 ****************************************************************************/

#ifdef CONFIG_DEBUG_FEATURES
void iob_dump(FAR const char *msg, FAR struct iob_s *iob, unsigned int len,
              unsigned int offset);
#else
#  define iob_dump(msg, iob, len, offset)
#endif

/****************************************************************************
 * Name: iob_getstats
 *
 * Description:
 *   Return the four columns of /proc/iobinfo.
 *
 * Input Parameters:
 *   stats - Where they go
 *
 ****************************************************************************/

void iob_getstats(FAR struct iob_stats_s *stats);

#ifdef CONFIG_IOB_SHARED
/****************************************************************************
 * Name: iob_alloc_contig
 *
 * Description:
 *   Allocate one iob on a new extent of at least headroom + size
 *   contiguous bytes, waiting as long as it takes. The data is aligned to
 *   a granule, io_offset is "headroom", io_len is zero. From an interrupt
 *   it does not wait.
 *
 * Input Parameters:
 *   size     - Bytes behind the head-room
 *   headroom - Bytes in front of it
 *   cls      - What it is for
 *
 * Returned Value:
 *   An iob that nobody else views; NULL if the size can not be had at all
 *   (more than IOB_MAXEXTENT: make a chain; or more than the arena has for
 *   this class).
 *
 ****************************************************************************/

FAR struct iob_s *iob_alloc_contig(unsigned int size, unsigned int headroom,
                                   enum iob_class_e cls);

/****************************************************************************
 * Name: iob_timedalloc_contig
 *
 * Description:
 *   iob_alloc_contig() with a limit in time.
 *
 * Input Parameters:
 *   size     - Bytes behind the head-room
 *   headroom - Bytes in front of it
 *   cls      - What it is for
 *   timeout  - Milliseconds; 0 does not wait, IOB_FOREVER always
 *
 * Returned Value:
 *   As iob_alloc_contig(); NULL also when the time is over, every count
 *   being as before.
 *
 ****************************************************************************/

FAR struct iob_s *iob_timedalloc_contig(unsigned int size,
                                        unsigned int headroom,
                                        enum iob_class_e cls,
                                        unsigned int timeout);

/****************************************************************************
 * Name: iob_tryalloc_contig
 *
 * Description:
 *   iob_alloc_contig() that never waits.
 *
 * Input Parameters:
 *   size     - Bytes behind the head-room
 *   headroom - Bytes in front of it
 *   cls      - What it is for
 *
 * Returned Value:
 *   As iob_alloc_contig().
 *
 ****************************************************************************/

FAR struct iob_s *iob_tryalloc_contig(unsigned int size,
                                      unsigned int headroom,
                                      enum iob_class_e cls);

/****************************************************************************
 * Name: iob_alloc_minimum
 *
 * Description:
 *   Allocate the one small segment per direction that every holder (a
 *   connection) is entitled to. First as iob_tryalloc_contig(); if that
 *   fails, one of CONFIG_IOB_NMINIMUM extents that stand ready for each
 *   direction and that no other allocation can take. A holder has at most
 *   one of them at a time; those who wait are served in turn.
 *
 * Input Parameters:
 *   holder   - Identifies the holder; never dereferenced
 *   size     - At most IOB_MINSEGMENT
 *   headroom - At most IOB_MINHEAD
 *   cls      - IOB_CLASS_RX or IOB_CLASS_TX
 *   timeout  - Milliseconds; 0 does not wait, IOB_FOREVER always
 *
 * Returned Value:
 *   An iob, or NULL: bad arguments, the holder has its segment already, or
 *   the time is over.
 *
 ****************************************************************************/

FAR struct iob_s *iob_alloc_minimum(FAR const void *holder,
                                    unsigned int size,
                                    unsigned int headroom,
                                    enum iob_class_e cls,
                                    unsigned int timeout);

/****************************************************************************
 * Name: iob_share
 *
 * Description:
 *   Make a new chain of views on part of a packet. No byte is copied.
 *   Tail-room stays with "iob". Its head-room goes to the new chain if
 *   that begins where the data of "iob" begins; otherwise the new chain
 *   has none.
 *
 * Input Parameters:
 *   iob    - The packet
 *   offset - Where the new packet starts in it
 *   len    - Its length, 1 or more
 *
 * Returned Value:
 *   The new chain, with io_pktlen; NULL if views lack, or if the packet
 *   does not hold these bytes.
 *
 ****************************************************************************/

FAR struct iob_s *iob_share(FAR struct iob_s *iob, unsigned int offset,
                            unsigned int len);

/****************************************************************************
 * Name: iob_writable
 *
 * Description:
 *   Tell whether the data of this one iob may be written: nobody else
 *   views its extent, and it is not read-only.
 *
 * Input Parameters:
 *   iob - The iob
 *
 * Returned Value:
 *   True if it may be written.
 *
 ****************************************************************************/

bool iob_writable(FAR const struct iob_s *iob);

/****************************************************************************
 * Name: iob_memsize
 *
 * Description:
 *   Return the bytes of memory that this one iob keeps from others: its
 *   whole extent, however small the part of it that it views. Queues charge
 *   by it.
 *
 * Input Parameters:
 *   iob - The iob
 *
 * Returned Value:
 *   Bytes, the descriptor not counted.
 *
 ****************************************************************************/

unsigned int iob_memsize(FAR const struct iob_s *iob);

/****************************************************************************
 * Name: iob_unshare
 *
 * Description:
 *   Make the data of this one iob writable: copy it to an extent of its
 *   own if somebody else views it. Never waits.
 *
 * Input Parameters:
 *   iob - The iob; it stays the same, io_data may change
 *
 * Returned Value:
 *   Zero, or -ENOMEM.
 *
 ****************************************************************************/

int iob_unshare(FAR struct iob_s *iob);

/****************************************************************************
 * Name: iob_push
 *
 * Description:
 *   Open head-room in place: the packet grows by "n" bytes at its front,
 *   to be written by the caller.
 *
 * Input Parameters:
 *   iob - The head of the chain
 *   n   - Bytes
 *
 * Returned Value:
 *   Zero, or -ENOSPC if this view does not own as much head-room.
 *
 ****************************************************************************/

int iob_push(FAR struct iob_s *iob, unsigned int n);

/****************************************************************************
 * Name: iob_pull
 *
 * Description:
 *   Drop bytes at the front of the first iob. They become head-room if
 *   nobody else views the extent.
 *
 * Input Parameters:
 *   iob - The head of the chain
 *   n   - Bytes, at most io_len
 *
 * Returned Value:
 *   Zero, or -EINVAL if the first iob holds less (see iob_trimhead()).
 *
 ****************************************************************************/

int iob_pull(FAR struct iob_s *iob, unsigned int n);

/****************************************************************************
 * Name: iob_shrink
 *
 * Description:
 *   Give the granules behind the data back to the arena, now.
 *
 * Input Parameters:
 *   iob - The iob
 *
 * Returned Value:
 *   The bytes given back; -EBUSY if somebody else views the extent, or if
 *   the descriptor is one of iob_init_with_data(); -EINVAL if the data
 *   does not lie in the arena, or is a standing extent.
 *
 ****************************************************************************/

int iob_shrink(FAR struct iob_s *iob);

/****************************************************************************
 * Name: iob_grow
 *
 * Description:
 *   Have at least "n" bytes of tail-room, by taking the granules behind
 *   the extent if they are free. Nothing moves.
 *
 * Input Parameters:
 *   iob - The iob
 *   n   - Bytes of tail-room wanted
 *
 * Returned Value:
 *   Zero; -EBUSY if somebody else views the extent, or if the descriptor
 *   is one of iob_init_with_data(); -ENOMEM if the granules are taken;
 *   -EINVAL if the data does not lie in the arena, is a standing extent,
 *   or would become too large.
 *
 ****************************************************************************/

int iob_grow(FAR struct iob_s *iob, unsigned int n);

/****************************************************************************
 * Name: iob_linearize
 *
 * Description:
 *   Return the same packet in one contiguous iob, with at least "headroom"
 *   bytes in front that are its own. If it is not one already, it is
 *   copied, which is counted as a bounce; never waits.
 *
 * Input Parameters:
 *   iob      - The chain; consumed on success
 *   headroom - Bytes wanted in front
 *   cls      - The class of the copy
 *
 * Returned Value:
 *   The packet, or NULL if it can not be had; "iob" is then as it was.
 *
 ****************************************************************************/

FAR struct iob_s *iob_linearize(FAR struct iob_s *iob, unsigned int headroom,
                                enum iob_class_e cls);

/****************************************************************************
 * Name: iob_to_iov
 *
 * Description:
 *   Describe a packet as a scatter-gather list. Empty buffers are left
 *   out.
 *
 * Input Parameters:
 *   iob - The chain
 *   iov - The list
 *   n   - Its entries
 *
 * Returned Value:
 *   The entries used; -EMSGSIZE if they are too few (nothing is cut).
 *
 ****************************************************************************/

int iob_to_iov(FAR const struct iob_s *iob, FAR struct iob_iov_s *iov, int n);

/****************************************************************************
 * Name: iob_alloc_rodata
 *
 * Description:
 *   iob_alloc_with_data() for constant data: io_len is "size" from the
 *   start, it is never writable, and every function that writes copies it
 *   first.
 *
 * Input Parameters:
 *   data    - The constant bytes
 *   size    - How many
 *   free_cb - Told when the last view has gone; may be NULL
 *
 * Returned Value:
 *   An iob full of the data, or NULL.
 *
 ****************************************************************************/

FAR struct iob_s *iob_alloc_rodata(FAR const void *data, uint16_t size,
                                   iob_free_cb_t free_cb);

/****************************************************************************
 * Name: iob_rxtake
 *
 * Description:
 *   Take a received frame out of a driver's ring. A frame that fills at
 *   least half of its extent is kept, and a new extent of the same size
 *   takes its place; a shorter one is copied to an extent of its size
 *   (IOB_CLASS_RX), and the ring extent stays. The ring never shrinks: if
 *   nothing can be allocated, the frame is dropped and counted.
 *
 * Input Parameters:
 *   slot - The posted iob; replaced if the frame is kept
 *   len  - Bytes that the device wrote behind io_offset
 *
 * Returned Value:
 *   The frame, with io_len and io_pktlen set; NULL if dropped. *slot is
 *   ready to be posted again in every case.
 *
 ****************************************************************************/

FAR struct iob_s *iob_rxtake(FAR struct iob_s **slot, unsigned int len);

/****************************************************************************
 * Name: iob_defer
 *
 * Description:
 *   Ask to be called once when any other view of the extent of "iob" goes:
 *   the way for a resend to wait until a driver lets go of the frame. The
 *   callback may run from an interrupt. One request can hang on an extent.
 *
 * Input Parameters:
 *   defer - The request: zero, but df_kick set
 *   iob   - A view of the extent, the caller's own
 *
 * Returned Value:
 *   Zero; -EAGAIN if nobody else views the extent (there is nothing to
 *   wait for); -EBUSY if there is a request already; -EINVAL.
 *
 ****************************************************************************/

int iob_defer(FAR struct iob_defer_s *defer, FAR struct iob_s *iob);

/****************************************************************************
 * Name: iob_undefer
 *
 * Description:
 *   Take back a request of iob_defer(), before its memory goes. Whatever is
 *   returned, the request is not in place any more.
 *
 * Input Parameters:
 *   defer - The request
 *
 * Returned Value:
 *   Zero if it was taken back: df_kick will not run. -ENOENT if there was
 *   nothing to take back: df_kick was never due, or has returned.
 *   -EINPROGRESS if it has not returned yet (it runs on another CPU, was
 *   interrupted, or is who asks): the memory must stay; ask again later, and
 *   not in a loop that could keep it from running.
 *
 ****************************************************************************/

int iob_undefer(FAR struct iob_defer_s *defer);

/****************************************************************************
 * Name: iob_watch
 *
 * Description:
 *   Ask to be called once, when the next view or extent is freed: the way
 *   for somebody who must not wait, and found no memory, to try again when
 *   there may be some. The callback may run from an interrupt and from
 *   inside of any function that frees: it should do no more than arrange
 *   for the try. Ask first and try then, or a buffer that is freed between
 *   the two is missed.
 *
 * Input Parameters:
 *   watch - The request: zero, but wt_freed set
 *
 * Returned Value:
 *   Zero, also if it was in place already; -EINVAL.
 *
 ****************************************************************************/

int iob_watch(FAR struct iob_watch_s *watch);

/****************************************************************************
 * Name: iob_unwatch
 *
 * Description:
 *   Take back a request of iob_watch().
 *
 * Input Parameters:
 *   watch - The request
 *
 * Returned Value:
 *   Zero if it was taken back: wt_freed will not run. -ENOENT if there was
 *   nothing to take back: wt_freed was never due, runs, or has returned.
 *
 ****************************************************************************/

int iob_unwatch(FAR struct iob_watch_s *watch);

/****************************************************************************
 * Name: iob_getinfo
 *
 * Description:
 *   Return every count there is.
 *
 * Input Parameters:
 *   info - Where they go
 *
 ****************************************************************************/

void iob_getinfo(FAR struct iob_info_s *info);

/****************************************************************************
 * Name: iob_infotext
 *
 * Description:
 *   Write what iob_getinfo() tells as text, for /proc/iobinfo: NuttX's
 *   four columns first, then a line per count.
 *
 * Input Parameters:
 *   buf  - Where it goes; always ends in a NUL if size > 0
 *   size - Its size
 *
 * Returned Value:
 *   The length of the whole text, as snprintf().
 *
 ****************************************************************************/

int iob_infotext(FAR char *buf, size_t size);

/****************************************************************************
 * Name: iob_arena_map
 *
 * Description:
 *   Draw the arena as one character a granule: '.' free, '-' cached, and
 *   for each extent its class (r t c g), capital at its first granule; 'S'
 *   and 's' for shared extents and 'M' 'm' for standing ones.
 *
 * Input Parameters:
 *   buf  - Where it goes; always ends in a NUL if size > 0
 *   size - Its size
 *
 * Returned Value:
 *   The number of granules in the arena.
 *
 ****************************************************************************/

int iob_arena_map(FAR char *buf, size_t size);

/****************************************************************************
 * Name: iob_check
 *
 * Description:
 *   Verify every invariant of the arena, the views, the counts and the
 *   waiters. For tests: it takes time in proportion to the arena.
 *
 * Returned Value:
 *   The number of contradictions found (0: none). The first 16 are reported.
 *
 ****************************************************************************/

int iob_check(void);

/****************************************************************************
 * Name: iob_check_chain
 *
 * Description:
 *   Verify the lengths of one packet.
 *
 * Input Parameters:
 *   iob - The chain
 *
 * Returned Value:
 *   The number of contradictions found (0: none). The first 16 are reported.
 *
 ****************************************************************************/

int iob_check_chain(FAR const struct iob_s *iob);

/****************************************************************************
 * Name: iob_set_report
 *
 * Description:
 *   Set who is told about misuse and contradictions. What can not be done,
 *   such as freeing what is no iob, is left undone. The function may be
 *   called with interrupts masked and must not call any function of this
 *   header. Without it they are logged, and CONFIG_IOB_DEBUG panics.
 *
 * Input Parameters:
 *   report - The function, or NULL
 *
 ****************************************************************************/

void iob_set_report(iob_report_t report);

/****************************************************************************
 * Name: iob_leaks
 *
 * Description:
 *   Report every extent that is still allocated, by call site, as
 *   IOB_FAULT_LEAK.
 *
 * Returned Value:
 *   How many there are, standing extents that nobody has apart.
 *
 ****************************************************************************/

#if defined(CONFIG_IOB_DEBUG)
unsigned int iob_leaks(void);
#endif

#endif /* CONFIG_IOB_SHARED */

#ifdef __cplusplus
}
#endif

#endif /* CONFIG_MM_IOB */
#endif /* __INCLUDE_NUTTX_MM_IOB_H */
