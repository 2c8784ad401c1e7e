/* tests/host/kernel/test_nsh_parse.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The parser, patterns and variables by themselves.  Goal: whatever the
 * input, the parser ends with a tree or with one message, and gives back all
 * memory; sizes have no limit, nesting has the one that is documented.
 * Method: sizes far beyond what anyone types; random bytes, random tokens
 * and damaged scripts, under a sanitizer; patterns against fnmatch().
 */

#ifndef _GNU_SOURCE
#  define _GNU_SOURCE
#endif

#include <fcntl.h>
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "nsh.h"

static uint64_t g_random;
static struct nsh_s g_sh;
static int g_stderr = -1;
static unsigned int g_parsed;          /* Of the last parse_all() */

static unsigned int below(unsigned int limit)
{
  g_random ^= g_random << 13;
  g_random ^= g_random >> 7;
  g_random ^= g_random << 17;
  return (unsigned int)(g_random >> 20) % limit;
}

/* Parses everything; the last result, which is NSH_EOF or NSH_ERROR. */

static enum nsh_line_e parse_all(const char *text)
{
  struct nsh_input_s in;
  enum nsh_line_e result;

  g_parsed = 0;
  g_sh.status = 0;
  nsh_input_string(&in, &g_sh, "test", text);
  do
    {
      struct nsh_arena_s arena =
      {
        NULL
      };

      struct nsh_node_s *tree;

      result = nsh_parse(&in, &arena, &tree);
      g_parsed += result == NSH_LINE;
      nsh_arena_free(&arena);
    }
  while (result == NSH_LINE);

  nsh_input_free(&in);
  assert_int_equal(g_sh.status, result == NSH_ERROR ? NSH_SYNTAX : 0);
  assert_ptr_equal(nsh_memory()->next, nsh_memory());
  return result;
}

/* "opener" n times, "middle", "closer" n times */

static char *nested(const char *opener, const char *middle,
                    const char *closer, unsigned int n)
{
  size_t size = n * (strlen(opener) + strlen(closer)) + strlen(middle) + 1;
  char *text = malloc(size);
  char *end = text;
  unsigned int i;

  assert_non_null(text);
  for (i = 0; i < n; i++)
    {
      end = stpcpy(end, opener);
    }

  end = stpcpy(end, middle);
  for (i = 0; i < n; i++)
    {
      end = stpcpy(end, closer);
    }

  *end = '\0';
  return text;
}

static void check_nested(const char *opener, const char *middle,
                         const char *closer, unsigned int n,
                         enum nsh_line_e expected)
{
  char *text = nested(opener, middle, closer, n);

  assert_int_equal(parse_all(text), expected);
  free(text);
}

/* Scenarios */

static void empty_inputs(void **state)
{
  (void)state;
  assert_int_equal(parse_all(""), NSH_EOF);
  assert_int_equal(g_parsed, 0);
  assert_int_equal(parse_all("\n\n  \n# a\n"), NSH_EOF);
  assert_int_equal(g_parsed, 4);
}

static void nesting_up_to_the_limit(void **state)
{
  (void)state;
  check_nested("if true; then ", "a", "; fi", NSH_MAXDEPTH, NSH_EOF);
  check_nested("while true; do ", "a", "; done", NSH_MAXDEPTH, NSH_EOF);
  check_nested("{ ", "a", "; }", NSH_MAXDEPTH, NSH_EOF);
  check_nested("(", "a", ")", NSH_MAXDEPTH, NSH_EOF);
  check_nested("echo $(", "a", ")", NSH_MAXDEPTH, NSH_EOF);
}

static void nesting_beyond_the_limit(void **state)
{
  (void)state;
  check_nested("if true; then ", "a", "; fi", NSH_MAXDEPTH + 1, NSH_ERROR);
  check_nested("{ ", "a", "; }", NSH_MAXDEPTH + 1, NSH_ERROR);
  check_nested("(", "a", ")", NSH_MAXDEPTH + 1, NSH_ERROR);
  check_nested("echo $(", "a", ")", NSH_MAXDEPTH + 1, NSH_ERROR);
  check_nested("(", "a", ")", 100000, NSH_ERROR);
  check_nested("echo \"$(", "a", ")\"", 100000, NSH_ERROR);
}

static void unclosed_nesting(void **state)
{
  (void)state;
  check_nested("if ", "", "", 50000, NSH_ERROR);
  check_nested("$(", "", "", 50000, NSH_ERROR);
  check_nested("{ ", "", "", 50000, NSH_ERROR);
}

