/* nshlib/cmd_text.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Commands that print text: echo, printf, expr, basename, dirname.
 */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nsh.h"

static int cmd_echo(struct nsh_s *sh, int argc, char **argv)
{
  bool newline = true;
  int i = 1;

  (void)sh;
  if (argc > 1 && strcmp(argv[1], "-n") == 0)
    {
      newline = false;
      i++;
    }

  for (; i < argc; i++)
    {
      fputs(argv[i], stdout);
      if (i + 1 < argc)
        {
          putchar(' ');
        }
    }

  if (newline)
    {
      putchar('\n');
    }

  return 0;
}

/* printf */

struct printf_s
{
  char **next;                         /* Arguments not yet used */
  char **end;
  bool wrong;
};

/* Up to `limit` digits of a base; -1 if there is none. */

static int escape_digits(const char **text, int base, int limit)
{
  int value = -1;

  for (; limit > 0; limit--, (*text)++)
    {
      int c = tolower((unsigned char)**text);
      int digit = isdigit(c) ? c - '0' : c >= 'a' && c <= 'f' ?
                  c - 'a' + 10 : 16;

      if (digit >= base)
        {
          break;
        }

      value = (value < 0 ? 0 : value) * base + digit;
    }

  return value;
}

/* A backslash has been seen: prints what it and the following mean.  False:
 * \c, print no more.
 */

static bool print_escape(const char **text)
{
  static const char letters[] = "abefnrtv\\\"'";
  static const char codes[] = "\a\b\033\f\n\r\t\v\\\"'";
  const char *letter = **text == '\0' ? NULL : strchr(letters, **text);
  const char *start = *text;
  int value;

  if (letter != NULL)
    {
      putchar(codes[letter - letters]);
      (*text)++;
      return true;
    }

  if (**text == 'c')
    {
      return false;
    }

  if (**text == 'x')
    {
      (*text)++;
      value = escape_digits(text, 16, 2);
    }
  else
    {
      value = escape_digits(text, 8, 3);
    }

  if (value >= 0)
    {
      putchar(value & 0xff);
      return true;
    }

  *text = start;
  putchar('\\');
  return true;
}

/* The next argument as a number; a leading quote is a character's code. */

static long long print_number(struct printf_s *p, const char *text)
{
  long long value;

  if (text[0] == '"' || text[0] == '\'')
    {
      return (unsigned char)text[1];
    }

  if (*text != '\0' && !nsh_number(text, 0, INT64_MIN, INT64_MAX, &value))
    {
      p->wrong = true;
      nsh_invalid("printf", text);
      return 0;
    }

  return *text == '\0' ? 0 : value;
}

static const char *print_argument(struct printf_s *p)
{
  return p->next < p->end ? *p->next++ : "";
}

/* "*": the argument is the width or precision. */

static void print_width(struct printf_s *p, struct nsh_buf_s *spec,
                        const char **format)
{
  if (**format == '*')
    {
      char number[24];
      int len = snprintf(number, sizeof(number), "%d",
                         (int)print_number(p, print_argument(p)));

      nsh_buf_add(spec, number, (size_t)len);
      (*format)++;
      return;
    }

  while (isdigit((unsigned char)**format))
    {
      nsh_buf_putc(spec, *(*format)++);
    }
}

/* %b: the argument with its escapes carried out. */

static bool print_escaped(const char *text)
{
  while (*text != '\0')
    {
      if (*text != '\\')
        {
          putchar(*text++);
          continue;
        }

      text++;
      if (!print_escape(&text))
        {
          return false;
        }
    }

  return true;
}

/* One conversion, after the %.  The text of it is made anew from what has
 * been understood, and only that goes to the library.
 */

static bool print_conversion(struct printf_s *p, const char **format)
{
  struct nsh_buf_s spec =
  {
    NULL, 0, 0
  };

  bool ok = true;
  char c;

  nsh_buf_putc(&spec, '%');
  while (**format != '\0' && strchr("-+ #0", **format) != NULL)
    {
      nsh_buf_putc(&spec, *(*format)++);
    }

  print_width(p, &spec, format);
  if (**format == '.')
    {
      nsh_buf_putc(&spec, *(*format)++);
      print_width(p, &spec, format);
    }

  c = **format;
  *format += c != '\0';
  if (c != '\0' && strchr("diouxX", c) != NULL)
    {
      nsh_buf_add(&spec, "ll", 2);
      nsh_buf_putc(&spec, c);
      printf(spec.text, print_number(p, print_argument(p)));
    }
  else if (c == 's')
    {
      nsh_buf_putc(&spec, c);
      printf(spec.text, print_argument(p));
    }
  else if (c == 'c')
    {
      spec.len = strcspn(spec.text, ".");
      nsh_buf_add(&spec, ".1s", 3);
      printf(spec.text, print_argument(p));
    }
  else if (c == 'b')
    {
      ok = print_escaped(print_argument(p));
    }
  else
    {
      p->wrong = true;
      nsh_error("printf: unknown conversion %%%c", c == '\0' ? ' ' : c);
      ok = false;
    }

  nsh_buf_free(&spec);
  return ok;
}

