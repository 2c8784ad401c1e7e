/* tests/host/iob/test_progress.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Nobody starves.  Goal: when memory has run out, every stream still makes
 * progress, and when all is done the pool is complete.  Method: models of
 * what a network stack does with its buffers, as small event loops over the
 * API, in an order drawn from a seed.
 *
 * A stream is a sender and a receiver.  What is sent is kept, as TCP does,
 * until the receiver has it; the driver gets a view of it (iob_share()) with
 * room in front for headers.  The receiver keeps what it got until the
 * application reads it, and answers with a control packet.  Who gets no
 * ordinary memory takes what iob_alloc_minimum() grants, and then moves 256
 * bytes at a time.  Every byte is compared when it is read.
 *
 * A failure prints the seed.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#include <nuttx/mm/iob.h>

#include "host_port.h"

#define NSTREAMS  200
#define QUEUE     1024           /* Entries of a queue */
#define HEAD      64             /* For link, IP and TCP header */
#define HEADER    54
#define ACK       40
#define SEGMENT   1400

/* Rounds in which each stream must have read something.  A round runs each
 * stream once, in a random order.  Who tries without waiting has no turn: it
 * is chance who finds a standing extent free, so that the bound is one of
 * probability.  The longest standstill of 12 seeds was 250 rounds.
 *
 * This holds for receivers that read soon.  One that does not read keeps
 * its standing extent, and there are CONFIG_IOB_NMINIMUM of them only: with
 * a quarter of the receivers slow, others stood still for 4729 rounds.  That
 * case has no bound, and no test here.
 */

#define BOUND     (10 * NSTREAMS)

struct queue_s
{
  struct iob_s *iob[QUEUE];
  unsigned int n;
};

struct stream_s
{
  struct queue_s tx;             /* Written, and not yet acknowledged */
  struct queue_s rx;             /* Received, and not yet read */
  unsigned int maxtx;            /* Buffers that the sender may queue */
  uint32_t nwritten;
  uint32_t nreceived;
  uint32_t nread;
  bool writes;
  bool reads;
  unsigned int quiet;            /* Rounds since something was read */
};

static struct stream_s g_stream[NSTREAMS];
static struct iob_info_s g_start;
static uint32_t g_random;
static uint32_t g_seed;
static unsigned int g_ndrops;

static unsigned int draw(unsigned int n)
{
  g_random = g_random * 1664525 + 1013904223;
  return (g_random >> 8) % n;
}

static struct iob_info_s info_now(void)
{
  struct iob_info_s info;

  iob_getinfo(&info);
  return info;
}

/* Byte "seq" of a stream */

static uint8_t byte_of(const struct stream_s *stream, uint32_t seq)
{
  return (uint8_t)((stream - g_stream) * 7 + seq * 13 + (seq >> 8));
}

static unsigned int min(unsigned int a, unsigned int b)
{
  return a < b ? a : b;
}

/* Queues */

static void append(struct queue_s *queue, struct iob_s *iob)
{
  assert_true(queue->n < QUEUE);
  queue->iob[queue->n++] = iob;
}

static void drop_first(struct queue_s *queue)
{
  assert_null(iob_free(queue->iob[0]));
  queue->n--;
  memmove(&queue->iob[0], &queue->iob[1],
          queue->n * sizeof(queue->iob[0]));
}

/* Memory for up to *len bytes of a stream: perhaps for less, perhaps none */

static struct iob_s *get(const struct stream_s *stream,
                         enum iob_class_e cls, unsigned int *len)
{
  struct iob_s *iob = iob_tryalloc_contig(*len, HEAD, cls);

  if (iob == NULL)
    {
      *len = min(*len, IOB_MINSEGMENT);
      iob  = iob_alloc_minimum(stream, *len, HEAD, cls, 0);
    }

  return iob;
}

/* The application writes */

static void app_write(struct stream_s *stream)
{
  unsigned int len = 1 + draw(SEGMENT);
  struct iob_s *iob;
  unsigned int i;

  if (!stream->writes || stream->tx.n >= stream->maxtx)
    {
      return;
    }

  iob = get(stream, IOB_CLASS_TX, &len);
  if (iob == NULL)
    {
      return;
    }

  for (i = 0; i < len; i++)
    {
      IOB_DATA(iob)[i] = byte_of(stream, stream->nwritten++);
    }

  iob->io_len    = len;
  iob->io_pktlen = len;
  append(&stream->tx, iob);
}

/* The receiver takes what it has memory for, and answers.  A control packet
 * can always be sent, since each goes before the next one comes.
 */

