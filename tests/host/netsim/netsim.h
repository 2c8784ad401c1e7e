/* tests/host/netsim/netsim.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * netsim: a network of nodes (nxnet.h) in virtual time.
 *
 *   plan.c     what a seed means: nodes, links, flows, faults
 *   cut.c      what is left out of a plan
 *   link.c     what a link does to a frame
 *   world.c    the events, one after another; crashes
 *   flow.c     the programs of the nodes: what they send and expect
 *   oracle.c   what must be true of a node after every event
 *   wire.c     what must be true of every segment that a node sends
 *   sabotage.c faults of the simulator itself, to see that it finds them
 *   run.c      seeds in processes of their own
 *   shrink.c   a failure is made smaller
 *   main.c     the command
 *
 * A plan is a list of elements: the flows and the faults.  Each is drawn from
 * a stream of random numbers of its own, made of the seed and the number of
 * the element, and everything that happens to a link is drawn from one of the
 * link's.  So an element can be left out without the others becoming
 * different ones: that is how a failure is made smaller.
 */

#ifndef __TESTS_HOST_NETSIM_NETSIM_H
#define __TESTS_HOST_NETSIM_NETSIM_H

#include <signal.h>
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
#define TEXT_MAX     320
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

/* ... and what it has done: links count it by the number of the bit */

#define FATE_LOST    (1u << 0)       /* By itself */
#define FATE_BURST   (1u << 1)       /* ... in the bad state */
#define FATE_FULL    (1u << 2)       /* No place in the queue */
#define FATE_PARTED  (1u << 3)
#define FATE_LATE    (1u << 4)
#define FATE_TWICE   (1u << 5)
#define FATE_DAMAGED (1u << 6)
#define NFATES       7

struct link_s
{
  struct rnd_s rnd;
  uint64_t busy;                     /* Until then, with frames */
  bool bad;                          /* Gilbert-Elliott */
};

struct passage_s
{
  uint64_t sent;                     /* The last bit is on the link */
  uint64_t when;                     /* It leaves the link; 0: it does not */
  unsigned int fate;
};

void link_begin(struct link_s *link, uint64_t seed, uint64_t stream);

/* So long a frame may stand in the queue */

uint64_t link_standing(const struct linkplan_s *plan);

/* A frame enters a link now; it may be changed */

void link_pass(struct link_s *link, const struct linkplan_s *plan,
               uint64_t now, uint8_t *data, size_t len,
               struct passage_s *passage);

struct nodeplan_s
{
  bool absent;                       /* Left out: shrinking */
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
  bool slow;                         /* ARP may give up behind a queue */
};

void plan_make(struct plan_s *plan, uint64_t seed);
void plan_weigh(struct plan_s *plan);       /* lossy, slow */
void plan_print(const struct plan_s *plan);
const char *plan_element(const struct plan_s *plan, unsigned int i,
                         char *buf, size_t size);

/* What is left out of a plan */

#define CUT_JITTER  (1u << 0)
#define CUT_LOSS    (1u << 1)
#define CUT_REORDER (1u << 2)
#define CUT_DUP     (1u << 3)
#define CUT_CORRUPT (1u << 4)
#define CUT_HOLD    (1u << 5)
#define CUT_SG      (1u << 6)
#define CUT_BATCH   (1u << 7)
#define NCUTS       8

struct cut_s
{
  bool element[MAX_ELEMENTS];
  bool node[MAX_NODES];              /* With the elements that need it */
  unsigned int properties;           /* CUT_JITTER ...: of all links, nodes */
  uint32_t bytes;                    /* No end sends more; 0: as drawn */
};

/* Read one word of --drop, "3", "n2" or "loss"; false: it is none */

bool cut_word(struct cut_s *cut, const char *word, size_t len);

/* " --drop=3,n2,loss --bytes=100", or "" */

void cut_print(const struct cut_s *cut, char *buf, size_t size);
void plan_cut(struct plan_s *plan, const struct cut_s *cut);

/* How many nodes and elements there are */

unsigned int plan_nodes(const struct plan_s *plan);
unsigned int plan_elements(const struct plan_s *plan);

/* May the flow end with an error, because of a fault that touches it? */

bool plan_disturbed(const struct plan_s *plan,
                    const struct flowplan_s *flow);

/* When a node crashes, the last time; 0: never */

uint64_t plan_crash(const struct plan_s *plan, unsigned int node);

/* The world ****************************************************************/

/* What happened to frames and nodes, to see that all of it does */

enum tally_e
{
  TALLY_LINK,                        /* NFATES of them */
  TALLY_FAULT = TALLY_LINK + NFATES, /* NFAULTS of them */
  TALLY_REBOOT = TALLY_FAULT + NFAULTS,
  TALLY_FORWARDED,
  TALLY_FRAGMENT,
  NTALLIES
};

