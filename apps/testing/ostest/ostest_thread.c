/****************************************************************************
 * apps/testing/ostest/ostest_thread.c
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
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "ostest.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define NTHREADS 20

/****************************************************************************
 * Private Data
 ****************************************************************************/

static int g_pipe[2];
static int g_cleaned;
static pthread_key_t g_key;
static int g_destroyed;
static int g_nonce;
static pthread_once_t g_once = PTHREAD_ONCE_INIT;
static volatile bool g_detached;

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: thread_echo
 *
 * Description:
 *   Returns its argument, by the way of pthread_exit().
 *
 ****************************************************************************/

static void *thread_echo(void *arg)
{
  pthread_exit(arg);
  return NULL;
}

/****************************************************************************
 * Name: thread_join
 *
 * Description:
 *   A value comes back from each of many threads.
 *
 ****************************************************************************/

static void thread_join(void)
{
  pthread_t id[NTHREADS];
  int value[NTHREADS];
  void *ret;
  int i;

  for (i = 0; i < NTHREADS; i++)
    {
      CHECK(pthread_create(&id[i], NULL, thread_echo, &value[i]) == 0);
    }

  for (i = NTHREADS - 1; i >= 0; i--)
    {
      CHECK(pthread_join(id[i], &ret) == 0);
      CHECK(ret == &value[i]);
    }
}

/****************************************************************************
 * Name: thread_joinself
 *
 * Description:
 *   Nobody can wait for himself.
 *
 ****************************************************************************/

static void thread_joinself(void)
{
  CHECK(pthread_equal(pthread_self(), pthread_self()));
  CHECK(pthread_join(pthread_self(), NULL) == EDEADLK);
}

/****************************************************************************
 * Name: thread_flag
 *
 * Description:
 *   Sets a flag.
 *
 ****************************************************************************/

static void *thread_flag(void *arg)
{
  *(volatile bool *)arg = true;
  return NULL;
}

/****************************************************************************
 * Name: thread_detach
 *
 * Description:
 *   A detached thread runs and leaves nothing.
 *
 ****************************************************************************/

static void thread_detach(void)
{
  pthread_attr_t attr;
  pthread_t id;
  int state = -1;
  int i;

  g_detached = false;
  CHECK(pthread_attr_init(&attr) == 0);
  CHECK(pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED) == 0);
  CHECK(pthread_attr_getdetachstate(&attr, &state) == 0);
  CHECK(state == PTHREAD_CREATE_DETACHED);
  CHECK(pthread_create(&id, &attr, thread_flag, (void *)&g_detached) == 0);
  CHECK(pthread_attr_destroy(&attr) == 0);

  for (i = 0; i < 2000 && !g_detached; i++)
    {
      usleep(1000);
    }

  CHECK(g_detached);
}

/****************************************************************************
 * Name: thread_useall
 *
 * Description:
 *   Uses much of its stack.
 *
 ****************************************************************************/

static void *thread_useall(void *arg)
{
  volatile char room[200000];
  size_t i;

  for (i = 0; i < sizeof(room); i += 1024)
    {
      room[i] = (char)i;
    }

  return room[0] == 0 ? arg : NULL;
}

/****************************************************************************
 * Name: thread_stack
 *
 * Description:
 *   A thread has the stack that was asked for.
 *
 ****************************************************************************/

static void thread_stack(void)
{
  pthread_attr_t attr;
  pthread_t id;
  size_t size = 0;
  void *ret = NULL;

  CHECK(pthread_attr_init(&attr) == 0);
  CHECK(pthread_attr_setstacksize(&attr, 1048576) == 0);
  CHECK(pthread_attr_getstacksize(&attr, &size) == 0);
  CHECK(size >= 1048576);
  CHECK(pthread_create(&id, &attr, thread_useall, &size) == 0);
  CHECK(pthread_join(id, &ret) == 0);
  CHECK(ret == &size);
  pthread_attr_destroy(&attr);
}

/****************************************************************************
 * Name: thread_errno
 *
 * Description:
 *   Makes errors of its own, letting others run.
 *
 ****************************************************************************/

static void *thread_errno(void *arg)
{
  int i;

  for (i = 0; i < 5; i++)
    {
      errno = 0;
      if (open("/no/such/file", O_RDONLY) >= 0 || errno != ENOENT)
        {
          return NULL;
        }

      usleep(2000);
      if (errno != ENOENT)
        {
          return NULL;
        }
    }

  return arg;
}

/****************************************************************************
 * Name: thread_errnos
 *
 * Description:
 *   errno is that of the thread, also of one that is not looking.
 *
 ****************************************************************************/

static void thread_errnos(void)
{
  pthread_t id;
  void *ret;
  int i;

  CHECK(pthread_create(&id, NULL, thread_errno, &i) == 0);
  for (i = 0; i < 5; i++)
    {
      CHECK(close(-1) < 0 && errno == EBADF);
      usleep(2000);
      CHECK(errno == EBADF);
    }

  CHECK(pthread_join(id, &ret) == 0);
  CHECK(ret == &i);
  CHECK(errno == EBADF);
}

/****************************************************************************
 * Name: thread_clean
 *
 * Description:
 *   Counts the handlers that ran, last one first.
 *
 ****************************************************************************/

static void thread_clean(void *arg)
{
  g_cleaned = g_cleaned * 10 + *(int *)arg;
}

/****************************************************************************
 * Name: thread_reader
 *
 * Description:
 *   Waits for what never comes.
 *
 ****************************************************************************/

static void *thread_reader(void *arg)
{
  static int one = 1;
  static int two = 2;
  char byte;

  (void)arg;
  pthread_cleanup_push(thread_clean, &one);
  pthread_cleanup_push(thread_clean, &two);
  while (read(g_pipe[0], &byte, 1) == 1)
    {
    }

  pthread_cleanup_pop(0);
  pthread_cleanup_pop(0);
  return NULL;
}

