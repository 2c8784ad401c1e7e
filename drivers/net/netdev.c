/* drivers/net/netdev.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The half of every network device that is the same: names, the upper
 * layer, reservations, the checks before a driver is called, and counters.
 *
 * d_txused counts the places that are taken in a device: reserved, or held
 * by a frame that was committed and is not done.  Most drivers need no other
 * bookkeeping: with d_txdepth set, netdev_reserve() refuses and
 * netdev_txdone() tells when there is room.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <nuttx/sim.h>
#include <nuttx/net/netdev.h>

#include "drivers.h"

struct netdev_s
{
  bool ready;
  struct net_driver_s *head;         /* In the order of registration */
  unsigned int lastindex;
};

static struct netdev_s g_netdev;

/* Where the list points to a device; the end of the list if it does not */

static struct net_driver_s **link_to(const struct net_driver_s *dev)
{
  struct net_driver_s **link;

  for (link = &g_netdev.head; *link != NULL && *link != dev;
       link = &(*link)->d_flink);

  return link;
}

static void finalize(void *arg)
{
  (void)arg;
  while (g_netdev.head != NULL)
    {
      netdev_destroy(g_netdev.head);
    }

  g_netdev.ready = false;
}

int netdev_initialize(void)
{
  int ret;

  if (g_netdev.ready)
    {
      return 0;
    }

  memset(&g_netdev, 0, sizeof(g_netdev));
  netdev_fail("%s", "");
  ret = sim_atexit(finalize, NULL);
  g_netdev.ready = ret >= 0;
  return ret;
}

void netdev_setup(struct net_driver_s *dev, const char *kind,
                  const struct netdev_ops_s *ops, void *priv)
{
  memset(dev, 0, sizeof(*dev));
  dev->d_ops     = ops;
  dev->d_kind    = kind;
  dev->d_private = priv;
  dev->d_medium  = NETDEV_ETHERNET;
  dev->d_mtu     = 1500;
  dev->d_minmtu  = NETDEV_MINMTU;
  dev->d_maxmtu  = 1500;
  dev->d_burst   = 64;
  dev->d_txdepth = 64;
  dev->d_rxdepth = 64;
  dev->d_align   = 1;
  dev->d_flags   = NETDEV_CARRIER;
}

/* Names ********************************************************************/

static bool name_is_good(const char *name)
{
  size_t len = strlen(name);

  return len > 0 && len < NETDEV_NAMESIZE && strpbrk(name, " /:%,\t\n") ==
         NULL;
}

/* Replace a "%d" at the end of a name by the first number that is free */

static int choose_name(char *to, const char *name)
{
  size_t len = strlen(name);
  unsigned int i;

  if (len <= 2 || strcmp(name + len - 2, "%d") != 0)
    {
      snprintf(to, NETDEV_NAMESIZE, "%s", name);
      return !name_is_good(name) ? -EINVAL :
             netdev_findbyname(to) != NULL ? -EEXIST : 0;
    }

  for (i = 0; ; i++)
    {
      int n = snprintf(to, NETDEV_NAMESIZE, "%.*s%u", (int)(len - 2), name,
                       i);

      if (n >= NETDEV_NAMESIZE || !name_is_good(to))
        {
          return -EINVAL;
        }
      else if (netdev_findbyname(to) == NULL)
        {
          return 0;
        }
    }
}

int netdev_register(struct net_driver_s *dev, const char *name)
{
  int ret;

  DEBUGASSERT(g_netdev.ready && dev->d_ops->commit != NULL);
  DEBUGASSERT((dev->d_align & (dev->d_align - 1)) == 0 && dev->d_align > 0);
  DEBUGASSERT(dev->d_txdepth > 0 && dev->d_burst > 0);

  ret = choose_name(dev->d_ifname, name);
  if (ret < 0)
    {
      return ret;
    }

  dev->d_ifindex    = ++g_netdev.lastindex;
  dev->d_flink      = NULL;
  *link_to(NULL)    = dev;
  return 0;
}

struct net_driver_s *netdev_findbyname(const char *name)
{
  struct net_driver_s *dev;

  for (dev = g_netdev.head; dev != NULL; dev = dev->d_flink)
    {
      if (strcmp(dev->d_ifname, name) == 0)
        {
          break;
        }
    }

  return dev;
}

struct net_driver_s *netdev_findbyindex(unsigned int ifindex)
{
  struct net_driver_s *dev;

