/* tests/host/net/test_checksum.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Checksums, addresses as text, and the keyed hashes.  Goal: sums agree with
 * the definition of RFC 1071 for every length and alignment, over chains
 * however cut, and while copying; known answers for the rest.  Method: a sum
 * made two bytes at a time, random data with a printed seed, edges by hand.
 * The speed beside memcpy() is printed, not judged: it depends on the host.
 */

#include <nuttx/config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "net_link.h"
#include "stack.h"

#define BYTES 9000

static uint8_t g_data[BYTES + 16];
static uint8_t g_copy[BYTES + 16];
static uint64_t g_state = 1;
static uint32_t g_sum;               /* Somebody wants the results */

static uint32_t draw(uint32_t below)
{
  g_state = g_state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(g_state >> 33) % below;
}

/* The definition: big-endian words, end-around carry at once */

static unsigned int plain(const uint8_t *p, size_t len)
{
  unsigned int sum = 0;
  size_t i;

  for (i = 0; i < len; i++)
    {
      sum += i % 2 == 0 ? (unsigned int)p[i] << 8 : p[i];
      sum  = (sum & 0xffff) + (sum >> 16);
    }

  return sum;
}

/* A sum of net/ in that form; zero is written in two ways: 0 and 0xffff */

static unsigned int folded(uint32_t sum)
{
  uint16_t s = net_csum_fold(sum);
  uint8_t b[2];

  memcpy(b, &s, 2);
  return (unsigned int)b[0] << 8 | b[1];
}

static unsigned int same(unsigned int sum)
{
  return sum == 0xffff ? 0 : sum;
}

static void fill(unsigned int how)
{
  size_t i;

  for (i = 0; i < sizeof(g_data); i++)
    {
      g_data[i] = how == 0 ? 0 : how == 1 ? 0xff : (uint8_t)draw(256);
    }
}

static void test_every_length_and_alignment(void **state)
{
  unsigned int how;
  unsigned int len;
  unsigned int at;

  (void)state;
  for (how = 0; how < 3; how++)
    {
      fill(how);
      for (len = 0; len < 200; len++)
        {
          for (at = 0; at < 9; at++)
            {
              assert_int_equal(same(folded(net_csum(g_data + at, len, 0))),
                               same(plain(g_data + at, len)));
            }
        }

      assert_int_equal(same(folded(net_csum(g_data + 1, BYTES, 0))),
                       same(plain(g_data + 1, BYTES)));
    }
}

/* All ones: nothing may be lost where carries pile up; and a running sum
 * that is as large as can be.
 */

static void test_carries_are_kept(void **state)
{
  static uint8_t ones[65536];

  (void)state;
  memset(ones, 0xff, sizeof(ones));
  assert_int_equal(folded(net_csum(ones, sizeof(ones), 0)), 0xffff);
  assert_int_equal(folded(net_csum(ones, sizeof(ones), UINT32_MAX)), 0xffff);
  assert_int_equal(folded(net_csum_add(UINT32_MAX, UINT32_MAX, 0)), 0xffff);
  assert_int_equal(folded(net_csum(NULL, 0, 0)), 0);
}

static void test_one_bit_changes_the_sum(void **state)
{
  unsigned int before;
  unsigned int i;

  (void)state;
  fill(2);
  before = folded(net_csum(g_data, 1460, 0));
  for (i = 0; i < 1460 * 8; i += 7)
    {
      g_data[i / 8] ^= (uint8_t)(1 << i % 8);
      assert_int_not_equal(folded(net_csum(g_data, 1460, 0)), before);
      g_data[i / 8] ^= (uint8_t)(1 << i % 8);
    }
}

static void test_copy_copies_and_adds(void **state)
{
  unsigned int len;

  (void)state;
  fill(2);
  for (len = 0; len < 6000; len += len < 100 ? 1 : 97)
    {
      memset(g_copy, 0xa5, sizeof(g_copy));
      assert_int_equal(same(folded(net_csum_copy(g_copy + 3, g_data + 2,
                                                 len))),
                       same(plain(g_data + 2, len)));
      assert_memory_equal(g_copy + 3, g_data + 2, len);
      assert_int_equal(g_copy[2], 0xa5);
      assert_int_equal(g_copy[3 + len], 0xa5);
    }
}

/* Parts added at odd and even offsets make the whole */

static void test_parts_make_the_whole(void **state)
{
  unsigned int n;

  (void)state;
  fill(2);
  for (n = 0; n < 2000; n++)
    {
      unsigned int len = draw(300) + 1;
      unsigned int cut = draw(len + 1);
      uint32_t sum = net_csum_add(net_csum(g_data, cut, 0),
                                  net_csum(g_data + cut, len - cut, 0), cut);

      assert_int_equal(same(folded(sum)), same(plain(g_data, len)));
    }
}

