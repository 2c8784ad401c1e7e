/* tests/host/net/test_tcp_rcvbuf.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What TCP receives.  Goal: every byte reaches the reader once, in order and
 * copied once, however segments arrive; SACK and D-SACK tell the truth; the
 * urgent mark is where the peer put it; nothing leaks when memory lacks.
 * Method: a socket accepted on a wire, whose other end the test plays.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/sockios.h>
#include <linux/tcp.h>

#include <cmocka.h>

#include <nuttx/kmalloc.h>

#include "tcp_remote.h"

#define MSS 1448                     /* With timestamps, at MTU 1500 */

static struct wire_s g_wire;
static struct remote_s g_remote;
static struct socket *g_listener;

static struct socket *open_socket(unsigned int offers)
{
  struct remote_s *r = &g_remote;

  if (g_listener == NULL)
    {
      wire_create(&g_wire, "eth0", 1500, 0);
      g_listener = sock_listen(80, 8);
    }

  remote_init(r, &g_wire, 80);
  r->offers = offers;
  remote_connect(r);
  remote_drain(r);
  return sock_accept_now(g_listener);
}

static void close_socket(struct socket *sock)
{
  sock->s_linger = 0;
  psock_close(sock);
  psock_close(g_listener);
  g_listener = NULL;
  wire_flush(&g_wire);
}

/* Bulk data is queued as it is: no copy, no sharing, no allocation; and
 * copied once when it is read.
 */

static void in_order_by_reference(void)
{
  struct socket *sock = open_socket(REMOTE_ALL);
  struct remote_s *r = &g_remote;
  struct iob_info_s before;
  struct iob_info_s after;
  struct kmm_info_s heap[2];
  uint64_t copied = stack_stat("tcp.copies_rx");
  unsigned int i;

  iob_getinfo(&before);
  kmm_getinfo(&heap[0]);
  for (i = 0; i < 20; i++)
    {
      remote_more(r, R_ACK, 1 + i * MSS, MSS);
    }

  /* The test itself has allocated one extent for each frame */

  kmm_getinfo(&heap[1]);
  iob_getinfo(&after);
  CHECK_EQ(after.nalloc - before.nalloc, 20);
  CHECK_EQ(after.nshare, before.nshare);
  CHECK_EQ(after.ncopy, before.ncopy);
  CHECK_EQ(heap[1].nblocks, heap[0].nblocks);

  wire_rx_end(&g_wire);
  CHECK_EQ(remote_drain(r), 1);
  CHECK_EQ(r->pkt.ack, 1 + 20 * MSS);
  CHECK_EQ(stack_stat("tcp.copies_rx"), copied);
  CHECK_EQ(sock_ioctl(sock, FIONREAD), 20 * MSS);
  CHECK_EQ(sock_read(sock, 0, 1000), 1000);
  CHECK_EQ(sock_read(sock, 1000, 100000), 20 * MSS - 1000);
  CHECK_EQ(stack_stat("tcp.copies_rx"), copied + 20 * MSS);
  CHECK_EQ(stack_stat("tcp.tcprcvcollapsed"), 0);
  CHECK_EQ(sock_conn(sock)->rcv->charge, 0);
  close_socket(sock);
}

/* What is out of order is answered at once, the newest block first */

