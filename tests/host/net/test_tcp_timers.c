/* tests/host/net/test_tcp_timers.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Time in TCP.  Goal: what shall happen after a time happens then and not
 * before, ends when the peer answers, and a connection at rest has no timer
 * at all.  Method: virtual time, a peer that the test plays, and the clock
 * looked at on both sides of each deadline.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tcp_script.h"

static void set_int(struct socket *psock, int level, int option, int value)
{
  CHECK_EQ(psock_setsockopt(psock, level, option, &value, sizeof(value)), 0);
}

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

/* Read something to get the answer out of the way */

static void get(struct socket *psock, unsigned int len)
{
  char buf[2000];

  CHECK_EQ(sock_read(psock, buf, sizeof(buf)), len);
}

/* Delayed acknowledgements *************************************************/

static void delayed_ack(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *psock;
  struct peer_s peer;

  psock = peer_accept(&peer, wire);
  peer_say(&peer, ACK, 100);
  stack_sleep(39 * NET_MSEC);
  peer_quiet(&peer);
  stack_sleep(2 * NET_MSEC);
  peer_expect(&peer, ACK);
  CHECK_EQ(stack_stat("tcp.delayedacks"), 1);

  /* What the user sends takes it along, and nothing comes later */

  peer_say(&peer, ACK, 100);
  CHECK_EQ(sock_write(psock, "x", 1), 1);
  CHECK_EQ(peer_expect(&peer, ACK), 1);
  peer_say(&peer, ACK, 0);
  stack_sleep(NET_SEC);
  peer_quiet(&peer);
  CHECK_EQ(stack_stat("tcp.delayedacks"), 1);

  /* The second full segment is acknowledged at once (MUST-58, MUST-59) */

  peer_say(&peer, ACK, 1460);
  peer_say(&peer, ACK, 1460);
  peer_expect(&peer, ACK);
  get(psock, 2000);
  CHECK_EQ(psock_close(psock), 0);
}

/* Rest *********************************************************************/

static void at_rest(void)
{
  struct wire_s *wire = peer_wire();
  unsigned int before = net_timer_count();
  struct socket *psock;
  struct peer_s peer;

  psock = peer_accept(&peer, wire);
  CHECK_EQ(sock_write(psock, "hello", 5), 5);
  CHECK_EQ(net_timer_count(), before + 1);   /* One, whatever runs */
  CHECK_EQ(peer_expect(&peer, ACK), 5);
  peer_say(&peer, ACK, 5);
  stack_sleep(10 * NET_SEC);
  peer_flush(&peer);
  get(psock, 5);
  stack_sleep(10 * NET_SEC);
  CHECK_EQ(net_timer_count(), before);
  stack_sleep(100000 * NET_SEC);
  CHECK_EQ(count_segments(&peer), 0);
  CHECK_EQ(peer_state(&peer), TCPS_ESTABLISHED);
  CHECK_EQ(psock_close(psock), 0);
}

/* Keep-alive ***************************************************************/

static struct socket *keepalive(struct peer_s *peer, struct wire_s *wire)
{
  struct socket *psock = peer_accept(peer, wire);

