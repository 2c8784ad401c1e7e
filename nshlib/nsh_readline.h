/* nshlib/nsh_readline.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A line editor that does no input or output of its own: it asks for bytes
 * and hands out bytes through functions that the caller gives.  So it can
 * be built for the host while the shell around it is bound to the kernel.
 * Only plain C types pass between the two.
 */

#ifndef __NSHLIB_NSH_READLINE_H
#define __NSHLIB_NSH_READLINE_H

#include <stdbool.h>
#include <stddef.h>

struct nsh_readline_s;

struct nsh_readline_io_s
{
  int (*getbyte)(void *arg);           /* -1: end, -2: interrupted */
  bool (*write)(void *arg, const char *data, size_t len);
  void *arg;
};

enum nsh_readline_e
{
  NSH_READLINE_LINE,
  NSH_READLINE_EOF,
  NSH_READLINE_CANCEL
};

/* NULL: lines cannot be edited here.  `terminal` is the value of TERM. */

struct nsh_readline_s *nsh_readline_open(const struct nsh_readline_io_s *io,
                                         const char *terminal);
void nsh_readline_close(struct nsh_readline_s *rl);

/* Edits one line.  *line is valid until the next call; its line end is not
 * part of it.
 */

enum nsh_readline_e nsh_readline(struct nsh_readline_s *rl,
                                 const char *prompt, int rows, int columns,
                                 const char **line, size_t *len);

void nsh_readline_remember(struct nsh_readline_s *rl, const char *line);

#endif /* __NSHLIB_NSH_READLINE_H */
