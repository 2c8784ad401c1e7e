/* tests/host/kernel/test_simrun.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The life of a kernel, and what wakes it.  Goal: a kernel ends with the
 * right status and leaves nothing behind, in whatever state its tasks are,
 * thousands of times; devices wake it when they are ready and only then,
 * and find the clock right; an idle kernel sleeps in one call.  Method:
 * scenarios; pipes and a timer of the host as devices; host_poll_wait() is
 * wrapped to count the sleeps; descriptors and mappings of the process are
 * counted before and after.
 */

#include "ktest.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/timerfd.h>
#include <syslog.h>
#include <unistd.h>

#include <nuttx/init.h>
#include <nuttx/syslog/syslog.h>

struct host_ready_s;

int __real_host_poll_wait(int poll, uint64_t timeout_ns,
                          struct host_ready_s *ready, int max);
int __wrap_host_poll_wait(int poll, uint64_t timeout_ns,
                          struct host_ready_s *ready, int max);

static unsigned int g_polls;
static sem_t g_sem;
static mutex_t g_mutex;
static int g_pipe[2][2];
static struct sim_event_s g_event[2];
static int g_ready[2];
static char g_log[512];

int __wrap_host_poll_wait(int poll, uint64_t timeout_ns,
                          struct host_ready_s *ready, int max)
{
  g_polls++;
  return __real_host_poll_wait(poll, timeout_ns, ready, max);
}

static void keep_log(const char *text, size_t len)
{
  size_t used = strlen(g_log);

  len = len < sizeof(g_log) - 1 - used ? len : sizeof(g_log) - 1 - used;
  memcpy(g_log + used, text, len);
  g_log[used + len] = '\0';
}

/* How it ends */

static int returns(int argc, char *argv[])
{
  EQUAL(g_nx_initstate, OSINIT_IDLELOOP);
  UNUSED_ARGS(argc, argv);
  return 42;
}

static int killed(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxsched_kill(1, SIGINT);
  nxsched_yield();
  return 0;
}

static int powers_off(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  sim_poweroff(7);
  sim_poweroff(8);
  EQUAL(nxsig_usleep(1000000), -EINTR);
  task_testcancel();
  CHECK(false);
  return 0;
}

static void poweroff_timer(wdparm_t arg)
{
  sim_poweroff((int)arg);
}

static int powered_off(int argc, char *argv[])
{
  static struct wdog_s wd;

  UNUSED_ARGS(argc, argv);
  wd_start(&wd, 100, poweroff_timer, 9);
  nxsem_init(&g_sem, 0, 0);
  nxsem_wait(&g_sem);
  return 0;
}

static void test_status(void **state)
{
  (void)state;
  assert_int_equal(g_nx_initstate, OSINIT_POWERUP);
  assert_int_equal(ktest_status(returns), 42);
  assert_int_equal(ktest_status(killed), 128 + SIGINT);
  assert_int_equal(ktest_status(powers_off), 7);
  assert_int_equal(ktest_status(powered_off), 9);
  assert_int_equal(sim_run(NULL, returns, 0, NULL), 42);
  assert_int_equal(g_nx_initstate, OSINIT_POWERUP);
}

static int fails(void)
{
  return -ENODEV;
}

static void test_boot_fails(void **state)
{
  unsigned long n;
  int status = 1;

  (void)state;
  g_ktest.bringup  = fails;
  g_ktest.loglevel = LOG_CRIT;
  assert_int_equal(ktest_status(returns), 1);
  g_ktest.bringup = NULL;

  /* Out of memory at each allocation of the boot */

  for (n = 1; status == 1; n++)
    {
      kmm_fail(n);
      status = ktest_status(returns);
    }

  kmm_fail(0);
  assert_int_equal(status, 42);
  assert_true(n > 4);
  g_ktest.loglevel = 0;
}

/* What is registered for the end: in reverse, when no task is left */

static void last_words(void *arg)
{
  CHECK(up_interrupt_context());
  CHECK(nxsched_get_tcb(1) == NULL);
  keep_log(arg, 1);
}

