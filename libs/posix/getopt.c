/* libs/posix/getopt.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * getopt() and getopt_long() as glibc has them, with their state in the
 * group: operands are moved behind the options, unless optstring begins with
 * '+' (or '-', which returns them as the argument of option 1).
 */

#include "binding.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char *posix_optarg;
extern int posix_optind;
extern int posix_opterr;
extern int posix_optopt;

/* One round: what was given, and what is looked for */

struct opts_s
{
  int argc;
  char **argv;
  const char *optstring;         /* Without '+', '-' and ':' in front */
  const struct option *longopts;
  int *longindex;
  bool longonly;                 /* "-name" is "--name" */
  bool colon;                    /* Missing arguments are ':' */
  bool quiet;
};

static int complain(const struct opts_s *o, int ret, const char *format,
                    const char *what)
{
  char text[256];
  int len;

  if (!o->quiet)
    {
      len = snprintf(text, sizeof(text), "%s: ", o->argv[0]);
      if (len < (int)sizeof(text))
        {
          snprintf(text + len, sizeof(text) - len, format, what);
        }

      posix_report(text, strlen(text));
    }

  return ret;
}

/* Move argv[from] forward to argv[to], and what was there up by one */

static void move(char **argv, int from, int to)
{
  char *arg = argv[from];

  memmove(argv + to + 1, argv + to, (from - to) * sizeof(*argv));
  argv[to] = arg;
}

static bool is_option(const char *word)
{
  return word[0] == '-' && word[1] != '\0';
}


/* Find a long option: the exact name, or the only one that begins so */

static const struct option *find_long(const struct opts_s *o,
                                      const char *name, size_t len,
                                      bool *ambiguous)
{
  const struct option *found = NULL;
  const struct option *opt;

  *ambiguous = false;
  for (opt = o->longopts; opt->name != NULL; opt++)
    {
      if (strncmp(opt->name, name, len) == 0)
        {
          if (opt->name[len] == '\0')
            {
              *ambiguous = false;
              return opt;
            }

          *ambiguous |= found != NULL;
          found = opt;
        }
    }

  return found;
}

/* "-name" is a long option if there is one that begins so, or if it cannot be
 * a short one.
 */

static bool is_long(const struct opts_s *o, const char *word)
{
  bool ambiguous;

  return o->longopts != NULL &&
         (word[1] == '-' ||
          (o->longonly &&
           (strchr(o->optstring, word[1]) == NULL ||
            (word[2] != '\0' &&
             find_long(o, word + 1, strcspn(word + 1, "="), &ambiguous)))));
}

static int take_long(const struct opts_s *o, const char *name)
{
  const char *equals = strchr(name, '=');
  size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
  const struct option *opt;
  bool ambiguous;

  posix_optopt = 0;
  opt = find_long(o, name, len, &ambiguous);
  if (opt == NULL || ambiguous)
    {
      return complain(o, '?', ambiguous ?
                      "option '--%s' is ambiguous\n" :
                      "unrecognized option '--%s'\n", name);
    }

  if (equals != NULL && opt->has_arg == no_argument)
    {
      posix_optopt = opt->val;
      return complain(o, '?', "option '--%s' doesn't allow an argument\n",
                      opt->name);
    }

  if (equals != NULL)
    {
      posix_optarg = (char *)equals + 1;
    }
  else if (opt->has_arg == required_argument)
    {
      if (posix_optind >= posix_group()->optlimit)
        {
          posix_optopt = opt->val;
          return complain(o, o->colon ? ':' : '?',
                          "option '--%s' requires an argument\n",
                          opt->name);
        }

      posix_optarg = o->argv[posix_optind++];
    }

  if (o->longindex != NULL)
    {
      *o->longindex = opt - o->longopts;
    }

  if (opt->flag != NULL)
    {
      *opt->flag = opt->val;
      return 0;
    }

  return opt->val;
}

/* The next letter of "-abc", which *next points to */

static int take_short(const struct opts_s *o, char **next)
{
  char letter[2] =
  {
    *(*next)++, '\0'
  };

  const char *spec = letter[0] == ':' || letter[0] == ';' ? NULL :
                     strchr(o->optstring, letter[0]);
  char *rest = *next;

  if (*rest == '\0')
    {
      *next = NULL;
    }

  posix_optopt = (unsigned char)letter[0];
  if (spec == NULL)
    {
      return complain(o, '?', "invalid option -- '%s'\n", letter);
    }

  if (spec[1] != ':')
    {
      return posix_optopt;
    }

  /* The rest is its argument; without one the next word, unless optional */

  *next = NULL;
  if (*rest != '\0')
    {
      posix_optarg = rest;
    }
  else if (spec[2] != ':')
    {
      if (posix_optind >= posix_group()->optlimit)
        {
          return complain(o, o->colon ? ':' : '?',
                          "option requires an argument -- '%s'\n", letter);
        }

      posix_optarg = o->argv[posix_optind++];
    }

  return posix_optopt;
}

