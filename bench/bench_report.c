/* bench/bench_report.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Joins what the benchmark programs wrote into one flat JSON object, has
 * gnuplot draw two plots: failures of placement by load, and times of
 * operations, and says which targets of the design are missed.  A fragment
 * that is missing is left out, and said so.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "placement.h"
#include "results.h"

#define FLOOR_PCT 0.01          /* Zero cannot be shown on a log scale */
#define NSHOWN    64            /* Curves in a panel */

static const char g_usage[] =
"usage: bench_report [--dir DIR]\n"
"\n"
"Joins DIR/placement.json, DIR/iob-*.json and DIR/size-*.json into\n"
"DIR/iob.json and draws DIR/placement.svg and DIR/latency.svg.  Fails if a\n"
"number is worse than the design promises.\n"
"\n"
"  --dir DIR   instead of build/bench\n"
"  --brief     no files, no judgement: print the numbers to look at first\n";

/* What the design promises, as a value or as a ratio of two.  Times are only
 * compared with times of the same run.
 */

static const struct
{
  const char *name;
  const char *per;              /* Or NULL */
  double most;
}

g_targets[] =
{
  { "jumbo_fail_pct_80",        NULL,              0.1 },
  { "jumbo_fail_pct_85",        NULL,              1.0 },
  { "bytes_per_100B_packet_32", NULL,              152.0 },
  { "bytes_per_100B_packet_64", NULL,              176.0 },
  { "metadata_pct",             NULL,              1.0 },
  { "rx_1000_unread_bytes",     NULL,              176000.0 },
  { "alloc_free_100_ns",        "freelist_100_ns", 2.0 },
  { "share_free_ns",            "freelist_100_ns", 2.0 },
};

static bool targets_met(const struct results_s *results)
{
  bool met = true;
  uint32_t i;

  for (i = 0; i < sizeof(g_targets) / sizeof(g_targets[0]); i++)
    {
      const char *per = g_targets[i].per;
      double unit = 1.0;
      double value;

      if (!results_get(results, &value, "%s", g_targets[i].name) ||
          (per != NULL && (!results_get(results, &unit, "%s", per) ||
                           unit <= 0.0)))
        {
          continue;
        }

      if (value / unit > g_targets[i].most)
        {
          fprintf(stderr, "bench_report: %s%s%s is %.4g, more than %.4g\n",
                  g_targets[i].name, per != NULL ? " / " : "",
                  per != NULL ? per : "", value / unit, g_targets[i].most);
          met = false;
        }
    }

  return met;
}

/* The numbers to look at first: rows of what and value. */

static void brief(const struct results_s *results)
{
  static const struct
  {
    const char *what;
    const char *name;
    const char *unit;
  }

  rows[] =
  {
    { "allocate and free 100 B", "alloc_free_100_ns", "ns" },
    { "  free list of fixed buffers", "freelist_100_ns", "ns" },
    { "  malloc", "malloc_100_ns", "ns" },
    { "  lwIP, PBUF_RAM", "lwip_ram_ns", "ns" },
    { "allocate and free 9000 B, contiguous", "alloc_free_9000_ns", "ns" },
    { "  free list: a chain of 46 buffers", "freelist_9000_ns", "ns" },
    { "  malloc", "malloc_9000_ns", "ns" },
    { "  lwIP, PBUF_POOL: a chain of 16", "lwip_pool_9000_ns", "ns" },
    { "share and free", "share_free_ns", "ns" },
    { "  lwIP, reference and free", "lwip_ref_free_ns", "ns" },
    { "memory for 100 B, 64-bit pointers", "bytes_per_100B_packet_64", "B" },
    { "  32-bit pointers", "bytes_per_100B_packet_32", "B" },
    { "9014 B not to be had, arena 85 % full", "jumbo_fail_pct_85", "%" },
  };

  double value;
  uint32_t i;

  printf("mm/iob in an arena of 4 MiB, and others, in this run:\n\n");
  for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    {
      if (results_get(results, &value, "%s", rows[i].name))
        {
          printf("  %-38s %8.1f %s\n", rows[i].what, value, rows[i].unit);
        }
    }
}

