/****************************************************************************
 * apps/netutils/wget/wget_main.c
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

/* wget: fetch a file by HTTP/1.1.
 *
 * One connection for each request; the length of an answer is what its
 * header says, the sum of its chunks, or what comes until the connection
 * ends (RFC 9112, 6.3).  Progress goes to stderr, so that -O - can be piped.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <sys/socket.h>
#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netlib.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define WGET_BUFFER    262144
#define WGET_HEADER    65536           /* The longest header of an answer */
#define WGET_URL       4096
#define WGET_REDIRECTS 20

/* Exit status, as that of GNU wget */

#define WGET_EXIT_IO     3
#define WGET_EXIT_NET    4
#define WGET_EXIT_PROTO  7
#define WGET_EXIT_SERVER 8

/****************************************************************************
 * Private Types
 ****************************************************************************/

struct wget_s
{
  struct netlib_wait_s wait;
  FAR const char *output;              /* -O */
  bool quiet;
  bool resume;
  bool show;                           /* -S */
  uint64_t timeout;
  int fd;                              /* The connection */
  int file;
  char url[WGET_URL];
  char host[256];
  char port[8];
  FAR const char *path;                /* In the URL; "" is "/" */
  char name[256];                      /* Of the file */
  int status;
  int64_t length;                      /* Of the body; -1: not told */
  bool chunked;
  uint64_t offset;                     /* Of the body in the file */
  uint64_t got;
  uint64_t start;
  FAR char *header;
  size_t begin;                        /* Of what was received */
  size_t end;
  char buffer[WGET_BUFFER];
};

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const char g_help[] =
  "usage: wget [-cqS] [-O FILE] [-T SEC] URL\n"
  "\n"
  "Fetches URL, http://HOST[:PORT][/PATH], to a file with its last name.\n"
  "\n"
  "  -c       go on with a file that is there in part\n"
  "  -O FILE  write to FILE; - is standard output\n"
  "  -q       say nothing but errors\n"
  "  -S       show the header of the answer\n"
  "  -T SEC   give up after so long without data (60)\n"
  "  --help   this text\n"
  "\n"
  "Exit status: 0 fetched, 2 wrong arguments, 3 the file, 4 the network,\n"
  "7 not understood, 8 the server answered with an error.\n";

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: say
 *
 * Description:
 *   Progress.
 *
 ****************************************************************************/

static void say(FAR const struct wget_s *wget, FAR const char *format, ...)
     printf_like(2, 3);

static void say(FAR const struct wget_s *wget, FAR const char *format, ...)
{
  va_list ap;

  if (!wget->quiet)
    {
      va_start(ap, format);
      vfprintf(stderr, format, ap);
      va_end(ap);
    }
}

/****************************************************************************
 * Name: fail
 *
 * Description:
 *   Tell why it ended.  Returns status.
 *
 ****************************************************************************/

static int fail(int status, FAR const char *what, FAR const char *why)
{
  netlib_fail("wget", "%.150s: %s", what, why);
  return status;
}

/****************************************************************************
 * Name: parse_url
 *
 * Description:
 *   Cut the URL into host, port and path.  0, or an exit status.
 *
 ****************************************************************************/

static int parse_url(FAR struct wget_s *wget)
{
  FAR const char *url = wget->url;
  FAR const char *host;
  FAR const char *slash;
  size_t len;
  int64_t port;

  for (len = 0; url[len] != '\0'; len++)
    {
      if ((unsigned char)url[len] <= ' ' || url[len] == 0x7f)
        {
          return fail(NETLIB_USAGE, url, "a URL has no blanks");
        }
    }

  if (strncasecmp(url, "https:", 6) == 0)
    {
      return fail(NETLIB_USAGE, url, "there is no TLS");
    }

  host = strncasecmp(url, "http://", 7) == 0 ? url + 7 : url;
  if (strstr(host, "://") != NULL && host == url)
    {
      return fail(NETLIB_USAGE, url, "only http");
    }

  slash = host + strcspn(host, "/?#");
  len = strcspn(host, ":/?#");
  if (len == 0 || len >= sizeof(wget->host) ||
      memchr(host, '@', (size_t)(slash - host)) != NULL)
    {
      return fail(NETLIB_USAGE, url, "no host");
    }

  memcpy(wget->host, host, len);
  wget->host[len] = '\0';
  strcpy(wget->port, "80");
  host += len;
  if (*host == ':' && host + 1 < slash)
    {
      len = (size_t)(slash - host) - 1;
      if (len >= sizeof(wget->port))
        {
          return fail(NETLIB_USAGE, url, "no port");
        }

      memcpy(wget->port, host + 1, len);
      wget->port[len] = '\0';
      if (!netlib_number(wget->port, 1, 65535, &port))
        {
          return fail(NETLIB_USAGE, url, "no port");
        }
    }

  wget->path = slash;
  return 0;
}

