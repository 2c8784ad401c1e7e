/****************************************************************************
 * apps/testing/ostest/ostest_sync.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Licensed to the Apache Software Foundation (ASF) under one or more
 * contributor license agreements.  See the NOTICE file distributed with
 * this work for additional information regarding copyright ownership.  The
 * ASF licenses this file to you under the Apache License, Version 2.0 (the
 * "License"); you may not use this file except in compliance with the
 * License.  You may obtain a copy of the License at
 *
 *   http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
 * WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.  See the
 * License for the specific language governing permissions and limitations
 * under the License.
 *
 ****************************************************************************/

/****************************************************************************
 * Included Files
 ****************************************************************************/

#if __has_include(<nuttx/config.h>)
#  include <nuttx/config.h>
#endif

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <time.h>
#include <unistd.h>

#include "ostest.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define NWORKERS 4
#define NROUNDS  50

/****************************************************************************
 * Private Data
 ****************************************************************************/

static pthread_mutex_t g_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t g_cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t g_rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t g_barrier;
static pthread_spinlock_t g_spin;
static sem_t g_sem[2];
static int g_count;
static int g_inside;
static int g_most;
static int g_last;

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: sync_after
 *
 * Description:
 *   The time on a clock in so many milliseconds.
 *
 ****************************************************************************/

static struct timespec sync_after(clockid_t clock, int msec)
{
  struct timespec ts;

  clock_gettime(clock, &ts);
  ts.tv_sec  += msec / 1000;
  ts.tv_nsec += msec % 1000 * 1000000L;
  if (ts.tv_nsec >= 1000000000L)
    {
      ts.tv_sec++;
      ts.tv_nsec -= 1000000000L;
    }

  return ts;
}

/****************************************************************************
 * Name: sync_start
 *
 * Description:
 *   Start threads.
 *
 ****************************************************************************/

static void sync_start(pthread_t *id, int n, void *(*entry)(void *))
{
  int i;

  for (i = 0; i < n; i++)
    {
      CHECK(pthread_create(&id[i], NULL, entry, NULL) == 0);
    }
}

/****************************************************************************
 * Name: sync_finish
 *
 * Description:
 *   Wait for them; each has returned NULL if all was well.
 *
 ****************************************************************************/

static void sync_finish(const pthread_t *id, int n)
{
  void *ret;
  int i;

  for (i = 0; i < n; i++)
    {
      CHECK(pthread_join(id[i], &ret) == 0);
      CHECK(ret == NULL);
    }
}

/****************************************************************************
 * Name: mutex_worker
 *
 * Description:
 *   Adds up, giving others every chance to come between.
 *
 ****************************************************************************/

static void *mutex_worker(void *arg)
{
  int i;

  for (i = 0; i < NROUNDS; i++)
    {
      int before;

      pthread_mutex_lock(&g_mutex);
      before = g_count;
      sched_yield();
      g_count = before + 1;
      pthread_mutex_unlock(&g_mutex);
    }

  return arg;
}

/****************************************************************************
 * Name: mutex_exclude
 *
 * Description:
 *   Nobody comes between.
 *
 ****************************************************************************/

static void mutex_exclude(void)
{
  pthread_t id[NWORKERS];

  g_count = 0;
  sync_start(id, NWORKERS, mutex_worker);
  sync_finish(id, NWORKERS);
  CHECK(g_count == NWORKERS * NROUNDS);
}

/****************************************************************************
 * Name: mutex_make
 *
 * Description:
 *   A mutex of a kind.
 *
 ****************************************************************************/

static void mutex_make(pthread_mutex_t *mutex, int kind)
{
  pthread_mutexattr_t attr;
  int got = -1;

  CHECK(pthread_mutexattr_init(&attr) == 0);
  CHECK(pthread_mutexattr_settype(&attr, kind) == 0);
  CHECK(pthread_mutexattr_gettype(&attr, &got) == 0 && got == kind);
  CHECK(pthread_mutex_init(mutex, &attr) == 0);
  CHECK(pthread_mutexattr_destroy(&attr) == 0);
}

