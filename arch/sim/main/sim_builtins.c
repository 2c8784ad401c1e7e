/* arch/sim/main/sim_builtins.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The applications that are linked into the kernel, for the shell.
 */

#include <nuttx/nuttx.h>

#include <nshlib/builtin.h>

int netdev_main(int argc, char *argv[]);
int ostest_main(int argc, char *argv[]);
int sh_main(int argc, char *argv[]);

const struct builtin_s g_builtins[] =
{
  { "netdev", 0, 0, netdev_main },
  { "nsh", 0, 0, sh_main },
  { "ostest", 0, 0, ostest_main },
};

const int g_builtin_count = nitems(g_builtins);
