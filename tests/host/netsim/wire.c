/* tests/host/netsim/wire.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What must be true of every segment that a host sends, by what all hosts
 * have sent before: an observer at the wire, who sees every frame when it
 * leaves its node, and no inside.
 *
 *   - data is where the peer has offered a window, at some time; a zero
 *     window is probed by old sequence numbers
 *   - and the right edge of that window does not go back
 *   - a segment begins where the stream has been before: no gaps
 *   - nothing follows a FIN
 *   - a segment is not longer than the MSS of the peer
 *   - an ACK is of something that was sent, and does not go back
 *   - each byte is the one that the program wrote, each time it is sent
 *
 * A host may begin the same connection again, after a crash, while segments
 * of the old one are under way: so of each direction the last few beginnings
 * are known, and a segment belongs to the one in whose sequence space it is.
 */

#include <string.h>

#include "netsim.h"

#define SEQ_LT(a, b)  ((int32_t)((a) - (b)) < 0)
#define SEQ_GT(a, b)  ((int32_t)((a) - (b)) > 0)

#define NPAIRS      256              /* Of ends: more than a plan makes */
#define NLIVES      4
#define DEFAULT_MSS 536
#define FIN         0x01
#define SYN         0x02
#define RST         0x04
#define ACK         0x10

struct life_s                        /* One direction, from a SYN on */
{
  bool used;
  bool fin;
  bool offered;
  bool firm;                         /* ... not only by a SYN */
  bool measured;                     /* Has the option MSS */
  bool scaled;                       /* ... window scale */
  uint8_t scale;
  uint16_t mss;
  uint32_t iss;
  uint32_t max;                      /* Behind the last that was sent */
  uint32_t edge;                     /* Of the window that the peer offered */
  uint32_t ack;                      /* The last that was sent ... */
  const struct life_s *acked;        /* ... of this of the peer */
};

struct pair_s
{
  bool used;
  uint8_t key[12];                   /* Addresses and ports, as one sends */
  struct life_s life[2][NLIVES];     /* That one's, the other's */
  unsigned int next[2];
};

struct seg_s
{
  struct world_s *world;
  unsigned int node;
  unsigned int sport;
  unsigned int dport;
  const uint8_t *data;
  uint32_t len;
  unsigned int optlen;
  uint32_t seq;
  uint32_t ack;
  unsigned int flags;
  unsigned int window;
};

static struct pair_s g_pair[NPAIRS];

static struct
{
  const char *what;
  const char *const *counters;       /* NULL: there is no suspicion */
  struct seg_s seg;
} g_suspect;

void wire_reset(void)
{
  g_suspect.counters = NULL;
  memset(g_pair, 0, sizeof(g_pair));
}

static uint32_t get16(const uint8_t *p)
{
  return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
  return get16(p) << 16 | get16(p + 2);
}

static void wrong(const struct seg_s *seg, const char *what)
{
  world_fail_as(seg->world, what, "node %u, port %u to %u, on the wire: %s "
                "(seq %u ack %u len %u flags %x window %u)", seg->node,
                seg->sport, seg->dport, what, seg->seq, seg->ack, seg->len,
                seg->flags, seg->window);
}

/* It is wrong unless the node has dropped something inside, which a counter
 * tells; but it may not be asked now, while it sends.
 */

static void suspect(const struct seg_s *seg, const char *what,
                    const char *const *counters)
{
  if (g_suspect.counters == NULL)
    {
      g_suspect.what     = what;
      g_suspect.counters = counters;
      g_suspect.seg      = *seg;
    }
}

void wire_settle(struct world_s *world, unsigned int node)
{
  const char *const *name = g_suspect.counters;
  uint64_t drops = 0;

  if (name == NULL || g_suspect.seg.node != node)
    {
      return;
    }

  for (; *name != NULL && drops == 0; name++)
    {
      if (nxnet_counter(world->node[node], *name, &drops) < 0)
        {
          world_fail(world, "there is no counter %s", *name);
        }
    }

  if (drops == 0)
    {
      wrong(&g_suspect.seg, g_suspect.what);
    }

  g_suspect.counters = NULL;
}

