/* net/ipv4_frag.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Fragments (RFC 791 3.2, RFC 815, RFC 1122 3.3.2 and 3.3.3).
 *
 * Out.  A packet is cut by making views of it: no byte of payload is copied.
 * The first piece has the head-room of the packet, so its header goes in
 * place; the bytes in front of the others belong to their predecessors, so
 * theirs gets a small buffer.  Pieces wait in ipv4_queue.c for places in the
 * device; if that has no room for all of them, none is sent.
 *
 * In.  A datagram that is being put together is a list of its fragments,
 * sorted by offset.  When the holes are gone the buffers are chained; again
 * nothing is copied.
 *
 * Fragments are what attackers send to make a host keep things, or see
 * something else than a filter in front of it saw.  Therefore:
 *
 *   - Fragments that overlap, or disagree about the end, end their datagram
 *     at once (what RFC 5722 decided for IPv6).  Its remains are recognised
 *     and dropped until its time is over, so that they cannot be taken for
 *     the beginning of another.  The same fragment twice is only a duplicate.
 *   - The memory that all of them hold, counted in whole buffers, is at most
 *     a quarter of the arena; there are at most 1024 datagrams, of at most
 *     256 fragments each (the longest datagram through an MTU of 296).
 *   - When a limit is reached the oldest datagram goes of those whose sources
 *     hold the most.  Sources fall into 64 classes by a keyed hash: a flood
 *     from one address takes from its own class, not from everybody.
 *   - 30 seconds after its first fragment a datagram is given up, and the
 *     sender told if that has the first part (ICMP time exceeded).
 */

#include <nuttx/config.h>

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <nuttx/kmalloc.h>

#include "conn.h"
#include "ipv4.h"

#define REASS_TIMEOUT   (30 * NET_SEC)
#define REASS_DATAGRAMS 1024
#define REASS_FRAGMENTS 256
#define REASS_SHARE     4            /* This part of the arena */
#define NBUCKETS        256
#define NSOURCES        64

struct piece_s
{
  struct piece_s *next;
  struct iob_s *pkt;                 /* Payload; of the first, header too */
  unsigned int start;
  unsigned int end;
};

struct datagram_s
{
  struct datagram_s *hash_next;
  struct datagram_s *next;           /* Of the same source class, by age */
  struct datagram_s *prev;
  nettime_t due;
  struct netif_s *nif;
  uint32_t src;
  uint32_t dst;
  uint16_t ident;
  uint8_t proto;
  uint8_t source;                    /* Class */
  uint8_t rxflags;
  bool dead;                         /* Given up: drop what follows */
  uint16_t hdrlen;                   /* Of the first fragment */
  unsigned int count;
  unsigned int have;                 /* Bytes of payload */
  unsigned int total;                /* In all; 0: not known yet */
  size_t charge;
  struct piece_s *head;
  struct piece_s *tail;
};

struct source_s
{
  struct datagram_s *oldest;
  struct datagram_s *youngest;
  size_t charge;
};

static struct datagram_s *g_bucket[NBUCKETS];
static struct source_s g_source[NSOURCES];
static unsigned int g_ndatagrams;
static size_t g_charge;
static size_t g_limit;
static struct net_timer_s g_timer;

#define COUNT(counter) g_net.stats.ip.counter++

static void expire(struct net_timer_s *timer);

/* Cutting ******************************************************************/

/* The options of all fragments but the first: those whose copied flag is
 * set (RFC 791 3.1).  Returns the new length of the header.
 */

static unsigned int copied_options(uint8_t *hdr, unsigned int hdrlen)
{
  unsigned int from = IP_HDRLEN;
  unsigned int to = IP_HDRLEN;

  while (from < hdrlen && hdr[from] != IPO_EOL)
    {
      unsigned int len = 1;

      if (hdr[from] != IPO_NOP)
        {
          len = from + 1 < hdrlen ? hdr[from + 1] : 0;
          if (len < 2 || len > hdrlen - from)
            {
              break;
            }

          if (hdr[from] & 0x80)
            {
              memmove(hdr + to, hdr + from, len);
              to += len;
            }
        }

      from += len;
    }

  while (to & 3)
    {
      hdr[to++] = IPO_EOL;
    }

  hdr[IP_VHL] = (uint8_t)(0x40 | (to >> 2));
  return to;
}

