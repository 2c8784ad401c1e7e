/* drivers/net/tap.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * An Ethernet interface of the host: what we send, the host receives there.
 *
 * Sending is one writev() of the chain, after which the frame is done: the
 * host has copied it.  If the host has no room, the frame waits here, and no
 * more reservations are made, until epoll says that there is.
 *
 * Receiving is one read for each frame, up to burst= of them each time epoll
 * says that there are some, and the last read of a batch finds nothing.  If
 * that was so for the first frame several times - question and answer - only
 * one is read for a while: epoll will tell if there is another.  As a frame
 * leaves the ring before the next one is read, the ring has one slot only:
 * one extent, or two for frames above 64 KiB.
 *
 * With poll=TIME nobody waits for epoll: a timer looks for frames, again and
 * again.  That is how many small systems do it, and is here to be measured
 * beside the other.
 *
 * With vnet=yes each frame has a header in front (struct virtio_net_hdr)
 * that says what netdev_offload_s says: then the host takes and gives
 * super-frames, and checksums that nobody has computed.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <nuttx/kmalloc.h>
#include <nuttx/sim.h>
#include <nuttx/wdog.h>
#include <nuttx/net/netdev.h>

#include "drivers.h"
#include "host_net.h"

#define TAP_TXDEPTH   64

/* So many batches of one frame, and the next ones are read without looking
 * for a second, every TAP_LONE-th excepted.
 */

#define TAP_LONE      8

/* struct virtio_net_hdr, in the byte order of the host */

#define VNET_NEEDS_CSUM 1
#define VNET_DATA_VALID 2
#define VNET_GSO_TCPV4  1
#define VNET_GSO_TCPV6  4
#define VNET_GSO_ECN    0x80

struct vnet_s
{
  uint8_t  flags;
  uint8_t  gso_type;
  uint16_t hdrlen;
  uint16_t gso_size;
  uint16_t csum_start;
  uint16_t csum_offset;
};

_Static_assert(sizeof(struct vnet_s) == HOST_TAP_VNETLEN, "vnet header");

struct tap_cfg_s
{
  char *name;
  char *ifname;
  uint64_t mtu;                      /* 0: what the host has */
  uint64_t burst;
  uint64_t vnet;
  uint64_t flat;
  uint64_t poll;                     /* ns between two looks; 0: events */
  uint8_t  mac[NETDEV_MACLEN];
};

struct tap_frame_s
{
  struct iob_s *iob;
  struct vnet_s vnet;
};

struct tap_s
{
  struct net_driver_s dev;
  struct tap_cfg_s cfg;
  char name[16];                     /* The host's name of it */
  bool vnet;
  struct sim_event_s event;
  struct wdog_s look;                /* Active with poll= while it is up */
  struct rxring_s ring;
  unsigned int lone;                 /* Batches of one frame, in a row */

  /* Frames for which the host has no room, oldest first */

  struct tap_frame_s wait[TAP_TXDEPTH];
  unsigned int head;
  unsigned int nwait;

  struct iob_iov_s iov[HOST_NET_MAXIOV];
};

/* The header in front ******************************************************/

static void vnet_make(struct vnet_s *vnet, const struct netdev_offload_s *off)
{
  memset(vnet, 0, sizeof(*vnet));
  if (off == NULL)
    {
      return;
    }

  if (off->flags & NETDEV_OFF_PARTIAL)
    {
      vnet->flags       = VNET_NEEDS_CSUM;
      vnet->csum_start  = off->csum_start;
      vnet->csum_offset = off->csum_offset;
    }

  if (off->flags & (NETDEV_OFF_TCPV4 | NETDEV_OFF_TCPV6))
    {
      vnet->gso_type = off->flags & NETDEV_OFF_TCPV4 ? VNET_GSO_TCPV4 :
                                                       VNET_GSO_TCPV6;
      vnet->gso_type |= off->flags & NETDEV_OFF_ECN ? VNET_GSO_ECN : 0;
      vnet->gso_size = off->gso_size;
      vnet->hdrlen   = off->hdrlen;
    }
}

/* False: what the header says can not be for this frame */

