/****************************************************************************
 * apps/testing/ostest/ostest_file.c
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
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "ostest.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

/* More than a pipe holds, anywhere */

#define MUCH 300000

/****************************************************************************
 * Private Data
 ****************************************************************************/

static int g_pipe[2];

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: file_delayed
 *
 * Description:
 *   Writes a byte a little later.
 *
 ****************************************************************************/

static void *file_delayed(void *arg)
{
  usleep(20000);
  return write(g_pipe[1], "x", 1) == 1 ? arg : &g_pipe;
}

/****************************************************************************
 * Name: file_later
 *
 * Description:
 *   Have a byte come a little later.
 *
 ****************************************************************************/

static pthread_t file_later(void)
{
  pthread_t id;

  CHECK(pthread_create(&id, NULL, file_delayed, NULL) == 0);
  return id;
}

/****************************************************************************
 * Name: file_came
 *
 * Description:
 *   It was written.
 *
 ****************************************************************************/

static void file_came(pthread_t id)
{
  void *ret;

  CHECK(pthread_join(id, &ret) == 0 && ret == NULL);
}

/****************************************************************************
 * Name: file_close
 *
 * Description:
 *   Close both ends.
 *
 ****************************************************************************/

static void file_close(void)
{
  CHECK(close(g_pipe[0]) == 0);
  CHECK(close(g_pipe[1]) == 0);
}

/****************************************************************************
 * Name: pipe_order
 *
 * Description:
 *   What goes in comes out, in order, and then the end.
 *
 ****************************************************************************/

static void pipe_order(void)
{
  struct iovec iov[2] =
  {
    { "world", 5 },
    { "!", 1 }
  };

  char text[20];

  CHECK(pipe(g_pipe) == 0);
  CHECK(write(g_pipe[1], "hello ", 6) == 6);
  CHECK(writev(g_pipe[1], iov, 2) == 6);
  CHECK(read(g_pipe[0], text, 3) == 3);
  CHECK(read(g_pipe[0], text + 3, 17) == 9);
  CHECK(memcmp(text, "hello world!", 12) == 0);
  CHECK(close(g_pipe[1]) == 0);
  CHECK(read(g_pipe[0], text, 1) == 0);
  CHECK(close(g_pipe[0]) == 0);
  CHECK(close(g_pipe[0]) < 0 && errno == EBADF);
}

/****************************************************************************
 * Name: pipe_writer
 *
 * Description:
 *   Writes more than fits.
 *
 ****************************************************************************/

static void *pipe_writer(void *arg)
{
  static char data[MUCH];
  ssize_t n;
  size_t done;
  size_t i;

  for (i = 0; i < sizeof(data); i++)
    {
      data[i] = (char)(i % 251);
    }

  for (done = 0; done < sizeof(data); done += n)
    {
      n = write(g_pipe[1], data + done, sizeof(data) - done);
      if (n < 0)
        {
          return &g_pipe;
        }
    }

  close(g_pipe[1]);
  return arg;
}

/****************************************************************************
 * Name: pipe_block
 *
 * Description:
 *   A writer waits for the reader, and nothing is lost.
 *
 ****************************************************************************/

static void pipe_block(void)
{
  char buf[1000];
  size_t total = 0;
  pthread_t id;
  ssize_t n;
  ssize_t i;

  CHECK(pipe(g_pipe) == 0);
  CHECK(pthread_create(&id, NULL, pipe_writer, NULL) == 0);
  while ((n = read(g_pipe[0], buf, sizeof(buf))) > 0)
    {
      for (i = 0; i < n; i++)
        {
          CHECK(buf[i] == (char)((total + i) % 251));
        }

      total += n;
    }

  CHECK(total == MUCH);
  file_came(id);
  CHECK(close(g_pipe[0]) == 0);
}

/****************************************************************************
 * Name: pipe_nonblock
 *
 * Description:
 *   Instead of waiting there is EAGAIN.
 *
 ****************************************************************************/

static void pipe_nonblock(void)
{
  static char data[MUCH];
  ssize_t n;

  CHECK(pipe(g_pipe) == 0);
  CHECK(fcntl(g_pipe[0], F_SETFL, O_NONBLOCK) == 0);
  CHECK(fcntl(g_pipe[1], F_SETFL, O_NONBLOCK) == 0);
  CHECK((fcntl(g_pipe[1], F_GETFL) & O_NONBLOCK) != 0);
  CHECK(read(g_pipe[0], data, 1) < 0 && errno == EAGAIN);
  n = write(g_pipe[1], data, sizeof(data));
  CHECK(n > 0 && n < MUCH);
  CHECK(write(g_pipe[1], data, sizeof(data)) < 0 && errno == EAGAIN);
  CHECK(read(g_pipe[0], data, sizeof(data)) > 0);
  file_close();
}

/****************************************************************************
 * Name: file_dup
 *
 * Description:
 *   Two descriptors are one file.
 *
 ****************************************************************************/

