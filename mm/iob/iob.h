/****************************************************************************
 * mm/iob/iob.h
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

#ifndef __MM_IOB_IOB_H
#define __MM_IOB_IOB_H

/* How the pieces fit (CONFIG_IOB_SHARED)
 *
 *   iob (TCP write queue)     iob (held by the driver)
 *        |  payload                |  eth+ip+tcp+payload
 *        +--------- io_ext --------+
 *        |            |            |
 *        v            v            v
 *        |      [ ext: count = 2 ] |
 *        v                         v
 *   [ head-room | eth ip tcp | payload ............. | tail | slack ]
 *
 * The arena is divided into granules.  An extent is a run of granules; a
 * view (struct iob_s) is a window on an extent.  An extent that has one
 * view needs nothing else: the view says where it lies, and io_ext is NULL.
 * iob_share() adds the common part (struct iob_ext_s), taken from the same
 * pool as the views; it holds the count and the bounds of the extent and
 * goes when the extent goes, or when a sole view is widened again.
 *
 * Invariants, checked by iob_check():
 *
 * 1. The count of an extent is the number of iobs that view it.  The last
 *    one to go returns it.
 * 2. A byte in front of or behind the data of a view, inside its window,
 *    is in no other view's window.  So the holder may write it.  Data may
 *    be written by the holder of the only view.  Narrowing the data of a
 *    view whose extent is shared narrows the window with it.
 * 3. Free granules + granules in extents + cached granules == arena.  What
 *    is cached is still charged to the class that freed it.
 * 4. io_offset + io_len <= io_bufsize; the io_len of a chain add up to the
 *    io_pktlen of its head.
 * 5. The count saturates: overflow leaks, it never frees early.
 * 6. Under the lock there are no loops over packets.
 *
 * g_iob.lock protects everything in g_iob, the arena, the list fields of
 * free descriptors and the common parts.  It is a leaf: no callback and no
 * semaphore is called with the lock held.  A live view belongs to its holder
 * and needs no lock.  The one thing that is read without the lock is the
 * count, by a holder who asks whether his view is the only one: if it is,
 * nobody else can make it shared.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include <assert.h>
#include <debug.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/param.h>

#include <nuttx/nuttx.h>
#include <nuttx/atomic.h>
#include <nuttx/irq.h>
#include <nuttx/spinlock.h>
#include <nuttx/semaphore.h>
#include <nuttx/mm/iob.h>

#ifdef CONFIG_MM_IOB

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#if defined(CONFIG_DEBUG_FEATURES) && defined(CONFIG_IOB_DEBUG)
#  define ioberr   _err
#  define iobwarn  _warn
#  define iobinfo  _info
#else
#  define ioberr   _none
#  define iobwarn  _none
#  define iobinfo  _none
#endif

static_assert(CONFIG_IOB_ALIGNMENT > 0 &&
              (CONFIG_IOB_ALIGNMENT & (CONFIG_IOB_ALIGNMENT - 1)) == 0,
              "CONFIG_IOB_ALIGNMENT is a power of two");

/* Where the caller of a public function is, for reports */

#if defined(CONFIG_IOB_DEBUG) && defined(CONFIG_IOB_SHARED)
#  define IOB_SITE       __builtin_return_address(0)
#  define IOB_MARK(iob)  \
  do { if ((iob) != NULL) (iob)->io_site = IOB_SITE; } while (0)
#  define IOB_HANDOVER(iob) \
  do { if ((iob) != NULL) (iob)->io_lastsite = IOB_SITE; } while (0)
#else
#  define IOB_SITE       NULL
#  define IOB_MARK(iob)
#  define IOB_HANDOVER(iob)
#endif

/* Where the buffers lie */

#ifdef CONFIG_IOB_SECTION
#  define IOB_LOCATE     locate_data(CONFIG_IOB_SECTION)
#else
#  define IOB_LOCATE
#endif

#ifdef CONFIG_IOB_SHARED

/* Debug builds keep at least this many guard bytes behind every buffer */

#  ifdef CONFIG_IOB_DEBUG
#    define IOB_REDZONE 8
#  else
#    define IOB_REDZONE 0
#  endif

#  ifndef CONFIG_IOB_NVIEWS
#    define CONFIG_IOB_NVIEWS 0
#  endif

