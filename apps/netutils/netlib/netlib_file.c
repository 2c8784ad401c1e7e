/****************************************************************************
 * apps/netutils/netlib/netlib_file.c
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

/* Files that are read as a whole: those of /proc. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netlib.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: netlib_isblank
 *
 * Description:
 *   What separates words within a line.
 *
 ****************************************************************************/

static bool netlib_isblank(char c)
{
  return c == ' ' || c == '\t';
}

/****************************************************************************
 * Name: netlib_count
 *
 * Description:
 *   How many words a text has, and an upper limit of its lines.
 *
 ****************************************************************************/

static size_t netlib_count(FAR const char *text, FAR size_t *lines)
{
  size_t words = 0;

  for (*lines = 1; *text != '\0'; text++)
    {
      if (*text == '\n')
        {
          ++*lines;
        }
      else if (!netlib_isblank(*text) &&
               (netlib_isblank(text[1]) || text[1] == '\n' ||
                text[1] == '\0'))
        {
          words++;
        }
    }

  return words;
}

/****************************************************************************
 * Name: netlib_cutline
 *
 * Description:
 *   Cut one line into words, which are stored at **next; returns where the
 *   next line begins, NULL at the end of the text.
 *
 ****************************************************************************/

static FAR char *netlib_cutline(FAR char *line, FAR char ***next)
{
  FAR char *end = strchr(line, '\n');

  if (end != NULL)
    {
      *end++ = '\0';
    }

  for (; ; )
    {
      while (netlib_isblank(*line))
        {
          line++;
        }

      if (*line == '\0')
        {
          return end;
        }

      *(*next)++ = line;
      while (*line != '\0' && !netlib_isblank(*line))
        {
          line++;
        }

      if (*line != '\0')
        {
          *line++ = '\0';
        }
    }
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: netlib_readfile
 *
 * Description:
 *   Read a file into memory, with a NUL behind.  The caller frees it.  NULL:
 *   errno tells why.
 *
 ****************************************************************************/

FAR char *netlib_readfile(FAR const char *path)
{
  FAR char *text = NULL;
  FAR char *more;
  size_t size = 0;
  size_t len = 0;
  ssize_t got;
  int err;
  int fd;

  fd = open(path, O_RDONLY);
  if (fd < 0)
    {
      return NULL;
    }

  do
    {
      if (len + 1 >= size)
        {
          size = size == 0 ? 4096 : 2 * size;
          more = realloc(text, size);
          if (more == NULL)
            {
              got = -1;
              break;
            }

          text = more;
        }

      got = read(fd, text + len, size - len - 1);
      if (got > 0)
        {
          len += (size_t)got;
        }
    }
  while (got > 0 || (got < 0 && errno == EINTR));

  err = errno;
  close(fd);
  if (got < 0)
    {
      free(text);
      errno = err;
      return NULL;
    }

  text[len] = '\0';
  return text;
}

/****************************************************************************
 * Name: netlib_copyfile
 *
 * Description:
 *   Print a file as it is.
 *
 ****************************************************************************/

int netlib_copyfile(FAR const char *name, FAR const char *path)
{
  FAR char *text = netlib_readfile(path);

  if (text == NULL)
    {
      return netlib_fail(name, "%s: %s", path, strerror(errno));
    }

  fputs(text, stdout);
  free(text);
  return EXIT_SUCCESS;
}

/****************************************************************************
 * Name: netlib_readtable
 *
 * Description:
 *   Read a file as lines of words.  0, or a negated errno.
 *
 ****************************************************************************/

int netlib_readtable(FAR const char *path, FAR struct netlib_table_s *table)
{
  FAR struct netlib_row_s *row;
  FAR char **next;
  FAR char *line;
  size_t lines;
  size_t words;

  memset(table, 0, sizeof(*table));
  table->text = netlib_readfile(path);
  if (table->text == NULL)
    {
      return -errno;
    }

  words = netlib_count(table->text, &lines);
  table->rows = calloc(lines, sizeof(*table->rows));
  table->words = calloc(words + lines, sizeof(*table->words));
  if (table->rows == NULL || table->words == NULL)
    {
      netlib_freetable(table);
      return -ENOMEM;
    }

  next = table->words;
  for (line = table->text; line != NULL; )
    {
      row = &table->rows[table->count];
      row->words = next;
      line = netlib_cutline(line, &next);
      row->count = (size_t)(next - row->words);
      if (row->count > 0)
        {
          *next++ = NULL;
          table->count++;
        }
    }

  return 0;
}

/****************************************************************************
 * Name: netlib_freetable
 *
 * Description:
 *   Free what netlib_readtable() allocated.
 *
 ****************************************************************************/

void netlib_freetable(FAR struct netlib_table_s *table)
{
  free(table->text);
  free(table->rows);
  free(table->words);
  memset(table, 0, sizeof(*table));
}

/****************************************************************************
 * Name: netlib_column
 *
 * Description:
 *   The index of the column with this name.
 *
 ****************************************************************************/

int netlib_column(FAR const struct netlib_table_s *table,
                  FAR const char *name)
{
  size_t i;

  for (i = 0; table->count > 0 && i < table->rows[0].count; i++)
    {
      if (strcasecmp(table->rows[0].words[i], name) == 0)
        {
          return (int)i;
        }
    }

  return -1;
}
