/* fs/procfs.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * /proc.  An entry is a path and a function that prints; entries are in a
 * list in the order of their paths, and folders exist because entries lie in
 * them.  Names of digits are tasks: procfs_task.c knows the files in there.
 * "self" is the calling group.
 */

#include "procfs.h"

#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nuttx/kmalloc.h>
#include <nuttx/sched.h>

struct procent_s
{
  FAR struct procent_s *flink;
  proc_show_t show;
  proc_store_t store;            /* NULL: can only be read */
  FAR void *arg;
  ino_t ino;
  char path[];
};

struct procfs_s
{
  FAR struct procent_s *entries;
};

/* What a path of /proc is */

enum prockind_e
{
  PROC_FOLDER,                   /* With entries in it; "" too */
  PROC_ENTRY,
  PROC_TASK,                     /* The folder of a task */
  PROC_TASKFILE
};

struct procnode_s
{
  enum prockind_e kind;
  ino_t ino;
  pid_t pid;                     /* Of PROC_TASK, PROC_TASKFILE */
  proc_show_t show;              /* Of PROC_ENTRY, PROC_TASKFILE */
  proc_store_t store;            /* Of PROC_ENTRY */
  FAR void *arg;
};

/* An open file.  A folder has a path, a file has its text. */

struct procfile_s
{
  struct procnode_s node;
  struct proc_out_s out;
  char path[];
};

static struct procfs_s g_procfs;

/* Texts */

void proc_write(FAR struct proc_out_s *out, FAR const void *data, size_t len)
{
  FAR char *text = out->text;
  size_t size = MAX(out->size, 256);

  if (out->error < 0)
    {
      return;
    }

  while (size < out->len + len)
    {
      size *= 2;
    }

  if (size > out->size)
    {
      text = kmm_realloc(text, size);
      if (text == NULL)
        {
          out->error = -ENOMEM;
          return;
        }

      out->text = text;
      out->size = size;
    }

  memcpy(text + out->len, data, len);
  out->len += len;
}

void proc_vprintf(FAR struct proc_out_s *out, FAR const char *fmt,
                  va_list ap)
{
  FAR char *text;
  va_list again;
  int len;

  va_copy(again, ap);
  len  = vsnprintf(NULL, 0, fmt, again);
  va_end(again);

  text = len < 0 ? NULL : kmm_malloc(len + 1);
  if (text == NULL)
    {
      out->error = -ENOMEM;
      return;
    }

  vsnprintf(text, len + 1, fmt, ap);
  proc_write(out, text, len);
  kmm_free(text);
}

void proc_printf(FAR struct proc_out_s *out, FAR const char *fmt, ...)
{
  va_list ap;

  va_start(ap, fmt);
  proc_vprintf(out, fmt, ap);
  va_end(ap);
}

/* Entries */

static bool is_number(FAR const char *name, size_t len)
{
  size_t i;

  for (i = 0; i < len && isdigit((unsigned char)name[i]); i++)
    {
    }

  return len > 0 && i == len;
}

/* Is it made of proper names? */

static int proc_checkpath(FAR const char *path)
{
  size_t len = path == NULL ? 0 : strcspn(path, "/");

  if (len == 0 || is_number(path, len) ||
      (len == 4 && strncmp(path, "self", 4) == 0))
    {
      return -EINVAL;
    }

  while (*path != '\0')
    {
      len = strcspn(path, "/");
      if (len == 0 || len > FS_NAME_MAX || strncmp(path, ".", len) == 0 ||
          strncmp(path, "..", MAX(len, 2)) == 0 ||
          path[strlen(path) - 1] == '/')
        {
          return -EINVAL;
        }

      path += len;
      path += *path == '/';
    }

  return 0;
}

/* Is "path" below "folder"?  What is left of it, or NULL. */

static FAR const char *proc_below(FAR const char *path,
                                  FAR const char *folder)
{
  size_t len = strlen(folder);

  return len == 0 ? path :
         strncmp(path, folder, len) == 0 && path[len] == '/' ?
         path + len + 1 : NULL;
}

int proc_register(FAR const char *path, proc_show_t show, FAR void *arg)
{
  return proc_register_rw(path, show, NULL, arg);
}

