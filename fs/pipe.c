/* fs/pipe.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Pipes.  The bytes are in a ring whose size is a power of two, 4 KB at
 * first and doubled up to 64 KB when a writer needs the room.  head and tail
 * count bytes since the beginning, modulo 2^32.
 *
 * A write of up to PIPE_BUF bytes goes in as one piece or waits (with
 * O_NONBLOCK: -EAGAIN) until it can; a longer one goes in as there is room.
 * Reading with nobody left to write is the end of the file; writing with
 * nobody left to read is -EPIPE and a SIGPIPE.
 *
 * A pipe is writable, as poll has it, if PIPE_BUF bytes will go in.
 */

#include "vfs.h"

#include <sys/ioctl.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include <nuttx/kmalloc.h>
#include <nuttx/sched.h>

#define PIPE_FIRST 4096
#define PIPE_MAX   65536

#define CAN_READ   (POLLIN | POLLRDNORM)
#define CAN_WRITE  (POLLOUT | POLLWRNORM)

_Static_assert(PIPE_BUF <= PIPE_FIRST, "a ring must hold PIPE_BUF");

struct pipe_s
{
  FAR uint8_t *ring;
  uint32_t size;
  uint32_t head;                 /* Written so far */
  uint32_t tail;                 /* Read so far */
  unsigned int nreaders;         /* 0 or 1: files, not descriptors */
  unsigned int nwriters;
  ino_t ino;
  struct fs_waitq_s readwait;
  struct fs_waitq_s writewait;
  struct polllist_s readpoll;
  struct polllist_s writepoll;
};

static uint32_t pipe_used(FAR const struct pipe_s *pipe)
{
  return pipe->head - pipe->tail;
}

/* Room, counting what the ring can grow by */

static uint32_t pipe_room(FAR const struct pipe_s *pipe)
{
  return PIPE_MAX - pipe_used(pipe);
}

/* Copy between the ring, at position pos, and memory */

static void ring_copy(FAR struct pipe_s *pipe, uint32_t pos,
                      FAR uint8_t *out, FAR const uint8_t *in, size_t len)
{
  while (len > 0)
    {
      uint32_t at = pos & (pipe->size - 1);
      size_t n = MIN(len, pipe->size - at);

      if (out != NULL)
        {
          memcpy(out, pipe->ring + at, n);
          out += n;
        }
      else
        {
          memcpy(pipe->ring + at, in, n);
          in += n;
        }

      pos += n;
      len -= n;
    }
}

/* Make the ring large enough for "used" bytes.  Without memory for that it
 * stays as it is.
 */

static void pipe_grow(FAR struct pipe_s *pipe, uint32_t used)
{
  uint32_t had = pipe_used(pipe);
  uint32_t size = pipe->size;
  FAR uint8_t *ring;

  while (size < used && size < PIPE_MAX)
    {
      size *= 2;
    }

  if (size == pipe->size || (ring = kmm_malloc(size)) == NULL)
    {
      return;
    }

  ring_copy(pipe, pipe->tail, ring, NULL, had);
  kmm_free(pipe->ring);
  pipe->ring = ring;
  pipe->size = size;
  pipe->tail = 0;
  pipe->head = had;
}

static size_t iov_total(FAR const struct iovec *iov, int iovcnt)
{
  size_t total = 0;
  int i;

  for (i = 0; i < iovcnt; i++)
    {
      total += iov[i].iov_len;
    }

  return total;
}

/* Reading */

static size_t pipe_take(FAR struct pipe_s *pipe, FAR const struct iovec *iov,
                        int iovcnt)
{
  bool wasfull = pipe_room(pipe) < PIPE_BUF;
  size_t taken = 0;
  int i;

  for (i = 0; i < iovcnt; i++)
    {
      size_t n = MIN(iov[i].iov_len, pipe_used(pipe));

      ring_copy(pipe, pipe->tail, iov[i].iov_base, NULL, n);
      pipe->tail += n;
      taken      += n;
    }

  fs_wake(&pipe->writewait);
  if (wasfull && pipe_room(pipe) >= PIPE_BUF)
    {
      poll_notify(&pipe->writepoll, CAN_WRITE);
    }

  return taken;
}

