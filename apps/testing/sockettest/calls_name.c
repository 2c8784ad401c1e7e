/****************************************************************************
 * apps/testing/sockettest/calls_name.c
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

/* getaddrinfo, getnameinfo, inet_*, if_*, getifaddrs, socketpair.  Only names
 * that are known everywhere without a server are looked up.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "calls.h"
#include "calls_tests.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: info_has
 *
 * Description:
 *   What there must be of a result: one of IPv4, of this type and port.
 *
 ****************************************************************************/

static void info_has(FAR const struct addrinfo *info, int type,
                     uint32_t host, unsigned int port)
{
  FAR const struct sockaddr_in *addr;

  assert_non_null(info);
  addr = (FAR const struct sockaddr_in *)info->ai_addr;
  assert_int_equal(info->ai_family, AF_INET);
  assert_int_equal(info->ai_socktype, type);
  assert_int_equal(info->ai_addrlen, sizeof(*addr));
  assert_int_equal(addr->sin_family, AF_INET);
  assert_int_equal(ntohl(addr->sin_addr.s_addr), host);
  assert_int_equal(ntohs(addr->sin_port), port);
}

/****************************************************************************
 * Name: info_fails
 *
 * Description:
 *   A look-up of numbers that fails with this code.
 *
 ****************************************************************************/

