/* tests/host/netsim/world.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The world: one queue of events, and the deadlines of the nodes; whatever is
 * first happens next, and time jumps there.
 *
 *   node --out link--> hub --in link--> every node that the frame is for
 *
 * With a router there are two hubs, and node 0 is at both.  What a link does
 * is in link.c.
 *
 * A run has two parts.  In the first the flows do their work, in a bounded
 * time.  Then all sockets are closed, and in a bounded time every node must
 * have every buffer back and no endpoint left.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netsim.h"

#define WORK_TIME   (7200 * SEC)     /* For the flows, at most */
#define CRASH_TIME  (1200 * SEC)     /* ... those with a dead peer */
#define CLOSE_TIME  (7200 * SEC)     /* For what is left of them */
#define EVENTS_MAX  20000000u
#define ETH_HDRLEN  14

enum kind_e
{
  EV_HUB = 1,                        /* A frame comes out of an out link */
  EV_DELIVER,                        /* ... of an in link */
  EV_DONE,                           /* A frame is no longer read */
  EV_FLOW,                           /* flow_wake() */
  EV_START,                          /* A flow or a fault begins */
  EV_STOP                            /* A fault ends */
};

struct event_s
{
  uint64_t when;
  uint64_t seq;
  enum kind_e kind;
  unsigned int node;                 /* Or element */
  unsigned int dev;                  /* Or side */
  uint8_t *data;
  size_t len;
};

struct port_s                        /* A device of a node */
{
  struct link_s link[2];             /* Out, in */
  unsigned int node;
  unsigned int dev;
};

const char *g_library[2];

static struct nxnet_s *g_nodes[2][MAX_NODES];
static struct world_s g_world;
static struct port_s g_port[MAX_NODES][MAX_DEVS];
static unsigned int g_parted[MAX_NODES];   /* Partitions under way */
static uint64_t g_lastfault;         /* When the last one ends */
static struct event_s *g_heap;
static size_t g_nevents;
static size_t g_room;
static uint64_t g_seq;
static jmp_buf g_panic;

/* Saying so ****************************************************************/

uint64_t world_kind(const char *kind)
{
  uint64_t hash = UINT64_C(14695981039346656037);

  for (; *kind != '\0'; kind++)
    {
      hash = (hash ^ (uint8_t)*kind) * UINT64_C(1099511628211);
    }

  return hash;
}

static void fail(struct world_s *world, const char *kind, const char *fmt,
                 va_list ap)
{
  struct result_s *result = world->result;
  size_t n;

  if (result->failed)
    {
      return;
    }

  result->failed = true;
  result->kind   = world_kind(kind);
  n = (size_t)snprintf(result->text, sizeof(result->text), "at %.9f s: ",
                       (double)(world->now - world->plan->epoch) / 1e9);
  vsnprintf(result->text + n, sizeof(result->text) - n, fmt, ap);
}

void world_fail(struct world_s *world, const char *fmt, ...)
{
  va_list ap;

  va_start(ap, fmt);
  fail(world, fmt, fmt, ap);
  va_end(ap);
}

void world_fail_as(struct world_s *world, const char *kind, const char *fmt,
                   ...)
{
  va_list ap;

  va_start(ap, fmt);
  fail(world, kind, fmt, ap);
  va_end(ap);
}

void world_trace(struct world_s *world, const char *fmt, ...)
{
  va_list ap;

  if (world->options->verbose)
    {
      printf("%14.9f ", (double)(world->now - world->plan->epoch) / 1e9);
      va_start(ap, fmt);
      vprintf(fmt, ap);
      va_end(ap);
      printf("\n");
    }
}

void world_mix(struct world_s *world, uint64_t value)
{
  uint64_t *digest = &world->result->digest;

  *digest  = (*digest ^ value) * UINT64_C(0x9e3779b97f4a7c15);
  *digest ^= *digest >> 29;
}

