/* libs/posix/stream.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The life of streams, and how bytes go through them: see stream.h.
 */

#include "stream.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nuttx/fs/fs.h>
#include <nuttx/kmalloc.h>

/* The device: once, and again if only a handler with SA_RESTART interrupted.
 * A cancelled thread gets -EINTR and ends in stream_end().
 */

static bool once_more(ssize_t ret)
{
  struct posix_call_s call =
  {
    .flags = CALL_RESTART
  };

  return posix_again(&call, ret);
}

static ssize_t device_write(struct posix_stream_s *s, const char *data,
                            size_t len)
{
  ssize_t ret;

  if (s->fd < 0)
    {
      ret = s->io.write == NULL ? 0 : s->io.write(s->cookie, data, len);
      return ret > 0 ? ret : -(errno != 0 ? errno : EBADF);
    }

  do
    {
      ret = nx_write(s->fd, data, len);
    }
  while (once_more(ret));

  return ret;
}

static ssize_t device_read(struct posix_stream_s *s, char *data, size_t len)
{
  ssize_t ret;

  if (s->fd < 0)
    {
      ret = s->io.read == NULL ? 0 : s->io.read(s->cookie, data, len);
      return ret >= 0 ? ret : -(errno != 0 ? errno : EBADF);
    }

  do
    {
      ret = nx_read(s->fd, data, len);
    }
  while (once_more(ret));

  return ret;
}

static off64_t device_seek(struct posix_stream_s *s, off64_t pos, int whence)
{
  if (s->fd < 0)
    {
      return s->io.seek == NULL ? -ESPIPE :
             s->io.seek(s->cookie, &pos, whence) < 0 ? -EINVAL : pos;
    }

  return (off_t)pos != pos ? -EOVERFLOW : nx_lseek(s->fd, pos, whence);
}

static bool failed(struct posix_stream_s *s, int err)
{
  s->err         = err;
  s->file._flags |= _IO_ERR_SEEN;
  return false;
}

/* A buffer, when it is first needed */

static void get_buffer(struct posix_stream_s *s)
{
  if (s->mode == STREAM_AUTO)
    {
      s->mode = s->fd >= 0 && nx_isatty(s->fd) == 1 ? _IOLBF : _IOFBF;
    }

  if (s->buf == NULL)
    {
      s->buf    = kmm_malloc(STREAM_BUFSIZE);
      s->ownbuf = s->buf != NULL;
      s->size   = STREAM_BUFSIZE;
      if (s->buf == NULL)
        {
          s->buf  = s->tiny;
          s->size = sizeof(s->tiny);
        }
    }
}

/* Write out up to buf[end].  Where that cannot be the data stays if it may be
 * possible later, and goes if not.
 */

static bool flush_to(struct posix_stream_s *s, size_t end)
{
  while (s->wpos < end)
    {
      ssize_t n = device_write(s, s->buf + s->wpos, end - s->wpos);

      if (n < 0)
        {
          if (n != -EINTR && n != -EAGAIN)
            {
              s->wpos = s->wend = s->line = 0;
            }

          return failed(s, n);
        }

      s->wpos += n;
    }

  if (s->wpos == s->wend)
    {
      s->wpos = s->wend = s->line = 0;
    }

  return true;
}

bool stream_flush(struct posix_stream_s *s)
{
  return flush_to(s, s->wend);
}

/* Room for so many bytes, or all of the buffer: write out whole lines if that
 * is enough, else everything.
 */

bool stream_reserve(struct posix_stream_s *s, size_t len)
{
  len = len < s->size ? len : s->size;
  if (s->size - s->wend < len && s->line > s->wpos)
    {
      if (!flush_to(s, s->line))
        {
          return false;
        }

      memmove(s->buf, s->buf + s->wpos, s->wend - s->wpos);
      s->wend -= s->wpos;
      s->wpos  = s->line = 0;
    }

  return s->size - s->wend >= len || stream_flush(s);
}

void stream_added(struct posix_stream_s *s, size_t len)
{
  char *end = memrchr(s->buf + s->wend, '\n', len);

  s->wend += len;
  if (end != NULL)
    {
      s->line = end + 1 - s->buf;
    }
}

bool stream_writing(struct posix_stream_s *s)
{
  if ((s->access & STREAM_WRITE) == 0)
    {
      return failed(s, -EBADF);
    }

  get_buffer(s);
  if (s->rpos < s->rend || s->npushed != 0)
    {
      /* What was read ahead is read again; a pipe does not go back */

      device_seek(s, -(off64_t)(s->rend - s->rpos), SEEK_CUR);
      s->rpos = s->rend = s->npushed = 0;
    }

  return true;
}

