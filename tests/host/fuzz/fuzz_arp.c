/* tests/host/fuzz/fuzz_arp.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * ARP: packets of any kind about addresses that matter, packets that wait for
 * an answer, and time.
 */

#include <nuttx/config.h>

#include <string.h>

#include "fuzz.h"

static const uint32_t g_addrs[] =
{
  0x0a000001, 0x0a000002, 0x0a000004, 0x0a000005, 0, 0xffffffff, 0x0a0000ff,
  0x7f000001
};

static void packet(uint8_t op)
{
  uint8_t which = fuzz_8();
  uint8_t mac = fuzz_8();
  struct pkt_s pkt;

  memset(&pkt, 0, sizeof(pkt));
  pkt_from(g_fuzz_wire, 2 + (mac & 3), &pkt);
  if ((op & 0x40) != 0)
    {
      memset(pkt.dmac, 0xff, 6);
    }

  pkt.arp_op  = 1 + (op >> 3 & 3);
  pkt.arp_spa = g_addrs[which & 7];
  pkt.arp_tpa = g_addrs[which >> 3 & 7];
  memcpy(pkt.arp_sha, mac & 0x80 ? g_fuzz_wire->dev.d_mac : pkt.smac, 6);
  memset(pkt.arp_tha, mac & 0x40 ? 0xff : 0, 6);
  if ((mac & 0x20) != 0)
    {
      memset(pkt.arp_sha, 0xff, 6);
    }

  pkt_rx(g_fuzz_wire, &pkt);
}

static void any_packet(void)
{
  uint8_t frame[64];
  unsigned int len;

  memset(frame, 0, sizeof(frame));
  memset(frame, 0xff, 6);
  memset(frame + 6, 2, 6);
  frame[12] = 8;
  frame[13] = 6;
  len = 14 + fuzz_bytes(frame + 14, fuzz_8() % 50);
  fuzz_frame(frame, len);
}

void fuzz_scenario(void)
{
  while (fuzz_more())
    {
      uint8_t op = fuzz_8();

      switch (op & 7)
        {
          case 0:
            any_packet();
            break;

          case 1:
            fuzz_call();
            break;

          case 2:
            stack_sleep((nettime_t)(1 + (op >> 3)) * NET_SEC);
            break;

          default:
            packet(op);
            break;
        }
    }

  wire_flush(g_fuzz_wire);
}