static void info_fails(int error, FAR const char *node,
                       FAR const char *service, int family, int type,
                       int flags)
{
  FAR struct addrinfo *info = NULL;
  struct addrinfo hints;
  int ret;

  memset(&hints, 0, sizeof(hints));
  hints.ai_family   = family;
  hints.ai_socktype = type;
  hints.ai_flags    = flags;
  ret = ST_CALL(getaddrinfo, node, service, &hints, &info);
  if (ret == 0)
    {
      ST_CALL(freeaddrinfo, info);
    }

  assert_int_equal(ret, error);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: calls_getaddrinfo
 *
 * Description:
 *   Numbers, the local host, a listener's address; one result for each
 *   type.
 *
 ****************************************************************************/

void calls_getaddrinfo(FAR void **state)
{
  FAR struct addrinfo *info;
  FAR struct addrinfo *p;
  struct addrinfo hints;
  unsigned int types = 0;

  (void)state;
  memset(&hints, 0, sizeof(hints));
  hints.ai_family   = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  assert_int_equal(ST_CALL(getaddrinfo, "192.0.2.7", "8080", &hints, &info),
                   0);
  info_has(info, SOCK_STREAM, 0xc0000207, 8080);
  assert_int_equal(info->ai_protocol, IPPROTO_TCP);
  assert_null(info->ai_next);
  ST_CALL(freeaddrinfo, info);

  assert_int_equal(ST_CALL(getaddrinfo, "localhost", NULL, &hints, &info),
                   0);
  info_has(info, SOCK_STREAM, INADDR_LOOPBACK, 0);
  ST_CALL(freeaddrinfo, info);

  hints.ai_socktype = SOCK_DGRAM;
  assert_int_equal(ST_CALL(getaddrinfo, NULL, "9", &hints, &info), 0);
  info_has(info, SOCK_DGRAM, INADDR_LOOPBACK, 9);
  ST_CALL(freeaddrinfo, info);
  hints.ai_flags = AI_PASSIVE;
  assert_int_equal(ST_CALL(getaddrinfo, NULL, "9", &hints, &info), 0);
  info_has(info, SOCK_DGRAM, INADDR_ANY, 9);
  ST_CALL(freeaddrinfo, info);

  memset(&hints, 0, sizeof(hints));
  hints.ai_family = AF_INET;
  hints.ai_flags  = AI_NUMERICHOST | AI_CANONNAME;
  assert_int_equal(ST_CALL(getaddrinfo, "127.0.0.1", "1", &hints, &info), 0);
  assert_string_equal(info->ai_canonname, "127.0.0.1");
  for (p = info; p != NULL; p = p->ai_next)
    {
      types |= 1u << p->ai_socktype;
    }

  assert_int_equal(types, 1u << SOCK_STREAM | 1u << SOCK_DGRAM |
                          1u << SOCK_RAW);
  ST_CALL(freeaddrinfo, info);
}

/****************************************************************************
 * Name: calls_getaddrinfo_errors
 *
 * Description:
 *   Names that are none, services that are none, hints that contradict.
 *
 ****************************************************************************/

void calls_getaddrinfo_errors(FAR void **state)
{
  (void)state;
  info_fails(EAI_NONAME, NULL, NULL, AF_INET, SOCK_STREAM, 0);
  info_fails(EAI_NONAME, "no number", "1", AF_INET, SOCK_STREAM,
             AI_NUMERICHOST);
  info_fails(EAI_NONAME, "1.2.3.256", "1", AF_INET, SOCK_STREAM,
             AI_NUMERICHOST);
  info_fails(EAI_NONAME, "127.0.0.1", "http", AF_INET, SOCK_STREAM,
             AI_NUMERICSERV);
  info_fails(EAI_SERVICE, "127.0.0.1", "no-such-service", AF_INET,
             SOCK_STREAM, 0);
  info_fails(EAI_FAMILY, "127.0.0.1", "1", 9999, SOCK_STREAM, 0);
  info_fails(EAI_SOCKTYPE, "127.0.0.1", "1", AF_INET, 99, 0);
  info_fails(EAI_BADFLAGS, "127.0.0.1", "1", AF_INET, SOCK_STREAM,
             0x40000000);
  info_fails(EAI_BADFLAGS, NULL, "1", AF_INET, SOCK_STREAM, AI_CANONNAME);
}

/****************************************************************************
 * Name: calls_gethostbyname
 *
 * Description:
 *   The older way to ask.
 *
 ****************************************************************************/

void calls_gethostbyname(FAR void **state)
{
  FAR struct hostent *host = ST_CALL(gethostbyname, "192.0.2.7");
  uint32_t addr = htonl(0xc0000207);

  (void)state;
  assert_non_null(host);
  assert_int_equal(host->h_addrtype, AF_INET);
  assert_int_equal(host->h_length, sizeof(addr));
  assert_memory_equal(host->h_addr_list[0], &addr, sizeof(addr));
  assert_null(host->h_addr_list[1]);
  host = ST_CALL(gethostbyname, "localhost");
  assert_non_null(host);
  addr = htonl(INADDR_LOOPBACK);
  assert_memory_equal(host->h_addr_list[0], &addr, sizeof(addr));
}

/****************************************************************************
 * Name: calls_getnameinfo
 *
 * Description:
 *   Back from an address to text.
 *
 ****************************************************************************/

void calls_getnameinfo(FAR void **state)
{
  struct sockaddr_in addr = calls_addr(0xc0000207, htons(8081));
  FAR struct sockaddr *sa = calls_sa(&addr);
  int numbers = NI_NUMERICHOST | NI_NUMERICSERV;
  char host[NI_MAXHOST];
  char serv[NI_MAXSERV];

  (void)state;
  assert_int_equal(ST_CALL(getnameinfo, sa, sizeof(addr), host, sizeof(host),
                           serv, sizeof(serv), numbers), 0);
  assert_string_equal(host, "192.0.2.7");
  assert_string_equal(serv, "8081");
  assert_int_equal(ST_CALL(getnameinfo, sa, sizeof(addr), NULL, 0, serv,
                           sizeof(serv), numbers), 0);
  assert_int_equal(ST_CALL(getnameinfo, sa, sizeof(addr), host, 9, NULL, 0,
                           numbers), EAI_OVERFLOW);
  assert_int_equal(ST_CALL(getnameinfo, sa, sizeof(addr), host, 10, NULL, 0,
                           numbers), 0);
  assert_int_equal(ST_CALL(getnameinfo, sa, sizeof(addr), NULL, 0, serv, 4,
                           numbers), EAI_OVERFLOW);
  assert_int_equal(ST_CALL(getnameinfo, sa, sizeof(addr) - 1, host,
                           sizeof(host), NULL, 0, numbers), EAI_FAMILY);
  addr.sin_family = 9999;
  assert_int_equal(ST_CALL(getnameinfo, sa, sizeof(addr), host, sizeof(host),
                           NULL, 0, numbers), EAI_FAMILY);
}

/****************************************************************************
 * Name: calls_inet
 *
 * Description:
 *   Text and number, and what is no address.
 *
 ****************************************************************************/

void calls_inet(FAR void **state)
{
  static const char * const wrong[] =
  {
    "", "1.2.3", "1.2.3.256", "1.2.3.4.5", "1.2.3.4 ", "a.b.c.d", "01.2.3.4",
    "1..2.3", "0x1.2.3.4"
  };

  struct in_addr addr;
  char text[INET_ADDRSTRLEN];
  size_t i;

  (void)state;
  assert_int_equal(ST_CALL(inet_pton, AF_INET, "192.0.2.7", &addr), 1);
  assert_int_equal(ntohl(addr.s_addr), 0xc0000207);
  assert_non_null(ST_CALL(inet_ntop, AF_INET, &addr, text, sizeof(text)));
  assert_string_equal(text, "192.0.2.7");
  assert_string_equal(ST_CALL(inet_ntoa, addr), "192.0.2.7");
  assert_int_equal(ntohl(ST_CALL(inet_addr, "192.0.2.7")), 0xc0000207);
  assert_int_equal(ST_CALL(inet_aton, "192.0.519", &addr), 1);
  assert_int_equal(ntohl(addr.s_addr), 0xc0000207);

  for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
    {
      assert_int_equal(ST_CALL(inet_pton, AF_INET, wrong[i], &addr), 0);
    }

  assert_int_equal(ST_CALL(inet_aton, "1.2.3.256", &addr), 0);
  assert_int_equal(ST_CALL(inet_addr, "no number"), INADDR_NONE);
  CALL_ERR(EAFNOSUPPORT, inet_pton, 9999, "192.0.2.7", &addr);
  assert_null(ST_CALL(inet_ntop, AF_INET, &addr, text, 4));
  assert_int_equal(errno, ENOSPC);
  assert_null(ST_CALL(inet_ntop, 9999, &addr, text, sizeof(text)));
  assert_int_equal(errno, EAFNOSUPPORT);
}

/****************************************************************************
 * Name: calls_if_names
 *
 * Description:
 *   Each interface has a name and a number, one for the other.
 *
 ****************************************************************************/

void calls_if_names(FAR void **state)
{
  FAR struct if_nameindex *list = ST_CALL(if_nameindex, );
  char name[IF_NAMESIZE];
  bool loopback = false;
  size_t i;

  (void)state;
  assert_non_null(list);
  for (i = 0; list[i].if_name != NULL; i++)
    {
      assert_int_not_equal(list[i].if_index, 0);
      assert_int_equal(ST_CALL(if_nametoindex, list[i].if_name),
                       list[i].if_index);
      assert_non_null(ST_CALL(if_indextoname, list[i].if_index, name));
      assert_string_equal(name, list[i].if_name);
      loopback |= strcmp(name, "lo") == 0;
    }

  assert_true(loopback);
  ST_CALL(if_freenameindex, list);
  assert_int_equal(ST_CALL(if_nametoindex, "nosuch0"), 0);
  assert_int_equal(errno, ENODEV);
  assert_int_equal(ST_CALL(if_nametoindex, ""), 0);
  assert_int_equal(errno, ENODEV);
  assert_int_equal(ST_CALL(if_nametoindex, "a-name-that-is-too-long"), 0);
  assert_int_equal(errno, ENODEV);
  assert_null(ST_CALL(if_indextoname, 0, name));
  assert_int_equal(errno, ENXIO);
  assert_null(ST_CALL(if_indextoname, 0x7ffffff0, name));
  assert_int_equal(errno, ENXIO);
}

/****************************************************************************
 * Name: calls_getifaddrs
 *
 * Description:
 *   The loopback address is among the addresses, with its mask.
 *
 ****************************************************************************/

void calls_getifaddrs(FAR void **state)
{
  FAR struct ifaddrs *list = NULL;
  FAR struct ifaddrs *p;
  FAR struct sockaddr_in *addr;
  int found = 0;

  (void)state;
  CALL_IS(0, getifaddrs, &list);
  for (p = list; p != NULL; p = p->ifa_next)
    {
      assert_int_not_equal(ST_CALL(if_nametoindex, p->ifa_name), 0);
      addr = (FAR struct sockaddr_in *)p->ifa_addr;
      if (addr != NULL && addr->sin_family == AF_INET &&
          addr->sin_addr.s_addr == htonl(INADDR_LOOPBACK))
        {
          found++;
          assert_string_equal(p->ifa_name, "lo");
          assert_int_equal(p->ifa_flags & (IFF_UP | IFF_LOOPBACK),
                           IFF_UP | IFF_LOOPBACK);
          addr = (FAR struct sockaddr_in *)p->ifa_netmask;
          assert_non_null(addr);
          assert_int_equal(ntohl(addr->sin_addr.s_addr), 0xff000000);
        }
    }

  assert_int_equal(found, 1);
  ST_CALL(freeifaddrs, list);
}

/****************************************************************************
 * Name: calls_socketpair
 *
 * Description:
 *   There are none of the internet families; of the local one, if it is
 *   there.
 *
 ****************************************************************************/

void calls_socketpair(FAR void **state)
{
  int fd[2];

  (void)state;
  CALL_ERR(EOPNOTSUPP, socketpair, AF_INET, SOCK_STREAM, 0, fd);
  CALL_ERR(EOPNOTSUPP, socketpair, AF_INET, SOCK_DGRAM, 0, fd);
  CALL_ERR(EAFNOSUPPORT, socketpair, 9999, SOCK_STREAM, 0, fd);
  CALL_ERR(EINVAL, socketpair, AF_INET, 99, 0, fd);
  CALL_ERR(EPROTONOSUPPORT, socketpair, AF_INET, SOCK_DGRAM, IPPROTO_TCP,
           fd);
  if (ST_CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, fd) < 0)
    {
      assert_int_equal(errno, EAFNOSUPPORT);
      st_skip("socketpair: the system has no AF_UNIX");
    }

  calls_move(fd[0], fd[1]);
  calls_move(fd[1], fd[0]);
  CALL_IS(0, shutdown, fd[0], SHUT_WR);
  CALLS_EVENTS(fd[1], POLLIN | POLLRDHUP, POLLIN | POLLRDHUP);
  calls_close(fd[0]);
  CALL_ERR(EPIPE, send, fd[1], "x", 1, MSG_NOSIGNAL);
  calls_close(fd[1]);
}
