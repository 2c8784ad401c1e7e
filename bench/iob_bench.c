/* bench/iob_bench.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Benchmarks of mm/iob, beside malloc, a plain free list, lwIP's pbufs and
 * the simulated placement policies.  It is compiled once for each size of
 * arena: the 4 MiB one has all the comparisons, the others show how the
 * times, and the failures of placement, depend on the arena.
 */

#include <nuttx/config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iob_policy.h"
#include "options.h"
#include "placement.h"
#include "results.h"
#include "timing.h"

#define NENTRIES    64
#define REFERENCE   1           /* The arena with all comparisons */

static const char g_usage[] =
"usage: iob_bench [options]\n"
"\n"
"Times the operations of mm/iob and of others, measures what memory costs,\n"
"and replays the placement traces with the real allocator.\n"
"\n"
"  --quick     fewer rounds and seeds\n"
"  --rounds N  instead of 9\n"
"  --seeds N   of the placement traces, instead of 10\n"
"  --dir DIR   also write the numbers to DIR/iob-ARENA.json\n";

/* One line of the table: an operation or a replayed trace. */

struct entry_s
{
  const struct op_s *op;
  const struct policy_s *policy;
  struct replay_s *replay;
  char name[48];
  struct timing_s round[NROUNDS_MAX];
};

struct bench_s
{
  const struct arena_s *arena;
  bool reference;
  struct policy_s iob;
  struct replay_s half;
  struct replay_s full;
  struct entry_s entry[NENTRIES];
  uint32_t nentries;
  uint32_t nrounds;
  uint32_t nsamples;
  uint32_t nseeds;
  struct results_s results;
};

static void add_ops(struct bench_s *bench, const struct op_s *op)
{
  for (; op->name != NULL; op++)
    {
      struct entry_s *entry = &bench->entry[bench->nentries];

      if (bench->reference || op->scales)
        {
          entry->op = op;
          snprintf(entry->name, sizeof(entry->name), "%s", op->name);
          bench->nentries++;
        }
    }
}

static void add_replay(struct bench_s *bench, const struct policy_s *policy,
                       struct replay_s *replay, const char *name)
{
  struct entry_s *entry = &bench->entry[bench->nentries++];

  entry->policy = policy;
  entry->replay = replay;
  snprintf(entry->name, sizeof(entry->name), "replay_%s", name);
}

static void add_all(struct bench_s *bench)
{
  const struct policy_s *policy;

  add_ops(bench, g_ops_base);
  add_ops(bench, g_ops_iob);
  add_ops(bench, g_ops_freelist);
  add_ops(bench, g_ops_lwip);
  add_replay(bench, &bench->iob, &bench->half, "iob_50");
  add_replay(bench, &bench->iob, &bench->full, "iob_85");
  if (bench->reference)
    {
      add_replay(bench, &g_policy_malloc, &bench->half, "malloc");
      for (policy = g_policies; policy->name != NULL; policy++)
        {
          add_replay(bench, policy, &bench->half, policy->name);
        }
    }
}

static bool run_rounds(struct bench_s *bench)
{
  uint32_t total = bench->nrounds * bench->nentries;
  uint32_t i;

  for (i = 0; i < total; i++)
    {
      struct entry_s *entry = &bench->entry[i % bench->nentries];
      struct timing_s *timing = &entry->round[i / bench->nentries];
      bool ok;

      options_progress("timing", i, total);
      ok = entry->op != NULL ?
           timing_op(entry->op, bench->nsamples, timing) :
           replay_run(entry->replay, entry->policy, bench->arena->ngranules,
                      timing);
      if (!ok)
        {
          fprintf(stderr, "iob_bench: %s could not be set up\n",
                  entry->name);
          return false;
        }
    }

  options_progress_end();
  return true;
}

/* The medians over the rounds. */

