/* net/tcp_sndbuf.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The send buffer: what the user wrote and the peer has not acknowledged.
 *
 * User bytes are copied exactly once, here, into extents of one segment with
 * room in front for every header, and added up on the way.  From then on the
 * data does not move.  To send is to share the extent with the device: its
 * view gets the head-room, in which the headers are written (tcp_output.c);
 * the view in the row keeps the payload, for as long as it may have to be
 * sent again, and the tail-room, to which small writes append until the
 * segment is sent for the first time.
 *
 * When the peer acknowledges a part of a segment, the view is cut in front.
 * The dead bytes become head-room for the next resend, once the device has
 * let go.  To cut a segment in two is to make a second view on the extent.
 * The checksum follows: only the shorter part is added up.
 *
 * Memory.  A segment is charged with the granules of its extent.  If there
 * is no extent of a whole segment, half of that will do, down to 256 bytes,
 * and at the very end comes the one small extent that each connection is
 * entitled to (iob_alloc_minimum()).  Who gets nothing at all waits until
 * something is freed (memory.c).
 *
 * All rows together have a share of the pool.  When it is used up, those who
 * have data under way are refused, and stand in a line of their own.  Each is
 * told by its own next ACK that it may write again, or when others have freed
 * a part of the share, all of the line are.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include <nuttx/kmalloc.h>

#include "tcp.h"
#include "wire_tcp.h"

/* The least extent to which an allocation is halved */

#define TCP_MINEXTENT IOB_MINSEGMENT

/* On devices that cut super-segments extents hold several segments, this
 * many bytes at most: fewer pieces to share and to describe.  On all others
 * no segment is longer than this, so as not to ask for the largest extents
 * that there are (loopback: 64 KiB).
 */

#define TCP_MAXEXTENT 16384

/* Nor longer than a quarter of SO_SNDBUF: with one that fills the row there
 * would be nothing under way while its acknowledgement comes back, and a
 * receiver who is given this very memory (loopback) has to charge all of it.
 * But a segment of Ethernet is not cut for that.
 */

#define TCP_ROWPARTS  4
#define TCP_WHOLE     1460

/* What all connections together, and one, may have in their rows: with what
 * may be received (tcp_rcvq.c) there is still an eighth for all else.
 */

#define SNDMEM_ALL (NET_ARENA / 8 * 3)
#define SNDMEM_ONE (NET_ARENA / 4)

/* When this much is free of it those who wait are told: so that not one of
 * them has something to do, and all are woken, for each segment.
 */

#define SNDMEM_FREE (SNDMEM_ALL / 16)

static uint32_t g_charged;           /* All rows together */
static struct tcp_snd_s *g_waiting;  /* Refused for that, the first of them */
static struct tcp_snd_s **g_waiting_tail = &g_waiting;

/* The row ******************************************************************/

/* Make the ring twice as large */

static int ring_grow(struct tcp_snd_s *snd)
{
  uint32_t size = (snd->mask + 1) * 2;
  struct tcp_txseg_s *seg = kmm_malloc(size * sizeof(*seg));
  uint32_t i;

  if (seg == NULL)
    {
      return -ENOMEM;
    }

  for (i = 0; i < snd->count; i++)
    {
      seg[i] = *tcp_seg(snd, i);
    }

  if (snd->seg != snd->small)
    {
      kmm_free(snd->seg);
    }

  snd->seg  = seg;
  snd->head = 0;
  snd->mask = size - 1;
  return 0;
}

/* An empty row needs no memory */

static void ring_reset(struct tcp_snd_s *snd)
{
  if (snd->seg != snd->small && snd->seg != NULL)
    {
      kmm_free(snd->seg);
    }

  snd->seg  = snd->small;
  snd->head = 0;
  snd->mask = TCP_NSMALL - 1;
}

/* Open a place for segment i; those behind move.  NULL: no memory */

