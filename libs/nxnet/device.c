/* libs/nxnet/device.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The devices of a node: what is sent goes to a function of the user, what
 * arrives is copied into a buffer of the pool.
 *
 * With NXNET_HOLD a frame stays with the device after it was sent.  Nobody
 * may write to it then; so its bytes are added up when it comes and when it
 * goes.
 */

#include "node.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <nuttx/kmalloc.h>
#include <nuttx/net/netdev.h>

#include "net_link.h"

#define DEPTH_DEFAULT 64
#define DEPTH_MAX     65536
#define MTU_DEFAULT   1500
#define MTU_MIN       68

struct held_s
{
  struct iob_s *iob;
  uint32_t sum;
};

struct ndev_s
{
  struct net_driver_s dev;           /* First */
  struct netif_s *nif;
  struct ndev_s *next;
  struct nxnet_device_s config;
  char name[NETDEV_NAMESIZE];
  struct held_s *held;               /* A ring of d_txdepth */
  unsigned int head;
  unsigned int nheld;
  uint8_t *frame;                    /* Of the longest frame there can be */
};

static struct ndev_s *find(int device)
{
  struct ndev_s *dev = g_node.devs;

  while (dev != NULL && dev->dev.d_ifindex != (unsigned int)device)
    {
      dev = dev->next;
    }

  return dev;
}

/* Of every byte, wherever it lies (FNV-1a) */

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

/* Sending ******************************************************************/

static void release(struct ndev_s *dev)
{
  struct held_s held = dev->held[dev->head];

  dev->head = (dev->head + 1) % dev->dev.d_txdepth;
  dev->nheld--;
  if (sum_of(held.iob) != held.sum)
    {
      node_fault("device %s: a frame of %u bytes was written to while it was "
                 "being sent", dev->name, held.iob->io_pktlen);
    }

  netdev_txdone(&dev->dev, held.iob);
}

static void dev_commit(struct net_driver_s *driver, struct iob_s *iob,
                       const struct netdev_offload_s *off)
{
  struct ndev_s *dev = driver->d_private;
  struct held_s *held;

  UNUSED(off);                       /* The device has no features for it */
  if (iob_check_chain(iob) != 0)
    {
      node_fault("device %s: a frame that is no good chain", dev->name);
    }

  if (!g_node.silent && dev->config.output != NULL)
    {
      const uint8_t *frame = IOB_DATA(iob);

      if (iob->io_flink != NULL)
        {
          iob_copyout(dev->frame, iob, iob->io_pktlen, 0);
          frame = dev->frame;
        }

      dev->config.output(dev->config.arg, frame, iob->io_pktlen);
    }

  if ((dev->config.flags & NXNET_HOLD) == 0)
    {
      netdev_txdone(driver, iob);
      return;
    }

  held = &dev->held[(dev->head + dev->nheld++) % driver->d_txdepth];
  held->iob = iob;
  held->sum = sum_of(iob);
}

static void dev_ifdown(struct net_driver_s *driver)
{
  struct ndev_s *dev = driver->d_private;

  while (dev->nheld > 0)
    {
      release(dev);
    }
}

static void dev_destroy(struct net_driver_s *driver)
{
  struct ndev_s *dev = driver->d_private;
  struct ndev_s **link = &g_node.devs;

  while (*link != NULL && *link != dev)
    {
      link = &(*link)->next;
    }

  if (*link != NULL)
    {
      *link = dev->next;
    }

  kmm_free(dev->held);
  kmm_free(dev->frame);
  kmm_free(dev);
}

int node_output_done(int device, unsigned int n)
{
  struct ndev_s *dev = find(device);

  if (dev == NULL)
    {
      return -ENODEV;
    }

  for (; n > 0 && dev->nheld > 0; n--)
    {
      release(dev);
    }

  return (int)dev->nheld;
}

/* Receiving ****************************************************************/

