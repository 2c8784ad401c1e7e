/* fs/inode.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The tree of names.  An inode has one reference from the tree and one from
 * each open file, so a driver that is unregistered lives until its last file
 * is closed.
 */

#include "vfs.h"

#include <sys/stat.h>

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <nuttx/kmalloc.h>

/* Compare a name with the first component of a path, as strcmp() */

static int inode_compare(FAR const char *name, FAR const char *path,
                         size_t len)
{
  int diff = strncmp(name, path, len);

  return diff != 0 ? diff : name[len] != '\0';
}

static size_t component_len(FAR const char *path)
{
  return strcspn(path, "/");
}

/* Where a name is in a folder, or where it would have to be put: what points
 * there.
 */

static FAR struct inode **inode_place(FAR struct inode *folder,
                                      FAR const char *path, size_t len,
                                      FAR bool *found)
{
  FAR struct inode **link = &folder->child;
  int diff = -1;

  while (*link != NULL &&
         (diff = inode_compare((*link)->name, path, len)) < 0)
    {
      link = &(*link)->peer;
    }

  *found = *link != NULL && diff == 0;
  return link;
}

static FAR struct inode *inode_new(FAR const char *name, size_t len,
                                   mode_t mode)
{
  FAR struct inode *node = kmm_zalloc(sizeof(*node) + len + 1);

  if (node != NULL)
    {
      memcpy(node->name, name, len);
      node->refs = 1;
      node->mode = mode;
      node->ino  = ++g_fs.lastino;
      g_fs.counts.ninodes++;
    }

  return node;
}

/* The root of an empty tree; NULL without memory */

FAR struct inode *inode_root(void)
{
  return inode_new("", 0, S_IFDIR | 0755);
}

/* Walk down an absolute path without dots.  Returns the deepest inode there
 * is; *rest is what is left of the path, without a slash at its front.
 */

FAR struct inode *inode_walk(FAR const char *abspath, FAR const char **rest)
{
  FAR struct inode *node = g_fs.root;
  FAR const char *path = abspath + 1;

  while (*path != '\0' && node->mops == NULL)
    {
      size_t len = component_len(path);
      FAR struct inode **link;
      bool found;

      link = inode_place(node, path, len, &found);
      if (!found)
        {
          break;
        }

      node  = *link;
      path += len;
      path += *path == '/';
    }

  *rest = path;
  return node;
}

static void inode_insert(FAR struct inode *folder, FAR struct inode *node)
{
  FAR struct inode **link;
  bool found;

  link = inode_place(folder, node->name, strlen(node->name), &found);
  DEBUGASSERT(!found);

  node->parent = folder;
  node->peer   = *link;
  *link        = node;
}

/* Remove a chain of new folders, up to the one that was there before */

static void inode_prune(FAR struct inode *node, FAR struct inode *before)
{
  while (node != before)
    {
      FAR struct inode *parent = node->parent;

      inode_remove(node);
      node = parent;
    }
}

/* Make an inode and the folders above it.  -EEXIST, also if it exists as a
 * folder; -ENOTDIR if a driver is in the way; -EXDEV if a mount point is.
 */

int inode_add(FAR const char *abspath, mode_t mode, FAR struct inode **node)
{
  FAR struct inode *folder;
  FAR const char *rest;

  folder = inode_walk(abspath, &rest);
  if (*rest == '\0')
    {
      return -EEXIST;
    }

  if (folder->mops != NULL)
    {
      return -EXDEV;
    }

  if (!S_ISDIR(folder->mode))
    {
      return -ENOTDIR;
    }

  *node = folder;
  while (*rest != '\0')
    {
      size_t len = component_len(rest);
      bool last = rest[len] == '\0';
      FAR struct inode *added;

      added = inode_new(rest, len, last ? mode : S_IFDIR | 0755);
      if (added == NULL)
        {
          inode_prune(*node, folder);
          return -ENOMEM;
        }

      inode_insert(*node, added);
      *node = added;
      rest += last ? len : len + 1;
    }

  return 0;
}

/* Take an inode without children out of the tree */

void inode_remove(FAR struct inode *node)
{
  FAR struct inode **link = &node->parent->child;

  DEBUGASSERT(node->child == NULL);

  while (*link != node)
    {
      link = &(*link)->peer;
    }

  *link        = node->peer;
  node->parent = NULL;
  node->peer   = NULL;
  inode_release(node);
}

/* Give up one reference */

void inode_release(FAR struct inode *node)
{
  DEBUGASSERT(node->refs > 0);

  if (--node->refs == 0)
    {
      g_fs.counts.ninodes--;
      kmm_free(node);
    }
}

void inode_stat(FAR const struct inode *node, FAR struct stat *buf)
{
  memset(buf, 0, sizeof(*buf));
  buf->st_ino     = node->ino;
  buf->st_mode    = node->mode;
  buf->st_nlink   = S_ISDIR(node->mode) ? 2 : 1;
  buf->st_rdev    = S_ISCHR(node->mode) ? node->ino : 0;
  buf->st_blksize = 4096;
}

/* Free the whole tree, at the end of the kernel.  Mount points are gone. */

void inode_freeall(void)
{
  FAR struct inode *node = g_fs.root;

  while (node != NULL)
    {
      FAR struct inode *parent = node->parent;

      if (node->child != NULL)
        {
          node = node->child;
        }
      else if (parent != NULL)
        {
          inode_remove(node);
          node = parent;
        }
      else
        {
          inode_release(node);
          node = NULL;
        }
    }

  g_fs.root = NULL;
}

int register_driver(FAR const char *path,
                    FAR const struct file_operations *fops, mode_t mode,
                    FAR void *priv)
{
  FAR struct inode *node;
  FAR char *abspath;
  bool folder;
  int ret;

  if (path == NULL || path[0] != '/' || fops == NULL)
    {
      return -EINVAL;
    }

  ret = path_normalise("/", path, &abspath, &folder);
  if (ret < 0)
    {
      return ret;
    }

  mode = (mode & S_IFMT) == 0 ? mode | S_IFCHR : mode;
  ret  = folder || S_ISDIR(mode) ? -EISDIR : inode_add(abspath, mode, &node);
  kmm_free(abspath);

  if (ret >= 0)
    {
      node->ops  = fops;
      node->priv = priv;
    }

  return ret;
}

/* By the same path, which was without dots; so this cannot run out of memory
 * for another.
 */

int unregister_driver(FAR const char *path)
{
  FAR struct inode *node;
  FAR const char *rest;

  if (path == NULL || path[0] != '/')
    {
      return -EINVAL;
    }

  node = inode_walk(path, &rest);
  if (*rest != '\0')
    {
      return -ENOENT;
    }

  if (node->ops == NULL)
    {
      return -EISDIR;
    }

  inode_remove(node);
  return 0;
}

FAR void *file_private(FAR const struct file *filep)
{
  return filep->f_inode->priv;
}
