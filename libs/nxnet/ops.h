/* libs/nxnet/ops.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The calls of one instance of the library, as a table: nxnet.c, which the
 * user talks to, has only this of a node, wherever its code was loaded.
 *
 * The one list below makes the table, the functions node_...() behind it and
 * the functions nxnet_...() in front.  X(type, name, parameters, arguments).
 */

#ifndef __LIBS_NXNET_OPS_H
#define __LIBS_NXNET_OPS_H

#include <nxnet.h>

#define NXNET_ABI 1                  /* Of this table and struct nxnet_... */

#define NXNET_PLAIN(...) __VA_ARGS__

#define NXNET_CALLS(X) \
  X(uint64_t, advance, (uint64_t until), (until)) \
  X(int, device_add, (const struct nxnet_device_s *device), (device)) \
  X(int, device_del, (int device), (device)) \
  X(int, input, (int device, const void *frame, size_t len, bool more), \
    (device, frame, len, more)) \
  X(int, output_done, (int device, unsigned int n), (device, n)) \
  X(int, carrier, (int device, bool on), (device, on)) \
  X(int, set_mtu, (int device, unsigned int mtu), (device, mtu)) \
  X(int, address_add, \
    (int device, struct in_addr addr, unsigned int prefix), \
    (device, addr, prefix)) \
  X(int, address_del, (int device, struct in_addr addr), (device, addr)) \
  X(int, route_add, \
    (struct in_addr dst, unsigned int prefix, struct in_addr gateway, \
     int device), (dst, prefix, gateway, device)) \
  X(int, route_del, \
    (struct in_addr dst, unsigned int prefix, struct in_addr gateway, \
     int device), (dst, prefix, gateway, device)) \
  X(int, socket, (int domain, int type, int protocol), \
    (domain, type, protocol)) \
  X(int, close, (int sock), (sock)) \
  X(int, bind, (int sock, const struct sockaddr *addr, socklen_t len), \
    (sock, addr, len)) \
  X(int, listen, (int sock, int backlog), (sock, backlog)) \
  X(int, accept, (int sock, struct sockaddr *addr, socklen_t *len), \
    (sock, addr, len)) \
  X(int, connect, (int sock, const struct sockaddr *addr, socklen_t len), \
    (sock, addr, len)) \
  X(int, shutdown, (int sock, int how), (sock, how)) \
  X(ssize_t, sendto, \
    (int sock, const void *buf, size_t len, int flags, \
     const struct sockaddr *to, socklen_t tolen), \
    (sock, buf, len, flags, to, tolen)) \
  X(ssize_t, sendmsg, (int sock, const struct msghdr *msg, int flags), \
    (sock, msg, flags)) \
  X(ssize_t, recvfrom, \
    (int sock, void *buf, size_t len, int flags, struct sockaddr *from, \
     socklen_t *fromlen), (sock, buf, len, flags, from, fromlen)) \
  X(ssize_t, recvmsg, (int sock, struct msghdr *msg, int flags), \
    (sock, msg, flags)) \
  X(int, getsockopt, \
    (int sock, int level, int option, void *value, socklen_t *len), \
    (sock, level, option, value, len)) \
  X(int, setsockopt, \
    (int sock, int level, int option, const void *value, socklen_t len), \
    (sock, level, option, value, len)) \
  X(int, getsockname, (int sock, struct sockaddr *addr, socklen_t *len), \
    (sock, addr, len)) \
  X(int, getpeername, (int sock, struct sockaddr *addr, socklen_t *len), \
    (sock, addr, len)) \
  X(int, ioctl, (int sock, unsigned long cmd, void *arg), \
    (sock, cmd, arg)) \
  X(int, poll, (int sock), (sock)) \
  X(int, told, (int sock), (sock)) \
  X(int, counters, \
    (int (*fn)(void *arg, const char *name, uint64_t value), void *arg), \
    (fn, arg)) \
  X(int, counter, (const char *name, uint64_t *value), (name, value)) \
  X(int, check, (char *buf, size_t size), (buf, size)) \
  X(int, tcp_each, \
    (int (*fn)(void *arg, const struct nxnet_tcp_s *tcp), void *arg), \
    (fn, arg)) \
  X(int, tcp, (int sock, struct nxnet_tcp_s *tcp), (sock, tcp)) \
  X(int, fail_nth, (unsigned long n), (n)) \
  X(int, fail_rate, (unsigned int ppm), (ppm)) \
  X(int64_t, pool_take, (size_t bytes), (bytes))

#define NXNET_POINTER(type, name, params, args) type (*name) params;
#define NXNET_DECLARE(type, name, params, args) type node_##name params;
#define NXNET_ENTRY(type, name, params, args)   .name = node_##name,

struct nxnet_ops_s
{
  unsigned int abi;                  /* NXNET_ABI */
  size_t size;                       /* Of this structure */

  /* begin: from nothing.  end: 0, or -EUCLEAN and a text in buf. */

  int (*begin)(const struct nxnet_config_s *config);
  int (*end)(char *buf, size_t size);
  uint64_t (*now)(void);
  uint64_t (*next)(void);
  NXNET_CALLS(NXNET_POINTER)
};

/* node.c: this instance.  The only symbol besides those of nxnet.h that a
 * shared library shows: how another instance is found.
 */

NXNET_API const struct nxnet_ops_s *nxnet_instance(void);

#endif /* __LIBS_NXNET_OPS_H */
