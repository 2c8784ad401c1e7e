/* fs/tty_line.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The line discipline: see tty.h.
 */

#include "tty.h"

#include <string.h>
#include <unistd.h>

#include <nuttx/kmalloc.h>
#include <nuttx/nuttx.h>

#define CTRL_MASK 0x1f
#define DELETE    0x7f

static bool lflag(FAR const struct tty_line_s *line, tcflag_t flag)
{
  return (line->modes.c_lflag & flag) != 0;
}

/* Is this the control character of that index?  Zero disables one. */

static bool is_cc(FAR const struct tty_line_s *line, int index, uint8_t c)
{
  return line->modes.c_cc[index] == c && c != _POSIX_VDISABLE;
}

void tty_line_init(FAR struct tty_line_s *line)
{
  memset(line, 0, sizeof(*line));

  /* What a terminal usually has, until its own modes are known */

  line->modes.c_iflag       = ICRNL;
  line->modes.c_oflag       = OPOST | ONLCR;
  line->modes.c_lflag       = ICANON | ECHO | ECHOE | ECHOK | ECHOCTL |
                              ECHOKE | ISIG | IEXTEN;
  line->modes.c_cc[VINTR]   = 'C' & CTRL_MASK;
  line->modes.c_cc[VEOF]    = 'D' & CTRL_MASK;
  line->modes.c_cc[VKILL]   = 'U' & CTRL_MASK;
  line->modes.c_cc[VWERASE] = 'W' & CTRL_MASK;
  line->modes.c_cc[VLNEXT]  = 'V' & CTRL_MASK;
  line->modes.c_cc[VREPRINT] = 'R' & CTRL_MASK;
  line->modes.c_cc[VERASE]  = DELETE;
  line->modes.c_cc[VMIN]    = 1;
}

void tty_line_free(FAR struct tty_line_s *line)
{
  kmm_free(line->text);
  kmm_free(line->line);
  line->text = NULL;
  line->line = NULL;
}

void tty_line_flush(FAR struct tty_line_s *line)
{
  line->len     = 0;
  line->nlines  = 0;
  line->edit    = 0;
  line->literal = false;
}

/* Storing */

static bool append(FAR struct tty_line_s *line, uint8_t c)
{
  if (line->len == line->size)
    {
      size_t size = MAX(line->size * 2, 256);
      FAR uint8_t *text = kmm_realloc(line->text, size);

      if (text == NULL)
        {
          line->nlost++;
          return false;
        }

      line->text = text;
      line->size = size;
    }

  line->text[line->len++] = c;
  return true;
}

/* What is being edited becomes a line */

static void end_line(FAR struct tty_line_s *line)
{
  if (line->nlines == line->maxlines)
    {
      size_t max = MAX(line->maxlines * 2, 16);
      FAR size_t *lines = kmm_realloc(line->line, max * sizeof(*lines));

      if (lines == NULL)
        {
          line->nlost += line->len - line->edit;
          line->len    = line->edit;
          return;
        }

      line->line     = lines;
      line->maxlines = max;
    }

  line->line[line->nlines++] = line->len - line->edit;
  line->edit = line->len;
}

/* Echo */

static void echo(FAR struct tty_line_s *line, FAR const char *text,
                 size_t len)
{
  line->echo(text, len);
}

static bool is_control(uint8_t c)
{
  return c < ' ' || c == DELETE;
}

static void echo_char(FAR struct tty_line_s *line, uint8_t c)
{
  char text[2];

  if (is_control(c) && c != '\t' && c != '\n' && lflag(line, ECHOCTL))
    {
      text[0] = '^';
      text[1] = c ^ 0x40;
      echo(line, text, 2);
    }
  else
    {
      text[0] = c;
      echo(line, text, 1);
    }
}

static void echo_typed(FAR struct tty_line_s *line, uint8_t c)
{
  if (lflag(line, ECHO) || (c == '\n' && lflag(line, ECHONL) &&
                            lflag(line, ICANON)))
    {
      echo_char(line, c);
    }
}

/* Show the edited line again, on a fresh one */

static void reprint(FAR struct tty_line_s *line)
{
  size_t i;

  echo_char(line, '\n');
  for (i = line->edit; i < line->len; i++)
    {
      echo_char(line, line->text[i]);
    }
}

/* Editing */

/* A byte that continues a character which is already on the screen */

static bool is_continuation(FAR const struct tty_line_s *line, uint8_t c)
{
  return (line->modes.c_iflag & IUTF8) != 0 && (c & 0xc0) == 0x80;
}

/* Remove the last character; false if there is none.  Its bytes of UTF-8 are
 * one column, a control character is two.  How far a tab went depends on
 * what stood before the line, so its line is shown again.
 */

static bool erase(FAR struct tty_line_s *line)
{
  uint8_t c;

  if (line->len == line->edit)
    {
      return false;
    }

  do
    {
      c = line->text[--line->len];
    }
  while (is_continuation(line, c) && line->len > line->edit);

  if (!lflag(line, ECHO))
    {
      return true;
    }

  if (!lflag(line, ECHOE))
    {
      echo_char(line, line->modes.c_cc[VERASE]);
    }
  else if (c == '\t')
    {
      reprint(line);
    }
  else if (is_control(c))
    {
      echo(line, "\b \b\b \b", lflag(line, ECHOCTL) ? 6 : 0);
    }
  else
    {
      echo(line, "\b \b", 3);
    }

  return true;
}

