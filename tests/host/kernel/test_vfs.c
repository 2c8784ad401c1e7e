/* tests/host/kernel/test_vfs.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Names, descriptors and files.  Goal: every call does what POSIX says of
 * it, refuses what it must with the right error, and leaves nothing behind,
 * also when memory runs out or the task is killed.  Method: small scenarios
 * on the pseudo devices and on a driver of the test that records its calls.
 */

#include "fs_fixture.h"

#include <sys/ioctl.h>
#include <signal.h>

/* A driver that notes what happens to it */

struct probe_s
{
  int nopen;
  int nclose;
  int refuse;                    /* What open returns */
  char last[16];
};

static struct probe_s g_probe;

static int probe_open(struct file *filep)
{
  struct probe_s *probe = file_private(filep);

  if (probe->refuse < 0)
    {
      return probe->refuse;
    }

  probe->nopen++;
  return 0;
}

static int probe_close(struct file *filep)
{
  struct probe_s *probe = file_private(filep);

  probe->nclose++;
  return -EIO;                   /* Nobody may be troubled by that */
}

static ssize_t probe_write(struct file *filep, const char *buf, size_t len)
{
  struct probe_s *probe = file_private(filep);

  len = len < 4 ? len : 4;
  memcpy(probe->last, buf, len);
  probe->last[len] = '\0';
  return len;
}

static const struct file_operations g_probe_ops =
{
  .open  = probe_open,
  .close = probe_close,
  .write = probe_write
};

static int plug(void)
{
  memset(&g_probe, 0, sizeof(g_probe));
  return register_driver("/dev/probe", &g_probe_ops, 0666, &g_probe);
}

static void unplug(void)
{
  EQ(unregister_driver("/dev/probe"), 0);
}

/* Opening */

SCENARIO(open_what_is_not_there)
{
  EQ(nx_open("/dev/nothing", O_RDONLY), -ENOENT);
  EQ(nx_open("/nothing/null", O_RDONLY), -ENOENT);
  EQ(nx_open("", O_RDONLY), -ENOENT);
  EQ(nx_open(NULL, O_RDONLY), -EFAULT);
  EQ(nx_open("/dev/null/", O_RDONLY), -ENOTDIR);
  EQ(nx_open("/dev/null/x", O_RDONLY), -ENOTDIR);
  EQ(nx_open("/dev/null", O_RDONLY | O_DIRECTORY), -ENOTDIR);
  EQ(nx_open("/dev/nothing", O_WRONLY | O_CREAT, 0666), -EPERM);
  EQ(nx_open("/dev/null", O_WRONLY | O_CREAT | O_EXCL, 0666), -EEXIST);
  EQ(nx_open("/dev", O_WRONLY), -EISDIR);
  EQ(nx_open("/dev", O_RDONLY | O_CREAT, 0666), -EISDIR);
}

SCENARIO(open_flags_that_cannot_be_honoured)
{
  EQ(nx_open("/dev/null", O_ACCMODE), -EINVAL);
  EQ(nx_open("/dev/null", O_RDONLY | 010000000), -EINVAL);   /* O_PATH */
  EQ(nx_open("/dev", O_RDWR | 020200000), -EINVAL);       /* O_TMPFILE */
  EQ(nx_open("/dev/null", O_RDONLY | 020000), -EINVAL);     /* O_ASYNC */
}

SCENARIO(open_follows_the_mode_of_the_driver)
{
  static const struct file_operations ops;

  EQ(register_driver("/dev/ro", &ops, 0444, NULL), 0);
  EQ(register_driver("/dev/wo", &ops, 0222, NULL), 0);
  EQ(nx_open("/dev/ro", O_WRONLY), -EACCES);
  EQ(nx_open("/dev/ro", O_RDWR), -EACCES);
  EQ(nx_open("/dev/wo", O_RDONLY), -EACCES);
  EQ(nx_access("/dev/ro", W_OK), -EACCES);
  EQ(nx_access("/dev/ro", R_OK), 0);
  EQ(nx_access("/dev/ro", X_OK), -EACCES);
  EQ(nx_access("/dev/ro", 8), -EINVAL);
  EQ(nx_access("/dev/none", F_OK), -ENOENT);
  EQ(nx_access("/dev", X_OK), 0);

  /* A driver without operations: everything is refused */

  int fd = nx_open("/dev/ro", O_RDONLY);
  char c;

  EQ(nx_read(fd, &c, 1), -EINVAL);
  EQ(nx_write(fd, &c, 1), -EBADF);
  EQ(nx_lseek(fd, 0, SEEK_SET), -ESPIPE);
  EQ(nx_ioctl(fd, FIONREAD, &c), -ENOTTY);
  EQ(nx_ftruncate(fd, 0), -EINVAL);
  EQ(nx_isatty(fd), -ENOTTY);
  EQ(nx_close(fd), 0);
  EQ(unregister_driver("/dev/ro"), 0);
  EQ(unregister_driver("/dev/wo"), 0);
}

