/* tests/host/kernel/test_task.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Tasks, threads and groups: how they begin and end.  Goal: every end leaves
 * exactly what the parent may still ask for; a kill ends what it may end,
 * and nothing else; limits are those of memory.  Method: scenarios under
 * virtual time; the heap is counted before and after (ktest.c).
 */

#include "ktest.h"

#include <signal.h>
#include <sys/wait.h>

#define EXITED(n) ((n) << 8)

static sem_t g_sem;
static mutex_t g_mutex;
static int g_count;
static int g_pid;

static int exits(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  return 300;
}

static int sleeps(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxsig_usleep(1000);
  g_count++;
  return 5;
}

static int waits(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  nxsem_wait(&g_sem);
  g_count++;
  return 6;
}

static void reset(void)
{
  nxsem_init(&g_sem, 0, 0);
  nxmutex_init_user(&g_mutex);
  g_count = 0;
}

/* Arguments */

static int arguments(int argc, char *argv[])
{
  EQUAL(argc, 3);
  CHECK(strcmp(argv[0], "a name that is longer than what") == 0);
  CHECK(strcmp(argv[1], "one") == 0);
  CHECK(strcmp(argv[2], "") == 0);
  CHECK(argv[3] == NULL);
  argv[1][0] = 'x';
  return 0;
}

static int passing_arguments(int argc, char *argv[])
{
  char one[] = "one";
  char two[] = "";
  char *args[] =
  {
    one, two, NULL
  };

  int pid;

  EQUAL(argc, 1);
  CHECK(strcmp(argv[0], "test") == 0);
  pid = nxtask_create("a name that is longer than what fits", PRIO, 0,
                      arguments, args);
  one[0] = 'z';
  EQUAL(ktest_wait(pid), 0);
  EQUAL(one[0], 'z');
  return 0;
}

static int refused(int argc, char *argv[])
{
  struct tcb_s *tcb;

  UNUSED_ARGS(argc, argv);
  EQUAL(nxtask_create("x", 0, 0, exits, NULL), -EINVAL);
  EQUAL(nxtask_create("x", 256, 0, exits, NULL), -EINVAL);
  EQUAL(nxtask_create("x", PRIO, 0, NULL, NULL), -EINVAL);
  EQUAL(nxtask_create("x", PRIO, SIZE_MAX, exits, NULL), -ENOMEM);
  EQUAL(nxthread_create("x", PRIO, 0, NULL, NULL, &tcb), -EINVAL);
  EQUAL(nxsched_set_priority(nxsched_self(), 0), -EINVAL);
  EQUAL(nxsched_set_priority(nxsched_self(), 256), -EINVAL);
  EQUAL(nxsched_waitpid(-1, NULL, 0), -ECHILD);
  EQUAL(nxsched_waitpid(1, NULL, 0), -ECHILD);
  EQUAL(nxsched_waitpid(4711, NULL, 0), -ECHILD);
  EQUAL(nxsched_waitpid(-2, NULL, 0), -ECHILD);
  EQUAL(nxsched_waitpid(-1, NULL, 64), -EINVAL);
  EQUAL(nxsched_kill(4711, SIGTERM), -ESRCH);
  EQUAL(nxsched_kill(-1, SIGTERM), -ESRCH);
  EQUAL(nxsched_kill(0, SIGTERM), -EPERM);
  EQUAL(nxsched_kill(2, SIGKILL), -EPERM);
  EQUAL(nxsched_kill(1, 1000), -EINVAL);
  EQUAL(nxsched_kill(1, -1), -EINVAL);
  EQUAL(nxsched_kill(1, SIGSTOP), -EINVAL);
  EQUAL(nxsched_kill(1, 0), 0);
  EQUAL(nxsched_kill(1, SIGCHLD), 0);
  EQUAL(nxthread_join(4711, NULL), -ESRCH);
  EQUAL(nxthread_join(2, NULL), -ESRCH);
  EQUAL(nxthread_join(1, NULL), -EDEADLK);
  EQUAL(nxthread_detach(2), -ESRCH);
  CHECK(nxsched_get_tcb(4711) == NULL);
  EQUAL(nxsched_gettid(), 1);
  EQUAL(nxsched_getppid(), 0);
  return 0;
}

/* Memory runs out at each allocation of a creation in turn. */

