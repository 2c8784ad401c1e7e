/* arch/sim/main/sim_cmocka.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The host's cmocka, for applications.  It is a shared library, which
 * scripts/bind does not reach: what it calls are the host's functions.  Three
 * things make it a library of this kernel.
 *
 * - It prints to the host's stdout and stderr.  These are variables; from the
 *   first run on, they are streams here, which write to those of the task
 *   that runs.  The kernel itself prints to neither once it has booted.
 * - It catches faults of memory with signal() while a test runs, and restores
 *   the handlers without their flags.  But such a fault is the kernel's: so
 *   the program has a signal() of its own, which does nothing.
 * - Its state is in variables, and a failed assertion is a longjmp() to where
 *   the test was called.  So one task may run tests at a time; an application
 *   has to see to that.  Tasks may be switched in the midst of it.
 */

#ifndef _GNU_SOURCE
#  define _GNU_SOURCE 1
#endif

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include <nuttx/nuttx.h>
#include <nuttx/posix.h>

extern FILE *posix_stdout;
extern FILE *posix_stderr;
size_t posix_fwrite(const void *data, size_t size, size_t count, FILE *to);
int posix_fflush(FILE *stream);

typedef int (*run_t)(const char *name, const struct CMUnitTest *tests,
                     size_t count, CMFixtureFunction setup,
                     CMFixtureFunction teardown);

/* What goes to stdout or stderr: an application's.  Anything else than all of
 * it would make the stream fail for ever, so what is lost is lost.
 */

static ssize_t write_out(void *cookie, const char *text, size_t len)
{
  UNUSED(cookie);
  posix_resume();
  posix_fwrite(text, 1, len, posix_stdout);
  posix_fflush(posix_stdout);
  return len;
}

static ssize_t write_err(void *cookie, const char *text, size_t len)
{
  UNUSED(cookie);
  posix_resume();
  posix_fwrite(text, 1, len, posix_stderr);
  return len;
}

/* A stream in the place of another one */

static int replace(FILE **stream, cookie_write_function_t *write_function)
{
  cookie_io_functions_t functions =
  {
    .write = write_function
  };

  FILE *file = fopencookie(NULL, "w", functions);

  if (file == NULL)
    {
      return -1;
    }

  setvbuf(file, NULL, _IOLBF, 0);
  *stream = file;
  return 0;
}

int _cmocka_run_group_tests(const char *name, const struct CMUnitTest *tests,
                            const size_t count, CMFixtureFunction setup,
                            CMFixtureFunction teardown)
{
  static run_t run;
  int ret;

  if (run == NULL)
    {
      *(void **)&run = dlsym(RTLD_NEXT, "_cmocka_run_group_tests");
      if (run == NULL || replace(&stdout, write_out) < 0 ||
          replace(&stderr, write_err) < 0)
        {
          run = NULL;
          return -1;
        }
    }

  ret = run(name, tests, count, setup, teardown);
  fflush(stdout);
  fflush(stderr);
  posix_resume();
  return ret;
}

/* For shared libraries only: applications have posix_signal(), and the kernel
 * has sigaction().
 */

__sighandler_t signal(int sig, __sighandler_t handler)
{
  UNUSED(sig);
  UNUSED(handler);
  return SIG_DFL;
}
