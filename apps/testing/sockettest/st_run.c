/****************************************************************************
 * apps/testing/sockettest/st_run.c
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

/* The runner: chooses the tests, has cmocka run them, and sees that each one
 * leaves things as they were.
 *
 * What cmocka tells about a test is that it returned or not.  So a test is
 * called through one_test(), which notes that it returned; what was neither
 * noted as passed nor as skipped when after_test() is called has failed.
 *
 * A signal to end comes to a thread that does nothing else than to wait for
 * it (watch()), so that the network is put in order before the end.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sockettest.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define RUN_MAXFDS 4096
#define RUN_GAP    32768
#define RUN_SETTLE 60000               /* Milliseconds */

/****************************************************************************
 * Private Types
 ****************************************************************************/

struct watch_s
{
  pthread_t thread;
  int pipe[2];
  sigset_t old;
};

/****************************************************************************
 * Private Data
 ****************************************************************************/

static volatile sig_atomic_t g_interrupted;

/****************************************************************************
 * Public Data
 ****************************************************************************/

struct st_s g_st;

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: on_signal
 *
 * Description:
 *   Note the signal, for watch().
 *
 ****************************************************************************/

static void on_signal(int sig)
{
  g_interrupted = sig;
}

/****************************************************************************
 * Name: watch
 *
 * Description:
 *   The thread that waits for SIGINT and SIGTERM.
 *
 ****************************************************************************/

static FAR void *watch(FAR void *arg)
{
  FAR struct watch_s *w = arg;
  struct pollfd fd =
  {
    .fd = w->pipe[0],
    .events = POLLIN
  };

  sigset_t mask = w->old;

  sigdelset(&mask, SIGINT);
  sigdelset(&mask, SIGTERM);
  while (fd.revents == 0 && g_interrupted == 0)
    {
      ppoll(&fd, 1, NULL, &mask);
    }

  if (g_interrupted != 0)
    {
      st_net_reset();
      fprintf(stderr, "sockettest: interrupted%s%s\n",
              g_st.now != NULL ? " in " : "",
              g_st.now != NULL ? g_st.now->name : "");
      fflush(stdout);
      _exit(128 + g_interrupted);
    }

  return NULL;
}

/****************************************************************************
 * Name: watch_start
 *
 * Description:
 *   Begin to wait for signals.  0, or an errno.
 *
 ****************************************************************************/

static int watch_start(FAR struct watch_s *w)
{
  struct sigaction action;
  sigset_t set;
  int err;

  g_interrupted = 0;
  if (pipe(w->pipe) < 0)
    {
      return errno;
    }

  memset(&action, 0, sizeof(action));
  action.sa_handler = on_signal;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, &w->old);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  err = pthread_create(&w->thread, NULL, watch, w);
  if (err != 0)
    {
      close(w->pipe[0]);
      close(w->pipe[1]);
    }

  return err;
}

/****************************************************************************
 * Name: watch_end
 *
 * Description:
 *   No longer.
 *
 ****************************************************************************/

static void watch_end(FAR struct watch_s *w)
{
  close(w->pipe[1]);
  pthread_join(w->thread, NULL);
  close(w->pipe[0]);
  pthread_sigmask(SIG_SETMASK, &w->old, NULL);
}

/****************************************************************************
 * Name: fd_limit
 *
 * Description:
 *   Descriptors are looked for below this.
 *
 ****************************************************************************/

static int fd_limit(void)
{
  long max = sysconf(_SC_OPEN_MAX);

  return max > 0 && max < RUN_MAXFDS ? (int)max : RUN_MAXFDS;
}

/****************************************************************************
 * Name: number_after
 *
 * Description:
 *   The number behind a word in a file; -1 if there is none.
 *
 ****************************************************************************/

static long number_after(FAR const char *path, FAR const char *line,
                         FAR const char *word)
{
  FAR FILE *file = fopen(path, "r");
  FAR char *found;
  char text[256];
  long value = -1;

  if (file == NULL)
    {
      return -1;
    }

  while (value < 0 && fgets(text, sizeof(text), file) != NULL)
    {
      found = strncmp(text, line, strlen(line)) == 0 ?
              strstr(text + strlen(line), word) : NULL;
      if (found != NULL)
        {
          value = strtol(found + strlen(word), NULL, 10);
        }
    }

  fclose(file);
  return value;
}

