/****************************************************************************
 * apps/testing/sockettest/calls_conn.c
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

/* socket, bind, listen, connect, accept, accept4, getsockname, getpeername,
 * shutdown, close: what they do, and each way in which they refuse.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "calls_tests.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define AUTO_PORTS  16                 /* How many are looked at */
#define NET_TEST_1  0xc0000201         /* 192.0.2.1: nobody's (RFC 5737) */

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: calls_socket
 *
 * Description:
 *   Each kind there is; the lowest free descriptor.
 *
 ****************************************************************************/

void calls_socket(FAR void **state)
{
  int first = CALL_OK(socket, AF_INET, SOCK_STREAM, 0);
  int second = CALL_OK(socket, AF_INET, SOCK_DGRAM, 0);

  (void)state;
  assert_int_not_equal(first, second);
  calls_close(first);
  assert_int_equal(CALL_OK(socket, AF_INET, SOCK_STREAM, IPPROTO_TCP),
                   first);
  calls_close(second);
  assert_int_equal(CALL_OK(socket, AF_INET, SOCK_DGRAM, IPPROTO_UDP),
                   second);
  calls_close(first);
  calls_close(second);
}

/****************************************************************************
 * Name: calls_socket_errors
 *
 * Description:
 *   Families, types and protocols that there are not.
 *
 ****************************************************************************/

void calls_socket_errors(FAR void **state)
{
  (void)state;
  CALL_ERR(EAFNOSUPPORT, socket, 9999, SOCK_STREAM, 0);
  CALL_ERR(EAFNOSUPPORT, socket, -1, SOCK_STREAM, 0);
  CALL_ERR(EAFNOSUPPORT, socket, AF_UNSPEC, SOCK_STREAM, 0);
  CALL_ERR(EINVAL, socket, AF_INET, 99, 0);
  CALL_ERR(EINVAL, socket, AF_INET, -1, 0);
  CALL_ERR(EINVAL, socket, AF_INET, SOCK_STREAM | 0x100000, 0);
  CALL_ERR(ESOCKTNOSUPPORT, socket, AF_INET, 0, 0);
  CALL_ERR(ESOCKTNOSUPPORT, socket, AF_INET, SOCK_RDM, 0);
  CALL_ERR(EPROTONOSUPPORT, socket, AF_INET, SOCK_STREAM, IPPROTO_UDP);
  CALL_ERR(EPROTONOSUPPORT, socket, AF_INET, SOCK_DGRAM, IPPROTO_TCP);
  CALL_ERR(EPROTONOSUPPORT, socket, AF_INET, SOCK_RAW, 0);
  CALL_ERR(EINVAL, socket, AF_INET, SOCK_STREAM, 9999);
  CALL_ERR(EINVAL, socket, AF_INET, SOCK_STREAM, -1);
}

/****************************************************************************
 * Name: calls_bind
 *
 * Description:
 *   A port of one's own choice and of the system's; free again at once.
 *
 ****************************************************************************/

void calls_bind(FAR void **state)
{
  struct sockaddr_in addr = calls_addr(INADDR_ANY, 0);
  struct sockaddr_in name;
  int type;
  int fd;

  (void)state;
  for (type = SOCK_STREAM; type <= SOCK_DGRAM; type++)
    {
      addr = calls_addr(INADDR_ANY, 0);
      fd   = CALL_OK(socket, AF_INET, type, 0);
      CALL_IS(0, bind, fd, calls_sa(&addr), sizeof(addr));
      addr = calls_name(fd);
      assert_int_not_equal(addr.sin_port, 0);
      calls_close(fd);

      fd = CALL_OK(socket, AF_INET, type, 0);
      addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      CALL_IS(0, bind, fd, calls_sa(&addr), sizeof(addr));
      name = calls_name(fd);
      assert_int_equal(name.sin_port, addr.sin_port);
      assert_int_equal(name.sin_addr.s_addr, addr.sin_addr.s_addr);
      calls_close(fd);
    }
}

