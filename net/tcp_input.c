/* net/tcp_input.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Segments that arrive, in the order of RFC 9293 section 3.10.7:
 *
 *   tcp_input        the header is checked and read, the connection looked
 *                    up; 3.10.7.1, no connection, is answered by a RST
 *   3.10.7.2         LISTEN: tcp_listen.c
 *   3.10.7.3         SYN-SENT
 *   3.10.7.4         all others, in eight steps: first the sequence number,
 *                    second RST, third security (there is none), fourth SYN,
 *                    fifth ACK, sixth URG, seventh the text, eighth FIN
 *
 * Each step is a function that answers whether to go on.  A segment is cut
 * to the window in the first step, so all that follows sees only what is new
 * and fits.  With RFC 7323 the timestamp is looked at before (PAWS), and RFC
 * 5961 asks for more before a RST, a SYN or an ACK from out of nowhere is
 * believed: an answer ("challenge ACK") that only the true peer can use.
 *
 * Nearly all segments of a bulk transfer are the next in order and carry
 * nothing but data, or nothing but an ACK.  predicted() tells these by a few
 * comparisons and goes straight to the fifth or the seventh step (Van
 * Jacobson's header prediction).
 *
 * Answers wait for the end of the batch of received frames: one ACK does for
 * all of it, and what an ACK lets us send goes in one go.  Only what is out
 * of order is answered at once, because the number of answers tells the peer
 * something (RFC 5681 4.2).
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include <netinet/in.h>

#include <nuttx/net/net.h>

#include "tcp.h"

#define CHALLENGE_TIME (5 * NET_SEC)         /* RFC 5961 7 */
#define CHALLENGE_MAX  10
#define PAWS_TIME      (24 * 86400 * NET_SEC)   /* RFC 7323 5.5 */

/* A segment on its way through the steps */

struct tcp_arrival_s
{
  struct tcp_conn_s *conn;
  struct tcp_seg_s *seg;
  struct iob_s *pkt;                 /* NULL: consumed */
  uint32_t rcv_nxt;                  /* When it came */
  bool text;                         /* It had text or FIN then */
  bool acked;                        /* tcp_ack() may have room to send */
};

/* Answers ******************************************************************/

bool tcp_challenge_allowed(nettime_t *since, uint8_t *count)
{
  nettime_t now = net_now();

  if (*count == 0 || now - *since >= CHALLENGE_TIME)
    {
      *since = now;
      *count = 0;
    }

  if (*count >= CHALLENGE_MAX)
    {
      g_net.stats.tcp.ackskipped++;
      return false;
    }

  (*count)++;
  g_net.stats.tcp.tcpchallengeack++;
  return true;
}

static void challenge(struct tcp_conn_s *conn)
{
  if (tcp_challenge_allowed(&conn->chal_since, &conn->chal_count))
    {
      tcp_send_control(conn, conn->snd_nxt, conn->rcv_nxt, TCPF_ACK);
    }
}

/* RFC 9293 3.10.7.1 */

void tcp_reset_reply(const struct tcp_seg_s *seg)
{
  uint32_t end = seg->seq + seg->len + ((seg->flags & TCPF_SYN) != 0) +
                 ((seg->flags & TCPF_FIN) != 0);

  if ((seg->flags & TCPF_RST) != 0)
    {
      return;
    }

  if ((seg->flags & TCPF_ACK) != 0)
    {
      tcp_send_reply(seg->rx, seg->dport, seg->sport, seg->ack, 0, TCPF_RST,
                     0, NULL);
    }
  else
    {
      tcp_send_reply(seg->rx, seg->dport, seg->sport, 0, end,
                     TCPF_RST | TCPF_ACK, 0, NULL);
    }
}

/* Cutting ******************************************************************/

static uint32_t receive_window(const struct tcp_conn_s *conn)
{
  return SEQ_GT(conn->rcv_adv, conn->rcv_nxt) ?
         conn->rcv_adv - conn->rcv_nxt : 0;
}

/* What it takes of the sequence space */

static uint32_t seg_space(const struct tcp_seg_s *seg)
{
  return seg->len + ((seg->flags & TCPF_SYN) != 0) +
         ((seg->flags & TCPF_FIN) != 0);
}

/* Take n bytes off the front, SYN first.  n is less than its space */