static struct timing_s over_rounds(const struct entry_s *entry,
                                   uint32_t nrounds)
{
  static struct samples_s median;
  static struct samples_s p99;
  static struct samples_s worst;
  struct timing_s timing;
  uint32_t i;

  median.count = p99.count = worst.count = 0;
  for (i = 0; i < nrounds; i++)
    {
      samples_add(&median, entry->round[i].median);
      samples_add(&p99, entry->round[i].p99);
      samples_add(&worst, entry->round[i].worst);
    }

  timing.median = samples_quantile(&median, 0.5);
  timing.p99 = samples_quantile(&p99, 0.5);
  timing.worst = samples_quantile(&worst, 0.5);
  return timing;
}

static void report_times(struct bench_s *bench)
{
  const char *sep = bench->reference ? "" : "_";
  const char *tag = bench->reference ? "" : bench->arena->name;
  uint32_t i;

  printf("\n%s arena, ns for each pair of operations (each request and free "
         "of a replay);\nmedian of %u rounds, p99 and worst contain one "
         "clock reading\n\n%-32s %9s %9s %9s\n", bench->arena->title,
         bench->nrounds, "", "median", "p99", "worst");
  for (i = 0; i < bench->nentries; i++)
    {
      const struct entry_s *entry = &bench->entry[i];
      struct timing_s t = over_rounds(entry, bench->nrounds);

      printf("%-32s %9.1f %9.0f %9.0f\n", entry->op != NULL ?
             entry->op->what : entry->name, t.median, t.p99, t.worst);
      results_add(&bench->results, t.median, "%s%s%s_ns", entry->name, sep,
                  tag);
      results_add(&bench->results, t.p99, "%s%s%s_p99_ns", entry->name, sep,
                  tag);
      results_add(&bench->results, t.worst, "%s%s%s_worst_ns", entry->name,
                  sep, tag);
    }
}

/* What the design promises: at most twice the pair of a plain free list. */

static void report_ratios(struct bench_s *bench)
{
  static const char *const name[] =
  {
    "alloc_free_100", "share_free", "push_pull", "alloc_free_9000"
  };

  double list;
  uint32_t i;

  if (!results_get(&bench->results, &list, "freelist_100_ns"))
    {
      return;
    }

  printf("\nIn pairs of the plain free list:");
  for (i = 0; i < sizeof(name) / sizeof(name[0]); i++)
    {
      double ns;

      if (results_get(&bench->results, &ns, "%s_ns", name[i]))
        {
          printf(" %s %.2f", name[i], ns / list);
          results_add(&bench->results, ns / list, "%s_per_freelist",
                      name[i]);
        }
    }

  printf("\n");
}

static void report_space(struct bench_s *bench)
{
  const uint32_t bits = 8 * sizeof(void *);
  struct results_s *results = &bench->results;
  struct space_s space;

  space_measure(&space);
  printf("\n%s arena, memory\n\n"
         "100 B packet, in all            %5u B (view %u B)\n"
         "100 B frame, sent               %5u B\n"
         "100 B payload, sent over UDP    %5u B\n"
         "1000 packets of 100 B, unread  %6u B\n"
         "metadata                        %5.2f %% of the arena, "
         "views %.1f %% more\n"
         "payload at 576, 1514, 9000 B    %5.1f %5.1f %5.1f %%\n",
         bench->arena->title, space.rx_100, space.view, space.tx_100,
         space.udp_100, space.unread_1000, space.metadata_pct,
         space.views_pct, space.payload_pct_576, space.payload_pct_1514,
         space.payload_pct_9000);
  if (!bench->reference)
    {
      results_add(results, space.metadata_pct, "metadata_pct_%s",
                  bench->arena->name);
      return;
    }

  results_add(results, space.rx_100, "bytes_per_100B_packet_%u", bits);
  results_add(results, space.tx_100, "bytes_per_100B_sent_%u", bits);
  results_add(results, space.udp_100, "bytes_per_100B_udp_%u", bits);
  results_add(results, space.unread_1000, "rx_1000_unread_bytes");
  results_add(results, space.metadata_pct, "metadata_pct");
  results_add(results, space.views_pct, "views_pct");
  results_add(results, space.payload_pct_576, "payload_pct_576");
  results_add(results, space.payload_pct_1514, "payload_pct_1514");
  results_add(results, space.payload_pct_9000, "payload_pct_9000");
}

