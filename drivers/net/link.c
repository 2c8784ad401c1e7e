/* drivers/net/link.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * A cable to another kernel on the same machine, which needs no privilege:
 * each frame is a datagram, between two Unix sockets or two UDP ports on
 * 127.0.0.1.
 *
 *      link,path=/tmp/a,peer=/tmp/b        link,path=/tmp/b,peer=/tmp/a
 *      link,port=5001,peerport=5002        link,port=5002,peerport=5001
 *
 * Frames for a peer that is not there are lost and counted, as on a cable
 * whose other end hangs loose.  A peer may come, go and come back.
 *
 * A batch of frames is received with one system call, for which the ring
 * has burst= slots.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <nuttx/kmalloc.h>
#include <nuttx/sim.h>
#include <nuttx/net/netdev.h>

#include "drivers.h"
#include "host_net.h"

#define LINK_TXDEPTH  64
#define LINK_MAXIOV   64
#define LINK_MAXBURST 64
#define LINK_MAXUDP   (65507 - NETDEV_ETHHDRLEN)

struct link_cfg_s
{
  char *path;
  char *peer;
  char *ifname;
  uint64_t port;
  uint64_t peerport;
  uint64_t mtu;
  uint64_t burst;
  uint64_t flat;
  uint8_t  mac[NETDEV_MACLEN];
};

struct link_counts_s
{
  uint64_t no_peer;
};

static const struct netdev_counter_s g_link_counters[] =
{
  {"tx_drop_no_peer", offsetof(struct link_counts_s, no_peer)}, {NULL, 0}
};

struct link_s
{
  struct net_driver_s dev;
  struct link_cfg_s cfg;
  struct link_counts_s counts;
  struct sim_event_s event;
  bool connected;
  struct rxring_s ring;
  struct iob_s *wait[LINK_TXDEPTH];  /* The host has no room for these */
  unsigned int head;
  unsigned int nwait;
};

/* Sending ******************************************************************/

static bool nobody(ssize_t error)
{
  return error == -ECONNREFUSED || error == -ENOENT || error == -ENOTCONN ||
         error == -EDESTADDRREQ || error == -EPERM || error == -ECONNRESET;
}

static ssize_t write_once(struct link_s *link, const struct iob_iov_s *iov,
                          int n)
{
  int ret;

  if (!link->connected)
    {
      ret = host_link_connect(link->event.fd, link->cfg.peer,
                              (unsigned int)link->cfg.peerport);
      if (ret < 0)
        {
          return ret;
        }

      link->connected = true;
    }

  return host_net_writev(link->event.fd, iov, n);
}

/* Hand a frame to the host: 0 when it has it, or it is lost (counted);
 * -EAGAIN.
 */

static int write_frame(struct link_s *link, struct iob_s *iob)
{
  struct netdev_stats_s *stats = &link->dev.d_stats;
  struct iob_iov_s iov[LINK_MAXIOV];
  int n = iob_to_iov(iob, iov, LINK_MAXIOV);
  struct iob_s *flat = NULL;
  ssize_t ret;

  if (n < 0)
    {
      flat = netdev_txalloc(&link->dev, iob->io_pktlen, IOB_CLASS_TX);
      if (flat == NULL ||
          iob_clone_partial(iob, iob->io_pktlen, 0, flat, 0, true, false) < 0)
        {
          iob_free_chain(flat);
          stats->tx_drop_memory++;
          return 0;
        }

      n = iob_to_iov(flat, iov, LINK_MAXIOV);
    }

  ret = write_once(link, iov, n);
  if (nobody(ret) && link->connected)
    {
      /* Not about this frame: the host reports what became of an earlier
       * one (UDP), or that the peer of that time has gone.
       */

      link->counts.no_peer += link->cfg.path == NULL;
      link->connected = false;
      ret = write_once(link, iov, n);
    }

  iob_free_chain(flat);
  if (ret == -EAGAIN)
    {
      return -EAGAIN;
    }

  if (nobody(ret))
    {
      link->connected = false;
      link->counts.no_peer++;
    }
  else
    {
      stats->tx_error += ret < 0;
    }

  return 0;
}

static void link_commit(struct net_driver_s *dev, struct iob_s *iob,
                        const struct netdev_offload_s *off)
{
  struct link_s *link = dev->d_private;

  (void)off;
  if (link->nwait == 0 && write_frame(link, iob) == 0)
    {
      netdev_txdone(dev, iob);
      return;
    }

  DEBUGASSERT(link->nwait < LINK_TXDEPTH);
  link->wait[(link->head + link->nwait) % LINK_TXDEPTH] = iob;
  if (link->nwait++ == 0)
    {
      sim_event_mod(&link->event, SIM_IN | SIM_OUT);
    }
}

static struct iob_s *unwait(struct link_s *link)
{
  struct iob_s *iob = link->wait[link->head];

  link->head = (link->head + 1) % LINK_TXDEPTH;
  link->nwait--;
  return iob;
}