/****************************************************************************
 * Name: choose_name
 *
 * Description:
 *   The name of the file: what -O says, or the end of the path.
 *
 ****************************************************************************/

static void choose_name(FAR struct wget_s *wget)
{
  FAR const char *begin = wget->path;
  FAR const char *next;
  size_t len;

  if (wget->output != NULL)
    {
      snprintf(wget->name, sizeof(wget->name), "%s", wget->output);
      return;
    }

  for (next = begin; *next != '\0' && *next != '?' && *next != '#'; next++)
    {
      if (*next == '/')
        {
          begin = next + 1;
        }
    }

  len = (size_t)(next - begin);
  if (len == 0 || len >= sizeof(wget->name) || strncmp(begin, "..", len) == 0)
    {
      begin = "index.html";
      len = strlen(begin);
    }

  memcpy(wget->name, begin, len);
  wget->name[len] = '\0';
}

/****************************************************************************
 * Name: fill
 *
 * Description:
 *   Receive more behind what there is.  The number of bytes, 0 at the end of
 *   the connection, or a negated errno.
 *
 ****************************************************************************/

static ssize_t fill(FAR struct wget_s *wget)
{
  struct pollfd pfd;
  ssize_t got;

  if (wget->begin == wget->end)
    {
      wget->begin = 0;
      wget->end = 0;
    }

  for (; ; )
    {
      got = recv(wget->fd, wget->buffer + wget->end,
                 sizeof(wget->buffer) - wget->end, 0);
      if (got >= 0)
        {
          wget->end += (size_t)got;
          return got;
        }

      if (errno != EAGAIN && errno != EINTR)
        {
          return -errno;
        }

      pfd.fd = wget->fd;
      pfd.events = POLLIN;
      if (netlib_poll(&wget->wait, &pfd, 1,
                      netlib_now() + wget->timeout) == 0)
        {
          return wget->wait.interrupted ? -EINTR : -ETIMEDOUT;
        }
    }
}

/****************************************************************************
 * Name: need_more
 *
 * Description:
 *   The same, where the end of the connection is an error.  0, or an exit
 *   status.
 *
 ****************************************************************************/

static int need_more(FAR struct wget_s *wget)
{
  ssize_t got = fill(wget);

  return got > 0 ? 0 : fail(WGET_EXIT_NET, wget->host, got == 0 ?
                            "the connection ended too early" :
                            strerror((int)-got));
}

/****************************************************************************
 * Name: connect_host
 *
 * Description:
 *   Connect to the host of the URL.  0, or an exit status.
 *
 ****************************************************************************/

static int connect_host(FAR struct wget_s *wget)
{
  struct netlib_addr_s addr;
  char text[NETLIB_ADDRLEN];
  FAR const char *why;

  why = netlib_resolve(wget->host, wget->port, SOCK_STREAM, &addr);
  if (why != NULL)
    {
      return fail(WGET_EXIT_NET, wget->host, why);
    }

  say(wget, "Connecting to %s... ", netlib_addrtext(&addr.addr, text));
  wget->fd = netlib_connect(&wget->wait, NULL, &addr, 0,
                            netlib_now() + wget->timeout);
  if (wget->fd < 0)
    {
      say(wget, "\n");
      return fail(WGET_EXIT_NET, text, strerror(-wget->fd));
    }

  say(wget, "connected.\n");
  return 0;
}

/****************************************************************************
 * Name: request
 *
 * Description:
 *   Send the request.  0, or an exit status.
 *
 ****************************************************************************/