  for (dev = g_netdev.head; dev != NULL; dev = dev->d_flink)
    {
      if (dev->d_ifindex == ifindex)
        {
          break;
        }
    }

  return dev;
}

struct net_driver_s *netdev_findlayer(const char *name, const char *kind)
{
  struct net_driver_s *dev = netdev_findbyname(name);

  while (dev != NULL && strcmp(dev->d_kind, kind) != 0)
    {
      dev = dev->d_lower;
    }

  return dev;
}

int netdev_foreach(int (*fn)(struct net_driver_s *dev, void *arg), void *arg)
{
  struct net_driver_s *dev;
  struct net_driver_s *next;
  int ret = 0;

  for (dev = g_netdev.head; dev != NULL && ret == 0; dev = next)
    {
      next = dev->d_flink;
      ret  = fn(dev, arg);
    }

  return ret;
}

/* Layers *******************************************************************/

int netdev_attach(struct net_driver_s *dev,
                  const struct netdev_upper_s *upper, void *arg)
{
  if (dev->d_upper != NULL)
    {
      return -EBUSY;
    }

  dev->d_upper    = upper;
  dev->d_upperarg = arg;
  return 0;
}

void netdev_detach(struct net_driver_s *dev)
{
  dev->d_upper    = NULL;
  dev->d_upperarg = NULL;
}

int netdev_stack(struct net_driver_s *upper, struct net_driver_s *lower,
                 const struct netdev_upper_s *upcalls)
{
  struct net_driver_s **link = link_to(lower);
  int ret;

  ret = netdev_attach(lower, upcalls, upper);
  if (ret < 0)
    {
      return ret;
    }

  DEBUGASSERT(*link == lower && upper->d_lower == NULL);

  memcpy(upper->d_ifname, lower->d_ifname, sizeof(upper->d_ifname));
  upper->d_ifindex = lower->d_ifindex;
  upper->d_lower   = lower;
  netdev_inherit(upper);
  upper->d_flags  |= NETDEV_WRAPPER | (lower->d_flags & NETDEV_UP);
  lower->d_flags  |= NETDEV_WRAPPED;
  upper->d_flink   = lower->d_flink;
  lower->d_flink   = NULL;
  *link            = upper;
  return 0;
}

void netdev_destroy(struct net_driver_s *dev)
{
  struct net_driver_s **link = link_to(dev);

  DEBUGASSERT(*link == dev);
  netdev_ifdown(dev);
  *link = dev->d_flink;

  while (dev != NULL)
    {
      struct net_driver_s *lower = dev->d_lower;

      DEBUGASSERT(dev->d_txused == 0);
      netdev_detach(dev);
      if (dev->d_ops->destroy != NULL)
        {
          dev->d_ops->destroy(dev);
        }

      dev = lower;
    }
}

/* Up, down, address, MTU ***************************************************/

int netdev_ifup(struct net_driver_s *dev)
{
  int ret = 0;

  if (dev->d_flags & NETDEV_UP)
    {
      return 0;
    }

  /* Up from now on for those whom the driver calls meanwhile */

  dev->d_flags |= NETDEV_UP;
  if (dev->d_ops->ifup != NULL)
    {
      ret = dev->d_ops->ifup(dev);
    }

  if (ret < 0)
    {
      dev->d_flags &= ~NETDEV_UP;
      return ret;
    }

  netdev_txready(dev);
  return 0;
}

void netdev_ifdown(struct net_driver_s *dev)
{
  if (dev->d_flags & NETDEV_UP)
    {
      dev->d_flags &= ~NETDEV_UP;
      if (dev->d_ops->ifdown != NULL)
        {
          dev->d_ops->ifdown(dev);
        }

      DEBUGASSERT(dev->d_txused == dev->d_reserved);
    }
}

static void tell_changed(struct net_driver_s *dev)
{
  if (dev->d_upper != NULL && dev->d_upper->changed != NULL)
    {
      dev->d_upper->changed(dev);
    }
}

int netdev_set_mac(struct net_driver_s *dev, const uint8_t *mac)
{
  static const uint8_t zero[NETDEV_MACLEN];
  uint8_t old[NETDEV_MACLEN];
  int ret = 0;

  if (dev->d_medium != NETDEV_ETHERNET || (mac[0] & 1) != 0 ||
      memcmp(mac, zero, sizeof(zero)) == 0)
    {
      return -EINVAL;
    }

  memcpy(old, dev->d_mac, sizeof(old));
  memcpy(dev->d_mac, mac, sizeof(old));
  if (dev->d_ops->set_mac != NULL)
    {
      ret = dev->d_ops->set_mac(dev);
    }

  if (ret < 0)
    {
      memcpy(dev->d_mac, old, sizeof(old));
    }
  else if (memcmp(dev->d_mac, old, sizeof(old)) != 0)
    {
      tell_changed(dev);
    }

  return ret;
}