SCENARIO(closed_descriptors_are_refused)
{
  struct iovec iov =
  {
    NULL, 0
  };

  struct stat st;
  char c;
  int bad[] =
  {
    -1, 3, 7, 8, 100, INT32_MAX, INT32_MIN
  };

  for (size_t i = 0; i < nitems(bad); i++)
    {
      EQ(nx_close(bad[i]), -EBADF);
      EQ(nx_read(bad[i], &c, 1), -EBADF);
      EQ(nx_write(bad[i], &c, 1), -EBADF);
      EQ(nx_readv(bad[i], &iov, 1), -EBADF);
      EQ(nx_writev(bad[i], &iov, 1), -EBADF);
      EQ(nx_pread(bad[i], &c, 1, 0), -EBADF);
      EQ(nx_pwrite(bad[i], &c, 1, 0), -EBADF);
      EQ(nx_lseek(bad[i], 0, SEEK_SET), -EBADF);
      EQ(nx_ioctl(bad[i], FIONBIO, &c), -EBADF);
      EQ(nx_fcntl(bad[i], F_GETFL), -EBADF);
      EQ(nx_fstat(bad[i], &st), -EBADF);
      EQ(nx_ftruncate(bad[i], 0), -EBADF);
      EQ(nx_fsync(bad[i]), -EBADF);
      EQ(nx_dup(bad[i]), -EBADF);
      EQ(nx_dup2(bad[i], 5), -EBADF);
      EQ(nx_dup2(bad[i], bad[i]), -EBADF);
      EQ(nx_isatty(bad[i]), -EBADF);
      EQ(nx_readdir(bad[i], (struct dirent *)&st), -EBADF);
      EQ(nx_fchdir(bad[i]), -EBADF);
    }
}

SCENARIO(bad_arguments_of_transfers)
{
  int rd = nx_open("/dev/zero", O_RDONLY);
  int wr = nx_open("/dev/null", O_WRONLY);
  char data[4] = "abc";
  struct iovec iov[2] =
  {
    { data, 2 }, { data + 2, (size_t)-1 }
  };

  EQ(nx_read(rd, NULL, 1), -EFAULT);
  EQ(nx_read(rd, NULL, 0), 0);
  EQ(nx_write(wr, NULL, 1), -EFAULT);
  EQ(nx_write(rd, data, 1), -EBADF);
  EQ(nx_read(wr, data, 1), -EBADF);
  EQ(nx_readv(rd, iov, 2), -EINVAL);
  EQ(nx_readv(rd, iov, -1), -EINVAL);
  EQ(nx_readv(rd, iov, 1025), -EINVAL);
  EQ(nx_readv(rd, NULL, 1), -EFAULT);
  EQ(nx_readv(rd, NULL, 0), 0);
  EQ(nx_writev(rd, iov, 1), -EBADF);
  EQ(nx_pread(rd, data, 1, -1), -EINVAL);
  EQ(nx_lseek(rd, 0, 77), -EINVAL);
  EQ(nx_fstat(rd, NULL), -EFAULT);

  iov[1].iov_len = 2;
  EQ(nx_readv(rd, iov, 2), 4);
  EQ(data[0], 0);
  EQ(nx_writev(wr, iov, 2), 4);
  nx_close(rd);
  nx_close(wr);
}

SCENARIO(the_simple_devices)
{
  int fd = nx_open("/dev/null", O_RDWR);
  char a[40];
  char b[40];

  EQ(nx_read(fd, a, sizeof(a)), 0);
  EQ(nx_write(fd, a, sizeof(a)), sizeof(a));
  nx_close(fd);

  memset(a, 1, sizeof(a));
  memset(b, 0, sizeof(b));
  fd = nx_open("/dev/zero", O_RDWR);
  EQ(nx_read(fd, a, sizeof(a)), sizeof(a));
  CHECK(memcmp(a, b, sizeof(a)) == 0);
  nx_close(fd);

  fd = nx_open("/dev/random", O_RDONLY);
  EQ(nx_read(fd, a, 37), 37);
  EQ(nx_read(fd, b, 37), 37);
  CHECK(memcmp(a, b, 37) != 0);
  nx_close(fd);
}