bool stream_put(struct posix_stream_s *s, const char *data, size_t len)
{
  size_t n;

  if (!stream_writing(s))
    {
      return false;
    }

  while (len > 0)
    {
      if (!stream_reserve(s, len))
        {
          return false;
        }

      n = s->size - s->wend;
      n = n < len ? n : len;
      memcpy(s->buf + s->wend, data, n);
      stream_added(s, n);
      data += n;
      len  -= n;
    }

  return true;
}

/* Reading.  Who waits for input from a terminal shall see what was asked */

bool stream_reading(struct posix_stream_s *s)
{
  if ((s->access & STREAM_READ) == 0)
    {
      return failed(s, -EBADF);
    }

  get_buffer(s);
  return stream_flush(s);
}

static void flush_standard_output(struct posix_stream_s *s)
{
  struct posix_stream_s *out = posix_group()->streams;

  for (; out != NULL && s->mode != _IOFBF; out = out->flink)
    {
      if (out->mode == _IOLBF && out->wpos < out->wend &&
          posix_trylock(&out->lock))
        {
          out->err = 0;
          stream_flush(out);
          posix_unlock(&out->lock);
        }
    }
}

static bool fill(struct posix_stream_s *s)
{
  ssize_t n;

  if (!stream_reading(s) || (s->file._flags & _IO_EOF_SEEN) != 0)
    {
      return false;
    }

  flush_standard_output(s);
  s->rpos = s->rend = 0;
  n = device_read(s, s->buf, s->mode == _IONBF ? 1 : s->size);
  if (n < 0)
    {
      return failed(s, n);
    }

  s->rend = n;
  if (n == 0)
    {
      s->file._flags |= _IO_EOF_SEEN;
    }

  return n > 0;
}

int stream_get(struct posix_stream_s *s)
{
  if (s->npushed > 0)
    {
      return (unsigned char)s->pushed[--s->npushed];
    }

  if (s->rpos == s->rend && !fill(s))
    {
      return EOF;
    }

  return (unsigned char)s->buf[s->rpos++];
}

size_t stream_read(struct posix_stream_s *s, char *data, size_t len)
{
  size_t done = 0;
  size_t n;

  while (done < len && s->npushed > 0)
    {
      data[done++] = s->pushed[--s->npushed];
    }

  while (done < len && (s->rpos < s->rend || fill(s)))
    {
      n = s->rend - s->rpos;
      n = n < len - done ? n : len - done;
      memcpy(data + done, s->buf + s->rpos, n);
      s->rpos += n;
      done    += n;
    }

  return done;
}

bool stream_unget(struct posix_stream_s *s, int c)
{
  if (c == EOF || s->npushed == sizeof(s->pushed) || !stream_reading(s))
    {
      return false;
    }

  s->pushed[s->npushed++] = c;
  s->file._flags &= ~_IO_EOF_SEEN;
  return true;
}

/* A position, or a negated errno */

off64_t stream_seek(struct posix_stream_s *s, off64_t pos, int whence)
{
  off64_t ahead = s->rend - s->rpos + s->npushed;

  if (whence == SEEK_CUR && pos == 0)
    {
      pos = device_seek(s, 0, SEEK_CUR);
      return pos < 0 ? pos : pos - ahead + (off64_t)(s->wend - s->wpos);
    }

  if (!stream_flush(s))
    {
      return s->err;
    }

  pos = device_seek(s, whence == SEEK_CUR ? pos - ahead : pos, whence);
  if (pos >= 0)
    {
      s->rpos = s->rend = s->npushed = 0;
      s->file._flags &= ~_IO_EOF_SEEN;
    }

  return pos;
}

/* The frame of a call.  Only a task that is being killed does not get the
 * lock, and it ends here.
 */

struct posix_stream_s *stream_begin(FILE *fp, struct posix_call_s *call,
                                    int flags)
{
  struct posix_stream_s *s = (struct posix_stream_s *)fp;

  posix_enter(call, flags);
  if (posix_lock(&s->lock) < 0)
    {
      task_testcancel();
    }

  s->err = 0;
  return s;
}

int stream_end(struct posix_stream_s *s, struct posix_call_s *call)
{
  int err;

  if (s->err == 0 && s->mode == _IONBF)
    {
      stream_flush(s);
    }
  else if (s->err == 0 && s->mode == _IOLBF && s->line > s->wpos)
    {
      flush_to(s, s->line);
    }

  err = s->err;
  posix_unlock(&s->lock);
  posix_leave(call, err);
  if (err == -EINTR && (call->flags & CALL_CANCEL) != 0)
    {
      posix_pthread_testcancel();
    }

  return err;
}

/* Opening and closing */

