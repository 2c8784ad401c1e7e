/****************************************************************************
 * apps/testing/sockettest/calls_io.c
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

/* send, sendto, sendmsg, sendmmsg, recv, recvfrom, recvmsg, recvmmsg, read,
 * write, readv, writev, sendfile: of streams and of datagrams, and each way
 * in which they refuse.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "calls.h"
#include "calls_tests.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define MESSAGES   3
#define PIECES     5
#define UDP_MOST   65507
#define FILE_SIZE  10000
#define MANY_IOVS  4096                /* More than anybody's IOV_MAX */

/****************************************************************************
 * Private Data
 ****************************************************************************/

static volatile sig_atomic_t g_sigpipes;
static char g_big[UDP_MOST + 1];

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: sigpipe
 *
 * Description:
 *   Counts the signals of those who write where nobody reads.
 *
 ****************************************************************************/

static void sigpipe(int signo)
{
  (void)signo;
  g_sigpipes++;
}

/****************************************************************************
 * Name: broken_pair
 *
 * Description:
 *   A connection whose end fd[0] can send no more; SIGPIPE is counted.
 *
 ****************************************************************************/

static void broken_pair(FAR int fd[2], FAR struct sigaction *old)
{
  struct sigaction act;

  memset(&act, 0, sizeof(act));
  act.sa_handler = sigpipe;
  assert_int_equal(sigaction(SIGPIPE, &act, old), 0);
  g_sigpipes = 0;
  calls_pair(fd);
  CALL_IS(0, shutdown, fd[0], SHUT_WR);
}

/****************************************************************************
 * Name: broken_end
 *
 * Description:
 *   Ends what broken_pair() has begun.
 *
 ****************************************************************************/

static void broken_end(FAR int fd[2], FAR struct sigaction *old)
{
  calls_close_both(fd);
  assert_int_equal(sigaction(SIGPIPE, old, NULL), 0);
}

/****************************************************************************
 * Name: message
 *
 * Description:
 *   A message of one piece, with or without an address.
 *
 ****************************************************************************/

static void message(FAR struct msghdr *msg, FAR struct iovec *iov,
                    FAR void *data, size_t len,
                    FAR struct sockaddr_in *name)
{
  memset(msg, 0, sizeof(*msg));
  iov->iov_base    = data;
  iov->iov_len     = len;
  msg->msg_iov     = iov;
  msg->msg_iovlen  = 1;
  msg->msg_name    = name;
  msg->msg_namelen = name != NULL ? sizeof(*name) : 0;
}

/****************************************************************************
 * Name: reads_fail
 *
 * Description:
 *   Nothing there to read, whichever call is asked; then the call's error.
 *
 ****************************************************************************/

static void reads_fail(int fd, int error)
{
  struct sockaddr_in name;
  socklen_t len = sizeof(name);
  struct msghdr msg;
  struct iovec iov;
  char byte;

  message(&msg, &iov, &byte, 1, NULL);
  CALL_ERR(error, recv, fd, &byte, 1, MSG_DONTWAIT);
  CALL_ERR(error, recvfrom, fd, &byte, 1, MSG_DONTWAIT, calls_sa(&name),
           &len);
  CALL_ERR(error, recvmsg, fd, &msg, MSG_DONTWAIT);
}

/****************************************************************************
 * Name: sends_fail
 *
 * Description:
 *   None of the sending calls works.
 *
 ****************************************************************************/

static void sends_fail(int fd, int error)
{
  struct sockaddr_in to = calls_addr(INADDR_LOOPBACK, htons(9));
  struct msghdr msg;
  struct iovec iov;
  char byte = 'x';

  message(&msg, &iov, &byte, 1, &to);
  CALL_ERR(error, send, fd, &byte, 1, MSG_NOSIGNAL);
  CALL_ERR(error, sendto, fd, &byte, 1, MSG_NOSIGNAL, calls_sa(&to),
           sizeof(to));
  CALL_ERR(error, sendmsg, fd, &msg, MSG_NOSIGNAL);
}

