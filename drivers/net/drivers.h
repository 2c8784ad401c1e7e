/* drivers/net/drivers.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the drivers share and nobody else needs: how a kind of device is
 * described to the parser of specs, the ring of receive buffers, and the
 * plain wrapper that the others start from.
 */

#ifndef __DRIVERS_NET_DRIVERS_H
#define __DRIVERS_NET_DRIVERS_H

#include <nuttx/config.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nuttx/compiler.h>
#include <nuttx/sim.h>
#include <nuttx/wdog.h>
#include <nuttx/net/netdev.h>

/* Keys of a spec ***********************************************************/

/* What may follow "key=", and the type of the field that holds it.  Fields
 * are uint64_t but for NAME and PATH (char *, from the heap, NULL: not
 * given), MAC (uint8_t[6]), and MATCH (struct netdev_match_s).
 */

enum netdev_type_e
{
  KEY_UINT,                          /* A number; or the word "values",
                                      * which is the maximum */
  KEY_TIME,                          /* Nanoseconds: 10ms 20us 1s 5ns */
  KEY_RATE,                          /* Bits per second: 10mbit 64kbit */
  KEY_PART,                          /* Parts per 10^9: 1% 0.5% 0.01 */
  KEY_FLAG,                          /* yes, no; the key alone is yes */
  KEY_ENUM,                          /* One of "values": a|b|c */
  KEY_NAME,                          /* Of an interface */
  KEY_PATH,                          /* A file; "," can not be in it */
  KEY_MAC,                           /* 02:00:00:00:00:01 */
  KEY_MATCH                          /* OFFSET:HEX, bytes of a frame */
};

#define PART_ALL   1000000000u       /* 100 % */
#define MATCH_MAX  16

struct netdev_match_s
{
  uint16_t offset;
  uint8_t  len;                      /* 0: matches nothing */
  uint8_t  byte[MATCH_MAX];
};

#define KEY_LIVE   (1 << 0)          /* netdev_control() may change it */
#define KEY_NEEDED (1 << 1)          /* A spec without it is an error */
#define KEY_ACTION (1 << 2)          /* Only for netdev_control() */

struct netdev_key_s
{
  const char *name;                  /* NULL ends a table */
  enum netdev_type_e type;
  unsigned int flags;
  size_t offset;                     /* In the configuration */
  uint64_t min;
  uint64_t max;
  const char *values;                /* KEY_ENUM */
  const char *help;
};

/* A kind of device, or of wrapper.  create() gets the configuration and
 * keeps the strings in it (it frees them with netdev_freecfg() at the end)
 * if it succeeds.  It registers the device.  NULL: netdev_fail() said why.
 */

struct netdev_kind_s
{
  const char *name;
  const char *help;
  const struct netdev_key_s *keys;
  const void *defaults;
  size_t cfgsize;
  struct net_driver_s *(*create)(void *cfg, struct net_driver_s *lower);
};

extern const struct netdev_kind_s g_netdev_tap;
extern const struct netdev_kind_s g_netdev_loopback;
extern const struct netdev_kind_s g_netdev_link;
extern const struct netdev_kind_s g_netdev_lockstep;
extern const struct netdev_kind_s g_netdev_fault;
extern const struct netdev_kind_s g_netdev_hold;
extern const struct netdev_kind_s g_netdev_pcap;

/* Set what netdev_error() returns.  Always NULL, for "return". */

void *netdev_fail(const char *fmt, ...) printf_like(1, 2);

/* Parse "key=value,..." (NULL: there is none) into a configuration, whole or
 * not at all.  "live":
 * by netdev_control().  0 or -EINVAL after netdev_fail().
 */

int netdev_parse(const struct netdev_kind_s *kind, const char *text,
                 bool live, void *cfg);
void netdev_freecfg(const struct netdev_kind_s *kind, void *cfg);

/* Register a new device for create(): if that fails the error text is set,
 * and the device is the caller's still.
 */

