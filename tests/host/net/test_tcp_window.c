/* tests/host/net/test_tcp_window.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The receive window.  Goal: what a peer can make us hold is bounded by
 * SO_RCVBUF, in memory, however small its segments are; the right edge of
 * the window never retreats, unless the memory of all is used up, and then
 * no connection ends; windows open and close without being silly.
 * Method: a socket accepted on a wire; a remote sends what it likes.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "tcp_remote.h"

#define MSS  1448
#define RCVB 32768                   /* SO_RCVBUF; 65536 bytes of memory */

static struct wire_s g_wire;
static struct remote_s g_remote;
static struct socket *g_listener;
static uint32_t g_edge;              /* The rightmost that was promised */

static struct socket *open_socket(void)
{
  struct remote_s *r = &g_remote;

  wire_create(&g_wire, "eth0", 1500, 0);
  g_listener = sock_listen(80, 8);
  CHECK_EQ(sock_set_int(g_listener, SOL_SOCKET, SO_RCVBUF, RCVB), 0);
  remote_init(r, &g_wire, 80);
  remote_connect(r);
  g_edge = 1 + r->pkt.wnd;
  return sock_accept_now(g_listener);
}

/* Another connection to the same listener, which is made if need be */

static struct socket *open_again(void)
{
  struct remote_s *r = &g_remote;

  if (g_listener == NULL)
    {
      return open_socket();
    }

  remote_init(r, &g_wire, 80);
  remote_connect(r);
  g_edge = 1 + r->pkt.wnd;
  return sock_accept_now(g_listener);
}

static void close_socket(struct socket *sock)
{
  sock->s_linger = 0;
  psock_close(sock);
  psock_close(g_listener);
  g_listener = NULL;
  CHECK_EQ(tcp_rcvmem_charged(), 0);
  wire_flush(&g_wire);
}

/* Read all segments; no edge may lie left of an earlier one */

static void look(void)
{
  struct remote_s *r = &g_remote;

  while (remote_next(r))
    {
      uint32_t edge = r->pkt.ack + remote_window(r);

      CHECK(SEQ_GEQ(edge, g_edge));
      g_edge = edge;
    }
}

static uint32_t held(struct socket *sock)
{
  return sock_conn(sock)->rcv->charge;
}

/* A flood of one-byte segments, in order and never read */

static void tiny_in_order(void)
{
  struct socket *sock = open_socket();
  struct remote_s *r = &g_remote;
  uint32_t n = 20000;
  uint32_t most = 0;
  uint32_t i;
  ssize_t got;

  for (i = 0; i < n; i++)
    {
      remote_send(r, R_ACK, 1 + i, 1);
      look();
      most = held(sock) > most ? held(sock) : most;
    }

  CHECK(most <= 2 * RCVB + 2048);
  CHECK(stack_stat("tcp.tcprcvcollapsed") > 0);
  CHECK_EQ(iob_check(), 0);

  got = sock_read(sock, 0, 100000);
  CHECK(got > 5000);
  CHECK_EQ(held(sock), 0);
  close_socket(sock);
}

/* The same with a gap before each byte: nothing of it can be collapsed */

static void tiny_with_gaps(void)
{
  struct socket *sock = open_socket();
  struct remote_s *r = &g_remote;
  uint32_t most = 0;
  uint32_t i;

  for (i = 0; i < 3000; i++)
    {
      remote_send(r, R_ACK, 3 + 2 * i, 1);
      look();
      most = held(sock) > most ? held(sock) : most;
    }

  CHECK(most <= 2 * RCVB + 2048);
  CHECK(stack_stat("tcp.tcpofodrop") > 0);

  /* What is in order is let in in spite of it, at the cost of the rest */

  remote_send(r, R_ACK, 1, 2);
  CHECK(sock_read(sock, 0, 10) >= 2);
  close_socket(sock);
}

/* What was offered is kept: in order, inside of the window, nothing is
 * dropped, whatever the lengths of the segments and however slowly it is
 * read.
 */

