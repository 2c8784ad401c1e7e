/****************************************************************************
 * apps/netutils/netlib/netlib.h
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

#ifndef __APPS_NETUTILS_NETLIB_NETLIB_H
#define __APPS_NETUTILS_NETLIB_NETLIB_H

/* What the network commands share.  Plain POSIX: it builds on Linux as it
 * does here.
 *
 * Programs keep no state in variables: where there is no memory protection,
 * two instances of a program share them, and the next run finds what the
 * last one left.  A signal handler that has to tell its program something
 * would need such a variable.  So the handlers here do nothing; the signals
 * are blocked except while the program waits in netlib_poll(), which then
 * says so.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <nuttx/compiler.h>

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define NETLIB_USAGE    2              /* Exit status after wrong arguments */

#define NETLIB_NEVER    UINT64_MAX     /* No deadline */
#define NETLIB_MSEC     UINT64_C(1000000)
#define NETLIB_SEC      UINT64_C(1000000000)

#define NETLIB_ADDRLEN  64             /* Text of an address and a port */

/****************************************************************************
 * Public Types
 ****************************************************************************/

/* An address of either family */

struct netlib_addr_s
{
  struct sockaddr_storage addr;
  socklen_t len;
};

/* How a program waits: what netlib_signals() changed */

struct netlib_wait_s
{
  sigset_t mask;                       /* While it waits */
  bool interrupted;                    /* SIGINT or SIGTERM came */
};

/* A file read as a whole, cut into lines and words.  Lines without words are
 * left out.
 */

struct netlib_row_s
{
  FAR char **words;                    /* NULL behind the last */
  size_t count;
};

struct netlib_table_s
{
  FAR char *text;
  FAR struct netlib_row_s *rows;
  FAR char **words;
  size_t count;
};

/****************************************************************************
 * Public Function Prototypes
 ****************************************************************************/

/* Messages: "name: text", one line, to stderr.  The first returns
 * EXIT_FAILURE, the second NETLIB_USAGE and says where help is.
 */

int  netlib_fail(FAR const char *name, FAR const char *format, ...)
     printf_like(2, 3);
int  netlib_misuse(FAR const char *name, FAR const char *format, ...)
     printf_like(2, 3);

/* The end of a program: stdout has to have taken everything */

int  netlib_finish(FAR const char *name, int status);

/* If the only argument is --help or -h: print the text, true */

bool netlib_help(int argc, FAR char *argv[], FAR const char *text);

/* Texts to numbers: true, or false and nothing changed.  The whole text has
 * to be the number.  A size may end in k, m, g (powers of 1000) or K, M, G
 * (powers of 1024); seconds may have a fraction.
 */

bool netlib_number(FAR const char *text, int64_t min, int64_t max,
                   FAR int64_t *value);
bool netlib_size(FAR const char *text, FAR uint64_t *value);
bool netlib_seconds(FAR const char *text, FAR uint64_t *nsec);

/* The same for an option of a program: tells what is wrong and exits */

int64_t  netlib_optnumber(FAR const char *name, FAR const char *text,
                          int64_t min, int64_t max);
uint64_t netlib_optseconds(FAR const char *name, FAR const char *text);
uint64_t netlib_optsize(FAR const char *name, FAR const char *text,
                        uint64_t min, uint64_t max);

/* Addresses.  netlib_resolve() takes a name or number of a host (NULL: any,
 * for listening) and of a port (NULL: 0), and prefers IPv4; NULL, or why
 * not.  The texts are "10.0.0.1:80" and "10.0.0.1".
 */

FAR const char *netlib_resolve(FAR const char *host, FAR const char *port,
                               int socktype,
                               FAR struct netlib_addr_s *addr);
FAR const char *netlib_addrtext(FAR const struct sockaddr_storage *addr,
                                FAR char *text);
FAR const char *netlib_hosttext(FAR const struct sockaddr_storage *addr,
                                FAR char *text);