static int no_memory(int argc, char *argv[])
{
  struct kmm_info_s before;
  struct kmm_info_s after;
  int pid = -ENOMEM;
  unsigned long n;

  UNUSED_ARGS(argc, argv);
  kmm_getinfo(&before);
  for (n = 1; pid < 0; n++)
    {
      kmm_fail(n);
      pid = nxtask_create("x", PRIO, 0, exits, NULL);
      kmm_fail(0);
      if (pid < 0)
        {
          EQUAL(pid, -ENOMEM);
          kmm_getinfo(&after);
          EQUAL(after.nblocks, before.nblocks);
        }
    }

  CHECK(n > 2);
  EQUAL(ktest_wait(pid), EXITED(300 & 0xff));
  return 0;
}

/* Children end in another order than they were made; wait finds each. */

static int waiting(int argc, char *argv[])
{
  int status;
  int a;
  int b;
  int c;

  UNUSED_ARGS(argc, argv);
  reset();
  a = ktest_task("a", PRIO, sleeps);
  b = ktest_task("b", PRIO, exits);
  c = ktest_task("c", PRIO, waits);
  EQUAL(nxsched_waitpid(a, &status, WNOHANG), 0);
  EQUAL(nxsched_waitpid(-1, &status, WNOHANG), 0);
  EQUAL(nxsched_waitpid(0, &status, 0), b);
  EQUAL(status, EXITED(300 & 0xff));
  EQUAL(nxsched_waitpid(b, &status, 0), -ECHILD);
  EQUAL(nxsched_waitpid(-1, &status, 0), a);
  EQUAL(status, EXITED(5));
  nxsem_post(&g_sem);
  nxsched_yield();
  CHECK(nxsched_get_tcb(c) == NULL);
  EQUAL(nxsched_kill(c, SIGTERM), 0);
  EQUAL(nxsched_waitpid(c, NULL, WNOHANG), c);
  EQUAL(nxsched_kill(c, 0), -ESRCH);
  EQUAL(nxsched_waitpid(-1, &status, 0), -ECHILD);
  return 0;
}

/* Orphans are reaped; who waits must be the parent. */

static int leaves_children(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  ktest_task("dead", PRIO, exits);
  g_pid = ktest_task("alive", PRIO, sleeps);
  nxsched_yield();
  return 0;
}

static int orphans(int argc, char *argv[])
{
  struct kmm_info_s before;
  struct kmm_info_s after;
  int pid;

  UNUSED_ARGS(argc, argv);
  reset();
  kmm_getinfo(&before);
  pid = ktest_task("parent", PRIO, leaves_children);
  nxsched_yield();
  EQUAL(nxsched_get_tcb(g_pid)->group->ppid, pid);
  EQUAL(nxsched_waitpid(g_pid, NULL, 0), -ECHILD);
  EQUAL(ktest_wait(pid), 0);
  EQUAL(nxsched_get_tcb(g_pid)->group->ppid, 0);
  nxsig_usleep(2000);
  EQUAL(g_count, 1);
  CHECK(nxsched_get_tcb(g_pid) == NULL);
  EQUAL(nxsched_kill(g_pid, 0), -ESRCH);
  kmm_getinfo(&after);
  EQUAL(after.nblocks, before.nblocks);
  return 0;
}

/* Kill in every kind of wait, with and without a warning */

static int wait_child(int argc, char *argv[])
{
  ktest_task("grandchild", PRIO, waits);
  UNUSED_ARGS(argc, argv);
  EQUAL(nxsched_waitpid(-1, NULL, 0), -EINTR);
  nxsched_yield();
  g_count++;
  return 0;
}

static void *thread_waits(void *arg)
{
  nxsem_wait(&g_sem);
  return arg;
}

static int wait_join(int argc, char *argv[])
{
  struct tcb_s *tcb;

  UNUSED_ARGS(argc, argv);
  nxthread_create("t", PRIO, 0, thread_waits, NULL, &tcb);
  nxtask_activate(tcb);
  nxthread_join(tcb->pid, NULL);
  nxsched_yield();
  g_count++;
  return 0;
}

static int wait_mutex(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  EQUAL(nxmutex_lock_interruptible(&g_mutex), -EINTR);
  task_testcancel();
  g_count++;
  return 0;
}

static int wait_sem(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  for (; ; )
    {
      task_testcancel();
      if (nxsem_tickwait(&g_sem, 100000) != -EINTR)
        {
          g_count++;
        }
    }

  return 0;
}