static void cut_front(struct tcp_arrival_s *a, uint32_t n)
{
  struct tcp_seg_s *seg = a->seg;

  if (n > 0 && (seg->flags & TCPF_SYN) != 0)
    {
      seg->flags &= ~TCPF_SYN;
      seg->seq++;
      n--;
    }

  if (n > 0)
    {
      a->pkt    = iob_trimhead(a->pkt, n);
      seg->seq += n;
      seg->len -= n;
    }
}

/* Take n bytes off the end, FIN first */

static void cut_tail(struct tcp_arrival_s *a, uint32_t n)
{
  struct tcp_seg_s *seg = a->seg;

  if (n > 0 && (seg->flags & TCPF_FIN) != 0)
    {
      seg->flags &= ~TCPF_FIN;
      n--;
    }

  n = MIN(n, seg->len);
  if (n > 0)
    {
      a->pkt    = iob_trimtail(a->pkt, n);
      seg->len -= n;
    }
}

/* Being established ********************************************************/

static void learn_window(struct tcp_conn_s *conn, const struct tcp_seg_s *seg)
{
  unsigned int shift = (seg->flags & TCPF_SYN) != 0 ? 0 : conn->snd_wscale;

  conn->snd_wnd    = seg->wnd << shift;
  conn->snd_wl1    = seg->seq;
  conn->snd_wl2    = seg->ack;
  conn->max_sndwnd = MAX(conn->max_sndwnd, conn->snd_wnd);
}

/* Our SYN is acknowledged, and we have the peer's */

static void established(struct tcp_conn_s *conn, const struct tcp_seg_s *seg)
{
  nettime_t rtt = 0;

  if (conn->t_syntime != 0)
    {
      rtt = MAX(net_now() - conn->t_syntime, 1);
    }

  /* The SYN may have been about to go once more */

  conn->snd_una     = conn->iss + 1;
  conn->snd_nxt     = conn->snd_max;
  conn->t_softerror = 0;
  learn_window(conn, seg);
  tcp_timer_stop(conn, TCPT_KEEP);
  tcp_set_state(conn, (conn->t_flags & TF_FIN_QUEUED) != 0 ?
                TCPS_FIN_WAIT_1 : TCPS_ESTABLISHED);
  tcp_timer_heard(conn);
  tcp_timer_keepalive(conn);
  tcp_update_mss(conn);
  tcp_snd_established(conn, rtt);
  conn->t_flags |= TF_NEEDOUT;
  sock_event(conn->sconn.psock, POLLOUT);
}

/* The options of the peer's SYN, where we are the one that opened: what he
 * does not offer is not used (RFC 7323 1.3, RFC 2018 2).
 */

static void learn_options(struct tcp_conn_s *conn,
                          const struct tcp_opts_s *opts)
{
  if (opts->mss != 0)
    {
      conn->t_peermss = opts->mss;
    }

  if (!opts->has_wscale)
    {
      conn->t_flags   &= ~TF_WSCALE;
    }

  if (!opts->has_ts)
    {
      conn->t_flags &= ~TF_TS;
    }

  if (!opts->sack_ok)
    {
      conn->t_flags &= ~TF_SACK;
    }

  if ((conn->t_flags & TF_WSCALE) != 0)
    {
      conn->snd_wscale = opts->wscale;
    }
  else
    {
      conn->snd_wscale = 0;
      conn->rcv_wscale = 0;
    }

  if ((conn->t_flags & TF_TS) != 0)
    {
      conn->ts_recent     = opts->tsval;
      conn->ts_recent_age = net_now();
    }
}

/* Timestamps ***************************************************************/

/* RFC 7323 4.3: only a segment that begins at or before the last ACK moves
 * TS.Recent, so a delayed ACK echoes the first that it covers.
 */

static inline void learn_timestamp(struct tcp_conn_s *conn,
                                   const struct tcp_seg_s *seg, uint32_t seq)
{
  if (SEQ_LEQ(seq, conn->last_ack_sent))
    {
      conn->ts_recent     = seg->opts.tsval;
      conn->ts_recent_age = conn->t_rcvtime;   /* Now */
    }
}

/* 3.10.7.3: SYN-SENT *******************************************************/

/* First: the ACK bit, then second: RST.  An ACK that is not for our SYN
 * shows that somebody has an old idea of this connection.
 */

