/* fs/file.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The life of a file, and what can be done with one.  Here the checks are
 * made that are the same for every kind, so that a driver sees only calls
 * that it can answer.
 */

#include "vfs.h"

#include <sys/stat.h>

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include <nuttx/kmalloc.h>

/* Flags that matter at opening only, and those that an opening may have */

#define OPENING (O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY | O_CLOEXEC)

/* Linux' O_TMPFILE (with O_DIRECTORY in it) and O_PATH, which the host's
 * headers show to GNU programs only, and O_ASYNC.
 */

#define LINUX_O_ASYNC   020000
#define LINUX_O_PATH    010000000
#define LINUX_O_TMPFILE 020000000
#define REFUSED         (LINUX_O_ASYNC | LINUX_O_PATH | LINUX_O_TMPFILE)

/* The most buffers of one call: Linux' limit */

#define FS_IOV_MAX      1024

/* A file with one reference and nothing behind it yet.  namelen bytes follow
 * it in memory, which are its name.
 */

static FAR struct file *file_make(int oflags, FAR const char *name,
                                  size_t namelen)
{
  FAR struct file *filep = kmm_zalloc(sizeof(*filep) + namelen);

  if (filep != NULL)
    {
      filep->f_name = namelen == 0 ? name :
                      memcpy(filep + 1, name, namelen);
      filep->f_oflags = oflags;
      filep->f_refs   = 1;
      g_fs.counts.nfiles++;
    }

  return filep;
}

FAR struct file *file_new(int oflags, FAR const char *name)
{
  return file_make(oflags, name, strlen(name) + 1);
}

static void file_delete(FAR struct file *filep)
{
  if (filep->f_inode != NULL)
    {
      inode_release(filep->f_inode);
    }

  if (filep->f_dir != NULL)
    {
      dirlist_free(filep->f_dir);
    }

  g_fs.counts.nfiles--;
  kmm_free(filep);
}

int file_alloc(FAR const struct file_operations *ops, mode_t type,
               int oflags, FAR const char *name, FAR void *priv,
               FAR struct file **filep)
{
  FAR struct file *newfile = file_make(oflags & ~OPENING, name, 0);

  if (newfile == NULL)
    {
      return -ENOMEM;
    }

  newfile->f_ops  = ops;
  newfile->f_type = type & S_IFMT;
  newfile->f_priv = priv;
  *filep = newfile;
  return 0;
}

void file_put(FAR struct file *filep)
{
  DEBUGASSERT(filep->f_refs > 0);

  if (--filep->f_refs > 0)
    {
      return;
    }

  if (filep->f_epoll != NULL)
    {
      epoll_forget(filep);
    }

  if (filep->f_ops->close != NULL)
    {
      /* The file is gone in any case: as with Linux, an error of the last
       * close() has nobody to go to but this caller, who may not be one.
       */

      filep->f_ops->close(filep);
    }

  file_delete(filep);
}

/* Opening */

/* The path names a driver or a folder of the tree itself */

static int open_inode(FAR struct file *filep, FAR const struct path_s *p)
{
  FAR struct inode *node = p->node;
  int access = filep->f_oflags & O_ACCMODE;
  bool create = (filep->f_oflags & O_CREAT) != 0;
  int ret = path_missing(p);

  if (ret < 0)
    {
      /* No files here but those of drivers */

      return ret == -ENOENT && create ? -EPERM : ret;
    }

  if (create && (filep->f_oflags & O_EXCL) != 0)
    {
      return -EEXIST;
    }

  if (S_ISDIR(node->mode))
    {
      if (access != O_RDONLY || create)
        {
          return -EISDIR;
        }

      filep->f_ops = &g_folder_ops;
    }
  else
    {
      if ((filep->f_oflags & O_DIRECTORY) != 0)
        {
          return -ENOTDIR;
        }

      if ((access != O_WRONLY && (node->mode & 0444) == 0) ||
          (access != O_RDONLY && (node->mode & 0222) == 0))
        {
          return -EACCES;
        }

      filep->f_ops = node->ops;
    }

  filep->f_type  = node->mode & S_IFMT;
  filep->f_inode = node;
  node->refs++;

  return filep->f_ops->open != NULL ? filep->f_ops->open(filep) : 0;
}

/* The path leads into a mounted file system, which is kept by the reference
 * to the inode of its mount point.
 */

static int open_mounted(FAR struct file *filep, FAR const struct path_s *p,
                        mode_t mode)
{
  int ret;

  if (p->folder)
    {
      /* "name/" does not make a file, nor open one */

      if ((filep->f_oflags & O_CREAT) != 0)
        {
          return -EISDIR;
        }

      filep->f_oflags |= O_DIRECTORY;
    }

  ret = p->node->mops->open(p->node->priv, p->rest, filep, mode);
  if (ret >= 0)
    {
      filep->f_inode = p->node;
      p->node->refs++;
    }

  return ret;
}

