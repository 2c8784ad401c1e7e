/* fs/hostfs.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A folder of the host as a file system.  The host keeps the position of
 * each file; its files never make anybody wait.
 */

#include "vfs.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <nuttx/kmalloc.h>

#include "host_fs.h"

struct hostfs_s
{
  int root;                      /* The host's descriptor */
  char hostdir[];
};

/* An open file's f_priv is its descriptor on the host */

static int hostfd(FAR const struct file *filep)
{
  return (int)(intptr_t)filep->f_priv;
}

static int hostfs_convert(FAR const struct hoststat_s *from,
                          FAR struct stat *to)
{
  memset(to, 0, sizeof(*to));
  to->st_dev     = from->dev;
  to->st_ino     = from->ino;
  to->st_mode    = from->mode;
  to->st_nlink   = from->nlink;
  to->st_uid     = from->uid;
  to->st_gid     = from->gid;
  to->st_rdev    = from->rdev;
  to->st_size    = from->size;
  to->st_blksize = from->blksize;
  to->st_blocks  = from->blocks;

  to->st_atim.tv_sec  = from->atime_sec;
  to->st_atim.tv_nsec = from->atime_nsec;
  to->st_mtim.tv_sec  = from->mtime_sec;
  to->st_mtim.tv_nsec = from->mtime_nsec;
  to->st_ctim.tv_sec  = from->ctime_sec;
  to->st_ctim.tv_nsec = from->ctime_nsec;

  /* An off_t of 32 bits may be too small */

  return to->st_size != from->size ? -EOVERFLOW : 0;
}

static int hostfs_close(FAR struct file *filep)
{
  return host_close(hostfd(filep));
}

static ssize_t hostfs_read(FAR struct file *filep, FAR char *buffer,
                           size_t buflen)
{
  return host_read(hostfd(filep), buffer, buflen);
}

static ssize_t hostfs_write(FAR struct file *filep, FAR const char *buffer,
                            size_t buflen)
{
  return host_write(hostfd(filep), buffer, buflen,
                    (filep->f_oflags & O_APPEND) != 0);
}

static off_t hostfs_seek(FAR struct file *filep, off_t offset, int whence)
{
  int64_t before = host_seek(hostfd(filep), 0, SEEK_CUR);
  int64_t pos = host_seek(hostfd(filep), offset, whence);

  if (pos >= 0 && (off_t)pos != pos)
    {
      host_seek(hostfd(filep), before, SEEK_SET);
      return -EOVERFLOW;
    }

  return pos;
}

static int hostfs_ftruncate(FAR struct file *filep, off_t length)
{
  return host_ftruncate(hostfd(filep), length);
}

static int hostfs_fstat(FAR struct file *filep, FAR struct stat *buf)
{
  struct hoststat_s hoststat;
  int ret = host_fstat(hostfd(filep), &hoststat);

  return ret < 0 ? ret : hostfs_convert(&hoststat, buf);
}

static int hostfs_sync(FAR struct file *filep)
{
  return host_fsync(hostfd(filep));
}

static int hostfs_entry(FAR void *arg, FAR const char *name,
                        unsigned char type, uint64_t ino)
{
  return dirlist_add(arg, name, type, ino);
}

static int hostfs_list(FAR struct file *filep, FAR struct dirlist_s *list)
{
  return host_list(hostfd(filep), hostfs_entry, list);
}

static const struct file_operations g_hostfile_ops =
{
  .close    = hostfs_close,
  .read     = hostfs_read,
  .write    = hostfs_write,
  .seek     = hostfs_seek,
  .truncate = hostfs_ftruncate,
  .fstat    = hostfs_fstat,
  .sync     = hostfs_sync
};

static const struct file_operations g_hostdir_ops =
{
  .close = hostfs_close,
  .seek  = dir_seek,
  .fstat = hostfs_fstat,
  .list  = hostfs_list,
  .sync  = hostfs_sync
};

/* The file system */