static int registers(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  kmm_fail(1);
  EQUAL(sim_atexit(last_words, "x"), -ENOMEM);
  EQUAL(sim_atexit(last_words, "1"), 0);
  EQUAL(sim_atexit(last_words, "2"), 0);
  return 0;
}

static void test_atexit(void **state)
{
  (void)state;
  g_log[0] = '\0';
  ktest(registers);
  assert_string_equal(g_log, "21");
}

/* Tasks in every state at the end */

static int in_sem(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxsem_wait(&g_sem);
  return 0;
}

static int in_tickwait(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxmutex_lock(&g_mutex);
  nxsem_tickwait_uninterruptible(&g_sem, CLOCK_MAX);
  nxmutex_unlock(&g_mutex);
  return 0;
}

static int in_mutex(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxmutex_lock(&g_mutex);
  nxmutex_unlock(&g_mutex);
  return 0;
}

static int in_child(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  ktest_task("grandchild", PRIO, in_sem);
  nxsched_waitpid(-1, NULL, 0);
  return 0;
}

static void *thread_sleeps(void *arg)
{
  nxsig_usleep(1000000);
  return arg;
}

static int in_join(int argc, char *argv[])
{
  struct tcb_s *tcb;

  UNUSED_ARGS(argc, argv);
  nxthread_create(NULL, PRIO, 0, thread_sleeps, NULL, &tcb);
  nxtask_activate(tcb);
  nxthread_join(tcb->pid, NULL);
  return 0;
}

static int leader_gone(int argc, char *argv[])
{
  struct tcb_s *tcb;

  UNUSED_ARGS(argc, argv);
  nxthread_create("orphaned", PRIO, 0, thread_sleeps, NULL, &tcb);
  nxtask_activate(tcb);
  nxthread_exit(NULL);
}

static int ends(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  return 0;
}

/* Does not listen for a while, but leaves within its second */

static int slow(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxsem_tickwait_uninterruptible(&g_sem, 900000);
  keep_log("slow", 4);
  return 0;
}

static int leaves_all(int argc, char *argv[])
{
  static const main_t entries[] =
  {
    in_sem, in_tickwait, in_mutex, in_child, in_join, leader_gone, ends, slow
  };

  struct tcb_s *tcb;
  unsigned int i;

  UNUSED_ARGS(argc, argv);
  nxsem_init(&g_sem, 0, 0);
  nxmutex_init(&g_mutex);
  for (i = 0; i < nitems(entries); i++)
    {
      ktest_task("left", PRIO, entries[i]);
    }

  nxsig_usleep(100);
  EQUAL(nxtask_create_ext("held", PRIO, 0, ends, NULL, &tcb), 0);
  ktest_task("new", PRIO, ends);
  return 0;
}

static int log_to_us(void)
{
  syslog_channel(keep_log);
  return 0;
}

static void test_leftovers(void **state)
{
  int value;

  (void)state;
  g_log[0] = '\0';
  g_ktest.bringup = log_to_us;
  ktest(leaves_all);
  g_ktest.bringup = NULL;

  /* Two waited for what cannot be interrupted */

  assert_non_null(strstr(g_log, "slow"));
  assert_non_null(strstr(g_log, "did not end: it waits for semaphore\n"));
  assert_non_null(strstr(g_log, "did not end: it waits for mutex\n"));
  assert_null(strstr(g_log, "did not end: it waits for sleep\n"));
  nxsem_get_value(&g_sem, &value);
  assert_int_equal(value, 0);
  assert_false(nxmutex_is_locked(&g_mutex));
}

static int count_files(void)
{
  DIR *dir = opendir("/proc/self/fd");
  int n = 0;

  assert_non_null(dir);
  while (readdir(dir) != NULL)
    {
      n++;
    }

  closedir(dir);
  return n;
}

static int count_maps(void)
{
  FILE *file = fopen("/proc/self/maps", "r");
  int n = 0;
  int c;

  assert_non_null(file);
  while ((c = getc(file)) != EOF)
    {
      n += c == '\n';
    }

  fclose(file);
  return n;
}

