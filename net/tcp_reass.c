/* net/tcp_reass.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Data that arrived out of order (RFC 9293 3.10.7.4: "may be held for later
 * processing").
 *
 *      rcv_nxt
 *         v
 *   ......|    [ block ]        [ block ][gap][ block ]
 *               start  end
 *
 * A block is a run of data without a gap: a queue of buffers (tcp_rcvq.c) and
 * its first and last sequence number.  Blocks are in a list by sequence
 * number, never overlap and never touch, so that each is just what one SACK
 * block (RFC 2018) tells.  A second list has the one that was touched last
 * in front: the order in which they are reported.
 *
 * Data is by reference; only the block itself, one for each gap, is
 * allocated.  What arrives is nearly always next to what arrived before it,
 * or behind everything: the search starts from there.
 *
 * What is held here was not promised to be kept (RFC 2018 8): if memory is
 * short the farthest block goes first.
 */

#include <nuttx/config.h>

#include <assert.h>

#include <nuttx/kmalloc.h>

#include "conn.h"
#include "net.h"
#include "tcp.h"

struct tcp_block_s
{
  struct tcp_block_s *next;          /* By sequence number */
  struct tcp_block_s *prev;
  struct tcp_block_s *older;         /* By time */
  struct tcp_block_s *newer;
  uint32_t start;
  uint32_t end;                      /* One behind the last */
  uint32_t charge;
  struct tcp_rcvq_s q;
};

static void recent_del(struct tcp_rcv_s *rcv, struct tcp_block_s *b)
{
  if (b->newer != NULL)
    {
      b->newer->older = b->older;
    }
  else
    {
      rcv->ooo_recent = b->older;
    }

  if (b->older != NULL)
    {
      b->older->newer = b->newer;
    }
}

static void recent_add(struct tcp_rcv_s *rcv, struct tcp_block_s *b)
{
  b->newer = NULL;
  b->older = rcv->ooo_recent;
  if (b->older != NULL)
    {
      b->older->newer = b;
    }

  rcv->ooo_recent = b;
}

static void touch(struct tcp_rcv_s *rcv, struct tcp_block_s *b)
{
  if (rcv->ooo_recent != b)
    {
      recent_del(rcv, b);
      recent_add(rcv, b);
    }
}

/* A new block behind prev (NULL: the first); NULL: no memory */

static struct tcp_block_s *block_new(struct tcp_rcv_s *rcv,
                                     struct tcp_block_s *prev)
{
  struct tcp_block_s *b = kmm_zalloc(sizeof(*b));

  if (b == NULL)
    {
      return NULL;
    }

  b->prev = prev;
  b->next = prev != NULL ? prev->next : rcv->ooo;

  if (b->next != NULL)
    {
      b->next->prev = b;
    }
  else
    {
      rcv->ooo_last = b;
    }

  if (prev != NULL)
    {
      prev->next = b;
    }
  else
    {
      rcv->ooo = b;
    }

  recent_add(rcv, b);
  return b;
}

/* Take a block out; its data has been moved away, or goes now */

static void block_free(struct tcp_conn_s *conn, struct tcp_block_s *b)
{
  struct tcp_rcv_s *rcv = conn->rcv;

  recent_del(rcv, b);

  if (b->next != NULL)
    {
      b->next->prev = b->prev;
    }
  else
    {
      rcv->ooo_last = b->prev;
    }

  if (b->prev != NULL)
    {
      b->prev->next = b->next;
    }
  else
    {
      rcv->ooo = b->next;
    }

  DEBUGASSERT(rcv->ooo_charge >= b->charge);
  rcv->ooo_charge -= b->charge;
  tcp_rcvq_flush(conn, &b->q);
  kmm_free(b);
}

/* The last block that starts at or before seq; NULL: none */

static struct tcp_block_s *find(const struct tcp_rcv_s *rcv, uint32_t seq)
{
  struct tcp_block_s *b = rcv->ooo_last;

  if (b == NULL || SEQ_LEQ(b->start, seq))
    {
      return b;
    }

  b = rcv->ooo_recent;
  while (SEQ_GT(b->start, seq))
    {
      b = b->prev;
      if (b == NULL)
        {
          return NULL;
        }
    }

  while (b->next != NULL && SEQ_LEQ(b->next->start, seq))
    {
      b = b->next;
    }

  return b;
}

/* To be told by D-SACK; the block that has these bytes follows (RFC 2883
 * 4.2), being the one touched last.
 */

static void duplicate(struct tcp_rcv_s *rcv, uint32_t start, uint32_t end)
{
  rcv->dsack_start = start;
  rcv->dsack_end   = end;
  rcv->flags |= RCV_DSACK;
}

/* Blocks behind b that end at or before "end" are covered by the new data,
 * which replaces them.  One that begins before "end" keeps what it has.
 * Returns the new end.
 */

