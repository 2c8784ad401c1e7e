/* tests/host/net/test_tcp_loss.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Losses: found, repaired, and not seen where there are none.  Goal: fast
 * retransmit and NewReno without SACK (RFC 5681, 6582), limited transmit
 * (3042), SACK (2018, 6675), RACK and tail loss probes (8985), RTO (6298)
 * and its undoing (3522); lies of the peer do no harm.  Method: a peer that
 * loses chosen segments, then random ones, by seed.
 */

#include <nuttx/config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tcp_peer.h"

#define MSS 1460
#define SEQ(n) (1 + (n) * MSS)

static struct wire_s g_wire;
static struct peer_s g_peer;

static void open_flat(unsigned int flags)
{
  wire_create(&g_wire, "eth%d", 1500, 0);
  peer_open(&g_peer, &g_wire, flags, MSS, 65535, 0);
}

/* Send n segments and lose those whose bit is set; 10 ms pass */

static void burst(unsigned int n, uint32_t lose)
{
  struct pkt_s pkt;
  unsigned int i;

  CHECK_EQ(peer_write(&g_peer, n * tcp_smss(g_peer.conn), 0),
           n * tcp_smss(g_peer.conn));
  for (i = 0; i < n; i++)
    {
      CHECK((lose >> i & 1) != 0 ? peer_lose(&g_peer, &pkt) :
            peer_next(&g_peer, &pkt));
    }

  CHECK(!peer_next(&g_peer, &pkt));
  stack_sleep(10 * NET_MSEC);
}

/* Teach the connection a round trip of 10 ms: the handshake took none */

static void warm_up(void)
{
  unsigned int i;

  g_peer.conn->snd->minrtt_us = 0;
  for (i = 0; i < 20; i++)
    {
      burst(1, 0);
      peer_acknow(&g_peer);
    }

  CHECK(g_peer.conn->snd->srtt_us > 9000 &&
        g_peer.conn->snd->srtt_us < 11000);
}

/* The next segment is this one */

static void expect(uint32_t seq)
{
  struct pkt_s pkt;

  if (peer_next(&g_peer, &pkt))
    {
      CHECK_EQ(pkt.seq, seq);
    }
  else
    {
      net_failed(__FILE__, __LINE__, "nothing was sent");
    }
}

static void expect_none(void)
{
  struct pkt_s pkt;

  CHECK(!peer_next(&g_peer, &pkt));
}

static uint32_t base(void)
{
  return g_peer.conn->snd_una - g_peer.iss;
}

/* Three duplicates, not two, have the first segment sent again, once; the
 * window is halved once, though two segments were lost
 */

static void newreno(void)
{
  uint32_t at;
  uint32_t cwnd;

  open_flat(0);
  tcp_cc_set(g_peer.conn, tcp_cc_find("newreno"));
  warm_up();
  at   = base();
  cwnd = g_peer.conn->snd->cwnd;
  burst(8, 0x11);
  peer_ack(&g_peer, at);
  peer_ack(&g_peer, at);
  expect_none();
  peer_ack(&g_peer, at);
  expect(at);
  CHECK_EQ(stack_stat("tcp.fastrecovery"), 1);
  CHECK_EQ(g_peer.conn->snd->ssthresh, 4 * MSS);
  peer_ack(&g_peer, at);
  expect_none();
  peer_acknow(&g_peer);              /* A partial acknowledgement */
  expect(at + 4 * MSS);
  peer_acknow(&g_peer);
  expect_none();
  CHECK_EQ(stack_stat("tcp.fastrecovery"), 1);
  CHECK_EQ(stack_stat("tcp.timeouts"), 0);
  CHECK_EQ(stack_stat("tcp.retranssegs"), 2);
  CHECK_EQ(g_peer.conn->snd->cc_state, TCP_CA_OPEN);
  CHECK(g_peer.conn->snd->cwnd < cwnd);
  peer_close(&g_peer);
}

/* What looks like a duplicate and is none: data with it, a new window */

static void no_duplicates(void)
{
  uint32_t at;
  unsigned int i;

  open_flat(0);
  warm_up();
  at = base();
  burst(4, 1);
  for (i = 0; i < 5; i++)
    {
      g_peer.wnd -= 100;
      peer_ack(&g_peer, at);
    }

  expect_none();
  CHECK_EQ(stack_stat("tcp.dupacks"), 0);
  peer_close(&g_peer);
}

