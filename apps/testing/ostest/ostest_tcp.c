/****************************************************************************
 * apps/testing/ostest/ostest_tcp.c
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

#ifndef _GNU_SOURCE
#  define _GNU_SOURCE                /* accept4(), POLLRDHUP */
#endif

#if __has_include(<nuttx/config.h>)
#  include <nuttx/config.h>
#endif

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#  include <sys/epoll.h>
#endif

#include "ostest.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define WAITERS 4

/* More than both buffers of a connection hold */

#define MUCH    20000000

#ifndef POLLRDHUP
#  define POLLRDHUP 0x2000
#endif

/****************************************************************************
 * Private Data
 ****************************************************************************/

static int g_listener;
static struct sockaddr_in g_addr;
static int g_pair[2];

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: tcp_listen
 *
 * Description:
 *   A listener at a port that the system chose.
 *
 ****************************************************************************/

static void tcp_listen(int backlog)
{
  socklen_t len = sizeof(g_addr);

  g_listener = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(g_listener >= 0);
  memset(&g_addr, 0, len);
  g_addr.sin_family      = AF_INET;
  g_addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(bind(g_listener, (struct sockaddr *)&g_addr, len) == 0);
  CHECK(getsockname(g_listener, (struct sockaddr *)&g_addr, &len) == 0);
  CHECK(listen(g_listener, backlog) == 0);
}

/****************************************************************************
 * Name: tcp_connect
 *
 * Description:
 *   Connect a new socket to it.
 *
 ****************************************************************************/

static int tcp_connect(void)
{
  int sock = socket(AF_INET, SOCK_STREAM, 0);

  CHECK(sock >= 0);
  CHECK(connect(sock, (struct sockaddr *)&g_addr, sizeof(g_addr)) == 0);
  return sock;
}

/****************************************************************************
 * Name: tcp_pair
 *
 * Description:
 *   Two ends of a connection; the listener is gone again.
 *
 ****************************************************************************/

static void tcp_pair(void)
{
  tcp_listen(5);
  g_pair[0] = tcp_connect();
  g_pair[1] = accept(g_listener, NULL, NULL);
  CHECK(g_pair[1] >= 0);
  close(g_listener);
}

/****************************************************************************
 * Name: tcp_close
 *
 * Description:
 *   Close both ends.
 *
 ****************************************************************************/

static void tcp_close(void)
{
  CHECK(close(g_pair[0]) == 0);
  CHECK(close(g_pair[1]) == 0);
}

/****************************************************************************
 * Name: events
 *
 * Description:
 *   What poll() says about a socket, waiting until all of "wanted" is true.
 *
 ****************************************************************************/

static int events(int sock, int wanted)
{
  struct pollfd pfd;
  int i;

  for (i = 0; i < 200; i++)
    {
      pfd.fd     = sock;
      pfd.events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP;
      CHECK(poll(&pfd, 1, 0) >= 0);
      if ((pfd.revents & wanted) == wanted)
        {
          break;
        }

      usleep(5000);
    }

  return pfd.revents;
}

/****************************************************************************
 * Name: tcp_echo
 *
 * Description:
 *   Both names of both ends, and bytes both ways.
 *
 ****************************************************************************/

