/* net/tcp.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * TCP (RFC 9293).  Where what is:
 *
 *   tcp_input.c    segments that arrive, in the order of RFC 9293 3.10.7
 *   tcp_option.c   options of a segment, read and written
 *   tcp_conn.c     connections: made, found, ended; states
 *   tcp_rest.c     what is kept of one on which nothing moves
 *   tcp_timewait.c what is left of one in TIME-WAIT
 *   tcp_timer.c    one timer per connection, many deadlines
 *   tcp_icmp.c     what ICMP says about a connection
 *   tcp_listen.c   passive open; accept queue
 *   tcp_synq.c     handshakes under way, in few bytes each
 *   tcp_cookie.c   handshakes in no bytes at all (RFC 4987)
 *   tcp_rcvbuf.c   received data, in order; the receive window
 *   tcp_reass.c    received data, out of order
 *   tcp_rcvq.c     the memory of received data
 *   tcp_user.c     the calls of RFC 9293 3.10.1 to 3.10.6, as sock_intf_s
 *   tcp_sockopt.c  options of level IPPROTO_TCP, TCP_INFO
 *   tcp_sndbuf.c   data to be sent and not yet acknowledged
 *   tcp_output.c   segments that leave
 *   tcp_ack.c      acknowledgements that arrive, for the sending side
 *   tcp_sack.c     what the peer says it has (RFC 2018, 6675, 2883)
 *   tcp_rack.c     loss by time, and tail loss probes (RFC 8985)
 *   tcp_rto.c      round trip, RTO, its expiry (RFC 6298)
 *   tcp_cc.c       congestion control: the table, and NewReno (RFC 5681,
 *                  6582)
 *   tcp_cubic.c    CUBIC (RFC 9438)
 *
 * One connection is one struct tcp_conn_s.  Names of fields are those of
 * RFC 9293 3.3.1, in lower case.  What only the sending side needs is in
 * tcp_snd.h, what only the receiving side needs in tcp_rcv.h.
 */

#ifndef __NET_TCP_H
#define __NET_TCP_H

#include <nuttx/config.h>

#include <assert.h>
#include <stddef.h>

#include "conn.h"
#include "net.h"
#include "wire_tcp.h"

/* Sequence numbers (RFC 9293 3.4) ******************************************/

#define SEQ_LT(a, b)  ((int32_t)((a) - (b)) < 0)
#define SEQ_LEQ(a, b) ((int32_t)((a) - (b)) <= 0)
#define SEQ_GT(a, b)  ((int32_t)((a) - (b)) > 0)
#define SEQ_GEQ(a, b) ((int32_t)((a) - (b)) >= 0)

/* States, numbered as Linux does for TCP_INFO and /proc/net/tcp ************/

enum tcp_state_e
{
  TCPS_ESTABLISHED = 1,
  TCPS_SYN_SENT,
  TCPS_SYN_RCVD,
  TCPS_FIN_WAIT_1,
  TCPS_FIN_WAIT_2,
  TCPS_TIME_WAIT,
  TCPS_CLOSED,
  TCPS_CLOSE_WAIT,
  TCPS_LAST_ACK,
  TCPS_LISTEN,
  TCPS_CLOSING
};

/* A segment that arrived, parsed.  The iob has been pulled: IOB_DATA() is
 * the payload; seq, len and the SYN and FIN flags follow what is cut off as
 * processing goes on (so a segment whose SYN was cut starts one later).
 */

#define TCPF_FIN 0x01
#define TCPF_SYN 0x02
#define TCPF_RST 0x04
#define TCPF_PSH 0x08
#define TCPF_ACK 0x10
#define TCPF_URG 0x20
#define TCPF_ECE 0x40
#define TCPF_CWR 0x80

#define TCP_MAXSACK 4

struct tcp_opts_s
{
  uint16_t mss;                      /* 0: none */
  uint8_t  wscale;                   /* Valid with has_wscale; at most 14 */
  bool     has_wscale;
  bool     sack_ok;                  /* SACK permitted */
  bool     has_ts;
  uint8_t  nsack;
  uint32_t tsval;
  uint32_t tsecr;
  struct
  {
    uint32_t start;
    uint32_t end;
  } sack[TCP_MAXSACK];
};

