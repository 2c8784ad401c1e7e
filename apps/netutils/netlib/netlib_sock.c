/****************************************************************************
 * apps/netutils/netlib/netlib_sock.c
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

/* Time, signals, waiting, and sockets that do not block. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "netlib.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: netlib_caught
 *
 * Description:
 *   A signal came.  That it ends ppoll() is all that it has to do.
 *
 ****************************************************************************/

static void netlib_caught(int signo)
{
  (void)signo;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: netlib_now
 *
 * Description:
 *   The monotonic clock, in nanoseconds.
 *
 ****************************************************************************/

uint64_t netlib_now(void)
{
  struct timespec ts;

  clock_gettime(CLOCK_MONOTONIC, &ts);
  return (uint64_t)ts.tv_sec * NETLIB_SEC + (uint64_t)ts.tv_nsec;
}

/****************************************************************************
 * Name: netlib_signals
 *
 * Description:
 *   Let SIGINT and SIGTERM end waiting, and nothing else, from now on.
 *
 ****************************************************************************/

void netlib_signals(FAR struct netlib_wait_s *wait)
{
  struct sigaction action;
  sigset_t blocked;

  memset(&action, 0, sizeof(action));
  action.sa_handler = netlib_caught;
  sigemptyset(&action.sa_mask);

  sigemptyset(&blocked);
  sigaddset(&blocked, SIGINT);
  sigaddset(&blocked, SIGTERM);
  sigprocmask(SIG_BLOCK, &blocked, &wait->mask);
  sigdelset(&wait->mask, SIGINT);
  sigdelset(&wait->mask, SIGTERM);

  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  wait->interrupted = false;
}

/****************************************************************************
 * Name: netlib_poll
 *
 * Description:
 *   Wait for descriptors, for a deadline, or for a signal.
 *
 ****************************************************************************/

int netlib_poll(FAR struct netlib_wait_s *wait, FAR struct pollfd *fds,
                size_t count, uint64_t deadline)
{
  struct timespec ts;
  uint64_t left;
  int ret;

  if (deadline == NETLIB_NEVER)
    {
      ret = ppoll(fds, count, NULL, &wait->mask);
    }
  else
    {
      left = netlib_now();
      left = deadline > left ? deadline - left : 0;
      ts.tv_sec  = (time_t)(left / NETLIB_SEC);
      ts.tv_nsec = (long)(left % NETLIB_SEC);
      ret = ppoll(fds, count, &ts, &wait->mask);
    }

  if (ret < 0 && errno == EINTR)
    {
      wait->interrupted = true;
      ret = 0;
    }

  return ret;
}

/****************************************************************************
 * Name: netlib_nonblock
 *
 * Description:
 *   Switch a descriptor to calls that do not block.
 *
 ****************************************************************************/

int netlib_nonblock(int fd)
{
  int flags = fcntl(fd, F_GETFL);

  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
    {
      return -errno;
    }

  return 0;
}

/****************************************************************************
 * Name: netlib_listen
 *
 * Description:
 *   Make a socket that listens.  The size of the receive buffer counts
 *   before listen(), since it decides on the window scale; 0 leaves it.
 *
 ****************************************************************************/

int netlib_listen(FAR const struct netlib_addr_s *addr, int backlog,
                  int rcvbuf)
{
  int one = 1;
  int err;
  int fd;

  fd = socket(addr->addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0)
    {
      return -errno;
    }

  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
      (rcvbuf > 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf,
                                sizeof(rcvbuf)) < 0) ||
      bind(fd, (FAR const struct sockaddr *)&addr->addr, addr->len) < 0 ||
      listen(fd, backlog) < 0)
    {
      err = -errno;
      close(fd);
      return err;
    }

  return fd;
}

/****************************************************************************
 * Name: netlib_connect
 *
 * Description:
 *   Connect until a deadline.  -EINTR after a signal.
 *
 ****************************************************************************/