/* The life of a file */

SCENARIO(last_descriptor_closes)
{
  EQ(plug(), 0);

  int fd = nx_open("/dev/probe", O_WRONLY);
  int copy = nx_dup(fd);

  EQ(fd, 3);
  EQ(copy, 4);
  EQ(nx_dup2(fd, 9), 9);
  EQ(nx_close(fd), 0);
  EQ(nx_close(copy), 0);
  EQ(g_probe.nclose, 0);
  EQ(nx_write(9, "hello", 5), 4);
  TEXT(g_probe.last, "hell");
  EQ(nx_close(9), 0);
  EQ(g_probe.nopen, 1);
  EQ(g_probe.nclose, 1);
  EQ(nx_close(9), -EBADF);
  unplug();
}

SCENARIO(refused_by_the_driver)
{
  EQ(plug(), 0);
  g_probe.refuse = -ENODEV;
  EQ(nx_open("/dev/probe", O_WRONLY), -ENODEV);
  EQ(g_probe.nclose, 0);
  EQ(nx_open("/dev/null", O_RDONLY), 3);
  nx_close(3);
  unplug();
}

SCENARIO(driver_goes_while_open)
{
  EQ(plug(), 0);

  int fd = nx_open("/dev/probe", O_WRONLY);
  struct stat st;

  EQ(unregister_driver("/dev/probe"), 0);
  EQ(nx_open("/dev/probe", O_WRONLY), -ENOENT);
  EQ(nx_write(fd, "still", 5), 4);
  EQ(nx_fstat(fd, &st), 0);
  CHECK(S_ISCHR(st.st_mode));
  EQ(nx_close(fd), 0);
  EQ(g_probe.nclose, 1);
}

SCENARIO(registering_wrongly)
{
  EQ(register_driver("/dev/null", &g_probe_ops, 0666, NULL), -EEXIST);
  EQ(register_driver("/dev", &g_probe_ops, 0666, NULL), -EEXIST);
  EQ(register_driver("/dev/null/x", &g_probe_ops, 0666, NULL), -ENOTDIR);
  EQ(register_driver("/proc/x", &g_probe_ops, 0666, NULL), -EXDEV);
  EQ(register_driver("dev/x", &g_probe_ops, 0666, NULL), -EINVAL);
  EQ(register_driver("/dev/x/", &g_probe_ops, 0666, NULL), -EISDIR);
  EQ(register_driver("/dev/x", NULL, 0666, NULL), -EINVAL);
  EQ(unregister_driver("/dev/x"), -ENOENT);
  EQ(unregister_driver("/dev"), -EISDIR);
  EQ(unregister_driver(NULL), -EINVAL);
}

/* Tables */

SCENARIO(dup_to_places)
{
  int fd = nx_open("/dev/null", O_RDONLY);

  EQ(nx_dup3(fd, fd, 0), -EINVAL);
  EQ(nx_dup3(fd, 5, O_NONBLOCK), -EINVAL);
  EQ(nx_dup2(fd, -1), -EBADF);
  EQ(nx_dup2(fd, OPEN_FILES_MAX), -EBADF);
  EQ(nx_dup2(fd, fd), fd);
  EQ(nx_dup3(fd, 5, O_CLOEXEC), 5);
  EQ(nx_fcntl(5, F_GETFD), FD_CLOEXEC);
  EQ(nx_dup2(fd, 5), 5);
  EQ(nx_fcntl(5, F_GETFD), 0);
  EQ(nx_fcntl(fd, F_DUPFD, -1), -EINVAL);
  EQ(nx_fcntl(fd, F_DUPFD, OPEN_FILES_MAX), -EINVAL);
  EQ(nx_fcntl(fd, F_DUPFD, 5), 6);
  EQ(nx_fcntl(fd, F_DUPFD_CLOEXEC, 300), 300);
  EQ(nx_fcntl(300, F_GETFD), FD_CLOEXEC);
  EQ(nx_open("/dev/null", O_RDONLY), 4);
  EQ(nx_fcntl(fd, 12345), -EINVAL);
  EQ(nx_close(4), 0);
  EQ(nx_close(5), 0);
  EQ(nx_close(6), 0);
  EQ(nx_close(300), 0);
  EQ(nx_close(fd), 0);
}

