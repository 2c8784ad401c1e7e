/* nshlib/nsh_main.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The shell as a program: options, signals, where the commands come from.
 *
 * SIGINT and SIGTERM only leave a mark, by which the evaluator ends what
 * runs: so a shell always gives back what it has.  SIGPIPE is ignored and
 * comes back as a failed write.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nsh.h"
#include "nsh_port.h"

extern char **environ;

/* All shells of this address space: a signal handler knows no more than the
 * id of its process.
 */

struct nsh_shells_s
{
  struct nsh_s *first;
  struct nsh_link_s nobody;            /* Memory outside of a shell */
};

static struct nsh_shells_s g_nsh =
{
  NULL,
  {
    &g_nsh.nobody, &g_nsh.nobody
  }
};

static const char g_usage[] =
  "usage: nsh [-ex] [-c commands [name [argument ...]]]\n"
  "       nsh [-ex] file [argument ...]\n"
  "       nsh [-ex]\n"
  "\n"
  "  -c    run these commands\n"
  "  -e    end at the first command that fails\n"
  "  -x    show each command before it runs\n"
  "  -h    this text\n"
  "\n"
  "Without a file or commands they come from the standard input.  The exit\n"
  "status is that of the last command.\n";

/* Signals */

/* The shell looks at signo only between commands: what it waits for has to
 * be told at once.
 */

static struct nsh_s *shell_self(void)
{
  struct nsh_s **link = &g_nsh.first;
  struct nsh_s *sh;
  pid_t pid = getpid();

  while ((sh = *link) != NULL && sh->pid != pid)
    {
      link = &sh->next;
    }

  /* Who asks will ask again: to the front of what may be thousands */

  if (sh != NULL)
    {
      *link       = sh->next;
      sh->next    = g_nsh.first;
      g_nsh.first = sh;
    }

  return sh;
}

static void main_signal(int signo)
{
  struct nsh_s *sh = shell_self();

  if (sh != NULL)
    {
      sh->signo = signo;
      nsh_tasks_kill(sh->waiting, sh->nwaiting, signo);
    }
}

#define NSIGNALS 3

static const int g_signals[NSIGNALS] =
{
  SIGINT, SIGTERM, SIGPIPE
};

/* Sets the shell's signals, or with "set" false those from before. */

static void main_signals(struct sigaction old[NSIGNALS], bool set)
{
  int i;

  for (i = 0; i < NSIGNALS; i++)
    {
      struct sigaction action;

      memset(&action, 0, sizeof(action));
      sigemptyset(&action.sa_mask);
      action.sa_handler = g_signals[i] == SIGPIPE ? SIG_IGN : main_signal;
      sigaction(g_signals[i], set ? &action : &old[i], set ? &old[i] : NULL);
    }
}

/* A shell */

struct nsh_link_s *nsh_memory(void)
{
  struct nsh_s *sh = shell_self();

  return sh == NULL ? &g_nsh.nobody : &sh->memory;
}

/* Frees what shells have left that were killed.  One with the caller's id
 * is of a kernel that has ended.
 */

static void shells_bury(void)
{
  struct nsh_s **link = &g_nsh.first;
  pid_t pid = getpid();

  while (*link != NULL)
    {
      struct nsh_s *sh = *link;

      if (sh->pid == pid || (kill(sh->pid, 0) < 0 && errno == ESRCH))
        {
          *link = sh->next;
          nsh_console_abandon(sh);
          nsh_free_all(&sh->memory);
          free(sh);
        }
      else
        {
          link = &sh->next;
        }
    }
}

/* The shell is not on the stack, which a kill takes away. */

static struct nsh_s *shell_open(void)
{
  struct nsh_s *sh;

  shells_bury();
  sh = calloc(1, sizeof(*sh));
  if (sh == NULL)
    {
      return NULL;
    }

  sh->pid = getpid();
  sh->name = "nsh";
  nsh_link_init(&sh->memory);
  sh->next = g_nsh.first;
  g_nsh.first = sh;
  nsh_vars_import(sh, environ);
  return sh;
}

static void shell_close(struct nsh_s *sh)
{
  struct nsh_s **link = &g_nsh.first;

  nsh_jobs_free(sh);
  nsh_vars_free(sh);
  while (*link != sh)
    {
      link = &(*link)->next;
    }

  *link = sh->next;
  if (sh->memory.next != &sh->memory)
    {
      nsh_error("memory was not given back");
      abort();                         /* A mistake in the shell */
    }

  free(sh);
}

/* One more shell within another: a script that runs itself ends here. */