struct tcp_seg_s
{
  uint32_t seq;
  uint32_t ack;
  uint32_t wnd;                      /* As in the segment: not scaled */
  uint32_t len;                      /* Payload; SYN and FIN not counted */
  uint32_t wirelen;                  /* ... as it arrived, before any cut: 0
                                      * is one sign of a duplicate ACK */
  uint16_t sport;                    /* The peer's; host byte order */
  uint16_t dport;
  uint16_t urg;
  uint8_t  flags;                    /* TCPF_* */
  uint32_t iss;                      /* Not 0: this SYN reopens a connection
                                      * in TIME-WAIT (RFC 6191) and this is
                                      * the ISS that the answer must use */
  struct tcp_opts_s opts;
  const struct net_rx_s *rx;         /* Addresses, interface */
};

/* Connections **************************************************************/

/* Deadlines.  tcp_timer.c keeps them, one net_timer_s for all. */

enum tcp_timer_e
{
  TCPT_REXMT = 0,                    /* RTO               tcp_rto.c */
  TCPT_PERSIST,                      /* Zero window       tcp_output.c */
  TCPT_LOSS,                         /* RACK reordering, or TLP: tcp_rack.c */
  TCPT_DELACK,                       /*                   tcp_timer.c */
  TCPT_KEEP,                         /* Keep-alive; in SYN states: end */
  TCPT_2MSL,                         /* FIN-WAIT-2 without a user */
  TCPT_USER,                         /* User timeout */
  TCPT_DEFER,                        /* A deferred resend waits too long */
  TCP_NTIMERS
};

/* A handshake is given up after so long (MUST-23) */

#define TCP_SYN_PATIENCE (180 * NET_SEC)

/* t_flags */

#define TF_ACKNOW      (1 << 0)      /* tcp_output() must send an ACK */
#define TF_DELACK      (1 << 1)      /* One is owed; may wait */
#define TF_NODELAY     (1 << 2)
#define TF_CORK        (1 << 3)
#define TF_SACK        (1 << 4)      /* Agreed on; in SYN-SENT: offered */
#define TF_TS          (1 << 5)
#define TF_WSCALE      (1 << 6)
#define TF_FIN_QUEUED  (1 << 7)      /* The user has closed: FIN follows the
                                      * last byte of the send buffer.  The
                                      * state is FIN-WAIT-1 or LAST-ACK from
                                      * then on (SYN-RECEIVED stays) */
#define TF_FIN_SENT    (1 << 8)
#define TF_ORPHAN      (1 << 9)      /* No socket; ends by itself */
#define TF_NEEDOUT     (1 << 10)     /* tcp_output() when the batch ends */
#define TF_ACCEPTED    (1 << 11)     /* No longer in the accept queue */
#define TF_FORCE       (1 << 12)     /* Send one segment against Nagle, SWS */
#define TF_MORE        (1 << 13)     /* MSG_MORE: as TF_CORK, this once */
#define TF_FASTOPEN    (1 << 14)     /* Reserved */
#define TF_FREED       (1 << 15)     /* tcp_conn_free() was called while the
                                      * connection was held */

#define TF_LINGER      (1 << 16)     /* close() waits for the last ACK: there
                                      * is a socket, but no reader */

#include "tcp_rcv.h"                 /* struct tcp_rcv_s, tcp_listen_s */
#include "tcp_snd.h"                 /* struct tcp_snd_s */

/* What is kept of tcp_snd_s and tcp_rcv_s while nothing moves: tcp_rest.c */

struct tcp_rest_s
{
  const struct tcp_cc_s *cc;
  nettime_t last_sent;
  uint64_t total_acked;
  uint64_t bytes;
  uint32_t srtt_us;
  uint32_t rttvar_us;
  uint32_t rto_us;
  uint32_t minrtt_us;
  uint32_t cwnd;
  uint32_t ssthresh;
  uint32_t total_resent;
  uint32_t ooo_pkts;
  uint32_t rcv_rtt_us;
  uint32_t space;
  uint32_t clamp;
  uint16_t mss;
  uint16_t ratio;
  uint16_t snd_flags;
  uint16_t rcv_flags;
};

