/* libs/posix/scan.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * scanf() from a stream.  The rules are glibc's: its vfscanf() reads, byte by
 * byte, from an unbuffered stream of the host's that asks ours.  What it has
 * read too much it leaves there, and that goes back into ours.  The task may
 * block inside; the host's stream has no lock.
 */

#include "stream.h"

#include <stdarg.h>
#include <stdio_ext.h>

extern FILE *posix_stdin;

static ssize_t give(void *cookie, char *buf, size_t size)
{
  struct posix_stream_s *s = cookie;
  int c = s->scanning && size > 0 ? stream_get(s) : EOF;

  if (c == EOF)
    {
      errno = -s->err;
      return s->err < 0 ? -1 : 0;
    }

  *buf = c;
  return 1;
}

static bool get_scanner(struct posix_stream_s *s)
{
  if (s->scan == NULL)
    {
      s->scan = fopencookie(s, "r", (cookie_io_functions_t)
                            {
                              .read = give
                            });
      if (s->scan == NULL)
        {
          s->err = -ENOMEM;
          return false;
        }

      __fsetlocking(s->scan, FSETLOCKING_BYCALLER);
      setvbuf(s->scan, NULL, _IONBF, 0);
    }

  return true;
}

static void take_back(struct posix_stream_s *s)
{
  int flags = s->file._flags;
  char left[sizeof(s->pushed)];
  unsigned int n = 0;
  int err = s->err;
  int c;

  s->err = 0;
  while (n < sizeof(left) && (c = getc_unlocked(s->scan)) != EOF)
    {
      left[n++] = c;
    }

  while (n > 0)
    {
      stream_unget(s, left[--n]);
    }

  clearerr_unlocked(s->scan);
  s->file._flags = flags;
  s->err         = err;
}

__typeof__(vfscanf) posix_vfscanf __asm__("posix_vfscanf");
int posix_vfscanf(FILE *fp, const char *fmt, va_list ap)
{
  struct posix_call_s call;
  struct posix_stream_s *s =
    stream_begin(fp, &call, CALL_CANCEL | CALL_RESTART);
  int ret = EOF;

  if (get_scanner(s))
    {
      s->scanning = true;
      ret = vfscanf(s->scan, fmt, ap);
      s->scanning = false;
      take_back(s);
    }

  stream_end(s, &call);
  return ret;
}

__typeof__(vscanf) posix_vscanf __asm__("posix_vscanf");
int posix_vscanf(const char *fmt, va_list ap)
{
  return posix_vfscanf(posix_stdin, fmt, ap);
}

__typeof__(fscanf) posix_fscanf __asm__("posix_fscanf");
int posix_fscanf(FILE *fp, const char *fmt, ...)
{
  va_list ap;
  int ret;

  va_start(ap, fmt);
  ret = posix_vfscanf(fp, fmt, ap);
  va_end(ap);
  return ret;
}

__typeof__(scanf) posix_scanf __asm__("posix_scanf");
int posix_scanf(const char *fmt, ...)
{
  va_list ap;
  int ret;

  va_start(ap, fmt);
  ret = posix_vfscanf(posix_stdin, fmt, ap);
  va_end(ap);
  return ret;
}