/* One fragment: the header, its fields, and away with it.  Consumes frag;
 * where is the value of the field at IP_OFF.
 */

static int send_fragment(struct iob_s *frag, struct net_path_s *path,
                         const uint8_t *hdr, unsigned int where,
                         unsigned int flags)
{
  unsigned int hdrlen = ip_hdrlen(hdr);
  struct iob_s *whole = ipv4_push(frag, path->nif, hdrlen);
  uint8_t *ip;

  if (whole == NULL)
    {
      ipv4_unreserve(path, flags);
      iob_free_chain(frag);
      return -ENOBUFS;
    }

  ip = IOB_DATA(whole);
  memcpy(ip, hdr, hdrlen);
  wire_put16(ip + IP_LEN, whole->io_pktlen);
  wire_put16(ip + IP_OFF, where);
  ip_setsum(ip, hdrlen);
  COUNT(fragcreates);

  if (flags & NET_TX_RESERVED)
    {
      return eth_output(whole, path, (uint8_t)flags, NULL);
    }

  return ipv4_queue_send(whole, path, NULL);
}

/* Cut off and send piece by piece.  Consumes pkt, which is the payload */

static int send_fragments(struct iob_s *pkt, struct net_path_s *path,
                          uint8_t *hdr, unsigned int flags)
{
  unsigned int where = wire_get16(hdr + IP_OFF);
  unsigned int hdrlen = ip_hdrlen(hdr);
  unsigned int room = (path->mtu - hdrlen) & ~7u;

  for (; ; )
    {
      bool last = pkt->io_pktlen <= room;
      struct iob_s *frag = last ? pkt : iob_share(pkt, 0, room);
      int ret;

      if (frag == NULL)
        {
          ipv4_unreserve(path, flags);
          iob_free_chain(pkt);
          return -ENOBUFS;
        }

      if (!last)
        {
          pkt = iob_trimhead(pkt, room);
        }

      ret = send_fragment(frag, path, hdr, last ? where : where | IPF_MF,
                          flags);
      if (last || ret < 0)
        {
          if (!last)
            {
              iob_free_chain(pkt);
            }

          return ret;
        }

      if ((where & IPF_OFFMASK) == 0)
        {
          copied_options(hdr, hdrlen);
        }

      where += room / 8;
      flags &= ~NET_TX_RESERVED;
    }
}

int ipv4_fragment(struct iob_s *pkt, struct net_path_s *path,
                  unsigned int flags)
{
  unsigned int hdrlen = ip_hdrlen(IOB_DATA(pkt));
  unsigned int room = (path->mtu - hdrlen) & ~7u;
  uint8_t hdr[IP_MAXHDRLEN];
  int ret = -EMSGSIZE;

  /* One that is to be sent on may be a fragment, and lie about where it
   * belongs: beyond the end of any datagram the offset would overflow.
   */

  if (path->mtu < hdrlen + 8 ||
      (wire_get16(IOB_DATA(pkt) + IP_OFF) & IPF_OFFMASK) * 8u +
      pkt->io_pktlen > IP_MAXLEN)
    {
      COUNT(fragfails);
      goto drop;
    }

  if (ipv4_queue_space(path->nif) < (pkt->io_pktlen - hdrlen) / room + 1)
    {
      COUNT(outqfull);
      ret = -ENOBUFS;
      goto drop;
    }

  memcpy(hdr, IOB_DATA(pkt), hdrlen);
  ret = send_fragments(iob_trimhead(pkt, hdrlen), path, hdr,
                       flags & NET_TX_RESERVED);
  if (ret < 0)
    {
      COUNT(fragfails);
      COUNT(outdiscards);
      return ret;
    }

  COUNT(fragoks);
  return 0;

drop:
  ipv4_unreserve(path, flags);
  iob_free_chain(pkt);
  return ret;
}

/* Datagrams that are being put together ************************************/

static struct datagram_s **bucket_of(const struct net_rx_s *rx,
                                     uint16_t ident)
{
  uint32_t key[3];

  key[0] = rx->src.w[3];
  key[1] = rx->dst.w[3];
  key[2] = ((uint32_t)ident << 8) | rx->proto;
  return &g_bucket[net_hash(key, sizeof(key)) % NBUCKETS];
}