static void sack_blocks(void)
{
  struct socket *sock = open_socket(REMOTE_SACK);
  struct remote_s *r = &g_remote;

  remote_send(r, R_ACK, 1001, 100);
  CHECK_EQ(remote_drain(r), 1);
  CHECK_EQ(r->pkt.ack, 1);
  CHECK_EQ(r->opts.nsack, 1);
  CHECK_EQ(r->opts.sack[0].start, 1001);
  CHECK_EQ(r->opts.sack[0].end, 1101);

  remote_send(r, R_ACK, 501, 100);
  remote_send(r, R_ACK, 2001, 100);
  remote_send(r, R_ACK, 1101, 100);
  CHECK_EQ(remote_drain(r), 3);
  CHECK_EQ(r->opts.nsack, 3);
  CHECK_EQ(r->opts.sack[0].start, 1001);
  CHECK_EQ(r->opts.sack[0].end, 1201);
  CHECK_EQ(r->opts.sack[1].start, 2001);
  CHECK_EQ(r->opts.sack[2].start, 501);

  /* Two blocks become one */

  remote_send(r, R_ACK, 601, 400);
  CHECK_EQ(remote_drain(r), 1);
  CHECK_EQ(r->opts.nsack, 2);
  CHECK_EQ(r->opts.sack[0].start, 501);
  CHECK_EQ(r->opts.sack[0].end, 1201);
  CHECK_EQ(sock_read(sock, 0, 1), -EAGAIN);

  /* The gap is filled: acknowledged at once, up to the next one */

  remote_send(r, R_ACK, 1, 500);
  CHECK_EQ(remote_drain(r), 1);
  CHECK_EQ(r->pkt.ack, 1201);
  CHECK_EQ(r->opts.nsack, 1);
  CHECK_EQ(r->opts.sack[0].start, 2001);
  remote_send(r, R_ACK, 1201, 800);
  CHECK_EQ(remote_drain(r), 1);
  CHECK_EQ(r->pkt.ack, 2101);
  CHECK_EQ(r->opts.nsack, 0);
  CHECK_EQ(sock_read(sock, 0, 10000), 2100);
  close_socket(sock);
}

/* Without SACK nothing is reported, and all arrives as well */

static void no_sack(void)
{
  struct socket *sock = open_socket(REMOTE_TS);
  struct remote_s *r = &g_remote;

  remote_send(r, R_ACK, 101, 100);
  CHECK_EQ(remote_drain(r), 1);
  CHECK_EQ(r->opts.nsack, 0);
  remote_send(r, R_ACK, 101, 50);
  CHECK_EQ(remote_drain(r), 1);
  CHECK_EQ(r->opts.nsack, 0);
  remote_send(r, R_ACK, 1, 100);
  CHECK_EQ(sock_read(sock, 0, 1000), 200);
  close_socket(sock);
}

/* RFC 2883: a duplicate before the window; inside of a block; once only */

static void dsack(void)
{
  struct socket *sock = open_socket(REMOTE_SACK);
  struct remote_s *r = &g_remote;

  remote_send(r, R_ACK, 1, 1000);
  remote_drain(r);
  remote_send(r, R_ACK, 1, 1000);
  CHECK_EQ(remote_drain(r), 1);
  CHECK_EQ(r->opts.nsack, 1);
  CHECK_EQ(r->opts.sack[0].start, 1);
  CHECK_EQ(r->opts.sack[0].end, 1001);

  /* In part new: the part that is not is told */

  remote_send(r, R_ACK, 501, 1000);
  stack_sleep(NET_SEC);
  CHECK_EQ(remote_drain(r), 1);
  CHECK_EQ(r->pkt.ack, 1501);
  CHECK_EQ(r->opts.nsack, 1);
  CHECK_EQ(r->opts.sack[0].start, 501);
  CHECK_EQ(r->opts.sack[0].end, 1001);

  /* Twice out of order: the duplicate, then the block around it */

  remote_send(r, R_ACK, 3001, 1000);
  remote_send(r, R_ACK, 5001, 500);
  remote_drain(r);
  remote_send(r, R_ACK, 3101, 200);
  CHECK_EQ(remote_drain(r), 1);
  CHECK_EQ(r->opts.nsack, 3);
  CHECK_EQ(r->opts.sack[0].start, 3101);
  CHECK_EQ(r->opts.sack[0].end, 3301);
  CHECK_EQ(r->opts.sack[1].start, 3001);
  CHECK_EQ(r->opts.sack[1].end, 4001);
  CHECK_EQ(r->opts.sack[2].start, 5001);

  remote_send(r, R_ACK, 6001, 100);
  CHECK_EQ(remote_drain(r), 1);
  CHECK_EQ(r->opts.sack[0].start, 6001);
  CHECK_EQ(r->opts.sack[0].end, 6101);
  CHECK(stack_stat("tcp.tcpdsackoldsent") >= 2);
  CHECK_EQ(stack_stat("tcp.tcpdsackofosent"), 1);
  close_socket(sock);
}

