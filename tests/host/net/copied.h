/* tests/host/net/copied.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Do the tests of sharing test sharing?  A program that includes this and
 * then such a test is linked with an iob_share() that copies
 * (../iob/iob_share_copy.c).  Each test runs in a process of its own: those
 * that claim to show sharing must fail, and those that are named in
 * g_indifferent, which a copy satisfies as well, must pass.
 */

#ifndef __TESTS_HOST_NET_COPIED_H
#define __TESTS_HOST_NET_COPIED_H

#include <nuttx/config.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

extern const char *const g_indifferent[];

/* Run one test, out of sight: true if it passed.  One that is stopped by an
 * assertion of the stack has failed, too.
 */

static bool passes_apart(const struct CMUnitTest *test)
{
  pid_t pid = fork();
  int status = 0;

  assert_true(pid >= 0);
  if (pid == 0)
    {
      int null = open("/dev/null", O_WRONLY);

      if (null < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
        {
          _exit(99);
        }

      alarm(60);                     /* One that waits for ever has failed */
      _exit(_cmocka_run_group_tests("apart", test, 1, NULL, NULL));
    }

  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 99);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void fails_unless_indifferent(void **state)
{
  const struct CMUnitTest *test = *state;
  bool indifferent = false;
  unsigned int i;

  for (i = 0; g_indifferent[i] != NULL; i++)
    {
      indifferent |= strcmp(test->name, g_indifferent[i]) == 0;
    }

  assert_int_equal(passes_apart(test), indifferent);
}

static int run_copied(const struct CMUnitTest *test, unsigned int n)
{
  struct CMUnitTest tests[64];
  unsigned int i;

  if (n > 64)
    {
      return 1;
    }

  memset(tests, 0, sizeof(tests));
  for (i = 0; i < n; i++)
    {
      tests[i].name          = test[i].name;
      tests[i].test_func     = fails_unless_indifferent;
      tests[i].initial_state = (void *)(uintptr_t)&test[i];
    }

  return _cmocka_run_group_tests("copied", tests, n, NULL, NULL);
}

#undef cmocka_run_group_tests
#define cmocka_run_group_tests(tests, setup, teardown) \
  run_copied(tests, sizeof(tests) / sizeof((tests)[0]))

#endif /* __TESTS_HOST_NET_COPIED_H */
