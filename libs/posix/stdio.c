/* libs/posix/stdio.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The functions of <stdio.h>: each is what it does to a stream, between
 * stream_begin() and stream_end().  Those named _unlocked are the same ones,
 * for the lock is recursive and nearly free.
 */

#include "stream.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <nuttx/fs/fs.h>
#include <nuttx/kmalloc.h>

extern FILE *posix_stdin;
extern FILE *posix_stdout;
extern FILE *posix_stderr;

#define READING (CALL_CANCEL | CALL_RESTART)

/* Opening */

static FILE *open_stream(const char *path, const char *mode,
                         struct posix_stream_s *into)
{
  struct posix_stream_s *s = into;
  struct posix_call_s call;
  int access;
  int flags = stream_mode(mode, &access);
  int fd;

  posix_enter(&call, CALL_PLAIN);
  fd = flags < 0 ? -EINVAL :
       nx_open(path, flags, 0666 & ~posix_group()->umask);
  if (fd >= 0 && s == NULL)
    {
      s = stream_new(fd, access);
      if (s == NULL)
        {
          nx_close(fd);
          fd = -ENOMEM;
        }
    }

  if (fd >= 0)
    {
      s->fd     = fd;
      s->access = access;
      s->file._fileno = fd;
    }

  return posix_leave(&call, fd) < 0 ? NULL : &s->file;
}

BIND(fopen);
FILE *posix_fopen(const char *path, const char *mode)
{
  return open_stream(path, mode, NULL);
}

BIND(fdopen);
FILE *posix_fdopen(int fd, const char *mode)
{
  struct posix_stream_s *s = NULL;
  int access;
  int ret = stream_mode(mode, &access) < 0 ? -EINVAL :
            posix_call(CALL_PLAIN, nx_fcntl(fd, F_GETFL));

  if (ret == -EINVAL)
    {
      posix_fail(EINVAL);
    }

  if (ret >= 0)
    {
      s = stream_new(fd, access);
      if (s == NULL)
        {
          posix_fail(ENOMEM);
        }
    }

  return s != NULL ? &s->file : NULL;
}

/* The descriptor stays the same, if there was one */

BIND(freopen);
FILE *posix_freopen(const char *path, const char *mode, FILE *fp)
{
  struct posix_call_s call;
  struct posix_stream_s *s;
  int old;

  if (path == NULL)
    {
      posix_fail(EBADF);         /* The mode cannot be changed */
      return NULL;
    }

  s   = stream_begin(fp, &call, CALL_PLAIN);
  old = s->fd;
  stream_close(s);
  s->file._flags &= ~(_IO_EOF_SEEN | _IO_ERR_SEEN);
  s->err = 0;
  fp = open_stream(path, mode, s);
  if (fp == NULL)
    {
      s->err = -errno;
    }
  else if (old >= 0 && s->fd != old && nx_dup2(s->fd, old) == old)
    {
      nx_close(s->fd);
      s->fd           = old;
      s->file._fileno = old;
    }

  if (s->mode != _IONBF || !s->standard)
    {
      s->mode = STREAM_AUTO;
    }

  stream_end(s, &call);
  return fp;
}

BIND(fopencookie);
FILE *posix_fopencookie(void *cookie, const char *mode,
                        cookie_io_functions_t io)
{
  struct posix_stream_s *s;
  int access;

  if (stream_mode(mode, &access) < 0)
    {
      posix_fail(EINVAL);
      return NULL;
    }

  s = stream_new(-1, access);
  if (s == NULL)
    {
      posix_fail(ENOMEM);
      return NULL;
    }

  s->io     = io;
  s->cookie = cookie;
  s->mode   = _IOFBF;
  return &s->file;
}

/* A stream into memory, which the application frees */

struct memory_s
{
  char **buf;
  size_t *size;
};

