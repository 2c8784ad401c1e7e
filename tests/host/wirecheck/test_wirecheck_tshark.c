/* tests/host/wirecheck/test_wirecheck_tshark.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Wirecheck counts what tshark counts.  The conversations of gen_clean.c, one
 * after another and each with a port of its own, are one capture; both read
 * it, and for each host of each conversation these have to agree:
 *
 *   resends        resent, out of order and doubled by the network, with
 *                  tshark's retransmission, fast and spurious retransmission
 *                  and out of order
 *   probes         keep-alives and window probes, with keep-alive and zero
 *                  window probe
 *   zero windows   with zero window
 *   duplicates     duplicate acknowledgements, with duplicate ACK, and the
 *                  ACKs of keep-alives and of probes
 *
 * How these are told from each other is guesswork for who sees only the
 * frames, and both guess differently; so their sums are compared.  Where the
 * definitions differ nevertheless, the table below says why, and both numbers
 * have to be those that follow from it.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "scenarios.h"
#include "wirecheck.h"

#define PORT  40000
#define MAX   100
#define SNAP  262144

enum
{
  RESENDS,
  PROBES,
  ZEROS,
  DUPLICATES,
  NCOUNTS
};

static const char *const g_counts[NCOUNTS] =
{
  "resends", "probes", "zero windows", "duplicates"
};

/* The fields of a line of tshark, behind the two ports, and where they count
 */

static const struct
{
  const char *name;
  unsigned int count;
} g_fields[] =
{
  {"retransmission", RESENDS},
  {"fast_retransmission", RESENDS},
  {"spurious_retransmission", RESENDS},
  {"out_of_order", RESENDS},
  {"keep_alive", PROBES},
  {"zero_window_probe", PROBES},
  {"zero_window", ZEROS},
  {"duplicate_ack", DUPLICATES},
  {"keep_alive_ack", DUPLICATES},
  {"zero_window_probe_ack", DUPLICATES}
};

#define NFIELDS (sizeof(g_fields) / sizeof(g_fields[0]))

/* Where the definitions differ: in which conversation, of which host, what
 * wirecheck counts and what tshark
 */

static const struct
{
  const char *name;
  unsigned int side;
  unsigned int count;
  unsigned int ours;
  unsigned int theirs;
} g_differ[] =
{
  /* A probe of one byte that comes again, and then the data that begins with
   * this byte, are bytes sent again.  For tshark probes are never data.
   */

  {"window-closed", CG_A, RESENDS, 2, 0},

  /* Each answer to a probe says the same again.  tshark does not call it a
   * duplicate if the window in it is closed, but a zero window.
   */

  {"window-closed", CG_B, DUPLICATES, 4, 1},
  {"window-taken-back", CG_B, DUPLICATES, 1, 0},
  {NULL, 0, 0, 0, 0}
};

static unsigned int g_ours[MAX][2][NCOUNTS];
static unsigned int g_theirs[MAX][2][NCOUNTS];
static struct cg_s g_cg;

/* One file of all conversations that are in one capture */

static bool taken(const struct scenario_s *s)
{
  return (s->how & (SC_TWO | SC_RAW)) == 0;
}

static void make(const char *file)
{
  const struct scenario_s *s;
  unsigned int i = 0;

  assert_true(cg_start(&g_cg, file, NULL, DLT_EN10MB, SNAP));
  for (s = g_clean; s->name != NULL; s++, i++)
    {
      assert_true(i < MAX);
      if (taken(s))
        {
          g_cg.step = 500;
          cg_connection(&g_cg, (uint16_t)(PORT + i));
          s->make(&g_cg);
          cg_wait(&g_cg, 1000);
        }
    }

  cg_end(&g_cg);
}

static void count_ours(const char *file)
{
  struct wc_options_s opt;
  const struct wc_flow_s *flow;
  struct wc_s *w;

  memset(&opt, 0, sizeof(opt));
  opt.rto_min_ms  = 200;
  opt.file[0]     = file;
  opt.nfiles      = 1;
  opt.offload_all = true;
  w = wc_new(&opt);
  assert_int_equal(wc_read(w), 0);
  assert_int_equal(wc_verdict(w), WC_CLEAN);
  for (flow = w->newest; flow != NULL; flow = flow->older)
    {
      unsigned int side;

      for (side = 0; side < 2; side++)
        {
          const struct wc_end_s *e = &flow->end[side];
          bool a = e->port >= PORT;
          unsigned int i = (a ? e->port : flow->end[1 - side].port) - PORT;
          unsigned int *to;

          assert_true(i < MAX);
          to = g_ours[i][a ? CG_A : CG_B];
          to[RESENDS]    += (unsigned int)(e->resent + e->out_of_order +
                                           e->netdups);
          to[PROBES]     += (unsigned int)(e->keepalives + e->probes);
          to[ZEROS]      += (unsigned int)e->zero_windows;
          to[DUPLICATES] += (unsigned int)e->dupacks_sent;
        }
    }

  wc_free(w);
}

