/* arch/sim/host/host_net.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the network devices ask of the host.  Everything returns a negated
 * errno when it fails.  Nothing blocks, but for the functions of lock-step;
 * descriptors are closed with host_net_close().
 */

#ifndef __ARCH_SIM_HOST_HOST_NET_H
#define __ARCH_SIM_HOST_HOST_NET_H

#include <nuttx/config.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <nuttx/mm/iob.h>

#define HOST_NET_MAXIOV   1024       /* What one call takes */
#define HOST_TAP_MAXMTU   65521      /* The host's limit for a TAP */
#define HOST_TAP_VNETLEN  10         /* struct virtio_net_hdr */

void host_net_close(int fd);

/* Scatter and gather.  -EAGAIN: not now.  Reading returns the bytes stored: a
 * longer frame is cut.
 */

ssize_t host_net_readv(int fd, const struct iob_iov_s *iov, int n);
ssize_t host_net_writev(int fd, const struct iob_iov_s *iov, int n);

/* TAP **********************************************************************/

struct host_tap_s
{
  int fd;
  char name[16];                     /* In: wanted, or ""; out: its name */
  bool vnet;                         /* In: IFF_VNET_HDR */
  bool offload;                      /* Out: the host takes and gives super-
                                      * frames and open checksums */
  unsigned int mtu;                  /* In: to set, 0: keep; out: as it is */
};

/* Open a TAP, creating it if there is none of that name.  "step" says what
 * failed, in words that fit after "can not".
 */

int host_tap_open(struct host_tap_s *tap, const char **step);

/* Change its MTU on the host's side */

int host_tap_setmtu(const char *name, unsigned int mtu);

/* Links ********************************************************************/

/* A datagram socket.  Addresses: the path of a Unix socket, or a port on
 * 127.0.0.1.  A path that another socket left behind is taken over; one
 * that is in use is -EADDRINUSE.
 */

int host_link_open(const char *path, unsigned int port);

/* Send to those who are there from now on.  -ENOENT, -ECONNREFUSED: nobody.
 */

int host_link_connect(int fd, const char *path, unsigned int port);
void host_link_unlink(const char *path);

/* Receive up to n frames, each in "per" entries of iov; len[i] says how long
 * each is.  Returns how many; -EAGAIN.
 */

int host_link_recv(int fd, const struct iob_iov_s *iov, int per,
                   unsigned int *len, int n);

/* Lock-step ****************************************************************/

/* Messages between two kernels, in order, each whole.  Two that know a name
 * meet: whoever comes first waits.  -ETIMEDOUT: for nobody.
 */

int host_lockstep_meet(const char *name, unsigned int wait_ms);

/* Send a number of messages and receive until done() has seen the last one
 * of the peer, both at the same time so that neither fills up.  next() gives
 * the next message, or NULL; done() returns true for the last.  0; -EPIPE:
 * the peer is gone.
 */

struct host_exchange_s
{
  const void *(*next)(void *arg, size_t *len);
  bool (*done)(void *arg, const void *data, size_t len);
  void *arg;
  void *buf;                         /* For one message of the peer */
  size_t size;
};

int host_lockstep_exchange(int fd, const struct host_exchange_s *x);

/* Make a descriptor that was inherited fit for this; -ENOTSOCK, ... */

int host_lockstep_adopt(int fd);

/* Files ********************************************************************/

int host_net_create(const char *path);
int host_net_write(int fd, const void *data, size_t len);

#endif /* __ARCH_SIM_HOST_HOST_NET_H */