/****************************************************************************
 * Name: mutex_errorcheck
 *
 * Description:
 *   Mistakes are told.
 *
 ****************************************************************************/

static void mutex_errorcheck(void)
{
  pthread_mutex_t mutex;

  mutex_make(&mutex, PTHREAD_MUTEX_ERRORCHECK);
  CHECK(pthread_mutex_unlock(&mutex) == EPERM);
  CHECK(pthread_mutex_lock(&mutex) == 0);
  CHECK(pthread_mutex_lock(&mutex) == EDEADLK);
  CHECK(pthread_mutex_trylock(&mutex) == EBUSY);
  CHECK(pthread_mutex_destroy(&mutex) == EBUSY);
  CHECK(pthread_mutex_unlock(&mutex) == 0);
  CHECK(pthread_mutex_destroy(&mutex) == 0);
}

/****************************************************************************
 * Name: mutex_trier
 *
 * Description:
 *   Tries to lock; NULL if it could not.
 *
 ****************************************************************************/

static void *mutex_trier(void *arg)
{
  return pthread_mutex_trylock(arg) == EBUSY ? NULL : arg;
}

/****************************************************************************
 * Name: mutex_recursive
 *
 * Description:
 *   It is unlocked as often as it was locked.
 *
 ****************************************************************************/

static void mutex_recursive(void)
{
  pthread_mutex_t mutex;
  pthread_t id;
  void *ret;

  mutex_make(&mutex, PTHREAD_MUTEX_RECURSIVE);
  CHECK(pthread_mutex_lock(&mutex) == 0);
  CHECK(pthread_mutex_lock(&mutex) == 0);
  CHECK(pthread_mutex_unlock(&mutex) == 0);
  CHECK(pthread_create(&id, NULL, mutex_trier, &mutex) == 0);
  CHECK(pthread_join(id, &ret) == 0 && ret == NULL);
  CHECK(pthread_mutex_unlock(&mutex) == 0);
  CHECK(pthread_mutex_unlock(&mutex) == EPERM);
  CHECK(pthread_mutex_destroy(&mutex) == 0);
}

/****************************************************************************
 * Name: mutex_waiter
 *
 * Description:
 *   Waits for a locked mutex, but not for long.
 *
 ****************************************************************************/

static void *mutex_waiter(void *arg)
{
  struct timespec ts = sync_after(CLOCK_REALTIME, 20);
  int64_t start = ostest_now();

  return pthread_mutex_timedlock(arg, &ts) == ETIMEDOUT &&
         ostest_now() - start >= 19 ? NULL : arg;
}

/****************************************************************************
 * Name: mutex_timedlock
 *
 * Description:
 *   A wait has an end.
 *
 ****************************************************************************/

static void mutex_timedlock(void)
{
  struct timespec ts = sync_after(CLOCK_REALTIME, 10000);
  pthread_t id;
  void *ret;

  CHECK(pthread_mutex_lock(&g_mutex) == 0);
  CHECK(pthread_create(&id, NULL, mutex_waiter, &g_mutex) == 0);
  CHECK(pthread_join(id, &ret) == 0 && ret == NULL);
  CHECK(pthread_mutex_unlock(&g_mutex) == 0);
  CHECK(pthread_mutex_timedlock(&g_mutex, &ts) == 0);
  CHECK(pthread_mutex_unlock(&g_mutex) == 0);
}

/****************************************************************************
 * Name: cond_consumer
 *
 * Description:
 *   Takes what there is, one at a time.
 *
 ****************************************************************************/

static void *cond_consumer(void *arg)
{
  int i;

  for (i = 0; i < NROUNDS; i++)
    {
      pthread_mutex_lock(&g_mutex);
      while (g_count == 0)
        {
          pthread_cond_wait(&g_cond, &g_mutex);
        }

      g_count--;
      pthread_mutex_unlock(&g_mutex);
    }

  return arg;
}

