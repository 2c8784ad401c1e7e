/* tests/host/net/udp_fixture.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of datagrams and of their options share: sockets in one
 * line, and datagrams from and to the peer on the wire.
 */

#ifndef __TESTS_HOST_NET_UDP_FIXTURE_H
#define __TESTS_HOST_NET_UDP_FIXTURE_H

#include <errno.h>
#include <string.h>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <nuttx/net/net.h>

#include "conn.h"
#include "stack.h"

#define US   0x0a000001              /* 10.0.0.1 */
#define PEER 0x0a000002

static inline struct sockaddr_in name_of(uint32_t host, uint16_t port)
{
  struct sockaddr_in in;

  memset(&in, 0, sizeof(in));
  in.sin_family      = AF_INET;
  in.sin_addr.s_addr = htonl(host);
  in.sin_port        = htons(port);
  return in;
}

static inline struct socket *udp_open(void)
{
  struct socket *psock = NULL;

  CHECK_EQ(psock_socket(AF_INET, SOCK_DGRAM, 0, &psock), 0);
  return psock;
}

static inline int udp_bind_to(struct socket *psock, uint32_t host,
                              uint16_t port)
{
  struct sockaddr_in in = name_of(host, port);

  return psock_bind(psock, (struct sockaddr *)&in, sizeof(in));
}

static inline struct socket *udp_bound(uint32_t host, uint16_t port)
{
  struct socket *psock = udp_open();

  CHECK_EQ(udp_bind_to(psock, host, port), 0);
  return psock;
}

static inline int udp_connect_to(struct socket *psock, uint32_t host,
                                 uint16_t port)
{
  struct sockaddr_in in = name_of(host, port);

  return psock_connect(psock, (struct sockaddr *)&in, sizeof(in), 0);
}

static inline ssize_t udp_send_to(struct socket *psock, const void *data,
                                  size_t len, uint32_t host, uint16_t port)
{
  struct sockaddr_in in = name_of(host, port);

  return psock_sendto(psock, data, len, MSG_DONTWAIT,
                      (struct sockaddr *)&in, sizeof(in));
}

static inline ssize_t udp_send(struct socket *psock, const void *data,
                               size_t len)
{
  return psock_sendto(psock, data, len, MSG_DONTWAIT, NULL, 0);
}

static inline ssize_t udp_recv(struct socket *psock, void *data, size_t len,
                               int flags)
{
  return psock_recvfrom(psock, data, len, flags | MSG_DONTWAIT, NULL, NULL);
}

static inline uint16_t udp_port(struct socket *psock)
{
  struct sockaddr_in in;
  socklen_t len = sizeof(in);

  CHECK_EQ(psock_getsockname(psock, (struct sockaddr *)&in, &len), 0);
  CHECK_EQ(len, sizeof(in));
  CHECK_EQ(in.sin_family, AF_INET);
  return ntohs(in.sin_port);
}

static inline unsigned int udp_events(struct socket *psock)
{
  return psock->s_sockif->si_poll(psock);
}

static inline int udp_set(struct socket *psock, int level, int option,
                          int value)
{
  return psock_setsockopt(psock, level, option, &value, sizeof(value));
}

/* A datagram from port "sport" of host 10.0.0.<host> */

static inline void udp_arrives(struct wire_s *wire, unsigned int host,
                               uint16_t sport, uint16_t dport,
                               const void *data, unsigned int len)
{
  struct pkt_s pkt;

  memset(&pkt, 0, sizeof(pkt));
  pkt_from(wire, host, &pkt);
  pkt.proto = IPPROTO_UDP;
  pkt.sport = sport;
  pkt.dport = dport;
  pkt.data  = data;
  pkt.len   = len;
  pkt_rx(wire, &pkt);
}

/* The same to another address: a group, or everybody */

static inline void udp_arrives_at(struct wire_s *wire, uint32_t dst,
                                  uint16_t dport, const void *data,
                                  unsigned int len)
{
  struct pkt_s pkt;

  memset(&pkt, 0, sizeof(pkt));
  pkt_from(wire, 2, &pkt);
  if (IN_MULTICAST(dst))
    {
      pkt.dmac[0] = 1;
      pkt.dmac[1] = 0;
      pkt.dmac[2] = 0x5e;
      pkt.dmac[3] = dst >> 16 & 0x7f;
      pkt.dmac[4] = dst >> 8 & 0xff;
      pkt.dmac[5] = dst & 0xff;
    }
  else
    {
      memset(pkt.dmac, 0xff, 6);
    }

  pkt.dst   = dst;
  pkt.proto = IPPROTO_UDP;
  pkt.sport = 7;
  pkt.dport = dport;
  pkt.data  = data;
  pkt.len   = len;
  pkt_rx(wire, &pkt);
}

#endif /* __TESTS_HOST_NET_UDP_FIXTURE_H */
