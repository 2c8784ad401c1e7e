/* tests/host/iob/iob_fixture.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of the shared pool begin and end with.  Before each test
 * everything starts from nothing; after it, the invariants hold and the pool
 * is what it was: every granule free or standing, every view back.
 */

#ifndef __TESTS_HOST_IOB_IOB_FIXTURE_H
#define __TESTS_HOST_IOB_IOB_FIXTURE_H

#include <nuttx/config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <cmocka.h>

#include <nuttx/nuttx.h>
#include <nuttx/mm/iob.h>

#include "host_port.h"

/* What the pool was before the test */

static struct iob_info_s g_before;

static int fixture_setup(void **state)
{
  (void)state;
  host_port_reset();
  host_log_level = LOG_CRIT;
  iob_set_report(NULL);
  iob_initialize();
  iob_getinfo(&g_before);
  return 0;
}

static int fixture_teardown(void **state)
{
  struct iob_info_s after;

  (void)state;
  iob_set_report(NULL);
  assert_int_equal(iob_check(), 0);
  iob_getinfo(&after);
  assert_int_equal(after.stats.nfree, g_before.stats.nfree);
  assert_int_equal(after.stats.nthrottle, g_before.stats.nthrottle);
  assert_int_equal(after.stats.nwait, 0);
  assert_int_equal(after.used, 0);
  assert_int_equal(after.views_used, 0);
  return 0;
}

#define FIXTURE_TEST(t) \
  cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)

/* The next number of a seeded sequence */

static inline unsigned int fixture_random(unsigned int *seed)
{
  *seed = *seed * 1664525 + 1013904223;
  return *seed >> 8;
}

/* Byte i of every packet that fixture_packet() makes */

static inline uint8_t fixture_byte(unsigned int i)
{
  return (uint8_t)(i * 7 + i / 251 + 1);
}

/* One iob of len bytes behind head-room */

static inline struct iob_s *fixture_packet(unsigned int headroom,
                                           unsigned int len)
{
  struct iob_s *iob = iob_tryalloc_contig(len, headroom, IOB_CLASS_TX);
  unsigned int i;

  assert_non_null(iob);
  for (i = 0; i < len; i++)
    {
      IOB_DATA(iob)[i] = fixture_byte(i);
    }

  iob->io_len    = len;
  iob->io_pktlen = len;
  return iob;
}

/* The packet holds bytes from..from+len-1 of what fixture_packet() made */

static inline void fixture_verify(struct iob_s *iob, unsigned int from,
                                  unsigned int len)
{
  unsigned int i;

  assert_int_equal(iob->io_pktlen, len);
  assert_int_equal(iob_check_chain(iob), 0);

  for (i = 0; iob != NULL; iob = iob->io_flink)
    {
      unsigned int j;

      for (j = 0; j < iob->io_len; j++, i++)
        {
          assert_int_equal(IOB_DATA(iob)[j], fixture_byte(from + i));
        }
    }

  assert_int_equal(i, len);
}

#endif /* __TESTS_HOST_IOB_IOB_FIXTURE_H */