#  ifndef CONFIG_IOB_ARENASIZE
#    define CONFIG_IOB_ARENASIZE 0
#  endif

/* Granules that hold a number of bytes */

#  define IOB_UNITS(b)   (((b) + IOB_REDZONE + IOB_GRANULE - 1) / IOB_GRANULE)
#  define IOB_MAXUNITS   (IOB_MAXEXTENT / IOB_GRANULE)

/* The size of everything, in granules.  A buffer of iob_alloc() takes
 * IOB_POOLUNITS.
 */

#  define IOB_POOLUNITS  IOB_UNITS(CONFIG_IOB_BUFSIZE)
#  define IOB_MINUNITS   IOB_UNITS(IOB_MINSEGMENT + IOB_MINHEAD)
#  define IOB_STANDUNITS (2 * CONFIG_IOB_NMINIMUM * IOB_MINUNITS)

#  define IOB_BYTEUNITS(b) (((b) + IOB_GRANULE - 1) / IOB_GRANULE)
#  define IOB_RESERVE_RX   IOB_BYTEUNITS(CONFIG_IOB_RESERVE_RX)
#  define IOB_RESERVE_CTRL IOB_BYTEUNITS(CONFIG_IOB_RESERVE_CTRL)
#  define IOB_RESERVE_RING IOB_BYTEUNITS(CONFIG_IOB_RESERVE_RING)

#  if CONFIG_IOB_THROTTLE > 0
#    define IOB_RESERVE_TX (CONFIG_IOB_THROTTLE * IOB_POOLUNITS)
#  else
#    define IOB_RESERVE_TX IOB_BYTEUNITS(CONFIG_IOB_RESERVE_TX)
#  endif

/* The reserves lie at the top of the arena, below the standing extents, each
 * in a place of its own: what is reserved is contiguous.  The rest is common
 * to all.
 */

#  define IOB_RESERVEUNITS (IOB_RESERVE_RX + IOB_RESERVE_TX + \
                            IOB_RESERVE_CTRL + IOB_RESERVE_RING)
#  define IOB_COMMONUNITS  (IOB_NUNITS - IOB_STANDUNITS - IOB_RESERVEUNITS)

#  if CONFIG_IOB_ARENASIZE > 0
#    define IOB_NUNITS   (CONFIG_IOB_ARENASIZE / IOB_GRANULE)
#    define IOB_NTOTAL   (IOB_COMMONUNITS / IOB_POOLUNITS + \
                          IOB_RESERVE_TX / IOB_POOLUNITS)
#  else
#    define IOB_NUNITS   (CONFIG_IOB_NBUFFERS * IOB_POOLUNITS + \
                          IOB_RESERVE_RX + IOB_RESERVE_CTRL + \
                          IOB_RESERVE_RING + IOB_STANDUNITS)
#    define IOB_NTOTAL   CONFIG_IOB_NBUFFERS
#  endif

/* Small extents are at most this long.  They are cached, but no more of them
 * than a 256th of the arena (but one): they keep memory from being joined.
 * As many views alone are, which keep nothing.
 */

#  define IOB_SMALLUNITS (256 / IOB_GRANULE)
#  define IOB_CACHEMAX   MIN(MAX(IOB_NUNITS / 256, IOB_SMALLUNITS), \
                             CONFIG_IOB_NCACHE)

/* Of longer extents one size is cached, that of frames, and only while more
 * than half of the common memory is free.  In a small arena they would be in
 * the way all the same.
 */

#  define IOB_FRAMEMAX   (CONFIG_IOB_NCACHE > 0 && \
                          IOB_COMMONUNITS * IOB_GRANULE >= 1000000 ? \
                          IOB_COMMONUNITS / 8 : 0)

/* Views: one for every two granules (a 100-byte packet), and no less than
 * two for every buffer.
 */

#  if CONFIG_IOB_NVIEWS > 0
#    define IOB_NVIEWS   CONFIG_IOB_NVIEWS
#  else
#    define IOB_NVIEWS   (MAX(IOB_NUNITS / 2, 2 * IOB_NTOTAL) + 16)
#  endif

/* Each class has a reserve of views in proportion */

#  define IOB_VIEWS(units) (((units) + 1) / 2)

/* io_flags of a view and ex_flags of the common part */