/****************************************************************************
 * Name: thread_cancel
 *
 * Description:
 *   A thread that waits in read() is cancelled there, and its   handlers
 *   run.
 *
 ****************************************************************************/

static void thread_cancel(void)
{
  pthread_t id;
  void *ret = NULL;

  g_cleaned = 0;
  CHECK(pipe(g_pipe) == 0);
  CHECK(pthread_create(&id, NULL, thread_reader, NULL) == 0);
  usleep(10000);
  CHECK(pthread_cancel(id) == 0);
  CHECK(pthread_join(id, &ret) == 0);
  CHECK(ret == PTHREAD_CANCELED);
  CHECK(g_cleaned == 21);
  close(g_pipe[0]);
  close(g_pipe[1]);
}

/****************************************************************************
 * Name: thread_immune
 *
 * Description:
 *   Cannot be cancelled until it says so.
 *
 ****************************************************************************/

static void *thread_immune(void *arg)
{
  int *progress = arg;

  pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
  usleep(20000);
  pthread_testcancel();
  *progress = 1;
  pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
  pthread_testcancel();
  *progress = 2;
  return NULL;
}

/****************************************************************************
 * Name: thread_nocancel
 *
 * Description:
 *   A cancellation waits until it is allowed.
 *
 ****************************************************************************/

static void thread_nocancel(void)
{
  int progress = 0;
  pthread_t id;
  void *ret = NULL;

  CHECK(pthread_create(&id, NULL, thread_immune, &progress) == 0);
  usleep(5000);
  CHECK(pthread_cancel(id) == 0);
  CHECK(pthread_join(id, &ret) == 0);
  CHECK(ret == PTHREAD_CANCELED);
  CHECK(progress == 1);
}

/****************************************************************************
 * Name: thread_cleanup
 *
 * Description:
 *   A handler that is popped runs if that is asked for.
 *
 ****************************************************************************/

static void thread_cleanup(void)
{
  int three = 3;
  int four = 4;

  g_cleaned = 0;
  pthread_cleanup_push(thread_clean, &three);
  pthread_cleanup_push(thread_clean, &four);
  pthread_cleanup_pop(1);
  pthread_cleanup_pop(0);
  CHECK(g_cleaned == 4);
}

/****************************************************************************
 * Name: thread_destroy
 *
 * Description:
 *   Adds up the values that are destroyed.
 *
 ****************************************************************************/

static void thread_destroy(void *value)
{
  g_destroyed += *(int *)value;
}

/****************************************************************************
 * Name: thread_keeper
 *
 * Description:
 *   Has a value of its own.
 *
 ****************************************************************************/

static void *thread_keeper(void *arg)
{
  void *before = pthread_getspecific(g_key);

  pthread_setspecific(g_key, arg);
  usleep(1000);
  return before == NULL && pthread_getspecific(g_key) == arg ? arg : NULL;
}

/****************************************************************************
 * Name: thread_keys
 *
 * Description:
 *   Each thread has its own value, which is destroyed at its end.
 *
 ****************************************************************************/

static void thread_keys(void)
{
  pthread_t id[3];
  int value[3];
  void *ret;
  int i;

  g_destroyed = 0;
  CHECK(pthread_key_create(&g_key, thread_destroy) == 0);
  for (i = 0; i < 3; i++)
    {
      value[i] = i + 1;
      CHECK(pthread_create(&id[i], NULL, thread_keeper, &value[i]) == 0);
    }

  for (i = 0; i < 3; i++)
    {
      CHECK(pthread_join(id[i], &ret) == 0 && ret == &value[i]);
    }

  CHECK(pthread_getspecific(g_key) == NULL);
  CHECK(g_destroyed == 6);
  CHECK(pthread_key_delete(g_key) == 0);
}

/****************************************************************************
 * Name: thread_init
 *
 * Description:
 *   Takes a while to be done.
 *
 ****************************************************************************/

static void thread_init(void)
{
  usleep(2000);
  g_nonce++;
}

/****************************************************************************
 * Name: thread_oncer
 *
 * Description:
 *   Returns its argument if it was done when it came back.
 *
 ****************************************************************************/

static void *thread_oncer(void *arg)
{
  pthread_once(&g_once, thread_init);
  return g_nonce == 1 ? arg : NULL;
}

/****************************************************************************
 * Name: thread_once
 *
 * Description:
 *   It is done once, and nobody goes on before that.
 *
 ****************************************************************************/

static void thread_once(void)
{
  static const pthread_once_t fresh = PTHREAD_ONCE_INIT;
  pthread_t id[3];
  int value[3];
  void *ret;
  int i;

  g_nonce = 0;
  g_once  = fresh;
  for (i = 0; i < 3; i++)
    {
      CHECK(pthread_create(&id[i], NULL, thread_oncer, &value[i]) == 0);
    }

  for (i = 0; i < 3; i++)
    {
      CHECK(pthread_join(id[i], &ret) == 0 && ret == &value[i]);
    }

  CHECK(g_nonce == 1);
}

/****************************************************************************
 * Public Data
 ****************************************************************************/

const struct ostest_s g_thread_tests[] =
{
  { "thread_join",     thread_join     },
  { "thread_joinself", thread_joinself },
  { "thread_detach",   thread_detach   },
  { "thread_stack",    thread_stack    },
  { "thread_errno",    thread_errnos   },
  { "thread_cancel",   thread_cancel   },
  { "thread_nocancel", thread_nocancel },
  { "thread_cleanup",  thread_cleanup  },
  { "thread_keys",     thread_keys     },
  { "thread_once",     thread_once     },
  { NULL, NULL }
};
