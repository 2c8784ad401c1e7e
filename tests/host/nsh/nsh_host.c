/* tests/host/nsh/nsh_host.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The shell as a Linux program.
 */

#include <nshlib/nshlib.h>

int main(int argc, char **argv)
{
  return nsh_main(argc, argv);
}