/* Chains with pieces of any size, empty ones too, from any offset */

static void chains(void)
{
  unsigned int n;

  fill(2);
  for (n = 0; n < 500; n++)
    {
      struct iob_s *head = NULL;
      struct iob_s **link = &head;
      unsigned int total = 0;
      unsigned int pieces = draw(6) + 1;
      unsigned int offset;
      unsigned int len;

      for (; pieces > 0; pieces--)
        {
          unsigned int size = draw(3) == 0 ? draw(3) : draw(700);

          *link = iob_tryalloc_contig(size + 1, draw(5), IOB_CLASS_TX);
          CHECK(*link != NULL);
          (*link)->io_len = (uint16_t)size;
          memcpy(IOB_DATA(*link), g_data + total, size);
          total += size;
          link   = &(*link)->io_flink;
        }

      head->io_pktlen = total;
      offset = draw(total + 1);
      len    = draw(total - offset + 1);
      CHECK_EQ(same(folded(net_csum_iob(head, offset, len, 0))),
               same(plain(g_data + offset, len)));
      iob_free_chain(head);
    }
}

static void test_chains(void **state)
{
  (void)state;
  assert_int_equal(stack_run(chains, 1), 0);
}

/* The test vector of the SipHash paper: key 00..0f, input 00..0e */

static void hash_known_answer(void)
{
  uint8_t key[16];
  uint8_t in[15];
  unsigned int i;

  for (i = 0; i < 16; i++)
    {
      key[i] = (uint8_t)i;
    }

  for (i = 0; i < 15; i++)
    {
      in[i] = (uint8_t)i;
    }

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  memcpy(g_net.secret, key, 16);
  CHECK(net_hash(in, 15) == 0xa129ca6149be45e5u);
  CHECK(net_hash(in, 0) == 0x726fdb47dd0e0e31u);
#endif
  CHECK(net_hash(in, 14) != net_hash(in, 15));
  i = (unsigned int)net_hash(in, 15);
  g_net.secret[1] ^= 1;
  CHECK((unsigned int)net_hash(in, 15) != i);
}

static void test_hash(void **state)
{
  (void)state;
  assert_int_equal(stack_run(hash_known_answer, 1), 0);
}

/* Every word counts, and every key of it.  Ports in a row fill a table as
 * chance would, whatever the secret is: of 65536 places 20000 take 17235 in
 * the mean, with a deviation of 50, and no run of taken ones is long.
 */

static void mix_words(void)
{
  struct netaddr_s a = netaddr_from4(0x0100000a);
  struct netaddr_s b = netaddr_from4(0x0200000a);
  uint32_t before = net_mix(&a, &b, 3, 4);
  unsigned int i;

  CHECK(net_mix(&b, &a, 3, 4) != before);
  CHECK(net_mix(&a, &b, 4, 3) != before);
  CHECK(net_mix(&a, NULL, 3, 4) == net_mix(&a, &g_netaddr_none, 3, 4));
  for (i = 0; i < 4; i++)
    {
      a.w[i] ^= 0x80000000;
      CHECK(net_mix(&a, &b, 3, 4) != before);
      a.w[i] ^= 0x80000000;
      b.w[i] ^= 1;
      CHECK(net_mix(&a, &b, 3, 4) != before);
      b.w[i] ^= 1;
    }

  CHECK(net_mix(&a, &b, 3, 4) == before);
  for (i = 0; i < NET_MIXKEYS; i++)
    {
      a.w[0] = a.w[1] = b.w[0] = b.w[1] = 5;
      before = net_mix(&a, &b, 3, 4);
      g_net.mix[i] ^= 0xffffffff00000000u;
      CHECK(net_mix(&a, &b, 3, 4) != before);
    }
}

static void mix_spread(void)
{
  static uint8_t taken[65536];
  struct netaddr_s a = netaddr_from4(0x0100000a);
  struct netaddr_s b = netaddr_from4(0x0200000a);
  unsigned int secret;
  unsigned int count;
  unsigned int run;
  unsigned int i;

  for (secret = 0; secret < 64; secret++)
    {
      g_net.secret[0] = secret;
      net_mix_initialize();
      memset(taken, 0, sizeof(taken));
      for (i = 0; i < 20000; i++)
        {
          taken[net_mix(&a, &b, 80u << 16 | (i + 1024), 6) & 65535] = 1;
        }

      for (i = count = run = 0; i < 65536; i++)
        {
          count += taken[i];
          run    = taken[i] ? run + 1 : 0;
          CHECK(run < 20);
        }

      CHECK(count > 17000 && count < 17480);
    }
}

