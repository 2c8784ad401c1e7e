/* tests/host/net/tcp_script.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * See tcp_script.h.
 */

#include <nuttx/config.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "tcp_script.h"

#define OURS   0x0a000001
#define THEIRS 0x0a000000

static struct wire_s g_wire;
static uint16_t g_port;

struct wire_s *peer_wire(void)
{
  wire_create(&g_wire, "tap0", 1500, 0);
  wire_know(&g_wire, 2);
  g_port = 10000;
  return &g_wire;
}

void peer_init(struct peer_s *peer, struct wire_s *wire, uint16_t lport)
{
  static const uint8_t mss[] =
  {
    2, 4, 1460 >> 8, 1460 & 0xff
  };

  memset(peer, 0, sizeof(*peer));
  peer->wire      = wire;
  peer->host      = 2;
  peer->port      = g_port++;
  peer->lport     = lport;
  peer->seq       = 0xffffd000 + peer->port;   /* Wraps around soon */
  peer->wnd       = 60000;
  peer->tsval     = 1000;
  peer->synoptlen = sizeof(mss);
  memcpy(peer->synopt, mss, sizeof(mss));
}

/* Segments *****************************************************************/

static void put_options(struct peer_s *peer, struct pkt_s *pkt)
{
  if ((pkt->flags & SYN) != 0)
    {
      memcpy(pkt->opt, peer->synopt, peer->synoptlen);
      pkt->optlen = (uint8_t)peer->synoptlen;
    }

  if (peer->ts)
    {
      uint8_t *opt = pkt->opt + pkt->optlen;

      opt[0] = 1;
      opt[1] = 1;
      opt[2] = 8;
      opt[3] = 10;
      tcp_put32(opt + 4, peer->tsval);
      tcp_put32(opt + 8, peer->tsecr);
      pkt->optlen += 12;
    }
}

unsigned int peer_build(struct peer_s *peer, uint8_t flags, uint32_t seq,
                        uint32_t ack, const void *data, unsigned int len,
                        uint8_t *buf)
{
  struct pkt_s pkt;

  memset(&pkt, 0, sizeof(pkt));
  pkt_from(peer->wire, peer->host, &pkt);
  pkt.proto = IPPROTO_TCP;
  pkt.sport = peer->port;
  pkt.dport = peer->lport;
  pkt.seq   = seq;
  pkt.ack   = (flags & ACK) != 0 ? ack : 0;
  pkt.flags = flags;
  pkt.wnd   = peer->wnd;
  pkt.urg   = (flags & URG) != 0 ? (uint16_t)len : 0;
  pkt.data  = data;
  pkt.len   = len;
  put_options(peer, &pkt);
  return pkt_write(&pkt, buf);
}

void peer_send(struct peer_s *peer, uint8_t flags, uint32_t seq,
               uint32_t ack, const void *data, unsigned int len)
{
  static uint8_t buf[65600];
  unsigned int n = peer_build(peer, flags, seq, ack, data, len, buf);

  if (peer->more)
    {
      wire_rx_more(peer->wire, buf, n);
    }
  else
    {
      wire_rx(peer->wire, buf, n);
    }
}

void peer_say(struct peer_s *peer, uint8_t flags, unsigned int len)
{
  uint8_t data[1460];
  unsigned int i;

  for (i = 0; i < len; i++)
    {
      data[i] = (uint8_t)(peer->seq + i);
    }

  peer_send(peer, flags, peer->seq, peer->ack, data, len);
  peer->seq += len + ((flags & SYN) != 0) + ((flags & FIN) != 0);
}

bool peer_timestamp(const struct pkt_s *pkt, uint32_t *tsval,
                    uint32_t *tsecr)
{
  struct tcp_opts_s opts;

  if (!tcp_options_read(pkt->opt, pkt->optlen, &opts) || !opts.has_ts)
    {
      return false;
    }

  *tsval = opts.tsval;
  *tsecr = opts.tsecr;
  return true;
}

bool peer_next(struct peer_s *peer, struct pkt_s *pkt)
{
  uint32_t tsecr;

  while (pkt_next(peer->wire, IPPROTO_TCP, pkt))
    {
      if (pkt->sport == peer->lport && pkt->dport == peer->port)
        {
          peer_timestamp(pkt, &peer->tsecr, &tsecr);
          return true;
        }
    }

  return false;
}

