/* tests/host/netlab/test_netlab.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * scripts/netlab.  Goal: the command finds the network that was asked for,
 * its status comes back, and whatever ends it, nothing stays: neither an
 * interface here, nor a namespace, nor a file.  Method: run it, many at once
 * too, kill it, and look at the host before and after.  Run from the root of
 * the project, as all tests are.
 */

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SKIP 77

static char g_before[4096];

/* The output of a shell command, and its status */

static int run(const char *command, char *out, size_t size)
{
  FILE *f = popen(command, "r");
  size_t n;
  int status;

  assert_non_null(f);
  n = fread(out, 1, size - 1, f);
  out[n] = '\0';
  status = pclose(f);
  return WIFEXITED(status) ? WEXITSTATUS(status) :
                             128 + WTERMSIG(status);
}

/* What a lab could leave behind: interfaces, and files in /run/netns */

static void look(char *out, size_t size)
{
  run("ip -o link | cut -d: -f2; ls /run/netns 2>/dev/null; true", out, size);
}

static int setup(void **state)
{
  char out[1024];

  (void)state;
  look(g_before, sizeof(g_before));
  if (run("scripts/netlab --probe 2>&1", out, sizeof(out)) == SKIP)
    {
      printf("skipped: %s", out);
      return 1;
    }

  return 0;
}

static int nothing_left(void **state)
{
  char after[4096];

  (void)state;
  look(after, sizeof(after));
  if (strcmp(g_before, after) != 0)
    {
      printf("before:\n%safter:\n%s", g_before, after);
      return 1;
    }

  return 0;
}

#define NEED_LAB(state) \
  do \
    { \
      if (setup(state) != 0) \
        { \
          skip(); \
        } \
    } \
  while (0)

static void test_network(void **state)
{
  char out[4096];

  NEED_LAB(state);
  assert_int_equal(run("scripts/netlab --mtu 9000 --addr 10.9.0.1/24 "
                       "--addr fd00::1/64 -- ip addr", out, sizeof(out)), 0);
  assert_non_null(strstr(out, "tap0"));
  assert_non_null(strstr(out, "mtu 9000"));
  assert_non_null(strstr(out, "inet 10.9.0.1/24"));
  assert_non_null(strstr(out, "inet6 fd00::1/64"));
  assert_non_null(strstr(out, "inet 127.0.0.1/8"));
  assert_null(strstr(out, "eth0"));

  assert_int_equal(run("scripts/netlab --tap one --tap two --no-ipv6 -- "
                       "sh -c 'ip addr; echo $NETLAB $NETLAB_TAP'",
                       out, sizeof(out)), 0);
  assert_non_null(strstr(out, "one:"));
  assert_non_null(strstr(out, "two:"));
  assert_non_null(strstr(out, "\n1 one\n"));

  /* The order of options does not matter */

  assert_int_equal(run("scripts/netlab --mtu 4000 --addr 10.9.0.1/24 --vnet "
                       "-- ip -d addr show tap0", out, sizeof(out)), 0);
  assert_non_null(strstr(out, "vnet_hdr on"));
  assert_non_null(strstr(out, "mtu 4000"));
  assert_non_null(strstr(out, "inet 10.9.0.1/24"));

  assert_int_equal(run("scripts/netlab --no-tap -- ip -o link | wc -l",
                       out, sizeof(out)), 0);
  assert_int_equal(atoi(out), 1);
}

static void test_status(void **state)
{
  char out[1024];
  size_t i;

  static const struct
  {
    const char *args;
    int status;
    const char *says;
  } table[] =
  {
    {"true", 0, ""},
    {"sh -c 'exit 42'", 42, ""},
    {"sh -c 'kill -9 $$'", 137, ""},
    {"/nonexistent/command", 127, "No such file"},
    {"", 2, "no command"},
    {"--", 2, "no command"},
    {"--nonsense true", 2, "unknown option '--nonsense'"},
    {"--mtu", 2, "--mtu needs a value"},
    {"--mtu 9x true", 2, "not a number"},
    {"--mtu 1000000 true", 2, "--mtu 1000000 on tap0"},
    {"--tap a/b true", 2, "not a name"},
    {"--tap '' true", 2, "not a name"},
    {"--tap 0123456789abcdef true", 2, "not a name"},
    {"--tap x --tap x true", 2, "given twice"},
    {"--addr 1.2.3.x/24 true", 2, "--addr 1.2.3.x/24 on tap0"},
    {"--addr 300.1.1.1/24 true", 2, "--addr 300.1.1.1/24 on tap0"},
    {"--no-tap --mtu 1500 true", 2, "--no-tap with options"},
    {"--probe true", 2, "--probe takes no command"},
  };

  NEED_LAB(state);
  for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
    {
      char command[256];
      int status;

      snprintf(command, sizeof(command), "scripts/netlab %s 2>&1",
               table[i].args);
      status = run(command, out, sizeof(out));
      if (status != table[i].status || strstr(out, table[i].says) == NULL)
        {
          fail_msg("netlab %s: %d, \"%s\"", table[i].args, status, out);
        }
    }
}

