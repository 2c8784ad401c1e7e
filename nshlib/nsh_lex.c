/* nshlib/nsh_lex.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Characters become tokens.
 *
 * A word is a chain of parts: text, which is quoted or not, variables, and
 * commands to substitute.  What quotes mean is settled here and nowhere
 * else: after this there are only parts with a flag.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "nsh_parse.h"

#define OPERATORS " \t\n;&|<>()"       /* End a word */

/* Characters */

/* The next character, or -1 when the input has ended. */

static int lex_char(struct nsh_parser_s *p)
{
  while (p->pos == p->src.len)
    {
      size_t len = p->src.len;

      if (p->ended != NSH_LINE)
        {
          return -1;
        }

      p->ended = p->in->getline(p->in, &p->src, len > 0);
      p->line = p->in->line;
    }

  return (unsigned char)p->src.text[p->pos];
}

/* Consumes a character that is there. */

static void lex_next(struct nsh_parser_s *p)
{
  p->pos++;
}

/* A character of a quoted string that `quote` ends, or -1 with an error. */

static int lex_quoted(struct nsh_parser_s *p, char quote, unsigned long line)
{
  int c = lex_char(p);

  if (c < 0)
    {
      nsh_syntax(p, line, "no closing %c", quote);
    }

  return c;
}

/* Words */

struct lex_word_s
{
  struct nsh_parser_s *p;
  struct nsh_part_s **last;            /* Where the next part goes */
  struct nsh_buf_s text;               /* Not yet a part */
  bool quoted;                         /* That text */
  bool some;                           /* There is a text, maybe empty */
};

static void word_part(struct lex_word_s *w, enum nsh_partkind_e kind,
                      bool quoted, const char *text, size_t len)
{
  struct nsh_part_s *part = nsh_alloc(w->p->arena, sizeof(*part));

  part->kind = kind;
  part->quoted = quoted;
  part->text = nsh_text(w->p->arena, text, len);
  *w->last = part;
  w->last = &part->next;
}

/* Makes a part of the text so far. */

static void word_flush(struct lex_word_s *w)
{
  if (w->some)
    {
      word_part(w, NSH_TEXT, w->quoted, w->text.text, w->text.len);
      nsh_buf_clear(&w->text);
      w->some = false;
    }
}

/* The following text is quoted, or not. */

static void word_mode(struct lex_word_s *w, bool quoted)
{
  if (w->quoted != quoted)
    {
      word_flush(w);
      w->quoted = quoted;
    }
}

static void word_putc(struct lex_word_s *w, int c)
{
  nsh_buf_putc(&w->text, (char)c);
  w->some = true;
}

/* `...`, after the first.  A backslash protects $ ` and itself; within
 * double quotes " too.
 */

static bool word_backquoted(struct lex_word_s *w, bool quoted)
{
  struct nsh_parser_s *p = w->p;
  unsigned long line = p->line;
  struct nsh_buf_s text =
  {
    NULL, 0, 0
  };

  bool ok = false;
  int c;

  nsh_buf_clear(&text);
  while ((c = lex_quoted(p, '`', line)) >= 0)
    {
      lex_next(p);
      if (c == '`')
        {
          ok = nsh_parse_check(p, text.text, line);
          break;
        }

      if (c == '\\')
        {
          c = lex_quoted(p, '`', line);
          if (c < 0)
            {
              break;
            }

          lex_next(p);
          if (strchr("$`\\", c) == NULL && !(quoted && c == '"'))
            {
              nsh_buf_putc(&text, '\\');
            }
        }

      nsh_buf_putc(&text, (char)c);
    }

  if (ok)
    {
      word_part(w, NSH_COMMAND, quoted, text.text, text.len);
    }

  nsh_buf_free(&text);
  return ok;
}

/* ${name}, after the brace. */

static bool word_braced(struct lex_word_s *w, bool quoted)
{
  struct nsh_parser_s *p = w->p;
  const char *name;
  size_t begin = p->pos;
  size_t len;
  int c;

  while ((c = lex_char(p)) >= 0 && c != '}' && c != '\n')
    {
      lex_next(p);
    }

  if (c != '}')
    {
      return nsh_syntax(p, p->line, "no closing } after ${");
    }

  name = p->src.text + begin;
  len = p->pos - begin;
  lex_next(p);
  if (!nsh_isname(name, len) &&
      !(len == 1 && strchr("?#$!@*", *name) != NULL) &&
      (len == 0 || strspn(name, "0123456789") < len))
    {
      return nsh_syntax(p, p->line, "${%.*s} is not a variable", (int)len,
                        name);
    }

  word_part(w, NSH_VARIABLE, quoted, name, len);
  return true;
}

