/****************************************************************************
 * apps/testing/ostest/ostest_udp.c
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
#  define _GNU_SOURCE                /* sendmmsg() */
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
#include <net/if.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "ostest.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define WAITERS 4

/****************************************************************************
 * Private Data
 ****************************************************************************/

static int g_sock;

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: loopback
 *
 * Description:
 *   The loopback address with a port, in network order.
 *
 ****************************************************************************/

static struct sockaddr_in loopback(in_port_t port)
{
  struct sockaddr_in addr;

  memset(&addr, 0, sizeof(addr));
  addr.sin_family      = AF_INET;
  addr.sin_port        = port;
  addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return addr;
}

/****************************************************************************
 * Name: udp_bound
 *
 * Description:
 *   A datagram socket with a port that the system chose, and its address.
 *
 ****************************************************************************/

static int udp_bound(struct sockaddr_in *addr)
{
  socklen_t len = sizeof(*addr);
  int sock = socket(AF_INET, SOCK_DGRAM, 0);

  CHECK(sock >= 0);
  *addr = loopback(0);
  CHECK(bind(sock, (struct sockaddr *)addr, len) == 0);
  CHECK(getsockname(sock, (struct sockaddr *)addr, &len) == 0);
  CHECK(len == sizeof(*addr) && addr->sin_family == AF_INET);
  CHECK(addr->sin_port != 0);
  return sock;
}

/****************************************************************************
 * Name: udp_loopback
 *
 * Description:
 *   An unbound socket that sends is bound; who receives is told the bytes,
 *   the length and the sender.
 *
 ****************************************************************************/

static void udp_loopback(void)
{
  struct sockaddr_in from;
  struct sockaddr_in self;
  struct sockaddr_in to;
  int in = udp_bound(&to);
  int out = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  socklen_t len;
  char buf[20];

  len = sizeof(self);
  CHECK(getsockname(out, (struct sockaddr *)&self, &len) == 0);
  CHECK(self.sin_port == 0 && self.sin_addr.s_addr == INADDR_ANY);
  CHECK(sendto(out, "hello", 5, 0, (struct sockaddr *)&to,
               sizeof(to)) == 5);
  len = sizeof(self);
  CHECK(getsockname(out, (struct sockaddr *)&self, &len) == 0);
  CHECK(self.sin_port != 0);

  len = sizeof(from);
  memset(buf, '-', sizeof(buf));
  CHECK(recvfrom(in, buf, sizeof(buf), 0, (struct sockaddr *)&from,
                 &len) == 5);
  CHECK(memcmp(buf, "hello-", 6) == 0);
  CHECK(len == sizeof(from) && from.sin_family == AF_INET);
  CHECK(from.sin_port == self.sin_port);
  CHECK(from.sin_addr.s_addr == htonl(INADDR_LOOPBACK));

  /* Back the way it came; a short buffer for the name is no error */

  len = 4;
  CHECK(sendto(in, "", 0, 0, (struct sockaddr *)&from, sizeof(from)) == 0);
  CHECK(recvfrom(out, buf, sizeof(buf), 0, (struct sockaddr *)&from,
                 &len) == 0);
  CHECK(len == sizeof(from));
  close(in);
  close(out);
}

/****************************************************************************
 * Name: udp_cut
 *
 * Description:
 *   A datagram that is longer than the buffer is cut, and says so if asked;
 *   a look leaves it where it is.
 *
 ****************************************************************************/