/* Each of the first two duplicates lets one new segment out (RFC 3042) */

static void limited_transmit(void)
{
  uint32_t at;
  unsigned int i;

  open_flat(0);
  warm_up();
  at = base();
  g_peer.conn->snd->cwnd = 4 * MSS;
  peer_write(&g_peer, 10 * MSS, 0);
  CHECK_EQ(peer_take(&g_peer), 4);
  for (i = 0; i < 2; i++)
    {
      peer_ack(&g_peer, at);
      expect(at + (4 + i) * MSS);
      expect_none();
    }

  CHECK_EQ(stack_stat("tcp.retranssegs"), 0);
  peer_close(&g_peer);
}

/* With SACK exactly what is missing is sent again */

static void sack(void)
{
  uint32_t at;

  open_flat(PEER_SACK);
  warm_up();
  at = base();
  burst(10, 0x125);
  peer_acknow(&g_peer);
  stack_sleep(5 * NET_MSEC);
  expect(at);
  peer_acknow(&g_peer);
  expect(at + 2 * MSS);
  peer_acknow(&g_peer);
  expect(at + 5 * MSS);
  peer_acknow(&g_peer);
  stack_sleep(5 * NET_MSEC);
  expect(at + 8 * MSS);
  peer_acknow(&g_peer);
  stack_sleep(5 * NET_MSEC);
  expect_none();
  CHECK_EQ(stack_stat("tcp.retranssegs"), 4);
  CHECK_EQ(stack_stat("tcp.timeouts"), 0);
  CHECK_EQ(g_peer.conn->snd->sacked, 0);
  CHECK_EQ(g_peer.conn->snd->lost, 0);
  peer_close(&g_peer);
}

/* A resend that is lost as well is found without an RTO */