static unsigned int receive(struct stream_s *stream, const uint8_t *data,
                            unsigned int len)
{
  struct iob_s *iob = get(stream, IOB_CLASS_RX, &len);
  struct iob_s *ack;

  if (iob == NULL)
    {
      g_ndrops++;
      len = 0;
    }
  else
    {
      memcpy(IOB_DATA(iob), data, len);
      iob->io_len    = len;
      iob->io_pktlen = len;
      append(&stream->rx, iob);
      stream->nreceived += len;
    }

  ack = iob_tryalloc_contig(ACK, HEAD, IOB_CLASS_CTRL);
  if (ack == NULL)
    {
      fail_msg("seed %u: no control packet", (unsigned int)g_seed);
    }

  assert_null(iob_free(ack));
  return len;
}

/* The first segment goes out: the driver has a view of it.  If there is no
 * view to be had it goes out as it is.  What was acknowledged goes from the
 * queue.
 */

static void transmit(struct stream_s *stream)
{
  struct iob_s *iob = stream->tx.iob[0];
  struct iob_s *frame;
  unsigned int len;

  if (stream->tx.n == 0)
    {
      return;
    }

  len   = iob->io_len;
  frame = iob_share(iob, 0, len);
  if (frame != NULL)
    {
      if (iob_push(frame, HEADER) == 0)
        {
          memset(IOB_DATA(frame), 0xaa, HEADER);
          assert_int_equal(iob_pull(frame, HEADER), 0);
        }

      len = receive(stream, IOB_DATA(frame), len);
      assert_null(iob_free(frame));
    }
  else
    {
      len = receive(stream, IOB_DATA(iob), len);
    }

  if (len == iob->io_len)
    {
      drop_first(&stream->tx);
    }
  else if (len > 0)
    {
      stream->tx.iob[0] = iob_trimhead(iob, len);
      assert_non_null(stream->tx.iob[0]);
    }
}

static void app_read(struct stream_s *stream)
{
  struct iob_s *iob = stream->rx.iob[0];
  unsigned int i;

  if (!stream->reads || stream->rx.n == 0)
    {
      return;
    }

  for (i = 0; i < iob->io_len; i++)
    {
      if (IOB_DATA(iob)[i] != byte_of(stream, stream->nread++))
        {
          fail_msg("seed %u, stream %u, byte %u", (unsigned int)g_seed,
                   (unsigned int)(stream - g_stream),
                   (unsigned int)stream->nread - 1);
        }
    }

  drop_first(&stream->rx);
  stream->quiet = 0;
}

/* Every stream has its turn, in a random order */

static void round_of(unsigned int nstreams)
{
  unsigned int order[NSTREAMS];
  unsigned int i;

  for (i = 0; i < nstreams; i++)
    {
      unsigned int k = draw(i + 1);

      order[i] = order[k];
      order[k] = i;
    }

  for (i = 0; i < nstreams; i++)
    {
      struct stream_s *stream = &g_stream[order[i]];

      stream->quiet++;
      app_write(stream);
      transmit(stream);
      if (draw(2) != 0)
        {
          app_read(stream);
        }
    }
}

static void assert_progress(unsigned int nstreams, unsigned int bound)
{
  unsigned int i;

  for (i = 0; i < nstreams; i++)
    {
      if (g_stream[i].quiet > bound)
        {
          fail_msg("seed %u: stream %u stands still since %u rounds, "
                   "%u sent, %u received", (unsigned int)g_seed, i,
                   g_stream[i].quiet, g_stream[i].tx.n, g_stream[i].rx.n);
        }
    }
}

/* Nobody writes any more: everything arrives and is read */

static void drain(unsigned int nstreams)
{
  unsigned int rounds = 0;
  unsigned int i;
  bool more;

  for (i = 0; i < nstreams; i++)
    {
      g_stream[i].writes = false;
      g_stream[i].reads  = true;
    }

  do
    {
      round_of(nstreams);
      more = false;
      for (i = 0; i < nstreams; i++)
        {
          more = more || g_stream[i].tx.n > 0 || g_stream[i].rx.n > 0;
        }

      assert_true(++rounds <= BOUND);
    }
  while (more);

  for (i = 0; i < nstreams; i++)
    {
      assert_int_equal(g_stream[i].nread, g_stream[i].nwritten);
      assert_int_equal(g_stream[i].nreceived, g_stream[i].nwritten);
    }
}

