/* tests/host/net/test_tcp_input.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Segments that arrive.  Goal: what is malformed is dropped and counted under
 * its name; what is only partly new is cut; what is old, beyond the window or
 * without its timestamp is answered as the RFCs say; and what is good is read
 * by the user byte for byte, whatever way it came.  Method: a peer that the
 * test plays sends frames with single fields wrong, and text whose every byte
 * follows from its sequence number.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tcp_script.h"

static uint8_t g_frame[65600];
static uint8_t g_text[65536];

/* Where things are in a frame without IP options */

#define IP   14
#define TCP  34

/* Read all that is there; every byte must follow from its number */

static unsigned int read_all(struct socket *psock, uint32_t seq)
{
  unsigned int total = 0;
  ssize_t n;

  while ((n = sock_read(psock, g_text, 1000)) > 0)
    {
      ssize_t i;

      for (i = 0; i < n && g_text[i] == (uint8_t)(seq + total + i); i++);

      CHECK_EQ(i, n);
      total += (unsigned int)n;
    }

  return total;
}

/* len bytes of the pattern from seq on */

static void say_at(struct peer_s *peer, uint8_t flags, uint32_t seq,
                   unsigned int len)
{
  uint8_t data[1460];
  unsigned int i;

  for (i = 0; i < len; i++)
    {
      data[i] = (uint8_t)(seq + i);
    }

  peer_send(peer, flags, seq, peer->ack, data, len);
}

/* Malformed ****************************************************************/

static void csum_again(unsigned int len)
{
  uint32_t sum = 0;
  unsigned int i;

  g_frame[TCP + 16] = 0;
  g_frame[TCP + 17] = 0;
  for (i = 0; i < len; i++)
    {
      sum += i % 2 == 0 ? (uint32_t)g_frame[TCP + i] << 8 : g_frame[TCP + i];
    }

  for (i = 12; i < 20; i += 2)
    {
      sum += (uint32_t)g_frame[IP + i] << 8 | g_frame[IP + i + 1];
    }

  sum += 6 + len;
  sum  = (sum & 0xffff) + (sum >> 16);
  sum  = (sum & 0xffff) + (sum >> 16);
  g_frame[TCP + 16] = (uint8_t)(~sum >> 8);
  g_frame[TCP + 17] = (uint8_t)~sum;
}

static void ip_csum_again(void)
{
  uint32_t sum = 0;
  unsigned int i;

  g_frame[IP + 10] = 0;
  g_frame[IP + 11] = 0;
  for (i = 0; i < 20; i += 2)
    {
      sum += (uint32_t)g_frame[IP + i] << 8 | g_frame[IP + i + 1];
    }

  sum  = (sum & 0xffff) + (sum >> 16);
  g_frame[IP + 10] = (uint8_t)(~sum >> 8);
  g_frame[IP + 11] = (uint8_t)~sum;
}

/* Send g_frame: the counter goes up by one, and nobody answers */

static void bad(struct peer_s *peer, unsigned int len, const char *counter)
{
  uint64_t before = stack_stat(counter);

  wire_rx(peer->wire, g_frame, len);
  if (stack_stat(counter) != before + 1)
    {
      net_failed(__FILE__, __LINE__, counter);
    }

  peer_quiet(peer);
}

static unsigned int build(struct peer_s *peer, unsigned int len)
{
  memset(g_text, 'x', len);
  return peer_build(peer, ACK | PSH, peer->seq, peer->ack, g_text, len,
                    g_frame);
}

