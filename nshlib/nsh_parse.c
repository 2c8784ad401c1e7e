/* nshlib/nsh_parse.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Tokens become a tree, by recursive descent, a function for each rule:
 *
 *   line      list NEWLINE
 *   list      andor { (";" | "&") andor } [";" | "&"]
 *   body      the same, where line ends count as ";", and not empty
 *   andor     pipeline { ("&&" | "||") pipeline }
 *   pipeline  { "!" } command { "|" command }
 *   command   simple | compound { redirection }
 *   compound  "if" body "then" body { "elif" body "then" body }
 *               [ "else" body ] "fi"
 *             | ("while" | "until") body "do" body "done"
 *             | "for" name [ "in" { word } ] "do" body "done"
 *             | "{" body "}" | "(" body ")"
 *   simple    { name=word | redirection } { word | redirection }
 *
 * Reserved words are reserved where a command begins, and unquoted.
 *
 * The first error is noted and everything returns; nothing of a broken line
 * has run, because it runs only when it is complete.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "nsh_parse.h"

static struct nsh_node_s *parse_list(struct nsh_parser_s *p, bool lines);

static const char *const g_reserved[] =
{
  "if", "then", "elif", "else", "fi", "while", "until", "for", "do", "done",
  "!", "{", "}", NULL
};

/* Errors */

bool nsh_syntax(struct nsh_parser_s *p, unsigned long line,
                const char *format, ...)
{
  char *text;
  va_list ap;
  int len;

  if (p->error == NULL)
    {
      va_start(ap, format);
      len = vsnprintf(NULL, 0, format, ap);
      va_end(ap);

      text = nsh_alloc(p->arena, (size_t)len + 1);
      va_start(ap, format);
      vsnprintf(text, (size_t)len + 1, format, ap);
      va_end(ap);
      p->error = text;
      p->errline = line;
    }

  return false;
}

/* The next token is none that may stand here.  "wanted" may be NULL. */

static void *parse_unexpected(struct nsh_parser_s *p, const char *wanted,
                              const char *opener, unsigned long line)
{
  enum nsh_token_e token = nsh_peek(p);
  const char *text = p->src.text == NULL ? "" : p->src.text + p->begin;
  const char *what = nsh_format(p->arena, "`%.*s'",
                                (int)(p->end - p->begin), text);

  what = token == T_EOF ? "end of input" :
         token == T_NEWLINE ? "end of line" : what;
  if (wanted == NULL)
    {
      nsh_syntax(p, p->line, "unexpected %s", what);
    }
  else if (opener == NULL)
    {
      nsh_syntax(p, p->line, "unexpected %s instead of %s", what, wanted);
    }
  else
    {
      nsh_syntax(p, p->line, "unexpected %s instead of `%s' for the `%s' of "
                 "line %lu", what, wanted, opener, line);
    }

  return NULL;
}

/* Helpers */

static struct nsh_node_s *parse_node(struct nsh_parser_s *p,
                                     enum nsh_nodekind_e kind)
{
  struct nsh_node_s *node = nsh_alloc(p->arena, sizeof(*node));

  node->kind = kind;
  return node;
}

/* The source from a position up to the last token taken. */

static const char *parse_source(struct nsh_parser_s *p, size_t begin)
{
  return nsh_text(p->arena, p->src.text + begin, p->lastend - begin);
}

/* The text of a word that is one unquoted piece, or NULL. */

static const char *parse_plain(const struct nsh_word_s *word)
{
  const struct nsh_part_s *part = word->parts;

  return part->next == NULL && part->kind == NSH_TEXT && !part->quoted ?
         part->text : NULL;
}

/* The next token is this reserved word. */

static bool parse_is(struct nsh_parser_s *p, const char *reserved)
{
  const char *text = nsh_peek(p) == T_WORD ? parse_plain(p->word) : NULL;

  return text != NULL && strcmp(text, reserved) == 0;
}

static bool parse_accept(struct nsh_parser_s *p, const char *reserved)
{
  if (parse_is(p, reserved))
    {
      nsh_take(p);
      return true;
    }

  return false;
}