static int receive(struct ndev_s *dev, const void *data, size_t len,
                   bool more)
{
  struct net_driver_s *driver = &dev->dev;
  struct iob_s *iob;

  if ((driver->d_flags & NETDEV_UP) == 0 ||
      (driver->d_flags & NETDEV_CARRIER) == 0)
    {
      return -ENETDOWN;
    }

  if (len < ETH_HDRLEN || len > netdev_framesize(driver))
    {
      driver->d_stats.rx_drop_size++;
      return -EMSGSIZE;
    }

  iob = netdev_txalloc(driver, (unsigned int)len, IOB_CLASS_RX);
  if (iob == NULL ||
      iob_trycopyin(iob, data, (unsigned int)len, 0, true) != (int)len)
    {
      driver->d_stats.rx_drop_memory++;
      iob_free_chain(iob);
      return -ENOMEM;
    }

  netdev_rx(driver, iob, NULL);
  if (!more)
    {
      netdev_rxend(driver);
    }

  return 0;
}

int node_input(int device, const void *frame, size_t len, bool more)
{
  struct ndev_s *dev = find(device);

  return dev == NULL ? -ENODEV : receive(dev, frame, len, more);
}

/* Ask those that have an input function */

void devices_poll(void)
{
  struct ndev_s *dev;

  for (dev = g_node.devs; dev != NULL; dev = dev->next)
    {
      bool some = false;
      size_t len;

      while (dev->config.input != NULL &&
             (len = dev->config.input(dev->config.arg, dev->frame,
                                      netdev_framesize(&dev->dev))) > 0)
        {
          some = true;
          receive(dev, dev->frame, len, true);
        }

      if (some)
        {
          netdev_rxend(&dev->dev);
        }
    }
}

/* Frames that are being kept are as they were */

void devices_check(void)
{
  struct ndev_s *dev;
  unsigned int i;

  for (dev = g_node.devs; dev != NULL; dev = dev->next)
    {
      for (i = 0; i < dev->nheld; i++)
        {
          struct held_s *held =
            &dev->held[(dev->head + i) % dev->dev.d_txdepth];

          if (sum_of(held->iob) != held->sum)
            {
              node_fault("device %s: a frame was written to while it was "
                         "being sent", dev->name);
            }
        }
    }
}

/* Life *********************************************************************/

static int set_mtu(struct net_driver_s *driver)
{
  struct ndev_s *dev = driver->d_private;
  uint8_t *frame = kmm_malloc(netdev_framesize(driver));

  if (frame == NULL)
    {
      return -ENOMEM;
    }

  kmm_free(dev->frame);
  dev->frame = frame;
  return 0;
}

static const struct netdev_ops_s g_ops =
{
  .commit  = dev_commit,
  .ifdown  = dev_ifdown,
  .destroy = dev_destroy,
  .set_mtu = set_mtu,
};

static int attach(struct ndev_s *dev)
{
  int ret = netdev_register(&dev->dev, dev->name);

  if (ret < 0)
    {
      dev_destroy(&dev->dev);
      return ret;
    }

  dev->next   = g_node.devs;
  g_node.devs = dev;
  ret = netif_attach(&dev->dev, &dev->nif);
  if (ret >= 0)
    {
      ret = netif_up(dev->nif);
      if (ret < 0)
        {
          netif_detach(dev->nif);
        }
    }

  if (ret < 0)
    {
      netdev_destroy(&dev->dev);
      return ret;
    }

  return (int)dev->dev.d_ifindex;
}

