/* net/dgramq.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Datagrams that wait for their reader, and the user's side of both
 * directions: the one copy out of the user's memory, the one copy into it,
 * and ancillary data (struct cmsghdr, POSIX 2.10.x recvmsg).
 *
 * What a queue charges is net_charge(): whole extents.  One datagram is
 * always let in when the queue is empty, however small SO_RCVBUF: otherwise
 * a large one could never be received.
 *
 * The small descriptors of waiting datagrams (struct dgram_s) are kept for
 * reuse, up to DGRAM_SPARE of them.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <linux/errqueue.h>

#include <nuttx/kmalloc.h>

#include "dgramq.h"

#define DGRAM_SPARE 64

/* One queue never has more of the pool than this, whatever SO_RCVBUF says:
 * the reader may need memory to answer
 */

#define DGRAMQ_MOST (NET_ARENA / 4)

static struct dgram_s *g_spare;
static unsigned int g_nspare;

/* Queues *******************************************************************/

unsigned int net_charge(const struct iob_s *iob)
{
  unsigned int sum = 0;

  for (; iob != NULL; iob = iob->io_flink)
    {
      sum += sizeof(*iob) + iob_memsize(iob);
    }

  return sum;
}

static struct dgram_s *dgram_alloc(void)
{
  struct dgram_s *d = g_spare;

  if (d == NULL)
    {
      d = kmm_malloc(sizeof(*d));
      if (d == NULL)
        {
          g_net.stats.conn.dgrammemory++;
          return NULL;
        }
    }
  else
    {
      g_spare = d->next;
      g_nspare--;
    }

  memset(d, 0, sizeof(*d));
  return d;
}

static void dgram_free(struct dgram_s *d)
{
  if (d->pkt != NULL)
    {
      iob_free_chain(d->pkt);
    }

  if (g_nspare < DGRAM_SPARE)
    {
      d->next = g_spare;
      g_spare = d;
      g_nspare++;
    }
  else
    {
      kmm_free(d);
    }
}

void dgramq_finalize(void)
{
  while (g_spare != NULL)
    {
      struct dgram_s *d = g_spare;

      g_spare = d->next;
      kmm_free(d);
    }

  g_nspare = 0;
}

bool dgramq_room(const struct dgramq_s *q, const struct socket_conn_s *conn,
                 unsigned int charge)
{
  return q->head == NULL ||
         (uint64_t)q->charged + charge <= MIN(conn->rcvbuf, DGRAMQ_MOST);
}

static void append(struct dgramq_s *q, struct dgram_s *d)
{
  d->next = NULL;
  if (q->head == NULL)
    {
      q->head = d;
    }
  else
    {
      q->tail->next = d;
    }

  q->tail = d;
  q->charged += d->charge;
  q->count++;
}

static void remove_head(struct dgramq_s *q)
{
  struct dgram_s *d = q->head;

  DEBUGASSERT(q->count > 0 && q->charged >= d->charge);
  q->head = d->next;
  q->charged -= d->charge;
  q->count--;
  dgram_free(d);
}

void dgramq_flush(struct dgramq_s *q)
{
  while (q->head != NULL)
    {
      remove_head(q);
    }
}

unsigned int dgramq_next_len(const struct dgramq_s *q)
{
  return q->head != NULL && q->head->pkt != NULL ?
         q->head->pkt->io_pktlen : 0;
}

/* Asking for the time costs more than the rest: only who wants it does */

static uint64_t stamp_for(const struct socket_conn_s *conn)
{
  return (conn->options & (CONN_TIMESTAMP | CONN_TIMESTAMPNS)) != 0 ?
         net_realtime() : 0;
}

int dgramq_put(struct dgramq_s *q, const struct socket_conn_s *conn,
               struct iob_s *pkt, const struct net_rx_s *rx, uint16_t sport)
{
  unsigned int charge = net_charge(pkt) + sizeof(struct dgram_s);
  bool room = dgramq_room(q, conn, charge);
  struct dgram_s *d = room ? dgram_alloc() : NULL;
  if (d == NULL)
    {
      q->drops++;
      if (pkt != NULL)
        {
          iob_free_chain(pkt);
        }

      return room ? -ENOMEM : -ENOBUFS;
    }