static void file_dup(void)
{
  struct stat st;
  char byte;
  int fd;

  CHECK(pipe(g_pipe) == 0);
  fd = dup(g_pipe[1]);
  CHECK(fd >= 0);
  CHECK(close(g_pipe[1]) == 0);
  CHECK(write(fd, "a", 1) == 1);
  CHECK(read(g_pipe[0], &byte, 1) == 1 && byte == 'a');
  CHECK(dup2(fd, g_pipe[1]) == g_pipe[1]);
  CHECK(write(g_pipe[1], "b", 1) == 1);
  CHECK(read(g_pipe[0], &byte, 1) == 1 && byte == 'b');
  CHECK(fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode));
  CHECK(lseek(fd, 0, SEEK_CUR) < 0 && errno == ESPIPE);
  CHECK(dup2(fd, -1) < 0 && errno == EBADF);
  CHECK(close(fd) == 0);
  file_close();
}

/****************************************************************************
 * Name: file_errors
 *
 * Description:
 *   What is wrong is told.
 *
 ****************************************************************************/

static void file_errors(void)
{
  char byte;
  int fd;

  CHECK(open("/no/such/file", O_RDONLY) < 0 && errno == ENOENT);
  CHECK(read(-1, &byte, 1) < 0 && errno == EBADF);
  CHECK(access("/no/such/file", F_OK) < 0 && errno == ENOENT);
  fd = open("/dev/null", O_RDONLY);
  CHECK(fd >= 0);
  CHECK(write(fd, "x", 1) < 0 && errno == EBADF);
  CHECK(read(fd, &byte, 1) == 0);
  CHECK(isatty(fd) == 0);
  CHECK(close(fd) == 0);
}

/****************************************************************************
 * Name: poll_timeout
 *
 * Description:
 *   It waits as long as it is told.
 *
 ****************************************************************************/

static void poll_timeout(void)
{
  struct pollfd pfd;
  int64_t start = ostest_now();

  CHECK(poll(NULL, 0, 20) == 0);
  CHECK(ostest_now() - start >= 19);

  CHECK(pipe(g_pipe) == 0);
  pfd.fd     = g_pipe[0];
  pfd.events = POLLIN;
  CHECK(poll(&pfd, 1, 0) == 0);
  start = ostest_now();
  CHECK(poll(&pfd, 1, 20) == 0);
  CHECK(ostest_now() - start >= 19);
  file_close();
}

/****************************************************************************
 * Name: poll_ready
 *
 * Description:
 *   It tells what is ready, and wakes up when that changes.
 *
 ****************************************************************************/

static void poll_ready(void)
{
  struct pollfd pfd[3];
  pthread_t id;
  char byte;

  CHECK(pipe(g_pipe) == 0);
  pfd[0].fd     = g_pipe[0];
  pfd[0].events = POLLIN;
  pfd[1].fd     = g_pipe[1];
  pfd[1].events = POLLOUT;
  pfd[2].fd     = -1;
  pfd[2].events = POLLIN;
  CHECK(poll(pfd, 3, -1) == 1);
  CHECK(pfd[0].revents == 0);
  CHECK(pfd[1].revents == POLLOUT);
  CHECK(pfd[2].revents == 0);

  id = file_later();
  CHECK(poll(pfd, 1, 10000) == 1);
  CHECK(pfd[0].revents == POLLIN);
  file_came(id);

  CHECK(read(g_pipe[0], &byte, 1) == 1);
  CHECK(close(g_pipe[1]) == 0);
  CHECK(poll(pfd, 1, -1) == 1);
  CHECK((pfd[0].revents & POLLHUP) != 0);
  CHECK(close(g_pipe[0]) == 0);
  CHECK(poll(pfd, 1, -1) == 1);
  CHECK(pfd[0].revents == POLLNVAL);
}

/****************************************************************************
 * Name: select_ready
 *
 * Description:
 *   Likewise with select().
 *
 ****************************************************************************/

static void select_ready(void)
{
  struct timeval tv;
  pthread_t id;
  int64_t start;
  fd_set in;
  fd_set out;
  int n;

  CHECK(pipe(g_pipe) == 0);
  n = (g_pipe[0] > g_pipe[1] ? g_pipe[0] : g_pipe[1]) + 1;

  FD_ZERO(&in);
  FD_ZERO(&out);
  FD_SET(g_pipe[0], &in);
  FD_SET(g_pipe[1], &out);
  CHECK(select(n, &in, &out, NULL, NULL) == 1);
  CHECK(!FD_ISSET(g_pipe[0], &in));
  CHECK(FD_ISSET(g_pipe[1], &out));

  tv.tv_sec  = 0;
  tv.tv_usec = 20000;
  FD_SET(g_pipe[0], &in);
  start = ostest_now();
  CHECK(select(n, &in, NULL, NULL, &tv) == 0);
  CHECK(!FD_ISSET(g_pipe[0], &in));
  CHECK(ostest_now() - start >= 19);

  id = file_later();
  FD_SET(g_pipe[0], &in);
  CHECK(select(n, &in, NULL, NULL, NULL) == 1);
  CHECK(FD_ISSET(g_pipe[0], &in));
  file_came(id);
  file_close();
}

/****************************************************************************
 * Public Data
 ****************************************************************************/

const struct ostest_s g_file_tests[] =
{
  { "pipe_order",    pipe_order    },
  { "pipe_block",    pipe_block    },
  { "pipe_nonblock", pipe_nonblock },
  { "file_dup",      file_dup      },
  { "file_errors",   file_errors   },
  { "poll_timeout",  poll_timeout  },
  { "poll_ready",    poll_ready    },
  { "select_ready",  select_ready  },
  { NULL, NULL }
};
