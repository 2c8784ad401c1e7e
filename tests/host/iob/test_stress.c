/* tests/host/iob/test_stress.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Four threads and interrupts on one pool.  Goal: no data race (under
 * ThreadSanitizer), no byte of a packet changed by somebody else, and every
 * count exact at the end.  Method: all bytes of a packet have one value, so
 * that whoever holds a view on any part of it can see a foreign write.
 * Packets wander: through mailboxes to other threads, and to an interrupt
 * that frees them.  In between all stop, and iob_check() looks.
 *
 * Only the pthread variants have threads.
 *
 *   IOB_RANDOM_SEED  of the first round; it is printed.  The order in which
 *                    the threads run is not repeatable.
 *   IOB_STRESS_OPS   operations of all threads together
 */

#include <nuttx/config.h>

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include <cmocka.h>

#include <nuttx/mm/iob.h>

#include <host_port.h>

#define NTHREADS   4
#define NPKTS      12           /* That a thread holds */
#define NMAIL      8            /* Mailboxes, each for one packet */
#define NISR       8            /* Packets for the interrupt */
#define NDEFERS    2
#define ROUNDS     5

#define OPS        1000000
#define GATE       100          /* Times as many in the gate */

struct deferral_s
{
  struct iob_defer_s d;         /* First: the callback gets its address */
  bool set;
  bool kicked;                  /* Written by whoever kicks */
};

struct worker_s
{
  pthread_t thread;
  unsigned int index;
  uint64_t random;
  unsigned long ops;
  struct iob_s *pkt[NPKTS];
  struct iob_queue_s queue;
  struct deferral_s defer[NDEFERS];
};

static struct worker_s g_worker[NTHREADS];
static struct iob_s *g_mail[NMAIL];
static struct iob_s *g_isr[NISR];
static struct iob_queue_s g_queue;       /* All threads, with the mutex */
static pthread_mutex_t g_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t g_barrier;
static uint64_t g_seed;

/* What must add up */

static unsigned long g_kicks;
static unsigned long g_defers;
static unsigned long g_undefers;
static unsigned long g_lost;             /* Neither kicked nor taken back */
static unsigned long g_foreign;          /* Packets with foreign bytes */
static unsigned long g_reports;
static unsigned long g_isrfrees;

static unsigned int pick(struct worker_s *me, unsigned int n)
{
  me->random ^= me->random << 13;
  me->random ^= me->random >> 7;
  me->random ^= me->random << 17;
  return (unsigned int)(me->random >> 24) % n;
}

