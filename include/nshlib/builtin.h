/* include/nshlib/builtin.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Builtin applications: programs with a main() that are linked into the
 * image and that nsh starts by name, each as a task of its own.  Whoever
 * links the image defines the table.
 */

#ifndef __INCLUDE_NSHLIB_BUILTIN_H
#define __INCLUDE_NSHLIB_BUILTIN_H

struct builtin_s
{
  const char *name;
  int priority;                        /* 0: that of the shell */
  int stacksize;                       /* Bytes; 0: the usual size */
  int (*main)(int argc, char **argv);
};

extern const struct builtin_s g_builtins[];
extern const int g_builtin_count;

#endif /* __INCLUDE_NSHLIB_BUILTIN_H */
