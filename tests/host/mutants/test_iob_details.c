/* tests/host/mutants/test_iob_details.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the other tests of the I/O buffers did not notice when it was
 * changed: details that mutants (scripts/mutate) survived in.  Goal: each is
 * as the interface says.  Method: that of tests/host/iob.
 */

#include "iob/iob_fixture.h"
#include "iob.h"

/* A packet that has its length already is left as it is, with an empty
 * buffer at its end that somebody is about to fill.
 */

static void test_the_right_length_changes_nothing(void **state)
{
  struct iob_s *iob = fixture_packet(0, 100);
  struct iob_s *empty = iob_tryalloc_contig(64, 0, IOB_CLASS_TX);

  (void)state;
  assert_non_null(empty);
  iob->io_flink = empty;
  assert_int_equal(iob_update_pktlen(iob, 100, false), 100);
  assert_ptr_equal(iob->io_flink, empty);
  assert_int_equal(iob_update_pktlen(iob, 99, false), 99);
  assert_null(iob->io_flink);
  fixture_verify(iob, 0, 99);
  iob_free_chain(iob);
}

static unsigned int g_reports;

static void count_report(const struct iob_report_s *report)
{
  (void)report;
  g_reports++;
}

/* Memory behind the arena is nobody's, though it is in step with the arena */

static void test_memory_behind_the_arena_is_found(void **state)
{
  struct iob_s *iob = fixture_packet(0, 100);
  uint8_t *right = iob->io_data;

  (void)state;
  iob_set_report(count_report);
  iob->io_data = right + IOB_NUNITS * IOB_GRANULE;
  assert_true(iob_check() > 0);
  iob->io_data = right;
  assert_int_equal(iob_check(), 0);
  assert_true(g_reports > 0);
  fixture_verify(iob, 0, 100);
  iob_free(iob);
}

#if CONFIG_IOB_NMINIMUM > 0
/* The least that everybody may have is there when all else is taken, once:
 * who holds it gets no second one.
 */

static void test_the_least_once(void **state)
{
  struct iob_s *hoard = NULL;
  struct iob_s *first;
  struct iob_s *iob;

  (void)state;
  while ((iob = iob_tryalloc_contig(1, 0, IOB_CLASS_RX)) != NULL)
    {
      iob->io_len   = 1;
      iob->io_flink = hoard;
      hoard         = iob;
    }

  first = iob_alloc_minimum(&hoard, 100, 0, IOB_CLASS_RX, 0);
  assert_non_null(first);
  assert_null(iob_alloc_minimum(&hoard, 100, 0, IOB_CLASS_RX, 0));
  iob_free(first);
  while ((iob = hoard) != NULL)
    {
      hoard          = iob->io_flink;
      iob->io_flink  = NULL;
      iob->io_pktlen = 1;
      iob_free(iob);
    }
}
#endif

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    FIXTURE_TEST(test_the_right_length_changes_nothing),
    FIXTURE_TEST(test_memory_behind_the_arena_is_found),
#if CONFIG_IOB_NMINIMUM > 0
    FIXTURE_TEST(test_the_least_once),
#endif
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