int proc_register_rw(FAR const char *path, proc_show_t show,
                     proc_store_t store, FAR void *arg)
{
  FAR struct procent_s **link = &g_procfs.entries;
  FAR struct procent_s *entry;
  int ret = proc_checkpath(path);

  if (ret < 0 || show == NULL)
    {
      return -EINVAL;
    }

  /* Neither the same, nor a file where a folder is, nor the reverse */

  for (entry = *link; entry != NULL; entry = entry->flink)
    {
      if (strcmp(entry->path, path) == 0 ||
          proc_below(entry->path, path) != NULL ||
          proc_below(path, entry->path) != NULL)
        {
          return -EEXIST;
        }
    }

  entry = kmm_zalloc(sizeof(*entry) + strlen(path) + 1);
  if (entry == NULL)
    {
      return -ENOMEM;
    }

  strcpy(entry->path, path);
  entry->show  = show;
  entry->store = store;
  entry->arg   = arg;
  entry->ino   = ++g_fs.lastino;

  while (*link != NULL && strcmp((*link)->path, path) < 0)
    {
      link = &(*link)->flink;
    }

  entry->flink = *link;
  *link        = entry;
  return 0;
}

int proc_unregister(FAR const char *path)
{
  FAR struct procent_s **link;

  if (path == NULL)
    {
      return -EINVAL;
    }

  for (link = &g_procfs.entries; *link != NULL; link = &(*link)->flink)
    {
      FAR struct procent_s *entry = *link;

      if (strcmp(entry->path, path) == 0)
        {
          *link = entry->flink;
          kmm_free(entry);
          return 0;
        }
    }

  return -ENOENT;
}

/* Finding */

static int proc_find_task(FAR const char *path, size_t len,
                          FAR struct procnode_s *node)
{
  long pid = strtol(path, NULL, 10);

  if (!isdigit((unsigned char)path[0]))
    {
      pid = nxsched_getpid();
    }

  if (pid < 0 || pid > INT32_MAX || nxsched_get_tcb(pid) == NULL)
    {
      return -ENOENT;
    }

  node->pid  = pid;
  node->ino  = PROC_TASK_INO(pid);
  node->kind = PROC_TASK;

  if (path[len] == '/')
    {
      node->kind = PROC_TASKFILE;
      return proc_task_find(path + len + 1, &node->show, &node->ino);
    }

  return 0;
}

static int proc_find(FAR const char *path, FAR struct procnode_s *node)
{
  FAR struct procent_s *entry;
  size_t len = strcspn(path, "/");

  memset(node, 0, sizeof(*node));

  if (is_number(path, len) || (len == 4 && strncmp(path, "self", 4) == 0))
    {
      return proc_find_task(path, len, node);
    }

  for (entry = g_procfs.entries; entry != NULL; entry = entry->flink)
    {
      node->ino = entry->ino;

      if (strcmp(entry->path, path) == 0)
        {
          node->kind  = PROC_ENTRY;
          node->show  = entry->show;
          node->store = entry->store;
          node->arg   = entry->arg;
          return 0;
        }

      if (proc_below(entry->path, path) != NULL)
        {
          node->kind = PROC_FOLDER;
          return 0;
        }

      if (proc_below(path, entry->path) != NULL)
        {
          return -ENOTDIR;
        }
    }

  node->kind = PROC_FOLDER;
  return path[0] == '\0' ? 0 : -ENOENT;
}

static bool proc_isfolder(FAR const struct procnode_s *node)
{
  return node->kind == PROC_FOLDER || node->kind == PROC_TASK;
}

static void proc_fillstat(FAR const struct procnode_s *node,
                          FAR struct stat *buf)
{
  memset(buf, 0, sizeof(*buf));
  buf->st_mode    = proc_isfolder(node) ? S_IFDIR | 0555 :
                    node->store != NULL ? S_IFREG | 0644 : S_IFREG | 0444;
  buf->st_nlink   = proc_isfolder(node) ? 2 : 1;
  buf->st_ino     = node->ino;
  buf->st_blksize = 4096;
}

/* Open files */