/****************************************************************************
 * Name: cond_signal
 *
 * Description:
 *   Everything that is made is taken.
 *
 ****************************************************************************/

static void cond_signal(void)
{
  pthread_t id[NWORKERS];
  int i;

  g_count = 0;
  sync_start(id, NWORKERS, cond_consumer);
  for (i = 0; i < NWORKERS * NROUNDS; i++)
    {
      pthread_mutex_lock(&g_mutex);
      g_count++;
      pthread_cond_signal(&g_cond);
      pthread_mutex_unlock(&g_mutex);
      if (i % 7 == 0)
        {
          sched_yield();
        }
    }

  sync_finish(id, NWORKERS);
  CHECK(g_count == 0);
}

/****************************************************************************
 * Name: cond_waiter
 *
 * Description:
 *   Waits until the count is not zero.
 *
 ****************************************************************************/

static void *cond_waiter(void *arg)
{
  pthread_mutex_lock(&g_mutex);
  g_inside++;
  while (g_count == 0)
    {
      pthread_cond_wait(&g_cond, &g_mutex);
    }

  g_inside--;
  pthread_mutex_unlock(&g_mutex);
  return arg;
}

/****************************************************************************
 * Name: cond_broadcast
 *
 * Description:
 *   All who wait go on.
 *
 ****************************************************************************/

static void cond_broadcast(void)
{
  pthread_t id[NWORKERS];
  int inside = 0;

  g_count  = 0;
  g_inside = 0;
  sync_start(id, NWORKERS, cond_waiter);
  while (inside < NWORKERS)
    {
      usleep(1000);
      pthread_mutex_lock(&g_mutex);
      inside = g_inside;
      pthread_mutex_unlock(&g_mutex);
    }

  pthread_mutex_lock(&g_mutex);
  g_count = 1;
  pthread_cond_broadcast(&g_cond);
  pthread_mutex_unlock(&g_mutex);
  sync_finish(id, NWORKERS);
  CHECK(g_inside == 0);
}

/****************************************************************************
 * Name: cond_timedwait
 *
 * Description:
 *   A wait ends by either clock, with the mutex locked.
 *
 ****************************************************************************/

