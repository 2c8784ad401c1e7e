/* include/nuttx/net/netdev.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Network devices: what a driver offers, and what it is told.
 *
 * A device moves frames, which are iob chains, between a wire and one upper
 * layer: the network stack, a test, or another device that wraps it.
 *
 *      upper layer       netdev_reserve netdev_commit ...   |   ^ rx txdone
 *      ------------------------------------------------     v   | tx_ready
 *      wrapper           e.g. pcap: a device above, an upper layer below
 *      ------------------------------------------------     v   ^
 *      device            e.g. tap
 *
 * Five rules:
 *
 *  - To send is to reserve, then to commit or to cancel.  A reservation is
 *    one place in the device (a descriptor).  One that is not used goes back
 *    to where it came from with netdev_cancel().
 *  - A committed frame belongs to the device, whose upper layer gets it back
 *    with txdone, sooner (before netdev_commit() returns) or later (when the
 *    hardware has read it).  Nothing else releases it.  It may be shared: no
 *    device writes the data of a frame that it was given.
 *  - A device that has no place says -EAGAIN, and tx_ready when it has one.
 *    Nobody polls.
 *  - A received frame belongs to the upper layer from rx on.  It may hand the
 *    buffer back with netdev_recycle(), or free it.
 *  - No function here waits.  Upcalls come from an interrupt or from inside
 *    netdev_commit(), netdev_ifdown() and netdev_control(), never from
 *    netdev_reserve(): an upper layer that sends from an upcall is fine.
 *
 * Every frame that is not delivered is counted, under a name.
 */

#ifndef __INCLUDE_NUTTX_NET_NETDEV_H
#define __INCLUDE_NUTTX_NET_NETDEV_H

#include <nuttx/config.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nuttx/mm/iob.h>

#define NETDEV_NAMESIZE    16        /* IFNAMSIZ: a name and its NUL */
#define NETDEV_MACLEN      6
#define NETDEV_ETHHDRLEN   14        /* Addresses and type, no VLAN tag */
#define NETDEV_MINMTU      576
#define NETDEV_MAXMTU      65535

/* What a device can do (d_features) */

#define NETDEV_SG          (1 << 0)  /* Sends chains as they are */
#define NETDEV_TXCSUM      (1 << 1)  /* Completes checksums when sending */
#define NETDEV_RXCSUM      (1 << 2)  /* Says which checksums are right */
#define NETDEV_TSO         (1 << 3)  /* Cuts a super-frame into segments */
#define NETDEV_LRO         (1 << 4)  /* May receive super-frames */

/* State of a device (d_flags) */

#define NETDEV_UP          (1 << 0)
#define NETDEV_CARRIER     (1 << 1)
#define NETDEV_TXWANT      (1 << 2)  /* Refused; tx_ready is owed */
#define NETDEV_WRAPPER     (1 << 3)  /* d_lower is what it wraps */
#define NETDEV_WRAPPED     (1 << 4)  /* Its upper layer is a wrapper */

/* What a frame starts with */

enum netdev_medium_e
{
  NETDEV_ETHERNET = 0,               /* An Ethernet header */
  NETDEV_IP                          /* The IP header */
};

/* What the headers of a frame leave to be done, or say has been done.
 * Offsets count from the first byte of the frame.  NULL in place of a
 * pointer to this: nothing.
 */

#define NETDEV_OFF_PARTIAL (1 << 0)  /* The 16 bits at csum_start +
                                      * csum_offset hold the sum of the
                                      * pseudo-header.  Sent: the device adds
                                      * up what follows csum_start.
                                      * Received: nobody has, and nobody
                                      * needs to (it never saw a wire) */
#define NETDEV_OFF_VALID   (1 << 1)  /* Received: the checksum was verified */
#define NETDEV_OFF_TCPV4   (1 << 2)  /* A super-frame: TCP on IPv4 ... */
#define NETDEV_OFF_TCPV6   (1 << 3)  /* ... or on IPv6, in segments of
                                      * gso_size; hdrlen are its headers */
#define NETDEV_OFF_ECN     (1 << 4)  /* ... with CWR in the first only */

struct netdev_offload_s
{
  uint8_t  flags;                    /* NETDEV_OFF_* */
  uint16_t hdrlen;
  uint16_t gso_size;
  uint16_t csum_start;
  uint16_t csum_offset;
};

struct net_driver_s;

/* The layer above.  Every function may be NULL: a frame is then dropped and
 * counted (rx), freed (txdone), or nothing is done.
 */

struct netdev_upper_s
{
  /* A frame arrived; it is the upper layer's.  "off" is valid during the
   * call only.
   */