#  define IOB_F_CLASS    0x03  /* enum iob_class_e it is charged to */
#  define IOB_F_LIVE     0x04  /* A view that somebody holds */
#  define IOB_F_EXT      0x08  /* The common part of an extent */
#  define IOB_F_STANDING 0x10  /* The extent is iob_alloc_minimum()'s */
#  define IOB_F_EMBED    0x20  /* The descriptor does not lie in the pool */

/* Only in io_flags */

#  define IOB_F_SPARE    0x40  /* The descriptor is iob_alloc_minimum()'s */
#  define IOB_F_CACHED   0x80  /* Free, with its extent, in the front cache */
#  define IOB_F_ALONE    0x10  /* With IOB_F_CACHED: without an extent; what
                                * it viewed is kept for reports */

/* Only in ex_flags */

#  define IOB_F_OUTSIDE  0x40  /* The data does not lie in the arena */
#  define IOB_F_RDONLY   0x80  /* It is constant */

/* A count that gets here stays, and its extent is leaked */

#  define IOB_REF_SATURATED 0x40000000

/* Patterns of debug builds */

#  define IOB_POISON     0xdb  /* Free memory */
#  define IOB_CANARY     0xc5  /* Guard bytes and slack */
#endif

/****************************************************************************
 * Public Types
 ****************************************************************************/

#ifdef CONFIG_IOB_SHARED

/* The common part of an extent that is or was shared, or that lies outside.
 * It takes the place of a view in the pool.
 */

struct iob_ext_s
{
  FAR struct iob_defer_s *ex_defer;  /* Over io_flink; see iob_defer.c */
  uint16_t ex_embed;                 /* Views that are not in the pool */
  uint16_t ex_unused;
  uint16_t ex_size;                  /* Usable bytes at ex_base */
  uint8_t  ex_flags;
  uint8_t  ex_slack;                 /* Bytes from there to the granule */
  atomic_t ex_ref;                   /* Views; written under the lock */
  FAR uint8_t *ex_base;
  iob_free_cb_t ex_free;             /* For data that lies outside */
#ifdef CONFIG_IOB_DEBUG
  FAR const void *ex_site;           /* Who allocated the extent */
#endif
};

static_assert(sizeof(struct iob_ext_s) <= sizeof(struct iob_s),
              "the common part must fit in a descriptor");
static_assert(offsetof(struct iob_ext_s, ex_flags) ==
              offsetof(struct iob_s, io_flags),
              "the flags tell what a descriptor is");
#ifndef CONFIG_IOB_DEBUG
static_assert(sizeof(FAR void *) != 4 || sizeof(struct iob_s) == 24,
              "a view costs 24 bytes with 32-bit pointers");
#endif

static_assert((IOB_GRANULE & (IOB_GRANULE - 1)) == 0 &&
              IOB_GRANULE >= CONFIG_IOB_ALIGNMENT,
              "the granule is a power of two and keeps the alignment");
static_assert(IOB_NUNITS > IOB_STANDUNITS + IOB_RESERVEUNITS,
              "the reserves take more than the arena has: raise "
              "CONFIG_IOB_ARENASIZE or lower CONFIG_IOB_RESERVE_*");
static_assert(IOB_POOLUNITS <= IOB_MAXUNITS,
              "CONFIG_IOB_BUFSIZE is larger than any extent");

static_assert(IOB_NVIEWS > 2 * CONFIG_IOB_NMINIMUM +
              IOB_VIEWS(IOB_RESERVE_RX) + IOB_VIEWS(IOB_RESERVE_TX) +
              IOB_VIEWS(IOB_RESERVE_CTRL) + IOB_VIEWS(IOB_RESERVE_RING),
              "the reserves take more views than there are: raise "
              "CONFIG_IOB_NVIEWS");

/* Something that is shared out to the classes: common granules, which have
 * no reserves here, or views.  What a class takes comes from its reserve as
 * long as there is any, then from what is common to all; what it gives back
 * goes the other way.
 */

struct iob_budget_s
{
  uint32_t nfree;                    /* Not in use by anybody */
  uint32_t lowest;                   /* The least that was ever free */
  uint32_t common;                   /* Free for everybody */
  uint32_t taken[IOB_NCLASSES];      /* Of what is common */
  uint32_t left[IOB_NCLASSES];       /* Of the reserve */
  uint32_t reserve[IOB_NCLASSES];
};