static bool shell_level(struct nsh_s *sh)
{
  const char *value = nsh_getvar(sh, "SHLVL");
  long long level = 0;
  char text[16];

  if (value != NULL && !nsh_number(value, 10, 0, NSH_MAXDEPTH, &level))
    {
      level = 0;
    }

  if (level >= NSH_MAXDEPTH)
    {
      nsh_error("nesting too deep, more than %d shells", NSH_MAXDEPTH);
      return false;
    }

  snprintf(text, sizeof(text), "%d", (int)level + 1);
  nsh_setvar(sh, "SHLVL", text);
  nsh_exportvar(sh, "SHLVL");
  return true;
}

/* Arguments */

struct options_s
{
  const char *commands;                /* -c */
  int index;                           /* The first that is no option */
  bool help;
};

/* What nsh_start_child() passes: --child=$? --depth=N --last=$!
 * --set=name=value
 */

static void option_inherited(struct nsh_s *sh, char *text)
{
  char *equals;

  if (strncmp(text, "--child=", 8) == 0)
    {
      sh->child = true;
      sh->status = atoi(text + 8);
    }
  else if (strncmp(text, "--depth=", 8) == 0)
    {
      sh->depth = atoi(text + 8);
    }
  else if (strncmp(text, "--last=", 7) == 0)
    {
      sh->lastjob = (pid_t)atol(text + 7);
    }
  else if (strncmp(text, "--set=", 6) == 0 &&
           (equals = strchr(text + 6, '=')) != NULL)
    {
      struct nsh_arena_s arena =
      {
        NULL
      };

      nsh_setvar(sh, nsh_text(&arena, text + 6, (size_t)(equals - text - 6)),
                 equals + 1);
      nsh_arena_free(&arena);
    }
}

static bool main_options(struct nsh_s *sh, int argc, char **argv,
                         struct options_s *options)
{
  struct nsh_options_s state =
  {
    1, 0, NULL
  };

  int c;

  while (state.index < argc && strncmp(argv[state.index], "--", 2) == 0 &&
         argv[state.index][2] != '\0' &&
         strcmp(argv[state.index], "--help") != 0)
    {
      if (strncmp(argv[state.index], "--child=", 8) != 0 && !sh->child)
        {
          break;
        }

      option_inherited(sh, argv[state.index++]);
    }

  if (state.index < argc && strcmp(argv[state.index], "--help") == 0)
    {
      options->help = true;
      return true;
    }

  while ((c = nsh_option(&state, argc, argv, "c:exh")) >= 0)
    {
      switch (c)
        {
          case 'c':
            if (options->commands != NULL)
              {
                nsh_error("-c: given twice");
                return false;
              }

            options->commands = state.value;
            break;

          case 'e':
            sh->errexit = true;
            break;

          case 'x':
            sh->xtrace = true;
            break;

          case 'h':
            options->help = true;
            break;

          default:
            return false;
        }
    }

  options->index = state.index;
  return true;
}

/* Where commands come from */

static int main_commands(struct nsh_s *sh, const char *text, int argc,
                         char **argv)
{
  struct nsh_input_s in;

  if (argc > 0)
    {
      sh->name = argv[0];
      sh->params = argv + 1;
      sh->nparams = argc - 1;
    }

  nsh_input_string(&in, sh, "-c", text);
  return nsh_run(sh, &in);
}

static int main_file(struct nsh_s *sh, int argc, char **argv)
{
  sh->name = argv[0];
  return nsh_source(sh, argv[0], argc - 1, argv + 1);
}

static int main_stdin(struct nsh_s *sh)
{
  struct nsh_input_s in;

  nsh_input_fd(&in, sh, "stdin", 0);
  if (isatty(0) && isatty(1))
    {
      sh->interactive = true;
      in.getline = nsh_console_getline;
      in.name = NULL;
      nsh_port_interactive();
      nsh_console_open(sh);
    }

  nsh_run(sh, &in);
  nsh_console_close(sh);
  nsh_input_free(&in);
  return sh->status;
}

static int main_run(struct nsh_s *sh, int argc, char **argv)
{
  struct options_s options =
  {
    NULL, 0, false
  };

  if (!main_options(sh, argc, argv, &options))
    {
      fputs(g_usage, stderr);
      return NSH_SYNTAX;
    }

  if (options.help)
    {
      fputs(g_usage, stdout);
      return 0;
    }

  if (!sh->child && !shell_level(sh))
    {
      return NSH_FAILURE;
    }

  argc -= options.index;
  argv += options.index;
  return options.commands != NULL ?
         main_commands(sh, options.commands, argc, argv) :
         argc > 0 ? main_file(sh, argc, argv) : main_stdin(sh);
}

int nsh_main(int argc, char **argv)
{
  struct sigaction old[NSIGNALS];
  struct nsh_s *sh = shell_open();
  int status;

  if (sh == NULL)
    {
      fputs("nsh: out of memory\n", stderr);
      return NSH_FAILURE;
    }

  main_signals(old, true);
  status = main_run(sh, argc, argv);
  fflush(stdout);
  main_signals(old, false);
  shell_close(sh);
  return status;
}
