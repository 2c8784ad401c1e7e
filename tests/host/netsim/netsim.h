/* tests/host/netsim/netsim.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * netsim: a network of nodes (nxnet.h) in virtual time.
 *
 *   plan.c     what a seed means: nodes, links, flows, faults
 *   world.c    the events, one after another; links; crashes
 *   flow.c     the programs of the nodes: what they send and expect
 *   oracle.c   what must be true after every event
 *   main.c     seeds, failures, replay, shrinking
 *
 * A plan is a list of elements: the flows and the faults.  Each is drawn from
 * a stream of random numbers of its own, made of the seed and the number of
 * the element, and everything that happens to a link is drawn from one of the
 * link's.  So an element can be left out without the others becoming
 * different ones: that is how a failure is made smaller.
 */

#ifndef __TESTS_HOST_NETSIM_NETSIM_H
#define __TESTS_HOST_NETSIM_NETSIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nxnet.h>

#define USEC ((uint64_t)1000)
#define MSEC (1000 * USEC)
#define SEC  (1000 * MSEC)

#define MAX_NODES    8
#define MAX_DEVS     2               /* Of a node: a router has two */
#define MAX_ELEMENTS 40
#define PER_MILLION  1000000u

/* Random numbers ***********************************************************/

struct rnd_s
{
  uint64_t state;
};

void rnd_begin(struct rnd_s *rnd, uint64_t seed, uint64_t stream);
uint64_t rnd_next(struct rnd_s *rnd);
uint64_t rnd_upto(struct rnd_s *rnd, uint64_t n);      /* 0 .. n - 1 */
uint64_t rnd_range(struct rnd_s *rnd, uint64_t low, uint64_t high);
bool rnd_chance(struct rnd_s *rnd, unsigned int ppm);

/* The plan *****************************************************************/

/* What a link does to the frames of one direction */

struct linkplan_s
{
  uint64_t rate;                     /* Bits per second */
  uint64_t delay;
  uint64_t jitter;
  unsigned int loss;                 /* Per million; in the good state */
  unsigned int loss_bad;             /* Gilbert-Elliott: in the bad one */
  unsigned int to_bad;
  unsigned int to_good;
  unsigned int reorder;              /* So many are late ... */
  uint64_t late;                     /* ... by this */
  unsigned int dup;
  unsigned int corrupt;
  unsigned int queue;                /* Frames that wait for the rate */
};

struct nodeplan_s
{
  bool small;                        /* A pool of 64 KiB */
  bool hold;                         /* Frames are kept while being sent */
  bool sg;
  bool more;                         /* Frames of one moment are one batch */
  unsigned int depth;
  unsigned int mtu;
  struct linkplan_s out;
  struct linkplan_s in;
};

enum gate_e                          /* How much may be sent by now */
{
  GATE_ALL,                          /* Everything */
  GATE_ECHO,                         /* As much as has been received */
  GATE_REQUEST,                      /* The next one when all is answered */
  GATE_RESPONSE,                     /* An answer for each request */
  GATE_LATER                         /* All, when the peer has shut down */
};

struct endplan_s
{
  enum gate_e gate;
  uint32_t total;                    /* Bytes to send */
  uint32_t chunk;                    /* At most, in a call */
  uint32_t readsize;
  uint64_t readpace;                 /* Time between two reads; 0: none */
  uint64_t sendpace;
  uint32_t abort_at;                 /* Reset after so many received; 0: no */
  bool early_close;                  /* close() with data on its way */
  bool nodelay;
  bool cork;
  bool cubic;
  bool iovec;                        /* sendmsg() and recvmsg() */
  int sndbuf;                        /* 0: as it is */
  int rcvbuf;
};

struct flowplan_s
{
  bool udp;
  unsigned int client;               /* Node */
  unsigned int server;
  uint64_t start;
  uint32_t request;                  /* Bytes, with GATE_REQUEST */
  uint32_t response;
  unsigned int datagrams;            /* UDP */
  uint32_t dgram_size;
  struct endplan_s end[2];           /* Client, server */
};