  d->pkt     = pkt;
  d->stamp   = stamp_for(conn);
  d->src     = rx->src;
  d->dst     = rx->dst;
  d->sport   = sport;
  d->ifindex = rx->nif->dev->d_ifindex;
  d->ttl     = rx->ttl;
  d->tos     = rx->tos;
  d->charge  = charge;
  append(q, d);
  return 0;
}

/* Reading ******************************************************************/

void dgram_cmsg_put(struct sock_msg_s *msg, size_t *used, int level, int type,
                    const void *data, size_t len)
{
  struct cmsghdr head;
  size_t room = *used < msg->controllen ? msg->controllen - *used : 0;
  size_t n = CMSG_LEN(len);

  if (msg->control == NULL || room < sizeof(head))
    {
      msg->flags |= MSG_CTRUNC;
      return;
    }

  /* A message that does not fit is cut, as Linux does */

  if (n > room)
    {
      msg->flags |= MSG_CTRUNC;
      n = room;
    }

  memset(&head, 0, sizeof(head));
  head.cmsg_len   = n;
  head.cmsg_level = level;
  head.cmsg_type  = type;
  memcpy((uint8_t *)msg->control + *used, &head, sizeof(head));
  if (n > CMSG_LEN(0))
    {
      memcpy((uint8_t *)msg->control + *used + CMSG_LEN(0), data,
             n - CMSG_LEN(0));
    }

  *used += MIN(CMSG_SPACE(len), room);
}

static void put_stamp(const struct dgram_s *d,
                      const struct socket_conn_s *conn,
                      struct sock_msg_s *msg, size_t *used)
{
  /* Without one: it came before they were asked for.  As Linux: now */

  uint64_t stamp = d->stamp != 0 ? d->stamp : stamp_for(conn);

  if ((conn->options & CONN_TIMESTAMPNS) != 0)
    {
      struct timespec ts;

      ts.tv_sec  = stamp / NET_SEC;
      ts.tv_nsec = stamp % NET_SEC;
      dgram_cmsg_put(msg, used, SOL_SOCKET, SCM_TIMESTAMPNS, &ts,
                     sizeof(ts));
    }
  else if ((conn->options & CONN_TIMESTAMP) != 0)
    {
      struct timeval tv;

      tv.tv_sec  = stamp / NET_SEC;
      tv.tv_usec = stamp % NET_SEC / 1000;
      dgram_cmsg_put(msg, used, SOL_SOCKET, SCM_TIMESTAMP, &tv, sizeof(tv));
    }
}

/* What the options of the endpoint ask for.  The address in IP_PKTINFO that
 * an answer should come from is one of ours even if the packet went to many.
 */

static void put_control(const struct dgram_s *d,
                        const struct socket_conn_s *conn,
                        struct sock_msg_s *msg, size_t *used)
{
  put_stamp(d, conn, msg, used);
  if ((conn->options & CONN_PKTINFO) != 0)
    {
      struct netif_s *nif = netif_find(d->ifindex);
      struct netif_addr_s *local = netif_addr_local(NULL, &d->dst);
      struct in_pktinfo info;

      if (local == NULL && nif != NULL)
        {
          local = netif_addr_first(nif);
        }

      memset(&info, 0, sizeof(info));
      info.ipi_ifindex = d->ifindex;
      info.ipi_addr.s_addr = netaddr_to4(&d->dst);
      info.ipi_spec_dst.s_addr = local != NULL ? netaddr_to4(&local->addr) :
                                 netaddr_to4(&d->dst);
      dgram_cmsg_put(msg, used, IPPROTO_IP, IP_PKTINFO, &info,
                     sizeof(info));
    }

  if ((conn->options & CONN_RECVTTL) != 0)
    {
      int ttl = d->ttl;

      dgram_cmsg_put(msg, used, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
    }

  if ((conn->options & CONN_RECVTOS) != 0)
    {
      dgram_cmsg_put(msg, used, IPPROTO_IP, IP_TOS, &d->tos,
                     sizeof(d->tos));
    }
}

static void put_error(const struct dgram_s *d,
                      const struct socket_conn_s *conn,
                      struct sock_msg_s *msg, size_t *used)
{
  struct
  {
    struct sock_extended_err ee;
    struct sockaddr_in offender;
  } m;