static int request(FAR struct wget_s *wget)
{
  char port[10] = "";
  char range[48] = "";
  int len;
  int ret;

  if (strcmp(wget->port, "80") != 0)
    {
      snprintf(port, sizeof(port), ":%s", wget->port);
    }

  if (wget->offset > 0)
    {
      snprintf(range, sizeof(range), "Range: bytes=%llu-\r\n",
               (unsigned long long)wget->offset);
    }

  len = snprintf(wget->buffer, sizeof(wget->buffer),
                 "GET %s%.*s HTTP/1.1\r\nHost: %s%s\r\n"
                 "User-Agent: wget\r\nAccept: */*\r\n%s"
                 "Connection: close\r\n\r\n",
                 *wget->path == '/' ? "" : "/",
                 (int)strcspn(wget->path, "#"), wget->path, wget->host,
                 port, range);
  ret = netlib_sendall(&wget->wait, wget->fd, wget->buffer, (size_t)len,
                       netlib_now() + wget->timeout);
  wget->begin = 0;
  wget->end = 0;
  return ret == 0 ? 0 : fail(WGET_EXIT_NET, wget->host, strerror(-ret));
}

/****************************************************************************
 * Name: header_length
 *
 * Description:
 *   How long the header at the begin of the buffer is; 0: not yet complete.
 *
 ****************************************************************************/

static size_t header_length(FAR const struct wget_s *wget)
{
  size_t i;

  for (i = wget->begin; i < wget->end; i++)
    {
      if (wget->buffer[i] == '\n' && i + 1 < wget->end &&
          (wget->buffer[i + 1] == '\n' ||
           (i + 2 < wget->end && wget->buffer[i + 1] == '\r' &&
            wget->buffer[i + 2] == '\n')))
        {
          return i + 2 + (wget->buffer[i + 1] == '\r') - wget->begin;
        }
    }

  return 0;
}

/****************************************************************************
 * Name: parse_header
 *
 * Description:
 *   Understand the header of an answer.  0, or an exit status.
 *
 ****************************************************************************/

static int parse_header(FAR struct wget_s *wget, size_t len)
{
  FAR char *text = wget->buffer + wget->begin;
  FAR const char *value;
  FAR char *out;
  size_t i;

  free(wget->header);
  wget->header = malloc(len + 1);
  if (wget->header == NULL)
    {
      return fail(EXIT_FAILURE, wget->host, strerror(ENOMEM));
    }

  if (wget->show)
    {
      fprintf(stderr, "%.*s", (int)len, text);
    }

  out = wget->header;
  for (i = 0; i < len; i++)
    {
      if (text[i] != '\r')
        {
          *out++ = (char)(text[i] == '\n' ? '\0' : text[i]);
        }
    }

  *out = '\0';
  wget->begin += len;
  if (sscanf(wget->header, "HTTP/1.%*1[0-9] %3d", &wget->status) != 1 ||
      wget->status < 100)
    {
      return fail(WGET_EXIT_PROTO, wget->host, "does not answer with HTTP");
    }

  value = netlib_field(wget->header, "Transfer-Encoding");
  wget->chunked = netlib_listhas(value, "chunked");
  wget->length = -1;
  if (value != NULL && !wget->chunked)
    {
      return fail(WGET_EXIT_PROTO, value, "this coding is not known");
    }

  value = netlib_field(wget->header, "Content-Length");
  if (value != NULL && !wget->chunked &&
      !netlib_number(value, 0, INT64_MAX, &wget->length))
    {
      return fail(WGET_EXIT_PROTO, value, "this is no length");
    }

  return 0;
}

/****************************************************************************
 * Name: response
 *
 * Description:
 *   Receive the header of the answer.  0, or an exit status.
 *
 ****************************************************************************/

