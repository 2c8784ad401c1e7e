/* nshlib/nsh_expand.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Words become arguments.
 *
 * The value of an unquoted variable or command is split at blanks; then a
 * field with *, ? or [...] becomes the names of the files that match.  Until
 * then a field is a pattern, in which a backslash precedes each character
 * that was quoted: one string carries both text and quoting.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nsh.h"

struct expand_s
{
  struct nsh_s *sh;
  struct nsh_arena_s *arena;
  struct nsh_args_s *args;
  struct nsh_buf_s field;              /* A pattern */
  bool some;                           /* There is a field, maybe empty */
  bool split;                          /* Fields, rather than one text */
};

/* Variables */

/* "$*": the arguments with a blank between them. */

static const char *expand_allargs(struct expand_s *e)
{
  struct nsh_buf_s all =
  {
    NULL, 0, 0
  };

  const char *text;
  int i;

  nsh_buf_clear(&all);
  for (i = 0; i < e->sh->nparams; i++)
    {
      if (i > 0)
        {
          nsh_buf_putc(&all, ' ');
        }

      nsh_buf_add(&all, e->sh->params[i], strlen(e->sh->params[i]));
    }

  text = nsh_text(e->arena, all.text, all.len);
  nsh_buf_free(&all);
  return text;
}

/* The value of a name or of a special parameter; "" when there is none. */

static const char *expand_value(struct expand_s *e, const char *name)
{
  struct nsh_s *sh = e->sh;
  const char *value;
  long number;

  switch (name[0])
    {
      case '?':
        return nsh_format(e->arena, "%d", sh->status);

      case '#':
        return nsh_format(e->arena, "%d", sh->nparams);

      case '$':
        return nsh_format(e->arena, "%ld", (long)sh->pid);

      case '!':
        return sh->lastjob == 0 ? "" :
               nsh_format(e->arena, "%ld", (long)sh->lastjob);

      case '@':
      case '*':
        return expand_allargs(e);

      default:
        break;
    }

  if (name[0] >= '0' && name[0] <= '9')
    {
      number = strtol(name, NULL, 10);
      return number == 0 ? sh->name :
             number <= sh->nparams ? sh->params[number - 1] : "";
    }

  value = nsh_getvar(sh, name);
  return value == NULL ? "" : value;
}

/* Fields */

static void field_putc(struct expand_s *e, char c, bool literal)
{
  if (c == '\\' || (literal && strchr("*?[]", c) != NULL))
    {
      nsh_buf_putc(&e->field, '\\');
    }

  nsh_buf_putc(&e->field, c);
  e->some = true;
}

static void field_add(struct expand_s *e, const char *text, bool literal)
{
  e->some = true;
  for (; *text != '\0'; text++)
    {
      field_putc(e, *text, literal);
    }
}

/* The field is complete. */

static void field_end(struct expand_s *e)
{
  if (e->some)
    {
      nsh_buf_add(&e->field, "", 0);
      nsh_glob(e->arena, e->field.text, e->args);
      nsh_buf_clear(&e->field);
      e->some = false;
    }
}

/* The value of a variable or a command. */

static void field_value(struct expand_s *e, const char *text, bool quoted)
{
  if (quoted || !e->split)
    {
      field_add(e, text, quoted);
      return;
    }

  for (; *text != '\0'; text++)
    {
      if (strchr(NSH_BLANKS, *text) != NULL)
        {
          field_end(e);
        }
      else
        {
          field_putc(e, *text, false);
        }
    }
}

/* "$@": a field for each argument; none at all without arguments. */

static void field_everyarg(struct expand_s *e)
{
  int i;

  for (i = 0; i < e->sh->nparams; i++)
    {
      if (i > 0)
        {
          field_end(e);
        }

      field_add(e, e->sh->params[i], true);
    }
}

static bool expand_part(struct expand_s *e, const struct nsh_part_s *part)
{
  struct nsh_buf_s out =
  {
    NULL, 0, 0
  };

  bool ok;

  switch (part->kind)
    {
      case NSH_TEXT:
        field_add(e, part->text, part->quoted);
        return true;

      case NSH_VARIABLE:
        if (part->text[0] == '@' && part->quoted && e->split)
          {
            field_everyarg(e);
          }
        else
          {
            field_value(e, expand_value(e, part->text), part->quoted);
            e->some |= part->quoted;
          }

        return true;

      default:
        ok = nsh_substitute(e->sh, part->text, &out);
        if (ok)
          {
            field_value(e, out.text, part->quoted);
            e->some |= part->quoted;
          }

        nsh_buf_free(&out);
        return ok;
    }
}

/* False: an error that has been told.  The strings are in the arena. */

bool nsh_expand(struct nsh_s *sh, struct nsh_arena_s *arena,
                struct nsh_word_s *words, struct nsh_args_s *args)
{
  struct expand_s e =
  {
    .sh = sh,
    .arena = arena,
    .args = args,
    .split = true
  };

  const struct nsh_part_s *part;
  bool ok = true;

  for (; ok && words != NULL; words = words->next)
    {
      for (part = words->parts; ok && part != NULL; part = part->next)
        {
          ok = expand_part(&e, part);
        }

      field_end(&e);
    }

  nsh_buf_free(&e.field);
  return ok;
}

/* One text, neither split nor matched with files; NULL after an error. */

char *nsh_expand_one(struct nsh_s *sh, struct nsh_arena_s *arena,
                     struct nsh_word_s *word)
{
  struct expand_s e =
  {
    .sh = sh,
    .arena = arena
  };

  const struct nsh_part_s *part;
  char *text = NULL;
  bool ok = true;

  nsh_buf_clear(&e.field);
  for (part = word->parts; ok && part != NULL; part = part->next)
    {
      ok = expand_part(&e, part);
    }

  if (ok)
    {
      text = nsh_unescape(arena, e.field.text);
    }

  nsh_buf_free(&e.field);
  return text;
}