static bool parse_expect(struct nsh_parser_s *p, const char *reserved,
                         const char *opener, unsigned long line)
{
  if (!parse_accept(p, reserved))
    {
      parse_unexpected(p, reserved, opener, line);
      return false;
    }

  return true;
}

static void parse_newlines(struct nsh_parser_s *p)
{
  while (nsh_peek(p) == T_NEWLINE)
    {
      nsh_take(p);
    }
}

/* A reserved word that ends a list rather than begins a command. */

static bool parse_is_closer(struct nsh_parser_s *p)
{
  static const char *const closers[] =
  {
    "then", "elif", "else", "fi", "do", "done", "}", NULL
  };

  const char *const *closer;

  for (closer = closers; *closer != NULL; closer++)
    {
      if (parse_is(p, *closer))
        {
          return true;
        }
    }

  return false;
}

/* Simple commands */

/* A redirection that is the next token. */

static bool parse_redir(struct nsh_parser_s *p, struct nsh_redir_s ***last)
{
  struct nsh_redir_s *redir = nsh_alloc(p->arena, sizeof(*redir));

  redir->kind = p->redirkind;
  redir->fd = p->redirfd;
  nsh_take(p);
  if (nsh_peek(p) != T_WORD)
    {
      parse_unexpected(p, redir->kind == NSH_DUPLICATE ? "a descriptor" :
                       "a file name", NULL, 0);
      return false;
    }

  redir->word = p->word;
  nsh_take(p);
  **last = redir;
  *last = &redir->next;
  return true;
}

static bool parse_redirs(struct nsh_parser_s *p, struct nsh_node_s *node)
{
  struct nsh_redir_s **last = &node->redirs;

  while (nsh_peek(p) == T_REDIR)
    {
      if (!parse_redir(p, &last))
        {
          return false;
        }
    }

  return true;
}

/* NULL: the word is no assignment.  The value is the rest of the word; one
 * that is empty gets an empty text, since a word has parts.
 */

static struct nsh_assign_s *parse_assign(struct nsh_parser_s *p,
                                         struct nsh_word_s *word)
{
  struct nsh_part_s *part = word->parts;
  struct nsh_part_s *first;
  struct nsh_assign_s *assign;
  const char *equals;

  if (part->kind != NSH_TEXT || part->quoted)
    {
      return NULL;
    }

  equals = strchr(part->text, '=');
  if (equals == NULL ||
      !nsh_isname(part->text, (size_t)(equals - part->text)))
    {
      return NULL;
    }

  assign = nsh_alloc(p->arena, sizeof(*assign));
  assign->name = nsh_text(p->arena, part->text,
                          (size_t)(equals - part->text));
  first = nsh_alloc(p->arena, sizeof(*first));
  *first = *part;
  first->text = equals + 1;
  assign->value = nsh_alloc(p->arena, sizeof(*assign->value));
  assign->value->parts = first;
  return assign;
}

static struct nsh_node_s *parse_simple(struct nsh_parser_s *p)
{
  struct nsh_node_s *node = parse_node(p, NSH_SIMPLE);
  struct nsh_redir_s **redir = &node->redirs;
  struct nsh_assign_s **assign = &node->assigns;
  struct nsh_word_s **word = &node->words;
  size_t begin;

  nsh_peek(p);
  begin = p->begin;
  for (; ; )
    {
      enum nsh_token_e token = nsh_peek(p);

      if (token == T_REDIR)
        {
          if (!parse_redir(p, &redir))
            {
              return NULL;
            }
        }
      else if (token == T_WORD)
        {
          struct nsh_assign_s *one = node->words != NULL ? NULL :
                                     parse_assign(p, p->word);

          if (one != NULL)
            {
              *assign = one;
              assign = &one->next;
            }
          else
            {
              *word = p->word;
              word = &p->word->next;
            }

          nsh_take(p);
        }
      else
        {
          break;
        }
    }