static void window_is_kept(void)
{
  unsigned int turn;

  for (turn = 0; turn < 20; turn++)
    {
      static const unsigned int lens[] =
      {
        1, 3, 17, 64, 100, 200, 400, 536, 700, 900, 1100, 1300, 1400, 1448
      };

      struct socket *sock = open_again();
      struct remote_s *r = &g_remote;
      unsigned int kind = turn % (nitems(lens) + 2);
      uint32_t sent = 0;
      uint32_t got = 0;
      uint32_t i;

      /* Full segments first: the window counts on more like them */

      for (i = 0; i < 8; i++)
        {
          remote_send(r, R_ACK, 1 + sent, MSS);
          sent += MSS;
          look();
        }

      got += sock_read(sock, got, 100000);
      look();
      for (i = 0; i < 1500; i++)
        {
          unsigned int len = kind < nitems(lens) ? lens[kind] :
                             lens[(unsigned int)rand() % nitems(lens)];
          uint32_t room = g_edge - (1 + sent);

          if (rand() % 8 == 0 || room == 0)
            {
              ssize_t n = sock_read(sock, got, 1 + (size_t)rand() % 50);

              got += n > 0 ? (uint32_t)n : 0;
              look();
              continue;
            }

          len = len < room ? len : room;
          remote_send(r, R_ACK, 1 + sent, len);
          sent += len;
          look();
        }

      CHECK_EQ(stack_stat("tcp.tcprcvqdrop"), 0);
      CHECK(held(sock) <= 2 * RCVB + 2048);
      sock->s_linger = 0;
      psock_close(sock);
      wire_flush(&g_wire);
    }

  psock_close(g_listener);
  g_listener = NULL;
}

/* A sender that fills the window, and a reader that sleeps: it closes, what
 * comes behind it is refused; it opens when there is room, by an update of
 * its own, in large steps.
 */

static void zero_window(void)
{
  struct socket *sock = open_socket();
  struct remote_s *r = &g_remote;
  uint32_t sent = 0;
  uint32_t updates = 0;
  uint32_t offset = 0;

  while (sent < g_edge - 1)
    {
      uint32_t n = g_edge - 1 - sent < MSS ? g_edge - 1 - sent : MSS;

      remote_send(r, R_ACK, 1 + sent, n);
      sent += n;
      stack_sleep(100 * NET_MSEC);
      look();
    }

  CHECK_EQ(r->pkt.ack, 1 + sent);
  CHECK_EQ(remote_window(r), 0);
  CHECK(sent >= RCVB / 2);

  /* A window probe: answered, not taken */

  remote_send(r, R_ACK, 1 + sent, 1);
  CHECK_EQ(remote_drain(r), 1);
  CHECK_EQ(r->pkt.ack, 1 + sent);
  CHECK_EQ(remote_window(r), 0);

  /* The reader takes a hundred bytes at a time */

  while (offset < sent)
    {
      ssize_t n = sock_read(sock, offset, 100);

      CHECK(n > 0);
      offset += n > 0 ? (uint32_t)n : sent;
      if (remote_next(r))
        {
          updates++;
          CHECK(remote_window(r) >= MSS || updates == 0);
        }
    }

  CHECK(updates >= 1);
  CHECK(updates < 8);
  close_socket(sock);
}

/* Segments of random size and a reader of random appetite */

static void edge_never_retreats(void)
{
  struct socket *sock = open_socket();
  struct remote_s *r = &g_remote;
  uint32_t sent = 0;
  uint32_t got = 0;
  unsigned int i;

  srand(7);
  for (i = 0; i < 5000; i++)
    {
      uint32_t room = g_edge > 1 + sent ? g_edge - 1 - sent : 0;
      uint32_t n = 1 + rand() % (i % 1000 < 500 ? MSS : 30);

      n = n < room ? n : room;
      if (n > 0)
        {
          remote_send(r, R_ACK, 1 + sent, n);
        }

      if (rand() % 10 == 0)
        {
          ssize_t ret = sock_read(sock, got, rand() % 20000);

          got += ret > 0 ? ret : 0;
          stack_sleep(50 * NET_MSEC);
        }

      look();
      sent = r->pkt.ack - 1;
      CHECK(held(sock) <= 2 * RCVB + 2048);
    }

  CHECK(got > 100000);
  close_socket(sock);
}

/* The memory of all, in connections whose users do not read */

#define MANY 30

static struct socket *g_source[MANY];
static struct socket *g_sink[MANY];
static size_t g_written[MANY];

static void fill_all(void)
{
  unsigned int i;

  for (i = 0; i < MANY; i++)
    {
      ssize_t n = 1;

      g_source[i] = sock_pair(&g_sink[i]);
      for (g_written[i] = 0; n > 0; g_written[i] += n > 0 ? n : 0)
        {
          n = sock_write(g_source[i], g_written[i], 10000);
          stack_sleep(NET_MSEC);
        }
    }
}

