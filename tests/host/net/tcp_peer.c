/* tests/host/net/tcp_peer.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * See tcp_peer.h.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "tcp_peer.h"
#include "wire_tcp.h"

#define PEER_HOST 2

static uint8_t pattern(uint64_t offset)
{
  return (uint8_t)(offset * 7 + (offset >> 8) * 13 + (offset >> 16));
}

/* Segments to the connection ***********************************************/

static void put_options(struct peer_s *peer, struct pkt_s *pkt, bool syn,
                        unsigned int n, const uint32_t *edges)
{
  uint8_t *opt = pkt->opt;
  unsigned int i;

  if (syn)
    {
      *opt++ = TCPOPT_MSS;
      *opt++ = TCPOLEN_MSS;
      tcp_put16(opt, peer->mss);
      opt += 2;
      *opt++ = TCPOPT_NOP;
      *opt++ = TCPOPT_WSCALE;
      *opt++ = TCPOLEN_WSCALE;
      *opt++ = peer->wscale;
      if (peer->flags & PEER_SACK)
        {
          *opt++ = TCPOPT_NOP;
          *opt++ = TCPOPT_NOP;
          *opt++ = TCPOPT_SACKOK;
          *opt++ = TCPOLEN_SACKOK;
        }
    }

  if (peer->flags & PEER_TS)
    {
      *opt++ = TCPOPT_NOP;
      *opt++ = TCPOPT_NOP;
      *opt++ = TCPOPT_TS;
      *opt++ = TCPOLEN_TS;
      tcp_put32(opt, 1000 + (uint32_t)(net_now() / NET_MSEC));
      tcp_put32(opt + 4, peer->tsecho);
      opt += 8;
    }

  if (n > 0)
    {
      *opt++ = TCPOPT_NOP;
      *opt++ = TCPOPT_NOP;
      *opt++ = TCPOPT_SACK;
      *opt++ = 2 + 8 * n;
      for (i = 0; i < 2 * n; i++)
        {
          tcp_put32(opt, peer->iss + edges[i]);
          opt += 4;
        }
    }

  pkt->optlen = opt - pkt->opt;
}

static void put_segment(struct peer_s *peer, uint32_t seq, uint32_t ack,
                        uint8_t flags, unsigned int n, const uint32_t *edges)
{
  struct pkt_s pkt;
  bool syn = (flags & 2) != 0;
  uint32_t wnd = syn ? peer->wnd : peer->wnd >> peer->wscale;

  memset(&pkt, 0, sizeof(pkt));
  pkt_from(peer->wire, peer->host, &pkt);
  pkt.proto = IPPROTO_TCP;
  pkt.sport = peer->port;
  pkt.dport = peer->conn->sconn.lport;
  pkt.seq   = seq;
  pkt.ack   = ack;
  pkt.flags = flags;
  pkt.wnd   = wnd < 65535 ? wnd : 65535;
  put_options(peer, &pkt, syn, n, edges);
  if (peer->train)
    {
      uint8_t frame[1600];

      wire_rx_more(peer->wire, frame, pkt_write(&pkt, frame));
      return;
    }

  pkt_rx(peer->wire, &pkt);
}

void peer_sack(struct peer_s *peer, uint32_t ack, unsigned int n,
               const uint32_t *edges)
{
  put_segment(peer, peer->isn + 1, peer->iss + ack, 0x10, n, edges);
}

void peer_ack(struct peer_s *peer, uint32_t ack)
{
  peer_sack(peer, ack, 0, NULL);
}

/* Opening and closing ******************************************************/

void peer_open(struct peer_s *peer, struct wire_s *wire, unsigned int flags,
               uint16_t mss, uint32_t wnd, uint8_t wscale)
{
  static uint16_t port = 5000;
  struct tcp_conn_s *conn;
  struct pkt_s pkt;

  memset(peer, 0, sizeof(*peer));
  peer->wire   = wire;
  peer->host   = PEER_HOST;
  peer->port   = port++;
  peer->flags  = flags;
  peer->mss    = mss;
  peer->wscale = wscale;
  peer->wnd    = wnd;
  peer->isn    = 0xfffff000;         /* Wraps soon */
  wire_know(wire, PEER_HOST);

  conn = tcp_conn_alloc(AF_INET);
  CHECK(conn != NULL);
  tcp_conn_hold(conn);
  peer->conn        = conn;
  conn->sconn.laddr = wire->nif->addrs->addr;
  conn->sconn.raddr = conn->sconn.laddr;
  ((uint8_t *)&conn->sconn.raddr.w[3])[3] = PEER_HOST;
  conn->sconn.rport = peer->port;
  CHECK_EQ(conn_connect(&conn->sconn), 0);
  tcp_conn_open(conn);

  CHECK(pkt_next(wire, IPPROTO_TCP, &pkt));
  CHECK_EQ(pkt.flags, 2);
  CHECK_EQ(pkt.dport, peer->port);
  peer->iss     = pkt.seq;
  peer->rcv_nxt = pkt.seq + 1;
  if (pkt.optlen >= 20)
    {
      unsigned int i;

      for (i = 0; i + 10 <= pkt.optlen; i++)
        {
          if (pkt.opt[i] == TCPOPT_TS && pkt.opt[i + 1] == TCPOLEN_TS)
            {
              peer->tsecho = tcp_get32(pkt.opt + i + 2);
            }
        }
    }

  put_segment(peer, peer->isn, peer->iss + 1, 0x12, 0, NULL);
  CHECK_EQ(conn->t_state, TCPS_ESTABLISHED);
  CHECK(pkt_next(wire, IPPROTO_TCP, &pkt));
  CHECK_EQ(pkt.flags, 0x10);
}

