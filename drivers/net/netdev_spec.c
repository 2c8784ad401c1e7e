/* drivers/net/netdev_spec.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Devices from text: "tap,name=tap0,mtu=9000".  A spec is the name of a kind
 * and keys, each with a value, between commas.  What keys a kind has, and
 * what their values mean, is in a table of that kind (drivers.h), from which
 * the help and the error texts are made too.
 *
 * A spec is obeyed as a whole or not at all, and what is wrong is told in one
 * line: what was read, and what it should have been.  A key that is given
 * twice is wrong: one of the two was not meant.
 */

#include <nuttx/config.h>

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nuttx/kmalloc.h>
#include <nuttx/net/netdev.h>

#include "drivers.h"

#define NKINDS(table) (sizeof(table) / sizeof((table)[0]))

static const struct netdev_kind_s *const g_devices[] =
{
  &g_netdev_tap, &g_netdev_loopback, &g_netdev_link, &g_netdev_lockstep
};

static const struct netdev_kind_s *const g_wrappers[] =
{
  &g_netdev_fault, &g_netdev_hold, &g_netdev_pcap
};

static char g_error[256];

/* Errors *******************************************************************/

void *netdev_fail(const char *fmt, ...)
{
  va_list ap;

  va_start(ap, fmt);
  vsnprintf(g_error, sizeof(g_error), fmt, ap);
  va_end(ap);
  return NULL;
}

const char *netdev_error(void)
{
  return g_error;
}

const char *netdev_why(int error)
{
  return strerror(error < 0 ? -error : error);
}

/* Values *******************************************************************/

struct unit_s
{
  const char *name;
  uint64_t factor;
};