static int response(FAR struct wget_s *wget)
{
  FAR const char *words;
  size_t len;
  int ret;

  say(wget, "HTTP request sent, awaiting response... ");
  do
    {
      while ((len = header_length(wget)) == 0)
        {
          if (wget->end - wget->begin >= WGET_HEADER)
            {
              return fail(WGET_EXIT_PROTO, wget->host,
                          "the header has no end");
            }

          ret = need_more(wget);
          if (ret != 0)
            {
              return ret;
            }
        }

      ret = parse_header(wget, len);
    }
  while (ret == 0 && wget->status < 200);

  if (ret == 0)
    {
      words = wget->header + strcspn(wget->header, " ");
      say(wget, "%s\n", words + (*words == ' '));
    }

  return ret;
}

/****************************************************************************
 * Name: redirect
 *
 * Description:
 *   Go where the answer says.  0, or an exit status.
 *
 ****************************************************************************/

static int redirect(FAR struct wget_s *wget)
{
  FAR const char *location = netlib_field(wget->header, "Location");
  char url[WGET_URL];
  int base;
  int len;

  if (location == NULL || *location == '\0')
    {
      return fail(WGET_EXIT_PROTO, wget->host, "a redirection to nowhere");
    }

  if (strstr(location, "://") != NULL && *location != '/')
    {
      len = snprintf(url, sizeof(url), "%s", location);
    }
  else if (strncmp(location, "//", 2) == 0)
    {
      len = snprintf(url, sizeof(url), "http:%s", location);
    }
  else
    {
      /* Relative to the host, or to the last slash of the path */

      base = (int)strcspn(wget->path, "?#");
      while (base > 0 && (*location == '/' || wget->path[base - 1] != '/'))
        {
          base--;
        }

      len = snprintf(url, sizeof(url), "http://%s:%s%.*s%s%s", wget->host,
                     wget->port, base, wget->path,
                     base == 0 && *location != '/' ? "/" : "", location);
    }

  if (len < 0 || (size_t)len >= sizeof(url))
    {
      return fail(WGET_EXIT_PROTO, wget->host, "the redirection is too long");
    }

  say(wget, "Location: %s\n", url);
  strcpy(wget->url, url);
  return parse_url(wget) == 0 ? 0 : WGET_EXIT_PROTO;
}

/****************************************************************************
 * Name: open_file
 *
 * Description:
 *   Open the file that is written.  0, or an exit status.
 *
 ****************************************************************************/

static int open_file(FAR struct wget_s *wget)
{
  bool append = wget->offset > 0 && wget->status == 206;

  if (!append)
    {
      wget->offset = 0;
    }

  if (wget->output != NULL && strcmp(wget->output, "-") == 0)
    {
      wget->file = STDOUT_FILENO;
      return 0;
    }

  wget->file = open(wget->name, O_WRONLY | O_CREAT |
                    (append ? O_APPEND : O_TRUNC), 0666);
  return wget->file >= 0 ? 0 : fail(WGET_EXIT_IO, wget->name,
                                    strerror(errno));
}

/****************************************************************************
 * Name: store
 *
 * Description:
 *   Write what was received, at most len bytes.  0, or an exit status.
 *
 ****************************************************************************/

static int store(FAR struct wget_s *wget, FAR uint64_t *len)
{
  size_t piece = wget->end - wget->begin;
  int ret;

  if (piece > *len)
    {
      piece = (size_t)*len;
    }

  ret = netlib_writeall(wget->file, wget->buffer + wget->begin, piece);
  if (ret < 0)
    {
      return fail(WGET_EXIT_IO, wget->name, strerror(-ret));
    }

  wget->begin += piece;
  wget->got += piece;
  *len -= piece;
  return 0;
}

/****************************************************************************
 * Name: body_length
 *
 * Description:
 *   Receive a body of known length.  0, or an exit status.
 *
 ****************************************************************************/

static int body_length(FAR struct wget_s *wget, uint64_t left)
{
  int ret = store(wget, &left);

  while (ret == 0 && left > 0)
    {
      ret = need_more(wget);
      if (ret == 0)
        {
          ret = store(wget, &left);
        }
    }

  return ret;
}

/****************************************************************************
 * Name: body_end
 *
 * Description:
 *   Receive a body that ends with the connection.
 *
 ****************************************************************************/

static int body_end(FAR struct wget_s *wget)
{
  uint64_t left = UINT64_MAX;
  ssize_t got = 1;
  int ret;

  while ((ret = store(wget, &left)) == 0 && got > 0)
    {
      got = fill(wget);
    }

  return ret != 0 || got == 0 ? ret :
         fail(WGET_EXIT_NET, wget->host, strerror((int)-got));
}

