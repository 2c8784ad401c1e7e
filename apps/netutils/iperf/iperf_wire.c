/****************************************************************************
 * apps/netutils/iperf/iperf_wire.c
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

/* The packets of iperf 2.  All numbers are in network order.
 *
 * In front of a TCP stream, and behind the first 16 bytes of each datagram:
 *
 *    0  flags          20  amount: bytes, or - hundredths of a second
 *    4  streams        24  type, 28 length: not used
 *    8  port           32  upper flags (16), lower flags (16)
 *   12  buffer length  36  version, 44 type of service
 *   16  window         48  rate, low and high, 56 not used
 *
 * A datagram begins with its number, low half, the time it was sent (seconds,
 * microseconds), and the high half.  Numbers begin with 1; a negative one is
 * the end, and is answered with a report: 16 bytes as they came, then
 *
 *    0  flags          20  lost
 *    4  bytes, high    24  out of order
 *    8  bytes, low     28  datagrams
 *   12  seconds        32  jitter, seconds
 *   16  microseconds   36  jitter, microseconds
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "iperf.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

/* Flags, and upper flags */

#define WIRE_VERSION1   0x80000000u    /* Connect back */
#define WIRE_EXTEND     0x40000000u    /* 60 bytes, not 24 */
#define WIRE_UDPTESTS   0x20000000u
#define WIRE_SEQNO64    0x08000000u    /* Numbers have a high half */
#define WIRE_VERSION2   0x04000000u
#define WIRE_WANT_ACK   0x02000000u
#define WIRE_BOUNCE     0x00800000u
#define WIRE_HAS_LEN    0x00010000u
#define WIRE_LEN_MASK   0x000001feu    /* Twice the length */
#define WIRE_NOW        0x00000001u

#define WIRE_REVERSE    0x0400u
#define WIRE_FULLDUPLEX 0x0800u

#define WIRE_MAJOR      0x00020001u    /* The release whose protocol it is */
#define WIRE_MINOR      0x00080003u

#define WIRE_V1_LEN     24
#define WIRE_ACK_LEN    28
#define WIRE_ACK_TYPE   2

#define WIRE_DATAGRAM   16
#define WIRE_REPORT_V1  (WIRE_DATAGRAM + 40)
#define WIRE_REPORT_V2  (WIRE_REPORT_V1 + 60)

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: put32
 *
 * Description:
 *   Store a number at a byte offset.
 *
 ****************************************************************************/

static void put32(FAR uint8_t *data, size_t at, uint32_t value)
{
  value = htonl(value);
  memcpy(data + at, &value, sizeof(value));
}

/****************************************************************************
 * Name: get32
 *
 * Description:
 *   Load a number from a byte offset.
 *
 ****************************************************************************/

