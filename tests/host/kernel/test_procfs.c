/* tests/host/kernel/test_procfs.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * /proc.  Goal: entries come and go, are found and listed where their paths
 * say, and show one moment; a task's files exist as long as the task.
 * Method: entries of the test that count how often they are asked.
 */

#include "fs_fixture.h"

#include <signal.h>

#include <nuttx/fs/procfs.h>
#include <nuttx/mm/iob.h>

static int g_shown;

static void show_count(struct proc_out_s *out, void *arg)
{
  g_shown++;
  proc_printf(out, "%s %d\n", (const char *)arg, g_shown);
}

static void show_long(struct proc_out_s *out, void *arg)
{
  (void)arg;
  for (int i = 0; i < 10000; i++)
    {
      proc_printf(out, "%5d\n", i);
    }
}

static void show_nothing(struct proc_out_s *out, void *arg)
{
  (void)out;
  (void)arg;
}

SCENARIO(registering_wrongly)
{
  EQ(proc_register("", show_count, NULL), -EINVAL);
  EQ(proc_register(NULL, show_count, NULL), -EINVAL);
  EQ(proc_register("/abs", show_count, NULL), -EINVAL);
  EQ(proc_register("a//b", show_count, NULL), -EINVAL);
  EQ(proc_register("a/", show_count, NULL), -EINVAL);
  EQ(proc_register("a/./b", show_count, NULL), -EINVAL);
  EQ(proc_register("..", show_count, NULL), -EINVAL);
  EQ(proc_register("123", show_count, NULL), -EINVAL);
  EQ(proc_register("123/x", show_count, NULL), -EINVAL);
  EQ(proc_register("self", show_count, NULL), -EINVAL);
  EQ(proc_register("x", NULL, NULL), -EINVAL);
  EQ(proc_register("version", show_count, NULL), -EEXIST);
  EQ(proc_register("version/x", show_count, NULL), -EEXIST);
  EQ(proc_register("net/stat", show_count, "x"), 0);
  EQ(proc_register("net", show_count, NULL), -EEXIST);
  EQ(proc_unregister("net/stat"), 0);
  EQ(proc_unregister("net/stat"), -ENOENT);
  EQ(proc_unregister("net"), -ENOENT);
  EQ(proc_unregister(NULL), -EINVAL);
  kmm_fail(1);
  EQ(proc_register("x", show_count, NULL), -ENOMEM);
}

/* /proc/fail-nth: the n-th allocation fails, once, and nothing else does */

SCENARIO(failing_on_demand)
{
  static const char *const bad[] =
  {
    "\n", "x", "-1", "1x", "1 ", "1\n\n", "1234567890"
  };

  char buf[16] = "";
  FAR void *mem;
  size_t i;
  int fd;

  fd = nx_open("/proc/fail-nth", O_RDWR);
  CHECK(fd >= 0);
  EQ(nx_write(fd, "3\n", 2), 2);
  for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
      EQ(nx_write(fd, bad[i], strlen(bad[i])), -EINVAL);
    }

  for (i = 1; i <= 4; i++)
    {
      mem = kmm_malloc(10);
      EQ(mem == NULL, i == 3);
      kmm_free(mem);
    }

  EQ(nx_write(fd, "1", 1), 1);
  EQ(nx_write(fd, "0", 1), 1);
  mem = kmm_malloc(10);
  CHECK(mem != NULL);
  kmm_free(mem);

  /* What opens it takes some too: 900000 are not over by then */

  EQ(nx_write(fd, "900000", 6), 6);
  EQ(nx_close(fd), 0);
  fd = nx_open("/proc/fail-nth", O_RDONLY);
  EQ(nx_read(fd, buf, sizeof(buf) - 1), 7);
  CHECK(memcmp(buf, "8999", 4) == 0);
  EQ(nx_write(fd, "0", 1), -EBADF);
  EQ(nx_close(fd), 0);
  kmm_fail(0);
}