static void udp_cut(void)
{
  struct sockaddr_in addr;
  struct msghdr msg;
  struct iovec iov[2];
  struct pollfd pfd;
  int sock = udp_bound(&addr);
  int n = -1;
  char a[3];
  char b[4];

  CHECK(connect(sock, (struct sockaddr *)&addr, sizeof(addr)) == 0);
  CHECK(send(sock, "0123456789", 10, 0) == 10);
  CHECK(send(sock, "x", 1, 0) == 1);
  pfd.fd     = sock;
  pfd.events = POLLIN | POLLOUT | POLLRDNORM;
  CHECK(poll(&pfd, 1, 1000) == 1);
  usleep(1000);
  CHECK(poll(&pfd, 1, 1000) == 1);
  CHECK(pfd.revents == (POLLIN | POLLOUT | POLLRDNORM));
  CHECK(ioctl(sock, FIONREAD, &n) == 0 && n == 10);
  CHECK(recv(sock, a, 3, MSG_PEEK) == 3);
  CHECK(recv(sock, a, 3, MSG_PEEK | MSG_TRUNC) == 10);

  memset(&msg, 0, sizeof(msg));
  iov[0].iov_base = a;
  iov[0].iov_len  = 3;
  iov[1].iov_base = b;
  iov[1].iov_len  = 4;
  msg.msg_iov     = iov;
  msg.msg_iovlen  = 2;
  CHECK(recvmsg(sock, &msg, 0) == 7);
  CHECK((msg.msg_flags & MSG_TRUNC) != 0);
  CHECK(memcmp(a, "012", 3) == 0 && memcmp(b, "3456", 4) == 0);
  CHECK(read(sock, a, 3) == 1 && a[0] == 'x');
  CHECK(recv(sock, a, 3, MSG_DONTWAIT) < 0 && errno == EAGAIN);

  CHECK(writev(sock, iov, 2) == 7);
  CHECK(sendmsg(sock, &msg, 0) == 7);
  CHECK(recv(sock, a, 3, MSG_TRUNC) == 7);
  close(sock);
}

/****************************************************************************
 * Name: udp_many
 *
 * Description:
 *   Several messages in one call.
 *
 ****************************************************************************/

static void udp_many(void)
{
#ifdef __linux__
  struct sockaddr_in addr;
  struct mmsghdr msgs[4];
  struct iovec iov[4];
  char text[4][4] =
  {
    "a", "bc", "def", ""
  };

  int sock = udp_bound(&addr);
  int i;

  CHECK(connect(sock, (struct sockaddr *)&addr, sizeof(addr)) == 0);
  memset(msgs, 0, sizeof(msgs));
  for (i = 0; i < 4; i++)
    {
      iov[i].iov_base            = text[i];
      iov[i].iov_len             = strlen(text[i]);
      msgs[i].msg_hdr.msg_iov    = &iov[i];
      msgs[i].msg_hdr.msg_iovlen = 1;
    }

  CHECK(sendmmsg(sock, msgs, 4, 0) == 4);
  CHECK(msgs[0].msg_len == 1 && msgs[2].msg_len == 3);
  for (i = 0; i < 4; i++)
    {
      iov[i].iov_len  = 4;
      msgs[i].msg_len = 99;
    }

  memset(text, 0, sizeof(text));
  CHECK(recvmmsg(sock, msgs, 3, 0, NULL) == 3);
  CHECK(msgs[1].msg_len == 2 && strcmp(text[2], "def") == 0);
  CHECK(recvmmsg(sock, msgs, 4, MSG_WAITFORONE, NULL) == 1);
  CHECK(msgs[0].msg_len == 0);
  CHECK(recvmmsg(sock, msgs, 4, MSG_DONTWAIT, NULL) < 0);
  CHECK(errno == EAGAIN);
  close(sock);
#endif
}

/****************************************************************************
 * Name: udp_refused
 *
 * Description:
 *   Nobody is there: the next call is told, once.
 *
 ****************************************************************************/

