/* tests/host/kernel/test_hostfs.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A folder of the host.  Goal: what is done below /host happens in that
 * folder, and nothing outside of it can be seen or touched, however the path
 * is written and whatever links lie there.  Method: a fresh folder, with a
 * secret beside it, checked from both sides.
 */

#define _GNU_SOURCE

#include "fs_fixture.h"


#include <ftw.h>

static char g_base[] = "/tmp/test_hostfs.XXXXXX";
static char g_path[256];

static const char *on_host(const char *name)
{
  snprintf(g_path, sizeof(g_path), "%s/dir/%s", g_base, name);
  return g_path;
}

static void host_write(const char *path, const char *text)
{
  FILE *file = fopen(path, "w");

  if (file != NULL)
    {
      fputs(text, file);
      fclose(file);
    }
}

static const char *host_read(const char *path)
{
  static char text[256];
  FILE *file = fopen(path, "r");
  size_t n = 0;

  if (file != NULL)
    {
      n = fread(text, 1, sizeof(text) - 1, file);
      fclose(file);
    }

  text[n] = '\0';
  return text;
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *ftw)
{
  (void)st;
  (void)type;
  (void)ftw;
  return remove(path);
}

static int setup(void **state)
{
  char secret[256];

  (void)state;
  strcpy(g_base + sizeof(g_base) - 7, "XXXXXX");
  if (mkdtemp(g_base) == NULL || mkdir(on_host(""), 0755) < 0)
    {
      return -1;
    }

  snprintf(secret, sizeof(secret), "%s/secret", g_base);
  host_write(secret, "secret");
  host_write(on_host("file"), "contents");
  return symlink("../secret", on_host("up")) |
         symlink("/etc/passwd", on_host("absolute")) |
         symlink("file", on_host("good")) |
         symlink("loop", on_host("loop")) |
         symlink("..", on_host("parent")) |
         mkdir(on_host("sub"), 0755) |
         symlink("../file", on_host("sub/back")) |
         mkfifo(on_host("fifo"), 0600);
}