static uint32_t uncover(struct tcp_conn_s *conn, struct tcp_block_s *next,
                        uint32_t end)
{
  while (next != NULL && SEQ_LT(next->start, end))
    {
      struct tcp_block_s *after = next->next;

      if (SEQ_GT(next->end, end))
        {
          duplicate(conn->rcv, next->start, end);
          return next->start;
        }

      duplicate(conn->rcv, next->start, next->end);
      g_net.stats.tcp.tcpofomerge++;
      block_free(conn, next);
      next = after;
    }

  return end;
}

/* Does b touch what follows it now?  Then they are one */

static void join(struct tcp_conn_s *conn, struct tcp_block_s *b)
{
  struct tcp_block_s *next = b->next;

  if (next != NULL && next->start == b->end)
    {
      b->end     = next->end;
      b->charge += next->charge;
      next->charge = 0;
      tcp_rcvq_join(&b->q, &next->q);
      block_free(conn, next);
    }
}

void tcp_reass_put(struct tcp_conn_s *conn, struct iob_s *pkt, uint32_t seq,
                   uint32_t len)
{
  struct tcp_rcv_s *rcv = conn->rcv;
  struct tcp_block_s *b = find(rcv, seq);
  uint32_t end = seq + len;
  uint32_t keep;
  uint32_t charge;

  DEBUGASSERT(len > 0 && SEQ_GT(seq, conn->rcv_nxt));

  if (b != NULL && SEQ_LT(seq, b->end))
    {
      g_net.stats.tcp.tcpofomerge++;
      duplicate(rcv, seq, SEQ_LT(end, b->end) ? end : b->end);
      touch(rcv, b);

      if (SEQ_LEQ(end, b->end))
        {
          iob_free_chain(pkt);
          return;
        }

      pkt = iob_trimhead(pkt, b->end - seq);
      seq = b->end;
    }

  keep = uncover(conn, b != NULL ? b->next : rcv->ooo, end);
  if (keep != end)
    {
      g_net.stats.tcp.tcpofomerge++;
      pkt = iob_trimtail(pkt, end - keep);
      end = keep;
    }

  if (b == NULL || b->end != seq)
    {
      b = block_new(rcv, b);
      if (b == NULL)
        {
          g_net.stats.tcp.tcpofodrop++;
          iob_free_chain(pkt);
          return;
        }

      b->start = seq;
    }

  b->end = end;
  charge = tcp_rcvq_put(conn, &b->q, pkt);
  b->charge += charge;
  rcv->ooo_charge += charge;
  rcv->ooo_pkts++;
  g_net.stats.tcp.tcpofoqueue++;

  touch(rcv, b);
  join(conn, b);
}

bool tcp_reass_pull(struct tcp_conn_s *conn)
{
  struct tcp_rcv_s *rcv = conn->rcv;
  struct tcp_block_s *b;
  bool moved = false;

  while ((b = rcv->ooo) != NULL && SEQ_LEQ(b->start, conn->rcv_nxt))
    {
      uint32_t old = conn->rcv_nxt - b->start;

      moved = true;
      if (old > 0)
        {
          uint32_t end = SEQ_LT(b->end, conn->rcv_nxt) ? b->end :
                                                         conn->rcv_nxt;

          g_net.stats.tcp.tcpofomerge++;
          duplicate(rcv, b->start, end);
          tcp_rcvq_trim(conn, &b->q, end - b->start);
        }

      if (SEQ_GT(b->end, conn->rcv_nxt))
        {
          uint32_t more = b->end - conn->rcv_nxt;

          tcp_rcvq_join(&rcv->q, &b->q);
          rcv->len   += more;
          rcv->bytes += more;
          conn->rcv_nxt = b->end;
        }

      block_free(conn, b);
    }

  return moved;
}

void tcp_reass_prune(struct tcp_conn_s *conn, uint32_t limit)
{
  struct tcp_rcv_s *rcv = conn->rcv;

  while (rcv->ooo_last != NULL && rcv->charge > limit)
    {
      struct tcp_block_s *b = rcv->ooo_last;

      g_net.stats.tcp.ofopruned++;
      g_net.stats.tcp.ofopruned_bytes += b->end - b->start;
      block_free(conn, b);
    }
}

bool tcp_reass_beyond(const struct tcp_conn_s *conn, uint32_t seq)
{
  const struct tcp_block_s *last = conn->rcv->ooo_last;

  return last != NULL && SEQ_GT(last->end, seq);
}

void tcp_reass_flush(struct tcp_conn_s *conn)
{
  while (conn->rcv->ooo != NULL)
    {
      block_free(conn, conn->rcv->ooo);
    }
}

/* Append SACK blocks from place n on, as many as fit; returns how many there
 * are then.  What was told by D-SACK as a whole is a block as any other.
 */

unsigned int tcp_reass_sack(struct tcp_conn_s *conn, struct tcp_opts_s *opts,
                            unsigned int n, unsigned int max)
{
  const struct tcp_block_s *b;

  for (b = conn->rcv->ooo_recent; b != NULL && n < max; b = b->older)
    {
      opts->sack[n].start = b->start;
      opts->sack[n].end   = b->end;
      n++;
    }

  return n;
}
