/* tests/host/packet/script_seg.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A segment as text, read and written:
 *
 *   FLAGS FIRST:END(LENGTH) [ack N] [win N] [urg N] [badsum] [<OPTIONS>]
 *
 * and [ttl N] [tos N] for one that the stack sends.
 */

#include <nuttx/config.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"
#include "tcp.h"

#define NUMBER_MIN (-2147483647ll)
#define NUMBER_MAX 4294967295ll

static const struct
{
  char letter;
  uint8_t flag;
} g_flags[] =
{
  {'S', TCPF_SYN}, {'F', TCPF_FIN}, {'R', TCPF_RST}, {'P', TCPF_PSH},
  {'U', TCPF_URG}, {'.', TCPF_ACK}, {'E', TCPF_ECE}, {'W', TCPF_CWR},
};

#define NFLAGS (sizeof(g_flags) / sizeof(g_flags[0]))

/* Reading ******************************************************************/

static bool parse_flags(const char *word, struct seg_s *seg)
{
  unsigned int i;

  if (strcmp(word, "-") == 0)
    {
      return true;
    }

  for (; *word != '\0'; word++)
    {
      for (i = 0; i < NFLAGS && g_flags[i].letter != *word; i++)
        {
        }

      if (i == NFLAGS || (seg->flags & g_flags[i].flag) != 0)
        {
          return false;
        }

      seg->flags |= g_flags[i].flag;
    }

  seg->any_push = (seg->flags & TCPF_PSH) == 0;
  return true;
}

/* "1:1001(1000)", or "*:*(1000)" for one that is sent */

static bool parse_range(const struct script_s *script, int line,
                        const char *word, bool out, struct seg_s *seg)
{
  unsigned long len;
  long long end = 0;
  char *p;

  seg->any_seq = strncmp(word, "*:*(", 4) == 0;
  if (seg->any_seq && !out)
    {
      return script_wrong(script, line, "a segment that arrives needs its "
                          "numbers");
    }

  p = (char *)word;
  if (seg->any_seq)
    {
      p += 3;
    }
  else
    {
      seg->seq = (uint32_t)strtoll(word, &p, 10);
      if (p != word && *p == ':')
        {
          end = strtoll(p + 1, &p, 10);
        }
    }

  if (*p != '(')
    {
      return script_wrong(script, line, "'%s' is no FIRST:END(LENGTH)",
                          word);
    }

  len = strtoul(p + 1, &p, 10);
  if (strcmp(p, ")") != 0 || len > 65535)
    {
      return script_wrong(script, line, "'%s' does not end with (LENGTH)",
                          word);
    }

  if (!seg->any_seq && seg->seq + (uint32_t)len != (uint32_t)end)
    {
      return script_wrong(script, line, "'%s': the end is not the first plus "
                          "the length", word);
    }

  seg->len = (uint32_t)len;
  return true;
}

static const struct
{
  const char *name;
  uint8_t kind;
  uint8_t values;
} g_opts[] =
{
  {"mss", OPT_MSS, 1}, {"wscale", OPT_WSCALE, 1}, {"sackOK", OPT_SACKOK, 0},
  {"sack", OPT_SACK, 0}, {"TS", OPT_TS, 4}, {"nop", OPT_NOP, 0},
  {"eol", OPT_EOL, 0}, {"raw", OPT_RAW, 0},
};

#define NOPTS (sizeof(g_opts) / sizeof(g_opts[0]))

static bool parse_value(const char *word, struct opt_s *opt)
{
  unsigned int i = opt->n++;
  long value;

  if (strcmp(word, "*") == 0)
    {
      opt->any |= (uint8_t)(1u << i);
      return true;
    }

  if (!script_number(word, NUMBER_MIN, NUMBER_MAX, &value))
    {
      return false;
    }

  opt->value[i] = (uint32_t)value;
  return true;
}

/* Blocks "1:1001 2001:3001", or bytes "02 04 05" */

static bool parse_list(char **word, unsigned int n, struct opt_s *opt)
{
  unsigned int i;
  char *end;

  for (i = 0; i < n; i++)
    {
      if (opt->kind == OPT_RAW)
        {
          if (opt->n == sizeof(opt->raw))
            {
              return false;
            }

          opt->raw[opt->n++] = (uint8_t)strtoul(word[i], &end, 16);
        }
      else
        {
          if (opt->n + 2 > OPT_MAXVALUE)
            {
              return false;
            }

          opt->value[opt->n++] = (uint32_t)strtoll(word[i], &end, 10);
          if (*end != ':')
            {
              return false;
            }

          opt->value[opt->n++] = (uint32_t)strtoll(end + 1, &end, 10);
        }

      if (end == word[i] || *end != '\0')
        {
          return false;
        }
    }

  return n > 0;
}