/* One segment, which may be a retransmission and a fast one, but counts once
 */

static void count_line(char *line)
{
  unsigned int ports[2];
  bool is[NCOUNTS];
  const char *word;
  unsigned int *to;
  unsigned int i;

  for (i = 0; i < 2; i++)
    {
      word = strsep(&line, ",");
      assert_non_null(word);
      ports[i] = (unsigned int)atoi(word);
    }

  i  = (ports[0] >= PORT ? ports[0] : ports[1]) - PORT;
  assert_true(i < MAX);
  to = g_theirs[i][ports[0] >= PORT ? CG_A : CG_B];
  memset(is, 0, sizeof(is));
  for (i = 0; i < NFIELDS; i++)
    {
      word = strsep(&line, ",\n");
      assert_non_null(word);
      is[g_fields[i].count] |= word[0] != 0;
    }

  for (i = 0; i < NCOUNTS; i++)
    {
      to[i] += is[i];
    }
}

static void count_theirs(const char *file)
{
  char command[1000];
  char line[1000];
  unsigned int lines = 0;
  size_t n;
  unsigned int i;
  FILE *f;

  n = (size_t)snprintf(command, sizeof(command), "tshark -n -r %s -Y tcp "
                       "-T fields -E separator=, -E occurrence=f "
                       "-e tcp.srcport -e tcp.dstport", file);
  for (i = 0; i < NFIELDS; i++)
    {
      n += (size_t)snprintf(command + n, sizeof(command) - n,
                            " -e tcp.analysis.%s", g_fields[i].name);
    }

  snprintf(command + n, sizeof(command) - n, " 2>/dev/null");
  f = popen(command, "r");
  assert_non_null(f);
  while (fgets(line, sizeof(line), f) != NULL)
    {
      count_line(line);
      lines++;
    }

  if (pclose(f) != 0 || lines == 0)
    {
      fail_msg("tshark failed; scripts/setup installs it");
    }
}

static bool differ_so(const char *name, unsigned int side,
                      unsigned int count, unsigned int ours,
                      unsigned int theirs)
{
  unsigned int i;

  for (i = 0; g_differ[i].name != NULL; i++)
    {
      if (strcmp(g_differ[i].name, name) == 0 && g_differ[i].side == side &&
          g_differ[i].count == count)
        {
          return g_differ[i].ours == ours && g_differ[i].theirs == theirs;
        }
    }

  return ours == theirs;
}

static void test_counts_agree(void **state)
{
  char file[] = "/tmp/wirecheck-XXXXXX";
  unsigned int total[NCOUNTS];
  const struct scenario_s *s;
  unsigned int wrong = 0;
  int fd = mkstemp(file);
  unsigned int side;
  unsigned int i;

  (void)state;
  assert_true(fd >= 0);
  close(fd);
  make(file);
  count_ours(file);
  count_theirs(file);
  unlink(file);
  memset(total, 0, sizeof(total));
  for (s = g_clean; s->name != NULL; s++)
    {
      for (side = 0; side < 2; side++)
        {
          for (i = 0; i < NCOUNTS; i++)
            {
              unsigned int ours = g_ours[s - g_clean][side][i];
              unsigned int theirs = g_theirs[s - g_clean][side][i];

              total[i] += theirs;
              if (!differ_so(s->name, side, i, ours, theirs))
                {
                  print_error("%s, %c: %s: %u, tshark has %u\n", s->name,
                              side == CG_A ? 'A' : 'B', g_counts[i], ours,
                              theirs);
                  wrong++;
                }
            }
        }
    }

  assert_int_equal(wrong, 0);
  for (i = 0; i < NCOUNTS; i++)
    {
      assert_true(total[i] > 0);
    }
}

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_counts_agree),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