static uint32_t get32(FAR const uint8_t *data, size_t at)
{
  uint32_t value;

  memcpy(&value, data + at, sizeof(value));
  return ntohl(value);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iperf_wallclock
 *
 * Description:
 *   The time of day in nanoseconds: datagrams carry it.
 *
 ****************************************************************************/

int64_t iperf_wallclock(void)
{
  struct timespec ts;

  clock_gettime(CLOCK_REALTIME, &ts);
  return (int64_t)ts.tv_sec * (int64_t)NETLIB_SEC + ts.tv_nsec;
}

/****************************************************************************
 * Name: iperf_put_header
 *
 * Description:
 *   Write the 60 bytes that tell a server what to do, or, with a plan other
 *   than that of the client, what is done to it.
 *
 ****************************************************************************/

void iperf_put_header(FAR uint8_t *data,
                      FAR const struct iperf_config_s *config,
                      FAR const struct iperf_plan_s *plan)
{
  bool client = plan == &config->plan;
  size_t len = plan->udp ? IPERF_UDP_HEADER : IPERF_TCP_HEADER;
  uint32_t flags = WIRE_EXTEND | WIRE_HAS_LEN | (uint32_t)len << 1;
  uint32_t upper = 0;

  memset(data, 0, IPERF_TCP_HEADER);
  if (plan->udp)
    {
      flags |= WIRE_SEQNO64;
    }

  if (client && (config->dual || config->tradeoff))
    {
      flags |= WIRE_VERSION1 | (config->dual ? WIRE_NOW : 0);
    }

  if (client && config->reverse)
    {
      flags |= WIRE_VERSION2 | (plan->udp ? WIRE_UDPTESTS : 0);
      upper |= WIRE_REVERSE;
    }

  put32(data, 0, flags);
  put32(data, 4, (uint32_t)config->parallel);
  put32(data, 8, (uint32_t)atoi(config->listenport != NULL ?
                                config->listenport : config->port));
  put32(data, 12, (uint32_t)plan->len);
  put32(data, 16, (uint32_t)config->window);
  put32(data, 20, plan->bytes > 0 ?
        (uint32_t)(plan->bytes < INT32_MAX ? plan->bytes : INT32_MAX) :
        (uint32_t)-(int32_t)(plan->nsec / (10 * NETLIB_MSEC)));
  put32(data, 32, upper << 16);
  put32(data, 36, WIRE_MAJOR);
  put32(data, 40, WIRE_MINOR);
  put32(data, 48, (uint32_t)plan->rate);
  put32(data, 52, (uint32_t)(plan->rate >> 32) << 8);
}

/****************************************************************************
 * Name: iperf_header_length
 *
 * Description:
 *   How many bytes the header has, by its flags; 0 if these bytes are no
 *   header but data.
 *
 ****************************************************************************/

size_t iperf_header_length(FAR const uint8_t *data)
{
  uint32_t flags = get32(data, 0);

  if (flags & WIRE_BOUNCE)
    {
      return 4;
    }

  if ((flags & (WIRE_VERSION1 | WIRE_VERSION2 | WIRE_EXTEND)) == 0)
    {
      return 0;
    }

  if (flags & WIRE_HAS_LEN)
    {
      return (flags & WIRE_LEN_MASK) >> 1;
    }

  return flags & WIRE_EXTEND ? IPERF_TCP_HEADER : WIRE_V1_LEN;
}

/****************************************************************************
 * Name: iperf_get_header
 *
 * Description:
 *   Read what a client wants.  What is not there is zero.
 *
 ****************************************************************************/

void iperf_get_header(FAR const uint8_t *data, size_t len,
                      FAR struct iperf_header_s *header)
{
  uint32_t flags = get32(data, 0);
  uint32_t upper = 0;
  int32_t amount;

  memset(header, 0, sizeof(*header));
  header->len = len;
  header->bounce = (flags & WIRE_BOUNCE) != 0;
  if (header->bounce || len < WIRE_V1_LEN)
    {
      return;
    }

  header->back = (flags & WIRE_VERSION1) != 0 &&
                 (flags & WIRE_VERSION2) == 0;
  header->now = (flags & WIRE_NOW) != 0;
  header->ack = (flags & WIRE_WANT_ACK) != 0;
  header->port = (uint16_t)get32(data, 8);
  header->plan.len = get32(data, 12);
  amount = (int32_t)get32(data, 20);
  if (amount > 0)
    {
      header->plan.bytes = (uint64_t)amount;
    }
  else
    {
      header->plan.nsec = (uint64_t)-(int64_t)amount * 10 * NETLIB_MSEC;
    }

  if ((flags & WIRE_EXTEND) != 0 && len >= IPERF_TCP_HEADER)
    {
      upper = get32(data, 32) >> 16;
      header->plan.rate = get32(data, 48) |
                          (uint64_t)(get32(data, 52) >> 8) << 32;
    }

  if (flags & WIRE_VERSION2)
    {
      header->reverse = (upper & WIRE_REVERSE) != 0;
      header->bounce = (upper & WIRE_FULLDUPLEX) != 0;
    }
}

/****************************************************************************
 * Name: iperf_put_ack
 *
 * Description:
 *   Write what a client that asks for it is told first.
 *
 ****************************************************************************/

size_t iperf_put_ack(FAR uint8_t *data)
{
  memset(data, 0, WIRE_ACK_LEN);
  put32(data, 0, WIRE_ACK_TYPE);
  put32(data, 4, WIRE_ACK_LEN);
  put32(data, 12, WIRE_MAJOR);
  put32(data, 16, WIRE_MINOR);
  return WIRE_ACK_LEN;
}

/****************************************************************************
 * Name: iperf_put_datagram
 *
 * Description:
 *   Number a datagram and say when it was sent.
 *
 ****************************************************************************/

void iperf_put_datagram(FAR uint8_t *data, size_t len, int64_t number)
{
  int64_t now = iperf_wallclock();

  put32(data, 0, (uint32_t)number);
  put32(data, 4, (uint32_t)(now / (int64_t)NETLIB_SEC));
  put32(data, 8, (uint32_t)(now % (int64_t)NETLIB_SEC / 1000));
  if (len >= WIRE_DATAGRAM)
    {
      put32(data, 12, (uint32_t)((uint64_t)number >> 32));
    }
}

/****************************************************************************
 * Name: iperf_get_datagram
 *
 * Description:
 *   The number of a datagram, and when it was sent in nanoseconds.
 *
 ****************************************************************************/

int64_t iperf_get_datagram(FAR const uint8_t *data, size_t len,
                           FAR int64_t *sent)
{
  uint64_t number = get32(data, 0);

  *sent = (int64_t)get32(data, 4) * (int64_t)NETLIB_SEC +
          (int64_t)get32(data, 8) * 1000;
  if (len >= WIRE_DATAGRAM + 4 &&
      (get32(data, WIRE_DATAGRAM) & WIRE_SEQNO64) != 0)
    {
      return (int64_t)(number | (uint64_t)get32(data, 12) << 32);
    }

  return (int32_t)number;
}

/****************************************************************************
 * Name: iperf_put_report
 *
 * Description:
 *   Write a report behind the first 16 bytes.
 *
 ****************************************************************************/

void iperf_put_report(FAR uint8_t *data,
                      FAR const struct iperf_result_s *result)
{
  memset(data + WIRE_DATAGRAM, 0, IPERF_REPORT_LEN - WIRE_DATAGRAM);
  data += WIRE_DATAGRAM;
  put32(data, 0, WIRE_VERSION1);
  put32(data, 4, (uint32_t)(result->bytes >> 32));
  put32(data, 8, (uint32_t)result->bytes);
  put32(data, 12, (uint32_t)(result->nsec / NETLIB_SEC));
  put32(data, 16, (uint32_t)(result->nsec % NETLIB_SEC / 1000));
  put32(data, 20, (uint32_t)result->lost);
  put32(data, 24, (uint32_t)result->disorder);
  put32(data, 28, (uint32_t)result->datagrams);
  put32(data, 32, (uint32_t)(result->jitter / NETLIB_SEC));
  put32(data, 36, (uint32_t)(result->jitter % NETLIB_SEC / 1000));
}

/****************************************************************************
 * Name: iperf_get_report
 *
 * Description:
 *   Read a report; false if it is none.
 *
 ****************************************************************************/

bool iperf_get_report(FAR const uint8_t *data, size_t len,
                      FAR struct iperf_result_s *result)
{
  uint32_t flags;

  if (len < WIRE_REPORT_V1)
    {
      return false;
    }

  flags = get32(data, WIRE_DATAGRAM);
  if ((flags & WIRE_VERSION1) == 0)
    {
      return false;
    }

  memset(result, 0, sizeof(*result));
  if ((flags & WIRE_SEQNO64) != 0 && len >= WIRE_REPORT_V2 + 12)
    {
      result->lost = (uint64_t)get32(data, WIRE_REPORT_V2) << 32;
      result->disorder = (uint64_t)get32(data, WIRE_REPORT_V2 + 4) << 32;
      result->datagrams = (uint64_t)get32(data, WIRE_REPORT_V2 + 8) << 32;
    }

  data += WIRE_DATAGRAM;
  result->bytes = (uint64_t)get32(data, 4) << 32 | get32(data, 8);
  result->nsec = get32(data, 12) * NETLIB_SEC +
                 get32(data, 16) * UINT64_C(1000);
  result->lost |= get32(data, 20);
  result->disorder |= get32(data, 24);
  result->datagrams |= get32(data, 28);
  result->jitter = get32(data, 32) * NETLIB_SEC +
                   get32(data, 36) * UINT64_C(1000);
  return true;
}