static void erase_line(FAR struct tty_line_s *line)
{
  if (lflag(line, ECHO) && !(lflag(line, ECHOKE) && lflag(line, ECHOE)))
    {
      line->len = line->edit;
      echo_char(line, line->modes.c_cc[VKILL]);
      if (lflag(line, ECHOK))
        {
          echo_char(line, '\n');
        }
    }

  while (erase(line))
    {
    }
}

static bool last_is_blank(FAR const struct tty_line_s *line)
{
  return line->text[line->len - 1] == ' ' ||
         line->text[line->len - 1] == '\t';
}

static void erase_word(FAR struct tty_line_s *line)
{
  while (line->len > line->edit && last_is_blank(line))
    {
      erase(line);
    }

  while (line->len > line->edit && !last_is_blank(line))
    {
      erase(line);
    }
}

/* A character for the line itself */

static void insert(FAR struct tty_line_s *line, uint8_t c)
{
  if (line->len - line->edit >= TTY_LINE_MAX)
    {
      echo(line, "\a", 1);
    }
  else if (append(line, c))
    {
      echo_typed(line, c);
    }
}

/* The characters that edit; true if c was one of them */

static bool edited(FAR struct tty_line_s *line, uint8_t c)
{
  bool extended = lflag(line, IEXTEN);

  if (is_cc(line, VERASE, c))
    {
      erase(line);
    }
  else if (is_cc(line, VKILL, c))
    {
      erase_line(line);
    }
  else if (extended && is_cc(line, VWERASE, c))
    {
      erase_word(line);
    }
  else if (extended && is_cc(line, VREPRINT, c))
    {
      reprint(line);
    }
  else if (extended && is_cc(line, VLNEXT, c))
    {
      line->literal = true;
    }
  else
    {
      return false;
    }

  return true;
}

static void input_cooked(FAR struct tty_line_s *line, uint8_t c)
{
  if (line->literal)
    {
      line->literal = false;
      insert(line, c);
    }
  else if (edited(line, c))
    {
    }
  else if (is_cc(line, VEOF, c))
    {
      end_line(line);
    }
  else if (c == '\n' || is_cc(line, VEOL, c) || is_cc(line, VEOL2, c))
    {
      if (append(line, c))
        {
          echo_typed(line, c);
          end_line(line);
        }
    }
  else
    {
      insert(line, c);
    }
}

static void input_char(FAR struct tty_line_s *line, uint8_t c)
{
  tcflag_t iflag = line->modes.c_iflag;

  if (!line->literal)
    {
      if (lflag(line, ISIG) && is_cc(line, VINTR, c))
        {
          line->interrupt();
          return;
        }

      if (c == '\r' && (iflag & IGNCR) != 0)
        {
          return;
        }

      c = (iflag & ISTRIP) != 0 ? c & 0x7f : c;
      c = c == '\r' && (iflag & ICRNL) != 0 ? '\n' :
          c == '\n' && (iflag & INLCR) != 0 ? '\r' : c;
    }

  if (lflag(line, ICANON))
    {
      input_cooked(line, c);
    }
  else if (append(line, c))
    {
      echo_typed(line, c);
    }
}

void tty_line_input(FAR struct tty_line_s *line, FAR const uint8_t *data,
                    size_t len)
{
  size_t i;

  for (i = 0; i < len; i++)
    {
      input_char(line, data[i]);
    }
}

/* Reading */

bool tty_line_readable(FAR const struct tty_line_s *line)
{
  return lflag(line, ICANON) ? line->nlines > 0 : line->len > 0;
}

size_t tty_line_avail(FAR const struct tty_line_s *line)
{
  return !lflag(line, ICANON) ? line->len :
         line->nlines > 0 ? line->line[0] : 0;
}

size_t tty_line_take(FAR struct tty_line_s *line, FAR char *buf, size_t len)
{
  size_t n = MIN(len, tty_line_avail(line));

  if (n > 0)
    {
      memcpy(buf, line->text, n);
      line->len -= n;
      memmove(line->text, line->text + n, line->len);
    }

  if (lflag(line, ICANON) && line->nlines > 0)
    {
      line->edit    -= n;
      line->line[0] -= n;
      if (line->line[0] == 0)
        {
          line->nlines--;
          memmove(line->line, line->line + 1,
                  line->nlines * sizeof(*line->line));
        }
    }

  return n;
}

/* From raw to cooked, what was typed ahead is typed again; the other way, it
 * is all there to be read.
 */

void tty_line_setmodes(FAR struct tty_line_s *line,
                       FAR const struct termios *modes)
{
  bool wascooked = lflag(line, ICANON);
  FAR uint8_t *text = line->text;
  size_t len = line->len;

  line->modes = *modes;

  if (wascooked && !lflag(line, ICANON))
    {
      line->nlines  = 0;
      line->edit    = 0;
      line->literal = false;
    }
  else if (!wascooked && lflag(line, ICANON) && len > 0)
    {
      line->text = NULL;
      line->size = 0;
      tty_line_flush(line);
      tty_line_input(line, text, len);
      kmm_free(text);
    }
}
