/* bench/kernel_core.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's core: what a switch costs, what a semaphore costs beside that
 * of the host's threads, and what a timer costs when there are few and when
 * there are many.  Everything is measured in rounds, all kinds in each; the
 * table shows the median of the rounds.
 */

#include <nuttx/config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nuttx/sched.h>
#include <nuttx/semaphore.h>
#include <nuttx/sim.h>
#include <nuttx/wdog.h>

#include "kernel_pthread.h"
#include "options.h"
#include "results.h"
#include "timing.h"

#define NROUNDS   9
#define NSWITCHES 400000
#define NPINGS    200000
#define NTHREADS  20000          /* Pings of the host's threads: slow */
#define NTIMINGS  200000
#define MANY      100000

enum kind_e
{
  YIELD,
  PING,
  THREAD_FREE,
  THREAD_ONE,
  FRESH_FEW,
  FRESH_MANY,
  MOVE_FEW,
  MOVE_MANY,
  EXPIRE_FEW,
  EXPIRE_MANY,
  NKINDS
};

static const struct
{
  const char *name;
  const char *text;
} g_kind[NKINDS] =
{
  [YIELD]       = { "switch", "switch to another task" },
  [PING]        = { "sem_pingpong", "semaphore ping-pong, round trip" },
  [THREAD_FREE] = { "pthread_pingpong", "  the same, host threads" },
  [THREAD_ONE]  = { "pthread_pingpong_1cpu",
                    "  the same, host threads on one processor" },
  [FRESH_FEW]   = { "timer_start_cancel_10",
                    "start and cancel a timer, beside 10" },
  [FRESH_MANY]  = { "timer_start_cancel_100000",
                    "  the same, beside 100,000" },
  [MOVE_FEW]    = { "timer_restart_10", "restart any one of 10" },
  [MOVE_MANY]   = { "timer_restart_100000", "restart any one of 100,000" },
  [EXPIRE_FEW]  = { "timer_expire_10",
                    "expire, and start again, 10 timers" },
  [EXPIRE_MANY] = { "timer_expire_100000",
                    "expire, and start again, 100,000 timers" },
};

static const char g_usage[] =
  "usage: kernel_core [--dir DIR]\n"
  "\n"
  "Times the kernel's core.\n"
  "\n"
  "  --dir DIR  write the numbers to DIR/kernel.json, too\n";

static struct samples_s g_samples[NKINDS];
static struct wdog_s g_timer[MANY + 1];
static struct sim_random_s g_random;
static sem_t g_ping;
static sem_t g_pong;
static unsigned int g_left;      /* Expirations to go */

static void sample(enum kind_e kind, uint64_t start, unsigned int n)
{
  samples_add(&g_samples[kind], (double)(timing_now() - start) / n);
}

/* Tasks */

static int yielder(int argc, char *argv[])
{
  int i;

  (void)argc;
  (void)argv;
  for (i = 0; i < NSWITCHES / 2; i++)
    {
      nxsched_yield();
    }

  return 0;
}

static int ponger(int argc, char *argv[])
{
  int i;

  (void)argc;
  (void)argv;
  for (i = 0; i < NPINGS; i++)
    {
      nxsem_wait(&g_ping);
      nxsem_post(&g_pong);
    }

  return 0;
}

static void time_tasks(void)
{
  uint64_t start;
  int i;

  nxtask_create("yielder", SCHED_PRIORITY_DEFAULT, 0, yielder, NULL);
  start = timing_now();
  yielder(0, NULL);
  sample(YIELD, start, NSWITCHES);
  nxsched_waitpid(-1, NULL, 0);

  nxsem_init(&g_ping, 0, 0);
  nxsem_init(&g_pong, 0, 0);
  nxtask_create("ponger", SCHED_PRIORITY_DEFAULT, 0, ponger, NULL);
  start = timing_now();
  for (i = 0; i < NPINGS; i++)
    {
      nxsem_post(&g_ping);
      nxsem_wait(&g_pong);
    }

  sample(PING, start, NPINGS);
  nxsched_waitpid(-1, NULL, 0);
}

/* Timers */

static void idle_timer(wdparm_t arg)
{
  (void)arg;
}

static clock_t some_time(void)
{
  return 1000000 + (clock_t)sim_random_below(&g_random, 1000000000);
}

