/* net/tcp_listen.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the three files of the passive open share: tcp_listen.c explains it.
 */

#ifndef __NET_TCP_LISTEN_H
#define __NET_TCP_LISTEN_H

#include "net.h"
#include "tcp.h"

/* SYN-ACKs are sent again after 1, 2, 4, 8 and 16 seconds, and given up 32
 * seconds later (RFC 9293 3.8.1: the RTO backs off; Linux' numbers).
 */

#define SYNACK_RETRIES 5

/* What was agreed on in a handshake, from whichever source */

struct tcp_shake_s
{
  uint32_t irs;
  uint32_t iss;
  uint32_t ts_recent;                /* The peer's latest timestamp */
  uint16_t peermss;
  uint16_t wnd;                      /* In our SYN-ACK: not scaled */
  uint8_t  snd_wscale;               /* What the peer will shift by */
  uint8_t  rcv_wscale;
  bool     wscale;
  bool     sack;
  bool     ts;
};

/* A handshake under way: SYN-RECEIVED without a connection */

struct tcp_synq_s
{
  struct tcp_synq_s *hash_next;
  struct tcp_synq_s *next;           /* Others sent as often, later */
  struct tcp_synq_s **pprev;
  struct netaddr_s laddr;
  struct netaddr_s raddr;
  struct tcp_shake_s shake;
  nettime_t sent;                    /* The last SYN-ACK */
  nettime_t chal_since;
  uint16_t rport;
  uint16_t ifindex;
  uint8_t  chal_count;
  uint8_t  tries;                    /* SYN-ACKs sent because of time */
  bool     resent;                   /* More than once in all (Karn) */
};

struct tcp_synlist_s
{
  struct tcp_synq_s *head;
  struct tcp_synq_s **tail;
};

struct tcp_listen_s
{
  struct tcp_conn_s *conn;           /* The listener itself */

  /* Handshakes, by hash and by the time of the next SYN-ACK: those sent n
   * times are due in the order in which they were sent.
   */

  struct tcp_synq_s **buckets;       /* NULL until the first SYN */
  uint32_t nbuckets;
  uint32_t nsynq;
  struct tcp_synlist_s due[SYNACK_RETRIES + 1];
  struct net_timer_s timer;
  nettime_t armed;                   /* When it is due */

  /* Connections not yet accepted, oldest first */

  struct tcp_conn_s *head;
  struct tcp_conn_s *tail;
  uint32_t nacceptq;
  uint32_t backlog;
  nettime_t cookie_time;             /* A cookie was sent; 0: never */
};

/* tcp_synq.c ***************************************************************/

void tcp_synq_init(struct tcp_listen_s *l);
void tcp_synq_flush(struct tcp_listen_s *l);
bool tcp_synq_full(const struct tcp_listen_s *l);

struct tcp_synq_s *tcp_synq_find(const struct tcp_listen_s *l,
                                 const struct netaddr_s *laddr,
                                 const struct netaddr_s *raddr,
                                 uint16_t rport);

/* A new one, whose SYN-ACK is sent; -ENOMEM */

int  tcp_synq_add(struct tcp_listen_s *l, const struct tcp_seg_s *seg,
                  const struct tcp_shake_s *shake);
void tcp_synq_del(struct tcp_listen_s *l, struct tcp_synq_s *e);

/* Send the SYN-ACK once more, because the SYN came once more */

void tcp_synq_answer(struct tcp_listen_s *l, struct tcp_synq_s *e);

/* The options of a SYN-ACK; tsval is that of now */

void tcp_synack_opts(const struct tcp_listen_s *l,
                     const struct tcp_shake_s *shake,
                     const struct net_rx_s *rx, struct tcp_opts_s *opts);

/* tcp_cookie.c *************************************************************/

/* Answer a SYN with a cookie: shake is what has been agreed on */

void tcp_cookie_send(struct tcp_listen_s *l, const struct tcp_seg_s *seg,
                     struct tcp_shake_s *shake);

/* The ISS that it would have */

uint32_t tcp_cookie_iss(const struct tcp_seg_s *seg,
                        const struct tcp_shake_s *shake);

/* Is seg the answer to one?  Then shake is filled in: all but rcv_wscale and
 * wnd.
 */

bool tcp_cookie_check(struct tcp_listen_s *l, const struct tcp_seg_s *seg,
                      struct tcp_shake_s *shake);

#endif /* __NET_TCP_LISTEN_H */
