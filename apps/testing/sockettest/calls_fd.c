/****************************************************************************
 * apps/testing/sockettest/calls_fd.c
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

/* fcntl, ioctl, dup, dup2, fstat, lseek, getsockopt, setsockopt: a socket as
 * a descriptor.  Single options are in group opts.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "calls_tests.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: ioctl_number
 *
 * Description:
 *   The number that an ioctl() tells.
 *
 ****************************************************************************/

static int ioctl_number(int fd, unsigned long request)
{
  int number = -1;

  CALL_IS(0, ioctl, fd, request, &number);
  return number;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: calls_fcntl
 *
 * Description:
 *   The flags of socket() show; O_NONBLOCK takes effect; copies.
 *
 ****************************************************************************/

void calls_fcntl(FAR void **state)
{
  int fd = CALL_OK(socket, AF_INET, SOCK_DGRAM, 0);
  int copy;
  char byte;

  (void)state;
  assert_int_equal(CALL_OK(fcntl, fd, F_GETFL) & O_ACCMODE, O_RDWR);
  assert_int_equal(CALL_OK(fcntl, fd, F_GETFL) & O_NONBLOCK, 0);
  assert_int_equal(CALL_OK(fcntl, fd, F_GETFD), 0);
  CALL_IS(0, fcntl, fd, F_SETFL, O_NONBLOCK);
  CALL_IS(0, fcntl, fd, F_SETFD, FD_CLOEXEC);
  assert_int_not_equal(CALL_OK(fcntl, fd, F_GETFL) & O_NONBLOCK, 0);
  assert_int_equal(CALL_OK(fcntl, fd, F_GETFD), FD_CLOEXEC);
  CALL_ERR(EAGAIN, recv, fd, &byte, 1, 0);

  /* O_NONBLOCK is of the socket, FD_CLOEXEC of the descriptor */

  copy = CALL_OK(fcntl, fd, F_DUPFD, fd + 7);
  assert_true(copy >= fd + 7);
  assert_int_not_equal(CALL_OK(fcntl, copy, F_GETFL) & O_NONBLOCK, 0);
  assert_int_equal(CALL_OK(fcntl, copy, F_GETFD), 0);
  CALL_IS(0, fcntl, copy, F_SETFL, 0);
  assert_int_equal(CALL_OK(fcntl, fd, F_GETFL) & O_NONBLOCK, 0);
  calls_close(copy);
  copy = CALL_OK(fcntl, fd, F_DUPFD_CLOEXEC, 0);
  assert_int_equal(CALL_OK(fcntl, copy, F_GETFD), FD_CLOEXEC);
  calls_close(copy);
  calls_close(fd);

  fd = CALL_OK(socket, AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
               0);
  assert_int_not_equal(CALL_OK(fcntl, fd, F_GETFL) & O_NONBLOCK, 0);
  assert_int_equal(CALL_OK(fcntl, fd, F_GETFD), FD_CLOEXEC);

  CALL_ERR(EBADF, fcntl, -1, F_GETFL);
  CALL_ERR(EBADF, fcntl, calls_badfd(), F_GETFL);
  CALL_ERR(EINVAL, fcntl, fd, 99999);
  CALL_ERR(EINVAL, fcntl, fd, F_DUPFD, -1);
  calls_close(fd);
}

/****************************************************************************
 * Name: calls_dup
 *
 * Description:
 *   A socket lives as long as one of its descriptors.
 *
 ****************************************************************************/

void calls_dup(FAR void **state)
{
  int fd[2];
  int other[2];
  int copy;
  char byte;

  (void)state;
  calls_pair(fd);
  copy = CALL_OK(dup, fd[0]);
  calls_close(fd[0]);
  calls_move(copy, fd[1]);
  calls_move(fd[1], copy);

  /* In the place of another one, which is closed by it */

  calls_pair(other);
  CALL_IS(other[0], dup2, copy, other[0]);
  CALL_IS(other[0], dup2, other[0], other[0]);
  calls_wait(other[1], POLLIN);
  CALL_IS(0, recv, other[1], &byte, 1, 0);
  calls_close(copy);
  calls_move(other[0], fd[1]);
  calls_close(other[0]);
  calls_wait(fd[1], POLLIN);
  CALL_IS(0, recv, fd[1], &byte, 1, 0);

  copy = CALL_OK(dup3, fd[1], other[1], O_CLOEXEC);
  assert_int_equal(copy, other[1]);
  assert_int_equal(CALL_OK(fcntl, copy, F_GETFD), FD_CLOEXEC);
  CALL_ERR(EINVAL, dup3, copy, copy, 0);
  CALL_ERR(EINVAL, dup3, copy, fd[1], 1);
  CALL_ERR(EBADF, dup3, calls_badfd(), fd[1], 0);

  CALL_ERR(EBADF, dup, -1);
  CALL_ERR(EBADF, dup, calls_badfd());
  CALL_ERR(EBADF, dup2, -1, fd[1]);
  CALL_ERR(EBADF, dup2, calls_badfd(), fd[1]);
  CALL_ERR(EBADF, dup2, fd[1], -1);
  calls_close(other[1]);
  calls_close(fd[1]);
}

/****************************************************************************
 * Name: calls_ioctl
 *
 * Description:
 *   How much there is to read: all of a stream, the first datagram.
 *
 ****************************************************************************/

void calls_ioctl(FAR void **state)
{
  struct sockaddr_in addr;
  int listener = calls_listener(&addr);
  int notsock = calls_notsock();
  int on = 1;
  int off = 0;
  int fd[2];
  char got[8];

  (void)state;
  calls_pair(fd);
  assert_int_equal(ioctl_number(fd[1], FIONREAD), 0);
  CALL_IS(3, send, fd[0], "abc", 3, 0);
  CALL_IS(3, send, fd[0], "def", 3, 0);
  CALL_IS(6, recv, fd[1], got, 6, MSG_WAITALL | MSG_PEEK);
  assert_int_equal(ioctl_number(fd[1], FIONREAD), 6);
  CALL_IS(2, recv, fd[1], got, 2, 0);
  assert_int_equal(ioctl_number(fd[1], FIONREAD), 4);
  calls_close_both(fd);

  calls_udp_pair(fd);
  CALL_IS(3, send, fd[0], "abc", 3, 0);
  CALL_IS(5, send, fd[0], "defgh", 5, 0);
  calls_wait(fd[1], POLLIN);
  assert_int_equal(ioctl_number(fd[1], FIONREAD), 3);
  CALL_IS(3, recv, fd[1], got, 8, 0);
  assert_int_equal(ioctl_number(fd[1], FIONREAD), 5);
  CALL_IS(5, recv, fd[1], got, 8, 0);

  CALL_IS(0, ioctl, fd[1], FIONBIO, &on);
  assert_int_not_equal(CALL_OK(fcntl, fd[1], F_GETFL) & O_NONBLOCK, 0);
  CALL_ERR(EAGAIN, recv, fd[1], got, 8, 0);
  CALL_IS(0, ioctl, fd[1], FIONBIO, &off);
  assert_int_equal(CALL_OK(fcntl, fd[1], F_GETFL) & O_NONBLOCK, 0);

  CALL_ERR(EBADF, ioctl, -1, FIONREAD, &on);
  CALL_ERR(EBADF, ioctl, calls_badfd(), FIONREAD, &on);
  CALL_ERR(EINVAL, ioctl, listener, FIONREAD, &on);
  CALL_ERR(ENOTTY, ioctl, fd[0], 0x5fff, &on);
  calls_close_both(fd);
  calls_close(listener);
  calls_close(notsock);
}

/****************************************************************************
 * Name: calls_ioctl_interface
 *
 * Description:
 *   What there is to tell of the interface that there is everywhere.
 *
 ****************************************************************************/

void calls_ioctl_interface(FAR void **state)
{
  FAR struct sockaddr_in *addr;
  struct ifreq ifr;
  int fd = CALL_OK(socket, AF_INET, SOCK_DGRAM, 0);

  (void)state;
  memset(&ifr, 0, sizeof(ifr));
  strcpy(ifr.ifr_name, "lo");
  CALL_IS(0, ioctl, fd, SIOCGIFADDR, &ifr);
  addr = (FAR struct sockaddr_in *)&ifr.ifr_addr;
  assert_int_equal(addr->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
  CALL_IS(0, ioctl, fd, SIOCGIFFLAGS, &ifr);
  assert_int_equal(ifr.ifr_flags & (IFF_UP | IFF_LOOPBACK),
                   IFF_UP | IFF_LOOPBACK);
  CALL_IS(0, ioctl, fd, SIOCGIFMTU, &ifr);
  assert_true(ifr.ifr_mtu >= 576);
  CALL_IS(0, ioctl, fd, SIOCGIFINDEX, &ifr);
  assert_int_equal(ifr.ifr_ifindex, ST_CALL(if_nametoindex, "lo"));

  strcpy(ifr.ifr_name, "nosuch0");
  CALL_ERR(ENODEV, ioctl, fd, SIOCGIFADDR, &ifr);
  CALL_ERR(ENODEV, ioctl, fd, SIOCGIFFLAGS, &ifr);
  CALL_ERR(ENODEV, ioctl, fd, SIOCGIFINDEX, &ifr);
  calls_close(fd);
}

/****************************************************************************
 * Name: calls_sockatmark
 *
 * Description:
 *   A receiver does not read across the urgent byte, and knows when it is
 *   there.
 *
 ****************************************************************************/

void calls_sockatmark(FAR void **state)
{
  int notsock = calls_notsock();
  char got[8];
  int fd[2];

  (void)state;
  calls_pair(fd);
  CALL_IS(0, sockatmark, fd[1]);
  CALL_IS(2, send, fd[0], "ab", 2, 0);
  CALL_IS(1, send, fd[0], "!", 1, MSG_OOB);
  CALL_IS(2, send, fd[0], "cd", 2, 0);
  calls_wait(fd[1], POLLPRI);
  CALL_IS(1, recv, fd[1], got, 1, MSG_OOB);
  assert_int_equal(got[0], '!');
  CALL_IS(0, sockatmark, fd[1]);
  CALL_IS(2, recv, fd[1], got, sizeof(got), 0);
  assert_memory_equal(got, "ab", 2);
  CALL_IS(1, sockatmark, fd[1]);
  CALL_IS(2, recv, fd[1], got, 2, MSG_WAITALL);
  assert_memory_equal(got, "cd", 2);
  CALL_IS(0, sockatmark, fd[1]);
  CALL_ERR(EBADF, sockatmark, -1);
  CALL_ERR(ENOTTY, sockatmark, notsock);
  calls_close_both(fd);
  calls_close(notsock);
}

/****************************************************************************
 * Name: calls_fstat
 *
 * Description:
 *   It is a socket.
 *
 ****************************************************************************/

void calls_fstat(FAR void **state)
{
  struct stat first;
  struct stat second;
  int fd[2];

  (void)state;
  calls_pair(fd);
  CALL_IS(0, fstat, fd[0], &first);
  CALL_IS(0, fstat, fd[1], &second);
  assert_true(S_ISSOCK(first.st_mode));
  assert_true(S_ISSOCK(second.st_mode));
  assert_int_not_equal(first.st_ino, second.st_ino);
  CALL_ERR(EBADF, fstat, -1, &first);
  CALL_ERR(EBADF, fstat, calls_badfd(), &first);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: calls_lseek
 *
 * Description:
 *   There are no places in what flows.
 *
 ****************************************************************************/

void calls_lseek(FAR void **state)
{
  int fd[2];

  (void)state;
  calls_pair(fd);
  CALL_ERR(ESPIPE, lseek, fd[0], 0, SEEK_SET);
  CALL_ERR(ESPIPE, lseek, fd[0], 0, SEEK_CUR);
  CALL_ERR(ESPIPE, lseek, fd[0], 0, SEEK_END);
  CALL_ERR(EBADF, lseek, -1, 0, SEEK_SET);
  CALL_ERR(EBADF, lseek, calls_badfd(), 0, SEEK_SET);
  calls_move(fd[0], fd[1]);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: calls_sockopt
 *
 * Description:
 *   What they refuse whatever the option, and what does not exist.
 *
 ****************************************************************************/

void calls_sockopt(FAR void **state)
{
  struct sockaddr_in addr;
  int notsock = calls_notsock();
  int bad = calls_badfd();
  int value = 1;
  socklen_t len = sizeof(value);
  int type;
  int fd;

  (void)state;
  for (type = SOCK_STREAM; type <= SOCK_DGRAM; type++)
    {
      fd = calls_bound(type, &addr);
      assert_int_equal(calls_getint(fd, SOL_SOCKET, SO_TYPE), type);
      calls_setint(fd, SOL_SOCKET, SO_BROADCAST, 1);
      assert_int_equal(calls_getint(fd, SOL_SOCKET, SO_BROADCAST), 1);

      CALL_ERR(ENOPROTOOPT, getsockopt, fd, SOL_SOCKET, 9999, &value, &len);
      CALL_ERR(ENOPROTOOPT, setsockopt, fd, SOL_SOCKET, 9999, &value, len);
      CALL_ERR(ENOPROTOOPT, getsockopt, fd, IPPROTO_IP, 9999, &value, &len);
      CALL_ERR(ENOPROTOOPT, setsockopt, fd, IPPROTO_IP, 9999, &value, len);
      CALL_ERR(ENOPROTOOPT, setsockopt, fd, 251, 1, &value, len);
      CALL_ERR(EINVAL, setsockopt, fd, SOL_SOCKET, SO_BROADCAST, &value,
               sizeof(value) - 1);
      CALL_ERR(EINVAL, setsockopt, fd, SOL_SOCKET, SO_BROADCAST, &value, 0);
      calls_close(fd);
    }

  CALL_ERR(EBADF, getsockopt, -1, SOL_SOCKET, SO_TYPE, &value, &len);
  CALL_ERR(EBADF, getsockopt, bad, SOL_SOCKET, SO_TYPE, &value, &len);
  CALL_ERR(ENOTSOCK, getsockopt, notsock, SOL_SOCKET, SO_TYPE, &value, &len);
  CALL_ERR(EBADF, setsockopt, -1, SOL_SOCKET, SO_BROADCAST, &value, len);
  CALL_ERR(EBADF, setsockopt, bad, SOL_SOCKET, SO_BROADCAST, &value, len);
  CALL_ERR(ENOTSOCK, setsockopt, notsock, SOL_SOCKET, SO_BROADCAST, &value,
           len);
  calls_close(notsock);
}