static bool vnet_read(const struct vnet_s *vnet, unsigned int len,
                      struct netdev_offload_s *off)
{
  uint8_t gso = vnet->gso_type & (uint8_t)~VNET_GSO_ECN;

  memset(off, 0, sizeof(*off));
  if (vnet->flags & VNET_NEEDS_CSUM)
    {
      off->flags       = NETDEV_OFF_PARTIAL;
      off->csum_start  = vnet->csum_start;
      off->csum_offset = vnet->csum_offset;
      if ((unsigned int)off->csum_start + off->csum_offset + 2 > len)
        {
          return false;
        }
    }
  else if (vnet->flags & VNET_DATA_VALID)
    {
      off->flags = NETDEV_OFF_VALID;
    }

  if (gso != 0)
    {
      off->flags   |= gso == VNET_GSO_TCPV4 ? NETDEV_OFF_TCPV4 :
                                              NETDEV_OFF_TCPV6;
      off->flags   |= vnet->gso_type & VNET_GSO_ECN ? NETDEV_OFF_ECN : 0;
      off->gso_size = vnet->gso_size;
      off->hdrlen   = vnet->hdrlen;
      if ((gso != VNET_GSO_TCPV4 && gso != VNET_GSO_TCPV6) ||
          off->gso_size == 0)
        {
          return false;
        }
    }

  return true;
}

/* What the host shall tell of, when no frame waits for room */

static unsigned int wanted(const struct tap_s *tap)
{
  return tap->cfg.poll > 0 ? 0 : SIM_IN;
}

/* Sending ******************************************************************/

/* Hand a frame to the host: 0 when it has it, or has refused it for good
 * (counted); -EAGAIN.
 */

static int write_frame(struct tap_s *tap, struct iob_s *iob,
                       struct vnet_s *vnet)
{
  struct netdev_stats_s *stats = &tap->dev.d_stats;
  int first = tap->vnet ? 1 : 0;
  struct iob_s *flat = NULL;
  ssize_t ret;
  int n;

  tap->iov[0].iov_base = vnet;
  tap->iov[0].iov_len  = sizeof(*vnet);
  n = iob_to_iov(iob, tap->iov + first, HOST_NET_MAXIOV - first);
  if (n < 0)
    {
      /* More pieces than the host takes: send a copy */

      flat = netdev_txalloc(&tap->dev, iob->io_pktlen, IOB_CLASS_TX);
      if (flat == NULL ||
          iob_clone_partial(iob, iob->io_pktlen, 0, flat, 0, true, false) < 0)
        {
          iob_free_chain(flat);
          stats->tx_drop_memory++;
          return 0;
        }

      n = iob_to_iov(flat, tap->iov + first, HOST_NET_MAXIOV - first);
    }

  ret = host_net_writev(tap->event.fd, tap->iov, n + first);
  iob_free_chain(flat);
  if (ret == -EAGAIN)
    {
      return -EAGAIN;
    }

  stats->tx_error += ret < 0;
  return 0;
}

static void tap_commit(struct net_driver_s *dev, struct iob_s *iob,
                       const struct netdev_offload_s *off)
{
  struct tap_s *tap = dev->d_private;
  struct vnet_s vnet;

  vnet_make(&vnet, off);
  if (tap->nwait == 0 && write_frame(tap, iob, &vnet) == 0)
    {
      netdev_txdone(dev, iob);
      return;
    }

  DEBUGASSERT(tap->nwait < TAP_TXDEPTH);
  tap->wait[(tap->head + tap->nwait) % TAP_TXDEPTH] = (struct tap_frame_s)
  {
    iob, vnet
  };

  if (tap->nwait++ == 0)
    {
      sim_event_mod(&tap->event, wanted(tap) | SIM_OUT);
    }
}

static struct iob_s *unwait(struct tap_s *tap)
{
  struct iob_s *iob = tap->wait[tap->head].iob;

  tap->head = (tap->head + 1) % TAP_TXDEPTH;
  tap->nwait--;
  return iob;
}

/* The host has room again */

