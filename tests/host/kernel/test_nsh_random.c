/* tests/host/kernel/test_nsh_random.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Random scripts against another shell.  Goal: what this shell has in common
 * with POSIX means the same in both.  Method: scripts are made from the
 * grammar, of commands that always end; the shell and /bin/sh run them, and
 * output and status must be equal.  With arguments this program is the
 * shell.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <nshlib/nshlib.h>

#define MAXSCRIPT 20000
#define MAXOUTPUT 60000

struct script_s
{
  char text[MAXSCRIPT];
  size_t len;
  unsigned int loops;                  /* Made so far, for their variables */
};

static uint64_t g_random;
static char g_self[4096];

static unsigned int below(unsigned int limit)
{
  g_random ^= g_random << 13;
  g_random ^= g_random >> 7;
  g_random ^= g_random << 17;
  return (unsigned int)(g_random >> 20) % limit;
}

static void add(struct script_s *s, const char *format, ...)
  __attribute__((format(printf, 2, 3)));

static void add(struct script_s *s, const char *format, ...)
{
  va_list ap;

  va_start(ap, format);
  s->len += (size_t)vsnprintf(s->text + s->len, MAXSCRIPT - s->len, format,
                              ap);
  va_end(ap);
  assert_true(s->len < MAXSCRIPT);
}

static void make_list(struct script_s *s, unsigned int depth);

static void make_word(struct script_s *s, unsigned int depth)
{
  static const char *const words[] =
  {
    "a", "b1", "'c d'", "\"e  f\"", "$x", "\"$y\"", "${x}", "$?", "g\\ h",
    "\"$x-$y\"", "i'j'\"k\"", "''", "\"\"", "$none", "\"\\\"\\$\"", "'$x'",
    "x$x", "\"$none\"", "$#"
  };

  if (depth > 0 && below(10) == 0)
    {
      bool quoted = below(2) == 0;

      add(s, quoted ? "\"$( " : "$( ");     /* $(( is another thing */
      make_list(s, depth - 1);
      add(s, quoted ? ")\"" : ")");
      return;
    }

  add(s, "%s", words[below(sizeof(words) / sizeof(words[0]))]);
}

static void make_simple(struct script_s *s, unsigned int depth)
{
  static const char *const commands[] =
  {
    "true", "false", "cat </dev/null", "(exit 3)", "test a = b",
    "[ \"$x\" = \"$y\" ]", "x=", "y=$x", ": >/dev/null"
  };

  unsigned int n;

  switch (below(4))
    {
      case 0:
        add(s, "%s", commands[below(sizeof(commands) /
                                    sizeof(commands[0]))]);
        break;

      case 1:
        add(s, "%c=", "xy"[below(2)]);
        make_word(s, depth);
        break;

      default:
        add(s, "echo ,");              /* So that no option comes first */
        for (n = below(4); n > 0; n--)
          {
            add(s, " ");
            make_word(s, depth);
          }

        break;
    }
}

static void make_loop(struct script_s *s, unsigned int depth)
{
  unsigned int id = s->loops++;
  bool until = below(2) == 0;

  /* At most three rounds, counted by the length of a variable */

  add(s, "n%u=; %s [ \"$n%u\" %s ... ]; do n%u=$n%u.; ", id,
      until ? "until" : "while", id, until ? "=" : "!=", id, id);
  make_list(s, depth);
  if (below(3) == 0)
    {
      add(s, "; if [ \"$n%u\" = . ]; then %s; fi", id,
          below(2) == 0 ? "break" : "continue");
    }

  add(s, "; done");
}

static void make_command(struct script_s *s, unsigned int depth)
{
  if (depth == 0)
    {
      make_simple(s, 0);
      return;
    }

  depth--;
  switch (below(9))
    {
      case 0:
        add(s, "if ");
        make_list(s, depth);
        add(s, "; then ");
        make_list(s, depth);
        if (below(2) == 0)
          {
            add(s, "; elif ");
            make_list(s, depth);
            add(s, "\nthen ");
            make_list(s, depth);
          }

        if (below(2) == 0)
          {
            add(s, "; else\n");
            make_list(s, depth);
          }

        add(s, "\nfi");
        break;

      case 1:
        add(s, "for x in ");
        make_word(s, depth);
        add(s, " ");
        make_word(s, depth);
        add(s, "; do ");
        make_list(s, depth);
        add(s, "; done");
        break;

      case 2:
        make_loop(s, depth);
        break;

      case 3:
        add(s, "{ ");
        make_list(s, depth);
        add(s, "; }");
        break;

      case 4:
        add(s, "(");
        make_list(s, depth);
        add(s, ")");
        break;

      default:
        make_simple(s, depth);
        break;
    }

  if (below(8) == 0)
    {
      add(s, " 2>&1");
    }
}

static void make_pipeline(struct script_s *s, unsigned int depth)
{
  if (below(6) == 0)
    {
      add(s, "! ");
    }

  make_command(s, depth);
  if (below(6) == 0)
    {
      add(s, " | cat");
    }
}

static void make_list(struct script_s *s, unsigned int depth)
{
  unsigned int n = 1 + below(3);

  for (; ; )
    {
      make_pipeline(s, depth);
      if (--n == 0)
        {
          break;
        }

      add(s, "%s", below(3) == 0 ? " && " : below(2) == 0 ? " || " : "\n");
    }
}

/* Runs a script with a shell; the status, as wait(2) has it. */

static int run(const char *shell, const char *file, char *output)
{
  char command[sizeof(g_self) + 64];
  size_t len;
  FILE *pipe;

  snprintf(command, sizeof(command), "'%s' %s 2>&1", shell, file);
  pipe = popen(command, "r");
  assert_non_null(pipe);
  len = fread(output, 1, MAXOUTPUT - 1, pipe);
  output[len] = '\0';
  return pclose(pipe);
}

static void same_as_posix(void **state)
{
  static struct script_s script;
  static char mine[MAXOUTPUT];
  static char theirs[MAXOUTPUT];
  unsigned int rounds = getenv("GATE") != NULL ? 3000 : 100;
  char path[] = "/tmp/nsh-random-XXXXXX";
  int fd = mkstemp(path);

  (void)state;
  assert_true(fd >= 0);
  while (rounds-- > 0)
    {
      int status;

      script.len = 0;
      script.loops = 0;
      make_list(&script, 3);
      add(&script, "\necho \"end $x,$y\"\n");
      assert_int_equal(ftruncate(fd, 0), 0);
      assert_int_equal(pwrite(fd, script.text, script.len, 0),
                       (ssize_t)script.len);
      status = run("/bin/sh", path, theirs);
      if (run(g_self, path, mine) != status || strcmp(mine, theirs) != 0)
        {
          print_message("%s\n--- /bin/sh: %d\n%s--- nsh:\n%s", script.text,
                        status, theirs, mine);
          unlink(path);
          fail();
        }
    }

  close(fd);
  unlink(path);
}

int main(int argc, char **argv)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(same_as_posix)
  };

  const char *seed = getenv("SEED");
  ssize_t len;

  if (argc > 1)
    {
      return nsh_main(argc, argv);
    }

  len = readlink("/proc/self/exe", g_self, sizeof(g_self) - 1);
  if (len < 0)
    {
      perror("/proc/self/exe");
      return 1;
    }

  g_random = seed == NULL ? 88172645463325252u : strtoull(seed, NULL, 0) | 1;
  print_message("SEED=%llu\n", (unsigned long long)g_random);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