int stream_mode(const char *mode, int *access)
{
  int flags;

  switch (*mode++)
    {
      case 'r':
        flags = O_RDONLY;
        break;

      case 'w':
        flags = O_WRONLY | O_CREAT | O_TRUNC;
        break;

      case 'a':
        flags = O_WRONLY | O_CREAT | O_APPEND;
        break;

      default:
        return -1;
    }

  for (; *mode != '\0' && *mode != ','; mode++)
    {
      flags = *mode == '+' ? (flags & ~O_ACCMODE) | O_RDWR :
              *mode == 'x' ? flags | O_EXCL :
              *mode == 'e' ? flags | O_CLOEXEC : flags;
    }

  *access = (flags & O_ACCMODE) == O_RDWR ? STREAM_READ | STREAM_WRITE :
            (flags & O_ACCMODE) == O_RDONLY ? STREAM_READ : STREAM_WRITE;
  return flags;
}

static struct posix_stream_s *add(struct posix_group_s *group, int fd,
                                  int access)
{
  struct posix_stream_s *s = kmm_zalloc(sizeof(*s));

  if (s != NULL)
    {
      s->fd          = fd;
      s->access      = access;
      s->mode        = STREAM_AUTO;
      s->file._fileno = fd;
      s->flink       = group->streams;
      group->streams = s;
    }

  return s;
}

struct posix_stream_s *stream_new(int fd, int access)
{
  return add(posix_group(), fd, access);
}

/* Flush and close what is behind it; the stream stays.  Zero or -errno */

int stream_close(struct posix_stream_s *s)
{
  int ret = 0;

  s->err = 0;
  stream_flush(s);
  if (s->fd >= 0)
    {
      ret = nx_close(s->fd);
    }
  else if (s->io.close != NULL)
    {
      ret = s->io.close(s->cookie) == 0 ? 0 : -EIO;
    }

  s->fd     = -1;
  s->access = 0;
  s->rpos   = s->rend = s->wpos = s->wend = s->line = s->npushed = 0;
  memset(&s->io, 0, sizeof(s->io));
  return s->err < 0 ? s->err : ret;
}

static void stream_free(struct posix_stream_s *s)
{
  if (s->ownbuf)
    {
      kmm_free(s->buf);
    }

  if (s->scan != NULL)
    {
      fclose(s->scan);
    }

  free(s->text);
  kmm_free(s);
}

void stream_drop(struct posix_stream_s *s)
{
  struct posix_stream_s **link = &posix_group()->streams;

  while (*link != s)
    {
      link = &(*link)->flink;
    }

  *link = s->flink;
  stream_free(s);
}

int posix_streams_init(struct posix_group_s *group)
{
  struct posix_stream_s *s;
  int fd;

  for (fd = 2; fd >= 0; fd--)
    {
      s = add(group, fd, fd == 0 ? STREAM_READ : STREAM_WRITE);
      if (s == NULL)
        {
          return -ENOMEM;
        }

      s->standard = true;
      group->vars.std[fd] = &s->file;
    }

  s = (struct posix_stream_s *)group->vars.std[2];
  s->mode = _IONBF;
  return 0;
}

/* The last words of a group that was killed: as much as can be written
 * without waiting.  Nothing else runs until the flags are back.
 */

static void flush_now(struct posix_stream_s *s)
{
  int flags = nx_fcntl(s->fd, F_GETFL);
  ssize_t n;

  if (s->fd < 0 || flags < 0 || s->wpos == s->wend)
    {
      return;
    }

  nx_fcntl(s->fd, F_SETFL, flags | O_NONBLOCK);
  while (s->wpos < s->wend)
    {
      n = nx_write(s->fd, s->buf + s->wpos, s->wend - s->wpos);
      if (n <= 0)
        {
          break;
        }

      s->wpos += n;
    }

  nx_fcntl(s->fd, F_SETFL, flags);
}

/* Threads that were ended in the midst of one hold nothing any more */

void posix_streams_unlock(struct posix_group_s *group)
{
  struct posix_stream_s *s;

  for (s = group->streams; s != NULL; s = s->flink)
    {
      memset(&s->lock, 0, sizeof(s->lock));
    }
}

/* The end of a group.  Descriptors are closed by the file system. */

void posix_streams_end(struct posix_group_s *group, bool discard)
{
  struct posix_stream_s *s;

  for (s = group->streams; s != NULL && !discard; s = s->flink)
    {
      s->err = 0;
      if (group->group->sigint != 0)
        {
          flush_now(s);
        }
      else
        {
          stream_flush(s);
        }
    }

  while (group->streams != NULL)
    {
      s = group->streams;
      group->streams = s->flink;
      stream_free(s);
    }
}

void posix_report(const char *text, size_t len)
{
  ssize_t n;

  while (len > 0 && (n = nx_write(STDERR_FILENO, text, len)) > 0)
    {
      text += n;
      len  -= n;
    }
}
