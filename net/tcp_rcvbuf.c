/* net/tcp_rcvbuf.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What TCP receives, and the window that it offers for it.
 *
 *     copied            rcv_nxt               rcv_adv
 *        |                 |                     |
 *    ----+=================+---[##]----[####]----+---->  sequence numbers
 *          q: to be read      ooo: out of order
 *
 * Data stays in the buffers in which it came.  Text in order is put behind
 * the queue as it is: no byte is copied and nothing allocated until the
 * reader copies it, once, to where it belongs.  Out of order data waits in
 * blocks (tcp_reass.c) until the gap before it is filled.
 *
 * The window (RFC 9293 3.8.6).  What limits a receiver is memory and not
 * payload: a buffer of 1600 bytes may hold 1448 bytes or one.  So the limit
 * (SO_RCVBUF) counts memory, and the window is what is left of it, times the
 * share of payload that the segments of this peer had in their memory.  Both
 * are kept up to date as segments come and go; the window costs a few
 * operations, however much is queued.
 *
 *   - The right edge does not retreat (3.8.6.2.2), even if the peer fills
 *     what was promised in a wasteful way.  That is dealt with in two steps:
 *     small segments are collapsed, data out of order is given up.  The
 *     memory held never exceeds the limit by more than one segment, and a
 *     connection that holds nothing takes one always.
 *   - There is an exception.  The memory of all may be full, of what others
 *     do not read.  Then what is new is dropped, and the window taken back:
 *     a peer who sends into an open window without an answer gives up after
 *     a while, but into a closed one he looks for ever (3.8.6.1).
 *   - Silly windows: the right edge moves by a full segment, or half of the
 *     buffer, or not at all; but a connection that holds nothing offers a
 *     full segment always, or the peer would wait before each.
 *
 * The limit grows with the peer (autotuning): the reader who takes n bytes in
 * a round trip shall be offered 2 n, so that the window never is what holds
 * back a sender who doubles its own in each.  Until the user sets SO_RCVBUF.
 *
 * Acknowledgements (RFC 5681 4.2): at once for every second full segment,
 * and for everything that is out of order or fills a gap; later otherwise.
 *
 * Urgent data (RFC 6093) is a mark in the stream: one byte that a reader
 * does not run across unawares, or, without SO_OOBINLINE, gets apart.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include <linux/tcp.h>

#include "conn.h"
#include "net.h"
#include "tcp.h"

/* Buffers in bytes of memory: to begin with, and the most by autotuning */

#define RCVBUF_FIRST   131072u
#define RCVBUF_LAST    (6u * 1024 * 1024)

#define MSS_FIRST      536           /* Until the first segment */
#define MSS_LEAST      88            /* No path is narrower */
#define RATIO_FIRST    128           /* Half; of 256 */
#define RATIO_LEAST    16
#define WND_UNSCALED   65535u

/* The memory that this connection may hold.  An eighth is kept for segments
 * that fill theirs less well than those before.
 */

static uint32_t memory_limit(const struct tcp_conn_s *conn)
{
  uint32_t most = tcp_rcvmem_max();

  return conn->sconn.rcvbuf < most ? conn->sconn.rcvbuf : most;
}

static uint32_t autotune_limit(void)
{
  uint32_t most = tcp_rcvmem_max();

  return most < RCVBUF_LAST ? most : RCVBUF_LAST;
}

/* The payload that so much memory will hold */

static uint32_t payload_of(uint32_t memory, unsigned int ratio)
{
  return (uint32_t)(((uint64_t)memory * ratio) >> 8);
}

static bool may_autotune(const struct tcp_conn_s *conn)
{
  return (conn->sconn.buflock & CONN_LOCK_RCVBUF) == 0;
}

