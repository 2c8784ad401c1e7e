/* tests/host/net/tcp_remote.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The other end of a connection to a socket under test, played segment by
 * segment; and sockets on 127.0.0.1 and on the wire, in few words.
 *
 * The streams in both directions have a pattern, so that every byte that is
 * read can be compared.  Sequence numbers are relative: 0 is the SYN, 1 the
 * first byte, for both sides.
 */

#ifndef __TESTS_HOST_NET_TCP_REMOTE_H
#define __TESTS_HOST_NET_TCP_REMOTE_H

#include "stack.h"
#include "tcp.h"

#define R_FIN 0x01
#define R_SYN 0x02
#define R_RST 0x04
#define R_PSH 0x08
#define R_ACK 0x10
#define R_URG 0x20

/* What the remote offers */

#define REMOTE_TS     (1 << 0)
#define REMOTE_SACK   (1 << 1)
#define REMOTE_WSCALE (1 << 2)
#define REMOTE_ALL    7

struct remote_s
{
  struct wire_s *wire;
  unsigned int host;                 /* 10.0.0.host */
  uint16_t sport;
  uint16_t dport;
  unsigned int offers;               /* REMOTE_* */
  uint16_t mss;                      /* 0: no option */
  uint8_t wscale;
  uint16_t wnd;                      /* As it goes on the wire */
  uint16_t urg;                      /* Of the next segment with R_URG */
  uint32_t isn;
  uint32_t peer_isn;                 /* Theirs, when SYN-ACK has come */
  uint32_t ack;                      /* What we acknowledge, relative */
  uint32_t tsval;                    /* 0: of the clock */
  uint32_t tsecr;

  /* The last segment that came, its options read */

  struct pkt_s pkt;                  /* seq and ack are relative */
  struct tcp_opts_s opts;            /* SACK edges are relative */
  uint8_t peer_wscale;
};

void remote_init(struct remote_s *r, struct wire_s *wire, uint16_t dport);

/* One segment with these flags, at a relative number, len bytes of pattern */

void remote_send(struct remote_s *r, uint8_t flags, uint32_t seq,
                 unsigned int len);

/* The same inside of a batch: ends with wire_rx_end() */

void remote_more(struct remote_s *r, uint8_t flags, uint32_t seq,
                 unsigned int len);

/* The next segment to this remote; false: none */

bool remote_next(struct remote_s *r);

/* How many there were; the last one is in r->pkt */

unsigned int remote_drain(struct remote_s *r);

/* The window in that segment, in bytes */

uint32_t remote_window(const struct remote_s *r);

/* The three segments of a handshake with a listener; and single ones */

void remote_connect(struct remote_s *r);
void remote_syn(struct remote_s *r);
bool remote_synack(struct remote_s *r);

uint8_t remote_pattern(uint32_t offset);

/* Sockets ******************************************************************/

/* A listener on 10.0.0.1 and 127.0.0.1 */

struct socket *sock_listen(uint16_t port, int backlog);
struct socket *sock_new(void);

/* accept() that does not wait: NULL, or the socket */

struct socket *sock_accept_now(struct socket *listener);

/* To 127.0.0.1, complete; *peer is the accepted end */

struct socket *sock_pair(struct socket **peer);

/* Read len bytes (or all there are) without waiting and compare with the
 * pattern from "offset"; the bytes, or a negative errno.
 */

ssize_t sock_read(struct socket *sock, uint32_t offset, size_t len);
ssize_t sock_write(struct socket *sock, uint32_t offset, size_t len);
unsigned int sock_poll(struct socket *sock);
struct tcp_conn_s *sock_conn(struct socket *sock);
int sock_get_int(struct socket *sock, int level, int option);
int sock_set_int(struct socket *sock, int level, int option, int value);
int sock_ioctl(struct socket *sock, unsigned long cmd);

#endif /* __TESTS_HOST_NET_TCP_REMOTE_H */