static void charge(struct datagram_s *dg, size_t bytes)
{
  dg->charge += bytes;
  g_source[dg->source].charge += bytes;
  g_charge += bytes;
}

static void uncharge(struct datagram_s *dg, size_t bytes)
{
  DEBUGASSERT(dg->charge >= bytes && g_charge >= bytes);
  dg->charge -= bytes;
  g_source[dg->source].charge -= bytes;
  g_charge -= bytes;
}

static void free_pieces(struct datagram_s *dg)
{
  while (dg->head != NULL)
    {
      struct piece_s *piece = dg->head;

      dg->head = piece->next;
      iob_free_chain(piece->pkt);
      kmm_free(piece);
    }

  dg->tail = NULL;
  uncharge(dg, dg->charge - sizeof(*dg));
}

/* Out of every list, and freed with all that it has */

static void datagram_free(struct datagram_s *dg)
{
  struct source_s *source = &g_source[dg->source];
  struct net_rx_s key;
  struct datagram_s **link;

  key.src.w[3] = dg->src;
  key.dst.w[3] = dg->dst;
  key.proto    = dg->proto;
  for (link = bucket_of(&key, dg->ident); *link != dg;
       link = &(*link)->hash_next)
    {
    }

  *link = dg->hash_next;
  *(dg->prev != NULL ? &dg->prev->next : &source->oldest) = dg->next;
  *(dg->next != NULL ? &dg->next->prev : &source->youngest) = dg->prev;

  free_pieces(dg);
  uncharge(dg, dg->charge);
  kmm_free(dg);

  g_ndatagrams--;
  if (g_ndatagrams == 0)
    {
      net_timer_stop(&g_timer);
    }
}

static struct datagram_s *datagram_find(const struct net_rx_s *rx,
                                        uint16_t ident)
{
  struct datagram_s *dg;

  for (dg = *bucket_of(rx, ident); dg != NULL; dg = dg->hash_next)
    {
      if (dg->ident == ident && dg->src == rx->src.w[3] &&
          dg->dst == rx->dst.w[3] && dg->proto == rx->proto)
        {
          break;
        }
    }

  return dg;
}

/* Within the limits again, without touching "keep"; false if it is in the
 * way itself
 */

static bool make_room(const struct datagram_s *keep)
{
  while (g_charge > g_limit || g_ndatagrams > REASS_DATAGRAMS)
    {
      struct source_s *fat = &g_source[0];
      unsigned int i;

      for (i = 1; i < NSOURCES; i++)
        {
          if (g_source[i].charge > fat->charge)
            {
              fat = &g_source[i];
            }
        }

      if (fat->oldest == keep)
        {
          return false;
        }

      COUNT(reasmevicted);
      COUNT(reasmfails);
      datagram_free(fat->oldest);
    }

  return true;
}

static struct datagram_s *datagram_make(const struct net_rx_s *rx,
                                        uint16_t ident)
{
  uint32_t src = rx->src.w[3];
  struct datagram_s *dg = kmm_zalloc(sizeof(*dg));
  struct datagram_s **bucket = bucket_of(rx, ident);
  struct source_s *source;

  if (dg == NULL)
    {
      return NULL;
    }

  dg->src    = src;
  dg->dst    = rx->dst.w[3];
  dg->proto  = rx->proto;
  dg->ident  = ident;
  dg->nif    = rx->nif;
  dg->due    = net_now() + REASS_TIMEOUT;
  dg->source = (uint8_t)(net_hash(&src, sizeof(src)) % NSOURCES);

  source = &g_source[dg->source];
  dg->hash_next = *bucket;
  *bucket       = dg;
  dg->prev      = source->youngest;
  *(dg->prev != NULL ? &dg->prev->next : &source->oldest) = dg;
  source->youngest = dg;

  charge(dg, sizeof(*dg));
  if (g_ndatagrams++ == 0)
    {
      net_timer_start(&g_timer, dg->due, expire);
    }

  return dg;
}

/* No more of this datagram; what else comes of it will be known */

static void datagram_kill(struct datagram_s *dg)
{
  COUNT(reasmfails);
  free_pieces(dg);
  dg->dead = true;
}

/* Time *********************************************************************/