static void malformed(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *listener = tcp_listener(80, 5);
  struct socket *psock;
  struct peer_s peer;
  unsigned int len;
  unsigned int i;

  peer_init(&peer, wire, 80);
  psock = peer_connect(&peer, listener);

  /* Every single bit of header and text, but in the IP header */

  for (i = TCP * 8; i < (TCP + 24) * 8; i++)
    {
      uint64_t before = stack_stat("tcp.inerrs");

      len = build(&peer, 4);
      g_frame[i / 8] ^= (uint8_t)(1 << (i % 8));
      wire_rx(wire, g_frame, len);
      CHECK_EQ(stack_stat("tcp.inerrs"), before + 1);
      peer_quiet(&peer);
    }

  for (i = 0; i < 5; i++)
    {
      len = build(&peer, 4);
      g_frame[TCP + 12] = (uint8_t)(i << 4);
      csum_again(24);
      bad(&peer, len, "tcp.inshort");
    }

  len = build(&peer, 4);
  g_frame[TCP + 12] = 7 << 4;
  csum_again(24);
  bad(&peer, len, "tcp.inshort");

  len = build(&peer, 4);
  g_frame[TCP] = 0;
  g_frame[TCP + 1] = 0;
  csum_again(24);
  bad(&peer, len, "tcp.inport0");

  len = build(&peer, 4);
  g_frame[TCP + 2] = 0;
  g_frame[TCP + 3] = 0;
  csum_again(24);
  bad(&peer, len, "tcp.inport0");

  /* To a broadcast address (MUST-57) */

  len = build(&peer, 4);
  g_frame[IP + 19] = 255;
  memset(g_frame, 0xff, 6);
  ip_csum_again();
  csum_again(24);
  bad(&peer, len, "tcp.innotunicast");

  /* After all that the connection is as it was */

  peer_say(&peer, ACK, 100);
  CHECK_EQ(read_all(psock, peer.seq - 100), 100);
  CHECK_EQ(psock_close(psock), 0);
  CHECK_EQ(psock_close(listener), 0);
}

/* IP packets that end inside the TCP header, at every length */

static void truncated(void)
{
  struct wire_s *wire = peer_wire();
  struct peer_s peer;
  unsigned int len;
  unsigned int n;

  peer_init(&peer, wire, 80);
  for (n = 0; n < 20; n++)
    {
      len = build(&peer, 0);
      g_frame[IP + 2] = 0;
      g_frame[IP + 3] = (uint8_t)(20 + n);
      ip_csum_again();
      bad(&peer, len, "tcp.inshort");
    }
}

/* Options that no connection needs do not harm it; malformed ones neither */

static void odd_options(void)
{
  static const uint8_t odd[][8] =
  {
    {2, 0, 0, 0, 0, 0, 0, 0}, {8, 40, 0, 0, 0, 0, 0, 0},
    {254, 8, 1, 2, 3, 4, 5, 6}, {5, 1, 1, 1, 1, 1, 1, 1},
    {1, 1, 1, 1, 1, 1, 1, 2}, {0, 9, 9, 9, 9, 9, 9, 9}
  };

  struct wire_s *wire = peer_wire();
  struct socket *listener = tcp_listener(80, 5);
  unsigned int i;

  for (i = 0; i < nitems(odd); i++)
    {
      struct socket *psock;
      struct peer_s peer;

      peer_init(&peer, wire, 80);
      memcpy(peer.synopt, odd[i], 8);
      peer.synoptlen = 8;
      psock = peer_connect(&peer, listener);
      CHECK_EQ(peer_conn(&peer)->t_peermss, 536);
      peer_say(&peer, ACK, 500);
      CHECK_EQ(read_all(psock, peer.seq - 500), 500);
      CHECK_EQ(psock_close(psock), 0);
      peer_flush(&peer);
    }

  CHECK_EQ(stack_stat("tcp.badoptions"), 4);
  CHECK_EQ(psock_close(listener), 0);
}

/* Cutting ******************************************************************/

/* Segments that overlap what came before, at every offset */

static void overlap_left(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *listener = tcp_listener(80, 5);
  struct socket *psock;
  struct peer_s peer;
  unsigned int old;

  peer_init(&peer, wire, 80);
  psock = peer_connect(&peer, listener);
  peer_say(&peer, ACK, 100);
  CHECK_EQ(read_all(psock, peer.seq - 100), 100);
  peer_flush(&peer);
  for (old = 0; old < 64; old++)
    {
      say_at(&peer, ACK, peer.seq - old, 64);
      CHECK_EQ(read_all(psock, peer.seq), 64 - old);
      peer.seq += 64 - old;
      peer_flush(&peer);
    }

  CHECK_EQ(stack_stat("tcp.cutsegs"), 63);

  /* Wholly old: nothing to read, an ACK at once */

  say_at(&peer, ACK, peer.seq - 64, 64);
  CHECK_EQ(sock_read(psock, g_text, 10), -EAGAIN);
  peer_expect(&peer, ACK);
  CHECK_EQ(stack_stat("tcp.dupsegs"), 1);
  CHECK_EQ(psock_close(psock), 0);
  CHECK_EQ(psock_close(listener), 0);
}

/* What lies beyond the window is cut off, and FIN with it; then the window is
 * closed: text is answered and dropped, but ACK and RST count (MUST-66).
 */

