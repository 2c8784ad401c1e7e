/* net/ipv4_queue.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Packets that are ready to leave, and whose senders do not keep them until
 * the device has a place: what is forwarded, and fragments.
 *
 * A fragmented datagram is dozens of frames, more than many a device takes
 * at once, and useless when one is missing.  So they wait here, one queue for
 * each interface, in order, and leave as places become free: the queue is
 * one sender among others in the interface's turn.  A limit in packets keeps
 * a router with a fast side and a slow side from filling memory; what comes
 * when the queue is full is dropped (tail drop) and counted.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <string.h>

#include <nuttx/kmalloc.h>

#include "ipv4.h"

/* Ten datagrams of the largest size in fragments for Ethernet, or about 6 ms
 * of traffic at 1 Gbit/s
 */

#define QUEUE_MAX 512

struct ready_s
{
  struct ready_s *next;
  struct iob_s *pkt;
  struct net_path_s path;
  struct netdev_offload_s off;
};

struct queue_s
{
  struct queue_s *next;
  struct netif_s *nif;
  struct ready_s *head;
  struct ready_s **tail;
  unsigned int count;
  struct net_egress_s egress;
};

static struct queue_s *g_queue;

static struct queue_s *queue_of(const struct netif_s *nif)
{
  struct queue_s *q;

  for (q = g_queue; q != NULL && q->nif != nif; q = q->next)
    {
    }

  return q;
}

static void ready_drop(struct ready_s *ready)
{
  iob_free_chain(ready->pkt);
  kmm_free(ready);
}

/* Send one in a place that is reserved already.  Its path may have become
 * void while it waited; it must still lead to the same interface.
 */

static void ready_send(struct queue_s *q, struct ready_s *ready)
{
  const struct netdev_offload_s *off =
    ready->off.flags != 0 ? &ready->off : NULL;
  struct net_path_s *path = &ready->path;

  if (!net_path_valid(path))
    {
      struct netaddr_s dst =
        netaddr_from4(wire_load32(IOB_DATA(ready->pkt) + IP_DST));

      if (net_route(&dst, NULL, q->nif->dev->d_ifindex, path) < 0 ||
          path->nif != q->nif)
        {
          g_net.stats.ip.outnoroutes++;
          netif_cancel(q->nif);
          ready_drop(ready);
          return;
        }
    }

  eth_output(ready->pkt, path, NET_TX_RESERVED, off);
  kmm_free(ready);
}

static void queue_run(struct net_egress_s *egress)
{
  struct queue_s *q = container_of(egress, struct queue_s, egress);

  while (q->head != NULL)
    {
      struct ready_s *ready = q->head;

      if (netif_reserve(q->nif, &q->egress) < 0)
        {
          return;
        }

      q->head = ready->next;
      if (q->head == NULL)
        {
          q->tail = &q->head;
        }

      q->count--;
      ready_send(q, ready);
    }
}

static struct queue_s *queue_make(struct netif_s *nif)
{
  struct queue_s *q = kmm_zalloc(sizeof(*q));

  if (q != NULL)
    {
      q->nif        = nif;
      q->tail       = &q->head;
      q->egress.run = queue_run;
      q->next       = g_queue;
      g_queue       = q;
    }

  return q;
}

/* Put a packet at the end; 0, or -ENOBUFS and it is still the caller's */

static int enqueue(struct queue_s *q, struct iob_s *pkt,
                   const struct net_path_s *path,
                   const struct netdev_offload_s *off)
{
  struct ready_s *ready = NULL;

  if (q->count < QUEUE_MAX)
    {
      ready = kmm_malloc(sizeof(*ready));
    }

  if (ready == NULL)
    {
      return -ENOBUFS;
    }

  ready->next = NULL;
  ready->pkt  = pkt;
  ready->path = *path;
  memset(&ready->off, 0, sizeof(ready->off));
  if (off != NULL)
    {
      ready->off = *off;
    }

  *q->tail = ready;
  q->tail  = &ready->next;
  q->count++;
  g_net.stats.ip.outqueued++;
  return 0;
}

unsigned int ipv4_queue_space(const struct netif_s *nif)
{
  const struct queue_s *q = queue_of(nif);

  return q != NULL ? QUEUE_MAX - q->count : QUEUE_MAX;
}

int ipv4_queue_send(struct iob_s *pkt, struct net_path_s *path,
                    const struct netdev_offload_s *off)
{
  struct netif_s *nif = path->nif;
  struct queue_s *q = queue_of(nif);
  int ret;

  if (q == NULL || q->head == NULL)
    {
      ret = netif_reserve(nif, NULL);
      if (ret == 0)
        {
          return eth_output(pkt, path, NET_TX_RESERVED, off);
        }

      if (ret != -EAGAIN)
        {
          g_net.stats.ip.outdiscards++;
          goto drop;
        }
    }

  if (q == NULL)
    {
      q = queue_make(nif);
    }

  ret = q == NULL ? -ENOBUFS : enqueue(q, pkt, path, off);
  if (ret < 0)
    {
      g_net.stats.ip.outqfull++;
      goto drop;
    }

  /* This asks to be called when there is a place, unless there is one now */

  if (q->egress.nif == NULL)
    {
      queue_run(&q->egress);
    }

  return 0;

drop:
  iob_free_chain(pkt);
  return ret;
}

void ipv4_queue_flush(struct netif_s *nif)
{
  struct queue_s **link = &g_queue;

  while (*link != NULL)
    {
      struct queue_s *q = *link;

      if (nif != NULL && q->nif != nif)
        {
          link = &q->next;
          continue;
        }

      net_egress_del(&q->egress);
      while (q->head != NULL)
        {
          struct ready_s *ready = q->head;

          q->head = ready->next;
          g_net.stats.ip.outqflushed++;
          ready_drop(ready);
        }

      *link = q->next;
      kmm_free(q);
    }
}
