/* tests/host/iob/test_random.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Random operations against a model (iob_model.c).  Goal: whatever the order
 * of calls, packets keep their bytes, nobody writes what another can see,
 * every allocation that can succeed does, and nothing is lost.  Method: long
 * runs, and short ones in which everything is compared after each step.
 *
 *   IOB_RANDOM_SEED   of the first run; it is printed, the others follow it
 *   IOB_RANDOM_STEPS  of all runs together
 *   IOB_RANDOM_EVERY  steps between full comparisons in long runs
 *
 * A failure prints the seed of its run: give it as IOB_RANDOM_SEED, with
 * IOB_RANDOM_EVERY=1, and the first run finds the first wrong step.
 */

#include <nuttx/config.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <nuttx/mm/iob.h>

#include "iob_model.h"

/* Steps of all runs of this program.  There are some 30 configurations and
 * variants of it: 10^6 steps in all, and 10^7 in the gate.
 */

#define STEPS       40000
#define GATE        10

#define LONG_RUN    10000
#define SHORT_RUN   400
#define LONG_EVERY  8

void __sanitizer_set_death_callback(void (*callback)(void))
  __attribute__((weak));

static uint64_t g_seed;
static unsigned long g_steps;

/* Each run has a seed of its own; the first has that of the program */

static void run_all(unsigned long steps, unsigned long length, uint64_t seed)
{
  unsigned long n;

  for (; steps > 0; steps -= n)
    {
      n = steps < length ? steps : length;
      if (iob_model_random(seed, n) != 0)
        {
          fail_msg("seed %llu", (unsigned long long)seed);
        }

      seed++;
    }
}

/* Long runs: a full comparison now and then */

static void test_long(void **state)
{
  (void)state;
  iob_model_every = iob_model_option("IOB_RANDOM_EVERY", LONG_EVERY, 1);
  run_all(g_steps - g_steps / 4, LONG_RUN, g_seed);
}

/* Short runs: everything is compared at each step, and is freed often */

static void test_short(void **state)
{
  (void)state;
  iob_model_every = 1;
  run_all(g_steps / 4, SHORT_RUN, g_seed + 1000000);
}

/* A fault that only a sanitizer or the processor sees */

static void crashed(int signo)
{
  iob_model_history();
  signal(signo, SIG_DFL);
  raise(signo);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_long),
    cmocka_unit_test(test_short),
  };

  /* Another sequence for each configuration and word size */

  uint64_t seed = 1 + sizeof(void *) + 100 * sizeof(struct iob_s) +
                  100000 * (uint64_t)CONFIG_IOB_BUFSIZE;

  g_seed  = iob_model_option("IOB_RANDOM_SEED", seed, 1);
  g_steps = iob_model_option("IOB_RANDOM_STEPS", STEPS, GATE);
  printf("IOB_RANDOM_SEED=%llu IOB_RANDOM_STEPS=%lu\n",
         (unsigned long long)g_seed, g_steps);
  fflush(stdout);

  if (__sanitizer_set_death_callback != NULL)
    {
      __sanitizer_set_death_callback(iob_model_history);
    }
  else
    {
      signal(SIGSEGV, crashed);
      signal(SIGBUS, crashed);
      signal(SIGFPE, crashed);
    }

  return cmocka_run_group_tests(tests, NULL, NULL);
}
