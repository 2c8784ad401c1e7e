/* nshlib/nsh_jobs.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Tasks: pipelines, command substitution, the background.
 *
 * A task is started with the descriptors that the shell has just then, so
 * the shell bends its own for a moment.  A task that Ctrl-C ended counts as
 * if the shell itself had got the signal: otherwise nobody could stop
 * `while true; do app; done`.  The other way round, a signal that the shell
 * gets while it waits goes to those it waits for.
 */

#ifndef _GNU_SOURCE
#  define _GNU_SOURCE                  /* pipe2() */
#endif

#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nsh.h"
#include "nsh_port.h"

/* Starting */

/* The exported variables, as "NAME=value". */

static char **task_environment(struct nsh_s *sh, struct nsh_arena_s *arena,
                               struct nsh_args_s *envp)
{
  struct nsh_var_s *var;

  for (var = sh->vars; var != NULL; var = var->next)
    {
      if (var->exported)
        {
          nsh_args_add(envp, nsh_format(arena, "%s=%s", var->name,
                                        var->value));
        }
    }

  nsh_args_add(envp, NULL);
  return envp->v;
}

static pid_t task_start(struct nsh_s *sh, const struct builtin_s *app,
                        char **argv, pid_t job)
{
  struct nsh_arena_s arena =
  {
    NULL
  };

  struct nsh_args_s envp =
  {
    NULL, 0, 0
  };

  struct nsh_spawn_s what =
  {
    .name = app->name,
    .main = app->main,
    .priority = app->priority,
    .stacksize = app->stacksize,
    .argv = argv,
    .job = job,
    .background = sh->background
  };

  pid_t pid;

  fflush(stdout);
  what.envp = task_environment(sh, &arena, &envp);
  pid = nsh_port_start(&what);
  nsh_args_free(&envp);
  nsh_arena_free(&arena);
  if (pid < 0)
    {
      nsh_failed(argv[0], "start", NULL, -pid);
      return -1;
    }

  return pid;
}

pid_t nsh_start_builtin(struct nsh_s *sh, const struct builtin_s *app,
                        char **argv, pid_t job)
{
  return task_start(sh, app, argv, job);
}

/* What is called after the first word of a text. */

static char *job_name(struct nsh_arena_s *arena, const char *text)
{
  size_t len;

  text += strspn(text, NSH_BLANKS "({");
  len = strcspn(text, NSH_BLANKS ";&|<>(){}");
  return nsh_text(arena, text, len);
}

/* A shell that runs a part of this one: it gets the text, and as arguments
 * all that the text may refer to.
 */

pid_t nsh_start_child(struct nsh_s *sh, const char *text, pid_t job)
{
  struct nsh_arena_s arena =
  {
    NULL
  };

  struct builtin_s app =
  {
    .name = job_name(&arena, text),
    .stacksize = NSH_STACKSIZE,
    .main = nsh_main
  };

  struct nsh_args_s args =
  {
    NULL, 0, 0
  };

  struct nsh_var_s *var;
  pid_t pid;
  int i;

  nsh_args_add(&args, nsh_format(&arena, "nsh"));
  nsh_args_add(&args, nsh_format(&arena, "--child=%d", sh->status));
  nsh_args_add(&args, nsh_format(&arena, "--depth=%d", sh->depth));
  nsh_args_add(&args, nsh_format(&arena, "--last=%ld", (long)sh->lastjob));
  for (var = sh->vars; var != NULL; var = var->next)
    {
      if (!var->exported)
        {
          nsh_args_add(&args, nsh_format(&arena, "--set=%s=%s", var->name,
                                         var->value));
        }
    }

  if (sh->errexit && sh->guarded == 0)
    {
      nsh_args_add(&args, nsh_format(&arena, "-e"));
    }

  if (sh->xtrace)
    {
      nsh_args_add(&args, nsh_format(&arena, "-x"));
    }

  nsh_args_add(&args, nsh_format(&arena, "-c"));
  nsh_args_add(&args, nsh_text(&arena, text, strlen(text)));
  nsh_args_add(&args, nsh_text(&arena, sh->name, strlen(sh->name)));
  for (i = 0; i < sh->nparams; i++)
    {
      nsh_args_add(&args, sh->params[i]);
    }

  pid = task_start(sh, &app, args.v, job);
  nsh_args_free(&args);
  nsh_arena_free(&arena);
  return pid;
}

/* A shell of its own, as from a prompt. */

pid_t nsh_start_script(struct nsh_s *sh, char **argv)
{
  struct builtin_s app =
  {
    .name = argv[0],
    .stacksize = NSH_STACKSIZE,
    .main = nsh_main
  };

  return task_start(sh, &app, argv, 0);
}

/* Waiting */

/* Also called by the signal handler. */

void nsh_tasks_kill(const volatile pid_t *pids, size_t n, int signo)
{
  size_t i;

  for (i = 0; i < n; i++)
    {
      if (pids[i] > 0)
        {
          kill(pids[i], signo);        /* One that has ended is no error */
        }
    }
}

