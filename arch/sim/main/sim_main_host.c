/* arch/sim/main/sim_main_host.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the program asks the host: the seed of a run that is not to be
 * repeated, and what its input is.
 */

#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "sim_main.h"

uint64_t sim_main_entropy(void)
{
  uint64_t seed;

  /* Up to 256 bytes come whole, or not at all before the host has any */

  if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
    {
      abort();
    }

  return seed | 1;
}

int sim_main_terminal(void)
{
  return isatty(STDIN_FILENO);
}
