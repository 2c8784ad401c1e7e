/* include/nuttx/fs/fs.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Files, descriptors and the tree of names.
 *
 *   descriptor  a small number in the table of a task group: refers to
 *   file        one opening of something (struct file): a position, flags
 *               and a count of references; shared by dup() and inheritance;
 *               made from
 *   inode       a name in the tree: a driver, a folder, or a mount point,
 *               below which other code answers for the names.
 *
 * The rules:
 *
 * - Every nx_ function returns >= 0 or a negative errno, and never touches
 *   errno.  Those without a group argument act for the calling task's group.
 * - Pointers are checked for NULL (-EFAULT), not for more.
 * - A call holds a reference to its file, so another thread may close the
 *   descriptor meanwhile; the call goes on with what it had.
 * - A call that waits ends with -EINTR when its task is killed or a signal
 *   comes, if it has done nothing yet.
 * - Between two places where a call waits nothing else runs: there are no
 *   locks here.
 * - Paths: relative ones begin at the group's current folder; ".." is
 *   resolved by name, before any folder is looked at (as in Plan 9), and
 *   stays at the root.  A trailing slash demands a folder.
 * - struct stat, dirent, pollfd, iovec, the O_ flags and the ioctl numbers
 *   are the host's, for the applications are compiled with its headers.
 */

#ifndef __INCLUDE_NUTTX_FS_FS_H
#define __INCLUDE_NUTTX_FS_FS_H

#include <nuttx/config.h>

#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <nuttx/compiler.h>

/* The longest path, with its NUL; a longer one is -ENAMETOOLONG.  A table
 * of descriptors grows up to OPEN_FILES_MAX, then -EMFILE.
 */

#define FS_PATH_MAX     4096
#define FS_NAME_MAX     255
#define OPEN_FILES_MAX  65536

struct file;
struct inode;
struct pollwait_s;
struct task_group_s;
struct dirlist_s;
struct epitem_s;

/* Waiting for a file to become ready.
 *
 * A pollwait_s belongs to the one who waits.  The file's poll operation with
 * setup == true links it into the file's list (pollwait_add) and reports at
 * once what is true already (poll_notify_one); setup == false unlinks it.
 * While it is linked, poll_notify() of the file's list calls cb with the
 * events in question that were asked for added to revents.  POLLERR, POLLHUP
 * and POLLNVAL are always asked for.  cb may be called from interrupt
 * context, any number of times; it must not wait and must not unlink.
 * The waiter holds a reference to the file meanwhile.
 */

typedef CODE void (*pollcb_t)(FAR struct pollwait_s *pw);

struct pollwait_s
{
  FAR struct pollwait_s *flink;
  FAR struct pollwait_s **pprev;     /* What points here; NULL: not linked */
  short events;                      /* Wanted: POLLIN and so on */
  short revents;                     /* Seen since setup */
  pollcb_t cb;
  FAR void *arg;
};

struct polllist_s
{
  FAR struct pollwait_s *head;
};

void pollwait_add(FAR struct polllist_s *list, FAR struct pollwait_s *pw);
void pollwait_del(FAR struct pollwait_s *pw);
void poll_notify(FAR struct polllist_s *list, unsigned int events);
void poll_notify_one(FAR struct pollwait_s *pw, unsigned int events);

/* What a driver, a file system or a socket supplies.  Any may be NULL; what
 * that means is said beside it.  Each returns >= 0 or a negative errno.
 *
 *   open      The last step of opening; f_inode, f_oflags are set.
 *             NULL: always succeeds
 *   close     The last reference is gone: free f_priv.  The file is gone
 *             afterwards whatever is returned.  It may not wait for others
 *   read      At most buflen bytes; 0 is the end of the file; -EAGAIN with
 *             O_NONBLOCK in f_oflags.  NULL: -EINVAL.  The caller has checked
 *             that the file is open for it
 *   write     NULL: -EINVAL
 *   readv     NULL: read for each buffer, until one is not filled
 *   writev    NULL: write for each buffer, until one is not all taken
 *   seek      Set and return the position; whence as lseek().
 *             NULL: -ESPIPE, also for pread() and pwrite()
 *   ioctl     NULL, or -ENOTTY returned: unknown command
 *   poll      See struct pollwait_s.  NULL: always readable and writable
 *   truncate  NULL: -EINVAL
 *   fstat     NULL: from the inode
 *   list      The names in a folder, for readdir: dirlist_add() each, without
 *             "." and "..".  NULL: not a folder
 *   sync      NULL: nothing to do
 */