static ssize_t pipe_readv(FAR struct file *filep,
                          FAR const struct iovec *iov, int iovcnt)
{
  FAR struct pipe_s *pipe = filep->f_priv;

  if (iov_total(iov, iovcnt) == 0)
    {
      return 0;
    }

  while (pipe_used(pipe) == 0)
    {
      int ret;

      if (pipe->nwriters == 0)
        {
          return 0;
        }

      if ((filep->f_oflags & O_NONBLOCK) != 0)
        {
          return -EAGAIN;
        }

      ret = fs_wait(&pipe->readwait);
      if (ret < 0)
        {
          return ret;
        }
    }

  return pipe_take(pipe, iov, iovcnt);
}

/* Writing: put in what fits of iov, from byte "skip" of it on */

static size_t pipe_put(FAR struct pipe_s *pipe, FAR const struct iovec *iov,
                       int iovcnt, size_t skip)
{
  size_t put = 0;
  int i;

  for (i = 0; i < iovcnt; i++)
    {
      FAR const uint8_t *from = iov[i].iov_base;
      size_t n = iov[i].iov_len;
      size_t jump = MIN(skip, n);

      skip -= jump;
      n     = MIN(n - jump, pipe->size - pipe_used(pipe));

      if (n > 0)
        {
          ring_copy(pipe, pipe->head, NULL, from + jump, n);
          pipe->head += n;
          put        += n;
        }
    }

  if (put > 0)
    {
      fs_wake(&pipe->readwait);
      poll_notify(&pipe->readpoll, CAN_READ);
    }

  return put;
}

/* How much of "left" bytes may go in now: all of a short write, or nothing
 * of it.
 */

static size_t pipe_allowed(FAR struct pipe_s *pipe, size_t left,
                           bool together)
{
  size_t room;

  pipe_grow(pipe, pipe_used(pipe) + MIN(left, pipe_room(pipe)));

  room = pipe->size - pipe_used(pipe);
  return together && room < left ? 0 : MIN(room, left);
}

static ssize_t pipe_writev(FAR struct file *filep,
                           FAR const struct iovec *iov, int iovcnt)
{
  FAR struct pipe_s *pipe = filep->f_priv;
  size_t total = iov_total(iov, iovcnt);
  size_t done = 0;
  ssize_t ret = 0;

  while (done < total)
    {
      if (pipe->nreaders == 0)
        {
          fs_sigpipe();
          ret = -EPIPE;
          break;
        }

      if (pipe_allowed(pipe, total - done, total <= PIPE_BUF) > 0)
        {
          done += pipe_put(pipe, iov, iovcnt, done);
          continue;
        }

      if ((filep->f_oflags & O_NONBLOCK) != 0)
        {
          ret = -EAGAIN;
          break;
        }

      ret = fs_wait(&pipe->writewait);
      if (ret < 0)
        {
          break;
        }
    }

  return done > 0 ? (ssize_t)done : ret;
}

/* The ends close one by one */

static void pipe_release(FAR struct pipe_s *pipe)
{
  if (pipe->nreaders == 0 && pipe->nwriters == 0)
    {
      g_fs.counts.npipes--;
      kmm_free(pipe->ring);
      kmm_free(pipe);
    }
}

static int pipe_close_reader(FAR struct file *filep)
{
  FAR struct pipe_s *pipe = filep->f_priv;

  pipe->nreaders--;
  fs_wake(&pipe->writewait);
  poll_notify(&pipe->writepoll, CAN_WRITE | POLLERR);
  pipe_release(pipe);
  return 0;
}

static int pipe_close_writer(FAR struct file *filep)
{
  FAR struct pipe_s *pipe = filep->f_priv;

  pipe->nwriters--;
  fs_wake(&pipe->readwait);
  poll_notify(&pipe->readpoll, POLLHUP);
  pipe_release(pipe);
  return 0;
}

static int pipe_poll_reader(FAR struct file *filep,
                            FAR struct pollwait_s *pw, bool setup)
{
  FAR struct pipe_s *pipe = filep->f_priv;

  if (!setup)
    {
      pollwait_del(pw);
      return 0;
    }

  pollwait_add(&pipe->readpoll, pw);
  poll_notify_one(pw, (pipe_used(pipe) > 0 ? CAN_READ : 0) |
                      (pipe->nwriters == 0 ? POLLHUP : 0));
  return 0;
}

