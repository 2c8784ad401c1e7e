/* tests/host/kernel/test_wqueue.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Work queues and the notifier.  Goal: work is carried out once, in the order
 * in which it became due, by the right thread, unless it was taken back in
 * time; a notification is signalled at most once.  Method: scenarios under
 * virtual time.
 */

#include "ktest.h"

static struct work_s g_work[4];
static char g_order[32];
static sem_t g_go;

static void note(void *arg)
{
  CHECK(!up_interrupt_context() && !sched_idletask());
  g_order[strlen(g_order)] = *(char *)arg;
}

static void reset(void)
{
  memset(g_work, 0, sizeof(g_work));
  memset(g_order, 0, sizeof(g_order));
  nxsem_init(&g_go, 0, 0);
}

static int order(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  reset();
  EQUAL(work_queue(LPWORK, &g_work[0], note, "l", 0), 0);
  EQUAL(work_queue(HPWORK, &g_work[1], note, "c", 20), 0);
  EQUAL(work_queue(HPWORK, &g_work[2], note, "b", 10), 0);
  EQUAL(work_queue(HPWORK, &g_work[3], note, "a", 0), 0);
  EQUAL(work_available(&g_work[3]), false);
  nxsig_usleep(5);
  CHECK(strcmp(g_order, "al") == 0);
  EQUAL(work_available(&g_work[3]), true);
  nxsig_usleep(6);
  CHECK(strcmp(g_order, "alb") == 0);
  nxsig_usleep(10);
  CHECK(strcmp(g_order, "albc") == 0);
  nxsig_usleep(1000);
  CHECK(strcmp(g_order, "albc") == 0);
  return 0;
}

static int refused(int argc, char *argv[])
{
  struct work_notifier_s info =
  {
    .evtype = WORK_NET_DOWN,
    .qid = NWORKQUEUES,
    .worker = note
  };

  UNUSED_ARGS(argc, argv);
  reset();
  EQUAL(work_queue(-1, &g_work[0], note, "x", 0), -EINVAL);
  EQUAL(work_queue(NWORKQUEUES, &g_work[0], note, "x", 0), -EINVAL);
  EQUAL(work_queue(HPWORK, &g_work[0], NULL, "x", 0), -EINVAL);
  EQUAL(work_queue(HPWORK, &g_work[0], note, "x", -1), -EINVAL);
  EQUAL(work_cancel(HPWORK, &g_work[0]), -ENOENT);
  EQUAL(work_cancel(-1, &g_work[0]), -EINVAL);
  EQUAL(work_cancel_sync(7, &g_work[0]), -EINVAL);
  EQUAL(work_queue(HPWORK, &g_work[0], note, "x", 5), 0);
  EQUAL(work_cancel(LPWORK, &g_work[0]), -ENOENT);
  EQUAL(work_cancel(HPWORK, &g_work[0]), 0);
  EQUAL(work_cancel(HPWORK, &g_work[0]), -ENOENT);
  EQUAL(work_notifier_setup(&info), -EINVAL);
  info.qid    = LPWORK;
  info.worker = NULL;
  EQUAL(work_notifier_setup(&info), -EINVAL);
  EQUAL(work_notifier_teardown(0), -ENOENT);
  EQUAL(work_notifier_teardown(1), -ENOENT);
  info.worker = note;
  kmm_fail(1);
  EQUAL(work_notifier_setup(&info), -ENOMEM);
  nxsig_usleep(100);
  CHECK(strcmp(g_order, "") == 0);
  return 0;
}

/* Taken back while its time runs, and when it is due already */

static int cancelled(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  reset();
  work_queue(HPWORK, &g_work[0], note, "a", 10);
  work_queue(HPWORK, &g_work[1], note, "b", 0);
  work_queue(HPWORK, &g_work[2], note, "c", 0);
  work_queue(HPWORK, &g_work[3], note, "d", 0);
  EQUAL(work_cancel(HPWORK, &g_work[0]), 0);
  EQUAL(work_cancel(HPWORK, &g_work[2]), 0);
  EQUAL(work_cancel(HPWORK, &g_work[1]), 0);
  nxsig_usleep(100);
  CHECK(strcmp(g_order, "d") == 0);

  /* Queued anew: the last call counts, and it runs once */

  work_queue(HPWORK, &g_work[0], note, "a", 10);
  work_queue(HPWORK, &g_work[0], note, "b", 50);
  work_queue(LPWORK, &g_work[1], note, "c", 0);
  work_queue(LPWORK, &g_work[1], note, "e", 20);
  nxsig_usleep(30);
  CHECK(strcmp(g_order, "de") == 0);
  nxsig_usleep(100);
  CHECK(strcmp(g_order, "deb") == 0);
  return 0;
}

