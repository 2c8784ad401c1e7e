/* include/nuttx/net/net.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Sockets inside the kernel: psock_ calls on a struct socket, and what a
 * protocol supplies for them.
 *
 *   descriptor -> struct file -> struct socket -> struct socket_conn_s
 *                 (fs)           (net/socket.c)   (net/tcp*.c, net/udp.c)
 *
 * The protocol never waits: its si_ functions answer -EAGAIN (or
 * -EINPROGRESS), and it calls sock_event() when something changed.  All
 * waiting, time-outs and poll are in net/socket.c and net/sock_wait.c.
 *
 * psock_ calls return >= 0 or a negative errno, and may wait; with
 * MSG_DONTWAIT (or O_NONBLOCK in the file, which the nx_ layer turns into
 * it) they do not.
 */

#ifndef __INCLUDE_NUTTX_NET_NET_H
#define __INCLUDE_NUTTX_NET_NET_H

#include <nuttx/config.h>

#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nuttx/compiler.h>
#include <nuttx/fs/fs.h>

/* Linux' number, which the host's header shows to GNU programs only */

#ifndef POLLRDHUP
#  define POLLRDHUP 0x2000
#endif

struct iob_s;
struct socket;
struct socket_conn_s;
struct sock_wait_s;

/* The user's memory, walked once from front to back */

struct net_uio_s
{
  const struct iovec *iov;
  int iovcnt;                        /* Left */
  size_t offset;                     /* Used of iov[0] */
  size_t resid;                      /* Bytes left in all */
};

/* -EINVAL: more than SSIZE_MAX in all, or iovcnt out of range */

int net_uio_init(struct net_uio_s *uio, const struct iovec *iov, int iovcnt);

/* The contiguous piece at the front: its address and length (0 at the end) */

void *net_uio_piece(const struct net_uio_s *uio, size_t *len);
void net_uio_advance(struct net_uio_s *uio, size_t len);

/* Copy "len" (at most resid) bytes from the user and add them up (see
 * net_csum_copy()); or to the user, from a packet.
 */

uint32_t net_uio_get_csum(struct net_uio_s *uio, void *dst, size_t len);
void net_uio_put(struct net_uio_s *uio, const void *src, size_t len);
void net_uio_put_iob(struct net_uio_s *uio, const struct iob_s *iob,
                     unsigned int offset, size_t len);

/* One sendmsg() or recvmsg() on its way through the layers */

struct sock_msg_s
{
  struct net_uio_s uio;
  struct sockaddr_storage *name;     /* Send: to; receive: filled in; NULL */
  socklen_t namelen;
  void *control;                     /* Ancillary data, NULL: none */
  size_t controllen;                 /* Receive: in its size, out used */
  int flags;                         /* Receive: out, msg_flags */
};

/* What a protocol supplies.  All but setup and close may be NULL
 * (-EOPNOTSUPP).  None waits.
 */

struct sock_intf_s
{
  /* Give the socket a connection (s_conn).  0, -ENOMEM */

  int (*si_setup)(struct socket *psock);

  /* The user lets go.  psock is gone afterwards; the connection may live on
   * by itself (FIN, linger).  linger: -1: none; else seconds, 0 aborts.
   */

  void (*si_close)(struct socket *psock);

  int (*si_bind)(struct socket *psock, const struct sockaddr *addr,
                 socklen_t len);
  int (*si_getsockname)(struct socket *psock, struct sockaddr_storage *addr,
                        socklen_t *len);
  int (*si_getpeername)(struct socket *psock, struct sockaddr_storage *addr,
                        socklen_t *len);
  int (*si_listen)(struct socket *psock, int backlog);

  /* 0: connected; -EINPROGRESS: POLLOUT (or an error) tells the end;
   * -EALREADY, -EISCONN ...
   */

  int (*si_connect)(struct socket *psock, const struct sockaddr *addr,
                    socklen_t len);

  /* Hand over the oldest connection: fills in newsock, which is zero but for
   * domain, type, protocol.  -EAGAIN: none
   */

  int (*si_accept)(struct socket *psock, struct socket *newsock);

  /* Bytes taken (a stream may take a part) or an error.  The uio is advanced
   * by what was taken.
   */

  ssize_t (*si_sendmsg)(struct socket *psock, struct sock_msg_s *msg,
                        int flags);
  ssize_t (*si_recvmsg)(struct socket *psock, struct sock_msg_s *msg,
                        int flags);

  /* What is true now: POLLIN POLLOUT POLLRDHUP POLLHUP POLLERR POLLPRI */

  unsigned int (*si_poll)(struct socket *psock);

  int (*si_shutdown)(struct socket *psock, int how);
  int (*si_ioctl)(struct socket *psock, unsigned long cmd,
                  unsigned long arg);

  /* Options of the protocol and of IP (ip_setsockopt() does those).
   * -ENOPROTOOPT: not known.
   */

  int (*si_getsockopt)(struct socket *psock, int level, int option,
                       void *value, socklen_t *len);
  int (*si_setsockopt)(struct socket *psock, int level, int option,
                       const void *value, socklen_t len);

  /* SO_RCVBUF etc. changed in the conn: NULL, or told here */

  void (*si_buffers)(struct socket *psock);