/****************************************************************************
 * Name: get_line
 *
 * Description:
 *   Receive a line of at most size - 1 bytes.  0, or an exit status.
 *
 ****************************************************************************/

static int get_line(FAR struct wget_s *wget, FAR char *line, size_t size)
{
  size_t len = 0;
  int ret;
  char c;

  for (; ; )
    {
      if (wget->begin == wget->end)
        {
          ret = need_more(wget);
          if (ret != 0)
            {
              return ret;
            }
        }

      c = wget->buffer[wget->begin++];
      if (c == '\n')
        {
          line[len] = '\0';
          return 0;
        }

      if (c != '\r')
        {
          line[len++] = c;
        }

      if (len == size)
        {
          return fail(WGET_EXIT_PROTO, wget->host, "a line is too long");
        }
    }
}

/****************************************************************************
 * Name: body_chunks
 *
 * Description:
 *   Receive a body in chunks (RFC 9112, 7.1).
 *
 ****************************************************************************/

static int body_chunks(FAR struct wget_s *wget)
{
  char line[1024];
  FAR char *end;
  uint64_t len;
  int ret;

  for (; ; )
    {
      ret = get_line(wget, line, sizeof(line));
      if (ret != 0)
        {
          return ret;
        }

      errno = 0;
      len = strtoull(line, &end, 16);
      if (!isxdigit((unsigned char)line[0]) || errno != 0 ||
          strspn(end, " \t") != strcspn(end, ";"))
        {
          return fail(WGET_EXIT_PROTO, wget->host, "this is no chunk");
        }

      if (len == 0)
        {
          break;
        }

      ret = body_length(wget, len);
      if (ret == 0)
        {
          ret = get_line(wget, line, 3);
        }

      if (ret == 0 && line[0] != '\0')
        {
          ret = fail(WGET_EXIT_PROTO, wget->host, "a chunk has no end");
        }

      if (ret != 0)
        {
          return ret;
        }
    }

  /* The trailer, and the blank line behind it */

  do
    {
      ret = get_line(wget, line, sizeof(line));
    }
  while (ret == 0 && line[0] != '\0');

  return ret;
}

/****************************************************************************
 * Name: save
 *
 * Description:
 *   Receive the body into the file.  0, or an exit status.
 *
 ****************************************************************************/

static int save(FAR struct wget_s *wget)
{
  double seconds;
  int ret = open_file(wget);

  if (ret != 0)
    {
      return ret;
    }

  if (wget->length >= 0)
    {
      say(wget, "Length: %lld\n", (long long)wget->length);
    }

  say(wget, "Saving to: '%s'\n\n", wget->name);
  wget->start = netlib_now();
  ret = wget->chunked ? body_chunks(wget) :
        wget->length >= 0 ? body_length(wget, (uint64_t)wget->length) :
        body_end(wget);
  if (wget->file != STDOUT_FILENO && close(wget->file) < 0 && ret == 0)
    {
      ret = fail(WGET_EXIT_IO, wget->name, strerror(errno));
    }

  seconds = (double)(netlib_now() - wget->start) / 1e9;
  if (ret == 0)
    {
      say(wget, "'%s' saved [%llu] (%.2f MB/s)\n", wget->name,
          (unsigned long long)(wget->offset + wget->got),
          seconds > 0 ? (double)wget->got / 1e6 / seconds : 0.0);
    }

  return ret;
}

/****************************************************************************
 * Name: refused
 *
 * Description:
 *   The answer is neither the file nor a redirection.  With -c that may mean
 *   that nothing is missing.
 *
 ****************************************************************************/

static int refused(FAR struct wget_s *wget)
{
  FAR const char *range = netlib_field(wget->header, "Content-Range");
  int64_t size;

  if (wget->status == 416 && wget->offset > 0 && range != NULL &&
      strncmp(range, "bytes */", 8) == 0 &&
      netlib_number(range + 8, 0, INT64_MAX, &size) &&
      (uint64_t)size == wget->offset)
    {
      say(wget, "The file is complete already.\n");
      return EXIT_SUCCESS;
    }

  return fail(WGET_EXIT_SERVER, wget->url, wget->header +
              strcspn(wget->header, " ") + 1);
}