static struct tcp_txseg_s *ring_insert(struct tcp_snd_s *snd, uint32_t i)
{
  uint32_t k;

  if (snd->count > snd->mask && ring_grow(snd) < 0)
    {
      return NULL;
    }

  for (k = snd->count++; k > i; k--)
    {
      *tcp_seg(snd, k) = *tcp_seg(snd, k - 1);
    }

  return tcp_seg(snd, i);
}

/* The sequence number that the next byte of the user will have */

static uint32_t end_of_row(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;

  if (snd->count > 0)
    {
      struct tcp_txseg_s *seg = tcp_seg(snd, snd->count - 1);

      return seg->seq + tcp_seg_space(seg);
    }

  return conn->snd_una == conn->iss ? conn->iss + 1 : conn->snd_una;
}

uint32_t tcp_seg_find(struct tcp_snd_s *snd, uint32_t seq)
{
  uint32_t low  = 0;
  uint32_t high = snd->count;

  while (low < high)
    {
      uint32_t mid = (low + high) / 2;
      struct tcp_txseg_s *seg = tcp_seg(snd, mid);

      if (SEQ_LEQ(seg->seq + tcp_seg_space(seg), seq))
        {
          low = mid + 1;
        }
      else
        {
          high = mid;
        }
    }

  return low;
}

/* Marks ********************************************************************/

void tcp_seg_lost(struct tcp_conn_s *conn, struct tcp_txseg_s *seg)
{
  struct tcp_snd_s *snd = conn->snd;

  DEBUGASSERT((seg->flags & (SEG_LOST | SEG_SACKED)) == 0);
  if (snd->lost == 0 || SEQ_LT(seg->seq, snd->lost_hint))
    {
      snd->lost_hint = seg->seq;
    }

  seg->flags |= SEG_LOST;
  snd->lost  += tcp_seg_space(seg);
}

void tcp_seg_unmark(struct tcp_conn_s *conn, struct tcp_txseg_s *seg)
{
  struct tcp_snd_s *snd = conn->snd;

  if (seg->flags & SEG_LOST)
    {
      DEBUGASSERT(snd->lost >= tcp_seg_space(seg));
      snd->lost -= tcp_seg_space(seg);
    }

  if (seg->flags & SEG_SACKED)
    {
      DEBUGASSERT(snd->sacked >= tcp_seg_space(seg));
      snd->sacked -= tcp_seg_space(seg);
    }

  seg->flags &= ~(SEG_LOST | SEG_SACKED);
}

/* Allocating ***************************************************************/

/* Room for every header that a full segment gets, and how much payload an
 * extent shall have
 */

static void measure(struct tcp_conn_s *conn, unsigned int *headroom,
                    unsigned int *size)
{
  const struct net_path_s *path = &conn->sconn.path;
  unsigned int mss = tcp_smss(conn);
  unsigned int head = TCP_HDRLEN;

  head += (conn->t_flags & TF_TS) != 0 ? TCPOLEN_TS + 2 : 0;
  if (path->ip != NULL && path->nif != NULL)
    {
      head += path->ip->hdrlen + path->nif->headroom;
    }
  else
    {
      head += 40 + NETDEV_ETHHDRLEN;
    }

  if (path->ip != NULL && path->nif != NULL && mss <= TCP_MAXEXTENT / 2 &&
      (path->nif->dev->d_features & (NETDEV_TSO | NETDEV_SG)) ==
      (NETDEV_TSO | NETDEV_SG))
    {
      mss *= TCP_MAXEXTENT / mss;
    }

  *headroom = head;
  *size     = MIN(MIN(mss, TCP_MAXEXTENT),
                  MAX(conn->sconn.sndbuf / TCP_ROWPARTS, TCP_WHOLE));
}

/* An extent for "size" bytes, or as near as memory allows */

