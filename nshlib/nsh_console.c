/* nshlib/nsh_console.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A person at a terminal: prompts, terminal modes, history.
 *
 * While a line is edited the terminal is raw, and Ctrl-C is a character;
 * while commands run it is as they expect it, and Ctrl-C is a signal.  The
 * history is kept in memory, and in the file that HISTFILE names, if any.
 */

#include <sys/ioctl.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "nsh.h"
#include "nsh_port.h"
#include "nsh_readline.h"

#define PROMPT      "nsh> "
#define PROMPT_MORE "> "

struct nsh_console_s
{
  struct nsh_s *sh;
  struct nsh_readline_s *readline;     /* NULL: lines are not edited */
  struct termios cooked;
  bool modes;                          /* cooked is known */
  int history;                         /* Descriptor of the file, or -1 */
};

/* For the editor */

/* One at a time: what is typed ahead of a command's end may be for it. */

static int console_getbyte(void *arg)
{
  struct nsh_console_s *console = arg;
  unsigned char byte;
  ssize_t n;

  do
    {
      n = read(0, &byte, 1);
    }
  while (n < 0 && errno == EINTR && !nsh_interrupted(console->sh));

  return n > 0 ? byte : n < 0 && errno == EINTR ? -2 : -1;
}

static bool console_write(void *arg, const char *data, size_t len)
{
  (void)arg;
  return nsh_write(1, data, len);
}

/* Modes and size */

static void console_raw(struct nsh_console_s *console)
{
  struct termios raw = console->cooked;

  if (console->modes)
    {
      raw.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | IXON);
      raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG | IEXTEN);
      raw.c_cc[VMIN] = 1;
      raw.c_cc[VTIME] = 0;
      tcsetattr(0, TCSADRAIN, &raw);
    }
}

static void console_cooked(struct nsh_console_s *console)
{
  if (console->modes)
    {
      tcsetattr(0, TCSADRAIN, &console->cooked);
    }
}

static void console_size(int *rows, int *columns)
{
  struct winsize size;

  *rows = 24;
  *columns = 80;
  if (ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
    {
      *rows = size.ws_row;
      *columns = size.ws_col;
    }
}

/* History */

static void history_load(struct nsh_console_s *console, const char *path)
{
  struct nsh_input_s in;
  struct nsh_buf_s line =
  {
    NULL, 0, 0
  };

  console->history = nsh_open(path, O_RDWR | O_CREAT | O_APPEND);
  if (console->history < 0)
    {
      nsh_failed("HISTFILE", "open", path, errno);
      return;
    }

  nsh_input_fd(&in, console->sh, path, console->history);
  while (in.getline(&in, &line, false) == NSH_LINE)
    {
      line.text[line.len - 1] = '\0';
      nsh_readline_remember(console->readline, line.text);
      nsh_buf_clear(&line);
    }

  nsh_input_free(&in);
  nsh_buf_free(&line);
}

/* A line that is blank is not worth it. */

static void history_add(struct nsh_console_s *console, const char *line,
                        size_t len)
{
  struct nsh_arena_s arena =
  {
    NULL
  };

  char *text;

  if (strspn(line, NSH_BLANKS) >= len)
    {
      return;
    }

  text = nsh_text(&arena, line, len + 1);
  text[len] = '\0';
  nsh_readline_remember(console->readline, text);
  text[len] = '\n';
  if (console->history >= 0 && !nsh_write(console->history, text, len + 1))
    {
      nsh_failed("HISTFILE", "write", NULL, errno);
      close(console->history);
      console->history = -1;
    }

  nsh_arena_free(&arena);
}

/* Opening and closing */

void nsh_console_open(struct nsh_s *sh)
{
  struct nsh_console_s *console = nsh_malloc(sizeof(*console));
  struct nsh_readline_io_s io =
  {
    console_getbyte, console_write, console
  };

  const char *terminal = nsh_getvar(sh, "TERM");
  const char *path = nsh_getvar(sh, "HISTFILE");

  memset(console, 0, sizeof(*console));
  console->sh = sh;
  console->history = -1;
  console->modes = tcgetattr(0, &console->cooked) == 0;
  if (console->modes)
    {
      console->readline = nsh_readline_open(&io, terminal == NULL ? "dumb" :
                                                 terminal);
    }

  if (console->readline != NULL && path != NULL && *path != '\0')
    {
      history_load(console, path);
    }

  sh->console = console;
}

/* Nothing happens where no console was opened. */

void nsh_console_close(struct nsh_s *sh)
{
  struct nsh_console_s *console = sh->console;

  if (console == NULL)
    {
      return;
    }

  if (console->readline != NULL)
    {
      nsh_readline_close(console->readline);
    }

  if (console->history >= 0)
    {
      close(console->history);
    }

  nsh_free(console);
  sh->console = NULL;
}

/* For a shell that was killed: its descriptors are gone already, and these
 * numbers may be somebody else's.
 */

void nsh_console_abandon(struct nsh_s *sh)
{
  if (sh->console != NULL && sh->console->readline != NULL)
    {
      nsh_readline_close(sh->console->readline);
    }
}

/* Lines */

/* Without an editor: what the terminal has when a line is complete. */

static enum nsh_line_e console_plain(struct nsh_console_s *console,
                                     const char *prompt,
                                     struct nsh_buf_s *line)
{
  bool some = false;
  int c;

  nsh_write(1, prompt, strlen(prompt));
  while ((c = console_getbyte(console)) >= 0)
    {
      nsh_buf_putc(line, (char)c);
      some = true;
      if (c == '\n')
        {
          return NSH_LINE;
        }
    }

  if (c == -1 && some)
    {
      nsh_buf_putc(line, '\n');
    }

  return c == -2 ? NSH_CANCEL : some ? NSH_LINE : NSH_EOF;
}

static enum nsh_line_e console_edited(struct nsh_console_s *console,
                                      const char *prompt,
                                      struct nsh_buf_s *line)
{
  const char *text;
  size_t len;
  int rows;
  int columns;
  enum nsh_readline_e result;

  console_size(&rows, &columns);
  console_raw(console);
  result = nsh_readline(console->readline, prompt, rows, columns, &text,
                        &len);
  console_cooked(console);
  if (result == NSH_READLINE_LINE)
    {
      nsh_buf_add(line, text, len);
      nsh_buf_putc(line, '\n');
      history_add(console, text, len);
    }

  return result == NSH_READLINE_LINE ? NSH_LINE :
         result == NSH_READLINE_CANCEL ? NSH_CANCEL : NSH_EOF;
}

enum nsh_line_e nsh_console_getline(struct nsh_input_s *in,
                                    struct nsh_buf_s *line, bool more)
{
  struct nsh_console_s *console = in->sh->console;
  const char *prompt = more ? PROMPT_MORE : PROMPT;
  enum nsh_line_e result;

  fflush(stdout);
  nsh_jobs_reap(in->sh);
  nsh_port_foreground(in->sh->pid);
  result = console->readline == NULL ?
           console_plain(console, prompt, line) :
           console_edited(console, prompt, line);
  in->line += result == NSH_LINE;
  if (result == NSH_EOF)
    {
      nsh_write(1, "\n", 1);
    }

  return result;
}