void tcp_rcv_init(struct tcp_conn_s *conn)
{
  struct tcp_rcv_s *rcv = conn->rcv;
  uint32_t most = tcp_rcvmem_max();

  memset(rcv, 0, sizeof(*rcv));
  rcv->mss   = MSS_FIRST;
  rcv->ratio = RATIO_FIRST;
  conn->sconn.rcvbuf = RCVBUF_FIRST < most ? RCVBUF_FIRST : most;
}

void tcp_rcv_free(struct tcp_conn_s *conn)
{
  struct tcp_rcv_s *rcv = conn->rcv;

  tcp_reass_flush(conn);
  tcp_rcvq_flush(conn, &rcv->q);
  DEBUGASSERT(rcv->charge == 0 && rcv->ooo_charge == 0);

  rcv->packed  = NULL;
  rcv->headoff = 0;
  rcv->len     = 0;
  rcv->flags  &= ~(RCV_URG | RCV_URG_READ);
}

/* The smallest shift with which the largest window can be told */

uint8_t tcp_rcv_wscale(uint32_t rcvbuf, uint32_t clamp)
{
  uint32_t most = autotune_limit();
  uint8_t shift = 0;

  most = rcvbuf > most ? rcvbuf : most;
  if (clamp != 0 && clamp < most)
    {
      most = clamp;
    }

  while (shift < 14 && (WND_UNSCALED << shift) < most)
    {
      shift++;
    }

  return shift;
}

void tcp_rcv_open(struct tcp_conn_s *conn)
{
  conn->rcv_wscale = tcp_rcv_wscale(conn->sconn.rcvbuf, conn->rcv->clamp);
}

uint32_t tcp_rcv_first_window(uint32_t rcvbuf, uint32_t clamp)
{
  uint32_t most = tcp_rcvmem_max();
  uint32_t wnd;

  rcvbuf = rcvbuf < most ? rcvbuf : most;
  wnd = payload_of(rcvbuf - rcvbuf / 8, RATIO_FIRST);
  wnd = clamp != 0 && clamp < wnd ? clamp : wnd;
  return wnd < WND_UNSCALED ? wnd : WND_UNSCALED;
}

/* The window ***************************************************************/

/* What the peer may still send of what it was told */

static uint32_t promised(const struct tcp_conn_s *conn)
{
  return SEQ_GT(conn->rcv_adv, conn->rcv_nxt) ?
         conn->rcv_adv - conn->rcv_nxt : 0;
}

/* How far the window could reach with the memory that is left */

static uint32_t possible(const struct tcp_conn_s *conn)
{
  const struct tcp_rcv_s *rcv = conn->rcv;
  uint32_t limit = memory_limit(conn);
  uint32_t room = tcp_rcvmem_free();
  uint32_t wnd;

  limit -= limit / 8;
  limit  = limit > rcv->charge ? limit - rcv->charge : 0;
  limit  = limit < room ? limit : room;

  wnd = payload_of(limit, rcv->ratio);
  return rcv->clamp != 0 && rcv->clamp < wnd ? rcv->clamp : wnd;
}

/* The least step of the right edge (RFC 9293 3.8.6.2.2) */

static uint32_t least_step(const struct tcp_conn_s *conn)
{
  uint32_t half = payload_of(memory_limit(conn), conn->rcv->ratio) / 2;

  if (conn->rcv->clamp != 0 && conn->rcv->clamp / 2 < half)
    {
      half = conn->rcv->clamp / 2;
    }

  return conn->rcv->mss < half ? conn->rcv->mss : half;
}

static uint32_t round_up(const struct tcp_conn_s *conn, uint32_t wnd)
{
  uint32_t unit = 1u << conn->rcv_wscale;

  return (wnd + unit - 1) & ~(unit - 1);
}

/* A connection that holds nothing takes one segment always, and says so: the
 * memory of all may be with others, whose users do not read.  It has to be
 * one as long as this peer can make it: what is less he keeps back.
 */

