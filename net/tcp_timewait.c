/* net/tcp_timewait.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * TIME-WAIT (RFC 9293 3.3.2, 3.6.1; RFC 6191).  Both FINs are acknowledged;
 * what is left is to acknowledge the peer's FIN again if our ACK was lost,
 * and to keep its old segments from a new connection with the same ports for
 * 2 MSL (60 seconds).  That needs few numbers, so a small structure takes
 * the place of the connection in the tables, and the rest is given back.
 *
 * A SYN reopens it at once when nothing old can be mistaken for new: its
 * timestamp is larger than the last one seen, or (with none, or the same) its
 * sequence number is.  The listener then answers with an ISS that is beyond
 * all that was sent before.  If there is no listener, or it does not take
 * the SYN, all stays as it is.
 *
 * When there are too many, or no memory, there is no TIME-WAIT: counted.
 */

#include <nuttx/config.h>

#include <string.h>

#include <nuttx/kmalloc.h>

#include "tcp.h"

#define TIMEWAIT_TIME  (60 * NET_SEC)       /* 2 MSL */
#define ISS_GAP        65537

void tcp_timewait_free(struct tcp_tw_s *tw)
{
  g_tcp.ntimewait--;
  net_timer_stop(&tw->timer);
  conn_teardown(&tw->sconn);
  kmm_free(tw);
}

static void expired(struct net_timer_s *timer)
{
  g_net.stats.tcp.twexpired++;
  tcp_timewait_free(container_of(timer, struct tcp_tw_s, timer));
}

static void send_ack(struct tcp_tw_s *tw, const struct net_rx_s *rx)
{
  struct tcp_opts_s opts =
  {
    .has_ts = tw->has_ts,
    .tsval  = tcp_ts_now(tw->ts_offset),
    .tsecr  = tw->ts_recent,
  };

  tcp_send_reply(rx, tw->sconn.lport, tw->sconn.rport, tw->snd_nxt,
                 tw->rcv_nxt, TCPF_ACK, tw->wnd, &opts);
}

/* The same, unless there were too many */

static void challenge(struct tcp_tw_s *tw, const struct net_rx_s *rx)
{
  if (tcp_challenge_allowed(&tw->chal_since, &tw->chal_count))
    {
      send_ack(tw, rx);
    }
}

static void copy_numbers(struct tcp_tw_s *tw, const struct tcp_conn_s *conn)
{
  uint32_t wnd = SEQ_GT(conn->rcv_adv, conn->rcv_nxt) ?
                 conn->rcv_adv - conn->rcv_nxt : 0;

  tw->t_state       = TCPS_TIME_WAIT;
  tw->has_ts        = (conn->t_flags & TF_TS) != 0;
  tw->snd_nxt       = conn->snd_max;
  tw->rcv_nxt       = conn->rcv_nxt;
  tw->rcv_wnd       = wnd;
  tw->wnd           = (uint16_t)MIN(wnd >> conn->rcv_wscale, 65535);
  tw->ts_recent     = conn->ts_recent;
  tw->ts_recent_age = conn->ts_recent_age;
  tw->ts_offset     = conn->ts_offset;
}

void tcp_timewait_enter(struct tcp_conn_s *conn,
                        const struct tcp_seg_s *seg)
{
  struct tcp_tw_s numbers;
  struct tcp_tw_s *tw = NULL;

  if (g_tcp.ntimewait < g_tcp.max_timewait)
    {
      tw = kmm_zalloc(sizeof(*tw));
    }

  if (tw != NULL)
    {
      g_net.stats.tcp.tw++;
      g_tcp.ntimewait++;
      conn_replace(&conn->sconn, &tw->sconn);
      tw->sconn.psock = NULL;
      copy_numbers(tw, conn);
      net_timer_start(&tw->timer, net_now() + TIMEWAIT_TIME, expired);
    }
  else
    {
      g_net.stats.tcp.tcptimewaitoverflow++;
      memset(&numbers, 0, sizeof(numbers));
      numbers.sconn.lport = conn->sconn.lport;
      numbers.sconn.rport = conn->sconn.rport;
      copy_numbers(&numbers, conn);
    }

  if (seg != NULL)
    {
      send_ack(tw != NULL ? tw : &numbers, seg->rx);
    }

  tcp_conn_drop(conn, 0);
}

/* RFC 6191 section 2 */

bool tcp_timewait_reopens(const struct tcp_tw_s *tw,
                          const struct tcp_seg_s *seg)
{
  if ((seg->flags & (TCPF_SYN | TCPF_ACK | TCPF_RST)) != TCPF_SYN)
    {
      return false;
    }

  if (tw->has_ts && seg->opts.has_ts && seg->opts.tsval != tw->ts_recent)
    {
      return SEQ_GT(seg->opts.tsval, tw->ts_recent);
    }

  return SEQ_GT(seg->seq, tw->rcv_nxt);
}

uint32_t tcp_timewait_iss(const struct tcp_tw_s *tw)
{
  uint32_t iss = tcp_new_iss(&tw->sconn);

  if (SEQ_LT(iss, tw->snd_nxt + ISS_GAP))
    {
      iss = tw->snd_nxt + ISS_GAP;
    }

  return iss != 0 ? iss : 1;
}

static bool in_window(const struct tcp_tw_s *tw, uint32_t seq)
{
  return SEQ_GEQ(seq, tw->rcv_nxt) &&
         SEQ_LEQ(seq, tw->rcv_nxt + tw->rcv_wnd);
}

static bool is_old(const struct tcp_tw_s *tw, const struct tcp_seg_s *seg)
{
  return tw->has_ts && seg->opts.has_ts &&
         SEQ_LT(seg->opts.tsval, tw->ts_recent);
}

/* RFC 9293 3.10.7.4 for this state.  A RST must be exact (RFC 5961); only the
 * peer's FIN, once more, starts the 2 MSL anew.
 */

void tcp_timewait_input(struct tcp_tw_s *tw, const struct tcp_seg_s *seg)
{
  uint32_t end = seg->seq + seg->len + 1;

  g_net.stats.tcp.twsegs++;
  if ((seg->flags & TCPF_RST) != 0)
    {
      if (seg->seq == tw->rcv_nxt)
        {
          g_net.stats.tcp.twreset++;
          tcp_timewait_free(tw);
        }
      else if (in_window(tw, seg->seq))
        {
          g_net.stats.tcp.tcprstchallenge++;
          challenge(tw, seg->rx);
        }
      else
        {
          g_net.stats.tcp.oowrsts++;
        }

      return;
    }

  if (is_old(tw, seg))
    {
      g_net.stats.tcp.pawsestab++;
    }
  else if ((seg->flags & (TCPF_FIN | TCPF_SYN)) == TCPF_FIN &&
           end == tw->rcv_nxt)
    {
      net_timer_start(&tw->timer, net_now() + TIMEWAIT_TIME, expired);
    }
  else if ((seg->flags & TCPF_SYN) == 0 && in_window(tw, seg->seq))
    {
      if ((seg->flags & TCPF_ACK) == 0)
        {
          g_net.stats.tcp.noacksegs++;
          return;
        }

      if (seg->len == 0)
        {
          return;                    /* A late ACK: nothing to say */
        }
    }

  challenge(tw, seg->rx);
}
