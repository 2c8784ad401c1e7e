/****************************************************************************
 * apps/testing/sockettest/calls_wait.c
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

/* poll, ppoll, select, pselect, epoll_*: what they say of each state of a
 * socket, and what they refuse.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "calls_tests.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define ALL_EVENTS (POLLIN | POLLOUT | POLLPRI | POLLRDHUP)

/* epoll_ctl() that fails with this errno */

#define EPOLL_ERR(error, ...) \
  calls_err(epoll_change(__VA_ARGS__), error, "epoll_ctl", __FILE__, \
            __LINE__)

/****************************************************************************
 * Private Data
 ****************************************************************************/

static volatile sig_atomic_t g_signals;

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: caught
 *
 * Description:
 *   Counts a signal.
 *
 ****************************************************************************/

static void caught(int signo)
{
  (void)signo;
  g_signals++;
}

/****************************************************************************
 * Name: epoll_change
 *
 * Description:
 *   One descriptor of an epoll, with the number of it as the data.
 *
 ****************************************************************************/

static int epoll_change(int epfd, int op, int fd, uint32_t events)
{
  struct epoll_event event;

  memset(&event, 0, sizeof(event));
  event.events  = events;
  event.data.fd = fd;
  return ST_CALL(epoll_ctl, epfd, op, fd, &event);
}

/****************************************************************************
 * Name: epoll_has
 *
 * Description:
 *   An epoll has one event now, and this one; or none, if events is 0.
 *
 ****************************************************************************/

static void epoll_has(int epfd, int fd, uint32_t events)
{
  struct epoll_event got[4];

  memset(got, 0, sizeof(got));
  CALL_IS(events != 0, epoll_wait, epfd, got, 4,
          events != 0 ? CALLS_WAIT : 0);
  if (events != 0)
    {
      assert_int_equal(got[0].data.fd, fd);
      assert_int_equal(got[0].events, events);
    }
}

/****************************************************************************
 * Name: signal_begin
 *
 * Description:
 *   A signal is blocked and pending, so that it comes when a call lets it.
 *
 ****************************************************************************/

static void signal_begin(FAR struct sigaction *old, FAR sigset_t *oldmask)
{
  struct sigaction act;
  sigset_t mask;

  memset(&act, 0, sizeof(act));
  act.sa_handler = caught;
  g_signals = 0;
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR2);
  assert_int_equal(sigprocmask(SIG_BLOCK, &mask, oldmask), 0);
  assert_int_equal(sigaction(SIGUSR2, &act, old), 0);
  assert_int_equal(raise(SIGUSR2), 0);
  assert_int_equal(g_signals, 0);
}

/****************************************************************************
 * Name: signal_end
 *
 * Description:
 *   Undoes signal_begin().  The signal came once.
 *
 ****************************************************************************/