static void write_more(void)
{
  unsigned int i;

  for (i = 0; i < MANY; i++)
    {
      ssize_t n = sock_write(g_source[i], g_written[i], 10000);

      CHECK(n > 0 || n == -EAGAIN);
      g_written[i] += n > 0 ? n : 0;
    }
}

/* Each stands, an hour long, and then gives everything */

static void unread_connections_stand(void)
{
  unsigned int i;

  fill_all();
  for (i = 0; i < 60; i++)
    {
      write_more();
      stack_sleep(60 * NET_SEC);
    }

  CHECK(stack_stat("tcp.tcprcvqdrop") > 0);
  for (i = 0; i < MANY; i++)
    {
      unsigned int idle = 0;
      size_t got = 0;

      CHECK_EQ(sock_get_int(g_source[i], SOL_SOCKET, SO_ERROR), 0);
      while (got < g_written[i] && idle < 1000)
        {
          ssize_t n = sock_read(g_sink[i], got, 20000);

          CHECK(n > 0 || n == -EAGAIN);
          got += n > 0 ? n : 0;
          idle = n > 0 ? 0 : idle + 1;
          stack_sleep(n > 0 ? NET_MSEC : NET_SEC);
        }

      CHECK_EQ(got, g_written[i]);
    }

  for (i = 0; i < MANY; i++)
    {
      psock_close(g_source[i]);
      psock_close(g_sink[i]);
    }

  stack_sleep(120 * NET_SEC);
  CHECK_EQ(tcp_rcvmem_charged(), 0);
}

/* On the wire: a segment inside of the window for which there is no memory
 * closes it; it opens when something was read.  Who has read everything
 * offers a full segment, and again after a part of one.
 */

static void no_memory_closes_the_window(void)
{
  struct socket *sock = open_socket();
  struct remote_s *r = &g_remote;
  uint64_t dropped;
  unsigned int i;

  remote_send(r, R_ACK, 1, MSS);
  remote_send(r, R_ACK, 1 + MSS, MSS);
  look();
  CHECK(g_edge > 1 + 4 * MSS);
  fill_all();
  for (i = 0; i < 1000 && tcp_rcvmem_room(0); i++)
    {
      write_more();
      stack_sleep(NET_SEC);
    }

  CHECK(!tcp_rcvmem_room(0));
  dropped = stack_stat("tcp.tcprcvqdrop");

  remote_send(r, R_ACK, 1 + 2 * MSS, MSS);
  CHECK(remote_next(r));
  CHECK_EQ(r->pkt.ack, 1 + 2 * MSS);
  CHECK_EQ(r->pkt.wnd, 0);
  remote_send(r, R_ACK, 1 + 2 * MSS, MSS);
  CHECK(remote_next(r));
  CHECK_EQ(r->pkt.ack, 1 + 2 * MSS);
  CHECK_EQ(r->pkt.wnd, 0);
  CHECK_EQ(stack_stat("tcp.tcprcvqdrop"), dropped + 1);

  g_edge = 1 + 2 * MSS;
  CHECK_EQ(sock_read(sock, 0, 2 * MSS), 2 * MSS);
  look();
  CHECK_EQ(r->pkt.ack, 1 + 2 * MSS);
  CHECK(remote_window(r) >= MSS);
  for (i = 0; i < 10; i++)
    {
      remote_send(r, R_ACK, 1 + 2 * MSS + 100 * i, 100);
      CHECK_EQ(sock_read(sock, 2 * MSS + 100 * i, 1000), 100);
      look();
      CHECK(g_edge >= 1 + 2 * MSS + 100 * (i + 1) + MSS);
    }

  for (i = 0; i < MANY; i++)
    {
      g_source[i]->s_linger = 0;
      psock_close(g_source[i]);
      psock_close(g_sink[i]);
    }

  stack_sleep(NET_SEC);
  close_socket(sock);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(tiny_in_order)
SCENARIO(tiny_with_gaps)
SCENARIO(window_is_kept)
SCENARIO(zero_window)
SCENARIO(edge_never_retreats)
SCENARIO(unread_connections_stand)
SCENARIO(no_memory_closes_the_window)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_tiny_in_order),
    cmocka_unit_test(test_tiny_with_gaps),
    cmocka_unit_test(test_window_is_kept),
    cmocka_unit_test(test_zero_window),
    cmocka_unit_test(test_edge_never_retreats),
    cmocka_unit_test(test_unread_connections_stand),
    cmocka_unit_test(test_no_memory_closes_the_window)
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