static void count(unsigned long *counter)
{
  __atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static struct iob_s *swap(struct iob_s **slot, struct iob_s *iob)
{
  return __atomic_exchange_n(slot, iob, __ATOMIC_ACQ_REL);
}

static void reported(const struct iob_report_s *report)
{
  (void)report;
  count(&g_reports);
}

/* The interrupt frees what lies there for it */

static void isr(void)
{
  unsigned int i;

  for (i = 0; i < NISR; i++)
    {
      struct iob_s *iob = swap(&g_isr[i], NULL);

      if (iob != NULL)
        {
          iob_free_chain(iob);
          count(&g_isrfrees);
        }
    }
}

static void kicked(struct iob_defer_s *d)
{
  count(&g_kicks);
  ((struct deferral_s *)d)->kicked = true;
}

/* Packets *****************************************************************/

/* All bytes of one buffer have the same value */

static void look(const struct iob_s *iob)
{
  for (; iob != NULL; iob = iob->io_flink)
    {
      const uint8_t *data = IOB_DATA(iob);

      if (iob->io_len > 1 && memcmp(data, data + 1, iob->io_len - 1) != 0)
        {
          count(&g_foreign);
        }
    }
}

static void write_all(struct worker_s *me, struct iob_s *iob)
{
  memset(IOB_DATA(iob), 1 + pick(me, 255), iob->io_len);
}

/* Look at a packet and free it */

static void done_with(struct iob_s *iob)
{
  look(iob);
  iob_free_chain(iob);
}

static void keep(struct worker_s *me, struct iob_s *iob)
{
  unsigned int i = pick(me, NPKTS);

  if (me->pkt[i] != NULL)
    {
      done_with(me->pkt[i]);
    }

  me->pkt[i] = iob;
}

static struct iob_s **some(struct worker_s *me)
{
  unsigned int start = pick(me, NPKTS);
  unsigned int i;

  for (i = 0; i < NPKTS; i++)
    {
      struct iob_s **slot = &me->pkt[(start + i) % NPKTS];

      if (*slot != NULL)
        {
          return slot;
        }
    }

  return NULL;
}

/* Operations **************************************************************/

static void op_alloc(struct worker_s *me)
{
  unsigned int kind = pick(me, 64);
  unsigned int cls = pick(me, IOB_NCLASSES);
  unsigned int size = 1 + pick(me, pick(me, 8) == 0 ? 9216 : 600);
  struct iob_s *iob;

  if (kind == 0)
    {
      iob = iob_timedalloc_contig(size, 0, cls, 1);
    }
  else if (kind == 1)
    {
      iob = iob_timedalloc(pick(me, 2) != 0, 1);
    }
  else if (kind < 6)
    {
      iob = iob_alloc_minimum(me, 1 + pick(me, IOB_MINSEGMENT), 0,
                              pick(me, 2), kind == 2);
    }
  else if (kind < 24)
    {
      iob = iob_tryalloc(pick(me, 2) != 0);
    }
  else
    {
      iob = iob_tryalloc_contig(size, pick(me, 2) * 64, cls);
    }

  if (iob != NULL)
    {
      iob->io_len    = IOB_FREESPACE(iob);
      iob->io_len   -= iob->io_len > 8 ? pick(me, 2) * 8 : 0;
      iob->io_pktlen = iob->io_len;
      write_all(me, iob);
      keep(me, iob);
    }
}

static void op_share(struct worker_s *me)
{
  struct iob_s **slot = some(me);
  struct iob_s *iob;
  unsigned int offset;

  if (slot != NULL && (*slot)->io_pktlen > 0)
    {
      offset = pick(me, 2) * pick(me, (*slot)->io_pktlen);
      iob    = iob_share(*slot, offset,
                         1 + pick(me, (*slot)->io_pktlen - offset));
      if (iob != NULL)
        {
          keep(me, iob);
        }
    }
}

static void op_free(struct worker_s *me)
{
  struct iob_s **slot = some(me);

  if (slot != NULL && pick(me, 4) == 0)
    {
      look(*slot);
      *slot = iob_free(*slot);
    }
  else if (slot != NULL)
    {
      done_with(*slot);
      *slot = NULL;
    }
}

/* Writing where it is allowed, or after a copy */

static void op_write(struct worker_s *me)
{
  struct iob_s **slot = some(me);
  struct iob_s *iob;

  if (slot != NULL)
    {
      iob = *slot;
      look(iob);
      if (iob_writable(iob) || iob_unshare(iob) == 0)
        {
          write_all(me, iob);
        }
    }
}

/* Head- and tail-room belong to the holder, whoever else views the data */

static void op_room(struct worker_s *me)
{
  struct iob_s **slot = some(me);
  struct iob_s *iob;
  unsigned int n;

  if (slot == NULL || (*slot)->io_len == 0)
    {
      return;
    }

  iob = *slot;
  n   = 1 + pick(me, 40);
  switch (pick(me, 6))
    {
      case 0:
        if (iob_push(iob, n) == 0)
          {
            memset(IOB_DATA(iob), IOB_DATA(iob)[n], n);
          }
        break;

      case 1:
        iob_pull(iob, MIN(n, iob->io_len - 1u));
        break;

      case 2:
        n = MIN(n, (unsigned int)IOB_FREESPACE(iob));
        if (iob->io_flink == NULL)
          {
            memset(IOB_DATA(iob) + iob->io_len, IOB_DATA(iob)[0], n);
            iob->io_len    += n;
            iob->io_pktlen += n;
          }
        break;

      case 3:
        *slot = iob_trimtail(iob, n);
        break;

      case 4:
        *slot = iob_trimhead(iob, n);
        break;

      default:
        if (iob_shrink(iob) >= 0)
          {
            iob_grow(iob, n);
          }
        break;
    }
}

static void op_concat(struct worker_s *me)
{
  struct iob_s **a = some(me);
  struct iob_s **b = some(me);

  if (a != NULL && b != a && iob_count(*a) + iob_count(*b) < 8)
    {
      iob_concat(*a, *b);
      *b = NULL;
    }
}

static void op_queue(struct worker_s *me)
{
  struct iob_s **slot = some(me);
  struct iob_s *iob = NULL;
  bool common = pick(me, 2) != 0;
  struct iob_queue_s *queue = common ? &g_queue : &me->queue;

  if (common)
    {
      pthread_mutex_lock(&g_mutex);
    }

  if (pick(me, 2) == 0)
    {
      if (slot != NULL && iob_tryadd_queue(*slot, queue) == 0)
        {
          *slot = NULL;
        }
    }
  else
    {
      iob = iob_remove_queue(queue);
    }

  if (common)
    {
      pthread_mutex_unlock(&g_mutex);
    }

  if (iob != NULL)
    {
      keep(me, iob);
    }
}

/* A request that was kicked can not be taken back, and the other way round.
 * Returns false if it can not be used again yet: the kick has not returned.
 */

static bool undefer(struct deferral_s *defer)
{
  if (defer->set)
    {
      switch (iob_undefer(&defer->d))
        {
          case 0:
            count(&g_undefers);
            break;

          case -EINPROGRESS:
            return false;

          default:
            if (!defer->kicked)
              {
                count(&g_lost);
              }

            break;
        }

      defer->set = false;
    }

  return true;
}

static void op_defer(struct worker_s *me)
{
  struct deferral_s *defer = &me->defer[pick(me, NDEFERS)];
  struct iob_s **slot = some(me);

  if (undefer(defer) && slot != NULL)
    {
      defer->d.df_kick = kicked;
      defer->kicked    = false;
      if (iob_defer(&defer->d, *slot) == 0)
        {
          count(&g_defers);
          defer->set = true;
        }
    }
}

/* Give a packet to whoever comes, and take one that lies there */

static void op_mail(struct worker_s *me)
{
  struct iob_s **slot = some(me);
  struct iob_s *iob = swap(&g_mail[pick(me, NMAIL)],
                           slot != NULL ? *slot : NULL);

  if (slot != NULL)
    {
      *slot = NULL;
    }

  if (iob != NULL)
    {
      look(iob);
      keep(me, iob);
    }
}

static void op_interrupt(struct worker_s *me)
{
  struct iob_s **slot = some(me);
  struct iob_s *iob;

  if (slot != NULL)
    {
      iob   = swap(&g_isr[pick(me, NISR)], *slot);
      *slot = NULL;
      if (iob != NULL)
        {
          done_with(iob);
        }

      host_interrupt_raise(g_worker[pick(me, NTHREADS)].thread);
    }
}

static void op_info(struct worker_s *me)
{
  struct iob_info_s info;
  char text[64];

  if (pick(me, 16) == 0)
    {
      iob_getinfo(&info);
      iob_infotext(text, sizeof(text));
      iob_arena_map(text, sizeof(text));
      (void)iob_navail(pick(me, 2) != 0);
    }
}

static const struct
{
  void (*run)(struct worker_s *me);
  unsigned int weight;
}

g_ops[] =
{
  { op_alloc, 24 },
  { op_share, 24 },
  { op_free, 16 },
  { op_write, 12 },
  { op_room, 14 },
  { op_concat, 3 },
  { op_queue, 10 },
  { op_defer, 8 },
  { op_mail, 10 },
  { op_interrupt, 6 },
  { op_info, 1 },
};

#define NOPS  (sizeof(g_ops) / sizeof(g_ops[0]))
#define TOTAL 128

/* Threads *****************************************************************/

static void *work(void *arg)
{
  struct worker_s *me = arg;
  unsigned long n;
  unsigned int at;
  unsigned int i;

  /* An interrupt goes to a thread that lives: all of them start and end
   * together.
   */

  pthread_barrier_wait(&g_barrier);
  for (n = 0; n < me->ops; n++)
    {
      at = pick(me, TOTAL);
      for (i = 0; at >= g_ops[i].weight; i++)
        {
          at -= g_ops[i].weight;
        }

      g_ops[i].run(me);
    }

  pthread_barrier_wait(&g_barrier);
  return NULL;
}

/* Everything that the threads left is freed */

static void clean_up(void)
{
  unsigned int i;
  unsigned int j;

  for (i = 0; i < NTHREADS; i++)
    {
      struct worker_s *me = &g_worker[i];

      for (j = 0; j < NPKTS; j++)
        {
          if (me->pkt[j] != NULL)
            {
              done_with(me->pkt[j]);
              me->pkt[j] = NULL;
            }
        }

      iob_free_queue(&me->queue);
      for (j = 0; j < NDEFERS; j++)
        {
          assert_true(undefer(&me->defer[j]));
        }
    }

  for (i = 0; i < NMAIL; i++)
    {
      done_with(swap(&g_mail[i], NULL));
    }

  isr();
  iob_free_queue(&g_queue);
}

static void one_round(unsigned long ops, uint64_t seed)
{
  unsigned int i;

  for (i = 0; i < NTHREADS; i++)
    {
      struct worker_s *me = &g_worker[i];

      me->index  = i;
      me->random = (seed + i) * UINT64_C(0x9e3779b97f4a7c15) + 1;
      me->ops    = ops / NTHREADS;
    }

  /* Nobody may look at the others' ids before they are known */

  for (i = 0; i < NTHREADS; i++)
    {
      assert_int_equal(pthread_create(&g_worker[i].thread, NULL, work,
                                      &g_worker[i]), 0);
    }

  pthread_barrier_wait(&g_barrier);
  pthread_barrier_wait(&g_barrier);
  for (i = 0; i < NTHREADS; i++)
    {
      pthread_join(g_worker[i].thread, NULL);
    }
}

/* Whatever they did, all is as it was */

static void counts_and_bytes_survive_threads_and_interrupts(void **state)
{
  struct iob_info_s info;
  unsigned long ops = OPS;
  const char *text = getenv("IOB_STRESS_OPS");
  const char *gate = getenv("GATE");
  unsigned int i;
  int navail[2];

  (void)state;
  if (text != NULL && text[0] != '\0')
    {
      ops = strtoul(text, NULL, 0);
    }
  else if (gate != NULL && gate[0] == '1')
    {
      ops *= GATE;
    }

  host_port_reset();
  host_log_level = -1;
  iob_initialize();
  iob_set_report(reported);
  navail[0] = iob_navail(false);
  navail[1] = iob_navail(true);
  pthread_barrier_init(&g_barrier, NULL, NTHREADS + 1);
  assert_int_equal(host_interrupt_install(isr), 0);

  for (i = 0; i < ROUNDS; i++)
    {
      one_round(ops / ROUNDS, g_seed + NTHREADS * i);
      assert_int_equal(iob_check(), 0);
      assert_int_equal(g_reports, 0);
      assert_int_equal(g_foreign, 0);
    }

  clean_up();
  assert_int_equal(iob_check(), 0);
  assert_int_equal(g_reports, 0);
  assert_int_equal(g_foreign, 0);

  iob_getinfo(&info);
  assert_int_equal(info.used, 0);
  assert_int_equal(info.views_used, 0);
  assert_int_equal(info.fault, 0);
  assert_int_equal(info.stats.nwait, 0);
  assert_int_equal(info.ndefer, g_defers);
  assert_int_equal(info.nkick, g_kicks);
  assert_int_equal(g_defers, g_kicks + g_undefers);
  assert_int_equal(g_lost, 0);
  assert_int_equal(iob_navail(false), navail[0]);
  assert_int_equal(iob_navail(true), navail[1]);
  assert_int_equal(iob_qentry_navail(), CONFIG_IOB_NCHAINS);

  for (i = 0; i < IOB_NCLASSES; i++)
    {
      assert_int_equal(info.class_used[i], 0);
      assert_int_equal(info.class_views[i], 0);
    }

  /* It did what it is for */

  assert_true(ops < 100000 || (info.nshare > 0 && info.nwaits > 0 &&
                               info.ncopy > 0 && g_kicks > 0 &&
                               g_isrfrees > 0));
  printf("%lu operations: %u shares, %u copies, %u waits (%u in vain), "
         "%lu kicks, %lu frees in interrupts\n", ops,
         (unsigned int)info.nshare, (unsigned int)info.ncopy,
         (unsigned int)info.nwaits, (unsigned int)info.ntimeout, g_kicks,
         g_isrfrees);
  pthread_barrier_destroy(&g_barrier);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(counts_and_bytes_survive_threads_and_interrupts),
  };

  const char *text = getenv("IOB_RANDOM_SEED");

  g_seed = text != NULL && text[0] != '\0' ? strtoull(text, NULL, 0) : 1;
  printf("IOB_RANDOM_SEED=%llu\n", (unsigned long long)g_seed);
  fflush(stdout);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
