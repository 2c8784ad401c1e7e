/****************************************************************************
 * apps/netutils/httpd/httpd_reply.c
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

/* The answer: which file, which part of it, and the header in front. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "httpd.h"

/****************************************************************************
 * Private Types
 ****************************************************************************/

struct httpd_word_s
{
  int status;
  FAR const char *text;
};

struct httpd_type_s
{
  FAR const char *suffix;
  FAR const char *type;
};

/* What is known of the thing that was asked for */

struct httpd_thing_s
{
  FAR const char *type;                /* NULL: none is told */
  FAR const char *location;            /* NULL: none */
  int64_t modified;                    /* -1: not known */
  char etag[48];
};

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const struct httpd_word_s g_words[] =
{
  { 200, "OK" },
  { 206, "Partial Content" },
  { 301, "Moved Permanently" },
  { 304, "Not Modified" },
  { 400, "Bad Request" },
  { 403, "Forbidden" },
  { 404, "Not Found" },
  { 405, "Method Not Allowed" },
  { 408, "Request Timeout" },
  { 414, "URI Too Long" },
  { 416, "Range Not Satisfiable" },
  { 431, "Request Header Fields Too Large" },
  { 500, "Internal Server Error" },
  { 501, "Not Implemented" },
  { 503, "Service Unavailable" },
  { 505, "HTTP Version Not Supported" },
  { 0, "Error" }
};

