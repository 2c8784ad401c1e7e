/* tests/host/packet/script_parse.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Reads a packet script: lines, times, cases.  What is wrong with a line is
 * said in one sentence, with its place, and the file is not run at all.
 */

#include <nuttx/config.h>

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

bool script_wrong(const struct script_s *script, int line,
                  const char *format, ...)
{
  va_list ap;

  va_start(ap, format);
  fprintf(stderr, "%s:%d: ", script->path, line);
  vfprintf(stderr, format, ap);
  fputc('\n', stderr);
  va_end(ap);
  return false;
}

bool script_number(const char *text, long long min, long long max,
                   long *value)
{
  long long number;
  char *end;

  errno  = 0;
  number = strtoll(text, &end, 0);
  *value = (long)number;
  return end != text && *end == '\0' && errno == 0 && number >= min &&
         number <= max;
}

unsigned int script_split(char *text, char **word, unsigned int max)
{
  unsigned int n = 0;
  char *save = NULL;
  char *p;

  for (p = strtok_r(text, " \t", &save); p != NULL;
       p = strtok_r(NULL, " \t", &save))
    {
      if (n == max)
        {
          return max + 1;
        }

      word[n++] = p;
    }

  return n;
}

/* Times ********************************************************************/

/* Seconds with up to nine digits behind the point; moves on *p */

static bool parse_seconds(const char **p, nettime_t *ns)
{
  nettime_t value = 0;
  nettime_t unit = NET_SEC;

  if (!isdigit((unsigned char)**p))
    {
      return false;
    }

  while (isdigit((unsigned char)**p) && value < 1000000)
    {
      value = value * 10 + (nettime_t)(*(*p)++ - '0');
    }

  value *= NET_SEC;
  if (**p == '.')
    {
      (*p)++;
      while (isdigit((unsigned char)**p) && unit > 1)
        {
          unit  /= 10;
          value += (nettime_t)(*(*p)++ - '0') * unit;
        }
    }

  *ns = value;
  return true;
}

/* "1.5", "+0.2" or "+0.2~0.3"; none is +0.  *text is moved behind it */

static bool parse_time(const struct script_s *script, char **text,
                       struct event_s *event)
{
  const char *p = *text;

  event->when = WHEN_NOW;
  if (*p != '+' && !isdigit((unsigned char)*p))
    {
      return true;
    }

  event->when = *p == '+' ? WHEN_AFTER : WHEN_AT;
  p += *p == '+';
  if (!parse_seconds(&p, &event->from))
    {
      return script_wrong(script, event->line, "'%s' does not begin with a "
                          "time: write 1.5, +0.2 or +0.2~0.3", *text);
    }

  event->to = event->from;
  if (*p == '~')
    {
      p++;
      if (!parse_seconds(&p, &event->to) || event->to < event->from)
        {
          return script_wrong(script, event->line, "the range of time '%s' "
                              "does not end behind its beginning", *text);
        }
    }

  if (*p != ' ' && *p != '\t')
    {
      return script_wrong(script, event->line, "behind the time comes '%s' "
                          "instead of a blank and an event", p);
    }

  *text += p - *text;
  *text += strspn(*text, " \t");
  return true;
}

/* Lines ********************************************************************/

static bool parse_event(const struct script_s *script, char *text,
                        struct event_s *event)
{
  if (!parse_time(script, &text, event))
    {
      return false;
    }

  event->text = strdup(text);
  if (strncmp(text, "< icmp ", 7) == 0)
    {
      event->kind = EV_ICMP;
      return script_icmp_parse(script, event->line, text + 7, &event->icmp);
    }

  if (strncmp(text, "< ", 2) == 0 || strncmp(text, "> ", 2) == 0)
    {
      event->kind = text[0] == '>' ? EV_OUT : EV_IN;
      return script_seg_parse(script, event->line, text + 2, text[0] == '>',
                              &event->seg);
    }

  event->kind = EV_CALL;
  if (event->to != event->from)
    {
      return script_wrong(script, event->line,
                          "a range of time is only for segments that the "
                          "stack sends (>)");
    }

  return script_call_parse(script, event->line, text, &event->call);
}

static struct event_s *add_event(struct script_s *script, int line)
{
  struct event_s *event;

