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
 * allocated.  The place of a segment is found in a splay tree (Sleator and
 * Tarjan, "Self-adjusting binary search trees", 1985): what was looked for
 * last is its root.  What arrives is nearly always next to what arrived
 * before it, and found at once; and the worst that a peer can do, single
 * bytes with gaps between them in any order, costs the logarithm of the
 * number of blocks, on the average of all segments.
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
  struct tcp_block_s *left;          /* The tree: starts before this one */
  struct tcp_block_s *right;
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

/* Make the block that starts at seq the root of a tree; or, if there is
 * none, one of the two between which it would be.  Returns the new root.
 * Top-down: what is left behind on the way is hung into two trees, of those
 * before and those after; a step in the same direction twice turns the first
 * one over the second, which halves long branches.
 */

static struct tcp_block_s *splay(struct tcp_block_s *t, uint32_t seq)
{
  struct tcp_block_s side =
  {
    .left = NULL,
  };

  struct tcp_block_s *before = &side;
  struct tcp_block_s *after = &side;
  struct tcp_block_s *child;

  while (t->start != seq)
    {
      bool less = SEQ_LT(seq, t->start);

      g_net.stats.tcp.ofosearch++;
      child = less ? t->left : t->right;
      if (child != NULL && less && SEQ_LT(seq, child->start))
        {
          t->left      = child->right;
          child->right = t;
          t     = child;
          child = t->left;
        }
      else if (child != NULL && !less && SEQ_GT(seq, child->start))
        {
          t->right    = child->left;
          child->left = t;
          t     = child;
          child = t->right;
        }

      if (child == NULL)
        {
          break;
        }

      if (less)
        {
          after->left = t;
          after = t;
        }
      else
        {
          before->right = t;
          before = t;
        }

      t = child;
    }

  before->right = t->left;
  after->left   = t->right;
  t->left       = side.right;
  t->right      = side.left;
  return t;
}

static void tree_add(struct tcp_rcv_s *rcv, struct tcp_block_s *b)
{
  struct tcp_block_s *root = rcv->ooo_root;

  if (root != NULL && b->next == NULL)
    {
      b->left = root;                /* The last: no need to look */
    }
  else if (root != NULL)
    {
      root = splay(root, b->start);
      DEBUGASSERT(root->start != b->start);
      if (SEQ_LT(root->start, b->start))
        {
          b->left  = root;
          b->right = root->right;
          root->right = NULL;
        }
      else
        {
          b->right = root;
          b->left  = root->left;
          root->left = NULL;
        }
    }

  rcv->ooo_root = b;
}

static void tree_del(struct tcp_rcv_s *rcv, struct tcp_block_s *b)
{
  struct tcp_block_s *root = splay(rcv->ooo_root, b->start);

  DEBUGASSERT(root == b);
  if (b->left == NULL)
    {
      root = b->right;
    }
  else
    {
      root = splay(b->left, b->start);
      DEBUGASSERT(root->right == NULL);
      root->right = b->right;
    }

  rcv->ooo_root = root;
}

/* A new block behind prev (NULL: the first); NULL: no memory */

static struct tcp_block_s *block_new(struct tcp_rcv_s *rcv,
                                     struct tcp_block_s *prev,
                                     uint32_t start)
{
  struct tcp_block_s *b = kmm_zalloc(sizeof(*b));

  if (b == NULL)
    {
      return NULL;
    }

  b->start = start;
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

  tree_add(rcv, b);
  recent_add(rcv, b);
  return b;
}

/* Take a block out; its data has been moved away, or goes now */

static void block_free(struct tcp_conn_s *conn, struct tcp_block_s *b)
{
  struct tcp_rcv_s *rcv = conn->rcv;

  recent_del(rcv, b);
  tree_del(rcv, b);

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

static struct tcp_block_s *find(struct tcp_rcv_s *rcv, uint32_t seq)
{
  struct tcp_block_s *b = rcv->ooo_last;

  if (b == NULL || SEQ_LEQ(b->start, seq))
    {
      return b;
    }

  b = splay(rcv->ooo_root, seq);
  rcv->ooo_root = b;
  return SEQ_LEQ(b->start, seq) ? b : b->prev;
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
      b = block_new(rcv, b, seq);
      if (b == NULL)
        {
          g_net.stats.tcp.tcpofodrop++;
          iob_free_chain(pkt);
          return;
        }
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