struct result_s
{
  bool failed;
  uint64_t kind;                     /* Of the failure: the same number, the
                                      * same failure */
  char text[TEXT_MAX];               /* What was wrong */
  uint64_t virtual;                  /* ns that passed */
  uint64_t events;
  uint64_t frames;
  uint64_t bytes;                    /* Of users, received */
  uint64_t digest;                   /* Of everything that happened */
  uint64_t tally[NTALLIES];
};

/* How to run it */

enum sabotage_e
{
  SABOTAGE_NONE,
  SABOTAGE_PAYLOAD,                  /* A wrong byte that checksums like */
  SABOTAGE_CHECKSUM,                 /* A segment with a wrong checksum */
  SABOTAGE_WINDOW,                   /* More window than the peer said */
  SABOTAGE_SILENCE,                  /* A link that is dead for good */
  SABOTAGE_DEAF,                     /* A program that is not told */
  SABOTAGE_LEAK,                     /* A socket that nobody closes */
  SABOTAGE_CRASH,                    /* SIGSEGV */
  SABOTAGE_HANG,                     /* No end */
  NSABOTAGES
};

struct options_s
{
  bool verbose;
  bool strict;                       /* Verify every pool every time */
  unsigned int pool_every;           /* ... a small one: every n-th event */
  unsigned int limit;                /* Seconds of the processor, for one */
  enum sabotage_e sabotage;
};

struct world_s
{
  const struct plan_s *plan;
  struct nxnet_s *node[MAX_NODES];
  int dev[MAX_NODES][MAX_DEVS];
  bool off[MAX_NODES];               /* Crashed, not rebooted yet */
  uint64_t now;
  struct result_s *result;
  const struct options_s *options;
  bool atend;                        /* Verify every pool */
};

/* Where the libraries are: [1] is the one with the small pool */

extern const char *g_library[2];

void world_run(const struct plan_s *plan, const struct options_s *options,
               struct result_s *result);
void world_end(void);                /* Nodes are kept from run to run */

/* The first failure counts.  Failures of one kind are one failure to who
 * makes it smaller: those with the same fmt.
 */

void world_fail(struct world_s *world, const char *fmt, ...)
  __attribute__((format(printf, 2, 3)));
void world_fail_as(struct world_s *world, const char *kind, const char *fmt,
                   ...) __attribute__((format(printf, 3, 4)));
uint64_t world_kind(const char *kind);
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

/* Are these the bytes at that offset that the program at this port sends? */

bool flow_wrote(const struct world_s *world, unsigned int sport,
                unsigned int dport, uint32_t offset, const uint8_t *data,
                size_t len);

/* Is there a flow that has not moved for too long? */

void flow_patience(struct world_s *world);

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

/* Of every segment of a host, from the TCP header on; addr: both addresses,
 * in the order of the IP header
 */

void wire_reset(void);
void wire_segment(struct world_s *world, unsigned int node,
                  const uint8_t *addr, const uint8_t *tcp, size_t len);

/* What could not be found out while the node was sending */

void wire_settle(struct world_s *world, unsigned int node);

/* Sabotage *****************************************************************/

enum sabotage_e sabotage_find(const char *name);   /* NSABOTAGES: none */
const char *sabotage_name(enum sabotage_e kind);
void sabotage_reset(const struct world_s *world);

/* A frame leaves a node, before and after it was looked at; true: the link
 * is dead
 */

void sabotage_sent(const struct world_s *world, uint8_t *frame, size_t len);
bool sabotage_under_way(const struct world_s *world, uint8_t *frame,
                        size_t len);

/* Is it this one, and done to this element? */

bool sabotage_now(const struct world_s *world, enum sabotage_e kind,
                  unsigned int element);

/* Runs *********************************************************************/

struct totals_s
{
  uint64_t seeds;
  uint64_t failures;
  uint64_t virtual;                  /* us */
  uint64_t events;
  uint64_t frames;
  uint64_t bytes;
  uint64_t digest;
  uint64_t tally[NTALLIES];
};

/* Run seeds until one fails or all are done: true, the result has one that
 * failed.  They are run in a process of their own, so that a crash, or no
 * end, is a failure like others.
 */

bool run_seeds(uint64_t seed, uint64_t n, const struct cut_s *cut,
               const struct options_s *options, struct totals_s *totals,
               void (*progress)(const struct totals_s *totals),
               struct result_s *result);

/* The same with one seed, silently */

void run_once(uint64_t seed, const struct cut_s *cut,
              const struct options_s *options, struct result_s *result);

/* Somebody wants it to end: SIGINT, SIGTERM, SIGHUP */

extern volatile sig_atomic_t g_stop;

/* Leave out what can be left out, the failure staying the same: how often it
 * was run
 */

unsigned int shrink(const struct plan_s *plan, struct cut_s *cut,
                    const struct options_s *options,
                    struct result_s *result);

#endif /* __TESTS_HOST_NETSIM_NETSIM_H */