static void test_mix(void **state)
{
  (void)state;
  assert_int_equal(stack_run(mix_words, 1), 0);
  assert_int_equal(stack_run(mix_spread, 1), 0);
}

static void test_text(void **state)
{
  static const struct
  {
    uint8_t addr[16];
    const char *text;
  }

  cases[] =
  {
    {
      { 0 }, "::"
    },
    {
      { [15] = 1 }, "::1"
    },
    {
      { 0x20, 1, 0xd, 0xb8, [15] = 1 }, "2001:db8::1"
    },
    {
      { 0xfe, 0x80 }, "fe80::"
    },
    {
      { [1] = 1, [5] = 2, [7] = 3, [9] = 4, [11] = 5, [13] = 6, [15] = 7 },
      "1:0:2:3:4:5:6:7"
    },
    {
      { [1] = 1, [7] = 2, [15] = 3 }, "1:0:0:2::3"
    },
    {
      { [10] = 0xff, 0xff, 192, 0, 2, 255 }, "192.0.2.255"
    }
  };

  char buf[NETADDR_STRLEN];
  struct netaddr_s addr;
  size_t i;

  (void)state;
  for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
    {
      memcpy(&addr, cases[i].addr, 16);
      assert_string_equal(netaddr_text(&addr, buf), cases[i].text);
    }

  memset(&addr, 0xff, sizeof(addr));
  assert_int_equal(strlen(netaddr_text(&addr, buf)), 39);
}

/* What an address is and, as important, is not */

static void test_kinds(void **state)
{
  struct netaddr_s a;
  const uint8_t ip[4] =
  {
    239, 1, 2, 3
  };

  uint32_t addr4;

  (void)state;
  memcpy(&addr4, ip, 4);
  a = netaddr_from4(addr4);
  assert_true(netaddr_is4(&a) && netaddr_ismulticast(&a));
  assert_false(netaddr_isany(&a) || netaddr_isloopback(&a));
  assert_true(netaddr_isany(&g_netaddr_any4));
  assert_true(netaddr_is4(&g_netaddr_any4));
  assert_true(netaddr_isany(&g_netaddr_none));
  assert_false(netaddr_is4(&g_netaddr_none));
  assert_false(netaddr_isloopback(&g_netaddr_any4));
  a.w[0] = 1;
  assert_false(netaddr_is4(&a));
  memset(&a, 0, sizeof(a));
  ((uint8_t *)&a)[15] = 1;
  assert_true(netaddr_isloopback(&a));
  ((uint8_t *)&a)[0] = 0xff;
  assert_true(netaddr_ismulticast(&a));
  assert_false(netaddr_isloopback(&a));
}

static double ns_each(int what, size_t len)
{
  struct timespec from;
  struct timespec to;
  unsigned int n = 20000000 / ((unsigned int)len + 100);
  unsigned int i;

  clock_gettime(CLOCK_MONOTONIC, &from);
  for (i = 0; i < n; i++)
    {
      if (what == 0)
        {
          memcpy(g_copy, g_data, len);
          __asm__ volatile ("" : : "r" (g_copy) : "memory");
        }
      else
        {
          g_sum += what == 1 ? net_csum(g_data, len, 0) :
                 net_csum_copy(g_copy, g_data, len);
        }
    }

  clock_gettime(CLOCK_MONOTONIC, &to);
  return ((double)(to.tv_sec - from.tv_sec) * 1e9 +
          (double)(to.tv_nsec - from.tv_nsec)) / n;
}

static void test_speed(void **state)
{
  static const size_t sizes[] =
  {
    20, 100, 536, 1460, 8960
  };

  size_t i;

  (void)state;
  printf("bytes   memcpy      sum   copy and sum   ns\n");
  for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
    {
      printf("%5zu %8.1f %8.1f %14.1f\n", sizes[i], ns_each(0, sizes[i]),
             ns_each(1, sizes[i]), ns_each(2, sizes[i]));
    }
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_every_length_and_alignment),
    cmocka_unit_test(test_carries_are_kept),
    cmocka_unit_test(test_one_bit_changes_the_sum),
    cmocka_unit_test(test_copy_copies_and_adds),
    cmocka_unit_test(test_parts_make_the_whole),
    cmocka_unit_test(test_chains),
    cmocka_unit_test(test_hash),
    cmocka_unit_test(test_mix),
    cmocka_unit_test(test_text),
    cmocka_unit_test(test_kinds),
    cmocka_unit_test(test_speed),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