/* A task that waits for an allocation; lives on its stack */

struct iob_waiter_s
{
  FAR struct iob_waiter_s *flink;
  FAR struct iob_s *iob;             /* The result */
  FAR const void *holder;            /* NULL unless iob_alloc_minimum() */
  unsigned int size;                 /* Head-room included */
  unsigned int passed;               /* How often others were served first */
  enum iob_class_e cls;
  bool served;                       /* A post is on its way or done */
  sem_t sem;
};

struct iob_waitlist_s
{
  FAR struct iob_waiter_s *head;
  FAR struct iob_waiter_s *tail;
};

/* A df_kick() that is being called; lives on the stack of its caller */

struct iob_kicking_s
{
  FAR struct iob_kicking_s *flink;
  FAR struct iob_defer_s *defer;
};

/* A standing extent and who has it */

struct iob_standing_s
{
  FAR uint8_t *base;
  FAR const void *holder;            /* NULL: free */
};

/* All of the state */

struct iob_pool_s
{
  spinlock_t lock;

  struct iob_budget_s units;
  struct iob_budget_s views;
  FAR struct iob_s *freeviews;

  /* The reserves: a bit per granule, 1: free, and how many are in use */

  uint32_t reserved[(IOB_RESERVEUNITS + 31) / 32 + 1];
  uint32_t reservedused[IOB_NCLASSES];
  uint32_t mostused;                 /* While reserves were in use */

  /* The front cache, by class: at 0 views alone, at n extents of n granules
   * with their views.  "cached" is the number of those views, and of the
   * granules: each kind has a limit of its own, or the views of a sender
   * would leave no room for the acknowledgements that it receives.
   */

  FAR struct iob_s *cache[IOB_NCLASSES][IOB_SMALLUNITS + 1];
  unsigned int cached[2];

  /* The same for extents of the length of a frame, whichever that is now;
   * "framed" is their granules.
   */

  FAR struct iob_s *frames[IOB_NCLASSES];
  unsigned int frameunits;
  unsigned int framed;

  /* Those who wait, by class; then those who wait for a standing extent */

  struct iob_waitlist_s waiting[IOB_NCLASSES];
  struct iob_waitlist_s minwaiting[2];
  unsigned int nwaiting;
  unsigned int nextclass;            /* Where serving starts, to be fair */

  FAR struct iob_kicking_s *kicking; /* See iob_undefer() */
  FAR struct iob_watch_s *watchers;  /* To be told of what is freed */

#if CONFIG_IOB_NMINIMUM > 0
  struct iob_standing_s standing[2][CONFIG_IOB_NMINIMUM];
  FAR struct iob_s *spareviews;
#endif

#ifdef CONFIG_IOB_NOTIFIER
  bool notify;                       /* A notification was asked for */
#endif

  iob_report_t report;
  struct iob_info_s count;           /* Only its counters are used */
};
#endif /* CONFIG_IOB_SHARED */

/****************************************************************************
 * Public Data
 ****************************************************************************/

#ifdef CONFIG_IOB_SHARED
extern struct iob_pool_s g_iob;
extern uint8_t g_iob_arena[];
extern struct iob_s g_iob_views[];
#endif

#if CONFIG_IOB_NCHAINS > 0

/* A list of all free, unallocated I/O buffer queue containers */

extern FAR struct iob_qentry_s *g_iob_freeqlist;

/* A list of containers that are committed to tasks that wait for one */

extern FAR struct iob_qentry_s *g_iob_qcommitted;

/* Counts free containers; negative: tasks that wait */

extern volatile int16_t g_qentry_count;
extern sem_t g_qentry_sem;
#endif

#ifndef CONFIG_IOB_SHARED

/* The fixed pool.
 *
 * A buffer that is freed is committed to a task that waits, if there is one
 * that may have it: it is then out of reach for everybody else, and the
 * task does not count as waiting any more.  Otherwise the buffer becomes
 * free.  So nothing is free while a task waits that is not throttled, and
 * no more than CONFIG_IOB_THROTTLE buffers are while a throttled one does.
 *
 * The semaphores do nothing but wake.  A task has waited in vain only if,
 * under the lock, nothing is committed.  So a wait that times out at the
 * moment of the commitment takes the buffer, and the post that follows
 * wakes a later task for nothing, which then goes on waiting.
 */