/****************************************************************************
 * Name: count
 *
 * Description:
 *   What there is now.  Buffers and sockets of all the kernel are those of
 *   this program only where the program knows that nothing else runs: that
 *   is, where /proc/iobinfo is.
 *
 *   All classes count together: the buffer into which a device receives
 *   next is of class ring, or of class rx if a frame was in it already.
 *
 ****************************************************************************/

static void count(FAR struct st_counts_s *counts)
{
  static FAR const char *const classes[ST_NCLASSES] =
  {
    "class_rx", "class_tx", "class_ctrl", "class_ring"
  };

  long n;
  int i;

  memset(counts, 0, sizeof(*counts));
  for (i = fd_limit() - 1; i >= 0; i--)
    {
      counts->fds += fcntl(i, F_GETFD) >= 0;
    }

  counts->buffers = -1;
  counts->sockets = -1;
  for (i = 0; i < ST_NCLASSES; i++)
    {
      n = number_after("/proc/iobinfo", classes[i], " used ");
      if (n < 0)
        {
          return;
        }

      counts->buffers = (i == 0 ? 0 : counts->buffers) + n;
      counts->classes[i] = n;
    }

  n = number_after("/proc/net/sockstat", "sockets:", " used ");
  counts->sockets = n < 0 ? -1 : n +
    number_after("/proc/net/sockstat", "TCP:", " orphan ");
}

/****************************************************************************
 * Name: settle
 *
 * Description:
 *   Wait until there is no more than before.  What is on its way to the
 *   peer holds buffers until the peer has acknowledged it, and nothing
 *   tells when that is for all of it; so this looks again and again,
 *   within bounds: a network that loses frames all the time may need some
 *   retransmissions.  False: something stays.
 *
 ****************************************************************************/

static bool settle(FAR const struct st_counts_s *before,
                   FAR struct st_counts_s *now)
{
  uint64_t end = st_now() + RUN_SETTLE;
  int wait = 1;

  for (; ; )
    {
      count(now);
      if (now->fds <= before->fds && now->sockets <= before->sockets &&
          now->buffers <= before->buffers)
        {
          return true;
        }

      if (now->fds > before->fds || st_now() >= end)
        {
          return false;
        }

      poll(NULL, 0, wait);
      wait = wait < 200 ? wait * 2 : 200;
    }
}

/****************************************************************************
 * Name: left_behind
 *
 * Description:
 *   Say what stays.
 *
 ****************************************************************************/

static void left_behind(FAR char *text, size_t size,
                        FAR const struct st_counts_s *before,
                        FAR const struct st_counts_s *now)
{
  snprintf(text, size, "left behind: %ld descriptors, %ld sockets, %ld "
           "bytes of buffers (rx %+ld, tx %+ld, ctrl %+ld, ring %+ld)",
           now->fds - before->fds, now->sockets - before->sockets,
           now->buffers - before->buffers,
           now->classes[0] - before->classes[0],
           now->classes[1] - before->classes[1],
           now->classes[2] - before->classes[2],
           now->classes[3] - before->classes[3]);
}

/****************************************************************************
 * Name: clean_up
 *
 * Description:
 *   After a test that did not pass: its threads end because their sockets
 *   are shut down, and its descriptors are closed.
 *
 ****************************************************************************/

static void clean_up(void)
{
  int max = fd_limit();
  int fd;

  for (fd = 0; fd < max; fd++)
    {
      if (!g_st.fds[fd] && fcntl(fd, F_GETFD) >= 0)
        {
          shutdown(fd, SHUT_RDWR);
        }
    }

  while (g_st.workers != NULL)
    {
      st_join(g_st.workers);
    }

  for (fd = 0; fd < max; fd++)
    {
      if (!g_st.fds[fd] && fcntl(fd, F_GETFD) >= 0)
        {
          close(fd);
        }
    }
}

/****************************************************************************
 * Name: random_of
 *
 * Description:
 *   The state of st_random() with which a test begins.
 *
 ****************************************************************************/