int node_device_add(const struct nxnet_device_s *config)
{
  unsigned int mtu = config->mtu != 0 ? config->mtu : MTU_DEFAULT;
  unsigned int depth = config->depth != 0 ? config->depth : DEPTH_DEFAULT;
  struct ndev_s *dev;

  if (config->name == NULL || strlen(config->name) >= NETDEV_NAMESIZE ||
      mtu < MTU_MIN || mtu > NETDEV_MAXMTU || depth > DEPTH_MAX ||
      (config->flags & ~(NXNET_HOLD | NXNET_SG)) != 0 ||
      (config->mac[0] & 1) != 0)
    {
      return -EINVAL;
    }

  dev = kmm_zalloc(sizeof(*dev));
  if (dev == NULL)
    {
      return -ENOMEM;
    }

  snprintf(dev->name, sizeof(dev->name), "%s", config->name);
  dev->config      = *config;
  dev->config.name = dev->name;
  netdev_setup(&dev->dev, "nxnet", &g_ops, dev);
  dev->dev.d_mtu      = mtu;
  dev->dev.d_minmtu   = MTU_MIN;
  dev->dev.d_maxmtu   = NETDEV_MAXMTU;
  dev->dev.d_txdepth  = depth;
  dev->dev.d_features = (config->flags & NXNET_SG) != 0 ? NETDEV_SG : 0;
  memcpy(dev->dev.d_mac, config->mac, sizeof(config->mac));

  dev->frame = kmm_malloc(netdev_framesize(&dev->dev));
  dev->held  = kmm_calloc(depth, sizeof(*dev->held));
  if (dev->frame == NULL || dev->held == NULL)
    {
      dev_destroy(&dev->dev);
      return -ENOMEM;
    }

  return attach(dev);
}

int node_device_del(int device)
{
  struct ndev_s *dev = find(device);

  if (dev == NULL)
    {
      return -ENODEV;
    }

  netif_detach(dev->nif);
  netdev_destroy(&dev->dev);
  return 0;
}

/* The stack, which ends later, detaches, and netdev.c destroys */

void devices_end(void)
{
  while (g_node.devs != NULL)
    {
      node_device_del((int)g_node.devs->dev.d_ifindex);
    }
}

int node_carrier(int device, bool on)
{
  struct ndev_s *dev = find(device);

  if (dev == NULL)
    {
      return -ENODEV;
    }

  netdev_carrier(&dev->dev, on);
  return 0;
}

int node_set_mtu(int device, unsigned int mtu)
{
  struct ndev_s *dev = find(device);

  return dev == NULL ? -ENODEV : netdev_set_mtu(&dev->dev, mtu);
}

/* Addresses and routes *****************************************************/

int node_address_add(int device, struct in_addr addr, unsigned int prefix)
{
  struct netaddr_s ip = netaddr_from4(addr.s_addr);
  struct ndev_s *dev = find(device);

  return dev == NULL ? -ENODEV : prefix > 32 ? -EINVAL :
         netif_addr_add(dev->nif, &ip, (uint8_t)prefix, NULL);
}

int node_address_del(int device, struct in_addr addr)
{
  struct netaddr_s ip = netaddr_from4(addr.s_addr);
  struct ndev_s *dev = find(device);

  return dev == NULL ? -ENODEV : netif_addr_del(dev->nif, &ip);
}

#define FLAG_UP      1               /* RTF_UP, RTF_GATEWAY */
#define FLAG_GATEWAY 2

int node_route_add(struct in_addr dst, unsigned int prefix,
                   struct in_addr gateway, int device)
{
  struct netaddr_s to = netaddr_from4(dst.s_addr);
  struct netaddr_s by = netaddr_from4(gateway.s_addr);
  struct ndev_s *dev = find(device);

  return dev == NULL ? -ENODEV : prefix > 32 ? -EINVAL :
         route_add(&to, (uint8_t)prefix, &by, dev->nif, 0,
                   gateway.s_addr != 0 ? FLAG_UP | FLAG_GATEWAY : FLAG_UP);
}

int node_route_del(struct in_addr dst, unsigned int prefix,
                   struct in_addr gateway, int device)
{
  struct netaddr_s to = netaddr_from4(dst.s_addr);
  struct netaddr_s by = netaddr_from4(gateway.s_addr);
  struct ndev_s *dev = find(device);

  return dev == NULL ? -ENODEV : prefix > 32 ? -EINVAL :
         route_del(&to, (uint8_t)prefix, &by, dev->nif);
}