static void udp_refused(void)
{
  struct sockaddr_in addr;
  struct pollfd pfd;
  socklen_t len = sizeof(int);
  int error = -1;
  int sock = udp_bound(&addr);
  char c;

  close(sock);
  sock = socket(AF_INET, SOCK_DGRAM, 0);
  CHECK(connect(sock, (struct sockaddr *)&addr, sizeof(addr)) == 0);
  CHECK(send(sock, "x", 1, 0) == 1);
  pfd.fd     = sock;
  pfd.events = POLLIN;
  CHECK(poll(&pfd, 1, 1000) == 1 && (pfd.revents & POLLERR) != 0);
  CHECK(recv(sock, &c, 1, 0) < 0 && errno == ECONNREFUSED);
  CHECK(recv(sock, &c, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);

  CHECK(send(sock, "x", 1, 0) == 1);
  CHECK(poll(&pfd, 1, 1000) == 1);
  CHECK(getsockopt(sock, SOL_SOCKET, SO_ERROR, &error, &len) == 0);
  CHECK(error == ECONNREFUSED);
  CHECK(getsockopt(sock, SOL_SOCKET, SO_ERROR, &error, &len) == 0);
  CHECK(error == 0);
  close(sock);
}

/****************************************************************************
 * Name: udp_connected
 *
 * Description:
 *   A connected socket hears its peer only; it can be undone.
 *
 ****************************************************************************/

static void udp_connected(void)
{
  struct sockaddr_in addr[3];
  struct sockaddr none;
  struct sockaddr_in peer;
  socklen_t len = sizeof(peer);
  int sock[3];
  int i;
  char c;

  for (i = 0; i < 3; i++)
    {
      sock[i] = udp_bound(&addr[i]);
    }

  CHECK(getpeername(sock[0], (struct sockaddr *)&peer, &len) < 0);
  CHECK(errno == ENOTCONN);
  CHECK(send(sock[0], "x", 1, 0) < 0 && errno == EDESTADDRREQ);
  CHECK(connect(sock[0], (struct sockaddr *)&addr[1], len) == 0);
  CHECK(getpeername(sock[0], (struct sockaddr *)&peer, &len) == 0);
  CHECK(peer.sin_port == addr[1].sin_port);

  CHECK(sendto(sock[2], "2", 1, 0, (struct sockaddr *)&addr[0], len) == 1);
  CHECK(sendto(sock[1], "1", 1, 0, (struct sockaddr *)&addr[0], len) == 1);
  CHECK(recv(sock[0], &c, 1, 0) == 1 && c == '1');
  CHECK(recv(sock[0], &c, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);

  memset(&none, 0, sizeof(none));
  none.sa_family = AF_UNSPEC;
  CHECK(connect(sock[0], &none, sizeof(none)) == 0);
  CHECK(getpeername(sock[0], (struct sockaddr *)&peer, &len) < 0);
  for (i = 0; i < 3; i++)
    {
      close(sock[i]);
    }
}

/****************************************************************************
 * Name: udp_timeout
 *
 * Description:
 *   A time-out of a microsecond is one; so is one of 20 ms.
 *
 ****************************************************************************/

static void udp_timeout(void)
{
  struct sockaddr_in addr;
  struct timeval tv;
  socklen_t len = sizeof(tv);
  int sock = udp_bound(&addr);
  int64_t start = ostest_now();
  char c;

  tv.tv_sec  = 0;
  tv.tv_usec = 1;
  CHECK(setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &tv, len) == 0);
  CHECK(recv(sock, &c, 1, 0) < 0 && errno == EAGAIN);
  CHECK(ostest_now() - start < 1000);

  tv.tv_usec = 20000;
  start      = ostest_now();
  CHECK(setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &tv, len) == 0);
  CHECK(getsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &tv, &len) == 0);
  CHECK(tv.tv_sec == 0 && tv.tv_usec == 20000);
  CHECK(recv(sock, &c, 1, 0) < 0 && errno == EAGAIN);
  CHECK(ostest_now() - start >= 19);

  tv.tv_usec = 1000000;
  CHECK(setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &tv, len) < 0);
  CHECK(errno == EDOM);
  CHECK(setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &tv, 3) < 0);
  CHECK(errno == EINVAL);
  close(sock);
}

/****************************************************************************
 * Name: udp_at_once
 *
 * Description:
 *   What is sent to this machine is there when sendto() returns: a receiver
 *   that does not wait, or for a microsecond, gets it; and the next call
 *   hears that nobody is there.
 *
 ****************************************************************************/