#  define IOB_NWAITLISTS (CONFIG_IOB_THROTTLE > 0 ? 2 : 1)

struct iob_waitlist_s
{
  FAR struct iob_s *committed;   /* For those who waited */
  int16_t nwaiting;              /* Tasks that have nothing yet */
  sem_t sem;
};

struct iob_pool_s
{
  spinlock_t lock;
  int16_t nfree;
  FAR struct iob_s *freelist;
  struct iob_waitlist_s waitlist[IOB_NWAITLISTS]; /* [1]: throttled */
#  ifdef CONFIG_IOB_NOTIFIER
  bool notify;                   /* A notification was asked for */
#  endif
};

extern struct iob_pool_s g_iob;
#endif

/****************************************************************************
 * Public Function Prototypes
 ****************************************************************************/

FAR struct iob_qentry_s *iob_alloc_qentry(void);
FAR struct iob_qentry_s *iob_tryalloc_qentry(void);
FAR struct iob_qentry_s *iob_free_qentry(FAR struct iob_qentry_s *iobq);

FAR struct iob_s *iob_alloc_chain(unsigned int len, bool throttled,
                                  bool block);

#if CONFIG_IOB_NCHAINS > 0
void iob_initialize_qentries(void);
#endif

#ifdef CONFIG_IOB_NOTIFIER
void iob_notifier_signal(void);
#endif

#ifdef CONFIG_IOB_SHARED

/* iob_arena.c: which granules are free.  All of them want the lock, take
 * and return granule numbers, and know nothing of views.
 */

void iob_arena_initialize(void);
int  iob_arena_alloc(unsigned int n);
bool iob_arena_claim(unsigned int start, unsigned int n);
void iob_arena_free(unsigned int start, unsigned int n);
bool iob_arena_isfree(unsigned int unit);
unsigned int iob_arena_largest(void);
unsigned int iob_arena_runs(unsigned int n, unsigned int limit);
unsigned int iob_arena_check(void);
size_t iob_arena_metadata(void);

/* iob_reserved.c: the places of the reserves.  All of them want the lock. */

void iob_reserved_initialize(void);
int  iob_reserved_alloc(unsigned int n, enum iob_class_e cls);
void iob_reserved_free(FAR uint8_t *base, unsigned int n);
unsigned int iob_reserved_runs(unsigned int n, enum iob_class_e cls);
unsigned int iob_reserved_units(enum iob_class_e cls);
unsigned int iob_reserved_used(void);

/* iob_core.c: extents and views against the budgets of the classes.  All
 * but iob_trytake() want the lock.
 */

void iob_note_used(void);
void iob_fill(FAR struct iob_s *iob, unsigned int size, unsigned int n,
              enum iob_class_e cls);
FAR struct iob_s *iob_find(unsigned int size, enum iob_class_e cls,
                           FAR uint32_t **cause);
FAR struct iob_s *iob_take(unsigned int size, enum iob_class_e cls);
FAR struct iob_s *iob_trytake(unsigned int size, enum iob_class_e cls);
FAR struct iob_s *iob_take_view(enum iob_class_e cls);
void iob_put_view(FAR struct iob_s *view);
void iob_put_extent(FAR uint8_t *base, unsigned int n, uint8_t flags);
void iob_put(FAR struct iob_s *iob);
bool iob_flush(void);
unsigned int iob_if_flushed(FAR struct iob_budget_s *units,
                            FAR struct iob_budget_s *views,
                            unsigned int poolunits);

/* iob_alloc_contig.c: the way in for everything but the legacy calls */

FAR struct iob_s *iob_alloc_class(unsigned int size, unsigned int headroom,
                                  enum iob_class_e cls,
                                  unsigned int timeout);

/* iob_wait.c: those who wait */

FAR struct iob_s *iob_wait(unsigned int size, enum iob_class_e cls,
                           FAR const void *holder, unsigned int timeout);
void iob_freed(void);

/* iob_watch.c: something was freed.  Without the lock */

void iob_watch_tell(void);

/* iob_ext.c: shared extents */

