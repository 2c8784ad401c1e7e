/* drivers/net/fault_tcp.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The part of the fault wrapper that looks into frames.  It reads headers
 * for itself: it has to work under a stack that is wrong, and between two
 * of others.
 *
 * Which data is new, and which acknowledgement changes but the window, can
 * be told only by who has seen what came before.  So there is a record for
 * each direction of each connection.  It begins anew with a SYN; all are
 * forgotten when tcp= changes and when the device goes down.  A connection
 * for whose record there is no memory has no such frames.
 *
 * One of which nothing was seen for long is forgotten when another begins:
 * after the time for which a NAT has to know it (RFC 5382, REQ-5), which is
 * shorter for those that have ended.
 */

#include <nuttx/config.h>

#include <string.h>

#include <nuttx/clock.h>
#include <nuttx/kmalloc.h>

#include "fault_tcp.h"

#define ETH_LEN       14
#define IP_LEN        20
#define IP_MAXLEN     60
#define TCP_LEN       20
#define ICMP_LEN      8
#define ICMP_QUOTE    64             /* Of the packet, behind its header */
#define PEEK          (ETH_LEN + IP_MAXLEN + ICMP_QUOTE)

#define OPEN_NS       (UINT64_C(7440) * 1000000000)
#define ENDED_NS      (UINT64_C(240) * 1000000000)

#define FLAG_FIN      0x01
#define FLAG_SYN      0x02
#define FLAG_RST      0x04
#define FLAG_ACK      0x10

/* The beginning of a frame, and where in it things are */

struct view_s
{
  uint8_t byte[PEEK];
  unsigned int len;                  /* Of byte[] */
  unsigned int ip;
  unsigned int l4;
  unsigned int iplen;                /* The packet, by its header */
};

static uint16_t get16(const uint8_t *p)
{
  return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
  return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, unsigned int value)
{
  p[0] = (uint8_t)(value >> 8);
  p[1] = (uint8_t)value;
}

/* The internet checksum */

static uint16_t sum_of(const uint8_t *p, unsigned int len)
{
  uint32_t sum = 0;
  unsigned int i;

  for (i = 0; i < len; i++)
    {
      sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
    }

  while (sum >> 16 != 0)
    {
      sum = (sum & 0xffff) + (sum >> 16);
    }

  return (uint16_t)~sum;
}

/* Find the IPv4 packet in a frame; false if there is none */

static bool view(const struct net_driver_s *dev, const struct iob_s *iob,
                 struct view_s *v)
{
  unsigned int hdrlen;

  memset(v, 0, sizeof(*v));
  v->len = iob->io_pktlen < PEEK ? iob->io_pktlen : PEEK;
  v->ip  = dev->d_medium == NETDEV_ETHERNET ? ETH_LEN : 0;
  if (v->len < v->ip + IP_LEN ||
      iob_copyout(v->byte, iob, v->len, 0) != (int)v->len ||
      (v->ip > 0 && get16(v->byte + 12) != 0x0800) ||
      v->byte[v->ip] >> 4 != 4)
    {
      return false;
    }

  hdrlen   = (v->byte[v->ip] & 15) * 4u;
  v->l4    = v->ip + hdrlen;
  v->iplen = get16(v->byte + v->ip + 2);
  return hdrlen >= IP_LEN && v->l4 <= v->len && v->iplen >= hdrlen;
}

/* Flows ********************************************************************/

static void forget(struct fault_flow_s **list)
{
  struct fault_flow_s *flow;

  while ((flow = *list) != NULL)
    {
      *list = flow->next;
      kmm_free(flow);
    }
}

/* Take a flow out of a list; NULL: it is not there.  Who looks in vain comes
 * to those that are too old, and they go.
 */

static struct fault_flow_s *take(struct fault_flow_s **list,
                                 const uint8_t id[12], uint64_t age)
{
  uint64_t now = clock_systime_ns();
  struct fault_flow_s *flow;

  for (; (flow = *list) != NULL; list = &flow->next)
    {
      if (now - flow->last > age)
        {
          forget(list);
          return NULL;
        }

      if (memcmp(flow->id, id, 12) == 0)
        {
          *list = flow->next;
          return flow;
        }
    }

  return NULL;
}

static void keep(struct fault_flows_s *flows, struct fault_flow_s *flow)
{
  struct fault_flow_s **list = flow->ended ? &flows->ended : &flows->open;

  flow->last = clock_systime_ns();
  flow->next = *list;
  *list      = flow;
}

/* The flow of this direction, in no list; NULL: no memory */

static struct fault_flow_s *flow_of(struct fault_flows_s *flows,
                                    const uint8_t id[12])
{
  struct fault_flow_s *flow = take(&flows->open, id, OPEN_NS);

  if (flow == NULL)
    {
      flow = take(&flows->ended, id, ENDED_NS);
    }

  if (flow == NULL)
    {
      flow = kmm_zalloc(sizeof(*flow));
      if (flow != NULL)
        {
          memcpy(flow->id, id, 12);
        }
    }

  return flow;
}

void fault_tcp_forget(struct fault_flows_s *flows)
{
  forget(&flows->open);
  forget(&flows->ended);
}

/* Note what a segment says that the flow has not said yet */