static void tap_write(struct tap_s *tap)
{
  while (tap->nwait > 0 &&
         write_frame(tap, tap->wait[tap->head].iob,
                     &tap->wait[tap->head].vnet) == 0)
    {
      netdev_txdone(&tap->dev, unwait(tap));
    }

  if (tap->nwait == 0)
    {
      sim_event_mod(&tap->event, wanted(tap));
      netdev_txready(&tap->dev);
    }
}

static int tap_reserve(struct net_driver_s *dev)
{
  struct tap_s *tap = dev->d_private;

  return tap->nwait > 0 ? -EAGAIN : 0;
}

static bool tap_can_send(struct net_driver_s *dev)
{
  return tap_reserve(dev) == 0;
}

/* Receiving ****************************************************************/

/* Bytes that a frame may have, and one more, which shows that it was longer.
 * Room for a VLAN tag.
 */

static unsigned int slot_size(const struct tap_s *tap)
{
  return tap->dev.d_features & NETDEV_LRO ?
         NETDEV_MAXMTU + NETDEV_ETHHDRLEN + 4 + 1 :
         tap->dev.d_mtu + NETDEV_ETHHDRLEN + 4 + 1;
}

/* Read one frame: 1; 0 if there is none */

static int read_frame(struct tap_s *tap)
{
  struct netdev_stats_s *stats = &tap->dev.d_stats;
  struct netdev_offload_s off;
  struct vnet_s vnet;
  struct iob_iov_s iov[4];
  struct iob_s *iob;
  int first = tap->vnet ? 1 : 0;
  ssize_t len;
  int n;

  iov[0].iov_base = &vnet;
  iov[0].iov_len  = sizeof(vnet);
  n = rxring_iov(&tap->ring, 0, iov + first);
  DEBUGASSERT(n > 0);

  len = host_net_readv(tap->event.fd, iov, n + first);
  if (len < 0)
    {
      stats->rx_error += len != -EAGAIN;
      return 0;
    }

  len -= first ? (ssize_t)sizeof(vnet) : 0;
  if (len < NETDEV_ETHHDRLEN || len >= (ssize_t)slot_size(tap) ||
      (tap->vnet && !vnet_read(&vnet, (unsigned int)len, &off)))
    {
      stats->rx_drop_size++;
      return 1;
    }

  iob = rxring_take(&tap->ring, 0, (unsigned int)len);
  if (iob == NULL)
    {
      stats->rx_drop_memory++;
      return 1;
    }

  netdev_rx(&tap->dev, iob, tap->vnet ? &off : NULL);
  return 1;
}

static void tap_receive(struct tap_s *tap)
{
  unsigned int max = tap->dev.d_burst;
  unsigned int n;

  if (tap->lone >= TAP_LONE && tap->lone % TAP_LONE != 0 &&
      tap->cfg.poll == 0)
    {
      max = 1;
    }

  /* The upper layer may stop the device from inside netdev_rx() */

  for (n = 0; n < max && (tap->dev.d_flags & NETDEV_UP) != 0 &&
       read_frame(tap); n++)
    {
    }

  tap->lone = n == 1 ? tap->lone + 1 : 0;
  if (n > 0)
    {
      netdev_rxend(&tap->dev);
    }
}

static void tap_ready(void *arg, unsigned int events)
{
  struct tap_s *tap = arg;

  if (events & SIM_OUT)
    {
      tap_write(tap);
    }

  if (tap->cfg.poll == 0)
    {
      tap_receive(tap);
    }
}

/* The other way.  The next look is arranged first: what is received may stop
 * the device.
 */

static void tap_look(wdparm_t arg)
{
  struct tap_s *tap = (struct tap_s *)arg;

  wd_start_absns(&tap->look, clock_systime_ns() + tap->cfg.poll, tap_look,
                 arg);
  tap_receive(tap);
}

static bool tap_can_receive(struct net_driver_s *dev)
{
  struct tap_s *tap = dev->d_private;

  return rxring_ready(&tap->ring);
}

static void tap_recycle(struct net_driver_s *dev, struct iob_s *iob)
{
  struct tap_s *tap = dev->d_private;

  rxring_recycle(&tap->ring, iob);
}