  memset(&m, 0, sizeof(m));
  m.ee.ee_errno  = d->err_errno;
  m.ee.ee_origin = d->err_origin;
  m.ee.ee_type   = d->err_type;
  m.ee.ee_code   = d->err_code;
  m.ee.ee_info   = d->err_info;
  if (d->err_origin == SO_EE_ORIGIN_ICMP)
    {
      m.offender.sin_family      = AF_INET;
      m.offender.sin_addr.s_addr = netaddr_to4(&d->offender);
    }

  put_stamp(d, conn, msg, used);
  dgram_cmsg_put(msg, used, IPPROTO_IP, IP_RECVERR, &m, sizeof(m));
}

static ssize_t receive(struct dgramq_s *q, const struct socket_conn_s *conn,
                       struct sock_msg_s *msg, int flags)
{
  struct dgram_s *d = q->head;
  size_t len = dgramq_next_len(q);
  size_t used = 0;
  size_t n = MIN(len, msg->uio.resid);

  msg->flags = d->err_origin != 0 ? MSG_ERRQUEUE : 0;
  if (n < len)
    {
      msg->flags |= MSG_TRUNC;
    }

  if (n > 0)
    {
      net_uio_put_iob(&msg->uio, d->pkt, 0, n);
    }

  if (msg->name != NULL)
    {
      msg->namelen = conn_sockaddr_put(conn, msg->name, &d->src, d->sport);
    }

  if (d->err_origin != 0)
    {
      put_error(d, conn, msg, &used);
    }
  else
    {
      put_control(d, conn, msg, &used);
    }

  msg->controllen = used;
  if ((flags & MSG_PEEK) == 0)
    {
      remove_head(q);
    }

  return (flags & MSG_TRUNC) != 0 ? (ssize_t)len : (ssize_t)n;
}

ssize_t dgramq_recv(struct dgramq_s *q, const struct socket_conn_s *conn,
                    struct sock_msg_s *msg, int flags)
{
  return q->head != NULL ? receive(q, conn, msg, flags) : -EAGAIN;
}

ssize_t dgramq_recv_error(struct dgramq_s *q,
                          const struct socket_conn_s *conn,
                          struct sock_msg_s *msg, int flags)
{
  return q->head != NULL ? receive(q, conn, msg, flags) : -EAGAIN;
}

/* Errors *******************************************************************/

/* The user is shown what follows the UDP header in the quotation; of others
 * all of it.
 */

static struct iob_s *quoted(const struct icmp_error_s *err)
{
  unsigned int skip = err->proto == IPPROTO_UDP ? 8 : 0;

