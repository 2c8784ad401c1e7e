/* fs/fs_path.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The calls on names.  Below a mount point they are the file system's; in
 * the tree itself folders can be made and removed, and the rest is fixed:
 * drivers come and go with register_driver().
 */

#include "vfs.h"

#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <nuttx/kmalloc.h>
#include <nuttx/sched.h>

static int stat_path(FAR const char *path, bool follow,
                     FAR struct stat *buf)
{
  FAR const struct mount_operations *mops;
  struct path_s p;
  int ret;

  if (buf == NULL)
    {
      return -EFAULT;
    }

  ret = path_find(path, &p);
  if (ret < 0)
    {
      return ret;
    }

  mops = p.node->mops;
  if (mops == NULL)
    {
      ret = path_missing(&p);
      if (ret >= 0)
        {
          inode_stat(p.node, buf);
        }
    }
  else
    {
      /* A slash at the end follows a link */

      ret = mops->stat(p.node->priv, p.rest, follow || p.folder, buf);
      if (ret >= 0 && p.folder && !S_ISDIR(buf->st_mode))
        {
          ret = -ENOTDIR;
        }
    }

  path_free(&p);
  return ret;
}

int nx_stat(FAR const char *path, FAR struct stat *buf)
{
  task_testcancel();
  return stat_path(path, true, buf);
}

int nx_lstat(FAR const char *path, FAR struct stat *buf)
{
  task_testcancel();
  return stat_path(path, false, buf);
}

ssize_t nx_readlink(FAR const char *path, FAR char *buf, size_t size)
{
  struct path_s p;
  ssize_t ret;

  if (buf == NULL)
    {
      return -EFAULT;
    }

  ret = path_find(path, &p);
  if (ret < 0)
    {
      return ret;
    }

  if (p.node->mops != NULL)
    {
      ret = p.folder || p.node->mops->readlink == NULL || size == 0 ?
            -EINVAL :
            p.node->mops->readlink(p.node->priv, p.rest, buf, size);
    }
  else
    {
      ret = path_missing(&p);
      ret = ret < 0 ? ret : -EINVAL;
    }

  path_free(&p);
  return ret;
}

/* Everybody is the owner, and as on other systems the owner of everything
 * needs no permission but to execute.
 */

static int access_inode(FAR const struct path_s *p, int amode)
{
  mode_t mode = p->node->mode;
  int ret = path_missing(p);

  if (ret >= 0 &&
      (((amode & R_OK) != 0 && (mode & 0444) == 0) ||
       ((amode & W_OK) != 0 && (mode & 0222) == 0) ||
       ((amode & X_OK) != 0 && (mode & 0111) == 0)))
    {
      ret = -EACCES;
    }

  return ret;
}

int nx_access(FAR const char *path, int amode)
{
  FAR const struct mount_operations *mops;
  struct path_s p;
  struct stat buf;
  int ret;

  task_testcancel();

  if ((amode & ~(R_OK | W_OK | X_OK)) != 0)
    {
      return -EINVAL;
    }

  ret = path_find(path, &p);
  if (ret < 0)
    {
      return ret;
    }

  mops = p.node->mops;
  if (mops == NULL)
    {
      ret = access_inode(&p, amode);
    }
  else
    {
      ret = p.folder ? stat_path(path, true, &buf) : 0;
      if (ret >= 0)
        {
          ret = mops->access == NULL ?
                (amode & W_OK) != 0 ? -EROFS :
                mops->stat(p.node->priv, p.rest, true, &buf) :
                mops->access(p.node->priv, p.rest, amode);
        }
    }

  path_free(&p);
  return ret;
}

/* Removing and making */

int nx_unlink(FAR const char *path)
{
  FAR const struct mount_operations *mops;
  struct path_s p;
  struct stat buf;
  int ret;

  task_testcancel();

  ret = path_find(path, &p);
  if (ret < 0)
    {
      return ret;
    }

  mops = p.node->mops;
  if (mops == NULL)
    {
      ret = path_missing(&p);
      if (ret >= 0)
        {
          ret = S_ISDIR(p.node->mode) ? -EISDIR : -EPERM;
        }
    }
  else if (*p.rest == '\0')
    {
      ret = -EISDIR;
    }
  else if (p.folder)
    {
      ret = stat_path(path, true, &buf);
      ret = ret < 0 ? ret : -EISDIR;
    }
  else
    {
      ret = mops->unlink == NULL ? -EROFS :
            mops->unlink(p.node->priv, p.rest);
    }

  path_free(&p);
  return ret;
}

/* A folder in the tree, whose parent must be there */

