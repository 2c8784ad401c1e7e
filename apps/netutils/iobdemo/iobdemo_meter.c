/****************************************************************************
 * apps/netutils/iobdemo/iobdemo_meter.c
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

/* What is measured, where the system tells it: /proc/iobinfo has the memory,
 * /proc/net/stats what TCP counts.  Both are of the whole system, so the
 * numbers are those of the exchange if nothing else goes on.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>

#include "iobdemo.h"
#include "netlib.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: meter_value
 *
 * Description:
 *   The first number behind a name; unknown if it is not there.
 *
 ****************************************************************************/

static uint64_t meter_value(FAR const struct netlib_table_s *table,
                            FAR const char *name)
{
  size_t i;

  for (i = 0; i < table->count; i++)
    {
      if (table->rows[i].count > 1 &&
          strcmp(table->rows[i].words[0], name) == 0)
        {
          return strtoull(table->rows[i].words[1], NULL, 10);
        }
    }

  return IOBDEMO_UNKNOWN;
}

/****************************************************************************
 * Name: meter_sum
 *
 * Description:
 *   Some of these numbers together; unknown if one is.
 *
 ****************************************************************************/

static uint64_t meter_sum(FAR const struct netlib_table_s *table,
                          FAR const char *const *names, size_t n)
{
  uint64_t sum = 0;
  uint64_t value;
  size_t i;

  for (i = 0; i < n; i++)
    {
      value = meter_value(table, names[i]);
      if (value == IOBDEMO_UNKNOWN)
        {
          return IOBDEMO_UNKNOWN;
        }

      sum += value;
    }

  return sum;
}

/****************************************************************************
 * Name: meter_fixed
 *
 * Description:
 *   The same of a pool of fixed buffers, which tells how many it has and
 *   how many are free.
 *
 ****************************************************************************/

static uint64_t meter_fixed(FAR const struct netlib_table_s *table)
{
#ifdef CONFIG_IOB_BUFSIZE
  int total = netlib_column(table, "ntotal");
  int left = netlib_column(table, "nfree");

  if (total >= 0 && left >= 0 && table->count > 1 &&
      table->rows[1].count > (size_t)total &&
      table->rows[1].count > (size_t)left)
    {
      return (strtoull(table->rows[1].words[total], NULL, 10) -
              strtoull(table->rows[1].words[left], NULL, 10)) *
             (CONFIG_IOB_BUFSIZE + IOBDEMO_DESCRIPTOR);
    }
#else
  (void)table;
#endif

  return IOBDEMO_UNKNOWN;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iobdemo_measure
 *
 * Description:
 *   Look at all that is measured.
 *
 ****************************************************************************/

void iobdemo_measure(FAR struct iobdemo_meter_s *meter)
{
  static FAR const char *const frames[] =
    {
      "tcp.rcv_inorder", "tcp.tcpofoqueue"
    };

  static FAR const char *const copied[] =
    {
      "tcp.copies_tx", "tcp.copies_rx", "tcp.copies_resend",
      "tcp.copies_collapse", "tcp.collapse_bytes"
    };

  struct netlib_table_s table;

  meter->held   = IOBDEMO_UNKNOWN;
  meter->views  = IOBDEMO_UNKNOWN;
  meter->frames = IOBDEMO_UNKNOWN;
  meter->copied = IOBDEMO_UNKNOWN;

  if (netlib_readtable("/proc/iobinfo", &table) == 0)
    {
      meter->held  = meter_value(&table, "used");
      meter->views = meter_value(&table, "views_used");
      if (meter->held == IOBDEMO_UNKNOWN)
        {
          meter->held = meter_fixed(&table);
        }

      netlib_freetable(&table);
    }

  if (netlib_readtable("/proc/net/stats", &table) == 0)
    {
      meter->frames = meter_sum(&table, frames,
                                sizeof(frames) / sizeof(frames[0]));
      meter->copied = meter_sum(&table, copied,
                                sizeof(copied) / sizeof(copied[0]));
      netlib_freetable(&table);
    }
}

/****************************************************************************
 * Name: iobdemo_since
 *
 * Description:
 *   How much a number has grown.
 *
 ****************************************************************************/

uint64_t iobdemo_since(uint64_t now, uint64_t before)
{
  if (now == IOBDEMO_UNKNOWN || before == IOBDEMO_UNKNOWN)
    {
      return IOBDEMO_UNKNOWN;
    }

  return now > before ? now - before : 0;
}

/****************************************************************************
 * Name: iobdemo_resent
 *
 * Description:
 *   Segments that a connection has sent again.
 *
 ****************************************************************************/

uint64_t iobdemo_resent(int fd)
{
#ifdef TCP_INFO
  struct tcp_info info;
  socklen_t len = sizeof(info);

  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
      len >= offsetof(struct tcp_info, tcpi_total_retrans) +
             sizeof(info.tcpi_total_retrans))
    {
      return info.tcpi_total_retrans;
    }
#else
  (void)fd;
#endif

  return IOBDEMO_UNKNOWN;
}

/****************************************************************************
 * Name: iobdemo_mss
 *
 * Description:
 *   The most that a frame of a connection carries.
 *
 ****************************************************************************/

unsigned int iobdemo_mss(int fd)
{
#ifdef TCP_MAXSEG
  socklen_t len = sizeof(int);
  int mss = 0;

  if (getsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &mss, &len) == 0 && mss > 0)
    {
      return (unsigned int)mss;
    }
#else
  (void)fd;
#endif

  return 536;
}
