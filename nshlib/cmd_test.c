/* nshlib/cmd_test.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * test and [.
 *
 *   or       and { "-o" and }
 *   and      not { "-a" not }
 *   not      "!" not | primary
 *   primary  "(" or ")" | operand binary operand | unary operand | operand
 *
 * Status 0 is true, 1 false, 2 a wrong expression.  As POSIX has it, with
 * three arguments a binary operator in the middle is one, whatever is around
 * it, and a single argument is always text.
 */

#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nsh.h"

struct test_s
{
  const char *name;                    /* "test" or "[" */
  char **next;
  char **end;
  bool wrong;
  int depth;
};

static bool test_or(struct test_s *t);

static bool test_error(struct test_s *t, const char *what,
                       const char *argument)
{
  if (!t->wrong)
    {
      t->wrong = true;
      nsh_error("%s: %s%s%s", t->name, what, argument == NULL ? "" : ": ",
                argument == NULL ? "" : argument);
    }

  return false;
}

/* The next arguments are there, and the one at `offset` is this text. */

static bool test_is(const struct test_s *t, int offset, const char *text)
{
  return t->end - t->next > offset && strcmp(t->next[offset], text) == 0;
}

static long long test_number(struct test_s *t, const char *text)
{
  long long value;

  if (!nsh_number(text, 10, INT64_MIN, INT64_MAX, &value))
    {
      test_error(t, "not a number", text);
      return 0;
    }

  return value;
}

static bool is_binary(const char *text)
{
  static const char *const operators[] =
  {
    "=", "==", "!=", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", NULL
  };

  const char *const *op;

  for (op = operators; *op != NULL; op++)
    {
      if (strcmp(*op, text) == 0)
        {
          return true;
        }
    }

  return false;
}

static bool is_unary(const char *text)
{
  return text[0] == '-' && text[1] != '\0' && text[2] == '\0' &&
         strchr("bcdefhLnprsSwxzt", text[1]) != NULL;
}

static bool test_binary(struct test_s *t)
{
  const char *left = t->next[0];
  const char *op = t->next[1];
  const char *right = t->next[2];
  long long a;
  long long b;

  t->next += 3;
  if (op[0] != '-')
    {
      return (strcmp(left, right) == 0) == (op[0] == '=');
    }

  a = test_number(t, left);
  b = test_number(t, right);
  switch (op[1] << 8 | op[2])
    {
      case 'e' << 8 | 'q':
        return a == b;

      case 'n' << 8 | 'e':
        return a != b;

      case 'l' << 8 | 't':
        return a < b;

      case 'l' << 8 | 'e':
        return a <= b;

      case 'g' << 8 | 't':
        return a > b;

      default:
        return a >= b;
    }
}

static bool test_file(char op, const char *path)
{
  struct stat st;

  switch (op)
    {
      case 'h':
      case 'L':
        return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);

      case 'r':
        return access(path, R_OK) == 0;

      case 'w':
        return access(path, W_OK) == 0;

      case 'x':
        return access(path, X_OK) == 0;

      default:
        break;
    }

  if (stat(path, &st) < 0)
    {
      return false;
    }

  switch (op)
    {
      case 'b':
        return S_ISBLK(st.st_mode);

      case 'c':
        return S_ISCHR(st.st_mode);

      case 'd':
        return S_ISDIR(st.st_mode);

      case 'f':
        return S_ISREG(st.st_mode);

      case 'p':
        return S_ISFIFO(st.st_mode);

      case 's':
        return st.st_size > 0;

      case 'S':
        return S_ISSOCK(st.st_mode);

      default:
        return true;                   /* -e */
    }
}

static bool test_unary(struct test_s *t)
{
  char op = t->next[0][1];
  const char *operand = t->next[1];
  long long fd;

  t->next += 2;
  switch (op)
    {
      case 'n':
        return *operand != '\0';

      case 'z':
        return *operand == '\0';

      case 't':
        fd = test_number(t, operand);
        return !t->wrong && fd >= 0 && fd <= 2 && isatty((int)fd);

      default:
        return test_file(op, operand);
    }
}

static bool test_primary(struct test_s *t)
{
  bool result;

  if (t->next == t->end)
    {
      return test_error(t, "missing required argument(s)", NULL);
    }

  if (t->end - t->next >= 3 && is_binary(t->next[1]))
    {
      return test_binary(t);
    }

  if (t->end - t->next >= 2 && is_binary(t->next[1]))
    {
      return test_error(t, "nothing to compare with", t->next[1]);
    }

  if (t->end - t->next >= 2 && is_unary(t->next[0]))
    {
      return test_unary(t);
    }

  if (t->end - t->next >= 2 && test_is(t, 0, "("))
    {
      t->next++;
      result = test_or(t);
      if (!test_is(t, 0, ")"))
        {
          return test_error(t, "missing )", NULL);
        }

      t->next++;
      return result;
    }

  return *(*t->next++) != '\0';
}

static bool test_not(struct test_s *t)
{
  bool negate = false;

  while (test_is(t, 0, "!") && t->end - t->next > 1 &&
         !(t->end - t->next >= 3 && is_binary(t->next[1])))
    {
      negate = !negate;
      t->next++;
    }

  return test_primary(t) != negate;
}

static bool test_and(struct test_s *t)
{
  bool result = test_not(t);

  while (test_is(t, 0, "-a"))
    {
      t->next++;
      result &= test_not(t);
    }

  return result;
}

static bool test_or(struct test_s *t)
{
  bool result = false;

  if (t->depth >= NSH_MAXDEPTH)
    {
      return test_error(t, "nesting too deep", NULL);
    }

  t->depth++;
  result = test_and(t);
  while (!t->wrong && test_is(t, 0, "-o"))
    {
      t->next++;
      result |= test_and(t);
    }

  t->depth--;
  return result;
}

int nsh_cmd_test(struct nsh_s *sh, int argc, char **argv)
{
  struct test_s t =
  {
    argv[0], argv + 1, argv + argc, false, 0
  };

  bool result;

  (void)sh;
  if (argv[0][0] == '[')
    {
      if (argc < 2 || strcmp(argv[argc - 1], "]") != 0)
        {
          test_error(&t, "missing ]", NULL);
          return NSH_SYNTAX;
        }

      t.end--;
    }

  if (t.next == t.end)
    {
      return NSH_FAILURE;              /* Nothing is false */
    }

  result = test_or(&t);
  if (!t.wrong && t.next != t.end)
    {
      test_error(&t, "argument invalid", *t.next);
    }

  return t.wrong ? NSH_SYNTAX : !result;
}
