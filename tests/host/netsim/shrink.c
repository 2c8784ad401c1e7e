/* tests/host/netsim/shrink.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A failure is made smaller: parts of its plan are left out, one at a time,
 * as long as it still fails in the same way.  First what is large, whole
 * nodes; then elements; then what links and nodes can do; then the bytes that
 * are sent, of which half is tried again and again.  And once more from the
 * beginning, until nothing more can go.
 */

#include <string.h>

#include "netsim.h"

struct shrink_s
{
  const struct plan_s *plan;
  const struct options_s *options;
  struct cut_s cut;
  struct result_s result;            /* Of the smallest */
  uint64_t kind;
  unsigned int tries;
  bool smaller;                      /* In this turn */
};

/* Is it the same failure with this cut?  Then it is the smallest so far */

static bool try(struct shrink_s *shrink, const struct cut_s *cut)
{
  struct result_s result;

  if (g_stop != 0)
    {
      return false;
    }

  shrink->tries++;
  run_once(shrink->plan->seed, cut, shrink->options, &result);
  if (!result.failed || result.kind != shrink->kind || g_stop != 0)
    {
      return false;
    }

  shrink->cut     = *cut;
  shrink->result  = result;
  shrink->smaller = true;
  return true;
}

static void fewer_nodes(struct shrink_s *shrink)
{
  unsigned int i;

  for (i = shrink->plan->router; i < shrink->plan->nnodes; i++)
    {
      struct cut_s cut = shrink->cut;

      cut.node[i] = true;
      if (!shrink->cut.node[i])
        {
          try(shrink, &cut);
        }
    }
}

static void fewer_elements(struct shrink_s *shrink)
{
  unsigned int i;

  for (i = 0; i < shrink->plan->nelements; i++)
    {
      struct cut_s cut = shrink->cut;

      cut.element[i] = true;
      if (!shrink->cut.element[i])
        {
          try(shrink, &cut);
        }
    }
}

static void fewer_properties(struct shrink_s *shrink)
{
  unsigned int i;

  for (i = 0; i < NCUTS; i++)
    {
      struct cut_s cut = shrink->cut;

      cut.properties |= 1u << i;
      if (cut.properties != shrink->cut.properties)
        {
          try(shrink, &cut);
        }
    }
}

static void fewer_bytes(struct shrink_s *shrink)
{
  struct cut_s cut = shrink->cut;

  cut.bytes = cut.bytes == 0 ? 1u << 16 : cut.bytes / 2;
  while (cut.bytes > 0 && try(shrink, &cut))
    {
      cut.bytes /= 2;
    }
}

unsigned int shrink(const struct plan_s *plan, struct cut_s *cut,
                    const struct options_s *options, struct result_s *result)
{
  static struct shrink_s shrink;

  memset(&shrink, 0, sizeof(shrink));
  shrink.plan    = plan;
  shrink.options = options;
  shrink.cut     = *cut;
  shrink.result  = *result;
  shrink.kind    = result->kind;
  do
    {
      shrink.smaller = false;
      fewer_nodes(&shrink);
      fewer_elements(&shrink);
      fewer_properties(&shrink);
      fewer_bytes(&shrink);
    }
  while (shrink.smaller);

  *cut    = shrink.cut;
  *result = shrink.result;
  return shrink.tries;
}