static bool report_placement(struct bench_s *bench)
{
  const char *sep = bench->reference ? "" : "_";
  const char *tag = bench->reference ? "" : bench->arena->name;
  struct cell_s cell[NLOADS][TRACE_NALL];
  double brief = 0.0;
  uint32_t load;
  uint32_t mix;

  if (!cells_run(cell, &bench->iob, bench->arena, bench->nseeds))
    {
      return false;
    }

  printf("\n%s arena, mm/iob: %% of the requests that fail, worst of three "
         "mixes, mean of\n%u seeds\n\nbusy  9014 B    ring\n",
         bench->arena->title, bench->nseeds);
  for (load = 0; load < NLOADS; load++)
    {
      double ring = cell[load][TRACE_RX].jumbo;
      double jumbo = 0.0;

      for (mix = 0; mix < TRACE_NALL; mix++)
        {
          if (mix < TRACE_NMIX && cell[load][mix].jumbo > jumbo)
            {
              jumbo = cell[load][mix].jumbo;
            }

          brief = cell[load][mix].brief > brief ? cell[load][mix].brief :
                  brief;
        }

      printf("%3u%% %7.3f %7.3f\n", g_loads[load], jumbo, ring);
      results_add(&bench->results, jumbo, "jumbo_fail_pct%s%s_%u", sep, tag,
                  g_loads[load]);
      results_add(&bench->results, ring, "ring_fail_pct%s%s_%u", sep, tag,
                  g_loads[load]);
    }

  printf("Shorter requests that fail: %.2f %% at worst\n", brief);
  return true;
}

/* The arena of this build. */

static bool find_arena(struct bench_s *bench)
{
  uint32_t i;

  for (i = 0; i < NARENAS; i++)
    {
      if (g_arenas[i].ngranules == CONFIG_IOB_ARENASIZE / GRANULE)
        {
          bench->arena = &g_arenas[i];
          bench->reference = i == REFERENCE;
          return true;
        }
    }

  fprintf(stderr, "iob_bench: no traces for an arena of %d bytes\n",
          CONFIG_IOB_ARENASIZE);
  return false;
}

static bool bench_run(struct bench_s *bench)
{
  bool ok;

  bench->iob = iob_policy();
  if (!replay_record(&bench->half, bench->arena->ngranules, 50) ||
      !replay_record(&bench->full, bench->arena->ngranules, 85))
    {
      fprintf(stderr, "iob_bench: out of memory\n");
      return false;
    }

  add_all(bench);
  ok = run_rounds(bench);
  if (ok)
    {
      report_times(bench);
      report_ratios(bench);
      report_space(bench);
      ok = report_placement(bench);
    }

  replay_fini(&bench->half);
  replay_fini(&bench->full);
  return ok;
}

int main(int argc, char **argv)
{
  static struct bench_s bench;
  const char *dir = NULL;
  bool quick = false;
  bool ok;

  const struct option_s options[] =
  {
    { "--quick", &quick, NULL, NULL, 0 },
    { "--rounds", NULL, NULL, &bench.nrounds, NROUNDS_MAX },
    { "--seeds", NULL, NULL, &bench.nseeds, 1000 },
    { "--dir", NULL, &dir, NULL, 0 },
    { NULL, NULL, NULL, NULL, 0 }
  };

  options_parse(argc, argv, g_usage, options);
  bench.nsamples = quick ? NSAMPLES / 10 : NSAMPLES;
  if (bench.nrounds == 0)
    {
      bench.nrounds = quick ? 7 : 9;
    }

  if (!find_arena(&bench))
    {
      return 1;
    }

  if (bench.nseeds == 0)
    {
      bench.nseeds = !quick ? NSEEDS : bench.reference ? 2 : 1;
    }

  results_init(&bench.results);
  if (bench.reference)
    {
      results_add(&bench.results, bench.nrounds, "bench_rounds");
      results_add(&bench.results, bench.nseeds, "bench_seeds");
    }

  ok = bench_run(&bench);
  if (ok && dir != NULL)
    {
      char name[32];

      snprintf(name, sizeof(name), "iob-%s", bench.arena->name);
      ok = results_write(&bench.results, dir, name);
    }

  results_fini(&bench.results);
  return ok ? 0 : 1;
}