int file_open(FAR struct file **filep, FAR const char *path, int oflags,
              mode_t mode)
{
  FAR struct file *newfile;
  struct path_s p;
  int ret;

  if ((oflags & O_ACCMODE) == O_ACCMODE || (oflags & REFUSED) != 0)
    {
      return -EINVAL;
    }

  ret = path_find(path, &p);
  if (ret < 0)
    {
      return ret;
    }

  newfile = file_new(oflags, p.abs);
  if (newfile == NULL)
    {
      ret = -ENOMEM;
    }
  else
    {
      ret = p.node->mops != NULL ? open_mounted(newfile, &p, mode) :
                                   open_inode(newfile, &p);
      newfile->f_oflags &= ~OPENING;

      if (ret < 0)
        {
          file_delete(newfile);
        }
      else
        {
          *filep = newfile;
        }
    }

  path_free(&p);
  return ret < 0 ? ret : 0;
}

/* Reading and writing */

static bool is_folder(FAR const struct file *filep)
{
  return filep->f_ops->list != NULL;
}

/* May it be read (or written)?  0, or a negative errno. */

static int file_mayread(FAR const struct file *filep)
{
  if (is_folder(filep))
    {
      return -EISDIR;
    }

  return (filep->f_oflags & O_ACCMODE) == O_WRONLY ? -EBADF : 0;
}

static int file_maywrite(FAR const struct file *filep)
{
  return (filep->f_oflags & O_ACCMODE) == O_RDONLY ? -EBADF : 0;
}

ssize_t file_read(FAR struct file *filep, FAR void *buf, size_t nbytes)
{
  struct iovec iov;
  char nothing;                  /* Drivers never see NULL */
  int ret = file_mayread(filep);

  if (ret < 0)
    {
      return ret;
    }

  if (buf == NULL && nbytes > 0)
    {
      return -EFAULT;
    }

  nbytes = MIN(nbytes, (size_t)SSIZE_MAX);
  buf    = buf != NULL ? buf : &nothing;

  if (filep->f_ops->read != NULL)
    {
      return filep->f_ops->read(filep, buf, nbytes);
    }

  iov.iov_base = buf;
  iov.iov_len  = nbytes;
  return filep->f_ops->readv == NULL ? -EINVAL :
         filep->f_ops->readv(filep, &iov, 1);
}

ssize_t file_write(FAR struct file *filep, FAR const void *buf,
                   size_t nbytes)
{
  struct iovec iov;
  char nothing = 0;
  int ret = file_maywrite(filep);

  if (ret < 0)
    {
      return ret;
    }

  if (buf == NULL && nbytes > 0)
    {
      return -EFAULT;
    }

  nbytes = MIN(nbytes, (size_t)SSIZE_MAX);
  buf    = buf != NULL ? buf : &nothing;

  if (filep->f_ops->write != NULL)
    {
      return filep->f_ops->write(filep, buf, nbytes);
    }

  iov.iov_base = (FAR void *)(uintptr_t)buf;
  iov.iov_len  = nbytes;
  return filep->f_ops->writev == NULL ? -EINVAL :
         filep->f_ops->writev(filep, &iov, 1);
}

static int iov_check(FAR const struct iovec *iov, int iovcnt)
{
  size_t total = 0;
  int i;

  if (iovcnt < 0 || iovcnt > FS_IOV_MAX)
    {
      return -EINVAL;
    }

  if (iov == NULL && iovcnt > 0)
    {
      return -EFAULT;
    }

  for (i = 0; i < iovcnt; i++)
    {
      if (iov[i].iov_len > SSIZE_MAX - total)
        {
          return -EINVAL;
        }

      if (iov[i].iov_base == NULL && iov[i].iov_len > 0)
        {
          return -EFAULT;
        }

      total += iov[i].iov_len;
    }

  return 0;
}

/* A file that has no position may wait for more once it has given what
 * there was, so it is asked only once.
 */