int netdev_enlist(struct net_driver_s *dev, const char *name);

/* A made-up address: locally administered, from the kernel's own generator,
 * unless one was given.
 */

void netdev_makemac(struct net_driver_s *dev, const uint8_t *given);

/* How a text says that an error is one of privilege, or of something that is
 * not there: "not permitted", ...
 */

const char *netdev_why(int error);

/* Frees the place of a frame that was counted as dropped, not as done */

void netdev_uncommit(struct net_driver_s *dev, struct iob_s *iob);

/* Text as of snprintf(), in pieces: "pos" grows by what would be written */

void netdev_print(char *buf, size_t size, size_t *pos, const char *fmt, ...)
  printf_like(4, 5);

/* Wrappers *****************************************************************/

/* Functions that pass everything on, for the tables of a wrapper */

int  wrap_ifup(struct net_driver_s *dev);
void wrap_ifdown(struct net_driver_s *dev);
int  wrap_reserve(struct net_driver_s *dev);
void wrap_cancel(struct net_driver_s *dev);
bool wrap_can_send(struct net_driver_s *dev);
bool wrap_can_receive(struct net_driver_s *dev);
void wrap_recycle(struct net_driver_s *dev, struct iob_s *iob);
int  wrap_set_mac(struct net_driver_s *dev);
int  wrap_set_mtu(struct net_driver_s *dev);

void wrap_rx(struct net_driver_s *lower, struct iob_s *iob,
             const struct netdev_offload_s *off);
void wrap_rx_end(struct net_driver_s *lower);
void wrap_txdone(struct net_driver_s *lower, struct iob_s *iob);
void wrap_tx_ready(struct net_driver_s *lower);
void wrap_carrier(struct net_driver_s *lower);

/* Take over from d_lower what it says about itself */

void netdev_inherit(struct net_driver_s *dev);

/* Put a new wrapper on "lower"; if that fails the error text is set */

int wrap_stack(struct net_driver_s *dev, struct net_driver_s *lower,
               const struct netdev_upper_s *upcalls);

/* Receive buffers **********************************************************/

/* One frame's worth of extents after another: "nslots" frames of up to
 * "size" bytes, each in "per" extents (more than one above IOB_MAXEXTENT).
 * A slot that could not be filled is NULL until it can be.
 */

struct spares_s
{
  struct iob_s *head;
  unsigned int n;
};

struct rxring_s
{
  struct iob_s **slot;               /* nslots * per */
  unsigned int nempty;               /* Slots without a buffer */
  struct spares_s large;             /* Recycled: good for any slot ... */
  struct spares_s small;             /* ... and others */
  uint64_t *copied;                  /* rx_copied of the device */
  unsigned int nslots;
  unsigned int per;
  unsigned int size;
};

/* Allocate a ring: at least one frame's worth, else -ENOMEM and nothing */

int  rxring_init(struct rxring_s *ring, struct net_driver_s *dev,
                 unsigned int nslots, unsigned int size);
void rxring_free(struct rxring_s *ring);

/* Describe slot "i" for the host, filling it first if it is empty.  Returns
 * the number of entries, at most ring->per; 0 if there is no memory.
 */

int  rxring_iov(struct rxring_s *ring, unsigned int i,
                struct iob_iov_s *iov);

/* Take a frame of "len" bytes out of slot "i"; NULL if there is no memory
 * for it, or for another buffer in its place.
 */

struct iob_s *rxring_take(struct rxring_s *ring, unsigned int i,
                          unsigned int len);

/* Post, or free, the buffers of a frame that the upper layer is done with */

void rxring_recycle(struct rxring_s *ring, struct iob_s *iob);

/* Give the spares back: somebody else wants the memory */

void rxring_reclaim(struct rxring_s *ring);

/* Whether a frame would find a buffer */

bool rxring_ready(const struct rxring_s *ring);

#endif /* __DRIVERS_NET_DRIVERS_H */
