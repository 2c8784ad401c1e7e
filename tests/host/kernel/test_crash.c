/* tests/host/kernel/test_crash.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * When the kernel gives up.  Goal: each report says what, where, and lists
 * the tasks with what they wait for; the process ends with the documented
 * status; and nothing that is merely idle is reported.  Method: each crash
 * happens in a child process, whose output is searched.
 */

#include "ktest.h"

#include <assert.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nuttx/spinlock.h>

static char g_text[65536];
static sem_t g_sem;
static mutex_t g_mutex[2];
static spinlock_t g_lock;
static volatile int g_zero;

static void contains(const char *what)
{
  if (strstr(g_text, what) == NULL)
    {
      print_message("not found: '%s' in\n%s\n", what, g_text);
      fail();
    }
}

/* Run; the process must end by a signal, with the text and a list of tasks
 * in the report.
 */

static void crash(main_t scenario, int sig, const char *what)
{
  int status = ktest_fork(scenario, g_text, sizeof(g_text));

  assert_true(WIFSIGNALED(status));
  assert_int_equal(WTERMSIG(status), sig);
  contains(what);
  contains("TASK  GROUP PRI STATE");
  contains("idle");
}

/* Deadlocks */

static int waits(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxsem_wait(&g_sem);
  return 0;
}

static int cross(int argc, char *argv[])
{
  int i = argv[0][0] - '0';

  (void)argc;
  nxmutex_lock(&g_mutex[i]);
  nxsig_usleep(10);
  nxmutex_lock(&g_mutex[1 - i]);
  return 0;
}

static void last_words(void *arg)
{
  fprintf(stderr, "last words: %s\n", (const char *)arg);
}

static int deadlock(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  sim_atexit(last_words, "goodbye");
  nxsem_init(&g_sem, 0, 0);
  nxmutex_init(&g_mutex[0]);
  nxmutex_init(&g_mutex[1]);
  ktest_task("waits-for-sem", PRIO, waits);
  ktest_task("0-crosses", PRIO, cross);
  ktest_task("1-crosses", PRIO, cross);
  nxsig_usleep(50);
  nxsched_waitpid(-1, NULL, 0);
  return 0;
}

static void test_deadlock(void **state)
{
  int status;

  (void)state;
  status = ktest_fork(deadlock, g_text, sizeof(g_text));
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), SIM_EXIT_DEADLOCK);
  contains("deadlock: no task can run");
  contains("0.000050 s after boot");
  contains("init  <- child");
  contains("waits-for-sem  <- semaphore");
  contains("0-crosses  <- mutex");
  contains("1-crosses  <- mutex");
  contains("test_crash(");
  contains("last words: goodbye");

  g_ktest.virtual_time = false;
  status = ktest_fork(deadlock, g_text, sizeof(g_text));
  g_ktest.virtual_time = true;
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), SIM_EXIT_DEADLOCK);
  contains("deadlock: no task can run");
}

/* A device that could wake somebody is no deadlock; a weak one is. */

static int g_fd[2];
static struct sim_event_s g_event;

static void hang_up(void *arg, unsigned int events)
{
  (void)arg;
  CHECK((events & SIM_WEAK) == 0);
  sim_poweroff(33);
}

static int device(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxsem_init(&g_sem, 0, 0);
  g_event.fd    = g_fd[0];
  g_event.ready = hang_up;
  CHECK(sim_event_add(&g_event, SIM_IN) == 0);
  nxsem_wait(&g_sem);
  return 0;
}

static int weak_device(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxsem_init(&g_sem, 0, 0);
  g_event.fd    = g_fd[0];
  g_event.ready = hang_up;
  CHECK(sim_event_add(&g_event, SIM_IN | SIM_WEAK) == 0);
  nxsem_wait(&g_sem);
  return 0;
}

static int unwanted_device(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxsem_init(&g_sem, 0, 0);
  g_event.fd    = g_fd[0];
  g_event.ready = hang_up;
  CHECK(sim_event_add(&g_event, SIM_IN) == 0);
  CHECK(sim_event_mod(&g_event, 0) == 0);
  nxsem_wait(&g_sem);
  return 0;
}

/* Closed before it was removed: it keeps nothing alive. */

static int closed_device(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxsem_init(&g_sem, 0, 0);
  g_event.fd    = dup(g_fd[0]);
  g_event.ready = hang_up;
  CHECK(sim_event_add(&g_event, SIM_IN) == 0);
  close(g_event.fd);
  CHECK(sim_event_del(&g_event) == -EBADF);
  CHECK(sim_event_del(&g_event) == -ENOENT);
  nxsem_wait(&g_sem);
  return 0;
}

static void test_devices(void **state)
{
  int i;

  (void)state;
  for (i = 0; i < 2; i++)
    {
      int status;

      g_ktest.virtual_time = i == 0;
      assert_int_equal(pipe(g_fd), 0);
      status = ktest_fork(weak_device, g_text, sizeof(g_text));
      assert_int_equal(WEXITSTATUS(status), SIM_EXIT_DEADLOCK);
      status = ktest_fork(closed_device, g_text, sizeof(g_text));
      assert_int_equal(WEXITSTATUS(status), SIM_EXIT_DEADLOCK);
      assert_null(strstr(g_text, "failed"));
      status = ktest_fork(unwanted_device, g_text, sizeof(g_text));
      assert_int_equal(WEXITSTATUS(status), SIM_EXIT_DEADLOCK);

      /* Ready already when the kernel goes to sleep */

      assert_int_equal(write(g_fd[1], "x", 1), 1);
      status = ktest_fork(device, g_text, sizeof(g_text));
      assert_int_equal(WEXITSTATUS(status), 33);
      close(g_fd[0]);
      close(g_fd[1]);
    }

  g_ktest.virtual_time = true;
}

