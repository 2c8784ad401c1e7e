/* net/net_core.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The beginning and the end of the stack, and the ways into it: net.h tells
 * of both.
 *
 * A device may call back from inside netdev_commit(), netdev_cancel() or
 * netdev_ifdown(), while some connection is in the middle of sending.  What
 * such a call brings - a frame, a place to send - is therefore put aside and
 * dealt with by a timer that is due at once.  Only the release of a frame
 * (net_txdone) is done on the spot, as it enters nothing.
 *
 * A task that has sent something to itself expects it to have arrived when
 * the call returns, as on Linux.  So the end of a socket call does what is
 * due, and lets the loopback device deliver (net_leave()).  Answers give rise
 * to more: some turns are enough for a connection to be made, or a window to
 * be moved; what is left after that is the timers'.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <nuttx/kmalloc.h>

#include "ipv4.h"
#include "net_link.h"

/* A frame that arrived from inside a call of its device */

struct later_s
{
  struct later_s *next;
  struct net_driver_s *dev;
  struct iob_s *pkt;
  struct netdev_offload_s off;
};

struct net_s g_net;
unsigned int g_net_busy;
bool g_net_pending;

static struct net_batch_s *g_batches;
static bool g_in_batch;              /* net_batch_run() will follow */
static struct later_s *g_later;
static struct later_s **g_later_tail = &g_later;
static struct net_timer_s g_work;
static unsigned int g_modules;       /* Initialized */

/* The beginning and the end ************************************************/

static const struct
{
  int (*initialize)(void);
  void (*finalize)(void);
}

g_module[] =
{
  {
    arp_initialize, arp_finalize
  },
  {
    route_initialize, route_finalize
  },
  {
    ipv4_initialize, ipv4_finalize
  },
  {
    icmp_initialize, icmp_finalize
  },
  {
    igmp_initialize, igmp_finalize
  },
  {
    conn_initialize, conn_finalize
  },
  {
    udp_initialize, udp_finalize
  },
  {
    raw_initialize, raw_finalize
  },
  {
    tcp_initialize, tcp_finalize
  }
};

#define FIRST_ENDPOINTS 5            /* conn and those after it */
#define LEAVE_TURNS     10           /* Of net_leave() */

static void finalize_down_to(unsigned int n)
{
  while (g_modules > n)
    {
      g_module[--g_modules].finalize();
    }
}

int net_initialize(const struct net_port_s *port)
{
  int ret = 0;

  memset(&g_net, 0, sizeof(g_net));
  g_net.port       = port;
  g_net.generation = 1;
  g_net_busy       = 0;
  g_net_pending    = false;
  g_in_batch       = false;
  net_timer_reset();
  g_net.secret[0]  = net_random();
  g_net.secret[1]  = net_random();
  net_mix_initialize();

  while (g_modules < nitems(g_module))
    {
      ret = g_module[g_modules].initialize();
      if (ret < 0)
        {
          net_finalize();
          return ret;
        }

      g_modules++;
    }

  return 0;
}

void net_finalize(void)
{
  finalize_down_to(FIRST_ENDPOINTS);
  netif_finalize();
  finalize_down_to(0);

  net_memory_finalize();
  net_timer_stop(&g_work);
  DEBUGASSERT(g_later == NULL);
  while (g_batches != NULL)
    {
      net_batch_del(g_batches);
    }
}

/* What can not be done now *************************************************/

static void work(struct net_timer_s *timer);

/* Call work() as soon as nothing of the core runs */

void net_later(void)
{
  g_net_pending = true;
  if (!net_timer_active(&g_work))
    {
      net_timer_start(&g_work, net_now(), work);
    }
}

static void later_frame(struct net_driver_s *dev, struct iob_s *pkt,
                        const struct netdev_offload_s *off)
{
  struct later_s *later = kmm_zalloc(sizeof(*later));

  if (later == NULL)
    {
      g_net.stats.link.innomem++;
      iob_free_chain(pkt);
      return;
    }

  g_net.stats.link.inlater++;
  later->dev = dev;
  later->pkt = pkt;
  if (off != NULL)
    {
      later->off = *off;
    }

  *g_later_tail = later;
  g_later_tail  = &later->next;
  net_later();
}

void net_later_drop(struct net_driver_s *dev)
{
  struct later_s **link = &g_later;

  while (*link != NULL)
    {
      struct later_s *later = *link;

      if (later->dev == dev)
        {
          *link = later->next;
          iob_free_chain(later->pkt);
          kmm_free(later);
        }
      else
        {
          link = &later->next;
        }
    }

  g_later_tail = link;
}

/* Work for the end of a batch **********************************************/

