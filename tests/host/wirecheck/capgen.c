/* tests/host/wirecheck/capgen.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Makes captures: see capgen.h.  With two captures a frame is in that of its
 * sender at once and in the other 100 us later.
 */

#include <string.h>

#include "capgen.h"

#define TRANSIT    100
#define PROTO_TCP  6
#define PROTO_UDP  17

void cg_put16(uint8_t *p, uint32_t value)
{
  p[0] = (uint8_t)(value >> 8);
  p[1] = (uint8_t)value;
}

void cg_put32(uint8_t *p, uint32_t value)
{
  cg_put16(p, value >> 16);
  cg_put16(p + 2, value);
}

static uint32_t sum_of(const uint8_t *p, unsigned int len, uint32_t sum)
{
  unsigned int i;

  for (i = 0; i < len; i++)
    {
      sum += (uint32_t)p[i] << (i % 2 == 0 ? 8 : 0);
      sum  = (sum & 0xffff) + (sum >> 16);
    }

  return sum;
}

uint16_t cg_csum(const void *data, unsigned int len, uint32_t sum)
{
  sum = sum_of(data, len, (sum & 0xffff) + (sum >> 16));
  return (uint16_t)~((sum & 0xffff) + (sum >> 16));
}

/* Files ********************************************************************/

bool cg_start(struct cg_s *g, const char *file, const char *file2, int link,
              uint32_t snaplen)
{
  memset(g, 0, sizeof(*g));
  g->us      = 1700000000000000;
  g->step    = 500;
  g->link    = link;
  g->snaplen = snaplen;
  g->nout    = file2 != NULL ? 2 : 1;
  g->pcap    = pcap_open_dead_with_tstamp_precision(
    link, (int)snaplen, PCAP_TSTAMP_PRECISION_MICRO);
  if (g->pcap == NULL)
    {
      return false;
    }

  g->out[0] = pcap_dump_open(g->pcap, file);
  g->out[1] = file2 != NULL ? pcap_dump_open(g->pcap, file2) : NULL;
  return g->out[0] != NULL && (file2 == NULL || g->out[1] != NULL);
}

void cg_end(struct cg_s *g)
{
  unsigned int i;

  for (i = 0; i < g->nout; i++)
    {
      if (g->out[i] != NULL)
        {
          pcap_dump_close(g->out[i]);
        }
    }

  if (g->pcap != NULL)
    {
      pcap_close(g->pcap);
    }
}

static void dump(struct cg_s *g, unsigned int file, int64_t us,
                 const uint8_t *data, uint32_t len)
{
  struct pcap_pkthdr h;

  memset(&h, 0, sizeof(h));
  h.ts.tv_sec  = us / 1000000;
  h.ts.tv_usec = us % 1000000;
  h.len        = len;
  h.caplen     = len < g->snaplen ? len : g->snaplen;
  pcap_dump((u_char *)g->out[file], &h, data);
}

/* In the capture of the other side */

static void arrive(struct cg_s *g, unsigned int file, uint32_t len)
{
  int64_t us = g->us + TRANSIT;

  if (g->with.late)
    {
      memcpy(g->held, g->frame, len);
      g->nheld = len;
      return;
    }

  if (g->with.damaged)
    {
      g->frame[len - 1] ^= 0x40;
    }

  dump(g, file, us, g->frame, len);
  if (g->with.twice)
    {
      dump(g, file, us + 1, g->frame, len);
    }

  if (g->nheld > 0)
    {
      dump(g, file, us + 2, g->held, g->nheld);
      g->nheld = 0;
    }
}

/* The frame is complete */

static void write_frame(struct cg_s *g, unsigned int from, uint32_t len)
{
  g->us += g->step;
  if (g->with.pad && len < 60)
    {
      memset(g->frame + len, 0, 60 - len);
      len = 60;
    }

  memset(g->frame + len, 0xee, g->with.trailer);
  len += g->with.trailer;
  len -= g->with.cut;
  if (!g->with.unseen)
    {
      dump(g, g->nout > 1 ? from : 0, g->us, g->frame, len);
      if (g->nout > 1 && !g->with.lost)
        {
          arrive(g, 1 - from, len);
        }
      else if (g->with.twice && g->nout == 1)
        {
          dump(g, 0, g->us + 1, g->frame, len);
        }
    }

  memset(&g->with, 0, sizeof(g->with));
}