static int wait_sleep(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  for (; ; )
    {
      nxsig_usleep(100000);
    }

  return 0;
}

static int wait_busy(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  for (; ; )
    {
      nxsched_yield();
    }

  return 0;
}

static int kill_waits(int argc, char *argv[])
{
  static const main_t entries[] =
  {
    wait_child, wait_join, wait_mutex, wait_sem, wait_sleep, wait_busy
  };

  unsigned int i;
  int pid;

  UNUSED_ARGS(argc, argv);
  reset();
  nxmutex_lock(&g_mutex);
  for (i = 0; i < nitems(entries); i++)
    {
      /* While it waits */

      pid = ktest_task("victim", PRIO, entries[i]);
      nxsched_yield();
      nxsched_yield();
      EQUAL(nxsched_kill(pid, SIGINT), 0);
      EQUAL(nxsched_kill(pid, SIGTERM), 0);
      EQUAL(ktest_wait(pid), SIGINT);

      /* Before it has run at all */

      if (entries[i] != wait_child)
        {
          pid = ktest_task("victim", PRIO, entries[i]);
          EQUAL(nxsched_kill(pid, SIGKILL), 0);
          EQUAL(ktest_wait(pid), SIGKILL);
        }
    }

  EQUAL(g_count, 0);
  EQUAL(clock_systime_ns(), 0);
  nxsem_post(&g_sem);
  nxmutex_unlock(&g_mutex);
  nxsig_usleep(1);
  EQUAL(g_count, 1);
  return 0;
}

/* An uninterruptible wait is not ended, the task is, afterwards. */

static int stubborn(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  EQUAL(nxsem_wait_uninterruptible(&g_sem), 0);
  g_count++;
  EQUAL(nxsem_tickwait_uninterruptible(&g_sem, 100), -ETIMEDOUT);
  g_count++;
  EQUAL(nxsem_wait(&g_sem), -EINTR);
  EQUAL(nxsem_wait(&g_sem), -EINTR);
  EQUAL(nxsem_trywait(&g_sem), -EAGAIN);
  g_count++;
  task_testcancel();
  g_count = -1;
  return 0;
}

static int kill_stubborn(int argc, char *argv[])
{
  int pid;

  UNUSED_ARGS(argc, argv);
  reset();
  pid = ktest_task("stubborn", PRIO, stubborn);
  nxsig_usleep(1);
  nxsched_kill(pid, SIGTERM);
  nxsig_usleep(1000);
  EQUAL(g_count, 0);
  EQUAL(nxsched_waitpid(pid, NULL, WNOHANG), 0);
  nxsem_post(&g_sem);
  EQUAL(ktest_wait(pid), SIGTERM);
  EQUAL(g_count, 3);
  return 0;
}

static int suicide(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  EQUAL(nxsched_kill(nxsched_getpid(), SIGTERM), 0);
  g_count++;
  return 0;
}

static int kill_self(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  reset();
  EQUAL(ktest_wait(ktest_task("self", PRIO, suicide)), SIGTERM);
  EQUAL(g_count, 1);
  return 0;
}

/* Threads */

static void *adds(void *arg)
{
  nxsched_yield();
  g_count += *(int *)arg;
  return arg;
}

static int thread(nxthread_entry_t entry, void *arg)
{
  struct tcb_s *tcb;

  EQUAL(nxthread_create(NULL, PRIO, 0, entry, arg, &tcb), 0);
  nxtask_activate(tcb);
  return tcb->pid;
}

static void *joins_me(void *arg)
{
  EQUAL(nxthread_join(*(int *)arg, NULL), 0);
  g_count++;
  return NULL;
}