ssize_t file_readv(FAR struct file *filep, FAR const struct iovec *iov,
                   int iovcnt)
{
  ssize_t total = 0;
  int ret = file_mayread(filep);
  int i;

  ret = ret < 0 ? ret : iov_check(iov, iovcnt);
  if (ret < 0)
    {
      return ret;
    }

  if (filep->f_ops->readv != NULL)
    {
      return filep->f_ops->readv(filep, iov, iovcnt);
    }

  for (i = 0; i < iovcnt; i++)
    {
      ssize_t n;

      if (iov[i].iov_len == 0)
        {
          continue;
        }

      n = file_read(filep, iov[i].iov_base, iov[i].iov_len);
      if (n < 0)
        {
          return total > 0 ? total : n;
        }

      total += n;
      if ((size_t)n < iov[i].iov_len || filep->f_ops->seek == NULL)
        {
          break;
        }
    }

  return total;
}

ssize_t file_writev(FAR struct file *filep, FAR const struct iovec *iov,
                    int iovcnt)
{
  ssize_t total = 0;
  int ret = file_maywrite(filep);
  int i;

  ret = ret < 0 ? ret : iov_check(iov, iovcnt);
  if (ret < 0)
    {
      return ret;
    }

  if (filep->f_ops->writev != NULL)
    {
      return filep->f_ops->writev(filep, iov, iovcnt);
    }

  for (i = 0; i < iovcnt; i++)
    {
      ssize_t n = file_write(filep, iov[i].iov_base, iov[i].iov_len);

      if (n < 0)
        {
          return total > 0 ? total : n;
        }

      total += n;
      if ((size_t)n < iov[i].iov_len)
        {
          break;
        }
    }

  return total;
}

/* Set a position of its own for one call.  A file with positions never
 * waits, so nobody sees the other position.
 */

static ssize_t file_at(FAR struct file *filep, off_t offset,
                       FAR off_t *before)
{
  off_t ret;

  if (offset < 0)
    {
      return -EINVAL;
    }

  if (filep->f_ops->seek == NULL)
    {
      return is_folder(filep) ? -EISDIR : -ESPIPE;
    }

  *before = filep->f_ops->seek(filep, 0, SEEK_CUR);
  if (*before < 0)
    {
      return *before;
    }

  ret = filep->f_ops->seek(filep, offset, SEEK_SET);
  return ret < 0 ? ret : 0;
}

ssize_t file_pread(FAR struct file *filep, FAR void *buf, size_t nbytes,
                   off_t offset)
{
  off_t before;
  ssize_t ret = file_mayread(filep);

  ret = ret < 0 ? ret : file_at(filep, offset, &before);
  if (ret >= 0)
    {
      ret = file_read(filep, buf, nbytes);
      filep->f_ops->seek(filep, before, SEEK_SET);
    }

  return ret;
}

ssize_t file_pwrite(FAR struct file *filep, FAR const void *buf,
                    size_t nbytes, off_t offset)
{
  off_t before;
  ssize_t ret = file_maywrite(filep);

  ret = ret < 0 ? ret : file_at(filep, offset, &before);
  if (ret >= 0)
    {
      ret = file_write(filep, buf, nbytes);
      filep->f_ops->seek(filep, before, SEEK_SET);
    }

  return ret;
}

/* Other operations */

off_t file_seek(FAR struct file *filep, off_t offset, int whence)
{
  if (filep->f_ops->seek == NULL)
    {
      return -ESPIPE;
    }

  if (whence != SEEK_SET && whence != SEEK_CUR && whence != SEEK_END)
    {
      return -EINVAL;
    }

  return filep->f_ops->seek(filep, offset, whence);
}

int file_fstat(FAR struct file *filep, FAR struct stat *buf)
{
  if (buf == NULL)
    {
      return -EFAULT;
    }

  if (filep->f_ops->fstat != NULL)
    {
      return filep->f_ops->fstat(filep, buf);
    }

  if (filep->f_inode != NULL)
    {
      inode_stat(filep->f_inode, buf);
    }
  else
    {
      memset(buf, 0, sizeof(*buf));
      buf->st_mode    = filep->f_type | 0600;
      buf->st_nlink   = 1;
      buf->st_blksize = 4096;
    }

  return 0;
}

int file_truncate(FAR struct file *filep, off_t length)
{
  if (length < 0 || file_maywrite(filep) < 0 ||
      filep->f_ops->truncate == NULL)
    {
      return -EINVAL;
    }

  return filep->f_ops->truncate(filep, length);
}

int file_ioctl(FAR struct file *filep, unsigned long cmd, unsigned long arg)
{
  return filep->f_ops->ioctl == NULL ? -ENOTTY :
         filep->f_ops->ioctl(filep, cmd, arg);
}

int file_poll(FAR struct file *filep, FAR struct pollwait_s *pw, bool setup)
{
  if (filep->f_ops->poll != NULL)
    {
      return filep->f_ops->poll(filep, pw, setup);
    }

  if (setup)
    {
      poll_notify_one(pw, POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM);
    }

  return 0;
}