static void time_timers(unsigned int n, enum kind_e fresh, enum kind_e move)
{
  uint64_t start;
  unsigned int i;

  for (i = 0; i < n; i++)
    {
      wd_start(&g_timer[i], some_time(), idle_timer, 0);
    }

  /* Until the heap has the shape that work gives it */

  for (i = 0; i < 2 * n; i++)
    {
      wd_start(&g_timer[sim_random_below(&g_random, n)], some_time(),
               idle_timer, 0);
    }

  start = timing_now();
  for (i = 0; i < NTIMINGS; i++)
    {
      wd_start(&g_timer[n], some_time(), idle_timer, 0);
      wd_cancel(&g_timer[n]);
    }

  sample(fresh, start, NTIMINGS);

  start = timing_now();
  for (i = 0; i < NTIMINGS; i++)
    {
      wd_start(&g_timer[sim_random_below(&g_random, n)], some_time(),
               idle_timer, 0);
    }

  sample(move, start, NTIMINGS);

  for (i = 0; i < n; i++)
    {
      wd_cancel(&g_timer[i]);
    }
}

static void again(wdparm_t arg)
{
  wd_start((struct wdog_s *)arg, some_time(), again, arg);
  if (--g_left == 0)
    {
      nxsem_post(&g_ping);
    }
}

/* Under virtual time: how long it takes until so many have expired */

static void time_expiry(unsigned int n, enum kind_e kind)
{
  uint64_t start;
  unsigned int i;

  nxsem_init(&g_ping, 0, 0);
  g_left = NTIMINGS;
  for (i = 0; i < n; i++)
    {
      wd_start(&g_timer[i], some_time(), again, (wdparm_t)&g_timer[i]);
    }

  start = timing_now();
  nxsem_wait(&g_ping);
  sample(kind, start, NTIMINGS);
  for (i = 0; i < n; i++)
    {
      wd_cancel(&g_timer[i]);
    }
}

static int real_part(int argc, char *argv[])
{
  (void)argc;
  (void)argv;
  sim_random_stream(&g_random, "bench");
  time_tasks();
  time_timers(10, FRESH_FEW, MOVE_FEW);
  time_timers(MANY, FRESH_MANY, MOVE_MANY);
  return 0;
}

static int virtual_part(int argc, char *argv[])
{
  (void)argc;
  (void)argv;
  sim_random_stream(&g_random, "bench");
  time_expiry(10, EXPIRE_FEW);
  time_expiry(MANY, EXPIRE_MANY);
  return 0;
}

static bool one_round(void)
{
  static const struct sim_config_s real =
  {
    .seed = 1
  };

  static const struct sim_config_s jumping =
  {
    .seed = 1,
    .virtual_time = true
  };

  double ns;

  if (sim_run(&real, real_part, 0, NULL) != 0 ||
      sim_run(&jumping, virtual_part, 0, NULL) != 0)
    {
      return false;
    }

  if (!pthread_pingpong(NTHREADS, false, &ns))
    {
      return false;
    }

  samples_add(&g_samples[THREAD_FREE], ns);
  if (!pthread_pingpong(NTHREADS, true, &ns))
    {
      return false;
    }

  samples_add(&g_samples[THREAD_ONE], ns);
  return true;
}

static void report(struct results_s *results)
{
  int i;

  printf("%-48s %12s %12s\n", "ns, median and worst of the rounds",
         "median", "worst");
  for (i = 0; i < NKINDS; i++)
    {
      double median = samples_quantile(&g_samples[i], 0.5);
      double worst = samples_quantile(&g_samples[i], 1);

      printf("%-48s %12.1f %12.1f\n", g_kind[i].text, median, worst);
      results_add(results, median, "kernel_%s_ns", g_kind[i].name);
    }
}

int main(int argc, char **argv)
{
  struct results_s results;
  const char *dir = NULL;
  bool ok = true;
  int i;

  const struct option_s options[] =
  {
    { "--dir", NULL, &dir, NULL, 0 },
    { NULL, NULL, NULL, NULL, 0 }
  };

  options_parse(argc, argv, g_usage, options);
  for (i = 0; i < NROUNDS; i++)
    {
      options_progress("round", (uint32_t)i, NROUNDS);
      if (!one_round())
        {
          fprintf(stderr, "kernel_core: the host gives no threads, or the "
                  "kernel did not boot\n");
          return 1;
        }
    }

  options_progress_end();
  results_init(&results);
  report(&results);
  if (dir != NULL)
    {
      ok = results_write(&results, dir, "kernel");
    }

  results_fini(&results);
  return ok ? 0 : 1;
}
