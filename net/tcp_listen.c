/* net/tcp_listen.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Passive open (RFC 9293 3.10.7.2, and 3.10.7.4 for SYN-RECEIVED).
 *
 *    SYN -->  listener  --> SYN queue   (tcp_synq.c: an entry of ~150 bytes)
 *                       --> full: a cookie (tcp_cookie.c: nothing is kept)
 *    ACK -->  listener  --> a connection, in the accept queue --> accept()
 *
 * A listener has no peer, so every segment for its port that belongs to no
 * connection comes here.  Until the handshake is complete there is no
 * connection: what a stranger can make us keep is small, and limited by the
 * backlog of listen().
 *
 * Full queues, as Linux does it: with a full SYN queue SYNs are answered by
 * cookies; with a full accept queue SYNs are dropped, and so is the ACK that
 * would complete a handshake: its entry stays, the SYN-ACK is sent again, and
 * the peer's answer finds room later, or not.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>

#include <nuttx/kmalloc.h>

#include "conn.h"
#include "net.h"
#include "tcp.h"
#include "tcp_listen.h"

#define BACKLOG_MAX  4096            /* Linux' somaxconn */
#define MSS_DEFAULT  536             /* RFC 9293 3.7.1 */

/* The accept queue *********************************************************/

static bool acceptq_full(const struct tcp_listen_s *l)
{
  return l->nacceptq > l->backlog;
}

static void acceptq_add(struct tcp_listen_s *l, struct tcp_conn_s *conn)
{
  conn->parent      = l->conn;
  conn->accept_next = NULL;
  conn->accept_prev = l->tail;

  if (l->tail != NULL)
    {
      l->tail->accept_next = conn;
    }
  else
    {
      l->head = conn;
    }

  l->tail = conn;
  l->nacceptq++;
}

static void acceptq_del(struct tcp_listen_s *l, struct tcp_conn_s *conn)
{
  if (conn->accept_next != NULL)
    {
      conn->accept_next->accept_prev = conn->accept_prev;
    }
  else
    {
      l->tail = conn->accept_prev;
    }

  if (conn->accept_prev != NULL)
    {
      conn->accept_prev->accept_next = conn->accept_next;
    }
  else
    {
      l->head = conn->accept_next;
    }

  conn->parent      = NULL;
  conn->accept_next = NULL;
  conn->accept_prev = NULL;
  l->nacceptq--;
}

void tcp_listen_forget(struct tcp_conn_s *conn)
{
  if (conn->parent != NULL)
    {
      DEBUGASSERT(conn->parent->listen != NULL);
      acceptq_del(conn->parent->listen, conn);
    }
}

struct tcp_conn_s *tcp_listen_accept(struct tcp_conn_s *conn)
{
  struct tcp_conn_s *first = conn->listen->head;

  if (first != NULL)
    {
      acceptq_del(conn->listen, first);
      first->t_flags |= TF_ACCEPTED;
    }

  return first;
}

bool tcp_listen_ready(const struct tcp_conn_s *conn)
{
  return conn->listen != NULL && conn->listen->head != NULL;
}

void tcp_listen_info(const struct tcp_conn_s *conn,
                     struct tcp_listen_info_s *info)
{
  const struct tcp_listen_s *l = conn->listen;

  memset(info, 0, sizeof(*info));
  if (l != NULL)
    {
      info->synq    = l->nsynq;
      info->acceptq = l->nacceptq;
      info->backlog = l->backlog;
    }
}

/* Beginning and end ********************************************************/

/* Listen, or change the backlog.  The connection has a port.  -EADDRINUSE,
 * -ENOMEM.
 */

int tcp_listen_start(struct tcp_conn_s *conn, int backlog)
{
  struct tcp_listen_s *l = conn->listen;
  int ret;

  if (l == NULL)
    {
      l = kmm_zalloc(sizeof(*l));
      if (l == NULL)
        {
          return -ENOMEM;
        }

      ret = conn_listen(&conn->sconn);
      if (ret < 0)
        {
          kmm_free(l);
          return ret;
        }

      l->conn = conn;
      tcp_synq_init(l);
      conn->listen = l;
      tcp_set_state(conn, TCPS_LISTEN);
    }

  l->backlog = backlog < 0 || backlog > BACKLOG_MAX ? BACKLOG_MAX : backlog;
  return 0;
}

