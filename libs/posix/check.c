/* libs/posix/check.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The functions that _FORTIFY_SOURCE calls where it knows the size of a
 * buffer and not that of what comes.  Too large ends the task with SIGABRT.
 */

#include "binding.h"

#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#define DECLARE(ret, name, ...) ret posix___##name##_chk(__VA_ARGS__); \
                                ret posix___##name##_chk(__VA_ARGS__)

extern FILE *posix_stdout;

BIND(read);
BIND(poll);
BIND(ppoll);
BIND(getcwd);
BIND(gethostname);
BIND(recv);
BIND(recvfrom);
BIND(fgets);
BIND(fread);
BIND(vfprintf);
BIND(vdprintf);

static void check(size_t need, size_t have)
{
  static const char text[] = "*** buffer overflow detected ***\n";

  if (need > have)
    {
      posix_report(text, sizeof(text) - 1);
      posix_abort();
    }
}

DECLARE(ssize_t, read, int fd, void *buf, size_t len, size_t size)
{
  check(len, size);
  return posix_read(fd, buf, len);
}

DECLARE(ssize_t, recv, int fd, void *buf, size_t len, size_t size,
        int flags)
{
  check(len, size);
  return posix_recv(fd, buf, len, flags);
}

DECLARE(ssize_t, recvfrom, int fd, void *buf, size_t len, size_t size,
        int flags, __SOCKADDR_ARG from, socklen_t *fromlen)
{
  check(len, size);
  return posix_recvfrom(fd, buf, len, flags, from, fromlen);
}

DECLARE(int, poll, struct pollfd *fds, nfds_t n, int timeout, size_t size)
{
  check(n, size / sizeof(*fds));
  return posix_poll(fds, n, timeout);
}

DECLARE(int, ppoll, struct pollfd *fds, nfds_t n, const struct timespec *ts,
        const sigset_t *mask, size_t size)
{
  check(n, size / sizeof(*fds));
  return posix_ppoll(fds, n, ts, mask);
}

DECLARE(char *, getcwd, char *buf, size_t len, size_t size)
{
  check(len, size);
  return posix_getcwd(buf, len);
}

DECLARE(int, gethostname, char *buf, size_t len, size_t size)
{
  check(len, size);
  return posix_gethostname(buf, len);
}

DECLARE(char *, fgets, char *buf, size_t size, int n, FILE *fp)
{
  check(n, size);
  return posix_fgets(buf, n, fp);
}

DECLARE(size_t, fread, void *buf, size_t have, size_t size, size_t n,
        FILE *fp)
{
  size_t len;

  check(__builtin_mul_overflow(size, n, &len) ? SIZE_MAX : len, have);
  return posix_fread(buf, size, n, fp);
}

DECLARE(int, vfprintf, FILE *fp, int flag, const char *fmt, va_list ap)
{
  UNUSED(flag);
  return posix_vfprintf(fp, fmt, ap);
}

DECLARE(int, vprintf, int flag, const char *fmt, va_list ap)
{
  UNUSED(flag);
  return posix_vfprintf(posix_stdout, fmt, ap);
}

DECLARE(int, vdprintf, int fd, int flag, const char *fmt, va_list ap)
{
  UNUSED(flag);
  return posix_vdprintf(fd, fmt, ap);
}

DECLARE(int, fprintf, FILE *fp, int flag, const char *fmt, ...)
{
  va_list ap;
  int ret;

  UNUSED(flag);
  va_start(ap, fmt);
  ret = posix_vfprintf(fp, fmt, ap);
  va_end(ap);
  return ret;
}

DECLARE(int, printf, int flag, const char *fmt, ...)
{
  va_list ap;
  int ret;

  UNUSED(flag);
  va_start(ap, fmt);
  ret = posix_vfprintf(posix_stdout, fmt, ap);
  va_end(ap);
  return ret;
}

DECLARE(int, dprintf, int fd, int flag, const char *fmt, ...)
{
  va_list ap;
  int ret;

  UNUSED(flag);
  va_start(ap, fmt);
  ret = posix_vdprintf(fd, fmt, ap);
  va_end(ap);
  return ret;
}