enum fault_e
{
  FAULT_PARTITION,                   /* A node's link is dead */
  FAULT_CARRIER,                     /* ... and the node knows */
  FAULT_CRASH,                       /* Power off, and on */
  FAULT_MEMORY,                      /* Allocations fail */
  FAULT_POOL,                        /* Buffers are scarce */
  FAULT_MTU,                         /* The MTU of a device becomes smaller */
  NFAULTS
};

struct faultplan_s
{
  enum fault_e kind;
  unsigned int node;
  uint64_t start;
  uint64_t length;
  unsigned int amount;               /* ppm, per cent, MTU */
};

struct plan_s
{
  uint64_t seed;
  uint64_t epoch;                    /* The clocks begin here */
  unsigned int nnodes;
  bool router;                       /* Node 0 has two networks */
  struct nodeplan_s node[MAX_NODES];
  unsigned int nelements;
  struct
  {
    bool dropped;                    /* Left out: shrinking */
    bool is_fault;
    struct flowplan_s flow;
    struct faultplan_s fault;
  } element[MAX_ELEMENTS];
  bool lossy;                        /* Something gets lost by itself */
};

void plan_make(struct plan_s *plan, uint64_t seed);
void plan_print(const struct plan_s *plan);
const char *plan_element(const struct plan_s *plan, unsigned int i,
                         char *buf, size_t size);

/* May the flow end with an error, because of a fault that touches it? */

bool plan_disturbed(const struct plan_s *plan,
                    const struct flowplan_s *flow);

/* When a node crashes, the last time; 0: never */

uint64_t plan_crash(const struct plan_s *plan, unsigned int node);

/* The world ****************************************************************/

struct result_s
{
  bool failed;
  char text[256];                    /* What was wrong */
  uint64_t virtual;                  /* ns that passed */
  uint64_t events;
  uint64_t frames;
  uint64_t bytes;                    /* Of users, received */
  uint64_t digest;                   /* Of everything that happened */
};

struct end_s;

struct world_s
{
  const struct plan_s *plan;
  struct nxnet_s *node[MAX_NODES];
  int dev[MAX_NODES][MAX_DEVS];
  bool off[MAX_NODES];               /* Crashed, not rebooted yet */
  uint64_t now;
  struct result_s *result;
  bool verbose;
  bool strict;                       /* Verify every pool every time */
};

/* Where the libraries are: [1] is the one with the small pool */

extern const char *g_library[2];

void world_run(const struct plan_s *plan, struct result_s *result,
               bool verbose, bool strict);
void world_end(void);                /* Nodes are kept from run to run */

/* The first failure counts */

void world_fail(struct world_s *world, const char *fmt, ...)
  __attribute__((format(printf, 2, 3)));
void world_trace(struct world_s *world, const char *fmt, ...)
  __attribute__((format(printf, 2, 3)));
void world_mix(struct world_s *world, uint64_t value);

/* Call flow_wake(element, side) at that time */

void world_wake(struct world_s *world, uint64_t when, unsigned int element,
                unsigned int side);
uint32_t world_addr(const struct world_s *world, unsigned int node,
                    unsigned int towards);

/* Flows ********************************************************************/

void flow_reset(void);
void flow_start(struct world_s *world, unsigned int element);
void flow_wake(struct world_s *world, unsigned int element,
               unsigned int side);

/* Something happened on the node: serve the sockets that were told */

void flow_node(struct world_s *world, unsigned int node);

/* The node is no more, and its sockets neither */

void flow_crash(struct world_s *world, unsigned int node);

/* All flows are over; if not, why the first one is not */

bool flow_done(struct world_s *world, char *why, size_t size);
void flow_close(struct world_s *world);
void flow_verdict(struct world_s *world);

/* Oracles ******************************************************************/

void oracle_reset(void);
void oracle_node(struct world_s *world, unsigned int node);
void oracle_crash(unsigned int node);

/* A frame as a node has sent it */

void oracle_frame(struct world_s *world, unsigned int node,
                  const uint8_t *frame, size_t len);

#endif /* __TESTS_HOST_NETSIM_NETSIM_H */