/* The format once; false: print no more. */

static bool print_once(struct printf_s *p, const char *format)
{
  while (*format != '\0')
    {
      char c = *format++;

      if (c == '\\')
        {
          if (!print_escape(&format))
            {
              return false;
            }
        }
      else if (c == '%' && *format == '%')
        {
          putchar(*format++);
        }
      else if (c == '%')
        {
          if (!print_conversion(p, &format))
            {
              return false;
            }
        }
      else
        {
          putchar(c);
        }
    }

  return true;
}

/* As long as there are arguments the format begins again. */

static int cmd_printf(struct nsh_s *sh, int argc, char **argv)
{
  struct printf_s p =
  {
    argv + 2, argv + argc, false
  };

  char **before;

  do
    {
      before = p.next;
      if (!print_once(&p, argv[1]) || nsh_interrupted(sh))
        {
          break;
        }
    }
  while (p.next < p.end && p.next > before);

  return p.wrong ? NSH_FAILURE : 0;
}

/* Others */

static int cmd_expr(struct nsh_s *sh, int argc, char **argv)
{
  long long a;
  long long b;
  long long result = 0;
  bool overflow = false;
  const char *op = argv[2];

  (void)sh;
  (void)argc;
  if (!nsh_number(argv[1], 10, INT64_MIN, INT64_MAX, &a))
    {
      nsh_invalid("expr", argv[1]);
      return NSH_SYNTAX;
    }

  if (!nsh_number(argv[3], 10, INT64_MIN, INT64_MAX, &b))
    {
      nsh_invalid("expr", argv[3]);
      return NSH_SYNTAX;
    }

  if (strlen(op) != 1 || strchr("+-*/%", *op) == NULL)
    {
      nsh_error("expr: unknown operator %s", op);
      return NSH_SYNTAX;
    }

  if ((*op == '/' || *op == '%') && (b == 0 || (a == INT64_MIN && b == -1)))
    {
      nsh_error(b == 0 ? "expr: division by zero" :
                         "expr: value out of range");
      return NSH_SYNTAX;
    }

  switch (*op)
    {
      case '+':
        overflow = __builtin_add_overflow(a, b, &result);
        break;

      case '-':
        overflow = __builtin_sub_overflow(a, b, &result);
        break;

      case '*':
        overflow = __builtin_mul_overflow(a, b, &result);
        break;

      case '/':
        result = a / b;
        break;

      default:
        result = a % b;
        break;
    }

  if (overflow)
    {
      nsh_error("expr: value out of range");
      return NSH_SYNTAX;
    }

  printf("%lld\n", result);
  return 0;
}

/* The length of a path without slashes at its end, but of "/" itself. */

static size_t path_length(const char *path)
{
  size_t len = strlen(path);

  while (len > 1 && path[len - 1] == '/')
    {
      len--;
    }

  return len;
}

static int cmd_basename(struct nsh_s *sh, int argc, char **argv)
{
  const char *path = argv[1];
  size_t len = path_length(path);
  size_t begin = len;
  size_t suffix = argc > 2 ? strlen(argv[2]) : 0;

  (void)sh;
  while (begin > 0 && path[begin - 1] != '/')
    {
      begin--;
    }

  begin -= begin == len && begin > 0;  /* "/" */
  if (suffix > 0 && suffix < len - begin &&
      strncmp(path + len - suffix, argv[2], suffix) == 0)
    {
      len -= suffix;
    }

  printf("%.*s\n", (int)(len - begin), path + begin);
  return 0;
}

static int cmd_dirname(struct nsh_s *sh, int argc, char **argv)
{
  const char *path = argv[1];
  size_t len = path_length(path);

  (void)sh;
  (void)argc;
  while (len > 0 && path[len - 1] != '/')
    {
      len--;
    }

  while (len > 1 && path[len - 1] == '/')
    {
      len--;
    }

  printf("%.*s\n", len == 0 ? 1 : (int)len, len == 0 ? "." : path);
  return 0;
}

const struct nsh_command_s g_nsh_text_commands[] =
{
  {"basename", cmd_basename, 2, 3, "<path> [<suffix>]",
   "Show the last part of a path", NULL},
  {"dirname", cmd_dirname, 2, 2, "<path>",
   "Show a path without its last part", NULL},
  {"echo", cmd_echo, 1, NSH_MAXARGS, "[-n] [<text>...]", "Show text", NULL},
  {"expr", cmd_expr, 4, 4, "<number> {+|-|*|/|%} <number>",
   "Calculate with whole numbers", NULL},
  {"printf", cmd_printf, 2, NSH_MAXARGS, "<format> [<argument>...]",
   "Show formatted text", NULL},
  {NULL, NULL, 0, 0, NULL, NULL, NULL}
};