struct tcp_conn_s
{
  struct socket_conn_s sconn;        /* First: conn_lookup() finds this */
  uint8_t  t_state;                  /* TCPS_*; also in struct tcp_tw_s */
  uint8_t  snd_wscale;               /* Shift of windows that arrive */
  uint8_t  rcv_wscale;               /* ... that we send */
  uint8_t  t_softerror;              /* ICMP said so, not fatal by itself:
                                      * a positive errno */
  uint32_t t_flags;
  uint16_t t_hold;                   /* See tcp_conn_hold() */

  /* Sequence space.  Sending: SND.UNA .. SND.NXT is in flight;
   * snd_max is the highest SND.NXT ever (it may go back after an RTO).
   */

  uint32_t iss;                      /* The SYN; data starts at iss + 1 */
  uint32_t snd_una;
  uint32_t snd_nxt;
  uint32_t snd_max;
  uint32_t snd_wnd;                  /* Scaled: bytes */
  uint32_t snd_wl1;
  uint32_t snd_wl2;
  uint32_t snd_up;
  uint32_t max_sndwnd;               /* Largest the peer ever offered */

  uint32_t irs;
  uint32_t rcv_nxt;
  uint32_t rcv_adv;                  /* Right edge that we have advertised */
  uint32_t rcv_up;
  uint32_t last_ack_sent;

  uint16_t t_mss;                    /* Payload per segment that we may send,
                                      * without options: follows path MTU */
  uint16_t t_peermss;                /* What the peer said, 536 by default */
  uint16_t t_usermss;                /* TCP_MAXSEG; 0: none */

  /* Timestamps (RFC 7323) */

  uint32_t ts_recent;
  nettime_t ts_recent_age;
  uint32_t ts_offset;                /* tcp_ts_offset() */
  nettime_t t_syntime;               /* When the SYN or SYN-ACK was sent; 0:
                                      * more than once (Karn) */

  /* Deadlines */

  nettime_t *due;                    /* TCP_NTIMERS of them; NETTIME_NEVER:
                                      * not running.  NULL: at rest */
  struct net_timer_s timer;

  /* Keep-alive and the user's patience */

  uint32_t keep_idle_ms;             /* 0: the default, 7200 s */
  uint32_t keep_intvl_ms;            /* 0: 75 s */
  uint8_t  keep_cnt;                 /* 0: 9 */
  uint8_t  keep_probes;              /* Sent without an answer */
  uint32_t user_timeout_ms;          /* TCP_USER_TIMEOUT; 0: RFC 9293's R2 */
  uint32_t t_stalled_una;            /* snd_una when TCPT_USER was set */
  nettime_t t_rcvtime;               /* Last segment of the peer */

  /* How many challenge ACKs since when (RFC 5961 7) */

  nettime_t chal_since;
  uint8_t chal_count;

  struct net_batch_s batch;          /* ACKs and window updates, at the end of
                                      * a batch of received frames */
  struct tcp_rcv_s *rcv;             /* NULL: at rest; see tcp_conn_wake() */
  struct tcp_snd_s *snd;             /* Likewise */
  struct tcp_rest_s rest;            /* Only then */
  struct tcp_listen_s *listen;       /* TCPS_LISTEN only */
  struct tcp_conn_s *accept_next;    /* In the listener's queue */
  struct tcp_conn_s *accept_prev;
  struct tcp_conn_s *parent;         /* The listener, until accepted */
};

static inline struct tcp_conn_s *tcp_conn(struct socket_conn_s *sconn)
{
  return (struct tcp_conn_s *)sconn;
}

/* tcp_conn.c and tcp_timer.c: connections **********************************/

/* A connection in TCPS_CLOSED with defaults, tcp_snd_init() and
 * tcp_rcv_init() done, all options offered; NULL: no memory.
 */

struct tcp_conn_s *tcp_conn_alloc(int domain);

/* Out of every table, timers stopped, buffers freed (frames that a device
 * still holds keep their views), memory returned.  No segment is sent.  The
 * socket must have let go, or been told.
 */

void tcp_conn_free(struct tcp_conn_s *conn);