static void udp_at_once(void)
{
  struct sockaddr_in addr;
  struct timeval tv;
  int in = udp_bound(&addr);
  int out = socket(AF_INET, SOCK_DGRAM, 0);
  char c = 0;
  int i;

  tv.tv_sec  = 0;
  tv.tv_usec = 1;
  CHECK(setsockopt(in, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) == 0);
  for (i = 0; i < 20; i++)
    {
      CHECK(sendto(out, "a", 1, 0, (struct sockaddr *)&addr,
                   sizeof(addr)) == 1);
      CHECK(recv(in, &c, 1, i % 2 == 0 ? MSG_DONTWAIT : 0) == 1);
      CHECK(c == 'a');
    }

  close(in);
  CHECK(connect(out, (struct sockaddr *)&addr, sizeof(addr)) == 0);
  CHECK(send(out, "a", 1, 0) == 1);
  CHECK(send(out, "a", 1, 0) < 0 && errno == ECONNREFUSED);
  close(out);
}

/****************************************************************************
 * Name: udp_reader
 *
 * Description:
 *   Waits for one message.
 *
 ****************************************************************************/

static void *udp_reader(void *arg)
{
  char c;

  return recv(g_sock, &c, 1, 0) == 1 ? arg : &g_sock;
}

/****************************************************************************
 * Name: udp_waiters
 *
 * Description:
 *   Several threads wait on one socket; each gets a message.
 *
 ****************************************************************************/

static void udp_waiters(void)
{
  struct sockaddr_in addr;
  pthread_t id[WAITERS];
  void *ret;
  int i;

  g_sock = udp_bound(&addr);
  for (i = 0; i < WAITERS; i++)
    {
      CHECK(pthread_create(&id[i], NULL, udp_reader, NULL) == 0);
    }

  usleep(20000);
  for (i = 0; i < WAITERS; i++)
    {
      CHECK(sendto(g_sock, "x", 1, 0, (struct sockaddr *)&addr,
                   sizeof(addr)) == 1);
    }

  for (i = 0; i < WAITERS; i++)
    {
      CHECK(pthread_join(id[i], &ret) == 0 && ret == NULL);
    }

  close(g_sock);
}

/****************************************************************************
 * Name: udp_ports
 *
 * Description:
 *   Automatic ports are in the range and come at random; one that is taken
 *   is taken.
 *
 ****************************************************************************/

static void udp_ports(void)
{
  struct sockaddr_in addr[10];
  int sock[10];
  int up = 0;
  int other = socket(AF_INET, SOCK_DGRAM, 0);
  int on = 1;
  int i;

  for (i = 0; i < 10; i++)
    {
      sock[i] = udp_bound(&addr[i]);
      CHECK(ntohs(addr[i].sin_port) >= 32768);
      CHECK(ntohs(addr[i].sin_port) <= 60999);
      up += i > 0 && ntohs(addr[i].sin_port) > ntohs(addr[i - 1].sin_port);
    }

  CHECK(up > 0 && up < 9);
  CHECK(bind(other, (struct sockaddr *)&addr[0], sizeof(addr[0])) < 0);
  CHECK(errno == EADDRINUSE);
  CHECK(bind(sock[0], (struct sockaddr *)&addr[1], sizeof(addr[0])) < 0);
  CHECK(errno == EINVAL);
  addr[1].sin_addr.s_addr = htonl(0x08080808);
  CHECK(bind(other, (struct sockaddr *)&addr[1], sizeof(addr[0])) < 0);
  CHECK(errno == EADDRNOTAVAIL);

  CHECK(setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0);
  CHECK(bind(other, (struct sockaddr *)&addr[0], sizeof(addr[0])) < 0);
  CHECK(setsockopt(sock[0], SOL_SOCKET, SO_REUSEADDR, &on,
                   sizeof(on)) == 0);
  CHECK(bind(other, (struct sockaddr *)&addr[0], sizeof(addr[0])) == 0);
  close(other);
  for (i = 0; i < 10; i++)
    {
      close(sock[i]);
    }
}