void peer_close(struct peer_s *peer)
{
  CHECK_EQ(peer->wrong, 0);
  if (peer->conn->t_state != TCPS_CLOSED)
    {
      tcp_conn_abort(peer->conn, 0);
    }

  wire_flush(peer->wire);
  tcp_conn_release(peer->conn);
  peer->conn = NULL;
}

/* Writing ******************************************************************/

unsigned int peer_put(struct peer_s *peer, unsigned int n, int flags)
{
  static uint8_t buf[PEER_MAXSTREAM];
  struct iovec iov[2];
  struct net_uio_s uio;
  unsigned int i;
  ssize_t ret;

  for (i = 0; i < n; i++)
    {
      buf[i] = pattern(peer->written + i);
    }

  /* In two pieces, to meet odd boundaries */

  iov[0].iov_base = buf;
  iov[0].iov_len  = n / 3;
  iov[1].iov_base = buf + n / 3;
  iov[1].iov_len  = n - n / 3;
  CHECK_EQ(net_uio_init(&uio, iov, 2), 0);
  ret = tcp_sndbuf_put(peer->conn, &uio, flags);
  CHECK(ret >= 0 || ret == -ENOMEM);
  ret = ret < 0 ? 0 : ret;
  CHECK_EQ(uio.resid, n - ret);
  peer->written += ret;
  return ret;
}

unsigned int peer_write(struct peer_s *peer, unsigned int n, int flags)
{
  unsigned int taken = peer_put(peer, n, flags);

  tcp_output(peer->conn);
  return taken;
}

/* Segments from the connection *********************************************/

static void look_at(struct peer_s *peer, const struct pkt_s *pkt, bool keep)
{
  unsigned int i;

  for (i = 0; i + 10 <= pkt->optlen; i++)
    {
      if (pkt->opt[i] == TCPOPT_TS && pkt->opt[i + 1] == TCPOLEN_TS)
        {
          peer->tsecho = keep ? tcp_get32(pkt->opt + i + 2) : peer->tsecho;
          break;
        }
    }

  for (i = 0; i < pkt->len; i++)
    {
      uint32_t offset = pkt->seq - 1 + i;

      if (offset >= PEER_MAXSTREAM)
        {
          peer->wrong++;
          continue;
        }

      peer->wrong += pkt->data[i] != pattern(offset);
      if (keep)
        {
          peer->have[offset / 8] |= 1 << offset % 8;
        }
    }
}

static bool next(struct peer_s *peer, struct pkt_s *pkt, bool keep)
{
  do
    {
      if (!pkt_next(peer->wire, IPPROTO_TCP, pkt))
        {
          return false;
        }
    }
  while (pkt->dport != peer->port);

  pkt->seq -= peer->iss;
  look_at(peer, pkt, keep);
  return true;
}

bool peer_next(struct peer_s *peer, struct pkt_s *pkt)
{
  return next(peer, pkt, true);
}

bool peer_lose(struct peer_s *peer, struct pkt_s *pkt)
{
  return next(peer, pkt, false);
}

unsigned int peer_take(struct peer_s *peer)
{
  struct pkt_s pkt;
  unsigned int n = 0;

  while (peer_next(peer, &pkt))
    {
      n += pkt.len > 0 || (pkt.flags & 1) != 0;
    }

  return n;
}

unsigned int peer_drop(struct peer_s *peer)
{
  struct pkt_s pkt;
  unsigned int n = 0;

  while (peer_lose(peer, &pkt))
    {
      n += pkt.len > 0 || (pkt.flags & 1) != 0;
    }

  return n;
}

/* What has arrived *********************************************************/

static bool has(const struct peer_s *peer, uint32_t offset)
{
  return offset < PEER_MAXSTREAM &&
         (peer->have[offset / 8] & (1 << offset % 8)) != 0;
}

uint32_t peer_inorder(struct peer_s *peer)
{
  uint32_t n = peer->inorder;

  while (n < PEER_MAXSTREAM && has(peer, n))
    {
      n = n % 8 == 0 && peer->have[n / 8] == 0xff ? n + 8 : n + 1;
    }

  peer->inorder = n;
  return n;
}

/* Blocks of what came out of order: how many */

