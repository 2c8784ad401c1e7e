/* arch/sim/host/host_fs.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the file system and the console ask of the host.  All widths are
 * fixed, so that both sides need not be compiled with the same off_t; all
 * functions return >= 0 or a negative errno; none waits, but where it says
 * so.
 */

#ifndef __ARCH_SIM_HOST_HOST_FS_H
#define __ARCH_SIM_HOST_HOST_FS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct termios;
struct winsize;

/* Files *******************************************************************/

struct hoststat_s
{
  uint64_t dev;
  uint64_t ino;
  uint32_t mode;
  uint32_t nlink;
  uint32_t uid;
  uint32_t gid;
  uint64_t rdev;
  int64_t size;
  int64_t blksize;
  int64_t blocks;
  int64_t atime_sec;
  int64_t mtime_sec;
  int64_t ctime_sec;
  uint32_t atime_nsec;
  uint32_t mtime_nsec;
  uint32_t ctime_nsec;
};

/* A folder of the host, below which the paths of all other calls are.  They
 * never lead out of it: -EXDEV.  "" is the folder itself.
 */

int host_root_open(const char *hostdir);
int host_close(int fd);

/* A regular file or a folder; -ENXIO for anything else */

int host_open(int root, const char *path, int oflags, uint32_t mode);
ssize_t host_read(int fd, void *buf, size_t len);
ssize_t host_write(int fd, const void *buf, size_t len, bool append);
int64_t host_seek(int fd, int64_t offset, int whence);
int host_fstat(int fd, struct hoststat_s *buf);
int host_ftruncate(int fd, int64_t length);
int host_fsync(int fd);

/* Call fn for each entry but "." and "..", until it returns a negative
 * value, which is returned.
 */

typedef int (*host_entry_t)(void *arg, const char *name, unsigned char type,
                            uint64_t ino);

int host_list(int fd, host_entry_t fn, void *arg);

int host_stat(int root, const char *path, bool follow,
              struct hoststat_s *buf);
int host_access(int root, const char *path, int amode);
ssize_t host_readlink(int root, const char *path, char *buf, size_t size);
int host_unlink(int root, const char *path);
int host_mkdir(int root, const char *path, uint32_t mode);
int host_rmdir(int root, const char *path);
int host_rename(int root, const char *from, const char *to);
int host_truncate(int root, const char *path, int64_t length);

/* The terminal, pipe or file that is standard input or output *************/

enum host_term_e
{
  HOST_TERM_NONE,                /* Closed: always at its end */
  HOST_TERM_TTY,
  HOST_TERM_STREAM,              /* A pipe or a socket: can be waited for */
  HOST_TERM_FILE                 /* Always ready: a file, /dev/null */
};

struct host_term_s
{
  enum host_term_e kind;
  int fd;                        /* To use, and to wait for */
  bool own;                      /* fd is ours, not the process' */
  bool socket;
  int flags;                     /* If not own: flags to be restored, or -1 */
};

/* Open what descriptor "hostfd" of this process is, for use without waiting:
 * where possible with a description of our own, so that others who have the
 * same file do not see O_NONBLOCK; otherwise O_NONBLOCK is set on theirs, and
 * taken back by host_term_close().  From the first to the last of these,
 * SIGPIPE is ignored: host_term_write() returns -EPIPE.
 */

int host_term_open(int hostfd, bool output, struct host_term_s *term);
void host_term_close(struct host_term_s *term);

/* -EAGAIN: not now; 0: the end */

ssize_t host_term_read(const struct host_term_s *in, void *buf, size_t len);
ssize_t host_term_write(const struct host_term_s *out, const void *buf,
                        size_t len);
bool host_term_ready(const struct host_term_s *term, bool output);

/* Wait for it: stops the whole kernel */

void host_term_wait(const struct host_term_s *term, bool output);

/* The modes of a terminal.  host_term_raw() has the host deliver each byte
 * as it is, with its own output processing and its interrupt character taken
 * from *modes; the modes found at first are restored by host_term_restore(),
 * by exit(), and by a signal that ends the process.  -ENOTTY.
 */

int host_term_getmodes(const struct host_term_s *term, struct termios *modes);
int host_term_raw(const struct host_term_s *term,
                  const struct termios *modes);
void host_term_restore(void);
int host_term_winsize(const struct host_term_s *term, struct winsize *size);
int host_term_setwinsize(const struct host_term_s *term,
                         const struct winsize *size);

/* Interrupts (SIGINT).  While they are caught, each writes to a descriptor
 * that can be waited for; host_intr_take() returns how many there were.  A
 * further one before host_intr_take() calls fatal() from the signal handler,
 * which says whom it hits and returns; then the process ends with "status",
 * its terminal restored.
 */

int host_intr_open(void (*fatal)(void), int status);
unsigned int host_intr_take(int fd);
void host_intr_close(int fd);

/* From fatal(): write to standard error, safe in a signal handler */

void host_term_say(const char *text);

/* End the process at once, with the terminal restored */

void host_term_exit(int status) __attribute__((noreturn));

#endif /* __ARCH_SIM_HOST_HOST_FS_H */
