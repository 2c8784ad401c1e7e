/****************************************************************************
 * apps/testing/sockettest/opts_util.c
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

/* What is true of all options that are numbers: see opts.h. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "opts.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define NO_LEVEL 251                   /* A level that there is not */

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: wrong_form
 *
 * Description:
 *   Lengths that are too short, or none; levels that there are not.  At
 *   level IPPROTO_IP one byte is enough.
 *
 ****************************************************************************/

static void wrong_form(int fd, FAR const struct opt_int_s *opt)
{
  bool bytes = opt->level == IPPROTO_IP;
  int before = calls_getint(fd, opt->level, opt->option);
  int value = opt->good[0][0];
  socklen_t len = (socklen_t)-1;

  if (!bytes)
    {
      CALL_ERR(EINVAL, setsockopt, fd, opt->level, opt->option, &value, 0);
      CALL_ERR(EINVAL, setsockopt, fd, opt->level, opt->option, &value, 3);
    }

  CALL_ERR(ENOPROTOOPT, setsockopt, fd, NO_LEVEL, opt->option, &value,
           sizeof(value));
  CALL_ERR(EINVAL, getsockopt, fd, opt->level, opt->option, &value, &len);

  /* As much as there is room for */

  len = 2;
  value = -1;
  CALL_IS(0, getsockopt, fd, opt->level, opt->option, &value, &len);
  assert_true(len == 2 || (bytes && len == 1));
  assert_memory_equal(&value, &before, len);
  len = sizeof(value);
  assert_int_equal(calls_getint(fd, opt->level, opt->option), before);
}

/****************************************************************************
 * Name: check_type
 *
 * Description:
 *   All that is in the table, of one type of socket.
 *
 ****************************************************************************/

static void check_type(int type, FAR const struct opt_int_s *opt)
{
  int fd = CALL_OK(socket, AF_INET, type, 0);
  int before = calls_getint(fd, opt->level, opt->option);
  int i;

  if (opt->initial != OPT_ANY)
    {
      assert_int_equal(before, opt->initial);
    }

  wrong_form(fd, opt);
  for (i = 0; i < opt->ngood; i++)
    {
      calls_setint(fd, opt->level, opt->option, opt->good[i][0]);
      assert_int_equal(calls_getint(fd, opt->level, opt->option),
                       opt->good[i][1]);
    }

  before = calls_getint(fd, opt->level, opt->option);
  for (i = 0; i < opt->nbad; i++)
    {
      CALL_ERR(opt->bad[i][1], setsockopt, fd, opt->level, opt->option,
               &opt->bad[i][0], sizeof(int));
      assert_int_equal(calls_getint(fd, opt->level, opt->option), before);
    }

  calls_close(fd);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: opts_int
 *
 * Description:
 *   All that is in the table, of all its types.
 *
 ****************************************************************************/

void opts_int(FAR const struct opt_int_s *opt)
{
  if ((opt->types & OPT_STREAM) != 0)
    {
      check_type(SOCK_STREAM, opt);
    }

  if ((opt->types & OPT_DGRAM) != 0)
    {
      check_type(SOCK_DGRAM, opt);
    }
}

/****************************************************************************
 * Name: opts_readonly
 *
 * Description:
 *   An option that tells, and cannot be set.
 *
 ****************************************************************************/

void opts_readonly(int type, int level, int option, int value)
{
  int fd = CALL_OK(socket, AF_INET, type, 0);
  socklen_t len = 2;
  short part = -1;

  assert_int_equal(calls_getint(fd, level, option), value);
  CALL_IS(0, getsockopt, fd, level, option, &part, &len);
  assert_int_equal(len, 2);
  len = (socklen_t)-1;
  CALL_ERR(EINVAL, getsockopt, fd, level, option, &part, &len);
  CALL_ERR(ENOPROTOOPT, setsockopt, fd, level, option, &value,
           sizeof(value));
  assert_int_equal(calls_getint(fd, level, option), value);
  calls_close(fd);
}

/****************************************************************************
 * Name: opts_control
 *
 * Description:
 *   Receives a datagram of one byte; the control data of this kind that
 *   came with it, or NULL.
 *
 ****************************************************************************/

FAR struct cmsghdr *opts_control(int fd, FAR void *control, size_t size,
                                 int level, int type)
{
  static struct msghdr msg;
  FAR struct cmsghdr *cmsg;
  struct iovec iov;
  char byte;

  memset(&msg, 0, sizeof(msg));
  memset(control, 0, size);
  iov.iov_base       = &byte;
  iov.iov_len        = 1;
  msg.msg_iov        = &iov;
  msg.msg_iovlen     = 1;
  msg.msg_control    = control;
  msg.msg_controllen = size;
  calls_wait(fd, POLLIN);
  CALL_IS(1, recvmsg, fd, &msg, 0);
  assert_int_equal(msg.msg_flags, 0);

  for (cmsg = CMSG_FIRSTHDR(&msg); cmsg != NULL;
       cmsg = CMSG_NXTHDR(&msg, cmsg))
    {
      if (cmsg->cmsg_level == level && cmsg->cmsg_type == type)
        {
          return cmsg;
        }
    }

  return NULL;
}