static bool syn_sent_ack_rst(struct tcp_arrival_s *a)
{
  struct tcp_conn_s *conn = a->conn;
  struct tcp_seg_s *seg = a->seg;
  bool ack = (seg->flags & TCPF_ACK) != 0;

  if (ack && (SEQ_LEQ(seg->ack, conn->iss) ||
              SEQ_GT(seg->ack, conn->snd_max)))
    {
      g_net.stats.tcp.badsynacks++;
      tcp_reset_reply(seg);
      return false;
    }

  if ((seg->flags & TCPF_RST) == 0)
    {
      return true;
    }

  if (ack)
    {
      g_net.stats.tcp.rstsreceived++;
      tcp_conn_drop(conn, ECONNREFUSED);
    }
  else
    {
      g_net.stats.tcp.oowrsts++;
    }

  return false;
}

/* Fourth: the SYN bit.  The window that our SYN offered starts behind the
 * peer's SYN.  What text there is beyond it is cut off.
 */

static void syn_sent_syn(struct tcp_arrival_s *a)
{
  struct tcp_conn_s *conn = a->conn;
  struct tcp_seg_s *seg = a->seg;
  uint32_t wnd = receive_window(conn);

  conn->irs           = seg->seq;
  conn->rcv_nxt       = seg->seq + 1;
  conn->rcv_adv       = conn->rcv_nxt + wnd;
  conn->rcv_up        = conn->rcv_nxt;
  conn->last_ack_sent = conn->rcv_nxt;
  a->rcv_nxt          = conn->rcv_nxt;
  learn_options(conn, &seg->opts);
  conn->t_flags |= TF_ACKNOW | TF_NEEDOUT;
  if (seg->len + ((seg->flags & TCPF_FIN) != 0) > wnd)
    {
      g_net.stats.tcp.cutsegs++;
      cut_tail(a, seg->len + ((seg->flags & TCPF_FIN) != 0) - wnd);
    }
}

/* Returns true if the segment goes on with its URG, text and FIN */

static bool syn_sent_input(struct tcp_arrival_s *a)
{
  struct tcp_conn_s *conn = a->conn;
  struct tcp_seg_s *seg = a->seg;

  if (!syn_sent_ack_rst(a))
    {
      return false;
    }

  if ((seg->flags & TCPF_SYN) == 0)
    {
      g_net.stats.tcp.synsentdrops++;
      return false;
    }

  syn_sent_syn(a);
  if ((seg->flags & TCPF_ACK) != 0)
    {
      established(conn, seg);
      cut_front(a, 1);
      return true;
    }

  /* Both sides have opened (3.5, figure 8): SYN-ACK.  Text that came with
   * the SYN, which is rare, is not kept: it will be sent again.
   */

  learn_window(conn, seg);
  tcp_set_state(conn, TCPS_SYN_RCVD);
  return false;
}

/* 3.10.7.4, first: the sequence number *************************************/

/* PAWS.  A segment that is older than what came before it is not acceptable;
 * ts_recent itself becomes too old to tell after 24 days.  One that has no
 * timestamp, where that was agreed on, is dropped (RFC 7323 3.2).
 */

static bool timestamp_acceptable(struct tcp_arrival_s *a)
{
  struct tcp_conn_s *conn = a->conn;
  struct tcp_seg_s *seg = a->seg;

  if ((conn->t_flags & TF_TS) == 0 || (seg->flags & TCPF_RST) != 0)
    {
      return true;
    }

  if (!seg->opts.has_ts)
    {
      g_net.stats.tcp.tsmissing++;
      return false;
    }

  if (SEQ_GEQ(seg->opts.tsval, conn->ts_recent) ||
      net_now() - conn->ts_recent_age > PAWS_TIME)
    {
      return true;
    }

  g_net.stats.tcp.pawsestab++;
  challenge(conn);
  return false;
}

/* A RST is only looked at inside the window, and never answered here */

static bool rst_in_window(struct tcp_arrival_s *a, uint32_t wnd)
{
  uint32_t offset = a->seg->seq - a->conn->rcv_nxt;

  if (offset == 0 || offset < wnd)
    {
      return true;
    }

  g_net.stats.tcp.oowrsts++;
  return false;
}

/* Not acceptable: answered by an ACK.  Who sends text will stop when it is
 * acknowledged; without text or with SYN two hosts could go on for ever.
 * (In SYN-RECEIVED tcp_output() would send a SYN-ACK.)
 */