static int drop_log(void)
{
  g_log[0] = '\0';
  return log_to_us();
}

static void test_thousands_of_lives(void **state)
{
  int files;
  int maps;
  int i;

  (void)state;
  g_ktest.bringup = drop_log;
  for (i = 0; i < 100; i++)
    {
      ktest(leaves_all);
    }

  files = count_files();
  maps  = count_maps();
  for (i = 0; i < 2000; i++)
    {
      ktest(leaves_all);
    }

  g_ktest.bringup = NULL;
  assert_int_equal(count_files(), files);

  /* The heap may have grown by a few mappings, but not one for each life */

  assert_in_range(count_maps(), 0, maps + 100);
}

/* Devices */

static void open_pipes(void)
{
  int i;

  memset(g_event, 0, sizeof(g_event));
  memset(g_ready, 0, sizeof(g_ready));
  nxsem_init(&g_sem, 0, 0);
  for (i = 0; i < 2; i++)
    {
      CHECK(pipe(g_pipe[i]) == 0);
    }
}

static void close_pipes(void)
{
  int i;

  for (i = 0; i < 2; i++)
    {
      close(g_pipe[i][0]);
      close(g_pipe[i][1]);
    }
}

static void reads(void *arg, unsigned int events)
{
  int i = (int)(intptr_t)arg;
  char c;

  CHECK(up_interrupt_context());
  CHECK((events & (SIM_IN | SIM_HUP)) != 0);
  EQUAL(read(g_pipe[i][0], &c, 1), 1);
  g_ready[i]++;
  nxsem_post(&g_sem);
}

/* Removes the other one, which is in the same batch */

static void removes_other(void *arg, unsigned int events)
{
  int i = (int)(intptr_t)arg;

  (void)events;
  g_ready[i]++;
  EQUAL(sim_event_del(&g_event[1 - i]), 0);
  EQUAL(sim_event_del(&g_event[i]), 0);
  nxsem_post(&g_sem);
}

static void set_event(int i, void (*ready)(void *, unsigned int))
{
  g_event[i].fd    = g_pipe[i][0];
  g_event[i].ready = ready;
  g_event[i].arg   = (void *)(intptr_t)i;
}

static int writes(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxsig_usleep(100);
  EQUAL(write(g_pipe[0][1], "x", 1), 1);
  return 0;
}

static int events(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  open_pipes();
  set_event(0, reads);
  EQUAL(sim_event_mod(&g_event[0], SIM_IN), -ENOENT);
  EQUAL(sim_event_del(&g_event[0]), -ENOENT);
  EQUAL(sim_event_add(&g_event[0], SIM_IN), 0);
  EQUAL(sim_event_add(&g_event[0], SIM_IN), -EEXIST);

  /* Wakes, once for what came once */

  ktest_task("writer", PRIO, writes);
  EQUAL(nxsem_wait(&g_sem), 0);
  EQUAL(nxsem_tickwait(&g_sem, 1000), -ETIMEDOUT);
  EQUAL(g_ready[0], 1);

  /* Not wanted for a while */

  EQUAL(sim_event_mod(&g_event[0], 0), 0);
  EQUAL(write(g_pipe[0][1], "x", 1), 1);
  EQUAL(nxsem_tickwait(&g_sem, 1000), -ETIMEDOUT);
  EQUAL(sim_event_mod(&g_event[0], SIM_IN), 0);
  EQUAL(nxsem_wait(&g_sem), 0);

  /* While a task is busy, with and without a switch */

  EQUAL(write(g_pipe[0][1], "x", 1), 1);
  while (g_ready[0] < 3)
    {
      nxsched_yield();
    }

  EQUAL(write(g_pipe[0][1], "x", 1), 1);
  while (g_ready[0] < 4)
    {
      task_testcancel();
    }

  EQUAL(sim_event_del(&g_event[0]), 0);
  EQUAL(sim_event_del(&g_event[0]), -ENOENT);
  close_pipes();
  return 0;
}

