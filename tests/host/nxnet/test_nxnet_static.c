/* tests/host/nxnet/test_nxnet_static.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * libnxnet.a.  Goal: it is the same library for one node at a time, and says
 * so to one who wants two.  Method: as test_nxnet.c, where the rest is.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <nxnet.h>

static void test_one_after_another(void **state)
{
  struct nxnet_s *node;
  int i;

  (void)state;
  for (i = 0; i < 3; i++)
    {
      struct nxnet_config_s config =
      {
        .seed = (uint64_t)i,
      };

      assert_int_equal(nxnet_create(&config, &node), 0);
      assert_true(nxnet_socket(node, AF_INET, SOCK_STREAM, 0) >= 0);
      assert_int_equal(nxnet_destroy(node), 0);
    }
}

static void test_no_second_one(void **state)
{
  struct nxnet_s *node[2];

  (void)state;
  assert_int_equal(nxnet_create(NULL, &node[0]), 0);
  assert_int_equal(nxnet_create(NULL, &node[1]), -EBUSY);
  assert_null(node[1]);
  assert_non_null(strstr(nxnet_error(), "libnxnet.so"));
  assert_true(nxnet_socket(node[0], AF_INET, SOCK_DGRAM, 0) >= 0);
  assert_int_equal(nxnet_destroy(node[0]), 0);
}

static void test_no_other_library(void **state)
{
  struct nxnet_config_s config =
  {
    .object = "libnxnet.so",
  };

  struct nxnet_s *node;

  (void)state;
  assert_int_equal(nxnet_create(&config, &node), -ELIBACC);
  assert_null(node);
  assert_int_equal(nxnet_create(NULL, &node), 0);
  assert_int_equal(nxnet_destroy(node), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_one_after_another),
    cmocka_unit_test(test_no_second_one),
    cmocka_unit_test(test_no_other_library),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