static bool not_acceptable(struct tcp_arrival_s *a)
{
  struct tcp_conn_s *conn = a->conn;

  if (seg_space(a->seg) == 0 || (a->seg->flags & TCPF_SYN) != 0 ||
      conn->t_state == TCPS_SYN_RCVD)
    {
      challenge(conn);
    }
  else
    {
      conn->t_flags |= TF_ACKNOW;
    }

  return false;
}

/* Starts before RCV.NXT.  Without text it may have been sent before the
 * peer saw our last ACK, and overtaken.
 */

static bool left_edge(struct tcp_arrival_s *a)
{
  struct tcp_conn_s *conn = a->conn;
  struct tcp_seg_s *seg = a->seg;
  uint32_t old = conn->rcv_nxt - seg->seq;
  uint32_t space = seg_space(seg);

  if (space == 0 && SEQ_GEQ(seg->seq, conn->last_ack_sent))
    {
      return true;
    }

  if (space == 0 || (seg->flags & TCPF_SYN) != 0)
    {
      g_net.stats.tcp.oowsegs++;
      return not_acceptable(a);
    }

  if (seg->len > 0)
    {
      tcp_rcv_duplicate(conn, seg->seq, seg->seq + MIN(old, seg->len));
    }

  if (old >= space)
    {
      g_net.stats.tcp.dupsegs++;
      return not_acceptable(a);
    }

  g_net.stats.tcp.cutsegs++;
  cut_front(a, old);
  return true;
}

/* Ends behind RCV.NXT + RCV.WND, or starts there.  An empty segment right at
 * the edge is what a peer sends that has filled the window.  A closed window
 * lets no text in, but ACK, URG and RST count (MUST-66): it is a probe.  A
 * FIN needs no memory: behind text that fits it is taken, so that a peer who
 * has sent all is not kept waiting for a reader.
 */

static bool right_edge(struct tcp_arrival_s *a, uint32_t wnd)
{
  struct tcp_conn_s *conn = a->conn;
  struct tcp_seg_s *seg = a->seg;
  uint32_t offset = seg->seq - conn->rcv_nxt;
  uint32_t space = seg_space(seg);

  if (SEQ_LT(seg->seq, conn->rcv_nxt) || offset + space <= wnd ||
      ((seg->flags & (TCPF_FIN | TCPF_SYN)) == TCPF_FIN &&
       offset + seg->len <= wnd))
    {
      return true;
    }

  if (offset > wnd || (offset == wnd && space > 0 && wnd > 0))
    {
      g_net.stats.tcp.oowsegs++;
      return not_acceptable(a);
    }

  if (wnd == 0)
    {
      g_net.stats.tcp.zerowndprobes++;
    }
  else
    {
      g_net.stats.tcp.cutsegs++;
    }

  conn->t_flags |= TF_ACKNOW;
  cut_tail(a, offset + space - wnd);
  return true;
}

static bool first_sequence(struct tcp_arrival_s *a)
{
  struct tcp_conn_s *conn = a->conn;
  struct tcp_seg_s *seg = a->seg;
  uint32_t wnd = receive_window(conn);
  uint32_t seq = seg->seq;

  if (!timestamp_acceptable(a))
    {
      return false;
    }

  if ((seg->flags & TCPF_RST) != 0)
    {
      return rst_in_window(a, wnd);
    }

  if (SEQ_LT(seg->seq, conn->rcv_nxt) && !left_edge(a))
    {
      return false;
    }

  if (!right_edge(a, wnd))
    {
      return false;
    }

  tcp_timer_heard(conn);
  if (seg->opts.has_ts && (conn->t_flags & TF_TS) != 0)
    {
      learn_timestamp(conn, seg, seq);
    }

  return true;
}

/* Second: RST **************************************************************/

static int reset_error(const struct tcp_conn_s *conn)
{
  switch (conn->t_state)
    {
      case TCPS_SYN_RCVD:
        return ECONNREFUSED;

      case TCPS_CLOSE_WAIT:
        return EPIPE;

      default:
        return ECONNRESET;
    }
}

/* Only exactly the next number resets (RFC 5961 3); another one in the
 * window may be a guess.
 */