SCENARIO(table_grows_to_its_limit)
{
  int fd = nx_open("/dev/null", O_RDONLY);
  int n = 1;
  int last;

  while ((last = nx_dup(fd)) >= 0)
    {
      EQ(last, fd + n);
      n++;
    }

  EQ(last, -EMFILE);
  EQ(fd + n, OPEN_FILES_MAX);
  EQ(nx_open("/dev/null", O_RDONLY), -EMFILE);

  while (n > 0)
    {
      EQ(nx_close(fd + --n), 0);
    }
}

SCENARIO(status_flags)
{
  int fd = nx_open("/dev/null", O_RDWR | O_APPEND | O_CLOEXEC | O_TRUNC);
  int one = 1;

  EQ(nx_fcntl(fd, F_GETFL), O_RDWR | O_APPEND);
  EQ(nx_fcntl(fd, F_SETFL, O_NONBLOCK | O_WRONLY | O_CREAT), 0);
  EQ(nx_fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK);
  EQ(nx_fcntl(fd, F_SETFL, 020000), -EINVAL);
  EQ(nx_fcntl(fd, F_SETFL, 0), 0);
  EQ(nx_ioctl(fd, FIONBIO, &one), 0);
  EQ(nx_fcntl(fd, F_GETFL), O_RDWR | O_NONBLOCK);
  EQ(nx_ioctl(fd, FIONBIO, NULL), -EFAULT);

  /* Status belongs to the file, close-on-exec to the descriptor */

  int copy = nx_dup(fd);

  EQ(nx_fcntl(copy, F_GETFL), O_RDWR | O_NONBLOCK);
  EQ(nx_fcntl(copy, F_GETFD), 0);
  EQ(nx_fcntl(fd, F_GETFD), FD_CLOEXEC);
  EQ(nx_ioctl(copy, FIOCLEX, 0), 0);
  EQ(nx_fcntl(copy, F_GETFD), FD_CLOEXEC);
  EQ(nx_fcntl(copy, F_SETFD, 0), 0);
  EQ(nx_fcntl(copy, F_GETFD), 0);
  nx_close(fd);
  nx_close(copy);
}

static int child_table(void *arg)
{
  int *fd = arg;
  char cwd[16];

  nx_getcwd(cwd, sizeof(cwd));
  nx_chdir("/");

  return nx_fcntl(fd[0], F_GETFD) == 0 &&
         nx_fcntl(fd[1], F_GETFD) == -EBADF &&
         strcmp(cwd, "/dev") == 0 && nx_close(fd[0]) == 0 &&
         nx_open("/dev/null", O_RDONLY) == fd[0] ? 0 : 1;
}

SCENARIO(children_inherit)
{
  struct fs_counts_s before;
  struct fs_counts_s after;
  char cwd[16];
  int fd[2];

  EQ(plug(), 0);
  EQ(nx_chdir("/dev"), 0);
  fd[0] = nx_open("probe", O_WRONLY);
  fd[1] = nx_open("probe", O_WRONLY | O_CLOEXEC);

  fs_getcounts(&before);
  EQ(reap(start(child_table, fd)), 0);
  fs_getcounts(&after);

  /* What it left open is closed; what it closed is open here */

  EQ(after.ndescriptors, before.ndescriptors);
  EQ(g_probe.nclose, 0);
  EQ(nx_write(fd[0], "x", 1), 1);
  EQ(nx_getcwd(cwd, sizeof(cwd)), 5);
  TEXT(cwd, "/dev");
  nx_close(fd[0]);
  nx_close(fd[1]);
  EQ(g_probe.nclose, 2);
  EQ(nx_chdir("/"), 0);
  unplug();
}

static int child_held(int argc, char *argv[])
{
  (void)argc;
  (void)argv;
  return nx_write(1, "spawn", 5) == 4 && nx_fcntl(0, F_GETFD) == -EBADF &&
         nx_fcntl(20, F_GETFD) == FD_CLOEXEC ? 0 : 1;
}

/* What posix_spawn() does with file actions */