static int proc_make_text(FAR struct procfile_s *file)
{
  FAR struct proc_out_s *out = &file->out;

  out->len   = 0;
  out->error = 0;

  if (file->node.kind == PROC_TASKFILE)
    {
      if (nxsched_get_tcb(file->node.pid) == NULL)
        {
          return -ESRCH;
        }

      file->node.show(out, (FAR void *)(intptr_t)file->node.pid);
    }
  else
    {
      file->node.show(out, file->node.arg);
    }

  return out->error;
}

static int procfile_close(FAR struct file *filep)
{
  FAR struct procfile_s *file = filep->f_priv;

  kmm_free(file->out.text);
  kmm_free(file);
  return 0;
}

static ssize_t procfile_read(FAR struct file *filep, FAR char *buffer,
                             size_t buflen)
{
  FAR struct procfile_s *file = filep->f_priv;
  size_t n;

  if (filep->f_pos >= (off_t)file->out.len)
    {
      return 0;
    }

  n = MIN(buflen, file->out.len - (size_t)filep->f_pos);
  memcpy(buffer, file->out.text + filep->f_pos, n);
  filep->f_pos += n;
  return n;
}

static ssize_t procfile_write(FAR struct file *filep, FAR const char *buffer,
                              size_t buflen)
{
  FAR struct procfile_s *file = filep->f_priv;
  int ret = buflen == 0 ? 0 :
            file->node.store(buffer, buflen, file->node.arg);

  if (ret < 0)
    {
      return ret;
    }

  filep->f_pos += buflen;
  return buflen;
}

/* Going back to the start makes the text anew; if it was not there yet, as
 * for one who goes there before reading, so much the better.
 */

static off_t procfile_seek(FAR struct file *filep, off_t offset, int whence)
{
  FAR struct procfile_s *file = filep->f_priv;
  int ret;

  offset += whence == SEEK_CUR ? filep->f_pos :
            whence == SEEK_END ? (off_t)file->out.len : 0;

  if (offset < 0)
    {
      return -EINVAL;
    }

  if (offset == 0 && filep->f_pos != 0)
    {
      ret = proc_make_text(file);
      if (ret < 0)
        {
          return ret;
        }
    }

  filep->f_pos = offset;
  return offset;
}

static int procfile_fstat(FAR struct file *filep, FAR struct stat *buf)
{
  FAR struct procfile_s *file = filep->f_priv;

  proc_fillstat(&file->node, buf);
  return 0;
}

/* A folder's names: those of the entries below it, each once.  Entries are
 * in order, but a folder's may be apart ("a", "a.b", "a/c"): so ask whether
 * an earlier one has given the name already.
 */

static bool proc_told(FAR struct procent_s *entry, FAR const char *folder,
                      FAR const char *name, size_t len)
{
  FAR struct procent_s *e;

  for (e = g_procfs.entries; e != entry; e = e->flink)
    {
      FAR const char *rest = proc_below(e->path, folder);

      if (rest != NULL && strncmp(rest, name, len) == 0 && rest[len] == '/')
        {
          return true;
        }
    }

  return false;
}

static int proc_list_entries(FAR const char *folder,
                             FAR struct dirlist_s *list)
{
  FAR struct procent_s *entry;
  char name[FS_NAME_MAX + 1];
  int ret = 0;

  for (entry = g_procfs.entries; entry != NULL && ret >= 0;
       entry = entry->flink)
    {
      FAR const char *rest = proc_below(entry->path, folder);
      size_t len = rest != NULL ? strcspn(rest, "/") : 0;

      if (rest != NULL && !proc_told(entry, folder, rest, len))
        {
          memcpy(name, rest, len);
          name[len] = '\0';
          ret = dirlist_add(list, name, rest[len] == '/' ? DT_DIR : DT_REG,
                            entry->ino);
        }
    }

  return ret;
}

struct proclist_s
{
  FAR struct dirlist_s *list;
  int error;
};

static void proc_list_task(FAR struct tcb_s *tcb, FAR void *arg)
{
  FAR struct proclist_s *tasks = arg;
  char name[16];

  if (tasks->error >= 0)
    {
      snprintf(name, sizeof(name), "%d", (int)tcb->pid);
      tasks->error = dirlist_add(tasks->list, name, DT_DIR,
                                 PROC_TASK_INO(tcb->pid));
    }
}

