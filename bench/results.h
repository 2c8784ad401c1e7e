/* bench/results.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Named numbers, written as one flat JSON object.  Each benchmark program
 * writes a fragment; bench_report.c joins the fragments.
 */

#ifndef BENCH_RESULTS_H
#define BENCH_RESULTS_H

#include <stdbool.h>

#include <cjson/cJSON.h>

struct results_s
{
  cJSON *root;
};

/* Ends the program when out of memory, as do the others. */

void results_init(struct results_s *results);
void results_fini(struct results_s *results);

/* The name is a printf format.  A name given again replaces its number. */

void results_add(struct results_s *results, double value,
                 const char *format, ...)
  __attribute__((format(printf, 3, 4)));

/* The number of that name; false if there is none. */

bool results_get(const struct results_s *results, double *value,
                 const char *format, ...)
  __attribute__((format(printf, 3, 4)));

/* Take in DIR/NAME.json; false if the file cannot be read as a fragment. */

bool results_read(struct results_s *results, const char *dir,
                  const char *name);

/* Write DIR/NAME.json.  False, with one line on stderr, if it cannot be. */

bool results_write(const struct results_s *results, const char *dir,
                   const char *name);

#endif /* BENCH_RESULTS_H */
