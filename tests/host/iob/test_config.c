/* tests/host/iob/test_config.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the configuration promises and the compiler can see.  Goal: a wrong
 * default or a wrong range is found before any other test is looked at.
 * Method: constants only, in every configuration.
 */

#include <nuttx/config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <nuttx/mm/iob.h>

static int is_power_of_two(unsigned long value)
{
  return value != 0 && (value & (value - 1)) == 0;
}

/* Alignment is a power of two; no granule is smaller. */

static void test_alignment(void **state)
{
  (void)state;
  assert_true(is_power_of_two(CONFIG_IOB_ALIGNMENT));
#ifdef CONFIG_IOB_SHARED
  assert_true(is_power_of_two(CONFIG_IOB_GRANULE));
  assert_true(CONFIG_IOB_ALIGNMENT <= CONFIG_IOB_GRANULE);
#endif
}

/* The throttle leaves something to everyone else. */

static void test_throttle(void **state)
{
  (void)state;
  assert_true(CONFIG_IOB_THROTTLE < CONFIG_IOB_NBUFFERS);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_alignment),
    cmocka_unit_test(test_throttle),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
