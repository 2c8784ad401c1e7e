/****************************************************************************
 * apps/testing/ostest/ostest_time.c
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
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "ostest.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: time_sleep
 *
 * Description:
 *   A sleep is not too short, nor much too long.
 *
 ****************************************************************************/

static void time_sleep(void)
{
  struct timespec ts =
  {
    0, 30000000
  };

  int64_t start = ostest_now();

  CHECK(usleep(30000) == 0);
  CHECK(ostest_now() - start >= 29);
  CHECK(nanosleep(&ts, NULL) == 0);
  CHECK(ostest_now() - start >= 59);
  CHECK(sleep(0) == 0);
  CHECK(ostest_now() - start < 5000);
}

/****************************************************************************
 * Name: time_absolute
 *
 * Description:
 *   Sleeping until a time that is over is no sleep.
 *
 ****************************************************************************/

static void time_absolute(void)
{
  struct timespec ts;
  int64_t start = ostest_now();

  CHECK(clock_gettime(CLOCK_MONOTONIC, &ts) == 0);
  ts.tv_nsec += 20000000;
  if (ts.tv_nsec >= 1000000000L)
    {
      ts.tv_nsec -= 1000000000L;
      ts.tv_sec++;
    }

  CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == 0);
  CHECK(ostest_now() - start >= 19);

  start = ostest_now();
  CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == 0);
  CHECK(ostest_now() - start < 1000);
}

/****************************************************************************
 * Name: time_badsleep
 *
 * Description:
 *   What is no time is an error.
 *
 ****************************************************************************/

static void time_badsleep(void)
{
  struct timespec ts =
  {
    0, 1000000000L
  };

  CHECK(nanosleep(&ts, NULL) < 0 && errno == EINVAL);
  CHECK(clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, NULL) == EINVAL);
  ts.tv_nsec = 0;
  ts.tv_sec  = -1;
  CHECK(nanosleep(&ts, NULL) < 0 && errno == EINVAL);
}

/****************************************************************************
 * Name: time_monotonic
 *
 * Description:
 *   The clock does not go back.
 *
 ****************************************************************************/

static void time_monotonic(void)
{
  struct timespec a;
  struct timespec b;
  int i;

  CHECK(clock_gettime(CLOCK_MONOTONIC, &a) == 0);
  for (i = 0; i < 1000; i++)
    {
      CHECK(clock_gettime(CLOCK_MONOTONIC, &b) == 0);
      CHECK(b.tv_nsec >= 0 && b.tv_nsec < 1000000000L);
      CHECK(b.tv_sec > a.tv_sec ||
            (b.tv_sec == a.tv_sec && b.tv_nsec >= a.tv_nsec));
      a = b;
    }

  CHECK(clock_getres(CLOCK_MONOTONIC, &a) == 0);
  CHECK(a.tv_sec == 0 && a.tv_nsec > 0);
  CHECK(clock_gettime((clockid_t)9999, &a) < 0 && errno == EINVAL);
}

/****************************************************************************
 * Name: time_wall
 *
 * Description:
 *   The functions that tell the time agree.
 *
 ****************************************************************************/

static void time_wall(void)
{
  struct timespec ts;
  struct timeval tv;
  time_t now;

  CHECK(clock_gettime(CLOCK_REALTIME, &ts) == 0);
  CHECK(gettimeofday(&tv, NULL) == 0);
  now = time(NULL);
  CHECK(tv.tv_sec - ts.tv_sec >= 0 && tv.tv_sec - ts.tv_sec <= 2);
  CHECK(now - ts.tv_sec >= -1 && now - ts.tv_sec <= 2);
  CHECK(now > 1000000000);
}

/****************************************************************************
 * Name: time_broken
 *
 * Description:
 *   Dates are computed, and stay while others are.
 *
 ****************************************************************************/

static void time_broken(void)
{
  time_t t = 1000000000;
  struct tm tm;
  char text[40];

  CHECK(gmtime_r(&t, &tm) == &tm);
  CHECK(strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm) == 19);
  CHECK(strcmp(text, "2001-09-09 01:46:40") == 0);
  CHECK(gmtime(&t)->tm_yday == 251);
}

/****************************************************************************
 * Public Data
 ****************************************************************************/

const struct ostest_s g_time_tests[] =
{
  { "time_sleep",     time_sleep     },
  { "time_absolute",  time_absolute  },
  { "time_badsleep",  time_badsleep  },
  { "time_monotonic", time_monotonic },
  { "time_wall",      time_wall      },
  { "time_broken",    time_broken    },
  { NULL, NULL }
};