  if (node->words == NULL && node->assigns == NULL && node->redirs == NULL)
    {
      return parse_unexpected(p, NULL, NULL, 0);
    }

  node->text = parse_source(p, begin);
  return node;
}

/* Compound commands */

/* A list that must not be empty. */

static struct nsh_node_s *parse_body(struct nsh_parser_s *p)
{
  struct nsh_node_s *list = parse_list(p, true);

  if (list == NULL)
    {
      return parse_unexpected(p, "a command", NULL, 0);
    }

  return list;
}

static struct nsh_node_s *parse_if(struct nsh_parser_s *p,
                                   unsigned long line)
{
  struct nsh_node_s *node = parse_node(p, NSH_IF);
  struct nsh_node_s **last = &node->kids;

  do
    {
      struct nsh_node_s *clause = parse_node(p, NSH_CLAUSE);

      *last = clause;
      last = &clause->next;
      if ((clause->cond = parse_body(p)) == NULL ||
          !parse_expect(p, "then", "if", line) ||
          (clause->body = parse_body(p)) == NULL)
        {
          return NULL;
        }
    }
  while (parse_accept(p, "elif"));

  if (parse_accept(p, "else") && (node->orelse = parse_body(p)) == NULL)
    {
      return NULL;
    }

  return parse_expect(p, "fi", "if", line) ? node : NULL;
}

/* From the "do" on. */

static bool parse_do(struct nsh_parser_s *p, struct nsh_node_s *node,
                     const char *opener, unsigned long line)
{
  return parse_expect(p, "do", opener, line) &&
         (node->body = parse_body(p)) != NULL &&
         parse_expect(p, "done", opener, line);
}

static struct nsh_node_s *parse_while(struct nsh_parser_s *p,
                                      const char *opener, unsigned long line)
{
  struct nsh_node_s *node = parse_node(p, *opener == 'w' ? NSH_WHILE :
                                                           NSH_UNTIL);

  node->cond = parse_body(p);
  return node->cond != NULL && parse_do(p, node, opener, line) ? node : NULL;
}

static struct nsh_node_s *parse_for(struct nsh_parser_s *p,
                                    unsigned long line)
{
  struct nsh_node_s *node = parse_node(p, NSH_FOR);
  struct nsh_word_s **last = &node->words;

  node->name = nsh_peek(p) == T_WORD ? parse_plain(p->word) : NULL;
  if (node->name == NULL || !nsh_isname(node->name, strlen(node->name)))
    {
      return parse_unexpected(p, "the name of a variable", NULL, 0);
    }

  nsh_take(p);
  parse_newlines(p);
  node->everyarg = !parse_accept(p, "in");
  while (!node->everyarg && nsh_peek(p) == T_WORD)
    {
      *last = p->word;
      last = &p->word->next;
      nsh_take(p);
    }

  if (nsh_peek(p) == T_SEMICOLON)
    {
      nsh_take(p);
    }
  else if (!node->everyarg && nsh_peek(p) != T_NEWLINE)
    {
      return parse_unexpected(p, "; or end of line", NULL, 0);
    }

  parse_newlines(p);
  return parse_do(p, node, "for", line) ? node : NULL;
}

/* What is between braces or parentheses; the opening one is taken. */

static struct nsh_node_s *parse_group(struct nsh_parser_s *p,
                                      unsigned long line)
{
  struct nsh_node_s *node = parse_node(p, NSH_GROUP);

  node->body = parse_body(p);
  return node->body != NULL && parse_expect(p, "}", "{", line) ? node : NULL;
}

static struct nsh_node_s *parse_subshell(struct nsh_parser_s *p,
                                         unsigned long line)
{
  struct nsh_node_s *node = parse_node(p, NSH_SUBSHELL);
  size_t begin = p->lastend;

  node->body = parse_body(p);
  if (node->body == NULL)
    {
      return NULL;
    }

  node->text = parse_source(p, begin);
  if (nsh_peek(p) != T_CLOSE)
    {
      return parse_unexpected(p, ")", "(", line);
    }

  nsh_take(p);
  return node;
}