static ssize_t memory_write(void *cookie, const char *data, size_t len)
{
  struct memory_s *memory = cookie;
  char *buf = realloc(*memory->buf, *memory->size + len + 1);

  if (buf == NULL)
    {
      return 0;
    }

  memcpy(buf + *memory->size, data, len);
  *memory->buf   = buf;
  *memory->size += len;
  buf[*memory->size] = '\0';
  return len;
}

static int memory_close(void *cookie)
{
  free(cookie);
  return 0;
}

BIND(open_memstream);
FILE *posix_open_memstream(char **buf, size_t *size)
{
  struct memory_s *memory = malloc(sizeof(*memory));
  FILE *fp = NULL;

  if (memory != NULL)
    {
      memory->buf  = buf;
      memory->size = size;
      *size        = 0;
      *buf         = calloc(1, 1);
      fp = *buf == NULL ? NULL :
           posix_fopencookie(memory, "w", (cookie_io_functions_t)
                             {
                               .write = memory_write,
                               .close = memory_close
                             });
    }

  if (fp == NULL)
    {
      free(memory);
    }

  return fp;
}

BIND(fclose);
int posix_fclose(FILE *fp)
{
  struct posix_call_s call;
  struct posix_stream_s *s = stream_begin(fp, &call, CALL_PLAIN);
  int ret = stream_close(s);

  if (s->standard)
    {
      s->err = ret;
      stream_end(s, &call);
    }
  else
    {
      stream_drop(s);
      posix_leave(&call, ret);
    }

  return ret < 0 ? EOF : 0;
}

BIND(fflush);
int posix_fflush(FILE *fp)
{
  struct posix_stream_s *next;
  struct posix_stream_s *s;
  struct posix_call_s call;
  int ret = 0;

  if (fp == NULL)
    {
      for (s = posix_group()->streams; s != NULL; s = next)
        {
          next = s->flink;
          if (s->wpos < s->wend)
            {
              ret |= posix_fflush(&s->file);
            }
        }

      return ret;
    }

  s   = stream_begin(fp, &call, CALL_PLAIN);
  stream_flush(s);
  if (s->rpos < s->rend)
    {
      stream_seek(s, stream_seek(s, 0, SEEK_CUR), SEEK_SET);
    }

  return stream_end(s, &call) == 0 ? 0 : EOF;
}

/* Buffers.  A buffer of the application's is as good as ours. */

BIND(setvbuf);
int posix_setvbuf(FILE *fp, char *buf, int mode, size_t size)
{
  struct posix_call_s call;
  struct posix_stream_s *s;

  if (mode != _IOFBF && mode != _IOLBF && mode != _IONBF)
    {
      return posix_fail(EINVAL);
    }

  s = stream_begin(fp, &call, CALL_PLAIN);
  stream_flush(s);
  if (buf != NULL && size > 0 && mode != _IONBF && s->rpos == s->rend &&
      s->wpos == s->wend)
    {
      if (s->ownbuf)
        {
          kmm_free(s->buf);
        }

      s->ownbuf = false;
      s->buf    = buf;
      s->size   = size;
    }

  s->mode = mode;
  stream_end(s, &call);
  return 0;
}

BIND(setbuf);
void posix_setbuf(FILE *fp, char *buf)
{
  posix_setvbuf(fp, buf, buf != NULL ? _IOFBF : _IONBF, BUFSIZ);
}

BIND(setbuffer);
void posix_setbuffer(FILE *fp, char *buf, size_t size)
{
  posix_setvbuf(fp, buf, buf != NULL ? _IOFBF : _IONBF, size);
}

BIND(setlinebuf);
void posix_setlinebuf(FILE *fp)
{
  posix_setvbuf(fp, NULL, _IOLBF, 0);
}

/* State */

BIND(fileno);
int posix_fileno(FILE *fp)
{
  struct posix_stream_s *s = (struct posix_stream_s *)fp;

  return s->fd >= 0 ? s->fd : posix_fail(EBADF);
}

