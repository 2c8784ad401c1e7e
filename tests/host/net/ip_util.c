/* tests/host/net/ip_util.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * See ip_util.h.
 */

#include <nuttx/config.h>

#include <arpa/inet.h>
#include <string.h>

#include "ip_util.h"

const uint8_t *ip_bytes(unsigned int n)
{
  static uint8_t bytes[65600];
  unsigned int i;

  (void)n;
  for (i = 0; i < sizeof(bytes) && bytes[1] == 0; i++)
    {
      bytes[sizeof(bytes) - 1 - i] =
        (uint8_t)((sizeof(bytes) - 1 - i) * 167 +
                  ((sizeof(bytes) - 1 - i) >> 8));
    }

  return bytes;
}

void ip_echo(const struct wire_s *wire, unsigned int host, unsigned int n,
             struct pkt_s *pkt)
{
  memset(pkt, 0, sizeof(*pkt));
  pkt_from(wire, host, pkt);
  pkt->proto = 1;
  pkt->type  = 8;
  pkt->info  = 0x12345678;
  pkt->ident = 0x4711;
  pkt->data  = ip_bytes(n);
  pkt->len   = n;
}

void frame_make(struct frame_s *frame, const struct pkt_s *pkt)
{
  frame->len = pkt_write(pkt, frame->data);
}

void frame_fixsum(struct frame_s *frame)
{
  uint8_t *ip = frame->data + IP_AT;
  unsigned int n = (ip[0] & 0x0f) * 4u;
  uint32_t sum = 0;
  unsigned int i;

  ip[10] = 0;
  ip[11] = 0;
  for (i = 0; i < n; i += 2)
    {
      sum += (uint32_t)ip[i] << 8 | ip[i + 1];
    }

  sum = (sum & 0xffff) + (sum >> 16);
  sum = ~((sum & 0xffff) + (sum >> 16));
  ip[10] = (uint8_t)(sum >> 8);
  ip[11] = (uint8_t)sum;
}

void frame_options(struct frame_s *frame, const void *opt, unsigned int n)
{
  uint8_t *ip = frame->data + IP_AT;
  unsigned int total = ((unsigned int)ip[2] << 8 | ip[3]) + n;

  memmove(ip + 20 + n, ip + 20, frame->len - IP_AT - 20);
  memcpy(ip + 20, opt, n);
  frame->len += n;
  ip[0] = (uint8_t)(0x40 | (20 + n) / 4);
  ip[2] = (uint8_t)(total >> 8);
  ip[3] = (uint8_t)total;
  frame_fixsum(frame);
}

void frame_rx(struct wire_s *wire, const struct frame_s *frame)
{
  wire_rx(wire, frame->data, frame->len);
}

struct netaddr_s ip_addr(uint32_t addr)
{
  return netaddr_from4(htonl(addr));
}

int ip_send(uint32_t dst, unsigned int n, unsigned int headroom,
            unsigned int txflags)
{
  struct netaddr_s to = ip_addr(dst);
  struct net_path_s path;
  struct net_tx_s tx;
  struct iob_s *pkt;
  int ret = net_route(&to, NULL, 0, &path);

  if (ret < 0)
    {
      return ret;
    }

  pkt = iob_tryalloc_contig(n, headroom, IOB_CLASS_TX);
  CHECK(pkt != NULL);
  if (pkt == NULL)
    {
      return -1;
    }

  memcpy(IOB_DATA(pkt), ip_bytes(n), n);
  pkt->io_len    = (uint16_t)n;
  pkt->io_pktlen = n;
  if (txflags & NET_TX_RESERVED)
    {
      CHECK_EQ(netif_reserve(path.nif, NULL), 0);
    }

  memset(&tx, 0, sizeof(tx));
  tx.src   = &path.src;
  tx.dst   = &to;
  tx.proto = IP_TESTPROTO;
  tx.flags = (uint8_t)txflags;
  return ip_output(pkt, &path, &tx);
}
