/* nshlib/nsh_parse.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Between lexer and parser.
 *
 * The source is one buffer to which lines are added when, and only when, a
 * token is wanted that is not there yet: so a command on a terminal runs as
 * soon as its line is complete.  Positions in the buffer let a node carry
 * its own source text.
 */

#ifndef __NSHLIB_NSH_PARSE_H
#define __NSHLIB_NSH_PARSE_H

#include "nsh.h"

enum nsh_token_e
{
  T_EOF,
  T_NEWLINE,
  T_SEMICOLON,
  T_AMPERSAND,
  T_AND,
  T_OR,
  T_PIPE,
  T_OPEN,                              /* ( */
  T_CLOSE,                             /* ) */
  T_REDIR,
  T_WORD,
  T_BROKEN                             /* An error has been noted */
};

struct nsh_parser_s
{
  struct nsh_input_s *in;
  struct nsh_arena_s *arena;
  struct nsh_buf_s src;
  size_t pos;                          /* The next character */
  enum nsh_line_e ended;               /* Not NSH_LINE: why no more comes */
  unsigned long line;                  /* Of pos */
  int depth;                           /* Of commands within commands */
  char *error;                         /* The first, or NULL */
  unsigned long errline;

  /* The token that was looked at, if any */

  bool peeked;
  enum nsh_token_e token;
  size_t begin;
  size_t end;
  struct nsh_word_s *word;             /* T_WORD */
  enum nsh_redirkind_e redirkind;      /* T_REDIR */
  int redirfd;

  size_t lastend;                      /* Of the token before */
};

/* Looks at the next token; nsh_take() then consumes it. */

enum nsh_token_e nsh_peek(struct nsh_parser_s *p);
void nsh_take(struct nsh_parser_s *p);

/* Notes an error, unless there is one; always false. */

bool nsh_syntax(struct nsh_parser_s *p, unsigned long line,
                const char *format, ...)
  __attribute__((format(printf, 3, 4)));

/* For $(...): a list up to a ")", with the parser at the character after
 * "$(".  Afterwards it is after the ")".  For `...`: the text, unescaped, is
 * correct by itself.  Both false after an error.
 */

bool nsh_parse_nested(struct nsh_parser_s *p, unsigned long line);
bool nsh_parse_check(struct nsh_parser_s *p, const char *text,
                     unsigned long line);

#endif /* __NSHLIB_NSH_PARSE_H */
