/* tests/host/kernel/test_mutex.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Mutexes.  Goal: one holder at a time; inheritance reaches everybody it
 * concerns, along any chain, and goes away when its cause does; no task that
 * is killed or gone leaves the kernel's mutexes locked.  Method: scenarios
 * under virtual time; priorities are read off while tasks are blocked.
 */

#include "ktest.h"

#define NCHAIN 8

static mutex_t g_mutex;
static mutex_t g_chain[NCHAIN + 1];
static rmutex_t g_rmutex;
static sem_t g_go;
static char g_order[32];
static int g_result;
static int g_passed;

static int priority(int pid)
{
  struct tcb_s *tcb = nxsched_get_tcb(pid);

  return tcb != NULL ? tcb->sched_priority : -1;
}

static void reset(void)
{
  int i;

  nxmutex_init(&g_mutex);
  nxrmutex_init(&g_rmutex);
  nxsem_init(&g_go, 0, 0);
  memset(g_order, 0, sizeof(g_order));
  for (i = 0; i <= NCHAIN; i++)
    {
      nxmutex_init(&g_chain[i]);
    }
}

/* Locks g_mutex, holds it until g_go is posted, writes its name down */

static int locker(int argc, char *argv[])
{
  (void)argc;
  EQUAL(nxmutex_lock(&g_mutex), 0);
  g_order[strlen(g_order)] = argv[0][0];
  EQUAL(nxsem_wait_uninterruptible(&g_go), 0);
  EQUAL(nxmutex_unlock(&g_mutex), 0);
  return 0;
}

static int timed_locker(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  g_result = nxmutex_timedlock(&g_mutex, 10);
  if (g_result == 0)
    {
      nxmutex_unlock(&g_mutex);
    }

  return 0;
}

static int intr_locker(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  g_result = nxmutex_lock_interruptible(&g_mutex);
  if (g_result == 0)
    {
      nxmutex_unlock(&g_mutex);
    }

  return 0;
}

static int trespasser(int argc, char *argv[])
{
  struct timespec ts =
  {
    .tv_nsec = -1
  };

  UNUSED_ARGS(argc, argv);
  EQUAL(nxmutex_unlock(&g_mutex), -EPERM);
  EQUAL(nxmutex_trylock(&g_mutex), -EAGAIN);
  EQUAL(nxmutex_timedlock(&g_mutex, 0), -ETIMEDOUT);
  EQUAL(nxmutex_clocklock(&g_mutex, CLOCK_MONOTONIC, &ts), -EINVAL);
  EQUAL(nxrmutex_unlock(&g_rmutex), -EPERM);
  EQUAL(nxrmutex_trylock(&g_rmutex), -EAGAIN);
  EQUAL(nxmutex_is_hold(&g_mutex), false);
  return 0;
}

static int misuse(int argc, char *argv[])
{
  struct timespec ts =
  {
    .tv_nsec = -1
  };

  UNUSED_ARGS(argc, argv);
  reset();
  EQUAL(nxmutex_unlock(&g_mutex), -EPERM);
  EQUAL(nxmutex_get_holder(&g_mutex), -1);
  EQUAL(nxmutex_clocklock(&g_mutex, CLOCK_MONOTONIC, &ts), 0);
  EQUAL(nxmutex_clocklock(&g_mutex, CLOCK_MONOTONIC, &ts), -EDEADLK);
  EQUAL(nxmutex_lock(&g_mutex), -EDEADLK);
  EQUAL(nxmutex_lock_interruptible(&g_mutex), -EDEADLK);
  EQUAL(nxmutex_timedlock(&g_mutex, 10), -EDEADLK);
  EQUAL(nxmutex_trylock(&g_mutex), -EAGAIN);
  EQUAL(nxmutex_destroy(&g_mutex), -EBUSY);
  EQUAL(nxmutex_is_hold(&g_mutex), true);
  EQUAL(nxmutex_get_holder(&g_mutex), 1);
  EQUAL(nxrmutex_lock(&g_rmutex), 0);
  EQUAL(ktest_wait(ktest_task("x", PRIO, trespasser)), 0);
  EQUAL(nxrmutex_unlock(&g_rmutex), 0);
  EQUAL(nxmutex_unlock(&g_mutex), 0);
  EQUAL(nxmutex_unlock(&g_mutex), -EPERM);
  EQUAL(nxmutex_destroy(&g_mutex), 0);
  EQUAL(clock_systime_ns(), 0);
  return 0;
}