/* While a connection is held its memory stays, even if it is freed: it is
 * then in TCPS_CLOSED with TF_FREED and in no table.  tcp_conn_input() and
 * the timers hold the connection that they work on, so what they call
 * (tcp_ack, tcp_rcv_text, tcp_output, tcp_*_expired ...) may end it.
 */

static inline void tcp_conn_hold(struct tcp_conn_s *conn)
{
  conn->t_hold++;
}

void tcp_conn_release(struct tcp_conn_s *conn);

/* tcp_rest.c.  A connection on which nothing moves gives back snd, rcv and
 * due.  Whoever comes from outside (a segment, a call of the user, an ICMP
 * error) wakes it before it looks at them; false: no memory, counted.
 */

bool tcp_conn_wake(struct tcp_conn_s *conn);

static inline bool tcp_conn_resting(const struct tcp_conn_s *conn)
{
  return conn->snd == NULL;
}

/* Nothing is due: give them back if the connection is at rest, or arrange
 * for another look.
 */

void tcp_conn_rest(struct tcp_conn_s *conn);

/* The memory itself, for tcp_conn.c */

bool tcp_work_alloc(struct tcp_conn_s *conn);
void tcp_work_free(struct tcp_conn_s *conn);

/* Active open, after conn_connect(): chooses iss, goes to SYN-SENT, sends
 * the SYN.  The user gets POLLOUT or an error.
 */

void tcp_conn_open(struct tcp_conn_s *conn);

/* Values of a connection before it has any: iss and what follows from it
 * (snd_una, snd_nxt, snd_max, snd_up), ts_offset, t_mss.  For a connection
 * made by a listener, with addresses set; iss 0: tcp_new_iss().
 */

void tcp_conn_start(struct tcp_conn_s *conn, uint32_t iss);

/* The user has let go of a connection that lives on to send what is left
 * (TF_FIN_QUEUED is set, or will never be): no socket any more.  If there
 * are too many of them already, it is aborted.  "conn" may be gone.
 */

void tcp_conn_orphan(struct tcp_conn_s *conn);

/* The connection ends now: error (positive errno, 0: none) goes to the user,
 * who is woken with POLLHUP|POLLERR...; state CLOSED, out of the table, data
 * to be sent is gone, received data stays to be read; freed at once if
 * nobody has it, after tcp_listen_forget() if it was not accepted yet.
 * After this returns "conn" may be gone, unless it is held.
 */

void tcp_conn_drop(struct tcp_conn_s *conn, int error);

/* RST to the peer if the state calls for it (RFC 9293 3.10.5), then drop */

void tcp_conn_abort(struct tcp_conn_s *conn, int error);

/* The only place that writes t_state: keeps the counts */

void tcp_set_state(struct tcp_conn_s *conn, enum tcp_state_e state);

/* Initial sequence number, RFC 6528: needs addresses and ports */

uint32_t tcp_new_iss(const struct socket_conn_s *sconn);

/* Timestamps (RFC 7323 5.4) count milliseconds from an offset that is the
 * same for all connections between two hosts, and unknown to others.
 */

uint32_t tcp_ts_offset(const struct netaddr_s *laddr,
                       const struct netaddr_s *raddr);

static inline uint32_t tcp_ts_now(uint32_t offset)
{
  return (uint32_t)(net_now() / NET_MSEC) + offset;
}

/* Effective MSS: path MTU, peer's MSS, TCP_MAXSEG; call when one changed */

void tcp_update_mss(struct tcp_conn_s *conn);

/* The MSS to announce in a SYN, from the interface's MTU.  Without a
 * connection: of the interface and family (RFC 6691).
 */

uint16_t tcp_announced_mss(struct tcp_conn_s *conn);
uint16_t tcp_mss_of_mtu(unsigned int mtu, unsigned int iphdrlen);

void tcp_timer_set(struct tcp_conn_s *conn, enum tcp_timer_e which,
                   nettime_t due);
void tcp_timer_stop(struct tcp_conn_s *conn, enum tcp_timer_e which);
bool tcp_timer_running(const struct tcp_conn_s *conn, enum tcp_timer_e which);

/* An ACK is owed (TF_DELACK): it goes in 40 ms at the latest */