static struct nsh_node_s *parse_compound(struct nsh_parser_s *p)
{
  unsigned long line;

  if (nsh_peek(p) == T_OPEN)
    {
      line = p->line;
      nsh_take(p);
      return parse_subshell(p, line);
    }

  line = p->line;
  if (parse_accept(p, "if"))
    {
      return parse_if(p, line);
    }

  if (parse_accept(p, "while"))
    {
      return parse_while(p, "while", line);
    }

  if (parse_accept(p, "until"))
    {
      return parse_while(p, "until", line);
    }

  if (parse_accept(p, "for"))
    {
      return parse_for(p, line);
    }

  return parse_accept(p, "{") ? parse_group(p, line) : NULL;
}

static bool parse_is_compound(struct nsh_parser_s *p)
{
  const char *const *word;

  if (nsh_peek(p) == T_OPEN)
    {
      return true;
    }

  for (word = g_reserved; *word != NULL; word++)
    {
      if (parse_is(p, *word))
        {
          return true;
        }
    }

  return false;
}

static struct nsh_node_s *parse_command(struct nsh_parser_s *p)
{
  struct nsh_node_s *node;
  size_t begin;

  if (!parse_is_compound(p))
    {
      return parse_simple(p);
    }

  if (parse_is_closer(p) || parse_is(p, "!"))
    {
      return parse_unexpected(p, NULL, NULL, 0);
    }

  if (p->depth >= NSH_MAXDEPTH)
    {
      nsh_syntax(p, p->line, "nesting too deep, more than %d levels",
                 NSH_MAXDEPTH);
      return NULL;
    }

  begin = p->begin;
  p->depth++;
  node = parse_compound(p);
  p->depth--;
  if (node == NULL || !parse_redirs(p, node))
    {
      return NULL;
    }

  if (nsh_peek(p) == T_WORD && !parse_is_closer(p))
    {
      return parse_unexpected(p, NULL, NULL, 0);
    }

  if (node->kind != NSH_SUBSHELL)
    {
      node->text = parse_source(p, begin);
    }

  return node;
}

/* Lists */

static struct nsh_node_s *parse_pipeline(struct nsh_parser_s *p)
{
  struct nsh_node_s *node = parse_node(p, NSH_PIPELINE);
  struct nsh_node_s **last = &node->kids;
  bool negated = false;

  while (parse_accept(p, "!"))
    {
      node->negate = !node->negate;
      negated = true;
    }

  for (; ; )
    {
      struct nsh_node_s *kid = parse_command(p);

      if (kid == NULL)
        {
          return NULL;
        }

      *last = kid;
      last = &kid->next;
      if (nsh_peek(p) != T_PIPE)
        {
          break;
        }

      nsh_take(p);
      parse_newlines(p);
    }

  return node->kids->next == NULL && !negated ? node->kids : node;
}

static struct nsh_node_s *parse_andor(struct nsh_parser_s *p)
{
  struct nsh_node_s *node = parse_node(p, NSH_ANDOR);
  struct nsh_node_s **last = &node->kids;
  enum nsh_token_e token;
  size_t begin;

  nsh_peek(p);
  begin = p->begin;
  token = T_EOF;
  do
    {
      struct nsh_node_s *kid;

      if (token != T_EOF)
        {
          nsh_take(p);
          parse_newlines(p);
        }

      kid = parse_pipeline(p);
      if (kid == NULL)
        {
          return NULL;
        }

      kid->link = token == T_EOF ? NSH_FIRST :
                  token == T_AND ? NSH_AND : NSH_OR;
      *last = kid;
      last = &kid->next;
      token = nsh_peek(p);
    }
  while (token == T_AND || token == T_OR);

  node->background = token == T_AMPERSAND;
  if (node->background)
    {
      node->text = parse_source(p, begin);
    }

  return node->kids->next == NULL && !node->background ? node->kids : node;
}

/* The list up to what cannot belong to it, which stays; NULL when it is
 * empty, or after an error.
 */

