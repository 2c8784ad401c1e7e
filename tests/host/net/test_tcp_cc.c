/* tests/host/net/test_tcp_cc.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Congestion control.  Goal: slow start and congestion avoidance as RFC 5681
 * says, the initial window of RFC 6928, cwnd that does not grow unused and is
 * forgotten when idle; CUBIC's curve as RFC 9438 writes it; recovery that
 * ends at ssthresh (RFC 6937); algorithms by name.  Method: a peer that
 * acknowledges in rounds, and the algorithms called by themselves beside
 * floating-point formulas.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcp_peer.h"

#define MSS 1460

static struct wire_s g_wire;
static struct peer_s g_peer;

static void open_as(const char *name)
{
  wire_create(&g_wire, "eth%d", 1500, 0);
  peer_open(&g_peer, &g_wire, PEER_SACK, MSS, 1 << 20, 6);
  CHECK_EQ(tcp_cc_set(g_peer.conn, tcp_cc_find(name)), 0);
  CHECK(strcmp(tcp_cc_name(g_peer.conn), name) == 0);
  g_peer.conn->sconn.sndbuf = 1 << 20;

  /* As if the handshake had taken 20 ms, too */

  g_peer.conn->snd->srtt_us   = 20000;
  g_peer.conn->snd->rttvar_us = 5000;
  g_peer.conn->snd->minrtt_us = 20000;
}

/* Everything under way arrives, and is acknowledged two by two, after 20 ms;
 * how many segments were under way
 */

static unsigned int round_trip(void)
{
  unsigned int n = peer_take(&g_peer);
  uint32_t una = g_peer.conn->snd_una - g_peer.iss;
  unsigned int i;

  stack_sleep(20 * NET_MSEC);
  for (i = 2; i < n; i += 2)
    {
      peer_ack(&g_peer, una + i * MSS);
    }

  peer_acknow(&g_peer);
  return n;
}

/* Ten segments first, twice as many each round, one more a round behind
 * ssthresh
 */