/* Nobody will accept them: RFC 9293 3.10.4 closes the listener, the others
 * are aborted.
 */

void tcp_listen_stop(struct tcp_conn_s *conn)
{
  struct tcp_listen_s *l = conn->listen;

  if (l == NULL)
    {
      return;
    }

  conn_unlisten(&conn->sconn);
  tcp_synq_flush(l);

  while (l->head != NULL)
    {
      struct tcp_conn_s *child = l->head;

      g_net.stats.tcp.tcpabortonlisten++;
      acceptq_del(l, child);
      tcp_conn_abort(child, 0);
    }

  conn->listen = NULL;
  tcp_set_state(conn, TCPS_CLOSED);
  kmm_free(l);
}

/* SYN **********************************************************************/

/* What we agree on: what both sides offer */

static void agree(struct tcp_listen_s *l, const struct tcp_seg_s *seg,
                  struct tcp_shake_s *shake)
{
  const struct tcp_conn_s *conn = l->conn;
  const struct tcp_opts_s *opts = &seg->opts;

  memset(shake, 0, sizeof(*shake));
  shake->irs        = seg->seq;
  shake->peermss    = opts->mss != 0 ? opts->mss : MSS_DEFAULT;
  shake->wscale     = opts->has_wscale;
  shake->sack       = opts->sack_ok;
  shake->ts         = opts->has_ts;
  shake->ts_recent  = opts->tsval;
  shake->snd_wscale = opts->has_wscale ? opts->wscale : 0;
  shake->rcv_wscale = tcp_rcv_wscale(conn->sconn.rcvbuf, conn->rcv->clamp);
  shake->wnd        = tcp_rcv_first_window(conn->sconn.rcvbuf,
                                           conn->rcv->clamp);
}

static uint32_t choose_iss(const struct tcp_seg_s *seg)
{
  struct socket_conn_s sconn;

  if (seg->iss != 0)
    {
      return seg->iss;
    }

  memset(&sconn, 0, sizeof(sconn));
  sconn.laddr = seg->rx->dst;
  sconn.raddr = seg->rx->src;
  sconn.lport = seg->dport;
  sconn.rport = seg->sport;
  sconn.proto = IPPROTO_TCP;
  return tcp_new_iss(&sconn);
}

/* No handshake can begin like this: from nowhere, from a group, to many,
 * from ourselves (a "land" packet), or with its end.
 */

static bool bad_syn(const struct tcp_seg_s *seg)
{
  const struct net_rx_s *rx = seg->rx;

  return (seg->flags & TCPF_FIN) != 0 || seg->sport == 0 ||
         (rx->flags & (NET_RX_BROADCAST | NET_RX_MULTICAST)) != 0 ||
         netaddr_isany(&rx->src) || netaddr_ismulticast(&rx->src) ||
         (seg->sport == seg->dport && netaddr_equal(&rx->src, &rx->dst));
}

/* Third: SYN */

static void input_syn(struct tcp_listen_s *l, const struct tcp_seg_s *seg)
{
  struct tcp_shake_s shake;

  g_net.stats.tcp.listen_syns++;

  if (bad_syn(seg))
    {
      g_net.stats.tcp.listen_badsyn++;
      g_net.stats.tcp.listendrops++;
      return;
    }

  if (acceptq_full(l))
    {
      g_net.stats.tcp.listenoverflows++;
      g_net.stats.tcp.listendrops++;
      return;
    }

  agree(l, seg, &shake);
  if (tcp_synq_full(l))
    {
      g_net.stats.tcp.tcpreqqfulldocookies++;
      tcp_cookie_send(l, seg, &shake);
      return;
    }

  shake.iss = choose_iss(seg);
  if (tcp_synq_add(l, seg, &shake) < 0)
    {
      g_net.stats.tcp.listen_nomem++;
      g_net.stats.tcp.listendrops++;
    }
}

