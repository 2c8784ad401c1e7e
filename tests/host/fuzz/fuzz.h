/* tests/host/fuzz/fuzz.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What the fuzz targets of the network stack share.  An input is a program:
 * each byte chooses what happens next - a frame arrives, a call is made, time
 * passes - and the bytes behind it say with what.  It is run against a stack
 * of its own in virtual time; at the end the sockets are closed, and no
 * buffer, timer, endpoint or block of memory may be left (stack_run()).
 *
 * An input that is at its end reads as zeros; fuzz_more() says so.
 */

#ifndef __TESTS_HOST_FUZZ_FUZZ_H
#define __TESTS_HOST_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stdint.h>

#include "stack.h"
#include "tcp.h"

/* The target: runs as the first task of a kernel */

void fuzz_scenario(void);

bool fuzz_more(void);
uint8_t fuzz_8(void);
uint16_t fuzz_16(void);
uint32_t fuzz_32(void);

/* Up to n bytes into buf (fewer: the input ends); how many */

unsigned int fuzz_bytes(void *buf, unsigned int n);

/* The wire of peer_wire(), 10.0.0.1/24, whose neighbours 2 and 3 are known */

extern struct wire_s *g_fuzz_wire;

/* An IPv4 packet from 10.0.0.<host> with these options (optlen a multiple of
 * 4) and payload arrives; its checksums are right.  frag: flags and offset as
 * in the header.
 */

void fuzz_ipv4(unsigned int host, uint8_t proto, uint16_t id, uint16_t frag,
               const uint8_t *opt, unsigned int optlen, uint8_t *data,
               unsigned int len);

/* A frame with any header behind that of Ethernet; the checksums of IPv4 and
 * what is in it are put right where there is room for them.
 */

void fuzz_frame(uint8_t *frame, unsigned int len);

/* Sockets of the target: at most this many, closed at the end.  A call on
 * one that is not there does nothing.
 */

#define FUZZ_SOCKETS 6

extern struct socket *g_fuzz_socket[FUZZ_SOCKETS];

void fuzz_call(void);

#endif /* __TESTS_HOST_FUZZ_FUZZ_H */