/* The pair of ends, and which of them sends */

static struct pair_s *find_pair(const uint8_t *addr, const uint8_t *tcp,
                                unsigned int *dir)
{
  uint8_t key[2][12];
  uint32_t hash = 0;
  unsigned int i;

  memcpy(key[0], addr, 8);
  memcpy(key[0] + 8, tcp, 4);
  memcpy(key[1], addr + 4, 4);
  memcpy(key[1] + 4, addr, 4);
  memcpy(key[1] + 8, tcp + 2, 2);
  memcpy(key[1] + 10, tcp, 2);
  for (i = 0; i < 12; i++)
    {
      hash += ((uint32_t)key[0][i] + 7) * ((uint32_t)key[1][i] + 7);
    }

  for (i = 0; i < NPAIRS; i++)
    {
      struct pair_s *pair = &g_pair[(hash * 2654435761u + i) % NPAIRS];

      if (!pair->used)
        {
          pair->used = true;
          memcpy(pair->key, key[0], 12);
        }

      for (*dir = 0; *dir < 2; ++*dir)
        {
          if (memcmp(pair->key, key[*dir], 12) == 0)
            {
              return pair;
            }
        }
    }

  return NULL;
}

/* A beginning **************************************************************/

static void options(struct life_s *life, const uint8_t *opt,
                    unsigned int len)
{
  unsigned int i;

  for (i = 0; i + 1 < len && opt[i] != 0; i += opt[i] == 1 ? 1 : opt[i + 1])
    {
      if (opt[i] == 2 && i + 3 < len)
        {
          uint16_t mss = (uint16_t)get16(opt + i + 2);

          life->mss = mss > life->mss || !life->measured ? mss : life->mss;
          life->measured = true;
        }
      else if (opt[i] == 3 && i + 2 < len)
        {
          life->scaled = true;
          life->scale  = opt[i + 2];
        }

      if (opt[i] != 1 && opt[i + 1] < 2)
        {
          break;
        }
    }
}

/* The SYN that is sent again begins nothing; but its MSS may be another one,
 * of another MTU, and who knows which of the two arrives.
 */

static struct life_s *begin(struct pair_s *pair, unsigned int dir,
                            const struct seg_s *seg, const uint8_t *opt)
{
  struct life_s *life;
  unsigned int i;

  for (i = 0; i < NLIVES; i++)
    {
      life = &pair->life[dir][i];
      if (life->used && life->iss == seg->seq)
        {
          options(life, opt, seg->optlen);
          return life;
        }
    }

  life = &pair->life[dir][pair->next[dir]++ % NLIVES];
  memset(life, 0, sizeof(*life));
  life->used = true;
  life->mss  = DEFAULT_MSS;
  life->iss  = seg->seq;
  life->max  = seg->seq + 1;
  options(life, opt, seg->optlen);
  return life;
}

/* The life in whose sequence space a number is; the last one first */

static struct life_s *in_life(struct pair_s *pair, unsigned int dir,
                              uint32_t seq, bool behind_syn)
{
  unsigned int i;

  for (i = 0; i < NLIVES; i++)
    {
      struct life_s *life =
        &pair->life[dir][(pair->next[dir] - 1 - i) % NLIVES];

      if (life->used && !SEQ_LT(seq, life->iss + behind_syn) &&
          !SEQ_GT(seq, life->max))
        {
          return life;
        }
    }

  return NULL;
}

/* What must be true ********************************************************/

/* Text inside of the window was dropped, as the memory of all was full: the
 * one case in which the window may shrink
 */

static const char *const text_drops[] =
{
  "tcp.tcprcvqdrop", NULL
};

/* Segments that TCP has sent, and that never left: no gap to TCP */

static const char *const frame_drops[] =
{
  "arp.queuefull", "arp.unreachable", "arp.flushed", "arp.nomem",
  "arp.tablefull", "arp.unresolved", "link.outnomem", "link.outdown",
  "ip.outdiscards", "ip.outnoroutes", NULL
};