/* A new connection must not take old segments for its own.  An ISS beyond all
 * of them sees to it; so do timestamps, with which a cookie is as good.
 * Without them, only a cookie that happens to lie beyond is.
 */

bool tcp_listen_reopens(struct tcp_conn_s *listener, struct tcp_seg_s *seg,
                        const struct tcp_tw_s *tw)
{
  struct tcp_listen_s *l = listener->listen;
  struct tcp_shake_s shake;

  if (bad_syn(seg) || acceptq_full(l))
    {
      g_net.stats.tcp.listen_syns++;
      g_net.stats.tcp.listenoverflows += acceptq_full(l);
      g_net.stats.tcp.listen_badsyn   += bad_syn(seg);
      g_net.stats.tcp.listendrops++;
      return false;
    }

  if (!tcp_synq_full(l))
    {
      seg->iss = tcp_timewait_iss(tw);
      return true;
    }

  agree(l, seg, &shake);
  if ((tw->has_ts && seg->opts.has_ts) ||
      SEQ_GT(tcp_cookie_iss(seg, &shake), tw->snd_nxt))
    {
      return true;
    }

  g_net.stats.tcp.listen_syns++;
  g_net.stats.tcp.listendrops++;
  return false;
}

/* The handshake is complete ************************************************/

/* What the user has set on the listener holds for its connections */

static void inherit_options(struct tcp_conn_s *conn,
                            const struct tcp_conn_s *from)
{
  const struct tcp_cc_s *cc = tcp_cc_find(tcp_cc_name(from));

  conn->t_flags |= from->t_flags & (TF_NODELAY | TF_CORK);
  conn->t_usermss       = from->t_usermss;
  conn->keep_idle_ms    = from->keep_idle_ms;
  conn->keep_intvl_ms   = from->keep_intvl_ms;
  conn->keep_cnt        = from->keep_cnt;
  conn->user_timeout_ms = from->user_timeout_ms;
  conn->rcv->clamp       = from->rcv->clamp;
  conn->rcv->flags      |= from->rcv->flags & RCV_QUICKACK;

  /* It has a congestion control already: no memory for another is no loss */

  if (cc != NULL && tcp_cc_set(conn, cc) < 0)
    {
      g_net.stats.tcp.listen_nomem++;
    }
}

static void inherit_shake(struct tcp_conn_s *conn,
                          const struct tcp_shake_s *shake)
{
  uint32_t flags = (shake->sack ? TF_SACK : 0) | (shake->ts ? TF_TS : 0) |
                   (shake->wscale ? TF_WSCALE : 0);

  conn->t_flags = (conn->t_flags & ~(TF_SACK | TF_TS | TF_WSCALE)) | flags;
  conn->t_peermss  = shake->peermss;
  conn->snd_wscale = shake->wscale ? shake->snd_wscale : 0;
  conn->rcv_wscale = shake->wscale ? shake->rcv_wscale : 0;

  tcp_conn_start(conn, shake->iss);
  conn->snd_nxt = shake->iss + 1;
  conn->snd_max = shake->iss + 1;

  conn->irs     = shake->irs;
  conn->rcv_nxt = shake->irs + 1;
  conn->rcv_adv = conn->rcv_nxt + shake->wnd;
  conn->rcv_up  = conn->rcv_nxt;
  conn->last_ack_sent = conn->rcv_nxt;
  conn->ts_recent     = shake->ts_recent;
  conn->ts_recent_age = net_now();
}

/* Make the connection; NULL: counted */

