/* tests/host/net/test_net_progress.c
 *
 * SPDX-License-Identifier: Apache-2.0
 *
 * Nobody starves.  Goal: on a pool of 36 buffers of 1536 bytes, which real
 * connections use up, every stream still makes progress, and when all is
 * done the pool is complete.  Method: the three cases in which small stacks
 * stand still, with real sockets and virtual time; each stream must read
 * something in every BOUND, and every byte is compared.
 *
 * tests/host/iob/test_progress.c is the same for the allocator alone.
 */

#include <nuttx/config.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include <cmocka.h>

#include <nuttx/clock.h>
#include <nuttx/mm/iob.h>
#include <nuttx/net/net.h>

#include "stack.h"
#include "tcp.h"
#include "tcp_remote.h"

#define NSTREAMS 50
#define BOUND    (10 * NET_SEC)      /* No stream stands still for longer */

struct stream_s
{
  struct socket *sock;               /* Writes */
  struct socket *peer;               /* Reads */
  uint32_t total;                    /* Bytes to be sent */
  uint32_t nread;
  nettime_t progress;                /* When something was last read */
  bool hold;                         /* The reader does not read */
  bool slow;                         /* ... or sleeps between */
};

static struct stream_s g_stream[NSTREAMS];
static nettime_t g_longest;          /* The longest standstill of any */

static void writer(void *arg)
{
  struct stream_s *s = arg;
  uint8_t data[3000];
  uint32_t done = 0;

  while (done < s->total)
    {
      size_t n = MIN(sizeof(data), s->total - done);
      ssize_t ret;
      size_t i;

      for (i = 0; i < n; i++)
        {
          data[i] = remote_pattern(done + (uint32_t)i);
        }

      ret = psock_sendto(s->sock, data, n, 0, NULL, 0);
      CHECK(ret > 0);
      if (ret <= 0)
        {
          return;
        }

      done += (uint32_t)ret;
    }

  CHECK_EQ(psock_shutdown(s->sock, SHUT_WR), 0);
}

static void note(struct stream_s *s)
{
  nettime_t now = clock_systime_ns();

  g_longest   = MAX(g_longest, now - s->progress);
  s->progress = now;
}

static void reader(void *arg)
{
  struct stream_s *s = arg;
  uint8_t data[2000];
  unsigned int wrong = 0;
  ssize_t ret = 1;
  ssize_t i;

  while (ret > 0)
    {
      while (s->hold)
        {
          stack_sleep(100 * NET_MSEC);
          s->progress = clock_systime_ns();
        }

      ret = psock_recvfrom(s->peer, data, sizeof(data), 0, NULL, NULL);
      for (i = 0; i < ret; i++)
        {
          wrong += data[i] != remote_pattern(s->nread + (uint32_t)i);
        }

      s->nread += ret > 0 ? (uint32_t)ret : 0;
      note(s);
      if (s->slow)
        {
          stack_sleep((nettime_t)(rand() % 20) * NET_MSEC);
        }
    }

  CHECK_EQ(ret, 0);
  CHECK_EQ(wrong, 0);
}

static void start(unsigned int n, uint32_t total, bool hold, bool slow,
                  int *pid)
{
  unsigned int i;

  memset(g_stream, 0, sizeof(g_stream));
  g_longest = 0;
  for (i = 0; i < n; i++)
    {
      struct stream_s *s = &g_stream[i];

      s->sock     = sock_pair(&s->peer);
      s->total    = total;
      s->hold     = hold;
      s->slow     = slow;
      s->progress = clock_systime_ns();
    }

  for (i = 0; i < n; i++)
    {
      pid[2 * i]     = stack_task("writer", writer, &g_stream[i]);
      pid[2 * i + 1] = stack_task("reader", reader, &g_stream[i]);
    }
}

/* Run until stream i has read all: false if one that reads stands still */

static bool all_read(unsigned int first, unsigned int n)
{
  bool done = false;
  unsigned int i;

  while (!done)
    {
      stack_sleep(NET_SEC);
      done = true;
      for (i = first; i < first + n; i++)
        {
          struct stream_s *s = &g_stream[i];

          if (s->nread < s->total)
            {
              done = false;
              if (clock_systime_ns() - s->progress > BOUND)
                {
                  printf("stream %u stands still at %u of %u\n", i,
                         s->nread, s->total);
                  CHECK(false);
                  return false;
                }
            }
        }
    }

  return true;
}

