/* tests/host/net/test_tcp_attack.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Strangers.  Goal: who does not see a connection cannot reset it, put data
 * into it, slow it down or learn from it, and who talks to us cannot make us
 * talk without end, allocate without end, or do anything undefined.  Method:
 * a connection that works is shown to work again after each attack; the
 * answers to it are counted; at last a hundred thousand segments whose
 * numbers all lie near the edges of what is acceptable.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tcp_script.h"

static unsigned int count_segments(struct peer_s *peer)
{
  struct pkt_s pkt;
  unsigned int n = 0;

  while (peer_next(peer, &pkt))
    {
      n++;
    }

  return n;
}

/* Both directions, byte for byte */

static void works(struct peer_s *peer, struct socket *psock)
{
  uint8_t buf[100];
  unsigned int i;

  stack_sleep(50 * NET_MSEC);
  peer_flush(peer);
  CHECK_EQ(peer_state(peer), TCPS_ESTABLISHED);
  peer_say(peer, ACK, sizeof(buf));
  CHECK_EQ(sock_read(psock, buf, sizeof(buf)), sizeof(buf));
  for (i = 0; i < sizeof(buf); i++)
    {
      CHECK_EQ(buf[i], (uint8_t)(peer->seq - sizeof(buf) + i));
    }

  CHECK_EQ(sock_write(psock, buf, sizeof(buf)), sizeof(buf));
  CHECK_EQ(peer_expect(peer, ACK), sizeof(buf));
  CHECK(memcmp(peer->last.data, buf, sizeof(buf)) == 0);
  peer_say(peer, ACK, 0);
  peer_quiet(peer);
  CHECK_EQ(sock_read(psock, buf, sizeof(buf)), -EAGAIN);
  CHECK_EQ(sock_error(psock), 0);
}

/* Blind ********************************************************************/

/* RST and SYN at every 100th number of the whole sequence space near the
 * window: at most 10 challenge ACKs in 5 seconds (RFC 5961), no reset.
 */

static void blind_reset(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *psock;
  struct peer_s peer;
  unsigned int i;

  psock = peer_accept(&peer, wire);
  for (i = 0; i < 4000; i++)
    {
      peer_send(&peer, RST, peer.seq + 1 + (i - 2000) * 100, 0, NULL, 0);
    }

  CHECK_EQ(count_segments(&peer), 10);
  works(&peer, psock);
  stack_sleep(5 * NET_SEC);
  for (i = 0; i < 4000; i++)
    {
      peer_send(&peer, SYN, peer.seq + (i - 2000) * 100, 0, NULL, 0);
      peer_send(&peer, SYN | ACK, peer.seq + (i - 2000) * 100, peer.ack, NULL,
                0);
    }

  CHECK_EQ(count_segments(&peer), 10);
  works(&peer, psock);

  /* The true peer forgot, and opens again: his RST in answer to our challenge
   * ACK has the number that it names.
   */

  stack_sleep(5 * NET_SEC);
  peer_send(&peer, SYN, 12345, 0, NULL, 0);
  peer_expect(&peer, ACK);
  peer_send(&peer, RST, peer.last.ack, 0, NULL, 0);
  CHECK_EQ(peer_state(&peer), TCPS_CLOSED);
  CHECK_EQ(sock_error(psock), ECONNRESET);
  CHECK_EQ(psock_close(psock), 0);
}

/* Text in the window, but with an ACK out of nowhere (RFC 5961 5) */

static void blind_data(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *psock;
  struct peer_s peer;
  unsigned int i;
  char buf[10];

  psock = peer_accept(&peer, wire);
  for (i = 0; i < 1000; i++)
    {
      uint32_t ack = peer.ack + 1 + i * 2000000;

      peer_send(&peer, ACK, peer.seq, ack, "evil", 4);
    }

  CHECK_EQ(sock_read(psock, buf, sizeof(buf)), -EAGAIN);
  CHECK_EQ(count_segments(&peer), 10);
  CHECK_EQ(stack_stat("tcp.badacks"), 1000);
  works(&peer, psock);
  CHECK_EQ(psock_close(psock), 0);
}

/* Two hosts that each think the other is wrong fall silent (ACK storm) */

