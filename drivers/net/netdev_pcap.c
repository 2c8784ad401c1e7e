/* drivers/net/netdev_pcap.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A wrapper that writes what passes to a file of the host, as pcapng
 * (draft-ietf-opsawg-pcapng) with times in nanoseconds and the direction of
 * each frame.  The file holds a section header, one interface description,
 * and an enhanced packet block for each frame.  Under virtual time it is the
 * same, byte for byte, for the same run.
 *
 * Where the wrapper stands says what is seen: outside of a fault wrapper
 * what the stack sends, inside what is left of it.
 *
 * Written is collected in memory, and goes to the file when there is much of
 * it, on the command "flush", when the device goes down, and at the end.
 */

#include <nuttx/config.h>

#include <debug.h>
#include <errno.h>
#include <string.h>

#include <nuttx/clock.h>
#include <nuttx/kmalloc.h>
#include <nuttx/net/netdev.h>

#include "drivers.h"
#include "host_net.h"

#define PCAP_BUFSIZE    65536
#define PCAP_MAXSNAP    262144

#define BLOCK_SECTION   0x0a0d0d0a
#define BLOCK_INTERFACE 1
#define BLOCK_PACKET    6

#define BYTE_ORDER_MAGIC 0x1a2b3c4d

#define LINKTYPE_ETHERNET 1
#define LINKTYPE_RAW      101

#define OPT_END         0
#define SHB_USERAPPL    4
#define IF_NAME         2
#define IF_DESCRIPTION  3
#define IF_TSRESOL      9
#define EPB_FLAGS       2

#define FLAG_INBOUND    1
#define FLAG_OUTBOUND   2

struct pcap_cfg_s
{
  char *file;
  uint64_t snaplen;
  uint64_t sync;
  uint64_t flush;                    /* Commands */
  uint64_t stop;
};

struct pcap_counts_s
{
  uint64_t captured;
  uint64_t lost;                     /* The host could not write */
};

static const struct netdev_counter_s g_pcap_counters[] =
{
  {"captured", offsetof(struct pcap_counts_s, captured)},
  {"capture_lost", offsetof(struct pcap_counts_s, lost)},
  {NULL, 0}
};

struct pcap_s
{
  struct net_driver_s dev;
  struct pcap_cfg_s cfg;
  struct pcap_counts_s counts;
  int fd;                            /* -1: no capture */
  bool failed;                       /* No more of this file */
  size_t n;                          /* Bytes in buf */
  uint8_t buf[PCAP_BUFSIZE];
};

/* Writing ******************************************************************/

static void flush(struct pcap_s *pcap)
{
  int ret = 0;

  if (pcap->fd >= 0 && !pcap->failed)
    {
      ret = host_net_write(pcap->fd, pcap->buf, pcap->n);
    }

  pcap->n = 0;
  if (ret < 0)
    {
      pcap->failed = true;
      nerr("pcap: %s: %s; the capture ends here\n", pcap->cfg.file,
           netdev_why(ret));
    }
}

static void put(struct pcap_s *pcap, const void *data, size_t len)
{
  const uint8_t *p = data;

  while (len > 0)
    {
      size_t n = sizeof(pcap->buf) - pcap->n;

      n = n < len ? n : len;
      memcpy(pcap->buf + pcap->n, p, n);
      pcap->n += n;
      p       += n;
      len     -= n;
      if (pcap->n == sizeof(pcap->buf))
        {
          flush(pcap);
        }
    }
}

static void put32(struct pcap_s *pcap, uint32_t value)
{
  put(pcap, &value, sizeof(value));
}

static size_t padded(size_t len)
{
  return (len + 3) & ~(size_t)3;
}

static void pad(struct pcap_s *pcap, size_t len)
{
  static const uint8_t zero[4];

  put(pcap, zero, padded(len) - len);
}

static void put_option(struct pcap_s *pcap, uint16_t code, const void *value,
                       uint16_t len)
{
  put(pcap, &code, sizeof(code));
  put(pcap, &len, sizeof(len));
  put(pcap, value, len);
  pad(pcap, len);
}

static uint32_t option_size(size_t len)
{
  return (uint32_t)(4 + padded(len));
}

/* Blocks *******************************************************************/

static void put_section(struct pcap_s *pcap)
{
  static const char app[] = "nuttx-sim";
  static const uint16_t version[2] =
  {
    1, 0
  };

  uint32_t size = 28 + option_size(strlen(app)) + 4;

  put32(pcap, BLOCK_SECTION);
  put32(pcap, size);
  put32(pcap, BYTE_ORDER_MAGIC);
  put(pcap, version, sizeof(version));
  put32(pcap, UINT32_MAX);           /* Section length: not given */
  put32(pcap, UINT32_MAX);
  put_option(pcap, SHB_USERAPPL, app, (uint16_t)strlen(app));
  put32(pcap, OPT_END);
  put32(pcap, size);
}