/* Segments of any size and place, overlapping as they like: the reader gets
 * the stream, and no block ever overlaps another.
 */

static void any_order_once(unsigned int seed)
{
  struct socket *sock = open_socket(REMOTE_SACK);
  struct remote_s *r = &g_remote;
  uint32_t len = 30000;
  uint32_t got = 0;
  unsigned int turns;

  srand(seed);
  for (turns = 0; turns < 20000 && got < len; turns++)
    {
      uint32_t at = got + rand() % 8000;
      uint32_t n = 1 + rand() % (rand() % 3 == 0 ? 20 : 1400);
      ssize_t ret;

      at = rand() % 4 == 0 ? got : at;
      if (at >= len)
        {
          continue;
        }

      n = n < len - at ? n : len - at;
      remote_send(r, R_ACK, 1 + at, n);
      while (remote_next(r))
        {
          unsigned int i;

          for (i = 0; i < r->opts.nsack; i++)
            {
              CHECK(SEQ_LT(r->opts.sack[i].start, r->opts.sack[i].end));
              CHECK(SEQ_LEQ(r->opts.sack[i].end, 1 + len));
            }
        }

      if (rand() % 8 == 0)
        {
          ret = sock_read(sock, got, rand() % 3000);
          got += ret > 0 ? ret : 0;
        }
    }

  CHECK_EQ(got, len);
  CHECK_EQ(sock_conn(sock)->rcv->charge, 0);
  CHECK_EQ(sock_conn(sock)->rcv->ooo_charge, 0);
  close_socket(sock);
}

static void any_order(void)
{
  unsigned int seed;

  /* The listener goes with the socket: a wire for each run is enough */

  for (seed = 1; seed <= 1; seed++)
    {
      any_order_once(seed);
    }
}

/* A peer that sends single bytes with gaps between them, in the order that
 * is worst for a search from the last place or from the end: a segment costs
 * a few comparisons, not one for each block that is there.  What was put
 * aside is the stream nevertheless.
 */

#define APART 1200                   /* Blocks: rcvbuf has room for them */
#define SEARCH 30                    /* Comparisons; 1200 are 11 bits */

static uint32_t apart_place(unsigned int order, uint32_t i)
{
  switch (order)
    {
    case 0:                          /* By turns from both ends */
      return i % 2 == 0 ? i / 2 : APART - 1 - i / 2;

    case 1:                          /* From the middle outwards */
      return i % 2 == 0 ? APART / 2 + i / 2 : APART / 2 - 1 - i / 2;

    case 2:                          /* Downwards */
      return APART - 1 - i;

    default:                         /* Any, each once: 7 and 1200 */
      return i * 7 % APART;
    }
}

static void tiny_apart_once(unsigned int order)
{
  struct socket *sock = open_socket(REMOTE_SACK);
  struct remote_s *r = &g_remote;
  struct tcp_rcv_s *rcv = sock_conn(sock)->rcv;
  uint64_t before = stack_stat("tcp.ofosearch");
  uint64_t queued = stack_stat("tcp.tcpofoqueue");
  uint32_t i;

  CHECK_EQ(sock_set_int(sock, SOL_SOCKET, SO_RCVBUF, 1 << 20), 0);
  for (i = 0; i < APART; i++)
    {
      remote_send(r, R_ACK, 2 + 2 * apart_place(order, i), 1);
    }

  /* Then the same bytes again, from one end to the other and back */

  for (i = 0; i < APART; i++)
    {
      remote_send(r, R_ACK, 2 + 2 * apart_place(0, i), 1);
    }

  wire_flush(&g_wire);
  CHECK_EQ(stack_stat("tcp.tcpofoqueue") - queued, APART);
  CHECK_EQ(rcv->ooo_pkts, APART);
  before = stack_stat("tcp.ofosearch") - before;
  if (before > 2 * APART * SEARCH)
    {
      fail_msg("order %u: %llu comparisons for %u segments", order,
               (unsigned long long)before, 2 * APART);
    }

  CHECK(before > 0);
  for (i = 0; i < APART; i++)
    {
      remote_send(r, R_ACK, 1 + 2 * i, 1);
    }

  CHECK_EQ(sock_read(sock, 0, 2 * APART), 2 * APART);
  CHECK_EQ(rcv->charge, 0);
  wire_flush(&g_wire);
  close_socket(sock);
}