static void tcp_echo(void)
{
  struct sockaddr_in a;
  struct sockaddr_in b;
  socklen_t len = sizeof(a);
  char buf[20];

  tcp_listen(1);
  g_pair[0] = tcp_connect();
  len       = 200;
  g_pair[1] = accept(g_listener, (struct sockaddr *)&a, &len);
  CHECK(g_pair[1] >= 0 && len == sizeof(a));
  CHECK(getsockname(g_pair[0], (struct sockaddr *)&b, &len) == 0);
  CHECK(memcmp(&a, &b, sizeof(a)) == 0);
  CHECK(getpeername(g_pair[1], (struct sockaddr *)&b, &len) == 0);
  CHECK(memcmp(&a, &b, sizeof(a)) == 0);
  CHECK(getpeername(g_pair[0], (struct sockaddr *)&b, &len) == 0);
  CHECK(memcmp(&g_addr, &b, sizeof(a)) == 0);
  CHECK(getsockname(g_pair[1], (struct sockaddr *)&b, &len) == 0);
  CHECK(memcmp(&g_addr, &b, sizeof(a)) == 0);
  close(g_listener);

  CHECK(send(g_pair[0], "question", 8, 0) == 8);
  CHECK(recv(g_pair[1], buf, 3, 0) == 3);
  CHECK(recv(g_pair[1], buf + 3, 17, 0) == 5);
  CHECK(memcmp(buf, "question", 8) == 0);
  CHECK(write(g_pair[1], "answer", 6) == 6);
  CHECK(read(g_pair[0], buf, sizeof(buf)) == 6);
  CHECK(memcmp(buf, "answer", 6) == 0);
  tcp_close();
}

/****************************************************************************
 * Name: tcp_nonblock
 *
 * Description:
 *   A connect that does not wait comes about, and the listener has it.
 *
 ****************************************************************************/

static void tcp_nonblock(void)
{
  int error = -1;
  socklen_t len = sizeof(error);
  char c;

  tcp_listen(5);
  CHECK(fcntl(g_listener, F_SETFL, O_NONBLOCK) == 0);
  CHECK(accept(g_listener, NULL, NULL) < 0 && errno == EAGAIN);
  CHECK(events(g_listener, 0) == 0);

  g_pair[0] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CHECK(connect(g_pair[0], (struct sockaddr *)&g_addr,
                sizeof(g_addr)) < 0);
  CHECK(errno == EINPROGRESS);
  CHECK(events(g_pair[0], POLLOUT) == POLLOUT);
  CHECK(getsockopt(g_pair[0], SOL_SOCKET, SO_ERROR, &error, &len) == 0);
  CHECK(error == 0);
  CHECK(connect(g_pair[0], (struct sockaddr *)&g_addr,
                sizeof(g_addr)) == 0);
  CHECK(connect(g_pair[0], (struct sockaddr *)&g_addr,
                sizeof(g_addr)) < 0);
  CHECK(errno == EISCONN);

  CHECK(events(g_listener, POLLIN) == POLLIN);
  g_pair[1] = accept4(g_listener, NULL, NULL,
                      SOCK_NONBLOCK | SOCK_CLOEXEC);
  CHECK(g_pair[1] >= 0);
  CHECK((fcntl(g_pair[1], F_GETFL) & O_NONBLOCK) != 0);
  CHECK(fcntl(g_pair[1], F_GETFD) == FD_CLOEXEC);
  CHECK(recv(g_pair[1], &c, 1, 0) < 0 && errno == EAGAIN);
  CHECK(accept4(g_listener, NULL, NULL, 1) < 0 && errno == EINVAL);
  close(g_listener);
  tcp_close();
}

/****************************************************************************
 * Name: tcp_refused
 *
 * Description:
 *   Nobody listens: waiting or not, it is told once.
 *
 ****************************************************************************/

static void tcp_refused(void)
{
  int error = -1;
  socklen_t len = sizeof(error);
  int sock;

  tcp_listen(1);
  close(g_listener);
  sock = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect(sock, (struct sockaddr *)&g_addr, sizeof(g_addr)) < 0);
  CHECK(errno == ECONNREFUSED);
  CHECK(getsockopt(sock, SOL_SOCKET, SO_ERROR, &error, &len) == 0);
  CHECK(error == 0);
  close(sock);

  sock = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CHECK(connect(sock, (struct sockaddr *)&g_addr, sizeof(g_addr)) < 0);
  CHECK(errno == EINPROGRESS);
  CHECK((events(sock, POLLERR | POLLHUP) & (POLLERR | POLLHUP)) ==
        (POLLERR | POLLHUP));
  CHECK(getsockopt(sock, SOL_SOCKET, SO_ERROR, &error, &len) == 0);
  CHECK(error == ECONNREFUSED);
  close(sock);
}