static void mix_bytes(const uint8_t *data, size_t len)
{
  uint64_t word;

  for (; len >= sizeof(word); len -= sizeof(word), data += sizeof(word))
    {
      memcpy(&word, data, sizeof(word));
      world_mix(&g_world, word);
    }

  word = len;
  memcpy(&word, data, len);
  world_mix(&g_world, word);
}

/* Events: a binary heap ****************************************************/

static bool earlier(const struct event_s *a, const struct event_s *b)
{
  return a->when != b->when ? a->when < b->when : a->seq < b->seq;
}

static void push(uint64_t when, enum kind_e kind, unsigned int node,
                 unsigned int dev, const void *data, size_t len)
{
  struct event_s event =
  {
    when, g_seq++, kind, node, dev, NULL, len
  };

  size_t i = g_nevents++;

  if (g_nevents > g_room)
    {
      g_room = g_room == 0 ? 256 : 2 * g_room;
      g_heap = realloc(g_heap, g_room * sizeof(*g_heap));
      if (g_heap == NULL)
        {
          abort();
        }
    }

  if (len > 0)
    {
      event.data = malloc(len);
      if (event.data == NULL)
        {
          abort();
        }

      memcpy(event.data, data, len);
    }

  for (; i > 0 && earlier(&event, &g_heap[(i - 1) / 2]); i = (i - 1) / 2)
    {
      g_heap[i] = g_heap[(i - 1) / 2];
    }

  g_heap[i] = event;
}

static struct event_s pop(void)
{
  struct event_s first = g_heap[0];
  struct event_s last = g_heap[--g_nevents];
  size_t i = 0;
  size_t child;

  while ((child = 2 * i + 1) < g_nevents)
    {
      if (child + 1 < g_nevents &&
          earlier(&g_heap[child + 1], &g_heap[child]))
        {
          child++;
        }

      if (!earlier(&g_heap[child], &last))
        {
          break;
        }

      g_heap[i] = g_heap[child];
      i         = child;
    }

  g_heap[i] = last;
  return first;
}

static void drop_events(void)
{
  while (g_nevents > 0)
    {
      free(g_heap[--g_nevents].data);
    }
}

void world_wake(struct world_s *world, uint64_t when, unsigned int element,
                unsigned int side)
{
  (void)world;
  push(when, EV_FLOW, element, side, NULL, 0);
}

/* Networks *****************************************************************/

static unsigned int ndevs(unsigned int node)
{
  return g_world.plan->router && node == 0 ? 2 : 1;
}

static unsigned int network_of(unsigned int node, unsigned int dev)
{
  return !g_world.plan->router ? 0 : node == 0 ? dev : (node - 1) % 2;
}

static uint32_t address(unsigned int node, unsigned int network)
{
  return 0x0a000001u + network * 0x100 + node;
}

static unsigned int mtu_of(unsigned int node, unsigned int dev)
{
  return g_world.plan->node[ndevs(node) == 2 ? 1 + dev : node].mtu;
}

/* The address of a node for one who is on the network of "towards" */

uint32_t world_addr(const struct world_s *world, unsigned int node,
                    unsigned int towards)
{
  return address(node, network_of(world->plan->router && node == 0 ? towards :
                                  node, 0));
}

/* Frames *******************************************************************/

/* A frame enters the link of a port, in a direction, and leaves it as events:
 * none, one or two.  When its last bit is on the link.
 */

static uint64_t through(struct port_s *port, unsigned int dir,
                        const struct linkplan_s *plan, uint8_t *data,
                        size_t len)
{
  enum kind_e kind = dir == 0 ? EV_HUB : EV_DELIVER;
  struct passage_s passage;
  unsigned int i;

  link_pass(&port->link[dir], plan, g_world.now, data, len, &passage);
  if (g_parted[port->node] > 0 && passage.when > 0)
    {
      passage.when = 0;
      passage.fate = FATE_PARTED;
    }

  for (i = 0; i < NFATES; i++)
    {
      g_world.result->tally[TALLY_LINK + i] += passage.fate >> i & 1;
    }

  for (i = 0; passage.when > 0 &&
              i < ((passage.fate & FATE_TWICE) != 0 ? 2 : 1); i++)
    {
      push(passage.when, kind, port->node, port->dev, data, len);
    }

  return passage.sent;
}