/* While devices are let in, a task keeps its turn, until it is over. */

static int counts(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  g_ready[1]++;
  return 0;
}

static int keeps_turn(int argc, char *argv[])
{
  int i;

  UNUSED_ARGS(argc, argv);
  open_pipes();
  set_event(0, reads);
  EQUAL(sim_event_add(&g_event[0], SIM_IN), 0);
  EQUAL(write(g_pipe[0][1], "x", 1), 1);
  ktest_task("same", PRIO, counts);
  ktest_task("lower", PRIO - 1, counts);
  for (i = 0; i < 200; i++)
    {
      task_testcancel();
    }

  EQUAL(g_ready[0], 1);
  EQUAL(g_ready[1], 0);

  /* Unless one of a higher priority has become ready by it */

  ktest_task("higher", PRIO + 1, counts);
  for (i = 0; i < 200; i++)
    {
      task_testcancel();
    }

  EQUAL(g_ready[1], 1);
  for (i = 0; i < 2000; i++)
    {
      task_testcancel();
    }

  EQUAL(g_ready[1], 2);              /* The one of the same, no lower one */
  EQUAL(sim_event_del(&g_event[0]), 0);
  close_pipes();
  return 0;
}

/* What a call has moved counts as calls: a device that has something is let
 * in after fewer of them.
 */

static int calls_until_served(void)
{
  int served = g_ready[0];
  int calls = 0;

  EQUAL(write(g_pipe[0][1], "x", 1), 1);
  while (g_ready[0] == served)
    {
      task_testcancel();
      calls++;
    }

  return calls;
}

static int charged(int argc, char *argv[])
{
  int all;

  UNUSED_ARGS(argc, argv);
  open_pipes();
  set_event(0, reads);
  EQUAL(sim_event_add(&g_event[0], SIM_IN), 0);
  calls_until_served();
  all = calls_until_served();
  CHECK(all > 20);
  nxsched_charge(0);
  EQUAL(calls_until_served(), all);
  nxsched_charge(10240);
  EQUAL(calls_until_served(), all - 10);
  nxsched_charge(65536);
  EQUAL(calls_until_served(), 1);
  nxsched_charge(SIZE_MAX);
  EQUAL(calls_until_served(), 1);
  EQUAL(calls_until_served(), all);
  EQUAL(sim_event_del(&g_event[0]), 0);
  close_pipes();
  return 0;
}

static int bad_files(int argc, char *argv[])
{
  int fd = open("/proc/self/exe", O_RDONLY);
  struct sim_event_s twin;

  UNUSED_ARGS(argc, argv);
  open_pipes();
  set_event(0, reads);
  g_event[0].fd = -1;
  EQUAL(sim_event_add(&g_event[0], SIM_IN), -EBADF);
  g_event[0].fd = fd;
  EQUAL(sim_event_add(&g_event[0], SIM_IN), -EPERM);
  EQUAL(g_event[0].active, false);
  set_event(0, reads);
  twin = g_event[0];
  EQUAL(sim_event_add(&g_event[0], SIM_IN), 0);
  EQUAL(sim_event_add(&twin, SIM_IN), -EEXIST);
  EQUAL(sim_event_del(&g_event[0]), 0);
  close(fd);
  close_pipes();
  return 0;
}

static int batch(int argc, char *argv[])
{
  int i;

  UNUSED_ARGS(argc, argv);
  open_pipes();
  for (i = 0; i < 2; i++)
    {
      set_event(i, removes_other);
      EQUAL(sim_event_add(&g_event[i], SIM_IN), 0);
      EQUAL(write(g_pipe[i][1], "x", 1), 1);
    }

  EQUAL(nxsem_wait(&g_sem), 0);
  EQUAL(nxsem_tickwait(&g_sem, 1000), -ETIMEDOUT);
  EQUAL(g_ready[0] + g_ready[1], 1);
  close_pipes();
  return 0;
}