static void put_interface(struct pcap_s *pcap)
{
  static const uint8_t nanoseconds = 9;
  const struct net_driver_s *dev = &pcap->dev;
  const struct net_driver_s *below = dev->d_lower;
  uint16_t name = (uint16_t)strlen(dev->d_ifname);
  uint16_t kind = (uint16_t)strlen(below->d_kind);
  uint32_t size = 20 + option_size(name) + option_size(kind) +
                  option_size(1) + 4;
  uint16_t type[2] =
  {
    LINKTYPE_ETHERNET, 0
  };

  if (dev->d_medium == NETDEV_IP)
    {
      type[0] = LINKTYPE_RAW;
    }

  put32(pcap, BLOCK_INTERFACE);
  put32(pcap, size);
  put(pcap, type, sizeof(type));
  put32(pcap, (uint32_t)pcap->cfg.snaplen);
  put_option(pcap, IF_NAME, dev->d_ifname, name);
  put_option(pcap, IF_DESCRIPTION, below->d_kind, kind);
  put_option(pcap, IF_TSRESOL, &nanoseconds, 1);
  put32(pcap, OPT_END);
  put32(pcap, size);
}

static void put_chain(struct pcap_s *pcap, const struct iob_s *iob,
                      size_t len)
{
  for (; len > 0; iob = iob->io_flink)
    {
      size_t n = iob->io_len < len ? iob->io_len : len;

      put(pcap, IOB_DATA(iob), n);
      len -= n;
    }
}

