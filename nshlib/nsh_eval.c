/* nshlib/nsh_eval.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The tree is walked.
 *
 * Each function returns an exit status, which is $? then.  What leaves the
 * usual order (break, exit, a signal) sets sh->unwind, and everything
 * returns until somebody is concerned: a loop, a sourced file, the top.
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nsh.h"

static int eval(struct nsh_s *sh, struct nsh_node_s *node);

/* Signals */

/* A signal has come: whatever runs shall end. */

bool nsh_interrupted(struct nsh_s *sh)
{
  return sh->signo != 0;
}

/* True: do not go on.  This is where a signal takes effect. */

static bool eval_stopped(struct nsh_s *sh)
{
  if (nsh_interrupted(sh) && sh->unwind < NSH_TOP)
    {
      sh->status = NSH_SIGNAL + sh->signo;
      sh->unwind = sh->interactive && sh->signo == SIGINT ? NSH_TOP :
                                                            NSH_EXIT;
    }

  return sh->unwind != NSH_GOON;
}

/* Simple commands */

/* What a simple command has changed, and must put back. */

struct simple_s
{
  struct nsh_arena_s arena;
  struct nsh_args_s args;
  struct nsh_saved_s saved;
  struct nsh_var_s *shadowed;          /* Values before NAME=value */
};

/* NAME=value before a command: for the command only. */

static bool simple_assign(struct nsh_s *sh, struct nsh_node_s *node,
                          struct simple_s *c)
{
  struct nsh_assign_s *assign;

  for (assign = node->assigns; assign != NULL; assign = assign->next)
    {
      char *value = nsh_expand_one(sh, &c->arena, assign->value);
      const char *old = nsh_getvar(sh, assign->name);
      struct nsh_var_s *shadow;

      if (value == NULL)
        {
          return false;
        }

      if (c->args.n > 0)
        {
          shadow = nsh_alloc(&c->arena, sizeof(*shadow));
          shadow->name = nsh_text(&c->arena, assign->name,
                                  strlen(assign->name));
          shadow->value = old == NULL ? NULL :
                          nsh_text(&c->arena, old, strlen(old));
          shadow->exported = nsh_isexported(sh, assign->name);
          shadow->next = c->shadowed;
          c->shadowed = shadow;
        }

      nsh_setvar(sh, assign->name, value);
      if (c->args.n > 0)
        {
          nsh_exportvar(sh, assign->name);
        }
    }

  return true;
}

static void simple_trace(struct nsh_s *sh, const struct simple_s *c)
{
  size_t i;

  if (sh->xtrace && c->args.n > 0)
    {
      fflush(stdout);
      fputc('+', stderr);
      for (i = 0; i < c->args.n; i++)
        {
          fprintf(stderr, " %s", c->args.v[i]);
        }

      fputc('\n', stderr);
    }
}

/* Expands, redirects and assigns.  False after an error that was told;
 * simple_end() must follow in any case.
 */

static bool simple_begin(struct nsh_s *sh, struct nsh_node_s *node,
                         struct simple_s *c)
{
  memset(c, 0, sizeof(*c));
  nsh_saved_init(&c->saved);
  sh->substatus = -1;
  if (!nsh_expand(sh, &c->arena, node->words, &c->args))
    {
      return false;
    }

  simple_trace(sh, c);
  return nsh_redirect(sh, node->redirs, &c->saved) &&
         simple_assign(sh, node, c);
}

static void simple_end(struct nsh_s *sh, struct simple_s *c)
{
  struct nsh_var_s *shadow;

  for (shadow = c->shadowed; shadow != NULL; shadow = shadow->next)
    {
      nsh_unsetvar(sh, shadow->name);
      if (shadow->value != NULL)
        {
          nsh_setvar(sh, shadow->name, shadow->value);
          if (shadow->exported)
            {
              nsh_exportvar(sh, shadow->name);
            }
        }
    }

  nsh_restore(&c->saved);
  nsh_args_free(&c->args);
  nsh_arena_free(&c->arena);
}

/* Runs a command by its name: a builtin application, else a command. */

int nsh_run_args(struct nsh_s *sh, int argc, char **argv)
{
  const struct builtin_s *app = nsh_builtin_find(argv[0]);
  const struct nsh_command_s *command;
  pid_t pid;

  if (app != NULL)
    {
      pid = nsh_start_builtin(sh, app, argv, 0);
      return pid < 0 ? NSH_CANNOT : nsh_wait_tasks(sh, &pid, 1);
    }

  command = nsh_command_find(argv[0]);
  if (command != NULL)
    {
      return nsh_command_run(sh, command, argc, argv);
    }

  nsh_error("%s: command not found", argv[0]);
  return NSH_NOTFOUND;
}

static int eval_simple(struct nsh_s *sh, struct nsh_node_s *node)
{
  struct simple_s c;
  int status = NSH_FAILURE;

  if (simple_begin(sh, node, &c))
    {
      status = c.args.n > 0 ?
               nsh_run_args(sh, (int)c.args.n, c.args.v) :
               sh->substatus >= 0 ? sh->substatus : 0;
    }

  simple_end(sh, &c);
  return status;
}

