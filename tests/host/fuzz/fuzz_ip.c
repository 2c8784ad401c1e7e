/* tests/host/fuzz/fuzz_ip.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * IPv4: fragments in any order and overlap, options, any protocol.
 */

#include <nuttx/config.h>

#include <string.h>

#include <netinet/in.h>

#include "fuzz.h"

static void fragment(uint8_t op)
{
  static const uint8_t protos[] =
  {
    IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_TCP, 99
  };

  uint8_t data[2048];
  uint8_t opt[40];
  unsigned int optlen = 0;
  uint16_t frag = fuzz_16() & 0x3fff;
  unsigned int len = fuzz_16() % 1480;

  memset(opt, 0, sizeof(opt));
  if ((op & 0x40) != 0)
    {
      optlen = fuzz_8() % 11 * 4;
      fuzz_bytes(opt, optlen);
    }

  memset(data, op, sizeof(data));
  fuzz_bytes(data, 16);
  fuzz_ipv4(2 + (op >> 5 & 1), protos[op >> 3 & 3], op >> 4 & 3, frag, opt,
            optlen, data, len);
}

/* Not cut, but with options */

static void options(uint8_t op)
{
  uint8_t data[64];
  uint8_t opt[40];
  unsigned int optlen = fuzz_8() % 11 * 4;

  memset(opt, 0, sizeof(opt));
  memset(data, 0, sizeof(data));
  fuzz_bytes(opt, optlen);
  data[0] = op & 0x80 ? 8 : 0;       /* Echo */
  fuzz_ipv4(2, op & 0x40 ? IPPROTO_ICMP : IPPROTO_UDP, fuzz_16(), 0, opt,
            optlen, data, sizeof(data));
}

static void header(void)
{
  uint8_t frame[128];
  unsigned int len = fuzz_bytes(frame + 12, 100) + 12;

  memset(frame + 6, 2, 6);
  memcpy(frame, g_fuzz_wire->dev.d_mac, 6);
  frame[12] = 8;
  frame[13] = 0;
  fuzz_frame(frame, len < 14 ? 14 : len);
}

void fuzz_scenario(void)
{
  while (fuzz_more())
    {
      uint8_t op = fuzz_8();

      switch (op & 7)
        {
          case 0:
            fuzz_call();
            break;

          case 1:
            stack_sleep((nettime_t)(op >> 3) * NET_SEC);
            break;

          case 2:
            options(op);
            break;

          case 3:
            header();
            break;

          default:
            fragment(op);
            break;
        }
    }

  wire_flush(g_fuzz_wire);
}