static const struct httpd_type_s g_types[] =
{
  { "html", "text/html; charset=utf-8" },
  { "htm", "text/html; charset=utf-8" },
  { "txt", "text/plain; charset=utf-8" },
  { "md", "text/plain; charset=utf-8" },
  { "c", "text/plain; charset=utf-8" },
  { "h", "text/plain; charset=utf-8" },
  { "css", "text/css" },
  { "js", "text/javascript" },
  { "json", "application/json" },
  { "xml", "application/xml" },
  { "png", "image/png" },
  { "jpg", "image/jpeg" },
  { "jpeg", "image/jpeg" },
  { "gif", "image/gif" },
  { "svg", "image/svg+xml" },
  { "ico", "image/x-icon" },
  { "pdf", "application/pdf" },
  { "gz", "application/gzip" },
  { "wasm", "application/wasm" },
  { NULL, "application/octet-stream" }
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: type_of
 *
 * Description:
 *   The type of a file, by its name.
 *
 ****************************************************************************/

static FAR const char *type_of(FAR const char *path)
{
  FAR const struct httpd_type_s *type;
  FAR const char *name = strrchr(path, '/');
  FAR const char *suffix = strrchr(name != NULL ? name : path, '.');

  for (type = g_types; type->suffix != NULL; type++)
    {
      if (suffix != NULL && strcasecmp(suffix + 1, type->suffix) == 0)
        {
          break;
        }
    }

  return type->type;
}

/****************************************************************************
 * Name: word_of
 *
 * Description:
 *   The words for a status.
 *
 ****************************************************************************/

static FAR const char *word_of(int status)
{
  FAR const struct httpd_word_s *word = g_words;

  while (word->status != 0 && word->status != status)
    {
      word++;
    }

  return word->text;
}

/****************************************************************************
 * Name: status_of
 *
 * Description:
 *   The status for an error of a file system.
 *
 ****************************************************************************/

static int status_of(int err)
{
  switch (err)
    {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:
      return 404;

    case EACCES:
    case EPERM:
      return 403;

    case EMFILE:
    case ENFILE:
    case ENOMEM:
      return 503;

    default:
      return 500;
    }
}

/****************************************************************************
 * Name: put
 *
 * Description:
 *   Append to the header in the buffer.
 *
 ****************************************************************************/

static void put(FAR struct httpd_reply_s *reply, FAR const char *format, ...)
     printf_like(2, 3);

static void put(FAR struct httpd_reply_s *reply, FAR const char *format, ...)
{
  size_t room = sizeof(reply->buffer) - reply->end;
  va_list ap;
  int len;

  va_start(ap, format);
  len = vsnprintf(reply->buffer + reply->end, room, format, ap);
  va_end(ap);
  reply->end += len >= 0 && (size_t)len < room ? (size_t)len : 0;
}

/****************************************************************************
 * Name: put_location
 *
 * Description:
 *   Append a path as a URL.  More than one slash at the begin would name
 *   another host.
 *
 ****************************************************************************/

static void put_location(FAR struct httpd_reply_s *reply,
                         FAR const char *path)
{
  put(reply, "Location: /");
  for (path += strspn(path, "/"); *path != '\0'; path++)
    {
      if (isalnum((unsigned char)*path) ||
          strchr("-._~/!$&'()*+,;=:@", *path) != NULL)
        {
          put(reply, "%c", *path);
        }
      else
        {
          put(reply, "%%%02X", (unsigned int)(unsigned char)*path);
        }
    }

  put(reply, "/\r\n");
}

/****************************************************************************
 * Name: put_header
 *
 * Description:
 *   Write the header.  The body is settled by now; for HEAD and 304 it is
 *   then left out, but its length is told.
 *
 ****************************************************************************/

static void put_header(FAR struct httpd_site_s *site,
                       FAR struct httpd_reply_s *reply,
                       FAR const struct httpd_thing_s *thing)
{
  int64_t now = (int64_t)time(NULL);
  char date[32];

  if (now != site->date_at)
    {
      site->date_at = now;
      netlib_httpdate(now, site->date);
    }

  put(reply, "HTTP/1.1 %d %s\r\nServer: httpd\r\nDate: %s\r\n",
      reply->status, word_of(reply->status), site->date);
  if (reply->status != 304)
    {
      put(reply, "Content-Length: %llu\r\n", (unsigned long long)reply->left);
    }

  if (thing->type != NULL && reply->status != 304)
    {
      put(reply, "Content-Type: %s\r\n", thing->type);
    }

  if (thing->modified >= 0)
    {
      netlib_httpdate(thing->modified, date);
      put(reply, "Last-Modified: %s\r\nETag: %s\r\nAccept-Ranges: bytes\r\n",
          date, thing->etag);
    }

  if (reply->status == 206)
    {
      put(reply, "Content-Range: bytes %llu-%llu/%llu\r\n",
          (unsigned long long)reply->offset,
          (unsigned long long)(reply->offset + reply->left - 1),
          (unsigned long long)reply->size);
    }
  else if (reply->status == 416)
    {
      put(reply, "Content-Range: bytes */%llu\r\n",
          (unsigned long long)reply->size);
    }
  else if (reply->status == 405)
    {
      put(reply, "Allow: GET, HEAD\r\n");
    }

  if (thing->location != NULL)
    {
      put_location(reply, thing->location);
    }

  put(reply, "Connection: %s\r\n\r\n",
      reply->close ? "close" : "keep-alive");
}

/****************************************************************************
 * Name: fail
 *
 * Description:
 *   Answer with a status and a short text of it.
 *
 ****************************************************************************/

static void fail(FAR struct httpd_reply_s *reply,
                 FAR struct httpd_thing_s *thing, int status)
{
  if (reply->fd >= 0)
    {
      close(reply->fd);
      reply->fd = -1;
    }

  reply->status = status;
  reply->offset = 0;
  reply->left = 0;
  reply->body = HTTPD_NONE;
  thing->type = "text/plain";
  if (status != 304)
    {
      reply->memory = malloc(64);
      if (reply->memory != NULL)
        {
          reply->left = (uint64_t)snprintf(reply->memory, 64, "%d %s\n",
                                           status, word_of(status));
          reply->body = HTTPD_MEMORY;
        }
    }
}

/****************************************************************************
 * Name: read_number
 *
 * Description:
 *   Read digits; false if there are none or too many.
 *
 ****************************************************************************/

static bool read_number(FAR const char **text, FAR uint64_t *value)
{
  FAR const char *begin = *text;

  for (*value = 0; isdigit((unsigned char)**text); ++*text)
    {
      if (*value > (UINT64_MAX - 9) / 10)
        {
          return false;
        }

      *value = *value * 10 + (uint64_t)(**text - '0');
    }

  return *text != begin;
}

/****************************************************************************
 * Name: apply_range
 *
 * Description:
 *   Restrict the answer to the range that is asked for (RFC 9110, 14).  One
 *   range; several, and what is no range, are as if none was asked for.
 *
 ****************************************************************************/

static void apply_range(FAR struct httpd_reply_s *reply,
                        FAR struct httpd_thing_s *thing,
                        FAR const char *range)
{
  uint64_t first = 0;
  uint64_t last = 0;
  bool has_first;
  bool has_last;

  if (range == NULL || strncasecmp(range, "bytes=", 6) != 0)
    {
      return;
    }

  range += 6;
  has_first = read_number(&range, &first);
  if (*range++ != '-')
    {
      return;
    }

  has_last = read_number(&range, &last);
  if (*range != '\0' || (!has_first && !has_last) ||
      (has_first && has_last && last < first))
    {
      return;
    }

  if (!has_first)
    {
      first = last < reply->size ? reply->size - last : 0;
      if (last == 0)
        {
          first = reply->size;
        }
    }

  if (!has_first || !has_last || last >= reply->size)
    {
      last = reply->size - 1;
    }

  if (first >= reply->size)
    {
      fail(reply, thing, 416);
      return;
    }

  reply->status = 206;
  reply->offset = first;
  reply->left = last - first + 1;
}

/****************************************************************************
 * Name: apply_conditions
 *
 * Description:
 *   Send all, a part, or only that nothing has changed.  The order is that
 *   of RFC 9110, 13.2.2.
 *
 ****************************************************************************/

static void apply_conditions(FAR const struct httpd_request_s *request,
                             FAR struct httpd_reply_s *reply,
                             FAR struct httpd_thing_s *thing)
{
  FAR const char *match = netlib_field(request->header, "If-None-Match");
  FAR const char *since = netlib_field(request->header,
                                       "If-Modified-Since");
  FAR const char *range = netlib_field(request->header, "Range");
  FAR const char *ifrange = netlib_field(request->header, "If-Range");
  int64_t when;

  if (match != NULL)
    {
      if (strcmp(match, "*") == 0 || strstr(match, thing->etag) != NULL)
        {
          fail(reply, thing, 304);
          return;
        }
    }
  else if (since != NULL)
    {
      when = netlib_fromhttpdate(since);
      if (when >= 0 && thing->modified <= when)
        {
          fail(reply, thing, 304);
          return;
        }
    }

  if (request->head || (ifrange != NULL &&
      strcmp(ifrange, thing->etag) != 0 &&
      netlib_fromhttpdate(ifrange) != thing->modified))
    {
      return;
    }

  apply_range(reply, thing, range);
}

/****************************************************************************
 * Name: reply_directory
 *
 * Description:
 *   Answer with index.html, or a list of what is in the directory. One that
 *   is asked for without a slash at the end is sent elsewhere: links within
 *   it would not work.  true: site->path is the file to send.
 *
 ****************************************************************************/

static bool reply_directory(FAR struct httpd_site_s *site,
                            FAR const struct httpd_request_s *request,
                            FAR struct httpd_reply_s *reply,
                            FAR struct httpd_thing_s *thing)
{
  size_t len = strlen(site->path);
  struct stat st;
  size_t size;

  if (request->path[strlen(request->path) - 1] != '/')
    {
      fail(reply, thing, 301);
      thing->location = request->path;
      return false;
    }

  if (len + sizeof("index.html") <= sizeof(site->path))
    {
      strcpy(site->path + len, "index.html");
      if (stat(site->path, &st) == 0 && S_ISREG(st.st_mode))
        {
          return true;
        }

      site->path[len] = '\0';
    }

  reply->memory = httpd_listing(site->path, request->path, &size);
  if (reply->memory == NULL)
    {
      fail(reply, thing, status_of(errno));
      return false;
    }

  reply->body = HTTPD_MEMORY;
  reply->left = size;
  thing->type = g_types[0].type;
  return false;
}

/****************************************************************************
 * Name: reply_file
 *
 * Description:
 *   Answer with a file of the served directory.
 *
 ****************************************************************************/

static void reply_file(FAR struct httpd_site_s *site,
                       FAR const struct httpd_request_s *request,
                       FAR struct httpd_reply_s *reply,
                       FAR struct httpd_thing_s *thing)
{
  struct stat st;
  int len;

  len = snprintf(site->path, sizeof(site->path), "%s%s", site->root,
                 request->path);
  if (len < 0 || (size_t)len >= sizeof(site->path))
    {
      fail(reply, thing, 404);
      return;
    }

  if (stat(site->path, &st) < 0)
    {
      fail(reply, thing, status_of(errno));
      return;
    }

  /* What is no file must not be opened either: a pipe would wait.  Each of
   * these calls is several of a host's.
   */

  if (S_ISDIR(st.st_mode))
    {
      if (!reply_directory(site, request, reply, thing))
        {
          return;
        }
    }
  else if (!S_ISREG(st.st_mode))
    {
      fail(reply, thing, 403);
      return;
    }

  if (site->path[strlen(site->path) - 1] == '/')
    {
      fail(reply, thing, 404);
      return;
    }

  reply->fd = open(site->path, O_RDONLY | O_CLOEXEC);
  if (reply->fd < 0 || fstat(reply->fd, &st) < 0)
    {
      fail(reply, thing, status_of(errno));
      return;
    }

  reply->body = HTTPD_FILE;
  reply->size = (uint64_t)st.st_size;
  reply->left = reply->size;
  thing->type = type_of(site->path);
  thing->modified = (int64_t)st.st_mtime;
  snprintf(thing->etag, sizeof(thing->etag), "\"%llx-%llx\"",
           (unsigned long long)st.st_size,
           (unsigned long long)st.st_mtime * 1000000000 +
           (unsigned long long)st.st_mtim.tv_nsec);
  apply_conditions(request, reply, thing);

  /* It is read from there on, without another seek */

  if (reply->offset > 0 &&
      lseek(reply->fd, (off_t)reply->offset, SEEK_SET) < 0)
    {
      fail(reply, thing, status_of(errno));
    }
}

/****************************************************************************
 * Name: reply_bytes
 *
 * Description:
 *   Answer /bytes/N with N bytes, for measurements; with a suffix as of
 *   netlib_size().
 *
 ****************************************************************************/

static bool reply_bytes(FAR const struct httpd_request_s *request,
                        FAR struct httpd_reply_s *reply,
                        FAR struct httpd_thing_s *thing)
{
  if (strncmp(request->path, "/bytes/", 7) != 0 ||
      !netlib_size(request->path + 7, &reply->size))
    {
      return false;
    }

  reply->body = HTTPD_PATTERN;
  reply->left = reply->size;
  thing->type = "text/plain";
  apply_range(reply, thing, request->head ? NULL :
              netlib_field(request->header, "Range"));
  return true;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: httpd_reply
 *
 * Description:
 *   Put the answer together: afterwards the header is in the buffer, and
 *   offset and left tell what of the body is to follow.
 *
 ****************************************************************************/

void httpd_reply(FAR struct httpd_site_s *site,
                 FAR const struct httpd_request_s *request,
                 FAR struct httpd_reply_s *reply)
{
  struct httpd_thing_s thing;

  memset(&thing, 0, sizeof(thing));
  thing.modified = -1;
  memset(reply, 0, offsetof(struct httpd_reply_s, buffer));
  reply->fd = -1;
  reply->status = 200;
  reply->close = request->close;

  if (request->status != 0)
    {
      fail(reply, &thing, request->status);
    }
  else if (!reply_bytes(request, reply, &thing))
    {
      reply_file(site, request, reply, &thing);
    }

  put_header(site, reply, &thing);
  if (request->head)
    {
      reply->left = 0;
    }
}