/* The builtin application that a node starts, if that can be seen without
 * expanding anything.
 */

static const struct builtin_s *node_builtin(const struct nsh_node_s *node)
{
  const struct nsh_part_s *part;

  if (node->kind != NSH_SIMPLE || node->words == NULL)
    {
      return NULL;
    }

  part = node->words->parts;
  return part->kind == NSH_TEXT && part->next == NULL ?
         nsh_builtin_find(part->text) : NULL;
}

/* Starts a node as a task: the application itself where it is one, else a
 * shell for its text.
 */

pid_t nsh_start_node(struct nsh_s *sh, struct nsh_node_s *node, pid_t job)
{
  const struct builtin_s *app = node_builtin(node);
  struct simple_s c;
  pid_t pid = -1;

  if (app == NULL)
    {
      return nsh_start_child(sh, node->text, job);
    }

  if (simple_begin(sh, node, &c))
    {
      pid = nsh_start_builtin(sh, app, c.args.v, job);
    }

  simple_end(sh, &c);
  return pid;
}

/* Lists */

static int eval_list(struct nsh_s *sh, struct nsh_node_s *node)
{
  int status = 0;

  for (; node != NULL && !eval_stopped(sh); node = node->next)
    {
      status = eval(sh, node);
    }

  return sh->unwind == NSH_GOON ? status : sh->status;
}

/* A list whose failure is an answer, not an error. */

static int eval_guarded(struct nsh_s *sh, struct nsh_node_s *node)
{
  int status;

  sh->guarded++;
  status = eval_list(sh, node);
  sh->guarded--;
  return status;
}

static int eval_andor(struct nsh_s *sh, struct nsh_node_s *node)
{
  struct nsh_node_s *kid;
  int status = 0;

  if (node->background)
    {
      return nsh_background(sh, node);
    }

  for (kid = node->kids; kid != NULL && !eval_stopped(sh); kid = kid->next)
    {
      if (kid->link == NSH_FIRST || (kid->link == NSH_AND) == (status == 0))
        {
          sh->guarded += kid->next != NULL;
          status = eval(sh, kid);
          sh->guarded -= kid->next != NULL;
        }
    }

  return status;
}

static int eval_pipeline(struct nsh_s *sh, struct nsh_node_s *node)
{
  int status;

  sh->guarded += node->negate;
  status = node->kids->next == NULL ? eval(sh, node->kids) :
                                      nsh_pipeline(sh, node);
  sh->guarded -= node->negate;
  return node->negate ? status == 0 : status;
}

/* Compound commands */

static int eval_if(struct nsh_s *sh, struct nsh_node_s *node)
{
  struct nsh_node_s *clause;

  for (clause = node->kids; clause != NULL; clause = clause->next)
    {
      int status = eval_guarded(sh, clause->cond);

      if (sh->unwind != NSH_GOON)
        {
          return status;
        }

      if (status == 0)
        {
          return eval_list(sh, clause->body);
        }
    }

  return eval_list(sh, node->orelse);
}

/* After one round of a loop: true to leave it. */

static bool loop_leave(struct nsh_s *sh)
{
  sched_yield();                       /* It may be one that never blocks */
  if (eval_stopped(sh) &&
      (sh->unwind == NSH_BREAK || sh->unwind == NSH_CONTINUE))
    {
      bool leave = sh->unwind == NSH_BREAK || sh->levels > 1;

      if (--sh->levels <= 0)
        {
          sh->unwind = NSH_GOON;
        }

      return leave;
    }

  return sh->unwind != NSH_GOON;
}

static int eval_while(struct nsh_s *sh, struct nsh_node_s *node)
{
  bool until = node->kind == NSH_UNTIL;
  int status = 0;

  sh->loops++;
  for (; ; )
    {
      bool met = (eval_guarded(sh, node->cond) == 0) != until;

      if (sh->unwind == NSH_GOON)
        {
          if (!met)
            {
              break;
            }

          status = eval_list(sh, node->body);
        }

      if (loop_leave(sh))
        {
          break;
        }
    }

  sh->loops--;
  return sh->unwind == NSH_GOON ? status : sh->status;
}

static int eval_for(struct nsh_s *sh, struct nsh_node_s *node)
{
  struct nsh_arena_s arena =
  {
    NULL
  };

  struct nsh_args_s values =
  {
    NULL, 0, 0
  };

  bool ok = true;
  int status = 0;
  size_t i;

  if (node->everyarg)
    {
      for (i = 0; i < (size_t)sh->nparams; i++)
        {
          nsh_args_add(&values, nsh_text(&arena, sh->params[i],
                                         strlen(sh->params[i])));
        }
    }
  else
    {
      ok = nsh_expand(sh, &arena, node->words, &values);
      status = ok ? 0 : NSH_FAILURE;
    }

  sh->loops++;
  for (i = 0; ok && i < values.n; i++)
    {
      nsh_setvar(sh, node->name, values.v[i]);
      status = eval_list(sh, node->body);
      if (loop_leave(sh))
        {
          break;
        }
    }

  sh->loops--;
  nsh_args_free(&values);
  nsh_arena_free(&arena);
  return sh->unwind == NSH_GOON ? status : sh->status;
}

