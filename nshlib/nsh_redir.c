/* nshlib/nsh_redir.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Descriptors are changed before a command and put back after it.
 *
 * A command of the shell's own writes to the shell's descriptor 1, and a
 * task inherits it: so redirection is the same for both.  The descriptors
 * that were there are kept where no task inherits them.
 */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nsh.h"

#define UNCHANGED -2

void nsh_saved_init(struct nsh_saved_s *saved)
{
  saved->fd[0] = saved->fd[1] = saved->fd[2] = UNCHANGED;
}

/* Makes fd a copy of another, and keeps what it was; false with errno. */

bool nsh_replace(struct nsh_saved_s *saved, int fd, int with)
{
  fflush(stdout);
  if (saved->fd[fd] == UNCHANGED)
    {
      int keep = fcntl(fd, F_DUPFD_CLOEXEC, 3);

      if (keep < 0 && errno != EBADF)
        {
          return false;
        }

      saved->fd[fd] = keep;
    }

  return dup2(with, fd) >= 0;
}

void nsh_restore(struct nsh_saved_s *saved)
{
  int fd;

  fflush(stdout);
  for (fd = 0; fd <= 2; fd++)
    {
      if (saved->fd[fd] >= 0)
        {
          dup2(saved->fd[fd], fd);
          close(saved->fd[fd]);
        }
      else if (saved->fd[fd] == -1)
        {
          close(fd);
        }
    }

  nsh_saved_init(saved);
}

/* `n>&m`, and `n>&-` to close. */

static bool redirect_duplicate(const struct nsh_redir_s *redir,
                               const char *name, struct nsh_saved_s *saved)
{
  long long with;

  if (strcmp(name, "-") == 0)
    {
      if (saved->fd[redir->fd] == UNCHANGED &&
          !nsh_replace(saved, redir->fd, redir->fd))
        {
          return true;                 /* Is closed already */
        }

      fflush(stdout);
      close(redir->fd);
      return true;
    }

  if (!nsh_number(name, 10, 0, 2, &with))
    {
      nsh_error("%s: only 0, 1, 2 and - can follow & in a redirection",
                name);
      return false;
    }

  if (with != redir->fd && !nsh_replace(saved, redir->fd, (int)with))
    {
      nsh_error("%s: %s", name, strerror(errno));
      return false;
    }

  return true;
}

static bool redirect_file(const struct nsh_redir_s *redir, const char *path,
                          struct nsh_saved_s *saved)
{
  static const int flags[] =
  {
    [NSH_READ] = O_RDONLY,
    [NSH_WRITE] = O_WRONLY | O_CREAT | O_TRUNC,
    [NSH_APPEND] = O_WRONLY | O_CREAT | O_APPEND
  };

  int fd = nsh_open(path, flags[redir->kind]);
  bool ok;

  if (fd < 0)
    {
      nsh_error("%s: open failed: %s", path, strerror(errno));
      return false;
    }

  ok = nsh_replace(saved, redir->fd, fd);
  if (!ok)
    {
      nsh_error("%s: dup failed: %s", path, strerror(errno));
    }

  close(fd);
  return ok;
}

/* All of them, from left to right.  The caller restores in any case. */

bool nsh_redirect(struct nsh_s *sh, struct nsh_redir_s *redirs,
                  struct nsh_saved_s *saved)
{
  bool ok = true;

  for (; ok && redirs != NULL; redirs = redirs->next)
    {
      struct nsh_arena_s arena =
      {
        NULL
      };

      char *name = nsh_expand_one(sh, &arena, redirs->word);

      ok = name != NULL &&
           (redirs->kind == NSH_DUPLICATE ?
            redirect_duplicate(redirs, name, saved) :
            redirect_file(redirs, name, saved));
      nsh_arena_free(&arena);
    }

  return ok;
}
