/****************************************************************************
 * mm/iob/iob_dump.c
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

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include <syslog.h>

#include "iob.h"

#ifdef CONFIG_DEBUG_FEATURES

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

/* Bytes in a line; each takes three columns in hex and one as a character */

#define IOB_DUMPLEN  16
#define IOB_LINESIZE (4 * IOB_DUMPLEN + 2)

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_dump_line
 *
 * Description:
 *   Format a line of a dump: "n" bytes in hex, then as characters.
 *
 ****************************************************************************/

static void iob_dump_line(FAR char *line, FAR const uint8_t *data,
                          unsigned int n)
{
  static const char digits[] = "0123456789abcdef";
  FAR char *text = &line[3 * IOB_DUMPLEN];
  unsigned int i;

  memset(line, ' ', IOB_LINESIZE);

  for (i = 0; i < n; i++)
    {
      line[3 * i]     = digits[data[i] >> 4];
      line[3 * i + 1] = digits[data[i] & 0xf];
      text[i + 1]     = data[i] >= ' ' && data[i] <= '~' ? data[i] : '.';
    }

  text[n + 1] = '\0';
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iob_dump
 *
 * Description:
 *   Dump part of a packet to the log.
 *
 * Input Parameters:
 *   msg    - A title
 *   iob    - The chain
 *   len    - Bytes to dump
 *   offset - Where they start
 *
 ****************************************************************************/

void iob_dump(FAR const char *msg, FAR struct iob_s *iob, unsigned int len,
              unsigned int offset)
{
  FAR struct iob_s *entry;
  uint8_t data[IOB_DUMPLEN];
  char line[IOB_LINESIZE];
  int n;

  syslog(LOG_DEBUG, "%s: iob=%p pktlen=%u\n", msg, iob, iob->io_pktlen);

  for (entry = iob; entry != NULL; entry = entry->io_flink)
    {
      syslog(LOG_DEBUG, "  iob=%p len=%u offset=%u\n",
             entry, entry->io_len, entry->io_offset);
    }

  while (len > 0)
    {
      n = iob_copyout(data, iob, MIN(len, IOB_DUMPLEN), offset);
      if (n <= 0)
        {
          break;
        }

      iob_dump_line(line, data, n);
      syslog(LOG_DEBUG, "  %04x: %s\n", offset, line);

      len    -= n;
      offset += n;
    }
}

#endif /* CONFIG_DEBUG_FEATURES */
