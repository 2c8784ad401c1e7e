/****************************************************************************
 * apps/testing/sockettest/calls_util.c
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

/* Helpers of the tests of single calls: see calls.h. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: calls_wrong
 *
 * Description:
 *   A call did what it should not; does not return.
 *
 ****************************************************************************/

static void calls_wrong(ssize_t ret, int error, FAR const char *call,
                        FAR const char *want, FAR const char *file,
                        int line)
{
  if (ret < 0)
    {
      st_fail(file, line, "%s(): %s, not %s", call, strerror(error), want);
    }

  st_fail(file, line, "%s(): %zd, not %s", call, ret, want);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: calls_ok
 *
 * Description:
 *   A result that is no failure; it.
 *
 ****************************************************************************/

ssize_t calls_ok(ssize_t ret, FAR const char *call, FAR const char *file,
                 int line)
{
  if (ret < 0)
    {
      calls_wrong(ret, errno, call, "success", file, line);
    }

  return ret;
}

/****************************************************************************
 * Name: calls_is
 *
 * Description:
 *   A result that is this value.
 *
 ****************************************************************************/

void calls_is(ssize_t ret, ssize_t value, FAR const char *call,
              FAR const char *file, int line)
{
  int error = errno;
  char want[32];

  if (ret != value)
    {
      snprintf(want, sizeof(want), "%zd", value);
      calls_wrong(ret, error, call, want, file, line);
    }
}

/****************************************************************************
 * Name: calls_err
 *
 * Description:
 *   A failure with this error.
 *
 ****************************************************************************/

void calls_err(ssize_t ret, int error, FAR const char *call,
               FAR const char *file, int line)
{
  int got = errno;

  if (ret != -1 || got != error)
    {
      calls_wrong(ret, got, call, strerror(error), file, line);
    }
}

/****************************************************************************
 * Name: calls_events
 *
 * Description:
 *   poll() of one descriptor, which must have exactly these results.  What
 *   is wanted is waited for; nothing wanted is looked for at once.
 *
 ****************************************************************************/

void calls_events(int fd, short events, short want, FAR const char *file,
                  int line)
{
  struct pollfd pfd;
  int ret;

  pfd.fd      = fd;
  pfd.events  = events;
  pfd.revents = 0;

  ret = ST_CALL(poll, &pfd, 1, want != 0 ? CALLS_WAIT : 0);
  if (ret != (want != 0) || pfd.revents != want)
    {
      st_fail(file, line, "poll() for %#x: %d, events %#x, not %#x",
              (unsigned int)events, ret, (unsigned int)pfd.revents,
              (unsigned int)want);
    }
}

/****************************************************************************
 * Name: calls_addr
 *
 * Description:
 *   An address: host in host order, port in network order.
 *
 ****************************************************************************/

struct sockaddr_in calls_addr(uint32_t host, in_port_t port)
{
  struct sockaddr_in addr;

  memset(&addr, 0, sizeof(addr));
  addr.sin_family      = AF_INET;
  addr.sin_port        = port;
  addr.sin_addr.s_addr = htonl(host);
  return addr;
}

/****************************************************************************
 * Name: calls_name
 *
 * Description:
 *   The name of a socket.
 *
 ****************************************************************************/

struct sockaddr_in calls_name(int fd)
{
  struct sockaddr_in addr;
  socklen_t len = sizeof(addr);

  memset(&addr, 0, sizeof(addr));
  CALL_OK(getsockname, fd, calls_sa(&addr), &len);
  assert_int_equal(len, sizeof(addr));
  return addr;
}

/****************************************************************************
 * Name: calls_sa
 *
 * Description:
 *   The address as the calls want it.
 *
 ****************************************************************************/

FAR struct sockaddr *calls_sa(FAR struct sockaddr_in *addr)
{
  return (FAR struct sockaddr *)addr;
}

/****************************************************************************
 * Name: calls_wait
 *
 * Description:
 *   Waits for one of the events, which have to come; those there are.
 *
 ****************************************************************************/

int calls_wait(int fd, short events)
{
  struct pollfd pfd;

  pfd.fd      = fd;
  pfd.events  = events;
  pfd.revents = 0;
  CALL_IS(1, poll, &pfd, 1, CALLS_WAIT);
  return pfd.revents;
}

/****************************************************************************
 * Name: calls_close
 *
 * Description:
 *   close() that works.
 *
 ****************************************************************************/

void calls_close(int fd)
{
  CALL_IS(0, close, fd);
}

/****************************************************************************
 * Name: calls_close_both
 *
 * Description:
 *   Close both ends of a pair.
 *
 ****************************************************************************/

void calls_close_both(FAR const int fd[2])
{
  calls_close(fd[0]);
  calls_close(fd[1]);
}

/****************************************************************************
 * Name: calls_notsock
 *
 * Description:
 *   A descriptor that is no socket: the reading end of a pipe without a
 *   writer.  To be closed.
 *
 ****************************************************************************/

int calls_notsock(void)
{
  int fd[2];

  assert_int_equal(pipe(fd), 0);
  calls_close(fd[1]);
  return fd[0];
}

/****************************************************************************
 * Name: calls_badfd
 *
 * Description:
 *   A number that was a socket and is none any more, beyond those that the
 *   test will be given.
 *
 ****************************************************************************/

int calls_badfd(void)
{
  int fd = CALL_OK(socket, AF_INET, SOCK_DGRAM, 0);
  int bad = CALL_OK(fcntl, fd, F_DUPFD, fd + 32);

  calls_close(fd);
  calls_close(bad);
  return bad;
}

/****************************************************************************
 * Name: calls_bound
 *
 * Description:
 *   A socket at the loopback address, at a port that it is told.
 *
 ****************************************************************************/

int calls_bound(int type, FAR struct sockaddr_in *addr)
{
  int fd = CALL_OK(socket, AF_INET, type, 0);

  *addr = calls_addr(INADDR_LOOPBACK, 0);
  CALL_IS(0, bind, fd, calls_sa(addr), sizeof(*addr));
  *addr = calls_name(fd);
  assert_int_not_equal(addr->sin_port, 0);
  return fd;
}

/****************************************************************************
 * Name: calls_listener
 *
 * Description:
 *   The same, listening.
 *
 ****************************************************************************/

int calls_listener(FAR struct sockaddr_in *addr)
{
  int fd = calls_bound(SOCK_STREAM, addr);

  CALL_IS(0, listen, fd, 8);
  return fd;
}

/****************************************************************************
 * Name: calls_pair
 *
 * Description:
 *   A connection within this task: fd[0] connected, fd[1] accepted.
 *
 ****************************************************************************/

void calls_pair(FAR int fd[2])
{
  struct sockaddr_in addr;
  int listener = calls_listener(&addr);

  fd[0] = CALL_OK(socket, AF_INET, SOCK_STREAM, 0);
  CALL_IS(0, connect, fd[0], calls_sa(&addr), sizeof(addr));
  fd[1] = CALL_OK(accept, listener, NULL, NULL);
  calls_close(listener);
}

/****************************************************************************
 * Name: calls_udp_pair
 *
 * Description:
 *   Two UDP sockets, connected with each other.
 *
 ****************************************************************************/

void calls_udp_pair(FAR int fd[2])
{
  struct sockaddr_in addr[2];

  fd[0] = calls_bound(SOCK_DGRAM, &addr[0]);
  fd[1] = calls_bound(SOCK_DGRAM, &addr[1]);
  CALL_IS(0, connect, fd[0], calls_sa(&addr[1]), sizeof(addr[1]));
  CALL_IS(0, connect, fd[1], calls_sa(&addr[0]), sizeof(addr[0]));
}

/****************************************************************************
 * Name: calls_closed_udp
 *
 * Description:
 *   A port at which nobody receives, and nobody can begin to: the holder
 *   has it, but is connected with another one.
 *
 ****************************************************************************/

struct sockaddr_in calls_closed_udp(FAR int *holder)
{
  struct sockaddr_in other = calls_addr(INADDR_LOOPBACK, htons(1));
  struct sockaddr_in addr;

  *holder = calls_bound(SOCK_DGRAM, &addr);
  CALL_IS(0, connect, *holder, calls_sa(&other), sizeof(other));
  return addr;
}

/****************************************************************************
 * Name: calls_getint
 *
 * Description:
 *   The value of an option that is an int.
 *
 ****************************************************************************/

int calls_getint(int fd, int level, int option)
{
  int value = -1;
  socklen_t len = sizeof(value);

  CALL_IS(0, getsockopt, fd, level, option, &value, &len);
  assert_int_equal(len, sizeof(value));
  return value;
}

/****************************************************************************
 * Name: calls_setint
 *
 * Description:
 *   Sets an option that is an int.
 *
 ****************************************************************************/

void calls_setint(int fd, int level, int option, int value)
{
  CALL_IS(0, setsockopt, fd, level, option, &value, sizeof(value));
}

/****************************************************************************
 * Name: calls_move
 *
 * Description:
 *   A few bytes from one socket to another one, unchanged.
 *
 ****************************************************************************/

void calls_move(int from, int to)
{
  static const char text[] = "through";
  char got[32];

  CALL_IS(sizeof(text), send, from, text, sizeof(text), 0);
  calls_wait(to, POLLIN);
  CALL_IS(sizeof(text), recv, to, got, sizeof(got), 0);
  assert_memory_equal(got, text, sizeof(text));
}
