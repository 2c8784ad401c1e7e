/* net/tcp_rcv.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * TCP's receiving side: its part of a connection, and what a listener has.
 * tcp_rcvbuf.c and tcp_listen.c explain them.
 */

#ifndef __NET_TCP_RCV_H
#define __NET_TCP_RCV_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "net.h"

struct tcp_conn_s;
struct tcp_opts_s;
struct tcp_block_s;                  /* Data out of order: tcp_reass.c */
struct tcp_synq_s;                   /* A handshake: tcp_synq.c */

/* Received data that waits for the reader: a list of iobs by io_flink.  While
 * an iob is in such a list its io_pktlen holds what it is charged with.
 */

struct tcp_rcvq_s
{
  struct iob_s *head;
  struct iob_s *tail;
};

/* Flags of the receiving side */

#define RCV_FIN      (1 << 0)        /* The peer's FIN has been passed */
#define RCV_FIN_SEEN (1 << 1)        /* It came; its number is fin_seq */
#define RCV_DSACK    (1 << 2)        /* dsack_* is to be reported */
#define RCV_URG      (1 << 3)        /* There is an urgent byte: urg_seq */
#define RCV_URG_READ (1 << 4)        /* ... the user has it already */
#define RCV_QUICKACK (1 << 5)        /* TCP_QUICKACK: never delay */
#define RCV_OPENED   (1 << 6)        /* There was a connection, or listener */

struct tcp_rcv_s
{
  /* In order: bytes copied .. copied + len - 1 of sequence space */

  struct tcp_rcvq_s q;
  struct iob_s *packed;              /* Up to here it was collapsed */
  uint32_t len;                      /* Bytes of payload in q, not yet read */
  uint32_t copied;                   /* Sequence number to be read next */
  uint32_t charge;                   /* Memory of q and of ooo */
  uint16_t headoff;                  /* Bytes of q.head that were read */
  uint16_t flags;                    /* RCV_* */

  /* Out of order, by sequence number; and most recently touched first */

  struct tcp_block_s *ooo;
  struct tcp_block_s *ooo_last;
  struct tcp_block_s *ooo_recent;
  struct tcp_block_s *ooo_root;      /* The tree in which one is found */
  uint32_t ooo_charge;               /* Included in charge */
  uint32_t ooo_pkts;                 /* Segments that came out of order */

  uint32_t fin_seq;
  uint32_t urg_seq;
  uint32_t dsack_start;
  uint32_t dsack_end;

  /* Window and autotuning */

  uint32_t clamp;                    /* TCP_WINDOW_CLAMP; 0: none */
  uint16_t mss;                      /* The largest segment lately */
  uint16_t longest;                  /* ... and ever */
  uint16_t ratio;                    /* Payload in memory, of 256 */
  uint16_t seglen;                   /* Of the last that was not full */
  uint32_t rtt_us;                   /* 0: not known yet */
  uint32_t rtt_seq;                  /* Measured when rcv_nxt is here */
  uint32_t space;                    /* Bytes read in one round trip */
  uint32_t space_seq;
  nettime_t rtt_time;
  nettime_t space_time;
  uint64_t bytes;                    /* Received in order, for TCP_INFO */
};

/* Set the shift for windows that we send, from the most that the buffer may
 * become; before a SYN is sent.
 */

void tcp_rcv_open(struct tcp_conn_s *conn);
uint8_t tcp_rcv_wscale(uint32_t rcvbuf, uint32_t clamp);

/* The window of a SYN-ACK, from an empty buffer of this size */

uint32_t tcp_rcv_first_window(uint32_t rcvbuf, uint32_t clamp);

/* Bytes that can be read now, up to the urgent mark or the end */

uint32_t tcp_rcv_available(const struct tcp_conn_s *conn);

/* True if reading would not wait: SO_RCVLOWAT bytes are there */

bool tcp_rcv_readable(const struct tcp_conn_s *conn);