  script->events = realloc(script->events, (script->nevents + 1) *
                           sizeof(*script->events));
  event = &script->events[script->nevents++];
  memset(event, 0, sizeof(*event));
  event->line = line;
  return event;
}

static struct case_s *add_case(struct script_s *script, const char *name)
{
  const char *base = strrchr(script->path, '/');
  size_t size = strlen(script->path) + strlen(name) + 8;
  struct case_s *test;
  char *dot;

  script->cases = realloc(script->cases, (script->ncases + 1) *
                          sizeof(*script->cases));
  test = &script->cases[script->ncases++];
  test->script = script;
  test->first  = script->nevents;
  test->n      = 0;
  test->name   = malloc(size);
  snprintf(test->name, size, "%s", base != NULL ? base + 1 : script->path);
  dot = strrchr(test->name, '.');
  if (dot != NULL)
    {
      *dot = '\0';
    }

  if (name[0] != '\0')
    {
      strcat(test->name, ": ");
      strcat(test->name, name);
    }

  return test;
}

static bool end_case(struct script_s *script, int line)
{
  struct case_s *test = &script->cases[script->ncases - 1];

  test->n = script->nevents - test->first;
  return test->n > 0 ? true :
         script_wrong(script, line, "the case '%s' has no line", test->name);
}

static bool parse_line(struct script_s *script, char *text, int line)
{
  char *end = text + strlen(text);

  while (end > text && isspace((unsigned char)end[-1]))
    {
      *--end = '\0';
    }

  text += strspn(text, " \t");
  if (*text == '\0' || *text == '#')
    {
      return true;
    }

  if (strcmp(text, "only 64-bit") == 0)
    {
      script->only64 = true;
      return true;
    }

  if (strncmp(text, "case ", 5) == 0)
    {
      if (script->ncases == 0)
        {
          script->ncommon = script->nevents;
        }
      else if (!end_case(script, line))
        {
          return false;
        }

      add_case(script, text + 5 + strspn(text + 5, " \t"));
      return true;
    }

  return parse_event(script, text, add_event(script, line));
}

/* A file without "case" is one test, which is named by the file */

static bool parse_end(struct script_s *script, int line)
{
  if (script->ncases > 0)
    {
      return end_case(script, line);
    }

  if (script->nevents == 0)
    {
      return script_wrong(script, line, "the script has no event");
    }

  add_case(script, "");
  script->cases[0].first = 0;
  script->cases[0].n     = script->nevents;
  return true;
}

static bool parse_file(struct script_s *script, FILE *file)
{
  char *text = NULL;
  size_t size = 0;
  int line = 0;
  bool ok = true;

  while (ok && getline(&text, &size, file) >= 0)
    {
      line++;
      if (line == 1 && strncmp(text, "# Goal: ", 8) != 0)
        {
          ok = script_wrong(script, 1, "a script begins with '# Goal: ' and "
                            "what it shall show");
          break;
        }

      ok = parse_line(script, text, line);
    }

  if (ok && ferror(file))
    {
      ok = script_wrong(script, line + 1, "cannot be read: %s",
                        strerror(errno));
    }

  free(text);
  return ok && parse_end(script, line);
}

struct script_s *script_parse(const char *path)
{
  struct script_s *script = calloc(1, sizeof(*script));
  FILE *file = fopen(path, "r");
  bool ok;

  if (file == NULL)
    {
      fprintf(stderr, "%s: cannot be opened: %s\n", path, strerror(errno));
      free(script);
      return NULL;
    }

  script->path = strdup(path);
  ok = parse_file(script, file);
  fclose(file);
  if (!ok)
    {
      script_free(script);
      return NULL;
    }

  return script;
}

void script_free(struct script_s *script)
{
  unsigned int i;
  unsigned int j;

  for (i = 0; i < script->nevents; i++)
    {
      free(script->events[i].text);
      for (j = 0; j < script->events[i].call.n; j++)
        {
          free(script->events[i].call.word[j]);
        }
    }

  for (i = 0; i < script->ncases; i++)
    {
      free(script->cases[i].name);
    }

  free(script->events);
  free(script->cases);
  free(script->path);
  free(script);
}