static bool second_rst(struct tcp_arrival_s *a)
{
  struct tcp_conn_s *conn = a->conn;

  if ((a->seg->flags & TCPF_RST) == 0)
    {
      return true;
    }

  if (a->seg->seq == conn->rcv_nxt)
    {
      g_net.stats.tcp.rstsreceived++;
      tcp_conn_drop(conn, reset_error(conn));
    }
  else
    {
      g_net.stats.tcp.tcprstchallenge++;
      challenge(conn);
    }

  return false;
}

/* Fourth: SYN **************************************************************/

/* RFC 5961 4: if the peer has really forgotten us he answers with a RST */

static bool fourth_syn(struct tcp_arrival_s *a)
{
  if ((a->seg->flags & TCPF_SYN) == 0)
    {
      return true;
    }

  g_net.stats.tcp.tcpsynchallenge++;
  challenge(a->conn);
  return false;
}

/* Fifth: ACK ***************************************************************/

/* SYN-RECEIVED: the end of the handshake */

static bool ack_of_syn(struct tcp_arrival_s *a)
{
  struct tcp_conn_s *conn = a->conn;
  struct tcp_seg_s *seg = a->seg;

  if (SEQ_LEQ(seg->ack, conn->iss) || SEQ_GT(seg->ack, conn->snd_max))
    {
      g_net.stats.tcp.badacks++;
      tcp_reset_reply(seg);
      return false;
    }

  established(conn, seg);
  return true;
}

/* Our FIN is acknowledged: the state goes on.  False: no more of it */

static bool ack_of_fin(struct tcp_conn_s *conn)
{
  switch (conn->t_state)
    {
      case TCPS_FIN_WAIT_1:
        tcp_set_state(conn, TCPS_FIN_WAIT_2);
        sock_event(conn->sconn.psock, POLLOUT);
        return true;

      case TCPS_CLOSING:
        tcp_timewait_enter(conn, NULL);
        return false;

      case TCPS_LAST_ACK:
        tcp_conn_drop(conn, 0);
        return false;

      default:
        return true;
    }
}

/* A sign that something may be lost, in a batch: what the acknowledgements
 * before it have made room for goes first.  Else recovery would begin with a
 * window that is only empty because nothing has been sent yet, and would not
 * fill it.
 */

static void catch_up(struct tcp_conn_s *conn, const struct tcp_seg_s *seg)
{
  bool sign = seg->opts.nsack > 0 ||
              (seg->ack == conn->snd_una && seg->wirelen == 0);

  if (sign && conn->snd->cc_state < TCP_CA_RECOVERY &&
      conn->batch.pprev != NULL)
    {
      tcp_output(conn);
    }
}

/* RFC 5961 5: what is acknowledged must be at most a window old, and have
 * been sent.
 */

static bool fifth_ack(struct tcp_arrival_s *a)
{
  struct tcp_conn_s *conn = a->conn;
  struct tcp_seg_s *seg = a->seg;
  uint32_t una = conn->snd_una;
  bool fin;

  if ((seg->flags & TCPF_ACK) == 0)
    {
      g_net.stats.tcp.noacksegs++;
      return false;
    }

  if (conn->t_state == TCPS_SYN_RCVD)
    {
      return ack_of_syn(a);
    }

  if (SEQ_LT(seg->ack, una - conn->max_sndwnd) ||
      SEQ_GT(seg->ack, conn->snd_max))
    {
      g_net.stats.tcp.badacks++;
      challenge(conn);
      return false;
    }

  if (SEQ_LT(seg->ack, una))
    {
      g_net.stats.tcp.oldacks++;
      return true;
    }

  catch_up(conn, seg);
  fin      = tcp_ack(conn, seg);
  a->acked = true;
  if (conn->t_state == TCPS_CLOSED)
    {
      return false;
    }

  if (seg->ack != una)
    {
      neigh_confirm(&conn->sconn.path);
    }

  return !fin || ack_of_fin(conn);
}

/* Sixth: URG, seventh: the text, eighth: FIN *******************************/

static bool may_receive(const struct tcp_conn_s *conn)
{
  return conn->t_state == TCPS_ESTABLISHED ||
         conn->t_state == TCPS_FIN_WAIT_1 ||
         conn->t_state == TCPS_FIN_WAIT_2;
}

static void sixth_urg(struct tcp_arrival_s *a)
{
  if ((a->seg->flags & TCPF_URG) != 0)
    {
      tcp_rcv_urgent(a->conn, a->seg);
    }
}