/* Assertions */

static int asserts(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxsig_usleep(1500000);
  ASSERT(g_zero == 1);
  return 0;
}

static void asserts_in_timer(wdparm_t arg)
{
  (void)arg;
  VERIFY(g_zero - 1);
}

static int timer(int argc, char *argv[])
{
  static struct wdog_s wd;

  UNUSED_ARGS(argc, argv);
  wd_start(&wd, 1, asserts_in_timer, 0);
  nxsig_usleep(10);
  return 0;
}

static int panics(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  PANIC();
}

static void blocks_in_timer(wdparm_t arg)
{
  nxsem_wait((sem_t *)arg);
}

static int blocking_timer(int argc, char *argv[])
{
  static struct wdog_s wd;

  UNUSED_ARGS(argc, argv);
  nxsem_init(&g_sem, 0, 0);
  wd_start(&wd, 1, blocks_in_timer, (wdparm_t)&g_sem);
  nxsig_usleep(10);
  return 0;
}

static int blocks_with_spinlock(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  spin_lock_init(&g_lock);
  spin_lock_irqsave(&g_lock);
  nxsig_usleep(10);
  return 0;
}

static int locks_twice(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  spin_lock_init(&g_lock);
  spin_lock_irqsave(&g_lock);
  spin_lock_irqsave(&g_lock);
  return 0;
}

static int exits_with_mutex(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxmutex_init(&g_mutex[0]);
  nxmutex_lock(&g_mutex[0]);
  return 0;
}

static int runs_again(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  return sim_run(NULL, panics, 0, NULL);
}

/* Killed, but never lets go */

static int obstinate(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxsem_init(&g_sem, 0, 0);
  nxsched_kill(1, SIGTERM);
  while (nxsem_wait(&g_sem) < 0)
    {
    }

  return 0;
}

static void test_assertions(void **state)
{
  (void)state;
  crash(asserts, SIGABRT, "test_crash.c:");
  contains("assertion failed: g_zero == 1\n"
           "  in task 1 (init), 1.500000 s after boot\n");
  crash(timer, SIGABRT,
        "assertion failed: !((g_zero - 1) < 0)\n"
        "  in task 0 (idle), in interrupt context");
  crash(panics, SIGABRT, "assertion failed: panic");
  crash(blocking_timer, SIGABRT, "sched/semaphore.c:");
  crash(blocks_with_spinlock, SIGABRT, "g_irq.locks == 0");
  crash(locks_twice, SIGABRT, "include/nuttx/spinlock.h:");
  crash(exits_with_mutex, SIGABRT, "self->nlocks == 0");
  crash(obstinate, SIGABRT, "a task that was killed waits again");
  crash(runs_again, SIGABRT, "arch/sim/sim_run.c:");
}

/* Faults */

static int recurse(int depth)
{
  volatile char frame[200];

  frame[depth % 200] = (char)depth;
  return depth == INT32_MAX ? 0 : recurse(depth + 1) + frame[depth % 7];
}

static int overflows(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  return recurse(g_zero);
}

static int overflow(int argc, char *argv[])
{
  int pid = nxtask_create("greedy", PRIO, 1, overflows, NULL);

  UNUSED_ARGS(argc, argv);
  nxsched_waitpid(pid, NULL, 0);
  return 0;
}

static int faults(int argc, char *argv[])
{
  volatile int *nowhere = (volatile int *)(uintptr_t)(g_zero + 4096 + 64);

  UNUSED_ARGS(argc, argv);
  return *nowhere;
}

static void test_faults(void **state)
{
  (void)state;
  crash(overflow, SIGSEGV,
        "stack overflow: task 4 (greedy) has used all of its");
  contains("init  <- child");
  contains("  at ");
  crash(faults, SIGSEGV, "memory fault: access to 0x1040\n");
  contains("in task 1 (init)");
  contains("hpwork  <- semaphore");
}

/* The hook of tests: the assertion that it jumps out of has no effect. */

static jmp_buf g_jump;

static void catch_panic(const char *file, int line, const char *what)
{
  (void)file;
  (void)line;
  CHECK(strcmp(what, "g_zero == 7") == 0);
  longjmp(g_jump, 1);
}

static int caught(int argc, char *argv[])
{
  volatile int n = 0;

  UNUSED_ARGS(argc, argv);
  g_sim_panic_hook = catch_panic;
  if (setjmp(g_jump) == 0)
    {
      ASSERT(g_zero == 7);
    }
  else
    {
      n = 5;
    }

  g_sim_panic_hook = NULL;
  EQUAL(n, 5);
  return 0;
}

KTEST(caught);

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_deadlock),
    cmocka_unit_test(test_devices),
    cmocka_unit_test(test_assertions),
    cmocka_unit_test(test_faults),
    cmocka_unit_test(test_caught),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