  return err->quote != NULL && err->quote_len > skip ?
         iob_share((struct iob_s *)(uintptr_t)err->quote,
                   err->quote_offset + skip, err->quote_len - skip) : NULL;
}

void dgramq_put_error(struct dgramq_s *q, const struct socket_conn_s *conn,
                      const struct icmp_error_s *err)
{
  struct dgram_s *d;

  if (!dgramq_room(q, conn, sizeof(*d)))
    {
      g_net.stats.conn.errorsdropped++;
      return;
    }

  d = dgram_alloc();
  if (d == NULL)
    {
      return;
    }

  d->pkt        = quoted(err);
  d->stamp      = stamp_for(conn);
  d->src        = err->dst;
  d->sport      = err->dport;
  d->dst        = err->src;
  d->offender   = err->offender;
  d->err_origin = netaddr_isany(&err->offender) ? SO_EE_ORIGIN_LOCAL :
                  SO_EE_ORIGIN_ICMP;
  d->err_type   = err->type;
  d->err_code   = err->code;
  d->err_errno  = err->error;
  d->err_info   = err->mtu;
  d->charge     = net_charge(d->pkt) + sizeof(*d);
  append(q, d);
}

/* Sending ******************************************************************/

static int get_control(const struct cmsghdr *head, const uint8_t *data,
                       size_t len, struct dgram_ctl_s *ctl)
{
  struct in_pktinfo info;
  int value = 0;

  if (head->cmsg_level != IPPROTO_IP)
    {
      return 0;                      /* For others: not an error */
    }

  if (head->cmsg_type == IP_PKTINFO)
    {
      if (len != sizeof(info))
        {
          return -EINVAL;
        }

      memcpy(&info, data, sizeof(info));
      ctl->has_pktinfo = true;
      ctl->ifindex     = info.ipi_ifindex;
      ctl->src         = netaddr_from4(info.ipi_spec_dst.s_addr);
      return 0;
    }

  if (head->cmsg_type != IP_TTL && head->cmsg_type != IP_TOS)
    {
      return -EINVAL;
    }

  if (len == sizeof(value))
    {
      memcpy(&value, data, sizeof(value));
    }
  else if (len == 1 && head->cmsg_type == IP_TOS)
    {
      value = *data;
    }
  else
    {
      return -EINVAL;
    }

  if (value < 0 || value > 255 ||
      (value == 0 && head->cmsg_type == IP_TTL))
    {
      return -EINVAL;
    }

  if (head->cmsg_type == IP_TTL)
    {
      ctl->has_ttl = true;
      ctl->ttl = value;
    }
  else
    {
      ctl->has_tos = true;
      ctl->tos = value;
    }

  return 0;
}

int dgram_ctl_get(const struct sock_msg_s *msg, struct dgram_ctl_s *ctl)
{
  const uint8_t *at = msg->control;
  size_t left = at != NULL ? msg->controllen : 0;

  memset(ctl, 0, sizeof(*ctl));
  ctl->src = g_netaddr_any4;
  while (left >= sizeof(struct cmsghdr))
    {
      struct cmsghdr head;
      size_t step;
      int ret;

      memcpy(&head, at, sizeof(head));
      if (head.cmsg_len < CMSG_LEN(0) || head.cmsg_len > left)
        {
          return -EINVAL;
        }

      ret = get_control(&head, at + CMSG_LEN(0),
                        head.cmsg_len - CMSG_LEN(0), ctl);
      if (ret < 0)
        {
          return ret;
        }

      step = CMSG_ALIGN(head.cmsg_len);
      at += MIN(step, left);
      left -= MIN(step, left);
    }

  return 0;
}

/* Buffers for len bytes behind headroom: one extent, or when that is not to
 * be had a chain of pieces, down to DGRAM_PIECE.
 */

#define DGRAM_PIECE 512

static struct iob_s *build_room(size_t len, unsigned int headroom)
{
  struct iob_s *head = NULL;
  struct iob_s **link = &head;
  size_t piece = MIN(len, (size_t)IOB_MAXEXTENT - headroom);

  do
    {
      struct iob_s *iob = iob_tryalloc_contig(piece, headroom,
                                              IOB_CLASS_TX);

      if (iob == NULL)
        {
          if (piece <= DGRAM_PIECE)
            {
              net_memory_undo(head);
              return NULL;
            }

          piece = MAX(piece / 2, (size_t)DGRAM_PIECE);
          continue;
        }

      iob->io_len = piece;
      *link = iob;
      link = &iob->io_flink;
      headroom = 0;
      len -= piece;
      piece = MIN(piece, len);
    }
  while (len > 0);