static void storm(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *psock;
  struct peer_s peer;
  unsigned int i;
  unsigned int n = 0;

  psock = peer_accept(&peer, wire);
  for (i = 0; i < 1000; i++)
    {
      peer_send(&peer, ACK, peer.seq - 5000, peer.ack, NULL, 0);
      n += count_segments(&peer);
      stack_sleep(10 * NET_MSEC);
    }

  CHECK(n <= 30);                    /* In 10 seconds */
  CHECK(n >= 20);
  works(&peer, psock);
  CHECK_EQ(psock_close(psock), 0);

  /* Nobody answers a RST, wherever it goes to */

  peer_init(&peer, wire, 81);
  for (i = 0; i < 100; i++)
    {
      peer_send(&peer, i % 2 != 0 ? RST : RST | ACK, i, i, NULL, 0);
    }

  CHECK_EQ(count_segments(&peer), 0);
}

/* ICMP *********************************************************************/

static void icmp(struct peer_s *peer, uint8_t type, uint8_t code,
                 uint32_t info, uint32_t seq)
{
  uint8_t quote[28];
  struct pkt_s pkt;

  memset(quote, 0, sizeof(quote));
  quote[0] = 0x45;
  tcp_put16(quote + 2, 1500);
  quote[8] = 64;
  quote[9] = IPPROTO_TCP;
  tcp_put32(quote + 12, 0x0a000001);
  tcp_put32(quote + 16, 0x0a000002);
  tcp_put16(quote + 20, peer->lport);
  tcp_put16(quote + 22, peer->port);
  tcp_put32(quote + 24, seq);

  memset(&pkt, 0, sizeof(pkt));
  pkt_from(peer->wire, peer->host, &pkt);
  pkt.proto = IPPROTO_ICMP;
  pkt.type  = type;
  pkt.code  = code;
  pkt.info  = info;
  pkt.data  = quote;
  pkt.len   = sizeof(quote);
  pkt_rx(peer->wire, &pkt);
}

/* Errors of every kind do not end a connection that is established (RFC
 * 5927); of what is not under way not even the path MTU is believed.
 */

static void icmp_established(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *psock;
  struct peer_s peer;
  unsigned int code;

  psock = peer_accept(&peer, wire);
  CHECK_EQ(sock_write(psock, "abc", 3), 3);
  peer_expect(&peer, ACK);
  for (code = 0; code <= 15; code++)
    {
      if (code != 4)
        {
          icmp(&peer, 3, (uint8_t)code, 0, peer.ack - 3);
        }
    }

  icmp(&peer, 3, 4, 600, peer.ack - 4);      /* Acknowledged already */
  icmp(&peer, 3, 4, 600, peer.ack + 1000);   /* Not sent */
  CHECK_EQ(peer_conn(&peer)->t_mss, 1460);
  peer_say(&peer, ACK, 0);
  works(&peer, psock);

  icmp(&peer, 3, 1, 0, peer.ack - 1);
  peer.port += 5000;
  icmp(&peer, 3, 1, 0, peer.ack - 1);        /* Of no connection */
  peer.port -= 5000;
  CHECK_EQ(stack_stat("tcp.icmpnoconn"), 1);

  /* A true one */

  CHECK_EQ(sock_write(psock, "abc", 3), 3);
  peer_expect(&peer, ACK);
  icmp(&peer, 3, 4, 1000, peer.ack - 3);
  CHECK_EQ(peer_conn(&peer)->t_mss, 960);
  CHECK_EQ(psock_close(psock), 0);
}

/* While it is being made: a hard error ends it if it quotes our SYN; a soft
 * one does not, but the second does, and is what the user is told.
 */

static void icmp_connecting(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *psock;
  struct peer_s peer;

  psock = peer_await(&peer, wire);
  icmp(&peer, 3, 3, 0, peer.ack + 77);
  CHECK_EQ(peer_state(&peer), TCPS_SYN_SENT);
  icmp(&peer, 3, 3, 0, peer.ack - 1);
  CHECK_EQ(peer_state(&peer), TCPS_CLOSED);
  CHECK_EQ(sock_error(psock), ECONNREFUSED);
  CHECK_EQ(psock_close(psock), 0);

  psock = peer_await(&peer, wire);
  icmp(&peer, 3, 1, 0, peer.ack - 1);
  CHECK_EQ(peer_state(&peer), TCPS_SYN_SENT);
  CHECK_EQ(sock_error(psock), 0);
  stack_sleep(1100 * NET_MSEC);
  icmp(&peer, 3, 1, 0, peer.ack - 1);
  CHECK_EQ(peer_state(&peer), TCPS_CLOSED);
  CHECK_EQ(sock_error(psock), EHOSTUNREACH);
  CHECK_EQ(psock_close(psock), 0);
}

/* Numbers ******************************************************************/

/* An MSS of 1 does not make us send byte by byte, nor does one of 0 */

