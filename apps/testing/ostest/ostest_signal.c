/****************************************************************************
 * apps/testing/ostest/ostest_signal.c
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
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "ostest.h"

/****************************************************************************
 * Private Data
 ****************************************************************************/

static volatile int g_caught;
static volatile int g_signal;
static pthread_t g_main;
static int g_pipe[2];

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: signal_handler
 *
 * Description:
 *   Counts, and spoils errno.
 *
 ****************************************************************************/

static void signal_handler(int sig)
{
  g_caught++;
  g_signal = sig;
  errno    = EDOM;
}

/****************************************************************************
 * Name: signal_catch
 *
 * Description:
 *   Have a signal caught.
 *
 ****************************************************************************/

static void signal_catch(int sig, int flags)
{
  struct sigaction sa;

  memset(&sa, 0, sizeof(sa));
  sa.sa_handler = signal_handler;
  sa.sa_flags   = flags;
  g_caught      = 0;
  g_signal      = 0;
  CHECK(sigaction(sig, &sa, NULL) == 0);
}

/****************************************************************************
 * Name: signal_raise
 *
 * Description:
 *   A handler runs before raise() returns; errno is kept by those   who
 *   keep it.
 *
 ****************************************************************************/

static void signal_raise(void)
{
  struct sigaction sa;

  signal_catch(SIGUSR1, 0);
  CHECK(sigaction(SIGUSR1, NULL, &sa) == 0);
  CHECK(sa.sa_handler == signal_handler);
  CHECK(raise(SIGUSR1) == 0);
  CHECK(g_caught == 1 && g_signal == SIGUSR1);
  CHECK(kill(getpid(), SIGUSR1) == 0);
  CHECK(g_caught == 2);
  CHECK(signal(SIGUSR1, SIG_IGN) == signal_handler);
  CHECK(raise(SIGUSR1) == 0);
  CHECK(g_caught == 2);
  CHECK(signal(SIGUSR1, SIG_DFL) == SIG_IGN);
  CHECK(kill(getpid(), 0) == 0);
}

/****************************************************************************
 * Name: signal_info
 *
 * Description:
 *   Looks at what it is told.
 *
 ****************************************************************************/

static void signal_info(int sig, siginfo_t *info, void *context)
{
  g_caught++;
  g_signal = info->si_signo == sig && context != &g_caught ? sig : 0;
}

/****************************************************************************
 * Name: signal_once
 *
 * Description:
 *   A handler can be for once, and can be told more.
 *
 ****************************************************************************/

static void signal_once(void)
{
  struct sigaction sa;

  memset(&sa, 0, sizeof(sa));
  sa.sa_sigaction = signal_info;
  sa.sa_flags     = SA_SIGINFO | SA_RESETHAND;
  g_caught        = 0;
  CHECK(sigaction(SIGUSR2, &sa, NULL) == 0);
  CHECK(raise(SIGUSR2) == 0);
  CHECK(g_caught == 1 && g_signal == SIGUSR2);
  CHECK(sigaction(SIGUSR2, NULL, &sa) == 0);
  CHECK(sa.sa_handler == SIG_DFL);
}

/****************************************************************************
 * Name: signal_block
 *
 * Description:
 *   A signal that is blocked waits.
 *
 ****************************************************************************/

static void signal_block(void)
{
  sigset_t set;
  sigset_t old;

  signal_catch(SIGUSR1, 0);
  CHECK(sigemptyset(&set) == 0);
  CHECK(sigaddset(&set, SIGUSR1) == 0);
  CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0);
  CHECK(raise(SIGUSR1) == 0);
  CHECK(g_caught == 0);
  CHECK(sigpending(&set) == 0 && sigismember(&set, SIGUSR1) == 1);
  CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0);
  CHECK(g_caught == 1);
  signal(SIGUSR1, SIG_DFL);
}

/****************************************************************************
 * Name: signal_sender
 *
 * Description:
 *   Sends the main thread a signal a little later, and then a   byte.
 *
 ****************************************************************************/

static void *signal_sender(void *arg)
{
  usleep(20000);
  pthread_kill(g_main, SIGUSR1);
  usleep(20000);
  return write(g_pipe[1], "x", 1) == 1 ? arg : &g_pipe;
}

/****************************************************************************
 * Name: signal_during
 *
 * Description:
 *   What a read() returns that is interrupted.
 *
 ****************************************************************************/