static void overlap_right(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *listener = tcp_listener(80, 5);
  struct socket *psock;
  struct peer_s peer;
  uint32_t start;
  unsigned int wnd;
  int size = 2000;

  CHECK_EQ(psock_setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &size,
                            sizeof(size)), 0);
  peer_init(&peer, wire, 80);
  psock = peer_connect(&peer, listener);
  start = peer.seq;
  for (; ; )
    {
      struct tcp_conn_s *conn = peer_conn(&peer);

      wnd = conn->rcv_adv - conn->rcv_nxt;
      if (wnd <= 1000 || peer.seq - start > 60000)
        {
          break;
        }

      peer_say(&peer, ACK, 1000);
      stack_sleep(50 * NET_MSEC);
    }

  CHECK(wnd > 0 && wnd <= 1000);
  peer_flush(&peer);
  say_at(&peer, FIN | ACK, peer.seq, wnd + 100);
  CHECK_EQ(peer_state(&peer), TCPS_ESTABLISHED);
  peer.seq += wnd;
  stack_sleep(50 * NET_MSEC);
  peer_expect(&peer, ACK);
  if (peer_conn(&peer)->rcv_adv == peer_conn(&peer)->rcv_nxt)
    {
      CHECK_EQ(peer.last.wnd, 0);
      CHECK_EQ(sock_write(psock, "abc", 3), 3);
      CHECK_EQ(peer_expect(&peer, ACK), 3);
      say_at(&peer, FIN | ACK, peer.seq, 1);
      peer_expect(&peer, ACK);
      CHECK_EQ(stack_stat("tcp.zerowndprobes"), 1);
      CHECK_EQ(peer_conn(&peer)->snd_una, peer.ack);
    }

  CHECK_EQ(peer_state(&peer), TCPS_ESTABLISHED);
  CHECK_EQ(read_all(psock, start), peer.seq - start);
  CHECK_EQ(psock_close(psock), 0);
  CHECK_EQ(psock_close(listener), 0);
}

/* Out of order in every permutation of four segments and a FIN */

static void permutations(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *listener = tcp_listener(80, 5);
  unsigned int code;

  for (code = 0; code < 5 * 5 * 5 * 5 * 5; code++)
    {
      unsigned int order[5];
      unsigned int seen = 0;
      unsigned int rest = code;
      unsigned int i;
      struct socket *psock;
      struct peer_s peer;

      for (i = 0; i < 5; i++)
        {
          order[i] = rest % 5;
          seen |= 1u << order[i];
          rest /= 5;
        }

      if (seen != 31)
        {
          continue;
        }

      peer_init(&peer, wire, 80);
      psock = peer_connect(&peer, listener);
      for (i = 0; i < 5; i++)
        {
          say_at(&peer, order[i] == 4 ? FIN | ACK : ACK,
                 peer.seq + order[i] * 100, order[i] == 4 ? 0 : 100);
        }

      CHECK_EQ(peer_state(&peer), TCPS_CLOSE_WAIT);
      CHECK_EQ(read_all(psock, peer.seq), 400);
      CHECK_EQ(sock_read(psock, g_text, 1), 0);
      CHECK_EQ(psock_close(psock), 0);
      peer_flush(&peer);
    }

  CHECK_EQ(psock_close(listener), 0);
}

/* Timestamps ***************************************************************/

static void paws(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *listener = tcp_listener(80, 5);
  struct socket *psock;
  struct peer_s peer;
  uint32_t tsval;
  uint32_t tsecr;

  peer_init(&peer, wire, 80);
  peer.ts = true;
  psock = peer_connect(&peer, listener);
  peer_say(&peer, ACK, 100);
  CHECK_EQ(read_all(psock, peer.seq - 100), 100);
  stack_sleep(50 * NET_MSEC);
  peer_flush(&peer);

  /* Older by one: an ACK, and not read */

  tsval = peer.tsval;
  peer.tsval -= 100;
  say_at(&peer, ACK, peer.seq, 100);
  CHECK_EQ(sock_read(psock, g_text, 10), -EAGAIN);
  peer_expect(&peer, ACK);
  CHECK_EQ(stack_stat("tcp.pawsestab"), 1);

  /* None at all: dropped without an answer (RFC 7323 3.2) */

  peer.ts = false;
  say_at(&peer, ACK, peer.seq, 100);
  CHECK_EQ(sock_read(psock, g_text, 10), -EAGAIN);
  peer_quiet(&peer);
  CHECK_EQ(stack_stat("tcp.tsmissing"), 1);

  /* A RST needs none */

  peer.ts    = true;
  peer.tsval = tsval;

  /* A delayed ACK echoes the first of those that it covers */

  peer.tsval = 5000;
  peer_say(&peer, ACK, 100);
  peer.tsval = 6000;
  peer_say(&peer, ACK, 1);
  stack_sleep(50 * NET_MSEC);
  while (peer_next(&peer, &peer.last))
    {
      CHECK(peer_timestamp(&peer.last, &tsval, &tsecr));
      CHECK_EQ(tsecr, 5000);
    }

  CHECK_EQ(read_all(psock, peer.seq - 101), 101);

  /* After 25 days without a word nothing can be told from a timestamp */

  stack_sleep(25 * 86400 * NET_SEC);
  peer.tsval = 4000;
  peer_say(&peer, ACK, 100);
  CHECK_EQ(read_all(psock, peer.seq - 100), 100);
  peer_send(&peer, RST, peer.seq, 0, NULL, 0);
  CHECK_EQ(sock_error(psock), ECONNRESET);
  CHECK_EQ(psock_close(psock), 0);
  CHECK_EQ(psock_close(listener), 0);
}