struct file_operations
{
  CODE int (*open)(FAR struct file *filep);
  CODE int (*close)(FAR struct file *filep);
  CODE ssize_t (*read)(FAR struct file *filep, FAR char *buffer,
                       size_t buflen);
  CODE ssize_t (*write)(FAR struct file *filep, FAR const char *buffer,
                        size_t buflen);
  CODE ssize_t (*readv)(FAR struct file *filep, FAR const struct iovec *iov,
                        int iovcnt);
  CODE ssize_t (*writev)(FAR struct file *filep,
                         FAR const struct iovec *iov, int iovcnt);
  CODE off_t (*seek)(FAR struct file *filep, off_t offset, int whence);
  CODE int (*ioctl)(FAR struct file *filep, unsigned long cmd,
                    unsigned long arg);
  CODE int (*poll)(FAR struct file *filep, FAR struct pollwait_s *pw,
                   bool setup);
  CODE int (*truncate)(FAR struct file *filep, off_t length);
  CODE int (*fstat)(FAR struct file *filep, FAR struct stat *buf);
  CODE int (*list)(FAR struct file *filep, FAR struct dirlist_s *list);
  CODE int (*sync)(FAR struct file *filep);
};

/* One opening.  f_ops does not change; f_priv belongs to the operations. */

struct file
{
  int f_oflags;                      /* O_ACCMODE, O_APPEND, O_NONBLOCK... */
  unsigned int f_refs;               /* Descriptors and calls under way */
  off_t f_pos;                       /* For operations that want one */
  mode_t f_type;                     /* S_IFREG, S_IFIFO, S_IFSOCK, ... */
  FAR const struct file_operations *f_ops;
  FAR struct inode *f_inode;         /* Holds a reference; may be NULL */
  FAR struct dirlist_s *f_dir;       /* A folder: what readdir walks */
  FAR const char *f_name;            /* How it was opened, for /proc */
  FAR struct epitem_s *f_epoll;      /* The epoll sets that it is in */
  FAR void *f_priv;
};

/* A file system.  relpath has no leading slash; "" is the mount point itself.
 * Any operation but open may be NULL: -EROFS for those that change something,
 * -EINVAL for readlink.
 *
 *   open      Set f_ops, f_type and f_priv; then its own f_ops->open, if
 *             any, is not called.  Folders too, with f_ops->list
 *   unbind    The mount point goes away: free priv.  No file is open then
 *   describe  A text for the mount table, as snprintf() returns it
 */

struct mount_operations
{
  FAR const char *fstype;
  CODE int (*open)(FAR void *mnt, FAR const char *relpath,
                   FAR struct file *filep, mode_t mode);
  CODE int (*stat)(FAR void *mnt, FAR const char *relpath, bool follow,
                   FAR struct stat *buf);
  CODE int (*access)(FAR void *mnt, FAR const char *relpath, int amode);
  CODE ssize_t (*readlink)(FAR void *mnt, FAR const char *relpath,
                           FAR char *buf, size_t size);
  CODE int (*unlink)(FAR void *mnt, FAR const char *relpath);
  CODE int (*mkdir)(FAR void *mnt, FAR const char *relpath, mode_t mode);
  CODE int (*rmdir)(FAR void *mnt, FAR const char *relpath);
  CODE int (*rename)(FAR void *mnt, FAR const char *from,
                     FAR const char *to);
  CODE int (*truncate)(FAR void *mnt, FAR const char *relpath,
                       off_t length);
  CODE void (*unbind)(FAR void *mnt);
  CODE int (*describe)(FAR void *mnt, FAR char *buf, size_t size);
};

/* Starting: for sim_config_s.bringup, or called by it.  Makes the tree with
 * /dev and /proc, and the hooks that give each group its descriptors.  All is
 * freed at the end of sim_run().
 */

int fs_initialize(void);

/* Drivers.  The path is absolute; folders above it are made.  S_IFMT of mode
 * may be zero: a character device.  file_private() is priv again.
 * unregister_driver() takes the name away, which has to be written without
 * dots; files that are open stay so.
 */

int register_driver(FAR const char *path,
                    FAR const struct file_operations *fops, mode_t mode,
                    FAR void *priv);
int unregister_driver(FAR const char *path);
FAR void *file_private(FAR const struct file *filep);