static void newreno_growth(void)
{
  unsigned int n;

  open_as("newreno");
  peer_write(&g_peer, 900000, 0);
  CHECK_EQ(round_trip(), 10);
  CHECK_EQ(round_trip(), 20);
  g_peer.conn->snd->ssthresh = g_peer.conn->snd->cwnd;
  n = round_trip();
  CHECK_EQ(n, 40);
  CHECK_EQ(round_trip(), 41);
  CHECK_EQ(round_trip(), 42);
  CHECK_EQ(round_trip(), 43);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* cwnd does not grow while the user is what limits */

static void unused(void)
{
  uint32_t cwnd;
  unsigned int i;

  open_as("newreno");
  cwnd = g_peer.conn->snd->cwnd;
  for (i = 0; i < 50; i++)
    {
      peer_write(&g_peer, 2 * MSS, 0);
      round_trip();
    }

  CHECK_EQ(g_peer.conn->snd->cwnd, cwnd);

  /* Nor while the peer's window does */

  g_peer.wnd = 8 * MSS;
  peer_acknow(&g_peer);
  peer_write(&g_peer, 100 * MSS, 0);
  for (i = 0; i < 10; i++)
    {
      round_trip();
    }

  CHECK_EQ(g_peer.conn->snd->cwnd, cwnd);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* After a pause of more than an RTO the initial window again */

static void idle(void)
{
  open_as("newreno");
  peer_write(&g_peer, 200 * MSS, 0);
  peer_drain(&g_peer);
  CHECK(g_peer.conn->snd->cwnd > 50 * MSS);
  stack_sleep(NET_SEC);
  peer_write(&g_peer, 100 * MSS, 0);
  CHECK_EQ(peer_take(&g_peer), 10);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* Recovery sends one segment for each that was delivered or less, and ends
 * at ssthresh; a second loss in the same window reduces nothing
 */

static void recovery(void)
{
  struct pkt_s pkt;
  unsigned int sent = 0;
  unsigned int i;
  uint32_t ssthresh;

  open_as("newreno");
  peer_write(&g_peer, 900000, 0);
  round_trip();
  round_trip();
  stack_sleep(20 * NET_MSEC);
  g_peer.conn->snd->minrtt_us = 20000;
  for (i = 0; i < 40; i++)
    {
      CHECK(i == 0 || i == 20 ? peer_lose(&g_peer, &pkt) :
            peer_next(&g_peer, &pkt));
    }

  peer_acknow(&g_peer);
  ssthresh = g_peer.conn->snd->ssthresh;
  CHECK_EQ(ssthresh, 20 * MSS);
  for (i = 0; i < 10; i++)
    {
      while (peer_next(&g_peer, &pkt))
        {
          sent++;
        }

      CHECK(tcp_pipe(g_peer.conn) <= ssthresh + MSS);
      stack_sleep(20 * NET_MSEC);
      if (g_peer.conn->snd->cc_state < TCP_CA_RECOVERY)
        {
          break;
        }

      peer_acknow(&g_peer);
      CHECK_EQ(g_peer.conn->snd->ssthresh, ssthresh);
    }

  CHECK_EQ(g_peer.conn->snd->cc_state, TCP_CA_OPEN);
  CHECK(g_peer.conn->snd->cwnd >= ssthresh &&
        g_peer.conn->snd->cwnd <= ssthresh + MSS);
  CHECK_EQ(stack_stat("tcp.fastrecovery"), 1);
  CHECK_EQ(stack_stat("tcp.timeouts"), 0);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* Forty segments are under way, these are lost; 20 ms pass */

static void forty(uint64_t lose)
{
  struct pkt_s pkt;
  unsigned int i;

  open_as("newreno");
  peer_write(&g_peer, 900000, 0);
  round_trip();
  round_trip();
  stack_sleep(20 * NET_MSEC);
  g_peer.conn->snd->minrtt_us = 20000;
  for (i = 0; i < 40; i++)
    {
      CHECK((lose >> i & 1) != 0 ? peer_lose(&g_peer, &pkt) :
            peer_next(&g_peer, &pkt));
    }
}

/* What SACK has told of is delivered once, though the acknowledgement passes
 * over it later (RFC 6937 2); and what was delivered in recovery does not
 * let cwnd grow when that ends
 */

static void counted_once(void)
{
  const struct tcp_snd_s *snd;
  uint32_t at;
  uint32_t edges[4];

  forty(UINT64_C(1) << 20 | 1);
  snd      = g_peer.conn->snd;
  at       = g_peer.conn->snd_una - g_peer.iss;
  edges[0] = at + MSS;
  edges[1] = at + 3 * MSS;
  edges[2] = at + 21 * MSS;
  edges[3] = at + 40 * MSS;
  peer_sack(&g_peer, at, 1, edges);
  CHECK_EQ(snd->cc_state, TCP_CA_DISORDER);
  edges[1] = at + 20 * MSS;
  peer_sack(&g_peer, at, 2, edges);

  /* Two new ones went for the first two, and will be delivered instead */

  CHECK_EQ(snd->prr_flight, 40 * MSS);
  CHECK_EQ(snd->prr_delivered, 36 * MSS);
  stack_sleep(20 * NET_MSEC);
  peer_sack(&g_peer, at + 20 * MSS, 1, edges + 2);
  CHECK_EQ(snd->prr_delivered, 37 * MSS);
  peer_sack(&g_peer, at + 42 * MSS, 0, NULL);
  CHECK_EQ(snd->cc_state, TCP_CA_OPEN);
  CHECK_EQ(snd->cwnd, 20 * MSS);
  CHECK_EQ(snd->acked_rest, 3 * MSS);
  peer_take(&g_peer);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

/* Acknowledgements that come in one batch, as they do when the path holds
 * them up: the window counts that they have opened, not what is left of the
 * old one when the loss is found behind them
 */

static void train(void)
{
  uint32_t edges[2];
  uint32_t at;
  unsigned int i;

  forty(UINT64_C(1) << 30);
  at = g_peer.conn->snd_una - g_peer.iss;
  g_peer.conn->snd->ssthresh = g_peer.conn->snd->cwnd;
  g_peer.train = true;
  for (i = 2; i <= 30; i += 2)
    {
      peer_ack(&g_peer, at + i * MSS);
    }

  edges[0] = at + 31 * MSS;
  edges[1] = at + 40 * MSS;
  peer_sack(&g_peer, at + 30 * MSS, 1, edges);
  g_peer.train = false;
  CHECK_EQ(g_peer.conn->snd->cc_state, TCP_CA_RECOVERY);
  CHECK_EQ(g_peer.conn->snd->ssthresh, 20 * MSS);

  /* As much was sent as the first fifteen had opened */

  CHECK_EQ(g_peer.conn->snd->prr_flight, 40 * MSS);
  wire_rx_end(&g_wire);
  peer_drain(&g_peer);
  peer_close(&g_peer);
}

static void names(void)
{
  CHECK(tcp_cc_find("cubic") == &g_tcp_cubic);
  CHECK(tcp_cc_find("newreno") == &g_tcp_newreno);
  CHECK(tcp_cc_find("reno") == &g_tcp_newreno);
  CHECK(tcp_cc_find(NULL) == &g_tcp_cubic);
  CHECK(tcp_cc_find("vegas") == NULL);
  CHECK(tcp_cc_find("") == NULL);
}

/* W(t) = 0.4 (t - K)^3 + W_max, K the cubic root of 0.3 W_max / 0.4: cwnd of
 * a long path within one segment and a hundredth, where the estimate of
 * NewReno is below
 */

static double w_cubic(double wmax, double cwnd, double t)
{
  double k = 0;
  double step;

  for (step = 64; step > 1e-9; step /= 2)
    {
      k += (k + step) * (k + step) * (k + step) <= (wmax - cwnd) / 0.4 ?
           step : 0;
    }

  return 0.4 * (t - k) * (t - k) * (t - k) + wmax;
}

static void cubic_curve(void)
{
  static struct tcp_conn_s conn;
  static struct tcp_snd_s snd;
  nettime_t now = NET_SEC;
  unsigned int ms;

  memset(&conn, 0, sizeof(conn));
  memset(&snd, 0, sizeof(snd));
  conn.snd = &snd;
  conn.t_mss    = 1000;
  snd.srtt_us   = 100000;
  snd.cwnd      = 1000 * 1000;
  g_tcp_cubic.init(&conn);
  snd.ssthresh  = g_tcp_cubic.reduce(&conn);
  CHECK_EQ(snd.ssthresh, 700 * 1000);
  snd.cwnd      = snd.ssthresh;

  /* One acknowledgement of a window / 100 each ms */

  for (ms = 1; ms <= 14000; ms++)
    {
      now += NET_MSEC;
      g_tcp_cubic.grow(&conn, snd.cwnd / 100, now);
      if (ms % 500 == 0)
        {
          double want = w_cubic(1000, 700, ms / 1e3 + 0.1);
          double got = snd.cwnd / 1000.0;

          CHECK(got > want * 0.97 - 2 && got < want * 1.03 + 2);
        }
    }

  /* A loss below W_max: fast convergence */

  snd.cubic.wmax = 2000 * 1000;
  snd.cwnd = 1000 * 1000;
  CHECK_EQ(g_tcp_cubic.reduce(&conn), 700 * 1000);
  CHECK_EQ(snd.cubic.wmax, 850 * 1000);
}

/* On a short path NewReno would be faster, and is followed: 0.53 segments a
 * round trip
 */

static void cubic_friendly(void)
{
  static struct tcp_conn_s conn;
  static struct tcp_snd_s snd;
  nettime_t now = NET_SEC;
  unsigned int i;

  memset(&conn, 0, sizeof(conn));
  memset(&snd, 0, sizeof(snd));
  conn.snd = &snd;
  conn.t_mss   = 1000;
  snd.srtt_us  = 1000;
  snd.cwnd     = 100 * 1000;
  g_tcp_cubic.init(&conn);
  snd.ssthresh = g_tcp_cubic.reduce(&conn);
  snd.cwnd     = snd.ssthresh;
  for (i = 0; i < 40; i++)
    {
      now += NET_MSEC;
      g_tcp_cubic.grow(&conn, snd.cwnd, now);
    }

  CHECK(snd.cwnd > 89 * 1000 && snd.cwnd < 93 * 1000);
}

/* Both fill a path of 20 ms with losses, and share of time is sane: with one
 * per thousand at least half of what sqrt(1.5 / p) says
 */

static void goodput(void)
{
  static const char *const name[] =
  {
    "newreno", "cubic"
  };

  unsigned int i;

  for (i = 0; i < 2; i++)
    {
      struct peer_path_s path =
      {
        .rtt = 20 * NET_MSEC, .loss = 10, .seed = 5
      };

      nettime_t took;

      open_as(name[i]);
      took = peer_transfer(&g_peer, 2000000, &path);
      printf("%s, 20 ms, 1 %% loss: %u kB/s\n", name[i],
             (unsigned int)(2000000 / (took / NET_MSEC)));
      CHECK(2000000 / (took / NET_MSEC) > 400);
      CHECK(stack_stat("tcp.timeouts") < 5);
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

SCENARIO(newreno_growth)
SCENARIO(unused)
SCENARIO(idle)
SCENARIO(recovery)
SCENARIO(counted_once)
SCENARIO(train)
SCENARIO(names)
SCENARIO(cubic_curve)
SCENARIO(cubic_friendly)
SCENARIO(goodput)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_newreno_growth),
    cmocka_unit_test(test_unused),
    cmocka_unit_test(test_idle),
    cmocka_unit_test(test_recovery),
    cmocka_unit_test(test_counted_once),
    cmocka_unit_test(test_train),
    cmocka_unit_test(test_names),
    cmocka_unit_test(test_cubic_curve),
    cmocka_unit_test(test_cubic_friendly),
    cmocka_unit_test(test_goodput),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