static const struct unit_s g_times[] =
{
  {"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000}, {NULL, 0}
};

static const struct unit_s g_rates[] =
{
  {"bit", 1}, {"kbit", 1000}, {"mbit", 1000000}, {"gbit", 1000000000},
  {NULL, 0}
};

static const struct unit_s g_parts[] =
{
  {"%", PART_ALL / 100}, {"", PART_ALL}, {NULL, 0}
};

static const struct unit_s g_plain[] =
{
  {"", 1}, {NULL, 0}
};

/* A decimal number with a unit: "1.5ms".  Computed in integers, so that it is
 * the same everywhere.  False: no number, no such unit, digits that the unit
 * can not express, or too large.
 */

static bool parse_number(const char *text, const struct unit_s *unit,
                         uint64_t *value)
{
  uint64_t whole = 0;
  uint64_t rest = 0;
  uint64_t scale = 1;
  const char *p = text;

  for (; isdigit((unsigned char)*p); p++)
    {
      if (whole > (UINT64_MAX - 9) / 10)
        {
          return false;
        }

      whole = whole * 10 + (uint64_t)(*p - '0');
    }

  if (p == text)
    {
      return false;
    }

  if (*p == '.')
    {
      for (p++; isdigit((unsigned char)*p) && scale < PART_ALL; p++)
        {
          rest   = rest * 10 + (uint64_t)(*p - '0');
          scale *= 10;
        }
    }

  for (; unit->name != NULL && strcmp(unit->name, p) != 0; unit++)
    {
    }

  if (unit->name == NULL || whole > UINT64_MAX / 2 / unit->factor ||
      rest * unit->factor % scale != 0)
    {
      return false;
    }

  *value = whole * unit->factor + rest * unit->factor / scale;
  return true;
}

static int hex_digit(char c)
{
  return c >= '0' && c <= '9' ? c - '0' :
         c >= 'a' && c <= 'f' ? c - 'a' + 10 :
         c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Pairs of hexadecimal digits, with "between" between them unless it is NUL.
 * Returns the number of bytes; -1 if the text is anything else, or longer.
 */

static int parse_hex(const char *text, char between, uint8_t *to, int max)
{
  int n = 0;

  for (; ; )
    {
      int high = hex_digit(text[0]);
      int low = high < 0 ? -1 : hex_digit(text[1]);

      if (low < 0 || n == max)
        {
          return -1;
        }

      to[n++] = (uint8_t)(high << 4 | low);
      text += 2;
      if (*text == '\0')
        {
          return n;
        }

      if (between != '\0' && *text++ != between)
        {
          return -1;
        }
    }
}

static bool parse_match(const char *text, struct netdev_match_s *match)
{
  char *end;
  unsigned long offset;
  int n;

  if (!isdigit((unsigned char)*text))
    {
      return false;
    }

  offset = strtoul(text, &end, 10);
  if (*end != ':' || offset > NETDEV_MAXMTU)
    {
      return false;
    }

  n = parse_hex(end + 1, '\0', match->byte, MATCH_MAX);
  match->offset = (uint16_t)offset;
  match->len    = (uint8_t)(n > 0 ? n : 0);
  return n > 0;
}

/* Which of "a|b|c" the text is; -1: none */

static int parse_enum(const char *text, const char *values)
{
  size_t len = strlen(text);
  int i;

  for (i = 0; ; i++)
    {
      size_t n = strcspn(values, "|");

      if (n == len && memcmp(text, values, n) == 0)
        {
          return i;
        }

      if (values[n] == '\0')
        {
          return -1;
        }

      values += n + 1;
    }
}

static bool parse_string(const char *text, size_t max, char **to)
{
  if (*text == '\0' || strlen(text) >= max)
    {
      return false;
    }

  *to = kmm_strdup(text);
  return *to != NULL;
}

/* What a value of this key looks like, for help and for errors */

static void describe(const struct netdev_key_s *key, char *buf, size_t size)
{
  unsigned long long min = key->min;
  unsigned long long max = key->max;

  switch (key->type)
    {
      case KEY_UINT:
        snprintf(buf, size, "%llu to %llu%s%s", min, max,
                 key->values != NULL ? " or " : "",
                 key->values != NULL ? key->values : "");
        break;

      case KEY_TIME:
        snprintf(buf, size, "a time such as 10ms (ns us ms s)%s",
                 min > 0 ? ", at least 1us" : "");
        break;

      case KEY_RATE:
        snprintf(buf, size, "a rate such as 10mbit (bit kbit mbit gbit)");
        break;

      case KEY_PART:
        snprintf(buf, size, "a share such as 1%% or 0.01");
        break;

      case KEY_FLAG:
        snprintf(buf, size, "yes or no");
        break;

      case KEY_ENUM:
        snprintf(buf, size, "%s", key->values);
        break;

      case KEY_NAME:
        snprintf(buf, size, "a name of 1 to %d characters",
                 NETDEV_NAMESIZE - 1);
        break;

      case KEY_PATH:
        snprintf(buf, size, "a path");
        break;

      case KEY_MAC:
        snprintf(buf, size, "an address such as 02:00:00:00:00:01");
        break;

      case KEY_MATCH:
        snprintf(buf, size, "offset:hex such as 12:0806");
        break;
    }
}

static bool parse_scalar(const struct netdev_key_s *key, const char *text,
                         uint64_t *to)
{
  int i;

  if (key->type == KEY_UINT && key->values != NULL &&
      strcmp(text, key->values) == 0)
    {
      *to = key->max;
      return true;
    }

  switch (key->type)
    {
      case KEY_TIME:
        return (parse_number(text, g_times, to) ||
                (strcmp(text, "0") == 0 && (*to = 0, true))) &&
               *to >= key->min;

      case KEY_RATE:
        return parse_number(text, g_rates, to) ||
               (strcmp(text, "0") == 0 && (*to = 0, true));

      case KEY_PART:

        /* "1" could mean 1 % as well as all */

        return (strpbrk(text, "%.") != NULL || strcmp(text, "0") == 0) &&
               parse_number(text, g_parts, to) && *to <= PART_ALL;

      case KEY_FLAG:
        i   = parse_enum(text, "no|yes");
        *to = (uint64_t)i;
        return i >= 0;

      case KEY_ENUM:
        i   = parse_enum(text, key->values);
        *to = (uint64_t)i;
        return i >= 0;

      default:
        return strchr(text, '.') == NULL &&
               parse_number(text, g_plain, to) &&
               *to >= key->min && *to <= key->max;
    }
}

static bool parse_value(const struct netdev_key_s *key, const char *text,
                        void *cfg)
{
  void *to = (char *)cfg + key->offset;
  uint8_t mac[NETDEV_MACLEN];

  switch (key->type)
    {
      case KEY_NAME:
        return parse_string(text, NETDEV_NAMESIZE, to);

      case KEY_PATH:
        return parse_string(text, 4096, to);

      case KEY_MAC:
        if (parse_hex(text, ':', mac, NETDEV_MACLEN) != NETDEV_MACLEN ||
            (mac[0] & 1) != 0)
          {
            return false;
          }

        memcpy(to, mac, sizeof(mac));
        return true;

      case KEY_MATCH:
        return parse_match(text, to);

      default:
        return parse_scalar(key, text, to);
    }
}

/* Keys *********************************************************************/

static bool is_string(const struct netdev_key_s *key)
{
  return key->type == KEY_NAME || key->type == KEY_PATH;
}

static char **string_at(const struct netdev_key_s *key, void *cfg)
{
  return (char **)((char *)cfg + key->offset);
}

/* Free the strings of a configuration that another one does not have */

static void free_strings(const struct netdev_kind_s *kind, void *cfg,
                         void *other)
{
  const struct netdev_key_s *key;

  for (key = kind->keys; key->name != NULL; key++)
    {
      if (is_string(key) && (other == NULL ||
          *string_at(key, cfg) != *string_at(key, other)))
        {
          kmm_free(*string_at(key, cfg));
          *string_at(key, cfg) = NULL;
        }
    }
}

void netdev_freecfg(const struct netdev_kind_s *kind, void *cfg)
{
  free_strings(kind, cfg, NULL);
}

static void unknown_key(const struct netdev_kind_s *kind, const char *name,
                        bool live)
{
  char list[192];
  size_t pos = 0;
  const struct netdev_key_s *key;

  list[0] = '\0';
  for (key = kind->keys; key->name != NULL; key++)
    {
      if (live ? (key->flags & (KEY_LIVE | KEY_ACTION)) != 0 :
                 (key->flags & KEY_ACTION) == 0)
        {
          netdev_print(list, sizeof(list), &pos, " %s", key->name);
        }
    }

  netdev_fail("%s: unknown key '%s' (there are:%s)", kind->name, name, list);
}

/* One "key=value", or "key" */

static int parse_pair(const struct netdev_kind_s *kind, char *pair,
                      bool live, void *cfg, uint64_t *seen)
{
  char *value = strchr(pair, '=');
  const struct netdev_key_s *key;
  char want[80];
  uint64_t bit;

  if (value != NULL)
    {
      *value++ = '\0';
    }

  for (key = kind->keys; key->name != NULL && strcmp(key->name, pair) != 0;
       key++)
    {
    }

  bit = UINT64_C(1) << (key - kind->keys);
  if (key->name == NULL)
    {
      unknown_key(kind, pair, live);
    }
  else if (*seen & bit)
    {
      netdev_fail("%s: %s is given twice", kind->name, pair);
    }
  else if (live && (key->flags & (KEY_LIVE | KEY_ACTION)) == 0)
    {
      netdev_fail("%s: %s can not be changed while it runs", kind->name,
                  pair);
    }
  else if (!live && (key->flags & KEY_ACTION) != 0)
    {
      netdev_fail("%s: %s is a command for a device that runs", kind->name,
                  pair);
    }
  else if (value == NULL && key->type != KEY_FLAG)
    {
      describe(key, want, sizeof(want));
      netdev_fail("%s: %s needs a value: %s", kind->name, pair, want);
    }
  else if (!parse_value(key, value == NULL ? "yes" : value, cfg))
    {
      describe(key, want, sizeof(want));
      netdev_fail("%s: %s=%s: must be %s", kind->name, pair, value, want);
    }
  else
    {
      *seen |= bit;
      return 0;
    }

  return -EINVAL;
}

static int check_needed(const struct netdev_kind_s *kind, uint64_t seen)
{
  const struct netdev_key_s *key;
  char want[80];

  for (key = kind->keys; key->name != NULL; key++)
    {
      if ((key->flags & KEY_NEEDED) != 0 &&
          (seen >> (key - kind->keys) & 1) == 0)
        {
          describe(key, want, sizeof(want));
          netdev_fail("%s: %s= is missing: %s", kind->name, key->name, want);
          return -EINVAL;
        }
    }

  return 0;
}

int netdev_parse(const struct netdev_kind_s *kind, const char *text,
                 bool live, void *cfg)
{
  char *copy = kmm_strdup(text != NULL ? text : "");
  void *work = kmm_malloc(kind->cfgsize);
  uint64_t seen = 0;
  int ret = -ENOMEM;
  char *pair;
  char *next;

  if (copy == NULL || work == NULL)
    {
      netdev_fail("%s: no memory", kind->name);
      goto out;
    }

  memcpy(work, cfg, kind->cfgsize);
  ret = 0;
  for (pair = text != NULL ? copy : NULL; pair != NULL && ret == 0;
       pair = next)
    {
      next = strchr(pair, ',');
      if (next != NULL)
        {
          *next++ = '\0';
        }

      ret = parse_pair(kind, pair, live, work, &seen);
    }

  if (ret == 0 && !live)
    {
      ret = check_needed(kind, seen);
    }

  if (ret == 0)
    {
      free_strings(kind, cfg, work);
      memcpy(cfg, work, kind->cfgsize);
    }
  else
    {
      free_strings(kind, work, cfg);
    }

out:
  kmm_free(work);
  kmm_free(copy);
  return ret;
}

/* Making devices ***********************************************************/

static const struct netdev_kind_s *find_kind(
  const struct netdev_kind_s *const *table, size_t n, const char *name,
  size_t len)
{
  size_t i;

  for (i = 0; i < n; i++)
    {
      if (strlen(table[i]->name) == len &&
          memcmp(table[i]->name, name, len) == 0)
        {
          return table[i];
        }
    }

  return NULL;
}

static void unknown_kind(const char *what, size_t len, const char *name,
                         const struct netdev_kind_s *const *table, size_t n)
{
  char list[128];
  size_t pos = 0;
  size_t i;

  for (i = 0; i < n; i++)
    {
      netdev_print(list, sizeof(list), &pos, " %s", table[i]->name);
    }

  netdev_fail("no %s '%.*s' (there are:%s)", what, (int)len, name, list);
}

static struct net_driver_s *make(const struct netdev_kind_s *kind,
                                 const char *keys,
                                 struct net_driver_s *lower)
{
  struct net_driver_s *dev = NULL;
  void *cfg = kmm_malloc(kind->cfgsize);

  if (cfg == NULL)
    {
      return netdev_fail("%s: no memory", kind->name);
    }

  memcpy(cfg, kind->defaults, kind->cfgsize);
  if (netdev_parse(kind, keys, false, cfg) == 0)
    {
      dev = kind->create(cfg, lower);
    }

  if (dev == NULL)
    {
      netdev_freecfg(kind, cfg);
    }

  kmm_free(cfg);
  return dev;
}

struct net_driver_s *netdev_create(const char *spec)
{
  size_t len = strcspn(spec, ",");
  const struct netdev_kind_s *kind;

  netdev_fail("%s", "");
  kind = find_kind(g_devices, NKINDS(g_devices), spec, len);
  if (kind != NULL)
    {
      return make(kind, spec[len] == ',' ? spec + len + 1 : NULL, NULL);
    }

  if (find_kind(g_wrappers, NKINDS(g_wrappers), spec, len) != NULL)
    {
      return netdev_fail("'%.*s' is a wrapper: it needs a device to wrap",
                         (int)len, spec);
    }

  unknown_kind("device", len, spec, g_devices, NKINDS(g_devices));
  return NULL;
}

struct net_driver_s *netdev_wrap(struct net_driver_s *dev, const char *spec)
{
  size_t len = strcspn(spec, ",");
  const struct netdev_kind_s *kind;

  netdev_fail("%s", "");
  kind = find_kind(g_wrappers, NKINDS(g_wrappers), spec, len);
  if (kind != NULL)
    {
      return make(kind, spec[len] == ',' ? spec + len + 1 : NULL, dev);
    }

  if (find_kind(g_devices, NKINDS(g_devices), spec, len) != NULL)
    {
      return netdev_fail("'%.*s' is a device: it wraps nothing", (int)len,
                         spec);
    }

  unknown_kind("wrapper", len, spec, g_wrappers, NKINDS(g_wrappers));
  return NULL;
}

int netdev_enlist(struct net_driver_s *dev, const char *name)
{
  int ret = netdev_register(dev, name);

  if (ret == -EEXIST)
    {
      netdev_fail("%s: there is an interface '%s' already", dev->d_kind,
                  name);
    }
  else if (ret < 0)
    {
      netdev_fail("%s: '%s' can not be the name of an interface",
                  dev->d_kind, name);
    }

  return ret;
}

void netdev_makemac(struct net_driver_s *dev, const uint8_t *given)
{
  static const uint8_t zero[NETDEV_MACLEN];
  uint64_t random;

  if (memcmp(given, zero, sizeof(zero)) != 0)
    {
      memcpy(dev->d_mac, given, sizeof(zero));
      return;
    }

  random = sim_random();
  memcpy(dev->d_mac, &random, sizeof(zero));
  dev->d_mac[0] = (uint8_t)((dev->d_mac[0] & 0xfc) | 2);
}

/* Help *********************************************************************/

static void help_kind(const struct netdev_kind_s *kind, char *buf,
                      size_t size, size_t *pos)
{
  const struct netdev_key_s *key;
  char want[80];

  netdev_print(buf, size, pos, "\n  %s: %s\n", kind->name, kind->help);
  for (key = kind->keys; key->name != NULL; key++)
    {
      describe(key, want, sizeof(want));
      netdev_print(buf, size, pos, "    %-12s %s%s\n", key->name, key->help,
                   key->flags & KEY_ACTION ? " (command)" : "");
      netdev_print(buf, size, pos, "    %-12s   %s\n", "", want);
    }
}

int netdev_help(char *buf, size_t size)
{
  size_t pos = 0;
  size_t i;

  netdev_print(buf, size, &pos, "%s",
               "A device is KIND[,KEY=VALUE]..., a wrapper likewise; "
               "wrappers stack, the last one\nis outermost.\n\nDevices:\n");
  for (i = 0; i < NKINDS(g_devices); i++)
    {
      help_kind(g_devices[i], buf, size, &pos);
    }

  netdev_print(buf, size, &pos, "\nWrappers:\n");
  for (i = 0; i < NKINDS(g_wrappers); i++)
    {
      help_kind(g_wrappers[i], buf, size, &pos);
    }

  return (int)pos;
}
