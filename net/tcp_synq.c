/* net/tcp_synq.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The SYN queue: handshakes that a listener has answered and that are not
 * complete.  An entry is all there is of them, a hundred bytes or so, so that
 * a flood of SYNs costs little; a connection is made when the handshake is.
 *
 * Entries are found by hash in a table that grows with them.  All entries of
 * one listener share one timer: those whose SYN-ACK was sent n times wait
 * equally long, so each n has a list in order of time, and only the heads of
 * these few lists are looked at.
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <nuttx/kmalloc.h>

#include "conn.h"
#include "net.h"
#include "tcp.h"
#include "tcp_listen.h"

#define BUCKETS_FIRST 16             /* A power of two */
#define SYNQ_LEAST    16             /* However small the backlog is */
#define SYNQ_ALL      65536          /* Of all listeners together */
#define SYNACK_WAIT   NET_SEC        /* Before the first is sent again */

static uint32_t g_nsynq;

static uint32_t hash_of(const struct netaddr_s *laddr,
                        const struct netaddr_s *raddr, uint16_t rport)
{
  return net_mix(laddr, raddr, rport, 0);
}

void tcp_synq_init(struct tcp_listen_s *l)
{
  int i;

  for (i = 0; i <= SYNACK_RETRIES; i++)
    {
      l->due[i].head = NULL;
      l->due[i].tail = &l->due[i].head;
    }
}

bool tcp_synq_full(const struct tcp_listen_s *l)
{
  uint32_t limit = l->backlog > SYNQ_LEAST ? l->backlog : SYNQ_LEAST;

  return l->nsynq >= limit || g_nsynq >= SYNQ_ALL;
}

/* Time *********************************************************************/

static void due_add(struct tcp_listen_s *l, struct tcp_synq_s *e)
{
  struct tcp_synlist_s *list = &l->due[e->tries];

  e->next     = NULL;
  e->pprev    = list->tail;
  *list->tail = e;
  list->tail  = &e->next;
}

static void due_del(struct tcp_listen_s *l, struct tcp_synq_s *e)
{
  struct tcp_synlist_s *list = &l->due[e->tries];

  *e->pprev = e->next;
  if (e->next != NULL)
    {
      e->next->pprev = e->pprev;
    }
  else
    {
      list->tail = e->pprev;
    }
}

/* When the head of a list is due */

static nettime_t due_of(const struct tcp_synq_s *e)
{
  return e->sent + (SYNACK_WAIT << e->tries);
}

static void expired(struct net_timer_s *timer);

static void rearm(struct tcp_listen_s *l)
{
  nettime_t due = NETTIME_NEVER;
  int i;

  for (i = 0; i <= SYNACK_RETRIES; i++)
    {
      if (l->due[i].head != NULL && due_of(l->due[i].head) < due)
        {
          due = due_of(l->due[i].head);
        }
    }

  if (due == NETTIME_NEVER)
    {
      net_timer_stop(&l->timer);
    }
  else if (!net_timer_active(&l->timer) || l->armed != due)
    {
      l->armed = due;
      net_timer_start(&l->timer, due, expired);
    }
}

/* SYN-ACKs *****************************************************************/

void tcp_synack_opts(const struct tcp_listen_s *l,
                     const struct tcp_shake_s *shake,
                     const struct net_rx_s *rx, struct tcp_opts_s *opts)
{
  uint16_t usermss = l->conn->t_usermss;

  memset(opts, 0, sizeof(*opts));
  opts->mss = tcp_mss_of_mtu(rx->nif->dev->d_mtu, g_ipv4_family.hdrlen);
  if (usermss != 0 && usermss < opts->mss)
    {
      opts->mss = usermss;
    }

  opts->has_wscale = shake->wscale;
  opts->wscale     = shake->rcv_wscale;
  opts->sack_ok    = shake->sack;
  opts->has_ts     = shake->ts;
  opts->tsecr      = shake->ts_recent;
  opts->tsval      = tcp_ts_now(tcp_ts_offset(&rx->dst, &rx->src));
}

/* rx: of the SYN, or made from the entry */

static void send_synack(struct tcp_listen_s *l, struct tcp_synq_s *e,
                        const struct net_rx_s *rx)
{
  struct tcp_opts_s opts;

  tcp_synack_opts(l, &e->shake, rx, &opts);
  tcp_send_reply(rx, l->conn->sconn.lport, e->rport, e->shake.iss,
                 e->shake.irs + 1, TCPF_SYN | TCPF_ACK, e->shake.wnd, &opts);
}

static void send_again(struct tcp_listen_s *l, struct tcp_synq_s *e)
{
  struct net_rx_s rx;

  memset(&rx, 0, sizeof(rx));
  rx.nif   = netif_find(e->ifindex);
  rx.src   = e->raddr;
  rx.dst   = e->laddr;
  rx.proto = IPPROTO_TCP;

  e->resent = true;
  if (rx.nif != NULL)
    {
      g_net.stats.tcp.synack_retrans++;
      send_synack(l, e, &rx);
    }
}