static bool parse_option(char *text, struct opt_s *opt)
{
  char *word[42];
  unsigned int n = script_split(text, word, 41);
  unsigned int i;

  for (i = 0; i < NOPTS && n > 0 && strcmp(g_opts[i].name, word[0]) != 0;
       i++)
    {
    }

  if (n == 0 || i == NOPTS)
    {
      return false;
    }

  opt->kind = g_opts[i].kind;
  switch (opt->kind)
    {
      case OPT_SACK:
      case OPT_RAW:
        return parse_list(word + 1, n - 1, opt);

      case OPT_TS:
        return n == 5 && strcmp(word[1], "val") == 0 &&
               strcmp(word[3], "ecr") == 0 && parse_value(word[2], opt) &&
               parse_value(word[4], opt);

      default:
        return n == 1u + g_opts[i].values &&
               (n == 1 || parse_value(word[1], opt));
    }
}

static bool parse_options(const struct script_s *script, int line,
                          char *text, bool out, struct seg_s *seg)
{
  size_t len = strlen(text);
  struct opt_s *opt;
  char copy[128];
  char *next;

  if (len < 2 || text[len - 1] != '>')
    {
      return script_wrong(script, line, "the options '%s' do not end with >",
                          text);
    }

  text[len - 1] = '\0';
  seg->has_opts = true;
  for (text++; text != NULL && *text != '\0'; text = next)
    {
      next = strchr(text, ',');
      if (next != NULL)
        {
          *next++ = '\0';
        }

      snprintf(copy, sizeof(copy), "%s", text);
      opt = &seg->opts[seg->nopts];
      if (seg->nopts++ == SEG_MAXOPTS || !parse_option(text, opt) ||
          (opt->any != 0 && !out))
        {
          return script_wrong(script, line, "'%s' is no option: write mss N, "
                              "wscale N, sackOK, sack A:B ..., TS val N ecr "
                              "N, nop, eol or raw HEX ...", copy);
        }
    }

  return true;
}

static bool parse_field(const struct script_s *script, int line,
                        const char *name, const char *value, bool out,
                        struct seg_s *seg)
{
  bool any = value != NULL && out && strcmp(value, "*") == 0;
  long number = 0;
  bool ack = strcmp(name, "ack") == 0;
  bool ip = name[0] == 't';          /* ttl, tos */

  if (!any && (value == NULL ||
               !script_number(value, ack ? NUMBER_MIN : 0,
                              ack ? NUMBER_MAX : ip ? 255 : 65535,
                              &number)))
    {
      return script_wrong(script, line, "%s '%s' is no number%s", name,
                          value != NULL ? value : "",
                          ack ? "" : ip ? " up to 255" : " up to 65535");
    }

  if (ack)
    {
      seg->has_ack = true;
      seg->any_ack = any;
      seg->ack     = (uint32_t)number;
    }
  else if (strcmp(name, "win") == 0)
    {
      seg->has_win = true;
      seg->any_win = any;
      seg->win     = (uint32_t)number;
    }
  else if (strcmp(name, "ttl") == 0)
    {
      seg->has_ttl = !any;
      seg->ttl     = (uint8_t)number;
    }
  else if (strcmp(name, "tos") == 0)
    {
      seg->has_tos = !any;
      seg->tos     = (uint8_t)number;
    }
  else
    {
      seg->has_urg = true;
      seg->urg     = (uint32_t)number;
    }

  return true;
}

static bool complete(const struct script_s *script, int line, bool out,
                     const struct seg_s *seg)
{
  if (!out && !seg->has_win)
    {
      return script_wrong(script, line, "a segment that arrives needs its "
                          "window: win N");
    }

  if (((seg->flags & TCPF_ACK) != 0) != seg->has_ack)
    {
      return script_wrong(script, line, "the flag '.' and 'ack N' belong "
                          "together");
    }

  if (((seg->flags & TCPF_URG) != 0) != seg->has_urg)
    {
      return script_wrong(script, line, "the flag 'U' and 'urg N' belong "
                          "together");
    }

  return true;
}

bool script_seg_parse(const struct script_s *script, int line, char *text,
                      bool out, struct seg_s *seg)
{
  char *options = strchr(text, '<');
  char *word[14];
  unsigned int n;
  unsigned int i;

  if (options != NULL)
    {
      if (!parse_options(script, line, options, out, seg))
        {
          return false;
        }

      *options = '\0';
    }

  n = script_split(text, word, 13);
  if (n < 2 || n > 13)
    {
      return script_wrong(script, line, "a segment is FLAGS FIRST:END(LENGTH)"
                          " [ack N] [win N] [urg N] [badsum] [<OPTIONS>]");
    }

  if (!parse_flags(word[0], seg))
    {
      return script_wrong(script, line, "'%s' are no flags: S F R P U . E W, "
                          "or - for none", word[0]);
    }

  if (!parse_range(script, line, word[1], out, seg))
    {
      return false;
    }

  for (i = 2; i < n; i++)
    {
      if (strcmp(word[i], "badsum") == 0 && !out)
        {
          seg->bad_sum = true;
        }
      else if (strcmp(word[i], "ack") == 0 || strcmp(word[i], "win") == 0 ||
               strcmp(word[i], "urg") == 0 ||
               (out && (strcmp(word[i], "ttl") == 0 ||
                        strcmp(word[i], "tos") == 0)))
        {
          if (!parse_field(script, line, word[i],
                           i + 1 < n ? word[i + 1] : NULL, out, seg))
            {
              return false;
            }

          i++;
        }
      else
        {
          return script_wrong(script, line, "'%s' is no part of a segment: "
                              "ack N, win N, urg N, %s or <OPTIONS>",
                              word[i], out ? "ttl N, tos N" : "badsum");
        }
    }

  return complete(script, line, out, seg);
}

