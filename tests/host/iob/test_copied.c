/* tests/host/iob/test_copied.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Do the tests of sharing test sharing?  This program is linked with an
 * iob_share() that copies.  Each test of test_shared.c is run in a process
 * of its own: those that claim to show sharing must fail, and the others,
 * which a copy satisfies as well, must pass.
 */

int test_shared_main(void);

#define main test_shared_main
#include "test_shared.c"
#undef main

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Run one test, out of sight; return how many of it failed */

static int run_apart(const struct CMUnitTest *test)
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

      _exit(_cmocka_run_group_tests("apart", test, 1, NULL, NULL));
    }

  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void outcome_is_as_its_name_says(void **state)
{
  const struct CMUnitTest *test = *state;
  int failed = run_apart(test);

  assert_true(failed == 0 || failed == 1);
  assert_int_equal(failed, strncmp(test->name, "sharing_", 8) == 0);
}

int main(void)
{
  struct CMUnitTest tests[nitems(g_tests)];
  unsigned int i;

  for (i = 0; i < nitems(g_tests); i++)
    {
      memset(&tests[i], 0, sizeof(tests[i]));
      tests[i].name          = g_tests[i].name;
      tests[i].test_func     = outcome_is_as_its_name_says;
      tests[i].initial_state = (void *)(uintptr_t)&g_tests[i];
    }

  return cmocka_run_group_tests(tests, NULL, NULL);
}
