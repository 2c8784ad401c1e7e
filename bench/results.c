/* bench/results.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * See results.h.
 */

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results.h"

#define NAME_MAX_LEN 128
#define FILE_MAX_LEN (1024 * 1024)

static void results_nomem(void)
{
  fprintf(stderr, "bench: out of memory\n");
  exit(1);
}

void results_init(struct results_s *results)
{
  results->root = cJSON_CreateObject();
  if (results->root == NULL)
    {
      results_nomem();
    }
}

void results_fini(struct results_s *results)
{
  cJSON_Delete(results->root);
  results->root = NULL;
}

static void results_set(struct results_s *results, const char *name,
                        double value)
{
  cJSON_DeleteItemFromObjectCaseSensitive(results->root, name);
  if (cJSON_AddNumberToObject(results->root, name, value) == NULL)
    {
      results_nomem();
    }
}

void results_add(struct results_s *results, double value,
                 const char *format, ...)
{
  char name[NAME_MAX_LEN];
  va_list ap;

  va_start(ap, format);
  vsnprintf(name, sizeof(name), format, ap);
  va_end(ap);
  results_set(results, name, value);
}

bool results_get(const struct results_s *results, double *value,
                 const char *format, ...)
{
  char name[NAME_MAX_LEN];
  const cJSON *item;
  va_list ap;

  va_start(ap, format);
  vsnprintf(name, sizeof(name), format, ap);
  va_end(ap);
  item = cJSON_GetObjectItemCaseSensitive(results->root, name);
  if (!cJSON_IsNumber(item))
    {
      return false;
    }

  *value = item->valuedouble;
  return true;
}

/* Open DIR/NAME.json; the path is left in `path`. */

static FILE *results_open(char path[PATH_MAX], const char *dir,
                          const char *name, const char *mode)
{
  if (snprintf(path, PATH_MAX, "%s/%s.json", dir, name) >= PATH_MAX)
    {
      errno = ENAMETOOLONG;
      return NULL;
    }

  return fopen(path, mode);
}

bool results_read(struct results_s *results, const char *dir,
                  const char *name)
{
  char path[PATH_MAX];
  FILE *file = results_open(path, dir, name, "r");
  char *text = calloc(1, FILE_MAX_LEN + 1);
  const cJSON *item;
  cJSON *root = NULL;

  if (text == NULL)
    {
      results_nomem();
    }

  if (file != NULL && fread(text, 1, FILE_MAX_LEN, file) > 0)
    {
      root = cJSON_Parse(text);
    }

  cJSON_ArrayForEach(item, root)
    {
      if (cJSON_IsNumber(item))
        {
          results_set(results, item->string, item->valuedouble);
        }
    }

  if (file != NULL)
    {
      fclose(file);
    }

  free(text);
  cJSON_Delete(root);
  return root != NULL;
}

bool results_write(const struct results_s *results, const char *dir,
                   const char *name)
{
  char path[PATH_MAX];
  char *text = cJSON_Print(results->root);
  FILE *file = results_open(path, dir, name, "w");
  bool ok = file != NULL && text != NULL && fprintf(file, "%s\n", text) > 0;

  if (file != NULL && fclose(file) != 0)
    {
      ok = false;
    }

  if (!ok)
    {
      fprintf(stderr, "bench: cannot write %s: %s\n", path, strerror(errno));
    }

  free(text);
  return ok;
}