  void (*rx)(struct net_driver_s *dev, struct iob_s *iob,
             const struct netdev_offload_s *off);

  /* No more frames for now: the end of a batch, where one acknowledgement
   * can do for all of it.
   */

  void (*rx_end)(struct net_driver_s *dev);

  /* The device has let go of a frame; it is the upper layer's again */

  void (*txdone)(struct net_driver_s *dev, struct iob_s *iob);

  /* There is room after netdev_reserve() had said -EAGAIN */

  void (*tx_ready)(struct net_driver_s *dev);

  /* The link came or went (NETDEV_CARRIER in d_flags) */

  void (*carrier)(struct net_driver_s *dev);

  /* d_mtu or d_mac is another now, whoever has changed it */

  void (*changed)(struct net_driver_s *dev);
};

/* What a driver does.  All but commit may be NULL; see the functions of the
 * same names below.  The checks named there have been made already.
 */

struct netdev_ops_s
{
  int  (*ifup)(struct net_driver_s *dev);

  /* Let go of every frame (netdev_txdone()) before returning */

  void (*ifdown)(struct net_driver_s *dev);

  /* Besides d_txdepth frames being under way, a reason to refuse: 0, or
   * -EAGAIN, after which the driver owes a netdev_txready().
   */

  int  (*reserve)(struct net_driver_s *dev);
  void (*cancel)(struct net_driver_s *dev);

  /* Take a frame.  Whatever comes of it, netdev_txdone() follows. */

  void (*commit)(struct net_driver_s *dev, struct iob_s *iob,
                 const struct netdev_offload_s *off);

  bool (*can_send)(struct net_driver_s *dev);
  bool (*can_receive)(struct net_driver_s *dev);

  /* Consumes the buffer */

  void (*recycle)(struct net_driver_s *dev, struct iob_s *iob);

  /* The new value is in place when these are called; an error undoes it */

  int  (*set_mac)(struct net_driver_s *dev);
  int  (*set_mtu)(struct net_driver_s *dev);
  int  (*control)(struct net_driver_s *dev, const char *words);

  /* One line more for netdev_showdev(): settings, and what is under way */

  int  (*show)(struct net_driver_s *dev, char *buf, size_t size);

  /* Free everything; the device is down, and in no list */

  void (*destroy)(struct net_driver_s *dev);

  /* Look now whether frames are done (netdev_txdone()), without waiting for
   * an interrupt; and give back what is only kept for later
   */

  void (*reclaim)(struct net_driver_s *dev);

  /* Hand up now what has arrived (netdev_rx()), without waiting for an
   * interrupt
   */

  void (*poll)(struct net_driver_s *dev);
};

/* The counters of every device.  Those of one driver follow in a structure
 * of its own, described by a table (d_counters) that ends with a NULL name.
 */

struct netdev_stats_s
{
  uint64_t rx_frames;                /* Handed to the upper layer */
  uint64_t rx_bytes;
  uint64_t rx_batches;
  uint64_t rx_drop_memory;           /* No buffer */
  uint64_t rx_drop_size;             /* Too short, or longer than the MTU */
  uint64_t rx_drop_upper;            /* Nobody above */
  uint64_t rx_error;                 /* The host refused to read */
  uint64_t rx_recycled;
  uint64_t rx_copied;                /* Short frames that the driver copied
                                      * itself, besides mm/iob's ncopybreak */
  uint64_t tx_frames;                /* Committed */
  uint64_t tx_bytes;
  uint64_t tx_done;                  /* Given back; tx_frames at the end */
  uint64_t tx_cancelled;
  uint64_t tx_refused;               /* Reservations answered -EAGAIN */
  uint64_t tx_ready;                 /* tx_ready told */
  uint64_t tx_drop_memory;           /* No buffer to make it contiguous */
  uint64_t tx_drop_size;             /* Longer than the MTU, or empty */
  uint64_t tx_drop_down;             /* The device went down before */
  uint64_t tx_error;                 /* The host refused to write */
};

struct netdev_counter_s
{
  const char *name;
  size_t offset;                     /* Of a uint64_t in d_counts */
};

/* A device.  A driver fills in the first part, with netdev_setup() and by
 * itself, before netdev_register().
 */