/* What the peer does not offer is not used, whoever opens */

static void negotiation(void)
{
  static const uint8_t full[] =
  {
    2, 4, 4, 0, 4, 2, 1, 1, 1, 3, 3, 5
  };

  struct wire_s *wire = peer_wire();
  struct tcp_conn_s *conn;
  struct tcp_opts_s opts;
  struct socket *psock;
  struct peer_s peer;

  psock = peer_await(&peer, wire);
  CHECK(tcp_options_read(peer.last.opt, peer.last.optlen, &opts));
  CHECK_EQ(opts.mss, 1460);
  CHECK(opts.has_wscale && opts.sack_ok && opts.has_ts);
  peer_say(&peer, SYN | ACK, 0);
  peer_expect(&peer, ACK);
  CHECK_EQ(peer.last.optlen, 0);
  conn = peer_conn(&peer);
  CHECK_EQ(conn->t_flags & (TF_SACK | TF_TS | TF_WSCALE), 0);
  CHECK_EQ(conn->snd_wscale, 0);
  CHECK_EQ(conn->rcv_wscale, 0);
  CHECK_EQ(conn->snd_wnd, 60000);
  CHECK_EQ(psock_close(psock), 0);

  psock = peer_await(&peer, wire);
  memcpy(peer.synopt, full, sizeof(full));
  peer.synoptlen = sizeof(full);
  peer.ts = true;
  peer_say(&peer, SYN | ACK, 0);
  peer_expect(&peer, ACK);
  CHECK_EQ(peer.last.optlen, 12);
  conn = peer_conn(&peer);
  CHECK_EQ(conn->t_flags & (TF_SACK | TF_TS | TF_WSCALE),
           TF_SACK | TF_TS | TF_WSCALE);
  CHECK_EQ(conn->snd_wscale, 5);
  CHECK_EQ(conn->snd_wnd, 60000);    /* Not scaled in a SYN */
  CHECK_EQ(conn->t_mss, 1024);
  peer_say(&peer, ACK, 10);
  CHECK_EQ(conn->snd_wnd, 60000 << 5);
  CHECK_EQ(psock_close(psock), 0);
}

/* Speed ********************************************************************/

/* Bulk reception: header prediction takes all of it, one ACK does for a
 * batch, and none is read wrongly across the end of the sequence space.
 */

static void bulk(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *listener = tcp_listener(80, 5);
  struct socket *psock;
  struct peer_s peer;
  unsigned int i;
  unsigned int n;
  uint64_t hits;

  peer_init(&peer, wire, 80);
  psock = peer_connect(&peer, listener);
  hits  = stack_stat("tcp.tcphphits");
  for (i = 0; i < 50; i++)
    {
      uint32_t seq = peer.seq;

      peer.more = true;
      for (n = 0; n < 10; n++)
        {
          peer_say(&peer, ACK, 1460);
          peer_quiet(&peer);
        }

      wire_rx_end(wire);
      peer_expect(&peer, ACK);
      peer_quiet(&peer);
      CHECK_EQ(read_all(psock, seq), 14600);
      peer_flush(&peer);             /* Perhaps a window update */
    }

  CHECK_EQ(stack_stat("tcp.tcphphits") - hits, 500);
  CHECK_EQ(psock_close(psock), 0);
  CHECK_EQ(psock_close(listener), 0);
}

/* Out of order: an ACK for each segment, even inside of a batch (RFC 5681
 * 4.2); and when the hole is filled, one at once or at the end.
 */