void net_batch_add(struct net_batch_s *batch)
{
  if (batch->pprev != NULL)
    {
      return;
    }

  batch->next  = g_batches;
  batch->pprev = &g_batches;
  if (batch->next != NULL)
    {
      batch->next->pprev = &batch->next;
    }

  g_batches = batch;
  if (!g_in_batch)
    {
      net_later();
    }
}

void net_batch_del(struct net_batch_s *batch)
{
  if (batch->pprev != NULL)
    {
      *batch->pprev = batch->next;
      if (batch->next != NULL)
        {
          batch->next->pprev = batch->pprev;
        }

      batch->pprev = NULL;
    }
}

/* Run what was there when this began: a batch that adds itself again has its
 * turn later.
 */

static void net_batch_run(void)
{
  struct net_batch_s *list = g_batches;

  g_in_batch = false;
  g_batches  = NULL;
  if (list != NULL)
    {
      list->pprev = &list;
    }

  while (list != NULL)
    {
      struct net_batch_s *batch = list;

      net_batch_del(batch);
      batch->run(batch);
    }
}

/* The ways in **************************************************************/

void net_ingress(struct net_driver_s *dev, struct iob_s *pkt,
                 const struct netdev_offload_s *off)
{
  struct netif_s *nif = dev->d_upperarg;
  struct net_rx_s rx;

  if (predict_false(g_net_busy > 0))
    {
      later_frame(dev, pkt, off);
      return;
    }

  g_in_batch = true;
  nif->stats.rx_frames++;
  nif->stats.rx_bytes += pkt->io_pktlen;

  memset(&rx, 0, sizeof(rx));
  rx.nif = nif;
  if (off != NULL)
    {
      rx.flags    = off->flags & NETDEV_OFF_PARTIAL ?
                    NET_RX_CSUM_OK | NET_RX_PARTIAL :
                    off->flags & NETDEV_OFF_VALID ? NET_RX_CSUM_OK : 0;
      rx.gso_size = off->gso_size;
    }

  if (dev->d_medium == NETDEV_ETHERNET)
    {
      eth_input(nif, pkt, &rx);
    }
  else if (pkt->io_len > 0 && *IOB_DATA(pkt) >> 4 == 4)
    {
      ipv4_input(nif, pkt, &rx);
    }
  else
    {
      g_net.stats.link.inunknowntype++;
      nif->stats.rx_dropped++;
      iob_free_chain(pkt);
    }
}

void net_ingress_end(struct net_driver_s *dev)
{
  UNUSED(dev);
  if (g_net_busy == 0)
    {
      net_batch_run();
    }
}

void net_txdone(struct net_driver_s *dev, struct iob_s *pkt)
{
  UNUSED(dev);
  iob_free_chain(pkt);
}

void net_egress(struct net_driver_s *dev)
{
  struct netif_s *nif = dev->d_upperarg;

  if (g_net_busy > 0)
    {
      nif->kicked = true;
      net_later();
    }
  else
    {
      netif_egress(nif);
    }
}

static void net_carrier(struct net_driver_s *dev)
{
  netif_carrier(dev->d_upperarg);
}

static void net_changed(struct net_driver_s *dev)
{
  netif_changed(dev->d_upperarg);
}

/* The frames that were put aside, then the devices that became ready */

static void work(struct net_timer_s *timer)
{
  struct later_s *later;
  struct later_s *next;
  struct netif_s *nif;

  UNUSED(timer);
  later        = g_later;
  g_later      = NULL;
  g_later_tail = &g_later;
  for (; later != NULL; later = next)
    {
      next = later->next;
      net_ingress(later->dev, later->pkt, &later->off);
      kmm_free(later);
    }

  for (nif = g_net.netifs; nif != NULL; nif = nif->next)
    {
      if (nif->kicked)
        {
          nif->kicked = false;
          netif_egress(nif);
        }
    }

  net_memory_run();
}

void net_leave_now(void)
{
  unsigned int turn;

  DEBUGASSERT(g_net_busy == 0);
  for (turn = 0; turn < LEAVE_TURNS && g_net_pending; turn++)
    {
      g_net_pending = false;
      if (g_net.lo != NULL)
        {
          netdev_poll(g_net.lo->dev);
        }

      ipv4_loop_now();
      if (net_timer_active(&g_work))
        {
          net_timer_stop(&g_work);
          work(&g_work);
          net_batch_run();
        }
    }
}

nettime_t net_timers(nettime_t now)
{
  DEBUGASSERT(g_net_busy == 0);
  g_in_batch = true;
  net_timer_run(now);
  net_batch_run();
  return net_timer_next();
}

const struct netdev_upper_s g_net_upper =
{
  net_ingress, net_ingress_end, net_txdone, net_egress, net_carrier,
  net_changed
};
