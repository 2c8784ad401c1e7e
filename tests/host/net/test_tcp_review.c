/* tests/host/net/test_tcp_review.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What a review of TCP, and test_tcp_random, found.  Goal: none of it comes
 * back.  Method: the peer is played segment by segment; after each step every
 * connection is examined (tcp_check.h).
 */

#include <nuttx/config.h>

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cmocka.h>

#include "tcp_check.h"
#include "tcp_remote.h"

static struct wire_s g_wire;
static struct remote_s g_peer;
static struct socket *g_listener;

static struct socket *connected(unsigned int features)
{
  struct socket *sock;

  stack_sleep(NET_MSEC);
  tcp_check_begin();
  wire_create(&g_wire, "eth0", 1500, features);
  g_listener = sock_listen(80, 4);
  remote_init(&g_peer, &g_wire, 80);
  remote_connect(&g_peer);
  sock = sock_accept_now(g_listener);
  CHECK(sock != NULL);
  return sock;
}

static void finish(struct socket *sock)
{
  tcp_check_all(false);
  sock->s_linger = 0;
  psock_close(sock);
  psock_close(g_listener);
}

/* Text whose ACK acknowledges something, too, is not predicted.  The delayed
 * ACK was owed, and no timer ran for it.
 */

static void delayed_ack_of_both(void)
{
  struct socket *sock = connected(0);

  CHECK_EQ(sock_write(sock, 0, 100), 100);
  CHECK(remote_next(&g_peer));
  g_peer.ack += 100;
  remote_send(&g_peer, R_ACK, 1, 10);
  CHECK(!remote_next(&g_peer));
  tcp_check_all(false);
  stack_sleep(41 * NET_MSEC);
  CHECK(remote_next(&g_peer));
  CHECK_EQ(g_peer.pkt.ack, 11);
  finish(sock);
}

/* The last ACK of a handshake lacks the timestamp that was agreed on: it is
 * no end of the handshake.  It had made a connection that nothing ended.
 */

static void handshake_without_timestamp(void)
{
  struct socket *listener;

  stack_sleep(NET_MSEC);
  tcp_check_begin();
  wire_create(&g_wire, "eth0", 1500, 0);
  listener = sock_listen(80, 4);
  remote_init(&g_peer, &g_wire, 80);
  remote_syn(&g_peer);
  CHECK(remote_synack(&g_peer));
  g_peer.offers &= ~REMOTE_TS;
  remote_send(&g_peer, R_ACK, 1, 0);
  CHECK(sock_accept_now(listener) == NULL);
  CHECK_EQ(conn_count(), 1);
  tcp_check_all(false);
  psock_close(listener);
}

/* The window is full, all was sent: FIN needs no memory */

static void fin_into_closed_window(void)
{
  struct socket *sock = connected(0);
  uint32_t wnd = sock_conn(sock)->rcv_adv - sock_conn(sock)->rcv_nxt;
  uint32_t seq = 1;

  sock_conn(sock)->rcv_adv = sock_conn(sock)->rcv_nxt + 1000;
  CHECK(wnd > 1000);
  remote_send(&g_peer, R_ACK | R_FIN, seq, 1000);
  CHECK(remote_next(&g_peer));
  CHECK_EQ(g_peer.pkt.ack, 1002);
  CHECK_EQ(sock_conn(sock)->t_state, TCPS_CLOSE_WAIT);
  finish(sock);
}

/* A clamp far below a segment of the peer: the window closes, and opens when
 * all was read
 */

static void clamp_below_segment(void)
{
  struct socket *sock = connected(0);
  uint32_t seq = 1;
  unsigned int i;

  sock_conn(sock)->rcv->clamp = 600;  /* TCP_WINDOW_CLAMP has a least */
  for (i = 0; i < 200 && sock_conn(sock)->rcv_adv !=
       sock_conn(sock)->rcv_nxt; i++)
    {
      uint32_t left = sock_conn(sock)->rcv_adv - sock_conn(sock)->rcv_nxt;

      left = left < 1448 ? left : 1448;
      remote_send(&g_peer, R_ACK, seq, left);
      seq += left;
    }

  CHECK_EQ(sock_conn(sock)->rcv_adv, sock_conn(sock)->rcv_nxt);
  remote_drain(&g_peer);
  while (sock_read(sock, sock_conn(sock)->rcv->copied -
                   sock_conn(sock)->irs - 1, 5000) > 0)
    {
    }

  CHECK(remote_drain(&g_peer) > 0);
  CHECK(remote_window(&g_peer) >= 500);
  finish(sock);
}

/* On a flat device new data whose extent the device still has - the front
 * part was sent, and acknowledged - waits one RTO, not for ever.
 */

static void new_data_in_a_held_extent(void)
{
  struct socket *sock = connected(0);
  unsigned int i;

  CHECK_EQ(sock_set_int(sock, IPPROTO_TCP, TCP_NODELAY, 1), 0);
  g_wire.hold = true;
  g_peer.wnd  = 4;                   /* 512 bytes */
  remote_send(&g_peer, R_ACK, 1, 0);
  CHECK_EQ(sock_write(sock, 0, 1000), 1000);
  CHECK(!remote_next(&g_peer));

  /* Silly, but after some time better than nothing */

  for (i = 0; i < 100 && !remote_next(&g_peer); i++)
    {
      stack_sleep(10 * NET_MSEC);
    }

  CHECK_EQ(g_peer.pkt.len, 512);
  g_peer.ack += 512;
  remote_send(&g_peer, R_ACK, 1, 0);
  tcp_check_all(false);
  for (i = 0; i < 100 && !remote_next(&g_peer); i++)
    {
      stack_sleep(10 * NET_MSEC);
      tcp_check_all(false);
    }

  CHECK_EQ(g_peer.pkt.seq, 513);
  CHECK_EQ(g_peer.pkt.len, 488);
  CHECK_EQ(g_wire.damaged, 0);
  finish(sock);
  g_wire.hold = false;
  wire_done(&g_wire, g_wire.nheld);
}

/* Many segments in one burst, and a round trip longer than the RTO allows
 * for: the tail loss probe must not put off the RTO with each of them.
 */

static void burst_and_rto(void)
{
  struct socket *sock = connected(0);
  struct tcp_conn_s *conn = sock_conn(sock);
  nettime_t due;

  conn->snd->srtt_us = 400000;
  conn->snd->rto_us  = 410000;
  conn->snd->cwnd    = 400000;
  g_peer.wnd = 65535;
  g_peer.wscale = 7;
  remote_send(&g_peer, R_ACK, 1, 0);
  CHECK_EQ(sock_write(sock, 0, 1448), 1448);
  due = conn->due[TCPT_REXMT];
  CHECK(due != NETTIME_NEVER);
  CHECK_EQ(sock_write(sock, 0, 60000), 60000);
  CHECK_EQ(conn->due[TCPT_REXMT], due);
  finish(sock);
}

#define RUN(fn) \
  static void test_##fn(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(fn, 1), 0); \
  }

RUN(delayed_ack_of_both)
RUN(handshake_without_timestamp)
RUN(fin_into_closed_window)
RUN(clamp_below_segment)
RUN(new_data_in_a_held_extent)
RUN(burst_and_rto)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_delayed_ack_of_both),
    cmocka_unit_test(test_handshake_without_timestamp),
    cmocka_unit_test(test_fin_into_closed_window),
    cmocka_unit_test(test_clamp_below_segment),
    cmocka_unit_test(test_new_data_in_a_held_extent),
    cmocka_unit_test(test_burst_and_rto),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