void tcp_synq_answer(struct tcp_listen_s *l, struct tcp_synq_s *e)
{
  send_again(l, e);
}

static void expired(struct net_timer_s *timer)
{
  struct tcp_listen_s *l = container_of(timer, struct tcp_listen_s, timer);
  nettime_t now = net_now();
  int i;

  for (i = SYNACK_RETRIES; i >= 0; i--)
    {
      struct tcp_synq_s *e;

      while ((e = l->due[i].head) != NULL && due_of(e) <= now)
        {
          if (i == SYNACK_RETRIES)
            {
              g_net.stats.tcp.listen_timeouts++;
              tcp_synq_del(l, e);
              continue;
            }

          due_del(l, e);
          e->tries++;
          e->sent = now;
          due_add(l, e);
          send_again(l, e);
        }
    }

  rearm(l);
}

/* The table ****************************************************************/

static struct tcp_synq_s **bucket_of(const struct tcp_listen_s *l,
                                     const struct netaddr_s *laddr,
                                     const struct netaddr_s *raddr,
                                     uint16_t rport)
{
  return &l->buckets[hash_of(laddr, raddr, rport) & (l->nbuckets - 1)];
}

struct tcp_synq_s *tcp_synq_find(const struct tcp_listen_s *l,
                                 const struct netaddr_s *laddr,
                                 const struct netaddr_s *raddr,
                                 uint16_t rport)
{
  struct tcp_synq_s *e;

  if (l->nsynq == 0)
    {
      return NULL;
    }

  e = *bucket_of(l, laddr, raddr, rport);
  while (e != NULL && (e->rport != rport ||
                       !netaddr_equal(&e->raddr, raddr) ||
                       !netaddr_equal(&e->laddr, laddr)))
    {
      e = e->hash_next;
    }

  return e;
}

/* Twice the buckets; if there is no memory, longer chains */

static void grow(struct tcp_listen_s *l)
{
  uint32_t n = l->nbuckets == 0 ? BUCKETS_FIRST : 2 * l->nbuckets;
  struct tcp_synq_s **old = l->buckets;
  struct tcp_synq_s **buckets = kmm_calloc(n, sizeof(*buckets));
  uint32_t nold = l->nbuckets;
  uint32_t i;

  if (buckets == NULL)
    {
      return;
    }

  l->buckets  = buckets;
  l->nbuckets = n;

  for (i = 0; i < nold; i++)
    {
      while (old[i] != NULL)
        {
          struct tcp_synq_s *e = old[i];
          struct tcp_synq_s **b = bucket_of(l, &e->laddr, &e->raddr,
                                            e->rport);

          old[i] = e->hash_next;
          e->hash_next = *b;
          *b = e;
        }
    }

  kmm_free(old);
}

int tcp_synq_add(struct tcp_listen_s *l, const struct tcp_seg_s *seg,
                 const struct tcp_shake_s *shake)
{
  struct tcp_synq_s **b;
  struct tcp_synq_s *e;

  if (l->nsynq >= l->nbuckets)
    {
      grow(l);
      if (l->buckets == NULL)
        {
          return -ENOMEM;
        }
    }

  e = kmm_zalloc(sizeof(*e));
  if (e == NULL)
    {
      return -ENOMEM;
    }

  e->laddr   = seg->rx->dst;
  e->raddr   = seg->rx->src;
  e->rport   = seg->sport;
  e->ifindex = seg->rx->nif->dev->d_ifindex;
  e->shake   = *shake;
  e->sent    = net_now();

  b = bucket_of(l, &e->laddr, &e->raddr, e->rport);
  e->hash_next = *b;
  *b = e;
  l->nsynq++;
  g_nsynq++;

  due_add(l, e);
  rearm(l);
  send_synack(l, e, seg->rx);
  return 0;
}

void tcp_synq_del(struct tcp_listen_s *l, struct tcp_synq_s *e)
{
  struct tcp_synq_s **b = bucket_of(l, &e->laddr, &e->raddr, e->rport);

  while (*b != e)
    {
      b = &(*b)->hash_next;
    }

  *b = e->hash_next;
  due_del(l, e);
  l->nsynq--;
  g_nsynq--;
  kmm_free(e);
}

void tcp_synq_flush(struct tcp_listen_s *l)
{
  uint32_t i;

  for (i = 0; i < l->nbuckets; i++)
    {
      while (l->buckets[i] != NULL)
        {
          tcp_synq_del(l, l->buckets[i]);
        }
    }

  net_timer_stop(&l->timer);
  kmm_free(l->buckets);
  l->buckets  = NULL;
  l->nbuckets = 0;
}
