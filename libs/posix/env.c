/* libs/posix/env.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The environment of a group: a copy of the parent's.  group->env is the
 * list and, beside it, envowned has the strings that were allocated here; a
 * string of putenv() is the application's.  When the application has put
 * another list into environ, that is copied at the next change.
 */

#include "binding.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nuttx/kmalloc.h>

extern char **posix_environ;

void posix_env_free(struct posix_group_s *group)
{
  size_t i;

  for (i = 0; i < group->nenv; i++)
    {
      kmm_free(group->envowned[i]);
    }

  kmm_free(group->env);
  kmm_free(group->envowned);
  group->env      = NULL;
  group->envowned = NULL;
  group->nenv     = 0;
}

/* Append a string; "owned": it is ours to free.  It stays the caller's if
 * this fails.
 */

static int append(struct posix_group_s *group, char *text, bool owned)
{
  size_t n = group->nenv;
  char **list;

  list = kmm_realloc(group->env, (n + 2) * sizeof(*list));
  if (list == NULL)
    {
      return -ENOMEM;
    }

  group->env = list;
  list[n]    = NULL;
  list = kmm_realloc(group->envowned, (n + 1) * sizeof(*list));
  if (list == NULL)
    {
      return -ENOMEM;
    }

  group->envowned    = list;
  group->env[n]      = text;
  group->env[n + 1]  = NULL;
  group->envowned[n] = owned ? text : NULL;
  group->nenv        = n + 1;
  return 0;
}

static int copy(struct posix_group_s *group, char *const from[])
{
  char *text;

  for (; from != NULL && *from != NULL; from++)
    {
      text = kmm_strdup(*from);
      if (text == NULL || append(group, text, true) < 0)
        {
          kmm_free(text);
          return -ENOMEM;
        }
    }

  return 0;
}

int posix_env_init(struct posix_group_s *group,
                   const struct posix_group_s *parent)
{
  char **from = parent == NULL ? NULL :
                parent == g_posix.owner ? posix_environ :
                parent->vars.environ;

  if (copy(group, from) < 0)
    {
      return -ENOMEM;
    }

  group->vars.environ = group->env;
  return 0;
}

/* Another environment for a group that has not begun */

int posix_env_set(struct posix_group_s *group, char *const envp[])
{
  int ret;

  posix_env_free(group);
  ret = copy(group, envp);
  group->vars.environ = group->env;
  return ret;
}

/* The list of the calling group is ours, and environ points to it */

static int own(struct posix_group_s *group)
{
  struct posix_group_s old = *group;

  if (posix_environ == group->env)
    {
      return 0;
    }

  group->env      = NULL;
  group->envowned = NULL;
  group->nenv     = 0;
  if (copy(group, posix_environ) < 0)
    {
      posix_env_free(group);
      group->env      = old.env;
      group->envowned = old.envowned;
      group->nenv     = old.nenv;
      return -ENOMEM;
    }

  posix_env_free(&old);
  posix_environ = group->env;
  return 0;
}

/* The index of a name in the list, or -1 */

static int find(char **list, const char *name, size_t len)
{
  int i;

  for (i = 0; list != NULL && list[i] != NULL; i++)
    {
      if (strncmp(list[i], name, len) == 0 && list[i][len] == '=')
        {
          return i;
        }
    }

  return -1;
}

/* Put a whole "name=value" in */

static int put(struct posix_group_s *group, char *text, size_t len,
               bool owned)
{
  int i = find(group->env, text, len);
  int ret = 0;

  if (i < 0)
    {
      ret = append(group, text, owned);
    }
  else
    {
      kmm_free(group->envowned[i]);
      group->env[i]      = text;
      group->envowned[i] = owned ? text : NULL;
    }

  posix_environ = group->env;
  return ret;
}

static bool bad_name(const char *name)
{
  return name == NULL || *name == '\0' || strchr(name, '=') != NULL;
}

char *posix_getenv(const char *name)
{
  size_t len = strlen(name);
  int i = find(posix_environ, name, len);

  return i < 0 ? NULL : posix_environ[i] + len + 1;
}

BIND(secure_getenv);
char *posix_secure_getenv(const char *name)
{
  return posix_getenv(name);
}

BIND(setenv);
int posix_setenv(const char *name, const char *value, int overwrite)
{
  struct posix_group_s *group = posix_group();
  size_t len;
  char *text;

  if (bad_name(name))
    {
      return posix_fail(EINVAL);
    }

  if (!overwrite && posix_getenv(name) != NULL)
    {
      return 0;
    }

  len  = strlen(name);
  text = kmm_malloc(len + strlen(value) + 2);
  if (text == NULL || own(group) < 0)
    {
      kmm_free(text);
      return posix_fail(ENOMEM);
    }

  sprintf(text, "%s=%s", name, value);
  if (put(group, text, len, true) < 0)
    {
      kmm_free(text);
      return posix_fail(ENOMEM);
    }

  return 0;
}

BIND(unsetenv);
int posix_unsetenv(const char *name)
{
  struct posix_group_s *group = posix_group();
  int i;

  if (bad_name(name))
    {
      return posix_fail(EINVAL);
    }

  if (own(group) < 0)
    {
      return posix_fail(ENOMEM);
    }

  while ((i = find(group->env, name, strlen(name))) >= 0)
    {
      size_t rest = group->nenv - i;

      kmm_free(group->envowned[i]);
      memmove(group->env + i, group->env + i + 1,
              rest * sizeof(*group->env));
      memmove(group->envowned + i, group->envowned + i + 1,
              (rest - 1) * sizeof(*group->envowned));
      group->nenv--;
    }

  return 0;
}

BIND(putenv);
int posix_putenv(char *text)
{
  struct posix_group_s *group = posix_group();
  char *equals = strchr(text, '=');

  if (equals == NULL)
    {
      return posix_unsetenv(text);
    }

  return own(group) < 0 || put(group, text, equals - text, false) < 0 ?
         posix_fail(ENOMEM) : 0;
}

BIND(clearenv);
int posix_clearenv(void)
{
  posix_env_free(posix_group());
  posix_environ = NULL;
  return 0;
}