FAR struct iob_ext_s *iob_make_ext(FAR struct iob_s *iob);
void iob_release_last(FAR struct iob_s *iob, irqstate_t flags);
void iob_rewindow(FAR struct iob_s *iob);
void iob_widen(FAR struct iob_s *iob);
void iob_replace(FAR struct iob_s *iob, FAR struct iob_s *with,
                 FAR const void *site);

/* iob_alloc_minimum.c: standing extents */

FAR struct iob_s *iob_standing_get(FAR const void *holder,
                                   enum iob_class_e cls);
void iob_standing_put(FAR uint8_t *base);
void iob_standing_initialize(void);

/* iob_debug.c: faults */

void iob_fault(FAR struct iob_report_s *report);
void iob_fault_iob(enum iob_fault_e kind, FAR const struct iob_s *iob,
                   FAR const void *site);
#  ifdef CONFIG_IOB_DEBUG
bool iob_valid(FAR struct iob_s *iob, FAR const void *site);
void iob_poison(FAR uint8_t *base, unsigned int n);
void iob_fresh(FAR struct iob_s *iob);
void iob_verify_poison(FAR const struct iob_s *iob);
void iob_guard(FAR struct iob_s *iob);
void iob_verify_guard(FAR const struct iob_s *iob, FAR const void *site);
void iob_sum_set(FAR struct iob_s *iob);
void iob_sum_verify(FAR const struct iob_s *iob, FAR const void *site);
#  else
#    define iob_poison(base, n)
#    define iob_fresh(iob)
#    define iob_verify_poison(iob)
#    define iob_guard(iob)
#    define iob_sum_set(iob)
#    define iob_sum_verify(iob, site)
#    define iob_verify_guard(iob, site)
#  endif
#endif /* CONFIG_IOB_SHARED */

/****************************************************************************
 * Inline Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_sole
 *
 * Description:
 *   True if nobody else views the extent of this iob.  Nobody else can then
 *   make it shared.
 *
 ****************************************************************************/

static inline bool iob_sole(FAR const struct iob_s *iob)
{
#ifdef CONFIG_IOB_SHARED
  return iob->io_ext == NULL ||
         atomic_read_acquire(&iob->io_ext->ex_ref) == 1;
#else
  UNUSED(iob);
  return true;
#endif
}

#ifdef CONFIG_IOB_SHARED

/****************************************************************************
 * Name: iob_cache_get and iob_cache_put
 *
 * Description:
 *   The front cache.  Get a view of a class with an extent of n granules, or
 *   alone if n is 0; NULL if there is none.  Put one; false if there is no
 *   room, or if somebody waits for memory.  The lock is held.
 *
 ****************************************************************************/

static inline FAR struct iob_s *iob_cache_get(unsigned int n,
                                              enum iob_class_e cls)
{
  FAR struct iob_s *iob = g_iob.cache[cls][n];

  if (iob != NULL)
    {
      g_iob.cache[cls][n]  = iob->io_flink;
      g_iob.cached[n > 0] -= MAX(n, 1);
    }

  return iob;
}

static inline bool iob_cache_put(FAR struct iob_s *iob, unsigned int n,
                                 enum iob_class_e cls)
{
  if (n > IOB_SMALLUNITS || g_iob.nwaiting > 0 ||
      g_iob.cached[n > 0] + MAX(n, 1) > IOB_CACHEMAX)
    {
      return false;
    }

  iob->io_flags        = IOB_F_CACHED | (n > 0 ? 0 : IOB_F_ALONE) | cls;
  iob->io_flink        = g_iob.cache[cls][n];
  g_iob.cache[cls][n]  = iob;
  g_iob.cached[n > 0] += MAX(n, 1);
  return true;
}

/****************************************************************************
 * Name: iob_frame_get and iob_frame_put
 *
 * Description:
 *   The front cache for longer extents.  All in it have the same length, and
 *   one that is put and has another makes room for its like.  The lock is
 *   held.
 *
 ****************************************************************************/

static inline FAR struct iob_s *iob_frame_get(unsigned int n,
                                              enum iob_class_e cls)
{
  FAR struct iob_s *iob = NULL;

  if (n == g_iob.frameunits && (iob = g_iob.frames[cls]) != NULL)
    {
      g_iob.frames[cls] = iob->io_flink;
      g_iob.framed     -= n;
    }

  return iob;
}

