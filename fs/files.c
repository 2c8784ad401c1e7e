/* fs/files.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The descriptors of a group.  The table doubles when it is full.  A new
 * group begins with its parent's descriptors, without those marked
 * FD_CLOEXEC, and in its parent's folder; the first one with the console as
 * descriptors 0, 1 and 2.
 */

#include "vfs.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <nuttx/kmalloc.h>
#include <nuttx/sched.h>

#define FILES_FIRST 8

/* For those that have no group: the idle task.  They cannot open, but they
 * can name.
 */

static struct files_s g_nofiles =
{
  NULL, 0, 0, "/"
};

static FAR struct files_s *files_of(FAR struct task_group_s *group)
{
  return group != NULL && group->files != NULL ? group->files : &g_nofiles;
}

static FAR struct task_group_s *group_self(void)
{
  FAR struct tcb_s *tcb = nxsched_self();

  return tcb != NULL ? tcb->group : NULL;
}

FAR struct files_s *files_self(void)
{
  return files_of(group_self());
}

/* Find an open descriptor, or -EBADF */

int files_lookup(FAR struct files_s *files, int fd, FAR struct fd_s **slot)
{
  if (fd < 0 || fd >= files->size || files->fd[fd].filep == NULL)
    {
      return -EBADF;
    }

  *slot = &files->fd[fd];
  return 0;
}

/* Make room for descriptors below size */

static int files_grow(FAR struct files_s *files, int size)
{
  FAR struct fd_s *bigger;
  int n = MAX(files->size, FILES_FIRST);

  if (files == &g_nofiles || size > OPEN_FILES_MAX)
    {
      return -EMFILE;
    }

  if (size <= files->size)
    {
      return 0;
    }

  while (n < size)
    {
      n *= 2;
    }

  bigger = kmm_realloc(files->fd, n * sizeof(*bigger));
  if (bigger == NULL)
    {
      return -ENOMEM;
    }

  memset(bigger + files->size, 0, (n - files->size) * sizeof(*bigger));
  files->fd   = bigger;
  files->size = n;
  return 0;
}

/* The lowest free descriptor from minfd on, with room for it made */

static int files_free(FAR struct files_s *files, int minfd)
{
  int fd = MAX(minfd, files->lowest);
  int ret;

  while (fd < files->size && files->fd[fd].filep != NULL)
    {
      fd++;
    }

  if (minfd <= files->lowest)
    {
      files->lowest = fd;
    }

  ret = fd >= OPEN_FILES_MAX ? -EMFILE : files_grow(files, fd + 1);
  return ret < 0 ? ret : fd;
}

/* Give a slot a reference that the caller has */

static void files_set(FAR struct files_s *files, int fd,
                      FAR struct file *filep, bool cloexec)
{
  files->fd[fd].filep   = filep;
  files->fd[fd].cloexec = cloexec;
  g_fs.counts.ndescriptors++;
}

static void files_clear(FAR struct files_s *files, int fd)
{
  FAR struct file *filep = files->fd[fd].filep;

  files->fd[fd].filep = NULL;
  files->lowest = MIN(files->lowest, fd);
  g_fs.counts.ndescriptors--;
  file_put(filep);
}

int file_install(FAR struct file *filep, int minfd, bool cloexec)
{
  FAR struct files_s *files = files_self();
  int fd = files_free(files, minfd);

  if (fd >= 0)
    {
      files_set(files, fd, filep, cloexec);
    }

  return fd;
}

int file_get(int fd, FAR struct file **filep)
{
  FAR struct fd_s *slot;
  int ret = files_lookup(files_self(), fd, &slot);

  if (ret >= 0)
    {
      *filep = slot->filep;
      slot->filep->f_refs++;
    }

  return ret;
}

int files_close(FAR struct task_group_s *group, int fd)
{
  FAR struct files_s *files = files_of(group);
  FAR struct fd_s *slot;
  int ret = files_lookup(files, fd, &slot);

  if (ret >= 0)
    {
      files_clear(files, fd);
    }

  return ret;
}

int files_dup3(FAR struct task_group_s *from, int fd,
               FAR struct task_group_s *to, int newfd, int flags)
{
  FAR struct files_s *target = files_of(to);
  FAR struct file *filep;
  FAR struct fd_s *slot;
  int ret = files_lookup(files_of(from), fd, &slot);

  if (ret < 0)
    {
      return ret;
    }

  if ((flags & ~O_CLOEXEC) != 0)
    {
      return -EINVAL;
    }

  if (newfd < 0 || newfd >= OPEN_FILES_MAX)
    {
      return -EBADF;
    }

  filep = slot->filep;
  ret   = files_grow(target, newfd + 1);
  if (ret < 0)
    {
      return ret;
    }

  filep->f_refs++;
  if (target->fd[newfd].filep != NULL)
    {
      files_clear(target, newfd);
    }

  files_set(target, newfd, filep, (flags & O_CLOEXEC) != 0);
  return newfd;
}

