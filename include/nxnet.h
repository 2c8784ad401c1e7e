/* include/nxnet.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * libnxnet: the network stack of this kernel as a library.
 *
 * A node is a host with a stack of its own: interfaces, addresses, routes,
 * sockets, a pool of buffers, a clock and a source of random numbers.  It has
 * no threads, reads no clock and makes no system call: it does something only
 * inside the calls below, as long as they last.  A frame that it sends is a
 * call of yours; a frame that it receives, a socket call and the passing of
 * time are calls of its.  So a run is the same each time it is made with the
 * same seed and the same calls.
 *
 *      your sockets            nxnet_socket() nxnet_send() ...
 *      ----------------------------------------------------- node
 *      your time               nxnet_next() nxnet_advance()
 *      your wire               output()  nxnet_input()
 *
 * libnxnet.a has room for one node at a time.  libnxnet.so makes any number
 * of them: each is a private copy of the library, in memory, because the
 * stack has one set of global variables.  Nodes know nothing of each other.
 *
 * Every function returns zero or more, or a negative errno; nothing waits
 * (-EAGAIN, -EINPROGRESS), and errno is left alone.  The names and structures
 * of sockets are those of the C library, whose own sockets stay what they
 * are.  A node is for one thread at a time, and is not to be entered again
 * from one of its callbacks: those may call other nodes.
 */