static int pipe_poll_writer(FAR struct file *filep,
                            FAR struct pollwait_s *pw, bool setup)
{
  FAR struct pipe_s *pipe = filep->f_priv;

  if (!setup)
    {
      pollwait_del(pw);
      return 0;
    }

  pollwait_add(&pipe->writepoll, pw);
  poll_notify_one(pw, pipe->nreaders == 0 ? CAN_WRITE | POLLERR :
                      pipe_room(pipe) >= PIPE_BUF ? CAN_WRITE : 0);
  return 0;
}

static int pipe_ioctl(FAR struct file *filep, unsigned long cmd,
                      unsigned long arg)
{
  FAR struct pipe_s *pipe = filep->f_priv;

  if (cmd != FIONREAD)
    {
      return -ENOTTY;
    }

  if (arg == 0)
    {
      return -EFAULT;
    }

  *(FAR int *)arg = pipe_used(pipe);
  return 0;
}

static int pipe_fstat(FAR struct file *filep, FAR struct stat *buf)
{
  FAR struct pipe_s *pipe = filep->f_priv;

  memset(buf, 0, sizeof(*buf));
  buf->st_mode    = S_IFIFO | 0600;
  buf->st_nlink   = 1;
  buf->st_ino     = pipe->ino;
  buf->st_blksize = PIPE_BUF;
  return 0;
}

static const struct file_operations g_pipe_reader_ops =
{
  .close = pipe_close_reader,
  .readv = pipe_readv,
  .poll  = pipe_poll_reader,
  .ioctl = pipe_ioctl,
  .fstat = pipe_fstat
};

static const struct file_operations g_pipe_writer_ops =
{
  .close  = pipe_close_writer,
  .writev = pipe_writev,
  .poll   = pipe_poll_writer,
  .ioctl  = pipe_ioctl,
  .fstat  = pipe_fstat
};

/* Making one */

static FAR struct pipe_s *pipe_new(void)
{
  FAR struct pipe_s *pipe = kmm_zalloc(sizeof(*pipe));

  if (pipe != NULL)
    {
      pipe->ring = kmm_malloc(PIPE_FIRST);
      if (pipe->ring == NULL)
        {
          kmm_free(pipe);
          return NULL;
        }

      pipe->size = PIPE_FIRST;
      pipe->ino  = ++g_fs.lastino;
      g_fs.counts.npipes++;
    }

  return pipe;
}

/* Both files, each with one reference; or a negative errno and nothing */

static int pipe_files(int flags, FAR struct file *end[2])
{
  FAR struct pipe_s *pipe = pipe_new();
  int ret;

  if (pipe == NULL)
    {
      return -ENOMEM;
    }

  ret = file_alloc(&g_pipe_reader_ops, S_IFIFO, O_RDONLY | flags, "pipe:r",
                   pipe, &end[0]);
  if (ret < 0)
    {
      pipe_release(pipe);
      return ret;
    }

  pipe->nreaders = 1;
  ret = file_alloc(&g_pipe_writer_ops, S_IFIFO, O_WRONLY | flags, "pipe:w",
                   pipe, &end[1]);
  if (ret < 0)
    {
      file_put(end[0]);
      return ret;
    }

  pipe->nwriters = 1;
  return 0;
}

int nx_pipe2(int fd[2], int flags)
{
  FAR struct file *end[2];
  bool cloexec = (flags & O_CLOEXEC) != 0;
  int rfd;
  int wfd;
  int ret;

  if (fd == NULL)
    {
      return -EFAULT;
    }

  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) != 0)
    {
      return -EINVAL;
    }

  ret = pipe_files(flags & O_NONBLOCK, end);
  if (ret < 0)
    {
      return ret;
    }

  rfd = file_install(end[0], 0, cloexec);
  if (rfd < 0)
    {
      file_put(end[0]);
      file_put(end[1]);
      return rfd;
    }

  wfd = file_install(end[1], 0, cloexec);
  if (wfd < 0)
    {
      nx_close(rfd);
      file_put(end[1]);
      return wfd;
    }

  fd[0] = rfd;
  fd[1] = wfd;
  return 0;
}