static void tiny_both_ends(void)
{
  tiny_apart_once(0);
}

static void tiny_middle(void)
{
  tiny_apart_once(1);
}

static void tiny_downwards(void)
{
  tiny_apart_once(2);
}

static void tiny_anywhere(void)
{
  tiny_apart_once(3);
}

/* A gap that there is no memory to note: the segment is dropped, counted,
 * and comes again.
 */

static void no_memory_for_a_gap(void)
{
  struct socket *sock = open_socket(REMOTE_SACK);
  struct remote_s *r = &g_remote;

  kmm_fail(1);
  remote_send(r, R_ACK, 101, 100);
  kmm_fail(0);
  CHECK_EQ(remote_drain(r), 1);
  CHECK_EQ(r->opts.nsack, 0);
  CHECK_EQ(stack_stat("tcp.tcpofodrop"), 1);
  CHECK_EQ(sock_conn(sock)->rcv->charge, 0);

  remote_send(r, R_ACK, 1, 100);
  CHECK_EQ(sock_read(sock, 0, 1000), 100);
  remote_send(r, R_ACK, 101, 100);
  CHECK_EQ(sock_read(sock, 100, 1000), 100);
  close_socket(sock);
}

/* A FIN that comes before the text in front of it ends nothing yet */

static void fin_out_of_order(void)
{
  struct socket *sock = open_socket(REMOTE_ALL);
  struct remote_s *r = &g_remote;

  remote_send(r, R_ACK | R_FIN, 101, 100);
  CHECK_EQ(remote_drain(r), 1);
  CHECK_EQ(r->pkt.ack, 1);
  CHECK_EQ(sock_read(sock, 0, 10), -EAGAIN);
  CHECK_EQ(sock_poll(sock) & (POLLIN | POLLRDHUP), 0);
  CHECK_EQ(sock_conn(sock)->t_state, TCPS_ESTABLISHED);

  remote_send(r, R_ACK, 1, 100);
  remote_drain(r);
  CHECK_EQ(r->pkt.ack, 202);
  CHECK_EQ(sock_conn(sock)->t_state, TCPS_CLOSE_WAIT);
  CHECK_EQ(sock_poll(sock) & (POLLIN | POLLRDHUP), POLLIN | POLLRDHUP);
  CHECK_EQ(sock_read(sock, 0, 1000), 200);
  CHECK_EQ(sock_read(sock, 0, 1000), 0);
  CHECK_EQ(sock_read(sock, 0, 1000), 0);

  /* The same again, and text behind it, change nothing */

  remote_send(r, R_ACK | R_FIN, 101, 100);
  remote_send(r, R_ACK, 202, 100);
  CHECK_EQ(sock_read(sock, 0, 1000), 0);
  close_socket(sock);
}

/* RFC 5681 4.2: not later than the second full segment; a small one waits,
 * not longer than half a second.
 */

static void delayed_ack(void)
{
  struct socket *sock = open_socket(REMOTE_ALL);
  struct remote_s *r = &g_remote;
  uint32_t seq = 1;

  remote_send(r, R_ACK, seq, MSS);
  remote_send(r, R_ACK, seq + MSS, MSS);
  CHECK(remote_drain(r) >= 1);
  CHECK_EQ(r->pkt.ack, 1 + 2 * MSS);
  seq += 2 * MSS;

  remote_send(r, R_ACK, seq, 100);
  CHECK_EQ(remote_drain(r), 0);
  stack_sleep(100 * NET_MSEC);
  CHECK_EQ(remote_drain(r), 1);
  CHECK_EQ(r->pkt.ack, seq + 100);
  seq += 100;

  /* TCP_QUICKACK: at once */

  CHECK_EQ(sock_set_int(sock, IPPROTO_TCP, TCP_QUICKACK, 1), 0);
  remote_send(r, R_ACK, seq, 100);
  CHECK_EQ(remote_drain(r), 1);
  CHECK_EQ(r->pkt.ack, seq + 100);
  close_socket(sock);
}