SCENARIO(table_of_a_held_task)
{
  struct task_group_s *own = nxsched_self()->group;
  struct tcb_s *tcb;
  int fd;

  EQ(plug(), 0);
  fd = nx_open("/dev/probe", O_WRONLY | O_CLOEXEC);
  EQ(nxtask_create_ext("held", 100, 0, child_held, NULL, &tcb), 0);

  EQ(files_dup3(own, fd, tcb->group, 1, 0), 1);
  EQ(files_dup3(own, fd, tcb->group, 20, O_CLOEXEC), 20);
  EQ(files_dup3(own, 99, tcb->group, 20, 0), -EBADF);
  EQ(files_dup3(own, fd, tcb->group, -1, 0), -EBADF);
  EQ(files_dup3(own, fd, tcb->group, 20, 1), -EINVAL);
  EQ(files_close(tcb->group, 0), 0);
  EQ(files_close(tcb->group, 0), -EBADF);
  EQ(files_chdir(tcb->group, "/dev"), 0);
  EQ(files_chdir(tcb->group, "/dev/null"), -ENOTDIR);
  nx_close(fd);

  pid_t pid = tcb->pid;

  nxtask_activate(tcb);
  EQ(reap(pid), 0);
  TEXT(g_probe.last, "spaw");
  EQ(g_probe.nclose, 1);

  /* One that never runs leaves nothing either */

  EQ(nxtask_create_ext("held", 100, 0, child_held, NULL, &tcb), 0);
  nxtask_abandon(tcb);
  unplug();
}

static int child_open(void *arg)
{
  (void)arg;

  nx_open("/dev/probe", O_WRONLY);
  nx_opendir("/dev");
  nxsched_ticksleep(SEC2TICK(1000));
  nx_close(0);
  return 0;
}

SCENARIO(killed_task_closes_all)
{
  EQ(plug(), 0);

  pid_t pid = start(child_open, NULL);

  sleep_ms(1);
  EQ(g_probe.nopen, 1);
  EQ(nxsched_kill(pid, SIGTERM), 0);
  EQ(reap(pid), -SIGTERM);
  EQ(g_probe.nclose, 1);
  unplug();
}

/* Names */

SCENARIO(paths_with_dots)
{
  static const char *const same[] =
  {
    "/dev/null", "//dev///null", "/./dev/./null", "/dev/../dev/null",
    "/../../dev/null", "/nothing/../dev/null", "/dev/null/../null",
    "/dev/x/y/../../null"
  };

  struct stat null;
  struct stat st;

  EQ(nx_stat("/dev/null", &null), 0);

  for (size_t i = 0; i < nitems(same); i++)
    {
      memset(&st, 0, sizeof(st));
      EQ(nx_stat(same[i], &st), 0);
      EQ(st.st_ino, null.st_ino);
    }

  EQ(nx_stat("/..", &st), 0);
  CHECK(S_ISDIR(st.st_mode));
  EQ(nx_stat("/dev/", &st), 0);
  EQ(nx_stat("/dev/null/.", &st), -ENOTDIR);
  EQ(nx_stat("/dev/...", &st), -ENOENT);
  EQ(nx_stat("/dev/null", NULL), -EFAULT);
  EQ(nx_stat(NULL, &st), -EFAULT);
}

SCENARIO(long_paths)
{
  char path[FS_PATH_MAX + 10];
  struct stat st;

  /* A name of 256 bytes, a path of 4096, and the longest that are allowed */

  memset(path, 'a', sizeof(path));
  path[0]   = '/';
  path[257] = '\0';
  EQ(nx_stat(path, &st), -ENAMETOOLONG);
  path[256] = '\0';
  EQ(nx_stat(path, &st), -ENOENT);

  memset(path, '/', sizeof(path));
  path[FS_PATH_MAX] = '\0';
  EQ(nx_stat(path, &st), -ENAMETOOLONG);
  path[FS_PATH_MAX - 1] = '\0';
  EQ(nx_stat(path, &st), 0);
}

SCENARIO(current_folder)
{
  char buf[16];

  EQ(nx_getcwd(buf, 1), -ERANGE);
  EQ(nx_getcwd(buf, 0), -ERANGE);
  EQ(nx_getcwd(NULL, 9), -EFAULT);
  EQ(nx_getcwd(buf, sizeof(buf)), 2);
  TEXT(buf, "/");
  EQ(nx_chdir("/dev/null"), -ENOTDIR);
  EQ(nx_chdir("/nothing"), -ENOENT);
  EQ(nx_chdir(""), -ENOENT);
  EQ(nx_chdir("dev/../dev/./"), 0);
  EQ(nx_getcwd(buf, sizeof(buf)), 5);
  EQ(nx_getcwd(buf, 4), -ERANGE);
  TEXT(buf, "/dev");
  EQ(nx_access("null", F_OK), 0);
  EQ(nx_chdir("../../.."), 0);
  EQ(nx_getcwd(buf, sizeof(buf)), 2);

  int fd = nx_opendir("/dev");

  EQ(nx_fchdir(fd), 0);
  EQ(nx_getcwd(buf, sizeof(buf)), 5);
  EQ(nx_fchdir(0), -ENOTDIR);
  nx_closedir(fd);
}