static uint32_t at_least(const struct tcp_conn_s *conn)
{
  const struct tcp_rcv_s *rcv = conn->rcv;
  uint32_t half = payload_of(memory_limit(conn), rcv->ratio) / 2;
  uint32_t wnd = MIN(MAX(rcv->mss, rcv->longest), half);

  if (rcv->clamp != 0 && rcv->clamp / 2 < wnd)
    {
      wnd = rcv->clamp / 2;
    }

  return rcv->charge > 0 ? 0 : round_up(conn, wnd);
}

uint32_t tcp_rcv_window(struct tcp_conn_s *conn)
{
  uint32_t wnd = MAX(possible(conn), at_least(conn));
  uint32_t old;
  uint32_t unit;

  /* Windows of SYNs are not scaled (RFC 7323 2.2), nor promised yet */

  if (conn->t_state == TCPS_SYN_SENT || conn->t_state == TCPS_LISTEN)
    {
      return wnd < WND_UNSCALED ? wnd : WND_UNSCALED;
    }

  old  = promised(conn);
  unit = 1u << conn->rcv_wscale;

  if (wnd > WND_UNSCALED * unit)
    {
      wnd = WND_UNSCALED * unit;
    }

  wnd &= ~(unit - 1);
  if (wnd < old || wnd - old < least_step(conn))
    {
      /* Stay.  Rounded up, or it would be a step back */

      wnd = MAX(round_up(conn, old), at_least(conn));
    }

  return wnd;
}

/* After a read: worth a segment of its own if the window becomes twice what
 * it was, and one that the peer can use; or had not been one, and now is.
 */

bool tcp_rcv_update_due(struct tcp_conn_s *conn)
{
  uint32_t old = promised(conn);
  uint32_t limit = memory_limit(conn);
  uint32_t wnd;

  /* No window is larger than that of an empty buffer, rounded up: while more
   * than half of it is open nothing can come of the rest.
   */

  if (old > (payload_of(limit - limit / 8, conn->rcv->ratio) >> 1) +
            (1u << conn->rcv_wscale))
    {
      return false;
    }

  wnd = tcp_rcv_window(conn);
  if ((wnd > old && wnd - old >= old && wnd - old >= least_step(conn)) ||
      (wnd > old && old < at_least(conn)))
    {
      g_net.stats.tcp.windowupdates_due++;
      return true;
    }

  return false;
}

/* Measuring ****************************************************************/

/* Segments may become shorter, when the path does.  Two of the same length
 * one after the other are full ones, if neither is the end of a burst nor
 * as short as the window wanted it; and with a sender that pushes each, if
 * they are long enough to be.
 */

static bool is_full(struct tcp_conn_s *conn, const struct tcp_seg_s *seg,
                    uint32_t mss)
{
  struct tcp_rcv_s *rcv = conn->rcv;
  bool again = mss == rcv->seglen;

  if (promised(conn) < rcv->mss)
    {
      rcv->seglen = 0;
      return false;
    }

  rcv->seglen = mss < UINT16_MAX ? mss : UINT16_MAX;
  return again && mss >= MSS_LEAST &&
         ((seg->flags & TCPF_PSH) == 0 || mss >= MSS_FIRST);
}

/* The share of payload, and the size of the peer's segments: from full ones
 * only, since the last of a burst says little.  That they are shorter than
 * before does not lower the share: a smaller window would make them shorter
 * still, and so on.
 */

static void measure_segment(struct tcp_conn_s *conn,
                            const struct tcp_seg_s *seg, uint32_t charge)
{
  struct tcp_rcv_s *rcv = conn->rcv;
  uint32_t mss = seg->rx != NULL && seg->rx->gso_size != 0 ?
                 seg->rx->gso_size : seg->len;
  uint32_t ratio;

  if (charge == 0)
    {
      return;
    }

  if (mss < rcv->mss)
    {
      rcv->mss = is_full(conn, seg, mss) ? mss : rcv->mss;
      return;
    }

  ratio = (uint32_t)(((uint64_t)seg->len << 8) / charge);
  ratio = ratio < RATIO_LEAST ? RATIO_LEAST : ratio > 255 ? 255 : ratio;

  /* The first says more than a guess.  Later ones change it little */

  rcv->ratio = rcv->bytes == seg->len ? ratio :
               (3 * rcv->ratio + ratio + 2) / 4;
  rcv->mss   = mss < UINT16_MAX ? mss : UINT16_MAX;
  rcv->longest = MAX(rcv->longest, rcv->mss);
}