static int threads(int argc, char *argv[])
{
  int one = 1;
  void *result;
  int a;
  int b;

  UNUSED_ARGS(argc, argv);
  reset();
  a = thread(adds, &one);
  EQUAL(nxsched_get_tcb(a)->group->pid, 1);
  EQUAL(nxthread_join(a, &result), 0);
  CHECK(result == &one);
  EQUAL(nxthread_join(a, &result), -ESRCH);

  /* Exited before it is joined */

  a = thread(adds, &one);
  nxsig_usleep(1);
  CHECK(nxsched_get_tcb(a) == NULL);
  EQUAL(nxthread_join(a, NULL), 0);

  /* Detached: before, and after it has exited */

  a = thread(adds, &one);
  EQUAL(nxthread_detach(a), 0);
  EQUAL(nxthread_detach(a), -EINVAL);
  EQUAL(nxthread_join(a, NULL), -EINVAL);
  nxsig_usleep(1);
  EQUAL(nxthread_detach(a), -ESRCH);
  a = thread(adds, &one);
  nxsig_usleep(1);
  EQUAL(nxthread_detach(a), 0);
  EQUAL(nxthread_join(a, NULL), -ESRCH);
  EQUAL(g_count, 4);

  /* Two cannot join the same */

  a = thread(thread_waits, NULL);
  b = thread(joins_me, &a);
  nxsched_yield();
  EQUAL(nxthread_join(a, NULL), -EINVAL);
  EQUAL(nxthread_detach(a), -EINVAL);
  nxsem_post(&g_sem);
  EQUAL(nxthread_join(b, NULL), 0);
  EQUAL(g_count, 5);

  /* Given up before it ran */

  nxtask_abandon((nxthread_create("x", PRIO, 0, adds, &one,
                                  (struct tcb_s **)&result), result));
  EQUAL(g_count, 5);
  return 0;
}

/* The end of a group: main returns, or a thread exits for all, or main ends
 * alone and the others go on; one thread has never run.
 */

static void *exits_all(void *arg)
{
  (void)arg;
  nxsig_usleep(100);
  nxtask_exit(9);
}

static void *long_thread(void *arg)
{
  g_count += nxsig_usleep(500) == 0;
  return arg;
}

static int main_returns(int argc, char *argv[])
{
  struct tcb_s *tcb;

  UNUSED_ARGS(argc, argv);
  thread(long_thread, NULL);
  thread(thread_waits, NULL);
  nxthread_create(NULL, PRIO, 0, long_thread, NULL, &tcb);
  nxsig_usleep(10);
  return 8;
}

static int thread_exits(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  thread(exits_all, NULL);
  thread(exits_all, NULL);
  thread(thread_waits, NULL);
  EQUAL(nxsem_wait(&g_sem), -EINTR);
  task_testcancel();
  g_count++;
  return 1;
}

static int main_leaves(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  thread(long_thread, NULL);
  nxthread_exit(NULL);
}

static int group_ends(int argc, char *argv[])
{
  int pid;

  UNUSED_ARGS(argc, argv);
  reset();
  EQUAL(ktest_wait(ktest_task("a", PRIO, main_returns)), EXITED(8));
  EQUAL(clock_systime_ns(), 10000);
  EQUAL(ktest_wait(ktest_task("b", PRIO, thread_exits)), EXITED(9));
  EQUAL(g_count, 0);

  pid = ktest_task("c", PRIO, main_leaves);
  nxsig_usleep(100);
  CHECK(nxsched_get_tcb(pid) == NULL);
  EQUAL(nxsched_kill(pid, 0), 0);
  EQUAL(nxsched_waitpid(pid, NULL, WNOHANG), 0);
  EQUAL(ktest_wait(pid), 0);
  EQUAL(g_count, 1);

  pid = ktest_task("c", PRIO, main_leaves);
  nxsig_usleep(100);
  EQUAL(nxsched_kill(pid, SIGTERM), 0);
  EQUAL(ktest_wait(pid), SIGTERM);
  EQUAL(g_count, 1);
  return 0;
}

/* Held tasks */

static int held(int argc, char *argv[])
{
  struct tcb_s *tcb;

  UNUSED_ARGS(argc, argv);
  reset();
  EQUAL(nxtask_create_ext("h", 200, 0, sleeps, NULL, &tcb), 0);
  nxsig_usleep(5000);
  EQUAL(g_count, 0);
  EQUAL(nxsched_waitpid(tcb->pid, NULL, WNOHANG), 0);
  nxtask_activate(tcb);
  EQUAL(ktest_wait(tcb->pid), EXITED(5));
  EQUAL(g_count, 1);

  EQUAL(nxtask_create_ext("h", 200, 0, sleeps, NULL, &tcb), 0);
  nxtask_abandon(tcb);
  EQUAL(nxsched_waitpid(-1, NULL, 0), -ECHILD);

  /* One is left to the shutdown */

  EQUAL(nxtask_create_ext("h", 200, 0, sleeps, NULL, &tcb), 0);
  return 0;
}

