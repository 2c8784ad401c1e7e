/* fs/vfs.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the files of fs/ share.  The tree of inodes begins at g_fs.root; the
 * children of a folder are in the order of their names.  A path is resolved
 * in two steps: path_find() makes it absolute and free of dots, then walks
 * down the tree as far as there are inodes.  What is left over, "rest", is
 * the business of the mount point where the walk has ended, or does not
 * exist.
 */

#ifndef __FS_VFS_H
#define __FS_VFS_H

#include <nuttx/config.h>

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include <nuttx/nuttx.h>
#include <nuttx/fs/fs.h>
#include <nuttx/semaphore.h>

struct inode
{
  FAR struct inode *parent;      /* NULL: root, or taken out of the tree */
  FAR struct inode *peer;        /* The next one in this folder */
  FAR struct inode *child;       /* The first one below */
  FAR struct inode *nextmount;
  unsigned int refs;             /* The tree's, and one for each file */
  ino_t ino;
  mode_t mode;                   /* S_IFDIR, or that of the driver */
  FAR const struct file_operations *ops;
  FAR const struct mount_operations *mops;
  FAR void *priv;                /* The driver's or the file system's */
  char name[];
};

/* Those who wait for something to change.  A waiter is on the stack of its
 * task; fs_wake() lets all of them look again.
 */

struct fs_waiter_s
{
  FAR struct fs_waiter_s *flink;
  bool woken;
  sem_t sem;
};

struct fs_waitq_s
{
  FAR struct fs_waiter_s *head;
};

/* The table of a group; tcb_group->files */

struct fd_s
{
  FAR struct file *filep;        /* NULL: free */
  bool cloexec;
};

struct files_s
{
  FAR struct fd_s *fd;
  int size;
  int lowest;                    /* None below is free */
  FAR char *cwd;                 /* Absolute, without dots */
};

/* A path that was looked up.  'abs' is owned: path_free(). */

struct path_s
{
  FAR char *abs;
  FAR struct inode *node;        /* The deepest one that exists */
  FAR const char *rest;          /* What is left; "": node is it */
  bool folder;                   /* It ended in a slash or a dot */
};

struct dirlist_s
{
  FAR struct dirname_s *entry;
  size_t count;
  size_t size;
};

struct dirname_s
{
  FAR char *name;
  ino_t ino;
  unsigned char type;
};

struct fs_s
{
  FAR struct inode *root;
  FAR struct inode *mounts;      /* In the order of mounting */
  ino_t lastino;
  fs_sigpipe_t sigpipe;
  struct fs_counts_s counts;
};

extern struct fs_s g_fs;

/* inode.c */

FAR struct inode *inode_root(void);
int inode_add(FAR const char *abspath, mode_t mode,
              FAR struct inode **node);
void inode_remove(FAR struct inode *node);
void inode_release(FAR struct inode *node);
void inode_stat(FAR const struct inode *node, FAR struct stat *buf);
FAR struct inode *inode_walk(FAR const char *abspath,
                             FAR const char **rest);
void inode_freeall(void);

/* path.c */

int path_normalise(FAR const char *cwd, FAR const char *path,
                   FAR char **abspath, FAR bool *folder);
int path_find(FAR const char *path, FAR struct path_s *p);
void path_free(FAR struct path_s *p);
int path_missing(FAR const struct path_s *p);

/* file.c */

FAR struct file *file_new(int oflags, FAR const char *name);
ssize_t file_readv(FAR struct file *filep, FAR const struct iovec *iov,
                   int iovcnt);
ssize_t file_writev(FAR struct file *filep, FAR const struct iovec *iov,
                    int iovcnt);
ssize_t file_pread(FAR struct file *filep, FAR void *buf, size_t nbytes,
                   off_t offset);
ssize_t file_pwrite(FAR struct file *filep, FAR const void *buf,
                    size_t nbytes, off_t offset);
off_t file_seek(FAR struct file *filep, off_t offset, int whence);
int file_truncate(FAR struct file *filep, off_t length);

/* files.c */

FAR struct files_s *files_self(void);
int files_lookup(FAR struct files_s *files, int fd, FAR struct fd_s **slot);
int files_hook_init(void);

/* fs_dir.c */

extern const struct file_operations g_folder_ops;

void dirlist_free(FAR struct dirlist_s *list);
off_t dir_seek(FAR struct file *filep, off_t offset, int whence);

/* fs_mount.c */

void fs_unmountall(void);

/* fs_wait.c.  fs_wait() returns 0 or -EINTR; fs_timedwait() -ETIMEDOUT too */

int fs_wait(FAR struct fs_waitq_s *queue);
int fs_timedwait(FAR struct fs_waitq_s *queue, uint64_t deadline_ns);
void fs_wake(FAR struct fs_waitq_s *queue);

/* epoll.c: take a file out of every set */

void epoll_forget(FAR struct file *filep);

/* Started by fs_initialize() */

int dev_initialize(void);
int tty_initialize(void);
int procfs_initialize(void);
int procfs_kernel_initialize(void);

#endif /* __FS_VFS_H */
