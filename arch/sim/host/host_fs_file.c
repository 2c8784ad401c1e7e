/* arch/sim/host/host_fs_file.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Files of the host below one folder.  Every path is opened with openat2()
 * and RESOLVE_BENEATH: the host itself sees to it that neither ".." nor a
 * symbolic link leads out of the folder, also if somebody moves folders
 * about meanwhile.  What changes a name opens its folder so, and does the
 * rest relative to that.
 */

#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host_fs.h"

static int result(int ret)
{
  return ret < 0 ? -errno : ret;
}

/* The only way to a name */

static int open_beneath(int root, const char *path, int oflags,
                        uint32_t mode)
{
  struct open_how how;
  int fd;

  memset(&how, 0, sizeof(how));
  how.flags   = oflags | O_CLOEXEC;
  how.mode    = (oflags & O_CREAT) != 0 ? mode & 07777 : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;

  /* EAGAIN: somebody renamed something just then, and the host cannot tell
   * whether ".." is still beneath.
   */

  do
    {
      fd = syscall(SYS_openat2, root, path[0] != '\0' ? path : ".", &how,
                   sizeof(how));
    }
  while (fd < 0 && errno == EAGAIN);

  return result(fd);
}

/* Open the folder that a path names something in; *name is that.  -EBUSY
 * for the root itself.
 */

static int open_parent(int root, const char *path, const char **name)
{
  const char *slash = strrchr(path, '/');
  char folder[PATH_MAX];
  size_t len = slash != NULL ? slash - path : 0;

  if (path[0] == '\0')
    {
      return -EBUSY;
    }

  if (len >= sizeof(folder))
    {
      return -ENAMETOOLONG;
    }

  memcpy(folder, path, len);
  folder[len] = '\0';
  *name = slash != NULL ? slash + 1 : path;
  return open_beneath(root, folder, O_PATH | O_DIRECTORY, 0);
}

int host_root_open(const char *hostdir)
{
  int fd = open(hostdir, O_PATH | O_DIRECTORY | O_CLOEXEC);
  int probe;

  if (fd < 0)
    {
      return -errno;
    }

  /* A host without openat2() is found out here */

  probe = open_beneath(fd, "", O_PATH, 0);
  if (probe < 0)
    {
      close(fd);
      return probe;
    }

  close(probe);
  return fd;
}

int host_close(int fd)
{
  return result(close(fd));
}

/* What to open() itself can do harm: a FIFO or a terminal waits, a tape
 * rewinds.  So look first.
 */

static int host_check(int root, const char *path, int oflags)
{
  struct stat buf;
  int ret;
  int fd = open_beneath(root, path, O_PATH | (oflags & O_NOFOLLOW), 0);

  if (fd < 0)
    {
      return fd == -ENOENT && (oflags & O_CREAT) != 0 ? 0 : fd;
    }

  ret = result(fstat(fd, &buf));
  close(fd);

  if (ret >= 0 && !S_ISREG(buf.st_mode) && !S_ISDIR(buf.st_mode))
    {
      ret = S_ISLNK(buf.st_mode) ? -ELOOP : -ENXIO;
    }

  return ret;
}

int host_open(int root, const char *path, int oflags, uint32_t mode)
{
  int wanted = O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC | O_DIRECTORY |
               O_NOFOLLOW | O_SYNC | O_DSYNC;
  int ret = host_check(root, path, oflags);

  return ret < 0 ? ret :
         open_beneath(root, path, (oflags & wanted) | O_NOCTTY | O_NONBLOCK,
                      mode);
}

ssize_t host_read(int fd, void *buf, size_t len)
{
  ssize_t n = read(fd, buf, len);

  return n < 0 ? -errno : n;
}

ssize_t host_write(int fd, const void *buf, size_t len, bool append)
{
  struct iovec iov;
  ssize_t n;

  iov.iov_base = (void *)buf;
  iov.iov_len  = len;
  n = pwritev2(fd, &iov, 1, -1, append ? RWF_APPEND : 0);
  return n < 0 ? -errno : n;
}

int64_t host_seek(int fd, int64_t offset, int whence)
{
  int64_t ret = lseek(fd, offset, whence);

  return ret < 0 ? -errno : ret;
}