static ssize_t signal_during(int flags)
{
  pthread_t id;
  ssize_t ret;
  char byte;
  int err;

  signal_catch(SIGUSR1, flags);
  g_main = pthread_self();
  CHECK(pipe(g_pipe) == 0);
  CHECK(pthread_create(&id, NULL, signal_sender, NULL) == 0);
  ret = read(g_pipe[0], &byte, 1);
  err = errno;
  CHECK(g_caught == 1);
  CHECK(pthread_join(id, NULL) == 0);
  CHECK(close(g_pipe[0]) == 0);
  CHECK(close(g_pipe[1]) == 0);
  signal(SIGUSR1, SIG_DFL);
  errno = err;
  return ret;
}

/****************************************************************************
 * Name: signal_interrupt
 *
 * Description:
 *   A call that waits ends with EINTR.
 *
 ****************************************************************************/

static void signal_interrupt(void)
{
  CHECK(signal_during(0) < 0 && errno == EINTR);
}

/****************************************************************************
 * Name: signal_restart
 *
 * Description:
 *   Or goes on, if that was asked for.
 *
 ****************************************************************************/

static void signal_restart(void)
{
  CHECK(signal_during(SA_RESTART) == 1);
}

/****************************************************************************
 * Name: signal_alarm
 *
 * Description:
 *   An alarm ends a sleep.
 *
 ****************************************************************************/

static void signal_alarm(void)
{
  int64_t start = ostest_now();

  signal_catch(SIGALRM, 0);
  CHECK(alarm(1) == 0);
  CHECK(sleep(10) >= 8);
  CHECK(g_caught == 1 && g_signal == SIGALRM);
  CHECK(ostest_now() - start >= 999);
  CHECK(ostest_now() - start < 5000);
  CHECK(alarm(100) == 0);
  CHECK(alarm(0) == 100);
  signal(SIGALRM, SIG_DFL);
}

/****************************************************************************
 * Name: signal_suspend
 *
 * Description:
 *   Waiting for a signal that is blocked otherwise.
 *
 ****************************************************************************/

static void signal_suspend(void)
{
  sigset_t set;
  sigset_t old;

  signal_catch(SIGUSR1, 0);
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0);
  CHECK(raise(SIGUSR1) == 0);
  CHECK(g_caught == 0);
  CHECK(sigsuspend(&old) < 0 && errno == EINTR);
  CHECK(g_caught == 1);
  CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0);
  CHECK(g_caught == 1);
  signal(SIGUSR1, SIG_DFL);
}

/****************************************************************************
 * Name: signal_pipe
 *
 * Description:
 *   Writing to nobody is a signal, and an error.
 *
 ****************************************************************************/

static void signal_pipe(void)
{
  signal_catch(SIGPIPE, 0);
  CHECK(pipe(g_pipe) == 0);
  CHECK(close(g_pipe[0]) == 0);
  CHECK(write(g_pipe[1], "x", 1) < 0 && errno == EPIPE);
  CHECK(g_caught == 1 && g_signal == SIGPIPE);
  CHECK(signal(SIGPIPE, SIG_IGN) == signal_handler);
  CHECK(write(g_pipe[1], "x", 1) < 0 && errno == EPIPE);
  CHECK(g_caught == 1);
  CHECK(close(g_pipe[1]) == 0);
  signal(SIGPIPE, SIG_DFL);
}

/****************************************************************************
 * Name: signal_errors
 *
 * Description:
 *   There are no such signals.
 *
 ****************************************************************************/

static void signal_errors(void)
{
  struct sigaction sa;

  memset(&sa, 0, sizeof(sa));
  CHECK(sigaction(0, NULL, &sa) < 0 && errno == EINVAL);
  CHECK(sigaction(SIGKILL, &sa, NULL) < 0 && errno == EINVAL);
  CHECK(raise(1000) != 0);
  CHECK(kill(getpid(), 1000) < 0 && errno == EINVAL);
}

/****************************************************************************
 * Public Data
 ****************************************************************************/

const struct ostest_s g_signal_tests[] =
{
  { "signal_raise",     signal_raise     },
  { "signal_once",      signal_once      },
  { "signal_block",     signal_block     },
  { "signal_interrupt", signal_interrupt },
  { "signal_restart",   signal_restart   },
  { "signal_alarm",     signal_alarm     },
  { "signal_suspend",   signal_suspend   },
  { "signal_pipe",      signal_pipe      },
  { "signal_errors",    signal_errors    },
  { NULL, NULL }
};