static void finish(unsigned int n, const int *pid, bool ok)
{
  unsigned int i;

  for (i = 0; i < n; i++)
    {
      if (!ok)                       /* Whoever waits gets an error */
        {
          tcp_conn_drop(sock_conn(g_stream[i].sock), ECONNRESET);
          tcp_conn_drop(sock_conn(g_stream[i].peer), ECONNRESET);
        }

      stack_join(pid[2 * i]);
      stack_join(pid[2 * i + 1]);
      psock_close(g_stream[i].sock);
      psock_close(g_stream[i].peer);
    }

  printf("the longest standstill: %llu ms\n",
         (unsigned long long)(g_longest / NET_MSEC));
  stack_sleep(120 * NET_SEC);
}

/* Two send all they can and nobody reads: the pool is theirs.  A third
 * connection works beside them; then one receiver reads, then the other.
 */

static void unread_receivers(void)
{
  static uint8_t data[100000];
  struct iob_info_s info;
  struct socket *peer;
  struct socket *sock;
  uint32_t fails;
  int pid[4];
  unsigned int i;
  bool ok;

  sock = sock_pair(&peer);
  start(2, 300000, true, false, pid);
  stack_sleep(30 * NET_SEC);
  iob_getinfo(&info);
  fails = info.fail_space + info.fail_frag + info.fail_class;
  printf("held: %zu of %zu bytes, %u allocations failed\n", info.used,
         info.arena, fails);
  CHECK(info.used > info.arena / 4);
  CHECK_EQ(g_stream[0].nread, 0);

  for (i = 0; i < 20; i++)
    {
      uint32_t got = 0;
      nettime_t limit = clock_systime_ns() + NET_SEC;
      bool sent = false;

      while (got < 100 && clock_systime_ns() < limit)
        {
          ssize_t n;

          /* The one before may not be acknowledged yet: 40 ms */

          sent = sent || sock_write(sock, i * 100, 100) == 100;
          stack_sleep(NET_MSEC);
          n = psock_recvfrom(peer, data, sizeof(data), MSG_DONTWAIT, NULL,
                             NULL);
          got += n > 0 ? (uint32_t)n : 0;
        }

      CHECK_EQ(got, 100);
    }

  psock_close(sock);
  psock_close(peer);
  g_stream[0].hold = false;
  ok = all_read(0, 1);
  CHECK_EQ(g_stream[1].nread, 0);
  g_stream[1].hold = false;
  ok = all_read(1, 1) && ok;
  finish(2, pid, ok);
}

/* One task that echoes datagrams, with calls that wait, while more arrive
 * than it can answer and the device is slow: nobody but itself could free
 * what has arrived.
 */

#define ECHO_PORT 7

static struct wire_s g_wire;
static unsigned int g_echoes;
static unsigned int g_lost;          /* ENOBUFS */
static bool g_over;

static void echo(void *arg)
{
  struct socket *sock = arg;
  struct sockaddr_storage from;
  char data[1500];

  while (!g_over)
    {
      socklen_t len = sizeof(from);
      ssize_t n = psock_recvfrom(sock, data, sizeof(data), 0,
                                 (struct sockaddr *)&from, &len);

      CHECK(n > 0 || g_over);
      if (n > 0)
        {
          ssize_t ret = psock_sendto(sock, data, (size_t)n, 0,
                                     (struct sockaddr *)&from, len);

          /* While the device keeps what it has sent, one may be lost */

          CHECK(ret == n || ret == -ENOBUFS);
          g_echoes += ret == n;
          g_lost   += ret != n;
        }
    }
}

static void flood(unsigned int n)
{
  static uint8_t data[1400];
  struct pkt_s pkt;

  for (; n > 0; n--)
    {
      memset(&pkt, 0, sizeof(pkt));
      pkt_from(&g_wire, 2, &pkt);
      pkt.proto = IPPROTO_UDP;
      pkt.sport = 1000;
      pkt.dport = ECHO_PORT;
      pkt.data  = data;
      pkt.len   = 1 + (unsigned int)rand() % sizeof(data);
      pkt_rx(&g_wire, &pkt);
    }
}

static void single_task_echo(void)
{
  struct sockaddr_in sin;
  struct socket *sock = NULL;
  struct iob_info_s info;
  unsigned int i;
  int pid;

  g_echoes = 0;
  g_lost   = 0;
  g_over   = false;
  memset(&sin, 0, sizeof(sin));
  sin.sin_family = AF_INET;
  sin.sin_port   = htons(ECHO_PORT);
  wire_create(&g_wire, "eth%d", 1500, 0);
  wire_know(&g_wire, 2);
  CHECK_EQ(psock_socket(AF_INET, SOCK_DGRAM, 0, &sock), 0);
  CHECK_EQ(psock_bind(sock, (struct sockaddr *)&sin, sizeof(sin)), 0);
  pid = stack_task("echo", echo, sock);
  g_wire.hold = true;
  for (i = 0; i < 300; i++)
    {
      unsigned int before = g_echoes;
      unsigned int k;

      flood(60);                     /* More than there is memory for */
      for (k = 0; k < 100 && g_echoes == before; k++)
        {
          flood(5);
          stack_sleep(NET_MSEC);
          wire_done(&g_wire, 1);
        }

      CHECK(g_echoes > before);
      wire_flush(&g_wire);
    }

  iob_getinfo(&info);
  printf("%u echoes, %u lost; %u frames had no memory, %u were too many\n",
         g_echoes, g_lost, (unsigned int)g_wire.dev.d_stats.rx_drop_memory,
         (unsigned int)stack_stat("udp.rcvbuferrors"));
  CHECK(g_wire.dev.d_stats.rx_drop_memory > 0 ||
        stack_stat("udp.rcvbuferrors") > 0);
  g_wire.hold = false;
  wire_done(&g_wire, WIRE_MAX);
  g_over = true;
  flood(1);
  stack_sleep(NET_SEC);
  stack_join(pid);
  CHECK_EQ(psock_close(sock), 0);
  wire_flush(&g_wire);
}

