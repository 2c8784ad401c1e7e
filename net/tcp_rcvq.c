/* net/tcp_rcvq.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Queues of received data, and the memory that they hold.
 *
 * A queue is a list of the very buffers that the device has filled, behind
 * one another by io_flink.  To put a packet there copies nothing and
 * allocates nothing.  A buffer alone in a queue has no use for io_pktlen, so
 * this holds what the buffer is charged with: the memory that it keeps from
 * others, its extent and its descriptor.  It is read once, when the buffer
 * is queued: an extent can become ours alone later, and look different.
 *
 * Every connection has a sum, against which its window is computed, and all
 * of them together have one: half of the arena may hold received data, so
 * that there is always memory to receive the segment that a gap waits for.
 *
 * Collapsing.  A hostile, or merely chatty, sender of tiny segments makes a
 * few bytes hold a whole buffer each.  When a connection's memory is full
 * such buffers are copied together.  Every buffer is looked at once: the
 * queue remembers how far it was done.  That makes room for tiny segments,
 * and is cheap.  If it is not enough for what was promised, because segments
 * fill their buffers a little less well than those from which the window was
 * computed, all of the queue is packed: then it fits (tcp_rcvbuf.c).
 */

#include <nuttx/config.h>

#include <assert.h>
#include <string.h>

#include "conn.h"
#include "net.h"
#include "tcp.h"

/* What all connections may hold, and one of them */

#define RCVMEM_ALL   (NET_ARENA / 2)
#define RCVMEM_ONE   (NET_ARENA / 4)

/* Small buffers are copied into extents of at most this size: a size that
 * is found even when memory is in pieces.
 */

#define COLLAPSE_MAX 4032

static uint32_t g_charged;           /* All queues together */

bool tcp_rcvmem_room(uint32_t charge)
{
  return g_charged + charge <= RCVMEM_ALL;
}

uint32_t tcp_rcvmem_charged(void)
{
  return g_charged;
}

uint32_t tcp_rcvmem_free(void)
{
  return g_charged < RCVMEM_ALL ? RCVMEM_ALL - g_charged : 0;
}

uint32_t tcp_rcvmem_max(void)
{
  return RCVMEM_ONE;
}

static void charge(struct tcp_conn_s *conn, uint32_t n)
{
  conn->rcv->charge += n;
  g_charged += n;
}

static void credit(struct tcp_conn_s *conn, uint32_t n)
{
  DEBUGASSERT(conn->rcv->charge >= n && g_charged >= n);
  conn->rcv->charge -= n;
  g_charged -= n;
}

/* Put a packet at the end, buffer by buffer; consumes it.  Returns what it
 * was charged with.
 */

uint32_t tcp_rcvq_put(struct tcp_conn_s *conn, struct tcp_rcvq_s *q,
                      struct iob_s *pkt)
{
  uint32_t total = 0;
  struct iob_s *next;

  for (; pkt != NULL; pkt = next)
    {
      next = pkt->io_flink;
      pkt->io_flink = NULL;

      /* The headers may have had a buffer to themselves */

      if (pkt->io_len == 0)
        {
          iob_free(pkt);
          continue;
        }

      pkt->io_pktlen = net_charge(pkt);
      total += pkt->io_pktlen;

      if (q->tail != NULL)
        {
          q->tail->io_flink = pkt;
        }
      else
        {
          q->head = pkt;
        }

      q->tail = pkt;
    }

  charge(conn, total);
  return total;
}

/* Append one queue to another: of the same connection, so that the charge
 * stays.  "more" is empty then.
 */

void tcp_rcvq_join(struct tcp_rcvq_s *q, struct tcp_rcvq_s *more)
{
  if (more->head == NULL)
    {
      return;
    }

  if (q->tail != NULL)
    {
      q->tail->io_flink = more->head;
    }
  else
    {
      q->head = more->head;
    }

  q->tail    = more->tail;
  more->head = NULL;
  more->tail = NULL;
}

/* Free the first buffer */

void tcp_rcvq_pop(struct tcp_conn_s *conn, struct tcp_rcvq_s *q)
{
  struct iob_s *iob = q->head;

  q->head = iob->io_flink;
  if (q->head == NULL)
    {
      q->tail = NULL;
    }

  credit(conn, iob->io_pktlen);
  iob->io_flink  = NULL;
  iob->io_pktlen = iob->io_len;
  iob_free(iob);
}

/* Drop bytes at the front.  A buffer that stays in part is charged in full */

void tcp_rcvq_trim(struct tcp_conn_s *conn, struct tcp_rcvq_s *q,
                   uint32_t len)
{
  while (len > 0 && q->head != NULL)
    {
      struct iob_s *iob = q->head;

      if (iob->io_len <= len)
        {
          len -= iob->io_len;
          tcp_rcvq_pop(conn, q);
        }
      else
        {
          unsigned int held = iob->io_pktlen;
          int ret;

          ret = iob_pull(iob, len);
          DEBUGASSERT(ret == 0);
          UNUSED(ret);
          iob->io_pktlen = held;
          len = 0;
        }
    }
}

void tcp_rcvq_flush(struct tcp_conn_s *conn, struct tcp_rcvq_s *q)
{
  while (q->head != NULL)
    {
      tcp_rcvq_pop(conn, q);
    }
}

/* Does this buffer fill less than "ratio" 256ths of its memory? */

