/* tests/host/net/test_tcp_hold.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * The rules that make sharing safe.  Goal: a frame that a device holds is
 * never written, whatever TCP does meanwhile; a resend copies nothing, on a
 * device that takes pieces at once, on a flat one when the frame is back; a
 * copy is made only when somebody holds it for good; nothing leaks.  Method:
 * a wire that keeps each frame until told, and sums up every byte of it when
 * it comes and when it goes.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tcp_peer.h"

#define MSS    1460
#define RTO    (200 * NET_MSEC)
#define LITTLE (5 * NET_MSEC)

static struct wire_s g_wire;
static struct peer_s g_peer;

static void open_wire(unsigned int features, unsigned int flags)
{
  wire_create(&g_wire, "eth%d", 1500, features);
  peer_open(&g_peer, &g_wire, flags, MSS, 65535, 0);
}

/* Views were made by sharing, and not something else that looks like it */

static bool shared(void)
{
  struct iob_info_s info;

  iob_getinfo(&info);
  return info.nshare > 0;
}

/* Everything is delivered, no byte was copied for a resend, none changed */

static void end_clean(void)
{
  g_wire.hold = false;
  wire_done(&g_wire, WIRE_MAX);
  peer_drain(&g_peer);
  CHECK_EQ(g_wire.damaged, 0);
  CHECK_EQ(stack_stat("tcp.copies_tx"), g_peer.written);
  CHECK_EQ(g_peer.conn->snd->charged, 0);
  peer_close(&g_peer);
}

static void end_without_copies(void)
{
  CHECK(shared());
  CHECK_EQ(stack_stat("tcp.copies_resend"), 0);
  CHECK_EQ(stack_stat("tcp.bounces"), 0);
  end_clean();
  CHECK_EQ(stack_stat("tcp.copies_resend"), 0);
}

/* Nobody holds it: a resend is in place, and contiguous, on either device */

static void in_place(unsigned int features)
{
  struct pkt_s pkt;

  open_wire(features, 0);
  peer_write(&g_peer, 3000, 0);
  CHECK_EQ(peer_drop(&g_peer), 3);
  stack_sleep(RTO + LITTLE);
  CHECK(peer_next(&g_peer, &pkt));
  CHECK_EQ(pkt.seq, 1);
  CHECK_EQ(pkt.len, MSS);
  CHECK_EQ(stack_stat("tcp.inplace"), 1);
  CHECK_EQ(stack_stat("tcp.csum_kept"), 1);
  CHECK_EQ(stack_stat("tcp.csum_bytes"), 0);
  CHECK_EQ(g_wire.chains, 0);
  end_without_copies();
}

static void in_place_flat(void)
{
  in_place(0);
}

static void in_place_sg(void)
{
  in_place(NETDEV_SG);
}

/* Held by a flat device: the resend waits for the frame, and is no
 * retransmission until it is sent
 */

static void deferred(void)
{
  struct pkt_s pkt;
  uint32_t rto;

  open_wire(0, 0);
  g_wire.hold = true;
  peer_write(&g_peer, MSS, 0);
  CHECK_EQ(peer_drop(&g_peer), 1);
  stack_sleep(RTO + LITTLE);
  CHECK_EQ(stack_stat("tcp.deferrals"), 1);
  CHECK_EQ(stack_stat("tcp.timeouts"), 1);
  CHECK_EQ(stack_stat("tcp.retranssegs"), 0);
  CHECK(!peer_next(&g_peer, &pkt));
  CHECK(!tcp_timer_running(g_peer.conn, TCPT_REXMT));
  rto = g_peer.conn->snd->backoff;

  /* Back after 100 ms: sent at once, the timer running from now */

  stack_sleep(100 * NET_MSEC);
  CHECK_EQ(g_peer.conn->snd->backoff, rto);
  wire_done(&g_wire, 1);
  stack_sleep(NET_MSEC);
  CHECK_EQ(stack_stat("tcp.kicks"), 1);
  CHECK(peer_next(&g_peer, &pkt));
  CHECK_EQ(pkt.seq, 1);
  CHECK_EQ(pkt.len, MSS);
  CHECK_EQ(stack_stat("tcp.retranssegs"), 1);
  CHECK_EQ(stack_stat("tcp.inplace"), 1);
  CHECK(g_peer.conn->due[TCPT_REXMT] > net_now() + 2 * RTO - LITTLE);
  CHECK_EQ(g_wire.chains, 0);
  end_without_copies();
}

/* ... by a device that takes pieces: a new header, the payload shared */