/* The round trip, as a receiver sees it: the time in which a window's worth
 * arrives.  An upper bound; so the lowest counts, forgotten slowly.
 */

static void measure_rtt(struct tcp_conn_s *conn)
{
  struct tcp_rcv_s *rcv = conn->rcv;
  nettime_t now = net_now();

  if (rcv->rtt_time != 0)
    {
      uint64_t us = (now - rcv->rtt_time) / 1000;
      uint32_t rtt = us == 0 ? 1 : us > UINT32_MAX ? UINT32_MAX :
                                                     (uint32_t)us;

      if (rcv->rtt_us == 0 || rtt < rcv->rtt_us)
        {
          rcv->rtt_us = rtt;
        }
      else
        {
          rcv->rtt_us += (rtt - rcv->rtt_us) / 8;
        }
    }

  rcv->rtt_time = now;
  rcv->rtt_seq  = conn->rcv_nxt + promised(conn);
}

/* The reader has taken data: did it take more in this round trip than in
 * any before?  Then offer twice as much, and what slow start adds meanwhile.
 */

static void autotune(struct tcp_conn_s *conn)
{
  struct tcp_rcv_s *rcv = conn->rcv;
  nettime_t now = net_now();
  uint32_t taken;

  if (rcv->space_time == 0)
    {
      rcv->space_time = now;
      rcv->space_seq  = rcv->copied;
      return;
    }

  if (rcv->rtt_us == 0 || now - rcv->space_time < rcv->rtt_us * 1000ull)
    {
      return;
    }

  taken = rcv->copied - rcv->space_seq;
  rcv->space_time = now;
  rcv->space_seq  = rcv->copied;

  if (taken > rcv->space)
    {
      uint64_t want = 2ull * taken + 16ull * rcv->mss;
      uint32_t most = autotune_limit();

      rcv->space = taken;
      want = want * 256 / rcv->ratio;
      want += want / 7;              /* The eighth that is not offered */
      want = want < most ? want : most;

      if (may_autotune(conn) && want > conn->sconn.rcvbuf)
        {
          conn->sconn.rcvbuf = (uint32_t)want;
          g_net.stats.tcp.rcvbufgrown++;
        }
    }
}

/* Memory *******************************************************************/

static bool has_room(const struct tcp_conn_s *conn)
{
  return conn->rcv->charge < memory_limit(conn) && tcp_rcvmem_room(0);
}

/* Bytes of the first buffer that were read keep nothing any more when it is
 * copied: let them go.
 */

static void drop_read(struct tcp_conn_s *conn)
{
  struct tcp_rcv_s *rcv = conn->rcv;

  if (rcv->headoff > 0)
    {
      tcp_rcvq_trim(conn, &rcv->q, rcv->headoff);
      rcv->headoff = 0;
    }
}

/* The memory of this connection, or of all, is full.  Returns true if a
 * segment may be queued in spite of it.
 */

static bool make_room(struct tcp_conn_s *conn, bool inorder)
{
  struct tcp_rcv_s *rcv = conn->rcv;

  g_net.stats.tcp.prunecalled++;

  drop_read(conn);
  tcp_rcvq_collapse(conn, &rcv->q, &rcv->packed, rcv->ratio * 3u / 4);

  if (has_room(conn))
    {
      return true;
    }

  if (!inorder)
    {
      return false;
    }

  tcp_reass_prune(conn, tcp_rcvmem_room(0) ? memory_limit(conn) - 1 : 0);
  if (!has_room(conn))
    {
      tcp_rcvq_pack(conn, &rcv->q);
      rcv->packed = rcv->q.tail;
    }

  return has_room(conn) || rcv->len == 0;
}