static void lost_again(void)
{
  struct pkt_s pkt;
  uint32_t at;

  open_flat(PEER_SACK);
  warm_up();
  at = base();
  burst(8, 1);
  peer_acknow(&g_peer);
  CHECK(peer_lose(&g_peer, &pkt));
  CHECK_EQ(pkt.seq, at);
  peer_write(&g_peer, 4 * MSS, 0);
  peer_take(&g_peer);
  stack_sleep(11 * NET_MSEC);
  peer_acknow(&g_peer);              /* Of what was sent after the resend */
  stack_sleep(5 * NET_MSEC);
  expect(at);
  CHECK_EQ(stack_stat("tcp.timeouts"), 0);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* Segments that overtook others are no loss, once that is known to happen;
 * the timer decides
 */

static void reordering(void)
{
  uint32_t edges[2];
  uint32_t at;

  open_flat(PEER_SACK);
  warm_up();
  at = base();
  burst(4, 0);
  edges[0] = at + 2 * MSS;
  edges[1] = at + 3 * MSS;
  peer_sack(&g_peer, at, 1, edges);  /* The third came first ... */
  peer_ack(&g_peer, at + 4 * MSS);   /* ... and the others right after */
  expect_none();
  CHECK_EQ(stack_stat("tcp.rackreorder"), 1);

  at = base();
  burst(6, 1);
  edges[0] = at + MSS;
  edges[1] = at + 6 * MSS;
  peer_sack(&g_peer, at, 1, edges);
  expect_none();                     /* Five are more than three, and yet */
  stack_sleep(4 * NET_MSEC);
  expect(at);                        /* A quarter of a round trip later */
  CHECK_EQ(stack_stat("tcp.timeouts"), 0);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* A peer that delays acknowledgements tells of what is in front of the hole
 * and of what is behind it at once: nothing was overtaken, and the loss is
 * known without a wait
 */

static void not_overtaken(void)
{
  uint32_t edges[2];
  uint32_t at;

  open_flat(PEER_SACK);
  warm_up();
  at = base();
  burst(5, 2);
  edges[0] = at + 2 * MSS;
  edges[1] = at + 3 * MSS;
  peer_sack(&g_peer, at + MSS, 1, edges);
  edges[1] = at + 5 * MSS;
  peer_sack(&g_peer, at + MSS, 1, edges);
  expect(at + MSS);
  CHECK_EQ(stack_stat("tcp.rackreorder"), 0);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* The last segment is lost: a probe after two round trips, and 200 ms for a
 * peer that delays; no time-out
 */

static void tail_loss(void)
{
  struct pkt_s pkt;
  uint32_t at;

  open_flat(PEER_SACK);
  warm_up();
  at = base();
  burst(5, 0x18);
  peer_acknow(&g_peer);
  stack_sleep(40 * NET_MSEC);
  CHECK_EQ(stack_stat("tcp.lossprobes"), 1);
  expect(at + 4 * MSS);              /* The last, not the first */
  peer_acknow(&g_peer);
  stack_sleep(5 * NET_MSEC);
  expect(at + 3 * MSS);              /* RACK finds the other */
  peer_acknow(&g_peer);
  CHECK_EQ(stack_stat("tcp.timeouts"), 0);

  /* Only the last is lost: the probe repairs it, which is a loss all the
   * same
   */

  peer_drain(&g_peer);
  at = base();
  burst(3, 4);
  peer_acknow(&g_peer);
  stack_sleep(300 * NET_MSEC);
  expect(at + 2 * MSS);
  burst(1, 0);
  peer_acknow(&g_peer);
  CHECK_EQ(stack_stat("tcp.lossproberecovery"), 1);
  while (peer_next(&g_peer, &pkt))
    {
    }

  peer_close(&g_peer);
}

/* RTO: 200 ms at first, then twice as long each time; slow start; a sample
 * is not taken from what was sent twice (Karn)
 */

static void timeouts(void)
{
  nettime_t last;
  unsigned int i;
  uint32_t srtt;

  open_flat(0);
  warm_up();
  srtt = g_peer.conn->snd->srtt_us;
  last = net_now();
  peer_write(&g_peer, MSS, 0);
  CHECK_EQ(peer_drop(&g_peer), 1);
  for (i = 0; i < 2; i++)
    {
      while (peer_drop(&g_peer) == 0)
        {
          stack_sleep(NET_MSEC);
        }

      CHECK(net_now() - last >= (200 * NET_MSEC << i));
      CHECK(net_now() - last < (215 * NET_MSEC << i));
      last = net_now();
    }

  CHECK_EQ(g_peer.conn->snd->cwnd, MSS);
  CHECK_EQ(g_peer.conn->snd->cc_state, TCP_CA_LOSS);
  peer_ack(&g_peer, base() + MSS);
  CHECK_EQ(g_peer.conn->snd->srtt_us, srtt);
  CHECK_EQ(g_peer.conn->snd->cc_state, TCP_CA_OPEN);

  /* Nor is the time-out that of before, until something is acknowledged that
   * was sent once
   */

  CHECK_EQ(g_peer.conn->snd->backoff, 2);
  peer_write(&g_peer, MSS, 0);
  CHECK_EQ(peer_take(&g_peer), 1);
  CHECK(g_peer.conn->due[TCPT_REXMT] >= net_now() + 800 * NET_MSEC);
  peer_ack(&g_peer, base() + MSS);
  CHECK_EQ(g_peer.conn->snd->backoff, 0);
  peer_close(&g_peer);
}

/* The path only stalled: the acknowledgement tells, by its timestamp, that
 * the first transmission arrived, and the window is as before
 */

static void spurious_timeout(void)
{
  uint32_t cwnd;
  uint32_t ssthresh;
  uint32_t echo;

  open_flat(PEER_SACK | PEER_TS);
  warm_up();
  cwnd     = g_peer.conn->snd->cwnd;
  ssthresh = g_peer.conn->snd->ssthresh;
  peer_write(&g_peer, 4 * 1448, 0);
  CHECK_EQ(peer_take(&g_peer), 4);
  echo = g_peer.tsecho;
  stack_sleep(300 * NET_MSEC);
  CHECK(stack_stat("tcp.timeouts") >= 1);
  peer_take(&g_peer);
  g_peer.tsecho = echo;
  peer_acknow(&g_peer);
  CHECK_EQ(stack_stat("tcp.spuriousrtos"), 1);
  CHECK(g_peer.conn->snd->cwnd >= cwnd);
  CHECK_EQ(g_peer.conn->snd->ssthresh, ssthresh);
  CHECK_EQ(g_peer.conn->snd->lost, 0);
  peer_close(&g_peer);
}

/* The peer throws away what it had reported: at the RTO it is sent again */

static void reneging(void)
{
  uint32_t edges[2];
  uint32_t at;

  open_flat(PEER_SACK);
  warm_up();
  at = base();
  peer_write(&g_peer, 4 * MSS, 0);
  CHECK_EQ(peer_drop(&g_peer), 4);
  edges[0] = at + MSS;
  edges[1] = at + 4 * MSS;
  peer_sack(&g_peer, at, 1, edges);
  stack_sleep(5 * NET_MSEC);
  expect(at);
  peer_ack(&g_peer, at + MSS);       /* No blocks any more */
  CHECK_EQ(g_peer.conn->snd->sacked, 3 * MSS);
  stack_sleep(500 * NET_MSEC);
  CHECK_EQ(stack_stat("tcp.sackreneged"), 1);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* Blocks that make no sense: counted or passed over, nothing is cut, nothing
 * is marked
 */

static void sack_lies(void)
{
  static const int32_t lies[][2] =
  {
    { 1, 0 }, { 100000, 100001 }, { -100, 1 }, { -2000, -1000 }, { 5, 6 },
    { MSS + 1, 2 * MSS - 1 }, { MSS, MSS + 1 }, { 0, 0 },
    { INT32_MIN, INT32_MAX }, { 2 * MSS - 1, 2 * MSS + 1 },
  };

  uint32_t edges[2];
  uint32_t at;
  size_t i;

  open_flat(PEER_SACK);
  warm_up();
  at = base();
  peer_write(&g_peer, 4 * MSS, 0);
  for (i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
    {
      edges[0] = at + lies[i][0];
      edges[1] = at + lies[i][1];
      peer_sack(&g_peer, at, 1, edges);
      CHECK_EQ(g_peer.conn->snd->sacked, 0);
      CHECK_EQ(g_peer.conn->snd->count, 4);
    }

  CHECK_EQ(stack_stat("tcp.splits"), 0);
  CHECK(stack_stat("tcp.sackbad") > 0);
  CHECK_EQ(stack_stat("tcp.retranssegs"), 0);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* Random losses, and random blocks from the peer's own scoreboard; frames
 * held or not, on each kind of device: all arrives, and nothing was copied
 * on a device that takes pieces
 */

static void random_loss(void)
{
  static const unsigned int features[] =
  {
    0, NETDEV_SG
  };

  static const unsigned int offers[] =
  {
    0, PEER_SACK, PEER_TS, PEER_SACK | PEER_TS
  };

  unsigned int i;

  for (i = 0; i < 32; i++)
    {
      struct peer_path_s path =
      {
        .rtt  = (i % 5 + 1) * 7 * NET_MSEC,
        .loss = i % 4 * 30,
        .hold = i / 8 * 5,
        .seed = i + 1,
      };

      uint64_t copies = stack_stat("tcp.copies_resend");

      wire_create(&g_wire, "eth%d", i % 3 == 0 ? 9000 : 1500,
                  features[i % 2]);
      peer_open(&g_peer, &g_wire, offers[i / 2 % 4],
                i % 3 == 0 ? 8960 : MSS, 500000, 5);
      peer_transfer(&g_peer, 300000 + i * 1111, &path);
      CHECK_EQ(g_wire.damaged, 0);
      if (features[i % 2] != 0)
        {
          CHECK_EQ(stack_stat("tcp.copies_resend"), copies);
          CHECK_EQ(stack_stat("tcp.bounces"), 0);
        }
      else
        {
          CHECK_EQ(g_wire.chains, 0);
        }

      CHECK_EQ(g_peer.conn->snd->charged, 0);
      peer_close(&g_peer);
      netif_down(g_wire.nif);
      netif_detach(g_wire.nif);
      netdev_destroy(&g_wire.dev);
    }
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(newreno)
SCENARIO(no_duplicates)
SCENARIO(limited_transmit)
SCENARIO(sack)
SCENARIO(lost_again)
SCENARIO(reordering)
SCENARIO(not_overtaken)
SCENARIO(tail_loss)
SCENARIO(timeouts)
SCENARIO(spurious_timeout)
SCENARIO(reneging)
SCENARIO(sack_lies)
SCENARIO(random_loss)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_newreno),
    cmocka_unit_test(test_no_duplicates),
    cmocka_unit_test(test_limited_transmit),
    cmocka_unit_test(test_sack),
    cmocka_unit_test(test_lost_again),
    cmocka_unit_test(test_reordering),
    cmocka_unit_test(test_not_overtaken),
    cmocka_unit_test(test_tail_loss),
    cmocka_unit_test(test_timeouts),
    cmocka_unit_test(test_spurious_timeout),
    cmocka_unit_test(test_reneging),
    cmocka_unit_test(test_sack_lies),
    cmocka_unit_test(test_random_loss),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
