/* libs/posix/file.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Descriptors and names.  The kernel's calls have POSIX's arguments already;
 * what is left is errno, and on 32-bit hosts the second set of names with 64
 * bits in off_t.
 */

#include "binding.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

#include <nuttx/fs/fs.h>
#include <nuttx/kmalloc.h>

#define BLOCKING (CALL_CANCEL | CALL_RESTART)

/* Opening.  The mode is there only with O_CREAT. */

static int do_open(int dir, const char *path, int flags, va_list ap)
{
  mode_t mode = 0;

  if ((flags & O_CREAT) != 0)
    {
      mode = va_arg(ap, int) & ~posix_group()->umask;
    }

  if (dir != AT_FDCWD && path[0] != '/')
    {
      return posix_fail(ENOSYS);
    }

  return posix_call(BLOCKING, nx_open(path, flags, mode));
}

BIND(open);
int posix_open(const char *path, int flags, ...)
{
  va_list ap;
  int ret;

  va_start(ap, flags);
  ret = do_open(AT_FDCWD, path, flags, ap);
  va_end(ap);
  return ret;
}

BIND(openat);
int posix_openat(int dir, const char *path, int flags, ...)
{
  va_list ap;
  int ret;

  va_start(ap, flags);
  ret = do_open(dir, path, flags, ap);
  va_end(ap);
  return ret;
}