void tcp_timer_delack(struct tcp_conn_s *conn);

/* See to it that tcp_conn_rest() is asked, some time from now */

void tcp_timer_idle(struct tcp_conn_s *conn);

/* All deadlines */

void tcp_timer_stop_all(struct tcp_conn_s *conn);

/* The peer was heard from: restart keep-alive */

static inline void tcp_timer_heard(struct tcp_conn_s *conn)
{
  conn->t_rcvtime   = net_now();
  conn->keep_probes = 0;
}

/* SO_KEEPALIVE or one of TCP_KEEP* changed, or the connection is made */

void tcp_timer_keepalive(struct tcp_conn_s *conn);

/* To be asked by tcp_rexmt_expired() and tcp_persist_expired() each time,
 * before sending again: n is how often in a row it has expired (1, 2, ...),
 * "since" when the oldest of what is not answered was first sent.  R1
 * (n = 3): the path is looked for anew.  R2, or TCP_USER_TIMEOUT: the
 * connection is dropped with t_softerror or ETIMEDOUT; then true.
 * A window probe that was answered starts n and since anew.
 */

bool tcp_timer_giveup(struct tcp_conn_s *conn, unsigned int n,
                      nettime_t since);

/* tcp_option.c.  Reading: false if the options are malformed (the rest is
 * ignored, RFC 9293 3.1).  Writing returns the length, a multiple of 4, at
 * most 40: flags has TCPF_SYN for a SYN's options.
 */

bool tcp_options_read(const uint8_t *opt, unsigned int len,
                      struct tcp_opts_s *opts);
unsigned int tcp_options_write(uint8_t *opt, const struct tcp_opts_s *opts);

/* tcp_input.c **************************************************************/

/* Process a segment for a connection; also called for the segment that
 * completed a handshake of the SYN queue: the connection is in SYN-RECEIVED
 * then, in the table, tcp_conn_start() done, snd_nxt = snd_max = iss + 1,
 * rcv_nxt = irs + 1, rcv_adv the right edge that was advertised,
 * last_ack_sent, ts_recent, TF_SACK TF_TS TF_WSCALE, both shifts,
 * t_peermss, t_syntime set.  Consumes pkt.  "conn" may be gone afterwards.
 */

void tcp_conn_input(struct tcp_conn_s *conn, struct iob_s *pkt,
                    struct tcp_seg_s *seg);

/* What a connection does not want, answered as RFC 9293 3.10.7.1 says: a RST
 * to anything but a RST.  Does not consume.
 */

void tcp_reset_reply(const struct tcp_seg_s *seg);

/* TIME-WAIT ****************************************************************/

/* A connection in TIME-WAIT: all that is left of it.  In the tables in place
 * of the connection; conn_foreach() and conn_lookup() show it: look at
 * t_state (at the same place) before anything else.
 */

struct tcp_tw_s
{
  struct socket_conn_s sconn;
  uint8_t t_state;                   /* TCPS_TIME_WAIT */
  uint8_t chal_count;
  bool has_ts;
  uint32_t snd_nxt;
  uint32_t rcv_nxt;
  uint32_t rcv_wnd;                  /* Bytes */
  uint16_t wnd;                      /* As in a segment */
  uint32_t ts_recent;
  uint32_t ts_offset;
  nettime_t ts_recent_age;
  nettime_t chal_since;
  struct net_timer_s timer;
};

static_assert(offsetof(struct tcp_tw_s, t_state) ==
              offsetof(struct tcp_conn_s, t_state), "found as one");

/* What tcp_conn.c counts */

struct tcp_s
{
  uint32_t nestab;                   /* ESTABLISHED or CLOSE-WAIT */
  uint32_t norphans;
  uint32_t ntimewait;
  uint32_t max_orphans;
  uint32_t max_timewait;
};

extern struct tcp_s g_tcp;

/* The connection enters TIME-WAIT (or, without memory, none): a tcp_tw_s
 * takes its place in the tables, the connection itself is CLOSED and goes
 * when the user has.  seg: what it came with; NULL: nothing to acknowledge.
 */

void tcp_timewait_enter(struct tcp_conn_s *conn,
                        const struct tcp_seg_s *seg);

