/* nshlib/nsh_vars.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Variables.  One list holds the shell's own and those that are exported;
 * only the latter are in the environment of what the shell starts.  The
 * process's own environment is read once and never changed.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "nsh.h"

bool nsh_isname(const char *name, size_t len)
{
  if (len == 0 || isdigit((unsigned char)name[0]))
    {
      return false;
    }

  for (; len > 0; len--, name++)
    {
      if (*name != '_' &&
          (!isalnum((unsigned char)*name) || (unsigned char)*name > 127))
        {
          return false;
        }
    }

  return true;
}

/* The link that points, or would point, to the variable of this name. */

static struct nsh_var_s **nsh_var_link(struct nsh_s *sh, const char *name)
{
  struct nsh_var_s **link = &sh->vars;

  while (*link != NULL && strcmp((*link)->name, name) < 0)
    {
      link = &(*link)->next;
    }

  return link;
}

static struct nsh_var_s *nsh_var_find(struct nsh_s *sh, const char *name)
{
  struct nsh_var_s *var = *nsh_var_link(sh, name);

  return var != NULL && strcmp(var->name, name) == 0 ? var : NULL;
}

/* NULL: not set. */

const char *nsh_getvar(struct nsh_s *sh, const char *name)
{
  struct nsh_var_s *var = nsh_var_find(sh, name);

  return var == NULL ? NULL : var->value;
}

/* The value is copied first: it may be the old one, or part of it. */

void nsh_setvar(struct nsh_s *sh, const char *name, const char *value)
{
  struct nsh_var_s *var = nsh_var_find(sh, name);
  char *copy = nsh_strdup(value);

  if (var == NULL)
    {
      struct nsh_var_s **link = nsh_var_link(sh, name);

      var = nsh_malloc(sizeof(*var));
      var->next = *link;
      var->name = nsh_strdup(name);
      var->value = NULL;
      var->exported = false;
      *link = var;
    }

  nsh_free(var->value);
  var->value = copy;
}

void nsh_exportvar(struct nsh_s *sh, const char *name)
{
  if (nsh_var_find(sh, name) == NULL)
    {
      nsh_setvar(sh, name, "");
    }

  nsh_var_find(sh, name)->exported = true;
}

bool nsh_isexported(struct nsh_s *sh, const char *name)
{
  struct nsh_var_s *var = nsh_var_find(sh, name);

  return var != NULL && var->exported;
}

static void nsh_var_remove(struct nsh_var_s **link)
{
  struct nsh_var_s *var = *link;

  *link = var->next;
  nsh_free(var->name);
  nsh_free(var->value);
  nsh_free(var);
}

void nsh_unsetvar(struct nsh_s *sh, const char *name)
{
  if (nsh_var_find(sh, name) != NULL)
    {
      nsh_var_remove(nsh_var_link(sh, name));
    }
}

/* Entries whose name is no name for a shell are left out. */

void nsh_vars_import(struct nsh_s *sh, char **envp)
{
  for (; envp != NULL && *envp != NULL; envp++)
    {
      const char *equals = strchr(*envp, '=');

      if (equals != NULL && nsh_isname(*envp, (size_t)(equals - *envp)))
        {
          struct nsh_arena_s arena =
          {
            NULL
          };

          char *name = nsh_text(&arena, *envp, (size_t)(equals - *envp));

          nsh_setvar(sh, name, equals + 1);
          nsh_exportvar(sh, name);
          nsh_arena_free(&arena);
        }
    }
}

void nsh_vars_free(struct nsh_s *sh)
{
  while (sh->vars != NULL)
    {
      nsh_var_remove(&sh->vars);
    }
}
