/* tests/host/kernel/netutil.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * See netutil.h.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <nuttx/clock.h>
#include <nuttx/mm/iob.h>

#include "netutil.h"

static int g_failed;
static void (*g_scenario)(void);
static struct iob_s *g_hoard;

void net_failed(const char *file, int line, const char *what)
{
  g_failed++;
  printf("%s:%d: failed: %s\n", file, line, what);
  fflush(stdout);
}

void net_equal(const char *file, int line, const char *what, long long a,
               long long b)
{
  if (a != b)
    {
      g_failed++;
      printf("%s:%d: failed: %s (%lld, %lld)\n", file, line, what, a, b);
      fflush(stdout);
    }
}

int net_failures(void)
{
  int failed = g_failed;

  g_failed = 0;
  return failed;
}

/* The pool is counted when no device is left */

static void pool_check(void *arg)
{
  struct iob_info_s info;

  (void)arg;
  iob_getinfo(&info);
  net_equal(__FILE__, __LINE__, "bytes left in use", (long long)info.used,
            0);
  net_equal(__FILE__, __LINE__, "views left in use", info.views_used, 0);
  net_equal(__FILE__, __LINE__, "iob_check", iob_check(), 0);
}

static int bringup(void)
{
  int ret = sim_atexit(pool_check, NULL);

  return ret < 0 ? ret : netdev_initialize();
}

static int init(int argc, char *argv[])
{
  (void)argc;
  (void)argv;
  g_scenario();
  return 0;
}

int net_run(void (*scenario)(void), bool virtual_time, uint64_t seed)
{
  struct sim_config_s cfg =
  {
    .virtual_time = virtual_time,
    .seed         = seed,
    .bringup      = bringup,
  };

  int status;

  net_failures();
  g_scenario = scenario;
  status     = sim_run(&cfg, init, 0, NULL);
  net_equal(__FILE__, __LINE__, "status of the kernel", status, 0);
  return net_failures();
}

/* The upper layer **********************************************************/

static void sink_rx(struct net_driver_s *dev, struct iob_s *iob,
                    const struct netdev_offload_s *off)
{
  struct sink_s *sink = dev->d_upperarg;
  unsigned int i = sink->rx++ % SINK_MAX;

  (void)off;
  sink->tag[i]     = net_tag(iob);
  sink->when_ns[i] = clock_systime_ns();
  if (sink->keep)
    {
      sink->frame[i] = iob;
    }
  else
    {
      netdev_recycle(dev, iob);
    }
}

static void sink_rx_end(struct net_driver_s *dev)
{
  ((struct sink_s *)dev->d_upperarg)->batches++;
}

static void sink_txdone(struct net_driver_s *dev, struct iob_s *iob)
{
  ((struct sink_s *)dev->d_upperarg)->done++;
  iob_free_chain(iob);
}

static void sink_tx_ready(struct net_driver_s *dev)
{
  ((struct sink_s *)dev->d_upperarg)->ready++;
}

static void sink_carrier(struct net_driver_s *dev)
{
  ((struct sink_s *)dev->d_upperarg)->carrier++;
}

static const struct netdev_upper_s g_sink =
{
  sink_rx, sink_rx_end, sink_txdone, sink_tx_ready, sink_carrier, NULL
};

void sink_attach(struct sink_s *sink, struct net_driver_s *dev)
{
  memset(sink, 0, sizeof(*sink));
  sink->dev = dev;
  CHECK_EQ(netdev_attach(dev, &g_sink, sink), 0);
}

void sink_clear(struct sink_s *sink)
{
  unsigned int i;

  for (i = 0; i < SINK_MAX; i++)
    {
      iob_free_chain(sink->frame[i]);
      sink->frame[i] = NULL;
    }
}

/* Frames *******************************************************************/

static uint8_t byte_at(uint32_t tag, unsigned int i)
{
  return (uint8_t)((tag * 2654435761u >> 24) + i * 13 + (i >> 8));
}

struct iob_s *net_frame(struct net_driver_s *dev, unsigned int len,
                        uint32_t tag)
{
  struct iob_s *iob = netdev_txalloc(dev, len, IOB_CLASS_TX);
  uint8_t *data = malloc(len);
  unsigned int i;

  for (i = 0; i < len; i++)
    {
      data[i] = byte_at(tag, i);
    }

  memcpy(data + 14, &tag, sizeof(tag));
  data[0] = 2;
  if (iob != NULL && iob_trycopyin(iob, data, len, 0, false) != (int)len)
    {
      iob_free_chain(iob);
      iob = NULL;
    }

  free(data);
  return iob;
}