static void held_sg(void)
{
  struct pkt_s pkt;
  unsigned int i;

  open_wire(NETDEV_SG, 0);
  g_wire.hold = true;
  peer_write(&g_peer, 4 * MSS, 0);
  CHECK_EQ(peer_drop(&g_peer), 4);
  for (i = 0; i < 2; i++)
    {
      stack_sleep((RTO << i) + LITTLE);
      CHECK(peer_lose(&g_peer, &pkt));
      CHECK_EQ(pkt.seq, 1);
      CHECK_EQ(pkt.len, MSS);
      CHECK_EQ(g_wire.chains, i + 1);
      CHECK_EQ(g_wire.nheld, 5 + i);
    }

  CHECK_EQ(stack_stat("tcp.headers"), 2);
  CHECK_EQ(stack_stat("tcp.deferrals"), 0);
  end_without_copies();
}

/* A device that is done but has not said so is asked: in place, no waiting */

static void reclaim(struct net_driver_s *dev)
{
  wire_done(dev->d_private, WIRE_MAX);
}

static void reclaimed(unsigned int features)
{
  struct netdev_ops_s ops;
  struct pkt_s pkt;

  open_wire(features, 0);
  ops         = *g_wire.dev.d_ops;
  ops.reclaim = reclaim;
  g_wire.dev.d_ops = &ops;
  g_wire.hold = true;
  peer_write(&g_peer, MSS, 0);
  CHECK_EQ(peer_drop(&g_peer), 1);
  stack_sleep(RTO + LITTLE);
  CHECK(peer_next(&g_peer, &pkt));
  CHECK_EQ(pkt.len, MSS);
  CHECK_EQ(stack_stat("tcp.inplace"), 1);
  CHECK_EQ(stack_stat("tcp.deferrals"), 0);
  CHECK_EQ(stack_stat("tcp.headers"), 0);
  end_without_copies();
  netif_down(g_wire.nif);
  netif_detach(g_wire.nif);
  netdev_destroy(&g_wire.dev);       /* ops is gone after this */
}

static void reclaimed_flat(void)
{
  reclaimed(0);
}

static void reclaimed_sg(void)
{
  reclaimed(NETDEV_SG);
}

/* Held for good: after one more RTO a copy is sent, and only one is made */

static void held_for_ever(void)
{
  struct pkt_s pkt;

  open_wire(0, 0);
  g_wire.hold = true;
  peer_write(&g_peer, MSS, 0);
  CHECK_EQ(peer_drop(&g_peer), 1);
  stack_sleep(RTO + LITTLE);
  CHECK_EQ(peer_drop(&g_peer), 0);
  stack_sleep(2 * RTO);
  CHECK_EQ(stack_stat("tcp.defertimeouts"), 1);
  CHECK_EQ(stack_stat("tcp.bounces"), 1);
  CHECK_EQ(stack_stat("tcp.copies_resend"), MSS);
  CHECK(peer_lose(&g_peer, &pkt));
  CHECK_EQ(pkt.seq, 1);
  CHECK_EQ(pkt.len, MSS);

  /* The copy is held as well: it is the first that comes back */

  stack_sleep(2 * RTO + LITTLE);
  CHECK_EQ(stack_stat("tcp.deferrals"), 2);
  wire_done_at(&g_wire, 1);
  stack_sleep(NET_MSEC);
  CHECK(peer_next(&g_peer, &pkt));
  CHECK_EQ(pkt.seq, 1);
  CHECK_EQ(stack_stat("tcp.bounces"), 1);
  CHECK_EQ(stack_stat("tcp.copies_resend"), MSS);
  end_clean();
}

/* The device is done, but somebody else looks at the frame: a copy at once */

static void held_by_a_tap(void)
{
  struct iob_s *tap;
  struct pkt_s pkt;

  open_wire(0, 0);
  g_wire.hold = true;
  peer_write(&g_peer, MSS, 0);
  tap = iob_share(g_wire.held[0], 0, g_wire.held[0]->io_pktlen);
  wire_done(&g_wire, 1);
  CHECK_EQ(peer_drop(&g_peer), 1);
  stack_sleep(RTO + LITTLE);
  CHECK_EQ(stack_stat("tcp.deferrals"), 0);
  CHECK_EQ(stack_stat("tcp.bounces"), 1);
  CHECK(peer_next(&g_peer, &pkt));
  CHECK_EQ(pkt.len, MSS);
  iob_free_chain(tap);
  end_clean();
}

/* An acknowledgement comes while the resend waits: the kick does nothing */

