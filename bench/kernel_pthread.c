/* bench/kernel_pthread.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * See kernel_pthread.h.
 */

#define _GNU_SOURCE

#include "kernel_pthread.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

#include "timing.h"

struct table_s
{
  sem_t ping;
  sem_t pong;
  int n;
};

static void *ponger(void *arg)
{
  struct table_s *table = arg;
  int i;

  for (i = 0; i < table->n; i++)
    {
      sem_wait(&table->ping);
      sem_post(&table->pong);
    }

  return NULL;
}

static bool play(int n, double *ns)
{
  struct table_s table;
  pthread_t thread;
  uint64_t start;
  int i;

  table.n = n;
  sem_init(&table.ping, 0, 0);
  sem_init(&table.pong, 0, 0);
  if (pthread_create(&thread, NULL, ponger, &table) != 0)
    {
      return false;
    }

  start = timing_now();
  for (i = 0; i < n; i++)
    {
      sem_post(&table.ping);
      sem_wait(&table.pong);
    }

  *ns = (double)(timing_now() - start) / n;
  pthread_join(thread, NULL);
  sem_destroy(&table.ping);
  sem_destroy(&table.pong);
  return true;
}

bool pthread_pingpong(int n, bool one_cpu, double *ns)
{
  cpu_set_t before;
  cpu_set_t one;
  bool ok;

  if (!one_cpu)
    {
      return play(n, ns);
    }

  if (sched_getaffinity(0, sizeof(before), &before) != 0)
    {
      return false;
    }

  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  if (sched_setaffinity(0, sizeof(one), &one) != 0)
    {
      return false;
    }

  ok = play(n, ns);
  sched_setaffinity(0, sizeof(before), &before);
  return ok;
}
