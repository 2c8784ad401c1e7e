/* tests/host/net/stack.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * See stack.h.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <nuttx/clock.h>
#include <nuttx/fs/fs.h>
#include <nuttx/kmalloc.h>
#include <nuttx/posix.h>
#include <nuttx/sched.h>
#include <nuttx/mm/iob.h>
#include <nuttx/net/net.h>

#include "net_link.h"
#include "stack.h"

/* For the announcements of an address, and then some */

#define SETTLE (5 * NET_SEC)

static void (*g_scenario)(void);
static unsigned int g_wires;

/* The kernel ***************************************************************/

/* Called last, when neither the stack nor a device is left */

static void check_end(void *arg)
{
  struct iob_info_s info;

  (void)arg;
  iob_getinfo(&info);
  net_equal(__FILE__, __LINE__, "bytes of the pool left in use",
            (long long)info.used, 0);
  net_equal(__FILE__, __LINE__, "views left in use", info.views_used, 0);
  net_equal(__FILE__, __LINE__, "iob_check", iob_check(), 0);
  net_equal(__FILE__, __LINE__, "timers of the stack left",
            net_timer_count(), 0);
}

static int bringup(void)
{
  int ret = sim_atexit(check_end, NULL);

  if (ret >= 0)
    {
      ret = fs_initialize();
    }

  if (ret >= 0)
    {
      ret = posix_initialize();
    }

  if (ret >= 0)
    {
      ret = netdev_initialize();
    }

  return ret < 0 ? ret : net_kernel_initialize();
}

static int init(int argc, char *argv[])
{
  (void)argc;
  (void)argv;
  g_scenario();
  return 0;
}

int stack_run(void (*scenario)(void), uint64_t seed)
{
  struct sim_config_s cfg =
  {
    .virtual_time = true,
    .seed         = seed,
    .stack_size   = 1024 * 1024,
    .bringup      = bringup,
  };

  struct kmm_info_s before;
  struct kmm_info_s after;
  int status;

  net_failures();
  g_scenario = scenario;
  g_wires    = 0;
  kmm_getinfo(&before);
  status = sim_run(&cfg, init, 0, NULL);
  kmm_getinfo(&after);
  net_equal(__FILE__, __LINE__, "status of the kernel", status, 0);
  net_equal(__FILE__, __LINE__, "blocks of the heap", (long long)
            after.nblocks, (long long)before.nblocks);
  return net_failures();
}

void stack_sleep(nettime_t ns)
{
  nxsched_sleep_until(clock_systime_ns() + (ns > 0 ? ns : 1));
}

/* Tasks ********************************************************************/

static int task_main(int argc, char *argv[])
{
  void (*fn)(void *arg);
  unsigned long long value[2];

  (void)argc;
  value[0] = strtoull(argv[1], NULL, 16);
  value[1] = strtoull(argv[2], NULL, 16);
  fn = (void (*)(void *))(uintptr_t)value[0];
  fn((void *)(uintptr_t)value[1]);
  return 0;
}

int stack_task(const char *name, void (*fn)(void *arg), void *arg)
{
  char text[2][20];
  char *argv[] =
  {
    text[0], text[1], NULL
  };

  int pid;

  snprintf(text[0], sizeof(text[0]), "%llx",
           (unsigned long long)(uintptr_t)fn);
  snprintf(text[1], sizeof(text[1]), "%llx",
           (unsigned long long)(uintptr_t)arg);
  pid = nxtask_create(name, SCHED_PRIORITY_DEFAULT, 0, task_main, argv);
  CHECK(pid > 0);
  return pid;
}

void stack_join(int pid)
{
  int status = -1;

  CHECK_EQ(nxsched_waitpid(pid, &status, 0), pid);
  CHECK_EQ(status, 0);
}

uint64_t stack_stat(const char *name)
{
  uint64_t value = 0;

  if (net_stats_get(name, &value) < 0)
    {
      net_failed(__FILE__, __LINE__, name);
    }

  return value;
}

