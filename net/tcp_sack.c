/* net/tcp_sack.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The scoreboard: what the peer says it has out of order (RFC 2018), and
 * what it got twice (D-SACK, RFC 2883).
 *
 * A block marks the segments that lie in it.  A long segment, of several
 * MSS, is cut at the edges of the block, at whole multiples of the MSS; one
 * that is covered by a part of its only MSS stays unmarked, so that a peer
 * who sends blocks of single bytes cannot make us cut.  What is marked is
 * believed until an RTO finds the first segment marked: then the peer has
 * thrown it away, which it may (RFC 2018 8).
 */

#include <nuttx/config.h>

#include <assert.h>

#include "tcp.h"

static bool block_is_dsack(const struct tcp_conn_s *conn,
                           const struct tcp_seg_s *seg, unsigned int i)
{
  uint32_t start = seg->opts.sack[i].start;
  uint32_t end   = seg->opts.sack[i].end;

  (void)conn;
  if (i != 0)
    {
      return false;
    }

  /* RFC 2883 4: below the acknowledgement, or inside of the second block */

  return SEQ_LEQ(end, seg->ack) ||
         (seg->opts.nsack > 1 &&
          SEQ_GEQ(start, seg->opts.sack[1].start) &&
          SEQ_LEQ(end, seg->opts.sack[1].end));
}

/* Cut a segment of several MSS at "seq", rounded: up for the start of a
 * block, down for its end.  True if something was cut off.
 */

static bool cut(struct tcp_conn_s *conn, uint32_t i, uint32_t seq, bool up)
{
  struct tcp_txseg_s *seg = tcp_seg(conn->snd, i);
  uint32_t smss = tcp_smss(conn);
  uint32_t n = seq - seg->seq;

  n = up ? (n + smss - 1) / smss * smss : n / smss * smss;
  return seg->iob != NULL && n > 0 && n < seg->len &&
         tcp_seg_split(conn, i, n) == 0;
}

static void mark(struct tcp_conn_s *conn, struct tcp_txseg_s *seg,
                 struct tcp_ack_s *info)
{
  tcp_rack_delivered(conn, seg, info);
  tcp_seg_unmark(conn, seg);
  seg->flags       |= SEG_SACKED;
  conn->snd->sacked += tcp_seg_space(seg);
  info->sacked     += tcp_seg_space(seg);
  g_net.stats.tcp.sacksegs++;
}

static void mark_block(struct tcp_conn_s *conn, uint32_t start, uint32_t end,
                       struct tcp_ack_s *info)
{
  struct tcp_snd_s *snd = conn->snd;
  uint32_t i;

  for (i = tcp_seg_find(snd, start); i < snd->nsent; i++)
    {
      struct tcp_txseg_s *seg = tcp_seg(snd, i);

      if (SEQ_GEQ(seg->seq, end))
        {
          break;
        }

      if (seg->flags & SEG_SACKED)
        {
          continue;
        }

      if (SEQ_LT(seg->seq, start))
        {
          cut(conn, i, start, true);
          continue;
        }

      if (SEQ_GT(seg->seq + tcp_seg_space(seg), end) &&
          !cut(conn, i, end, false))
        {
          break;
        }

      seg = tcp_seg(snd, i);
      if (SEQ_LEQ(seg->seq + tcp_seg_space(seg), end))
        {
          mark(conn, seg, info);
        }
    }
}

void tcp_sack_input(struct tcp_conn_s *conn, const struct tcp_seg_s *seg,
                    struct tcp_ack_s *info)
{
  unsigned int i;

  for (i = 0; i < seg->opts.nsack; i++)
    {
      uint32_t start = seg->opts.sack[i].start;
      uint32_t end   = seg->opts.sack[i].end;

      if (!SEQ_LT(start, end) || SEQ_GT(end, conn->snd_max))
        {
          g_net.stats.tcp.sackbad++;
        }
      else if (block_is_dsack(conn, seg, i))
        {
          g_net.stats.tcp.dsackrecv++;
          info->dsack       = true;
          info->dsack_start = start;
          info->dsack_end   = end;
        }
      else if (SEQ_GT(start, seg->ack) && SEQ_GEQ(start, conn->snd_una))
        {
          mark_block(conn, start, end, info);
        }
    }
}

void tcp_sack_renege(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;
  uint32_t i;

  g_net.stats.tcp.sackreneged++;
  for (i = 0; i < snd->nsent; i++)
    {
      struct tcp_txseg_s *seg = tcp_seg(snd, i);

      if (seg->flags & SEG_SACKED)
        {
          tcp_seg_unmark(conn, seg);
        }
    }

  DEBUGASSERT(snd->sacked == 0);
}