/* Text *********************************************************************/

static void in_order(struct tcp_conn_s *conn, struct iob_s *pkt,
                     const struct tcp_seg_s *seg)
{
  struct tcp_rcv_s *rcv = conn->rcv;
  uint32_t charge;

  if (!has_room(conn) && !make_room(conn, true))
    {
      g_net.stats.tcp.tcprcvqdrop++;
      conn->rcv_adv  = conn->rcv_nxt;
      conn->t_flags |= TF_ACKNOW;
      iob_free_chain(pkt);
      return;
    }

  if (rcv->len == 0)
    {
      rcv->copied = conn->rcv_nxt;
    }

  charge = tcp_rcvq_put(conn, &rcv->q, pkt);
  rcv->len   += seg->len;
  rcv->bytes += seg->len;
  conn->rcv_nxt += seg->len;
  measure_segment(conn, seg, charge);
  g_net.stats.tcp.rcv_inorder++;

  if (SEQ_GEQ(conn->rcv_nxt, rcv->rtt_seq) || rcv->rtt_time == 0)
    {
      measure_rtt(conn);
    }

  if ((rcv->ooo != NULL && tcp_reass_pull(conn)) || rcv->ooo != NULL ||
      (rcv->flags & (RCV_QUICKACK | RCV_FIN_SEEN)) != 0 ||
      conn->rcv_nxt - conn->last_ack_sent >= 2u * rcv->mss)
    {
      conn->t_flags |= TF_ACKNOW;
    }
  else
    {
      conn->t_flags |= TF_DELACK;
    }
}

static void out_of_order(struct tcp_conn_s *conn, struct iob_s *pkt,
                         const struct tcp_seg_s *seg)
{
  conn->t_flags |= TF_ACKNOW;

  if (!has_room(conn) && !make_room(conn, false))
    {
      g_net.stats.tcp.tcpofodrop++;
      iob_free_chain(pkt);
      return;
    }

  tcp_reass_put(conn, pkt, seg->seq, seg->len);
}

/* Nobody reads any more: take it as received, so that the peer comes to an
 * end.
 */

static void discard(struct tcp_conn_s *conn, struct iob_s *pkt,
                    const struct tcp_seg_s *seg)
{
  g_net.stats.tcp.rcv_afterclose++;
  iob_free_chain(pkt);
  conn->t_flags |= TF_ACKNOW;
  if (seg->seq == conn->rcv_nxt)
    {
      conn->rcv_nxt += seg->len;
    }
}

/* A FIN that came out of order may be somebody else's (RFC 5961 1.1): it is
 * not believed any more when there is text behind it.  If it was the peer's
 * after all he sends it again, and one in order is believed.
 */

static bool contradicted(const struct tcp_conn_s *conn)
{
  uint32_t fin = conn->rcv->fin_seq;

  return SEQ_GT(conn->rcv_nxt, fin) || tcp_reass_beyond(conn, fin);
}