/* The wire *****************************************************************/

/* Of every byte of a frame, wherever its parts lie */

static uint32_t sum_of(const struct iob_s *iob)
{
  uint32_t sum = 2166136261u;
  unsigned int i;

  for (; iob != NULL; iob = iob->io_flink)
    {
      for (i = 0; i < iob->io_len; i++)
        {
          sum = (sum ^ IOB_DATA(iob)[i]) * 16777619u;
        }
    }

  return sum;
}

/* The frame behind wire_next() is kept until its next call, so that one slot
 * stays free.
 */

static void forget(struct wire_s *wire, unsigned int index)
{
  free(wire->frame[index % WIRE_MAX]);
  wire->frame[index % WIRE_MAX] = NULL;
}

static void record(struct wire_s *wire, const struct iob_s *iob,
                   const struct netdev_offload_s *off)
{
  unsigned int i = wire->tail % WIRE_MAX;

  if (wire->tail - wire->head >= WIRE_MAX - 1)
    {
      forget(wire, wire->head - 1);
      wire->head++;
    }

  forget(wire, wire->tail);
  wire->frame[i] = malloc(iob->io_pktlen);
  wire->len[i]   = iob->io_pktlen;
  wire->when[i]  = clock_systime_ns();
  memset(&wire->off[i], 0, sizeof(wire->off[i]));
  if (off != NULL)
    {
      wire->off[i] = *off;
    }

  iob_copyout(wire->frame[i], iob, iob->io_pktlen, 0);
  wire->tail++;
}

static void wire_commit(struct net_driver_s *dev, struct iob_s *iob,
                        const struct netdev_offload_s *off)
{
  struct wire_s *wire = dev->d_private;

  CHECK_EQ(iob_check_chain(iob), 0);
  CHECK((dev->d_features & NETDEV_SG) != 0 || iob->io_flink == NULL);
  record(wire, iob, off);
  wire->total++;
  wire->chains += iob->io_flink != NULL;
  if (wire->hold && wire->nheld < WIRE_MAX)
    {
      wire->heldsum[wire->nheld] = sum_of(iob);
      wire->held[wire->nheld++]  = iob;
    }
  else
    {
      netdev_txdone(dev, iob);
    }
}

static int wire_reserve(struct net_driver_s *dev)
{
  return ((struct wire_s *)dev->d_private)->full ? -EAGAIN : 0;
}

static bool wire_can_send(struct net_driver_s *dev)
{
  return wire_reserve(dev) == 0;
}

static void wire_reclaim(struct net_driver_s *dev)
{
  struct wire_s *wire = dev->d_private;

  wire->asked++;
  if (wire->lazy)
    {
      wire_done(wire, WIRE_MAX);
    }
}

static void wire_ifdown(struct net_driver_s *dev)
{
  wire_done(dev->d_private, WIRE_MAX);
}

static void wire_destroy(struct net_driver_s *dev)
{
  struct wire_s *wire = dev->d_private;
  unsigned int i;

  net_equal(__FILE__, __LINE__, "held frames that were changed",
            wire->damaged, 0);
  for (i = 0; i < WIRE_MAX; i++)
    {
      forget(wire, i);
    }
}

void wire_done_at(struct wire_s *wire, unsigned int index)
{
  struct iob_s *iob;

  if (index >= wire->nheld)
    {
      net_failed(__FILE__, __LINE__, "no such frame is held");
      return;
    }

  iob = wire->held[index];
  wire->damaged += sum_of(iob) != wire->heldsum[index];
  wire->nheld--;
  memmove(wire->held + index, wire->held + index + 1,
          (wire->nheld - index) * sizeof(wire->held[0]));
  memmove(wire->heldsum + index, wire->heldsum + index + 1,
          (wire->nheld - index) * sizeof(wire->heldsum[0]));
  netdev_txdone(&wire->dev, iob);
}

void wire_done(struct wire_s *wire, unsigned int n)
{
  for (; n > 0 && wire->nheld > 0; n--)
    {
      wire_done_at(wire, 0);
    }
}

