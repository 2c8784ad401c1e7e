/* tests/host/kernel/fs_fixture.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * See fs_fixture.h.
 */

#include "fs_fixture.h"

#include <dirent.h>

struct worker_s
{
  int (*fn)(void *arg);
  void *arg;
};

static void (*g_body)(void);
static bool g_compare;                 /* What is open, before and after */
static int g_failures;
static struct worker_s g_worker;       /* Of the task that starts next */

static void fail_at(const char *file, int line)
{
  g_failures++;
  fprintf(stderr, "%s:%d: ", file, line);
}

void check_true(bool ok, const char *what, const char *file, int line)
{
  if (!ok)
    {
      fail_at(file, line);
      fprintf(stderr, "%s\n", what);
    }
}

void check_eq(intmax_t is, intmax_t wanted, const char *what,
              const char *file, int line)
{
  if (is != wanted)
    {
      fail_at(file, line);
      fprintf(stderr, "%s is %jd, not %jd\n", what, is, wanted);
    }
}

void check_text(const char *is, const char *wanted, const char *what,
                const char *file, int line)
{
  if (is == NULL || strcmp(is, wanted) != 0)
    {
      fail_at(file, line);
      fprintf(stderr, "%s is \"%s\", not \"%s\"\n", what,
              is != NULL ? is : "(null)", wanted);
    }
}

int count_host_fds(void)
{
  DIR *dir = opendir("/proc/self/fd");
  int n = 0;

  if (dir == NULL)
    {
      return -1;
    }

  while (readdir(dir) != NULL)
    {
      n++;
    }

  closedir(dir);
  return n;
}

static int first_task(int argc, char *argv[])
{
  struct fs_counts_s before;
  struct fs_counts_s after;

  (void)argc;
  (void)argv;

  fs_getcounts(&before);
  g_body();
  fs_getcounts(&after);

  if (!g_compare)
    {
      return 0;
    }

  EQ(after.nfiles, before.nfiles);
  EQ(after.ninodes, before.ninodes);
  EQ(after.ntables, before.ntables);
  EQ(after.ndescriptors, before.ndescriptors);
  EQ(after.npipes, before.npipes);
  return 0;
}

static int run(void (*body)(void), bool virtual_time, bool compare)
{
  struct sim_config_s cfg =
  {
    .virtual_time = virtual_time,
    .seed         = 1,
    .bringup      = fs_initialize
  };

  char *argv[] =
  {
    "init", "one", "two words", NULL
  };

  g_body     = body;
  g_compare  = compare;
  g_failures = 0;
  return sim_run(&cfg, first_task, 3, argv);
}

int run_kernel(void (*body)(void), bool virtual_time)
{
  return run(body, virtual_time, false);
}

int check_failures(void)
{
  return g_failures;
}

void run_scenario(void (*body)(void), bool virtual_time)
{
  struct kmm_info_s before;
  struct kmm_info_s after;
  int fds = count_host_fds();

  kmm_getinfo(&before);
  assert_int_equal(run(body, virtual_time, true), 0);
  kmm_getinfo(&after);

  assert_int_equal(g_failures, 0);
  assert_int_equal(after.nblocks, before.nblocks);
  assert_int_equal(after.nbytes, before.nbytes);
  assert_int_equal(count_host_fds(), fds);
}

static int worker_main(int argc, char *argv[])
{
  struct worker_s worker = g_worker;

  (void)argc;
  (void)argv;
  g_worker.fn = NULL;
  return worker.fn(worker.arg);
}

/* The new task takes what is meant for it before anything else happens */

pid_t start(int (*fn)(void *arg), void *arg)
{
  pid_t pid;

  g_worker.fn  = fn;
  g_worker.arg = arg;
  pid = nxtask_create("worker", SCHED_PRIORITY_DEFAULT, 0, worker_main,
                      NULL);

  while (pid > 0 && g_worker.fn != NULL)
    {
      nxsched_yield();
    }

  return pid;
}

int reap(pid_t pid)
{
  int status = 0;
  pid_t ret = nxsched_waitpid(pid, &status, 0);

  if (ret != pid)
    {
      return -1000;
    }

  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

long now_ms(void)
{
  return clock_refresh() / NSEC_PER_MSEC;
}

void sleep_ms(long ms)
{
  nxsched_ticksleep(MSEC2TICK(ms));
}

const char *slurp(const char *path)
{
  static char text[65536];
  size_t len = 0;
  ssize_t n = 1;
  int fd = nx_open(path, O_RDONLY);

  if (fd < 0)
    {
      return NULL;
    }

  while (n > 0 && len < sizeof(text) - 1)
    {
      n = nx_read(fd, text + len, sizeof(text) - 1 - len);
      len += n > 0 ? n : 0;
    }

  nx_close(fd);
  text[len] = '\0';
  return n < 0 ? NULL : text;
}

int listed(const char *folder, const char *name)
{
  struct dirent entry;
  int type = -1;
  int fd = nx_opendir(folder);

  while (fd >= 0 && nx_readdir(fd, &entry) == 1)
    {
      if (strcmp(entry.d_name, name) == 0)
        {
          type = entry.d_type;
        }
    }

  if (fd >= 0)
    {
      nx_closedir(fd);
    }

  return type;
}