static struct iob_s *alloc_extent(struct tcp_conn_s *conn, unsigned int size,
                                  unsigned int headroom)
{
  struct iob_s *iob = iob_tryalloc_contig(size, headroom, IOB_CLASS_TX);

  while (iob == NULL && size > TCP_MINEXTENT)
    {
      size = size / 2 > TCP_MINEXTENT ? size / 2 : TCP_MINEXTENT;
      iob  = iob_tryalloc_contig(size, headroom, IOB_CLASS_TX);
      if (iob != NULL)
        {
          g_net.stats.tcp.halved++;
        }
    }

  if (iob == NULL && headroom <= IOB_MINHEAD)
    {
      iob = iob_alloc_minimum(conn, size < TCP_MINEXTENT ? size :
                              TCP_MINEXTENT, headroom, IOB_CLASS_TX, 0);
    }

  return iob;
}

/* The line of those who wait for others */

static bool is_shared_full(const struct tcp_conn_s *conn)
{
  return g_charged >= SNDMEM_ALL && conn->snd->count > 0;
}

static void wait_add(struct tcp_snd_s *snd)
{
  snd->wait_next  = NULL;
  snd->wait_pprev = g_waiting_tail;
  *g_waiting_tail = snd;
  g_waiting_tail  = &snd->wait_next;
}

static void wait_del(struct tcp_snd_s *snd)
{
  if (snd->wait_pprev == NULL)
    {
      return;
    }

  *snd->wait_pprev = snd->wait_next;
  if (snd->wait_next != NULL)
    {
      snd->wait_next->wait_pprev = snd->wait_pprev;
    }
  else
    {
      g_waiting_tail = snd->wait_pprev;
    }

  snd->wait_pprev = NULL;
}

void tcp_sndbuf_refused(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;

  snd->flags |= SND_FULL;
  if (is_shared_full(conn) && snd->wait_pprev == NULL)
    {
      wait_add(snd);
    }
}

void tcp_sndbuf_tell(struct tcp_conn_s *conn)
{
  wait_del(conn->snd);
  conn->snd->flags &= ~SND_FULL;
  sock_event(conn->sconn.psock, POLLOUT);
}

/* Some of the share was given back: who has more than his own limit under
 * way is told by his own ACK.
 */

static void tell_all(void)
{
  while (g_waiting != NULL)
    {
      struct tcp_conn_s *conn = g_waiting->conn;

      if (tcp_sndbuf_writable(conn))
        {
          tcp_sndbuf_tell(conn);
        }
      else
        {
          wait_del(conn->snd);
        }
    }
}

static uint16_t charge_of(const struct iob_s *iob)
{
  return (iob->io_bufsize + iob->io_slack + IOB_GRANULE - 1) / IOB_GRANULE;
}

static void uncharge(struct tcp_snd_s *snd, struct tcp_txseg_s *seg)
{
  uint32_t n = (uint32_t)seg->charge * IOB_GRANULE;

  DEBUGASSERT(snd->charged >= n && g_charged >= n);
  snd->charged -= n;
  g_charged    -= n;
}

static void charge(struct tcp_snd_s *snd, const struct tcp_txseg_s *seg)
{
  uint32_t n = (uint32_t)seg->charge * IOB_GRANULE;

  snd->charged += n;
  g_charged    += n;
}

static void free_seg(struct tcp_snd_s *snd, struct tcp_txseg_s *seg)
{
  uncharge(snd, seg);
  if (seg->iob != NULL)
    {
      iob_free_chain(seg->iob);
    }

  if (g_charged <= SNDMEM_ALL - SNDMEM_FREE)
    {
      tell_all();
    }
}

/* A new segment at the end, empty.  NULL: no memory, of which the user is to
 * be told when there is some.
 */