/****************************************************************************
 * Name: calls_bind_errors
 *
 * Description:
 *   Names that nobody may have, or that are taken.
 *
 ****************************************************************************/

void calls_bind_errors(FAR void **state)
{
  struct sockaddr_in addr;
  struct sockaddr_in wrong;
  char big[sizeof(struct sockaddr_storage) + 1];
  int notsock = calls_notsock();
  int bad = calls_badfd();
  int type;
  int other;
  int fd;

  (void)state;
  memset(big, 0, sizeof(big));
  for (type = SOCK_STREAM; type <= SOCK_DGRAM; type++)
    {
      fd    = calls_bound(type, &addr);
      other = CALL_OK(socket, AF_INET, type, 0);

      CALL_ERR(EBADF, bind, -1, calls_sa(&addr), sizeof(addr));
      CALL_ERR(EBADF, bind, bad, calls_sa(&addr), sizeof(addr));
      CALL_ERR(ENOTSOCK, bind, notsock, calls_sa(&addr), sizeof(addr));
      CALL_ERR(EADDRINUSE, bind, other, calls_sa(&addr), sizeof(addr));

      wrong = calls_addr(INADDR_ANY, addr.sin_port);
      CALL_ERR(EADDRINUSE, bind, other, calls_sa(&wrong), sizeof(wrong));
      wrong = calls_addr(NET_TEST_1, 0);
      CALL_ERR(EADDRNOTAVAIL, bind, other, calls_sa(&wrong), sizeof(wrong));
      wrong = calls_addr(INADDR_LOOPBACK, 0);
      CALL_ERR(EINVAL, bind, other, calls_sa(&wrong), sizeof(wrong) - 1);
      CALL_ERR(EINVAL, bind, other, calls_sa(&wrong), 0);
      memcpy(big, &wrong, sizeof(wrong));
      CALL_ERR(EINVAL, bind, other, (FAR void *)big, sizeof(big));
      wrong.sin_family = AF_INET6;
      CALL_ERR(EAFNOSUPPORT, bind, other, calls_sa(&wrong), sizeof(wrong));

      /* It is not bound by all that, and then only once */

      wrong = calls_addr(INADDR_LOOPBACK, 0);
      assert_int_equal(calls_name(other).sin_port, 0);
      CALL_IS(0, bind, other, calls_sa(&wrong), sizeof(wrong));
      CALL_ERR(EINVAL, bind, other, calls_sa(&wrong), sizeof(wrong));

      calls_close(other);
      calls_close(fd);
    }

  calls_close(notsock);
}

/****************************************************************************
 * Name: calls_bind_auto
 *
 * Description:
 *   Ports that the system chooses are all different, none is a well-known
 *   one, and they do not come in order: RFC 6056.
 *
 ****************************************************************************/

void calls_bind_auto(FAR void **state)
{
  struct sockaddr_in addr;
  unsigned int port[AUTO_PORTS];
  int fd[AUTO_PORTS];
  int rising = 0;
  int type;
  int i;
  int j;

  (void)state;
  for (type = SOCK_STREAM; type <= SOCK_DGRAM; type++)
    {
      for (i = 0; i < AUTO_PORTS; i++)
        {
          fd[i]   = calls_bound(type, &addr);
          port[i] = ntohs(addr.sin_port);
          assert_true(port[i] >= 1024);
          rising += i > 0 && port[i] > port[i - 1];
          for (j = 0; j < i; j++)
            {
              assert_int_not_equal(port[i], port[j]);
            }
        }

      for (i = 0; i < AUTO_PORTS; i++)
        {
          calls_close(fd[i]);
        }
    }

  assert_in_range(rising, 1, 2 * AUTO_PORTS - 3);
}

/****************************************************************************
 * Name: calls_getsockname
 *
 * Description:
 *   Before and after a name is given; into less room than it needs.
 *
 ****************************************************************************/