static void acked_while_deferred(void)
{
  struct pkt_s pkt;

  open_wire(0, 0);
  g_wire.hold = true;
  peer_write(&g_peer, MSS, 0);
  CHECK_EQ(peer_take(&g_peer), 1);
  stack_sleep(RTO + LITTLE);
  CHECK_EQ(stack_stat("tcp.deferrals"), 1);
  peer_acknow(&g_peer);
  CHECK(!tcp_timer_running(g_peer.conn, TCPT_DEFER));
  wire_done(&g_wire, 1);
  stack_sleep(RTO);
  CHECK(!peer_next(&g_peer, &pkt));
  CHECK_EQ(stack_stat("tcp.retranssegs"), 0);
  end_without_copies();
}

/* A partial acknowledgement at every byte: the rest is sent again, in the
 * same extent, the dead bytes being head-room; the shorter part is added up.
 */

static void partial(unsigned int features)
{
  struct pkt_s pkt;
  uint32_t base = 1;
  unsigned int k;

  open_wire(features, PEER_TS);
  for (k = 1; k < 1448; k++)
    {
      uint64_t before = stack_stat("tcp.csum_bytes");

      peer_write(&g_peer, 1448, 0);
      CHECK_EQ(peer_drop(&g_peer), 1);
      peer_ack(&g_peer, base + k);
      CHECK_EQ(stack_stat("tcp.csum_bytes") - before,
               k < 1448 - k ? k : 1448 - k);
      stack_sleep(RTO + LITTLE);
      CHECK(peer_next(&g_peer, &pkt));
      CHECK_EQ(pkt.seq, base + k);
      CHECK_EQ(pkt.len, 1448 - k);
      base += 1448;
      peer_ack(&g_peer, base);
    }

  CHECK_EQ(stack_stat("tcp.inplace"), 1447);
  CHECK_EQ(g_wire.chains, 0);
  CHECK_EQ(stack_stat("tcp.copies_resend"), 0);
  CHECK_EQ(stack_stat("tcp.bounces"), 0);
  CHECK_EQ(g_peer.wrong, 0);
  peer_close(&g_peer);
}

static void partial_flat(void)
{
  partial(0);
}

static void partial_sg(void)
{
  partial(NETDEV_SG);
}

/* The same while the device holds the frame */

static void partial_held(unsigned int features)
{
  struct pkt_s pkt;
  uint32_t base = 1;
  unsigned int k;

  open_wire(features, 0);
  g_wire.hold = true;
  for (k = 1; k < MSS; k += 7)
    {
      peer_write(&g_peer, MSS, 0);
      CHECK_EQ(peer_drop(&g_peer), 1);
      peer_ack(&g_peer, base + k);
      stack_sleep(RTO + LITTLE);
      if ((features & NETDEV_SG) == 0)
        {
          CHECK(!peer_next(&g_peer, &pkt));
          wire_done(&g_wire, 1);
          stack_sleep(NET_MSEC);
        }

      CHECK(peer_next(&g_peer, &pkt));
      CHECK_EQ(pkt.seq, base + k);
      CHECK_EQ(pkt.len, MSS - k);
      base += MSS;
      peer_ack(&g_peer, base);

      /* Sent once: a sample, so that the time-out is as at first (Karn) */

      peer_write(&g_peer, 1, 0);
      CHECK_EQ(peer_drop(&g_peer), 1);
      peer_ack(&g_peer, ++base);
      if (k % 3 == 0)
        {
          wire_done(&g_wire, WIRE_MAX);
        }
      else
        {
          wire_done(&g_wire, g_wire.nheld);
        }
    }

  wire_done(&g_wire, WIRE_MAX);
  CHECK(shared());
  CHECK_EQ(g_wire.damaged, 0);
  CHECK_EQ(stack_stat("tcp.copies_resend"), 0);
  CHECK_EQ(stack_stat("tcp.bounces"), 0);
  CHECK_EQ(g_peer.wrong, 0);
  peer_close(&g_peer);
}

static void partial_held_flat(void)
{
  partial_held(0);
}

static void partial_held_sg(void)
{
  partial_held(NETDEV_SG);
}

/* Acknowledged before the device is done: the row lets go at once, the
 * memory comes back with the frames
 */

static void acked_while_held(void)
{
  struct iob_info_s info;
  size_t used;

  open_wire(0, 0);
  iob_getinfo(&info);
  used = info.used;
  g_wire.hold = true;
  peer_write(&g_peer, 8 * MSS, 0);
  CHECK_EQ(peer_take(&g_peer), 8);
  iob_getinfo(&info);
  CHECK(info.used <= used + 8 * (MSS + 256));
  peer_acknow(&g_peer);
  CHECK_EQ(g_peer.conn->snd->charged, 0);
  CHECK_EQ(tcp_sndbuf_unacked(g_peer.conn), 0);
  iob_getinfo(&info);
  CHECK(info.used >= used + 8 * MSS);
  wire_done(&g_wire, 8);
  iob_getinfo(&info);
  CHECK_EQ(info.used, used);
  end_without_copies();
}

