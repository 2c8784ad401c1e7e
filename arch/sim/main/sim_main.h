/* arch/sim/main/sim_main.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What sim_main.c needs from elsewhere.
 */

#ifndef __ARCH_SIM_MAIN_SIM_MAIN_H
#define __ARCH_SIM_MAIN_SIM_MAIN_H

#include <stdint.h>

/* The shell, an application like others */

int sh_main(int argc, char *argv[]);

/* setenv() of an application */

int posix_setenv(const char *name, const char *value, int overwrite);

/* A number above 0 that nobody can know beforehand */

uint64_t sim_main_entropy(void);

/* Whether the host's standard input is a terminal */

int sim_main_terminal(void);

/* With LeakSanitizer: search for memory that nobody can free any more, and
 * tell of it.  True: there is some.
 */

int sim_main_leaks(void);

#endif /* __ARCH_SIM_MAIN_SIM_MAIN_H */
