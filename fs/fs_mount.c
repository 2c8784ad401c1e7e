/* fs/fs_mount.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Mount points: folders of the tree below which a file system answers.  They
 * are in the tree itself, never below one another.
 */

#include "vfs.h"

#include <errno.h>
#include <string.h>

#include <nuttx/kmalloc.h>

/* Where a mount point shall be: a new folder, or an empty one */

static int mount_place(FAR const char *abspath, FAR struct inode **node)
{
  FAR const char *rest;

  *node = inode_walk(abspath, &rest);
  if (*rest != '\0')
    {
      return inode_add(abspath, S_IFDIR | 0755, node);
    }

  if (!S_ISDIR((*node)->mode))
    {
      return -ENOTDIR;
    }

  return (*node)->child != NULL || (*node)->mops != NULL ||
         (*node)->refs > 1 || (*node)->parent == NULL ? -EBUSY : 0;
}

int fs_mount(FAR const char *path, FAR const struct mount_operations *ops,
             FAR void *mnt)
{
  FAR struct inode **last = &g_fs.mounts;
  FAR struct inode *node;
  FAR char *abspath;
  bool folder;
  int ret;

  if (path == NULL || path[0] != '/')
    {
      return -EINVAL;
    }

  ret = path_normalise("/", path, &abspath, &folder);
  if (ret < 0)
    {
      return ret;
    }

  ret = mount_place(abspath, &node);
  kmm_free(abspath);

  if (ret >= 0)
    {
      node->mops = ops;
      node->priv = mnt;

      while (*last != NULL)
        {
          last = &(*last)->nextmount;
        }

      *last = node;
    }

  return ret;
}

/* The folder remains, empty */

static void unmount(FAR struct inode *node)
{
  FAR struct inode **link = &g_fs.mounts;

  while (*link != node)
    {
      link = &(*link)->nextmount;
    }

  *link = node->nextmount;

  if (node->mops->unbind != NULL)
    {
      node->mops->unbind(node->priv);
    }

  node->mops      = NULL;
  node->priv      = NULL;
  node->nextmount = NULL;
}

int nx_umount(FAR const char *path)
{
  struct path_s p;
  int ret;

  ret = path_find(path, &p);
  if (ret < 0)
    {
      return ret;
    }

  if (p.node->mops == NULL || *p.rest != '\0')
    {
      ret = -EINVAL;
    }
  else if (p.node->refs > 1)
    {
      ret = -EBUSY;
    }
  else
    {
      unmount(p.node);
    }

  path_free(&p);
  return ret;
}

/* At the end of the kernel: the files are closed */

void fs_unmountall(void)
{
  while (g_fs.mounts != NULL)
    {
      unmount(g_fs.mounts);
    }
}

/* The path of an inode, for kmm_free(); NULL without memory */

static FAR char *inode_path(FAR const struct inode *node)
{
  FAR const struct inode *up;
  FAR char *path;
  size_t len = 0;

  for (up = node; up->parent != NULL; up = up->parent)
    {
      len += strlen(up->name) + 1;
    }

  path = kmm_malloc(len + 1);
  if (path != NULL)
    {
      path[len] = '\0';

      for (up = node; up->parent != NULL; up = up->parent)
        {
          size_t n = strlen(up->name);

          len -= n;
          memcpy(path + len, up->name, n);
          path[--len] = '/';
        }
    }

  return path;
}

/* Tell of one mount.  The text of a file system can be of any length. */

static int mount_tell(FAR const struct inode *node, mount_show_t fn,
                      FAR void *arg)
{
  FAR const struct mount_operations *mops = node->mops;
  FAR char *path = inode_path(node);
  FAR char *text;
  int len = 0;
  int ret = -ENOMEM;

  if (mops->describe != NULL)
    {
      len = mops->describe(node->priv, NULL, 0);
    }

  text = kmm_zalloc(len + 1);
  if (path != NULL && text != NULL)
    {
      if (len > 0)
        {
          mops->describe(node->priv, text, len + 1);
        }

      ret = fn(path, mops->fstype, text, arg);
    }

  kmm_free(text);
  kmm_free(path);
  return ret;
}

int fs_mounts(mount_show_t fn, FAR void *arg)
{
  FAR struct inode *node;
  int ret = 0;

  for (node = g_fs.mounts; node != NULL && ret == 0; node = node->nextmount)
    {
      ret = mount_tell(node, fn, arg);
    }

  return ret;
}