/* Many streams, more than there are buffers, on the pool of both ends */

static void many_streams(void)
{
  int pid[2 * NSTREAMS];
  struct iob_info_s info;
  bool ok;

  start(NSTREAMS, 100000, false, true, pid);
  ok = all_read(0, NSTREAMS);
  iob_getinfo(&info);
  printf("the most in use: %zu of %zu bytes; %u small extents granted\n",
         info.highwater, info.arena, info.nminimum);
  CHECK(info.highwater > info.arena / 2);
  finish(NSTREAMS, pid, ok);
}

/* A program that echoes what it reads while its peer goes on sending, with a
 * task for each direction: neither the windows nor the segments may shrink
 * together until hardly anything moves.
 */

#define ECHO_BYTES 1048576u

static struct stream_s g_echoed;

static void reads_back(void *arg)
{
  struct stream_s *s = arg;
  static uint8_t data[65536];
  unsigned int wrong = 0;

  while (s->nread < s->total)
    {
      ssize_t ret = psock_recvfrom(s->sock, data, sizeof(data), 0, NULL,
                                   NULL);
      ssize_t i;

      if (ret <= 0)
        {
          CHECK(false);
          return;
        }

      for (i = 0; i < ret; i++)
        {
          wrong += data[i] != remote_pattern(s->nread + (uint32_t)i);
        }

      s->nread += (uint32_t)ret;
    }

  CHECK_EQ(wrong, 0);
}

static void echoes(void *arg)
{
  struct stream_s *s = arg;
  static uint8_t data[65536];
  ssize_t ret;

  while ((ret = psock_recvfrom(s->peer, data, sizeof(data), 0, NULL,
                               NULL)) > 0)
    {
      ssize_t sent = psock_sendto(s->peer, data, (size_t)ret, 0, NULL, 0);

      CHECK_EQ(sent, ret);
      if (sent != ret)
        {
          return;
        }
    }

  CHECK_EQ(ret, 0);
}

static void echo_while_sending(void)
{
  struct stream_s *s = &g_echoed;
  nettime_t start;
  int pid[3];

  memset(s, 0, sizeof(*s));
  s->sock  = sock_pair(&s->peer);
  s->total = ECHO_BYTES;
  start    = clock_systime_ns();
  pid[0]   = stack_task("writer", writer, s);
  pid[1]   = stack_task("reader", reads_back, s);
  pid[2]   = stack_task("echo", echoes, s);
  while (s->nread < s->total && clock_systime_ns() - start < 20 * NET_SEC)
    {
      stack_sleep(100 * NET_MSEC);
    }

  printf("%u of %u bytes in %llu ms\n", s->nread, s->total,
         (unsigned long long)((clock_systime_ns() - start) / NET_MSEC));
  CHECK_EQ(s->nread, s->total);
  if (s->nread < s->total)
    {
      tcp_conn_drop(sock_conn(s->sock), ECONNRESET);
      tcp_conn_drop(sock_conn(s->peer), ECONNRESET);
    }

  stack_join(pid[0]);
  stack_join(pid[1]);
  stack_join(pid[2]);
  psock_close(s->sock);
  psock_close(s->peer);
  stack_sleep(120 * NET_SEC);
}

#define SCENARIO(name) \
  static void test_##name(void **state) \
  { \
    (void)state; \
    srand(1); \
    assert_int_equal(stack_run(name, 1), 0); \
  }

SCENARIO(unread_receivers)
SCENARIO(single_task_echo)
SCENARIO(many_streams)
SCENARIO(echo_while_sending)

int main(void)
{
  const struct CMUnitTest tests[] =
  {
    cmocka_unit_test(test_unread_receivers),
    cmocka_unit_test(test_single_task_echo),
    cmocka_unit_test(test_many_streams),
    cmocka_unit_test(test_echo_while_sending),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
