/* tests/host/kernel/test_nsh.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The shell as a whole.  Goal: each command and each rule of the language
 * does what its table says, from -c, from a file and from a pipe, and a
 * person at a terminal finds all keys working.  Method: with arguments this
 * program is the shell; without, it runs the drivers of tests/host/nsh on
 * itself, which compare output, errors and status.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <nshlib/nshlib.h>

static char g_self[4096];

static void run_driver(const char *driver)
{
  char command[sizeof(g_self) + 256];

  snprintf(command, sizeof(command), "tests/host/nsh/%s '%s'", driver,
           g_self);
  assert_int_equal(system(command), 0);
}

static void commands_from_argument(void **state)
{
  (void)state;
  run_driver("run --mode c");
}

static void commands_from_file(void **state)
{
  (void)state;
  run_driver("run --mode file");
}

static void commands_from_pipe(void **state)
{
  (void)state;
  run_driver("run --mode stdin");
}

static void commands_on_a_terminal(void **state)
{
  (void)state;
  run_driver("run --mode tty");
}

static void terminal(void **state)
{
  (void)state;
#if __has_include(<histedit.h>) && !defined(NSH_NO_EDITOR)
  run_driver("terminal");
#else
  skip();
#endif
}

/* The drivers themselves must notice a shell that does nothing, and wrong
 * arguments.
 */

static void drivers_notice(void **state)
{
  (void)state;
  assert_int_not_equal(system("tests/host/nsh/run --mode c true >/dev/null"),
                       0);
  assert_int_not_equal(system("tests/host/nsh/run --mode tty true "
                              ">/dev/null"), 0);
  assert_int_not_equal(system("tests/host/nsh/run --only no-such-case true "
                              ">/dev/null"), 0);
  assert_int_not_equal(system("tests/host/nsh/run --nonsense true "
                              "2>/dev/null"), 0);
  assert_int_not_equal(system("tests/host/nsh/run 2>/dev/null"), 0);
  assert_int_not_equal(system("tests/host/nsh/terminal --only exits "
                              "/bin/true >/dev/null"), 0);
  assert_int_not_equal(system("tests/host/nsh/terminal 2>/dev/null"), 0);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(commands_from_argument),
    cmocka_unit_test(commands_from_file),
    cmocka_unit_test(commands_from_pipe),
    cmocka_unit_test(commands_on_a_terminal),
    cmocka_unit_test(terminal),
    cmocka_unit_test(drivers_notice)
  };

  ssize_t len;

  /* The terminal scenarios start the shell without arguments */

  if (argc > 1 || isatty(0) || getenv("NSH_CASE") != NULL)
    {
      return nsh_main(argc, argv);
    }

  len = readlink("/proc/self/exe", g_self, sizeof(g_self) - 1);
  if (len < 0)
    {
      perror("/proc/self/exe");
      return 1;
    }

  return cmocka_run_group_tests(tests, NULL, NULL);
}
