/* tests/host/net/tcp_remote.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * See tcp_remote.h.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <nuttx/net/net.h>

#include "tcp_remote.h"
#include "wire_tcp.h"

#define STREAM_MAX (8 * 1024 * 1024)

uint8_t remote_pattern(uint32_t offset)
{
  return (uint8_t)(offset * 11 + (offset >> 8) * 7 + (offset >> 16) * 3);
}

void remote_init(struct remote_s *r, struct wire_s *wire, uint16_t dport)
{
  static uint16_t port = 20000;

  memset(r, 0, sizeof(*r));
  r->wire   = wire;
  r->host   = 2;
  r->sport  = port++;
  r->dport  = dport;
  r->offers = REMOTE_ALL;
  r->mss    = 1460;
  r->wscale = 7;
  r->wnd    = 65535;
  r->isn    = 0xffffe000u;           /* Wraps soon */
  wire_know(wire, r->host);
}

/* Segments to the socket ***************************************************/

static void put_options(struct remote_s *r, struct pkt_s *pkt)
{
  uint8_t *opt = pkt->opt;
  bool syn = (pkt->flags & R_SYN) != 0;

  if (syn && r->mss != 0)
    {
      *opt++ = TCPOPT_MSS;
      *opt++ = TCPOLEN_MSS;
      tcp_put16(opt, r->mss);
      opt += 2;
    }

  if (syn && (r->offers & REMOTE_SACK) != 0)
    {
      *opt++ = TCPOPT_SACKOK;
      *opt++ = TCPOLEN_SACKOK;
    }

  if (syn && (r->offers & REMOTE_WSCALE) != 0)
    {
      *opt++ = TCPOPT_WSCALE;
      *opt++ = TCPOLEN_WSCALE;
      *opt++ = r->wscale;
    }

  if ((r->offers & REMOTE_TS) != 0)
    {
      *opt++ = TCPOPT_TS;
      *opt++ = TCPOLEN_TS;
      tcp_put32(opt, r->tsval != 0 ? r->tsval :
                1000 + (uint32_t)(net_now() / NET_MSEC));
      tcp_put32(opt + 4, r->tsecr);
      opt += 8;
    }

  while ((opt - pkt->opt) % 4 != 0)
    {
      *opt++ = TCPOPT_NOP;
    }

  pkt->optlen = opt - pkt->opt;
}

static unsigned int build(struct remote_s *r, uint8_t flags, uint32_t seq,
                          unsigned int len, uint8_t *frame)
{
  static uint8_t data[65536];
  struct pkt_s pkt;
  unsigned int i;

  memset(&pkt, 0, sizeof(pkt));
  pkt_from(r->wire, r->host, &pkt);
  pkt.proto = IPPROTO_TCP;
  pkt.sport = r->sport;
  pkt.dport = r->dport;
  pkt.seq   = r->isn + seq;
  pkt.ack   = (flags & R_ACK) != 0 ? r->peer_isn + r->ack : 0;
  pkt.flags = flags;
  pkt.wnd   = r->wnd;
  pkt.urg   = (flags & R_URG) != 0 ? r->urg : 0;
  put_options(r, &pkt);

  for (i = 0; i < len; i++)
    {
      data[i] = remote_pattern(seq - 1 + i);
    }

  pkt.data = data;
  pkt.len  = len;
  return pkt_write(&pkt, frame);
}

static uint8_t g_frame[66000];

void remote_send(struct remote_s *r, uint8_t flags, uint32_t seq,
                 unsigned int len)
{
  unsigned int n = build(r, flags, seq, len, g_frame);

  wire_rx(r->wire, g_frame, n);
}

void remote_more(struct remote_s *r, uint8_t flags, uint32_t seq,
                 unsigned int len)
{
  unsigned int n = build(r, flags, seq, len, g_frame);

  wire_rx_more(r->wire, g_frame, n);
}

/* Segments from the socket *************************************************/

bool remote_next(struct remote_s *r)
{
  struct pkt_s pkt;
  unsigned int i;

  do
    {
      if (!pkt_next(r->wire, IPPROTO_TCP, &pkt))
        {
          return false;
        }
    }
  while (pkt.dport != r->sport);

  r->pkt = pkt;
  CHECK_EQ(r->pkt.sport, r->dport);
  memset(&r->opts, 0, sizeof(r->opts));
  CHECK(tcp_options_read(r->pkt.opt, r->pkt.optlen, &r->opts));

  if ((r->pkt.flags & R_SYN) != 0)
    {
      r->peer_isn    = r->pkt.seq;
      r->peer_wscale = r->opts.has_wscale ? r->opts.wscale : 0;
      r->ack         = 1;
    }

  if (r->opts.has_ts)
    {
      r->tsecr = r->opts.tsval;
    }

  r->pkt.seq -= r->peer_isn;
  r->pkt.ack -= r->isn;
  for (i = 0; i < r->opts.nsack; i++)
    {
      r->opts.sack[i].start -= r->isn;
      r->opts.sack[i].end   -= r->isn;
    }

  return true;
}