bool iob_frame_put(FAR struct iob_s *iob, unsigned int n,
                   enum iob_class_e cls);

/****************************************************************************
 * Name: iob_ref
 *
 * Description:
 *   One more view of an extent.  The lock is held.
 *
 ****************************************************************************/

static inline void iob_ref(FAR struct iob_ext_s *ext)
{
  int32_t ref = atomic_read(&ext->ex_ref);

  if (ref < IOB_REF_SATURATED)
    {
      atomic_set_release(&ext->ex_ref, ref + 1);
      if (ref + 1 == IOB_REF_SATURATED)
        {
          g_iob.count.nsaturated++;
        }
    }
}

/****************************************************************************
 * Name: iob_lock and iob_unlock
 *
 * Description:
 *   iob_unlock_freed() is for after something was freed: those who wait for
 *   it are served.
 *
 ****************************************************************************/

static inline irqstate_t iob_lock(void)
{
  return spin_lock_irqsave(&g_iob.lock);
}

static inline void iob_unlock(irqstate_t flags)
{
  spin_unlock_irqrestore(&g_iob.lock, flags);
}

static inline void iob_unlock_freed(irqstate_t flags)
{
#ifdef CONFIG_IOB_NOTIFIER
  bool more = g_iob.nwaiting > 0 || g_iob.watchers != NULL || g_iob.notify;
#else
  bool more = g_iob.nwaiting > 0 || g_iob.watchers != NULL;
#endif

  spin_unlock_irqrestore(&g_iob.lock, flags);
  if (more)
    {
      iob_freed();
    }
}
#endif

#ifdef CONFIG_IOB_SHARED

/****************************************************************************
 * Name: iob_budget_avail, iob_budget_used, iob_budget_charge and
 *       iob_budget_credit
 *
 * Description:
 *   What a class may still take and what it has; book n as used by it, or
 *   as no longer used.
 *
 ****************************************************************************/

static inline uint32_t iob_budget_avail(FAR const struct iob_budget_s *budget,
                                        enum iob_class_e cls)
{
  return budget->common + budget->left[cls];
}

static inline uint32_t iob_budget_used(FAR const struct iob_budget_s *budget,
                                       enum iob_class_e cls)
{
  return budget->reserve[cls] - budget->left[cls] + budget->taken[cls];
}

static inline void iob_budget_charge(FAR struct iob_budget_s *budget,
                                     enum iob_class_e cls, uint32_t n)
{
  uint32_t own = MIN(n, budget->left[cls]);

  DEBUGASSERT(n - own <= budget->common);

  budget->left[cls]  -= own;
  budget->taken[cls] += n - own;
  budget->common     -= n - own;
  budget->nfree      -= n;
  budget->lowest      = MIN(budget->lowest, budget->nfree);
}

static inline void iob_budget_credit(FAR struct iob_budget_s *budget,
                                     enum iob_class_e cls, uint32_t n)
{
  uint32_t back = MIN(n, budget->taken[cls]);

  DEBUGASSERT(n <= iob_budget_used(budget, cls));

  budget->taken[cls] -= back;
  budget->common     += back;
  budget->left[cls]  += n - back;
  budget->nfree      += n;
}

/****************************************************************************
 * Name: iob_is_reserved
 *
 * Description:
 *   True if an address lies where the reserves are.
 *
 ****************************************************************************/

static inline bool iob_is_reserved(FAR const uint8_t *base)
{
  return base >= &g_iob_arena[IOB_COMMONUNITS * IOB_GRANULE] &&
         base < &g_iob_arena[(IOB_NUNITS - IOB_STANDUNITS) * IOB_GRANULE];
}

/****************************************************************************
 * Name: iob_embedded
 *
 * Description:
 *   The common part of the memory that a descriptor lies in (see
 *   iob_init_with_data()).
 *
 ****************************************************************************/

static inline FAR struct iob_ext_s *iob_embedded(FAR struct iob_s *iob)
{
  return (FAR struct iob_ext_s *)(iob + 1);
}

#ifndef CONFIG_IOB_DEBUG

/****************************************************************************
 * Name: iob_valid
 *
 * Description:
 *   Tell whether an address is that of a live view, and report it if not.
 *   Debug builds look much closer.
 *
 ****************************************************************************/