static void tap_reclaim(struct net_driver_s *dev)
{
  struct tap_s *tap = dev->d_private;

  rxring_reclaim(&tap->ring);
}

/* Up and down **************************************************************/

static int tap_ifup(struct net_driver_s *dev)
{
  struct tap_s *tap = dev->d_private;
  int ret = rxring_init(&tap->ring, dev, 1, slot_size(tap));

  if (ret < 0)
    {
      return ret;
    }

  ret = sim_event_add(&tap->event, wanted(tap));
  if (ret < 0)
    {
      rxring_free(&tap->ring);
      return ret;
    }

  if (tap->cfg.poll > 0)
    {
      wd_start_absns(&tap->look, clock_systime_ns() + tap->cfg.poll,
                     tap_look, (wdparm_t)tap);
    }

  return 0;
}

static void tap_ifdown(struct net_driver_s *dev)
{
  struct tap_s *tap = dev->d_private;

  wd_cancel(&tap->look);
  sim_event_del(&tap->event);
  while (tap->nwait > 0)
    {
      dev->d_stats.tx_drop_down++;
      netdev_txdone(dev, unwait(tap));
    }

  rxring_free(&tap->ring);
}

static int tap_set_mtu(struct net_driver_s *dev)
{
  struct tap_s *tap = dev->d_private;
  struct rxring_s ring;
  bool up = (dev->d_flags & NETDEV_UP) != 0;
  int ret;

  if (up)
    {
      ret = rxring_init(&ring, dev, 1, slot_size(tap));
      if (ret < 0)
        {
          return ret;
        }
    }

  ret = host_tap_setmtu(tap->name, dev->d_mtu);
  if (up)
    {
      if (ret >= 0)
        {
          struct rxring_s old = tap->ring;

          tap->ring = ring;
          ring      = old;
        }

      rxring_free(&ring);
    }

  return ret;
}

static int tap_show(struct net_driver_s *dev, char *buf, size_t size)
{
  struct tap_s *tap = dev->d_private;

  return snprintf(buf, size, "  host interface %s%s: %u waiting\n",
                  tap->name, tap->vnet ? " vnet" : "", tap->nwait);
}

static void tap_destroy(struct net_driver_s *dev)
{
  struct tap_s *tap = dev->d_private;

  host_net_close(tap->event.fd);
  netdev_freecfg(&g_netdev_tap, &tap->cfg);
  kmm_free(tap);
}

static const struct netdev_ops_s g_tap_ops =
{
  .ifup        = tap_ifup,
  .ifdown      = tap_ifdown,
  .reserve     = tap_reserve,
  .commit      = tap_commit,
  .can_send    = tap_can_send,
  .can_receive = tap_can_receive,
  .recycle     = tap_recycle,
  .reclaim     = tap_reclaim,
  .set_mtu     = tap_set_mtu,
  .show        = tap_show,
  .destroy     = tap_destroy,
};

/* Making *******************************************************************/

/* What to do about an error of the host */

static const char *advice(const char *step, int error)
{
  switch (error)
    {
      case -EPERM:
      case -EACCES:
        return "; be root, use scripts/netlab, or have root run "
               "'ip tuntap add NAME mode tap user YOU'";
      case -ENOENT:
      case -ENODEV:
      case -ENXIO:
        return "; load the module 'tun' or pass the device into the "
               "container";
      case -EBUSY:
        return "; another process has it";
      case -EINVAL:
        return strstr(step, "attach") != NULL ?
               "; an interface of that name is no TAP, or was made with "
               "other flags" : "";
      default:
        return "";
    }
}

