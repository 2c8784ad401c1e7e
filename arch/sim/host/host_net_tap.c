/* arch/sim/host/host_net_tap.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * TAP interfaces of the host, and reading and writing frames.
 *
 * A TAP that exists is attached to, which its owner may do without being
 * root; one that does not is created, which needs CAP_NET_ADMIN, and
 * vanishes when it is closed.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "host_net.h"

/* An entry of ours is one of the host's */

_Static_assert(sizeof(struct iob_iov_s) == sizeof(struct iovec) &&
               offsetof(struct iob_iov_s, iov_base) ==
               offsetof(struct iovec, iov_base) &&
               offsetof(struct iob_iov_s, iov_len) ==
               offsetof(struct iovec, iov_len), "iob_iov_s is no iovec");

void host_net_close(int fd)
{
  close(fd);
}

ssize_t host_net_readv(int fd, const struct iob_iov_s *iov, int n)
{
  ssize_t ret = n == 1 ? read(fd, iov->iov_base, iov->iov_len) :
                         readv(fd, (const struct iovec *)iov, n);

  return ret < 0 ? -errno : ret;
}

ssize_t host_net_writev(int fd, const struct iob_iov_s *iov, int n)
{
  ssize_t ret = n == 1 ? write(fd, iov->iov_base, iov->iov_len) :
                         writev(fd, (const struct iovec *)iov, n);

  return ret < 0 ? -errno : ret;
}

/* An ioctl on an interface, for which the host wants any socket */

static int if_ioctl(unsigned long request, struct ifreq *ifr)
{
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int ret;

  if (fd < 0)
    {
      return -errno;
    }

  ret = ioctl(fd, request, ifr) < 0 ? -errno : 0;
  close(fd);
  return ret;
}

static int get_mtu(const char *name, unsigned int *mtu)
{
  struct ifreq ifr;
  int ret;

  memset(&ifr, 0, sizeof(ifr));
  memcpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
  ret  = if_ioctl(SIOCGIFMTU, &ifr);
  *mtu = (unsigned int)ifr.ifr_mtu;
  return ret;
}

int host_tap_setmtu(const char *name, unsigned int mtu)
{
  struct ifreq ifr;
  unsigned int old;
  int ret = get_mtu(name, &old);

  if (ret < 0 || old == mtu)
    {
      return ret;
    }

  memset(&ifr, 0, sizeof(ifr));
  memcpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
  ifr.ifr_mtu = (int)mtu;
  return if_ioctl(SIOCSIFMTU, &ifr);
}

static int attach(struct host_tap_s *tap, const char **step)
{
  struct ifreq ifr;
  int vnetlen = HOST_TAP_VNETLEN;

  memset(&ifr, 0, sizeof(ifr));
  memcpy(ifr.ifr_name, tap->name, sizeof(ifr.ifr_name) - 1);
  ifr.ifr_flags = (short)(IFF_TAP | IFF_NO_PI |
                          (tap->vnet ? IFF_VNET_HDR : 0));

  *step = "attach to the interface";
  if (ioctl(tap->fd, TUNSETIFF, &ifr) < 0)
    {
      return -errno;
    }

  memcpy(tap->name, ifr.ifr_name, sizeof(tap->name));
  if (tap->vnet)
    {
      *step = "set the size of its header";
      if (ioctl(tap->fd, TUNSETVNETHDRSZ, &vnetlen) < 0)
        {
          return -errno;
        }
    }

  /* An interface that stays remembers what the last one who had it could
   * do: without "vnet" the host must not send super-frames any more.
   */

  tap->offload = ioctl(tap->fd, TUNSETOFFLOAD,
                       tap->vnet ? TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 :
                                   0) == 0 && tap->vnet;

  if (tap->mtu != 0)
    {
      int ret = host_tap_setmtu(tap->name, tap->mtu);

      *step = "set the MTU of the interface";
      if (ret < 0)
        {
          return ret;
        }
    }

  *step = "read the MTU of the interface";
  return get_mtu(tap->name, &tap->mtu);
}

int host_tap_open(struct host_tap_s *tap, const char **step)
{
  int ret;

  *step   = "open /dev/net/tun";
  tap->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tap->fd < 0)
    {
      return -errno;
    }

  ret = attach(tap, step);
  if (ret < 0)
    {
      close(tap->fd);
    }

  return ret;
}
