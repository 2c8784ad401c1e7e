/* nshlib/nsh_glob.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Patterns, and the names of files that match them.
 *
 *   *      any text, also none
 *   ?      any character
 *   [...]  one of these; [!...] none of these; a-z is a range
 *   \c     the character c itself
 *
 * A "/" is matched by a "/" only, and a "." at the front of a name by a "."
 * only.  A pattern without a match stands for itself.
 */

#include <sys/stat.h>

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "nsh.h"

struct glob_s
{
  struct nsh_arena_s *arena;
  struct nsh_args_s *args;
  struct nsh_buf_s path;               /* Matched so far */
};

/* Matching */

/* At a "[": the end of the bracket, where it has one and matches c or not;
 * NULL: it has no end, and so is an ordinary character.
 */

static const char *match_bracket(const char *p, unsigned char c, bool *match)
{
  bool negate = *++p == '!';
  bool first = true;

  *match = false;
  p += negate;
  for (; *p != '\0' && (*p != ']' || first); p++, first = false)
    {
      unsigned char low;
      unsigned char high;

      p += *p == '\\' && p[1] != '\0';
      low = high = (unsigned char)*p;
      if (p[1] == '-' && p[2] != ']' && p[2] != '\0')
        {
          p += 2;
          p += *p == '\\' && p[1] != '\0';
          high = (unsigned char)*p;
        }

      *match |= low <= c && c <= high;
    }

  *match ^= negate;
  return *p == ']' ? p + 1 : NULL;
}

/* One element that is not a star: the rest of the pattern, or NULL. */

static const char *match_one(const char *pattern, char c)
{
  bool match;
  const char *end;

  if (*pattern == '?')
    {
      return pattern + 1;
    }

  if (*pattern == '[')
    {
      end = match_bracket(pattern, (unsigned char)c, &match);
      if (end != NULL)
        {
          return match ? end : NULL;
        }
    }

  pattern += *pattern == '\\' && pattern[1] != '\0';
  return *pattern == c ? pattern + 1 : NULL;
}

/* Only the last star ever has to be tried again: time is at most the product
 * of the lengths.
 */

bool nsh_match(const char *pattern, const char *text)
{
  const char *star = NULL;
  const char *tried = NULL;

  while (*text != '\0')
    {
      const char *rest = *pattern == '\0' ? NULL : match_one(pattern, *text);

      if (*pattern == '*')
        {
          star = ++pattern;
          tried = text;
        }
      else if (rest != NULL)
        {
          pattern = rest;
          text++;
        }
      else if (star != NULL)
        {
          pattern = star;
          text = ++tried;
        }
      else
        {
          return false;
        }
    }

  while (*pattern == '*')
    {
      pattern++;
    }

  return *pattern == '\0';
}

/* Patterns as texts */

static bool glob_has_magic(const char *pattern, size_t len)
{
  size_t i;

  for (i = 0; i < len; i++)
    {
      if (pattern[i] == '\\')
        {
          i++;
        }
      else if (strchr("*?[", pattern[i]) != NULL)
        {
          return true;
        }
    }

  return false;
}

char *nsh_unescape(struct nsh_arena_s *arena, const char *pattern)
{
  char *text = nsh_text(arena, pattern, strlen(pattern));
  char *to = text;

  for (; *pattern != '\0'; pattern++)
    {
      pattern += *pattern == '\\' && pattern[1] != '\0';
      *to++ = *pattern;
    }

  *to = '\0';
  return text;
}

/* Files */

static int glob_compare(const void *a, const void *b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in g->path that match one component, in order. */

static void glob_names(struct glob_s *g, const char *component,
                       struct nsh_args_s *names)
{
  DIR *dir = opendir(g->path.len == 0 ? "." : g->path.text);
  struct dirent *entry;

  if (dir == NULL)
    {
      return;                          /* Nothing can match there */
    }

  while ((entry = readdir(dir)) != NULL)
    {
      if ((entry->d_name[0] != '.' || component[0] == '.') &&
          nsh_match(component, entry->d_name))
        {
          nsh_args_add(names, nsh_text(g->arena, entry->d_name,
                                       strlen(entry->d_name)));
        }
    }

  closedir(dir);
  if (names->n > 1)
    {
      qsort(names->v, names->n, sizeof(*names->v), glob_compare);
    }
}

static void glob_walk(struct glob_s *g, const char *pattern);

/* Goes on with one name for the component; the path is as before after. */

static void glob_enter(struct glob_s *g, const char *name, const char *rest)
{
  size_t len = g->path.len;
  struct stat st;

  nsh_buf_add(&g->path, name, strlen(name));
  if (*rest != '\0')
    {
      glob_walk(g, rest);
    }
  else if (lstat(g->path.text, &st) == 0)
    {
      nsh_args_add(g->args, nsh_text(g->arena, g->path.text, g->path.len));
    }

  g->path.len = len;
  g->path.text[len] = '\0';
}

static void glob_walk(struct glob_s *g, const char *pattern)
{
  struct nsh_args_s names =
  {
    NULL, 0, 0
  };

  size_t saved = g->path.len;
  size_t len;
  char *component;
  size_t i;

  while (*pattern == '/')
    {
      nsh_buf_putc(&g->path, *pattern++);
    }

  len = strcspn(pattern, "/");
  component = nsh_text(g->arena, pattern, len);
  if (glob_has_magic(component, len))
    {
      glob_names(g, component, &names);
    }
  else
    {
      nsh_args_add(&names, nsh_unescape(g->arena, component));
    }

  for (i = 0; i < names.n; i++)
    {
      glob_enter(g, names.v[i], pattern + len);
    }

  nsh_args_free(&names);
  g->path.len = saved;
  g->path.text[saved] = '\0';
}

/* Adds what a pattern stands for, which may be itself. */

void nsh_glob(struct nsh_arena_s *arena, const char *pattern,
              struct nsh_args_s *args)
{
  size_t before = args->n;

  if (glob_has_magic(pattern, strlen(pattern)))
    {
      struct glob_s g =
      {
        .arena = arena,
        .args = args
      };

      nsh_buf_clear(&g.path);
      glob_walk(&g, pattern);
      nsh_buf_free(&g.path);
    }

  if (args->n == before)
    {
      nsh_args_add(args, nsh_unescape(arena, pattern));
    }
}