static unsigned int blocks(struct peer_s *peer, uint32_t *edges)
{
  uint32_t end = peer->conn->snd_max - peer->iss;
  unsigned int n = 0;
  uint32_t i;

  if ((peer->flags & PEER_SACK) == 0)
    {
      return 0;
    }

  for (i = peer_inorder(peer) + 1; i < end && n < 3; i++)
    {
      if (has(peer, i) && !has(peer, i - 1))
        {
          edges[2 * n] = i + 1;
        }

      if (has(peer, i) && !has(peer, i + 1))
        {
          edges[2 * n++ + 1] = i + 2;
        }
    }

  return n;
}

void peer_acknow(struct peer_s *peer)
{
  uint32_t edges[8];
  unsigned int n = blocks(peer, edges);

  peer_sack(peer, peer_inorder(peer) + 1, n, edges);
}

/* A path *******************************************************************/

#define MAXACKS 8192

struct ack_s
{
  nettime_t due;
  uint32_t ack;
  uint32_t edges[8];
  unsigned int n;
};

struct path_s
{
  struct peer_s *peer;
  const struct peer_path_s *cfg;
  uint64_t random;
  struct ack_s acks[MAXACKS];
  unsigned int head;
  unsigned int tail;
};

static unsigned int dice(struct path_s *path, unsigned int n)
{
  path->random = path->random * 6364136223846793005ull + 1442695040888963407;
  return (path->random >> 33) % n;
}

/* What the peer says of a segment that has just arrived is under way for a
 * round trip
 */

static void queue_ack(struct path_s *path)
{
  struct ack_s *ack = &path->acks[path->tail % MAXACKS];

  CHECK(path->tail - path->head < MAXACKS);
  path->tail++;
  ack->due = net_now() + path->cfg->rtt;
  ack->ack = peer_inorder(path->peer) + 1;
  ack->n   = blocks(path->peer, ack->edges);
}

static void deliver_acks(struct path_s *path)
{
  while (path->head != path->tail &&
         path->acks[path->head % MAXACKS].due <= net_now())
    {
      struct ack_s *ack = &path->acks[path->head++ % MAXACKS];

      peer_sack(path->peer, ack->ack, ack->n, ack->edges);
    }
}

static void arrive(struct path_s *path)
{
  struct wire_s *wire = path->peer->wire;
  struct pkt_s pkt;
  unsigned int n = 0;

  for (; ; )
    {
      bool lost = dice(path, 1000) < path->cfg->loss;

      if (!(lost ? peer_lose(path->peer, &pkt) :
                   peer_next(path->peer, &pkt)))
        {
          break;
        }

      if (!lost && pkt.len > 0)
        {
          /* One for two segments, but at once for what is out of order */

          if (pkt.seq != peer_inorder(path->peer) + 1 - pkt.len ||
              ++n % 2 == 0)
            {
              queue_ack(path);
              n = 0;
            }
        }
    }

  if (n > 0)
    {
      queue_ack(path);
    }

  while (wire->nheld > 0 && wire->nheld > dice(path, path->cfg->hold + 1))
    {
      wire_done_at(wire, dice(path, 2) % wire->nheld);
    }
}

nettime_t peer_transfer(struct peer_s *peer, uint32_t total,
                        const struct peer_path_s *cfg)
{
  static struct path_s path;
  nettime_t start = net_now();
  uint64_t end = peer->written + total;

  memset(&path, 0, sizeof(path));
  path.peer   = peer;
  path.cfg    = cfg;
  path.random = cfg->seed;
  peer->wire->hold = cfg->hold > 0;

  while (peer->written < end || tcp_sndbuf_unacked(peer->conn) > 0)
    {
      uint64_t left = end - peer->written;

      if (left > 0)
        {
          peer_write(peer, left < 65536 ? left : 65536, 0);
        }

      arrive(&path);
      deliver_acks(&path);
      stack_sleep(cfg->rtt >= 10 * NET_MSEC ? NET_MSEC : cfg->rtt / 10 + 1);
      if (net_now() - start > 600 * NET_SEC)
        {
          net_failed(__FILE__, __LINE__, "the transfer does not end");
          break;
        }
    }

  peer->wire->hold = false;
  wire_done(peer->wire, WIRE_MAX);
  CHECK_EQ(peer_inorder(peer), peer->written);
  return net_now() - start;
}

void peer_drain(struct peer_s *peer)
{
  unsigned int turns;

  for (turns = 0; turns < 100000; turns++)
    {
      unsigned int n = peer_take(peer);

      if (n == 0 && tcp_sndbuf_unacked(peer->conn) == 0)
        {
          break;
        }

      if (n > 0 || turns == 0)
        {
          peer_acknow(peer);
        }

      stack_sleep(NET_MSEC);
    }

  CHECK_EQ(tcp_sndbuf_unacked(peer->conn), 0);
  CHECK_EQ(peer_inorder(peer), peer->written);
}
