/* net/dgramq.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Datagrams on their way to a reader (UDP, raw and ping sockets): the packet,
 * where it came from, and what the reader may want to be told about it.
 *
 * A queue is charged by the memory that its packets keep from others, whole
 * extents and descriptors, not by their length: a thousand packets of one
 * byte cost what they cost.
 *
 * Errors that ICMP reported wait in the same kind of queue for a reader with
 * MSG_ERRQUEUE (IP_RECVERR).
 */

#ifndef __NET_DGRAMQ_H
#define __NET_DGRAMQ_H

#include <nuttx/config.h>

#include <nuttx/net/net.h>

#include "conn.h"
#include "net.h"

struct dgram_s
{
  struct dgram_s *next;
  struct iob_s *pkt;                 /* From the first byte that the user
                                      * reads; NULL: there is none */
  uint64_t stamp;                    /* net_realtime() then; 0: not asked */
  struct netaddr_s src;
  struct netaddr_s dst;              /* As in the packet; of an error: us */
  uint32_t charge;
  uint16_t sport;                    /* Host byte order; 0: no ports */
  uint16_t ifindex;
  uint8_t ttl;
  uint8_t tos;

  /* Errors only: src and sport are where the packet had been sent to */

  uint8_t err_origin;                /* SO_EE_ORIGIN_*; 0: not an error */
  uint8_t err_type;
  uint8_t err_code;
  int err_errno;                     /* Positive */
  uint32_t err_info;                 /* EMSGSIZE: the MTU */
  struct netaddr_s offender;
};

struct dgramq_s
{
  struct dgram_s *head;
  struct dgram_s *tail;
  uint32_t charged;                  /* Bytes of memory */
  uint32_t count;
  uint32_t drops;                    /* Not let in: full, or no memory */
};

/* Queue a packet whose first byte is the first that the user shall read.
 * Consumes it on every path; NULL is a packet of no bytes.  0; -ENOBUFS:
 * over conn->rcvbuf; -ENOMEM: the caller counts.  Does not tell the reader.
 */

int  dgramq_put(struct dgramq_s *q, const struct socket_conn_s *conn,
                struct iob_s *pkt, const struct net_rx_s *rx, uint16_t sport);

/* Room for a packet of this charge?  One always has room when the queue is
 * empty.
 */

bool dgramq_room(const struct dgramq_s *q, const struct socket_conn_s *conn,
                 unsigned int charge);

/* Hand the oldest to the user: bytes, name, ancillary data as the options of
 * conn say, msg->flags.  flags: MSG_PEEK MSG_TRUNC.  Returns the bytes copied
 * (with MSG_TRUNC the length of the datagram), or -EAGAIN.
 */

ssize_t dgramq_recv(struct dgramq_s *q, const struct socket_conn_s *conn,
                    struct sock_msg_s *msg, int flags);

/* Throw everything away */

void dgramq_flush(struct dgramq_s *q);

/* Length of the oldest: SIOCINQ; 0 if there is none */

unsigned int dgramq_next_len(const struct dgramq_s *q);

/* IP_RECVERR: remember what ICMP, or we, said about a packet of ours.
 * Charged to rcvbuf like datagrams; dropped and counted if there is no room.
 */

void dgramq_put_error(struct dgramq_s *q, const struct socket_conn_s *conn,
                      const struct icmp_error_s *err);

/* recvmsg(MSG_ERRQUEUE): as dgramq_recv(), with the IP_RECVERR message */

ssize_t dgramq_recv_error(struct dgramq_s *q,
                          const struct socket_conn_s *conn,
                          struct sock_msg_s *msg, int flags);

/* Append one ancillary message; sets MSG_CTRUNC in msg->flags if it does not
 * fit.  used: bytes of msg->control that are filled in so far.
 */

void dgram_cmsg_put(struct sock_msg_s *msg, size_t *used, int level, int type,
                    const void *data, size_t len);

/* Ancillary data of a send.  -EINVAL: malformed */

struct dgram_ctl_s
{
  bool has_ttl;
  bool has_tos;
  bool has_pktinfo;
  uint8_t ttl;
  uint8_t tos;
  unsigned int ifindex;              /* IP_PKTINFO; 0: not given */
  struct netaddr_s src;              /* IP_PKTINFO; any: not given */
};

int  dgram_ctl_get(const struct sock_msg_s *msg, struct dgram_ctl_s *ctl);

/* What sockets of datagrams have in common.  poll(): all but POLLOUT */

unsigned int dgram_poll(const struct socket_conn_s *conn,
                        const struct dgramq_s *rcvq,
                        const struct dgramq_s *errq);

/* recvmsg(): from the errors with MSG_ERRQUEUE; else an error that is pending
 * comes first, and at the end of what was shut down is 0.  copies, if not
 * NULL, counts the datagrams that were copied.
 */

ssize_t dgram_recvmsg(struct socket_conn_s *conn, struct dgramq_s *rcvq,
                      struct dgramq_s *errq, struct sock_msg_s *msg,
                      int flags, uint64_t *copies);

/* Also wakes who waits on an endpoint without peer, though that is an error
 * (-ENOTCONN), as on Linux: programs end their readers that way.
 */

int  dgram_shutdown(struct socket *psock, int how, bool connected);

/* FIONREAD, TIOCOUTQ (outq: bytes that wait to be sent); -ENOTTY */

int  dgram_ioctl(const struct dgramq_s *rcvq, uint32_t outq,
                 unsigned long cmd, unsigned long arg);

/* User's bytes into a new packet, with room for headers in front and what the
 * device wants: one extent if it can be had, else a chain of smaller ones.
 * The whole uio is copied.  sum, if not NULL, gets the checksum of the bytes
 * (not folded).  NULL: no memory, or it is for another, for whom "memory" has
 * to wait; then the uio is as it was.
 */

struct iob_s *dgram_build(struct net_memory_s *memory, struct net_uio_s *uio,
                          unsigned int headroom, uint32_t *sum);

/* dgram_build() found no memory: wait for it (memory.c).  False: there can
 * never be enough, do not.  Then, from run() of memory: is there enough now?
 * If not it waits again.
 */

bool dgram_wait(struct net_memory_s *memory, size_t len,
                unsigned int headroom);
bool dgram_again(struct net_memory_s *memory);

void dgramq_finalize(void);          /* Of conn_finalize() */

#endif /* __NET_DGRAMQ_H */