static int eval_subshell(struct nsh_s *sh, struct nsh_node_s *node)
{
  pid_t pid = nsh_start_child(sh, node->text, 0);

  return pid < 0 ? NSH_CANNOT : nsh_wait_tasks(sh, &pid, 1);
}

static int eval_compound(struct nsh_s *sh, struct nsh_node_s *node)
{
  switch (node->kind)
    {
      case NSH_IF:
        return eval_if(sh, node);

      case NSH_WHILE:
      case NSH_UNTIL:
        return eval_while(sh, node);

      case NSH_FOR:
        return eval_for(sh, node);

      case NSH_SUBSHELL:
        return eval_subshell(sh, node);

      default:
        return eval_list(sh, node->body);
    }
}

static int eval_redirected(struct nsh_s *sh, struct nsh_node_s *node)
{
  struct nsh_saved_s saved;
  int status = NSH_FAILURE;

  nsh_saved_init(&saved);
  if (nsh_redirect(sh, node->redirs, &saved))
    {
      status = eval_compound(sh, node);
    }

  nsh_restore(&saved);
  return status;
}

/* One node, with what holds for all: $?, and set -e. */

static int eval(struct nsh_s *sh, struct nsh_node_s *node)
{
  bool strict = false;
  int status;

  switch (node->kind)
    {
      case NSH_SIMPLE:
        status = eval_simple(sh, node);
        strict = true;
        break;

      case NSH_ANDOR:
        status = eval_andor(sh, node);
        break;

      case NSH_PIPELINE:
        status = eval_pipeline(sh, node);
        strict = !node->negate;
        break;

      default:
        status = eval_redirected(sh, node);
        strict = node->kind == NSH_SUBSHELL;
        break;
    }

  if (sh->unwind == NSH_GOON || sh->unwind == NSH_BREAK ||
      sh->unwind == NSH_CONTINUE)
    {
      sh->status = status;
    }

  if (sh->errexit && strict && status != 0 && sh->guarded == 0 &&
      sh->unwind == NSH_GOON)
    {
      sh->unwind = NSH_EXIT;
    }

  return sh->status;
}

/* Sources of commands */

/* At the prompt: what stopped the line has done so. */

static void run_settle(struct nsh_s *sh)
{
  if (sh->interactive && sh->depth == 0 && sh->unwind != NSH_EXIT)
    {
      if (sh->unwind == NSH_TOP)
        {
          fputc('\n', stderr);
          sh->signo = 0;
        }

      sh->unwind = NSH_GOON;
    }
}

/* All of an input.  A broken line ends it, unless somebody is there to type
 * the line again.
 */

int nsh_run(struct nsh_s *sh, struct nsh_input_s *in)
{
  enum nsh_line_e result;
  bool more = true;

  while (more)
    {
      struct nsh_arena_s arena =
      {
        NULL
      };

      struct nsh_node_s *tree;

      result = nsh_parse(in, &arena, &tree);
      if (result == NSH_LINE)
        {
          eval_list(sh, tree);
        }
      else if (result == NSH_CANCEL)
        {
          sh->status = NSH_SIGNAL + SIGINT;
        }

      eval_stopped(sh);
      run_settle(sh);
      more = result != NSH_EOF && sh->unwind == NSH_GOON &&
             (result == NSH_LINE || in->name == NULL);
      nsh_arena_free(&arena);
    }

  return sh->status;
}

/* Runs a file in this shell, with arguments of its own if there are any. */

int nsh_source(struct nsh_s *sh, const char *path, int argc, char **argv)
{
  struct nsh_input_s in;
  char **params = sh->params;
  int nparams = sh->nparams;
  int loops = sh->loops;
  int fd;

  if (sh->depth >= NSH_MAXDEPTH)
    {
      return nsh_error("%s: nesting too deep, more than %d files", path,
                       NSH_MAXDEPTH);
    }

  fd = nsh_open(path, O_RDONLY);
  if (fd < 0)
    {
      nsh_error("%s: open failed: %s", path, strerror(errno));
      return NSH_NOTFOUND;
    }

  if (argc > 0)
    {
      sh->params = argv;
      sh->nparams = argc;
    }

  sh->loops = 0;
  sh->depth++;
  sh->status = 0;
  nsh_input_fd(&in, sh, path, fd);
  nsh_run(sh, &in);
  nsh_input_free(&in);
  close(fd);
  sh->depth--;
  sh->loops = loops;
  sh->params = params;
  sh->nparams = nparams;
  if (sh->unwind == NSH_RETURN)
    {
      sh->unwind = NSH_GOON;
    }

  return sh->status;
}
