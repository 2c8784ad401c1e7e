/* nshlib/nsh_util.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the commands share: messages in NuttX's words, options, numbers,
 * writing, sleeping.
 */

#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "nsh.h"

int nsh_error(const char *format, ...)
{
  va_list ap;

  fflush(stdout);
  fputs("nsh: ", stderr);
  va_start(ap, format);
  vfprintf(stderr, format, ap);
  va_end(ap);
  fputc('\n', stderr);
  return NSH_FAILURE;
}

/* A call failed: "what" is its name, path may be NULL. */

int nsh_failed(const char *command, const char *what, const char *path,
               int errcode)
{
  return nsh_error("%s: %s%s%s failed: %s", command, what,
                   path == NULL ? "" : " ", path == NULL ? "" : path,
                   strerror(errcode));
}

int nsh_invalid(const char *command, const char *argument)
{
  return nsh_error("%s: argument invalid: %s", command, argument);
}

int nsh_missing(const char *command)
{
  return nsh_error("%s: missing required argument(s)", command);
}

int nsh_toomany(const char *command)
{
  return nsh_error("%s: too many arguments", command);
}

int nsh_option(struct nsh_options_s *state, int argc, char **argv,
               const char *letters)
{
  const char *arg;
  const char *letter;
  int c;

  if (state->place == 0)
    {
      state->index = state->index == 0 ? 1 : state->index;
      arg = state->index < argc ? argv[state->index] : "";
      if (arg[0] != '-' || arg[1] == '\0')
        {
          return -1;
        }

      if (strcmp(arg, "--") == 0)
        {
          state->index++;
          return -1;
        }

      state->place = 1;
    }

  arg = argv[state->index];
  c = arg[state->place++];
  letter = c == ':' ? NULL : strchr(letters, c);
  if (letter == NULL)
    {
      nsh_error("%s: unknown option -%c", argv[0], c);
      return '?';
    }

  state->value = NULL;
  if (letter[1] == ':')
    {
      state->value = arg + state->place;
      state->place = 0;
      state->index++;
      if (*state->value == '\0')
        {
          if (state->index >= argc)
            {
              nsh_error("%s: option -%c needs a value", argv[0], c);
              return '?';
            }

          state->value = argv[state->index++];
        }
    }
  else if (arg[state->place] == '\0')
    {
      state->place = 0;
      state->index++;
    }

  return c;
}

/* The whole text is a number within bounds; nothing is printed. */

bool nsh_number(const char *text, int base, long long low, long long high,
                long long *value)
{
  char *end;

  errno = 0;
  *value = strtoll(text, &end, base);
  return end != text && *end == '\0' && errno == 0 && *value >= low &&
         *value <= high && strchr(NSH_BLANKS, text[0]) == NULL;
}

/* All of it, or false with errno, which is EINTR when a signal came. */

bool nsh_write(int fd, const void *data, size_t len)
{
  const char *next = data;

  while (len > 0)
    {
      ssize_t n = write(fd, next, len);

      if (n < 0)
        {
          return false;
        }

      next += n;
      len -= (size_t)n;
    }

  return true;
}

/* Copies what fd has to stdout; the status.  EPIPE is silent: whoever read
 * wants no more.
 */

int nsh_copy_out(struct nsh_s *sh, const char *command, const char *path,
                 int fd)
{
  char data[4096];
  ssize_t n;

  while ((n = read(fd, data, sizeof(data))) > 0)
    {
      if (fwrite(data, 1, (size_t)n, stdout) != (size_t)n ||
          fflush(stdout) != 0)
        {
          return NSH_FAILURE;          /* The evaluator tells */
        }

      if (nsh_interrupted(sh))
        {
          return NSH_FAILURE;
        }
    }

  if (n < 0 && !nsh_interrupted(sh))
    {
      return nsh_failed(command, "read", path, errno);
    }

  return n < 0 ? NSH_FAILURE : 0;
}

/* The exit status of a shell for what waitpid() told. */

int nsh_exitcode(int wstatus)
{
  return WIFSIGNALED(wstatus) ? NSH_SIGNAL + WTERMSIG(wstatus) :
                                WEXITSTATUS(wstatus);
}

/* False: a signal cut it short. */

bool nsh_sleep(struct nsh_s *sh, uint64_t usec)
{
  struct timespec left;

  left.tv_sec = (time_t)(usec / 1000000);
  left.tv_nsec = (long)(usec % 1000000) * 1000;
  while (!nsh_interrupted(sh))
    {
      if (nanosleep(&left, &left) == 0)
        {
          return true;
        }

      if (errno != EINTR)
        {
          nsh_failed("sleep", "nanosleep", NULL, errno);
          return false;
        }
    }

  return false;
}
