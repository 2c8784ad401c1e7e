/****************************************************************************
 * apps/testing/sockettest/calls.h
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

/* What the groups calls, opts and udp share.
 *
 * - CALL_OK, CALL_ERR, CALL_IS make a socket call, count it (ST_CALL), and
 *   say what was called and what came of it if that is not what they want.
 * - Whatever needs both ends has them in this task, over the loopback
 *   address: no wait, no thread, no order left to chance.  What is to cross
 *   the wire uses a service of the peer.
 * - Nothing waits for longer than CALLS_WAIT for what has to happen.
 */

#ifndef __APPS_TESTING_SOCKETTEST_CALLS_H
#define __APPS_TESTING_SOCKETTEST_CALLS_H

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <sys/socket.h>
#include <netinet/in.h>

#include <errno.h>
#include <poll.h>
#include <stdint.h>

#include "sockettest.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define CALLS_WAIT 10000               /* ms */

/* The call does not fail; its result */

#define CALL_OK(fn, ...) \
  calls_ok(ST_CALL(fn, __VA_ARGS__), #fn, __FILE__, __LINE__)

/* It has this result */

#define CALL_IS(value, fn, ...) \
  calls_is(ST_CALL(fn, __VA_ARGS__), value, #fn, __FILE__, __LINE__)

/* It fails with this errno */

#define CALL_ERR(error, fn, ...) \
  calls_err(ST_CALL(fn, __VA_ARGS__), error, #fn, __FILE__, __LINE__)

/* poll() of one descriptor has exactly these results */

#define CALLS_EVENTS(fd, events, want) \
  calls_events(fd, events, want, __FILE__, __LINE__)

/****************************************************************************
 * Public Function Prototypes
 ****************************************************************************/

ssize_t calls_ok(ssize_t ret, FAR const char *call, FAR const char *file,
                 int line);
void calls_is(ssize_t ret, ssize_t value, FAR const char *call,
              FAR const char *file, int line);
void calls_err(ssize_t ret, int error, FAR const char *call,
               FAR const char *file, int line);
void calls_events(int fd, short events, short want, FAR const char *file,
                  int line);

struct sockaddr_in calls_addr(uint32_t host, in_port_t port);
struct sockaddr_in calls_name(int fd);
FAR struct sockaddr *calls_sa(FAR struct sockaddr_in *addr);
int calls_wait(int fd, short events);
void calls_close(int fd);
void calls_close_both(FAR const int fd[2]);
int calls_notsock(void);
int calls_badfd(void);

int calls_bound(int type, FAR struct sockaddr_in *addr);
int calls_listener(FAR struct sockaddr_in *addr);
void calls_pair(FAR int fd[2]);
void calls_udp_pair(FAR int fd[2]);
struct sockaddr_in calls_closed_udp(FAR int *holder);
int calls_getint(int fd, int level, int option);
void calls_setint(int fd, int level, int option, int value);
void calls_move(int from, int to);

#endif /* __APPS_TESTING_SOCKETTEST_CALLS_H */