BIND(creat);
int posix_creat(const char *path, mode_t mode)
{
  return posix_open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

BIND(umask);
mode_t posix_umask(mode_t mask)
{
  mode_t old = posix_group()->umask;

  posix_group()->umask = mask & 0777;
  return old;
}

BIND(close);
int posix_close(int fd)
{
  return posix_call(CALL_CANCEL, nx_close(fd));
}

/* Reading and writing */

BIND(read);
ssize_t posix_read(int fd, void *buf, size_t len)
{
  return posix_call(BLOCKING, nx_read(fd, buf, len));
}

BIND(write);
ssize_t posix_write(int fd, const void *buf, size_t len)
{
  return posix_call(BLOCKING, nx_write(fd, buf, len));
}

BIND(readv);
ssize_t posix_readv(int fd, const struct iovec *iov, int n)
{
  return posix_call(BLOCKING, nx_readv(fd, iov, n));
}

BIND(writev);
ssize_t posix_writev(int fd, const struct iovec *iov, int n)
{
  return posix_call(BLOCKING, nx_writev(fd, iov, n));
}

BIND(pread);
ssize_t posix_pread(int fd, void *buf, size_t len, off_t pos)
{
  return posix_call(BLOCKING, nx_pread(fd, buf, len, pos));
}

BIND(pwrite);
ssize_t posix_pwrite(int fd, const void *buf, size_t len, off_t pos)
{
  return posix_call(BLOCKING, nx_pwrite(fd, buf, len, pos));
}

BIND(lseek);
off_t posix_lseek(int fd, off_t pos, int whence)
{
  return posix_call(CALL_PLAIN, nx_lseek(fd, pos, whence));
}

BIND(truncate);
int posix_truncate(const char *path, off_t len)
{
  return posix_call(CALL_PLAIN, nx_truncate(path, len));
}

BIND(ftruncate);
int posix_ftruncate(int fd, off_t len)
{
  return posix_call(CALL_PLAIN, nx_ftruncate(fd, len));
}

BIND(fsync);
int posix_fsync(int fd)
{
  return posix_call(CALL_CANCEL, nx_fsync(fd));
}

BIND(sync);
void posix_sync(void)
{
}

/* The same with off64_t, where off_t is narrower: too large is EOVERFLOW */

static bool narrow(off64_t pos)
{
  return (off_t)pos == pos;
}

BIND(pread64);
ssize_t posix_pread64(int fd, void *buf, size_t len, off64_t pos)
{
  return narrow(pos) ? posix_pread(fd, buf, len, pos) :
                       posix_fail(EOVERFLOW);
}

BIND(pwrite64);
ssize_t posix_pwrite64(int fd, const void *buf, size_t len, off64_t pos)
{
  return narrow(pos) ? posix_pwrite(fd, buf, len, pos) :
                       posix_fail(EOVERFLOW);
}

BIND(lseek64);
off64_t posix_lseek64(int fd, off64_t pos, int whence)
{
  return narrow(pos) ? posix_lseek(fd, pos, whence) : posix_fail(EOVERFLOW);
}

BIND(truncate64);
int posix_truncate64(const char *path, off64_t len)
{
  return narrow(len) ? posix_truncate(path, len) : posix_fail(EFBIG);
}

BIND(ftruncate64);
int posix_ftruncate64(int fd, off64_t len)
{
  return narrow(len) ? posix_ftruncate(fd, len) : posix_fail(EFBIG);
}

/* Descriptors */

BIND(dup);
int posix_dup(int fd)
{
  return posix_call(CALL_PLAIN, nx_dup(fd));
}

BIND(dup2);
int posix_dup2(int fd, int newfd)
{
  return posix_call(CALL_PLAIN, nx_dup2(fd, newfd));
}

BIND(dup3);
int posix_dup3(int fd, int newfd, int flags)
{
  return posix_call(CALL_PLAIN, nx_dup3(fd, newfd, flags));
}

BIND(pipe);
int posix_pipe(int fd[2])
{
  return posix_call(CALL_PLAIN, nx_pipe2(fd, 0));
}

BIND(pipe2);
int posix_pipe2(int fd[2], int flags)
{
  return posix_call(CALL_PLAIN, nx_pipe2(fd, flags));
}

BIND(fcntl);
int posix_fcntl(int fd, int cmd, ...)
{
  va_list ap;
  int ret;

  va_start(ap, cmd);
  ret = posix_call(CALL_PLAIN, nx_vfcntl(fd, cmd, ap));
  va_end(ap);
  return ret;
}

BIND(ioctl);
int posix_ioctl(int fd, unsigned long cmd, ...)
{
  unsigned long arg;
  va_list ap;

  va_start(ap, cmd);
  arg = va_arg(ap, unsigned long);
  va_end(ap);
  return posix_call(CALL_PLAIN, nx_ioctl(fd, cmd, arg));
}

BIND(isatty);
int posix_isatty(int fd)
{
  return posix_call(CALL_PLAIN, nx_isatty(fd)) == 1;
}

BIND(tcgetattr);
int posix_tcgetattr(int fd, struct termios *termios)
{
  return posix_ioctl(fd, TCGETS, termios);
}

BIND(tcsetattr);
int posix_tcsetattr(int fd, int when, const struct termios *termios)
{
  return when < TCSANOW || when > TCSAFLUSH ? posix_fail(EINVAL) :
         posix_ioctl(fd, TCSETS + (when - TCSANOW), termios);
}

BIND(tcgetpgrp);
pid_t posix_tcgetpgrp(int fd)
{
  pid_t pid;

  return posix_ioctl(fd, TIOCGPGRP, &pid) < 0 ? -1 : pid;
}

BIND(tcsetpgrp);
int posix_tcsetpgrp(int fd, pid_t pid)
{
  return posix_ioctl(fd, TIOCSPGRP, &pid);
}

BIND(timerfd_create);
int posix_timerfd_create(clockid_t clock, int flags)
{
  return posix_call(CALL_PLAIN, nx_timerfd_create(clock, flags));
}

BIND(timerfd_settime);
int posix_timerfd_settime(int fd, int flags, const struct itimerspec *value,
                          struct itimerspec *old)
{
  return posix_call(CALL_PLAIN, nx_timerfd_settime(fd, flags, value, old));
}

BIND(timerfd_gettime);
int posix_timerfd_gettime(int fd, struct itimerspec *value)
{
  return posix_call(CALL_PLAIN, nx_timerfd_gettime(fd, value));
}

BIND(eventfd);
int posix_eventfd(unsigned int count, int flags)
{
  return posix_call(CALL_PLAIN, nx_eventfd(count, flags));
}

BIND(eventfd_read);
int posix_eventfd_read(int fd, eventfd_t *value)
{
  return posix_read(fd, value, sizeof(*value)) == sizeof(*value) ? 0 : -1;
}

BIND(eventfd_write);
int posix_eventfd_write(int fd, eventfd_t value)
{
  return posix_write(fd, &value, sizeof(value)) == sizeof(value) ? 0 : -1;
}

/* Waiting for several.  No handler runs between the change of the mask and
 * the wait, for nothing else does.
 */

BIND(poll);
int posix_poll(struct pollfd *fds, nfds_t n, int timeout)
{
  return posix_call(CALL_CANCEL, nx_poll(fds, n, timeout));
}

static int64_t ticks_of(const struct timespec *ts)
{
  int64_t ticks;

  if (ts == NULL)
    {
      return -1;
    }

  if (ts->tv_sec < 0 || ts->tv_nsec < 0 || ts->tv_nsec >= NSEC_PER_SEC)
    {
      return INT64_MIN;
    }

  return __builtin_mul_overflow(ts->tv_sec, (int64_t)TICK_PER_SEC, &ticks) ||
         __builtin_add_overflow(ticks, NSEC2TICK(ts->tv_nsec), &ticks) ?
         INT64_MAX : ticks;
}

BIND(ppoll);
int posix_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout,
                const sigset_t *mask)
{
  int64_t ticks = ticks_of(timeout);
  sigset_t old;
  int err;
  int ret;

  if (ticks == INT64_MIN)
    {
      return posix_fail(EINVAL);
    }

  if (mask != NULL && posix_sigmask(mask, &old) < 0)
    {
      posix_sigmask(&old, NULL);
      return posix_fail(EINTR);
    }

  ret = posix_call(CALL_CANCEL, nx_ppoll(fds, n, ticks));
  if (mask != NULL)
    {
      err = errno;
      posix_sigmask(&old, NULL);
      errno = err;
    }

  return ret;
}