/* Abort with frames held and a resend deferred: nothing is touched, the
 * kick finds nobody
 */

static void aborted_while_held(void)
{
  open_wire(0, 0);
  g_wire.hold = true;
  peer_write(&g_peer, 3 * MSS, 0);
  CHECK_EQ(peer_drop(&g_peer), 3);
  stack_sleep(RTO + LITTLE);
  CHECK_EQ(stack_stat("tcp.deferrals"), 1);
  peer_close(&g_peer);
  stack_sleep(NET_SEC);
  wire_done(&g_wire, WIRE_MAX);
  stack_sleep(NET_SEC);
  CHECK_EQ(g_wire.damaged, 0);
  CHECK_EQ(stack_stat("tcp.kicks"), 0);
}

/* The MSS shrinks while frames are held */

static void narrower(unsigned int features)
{
  struct pkt_s pkt;
  unsigned int n;

  open_wire(features, 0);
  g_wire.hold = true;
  peer_write(&g_peer, 4 * MSS, 0);
  CHECK_EQ(peer_drop(&g_peer), 4);
  g_peer.conn->t_usermss = 500;
  tcp_update_mss(g_peer.conn);
  tcp_output(g_peer.conn);
  for (n = 0; n < 40; n++)
    {
      stack_sleep(NET_SEC / 4);
      while (peer_next(&g_peer, &pkt))
        {
          CHECK(pkt.len <= 500);
        }

      peer_acknow(&g_peer);
    }

  CHECK_EQ(peer_inorder(&g_peer), 4 * MSS);
  CHECK_EQ(g_wire.damaged, 0);
  CHECK(stack_stat("tcp.splits") >= 8);
}

static void narrower_flat(void)
{
  narrower(0);
  CHECK(stack_stat("tcp.bounces") > 0);
  end_clean();
}

static void narrower_sg(void)
{
  narrower(NETDEV_SG);
  end_without_copies();
}

/* The interface goes down with frames held and a resend waiting; comes up */

static void interface_down(void)
{
  open_wire(0, 0);
  g_wire.hold = true;
  peer_write(&g_peer, 3 * MSS, 0);
  CHECK_EQ(peer_drop(&g_peer), 3);
  stack_sleep(RTO + LITTLE);
  CHECK_EQ(stack_stat("tcp.deferrals"), 1);
  netif_down(g_wire.nif);
  CHECK_EQ(g_wire.nheld, 0);
  stack_sleep(NET_SEC);
  CHECK_EQ(netif_up(g_wire.nif), 0);
  wire_know(&g_wire, 2);
  end_without_copies();
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(in_place_flat)
SCENARIO(in_place_sg)
SCENARIO(deferred)
SCENARIO(held_sg)
SCENARIO(reclaimed_flat)
SCENARIO(reclaimed_sg)
SCENARIO(held_for_ever)
SCENARIO(held_by_a_tap)
SCENARIO(acked_while_deferred)
SCENARIO(partial_flat)
SCENARIO(partial_sg)
SCENARIO(partial_held_flat)
SCENARIO(partial_held_sg)
SCENARIO(acked_while_held)
SCENARIO(aborted_while_held)
SCENARIO(narrower_flat)
SCENARIO(narrower_sg)
SCENARIO(interface_down)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_in_place_flat),
    cmocka_unit_test(test_in_place_sg),
    cmocka_unit_test(test_deferred),
    cmocka_unit_test(test_held_sg),
    cmocka_unit_test(test_reclaimed_flat),
    cmocka_unit_test(test_reclaimed_sg),
    cmocka_unit_test(test_held_for_ever),
    cmocka_unit_test(test_held_by_a_tap),
    cmocka_unit_test(test_acked_while_deferred),
    cmocka_unit_test(test_partial_flat),
    cmocka_unit_test(test_partial_sg),
    cmocka_unit_test(test_partial_held_flat),
    cmocka_unit_test(test_partial_held_sg),
    cmocka_unit_test(test_acked_while_held),
    cmocka_unit_test(test_aborted_while_held),
    cmocka_unit_test(test_narrower_flat),
    cmocka_unit_test(test_narrower_sg),
    cmocka_unit_test(test_interface_down),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