uint32_t net_tag(const struct iob_s *iob)
{
  uint32_t tag = 0;

  iob_copyout((uint8_t *)&tag, iob, sizeof(tag), 14);
  return tag;
}

bool net_intact(const struct iob_s *iob)
{
  uint8_t *data = malloc(iob->io_pktlen);
  uint32_t tag = net_tag(iob);
  bool good = true;
  unsigned int i;

  iob_copyout(data, iob, iob->io_pktlen, 0);
  for (i = 0; i < iob->io_pktlen; i++)
    {
      good = good && (i == 0 ? data[0] == 2 : (i >= 14 && i < 18) ||
                      data[i] == byte_at(tag, i));
    }

  free(data);
  return good;
}

int net_send(struct net_driver_s *dev, unsigned int len, uint32_t tag)
{
  struct iob_s *iob;
  int ret = netdev_reserve(dev);

  if (ret < 0)
    {
      return ret;
    }

  iob = net_frame(dev, len, tag);
  if (iob == NULL)
    {
      netdev_cancel(dev);
      return -ENOMEM;
    }

  netdev_commit(dev, iob, NULL);
  return 0;
}

uint64_t net_counter(struct net_driver_s *dev, const char *name)
{
  uint64_t value = 0;

  if (netdev_counter(dev, name, &value) < 0)
    {
      net_failed(__FILE__, __LINE__, name);
    }

  return value;
}

/* A device *****************************************************************/

static void fake_commit(struct net_driver_s *dev, struct iob_s *iob,
                        const struct netdev_offload_s *off)
{
  struct fake_s *fake = dev->d_private;
  unsigned int i = fake->sent++ % SINK_MAX;

  (void)off;
  fake->tag[i]     = net_tag(iob);
  fake->when_ns[i] = clock_systime_ns();
  fake->damaged   += !net_intact(iob);
  if (fake->hold)
    {
      fake->frame[fake->n++] = iob;
    }
  else
    {
      netdev_txdone(dev, iob);
    }
}

void fake_done(struct fake_s *fake, unsigned int n)
{
  for (; n > 0 && fake->n > 0; n--)
    {
      struct iob_s *iob = fake->frame[0];

      fake->n--;
      memmove(fake->frame, fake->frame + 1,
              fake->n * sizeof(fake->frame[0]));
      netdev_txdone(&fake->dev, iob);
    }
}

static void fake_ifdown(struct net_driver_s *dev)
{
  fake_done(dev->d_private, SINK_MAX);
}

void fake_rx(struct fake_s *fake, unsigned int len, uint32_t tag)
{
  struct iob_s *iob = net_frame(&fake->dev, len, tag);

  if (iob == NULL)
    {
      fake->dev.d_stats.rx_drop_memory++;
      return;
    }

  netdev_rx(&fake->dev, iob, NULL);
  netdev_rxend(&fake->dev);
}

struct net_driver_s *fake_create(struct fake_s *fake, unsigned int depth)
{
  static const struct netdev_ops_s ops =
  {
    .commit = fake_commit,
    .ifdown = fake_ifdown,
  };

  memset(fake, 0, sizeof(*fake));
  netdev_setup(&fake->dev, "fake", &ops, fake);
  fake->dev.d_features = NETDEV_SG;
  fake->dev.d_maxmtu   = 9000;
  fake->dev.d_txdepth  = depth;
  CHECK_EQ(netdev_register(&fake->dev, "eth%d"), 0);
  return &fake->dev;
}

/* Memory *******************************************************************/

void hoard(unsigned int leave)
{
  static const unsigned int size[] =
  {
    2048, 256, 64
  };

  struct iob_s *iob;
  unsigned int cls;
  unsigned int i;

  for (cls = 0; cls < IOB_NCLASSES; cls++)
    {
      for (i = 0; i < 3; i++)
        {
          while ((iob = iob_tryalloc_contig(size[i], 0,
                                            (enum iob_class_e)cls)) != NULL)
            {
              iob->io_len    = 1;
              iob->io_pktlen = 1;
              iob->io_flink = g_hoard;
              g_hoard       = iob;
            }
        }

      while (leave == 0 && (iob = iob_share(g_hoard, 0, 1)) != NULL)
        {
          iob->io_flink = g_hoard;
          g_hoard       = iob;
        }
    }

  /* The oldest are 2 KB each: give back from the far end */

  for (; leave > 0; leave--)
    {
      struct iob_s **link;

      for (link = &g_hoard; (*link)->io_flink != NULL;
           link = &(*link)->io_flink)
        {
        }

      iob_free(*link);
      *link = NULL;
    }
}

void unhoard(void)
{
  iob_free_chain(g_hoard);
  g_hoard = NULL;
}