static void tell_sender(struct datagram_s *dg)
{
  struct net_rx_s rx;

  if (dg->head == NULL || dg->head->start != 0)
    {
      return;
    }

  memset(&rx, 0, sizeof(rx));
  rx.nif      = dg->nif;
  rx.src      = netaddr_from4(dg->src);
  rx.dst      = netaddr_from4(dg->dst);
  rx.proto    = dg->proto;
  rx.flags    = dg->rxflags;
  rx.iphdrlen = dg->hdrlen;
  icmp_error_at(dg->head->pkt, &rx, ICMPT_TIMXCEED, ICMPC_REASSEMBLY, 0);
}

static void expire(struct net_timer_s *timer)
{
  nettime_t next = NETTIME_NEVER;
  nettime_t now = net_now();
  unsigned int i;

  for (i = 0; i < NSOURCES; i++)
    {
      struct datagram_s *dg;

      while ((dg = g_source[i].oldest) != NULL && dg->due <= now)
        {
          if (!dg->dead)
            {
              COUNT(reasmtimeout);
              COUNT(reasmfails);
              tell_sender(dg);
            }

          datagram_free(dg);
        }

      if (dg != NULL && dg->due < next)
        {
          next = dg->due;
        }
    }

  if (next != NETTIME_NEVER)
    {
      net_timer_start(timer, next, expire);
    }
}

/* Putting together *********************************************************/

enum insert_e
{
  INSERTED = 0,
  DUPLICATE,
  OVERLAP
};

/* Where in the list?  Nearly always at its end. */

static enum insert_e insert(struct datagram_s *dg, struct piece_s *piece)
{
  struct piece_s **link = &dg->head;

  if (dg->tail != NULL && piece->start >= dg->tail->end)
    {
      link = &dg->tail->next;
    }

  while (*link != NULL && (*link)->end <= piece->start)
    {
      link = &(*link)->next;
    }

  if (*link != NULL && (*link)->start < piece->end)
    {
      return (*link)->start == piece->start && (*link)->end == piece->end ?
             DUPLICATE : OVERLAP;
    }

  piece->next = *link;
  *link = piece;
  if (piece->next == NULL)
    {
      dg->tail = piece;
    }

  return INSERTED;
}

/* Does the end that this fragment tells, or its own, contradict what is
 * known?
 */

static bool end_ok(struct datagram_s *dg, const struct piece_s *piece,
                   bool more)
{
  if (more)
    {
      return dg->total == 0 || piece->end < dg->total;
    }

  if (dg->total != 0 ? dg->total != piece->end :
      dg->tail != NULL && dg->tail->end > piece->end)
    {
      return false;
    }

  dg->total = piece->end;
  return true;
}

/* Chain the buffers; the header says what it would have said uncut.  NULL:
 * no memory, or too long in all.  The datagram has no pieces any more.
 */

static struct iob_s *join(struct datagram_s *dg)
{
  struct iob_s *whole = dg->head->pkt;
  struct iob_s *last = whole;
  uint8_t *ip;

  dg->head->pkt = NULL;
  while (dg->head != NULL)
    {
      struct piece_s *piece = dg->head;

      if (piece->pkt != NULL)
        {
          whole->io_pktlen += piece->pkt->io_pktlen;
          piece->pkt->io_pktlen = 0;
          last->io_flink = piece->pkt;
        }

      while (last->io_flink != NULL)
        {
          last = last->io_flink;
        }

      dg->head = piece->next;
      kmm_free(piece);
    }

  dg->tail = NULL;
  if (whole->io_pktlen > IP_MAXLEN)
    {
      COUNT(reasmbad);
      goto drop;
    }

  if (iob_unshare(whole) < 0)
    {
      COUNT(reasmnomem);
      goto drop;
    }

  ip = IOB_DATA(whole);
  wire_put16(ip + IP_LEN, whole->io_pktlen);
  wire_put16(ip + IP_OFF, 0);
  ip_setsum(ip, dg->hdrlen);
  return whole;

drop:
  COUNT(reasmfails);
  iob_free_chain(whole);
  return NULL;
}

static struct iob_s *complete(struct datagram_s *dg, struct net_rx_s *rx)
{
  struct iob_s *whole = join(dg);