  set_int(psock, IPPROTO_TCP, TCP_KEEPIDLE, 10);
  set_int(psock, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set_int(psock, IPPROTO_TCP, TCP_KEEPCNT, 3);
  set_int(psock, SOL_SOCKET, SO_KEEPALIVE, 1);
  return psock;
}

static void expect_probe(struct peer_s *peer)
{
  struct pkt_s pkt;

  CHECK(peer_next(peer, &pkt));
  CHECK_EQ(pkt.flags, ACK);
  CHECK_EQ(pkt.seq, peer->ack - 1);
  CHECK_EQ(pkt.len, 0);
  peer_quiet(peer);
}

static void keep_alive(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *psock;
  struct peer_s peer;
  unsigned int i;

  psock = keepalive(&peer, wire);
  stack_sleep(9900 * NET_MSEC);
  peer_quiet(&peer);
  stack_sleep(200 * NET_MSEC);
  expect_probe(&peer);

  /* Answered, and so for as long as it goes; text counts, too */

  for (i = 0; i < 20; i++)
    {
      peer_say(&peer, ACK, 0);
      stack_sleep(4900 * NET_MSEC);
      peer_quiet(&peer);
      stack_sleep(5200 * NET_MSEC);
      expect_probe(&peer);
    }

  peer_say(&peer, ACK, 10);
  get(psock, 10);
  stack_sleep(9900 * NET_MSEC);
  CHECK_EQ(count_segments(&peer), 1);        /* Of the text */
  stack_sleep(200 * NET_MSEC);
  expect_probe(&peer);

  /* Not any more: two more probes, and the end */

  stack_sleep(5 * NET_SEC);
  expect_probe(&peer);
  stack_sleep(5 * NET_SEC);
  expect_probe(&peer);
  CHECK_EQ(peer_state(&peer), TCPS_ESTABLISHED);
  stack_sleep(5 * NET_SEC);
  CHECK(peer_next(&peer, &peer.last));
  CHECK_EQ(peer.last.flags & RST, RST);
  CHECK_EQ(peer_state(&peer), TCPS_CLOSED);
  CHECK_EQ(sock_error(psock), ETIMEDOUT);
  CHECK_EQ(psock_close(psock), 0);
  CHECK_EQ(stack_stat("tcp.tcpkeepdrops"), 1);
}

/* Switched off again; an answer of the peer that is a RST ends it */

static void keep_alive_off(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *psock;
  struct peer_s peer;

  psock = keepalive(&peer, wire);
  set_int(psock, SOL_SOCKET, SO_KEEPALIVE, 0);
  stack_sleep(100 * NET_SEC);
  peer_quiet(&peer);
  set_int(psock, SOL_SOCKET, SO_KEEPALIVE, 1);
  stack_sleep(10100 * NET_MSEC);
  expect_probe(&peer);
  peer_send(&peer, RST, peer.seq, 0, NULL, 0);
  CHECK_EQ(sock_error(psock), ECONNRESET);
  stack_sleep(100 * NET_SEC);
  peer_quiet(&peer);
  CHECK_EQ(psock_close(psock), 0);
}

/* TCP_USER_TIMEOUT takes the place of the number of probes (RFC 5482) */

static void keep_alive_user_timeout(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *psock;
  struct peer_s peer;

  psock = keepalive(&peer, wire);
  set_int(psock, IPPROTO_TCP, TCP_USER_TIMEOUT, 32000);
  stack_sleep(31 * NET_SEC);
  CHECK_EQ(count_segments(&peer), 5);        /* At 10, 15, 20, 25, 30 */
  CHECK_EQ(peer_state(&peer), TCPS_ESTABLISHED);
  stack_sleep(5 * NET_SEC);
  CHECK_EQ(peer_state(&peer), TCPS_CLOSED);
  CHECK_EQ(sock_error(psock), ETIMEDOUT);
  CHECK_EQ(psock_close(psock), 0);
}

/* Not while something is under way (MUST-26): then it is sent again */

static void keep_alive_busy(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *psock;
  struct peer_s peer;

  psock = keepalive(&peer, wire);
  CHECK_EQ(sock_write(psock, "abc", 3), 3);
  stack_sleep(60 * NET_SEC);
  CHECK_EQ(stack_stat("tcp.tcpkeepalive"), 0);
  CHECK_EQ(peer_state(&peer), TCPS_ESTABLISHED);
  CHECK(count_segments(&peer) > 4);
  CHECK_EQ(psock_close(psock), 0);
}

/* No answer ****************************************************************/

/* The first SYN at once, then after 1, 2, 4 ... seconds; the end after 180
 * seconds (MUST-23).
 */

static void no_answer_to_syn(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *psock;
  struct peer_s peer;
  unsigned int wait;

  psock = peer_await(&peer, wire);
  stack_sleep(980 * NET_MSEC);
  for (wait = 1; wait <= 64; wait *= 2)
    {
      peer_quiet(&peer);
      stack_sleep(40 * NET_MSEC);
      peer_expect(&peer, SYN);
      if (wait < 64)
        {
          stack_sleep(2 * wait * NET_SEC - 40 * NET_MSEC);
        }
    }

  CHECK_EQ(peer_state(&peer), TCPS_SYN_SENT);   /* 127 s */
  stack_sleep(52 * NET_SEC);
  CHECK_EQ(peer_state(&peer), TCPS_SYN_SENT);
  stack_sleep(2 * NET_SEC);
  CHECK_EQ(peer_state(&peer), TCPS_CLOSED);
  CHECK_EQ(sock_error(psock), ETIMEDOUT);
  CHECK_EQ(stack_stat("tcp.tcpsyntimeouts"), 1);
  CHECK_EQ(stack_stat("tcp.attemptfails"), 1);
  CHECK_EQ(psock_close(psock), 0);
}

/* R2: not before 100 seconds (SHLD-11), but some day */

static void no_answer_to_data(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *psock;
  struct peer_s peer;

  psock = peer_accept(&peer, wire);
  CHECK_EQ(sock_write(psock, "abc", 3), 3);
  stack_sleep(900 * NET_SEC);
  CHECK_EQ(peer_state(&peer), TCPS_ESTABLISHED);
  stack_sleep(150 * NET_SEC);
  CHECK_EQ(peer_state(&peer), TCPS_CLOSED);
  CHECK_EQ(sock_error(psock), ETIMEDOUT);
  CHECK(count_segments(&peer) >= 15);
  CHECK_EQ(psock_close(psock), 0);
}

static void user_timeout(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *psock;
  struct peer_s peer;

  psock = peer_accept(&peer, wire);
  set_int(psock, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000);
  CHECK_EQ(sock_write(psock, "abc", 3), 3);
  stack_sleep(4900 * NET_MSEC);
  CHECK_EQ(peer_state(&peer), TCPS_ESTABLISHED);
  peer.ack += 3;
  peer_say(&peer, ACK, 0);           /* At last */
  stack_sleep(100 * NET_SEC);
  CHECK_EQ(peer_state(&peer), TCPS_ESTABLISHED);

  CHECK_EQ(sock_write(psock, "abc", 3), 3);
  stack_sleep(4900 * NET_MSEC);
  CHECK_EQ(peer_state(&peer), TCPS_ESTABLISHED);
  stack_sleep(200 * NET_MSEC);
  CHECK_EQ(peer_state(&peer), TCPS_CLOSED);
  CHECK_EQ(sock_error(psock), ETIMEDOUT);
  CHECK_EQ(psock_close(psock), 0);
}

/* Nobody is here any more **************************************************/

static void orphans(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *psock;
  struct peer_s peer;

  /* The peer has acknowledged our FIN and says no more */

  psock = peer_accept(&peer, wire);
  CHECK_EQ(psock_close(psock), 0);
  peer_expect(&peer, FIN | ACK);
  peer_say(&peer, ACK, 0);
  stack_sleep(59 * NET_SEC);
  CHECK_EQ(peer_state(&peer), TCPS_FIN_WAIT_2);
  stack_sleep(2 * NET_SEC);
  CHECK_EQ(peer_state(&peer), TCPS_CLOSED);
  CHECK_EQ(stack_stat("tcp.finwait2timeouts"), 1);

  /* ... or was in that state when the user left */

  psock = peer_accept(&peer, wire);
  CHECK_EQ(psock_shutdown(psock, SHUT_WR), 0);
  peer_expect(&peer, FIN | ACK);
  peer_say(&peer, ACK, 0);
  stack_sleep(1000 * NET_SEC);
  CHECK_EQ(peer_state(&peer), TCPS_FIN_WAIT_2);
  CHECK_EQ(psock_close(psock), 0);
  stack_sleep(61 * NET_SEC);
  CHECK_EQ(peer_state(&peer), TCPS_CLOSED);

  /* He does not answer at all */

  psock = peer_accept(&peer, wire);
  CHECK_EQ(psock_close(psock), 0);
  stack_sleep(1000 * NET_SEC);
  CHECK_EQ(peer_state(&peer), TCPS_CLOSED);
  CHECK_EQ(g_tcp.norphans, 0);

  /* Too many of them */

  g_tcp.max_orphans = 0;
  psock = peer_accept(&peer, wire);
  peer_flush(&peer);
  CHECK_EQ(psock_close(psock), 0);
  CHECK(peer_next(&peer, &peer.last));
  CHECK_EQ(peer.last.flags & RST, RST);
  CHECK_EQ(peer_state(&peer), TCPS_CLOSED);
  CHECK_EQ(stack_stat("tcp.orphanlimit"), 1);
}

/* What is acknowledged in time counts, even if more is under way */

static void user_timeout_progress(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *psock;
  struct peer_s peer;
  char text[2000];

  memset(text, 't', sizeof(text));
  psock = peer_accept(&peer, wire);
  set_int(psock, IPPROTO_TCP, TCP_USER_TIMEOUT, 5000);
  CHECK_EQ(sock_write(psock, text, sizeof(text)), sizeof(text));
  stack_sleep(4900 * NET_MSEC);
  peer_send(&peer, ACK, peer.seq, peer.ack + 100, NULL, 0);
  stack_sleep(200 * NET_MSEC);
  CHECK_EQ(peer_state(&peer), TCPS_ESTABLISHED);
  stack_sleep(20 * NET_SEC);
  CHECK_EQ(peer_state(&peer), TCPS_CLOSED);
  CHECK_EQ(psock_close(psock), 0);
}

/* R1: after three expiries the path is asked for again, not before */

static void new_path(void)
{
  struct wire_s *wire = peer_wire();
  struct tcp_conn_s *conn;
  struct socket *psock;
  struct peer_s peer;

  psock = peer_accept(&peer, wire);
  conn  = peer_conn(&peer);
  CHECK_EQ(sock_write(psock, "abc", 3), 3);
  conn->sconn.path.mtu = 1499;       /* An old idea */
  stack_sleep(700 * NET_MSEC);
  CHECK_EQ(conn->sconn.path.mtu, 1499);
  stack_sleep(10 * NET_SEC);
  CHECK_EQ(conn->sconn.path.mtu, 1500);
  CHECK_EQ(psock_close(psock), 0);
}

/* 2 MSL start anew when the peer sends his FIN once more, because our ACK was
 * lost; nothing else prolongs it.
 */

static void time_wait(void)
{
  struct wire_s *wire = peer_wire();
  struct socket *psock;
  struct peer_s peer;

  psock = peer_accept(&peer, wire);
  CHECK_EQ(psock_close(psock), 0);
  peer_expect(&peer, FIN | ACK);
  peer_say(&peer, FIN | ACK, 0);
  peer_expect(&peer, ACK);
  stack_sleep(50 * NET_SEC);
  peer_send(&peer, FIN | ACK, peer.seq - 1, peer.ack, NULL, 0);
  peer_expect(&peer, ACK);
  stack_sleep(50 * NET_SEC);
  CHECK_EQ(peer_state(&peer), TCPS_TIME_WAIT);
  peer_send(&peer, ACK, peer.seq - 1, peer.ack, "x", 1);
  peer_send(&peer, FIN | ACK, peer.seq, peer.ack, NULL, 0);
  stack_sleep(11 * NET_SEC);
  CHECK_EQ(peer_state(&peer), TCPS_CLOSED);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(delayed_ack)
SCENARIO(at_rest)
SCENARIO(keep_alive)
SCENARIO(keep_alive_off)
SCENARIO(keep_alive_user_timeout)
SCENARIO(keep_alive_busy)
SCENARIO(no_answer_to_syn)
SCENARIO(no_answer_to_data)
SCENARIO(user_timeout)
SCENARIO(user_timeout_progress)
SCENARIO(new_path)
SCENARIO(time_wait)
SCENARIO(orphans)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_delayed_ack),
    cmocka_unit_test(test_at_rest),
    cmocka_unit_test(test_keep_alive),
    cmocka_unit_test(test_keep_alive_off),
    cmocka_unit_test(test_keep_alive_user_timeout),
    cmocka_unit_test(test_keep_alive_busy),
    cmocka_unit_test(test_no_answer_to_syn),
    cmocka_unit_test(test_no_answer_to_data),
    cmocka_unit_test(test_user_timeout),
    cmocka_unit_test(test_user_timeout_progress),
    cmocka_unit_test(test_new_path),
    cmocka_unit_test(test_time_wait),
    cmocka_unit_test(test_orphans),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