/* The path becomes narrower: "full" is less then.  Short ends of bursts, and
 * bytes that are typed, say nothing.
 */

static void narrower_path(void)
{
  struct socket *sock = open_socket(REMOTE_ALL);
  struct remote_s *r = &g_remote;
  uint32_t seq = 1;
  unsigned int i;

  for (i = 0; i < 4; i++, seq += MSS)
    {
      remote_send(r, R_ACK, seq, MSS);
    }

  CHECK_EQ(sock_conn(sock)->rcv->mss, MSS);
  for (i = 0; i < 4; i++)
    {
      remote_send(r, R_ACK | R_PSH, seq, 100);
      remote_send(r, R_ACK, seq + 100, 1 + i);
      seq += 101 + i;
    }

  CHECK_EQ(sock_conn(sock)->rcv->mss, MSS);
  for (i = 0; i < 4; i++, seq += 512)
    {
      remote_send(r, R_ACK, seq, 512);
    }

  CHECK_EQ(sock_conn(sock)->rcv->mss, 512);
  stack_sleep(NET_SEC);
  remote_drain(r);
  remote_send(r, R_ACK, seq, 512);
  remote_send(r, R_ACK, seq + 512, 512);
  CHECK_EQ(remote_drain(r), 1);
  CHECK_EQ(r->pkt.ack, seq + 1024);
  remote_send(r, R_ACK, seq + 1024, MSS);
  CHECK_EQ(sock_conn(sock)->rcv->mss, MSS);
  close_socket(sock);
}

/* Peeking takes nothing; MSG_TRUNC throws away without a copy */

static void peek_and_discard(void)
{
  struct socket *sock = open_socket(REMOTE_ALL);
  struct remote_s *r = &g_remote;
  char buf[64];
  uint64_t copied;
  int i;

  remote_send(r, R_ACK, 1, 30);
  remote_send(r, R_ACK, 31, 30);
  for (i = 0; i < 2; i++)
    {
      CHECK_EQ(psock_recvfrom(sock, buf, 40, MSG_PEEK | MSG_DONTWAIT, NULL,
                              NULL), 40);
      CHECK_EQ((uint8_t)buf[39], remote_pattern(39));
    }

  copied = stack_stat("tcp.copies_rx");
  CHECK_EQ(psock_recvfrom(sock, buf, 35, MSG_TRUNC | MSG_DONTWAIT, NULL,
                          NULL), 35);
  CHECK_EQ(stack_stat("tcp.copies_rx"), copied);
  CHECK_EQ(sock_read(sock, 35, 100), 25);
  CHECK_EQ(psock_recvfrom(sock, buf, 1, MSG_PEEK | MSG_DONTWAIT, NULL,
                          NULL), -EAGAIN);
  close_socket(sock);
}

/* Urgent data, apart: the reader stops at the mark, and steps over */

