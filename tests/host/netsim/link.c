/* tests/host/netsim/link.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * One direction of a link: a queue, a rate, a delay that varies, and chance,
 * which loses, delays, doubles and damages frames.
 *
 * Loss is by itself (one chance for each frame) or in bursts (Gilbert and
 * Elliott): the link is in a good or in a bad state, changes between the two
 * by chance before each frame, and loses more in the bad one.
 *
 * Only what lies behind the Ethernet header of IP is damaged, one bit of it,
 * which a checksum must catch: the header and ARP have none on this wire.  It
 * is always a 0 that becomes 1.  A datagram may be damaged more than once, by
 * several links or in several fragments, and a 1 that becomes 0 would make up
 * for it: in a sum of 16 bits as the Internet's, fewer than 16 powers of two
 * never add up to nothing.
 */

#include "netsim.h"

#define ETH_HDRLEN  14
#define ETH_BITS(n) ((uint64_t)((n) + 24) * 8)   /* Preamble, CRC, gap */
#define ETH_LONGEST 1514

void link_begin(struct link_s *link, uint64_t seed, uint64_t stream)
{
  link->busy = 0;
  link->bad  = false;
  rnd_begin(&link->rnd, seed, stream);
}

static bool is_lost(struct link_s *link, const struct linkplan_s *plan)
{
  if (plan->loss_bad > 0 &&
      rnd_chance(&link->rnd, link->bad ? plan->to_good : plan->to_bad))
    {
      link->bad = !link->bad;
    }

  return rnd_chance(&link->rnd, link->bad ? plan->loss_bad : plan->loss);
}

static bool damage(struct link_s *link, const struct linkplan_s *plan,
                   uint8_t *data, size_t len)
{
  uint64_t bits;
  uint64_t bit;
  uint64_t i;

  if (!rnd_chance(&link->rnd, plan->corrupt) || len <= ETH_HDRLEN ||
      data[12] != 8 || data[13] != 0)
    {
      return false;
    }

  bits = (len - ETH_HDRLEN) * 8;
  bit  = rnd_upto(&link->rnd, bits);
  for (i = 0; i < bits; i++, bit = (bit + 1) % bits)
    {
      uint8_t *byte = &data[ETH_HDRLEN + bit / 8];

      if ((*byte >> bit % 8 & 1) == 0)
        {
          *byte |= (uint8_t)(1u << bit % 8);
          return true;
        }
    }

  return false;
}

uint64_t link_standing(const struct linkplan_s *plan)
{
  return plan->queue * (ETH_BITS(ETH_LONGEST) * SEC / plan->rate);
}

void link_pass(struct link_s *link, const struct linkplan_s *plan,
               uint64_t now, uint8_t *data, size_t len,
               struct passage_s *passage)
{
  uint64_t begin = link->busy > now ? link->busy : now;

  passage->sent = now;
  passage->when = 0;
  if (begin - now > link_standing(plan))
    {
      passage->fate = FATE_FULL;
      return;
    }

  link->busy    = begin + ETH_BITS(len) * SEC / plan->rate;
  passage->sent = link->busy;
  passage->when = link->busy + plan->delay +
                  rnd_upto(&link->rnd, plan->jitter);
  passage->fate = 0;
  if (is_lost(link, plan))
    {
      passage->when = 0;
      passage->fate = link->bad ? FATE_BURST : FATE_LOST;
      return;
    }

  if (rnd_chance(&link->rnd, plan->reorder))
    {
      passage->when += plan->late;
      passage->fate |= FATE_LATE;
    }

  passage->fate |= damage(link, plan, data, len) ? FATE_DAMAGED : 0;
  passage->fate |= rnd_chance(&link->rnd, plan->dup) ? FATE_TWICE : 0;
}