static void begin(uint32_t seed, unsigned int maxtx)
{
  unsigned int i;

  memset(g_stream, 0, sizeof(g_stream));
  g_seed   = seed;
  g_random = seed;
  g_ndrops = 0;

  for (i = 0; i < NSTREAMS; i++)
    {
      g_stream[i].maxtx  = maxtx;
      g_stream[i].writes = true;
      g_stream[i].reads  = true;
    }
}

static int setup(void **state)
{
  (void)state;
  host_port_reset();
  host_log_level = LOG_CRIT;
  iob_initialize();
  g_start = info_now();
  return 0;
}

/* The pool is complete: all of its buffers can be had */

static void assert_complete(void)
{
  struct iob_s *chain = NULL;
  struct iob_s *iob;
  struct iob_info_s info;
  int n = 0;

  assert_int_equal(iob_check(), 0);
  info = info_now();
  assert_int_equal(info.used, 0);
  assert_int_equal(info.views_used, 0);
  assert_int_equal(info.stats.nwait, 0);

  while ((iob = iob_tryalloc(false)) != NULL)
    {
      iob->io_flink = chain;
      chain         = iob;
      n++;
    }

  assert_int_equal(n, CONFIG_IOB_NBUFFERS);
  iob_free_chain(chain);
  assert_int_equal(iob_navail(false), g_start.stats.nfree);
}

static int teardown(void **state)
{
  (void)state;
  assert_complete();
  return 0;
}

/* Two senders whose receivers do not read.  What is unread and what is not
 * acknowledged fills the pool; control packets go out all the time, and
 * what there is for sending received data does not take.  As soon as the
 * receivers read, both go on.
 */

static void test_two_senders_with_unread_receivers(void **state)
{
  uint32_t seed;
  unsigned int i;

  (void)state;
  for (seed = 1; seed <= 10; seed++)
    {
      uint32_t received;

      begin(seed, QUEUE);
      g_stream[0].reads = false;
      g_stream[1].reads = false;
      for (i = 0; i < 300; i++)
        {
          round_of(2);
        }

      /* Full: nobody gets on any more, and all of it is these two */

      received = g_stream[0].nreceived + g_stream[1].nreceived;
      assert_true(g_ndrops > 0);
      assert_true(info_now().class_used[IOB_CLASS_TX] >=
                  g_start.class_reserve[IOB_CLASS_TX] / 2);
      assert_int_equal(info_now().class_used[IOB_CLASS_CTRL], 0);
      round_of(2);
      assert_true(g_stream[0].nreceived + g_stream[1].nreceived - received
                  <= 2 * SEGMENT);
      assert_int_equal(iob_check(), 0);

      /* One reads: it gets on, though the other one does not read yet */

      g_stream[0].reads = true;
      g_stream[0].quiet = 0;
      for (i = 0; i < 300; i++)
        {
          round_of(2);
          assert_progress(1, 50);
        }

      assert_int_equal(g_stream[1].nread, 0);
      g_stream[1].reads = true;
      g_stream[1].quiet = 0;
      for (i = 0; i < 300; i++)
        {
          round_of(2);
          assert_progress(2, 50);
        }

      drain(2);
      assert_complete();
    }
}

/* Neither does the first segment need the receiver to read: the minimum of
 * each arrives in a pool that somebody else has filled.
 */

static void test_the_minimum_of_two_arrives_in_a_full_pool(void **state)
{
  struct iob_s *chain = NULL;
  struct iob_s *iob;
  unsigned int cls;
  unsigned int i;

  (void)state;
  begin(1, 1);
  for (cls = IOB_CLASS_RX; cls <= IOB_CLASS_TX; cls++)
    {
      while ((iob = iob_tryalloc_contig(2 * IOB_GRANULE - 8, 0,
                                        cls)) != NULL)
        {
          iob->io_flink = chain;
          chain         = iob;
        }
    }

  g_stream[0].reads = false;
  g_stream[1].reads = false;
  round_of(2);
  for (i = 0; i < 2; i++)
    {
      assert_true(g_stream[i].nreceived > 0);
      assert_true(g_stream[i].nreceived <= 2 * IOB_MINSEGMENT);
    }

  /* Reading makes room for the next, 256 bytes at a time */

  g_stream[0].reads = true;
  g_stream[1].reads = true;
  for (i = 0; i < 500; i++)
    {
      round_of(2);
      assert_progress(2, 50);
    }

  assert_true(g_stream[0].nread > 1000);
  assert_true(g_stream[1].nread > 1000);
  drain(2);
  iob_free_chain(chain);
}

