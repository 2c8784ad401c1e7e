/* tests/host/net/test_tcp_output.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What TCP sends, and when.  Goal: segments are full, headers right, windows
 * obeyed; small writes are joined (Nagle, cork, MSG_MORE) and silly windows
 * avoided (RFC 9293 3.7.4, 3.8.6); zero windows are probed; a full or absent
 * device delays and loses nothing; memory that lacks delays.  Method: a peer
 * that answers segment by segment, every byte of the stream compared.
 */

#include <nuttx/config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tcp_peer.h"

static struct wire_s g_wire;
static struct peer_s g_peer;

static void open_flat(unsigned int flags, uint32_t wnd)
{
  wire_create(&g_wire, "eth%d", 1500, 0);
  peer_open(&g_peer, &g_wire, flags, 1460, wnd, 0);
}

/* A large write leaves in full segments, the last with PSH */

static void full_segments(void)
{
  struct pkt_s pkt;
  unsigned int i;

  open_flat(PEER_SACK | PEER_TS, 65535);
  CHECK_EQ(peer_write(&g_peer, 10000, 0), 10000);
  for (i = 0; i < 7; i++)
    {
      CHECK(peer_next(&g_peer, &pkt));
      CHECK_EQ(pkt.seq, 1 + i * 1448);
      CHECK_EQ(pkt.len, i < 6 ? 1448 : 10000 - 6 * 1448);
      CHECK_EQ(pkt.flags, i < 6 ? 0x10 : 0x18);
      CHECK_EQ(pkt.optlen, 12);
      CHECK(pkt.df);
    }

  CHECK(!peer_next(&g_peer, &pkt));
  CHECK_EQ(g_wire.chains, 0);
  peer_drain(&g_peer);
  CHECK_EQ(stack_stat("tcp.copies_tx"), 10000);
  CHECK_EQ(stack_stat("tcp.copies_resend"), 0);
  CHECK_EQ(stack_stat("tcp.retranssegs"), 0);
  CHECK_EQ(g_peer.conn->snd->charged, 0);
  peer_close(&g_peer);
}

/* Small writes while a small segment is under way are joined (Nagle) */

static void nagle(void)
{
  struct pkt_s pkt;
  unsigned int i;

  open_flat(0, 65535);
  for (i = 0; i < 20; i++)
    {
      peer_write(&g_peer, 10, 0);
    }

  CHECK(peer_next(&g_peer, &pkt));
  CHECK_EQ(pkt.len, 10);
  CHECK(!peer_next(&g_peer, &pkt));
  peer_ack(&g_peer, 11);
  CHECK(peer_next(&g_peer, &pkt));
  CHECK_EQ(pkt.len, 190);
  CHECK(!peer_next(&g_peer, &pkt));
  peer_drain(&g_peer);
  CHECK_EQ(stack_stat("tcp.retranssegs"), 0);
  peer_close(&g_peer);
}

/* A small tail behind full segments does not wait for them (Minshall) */

