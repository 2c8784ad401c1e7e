/* tests/host/net/test_tcp_copies.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * What sending costs in copies and in memory.  Goal: a byte of the user is
 * copied once and never again, on flat devices and on those that take
 * pieces, with and without loss; frames are contiguous; checksums are kept;
 * a bulk sender holds at most 1.05 times what is unacknowledged at MTU 9000
 * and 1.20 times at 1500, views and the row included.  Method: transfers
 * over a path with losses, counters and the pool before and during them.
 */

#include <nuttx/config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <nuttx/kmalloc.h>

#include "tcp_peer.h"

static struct wire_s g_wire;
static struct peer_s g_peer;

static void gone(void)
{
  peer_close(&g_peer);
  netif_down(g_wire.nif);
  netif_detach(g_wire.nif);
  netdev_destroy(&g_wire.dev);
}

/* Each combination: exactly one copy, and none for what was sent again */

static void once(void)
{
  unsigned int i;

  for (i = 0; i < 12; i++)
    {
      unsigned int mtu = i % 2 == 0 ? 1500 : 9000;
      struct peer_path_s path =
      {
        .rtt  = 20 * NET_MSEC,
        .loss = i / 4 * 25,
        .seed = i + 100,
      };

      uint64_t copies = stack_stat("tcp.copies_tx");
      uint64_t bytes = stack_stat("tcp.csum_bytes");
      uint64_t resent = stack_stat("tcp.retranssegs");
      struct iob_info_s before;
      struct iob_info_s after;

      iob_getinfo(&before);
      wire_create(&g_wire, "eth%d", mtu, i / 2 % 2 == 0 ? 0 : NETDEV_SG);
      peer_open(&g_peer, &g_wire, PEER_SACK | PEER_TS, mtu - 40, 1 << 20, 6);
      peer_transfer(&g_peer, 1000000, &path);
      iob_getinfo(&after);

      CHECK_EQ(stack_stat("tcp.copies_tx") - copies, 1000000);
      CHECK_EQ(stack_stat("tcp.copies_resend"), 0);
      CHECK_EQ(stack_stat("tcp.bounces"), 0);
      CHECK_EQ(stack_stat("tcp.copies_collapse"), 0);
      CHECK_EQ(after.nbounce, before.nbounce);
      CHECK_EQ(after.ncopy, before.ncopy);
      CHECK_EQ(stack_stat("tcp.csum_bytes"), bytes);
      CHECK_EQ(g_wire.chains, 0);
      CHECK((stack_stat("tcp.retranssegs") > resent) == (path.loss > 0));
      gone();
    }
}

/* The same while the device holds frames: one that takes pieces gets a
 * header in front of the shared payload
 */

static void held(void)
{
  struct iob_info_s info;
  struct peer_path_s path =
  {
    .rtt = 20 * NET_MSEC, .loss = 30, .hold = 64, .seed = 3
  };

  wire_create(&g_wire, "eth%d", 1500, NETDEV_SG);
  peer_open(&g_peer, &g_wire, PEER_SACK | PEER_TS, 1460, 1 << 20, 6);
  peer_transfer(&g_peer, 1000000, &path);
  CHECK_EQ(stack_stat("tcp.copies_tx"), 1000000);
  CHECK_EQ(stack_stat("tcp.copies_resend"), 0);
  CHECK_EQ(stack_stat("tcp.bounces"), 0);
  CHECK(stack_stat("tcp.headers") > 0);
  CHECK_EQ(g_wire.damaged, 0);
  iob_getinfo(&info);
  CHECK(info.nshare >= 1000000 / 1460);
  gone();
}

/* Memory per byte in the send buffer, in percent, while a bulk sender's
 * window is under way and the device still holds every frame of it: the row
 * with its spare places and both views of each extent count
 */

static unsigned int resident(unsigned int mtu)
{
  struct iob_info_s before;
  struct iob_info_s after;
  struct kmm_info_s heap[2];
  uint32_t held_bytes;
  uint32_t unacked;

  wire_create(&g_wire, "eth%d", mtu, 0);
  peer_open(&g_peer, &g_wire, PEER_SACK | PEER_TS, mtu - 40, 1 << 20, 6);
  g_peer.conn->snd->cwnd     = 1 << 20;
  g_peer.conn->sconn.sndbuf = 1 << 20;
  peer_ack(&g_peer, 1);              /* The window, now scaled */
  g_wire.hold = true;
  iob_getinfo(&before);
  kmm_getinfo(&heap[0]);
  peer_write(&g_peer, 1 << 20, 0);
  iob_getinfo(&after);
  kmm_getinfo(&heap[1]);
  unacked     = tcp_sndbuf_unacked(g_peer.conn);
  held_bytes  = after.used - before.used;
  held_bytes += (after.views_used - before.views_used) *
                sizeof(struct iob_s);
  held_bytes += heap[1].nbytes - heap[0].nbytes;
  CHECK(unacked > 900000);
  CHECK(g_wire.nheld >= unacked / mtu);
  printf("MTU %u: %u bytes unacknowledged hold %u\n", mtu, unacked,
         held_bytes);
  printf("bench resident_over_unacked_%u %.3f\n", mtu,
         (double)held_bytes / unacked);
  wire_done(&g_wire, WIRE_MAX);
  g_wire.hold = false;
  wire_flush(&g_wire);
  peer_ack(&g_peer, 1 + unacked);
  CHECK_EQ(g_peer.conn->snd->charged, 0);
  g_peer.written = 0;
  gone();
  return (unsigned int)((uint64_t)held_bytes * 100 / unacked);
}

static void memory(void)
{
  CHECK(resident(1500) <= 120);
  CHECK(resident(9000) <= 105);
}

/* Writes of any size fill segments just the same: a bulk sender by small
 * pieces holds no more
 */

static void small_writes(void)
{
  unsigned int i;

  wire_create(&g_wire, "eth%d", 1500, 0);
  peer_open(&g_peer, &g_wire, PEER_SACK | PEER_TS, 1460, 1 << 20, 6);
  g_wire.full = true;
  g_peer.conn->sconn.sndbuf = 1 << 20;
  for (i = 0; i < 3000; i++)
    {
      CHECK_EQ(peer_write(&g_peer, 1 + i % 300, 0), 1 + i % 300);
    }

  CHECK_EQ(g_peer.conn->snd->count, (g_peer.written + 1447) / 1448);
  CHECK(g_peer.conn->snd->charged <= g_peer.written * 12 / 10);
  wire_ready(&g_wire);
  peer_drain(&g_peer);
  CHECK_EQ(stack_stat("tcp.copies_tx"), g_peer.written);
  CHECK(stack_stat("tcp.copies_collapse") < 1448);
  peer_close(&g_peer);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(once)
SCENARIO(held)
SCENARIO(memory)
SCENARIO(small_writes)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_once),
    cmocka_unit_test(test_held),
    cmocka_unit_test(test_memory),
    cmocka_unit_test(test_small_writes),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
