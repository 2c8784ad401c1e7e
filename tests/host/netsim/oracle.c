/* tests/host/netsim/oracle.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What must be true of a node after every event, and of every frame.
 *
 * Of a connection something is remembered from one look to the next: what
 * may only grow.  A connection is known by its names and its ISS.
 */

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "netsim.h"

#define SEQ_LT(a, b)  ((int32_t)((a) - (b)) < 0)
#define NKNOWN        1024

struct known_s
{
  bool used;
  unsigned int node;
  uint64_t drops;                    /* When the window was last taken back */
  struct nxnet_tcp_s tcp;
};

static struct known_s g_known[NKNOWN];

/* The linux/tcp.h names of states that netinet/tcp.h has */

static const char *const g_states[] =
{
  "?", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2",
  "TIME-WAIT", "CLOSED", "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING"
};

static uint64_t g_lastcheck[MAX_NODES];

void oracle_reset(void)
{
  memset(g_lastcheck, 0, sizeof(g_lastcheck));
  memset(g_known, 0, sizeof(g_known));
}

void oracle_crash(unsigned int node)
{
  unsigned int i;

  for (i = 0; i < NKNOWN; i++)
    {
      if (g_known[i].node == node)
        {
          g_known[i].used = false;
        }
    }
}

static struct known_s *known(unsigned int node, const struct nxnet_tcp_s *tcp)
{
  unsigned int hash = (tcp->iss ^ (node << 8) ^ tcp->local.sin_port ^
                       ((unsigned int)tcp->remote.sin_port << 3)) *
                      2654435761u;

  return &g_known[(hash >> 16) % NKNOWN];
}

static bool same(const struct nxnet_tcp_s *a, const struct nxnet_tcp_s *b)
{
  return a->iss == b->iss && a->local.sin_port == b->local.sin_port &&
         a->remote.sin_port == b->remote.sin_port &&
         a->remote.sin_addr.s_addr == b->remote.sin_addr.s_addr;
}

/* The one case in which a window is closed that was open: text in it came
 * when the memory of all was full, and was dropped.  (It may be a little open
 * again by now.)
 */

static bool taken_back(struct nxnet_s *node, struct known_s *place)
{
  uint64_t drops = 0;

  nxnet_counter(node, "tcp.tcprcvqdrop", &drops);
  if (drops <= place->drops)
    {
      return false;
    }

  place->drops = drops;
  return true;
}

/* RFC 9293 3.3.1: SND.UNA =< SND.NXT, and what is received and announced, do
 * not go back (3.8.6.2.2: the window is not shrunk).
 */

static const char *only_grows(struct world_s *world, unsigned int node,
                              const struct nxnet_tcp_s *tcp)
{
  struct known_s *place = known(node, tcp);
  const struct nxnet_tcp_s *old = &place->tcp;
  const char *wrong = NULL;

  if (place->used && place->node == node && same(old, tcp))
    {
      wrong = SEQ_LT(tcp->snd_una, old->snd_una) ? "SND.UNA went back" :
              SEQ_LT(tcp->snd_max, old->snd_max) ? "the highest SND.NXT went "
                                                   "back" :
              tcp->irs != old->irs && old->irs != 0 ? "IRS changed" :
              tcp->irs != old->irs ? NULL :
              SEQ_LT(tcp->rcv_nxt, old->rcv_nxt) ? "RCV.NXT went back" :
              SEQ_LT(tcp->rcv_adv, old->rcv_adv) &&
              !taken_back(world->node[node], place) ?
              "the right edge of the window went back" : NULL;
    }
  else
    {
      place->drops = 0;
    }

  place->used = true;
  place->node = node;
  place->tcp  = *tcp;
  return wrong;
}

static bool synchronized(int state)
{
  return state != TCP_SYN_SENT && state != TCP_SYN_RECV &&
         state != TCP_CLOSE && state != TCP_LISTEN && state != TCP_TIME_WAIT;
}

static const char *sequence(const struct nxnet_tcp_s *tcp)
{
  return SEQ_LT(tcp->snd_nxt, tcp->snd_una) ? "SND.NXT is before SND.UNA" :
         SEQ_LT(tcp->snd_max, tcp->snd_nxt) ? "SND.NXT is behind its highest "
                                              "value" :
         synchronized(tcp->state) && SEQ_LT(tcp->rcv_adv, tcp->rcv_nxt) ?
         "the right edge of the window is before RCV.NXT" :
         (tcp->flags & NXNET_TCP_FIN_SENT) != 0 &&
         (tcp->flags & NXNET_TCP_FIN_QUEUED) == 0 ?
         "a FIN was sent that the user did not ask for" :
         tcp->state == TCP_FIN_WAIT2 && tcp->snd_una != tcp->snd_max ?
         "FIN-WAIT-2, and the FIN is not acknowledged" :
         tcp->sacked + tcp->lost > tcp->snd_max - tcp->snd_una ?
         "more is SACKED or lost than is under way" : NULL;
}

