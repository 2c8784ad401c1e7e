/* tests/host/net/test_tcp_listen.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Listeners.  Goal: a handshake leads to a connection with what both sides
 * agreed on; what is no handshake leads to nothing, is answered as RFC 9293
 * says, and costs no memory that is not given back; full queues behave as on
 * Linux.  Method: a listener on a wire, and remotes that the test plays.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <linux/tcp.h>

#include <cmocka.h>

#include <nuttx/kmalloc.h>

#include "tcp_remote.h"

#define MANY 64

static struct wire_s g_wire;
static struct remote_s g_remote[MANY];

static struct socket *open_listener(int backlog)
{
  wire_create(&g_wire, "eth0", 1500, 0);
  return sock_listen(80, backlog);
}

static struct remote_s *remote(unsigned int i)
{
  remote_init(&g_remote[i], &g_wire, 80);
  return &g_remote[i];
}

static void done(struct socket *sock)
{
  if (sock != NULL)
    {
      sock->s_linger = 0;
      psock_close(sock);
    }

  wire_flush(&g_wire);
}

static struct tcp_listen_info_s queues(struct socket *listener)
{
  struct tcp_listen_info_s info;

  tcp_listen_info(sock_conn(listener), &info);
  return info;
}

/* Each side gets what both offer; data may come with the last ACK */

static void handshake(void)
{
  struct socket *listener = open_listener(5);
  struct remote_s *r = remote(0);
  struct tcp_conn_s *conn;
  struct socket *sock;

  CHECK_EQ(sock_set_int(listener, IPPROTO_TCP, TCP_NODELAY, 1), 0);
  CHECK_EQ(sock_poll(listener), 0);
  remote_syn(r);
  CHECK(remote_synack(r));
  CHECK_EQ(r->opts.mss, 1460);
  CHECK(r->opts.has_wscale && r->opts.sack_ok && r->opts.has_ts);
  CHECK_EQ(queues(listener).synq, 1);
  CHECK_EQ(sock_poll(listener), 0);

  remote_send(r, R_ACK | R_PSH, 1, 50);
  CHECK_EQ(queues(listener).synq, 0);
  CHECK_EQ(queues(listener).acceptq, 1);
  CHECK_EQ(sock_poll(listener), POLLIN);
  sock = sock_accept_now(listener);
  CHECK(sock != NULL);
  conn = sock_conn(sock);
  CHECK_EQ(conn->t_state, TCPS_ESTABLISHED);
  CHECK_EQ(conn->snd_wscale, 7);
  CHECK_EQ(conn->t_flags & (TF_SACK | TF_TS | TF_WSCALE),
           TF_SACK | TF_TS | TF_WSCALE);
  CHECK_EQ(sock_get_int(sock, IPPROTO_TCP, TCP_NODELAY), 1);
  CHECK_EQ(sock_read(sock, 0, 100), 50);
  CHECK(sock_accept_now(listener) == NULL);
  done(sock);

  /* A peer of few words */

  r = remote(1);
  r->offers = 0;
  r->mss    = 0;
  remote_connect(r);
  sock = sock_accept_now(listener);
  CHECK(sock != NULL);
  CHECK_EQ(sock_conn(sock)->t_peermss, 536);
  CHECK_EQ(sock_conn(sock)->snd_wscale, 0);
  CHECK_EQ(sock_conn(sock)->rcv_wscale, 0);
  CHECK_EQ(sock_conn(sock)->t_flags & (TF_SACK | TF_TS | TF_WSCALE), 0);
  done(sock);
  psock_close(listener);
}

/* The SYN-ACK is sent again 5 times, further apart each time, then given up;
 * a SYN that comes again is answered by the same.
 */

static void synack_again(void)
{
  struct socket *listener = open_listener(5);
  struct remote_s *r = remote(0);
  uint32_t isn;

  remote_syn(r);
  CHECK(remote_synack(r));
  isn = r->peer_isn;
  remote_syn(r);
  CHECK(remote_synack(r));
  CHECK_EQ(r->peer_isn, isn);
  CHECK_EQ(queues(listener).synq, 1);

  stack_sleep(62 * NET_SEC);
  CHECK_EQ(remote_drain(r), 5);
  CHECK_EQ(r->peer_isn, isn);
  CHECK_EQ(queues(listener).synq, 1);
  stack_sleep(2 * NET_SEC);
  CHECK_EQ(queues(listener).synq, 0);
  CHECK_EQ(stack_stat("tcp.listen_timeouts"), 1);

  /* The ACK comes too late */

  remote_send(r, R_ACK, 1, 0);
  CHECK(remote_next(r));
  CHECK_EQ(r->pkt.flags, R_RST);
  CHECK(sock_accept_now(listener) == NULL);
  psock_close(listener);
}

/* What is no SYN, and SYNs that nobody can mean */

