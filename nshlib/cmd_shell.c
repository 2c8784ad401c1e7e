/* nshlib/cmd_shell.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Commands that concern the shell itself: variables, control flow, the
 * working directory, what runs beside it, help.
 */

#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "nsh.h"
#include "nsh_port.h"

/* Help */

static void help_names(const struct nsh_args_s *names)
{
  size_t columns = 6;
  size_t rows = (names->n + columns - 1) / columns;
  size_t row;
  size_t i;

  for (row = 0; row < rows; row++)
    {
      for (i = row; i < names->n; i += rows)
        {
          if (i + rows < names->n)
            {
              printf("  %-10s", names->v[i]);
            }
          else
            {
              printf("  %s", names->v[i]);
            }
        }

      putchar('\n');
    }
}

static int help_all(void)
{
  struct nsh_args_s names =
  {
    NULL, 0, 0
  };

  int i;

  printf("help usage:  help [<cmd>]\n\n");
  nsh_command_names(&names);
  help_names(&names);
  nsh_args_free(&names);

  printf("\nBuiltin Apps:\n");
  for (i = 0; i < g_builtin_count; i++)
    {
      nsh_args_add(&names, (char *)g_builtins[i].name);
    }

  help_names(&names);
  nsh_args_free(&names);
  return 0;
}

static int cmd_help(struct nsh_s *sh, int argc, char **argv)
{
  const struct nsh_command_s *command;

  (void)sh;
  if (argc < 2)
    {
      return help_all();
    }

  if (nsh_builtin_find(argv[1]) != NULL)
    {
      printf("%s: a builtin application\n", argv[1]);
      return 0;
    }

  command = nsh_command_find(argv[1]);
  if (command == NULL)
    {
      return nsh_error("help: %s: command not found", argv[1]);
    }

  printf("%s usage:  %s%s%s\n", argv[1], argv[1],
         command->arguments == NULL ? "" : " ",
         command->arguments == NULL ? "" : command->arguments);
  printf("  %s\n", command->purpose);
  return 0;
}

/* Variables */

static void print_variables(struct nsh_s *sh, bool exported)
{
  const struct nsh_var_s *var;

  for (var = sh->vars; var != NULL; var = var->next)
    {
      if (var->exported || !exported)
        {
          printf("%s=%s\n", var->name, var->value);
        }
    }
}

static bool check_name(const char *command, const char *name)
{
  if (!nsh_isname(name, strlen(name)))
    {
      nsh_error("%s: not the name of a variable: %s", command, name);
      return false;
    }

  return true;
}

/* set -e, +x, -ex ... */

static int set_options(struct nsh_s *sh, const char *options)
{
  bool on = *options == '-';
  const char *letter;

  if (options[1] == '\0' || strspn(options + 1, "ex") != strlen(options + 1))
    {
      return nsh_error("set: unknown option %s", options);
    }

  for (letter = options + 1; *letter != '\0'; letter++)
    {
      *(*letter == 'e' ? &sh->errexit : &sh->xtrace) = on;
    }

  return 0;
}

static int cmd_set(struct nsh_s *sh, int argc, char **argv)
{
  if (argc == 1)
    {
      print_variables(sh, false);
      return 0;
    }

  if (argv[1][0] == '-' || argv[1][0] == '+')
    {
      int status = set_options(sh, argv[1]);

      if (status != 0 || argc == 2)
        {
          return status;
        }

      argv++;
      argc--;
    }

  if (!check_name("set", argv[1]))
    {
      return NSH_FAILURE;
    }

  if (argc > 3)
    {
      return nsh_toomany("set");
    }

  nsh_setvar(sh, argv[1], argc > 2 ? argv[2] : "");
  return 0;
}

static int cmd_unset(struct nsh_s *sh, int argc, char **argv)
{
  int status = 0;
  int i;

  for (i = 1; i < argc; i++)
    {
      if (!check_name("unset", argv[i]))
        {
          status = NSH_FAILURE;
          continue;
        }

      nsh_unsetvar(sh, argv[i]);
    }

  return status;
}