void cg_frame(struct cg_s *g, unsigned int from, uint16_t type,
              const void *data, unsigned int len)
{
  uint8_t *p = g->frame;

  if (g->link == DLT_EN10MB)
    {
      memcpy(p, g->end[1 - from].mac, 6);
      memcpy(p + 6, g->end[from].mac, 6);
      p += 12;
      if (g->with.vlan)
        {
          cg_put16(p, 0x8100);
          cg_put16(p + 2, 5);
          p += 4;
        }

      cg_put16(p, type);
      p += 2;
    }

  memcpy(p, data, len);
  write_frame(g, from, (uint32_t)(p - g->frame) + len);
}

void cg_arp(struct cg_s *g, unsigned int from, uint16_t op)
{
  uint8_t p[28];

  memset(p, 0, sizeof(p));
  cg_put16(p, 1);
  cg_put16(p + 2, 0x0800);
  p[4] = 6;
  p[5] = 4;
  cg_put16(p + 6, op);
  memcpy(p + 8, g->end[from].mac, 6);
  cg_put32(p + 14, g->end[from].ip);
  cg_put32(p + 24, g->end[1 - from].ip);
  cg_frame(g, from, 0x0806, p, sizeof(p));
}

void cg_ip(struct cg_s *g, unsigned int from, uint8_t proto,
           const void *data, unsigned int len)
{
  static uint8_t p[66000];
  struct cg_end_s *e = &g->end[from];

  memset(p, 0, 20);
  p[0] = (uint8_t)((g->with.version > 0 ? g->with.version : 4) << 4 | 5);
  cg_put16(p + 2, 20 + len + g->with.ip_longer);
  cg_put16(p + 4, g->with.has_ident ? g->with.ident : ++e->ident);
  cg_put16(p + 6, g->with.frag > 0 ? g->with.frag & 0xbfff : 0x4000);
  p[8] = g->with.ttl > 0 ? g->with.ttl - 1 : 64;
  p[9] = proto;
  cg_put32(p + 12, g->with.src > 0 ? g->with.src : e->ip);
  cg_put32(p + 16, g->end[1 - from].ip);
  cg_put16(p + 10, cg_csum(p, 20, 0) ^ g->with.ip_xor);
  memcpy(p + 20, data, len);
  cg_frame(g, from, 0x0800, p, 20 + len);
}

static uint32_t pseudo(struct cg_s *g, unsigned int from, uint8_t proto,
                       unsigned int len)
{
  uint32_t src = g->with.src > 0 ? g->with.src : g->end[from].ip;
  uint32_t dst = g->end[1 - from].ip;

  return (src >> 16) + (src & 0xffff) + (dst >> 16) + (dst & 0xffff) +
         proto + len;
}

/* TCP **********************************************************************/

void cg_connection(struct cg_s *g, uint16_t port)
{
  static const uint8_t mac[2][6] =
  {
    {2, 0, 0, 0, 0, 2}, {2, 0, 0, 0, 0, 1}
  };

  unsigned int i;

  for (i = 0; i < 2; i++)
    {
      struct cg_end_s *e = &g->end[i];
      uint16_t ident = e->ident;

      memset(e, 0, sizeof(*e));
      memcpy(e->mac, mac[i], 6);
      e->ip     = i == CG_A ? 0x0a000002 : 0x0a000001;
      e->port   = i == CG_A ? port : 5471;
      e->isn    = (i == CG_A ? 0x10203040u : 0x50607080u) + port * 7919u;
      e->wnd    = 64000;
      e->mss    = 1460;
      e->wscale = 2;
      e->ts     = true;
      e->sack   = true;
      e->tsbase = i == CG_A ? 100000 : 700000;
      e->ident  = ident;
    }
}

void cg_wait(struct cg_s *g, int64_t ms)
{
  g->us += ms * 1000;
}

static uint32_t ts_now(const struct cg_s *g, const struct cg_end_s *e)
{
  return e->tsbase + (uint32_t)((g->us + g->step) / 1000 % 100000000);
}

static uint8_t *put_ts(struct cg_s *g, struct cg_end_s *e, uint8_t *p,
                       uint32_t tsval, uint32_t tsecr)
{
  (void)e;
  p[0] = 1;
  p[1] = 1;
  p[2] = 8;
  p[3] = 10;
  cg_put32(p + 4, tsval + (uint32_t)g->with.ts_delta);
  cg_put32(p + 8, tsecr + (uint32_t)g->with.ecr_delta);
  return p + 12;
}

