/* tests/host/net/ip_util.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of IP share: frames with one thing wrong, and the proof that
 * a packet was dropped for the reason that it should be.
 */

#ifndef __TESTS_HOST_NET_IP_UTIL_H
#define __TESTS_HOST_NET_IP_UTIL_H

#include <stdint.h>

#include "stack.h"

#define IP_AT 14                     /* The IP header in a frame */

/* Bytes that are the same in every run: byte i of "n" of them */

const uint8_t *ip_bytes(unsigned int n);

/* An echo request from the host to us, or whatever pkt was set to after */

void ip_echo(const struct wire_s *wire, unsigned int host, unsigned int n,
             struct pkt_s *pkt);

/* A frame to spoil */

struct frame_s
{
  uint8_t data[65600];
  unsigned int len;
};

void frame_make(struct frame_s *frame, const struct pkt_s *pkt);
void frame_fixsum(struct frame_s *frame);          /* Of the IP header */
void frame_options(struct frame_s *frame, const void *opt,
                   unsigned int n);                /* n: a multiple of 4 */
void frame_rx(struct wire_s *wire, const struct frame_s *frame);

/* Do it, and see that the counter went up by one and nothing was sent */

#define CHECK_DROP(wire, counter, statement) \
  do \
    { \
      uint64_t check_before = stack_stat(counter); \
      uint64_t check_sent = (wire)->total; \
      statement; \
      CHECK_EQ(stack_stat(counter), check_before + 1); \
      CHECK_EQ((wire)->total, check_sent); \
    } \
  while (0)

/* ... went up by n, whatever was sent */

#define CHECK_COUNT(counter, n, statement) \
  do \
    { \
      uint64_t check_before = stack_stat(counter); \
      statement; \
      CHECK_EQ(stack_stat(counter), check_before + (n)); \
    } \
  while (0)

/* Send n bytes of ip_bytes() as a packet of protocol 253 to "dst" (host byte
 * order) through ip_output(), with so much head-room; what that answers.
 */

#define IP_TESTPROTO 253

int ip_send(uint32_t dst, unsigned int n, unsigned int headroom,
            unsigned int txflags);

/* The address in net's form */

struct netaddr_s ip_addr(uint32_t addr);

#endif /* __TESTS_HOST_NET_IP_UTIL_H */
