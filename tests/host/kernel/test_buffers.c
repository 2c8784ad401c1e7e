/* tests/host/kernel/test_buffers.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * mm/iob on this kernel.  Its own tests stand on a port that pretends to be
 * a kernel; here the tasks, timers and work queues are real.  Goal: a task
 * that waits for memory is served by who frees, or when its time is over; in
 * interrupt context nothing waits; a new kernel has all its buffers back.
 */

#include "ktest.h"

#include <nuttx/mm/iob.h>

#define SIZE 60000

static struct iob_s *g_hoard;
static char g_order[32];
static bool g_refused;

static void note(char what)
{
  g_order[strlen(g_order)] = what;
}

/* Take all that there is; the chain links are free for this. */

static void take_all(void)
{
  unsigned int size = SIZE;
  struct iob_s *iob;

  memset(g_order, 0, sizeof(g_order));
  g_hoard = NULL;
  for (; size > 0; size /= 2)
    {
      while ((iob = iob_timedalloc_contig(size, 0, IOB_CLASS_RX, 0)) != NULL)
        {
          iob->io_flink = g_hoard;
          g_hoard = iob;
        }
    }

  CHECK(g_hoard != NULL);
}

static void free_one(void)
{
  struct iob_s *iob = g_hoard;

  g_hoard = iob->io_flink;
  iob->io_flink = NULL;
  iob_free(iob);
}

static void free_all(void)
{
  while (g_hoard != NULL)
    {
      free_one();
    }
}

static int waits(int argc, char *argv[])
{
  struct iob_s *iob;

  (void)argc;
  iob = iob_timedalloc_contig(1, 0, IOB_CLASS_RX,
                              argv[0][0] == 't' ? 10 : IOB_FOREVER);
  note(iob != NULL ? argv[0][0] : '-');
  if (iob != NULL)
    {
      iob_free(iob);
    }

  return 0;
}

static int waiting(int argc, char *argv[])
{
  int pid;

  UNUSED_ARGS(argc, argv);
  take_all();
  pid = ktest_task("t", PRIO, waits);
  EQUAL(ktest_wait(pid), 0);
  EQUAL(clock_systime_ns(), 10000000);
  CHECK(strcmp(g_order, "-") == 0);

  /* A kill does not end it; memory does */

  pid = ktest_task("a", PRIO, waits);
  ktest_task("b", PRIO + 50, waits);
  nxsig_usleep(1000);
  nxsched_kill(pid, 9);
  nxsig_usleep(1000);
  CHECK(strcmp(g_order, "-") == 0);
  free_all();
  EQUAL(ktest_wait(pid), 9);
  EQUAL(nxsched_waitpid(-1, NULL, 0), pid + 1);
  EQUAL(strlen(g_order), 3);
  return 0;
}

static void allocates(wdparm_t arg)
{
  (void)arg;
  g_refused = iob_timedalloc_contig(1, 0, IOB_CLASS_RX, IOB_FOREVER) == NULL;
}

static int interrupt(int argc, char *argv[])
{
  struct wdog_s wd =
  {
    .func = NULL
  };

  UNUSED_ARGS(argc, argv);
  take_all();
  g_refused = false;
  wd_start(&wd, 10, allocates, 0);
  nxsig_usleep(20);
  EQUAL(g_refused, true);
  free_all();
  return 0;
}

static void worker(void *arg)
{
  CHECK(!up_interrupt_context());
  note(*(char *)arg);
}

static int notifier(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  EQUAL(iob_notifier_setup(LPWORK, worker, "x"), 0);
  take_all();
  CHECK(iob_notifier_setup(LPWORK, worker, "n") > 0);
  nxsig_usleep(100);
  CHECK(strcmp(g_order, "") == 0);
  free_all();
  CHECK(strcmp(g_order, "") == 0);
  nxsig_usleep(100);
  CHECK(strcmp(g_order, "n") == 0);
  return 0;
}

/* What a kernel has lost the next one has again. */

static size_t g_navail;

static int loses(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  g_navail = (size_t)iob_navail(true);
  CHECK(g_navail > 0);
  take_all();
  EQUAL(iob_navail(true), 0);
  ktest_task("a", PRIO, waits);
  nxsched_yield();
  return 0;
}

static int has_all(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  EQUAL(iob_navail(true), g_navail);
  return 0;
}

static void test_new_life(void **state)
{
  (void)state;
  ktest(loses);
  ktest(has_all);
}

KTEST(waiting);
KTEST(interrupt);
KTEST(notifier);

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_waiting),
    cmocka_unit_test(test_interrupt),
    cmocka_unit_test(test_notifier),
    cmocka_unit_test(test_new_life),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
