/* fs/fs_dir.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Reading folders.  All names are collected when the first is asked for, so
 * that whoever reads sees each name once, whatever happens to the folder
 * meanwhile; going back to the start collects them anew.
 */

#include "vfs.h"

#include <sys/stat.h>

#include <errno.h>
#include <string.h>

#include <nuttx/kmalloc.h>
#include <nuttx/sched.h>

#define DOT_INO 1                /* When the folder's own is not known */

void dirlist_free(FAR struct dirlist_s *list)
{
  size_t i;

  for (i = 0; i < list->count; i++)
    {
      kmm_free(list->entry[i].name);
    }

  kmm_free(list->entry);
  kmm_free(list);
}

int dirlist_add(FAR struct dirlist_s *list, FAR const char *name,
                unsigned char type, ino_t ino)
{
  FAR struct dirname_s *entry = list->entry;

  if (strlen(name) > FS_NAME_MAX)
    {
      return -ENAMETOOLONG;
    }

  if (list->count == list->size)
    {
      size_t size = list->size > 0 ? list->size * 2 : 16;

      entry = kmm_realloc(entry, size * sizeof(*entry));
      if (entry == NULL)
        {
          return -ENOMEM;
        }

      list->entry = entry;
      list->size  = size;
    }

  entry += list->count;
  entry->name = kmm_strdup(name);
  if (entry->name == NULL)
    {
      return -ENOMEM;
    }

  entry->type = type;
  entry->ino  = ino;
  list->count++;
  return 0;
}

/* Collect the names of a folder */

static int dir_collect(FAR struct file *filep)
{
  FAR struct dirlist_s *list;
  struct stat buf;
  int ret;

  ret = file_fstat(filep, &buf);
  if (ret < 0)
    {
      return ret;
    }

  list = kmm_zalloc(sizeof(*list));
  if (list == NULL)
    {
      return -ENOMEM;
    }

  ret = dirlist_add(list, ".", DT_DIR, buf.st_ino);
  ret = ret < 0 ? ret : dirlist_add(list, "..", DT_DIR, DOT_INO);
  ret = ret < 0 ? ret : filep->f_ops->list(filep, list);
  if (ret < 0)
    {
      dirlist_free(list);
      return ret;
    }

  filep->f_dir = list;
  return 0;
}

/* For f_ops->seek of folders: back to the start forgets the names */

off_t dir_seek(FAR struct file *filep, off_t offset, int whence)
{
  if (whence == SEEK_CUR)
    {
      offset += filep->f_pos;
    }

  if (whence == SEEK_END || offset < 0)
    {
      return -EINVAL;
    }

  if (offset == 0 && filep->f_dir != NULL)
    {
      dirlist_free(filep->f_dir);
      filep->f_dir = NULL;
    }

  filep->f_pos = offset;
  return offset;
}

/* A folder, or -ENOTDIR; with a reference */

static int dir_get(int fd, FAR struct file **filep)
{
  int ret = file_get(fd, filep);

  if (ret >= 0 && (*filep)->f_ops->list == NULL)
    {
      file_put(*filep);
      ret = -ENOTDIR;
    }

  return ret;
}

int nx_opendir(FAR const char *path)
{
  return nx_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int nx_closedir(int fd)
{
  return nx_close(fd);
}

static int dir_read(FAR struct file *filep, FAR struct dirent *entry)
{
  FAR const struct dirname_s *next;
  int ret = filep->f_dir == NULL ? dir_collect(filep) : 0;

  if (ret < 0 || filep->f_pos >= (off_t)filep->f_dir->count)
    {
      return ret;
    }

  next = &filep->f_dir->entry[filep->f_pos++];

  memset(entry, 0, sizeof(*entry));
  entry->d_ino    = next->ino;
  entry->d_off    = filep->f_pos;
  entry->d_type   = next->type;
  entry->d_reclen = sizeof(*entry);
  strcpy(entry->d_name, next->name);
  return 1;
}

int nx_readdir(int fd, FAR struct dirent *entry)
{
  FAR struct file *filep;
  int ret;

  task_testcancel();

  if (entry == NULL)
    {
      return -EFAULT;
    }

  ret = dir_get(fd, &filep);
  if (ret >= 0)
    {
      ret = dir_read(filep, entry);
      file_put(filep);
    }

  return ret;
}

int nx_seekdir(int fd, long position)
{
  FAR struct file *filep;
  int ret = dir_get(fd, &filep);

  if (ret >= 0)
    {
      off_t pos = dir_seek(filep, position, SEEK_SET);

      ret = pos < 0 ? (int)pos : 0;
      file_put(filep);
    }

  return ret;
}

int nx_rewinddir(int fd)
{
  return nx_seekdir(fd, 0);
}

long nx_telldir(int fd)
{
  FAR struct file *filep;
  long ret = dir_get(fd, &filep);

  if (ret >= 0)
    {
      ret = filep->f_pos;
      file_put(filep);
    }

  return ret;
}

/* The folders of the tree itself */

static int folder_list(FAR struct file *filep, FAR struct dirlist_s *list)
{
  FAR struct inode *node;
  int ret = 0;

  for (node = filep->f_inode->child; node != NULL && ret >= 0;
       node = node->peer)
    {
      ret = dirlist_add(list, node->name, IFTODT(node->mode), node->ino);
    }

  return ret;
}

const struct file_operations g_folder_ops =
{
  .list = folder_list,
  .seek = dir_seek
};