/* Whether an option is followed by a word that is its argument */

static bool takes_word(const struct opts_s *o, const char *word)
{
  const struct option *opt;
  const char *letter;
  const char *spec;
  bool ambiguous;

  if (is_long(o, word))
    {
      word += 1 + (word[1] == '-');
      opt   = strchr(word, '=') != NULL ? NULL :
              find_long(o, word, strlen(word), &ambiguous);
      return opt != NULL && !ambiguous && opt->has_arg == required_argument;
    }

  for (letter = word + 1; *letter != '\0'; letter++)
    {
      spec = strchr(o->optstring, *letter);
      if (spec != NULL && spec[1] == ':')
        {
          return letter[1] == '\0' && spec[2] != ':';
        }
    }

  return false;
}

/* Bring the options with their arguments in front of the operands, both in
 * their order; return where the operands begin.
 */

static int sort_words(const struct opts_s *o, int i)
{
  int end = i;                   /* Of the options */
  int n;

  while (i < o->argc)
    {
      char *word = o->argv[i];

      if (!is_option(word))
        {
          i++;
          continue;
        }

      n = 1 + (takes_word(o, word) && i + 1 < o->argc);
      for (; n > 0; n--)
        {
          move(o->argv, i++, end++);
        }

      if (strcmp(word, "--") == 0)
        {
          break;
        }
    }

  return end;
}

static int getopt_any(struct opts_s *o)
{
  struct posix_group_s *group = posix_group();
  char **next = &group->optnext;
  bool begin = posix_optind == 0 || group->optargv != o->argv;
  char order = '\0';
  char *word;

  posix_optarg   = NULL;
  group->optargv = o->argv;
  if (begin)
    {
      posix_optind = posix_optind != 0 ? posix_optind : 1;
      *next        = NULL;
    }

  if (*o->optstring == '+' || *o->optstring == '-')
    {
      order = *o->optstring++;
    }
  else if (posix_getenv("POSIXLY_CORRECT") != NULL)
    {
      order = '+';
    }

  o->colon = *o->optstring == ':';
  o->quiet = o->colon || posix_opterr == 0;
  if (order != '\0')
    {
      group->optlimit = o->argc;
    }
  else if (*next == NULL && (begin || posix_optind == 1))
    {
      group->optlimit = sort_words(o, posix_optind);
    }

  if (*next != NULL)
    {
      return take_short(o, next);
    }

  if (posix_optind >= o->argc)
    {
      return -1;
    }

  word = o->argv[posix_optind];
  if (!is_option(word))
    {
      if (order != '-')
        {
          return -1;
        }

      posix_optarg = o->argv[posix_optind++];
      return 1;
    }

  posix_optind++;
  if (strcmp(word, "--") == 0)
    {
      return -1;
    }

  if (is_long(o, word))
    {
      return take_long(o, word + 1 + (word[1] == '-'));
    }

  *next = word + 1;
  return take_short(o, next);
}

BIND(getopt);
int posix_getopt(int argc, char *const *argv, const char *optstring)
{
  struct opts_s o =
  {
    .argc      = argc,
    .argv      = (char **)argv,
    .optstring = optstring
  };

  return getopt_any(&o);
}

BIND(getopt_long);
int posix_getopt_long(int argc, char *const *argv, const char *optstring,
                      const struct option *longopts, int *longindex)
{
  struct opts_s o =
  {
    .argc      = argc,
    .argv      = (char **)argv,
    .optstring = optstring,
    .longopts  = longopts,
    .longindex = longindex
  };

  return getopt_any(&o);
}

BIND(getopt_long_only);
int posix_getopt_long_only(int argc, char *const *argv,
                           const char *optstring,
                           const struct option *longopts, int *longindex)
{
  struct opts_s o =
  {
    .argc      = argc,
    .argv      = (char **)argv,
    .optstring = optstring,
    .longopts  = longopts,
    .longindex = longindex,
    .longonly  = true
  };

  return getopt_any(&o);
}