unsigned int peer_expect_at(struct peer_s *peer, uint8_t flags,
                            const char *file, int line)
{
  struct pkt_s *pkt = &peer->last;

  if (!peer_next(peer, pkt))
    {
      memset(pkt, 0, sizeof(*pkt));
      net_failed(file, line, "no segment");
      return 0;
    }

  net_equal(file, line, "flags", pkt->flags & ~PSH, flags);
  if ((flags & SYN) != 0)
    {
      peer->ack = pkt->seq;
    }

  net_equal(file, line, "seq", pkt->seq, peer->ack);
  if ((flags & (ACK | RST)) == ACK)
    {
      net_equal(file, line, "ack", pkt->ack, peer->seq);
    }

  peer->ack += pkt->len + ((flags & SYN) != 0) + ((flags & FIN) != 0);
  return pkt->len;
}

void peer_quiet_at(struct peer_s *peer, const char *file, int line)
{
  struct pkt_s pkt;

  if (peer_next(peer, &pkt))
    {
      net_equal(file, line, "flags of a segment, where none should be",
                pkt.flags, -1);
    }
}

void peer_flush(struct peer_s *peer)
{
  wire_flush(peer->wire);
}

/* The stack's side *********************************************************/

static void address(struct sockaddr_in *sin, uint32_t addr, uint16_t port)
{
  memset(sin, 0, sizeof(*sin));
  sin->sin_family      = AF_INET;
  sin->sin_addr.s_addr = htonl(addr);
  sin->sin_port        = htons(port);
}

static struct socket *stream(void)
{
  struct socket *psock = NULL;

  CHECK_EQ(psock_socket(AF_INET, SOCK_STREAM, 0, &psock), 0);
  return psock;
}

struct socket *tcp_listener(uint16_t port, int backlog)
{
  struct socket *psock = stream();
  struct sockaddr_in sin;

  address(&sin, 0, port);
  CHECK_EQ(psock_bind(psock, (struct sockaddr *)&sin, sizeof(sin)), 0);
  CHECK_EQ(psock_listen(psock, backlog), 0);
  return psock;
}

struct socket *tcp_accept_now(struct socket *listener)
{
  struct socket *psock = NULL;

  CHECK_EQ(psock_accept(listener, NULL, NULL, &psock, MSG_DONTWAIT), 0);
  return psock;
}

struct socket *peer_connect(struct peer_s *peer, struct socket *listener)
{
  peer_say(peer, SYN, 0);
  peer_expect(peer, SYN | ACK);
  peer_say(peer, ACK, 0);
  return tcp_accept_now(listener);
}

struct socket *peer_await(struct peer_s *peer, struct wire_s *wire)
{
  struct socket *psock = stream();
  struct sockaddr_in sin;

  peer_init(peer, wire, 0);
  address(&sin, THEIRS + peer->host, peer->port);
  CHECK_EQ(psock_connect(psock, (struct sockaddr *)&sin, sizeof(sin),
                         MSG_DONTWAIT), -EINPROGRESS);
  peer->lport = psock->s_conn->lport;
  peer_expect(peer, SYN);
  return psock;
}

struct socket *peer_accept(struct peer_s *peer, struct wire_s *wire)
{
  struct socket *psock = peer_await(peer, wire);

  peer_say(peer, SYN | ACK, 0);
  peer_expect(peer, ACK);
  return psock;
}

ssize_t sock_read(struct socket *psock, void *buf, size_t len)
{
  return psock_recvfrom(psock, buf, len, MSG_DONTWAIT, NULL, NULL);
}

ssize_t sock_write(struct socket *psock, const void *buf, size_t len)
{
  return psock_sendto(psock, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL, NULL, 0);
}

int sock_error(struct socket *psock)
{
  int error = -1;
  socklen_t len = sizeof(error);

  CHECK_EQ(psock_getsockopt(psock, SOL_SOCKET, SO_ERROR, &error, &len), 0);
  return error;
}

struct tcp_conn_s *peer_conn(const struct peer_s *peer)
{
  struct netaddr_s laddr = netaddr_from4(htonl(OURS));
  struct netaddr_s raddr = netaddr_from4(htonl(THEIRS + peer->host));

  return (struct tcp_conn_s *)conn_lookup(IPPROTO_TCP, &laddr, peer->lport,
                                          &raddr, peer->port, 0);
}

unsigned int peer_state(const struct peer_s *peer)
{
  struct tcp_conn_s *conn = peer_conn(peer);

  return conn != NULL ? conn->t_state : TCPS_CLOSED;
}