BIND(feof);
int posix_feof(FILE *fp)
{
  return (fp->_flags & _IO_EOF_SEEN) != 0;
}

BIND(ferror);
int posix_ferror(FILE *fp)
{
  return (fp->_flags & _IO_ERR_SEEN) != 0;
}

BIND(clearerr);
void posix_clearerr(FILE *fp)
{
  fp->_flags &= ~(_IO_EOF_SEEN | _IO_ERR_SEEN);
}

BIND(flockfile);
void posix_flockfile(FILE *fp)
{
  posix_pcall(CALL_PLAIN, posix_lock(&((struct posix_stream_s *)fp)->lock));
}

BIND(ftrylockfile);
int posix_ftrylockfile(FILE *fp)
{
  return posix_trylock(&((struct posix_stream_s *)fp)->lock) ? 0 : -1;
}

BIND(funlockfile);
void posix_funlockfile(FILE *fp)
{
  posix_unlock(&((struct posix_stream_s *)fp)->lock);
}

/* Reading */

BIND(fread);
size_t posix_fread(void *data, size_t size, size_t n, FILE *fp)
{
  struct posix_call_s call;
  struct posix_stream_s *s;
  size_t len;

  if (size == 0 || n == 0 || __builtin_mul_overflow(size, n, &len))
    {
      return 0;
    }

  s   = stream_begin(fp, &call, READING);
  len = stream_read(s, data, len);
  stream_end(s, &call);
  return len / size;
}

BIND(fgetc);
int posix_fgetc(FILE *fp)
{
  struct posix_call_s call;
  struct posix_stream_s *s = stream_begin(fp, &call, READING);
  int c = stream_get(s);

  stream_end(s, &call);
  return c;
}

BIND(getchar);
int posix_getchar(void)
{
  return posix_fgetc(posix_stdin);
}

BIND(__uflow);
int posix___uflow(FILE *fp)
{
  return posix_fgetc(fp);
}

BIND(fgets);
char *posix_fgets(char *text, int size, FILE *fp)
{
  struct posix_call_s call;
  struct posix_stream_s *s = stream_begin(fp, &call, READING);
  int c = 0;
  int n = 0;

  while (n < size - 1 && c != '\n' && (c = stream_get(s)) != EOF)
    {
      text[n++] = c;
    }

  if (size > 0)
    {
      text[n] = '\0';
    }

  n = s->err != 0 && s->err != -EAGAIN ? 0 : n;
  stream_end(s, &call);
  return n > 0 || size == 1 ? text : NULL;
}

static ssize_t get_line(struct posix_stream_s *s, char **text, size_t *size,
                        int end)
{
  size_t n = 0;
  char *more;
  int c;

  do
    {
      if (*text == NULL || n + 2 > *size)
        {
          *size = *text == NULL ? 128 : *size * 2;
          more  = realloc(*text, *size);
          if (more == NULL)
            {
              s->err = -ENOMEM;
              return -1;
            }

          *text = more;
        }

      c = stream_get(s);
      if (c != EOF)
        {
          (*text)[n++] = c;
        }
    }
  while (c != EOF && c != end);

  (*text)[n] = '\0';
  return n > 0 ? (ssize_t)n : -1;
}

BIND(getdelim);
ssize_t posix_getdelim(char **text, size_t *size, int end, FILE *fp)
{
  struct posix_call_s call;
  struct posix_stream_s *s = stream_begin(fp, &call, READING);
  ssize_t n = get_line(s, text, size, end);

  stream_end(s, &call);
  return n;
}

BIND(getline);
ssize_t posix_getline(char **text, size_t *size, FILE *fp)
{
  return posix_getdelim(text, size, '\n', fp);
}

BIND(ungetc);
int posix_ungetc(int c, FILE *fp)
{
  struct posix_call_s call;
  struct posix_stream_s *s = stream_begin(fp, &call, CALL_PLAIN);
  bool done = stream_unget(s, c);

  stream_end(s, &call);
  return done ? (unsigned char)c : EOF;
}