static void rubbish(void)
{
  struct socket *listener = open_listener(5);
  struct remote_s *r = remote(0);

  r->ack = 1000;
  remote_send(r, R_ACK, 1, 0);
  CHECK(remote_next(r));
  CHECK_EQ(r->pkt.flags, R_RST);
  CHECK_EQ(r->pkt.seq, 1000);
  remote_send(r, R_SYN | R_ACK, 1, 0);
  CHECK(remote_next(r));
  CHECK_EQ(r->pkt.flags, R_RST);

  remote_send(r, R_RST, 0, 0);
  remote_send(r, R_RST | R_ACK, 0, 0);
  remote_send(r, R_RST | R_SYN, 0, 0);
  remote_send(r, R_FIN, 0, 0);
  remote_send(r, 0, 1, 10);
  remote_send(r, R_SYN | R_FIN, 0, 0);

  /* A land packet: from ourselves */

  r->host  = 1;
  r->sport = 80;
  remote_send(r, R_SYN, 0, 0);
  CHECK_EQ(remote_drain(r), 0);
  CHECK_EQ(queues(listener).synq, 0);
  psock_close(listener);
}

/* A handshake under way, and what it does not want */

static void synq_segments(void)
{
  struct socket *listener = open_listener(5);
  struct remote_s *r = remote(0);

  remote_syn(r);
  CHECK(remote_synack(r));

  /* RST in the window is answered, outside of it ignored */

  remote_send(r, R_RST, 100, 0);
  CHECK(remote_next(r));
  CHECK_EQ(r->pkt.flags, R_ACK);
  CHECK_EQ(r->pkt.ack, 1);
  remote_send(r, R_RST, 0x40000000, 0);
  CHECK_EQ(remote_drain(r), 0);

  /* Far away: an ACK; of the wrong SYN: RST; without ACK: nothing */

  remote_send(r, R_ACK, 0x40000000, 10);
  CHECK(remote_next(r));
  CHECK_EQ(r->pkt.flags, R_ACK);
  r->ack = 2;
  remote_send(r, R_ACK, 1, 0);
  CHECK(remote_next(r));
  CHECK_EQ(r->pkt.flags, R_RST);
  CHECK_EQ(r->pkt.seq, 2);
  r->ack = 1;
  remote_send(r, 0, 1, 10);
  CHECK_EQ(remote_drain(r), 0);
  CHECK_EQ(queues(listener).synq, 1);

  remote_send(r, R_RST, 1, 0);
  CHECK_EQ(remote_drain(r), 0);
  CHECK_EQ(queues(listener).synq, 0);
  CHECK_EQ(stack_stat("tcp.listen_rst"), 1);
  psock_close(listener);
}

/* backlog 1 holds two, as on Linux.  The third's ACK is dropped, it comes
 * in when there is room; SYNs are dropped meanwhile.
 */

static void accept_queue_full(void)
{
  struct socket *listener = open_listener(1);
  struct remote_s *late = remote(2);
  struct remote_s *none = remote(3);

  remote_syn(late);
  CHECK(remote_synack(late));
  remote_connect(remote(0));
  remote_connect(remote(1));
  CHECK_EQ(queues(listener).acceptq, 2);

  remote_send(late, R_ACK, 1, 0);
  CHECK_EQ(remote_drain(late), 0);
  CHECK_EQ(queues(listener).synq, 1);
  remote_syn(none);
  CHECK_EQ(remote_drain(none), 0);
  CHECK_EQ(stack_stat("tcp.listenoverflows"), 2);

  done(sock_accept_now(listener));
  remote_drain(late);
  stack_sleep(2 * NET_SEC);
  CHECK(remote_synack(late));
  remote_send(late, R_ACK, 1, 0);
  CHECK_EQ(queues(listener).synq, 0);
  done(sock_accept_now(listener));
  done(sock_accept_now(listener));
  CHECK(sock_accept_now(listener) == NULL);
  psock_close(listener);
}

/* A flood: cookies keep nothing, and a good one makes a connection */