/****************************************************************************
 * Name: udp_shutdown
 *
 * Description:
 *   The end of receiving wakes who waits.
 *
 ****************************************************************************/

static void udp_shutdown(void)
{
  struct sockaddr_in addr;
  char c;

  g_sock = udp_bound(&addr);
  CHECK(shutdown(g_sock, SHUT_RD) < 0 && errno == ENOTCONN);
  CHECK(connect(g_sock, (struct sockaddr *)&addr, sizeof(addr)) == 0);
  CHECK(shutdown(g_sock, 3) < 0 && errno == EINVAL);
  CHECK(shutdown(g_sock, SHUT_RDWR) == 0);
  CHECK(recv(g_sock, &c, 1, 0) == 0);
  CHECK(send(g_sock, "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE);
  close(g_sock);
}

/****************************************************************************
 * Name: sock_file
 *
 * Description:
 *   A socket as a file: flags, kind, copies, no position.
 *
 ****************************************************************************/

static void sock_file(void)
{
  struct stat st;
  int sock = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int copy;
  int on = 0;
  char c;

  CHECK((fcntl(sock, F_GETFL) & O_NONBLOCK) != 0);
  CHECK((fcntl(sock, F_GETFL) & O_ACCMODE) == O_RDWR);
  CHECK(fcntl(sock, F_GETFD) == FD_CLOEXEC);
  CHECK(recv(sock, &c, 1, 0) < 0 && errno == EAGAIN);
  CHECK(ioctl(sock, FIONBIO, &on) == 0);
  CHECK((fcntl(sock, F_GETFL) & O_NONBLOCK) == 0);
  CHECK(fstat(sock, &st) == 0 && S_ISSOCK(st.st_mode));
  CHECK(lseek(sock, 0, SEEK_SET) < 0 && errno == ESPIPE);
  CHECK(pread(sock, &c, 1, 0) < 0 && errno == ESPIPE);
  CHECK(read(sock, &c, 0) == 0);

  copy = dup(sock);
  CHECK(copy >= 0 && close(sock) == 0);
  CHECK(fcntl(copy, F_GETFD) == 0);
  CHECK(fstat(copy, &st) == 0);
  close(copy);
}

/****************************************************************************
 * Name: sock_errors
 *
 * Description:
 *   What is not there, and what is not a socket.
 *
 ****************************************************************************/

static void sock_errors(void)
{
  struct sockaddr_in addr = loopback(0);
  socklen_t len = sizeof(addr);
  int sock;
  int end[2];
  char c;

  CHECK(socket(AF_INET, SOCK_SEQPACKET, 0) < 0);
  CHECK(errno == ESOCKTNOSUPPORT);
  CHECK(socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP) < 0);
  CHECK(errno == EPROTONOSUPPORT);
  CHECK(socket(AF_INET, 99, 0) < 0 && errno == EINVAL);
  CHECK(socket(999, SOCK_DGRAM, 0) < 0 && errno == EAFNOSUPPORT);
  CHECK(socketpair(AF_INET, SOCK_DGRAM, 0, end) < 0);
  CHECK(errno == EOPNOTSUPP);

  CHECK(pipe(end) == 0);
  CHECK(bind(end[0], (struct sockaddr *)&addr, len) < 0);
  CHECK(errno == ENOTSOCK);
  CHECK(recv(end[0], &c, 1, 0) < 0 && errno == ENOTSOCK);
  CHECK(listen(end[0], 1) < 0 && errno == ENOTSOCK);
  close(end[0]);
  close(end[1]);
  CHECK(recv(end[0], &c, 1, 0) < 0 && errno == EBADF);
  CHECK(getsockname(-1, (struct sockaddr *)&addr, &len) < 0);
  CHECK(errno == EBADF);

  sock = socket(AF_INET, SOCK_DGRAM, 0);
  CHECK(listen(sock, 1) < 0 && errno == EOPNOTSUPP);
  CHECK(accept(sock, NULL, NULL) < 0 && errno == EOPNOTSUPP);
  CHECK(bind(sock, (struct sockaddr *)&addr, 3) < 0 && errno == EINVAL);
  addr.sin_family = AF_INET6;
  CHECK(bind(sock, (struct sockaddr *)&addr, len) < 0);
  CHECK(errno == EAFNOSUPPORT);
  CHECK(sendto(sock, "x", 1, 0, (struct sockaddr *)&addr, len) < 0);
  CHECK(errno == EAFNOSUPPORT);
  addr.sin_family = AF_INET;
  CHECK(sendto(sock, "x", 1, 0, (struct sockaddr *)&addr, 3) < 0);
  CHECK(errno == EINVAL);
  addr.sin_addr.s_addr = INADDR_BROADCAST;
  addr.sin_port        = htons(9);
  CHECK(sendto(sock, "x", 1, 0, (struct sockaddr *)&addr, len) < 0);
  CHECK(errno == EACCES || errno == ENETUNREACH);
  close(sock);
}

/****************************************************************************
 * Name: sock_options
 *
 * Description:
 *   Options keep their values, and refuse others.
 *
 ****************************************************************************/

static void sock_options(void)
{
  static const int flags[] =
  {
    SO_REUSEADDR, SO_REUSEPORT, SO_KEEPALIVE, SO_BROADCAST, SO_OOBINLINE,
    SO_DONTROUTE, SO_TIMESTAMP
  };

  struct linger linger;
  socklen_t len;
  size_t i;
  int value;
  int sock = socket(AF_INET, SOCK_DGRAM, 0);

  for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
    {
      len = sizeof(value);
      CHECK(getsockopt(sock, SOL_SOCKET, flags[i], &value, &len) == 0);
      CHECK(value == 0 && len == sizeof(value));
      value = 7;
      CHECK(setsockopt(sock, SOL_SOCKET, flags[i], &value, len) == 0);
      CHECK(getsockopt(sock, SOL_SOCKET, flags[i], &value, &len) == 0);
      CHECK(value == 1);
      CHECK(setsockopt(sock, SOL_SOCKET, flags[i], &value, 1) < 0);
      CHECK(errno == EINVAL);
    }

  len = sizeof(value);
  CHECK(getsockopt(sock, SOL_SOCKET, SO_TYPE, &value, &len) == 0);
  CHECK(value == SOCK_DGRAM);
  CHECK(setsockopt(sock, SOL_SOCKET, SO_TYPE, &value, len) < 0);
  CHECK(errno == ENOPROTOOPT);
  CHECK(getsockopt(sock, SOL_SOCKET, SO_DOMAIN, &value, &len) == 0);
  CHECK(value == AF_INET);
  CHECK(getsockopt(sock, SOL_SOCKET, SO_PROTOCOL, &value, &len) == 0);
  CHECK(value == IPPROTO_UDP);
  CHECK(getsockopt(sock, SOL_SOCKET, SO_ACCEPTCONN, &value, &len) == 0);
  CHECK(value == 0);

  value = 10000;
  CHECK(setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &value, len) == 0);
  CHECK(setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &value, len) == 0);
  CHECK(getsockopt(sock, SOL_SOCKET, SO_RCVBUF, &value, &len) == 0);
  CHECK(value == 20000);
  CHECK(getsockopt(sock, SOL_SOCKET, SO_SNDBUF, &value, &len) == 0);
  CHECK(value == 20000);

  linger.l_onoff  = 1;
  linger.l_linger = 5;
  len = sizeof(linger);
  CHECK(setsockopt(sock, SOL_SOCKET, SO_LINGER, &linger, len) == 0);
  memset(&linger, 0, sizeof(linger));
  CHECK(getsockopt(sock, SOL_SOCKET, SO_LINGER, &linger, &len) == 0);
  CHECK(linger.l_onoff == 1 && linger.l_linger == 5);

  len = sizeof(value);
  CHECK(getsockopt(sock, SOL_SOCKET, 9999, &value, &len) < 0);
  CHECK(errno == ENOPROTOOPT);
  CHECK(setsockopt(sock, SOL_SOCKET, 9999, &value, len) < 0);
  CHECK(errno == ENOPROTOOPT);
  CHECK(setsockopt(sock, IPPROTO_IP, 9999, &value, len) < 0);
  CHECK(errno == ENOPROTOOPT);
  CHECK(setsockopt(sock, IPPROTO_TCP, 1, &value, len) < 0);
  close(sock);
}