/* May this segment, a SYN, open the connection again (RFC 6191)?  And with
 * which ISS, or a larger one.
 */

bool tcp_timewait_reopens(const struct tcp_tw_s *tw,
                          const struct tcp_seg_s *seg);
uint32_t tcp_timewait_iss(const struct tcp_tw_s *tw);

/* Any other segment for it.  Does not consume. */

void tcp_timewait_input(struct tcp_tw_s *tw, const struct tcp_seg_s *seg);
void tcp_timewait_free(struct tcp_tw_s *tw);

/* May another challenge ACK be sent?  At most 10 in 5 seconds, for each
 * connection by itself: a common limit would tell a stranger of others.
 */

bool tcp_challenge_allowed(nettime_t *since, uint8_t *count);

/* tcp_listen.c *************************************************************/

/* A segment for a port where a listener is and no connection: SYN, the last
 * ACK of a handshake, or rubbish.  Consumes pkt; a connection made by it gets
 * the segment through tcp_conn_input().
 */

void tcp_listen_input(struct tcp_conn_s *listener, struct iob_s *pkt,
                      struct tcp_seg_s *seg);

/* Would it take a SYN that opens again what is in TIME-WAIT?  Then seg->iss
 * is set, or left 0 if a cookie is the answer; else it is counted.
 */

bool tcp_listen_reopens(struct tcp_conn_s *listener, struct tcp_seg_s *seg,
                        const struct tcp_tw_s *tw);

int  tcp_listen_start(struct tcp_conn_s *conn, int backlog);
void tcp_listen_stop(struct tcp_conn_s *conn);

/* Take a connection out of its listener's queue because it ended first */

void tcp_listen_forget(struct tcp_conn_s *conn);

/* tcp_rcvbuf.c *************************************************************/

/* Text of an acceptable segment (RFC 9293 3.10.7.4, seventh): seg->seq and
 * seg->len are what pkt holds, already cut to the window.  Puts it in order
 * or aside, advances rcv_nxt over all that is now in order, sets TF_ACKNOW or
 * TF_DELACK, tells the reader.  fin: a FIN follows this text; returns true
 * when rcv_nxt has passed the FIN (which may have come earlier).  Consumes
 * pkt.
 */

bool tcp_rcv_text(struct tcp_conn_s *conn, struct iob_s *pkt,
                  const struct tcp_seg_s *seg, bool fin);

/* These bytes arrived once more, wholly before rcv_nxt, and were cut off or
 * dropped: to be told by D-SACK (RFC 2883) in the next ACK.
 */

void tcp_rcv_duplicate(struct tcp_conn_s *conn, uint32_t start,
                       uint32_t end);

/* A segment with URG (RFC 9293 3.10.7.4, sixth; RFC 6093), before its text:
 * moves rcv_up, tells the reader POLLPRI.
 */

void tcp_rcv_urgent(struct tcp_conn_s *conn, const struct tcp_seg_s *seg);

/* The window to advertise now, in bytes: never left of rcv_adv, silly-window
 * avoidance of RFC 9293 3.8.6.2.2 applied; from memory, not from payload.
 */

uint32_t tcp_rcv_window(struct tcp_conn_s *conn);

/* Is the window so much larger than what the peer knows that it must be
 * told?  tcp_rcv_read() has made room.
 */

bool tcp_rcv_update_due(struct tcp_conn_s *conn);

/* SACK blocks to send, most recent first, D-SACK in front: how many */

unsigned int tcp_rcv_sack(struct tcp_conn_s *conn, struct tcp_opts_s *opts,
                          unsigned int max);

void tcp_rcv_init(struct tcp_conn_s *conn);
void tcp_rcv_free(struct tcp_conn_s *conn);

/* tcp_output.c and the rest of the sending side ****************************/

/* tcp_snd_free() and tcp_rcv_free() may be called twice; _free() of the
 * sending side is called when the connection is dropped, of the receiving
 * side when nobody can read any more.
 */

void tcp_snd_init(struct tcp_conn_s *conn);
void tcp_snd_free(struct tcp_conn_s *conn);