/* Writing */

static bool put(FILE *fp, const char *data, size_t len)
{
  struct posix_call_s call;
  struct posix_stream_s *s = stream_begin(fp, &call, CALL_CANCEL);

  stream_put(s, data, len);
  return stream_end(s, &call) == 0;
}

BIND(fwrite);
size_t posix_fwrite(const void *data, size_t size, size_t n, FILE *fp)
{
  size_t len;

  return size == 0 || n == 0 || __builtin_mul_overflow(size, n, &len) ||
         !put(fp, data, len) ? 0 : n;
}

BIND(fputc);
int posix_fputc(int c, FILE *fp)
{
  char byte = c;

  return put(fp, &byte, 1) ? (unsigned char)c : EOF;
}

BIND(putchar);
int posix_putchar(int c)
{
  return posix_fputc(c, posix_stdout);
}

BIND(__overflow);
int posix___overflow(FILE *fp, int c)
{
  return posix_fputc(c, fp);
}

BIND(fputs);
int posix_fputs(const char *text, FILE *fp)
{
  return put(fp, text, strlen(text)) ? 1 : EOF;
}

BIND(puts);
int posix_puts(const char *text)
{
  struct posix_call_s call;
  struct posix_stream_s *s = stream_begin(posix_stdout, &call, CALL_CANCEL);

  if (stream_put(s, text, strlen(text)))
    {
      stream_put(s, "\n", 1);
    }

  return stream_end(s, &call) == 0 ? 1 : EOF;
}

/* Formatted into the buffer, which nearly always has room or can have it;
 * else into a text that the stream keeps, for the task may end while it is
 * written.  %m is the error that the application sees.
 */

static int format_long(struct posix_stream_s *s, int err, const char *fmt,
                       va_list ap)
{
  char *outer = s->text;
  char *text;
  int len;

  errno = err;
  len = vasprintf(&text, fmt, ap);
  if (len < 0)
    {
      s->err = -ENOMEM;
      return -1;
    }

  s->text = text;
  len = stream_put(s, text, len) ? len : -1;
  s->text = outer;
  free(text);
  return len;
}

static int format(struct posix_stream_s *s, int err, const char *fmt,
                  va_list ap)
{
  size_t need = 0;
  size_t room;
  va_list copy;
  int len;

  if (!stream_writing(s))
    {
      return -1;
    }

  do
    {
      if (!stream_reserve(s, need))
        {
          return -1;
        }

      room = s->size - s->wend;
      va_copy(copy, ap);
      errno = err;
      len = vsnprintf(s->buf + s->wend, room, fmt, copy);
      va_end(copy);
      if (len < 0)
        {
          s->err = -errno;
          return -1;
        }

      if ((size_t)len < room)
        {
          stream_added(s, len);
          return len;
        }

      need = (size_t)len + 1;
    }
  while (room < need && need <= s->size);

  return format_long(s, err, fmt, ap);
}

BIND(vfprintf);
int posix_vfprintf(FILE *fp, const char *fmt, va_list ap)
{
  struct posix_call_s call;
  struct posix_stream_s *s = stream_begin(fp, &call, CALL_CANCEL);
  int len = format(s, call.err, fmt, ap);

  return stream_end(s, &call) == 0 ? len : -1;
}

BIND(vprintf);
int posix_vprintf(const char *fmt, va_list ap)
{
  return posix_vfprintf(posix_stdout, fmt, ap);
}

BIND(fprintf);
int posix_fprintf(FILE *fp, const char *fmt, ...)
{
  va_list ap;
  int ret;

  va_start(ap, fmt);
  ret = posix_vfprintf(fp, fmt, ap);
  va_end(ap);
  return ret;
}