static int teardown(void **state)
{
  (void)state;
  return nftw(g_base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void mount_it(void)
{
  char path[256];

  snprintf(path, sizeof(path), "%s/dir", g_base);
  EQ(hostfs_mount(path, "/host"), 0);
}

SCENARIO(mounting_wrongly)
{
  EQ(hostfs_mount("/nonexistent/folder", "/host"), -ENOENT);
  EQ(hostfs_mount("/etc/passwd", "/host"), -ENOTDIR);
  EQ(hostfs_mount(NULL, "/host"), -EFAULT);
  EQ(hostfs_mount("/tmp", NULL), -EINVAL);
  EQ(hostfs_mount("/tmp", "host"), -EINVAL);
  EQ(hostfs_mount("/tmp", "/dev"), -EBUSY);
  EQ(hostfs_mount("/tmp", "/proc/x"), -EXDEV);
  EQ(nx_access("/host", F_OK), -ENOENT);
}

/* Every way out that there is */

SCENARIO(nothing_leads_out)
{
  static const char *const out[] =
  {
    "/host/up", "/host/absolute", "/host/parent/secret", "/host/parent",
    "/host/parent/dir/file", "/host/sub/../up", "/host/parent/../../etc"
  };

  struct stat st;

  mount_it();

  for (size_t i = 0; i < nitems(out) - 1; i++)
    {
      EQ(nx_open(out[i], O_RDONLY), -EXDEV);
      EQ(nx_open(out[i], O_WRONLY | O_CREAT | O_TRUNC, 0666), -EXDEV);
      EQ(nx_stat(out[i], &st), -EXDEV);
      EQ(nx_access(out[i], F_OK), -EXDEV);
      EQ(nx_truncate(out[i], 0), -EXDEV);
    }

  EQ(nx_opendir("/host/parent"), -EXDEV);
  EQ(nx_chdir("/host/parent"), -EXDEV);
  EQ(nx_mkdir("/host/parent/x", 0755), -EXDEV);
  EQ(nx_unlink("/host/parent/secret"), -EXDEV);
  EQ(nx_rmdir("/host/parent/dir"), -EXDEV);
  EQ(nx_rename("/host/file", "/host/parent/file"), -EXDEV);
  EQ(nx_rename("/host/parent/secret", "/host/x"), -EXDEV);

  /* ".." is resolved here, by name, and stops at the root */

  EQ(nx_stat("/host/../host/file", &st), 0);
  EQ(nx_stat("/host/../secret", &st), -ENOENT);
  EQ(nx_stat("/host/sub/../../secret", &st), -ENOENT);
  EQ(nx_chdir("/host/sub"), 0);
  EQ(nx_stat("../../secret", &st), -ENOENT);
  EQ(nx_stat("../file", &st), 0);
  EQ(nx_stat("../../../../etc/passwd", &st), -ENOENT);
  EQ(nx_chdir("/"), 0);
  EQ(nx_umount("/host"), 0);
  EQ(nx_rmdir("/host"), 0);
}

static void check_secret(void **state)
{
  char path[256];

  (void)state;
  snprintf(path, sizeof(path), "%s/secret", g_base);
  assert_string_equal(host_read(path), "secret");
}

SCENARIO(links_that_stay_inside)
{
  char buf[16];
  struct stat st;

  mount_it();
  TEXT(slurp("/host/good"), "contents");
  TEXT(slurp("/host/sub/back"), "contents");
  EQ(nx_lstat("/host/good", &st), 0);
  CHECK(S_ISLNK(st.st_mode));
  EQ(nx_lstat("/host/up", &st), 0);
  EQ(nx_stat("/host/good", &st), 0);
  CHECK(S_ISREG(st.st_mode));
  EQ(nx_open("/host/good", O_RDONLY | O_NOFOLLOW), -ELOOP);
  EQ(nx_open("/host/loop", O_RDONLY), -ELOOP);
  EQ(nx_stat("/host/loop", &st), -ELOOP);
  EQ(nx_readlink("/host/good", buf, 2), 2);
  EQ(nx_readlink("/host/absolute", buf, sizeof(buf)), 11);
  EQ(nx_readlink("/host/file", buf, sizeof(buf)), -EINVAL);
  EQ(nx_readlink("/host/none", buf, sizeof(buf)), -ENOENT);
  EQ(nx_umount("/host"), 0);
  EQ(nx_rmdir("/host"), 0);
}

/* The host's FIFO would stop the whole kernel */

SCENARIO(neither_file_nor_folder)
{
  struct stat st;

  mount_it();
  EQ(nx_open("/host/fifo", O_RDONLY), -ENXIO);
  EQ(nx_open("/host/fifo", O_WRONLY), -ENXIO);
  EQ(nx_open("/host/fifo", O_RDWR | O_CREAT, 0600), -ENXIO);
  EQ(nx_truncate("/host/fifo", 0), -ENXIO);
  EQ(nx_stat("/host/fifo", &st), 0);
  CHECK(S_ISFIFO(st.st_mode));
  EQ(listed("/host", "fifo"), DT_FIFO);
  EQ(nx_umount("/host"), 0);
  EQ(nx_rmdir("/host"), 0);
}

SCENARIO(files)
{
  struct iovec iov[2];
  struct stat st;
  char buf[32] = "";
  int fd;

  mount_it();
  EQ(nx_open("/host/new", O_RDWR), -ENOENT);
  EQ(nx_open("/host/no/new", O_RDWR | O_CREAT, 0644), -ENOENT);
  EQ(nx_open("/host/file/new", O_RDWR | O_CREAT, 0644), -ENOTDIR);
  EQ(nx_open("/host/file", O_RDWR | O_CREAT | O_EXCL, 0644), -EEXIST);
  EQ(nx_open("/host/file/", O_RDONLY), -ENOTDIR);
  EQ(nx_open("/host/new/", O_RDWR | O_CREAT, 0644), -EISDIR);
  EQ(nx_open("/host/sub", O_RDWR), -EISDIR);

  fd = nx_open("/host/new", O_RDWR | O_CREAT | O_EXCL, 0640);
  EQ(nx_write(fd, "0123456789", 10), 10);
  EQ(nx_lseek(fd, 3, SEEK_SET), 3);
  EQ(nx_pread(fd, buf, 2, 8), 2);
  TEXT(buf, "89");
  EQ(nx_pread(fd, buf, 9, 10), 0);
  EQ(nx_pwrite(fd, "XY", 2, 0), 2);
  EQ(nx_lseek(fd, 0, SEEK_CUR), 3);
  EQ(nx_read(fd, buf, 2), 2);
  TEXT(buf, "34");
  EQ(nx_lseek(fd, -1, SEEK_SET), -EINVAL);
  EQ(nx_lseek(fd, 0, SEEK_END), 10);
  EQ(nx_lseek(fd, -20, SEEK_CUR), -EINVAL);
  EQ(nx_lseek(fd, 0, SEEK_CUR), 10);

  /* O_APPEND can be set and taken back */

  EQ(nx_lseek(fd, 0, SEEK_SET), 0);
  EQ(nx_fcntl(fd, F_SETFL, O_APPEND), 0);
  EQ(nx_write(fd, "end", 3), 3);
  EQ(nx_lseek(fd, 0, SEEK_CUR), 13);
  EQ(nx_fcntl(fd, F_SETFL, 0), 0);
  EQ(nx_lseek(fd, 0, SEEK_SET), 0);

  iov[0].iov_base = "a";
  iov[0].iov_len  = 1;
  iov[1].iov_base = "b";
  iov[1].iov_len  = 1;
  EQ(nx_writev(fd, iov, 2), 2);
  EQ(nx_fsync(fd), 0);
  TEXT(host_read(on_host("new")), "ab23456789end");

  EQ(nx_ftruncate(fd, -1), -EINVAL);
  EQ(nx_ftruncate(fd, 4), 0);
  EQ(nx_fstat(fd, &st), 0);
  EQ(st.st_size, 4);
  EQ(st.st_mode & 0777, 0640);
  EQ(nx_isatty(fd), -ENOTTY);
  nx_close(fd);

  fd = nx_open("/host/new", O_RDONLY);
  EQ(nx_write(fd, "x", 1), -EBADF);
  EQ(nx_ftruncate(fd, 0), -EINVAL);
  nx_close(fd);

  EQ(nx_truncate("/host/new", 2), 0);
  EQ(nx_truncate("/host/sub", 2), -EISDIR);
  TEXT(slurp("/host/new"), "ab");
  fd = nx_open("/host/new", O_WRONLY | O_TRUNC);
  nx_close(fd);
  TEXT(slurp("/host/new"), "");
  EQ(nx_unlink("/host/new"), 0);
  EQ(nx_unlink("/host/new"), -ENOENT);
  EQ(nx_unlink("/host/file/"), -ENOTDIR);
  EQ(nx_unlink("/host/sub/"), -EISDIR);
  EQ(nx_unlink("/host/sub"), -EISDIR);
  EQ(nx_unlink("/host"), -EISDIR);
  EQ(nx_umount("/host"), 0);
  EQ(nx_rmdir("/host"), 0);
}

SCENARIO(folders)
{
  struct stat st;
  struct dirent entry;
  int fd;

  mount_it();
  EQ(nx_mkdir("/host/sub", 0755), -EEXIST);
  EQ(nx_mkdir("/host/no/sub", 0755), -ENOENT);
  EQ(nx_mkdir("/host/file/sub", 0755), -ENOTDIR);
  EQ(nx_mkdir("/host/made/", 0711), 0);
  EQ(nx_stat("/host/made", &st), 0);
  EQ(st.st_mode, S_IFDIR | 0711);
  EQ(nx_rename("/host/file", "/host/made/"), -ENOTDIR);
  EQ(nx_rename("/host/file", "/host/made/file"), 0);
  EQ(nx_rmdir("/host/made"), -ENOTEMPTY);
  EQ(nx_rename("/host/made", "/host/made/inside"), -EINVAL);
  EQ(nx_rename("/host/made/", "/host/moved/"), 0);
  TEXT(slurp("/host/moved/file"), "contents");
  EQ(nx_rename("/host/moved/file", "/host/file"), 0);
  EQ(nx_rename("/host/file", "/dev/file"), -EXDEV);
  EQ(nx_rename("/host", "/other"), -EBUSY);
  EQ(nx_rmdir("/host/moved"), 0);
  EQ(nx_rmdir("/host/moved"), -ENOENT);
  EQ(nx_rmdir("/host/file"), -ENOTDIR);
  EQ(nx_rmdir("/host"), -EBUSY);

  EQ(listed("/host", "file"), DT_REG);
  EQ(listed("/host/", "sub"), DT_DIR);
  EQ(listed("/host", "good"), DT_LNK);
  EQ(listed("/host/sub", "back"), DT_LNK);
  EQ(nx_opendir("/host/file"), -ENOTDIR);

  /* Twice through the same folder */

  fd = nx_opendir("/host/sub");
  EQ(nx_readdir(fd, &entry), 1);
  EQ(nx_readdir(fd, &entry), 1);
  EQ(nx_readdir(fd, &entry), 1);
  EQ(nx_readdir(fd, &entry), 0);
  EQ(nx_rewinddir(fd), 0);
  EQ(nx_readdir(fd, &entry), 1);
  TEXT(entry.d_name, ".");
  EQ(nx_umount("/host"), -EBUSY);
  EQ(nx_closedir(fd), 0);
  EQ(nx_umount("/host"), 0);
  EQ(nx_rmdir("/host"), 0);
}

static int find_mount(const char *path, const char *fstype, const char *text,
                      void *arg)
{
  (void)arg;
  return strcmp(path, "/host") == 0 && strcmp(fstype, "hostfs") == 0 &&
         strstr(text, "test_hostfs") != NULL;
}

SCENARIO(shown_in_the_table)
{
  mount_it();
  EQ(fs_mounts(find_mount, NULL), 1);
  CHECK(strstr(slurp("/proc/mounts"), "/host type hostfs /tmp/") != NULL);
  EQ(nx_umount("/host"), 0);
  EQ(nx_rmdir("/host"), 0);
}

/* Files that are open at the end of the kernel are closed on the host: the
 * fixture counts.
 */

SCENARIO(left_mounted)
{
  static int once;

  mount_it();
  once = nx_open("/host/file", O_RDONLY);
  EQ(nx_close(once), 0);
  EQ(nx_umount("/host"), 0);
  EQ(nx_rmdir("/host"), 0);
}

static void body_forgotten(void)
{
  mount_it();
  nx_open("/host/file", O_RDONLY);
  nx_opendir("/host");
}

static void test_forgotten(void **state)
{
  struct kmm_info_s before;
  struct kmm_info_s after;
  int fds = count_host_fds();

  (void)state;
  kmm_getinfo(&before);
  assert_int_equal(run_kernel(body_forgotten, true), 0);
  kmm_getinfo(&after);
  assert_int_equal(after.nblocks, before.nblocks);
  assert_int_equal(count_host_fds(), fds);
}

#define on_folder(name) \
  cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    on_folder(mounting_wrongly),
    cmocka_unit_test_setup(test_nothing_leads_out, setup),
    cmocka_unit_test_teardown(check_secret, teardown),
    on_folder(links_that_stay_inside),
    on_folder(neither_file_nor_folder),
    on_folder(files),
    on_folder(folders),
    on_folder(shown_in_the_table),
    on_folder(left_mounted),
    on_folder(forgotten)
  };

  umask(0);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
