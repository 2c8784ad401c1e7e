/* tests/host/netsim/plan.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a seed means.
 */

#include <stdio.h>
#include <string.h>

#include "netsim.h"

/* Random numbers: splitmix64 ***********************************************/

static uint64_t scramble(uint64_t z)
{
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

void rnd_begin(struct rnd_s *rnd, uint64_t seed, uint64_t stream)
{
  rnd->state = scramble(scramble(seed + 1) ^ (stream * 0x9e3779b97f4a7c15u));
}

uint64_t rnd_next(struct rnd_s *rnd)
{
  rnd->state += UINT64_C(0x9e3779b97f4a7c15);
  return scramble(rnd->state);
}

uint64_t rnd_upto(struct rnd_s *rnd, uint64_t n)
{
  return n == 0 ? 0 : rnd_next(rnd) % n;
}

uint64_t rnd_range(struct rnd_s *rnd, uint64_t low, uint64_t high)
{
  return low + rnd_upto(rnd, high - low + 1);
}

bool rnd_chance(struct rnd_s *rnd, unsigned int ppm)
{
  return rnd_upto(rnd, PER_MILLION) < ppm;
}

#define PERCENT(n) ((n) * 10000u)
#define MIN_MTU    296

/* 1, 2, 3, ... or 1000000, all sizes being as likely */

static uint64_t any_size(struct rnd_s *rnd, unsigned int minbits,
                         unsigned int maxbits)
{
  uint64_t bits = rnd_range(rnd, minbits, maxbits);

  return (UINT64_C(1) << bits) | rnd_upto(rnd, UINT64_C(1) << bits);
}

/* Links ********************************************************************/

static void make_link(struct rnd_s *rnd, struct linkplan_s *link, bool clean)
{
  static const uint64_t rates[] =
  {
    64000, 1000000, 10000000, 100000000, 1000000000
  };

  static const uint64_t delays[] =
  {
    0, 10 * USEC, 200 * USEC, 2 * MSEC, 20 * MSEC, 150 * MSEC
  };

  memset(link, 0, sizeof(*link));
  link->rate  = rates[rnd_range(rnd, rnd_chance(rnd, PERCENT(10)) ? 0 : 1,
                                4)];
  link->delay = delays[rnd_upto(rnd, 6)];
  link->queue = (unsigned int)rnd_range(rnd, 16, 200);
  if (clean)
    {
      return;
    }

  if (rnd_chance(rnd, PERCENT(30)))
    {
      link->jitter = any_size(rnd, 10, 23);
    }

  if (rnd_chance(rnd, PERCENT(40)))
    {
      link->loss = (unsigned int)rnd_upto(rnd, PERCENT(5));
    }
  else if (rnd_chance(rnd, PERCENT(25)))
    {
      link->loss_bad = (unsigned int)rnd_range(rnd, PERCENT(20),
                                               PERCENT(60));
      link->to_bad   = (unsigned int)rnd_range(rnd, 1000, PERCENT(2));
      link->to_good  = (unsigned int)rnd_range(rnd, PERCENT(10),
                                               PERCENT(50));
    }

  if (rnd_chance(rnd, PERCENT(30)))
    {
      link->reorder = (unsigned int)rnd_upto(rnd, PERCENT(10));
      link->late    = any_size(rnd, 14, 25);
    }

  if (rnd_chance(rnd, PERCENT(20)))
    {
      link->dup = (unsigned int)rnd_upto(rnd, PERCENT(5));
    }

  if (rnd_chance(rnd, PERCENT(20)))
    {
      link->corrupt = (unsigned int)rnd_upto(rnd, PERCENT(2));
    }
}

static void make_node(struct rnd_s *rnd, struct nodeplan_s *node, bool clean)
{
  static const unsigned int mtus[] =
  {
    1500, 1500, 1500, 576, 1280, 9000
  };

  memset(node, 0, sizeof(*node));
  node->small = rnd_chance(rnd, PERCENT(85));
  node->hold  = rnd_chance(rnd, PERCENT(60));
  node->sg    = rnd_chance(rnd, PERCENT(60));
  node->more  = rnd_chance(rnd, PERCENT(50));
  node->depth = (unsigned int)any_size(rnd, 1, 6);
  node->mtu   = mtus[rnd_upto(rnd, 6)];
  make_link(rnd, &node->out, clean);
  make_link(rnd, &node->in, clean);
}

/* Flows ********************************************************************/

static void make_end(struct rnd_s *rnd, struct endplan_s *end)
{
  end->total    = rnd_chance(rnd, PERCENT(15)) ? 0 :
                  (uint32_t)any_size(rnd, 0, 16);
  end->chunk    = (uint32_t)any_size(rnd, 0, 16);
  end->readsize = (uint32_t)any_size(rnd, 4, 16);
  if (rnd_chance(rnd, PERCENT(20)))
    {
      end->readpace = any_size(rnd, 16, 28);
      end->readsize = end->readsize < 2048 ? 2048 : end->readsize;
    }

  if (rnd_chance(rnd, PERCENT(20)))
    {
      end->sendpace = any_size(rnd, 16, 26);
    }

  end->nodelay = rnd_chance(rnd, PERCENT(30));
  end->cork    = rnd_chance(rnd, PERCENT(5));
  end->cubic   = rnd_chance(rnd, PERCENT(40));
  end->iovec   = rnd_chance(rnd, PERCENT(20));
  if (rnd_chance(rnd, PERCENT(25)))
    {
      end->sndbuf = (int)any_size(rnd, 11, 16);
    }

  if (rnd_chance(rnd, PERCENT(25)))
    {
      end->rcvbuf = (int)any_size(rnd, 11, 16);
    }
}

/* Times of a pattern are bounded: a request takes a round trip */

static void make_pattern(struct rnd_s *rnd, struct flowplan_s *flow)
{
  struct endplan_s *client = &flow->end[0];
  struct endplan_s *server = &flow->end[1];

  switch (rnd_upto(rnd, 8))
    {
      case 0:                        /* Echo */
        server->gate  = GATE_ECHO;
        server->total = client->total;
        break;

      case 1:                        /* Request and response */
        flow->request  = (uint32_t)any_size(rnd, 0, 11);
        flow->response = (uint32_t)any_size(rnd, 0, 13);
        client->gate   = GATE_REQUEST;
        server->gate   = GATE_RESPONSE;
        client->total  = flow->request * (uint32_t)rnd_range(rnd, 1, 20);
        server->total  = client->total / flow->request * flow->response;
        break;

      case 2:                        /* Half close, then the answer */
        server->gate = GATE_LATER;
        break;

      case 3:                        /* Reset in the middle */
        flow->end[rnd_upto(rnd, 2)].abort_at =
          (uint32_t)any_size(rnd, 0, 14);
        break;

      case 4:
        flow->end[rnd_upto(rnd, 2)].early_close = true;
        break;

      default:                       /* Bulk, both ways */
        break;
    }
}

/* A byte at a time, but not for ever */

static void bound_chunk(struct endplan_s *end)
{
  if (end->chunk < end->total / 256)
    {
      end->chunk = end->total / 256;
    }
}

static void make_flow(struct plan_s *plan, unsigned int i)
{
  struct flowplan_s *flow = &plan->element[i].flow;
  struct rnd_s rnd;

  rnd_begin(&rnd, plan->seed, 1000 + i);
  memset(flow, 0, sizeof(*flow));
  flow->client = (unsigned int)rnd_upto(&rnd, plan->nnodes);
  flow->server = (unsigned int)rnd_upto(&rnd, plan->nnodes - 1);
  if (flow->server >= flow->client)
    {
      flow->server++;
    }

  if (rnd_chance(&rnd, PERCENT(4)))
    {
      flow->server = flow->client;   /* Through the loopback device */
    }

  flow->start = rnd_chance(&rnd, PERCENT(50)) ? 0 : any_size(&rnd, 10, 31);
  if (rnd_chance(&rnd, PERCENT(15)))
    {
      flow->udp        = true;
      flow->datagrams  = (unsigned int)rnd_range(&rnd, 1, 30);
      flow->dgram_size = (uint32_t)any_size(&rnd, 5, 12);
    }

  make_end(&rnd, &flow->end[0]);
  make_end(&rnd, &flow->end[1]);
  make_pattern(&rnd, flow);
  bound_chunk(&flow->end[0]);
  bound_chunk(&flow->end[1]);
}

/* Faults *******************************************************************/

/* Some last longer than a connection waits (RFC 9293's R2) */

static void make_fault(struct plan_s *plan, unsigned int i)
{
  struct faultplan_s *fault = &plan->element[i].fault;
  unsigned int mtu;
  struct rnd_s rnd;

  rnd_begin(&rnd, plan->seed, 2000 + i);
  fault->kind   = (enum fault_e)rnd_upto(&rnd, NFAULTS);
  fault->node   = (unsigned int)rnd_upto(&rnd, plan->nnodes);
  mtu = plan->node[plan->router && fault->node == 0 ? 1 : fault->node].mtu;
  fault->start  = any_size(&rnd, 16, 32);
  fault->length = any_size(&rnd, 20, 33);
  if (fault->kind <= FAULT_CRASH && rnd_chance(&rnd, PERCENT(10)))
    {
      fault->length = rnd_range(&rnd, 100, 1500) * SEC;
    }

  switch (fault->kind)
    {
      case FAULT_MEMORY:
        fault->amount = (unsigned int)rnd_range(&rnd, PERCENT(1),
                                                PERCENT(60));
        break;

      case FAULT_POOL:
        fault->amount = (unsigned int)rnd_range(&rnd, 50, 100);
        break;

      case FAULT_MTU:
        fault->amount = (unsigned int)rnd_range(&rnd, MIN_MTU, mtu);
        break;

      default:
        break;
    }
}

/* All **********************************************************************/

void plan_make(struct plan_s *plan, uint64_t seed)
{
  unsigned int nflows;
  unsigned int nfaults;
  struct rnd_s rnd;
  bool clean;
  unsigned int i;

  memset(plan, 0, sizeof(*plan));
  plan->seed = seed;
  rnd_begin(&rnd, seed, 0);
  plan->nnodes = rnd_chance(&rnd, PERCENT(60)) ? 2 :
                 (unsigned int)rnd_range(&rnd, 3, MAX_NODES);
  plan->router = plan->nnodes >= 3 && rnd_chance(&rnd, PERCENT(40));
  plan->epoch  = rnd_chance(&rnd, PERCENT(50)) ? 0 : any_size(&rnd, 30, 55);
  nflows  = (unsigned int)rnd_range(&rnd, 1, rnd_chance(&rnd, PERCENT(20)) ?
                                    16 : 4);
  nfaults = rnd_chance(&rnd, PERCENT(50)) ? 0 :
            (unsigned int)rnd_range(&rnd, 1, 4);
  clean   = rnd_chance(&rnd, PERCENT(20));

  for (i = 0; i < plan->nnodes; i++)
    {
      struct nodeplan_s *node = &plan->node[i];

      rnd_begin(&rnd, seed, 100 + i);
      make_node(&rnd, node, clean);
    }

  /* One network has one MTU */

  for (i = 1; i < plan->nnodes; i++)
    {
      plan->node[i].mtu = plan->node[plan->router ? 1 + (i - 1) % 2 :
                                     0].mtu;
    }

  for (i = 0; i < nflows + nfaults; i++)
    {
      plan->element[i].is_fault = i >= nflows;
      if (i < nflows)
        {
          make_flow(plan, i);
        }
      else
        {
          make_fault(plan, i);
        }
    }

  plan->nelements = nflows + nfaults;
  plan_weigh(plan);
}

static bool loses(const struct linkplan_s *link)
{
  return link->loss + link->loss_bad + link->corrupt > 0;
}

/* ARP asks three times, a second apart; its answers wait like all else */

static bool stands(const struct linkplan_s *link)
{
  return link_standing(link) > SEC;
}

void plan_weigh(struct plan_s *plan)
{
  unsigned int i;

  plan->lossy = false;
  plan->slow  = false;
  for (i = 0; i < plan->nnodes; i++)
    {
      plan->lossy |= loses(&plan->node[i].out) || loses(&plan->node[i].in);
      plan->slow  |= stands(&plan->node[i].out) ||
                     stands(&plan->node[i].in);
    }
}

/* Does a fault touch this flow: its ends, or the router between them? */

bool plan_disturbed(const struct plan_s *plan, const struct flowplan_s *flow)
{
  unsigned int i;

  for (i = 0; i < plan->nelements; i++)
    {
      const struct faultplan_s *fault = &plan->element[i].fault;

      if (plan->element[i].is_fault && !plan->element[i].dropped &&
          (fault->node == flow->client || fault->node == flow->server ||
           (plan->router && fault->node == 0)))
        {
          return true;
        }
    }

  return false;
}

uint64_t plan_crash(const struct plan_s *plan, unsigned int node)
{
  uint64_t last = 0;
  unsigned int i;

  for (i = 0; i < plan->nelements; i++)
    {
      const struct faultplan_s *fault = &plan->element[i].fault;

      if (plan->element[i].is_fault && !plan->element[i].dropped &&
          fault->kind == FAULT_CRASH && fault->node == node &&
          fault->start > last)
        {
          last = fault->start;
        }
    }

  return last;
}

/* As text ******************************************************************/

static const char *const g_gates[] =
{
  "all", "echo", "request", "response", "later"
};

static const char *const g_faults[] =
{
  "partition", "carrier", "crash", "memory", "pool", "mtu"
};

static size_t print_end(const struct endplan_s *end, char *buf, size_t size)
{
  return (size_t)snprintf(buf, size, "%s %u by %u, reads %u%s%s%s%s%s%s",
                          g_gates[end->gate], end->total, end->chunk,
                          end->readsize, end->readpace > 0 ? " slowly" : "",
                          end->abort_at > 0 ? ", resets" : "",
                          end->early_close ? ", closes early" : "",
                          end->cork ? ", cork" : "",
                          end->sndbuf > 0 ? ", sndbuf" : "",
                          end->rcvbuf > 0 ? ", rcvbuf" : "");
}

const char *plan_element(const struct plan_s *plan, unsigned int i,
                         char *buf, size_t size)
{
  const struct flowplan_s *flow = &plan->element[i].flow;
  const struct faultplan_s *fault = &plan->element[i].fault;
  size_t n;

  if (plan->element[i].is_fault)
    {
      snprintf(buf, size, "%u: fault: %s of node %u from %.6f s for %.6f s, "
               "%u", i, g_faults[fault->kind], fault->node,
               (double)fault->start / 1e9, (double)fault->length / 1e9,
               fault->amount);
      return buf;
    }

  n = (size_t)snprintf(buf, size, "%u: %s from node %u to %u at %.6f s: ", i,
                       flow->udp ? "UDP" : "TCP", flow->client,
                       flow->server, (double)flow->start / 1e9);
  if (flow->udp)
    {
      snprintf(buf + n, size - n, "%u datagrams of up to %u",
               flow->datagrams, flow->dgram_size);
      return buf;
    }

  n += print_end(&flow->end[0], buf + n, size - n);
  n += (size_t)snprintf(buf + n, size - n, "; server: ");
  print_end(&flow->end[1], buf + n, size - n);
  return buf;
}

static void print_link(const char *name, const struct linkplan_s *link)
{
  printf("    %s: %llu bit/s, %.3f ms", name, (unsigned long long)link->rate,
         (double)link->delay / 1e6);
  if (link->jitter > 0)
    {
      printf(" +- %.3f", (double)link->jitter / 1e6);
    }

  if (link->loss + link->loss_bad > 0)
    {
      printf(", loss %.2f %%", link->loss / 1e4);
    }

  if (link->loss_bad > 0)
    {
      printf(" (%.2f %% in bursts)", link->loss_bad / 1e4);
    }

  printf(", reorders %.2f %%, doubles %.2f %%, damages %.2f %%\n",
         link->reorder / 1e4, link->dup / 1e4, link->corrupt / 1e4);
}

void plan_print(const struct plan_s *plan)
{
  char buf[512];
  unsigned int i;

  printf("seed %llu: %u nodes%s\n", (unsigned long long)plan->seed,
         plan->nnodes, plan->router ? ", of which 0 is a router" : "");
  for (i = 0; i < plan->nnodes; i++)
    {
      const struct nodeplan_s *node = &plan->node[i];

      printf("  %snode %u: MTU %u, pool %s%s%s, depth %u\n",
             node->absent ? "(left out) " : "", i, node->mtu,
             node->small ? "64k" : "4m", node->hold ? ", keeps frames" : "",
             node->sg ? ", scatter-gather" : "", node->depth);
      print_link("out", &node->out);
      print_link("in ", &node->in);
    }

  for (i = 0; i < plan->nelements; i++)
    {
      printf("  %s%s\n", plan->element[i].dropped ? "(left out) " : "",
             plan_element(plan, i, buf, sizeof(buf)));
    }
}