/****************************************************************************
 * Name: tcp_poll
 *
 * Description:
 *   poll() through the life of a connection.
 *
 ****************************************************************************/

static void tcp_poll(void)
{
  int sock = socket(AF_INET, SOCK_STREAM, 0);
  char buf[4];

  CHECK(events(sock, 0) == (POLLOUT | POLLHUP));
  close(sock);

  tcp_pair();
  CHECK(events(g_pair[0], POLLOUT) == POLLOUT);
  CHECK(send(g_pair[1], "ab", 2, 0) == 2);
  CHECK(events(g_pair[0], POLLIN) == (POLLIN | POLLOUT));
  CHECK(recv(g_pair[0], buf, 4, 0) == 2);
  CHECK(events(g_pair[0], 0) == POLLOUT);

  CHECK(shutdown(g_pair[1], SHUT_WR) == 0);
  CHECK(events(g_pair[0], POLLRDHUP) == (POLLIN | POLLOUT | POLLRDHUP));
  CHECK(recv(g_pair[0], buf, 4, 0) == 0);
  CHECK(events(g_pair[0], POLLRDHUP) == (POLLIN | POLLOUT | POLLRDHUP));

  CHECK(send(g_pair[0], "late", 4, 0) == 4);
  CHECK(recv(g_pair[1], buf, 4, 0) == 4);
  CHECK(shutdown(g_pair[0], SHUT_WR) == 0);
  CHECK(events(g_pair[0], POLLHUP) ==
        (POLLIN | POLLOUT | POLLRDHUP | POLLHUP));
  CHECK(recv(g_pair[1], buf, 4, 0) == 0);
  CHECK(shutdown(g_pair[1], SHUT_RDWR) < 0 && errno == ENOTCONN);
  tcp_close();
}

/****************************************************************************
 * Name: tcp_broken
 *
 * Description:
 *   Writing to one who has gone is EPIPE, and a signal unless it is not
 *   wanted.
 *
 ****************************************************************************/