/* A node sends */

static void output(void *arg, const void *frame, size_t len)
{
  struct port_s *port = arg;
  const struct nodeplan_s *plan = &g_world.plan->node[port->node];
  uint8_t copy[9100];
  uint64_t sent = g_world.now;

  if (len > sizeof(copy) || len > mtu_of(port->node, port->dev) + ETH_HDRLEN)
    {
      world_fail(&g_world, "node %u sends a frame of %zu bytes", port->node,
                 len);
      return;
    }

  g_world.result->frames++;
  world_mix(&g_world, g_world.now ^ (uint64_t)port->node << 56);
  memcpy(copy, frame, len);
  mix_bytes(copy, len);
  sabotage_sent(&g_world, copy, len);
  oracle_frame(&g_world, port->node, copy, len);
  if (!sabotage_under_way(&g_world, copy, len))
    {
      sent = through(port, 0, &plan->out, copy, len);
    }

  if (plan->hold)
    {
      push(sent, EV_DONE, port->node, port->dev, NULL, 0);
    }
}

static void hub(struct event_s *event)
{
  unsigned int network = network_of(event->node, event->dev);
  unsigned int node;
  unsigned int dev;

  for (node = 0; node < g_world.plan->nnodes; node++)
    {
      for (dev = 0; dev < ndevs(node); dev++)
        {
          uint8_t *data = event->data;
          uint8_t copy[9100];

          if (node != event->node && network_of(node, dev) == network &&
              !g_world.off[node] &&
              ((data[0] & 1) != 0 || data[5] == node + 1))
            {
              memcpy(copy, data, event->len);
              through(&g_port[node][dev], 1, &g_world.plan->node[node].in,
                      copy, event->len);
            }
        }
    }
}

/* Nodes ********************************************************************/

static void panic(void *arg, const char *text)
{
  (void)arg;
  world_fail_as(&g_world, text, "assertion failed: %s", text);
  longjmp(g_panic, 1);
}

static void config_make(unsigned int node, struct nxnet_config_s *config)
{
  struct rnd_s rnd;

  rnd_begin(&rnd, g_world.plan->seed, 300 + node);
  memset(config, 0, sizeof(*config));
  config->seed       = rnd_next(&rnd) + g_world.now;
  config->now        = g_world.now;
  config->forwarding = g_world.plan->router && node == 0;
  config->panic      = panic;
  config->object     = g_library[g_world.plan->node[node].small];
}

static bool ok(unsigned int node, int ret, const char *what)
{
  if (ret < 0)
    {
      world_fail(&g_world, "node %u: %s: %s %s", node, what, strerror(-ret),
                 nxnet_error());
    }

  return ret >= 0;
}

/* Devices, addresses, routes: the node is on */

static void node_on(unsigned int node)
{
  const struct nodeplan_s *plan = &g_world.plan->node[node];
  struct nxnet_s *nx = g_world.node[node];
  unsigned int dev;

  nxnet_advance(nx, g_world.now);
  for (dev = 0; dev < ndevs(node); dev++)
    {
      unsigned int network = network_of(node, dev);
      struct nxnet_device_s device =
      {
        .name   = dev == 0 ? "eth0" : "eth1",
        .mtu    = mtu_of(node, dev),
        .depth  = plan->depth,
        .flags  = (plan->hold ? NXNET_HOLD : 0) | (plan->sg ? NXNET_SG : 0),
        .mac    = { 2, 0, 0, 0, (uint8_t)network, (uint8_t)(node + 1) },
        .output = output,
        .arg    = &g_port[node][dev],
      };

      struct in_addr addr =
      {
        htonl(address(node, network))
      };

      g_world.dev[node][dev] = nxnet_device_add(nx, &device);
      if (!ok(node, g_world.dev[node][dev], "nxnet_device_add") ||
          !ok(node, nxnet_address_add(nx, g_world.dev[node][dev], addr, 24),
              "nxnet_address_add"))
        {
          return;
        }
    }

  if (g_world.plan->router && node != 0)
    {
      struct in_addr any =
      {
        0
      };

      struct in_addr gateway =
      {
        htonl(address(0, network_of(node, 0)))
      };

      ok(node, nxnet_route_add(nx, any, 0, gateway, g_world.dev[node][0]),
         "nxnet_route_add");
    }
}