static void signal_end(FAR struct sigaction *old, FAR sigset_t *oldmask)
{
  assert_int_equal(g_signals, 1);
  assert_int_equal(sigprocmask(SIG_SETMASK, oldmask, NULL), 0);
  assert_int_equal(sigaction(SIGUSR2, old, NULL), 0);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: calls_poll
 *
 * Description:
 *   What poll() says of a socket in each state of its life.
 *
 ****************************************************************************/

void calls_poll(FAR void **state)
{
  struct sockaddr_in addr;
  char byte;
  int fd[2];
  int tcp = CALL_OK(socket, AF_INET, SOCK_STREAM, 0);
  int client = CALL_OK(socket, AF_INET, SOCK_STREAM, 0);
  int listener = calls_listener(&addr);

  (void)state;
  CALLS_EVENTS(tcp, ALL_EVENTS, POLLOUT | POLLHUP);
  CALLS_EVENTS(listener, ALL_EVENTS, 0);
  CALL_IS(0, connect, client, calls_sa(&addr), sizeof(addr));
  CALLS_EVENTS(listener, ALL_EVENTS, POLLIN);
  CALLS_EVENTS(client, ALL_EVENTS, POLLOUT);
  calls_close(client);
  calls_close(tcp);
  calls_close(listener);

  calls_pair(fd);
  CALLS_EVENTS(fd[1], ALL_EVENTS, POLLOUT);
  CALL_IS(1, send, fd[0], "x", 1, 0);
  CALLS_EVENTS(fd[1], POLLIN, POLLIN);
  CALLS_EVENTS(fd[1], ALL_EVENTS, POLLIN | POLLOUT);
  CALLS_EVENTS(fd[1], POLLPRI, 0);
  CALL_IS(1, recv, fd[1], &byte, 1, 0);
  CALLS_EVENTS(fd[1], ALL_EVENTS, POLLOUT);

  /* The end of one direction, and of the other one */

  CALL_IS(0, shutdown, fd[0], SHUT_WR);
  CALLS_EVENTS(fd[1], POLLRDHUP, POLLRDHUP);
  CALLS_EVENTS(fd[1], ALL_EVENTS, POLLIN | POLLOUT | POLLRDHUP);
  CALLS_EVENTS(fd[0], ALL_EVENTS, POLLOUT);
  CALL_IS(0, shutdown, fd[1], SHUT_WR);
  CALLS_EVENTS(fd[0], POLLHUP, POLLHUP);
  CALLS_EVENTS(fd[0], ALL_EVENTS, POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
  CALLS_EVENTS(fd[1], ALL_EVENTS, POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: calls_poll_errors
 *
 * Description:
 *   Resets, and descriptors that are none.
 *
 ****************************************************************************/

void calls_poll_errors(FAR void **state)
{
  struct linger linger =
  {
    1, 0
  };

  struct pollfd pfd[3];
  char byte;
  int holder;
  int fd[2];
  struct sockaddr_in addr;

  (void)state;
  calls_pair(fd);
  CALL_IS(0, setsockopt, fd[0], SOL_SOCKET, SO_LINGER, &linger,
          sizeof(linger));
  calls_close(fd[0]);
  CALLS_EVENTS(fd[1], 0, POLLERR | POLLHUP);
  CALLS_EVENTS(fd[1], ALL_EVENTS,
               POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP);
  CALL_ERR(ECONNRESET, recv, fd[1], &byte, 1, 0);
  CALLS_EVENTS(fd[1], ALL_EVENTS, POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
  calls_close(fd[1]);

  /* Nobody at the port: an error that is taken once */

  addr  = calls_closed_udp(&holder);
  fd[0] = CALL_OK(socket, AF_INET, SOCK_DGRAM, 0);
  CALL_IS(0, connect, fd[0], calls_sa(&addr), sizeof(addr));
  CALLS_EVENTS(fd[0], ALL_EVENTS, POLLOUT);
  CALL_IS(1, send, fd[0], "x", 1, 0);
  CALLS_EVENTS(fd[0], 0, POLLERR);
  CALL_ERR(ECONNREFUSED, recv, fd[0], &byte, 1, MSG_DONTWAIT);
  CALLS_EVENTS(fd[0], ALL_EVENTS, POLLOUT);

  pfd[0].fd     = calls_badfd();
  pfd[0].events = POLLIN;
  pfd[1].fd     = -1;
  pfd[1].events = POLLIN;
  pfd[2].fd     = fd[0];
  pfd[2].events = POLLOUT;
  CALL_IS(2, poll, pfd, 3, 0);
  assert_int_equal(pfd[0].revents, POLLNVAL);
  assert_int_equal(pfd[1].revents, 0);
  assert_int_equal(pfd[2].revents, POLLOUT);
  CALL_IS(0, poll, NULL, 0, 0);
  calls_close(holder);
  calls_close(fd[0]);
}

/****************************************************************************
 * Name: calls_ppoll
 *
 * Description:
 *   Time-outs in nanoseconds; a signal that only the call lets through.
 *
 ****************************************************************************/

void calls_ppoll(FAR void **state)
{
  struct timespec zero =
  {
    0, 0
  };

  struct timespec wrong =
  {
    0, 1000000000
  };

  struct timespec negative =
  {
    -1, 0
  };

  struct sigaction old;
  struct pollfd pfd;
  sigset_t oldmask;
  sigset_t none;
  int fd[2];

  (void)state;
  calls_pair(fd);
  pfd.fd     = fd[1];
  pfd.events = POLLIN;
  CALL_IS(0, ppoll, &pfd, 1, &zero, NULL);
  CALL_ERR(EINVAL, ppoll, &pfd, 1, &wrong, NULL);
  CALL_ERR(EINVAL, ppoll, &pfd, 1, &negative, NULL);

  sigemptyset(&none);
  signal_begin(&old, &oldmask);
  CALL_ERR(EINTR, ppoll, &pfd, 1, NULL, &none);
  signal_end(&old, &oldmask);

  CALL_IS(1, send, fd[0], "x", 1, 0);
  CALL_IS(1, ppoll, &pfd, 1, NULL, NULL);
  assert_int_equal(pfd.revents, POLLIN);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: calls_select
 *
 * Description:
 *   All three sets, at once and with a time-out.
 *
 ****************************************************************************/

void calls_select(FAR void **state)
{
  struct timeval tv =
  {
    0, 0
  };

  fd_set rd;
  fd_set wr;
  fd_set ex;
  int bad = calls_badfd();
  int most;
  int fd[2];

  (void)state;
  calls_pair(fd);
  most = fd[0] > fd[1] ? fd[0] : fd[1];
  FD_ZERO(&rd);
  FD_ZERO(&wr);
  FD_ZERO(&ex);
  FD_SET(fd[0], &rd);
  FD_SET(fd[1], &rd);
  FD_SET(fd[1], &wr);
  FD_SET(fd[1], &ex);
  CALL_IS(1, select, most + 1, &rd, &wr, &ex, &tv);
  assert_false(FD_ISSET(fd[0], &rd) || FD_ISSET(fd[1], &rd) ||
               FD_ISSET(fd[1], &ex));
  assert_true(FD_ISSET(fd[1], &wr));

  FD_SET(fd[0], &rd);
  FD_SET(fd[1], &rd);
  CALL_IS(1, send, fd[0], "x", 1, 0);
  CALL_IS(1, select, most + 1, &rd, NULL, NULL, NULL);
  assert_true(FD_ISSET(fd[1], &rd));
  assert_false(FD_ISSET(fd[0], &rd));

  FD_SET(bad, &rd);
  CALL_ERR(EBADF, select, bad + 1, &rd, NULL, NULL, &tv);
  CALL_ERR(EINVAL, select, -1, NULL, NULL, NULL, &tv);
  tv.tv_sec = -1;
  CALL_ERR(EINVAL, select, 0, NULL, NULL, NULL, &tv);
  tv.tv_sec  = 0;
  tv.tv_usec = 1000;
  CALL_IS(0, select, 0, NULL, NULL, NULL, &tv);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: calls_pselect
 *
 * Description:
 *   Like select(), with a mask of signals.
 *
 ****************************************************************************/

void calls_pselect(FAR void **state)
{
  struct timespec ts =
  {
    0, 0
  };

  struct sigaction old;
  sigset_t oldmask;
  sigset_t none;
  fd_set rd;
  int fd[2];

  (void)state;
  calls_pair(fd);
  FD_ZERO(&rd);
  FD_SET(fd[1], &rd);
  CALL_IS(0, pselect, fd[1] + 1, &rd, NULL, NULL, &ts, NULL);
  ts.tv_nsec = 1000000000;
  CALL_ERR(EINVAL, pselect, 0, NULL, NULL, NULL, &ts, NULL);
  CALL_ERR(EINVAL, pselect, -1, NULL, NULL, NULL, NULL, NULL);

  sigemptyset(&none);
  FD_SET(fd[1], &rd);
  signal_begin(&old, &oldmask);
  CALL_ERR(EINTR, pselect, fd[1] + 1, &rd, NULL, NULL, NULL, &none);
  signal_end(&old, &oldmask);

  FD_ZERO(&rd);
  FD_SET(fd[1], &rd);
  CALL_IS(1, send, fd[0], "x", 1, 0);
  CALL_IS(1, pselect, fd[1] + 1, &rd, NULL, NULL, NULL, NULL);
  assert_true(FD_ISSET(fd[1], &rd));
  calls_close_both(fd);
}

/****************************************************************************
 * Name: calls_epoll
 *
 * Description:
 *   By level, by edge, once; and a socket that is closed is gone from it.
 *
 ****************************************************************************/

void calls_epoll(FAR void **state)
{
  struct epoll_event event;
  char byte;
  int fd[2];
  int epfd = CALL_OK(epoll_create1, EPOLL_CLOEXEC);

  (void)state;
  assert_int_equal(CALL_OK(fcntl, epfd, F_GETFD), FD_CLOEXEC);
  calls_pair(fd);
  assert_int_equal(epoll_change(epfd, EPOLL_CTL_ADD, fd[1], EPOLLIN), 0);
  epoll_has(epfd, fd[1], 0);
  CALL_IS(1, send, fd[0], "x", 1, 0);
  epoll_has(epfd, fd[1], EPOLLIN);
  epoll_has(epfd, fd[1], EPOLLIN);

  assert_int_equal(epoll_change(epfd, EPOLL_CTL_MOD, fd[1],
                                EPOLLIN | EPOLLET), 0);
  epoll_has(epfd, fd[1], EPOLLIN);
  epoll_has(epfd, fd[1], 0);
  CALL_IS(1, send, fd[0], "y", 1, 0);
  epoll_has(epfd, fd[1], EPOLLIN);
  epoll_has(epfd, fd[1], 0);

  assert_int_equal(epoll_change(epfd, EPOLL_CTL_MOD, fd[1],
                                EPOLLIN | EPOLLONESHOT), 0);
  epoll_has(epfd, fd[1], EPOLLIN);
  CALL_IS(1, recv, fd[1], &byte, 1, 0);
  CALL_IS(1, send, fd[0], "z", 1, 0);
  epoll_has(epfd, fd[1], 0);

  assert_int_equal(epoll_change(epfd, EPOLL_CTL_MOD, fd[1],
                                EPOLLIN | EPOLLOUT), 0);
  epoll_has(epfd, fd[1], EPOLLIN | EPOLLOUT);
  assert_int_equal(epoll_change(epfd, EPOLL_CTL_DEL, fd[1], 0), 0);
  epoll_has(epfd, fd[1], 0);

  assert_int_equal(epoll_change(epfd, EPOLL_CTL_ADD, fd[1], EPOLLIN), 0);
  CALL_IS(1, epoll_pwait, epfd, &event, 1, 0, NULL);
  assert_int_equal(event.data.fd, fd[1]);
  calls_close(fd[1]);
  epoll_has(epfd, fd[1], 0);
  calls_close(fd[0]);
  calls_close(epfd);
}

/****************************************************************************
 * Name: calls_epoll_errors
 *
 * Description:
 *   What cannot be watched, and how not.
 *
 ****************************************************************************/

void calls_epoll_errors(FAR void **state)
{
  struct epoll_event event;
  struct sigaction old;
  struct sockaddr_in addr;
  sigset_t oldmask;
  sigset_t none;
  int bad = calls_badfd();
  int epfd = CALL_OK(epoll_create, 1);
  int fd = calls_bound(SOCK_DGRAM, &addr);

  (void)state;
  CALL_ERR(EINVAL, epoll_create, 0);
  CALL_ERR(EINVAL, epoll_create1, 1);
  EPOLL_ERR(EBADF, -1, EPOLL_CTL_ADD, fd, EPOLLIN);
  EPOLL_ERR(EBADF, epfd, EPOLL_CTL_ADD, bad, EPOLLIN);
  EPOLL_ERR(EINVAL, fd, EPOLL_CTL_ADD, epfd, EPOLLIN);
  EPOLL_ERR(EINVAL, epfd, EPOLL_CTL_ADD, epfd, EPOLLIN);
  EPOLL_ERR(ENOENT, epfd, EPOLL_CTL_MOD, fd, EPOLLIN);
  EPOLL_ERR(ENOENT, epfd, EPOLL_CTL_DEL, fd, 0);
  assert_int_equal(epoll_change(epfd, EPOLL_CTL_ADD, fd, EPOLLIN), 0);
  EPOLL_ERR(EEXIST, epfd, EPOLL_CTL_ADD, fd, EPOLLIN);
  EPOLL_ERR(EINVAL, epfd, 99, fd, EPOLLIN);

  CALL_ERR(EBADF, epoll_wait, -1, &event, 1, 0);
  CALL_ERR(EINVAL, epoll_wait, fd, &event, 1, 0);
  CALL_ERR(EINVAL, epoll_wait, epfd, &event, 0, 0);

  sigemptyset(&none);
  signal_begin(&old, &oldmask);
  CALL_ERR(EINTR, epoll_pwait, epfd, &event, 1, -1, &none);
  signal_end(&old, &oldmask);
  calls_close(fd);
  calls_close(epfd);
}
