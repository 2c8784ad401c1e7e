/* tests/host/fuzz/fuzz_frame.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Frames in every state of a connection.  The first byte of the input is the
 * state that the connection is brought to; then come segments of it, whose
 * numbers are near those that the connection expects, frames of any bytes,
 * calls, and time.
 */

#include <nuttx/config.h>

#include <string.h>

#include <netinet/in.h>

#include "../net/tcp_script.h"
#include "fuzz.h"

static struct peer_s g_peer;

/* The peer's FIN, and ours */

static void theirs(void)
{
  peer_say(&g_peer, FIN | ACK, 0);
}

static void ours(void)
{
  psock_shutdown(g_fuzz_socket[0], SHUT_WR);
  g_peer.ack++;
}

static void reach(unsigned int state)
{
  switch (state)
    {
      case 0:                        /* LISTEN, or a handshake under way */
      case 1:
        peer_init(&g_peer, g_fuzz_wire, 80);
        g_fuzz_socket[0] = tcp_listener(80, 2);
        if (state == 1)
          {
            peer_say(&g_peer, SYN, 0);
          }

        return;

      case 2:                        /* SYN-SENT, SYN-RECEIVED */
      case 3:
        g_fuzz_socket[0] = peer_await(&g_peer, g_fuzz_wire);
        if (state == 3)
          {
            peer_say(&g_peer, SYN, 0);
          }

        return;

      default:
        break;
    }

  g_fuzz_socket[0] = peer_accept(&g_peer, g_fuzz_wire);
  switch (state)
    {
      case 5:                        /* FIN-WAIT-1 */
      case 6:                        /* FIN-WAIT-2 */
        ours();
        if (state == 6)
          {
            peer_say(&g_peer, ACK, 0);
          }

        break;

      case 7:                        /* CLOSE-WAIT */
      case 8:                        /* LAST-ACK */
        theirs();
        if (state == 8)
          {
            ours();
          }

        break;

      case 9:                        /* CLOSING */
        ours();
        g_peer.ack--;
        theirs();
        g_peer.ack++;
        break;

      case 10:                       /* TIME-WAIT */
        ours();
        theirs();
        break;

      default:                       /* ESTABLISHED */
        break;
    }
}

/* A segment: flags, numbers relative to what is expected, options, text */

static void segment(void)
{
  uint8_t flags = fuzz_8();
  uint8_t what = fuzz_8();
  struct pkt_s pkt;
  uint8_t data[2048];

  memset(&pkt, 0, sizeof(pkt));
  memset(data, what, sizeof(data));
  pkt_from(g_fuzz_wire, g_peer.host, &pkt);
  pkt.proto = IPPROTO_TCP;
  pkt.sport = g_peer.port;
  pkt.dport = g_peer.lport;
  pkt.flags = flags;
  pkt.seq   = g_peer.seq + (uint32_t)(int16_t)((what & 1) ? fuzz_16() : 0);
  pkt.ack   = g_peer.ack + (uint32_t)(int16_t)((what & 2) ? fuzz_16() : 0);
  pkt.wnd   = (what & 4) ? fuzz_16() : 65535;
  pkt.urg   = (what & 8) ? fuzz_16() : 0;
  if ((what & 16) != 0)
    {
      pkt.optlen = (uint8_t)fuzz_bytes(pkt.opt, fuzz_8() % 11 * 4);
    }

  pkt.data = data;
  pkt.len  = (what & 32) ? fuzz_16() % 1461 : 0;
  if ((what & 64) != 0)
    {
      /* As the peer would go on */

      g_peer.seq = pkt.seq + pkt.len + ((flags & SYN) != 0) +
                   ((flags & FIN) != 0);
    }

  pkt_rx(g_fuzz_wire, &pkt);
}

static void any_frame(void)
{
  uint8_t frame[256];
  unsigned int len = fuzz_bytes(frame, fuzz_8());

  if (len > 13 && (frame[0] & 1) == 0)
    {
      memcpy(frame, g_fuzz_wire->dev.d_mac, 6);
    }

  fuzz_frame(frame, len);
}

/* What the connection sent, so that its numbers are near */

static void follow(void)
{
  struct pkt_s pkt;

  while (peer_next(&g_peer, &pkt))
    {
      if ((pkt.flags & (ACK | SYN)) != 0)
        {
          g_peer.ack = pkt.seq + pkt.len + ((pkt.flags & SYN) != 0) +
                       ((pkt.flags & FIN) != 0);
        }
    }
}

void fuzz_scenario(void)
{
  g_peer.wire = NULL;
  reach(fuzz_8() % 11);
  while (fuzz_more())
    {
      uint8_t op = fuzz_8();

      switch (op & 7)
        {
          case 0:
            any_frame();
            break;

          case 1:
            fuzz_call();
            break;

          case 2:
            stack_sleep((nettime_t)(1 + (op >> 3)) * (op >> 3) * NET_MSEC);
            break;

          case 3:
            follow();
            break;

          default:
            segment();
            break;
        }
    }

  wire_flush(g_fuzz_wire);
}