SCENARIO(folders_in_the_tree)
{
  EQ(nx_mkdir("/tmp", 0700), 0);
  EQ(nx_mkdir("/tmp", 0700), -EEXIST);
  EQ(nx_mkdir("/tmp/a/b", 0700), -ENOENT);
  EQ(nx_mkdir("/dev/null/a", 0700), -ENOTDIR);
  EQ(nx_mkdir("/", 0700), -EEXIST);
  EQ(nx_mkdir("/tmp/a/", 0700), 0);
  EQ(nx_rmdir("/tmp"), -ENOTEMPTY);
  EQ(nx_rmdir("/tmp/a/."), -EINVAL);
  EQ(nx_rmdir("/tmp/b"), -ENOENT);
  EQ(nx_rmdir("/dev/null"), -ENOTDIR);
  EQ(nx_rmdir("/"), -EBUSY);
  EQ(nx_rmdir("/proc"), -EBUSY);
  EQ(nx_unlink("/tmp/a"), -EISDIR);
  EQ(nx_unlink("/dev/null"), -EPERM);
  EQ(nx_unlink("/dev/x"), -ENOENT);
  EQ(nx_unlink("/proc"), -EISDIR);
  EQ(nx_rename("/tmp/a", "/tmp/b"), -EPERM);
  EQ(nx_rename("/tmp/x", "/tmp/b"), -ENOENT);
  EQ(nx_truncate("/dev/null", 0), -EINVAL);
  EQ(nx_truncate("/dev/null", -1), -EINVAL);
  EQ(nx_truncate("/dev", 0), -EISDIR);
  EQ(nx_readlink("/dev/null", NULL, 0), -EFAULT);
  EQ(listed("/tmp", "a"), DT_DIR);

  /* A folder that is removed while it is open is empty */

  int fd = nx_opendir("/tmp/a");
  struct dirent entry;

  EQ(nx_rmdir("/tmp/a"), 0);
  EQ(nx_readdir(fd, &entry), 1);
  EQ(nx_readdir(fd, &entry), 1);
  EQ(nx_readdir(fd, &entry), 0);
  EQ(nx_closedir(fd), 0);
  EQ(nx_rmdir("/tmp"), 0);
}

SCENARIO(reading_folders)
{
  static const char *const names[] =
  {
    ".", "..", "console", "null", "random", "stderr", "urandom", "zero"
  };

  struct dirent entry;
  int fd = nx_opendir("/dev");
  char c;

  for (size_t i = 0; i < nitems(names); i++)
    {
      EQ(nx_readdir(fd, &entry), 1);
      TEXT(entry.d_name, names[i]);
      EQ(nx_telldir(fd), i + 1);
      EQ(entry.d_type, i < 2 ? DT_DIR : DT_CHR);
    }

  EQ(nx_readdir(fd, &entry), 0);
  EQ(nx_readdir(fd, &entry), 0);
  EQ(nx_seekdir(fd, 3), 0);
  EQ(nx_readdir(fd, &entry), 1);
  TEXT(entry.d_name, "null");
  EQ(nx_seekdir(fd, -1), -EINVAL);

  /* New names show after rewinding, not before */

  EQ(plug(), 0);
  EQ(nx_seekdir(fd, 4), 0);
  EQ(nx_readdir(fd, &entry), 1);
  TEXT(entry.d_name, "random");
  EQ(nx_rewinddir(fd), 0);
  EQ(nx_seekdir(fd, 4), 0);
  EQ(nx_readdir(fd, &entry), 1);
  TEXT(entry.d_name, "probe");
  unplug();

  EQ(nx_read(fd, &c, 1), -EISDIR);
  EQ(nx_write(fd, &c, 1), -EBADF);
  EQ(nx_pread(fd, &c, 1, 0), -EISDIR);
  EQ(nx_readdir(fd, NULL), -EFAULT);
  EQ(nx_readdir(0, &entry), -ENOTDIR);
  EQ(nx_opendir("/dev/null"), -ENOTDIR);
  EQ(nx_opendir("/nothing"), -ENOENT);
  EQ(nx_fcntl(fd, F_GETFD), FD_CLOEXEC);
  nx_closedir(fd);

  EQ(listed("/", "dev"), DT_DIR);
  EQ(listed("/", "proc"), DT_DIR);
}