static void link_write(struct link_s *link)
{
  while (link->nwait > 0 && write_frame(link, link->wait[link->head]) == 0)
    {
      netdev_txdone(&link->dev, unwait(link));
    }

  if (link->nwait == 0)
    {
      sim_event_mod(&link->event, SIM_IN);
      netdev_txready(&link->dev);
    }
}

static int link_reserve(struct net_driver_s *dev)
{
  struct link_s *link = dev->d_private;

  return link->nwait > 0 ? -EAGAIN : 0;
}

static bool link_can_send(struct net_driver_s *dev)
{
  return link_reserve(dev) == 0;
}

/* Receiving ****************************************************************/

/* One byte more than a frame may have, which shows that it was longer */

static unsigned int slot_size(const struct link_s *link)
{
  return netdev_framesize(&link->dev) + 1;
}

/* Take the frames of one batch out of the ring.  The upper layer may stop
 * the device meanwhile.
 */

static void take_batch(struct link_s *link, const unsigned int *len, int n)
{
  struct netdev_stats_s *stats = &link->dev.d_stats;
  int i;

  for (i = 0; i < n && (link->dev.d_flags & NETDEV_UP) != 0; i++)
    {
      struct iob_s *iob;

      if (len[i] < NETDEV_ETHHDRLEN || len[i] >= slot_size(link))
        {
          stats->rx_drop_size++;
          continue;
        }

      iob = rxring_take(&link->ring, (unsigned int)i, len[i]);
      if (iob == NULL)
        {
          stats->rx_drop_memory++;
          continue;
        }

      netdev_rx(&link->dev, iob, NULL);
    }

  netdev_rxend(&link->dev);
}

static void link_read(struct link_s *link)
{
  struct iob_iov_s iov[LINK_MAXBURST * 2];
  unsigned int len[LINK_MAXBURST];
  unsigned int slot;
  int n;

  for (slot = 0; slot < link->ring.nslots &&
       rxring_iov(&link->ring, slot, iov + slot * link->ring.per) > 0; slot++)
    {
    }

  n = host_link_recv(link->event.fd, iov, (int)link->ring.per, len,
                     (int)slot);
  if (n > 0)
    {
      take_batch(link, len, n);
    }
  else if (n < 0 && n != -EAGAIN && !nobody(n))
    {
      link->dev.d_stats.rx_error++;
    }
}

static void link_ready(void *arg, unsigned int events)
{
  struct link_s *link = arg;

  if (events & SIM_OUT)
    {
      link_write(link);
    }

  if ((link->dev.d_flags & NETDEV_UP) != 0 && (events & ~SIM_OUT) != 0)
    {
      link_read(link);
    }
}

static bool link_can_receive(struct net_driver_s *dev)
{
  struct link_s *link = dev->d_private;

  return rxring_ready(&link->ring);
}

static void link_recycle(struct net_driver_s *dev, struct iob_s *iob)
{
  struct link_s *link = dev->d_private;

  rxring_recycle(&link->ring, iob);
}

static void link_reclaim(struct net_driver_s *dev)
{
  struct link_s *link = dev->d_private;

  rxring_reclaim(&link->ring);
}

/* Up and down **************************************************************/

static int link_ifup(struct net_driver_s *dev)
{
  struct link_s *link = dev->d_private;
  int ret = rxring_init(&link->ring, dev, dev->d_burst, slot_size(link));

  if (ret < 0)
    {
      return ret;
    }

  ret = sim_event_add(&link->event, SIM_IN);
  if (ret < 0)
    {
      rxring_free(&link->ring);
    }

  return ret;
}

static void link_ifdown(struct net_driver_s *dev)
{
  struct link_s *link = dev->d_private;

  sim_event_del(&link->event);
  while (link->nwait > 0)
    {
      dev->d_stats.tx_drop_down++;
      netdev_txdone(dev, unwait(link));
    }

  rxring_free(&link->ring);
}

static int link_set_mtu(struct net_driver_s *dev)
{
  struct link_s *link = dev->d_private;
  struct rxring_s ring;
  int ret;

  if ((dev->d_flags & NETDEV_UP) == 0)
    {
      return 0;
    }

  ret = rxring_init(&ring, dev, dev->d_burst, slot_size(link));
  if (ret == 0)
    {
      rxring_free(&link->ring);
      link->ring = ring;
    }

  return ret;
}

static void link_destroy(struct net_driver_s *dev)
{
  struct link_s *link = dev->d_private;

  host_net_close(link->event.fd);
  if (link->cfg.path != NULL)
    {
      host_link_unlink(link->cfg.path);
    }

  netdev_freecfg(&g_netdev_link, &link->cfg);
  kmm_free(link);
}

static const struct netdev_ops_s g_link_ops =
{
  .ifup        = link_ifup,
  .ifdown      = link_ifdown,
  .reserve     = link_reserve,
  .commit      = link_commit,
  .can_send    = link_can_send,
  .can_receive = link_can_receive,
  .recycle     = link_recycle,
  .reclaim     = link_reclaim,
  .set_mtu     = link_set_mtu,
  .destroy     = link_destroy,
};

