/* tests/host/fuzz/fuzz_calls.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Socket calls in any order: streams, datagrams and raw sockets, over the
 * loopback and over a wire where nobody answers.
 */

#include <nuttx/config.h>

#include "fuzz.h"

void fuzz_scenario(void)
{
  while (fuzz_more())
    {
      uint8_t op = fuzz_8();

      if ((op & 0xc0) == 0xc0)
        {
          stack_sleep((nettime_t)(1 + (op & 0x3f)) * 10 * NET_MSEC);
        }
      else
        {
          fuzz_call();
        }
    }

  wire_flush(g_fuzz_wire);
}