/* After a $.  One that introduces nothing is itself. */

static bool word_dollar(struct lex_word_s *w, bool quoted)
{
  struct nsh_parser_s *p = w->p;
  unsigned long line = p->line;
  int c = lex_char(p);
  size_t len = 0;

  if (c == '(')
    {
      size_t begin = p->pos + 1;

      word_flush(w);
      lex_next(p);
      if (lex_char(p) == '(')
        {
          return nsh_syntax(p, line, "there is no $((...)); expr calculates");
        }

      if (!nsh_parse_nested(p, line))
        {
          return false;
        }

      word_part(w, NSH_COMMAND, quoted, p->src.text + begin,
                p->pos - 1 - begin);
      return true;
    }

  if (c == '{')
    {
      word_flush(w);
      lex_next(p);
      return word_braced(w, quoted);
    }

  if (c > 0 && (strchr("?#$!@*", c) != NULL || isdigit(c)))
    {
      len = 1;
    }
  else
    {
      while (p->pos + len < p->src.len &&
             nsh_isname(p->src.text + p->pos, len + 1))
        {
          len++;
        }
    }

  if (len == 0)
    {
      word_mode(w, quoted);
      word_putc(w, '$');
      return true;
    }

  word_flush(w);
  word_part(w, NSH_VARIABLE, quoted, p->src.text + p->pos, len);
  p->pos += len;
  return true;
}

/* '...', after the first. */

static bool word_single(struct lex_word_s *w)
{
  unsigned long line = w->p->line;
  int c;

  word_mode(w, true);
  w->some = true;
  while ((c = lex_quoted(w->p, '\'', line)) >= 0)
    {
      lex_next(w->p);
      if (c == '\'')
        {
          return true;
        }

      word_putc(w, c);
    }

  return false;
}

/* A backslash: the character after it is plain text.  Before a line end both
 * are nothing.  Within double quotes only some need it.
 */

static void word_backslash(struct lex_word_s *w, bool inside)
{
  int c;

  lex_next(w->p);
  c = lex_char(w->p);
  if (c == '\n')
    {
      lex_next(w->p);
      return;
    }

  word_mode(w, true);
  if (c < 0 || (inside && strchr("$`\"\\", c) == NULL))
    {
      word_putc(w, '\\');
      return;
    }

  word_putc(w, c);
  lex_next(w->p);
}

/* "...", after the first. */

static bool word_double(struct lex_word_s *w)
{
  struct nsh_parser_s *p = w->p;
  unsigned long line = p->line;
  struct nsh_part_s **before;
  int c;

  word_mode(w, true);
  before = w->last;
  while ((c = lex_quoted(p, '"', line)) >= 0)
    {
      if (c == '\\')
        {
          word_backslash(w, true);
          continue;
        }

      lex_next(p);
      switch (c)
        {
          case '"':

            /* "" is a text; "$@" with nothing to expand to is none */

            w->some |= w->last == before;
            return true;

          case '$':
            if (!word_dollar(w, true))
              {
                return false;
              }

            break;

          case '`':
            word_flush(w);
            if (!word_backquoted(w, true))
              {
                return false;
              }

            break;

          default:
            word_mode(w, true);
            word_putc(w, c);
            break;
        }
    }

  return false;
}

/* The characters of a word, up to what ends it. */

static bool word_characters(struct lex_word_s *w)
{
  struct nsh_parser_s *p = w->p;
  int c;

  while ((c = lex_char(p)) > 0 && strchr(OPERATORS, c) == NULL)
    {
      bool ok = true;

      if (c == '\\')
        {
          word_backslash(w, false);
          continue;
        }

      lex_next(p);
      switch (c)
        {
          case '\'':
            ok = word_single(w);
            break;

          case '"':
            ok = word_double(w);
            break;

          case '$':
            ok = word_dollar(w, false);
            break;

          case '`':
            word_flush(w);
            ok = word_backquoted(w, false);
            break;

          default:
            word_mode(w, false);
            word_putc(w, c);
            break;
        }

      if (!ok)
        {
          return false;
        }
    }

  if (c == 0)
    {
      return nsh_syntax(p, p->line, "a NUL character");
    }

  return true;
}

/* A word that has no part at all was nothing but escaped line ends. */

static enum nsh_token_e lex_word(struct nsh_parser_s *p)
{
  struct lex_word_s w =
  {
    .p = p
  };