uint16_t netlib_port(FAR const struct sockaddr_storage *addr);
void netlib_setport(FAR struct sockaddr_storage *addr, uint16_t port);
bool netlib_sameaddr(FAR const struct sockaddr_storage *a,
                     FAR const struct sockaddr_storage *b);

/* Time: nanoseconds of the monotonic clock */

uint64_t netlib_now(void);

/* Waiting.  netlib_poll() returns as ppoll() does until the deadline, with 0
 * for a signal too: look at interrupted.
 */

void netlib_signals(FAR struct netlib_wait_s *wait);
int  netlib_poll(FAR struct netlib_wait_s *wait, FAR struct pollfd *fds,
                 size_t count, uint64_t deadline);

/* Sockets.  Descriptors, or a negated errno.  Those of a listener and a
 * connection do not block.
 */

int  netlib_listen(FAR const struct netlib_addr_s *addr, int backlog,
                   int rcvbuf);
int  netlib_connect(FAR struct netlib_wait_s *wait,
                    FAR const struct netlib_addr_s *local,
                    FAR const struct netlib_addr_s *peer, int bufsize,
                    uint64_t deadline);
int  netlib_nonblock(int fd);

/* Send or receive all of it on a socket that does not block: 0, or a
 * negated errno; -EPIPE for the end of the stream.
 */

int  netlib_sendall(FAR struct netlib_wait_s *wait, int fd,
                    FAR const void *data, size_t len, uint64_t deadline);
int  netlib_recvall(FAR struct netlib_wait_s *wait, int fd,
                    FAR void *data, size_t len, uint64_t deadline);

/* Write all of it to a file that may be slow, or not take it: 0, or a negated
 * errno
 */

int  netlib_writeall(int fd, FAR const void *data, size_t len);

/* Files.  NULL or negative: errno tells why. */

FAR char *netlib_readfile(FAR const char *path);
int  netlib_copyfile(FAR const char *name, FAR const char *path);
int  netlib_readtable(FAR const char *path,
                      FAR struct netlib_table_s *table);
void netlib_freetable(FAR struct netlib_table_s *table);

/* Where a column is, by its name in the first row; -1: nowhere */

int  netlib_column(FAR const struct netlib_table_s *table,
                   FAR const char *name);

/* Interfaces, by the ioctls of Linux.  netlib_ifcall() makes one on a
 * descriptor of any socket: 0 or a negated errno.
 */

struct ifreq;

int  netlib_ifsocket(FAR const char *name);
int  netlib_ifcall(int fd, unsigned long request, FAR const char *ifname,
                   FAR struct ifreq *ifr);

/* The lines of /proc/net/dev, from the third on: the name and 16 counters.
 * What has another form has a count of 0.
 */

int  netlib_readdev(FAR struct netlib_table_s *table);

/* "10.0.0.1", and with prefix not NULL "10.0.0.1/8" (-1 if there is none) */

bool netlib_addr4(FAR const char *text, FAR struct in_addr *addr,
                  FAR int *prefix);
uint32_t netlib_mask4(int prefix);   /* In network order */

/* "02:00:00:00:00:01" */

bool netlib_mac(FAR const char *text, FAR uint8_t *mac);

/* The routing table, as route(8) prints it, or as netstat(8) does */

int  netlib_showroutes(FAR const char *name, bool metric);

/* Dates of HTTP (RFC 9110, 5.6.7).  The text takes 32 bytes; -1 if it is no
 * date.
 */

void netlib_httpdate(int64_t seconds, FAR char *text);
int64_t netlib_fromhttpdate(FAR const char *text);

/* The value of a field of a header, whose lines end in NUL and which ends
 * with an empty one; NULL if it is not there.
 */

FAR const char *netlib_field(FAR const char *header, FAR const char *name);

/* Whether a list such as "keep-alive, Upgrade" has a word */

bool netlib_listhas(FAR const char *list, FAR const char *word);

#endif /* __APPS_NETUTILS_NETLIB_NETLIB_H */