static void tiny_mss(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *psock;
  struct peer_s peer;
  unsigned int mss;

  for (mss = 0; mss < 100; mss += 9)
    {
      psock = peer_await(&peer, wire);
      tcp_put16(peer.synopt + 2, (uint16_t)mss);
      peer_say(&peer, SYN | ACK, 0);
      CHECK(peer_conn(&peer)->t_mss >= 48);
      CHECK(peer_conn(&peer)->t_mss <= MAX(48, mss == 0 ? 536 : mss));
      CHECK_EQ(psock_close(psock), 0);
    }
}

/* RFC 6528: the ISS of one connection tells nothing about the next one to
 * another port, and rises for the same ports.
 */

static void initial_numbers(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *listener = tcp_listener(80, 128);
  struct peer_s peer;
  uint32_t last = 0;
  uint32_t iss;
  unsigned int near = 0;
  unsigned int i;

  for (i = 0; i < 64; i++)
    {
      peer_init(&peer, wire, 80);
      peer_say(&peer, SYN, 0);
      peer_expect(&peer, SYN | ACK);
      iss   = peer.last.seq;
      near += i > 0 && iss - last + 0x1000000 < 0x2000000;
      last  = iss;
    }

  CHECK(near <= 3);                  /* 64 / 128 are expected */
  peer_send(&peer, RST, peer.seq, 0, NULL, 0);
  peer.seq--;
  stack_sleep(NET_SEC);
  peer_say(&peer, SYN, 0);
  peer_expect(&peer, SYN | ACK);
  CHECK_EQ(peer.last.seq - last, 250000);
  peer_send(&peer, RST, peer.seq, 0, NULL, 0);
  CHECK_EQ(psock_close(listener), 0);
}

/* TIME-WAIT ****************************************************************/

/* Bring the server's side of a connection to TIME-WAIT */

static void server_timewait(struct peer_s *peer, struct socket *listener)
{
  struct socket *psock = peer_connect(peer, listener);

  CHECK_EQ(psock_close(psock), 0);
  peer_expect(peer, FIN | ACK);
  peer_say(peer, FIN | ACK, 0);
  peer_expect(peer, ACK);
  CHECK_EQ(peer_state(peer), TCPS_TIME_WAIT);
}

/* RFC 6191 and RFC 1337.  A SYN that can only be new opens at once, with an
 * ISS beyond all old numbers; one that may be old does not; and old segments
 * do not end TIME-WAIT.
 */

static void reopen(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *listener = tcp_listener(80, 5);
  struct socket *psock;
  struct peer_s peer;
  uint32_t old;
  unsigned int i;

  peer_init(&peer, wire, 80);
  server_timewait(&peer, listener);
  peer_send(&peer, SYN, peer.seq - 1000, 0, NULL, 0);
  peer_expect(&peer, ACK);
  for (i = 1; i < 100; i++)
    {
      peer_send(&peer, RST, peer.seq - i, 0, NULL, 0);
      peer_send(&peer, RST, peer.seq + i, 0, NULL, 0);
      peer_send(&peer, ACK, peer.seq - 10, peer.ack, "old text", 8);
    }

  CHECK_EQ(peer_state(&peer), TCPS_TIME_WAIT);
  CHECK(count_segments(&peer) <= 9);
  old = peer.ack;
  peer.seq += 1;
  psock = peer_connect(&peer, listener);
  CHECK(SEQ_GT(peer.ack, old + 65535));
  works(&peer, psock);
  CHECK_EQ(psock_close(psock), 0);

  /* By timestamp: a larger one opens even with a smaller number */

  peer_init(&peer, wire, 80);
  peer.ts = true;
  server_timewait(&peer, listener);
  peer.seq -= 100000;
  peer.tsval -= 1;
  peer_send(&peer, SYN, peer.seq, 0, NULL, 0);
  peer.tsval += 1;
  CHECK(peer_next(&peer, &peer.last));
  CHECK_EQ(peer.last.flags, ACK);
  peer.tsval += 1;
  psock = peer_connect(&peer, listener);
  CHECK_EQ(peer_state(&peer), TCPS_ESTABLISHED);
  CHECK_EQ(psock_close(psock), 0);
  CHECK_EQ(psock_close(listener), 0);
  CHECK_EQ(stack_stat("tcp.twrecycled"), 2);
}

/* The SYN queue is full.  A SYN that reopens a connection gets no place in it
 * either: a cookie if that is safe, else nothing, and TIME-WAIT stays.
 */