/* A worker queues its own work again, and frees other work. */

static void again(void *arg)
{
  struct work_s *work = arg;

  note("r");
  if (strlen(g_order) < 5)
    {
      EQUAL(work_available(work), true);
      EQUAL(work_queue(HPWORK, work, again, arg, 10), 0);
    }
}

static void frees(void *arg)
{
  kmm_free(arg);
  note("f");
}

static int self_service(int argc, char *argv[])
{
  struct work_s *work = kmm_zalloc(sizeof(*work));

  UNUSED_ARGS(argc, argv);
  reset();
  work_queue(HPWORK, &g_work[0], again, &g_work[0], 0);
  work_queue(LPWORK, work, frees, work, 15);
  nxsig_usleep(1000);
  CHECK(strcmp(g_order, "rrfrr") == 0);
  return 0;
}

/* Cancelling waits for a worker that is running. */

static void blocks(void *arg)
{
  note(arg);
  EQUAL(work_cancel_sync(LPWORK, &g_work[0]), -EDEADLK);
  nxsig_usleep(500);
  note("B");
}

static int cancel_running(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  reset();
  work_queue(LPWORK, &g_work[0], blocks, "b", 0);
  nxsig_usleep(10);
  CHECK(strcmp(g_order, "b") == 0);
  EQUAL(work_cancel(LPWORK, &g_work[0]), -ENOENT);
  EQUAL(work_cancel_sync(LPWORK, &g_work[0]), -ENOENT);
  CHECK(strcmp(g_order, "bB") == 0);
  EQUAL(work_cancel_sync(LPWORK, &g_work[0]), -ENOENT);
  return 0;
}

static int setup(enum work_evtype_e evtype, void *qualifier, char *name)
{
  struct work_notifier_s info =
  {
    .evtype = evtype,
    .qid = LPWORK,
    .qualifier = qualifier,
    .arg = name,
    .worker = note
  };

  int key = work_notifier_setup(&info);

  CHECK(key > 0);
  return key;
}

static int notifier(int argc, char *argv[])
{
  int dropped;
  int signalled;

  UNUSED_ARGS(argc, argv);
  reset();
  signalled = setup(WORK_NET_DOWN, &g_go, "a");
  setup(WORK_NET_DOWN, &g_order, "b");
  setup(WORK_IOB_AVAIL, &g_go, "c");
  dropped = setup(WORK_NET_DOWN, &g_go, "d");
  setup(WORK_NET_DOWN, &g_go, "e");
  EQUAL(work_notifier_teardown(dropped), 0);
  EQUAL(work_notifier_teardown(dropped), -ENOENT);

  work_notifier_signal(WORK_NET_DOWN, &g_go);
  EQUAL(work_notifier_teardown(signalled), -ENOENT);
  work_notifier_signal(WORK_NET_DOWN, &g_go);
  CHECK(strcmp(g_order, "") == 0);
  nxsig_usleep(1);
  CHECK(strcmp(g_order, "ae") == 0);
  work_notifier_signal(WORK_NET_DOWN, &g_go);
  work_notifier_signal(WORK_NET_DOWN, &g_order);
  nxsig_usleep(1);
  CHECK(strcmp(g_order, "aeb") == 0);

  /* One is left waiting, one signalled: the end of the kernel frees them */

  work_notifier_signal(WORK_IOB_AVAIL, &g_go);
  setup(WORK_NET_DOWN, NULL, "f");
  return 0;
}

KTEST(order);
KTEST(refused);
KTEST(cancelled);
KTEST(self_service);
KTEST(cancel_running);
KTEST(notifier);

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_order),
    cmocka_unit_test(test_refused),
    cmocka_unit_test(test_cancelled),
    cmocka_unit_test(test_self_service),
    cmocka_unit_test(test_cancel_running),
    cmocka_unit_test(test_notifier),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