static void sizes_without_limit(void **state)
{
  (void)state;
  check_nested("word ", "", "", 100000, NSH_EOF);
  check_nested("a && ", "a", "", 20000, NSH_EOF);
  check_nested("a | ", "a", "", 20000, NSH_EOF);
  check_nested("a; ", "a", "", 20000, NSH_EOF);
  check_nested("a\n", "a", "", 20000, NSH_EOF);
  assert_int_equal(g_parsed, 20001);
  check_nested("! ", "a", "", 20000, NSH_EOF);
  check_nested("x=1 ", "a", "", 20000, NSH_EOF);
  check_nested(">a ", "a", "", 20000, NSH_EOF);
  check_nested("a\\\n", "a", "", 20000, NSH_EOF);
  check_nested("$x\"$y\"'z'", "a", "", 20000, NSH_EOF);
  check_nested("aaaaaaaaaaaaaaaaaaaa", "", "", 100000, NSH_EOF);
  check_nested("if a; then b; el", "if a; then b; fi", "", 1, NSH_EOF);
}

/* A thousand clauses of one if are not nesting. */

static void elif_is_not_nesting(void **state)
{
  char *text = nested("elif a; then b; ", "else c; fi", "", 1000);
  char *whole = malloc(strlen(text) + 32);

  (void)state;
  assert_non_null(whole);
  sprintf(whole, "if a; then b; %s", text);
  assert_int_equal(parse_all(whole), NSH_EOF);
  free(whole);
  free(text);
}

static void every_prefix_of_a_script(void **state)
{
  static const char script[] =
    "if [ \"$x\" = 'a b' ]; then echo `date` >f 2>&1; elif ! true; then "
    "(cd d && ls | cat) & else { a; b || c; }; fi\n"
    "for x in a $(b; c) \"$@\"; do while until false; do break 2; done; do "
    "echo ${x}$?; done; done <f\n";

  size_t len;

  (void)state;
  assert_int_equal(parse_all(script), NSH_EOF);
  for (len = 0; len < sizeof(script); len++)
    {
      char *part = strndup(script, len);

      parse_all(part);
      free(part);
    }
}

/* Random inputs */

static const char *const g_tokens[] =
{
  "if", "then", "elif", "else", "fi", "while", "until", "for", "do", "done",
  "in", "!", "{", "}", "(", ")", ";", "&", "&&", "||", "|", "\n", "<", ">",
  ">>", "2>&1", "2>", "a", "b", "x=1", "$x", "${x}", "\"", "'", "`", "$(",
  "\\", "\\\n", "#", "*", "[", "]", "$", "${", "=", "echo", "\"$@\"", "'a'",
  "\"b\"", "<&", ">&-", "\t"
};

#define NTOKENS (sizeof(g_tokens) / sizeof(g_tokens[0]))

static void random_tokens(void **state)
{
  unsigned int rounds = getenv("GATE") != NULL ? 200000 : 20000;
  unsigned int good = 0;

  (void)state;
  while (rounds-- > 0)
    {
      char text[512] = "";
      unsigned int n = 1 + below(24);

      while (n-- > 0)
        {
          strcat(text, g_tokens[below(NTOKENS)]);
          strcat(text, below(4) == 0 ? "" : " ");
        }

      good += parse_all(text) == NSH_EOF;
    }

  assert_true(good > 100);             /* Not all of it is rubbish */
}

static void random_bytes(void **state)
{
  unsigned int rounds = getenv("GATE") != NULL ? 100000 : 10000;

  (void)state;
  while (rounds-- > 0)
    {
      char text[200];
      unsigned int n = below(sizeof(text));
      unsigned int i;

      for (i = 0; i < n; i++)
        {
          static const char likely[] = "\"'`$(){};&|<>\\#\n ab=?*";

          text[i] = below(3) == 0 ? (char)below(256) :
                                    likely[below(sizeof(likely) - 1)];
        }

      text[n] = '\0';
      parse_all(text);
    }
}

static void damaged_scripts(void **state)
{
  static const char script[] =
    "for x in `echo a \\`echo b\\`` \"c $(echo 'd e' | upper)\"; do\n"
    "  if [ $x != \"a\" ] && ! false; then echo \"<$x>\" >>f; else y=$x; fi\n"
    "done | while true; do cat; break; done 2>&1 & # end\n";

  unsigned int rounds = getenv("GATE") != NULL ? 100000 : 10000;

  (void)state;
  assert_int_equal(parse_all(script), NSH_EOF);
  while (rounds-- > 0)
    {
      char text[sizeof(script)];
      unsigned int n = 1 + below(4);

      memcpy(text, script, sizeof(script));
      while (n-- > 0)
        {
          unsigned int at = below(sizeof(script) - 1);

          switch (below(3))
            {
              case 0:
                text[at] = script[below(sizeof(script) - 1)];
                break;

              case 1:
                memmove(text + at, text + at + 1, sizeof(text) - at - 1);
                break;

              default:
                text[at] = '\0';
                break;
            }
        }

      parse_all(text);
    }
}

/* Patterns */

