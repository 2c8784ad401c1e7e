/****************************************************************************
 * apps/testing/sockettest/st_params.c
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

/* What a client may ask of a service: the parameters of each kind and the
 * values that they may have.  Anything else is refused before the service
 * begins: a parameter that is misspelt would make a test weaker, and nobody
 * would see it.
 */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <arpa/inet.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "st_server.h"

/****************************************************************************
 * Pre-processor Definitions
 ****************************************************************************/

#define KIND_TCP (ST_KIND_DISCARD | ST_KIND_SOURCE | ST_KIND_BOTH | \
                  ST_KIND_ECHO)
#define KIND_UDP (ST_KIND_UDP_ECHO | ST_KIND_UDP_DISCARD | \
                  ST_KIND_UDP_SOURCE)
#define KIND_ALL (KIND_TCP | KIND_UDP | ST_KIND_UDP_TO)

#define PARAM_CHUNK (16 * 1048576)     /* Memory of a connection */
#define PARAM_UDP   65507              /* The longest datagram */

/****************************************************************************
 * Private Types
 ****************************************************************************/

struct param_s
{
  FAR const char *key;
  unsigned int kinds;                  /* That have it */
  FAR const char *words;               /* One of these; NULL: a number */
  uint64_t min;
  uint64_t max;
};

/****************************************************************************
 * Private Data
 ****************************************************************************/

static const struct param_s g_params[] =
{
  { "conns", KIND_TCP, NULL, 0, UINT32_MAX },
  { "bytes", ST_KIND_SOURCE | ST_KIND_BOTH, NULL, 0, UINT64_MAX },
  { "stream", KIND_ALL, NULL, 0, ST_BACK - 1 },
  { "perconn", KIND_TCP, NULL, 0, 1 },
  { "chunk", KIND_TCP, NULL, 1, PARAM_CHUNK },
  { "delay_ms", KIND_TCP, NULL, 0, INT_MAX },
  { "read", KIND_TCP, NULL, 1, UINT64_MAX },
  { "end", KIND_TCP, "close half rst keep", 0, 0 },
  { "rcvbuf", KIND_ALL, NULL, 1, INT_MAX },
  { "sndbuf", KIND_ALL, NULL, 1, INT_MAX },
  { "backlog", KIND_TCP, NULL, 1, INT_MAX },
  { "noaccept", KIND_TCP, NULL, 0, 1 },
  { "accept_ms", KIND_TCP, NULL, 0, INT_MAX },
  { "urgent", ST_KIND_SOURCE | ST_KIND_BOTH, NULL, 1, UINT64_MAX },
  { "inline", KIND_TCP, NULL, 0, 1 },
  { "connect", KIND_TCP, NULL, 1, UINT16_MAX },
  { "timeout", KIND_ALL, NULL, 1, INT_MAX / 1000 },
  { "count", KIND_UDP | ST_KIND_UDP_TO, NULL, 1, UINT32_MAX },
  { "size", ST_KIND_UDP_SOURCE, NULL, 0, PARAM_UDP },
  { "to", ST_KIND_UDP_TO, "", 0, 0 },
  { "nocheck", ST_KIND_UDP_TO, NULL, 0, 1 },
  { NULL, 0, NULL, 0, 0 }
};

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: one_of
 *
 * Description:
 *   Whether a value is one of the words in a list.
 *
 ****************************************************************************/

static bool one_of(FAR const char *words, FAR const char *value)
{
  size_t len = strlen(value);

  while (*words != '\0')
    {
      size_t n = strcspn(words, " ");

      if (n == len && strncmp(words, value, n) == 0)
        {
          return true;
        }

      words += n;
      words += strspn(words, " ");
    }

  return false;
}

/****************************************************************************
 * Name: check_value
 *
 * Description:
 *   Whether a parameter may have this value; if not, why.
 *
 ****************************************************************************/

static bool check_value(FAR const struct param_s *p, FAR const char *value,
                        FAR char *why, size_t size)
{
  struct in_addr addr;
  uint64_t number;

  if (p->words == NULL)
    {
      if (st_decimal(value, &number) && number >= p->min &&
          number <= p->max)
        {
          return true;
        }

      snprintf(why, size, "%s=%.40s: must be a number from %ju to %ju",
               p->key, value, (uintmax_t)p->min, (uintmax_t)p->max);
      return false;
    }

  if (p->words[0] == '\0')
    {
      if (inet_pton(AF_INET, value, &addr) == 1)
        {
          return true;
        }

      snprintf(why, size, "%s=%.40s: must be an IPv4 address", p->key,
               value);
      return false;
    }

  if (one_of(p->words, value))
    {
      return true;
    }

  snprintf(why, size, "%s=%.40s: must be one of: %s", p->key, value,
           p->words);
  return false;
}

/****************************************************************************
 * Name: check_param
 *
 * Description:
 *   Whether "key=value" is a parameter of this kind; its number, or -1 and
 *   why it is not.
 *
 ****************************************************************************/

static int check_param(FAR const struct st_kind_s *kind, FAR char *word,
                       FAR char *why, size_t size)
{
  FAR char *value = strchr(word, '=');
  int i;

  if (value == NULL || value == word || value[1] == '\0')
    {
      snprintf(why, size, "%.40s: must be KEY=VALUE", word);
      return -1;
    }

  *value++ = '\0';
  for (i = 0; g_params[i].key != NULL; i++)
    {
      if (strcmp(g_params[i].key, word) == 0 &&
          (g_params[i].kinds & kind->kind) != 0)
        {
          return check_value(&g_params[i], value, why, size) ? i : -1;
        }
    }

  snprintf(why, size, "%s has no parameter %.40s", kind->name, word);
  return -1;
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: st_params_check
 *
 * Description:
 *   Whether a service of this kind can have all of these parameters; if not,
 *   why.
 *
 ****************************************************************************/

bool st_params_check(FAR const struct st_kind_s *kind,
                     FAR const char *params, FAR char *why, size_t size)
{
  FAR const char *all = params;
  char word[ST_LINE];
  uint32_t given = 0;
  int i;

  while (*(params += strspn(params, " ")) != '\0')
    {
      snprintf(word, sizeof(word), "%.*s", (int)strcspn(params, " "),
               params);
      params += strcspn(params, " ");
      i = check_param(kind, word, why, size);
      if (i < 0)
        {
          return false;
        }

      if ((given & UINT32_C(1) << i) != 0)
        {
          snprintf(why, size, "%s= is there twice", g_params[i].key);
          return false;
        }

      given |= UINT32_C(1) << i;
    }

  if (kind->kind == ST_KIND_UDP_TO &&
      st_word(all, "to", word, sizeof(word)) == NULL)
    {
      snprintf(why, size, "%s needs to=ADDR", kind->name);
      return false;
    }

  return true;
}