static struct nsh_node_s *parse_list(struct nsh_parser_s *p, bool lines)
{
  struct nsh_node_s *list = NULL;
  struct nsh_node_s **last = &list;

  for (; ; )
    {
      enum nsh_token_e token;

      if (lines)
        {
          parse_newlines(p);
        }

      token = nsh_peek(p);
      if (token == T_EOF || token == T_NEWLINE || token == T_CLOSE ||
          token == T_BROKEN || (list != NULL && parse_is_closer(p)))
        {
          break;
        }

      *last = parse_andor(p);
      if (*last == NULL)
        {
          return NULL;
        }

      last = &(*last)->next;
      token = nsh_peek(p);
      if (token == T_SEMICOLON || token == T_AMPERSAND)
        {
          nsh_take(p);
        }
      else if (token != T_NEWLINE || !lines)
        {
          break;
        }
    }

  return p->error == NULL ? list : NULL;
}

/* For the lexer */

bool nsh_parse_nested(struct nsh_parser_s *p, unsigned long line)
{
  if (p->depth >= NSH_MAXDEPTH)
    {
      return nsh_syntax(p, p->line, "nesting too deep, more than %d levels",
                        NSH_MAXDEPTH);
    }

  /* The lexer is between two tokens of its caller: none is looked at */

  p->depth++;
  p->peeked = false;
  parse_list(p, true);
  p->depth--;
  if (p->error != NULL)
    {
      return false;
    }

  if (nsh_peek(p) != T_CLOSE)
    {
      parse_unexpected(p, ")", "$(", line);
      return false;
    }

  p->peeked = false;
  return true;
}

bool nsh_parse_check(struct nsh_parser_s *p, const char *text,
                     unsigned long line)
{
  struct nsh_input_s in;
  struct nsh_parser_s inner =
  {
    .in = &in,
    .arena = p->arena,
    .depth = p->depth + 1
  };

  if (p->depth >= NSH_MAXDEPTH)
    {
      return nsh_syntax(p, p->line, "nesting too deep, more than %d levels",
                        NSH_MAXDEPTH);
    }

  nsh_input_string(&in, p->in->sh, p->in->name, text);
  in.line = line - 1;
  inner.line = line;
  parse_list(&inner, true);
  if (inner.error == NULL && nsh_peek(&inner) != T_EOF)
    {
      parse_unexpected(&inner, NULL, NULL, 0);
    }

  nsh_buf_free(&inner.src);
  return inner.error == NULL ||
         nsh_syntax(p, inner.errline, "%s, within `...`", inner.error);
}

/* Tells of the error as far as possible where it is. */

static void parse_tell(struct nsh_parser_s *p)
{
  if (p->in->name == NULL)
    {
      nsh_error("syntax error: %s", p->error);
    }
  else
    {
      nsh_error("%s: line %lu: syntax error: %s", p->in->name, p->errline,
                p->error);
    }
}

enum nsh_line_e nsh_parse(struct nsh_input_s *in, struct nsh_arena_s *arena,
                          struct nsh_node_s **tree)
{
  struct nsh_parser_s p =
  {
    .in = in,
    .arena = arena,
    .line = in->line
  };

  enum nsh_line_e result = NSH_LINE;
  enum nsh_token_e token;

  if (in->name == NULL)
    {
      in->line = 0;                    /* One counts what was just typed */
    }

  *tree = parse_list(&p, false);
  token = nsh_peek(&p);
  if (p.error == NULL && token != T_NEWLINE && token != T_EOF)
    {
      parse_unexpected(&p, NULL, NULL, 0);
    }

  if (p.ended == NSH_CANCEL || p.ended == NSH_ERROR)
    {
      result = p.ended;
    }
  else if (p.error != NULL)
    {
      parse_tell(&p);
      in->sh->status = NSH_SYNTAX;
      result = NSH_ERROR;
    }
  else if (token == T_EOF && *tree == NULL)
    {
      result = NSH_EOF;
    }

  nsh_buf_free(&p.src);
  return result;
}