unsigned int remote_drain(struct remote_s *r)
{
  unsigned int n = 0;

  while (remote_next(r))
    {
      n++;
    }

  return n;
}

uint32_t remote_window(const struct remote_s *r)
{
  return (uint32_t)r->pkt.wnd <<
         ((r->pkt.flags & R_SYN) != 0 ? 0 : r->peer_wscale);
}

void remote_syn(struct remote_s *r)
{
  remote_send(r, R_SYN, 0, 0);
}

bool remote_synack(struct remote_s *r)
{
  return remote_next(r) && (r->pkt.flags & (R_SYN | R_ACK | R_RST)) ==
         (R_SYN | R_ACK) && r->pkt.ack == 1;
}

void remote_connect(struct remote_s *r)
{
  remote_syn(r);
  CHECK(remote_synack(r));
  remote_send(r, R_ACK, 1, 0);
}

/* Sockets ******************************************************************/

static struct sockaddr_in address(uint32_t addr, uint16_t port)
{
  struct sockaddr_in sin;

  memset(&sin, 0, sizeof(sin));
  sin.sin_family      = AF_INET;
  sin.sin_port        = htons(port);
  sin.sin_addr.s_addr = htonl(addr);
  return sin;
}

struct socket *sock_new(void)
{
  struct socket *sock = NULL;

  CHECK_EQ(psock_socket(AF_INET, SOCK_STREAM, 0, &sock), 0);
  return sock;
}

struct socket *sock_listen(uint16_t port, int backlog)
{
  struct sockaddr_in sin = address(INADDR_ANY, port);
  struct socket *sock = sock_new();

  CHECK_EQ(psock_bind(sock, (struct sockaddr *)&sin, sizeof(sin)), 0);
  CHECK_EQ(psock_listen(sock, backlog), 0);
  return sock;
}

struct socket *sock_accept_now(struct socket *listener)
{
  struct socket *sock = NULL;
  int ret = psock_accept(listener, NULL, NULL, &sock, MSG_DONTWAIT);

  CHECK(ret == 0 || ret == -EAGAIN);
  return ret == 0 ? sock : NULL;
}

struct socket *sock_pair(struct socket **peer)
{
  static uint16_t port = 7000;
  struct sockaddr_in sin = address(INADDR_LOOPBACK, ++port);
  struct socket *listener = sock_listen(port, 1);
  struct socket *sock = sock_new();

  CHECK_EQ(psock_connect(sock, (struct sockaddr *)&sin, sizeof(sin), 0), 0);
  stack_sleep(0);
  *peer = sock_accept_now(listener);
  CHECK(*peer != NULL);
  psock_close(listener);
  return sock;
}

ssize_t sock_read(struct socket *sock, uint32_t offset, size_t len)
{
  static uint8_t data[STREAM_MAX];
  unsigned int wrong = 0;
  ssize_t ret;
  ssize_t i;

  ret = psock_recvfrom(sock, data, len, MSG_DONTWAIT, NULL, NULL);
  for (i = 0; i < ret; i++)
    {
      wrong += data[i] != remote_pattern(offset + i);
    }

  CHECK_EQ(wrong, 0);
  return ret;
}

ssize_t sock_write(struct socket *sock, uint32_t offset, size_t len)
{
  static uint8_t data[STREAM_MAX];
  size_t i;

  for (i = 0; i < len; i++)
    {
      data[i] = remote_pattern(offset + i);
    }

  return psock_sendto(sock, data, len, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0);
}

unsigned int sock_poll(struct socket *sock)
{
  return sock->s_sockif->si_poll(sock);
}

struct tcp_conn_s *sock_conn(struct socket *sock)
{
  return tcp_conn(sock->s_conn);
}

int sock_get_int(struct socket *sock, int level, int option)
{
  int value = -1;
  socklen_t len = sizeof(value);
  int ret = psock_getsockopt(sock, level, option, &value, &len);

  return ret < 0 ? ret : value;
}

int sock_set_int(struct socket *sock, int level, int option, int value)
{
  return psock_setsockopt(sock, level, option, &value, sizeof(value));
}

int sock_ioctl(struct socket *sock, unsigned long cmd)
{
  int value = -1;
  int ret = psock_ioctl(sock, cmd, (unsigned long)(uintptr_t)&value);

  return ret < 0 ? ret : value;
}