static void follow(struct fault_flows_s *flows, const uint8_t *tcp,
                   const struct view_s *v, unsigned int datalen,
                   bool *isnew, bool *window)
{
  uint32_t seq = get32(tcp + 4);
  uint32_t ack = get32(tcp + 8);
  uint16_t wnd = get16(tcp + 14);
  uint8_t flags = tcp[13];
  struct fault_flow_s *flow;
  uint8_t id[12];

  memcpy(id, v->byte + v->ip + 12, 8);
  memcpy(id + 8, tcp, 4);
  flow = flow_of(flows, id);
  if (flow == NULL)
    {
      return;
    }

  if ((flags & FLAG_SYN) != 0)
    {
      flow->seq_max = seq + 1;
      flow->acked   = false;
      flow->ended   = false;
    }
  else if (!flow->seen)
    {
      flow->seq_max = seq;           /* It was there before we were */
    }

  flow->seen = true;

  if (datalen > 0 && (int32_t)(seq + datalen - flow->seq_max) > 0)
    {
      *isnew        = true;
      flow->seq_max = seq + datalen;
    }

  if ((flags & FLAG_ACK) != 0)
    {
      *window      = flow->acked && flow->ack == ack && flow->window != wnd;
      flow->acked  = true;
      flow->ack    = ack;
      flow->window = wnd;
    }

  flow->ended = flow->ended || (flags & (FLAG_FIN | FLAG_RST)) != 0;
  keep(flows, flow);
}

bool fault_tcp_is(struct fault_flows_s *flows, enum fault_tcp_e kind,
                  const struct net_driver_s *dev, const struct iob_s *iob)
{
  const uint8_t *tcp;
  struct view_s v;
  unsigned int hdrlen;
  unsigned int datalen;
  uint8_t flags;
  bool isnew = false;
  bool window = false;
  bool pure;

  if (kind == FAULT_TCP_NO)
    {
      return true;
    }

  if (!view(dev, iob, &v) || v.byte[v.ip + 9] != 6 ||
      (get16(v.byte + v.ip + 6) & 0x1fff) != 0 || v.l4 + TCP_LEN > v.len)
    {
      return false;
    }

  tcp    = v.byte + v.l4;
  flags  = tcp[13];
  hdrlen = (tcp[12] >> 4) * 4u;
  if (hdrlen < TCP_LEN || v.l4 - v.ip + hdrlen > v.iplen)
    {
      return false;
    }

  datalen = v.iplen - (v.l4 - v.ip) - hdrlen;
  pure    = datalen == 0 &&
            (flags & (FLAG_FIN | FLAG_SYN | FLAG_RST | FLAG_ACK)) ==
            FLAG_ACK;
  if (kind >= FAULT_TCP_FIRST)
    {
      follow(flows, tcp, &v, datalen, &isnew, &window);
    }

  switch (kind)
    {
      case FAULT_TCP_SYN:
        return (flags & (FLAG_SYN | FLAG_ACK)) == FLAG_SYN;

      case FAULT_TCP_SYNACK:
        return (flags & (FLAG_SYN | FLAG_ACK)) == (FLAG_SYN | FLAG_ACK);

      case FAULT_TCP_FIN:
        return (flags & FLAG_FIN) != 0;

      case FAULT_TCP_RST:
        return (flags & FLAG_RST) != 0;

      case FAULT_TCP_ACK:
        return pure;

      case FAULT_TCP_DATA:
        return datalen > 0;

      case FAULT_TCP_FIRST:
        return isnew;

      case FAULT_TCP_RESENT:
        return datalen > 0 && !isnew;

      case FAULT_TCP_WINDOW:
        return pure && window;

      default:
        return true;
    }
}

/* The path MTU *************************************************************/

bool fault_too_long(const struct net_driver_s *dev, const struct iob_s *iob,
                    const struct netdev_offload_s *off, unsigned int mtu)
{
  struct view_s v;

  if (!view(dev, iob, &v))
    {
      return false;
    }

  if (off != NULL && off->gso_size > 0)
    {
      return off->hdrlen - v.ip + off->gso_size > mtu;
    }

  return v.iplen > mtu;
}

/* RFC 1191 4.  The router has no address of its own here: it sends from that
 * of the destination, which can be reached.
 */

struct iob_s *fault_frag_needed(struct net_driver_s *dev,
                                const struct iob_s *iob, unsigned int mtu)
{
  uint8_t answer[ETH_LEN + IP_LEN + ICMP_LEN + IP_MAXLEN + ICMP_QUOTE];
  struct iob_s *error;
  struct view_s v;
  unsigned int quote;
  unsigned int len;
  uint8_t *ip;
  uint8_t *icmp;

  if (!view(dev, iob, &v) || (get16(v.byte + v.ip + 6) & 0x4000) == 0)
    {
      return NULL;
    }

  memset(answer, 0, sizeof(answer));
  ip    = answer + v.ip;
  icmp  = ip + IP_LEN;
  quote = v.l4 - v.ip + ICMP_QUOTE;
  quote = quote < v.len - v.ip ? quote : v.len - v.ip;
  len   = v.ip + IP_LEN + ICMP_LEN + quote;

  if (v.ip > 0)
    {
      memcpy(answer, v.byte + 6, 6);
      memcpy(answer + 6, v.byte, 6);
      put16(answer + 12, 0x0800);
    }

  ip[0] = 0x45;
  put16(ip + 2, len - v.ip);
  ip[8] = 64;
  ip[9] = 1;
  memcpy(ip + 12, v.byte + v.ip + 16, 4);
  memcpy(ip + 16, v.byte + v.ip + 12, 4);
  put16(ip + 10, sum_of(ip, IP_LEN));

  icmp[0] = 3;                       /* Unreachable: too long and DF */
  icmp[1] = 4;
  put16(icmp + 6, mtu);
  memcpy(icmp + ICMP_LEN, v.byte + v.ip, quote);
  put16(icmp + 2, sum_of(icmp, ICMP_LEN + quote));

  error = netdev_txalloc(dev, len, IOB_CLASS_CTRL);
  if (error != NULL &&
      iob_trycopyin(error, answer, len, 0, true) != (int)len)
    {
      iob_free_chain(error);
      error = NULL;
    }

  return error;
}
