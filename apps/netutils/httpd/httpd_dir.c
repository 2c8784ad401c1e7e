/****************************************************************************
 * apps/netutils/httpd/httpd_dir.c
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

/* A directory as a page. */

/****************************************************************************
 * Included Files
 ****************************************************************************/

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "httpd.h"

/****************************************************************************
 * Private Functions
 ****************************************************************************/

/****************************************************************************
 * Name: put_text
 *
 * Description:
 *   Write a text as HTML.
 *
 ****************************************************************************/

static void put_text(FAR FILE *page, FAR const char *text)
{
  for (; *text != '\0'; text++)
    {
      switch (*text)
        {
        case '<':
          fputs("&lt;", page);
          break;

        case '>':
          fputs("&gt;", page);
          break;

        case '&':
          fputs("&amp;", page);
          break;

        case '"':
          fputs("&quot;", page);
          break;

        default:
          fputc(*text, page);
          break;
        }
    }
}

/****************************************************************************
 * Name: put_url
 *
 * Description:
 *   Write a name as part of a URL.
 *
 ****************************************************************************/

static void put_url(FAR FILE *page, FAR const char *name)
{
  for (; *name != '\0'; name++)
    {
      if (isalnum((unsigned char)*name) || strchr("-._~", *name) != NULL)
        {
          fputc(*name, page);
        }
      else
        {
          fprintf(page, "%%%02X", (unsigned int)(unsigned char)*name);
        }
    }
}

/****************************************************************************
 * Name: compare
 *
 * Description:
 *   The order of the page.
 *
 ****************************************************************************/

static int compare(FAR const void *a, FAR const void *b)
{
  return strcmp(*(FAR const char *const *)a, *(FAR const char *const *)b);
}

/****************************************************************************
 * Name: read_names
 *
 * Description:
 *   All names of a directory, those of directories with a slash behind, in
 *   order.  Returns how many, or a negated errno; the caller frees them in
 *   either case.
 *
 ****************************************************************************/

static int read_names(FAR const char *path, FAR char ***names)
{
  FAR struct dirent *entry;
  FAR char **more;
  FAR DIR *dir;
  size_t len;
  int count = 0;

  *names = NULL;
  dir = opendir(path);
  if (dir == NULL)
    {
      return -errno;
    }

  while ((entry = readdir(dir)) != NULL)
    {
      if (entry->d_name[0] == '.')
        {
          continue;
        }

      if ((count & (count - 1)) == 0)
        {
          more = realloc(*names, (size_t)(count > 0 ? 2 * count : 1) *
                                 sizeof(**names));
          if (more == NULL)
            {
              break;
            }

          *names = more;
        }

      len = strlen(entry->d_name);
      (*names)[count] = malloc(len + 2);
      if ((*names)[count] == NULL)
        {
          break;
        }

      memcpy((*names)[count], entry->d_name, len + 1);
      if (entry->d_type == DT_DIR)
        {
          strcpy((*names)[count] + len, "/");
        }

      count++;
    }

  closedir(dir);
  if (entry != NULL)
    {
      while (count > 0)
        {
          free((*names)[--count]);
        }

      return -ENOMEM;
    }

  if (count > 0)
    {
      qsort(*names, (size_t)count, sizeof(**names), compare);
    }

  return count;
}

/****************************************************************************
 * Name: put_page
 *
 * Description:
 *   Write the page, and free the names.
 *
 ****************************************************************************/

static void put_page(FAR FILE *page, FAR const char *title,
                     FAR char **names, int count)
{
  FAR const char *slash;
  int i;

  fputs("<!DOCTYPE html>\n<title>", page);
  put_text(page, title);
  fputs("</title>\n<h1>", page);
  put_text(page, title);
  fputs("</h1>\n<ul>\n", page);
  if (strcmp(title, "/") != 0)
    {
      fputs("<li><a href=\"../\">../</a>\n", page);
    }

  for (i = 0; i < count; i++)
    {
      slash = names[i][strlen(names[i]) - 1] == '/' ? "/" : "";
      if (*slash != '\0')
        {
          names[i][strlen(names[i]) - 1] = '\0';
        }

      fputs("<li><a href=\"", page);
      put_url(page, names[i]);
      fprintf(page, "%s\">", slash);
      put_text(page, names[i]);
      fprintf(page, "%s</a>\n", slash);
      free(names[i]);
    }

  fputs("</ul>\n", page);
}

/****************************************************************************
 * Public Functions
 ****************************************************************************/

/****************************************************************************
 * Name: httpd_listing
 *
 * Description:
 *   A directory as a page.
 *
 ****************************************************************************/

FAR char *httpd_listing(FAR const char *path, FAR const char *title,
                        FAR size_t *len)
{
  FAR char **names;
  FAR char *text = NULL;
  FAR FILE *page;
  int count;

  count = read_names(path, &names);
  if (count < 0)
    {
      free(names);
      errno = -count;
      return NULL;
    }

  page = open_memstream(&text, len);
  if (page == NULL)
    {
      while (count > 0)
        {
          free(names[--count]);
        }

      free(names);
      errno = ENOMEM;
      return NULL;
    }

  put_page(page, title, names, count);
  free(names);
  if (fclose(page) != 0)
    {
      free(text);
      text = NULL;
      errno = ENOMEM;
    }

  return text;
}
