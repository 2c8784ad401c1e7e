/****************************************************************************
 * apps/testing/sockettest/st_ctrl.c
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

/* The control connection, as the client speaks it.
 *
 * A TCP connection with lines of text, each ended by a newline and shorter
 * than ST_LINE bytes.  The client asks and the server answers.
 *
 *   sockettest 1 seed=S      the first line; 1 is the version
 *     sockettest 1 ok        ... or
 *     sockettest 1 refused REASON, and the server closes
 *   start KIND [key=value]...
 *     ok ID PORT             the service waits there for connections
 *     error TEXT             ... or there is none: a key that this kind does
 *                            not have, that is there twice or has no value,
 *                            or a value that it cannot have
 *   result ID                waits for the end of the service
 *     ok bytes=N crc=N sent=N sentcrc=N conns=N errors=N err=N wrong=N ...
 *   stop ID                  ends it; the same answer
 *   quit
 *     ok, and the server closes
 *
 * Numbers are decimal, of 64 bits, without a sign; wrong=, mark= and err= may
 * be -1.  When the connection ends, its services end, too.
 *
 * Kinds.  A service has as many connections as conns= says (1; 0: any number,
 * until it is stopped), at the same time if they come at the same time.
 *
 *   discard      receives until the end of the stream and checks the payload
 *   source       sends bytes=N of payload
 *   both         both at the same time
 *   echo         receives, checks, and sends back; ends after the client
 *   udp-echo     sends datagrams back
 *   udp-discard  receives count=N datagrams, checks them
 *   udp-source   waits for a datagram, then sends count=N of size=N there
 *   udp-to       see st_serve_to.c
 *
 * Parameters:
 *
 *   conns=N bytes=N      see above; bytes are for each connection
 *   stream=N             of the payload; what the server sends, except for
 *                        echoes, is of stream N + ST_BACK
 *   perconn=1            N is stream= plus the client's port, so that the
 *                        payload of a connection is its own
 *   chunk=N              of a call (65536)
 *   delay_ms=N           waits so long before each chunk
 *   read=N               ends as soon as so many bytes were received
 *   end=close            closes when it is done (echo, discard)
 *   end=half             shuts down when it has sent all, and closes after
 *                        the client (source, both)
 *   end=rst              aborts when it is done
 *   end=keep             does nothing until the client closes
 *   rcvbuf=N sndbuf=N    sizes of the buffers
 *   backlog=N            of the listener (128)
 *   noaccept=1           never accepts; until it is stopped
 *   accept_ms=N          accepts nobody before so many milliseconds
 *   urgent=N             the N-th byte that it sends is urgent (from 1 on)
 *   inline=1             receives urgent bytes with the others, where it
 *                        accepts; it answers mark=N, how many bytes were in
 *                        front of the last urgent one (-1: there was none)
 *   connect=PORT         the server connects, to this port of the client
 *   timeout=N            seconds without progress until it gives up (60)
 *
 * In a datagram, the first four bytes are its number from 0, the highest byte
 * first; the rest is payload from the offset number * 65536 on.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "sockettest.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define CTRL_HELLO   10                /* Seconds for the first answer */
#define CTRL_TIMEOUT 120               /* ... for another one */

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: refuse
 *
 * Description:
 *   A line about why there is no peer; the exit status.
 *
 ****************************************************************************/

static int refuse(FAR const char *peer, unsigned int port,
                  FAR const char *what)
{
  fprintf(stderr, "sockettest: %s port %u: %s\n", peer, port, what);
  if (g_st.ctrl >= 0)
    {
      close(g_st.ctrl);
      g_st.ctrl = -1;
    }

  return ST_USAGE;
}

/****************************************************************************
 * Name: ask
 *
 * Description:
 *   Send a line and get the answer into answer; asserts that there is one.
 *
 ****************************************************************************/

static void ask(FAR char *answer, FAR const char *format, ...)
{
  char line[ST_LINE];
  va_list ap;
  int ret;

  va_start(ap, format);
  ret = vsnprintf(line, sizeof(line), format, ap);
  va_end(ap);
  ST_ASSERT(ret > 0 && ret < ST_LINE - 1, "the request is too long");
  ret = st_printline(g_st.ctrl, "%s", line);
  ST_ASSERT(ret == 0, "the control connection: %s", strerror(errno));
  ret = st_readline(g_st.ctrl, g_st.line, &g_st.linelen, answer);
  ST_ASSERT(ret == 1, "the control connection: %s",
            ret == 0 ? "the peer has ended" : strerror(errno));
}