static struct tcp_conn_s *make_conn(struct tcp_listen_s *l,
                                    const struct tcp_seg_s *seg,
                                    const struct tcp_shake_s *shake)
{
  struct tcp_conn_s *listener = l->conn;
  struct tcp_conn_s *conn = tcp_conn_alloc(listener->sconn.domain);

  if (conn == NULL)
    {
      g_net.stats.tcp.listen_nomem++;
      return NULL;
    }

  conn->sconn.laddr = seg->rx->dst;
  conn->sconn.raddr = seg->rx->src;
  conn->sconn.rport = seg->sport;

  if (conn_inherit(&conn->sconn, &listener->sconn) < 0)
    {
      g_net.stats.tcp.listen_nomem++;
      tcp_conn_free(conn);
      return NULL;
    }

  inherit_options(conn, listener);
  inherit_shake(conn, shake);
  tcp_set_state(conn, TCPS_SYN_RCVD);
  tcp_timer_set(conn, TCPT_KEEP, net_now() + TCP_SYN_PATIENCE);
  return conn;
}

/* Consumes pkt.  sent: when the SYN-ACK was, 0: more than once.  True: there
 * is a connection, the handshake is no longer needed.
 */

static bool establish(struct tcp_listen_s *l, struct iob_s *pkt,
                      struct tcp_seg_s *seg,
                      const struct tcp_shake_s *shake, nettime_t sent)
{
  struct tcp_conn_s *conn;

  if (acceptq_full(l))
    {
      g_net.stats.tcp.listenoverflows++;
      g_net.stats.tcp.listendrops++;
      iob_free_chain(pkt);
      return false;
    }

  conn = make_conn(l, seg, shake);
  if (conn == NULL)
    {
      g_net.stats.tcp.listendrops++;
      iob_free_chain(pkt);
      return false;
    }

  g_net.stats.tcp.passiveopens++;
  conn->t_syntime = sent;
  conn->rcv->flags |= RCV_OPENED;
  acceptq_add(l, conn);

  /* It may be gone after this, and then is in no queue any more */

  tcp_conn_input(conn, pkt, seg);
  if (l->head != NULL)
    {
      sock_event(l->conn->sconn.psock, POLLIN);
    }

  return true;
}

/* A handshake under way: RFC 9293 3.10.7.4 in SYN-RECEIVED *****************/

/* First: does any of the segment lie in the window that was offered? */

static bool in_window(const struct tcp_synq_s *e, const struct tcp_seg_s *seg)
{
  uint32_t nxt = e->shake.irs + 1;
  uint32_t len = seg->len + ((seg->flags & TCPF_SYN) != 0) +
                 ((seg->flags & TCPF_FIN) != 0);
  uint32_t first = seg->seq - nxt;
  uint32_t last = first + (len > 0 ? len - 1 : 0);

  return first < e->shake.wnd || last < e->shake.wnd ||
         (len == 0 && first == 0);
}

/* An ACK that says where we are, now and then */

static void synq_challenge(const struct tcp_seg_s *seg, struct tcp_synq_s *e)
{
  struct tcp_opts_s opts;

  if (tcp_challenge_allowed(&e->chal_since, &e->chal_count))
    {
      memset(&opts, 0, sizeof(opts));
      opts.has_ts = e->shake.ts;
      opts.tsecr  = e->shake.ts_recent;
      opts.tsval  = tcp_ts_now(tcp_ts_offset(&e->laddr, &e->raddr));

      /* Only the window of a SYN is not scaled (RFC 7323 2.2) */

      tcp_send_reply(seg->rx, seg->dport, seg->sport, e->shake.iss + 1,
                     e->shake.irs + 1, TCPF_ACK,
                     e->shake.wnd >> (e->shake.wscale ?
                                      e->shake.rcv_wscale : 0), &opts);
    }
}

/* Second: RST.  Exact, or it is answered (RFC 5961 3.2) */

static void synq_rst(struct tcp_listen_s *l, const struct tcp_seg_s *seg,
                     struct tcp_synq_s *e)
{
  if (seg->seq == e->shake.irs + 1)
    {
      g_net.stats.tcp.listen_rst++;
      tcp_synq_del(l, e);
      return;
    }

  g_net.stats.tcp.listen_badrst++;
  if (in_window(e, seg))
    {
      synq_challenge(seg, e);
    }
}

