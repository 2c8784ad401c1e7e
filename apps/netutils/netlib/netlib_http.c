/****************************************************************************
 * apps/netutils/netlib/netlib_http.c
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

/* What a client and a server of HTTP have in common. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "netlib.h"

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: netlib_httpdate
 *
 * Description:
 *   A time as HTTP writes it: Sun, 06 Nov 1994 08:49:37 GMT.  Not by
 *   strftime(), whose words depend on the locale.
 *
 ****************************************************************************/

void netlib_httpdate(int64_t seconds, FAR char *text)
{
  static const char days[] = "SunMonTueWedThuFriSat";
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

  struct tm tm;
  time_t when = (time_t)seconds;

  if (gmtime_r(&when, &tm) == NULL || tm.tm_year > 8099 || tm.tm_year < 0)
    {
      when = 0;
      gmtime_r(&when, &tm);
    }

  snprintf(text, 32, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT",
           days + 3 * tm.tm_wday, (unsigned int)tm.tm_mday % 100,
           months + 3 * tm.tm_mon, (unsigned int)tm.tm_year % 8100 + 1900,
           (unsigned int)tm.tm_hour % 100, (unsigned int)tm.tm_min % 100,
           (unsigned int)tm.tm_sec % 100);
}

/****************************************************************************
 * Name: netlib_fromhttpdate
 *
 * Description:
 *   Read a date of HTTP in the one form that is still written.
 *
 ****************************************************************************/

int64_t netlib_fromhttpdate(FAR const char *text)
{
  FAR const char *end;
  struct tm tm;

  memset(&tm, 0, sizeof(tm));
  end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
  return end != NULL && *end == '\0' ? (int64_t)timegm(&tm) : -1;
}

/****************************************************************************
 * Name: netlib_field
 *
 * Description:
 *   Find a field of a header.
 *
 ****************************************************************************/

FAR const char *netlib_field(FAR const char *header, FAR const char *name)
{
  size_t len = strlen(name);

  for (; *header != '\0'; header += strlen(header) + 1)
    {
      if (strncasecmp(header, name, len) == 0 && header[len] == ':')
        {
          header += len + 1;
          while (*header == ' ' || *header == '\t')
            {
              header++;
            }

          return header;
        }
    }

  return NULL;
}

/****************************************************************************
 * Name: netlib_listhas
 *
 * Description:
 *   Whether a word is in a list between commas.
 *
 ****************************************************************************/

bool netlib_listhas(FAR const char *list, FAR const char *word)
{
  size_t len = strlen(word);

  while (list != NULL && *list != '\0')
    {
      list += strspn(list, " \t,");
      if (strncasecmp(list, word, len) == 0 &&
          (list[len] == '\0' || strchr(" \t,;", list[len]) != NULL))
        {
          return true;
        }

      list += strcspn(list, ",");
    }

  return false;
}