void calls_getsockname(FAR void **state)
{
  struct sockaddr_in addr;
  struct sockaddr_in name;
  unsigned char room[sizeof(addr)];
  socklen_t len;
  int notsock = calls_notsock();
  int bad = calls_badfd();
  int fd = CALL_OK(socket, AF_INET, SOCK_STREAM, 0);

  (void)state;
  name = calls_name(fd);
  assert_int_equal(name.sin_family, AF_INET);
  assert_int_equal(name.sin_port, 0);
  assert_int_equal(name.sin_addr.s_addr, htonl(INADDR_ANY));
  calls_close(fd);

  fd = calls_bound(SOCK_STREAM, &addr);
  memset(room, 0xee, sizeof(room));
  len = 4;
  CALL_IS(0, getsockname, fd, (FAR void *)room, &len);
  assert_int_equal(len, sizeof(addr));
  assert_memory_equal(room, &addr, 4);
  assert_int_equal(room[4], 0xee);

  len = sizeof(name);
  CALL_ERR(EBADF, getsockname, -1, calls_sa(&name), &len);
  CALL_ERR(EBADF, getsockname, bad, calls_sa(&name), &len);
  CALL_ERR(ENOTSOCK, getsockname, notsock, calls_sa(&name), &len);
  len = (socklen_t)-1;
  CALL_ERR(EINVAL, getsockname, fd, calls_sa(&name), &len);
  calls_close(fd);
  calls_close(notsock);
}

/****************************************************************************
 * Name: calls_listen
 *
 * Description:
 *   Again, with any backlog, and without a name, which it is given.
 *
 ****************************************************************************/

void calls_listen(FAR void **state)
{
  struct sockaddr_in addr;
  int fd = calls_bound(SOCK_STREAM, &addr);

  (void)state;
  CALL_IS(0, listen, fd, 5);
  CALL_IS(0, listen, fd, 0);
  CALL_IS(0, listen, fd, -1);
  CALL_IS(0, listen, fd, 100000);
  assert_int_equal(calls_getint(fd, SOL_SOCKET, SO_ACCEPTCONN), 1);
  calls_close(fd);

  fd = CALL_OK(socket, AF_INET, SOCK_STREAM, 0);
  assert_int_equal(calls_getint(fd, SOL_SOCKET, SO_ACCEPTCONN), 0);
  CALL_IS(0, listen, fd, 1);
  assert_int_not_equal(calls_name(fd).sin_port, 0);
  calls_close(fd);
}

/****************************************************************************
 * Name: calls_listen_errors
 *
 * Description:
 *   What cannot listen.
 *
 ****************************************************************************/

void calls_listen_errors(FAR void **state)
{
  struct sockaddr_in addr;
  int notsock = calls_notsock();
  int bad = calls_badfd();
  int fd[2];
  int udp;

  (void)state;
  udp = calls_bound(SOCK_DGRAM, &addr);
  CALL_ERR(EBADF, listen, -1, 1);
  CALL_ERR(EBADF, listen, bad, 1);
  CALL_ERR(ENOTSOCK, listen, notsock, 1);
  CALL_ERR(EOPNOTSUPP, listen, udp, 1);
  calls_pair(fd);
  CALL_ERR(EINVAL, listen, fd[0], 1);
  CALL_ERR(EINVAL, listen, fd[1], 1);
  calls_close_both(fd);
  calls_close(udp);
  calls_close(notsock);
}

/****************************************************************************
 * Name: calls_connect
 *
 * Description:
 *   TCP once, UDP as often as one likes, and back to no peer.
 *
 ****************************************************************************/

