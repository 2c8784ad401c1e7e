/* tests/host/fuzz/fuzz_nsh.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The parser of the shell.  Whatever the text, it ends with a tree or with
 * one message and the status of a syntax error, and gives back all memory.
 * Nothing is run.
 */

#ifndef _GNU_SOURCE
#  define _GNU_SOURCE
#endif

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nsh.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum nsh_line_e parse_line(struct nsh_input_s *in)
{
  struct nsh_arena_s arena =
  {
    NULL
  };

  struct nsh_node_s *tree;
  enum nsh_line_e result = nsh_parse(in, &arena, &tree);

  nsh_arena_free(&arena);
  return result;
}

/* What is wrong is told on standard error, of which there is too much */

static void quiet(bool on)
{
  static int saved = -1;
  int null;

  if (on)
    {
      saved = dup(2);
      null  = open("/dev/null", O_WRONLY);
      dup2(null, 2);
      close(null);
    }
  else
    {
      dup2(saved, 2);
      close(saved);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static struct nsh_s sh;
  struct nsh_input_s in;
  enum nsh_line_e result;
  char *text = malloc(size + 1);

  memcpy(text, data, size);
  text[size] = '\0';
  sh.status = 0;
  quiet(true);
  nsh_input_string(&in, &sh, "fuzz", text);
  do
    {
      result = parse_line(&in);
    }
  while (result == NSH_LINE);

  nsh_input_free(&in);
  quiet(false);
  free(text);
  if (sh.status != (result == NSH_ERROR ? NSH_SYNTAX : 0) ||
      nsh_memory()->next != nsh_memory())
    {
      abort();
    }

  return 0;
}