struct net_driver_s
{
  const struct netdev_ops_s *d_ops;
  const char *d_kind;                /* "tap": who drives it */
  void *d_private;                   /* The driver's own */
  enum netdev_medium_e d_medium;
  unsigned int d_features;           /* NETDEV_SG ... */
  unsigned int d_mtu;                /* Bytes behind the link header */
  unsigned int d_minmtu;
  unsigned int d_maxmtu;
  unsigned int d_burst;              /* Frames it moves in one go */
  unsigned int d_txdepth;            /* Frames it can have under way */
  unsigned int d_rxdepth;            /* Buffers posted for reception */
  unsigned int d_headroom;           /* Bytes it wants in front of a frame */
  unsigned int d_align;              /* Where a frame shall start; 2^n */
  uint8_t d_mac[NETDEV_MACLEN];
  const struct netdev_counter_s *d_counters;
  void *d_counts;

  /* The rest is netdev.c's */

  char d_ifname[NETDEV_NAMESIZE];
  unsigned int d_flags;              /* NETDEV_UP ... */
  unsigned int d_ifindex;            /* 1, 2, ...; the same for all layers */
  unsigned int d_reserved;           /* Reserved, not yet committed */
  unsigned int d_txused;             /* ... and committed, not yet done */
  struct netdev_stats_s d_stats;
  const struct netdev_upper_s *d_upper;
  void *d_upperarg;
  struct net_driver_s *d_lower;      /* What a wrapper wraps */
  struct net_driver_s *d_flink;      /* In the list of devices */
};

/* The life of devices ******************************************************/

/* Start from nothing: no devices, no error text.  The end of the kernel
 * destroys what is there: an upper layer that starts after this one, and has
 * an exit function of its own (sim_atexit()), has detached by then.  Does
 * nothing when called again in the same run.
 */

int netdev_initialize(void);

/* Zero a device and fill in what most have: Ethernet, MTU 1500, 64 frames
 * each way, no features.
 */

void netdev_setup(struct net_driver_s *dev, const char *kind,
                  const struct netdev_ops_s *ops, void *priv);

/* Put a device in the list, under a name: "eth%d" is numbered.  The memory
 * stays the caller's until ops->destroy.  -EEXIST, -EINVAL (no or a bad
 * name).
 */

int netdev_register(struct net_driver_s *dev, const char *name);

/* Take a device, with all that it wraps, down and out of the list, then
 * destroy it.  Not from inside one of its upcalls.
 */

void netdev_destroy(struct net_driver_s *dev);

/* Let "upper", a wrapper, take the place of "lower" in the list: under its
 * name, with its medium, MTU, features and address.  The upper layer of
 * "lower" must not be attached yet: -EBUSY.
 */

int netdev_stack(struct net_driver_s *upper, struct net_driver_s *lower,
                 const struct netdev_upper_s *upcalls);

/* Find the uppermost layer of a device; NULL if there is none */

struct net_driver_s *netdev_findbyname(const char *name);
struct net_driver_s *netdev_findbyindex(unsigned int ifindex);

/* Find the layer of a device that a driver made: ("eth0", "fault") */

struct net_driver_s *netdev_findlayer(const char *name, const char *kind);

/* Call fn for each device, in the order of registration, until it returns
 * other than 0, and return that.  fn may destroy the device that it is
 * given.
 */

int netdev_foreach(int (*fn)(struct net_driver_s *dev, void *arg),
                   void *arg);

/* For the layer above ******************************************************/

/* Become, or stop being, the layer above.  -EBUSY if there is another.
 * Frames that are under way are freed when done.
 */

int  netdev_attach(struct net_driver_s *dev,
                   const struct netdev_upper_s *upper, void *arg);
void netdev_detach(struct net_driver_s *dev);

/* Start and stop.  Both may be repeated.  After netdev_ifdown() the device
 * has no frame and no buffer any more; a commit of an earlier reservation
 * drops its frame (tx_drop_down).
 */

int  netdev_ifup(struct net_driver_s *dev);
void netdev_ifdown(struct net_driver_s *dev);

/* Reserve one place: 0; -ENETDOWN; -EAGAIN, and tx_ready will be called */

int  netdev_reserve(struct net_driver_s *dev);

/* Give a reservation back */

void netdev_cancel(struct net_driver_s *dev);

/* Send a frame in a place reserved before.  Consumes the frame: it comes
 * back by txdone, on every path.  io_pktlen is its length.  A device without
 * NETDEV_SG gets it made contiguous; then what comes back is the copy.
 * "off" may be NULL, and is read during the call only.
 */

void netdev_commit(struct net_driver_s *dev, struct iob_s *iob,
                   const struct netdev_offload_s *off);

/* Reserve and commit in one.  0: consumed; an error: the frame is still the
 * caller's.
 */

int  netdev_send(struct net_driver_s *dev, struct iob_s *iob,
                 const struct netdev_offload_s *off);