/* The checks up to the fifth.  True: seg acknowledges our SYN */

static bool synq_check(struct tcp_listen_s *l, struct tcp_seg_s *seg,
                       struct tcp_synq_s *e)
{
  const struct tcp_shake_s *shake = &e->shake;

  if ((seg->flags & TCPF_RST) != 0)
    {
      synq_rst(l, seg, e);
      return false;
    }

  if ((seg->flags & (TCPF_SYN | TCPF_ACK)) == TCPF_SYN &&
      seg->seq == shake->irs)
    {
      tcp_synq_answer(l, e);
      return false;
    }

  /* RFC 7323 3.2 and 5.  The connection would say the same, but then it
   * would be too late to go on waiting.
   */

  if (shake->ts && !seg->opts.has_ts)
    {
      g_net.stats.tcp.tsmissing++;
      return false;
    }

  if (shake->ts && SEQ_LT(seg->opts.tsval, shake->ts_recent))
    {
      g_net.stats.tcp.listen_paws++;
      synq_challenge(seg, e);
      return false;
    }

  if (!in_window(e, seg))
    {
      g_net.stats.tcp.listen_oldseq++;
      synq_challenge(seg, e);
      return false;
    }

  /* Fourth: SYN in the window: back to LISTEN */

  if ((seg->flags & TCPF_SYN) != 0)
    {
      g_net.stats.tcp.synq_restart++;
      tcp_synq_del(l, e);
      return false;
    }

  if ((seg->flags & TCPF_ACK) == 0)
    {
      g_net.stats.tcp.listen_badack++;
      return false;
    }

  if (seg->ack != shake->iss + 1)
    {
      g_net.stats.tcp.listen_badack++;
      tcp_reset_reply(seg);
      return false;
    }

  return true;
}

static void input_synq(struct tcp_listen_s *l, struct iob_s *pkt,
                       struct tcp_seg_s *seg, struct tcp_synq_s *e)
{
  struct tcp_shake_s shake;
  nettime_t sent;

  if (!synq_check(l, seg, e))
    {
      iob_free_chain(pkt);
      return;
    }

  /* The entry goes before the connection is seen by anybody; if there is
   * none to be had now it stays, and the SYN-ACK will be sent again.
   */

  shake = e->shake;
  sent  = e->resent ? 0 : e->sent;

  if (establish(l, pkt, seg, &shake, sent))
    {
      tcp_synq_del(l, e);
    }
}

/* Second: ACK.  That of a cookie, or of nothing that we sent */

static void input_ack(struct tcp_listen_s *l, struct iob_s *pkt,
                      struct tcp_seg_s *seg)
{
  struct tcp_shake_s shake;

  agree(l, seg, &shake);
  if ((seg->flags & TCPF_SYN) != 0 || !tcp_cookie_check(l, seg, &shake))
    {
      g_net.stats.tcp.listen_badack++;
      tcp_reset_reply(seg);
      iob_free_chain(pkt);
      return;
    }

  establish(l, pkt, seg, &shake, 0);
}

void tcp_listen_input(struct tcp_conn_s *listener, struct iob_s *pkt,
                      struct tcp_seg_s *seg)
{
  struct tcp_listen_s *l = listener->listen;
  struct tcp_synq_s *e;

  DEBUGASSERT(listener->t_state == TCPS_LISTEN && l != NULL);

  e = tcp_synq_find(l, &seg->rx->dst, &seg->rx->src, seg->sport);
  if (e != NULL)
    {
      input_synq(l, pkt, seg, e);
      return;
    }

  /* First: RST means nothing here */

  if ((seg->flags & TCPF_RST) != 0)
    {
      g_net.stats.tcp.listen_badrst++;
    }
  else if ((seg->flags & TCPF_ACK) != 0)
    {
      input_ack(l, pkt, seg);
      return;
    }
  else if ((seg->flags & TCPF_SYN) != 0)
    {
      input_syn(l, seg);
    }
  else
    {
      g_net.stats.tcp.listen_badack++;
    }

  iob_free_chain(pkt);
}