int netdev_set_mtu(struct net_driver_s *dev, unsigned int mtu)
{
  unsigned int old = dev->d_mtu;
  int ret = 0;

  if (mtu < dev->d_minmtu || mtu > dev->d_maxmtu)
    {
      return -ERANGE;
    }

  dev->d_mtu = mtu;
  if (dev->d_ops->set_mtu != NULL && mtu != old)
    {
      ret = dev->d_ops->set_mtu(dev);
    }

  if (ret < 0)
    {
      dev->d_mtu = old;
    }
  else if (dev->d_mtu != old)
    {
      tell_changed(dev);
    }

  return ret;
}

unsigned int netdev_framesize(const struct net_driver_s *dev)
{
  return dev->d_mtu +
         (dev->d_medium == NETDEV_ETHERNET ? NETDEV_ETHHDRLEN : 0);
}

/* Sending ******************************************************************/

bool netdev_can_send(struct net_driver_s *dev)
{
  return (dev->d_flags & NETDEV_UP) != 0 &&
         dev->d_txused < dev->d_txdepth &&
         (dev->d_ops->can_send == NULL || dev->d_ops->can_send(dev));
}

bool netdev_can_receive(struct net_driver_s *dev)
{
  return (dev->d_flags & (NETDEV_UP | NETDEV_CARRIER)) ==
         (NETDEV_UP | NETDEV_CARRIER) &&
         (dev->d_ops->can_receive == NULL || dev->d_ops->can_receive(dev));
}

int netdev_reserve(struct net_driver_s *dev)
{
  int ret = 0;

  if ((dev->d_flags & NETDEV_UP) == 0)
    {
      return -ENETDOWN;
    }

  if (dev->d_txused >= dev->d_txdepth)
    {
      ret = -EAGAIN;
    }
  else if (dev->d_ops->reserve != NULL)
    {
      ret = dev->d_ops->reserve(dev);
    }

  if (ret < 0)
    {
      dev->d_flags |= NETDEV_TXWANT;
      dev->d_stats.tx_refused++;
      return ret;
    }

  dev->d_txused++;
  dev->d_reserved++;
  return 0;
}

/* Take a reservation off the count, and give back what the driver had set
 * aside for it.
 */

static void unreserve(struct net_driver_s *dev)
{
  DEBUGASSERT(dev->d_reserved > 0 && dev->d_txused >= dev->d_reserved);
  dev->d_reserved--;
  if (dev->d_ops->cancel != NULL)
    {
      dev->d_ops->cancel(dev);
    }
}

void netdev_cancel(struct net_driver_s *dev)
{
  unreserve(dev);
  dev->d_txused--;
  dev->d_stats.tx_cancelled++;
  netdev_txready(dev);
}

/* A super-frame is as long as IP allows; the device cuts it */

static bool fits(const struct net_driver_s *dev, const struct iob_s *iob,
                 const struct netdev_offload_s *off)
{
  unsigned int max = netdev_framesize(dev);

  if (off != NULL && (dev->d_features & NETDEV_TSO) != 0 &&
      (off->flags & (NETDEV_OFF_TCPV4 | NETDEV_OFF_TCPV6)) != 0)
    {
      max += NETDEV_MAXMTU - dev->d_mtu;
    }

  return iob->io_pktlen <= max && iob->io_pktlen > netdev_framesize(dev) -
         dev->d_mtu;
}

void netdev_commit(struct net_driver_s *dev, struct iob_s *iob,
                   const struct netdev_offload_s *off)
{
  uint64_t *drop;
  struct iob_s *flat;

  DEBUGASSERT(dev->d_reserved > 0 && iob != NULL);

  if ((dev->d_flags & NETDEV_UP) == 0)
    {
      drop = &dev->d_stats.tx_drop_down;
      goto drop;
    }

  if (!fits(dev, iob, off))
    {
      drop = &dev->d_stats.tx_drop_size;
      goto drop;
    }

  if ((dev->d_features & NETDEV_SG) == 0 && iob->io_flink != NULL)
    {
      flat = iob_linearize(iob, dev->d_headroom, IOB_CLASS_TX);
      if (flat == NULL)
        {
          drop = &dev->d_stats.tx_drop_memory;
          goto drop;
        }

      iob = flat;
    }

  dev->d_reserved--;
  dev->d_stats.tx_frames++;
  dev->d_stats.tx_bytes += iob->io_pktlen;
  dev->d_ops->commit(dev, iob, off);
  return;

drop:
  (*drop)++;
  unreserve(dev);
  netdev_uncommit(dev, iob);
}

