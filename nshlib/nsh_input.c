/* nshlib/nsh_input.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Lines from a string or a descriptor.
 *
 * The standard input of a shell is also that of the commands it runs: what
 * follows the command's line is theirs.  So from there a shell takes one
 * byte at a time and never more than it uses.  A file that the shell has
 * opened itself is read in blocks.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "nsh.h"

#define BLOCK 4096

static enum nsh_line_e nsh_string_getline(struct nsh_input_s *in,
                                          struct nsh_buf_s *line, bool more)
{
  size_t len;

  (void)more;
  if (*in->text == '\0')
    {
      return NSH_EOF;
    }

  len = strcspn(in->text, "\n");
  nsh_buf_add(line, in->text, len);
  nsh_buf_putc(line, '\n');
  in->text += len + (in->text[len] == '\n');
  in->line++;
  return NSH_LINE;
}

/* Reads more into in->ahead.  NSH_LINE: there is some. */

static enum nsh_line_e nsh_input_fill(struct nsh_input_s *in)
{
  char data[BLOCK];
  ssize_t n;

  do
    {
      n = read(in->fd, data, in->shared ? 1 : sizeof(data));
    }
  while (n < 0 && errno == EINTR && !nsh_interrupted(in->sh));

  if (n < 0 && errno == EINTR)
    {
      return NSH_CANCEL;
    }

  if (n < 0)
    {
      nsh_error("%s: read failed: %s", in->name, strerror(errno));
      in->sh->status = NSH_FAILURE;
      return NSH_ERROR;
    }

  if (n == 0)
    {
      return NSH_EOF;
    }

  if (in->taken > 0)
    {
      in->ahead.len -= in->taken;
      memmove(in->ahead.text, in->ahead.text + in->taken, in->ahead.len);
      in->taken = 0;
    }

  nsh_buf_add(&in->ahead, data, (size_t)n);
  return NSH_LINE;
}

static enum nsh_line_e nsh_fd_getline(struct nsh_input_s *in,
                                      struct nsh_buf_s *line, bool more)
{
  size_t searched = 0;
  enum nsh_line_e result;

  (void)more;
  for (; ; )
    {
      size_t have = in->ahead.len - in->taken;
      const char *text = have == 0 ? NULL : in->ahead.text + in->taken;
      const char *end = have == searched ? NULL :
                        memchr(text + searched, '\n', have - searched);

      if (end != NULL)
        {
          size_t len = (size_t)(end - text) + 1;

          nsh_buf_add(line, text, len);
          in->taken += len;
          in->line++;
          return NSH_LINE;
        }

      searched = have;
      result = nsh_input_fill(in);
      if (result == NSH_EOF && have > 0)
        {
          nsh_buf_add(line, text, have);
          nsh_buf_putc(line, '\n');
          in->taken += have;
          in->line++;
          return NSH_LINE;
        }

      if (result != NSH_LINE)
        {
          return result;
        }
    }
}

void nsh_input_string(struct nsh_input_s *in, struct nsh_s *sh,
                      const char *name, const char *text)
{
  memset(in, 0, sizeof(*in));
  in->getline = nsh_string_getline;
  in->name = name;
  in->sh = sh;
  in->text = text;
  in->fd = -1;
}

/* The descriptor stays the caller's. */

void nsh_input_fd(struct nsh_input_s *in, struct nsh_s *sh, const char *name,
                  int fd)
{
  memset(in, 0, sizeof(*in));
  in->getline = nsh_fd_getline;
  in->name = name;
  in->sh = sh;
  in->fd = fd;
  in->shared = fd == 0;
}

void nsh_input_free(struct nsh_input_s *in)
{
  nsh_buf_free(&in->ahead);
}

/* Opens for the shell itself: above the standard descriptors, which may be
 * closed, and not for what it starts.  Returns -1 with errno.
 */

int nsh_open(const char *path, int flags)
{
  int low = open(path, flags | O_CLOEXEC, 0666);
  int fd = low;

  if (low >= 0 && low <= 2)
    {
      int errcode;

      fd = fcntl(low, F_DUPFD_CLOEXEC, 3);
      errcode = errno;
      close(low);
      errno = errcode;
    }

  return fd;
}
