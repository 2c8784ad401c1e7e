/* fs/fs_fd.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The calls on descriptors: each finds the file, keeps it for the length of
 * the call, and does with it what file.c does.
 */

#include "vfs.h"

#include <sys/ioctl.h>

#include <errno.h>
#include <fcntl.h>
#include <termios.h>

#include <nuttx/sched.h>

/* Flags that F_SETFL sets; Linux ignores the others there, but O_ASYNC
 * would be missed.
 */

#define SETTABLE      (O_APPEND | O_NONBLOCK)
#define LINUX_O_ASYNC 020000

int nx_open(FAR const char *path, int oflags, ...)
{
  FAR struct file *filep;
  mode_t mode = 0;
  va_list ap;
  int ret;

  task_testcancel();

  if ((oflags & O_CREAT) != 0)
    {
      va_start(ap, oflags);
      mode = va_arg(ap, int);
      va_end(ap);
    }

  ret = file_open(&filep, path, oflags, mode);
  if (ret < 0)
    {
      return ret;
    }

  ret = file_install(filep, 0, (oflags & O_CLOEXEC) != 0);
  if (ret < 0)
    {
      file_put(filep);
    }

  return ret;
}

ssize_t nx_read(int fd, FAR void *buf, size_t nbytes)
{
  FAR struct file *filep;
  ssize_t ret;

  task_testcancel();

  ret = file_get(fd, &filep);
  if (ret >= 0)
    {
      ret = file_read(filep, buf, nbytes);
      file_put(filep);
    }

  return ret;
}

ssize_t nx_write(int fd, FAR const void *buf, size_t nbytes)
{
  FAR struct file *filep;
  ssize_t ret;

  task_testcancel();

  ret = file_get(fd, &filep);
  if (ret >= 0)
    {
      ret = file_write(filep, buf, nbytes);
      file_put(filep);
    }

  return ret;
}

ssize_t nx_readv(int fd, FAR const struct iovec *iov, int iovcnt)
{
  FAR struct file *filep;
  ssize_t ret;

  task_testcancel();

  ret = file_get(fd, &filep);
  if (ret >= 0)
    {
      ret = file_readv(filep, iov, iovcnt);
      file_put(filep);
    }

  return ret;
}

ssize_t nx_writev(int fd, FAR const struct iovec *iov, int iovcnt)
{
  FAR struct file *filep;
  ssize_t ret;

  task_testcancel();

  ret = file_get(fd, &filep);
  if (ret >= 0)
    {
      ret = file_writev(filep, iov, iovcnt);
      file_put(filep);
    }

  return ret;
}

ssize_t nx_pread(int fd, FAR void *buf, size_t nbytes, off_t offset)
{
  FAR struct file *filep;
  ssize_t ret;

  task_testcancel();

  ret = file_get(fd, &filep);
  if (ret >= 0)
    {
      ret = file_pread(filep, buf, nbytes, offset);
      file_put(filep);
    }

  return ret;
}

ssize_t nx_pwrite(int fd, FAR const void *buf, size_t nbytes, off_t offset)
{
  FAR struct file *filep;
  ssize_t ret;

  task_testcancel();

  ret = file_get(fd, &filep);
  if (ret >= 0)
    {
      ret = file_pwrite(filep, buf, nbytes, offset);
      file_put(filep);
    }

  return ret;
}

off_t nx_lseek(int fd, off_t offset, int whence)
{
  FAR struct file *filep;
  off_t ret;

  task_testcancel();

  ret = file_get(fd, &filep);
  if (ret >= 0)
    {
      ret = file_seek(filep, offset, whence);
      file_put(filep);
    }

  return ret;
}

int nx_fstat(int fd, FAR struct stat *buf)
{
  FAR struct file *filep;
  int ret;

  task_testcancel();

  ret = file_get(fd, &filep);
  if (ret >= 0)
    {
      ret = file_fstat(filep, buf);
      file_put(filep);
    }

  return ret;
}

