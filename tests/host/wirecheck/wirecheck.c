/* tests/host/wirecheck/wirecheck.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The program; all of it is in wc_main.c, so that tests can have it, too.
 */

#include <stdio.h>

#include "wirecheck.h"

int main(int argc, char **argv)
{
  int status = wc_main(argc, argv);

  if (fflush(stdout) != 0 && status != WC_WRONG)
    {
      perror("wirecheck: standard output");
      status = WC_WRONG;
    }

  return status;
}