static struct tcp_txseg_s *append(struct tcp_conn_s *conn,
                                  unsigned int size, unsigned int headroom)
{
  struct tcp_snd_s *snd = conn->snd;
  struct iob_s *iob = alloc_extent(conn, size, headroom);
  uint32_t seq = end_of_row(conn);
  struct tcp_txseg_s *seg;

  if (iob == NULL)
    {
      tcp_starved(conn, IOB_CLASS_TX, TCP_MINEXTENT + headroom);
      return NULL;
    }

  seg = ring_insert(snd, snd->count);
  if (seg == NULL)
    {
      net_memory_undo(iob);
      tcp_starved(conn, IOB_CLASS_TX, NET_MEMORY_UNKNOWN);
      return NULL;
    }

  seg->iob      = iob;
  seg->sent     = 0;
  seg->seq      = seq;
  seg->len      = 0;
  seg->sum      = 0;
  seg->flags    = 0;
  seg->charge   = charge_of(iob);
  charge(snd, seg);
  return seg;
}

/* Memory *******************************************************************/

/* Could the user's data have an extent now, though it were the least? */

static bool has_memory(struct tcp_conn_s *conn)
{
  unsigned int headroom;
  unsigned int size;
  struct iob_s *iob;

  measure(conn, &headroom, &size);
  iob = alloc_extent(conn, TCP_MINEXTENT, headroom);
  if (iob != NULL)
    {
      net_memory_undo(iob);
    }

  return iob != NULL;
}

/* Something was freed: send what can be sent, and let the user write if he
 * was refused and would not be now.
 */

static void starved_run(struct net_memory_s *memory)
{
  struct tcp_conn_s *conn = container_of(memory, struct tcp_snd_s,
                                         memory)->conn;
  uint32_t need = memory->need;

  tcp_conn_hold(conn);
  tcp_output(conn);
  if (conn->t_state != TCPS_CLOSED && !conn->snd->memory.queued)
    {
      if ((conn->snd->flags & SND_FULL) != 0 &&
          tcp_sndbuf_space(conn) > 0 && !has_memory(conn))
        {
          tcp_starved(conn, IOB_CLASS_TX, need);
        }
      else
        {
          sock_event(conn->sconn.psock, POLLOUT);
        }
    }

  tcp_conn_release(conn);
}

void tcp_starved(struct tcp_conn_s *conn, enum iob_class_e cls,
                 uint32_t need)
{
  conn->snd->memory.run = starved_run;
  net_memory_wait(&conn->snd->memory, cls, need);
}

/* Writing ******************************************************************/

/* The last segment, if bytes can still be appended to it */

static struct tcp_txseg_s *open_seg(struct tcp_snd_s *snd)
{
  struct tcp_txseg_s *seg;

  if (snd->count <= snd->nsent)
    {
      return NULL;
    }

  seg = tcp_seg(snd, snd->count - 1);
  return seg->iob != NULL ? seg : NULL;
}

/* Will what is written now be sent at once, so that nothing is going to be
 * appended to it?
 */

static bool goes_at_once(struct tcp_conn_s *conn, int flags)
{
  return conn->snd->count == conn->snd->nsent && (flags & MSG_MORE) == 0 &&
         (conn->t_flags & TF_CORK) == 0 &&
         ((conn->t_flags & TF_NODELAY) != 0 || conn->snd->count == 0) &&
         conn->t_state != TCPS_SYN_SENT && conn->t_state != TCPS_SYN_RCVD;
}

/* A small segment that has not been sent is full: it gets more memory, in
 * place if the granules behind it are free, else by moving what is there.
 * Without memory it stays as it is.
 */

static void enlarge(struct tcp_conn_s *conn, struct tcp_txseg_s *seg,
                    unsigned int size, unsigned int headroom)
{
  struct tcp_snd_s *snd = conn->snd;
  struct iob_s *iob;

  if (iob_grow(seg->iob, size - seg->len) < 0)
    {
      if (seg->len > size / 2)
        {
          return;
        }

      iob = iob_tryalloc_contig(size, headroom, IOB_CLASS_TX);
      if (iob == NULL)
        {
          return;
        }

      memcpy(IOB_DATA(iob), IOB_DATA(seg->iob), seg->len);
      g_net.stats.tcp.copies_collapse += seg->len;
      iob->io_len    = seg->len;
      iob->io_pktlen = seg->len;
      iob_free_chain(seg->iob);
      seg->iob = iob;
    }

  uncharge(snd, seg);
  seg->charge   = charge_of(seg->iob);
  charge(snd, seg);
}

