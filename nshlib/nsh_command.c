/* nshlib/nsh_command.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Commands by their names, and what holds for all of them: the number of
 * arguments, and that an output which could not be written is an error.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nsh.h"

/* Added commands, the last one first.  They are the only state of the shell
 * that all shells share, besides the list of them in nsh_main.c.
 */

static struct nsh_command_s *g_nsh_added;

static const struct nsh_command_s *const g_nsh_tables[] =
{
  g_nsh_shell_commands, g_nsh_file_commands, g_nsh_text_commands,
  g_nsh_time_commands, g_nsh_system_commands
};

#define NTABLES (sizeof(g_nsh_tables) / sizeof(g_nsh_tables[0]))

void nsh_command_register(struct nsh_command_s *command)
{
  command->next = g_nsh_added;
  g_nsh_added = command;
}

void nsh_command_reset(void)
{
  g_nsh_added = NULL;
}

const struct nsh_command_s *nsh_command_find(const char *name)
{
  const struct nsh_command_s *command;
  size_t i;

  for (command = g_nsh_added; command != NULL; command = command->next)
    {
      if (strcmp(command->name, name) == 0)
        {
          return command;
        }
    }

  for (i = 0; i < NTABLES; i++)
    {
      for (command = g_nsh_tables[i]; command->name != NULL; command++)
        {
          if (strcmp(command->name, name) == 0)
            {
              return command;
            }
        }
    }

  return NULL;
}

const struct builtin_s *nsh_builtin_find(const char *name)
{
  int i;

  for (i = 0; i < g_builtin_count; i++)
    {
      if (strcmp(g_builtins[i].name, name) == 0)
        {
          return &g_builtins[i];
        }
    }

  return NULL;
}

/* The status of a command whose output may have got lost.  Nobody reads any
 * more (EPIPE): the shell stops, silently, as a signal would stop it.
 */

static int command_flushed(struct nsh_s *sh, const char *name, int status)
{
  bool lost;

  errno = 0;
  lost = fflush(stdout) != 0;
  lost |= ferror(stdout) != 0;
  if (!lost)
    {
      return status;
    }

  clearerr(stdout);
  if (errno == EPIPE)
    {
      sh->signo = SIGPIPE;
      return NSH_SIGNAL + SIGPIPE;
    }

  if (nsh_interrupted(sh))
    {
      return status;
    }

  return errno == 0 ? nsh_error("%s: write failed", name) :
                      nsh_failed(name, "write", NULL, errno);
}

int nsh_command_run(struct nsh_s *sh, const struct nsh_command_s *command,
                    int argc, char **argv)
{
  if (argc < command->minimum)
    {
      return nsh_missing(argv[0]);
    }

  if (argc > command->maximum)
    {
      return nsh_toomany(argv[0]);
    }

  return command_flushed(sh, argv[0], command->run(sh, argc, argv));
}

static int names_compare(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All names, each once, in order.  They are not the caller's. */

void nsh_command_names(struct nsh_args_s *names)
{
  const struct nsh_command_s *command;
  size_t kept = 0;
  size_t i;

  for (command = g_nsh_added; command != NULL; command = command->next)
    {
      nsh_args_add(names, (char *)command->name);
    }

  for (i = 0; i < NTABLES; i++)
    {
      for (command = g_nsh_tables[i]; command->name != NULL; command++)
        {
          nsh_args_add(names, (char *)command->name);
        }
    }

  qsort(names->v, names->n, sizeof(*names->v), names_compare);
  for (i = 0; i < names->n; i++)
    {
      if (kept == 0 || strcmp(names->v[kept - 1], names->v[i]) != 0)
        {
          names->v[kept++] = names->v[i];
        }
    }

  names->n = kept;
}