bool tcp_rcv_text(struct tcp_conn_s *conn, struct iob_s *pkt,
                  const struct tcp_seg_s *seg, bool fin)
{
  struct tcp_rcv_s *rcv = conn->rcv;
  bool inorder = seg->seq == conn->rcv_nxt;
  uint32_t had = rcv->len;
  unsigned int events = 0;
  bool ended = false;

  DEBUGASSERT(SEQ_GEQ(seg->seq, conn->rcv_nxt));

  if (fin && (rcv->flags & RCV_FIN) == 0)
    {
      rcv->flags  |= RCV_FIN_SEEN;
      rcv->fin_seq = seg->seq + seg->len;
      conn->t_flags |= TF_ACKNOW;
    }

  if (seg->len == 0)
    {
      iob_free_chain(pkt);
    }
  else if ((conn->t_flags & TF_ORPHAN) != 0)
    {
      discard(conn, pkt, seg);
    }
  else if (seg->seq == conn->rcv_nxt)
    {
      in_order(conn, pkt, seg);
    }
  else
    {
      out_of_order(conn, pkt, seg);
    }

  if ((rcv->flags & (RCV_FIN_SEEN | RCV_FIN)) == RCV_FIN_SEEN &&
      !(fin && inorder) && contradicted(conn))
    {
      g_net.stats.tcp.rcv_badfin++;
      rcv->flags &= ~RCV_FIN_SEEN;
    }

  if ((rcv->flags & (RCV_FIN_SEEN | RCV_FIN)) == RCV_FIN_SEEN &&
      conn->rcv_nxt == rcv->fin_seq)
    {
      tcp_reass_flush(conn);
      rcv->flags |= RCV_FIN;
      conn->rcv_nxt++;
      conn->t_flags |= TF_ACKNOW;
      events = POLLIN | POLLRDHUP;
      ended  = true;
    }

  if (rcv->len > had)
    {
      if (tcp_rcv_urgent_ready(conn))
        {
          events |= POLLPRI;
        }

      if (tcp_rcv_readable(conn))
        {
          events |= POLLIN;
        }
    }

  if (events != 0)
    {
      sock_event(conn->sconn.psock, events);
    }

  return ended;
}

void tcp_rcv_duplicate(struct tcp_conn_s *conn, uint32_t start, uint32_t end)
{
  struct tcp_rcv_s *rcv = conn->rcv;

  rcv->dsack_start = start;
  rcv->dsack_end   = end;
  rcv->flags |= RCV_DSACK;
  conn->t_flags |= TF_ACKNOW;
}

unsigned int tcp_rcv_sack(struct tcp_conn_s *conn, struct tcp_opts_s *opts,
                          unsigned int max)
{
  struct tcp_rcv_s *rcv = conn->rcv;
  unsigned int n = 0;

  if ((rcv->flags & RCV_DSACK) != 0 && max > 0)
    {
      opts->sack[0].start = rcv->dsack_start;
      opts->sack[0].end   = rcv->dsack_end;
      rcv->flags &= ~RCV_DSACK;
      n = 1;

      if (SEQ_LT(rcv->dsack_start, conn->rcv_nxt))
        {
          g_net.stats.tcp.tcpdsackoldsent++;
        }
      else
        {
          g_net.stats.tcp.tcpdsackofosent++;
        }
    }

  n = tcp_reass_sack(conn, opts, n, max < TCP_MAXSACK ? max : TCP_MAXSACK);
  opts->nsack = n;
  return n;
}

/* Urgent data **************************************************************/

/* What is to be read next, also while there is nothing */

static uint32_t read_position(const struct tcp_conn_s *conn)
{
  const struct tcp_rcv_s *rcv = conn->rcv;

  return rcv->len > 0 ? rcv->copied :
         conn->rcv_nxt - ((rcv->flags & RCV_FIN) != 0);
}

static bool is_inline(const struct tcp_conn_s *conn)
{
  return (conn->sconn.options & CONN_OOBINLINE) != 0;
}

void tcp_rcv_urgent(struct tcp_conn_s *conn, const struct tcp_seg_s *seg)
{
  struct tcp_rcv_s *rcv = conn->rcv;
  uint32_t last = seg->seq + seg->urg - 1;

  /* The pointer names the byte behind the last urgent one (RFC 6093 3.1) */

  if (seg->urg == 0 || (rcv->flags & RCV_FIN) != 0 ||
      SEQ_LT(last, read_position(conn)) ||
      ((rcv->flags & RCV_URG) != 0 && SEQ_LEQ(last, rcv->urg_seq)))
    {
      return;
    }

  if ((rcv->flags & (RCV_URG | RCV_URG_READ)) == RCV_URG)
    {
      g_net.stats.tcp.urgent_lost++;
    }

  g_net.stats.tcp.urgent_in++;
  rcv->urg_seq  = last;
  rcv->flags    = (rcv->flags & ~RCV_URG_READ) | RCV_URG;
  conn->rcv_up  = last + 1;

  if (tcp_rcv_urgent_ready(conn))
    {
      sock_event(conn->sconn.psock, POLLPRI);
    }
}