int netdev_send(struct net_driver_s *dev, struct iob_s *iob,
                const struct netdev_offload_s *off)
{
  int ret = netdev_reserve(dev);

  if (ret == 0)
    {
      netdev_commit(dev, iob, off);
    }

  return ret;
}

/* The place of a frame is free, and the frame goes up */

void netdev_uncommit(struct net_driver_s *dev, struct iob_s *iob)
{
  DEBUGASSERT(dev->d_txused > dev->d_reserved);
  dev->d_txused--;

  if (dev->d_upper != NULL && dev->d_upper->txdone != NULL)
    {
      dev->d_upper->txdone(dev, iob);
    }
  else
    {
      iob_free_chain(iob);
    }

  netdev_txready(dev);
}

void netdev_txdone(struct net_driver_s *dev, struct iob_s *iob)
{
  dev->d_stats.tx_done++;
  netdev_uncommit(dev, iob);
}

void netdev_txready(struct net_driver_s *dev)
{
  if ((dev->d_flags & (NETDEV_TXWANT | NETDEV_UP)) !=
      (NETDEV_TXWANT | NETDEV_UP) || !netdev_can_send(dev))
    {
      return;
    }

  dev->d_flags &= ~NETDEV_TXWANT;
  dev->d_stats.tx_ready++;
  if (dev->d_upper != NULL && dev->d_upper->tx_ready != NULL)
    {
      dev->d_upper->tx_ready(dev);
    }
}

struct iob_s *netdev_txalloc(struct net_driver_s *dev, unsigned int size,
                             enum iob_class_e cls)
{
  unsigned int head = (dev->d_headroom + dev->d_align - 1) &
                      ~(dev->d_align - 1);
  struct iob_s *first = NULL;
  struct iob_s **link = &first;
  unsigned int n;

  do
    {
      n     = size + head <= IOB_MAXEXTENT ? size : IOB_MAXEXTENT - head;
      *link = iob_tryalloc_contig(n, head, cls);
      if (*link == NULL)
        {
          iob_free_chain(first);
          return NULL;
        }

      link  = &(*link)->io_flink;
      size -= n;
      head  = 0;
    }
  while (size > 0);

  return first;
}

/* Receiving ****************************************************************/

void netdev_rx(struct net_driver_s *dev, struct iob_s *iob,
               const struct netdev_offload_s *off)
{
  if ((dev->d_flags & NETDEV_UP) == 0 || dev->d_upper == NULL ||
      dev->d_upper->rx == NULL)
    {
      dev->d_stats.rx_drop_upper++;
      iob_free_chain(iob);
      return;
    }

  dev->d_stats.rx_frames++;
  dev->d_stats.rx_bytes += iob->io_pktlen;
  dev->d_upper->rx(dev, iob, off);
}

void netdev_rxend(struct net_driver_s *dev)
{
  dev->d_stats.rx_batches++;
  if (dev->d_upper != NULL && dev->d_upper->rx_end != NULL)
    {
      dev->d_upper->rx_end(dev);
    }
}

void netdev_recycle(struct net_driver_s *dev, struct iob_s *iob)
{
  dev->d_stats.rx_recycled++;
  if (dev->d_ops->recycle != NULL)
    {
      dev->d_ops->recycle(dev, iob);
    }
  else
    {
      iob_free_chain(iob);
    }
}

void netdev_carrier(struct net_driver_s *dev, bool on)
{
  unsigned int was = dev->d_flags;

  dev->d_flags = on ? was | NETDEV_CARRIER : was & ~NETDEV_CARRIER;
  if (was != dev->d_flags && dev->d_upper != NULL &&
      dev->d_upper->carrier != NULL)
    {
      dev->d_upper->carrier(dev);
    }
}

int netdev_control(struct net_driver_s *dev, const char *words)
{
  if (dev->d_ops->control == NULL)
    {
      netdev_fail("%s: takes no commands", dev->d_kind);
      return -ENOTSUP;
    }

  return dev->d_ops->control(dev, words);
}