SCENARIO(opening_wrongly)
{
  struct stat st;

  EQ(nx_open("/proc/none", O_RDONLY), -ENOENT);
  EQ(nx_open("/proc/none", O_RDWR | O_CREAT, 0666), -EROFS);
  EQ(nx_open("/proc/version", O_WRONLY), -EACCES);
  EQ(nx_open("/proc/version", O_RDONLY | O_TRUNC), -EACCES);
  EQ(nx_open("/proc/version", O_RDONLY | O_CREAT | O_EXCL, 0), -EEXIST);
  EQ(nx_open("/proc/version", O_RDONLY | O_DIRECTORY), -ENOTDIR);
  EQ(nx_open("/proc/version/", O_RDONLY), -ENOTDIR);
  EQ(nx_open("/proc/version/x", O_RDONLY), -ENOTDIR);
  EQ(nx_open("/proc", O_RDWR), -EISDIR);
  EQ(nx_open("/proc/self", O_WRONLY), -EISDIR);
  EQ(nx_open("/proc/self/none", O_RDONLY), -ENOENT);
  EQ(nx_open("/proc/self/status/x", O_RDONLY), -ENOTDIR);
  EQ(nx_open("/proc/99999/status", O_RDONLY), -ENOENT);
  EQ(nx_open("/proc/99999999999999999999", O_RDONLY), -ENOENT);
  EQ(nx_stat("/proc/none", &st), -ENOENT);
  EQ(nx_unlink("/proc/version"), -EROFS);
  EQ(nx_mkdir("/proc/x", 0755), -EROFS);
  EQ(nx_rmdir("/proc/self"), -EROFS);
  EQ(nx_rename("/proc/version", "/proc/x"), -EROFS);
  EQ(nx_truncate("/proc/version", 0), -EROFS);
  EQ(nx_access("/proc/version", W_OK), -EROFS);
  EQ(nx_access("/proc/version", X_OK), -EACCES);
  EQ(nx_access("/proc/self", X_OK), 0);
}

SCENARIO(text_is_made_when_opened)
{
  char buf[16] = "";
  int a;
  int b;

  g_shown = 0;
  EQ(proc_register("count", show_count, "n"), 0);
  a = nx_open("/proc/count", O_RDONLY);
  b = nx_open("/proc/count", O_RDONLY);
  EQ(g_shown, 2);
  EQ(nx_read(a, buf, 2), 2);
  EQ(nx_read(a, buf, 1), 1);
  EQ(buf[0], '1');
  EQ(nx_read(b, buf, 9), 4);
  TEXT(buf, "n 2\n");
  EQ(nx_read(b, buf, 9), 0);
  EQ(nx_lseek(b, 2, SEEK_SET), 2);
  EQ(nx_pread(b, buf, 1, 2), 1);
  EQ(buf[0], '2');
  EQ(g_shown, 2);

  /* From the start again: a new text */

  EQ(nx_lseek(b, 0, SEEK_SET), 0);
  EQ(g_shown, 3);
  EQ(nx_read(b, buf, 9), 4);
  EQ(buf[2], '3');
  EQ(nx_lseek(b, -1, SEEK_SET), -EINVAL);
  EQ(nx_lseek(b, 0, SEEK_END), 4);
  EQ(nx_write(b, "x", 1), -EBADF);

  /* The entry may go while files are open */

  EQ(proc_unregister("count"), 0);
  EQ(nx_open("/proc/count", O_RDONLY), -ENOENT);
  EQ(nx_read(a, buf, 1), 1);
  nx_close(a);
  nx_close(b);
}

SCENARIO(texts_of_any_length)
{
  const char *text;

  EQ(proc_register("long", show_long, NULL), 0);
  EQ(proc_register("empty", show_nothing, NULL), 0);
  text = slurp("/proc/long");
  EQ(strlen(text), 60000);
  TEXT(text + 59994, " 9999\n");
  TEXT(slurp("/proc/empty"), "");

  for (unsigned long n = 1; n < 40; n++)
    {
      int fd;

      kmm_fail(n);
      fd = nx_open("/proc/long", O_RDONLY);
      kmm_fail(0);
      CHECK(fd == -ENOMEM || fd >= 0);
      if (fd >= 0)
        {
          nx_close(fd);
        }
    }

  EQ(proc_unregister("long"), 0);
  EQ(proc_unregister("empty"), 0);
}