static bool is_sparse(const struct iob_s *iob, unsigned int ratio)
{
  return iob->io_len < COLLAPSE_MAX &&
         iob->io_len * 256u < iob->io_pktlen * ratio;
}

/* How many sparse buffers from "first" on fit into one; *len: their bytes */

static unsigned int sparse_run(const struct iob_s *first, unsigned int ratio,
                               unsigned int *len)
{
  const struct iob_s *iob;
  unsigned int n = 0;

  *len = 0;
  for (iob = first; iob != NULL; iob = iob->io_flink)
    {
      if (!is_sparse(iob, ratio) || *len + iob->io_len > COLLAPSE_MAX)
        {
          break;
        }

      *len += iob->io_len;
      n++;
    }

  return n;
}

/* Replace the n buffers behind prev (NULL: at the front), "len" bytes in
 * all, by one that holds them.  Returns it; NULL: no memory, all as it was.
 */

static struct iob_s *merge(struct tcp_conn_s *conn, struct tcp_rcvq_s *q,
                           struct iob_s *prev, unsigned int n,
                           unsigned int len)
{
  struct tcp_rcvq_s old;
  struct iob_s *next;
  struct iob_s *iob = iob_tryalloc_contig(len, 0, IOB_CLASS_RX);

  if (iob == NULL)
    {
      g_net.stats.tcp.collapse_nomem++;
      return NULL;
    }

  g_net.stats.tcp.tcprcvcollapsed += n;
  g_net.stats.tcp.collapse_bytes += len;

  old.head = prev != NULL ? prev->io_flink : q->head;
  old.tail = q->tail;

  while (n-- > 0)
    {
      memcpy(IOB_DATA(iob) + iob->io_len, IOB_DATA(old.head),
             old.head->io_len);
      iob->io_len += old.head->io_len;
      tcp_rcvq_pop(conn, &old);
    }

  DEBUGASSERT(iob->io_len == len);
  next = old.head;
  iob->io_pktlen = net_charge(iob);
  charge(conn, iob->io_pktlen);

  iob->io_flink = next;
  q->tail = next != NULL ? q->tail : iob;
  if (prev != NULL)
    {
      prev->io_flink = iob;
    }
  else
    {
      q->head = iob;
    }

  return iob;
}

void tcp_rcvq_collapse(struct tcp_conn_s *conn, struct tcp_rcvq_s *q,
                       struct iob_s **from, unsigned int ratio)
{
  struct iob_s *prev = *from;
  struct iob_s *iob;
  unsigned int len;
  unsigned int n;

  while ((iob = prev != NULL ? prev->io_flink : q->head) != NULL)
    {
      n = sparse_run(iob, ratio, &len);

      if (n > 1)
        {
          iob = merge(conn, q, prev, n, len);
          if (iob == NULL)
            {
              break;
            }
        }
      else if (n == 1 && iob->io_flink == NULL)
        {
          /* The last: those that come may go together with it */

          break;
        }

      /* What was merged is looked at again only with what follows: stay in
       * front of it while there is room in it.
       */

      if (n > 1 && iob->io_flink == NULL && is_sparse(iob, ratio))
        {
          break;
        }

      prev = iob;
    }

  *from = prev;
}

/* Packed, nine tenths of the memory are payload.  With an eighth of the limit
 * not promised to anybody, all that was is within it.
 */

#define DENSE 230                    /* Of 256 */

static void queue_tail(struct tcp_rcvq_s *q, struct iob_s *iob)
{
  iob->io_flink = NULL;
  if (q->tail != NULL)
    {
      q->tail->io_flink = iob;
    }
  else
    {
      q->head = iob;
    }

  q->tail = iob;
}

/* Bytes that can be packed, from this buffer on, up to "max" */

static unsigned int loose_run(const struct iob_s *iob, unsigned int max)
{
  unsigned int len = 0;

  for (; iob != NULL && len < max && is_sparse(iob, DENSE);
       iob = iob->io_flink)
    {
      len += iob->io_len;
    }

  return MIN(len, max);
}

/* Pack as much of a queue as there is memory for */

void tcp_rcvq_pack(struct tcp_conn_s *conn, struct tcp_rcvq_s *q)
{
  struct tcp_rcvq_s old = *q;
  struct iob_s *iob = NULL;

  q->head = NULL;
  q->tail = NULL;
  while (old.head != NULL)
    {
      struct iob_s *from = old.head;
      unsigned int n = loose_run(from, COLLAPSE_MAX);

      if (iob == NULL && n > 0)
        {
          iob = iob_tryalloc_contig(n, 0, IOB_CLASS_RX);
          if (iob == NULL)
            {
              g_net.stats.tcp.collapse_nomem++;
              tcp_rcvq_join(q, &old);
              return;
            }

          iob->io_pktlen = net_charge(iob);
          charge(conn, iob->io_pktlen);
          queue_tail(q, iob);
        }
      else if (n == 0)
        {
          old.head = from->io_flink;
          queue_tail(q, from);
          continue;
        }

      /* The extent was made for just these */

      n = MIN(IOB_FREESPACE(iob), from->io_len);
      memcpy(IOB_DATA(iob) + iob->io_len, IOB_DATA(from), n);
      iob->io_len += n;
      g_net.stats.tcp.tcprcvcollapsed += n == from->io_len;
      g_net.stats.tcp.collapse_bytes  += n;
      tcp_rcvq_trim(conn, &old, n);
      if (IOB_FREESPACE(iob) == 0)
        {
          iob = NULL;
        }
    }
}
