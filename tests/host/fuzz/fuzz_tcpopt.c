/* tests/host/fuzz/fuzz_tcpopt.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The options of TCP.  Whatever the bytes, reading them ends, and what was
 * read is read again from what is written of it.
 */

#include <nuttx/config.h>

#include <stdlib.h>
#include <string.h>

#include "tcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void insist(bool ok)
{
  if (!ok)
    {
      abort();
    }
}

static void same(const struct tcp_opts_s *a, const struct tcp_opts_s *b)
{
  unsigned int i;

  insist(a->mss == b->mss && a->has_wscale == b->has_wscale);
  insist(!a->has_wscale || a->wscale == b->wscale);
  insist(a->sack_ok == b->sack_ok && a->has_ts == b->has_ts);
  insist(!a->has_ts || (a->tsval == b->tsval && a->tsecr == b->tsecr));
  insist(b->nsack <= a->nsack);
  for (i = 0; i < b->nsack; i++)
    {
      insist(a->sack[i].start == b->sack[i].start &&
             a->sack[i].end == b->sack[i].end);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  unsigned int len = size < TCP_MAXOPTLEN ? (unsigned int)size :
                     TCP_MAXOPTLEN;
  uint8_t *copy = malloc(len + 1);   /* Not a byte more than is read */
  uint8_t wire[TCP_MAXOPTLEN];
  struct tcp_opts_s first;
  struct tcp_opts_s again;
  unsigned int n;

  memcpy(copy, data, len);
  copy = realloc(copy, len > 0 ? len : 1);
  memset(&first, 0, sizeof(first));
  tcp_options_read(copy, len, &first);
  free(copy);
  insist(first.nsack <= TCP_MAXSACK);
  insist(!first.has_wscale || first.wscale <= TCP_MAXWSCALE);

  n = tcp_options_write(wire, &first);
  insist(n <= sizeof(wire) && n % 4 == 0);
  memset(&again, 0, sizeof(again));
  insist(tcp_options_read(wire, n, &again));
  same(&first, &again);
  return 0;
}