/* Copy n bytes to the end of a segment */

static void fill(struct tcp_txseg_s *seg, struct net_uio_s *uio,
                 unsigned int n)
{
  struct iob_s *iob = seg->iob;
  uint32_t sum;

  sum = net_uio_get_csum(uio, IOB_DATA(iob) + iob->io_len, n);
  seg->sum = seg->len == 0 ? net_csum_fold(sum) :
             net_csum_fold(net_csum_add(seg->sum, sum, seg->len));
  iob->io_len    += n;
  iob->io_pktlen += n;
  seg->len       += n;
}

ssize_t tcp_sndbuf_put(struct tcp_conn_s *conn, struct net_uio_s *uio,
                       int flags)
{
  struct tcp_snd_s *snd = conn->snd;
  unsigned int headroom;
  unsigned int size;
  size_t done = 0;
  bool once;

  if (conn->t_flags & TF_FIN_QUEUED)
    {
      return -EPIPE;
    }

  measure(conn, &headroom, &size);
  once = uio->resid < size && goes_at_once(conn, flags);

  while (uio->resid > 0)
    {
      struct tcp_txseg_s *seg = open_seg(snd);
      unsigned int room = 0;
      unsigned int n;

      if (seg != NULL && seg->len < size)
        {
          room = IOB_FREESPACE(seg->iob);
          if (room == 0)
            {
              enlarge(conn, seg, size, headroom);
              room = IOB_FREESPACE(seg->iob);
            }
        }

      if (room == 0)
        {
          if (tcp_sndbuf_space(conn) == 0)
            {
              tcp_sndbuf_refused(conn);
              break;
            }

          seg = append(conn, once ? uio->resid : size, headroom);
          if (seg == NULL)
            {
              g_net.stats.tcp.sndnomem++;
              tcp_sndbuf_refused(conn);
              return done > 0 ? (ssize_t)done : -ENOMEM;
            }

          room = IOB_FREESPACE(seg->iob);
        }

      n = room < size - seg->len ? room : size - seg->len;
      n = uio->resid < n ? uio->resid : n;
      fill(seg, uio, n);
      done += n;
    }

  g_net.stats.tcp.copies_tx += done;
  return done;
}

int tcp_sndbuf_fin(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;
  uint32_t seq = end_of_row(conn);
  struct tcp_txseg_s *seg;

  if ((conn->t_flags & (TF_FIN_QUEUED | TF_FIN_SENT)) != TF_FIN_QUEUED ||
      (snd->count > 0 && tcp_seg(snd, snd->count - 1)->iob == NULL))
    {
      return 0;
    }

  seg = ring_insert(snd, snd->count);
  if (seg == NULL)
    {
      return -ENOMEM;
    }

  memset(seg, 0, sizeof(*seg));
  seg->seq   = seq;
  seg->flags = SEG_FIN;
  return 0;
}

/* Who has data under way waits for its acknowledgement when all together
 * have their share: that of others is not taken by those whose peers do not
 * read.
 */

uint32_t tcp_sndbuf_space(const struct tcp_conn_s *conn)
{
  if (is_shared_full(conn))
    {
      return 0;
    }

  return conn->sconn.sndbuf > conn->snd->charged ?
         conn->sconn.sndbuf - conn->snd->charged : 0;
}

bool tcp_sndbuf_writable(const struct tcp_conn_s *conn)
{
  return tcp_sndbuf_space(conn) >= conn->sconn.sndbuf / 3;
}

uint32_t tcp_sndbuf_all(void)
{
  return g_charged;
}