/* Mounts.  fs_mount() takes over mnt when it returns 0; path is absolute and
 * is made when missing; -EBUSY if something is there.  nx_umount() returns
 * -EBUSY while a file is open.  fs_mounts() calls fn for each mount in the
 * order of mounting, until it returns non-zero, and returns that.
 */

typedef CODE int (*mount_show_t)(FAR const char *path,
                                 FAR const char *fstype,
                                 FAR const char *text, FAR void *arg);

int fs_mount(FAR const char *path, FAR const struct mount_operations *ops,
             FAR void *mnt);
int nx_umount(FAR const char *path);
int fs_mounts(mount_show_t fn, FAR void *arg);

/* A folder of the host as a folder here; hostdir may be relative to the
 * host's working directory.  Nothing outside of it can be reached, neither
 * with ".." nor through symbolic links (-EXDEV).  Folders and regular files
 * only; anything else there is listed, but -ENXIO when opened.
 */

int hostfs_mount(FAR const char *hostdir, FAR const char *path);

/* Descriptors of the calling group */

int nx_open(FAR const char *path, int oflags, ...);   /* mode_t: O_CREAT */
int nx_close(int fd);
ssize_t nx_read(int fd, FAR void *buf, size_t nbytes);
ssize_t nx_write(int fd, FAR const void *buf, size_t nbytes);
ssize_t nx_readv(int fd, FAR const struct iovec *iov, int iovcnt);
ssize_t nx_writev(int fd, FAR const struct iovec *iov, int iovcnt);
ssize_t nx_pread(int fd, FAR void *buf, size_t nbytes, off_t offset);
ssize_t nx_pwrite(int fd, FAR const void *buf, size_t nbytes, off_t offset);
off_t nx_lseek(int fd, off_t offset, int whence);
int nx_ioctl(int fd, unsigned long cmd, ...);         /* unsigned long */
int nx_vfcntl(int fd, int cmd, va_list ap);
int nx_fcntl(int fd, int cmd, ...);
int nx_dup(int fd);
int nx_dup2(int fd, int newfd);
int nx_dup3(int fd, int newfd, int flags);
int nx_pipe2(int fd[2], int flags);
int nx_fstat(int fd, FAR struct stat *buf);
int nx_ftruncate(int fd, off_t length);
int nx_fsync(int fd);
int nx_isatty(int fd);                                /* 1, or -ENOTTY */

/* Timers and counters as descriptors; Linux' semantics and flags.  A timer's
 * clock is CLOCK_MONOTONIC, CLOCK_BOOTTIME or CLOCK_REALTIME; the latter is
 * not told when the clock is set.
 */

struct itimerspec;

int nx_eventfd(unsigned int count, int flags);
int nx_timerfd_create(clockid_t clockid, int flags);
int nx_timerfd_settime(int fd, int flags, FAR const struct itimerspec *value,
                       FAR struct itimerspec *old);
int nx_timerfd_gettime(int fd, FAR struct itimerspec *value);

/* Copy bytes from a file that has positions to any other: from *offset on,
 * which is moved, or from the file's own position.  The bytes written, which
 * may be fewer than asked for.  -EINVAL: "in" has no positions.
 */

ssize_t nx_sendfile(int out, int in, FAR off_t *offset, size_t count);

/* epoll, with Linux' semantics: level and edge triggered, EPOLLONESHOT.  A
 * file leaves the sets that it is in when its last descriptor is closed.
 * deadline_ns as clock_systime_ns(); CLOCK_NEVER: for ever; 0: not at all.
 */

struct epoll_event;

int nx_epoll_create(int flags);
int nx_epoll_ctl(int epfd, int op, int fd, FAR struct epoll_event *event);
int nx_epoll_wait(int epfd, FAR struct epoll_event *events, int maxevents,
                  uint64_t deadline_ns);

/* Waiting for several.  nx_poll(): milliseconds, negative: for ever.
 * nx_ppoll(): ticks (microseconds), negative: for ever.  nx_select(): a
 * descriptor at or above FD_SETSIZE cannot be told with the host's fd_set,
 * so nfds > FD_SETSIZE is -EINVAL (and said on the log); timeout NULL: for
 * ever; what is left is not written back.
 */

int nx_poll(FAR struct pollfd *fds, nfds_t nfds, int timeout_ms);
int nx_ppoll(FAR struct pollfd *fds, nfds_t nfds, int64_t timeout_ticks);
int nx_select(int nfds, FAR fd_set *readfds, FAR fd_set *writefds,
              FAR fd_set *exceptfds, FAR const struct timeval *timeout);