static void urgent_apart(void)
{
  struct socket *sock = open_socket(REMOTE_ALL);
  struct remote_s *r = &g_remote;
  uint8_t byte;

  CHECK_EQ(psock_recvfrom(sock, &byte, 1, MSG_OOB | MSG_DONTWAIT, NULL,
                          NULL), -EINVAL);
  CHECK_EQ(sock_ioctl(sock, SIOCATMARK), 0);

  /* Announced, but not here yet */

  r->urg = 60;
  remote_send(r, R_ACK | R_URG, 1, 20);
  CHECK_EQ(sock_poll(sock) & POLLPRI, 0);
  CHECK_EQ(psock_recvfrom(sock, &byte, 1, MSG_OOB | MSG_DONTWAIT, NULL,
                          NULL), -EAGAIN);

  /* It is byte 59, the last before the pointer */

  remote_send(r, R_ACK, 21, 80);
  CHECK_EQ(sock_poll(sock) & POLLPRI, POLLPRI);
  CHECK_EQ(sock_ioctl(sock, FIONREAD), 59);
  CHECK_EQ(sock_read(sock, 0, 1000), 59);
  CHECK_EQ(sock_ioctl(sock, SIOCATMARK), 1);
  CHECK_EQ(psock_recvfrom(sock, &byte, 1, MSG_OOB | MSG_PEEK |
                          MSG_DONTWAIT, NULL, NULL), 1);
  CHECK_EQ(psock_recvfrom(sock, &byte, 1, MSG_OOB | MSG_DONTWAIT, NULL,
                          NULL), 1);
  CHECK_EQ(byte, remote_pattern(59));
  CHECK_EQ(psock_recvfrom(sock, &byte, 1, MSG_OOB | MSG_DONTWAIT, NULL,
                          NULL), -EINVAL);
  CHECK_EQ(sock_poll(sock) & POLLPRI, 0);
  CHECK_EQ(sock_read(sock, 60, 1000), 40);
  CHECK_EQ(sock_ioctl(sock, SIOCATMARK), 0);

  /* The urgent byte is the only one: there is nothing to be read */

  r->urg = 1;
  remote_send(r, R_ACK | R_URG, 101, 1);
  CHECK_EQ(sock_poll(sock) & (POLLIN | POLLPRI), POLLPRI);
  CHECK_EQ(sock_read(sock, 0, 10), -EAGAIN);
  CHECK_EQ(stack_stat("tcp.urgent_lost"), 1);

  /* A pointer to what was read long ago means nothing */

  r->urg = 0;
  remote_send(r, R_ACK | R_URG, 102, 1);
  CHECK_EQ(sock_poll(sock) & POLLPRI, 0);
  CHECK_EQ(sock_read(sock, 101, 10), 1);
  close_socket(sock);
}

static void urgent_inline(void)
{
  struct socket *sock = open_socket(REMOTE_ALL);
  struct remote_s *r = &g_remote;
  uint8_t byte;

  CHECK_EQ(sock_set_int(sock, SOL_SOCKET, SO_OOBINLINE, 1), 0);
  r->urg = 31;
  remote_send(r, R_ACK | R_URG, 1, 100);
  CHECK_EQ(psock_recvfrom(sock, &byte, 1, MSG_OOB | MSG_DONTWAIT, NULL,
                          NULL), -EINVAL);
  CHECK_EQ(sock_poll(sock) & POLLPRI, POLLPRI);
  CHECK_EQ(sock_read(sock, 0, 1000), 30);
  CHECK_EQ(sock_ioctl(sock, SIOCATMARK), 1);
  CHECK_EQ(sock_read(sock, 30, 1000), 70);
  CHECK_EQ(sock_poll(sock) & POLLPRI, 0);
  close_socket(sock);
}

/* A reader that keeps up is offered more and more, until SO_RCVBUF is set */

static void stream(struct socket *sock, uint32_t *offset, unsigned int turns)
{
  struct remote_s *r = &g_remote;

  while (turns-- > 0)
    {
      uint32_t wnd;
      uint32_t sent = 0;
      ssize_t ret;

      wnd = r->pkt.ack + remote_window(r) - 1 - *offset;
      while (sent + MSS <= wnd)
        {
          remote_more(r, R_ACK, 1 + *offset + sent, MSS);
          sent += MSS;
        }

      wire_rx_end(&g_wire);
      ret = sock_read(sock, *offset, sent);
      CHECK_EQ(ret, sent);
      *offset += sent;
      stack_sleep(10 * NET_MSEC);
      stack_sleep(50 * NET_MSEC);
      remote_drain(r);
    }
}