#ifndef __INCLUDE_NXNET_H
#define __INCLUDE_NXNET_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C"
{
#endif

#define NXNET_API   __attribute__((visibility("default")))

struct nxnet_s;                      /* A node */

/* Nodes ********************************************************************/

/* All zero is fine */

struct nxnet_config_s
{
  uint64_t seed;                     /* Of all random numbers of the node */
  uint64_t now;                      /* Its clock at the beginning: ns */
  uint64_t realtime;                 /* Wall clock when its clock was 0: ns
                                      * since 1970 (SO_TIMESTAMP) */
  bool forwarding;                   /* Packets for others are sent on */
  bool probe;                        /* Addresses are probed for (RFC 5227)
                                      * before they are used */

  /* A node that finds an error of its own (a failed assertion) says so here
   * and can not go on: longjmp(), or end the process.  If this returns, or is
   * NULL, the text goes to stderr and abort() is called.
   */

  void (*panic)(void *arg, const char *text);

  /* One line of its log; NULL: nowhere */

  void (*log)(void *arg, const char *text);
  void *arg;                         /* Of both */

  /* libnxnet.so: another build of the library, with another configuration;
   * NULL: this one
   */

  const char *object;
};

/* Make a node.  config NULL: all zero.  -ENOMEM; -EBUSY (libnxnet.a: there is
 * one already); -ELIBACC, -ELIBBAD (the file of the library): nxnet_error().
 */

NXNET_API int nxnet_create(const struct nxnet_config_s *config,
                           struct nxnet_s **node);

/* End it: nothing is sent.  -EUCLEAN: something was left behind that should
 * not be - a buffer, memory, a timer - which is an error of the stack, told
 * by nxnet_error().  The node is gone in any case.  NULL does nothing.
 */

NXNET_API int nxnet_destroy(struct nxnet_s *node);

/* The same, but the node begins anew, from nothing, as if just made: the way
 * to power-cycle a host, and to make thousands of runs.
 */

NXNET_API int nxnet_reset(struct nxnet_s *node,
                          const struct nxnet_config_s *config);

/* One line about the last failure of one of these three; "" if none */

NXNET_API const char *nxnet_error(void);

/* Time *********************************************************************/

#define NXNET_NEVER UINT64_MAX

/* Nanoseconds on the clock of the node; it stands still but for _advance() */

NXNET_API uint64_t nxnet_now(struct nxnet_s *node);

/* When the node next has something to do; NXNET_NEVER: not by itself */

NXNET_API uint64_t nxnet_next(struct nxnet_s *node);

/* Let time pass until then, doing what is due on the way when it is due.  A
 * time that is not later than now does only what is due.  Returns the next
 * deadline.  After each input or socket call the deadline may be now: call
 * this before doing anything else that takes time.
 */

NXNET_API uint64_t nxnet_advance(struct nxnet_s *node, uint64_t until);

/* Devices ******************************************************************/

#define NXNET_HOLD (1u << 0)         /* A frame that was sent is kept, as DMA
                                      * does, until nxnet_output_done() */
#define NXNET_SG   (1u << 1)         /* The device takes chains of buffers:
                                      * what it keeps is then shared with the
                                      * sender, and not a copy */

struct nxnet_device_s
{
  const char *name;                  /* "eth0" */
  unsigned int mtu;                  /* 68 to 65535; 0: 1500 */
  unsigned int depth;                /* Frames it keeps, then it is full; 0:
                                      * 64 */
  unsigned int flags;                /* NXNET_HOLD ... */
  uint8_t mac[6];

  /* A frame, Ethernet header first, without checksum at the end, is sent:
   * copy what you need.
   */

  void (*output)(void *arg, const void *frame, size_t len);

  /* Optional, asked at the end of each nxnet_advance(): the next frame that
   * has arrived, at most "size" bytes, or 0.  The other way is nxnet_input().
   */

  size_t (*input)(void *arg, void *buf, size_t size);
  void *arg;                         /* Of both */
};

/* Attach a device, which is up then; what follows wants its number (> 0).
 * -EEXIST (the name), -EINVAL, -ENOMEM.
 */

NXNET_API int nxnet_device_add(struct nxnet_s *node,
                               const struct nxnet_device_s *device);
NXNET_API int nxnet_device_del(struct nxnet_s *node, int device);

/* A frame arrives.  more: another one will, at once, and answers may wait for
 * it (call again with more false).  -ENOMEM: no buffer, it is lost; -EMSGSIZE
 * (too long or too short), -ENETDOWN: likewise.
 */

NXNET_API int nxnet_input(struct nxnet_s *node, int device,
                          const void *frame, size_t len, bool more);

/* NXNET_HOLD: the device lets go of the n frames that it has kept longest;
 * how many it still keeps.
 */

NXNET_API int nxnet_output_done(struct nxnet_s *node, int device,
                                unsigned int n);

/* The cable is put in, or pulled */

NXNET_API int nxnet_carrier(struct nxnet_s *node, int device, bool on);

NXNET_API int nxnet_set_mtu(struct nxnet_s *node, int device,
                            unsigned int mtu);

/* Addresses and routes *****************************************************/

NXNET_API int nxnet_address_add(struct nxnet_s *node, int device,
                                struct in_addr addr, unsigned int prefix);
NXNET_API int nxnet_address_del(struct nxnet_s *node, int device,
                                struct in_addr addr);

/* To dst/prefix by a gateway.  The route to the network of an address is
 * there by itself.
 */

NXNET_API int nxnet_route_add(struct nxnet_s *node, struct in_addr dst,
                              unsigned int prefix, struct in_addr gateway,
                              int device);
NXNET_API int nxnet_route_del(struct nxnet_s *node, struct in_addr dst,
                              unsigned int prefix, struct in_addr gateway,
                              int device);

/* Sockets ******************************************************************/

/* As the calls of POSIX without "nxnet_", on a socket that does not wait: the
 * answer is what they say with O_NONBLOCK, errno as a negative result.  A
 * socket is a number of its node.  SO_LINGER with a time does not wait: the
 * rest is sent in the background.
 */

NXNET_API int nxnet_socket(struct nxnet_s *node, int domain, int type,
                           int protocol);
NXNET_API int nxnet_close(struct nxnet_s *node, int sock);
NXNET_API int nxnet_bind(struct nxnet_s *node, int sock,
                         const struct sockaddr *addr, socklen_t len);
NXNET_API int nxnet_listen(struct nxnet_s *node, int sock, int backlog);
NXNET_API int nxnet_accept(struct nxnet_s *node, int sock,
                           struct sockaddr *addr, socklen_t *len);
NXNET_API int nxnet_connect(struct nxnet_s *node, int sock,
                            const struct sockaddr *addr, socklen_t len);
NXNET_API int nxnet_shutdown(struct nxnet_s *node, int sock, int how);
NXNET_API ssize_t nxnet_send(struct nxnet_s *node, int sock,
                             const void *buf, size_t len, int flags);
NXNET_API ssize_t nxnet_sendto(struct nxnet_s *node, int sock,
                               const void *buf, size_t len, int flags,
                               const struct sockaddr *to, socklen_t tolen);
NXNET_API ssize_t nxnet_sendmsg(struct nxnet_s *node, int sock,
                                const struct msghdr *msg, int flags);
NXNET_API ssize_t nxnet_recv(struct nxnet_s *node, int sock, void *buf,
                             size_t len, int flags);
NXNET_API ssize_t nxnet_recvfrom(struct nxnet_s *node, int sock, void *buf,
                                 size_t len, int flags,
                                 struct sockaddr *from, socklen_t *fromlen);
NXNET_API ssize_t nxnet_recvmsg(struct nxnet_s *node, int sock,
                                struct msghdr *msg, int flags);
NXNET_API int nxnet_getsockopt(struct nxnet_s *node, int sock, int level,
                               int option, void *value, socklen_t *len);
NXNET_API int nxnet_setsockopt(struct nxnet_s *node, int sock, int level,
                               int option, const void *value,
                               socklen_t len);
NXNET_API int nxnet_getsockname(struct nxnet_s *node, int sock,
                                struct sockaddr *addr, socklen_t *len);
NXNET_API int nxnet_getpeername(struct nxnet_s *node, int sock,
                                struct sockaddr *addr, socklen_t *len);
NXNET_API int nxnet_ioctl(struct nxnet_s *node, int sock,
                          unsigned long cmd, void *arg);

/* What is true now: POLLIN POLLOUT POLLRDHUP POLLHUP POLLERR POLLPRI ... */

NXNET_API int nxnet_poll(struct nxnet_s *node, int sock);

/* What has become true since this was last asked: whoever got -EAGAIN and
 * tries again only when told here misses nothing.
 */

NXNET_API int nxnet_told(struct nxnet_s *node, int sock);

/* Looking inside ***********************************************************/

/* Call fn with each counter until it returns other than 0, and return that:
 * "tcp.retranssegs", "device.eth0.tx_frames", and what is in use now:
 * "pool.used" and "pool.size" (bytes), "memory.blocks", "memory.bytes",
 * "timers", "endpoints", "sockets".
 */

NXNET_API int nxnet_counters(struct nxnet_s *node,
                             int (*fn)(void *arg, const char *name,
                                       uint64_t value), void *arg);

/* One of them; -ENOENT */

NXNET_API int nxnet_counter(struct nxnet_s *node, const char *name,
                            uint64_t *value);

/* Is everything in order: the pool of buffers (every buffer is free or in
 * use, once), frames that a device keeps, and the changes of state that TCP
 * connections made since last asked?  0, or -EUCLEAN and a line of text in
 * buf (may be NULL).
 */

NXNET_API int nxnet_check(struct nxnet_s *node, char *buf, size_t size);

/* A TCP connection as RFC 9293 3.3.1 describes it; nothing is changed by
 * looking.
 */

#define NXNET_TCP_REXMT   (1u << 0)  /* timers: that are running */
#define NXNET_TCP_PERSIST (1u << 1)
#define NXNET_TCP_LOSS    (1u << 2)  /* RACK, or a tail loss probe */
#define NXNET_TCP_DELACK  (1u << 3)
#define NXNET_TCP_KEEP    (1u << 4)
#define NXNET_TCP_2MSL    (1u << 5)
#define NXNET_TCP_USER    (1u << 6)
#define NXNET_TCP_DEFER   (1u << 7)

#define NXNET_TCP_FIN_QUEUED (1u << 0)   /* flags: the user has closed */
#define NXNET_TCP_FIN_SENT   (1u << 1)
#define NXNET_TCP_ORPHAN     (1u << 2)   /* ... and let go of it */
#define NXNET_TCP_ACKNOW     (1u << 3)   /* An ACK is to be sent at once */
#define NXNET_TCP_EGRESS     (1u << 4)   /* Waits for a place in the device */
#define NXNET_TCP_MEMORY     (1u << 5)   /* Waits for a buffer */
#define NXNET_TCP_RESTING    (1u << 6)   /* Nothing moves: what follows
                                          * "mss" is 0 */

struct nxnet_tcp_s
{
  struct sockaddr_in local;
  struct sockaddr_in remote;
  int sock;                          /* Of its socket; -1: none */
  int state;                         /* As Linux has them: TCP_LISTEN ... */
  unsigned int flags;
  unsigned int timers;
  uint64_t due;                      /* The first of them; NXNET_NEVER */
  uint32_t iss;
  uint32_t snd_una;
  uint32_t snd_nxt;
  uint32_t snd_max;                  /* The highest SND.NXT ever */
  uint32_t snd_wnd;
  uint32_t irs;
  uint32_t rcv_nxt;
  uint32_t rcv_adv;                  /* Right edge that was advertised */
  uint32_t last_ack;                 /* That was sent */
  uint32_t mss;
  uint32_t unsent;                   /* Bytes of the user not sent yet */
  uint32_t unacked;                  /* ... not acknowledged, sent or not */
  uint32_t sacked;                   /* Of sequence space */
  uint32_t lost;
  uint32_t cwnd;
  uint32_t ssthresh;
  uint32_t srtt_us;
  uint32_t rto_us;
  uint32_t resent;                   /* Segments */
};

/* Each, in no particular order, until fn returns other than 0 */

NXNET_API int nxnet_tcp_each(struct nxnet_s *node,
                             int (*fn)(void *arg,
                                       const struct nxnet_tcp_s *tcp),
                             void *arg);

/* That of a socket; -ENOENT: has none, or is no TCP socket */

NXNET_API int nxnet_tcp(struct nxnet_s *node, int sock,
                        struct nxnet_tcp_s *tcp);

/* Making it fail ***********************************************************/

/* The n-th allocation of memory from now on fails, once; 0 cancels */

NXNET_API int nxnet_fail_nth(struct nxnet_s *node, unsigned long n);

/* So many of a million fail, at random (seeded); 0 is none */

NXNET_API int nxnet_fail_rate(struct nxnet_s *node, unsigned int ppm);

/* Take buffers out of the pool until so many bytes are gone, or give some
 * back: what is left is what the node has.  Returns the bytes taken, which
 * may be fewer, if no more are free.
 */

NXNET_API int64_t nxnet_pool_take(struct nxnet_s *node, size_t bytes);

#ifdef __cplusplus
}
#endif

#endif /* __INCLUDE_NXNET_H */