static int recursive(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  reset();
  EQUAL(nxrmutex_unlock(&g_rmutex), -EPERM);
  EQUAL(nxrmutex_lock(&g_rmutex), 0);
  EQUAL(nxrmutex_trylock(&g_rmutex), 0);
  EQUAL(nxrmutex_timedlock(&g_rmutex, 1), 0);
  EQUAL(nxrmutex_lock_interruptible(&g_rmutex), 0);
  EQUAL(nxrmutex_unlock(&g_rmutex), 0);
  EQUAL(nxrmutex_unlock(&g_rmutex), 0);
  EQUAL(nxrmutex_unlock(&g_rmutex), 0);
  EQUAL(nxrmutex_is_hold(&g_rmutex), true);
  EQUAL(nxrmutex_destroy(&g_rmutex), -EBUSY);
  g_rmutex.mutex.count = UINT32_MAX;
  EQUAL(nxrmutex_lock(&g_rmutex), -EOVERFLOW);
  g_rmutex.mutex.count = 0;
  EQUAL(nxrmutex_unlock(&g_rmutex), 0);
  EQUAL(nxrmutex_is_locked(&g_rmutex), false);
  EQUAL(nxrmutex_unlock(&g_rmutex), -EPERM);
  return 0;
}

static int order_of_waiters(int argc, char *argv[])
{
  int pid[4];
  int i;

  UNUSED_ARGS(argc, argv);
  reset();
  nxmutex_lock(&g_mutex);
  pid[0] = ktest_task("a", 10, locker);
  pid[1] = ktest_task("b", 30, locker);
  pid[2] = ktest_task("c", 30, locker);
  pid[3] = ktest_task("d", 20, locker);
  nxsig_usleep(1);

  /* Handed over: nobody comes in between */

  nxmutex_unlock(&g_mutex);
  EQUAL(nxmutex_get_holder(&g_mutex), pid[1]);
  EQUAL(nxmutex_trylock(&g_mutex), -EAGAIN);
  for (i = 0; i < 4; i++)
    {
      nxsem_post(&g_go);
    }

  for (i = 0; i < 4; i++)
    {
      EQUAL(ktest_wait(pid[i]), 0);
    }

  CHECK(strcmp(g_order, "bcda") == 0);
  EQUAL(nxmutex_is_locked(&g_mutex), false);
  return 0;
}

static int timeouts(int argc, char *argv[])
{
  int pid;

  UNUSED_ARGS(argc, argv);
  reset();
  nxmutex_lock(&g_mutex);
  pid = ktest_task("t", 200, timed_locker);
  nxsig_usleep(9999);
  EQUAL(priority(1), 200);
  nxsig_usleep(2);
  EQUAL(priority(1), PRIO);
  EQUAL(ktest_wait(pid), 0);
  EQUAL(g_result, -ETIMEDOUT);

  /* Unlocked in time */

  pid = ktest_task("t", 200, timed_locker);
  nxsig_usleep(9999);
  nxmutex_unlock(&g_mutex);
  EQUAL(priority(1), PRIO);
  EQUAL(ktest_wait(pid), 0);
  EQUAL(g_result, 0);
  return 0;
}

/* Task i holds mutex i and waits for mutex i + 1; the last one sleeps. */

static int chain_link(int argc, char *argv[])
{
  int i = atoi(argv[1]);

  (void)argc;
  EQUAL(nxmutex_lock(&g_chain[i]), 0);
  if (i < NCHAIN)
    {
      nxsig_usleep(1);
      EQUAL(nxmutex_lock(&g_chain[i + 1]), 0);
      EQUAL(nxmutex_unlock(&g_chain[i + 1]), 0);
    }
  else
    {
      EQUAL(nxsem_wait(&g_go), 0);
    }

  EQUAL(nxmutex_unlock(&g_chain[i]), 0);
  EQUAL(nxsched_self()->sched_priority, nxsched_self()->base_priority);
  g_passed++;
  return 0;
}

static int chain_top(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  g_result = nxmutex_timedlock(&g_chain[0], 10);
  if (g_result == 0)
    {
      nxmutex_unlock(&g_chain[0]);
    }

  return 0;
}

static void start_chain(int *pid)
{
  int i;

  reset();
  g_passed = 0;
  for (i = 0; i <= NCHAIN; i++)
    {
      char text[12];
      char *args[] =
      {
        text, NULL
      };

      snprintf(text, sizeof(text), "%d", i);
      pid[i] = nxtask_create("link", 10 + i, 0, chain_link, args);
      nxsig_usleep(1);
    }

  nxsig_usleep(10);
}