static uint8_t *put_syn(struct cg_end_s *e, uint8_t *p, bool sack,
                        bool scale)
{
  if (e->mss > 0)
    {
      p[0] = 2;
      p[1] = 4;
      cg_put16(p + 2, e->mss);
      p += 4;
    }

  if (e->sack && sack)
    {
      memcpy(p, "\1\1\4\2", 4);
      p += 4;
    }

  if (e->wscale >= 0 && scale)
    {
      memcpy(p, "\1\3\3\0", 4);
      p[3] = (uint8_t)e->wscale;
      p   += 4;
    }

  return p;
}

static uint8_t *put_sack(struct cg_s *g, uint32_t isn, uint8_t *p)
{
  unsigned int i;

  p[0] = 1;
  p[1] = 1;
  p[2] = 5;
  p[3] = (uint8_t)(2 + 8 * g->with.nsack);
  p   += 4;
  for (i = 0; i < g->with.nsack; i++, p += 8)
    {
      cg_put32(p, isn + (uint32_t)g->with.sack[i][0]);
      cg_put32(p + 4, isn + (uint32_t)g->with.sack[i][1]);
    }

  return p;
}

static uint8_t *put_options(struct cg_s *g, unsigned int from, uint8_t flags,
                            uint8_t *p)
{
  struct cg_end_s *e = &g->end[from];
  struct cg_end_s *o = &g->end[1 - from];
  bool ts = e->ts && o->ts && !g->with.no_ts;
  uint32_t now = ts_now(g, e);

  ts |= (flags & CG_SYN) != 0 && (flags & CG_ACK) == 0 && e->ts;
  if ((flags & CG_SYN) != 0)
    {
      bool first = (flags & CG_ACK) == 0;

      p = put_syn(e, p, first || o->sack, first || o->wscale >= 0);
    }

  if (ts || g->with.add_ts)
    {
      p = put_ts(g, e, p, now, (flags & CG_ACK) != 0 ? e->tsrecent : 0);
    }

  if (g->with.nsack > 0)
    {
      p = put_sack(g, o->isn, p);
    }

  memcpy(p, g->with.option, g->with.noption);
  p += g->with.noption;
  if (ts && !g->with.lost && !g->with.unseen)
    {
      o->tsrecent = now + (uint32_t)g->with.ts_delta;
    }

  return p;
}

static void put_checksum(struct cg_s *g, unsigned int from, uint8_t *tcp,
                         unsigned int len)
{
  uint32_t sum = pseudo(g, from, PROTO_TCP, len);

  cg_put16(tcp + 16, g->with.open_csum ?
           (uint16_t)~cg_csum(NULL, 0, sum) :
           cg_csum(tcp, len, sum) ^ g->with.csum_xor);
}

void cg_seg(struct cg_s *g, unsigned int from, uint8_t flags, int64_t seq,
            int64_t ack, unsigned int len)
{
  static uint8_t tcp[66000];
  struct cg_end_s *e = &g->end[from];
  int64_t at = seq + ((flags & CG_SYN) != 0 ? 1 : 0);
  unsigned int hlen;
  unsigned int i;

  memset(tcp, 0, 20);
  cg_put16(tcp, e->port);
  cg_put16(tcp + 2, g->end[1 - from].port);
  cg_put32(tcp + 4, e->isn + (uint32_t)seq);
  cg_put32(tcp + 8, (flags & CG_ACK) != 0 ?
           g->end[1 - from].isn + (uint32_t)ack : 0);
  hlen    = (unsigned int)(put_options(g, from, flags, tcp + 20) - tcp);
  tcp[12] = (uint8_t)((g->with.offset > 0 ? g->with.offset : hlen / 4) << 4 |
                      g->with.reserved);
  tcp[13] = flags;
  cg_put16(tcp + 14, g->with.has_wnd ? g->with.wnd : e->wnd);
  for (i = 0; i < len; i++)
    {
      int64_t n = at + i;

      tcp[hlen + i] = (uint8_t)(n ^ n >> 8 ^ n >> 16 ^ from);
    }

  if (len > 0)
    {
      tcp[hlen + len - 1] ^= g->with.data_xor;
    }

  put_checksum(g, from, tcp, hlen + len);
  cg_ip(g, from, PROTO_TCP, tcp, hlen + len);
}

/* The conversation *********************************************************/

void cg_open(struct cg_s *g)
{
  cg_seg(g, CG_A, CG_SYN, 0, 0, 0);
  cg_seg(g, CG_B, CG_SYN | CG_ACK, 0, 1, 0);
  cg_seg(g, CG_A, CG_ACK, 1, 1, 0);
  g->end[CG_A].nxt = 1;
  g->end[CG_B].nxt = 1;
  g->end[CG_A].rcv = 1;
  g->end[CG_B].rcv = 1;
}

