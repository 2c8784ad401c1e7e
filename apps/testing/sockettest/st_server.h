/****************************************************************************
 * apps/testing/sockettest/st_server.h
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

#ifndef __APPS_TESTING_SOCKETTEST_ST_SERVER_H
#define __APPS_TESTING_SOCKETTEST_ST_SERVER_H

/* A kind of service, for those who add one: a line in g_st_kinds[]
 * (st_server.c), its parameters in g_params[] (st_params.c), which refuses
 * all others, and a function that runs in a thread of its own.  When it is
 * called there is a socket at serving->fd: a TCP listener, or a UDP socket,
 * bound to a port of its own (fd is -1 with connect=).  It ends when it is
 * done, or soon after serving->stop[0] has become readable, and has closed
 * everything but fd, stop and done.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include "sockettest.h"

/****************************************************************************
 * Public Types
 ****************************************************************************/

struct st_serving_s
{
  FAR struct st_serving_s *next;
  FAR const struct st_kind_s *kind;
  struct sockaddr_in client;           /* The other end of the session */
  uint64_t seed;
  int id;
  int fd;
  int stop[2];                         /* A pipe: end now */
  int done[2];                         /* ... has ended */
  uint16_t port;
  pthread_t thread;
  char params[ST_LINE];                /* For st_number() and st_word() */

  /* What it answers */

  uint64_t bytes;
  uint32_t crc;
  uint64_t sent;
  uint32_t sentcrc;
  unsigned int conns;
  unsigned int errors;
  int err;
  int64_t wrong;
  char extra[128];                     /* More "key=value" */
};

enum st_kind_e
{
  ST_KIND_DISCARD     = 1 << 0,
  ST_KIND_SOURCE      = 1 << 1,
  ST_KIND_BOTH        = 1 << 2,
  ST_KIND_ECHO        = 1 << 3,
  ST_KIND_UDP_ECHO    = 1 << 4,
  ST_KIND_UDP_DISCARD = 1 << 5,
  ST_KIND_UDP_SOURCE  = 1 << 6,
  ST_KIND_UDP_TO      = 1 << 7
};

struct st_kind_s
{
  FAR const char *name;
  enum st_kind_e kind;                 /* Which parameters it has */
  int type;                            /* SOCK_STREAM or SOCK_DGRAM */
  CODE void (*run)(FAR struct st_serving_s *serving);
};

/****************************************************************************
 * Public Function Prototypes
 ****************************************************************************/

/* Count an error; the first one is told to the client */

void st_serving_error(FAR struct st_serving_s *serving, int err);

/* Receive into the results: checks the pattern */

void st_serving_got(FAR struct st_serving_s *serving, FAR const void *buf,
                    size_t len, uint32_t stream, uint64_t offset);

/* Whether a kind of service can have these parameters ("key=value ..."); if
 * not, why.
 */

bool st_params_check(FAR const struct st_kind_s *kind,
                     FAR const char *params, FAR char *why, size_t size);

void st_serve_tcp(FAR struct st_serving_s *serving);
void st_serve_udp(FAR struct st_serving_s *serving);
void st_serve_to(FAR struct st_serving_s *serving);

#endif /* __APPS_TESTING_SOCKETTEST_ST_SERVER_H */
