/* nshlib/nsh_readline.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The line editor: libedit, kept away from everything.
 *
 * libedit wants a terminal of its own to read modes from and to set.  It
 * gets one that nobody uses: a fresh pseudo-terminal, which never sees a
 * byte, and whose size is set to that of the real one.  Its output goes
 * through a stream that calls the shell, and its input is a function of the
 * shell's.  So libedit never touches the shell's descriptors, never blocks,
 * and does not know whether they are the host's or the kernel's.
 *
 * Always built for the host, also within the kernel.  Without libedit (a
 * cross compiler that lacks it) lines are simply not edited.
 */

#ifndef _GNU_SOURCE
#  define _GNU_SOURCE
#endif

#include <stdlib.h>

#include "nsh_readline.h"

#if __has_include(<histedit.h>) && !defined(NSH_NO_EDITOR)

#include <sys/ioctl.h>

#include <fcntl.h>
#include <histedit.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#define REMEMBERED 10000               /* Lines */
#define CTRL_C     3

struct nsh_readline_s
{
  struct nsh_readline_io_s io;
  EditLine *el;
  History *history;
  FILE *in;
  FILE *out;
  int master;                          /* The pseudo-terminal */
  int slave;
  const char *prompt;
  bool cancelled;
};

/* Streams */

static ssize_t stream_write(void *cookie, const char *data, size_t len)
{
  struct nsh_readline_s *rl = cookie;

  return rl->io.write(rl->io.arg, data, len) ? (ssize_t)len : 0;
}

static FILE *stream_open(struct nsh_readline_s *rl, const char *mode)
{
  cookie_io_functions_t functions;

  memset(&functions, 0, sizeof(functions));
  if (*mode == 'w')
    {
      functions.write = stream_write;
    }

  return fopencookie(rl, mode, functions);
}

/* What libedit calls */

/* One character.  With Ctrl-C the line ends here, for libedit as if the input
 * did: a function bound to the key would do, but libedit never frees those.
 */

static int edit_getc(EditLine *el, wchar_t *wide)
{
  struct nsh_readline_s *rl;
  mbstate_t state;

  el_get(el, EL_CLIENTDATA, &rl);
  memset(&state, 0, sizeof(state));
  for (; ; )
    {
      int c = rl->io.getbyte(rl->io.arg);
      char byte = (char)c;
      size_t n;

      if (c == CTRL_C)
        {
          fputs("^C\r\n", rl->out);
        }

      if (c < 0 || c == CTRL_C)
        {
          rl->cancelled |= c != -1;
          return 0;
        }

      n = mbrtowc(wide, &byte, 1, &state);
      if (n == (size_t)-1)
        {
          memset(&state, 0, sizeof(state));    /* No character: skip it */
        }
      else if (n != (size_t)-2)
        {
          return 1;
        }
    }
}

static char *edit_prompt(EditLine *el)
{
  struct nsh_readline_s *rl;

  el_get(el, EL_CLIENTDATA, &rl);
  return (char *)rl->prompt;
}

/* Opening */

static bool open_terminal(struct nsh_readline_s *rl)
{
  char name[64];

  rl->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (rl->master < 0 || grantpt(rl->master) != 0 ||
      unlockpt(rl->master) != 0 ||
      ptsname_r(rl->master, name, sizeof(name)) != 0)
    {
      return false;
    }

  rl->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
  return rl->slave >= 0;
}

static bool open_history(struct nsh_readline_s *rl)
{
  HistEvent event;

  rl->history = history_init();
  return rl->history != NULL &&
         history(rl->history, &event, H_SETSIZE, REMEMBERED) == 0 &&
         history(rl->history, &event, H_SETUNIQUE, 1) == 0;
}