/* NuttX's "export name value", and "export name=value ...". */

static int cmd_export(struct nsh_s *sh, int argc, char **argv)
{
  int i;

  if (argc == 3 && strchr(argv[1], '=') == NULL &&
      strchr(argv[2], '=') == NULL)
    {
      if (!check_name("export", argv[1]))
        {
          return NSH_FAILURE;
        }

      nsh_setvar(sh, argv[1], argv[2]);
      argc = 2;
    }

  for (i = 1; i < argc; i++)
    {
      char *equals = strchr(argv[i], '=');

      if (equals != NULL)
        {
          *equals = '\0';
        }

      if (!check_name("export", argv[i]))
        {
          return NSH_FAILURE;
        }

      if (equals != NULL)
        {
          nsh_setvar(sh, argv[i], equals + 1);
        }

      nsh_exportvar(sh, argv[i]);
    }

  if (argc == 1)
    {
      print_variables(sh, true);
    }

  return 0;
}

static int cmd_env(struct nsh_s *sh, int argc, char **argv)
{
  (void)argc;
  (void)argv;
  print_variables(sh, true);
  return 0;
}

/* Control flow */

static bool status_argument(struct nsh_s *sh, int argc, char **argv,
                            int *status)
{
  long long value = sh->status;

  if (argc > 1 && !nsh_number(argv[1], 10, 0, 255, &value))
    {
      nsh_invalid(argv[0], argv[1]);
      return false;
    }

  *status = (int)value;
  return true;
}

static int cmd_exit(struct nsh_s *sh, int argc, char **argv)
{
  int status;

  if (!status_argument(sh, argc, argv, &status))
    {
      return NSH_SYNTAX;
    }

  sh->status = status;
  sh->unwind = NSH_EXIT;
  return status;
}

static int cmd_return(struct nsh_s *sh, int argc, char **argv)
{
  int status;

  if (sh->depth == 0)
    {
      return nsh_error("return: not valid in this context");
    }

  if (!status_argument(sh, argc, argv, &status))
    {
      return NSH_SYNTAX;
    }

  sh->status = status;
  sh->unwind = NSH_RETURN;
  return status;
}

static int cmd_break(struct nsh_s *sh, int argc, char **argv)
{
  long long levels = 1;

  if (sh->loops == 0)
    {
      return nsh_error("%s: not valid in this context", argv[0]);
    }

  if (argc > 1 && !nsh_number(argv[1], 10, 1, 1000000, &levels))
    {
      return nsh_invalid(argv[0], argv[1]);
    }

  sh->levels = levels > sh->loops ? sh->loops : (int)levels;
  sh->unwind = argv[0][0] == 'b' ? NSH_BREAK : NSH_CONTINUE;
  sh->status = 0;
  return 0;
}

static int cmd_true(struct nsh_s *sh, int argc, char **argv)
{
  (void)sh;
  (void)argc;
  (void)argv;
  return 0;
}

static int cmd_false(struct nsh_s *sh, int argc, char **argv)
{
  (void)sh;
  (void)argc;
  (void)argv;
  return NSH_FAILURE;
}

static int cmd_source(struct nsh_s *sh, int argc, char **argv)
{
  return nsh_source(sh, argv[1], argc - 2, argv + 2);
}

static int cmd_sh(struct nsh_s *sh, int argc, char **argv)
{
  pid_t pid;

  (void)argc;
  pid = nsh_start_script(sh, argv);
  return pid < 0 ? NSH_CANNOT : nsh_wait_tasks(sh, &pid, 1);
}

/* Runs the rest of the line, or, as in NuttX, one quoted line. */