/* A single task echoes datagrams, and a flood of them arrives.  The task
 * waits for memory to send while nobody reads what has arrived meanwhile:
 * nobody but itself could.  What the driver has sent must be enough to go
 * on.  Most stacks die here when received data has taken all.
 */

#define NBURST    5              /* Datagrams that arrive at a time */

static struct queue_s g_arrived; /* Unread, and the driver's frames */
static struct queue_s g_driver;
static unsigned int g_nhooks;    /* Calls since the task waits */

static void arrive(unsigned int n)
{
  for (; n > 0; n--)
    {
      unsigned int len = 1 + draw(500);
      struct iob_s *iob = iob_tryalloc_contig(len, HEAD, IOB_CLASS_RX);

      if (iob == NULL || g_arrived.n >= QUEUE)
        {
          g_ndrops++;
          if (iob != NULL)
            {
              iob_free(iob);
            }

          return;
        }

      memset(IOB_DATA(iob), (int)len, len);
      iob->io_len    = len;
      iob->io_pktlen = len;
      append(&g_arrived, iob);
    }
}

static int device_hook(sem_t *sem, uint32_t ticks)
{
  (void)sem;
  (void)ticks;

  arrive(NBURST);
  if (++g_nhooks > 200)
    {
      return -ECANCELED;
    }

  /* Now and then a frame has been sent */

  if (g_driver.n > 0 && draw(3) == 0)
    {
      drop_first(&g_driver);
    }

  return 1;
}

static void test_a_single_task_that_echoes(void **state)
{
  uint32_t seed;
  unsigned int i;

  (void)state;
  memset(&g_driver, 0, sizeof(g_driver));
  memset(&g_arrived, 0, sizeof(g_arrived));
  for (seed = 1; seed <= 10; seed++)
    {
      unsigned int nwaits = info_now().nwaits;

      begin(seed, 0);
      host_block_hook = device_hook;
      for (i = 0; i < 500; i++)
        {
          struct iob_s *in;
          struct iob_s *out;

          arrive(NBURST);
          assert_true(g_arrived.n > 0);
          in       = g_arrived.iob[0];
          g_nhooks = 0;
          out = iob_alloc_contig(in->io_len, HEAD, IOB_CLASS_TX);
          if (out == NULL)
            {
              fail_msg("seed %u, echo %u: no progress",
                       (unsigned int)seed, i);
            }

          memcpy(IOB_DATA(out), IOB_DATA(in), in->io_len);
          out->io_len    = in->io_len;
          out->io_pktlen = in->io_len;
          append(&g_driver, out);
          drop_first(&g_arrived);
        }

      host_block_hook = NULL;
      assert_true(info_now().nwaits > nwaits);
      assert_true(g_ndrops > 0);
      while (g_driver.n > 0)
        {
          drop_first(&g_driver);
        }

      while (g_arrived.n > 0)
        {
          drop_first(&g_arrived);
        }

      assert_complete();
    }
}

/* Many streams, far more than there are buffers: each of them reads
 * something in every BOUND rounds.
 */

static void many_streams(uint32_t seed, unsigned int maxtx,
                         unsigned int nslow)
{
  unsigned int i;
  unsigned int k;

  begin(seed, maxtx);
  for (i = 0; i < BOUND + BOUND / 4; i++)
    {
      /* The slow ones do not read for a while, in turn */

      for (k = 0; k < nslow; k++)
        {
          g_stream[k].reads = (i / 64 + k) % 4 == 0;
        }

      round_of(NSTREAMS);
      assert_progress(NSTREAMS, BOUND);
      if (i % 500 == 0 && iob_check() != 0)
        {
          fail_msg("seed %u, round %u", (unsigned int)seed, i);
        }
    }

  assert_true(info_now().nminimum > g_start.nminimum);
  for (i = 0; i < NSTREAMS; i++)
    {
      assert_true(g_stream[i].nread > 0);
    }

  drain(NSTREAMS);
  assert_complete();
}

static void test_many_streams(void **state)
{
  (void)state;
  many_streams(1, 1, 0);
  many_streams(2, 4, 0);
}

static void test_many_streams_that_queue_a_lot(void **state)
{
  (void)state;
  many_streams(3, 64, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    TEST(test_two_senders_with_unread_receivers),
    TEST(test_the_minimum_of_two_arrives_in_a_full_pool),
    TEST(test_a_single_task_that_echoes),
    TEST(test_many_streams),
    TEST(test_many_streams_that_queue_a_lot),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