/* From here on these tasks get the signals that the shell gets, and one that
 * it got just before.
 */

static void tasks_forward(struct nsh_s *sh, pid_t *pids, size_t n)
{
  sh->nwaiting = 0;
  sh->waiting = pids;
  sh->nwaiting = n;
  if (sh->signo != 0)
    {
      nsh_tasks_kill(pids, n, sh->signo);
    }
}

/* Waits for one of the tasks that get the signals; its status. */

static int task_wait(pid_t *pid)
{
  int wstatus;
  pid_t ended;

  nsh_port_foreground(*pid);
  do
    {
      ended = waitpid(*pid, &wstatus, 0);
    }
  while (ended < 0 && errno == EINTR);

  *pid = -1;                           /* The id may be another's soon */
  if (ended < 0)
    {
      return nsh_failed("nsh", "waitpid", NULL, errno);
    }

  return nsh_exitcode(wstatus);
}

/* Waits for tasks that run in the foreground; the status of the last.  What
 * could not be started has -1 for its id; after this, all have.
 */

int nsh_wait_tasks(struct nsh_s *sh, pid_t *pids, size_t n)
{
  int status = NSH_CANNOT;
  size_t i;

  tasks_forward(sh, pids, n);
  for (i = n; i-- > 0; )
    {
      int one = pids[i] < 0 ? NSH_CANNOT : task_wait(&pids[i]);

      if (one == NSH_SIGNAL + SIGINT && sh->signo == 0)
        {
          nsh_tasks_kill(pids, i, SIGINT);
          sh->signo = SIGINT;
        }

      status = i == n - 1 ? one : status;
    }

  tasks_forward(sh, NULL, 0);
  nsh_port_foreground(sh->pid);
  return status;
}

/* Pipelines */

/* A pipe that is not among the standard descriptors, and not inherited. */

static bool job_pipe(int fd[2])
{
  int i;

  if (pipe2(fd, O_CLOEXEC) < 0)
    {
      nsh_failed("nsh", "pipe", NULL, errno);
      return false;
    }

  for (i = 0; i < 2; i++)
    {
      if (fd[i] <= 2)
        {
          int high = fcntl(fd[i], F_DUPFD_CLOEXEC, 3);

          close(fd[i]);
          fd[i] = high;
        }
    }

  if (fd[0] < 0 || fd[1] < 0)
    {
      nsh_failed("nsh", "pipe", NULL, EMFILE);
      close(fd[0] < 0 ? fd[1] : fd[0]);
      return false;
    }

  return true;
}

/* Starts one stage between two descriptors, of which -1 is the shell's. */

static pid_t stage_start(struct nsh_s *sh, struct nsh_node_s *node,
                         int in, int out, pid_t job)
{
  struct nsh_saved_s saved;
  pid_t pid = -1;

  nsh_saved_init(&saved);
  if ((in >= 0 && !nsh_replace(&saved, 0, in)) ||
      (out >= 0 && !nsh_replace(&saved, 1, out)))
    {
      nsh_failed("nsh", "dup", NULL, errno);
    }
  else
    {
      pid = nsh_start_node(sh, node, job);
    }

  nsh_restore(&saved);
  return pid;
}

int nsh_pipeline(struct nsh_s *sh, struct nsh_node_s *node)
{
  struct nsh_node_s *kid;
  pid_t *pids = NULL;
  pid_t job = 0;
  size_t n = 0;
  int in = -1;
  int status;

  for (kid = node->kids; kid != NULL; kid = kid->next)
    {
      int fd[2] =
      {
        -1, -1
      };

      if (kid->next != NULL && !job_pipe(fd))
        {
          break;
        }

      pids = nsh_realloc(pids, (n + 1) * sizeof(*pids));
      pids[n] = stage_start(sh, kid, in, fd[1], job);
      job = job == 0 && pids[n] > 0 ? pids[n] : job;
      n++;
      if (in >= 0)
        {
          close(in);
        }

      if (fd[1] >= 0)
        {
          close(fd[1]);
        }

      in = fd[0];
    }

  if (in >= 0)
    {
      close(in);
    }

  status = nsh_wait_tasks(sh, pids, n);
  nsh_free(pids);
  return kid == NULL ? status : NSH_CANNOT;
}

/* Command substitution */

/* Reads all that comes from a task; false when a signal or an error came
 * before the end.
 */

static bool collect(struct nsh_s *sh, int fd, struct nsh_buf_s *out)
{
  char data[4096];
  ssize_t n;
  ssize_t i;

  for (; ; )
    {
      n = read(fd, data, sizeof(data));
      if (n < 0 && errno == EINTR && !nsh_interrupted(sh))
        {
          continue;
        }

      if (n <= 0)
        {
          break;
        }

      for (i = 0; i < n; i++)
        {
          if (data[i] != '\0')         /* Arguments cannot have it */
            {
              nsh_buf_putc(out, data[i]);
            }
        }
    }

  if (n < 0 && !nsh_interrupted(sh))
    {
      nsh_failed("nsh", "read", NULL, errno);
    }

  return n == 0;
}