/* Hooks: set up in order, torn down in reverse; a failure undoes what was
 * done; the exit may block.
 */

static char g_log[32];
static int g_fail;

static void note(char what)
{
  size_t len = strlen(g_log);

  if (len < sizeof(g_log) - 1)
    {
      g_log[len] = what;
      g_log[len + 1] = '\0';
    }
}

static int init_a(struct task_group_s *group, struct task_group_s *parent)
{
  EQUAL(parent == NULL, group->pid == 1);
  note('a');
  group->files = group;
  return 0;
}

static void exit_a(struct task_group_s *group)
{
  CHECK(group->files == group);
  note('A');
}

static int init_b(struct task_group_s *group, struct task_group_s *parent)
{
  (void)group;
  (void)parent;
  note('b');
  return g_fail;
}

static void exit_b(struct task_group_s *group)
{
  (void)group;
  if (!sched_idletask())
    {
      EQUAL(nxsig_usleep(1000), 0);
    }

  note('B');
}

static struct group_hook_s g_hook_a =
{
  .init = init_a,
  .exit = exit_a
};

static struct group_hook_s g_hook_b =
{
  .init = init_b,
  .exit = exit_b
};

static struct group_hook_s g_hook_late;

static int bring_hooks(void)
{
  g_log[0] = '\0';
  g_fail   = 0;
  EQUAL(group_hook_register(&g_hook_a), 0);
  EQUAL(group_hook_register(&g_hook_b), 0);
  return 0;
}

static int hooks(int argc, char *argv[])
{
  int pid;

  UNUSED_ARGS(argc, argv);
  reset();
  CHECK(strcmp(g_log, "ab") == 0);
  EQUAL(group_hook_register(&g_hook_late), -EBUSY);
  g_log[0] = '\0';

  EQUAL(ktest_wait(ktest_task("x", PRIO, exits)), EXITED(300 & 0xff));
  CHECK(strcmp(g_log, "abBA") == 0);

  /* Killed during its exit hook: too late */

  pid = ktest_task("x", PRIO, exits);
  nxsig_usleep(500);
  nxsched_kill(pid, SIGKILL);
  EQUAL(ktest_wait(pid), EXITED(300 & 0xff));
  CHECK(strcmp(g_log, "abBAabBA") == 0);

  g_log[0] = '\0';
  g_fail   = -EMFILE;
  EQUAL(nxtask_create("x", PRIO, 0, exits, NULL), -EMFILE);
  CHECK(strcmp(g_log, "abA") == 0);
  g_log[0] = '\0';
  g_fail   = 0;
  return 0;
}

static void test_hooks(void **state)
{
  (void)state;
  g_ktest.bringup = bring_hooks;
  ktest(hooks);
  assert_string_equal(g_log, "BA");
  g_ktest.bringup = NULL;
}

/* Signal hooks */

static int g_signals;
static int g_delivered;

static bool take_signal(struct task_group_s *group, int sig)
{
  g_signals |= 1 << sig;
  if (sig == SIGUSR1)
    {
      nxsched_interrupt(group->leader);
      return true;
    }

  return false;
}

static void deliver(struct tcb_s *tcb)
{
  CHECK(tcb == nxsched_self());
  g_delivered++;
}

static const struct nxsig_hooks_s g_sighooks =
{
  .post = take_signal,
  .deliver = deliver
};

static int handles(int argc, char *argv[])
{
  UNUSED_ARGS(argc, argv);
  EQUAL(nxsem_wait(&g_sem), -EINTR);
  EQUAL(nxsem_wait(&g_sem), -EINTR);
  EQUAL(g_delivered, 0);
  task_testcancel();
  EQUAL(g_delivered, 1);
  EQUAL(nxsem_wait(&g_sem), 0);
  EQUAL(nxsem_wait(&g_sem), -EINTR);
  return 0;
}

