/* tests/host/iob/test_stress.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Four threads and their interrupts at once.  Goal: no data race (this runs
 * under ThreadSanitizer), no lost or early free, every count exact
 * afterwards.  Method: each thread draws operations from its own seed:
 * allocate, wait with a limit, share, unshare and write, push and pull,
 * queue, ask for a kick, hand a packet to another thread through a mailbox,
 * and let a signal, which plays the interrupt, free one.  All bytes of a
 * packet have one value; whoever gets a packet verifies that, and writes
 * only what is writable.
 *
 * IOB_STRESS_OPS: operations in all (10^6; 10^8 in the gate).
 * IOB_STRESS_SEED: the first seed.
 */

#include "iob_fixture.h"

#include <pthread.h>

#define NTHREADS   4
#define NSLOTS     12
#define NMAILBOXES 8

struct worker_s
{
  pthread_t thread;
  unsigned int seed;
  unsigned long ops;
  struct iob_s *slot[NSLOTS];
  struct iob_defer_s defer;
  unsigned int kicks;              /* Written by whoever kicks */
  unsigned int wrong;
};

static struct worker_s g_worker[NTHREADS];
static struct iob_s *g_mailbox[NMAILBOXES];
static struct iob_queue_s g_queue;
static pthread_mutex_t g_queuelock = PTHREAD_MUTEX_INITIALIZER;

/* What the next interrupt of a thread is to free */

static __thread struct iob_s *volatile g_for_interrupt;
static unsigned int g_interrupts;

static unsigned int draw(struct worker_s *w, unsigned int n)
{
  return fixture_random(&w->seed) % n;
}

static void interrupt(void)
{
  struct iob_s *iob = g_for_interrupt;

  g_for_interrupt = NULL;
  if (iob != NULL)
    {
      iob_free_chain(iob);
      __atomic_fetch_add(&g_interrupts, 1, __ATOMIC_RELAXED);
    }
}

static void kicked(struct iob_defer_s *defer)
{
  struct worker_s *w = container_of(defer, struct worker_s, defer);

  __atomic_fetch_add(&w->kicks, 1, __ATOMIC_RELAXED);
}

/* All bytes of a packet have the value of the first */

static void verify(struct worker_s *w, struct iob_s *iob)
{
  unsigned int total = 0;
  unsigned int i;
  struct iob_s *part;

  for (part = iob; part != NULL; part = part->io_flink)
    {
      for (i = 0; i < part->io_len; i++)
        {
          w->wrong += IOB_DATA(part)[i] != IOB_DATA(part)[0];
        }

      total += part->io_len;
    }

  w->wrong += total != iob->io_pktlen;
}

static void fill(struct worker_s *w, struct iob_s *iob, unsigned int len)
{
  memset(IOB_DATA(iob), draw(w, 256), len);
  iob->io_len    = len;
  iob->io_pktlen = len;
}

static void op_alloc(struct worker_s *w, struct iob_s **slot)
{
  unsigned int len = 1 + draw(w, 700);
  unsigned int wait = draw(w, 50) == 0 ? 1 : 0;
  struct iob_s *iob;

  if (*slot == NULL)
    {
      iob = iob_timedalloc_contig(len, draw(w, 100),
                                  draw(w, IOB_NCLASSES), wait);
      if (iob != NULL)
        {
          fill(w, iob, len);
          *slot = iob;
        }
    }
}

static void op_minimum(struct worker_s *w, struct iob_s **slot)
{
  if (*slot == NULL)
    {
      *slot = iob_alloc_minimum(w, 200, 50, IOB_CLASS_TX, draw(w, 2));
      if (*slot != NULL)
        {
          fill(w, *slot, 200);
        }
    }
}

static void op_share(struct worker_s *w, struct iob_s **slot)
{
  struct iob_s **to = &w->slot[draw(w, NSLOTS)];

  if (*slot != NULL && *to == NULL && (*slot)->io_pktlen > 0)
    {
      unsigned int offset = draw(w, (*slot)->io_pktlen);

      *to = iob_share(*slot, offset,
                      1 + draw(w, (*slot)->io_pktlen - offset));
    }
}

static void op_write(struct worker_s *w, struct iob_s **slot)
{
  struct iob_s *iob = *slot;

  if (iob != NULL && iob_unshare(iob) == OK)
    {
      w->wrong += !iob_writable(iob);
      memset(IOB_DATA(iob), draw(w, 256), iob->io_len);
    }
}

static void op_push(struct worker_s *w, struct iob_s **slot)
{
  struct iob_s *iob = *slot;
  unsigned int n = draw(w, 60);

  if (iob != NULL && iob->io_len > 0 && iob_push(iob, n) == OK)
    {
      memset(IOB_DATA(iob), 0xff, n);
      w->wrong += iob_pull(iob, n) != OK;
    }
}