static int procdir_list(FAR struct file *filep, FAR struct dirlist_s *list)
{
  FAR struct procfile_s *file = filep->f_priv;
  struct proclist_s tasks;

  if (file->node.kind == PROC_TASK)
    {
      return proc_task_list(file->node.pid, list);
    }

  tasks.list  = list;
  tasks.error = proc_list_entries(file->path, list);

  if (file->path[0] == '\0' && tasks.error >= 0)
    {
      nxsched_foreach(proc_list_task, &tasks);
    }

  return tasks.error;
}

static const struct file_operations g_procfile_ops =
{
  .close = procfile_close,
  .read  = procfile_read,
  .write = procfile_write,
  .seek  = procfile_seek,
  .fstat = procfile_fstat
};

static const struct file_operations g_procdir_ops =
{
  .close = procfile_close,
  .seek  = dir_seek,
  .fstat = procfile_fstat,
  .list  = procdir_list
};

/* The file system */

static int procfs_mayopen(FAR const struct procnode_s *node, int oflags)
{
  bool exclusive = (oflags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
  bool changes = (oflags & O_ACCMODE) != O_RDONLY || (oflags & O_TRUNC) != 0;

  if (exclusive)
    {
      return -EEXIST;
    }

  if (proc_isfolder(node))
    {
      return changes || (oflags & O_CREAT) != 0 ? -EISDIR : 0;
    }

  return (oflags & O_DIRECTORY) != 0 ? -ENOTDIR :
         changes && node->store == NULL ? -EACCES : 0;
}

static int procfs_open(FAR void *mnt, FAR const char *relpath,
                       FAR struct file *filep, mode_t mode)
{
  FAR struct procfile_s *file;
  struct procnode_s node;
  int ret = proc_find(relpath, &node);

  UNUSED(mnt);
  UNUSED(mode);

  if (ret < 0)
    {
      return ret == -ENOENT && (filep->f_oflags & O_CREAT) != 0 ? -EROFS :
             ret;
    }

  ret = procfs_mayopen(&node, filep->f_oflags);
  if (ret < 0)
    {
      return ret;
    }

  file = kmm_zalloc(sizeof(*file) + strlen(relpath) + 1);
  if (file == NULL)
    {
      return -ENOMEM;
    }

  strcpy(file->path, relpath);
  file->node = node;
  filep->f_priv = file;

  if (proc_isfolder(&node))
    {
      filep->f_type = S_IFDIR;
      filep->f_ops  = &g_procdir_ops;
      return 0;
    }

  filep->f_type = S_IFREG;
  filep->f_ops  = &g_procfile_ops;

  ret = proc_make_text(file);
  if (ret < 0)
    {
      procfile_close(filep);
    }

  return ret;
}

static int procfs_stat(FAR void *mnt, FAR const char *relpath, bool follow,
                       FAR struct stat *buf)
{
  struct procnode_s node;
  int ret = proc_find(relpath, &node);

  UNUSED(mnt);
  UNUSED(follow);

  if (ret >= 0)
    {
      proc_fillstat(&node, buf);
    }

  return ret;
}

static int procfs_access(FAR void *mnt, FAR const char *relpath, int amode)
{
  struct procnode_s node;
  int ret = proc_find(relpath, &node);

  UNUSED(mnt);

  return ret < 0 ? ret : (amode & W_OK) != 0 && node.store == NULL ? -EROFS :
         (amode & X_OK) != 0 && !proc_isfolder(&node) ? -EACCES : 0;
}

static void procfs_unbind(FAR void *mnt)
{
  UNUSED(mnt);

  while (g_procfs.entries != NULL)
    {
      proc_unregister(g_procfs.entries->path);
    }
}

static const struct mount_operations g_procfs_ops =
{
  .fstype = "procfs",
  .open   = procfs_open,
  .stat   = procfs_stat,
  .access = procfs_access,
  .unbind = procfs_unbind
};

int procfs_initialize(void)
{
  int ret;

  memset(&g_procfs, 0, sizeof(g_procfs));

  ret = fs_mount("/proc", &g_procfs_ops, NULL);
  return ret < 0 ? ret : procfs_kernel_initialize();
}