static inline bool iob_valid(FAR struct iob_s *iob, FAR const void *site)
{
  if ((iob->io_flags & IOB_F_LIVE) == 0)
    {
      iob_fault_iob(IOB_FAULT_DOUBLEFREE, iob, site);
      return false;
    }

  return true;
}
#endif

/****************************************************************************
 * Name: iob_units_of
 *
 * Description:
 *   The granules of the extent of a private iob.
 *
 ****************************************************************************/

static inline unsigned int iob_units_of(FAR const struct iob_s *iob)
{
  return ((unsigned int)iob->io_bufsize + iob->io_slack) / IOB_GRANULE;
}

/****************************************************************************
 * Name: iob_cached_units
 *
 * Description:
 *   The granules that an iob in the front cache holds.
 *
 ****************************************************************************/

static inline unsigned int iob_cached_units(FAR const struct iob_s *iob)
{
  return (iob->io_flags & IOB_F_ALONE) != 0 ? 0 : iob_units_of(iob);
}

/****************************************************************************
 * Name: iob_owner
 *
 * Description:
 *   True if what an iob does not use of its window is its own: nobody else
 *   views the extent, and it is not constant.
 *
 ****************************************************************************/

static inline bool iob_owner(FAR const struct iob_s *iob)
{
  return iob->io_ext == NULL ||
         (atomic_read_acquire(&iob->io_ext->ex_ref) == 1 &&
          (iob->io_ext->ex_flags & IOB_F_RDONLY) == 0);
}

/****************************************************************************
 * Name: iob_inside
 *
 * Description:
 *   True if an iob views memory of the arena.
 *
 ****************************************************************************/

static inline bool iob_inside(FAR const struct iob_s *iob)
{
  return iob->io_ext == NULL || (iob->io_ext->ex_flags & IOB_F_OUTSIDE) == 0;
}
#endif

/****************************************************************************
 * Name: iob_drophead and iob_droptail
 *
 * Description:
 *   Take n bytes from the data of one iob, at its front or at its end; n is
 *   at most io_len.  They become head- or tail-room only if this is the
 *   owner.  The io_pktlen is left to the caller.
 *
 ****************************************************************************/

static inline void iob_drophead(FAR struct iob_s *iob, unsigned int n)
{
  iob->io_len    -= n;
  iob->io_offset += n;

#ifdef CONFIG_IOB_SHARED
  if (!iob_owner(iob))
    {
      iob->io_data    += iob->io_offset;
      iob->io_bufsize -= iob->io_offset;
      iob->io_offset   = 0;
    }
#endif
}

static inline void iob_droptail(FAR struct iob_s *iob, unsigned int n)
{
  iob->io_len -= n;

#ifdef CONFIG_IOB_SHARED
  if (n > 0 && !iob_owner(iob))
    {
      iob->io_bufsize = iob->io_offset + iob->io_len;
    }
#endif
}

/****************************************************************************
 * Name: iob_open
 *
 * Description:
 *   Let the window of an iob be as wide as it may: the whole extent if
 *   nobody else views it.
 *
 ****************************************************************************/

static inline void iob_open(FAR struct iob_s *iob)
{
#ifdef CONFIG_IOB_SHARED
  if (iob->io_ext != NULL)
    {
      iob_widen(iob);
    }
#else
  UNUSED(iob);
#endif
}

#ifndef CONFIG_IOB_SHARED

/****************************************************************************
 * Name: iob_lock and iob_unlock
 *
 * Description:
 *   Protect the pool and the queues.
 *
 ****************************************************************************/

static inline irqstate_t iob_lock(void)
{
  return spin_lock_irqsave(&g_iob.lock);
}

static inline void iob_unlock(irqstate_t flags)
{
  spin_unlock_irqrestore(&g_iob.lock, flags);
}

/****************************************************************************
 * Name: iob_writable and iob_unshare
 *
 * Description:
 *   Without sharing every buffer may be written.
 *
 ****************************************************************************/

static inline bool iob_writable(FAR const struct iob_s *iob)
{
  UNUSED(iob);
  return true;
}

static inline int iob_unshare(FAR struct iob_s *iob)
{
  UNUSED(iob);
  return OK;
}
#endif

#endif /* CONFIG_MM_IOB */
#endif /* __MM_IOB_IOB_H */
