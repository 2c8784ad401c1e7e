/* tests/host/kernel/test_posix.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The POSIX binding.  Goal: an application cannot tell this kernel from
 * Linux, as far as the kernel goes; and no task is disturbed by another, or
 * leaves something behind.  Method: bound applications run as first tasks
 * under virtual time.  ostest is built for Linux, too, and has to print the
 * same; posix_app has the scenarios with several tasks.
 */

#include <nuttx/config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <nuttx/fs/fs.h>
#include <nuttx/kmalloc.h>
#include <nuttx/net/net.h>
#include <nuttx/net/netdev.h>
#include <nuttx/posix.h>
#include <nuttx/sim.h>

int ostest_main(int argc, char *argv[]);
int posix_app_main(int argc, char *argv[]);
int sh_main(int argc, char *argv[]);

static char g_output[65536];

/* What is at /host: an empty folder */

static char g_folder[] = "/tmp/posix.XXXXXX";

/* What system() has; NULL: nothing */

static main_t g_shell = sh_main;

static int bringup(void)
{
  int ret = fs_initialize();

  ret = ret < 0 ? ret : posix_initialize();
  posix_set_shell(g_shell);
  ret = ret < 0 ? ret : hostfs_mount(g_folder, "/host");
  ret = ret < 0 ? ret : netdev_initialize();
  return ret < 0 ? ret : net_kernel_initialize();
}

/* Run an application in a kernel; nothing is left afterwards, and g_output
 * has what it has written to the console.
 */

static int run(main_t entry, const char *name, const char *arg)
{
  static const struct sim_config_s config =
  {
    .virtual_time = true,
    .seed         = 7,
    .bringup      = bringup
  };

  char *argv[] =
  {
    (char *)name, (char *)arg, NULL
  };

  struct kmm_info_s before;
  struct kmm_info_s after;
  FILE *file = tmpfile();
  int saved = dup(STDOUT_FILENO);
  size_t len;
  int ret;

  assert_non_null(file);
  fflush(stdout);
  dup2(fileno(file), STDOUT_FILENO);
  kmm_getinfo(&before);
  ret = sim_run(&config, entry, arg != NULL ? 2 : 1, argv);
  kmm_getinfo(&after);
  dup2(saved, STDOUT_FILENO);
  close(saved);
  rewind(file);
  len = fread(g_output, 1, sizeof(g_output) - 1, file);
  g_output[len] = '\0';
  fclose(file);
  assert_int_equal(after.nblocks, before.nblocks);
  return ret;
}

static void scenario(const char *name)
{
  assert_int_equal(run(posix_app_main, "posix_app", name), 0);
}

/* ostest says the same here and on Linux */

static void test_ostest(void **state)
{
  static char linux_output[sizeof(g_output)];
  char path[] = "/tmp/ostest.XXXXXX";
  char command[200];
  size_t len;
  FILE *fp;
  int fd = mkstemp(path);

  (void)state;
  assert_true(fd >= 0);
  close(fd);
  assert_int_equal(run(ostest_main, "ostest", NULL), 0);

  snprintf(command, sizeof(command), "cc -w -O1 -pthread -o %s "
           "apps/testing/ostest/*.c && %s", path, path);
  fp = popen(command, "r");
  assert_non_null(fp);
  len = fread(linux_output, 1, sizeof(linux_output) - 1, fp);
  linux_output[len] = '\0';
  assert_int_equal(pclose(fp), 0);
  unlink(path);
  assert_string_equal(g_output, linux_output);
}

/* A second run in the same process, and one test by name */

static void test_ostest_again(void **state)
{
  int i;

  (void)state;
  for (i = 0; i < 20; i++)
    {
      assert_int_equal(run(ostest_main, "ostest", "stdio_lines"), 0);
      assert_string_equal(g_output, "ok stdio_lines\n1 passed, 0 failed\n");
    }

  assert_int_equal(run(ostest_main, "ostest", "nothing"), 2);
  assert_int_equal(run(ostest_main, "ostest", "-l"), 0);
  assert_non_null(strstr(g_output, "thread_join\n"));
}

static void test_flush(void **state)
{
  (void)state;
  scenario("flush");
}

static void test_killed_in_printf(void **state)
{
  (void)state;
  scenario("killed");
}

static void test_lines(void **state)
{
  (void)state;
  scenario("lines");
}

static void test_variables(void **state)
{
  (void)state;
  scenario("variables");
}

static void test_killed_waiting(void **state)
{
  (void)state;
  scenario("waiting");
}

static void test_signals(void **state)
{
  (void)state;
  scenario("signals");
}

static void test_assertion(void **state)
{
  (void)state;
  scenario("assertion");
}

static void test_leaving(void **state)
{
  (void)state;
  scenario("leaving");
}

static void test_redirected(void **state)
{
  (void)state;
  scenario("redirected");
}

static void test_policy(void **state)
{
  (void)state;
  scenario("policy");
}

static void test_priorities(void **state)
{
  (void)state;
  scenario("priorities");
}

static void test_cookie(void **state)
{
  (void)state;
  scenario("cookie");
}

static void test_files(void **state)
{
  (void)state;
  scenario("files");
}

static void test_system(void **state)
{
  (void)state;
  scenario("shells");
  scenario("shell_signals");
  scenario("shell_cancelled");
}

static void test_system_without_a_shell(void **state)
{
  (void)state;
  g_shell = NULL;
  scenario("no_shell");
  g_shell = sh_main;
}

/* The same seed, the same randomness */

static void test_random(void **state)
{
  char first[37];

  (void)state;
  scenario("randomly");
  assert_int_equal(strlen(g_output), sizeof(first) - 1);
  memcpy(first, g_output, sizeof(first));
  scenario("randomly");
  assert_string_equal(g_output, first);
}

static int setup(void **state)
{
  (void)state;
  return mkdtemp(g_folder) == NULL ? -1 : 0;
}

static int teardown(void **state)
{
  (void)state;
  return rmdir(g_folder);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_ostest),
    cmocka_unit_test(test_ostest_again),
    cmocka_unit_test(test_flush),
    cmocka_unit_test(test_killed_in_printf),
    cmocka_unit_test(test_lines),
    cmocka_unit_test(test_variables),
    cmocka_unit_test(test_killed_waiting),
    cmocka_unit_test(test_signals),
    cmocka_unit_test(test_assertion),
    cmocka_unit_test(test_leaving),
    cmocka_unit_test(test_redirected),
    cmocka_unit_test(test_priorities),
    cmocka_unit_test(test_policy),
    cmocka_unit_test(test_cookie),
    cmocka_unit_test(test_files),
    cmocka_unit_test(test_system),
    cmocka_unit_test(test_system_without_a_shell),
    cmocka_unit_test(test_random)
  };

  return cmocka_run_group_tests(tests, setup, teardown);
}