static bool node_begin(unsigned int node)
{
  struct nxnet_s **place =
    &g_nodes[g_world.plan->node[node].small][node];
  struct nxnet_config_s config;

  config_make(node, &config);
  memset(g_port[node], 0, sizeof(g_port[node]));
  for (unsigned int dev = 0; dev < MAX_DEVS; dev++)
    {
      struct port_s *port = &g_port[node][dev];

      port->node = node;
      port->dev  = dev;
      link_begin(&port->link[0], g_world.plan->seed,
                 400 + node * 4 + dev * 2);
      link_begin(&port->link[1], g_world.plan->seed,
                 401 + node * 4 + dev * 2);
    }

  if (!ok(node, *place == NULL ? nxnet_create(&config, place) :
                                 nxnet_reset(*place, &config), "begin"))
    {
      return false;
    }

  g_world.node[node] = *place;
  node_on(node);
  return true;
}

/* Let the node do what is due and the programs what they were told, until
 * nothing of it is left; then look whether all is as it must be.
 */

static void serve(unsigned int node)
{
  struct nxnet_s *nx = g_world.node[node];
  unsigned int turns = 0;

  if (g_world.off[node])
    {
      return;
    }

  do
    {
      nxnet_advance(nx, g_world.now);
      flow_node(&g_world, node);
    }
  while (nxnet_next(nx) <= g_world.now && ++turns < 10000);

  if (turns == 10000)
    {
      world_fail(&g_world, "node %u: time stands still", node);
    }

  oracle_node(&g_world, node);
}

/* Faults *******************************************************************/

static void crash(unsigned int node)
{
  struct nxnet_config_s config;

  flow_crash(&g_world, node);
  oracle_crash(node);
  config_make(node, &config);
  g_world.off[node] = true;
  ok(node, nxnet_reset(g_world.node[node], &config), "crash");
}

static void each_carrier(unsigned int node, bool on)
{
  unsigned int dev;

  for (dev = 0; dev < ndevs(node); dev++)
    {
      nxnet_carrier(g_world.node[node], g_world.dev[node][dev], on);
    }
}

static void pool(unsigned int node, unsigned int percent)
{
  uint64_t size = 0;

  nxnet_counter(g_world.node[node], "pool.size", &size);
  nxnet_pool_take(g_world.node[node], (size_t)(size * percent / 100));
}

/* --sabotage=crash, hang */

static void break_down(unsigned int element)
{
  volatile bool ever = true;

  if (sabotage_now(&g_world, SABOTAGE_CRASH, element))
    {
      raise(SIGSEGV);
    }

  while (ever && sabotage_now(&g_world, SABOTAGE_HANG, element));
}

static void fault(unsigned int element, bool begin)
{
  const struct faultplan_s *f = &g_world.plan->element[element].fault;
  struct nxnet_s *nx = g_world.node[f->node];

  if (f->kind != FAULT_CRASH && f->kind != FAULT_PARTITION &&
      g_world.off[f->node])
    {
      return;                        /* A new start has none of it */
    }

  if (begin)
    {
      g_world.result->tally[TALLY_FAULT + f->kind]++;
      break_down(element);
    }

  nxnet_advance(nx, g_world.now);
  switch (f->kind)
    {
      case FAULT_PARTITION:
        g_parted[f->node] += begin ? 1 : -1u;
        break;

      case FAULT_CARRIER:
        each_carrier(f->node, !begin);
        break;

      case FAULT_CRASH:
        if (begin && !g_world.off[f->node])
          {
            crash(f->node);
          }
        else if (!begin && g_world.off[f->node])
          {
            g_world.off[f->node] = false;
            g_world.result->tally[TALLY_REBOOT]++;
            node_on(f->node);
          }

        break;

      case FAULT_MEMORY:
        nxnet_fail_rate(nx, begin ? f->amount : 0);
        break;

      case FAULT_POOL:
        pool(f->node, begin ? f->amount : 0);
        break;

      default:
        nxnet_set_mtu(nx, g_world.dev[f->node][0],
                      begin ? f->amount : mtu_of(f->node, 0));
        break;
    }
}