/* Something is to happen by itself: then a timer runs for it, or it waits for
 * a place in the device or for memory, where it will be called.
 */

#define SENDING (NXNET_TCP_REXMT | NXNET_TCP_PERSIST | NXNET_TCP_LOSS | \
                 NXNET_TCP_DEFER)
#define WAITING (NXNET_TCP_EGRESS | NXNET_TCP_MEMORY | NXNET_TCP_ACKNOW)

#define RTO_MAX    (120 * SEC)       /* Zero windows are probed as often */
#define DELACK_MAX (500 * MSEC)      /* RFC 9293 3.8.6.3, MUST-59 */

static const char *sending(const struct nxnet_tcp_s *tcp, uint64_t now)
{
  bool armed = (tcp->timers & SENDING) != 0 || (tcp->flags & WAITING) != 0;

  if ((tcp->timers & SENDING) != 0 && tcp->due > now + RTO_MAX)
    {
      return "the timer of what is sent is too far off";
    }

  if (armed)
    {
      return NULL;
    }

  if (tcp->state == TCP_SYN_SENT || tcp->state == TCP_SYN_RECV ||
      (synchronized(tcp->state) && tcp->snd_una != tcp->snd_max))
    {
      return "something is not acknowledged, and no timer runs";
    }

  if (synchronized(tcp->state) && tcp->unsent > 0)
    {
      return tcp->snd_wnd == 0 ?
             "the window is zero, there is data, and nobody probes" :
             "data waits, nothing is under way, and no timer runs";
    }

  return synchronized(tcp->state) &&
         (tcp->flags & (NXNET_TCP_FIN_QUEUED | NXNET_TCP_FIN_SENT)) ==
         NXNET_TCP_FIN_QUEUED ?
         "a FIN waits, nothing is under way, and no timer runs" : NULL;
}

static const char *receiving(const struct nxnet_tcp_s *tcp, uint64_t now)
{
  if ((tcp->timers & NXNET_TCP_DELACK) != 0 && tcp->due > now + DELACK_MAX)
    {
      return "an ACK is delayed for more than half a second";
    }

  return synchronized(tcp->state) && tcp->last_ack != tcp->rcv_nxt &&
         (tcp->timers & NXNET_TCP_DELACK) == 0 &&
         (tcp->flags & WAITING) == 0 ?
         "what has arrived is not acknowledged, and nobody will" : NULL;
}

static const char *timers(const struct nxnet_tcp_s *tcp, uint64_t now)
{
  const char *wrong;

  if (tcp->timers != 0 && tcp->due == NXNET_NEVER)
    {
      return "timers run, but nobody will call them";
    }

  if (tcp->timers != 0 && tcp->due < now)
    {
      return "a timer has not been called when it was due";
    }

  if (tcp->state == TCP_FIN_WAIT2 && (tcp->flags & NXNET_TCP_ORPHAN) != 0 &&
      (tcp->timers & NXNET_TCP_2MSL) == 0)
    {
      return "FIN-WAIT-2 without a user has no end";
    }

  if (tcp->state == TCP_TIME_WAIT)
    {
      return tcp->due == NXNET_NEVER ? "TIME-WAIT has no end" : NULL;
    }

  wrong = sending(tcp, now);
  return wrong != NULL ? wrong : receiving(tcp, now);
}

struct look_s
{
  struct world_s *world;
  unsigned int node;
};

static void tell_wrong(const struct look_s *look,
                       const struct nxnet_tcp_s *tcp, const char *wrong)
{
  world_fail_as(look->world, wrong, "node %u, port %u to %u, %s: %s (una %u "
                "nxt %u max %u wnd %u rcv %u adv %u last ack %u unsent %u "
                "timers %x flags %x)", look->node,
                ntohs(tcp->local.sin_port), ntohs(tcp->remote.sin_port),
                g_states[tcp->state], wrong, tcp->snd_una - tcp->iss,
                tcp->snd_nxt - tcp->iss, tcp->snd_max - tcp->iss,
                tcp->snd_wnd, tcp->rcv_nxt - tcp->irs,
                tcp->rcv_adv - tcp->irs, tcp->last_ack - tcp->irs,
                tcp->unsent, tcp->timers, tcp->flags);
}

static int look_at(void *arg, const struct nxnet_tcp_s *tcp)
{
  struct look_s *look = arg;
  const char *wrong = NULL;

  if (tcp->state != TCP_LISTEN && tcp->state != TCP_CLOSE)
    {
      wrong = timers(tcp, look->world->now);
      if (wrong == NULL && tcp->state != TCP_TIME_WAIT)
        {
          wrong = sequence(tcp);
        }

      if (wrong == NULL && tcp->state != TCP_TIME_WAIT)
        {
          wrong = only_grows(look->world, look->node, tcp);
        }
    }

  if (wrong != NULL)
    {
      tell_wrong(look, tcp, wrong);
    }

  return wrong != NULL;
}