static int time_run(struct nsh_s *sh, int argc, char **argv)
{
  struct nsh_input_s in;
  int depth = sh->depth;

  if (argc > 2 || strpbrk(argv[1], NSH_BLANKS ";&|<>") == NULL)
    {
      return nsh_run_args(sh, argc - 1, argv + 1);
    }

  sh->depth++;                         /* Not the prompt's business */
  nsh_input_string(&in, sh, "time", argv[1]);
  nsh_run(sh, &in);
  sh->depth = depth;
  return sh->status;
}

static int cmd_time(struct nsh_s *sh, int argc, char **argv)
{
  struct timespec begin;
  struct timespec end;
  long long usec;
  int status;

  if (sh->depth >= NSH_MAXDEPTH)
    {
      return nsh_error("time: nesting too deep");
    }

  clock_gettime(CLOCK_MONOTONIC, &begin);
  status = time_run(sh, argc, argv);
  clock_gettime(CLOCK_MONOTONIC, &end);
  usec = (long long)(end.tv_sec - begin.tv_sec) * 1000000 +
         (end.tv_nsec - begin.tv_nsec) / 1000;
  printf("\n%lld.%06lld sec\n", usec / 1000000, usec % 1000000);
  return status;
}

/* The working directory */

static int cmd_cd(struct nsh_s *sh, int argc, char **argv)
{
  const char *path = argc > 1 ? argv[1] : nsh_getvar(sh, "HOME");
  bool back = argc > 1 && strcmp(path, "-") == 0;
  char *here = getcwd(NULL, 0);

  if (back)
    {
      path = nsh_getvar(sh, "OLDPWD");
    }

  path = path == NULL && !back ? "/" : path;
  if (path == NULL || chdir(path) < 0)
    {
      free(here);
      return path == NULL ? nsh_error("cd: OLDPWD is not set") :
                            nsh_failed("cd", "chdir", path, errno);
    }

  if (back)
    {
      puts(path);
    }

  if (here != NULL)
    {
      nsh_setvar(sh, "OLDPWD", here);
    }

  free(here);
  return 0;
}

static int cmd_pwd(struct nsh_s *sh, int argc, char **argv)
{
  char *here = getcwd(NULL, 0);

  (void)sh;
  (void)argc;
  (void)argv;
  if (here == NULL)
    {
      return nsh_failed("pwd", "getcwd", NULL, errno);
    }

  puts(here);
  free(here);
  return 0;
}

/* Tasks */

struct signal_s
{
  const char *name;
  int number;
};

static const struct signal_s g_signals[] =
{
  {"HUP", SIGHUP}, {"INT", SIGINT}, {"QUIT", SIGQUIT}, {"ABRT", SIGABRT},
  {"KILL", SIGKILL}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2},
  {"PIPE", SIGPIPE}, {"ALRM", SIGALRM}, {"TERM", SIGTERM},
  {"CHLD", SIGCHLD}, {"CONT", SIGCONT}, {"STOP", SIGSTOP}
};

static bool signal_number(const char *text, int *signo)
{
  long long value;
  size_t i;

  if (nsh_number(text, 10, 0, 64, &value))
    {
      *signo = (int)value;
      return true;
    }

  text += strncasecmp(text, "SIG", 3) == 0 ? 3 : 0;
  for (i = 0; i < sizeof(g_signals) / sizeof(g_signals[0]); i++)
    {
      if (strcasecmp(g_signals[i].name, text) == 0)
        {
          *signo = g_signals[i].number;
          return true;
        }
    }

  return false;
}

static int cmd_kill(struct nsh_s *sh, int argc, char **argv)
{
  int signo = SIGTERM;
  int status = 0;
  int i = 1;

  (void)sh;
  if (argv[1][0] == '-')
    {
      if (!signal_number(argv[1] + 1, &signo))
        {
          return nsh_error("kill: no such signal: %s", argv[1] + 1);
        }

      i++;
    }

  if (i >= argc)
    {
      return nsh_missing("kill");
    }

  for (; i < argc; i++)
    {
      long long pid;

      if (!nsh_number(argv[i], 10, 1, 0x7fffffff, &pid))
        {
          status = nsh_invalid("kill", argv[i]);
        }
      else if (kill((pid_t)pid, signo) < 0)
        {
          status = nsh_failed("kill", "kill", argv[i], errno);
        }
    }

  return status;
}