static void patterns_match_as_fnmatch(void **state)
{
  unsigned int rounds = 200000;
  unsigned int matched = 0;

  (void)state;
  while (rounds-- > 0)
    {
      char pattern[12];
      char text[10];
      unsigned int n = below(sizeof(pattern));
      unsigned int m = below(sizeof(text));
      bool expected;

      pattern[n] = text[m] = '\0';
      while (n-- > 0)
        {
          pattern[n] = "abc*?[]!-"[below(9)];
        }

      while (m-- > 0)
        {
          text[m] = "abc-]"[below(5)];
        }

      /* Where fnmatch() may do as it likes: no end, or a range that runs
       * backwards or ends in another one.
       */

      if (strchr(pattern, '[') != NULL && strchr(pattern, '-') != NULL)
        {
          continue;
        }

      expected = fnmatch(pattern, text, 0) == 0;
      if (nsh_match(pattern, text) != expected)
        {
          fail_msg("%s %s %s", pattern, text,
                   expected ? "should match" : "should not match");
        }

      matched += expected;
    }

  assert_true(matched > 1000);
}

static void patterns_with_ranges(void **state)
{
  (void)state;
  assert_true(nsh_match("[a-c]x", "bx"));
  assert_false(nsh_match("[a-c]x", "dx"));
  assert_true(nsh_match("[!a-c]", "d"));
  assert_false(nsh_match("[!a-c]", "b"));
  assert_true(nsh_match("[]a]", "]"));
  assert_true(nsh_match("[a-]", "-"));
  assert_true(nsh_match("[\\]]", "]"));
  assert_true(nsh_match("\\*", "*"));
  assert_false(nsh_match("\\*", "a"));
  assert_true(nsh_match("a\\", "a\\"));
  assert_false(nsh_match("", "a"));
  assert_true(nsh_match("***", ""));
}

/* This would take for ever if every star were tried again. */

static void patterns_take_little_time(void **state)
{
  char text[20001];

  (void)state;
  memset(text, 'a', sizeof(text) - 1);
  text[sizeof(text) - 1] = '\0';
  assert_false(nsh_match("a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", text));
}

/* Variables */

static void variables_against_a_model(void **state)
{
  char model[26][8];
  bool set[26] =
  {
    false
  };

  unsigned int rounds = 20000;

  (void)state;
  while (rounds-- > 0)
    {
      unsigned int i = below(26);
      char name[3];

      snprintf(name, sizeof(name), "%c", 'a' + i);
      switch (below(3))
        {
          case 0:
            snprintf(model[i], sizeof(model[i]), "%u", below(100000));
            nsh_setvar(&g_sh, name, model[i]);
            set[i] = true;
            break;

          case 1:
            nsh_unsetvar(&g_sh, name);
            set[i] = false;
            break;

          default:
            assert_int_equal(nsh_getvar(&g_sh, name) != NULL, set[i]);
            if (set[i])
              {
                assert_string_equal(nsh_getvar(&g_sh, name), model[i]);
              }

            break;
        }
    }

  nsh_vars_free(&g_sh);
  assert_ptr_equal(nsh_memory()->next, nsh_memory());
}

static void a_variable_set_to_itself(void **state)
{
  (void)state;
  nsh_setvar(&g_sh, "x", "abc");
  nsh_setvar(&g_sh, "x", nsh_getvar(&g_sh, "x"));
  assert_string_equal(nsh_getvar(&g_sh, "x"), "abc");
  nsh_setvar(&g_sh, "x", nsh_getvar(&g_sh, "x") + 1);
  assert_string_equal(nsh_getvar(&g_sh, "x"), "bc");
  nsh_vars_free(&g_sh);
}

/* Thousands of messages are of no use to anyone. */

static int silence(void **state)
{
  int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

  (void)state;
  g_stderr = dup(2);
  dup2(null, 2);
  close(null);
  return 0;
}

static int loud(void **state)
{
  (void)state;
  dup2(g_stderr, 2);
  close(g_stderr);
  return 0;
}

#define quiet_test(f) cmocka_unit_test_setup_teardown(f, silence, loud)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(empty_inputs),
    cmocka_unit_test(nesting_up_to_the_limit),
    quiet_test(nesting_beyond_the_limit),
    quiet_test(unclosed_nesting),
    cmocka_unit_test(sizes_without_limit),
    cmocka_unit_test(elif_is_not_nesting),
    quiet_test(every_prefix_of_a_script),
    quiet_test(random_tokens),
    quiet_test(random_bytes),
    quiet_test(damaged_scripts),
    cmocka_unit_test(patterns_match_as_fnmatch),
    cmocka_unit_test(patterns_with_ranges),
    cmocka_unit_test(patterns_take_little_time),
    cmocka_unit_test(variables_against_a_model),
    cmocka_unit_test(a_variable_set_to_itself)
  };

  const char *seed = getenv("SEED");

  g_random = seed == NULL ? 88172645463325252u : strtoull(seed, NULL, 0) | 1;
  print_message("SEED=%llu\n", (unsigned long long)g_random);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