/* Returns true if a FIN is in order now: that of this segment, or one that
 * came earlier.  Text for a user who has gone will never be read: the peer is
 * told so (RFC 9293 3.6.1, SHLD-3).
 */

static bool seventh_text(struct tcp_arrival_s *a)
{
  struct tcp_conn_s *conn = a->conn;
  struct iob_s *pkt = a->pkt;
  bool fin = (a->seg->flags & TCPF_FIN) != 0;

  if (a->seg->len == 0 && !fin)
    {
      return false;
    }

  if (a->seg->len > 0 && (conn->t_flags & (TF_ORPHAN | TF_LINGER)) != 0)
    {
      g_net.stats.tcp.afterclose++;
      tcp_conn_abort(conn, 0);
      return false;
    }

  a->pkt = NULL;
  return tcp_rcv_text(conn, pkt, a->seg, fin);
}

static void eighth_fin(struct tcp_arrival_s *a)
{
  struct tcp_conn_s *conn = a->conn;

  sock_event(conn->sconn.psock, POLLIN | POLLRDHUP);
  switch (conn->t_state)
    {
      case TCPS_ESTABLISHED:
        tcp_set_state(conn, TCPS_CLOSE_WAIT);
        break;

      case TCPS_FIN_WAIT_1:
        tcp_set_state(conn, TCPS_CLOSING);   /* Else it were FIN-WAIT-2 */
        break;

      case TCPS_FIN_WAIT_2:
        tcp_timewait_enter(conn, a->seg);
        return;

      default:
        break;
    }

  conn->t_flags |= TF_ACKNOW;
}

static void text_and_fin(struct tcp_arrival_s *a)
{
  if (!may_receive(a->conn))
    {
      return;
    }

  sixth_urg(a);
  if (seventh_text(a))
    {
      eighth_fin(a);
    }
}

/* Header prediction ********************************************************/

static inline bool is_predicted(const struct tcp_conn_s *conn,
                                const struct tcp_seg_s *seg)
{
  return conn->t_state == TCPS_ESTABLISHED &&
         (seg->flags & (TCPF_SYN | TCPF_FIN | TCPF_RST | TCPF_URG |
                        TCPF_ACK)) == TCPF_ACK &&
         seg->seq == conn->rcv_nxt &&
         seg->wnd << conn->snd_wscale == conn->snd_wnd &&
         seg->opts.has_ts == ((conn->t_flags & TF_TS) != 0) &&
         (!seg->opts.has_ts || SEQ_GEQ(seg->opts.tsval, conn->ts_recent));
}

/* True if the segment was one of the two common kinds and is dealt with */

static bool predicted(struct tcp_arrival_s *a)
{
  struct tcp_conn_s *conn = a->conn;
  struct tcp_seg_s *seg = a->seg;
  bool data;

  if (!is_predicted(conn, seg))
    {
      return false;
    }

  data = seg->len > 0 && seg->ack == conn->snd_una &&
         seg->len <= receive_window(conn);
  if (!data && (seg->len != 0 || seg->opts.nsack != 0 ||
                !SEQ_GT(seg->ack, conn->snd_una) ||
                SEQ_GT(seg->ack, conn->snd_max)))
    {
      return false;
    }

  tcp_timer_heard(conn);
  if (seg->opts.has_ts)
    {
      learn_timestamp(conn, seg, seg->seq);
    }

  if (data)
    {
      /* The window is the same, but these must not fall behind by half of
       * the sequence space.
       */

      conn->snd_wl1 = seg->seq;
      conn->snd_wl2 = seg->ack;
      g_net.stats.tcp.tcphphits++;
      if (seventh_text(a))
        {
          eighth_fin(a);
        }
    }
  else
    {
      g_net.stats.tcp.tcphpacks++;
      tcp_ack(conn, seg);
      a->acked = true;
      neigh_confirm(&conn->sconn.path);
    }

  return true;
}

/* The whole of it **********************************************************/

/* Both sides have opened, and the peer's SYN-ACK repeats his SYN: what is
 * new in it is the ACK (3.5, figure 8).
 */

static void cut_repeated_syn(struct tcp_arrival_s *a)
{
  if ((a->seg->flags & (TCPF_SYN | TCPF_ACK | TCPF_RST)) ==
      (TCPF_SYN | TCPF_ACK) && a->seg->seq == a->conn->irs)
    {
      a->seg->flags &= ~TCPF_SYN;
      a->seg->seq++;
    }
}

