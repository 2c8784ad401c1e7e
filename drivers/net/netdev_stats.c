/* drivers/net/netdev_stats.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The counters of devices, by name, and as text.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <nuttx/net/netdev.h>

#include "drivers.h"

#define COUNTER(name) {#name, offsetof(struct netdev_stats_s, name)}

static const struct netdev_counter_s g_common[] =
{
  COUNTER(rx_frames), COUNTER(rx_bytes), COUNTER(rx_batches),
  COUNTER(rx_drop_memory), COUNTER(rx_drop_size), COUNTER(rx_drop_upper),
  COUNTER(rx_error), COUNTER(rx_recycled), COUNTER(rx_copied),
  COUNTER(tx_frames), COUNTER(tx_bytes), COUNTER(tx_done),
  COUNTER(tx_cancelled), COUNTER(tx_refused), COUNTER(tx_ready),
  COUNTER(tx_drop_memory), COUNTER(tx_drop_size), COUNTER(tx_drop_down),
  COUNTER(tx_error), {NULL, 0}
};

/* Nothing may be counted without a name */

_Static_assert(sizeof(struct netdev_stats_s) ==
               (sizeof(g_common) / sizeof(g_common[0]) - 1) *
               sizeof(uint64_t), "a counter without a name");

static uint64_t value_at(const void *counts, size_t offset)
{
  uint64_t value;

  memcpy(&value, (const char *)counts + offset, sizeof(value));
  return value;
}

void netdev_counters(struct net_driver_s *dev,
                     void (*fn)(const char *name, uint64_t value, void *arg),
                     void *arg)
{
  const struct netdev_counter_s *c;

  for (c = g_common; c->name != NULL; c++)
    {
      fn(c->name, value_at(&dev->d_stats, c->offset), arg);
    }

  for (c = dev->d_counters; c != NULL && c->name != NULL; c++)
    {
      fn(c->name, value_at(dev->d_counts, c->offset), arg);
    }
}

struct search_s
{
  const char *name;
  uint64_t *value;
  bool found;
};

static void search_one(const char *name, uint64_t value, void *arg)
{
  struct search_s *search = arg;

  if (strcmp(name, search->name) == 0)
    {
      *search->value = value;
      search->found  = true;
    }
}

int netdev_counter(struct net_driver_s *dev, const char *name,
                   uint64_t *value)
{
  struct search_s search =
  {
    name, value, false
  };

  netdev_counters(dev, search_one, &search);
  return search.found ? 0 : -ENOENT;
}

/* Text *********************************************************************/

void netdev_print(char *buf, size_t size, size_t *pos, const char *fmt, ...)
{
  size_t left = *pos < size ? size - *pos : 0;
  va_list ap;

  va_start(ap, fmt);
  *pos += (size_t)vsnprintf(left > 0 ? buf + *pos : NULL, left, fmt, ap);
  va_end(ap);
}

struct text_s
{
  char *buf;
  size_t size;
  size_t pos;
};

/* What a wrapper loses is lost for the interface as well: the drops of a
 * line of /proc/net/dev are those of all layers.
 */

struct sums_s
{
  uint64_t rx_drop;
  uint64_t tx_drop;
};

static void add_drops(const char *name, uint64_t value, void *arg)
{
  struct sums_s *sums = arg;

  if (strncmp(name, "rx_drop", 7) == 0 || strncmp(name, "rx_lost", 7) == 0)
    {
      sums->rx_drop += value;
    }
  else if (strncmp(name, "tx_drop", 7) == 0 ||
           strncmp(name, "tx_lost", 7) == 0)
    {
      sums->tx_drop += value;
    }
}

static int show_line(struct net_driver_s *dev, void *arg)
{
  struct text_s *text = arg;
  struct netdev_stats_s *top = &dev->d_stats;
  struct net_driver_s *layer;
  struct sums_s sums =
  {
    0, 0
  };

  uint64_t rx_error = 0;
  uint64_t tx_error = 0;

  for (layer = dev; layer != NULL; layer = layer->d_lower)
    {
      netdev_counters(layer, add_drops, &sums);
      rx_error += layer->d_stats.rx_error;
      tx_error += layer->d_stats.tx_error;
    }

  netdev_print(text->buf, text->size, &text->pos,
               "%6s: %7llu %7llu %4llu %4llu    0     0          0         0"
               " %8llu %7llu %4llu %4llu    0     0       0          0\n",
               dev->d_ifname, (unsigned long long)top->rx_bytes,
               (unsigned long long)top->rx_frames,
               (unsigned long long)rx_error,
               (unsigned long long)sums.rx_drop,
               (unsigned long long)top->tx_bytes,
               (unsigned long long)top->tx_frames,
               (unsigned long long)tx_error,
               (unsigned long long)sums.tx_drop);
  return 0;
}

int netdev_show(char *buf, size_t size)
{
  struct text_s text =
  {
    buf, size, 0
  };

  netdev_print(buf, size, &text.pos, "%s",
               "Inter-|   Receive                                          "
               "      |  Transmit\n"
               " face |bytes    packets errs drop fifo frame compressed "
               "multicast|bytes    packets errs drop fifo colls carrier "
               "compressed\n");
  netdev_foreach(show_line, &text);
  return (int)text.pos;
}

static void show_counter(const char *name, uint64_t value, void *arg)
{
  struct text_s *text = arg;

  if (value != 0)
    {
      netdev_print(text->buf, text->size, &text->pos, "  %-18s %llu\n", name,
                   (unsigned long long)value);
    }
}

static void show_features(struct net_driver_s *dev, struct text_s *text)
{
  static const char *const name[] =
  {
    "sg", "txcsum", "rxcsum", "tso", "lro"
  };

  unsigned int i;

  for (i = 0; i < sizeof(name) / sizeof(name[0]); i++)
    {
      if (dev->d_features & (1u << i))
        {
          netdev_print(text->buf, text->size, &text->pos, " %s", name[i]);
        }
    }
}

int netdev_showdev(struct net_driver_s *dev, char *buf, size_t size)
{
  struct text_s text =
  {
    buf, size, 0
  };

  for (; dev != NULL; dev = dev->d_lower)
    {
      const uint8_t *mac = dev->d_mac;

      netdev_print(buf, size, &text.pos, "%s %s %s%s mtu %u", dev->d_ifname,
                   dev->d_kind, dev->d_flags & NETDEV_UP ? "up" : "down",
                   dev->d_flags & NETDEV_CARRIER ? "" : " no-carrier",
                   dev->d_mtu);
      if (dev->d_medium == NETDEV_ETHERNET)
        {
          netdev_print(buf, size, &text.pos,
                       " ether %02x:%02x:%02x:%02x:%02x:%02x", mac[0],
                       mac[1], mac[2], mac[3], mac[4], mac[5]);
        }

      netdev_print(buf, size, &text.pos, " burst %u rings %u/%u",
                   dev->d_burst, dev->d_rxdepth, dev->d_txdepth);
      show_features(dev, &text);
      netdev_print(buf, size, &text.pos, "\n");
      if (dev->d_ops->show != NULL)
        {
          size_t left = text.pos < size ? size - text.pos : 0;

          text.pos += (size_t)dev->d_ops->show(dev, left > 0 ? buf + text.pos
                                               : NULL, left);
        }

      netdev_counters(dev, show_counter, &text);
    }

  return (int)text.pos;
}