static void tail_goes(void)
{
  open_flat(0, 65535);
  peer_write(&g_peer, 3000, 0);
  CHECK_EQ(peer_take(&g_peer), 3);
  peer_write(&g_peer, 100, 0);       /* But two of them are too many */
  CHECK_EQ(peer_take(&g_peer), 0);
  peer_acknow(&g_peer);
  CHECK_EQ(peer_take(&g_peer), 1);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* TCP_NODELAY: each write is a segment, of memory that fits */

static void nodelay(void)
{
  struct pkt_s pkt;
  unsigned int i;

  open_flat(0, 65535);
  g_peer.conn->t_flags |= TF_NODELAY;
  for (i = 0; i < 10; i++)
    {
      peer_write(&g_peer, 10, 0);
      CHECK(peer_next(&g_peer, &pkt));
      CHECK_EQ(pkt.len, 10);
      CHECK_EQ(pkt.flags, 0x18);
    }

  CHECK(g_peer.conn->snd->charged <= 10 * 128);
  CHECK_EQ(stack_stat("tcp.copies_collapse"), 0);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* ... and when they cannot be sent one by one, they share extents */

static void nodelay_blocked(void)
{
  struct pkt_s pkt;
  unsigned int i;

  open_flat(0, 65535);
  g_peer.conn->t_flags |= TF_NODELAY;
  g_wire.full = true;
  for (i = 0; i < 300; i++)
    {
      peer_write(&g_peer, 10, 0);
    }

  CHECK(!peer_next(&g_peer, &pkt));
  CHECK(g_peer.conn->snd->count <= 4);
  wire_ready(&g_wire);
  CHECK(peer_next(&g_peer, &pkt));
  CHECK(pkt.len > 1400);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* TCP_CORK: only full segments, until it is pulled, or for 200 ms */

static void cork(void)
{
  struct pkt_s pkt;

  open_flat(0, 65535);
  g_peer.conn->t_flags |= TF_CORK;
  peer_write(&g_peer, 1000, 0);
  CHECK_EQ(peer_take(&g_peer), 0);
  peer_write(&g_peer, 1000, 0);
  CHECK(peer_next(&g_peer, &pkt));
  CHECK_EQ(pkt.len, 1460);
  CHECK(!peer_next(&g_peer, &pkt));
  g_peer.conn->t_flags &= ~TF_CORK;
  tcp_output(g_peer.conn);
  CHECK(peer_next(&g_peer, &pkt));
  CHECK_EQ(pkt.len, 540);
  peer_acknow(&g_peer);

  g_peer.conn->t_flags |= TF_CORK;
  peer_write(&g_peer, 100, 0);
  stack_sleep(190 * NET_MSEC);
  CHECK_EQ(peer_take(&g_peer), 0);
  stack_sleep(20 * NET_MSEC);
  CHECK(peer_next(&g_peer, &pkt));
  CHECK_EQ(pkt.len, 100);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* The peer's window: never a byte beyond; the silly rest is not used; it
 * opens, and all goes
 */

static void window(void)
{
  struct pkt_s pkt;
  unsigned int n;

  open_flat(0, 4000);
  CHECK_EQ(peer_write(&g_peer, 20000, 0), 20000);
  for (n = 0; peer_next(&g_peer, &pkt); n++)
    {
      CHECK(pkt.seq - 1 + pkt.len <= 4000);
      CHECK_EQ(pkt.len, 1460);
    }

  CHECK_EQ(n, 2);
  g_peer.wnd = 65535;
  peer_acknow(&g_peer);
  CHECK(peer_next(&g_peer, &pkt));
  peer_drain(&g_peer);
  CHECK_EQ(stack_stat("tcp.splits"), 0);
  peer_close(&g_peer);
}

/* A peer that never offers a whole segment gets half of its window and more
 * at a time, and each byte once
 */

static void tiny_window(void)
{
  open_flat(0, 700);
  CHECK_EQ(peer_write(&g_peer, 10000, 0), 10000);
  CHECK_EQ(peer_take(&g_peer), 1);
  CHECK_EQ(peer_inorder(&g_peer), 700);
  peer_drain(&g_peer);
  CHECK_EQ(stack_stat("tcp.bounces"), 0);
  CHECK_EQ(stack_stat("tcp.copies_resend"), 0);
  CHECK_EQ(g_wire.chains, 0);
  peer_close(&g_peer);
}

/* The window closes: it is probed, ever more seldom, and the connection
 * stays as long as the peer answers
 */

static void zero_window(void)
{
  struct pkt_s pkt;
  nettime_t last = 0;
  nettime_t gap = 0;
  unsigned int n;

  open_flat(0, 1460);
  peer_write(&g_peer, 5000, 0);
  CHECK_EQ(peer_take(&g_peer), 1);
  g_peer.wnd = 0;
  peer_acknow(&g_peer);
  for (n = 0; n < 12; )
    {
      stack_sleep(10 * NET_MSEC);
      if (peer_next(&g_peer, &pkt))
        {
          CHECK_EQ(pkt.len, 0);
          CHECK_EQ(pkt.seq, 1460);   /* Before what is acknowledged */
          CHECK(last == 0 || net_now() - last >= gap ||
                net_now() - last > 59 * NET_SEC);
          gap  = last == 0 ? 0 : net_now() - last;
          last = net_now();
          peer_acknow(&g_peer);
          n++;
        }
    }

  CHECK(gap >= 59 * NET_SEC && gap <= 61 * NET_SEC);
  CHECK_EQ(stack_stat("tcp.outprobes"), 12);
  CHECK_EQ(stack_stat("tcp.timeouts"), 0);
  CHECK_EQ(g_peer.conn->t_state, TCPS_ESTABLISHED);
  g_peer.wnd = 65535;
  peer_acknow(&g_peer);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* The window that opens is news even if the update is lost: the probe finds
 * it
 */

static void lost_update(void)
{
  open_flat(0, 1460);
  peer_write(&g_peer, 2000, 0);
  CHECK_EQ(peer_take(&g_peer), 1);
  g_peer.wnd = 0;
  peer_acknow(&g_peer);
  g_peer.wnd = 30000;
  stack_sleep(NET_SEC / 4);
  CHECK_EQ(stack_stat("tcp.outprobes"), 1);
  peer_take(&g_peer);
  peer_acknow(&g_peer);
  CHECK_EQ(peer_take(&g_peer), 1);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* The window shrinks below what was sent: resends are bounded by it */

static void window_shrinks(void)
{
  struct pkt_s pkt;

  open_flat(0, 14600);
  peer_write(&g_peer, 14600, 0);
  CHECK_EQ(peer_drop(&g_peer), 10);
  g_peer.wnd = 2920;
  peer_ack(&g_peer, 1);
  stack_sleep(250 * NET_MSEC);
  g_peer.conn->snd->cwnd = 65535;
  tcp_output(g_peer.conn);
  while (peer_next(&g_peer, &pkt))
    {
      CHECK(pkt.seq - 1 + pkt.len <= 2920);
    }

  CHECK_EQ(peer_inorder(&g_peer), 2920);

  g_peer.wnd = 14600;
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* FIN rides on the last data, and is sent again alone if it is lost */

static void fin(void)
{
  struct pkt_s pkt;

  open_flat(0, 65535);
  peer_put(&g_peer, 2000, 0);
  g_peer.conn->t_flags |= TF_FIN_QUEUED;
  tcp_set_state(g_peer.conn, TCPS_FIN_WAIT_1);
  tcp_output(g_peer.conn);
  CHECK(peer_next(&g_peer, &pkt));
  CHECK_EQ(pkt.flags, 0x10);
  CHECK(peer_next(&g_peer, &pkt));
  CHECK_EQ(pkt.flags, 0x19);
  CHECK_EQ(pkt.len, 540);
  peer_ack(&g_peer, 2001);
  CHECK_EQ(g_peer.conn->t_state, TCPS_FIN_WAIT_1);
  stack_sleep(250 * NET_MSEC);
  CHECK(peer_next(&g_peer, &pkt));
  CHECK_EQ(pkt.flags & 1, 1);
  CHECK_EQ(pkt.seq, 2001);
  CHECK_EQ(pkt.len, 0);
  peer_ack(&g_peer, 2002);
  CHECK_EQ(g_peer.conn->t_state, TCPS_FIN_WAIT_2);
  peer_close(&g_peer);
}

/* A device that is full delays; nothing is built for it */

static void device_full(void)
{
  struct iob_info_s before;
  struct iob_info_s after;

  open_flat(0, 65535);
  g_wire.full = true;
  peer_put(&g_peer, 10000, 0);
  iob_getinfo(&before);
  tcp_output(g_peer.conn);
  iob_getinfo(&after);
  CHECK_EQ(before.used, after.used);
  CHECK_EQ(before.nshare, after.nshare);
  CHECK_EQ(g_peer.conn->snd->nsent, 0);
  stack_sleep(3 * NET_SEC);
  CHECK_EQ(g_peer.conn->snd->backoff, 0);
  wire_ready(&g_wire);
  CHECK_EQ(peer_take(&g_peer), 7);
  peer_drain(&g_peer);
  CHECK_EQ(stack_stat("tcp.retranssegs"), 0);
  peer_close(&g_peer);
}

/* The interface is down: the timer tries, and it works when it is up */

static void device_down(void)
{
  open_flat(0, 65535);
  netif_down(g_wire.nif);
  peer_write(&g_peer, 5000, 0);
  stack_sleep(2 * NET_SEC);
  CHECK_EQ(peer_take(&g_peer), 0);
  CHECK(stack_stat("tcp.outnoroute") > 0);
  CHECK_EQ(netif_up(g_wire.nif), 0);
  wire_know(&g_wire, 2);
  stack_sleep(60 * NET_SEC);
  CHECK(peer_take(&g_peer) > 0);
  peer_acknow(&g_peer);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* No memory for a whole segment: smaller extents; none at all: later */

static void no_memory(void)
{
  struct pkt_s pkt;
  unsigned int n = 0;

  open_flat(0, 65535);
  hoard(1);
  CHECK(peer_write(&g_peer, 20000, 0) < 20000);
  CHECK(stack_stat("tcp.sndnomem") > 0);
  while (peer_next(&g_peer, &pkt))
    {
      n++;
    }

  peer_acknow(&g_peer);
  stack_sleep(NET_SEC);
  unhoard();
  CHECK_EQ(peer_write(&g_peer, 5000, 0), 5000);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* No views: the segment waits, and goes when there are some */

static void no_views(void)
{
  open_flat(0, 65535);
  peer_put(&g_peer, 5000, 0);
  hoard(0);
  tcp_output(g_peer.conn);
  CHECK_EQ(peer_take(&g_peer), 0);
  CHECK(stack_stat("tcp.outnomem") > 0);
  stack_sleep(10 * NET_SEC);
  CHECK_EQ(stack_stat("link.memtries"), 0);   /* Nothing asks in vain */
  unhoard();
  stack_sleep(1);
  CHECK_EQ(stack_stat("link.memtries"), 1);
  CHECK_EQ(peer_take(&g_peer), 4);
  peer_acknow(&g_peer);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* The buffer's limit is memory; the writer goes on when there is room */

static void buffer_full(void)
{
  open_flat(0, 65535);
  g_peer.conn->sconn.sndbuf  = 30000;
  g_peer.conn->sconn.buflock = CONN_LOCK_SNDBUF;
  CHECK(peer_put(&g_peer, 100000, 0) <= 30000);
  CHECK(g_peer.conn->snd->charged < 30000 + 1600);
  CHECK_EQ(tcp_sndbuf_space(g_peer.conn), 0);
  CHECK_EQ(peer_put(&g_peer, 1460, 0), 0);
  tcp_output(g_peer.conn);
  peer_drain(&g_peer);
  CHECK_EQ(tcp_sndbuf_space(g_peer.conn), 30000);
  peer_close(&g_peer);
}

/* A send buffer of less than two full segments: it is sent in shorter ones,
 * so that there is always one to send while others wait for their ACK.  One
 * that is not so small has full ones.
 */

static void segments_of(uint32_t sndbuf, unsigned int len)
{
  struct pkt_s pkt;

  wire_create(&g_wire, "eth%d", 9000, 0);
  peer_open(&g_peer, &g_wire, 0, 8960, 65535, 0);
  g_peer.conn->sconn.sndbuf  = sndbuf;
  g_peer.conn->sconn.buflock = CONN_LOCK_SNDBUF;
  g_peer.conn->snd->cwnd     = 65535;
  CHECK(peer_write(&g_peer, 100000, 0) > sndbuf * 3 / 4);
  CHECK(peer_next(&g_peer, &pkt));
  CHECK_EQ(pkt.len, len);
  CHECK(peer_next(&g_peer, &pkt));
  CHECK_EQ(pkt.len, len);
  peer_take(&g_peer);
  peer_ack(&g_peer, 1 + len);
  CHECK(tcp_sndbuf_space(g_peer.conn) > 0);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

static void small_buffer(void)
{
  segments_of(12288, 3072);
}

static void least_buffer(void)
{
  segments_of(4608, 1460);
}

static void larger_buffer(void)
{
  segments_of(40000, 8960);
}

/* One ACK takes all of the charge and makes the buffer larger: what was too
 * much for poll() before is little now, and the writer is told.
 */

static void count_event(FAR struct pollwait_s *pw)
{
  (*(unsigned int *)pw->arg)++;
}

static void buffer_grows(void)
{
  unsigned int told = 0;
  struct socket sock =
  {
    0
  };

  struct pollwait_s wait =
  {
    .events = POLLOUT,
    .cb     = count_event,
    .arg    = &told
  };

  open_flat(0, 65535);
  pollwait_add(&sock.s_poll, &wait);
  g_peer.conn->sconn.psock  = &sock;
  g_peer.conn->sconn.sndbuf = 30000;
  g_peer.conn->snd->cwnd    = 60000;
  CHECK_EQ(peer_write(&g_peer, 25000, 0), 25000);
  CHECK(tcp_sndbuf_space(g_peer.conn) < 30000 / 3);
  peer_take(&g_peer);
  CHECK_EQ(told, 0);
  peer_ack(&g_peer, 25001);
  CHECK(g_peer.conn->sconn.sndbuf > 60000);
  CHECK_EQ(told, 1);
  pollwait_del(&wait);
  g_peer.conn->sconn.psock = NULL;
  peer_close(&g_peer);
}

/* An urgent pointer goes with every segment in front of it (RFC 6093) */

static void urgent(void)
{
  struct pkt_s pkt;

  open_flat(0, 65535);
  peer_put(&g_peer, 2000, 0);
  g_peer.conn->snd_up = g_peer.iss + 1 + 2000;
  tcp_output(g_peer.conn);
  CHECK(peer_next(&g_peer, &pkt));
  CHECK_EQ(pkt.flags & 0x20, 0x20);
  CHECK_EQ(pkt.urg, 2000);
  CHECK(peer_next(&g_peer, &pkt));
  CHECK_EQ(pkt.urg, 540);
  peer_acknow(&g_peer);
  peer_write(&g_peer, 10, 0);
  CHECK(peer_next(&g_peer, &pkt));
  CHECK_EQ(pkt.flags & 0x20, 0);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* A device that cuts: one frame for many segments, whose checksum holds the
 * sum of the pseudo-header, and whose length is what windows allow
 */

static void super_segments(void)
{
  const uint8_t *frame;
  unsigned int len;
  unsigned int i;

  wire_create(&g_wire, "eth%d", 1500, NETDEV_SG | NETDEV_TSO |
              NETDEV_TXCSUM);
  peer_open(&g_peer, &g_wire, 0, 1460, 65535, 4);
  g_peer.conn->snd->cwnd = 100000;
  g_peer.conn->snd_wnd  = 100000;
  g_peer.conn->sconn.sndbuf = 200000;
  CHECK_EQ(peer_write(&g_peer, 60000, 0), 60000);
  i     = g_wire.head % WIRE_MAX;
  frame = wire_next(&g_wire, &len);
  CHECK(frame != NULL);
  CHECK_EQ(len, 60054);
  CHECK_EQ(g_wire.off[i].gso_size, 1460);
  CHECK_EQ(g_wire.off[i].hdrlen, 54);
  CHECK_EQ(g_wire.off[i].csum_start, 34);
  CHECK_EQ(g_wire.off[i].csum_offset, 16);
  CHECK_EQ(g_wire.off[i].flags, NETDEV_OFF_PARTIAL | NETDEV_OFF_TCPV4);
  CHECK(stack_stat("tcp.outsupers") >= 1);
  wire_flush(&g_wire);
  peer_ack(&g_peer, 60001);
  CHECK_EQ(tcp_sndbuf_unacked(g_peer.conn), 0);
  peer_close(&g_peer);
}

/* Of a super-segment only what is lost is sent again: it is cut where the
 * device had cut it, and nothing is copied
 */

static void super_segment_lost(void)
{
  const uint32_t edges[4] =
  {
    1 + 2 * 1460, 1 + 10 * 1460, 1 + 11 * 1460, 1 + 20 * 1460
  };

  struct pkt_s pkt;
  unsigned int n = 0;

  wire_create(&g_wire, "eth%d", 1500, NETDEV_SG | NETDEV_TSO |
              NETDEV_TXCSUM);
  peer_open(&g_peer, &g_wire, PEER_SACK, 1460, 65535, 4);
  g_peer.conn->snd->cwnd = 100000;
  peer_write(&g_peer, 20 * 1460, 0);
  wire_flush(&g_wire);
  stack_sleep(NET_MSEC);
  peer_sack(&g_peer, 1, 2, edges);
  stack_sleep(NET_MSEC);
  while (peer_next(&g_peer, &pkt))
    {
      CHECK(pkt.seq == 1 || pkt.seq == 1461 || pkt.seq == 1 + 10 * 1460);
      CHECK_EQ(pkt.len, 1460);
      n++;
    }

  CHECK_EQ(n, 3);
  CHECK_EQ(stack_stat("tcp.copies_resend"), 0);
  peer_ack(&g_peer, 1 + 20 * 1460);
  CHECK_EQ(tcp_sndbuf_unacked(g_peer.conn), 0);
  peer_close(&g_peer);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(full_segments)
SCENARIO(nagle)
SCENARIO(tail_goes)
SCENARIO(nodelay)
SCENARIO(nodelay_blocked)
SCENARIO(cork)
SCENARIO(window)
SCENARIO(tiny_window)
SCENARIO(zero_window)
SCENARIO(lost_update)
SCENARIO(window_shrinks)
SCENARIO(fin)
SCENARIO(device_full)
SCENARIO(device_down)
SCENARIO(no_memory)
SCENARIO(no_views)
SCENARIO(buffer_full)
SCENARIO(small_buffer)
SCENARIO(least_buffer)
SCENARIO(larger_buffer)
SCENARIO(buffer_grows)
SCENARIO(urgent)
SCENARIO(super_segments)
SCENARIO(super_segment_lost)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_full_segments),
    cmocka_unit_test(test_nagle),
    cmocka_unit_test(test_tail_goes),
    cmocka_unit_test(test_nodelay),
    cmocka_unit_test(test_nodelay_blocked),
    cmocka_unit_test(test_cork),
    cmocka_unit_test(test_window),
    cmocka_unit_test(test_tiny_window),
    cmocka_unit_test(test_zero_window),
    cmocka_unit_test(test_lost_update),
    cmocka_unit_test(test_window_shrinks),
    cmocka_unit_test(test_fin),
    cmocka_unit_test(test_device_full),
    cmocka_unit_test(test_device_down),
    cmocka_unit_test(test_no_memory),
    cmocka_unit_test(test_no_views),
    cmocka_unit_test(test_buffer_full),
    cmocka_unit_test(test_small_buffer),
    cmocka_unit_test(test_least_buffer),
    cmocka_unit_test(test_larger_buffer),
    cmocka_unit_test(test_buffer_grows),
    cmocka_unit_test(test_urgent),
    cmocka_unit_test(test_super_segments),
    cmocka_unit_test(test_super_segment_lost),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
