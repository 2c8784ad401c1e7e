/* include/nshlib/nshlib.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The shell for those who start it, and for those who add commands to it.
 *
 * A command runs inside the shell's own task; it is for what must change the
 * shell, or is too small to be a program.  Programs are builtin applications
 * (see nshlib/builtin.h).  Documentation/applications/nsh.md describes the
 * language and the commands.
 */

#ifndef __INCLUDE_NSHLIB_NSHLIB_H
#define __INCLUDE_NSHLIB_NSHLIB_H

#define NSH_MAXARGS 0x7fffffff         /* "maximum" of a command: no limit */

struct nsh_s;

/* A command prints to stdout and stderr and returns its exit status.  The
 * shell checks the number of words, the name included, before it calls.
 * What names and texts point to must outlive the shell.
 */

typedef int (*nsh_run_t)(struct nsh_s *sh, int argc, char **argv);

struct nsh_command_s
{
  const char *name;
  nsh_run_t run;
  int minimum;
  int maximum;
  const char *arguments;               /* "[-l] [<path>]", or NULL */
  const char *purpose;                 /* One line for "help <name>" */
  struct nsh_command_s *next;          /* Of the shell */
};

/* Adds a command; one of the same name that was there before is hidden. */

void nsh_command_register(struct nsh_command_s *command);

/* Takes all added commands away again, for a kernel that starts anew. */

void nsh_command_reset(void);

/* The shell as a program.  Returns the last status, and has freed all. */

int nsh_main(int argc, char **argv);

#endif /* __INCLUDE_NSHLIB_NSHLIB_H */
