/* tests/host/net/test_tcp_option.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Options of TCP segments.  Goal: every option is read and written as its RFC
 * says, and no arrangement of bytes makes the reader look outside of them,
 * loop, or believe an option of a wrong length.  Method: tables of bytes;
 * then all lengths of random bytes in a block of just that size, under the
 * address sanitizer.
 */

#include <nuttx/config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcp.h"

struct row_s
{
  const char *what;
  uint8_t opt[40];
  unsigned int len;
  bool good;
  struct tcp_opts_s opts;
};

static const struct row_s g_rows[] =
{
  {
    "nothing", {0}, 0, true, {.mss = 0}
  },
  {
    "end at once, rubbish behind", {0, 2, 0}, 3, true, {.mss = 0}
  },
  {
    "MSS", {2, 4, 5, 0xb4}, 4, true, {.mss = 1460}
  },
  {
    "MSS too long", {2, 5, 5, 0xb4, 0}, 5, true, {.mss = 0}
  },
  {
    "MSS too short", {2, 3, 5, 1}, 4, true, {.mss = 0}
  },
  {
    "MSS cut by the end of the header", {1, 2, 4, 5}, 4, false, {.mss = 0}
  },
  {
    "kind without length at the end", {1, 1, 1, 2}, 4, false, {.mss = 0}
  },
  {
    "length 0", {8, 0, 2, 4, 5, 0xb4}, 6, false, {.mss = 0}
  },
  {
    "length 1", {3, 1, 2, 4, 5, 0xb4}, 6, false, {.mss = 0}
  },
  {
    "length beyond the header", {253, 41, 0, 0}, 4, false, {.mss = 0}
  },
  {
    "what came before a malformed one counts", {2, 4, 2, 0, 254, 0}, 6,
    false, {.mss = 512}
  },
  {
    "unknown ones are skipped", {253, 6, 1, 2, 3, 4, 254, 2, 2, 4, 2, 0}, 12,
    true, {.mss = 512}
  },
  {
    "the last of two counts", {2, 4, 2, 0, 2, 4, 4, 0}, 8, true,
    {.mss = 1024}
  },
  {
    "window scale", {1, 3, 3, 7}, 4, true, {.has_wscale = true, .wscale = 7}
  },
  {
    "window scale 0", {1, 3, 3, 0}, 4, true, {.has_wscale = true}
  },
  {
    "window scale 255 is 14 (RFC 7323 2.3)", {3, 3, 255}, 3, true,
    {.has_wscale = true, .wscale = 14}
  },
  {
    "window scale of a wrong length", {3, 4, 7, 0}, 4, true, {.mss = 0}
  },
  {
    "SACK permitted", {1, 1, 4, 2}, 4, true, {.sack_ok = true}
  },
  {
    "SACK permitted, too long", {4, 3, 1, 1}, 4, true, {.mss = 0}
  },
  {
    "timestamps as everybody sends them",
    {1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8}, 12, true,
    {.has_ts = true, .tsval = 0x01020304, .tsecr = 0x05060708}
  },
  {
    "timestamps not aligned", {8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 0}, 12,
    true, {.has_ts = true, .tsval = 0x01020304, .tsecr = 0x05060708}
  },
  {
    "timestamps too short", {1, 1, 8, 9, 1, 2, 3, 4, 5, 6, 7, 1}, 12, true,
    {.mss = 0}
  },
  {
    "a block of SACK", {1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 9}, 12, true,
    {.nsack = 1, .sack = {{1, 9}}}
  },
  {
    "SACK without a block", {5, 2, 1, 1}, 4, true, {.mss = 0}
  },
  {
    "SACK, half a block", {5, 6, 0, 0, 0, 1, 1, 1}, 8, true, {.mss = 0}
  },
  {
    "SACK, a block and a half", {5, 14, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 1,
    1, 1}, 16, true, {.mss = 0}
  },
};