/****************************************************************************
 * Name: check_range
 *
 * Description:
 *   Whether the answer is the part that was asked for.
 *
 ****************************************************************************/

static int check_range(FAR struct wget_s *wget)
{
  FAR const char *range = netlib_field(wget->header, "Content-Range");
  unsigned long long first;

  if (wget->status == 206 &&
      (range == NULL || sscanf(range, "bytes %llu-", &first) != 1 ||
       first != wget->offset))
    {
      return fail(WGET_EXIT_PROTO, wget->host, "answers with another part");
    }

  return 0;
}

/****************************************************************************
 * Name: fetch
 *
 * Description:
 *   Make requests until one is answered with the file.
 *
 ****************************************************************************/

static int fetch(FAR struct wget_s *wget)
{
  int redirects = 0;
  int ret;

  for (; ; )
    {
      ret = connect_host(wget);
      ret = ret != 0 ? ret : request(wget);
      ret = ret != 0 ? ret : response(wget);
      if (ret != 0)
        {
          return ret;
        }

      if (wget->status == 200 || wget->status == 206)
        {
          ret = check_range(wget);
          return ret != 0 ? ret : save(wget);
        }

      if (wget->status < 301 || wget->status > 308 ||
          (wget->status > 303 && wget->status < 307))
        {
          return refused(wget);
        }

      if (++redirects > WGET_REDIRECTS)
        {
          return fail(WGET_EXIT_PROTO, wget->url, "too many redirections");
        }

      close(wget->fd);
      wget->fd = -1;
      ret = redirect(wget);
      if (ret != 0)
        {
          return ret;
        }
    }
}

/****************************************************************************
 * Name: start
 *
 * Description:
 *   Read the command line.  0, or an exit status.
 *
 ****************************************************************************/

static int start(FAR struct wget_s *wget, int argc, FAR char *argv[])
{
  struct stat st;
  int opt;
  int ret;

  wget->timeout = 60 * NETLIB_SEC;
  wget->fd = -1;
  while ((opt = getopt(argc, argv, "cO:qST:")) != -1)
    {
      switch (opt)
        {
        case 'c':
          wget->resume = true;
          break;

        case 'O':
          wget->output = optarg;
          break;

        case 'q':
          wget->quiet = true;
          break;

        case 'S':
          wget->show = true;
          break;

        case 'T':
          wget->timeout = netlib_optseconds("wget", optarg);
          break;

        default:
          return NETLIB_USAGE;
        }
    }

  if (argc - optind != 1)
    {
      return netlib_misuse("wget", argc > optind ? "too many arguments" :
                           "which URL?");
    }

  if (strlen(argv[optind]) >= sizeof(wget->url) ||
      (wget->output != NULL && strlen(wget->output) >= sizeof(wget->name)))
    {
      return netlib_misuse("wget", "the URL or the name is too long");
    }

  strcpy(wget->url, argv[optind]);
  ret = parse_url(wget);
  if (ret == 0)
    {
      choose_name(wget);
      if (wget->resume && strcmp(wget->name, "-") != 0 &&
          stat(wget->name, &st) == 0 && S_ISREG(st.st_mode))
        {
          wget->offset = (uint64_t)st.st_size;
        }
    }

  return ret;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: main
 *
 * Description:
 *   Fetch a file.
 *
 ****************************************************************************/

int main(int argc, FAR char *argv[])
{
  FAR struct wget_s *wget;
  int status;

  if (netlib_help(argc, argv, g_help))
    {
      return EXIT_SUCCESS;
    }

  wget = calloc(1, sizeof(*wget));
  if (wget == NULL)
    {
      return netlib_fail("wget", "out of memory");
    }

  status = start(wget, argc, argv);
  if (status == 0)
    {
      netlib_signals(&wget->wait);
      status = fetch(wget);
    }

  if (wget->fd >= 0)
    {
      close(wget->fd);
    }

  free(wget->header);
  free(wget);
  return status;
}