BIND(printf);
int posix_printf(const char *fmt, ...)
{
  va_list ap;
  int ret;

  va_start(ap, fmt);
  ret = posix_vfprintf(posix_stdout, fmt, ap);
  va_end(ap);
  return ret;
}

/* By the way of a stream that lives as long as the call */

BIND(vdprintf);
int posix_vdprintf(int fd, const char *fmt, va_list ap)
{
  struct posix_stream_s *s = stream_new(fd, STREAM_WRITE);
  int err;
  int len;

  if (s == NULL)
    {
      return posix_fail(ENOMEM);
    }

  s->mode = _IONBF;
  len = posix_vfprintf(&s->file, fmt, ap);
  err = errno;
  stream_drop(s);
  errno = err;
  return len;
}

BIND(dprintf);
int posix_dprintf(int fd, const char *fmt, ...)
{
  va_list ap;
  int ret;

  va_start(ap, fmt);
  ret = posix_vdprintf(fd, fmt, ap);
  va_end(ap);
  return ret;
}

BIND(perror);
void posix_perror(const char *what)
{
  const char *text = strerror(errno);

  if (what != NULL && *what != '\0')
    {
      posix_fprintf(posix_stderr, "%s: %s\n", what, text);
    }
  else
    {
      posix_fprintf(posix_stderr, "%s\n", text);
    }
}

/* Positions.  Those with 64 bits are the real ones. */

BIND(fseeko64);
int posix_fseeko64(FILE *fp, off64_t pos, int whence)
{
  struct posix_call_s call;
  struct posix_stream_s *s = stream_begin(fp, &call, CALL_PLAIN);

  pos = stream_seek(s, pos, whence);
  s->err = pos < 0 ? (int)pos : 0;
  s->file._flags &= pos < 0 ? -1 : ~_IO_EOF_SEEN;
  stream_end(s, &call);
  return pos < 0 ? -1 : 0;
}

BIND(ftello64);
off64_t posix_ftello64(FILE *fp)
{
  struct posix_call_s call;
  struct posix_stream_s *s = stream_begin(fp, &call, CALL_PLAIN);
  off64_t pos = stream_seek(s, 0, SEEK_CUR);

  s->err = pos < 0 ? (int)pos : 0;
  stream_end(s, &call);
  return pos < 0 ? -1 : pos;
}

BIND(fseeko);
int posix_fseeko(FILE *fp, off_t pos, int whence)
{
  return posix_fseeko64(fp, pos, whence);
}

BIND(fseek);
int posix_fseek(FILE *fp, long pos, int whence)
{
  return posix_fseeko64(fp, pos, whence);
}

BIND(ftello);
off_t posix_ftello(FILE *fp)
{
  off64_t pos = posix_ftello64(fp);

  return (off_t)pos == pos ? (off_t)pos : posix_fail(EOVERFLOW);
}

BIND(ftell);
long posix_ftell(FILE *fp)
{
  return posix_ftello(fp);
}

BIND(rewind);
void posix_rewind(FILE *fp)
{
  posix_fseeko64(fp, 0, SEEK_SET);
  posix_clearerr(fp);
}

BIND(fgetpos64);
int posix_fgetpos64(FILE *fp, fpos64_t *pos)
{
  pos->__pos = posix_ftello64(fp);
  return pos->__pos < 0 ? -1 : 0;
}

BIND(fsetpos64);
int posix_fsetpos64(FILE *fp, const fpos64_t *pos)
{
  return posix_fseeko64(fp, pos->__pos, SEEK_SET);
}

BIND(fgetpos);
int posix_fgetpos(FILE *fp, fpos_t *pos)
{
  pos->__pos = posix_ftello(fp);
  return pos->__pos < 0 ? -1 : 0;
}

BIND(fsetpos);
int posix_fsetpos(FILE *fp, const fpos_t *pos)
{
  return posix_fseeko64(fp, pos->__pos, SEEK_SET);
}
