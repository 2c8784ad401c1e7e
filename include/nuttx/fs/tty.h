/* include/nuttx/fs/tty.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * /dev/console: the terminal, pipe or file that the host gave this process
 * as its standard input and output; /dev/stderr: its standard error.  The
 * first task has the console as descriptors 0 (read only) and 1 (write
 * only), and /dev/stderr as 2.  What the host has is touched when the first
 * of these is used, and left as it was found when the kernel ends.
 *
 * TCGETS, TCSETS, TCSETSW and TCSETSF take the C library's struct termios;
 * they are -ENOTTY for what is no terminal.  TCSETS without a terminal as
 * standard input is -EOPNOTSUPP.  On a terminal ^C interrupts: see below.  A
 * second one which comes before the task has noticed the first ends the
 * kernel with TTY_EXIT_INTR and names the task.
 */

#ifndef __INCLUDE_NUTTX_FS_TTY_H
#define __INCLUDE_NUTTX_FS_TTY_H

#include <nuttx/config.h>

#include <sys/types.h>

#include <nuttx/compiler.h>

/* The status of a kernel that a second ^C has ended */

#define TTY_EXIT_INTR 130

/* The group that ^C ends: a pid, or 0 for none.  With none, ^C discards the
 * line that is being typed, and a read that waits returns -EINTR.  Returns
 * the one it was, or -ESRCH if there is no such task.  A group that is gone
 * counts as none.
 */

pid_t tty_set_foreground(pid_t pid);
pid_t tty_get_foreground(void);

/* Write all that tasks have written to the host, waiting for it if need be;
 * for the end of the kernel, and before something is printed past it.
 */

void tty_flush(void);

#endif /* __INCLUDE_NUTTX_FS_TTY_H */
