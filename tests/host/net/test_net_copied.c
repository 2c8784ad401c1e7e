/* tests/host/net/test_net_copied.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * test_tcp_copies.c, with an iob_share() that copies: see copied.h.
 */

#include "copied.h"

/* How small writes fill segments has nothing to do with it */

const char *const g_indifferent[] =
{
  "test_small_writes", NULL
};

#include "test_tcp_copies.c"
