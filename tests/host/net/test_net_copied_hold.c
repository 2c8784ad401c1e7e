/* tests/host/net/test_net_copied_hold.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * test_tcp_hold.c, with an iob_share() that copies: see copied.h.
 */

#include "copied.h"

/* This one is about the one case in which a copy is right */

const char *const g_indifferent[] =
{
  "test_narrower_flat", NULL
};

#include "test_tcp_hold.c"