static void look_at_ack(struct life_s *own, struct life_s *peer,
                        const struct seg_s *seg)
{
  unsigned int shift = own->scaled && peer->scaled ? own->scale : 0;
  uint32_t edge = seg->ack + (seg->window << shift);

  if ((seg->flags & SYN) != 0)       /* A late answer to a late SYN */
    {
      edge = seg->ack + seg->window;
    }
  else if (own->acked == peer && SEQ_LT(seg->ack, own->ack))
    {
      wrong(seg, "the acknowledgement number went back");
    }

  if (own->acked != peer || SEQ_GT(seg->ack, own->ack))
    {
      own->acked = peer;
      own->ack   = seg->ack;
    }

  /* The user of TIME-WAIT gets nothing more: its window is rounded down */

  if (peer->firm && SEQ_LT(edge, peer->edge) &&
      !(peer->fin && seg->ack == peer->max))
    {
      suspect(seg, "the right edge of the window was taken back",
              text_drops);
    }

  if (!peer->offered || SEQ_GT(edge, peer->edge))
    {
      peer->offered = true;
      peer->firm    = (seg->flags & SYN) == 0;
      peer->edge    = edge;
    }
}

static void look_at_data(struct life_s *own, const struct life_s *peer,
                         const struct seg_s *seg)
{
  uint32_t end = seg->seq + seg->len;
  bool fin = (seg->flags & FIN) != 0;

  if (seg->len > 0 && (!own->offered || SEQ_GT(end, own->edge)))
    {
      wrong(seg, "data beyond the window that the peer ever offered");
    }

  if (own->fin && (SEQ_GT(end + fin, own->max) ||
                   (fin && end + 1 != own->max)))
    {
      wrong(seg, "something follows the FIN");
    }

  if (seg->len > 0 && seg->len + seg->optlen > peer->mss)
    {
      wrong(seg, "a segment longer than the MSS of the peer");
    }

  if (seg->len > 0 &&
      !flow_wrote(seg->world, seg->sport, seg->dport,
                  seg->seq - own->iss - 1, seg->data, seg->len))
    {
      wrong(seg, "bytes that the program did not write");
    }

  own->fin |= fin;
  if (SEQ_GT(end + fin, own->max))
    {
      own->max = end + fin;
    }
}

void wire_segment(struct world_s *world, unsigned int node,
                  const uint8_t *addr, const uint8_t *tcp, size_t len)
{
  unsigned int hlen = (unsigned int)(tcp[12] >> 4) * 4;
  struct seg_s seg =
  {
    world, node, get16(tcp), get16(tcp + 2), tcp + hlen,
    (uint32_t)len - hlen, hlen - 20, get32(tcp + 4), get32(tcp + 8),
    tcp[13] & 0x3fu, get16(tcp + 14)
  };

  struct pair_s *pair;
  struct life_s *own;
  struct life_s *peer = NULL;
  unsigned int dir;

  if (len < 20 || hlen < 20 || hlen > len)
    {
      world_fail(world, "node %u sends a bad TCP header", node);
      return;
    }

  pair = find_pair(addr, tcp, &dir);
  if ((seg.flags & RST) != 0 || pair == NULL)
    {
      return;                        /* Perhaps of no connection at all */
    }

  own = (seg.flags & SYN) != 0 ? begin(pair, dir, &seg, tcp + 20) :
        in_life(pair, dir, seg.seq, false);
  if (own == NULL)
    {
      own = &pair->life[dir][(pair->next[dir] - 1) % NLIVES];
      if (!own->used || SEQ_LT(seg.seq, own->iss))
        {
          wrong(&seg, "a segment before the first SYN");
          return;
        }

      suspect(&seg, "a segment that does not follow what was sent",
              frame_drops);
      own->max = seg.seq;
    }

  if ((seg.flags & ACK) != 0)
    {
      peer = in_life(pair, !dir, seg.ack, true);
      if (peer == NULL)
        {
          wrong(&seg, "an ACK of what the peer has not sent");
          return;
        }

      look_at_ack(own, peer, &seg);
    }
  else if ((seg.flags & SYN) == 0)
    {
      wrong(&seg, "neither SYN nor RST, and no ACK");
      return;
    }

  if ((seg.flags & SYN) == 0)
    {
      look_at_data(own, peer, &seg);
    }
}