static int cmd_wait(struct nsh_s *sh, int argc, char **argv)
{
  int status = argc == 1 ? nsh_jobs_wait(sh, 0) : 0;
  int i;

  for (i = 1; i < argc && !nsh_interrupted(sh); i++)
    {
      long long pid;

      if (!nsh_number(argv[i], 10, 1, 0x7fffffff, &pid))
        {
          return nsh_invalid("wait", argv[i]);
        }

      status = nsh_jobs_wait(sh, (pid_t)pid);
      if (status < 0)
        {
          nsh_error("wait: %s is no task of this shell", argv[i]);
          status = NSH_NOTFOUND;
        }
    }

  return status;
}

const struct nsh_command_s g_nsh_shell_commands[] =
{
  {".", cmd_source, 2, NSH_MAXARGS, "<file> [<argument>...]",
   "Run a file in this shell", NULL},
  {":", cmd_true, 1, NSH_MAXARGS, "[<argument>...]", "Do nothing", NULL},
  {"?", cmd_help, 1, 2, "[<cmd>]", "List the commands, or tell of one",
   NULL},
  {"[", nsh_cmd_test, 1, NSH_MAXARGS, "<expression> ]",
   "Status 0 if the expression is true", NULL},
  {"break", cmd_break, 1, 2, "[<levels>]", "Leave a loop", NULL},
  {"cd", cmd_cd, 1, 2, "[<directory>|-]", "Change the working directory",
   NULL},
  {"continue", cmd_break, 1, 2, "[<levels>]", "Go on with the next round",
   NULL},
  {"env", cmd_env, 1, 1, NULL, "Show the exported variables", NULL},
  {"exit", cmd_exit, 1, 2, "[<status>]", "End the shell", NULL},
  {"export", cmd_export, 1, NSH_MAXARGS,
   "[<name> [<value>] | <name>[=<value>]...]",
   "Give variables to what is started", NULL},
  {"false", cmd_false, 1, NSH_MAXARGS, NULL, "Status 1", NULL},
  {"help", cmd_help, 1, 2, "[<cmd>]", "List the commands, or tell of one",
   NULL},
  {"kill", cmd_kill, 2, NSH_MAXARGS, "[-<signal>] <pid>...",
   "Send a signal, SIGTERM if none is named", NULL},
  {"pwd", cmd_pwd, 1, 1, NULL, "Show the working directory", NULL},
  {"quit", cmd_exit, 1, 2, "[<status>]", "End the shell", NULL},
  {"return", cmd_return, 1, 2, "[<status>]", "End a sourced file", NULL},
  {"set", cmd_set, 1, NSH_MAXARGS, "[{+|-}{e|x}...] [<name> [<value>]]",
   "Set a variable or an option, or show all variables", NULL},
  {"sh", cmd_sh, 1, NSH_MAXARGS, "[-c <commands> | <file> [<argument>...]]",
   "Run another shell", NULL},
  {"source", cmd_source, 2, NSH_MAXARGS, "<file> [<argument>...]",
   "Run a file in this shell", NULL},
  {"test", nsh_cmd_test, 1, NSH_MAXARGS, "<expression>",
   "Status 0 if the expression is true", NULL},
  {"time", cmd_time, 2, NSH_MAXARGS, "<command> [<argument>...]",
   "Show how long a command takes", NULL},
  {"true", cmd_true, 1, NSH_MAXARGS, NULL, "Status 0", NULL},
  {"unset", cmd_unset, 2, NSH_MAXARGS, "<name>...", "Forget variables",
   NULL},
  {"wait", cmd_wait, 1, NSH_MAXARGS, "[<pid>...]",
   "Wait for tasks in the background", NULL},
  {NULL, NULL, 0, 0, NULL, NULL, NULL}
};