int netlib_connect(FAR struct netlib_wait_s *wait,
                   FAR const struct netlib_addr_s *local,
                   FAR const struct netlib_addr_s *peer, int bufsize,
                   uint64_t deadline)
{
  struct pollfd pfd;
  socklen_t len = sizeof(int);
  int one = 1;
  int err = 0;
  int fd;

  fd = socket(peer->addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0)
    {
      return -errno;
    }

  if ((bufsize > 0 &&
       (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bufsize, len) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bufsize, len) < 0)) ||
      (local != NULL &&
       (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, len) < 0 ||
        bind(fd, (FAR const struct sockaddr *)&local->addr,
             local->len) < 0)))
    {
      err = errno;
    }
  else if (connect(fd, (FAR const struct sockaddr *)&peer->addr,
                   peer->len) < 0)
    {
      err = errno;
      if (err == EINPROGRESS)
        {
          pfd.fd = fd;
          pfd.events = POLLOUT;
          if (netlib_poll(wait, &pfd, 1, deadline) == 0)
            {
              err = wait->interrupted ? EINTR : ETIMEDOUT;
            }
          else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
            {
              err = errno;
            }
        }
    }

  if (err != 0)
    {
      close(fd);
      return -err;
    }

  return fd;
}

/****************************************************************************
 * Name: netlib_sendall
 *
 * Description:
 *   Send all of it until a deadline.
 *
 ****************************************************************************/

int netlib_sendall(FAR struct netlib_wait_s *wait, int fd,
                   FAR const void *data, size_t len, uint64_t deadline)
{
  FAR const char *next = data;
  struct pollfd pfd;
  ssize_t sent;

  while (len > 0)
    {
      sent = send(fd, next, len, MSG_NOSIGNAL);
      if (sent > 0)
        {
          next += sent;
          len -= (size_t)sent;
        }
      else if (errno == EAGAIN)
        {
          pfd.fd = fd;
          pfd.events = POLLOUT;
          if (netlib_poll(wait, &pfd, 1, deadline) == 0)
            {
              return wait->interrupted ? -EINTR : -ETIMEDOUT;
            }
        }
      else if (errno != EINTR)
        {
          return -errno;
        }
    }

  return 0;
}

/****************************************************************************
 * Name: netlib_recvall
 *
 * Description:
 *   Receive exactly so much until a deadline.
 *
 ****************************************************************************/

int netlib_recvall(FAR struct netlib_wait_s *wait, int fd,
                   FAR void *data, size_t len, uint64_t deadline)
{
  FAR char *next = data;
  struct pollfd pfd;
  ssize_t got;

  while (len > 0)
    {
      got = recv(fd, next, len, 0);
      if (got > 0)
        {
          next += got;
          len -= (size_t)got;
        }
      else if (got == 0)
        {
          return -EPIPE;
        }
      else if (errno == EAGAIN)
        {
          pfd.fd = fd;
          pfd.events = POLLIN;
          if (netlib_poll(wait, &pfd, 1, deadline) == 0)
            {
              return wait->interrupted ? -EINTR : -ETIMEDOUT;
            }
        }
      else if (errno != EINTR)
        {
          return -errno;
        }
    }

  return 0;
}

/****************************************************************************
 * Name: netlib_writeall
 *
 * Description:
 *   Write all of it, waiting if it has to be.
 *
 ****************************************************************************/

int netlib_writeall(int fd, FAR const void *data, size_t len)
{
  FAR const char *next = data;
  struct pollfd pfd;
  ssize_t done;

  while (len > 0)
    {
      done = write(fd, next, len);
      if (done >= 0)
        {
          next += done;
          len -= (size_t)done;
        }
      else if (errno == EAGAIN)
        {
          pfd.fd = fd;
          pfd.events = POLLOUT;
          poll(&pfd, 1, -1);
        }
      else if (errno != EINTR)
        {
          return -errno;
        }
    }

  return 0;
}