void calls_connect(FAR void **state)
{
  struct sockaddr_in any = calls_addr(INADDR_ANY, 0);
  struct sockaddr_in addr;
  struct sockaddr_in name;
  socklen_t len = sizeof(name);
  int udp[3];
  int fd[2];

  (void)state;
  calls_pair(fd);
  CALL_IS(0, getpeername, fd[0], calls_sa(&name), &len);
  addr = calls_name(fd[1]);
  assert_int_equal(name.sin_port, addr.sin_port);
  calls_move(fd[0], fd[1]);
  calls_move(fd[1], fd[0]);
  calls_close_both(fd);

  calls_udp_pair(udp);
  calls_move(udp[0], udp[1]);
  udp[2] = calls_bound(SOCK_DGRAM, &addr);
  CALL_IS(0, connect, udp[0], calls_sa(&addr), sizeof(addr));
  calls_move(udp[0], udp[2]);
  any.sin_family = AF_UNSPEC;
  CALL_IS(0, connect, udp[0], calls_sa(&any), sizeof(any));
  CALL_ERR(ENOTCONN, getpeername, udp[0], calls_sa(&name), &len);
  CALL_ERR(EDESTADDRREQ, send, udp[0], "x", 1, 0);
  calls_close_both(udp);
  calls_close(udp[2]);
}

/****************************************************************************
 * Name: calls_connect_errors
 *
 * Description:
 *   Nobody there, nothing to connect, or connected already.
 *
 ****************************************************************************/

void calls_connect_errors(FAR void **state)
{
  struct sockaddr_in group = calls_addr(0xe0000001, htons(7));
  struct sockaddr_in addr;
  struct sockaddr_in free;
  int notsock = calls_notsock();
  int bad = calls_badfd();
  int listener = calls_listener(&addr);
  int holder = calls_bound(SOCK_STREAM, &free);
  int peer;
  int fd;

  (void)state;
  fd = CALL_OK(socket, AF_INET, SOCK_STREAM, 0);
  CALL_ERR(EBADF, connect, -1, calls_sa(&addr), sizeof(addr));
  CALL_ERR(EBADF, connect, bad, calls_sa(&addr), sizeof(addr));
  CALL_ERR(ENOTSOCK, connect, notsock, calls_sa(&addr), sizeof(addr));
  CALL_ERR(EINVAL, connect, fd, calls_sa(&addr), sizeof(addr) - 1);
  CALL_ERR(EINVAL, connect, fd, calls_sa(&addr), 1);
  addr.sin_family = AF_INET6;
  CALL_ERR(EAFNOSUPPORT, connect, fd, calls_sa(&addr), sizeof(addr));
  addr.sin_family = AF_INET;
  CALL_ERR(ENETUNREACH, connect, fd, calls_sa(&group), sizeof(group));

  /* A port that is taken but does not listen */

  CALL_ERR(ECONNREFUSED, connect, fd, calls_sa(&free), sizeof(free));
  calls_close(fd);

  fd = CALL_OK(socket, AF_INET, SOCK_STREAM, 0);
  CALL_IS(0, connect, fd, calls_sa(&addr), sizeof(addr));
  CALL_ERR(EISCONN, connect, fd, calls_sa(&addr), sizeof(addr));
  CALL_ERR(EISCONN, connect, fd, calls_sa(&free), sizeof(free));
  CALL_ERR(EISCONN, connect, listener, calls_sa(&free), sizeof(free));
  peer = CALL_OK(accept, listener, NULL, NULL);
  calls_move(fd, peer);

  calls_close(fd);
  calls_close(peer);
  calls_close(holder);
  calls_close(listener);
  calls_close(notsock);
}

/****************************************************************************
 * Name: calls_connect_nonblock
 *
 * Description:
 *   Refused and accepted without waiting; SO_ERROR and poll() tell.
 *
 ****************************************************************************/