static void reading(void **state)
{
  struct tcp_opts_s opts;
  unsigned int i;
  unsigned int n;

  (void)state;
  for (i = 0; i < nitems(g_rows); i++)
    {
      const struct row_s *row = &g_rows[i];
      uint8_t *opt = malloc(row->len);

      memcpy(opt, row->opt, row->len);
      memset(&opts, 0xee, sizeof(opts));
      if (tcp_options_read(opt, row->len, &opts) != row->good ||
          opts.mss != row->opts.mss || opts.wscale != row->opts.wscale ||
          opts.has_wscale != row->opts.has_wscale ||
          opts.sack_ok != row->opts.sack_ok ||
          opts.has_ts != row->opts.has_ts ||
          opts.nsack != row->opts.nsack || opts.tsval != row->opts.tsval ||
          opts.tsecr != row->opts.tsecr)
        {
          fail_msg("%s", row->what);
        }

      for (n = 0; n < opts.nsack; n++)
        {
          assert_int_equal(opts.sack[n].start, row->opts.sack[n].start);
          assert_int_equal(opts.sack[n].end, row->opts.sack[n].end);
        }

      free(opt);
    }
}

/* In 40 bytes: RFC 2018 3, and 7323 appendix A about timestamps beside it */

static unsigned int most_blocks(const struct tcp_opts_s *opts)
{
  unsigned int room = 40;

  room -= opts->mss != 0 ? 4 : 0;
  room -= opts->has_wscale ? 4 : 0;
  room -= opts->has_ts ? 12 : opts->sack_ok ? 4 : 0;
  return (room - 4) / 8;
}

/* What is written is read as it was, in a multiple of 4 and at most 40 */

static void writing(void **state)
{
  unsigned int bits;
  unsigned int n;
  unsigned int i;

  (void)state;
  for (bits = 0; bits < 16; bits++)
    {
      for (n = 0; n <= TCP_MAXSACK; n++)
        {
          struct tcp_opts_s in;
          struct tcp_opts_s out;
          uint8_t *opt = malloc(TCP_MAXOPTLEN);
          unsigned int len;

          memset(&in, 0, sizeof(in));
          in.mss        = (bits & 1) != 0 ? 1460 : 0;
          in.has_wscale = (bits & 2) != 0;
          in.wscale     = in.has_wscale ? 9 : 0;
          in.sack_ok    = (bits & 4) != 0;
          in.has_ts     = (bits & 8) != 0;
          in.tsval      = in.has_ts ? 0x80000001 : 0;
          in.tsecr      = in.has_ts ? 0xfffffffe : 0;
          in.nsack      = (uint8_t)n;
          for (i = 0; i < n; i++)
            {
              in.sack[i].start = 0xffffff00 + i;
              in.sack[i].end   = 0x00000100 + i;
            }

          len = tcp_options_write(opt, &in);
          assert_true(len % 4 == 0 && len <= TCP_MAXOPTLEN);
          assert_true(tcp_options_read(opt, len, &out));
          assert_int_equal(out.mss, in.mss);
          assert_int_equal(out.has_wscale, in.has_wscale);
          assert_int_equal(out.wscale, in.wscale);
          assert_int_equal(out.sack_ok, in.sack_ok);
          assert_int_equal(out.has_ts, in.has_ts);
          assert_int_equal(out.tsval, in.tsval);
          assert_int_equal(out.tsecr, in.tsecr);
          assert_int_equal(out.nsack, MIN(n, most_blocks(&in)));
          assert_memory_equal(out.sack, in.sack,
                              out.nsack * sizeof(in.sack[0]));
          free(opt);
        }
    }
}

/* Random bytes, mostly kinds and lengths that mean something */

static void rubbish(void **state)
{
  static const uint8_t likely[] =
  {
    0, 1, 2, 3, 4, 5, 8, 10, 18, 26, 34, 40, 255
  };

  struct tcp_opts_s opts;
  unsigned int round;
  unsigned int i;

  (void)state;
  srand(1);
  for (round = 0; round < 200000; round++)
    {
      unsigned int len = (unsigned int)rand() % (TCP_MAXOPTLEN + 1);
      uint8_t *opt = malloc(len);

      for (i = 0; i < len; i++)
        {
          opt[i] = rand() % 4 != 0 ?
                   likely[(unsigned int)rand() % sizeof(likely)] :
                   (uint8_t)rand();
        }

      tcp_options_read(opt, len, &opts);
      assert_true(opts.nsack <= TCP_MAXSACK && opts.wscale <= 14);
      free(opt);
    }
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(reading),
    cmocka_unit_test(writing),
    cmocka_unit_test(rubbish),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
