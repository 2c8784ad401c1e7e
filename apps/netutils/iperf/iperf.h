/****************************************************************************
 * apps/netutils/iperf/iperf.h
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

#ifndef __APPS_NETUTILS_IPERF_IPERF_H
#define __APPS_NETUTILS_IPERF_IPERF_H

/* iperf: speaks the protocol of iperf 2.
 *
 * One task and one loop, whatever the number of streams.  A stream is one
 * connection, or one sender of datagrams, in one direction: it sends by a
 * plan (how long or how much, how fast) or receives.  Streams that belong
 * together form a group, which is what is summed up: those to one server, or
 * from one client.
 *
 *   iperf_main.c     the command line; the tests one after the other
 *   iperf_engine.c   the loop, streams and groups
 *   iperf_send.c     streams that send
 *   iperf_recv.c     streams that receive, and who connects
 *   iperf_wire.c     what is in the packets
 *   iperf_report.c   what is printed
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netlib.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define IPERF_PORT       "5001"
#define IPERF_TCP_LEN    131072
#define IPERF_UDP_LEN    1470
#define IPERF_UDP_RATE   1048576       /* Bits a second, if none is asked */
#define IPERF_MAX_LEN    (16 * 1048576)
#define IPERF_MAX_UDP    65507
#define IPERF_MIN_UDP    16
#define IPERF_MAX_HEADER 256
#define IPERF_BURST      64            /* Calls for one stream at a time */

#define IPERF_TCP_HEADER 60            /* Bytes in front of a TCP stream */
#define IPERF_UDP_HEADER 76            /* ... and in each datagram */
#define IPERF_REPORT_LEN 128           /* A server's report, at least */

/****************************************************************************
 * Public Types
 ****************************************************************************/

/* What a sender does */

struct iperf_plan_s
{
  bool udp;
  uint64_t len;                        /* Of a write */
  uint64_t rate;                       /* Bits a second; 0: no limit */
  uint64_t nsec;                       /* How long, or ... */
  uint64_t bytes;                      /* ... how much, if not 0 */
};

/* The command line */

struct iperf_config_s
{
  FAR const char *host;                /* NULL: a server */
  FAR const char *port;
  FAR const char *listenport;          /* For the way back; NULL: port */
  FAR const char *bind;                /* NULL: any */
  struct iperf_plan_s plan;
  bool reverse;                        /* The server sends */
  bool dual;                           /* It sends at the same time */
  bool tradeoff;                       /* ... or afterwards */
  bool nodelay;
  bool quiet;                          /* Only the totals */
  int parallel;
  int window;                          /* Of the socket; 0: as it is */
  uint64_t interval;                   /* 0: only at the end */
  uint64_t servertime;                 /* 0: for ever */
  char format;                         /* k m g K M G; 0: what fits */
};

/* What a client tells its server */

struct iperf_header_s
{
  size_t len;                          /* Its length, 0: there is none */
  bool ack;                            /* It waits for an answer */
  bool reverse;
  bool back;                           /* Connect back ... */
  bool now;                            /* ... at once */
  bool bounce;                         /* Something that is not here */
  uint16_t port;
  struct iperf_plan_s plan;
};

/* What a server tells about datagrams */

struct iperf_result_s
{
  uint64_t bytes;
  uint64_t nsec;
  uint64_t jitter;                     /* Nanoseconds */
  uint64_t lost;
  uint64_t disorder;
  uint64_t datagrams;
};

enum iperf_state_e
{
  IPERF_HEADER = 0,                    /* Receives what is in front */
  IPERF_ASKING,                        /* Asks for datagrams */
  IPERF_RECEIVING,
  IPERF_SENDING,
  IPERF_ENDING,                        /* Has sent all; waits for the end */
  IPERF_LINGER,                        /* Answers the end once more */
  IPERF_DONE
};

struct iperf_group_s
{
  FAR struct iperf_group_s *next;
  struct sockaddr_storage host;
  bool sends;
  bool titled;                         /* The heading was printed */
  unsigned int active;                 /* Streams that are not done */
  unsigned int members;                /* Streams with memory */
  unsigned int finished;               /* Streams that are done */
  uint64_t start;
  uint64_t last;                       /* The latest report */
  uint64_t end;
  uint64_t bytes;                      /* Of those that are done */
};