static int mkdir_inode(FAR const struct path_s *p, mode_t mode)
{
  FAR struct inode *node;

  if (*p->rest == '\0')
    {
      return -EEXIST;
    }

  if (!S_ISDIR(p->node->mode))
    {
      return -ENOTDIR;
    }

  if (strchr(p->rest, '/') != NULL)
    {
      return -ENOENT;
    }

  return inode_add(p->abs, S_IFDIR | (mode & 07777), &node);
}

int nx_mkdir(FAR const char *path, mode_t mode)
{
  FAR const struct mount_operations *mops;
  struct path_s p;
  int ret;

  task_testcancel();

  ret = path_find(path, &p);
  if (ret < 0)
    {
      return ret;
    }

  mops = p.node->mops;
  if (mops == NULL)
    {
      ret = mkdir_inode(&p, mode);
    }
  else if (*p.rest == '\0')
    {
      ret = -EEXIST;
    }
  else
    {
      ret = mops->mkdir == NULL ? -EROFS :
            mops->mkdir(p.node->priv, p.rest, mode);
    }

  path_free(&p);
  return ret;
}

static int rmdir_inode(FAR const struct path_s *p)
{
  int ret = path_missing(p);

  if (ret < 0)
    {
      return ret;
    }

  if (!S_ISDIR(p->node->mode))
    {
      return -ENOTDIR;
    }

  if (p->node->parent == NULL)
    {
      return -EBUSY;
    }

  if (p->node->child != NULL)
    {
      return -ENOTEMPTY;
    }

  inode_remove(p->node);
  return 0;
}

/* POSIX: the last component may not be a dot */

static bool ends_in_dot(FAR const char *path)
{
  size_t len = strlen(path);

  while (len > 1 && path[len - 1] == '/')
    {
      len--;
    }

  return len > 0 && path[len - 1] == '.' &&
         (len == 1 || path[len - 2] == '/');
}

int nx_rmdir(FAR const char *path)
{
  FAR const struct mount_operations *mops;
  struct path_s p;
  int ret;

  task_testcancel();

  ret = path_find(path, &p);
  if (ret < 0)
    {
      return ret;
    }

  mops = p.node->mops;
  if (ends_in_dot(path))
    {
      ret = -EINVAL;
    }
  else if (mops == NULL)
    {
      ret = rmdir_inode(&p);
    }
  else if (*p.rest == '\0')
    {
      ret = -EBUSY;
    }
  else
    {
      ret = mops->rmdir == NULL ? -EROFS :
            mops->rmdir(p.node->priv, p.rest);
    }

  path_free(&p);
  return ret;
}

static int rename_found(FAR const struct path_s *from,
                        FAR const struct path_s *to)
{
  FAR const struct mount_operations *mops = from->node->mops;
  struct stat buf;
  int ret;

  if (mops == NULL)
    {
      ret = path_missing(from);
      return ret < 0 ? ret : -EPERM;
    }

  if (*from->rest == '\0' ||
      (*to->rest == '\0' && to->node->mops != NULL))
    {
      return -EBUSY;
    }

  if (to->node != from->node)
    {
      return -EXDEV;
    }

  if (mops->rename == NULL)
    {
      return -EROFS;
    }

  if (from->folder || to->folder)
    {
      ret = mops->stat(from->node->priv, from->rest, false, &buf);
      if (ret < 0)
        {
          return ret;
        }

      if (!S_ISDIR(buf.st_mode))
        {
          return -ENOTDIR;
        }
    }

  return mops->rename(from->node->priv, from->rest, to->rest);
}

int nx_rename(FAR const char *from, FAR const char *to)
{
  struct path_s pfrom;
  struct path_s pto;
  int ret;

  task_testcancel();

  ret = path_find(from, &pfrom);
  if (ret < 0)
    {
      return ret;
    }

  ret = path_find(to, &pto);
  if (ret >= 0)
    {
      ret = rename_found(&pfrom, &pto);
      path_free(&pto);
    }

  path_free(&pfrom);
  return ret;
}

int nx_truncate(FAR const char *path, off_t length)
{
  FAR const struct mount_operations *mops;
  struct path_s p;
  int ret;

  task_testcancel();

  if (length < 0)
    {
      return -EINVAL;
    }

  ret = path_find(path, &p);
  if (ret < 0)
    {
      return ret;
    }

  mops = p.node->mops;
  if (mops == NULL)
    {
      ret = path_missing(&p);
      if (ret >= 0)
        {
          ret = S_ISDIR(p.node->mode) ? -EISDIR : -EINVAL;
        }
    }
  else
    {
      ret = p.folder ? -EISDIR : mops->truncate == NULL ? -EROFS :
            mops->truncate(p.node->priv, p.rest, length);
    }

  path_free(&p);
  return ret;
}