uint32_t tcp_sndbuf_unacked(const struct tcp_conn_s *conn)
{
  const struct tcp_snd_s *snd = conn->snd;
  const struct tcp_txseg_s *first;
  const struct tcp_txseg_s *last;

  if (snd->count == 0)
    {
      return 0;
    }

  first = &snd->seg[snd->head & snd->mask];
  last  = &snd->seg[(snd->head + snd->count - 1) & snd->mask];
  return last->seq + last->len - first->seq;
}

uint32_t tcp_sndbuf_unsent(const struct tcp_conn_s *conn)
{
  const struct tcp_snd_s *snd = conn->snd;
  const struct tcp_txseg_s *first;
  const struct tcp_txseg_s *last;

  if (snd->count <= snd->nsent)
    {
      return 0;
    }

  first = &snd->seg[(snd->head + snd->nsent) & snd->mask];
  last  = &snd->seg[(snd->head + snd->count - 1) & snd->mask];
  return last->seq + last->len - first->seq;
}

/* Cutting ******************************************************************/

/* The sum of what is left when "n" bytes go at one end.  part: of them. */

static uint16_t sum_minus(uint16_t sum, uint16_t part)
{
  return net_csum_fold((uint32_t)sum + (uint16_t)~part);
}

static uint16_t swap(uint16_t sum)
{
  return (uint16_t)((sum << 8) | (sum >> 8));
}

/* The sums of the first n bytes and of the rest, by adding up the shorter
 * part.  Both start at an even offset of their own.
 */

static void cut_sum(struct tcp_txseg_s *seg, unsigned int n, uint16_t *head,
                    uint16_t *tail)
{
  const uint8_t *data = IOB_DATA(seg->iob);
  uint16_t part;

  if (n <= seg->len - n)
    {
      *head = net_csum_fold(net_csum(data, n, 0));
      part  = sum_minus(seg->sum, *head);
      *tail = (n & 1) != 0 ? swap(part) : part;
      g_net.stats.tcp.csum_bytes += n;
    }
  else
    {
      *tail = net_csum_fold(net_csum(data + n, seg->len - n, 0));
      part  = (n & 1) != 0 ? swap(*tail) : *tail;
      *head = sum_minus(seg->sum, part);
      g_net.stats.tcp.csum_bytes += seg->len - n;
    }
}

int tcp_seg_split(struct tcp_conn_s *conn, uint32_t i, unsigned int n)
{
  struct tcp_snd_s *snd = conn->snd;
  struct tcp_txseg_s *seg = tcp_seg(snd, i);
  struct tcp_txseg_s *rest;
  struct iob_s *first;
  uint16_t head;
  uint16_t tail;

  DEBUGASSERT(n > 0 && n < seg->len);
  if (snd->count > snd->mask && ring_grow(snd) < 0)
    {
      return -ENOMEM;
    }

  /* The new view gets the head-room; the tail-room stays at the end */

  seg   = tcp_seg(snd, i);
  first = iob_share(seg->iob, 0, n);
  if (first == NULL)
    {
      return -ENOMEM;
    }

  cut_sum(seg, n, &head, &tail);
  iob_pull(seg->iob, n);

  rest         = ring_insert(snd, i + 1);
  seg          = tcp_seg(snd, i);
  *rest        = *seg;
  rest->seq   += n;
  rest->len   -= n;
  rest->sum    = tail;
  seg->iob     = first;
  seg->len     = n;
  seg->sum     = head;
  seg->charge  = seg->charge * n / (rest->len + n);
  rest->charge = rest->charge - seg->charge;
  if (i < snd->nsent)
    {
      snd->nsent++;
    }

  g_net.stats.tcp.splits++;
  return 0;
}