struct iperf_stream_s
{
  FAR struct iperf_stream_s *next;
  FAR struct iperf_group_s *group;
  enum iperf_state_e state;
  struct iperf_plan_s plan;
  struct iperf_header_s header;        /* Of the client, for a server */
  struct netlib_addr_s peer;
  bool shared;                         /* fd is the server's, for all */
  bool fin;                            /* The end is to be confirmed */
  int id;
  int fd;
  int tries;                           /* Of the end, or of asking */
  uint64_t start;
  uint64_t end;
  uint64_t due;                        /* The next write, try or give-up */
  uint64_t bytes;
  uint64_t seen_bytes;                 /* ... at the last interval */
  uint64_t packets;                    /* Sent, or received */
  uint64_t highest;                    /* Number of a datagram */
  uint64_t lost;
  uint64_t disorder;
  uint64_t seen_lost;
  uint64_t seen_highest;
  int64_t transit;                     /* Nanoseconds, of the last one */
  double jitter;
  size_t headlen;
  uint8_t head[IPERF_MAX_HEADER];      /* What came first; our report */
};

struct iperf_s
{
  struct iperf_config_s config;
  struct netlib_wait_s wait;
  FAR struct iperf_stream_s *streams;
  FAR struct iperf_group_s *groups;
  FAR struct pollfd *fds;
  size_t maxfds;
  FAR uint8_t *output;                 /* What is sent */
  FAR uint8_t *input;
  size_t inputlen;
  uint64_t now;
  int listener;                        /* -1: none */
  int ids;
  unsigned int expected;               /* Streams still to come back */
  bool failed;
};

/****************************************************************************
 * Public Function Prototypes
 ****************************************************************************/

/* iperf_wire.c */

void iperf_put_header(FAR uint8_t *data,
                      FAR const struct iperf_config_s *config,
                      FAR const struct iperf_plan_s *plan);
size_t iperf_header_length(FAR const uint8_t *data);
void iperf_get_header(FAR const uint8_t *data, size_t len,
                      FAR struct iperf_header_s *header);
size_t iperf_put_ack(FAR uint8_t *data);
void iperf_put_datagram(FAR uint8_t *data, size_t len, int64_t number);
int64_t iperf_get_datagram(FAR const uint8_t *data, size_t len,
                           FAR int64_t *sent);
int64_t iperf_wallclock(void);
void iperf_put_report(FAR uint8_t *data,
                      FAR const struct iperf_result_s *result);
bool iperf_get_report(FAR const uint8_t *data, size_t len,
                      FAR struct iperf_result_s *result);

/* iperf_engine.c: streams that were allocated are the engine's */

FAR struct iperf_group_s *iperf_group(FAR struct iperf_s *iperf,
                                      FAR const struct sockaddr_storage *host,
                                      bool sends);
FAR struct iperf_stream_s *iperf_stream(FAR struct iperf_s *iperf,
                                        FAR struct iperf_group_s *group,
                                        int fd);
void iperf_finish(FAR struct iperf_s *iperf,
                  FAR struct iperf_stream_s *stream);
void iperf_abort(FAR struct iperf_s *iperf,
                 FAR struct iperf_stream_s *stream, FAR const char *what,
                 int err);
void iperf_run(FAR struct iperf_s *iperf, uint64_t deadline);

/* iperf_send.c: connect and send, or ask to be sent to */

bool iperf_connect(FAR struct iperf_s *iperf,
                   FAR const struct netlib_addr_s *peer,
                   FAR const struct iperf_plan_s *plan,
                   unsigned int count, bool client);
void iperf_begin_sending(FAR struct iperf_s *iperf,
                         FAR struct iperf_stream_s *stream);
void iperf_send_ready(FAR struct iperf_s *iperf,
                      FAR struct iperf_stream_s *stream);
void iperf_send_due(FAR struct iperf_s *iperf,
                    FAR struct iperf_stream_s *stream);

/* iperf_recv.c */

bool iperf_listen(FAR struct iperf_s *iperf, FAR const char *port);
void iperf_listen_ready(FAR struct iperf_s *iperf);
void iperf_recv_ready(FAR struct iperf_s *iperf,
                      FAR struct iperf_stream_s *stream);
void iperf_recv_due(FAR struct iperf_s *iperf,
                    FAR struct iperf_stream_s *stream);

/* iperf_report.c */

void iperf_show_window(FAR const struct iperf_s *iperf, int fd);
void iperf_show_line(void);
void iperf_show_stream(FAR struct iperf_s *iperf,
                       FAR struct iperf_stream_s *stream);
void iperf_show_interval(FAR struct iperf_s *iperf,
                         FAR struct iperf_group_s *group, uint64_t now);
void iperf_show_end(FAR struct iperf_s *iperf,
                    FAR struct iperf_stream_s *stream);
void iperf_show_sum(FAR struct iperf_s *iperf,
                    FAR struct iperf_group_s *group);
void iperf_show_report(FAR struct iperf_s *iperf,
                       FAR struct iperf_stream_s *stream,
                       FAR const struct iperf_result_s *result);
void iperf_stream_result(FAR const struct iperf_stream_s *stream,
                         FAR struct iperf_result_s *result);

#endif /* __APPS_NETUTILS_IPERF_IPERF_H */