static uint64_t random_of(FAR const char *name)
{
  uint64_t mix = g_st.seed;

  for (; *name != '\0'; name++)
    {
      mix = (mix ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
    }

  return mix;
}

/****************************************************************************
 * Name: before_test
 *
 * Description:
 *   Note what there is.
 *
 ****************************************************************************/

static int before_test(FAR void **state)
{
  FAR struct st_case_s *c = *state;
  int max = fd_limit();
  int fd;

  g_st.random  = random_of(c->name);
  g_st.now     = c;
  g_st.workers = NULL;
  c->result = ST_RUNNING;
  c->start  = st_now();
  for (fd = 0; fd < max; fd++)
    {
      g_st.fds[fd] = fcntl(fd, F_GETFD) >= 0;
    }

  count(&g_st.before);
  return 0;
}

/****************************************************************************
 * Name: find_case
 *
 * Description:
 *   A test of this run, by its name, or NULL.
 *
 ****************************************************************************/

static FAR struct st_case_s *find_case(FAR const char *name)
{
  size_t i;

  for (i = 0; i < g_st.ncases; i++)
    {
      if (strcmp(g_st.cases[i].name, name) == 0)
        {
          return &g_st.cases[i];
        }
    }

  return NULL;
}

/****************************************************************************
 * Name: not_passed
 *
 * Description:
 *   The first of the tests in "after" that is in this run and has not
 *   passed; false if there is none.
 *
 ****************************************************************************/

static bool not_passed(FAR const struct st_case_s *c, FAR char *name,
                       size_t size)
{
  FAR const char *p = c->test->after;
  size_t len;

  while (p != NULL && *p != '\0')
    {
      p += strspn(p, " ");
      len = strcspn(p, " ");
      if (memchr(p, '.', len) != NULL)
        {
          snprintf(name, size, "%.*s", (int)len, p);
        }
      else
        {
          snprintf(name, size, "%s.%.*s", c->group->name, (int)len, p);
        }

      if (len > 0 && find_case(name) != NULL && !st_passed(name))
        {
          return true;
        }

      p += len;
    }

  return false;
}

/****************************************************************************
 * Name: call_test
 *
 * Description:
 *   Call a test from deeper in the stack.  When it fails it is left by a
 *   jump, but its threads may still use its variables until after_test()
 *   has joined them; what after_test() calls has its own here, above those
 *   of the test.
 *
 ****************************************************************************/

static void call_test(FAR const struct st_test_s *test, FAR void **state)
{
  volatile char gap[RUN_GAP];

  gap[0] = 0;
  test->func(state);
  gap[RUN_GAP - 1] = gap[0];
}

/****************************************************************************
 * Name: one_test
 *
 * Description:
 *   The test itself, unless it cannot be.
 *
 ****************************************************************************/

static void one_test(FAR void **state)
{
  FAR struct st_case_s *c = *state;
  FAR const char *why = NULL;
  char name[64];

  if (g_st.config->ipv6)
    {
      st_skip("IPv6 is not there yet");
    }

  if ((c->test->needs & (ST_NEEDS_NET | ST_NEEDS_HOLD)) != 0)
    {
      why = st_net_missing(c->test->needs);
    }

  if (why != NULL)
    {
      st_skip("%s", why);
    }

  if (not_passed(c, name, sizeof(name)))
    {
      st_skip("%s did not pass", name);
    }

  call_test(c->test, state);
  c->result = ST_TEST_PASSED;
}

/****************************************************************************
 * Name: after_test
 *
 * Description:
 *   What is left of it.
 *
 ****************************************************************************/

static int after_test(FAR void **state)
{
  FAR struct st_case_s *c = *state;
  struct st_counts_s now;

  c->ms = st_now() - c->start;
  if (c->result != ST_TEST_PASSED)
    {
      clean_up();
    }

  if (c->result == ST_RUNNING)
    {
      c->result = ST_TEST_FAILED;
      if (c->reason[0] == '\0')
        {
          snprintf(c->reason, sizeof(c->reason),
                   "an assertion failed: see the output");
        }
    }

  st_net_reset();
  if (g_st.nservices > 0)
    {
      st_ctrl_stop_all();
    }

  g_st.within = NULL;
  g_st.leave  = NULL;
  if (!settle(&g_st.before, &now) && c->result == ST_TEST_PASSED)
    {
      c->result = ST_TEST_FAILED;
      left_behind(c->reason, sizeof(c->reason), &g_st.before, &now);
      print_error("[  ERROR   ] --- %s\n", c->reason);
      clean_up();
      g_st.now = NULL;
      return -1;
    }

  if (c->result == ST_TEST_SKIPPED)
    {
      print_message("[  REASON  ] %s\n", c->reason);
    }

  g_st.now = NULL;
  return 0;
}

/****************************************************************************
 * Name: matches
 *
 * Description:
 *   Whether one of the patterns is for this text; no pattern is for all.
 *
 ****************************************************************************/

static bool matches(FAR char **patterns, FAR const char *text,
                    FAR const char *other)
{
  FAR char **p;

  for (p = patterns; *p != NULL; p++)
    {
      if (fnmatch(*p, text, 0) == 0 || fnmatch(*p, other, 0) == 0)
        {
          return true;
        }
    }

  return *patterns == NULL;
}

/****************************************************************************
 * Name: choose
 *
 * Description:
 *   Make the list of tests.  0, or the exit status after a line about it.
 *
 ****************************************************************************/

static int choose(FAR const struct st_config_s *config,
                  FAR struct st_case_s **cases, FAR size_t *ncases)
{
  bool asked = config->tests[0] != NULL || config->groups[0] != NULL;
  FAR const struct st_group_s *g;
  FAR const struct st_test_s *t;
  FAR struct st_case_s *list;
  char name[64];

  for (g = g_st_groups; g->name != NULL; g++)
    {
      for (t = g->tests; t->name != NULL; t++)
        {
          snprintf(name, sizeof(name), "%s.%s", g->name, t->name);
          if (!matches(config->groups, g->name, g->name) ||
              !matches(config->tests, t->name, name) ||
              ((t->needs & ST_ASKED) != 0 && !asked))
            {
              continue;
            }

          list = realloc(*cases, (*ncases + 1) * sizeof(*list));
          if (list == NULL)
            {
              fprintf(stderr, "sockettest: out of memory\n");
              return ST_FAILED;
            }

          *cases = list;
          list += (*ncases)++;
          memset(list, 0, sizeof(*list));
          list->group = g;
          list->test  = t;
          strcpy(list->name, name);
        }
    }

  if (*ncases == 0)
    {
      fprintf(stderr, "sockettest: no test is called so (try -l)\n");
      return ST_USAGE;
    }

  return 0;
}

/****************************************************************************
 * Name: set_format
 *
 * Description:
 *   How cmocka prints.
 *
 ****************************************************************************/

static bool set_format(FAR const char *format)
{
  if (format == NULL || strcmp(format, "standard") == 0)
    {
      cmocka_set_message_output(CM_OUTPUT_STDOUT);
      return true;
    }

  cmocka_set_message_output(strcmp(format, "tap") == 0 ? CM_OUTPUT_TAP :
                            strcmp(format, "xml") == 0 ? CM_OUTPUT_XML :
                            CM_OUTPUT_SUBUNIT);
  return false;
}

/****************************************************************************
 * Name: sum_up
 *
 * Description:
 *   The last line; the exit status.
 *
 ****************************************************************************/

static int sum_up(FAR FILE *out)
{
  FAR const struct st_case_s *c;
  unsigned int passed = 0;
  unsigned int failed = 0;
  size_t i;

  for (i = 0; i < g_st.ncases; i++)
    {
      c = &g_st.cases[i];
      passed += c->result == ST_TEST_PASSED;
      failed += c->result == ST_TEST_FAILED;
      if (c->result == ST_TEST_FAILED)
        {
          fprintf(out, "%s: %s\n", c->name, c->reason);
        }
    }

  fprintf(out, "%u passed, %u failed, %zu skipped\n", passed, failed,
          g_st.ncases - passed - failed);
  fflush(out);
  return failed != 0 ? ST_FAILED : ST_PASSED;
}

/****************************************************************************
 * Name: run_cases
 *
 * Description:
 *   All tests, by cmocka.  The exit status.
 *
 ****************************************************************************/

static int run_cases(void)
{
  FAR const struct st_config_s *config = g_st.config;
  FAR FILE *out = set_format(config->format) ? stdout : stderr;
  FAR struct CMUnitTest *tests;
  struct watch_s w;
  size_t i;
  int err;
  int ret;

  tests    = calloc(g_st.ncases, sizeof(*tests));
  g_st.fds = calloc(1, RUN_MAXFDS);
  err = tests == NULL || g_st.fds == NULL ? ENOMEM : watch_start(&w);
  if (err != 0)
    {
      fprintf(stderr, "sockettest: %s\n", strerror(err));
      free(tests);
      return ST_FAILED;
    }

  for (i = 0; i < g_st.ncases; i++)
    {
      tests[i].name          = g_st.cases[i].name;
      tests[i].test_func     = one_test;
      tests[i].setup_func    = before_test;
      tests[i].teardown_func = after_test;
      tests[i].initial_state = &g_st.cases[i];
    }

  fprintf(out, "sockettest: peer %s port %u, seed %ju\n", config->peer,
          config->port, (uintmax_t)g_st.seed);
  fflush(out);
  _cmocka_run_group_tests("sockettest", tests, g_st.ncases, NULL, NULL);
  ret = sum_up(out);
  watch_end(&w);
  free(tests);
  return config->json != NULL && st_json(&g_st, config->json) < 0 ?
         ST_USAGE : ret;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: st_passed
 *
 * Description:
 *   Whether a test ran and passed.
 *
 ****************************************************************************/

bool st_passed(FAR const char *name)
{
  FAR const struct st_case_s *c = find_case(name);

  return c != NULL && c->result == ST_TEST_PASSED;
}

/****************************************************************************
 * Name: st_run_within
 *
 * Description:
 *   Run a test as a part of the one that runs, which fails if this fails or
 *   leaves something behind.  st_skip() comes back here: what it left is
 *   cleared, and the test that runs goes on.  False: it was skipped.
 *
 ****************************************************************************/

bool st_run_within(FAR const struct st_test_s *test, FAR const char *name,
                   FAR void **state)
{
  struct st_counts_s before;
  struct st_counts_s now;
  volatile bool done = false;
  char text[160];
  jmp_buf leave;

  count(&before);
  g_st.within = name;
  g_st.random = random_of(name);
  g_st.leave  = &leave;
  if (setjmp(leave) == 0)
    {
      call_test(test, state);
      done = true;
    }
  else
    {
      g_st.now->result    = ST_RUNNING;
      g_st.now->reason[0] = '\0';
      clean_up();
    }

  g_st.leave = NULL;
  st_net_reset();
  if (g_st.nservices > 0)
    {
      st_ctrl_stop_all();
    }

  if (!settle(&before, &now))
    {
      left_behind(text, sizeof(text), &before, &now);
      ST_ASSERT(false, "%s", text);
    }

  g_st.within = NULL;
  return done;
}

/****************************************************************************
 * Name: st_run
 *
 * Description:
 *   The client.  The exit status.
 *
 ****************************************************************************/

int st_run(FAR const struct st_config_s *config)
{
  int ret;

  /* What a client that was killed has left is not ours to free: its memory
   * may be gone with it.
   */

  if (g_st.owner != 0 && kill(g_st.owner, 0) == 0)
    {
      fprintf(stderr, "sockettest: task %d runs the tests already: one run "
              "at a time\n", (int)g_st.owner);
      return ST_USAGE;
    }

  memset(&g_st, 0, sizeof(g_st));
  g_st.owner  = getpid();
  g_st.config = config;
  g_st.seed   = config->seed;
  g_st.ctrl   = -1;
  g_st.start  = st_now();
  ret = choose(config, &g_st.cases, &g_st.ncases);
  if (ret == 0)
    {
      ret = st_ctrl_open();
    }

  if (ret == 0)
    {
      ret = run_cases();
      st_ctrl_close();
    }

  free(g_st.cases);
  free(g_st.fds);
  memset(&g_st, 0, sizeof(g_st));
  return ret;
}

/****************************************************************************
 * Name: st_list
 *
 * Description:
 *   List the tests that are chosen.
 *
 ****************************************************************************/

int st_list(FAR const struct st_config_s *config)
{
  FAR struct st_case_s *cases = NULL;
  size_t ncases = 0;
  size_t i;
  int ret = choose(config, &cases, &ncases);

  for (i = 0; ret == 0 && i < ncases; i++)
    {
      printf("%-32s %s\n", cases[i].name, cases[i].test->about);
    }

  free(cases);
  return ret;
}
