/****************************************************************************
 * apps/testing/sockettest/opts_ip.c
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

/* Options of level IPPROTO_IP: get, set, effect, bad values and lengths.
 * What an option does to datagrams shows in the control data of a receiver
 * on this machine, and who gets them.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <linux/errqueue.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "opts.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define GROUP       0xefff0102         /* 239.255.1.2: site-local */
#define TTL         17
#define TOS         0x10
#define ICMP_UNREACH 3
#define UNREACH_PORT 3

/****************************************************************************
 * Private Types
 ****************************************************************************/

union control_u
{
  struct cmsghdr hdr;
  char room[512];
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: send_and_see
 *
 * Description:
 *   Sends a byte; the control data of this kind with which it came.
 *
 ****************************************************************************/

static FAR struct cmsghdr *send_and_see(FAR int fd[2],
                                        FAR union control_u *control,
                                        int type)
{
  CALL_IS(1, send, fd[0], "x", 1, 0);
  return opts_control(fd[1], control, sizeof(*control), IPPROTO_IP, type);
}

/****************************************************************************
 * Name: group_pair
 *
 * Description:
 *   Two sockets for a group on the loopback interface: fd[0] sends to it,
 *   fd[1] is a member.  The request to join and to leave.
 *
 ****************************************************************************/

static struct ip_mreqn group_pair(FAR int fd[2],
                                  FAR struct sockaddr_in *addr)
{
  struct ip_mreqn req;

  memset(&req, 0, sizeof(req));
  req.imr_multiaddr.s_addr = htonl(GROUP);
  req.imr_address.s_addr   = htonl(INADDR_LOOPBACK);
  req.imr_ifindex          = ST_CALL(if_nametoindex, "lo");
  assert_int_not_equal(req.imr_ifindex, 0);

  *addr = calls_addr(INADDR_ANY, 0);
  fd[0] = CALL_OK(socket, AF_INET, SOCK_DGRAM, 0);
  fd[1] = CALL_OK(socket, AF_INET, SOCK_DGRAM, 0);
  CALL_IS(0, bind, fd[1], calls_sa(addr), sizeof(*addr));
  *addr = calls_addr(GROUP, calls_name(fd[1]).sin_port);
  CALL_IS(0, setsockopt, fd[0], IPPROTO_IP, IP_MULTICAST_IF, &req,
          sizeof(req));
  CALL_IS(0, setsockopt, fd[1], IPPROTO_IP, IP_ADD_MEMBERSHIP, &req,
          sizeof(req));
  return req;
}

/****************************************************************************
 * Name: group_gets
 *
 * Description:
 *   What was sent to a group came, or did not: a second datagram, straight
 *   to the receiver, is the first one that it finds then.
 *
 ****************************************************************************/

static void group_gets(FAR int fd[2], FAR struct sockaddr_in *group,
                       bool gets)
{
  struct sockaddr_in addr = calls_addr(INADDR_LOOPBACK, group->sin_port);
  char got;

  CALL_IS(1, sendto, fd[0], "g", 1, 0, calls_sa(group), sizeof(*group));
  CALL_IS(1, sendto, fd[0], "u", 1, 0, calls_sa(&addr), sizeof(addr));
  calls_wait(fd[1], POLLIN);
  CALL_IS(1, recv, fd[1], &got, 1, 0);
  assert_int_equal(got, gets ? 'g' : 'u');
  if (gets)
    {
      CALL_IS(1, recv, fd[1], &got, 1, 0);
      assert_int_equal(got, 'u');
    }
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: opts_ip_ttl
 *
 * Description:
 *   How far a datagram may go: it says so itself.
 *
 ****************************************************************************/

void opts_ip_ttl(FAR void **state)
{
  struct opt_int_s opt =
  {
    .level = IPPROTO_IP, .option = IP_TTL, .types = OPT_BOTH, .initial = 64,
    .ngood = 3, .good =
    {
      { 1, 1 }, { 255, 255 }, { -1, 64 }
    },

    .nbad = 3, .bad =
    {
      { 0, EINVAL }, { 256, EINVAL }, { -2, EINVAL }
    }
  };

  union control_u control;
  FAR struct cmsghdr *cmsg;
  unsigned char byte = TTL;
  int value;
  int fd[2];

  (void)state;
  opts_int(&opt);
  calls_udp_pair(fd);
  assert_null(send_and_see(fd, &control, IP_TTL));
  calls_setint(fd[1], IPPROTO_IP, IP_RECVTTL, 1);
  CALL_IS(0, setsockopt, fd[0], IPPROTO_IP, IP_TTL, &byte, 1);
  cmsg = send_and_see(fd, &control, IP_TTL);
  assert_non_null(cmsg);
  memcpy(&value, CMSG_DATA(cmsg), sizeof(value));
  assert_int_equal(value, TTL);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: opts_ip_tos
 *
 * Description:
 *   How a datagram is to be treated.
 *
 ****************************************************************************/

void opts_ip_tos(FAR void **state)
{
  struct opt_int_s opt =
  {
    .level = IPPROTO_IP, .option = IP_TOS, .types = OPT_BOTH, .ngood = 2,
    .good =
    {
      { 0xb8, 0xb8 }, { TOS, TOS }
    }
  };

  union control_u control;
  FAR struct cmsghdr *cmsg;
  int fd[2];

  (void)state;
  opts_int(&opt);
  calls_udp_pair(fd);
  calls_setint(fd[1], IPPROTO_IP, IP_RECVTOS, 1);
  calls_setint(fd[0], IPPROTO_IP, IP_TOS, TOS);
  cmsg = send_and_see(fd, &control, IP_TOS);
  assert_non_null(cmsg);
  assert_int_equal(*CMSG_DATA(cmsg), TOS);
  calls_close_both(fd);
}

/****************************************************************************
 * Name: opts_ip_pktinfo
 *
 * Description:
 *   Where a datagram came in, and to which address.
 *
 ****************************************************************************/

void opts_ip_pktinfo(FAR void **state)
{
  struct opt_int_s opt =
  {
    .level = IPPROTO_IP, .option = IP_PKTINFO, .types = OPT_DGRAM,
    .ngood = 3, .good =
    {
      { 1, 1 }, { 0, 0 }, { 77, 1 }
    }
  };

  union control_u control;
  FAR struct cmsghdr *cmsg;
  struct in_pktinfo info;
  int fd[2];

  (void)state;
  opts_int(&opt);
  calls_udp_pair(fd);
  assert_null(send_and_see(fd, &control, IP_PKTINFO));
  calls_setint(fd[1], IPPROTO_IP, IP_PKTINFO, 1);
  cmsg = send_and_see(fd, &control, IP_PKTINFO);
  assert_non_null(cmsg);
  assert_int_equal(cmsg->cmsg_len, CMSG_LEN(sizeof(info)));
  memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
  assert_int_equal(info.ipi_ifindex, ST_CALL(if_nametoindex, "lo"));
  assert_int_equal(info.ipi_addr.s_addr, htonl(INADDR_LOOPBACK));
  calls_close_both(fd);
}

/****************************************************************************
 * Name: opts_ip_mtu
 *
 * Description:
 *   What fits into a packet on the way to the peer, if there is one.
 *
 ****************************************************************************/

void opts_ip_mtu(FAR void **state)
{
  struct opt_int_s opt =
  {
    .level = IPPROTO_IP, .option = IP_MTU_DISCOVER, .types = OPT_BOTH,
    .initial = OPT_ANY, .ngood = 4, .good =
    {
      { IP_PMTUDISC_DONT, IP_PMTUDISC_DONT },
      { IP_PMTUDISC_DO, IP_PMTUDISC_DO },
      { IP_PMTUDISC_PROBE, IP_PMTUDISC_PROBE },
      { IP_PMTUDISC_WANT, IP_PMTUDISC_WANT }
    },

    .nbad = 2, .bad =
    {
      { -1, EINVAL }, { 6, EINVAL }
    }
  };

  int value = 1500;
  socklen_t len = sizeof(value);
  int fd = CALL_OK(socket, AF_INET, SOCK_DGRAM, 0);
  int pair[2];

  (void)state;
  opts_int(&opt);
  CALL_ERR(ENOTCONN, getsockopt, fd, IPPROTO_IP, IP_MTU, &value, &len);
  CALL_ERR(ENOPROTOOPT, setsockopt, fd, IPPROTO_IP, IP_MTU, &value,
           sizeof(value));
  calls_udp_pair(pair);
  assert_in_range(calls_getint(pair[0], IPPROTO_IP, IP_MTU), 576, 65536);
  calls_close_both(pair);
  calls_pair(pair);
  assert_in_range(calls_getint(pair[0], IPPROTO_IP, IP_MTU), 576, 65536);
  calls_close_both(pair);
  calls_close(fd);
}

/****************************************************************************
 * Name: opts_ip_recverr
 *
 * Description:
 *   Errors are kept in a queue of their own: which, from whom, and about
 *   what.
 *
 ****************************************************************************/

void opts_ip_recverr(FAR void **state)
{
  struct opt_int_s opt =
  {
    .level = IPPROTO_IP, .option = IP_RECVERR, .types = OPT_BOTH,
    .ngood = 3, .good =
    {
      { 1, 1 }, { 0, 0 }, { 77, 1 }
    }
  };

  FAR struct sock_extended_err *err;
  FAR struct cmsghdr *cmsg;
  union control_u control;
  struct sockaddr_in addr;
  struct sockaddr_in name;
  struct msghdr msg;
  struct iovec iov;
  char got[8];
  int holder;
  int fd = CALL_OK(socket, AF_INET, SOCK_DGRAM, 0);

  (void)state;
  opts_int(&opt);
  addr = calls_closed_udp(&holder);
  calls_setint(fd, IPPROTO_IP, IP_RECVERR, 1);
  memset(&msg, 0, sizeof(msg));
  iov.iov_base       = got;
  iov.iov_len        = sizeof(got);
  msg.msg_iov        = &iov;
  msg.msg_iovlen     = 1;
  msg.msg_name       = &name;
  msg.msg_namelen    = sizeof(name);
  msg.msg_control    = &control;
  msg.msg_controllen = sizeof(control);
  CALL_ERR(EAGAIN, recvmsg, fd, &msg, MSG_ERRQUEUE);

  /* One without a peer is told, too */

  CALL_IS(5, sendto, fd, "hello", 5, 0, calls_sa(&addr), sizeof(addr));
  assert_int_not_equal(calls_wait(fd, POLLERR) & POLLERR, 0);
  CALL_IS(5, recvmsg, fd, &msg, MSG_ERRQUEUE);
  assert_int_not_equal(msg.msg_flags & MSG_ERRQUEUE, 0);
  assert_memory_equal(got, "hello", 5);
  assert_int_equal(name.sin_port, addr.sin_port);
  assert_int_equal(name.sin_addr.s_addr, addr.sin_addr.s_addr);

  cmsg = CMSG_FIRSTHDR(&msg);
  assert_non_null(cmsg);
  assert_int_equal(cmsg->cmsg_level, IPPROTO_IP);
  assert_int_equal(cmsg->cmsg_type, IP_RECVERR);
  err = (FAR struct sock_extended_err *)CMSG_DATA(cmsg);
  assert_int_equal(err->ee_errno, ECONNREFUSED);
  assert_int_equal(err->ee_origin, SO_EE_ORIGIN_ICMP);
  assert_int_equal(err->ee_type, ICMP_UNREACH);
  assert_int_equal(err->ee_code, UNREACH_PORT);
  msg.msg_controllen = sizeof(control);
  CALL_ERR(EAGAIN, recvmsg, fd, &msg, MSG_ERRQUEUE);
  calls_close(fd);
  calls_close(holder);
}

/****************************************************************************
 * Name: opts_ip_membership
 *
 * Description:
 *   Who joins gets what is sent to a group, until it leaves.
 *
 ****************************************************************************/

void opts_ip_membership(FAR void **state)
{
  struct sockaddr_in group;
  struct ip_mreqn req;
  struct ip_mreqn wrong;
  int fd[2];

  (void)state;
  req = group_pair(fd, &group);
  group_gets(fd, &group, true);
  CALL_ERR(EADDRINUSE, setsockopt, fd[1], IPPROTO_IP, IP_ADD_MEMBERSHIP,
           &req, sizeof(req));
  CALL_ERR(EINVAL, setsockopt, fd[1], IPPROTO_IP, IP_ADD_MEMBERSHIP, &req,
           sizeof(struct ip_mreq) - 1);
  wrong = req;
  wrong.imr_multiaddr.s_addr = htonl(INADDR_LOOPBACK);
  CALL_ERR(EINVAL, setsockopt, fd[1], IPPROTO_IP, IP_ADD_MEMBERSHIP, &wrong,
           sizeof(wrong));
  wrong = req;
  wrong.imr_ifindex = 0x7ffffff0;
  CALL_ERR(ENODEV, setsockopt, fd[1], IPPROTO_IP, IP_ADD_MEMBERSHIP, &wrong,
           sizeof(wrong));
  wrong = req;
  wrong.imr_multiaddr.s_addr = htonl(GROUP + 1);
  CALL_ERR(EADDRNOTAVAIL, setsockopt, fd[1], IPPROTO_IP, IP_DROP_MEMBERSHIP,
           &wrong, sizeof(wrong));
  group_gets(fd, &group, true);

  CALL_IS(0, setsockopt, fd[1], IPPROTO_IP, IP_DROP_MEMBERSHIP, &req,
          sizeof(req));
  group_gets(fd, &group, false);
  CALL_ERR(EADDRNOTAVAIL, setsockopt, fd[1], IPPROTO_IP, IP_DROP_MEMBERSHIP,
           &req, sizeof(req));
  calls_close_both(fd);
}

/****************************************************************************
 * Name: opts_ip_multicast
 *
 * Description:
 *   How far, by which interface, and whether to this machine as well.
 *
 ****************************************************************************/

void opts_ip_multicast(FAR void **state)
{
  struct opt_int_s ttl =
  {
    .level = IPPROTO_IP, .option = IP_MULTICAST_TTL, .types = OPT_DGRAM,
    .initial = 1, .ngood = 3, .good =
    {
      { 255, 255 }, { 0, 0 }, { -1, 1 }
    },

    .nbad = 2, .bad =
    {
      { 256, EINVAL }, { -2, EINVAL }
    }
  };

  struct opt_int_s loop =
  {
    .level = IPPROTO_IP, .option = IP_MULTICAST_LOOP, .types = OPT_DGRAM,
    .initial = 1, .ngood = 3, .good =
    {
      { 0, 0 }, { 1, 1 }, { 77, 1 }
    }
  };

  struct sockaddr_in group;
  struct in_addr addr;
  struct ip_mreqn req;
  socklen_t len = sizeof(addr);
  int fd[2];

  (void)state;
  opts_int(&ttl);
  opts_int(&loop);
  req = group_pair(fd, &group);
  CALL_IS(0, getsockopt, fd[0], IPPROTO_IP, IP_MULTICAST_IF, &addr, &len);
  assert_int_equal(len, sizeof(addr));
  group_gets(fd, &group, true);

  addr.s_addr = htonl(0xc0000201);
  CALL_ERR(EADDRNOTAVAIL, setsockopt, fd[0], IPPROTO_IP, IP_MULTICAST_IF,
           &addr, sizeof(addr));
  CALL_ERR(EINVAL, setsockopt, fd[0], IPPROTO_IP, IP_MULTICAST_IF, &addr,
           sizeof(addr) - 1);
  addr.s_addr = htonl(INADDR_ANY);
  CALL_IS(0, setsockopt, fd[0], IPPROTO_IP, IP_MULTICAST_IF, &addr,
          sizeof(addr));
  CALL_IS(0, setsockopt, fd[1], IPPROTO_IP, IP_DROP_MEMBERSHIP, &req,
          sizeof(req));
  calls_close_both(fd);
}