/* Mounts */

static int nofs_open(void *mnt, const char *relpath, struct file *filep,
                     mode_t mode)
{
  (void)mnt;
  (void)filep;
  (void)mode;
  return relpath[0] == '\0' ? -EACCES : -ENOENT;
}

static int nofs_stat(void *mnt, const char *relpath, bool follow,
                     struct stat *buf)
{
  (void)mnt;
  (void)follow;
  memset(buf, 0, sizeof(*buf));
  buf->st_mode = S_IFDIR | 0555;
  return relpath[0] == '\0' ? 0 : -ENOENT;
}

static const struct mount_operations g_nofs_ops =
{
  .fstype = "nofs",
  .open   = nofs_open,
  .stat   = nofs_stat
};

static int find_mount(const char *path, const char *fstype, const char *text,
                      void *arg)
{
  (void)text;
  return strcmp(path, arg) == 0 && strcmp(fstype, "nofs") == 0 ? 7 : 0;
}

SCENARIO(a_file_system_that_does_nothing)
{
  char where[] = "/m/n";
  struct stat st;

  EQ(nx_mkdir("/m", 0755), 0);
  EQ(fs_mount("m/n", &g_nofs_ops, NULL), -EINVAL);
  EQ(fs_mount("/", &g_nofs_ops, NULL), -EBUSY);
  EQ(fs_mount("/dev", &g_nofs_ops, NULL), -EBUSY);
  EQ(fs_mount("/dev/null", &g_nofs_ops, NULL), -ENOTDIR);
  EQ(fs_mount("/proc/x", &g_nofs_ops, NULL), -EXDEV);
  EQ(fs_mount("/m/n", &g_nofs_ops, NULL), 0);
  EQ(fs_mount("/m/n", &g_nofs_ops, NULL), -EBUSY);
  EQ(fs_mounts(find_mount, where), 7);

  EQ(nx_open("/m/n", O_RDONLY), -EACCES);
  EQ(nx_open("/m/n/x", O_RDONLY), -ENOENT);
  EQ(nx_open("/m/n/x/", O_RDWR | O_CREAT, 0666), -EISDIR);
  EQ(nx_stat("/m/n/", &st), 0);
  EQ(nx_access("/m/n", W_OK), -EROFS);
  EQ(nx_access("/m/n", R_OK), 0);
  EQ(nx_access("/m/n/x", R_OK), -ENOENT);
  EQ(nx_unlink("/m/n/x"), -EROFS);
  EQ(nx_mkdir("/m/n/x", 0700), -EROFS);
  EQ(nx_mkdir("/m/n", 0700), -EEXIST);
  EQ(nx_rmdir("/m/n/x"), -EROFS);
  EQ(nx_rmdir("/m/n"), -EBUSY);
  EQ(nx_rename("/m/n/x", "/m/n/y"), -EROFS);
  EQ(nx_rename("/m/n/x", "/m/y"), -EXDEV);
  EQ(nx_rename("/m/n/x", "/proc/y"), -EXDEV);
  EQ(nx_rename("/m/n", "/m/y"), -EBUSY);
  EQ(nx_rename("/m/n/x", "/m/n"), -EBUSY);
  EQ(nx_truncate("/m/n/x", 0), -EROFS);
  EQ(nx_readlink("/m/n/x", (char *)&st, 9), -EINVAL);
  EQ(nx_rmdir("/m"), -ENOTEMPTY);

  EQ(nx_umount("/m"), -EINVAL);
  EQ(nx_umount("/m/n/x"), -EINVAL);
  EQ(nx_umount("/nothing"), -EINVAL);
  EQ(nx_umount("/m/n"), 0);
  EQ(nx_umount("/m/n"), -EINVAL);
  EQ(fs_mounts(find_mount, where), 0);
  EQ(nx_rmdir("/m/n"), 0);
  EQ(nx_rmdir("/m"), 0);
}

SCENARIO(mount_in_use)
{
  int fd = nx_opendir("/proc");

  EQ(nx_umount("/proc"), -EBUSY);
  nx_closedir(fd);
}

