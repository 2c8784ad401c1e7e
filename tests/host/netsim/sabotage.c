/* tests/host/netsim/sabotage.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Faults of the simulator itself (--sabotage=NAME), made on purpose.  They
 * show that a fault is found, that its command replays it, and that it is
 * made smaller, without a wrong stack.
 *
 * What is done to programs and segments is done to the last TCP flow of the
 * plan, what is done to the process when the last fault of the plan begins:
 * so one element is all that a failure needs.
 */

#include <stdio.h>
#include <string.h>

#include "netsim.h"

#define ETH_HDRLEN 14
#define FIRST_PORT 5000u
#define DEAD_AFTER 12                /* Segments of the flow */

static const char *const g_names[NSABOTAGES] =
{
  "none", "payload", "checksum", "window", "silence", "deaf", "leak",
  "crash", "hang"
};

static unsigned int g_target;        /* The element */
static unsigned int g_count;         /* Segments of it so far */

enum sabotage_e sabotage_find(const char *name)
{
  unsigned int i;

  for (i = SABOTAGE_NONE + 1; i < NSABOTAGES; i++)
    {
      if (strcmp(name, g_names[i]) == 0)
        {
          break;
        }
    }

  return (enum sabotage_e)i;
}

const char *sabotage_name(enum sabotage_e kind)
{
  return g_names[kind];
}

void sabotage_reset(const struct world_s *world)
{
  const struct plan_s *plan = world->plan;
  enum sabotage_e kind = world->options->sabotage;
  unsigned int i;

  g_count  = 0;
  g_target = MAX_ELEMENTS;
  for (i = 0; i < plan->nelements; i++)
    {
      bool fault = plan->element[i].is_fault;

      if (kind >= SABOTAGE_CRASH ? fault :
          !fault && !plan->element[i].flow.udp)
        {
          g_target = i;
        }
    }
}

bool sabotage_now(const struct world_s *world, enum sabotage_e kind,
                  unsigned int element)
{
  return world->options->sabotage == kind && element == g_target;
}

/* Frames *******************************************************************/

static unsigned int get16(const uint8_t *p)
{
  return (unsigned int)p[0] << 8 | p[1];
}

/* The TCP header of a segment of the flow; NULL: it is something else */

static uint8_t *segment(const struct world_s *world, uint8_t *frame,
                        size_t len, size_t *rest)
{
  uint8_t *ip = frame + ETH_HDRLEN;
  uint8_t *tcp;

  if (world->options->sabotage == SABOTAGE_NONE || len < ETH_HDRLEN + 40 ||
      get16(frame + 12) != 0x0800 || ip[0] != 0x45 || ip[9] != 6 ||
      (get16(ip + 6) & 0x3fff) != 0 || get16(ip + 2) > len - ETH_HDRLEN)
    {
      return NULL;
    }

  tcp   = ip + 20;
  *rest = get16(ip + 2) - 20;
  return get16(tcp) == FIRST_PORT + g_target ||
         get16(tcp + 2) == FIRST_PORT + g_target ? tcp : NULL;
}

/* One byte, at an offset from the TCP header, becomes another one, and the
 * checksum fits (RFC 1624, eqn. 3)
 */

static void change(uint8_t *tcp, size_t offset, uint8_t value)
{
  uint32_t shift = offset % 2 == 0 ? 8 : 0;
  uint32_t sum = ~get16(tcp + 16) & 0xffff;

  sum += ~((uint32_t)tcp[offset] << shift) & 0xffff;
  sum += (uint32_t)value << shift;
  sum  = (sum >> 16) + (sum & 0xffff);
  sum  = ~((sum >> 16) + sum) & 0xffff;
  tcp[offset] = value;
  tcp[16]     = (uint8_t)(sum >> 8);
  tcp[17]     = (uint8_t)sum;
}

void sabotage_sent(const struct world_s *world, uint8_t *frame, size_t len)
{
  size_t rest;
  uint8_t *tcp = segment(world, frame, len, &rest);

  if (tcp != NULL && world->options->sabotage == SABOTAGE_CHECKSUM)
    {
      tcp[17] ^= 1;
    }
}

bool sabotage_under_way(const struct world_s *world, uint8_t *frame,
                        size_t len)
{
  enum sabotage_e kind = world->options->sabotage;
  size_t rest;
  uint8_t *tcp = segment(world, frame, len, &rest);
  size_t hlen;

  if (tcp == NULL)
    {
      return false;
    }

  g_count++;
  hlen = (size_t)(tcp[12] >> 4) * 4;
  if (kind == SABOTAGE_PAYLOAD && rest > hlen)
    {
      change(tcp, hlen, 0x55);
    }
  else if (kind == SABOTAGE_WINDOW && (tcp[13] & 0x07) == 0)
    {
      change(tcp, 14, 0xff);
      change(tcp, 15, 0xff);
    }

  return kind == SABOTAGE_SILENCE && g_count > DEAD_AFTER;
}