/* Making *******************************************************************/

static bool check_cfg(const struct link_cfg_s *cfg)
{
  bool is_unix = cfg->path != NULL && cfg->peer != NULL;
  bool is_udp = cfg->port != 0 && cfg->peerport != 0;
  int given = (cfg->path != NULL) + (cfg->peer != NULL) + (cfg->port != 0) +
              (cfg->peerport != 0);

  if (given != 2 || is_unix == is_udp)
    {
      netdev_fail("link: needs path= and peer=, or port= and peerport=");
      return false;
    }

  if (is_udp && cfg->mtu > LINK_MAXUDP)
    {
      netdev_fail("link: mtu=%llu: must be %d to %d between ports",
                  (unsigned long long)cfg->mtu, NETDEV_MINMTU, LINK_MAXUDP);
      return false;
    }

  return true;
}

static struct net_driver_s *link_create(void *arg,
                                        struct net_driver_s *lower)
{
  struct link_cfg_s *cfg = arg;
  struct net_driver_s *dev;
  struct link_s *link;
  int fd;

  (void)lower;
  if (!check_cfg(cfg))
    {
      return NULL;
    }

  if (sim_virtual())
    {
      return netdev_fail("link: not under virtual time: the peer does not "
                         "wait (use lockstep)");
    }

  fd = host_link_open(cfg->path, (unsigned int)cfg->port);
  if (fd < 0)
    {
      return cfg->path != NULL ?
        netdev_fail("link: path=%s: %s", cfg->path, netdev_why(fd)) :
        netdev_fail("link: port=%llu: %s", (unsigned long long)cfg->port,
                    netdev_why(fd));
    }

  link = kmm_zalloc(sizeof(*link));
  if (link == NULL)
    {
      host_net_close(fd);
      return netdev_fail("link: no memory");
    }

  dev               = &link->dev;
  link->cfg         = *cfg;
  link->event.fd    = fd;
  link->event.ready = link_ready;
  link->event.arg   = link;
  netdev_setup(dev, "link", &g_link_ops, link);
  dev->d_features   = cfg->flat ? 0 : NETDEV_SG;
  dev->d_mtu        = (unsigned int)cfg->mtu;
  dev->d_maxmtu     = cfg->path != NULL ? NETDEV_MAXMTU : LINK_MAXUDP;
  dev->d_burst      = (unsigned int)cfg->burst;
  dev->d_rxdepth    = (unsigned int)cfg->burst;
  dev->d_txdepth    = LINK_TXDEPTH;
  dev->d_counters   = g_link_counters;
  dev->d_counts     = &link->counts;
  netdev_makemac(dev, cfg->mac);
  if (netdev_enlist(dev, cfg->ifname != NULL ? cfg->ifname : "eth%d") < 0)
    {
      memset(&link->cfg, 0, sizeof(link->cfg));
      link_destroy(dev);
      if (cfg->path != NULL)
        {
          host_link_unlink(cfg->path);
        }

      return NULL;
    }

  return dev;
}

#define OFFSET(field) offsetof(struct link_cfg_s, field)

static const struct netdev_key_s g_link_keys[] =
{
  {
    "path", KEY_PATH, 0, OFFSET(path), 0, 0, NULL, "our Unix socket"
  },
  {
    "peer", KEY_PATH, 0, OFFSET(peer), 0, 0, NULL, "the other one's"
  },
  {
    "port", KEY_UINT, 0, OFFSET(port), 1, 65535, NULL,
    "our UDP port on 127.0.0.1, instead"
  },
  {
    "peerport", KEY_UINT, 0, OFFSET(peerport), 1, 65535, NULL,
    "the other one's"
  },
  {
    "if", KEY_NAME, 0, OFFSET(ifname), 0, 0, NULL,
    "its name here; eth0, eth1, ... if not given"
  },
  {
    "mtu", KEY_UINT, 0, OFFSET(mtu), NETDEV_MINMTU, NETDEV_MAXMTU, NULL,
    "1500 if not given"
  },
  {
    "mac", KEY_MAC, 0, OFFSET(mac), 0, 0, NULL,
    "address of this side; made up if not given"
  },
  {
    "flat", KEY_FLAG, 0, OFFSET(flat), 0, 0, NULL,
    "take frames in one piece only"
  },
  {
    "burst", KEY_UINT, 0, OFFSET(burst), 1, LINK_MAXBURST, NULL,
    "frames received in one go; 16 if not given"
  },
  {
    NULL, KEY_UINT, 0, 0, 0, 0, NULL, NULL
  }
};

static const struct link_cfg_s g_link_defaults =
{
  .mtu   = 1500,
  .burst = 16,
};

const struct netdev_kind_s g_netdev_link =
{
  "link", "a cable to another kernel on this machine",
  g_link_keys, &g_link_defaults, sizeof(struct link_cfg_s), link_create
};