/* Gnuplot, reading its script from us. */

static FILE *plot_open(const char *dir, const char *name, uint32_t width,
                       uint32_t height)
{
  FILE *plot = popen("gnuplot", "w");

  if (plot != NULL)
    {
      fprintf(plot, "set terminal svg size %u,%u background 'white'\n"
              "set output '%s/%s.svg'\n", width, height, dir, name);
    }

  return plot;
}

static bool plot_close(FILE *plot, const char *name)
{
  if (plot == NULL || pclose(plot) != 0)
    {
      fprintf(stderr, "bench_report: gnuplot could not draw %s.svg\n", name);
      return false;
    }

  return true;
}

/* The curve of one policy in one arena, or of mm/iob for a NULL name. */

static bool curve_point(const struct results_s *results, const char *name,
                        const struct arena_s *arena, uint32_t load,
                        double *value)
{
  if (name != NULL)
    {
      return results_get(results, value, "fail_pct_%s_%s_%u", name,
                         arena->name, load);
    }

  return results_get(results, value, "jumbo_fail_pct_%s_%u", arena->name,
                     load) ||
         (strcmp(arena->name, "4m") == 0 &&
          results_get(results, value, "jumbo_fail_pct_%u", load));
}

static bool curve_data(const struct results_s *results, FILE *plot,
                       uint32_t number, const char *name,
                       const struct arena_s *arena)
{
  double value;
  uint32_t i;

  for (i = 0; i < NLOADS; i++)
    {
      if (!curve_point(results, name, arena, g_loads[i], &value))
        {
          return false;
        }
    }

  fprintf(plot, "$d%u << EOD\n", number);
  for (i = 0; i < NLOADS; i++)
    {
      curve_point(results, name, arena, g_loads[i], &value);
      fprintf(plot, "%u %.4f\n", g_loads[i],
              value > FLOOR_PCT ? value : FLOOR_PCT);
    }

  fprintf(plot, "EOD\n");
  return true;
}

/* What follows the data in a plot command: a policy has the same style in
 * all panels; mm/iob, number 0, is black and on top of them.
 */

static void curve_style(FILE *plot, uint32_t number)
{
  if (number == 0)
    {
      fprintf(plot, "with linespoints lw 3 pt 7 lc rgb 'black' ");
      return;
    }

  fprintf(plot, "with linespoints pt %u lc rgb hsv2rgb(%.2f,1,0.8) ",
          number + 1, number * 0.15 - (int)(number * 0.15));
}

static void panel(const struct results_s *results, FILE *plot,
                  const struct arena_s *arena)
{
  const struct policy_s *policy = g_policies;
  uint32_t shown[NSHOWN];
  uint32_t count = 0;
  uint32_t number;
  uint32_t i;

  for (number = 1; policy->name != NULL && number < NSHOWN; number++)
    {
      if (curve_data(results, plot, number, (policy++)->name, arena))
        {
          shown[count++] = number;
        }
    }

  if (curve_data(results, plot, 0, NULL, arena))
    {
      shown[count++] = 0;
    }

  if (count == 0)
    {
      fprintf(plot, "set multiplot next\n");
      return;
    }

  fprintf(plot, "set title '%s'\nplot ", arena->title);
  for (i = 0; i < count; i++)
    {
      fprintf(plot, "%s$d%u using 1:2 ", i == 0 ? "" : ", ", shown[i]);
      curve_style(plot, shown[i]);
    }

  fprintf(plot, "\n");
}

/* The last panel has nothing but the names. */

static void panel_names(FILE *plot)
{
  const struct policy_s *policy;
  uint32_t number = 0;

  fprintf(plot, "set key inside left center Left reverse font ',10'\n"
          "unset border\nunset tics\nunset xlabel\nunset ylabel\n"
          "unset title\nplot NaN ");
  curve_style(plot, number);
  fprintf(plot, "title 'mm/iob'");
  for (policy = g_policies; policy->name != NULL; policy++)
    {
      fprintf(plot, ", NaN ");
      curve_style(plot, ++number);
      fprintf(plot, "noenhanced title '%s'", policy->name);
    }

  fprintf(plot, "\n");
}