/* Events *******************************************************************/

static bool more_follows(const struct event_s *event)
{
  return g_world.plan->node[event->node].more && g_nevents > 0 &&
         g_heap[0].kind == EV_DELIVER && g_heap[0].when == event->when &&
         g_heap[0].node == event->node && g_heap[0].dev == event->dev;
}

static void element_begins(unsigned int element)
{
  if (g_world.plan->element[element].is_fault)
    {
      fault(element, true);
      serve(g_world.plan->element[element].fault.node);
    }
  else
    {
      flow_start(&g_world, element);
      serve(g_world.plan->element[element].flow.server);
      serve(g_world.plan->element[element].flow.client);
    }
}

static void happen(struct event_s *event)
{
  unsigned int node = event->node;
  bool more;

  world_mix(&g_world, event->when + event->kind);
  switch (event->kind)
    {
      case EV_HUB:
        hub(event);
        break;

      case EV_DELIVER:
        if (g_world.off[node])
          {
            break;
          }

        more = more_follows(event);
        nxnet_advance(g_world.node[node], g_world.now);
        nxnet_input(g_world.node[node], g_world.dev[node][event->dev],
                    event->data, event->len, more);
        if (!more)
          {
            serve(node);
          }

        break;

      case EV_DONE:
        if (!g_world.off[node])
          {
            nxnet_advance(g_world.node[node], g_world.now);
            nxnet_output_done(g_world.node[node],
                              g_world.dev[node][event->dev], 1);
            serve(node);
          }

        break;

      case EV_FLOW:
        flow_wake(&g_world, node, event->dev);
        serve(g_world.plan->element[node].flow.client);
        serve(g_world.plan->element[node].flow.server);
        break;

      case EV_START:
        element_begins(node);
        break;

      case EV_STOP:
        fault(node, false);
        serve(g_world.plan->element[node].fault.node);
        break;
    }

  free(event->data);
}

/* The next thing that happens, not later than "limit"; false: nothing */

static bool step(uint64_t limit)
{
  uint64_t when = g_nevents > 0 ? g_heap[0].when : NXNET_NEVER;
  unsigned int who = MAX_NODES;
  unsigned int i;

  for (i = 0; i < g_world.plan->nnodes; i++)
    {
      uint64_t next = g_world.node[i] == NULL ? NXNET_NEVER :
                      nxnet_next(g_world.node[i]);

      if (next < when)
        {
          when = next;
          who  = i;
        }
    }

  if (when > limit || g_world.result->failed)
    {
      return false;
    }

  g_world.now = when > g_world.now ? when : g_world.now;
  if (++g_world.result->events > EVENTS_MAX)
    {
      world_fail(&g_world, "no end: %u events", EVENTS_MAX);
    }

  if (who < MAX_NODES)
    {
      world_mix(&g_world, when + who);
      if (g_world.off[who])
        {
          nxnet_advance(g_world.node[who], when);
        }

      serve(who);
    }
  else
    {
      struct event_s event = pop();

      happen(&event);
    }

  return true;
}

/* All buffers are back and no endpoint is left? */

static bool clean(char *why, size_t size)
{
  static const char *const names[] =
  {
    "pool.used", "pool.views", "endpoints", "sockets"
  };

  unsigned int node;
  size_t i;

  for (node = 0; node < g_world.plan->nnodes; node++)
    {
      for (i = 0; i < sizeof(names) / sizeof(names[0]) &&
                  g_world.node[node] != NULL; i++)
        {
          uint64_t value = 0;

          nxnet_counter(g_world.node[node], names[i], &value);
          if (value != 0)
            {
              snprintf(why, size, "node %u has %s = %llu", node, names[i],
                       (unsigned long long)value);
              return false;
            }
        }
    }

  return true;
}