/* Bytes between the reader and the urgent one, which is among those that
 * are there; or -1.
 */

static int64_t urgent_offset(const struct tcp_conn_s *conn)
{
  const struct tcp_rcv_s *rcv = conn->rcv;
  uint32_t offset = rcv->urg_seq - rcv->copied;

  return (rcv->flags & RCV_URG) != 0 && offset < rcv->len ?
         (int64_t)offset : -1;
}

bool tcp_rcv_urgent_ready(const struct tcp_conn_s *conn)
{
  return (conn->rcv->flags & (RCV_URG | RCV_URG_READ)) == RCV_URG &&
         urgent_offset(conn) >= 0;
}

bool tcp_rcv_at_mark(const struct tcp_conn_s *conn)
{
  return (conn->rcv->flags & RCV_URG) != 0 &&
         conn->rcv->urg_seq == read_position(conn);
}

/* The buffer that holds the byte at "offset" of the queue, and where in it */

static struct iob_s *seek(const struct tcp_rcv_s *rcv, uint32_t offset,
                          unsigned int *at)
{
  struct iob_s *iob = rcv->q.head;

  offset += rcv->headoff;
  while (iob != NULL && offset >= iob->io_len)
    {
      offset -= iob->io_len;
      iob = iob->io_flink;
    }

  *at = offset;
  return iob;
}

ssize_t tcp_rcv_read_urgent(struct tcp_conn_s *conn, struct net_uio_s *uio,
                            int flags)
{
  struct tcp_rcv_s *rcv = conn->rcv;
  int64_t offset = urgent_offset(conn);
  struct iob_s *iob;
  unsigned int at;

  if (is_inline(conn) || (rcv->flags & RCV_URG) == 0 ||
      (rcv->flags & RCV_URG_READ) != 0)
    {
      return -EINVAL;
    }

  if (offset < 0)
    {
      return (rcv->flags & RCV_FIN) != 0 ? 0 : -EAGAIN;
    }

  if ((flags & MSG_PEEK) == 0)
    {
      rcv->flags |= RCV_URG_READ;
    }

  if (uio->resid == 0)
    {
      return 0;
    }

  iob = seek(rcv, (uint32_t)offset, &at);
  if ((flags & MSG_TRUNC) != 0)
    {
      net_uio_advance(uio, 1);
    }
  else
    {
      net_uio_put(uio, IOB_DATA(iob) + at, 1);
    }

  return 1;
}

/* Reading ******************************************************************/

uint32_t tcp_rcv_available(const struct tcp_conn_s *conn)
{
  int64_t mark = urgent_offset(conn);

  return mark < 0 || is_inline(conn) ? conn->rcv->len :
         mark > 0 ? (uint32_t)mark : conn->rcv->len - 1;
}

/* With a buffer that can take no more, what is there must be enough */

bool tcp_rcv_readable(const struct tcp_conn_s *conn)
{
  const struct tcp_rcv_s *rcv = conn->rcv;
  uint32_t lowat = conn->sconn.psock != NULL ?
                   (uint32_t)conn->sconn.psock->s_rcvlowat : 1;
  uint32_t there = rcv->len;

  if (urgent_offset(conn) == 0 && !is_inline(conn))
    {
      there--;
    }

  return there >= lowat || (there > 0 && lowat > 1 &&
                            (promised(conn) < rcv->mss || !has_room(conn)));
}

/* Take n bytes out of the queue, and give them to the user if there is one */