static int signals(int argc, char *argv[])
{
  int pid;

  UNUSED_ARGS(argc, argv);
  reset();
  g_signals   = 0;
  g_delivered = 0;
  nxsig_sethooks(&g_sighooks);
  pid = ktest_task("h", PRIO, handles);
  nxsched_yield();
  EQUAL(nxsched_kill(pid, SIGUSR1), 0);
  nxsched_yield();
  EQUAL(g_delivered, 1);
  nxsem_post(&g_sem);
  nxsched_yield();
  EQUAL(nxsched_kill(pid, SIGTERM), 0);
  EQUAL(ktest_wait(pid), SIGTERM);
  EQUAL(g_signals, 1 << SIGUSR1 | 1 << SIGTERM | 1 << SIGCHLD);

  /* SIGKILL is not asked about */

  pid = ktest_task("h", PRIO, waits);
  EQUAL(nxsched_kill(pid, SIGKILL), 0);
  EQUAL(ktest_wait(pid), SIGKILL);
  EQUAL(g_signals & (1 << SIGKILL), 0);
  return 0;
}

/* Listing */

static void list(struct tcb_s *tcb, void *arg)
{
  pid_t *last = arg;

  CHECK(tcb->pid > *last);
  *last = tcb->pid;
  g_count++;
}

static int listing(int argc, char *argv[])
{
  pid_t last = -1;
  int pid;

  UNUSED_ARGS(argc, argv);
  reset();
  nxsched_foreach(list, &last);
  EQUAL(g_count, 4);
  pid = ktest_task("x", PRIO, waits);
  nxsched_yield();
  g_count = 0;
  last    = -1;
  nxsched_foreach(list, &last);
  EQUAL(g_count, 5);
  EQUAL(last, pid);
  CHECK(strcmp(nxsched_statename(nxsched_get_tcb(pid)), "waiting") == 0);
  CHECK(strcmp(nxsched_waitname(nxsched_get_tcb(pid)), "semaphore") == 0);
  CHECK(strcmp(nxsched_statename(nxsched_self()), "running") == 0);
  CHECK(strcmp(nxsched_waitname(nxsched_self()), "") == 0);
  return 0;
}

/* Ten thousand tasks at once, which pass a token from one to the next */

#define NTASKS 10000

static sem_t g_token[NTASKS + 1];

static int passes(int argc, char *argv[])
{
  int i = atoi(argv[1]);

  (void)argc;
  EQUAL(nxsem_wait(&g_token[i]), 0);
  g_count++;
  EQUAL(nxsem_post(&g_token[i + 1]), 0);
  return i & 0x7f;
}

static int ten_thousand(int argc, char *argv[])
{
  static int pid[NTASKS];
  int status;
  int i;

  UNUSED_ARGS(argc, argv);
  reset();
  for (i = 0; i <= NTASKS; i++)
    {
      nxsem_init(&g_token[i], 0, 0);
    }

  for (i = 0; i < NTASKS; i++)
    {
      char text[12];
      char *args[] =
      {
        text, NULL
      };

      snprintf(text, sizeof(text), "%d", i);
      pid[i] = nxtask_create("t", 1 + i % 255, 1, passes, args);
      CHECK(pid[i] > 0);
    }

  nxsig_usleep(1);
  EQUAL(nxsem_post(&g_token[0]), 0);
  EQUAL(nxsem_wait(&g_token[NTASKS]), 0);
  EQUAL(g_count, NTASKS);
  for (i = NTASKS - 1; i >= 0; i--)
    {
      EQUAL(nxsched_waitpid(pid[i], &status, 0), pid[i]);
      EQUAL(status, EXITED(i & 0x7f));
    }

  return 0;
}

KTEST(passing_arguments);
KTEST(refused);
KTEST(no_memory);
KTEST(waiting);
KTEST(orphans);
KTEST(kill_waits);
KTEST(kill_stubborn);
KTEST(kill_self);
KTEST(threads);
KTEST(group_ends);
KTEST(held);
KTEST(signals);
KTEST(listing);
KTEST(ten_thousand);

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_passing_arguments),
    cmocka_unit_test(test_refused),
    cmocka_unit_test(test_no_memory),
    cmocka_unit_test(test_waiting),
    cmocka_unit_test(test_orphans),
    cmocka_unit_test(test_kill_waits),
    cmocka_unit_test(test_kill_stubborn),
    cmocka_unit_test(test_kill_self),
    cmocka_unit_test(test_threads),
    cmocka_unit_test(test_group_ends),
    cmocka_unit_test(test_held),
    cmocka_unit_test(test_hooks),
    cmocka_unit_test(test_signals),
    cmocka_unit_test(test_listing),
    cmocka_unit_test(test_ten_thousand),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
