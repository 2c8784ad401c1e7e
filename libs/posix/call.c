/* libs/posix/call.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The way into the kernel and out of it: see the top of binding.h.
 */

#include "binding.h"

#include <getopt.h>
#include <string.h>
#include <unistd.h>

struct posix_s g_posix;

/* What "stdout" and its like are for applications: those of the group that
 * was here last.
 */

BIND(stdin);
BIND(stdout);
BIND(stderr);
BIND(environ);
BIND(optarg);
BIND(optind);
BIND(opterr);
BIND(optopt);
BIND(program_invocation_name);
BIND(program_invocation_short_name);

FILE *posix_stdin;
FILE *posix_stdout;
FILE *posix_stderr;
char **posix_environ;
char *posix_optarg;
int posix_optind;
int posix_opterr;
int posix_optopt;
char *posix_program_invocation_name;
char *posix_program_invocation_short_name;

static void vars_save(struct posix_vars_s *vars)
{
  vars->std[0]   = posix_stdin;
  vars->std[1]   = posix_stdout;
  vars->std[2]   = posix_stderr;
  vars->environ  = posix_environ;
  vars->optarg   = posix_optarg;
  vars->optind   = posix_optind;
  vars->opterr   = posix_opterr;
  vars->optopt   = posix_optopt;
  vars->progpath = posix_program_invocation_name;
  vars->progname = posix_program_invocation_short_name;
}

void posix_vars_load(const struct posix_vars_s *vars)
{
  posix_stdin   = vars->std[0];
  posix_stdout  = vars->std[1];
  posix_stderr  = vars->std[2];
  posix_environ = vars->environ;
  posix_optarg  = vars->optarg;
  posix_optind  = vars->optind;
  posix_opterr  = vars->opterr;
  posix_optopt  = vars->optopt;
  posix_program_invocation_name       = vars->progpath;
  posix_program_invocation_short_name = vars->progname;
}

void posix_resume(void)
{
  struct posix_group_s *group = posix_group();

  if (g_posix.owner != group)
    {
      if (g_posix.owner != NULL)
        {
          vars_save(&g_posix.owner->vars);
        }

      posix_vars_load(&group->vars);
      g_posix.owner = group;
    }
}

static bool cancelled(const struct posix_thread_s *thread)
{
  return thread->cancelled && !thread->nocancel && !thread->leaving;
}

/* The kernel asks a task to look up as it begins a call.  It must not yet: in
 * the midst of a stream, a handler could use that.  So let it go on to where
 * it would wait, and be sent back from there with -EINTR.
 */

void posix_signal_deliver(struct tcb_s *tcb)
{
  struct posix_thread_s *thread = posix_self();

  if (posix_signal_due(thread) ||
      ((thread->calling & CALL_CANCEL) != 0 && cancelled(thread)))
    {
      tcb->attention |= ATTN_SIGNAL;
    }
}

static void test_cancel(int flags)
{
  if ((flags & CALL_CANCEL) != 0 && cancelled(posix_self()))
    {
      posix_resume();
      posix_unwind(PTHREAD_CANCELED);
    }
}

void posix_enter(struct posix_call_s *call, int flags)
{
  call->err   = errno;
  call->flags = flags;
  posix_self()->calling = flags;
  task_testcancel();
  test_cancel(flags);
  if (posix_signal_due(posix_self()))
    {
      posix_resume();
      posix_signals();
    }
}

bool posix_again(struct posix_call_s *call, intmax_t ret)
{
  if (ret != -EINTR)
    {
      return false;
    }

  task_testcancel();
  test_cancel(call->flags);
  posix_resume();
  return posix_signals() && (call->flags & CALL_RESTART) != 0;
}

intmax_t posix_leave(struct posix_call_s *call, intmax_t ret)
{
  if (ret == -EINTR || ret == -EPIPE)
    {
      task_testcancel();
    }

  posix_resume();
  if (posix_signal_due(posix_self()))
    {
      posix_signals();
    }

  errno = ret < 0 ? (int)-ret : call->err;
  return ret < 0 ? -1 : ret;
}

int posix_fail(int err)
{
  errno = err;
  return -1;
}