static void synchronized_input(struct tcp_arrival_s *a)
{
  if (a->conn->t_state == TCPS_SYN_RCVD)
    {
      cut_repeated_syn(a);
    }

  if (first_sequence(a) && second_rst(a) && fourth_syn(a) && fifth_ack(a))
    {
      text_and_fin(a);
    }
}

/* What is owed now, at the end of the batch, or soon */

static void answer(struct tcp_arrival_s *a)
{
  struct tcp_conn_s *conn = a->conn;

  if (conn->t_state == TCPS_CLOSED)
    {
      return;
    }

  if ((conn->t_flags & TF_ACKNOW) != 0 && a->text &&
      conn->rcv_nxt == a->rcv_nxt)
    {
      tcp_output(conn);
      return;
    }

  /* The batch may find nothing to send that would carry the ACK */

  if ((conn->t_flags & (TF_DELACK | TF_ACKNOW)) == TF_DELACK)
    {
      tcp_timer_delack(conn);
    }

  if (a->acked || (conn->t_flags & (TF_ACKNOW | TF_NEEDOUT)) != 0)
    {
      net_batch_add(&conn->batch);
    }
}

void tcp_conn_input(struct tcp_conn_s *conn, struct iob_s *pkt,
                    struct tcp_seg_s *seg)
{
  struct tcp_arrival_s arrival =
  {
    .conn    = conn,
    .seg     = seg,
    .pkt     = pkt,
    .rcv_nxt = conn->rcv_nxt,
    .text    = seg->len > 0 || (seg->flags & TCPF_FIN) != 0,
  };

  if (!tcp_conn_wake(conn))
    {
      iob_free_chain(pkt);
      return;
    }

  tcp_conn_hold(conn);
  if (conn->t_state == TCPS_CLOSED)
    {
      g_net.stats.tcp.lateseg++;
      tcp_reset_reply(seg);
    }
  else if (conn->t_state == TCPS_SYN_SENT)
    {
      if (syn_sent_input(&arrival))
        {
          text_and_fin(&arrival);
        }
    }
  else if (!predicted(&arrival))
    {
      synchronized_input(&arrival);
    }

  if (arrival.pkt != NULL)
    {
      iob_free_chain(arrival.pkt);
    }

  answer(&arrival);
  if (conn->t_state == TCPS_ESTABLISHED)
    {
      tcp_timer_idle(conn);
    }

  tcp_conn_release(conn);
}

/* From the network *********************************************************/

/* The header is whole, its numbers make sense, the checksum is right: NULL,
 * or the counter of what is wrong.
 */

static uint64_t *check(struct iob_s *pkt, const struct net_rx_s *rx)
{
  const struct tcp_hdr_s *hdr;
  unsigned int hdrlen;
  uint32_t sum;

  if (pkt->io_pktlen < TCP_HDRLEN)
    {
      return &g_net.stats.tcp.inshort;
    }

  if (pkt->io_len < TCP_HDRLEN && iob_contig(pkt, TCP_HDRLEN) < 0)
    {
      return &g_net.stats.tcp.innomem;
    }

  hdrlen = tcp_hdrlen((const struct tcp_hdr_s *)IOB_DATA(pkt));
  if (hdrlen < TCP_HDRLEN || hdrlen > pkt->io_pktlen)
    {
      return &g_net.stats.tcp.inshort;
    }

  if (pkt->io_len < hdrlen && iob_contig(pkt, hdrlen) < 0)
    {
      return &g_net.stats.tcp.innomem;
    }

  if ((rx->flags & NET_RX_CSUM_OK) == 0)
    {
      sum = g_ipv4_family.pseudo(&rx->src, &rx->dst, IPPROTO_TCP,
                                 pkt->io_pktlen);
      if (net_csum_fold(net_csum_iob(pkt, 0, pkt->io_pktlen, sum)) != 0xffff)
        {
          return &g_net.stats.tcp.incsumerrors;
        }
    }

  hdr = (const struct tcp_hdr_s *)IOB_DATA(pkt);
  if (tcp_get16(hdr->sport) == 0 || tcp_get16(hdr->dport) == 0)
    {
      return &g_net.stats.tcp.inport0;
    }

  return NULL;
}