/* Memory runs out at each allocation in turn: an error, and no trace */

static int everything(void)
{
  struct dirent entry;
  int fd[2];
  int ret = register_driver("/dev/a/b/c", &g_probe_ops, 0666, &g_probe);

  if (ret >= 0)
    {
      EQ(unregister_driver("/dev/a/b/c"), 0);
      while (nx_rmdir("/dev/a/b") == -ENOMEM || nx_rmdir("/dev/a") == -ENOMEM)
        {
          ret = -ENOMEM;
        }
    }

  ret = ret < 0 ? ret : nx_open("/proc/self/status", O_RDONLY);
  if (ret >= 0)
    {
      ret = nx_close(ret);
    }

  ret = ret < 0 ? ret : nx_opendir("/proc");
  if (ret >= 0)
    {
      int dir = ret;

      ret = nx_readdir(dir, &entry);
      nx_closedir(dir);
    }

  ret = ret < 0 ? ret : nx_pipe2(fd, 0);
  if (ret >= 0)
    {
      ret = nx_dup2(fd[0], 40);
      nx_close(40);
      nx_close(fd[0]);
      nx_close(fd[1]);
    }

  ret = ret < 0 ? ret : nx_chdir("/dev");
  ret = ret < 0 ? ret : nx_chdir("/");
  ret = ret < 0 ? ret : nx_eventfd(0, 0);
  ret = ret < 0 ? ret : nx_close(ret);
  ret = ret < 0 ? ret : nx_timerfd_create(CLOCK_MONOTONIC, 0);
  return ret < 0 ? ret : nx_close(ret);
}

static int everything_child(void *arg)
{
  unsigned long n = *(unsigned long *)arg;
  int ret;

  kmm_fail(n);
  ret = everything();
  kmm_fail(0);
  return ret == -ENOMEM ? 1 : ret == 0 ? 0 : 2;
}

SCENARIO(memory_runs_out)
{
  unsigned long n = 1;
  int ret;

  do
    {
      struct fs_counts_s before;
      struct fs_counts_s after;

      fs_getcounts(&before);
      ret = reap(start(everything_child, &n));
      fs_getcounts(&after);

      CHECK(ret == 0 || ret == 1);
      CHECK(memcmp(&before, &after, sizeof(before)) == 0);
      n++;
    }
  while (ret == 1);

  CHECK(n > 20);
}

/* Booting without enough memory: refused, and no trace */

static unsigned long g_fail;

static int bringup_failing(void)
{
  int ret;

  kmm_fail(g_fail);
  ret = fs_initialize();
  kmm_fail(0);
  return ret;
}

static int no_body(int argc, char *argv[])
{
  (void)argc;
  (void)argv;
  return 0;
}

static void test_boot_without_memory(void **state)
{
  struct sim_config_s cfg =
  {
    .virtual_time = true,
    .loglevel     = LOG_CRIT,
    .bringup      = bringup_failing
  };

  struct kmm_info_s before;
  struct kmm_info_s after;
  int status;

  (void)state;
  g_fail = 1;

  do
    {
      kmm_getinfo(&before);
      status = sim_run(&cfg, no_body, 0, NULL);
      kmm_getinfo(&after);
      assert_int_equal(after.nblocks, before.nblocks);
      assert_true(status == 0 || status == 1);
      g_fail++;
    }
  while (status == 1);

  assert_true(g_fail > 20);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    scenario(open_what_is_not_there),
    scenario(open_flags_that_cannot_be_honoured),
    scenario(open_follows_the_mode_of_the_driver),
    scenario(closed_descriptors_are_refused),
    scenario(bad_arguments_of_transfers),
    scenario(the_simple_devices),
    scenario(last_descriptor_closes),
    scenario(refused_by_the_driver),
    scenario(driver_goes_while_open),
    scenario(registering_wrongly),
    scenario(dup_to_places),
    scenario(table_grows_to_its_limit),
    scenario(status_flags),
    scenario(children_inherit),
    scenario(table_of_a_held_task),
    scenario(killed_task_closes_all),
    scenario(paths_with_dots),
    scenario(long_paths),
    scenario(current_folder),
    scenario(folders_in_the_tree),
    scenario(reading_folders),
    scenario(a_file_system_that_does_nothing),
    scenario(mount_in_use),
    scenario(memory_runs_out),
    scenario(boot_without_memory)
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