/* Append user data: the bytes taken, 0 if the buffer is full, or -ENOMEM,
 * -EPIPE.  Copies once and adds the checksum up.  Does not send.
 */

ssize_t tcp_sndbuf_put(struct tcp_conn_s *conn, struct net_uio_s *uio,
                       int flags);
uint32_t tcp_sndbuf_space(const struct tcp_conn_s *conn);
uint32_t tcp_sndbuf_unsent(const struct tcp_conn_s *conn);   /* SIOCOUTQNSD */
uint32_t tcp_sndbuf_unacked(const struct tcp_conn_s *conn);  /* SIOCOUTQ */
uint32_t tcp_sndbuf_all(void);       /* Memory of the rows of all */

/* Send all that may and must be sent now: SYN or SYN-ACK (by state), data,
 * FIN, an ACK if TF_ACKNOW, a window update, lost segments again.  If the
 * device is full, waits in its egress queue.  May find that the connection
 * has no way to its peer: sets t_softerror and leaves it to the timers.
 * A segment with ACK sets rcv_adv and last_ack_sent, clears TF_ACKNOW and
 * TF_DELACK and stops TCPT_DELACK.  SYN and SYN-ACK set t_syntime (0 when
 * sent again); a SYN sets rcv_adv = rcv_nxt + its window, too.
 * Harmless in TCPS_CLOSED and TCPS_LISTEN: does nothing.
 */

void tcp_output(struct tcp_conn_s *conn);

/* A segment without data, now, outside of the stream: RST, challenge ACK,
 * keep-alive (seq snd_una - 1).
 */

void tcp_send_control(struct tcp_conn_s *conn, uint32_t seq, uint32_t ack,
                      uint8_t flags);

/* The same where there is no connection: to the sender of seg (RST of
 * RFC 9293 3.10.7.1; SYN-ACK of the SYN queue, whose options are opts;
 * ACK of TIME-WAIT).  opts may be NULL.
 */

void tcp_send_reply(const struct net_rx_s *rx, uint16_t lport,
                    uint16_t rport, uint32_t seq, uint32_t ack,
                    uint8_t flags, uint16_t wnd,
                    const struct tcp_opts_s *opts);

/* An acceptable ACK (RFC 9293 3.10.7.4, fifth; SND.UNA =< SEG.ACK =<
 * snd_max): frees what is acknowledged, samples the round trip, updates the
 * scoreboard, window (SND.WND from SEG.WND << snd_wscale, WL1, WL2,
 * max_sndwnd) and congestion state, finds losses, restarts the timers, tells
 * the writer.  Does not send: tcp_output() is called at the end of the batch.
 * Returns true if our FIN is acknowledged, now or before.  Called in every
 * synchronized state, with snd_una > iss.
 */

bool tcp_ack(struct tcp_conn_s *conn, const struct tcp_seg_s *seg);

/* The handshake is complete: initial congestion window, RTT of the SYN
 * (rtt 0: it was sent again, Karn); stops TCPT_REXMT.  The state is set;
 * snd_una = iss + 1, snd_wnd, wl1, wl2, max_sndwnd, t_mss and the options
 * are set.
 */

void tcp_snd_established(struct tcp_conn_s *conn, nettime_t rtt);

/* Timers */

void tcp_rexmt_expired(struct tcp_conn_s *conn);
void tcp_persist_expired(struct tcp_conn_s *conn);
void tcp_loss_expired(struct tcp_conn_s *conn);
void tcp_defer_expired(struct tcp_conn_s *conn);

/* The MSS has become smaller: what was cut too long is cut again */

void tcp_mss_changed(struct tcp_conn_s *conn);

struct tcp_info;
void tcp_snd_info(const struct tcp_conn_s *conn, struct tcp_info *info);
void tcp_rcv_info(const struct tcp_conn_s *conn, struct tcp_info *info);

/* Congestion control by name; "newreno", "cubic".  NULL: unknown */

struct tcp_cc_s;
const struct tcp_cc_s *tcp_cc_find(const char *name);
int  tcp_cc_set(struct tcp_conn_s *conn, const struct tcp_cc_s *cc);
const char *tcp_cc_name(const struct tcp_conn_s *conn);

#endif /* __NET_TCP_H */