static void take(struct tcp_conn_s *conn, struct net_uio_s *uio, uint32_t n)
{
  struct tcp_rcv_s *rcv = conn->rcv;

  rcv->len    -= n;
  rcv->copied += n;

  while (n > 0)
    {
      struct iob_s *iob = rcv->q.head;
      uint32_t part = iob->io_len - rcv->headoff;
      bool all = n >= part;

      part = all ? part : n;
      if (uio != NULL)
        {
          net_uio_put(uio, IOB_DATA(iob) + rcv->headoff, part);
        }

      n -= part;
      if (all)
        {
          if (rcv->packed == iob)
            {
              rcv->packed = NULL;
            }

          rcv->headoff = 0;
          tcp_rcvq_pop(conn, &rcv->q);
        }
      else
        {
          rcv->headoff += part;
        }
    }
}

static void peek(const struct tcp_rcv_s *rcv, struct net_uio_s *uio,
                 uint32_t offset, uint32_t n)
{
  unsigned int at;
  struct iob_s *iob = seek(rcv, offset, &at);

  while (n > 0)
    {
      uint32_t part = iob->io_len - at;

      part = part < n ? part : n;
      net_uio_put(uio, IOB_DATA(iob) + at, part);
      n  -= part;
      at  = 0;
      iob = iob->io_flink;
    }
}

/* The reader is at the urgent byte: without SO_OOBINLINE it steps over.
 * Returns the bytes that a peek leaves out.
 */

static uint32_t pass_urgent(struct tcp_conn_s *conn, int flags)
{
  struct tcp_rcv_s *rcv = conn->rcv;

  if (urgent_offset(conn) != 0 || is_inline(conn))
    {
      return 0;
    }

  if ((flags & MSG_PEEK) != 0)
    {
      return 1;
    }

  if ((rcv->flags & RCV_URG_READ) == 0)
    {
      g_net.stats.tcp.urgent_lost++;
    }

  take(conn, NULL, 1);
  rcv->flags &= ~(RCV_URG | RCV_URG_READ);
  return 0;
}

ssize_t tcp_rcv_read(struct tcp_conn_s *conn, struct net_uio_s *uio,
                     int flags)
{
  struct tcp_rcv_s *rcv = conn->rcv;
  uint32_t offset = 0;
  int64_t mark;
  size_t n;

  if ((rcv->flags & RCV_URG) != 0)
    {
      offset = pass_urgent(conn, flags);
    }

  n = rcv->len - offset;
  n = n < uio->resid ? n : uio->resid;

  /* Not across the mark */

  mark = urgent_offset(conn);
  if (mark > 0 && (size_t)mark < n)
    {
      n = (size_t)mark;
    }

  if (n == 0)
    {
      return 0;
    }

  if ((flags & MSG_PEEK) != 0)
    {
      if ((flags & MSG_TRUNC) != 0)
        {
          net_uio_advance(uio, n);
        }
      else
        {
          peek(rcv, uio, offset, (uint32_t)n);
        }

      return (ssize_t)n;
    }

  if ((flags & MSG_TRUNC) != 0)
    {
      net_uio_advance(uio, n);
      take(conn, NULL, (uint32_t)n);
    }
  else
    {
      take(conn, uio, (uint32_t)n);
      g_net.stats.tcp.copies_rx += n;
    }

  /* An inline urgent byte has been read with the rest */

  if ((rcv->flags & RCV_URG) != 0 && SEQ_GT(rcv->copied, rcv->urg_seq))
    {
      rcv->flags &= ~(RCV_URG | RCV_URG_READ);
    }

  autotune(conn);
  return (ssize_t)n;
}

void tcp_rcv_info(const struct tcp_conn_s *conn, struct tcp_info *info)
{
  const struct tcp_rcv_s *rcv = conn->rcv;

  info->tcpi_rcv_mss        = rcv->mss;
  info->tcpi_rcv_rtt        = rcv->rtt_us;
  info->tcpi_rcv_space      = rcv->space;
  info->tcpi_rcv_ssthresh   = possible(conn);
  info->tcpi_bytes_received = rcv->bytes;
  info->tcpi_rcv_ooopack    = rcv->ooo_pkts;
}