  struct nsh_part_s *parts = NULL;
  bool ok;

  w.last = &parts;
  ok = word_characters(&w);
  if (ok)
    {
      word_flush(&w);
    }

  nsh_buf_free(&w.text);
  if (!ok)
    {
      return T_BROKEN;
    }

  p->word = NULL;
  if (parts != NULL)
    {
      p->word = nsh_alloc(p->arena, sizeof(*p->word));
      p->word->parts = parts;
    }

  return T_WORD;
}

/* Operators */

static bool lex_follows(struct nsh_parser_s *p, char c)
{
  if (p->pos < p->src.len && p->src.text[p->pos] == c)
    {
      lex_next(p);
      return true;
    }

  return false;
}

/* A redirection of fd, or of the usual one where that is -1. */

static enum nsh_token_e lex_redir(struct nsh_parser_s *p, int fd)
{
  bool in = p->src.text[p->pos] == '<';

  lex_next(p);
  p->redirfd = fd >= 0 ? fd : in ? 0 : 1;
  p->redirkind = lex_follows(p, '&') ? NSH_DUPLICATE :
                 in ? NSH_READ :
                 lex_follows(p, '>') ? NSH_APPEND : NSH_WRITE;

  /* >| is > here */

  if (p->redirkind == NSH_WRITE)
    {
      lex_follows(p, '|');
    }

  if (p->redirfd > 2)
    {
      nsh_syntax(p, p->line, "descriptor %d: only 0, 1 and 2 can be "
                 "redirected", p->redirfd);
      return T_BROKEN;
    }

  return T_REDIR;
}

/* Digits directly before < or > are a descriptor. */

static bool lex_is_number(struct nsh_parser_s *p, int *fd)
{
  size_t at = p->pos;

  while (at < p->src.len && isdigit((unsigned char)p->src.text[at]))
    {
      at++;
    }

  if (at == p->pos || at == p->src.len || strchr("<>", p->src.text[at]) ==
      NULL || p->src.text[at] == '\0')
    {
      return false;
    }

  *fd = at - p->pos > 4 ? 9999 : atoi(p->src.text + p->pos);
  p->pos = at;
  return true;
}

/* What lies between tokens: blanks, escaped line ends, a comment. */

static int lex_skip(struct nsh_parser_s *p)
{
  int c;

  for (; ; )
    {
      c = lex_char(p);
      if (c == ' ' || c == '\t')
        {
          lex_next(p);
        }
      else if (c == '\\' && p->pos + 1 < p->src.len &&
               p->src.text[p->pos + 1] == '\n')
        {
          p->pos += 2;
        }
      else
        {
          break;
        }
    }

  if (c == '#')
    {
      while ((c = lex_char(p)) >= 0 && c != '\n')
        {
          lex_next(p);
        }
    }

  return c;
}

static enum nsh_token_e lex_operator(struct nsh_parser_s *p, int c)
{
  lex_next(p);
  switch (c)
    {
      case '\n':
        return T_NEWLINE;

      case ';':
        return T_SEMICOLON;

      case '&':
        return lex_follows(p, '&') ? T_AND : T_AMPERSAND;

      case '|':
        return lex_follows(p, '|') ? T_OR : T_PIPE;

      case '(':
        return T_OPEN;

      default:
        return T_CLOSE;
    }
}

static enum nsh_token_e lex_token(struct nsh_parser_s *p)
{
  int fd = -1;
  int c;

  c = lex_skip(p);
  if (c < 0)
    {
      return T_EOF;
    }

  if (c != 0 && strchr("\n;&|()", c) != NULL)
    {
      return lex_operator(p, c);
    }

  if (c == '<' || c == '>' || lex_is_number(p, &fd))
    {
      return lex_redir(p, fd);
    }

  return lex_word(p);
}

enum nsh_token_e nsh_peek(struct nsh_parser_s *p)
{
  if (p->error != NULL)
    {
      return T_BROKEN;
    }

  if (!p->peeked)
    {
      enum nsh_token_e token;
      size_t begin;

      /* $(...) inside of a word uses the parser, and what it looks at */

      do
        {
          lex_skip(p);
          begin = p->pos;
          token = lex_token(p);
        }
      while (token == T_WORD && p->word == NULL);

      p->token = token;
      p->begin = begin;
      p->end = p->pos;
      p->peeked = true;
    }

  return p->token;
}

void nsh_take(struct nsh_parser_s *p)
{
  p->lastend = p->end;
  p->peeked = false;
}