static bool open_editor(struct nsh_readline_s *rl, const char *terminal)
{
  rl->in = stream_open(rl, "r");
  rl->out = stream_open(rl, "w");
  if (rl->in == NULL || rl->out == NULL)
    {
      return false;
    }

  rl->el = el_init_fd("nsh", rl->in, rl->out, rl->out, rl->slave,
                      rl->slave, rl->slave);
  if (rl->el == NULL)
    {
      return false;
    }

  el_set(rl->el, EL_CLIENTDATA, rl);
  el_set(rl->el, EL_SIGNAL, 0);
  el_set(rl->el, EL_TERMINAL, terminal);
  el_set(rl->el, EL_EDITOR, "emacs");
  el_set(rl->el, EL_PROMPT, edit_prompt);
  el_set(rl->el, EL_GETCFN, edit_getc);
  el_set(rl->el, EL_HIST, history, rl->history);
  el_set(rl->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
  el_set(rl->el, EL_BIND, "^W", "ed-delete-prev-word", NULL);
  el_set(rl->el, EL_BIND, "\033[3~", "ed-delete-next-char", NULL);
  el_set(rl->el, EL_BIND, "\033[H", "ed-move-to-beg", NULL);
  el_set(rl->el, EL_BIND, "\033[F", "ed-move-to-end", NULL);
  return true;
}

struct nsh_readline_s *nsh_readline_open(const struct nsh_readline_io_s *io,
                                         const char *terminal)
{
  struct nsh_readline_s *rl = calloc(1, sizeof(*rl));

  if (rl == NULL)
    {
      return NULL;
    }

  setlocale(LC_CTYPE, "C.UTF-8");
  rl->io = *io;
  rl->prompt = "";
  rl->master = rl->slave = -1;
  if (!open_terminal(rl) || !open_history(rl) || !open_editor(rl, terminal))
    {
      nsh_readline_close(rl);
      return NULL;
    }

  return rl;
}

void nsh_readline_close(struct nsh_readline_s *rl)
{
  if (rl->el != NULL)
    {
      el_end(rl->el);
    }

  if (rl->history != NULL)
    {
      history_end(rl->history);
    }

  if (rl->in != NULL)
    {
      fclose(rl->in);
    }

  if (rl->out != NULL)
    {
      fclose(rl->out);
    }

  if (rl->slave >= 0)
    {
      close(rl->slave);
    }

  if (rl->master >= 0)
    {
      close(rl->master);
    }

  free(rl);
}

/* Editing */

static void set_size(struct nsh_readline_s *rl, int rows, int columns)
{
  struct winsize size;
  struct winsize now;

  memset(&size, 0, sizeof(size));
  size.ws_row = (unsigned short)rows;
  size.ws_col = (unsigned short)columns;
  if (ioctl(rl->slave, TIOCGWINSZ, &now) == 0 &&
      (now.ws_row != size.ws_row || now.ws_col != size.ws_col))
    {
      ioctl(rl->slave, TIOCSWINSZ, &size);
      el_resize(rl->el);
    }
}

enum nsh_readline_e nsh_readline(struct nsh_readline_s *rl,
                                 const char *prompt, int rows, int columns,
                                 const char **line, size_t *len)
{
  int count = 0;

  set_size(rl, rows, columns);
  rl->prompt = prompt;
  rl->cancelled = false;
  *line = el_gets(rl->el, &count);
  fflush(rl->out);
  if (rl->cancelled)
    {
      return NSH_READLINE_CANCEL;
    }

  if (*line == NULL || count <= 0)
    {
      return NSH_READLINE_EOF;
    }

  *len = strcspn(*line, "\n");
  return NSH_READLINE_LINE;
}

void nsh_readline_remember(struct nsh_readline_s *rl, const char *line)
{
  HistEvent event;

  history(rl->history, &event, H_ENTER, line);
}

#else /* No libedit */

struct nsh_readline_s *nsh_readline_open(const struct nsh_readline_io_s *io,
                                         const char *terminal)
{
  (void)io;
  (void)terminal;
  return NULL;
}

void nsh_readline_close(struct nsh_readline_s *rl)
{
  (void)rl;
}

enum nsh_readline_e nsh_readline(struct nsh_readline_s *rl,
                                 const char *prompt, int rows, int columns,
                                 const char **line, size_t *len)
{
  (void)rl;
  (void)prompt;
  (void)rows;
  (void)columns;
  (void)line;
  (void)len;
  return NSH_READLINE_EOF;
}

void nsh_readline_remember(struct nsh_readline_s *rl, const char *line)
{
  (void)rl;
  (void)line;
}

#endif
