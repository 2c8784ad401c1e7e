/* tests/host/net/tcp_peer.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The other end of a connection, played by the test, segment by segment; and
 * the connection under test, driven at the interface of the sending side
 * (tcp_sndbuf_put() and tcp_output()), without a socket.  Both ends of every
 * stream have the same pattern, so that each byte that arrives is compared.
 */

#ifndef __TESTS_HOST_NET_TCP_PEER_H
#define __TESTS_HOST_NET_TCP_PEER_H

#include "stack.h"
#include "tcp.h"

#define PEER_SACK 1                  /* What the peer offers */
#define PEER_TS   2

#define PEER_MAXSTREAM (4 * 1024 * 1024)

struct peer_s
{
  struct wire_s *wire;
  struct tcp_conn_s *conn;
  unsigned int host;
  uint16_t port;
  unsigned int flags;                /* PEER_* */
  uint16_t mss;
  uint8_t wscale;
  uint32_t wnd;                      /* In bytes, offered from now on */
  uint32_t isn;                      /* Ours; theirs is iss */
  uint32_t iss;
  uint32_t rcv_nxt;                  /* In order so far */
  uint32_t tsecho;                   /* Their last tsval */
  uint64_t written;                  /* Bytes given to the connection */
  uint32_t inorder;                  /* Bytes; see peer_inorder() */
  bool train;                        /* Segments do not end their batch:
                                      * wire_rx_end() does */
  uint32_t wrong;                    /* Bytes that were not the pattern */
  uint8_t have[PEER_MAXSTREAM / 8];  /* Bytes of the stream that came */
};

/* Connect: the connection opens, the peer answers.  mss, window and wscale
 * are what the peer says.
 */

void peer_open(struct peer_s *peer, struct wire_s *wire, unsigned int flags,
               uint16_t mss, uint32_t wnd, uint8_t wscale);

/* Abort the connection, without a look at what it sends, and let go of it */

void peer_close(struct peer_s *peer);

/* Write n bytes of the pattern and send; returns what was taken */

unsigned int peer_write(struct peer_s *peer, unsigned int n, int flags);
unsigned int peer_put(struct peer_s *peer, unsigned int n, int flags);

/* The next segment that was sent; false: none.  Data is compared, and noted
 * as arrived unless peer_lose() says so.  seq is relative: 1 is the first
 * byte of the stream.
 */

bool peer_next(struct peer_s *peer, struct pkt_s *pkt);

/* The same, lost on the way */

bool peer_lose(struct peer_s *peer, struct pkt_s *pkt);

/* Take all that was sent; the number of segments with data (or FIN) */

unsigned int peer_take(struct peer_s *peer);
unsigned int peer_drop(struct peer_s *peer);

/* Acknowledge: a relative number; blocks of SACK follow as start, end, ... */

void peer_ack(struct peer_s *peer, uint32_t ack);
void peer_sack(struct peer_s *peer, uint32_t ack, unsigned int n,
               const uint32_t *edges);

/* Acknowledge what has arrived, with blocks for what came out of order */

void peer_acknow(struct peer_s *peer);

/* Send "total" bytes of the pattern, as fast as the connection takes them,
 * over a path with that round trip, losing so many of 1000 segments (a
 * resend may be lost as well), until all have arrived and are acknowledged.
 * hold: the device keeps each frame for up to that many segments.  Returns
 * the virtual time that it took.
 */

struct peer_path_s
{
  nettime_t rtt;
  unsigned int loss;
  unsigned int hold;
  uint64_t seed;
};

nettime_t peer_transfer(struct peer_s *peer, uint32_t total,
                        const struct peer_path_s *path);

/* Take, acknowledge, wait a little: until nothing is sent any more */

void peer_drain(struct peer_s *peer);

/* Bytes in order so far */

uint32_t peer_inorder(struct peer_s *peer);

#endif /* __TESTS_HOST_NET_TCP_PEER_H */