int nx_dup3(int fd, int newfd, int flags)
{
  if (fd == newfd)
    {
      return -EINVAL;
    }

  return files_dup3(group_self(), fd, group_self(), newfd, flags);
}

int nx_dup2(int fd, int newfd)
{
  FAR struct fd_s *slot;
  int ret;

  if (fd != newfd)
    {
      return nx_dup3(fd, newfd, 0);
    }

  ret = files_lookup(files_self(), fd, &slot);
  return ret < 0 ? ret : fd;
}

int nx_close(int fd)
{
  return files_close(group_self(), fd);
}

/* The current folder */

static int files_setcwd(FAR struct files_s *files, FAR char *cwd)
{
  if (files == &g_nofiles)
    {
      kmm_free(cwd);
      return -EPERM;
    }

  kmm_free(files->cwd);
  files->cwd = cwd;
  return 0;
}

/* The path is resolved for the caller, as the child of a spawn expects when
 * its parent says where it begins.
 */

int files_chdir(FAR struct task_group_s *group, FAR const char *path)
{
  struct path_s p;
  struct stat buf;
  int ret;

  ret = nx_stat(path, &buf);
  if (ret < 0)
    {
      return ret;
    }

  if (!S_ISDIR(buf.st_mode))
    {
      return -ENOTDIR;
    }

  ret = path_find(path, &p);
  return ret < 0 ? ret : files_setcwd(files_of(group), p.abs);
}

int nx_chdir(FAR const char *path)
{
  return files_chdir(group_self(), path);
}

int nx_fchdir(int fd)
{
  FAR struct file *filep;
  int ret = file_get(fd, &filep);

  if (ret >= 0)
    {
      ret = S_ISDIR(filep->f_type) ? nx_chdir(filep->f_name) : -ENOTDIR;
      file_put(filep);
    }

  return ret;
}

int nx_getcwd(FAR char *buf, size_t size)
{
  FAR const char *cwd = files_self()->cwd;
  size_t len = strlen(cwd) + 1;

  if (buf == NULL)
    {
      return -EFAULT;
    }

  if (len > size)
    {
      return -ERANGE;
    }

  memcpy(buf, cwd, len);
  return len;
}

/* Groups come and go */

static void files_delete(FAR struct files_s *files)
{
  int fd;

  for (fd = 0; fd < files->size; fd++)
    {
      if (files->fd[fd].filep != NULL)
        {
          files_clear(files, fd);
        }
    }

  g_fs.counts.ntables--;
  kmm_free(files->fd);
  kmm_free(files->cwd);
  kmm_free(files);
}

static FAR struct files_s *files_new(FAR const char *cwd)
{
  FAR struct files_s *files = kmm_zalloc(sizeof(*files));

  if (files != NULL)
    {
      files->cwd = kmm_malloc(strlen(cwd) + 1);
      if (files->cwd == NULL)
        {
          kmm_free(files);
          return NULL;
        }

      strcpy(files->cwd, cwd);
      g_fs.counts.ntables++;
    }

  return files;
}

static int files_inherit(FAR struct files_s *files,
                         FAR const struct files_s *parent)
{
  int ret = files_grow(files, parent->size);
  int fd;

  for (fd = 0; ret >= 0 && fd < parent->size; fd++)
    {
      FAR struct fd_s *slot = &parent->fd[fd];

      if (slot->filep != NULL && !slot->cloexec)
        {
          slot->filep->f_refs++;
          files_set(files, fd, slot->filep, false);
        }
    }

  return ret;
}

/* The first group: the console as standard input and output, apart so that
 * isatty() tells one from the other, and its error output.
 */

static int files_console(FAR struct files_s *files)
{
  static const struct
  {
    FAR const char *path;
    int oflags;
  } standard[] =
  {
    { "/dev/console", O_RDONLY },
    { "/dev/console", O_WRONLY },
    { "/dev/stderr",  O_WRONLY }
  };

  int ret = files_grow(files, FILES_FIRST);
  int fd;

  for (fd = 0; ret >= 0 && fd < (int)nitems(standard); fd++)
    {
      FAR struct file *filep;

      ret = file_open(&filep, standard[fd].path, standard[fd].oflags, 0);
      if (ret >= 0)
        {
          files_set(files, fd, filep, false);
        }
    }

  return ret;
}

static int files_init(FAR struct task_group_s *group,
                      FAR struct task_group_s *parent)
{
  FAR struct files_s *from = files_of(parent);
  FAR struct files_s *files = files_new(from->cwd);
  int ret;

  if (files == NULL)
    {
      return -ENOMEM;
    }

  ret = from == &g_nofiles ? files_console(files) :
                             files_inherit(files, from);
  if (ret < 0)
    {
      files_delete(files);
      return ret;
    }

  group->files = files;
  return 0;
}

static void files_exit(FAR struct task_group_s *group)
{
  FAR struct files_s *files = group->files;

  if (files != NULL)
    {
      group->files = NULL;
      files_delete(files);
    }
}

int files_hook_init(void)
{
  static struct group_hook_s hook =
  {
    .init = files_init,
    .exit = files_exit
  };

  return group_hook_register(&hook);
}
