/* tests/host/kernel/ktest.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * See ktest.h.
 */

#include "ktest.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static int g_failures;

struct sim_config_s g_ktest =
{
  .virtual_time = true,
  .seed = 1
};

void ktest_fail(const char *file, int line, const char *what)
{
  g_failures++;
  fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
}

void ktest_equal(const char *file, int line, const char *what,
                 long long left, long long right)
{
  if (left != right)
    {
      ktest_fail(file, line, what);
      fprintf(stderr, "  is %lld, not %lld\n", left, right);
    }
}

int ktest_status(main_t scenario)
{
  char *argv[] =
  {
    (char *)"test", NULL
  };

  struct kmm_info_s before;
  struct kmm_info_s after;
  int status;

  g_failures = 0;
  kmm_getinfo(&before);
  status = sim_run(&g_ktest, scenario, 1, argv);
  kmm_getinfo(&after);

  assert_int_equal(g_failures, 0);
  assert_int_equal(after.nblocks, before.nblocks);
  assert_int_equal(after.nbytes, before.nbytes);
  return status;
}

void ktest(main_t scenario)
{
  assert_int_equal(ktest_status(scenario), 0);
}

int ktest_task(const char *name, int priority, main_t entry)
{
  int pid = nxtask_create(name, priority, 0, entry, NULL);

  CHECK(pid > 0);
  return pid;
}

int ktest_wait(int pid)
{
  int status = -1;
  int ret = nxsched_waitpid(pid, &status, 0);

  return ret < 0 ? ret : status;
}

int ktest_fork(main_t scenario, char *text, size_t size)
{
  size_t len = 0;
  ssize_t n;
  int status;
  int fd[2];
  pid_t pid;

  assert_int_equal(pipe(fd), 0);
  fflush(stdout);
  fflush(stderr);
  pid = fork();
  assert_true(pid >= 0);

  if (pid == 0)
    {
      dup2(fd[1], STDOUT_FILENO);
      dup2(fd[1], STDERR_FILENO);
      close(fd[0]);
      close(fd[1]);

      /* Not cmocka's handlers, which would go on with the next test */

      signal(SIGSEGV, SIG_DFL);
      signal(SIGBUS, SIG_DFL);
      _exit(sim_run(&g_ktest, scenario, 0, NULL));
    }

  close(fd[1]);
  while (len < size - 1 && (n = read(fd[0], text + len, size - 1 - len)) > 0)
    {
      len += (size_t)n;
    }

  text[len] = '\0';
  close(fd[0]);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  return status;
}