static bool plot_placement(const struct results_s *results, const char *dir)
{
  FILE *plot = plot_open(dir, "placement", 1350, 480);
  uint32_t i;

  if (plot != NULL)
    {
      fprintf(plot, "set multiplot layout 1,%d title 'Requests for 9014 B "
              "that fail, worst of three mixes (%g %% and less drawn at %g "
              "%%)'\n"
              "set logscale y\nset yrange [%g:120]\nset xrange [74:91]\n"
              "set xtics 75,5,90\nset xlabel 'arena busy, %%'\n"
              "set ylabel 'failed, %%'\nset grid\nunset key\n",
              NARENAS + 1, FLOOR_PCT, FLOOR_PCT, FLOOR_PCT);
      for (i = 0; i < NARENAS; i++)
        {
          panel(results, plot, &g_arenas[i]);
        }

      panel_names(plot);
      fprintf(plot, "unset multiplot\n");
    }

  return plot_close(plot, "placement");
}

static bool plot_latency(const struct results_s *results, const char *dir)
{
  static const char *const name[] =
  {
    "alloc_free_100", "freelist_100", "malloc_100", "lwip_pool", "lwip_ram",
    "alloc_free_1514", "freelist_1514", "malloc_1514", "alloc_free_9000",
    "freelist_9000", "malloc_9000", "lwip_ram_9000", "share_free",
    "lwip_ref_free", "push_pull", "lwip_header", "clone_1514",
    "lwip_clone_1514", "trim", "replay_iob_50", "replay_iob_85",
    "replay_malloc"
  };

  FILE *plot = plot_open(dir, "latency", 1100, 560);
  uint32_t i;

  if (plot == NULL)
    {
      return plot_close(plot, "latency");
    }

  fprintf(plot, "$d << EOD\n");
  for (i = 0; i < sizeof(name) / sizeof(name[0]); i++)
    {
      double median;
      double p99;

      if (results_get(results, &median, "%s_ns", name[i]) &&
          results_get(results, &p99, "%s_p99_ns", name[i]))
        {
          fprintf(plot, "\"%s\" %.2f %.2f\n", name[i], median, p99);
        }
    }

  fprintf(plot, "EOD\nset title 'Time of a pair of operations, 4 MiB "
          "arena (p99 contains one reading of the clock)'\n"
          "set logscale y\nset ylabel 'ns'\nset grid y\n"
          "set style data histograms\nset style fill solid 0.8\n"
          "set xtics rotate by -45 noenhanced\nset key top left\n"
          "set rmargin 10\n"
          "plot $d using 2:xtic(1) title 'median', '' using 3 title 'p99'\n");
  return plot_close(plot, "latency");
}

int main(int argc, char **argv)
{
  static const char *const fragment[] =
  {
    "placement", "iob-256k", "iob-4m", "iob-64m", "size-32"
  };

  const char *dir = "build/bench";
  struct results_s results;
  bool short_form = false;
  uint32_t i;
  bool ok;

  const struct option_s options[] =
  {
    { "--dir", NULL, &dir, NULL, 0 },
    { "--brief", &short_form, NULL, NULL, 0 },
    { NULL, NULL, NULL, NULL, 0 }
  };

  options_parse(argc, argv, g_usage, options);
  results_init(&results);
  for (i = 0; i < sizeof(fragment) / sizeof(fragment[0]); i++)
    {
      if (!results_read(&results, dir, fragment[i]) && !short_form)
        {
          printf("without %s.json: it is not in %s\n", fragment[i], dir);
        }
    }

  if (short_form)
    {
      brief(&results);
      results_fini(&results);
      return 0;
    }

  ok = results_write(&results, dir, "iob") &&
       plot_placement(&results, dir) && plot_latency(&results, dir);
  if (ok)
    {
      printf("%s/iob.json, placement.svg, latency.svg\n", dir);
      ok = targets_met(&results);
    }

  results_fini(&results);
  return ok ? 0 : 1;
}