void calls_connect_nonblock(FAR void **state)
{
  struct sockaddr_in addr;
  struct sockaddr_in free;
  int listener = calls_listener(&addr);
  int holder = calls_bound(SOCK_STREAM, &free);
  int ret;
  int fd;

  (void)state;
  fd  = CALL_OK(socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  ret = ST_CALL(connect, fd, calls_sa(&free), sizeof(free));
  assert_int_equal(ret, -1);
  if (errno == EINPROGRESS)
    {
      assert_int_not_equal(calls_wait(fd, POLLOUT) & POLLERR, 0);
      assert_int_equal(calls_getint(fd, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
    }
  else
    {
      assert_int_equal(errno, ECONNREFUSED);
    }

  assert_int_equal(calls_getint(fd, SOL_SOCKET, SO_ERROR), 0);
  calls_close(fd);

  fd = CALL_OK(socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  CALL_ERR(EINPROGRESS, connect, fd, calls_sa(&addr), sizeof(addr));
  assert_int_equal(calls_wait(fd, POLLOUT), POLLOUT);
  assert_int_equal(calls_getint(fd, SOL_SOCKET, SO_ERROR), 0);

  /* Asked again it says so once, and then that it is connected */

  CALL_IS(0, connect, fd, calls_sa(&addr), sizeof(addr));
  CALL_ERR(EISCONN, connect, fd, calls_sa(&addr), sizeof(addr));
  calls_close(fd);
  calls_close(holder);
  calls_close(listener);
}

/****************************************************************************
 * Name: calls_connect_pending
 *
 * Description:
 *   A listener whose queue is full does not answer: so a connection stays
 *   in the making as long as one needs it to.
 *
 ****************************************************************************/

void calls_connect_pending(FAR void **state)
{
  struct sockaddr_in addr;
  int listener = calls_bound(SOCK_STREAM, &addr);
  int first = CALL_OK(socket, AF_INET, SOCK_STREAM, 0);
  int fd = CALL_OK(socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

  (void)state;
  CALL_IS(0, listen, listener, 0);
  CALL_IS(0, connect, first, calls_sa(&addr), sizeof(addr));
  CALL_ERR(EINPROGRESS, connect, fd, calls_sa(&addr), sizeof(addr));
  CALL_ERR(EALREADY, connect, fd, calls_sa(&addr), sizeof(addr));
  CALL_ERR(EAGAIN, send, fd, "x", 1, MSG_NOSIGNAL);
  CALL_ERR(EAGAIN, recv, fd, &addr, 1, 0);
  CALLS_EVENTS(fd, POLLIN | POLLOUT, 0);
  calls_close(fd);
  calls_close(first);
  calls_close(listener);
}

/****************************************************************************
 * Name: calls_accept
 *
 * Description:
 *   In the order in which they came, with their names, as much of them as
 *   there is room for; flags are not inherited.
 *
 ****************************************************************************/

void calls_accept(FAR void **state)
{
  struct sockaddr_in addr;
  struct sockaddr_in name;
  socklen_t len;
  int listener = calls_listener(&addr);
  int client[3];
  int fd;
  int i;

  (void)state;
  assert_int_equal(CALL_OK(fcntl, listener, F_SETFL, O_NONBLOCK), 0);
  for (i = 0; i < 3; i++)
    {
      client[i] = CALL_OK(socket, AF_INET, SOCK_STREAM, 0);
      CALL_IS(0, connect, client[i], calls_sa(&addr), sizeof(addr));
    }

  for (i = 0; i < 3; i++)
    {
      calls_wait(listener, POLLIN);
      memset(&name, 0, sizeof(name));
      len = i == 2 ? 4 : sizeof(name);
      fd  = CALL_OK(accept, listener, calls_sa(&name), &len);
      assert_int_equal(len, sizeof(name));
      assert_int_equal(name.sin_port, calls_name(client[i]).sin_port);
      assert_int_equal(name.sin_addr.s_addr,
                       i == 2 ? 0 : htonl(INADDR_LOOPBACK));
      assert_int_equal(CALL_OK(fcntl, fd, F_GETFL) & O_NONBLOCK, 0);
      calls_move(client[i], fd);
      calls_close(fd);
      calls_close(client[i]);
    }

  CALL_ERR(EAGAIN, accept, listener, NULL, NULL);
  calls_close(listener);
}

/****************************************************************************
 * Name: calls_accept_errors
 *
 * Description:
 *   Nothing to accept from.
 *
 ****************************************************************************/

void calls_accept_errors(FAR void **state)
{
  struct sockaddr_in addr;
  int notsock = calls_notsock();
  int bad = calls_badfd();
  int fd[2];
  int udp;
  int tcp;

  (void)state;
  tcp = calls_bound(SOCK_STREAM, &addr);
  udp = calls_bound(SOCK_DGRAM, &addr);
  CALL_ERR(EBADF, accept, -1, NULL, NULL);
  CALL_ERR(EBADF, accept, bad, NULL, NULL);
  CALL_ERR(ENOTSOCK, accept, notsock, NULL, NULL);
  CALL_ERR(EOPNOTSUPP, accept, udp, NULL, NULL);
  CALL_ERR(EINVAL, accept, tcp, NULL, NULL);
  calls_pair(fd);
  CALL_ERR(EINVAL, accept, fd[0], NULL, NULL);
  CALL_ERR(EINVAL, accept, fd[1], NULL, NULL);
  calls_close_both(fd);
  calls_close(udp);
  calls_close(tcp);
  calls_close(notsock);
}

/****************************************************************************
 * Name: calls_accept4
 *
 * Description:
 *   Each flag shows in fcntl(), and no other one is taken.
 *
 ****************************************************************************/

void calls_accept4(FAR void **state)
{
  struct sockaddr_in addr;
  int listener = calls_listener(&addr);
  int flags;
  int fd[2];
  int i;

  (void)state;
  for (i = 0; i < 4; i++)
    {
      flags = ((i & 1) != 0 ? SOCK_NONBLOCK : 0) |
              ((i & 2) != 0 ? SOCK_CLOEXEC : 0);
      fd[0] = CALL_OK(socket, AF_INET, SOCK_STREAM, 0);
      CALL_IS(0, connect, fd[0], calls_sa(&addr), sizeof(addr));
      fd[1] = CALL_OK(accept4, listener, NULL, NULL, flags);
      assert_int_equal((CALL_OK(fcntl, fd[1], F_GETFL) & O_NONBLOCK) != 0,
                       (i & 1) != 0);
      assert_int_equal(CALL_OK(fcntl, fd[1], F_GETFD),
                       (i & 2) != 0 ? FD_CLOEXEC : 0);
      calls_close_both(fd);
    }

  CALL_ERR(EINVAL, accept4, listener, NULL, NULL, 0x40000000);
  CALL_ERR(EINVAL, accept4, listener, NULL, NULL, 1);
  CALL_ERR(EBADF, accept4, -1, NULL, NULL, SOCK_NONBLOCK);
  calls_close(listener);
}

/****************************************************************************
 * Name: calls_getpeername
 *
 * Description:
 *   Both ends' names are each other's.
 *
 ****************************************************************************/

void calls_getpeername(FAR void **state)
{
  struct sockaddr_in addr;
  struct sockaddr_in name;
  socklen_t len = sizeof(name);
  int notsock = calls_notsock();
  int bad = calls_badfd();
  int listener = calls_listener(&addr);
  int fd[2];
  int i;

  (void)state;
  calls_pair(fd);
  for (i = 0; i < 2; i++)
    {
      CALL_IS(0, getpeername, fd[i], calls_sa(&name), &len);
      addr = calls_name(fd[1 - i]);
      assert_int_equal(len, sizeof(name));
      assert_memory_equal(&name, &addr, sizeof(addr));
    }

  CALL_ERR(EBADF, getpeername, -1, calls_sa(&name), &len);
  CALL_ERR(EBADF, getpeername, bad, calls_sa(&name), &len);
  CALL_ERR(ENOTSOCK, getpeername, notsock, calls_sa(&name), &len);
  CALL_ERR(ENOTCONN, getpeername, listener, calls_sa(&name), &len);
  len = (socklen_t)-1;
  CALL_ERR(EINVAL, getpeername, fd[0], calls_sa(&name), &len);
  calls_close_both(fd);
  calls_close(listener);
  calls_close(notsock);
}

/****************************************************************************
 * Name: calls_shutdown
 *
 * Description:
 *   One way, and then the other one still works.
 *
 ****************************************************************************/

void calls_shutdown(FAR void **state)
{
  char byte;
  int fd[2];

  (void)state;
  calls_pair(fd);
  CALL_IS(0, shutdown, fd[0], SHUT_WR);
  CALL_ERR(EPIPE, send, fd[0], "x", 1, MSG_NOSIGNAL);
  calls_wait(fd[1], POLLIN);
  CALL_IS(0, recv, fd[1], &byte, 1, 0);
  calls_move(fd[1], fd[0]);
  CALL_IS(0, shutdown, fd[0], SHUT_WR);
  calls_close(fd[1]);
  calls_close(fd[0]);

  calls_pair(fd);
  CALL_IS(0, shutdown, fd[0], SHUT_RD);
  CALL_IS(0, recv, fd[0], &byte, 1, 0);
  calls_move(fd[0], fd[1]);
  CALL_IS(0, shutdown, fd[0], SHUT_RDWR);
  calls_wait(fd[1], POLLIN);
  CALL_IS(0, recv, fd[1], &byte, 1, 0);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: calls_shutdown_errors
 *
 * Description:
 *   What has no end that could be shut, and no such end.
 *
 ****************************************************************************/

void calls_shutdown_errors(FAR void **state)
{
  struct sockaddr_in addr;
  int notsock = calls_notsock();
  int bad = calls_badfd();
  int fd[2];
  int udp;
  int tcp;

  (void)state;
  tcp = calls_bound(SOCK_STREAM, &addr);
  udp = calls_bound(SOCK_DGRAM, &addr);
  CALL_ERR(EBADF, shutdown, -1, SHUT_RD);
  CALL_ERR(EBADF, shutdown, bad, SHUT_RD);
  CALL_ERR(ENOTSOCK, shutdown, notsock, SHUT_RD);
  CALL_ERR(ENOTCONN, shutdown, tcp, SHUT_WR);
  CALL_ERR(ENOTCONN, shutdown, udp, SHUT_WR);
  calls_pair(fd);
  CALL_ERR(EINVAL, shutdown, fd[0], 3);
  CALL_ERR(EINVAL, shutdown, fd[0], -1);
  calls_move(fd[0], fd[1]);
  calls_close_both(fd);
  calls_close(udp);
  calls_close(tcp);
  calls_close(notsock);
}

/****************************************************************************
 * Name: calls_close_ends
 *
 * Description:
 *   The peer learns of it: an end; or a reset, if it was not read to the
 *   end or never accepted.
 *
 ****************************************************************************/

void calls_close_ends(FAR void **state)
{
  struct sockaddr_in addr;
  int listener;
  char byte;
  int fd[2];

  (void)state;
  CALL_ERR(EBADF, close, -1);
  CALL_ERR(EBADF, close, calls_badfd());

  calls_pair(fd);
  calls_close(fd[0]);
  calls_wait(fd[1], POLLIN);
  CALL_IS(0, recv, fd[1], &byte, 1, 0);
  calls_close(fd[1]);

  calls_pair(fd);
  CALL_IS(1, send, fd[1], "x", 1, 0);
  calls_wait(fd[0], POLLIN);
  calls_close(fd[0]);
  calls_wait(fd[1], POLLIN);
  CALL_ERR(ECONNRESET, recv, fd[1], &byte, 1, 0);
  CALL_IS(0, recv, fd[1], &byte, 1, 0);
  CALL_ERR(EPIPE, send, fd[1], "x", 1, MSG_NOSIGNAL);
  calls_close(fd[1]);

  listener = calls_listener(&addr);
  fd[0] = CALL_OK(socket, AF_INET, SOCK_STREAM, 0);
  CALL_IS(0, connect, fd[0], calls_sa(&addr), sizeof(addr));
  calls_wait(listener, POLLIN);
  calls_close(listener);
  calls_wait(fd[0], POLLIN);
  CALL_ERR(ECONNRESET, recv, fd[0], &byte, 1, 0);
  calls_close(fd[0]);
}
