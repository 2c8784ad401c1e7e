/* bench/options.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the command lines of the benchmark programs have in common: flags
 * with and without a value, --help, and one clear line with status 2 for
 * anything else.
 */

#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* One of the three targets is set; a list of options ends with a NULL name.
 * Numbers must lie in 1..max.
 */

struct option_s
{
  const char *name;                     /* With the dashes */
  bool *flag;
  const char **text;
  uint32_t *number;
  uint32_t max;
};

/* Parse all arguments.  --help prints `usage` and exits 0; a mistake prints
 * one line and exits 2.
 */

void options_parse(int argc, char **argv, const char *usage,
                   const struct option_s *options);

/* "prog: message (try --help)" on stderr, exit status 2. */

void options_fail(const char *prog, const char *format, ...)
  __attribute__((format(printf, 2, 3), noreturn));

/* Seconds since an arbitrary start. */

double options_seconds(void);

/* A progress line on stderr: at most one a second, and none during the first
 * two seconds.  options_progress_end() removes what a terminal still shows.
 */

void options_progress(const char *what, uint32_t done, uint32_t total);
void options_progress_end(void);

#endif /* BENCH_OPTIONS_H */