static int hostfs_open(FAR void *mnt, FAR const char *relpath,
                       FAR struct file *filep, mode_t mode)
{
  FAR struct hostfs_s *fs = mnt;
  struct hoststat_s hoststat;
  int fd = host_open(fs->root, relpath, filep->f_oflags, mode);
  int ret;

  if (fd < 0)
    {
      return fd;
    }

  ret = host_fstat(fd, &hoststat);
  if (ret < 0)
    {
      host_close(fd);
      return ret;
    }

  filep->f_priv = (FAR void *)(intptr_t)fd;
  filep->f_type = hoststat.mode & S_IFMT;
  filep->f_ops  = S_ISDIR(hoststat.mode) ? &g_hostdir_ops : &g_hostfile_ops;
  return 0;
}

static int hostfs_stat(FAR void *mnt, FAR const char *relpath, bool follow,
                       FAR struct stat *buf)
{
  FAR struct hostfs_s *fs = mnt;
  struct hoststat_s hoststat;
  int ret = host_stat(fs->root, relpath, follow, &hoststat);

  return ret < 0 ? ret : hostfs_convert(&hoststat, buf);
}

static int hostfs_access(FAR void *mnt, FAR const char *relpath, int amode)
{
  FAR struct hostfs_s *fs = mnt;

  return host_access(fs->root, relpath, amode);
}

static ssize_t hostfs_readlink(FAR void *mnt, FAR const char *relpath,
                               FAR char *buf, size_t size)
{
  FAR struct hostfs_s *fs = mnt;

  return host_readlink(fs->root, relpath, buf, size);
}

static int hostfs_unlink(FAR void *mnt, FAR const char *relpath)
{
  FAR struct hostfs_s *fs = mnt;

  return host_unlink(fs->root, relpath);
}

static int hostfs_mkdir(FAR void *mnt, FAR const char *relpath, mode_t mode)
{
  FAR struct hostfs_s *fs = mnt;

  return host_mkdir(fs->root, relpath, mode);
}

static int hostfs_rmdir(FAR void *mnt, FAR const char *relpath)
{
  FAR struct hostfs_s *fs = mnt;

  return host_rmdir(fs->root, relpath);
}

static int hostfs_rename(FAR void *mnt, FAR const char *from,
                         FAR const char *to)
{
  FAR struct hostfs_s *fs = mnt;

  return host_rename(fs->root, from, to);
}

static int hostfs_truncate(FAR void *mnt, FAR const char *relpath,
                           off_t length)
{
  FAR struct hostfs_s *fs = mnt;

  return host_truncate(fs->root, relpath, length);
}

static void hostfs_unbind(FAR void *mnt)
{
  FAR struct hostfs_s *fs = mnt;

  host_close(fs->root);
  kmm_free(fs);
}

static int hostfs_describe(FAR void *mnt, FAR char *buf, size_t size)
{
  FAR struct hostfs_s *fs = mnt;

  return snprintf(buf, size, "%s", fs->hostdir);
}

static const struct mount_operations g_hostfs_ops =
{
  .fstype   = "hostfs",
  .open     = hostfs_open,
  .stat     = hostfs_stat,
  .access   = hostfs_access,
  .readlink = hostfs_readlink,
  .unlink   = hostfs_unlink,
  .mkdir    = hostfs_mkdir,
  .rmdir    = hostfs_rmdir,
  .rename   = hostfs_rename,
  .truncate = hostfs_truncate,
  .unbind   = hostfs_unbind,
  .describe = hostfs_describe
};

int hostfs_mount(FAR const char *hostdir, FAR const char *path)
{
  FAR struct hostfs_s *fs;
  int ret;

  if (hostdir == NULL)
    {
      return -EFAULT;
    }

  fs = kmm_malloc(sizeof(*fs) + strlen(hostdir) + 1);
  if (fs == NULL)
    {
      return -ENOMEM;
    }

  strcpy(fs->hostdir, hostdir);
  fs->root = host_root_open(hostdir);
  if (fs->root < 0)
    {
      ret = fs->root;
      kmm_free(fs);
      return ret;
    }

  ret = fs_mount(path, &g_hostfs_ops, fs);
  if (ret < 0)
    {
      hostfs_unbind(fs);
    }

  return ret;
}