void cg_say(struct cg_s *g, unsigned int from, unsigned int len)
{
  struct cg_end_s *e = &g->end[from];
  struct cg_end_s *o = &g->end[1 - from];
  bool gone = g->with.lost;

  cg_seg(g, from, CG_PSH | CG_ACK, e->nxt, e->rcv, len);
  if (o->rcv == e->nxt && !gone)
    {
      o->rcv += len;
    }

  e->nxt += len;
}

void cg_again(struct cg_s *g, unsigned int from, int64_t seq,
              unsigned int len)
{
  struct cg_end_s *e = &g->end[from];
  struct cg_end_s *o = &g->end[1 - from];
  bool gone = g->with.lost;

  cg_seg(g, from, CG_PSH | CG_ACK, seq, e->rcv, len);
  if (o->rcv >= seq && o->rcv < seq + len && !gone)
    {
      o->rcv = seq + len;
    }
}

void cg_ack(struct cg_s *g, unsigned int from)
{
  struct cg_end_s *e = &g->end[from];

  cg_seg(g, from, CG_ACK, e->nxt, e->rcv, 0);
}

void cg_sack(struct cg_s *g, unsigned int from, int64_t left, int64_t right)
{
  g->with.nsack = 1;
  g->with.sack[0][0] = left;
  g->with.sack[0][1] = right;
  cg_ack(g, from);
}

/* A closes first */

void cg_finish(struct cg_s *g)
{
  struct cg_end_s *a = &g->end[CG_A];
  struct cg_end_s *b = &g->end[CG_B];

  cg_seg(g, CG_A, CG_FIN | CG_ACK, a->nxt++, a->rcv, 0);
  b->rcv = a->nxt;
  cg_ack(g, CG_B);
  cg_seg(g, CG_B, CG_FIN | CG_ACK, b->nxt++, b->rcv, 0);
  a->rcv = b->nxt;
  cg_ack(g, CG_A);
}

/* The others ***************************************************************/

static unsigned int make_udp(struct cg_s *g, unsigned int from, uint8_t *p,
                             uint16_t sport, uint16_t dport,
                             unsigned int len)
{
  unsigned int i;

  memset(p, 0, 8);
  cg_put16(p, sport);
  cg_put16(p + 2, dport);
  cg_put16(p + 4, 8 + len);
  for (i = 0; i < len; i++)
    {
      p[8 + i] = (uint8_t)(i * 7 + sport);
    }

  cg_put16(p + 6, cg_csum(p, 8 + len, pseudo(g, from, PROTO_UDP, 8 + len)) ^
           g->with.csum_xor);
  return 8 + len;
}

void cg_udp(struct cg_s *g, unsigned int from, uint16_t sport,
            uint16_t dport, unsigned int len)
{
  static uint8_t p[66000];

  len = make_udp(g, from, p, sport, dport, len);
  cg_ip(g, from, PROTO_UDP, p, len);
}

/* A datagram of len bytes in fragments of size, those of order in turn.  The
 * bits of "with" are for the last of them.
 */

void cg_fragments(struct cg_s *g, unsigned int from, unsigned int len,
                  unsigned int size, const unsigned int *order,
                  unsigned int n)
{
  static uint8_t p[66000];
  struct cg_with_s with = g->with;
  uint16_t ident = ++g->end[from].ident;
  unsigned int i;

  memset(&g->with, 0, sizeof(g->with));
  len = make_udp(g, from, p, 4000, 4001, len);
  for (i = 0; i < n; i++)
    {
      unsigned int at = order[i] * size;
      bool more = at + size < len;
      unsigned int part = more ? size : len - at;

      if (i == n - 1)
        {
          g->with = with;
          p[at + part - 1] ^= with.data_xor;
          part -= with.cut;
          g->with.cut = 0;
        }

      g->with.has_ident = true;
      g->with.ident     = ident;
      g->with.frag      = (uint16_t)((more ? 0x2000 : 0) | at / 8 |
                                     (at == 0 && !more ? 0x4000 : 0));
      cg_ip(g, from, PROTO_UDP, p + at, part);
    }
}

void cg_icmp(struct cg_s *g, unsigned int from, uint8_t type, uint8_t code,
             uint32_t rest, const void *data, unsigned int len)
{
  static uint8_t p[2000];

  memset(p, 0, 8);
  p[0] = type;
  p[1] = code;
  cg_put32(p + 4, rest);
  memcpy(p + 8, data, len);
  cg_put16(p + 2, cg_csum(p, 8 + len, 0) ^ g->with.csum_xor);
  cg_ip(g, from, 1, p, 8 + len);
}
