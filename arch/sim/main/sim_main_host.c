/* arch/sim/main/sim_main_host.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the program asks the host: the seed of a run that is not to be
 * repeated, what its input is, and whether LeakSanitizer finds something,
 * which is asked for and not at the end of the process, when tasks are gone.
 */

#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "sim_main.h"

#ifdef __SANITIZE_ADDRESS__
#  define SIM_LSAN 1
#elif defined(__has_feature)
#  if __has_feature(address_sanitizer)
#    define SIM_LSAN 1
#  endif
#endif

#ifdef SIM_LSAN
#  include <sanitizer/lsan_interface.h>

const char *__lsan_default_options(void)
{
  return "leak_check_at_exit=0";
}

int sim_main_leaks(void)
{
  return __lsan_do_recoverable_leak_check();
}
#else
int sim_main_leaks(void)
{
  return 0;
}
#endif

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