static int chain(int argc, char *argv[])
{
  int pid[NCHAIN + 1];
  int top;
  int i;

  UNUSED_ARGS(argc, argv);
  start_chain(pid);
  for (i = 0; i <= NCHAIN; i++)
    {
      EQUAL(priority(pid[i]), 10 + i);
    }

  /* One at the top: all inherit; it gives up: none does */

  top = ktest_task("top", 220, chain_top);
  nxsig_usleep(10);
  for (i = 0; i <= NCHAIN; i++)
    {
      EQUAL(priority(pid[i]), 220);
    }

  EQUAL(ktest_wait(top), 0);
  EQUAL(g_result, -ETIMEDOUT);
  for (i = 0; i <= NCHAIN; i++)
    {
      EQUAL(priority(pid[i]), 10 + i);
    }

  /* The base of one in the middle changes: from there on it counts */

  nxsched_set_priority(nxsched_get_tcb(pid[4]), 90);
  for (i = 0; i <= NCHAIN; i++)
    {
      EQUAL(priority(pid[i]), i >= 4 ? 90 : 10 + i);
    }

  nxsched_set_priority(nxsched_get_tcb(pid[4]), 1);
  EQUAL(priority(pid[4]), 13);
  EQUAL(priority(pid[5]), 15);

  /* Inherited, and undone by the unlocks one after the other */

  top = ktest_task("top", 220, chain_top);
  nxsig_usleep(10);
  nxsem_post(&g_go);
  EQUAL(ktest_wait(top), 0);
  EQUAL(g_result, 0);
  for (i = 0; i <= NCHAIN; i++)
    {
      EQUAL(ktest_wait(pid[i]), 0);
    }

  EQUAL(g_passed, NCHAIN + 1);
  return 0;
}

/* A holder of two mutexes has the priority of the higher waiter, and after
 * that one's unlock still that of the other.
 */

static int two_lockers(int argc, char *argv[])
{
  mutex_t *mutex = argv[0][0] == 'a' ? &g_chain[0] : &g_chain[1];

  (void)argc;
  EQUAL(nxmutex_lock(mutex), 0);
  EQUAL(nxmutex_unlock(mutex), 0);
  return 0;
}

static int two_mutexes(int argc, char *argv[])
{
  int a;
  int b;

  UNUSED_ARGS(argc, argv);
  reset();
  nxmutex_lock(&g_chain[0]);
  nxmutex_lock(&g_chain[1]);
  a = ktest_task("a", 150, two_lockers);
  b = ktest_task("b", 200, two_lockers);
  nxsig_usleep(1);
  EQUAL(priority(1), 200);
  nxmutex_unlock(&g_chain[1]);
  EQUAL(priority(1), 150);
  nxmutex_unlock(&g_chain[0]);
  EQUAL(priority(1), PRIO);
  EQUAL(ktest_wait(a), 0);
  EQUAL(ktest_wait(b), 0);

  /* Unlocked in the other order */

  nxmutex_lock(&g_chain[0]);
  nxmutex_lock(&g_chain[1]);
  a = ktest_task("a", 150, two_lockers);
  b = ktest_task("b", 200, two_lockers);
  nxsig_usleep(1);
  nxmutex_unlock(&g_chain[0]);
  EQUAL(priority(1), 200);
  nxmutex_unlock(&g_chain[1]);
  EQUAL(priority(1), PRIO);
  EQUAL(ktest_wait(a), 0);
  EQUAL(ktest_wait(b), 0);
  return 0;
}

/* Inheritance moves a holder that is ready, not only a blocked one: a task
 * in between does not get in the way.
 */

static int low(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxmutex_lock(&g_mutex);
  nxsig_usleep(10);
  g_order[strlen(g_order)] = 'l';
  nxmutex_unlock(&g_mutex);
  nxsched_yield();
  g_order[strlen(g_order)] = 'L';
  return 0;
}

static int middle(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxsig_usleep(9);
  g_order[strlen(g_order)] = 'm';
  return 0;
}

static int high(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxsig_usleep(5);
  nxmutex_lock(&g_mutex);
  g_order[strlen(g_order)] = 'h';
  nxmutex_unlock(&g_mutex);
  return 0;
}

static int inversion(int argc, char *argv[])
{
  int pid[3];
  int i;

  UNUSED_ARGS(argc, argv);
  reset();
  pid[0] = ktest_task("low", 10, low);
  pid[1] = ktest_task("high", 30, high);
  nxsig_usleep(1);
  pid[2] = ktest_task("middle", 20, middle);
  for (i = 0; i < 3; i++)
    {
      EQUAL(ktest_wait(pid[i]), 0);
    }

  CHECK(strcmp(g_order, "lhmL") == 0);
  return 0;
}

/* Interrupts end the interruptible lock only. */

static int interrupts(int argc, char *argv[])
{
  int a;
  int b;

  UNUSED_ARGS(argc, argv);
  reset();
  nxmutex_lock(&g_mutex);
  a = ktest_task("i", 150, intr_locker);
  b = ktest_task("u", 140, locker);
  nxsem_post(&g_go);
  nxsig_usleep(1);
  EQUAL(priority(1), 150);
  nxsched_interrupt(nxsched_get_tcb(b));
  nxsched_interrupt(nxsched_get_tcb(a));
  EQUAL(priority(1), 140);
  EQUAL(ktest_wait(a), 0);
  EQUAL(g_result, -EINTR);
  EQUAL(priority(b), 140);
  nxmutex_unlock(&g_mutex);
  EQUAL(ktest_wait(b), 0);
  return 0;
}