/****************************************************************************
 * Name: file_make
 *
 * Description:
 *   An open file with known content, at its beginning, and its name; -1
 *   where there is no place for one.
 *
 ****************************************************************************/

static int file_make(FAR char *name, size_t size)
{
  static const char * const folder[] =
  {
    "/tmp", "/host", "."
  };

  size_t i;
  int fd;

  for (i = 0; i < sizeof(folder) / sizeof(folder[0]); i++)
    {
      snprintf(name, size, "%s/sockettest.%d.tmp", folder[i],
               (int)getpid());
      fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
      if (fd >= 0)
        {
          for (i = 0; i < FILE_SIZE; i++)
            {
              g_big[i] = (char)(i * 7 + i / 256);
            }

          assert_int_equal(write(fd, g_big, FILE_SIZE), FILE_SIZE);
          return fd;
        }
    }

  return -1;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: calls_send_recv
 *
 * Description:
 *   A stream has no boundaries, a datagram has; one may be empty.
 *
 ****************************************************************************/

void calls_send_recv(FAR void **state)
{
  char got[16];
  int fd[2];

  (void)state;
  calls_pair(fd);
  CALL_IS(3, send, fd[0], "abc", 3, 0);
  CALL_IS(0, send, fd[0], "", 0, 0);
  CALL_IS(3, send, fd[0], "def", 3, 0);
  memset(got, 0, sizeof(got));
  CALL_IS(6, recv, fd[1], got, 6, MSG_WAITALL);
  assert_memory_equal(got, "abcdef", 6);
  CALL_ERR(EAGAIN, recv, fd[1], got, 1, MSG_DONTWAIT);
  calls_close_both(fd);

  calls_udp_pair(fd);
  CALL_IS(3, send, fd[0], "abc", 3, 0);
  CALL_IS(0, send, fd[0], "", 0, 0);
  CALL_IS(5, send, fd[0], "defgh", 5, 0);
  CALL_IS(3, recv, fd[1], got, sizeof(got), 0);
  CALL_IS(0, recv, fd[1], got, sizeof(got), 0);
  CALL_IS(2, recv, fd[1], got, 2, 0);
  assert_memory_equal(got, "de", 2);
  CALL_ERR(EAGAIN, recv, fd[1], got, 1, MSG_DONTWAIT);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: calls_send_recv_errors
 *
 * Description:
 *   Not a descriptor, not a socket, not connected, nothing there, too
 *   long.
 *
 ****************************************************************************/

void calls_send_recv_errors(FAR void **state)
{
  struct sockaddr_in addr;
  int notsock = calls_notsock();
  int bad = calls_badfd();
  int tcp;
  int udp;
  int fd[2];
  char byte;

  (void)state;
  udp = calls_bound(SOCK_DGRAM, &addr);
  tcp = calls_bound(SOCK_STREAM, &addr);
  sends_fail(-1, EBADF);
  sends_fail(bad, EBADF);
  sends_fail(notsock, ENOTSOCK);
  sends_fail(tcp, EPIPE);
  reads_fail(-1, EBADF);
  reads_fail(bad, EBADF);
  reads_fail(notsock, ENOTSOCK);
  reads_fail(tcp, ENOTCONN);
  reads_fail(udp, EAGAIN);
  CALL_IS(0, listen, tcp, 1);
  sends_fail(tcp, EPIPE);
  reads_fail(tcp, ENOTCONN);

  calls_pair(fd);
  reads_fail(fd[0], EAGAIN);
  CALL_ERR(EINVAL, recv, fd[0], &byte, 1, MSG_OOB);
  calls_close_both(fd);

  calls_udp_pair(fd);
  CALL_ERR(EDESTADDRREQ, send, udp, "x", 1, 0);
  CALL_ERR(EMSGSIZE, send, fd[0], g_big, UDP_MOST + 1, 0);
  CALL_ERR(EOPNOTSUPP, send, fd[0], "x", 1, MSG_OOB);
  calls_move(fd[0], fd[1]);
  calls_close_both(fd);

  calls_close(tcp);
  calls_close(udp);
  calls_close(notsock);
}

/****************************************************************************
 * Name: calls_read_write
 *
 * Description:
 *   The same as recv() and send() without flags; the end of a stream is 0.
 *
 ****************************************************************************/

void calls_read_write(FAR void **state)
{
  char got[16];
  int fd[2];

  (void)state;
  calls_pair(fd);
  CALL_IS(4, write, fd[0], "abcd", 4);
  CALL_IS(0, write, fd[0], "", 0);
  calls_wait(fd[1], POLLIN);
  CALL_IS(0, read, fd[1], got, 0);
  CALL_IS(4, read, fd[1], got, sizeof(got));
  assert_memory_equal(got, "abcd", 4);
  calls_close(fd[0]);
  calls_wait(fd[1], POLLIN);
  CALL_IS(0, read, fd[1], got, sizeof(got));
  CALL_IS(0, read, fd[1], got, sizeof(got));
  calls_close(fd[1]);

  calls_udp_pair(fd);
  CALL_IS(4, write, fd[0], "abcd", 4);
  CALL_IS(0, read, fd[1], got, 0);
  CALL_IS(3, read, fd[1], got, 3);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: calls_read_write_errors
 *
 * Description:
 *   Besides EPIPE there is a signal, unless one does not want it;
 *   datagrams and receivers have none.
 *
 ****************************************************************************/

void calls_read_write_errors(FAR void **state)
{
  struct sigaction old;
  struct sockaddr_in addr;
  int bad = calls_badfd();
  char byte;
  int fd[2];
  int udp;
  int tcp;

  (void)state;
  tcp = calls_bound(SOCK_STREAM, &addr);
  udp = calls_bound(SOCK_DGRAM, &addr);
  CALL_ERR(EBADF, read, -1, &byte, 1);
  CALL_ERR(EBADF, read, bad, &byte, 1);
  CALL_ERR(EBADF, write, -1, "x", 1);
  CALL_ERR(EBADF, write, bad, "x", 1);
  CALL_ERR(ENOTCONN, read, tcp, &byte, 1);
  CALL_ERR(EDESTADDRREQ, write, udp, "x", 1);
  assert_int_equal(CALL_OK(fcntl, udp, F_SETFL, O_NONBLOCK), 0);
  CALL_ERR(EAGAIN, read, udp, &byte, 1);

  broken_pair(fd, &old);
  CALL_ERR(EPIPE, write, fd[0], "x", 1);
  assert_int_equal(g_sigpipes, 1);
  CALL_ERR(EPIPE, send, fd[0], "x", 1, 0);
  assert_int_equal(g_sigpipes, 2);
  CALL_ERR(EPIPE, send, fd[0], "x", 1, MSG_NOSIGNAL);
  assert_int_equal(g_sigpipes, 2);
  broken_end(fd, &old);
  calls_close(udp);
  calls_close(tcp);
}

/****************************************************************************
 * Name: calls_readv_writev
 *
 * Description:
 *   Several pieces, empty ones too; the pieces of the two ends differ.
 *
 ****************************************************************************/

void calls_readv_writev(FAR void **state)
{
  struct iovec out[PIECES];
  struct iovec in[2];
  char head[3];
  char tail[16];
  int type;
  int fd[2];
  int i;

  (void)state;
  for (i = 0; i < PIECES; i++)
    {
      out[i].iov_base = (FAR void *)&"abcdefghij"[i];
      out[i].iov_len  = i;
    }

  in[0].iov_base = head;
  in[0].iov_len  = sizeof(head);
  in[1].iov_base = tail;
  in[1].iov_len  = sizeof(tail);

  for (type = SOCK_STREAM; type <= SOCK_DGRAM; type++)
    {
      (type == SOCK_STREAM ? calls_pair : calls_udp_pair)(fd);
      CALL_IS(10, writev, fd[0], out, PIECES);
      calls_wait(fd[1], POLLIN);
      CALL_IS(10, readv, fd[1], in, 2);
      assert_memory_equal(head, "bcd", 3);
      assert_memory_equal(tail, "defefgh", 7);
      calls_close_both(fd);
    }
}

/****************************************************************************
 * Name: calls_readv_writev_errors
 *
 * Description:
 *   Pieces that cannot be.
 *
 ****************************************************************************/

void calls_readv_writev_errors(FAR void **state)
{
  static struct iovec iov[MANY_IOVS];
  struct sigaction old;
  int bad = calls_badfd();
  int fd[2];
  char byte = 'x';

  (void)state;
  iov[0].iov_base = &byte;
  iov[0].iov_len  = 1;
  calls_pair(fd);
  CALL_ERR(EBADF, readv, -1, iov, 1);
  CALL_ERR(EBADF, writev, -1, iov, 1);
  CALL_ERR(EBADF, readv, bad, iov, 1);
  CALL_ERR(EBADF, writev, bad, iov, 1);
  CALL_ERR(EINVAL, readv, fd[0], iov, MANY_IOVS);
  CALL_ERR(EINVAL, writev, fd[0], iov, MANY_IOVS);
  calls_move(fd[0], fd[1]);
  calls_close_both(fd);

  broken_pair(fd, &old);
  CALL_ERR(EPIPE, writev, fd[0], iov, 1);
  assert_int_equal(g_sigpipes, 1);
  broken_end(fd, &old);
}

/****************************************************************************
 * Name: calls_sendto_recvfrom
 *
 * Description:
 *   The bytes, their number and the sender; as much as there is room for.
 *
 ****************************************************************************/

void calls_sendto_recvfrom(FAR void **state)
{
  struct sockaddr_in addr;
  struct sockaddr_in from;
  socklen_t len = sizeof(from);
  char got[16];
  int receiver;
  int fd = CALL_OK(socket, AF_INET, SOCK_DGRAM, 0);
  int pair[2];

  (void)state;
  receiver = calls_bound(SOCK_DGRAM, &addr);
  CALL_IS(5, sendto, fd, "hello", 5, 0, calls_sa(&addr), sizeof(addr));
  assert_int_not_equal(calls_name(fd).sin_port, 0);
  CALL_IS(5, recvfrom, receiver, got, sizeof(got), 0, calls_sa(&from), &len);
  assert_memory_equal(got, "hello", 5);
  assert_int_equal(len, sizeof(from));
  assert_int_equal(from.sin_family, AF_INET);
  assert_int_equal(from.sin_port, calls_name(fd).sin_port);
  assert_int_equal(from.sin_addr.s_addr, htonl(INADDR_LOOPBACK));

  CALL_IS(5, sendto, receiver, "reply", 5, 0, calls_sa(&from), len);
  len = 4;
  memset(&from, 0, sizeof(from));
  CALL_IS(2, recvfrom, fd, got, 2, 0, calls_sa(&from), &len);
  assert_int_equal(len, sizeof(from));
  assert_int_equal(from.sin_port, addr.sin_port);
  assert_int_equal(from.sin_addr.s_addr, 0);
  CALL_ERR(EAGAIN, recvfrom, fd, got, 2, MSG_DONTWAIT, NULL, NULL);

  /* A stream has the sender in its connection, and ignores an address */

  calls_pair(pair);
  CALL_IS(1, sendto, pair[0], "x", 1, 0, calls_sa(&addr), sizeof(addr));
  len = sizeof(from);
  CALL_IS(1, recvfrom, pair[1], got, 1, 0, calls_sa(&from), &len);
  assert_int_equal(len, 0);
  calls_close_both(pair);
  calls_close(receiver);
  calls_close(fd);
}

/****************************************************************************
 * Name: calls_sendto_errors
 *
 * Description:
 *   Addresses to which nothing can go.
 *
 ****************************************************************************/

void calls_sendto_errors(FAR void **state)
{
  struct sockaddr_in addr;
  struct sockaddr_in wrong;
  int receiver;
  int fd = CALL_OK(socket, AF_INET, SOCK_DGRAM, 0);
  char byte;

  (void)state;
  receiver = calls_bound(SOCK_DGRAM, &addr);
  CALL_ERR(EDESTADDRREQ, sendto, fd, "x", 1, 0, NULL, 0);
  CALL_ERR(EINVAL, sendto, fd, "x", 1, 0, calls_sa(&addr), 1);
  CALL_ERR(EINVAL, sendto, fd, "x", 1, 0, calls_sa(&addr),
           sizeof(addr) - 1);
  wrong = addr;
  wrong.sin_family = AF_INET6;
  CALL_ERR(EAFNOSUPPORT, sendto, fd, "x", 1, 0, calls_sa(&wrong),
           sizeof(wrong));
  wrong = calls_addr(INADDR_LOOPBACK, 0);
  CALL_ERR(EINVAL, sendto, fd, "x", 1, 0, calls_sa(&wrong), sizeof(wrong));
  wrong = calls_addr(0x7fffffff, addr.sin_port);
  CALL_ERR(EACCES, sendto, fd, "x", 1, 0, calls_sa(&wrong), sizeof(wrong));
  CALL_ERR(EMSGSIZE, sendto, fd, g_big, UDP_MOST + 1, 0, calls_sa(&addr),
           sizeof(addr));
  reads_fail(receiver, EAGAIN);

  /* Nothing of all that is in the way of what is right */

  CALL_IS(1, sendto, fd, "x", 1, 0, calls_sa(&addr), sizeof(addr));
  CALL_IS(1, recv, receiver, &byte, 1, 0);
  calls_close(receiver);
  calls_close(fd);
}

/****************************************************************************
 * Name: calls_sendmsg_recvmsg
 *
 * Description:
 *   Pieces and names both ways; what was cut off shows in the flags.
 *
 ****************************************************************************/

void calls_sendmsg_recvmsg(FAR void **state)
{
  struct sockaddr_in addr;
  struct sockaddr_in from;
  struct iovec iov[2];
  struct msghdr msg;
  char got[16];
  int receiver;
  int fd = CALL_OK(socket, AF_INET, SOCK_DGRAM, 0);
  int pair[2];

  (void)state;
  receiver = calls_bound(SOCK_DGRAM, &addr);
  message(&msg, iov, "head", 4, &addr);
  iov[1].iov_base = "tail";
  iov[1].iov_len  = 4;
  msg.msg_iovlen  = 2;
  CALL_IS(8, sendmsg, fd, &msg, 0);
  CALL_IS(8, sendmsg, fd, &msg, 0);

  message(&msg, iov, got, sizeof(got), &from);
  CALL_IS(8, recvmsg, receiver, &msg, 0);
  assert_memory_equal(got, "headtail", 8);
  assert_int_equal(msg.msg_flags, 0);
  assert_int_equal(msg.msg_namelen, sizeof(from));
  assert_int_equal(from.sin_port, calls_name(fd).sin_port);

  message(&msg, iov, got, 5, NULL);
  CALL_IS(5, recvmsg, receiver, &msg, 0);
  assert_int_equal(msg.msg_flags, MSG_TRUNC);

  /* No pieces: an empty datagram */

  message(&msg, iov, NULL, 0, &addr);
  msg.msg_iovlen = 0;
  CALL_IS(0, sendmsg, fd, &msg, 0);
  CALL_IS(0, recv, receiver, got, sizeof(got), 0);

  calls_pair(pair);
  message(&msg, iov, "stream", 6, NULL);
  CALL_IS(6, sendmsg, pair[0], &msg, 0);
  message(&msg, iov, got, 4, &from);
  CALL_IS(4, recvmsg, pair[1], &msg, MSG_WAITALL);
  assert_int_equal(msg.msg_flags & MSG_TRUNC, 0);
  assert_int_equal(msg.msg_namelen, 0);
  calls_close_both(pair);
  calls_close(receiver);
  calls_close(fd);
}

/****************************************************************************
 * Name: calls_sendmsg_errors
 *
 * Description:
 *   Messages that cannot be.
 *
 ****************************************************************************/

void calls_sendmsg_errors(FAR void **state)
{
  static struct iovec many[MANY_IOVS];
  union
  {
    struct cmsghdr hdr;
    char room[CMSG_SPACE(64)];
  } control;

  struct sockaddr_in addr;
  struct iovec iov;
  struct msghdr msg;
  int fd = calls_bound(SOCK_DGRAM, &addr);
  char byte = 'x';

  (void)state;
  message(&msg, &iov, &byte, 1, NULL);
  CALL_ERR(EDESTADDRREQ, sendmsg, fd, &msg, 0);

  message(&msg, &iov, &byte, 1, &addr);
  msg.msg_namelen = 4;
  CALL_ERR(EINVAL, sendmsg, fd, &msg, 0);
  msg.msg_namelen = sizeof(addr);
  msg.msg_iov     = many;
  msg.msg_iovlen  = MANY_IOVS;
  CALL_ERR(EMSGSIZE, sendmsg, fd, &msg, 0);
  CALL_ERR(EMSGSIZE, recvmsg, fd, &msg, MSG_DONTWAIT);

  /* Control data that is shorter than its own header, longer than it is,
   * and of a kind that IP does not know
   */

  message(&msg, &iov, &byte, 1, &addr);
  memset(&control, 0, sizeof(control));
  msg.msg_control        = &control;
  msg.msg_controllen     = sizeof(control);
  control.hdr.cmsg_level = IPPROTO_IP;
  control.hdr.cmsg_type  = IP_TTL;
  control.hdr.cmsg_len   = 1;
  CALL_ERR(EINVAL, sendmsg, fd, &msg, 0);
  control.hdr.cmsg_len   = sizeof(control) + 1;
  CALL_ERR(EINVAL, sendmsg, fd, &msg, 0);
  control.hdr.cmsg_len   = CMSG_LEN(sizeof(int));
  control.hdr.cmsg_type  = 9999;
  CALL_ERR(EINVAL, sendmsg, fd, &msg, 0);
  reads_fail(fd, EAGAIN);
  calls_close(fd);
}

#ifdef MSG_WAITFORONE

/****************************************************************************
 * Name: calls_sendmmsg_recvmmsg
 *
 * Description:
 *   Several datagrams in a call.
 *
 ****************************************************************************/

void calls_sendmmsg_recvmmsg(FAR void **state)
{
  struct mmsghdr msgs[MESSAGES];
  struct iovec iov[MESSAGES];
  char got[MESSAGES][8];
  int fd[2];
  int i;

  (void)state;
  calls_udp_pair(fd);
  memset(msgs, 0, sizeof(msgs));
  for (i = 0; i < MESSAGES; i++)
    {
      message(&msgs[i].msg_hdr, &iov[i], "abcdef", i + 1, NULL);
    }

  CALL_IS(MESSAGES, sendmmsg, fd[0], msgs, MESSAGES, 0);
  CALL_IS(0, sendmmsg, fd[0], msgs, 0, 0);
  for (i = 0; i < MESSAGES; i++)
    {
      assert_int_equal(msgs[i].msg_len, i + 1);
      message(&msgs[i].msg_hdr, &iov[i], got[i], sizeof(got[i]), NULL);
      msgs[i].msg_len = 0;
    }

  CALL_IS(2, recvmmsg, fd[1], msgs, 2, 0, NULL);
  assert_int_equal(msgs[0].msg_len, 1);
  assert_int_equal(msgs[1].msg_len, 2);
  CALL_IS(1, recvmmsg, fd[1], msgs, MESSAGES, MSG_WAITFORONE, NULL);
  assert_int_equal(msgs[0].msg_len, 3);
  assert_memory_equal(got[0], "abc", 3);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: calls_sendmmsg_errors
 *
 * Description:
 *   What is wrong with the second one does not undo the first one.
 *
 ****************************************************************************/

void calls_sendmmsg_errors(FAR void **state)
{
  struct timespec wrong =
  {
    0, 1000000000
  };

  struct mmsghdr msgs[2];
  struct iovec iov[2];
  struct sockaddr_in addr;
  int notsock = calls_notsock();
  char byte = 'x';
  int fd = calls_bound(SOCK_DGRAM, &addr);

  (void)state;
  memset(msgs, 0, sizeof(msgs));
  message(&msgs[0].msg_hdr, &iov[0], &byte, 1, &addr);
  message(&msgs[1].msg_hdr, &iov[1], &byte, 1, NULL);
  CALL_IS(1, sendmmsg, fd, msgs, 2, 0);
  CALL_ERR(EDESTADDRREQ, sendmmsg, fd, msgs + 1, 1, 0);
  CALL_ERR(EBADF, sendmmsg, -1, msgs, 1, 0);
  CALL_ERR(ENOTSOCK, sendmmsg, notsock, msgs, 1, 0);
  CALL_ERR(EINVAL, recvmmsg, fd, msgs, 1, 0, &wrong);
  CALL_IS(1, recvmmsg, fd, msgs, 2, MSG_DONTWAIT, NULL);
  CALL_ERR(EAGAIN, recvmmsg, fd, msgs, 2, MSG_DONTWAIT, NULL);
  CALL_ERR(EBADF, recvmmsg, -1, msgs, 1, 0, NULL);
  CALL_ERR(ENOTSOCK, recvmmsg, notsock, msgs, 1, 0, NULL);
  calls_close(fd);
  calls_close(notsock);
}

#endif /* MSG_WAITFORONE */

/****************************************************************************
 * Name: calls_sendfile
 *
 * Description:
 *   From a file, from where it stands or from a place of one's own.
 *
 ****************************************************************************/

void calls_sendfile(FAR void **state)
{
  char name[64];
  char got[FILE_SIZE];
  off_t offset = 100;
  int file = file_make(name, sizeof(name));
  int notsock;
  int fd[2];

  (void)state;
  if (file < 0)
    {
      st_skip("No file can be made in /tmp, /host or here");
    }

  assert_int_equal(unlink(name), 0);
  notsock = calls_notsock();
  calls_pair(fd);
  CALL_IS(1000, sendfile, fd[0], file, &offset, 1000);
  assert_int_equal(offset, 1100);
  CALL_IS(1000, recv, fd[1], got, 1000, MSG_WAITALL);
  assert_memory_equal(got, g_big + 100, 1000);

  /* At the end: where write() has left it; then from the beginning */

  CALL_IS(0, sendfile, fd[0], file, NULL, 10);
  assert_int_equal(CALL_OK(lseek, file, 0, SEEK_SET), 0);
  CALL_IS(FILE_SIZE, sendfile, fd[0], file, NULL, 10 * FILE_SIZE);
  CALL_IS(FILE_SIZE, recv, fd[1], got, FILE_SIZE, MSG_WAITALL);
  assert_memory_equal(got, g_big, FILE_SIZE);
  assert_int_equal(lseek(file, 0, SEEK_CUR), FILE_SIZE);

  CALL_ERR(EBADF, sendfile, -1, file, NULL, 1);
  CALL_ERR(EBADF, sendfile, fd[0], -1, NULL, 1);
  offset = -1;
  CALL_ERR(EINVAL, sendfile, fd[0], file, &offset, 1);
  offset = 0;
  CALL_ERR(ESPIPE, sendfile, fd[0], notsock, &offset, 1);
  calls_close_both(fd);
  calls_close(file);
  calls_close(notsock);
}