BIND(select);
int posix_select(int n, fd_set *in, fd_set *out, fd_set *except,
                 struct timeval *timeout)
{
  return posix_call(CALL_CANCEL, nx_select(n, in, out, except, timeout));
}

BIND(pselect);
int posix_pselect(int n, fd_set *in, fd_set *out, fd_set *except,
                  const struct timespec *timeout, const sigset_t *mask)
{
  struct timeval tv;
  sigset_t old;
  int err;
  int ret;

  if (timeout != NULL)
    {
      if (ticks_of(timeout) == INT64_MIN)
        {
          return posix_fail(EINVAL);
        }

      tv.tv_sec  = timeout->tv_sec;
      tv.tv_usec = (timeout->tv_nsec + 999) / 1000;
      if (tv.tv_usec == USEC_PER_SEC)
        {
          tv.tv_sec++;
          tv.tv_usec = 0;
        }
    }

  if (mask != NULL && posix_sigmask(mask, &old) < 0)
    {
      posix_sigmask(&old, NULL);
      return posix_fail(EINTR);
    }

  ret = posix_select(n, in, out, except, timeout != NULL ? &tv : NULL);
  if (mask != NULL)
    {
      err = errno;
      posix_sigmask(&old, NULL);
      errno = err;
    }

  return ret;
}

/* Names */

BIND(stat);
int posix_stat(const char *path, struct stat *buf)
{
  return posix_call(CALL_PLAIN, nx_stat(path, buf));
}

BIND(lstat);
int posix_lstat(const char *path, struct stat *buf)
{
  return posix_call(CALL_PLAIN, nx_lstat(path, buf));
}

BIND(fstat);
int posix_fstat(int fd, struct stat *buf)
{
  return posix_call(CALL_PLAIN, nx_fstat(fd, buf));
}

static int widen(int ret, const struct stat *from, struct stat64 *to)
{
  if (ret == 0)
    {
      memset(to, 0, sizeof(*to));
      to->st_dev     = from->st_dev;
      to->st_ino     = from->st_ino;
      to->st_mode    = from->st_mode;
      to->st_nlink   = from->st_nlink;
      to->st_uid     = from->st_uid;
      to->st_gid     = from->st_gid;
      to->st_rdev    = from->st_rdev;
      to->st_size    = from->st_size;
      to->st_blksize = from->st_blksize;
      to->st_blocks  = from->st_blocks;
      to->st_atim    = from->st_atim;
      to->st_mtim    = from->st_mtim;
      to->st_ctim    = from->st_ctim;
    }

  return ret;
}

BIND(stat64);
int posix_stat64(const char *path, struct stat64 *buf)
{
  struct stat st;

  return widen(posix_stat(path, &st), &st, buf);
}

BIND(lstat64);
int posix_lstat64(const char *path, struct stat64 *buf)
{
  struct stat st;

  return widen(posix_lstat(path, &st), &st, buf);
}

BIND(fstat64);
int posix_fstat64(int fd, struct stat64 *buf)
{
  struct stat st;

  return widen(posix_fstat(fd, &st), &st, buf);
}

BIND(access);
int posix_access(const char *path, int mode)
{
  return posix_call(CALL_PLAIN, nx_access(path, mode));
}

BIND(unlink);
int posix_unlink(const char *path)
{
  return posix_call(CALL_PLAIN, nx_unlink(path));
}

BIND(mkdir);
int posix_mkdir(const char *path, mode_t mode)
{
  mode &= ~posix_group()->umask;
  return posix_call(CALL_PLAIN, nx_mkdir(path, mode));
}

BIND(rmdir);
int posix_rmdir(const char *path)
{
  return posix_call(CALL_PLAIN, nx_rmdir(path));
}