/* One sleep is one call: the kernel waits for a timer, for a device, and for
 * a device with a timer behind it.
 */

static int sleeps(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  open_pipes();
  nxsig_usleep(1);
  g_polls = 0;
  nxsig_usleep(20000);
  EQUAL(g_polls, 1);

  set_event(0, reads);
  sim_event_add(&g_event[0], SIM_IN);
  EQUAL(write(g_pipe[0][1], "xx", 2), 2);
  g_polls = 0;
  EQUAL(nxsem_wait(&g_sem), 0);
  EQUAL(g_polls, 1);
  EQUAL(nxsem_tickwait(&g_sem, 1000000), 0);
  EQUAL(g_polls, 2);
  sim_event_del(&g_event[0]);
  close_pipes();
  return 0;
}

/* What a device is told of happens now, not when the sleep began: a timer of
 * the host is the device, and tells after 5 ms
 */

static uint64_t g_told;

static void tells(void *arg, unsigned int events)
{
  uint64_t n;

  (void)arg;
  (void)events;
  g_told = clock_systime_ns();
  EQUAL(read(g_event[0].fd, &n, sizeof(n)), sizeof(n));
  nxsem_post(&g_sem);
}

static int told_in_time(int argc, char *argv[])
{
  const struct itimerspec due =
  {
    .it_value.tv_nsec = 5000000,
  };

  uint64_t before = clock_refresh();

  UNUSED_ARGS(argc, argv);
  memset(g_event, 0, sizeof(g_event));
  nxsem_init(&g_sem, 0, 0);
  g_event[0].fd    = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  g_event[0].ready = tells;
  CHECK(g_event[0].fd >= 0);
  EQUAL(timerfd_settime(g_event[0].fd, 0, &due, NULL), 0);
  EQUAL(sim_event_add(&g_event[0], SIM_IN), 0);
  EQUAL(nxsem_wait(&g_sem), 0);
  CHECK(g_told >= before + 5000000);
  EQUAL(sim_event_del(&g_event[0]), 0);
  close(g_event[0].fd);
  return 0;
}

static void test_sleeps(void **state)
{
  (void)state;
  g_ktest.virtual_time = false;
  ktest(sleeps);
  ktest(told_in_time);
  ktest(events);
  ktest(batch);
  g_ktest.virtual_time = true;
}

/* The log */

static int logs(int argc, char *argv[])
{
  char text[1001];

  UNUSED_ARGS(argc, argv);
  syslog_channel(keep_log);
  g_log[0] = '\0';
  syslog(LOG_INFO, "no\n");
  syslog(LOG_ERR, "one %d\n", 1);
  syslog(LOG_WARNING, "two");
  CHECK(strcmp(g_log, "one 1\ntwo\n") == 0);
  EQUAL(setlogmask(LOG_UPTO(LOG_DEBUG)), LOG_UPTO(LOG_WARNING));
  EQUAL(setlogmask(0), LOG_UPTO(LOG_DEBUG));
  g_log[0] = '\0';
  memset(text, 'x', sizeof(text) - 1);
  text[1000] = '\0';
  syslog(LOG_DEBUG, "%.300s", text);
  EQUAL(strlen(g_log), 301);
  g_log[0] = '\0';
  kmm_fail(1);
  syslog(LOG_DEBUG, "%.300s", text);
  EQUAL(strlen(g_log), 255);
  return 0;
}

KTEST(events);
KTEST(keeps_turn);
KTEST(charged);
KTEST(bad_files);
KTEST(batch);
KTEST(logs);

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_status),
    cmocka_unit_test(test_boot_fails),
    cmocka_unit_test(test_atexit),
    cmocka_unit_test(test_leftovers),
    cmocka_unit_test(test_thousands_of_lives),
    cmocka_unit_test(test_events),
    cmocka_unit_test(test_keeps_turn),
    cmocka_unit_test(test_charged),
    cmocka_unit_test(test_bad_files),
    cmocka_unit_test(test_batch),
    cmocka_unit_test(test_sleeps),
    cmocka_unit_test(test_logs),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