int nx_ftruncate(int fd, off_t length)
{
  FAR struct file *filep;
  int ret = file_get(fd, &filep);

  if (ret >= 0)
    {
      ret = file_truncate(filep, length);
      file_put(filep);
    }

  return ret;
}

int nx_fsync(int fd)
{
  FAR struct file *filep;
  int ret = file_get(fd, &filep);

  if (ret >= 0)
    {
      ret = filep->f_ops->sync == NULL ? 0 : filep->f_ops->sync(filep);
      file_put(filep);
    }

  return ret;
}

/* ioctl: FIONBIO and the close-on-exec pair are the same for every file */

static int set_nonblock(FAR struct file *filep, FAR const int *on)
{
  if (on == NULL)
    {
      return -EFAULT;
    }

  if (*on != 0)
    {
      filep->f_oflags |= O_NONBLOCK;
    }
  else
    {
      filep->f_oflags &= ~O_NONBLOCK;
    }

  return 0;
}

int nx_ioctl(int fd, unsigned long cmd, ...)
{
  FAR struct fd_s *slot;
  FAR struct file *filep;
  unsigned long arg;
  va_list ap;
  int ret;

  va_start(ap, cmd);
  arg = va_arg(ap, unsigned long);
  va_end(ap);

  task_testcancel();

  ret = files_lookup(files_self(), fd, &slot);
  if (ret < 0)
    {
      return ret;
    }

  switch (cmd)
    {
      case FIONBIO:
        return set_nonblock(slot->filep, (FAR const int *)arg);

      case FIOCLEX:
      case FIONCLEX:
        slot->cloexec = cmd == FIOCLEX;
        return 0;

      default:
        filep = slot->filep;
        filep->f_refs++;
        ret = file_ioctl(filep, cmd, arg);
        file_put(filep);
        return ret;
    }
}

int nx_isatty(int fd)
{
  struct termios termios;
  int ret = nx_ioctl(fd, TCGETS, (unsigned long)&termios);

  return ret < 0 ? ret : 1;
}

/* fcntl */

static int dup_from(FAR struct fd_s *slot, int minfd, bool cloexec)
{
  FAR struct file *filep = slot->filep;
  int ret;

  if (minfd < 0 || minfd >= OPEN_FILES_MAX)
    {
      return -EINVAL;
    }

  filep->f_refs++;
  ret = file_install(filep, minfd, cloexec);
  if (ret < 0)
    {
      file_put(filep);
    }

  return ret;
}

int nx_vfcntl(int fd, int cmd, va_list ap)
{
  FAR struct fd_s *slot;
  int ret = files_lookup(files_self(), fd, &slot);
  int arg;

  if (ret < 0)
    {
      return ret;
    }

  switch (cmd)
    {
      case F_DUPFD:
        return dup_from(slot, va_arg(ap, int), false);

      case F_DUPFD_CLOEXEC:
        return dup_from(slot, va_arg(ap, int), true);

      case F_GETFD:
        return slot->cloexec ? FD_CLOEXEC : 0;

      case F_SETFD:
        slot->cloexec = (va_arg(ap, int) & FD_CLOEXEC) != 0;
        return 0;

      case F_GETFL:
        return slot->filep->f_oflags;

      case F_SETFL:
        arg = va_arg(ap, int);
        if ((arg & LINUX_O_ASYNC) != 0)
          {
            return -EINVAL;
          }

        slot->filep->f_oflags = (slot->filep->f_oflags & ~SETTABLE) |
                                (arg & SETTABLE);
        return 0;

      default:
        return -EINVAL;
    }
}

int nx_fcntl(int fd, int cmd, ...)
{
  va_list ap;
  int ret;

  va_start(ap, cmd);
  ret = nx_vfcntl(fd, cmd, ap);
  va_end(ap);
  return ret;
}

int nx_dup(int fd)
{
  return nx_fcntl(fd, F_DUPFD, 0);
}
