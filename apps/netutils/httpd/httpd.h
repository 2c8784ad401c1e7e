/****************************************************************************
 * apps/netutils/httpd/httpd.h
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

#ifndef __APPS_NETUTILS_HTTPD_HTTPD_H
#define __APPS_NETUTILS_HTTPD_HTTPD_H

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <sys/socket.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netlib.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define HTTPD_REQUEST_MAX  8192        /* Of a request, all of it */
#define HTTPD_TARGET_MAX   4096        /* Bytes of the target of a request */
#define HTTPD_BUFFER_SIZE  131072      /* What one send() takes of a file */
#define HTTPD_PATTERN_SIZE 262144      /* What one send() takes of /bytes/ */
#define HTTPD_PATH_MAX     4096

/****************************************************************************
 * Public Types
 ****************************************************************************/

/* What a client asks for.  The texts lie in the buffer that was parsed. */

struct httpd_request_s
{
  int status;                          /* 0, or of the error to answer */
  bool head;                           /* HEAD: no body */
  bool close;                          /* The connection ends with this */
  FAR char *path;                      /* Decoded; begins with a slash */
  FAR const char *header;              /* For netlib_field() */
};

/* The answer, while it is sent.  The buffer begins with the header. */

enum httpd_body_e
{
  HTTPD_NONE = 0,
  HTTPD_FILE,                          /* From fd, by way of the buffer */
  HTTPD_PATTERN,                       /* Made up: /bytes/N */
  HTTPD_MEMORY                         /* From memory */
};

struct httpd_reply_s
{
  FAR struct httpd_reply_s *next;      /* When it is kept for later */
  enum httpd_body_e body;
  int status;
  bool close;
  bool started;                        /* A byte of the body was read */
  int fd;
  FAR char *memory;
  uint64_t size;                       /* Of all that could be asked for */
  uint64_t offset;                     /* Of what is sent next */
  uint64_t left;                       /* Not yet in the buffer, or sent */
  size_t begin;                        /* In the buffer, and not sent */
  size_t end;
  char buffer[HTTPD_BUFFER_SIZE];
};

/* The server as far as an answer depends on it */

struct httpd_site_s
{
  FAR const char *root;
  size_t rootlen;
  FAR const char *pattern;
  int64_t date_at;                     /* The time that date[] says */
  char date[32];
  char path[HTTPD_PATH_MAX];           /* Of the file being looked at */
};

/****************************************************************************
 * Public Function Prototypes
 ****************************************************************************/

/* httpd_request.c: how long the request at the front of a buffer is, up to
 * the blank line that ends it; 0 if that has not come yet.
 */

size_t httpd_request_length(FAR const char *buffer, size_t len);

/* Understand a request.  Changes the buffer. */

void httpd_request_parse(FAR char *buffer, size_t len,
                         FAR struct httpd_request_s *request);

/* httpd_reply.c: put together what answers a request */

void httpd_reply(FAR struct httpd_site_s *site,
                 FAR const struct httpd_request_s *request,
                 FAR struct httpd_reply_s *reply);

/* httpd_dir.c: a directory as a page of HTML, the caller's to free; NULL:
 * errno tells why.
 */

FAR char *httpd_listing(FAR const char *path, FAR const char *title,
                        FAR size_t *len);

#endif /* __APPS_NETUTILS_HTTPD_HTTPD_H */
