/* tests/host/fuzz/fuzz_icmp.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * ICMP and IGMP: errors that quote packets of a TCP connection, a UDP and a
 * raw socket, of nobody, or rubbish; queries of all kinds.
 */

#include <nuttx/config.h>

#include <string.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include "../net/tcp_script.h"
#include "fuzz.h"

static struct peer_s g_peer;

/* A quoted packet of ours, from 10.0.0.1 to 10.0.0.2 */

static unsigned int quote(uint8_t *data, uint8_t what)
{
  static const uint8_t protos[] =
  {
    IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, 77
  };

  uint8_t ip[28] =
  {
    0x45, 0, 0, 40, 0, 0, 0, 0, 64, protos[what & 3], 0, 0, 10, 0, 0, 1,
    10, 0, 0, 2
  };

  uint16_t sport = (what & 3) == 0 ? g_peer.lport : 5000;
  uint16_t dport = (what & 3) == 0 ? g_peer.port : 5001;

  ip[20] = (uint8_t)(sport >> 8);
  ip[21] = (uint8_t)sport;
  ip[22] = (uint8_t)(dport >> 8);
  ip[23] = (uint8_t)dport;
  if ((what & 3) == 0)
    {
      tcp_put32(ip + 24, g_peer.ack + (uint32_t)(int8_t)fuzz_8());
    }

  memcpy(data, ip, sizeof(ip));
  if ((what & 4) != 0)
    {
      /* One byte of it is another one */

      uint8_t where = fuzz_8() % sizeof(ip);

      data[where] = fuzz_8();
    }

  return sizeof(ip);
}

static void message(uint8_t op)
{
  uint8_t data[300];
  unsigned int len = 8;

  memset(data, 0, sizeof(data));
  data[0] = fuzz_8() % 20;
  data[1] = fuzz_8() % 16;
  fuzz_bytes(data + 4, 4);
  if ((op & 8) != 0)
    {
      len += quote(data + 8, fuzz_8());
    }

  len += fuzz_bytes(data + len, fuzz_8());
  len -= (op & 16) != 0 ? fuzz_8() % len : 0;
  fuzz_ipv4(op & 32 ? 3 : 2, IPPROTO_ICMP, 0, 0, data, 0, data, len);
}

static void group(uint8_t op)
{
  uint8_t data[64];
  unsigned int len;

  memset(data, 0, sizeof(data));
  len = fuzz_bytes(data, 4 + (op >> 3) % 29);
  fuzz_ipv4(2, IPPROTO_IGMP, 0, 0, data, 0, data, len);
}

void fuzz_scenario(void)
{
  struct sockaddr_in sin;

  memset(&sin, 0, sizeof(sin));
  g_fuzz_socket[0] = peer_accept(&g_peer, g_fuzz_wire);
  CHECK_EQ(psock_socket(AF_INET, SOCK_DGRAM, 0, &g_fuzz_socket[1]), 0);
  sin.sin_family      = AF_INET;
  sin.sin_port        = htons(5000);
  sin.sin_addr.s_addr = htonl(0x0a000001);
  CHECK_EQ(psock_bind(g_fuzz_socket[1], (struct sockaddr *)&sin,
                      sizeof(sin)), 0);
  sin.sin_port        = htons(5001);
  sin.sin_addr.s_addr = htonl(0x0a000002);
  CHECK_EQ(psock_connect(g_fuzz_socket[1], (struct sockaddr *)&sin,
                         sizeof(sin), MSG_DONTWAIT), 0);
  CHECK_EQ(psock_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP, &g_fuzz_socket[2]),
           0);
  sock_write(g_fuzz_socket[0], "0123456789", 10);

  while (fuzz_more())
    {
      uint8_t op = fuzz_8();

      switch (op & 7)
        {
          case 0:
            group(op);
            break;

          case 1:
            fuzz_call();
            break;

          case 2:
            stack_sleep((nettime_t)(1 + (op >> 3)) * 100 * NET_MSEC);
            break;

          default:
            message(op);
            break;
        }
    }

  wire_flush(g_fuzz_wire);
}
