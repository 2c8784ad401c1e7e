/* tests/host/kernel/netutil.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of devices share: a kernel for each scenario, an upper
 * layer that keeps what it gets, a device whose wire is the test itself, and
 * the count of the pool before and after.
 *
 * Scenarios run in a task of the kernel, where cmocka must not longjmp: they
 * say CHECK(), and net_run() returns the number of those that failed.
 */

#ifndef __TESTS_HOST_KERNEL_NETUTIL_H
#define __TESTS_HOST_KERNEL_NETUTIL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <nuttx/sim.h>
#include <nuttx/net/netdev.h>

#define CHECK(f) \
  do \
    { \
      if (!(f)) \
        { \
          net_failed(__FILE__, __LINE__, #f); \
        } \
    } \
  while (0)

#define CHECK_EQ(a, b) net_equal(__FILE__, __LINE__, #a " == " #b, \
                                 (long long)(a), (long long)(b))

void net_failed(const char *file, int line, const char *what);
void net_equal(const char *file, int line, const char *what, long long a,
               long long b);

/* The checks that failed since it was last asked */

int net_failures(void);

/* Boot a kernel with devices, run the scenario as its first task, end it.
 * Returns the checks that failed, among them that no buffer was lost.
 */

int net_run(void (*scenario)(void), bool virtual_time, uint64_t seed);

/* An upper layer that counts, and keeps received frames if asked to */

#define SINK_MAX 4096

struct sink_s
{
  struct net_driver_s *dev;
  unsigned int rx;
  unsigned int batches;
  unsigned int done;
  unsigned int ready;
  unsigned int carrier;
  bool keep;                         /* Keep in frame[], else free */
  struct iob_s *frame[SINK_MAX];
  uint32_t tag[SINK_MAX];            /* See net_frame(), in order */
  uint64_t when_ns[SINK_MAX];
};

void sink_attach(struct sink_s *sink, struct net_driver_s *dev);
void sink_clear(struct sink_s *sink);

/* A frame of so many bytes, at least 18, with a tag at offset 14; the other
 * bytes follow from the tag.
 */

struct iob_s *net_frame(struct net_driver_s *dev, unsigned int len,
                        uint32_t tag);
uint32_t net_tag(const struct iob_s *iob);
bool net_intact(const struct iob_s *iob);

/* Send one; 0 or what netdev_reserve() said, or -ENOMEM */

int net_send(struct net_driver_s *dev, unsigned int len, uint32_t tag);

uint64_t net_counter(struct net_driver_s *dev, const char *name);

/* A device whose other end is the test.  Frames that it gets are done at
 * once (hold false), or when the test says so.
 */

struct fake_s
{
  struct net_driver_s dev;
  bool hold;
  struct iob_s *frame[SINK_MAX];     /* Committed, not done */
  unsigned int n;
  unsigned int sent;
  uint32_t tag[SINK_MAX];            /* All that were committed */
  uint32_t damaged;                  /* Not as net_frame() made them */
  uint64_t when_ns[SINK_MAX];
};

struct net_driver_s *fake_create(struct fake_s *fake, unsigned int depth);
void fake_done(struct fake_s *fake, unsigned int n);
void fake_rx(struct fake_s *fake, unsigned int len, uint32_t tag);

/* Take all memory but the last n extents of 2 KB, and all views if n is 0;
 * give it back.
 */

void hoard(unsigned int leave);
void unhoard(void);

#endif /* __TESTS_HOST_KERNEL_NETUTIL_H */
