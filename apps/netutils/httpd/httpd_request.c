/****************************************************************************
 * apps/netutils/httpd/httpd_request.c
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

/* The request: RFC 9112, sections 2 to 6, strictly.  What could be understood
 * in two ways is refused, since another server in between may choose the
 * other one.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "httpd.h"

/****************************************************************************
 * Private Data
 ****************************************************************************/

/* Methods that exist, and that are not for files that do not change */

static FAR const char *const g_methods[] =
{
  "POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PATCH", NULL
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: is_token
 *
 * Description:
 *   Whether all of a text may stand in a name (RFC 9110, 5.6.2).
 *
 ****************************************************************************/

static bool is_token(FAR const char *text, size_t len)
{
  size_t i;

  for (i = 0; i < len; i++)
    {
      if (!isalnum((unsigned char)text[i]) &&
          (text[i] == '\0' || strchr("!#$%&'*+-.^_`|~", text[i]) == NULL))
        {
          return false;
        }
    }

  return len > 0;
}

/****************************************************************************
 * Name: hexdigit
 *
 * Description:
 *   The value of a hexadecimal digit; -1 if it is none.
 *
 ****************************************************************************/

static int hexdigit(char c)
{
  FAR static const char digits[] = "0123456789abcdef";
  FAR const char *found;

  found = c != '\0' ? strchr(digits, tolower((unsigned char)c)) : NULL;
  return found != NULL ? (int)(found - digits) : -1;
}

/****************************************************************************
 * Name: decode
 *
 * Description:
 *   Replace %xx by what it stands for, in place, and cut off the query. 400
 *   for what is no %xx, and for one that stands for NUL.
 *
 ****************************************************************************/

static int decode(FAR char *path)
{
  FAR char *out = path;
  int high;
  int low;

  for (; *path != '\0' && *path != '?' && *path != '#'; path++)
    {
      if (*path != '%')
        {
          *out++ = *path;
          continue;
        }

      high = hexdigit(path[1]);
      low = high >= 0 ? hexdigit(path[2]) : -1;
      if (low < 0 || high + low == 0)
        {
          return 400;
        }

      *out++ = (char)(high * 16 + low);
      path += 2;
    }

  *out = '\0';
  return 0;
}

/****************************************************************************
 * Name: check_path
 *
 * Description:
 *   Refuse ways out of the served directory: no part of the path is "..",
 *   wherever it leads in the end.
 *
 ****************************************************************************/

static int check_path(FAR const char *path)
{
  size_t len;

  while (*path == '/')
    {
      path += strspn(path, "/");
      len = strcspn(path, "/");
      if (len == 2 && path[0] == '.' && path[1] == '.')
        {
          return 403;
        }

      path += len;
    }

  return 0;
}

/****************************************************************************
 * Name: parse_target
 *
 * Description:
 *   Find the path in the target, which may be a whole URL.
 *
 ****************************************************************************/

static int parse_target(FAR struct httpd_request_s *request,
                        FAR char *target)
{
  int status;

  if (strncasecmp(target, "http://", 7) == 0)
    {
      target += 7;
      target += strcspn(target, "/?");
      if (*target != '/')
        {
          return 400;
        }
    }

  if (*target != '/')
    {
      return 400;
    }

  status = decode(target);
  if (status == 0)
    {
      request->path = target;
      status = check_path(target);
    }

  return status;
}

/****************************************************************************
 * Name: parse_method
 *
 * Description:
 *   GET and HEAD are what there is.
 *
 ****************************************************************************/

static int parse_method(FAR struct httpd_request_s *request,
                        FAR const char *method)
{
  size_t i;

  if (!is_token(method, strlen(method)))
    {
      return 400;
    }

  request->head = strcmp(method, "HEAD") == 0;
  if (request->head || strcmp(method, "GET") == 0)
    {
      return 0;
    }

  for (i = 0; g_methods[i] != NULL; i++)
    {
      if (strcmp(method, g_methods[i]) == 0)
        {
          return 405;
        }
    }

  return 501;
}

/****************************************************************************
 * Name: parse_version
 *
 * Description:
 *   HTTP/1.0 ends the connection unless it is told otherwise, HTTP/1.1 does
 *   not.
 *
 ****************************************************************************/

static int parse_version(FAR struct httpd_request_s *request,
                         FAR const char *version)
{
  if (strncmp(version, "HTTP/", 5) != 0 ||
      !isdigit((unsigned char)version[5]) || version[6] != '.' ||
      !isdigit((unsigned char)version[7]) || version[8] != '\0')
    {
      return 400;
    }

  if (version[5] != '1')
    {
      return 505;
    }

  request->close = version[7] == '0';
  return 0;
}

/****************************************************************************
 * Name: parse_line
 *
 * Description:
 *   The first line: method, target and version, with one blank between them.
 *   All are looked at, the worst error is the one that is told.
 *
 ****************************************************************************/

static int parse_line(FAR struct httpd_request_s *request, FAR char *line)
{
  FAR char *target;
  FAR char *version;
  int status;
  int ret;

  target = strchr(line, ' ');
  if (target == NULL)
    {
      return 400;
    }

  *target++ = '\0';
  version = strchr(target, ' ');
  if (version == NULL)
    {
      return 400;
    }

  *version++ = '\0';
  if (version - target > HTTPD_TARGET_MAX)
    {
      return 414;
    }

  status = parse_version(request, version);
  if (status == 0)
    {
      status = parse_method(request, line);
      ret = parse_target(request, target);
      if (status == 0 || ret == 400)
        {
          status = ret;
        }
    }

  return status;
}

/****************************************************************************
 * Name: check_fields
 *
 * Description:
 *   The fields of the header: their form, and those that matter for the
 *   connection.  A request with a body is answered, then the connection
 *   ends: nobody has to find out where the body does.
 *
 ****************************************************************************/

static int check_fields(FAR struct httpd_request_s *request, bool old)
{
  FAR const char *field;
  FAR const char *value;
  size_t hosts = 0;
  size_t len;

  for (field = request->header; *field != '\0'; field += strlen(field) + 1)
    {
      len = strcspn(field, ":");
      if (field[len] == '\0' || !is_token(field, len))
        {
          return 400;
        }

      hosts += len == 4 && strncasecmp(field, "Host", 4) == 0;
    }

  if (hosts > 1 || (hosts == 0 && !old))
    {
      return 400;
    }

  value = netlib_field(request->header, "Connection");
  if (netlib_listhas(value, "close"))
    {
      request->close = true;
    }
  else if (old && netlib_listhas(value, "keep-alive"))
    {
      request->close = false;
    }

  value = netlib_field(request->header, "Content-Length");
  if (value != NULL)
    {
      len = strspn(value, "0123456789");
      if (len == 0 || value[len + strspn(value + len, " \t")] != '\0')
        {
          return 400;
        }

      request->close |= strspn(value, "0") != len;
    }

  request->close |= netlib_field(request->header, "Transfer-Encoding") !=
                    NULL;
  return 0;
}

/****************************************************************************
 * Name: cut_lines
 *
 * Description:
 *   Make a text of each line.  400 if there is a NUL, or a CR that does not
 *   end a line.
 *
 ****************************************************************************/

static int cut_lines(FAR char *buffer, size_t len)
{
  FAR char *end = buffer + len;
  FAR char *out = buffer;
  FAR char *in;

  for (in = buffer; in < end; in++)
    {
      if (*in == '\r' && in + 1 < end && in[1] == '\n')
        {
          continue;
        }

      if (*in == '\r' || *in == '\0')
        {
          return 400;
        }

      *out++ = (char)(*in == '\n' ? '\0' : *in);
    }

  /* The blank line has become an empty text, which ends the header */

  *out = '\0';
  return 0;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: httpd_request_length
 *
 * Description:
 *   The length of the first request in a buffer, or 0.  Lines end in CR LF,
 *   or LF alone.
 *
 ****************************************************************************/

size_t httpd_request_length(FAR const char *buffer, size_t len)
{
  FAR const char *end = buffer + len;
  FAR const char *next = buffer;

  while ((next = memchr(next, '\n', (size_t)(end - next))) != NULL)
    {
      next++;
      if (next < end && *next == '\n')
        {
          return (size_t)(next + 1 - buffer);
        }

      if (next + 1 < end && next[0] == '\r' && next[1] == '\n')
        {
          return (size_t)(next + 2 - buffer);
        }
    }

  return 0;
}

/****************************************************************************
 * Name: httpd_request_parse
 *
 * Description:
 *   Understand a request of len bytes; the buffer has room for one more.
 *   After an error of form nothing that follows can be trusted: the
 *   connection ends.
 *
 ****************************************************************************/

void httpd_request_parse(FAR char *buffer, size_t len,
                         FAR struct httpd_request_s *request)
{
  FAR char *line = buffer;
  size_t linelen;
  int status;
  bool old;

  memset(request, 0, sizeof(*request));
  request->header = "";
  request->status = cut_lines(line, len);
  if (request->status == 0)
    {
      linelen = strlen(line);
      request->status = parse_line(request, line);
      if (linelen == 0)
        {
          request->status = 400;
        }

      if (request->status != 400 && request->status != 505 &&
          request->status != 414)
        {
          request->header = line + linelen + 1;
          old = request->close;
          status = check_fields(request, old);
          if (status != 0)
            {
              request->status = status;
            }
        }
    }

  if (request->status == 400 || request->status == 414 ||
      request->status == 501 || request->status == 505)
    {
      request->close = true;
    }
}