static void tcp_broken(void)
{
  struct sigaction ignore;
  struct sigaction old;
  char c;

  tcp_pair();
  close(g_pair[1]);
  CHECK((events(g_pair[0], POLLRDHUP) & POLLRDHUP) != 0);
  CHECK(recv(g_pair[0], &c, 1, 0) == 0);
  CHECK(send(g_pair[0], "x", 1, MSG_NOSIGNAL) == 1);
  CHECK((events(g_pair[0], POLLHUP) & POLLHUP) != 0);
  CHECK(send(g_pair[0], "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE);

  memset(&ignore, 0, sizeof(ignore));
  ignore.sa_handler = SIG_IGN;
  CHECK(sigaction(SIGPIPE, &ignore, &old) == 0);
  CHECK(write(g_pair[0], "x", 1) < 0 && errno == EPIPE);
  CHECK(sigaction(SIGPIPE, &old, NULL) == 0);
  close(g_pair[0]);

  /* One's own end that was shut */

  tcp_pair();
  CHECK(shutdown(g_pair[0], SHUT_WR) == 0);
  CHECK(send(g_pair[0], "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE);
  CHECK(send(g_pair[1], "x", 1, 0) == 1);
  CHECK(recv(g_pair[0], &c, 1, 0) == 1);
  tcp_close();
}

/****************************************************************************
 * Name: tcp_reset
 *
 * Description:
 *   A close that does not linger resets; the other end is told once.
 *
 ****************************************************************************/

static void tcp_reset(void)
{
  struct linger linger;
  char c;

  tcp_pair();
  linger.l_onoff  = 1;
  linger.l_linger = 0;
  CHECK(setsockopt(g_pair[1], SOL_SOCKET, SO_LINGER, &linger,
                   sizeof(linger)) == 0);
  close(g_pair[1]);
  CHECK(events(g_pair[0], POLLERR | POLLHUP) ==
        (POLLIN | POLLOUT | POLLRDHUP | POLLERR | POLLHUP));
  CHECK(recv(g_pair[0], &c, 1, 0) < 0 && errno == ECONNRESET);
  CHECK(recv(g_pair[0], &c, 1, 0) == 0);
  CHECK(send(g_pair[0], "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE);
  close(g_pair[0]);
}

/****************************************************************************
 * Name: tcp_trickle
 *
 * Description:
 *   Sends the rest, a little at a time.
 *
 ****************************************************************************/

static void *tcp_trickle(void *arg)
{
  usleep(10000);
  if (send(g_pair[0], "cde", 3, 0) != 3)
    {
      return &g_pair;
    }

  usleep(10000);
  return send(g_pair[0], "fgh", 3, 0) == 3 ? arg : &g_pair;
}

/****************************************************************************
 * Name: tcp_peek
 *
 * Description:
 *   Looking ahead, how much there is, and waiting for all of it.
 *
 ****************************************************************************/

static void tcp_peek(void)
{
  pthread_t id;
  char buf[8];
  void *ret;
  int n = -1;

  tcp_pair();
  CHECK(send(g_pair[0], "ab", 2, 0) == 2);
  CHECK((events(g_pair[1], POLLIN) & POLLIN) != 0);
  CHECK(ioctl(g_pair[1], FIONREAD, &n) == 0 && n == 2);
  CHECK(recv(g_pair[1], buf, 8, MSG_PEEK) == 2);
  CHECK(recv(g_pair[1], buf, 1, MSG_PEEK) == 1 && buf[0] == 'a');
  CHECK(recv(g_pair[1], buf, 8, MSG_DONTWAIT | MSG_WAITALL) == 2);
  CHECK(recv(g_pair[1], buf, 8, MSG_DONTWAIT) < 0 && errno == EAGAIN);

  CHECK(send(g_pair[0], "ab", 2, 0) == 2);
  CHECK(pthread_create(&id, NULL, tcp_trickle, NULL) == 0);
  CHECK(recv(g_pair[1], buf, 8, MSG_PEEK | MSG_WAITALL) == 8);
  CHECK(recv(g_pair[1], buf, 8, MSG_WAITALL) == 8);
  CHECK(memcmp(buf, "abcdefgh", 8) == 0);
  CHECK(pthread_join(id, &ret) == 0 && ret == NULL);

  /* The end comes before all */

  CHECK(send(g_pair[0], "ab", 2, 0) == 2);
  CHECK(shutdown(g_pair[0], SHUT_WR) == 0);
  CHECK(recv(g_pair[1], buf, 8, MSG_WAITALL) == 2);
  CHECK(recv(g_pair[1], buf, 8, MSG_WAITALL) == 0);
  tcp_close();
}

/****************************************************************************
 * Name: tcp_lowat
 *
 * Description:
 *   SO_RCVLOWAT holds back poll() and recv().
 *
 ****************************************************************************/

static void tcp_lowat(void)
{
  int value = 5;
  char buf[8];

  tcp_pair();
  CHECK(setsockopt(g_pair[1], SOL_SOCKET, SO_RCVLOWAT, &value,
                   sizeof(value)) == 0);
  CHECK(send(g_pair[0], "ab", 2, 0) == 2);
  usleep(10000);
  CHECK((events(g_pair[1], 0) & POLLIN) == 0);
  CHECK(send(g_pair[0], "cde", 3, 0) == 3);
  CHECK((events(g_pair[1], POLLIN) & POLLIN) != 0);
  CHECK(recv(g_pair[1], buf, 8, 0) == 5);
  tcp_close();
}

/****************************************************************************
 * Name: tcp_timeout
 *
 * Description:
 *   Waiting for a peer that does not speak, or listen, ends in time.
 *
 ****************************************************************************/

static void tcp_timeout(void)
{
  static char data[65536];
  struct timeval tv;
  socklen_t len = sizeof(tv);
  int64_t start;
  char c;

  tcp_pair();
  tv.tv_sec  = 0;
  tv.tv_usec = 20000;
  CHECK(setsockopt(g_pair[0], SOL_SOCKET, SO_RCVTIMEO, &tv, len) == 0);
  CHECK(setsockopt(g_pair[0], SOL_SOCKET, SO_SNDTIMEO, &tv, len) == 0);
  start = ostest_now();
  CHECK(recv(g_pair[0], &c, 1, 0) < 0 && errno == EAGAIN);
  CHECK(ostest_now() - start >= 19);
  while (send(g_pair[0], data, sizeof(data), 0) == sizeof(data))
    {
    }

  while (send(g_pair[0], data, sizeof(data), 0) > 0)
    {
    }

  CHECK(errno == EAGAIN);
  CHECK((events(g_pair[0], 0) & POLLOUT) == 0);
  tcp_close();

  tcp_listen(1);
  CHECK(setsockopt(g_listener, SOL_SOCKET, SO_RCVTIMEO, &tv, len) == 0);
  CHECK(accept(g_listener, NULL, NULL) < 0 && errno == EAGAIN);
  close(g_listener);
}

/****************************************************************************
 * Name: tcp_source
 *
 * Description:
 *   Sends more than fits.
 *
 ****************************************************************************/

static void *tcp_source(void *arg)
{
  static char data[100000];
  size_t done;
  ssize_t n;
  size_t i;

  for (done = 0; done < MUCH; done += n)
    {
      for (i = 0; i < sizeof(data); i++)
        {
          data[i] = (char)((done + i) % 251);
        }

      n = send(g_pair[0], data, sizeof(data), 0);
      if (n != sizeof(data))
        {
          return &g_pair;
        }
    }

  return shutdown(g_pair[0], SHUT_WR) == 0 ? arg : &g_pair;
}

/****************************************************************************
 * Name: tcp_much
 *
 * Description:
 *   A sender waits for the receiver, and nothing is lost.
 *
 ****************************************************************************/

static void tcp_much(void)
{
  static char buf[70000];
  size_t total = 0;
  size_t wrong = 0;
  pthread_t id;
  void *ret;
  ssize_t n;
  ssize_t i;

  tcp_pair();
  CHECK(pthread_create(&id, NULL, tcp_source, NULL) == 0);
  usleep(20000);
  while ((n = recv(g_pair[1], buf, sizeof(buf), 0)) > 0)
    {
      for (i = 0; i < n; i++)
        {
          wrong += buf[i] != (char)((total + i) % 251);
        }

      total += n;
    }

  CHECK(n == 0 && total == MUCH && wrong == 0);
  CHECK(pthread_join(id, &ret) == 0 && ret == NULL);
  tcp_close();
}

/****************************************************************************
 * Name: tcp_acceptor
 *
 * Description:
 *   Accepts one connection, and reads a byte of it.
 *
 ****************************************************************************/

static void *tcp_acceptor(void *arg)
{
  int sock = accept(g_listener, NULL, NULL);
  char c;

  if (sock < 0 || recv(sock, &c, 1, 0) != 1)
    {
      return &g_pair;
    }

  close(sock);
  return arg;
}

/****************************************************************************
 * Name: tcp_acceptors
 *
 * Description:
 *   Several threads accept from one listener.
 *
 ****************************************************************************/

static void tcp_acceptors(void)
{
  pthread_t id[WAITERS];
  int sock[WAITERS];
  void *ret;
  int i;

  tcp_listen(5);
  for (i = 0; i < WAITERS; i++)
    {
      CHECK(pthread_create(&id[i], NULL, tcp_acceptor, NULL) == 0);
    }

  for (i = 0; i < WAITERS; i++)
    {
      sock[i] = tcp_connect();
      CHECK(send(sock[i], "x", 1, 0) == 1);
    }

  for (i = 0; i < WAITERS; i++)
    {
      CHECK(pthread_join(id[i], &ret) == 0 && ret == NULL);
      close(sock[i]);
    }

  close(g_listener);
}

/****************************************************************************
 * Name: tcp_vectors
 *
 * Description:
 *   Pieces of memory, in one message.
 *
 ****************************************************************************/

static void tcp_vectors(void)
{
  struct iovec iov[4];
  struct msghdr msg;
  char a[5];
  char b[5];

  tcp_pair();
  iov[0].iov_base = (char *)"one ";
  iov[0].iov_len  = 4;
  iov[1].iov_base = NULL;
  iov[1].iov_len  = 0;
  iov[2].iov_base = (char *)"two ";
  iov[2].iov_len  = 4;
  CHECK(writev(g_pair[0], iov, 3) == 8);
  iov[0].iov_base = a;
  iov[0].iov_len  = 5;
  iov[2].iov_base = b;
  iov[2].iov_len  = 5;
  memset(&msg, 0, sizeof(msg));
  msg.msg_iov     = iov;
  msg.msg_iovlen  = 3;
  CHECK(recvmsg(g_pair[1], &msg, 0) == 8);
  CHECK(memcmp(a, "one t", 5) == 0 && memcmp(b, "wo ", 3) == 0);
  CHECK(msg.msg_flags == 0 && msg.msg_controllen == 0);

  iov[0].iov_len = (size_t)-1;
  CHECK(writev(g_pair[0], iov, 3) < 0 && errno == EINVAL);
  msg.msg_iovlen = 5000;
  CHECK(sendmsg(g_pair[0], &msg, 0) < 0 && errno == EMSGSIZE);
  tcp_close();
}

/****************************************************************************
 * Name: tcp_errors
 *
 * Description:
 *   Calls at the wrong time.
 *
 ****************************************************************************/

static void tcp_errors(void)
{
  struct sockaddr_in addr;
  socklen_t len = sizeof(addr);
  int sock = socket(AF_INET, SOCK_STREAM, 0);
  int n;
  char c;

  CHECK(recv(sock, &c, 1, 0) < 0 && errno == ENOTCONN);
  CHECK(send(sock, "x", 1, MSG_NOSIGNAL) < 0);
  CHECK(errno == EPIPE || errno == ENOTCONN);
  CHECK(shutdown(sock, SHUT_WR) < 0 && errno == ENOTCONN);
  CHECK(getpeername(sock, (struct sockaddr *)&addr, &len) < 0);
  CHECK(errno == ENOTCONN);
  CHECK(accept(sock, NULL, NULL) < 0 && errno == EINVAL);

  tcp_listen(1);
  CHECK(bind(sock, (struct sockaddr *)&g_addr, sizeof(g_addr)) < 0);
  CHECK(errno == EADDRINUSE);
  CHECK(recv(g_listener, &c, 1, 0) < 0 && errno == ENOTCONN);
  CHECK(connect(g_listener, (struct sockaddr *)&g_addr, len) < 0);
  CHECK(errno == EISCONN);
  len = sizeof(n);
  CHECK(getsockopt(g_listener, SOL_SOCKET, SO_ACCEPTCONN, &n, &len) == 0);
  CHECK(n == 1);
  CHECK(listen(g_listener, 3) == 0);
  g_addr.sin_family = AF_INET6;
  CHECK(connect(sock, (struct sockaddr *)&g_addr, sizeof(g_addr)) < 0);
  CHECK(errno == EAFNOSUPPORT);
  g_addr.sin_family = AF_INET;
  CHECK(connect(sock, (struct sockaddr *)&g_addr, 3) < 0);
  CHECK(errno == EINVAL);
  close(g_listener);
  close(sock);

  tcp_pair();
  CHECK(connect(g_pair[0], (struct sockaddr *)&g_addr,
                sizeof(g_addr)) < 0 && errno == EISCONN);
  CHECK(listen(g_pair[0], 1) < 0 && errno == EINVAL);
  CHECK(recv(g_pair[0], &c, 1, MSG_OOB) < 0 && errno == EINVAL);
  tcp_close();
}

/****************************************************************************
 * Name: tcp_options
 *
 * Description:
 *   Options of TCP.
 *
 ****************************************************************************/

static void tcp_options(void)
{
  socklen_t len = sizeof(int);
  int value;

  tcp_pair();
  CHECK(getsockopt(g_pair[0], IPPROTO_TCP, TCP_NODELAY, &value, &len) == 0);
  CHECK(value == 0);
  value = 1;
  CHECK(setsockopt(g_pair[0], IPPROTO_TCP, TCP_NODELAY, &value, len) == 0);
  value = 0;
  CHECK(getsockopt(g_pair[0], IPPROTO_TCP, TCP_NODELAY, &value, &len) == 0);
  CHECK(value == 1);
  value = 77;
  CHECK(setsockopt(g_pair[0], IPPROTO_TCP, TCP_KEEPIDLE, &value, len) == 0);
  value = 0;
  CHECK(getsockopt(g_pair[0], IPPROTO_TCP, TCP_KEEPIDLE, &value, &len) == 0);
  CHECK(value == 77);
  value = 0;
  CHECK(setsockopt(g_pair[0], IPPROTO_TCP, TCP_KEEPCNT, &value, len) < 0);
  CHECK(errno == EINVAL);
  CHECK(getsockopt(g_pair[0], IPPROTO_TCP, TCP_MAXSEG, &value, &len) == 0);
  CHECK(value >= 536);
  CHECK(setsockopt(g_pair[0], IPPROTO_TCP, 9999, &value, len) < 0);
  CHECK(errno == ENOPROTOOPT);
  CHECK(getsockopt(g_pair[0], IPPROTO_TCP, 9999, &value, &len) < 0);
  CHECK(errno == ENOPROTOOPT);
  tcp_close();
}

/****************************************************************************
 * Name: tcp_epoll
 *
 * Description:
 *   A set of sockets, by level and by edge.
 *
 ****************************************************************************/

static void tcp_epoll(void)
{
#ifdef __linux__
  struct epoll_event ev;
  int set = epoll_create1(EPOLL_CLOEXEC);
  char c;

  tcp_listen(5);
  memset(&ev, 0, sizeof(ev));
  ev.events  = EPOLLIN;
  ev.data.fd = g_listener;
  CHECK(epoll_ctl(set, EPOLL_CTL_ADD, g_listener, &ev) == 0);
  CHECK(epoll_wait(set, &ev, 1, 0) == 0);
  g_pair[0] = tcp_connect();
  CHECK(epoll_wait(set, &ev, 1, 1000) == 1);
  CHECK(ev.data.fd == g_listener && ev.events == EPOLLIN);
  g_pair[1] = accept(g_listener, NULL, NULL);
  CHECK(epoll_wait(set, &ev, 1, 0) == 0);

  ev.events  = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  ev.data.fd = g_pair[1];
  CHECK(epoll_ctl(set, EPOLL_CTL_ADD, g_pair[1], &ev) == 0);
  CHECK(epoll_ctl(set, EPOLL_CTL_ADD, g_pair[1], &ev) < 0);
  CHECK(errno == EEXIST);
  CHECK(epoll_wait(set, &ev, 1, 1000) == 1 && ev.events == EPOLLOUT);
  CHECK(epoll_wait(set, &ev, 1, 0) == 0);
  CHECK(send(g_pair[0], "ab", 2, 0) == 2);
  CHECK(epoll_wait(set, &ev, 1, 1000) == 1);
  CHECK(ev.events == (EPOLLIN | EPOLLOUT) && ev.data.fd == g_pair[1]);
  CHECK(recv(g_pair[1], &c, 1, 0) == 1);
  CHECK(epoll_wait(set, &ev, 1, 0) == 0);
  CHECK(send(g_pair[0], "c", 1, 0) == 1);
  CHECK(epoll_wait(set, &ev, 1, 1000) == 1);
  CHECK(shutdown(g_pair[0], SHUT_WR) == 0);
  CHECK(epoll_wait(set, &ev, 1, 1000) == 1);
  CHECK((ev.events & EPOLLRDHUP) != 0);

  /* A socket that is closed leaves the set, and its peer sees the end */

  CHECK(close(g_pair[1]) == 0);
  CHECK(epoll_wait(set, &ev, 1, 0) == 0);
  CHECK((events(g_pair[0], POLLIN) & POLLIN) != 0);
  close(g_pair[0]);
  close(g_listener);
  CHECK(epoll_wait(set, &ev, 1, 0) == 0);
  close(set);
#endif
}

/****************************************************************************
 * Name: tcp_copies
 *
 * Description:
 *   The connection ends with the last of its descriptors.
 *
 ****************************************************************************/

static void tcp_copies(void)
{
  int copy;
  char c;

  tcp_pair();
  copy = dup(g_pair[0]);
  CHECK(close(g_pair[0]) == 0);
  CHECK(send(copy, "x", 1, 0) == 1);
  CHECK(recv(g_pair[1], &c, 1, 0) == 1);
  CHECK(recv(g_pair[1], &c, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
  CHECK(close(copy) == 0);
  CHECK(recv(g_pair[1], &c, 1, 0) == 0);
  close(g_pair[1]);
}

/****************************************************************************
 * Name: tcp_at_once
 *
 * Description:
 *   One task at both ends, which never waits: a connection, bytes, and the
 *   end of it are there when the call that made them returns.
 *
 ****************************************************************************/

static void tcp_at_once(void)
{
  char buf[100];
  int one;
  int two;

  tcp_listen(5);
  CHECK(fcntl(g_listener, F_SETFL, O_NONBLOCK) == 0);
  CHECK(accept(g_listener, NULL, NULL) < 0 && errno == EAGAIN);
  one = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CHECK(connect(one, (struct sockaddr *)&g_addr, sizeof(g_addr)) < 0);
  CHECK(errno == EINPROGRESS);
  two = accept(g_listener, NULL, NULL);
  CHECK(two >= 0);
  CHECK(connect(one, (struct sockaddr *)&g_addr, sizeof(g_addr)) == 0);

  memset(buf, 'x', sizeof(buf));
  CHECK(send(one, buf, sizeof(buf), 0) == sizeof(buf));
  CHECK(recv(two, buf, sizeof(buf), MSG_DONTWAIT) == sizeof(buf));
  CHECK(send(two, buf, sizeof(buf), 0) == sizeof(buf));
  CHECK(recv(one, buf, sizeof(buf), 0) == sizeof(buf));
  CHECK(recv(one, buf, sizeof(buf), 0) < 0 && errno == EAGAIN);
  close(two);
  CHECK(recv(one, buf, sizeof(buf), 0) == 0);
  close(one);
  close(g_listener);
}

/****************************************************************************
 * Public Data
 ****************************************************************************/

const struct ostest_s g_tcp_tests[] =
{
  { "tcp_echo",      tcp_echo      },
  { "tcp_nonblock",  tcp_nonblock  },
  { "tcp_at_once",   tcp_at_once   },
  { "tcp_refused",   tcp_refused   },
  { "tcp_poll",      tcp_poll      },
  { "tcp_broken",    tcp_broken    },
  { "tcp_reset",     tcp_reset     },
  { "tcp_peek",      tcp_peek      },
  { "tcp_lowat",     tcp_lowat     },
  { "tcp_timeout",   tcp_timeout   },
  { "tcp_much",      tcp_much      },
  { "tcp_acceptors", tcp_acceptors },
  { "tcp_vectors",   tcp_vectors   },
  { "tcp_errors",    tcp_errors    },
  { "tcp_options",   tcp_options   },
  { "tcp_epoll",     tcp_epoll     },
  { "tcp_copies",    tcp_copies    },
  { NULL, NULL }
};