static void put_packet(struct pcap_s *pcap, const struct iob_s *iob,
                       uint32_t flags)
{
  uint32_t snap = (uint32_t)pcap->cfg.snaplen;
  uint32_t len = iob->io_pktlen < snap ? iob->io_pktlen : snap;
  uint32_t size = 28 + (uint32_t)padded(len) + option_size(4) + 4 + 4;
  struct timespec ts;
  uint64_t ns;

  if (pcap->fd < 0)
    {
      return;
    }

  if (pcap->failed)
    {
      pcap->counts.lost++;
      return;
    }

  nxclock_gettime(CLOCK_REALTIME, &ts);
  ns = (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;

  put32(pcap, BLOCK_PACKET);
  put32(pcap, size);
  put32(pcap, 0);                    /* The only interface */
  put32(pcap, (uint32_t)(ns >> 32));
  put32(pcap, (uint32_t)ns);
  put32(pcap, len);
  put32(pcap, iob->io_pktlen);
  put_chain(pcap, iob, len);
  pad(pcap, len);
  put_option(pcap, EPB_FLAGS, &flags, 4);
  put32(pcap, OPT_END);
  put32(pcap, size);
  pcap->counts.captured++;
  if (pcap->cfg.sync)
    {
      flush(pcap);
    }
}

/* A capture begins and ends ************************************************/

static void stop(struct pcap_s *pcap)
{
  if (pcap->fd >= 0)
    {
      flush(pcap);
      host_net_close(pcap->fd);
      pcap->fd = -1;
    }
}

static int start(struct pcap_s *pcap, const char *file)
{
  int fd = host_net_create(file);
  int ret;

  if (fd < 0)
    {
      netdev_fail("pcap: can not write %s: %s", file, netdev_why(fd));
      return fd;
    }

  stop(pcap);
  pcap->fd     = fd;
  pcap->failed = false;
  put_section(pcap);
  put_interface(pcap);
  ret = host_net_write(pcap->fd, pcap->buf, pcap->n);
  pcap->n = 0;
  if (ret < 0)
    {
      netdev_fail("pcap: can not write %s: %s", file, netdev_why(ret));
      host_net_close(pcap->fd);
      pcap->fd = -1;
    }

  return ret;
}

/* Device operations ********************************************************/

static void pcap_commit(struct net_driver_s *dev, struct iob_s *iob,
                        const struct netdev_offload_s *off)
{
  put_packet(dev->d_private, iob, FLAG_OUTBOUND);
  netdev_commit(dev->d_lower, iob, off);
}

static void pcap_ifdown(struct net_driver_s *dev)
{
  netdev_ifdown(dev->d_lower);
  flush(dev->d_private);
}

static int pcap_control(struct net_driver_s *dev, const char *words)
{
  struct pcap_s *pcap = dev->d_private;
  struct pcap_cfg_s cfg = pcap->cfg;
  int ret;

  /* A file that can not be written must not end the capture that runs */

  if (cfg.file != NULL)
    {
      cfg.file = kmm_strdup(cfg.file);
      if (cfg.file == NULL)
        {
          netdev_fail("pcap: no memory");
          return -ENOMEM;
        }
    }

  ret = netdev_parse(&g_netdev_pcap, words, true, &cfg);
  if (ret == 0 && cfg.file != NULL &&
      (pcap->cfg.file == NULL || strstr(words, "file=") != NULL))
    {
      ret = start(pcap, cfg.file);
    }

  if (ret < 0)
    {
      netdev_freecfg(&g_netdev_pcap, &cfg);
      return ret;
    }

  if (cfg.stop)
    {
      stop(pcap);
    }
  else if (cfg.flush)
    {
      flush(pcap);
    }

  cfg.stop  = 0;
  cfg.flush = 0;
  netdev_freecfg(&g_netdev_pcap, &pcap->cfg);
  pcap->cfg = cfg;
  return 0;
}

static int pcap_show(struct net_driver_s *dev, char *buf, size_t size)
{
  struct pcap_s *pcap = dev->d_private;
  size_t pos = 0;

  netdev_print(buf, size, &pos, "  file %s%s\n",
               pcap->cfg.file != NULL ? pcap->cfg.file : "none",
               pcap->fd < 0 ? " stopped" : pcap->failed ? " failed" : "");
  return (int)pos;
}

static void pcap_destroy(struct net_driver_s *dev)
{
  struct pcap_s *pcap = dev->d_private;

  stop(pcap);
  netdev_freecfg(&g_netdev_pcap, &pcap->cfg);
  kmm_free(pcap);
}

static const struct netdev_ops_s g_pcap_ops =
{
  .ifup        = wrap_ifup,
  .ifdown      = pcap_ifdown,
  .reserve     = wrap_reserve,
  .cancel      = wrap_cancel,
  .commit      = pcap_commit,
  .can_send    = wrap_can_send,
  .can_receive = wrap_can_receive,
  .recycle     = wrap_recycle,
  .set_mac     = wrap_set_mac,
  .set_mtu     = wrap_set_mtu,
  .control     = pcap_control,
  .show        = pcap_show,
  .destroy     = pcap_destroy,
};

static void pcap_rx(struct net_driver_s *lower, struct iob_s *iob,
                    const struct netdev_offload_s *off)
{
  struct net_driver_s *dev = lower->d_upperarg;

  put_packet(dev->d_private, iob, FLAG_INBOUND);
  netdev_rx(dev, iob, off);
}

static const struct netdev_upper_s g_pcap_upper =
{
  pcap_rx, wrap_rx_end, wrap_txdone, wrap_tx_ready, wrap_carrier, NULL
};

/* Making *******************************************************************/

static struct net_driver_s *pcap_create(void *cfg, struct net_driver_s *lower)
{
  struct pcap_s *pcap = kmm_zalloc(sizeof(*pcap));
  struct net_driver_s *dev;

  if (pcap == NULL)
    {
      return netdev_fail("pcap: no memory");
    }

  dev = &pcap->dev;
  memcpy(&pcap->cfg, cfg, sizeof(pcap->cfg));
  pcap->fd = -1;
  netdev_setup(dev, "pcap", &g_pcap_ops, pcap);
  dev->d_txdepth  = lower->d_txdepth;
  dev->d_counters = g_pcap_counters;
  dev->d_counts   = &pcap->counts;

  /* The file first: it is easier to close than a device to take off */

  memcpy(dev->d_ifname, lower->d_ifname, sizeof(dev->d_ifname));
  dev->d_lower  = lower;
  dev->d_medium = lower->d_medium;
  if (pcap->cfg.file != NULL && start(pcap, pcap->cfg.file) < 0)
    {
      kmm_free(pcap);
      return NULL;
    }

  dev->d_lower = NULL;
  if (wrap_stack(dev, lower, &g_pcap_upper) < 0)
    {
      pcap->n = 0;
      stop(pcap);
      kmm_free(pcap);
      return NULL;
    }

  return dev;
}

#define OFFSET(field) offsetof(struct pcap_cfg_s, field)

static const struct netdev_key_s g_pcap_keys[] =
{
  {
    "file", KEY_PATH, KEY_LIVE, OFFSET(file), 0, 0, NULL,
    "write here, from its beginning; without it nothing yet"
  },
  {
    "snaplen", KEY_UINT, 0, OFFSET(snaplen), 16, PCAP_MAXSNAP, NULL,
    "bytes of each frame; 262144 if not given"
  },
  {
    "sync", KEY_FLAG, KEY_LIVE, OFFSET(sync), 0, 0, NULL,
    "write each frame at once, as is done if not given"
  },
  {
    "flush", KEY_FLAG, KEY_ACTION, OFFSET(flush), 0, 0, NULL,
    "write what is still in memory"
  },
  {
    "stop", KEY_FLAG, KEY_ACTION, OFFSET(stop), 0, 0, NULL,
    "end the capture"
  },
  {
    NULL, KEY_UINT, 0, 0, 0, 0, NULL, NULL
  }
};

static const struct pcap_cfg_s g_pcap_defaults =
{
  .snaplen = PCAP_MAXSNAP,
  .sync    = 1,
};

const struct netdev_kind_s g_netdev_pcap =
{
  "pcap", "writes what passes to a pcapng file",
  g_pcap_keys, &g_pcap_defaults, sizeof(struct pcap_cfg_s), pcap_create
};