/* Read the header and take it off; the first iob holds it whole */

static struct iob_s *parse(struct iob_s *pkt, struct tcp_seg_s *seg,
                           const struct net_rx_s *rx)
{
  const struct tcp_hdr_s *hdr = (const struct tcp_hdr_s *)IOB_DATA(pkt);
  unsigned int hdrlen = tcp_hdrlen(hdr);

  seg->rx      = rx;
  seg->iss     = 0;
  seg->sport   = tcp_get16(hdr->sport);
  seg->dport   = tcp_get16(hdr->dport);
  seg->seq     = tcp_get32(hdr->seq);
  seg->ack     = tcp_get32(hdr->ack);
  seg->flags   = hdr->flags;
  seg->wnd     = tcp_get16(hdr->wnd);
  seg->urg     = tcp_get16(hdr->urg);
  seg->len     = pkt->io_pktlen - hdrlen;
  seg->wirelen = seg->len;
  if (!tcp_options_read((const uint8_t *)(hdr + 1), hdrlen - TCP_HDRLEN,
                        &seg->opts))
    {
      g_net.stats.tcp.badoptions++;
    }

  if (pkt->io_len > hdrlen)
    {
      iob_pull(pkt, hdrlen);
      return pkt;
    }

  return iob_trimhead(pkt, hdrlen);
}

/* Who waits for connections there; NULL: nobody */

static struct tcp_conn_s *find_listener(const struct tcp_seg_s *seg)
{
  const struct net_rx_s *rx = seg->rx;
  struct socket_conn_s *sconn = conn_lookup_bound(IPPROTO_TCP, &rx->dst,
                                                  seg->dport, &rx->src,
                                                  seg->sport,
                                                  rx->nif->dev->d_ifindex);

  return sconn != NULL && tcp_conn(sconn)->t_state == TCPS_LISTEN ?
         tcp_conn(sconn) : NULL;
}

/* Nobody is there, or a listener */

static void no_connection(struct iob_s *pkt, struct tcp_seg_s *seg)
{
  struct tcp_conn_s *listener = find_listener(seg);

  if (listener != NULL)
    {
      tcp_listen_input(listener, pkt, seg);
      return;
    }

  g_net.stats.tcp.noport++;
  tcp_reset_reply(seg);
  iob_free_chain(pkt);
}

/* For what is in TIME-WAIT */

static void time_wait(struct iob_s *pkt, struct tcp_seg_s *seg,
                      struct tcp_tw_s *tw)
{
  struct tcp_conn_s *listener = tcp_timewait_reopens(tw, seg) ?
                                find_listener(seg) : NULL;

  if (listener == NULL)
    {
      tcp_timewait_input(tw, seg);
      iob_free_chain(pkt);
    }
  else if (tcp_listen_reopens(listener, seg, tw))
    {
      g_net.stats.tcp.twrecycled++;
      tcp_timewait_free(tw);
      tcp_listen_input(listener, pkt, seg);
    }
  else
    {
      iob_free_chain(pkt);
    }
}

/* IOB_DATA(pkt) is the TCP header.  Consumes pkt */

void tcp_input(struct iob_s *pkt, struct net_rx_s *rx)
{
  struct socket_conn_s *sconn;
  struct tcp_seg_s seg;
  uint64_t *error;

  g_net.stats.tcp.insegs++;
  if ((rx->flags & (NET_RX_BROADCAST | NET_RX_MULTICAST)) != 0)
    {
      error = &g_net.stats.tcp.innotunicast;   /* MUST-57 */
      goto drop;
    }

  error = check(pkt, rx);
  if (error != NULL)
    {
      g_net.stats.tcp.inerrs++;
      goto drop;
    }

  pkt   = parse(pkt, &seg, rx);
  sconn = conn_lookup(IPPROTO_TCP, &rx->dst, seg.dport, &rx->src, seg.sport,
                      rx->nif->dev->d_ifindex);
  if (sconn == NULL)
    {
      no_connection(pkt, &seg);
    }
  else if (tcp_conn(sconn)->t_state != TCPS_TIME_WAIT)
    {
      tcp_conn_input(tcp_conn(sconn), pkt, &seg);
    }
  else
    {
      time_wait(pkt, &seg, (struct tcp_tw_s *)sconn);
    }

  return;

drop:
  (*error)++;
  iob_free_chain(pkt);
}