static void reopen_full(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *listener = tcp_listener(80, 5);
  struct tcp_listen_info_s info;
  struct peer_s flood[16];
  struct peer_s peer[12];
  struct socket *psock;
  unsigned int cookies = 0;
  unsigned int i;

  for (i = 0; i < nitems(peer); i++)
    {
      peer_init(&peer[i], wire, 80);
      peer[i].ts = i == 0;
      server_timewait(&peer[i], listener);
    }

  for (i = 0; i < nitems(flood); i++)
    {
      peer_init(&flood[i], wire, 80);
      peer_send(&flood[i], SYN, flood[i].seq, 0, NULL, 0);
      peer_flush(&flood[i]);
    }

  tcp_listen_info(tcp_conn(listener->s_conn), &info);
  CHECK_EQ(info.synq, nitems(flood));

  /* With timestamps: always */

  peer[0].tsval += 1;
  psock = peer_connect(&peer[0], listener);
  CHECK(psock != NULL);
  CHECK_EQ(stack_stat("tcp.syncookiessent"), 1);
  works(&peer[0], psock);
  CHECK_EQ(psock_close(psock), 0);

  for (i = 1; i < nitems(peer); i++)
    {
      uint32_t old = peer[i].ack;

      peer[i].seq += 1;
      peer_send(&peer[i], SYN, peer[i].seq, 0, NULL, 0);
      if (peer_next(&peer[i], &peer[i].last))
        {
          CHECK_EQ(peer[i].last.flags, SYN | ACK);
          CHECK(SEQ_GT(peer[i].last.seq, old - 1));
          cookies++;
        }
      else
        {
          CHECK_EQ(peer_state(&peer[i]), TCPS_TIME_WAIT);
        }
    }

  CHECK(cookies > 0 && cookies < nitems(peer) - 1);
  tcp_listen_info(tcp_conn(listener->s_conn), &info);
  CHECK_EQ(info.synq, nitems(flood));
  CHECK_EQ(psock_close(listener), 0);
  peer_flush(&peer[0]);
}

/* Without a listener there is nothing to open */

static void reopen_nobody(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *listener = tcp_listener(80, 5);
  struct peer_s peer;

  peer_init(&peer, wire, 80);
  server_timewait(&peer, listener);
  CHECK_EQ(psock_close(listener), 0);
  peer_send(&peer, SYN, peer.seq + 1, 0, NULL, 0);
  CHECK(peer_next(&peer, &peer.last));
  CHECK_EQ(peer.last.flags, ACK);
  CHECK_EQ(peer_state(&peer), TCPS_TIME_WAIT);
}

/* More connections in TIME-WAIT than may be, and no memory for one */

static void timewait_overflow(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *listener = tcp_listener(80, 5);
  struct peer_s peer;
  unsigned int i;

  g_tcp.max_timewait = 10;
  for (i = 0; i < 20; i++)
    {
      struct socket *psock;

      peer_init(&peer, wire, 80);
      psock = peer_connect(&peer, listener);
      CHECK_EQ(psock_close(psock), 0);
      peer_expect(&peer, FIN | ACK);
      peer_say(&peer, FIN | ACK, 0);
      peer_expect(&peer, ACK);       /* In any case */
      CHECK_EQ(peer_state(&peer), i < 10 ? TCPS_TIME_WAIT : TCPS_CLOSED);
    }

  CHECK_EQ(g_tcp.ntimewait, 10);
  CHECK_EQ(stack_stat("tcp.tcptimewaitoverflow"), 10);
  stack_sleep(61 * NET_SEC);
  CHECK_EQ(g_tcp.ntimewait, 0);
  CHECK_EQ(psock_close(listener), 0);
}

/* Everything ***************************************************************/

/* A number near one of the edges */

static uint32_t near(uint32_t edge)
{
  switch (net_random() % 6)
    {
      case 0:
        return edge + (uint32_t)(net_random() % 2000);

      case 1:
        return edge - (uint32_t)(net_random() % 2000);

      case 2:
        return (uint32_t)net_random();

      default:
        return edge + (uint32_t)(net_random() % 3) - 1;
    }
}

static void check_numbers(const struct tcp_conn_s *conn)
{
  CHECK(SEQ_LEQ(conn->snd_una, conn->snd_nxt));
  CHECK(SEQ_LEQ(conn->snd_nxt, conn->snd_max));
  CHECK(SEQ_LEQ(conn->rcv_nxt, conn->rcv_adv + 1));
  CHECK_EQ(conn->t_hold, 0);
  CHECK_EQ(conn->t_flags & TF_FREED, 0);
}