/* A killed task goes on until it holds no mutex of the kernel's. */

static int killed_holder(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxmutex_lock(&g_mutex);
  g_passed += nxsig_usleep(1000) == -EINTR;
  g_passed += nxsig_usleep(1000) == -EINTR;
  task_testcancel();
  g_passed++;
  nxmutex_unlock(&g_mutex);
  g_passed++;
  task_testcancel();
  g_passed = -1;
  return 0;
}

static int kill_holder(int argc, char *argv[])
{
  int pid;

  UNUSED_ARGS(argc, argv);
  reset();
  g_passed = 0;
  pid = ktest_task("k", PRIO, killed_holder);
  nxsig_usleep(1);
  nxsched_kill(pid, 9);
  EQUAL(ktest_wait(pid), 9);
  EQUAL(g_passed, 4);
  EQUAL(nxmutex_is_locked(&g_mutex), false);
  return 0;
}

/* An application's mutex does not save its holder, and stays locked. */

static int user_holder(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxmutex_lock(&g_mutex);
  nxsig_usleep(1000);
  nxsig_usleep(1000);
  g_passed = -1;
  return 0;
}

static int kill_user_holder(int argc, char *argv[])
{
  int waiter;
  int pid;

  UNUSED_ARGS(argc, argv);
  reset();
  nxmutex_init_user(&g_mutex);
  g_passed = 0;
  pid = ktest_task("k", PRIO, user_holder);
  nxsig_usleep(1);
  waiter = ktest_task("t", 200, timed_locker);
  nxsched_kill(pid, 15);
  EQUAL(ktest_wait(pid), 15);
  EQUAL(g_passed, 0);
  EQUAL(nxmutex_is_locked(&g_mutex), true);
  EQUAL(nxmutex_trylock(&g_mutex), -EAGAIN);
  EQUAL(nxmutex_unlock(&g_mutex), -EPERM);
  EQUAL(ktest_wait(waiter), 0);
  EQUAL(g_result, -ETIMEDOUT);
  EQUAL(nxmutex_timedlock(&g_mutex, 1), -ETIMEDOUT);
  return 0;
}

/* A ring of three who wait for each other: inheritance must not go round
 * for ever; the time of one of them breaks it.
 */

static int ring_link(int argc, char *argv[])
{
  int i = atoi(argv[1]);
  int next = (i + 1) % 3;
  int ret;

  (void)argc;
  nxmutex_lock(&g_chain[i]);
  nxsig_usleep(10);
  ret = i == 0 ? nxmutex_timedlock(&g_chain[next], 5) :
                 nxmutex_lock(&g_chain[next]);
  EQUAL(ret, i == 0 ? -ETIMEDOUT : 0);
  if (ret == 0)
    {
      nxmutex_unlock(&g_chain[next]);
    }

  nxmutex_unlock(&g_chain[i]);
  return 0;
}

static int ring(int argc, char *argv[])
{
  int pid[3];
  int i;

  UNUSED_ARGS(argc, argv);
  reset();
  for (i = 0; i < 3; i++)
    {
      char text[2] =
      {
        (char)('0' + i), '\0'
      };

      char *args[] =
      {
        text, NULL
      };

      pid[i] = nxtask_create("ring", 50 + 10 * i, 0, ring_link, args);
    }

  nxsig_usleep(100);
  for (i = 0; i < 3; i++)
    {
      EQUAL(priority(pid[i]), 70);
    }

  for (i = 0; i < 3; i++)
    {
      EQUAL(ktest_wait(pid[i]), 0);
    }

  return 0;
}

KTEST(misuse);
KTEST(recursive);
KTEST(order_of_waiters);
KTEST(timeouts);
KTEST(chain);
KTEST(two_mutexes);
KTEST(inversion);
KTEST(interrupts);
KTEST(kill_holder);
KTEST(kill_user_holder);
KTEST(ring);

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_misuse),
    cmocka_unit_test(test_recursive),
    cmocka_unit_test(test_order_of_waiters),
    cmocka_unit_test(test_timeouts),
    cmocka_unit_test(test_chain),
    cmocka_unit_test(test_two_mutexes),
    cmocka_unit_test(test_inversion),
    cmocka_unit_test(test_interrupts),
    cmocka_unit_test(test_kill_holder),
    cmocka_unit_test(test_kill_user_holder),
    cmocka_unit_test(test_ring),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
