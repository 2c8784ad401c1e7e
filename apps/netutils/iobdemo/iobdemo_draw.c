/****************************************************************************
 * apps/netutils/iobdemo/iobdemo_draw.c
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

/* Colours of the arena's map, and whether to use any */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <nuttx/config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iobdemo.h"

#ifdef CONFIG_IOB_SHARED

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: draw_colour
 *
 * Description:
 *   The sequence that starts the colour of a character of the map.
 *
 ****************************************************************************/

static FAR const char *draw_colour(char c)
{
  switch (c)
    {
      case 'R':
      case 'r':
        return "\033[32m";

      case 'T':
      case 't':
        return "\033[36m";

      case 'C':
      case 'c':
        return "\033[33m";

      case 'G':
      case 'g':
        return "\033[34m";

      case 'S':
      case 's':
      case '#':
        return "\033[35m";

      default:
        return "\033[2m";
    }
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: iobdemo_colour
 *
 * Description:
 *   Whether stdout takes colours, and nobody minds.
 *
 ****************************************************************************/

bool iobdemo_colour(void)
{
  FAR const char *no_color = getenv("NO_COLOR");
  FAR const char *term = getenv("TERM");

  return (no_color == NULL || no_color[0] == '\0') && term != NULL &&
         term[0] != '\0' && strcmp(term, "dumb") != 0 &&
         isatty(STDOUT_FILENO);
}

/****************************************************************************
 * Name: iobdemo_put
 *
 * Description:
 *   Print n characters of a map, each run of equal colour in its colour.
 *
 ****************************************************************************/

void iobdemo_put(bool colour, FAR const char *text, size_t n)
{
  FAR const char *last = NULL;
  FAR const char *next;
  size_t i;

  if (!colour)
    {
      printf("%.*s", (int)n, text);
      return;
    }

  for (i = 0; i < n; i++)
    {
      next = draw_colour(text[i]);
      if (last == NULL || strcmp(next, last) != 0)
        {
          printf("\033[0m%s", next);
          last = next;
        }

      putchar(text[i]);
    }

  printf("\033[0m");
}
#endif /* CONFIG_IOB_SHARED */
