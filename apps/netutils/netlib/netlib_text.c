/****************************************************************************
 * apps/netutils/netlib/netlib_text.c
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

/* Texts: messages, numbers, addresses. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netlib.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: netlib_message
 *
 * Description:
 *   Print one line to stderr: name, text, and another text behind it.  It is
 *   put together first, so that it is one write.
 *
 ****************************************************************************/

static void netlib_message(FAR const char *name, FAR const char *format,
                           va_list ap, FAR const char *hint)
{
  char text[256];

  vsnprintf(text, sizeof(text), format, ap);
  fprintf(stderr, "%s: %s%s\n", name, text, hint);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: netlib_fail
 *
 * Description:
 *   Tell of a failure.  Returns EXIT_FAILURE, for a return of main().
 *
 ****************************************************************************/

int netlib_fail(FAR const char *name, FAR const char *format, ...)
{
  va_list ap;

  va_start(ap, format);
  netlib_message(name, format, ap, "");
  va_end(ap);
  return EXIT_FAILURE;
}

/****************************************************************************
 * Name: netlib_misuse
 *
 * Description:
 *   Tell of wrong arguments.  Returns the exit status for that.
 *
 ****************************************************************************/

int netlib_misuse(FAR const char *name, FAR const char *format, ...)
{
  va_list ap;

  va_start(ap, format);
  netlib_message(name, format, ap, " (try --help)");
  va_end(ap);
  return NETLIB_USAGE;
}

/****************************************************************************
 * Name: netlib_finish
 *
 * Description:
 *   Write out what is left of stdout.  Output that is lost is a failure.
 *
 ****************************************************************************/

int netlib_finish(FAR const char *name, int status)
{
  if ((fflush(stdout) != 0 || ferror(stdout) != 0) &&
      status == EXIT_SUCCESS)
    {
      return netlib_fail(name, "cannot write: %s", strerror(errno));
    }

  return status;
}

/****************************************************************************
 * Name: netlib_help
 *
 * Description:
 *   Whether help is asked for: then print it.
 *
 ****************************************************************************/

bool netlib_help(int argc, FAR char *argv[], FAR const char *text)
{
  if (argc == 2 && (strcmp(argv[1], "--help") == 0 ||
                    strcmp(argv[1], "-h") == 0))
    {
      fputs(text, stdout);
      return true;
    }

  return false;
}

/****************************************************************************
 * Name: netlib_number
 *
 * Description:
 *   Read a whole number within limits; also hexadecimal after 0x.
 *
 ****************************************************************************/

bool netlib_number(FAR const char *text, int64_t min, int64_t max,
                   FAR int64_t *value)
{
  FAR char *end;
  long long number;

  if (!isdigit((unsigned char)text[*text == '-']))
    {
      return false;
    }

  errno = 0;
  number = strtoll(text, &end, strncasecmp(text, "0x", 2) == 0 ? 16 : 10);
  if (errno != 0 || *end != '\0' || number < min || number > max)
    {
      return false;
    }

  *value = number;
  return true;
}

/****************************************************************************
 * Name: netlib_size
 *
 * Description:
 *   Read a number of bytes or bits with an optional suffix and fraction.
 *
 ****************************************************************************/

bool netlib_size(FAR const char *text, FAR uint64_t *value)
{
  static const char suffixes[] = "kmgKMG";

  FAR const char *suffix;
  FAR char *end;
  double number;
  double unit;
  int power;

  if (!isdigit((unsigned char)*text))
    {
      return false;
    }

  errno = 0;
  number = strtod(text, &end);
  if (errno != 0 || end == text || strchr(text, 'x') != NULL ||
      strchr(text, 'X') != NULL)
    {
      return false;
    }

  if (*end != '\0')
    {
      suffix = strchr(suffixes, *end);
      if (suffix == NULL || end[1] != '\0')
        {
          return false;
        }

      unit = suffix - suffixes < 3 ? 1000.0 : 1024.0;
      for (power = (int)(suffix - suffixes) % 3; power >= 0; power--)
        {
          number *= unit;
        }
    }

  /* The largest double below 2^63 */

  if (number > 9.2233720368547748e18)
    {
      return false;
    }

  *value = (uint64_t)number;
  return true;
}

/****************************************************************************
 * Name: netlib_seconds
 *
 * Description:
 *   Read a time in seconds, up to about a century, as nanoseconds.
 *
 ****************************************************************************/

bool netlib_seconds(FAR const char *text, FAR uint64_t *nsec)
{
  FAR char *end;
  double number;

  if (!isdigit((unsigned char)*text) && *text != '.')
    {
      return false;
    }

  number = strtod(text, &end);
  if (end == text || *end != '\0' || strpbrk(text, "xX") != NULL ||
      number > 4e9)
    {
      return false;
    }

  *nsec = (uint64_t)(number * (double)NETLIB_SEC + 0.5);
  return true;
}

/****************************************************************************
 * Name: netlib_optnumber
 *
 * Description:
 *   Read the argument of an option, a whole number; exits if it is none.
 *
 ****************************************************************************/

int64_t netlib_optnumber(FAR const char *name, FAR const char *text,
                         int64_t min, int64_t max)
{
  int64_t value;

  if (!netlib_number(text, min, max, &value))
    {
      exit(netlib_misuse(name, "%s: must be a number from %lld to %lld",
                         text, (long long)min, (long long)max));
    }

  return value;
}

/****************************************************************************
 * Name: netlib_optseconds
 *
 * Description:
 *   Read the argument of an option, a time; exits if it is none.
 *
 ****************************************************************************/

uint64_t netlib_optseconds(FAR const char *name, FAR const char *text)
{
  uint64_t nsec;

  if (!netlib_seconds(text, &nsec))
    {
      exit(netlib_misuse(name, "%s: must be a time in seconds", text));
    }

  return nsec;
}

/****************************************************************************
 * Name: netlib_optsize
 *
 * Description:
 *   Read the argument of an option, a size; exits if it is none.
 *
 ****************************************************************************/

uint64_t netlib_optsize(FAR const char *name, FAR const char *text,
                        uint64_t min, uint64_t max)
{
  uint64_t value;

  if (!netlib_size(text, &value) || value < min || value > max)
    {
      exit(netlib_misuse(name, "%s: must be from %llu to %llu; "
                         "k, m, g, K, M, G may follow", text,
                         (unsigned long long)min, (unsigned long long)max));
    }

  return value;
}

/****************************************************************************
 * Name: netlib_resolve
 *
 * Description:
 *   Find the address of a host and port.
 *
 ****************************************************************************/

FAR const char *netlib_resolve(FAR const char *host, FAR const char *port,
                               int socktype,
                               FAR struct netlib_addr_s *addr)
{
  struct addrinfo hints;
  FAR struct addrinfo *list;
  FAR struct addrinfo *pick;
  int ret;

  memset(&hints, 0, sizeof(hints));
  hints.ai_socktype = socktype;
  hints.ai_flags = host == NULL ? AI_PASSIVE : 0;
  if (host != NULL && port == NULL)
    {
      port = "0";
    }

  ret = getaddrinfo(host, port, &hints, &list);
  if (ret != 0)
    {
      return gai_strerror(ret);
    }

  for (pick = list; pick != NULL && pick->ai_family != AF_INET;
       pick = pick->ai_next)
    {
      /* The next */
    }

  if (pick == NULL)
    {
      pick = list;
    }

  memset(addr, 0, sizeof(*addr));
  memcpy(&addr->addr, pick->ai_addr, pick->ai_addrlen);
  addr->len = pick->ai_addrlen;
  freeaddrinfo(list);
  return NULL;
}

/****************************************************************************
 * Name: netlib_hosttext
 *
 * Description:
 *   An address as text, without the port.
 *
 ****************************************************************************/

FAR const char *netlib_hosttext(FAR const struct sockaddr_storage *addr,
                                FAR char *text)
{
  FAR const void *raw = addr->ss_family == AF_INET6 ?
    (FAR const void *)&((FAR const struct sockaddr_in6 *)addr)->sin6_addr :
    (FAR const void *)&((FAR const struct sockaddr_in *)addr)->sin_addr;

  if (inet_ntop(addr->ss_family, raw, text, NETLIB_ADDRLEN) == NULL)
    {
      strcpy(text, "?");
    }

  return text;
}

/****************************************************************************
 * Name: netlib_addrtext
 *
 * Description:
 *   An address and a port as text, as it is written in a URL.
 *
 ****************************************************************************/

FAR const char *netlib_addrtext(FAR const struct sockaddr_storage *addr,
                                FAR char *text)
{
  char host[NETLIB_ADDRLEN];

  netlib_hosttext(addr, host);
  snprintf(text, NETLIB_ADDRLEN,
           addr->ss_family == AF_INET6 ? "[%.46s]:%u" : "%.46s:%u", host,
           netlib_port(addr));
  return text;
}

/****************************************************************************
 * Name: netlib_port
 *
 * Description:
 *   The port of an address, in the order of the host.
 *
 ****************************************************************************/

uint16_t netlib_port(FAR const struct sockaddr_storage *addr)
{
  return ntohs(addr->ss_family == AF_INET6 ?
               ((FAR const struct sockaddr_in6 *)addr)->sin6_port :
               ((FAR const struct sockaddr_in *)addr)->sin_port);
}

/****************************************************************************
 * Name: netlib_setport
 *
 * Description:
 *   Change the port of an address.
 *
 ****************************************************************************/

void netlib_setport(FAR struct sockaddr_storage *addr, uint16_t port)
{
  if (addr->ss_family == AF_INET6)
    {
      ((FAR struct sockaddr_in6 *)addr)->sin6_port = htons(port);
    }
  else
    {
      ((FAR struct sockaddr_in *)addr)->sin_port = htons(port);
    }
}

/****************************************************************************
 * Name: netlib_sameaddr
 *
 * Description:
 *   Whether two addresses have the same host and port.
 *
 ****************************************************************************/

bool netlib_sameaddr(FAR const struct sockaddr_storage *a,
                     FAR const struct sockaddr_storage *b)
{
  if (a->ss_family != b->ss_family || netlib_port(a) != netlib_port(b))
    {
      return false;
    }

  if (a->ss_family == AF_INET6)
    {
      return memcmp(&((FAR const struct sockaddr_in6 *)a)->sin6_addr,
                    &((FAR const struct sockaddr_in6 *)b)->sin6_addr,
                    sizeof(struct in6_addr)) == 0;
    }

  return ((FAR const struct sockaddr_in *)a)->sin_addr.s_addr ==
         ((FAR const struct sockaddr_in *)b)->sin_addr.s_addr;
}
