/* libs/nxnet/node.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * One instance: its beginning, its end, and time.
 *
 * Two kinds of deadlines: those of the stack, of which it tells the first
 * (struct net_port_s), and watchdogs, which only the loopback device has.
 * nxnet_advance() runs them in their order, the clock showing the deadline
 * of each; work for "now" is done before the clock moves.
 *
 * The end closes what is open, with the wire cut, so that nobody hears of it;
 * then there must be nothing left, and that is checked: buffers, memory,
 * timers.  What is left is forgotten, except memory, which stays allocated.
 */

#include "node.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <nuttx/kmalloc.h>

#include "conn.h"
#include "drivers.h"

/* Turns in which the clock may stand still: many times what 10,000 endpoints
 * with something to do at the same moment need.
 */

#define TURNS_MAX 1000000u

struct node_s g_node;

/* splitmix64, as arch/sim/sim_random.c */

uint64_t node_scramble(uint64_t *state)
{
  uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

void node_fault(const char *fmt, ...)
{
  va_list ap;

  if (g_node.fault[0] == '\0')
    {
      va_start(ap, fmt);
      vsnprintf(g_node.fault, sizeof(g_node.fault), fmt, ap);
      va_end(ap);
    }
}

/* What the stack asks for **************************************************/

static nettime_t port_now(void)
{
  return g_node.now;
}

static uint64_t port_random(void)
{
  return node_scramble(&g_node.random);
}

static void port_rearm(nettime_t due)
{
  g_node.net_due = due;
}

static uint64_t port_realtime(void)
{
  return g_node.config.realtime + g_node.now;
}

static const struct net_port_s g_port =
{
  .now      = port_now,
  .random   = port_random,
  .rearm    = port_rearm,
  .realtime = port_realtime,
};

/* The beginning and the end ************************************************/

static void stack_end(void *arg)
{
  UNUSED(arg);
  net_finalize();
}

static int stack_begin(void)
{
  union                              /* A configuration of loopback.c */
  {
    uint64_t align;
    char bytes[64];
  } cfg;

  struct net_driver_s *lo;
  int ret = netdev_initialize();

  ret = ret < 0 ? ret : net_initialize(&g_port);
  if (ret < 0)
    {
      return ret;
    }

  ret = sim_atexit(stack_end, NULL);
  if (ret < 0)
    {
      net_finalize();
      return ret;
    }

  if (g_netdev_loopback.cfgsize > sizeof(cfg))
    {
      return -EINVAL;
    }

  memcpy(&cfg, g_netdev_loopback.defaults, g_netdev_loopback.cfgsize);
  lo = g_netdev_loopback.create(&cfg, NULL);
  return lo == NULL ? -ENOMEM : netif_attach(lo, NULL);
}

static int node_end(char *buf, size_t size)
{
  struct iob_info_s info;
  unsigned int timers;

  if (!g_node.up)
    {
      return 0;
    }

  g_node.silent   = true;
  g_node.fail_nth = 0;
  g_node.fail_ppm = 0;
  node_pool_take(0);
  sockets_end();
  devices_end();
  kernel_end();
  g_node.up = false;

  iob_getinfo(&info);
  timers = net_timer_count() + g_node.wdogs.count;
  if (info.used == 0 && info.views_used == 0 && timers == 0 &&
      g_node.nblocks == 0 && g_node.fault[0] == '\0')
    {
      return 0;
    }

  if (g_node.fault[0] != '\0')
    {
      snprintf(buf, size, "%s", g_node.fault);
    }
  else
    {
      snprintf(buf, size, "left behind: %zu bytes of the pool, %u views, "
               "%zu blocks of memory, %u timers", info.used, info.views_used,
               g_node.nblocks, timers);
    }

  return -EUCLEAN;
}

static int node_begin(const struct nxnet_config_s *config)
{
  char text[sizeof(g_node.fault)];
  int ret;

  if (g_node.up)
    {
      return -EBUSY;
    }

  memset(&g_node, 0, sizeof(g_node));
  if (config != NULL)
    {
      g_node.config = *config;
    }

  g_node.up      = true;
  g_node.now     = g_node.config.now;
  g_node.net_due = NETTIME_NEVER;
  g_node.random  = g_node.config.seed;
  g_node.chance  = ~g_node.config.seed;
  iob_initialize();
  states_reset();
  ret = kernel_begin();
  ret = ret < 0 ? ret : stack_begin();
  if (ret < 0)
    {
      node_end(text, sizeof(text));
      return ret;
    }

  g_net.forwarding = g_node.config.forwarding;
  g_net.probe      = g_node.config.probe;
  return 0;
}

/* Time *********************************************************************/

static uint64_t node_now(void)
{
  return g_node.now;
}

static uint64_t node_next(void)
{
  nettime_t wd = g_node.wdogs.root != NULL ? g_node.wdogs.root->key :
                                             NETTIME_NEVER;

  return MIN(g_node.net_due, wd);
}

uint64_t node_advance(uint64_t until)
{
  unsigned int turns = 0;
  nettime_t next;

  if (until < g_node.now)
    {
      until = g_node.now;
    }

  devices_poll();
  while ((next = node_next()) <= until && turns < TURNS_MAX)
    {
      if (next > g_node.now)
        {
          g_node.now = next;
          turns      = 0;
        }

      turns++;
      kernel_watchdogs(g_node.now);
      if (g_node.net_due <= g_node.now)
        {
          g_node.net_due = NETTIME_NEVER;
          g_node.net_due = net_timers(g_node.now);
        }

      devices_poll();
    }

  if (turns == TURNS_MAX)
    {
      node_fault("at %llu ns there is always something due",
                 (unsigned long long)g_node.now);
    }

  g_node.now = until == NXNET_NEVER ? g_node.now : until;
  return node_next();
}

/* Making it fail ***********************************************************/

int node_fail_nth(unsigned long n)
{
  g_node.fail_nth = n;
  return 0;
}

int node_fail_rate(unsigned int ppm)
{
  if (ppm > 1000000)
    {
      return -EINVAL;
    }

  g_node.fail_ppm = ppm;
  return 0;
}

static size_t pool_used(void)
{
  struct iob_info_s info;

  iob_getinfo(&info);
  return info.used;
}

int64_t node_pool_take(size_t bytes)
{
  while (g_node.taken != NULL && g_node.ntaken > bytes)
    {
      struct iob_s *iob = g_node.taken;
      size_t before = pool_used();

      g_node.taken = iob->io_flink;
      iob->io_flink = NULL;
      iob_free_chain(iob);
      g_node.ntaken -= MIN(g_node.ntaken, before - pool_used());
    }

  if (g_node.taken == NULL)
    {
      g_node.ntaken = 0;
    }

  while (g_node.ntaken < bytes)
    {
      size_t before = pool_used();
      size_t want = MIN(bytes - g_node.ntaken, (size_t)2048);
      struct iob_s *iob = iob_tryalloc_contig((unsigned int)want, 0,
                                              IOB_CLASS_TX);

      if (iob == NULL)
        {
          break;
        }

      iob->io_flink  = g_node.taken;
      g_node.taken   = iob;
      g_node.ntaken += pool_used() - before;
      if (pool_used() == before)
        {
          break;                     /* It came out of a cache */
        }
    }

  return (int64_t)g_node.ntaken;
}

/* The table ****************************************************************/

const struct nxnet_ops_s *nxnet_instance(void)
{
  static const struct nxnet_ops_s ops =
  {
    .abi   = NXNET_ABI,
    .size  = sizeof(struct nxnet_ops_s),
    .begin = node_begin,
    .end   = node_end,
    .now   = node_now,
    .next  = node_next,
    NXNET_CALLS(NXNET_ENTRY)
  };

  return &ops;
}