  return head;
}

/* Could a packet of that length be built if nobody else had anything?  What
 * was received may fill all but the reserves, but not for ever.
 */

static bool possible(size_t len, unsigned int headroom)
{
  return len + headroom + len / DGRAM_PIECE * IOB_GRANULE <= NET_ARENA / 2;
}

bool dgram_wait(struct net_memory_s *memory, size_t len,
                unsigned int headroom)
{
  if (!possible(len, headroom))
    {
      return false;
    }

  net_memory_wait(memory, IOB_CLASS_TX, (uint32_t)len + headroom);
  return true;
}

bool dgram_again(struct net_memory_s *memory)
{
  struct iob_s *pkt = build_room(memory->need, 0);

  if (pkt == NULL)
    {
      net_memory_wait(memory, IOB_CLASS_TX, memory->need);
      return false;
    }

  net_memory_undo(pkt);
  return true;
}

/* The rest of a vector of the user, into one buffer */

static void copy_plain(struct net_uio_s *uio, uint8_t *dst, size_t len)
{
  while (len > 0)
    {
      size_t n;
      const void *src = net_uio_piece(uio, &n);

      n = MIN(n, len);
      memcpy(dst, src, n);
      net_uio_advance(uio, n);
      dst += n;
      len -= n;
    }
}

struct iob_s *dgram_build(struct net_memory_s *memory, struct net_uio_s *uio,
                          unsigned int headroom, uint32_t *sum)
{
  size_t total = uio->resid;
  struct iob_s *pkt = net_memory_turn(memory) ?
                      build_room(total, headroom) : NULL;
  struct iob_s *iob;
  unsigned int offset = 0;
  uint32_t acc = 0;

  if (pkt == NULL)
    {
      return NULL;
    }

  net_memory_got(memory);
  for (iob = pkt; iob != NULL; iob = iob->io_flink)
    {
      if (sum == NULL)
        {
          copy_plain(uio, IOB_DATA(iob), iob->io_len);
        }
      else
        {
          acc = net_csum_add(acc, net_uio_get_csum(uio, IOB_DATA(iob),
                                                   iob->io_len), offset);
        }

      offset += iob->io_len;
    }

  pkt->io_pktlen = total;
  if (sum != NULL)
    {
      *sum = acc;
    }

  return pkt;
}

/* Sockets ******************************************************************/

unsigned int dgram_poll(const struct socket_conn_s *conn,
                        const struct dgramq_s *rcvq,
                        const struct dgramq_s *errq)
{
  uint8_t shut = conn->flags & (CONN_SHUT_RD | CONN_SHUT_WR);
  unsigned int events = 0;

  if (rcvq->head != NULL)
    {
      events |= POLLIN;
    }

  if ((shut & CONN_SHUT_RD) != 0)
    {
      events |= POLLIN | POLLRDHUP;
    }

  if (shut == (CONN_SHUT_RD | CONN_SHUT_WR))
    {
      events |= POLLHUP;
    }

  if (conn->error != 0 || errq->head != NULL)
    {
      events |= POLLERR;
    }

  return events;
}

ssize_t dgram_recvmsg(struct socket_conn_s *conn, struct dgramq_s *rcvq,
                      struct dgramq_s *errq, struct sock_msg_s *msg,
                      int flags, uint64_t *copies)
{
  ssize_t ret;

  if ((flags & MSG_ERRQUEUE) != 0)
    {
      return dgramq_recv_error(errq, conn, msg, flags);
    }

  if (conn->error != 0)
    {
      return conn_take_error(conn);
    }

  ret = dgramq_recv(rcvq, conn, msg, flags);
  if (ret == -EAGAIN && (conn->flags & CONN_SHUT_RD) != 0)
    {
      msg->controllen = 0;
      msg->flags = 0;
      return 0;
    }

  if (ret >= 0 && copies != NULL)
    {
      (*copies)++;
    }

  return ret;
}

int dgram_shutdown(struct socket *psock, int how, bool connected)
{
  if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR)
    {
      return -EINVAL;
    }

  psock->s_conn->flags |= (how != SHUT_WR ? CONN_SHUT_RD : 0) |
                          (how != SHUT_RD ? CONN_SHUT_WR : 0);
  sock_event(psock, psock->s_sockif->si_poll(psock) | POLLOUT);
  return connected ? 0 : -ENOTCONN;
}

int dgram_ioctl(const struct dgramq_s *rcvq, uint32_t outq,
                unsigned long cmd, unsigned long arg)
{
  int value;

  switch (cmd)
    {
      case FIONREAD:
        value = (int)dgramq_next_len(rcvq);
        break;

      case TIOCOUTQ:
        value = (int)outq;
        break;

      default:
        return -ENOTTY;
    }

  memcpy((void *)(uintptr_t)arg, &value, sizeof(value));
  return 0;
}
