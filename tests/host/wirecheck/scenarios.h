/* tests/host/wirecheck/scenarios.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Captures by name: those in order, and those with one thing wrong.
 */

#ifndef __TESTS_HOST_WIRECHECK_SCENARIOS_H
#define __TESTS_HOST_WIRECHECK_SCENARIOS_H

#include "capgen.h"

/* How it is captured and checked */

#define SC_NEAR    1                 /* Next to both hosts */
#define SC_TWO     2                 /* Two captures */
#define SC_RAW     4                 /* Without Ethernet */
#define SC_OFFLOAD 8
#define SC_MTU     16                /* --mtu 1500 */

struct scenario_s
{
  const char *name;
  void (*make)(struct cg_s *g);
  unsigned int how;
  const char *rule;                  /* NULL: in order */
};

extern const struct scenario_s g_clean[];
extern const struct scenario_s g_faults[];

#endif /* __TESTS_HOST_WIRECHECK_SCENARIOS_H */