static void cond_timedwait(void)
{
  pthread_condattr_t attr;
  pthread_cond_t cond;
  struct timespec ts;
  clockid_t clock = CLOCK_REALTIME;
  int64_t start;

  CHECK(pthread_condattr_init(&attr) == 0);
  CHECK(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
  CHECK(pthread_condattr_getclock(&attr, &clock) == 0);
  CHECK(clock == CLOCK_MONOTONIC);
  CHECK(pthread_cond_init(&cond, &attr) == 0);

  CHECK(pthread_mutex_lock(&g_mutex) == 0);
  start = ostest_now();
  ts    = sync_after(CLOCK_MONOTONIC, 20);
  CHECK(pthread_cond_timedwait(&cond, &g_mutex, &ts) == ETIMEDOUT);
  CHECK(ostest_now() - start >= 19);

  start = ostest_now();
  ts    = sync_after(CLOCK_REALTIME, 20);
  CHECK(pthread_cond_timedwait(&g_cond, &g_mutex, &ts) == ETIMEDOUT);
  CHECK(ostest_now() - start >= 19);

  CHECK(pthread_cond_timedwait(&g_cond, &g_mutex, &ts) == ETIMEDOUT);
  CHECK(pthread_mutex_unlock(&g_mutex) == 0);
  CHECK(pthread_cond_destroy(&cond) == 0);
  CHECK(pthread_condattr_destroy(&attr) == 0);
}

/****************************************************************************
 * Name: rwlock_reader
 *
 * Description:
 *   Reads, and counts how many do at a time.
 *
 ****************************************************************************/

static void *rwlock_reader(void *arg)
{
  pthread_rwlock_rdlock(&g_rwlock);
  pthread_mutex_lock(&g_mutex);
  g_inside++;
  g_most = g_inside > g_most ? g_inside : g_most;
  pthread_mutex_unlock(&g_mutex);
  usleep(20000);
  pthread_mutex_lock(&g_mutex);
  g_inside--;
  pthread_mutex_unlock(&g_mutex);
  pthread_rwlock_unlock(&g_rwlock);
  return arg;
}

/****************************************************************************
 * Name: rwlock_shared
 *
 * Description:
 *   Readers are in together, and a writer is not.
 *
 ****************************************************************************/

static void rwlock_shared(void)
{
  pthread_t id[NWORKERS];

  g_inside = 0;
  g_most   = 0;
  sync_start(id, NWORKERS, rwlock_reader);
  usleep(10000);
  CHECK(pthread_rwlock_trywrlock(&g_rwlock) == EBUSY);
  CHECK(pthread_rwlock_wrlock(&g_rwlock) == 0);
  CHECK(g_inside == 0);
  CHECK(pthread_rwlock_tryrdlock(&g_rwlock) == EBUSY);
  CHECK(pthread_rwlock_unlock(&g_rwlock) == 0);
  sync_finish(id, NWORKERS);
  CHECK(g_most == NWORKERS);
}

/****************************************************************************
 * Name: rwlock_writer
 *
 * Description:
 *   Adds up.
 *
 ****************************************************************************/

static void *rwlock_writer(void *arg)
{
  int i;

  for (i = 0; i < NROUNDS; i++)
    {
      int before;

      pthread_rwlock_wrlock(&g_rwlock);
      before = g_count;
      sched_yield();
      g_count = before + 1;
      pthread_rwlock_unlock(&g_rwlock);
    }

  return arg;
}

/****************************************************************************
 * Name: rwlock_exclude
 *
 * Description:
 *   Writers are in one by one.
 *
 ****************************************************************************/

static void rwlock_exclude(void)
{
  pthread_t id[NWORKERS];

  g_count = 0;
  sync_start(id, NWORKERS, rwlock_writer);
  sync_finish(id, NWORKERS);
  CHECK(g_count == NWORKERS * NROUNDS);
}

/****************************************************************************
 * Name: barrier_worker
 *
 * Description:
 *   Arrives, and counts who was the last.
 *
 ****************************************************************************/

static void *barrier_worker(void *arg)
{
  int i;

  for (i = 0; i < 3; i++)
    {
      if (pthread_barrier_wait(&g_barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
        {
          g_last++;
        }
    }

  return arg;
}

/****************************************************************************
 * Name: barrier_wait
 *
 * Description:
 *   They go on together, and one is the last, each time.
 *
 ****************************************************************************/

static void barrier_wait(void)
{
  pthread_t id[NWORKERS];

  g_last = 0;
  CHECK(pthread_barrier_init(&g_barrier, NULL, 0) == EINVAL);
  CHECK(pthread_barrier_init(&g_barrier, NULL, NWORKERS) == 0);
  sync_start(id, NWORKERS, barrier_worker);
  sync_finish(id, NWORKERS);
  CHECK(g_last == 3);
  CHECK(pthread_barrier_destroy(&g_barrier) == 0);
}

/****************************************************************************
 * Name: spin_worker
 *
 * Description:
 *   Adds up.
 *
 ****************************************************************************/

static void *spin_worker(void *arg)
{
  int i;

  for (i = 0; i < NROUNDS; i++)
    {
      pthread_spin_lock(&g_spin);
      g_count++;
      pthread_spin_unlock(&g_spin);
      sched_yield();
    }

  return arg;
}

/****************************************************************************
 * Name: spin_exclude
 *
 * Description:
 *   Spin locks lock.
 *
 ****************************************************************************/

static void spin_exclude(void)
{
  pthread_t id[NWORKERS];

  g_count = 0;
  CHECK(pthread_spin_init(&g_spin, PTHREAD_PROCESS_PRIVATE) == 0);
  sync_start(id, NWORKERS, spin_worker);
  sync_finish(id, NWORKERS);
  CHECK(g_count == NWORKERS * NROUNDS);
  CHECK(pthread_spin_lock(&g_spin) == 0);
  CHECK(pthread_spin_trylock(&g_spin) == EBUSY);
  CHECK(pthread_spin_unlock(&g_spin) == 0);
  CHECK(pthread_spin_destroy(&g_spin) == 0);
}

/****************************************************************************
 * Name: sem_count
 *
 * Description:
 *   The value is what was posted and not taken.
 *
 ****************************************************************************/

static void sem_count(void)
{
  sem_t sem;
  int value = -1;

  CHECK(sem_init(&sem, 0, 2) == 0);
  CHECK(sem_wait(&sem) == 0);
  CHECK(sem_getvalue(&sem, &value) == 0 && value == 1);
  CHECK(sem_trywait(&sem) == 0);
  CHECK(sem_trywait(&sem) < 0 && errno == EAGAIN);
  CHECK(sem_post(&sem) == 0);
  CHECK(sem_getvalue(&sem, &value) == 0 && value == 1);
  CHECK(sem_destroy(&sem) == 0);
}

/****************************************************************************
 * Name: sem_partner
 *
 * Description:
 *   Answers each post.
 *
 ****************************************************************************/

static void *sem_partner(void *arg)
{
  int i;

  for (i = 0; i < NROUNDS; i++)
    {
      if (sem_wait(&g_sem[0]) < 0)
        {
          return &g_sem;
        }

      g_count++;
      sem_post(&g_sem[1]);
    }

  return arg;
}

/****************************************************************************
 * Name: sem_pingpong
 *
 * Description:
 *   Two take turns.
 *
 ****************************************************************************/

static void sem_pingpong(void)
{
  pthread_t id;
  int i;

  g_count = 0;
  CHECK(sem_init(&g_sem[0], 0, 0) == 0);
  CHECK(sem_init(&g_sem[1], 0, 0) == 0);
  sync_start(&id, 1, sem_partner);
  for (i = 0; i < NROUNDS; i++)
    {
      CHECK(g_count == i);
      sem_post(&g_sem[0]);
      sem_wait(&g_sem[1]);
    }

  sync_finish(&id, 1);
  CHECK(sem_destroy(&g_sem[0]) == 0);
  CHECK(sem_destroy(&g_sem[1]) == 0);
}

/****************************************************************************
 * Name: sem_timeout
 *
 * Description:
 *   A wait has an end; a time that is no time is an error.
 *
 ****************************************************************************/

static void sem_timeout(void)
{
  struct timespec ts = sync_after(CLOCK_REALTIME, 20);
  int64_t start = ostest_now();
  sem_t sem;

  CHECK(sem_init(&sem, 0, 0) == 0);
  CHECK(sem_timedwait(&sem, &ts) < 0 && errno == ETIMEDOUT);
  CHECK(ostest_now() - start >= 19);
  ts.tv_nsec = 1000000000L;
  CHECK(sem_timedwait(&sem, &ts) < 0 && errno == EINVAL);
  CHECK(sem_destroy(&sem) == 0);
}

/****************************************************************************
 * Public Data
 ****************************************************************************/

const struct ostest_s g_sync_tests[] =
{
  { "mutex_exclude",    mutex_exclude    },
  { "mutex_errorcheck", mutex_errorcheck },
  { "mutex_recursive",  mutex_recursive  },
  { "mutex_timedlock",  mutex_timedlock  },
  { "cond_signal",      cond_signal      },
  { "cond_broadcast",   cond_broadcast   },
  { "cond_timedwait",   cond_timedwait   },
  { "rwlock_shared",    rwlock_shared    },
  { "rwlock_exclude",   rwlock_exclude   },
  { "barrier_wait",     barrier_wait     },
  { "spin_exclude",     spin_exclude     },
  { "sem_count",        sem_count        },
  { "sem_pingpong",     sem_pingpong     },
  { "sem_timeout",      sem_timeout      },
  { NULL, NULL }
};