/****************************************************************************
 * Name: forget
 *
 * Description:
 *   The runner need not stop this service any more.
 *
 ****************************************************************************/

static void forget(int id)
{
  size_t i;

  for (i = 0; i < g_st.nservices; i++)
    {
      if (g_st.services[i] == id)
        {
          g_st.services[i] = g_st.services[--g_st.nservices];
          return;
        }
    }
}

/****************************************************************************
 * Name: results
 *
 * Description:
 *   Ask for the results of a service.
 *
 ****************************************************************************/

static void results(FAR struct st_service_s *service, FAR const char *verb)
{
  char text[32];

  ask(service->text, "%s %d", verb, service->id);
  forget(service->id);
  ST_ASSERT(strncmp(service->text, "ok ", 3) == 0, "the peer: %.150s",
            service->text);
  service->bytes   = st_value(service, "bytes");
  service->crc     = st_value(service, "crc");
  service->sent    = st_value(service, "sent");
  service->sentcrc = st_value(service, "sentcrc");
  service->conns   = st_value(service, "conns");
  service->errors  = st_value(service, "errors");
  service->err     = st_value(service, "err");
  ST_ASSERT(st_word(service->text, "wrong", text, sizeof(text)) != NULL,
            "the peer: no results: %.150s", service->text);
  service->wrong   = strtoll(text, NULL, 10);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: st_ctrl_open
 *
 * Description:
 *   Connect to the peer and agree with it.  0, or the exit status.
 *
 ****************************************************************************/

int st_ctrl_open(void)
{
  FAR const char *peer = g_st.config->peer;
  unsigned int port = g_st.config->port;
  struct timeval tv =
  {
    .tv_sec = CTRL_HELLO
  };

  struct addrinfo hints;
  FAR struct addrinfo *info;
  char line[ST_LINE];
  char answer[300];
  char wanted[32];
  int ret;

  memset(&hints, 0, sizeof(hints));
  hints.ai_family   = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  g_st.ctrl = -1;
  ret = getaddrinfo(peer, NULL, &hints, &info);
  if (ret != 0)
    {
      return refuse(peer, port, gai_strerror(ret));
    }

  memcpy(&g_st.peer, info->ai_addr, sizeof(g_st.peer));
  freeaddrinfo(info);
  g_st.peer.sin_port = htons(port);
  g_st.linelen = 0;
  g_st.ctrl = socket(AF_INET, SOCK_STREAM, 0);
  if (g_st.ctrl < 0 ||
      setsockopt(g_st.ctrl, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) < 0 ||
      setsockopt(g_st.ctrl, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)) < 0)
    {
      return refuse(peer, port, strerror(errno));
    }

  if (connect(g_st.ctrl, (FAR struct sockaddr *)&g_st.peer,
              sizeof(g_st.peer)) < 0)
    {
      snprintf(line, sizeof(line), "%s (is \"sockettest -s\" there?)",
               strerror(errno == EINPROGRESS ? ETIMEDOUT : errno));
      return refuse(peer, port, line);
    }

  ret = st_printline(g_st.ctrl, "sockettest %d seed=%ju", ST_VERSION,
                     (uintmax_t)g_st.seed) < 0 ? -1 :
        st_readline(g_st.ctrl, g_st.line, &g_st.linelen, line);
  if (ret <= 0)
    {
      return refuse(peer, port, ret < 0 && errno == EAGAIN ?
                    "says nothing: not a sockettest server" :
                    ret < 0 && errno != EMSGSIZE ? strerror(errno) :
                    "is not a sockettest server");
    }

  snprintf(wanted, sizeof(wanted), "sockettest %d ok", ST_VERSION);
  if (strcmp(line, wanted) != 0)
    {
      if (strncmp(line, "sockettest ", 11) != 0)
        {
          return refuse(peer, port, "is not a sockettest server");
        }

      snprintf(answer, sizeof(answer), "refuses: its version is not %d, or "
               "it cannot now: \"%.150s\"", ST_VERSION, line);
      return refuse(peer, port, answer);
    }

  tv.tv_sec = CTRL_TIMEOUT;
  setsockopt(g_st.ctrl, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
  return 0;
}

/****************************************************************************
 * Name: st_ctrl_close
 *
 * Description:
 *   The end of the session.
 *
 ****************************************************************************/

void st_ctrl_close(void)
{
  char line[ST_LINE];

  if (g_st.ctrl >= 0)
    {
      if (st_printline(g_st.ctrl, "quit") == 0)
        {
          st_readline(g_st.ctrl, g_st.line, &g_st.linelen, line);
        }

      close(g_st.ctrl);
      g_st.ctrl = -1;
    }

  free(g_st.services);
  g_st.services  = NULL;
  g_st.nservices = 0;
}

/****************************************************************************
 * Name: st_ctrl_stop_all
 *
 * Description:
 *   End what a failed test has left at the peer.  An answer that the test
 *   did not wait for would be taken for another's, so each one is read; if
 *   that is not possible the connection is useless, and all later tests
 *   will say so.
 *
 ****************************************************************************/

void st_ctrl_stop_all(void)
{
  char line[ST_LINE];
  bool lost = false;

  while (g_st.nservices > 0 && !lost)
    {
      lost = st_printline(g_st.ctrl, "stop %d",
                          g_st.services[--g_st.nservices]) < 0 ||
             st_readline(g_st.ctrl, g_st.line, &g_st.linelen, line) != 1;
    }

  g_st.nservices = 0;
  if (lost)
    {
      shutdown(g_st.ctrl, SHUT_RDWR);
    }
}

/****************************************************************************
 * Name: st_start
 *
 * Description:
 *   Have a service started.
 *
 ****************************************************************************/

void st_start(FAR struct st_service_s *service, FAR const char *format, ...)
{
  char line[ST_LINE];
  FAR int *list;
  unsigned int port;
  va_list ap;
  int n;

  memset(service, 0, sizeof(*service));
  service->wrong = -1;
  va_start(ap, format);
  n = vsnprintf(line, sizeof(line), format, ap);
  va_end(ap);
  ST_ASSERT(n > 0 && n < ST_LINE, "the request is too long");

  list = realloc(g_st.services, (g_st.nservices + 1) * sizeof(*list));
  ST_ASSERT(list != NULL, "out of memory");
  g_st.services    = list;
  service->stream  = st_number(line, "stream", 0);
  service->perconn = st_number(line, "perconn", 0) != 0;
  ask(service->text, "start %s", line);
  ST_ASSERT(sscanf(service->text, "ok %d %u", &service->id, &port) == 2,
            "the peer, for \"%.80s\": %.100s", line, service->text);
  service->port = port;
  g_st.services[g_st.nservices++] = service->id;
}

/****************************************************************************
 * Name: st_result
 *
 * Description:
 *   Wait for its end and get the results.
 *
 ****************************************************************************/

void st_result(FAR struct st_service_s *service)
{
  results(service, "result");
}

/****************************************************************************
 * Name: st_stop
 *
 * Description:
 *   End it and get the results.
 *
 ****************************************************************************/

void st_stop(FAR struct st_service_s *service)
{
  results(service, "stop");
}

/****************************************************************************
 * Name: st_value
 *
 * Description:
 *   One of the results.
 *
 ****************************************************************************/

uint64_t st_value(FAR const struct st_service_s *service,
                  FAR const char *key)
{
  return st_number(service->text, key, 0);
}

/****************************************************************************
 * Name: st_got
 *
 * Description:
 *   Wait for the end; it must have received this and nothing wrong.
 *
 ****************************************************************************/

void st_got(FAR struct st_service_s *service, uint64_t bytes, uint32_t crc)
{
  st_result(service);
  ST_ASSERT(service->wrong < 0, "the peer: byte %jd is wrong",
            (intmax_t)service->wrong);
  ST_ASSERT(service->errors == 0, "the peer: %u errors: %s",
            service->errors, strerror(service->err));
  ST_ASSERT(service->bytes == bytes, "the peer got %ju bytes, not %ju",
            (uintmax_t)service->bytes, (uintmax_t)bytes);
  ST_ASSERT(service->crc == crc, "the peer: CRC %08x instead of %08x",
            service->crc, crc);
}