BIND(remove);
int posix_remove(const char *path)
{
  int ret = posix_call(CALL_PLAIN, nx_unlink(path));

  return ret < 0 && (errno == EISDIR || errno == EPERM) ?
         posix_rmdir(path) : ret;
}

BIND(rename);
int posix_rename(const char *from, const char *to)
{
  return posix_call(CALL_PLAIN, nx_rename(from, to));
}

BIND(chdir);
int posix_chdir(const char *path)
{
  return posix_call(CALL_PLAIN, nx_chdir(path));
}

/* Without a buffer it is allocated, as long as need be */

BIND(getcwd);
char *posix_getcwd(char *buf, size_t size)
{
  char *own = NULL;

  if (buf == NULL)
    {
      size = size != 0 ? size : PATH_MAX;
      buf = own = malloc(size);
      if (own == NULL)
        {
          return NULL;
        }
    }
  else if (size == 0)
    {
      posix_fail(EINVAL);
      return NULL;
    }

  if (posix_call(CALL_PLAIN, nx_getcwd(buf, size)) < 0)
    {
      free(own);
      return NULL;
    }

  return buf;
}

/* There are no links, so a path is resolved by its text; but it has to be
 * there.
 */

BIND(realpath);
char *posix_realpath(const char *path, char *resolved)
{
  char *own = resolved == NULL ? malloc(PATH_MAX) : NULL;
  char *to = resolved != NULL ? resolved : own;
  struct stat st;
  size_t len = 0;
  size_t n;

  if (to == NULL || posix_stat(path, &st) < 0 ||
      (*path != '/' && posix_getcwd(to, PATH_MAX) == NULL))
    {
      goto error;
    }

  len = *path == '/' ? 0 : strlen(to);
  len -= len == 1;               /* "/" */
  for (; *path != '\0'; path += n)
    {
      path += strspn(path, "/");
      n     = strcspn(path, "/");
      if (n == 2 && path[0] == '.' && path[1] == '.')
        {
          while (len > 0 && to[--len] != '/')
            {
            }
        }
      else if (n > 0 && !(n == 1 && path[0] == '.'))
        {
          if (len + n + 2 > PATH_MAX)
            {
              posix_fail(ENAMETOOLONG);
              goto error;
            }

          to[len++] = '/';
          memcpy(to + len, path, n);
          len += n;
        }
    }

  len += len == 0;
  to[0]   = '/';
  to[len] = '\0';
  return to;

error:
  free(own);
  return NULL;
}

/* Folders.  The host's DIR is opaque: this is ours. */

struct folder_s
{
  int fd;
  struct dirent entry;
  struct dirent64 entry64;
};

BIND(opendir);
DIR *posix_opendir(const char *path)
{
  struct folder_s *dir = malloc(sizeof(*dir));

  if (dir == NULL)
    {
      return NULL;
    }

  dir->fd = posix_call(CALL_PLAIN, nx_opendir(path));
  if (dir->fd < 0)
    {
      int err = errno;

      free(dir);
      errno = err;
      return NULL;
    }

  return (DIR *)dir;
}

BIND(readdir);
struct dirent *posix_readdir(DIR *stream)
{
  struct folder_s *dir = (struct folder_s *)stream;

  return posix_call(CALL_PLAIN, nx_readdir(dir->fd, &dir->entry)) == 1 ?
         &dir->entry : NULL;
}

BIND(readdir64);
struct dirent64 *posix_readdir64(DIR *stream)
{
  struct folder_s *dir = (struct folder_s *)stream;
  struct dirent *entry = posix_readdir(stream);

  if (entry == NULL)
    {
      return NULL;
    }

  dir->entry64.d_ino    = entry->d_ino;
  dir->entry64.d_off    = entry->d_off;
  dir->entry64.d_type   = entry->d_type;
  dir->entry64.d_reclen = sizeof(dir->entry64);
  memcpy(dir->entry64.d_name, entry->d_name, sizeof(entry->d_name));
  return &dir->entry64;
}

BIND(rewinddir);
void posix_rewinddir(DIR *stream)
{
  struct folder_s *dir = (struct folder_s *)stream;

  posix_call(CALL_PLAIN, nx_rewinddir(dir->fd));
}

BIND(dirfd);
int posix_dirfd(DIR *stream)
{
  return ((struct folder_s *)stream)->fd;
}

BIND(closedir);
int posix_closedir(DIR *stream)
{
  struct folder_s *dir = (struct folder_s *)stream;
  int fd = dir->fd;

  free(dir);
  return posix_call(CALL_PLAIN, nx_closedir(fd));
}