static void test_no_tool(void **state)
{
  char out[1024];

  (void)state;
  assert_int_equal(run("d=$(mktemp -d) && ln -s /bin/id /bin/bash $d && "
                       "cp scripts/netlab $d/ && sed -i "
                       "'s|PATH=$PATH:/sbin:/usr/sbin|:|' $d/netlab && "
                       "PATH=$d $d/bash $d/netlab $d/id 2>&1; s=$?; "
                       "rm -r \"$d\"; exit $s", out, sizeof(out)), SKIP);
  assert_non_null(strstr(out, "'ip' is not installed"));
}

/* Signals of every kind, while it runs; the same pid is the command */

static void test_killed(void **state)
{
  static const int sig[] =
  {
    SIGTERM, SIGKILL, SIGINT, SIGHUP
  };

  char text[64];
  size_t i;

  NEED_LAB(state);
  for (i = 0; i < sizeof(sig) / sizeof(sig[0]); i++)
    {
      int fd[2];
      int status;
      pid_t pid;

      assert_int_equal(pipe(fd), 0);
      pid = fork();
      if (pid == 0)
        {
          signal(SIGINT, SIG_DFL);
          dup2(fd[1], 1);
          close(fd[0]);
          close(fd[1]);
          execl("scripts/netlab", "netlab", "sh", "-c",
                "echo up; exec sleep 1000", NULL);
          _exit(1);
        }

      close(fd[1]);
      assert_int_equal(read(fd[0], text, 3), 3);
      assert_int_equal(kill(pid, sig[i]), 0);
      assert_int_equal(waitpid(pid, &status, 0), pid);
      assert_true(WIFSIGNALED(status) && WTERMSIG(status) == sig[i]);

      /* Nobody is left who could hold the network */

      assert_int_equal(read(fd[0], text, 1), 0);
      close(fd[0]);
    }
}

/* Ten labs with the same names and addresses, at the same time */

static void test_many(void **state)
{
  char out[8192];

  NEED_LAB(state);
  assert_int_equal(run("for i in 1 2 3 4 5 6 7 8 9 10; do "
                       "scripts/netlab --addr 10.9.0.1/24 -- sh -c "
                       "'sleep 0.3; ip -o -4 addr show tap0' & p=\"$p $!\"; "
                       "done; for i in $p; do wait $i || exit 9; done",
                       out, sizeof(out)), 0);
  char *at = out;
  int n = 0;

  while ((at = strstr(at, "inet 10.9.0.1/24")) != NULL)
    {
      at++;
      n++;
    }

  assert_int_equal(n, 10);
}

/* As somebody who is not root: it works, or says why not */

static void test_not_root(void **state)
{
  char out[1024];
  int status;

  (void)state;
  if (getuid() != 0)
    {
      skip();
    }

  status = run("d=$(mktemp -d) && cp scripts/netlab $d && chmod 755 $d && "
               "setpriv --reuid 65534 --regid 65534 --clear-groups "
               "$d/netlab --probe 2>&1; s=$?; rm -r \"$d\"; exit $s",
               out, sizeof(out));
  if (status != 0)
    {
      assert_int_equal(status, SKIP);
      assert_non_null(strstr(out, "netlab: "));
    }
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test_teardown(test_network, nothing_left),
    cmocka_unit_test_teardown(test_status, nothing_left),
    cmocka_unit_test(test_no_tool),
    cmocka_unit_test_teardown(test_killed, nothing_left),
    cmocka_unit_test_teardown(test_many, nothing_left),
    cmocka_unit_test_teardown(test_not_root, nothing_left),
  };

  look(g_before, sizeof(g_before));
  return cmocka_run_group_tests(tests, NULL, NULL);
}
