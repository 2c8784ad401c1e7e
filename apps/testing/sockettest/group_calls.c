/****************************************************************************
 * apps/testing/sockettest/group_calls.c
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

/* Group calls: each call that sockets have, in the order in which they need
 * each other, and each way in which it refuses.  What needs a call that has
 * failed is skipped with that reason.  The tests are in calls_*.c.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <string.h>

#include "calls.h"
#include "calls_tests.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

/* A line of the table */

#define CALLS_TEST(name, after, about) \
  { #name, calls_##name, about, 0, after }

/****************************************************************************
 * Private Function Prototypes
 ****************************************************************************/

static void calls_all_used(FAR void **state);

/****************************************************************************
 * Public Data
 ****************************************************************************/

const struct st_test_s g_st_calls[] =
{
  CALLS_TEST(socket, NULL, "Kinds of sockets; the lowest free descriptor"),
  CALLS_TEST(socket_errors, "socket",
             "Families, types and protocols that there are not"),
  CALLS_TEST(bind, "socket", "Ports of one's own choice and of the system's"),
  CALLS_TEST(bind_errors, "bind",
             "Names that nobody may have, or that are taken"),
  CALLS_TEST(bind_auto, "bind",
             "The system's ports differ, and come at random"),
  CALLS_TEST(getsockname, "bind",
             "Before and after bind(); into too little room"),
  CALLS_TEST(listen, "bind", "Again, with any backlog, and without a name"),
  CALLS_TEST(accept, "listen",
             "In order, with names; flags are not inherited"),
  CALLS_TEST(accept_errors, "accept", "Nothing to accept from"),
  CALLS_TEST(accept4, "accept", "Flags show in fcntl(); others are refused"),
  CALLS_TEST(listen_errors, "accept", "What cannot listen"),
  CALLS_TEST(connect, "accept", "TCP once, UDP as often as one likes"),
  CALLS_TEST(connect_errors, "connect",
             "Refused, unreachable, connected already, no name"),
  CALLS_TEST(connect_nonblock, "connect",
             "Without waiting: poll() and SO_ERROR tell"),
  CALLS_TEST(connect_pending, "connect", "As long as it is in the making"),
  CALLS_TEST(getpeername, "connect", "Both ends' names are each other's"),
  CALLS_TEST(shutdown, "connect", "One way, and the other one still works"),
  CALLS_TEST(shutdown_errors, "connect",
             "What has no end that could be shut"),
  CALLS_TEST(close_ends, "connect",
             "The peer learns of it: an end or a reset"),
  CALLS_TEST(libctest_socket, "connect accept4",
             "The classical test of a C library"),
  CALLS_TEST(send_recv, "connect", "Streams and datagrams, empty ones too"),
  CALLS_TEST(send_recv_errors, "send_recv",
             "Not connected, nothing there, too long"),
  CALLS_TEST(read_write, "connect", "As send() and recv() without flags"),
  CALLS_TEST(read_write_errors, "read_write", "EPIPE and its signal"),
  CALLS_TEST(readv_writev, "connect",
             "Several pieces, cut differently at both ends"),
  CALLS_TEST(readv_writev_errors, "readv_writev", "Pieces that cannot be"),
  CALLS_TEST(sendto_recvfrom, "bind",
             "Bytes, length and sender; from one without a name"),
  CALLS_TEST(sendto_errors, "sendto_recvfrom",
             "Addresses to which nothing can go"),
  CALLS_TEST(sendmsg_recvmsg, "connect",
             "Pieces and names; what was cut off shows"),
  CALLS_TEST(sendmsg_errors, "sendmsg_recvmsg",
             "Messages and control data that cannot be"),
#ifdef MSG_WAITFORONE
  CALLS_TEST(sendmmsg_recvmmsg, "sendmsg_recvmsg",
             "Several datagrams in a call"),
  CALLS_TEST(sendmmsg_errors, "sendmmsg_recvmmsg",
             "The second one is wrong; time-outs that are none"),
#endif
  CALLS_TEST(sendfile, "connect",
             "From a file, from where it stands or elsewhere"),
  CALLS_TEST(fcntl, "connect", "Flags of the socket and of the descriptor"),
  CALLS_TEST(dup, "connect", "A socket lives as long as one descriptor"),
  CALLS_TEST(ioctl, "connect", "FIONREAD, FIONBIO"),
  CALLS_TEST(ioctl_interface, "socket",
             "SIOCGIF*: what there is to tell of lo"),
  CALLS_TEST(sockatmark, "connect", "The urgent byte and its place"),
  CALLS_TEST(fstat, "connect", "It is a socket"),
  CALLS_TEST(lseek, "connect", "ESPIPE"),
  CALLS_TEST(sockopt, "bind", "What is refused whatever the option"),
  CALLS_TEST(poll, "connect", "Each state of a socket's life"),
  CALLS_TEST(poll_errors, "poll", "Resets, refused datagrams, no descriptor"),
  CALLS_TEST(ppoll, "connect",
             "Time-outs, and a signal only the call lets in"),
  CALLS_TEST(select, "connect", "Three sets; descriptors that are none"),
  CALLS_TEST(pselect, "connect", "As select(), with a mask of signals"),
  CALLS_TEST(epoll, "connect", "By level, by edge, once"),
  CALLS_TEST(epoll_errors, "bind", "What cannot be watched, and how not"),
  CALLS_TEST(getaddrinfo, "socket",
             "Numbers, localhost, a listener's address"),
  CALLS_TEST(getaddrinfo_errors, "getaddrinfo",
             "Names and hints that are none"),
  CALLS_TEST(gethostbyname, NULL, "The older way to ask"),
  CALLS_TEST(getnameinfo, NULL, "From an address to text"),
  CALLS_TEST(inet, NULL, "Text and number, and what is no address"),
  CALLS_TEST(if_names, NULL, "Interfaces by name and by number"),
  CALLS_TEST(getifaddrs, NULL,
             "The loopback address is there, with its mask"),
  CALLS_TEST(socketpair, "socket", "Not of the internet families"),
  { "all_calls_used", calls_all_used, "No call was forgotten", 0, NULL },
  ST_TESTS_END
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: result_of
 *
 * Description:
 *   What came of a test in this run.
 *
 ****************************************************************************/

static enum st_result_e result_of(FAR const struct st_test_s *test)
{
  size_t i;

  for (i = 0; i < g_st.ncases; i++)
    {
      if (g_st.cases[i].test == test)
        {
          return g_st.cases[i].result;
        }
    }

  return ST_NOTRUN;
}

/****************************************************************************
 * Name: skipped_test
 *
 * Description:
 *   The test of a call, if it was skipped: nobody could try that call here.
 *
 ****************************************************************************/

static FAR const struct st_test_s *skipped_test(FAR const char *call)
{
  size_t i;

  for (i = 0; g_st_calls[i].name != NULL; i++)
    {
      if (strcmp(g_st_calls[i].name, call) == 0 &&
          result_of(&g_st_calls[i]) == ST_TEST_SKIPPED)
        {
          return &g_st_calls[i];
        }
    }

  return NULL;
}

/****************************************************************************
 * Name: calls_all_used
 *
 * Description:
 *   The last one: no call of the list may have been forgotten.  It can
 *   tell only if all others of the group have run.
 *
 ****************************************************************************/

static void calls_all_used(FAR void **state)
{
  FAR const char *untried = NULL;
  FAR const char *name;
  unsigned int pos = 0;
  size_t i;

  (void)state;
  for (i = 0; g_st_calls[i].name != NULL; i++)
    {
      if (g_st_calls[i].func != calls_all_used &&
          result_of(&g_st_calls[i]) == ST_NOTRUN)
        {
          st_skip("%s of this group has not been run", g_st_calls[i].name);
        }
    }

  while ((name = st_call_unused(&pos)) != NULL)
    {
      ST_ASSERT(skipped_test(name) != NULL, "%s() was never called", name);
      untried = name;
    }

  if (untried != NULL)
    {
      st_skip("%s() was never called: its test was skipped", untried);
    }
}
