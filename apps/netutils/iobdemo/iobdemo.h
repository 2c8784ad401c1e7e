/****************************************************************************
 * apps/netutils/iobdemo/iobdemo.h
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

#ifndef __APPS_NETUTILS_IOBDEMO_IOBDEMO_H
#define __APPS_NETUTILS_IOBDEMO_IOBDEMO_H

/* iobdemo: see the I/O buffers.
 *
 *   iobdemo_main.c    which command
 *   iobdemo_tour.c    the tour; needs nothing but the library, and is the
 *                     tour of "make demo" too (tests/host/iob/iob_tour.c)
 *   iobdemo_task.c    what the tour takes from a system
 *   iobdemo_draw.c    colours
 *   iobdemo_top.c     the live view
 *   iobdemo_client.c  the exchange: who asks, and the table
 *   iobdemo_server.c  ... and who answers
 *   iobdemo_wire.c    what is on the wire, described there
 *   iobdemo_meter.c   what is measured
 *
 * Tour and live view call the I/O buffers of the system itself, so they are
 * there only with CONFIG_IOB_SHARED.  The exchange is plain POSIX.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nuttx/compiler.h>

#ifdef CONFIG_MM_IOB
#  include <nuttx/mm/iob.h>
#endif

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define IOBDEMO_INTERRUPTED  130       /* Exit status after Ctrl-C */
#define IOBDEMO_WAIT         200       /* Of the tour, in milliseconds */

/* A fixed buffer's descriptor: a link and four lengths */

#define IOBDEMO_DESCRIPTOR   (sizeof(FAR void *) + 8)

/* The exchange */

#define IOBDEMO_VERSION      1
#define IOBDEMO_PORT         "5472"
#define IOBDEMO_BURST        49152     /* Bytes under way at one moment; it
                                        * fits in a first window of TCP */
#define IOBDEMO_MAXSIZE      IOBDEMO_BURST
#define IOBDEMO_MAXCOUNT     1000000
#define IOBDEMO_PATIENCE     30        /* Seconds without a byte */
#define IOBDEMO_HELLO        10        /* ... until the first line */
#define IOBDEMO_STALL        2         /* ... until a burst counts as whole */
#define IOBDEMO_LINE         128       /* A line of the protocol, at most */
#define IOBDEMO_HEAD         88        /* Bytes of a head */
#define IOBDEMO_UNKNOWN      UINT64_MAX

/****************************************************************************
 * Public Types
 ****************************************************************************/

#ifdef CONFIG_IOB_SHARED

/* Frees something; called by another task while the tour waits */

typedef CODE void (*iobdemo_release_t)(FAR void *arg);

/* Where the tour takes place */

struct iobdemo_stage_s
{
  bool colour;

  /* Asked before each step: go on?  NULL: yes */

  CODE bool (*proceed)(FAR void *arg);

  /* Wait IOBDEMO_WAIT for memory of IOB_CLASS_RX.  As soon as this task
   * waits, another one is to call release().
   */

  CODE FAR struct iob_s *(*wait)(unsigned int size,
                                 iobdemo_release_t release, FAR void *arg);
  FAR void *arg;                       /* Of proceed */
};
#endif

/* What is measured.  IOBDEMO_UNKNOWN: it cannot be, on this system. */

struct iobdemo_meter_s
{
  uint64_t held;                       /* Bytes in buffers, of all */
  uint64_t views;                      /* Descriptors */
  uint64_t frames;                     /* Segments with data received */
  uint64_t copied;                     /* Payload bytes copied by TCP */
};

enum iobdemo_kind_e
{
  IOBDEMO_REQUEST = 1,                 /* I am going to send a burst */
  IOBDEMO_READY,                       /* Send it */
  IOBDEMO_WANT,                        /* Send me one like that */
  IOBDEMO_STAT,                        /* Tell me your counts */
  IOBDEMO_REPORT                       /* Here they are */
};

/* What is in front of a burst, or stands alone */

struct iobdemo_head_s
{
  uint32_t kind;
  uint32_t size;                       /* Of a message */
  uint32_t count;                      /* Messages in the burst */
  uint32_t wrong;                      /* 0, or 1 + the first wrong one */
  uint64_t first;                      /* Number of the first message */
  uint64_t unread;                     /* Bytes that waited to be read, */
  uint64_t held;                       /* memory they took, */
  uint64_t views;                      /* its descriptors, */
  uint64_t frames;                     /* and frames they came in */
  uint64_t copied;                     /* Since the start: bytes copied, */
  uint64_t resent;                     /* segments sent again, */
  uint64_t sent;                       /* bytes sent */
  uint64_t received;                   /* and received */
};

/* A connection, at either end */

struct netlib_wait_s;

struct iobdemo_peer_s
{
  FAR struct netlib_wait_s *wait;
  int fd;
  uint32_t seed;
  uint64_t sent;
  uint64_t received;
  FAR uint8_t *buf;                    /* Twice IOBDEMO_BURST bytes */
};

/****************************************************************************
 * Public Function Prototypes
 ****************************************************************************/

#ifdef CONFIG_IOB_SHARED
int  iobdemo_tour(FAR const struct iobdemo_stage_s *stage);
int  iobdemo_tour_main(int argc, FAR char *argv[]);
int  iobdemo_top_main(int argc, FAR char *argv[]);
bool iobdemo_colour(void);
void iobdemo_put(bool colour, FAR const char *text, size_t n);
#endif

int  iobdemo_client_main(int argc, FAR char *argv[]);
int  iobdemo_server_main(int argc, FAR char *argv[]);

/* iobdemo_meter.c */

void iobdemo_measure(FAR struct iobdemo_meter_s *meter);
uint64_t iobdemo_resent(int fd);
uint64_t iobdemo_since(uint64_t now, uint64_t before);
unsigned int iobdemo_mss(int fd);

/* iobdemo_wire.c: 0, or a negated errno; -EPIPE for an end of the stream */

int  iobdemo_sendline(FAR struct iobdemo_peer_s *peer,
                      FAR const char *format, ...) printf_like(2, 3);
int  iobdemo_recvline(FAR struct iobdemo_peer_s *peer, FAR char *line);
int  iobdemo_sendhead(FAR struct iobdemo_peer_s *peer,
                      FAR const struct iobdemo_head_s *head);
int  iobdemo_recvhead(FAR struct iobdemo_peer_s *peer,
                      FAR struct iobdemo_head_s *head);
int  iobdemo_sendburst(FAR struct iobdemo_peer_s *peer,
                       FAR const struct iobdemo_head_s *head, bool back);
int  iobdemo_recvburst(FAR struct iobdemo_peer_s *peer,
                       FAR const struct iobdemo_meter_s *before,
                       FAR struct iobdemo_head_s *head, bool back);
void iobdemo_stat(FAR struct iobdemo_peer_s *peer,
                  FAR struct iobdemo_head_s *head);

#endif /* __APPS_NETUTILS_IOBDEMO_IOBDEMO_H */
