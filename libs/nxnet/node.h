/* libs/nxnet/node.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * One instance of the library: what its files share.  node.c begins and ends
 * it and lets time pass, kernel.c is what the stack sees in place of a
 * kernel, device.c and socket.c are its two sides, inspect.c looks at it.
 */

#ifndef __LIBS_NXNET_NODE_H
#define __LIBS_NXNET_NODE_H

#include <nuttx/config.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nuttx/compiler.h>
#include <nuttx/pheap.h>
#include <nuttx/mm/iob.h>

#include "net.h"
#include "ops.h"

struct ndev_s;
struct socket;
struct nsock_s;

struct node_s
{
  bool up;
  bool silent;                       /* What is sent goes nowhere */
  struct nxnet_config_s config;
  nettime_t now;
  nettime_t net_due;                 /* What the stack wants */
  struct pheap_s wdogs;              /* What others want */
  uint64_t random;                   /* State, of the stack's ... */
  uint64_t chance;                   /* ... and of failures */

  struct ndev_s *devs;
  struct nsock_s **socks;            /* By number; NULL: free */
  int nsocks;                        /* Numbers there are */
  struct iob_s *taken;               /* nxnet_pool_take(): linked by
                                      * io_flink, one buffer each */
  size_t ntaken;                     /* Their bytes */
  char fault[160];                   /* The first one since last asked */

  /* Memory */

  size_t nblocks;
  size_t nbytes;
  uint64_t nfailed;
  unsigned long fail_nth;
  unsigned int fail_ppm;
};

extern struct node_s g_node;

NXNET_CALLS(NXNET_DECLARE)

/* Something is wrong that should not be: told by the next nxnet_check() */

void node_fault(const char *fmt, ...) printf_like(1, 2);

uint64_t node_scramble(uint64_t *state);

/* kernel.c */

int  kernel_begin(void);
void kernel_end(void);               /* Runs what sim_atexit() was told */
void kernel_watchdogs(nettime_t now);

/* device.c, socket.c */

void devices_poll(void);
void devices_check(void);
void devices_end(void);
void sockets_end(void);
int  sockets_find(const struct socket *psock);

/* inspect.c */

void states_reset(void);

#endif /* __LIBS_NXNET_NODE_H */