static void random_segment(struct peer_s *peer)
{
  static const uint32_t wscale = 3;
  struct tcp_conn_s *conn = peer_conn(peer);
  uint32_t nxt = peer->seq;
  uint32_t una = peer->ack;
  uint32_t edge = peer->seq + 1;
  uint8_t text[1460];

  memset(text, 'r', sizeof(text));
  if (conn != NULL && conn->t_state != TCPS_TIME_WAIT)
    {
      check_numbers(conn);
      nxt  = conn->rcv_nxt;
      edge = conn->rcv_adv;
      una  = net_random() % 2 != 0 ? conn->snd_una : conn->snd_max;
    }

  peer->ts    = net_random() % 8 != 0;
  peer->wnd   = (uint16_t)(net_random() % 4 != 0 ? net_random() :
                           net_random() % wscale);
  peer->tsval = near(conn != NULL && conn->t_state != TCPS_TIME_WAIT ?
                     conn->ts_recent : 1000);
  peer->tsecr = (uint32_t)net_random();
  peer->more  = net_random() % 4 == 0;
  peer_send(peer, (uint8_t)(net_random() % 3 != 0 ? ACK :
                            net_random() % 64),
            near(net_random() % 3 != 0 ? nxt : edge), near(una), text,
            net_random() % 2 != 0 ? 0 : net_random() % sizeof(text));
}

static void fuzz_one(struct wire_s *wire, struct socket *listener)
{
  struct socket *psock;
  struct peer_s peer;
  uint8_t buf[3000];
  unsigned int i;

  memset(buf, 's', sizeof(buf));
  if (net_random() % 2 != 0)
    {
      peer_init(&peer, wire, 80);
      peer.ts = net_random() % 2 != 0;
      psock   = peer_connect(&peer, listener);
    }
  else
    {
      psock = net_random() % 2 != 0 ? peer_accept(&peer, wire) :
              peer_await(&peer, wire);
    }

  for (i = 0; i < 200; i++)
    {
      random_segment(&peer);
      switch (net_random() % 16)
        {
          case 0:
            sock_write(psock, buf, net_random() % sizeof(buf));
            break;

          case 1:
            sock_read(psock, buf, net_random() % sizeof(buf));
            break;

          case 2:
            stack_sleep(net_random() % (300 * NET_MSEC));
            break;

          case 3:
            if (net_random() % 8 == 0)
              {
                psock_shutdown(psock, SHUT_WR);
              }
            break;

          default:
            break;
        }

      peer_flush(&peer);
    }

  CHECK_EQ(psock_close(psock), 0);
  wire_rx_end(wire);
  for (i = 0; i < 20; i++)
    {
      random_segment(&peer);
      peer_flush(&peer);
    }

  wire_rx_end(wire);
}

/* What the random segments made in the listener's queue */

static void take_all(struct socket *listener)
{
  struct socket *psock;

  while (psock_accept(listener, NULL, NULL, &psock, MSG_DONTWAIT) == 0)
    {
      CHECK_EQ(psock_close(psock), 0);
    }
}

static void fuzz(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *listener = tcp_listener(80, 64);
  unsigned int i;

  for (i = 0; i < 450; i++)
    {
      fuzz_one(wire, listener);
      take_all(listener);
    }

  CHECK_EQ(iob_check(), 0);
  CHECK_EQ(psock_close(listener), 0);
  stack_sleep(2000 * NET_SEC);
  wire_flush(wire);
  CHECK_EQ(g_tcp.norphans, 0);
  CHECK_EQ(g_tcp.ntimewait, 0);
  CHECK_EQ(g_tcp.nestab, 0);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(blind_reset)
SCENARIO(blind_data)
SCENARIO(storm)
SCENARIO(icmp_established)
SCENARIO(icmp_connecting)
SCENARIO(tiny_mss)
SCENARIO(initial_numbers)
SCENARIO(reopen)
SCENARIO(reopen_full)
SCENARIO(reopen_nobody)
SCENARIO(timewait_overflow)
SCENARIO(fuzz)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_blind_reset),
    cmocka_unit_test(test_blind_data),
    cmocka_unit_test(test_storm),
    cmocka_unit_test(test_icmp_established),
    cmocka_unit_test(test_icmp_connecting),
    cmocka_unit_test(test_tiny_mss),
    cmocka_unit_test(test_initial_numbers),
    cmocka_unit_test(test_reopen),
    cmocka_unit_test(test_reopen_full),
    cmocka_unit_test(test_reopen_nobody),
    cmocka_unit_test(test_timewait_overflow),
    cmocka_unit_test(test_fuzz),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