/* Names */

int nx_stat(FAR const char *path, FAR struct stat *buf);
int nx_lstat(FAR const char *path, FAR struct stat *buf);
ssize_t nx_readlink(FAR const char *path, FAR char *buf, size_t size);
int nx_access(FAR const char *path, int amode);
int nx_unlink(FAR const char *path);
int nx_mkdir(FAR const char *path, mode_t mode);
int nx_rmdir(FAR const char *path);
int nx_rename(FAR const char *from, FAR const char *to);
int nx_truncate(FAR const char *path, off_t length);
int nx_chdir(FAR const char *path);
int nx_fchdir(int fd);

/* The current folder: the length with the NUL as Linux' system call has it,
 * or -ERANGE if size is too small.
 */

int nx_getcwd(FAR char *buf, size_t size);

/* Folders.  nx_opendir() returns a descriptor, so that a folder that was
 * left open is closed with the group; nx_readdir() fills one entry and
 * returns 1, or 0 at the end.  The names are those of the moment of opening
 * or rewinding, "." and ".." first.  A position is for nx_seekdir() only.
 */

int nx_opendir(FAR const char *path);
int nx_readdir(int fd, FAR struct dirent *entry);
int nx_rewinddir(int fd);
long nx_telldir(int fd);
int nx_seekdir(int fd, long position);
int nx_closedir(int fd);

/* For file systems: an entry of a folder; type is DT_REG and so on.  Names
 * are copied; "." and ".." are not to be added.
 */

int dirlist_add(FAR struct dirlist_s *list, FAR const char *name,
                unsigned char type, ino_t ino);

/* For kernel code: files without descriptors.
 *
 * file_get() finds a descriptor of the calling group and takes a reference,
 * which file_put() returns; the last file_put() closes.
 * file_alloc() makes a file with one reference, which file_install() hands to
 * the lowest free descriptor >= minfd of the calling group; on error it is
 * still the caller's.  name, for /proc, must stay; cloexec as O_CLOEXEC.
 */

int file_get(int fd, FAR struct file **filep);
void file_put(FAR struct file *filep);
int file_alloc(FAR const struct file_operations *ops, mode_t type,
               int oflags, FAR const char *name, FAR void *priv,
               FAR struct file **filep);
int file_install(FAR struct file *filep, int minfd, bool cloexec);
int file_open(FAR struct file **filep, FAR const char *path, int oflags,
              mode_t mode);
ssize_t file_read(FAR struct file *filep, FAR void *buf, size_t nbytes);
ssize_t file_write(FAR struct file *filep, FAR const void *buf,
                   size_t nbytes);
int file_fstat(FAR struct file *filep, FAR struct stat *buf);
int file_ioctl(FAR struct file *filep, unsigned long cmd, unsigned long arg);
int file_poll(FAR struct file *filep, FAR struct pollwait_s *pw, bool setup);

/* Tables of other groups, for posix_spawn() on a task that is held: make
 * newfd of "to" refer to fd of "from" (flags: 0 or O_CLOEXEC; fd == newfd in
 * one group clears FD_CLOEXEC), or close one.  A new group has all of its
 * parent's descriptors but those with FD_CLOEXEC.
 */

int files_dup3(FAR struct task_group_s *from, int fd,
               FAR struct task_group_s *to, int newfd, int flags);
int files_close(FAR struct task_group_s *group, int fd);
int files_chdir(FAR struct task_group_s *group, FAR const char *path);

/* Called for a write to a pipe or socket that nobody reads: the binding of
 * signals sends SIGPIPE to the calling task.  NULL: nothing is sent.  The
 * write returns -EPIPE in any case.
 */

typedef CODE void (*fs_sigpipe_t)(void);

void fs_set_sigpipe(fs_sigpipe_t hook);
void fs_sigpipe(void);

/* What is printed when the tree or the tables have leaked: for tests */

struct fs_counts_s
{
  unsigned int nfiles;               /* struct file */
  unsigned int ninodes;
  unsigned int ntables;              /* Groups with descriptors */
  unsigned int ndescriptors;
  unsigned int npipes;
};

void fs_getcounts(FAR struct fs_counts_s *counts);

#endif /* __INCLUDE_NUTTX_FS_FS_H */