static void autotuning(void)
{
  struct socket *sock = open_socket(REMOTE_ALL);
  struct remote_s *r = &g_remote;
  uint32_t offset = 0;
  int before = sock_get_int(sock, SOL_SOCKET, SO_RCVBUF);

  remote_send(r, R_ACK, 1, 1);
  CHECK_EQ(sock_read(sock, 0, 1), 1);
  offset = 1;
  stack_sleep(NET_SEC);
  remote_drain(r);
  stream(sock, &offset, 12);
  CHECK(sock_get_int(sock, SOL_SOCKET, SO_RCVBUF) > 2 * before);
  CHECK(remote_window(r) > (uint32_t)before);
  CHECK(stack_stat("tcp.rcvbufgrown") > 0);
  close_socket(sock);
}

static void autotuning_locked(void)
{
  struct socket *sock = open_socket(REMOTE_ALL);
  struct remote_s *r = &g_remote;
  uint32_t offset = 0;

  CHECK_EQ(sock_set_int(sock, SOL_SOCKET, SO_RCVBUF, 50000), 0);
  remote_send(r, R_ACK, 1, 1);
  CHECK_EQ(sock_read(sock, 0, 1), 1);
  offset = 1;
  stack_sleep(NET_SEC);
  remote_drain(r);
  stream(sock, &offset, 12);
  CHECK_EQ(sock_get_int(sock, SOL_SOCKET, SO_RCVBUF), 100000);
  CHECK_EQ(stack_stat("tcp.rcvbufgrown"), 0);
  close_socket(sock);
}

/* Closed with everything in its queues: all of it comes back (stack_run) */

static void closed_full(void)
{
  struct socket *sock = open_socket(REMOTE_ALL);
  struct remote_s *r = &g_remote;
  unsigned int i;

  for (i = 0; i < 10; i++)
    {
      remote_send(r, R_ACK, 1 + 100 * i, 100);
      remote_send(r, R_ACK, 5001 + 200 * i, 100);
    }

  psock_close(sock);
  remote_drain(r);
  CHECK_EQ(r->pkt.flags & R_RST, R_RST);
  CHECK_EQ(stack_stat("tcp.tcpabortonclose"), 1);
  CHECK_EQ(tcp_rcvmem_charged(), 0);
  psock_close(g_listener);
  g_listener = NULL;
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    g_listener = NULL; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(in_order_by_reference)
SCENARIO(sack_blocks)
SCENARIO(no_sack)
SCENARIO(dsack)
SCENARIO(any_order)
SCENARIO(tiny_both_ends)
SCENARIO(tiny_middle)
SCENARIO(tiny_downwards)
SCENARIO(tiny_anywhere)
SCENARIO(no_memory_for_a_gap)
SCENARIO(fin_out_of_order)
SCENARIO(delayed_ack)
SCENARIO(narrower_path)
SCENARIO(peek_and_discard)
SCENARIO(urgent_apart)
SCENARIO(urgent_inline)
SCENARIO(autotuning)
SCENARIO(autotuning_locked)
SCENARIO(closed_full)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_in_order_by_reference),
    cmocka_unit_test(test_sack_blocks),
    cmocka_unit_test(test_no_sack),
    cmocka_unit_test(test_dsack),
    cmocka_unit_test(test_any_order),
    cmocka_unit_test(test_tiny_both_ends),
    cmocka_unit_test(test_tiny_middle),
    cmocka_unit_test(test_tiny_downwards),
    cmocka_unit_test(test_tiny_anywhere),
    cmocka_unit_test(test_no_memory_for_a_gap),
    cmocka_unit_test(test_fin_out_of_order),
    cmocka_unit_test(test_delayed_ack),
    cmocka_unit_test(test_narrower_path),
    cmocka_unit_test(test_peek_and_discard),
    cmocka_unit_test(test_urgent_apart),
    cmocka_unit_test(test_urgent_inline),
    cmocka_unit_test(test_autotuning),
    cmocka_unit_test(test_autotuning_locked),
    cmocka_unit_test(test_closed_full)
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