SCENARIO(folders)
{
  struct dirent entry;
  int fd;

  EQ(proc_register("net/b", show_nothing, NULL), 0);
  EQ(proc_register("net.x", show_nothing, NULL), 0);
  EQ(proc_register("net/a/c", show_nothing, NULL), 0);
  EQ(proc_register("net-x", show_nothing, NULL), 0);
  EQ(proc_register("net/a-b", show_nothing, NULL), 0);
  EQ(proc_register("net/a/d", show_nothing, NULL), 0);

  EQ(listed("/proc", "net"), DT_DIR);
  EQ(listed("/proc", "net.x"), DT_REG);
  EQ(listed("/proc", "version"), DT_REG);
  EQ(listed("/proc", "1"), DT_DIR);
  EQ(listed("/proc", "99"), -1);
  EQ(listed("/proc/net/a", "c"), DT_REG);
  EQ(listed("/proc/1", "status"), DT_REG);
  EQ(listed("/proc/self", "fds"), DT_REG);

  fd = nx_opendir("/proc/net");
  for (int i = 0; i < 5; i++)
    {
      static const char *const names[] =
      {
        ".", "..", "a-b", "a", "b"
      };

      EQ(nx_readdir(fd, &entry), 1);
      TEXT(entry.d_name, names[i]);
    }

  EQ(nx_readdir(fd, &entry), 0);
  nx_closedir(fd);

  EQ(proc_unregister("net/a/c"), 0);
  EQ(nx_access("/proc/net/a", F_OK), 0);
  EQ(proc_unregister("net/a/d"), 0);
  EQ(nx_access("/proc/net/a", F_OK), -ENOENT);
  EQ(proc_unregister("net/b"), 0);
  EQ(proc_unregister("net/a-b"), 0);
  EQ(nx_access("/proc/net", F_OK), -ENOENT);
  EQ(proc_unregister("net.x"), 0);
  EQ(proc_unregister("net-x"), 0);
}

SCENARIO(what_the_kernel_tells)
{
  struct iob_s *iob = iob_alloc(false);
  char wanted[16];
  const char *text = slurp("/proc/iobinfo");
  int ntotal;
  int nfree;
  int nwait;

  CHECK(strstr(text, "ntotal      nfree      nwait  nthrottle") != NULL);
  EQ(sscanf(strchr(text, '\n'), "%d %d %d", &ntotal, &nfree, &nwait), 3);
  CHECK(nfree < ntotal);
  EQ(nwait, 0);
  iob_free_chain(iob);

  sleep_ms(123456);
  TEXT(slurp("/proc/uptime"), "    123.45\n");
  CHECK(strstr(slurp("/proc/meminfo"), "Kmem\n") != NULL);
  CHECK(strstr(slurp("/proc/version"), "kernel") != NULL);
  TEXT(slurp("/proc/mounts"), "/proc type procfs\n");
  CHECK(strstr(slurp("/proc/files"), "descriptors 3\n") != NULL);

  snprintf(wanted, sizeof(wanted), "%d bit", (int)sizeof(void *) * 8);
  CHECK(strstr(slurp("/proc/version"), wanted) != NULL);
}

static int sleep_long(void *arg)
{
  (void)arg;
  nx_open("/dev/null", O_RDONLY | O_CLOEXEC);
  sleep_ms(1000000);
  return 0;
}

SCENARIO(tasks)
{
  char path[32];
  char buf[16];
  struct stat st;
  pid_t pid = start(sleep_long, NULL);
  int status;
  int dir;

  TEXT(slurp("/proc/self/cmdline"), "init one two words\n");
  CHECK(strstr(slurp("/proc/self/status"), "Name:       init\n") != NULL);
  CHECK(strstr(slurp("/proc/self/stack"), "StackSize: ") != NULL);
  CHECK(strstr(slurp("/proc/0/status"), "Kthread") != NULL);

  snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
  CHECK(strstr(slurp(path), "Parent:     1\n") != NULL);
  status = nx_open(path, O_RDONLY);

  snprintf(path, sizeof(path), "/proc/%d/fds", (int)pid);
  CHECK(strstr(slurp(path), "/dev/null (cloexec)\n") != NULL);
  CHECK(strstr(slurp(path), "/dev/console\n") != NULL);

  snprintf(path, sizeof(path), "/proc/%d", (int)pid);
  EQ(nx_stat(path, &st), 0);
  CHECK(S_ISDIR(st.st_mode));
  dir = nx_opendir(path);

  /* When it is gone: the text stays, but cannot be made anew */

  EQ(nxsched_kill(pid, SIGKILL), 0);
  EQ(reap(pid), -SIGKILL);
  EQ(nx_read(status, buf, 5), 5);
  EQ(nx_lseek(status, 0, SEEK_SET), -ESRCH);
  EQ(nx_readdir(dir, (struct dirent *)&(struct dirent){ 0 }), -ENOENT);
  EQ(nx_stat(path, &st), -ENOENT);
  EQ(nx_open(path, O_RDONLY), -ENOENT);
  nx_close(status);
  nx_close(dir);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    scenario(registering_wrongly),
    scenario(failing_on_demand),
    scenario(opening_wrongly),
    scenario(text_is_made_when_opened),
    scenario(texts_of_any_length),
    scenario(folders),
    scenario(what_the_kernel_tells),
    scenario(tasks)
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