/****************************************************************************
 * Name: net_names
 *
 * Description:
 *   Names of hosts, services and interfaces.
 *
 ****************************************************************************/

static void net_names(void)
{
  struct addrinfo hints;
  struct addrinfo *info;
  struct sockaddr_in addr;
  char host[40];
  char serv[40];
  unsigned int lo = if_nametoindex("lo");

  CHECK(lo != 0 && strcmp(if_indextoname(lo, host), "lo") == 0);
  CHECK(if_nametoindex("nosuch0") == 0 && errno == ENODEV);
  CHECK(if_indextoname(99999, host) == NULL && errno == ENXIO);

  memset(&hints, 0, sizeof(hints));
  hints.ai_family   = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags    = AI_NUMERICHOST;
  CHECK(getaddrinfo("10.1.2.3", "80", &hints, &info) == 0);
  CHECK(info->ai_next == NULL && info->ai_protocol == IPPROTO_TCP);
  CHECK(info->ai_addrlen == sizeof(addr));
  memcpy(&addr, info->ai_addr, sizeof(addr));
  CHECK(addr.sin_port == htons(80));
  CHECK(addr.sin_addr.s_addr == htonl(0x0a010203));
  freeaddrinfo(info);

  hints.ai_flags = AI_PASSIVE;
  CHECK(getaddrinfo(NULL, "0", &hints, &info) == 0);
  memcpy(&addr, info->ai_addr, sizeof(addr));
  CHECK(addr.sin_addr.s_addr == INADDR_ANY);
  freeaddrinfo(info);

  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  CHECK(getaddrinfo("no number", "80", &hints, &info) == EAI_NONAME);
  CHECK(getaddrinfo("10.1.2.3", "http", &hints, &info) == EAI_NONAME);
  CHECK(getaddrinfo(NULL, NULL, &hints, &info) == EAI_NONAME);

  addr = loopback(htons(8888));
  CHECK(getnameinfo((struct sockaddr *)&addr, sizeof(addr), host,
                    sizeof(host), serv, sizeof(serv),
                    NI_NUMERICHOST | NI_NUMERICSERV) == 0);
  CHECK(strcmp(host, "127.0.0.1") == 0 && strcmp(serv, "8888") == 0);
  CHECK(getnameinfo((struct sockaddr *)&addr, sizeof(addr), host, 4, NULL,
                    0, NI_NUMERICHOST) == EAI_OVERFLOW);
}

/****************************************************************************
 * Public Data
 ****************************************************************************/

const struct ostest_s g_udp_tests[] =
{
  { "udp_loopback",  udp_loopback  },
  { "udp_cut",       udp_cut       },
  { "udp_many",      udp_many      },
  { "udp_refused",   udp_refused   },
  { "udp_connected", udp_connected },
  { "udp_timeout",   udp_timeout   },
  { "udp_at_once",   udp_at_once   },
  { "udp_waiters",   udp_waiters   },
  { "udp_ports",     udp_ports     },
  { "udp_shutdown",  udp_shutdown  },
  { "sock_file",     sock_file     },
  { "sock_errors",   sock_errors   },
  { "sock_options",  sock_options  },
  { "net_names",     net_names     },
  { NULL, NULL }
};