/* Whether netdev_reserve() would succeed, and whether a frame from the wire
 * would find a buffer.
 */

bool netdev_can_send(struct net_driver_s *dev);
bool netdev_can_receive(struct net_driver_s *dev);

/* Have every layer of a device give back the frames that it is done with:
 * txdone is called from in here
 */

static inline void netdev_reclaim(struct net_driver_s *dev)
{
  for (; dev != NULL; dev = dev->d_lower)
    {
      if (dev->d_ops->reclaim != NULL)
        {
          dev->d_ops->reclaim(dev);
        }
    }
}

/* Have every layer of a device hand up what has arrived: rx is called from in
 * here
 */

static inline void netdev_poll(struct net_driver_s *dev)
{
  for (; dev != NULL; dev = dev->d_lower)
    {
      if (dev->d_ops->poll != NULL)
        {
          dev->d_ops->poll(dev);
        }
    }
}

/* Allocate a buffer for a frame of "size" bytes as this device likes it: its
 * head-room in front, the data aligned, contiguous when that is possible at
 * all (up to IOB_MAXEXTENT), else a chain.  Empty.  The caller's.  NULL if
 * there is no memory; does not wait.
 */

struct iob_s *netdev_txalloc(struct net_driver_s *dev, unsigned int size,
                             enum iob_class_e cls);

/* Hand back the buffers of a received frame: the device posts them again if
 * it lacks some and they fit, and frees them otherwise.  Consumes the frame.
 */

void netdev_recycle(struct net_driver_s *dev, struct iob_s *iob);

/* Change the address or the MTU.  0; -EINVAL (multicast or zero address);
 * -ERANGE (outside d_minmtu .. d_maxmtu); -ENOMEM (no buffers of the new
 * size: nothing changed); or what the host says.
 */

int  netdev_set_mac(struct net_driver_s *dev, const uint8_t *mac);
int  netdev_set_mtu(struct net_driver_s *dev, unsigned int mtu);

/* The longest frame, link header included */

unsigned int netdev_framesize(const struct net_driver_s *dev);

/* For drivers: the upcalls *************************************************/

/* A frame arrived.  Consumes the frame.  "off" may be NULL. */

void netdev_rx(struct net_driver_s *dev, struct iob_s *iob,
               const struct netdev_offload_s *off);
void netdev_rxend(struct net_driver_s *dev);

/* The device lets go of a committed frame, which goes to the upper layer; its
 * place is free, which is told (netdev_txready()) to those who wait for one.
 */

void netdev_txdone(struct net_driver_s *dev, struct iob_s *iob);

/* The reason to refuse a reservation is gone */

void netdev_txready(struct net_driver_s *dev);

void netdev_carrier(struct net_driver_s *dev, bool on);

/* Devices from text ********************************************************/

/* Create and register a device: "tap,name=tap0,mtu=9000".  NULL if that is
 * not possible: netdev_error() says why, in one line.
 */

struct net_driver_s *netdev_create(const char *spec);

/* Wrap a device: "fault,loss=1%,seed=7".  Returns the wrapper, which now
 * has the name of the device; NULL as above, "dev" being as before.
 */

struct net_driver_s *netdev_wrap(struct net_driver_s *dev, const char *spec);

/* Tell a wrapper something: words as in its spec, those that can change
 * while it runs ("loss=2%"), and commands ("release=all", "flush").
 * -EINVAL: netdev_error() says why; then nothing was done.  -ENOTSUP: this
 * device takes none.
 */

int netdev_control(struct net_driver_s *dev, const char *words);

/* One line about the last failure of one of these three; "" if none */

const char *netdev_error(void);

/* Everything that can be written in a spec, as text: see netdev_show() */

int netdev_help(char *buf, size_t size);

/* Statistics ***************************************************************/

/* Call fn with each counter of this layer: the common ones first */

void netdev_counters(struct net_driver_s *dev,
                     void (*fn)(const char *name, uint64_t value, void *arg),
                     void *arg);

/* The value of one counter, by name; 0 and *value, or -ENOENT */

int netdev_counter(struct net_driver_s *dev, const char *name,
                   uint64_t *value);

/* Text as snprintf() makes it: cut to "size", with a NUL; returns the
 * length of the whole.  netdev_show() is /proc/net/dev as Linux writes it;
 * netdev_showdev() tells all about one device, a paragraph for each layer.
 */

int netdev_show(char *buf, size_t size);
int netdev_showdev(struct net_driver_s *dev, char *buf, size_t size);

#endif /* __INCLUDE_NUTTX_NET_NETDEV_H */