static void out_of_order_acks(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *listener = tcp_listener(80, 5);
  struct socket *psock;
  struct peer_s peer;
  uint32_t first;
  unsigned int n;

  peer_init(&peer, wire, 80);
  psock = peer_connect(&peer, listener);
  first = peer.seq;
  peer.more = true;
  for (n = 1; n <= 4; n++)
    {
      say_at(&peer, ACK, first + n * 1000, 1000);
      peer_expect(&peer, ACK);       /* Of "first" */
      peer_quiet(&peer);
    }

  say_at(&peer, ACK, first, 1000);
  wire_rx_end(wire);
  peer.seq = first + 5000;
  peer_expect(&peer, ACK);
  CHECK_EQ(read_all(psock, first), 5000);
  CHECK_EQ(psock_close(psock), 0);
  CHECK_EQ(psock_close(listener), 0);
}

/* Acknowledgements of what we send go by prediction as well */

static void predicted_acks(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *listener = tcp_listener(80, 5);
  struct socket *psock;
  struct peer_s peer;
  unsigned int i;

  peer_init(&peer, wire, 80);
  psock = peer_connect(&peer, listener);
  for (i = 0; i < 100; i++)
    {
      CHECK_EQ(sock_write(psock, g_text, 1000), 1000);
      CHECK_EQ(peer_expect(&peer, ACK), 1000);
      peer_say(&peer, ACK, 0);
    }

  CHECK_EQ(stack_stat("tcp.tcphpacks"), 100);
  CHECK_EQ(peer_conn(&peer)->snd_una, peer.ack);
  CHECK_EQ(psock_close(psock), 0);
  CHECK_EQ(psock_close(listener), 0);
}

/* Where the window was learnt must not fall behind by half of the sequence
 * space while only prediction is at work: windows would be taken for old.
 */

static void window_after_2_gigabytes(void)
{
  struct wire_s *wire = peer_wire();
  struct tcp_conn_s *conn;
  struct socket *psock;
  struct peer_s peer;

  psock = peer_accept(&peer, wire);
  conn  = peer_conn(&peer);
  conn->snd_wl1 = conn->rcv_nxt - 0x7fffff00;
  peer_say(&peer, ACK, 1000);
  peer_say(&peer, ACK, 1000);
  peer.wnd = 12345;
  peer_say(&peer, ACK, 0);
  CHECK_EQ(conn->snd_wnd, 12345);
  CHECK_EQ(psock_close(psock), 0);
}

/* A peer's ACK that its text has overtaken counts: we have not acknowledged
 * the text yet, so it cannot know.
 */

static void overtaken_ack(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *psock;
  struct peer_s peer;
  uint32_t seq;

  psock = peer_accept(&peer, wire);
  CHECK_EQ(sock_write(psock, "abc", 3), 3);
  CHECK_EQ(peer_expect(&peer, ACK), 3);
  seq = peer.seq;
  peer.ack -= 3;
  peer.more = true;
  peer_say(&peer, ACK, 1000);
  peer.ack += 3;
  peer_send(&peer, ACK, seq, peer.ack, NULL, 0);
  wire_rx_end(wire);
  CHECK_EQ(peer_conn(&peer)->snd_una, peer.ack);
  CHECK_EQ(stack_stat("tcp.oowsegs"), 0);
  CHECK_EQ(psock_close(psock), 0);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(malformed)
SCENARIO(truncated)
SCENARIO(odd_options)
SCENARIO(overlap_left)
SCENARIO(overlap_right)
SCENARIO(permutations)
SCENARIO(paws)
SCENARIO(negotiation)
SCENARIO(bulk)
SCENARIO(out_of_order_acks)
SCENARIO(predicted_acks)
SCENARIO(window_after_2_gigabytes)
SCENARIO(overtaken_ack)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_malformed),
    cmocka_unit_test(test_truncated),
    cmocka_unit_test(test_odd_options),
    cmocka_unit_test(test_overlap_left),
    cmocka_unit_test(test_overlap_right),
    cmocka_unit_test(test_permutations),
    cmocka_unit_test(test_paws),
    cmocka_unit_test(test_negotiation),
    cmocka_unit_test(test_bulk),
    cmocka_unit_test(test_out_of_order_acks),
    cmocka_unit_test(test_predicted_acks),
    cmocka_unit_test(test_window_after_2_gigabytes),
    cmocka_unit_test(test_overtaken_ack),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