  if (whole != NULL)
    {
      const uint8_t *ip = IOB_DATA(whole);

      COUNT(reasmoks);
      rx->iphdrlen = dg->hdrlen;
      rx->tos      = ip[IP_TOS_];
      rx->ttl      = ip[IP_TTL_];
      rx->gso_size = 0;
      rx->flags   &= (uint8_t)~(NET_RX_CSUM_OK | NET_RX_PARTIAL);
    }

  datagram_free(dg);
  return whole;
}

/* A sound fragment for a datagram.  Consumes pkt, which begins with the IP
 * header if start is 0, else with the payload.
 */

static struct iob_s *add(struct datagram_s *dg, struct iob_s *pkt,
                         struct net_rx_s *rx, unsigned int start,
                         unsigned int len, bool more)
{
  struct piece_s *piece = kmm_malloc(sizeof(*piece));
  enum insert_e where;

  if (piece == NULL)
    {
      COUNT(reasmnomem);
      COUNT(reasmfails);
      iob_free_chain(pkt);
      return NULL;
    }

  piece->pkt   = pkt;
  piece->start = start;
  piece->end   = start + len;
  where = end_ok(dg, piece, more) ? insert(dg, piece) : OVERLAP;
  if (where != INSERTED)
    {
      kmm_free(piece);
      iob_free_chain(pkt);
      if (where == DUPLICATE)
        {
          COUNT(reasmdups);
        }
      else
        {
          COUNT(reasmoverlaps);
          datagram_kill(dg);
        }

      return NULL;
    }

  if (start == 0)
    {
      dg->hdrlen  = rx->iphdrlen;
      dg->rxflags = rx->flags;
    }

  dg->have += len;
  charge(dg, net_charge(pkt) + sizeof(*piece));
  if (dg->have == dg->total)
    {
      return complete(dg, rx);
    }

  if (++dg->count >= REASS_FRAGMENTS || !make_room(dg))
    {
      COUNT(reasmmany);
      datagram_kill(dg);
    }

  return NULL;
}

struct iob_s *ipv4_reass(struct iob_s *pkt, struct net_rx_s *rx)
{
  const uint8_t *ip = IOB_DATA(pkt);
  unsigned int field = wire_get16(ip + IP_OFF);
  unsigned int start = (field & IPF_OFFMASK) * 8;
  unsigned int len = pkt->io_pktlen - rx->iphdrlen;
  uint16_t ident = wire_get16(ip + IP_ID);
  bool more = (field & IPF_MF) != 0;
  struct datagram_s *dg;

  COUNT(reasmreqds);
  if (len == 0 || (more && (len & 7) != 0) ||
      start + len > IP_MAXLEN - IP_HDRLEN)
    {
      COUNT(reasmbad);
      goto drop;
    }

  dg = datagram_find(rx, ident);
  if (dg == NULL)
    {
      dg = datagram_make(rx, ident);
      if (dg == NULL)
        {
          COUNT(reasmnomem);
          goto drop;
        }

      if (!make_room(dg))
        {
          datagram_free(dg);
          COUNT(reasmnomem);
          goto drop;
        }
    }

  if (dg->dead)
    {
      COUNT(reasmlate);
      goto drop;
    }

  if (start != 0)
    {
      pkt = iob_trimhead(pkt, rx->iphdrlen);
    }

  return add(dg, pkt, rx, start, len, more);

drop:
  COUNT(reasmfails);
  iob_free_chain(pkt);
  return NULL;
}

/* Forget what came by this interface, or all if it is NULL */

void ipv4_reass_flush(struct netif_s *nif)
{
  unsigned int i;

  for (i = 0; i < NSOURCES; i++)
    {
      struct datagram_s *dg = g_source[i].oldest;

      while (dg != NULL)
        {
          struct datagram_s *next = dg->next;

          if (nif == NULL || dg->nif == nif)
            {
              COUNT(reasmflushed);
              datagram_free(dg);
            }

          dg = next;
        }
    }
}

void ipv4_reass_initialize(void)
{
  struct iob_info_s info;

  iob_getinfo(&info);
  g_limit = info.arena / REASS_SHARE;
}

void ipv4_frag_flush(struct netif_s *nif)
{
  ipv4_loop_flush(nif);
  ipv4_queue_flush(nif);
  ipv4_reass_flush(nif);
}