static void cookies(void)
{
  struct socket *listener = open_listener(4);
  struct remote_s *r;
  struct socket *sock;
  struct kmm_info_s heap[2];
  unsigned int i;

  for (i = 0; i < 16; i++)
    {
      remote_syn(remote(i));
    }

  CHECK_EQ(queues(listener).synq, 16);
  wire_flush(&g_wire);
  kmm_getinfo(&heap[0]);
  for (i = 16; i < 40; i++)
    {
      remote_syn(remote(i));
      CHECK(remote_synack(&g_remote[i]));
    }

  kmm_getinfo(&heap[1]);
  CHECK_EQ(queues(listener).synq, 16);
  CHECK_EQ(stack_stat("tcp.syncookiessent"), 24);

  /* All that was agreed on comes back in the timestamp */

  r = &g_remote[20];
  remote_send(r, R_ACK | R_PSH, 1, 20);
  sock = sock_accept_now(listener);
  CHECK(sock != NULL);
  CHECK_EQ(sock_conn(sock)->snd_wscale, 7);
  CHECK_EQ(sock_conn(sock)->t_peermss, 1460);
  CHECK_EQ(sock_conn(sock)->t_flags & (TF_SACK | TF_TS | TF_WSCALE),
           TF_SACK | TF_TS | TF_WSCALE);
  CHECK_EQ(sock_read(sock, 0, 100), 20);
  done(sock);

  /* Without timestamps: the segment size alone */

  r = remote(40);
  r->offers = REMOTE_SACK | REMOTE_WSCALE;
  r->mss    = 1000;
  remote_syn(r);
  CHECK(remote_synack(r));
  CHECK(!r->opts.sack_ok && !r->opts.has_wscale);
  remote_send(r, R_ACK, 1, 0);
  sock = sock_accept_now(listener);
  CHECK(sock != NULL);
  CHECK_EQ(sock_conn(sock)->t_peermss, 536);
  CHECK_EQ(sock_conn(sock)->snd_wscale, 0);
  done(sock);

  /* Guessed, somebody else's, and too old */

  r = &g_remote[21];
  r->ack = 1000;
  remote_send(r, R_ACK, 1, 0);
  CHECK(remote_next(r));
  CHECK_EQ(r->pkt.flags, R_RST);
  r = &g_remote[22];
  r->host = 3;
  wire_know(&g_wire, 3);
  remote_send(r, R_ACK, 1, 0);
  CHECK(remote_next(r));
  CHECK_EQ(r->pkt.flags, R_RST);
  stack_sleep(60 * NET_SEC);
  remote_syn(remote(41));
  CHECK_EQ(stack_stat("tcp.syncookiessent"), 26);   /* They still go out */
  stack_sleep(69 * NET_SEC);
  wire_flush(&g_wire);
  r = &g_remote[23];
  remote_send(r, R_ACK, 1, 0);
  CHECK(remote_next(r));
  CHECK_EQ(r->pkt.flags, R_RST);
  CHECK(sock_accept_now(listener) == NULL);
  CHECK_EQ(stack_stat("tcp.syncookiesrecv"), 2);
  CHECK(heap[1].nblocks <= heap[0].nblocks);
  psock_close(listener);
}

/* Ended before it was accepted: not in the queue any more */

static void reset_in_queue(void)
{
  struct socket *listener = open_listener(5);
  struct socket *sock;
  unsigned int i;

  for (i = 0; i < 3; i++)
    {
      remote_connect(remote(i));
    }

  remote_send(&g_remote[1], R_RST, 1, 0);
  CHECK_EQ(queues(listener).acceptq, 2);
  sock = sock_accept_now(listener);
  CHECK_EQ(sock_conn(sock)->sconn.rport, g_remote[0].sport);
  done(sock);
  sock = sock_accept_now(listener);
  CHECK_EQ(sock_conn(sock)->sconn.rport, g_remote[2].sport);
  done(sock);
  psock_close(listener);
}

/* The listener goes: those who waited in it are reset */

static void closed_with_queues(void)
{
  struct socket *listener = open_listener(5);

  remote_connect(remote(0));
  remote_syn(remote(1));
  remote_drain(&g_remote[0]);
  remote_drain(&g_remote[1]);
  wire_flush(&g_wire);
  psock_close(listener);
  CHECK(remote_next(&g_remote[0]));
  CHECK_EQ(g_remote[0].pkt.flags & R_RST, R_RST);
  remote_send(&g_remote[1], R_ACK, 1, 0);
  CHECK(remote_next(&g_remote[1]));
  CHECK_EQ(g_remote[1].pkt.flags & R_RST, R_RST);
  wire_flush(&g_wire);
}

/* Every allocation of a handshake fails once: the peer tries again, and
 * succeeds; nothing leaks.
 */

static void no_memory(void)
{
  struct socket *listener = open_listener(5);
  unsigned int i;

  for (i = 1; i <= 6; i++)
    {
      struct remote_s *r = remote(i);

      kmm_fail(i);
      remote_syn(r);
      if (!remote_synack(r))
        {
          remote_syn(r);
          CHECK(remote_synack(r));
        }

      remote_send(r, R_ACK, 1, 0);
      kmm_fail(0);
      if (queues(listener).acceptq == 0)
        {
          stack_sleep(2 * NET_SEC);
          CHECK(remote_synack(r));
          remote_send(r, R_ACK, 1, 0);
        }

      CHECK_EQ(queues(listener).acceptq, 1);
      done(sock_accept_now(listener));
    }

  CHECK(stack_stat("tcp.listen_nomem") > 0);
  psock_close(listener);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(handshake)
SCENARIO(synack_again)
SCENARIO(rubbish)
SCENARIO(synq_segments)
SCENARIO(accept_queue_full)
SCENARIO(cookies)
SCENARIO(reset_in_queue)
SCENARIO(closed_with_queues)
SCENARIO(no_memory)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_handshake),
    cmocka_unit_test(test_synack_again),
    cmocka_unit_test(test_rubbish),
    cmocka_unit_test(test_synq_segments),
    cmocka_unit_test(test_accept_queue_full),
    cmocka_unit_test(test_cookies),
    cmocka_unit_test(test_reset_in_queue),
    cmocka_unit_test(test_closed_with_queues),
    cmocka_unit_test(test_no_memory)
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