static int open_host(struct tap_s *tap)
{
  struct host_tap_s host;
  const char *step;
  int ret;

  memset(&host, 0, sizeof(host));
  host.vnet = tap->cfg.vnet != 0;
  host.mtu  = (unsigned int)tap->cfg.mtu;
  if (tap->cfg.name != NULL)
    {
      snprintf(host.name, sizeof(host.name), "%s", tap->cfg.name);
    }

  ret = host_tap_open(&host, &step);
  if (ret < 0)
    {
      netdev_fail("tap: %s%scan not %s: %s%s",
                  tap->cfg.name != NULL ? tap->cfg.name : "",
                  tap->cfg.name != NULL ? ": " : "", step, netdev_why(ret),
                  advice(step, ret));
      return ret;
    }

  memcpy(tap->name, host.name, sizeof(tap->name));
  tap->vnet            = host.vnet;
  tap->event.fd        = host.fd;
  tap->event.ready     = tap_ready;
  tap->event.arg       = tap;
  tap->dev.d_mtu       = host.mtu;
  tap->dev.d_features |= host.offload ?
    NETDEV_TXCSUM | NETDEV_RXCSUM | NETDEV_TSO | NETDEV_LRO : 0;
  return 0;
}

static struct net_driver_s *tap_create(void *cfg, struct net_driver_s *lower)
{
  struct tap_s *tap;
  struct net_driver_s *dev;

  (void)lower;
  if (sim_virtual())
    {
      return netdev_fail("tap: not under virtual time: the host does not "
                         "wait (use lockstep or loopback)");
    }

  if (((struct tap_cfg_s *)cfg)->flat && ((struct tap_cfg_s *)cfg)->vnet)
    {
      return netdev_fail("tap: flat=yes and vnet=yes: super-segments are in "
                         "pieces, choose one");
    }

  tap = kmm_zalloc(sizeof(*tap));
  if (tap == NULL)
    {
      return netdev_fail("tap: no memory");
    }

  dev = &tap->dev;
  memcpy(&tap->cfg, cfg, sizeof(tap->cfg));
  netdev_setup(dev, "tap", &g_tap_ops, tap);
  dev->d_features = tap->cfg.flat ? 0 : NETDEV_SG;
  dev->d_maxmtu   = HOST_TAP_MAXMTU;
  dev->d_burst    = (unsigned int)tap->cfg.burst;
  dev->d_txdepth  = TAP_TXDEPTH;
  dev->d_rxdepth  = 1;
  netdev_makemac(dev, tap->cfg.mac);

  if (open_host(tap) < 0)
    {
      kmm_free(tap);
      return NULL;
    }

  if (netdev_enlist(dev, tap->cfg.ifname != NULL ? tap->cfg.ifname :
                    "eth%d") < 0)
    {
      host_net_close(tap->event.fd);
      kmm_free(tap);
      return NULL;
    }

  return dev;
}

#define OFFSET(field) offsetof(struct tap_cfg_s, field)

static const struct netdev_key_s g_tap_keys[] =
{
  {
    "name", KEY_NAME, 0, OFFSET(name), 0, 0, NULL,
    "the host's interface; a fresh one if not given"
  },
  {
    "if", KEY_NAME, 0, OFFSET(ifname), 0, 0, NULL,
    "its name here; eth0, eth1, ... if not given"
  },
  {
    "mtu", KEY_UINT, 0, OFFSET(mtu), NETDEV_MINMTU, HOST_TAP_MAXMTU, NULL,
    "set on both sides; the host's if not given"
  },
  {
    "mac", KEY_MAC, 0, OFFSET(mac), 0, 0, NULL,
    "address of this side; made up if not given"
  },
  {
    "burst", KEY_UINT, 0, OFFSET(burst), 1, 65535, NULL,
    "frames read in one go; 128 if not given"
  },
  {
    "flat", KEY_FLAG, 0, OFFSET(flat), 0, 0, NULL,
    "take frames in one piece only"
  },
  {
    "vnet", KEY_FLAG, 0, OFFSET(vnet), 0, 0, NULL,
    "super-frames and open checksums (IFF_VNET_HDR)"
  },
  {
    "poll", KEY_TIME, 0, OFFSET(poll), 1000, 0, NULL,
    "look for frames so often, instead of waiting for them"
  },
  {
    NULL, KEY_UINT, 0, 0, 0, 0, NULL, NULL
  }
};

static const struct tap_cfg_s g_tap_defaults =
{
  .burst = 128,
};

const struct netdev_kind_s g_netdev_tap =
{
  "tap", "an Ethernet interface of the host",
  g_tap_keys, &g_tap_defaults, sizeof(struct tap_cfg_s), tap_create
};