/* The output of a command, without the line ends at its end. */

bool nsh_substitute(struct nsh_s *sh, const char *text,
                    struct nsh_buf_s *out)
{
  struct nsh_saved_s saved;
  pid_t pid = -1;
  bool ok;
  int fd[2];

  nsh_buf_clear(out);
  if (!job_pipe(fd))
    {
      return false;
    }

  nsh_saved_init(&saved);
  ok = nsh_replace(&saved, 1, fd[1]);
  if (ok)
    {
      pid = nsh_start_child(sh, text, 0);
    }
  else
    {
      nsh_failed("nsh", "dup", NULL, errno);
    }

  nsh_restore(&saved);
  close(fd[1]);
  if (pid > 0)
    {
      tasks_forward(sh, &pid, 1);
      nsh_port_foreground(pid);
      ok = collect(sh, fd[0], out);
      if (!ok && sh->signo == 0)
        {
          kill(pid, SIGTERM);
        }
    }

  close(fd[0]);
  if (pid < 0)
    {
      return false;
    }

  sh->substatus = nsh_wait_tasks(sh, &pid, 1);
  while (out->len > 0 && out->text[out->len - 1] == '\n')
    {
      out->text[--out->len] = '\0';
    }

  return ok && !nsh_interrupted(sh);
}

/* The background */

static void job_add(struct nsh_s *sh, pid_t pid)
{
  struct nsh_job_s **last = &sh->jobs;
  struct nsh_job_s *job = nsh_malloc(sizeof(*job));

  while (*last != NULL)
    {
      last = &(*last)->next;
    }

  job->next = NULL;
  job->pid = pid;
  job->done = false;
  job->status = 0;
  *last = job;
}

/* A background task must not take what is typed from the shell: it reads
 * nothing, unless it is told to read something.
 */

int nsh_background(struct nsh_s *sh, struct nsh_node_s *node)
{
  struct nsh_arena_s arena =
  {
    NULL
  };

  struct nsh_node_s task = *node;
  pid_t pid;
  int null;

  null = nsh_open("/dev/null", O_RDONLY);
  if (null < 0)
    {
      return nsh_failed("nsh", "open", "/dev/null", errno);
    }

  if (node->kids->next == NULL)
    {
      task = *node->kids;
      task.text = node->text;
    }

  sh->background = true;
  pid = stage_start(sh, &task, null, -1, 0);
  sh->background = false;
  close(null);
  if (pid < 0)
    {
      return NSH_CANNOT;
    }

  job_add(sh, pid);
  sh->lastjob = pid;
  if (!sh->child)
    {
      printf("%s [%ld:%d]\n", job_name(&arena, node->text), (long)pid,
             nsh_port_priority(pid));
      fflush(stdout);
    }

  nsh_arena_free(&arena);
  return 0;
}

/* Collects the status of a job, without waiting where that is WNOHANG. */

static void job_collect(struct nsh_s *sh, struct nsh_job_s *job, int options)
{
  int wstatus;
  pid_t pid;

  do
    {
      pid = waitpid(job->pid, &wstatus, options);
    }
  while (pid < 0 && errno == EINTR && !nsh_interrupted(sh));

  if (pid == job->pid)
    {
      job->done = true;
      job->status = nsh_exitcode(wstatus);
    }
  else if (pid < 0 && errno != EINTR)
    {
      job->done = true;                /* Somebody else has waited for it */
      job->status = NSH_NOTFOUND;
    }
}

void nsh_jobs_reap(struct nsh_s *sh)
{
  struct nsh_job_s *job;

  for (job = sh->jobs; job != NULL; job = job->next)
    {
      if (!job->done)
        {
          job_collect(sh, job, WNOHANG);
        }
    }
}

/* Waits for one job, or with 0 for all; the status of the one, or of all if
 * a signal came: -1 when there is no such job.
 */

int nsh_jobs_wait(struct nsh_s *sh, pid_t pid)
{
  struct nsh_job_s **link = &sh->jobs;
  int status = pid == 0 ? 0 : -1;

  while (*link != NULL)
    {
      struct nsh_job_s *job = *link;

      if (pid != 0 && job->pid != pid)
        {
          link = &job->next;
          continue;
        }

      if (!job->done)
        {
          job_collect(sh, job, 0);
        }

      if (!job->done)
        {
          return NSH_SIGNAL + sh->signo;
        }

      status = pid == 0 ? 0 : job->status;
      *link = job->next;
      nsh_free(job);
    }

  return status;
}

void nsh_jobs_free(struct nsh_s *sh)
{
  while (sh->jobs != NULL)
    {
      struct nsh_job_s *job = sh->jobs;

      sh->jobs = job->next;
      nsh_free(job);
    }
}