static void prepare(void)
{
  const struct plan_s *plan = g_world.plan;
  unsigned int i;

  for (i = 0; i < plan->nnodes; i++)
    {
      g_world.off[i] = plan->node[i].absent;
      if (!plan->node[i].absent && !node_begin(i))
        {
          return;
        }
    }

  for (i = 0; i < plan->nelements; i++)
    {
      const struct faultplan_s *f = &plan->element[i].fault;

      if (plan->element[i].dropped)
        {
          continue;
        }

      push(plan->epoch + (plan->element[i].is_fault ? f->start :
           plan->element[i].flow.start), EV_START, i, 0, NULL, 0);
      if (plan->element[i].is_fault)
        {
          push(plan->epoch + f->start + f->length, EV_STOP, i, 0, NULL, 0);
          if (f->start + f->length > g_lastfault)
            {
              g_lastfault = f->start + f->length;
            }
        }
    }
}

static void play(void)
{
  uint64_t begin = g_world.now;
  uint64_t limit;
  char why[160];
  bool done = false;

  prepare();
  limit = begin + g_lastfault + WORK_TIME;
  why[0] = '\0';
  while (!done && step(limit))
    {
      done = flow_done(&g_world, why, sizeof(why)) &&
             g_world.now > begin + g_lastfault;
      flow_patience(&g_world);
    }

  /* If nothing happens any more, nothing will until then */

  if (!done && !g_world.result->failed)
    {
      g_world.now = limit;
      if (!flow_done(&g_world, why, sizeof(why)))
        {
          world_fail(&g_world, "no progress: %s", why);
        }
    }

  flow_verdict(&g_world);
  flow_close(&g_world);
  limit = g_world.now + CLOSE_TIME;
  for (done = clean(why, sizeof(why)); !done && step(limit); )
    {
      done = (g_world.result->events & 7) == 0 && clean(why, sizeof(why));
    }

  if (!done && !clean(why, sizeof(why)))
    {
      world_fail(&g_world, "after all was closed %s", why);
    }

  g_world.atend = true;
  for (unsigned int i = 0; i < g_world.plan->nnodes; i++)
    {
      oracle_node(&g_world, i);
    }
}

static void finish(bool panicked)
{
  unsigned int i;

  drop_events();
  for (i = 0; i < g_world.plan->nnodes; i++)
    {
      if (g_world.node[i] == NULL)
        {
          continue;
        }

      if (panicked)                  /* What is in it is not to be used */
        {
          g_nodes[g_world.plan->node[i].small][i] = NULL;
        }
      else
        {
          g_world.off[i] = true;
          ok(i, nxnet_reset(g_world.node[i], NULL), "the end");
        }
    }
}

void world_run(const struct plan_s *plan, const struct options_s *options,
               struct result_s *result)
{
  memset(result, 0, sizeof(*result));
  memset(&g_world, 0, sizeof(g_world));
  memset(g_parted, 0, sizeof(g_parted));
  g_world.plan    = plan;
  g_world.result  = result;
  g_world.now     = plan->epoch;
  g_world.options = options;
  g_lastfault     = 0;
  g_seq           = 0;
  flow_reset();
  oracle_reset();
  wire_reset();
  sabotage_reset(&g_world);
  if (setjmp(g_panic) == 0)
    {
      play();
      finish(false);
    }
  else
    {
      finish(true);
    }

  result->virtual = g_world.now - plan->epoch;
}

void world_end(void)
{
  unsigned int i;
  unsigned int j;

  for (i = 0; i < 2; i++)
    {
      for (j = 0; j < MAX_NODES; j++)
        {
          nxnet_destroy(g_nodes[i][j]);
          g_nodes[i][j] = NULL;
        }
    }

  free(g_heap);
  g_heap = NULL;
  g_room = 0;
}