static void convert(const struct stat *from, struct hoststat_s *to)
{
  to->dev        = from->st_dev;
  to->ino        = from->st_ino;
  to->mode       = from->st_mode;
  to->nlink      = from->st_nlink;
  to->uid        = from->st_uid;
  to->gid        = from->st_gid;
  to->rdev       = from->st_rdev;
  to->size       = from->st_size;
  to->blksize    = from->st_blksize;
  to->blocks     = from->st_blocks;
  to->atime_sec  = from->st_atim.tv_sec;
  to->mtime_sec  = from->st_mtim.tv_sec;
  to->ctime_sec  = from->st_ctim.tv_sec;
  to->atime_nsec = from->st_atim.tv_nsec;
  to->mtime_nsec = from->st_mtim.tv_nsec;
  to->ctime_nsec = from->st_ctim.tv_nsec;
}

int host_fstat(int fd, struct hoststat_s *buf)
{
  struct stat st;
  int ret = result(fstat(fd, &st));

  if (ret >= 0)
    {
      convert(&st, buf);
    }

  return ret;
}

int host_ftruncate(int fd, int64_t length)
{
  return result(ftruncate(fd, length));
}

int host_fsync(int fd)
{
  return result(fsync(fd));
}

int host_list(int fd, host_entry_t fn, void *arg)
{
  struct dirent *entry;
  DIR *dir;
  int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int ret = 0;

  if (own < 0)
    {
      return -errno;
    }

  dir = fdopendir(own);
  if (dir == NULL)
    {
      ret = -errno;
      close(own);
      return ret;
    }

  while (ret >= 0)
    {
      errno = 0;
      entry = readdir(dir);
      if (entry == NULL)
        {
          ret = -errno;
          break;
        }

      if (strcmp(entry->d_name, ".") != 0 &&
          strcmp(entry->d_name, "..") != 0)
        {
          ret = fn(arg, entry->d_name, entry->d_type, entry->d_ino);
        }
    }

  closedir(dir);
  return ret;
}

int host_stat(int root, const char *path, bool follow,
              struct hoststat_s *buf)
{
  int ret;
  int fd = open_beneath(root, path, O_PATH | (follow ? 0 : O_NOFOLLOW), 0);

  if (fd < 0)
    {
      return fd;
    }

  ret = host_fstat(fd, buf);
  close(fd);
  return ret;
}

int host_access(int root, const char *path, int amode)
{
  int ret;
  int fd = open_beneath(root, path, O_PATH, 0);

  if (fd < 0)
    {
      return fd;
    }

  ret = result(faccessat(fd, "", amode, AT_EMPTY_PATH));
  close(fd);
  return ret;
}

ssize_t host_readlink(int root, const char *path, char *buf, size_t size)
{
  ssize_t ret;
  int fd = open_beneath(root, path, O_PATH | O_NOFOLLOW, 0);

  if (fd < 0)
    {
      return fd;
    }

  /* ENOENT is how it says that this is no link */

  ret = readlinkat(fd, "", buf, size);
  ret = ret < 0 ? (errno == ENOENT ? -EINVAL : -errno) : ret;
  close(fd);
  return ret;
}

static int remove_name(int root, const char *path, int flags)
{
  const char *name;
  int ret;
  int fd = open_parent(root, path, &name);

  if (fd < 0)
    {
      return fd;
    }

  ret = result(unlinkat(fd, name, flags));
  close(fd);
  return ret;
}

int host_unlink(int root, const char *path)
{
  return remove_name(root, path, 0);
}

int host_rmdir(int root, const char *path)
{
  return remove_name(root, path, AT_REMOVEDIR);
}

int host_mkdir(int root, const char *path, uint32_t mode)
{
  const char *name;
  int ret;
  int fd = open_parent(root, path, &name);

  if (fd < 0)
    {
      return fd;
    }

  ret = result(mkdirat(fd, name, mode & 07777));
  close(fd);
  return ret;
}

int host_rename(int root, const char *from, const char *to)
{
  const char *fromname;
  const char *toname;
  int tofd;
  int ret;
  int fd = open_parent(root, from, &fromname);

  if (fd < 0)
    {
      return fd;
    }

  tofd = open_parent(root, to, &toname);
  ret  = tofd < 0 ? tofd : result(renameat(fd, fromname, tofd, toname));

  if (tofd >= 0)
    {
      close(tofd);
    }

  close(fd);
  return ret;
}

int host_truncate(int root, const char *path, int64_t length)
{
  int ret;
  int fd = host_open(root, path, O_WRONLY, 0);

  if (fd < 0)
    {
      return fd;
    }

  ret = host_ftruncate(fd, length);
  close(fd);
  return ret;
}