/* ICMP *********************************************************************/

static const struct
{
  const char *name;
  uint8_t type;
  uint8_t code;
} g_icmp[] =
{
  {"net", 3, 0}, {"host", 3, 1}, {"protocol", 3, 2}, {"port", 3, 3},
  {"frag", 3, 4}, {"srcfail", 3, 5}, {"prohibited", 3, 13},
  {"quench", 4, 0}, {"ttl", 11, 0}, {"reassembly", 11, 1},
  {"parameter", 12, 0},
};

#define NICMP (sizeof(g_icmp) / sizeof(g_icmp[0]))

/* "NAME [mtu N] of N": about the segment that began with number N */

bool script_icmp_parse(const struct script_s *script, int line, char *text,
                       struct icmp_s *icmp)
{
  char *word[6];
  unsigned int n = script_split(text, word, 5);
  unsigned int i;
  long value;

  for (i = 0; i < NICMP && n > 0 && strcmp(g_icmp[i].name, word[0]) != 0;
       i++)
    {
    }

  if (n == 0 || i == NICMP)
    {
      return script_wrong(script, line, "'%s' is no error of ICMP: net, "
                          "host, protocol, port, frag, srcfail, prohibited, "
                          "quench, ttl, reassembly or parameter",
                          n > 0 ? word[0] : "");
    }

  icmp->type = g_icmp[i].type;
  icmp->code = g_icmp[i].code;
  if (n == 5 && strcmp(word[1], "mtu") == 0 &&
      script_number(word[2], 0, 65535, &value))
    {
      icmp->info = (uint32_t)value;
    }
  else if (n != 3)
    {
      return script_wrong(script, line, "an error of ICMP is NAME [mtu N] of "
                          "N");
    }

  if (strcmp(word[n - 2], "of") != 0 ||
      !script_number(word[n - 1], NUMBER_MIN, NUMBER_MAX, &value))
    {
      return script_wrong(script, line, "an error of ICMP ends with 'of N', "
                          "the number that the segment began with");
    }

  icmp->seq = (uint32_t)value;
  return true;
}

/* Writing ******************************************************************/

static unsigned int print_option(const struct opt_s *opt, char *text,
                                 unsigned int size)
{
  unsigned int n;
  unsigned int i;

  for (i = 0; i < NOPTS && g_opts[i].kind != opt->kind; i++)
    {
    }

  n = (unsigned int)snprintf(text, size, "%s", g_opts[i].name);
  for (i = 0; i < opt->n && n < size; i++)
    {
      const char *format = opt->kind == OPT_TS && i == 0 ? " val %ld" :
                           opt->kind == OPT_TS ? " ecr %ld" :
                           opt->kind == OPT_SACK && i % 2 == 1 ? ":%ld" :
                           opt->kind == OPT_RAW ? " %02lx" : " %ld";

      long value = opt->kind == OPT_RAW ? opt->raw[i] :
                   (long)(int32_t)opt->value[i];

      n += (unsigned int)snprintf(text + n, size - n, format, value);
    }

  return n;
}

void script_seg_print(const struct seg_s *seg, char *text, unsigned int size)
{
  unsigned int n = 0;
  unsigned int i;

  for (i = 0; i < NFLAGS; i++)
    {
      if ((seg->flags & g_flags[i].flag) != 0)
        {
          text[n++] = g_flags[i].letter;
        }
    }

  if (n == 0)
    {
      text[n++] = '-';
    }

  n += (unsigned int)snprintf(text + n, size - n, " %ld:%ld(%u)",
                              (long)(int32_t)seg->seq,
                              (long)(int32_t)(seg->seq + seg->len),
                              seg->len);
  if (seg->has_ack)
    {
      n += (unsigned int)snprintf(text + n, size - n, " ack %ld",
                                  (long)(int32_t)seg->ack);
    }

  n += (unsigned int)snprintf(text + n, size - n, " win %u", seg->win);
  if (seg->has_urg)
    {
      n += (unsigned int)snprintf(text + n, size - n, " urg %u", seg->urg);
    }

  for (i = 0; i < seg->nopts && n + 2 < size; i++)
    {
      n += (unsigned int)snprintf(text + n, size - n, i == 0 ? " <" : ",");
      n += print_option(&seg->opts[i], text + n, size - n);
    }

  if (seg->nopts > 0 && n + 1 < size)
    {
      snprintf(text + n, size - n, ">");
    }
}
