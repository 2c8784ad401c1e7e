/* tests/host/net/tcp_script.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The other end of a connection, played by the test segment by segment, so
 * that it can say what no well-behaved TCP would; and the calls of a user.
 */

#ifndef __TESTS_HOST_NET_TCP_SCRIPT_H
#define __TESTS_HOST_NET_TCP_SCRIPT_H

#include <nuttx/net/net.h>

#include "stack.h"
#include "tcp.h"

#define FIN TCPF_FIN
#define SYN TCPF_SYN
#define RST TCPF_RST
#define PSH TCPF_PSH
#define ACK TCPF_ACK
#define URG TCPF_URG

struct peer_s
{
  struct wire_s *wire;
  unsigned int host;                 /* 10.0.0.<host> */
  uint16_t port;
  uint16_t lport;                    /* That of the stack */
  uint32_t seq;                      /* What comes next from here */
  uint32_t ack;                      /* ... from the stack */
  uint16_t wnd;                      /* As in the header */
  bool more;                         /* Frames do not end their batch */
  bool ts;                           /* Timestamps in every segment */
  uint32_t tsval;
  uint32_t tsecr;                    /* The last that was seen */
  uint8_t synopt[40];                /* Besides timestamps; a multiple of 4 */
  unsigned int synoptlen;
  struct pkt_s last;                 /* Of peer_expect() */
};

/* A wire tap0, 10.0.0.1/24, MTU 1500, on which host 2 is known */

struct wire_s *peer_wire(void);

/* Host 2, a port and a sequence number of its own for each call, an MSS of
 * 1460 and no other option.
 */

void peer_init(struct peer_s *peer, struct wire_s *wire, uint16_t lport);

/* Send exactly this; or put it into buf (65600 bytes) instead and return
 * the length of the frame.
 */

void peer_send(struct peer_s *peer, uint8_t flags, uint32_t seq,
               uint32_t ack, const void *data, unsigned int len);
unsigned int peer_build(struct peer_s *peer, uint8_t flags, uint32_t seq,
                        uint32_t ack, const void *data, unsigned int len,
                        uint8_t *buf);

/* Send what comes next; seq goes on.  "len" bytes of a pattern: each is the
 * low byte of its sequence number.
 */

void peer_say(struct peer_s *peer, uint8_t flags, unsigned int len);

/* The next segment to this peer; false: none */

bool peer_next(struct peer_s *peer, struct pkt_s *pkt);

/* There must be one with just these flags (PSH apart) and the right numbers;
 * ack goes on.  Returns its length of text.  peer_quiet(): none.
 */

unsigned int peer_expect_at(struct peer_s *peer, uint8_t flags,
                            const char *file, int line);
void peer_quiet_at(struct peer_s *peer, const char *file, int line);

#define peer_expect(peer, flags) \
  peer_expect_at(peer, flags, __FILE__, __LINE__)
#define peer_quiet(peer) peer_quiet_at(peer, __FILE__, __LINE__)

/* Forget what was sent to anybody */

void peer_flush(struct peer_s *peer);

/* The timestamps of a segment; false: it had none */

bool peer_timestamp(const struct pkt_s *pkt, uint32_t *tsval,
                    uint32_t *tsecr);

/* The stack's side */

struct socket *tcp_listener(uint16_t port, int backlog);
struct socket *tcp_accept_now(struct socket *listener);

/* SYN, SYN-ACK, ACK, accept */

struct socket *peer_connect(struct peer_s *peer, struct socket *listener);

/* A call of connect() that is under way, its SYN read; and completed */

struct socket *peer_await(struct peer_s *peer, struct wire_s *wire);
struct socket *peer_accept(struct peer_s *peer, struct wire_s *wire);

ssize_t sock_read(struct socket *psock, void *buf, size_t len);
ssize_t sock_write(struct socket *psock, const void *buf, size_t len);
int  sock_error(struct socket *psock);

/* The state of the endpoint with the numbers of this peer, in the table;
 * TCPS_CLOSED if there is none.
 */

unsigned int peer_state(const struct peer_s *peer);
struct tcp_conn_s *peer_conn(const struct peer_s *peer);

#endif /* __TESTS_HOST_NET_TCP_SCRIPT_H */
