/****************************************************************************
 * apps/netutils/iobdemo/iobdemo_task.c
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

/* What the tour takes from the system it runs on: another task, that frees
 * memory while the tour waits for it; and the user, who may end it.  The
 * tour of the library without a system has its own (tests/host/iob).
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iobdemo.h"
#include "netlib.h"

#ifdef CONFIG_IOB_SHARED

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

/* The longest answer to a step: input without lines would hold the kernel */

#define TASK_LINE 100

/****************************************************************************
 * Private Types
 ****************************************************************************/

/* What the other task has to know */

struct task_s
{
  iobdemo_release_t release;
  FAR void *arg;
  int before;                  /* Tasks that waited already */
};

/* The user */

struct task_user_s
{
  struct netlib_wait_s wait;
  bool steps;                  /* Goes on at each Enter */
  bool begun;
  bool failed;                 /* The input has no lines */
};

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const char g_help[] =
  "usage: iobdemo tour [-s] [--plain]\n"
  "\n"
  "Shows step by step what the I/O buffers of this system do: allocate,\n"
  "share, push, resend, receive, shrink, grow, copy on write, run out,\n"
  "wait, free.  Each step shows the call, the views, the arena and the\n"
  "counts that changed, and fails if what it claims is not so.  For a\n"
  "moment it takes all the memory there is for received data.  Ctrl-C ends\n"
  "it; it frees what it has.\n"
  "\n"
  "  -s       after each step wait for Enter; q Enter ends\n"
  "  --plain  no colours; so it is, too, when the output is no terminal,\n"
  "           when NO_COLOR is set, or when TERM is dumb or not set\n"
  "  --help   this text\n"
  "\n"
  "Exit status: 0, 1 if a check failed or the input has no lines, 2 for\n"
  "wrong arguments, 130 after Ctrl-C.\n";

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: task_main
 *
 * Description:
 *   The other task: as soon as one more waits, let go of something. How
 *   many wait is a count, not an event, so it has to be looked at; not for
 *   longer than the other waits.
 *
 ****************************************************************************/

static FAR void *task_main(FAR void *arg)
{
  FAR struct task_s *task = arg;
  uint64_t end = netlib_now() + IOBDEMO_WAIT * NETLIB_MSEC;
  struct iob_info_s info;

  for (; ; )
    {
      iob_getinfo(&info);
      if (info.stats.nwait > task->before)
        {
          task->release(task->arg);
          return NULL;
        }

      if (netlib_now() >= end)
        {
          return NULL;
        }

      usleep(1000);
    }
}

/****************************************************************************
 * Name: task_wait
 *
 * Description:
 *   Wait for memory while another task frees.
 *
 ****************************************************************************/

static FAR struct iob_s *task_wait(unsigned int size,
                                   iobdemo_release_t release, FAR void *arg)
{
  FAR struct iob_s *iob;
  struct iob_info_s info;
  struct task_s task;
  pthread_t thread;
  int err;

  iob_getinfo(&info);
  task.release = release;
  task.arg     = arg;
  task.before  = info.stats.nwait;

  err = pthread_create(&thread, NULL, task_main, &task);
  if (err != 0)
    {
      printf("\n    FAILED: there is no other task: %s\n", strerror(err));
      return NULL;
    }

  iob = iob_timedalloc_contig(size, 0, IOB_CLASS_RX, IOBDEMO_WAIT);
  pthread_join(thread, NULL);
  return iob;
}

/****************************************************************************
 * Name: task_key
 *
 * Description:
 *   Wait for a line of the user. False: there is none any more, or none of
 *   a sensible length, or it begins with q.
 *
 ****************************************************************************/

static bool task_key(FAR struct task_user_s *user)
{
  struct pollfd pfd;
  bool proceed = true;
  unsigned int count;
  ssize_t got;
  char c = '\0';

  printf("\n[Enter: go on, q Enter: end] ");
  fflush(stdout);
  pfd.fd     = STDIN_FILENO;
  pfd.events = POLLIN;
  for (count = 0; c != '\n'; count++)
    {
      if (count == TASK_LINE)
        {
          fprintf(stderr, "iobdemo tour: no line in %d bytes of input: "
                  "press Enter, or leave out -s\n", TASK_LINE);
          user->failed = true;
          return false;
        }

      if (netlib_poll(&user->wait, &pfd, 1, NETLIB_NEVER) <= 0)
        {
          return false;
        }

      got = read(STDIN_FILENO, &c, 1);
      if (got <= 0)
        {
          return false;
        }

      if (count == 0 && (c == 'q' || c == 'Q'))
        {
          proceed = false;
        }
    }

  return proceed;
}

/****************************************************************************
 * Name: task_proceed
 *
 * Description:
 *   Between two steps: is the user still with us, and the output?
 *
 ****************************************************************************/

static bool task_proceed(FAR void *arg)
{
  FAR struct task_user_s *user = arg;
  bool wanted = user->steps && user->begun;

  user->begun = true;
  netlib_poll(&user->wait, NULL, 0, 0);
  if (user->wait.interrupted || ferror(stdout) != 0)
    {
      return false;
    }

  return !wanted || (task_key(user) && !user->wait.interrupted);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iobdemo_tour_main
 *
 * Description:
 *   The tour on a system.
 *
 ****************************************************************************/

int iobdemo_tour_main(int argc, FAR char *argv[])
{
  struct iobdemo_stage_s stage;
  struct task_user_s user;
  int status;
  int i;

  if (netlib_help(argc, argv, g_help))
    {
      return netlib_finish("iobdemo tour", EXIT_SUCCESS);
    }

  memset(&user, 0, sizeof(user));
  stage.colour  = iobdemo_colour();
  stage.proceed = task_proceed;
  stage.wait    = task_wait;
  stage.arg     = &user;
  for (i = 1; i < argc; i++)
    {
      if (strcmp(argv[i], "--plain") == 0)
        {
          stage.colour = false;
        }
      else if (strcmp(argv[i], "-s") == 0)
        {
          user.steps = true;
        }
      else
        {
          return netlib_misuse("iobdemo tour", "unknown argument '%s'",
                               argv[i]);
        }
    }

  /* What it holds goes only if it ends by itself: also when nobody reads */

  netlib_signals(&user.wait);
  signal(SIGPIPE, SIG_IGN);
  status = iobdemo_tour(&stage);
  if (user.failed)
    {
      status = EXIT_FAILURE;
    }

  if (user.wait.interrupted)
    {
      status = IOBDEMO_INTERRUPTED;
    }

  return netlib_finish("iobdemo tour", status);
}
#endif /* CONFIG_IOB_SHARED */