static void op_trim(struct worker_s *w, struct iob_s **slot)
{
  if (*slot != NULL && (*slot)->io_pktlen > 1)
    {
      if (draw(w, 2) == 0)
        {
          *slot = iob_trimhead(*slot, draw(w, (*slot)->io_pktlen));
        }
      else
        {
          *slot = iob_trimtail(*slot, draw(w, (*slot)->io_pktlen));
        }
    }
}

static void op_free(struct worker_s *w, struct iob_s **slot)
{
  if (*slot != NULL)
    {
      verify(w, *slot);
      iob_free_chain(*slot);
      *slot = NULL;
    }
}

static void op_interrupt(struct worker_s *w, struct iob_s **slot)
{
  (void)w;
  if (*slot != NULL && g_for_interrupt == NULL)
    {
      g_for_interrupt = *slot;
      *slot           = NULL;
      host_interrupt_raise(pthread_self());
    }
}

static void op_mail(struct worker_s *w, struct iob_s **slot)
{
  *slot = __atomic_exchange_n(&g_mailbox[draw(w, NMAILBOXES)], *slot,
                              __ATOMIC_ACQ_REL);
  if (*slot != NULL)
    {
      verify(w, *slot);
    }
}

static void op_queue(struct worker_s *w, struct iob_s **slot)
{
  pthread_mutex_lock(&g_queuelock);
  if (*slot == NULL)
    {
      *slot = iob_remove_queue(&g_queue);
    }
  else if (iob_tryadd_queue(*slot, &g_queue) == OK)
    {
      *slot = NULL;
    }

  pthread_mutex_unlock(&g_queuelock);
  if (*slot != NULL)
    {
      verify(w, *slot);
    }
}

/* The view that asks must live until the request is taken back */

static void op_defer(struct worker_s *w, struct iob_s **slot)
{
  unsigned int before = __atomic_load_n(&w->kicks, __ATOMIC_RELAXED);

  if (*slot != NULL)
    {
      w->defer.df_kick = kicked;
      if (iob_defer(&w->defer, *slot) == OK &&
          iob_undefer(&w->defer) == -ENOENT)
        {
          /* It was kicked, or is about to be: wait for that */

          while (__atomic_load_n(&w->kicks, __ATOMIC_ACQUIRE) == before)
            {
              sched_yield();
            }
        }
    }
}

static void (*const g_ops[])(struct worker_s *, struct iob_s **) =
{
  op_alloc, op_alloc, op_alloc, op_share, op_share, op_write, op_push,
  op_trim, op_free, op_free, op_interrupt, op_mail, op_mail, op_queue,
  op_defer, op_minimum
};

static void *work(void *arg)
{
  struct worker_s *w = arg;
  unsigned long i;
  unsigned int j;

  host_thread_init();
  for (i = 0; i < w->ops; i++)
    {
      g_ops[draw(w, nitems(g_ops))](w, &w->slot[draw(w, NSLOTS)]);
    }

  for (j = 0; j < NSLOTS; j++)
    {
      op_free(w, &w->slot[j]);
    }

  /* An interrupt that was not taken yet */

  interrupt();
  return NULL;
}

static unsigned long option(const char *name, unsigned long value)
{
  const char *text = getenv(name);

  return text != NULL ? strtoul(text, NULL, 0) : value;
}

static void threads_and_interrupts_leave_every_count_exact(void **state)
{
  const char *gate = getenv("GATE");
  unsigned long ops = option("IOB_STRESS_OPS",
                             gate != NULL && *gate == '1' ? 100000000 :
                                                            1000000);
  unsigned int seed = option("IOB_STRESS_SEED", 20261121);
  unsigned int i;

  (void)state;
  print_message("seed %u, %lu operations\n", seed, ops);
  IOB_QINIT(&g_queue);
  host_interrupt_install(interrupt);

  for (i = 0; i < NTHREADS; i++)
    {
      memset(&g_worker[i], 0, sizeof(g_worker[i]));
      g_worker[i].seed = seed + i;
      g_worker[i].ops  = ops / NTHREADS;
      assert_int_equal(pthread_create(&g_worker[i].thread, NULL, work,
                                      &g_worker[i]), 0);
    }

  for (i = 0; i < NTHREADS; i++)
    {
      assert_int_equal(pthread_join(g_worker[i].thread, NULL), 0);
    }

  for (i = 0; i < NMAILBOXES; i++)
    {
      if (g_mailbox[i] != NULL)
        {
          iob_free_chain(g_mailbox[i]);
          g_mailbox[i] = NULL;
        }
    }

  iob_free_queue(&g_queue);
  for (i = 0; i < NTHREADS; i++)
    {
      assert_int_equal(g_worker[i].wrong, 0);
    }

  assert_true(g_interrupts > 0);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    FIXTURE_TEST(threads_and_interrupts_leave_every_count_exact),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