void wire_ready(struct wire_s *wire)
{
  wire->full = false;
  netdev_txready(&wire->dev);
}

void wire_create(struct wire_s *wire, const char *name, unsigned int mtu,
                 unsigned int features)
{
  static const struct netdev_ops_s ops =
  {
    .commit   = wire_commit,
    .reserve  = wire_reserve,
    .can_send = wire_can_send,
    .ifdown   = wire_ifdown,
    .reclaim  = wire_reclaim,
    .destroy  = wire_destroy,
  };

  const uint8_t mac[NETDEV_MACLEN] =
  {
    2, 0, 0, 0, 0, (uint8_t)(g_wires + 1)
  };

  const uint8_t addr[4] =
  {
    10, 0, (uint8_t)g_wires, 1
  };

  struct netaddr_s ip;
  uint32_t addr4;

  memcpy(&addr4, addr, 4);
  ip = netaddr_from4(addr4);
  g_wires++;

  memset(wire, 0, sizeof(*wire));
  netdev_setup(&wire->dev, "wire", &ops, wire);
  wire->dev.d_features = features;
  wire->dev.d_mtu      = mtu;
  wire->dev.d_minmtu   = 68;
  wire->dev.d_maxmtu   = NETDEV_MAXMTU;
  wire->dev.d_txdepth  = WIRE_MAX;
  memcpy(wire->dev.d_mac, mac, sizeof(mac));
  CHECK_EQ(netdev_register(&wire->dev, name), 0);
  CHECK_EQ(netif_attach(&wire->dev, &wire->nif), 0);
  CHECK_EQ(netif_up(wire->nif), 0);
  CHECK_EQ(netif_addr_add(wire->nif, &ip, 24, NULL), 0);
  stack_sleep(SETTLE);
  wire_flush(wire);
}

/* What arrives *************************************************************/

void wire_rx_off(struct wire_s *wire, const void *frame, unsigned int len,
                 const struct netdev_offload_s *off)
{
  struct iob_s *iob = netdev_txalloc(&wire->dev, len, IOB_CLASS_RX);

  if (iob == NULL ||
      iob_trycopyin(iob, frame, len, 0, true) != (int)len)
    {
      wire->dev.d_stats.rx_drop_memory++;
      iob_free_chain(iob);
      return;
    }

  netdev_rx(&wire->dev, iob, off);
}

void wire_rx_more(struct wire_s *wire, const void *frame, unsigned int len)
{
  wire_rx_off(wire, frame, len, NULL);
}

void wire_rx_end(struct wire_s *wire)
{
  netdev_rxend(&wire->dev);
}

void wire_rx(struct wire_s *wire, const void *frame, unsigned int len)
{
  wire_rx_more(wire, frame, len);
  wire_rx_end(wire);
}

/* What was sent ************************************************************/

const uint8_t *wire_next(struct wire_s *wire, unsigned int *len)
{
  const uint8_t *frame;

  forget(wire, wire->head - 1);
  if (wire->head == wire->tail)
    {
      return NULL;
    }

  frame = wire->frame[wire->head % WIRE_MAX];
  *len  = wire->len[wire->head % WIRE_MAX];
  wire->head++;
  return frame;
}

void wire_flush(struct wire_s *wire)
{
  unsigned int len;

  while (wire_next(wire, &len) != NULL)
    {
    }
}

void wire_know(struct wire_s *wire, unsigned int host)
{
  const uint8_t mac[NETDEV_MACLEN] =
  {
    2, 0, 0, 0, 1, (uint8_t)host
  };

  struct netaddr_s ip = wire->nif->addrs->addr;
  uint8_t addr[4];
  uint32_t addr4;

  memcpy(addr, &ip.w[3], 4);
  addr[3] = (uint8_t)host;
  memcpy(&addr4, addr, 4);
  ip = netaddr_from4(addr4);
  CHECK_EQ(arp_set(wire->nif, &ip, mac, true), 0);
}