/* Copy to the user, once; flags: MSG_PEEK, MSG_TRUNC (throw away, uio may be
 * nothing).  Returns the bytes; 0: none there.
 */

struct net_uio_s;
ssize_t tcp_rcv_read(struct tcp_conn_s *conn, struct net_uio_s *uio,
                     int flags);

/* The urgent byte (MSG_OOB): 1, or -EINVAL: none, -EAGAIN: not here yet */

ssize_t tcp_rcv_read_urgent(struct tcp_conn_s *conn, struct net_uio_s *uio,
                            int flags);
bool tcp_rcv_urgent_ready(const struct tcp_conn_s *conn);
bool tcp_rcv_at_mark(const struct tcp_conn_s *conn);

/* tcp_rcvq.c: queues of iobs that are charged, and all memory together *****/

/* Put a packet at the end; returns what it was charged with */

uint32_t tcp_rcvq_put(struct tcp_conn_s *conn, struct tcp_rcvq_s *q,
                      struct iob_s *pkt);
void tcp_rcvq_join(struct tcp_rcvq_s *q, struct tcp_rcvq_s *more);
void tcp_rcvq_pop(struct tcp_conn_s *conn, struct tcp_rcvq_s *q);
void tcp_rcvq_trim(struct tcp_conn_s *conn, struct tcp_rcvq_s *q,
                   uint32_t len);
void tcp_rcvq_flush(struct tcp_conn_s *conn, struct tcp_rcvq_s *q);

/* Copy together, behind *from (NULL: from the start), what fills less than
 * "ratio" 256ths of its memory.  *from is then the last that was looked at.
 */

void tcp_rcvq_collapse(struct tcp_conn_s *conn, struct tcp_rcvq_s *q,
                       struct iob_s **from, unsigned int ratio);

/* More thorough, all of it, and dearer: no buffer is the same afterwards */

void tcp_rcvq_pack(struct tcp_conn_s *conn, struct tcp_rcvq_s *q);

/* Memory of all connections together: may so much more be held? */

bool tcp_rcvmem_room(uint32_t charge);
uint32_t tcp_rcvmem_charged(void);
uint32_t tcp_rcvmem_free(void);
uint32_t tcp_rcvmem_max(void);       /* The largest buffer of one */

/* tcp_reass.c: data out of order *******************************************/

/* Put pkt (seq .. seq + len - 1, right of rcv_nxt) aside; consumes it */

void tcp_reass_put(struct tcp_conn_s *conn, struct iob_s *pkt, uint32_t seq,
                   uint32_t len);

/* Move to the queue in order all that follows rcv_nxt; true if any did */

bool tcp_reass_pull(struct tcp_conn_s *conn);

/* Throw away the farthest, until charge is at most limit */

void tcp_reass_prune(struct tcp_conn_s *conn, uint32_t limit);
void tcp_reass_flush(struct tcp_conn_s *conn);

/* Is anything held that lies behind seq? */

bool tcp_reass_beyond(const struct tcp_conn_s *conn, uint32_t seq);
unsigned int tcp_reass_sack(struct tcp_conn_s *conn, struct tcp_opts_s *opts,
                            unsigned int n, unsigned int max);

/* Listeners ****************************************************************/

/* The numbers of a listener, for netstat and TCP_INFO */

struct tcp_listen_info_s
{
  uint32_t synq;                     /* Handshakes under way */
  uint32_t acceptq;                  /* Connections not yet accepted */
  uint32_t backlog;
};

void tcp_listen_info(const struct tcp_conn_s *conn,
                     struct tcp_listen_info_s *info);

/* The oldest connection, out of the queue; NULL: none */

struct tcp_conn_s *tcp_listen_accept(struct tcp_conn_s *conn);
bool tcp_listen_ready(const struct tcp_conn_s *conn);

#endif /* __NET_TCP_RCV_H */
