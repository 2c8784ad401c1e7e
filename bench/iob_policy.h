/* bench/iob_policy.h
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The real allocator, put through the same traces as the policies, and what
 * its memory costs.
 */

#ifndef BENCH_IOB_POLICY_H
#define BENCH_IOB_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "policy.h"

struct space_s
{
  uint32_t arena;               /* Bytes */
  uint32_t view;                /* Bytes of one view */
  uint32_t rx_100;              /* Bytes of a 100 B packet, no headroom */
  uint32_t tx_100;              /* The same frame, sent: with headroom */
  uint32_t udp_100;             /* 100 B of payload, sent over UDP */
  uint32_t unread_1000;         /* 1000 received 100 B packets; or 0 */
  double metadata_pct;          /* Maps beside the arena */
  double views_pct;             /* All views beside the arena */
  double payload_pct_576;       /* What a full arena holds */
  double payload_pct_1514;
  double payload_pct_9000;
};

/* The allocator as a policy of an arena of its configured size. */

struct policy_s iob_policy(void);

/* Measure the costs.  The allocator must not be in use. */

void space_measure(struct space_s *space);

#endif /* BENCH_IOB_POLICY_H */