/* To verify a pool of 4 MiB takes a millisecond: that of a large one is
 * looked at after some events only, unless --strict wants it.  Long runs may
 * want the same of a small one, which is most of what they take.
 */

#define LARGE_EVERY 64

static bool is_time(struct world_s *world, unsigned int node)
{
  const struct options_s *options = world->options;
  unsigned int every = options->strict || world->atend ? 1 :
                       !world->plan->node[node].small ? LARGE_EVERY :
                       options->pool_every;

  if (world->result->events - g_lastcheck[node] < every)
    {
      return false;
    }

  g_lastcheck[node] = world->result->events;
  return true;
}

void oracle_node(struct world_s *world, unsigned int node)
{
  struct look_s look =
  {
    world, node
  };

  char text[200];

  if (world->off[node])
    {
      return;
    }

  if (is_time(world, node) &&
      nxnet_check(world->node[node], text, sizeof(text)) < 0)
    {
      world_fail(world, "node %u: %s", node, text);
    }

  nxnet_tcp_each(world->node[node], look_at, &look);
  wire_settle(world, node);
}

/* Frames *******************************************************************/

static uint32_t sum(const uint8_t *data, size_t len, uint32_t start)
{
  size_t i;

  for (i = 0; i + 1 < len; i += 2)
    {
      start += (uint32_t)data[i] << 8 | data[i + 1];
    }

  return start + (i < len ? (uint32_t)data[i] << 8 : 0);
}

static uint16_t fold(uint32_t value)
{
  value = (value >> 16) + (value & 0xffff);
  return (uint16_t)((value >> 16) + value);
}

static uint16_t get16(const uint8_t *p)
{
  return (uint16_t)(p[0] << 8 | p[1]);
}

static const char *bad_ip(const uint8_t *ip, size_t len)
{
  size_t head = (size_t)(ip[0] & 15) * 4;
  size_t total = len >= 20 ? get16(ip + 2) : 0;

  if (len < 20 || ip[0] >> 4 != 4 || head < 20 || total < head || total > len)
    {
      return "a bad IP header";
    }

  return fold(sum(ip, head, 0)) != 0xffff ? "a bad IP checksum" :
         ip[8] == 0 ? "a packet whose time to live is zero" : NULL;
}

static const char *bad_transport(const uint8_t *ip, size_t head,
                                 size_t total)
{
  uint32_t pseudo = sum(ip + 12, 8, ip[9] + (uint32_t)(total - head));
  size_t least = ip[9] == 6 ? 20 : 8;

  if (total - head < least)
    {
      return "a short TCP or UDP header";
    }

  if (ip[9] == 17 && get16(ip + head + 6) == 0)
    {
      return NULL;                   /* UDP without a checksum */
    }

  return fold(sum(ip + head, total - head, pseudo)) != 0xffff ?
         "a bad TCP or UDP checksum" : NULL;
}

/* What a router sends on is not its own, and may be damaged */

static bool is_own(struct world_s *world, unsigned int node,
                   const uint8_t *ip)
{
  bool own = ip[15] == node + 1;

  world->result->tally[TALLY_FORWARDED] += !own;
  return own;
}

static void trace(struct world_s *world, unsigned int node,
                  const uint8_t *tcp, size_t len)
{
  size_t hlen = (size_t)(tcp[12] >> 4) * 4;

  world_trace(world, "node %u sends %u>%u %s%s%s%s seq %u ack %u win %u "
              "len %zu", node, get16(tcp), get16(tcp + 2),
              tcp[13] & 2 ? "S" : "", tcp[13] & 1 ? "F" : "",
              tcp[13] & 4 ? "R" : "", tcp[13] & 16 ? "." : "",
              (unsigned int)get16(tcp + 4) << 16 | get16(tcp + 6),
              (unsigned int)get16(tcp + 8) << 16 | get16(tcp + 10),
              get16(tcp + 14), len - hlen);
}

void oracle_frame(struct world_s *world, unsigned int node,
                  const uint8_t *frame, size_t len)
{
  const uint8_t *ip = frame + 14;
  const char *wrong;
  size_t head;
  size_t total;

  if (len < 14)
    {
      world_fail(world, "node %u sends a frame of %zu bytes", node, len);
      return;
    }

  if (get16(frame + 12) != 0x0800)
    {
      return;
    }

  wrong = bad_ip(ip, len - 14);
  if (wrong == NULL && is_own(world, node, ip))
    {
      head  = (size_t)(ip[0] & 15) * 4;
      total = get16(ip + 2);
      if ((get16(ip + 6) & 0x3fff) != 0)
        {
          world->result->tally[TALLY_FRAGMENT]++;
        }
      else if (ip[9] == 6 || ip[9] == 17)
        {
          wrong = bad_transport(ip, head, total);
          if (wrong == NULL && ip[9] == 6)
            {
              trace(world, node, ip + head, total - head);
              wire_segment(world, node, ip + 12, ip + head, total - head);
            }
        }
    }

  if (wrong != NULL)
    {
      world_fail_as(world, wrong, "node %u sends %s", node, wrong);
    }
}