int tcp_seg_bounce(struct tcp_conn_s *conn, struct tcp_txseg_s *seg)
{
  struct tcp_snd_s *snd = conn->snd;
  unsigned int headroom;
  unsigned int size;
  struct iob_s *iob;

  measure(conn, &headroom, &size);
  iob = iob_tryalloc_contig(seg->len, headroom, IOB_CLASS_TX);
  if (iob == NULL)
    {
      return -ENOMEM;
    }

  memcpy(IOB_DATA(iob), IOB_DATA(seg->iob), seg->len);
  iob->io_len    = seg->len;
  iob->io_pktlen = seg->len;
  iob_free_chain(seg->iob);
  uncharge(snd, seg);
  seg->iob      = iob;
  seg->charge   = charge_of(iob);
  charge(snd, seg);
  g_net.stats.tcp.bounces++;
  return 0;
}

/* The first n bytes of the first segment are acknowledged */

static void trim(struct tcp_snd_s *snd, struct tcp_txseg_s *seg,
                 unsigned int n)
{
  uint16_t head;
  uint16_t tail;

  cut_sum(seg, n, &head, &tail);
  iob_pull(seg->iob, n);
  seg->sum  = tail;
  seg->seq += n;
  seg->len -= n;
  if (seg->flags & SEG_LOST)
    {
      snd->lost -= n;
    }

  if (seg->flags & SEG_SACKED)
    {
      snd->sacked -= n;
    }
}

void tcp_sndbuf_ack(struct tcp_conn_s *conn, uint32_t ack,
                    struct tcp_ack_s *info)
{
  struct tcp_snd_s *snd = conn->snd;

  while (snd->nsent > 0)
    {
      struct tcp_txseg_s *seg = tcp_seg(snd, 0);

      if (SEQ_GT(seg->seq + tcp_seg_space(seg), ack))
        {
          if (SEQ_GT(ack, seg->seq))
            {
              info->resent_acked |= (seg->flags & SEG_RESENT) != 0;
              trim(snd, seg, ack - seg->seq);
            }

          break;
        }

      if ((seg->flags & SEG_SACKED) == 0)
        {
          tcp_rack_delivered(conn, seg, info);
        }

      info->resent_acked |= (seg->flags & SEG_RESENT) != 0;
      tcp_seg_unmark(conn, seg);
      free_seg(snd, seg);
      snd->head++;
      snd->count--;
      snd->nsent--;
    }

  if (snd->count == 0)
    {
      ring_reset(snd);
    }
}

/* The beginning and the end ************************************************/

static void sndbuf_run(struct net_egress_s *egress)
{
  tcp_output(container_of(egress, struct tcp_conn_s, sconn.egress));
}

void tcp_snd_limit(struct tcp_conn_s *conn)
{
  conn->sconn.sndbuf = MIN(conn->sconn.sndbuf, SNDMEM_ONE);
}

void tcp_snd_init(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;

  memset(snd, 0, sizeof(*snd));
  ring_reset(snd);
  snd->conn      = conn;
  snd->rto_us    = TCP_RTO_INIT_US;
  snd->ssthresh  = INT32_MAX;
  snd->cc        = tcp_cc_find(NULL);
  snd->rack_mult = 1;
  conn->sconn.egress.run = sndbuf_run;
  tcp_snd_limit(conn);
}

void tcp_snd_free(struct tcp_conn_s *conn)
{
  struct tcp_snd_s *snd = conn->snd;
  uint32_t i;

  if (snd->seg == NULL)
    {
      return;
    }

  /* A kick returns before anything else of ours runs */

  if (iob_undefer(&snd->defer) == -EINPROGRESS)
    {
      DEBUGPANIC();
    }

  net_egress_del(&conn->sconn.egress);
  net_memory_del(&snd->memory);
  wait_del(snd);

  for (i = 0; i < snd->count; i++)
    {
      free_seg(snd, tcp_seg(snd, i));
    }

  DEBUGASSERT(snd->charged == 0);
  snd->count  = 0;
  snd->nsent  = 0;
  snd->lost   = 0;
  snd->sacked = 0;
  ring_reset(snd);
}