  /* close() with SO_LINGER and a time: begin to close, if that was not done
   * yet.  True while something is to be acknowledged that close() waits for:
   * sock_event() tells when to ask again.  May be NULL.
   */

  bool (*si_linger)(struct socket *psock);
};

/* One open socket.  Owned by its file; freed by the last close.  32 waiting
 * tasks or one, each is woken exactly when what it waits for is true.
 */

struct socket
{
  const struct sock_intf_s *s_sockif;
  struct socket_conn_s *s_conn;
  struct polllist_s s_poll;          /* poll, select, epoll */
  struct sock_wait_s *s_waiters;     /* Tasks inside a call */
  uint64_t s_rcvtimeo;               /* ns; 0: for ever */
  uint64_t s_sndtimeo;
  int s_linger;                      /* Seconds; -1: off */
  int s_rcvlowat;                    /* SO_RCVLOWAT, at least 1: si_poll of
                                      * a stream says POLLIN from there on */
  uint8_t s_domain;
  uint8_t s_type;                    /* SOCK_STREAM ... */
  uint8_t s_proto;                   /* IPPROTO_*, never 0 */
  uint8_t s_flags;                   /* Private to socket.c */
};

/* From a protocol: these events (POLLIN...) have become true.  May be called
 * from anywhere, interrupts included; psock may be NULL.  Harmless with
 * nobody waiting.  One waiting task is woken for each direction, and passes
 * it on when si_poll says that there is more.  A call that was answered
 * -EAGAIN is tried again only after an event of its direction: there must be
 * one whenever it might do better.
 */

void sock_event(struct socket *psock, unsigned int events);

int  psock_socket(int domain, int type, int protocol, struct socket **psock);
int  psock_close(struct socket *psock);
int  psock_bind(struct socket *psock, const struct sockaddr *addr,
                socklen_t len);
int  psock_listen(struct socket *psock, int backlog);
int  psock_connect(struct socket *psock, const struct sockaddr *addr,
                   socklen_t len, int flags);
int  psock_accept(struct socket *psock, struct sockaddr *addr,
                  socklen_t *len, struct socket **newsock, int flags);
ssize_t psock_sendmsg(struct socket *psock, const struct msghdr *msg,
                      int flags);
ssize_t psock_recvmsg(struct socket *psock, struct msghdr *msg, int flags);
ssize_t psock_sendto(struct socket *psock, const void *buf, size_t len,
                     int flags, const struct sockaddr *to, socklen_t tolen);
ssize_t psock_recvfrom(struct socket *psock, void *buf, size_t len,
                       int flags, struct sockaddr *from, socklen_t *fromlen);
int  psock_shutdown(struct socket *psock, int how);
int  psock_getsockopt(struct socket *psock, int level, int option,
                      void *value, socklen_t *len);
int  psock_setsockopt(struct socket *psock, int level, int option,
                      const void *value, socklen_t len);
int  psock_getsockname(struct socket *psock, struct sockaddr *addr,
                       socklen_t *len);
int  psock_getpeername(struct socket *psock, struct sockaddr *addr,
                       socklen_t *len);
int  psock_ioctl(struct socket *psock, unsigned long cmd, unsigned long arg);

/* SIOC* requests that need no socket of a protocol: interfaces, routes, ARP.
 * arg is a pointer as Linux' headers have it.  -ENOTTY: unknown.
 */

int  netdev_ioctl(unsigned long cmd, unsigned long arg);

/* Descriptors of the calling group: libs/posix sits on these */

int  nx_socket(int domain, int type, int protocol);
int  nx_socketpair(int domain, int type, int protocol, int fd[2]);
int  nx_bind(int fd, const struct sockaddr *addr, socklen_t len);
int  nx_listen(int fd, int backlog);
int  nx_connect(int fd, const struct sockaddr *addr, socklen_t len);
int  nx_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags);
ssize_t nx_sendmsg(int fd, const struct msghdr *msg, int flags);
ssize_t nx_recvmsg(int fd, struct msghdr *msg, int flags);
ssize_t nx_sendto(int fd, const void *buf, size_t len, int flags,
                  const struct sockaddr *to, socklen_t tolen);
ssize_t nx_recvfrom(int fd, void *buf, size_t len, int flags,
                    struct sockaddr *from, socklen_t *fromlen);

/* Several at once: how many were sent or received, or the error of the first.
 * deadline in clock_systime_ns() is looked at between two, as on Linux.
 */

struct mmsghdr;

int  nx_sendmmsg(int fd, struct mmsghdr *msgs, unsigned int n, int flags);
int  nx_recvmmsg(int fd, struct mmsghdr *msgs, unsigned int n, int flags,
                 uint64_t deadline);
int  nx_shutdown(int fd, int how);
int  nx_getsockopt(int fd, int level, int option, void *value,
                   socklen_t *len);
int  nx_setsockopt(int fd, int level, int option, const void *value,
                   socklen_t len);
int  nx_getsockname(int fd, struct sockaddr *addr, socklen_t *len);
int  nx_getpeername(int fd, struct sockaddr *addr, socklen_t *len);

/* The stack as part of the kernel (net/net_kernel.c): in bringup, after the
 * devices were made.  Attaches to all of them and makes a loopback device
 * "lo" if there is none.  Zero or a negated errno.
 */

int  net_kernel_initialize(void);

#endif /* __INCLUDE_NUTTX_NET_NET_H */
