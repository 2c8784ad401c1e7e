/* fs/tty.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The line discipline: what becomes of the bytes that somebody types.  It
 * knows nothing of devices: bytes go in at tty_line_input(), their echo goes
 * to a callback, and what a program may read is taken out.
 *
 * text holds what nobody has read: first "nlines" complete lines, each as
 * long as its entry of "line" says, then the line that is being edited.
 * Without ICANON there are no lines, and all of text can be read.
 */

#ifndef __FS_TTY_H
#define __FS_TTY_H

#include <nuttx/config.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

#include <nuttx/compiler.h>

struct tty_line_s
{
  struct termios modes;
  FAR uint8_t *text;
  size_t len;
  size_t size;
  FAR size_t *line;
  size_t nlines;
  size_t maxlines;
  size_t edit;                   /* Where the edited line begins in text */
  bool literal;                  /* VLNEXT was typed */
  unsigned long nlost;           /* Bytes that there was no memory for */

  CODE void (*echo)(FAR const char *text, size_t len);
  CODE void (*interrupt)(void);  /* VINTR came as a byte */
};

/* The longest line that can be edited; more rings the bell.  And as much may
 * wait unread before the terminal is not asked for more.
 */

#define TTY_LINE_MAX 65536

void tty_line_init(FAR struct tty_line_s *line);
void tty_line_free(FAR struct tty_line_s *line);
void tty_line_input(FAR struct tty_line_s *line, FAR const uint8_t *data,
                    size_t len);

/* Bytes that can be read now; a line that is empty (^D) counts as readable
 * though it has none.
 */

bool tty_line_readable(FAR const struct tty_line_s *line);
size_t tty_line_avail(FAR const struct tty_line_s *line);
size_t tty_line_take(FAR struct tty_line_s *line, FAR char *buf, size_t len);

/* Forget what nobody has read */

void tty_line_flush(FAR struct tty_line_s *line);

/* New modes: what was typed before and not read is looked at anew */

void tty_line_setmodes(FAR struct tty_line_s *line,
                       FAR const struct termios *modes);

#endif /* __FS_TTY_H */
