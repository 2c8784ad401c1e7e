/* bench/freelist.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Today's way of NuttX, written anew to measure against: buffers of one size
 * on a free list, a count that goes below zero while tasks wait, and a
 * throttle that keeps the last few for those who send.
 */

#ifndef BENCH_FREELIST_H
#define BENCH_FREELIST_H

#include <stdbool.h>
#include <stdint.h>

#define FREELIST_NBUFFERS 1024
#define FREELIST_BUFSIZE  196
#define FREELIST_THROTTLE 8

struct flbuf_s
{
  struct flbuf_s *flink;
  uint16_t len;
  uint16_t offset;
  unsigned int pktlen;
  uint8_t data[FREELIST_BUFSIZE];
};

void freelist_initialize(void);

/* An empty buffer, or NULL.  A throttled request leaves the last
 * FREELIST_THROTTLE buffers to others.
 */

struct flbuf_s *freelist_tryalloc(bool throttled);

/* Free the first buffer of a chain; returns the rest, whose head then has
 * the length of what is left.
 */

struct flbuf_s *freelist_free(struct flbuf_s *buf);

#endif /* BENCH_FREELIST_H */
